"""Single convention changes: what each does to raw inputs, and what takes it back.

All act on *equivalent raw values*: the numbers that, after the card's own normalisation, are what the mistaken code
feeds. So one matrix serves every mistake, also those of the normalisation. ``undo`` gives nan where a change destroys
what it replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.layout import Layout
from recastbook.network import wrap_phi

__all__ = [
    "Azimuth",
    "Change",
    "Code",
    "Files",
    "Normalise",
    "Nothing",
    "Order",
    "Outputs",
    "Padding",
    "Parameter",
    "Scale",
]

Matrix = NDArray[np.float64]
Rows = NDArray[np.int64]


class Change(Protocol):
    """What a hypothesis does to a matrix of shape (N, K); ``files`` says which file each row is for, shape (N,)."""

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Return the equivalent raw values of the mistaken code."""

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Return the clean raw values if `raw` came from the mistaken code."""


@dataclass(frozen=True)
class Nothing:
    """Leave the inputs alone."""

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Return the matrix as it is."""
        return raw

    undo = apply


@dataclass(frozen=True)
class Scale:
    """Energies of some columns in another unit; paddings are set apart from that and stay."""

    columns: tuple[int, ...]
    factor: float

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Multiply what exists."""
        return self._scaled(layout, raw, self.factor)

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Divide what exists."""
        return self._scaled(layout, raw, 1.0 / self.factor)

    def _scaled(self, layout: Layout, raw: Matrix, factor: float) -> Matrix:
        out = raw.copy()
        mine = list(self.columns)
        out[:, mine] *= np.where(layout.present(raw)[:, mine], factor, 1.0)
        return out


@dataclass(frozen=True)
class Azimuth:
    """Azimuths of some columns in the other range."""

    columns: tuple[int, ...]
    phi_range: str

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Bring what exists into the range."""
        return self._wrapped(layout, raw, dict.fromkeys(self.columns, self.phi_range))

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Bring what exists into the card's range."""
        return self._wrapped(layout, raw, {c: str(layout.card.inputs[c].phi_range) for c in self.columns})

    def _wrapped(self, layout: Layout, raw: Matrix, ranges: Mapping[int, str]) -> Matrix:
        out = raw.copy()
        present = layout.present(raw)
        for column, phi_range in ranges.items():
            scale = layout.card.inputs[column].scale
            there = present[:, column]
            out[there, column] = wrap_phi(raw[there, column] / scale, phi_range) * scale
        return out


@dataclass(frozen=True)
class Padding:
    """Another value for absent objects, before or after the normalisation."""

    columns: tuple[int, ...]
    value: float
    normalised: bool = False
    """Whether the value is what the network sees."""

    def values(self, layout: Layout) -> Matrix:
        """Return what stands for an absent object, shape (K,), with the constants of the first file."""
        out = np.array(layout.padding)
        mine = list(self.columns)
        out[mine] = layout.means[0, mine] + layout.widths[0, mine] * self.value if self.normalised else self.value
        return out

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Replace the padding."""
        mine = list(self.columns)
        out = raw.copy()
        out[:, mine] = np.where(layout.present(raw)[:, mine], raw[:, mine], self.values(layout)[mine])
        return out

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Put the card's padding where the other one stands."""
        mine = list(self.columns)
        values = self.values(layout)
        absent = ~layout.present(raw, values)[:, mine] & layout.same(raw, values)[:, mine]
        out = raw.copy()
        out[:, mine] = np.where(absent, layout.padding[mine], raw[:, mine])
        return out


