"""The declared, finite grid of hypotheses of a card."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.changes import (
    Azimuth,
    Change,
    Code,
    Files,
    Normalise,
    Order,
    Outputs,
    Padding,
    Parameter,
    Scale,
)
from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.diagnostics.hunt.masses import Kinematics
from recastbook.network import ModelCard

__all__ = ["hypotheses"]

_MISSING = -999.0
_NORMALISATIONS = {
    "missing": "raw values are fed, the normalisation is left out",
    "doubled": "the normalisation is applied twice",
    "interchanged": "means and widths change places (offset read as scale)",
    "no mean": "values are divided by the width, the mean is not subtracted",
    "no width": "the mean is subtracted, nothing is divided by the width",
}
_RANGES = {"minus_pi_pi": "(-pi, pi]", "0_2pi": "[0, 2 pi)"}
_KINEMATICS = {
    "massless": "objects are made massless",
    "energy for mass": "the energy is fed where the mass belongs",
    "mass for energy": "the mass is fed where the energy belongs",
    "rapidity": "rapidity is fed for pseudorapidity",
}

_LIGHT = ("lepton", "electron", "muon")
"""Objects whose mass is nothing beside their energy."""

_Found = tuple[str, str, str, str, Change]
"""Key, family, what, fix, change."""


def hypotheses(card: ModelCard, *, families: tuple[str, ...] | None = None) -> tuple[Hypothesis, ...]:
    """Return every convention change that the trap hunter knows for a card.

    Parameters
    ----------
    card
        The model card; unit, scale, padding, azimuth range, blocks, layout, normalisation, legends, parameters,
        outputs and files of its contract decide what there is to get wrong.
    families
        Only these (see :data:`recastbook.diagnostics.hunt.FAMILIES`); all by default.

    Examples
    --------
    >>> import recastbook as rb
    >>> from recastbook.diagnostics.hunt import hypotheses
    >>> found = hypotheses(rb.load("ATLAS-SUSY-2019-04").card)
    >>> next(h for h in found if h.key == "unit: leptons in GeV").what
    'leptons: energies in GeV, where the card says units of 100 GeV'
    """
    layout = Layout(card)
    found = itertools.chain(
        _units(layout), _azimuths(layout), _paddings(layout), _normalisations(layout), _orders(layout), _codes(layout),
        _masses(layout), _parameters(layout), _outputs(layout), _files(layout),
    )  # fmt: skip
    return tuple(
        Hypothesis(key, family, what, fix, layout, change)
        for key, family, what, fix, change in found
        if families is None or family in families
    )


def _ints(columns: object) -> tuple[int, ...]:
    return tuple(int(c) for c in np.asarray(columns).ravel())


def _units(layout: Layout) -> Iterator[_Found]:
    energy = {b: layout.columns(b, unit="GeV") for b in layout.blocks}
    energy = {b: columns for b, columns in energy.items() if len(columns)}
    groups = dict(energy)
    if len(energy) > 1:
        groups["all blocks"] = np.concatenate(list(energy.values()))
    for name, columns in groups.items():
        scales = {layout.card.inputs[c].scale for c in columns}
        if len(scales) > 1:
            continue
        scale = scales.pop()
        said = "GeV" if scale == 1.0 else f"units of {1.0 / scale:g} GeV"
        for unit, value in (("MeV", 1000.0), ("GeV", 1.0), ("100 GeV", 0.01), ("TeV", 0.001)):
            if np.isclose(value, scale):
                continue
            yield (
                f"unit: {name} in {unit}", "unit",
                f"{name}: energies in {unit}, where the card says {said}",
                f"multiply the energies of {name} by {scale / value:g}",
                Scale(_ints(columns), value / scale),
            )  # fmt: skip


def _azimuths(layout: Layout) -> Iterator[_Found]:
    groups: dict[str, list[int]] = {}
    for position, column in enumerate(layout.card.inputs):
        if column.phi_range is not None:
            name = layout.block_of(column) if column.object else column.name
            groups.setdefault(name, []).append(position)
    with_objects = [c for name, columns in groups.items() if name in layout.blocks for c in columns]
    if len([name for name in groups if name in layout.blocks]) > 1:
        groups["all objects"] = with_objects
    if len(groups) > 1:
        groups["everything"] = [c for c, column in enumerate(layout.card.inputs) if column.phi_range is not None]
    seen: set[tuple[tuple[int, ...], str]] = set()
    for name, members in groups.items():
        for wrong in sorted(_RANGES):
            columns = tuple(c for c in members if layout.card.inputs[c].phi_range != wrong)
            if not columns or (columns, wrong) in seen:
                continue
            seen.add((columns, wrong))
            said = " and ".join(_RANGES[r] for r in sorted({str(layout.card.inputs[c].phi_range) for c in members}))
            yield (
                f"azimuth: {name} in {_RANGES[wrong]}", "azimuth",
                f"{name}: azimuth in {_RANGES[wrong]}, where the card says {said}",
                f"bring the azimuth of {name} into {said}",
                Azimuth(columns, wrong),
            )  # fmt: skip


def _paddings(layout: Layout) -> Iterator[_Found]:
    padded = [c for c, column in enumerate(layout.card.inputs) if column.object is not None]
    if not padded:
        return
    known = sorted({float(layout.padding[c]) for c in padded})
    fix = "pad absent objects as the card says"
    for value in dict.fromkeys((0.0, _MISSING, -1.0)):
        if any(abs(value - layout.padding[c]) > layout.tolerance[c] for c in padded):
            yield (
                f"padding: everything {value:g}", "padding",
                f"absent objects are {value:g} in every column; the card says {', '.join(f'{k:g}' for k in known)}",
                fix, Padding(tuple(padded), value),
            )  # fmt: skip
    quantities = dict.fromkeys(layout.card.inputs[c].quantity for c in padded)
    for quantity, value in itertools.product(quantities, known):
        columns = tuple(c for c in padded if layout.card.inputs[c].quantity == quantity)
        if len(known) > 1 and any(abs(value - layout.padding[c]) > layout.tolerance[c] for c in columns):
            said = ", ".join(f"{p:g}" for p in sorted({float(layout.padding[c]) for c in columns}))
            yield (
                f"padding: {quantity} {value:g}", "padding",
                f"{quantity} of absent objects is {value:g}, where the card says {said}", fix, Padding(columns, value),
            )  # fmt: skip
    if layout.normalises:
        for value in (0.0, _MISSING):
            yield (
                f"padding: {value:g} after the normalisation", "padding",
                f"absent objects are {value:g} in what the network sees, where their padding is normalised too",
                "pad first, then normalise", Padding(tuple(padded), value, normalised=True),
            )  # fmt: skip


def _normalisations(layout: Layout) -> Iterator[_Found]:
    if not layout.normalises:
        return
    every = tuple(range(len(layout)))
    for kind, what in _NORMALISATIONS.items():
        if kind == "interchanged" and not layout.means.all():
            continue  # a mean of zero cannot be divided by
        yield (
            f"normalisation: {kind}", "normalisation", what, f"feed {layout.card.normalisation.rule}",
            Normalise(kind, every),
        )  # fmt: skip


def _orders(layout: Layout) -> Iterator[_Found]:
    card = layout.card
    every: NDArray[np.int64] = np.arange(len(layout))
    found: dict[str, tuple[str, NDArray[np.int64]]] = {}
    for other in ("by_object", "by_variable"):
        if card.layout in (None, other) or not card.objects:
            continue
        source = every.copy()
        for block in card.objects:
            grid = np.stack([layout.at(block.name, q) for q in layout.quantities(block.name)])  # (quantities, objects)
            wanted = (grid.T if other == "by_object" else grid).ravel()
            source[np.sort(grid.ravel())] = wanted
        words = "object by object" if other == "by_object" else "variable by variable"
        found[words] = (f"inputs of a block stand {words}; the card says {card.layout}", source)
    for block in card.objects:
        if block.truncation > 1:
            source = every.copy()
            for quantity in layout.quantities(block.name):
                source[layout.at(block.name, quantity)] = layout.at(block.name, quantity)[::-1]
            found[f"{block.name} reversed"] = (f"{block.name} from the last to the first, absent ones first", source)
    if not card.objects:
        free = [i for i, column in enumerate(card.inputs) if column.level != "parameter"]
        for words, order in (
            ("alphabetical", sorted(free, key=lambda i: card.inputs[i].name.casefold())),
            ("reversed", free[::-1]),
        ):
            source = every.copy()
            source[free] = order
            found[words] = (f"inputs in {words} order, not in that of the card", source)
    for words, (what, moved) in found.items():
        if np.array_equal(moved, every):
            continue
        fix = "put the columns into the order of the card"
        yield f"order: {words}", "order", what, fix, Order(_ints(moved))
        if layout.normalises:
            yield (
                f"order: {words}, after the normalisation", "order",
                f"{what}; each number was normalised as itself before", fix, Order(_ints(moved), by_name=True),
            )  # fmt: skip


def _codes(layout: Layout) -> Iterator[_Found]:
    groups: dict[tuple[str, str], list[int]] = {}
    codes: dict[tuple[str, str], list[float]] = {}
    for position, column in enumerate(layout.card.inputs):
        if column.level == "parameter":
            continue
        block = next((b for b in layout.card.objects if b.name == column.object), None)
        legend = column.legend or (block.legend.get(column.quantity, {}) if block is not None else {})
        if legend:
            key = (layout.block_of(column), column.quantity)
            groups.setdefault(key, []).append(position)
            pads = {column.padding} if "no such" in " ".join(legend.values()) else set()
            codes[key] = sorted(float(c) for c in legend if float(c) not in pads)
    for key, columns in groups.items():
        known = codes[key]
        if len(known) != 2:
            continue
        low, high = known
        yes, no = ("tagged", "not tagged") if "tag" in key[1] or key[1] == "isb" else (f"{high:g}", f"{low:g}")
        for new in ((0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (1.0, 5.0), (-0.5, 5.0), (0.0, 5.0), (5.0, 1.0)):
            if new == (low, high) or (new == (1.0, 0.0) and (low, high) != (0.0, 1.0)):
                continue
            if new == (5.0, 1.0) and (low, high) != (1.0, 5.0):
                continue
            yield (
                f"code: {key[1]} {new[1]:g} and {new[0]:g}", "code",
                f"{key[1]} of {key[0]} is {new[1]:g} if {yes}, {new[0]:g} if {no}; the card says {high:g} and {low:g}",
                "use the codes of the card", Code(tuple(columns), ((low, new[0]), (high, new[1]))),
            )  # fmt: skip


def _masses(layout: Layout) -> Iterator[_Found]:
    for block in layout.card.objects:
        names = layout.quantities(block.name)
        if not {"pt", "eta"} <= set(names) or not {"mass", "energy"} & set(names):
            continue
        light = any(word in block.name for word in _LIGHT)
        for kind, what in _KINEMATICS.items():
            unfit = {"energy for mass": "energy", "mass for energy": "mass"}
            if unfit.get(kind) in names or (kind == "massless" and block.massless):
                continue
            if light and (kind == "rapidity" or (kind == "massless" and "energy" in names)):
                continue  # nobody could tell
            fix = f"feed {', '.join(names)} of {block.name} as the card says"
            yield f"mass: {block.name}, {kind}", "mass", f"{block.name}: {what}", fix, Kinematics(block.name, kind)


def _parameters(layout: Layout) -> Iterator[_Found]:
    card = layout.card
    fix = "fill the parameters with the point of the region"
    for name in card.parameters.names:
        column, found = (card.columns[name],), card.input(name)
        if found.legend:
            codes = sorted(float(c) for c in found.legend)
            if codes == [0.0, 1.0]:
                key, what = (
                    f"parameters: {name} flipped",
                    f"{name} is 1 where it should be 0 and 0 where it should be 1",
                )
                yield key, "parameters", what, fix, Parameter(column, "flipped")
            for value in (codes[-1] + 1.0, -1.0):
                what = f"{name} is {value:g}; the card allows {', '.join(found.legend)}"
                yield f"parameters: {name} {value:g}", "parameters", what, fix, Parameter(column, "constant", value)
    masses = [n for n in card.parameters.names if card.input(n).unit == "GeV"]
    for first, second in itertools.combinations(masses, 2):
        pair = (card.columns[first], card.columns[second])
        what = f"{first} and {second} change places"
        yield f"parameters: {first} and {second} exchanged", "parameters", what, fix, Parameter(pair, "exchanged")
    if masses:
        columns = tuple(card.columns[n] for n in masses)
        what = f"{', '.join(masses)} in TeV"
        yield "parameters: masses in TeV", "parameters", what, fix, Parameter(columns, "scaled", 0.001)
    if card.parameters.names and layout.normalises:
        columns = _ints(card.parameter_columns)
        yield (
            "parameters: not normalised", "parameters", "parameters are fed raw, the other inputs normalised",
            "normalise parameters like every other input", Parameter(columns, "not normalised"),
        )  # fmt: skip


def _outputs(layout: Layout) -> Iterator[_Found]:
    names = layout.card.output_names
    fix = "read outputs by the names of the card"
    if len(names) == 1:
        what = f"one minus {names[0]} is read"
        yield f"output: 1 - {names[0]}", "output", what, fix, Outputs((0,), complement=True)
        return
    order = tuple(range(len(names)))
    swapped = (1, 0, *order[2:])
    what = f"{names[0]} and {names[1]} change places"
    yield f"output: {names[0]} and {names[1]} exchanged", "output", what, fix, Outputs(swapped)
    yield (
        "output: next index", "output", "outputs are counted from 1, so each is read one place further",
        fix, Outputs((*order[1:], order[0])),
    )  # fmt: skip
    yield "output: reversed", "output", "outputs are read in reversed order", fix, Outputs(order[::-1])


def _files(layout: Layout) -> Iterator[_Found]:
    files = layout.card.files
    if len(files) == 1:
        return
    fix = "choose the file by the rule of the card"
    order = tuple(range(len(files)))
    if all("modulus" in condition for file in files for condition in file.when):
        exchanged = (*order[1:], order[0])
        words = "folds are exchanged" if len(files) == 2 else "each fold is scored by the next"
        yield "files: folds exchanged", "files", words, fix, Files(exchanged)
    else:
        for words, instead in (("previous", (0, *order[:-1])), ("next", (*order[1:], order[-1]))):
            what = f"the {words} file of the card is used (numbers of objects counted wrong by one)"
            yield f"files: {words} one", "files", what, fix, Files(instead)
    for index, file in enumerate(files):
        yield (
            f"files: {file.name} for all",
            "files",
            f"{file.name} scores every event",
            fix,
            Files((index,) * len(files)),
        )
