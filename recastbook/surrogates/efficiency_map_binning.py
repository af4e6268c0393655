"""The binning of an efficiency map: its axes, in order, and the index formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.documents import read_yaml
from recastbook.exceptions import BadOption, BadSpecification, UnknownName, did_you_mean
from recastbook.surrogates.efficiency_map_axes import OUTSIDE, MapAxis, SplitAxis, axis_from_dict, check_overflow

__all__ = ["CALRATIO", "MapBinning"]

CALRATIO = "calratio"
"""Name of the binning of ATLAS-EXOT-2019-23, which is shipped."""


@dataclass(frozen=True, repr=False)
class MapBinning(display.Tabular):
    """Axes of one long-lived particle, from the slowest to the fastest, and how many particles an event has.

    Examples
    --------
    >>> bins = MapBinning.load("calratio")
    >>> bins.size, bins.n_llp
    (260, 2)
    """

    axes: tuple[MapAxis, ...]
    """Axes; the last one runs fastest in the index."""
    n_llp: int = 2
    """Long-lived particles of one event."""
    symmetric: bool = True
    """Does the order of the particles not matter?"""
    title: str = ""
    """What the bins are of."""

    def __post_init__(self) -> None:
        names = [a.name for a in self.axes]
        if not names or len(set(names)) < len(names):
            msg = f"a map needs axes of different names, not {names}"
            raise BadSpecification(msg)
        if self.n_llp < 1:
            msg = f"a map is of at least one long-lived particle, not {self.n_llp}"
            raise BadSpecification(msg)
        if sum(isinstance(a, SplitAxis) and a.decay for a in self.axes) > 1:
            msg = "only one axis can be where the particle decays"
            raise BadSpecification(msg)

    @classmethod
    def load(cls, source: MapBinning | str | Path | Mapping[str, Any]) -> MapBinning:
        """Return a binning: by shipped name (``"calratio"``), from a YAML file, a mapping, or as it is.

        Raises
        ------
        BadSpecification
            If axes are missing, or edges do not rise.
        """
        if isinstance(source, MapBinning):
            return source
        if isinstance(source, Mapping):
            return cls.from_dict(source, "binning")
        shipped = files("recastbook.surrogates") / "binnings" / f"{source}.yaml"
        if "/" not in str(source) and "\\" not in str(source) and shipped.is_file():
            return cls.from_dict(read_yaml(shipped, what="binning"), shipped.name)
        return cls.from_dict(read_yaml(Path(source), what="binning"), str(source))

    @classmethod
    def from_dict(cls, data: Any, where: str = "binning") -> MapBinning:
        """Build a binning from plain types."""
        if not isinstance(data, Mapping) or not isinstance(data.get("axes"), list) or not data["axes"]:
            msg = f"{where}: a binning is a mapping with a list of axes"
            raise BadSpecification(msg)
        axes = tuple(axis_from_dict(a, f"{where}: axes[{i}]") for i, a in enumerate(data["axes"]))
        n = data.get("n_llp", 2)
        if isinstance(n, bool) or not isinstance(n, int):
            msg = f"{where}: n_llp is a whole number, not {n!r}"
            raise BadSpecification(msg)
        return cls(axes, n, bool(data.get("symmetric", True)), str(data.get("title", "")))

    def to_dict(self) -> dict[str, Any]:
        """Return a description in plain types; :meth:`from_dict` gives an equal binning."""
        return {"title": self.title, "n_llp": self.n_llp, "symmetric": self.symmetric,
                "axes": [a.to_dict() for a in self.axes]}  # fmt: skip

    @property
    def shape(self) -> tuple[int, ...]:
        """Bins of each axis."""
        return tuple(a.size for a in self.axes)

    @property
    def size(self) -> int:
        """Bins of one particle."""
        return int(np.prod(self.shape))

    @property
    def needs(self) -> tuple[str, ...]:
        """Quantities that a look-up needs."""
        return tuple(dict.fromkeys(name for a in self.axes for name in a.needs))

    @property
    def decay_axis(self) -> SplitAxis | None:
        """The axis that a lifetime changes, None if there is none."""
        return next((a for a in self.axes if isinstance(a, SplitAxis) and a.decay), None)

    def axis(self, name: str) -> MapAxis:
        """Return an axis by its name."""
        found = {a.name: a for a in self.axes}
        if name not in found:
            msg = f"the map has no axis {name!r}.{did_you_mean(name, found)}"
            raise UnknownName(msg)
        return found[name]

    def label(self, index: int) -> str:
        """Return a bin of one particle in words."""
        if not 0 <= index < self.size:
            msg = f"bin {index} does not exist; the map has bins 0 to {self.size - 1}"
            raise UnknownName(msg)
        numbers = np.unravel_index(index, self.shape)
        return "; ".join(a.labels[int(k)] for a, k in zip(self.axes, numbers, strict=True))

    def columns(self, given: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return the quantities of a look-up as arrays of shape (N, n_llp).

        Raises
        ------
        BadOption
            If a quantity is missing or unknown, or arrays have different shapes or another number of particles.
        """
        missing = [n for n in self.needs if n not in given]
        unknown = [n for n in given if n not in self.needs]
        if missing or unknown:
            what = f"no {missing[0]!r} was given" if missing else f"{unknown[0]!r} is no quantity of this map"
            hint = did_you_mean(missing[0], unknown) if missing and unknown else ""
            msg = f"a look-up needs {', '.join(self.needs)}; {what}.{hint}"
            raise BadOption(msg)
        arrays = {}
        for name in self.needs:
            values = np.asarray(given[name])
            if self.n_llp == 1 and values.ndim == 1:
                values = values[:, None]
            if values.ndim != 2 or values.shape[1] != self.n_llp:
                msg = (
                    f"{name} has the shape {values.shape}; this map is of {self.n_llp} long-lived particles an event, "
                    f"so that (N, {self.n_llp}) works: choose the particles of an event before"
                )
                raise BadOption(msg)
            arrays[name] = values
        shapes = {name: a.shape for name, a in arrays.items()}
        if len(set(shapes.values())) > 1:
            msg = f"arrays of one look-up must have one shape, not {shapes}"
            raise BadOption(msg)
        return arrays

    def indices(self, columns: Mapping[str, NDArray[Any]], overflow: str | None = None) -> NDArray[np.intp]:
        """Return the bin of every particle, shape (N, n_llp), -1 for one outside the map.

        The index is that of a row-major array: position x 20 + pT x 4 + decay for the shipped maps.
        """
        check_overflow(overflow)
        out = np.zeros(np.shape(columns[self.needs[0]]), dtype=np.intp)
        outside = np.zeros(out.shape, dtype=bool)
        for axis in self.axes:
            found = axis.bins(columns, overflow)
            outside |= found == OUTSIDE
            out = out * axis.size + found
        out[outside] = OUTSIDE
        return out

    # -- showing --------------------------------------------------------------------------------

    def _items(self) -> dict[str, object]:
        order = "order does not matter" if self.symmetric else "in order"
        return {
            "particles": self.n_llp if self.n_llp == 1 else f"{self.n_llp}, {order}",
            "bins of a particle": f"{self.size} ({' x '.join(map(str, self.shape))})",
            "needs": ", ".join(self.needs),
        }

    def __str__(self) -> str:
        shown = self._as_table()
        return f"{display.text_card(shown.caption, self._items())}\n{display.text_table(shown.headers, shown.rows)}"

    def _as_table(self) -> display.TableView:
        rows, step = [], self.size
        for axis in self.axes:
            step //= axis.size
            rows += [[axis.name, i, i * step, label] for i, label in enumerate(axis.labels)]
        title = self.title or "Bins of an efficiency map"
        return display.TableView(("axis", "bin", "adds to the index", "what"), rows, title)

    def _repr_html_(self) -> display.Html:
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        return display.card(shown.caption, self._items(), body=[display.fold("bins", table)])