@dataclass(frozen=True)
class Normalise:
    """A normalisation that is not the card's.

    `kind` is ``missing``, ``doubled``, ``interchanged`` (means for widths), ``no mean`` or ``no width``.
    """

    kind: str
    columns: tuple[int, ...]

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Do what the mistaken code does, then undo the card's normalisation."""
        mine = list(self.columns)
        mean, width = (c[:, mine] for c in layout.constants(files))
        x = raw[:, mine]
        match self.kind:
            case "missing":
                fed = x
            case "doubled":
                fed = ((x - mean) / width - mean) / width
            case "interchanged":
                fed = (x - width) / mean
            case "no mean":
                fed = x / width
            case _:
                fed = x - mean
        out = raw.copy()
        out[:, mine] = fed * width + mean
        return out

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Take what is fed back to raw values by the mistaken rule."""
        mine = list(self.columns)
        mean, width = (c[:, mine] for c in layout.constants(files))
        fed = (raw[:, mine] - mean) / width
        match self.kind:
            case "missing":
                x = fed
            case "doubled":
                x = (fed * width + mean) * width + mean
            case "interchanged":
                x = fed * mean + width
            case "no mean":
                x = fed * width
            case _:
                x = fed + mean
        out = raw.copy()
        out[:, mine] = x
        return out


@dataclass(frozen=True)
class Order:
    """Columns in another order: position j holds what belongs to position ``source[j]``."""

    source: tuple[int, ...]
    by_name: bool = False
    """Whether each number was normalised with its own constants before it went to the wrong place."""

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Exchange columns."""
        return self._moved(layout, raw, files, np.array(self.source))

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Exchange them back."""
        return self._moved(layout, raw, files, np.argsort(self.source))

    def _moved(self, layout: Layout, raw: Matrix, files: Rows, source: Rows) -> Matrix:
        if not self.by_name:
            return raw[:, source]
        mean, width = layout.constants(files)
        return np.asarray(((raw - mean) / width)[:, source] * width + mean)


@dataclass(frozen=True)
class Code:
    """Other numbers for the codes of a category."""

    columns: tuple[int, ...]
    codes: tuple[tuple[float, float], ...]
    """Pairs of the card's code and the one used instead."""

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Replace codes of objects that exist."""
        return self._replaced(layout, raw, self.codes)

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Put the card's codes back."""
        return self._replaced(layout, raw, tuple((new, old) for old, new in self.codes))

    def _replaced(self, layout: Layout, raw: Matrix, codes: tuple[tuple[float, float], ...]) -> Matrix:
        mine = list(self.columns)
        present = layout.present(raw)[:, mine]
        x, out = raw[:, mine], raw.copy()
        replaced = x.copy()
        for old, new in codes:
            replaced[present & (np.abs(x - old) <= layout.tolerance[mine])] = new
        out[:, mine] = replaced
        return out


@dataclass(frozen=True)
class Parameter:
    """Another value of one or two parameters.

    `kind` is ``constant`` (of `value`), ``flipped`` (between 0 and 1), ``exchanged`` (two parameters), ``scaled`` (by
    `value`) or ``not normalised``.
    """

    columns: tuple[int, ...]
    kind: str
    value: float = 0.0

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Change the parameters; nan, a parameter that is filled later, stays nan but for a constant."""
        out, mine = raw.copy(), list(self.columns)
        x = raw[:, mine]
        match self.kind:
            case "constant":
                out[:, mine] = self.value
            case "flipped":
                out[:, mine] = 1.0 - x
            case "exchanged":
                out[:, mine] = x[:, ::-1]
            case "scaled":
                out[:, mine] = x * self.value
            case _:
                mean, width = (c[:, mine] for c in layout.constants(files))
                out[:, mine] = x * width + mean
        return out

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Take it back; a constant leaves nothing to go back to."""
        if self.kind in ("flipped", "exchanged"):
            return self.apply(layout, raw, files)
        out, mine = raw.copy(), list(self.columns)
        match self.kind:
            case "constant":
                out[:, mine] = np.nan
            case "scaled":
                out[:, mine] /= self.value
            case _:
                mean, width = (c[:, mine] for c in layout.constants(files))
                out[:, mine] = (raw[:, mine] - mean) / width
        return out


@dataclass(frozen=True)
class Files:
    """Events scored by another of the card's files, with that file's constants."""

    instead: tuple[int, ...]
    """For each file the one that is used in its place."""

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Normalise with the constants of the other file."""
        if not layout.normalises or len(layout.means) == 1:
            return raw
        other = np.array(self.instead)[files]
        mean, width = layout.constants(files)
        return np.asarray((raw - layout.means[other]) / layout.widths[other] * width + mean)

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:
        """Go back with the constants of the other file."""
        if not layout.normalises or len(layout.means) == 1:
            return raw
        other = np.array(self.instead)[files]
        mean, width = layout.constants(files)
        return np.asarray((raw - mean) / width * layout.widths[other] + layout.means[other])


@dataclass(frozen=True)
class Outputs(Nothing):
    """Another output read for the one that is named, or its complement."""

    instead: tuple[int, ...]
    """For each output the one read in its place."""
    complement: bool = False
    """Whether one minus the score is read."""
