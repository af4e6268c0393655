"""Part C of the checklist: inputs, fully defined."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from recastbook.diagnostics.lint.azimuth import read_range
from recastbook.diagnostics.lint.context import Context, stated
from recastbook.diagnostics.lint.rule import Section, Sight
from recastbook.diagnostics.lint.sidecar import Constants, constants_of_metadata, same_constants
from recastbook.network import ModelCard, columns
from recastbook.network.contract import PHI_RANGES, Input
from recastbook.units import factor

__all__ = ["SECTION"]

SECTION = Section("C", "inputs")


def _places(context: Context) -> Iterator[tuple[str, Input]]:
    for i, column in enumerate(context.card.inputs):
        yield f"inputs[{i}] {column.name}", column


def _definition(context: Context, column: Input) -> str:
    return columns.definition(context.card, column)


@SECTION.rule(
    21, "E", "semi",
    title="Every input has a definition.",
    why="A name is no definition: met with or without muons, mass before or after trimming.",
    fix="Define the quantity in the input or in its object, and the selection of the object in objects[].definition.",
)  # fmt: skip
def _check_definitions(context: Context) -> Iterator[Sight]:
    for place, column in _places(context):
        if not stated(_definition(context, column)):
            yield Sight(place, f"{column.quantity!r} is not defined.")
    for i, block in enumerate(context.card.objects):
        if not stated(block.definition):
            yield Sight(f"objects[{i}] {block.name}", "It is not said which objects these are.")


@SECTION.rule(
    22, "E", "semi",
    title="The order of inputs and the key by which objects are sorted are stated.",
    why="All pT first, or all of the first jet first: both are in use, and the wrong one runs without an error.",
    fix="State layout and objects[].sort_by.",
    applies=lambda context: bool(context.card.objects),
)  # fmt: skip
def _check_order(context: Context) -> Iterator[Sight]:
    if context.card.layout is None:
        yield Sight("layout", "It is not stated whether columns are ordered by object or by variable.")
    for i, block in enumerate(context.card.objects):
        if not stated(block.sort_by):
            yield Sight(f"objects[{i}] {block.name}.sort_by", "It is not stated by what the objects are sorted.")


_HAS_DIMENSION = re.compile(r"^(pt|m|mass|e|energy|met|ht|meff|mt)($|_)|_(pt|mass|energy|ht|met)$", re.IGNORECASE)
_HARD = re.compile(r"^(pt|energy|met|ht|meff)$", re.IGNORECASE)
_PLAUSIBLE_GEV = (3.0, 8000.0)
"""Range in which the mean of a momentum, an energy or a sum of them lies at the LHC, GeV."""


@SECTION.rule(
    23, "E", "semi",
    title="Every input has a unit, and the means agree with it.",
    why="GeV, MeV and GeV/100 are all in use; the wrong one saturates the network.",
    fix="Correct unit or scale of the column.",
)  # fmt: skip
def _check_units(context: Context) -> Iterator[Sight]:
    shares = _shares(context)
    for place, column in _places(context):
        if column.level == "parameter":
            continue
        if not stated(column.unit):
            yield Sight(place, "The unit is not stated.")
            continue
        dimension = bool(_HAS_DIMENSION.search(column.quantity)) and not column.quantity.endswith(("phi", "eta"))
        if dimension and not column.unit.endswith("eV"):
            yield Sight(place, f"{column.quantity!r} in the unit {column.unit!r}; an energy was expected.", "W")
            continue
        if _is_phi(column) and column.unit != "rad":
            yield Sight(place, f"An azimuth in the unit {column.unit!r}; rad was expected.")
        mean = _means_of(context.card, column)
        hard = column.index in (None, 0) and _HARD.match(column.quantity) and column.unit.endswith("eV")
        if not hard or mean is None or not math.isfinite(mean):
            continue
        share = shares.get((column.object, column.index), 1.0)
        value = mean / column.scale * factor(column.unit)
        low, high = _PLAUSIBLE_GEV
        if not low * share <= value <= high:
            what = f"The mean {mean:g} is {value:g} GeV with unit {column.unit} and scale {column.scale:g}."
            yield Sight(place, what + " That is no momentum of a collision; another unit or scale was meant.")


def _shares(context: Context) -> dict[tuple[str | None, int | None], float]:
    """Return how many training events had an object, from the width of its azimuth."""
    out = {}
    for column in context.card.inputs:
        mean, width = _means_of(context.card, column), _widths_of(context.card, column)
        if _is_phi(column) and mean is not None and width is not None:
            out[column.object, column.index] = read_range(mean, width, column.padding).occupancy
    return out


def _is_phi(column: Input) -> bool:
    return column.quantity == "phi" or column.quantity.endswith("_phi")


def _means_of(card: ModelCard, column: Input) -> float | None:
    return _constant(card, column, "mean")


def _widths_of(card: ModelCard, column: Input) -> float | None:
    return _constant(card, column, "width")


def _constant(card: ModelCard, column: Input, which: str) -> float | None:
    """Return mean or width of a column; where the files have their own, that of the first."""
    per_file = getattr(card.files[0], f"{which}s")
    position = card.columns[column.name]
    if per_file is not None and position < len(per_file):
        return float(per_file[position])
    value = getattr(column, which)
    return None if value is None else float(value)


@SECTION.rule(
    24, "E", "semi",
    title="The normalisation is stated with its constants, and every copy of them says the same.",
    why="Constants that are missing, doubled or interchanged give scores without any error message.",
    fix="State where it is done, and give mean and width of every input; tell which copy holds where two differ.",
)  # fmt: skip
def _check_normalisation(context: Context) -> Iterator[Sight]:
    card = context.card
    where = card.normalisation.where
    for i, file in enumerate(card.files):
        means: tuple[float | None, ...] = file.means or tuple(column.mean for column in card.inputs)
        widths: tuple[float | None, ...] = file.widths or tuple(column.width for column in card.inputs)
        for name, values in (("means", means), ("widths", widths)):
            if len(values) != len(card.inputs):
                yield Sight(f"files[{i}].{name}", f"{len(values)} {name} for {len(card.inputs)} inputs.")
        rows = enumerate(zip(card.inputs, means, widths, strict=False))
        for k, (column, mean, width) in rows:
            place = f"inputs[{k}] {column.name}" + (f" of {file.name}" if file.means or file.widths else "")
            if where == "outside" and (mean is None or width is None):
                yield Sight(place, "The normalisation is outside the file, but mean or width is missing.")
            elif mean is not None and not math.isfinite(mean):
                yield Sight(place, f"The mean is {mean}.")
            elif width is not None and not (math.isfinite(width) and width > 0.0):
                yield Sight(place, f"The width is {width:g}; a finite number above zero is needed.")
        if file.means is None and file.widths is None:
            break  # the constants of the inputs hold for all files
    if where == "none" and any(column.mean is not None or column.width is not None for column in card.inputs):
        yield Sight("normalisation.where", "It is said that there is none, but inputs have means or widths.", "W")
    if where == "inside" and not stated(card.normalisation.scope):
        yield Sight("normalisation.scope", "It is inside the file; which columns it covers is not stated.", "W")
    yield from _copies(context)


def _copies(context: Context) -> Iterator[Sight]:
    """Compare the constants of the card, of the file's metadata and of the JSON files beside it."""
    for file in context.files:
        own = context.card.for_file(file.entry.name)
        known = constants_of_metadata(file.header.metadata) if file.header is not None else None
        outside = context.card.normalisation.where == "outside"
        if known is not None and outside:
            if known.names != tuple(own.columns):
                what = f"The metadata of the file list the inputs {', '.join(known.names)}; the card has other ones."
                yield Sight(f"{file.place} metadata", what)
            elif (verdict := same_constants(own.means, own.widths, known)) != "same":
                yield Sight(f"{file.place} metadata", f"Means and widths are {verdict} between card and metadata.")
        if not outside and known is None:
            continue
        means, widths = (own.means, own.widths) if known is None else (known.means, known.widths)
        names = tuple(own.columns) if known is None else known.names
        for side in (side for of, side in context.sidecars if of is file):
            place = f"{file.place}, {side.path.name}"
            reference = "card" if known is None else "metadata of the network file"
            if side.names and side.names != names:
                what = f"It lists the inputs {', '.join(side.names)}, the {reference} has another list or order."
                yield Sight(place, what, "W")
                continue
            verdict = same_constants(side.offset, side.scale, Constants(names, means, widths))
            if verdict == "interchanged":
                what = (
                    f"offset and scale are interchanged: offset holds the widths ({side.offset[0]:.4g}, ...), "
                    f"scale the means ({side.scale[0]:.4g}, ...) that the {reference} gives."
                )
                fix = (
                    f"Read offset as widths and scale as means, as the {reference} does; have the JSON file corrected."
                )
                yield Sight(place, what, "W" if _says_interchanged(context.card) else "E", fix)
            elif verdict == "different":
                yield Sight(place, f"offset and scale are not the means and widths of the {reference}.", "W")


def _says_interchanged(card: ModelCard) -> bool:
    """Return whether the card knows of the interchange: it has a switch for it."""
    return any(option.interchanged is not None for option in card.options)


@SECTION.rule(
    25, "E", "semi",
    title="What is fed for an absent object is stated for every input.",
    why="0, -5, -999 and 1e-7 are all in use, for different inputs of one network too.",
    fix="State padding for each column of an object, and objects[].truncation.",
)  # fmt: skip
def _check_padding(context: Context) -> Iterator[Sight]:
    for place, column in _places(context):
        if column.object is not None and (column.padding is None or not math.isfinite(column.padding)):
            yield Sight(place, f"The padding is {'not stated' if column.padding is None else column.padding}.")
    for i, block in enumerate(context.card.objects):
        indices = {column.index for column in context.card.inputs if column.object == block.name}
        if indices != set(range(block.truncation)):
            what = f"The truncation is {block.truncation}, but the inputs use {len(indices)} objects."
            yield Sight(f"objects[{i}] {block.name}.truncation", what)


_ORIGIN = "State phi_reference of the object or input: detector if the azimuth is not rotated."


@SECTION.rule(
    26, "E", "auto",
    title="The range of every azimuth is stated, is the one of the training, and is the same for all.",
    why="A flat azimuth has mean 0 in [-pi, pi) and pi in [0, 2 pi): the wrong range moves half of all events.",
    fix="Bring each azimuth into the range that its mean and width show; say so in phi_range.",
)  # fmt: skip
def _check_azimuths(context: Context) -> Iterator[Sight]:
    seen: dict[str, list[str]] = {}
    for place, column in _places(context):
        if not _is_phi(column) or column.unit != "rad":
            continue
        if column.phi_range not in PHI_RANGES:
            yield Sight(place, f"The range is {column.phi_range or 'not stated'}.")
        if not columns.stated(context.card, column, "phi_reference") and "rotated" not in _definition(context, column):
            yield Sight(place, "It is not stated whether it is rotated, or relative to something.", "I", _ORIGIN)
        mean, width = _means_of(context.card, column), _widths_of(context.card, column)
        shown = None
        if mean is not None and width is not None and context.card.normalisation.where == "outside":
            shown = read_range(mean / column.scale, width / column.scale, column.padding)
        if shown is not None and shown.phi_range is not None:
            if column.phi_range is not None and shown.phi_range != column.phi_range:
                what = (
                    f"The card says {column.phi_range}, but mean {mean:.3f} and width {width:.3f} are those of "
                    f"{shown.phi_range} (object in {shown.occupancy:.0%} of training events)."
                )
                yield Sight(f"{place}.phi_range", what)
            seen.setdefault(shown.phi_range, []).append(column.name)
        elif column.phi_range is not None:
            seen.setdefault(column.phi_range, []).append(column.name)
    if len(seen) > 1:
        few, many = sorted(seen, key=lambda name: len(seen[name]))
        listed = ", ".join(seen[few][:5]) + (", ..." if len(seen[few]) > 5 else "")
        constants = [context.card.input(name) for name in seen[few][:1]]
        shown_by = "; ".join(
            f"{c.name} has mean {c.mean:.3f} and width {c.width:.3f}" for c in constants if c.mean and c.width
        )
        what = (
            f"{listed} in {_interval(few)}, the other {len(seen[many])} azimuths in {_interval(many)}"
            f"{f' ({shown_by}; flat: {0 if few == PHI_RANGES[0] else math.pi:.3f} and 1.814)' if shown_by else ''}."
        )
        yield Sight("inputs", what, "W", f"Bring {listed} into {_interval(few)} before the normalisation.")


def _interval(phi_range: str) -> str:
    return "[-pi, pi)" if phi_range == PHI_RANGES[0] else "[0, 2 pi)"


_NEEDS_WORDS = {
    "eta": ("eta", "pseudorapidity"), "y": ("rapidity",), "rapidity": ("rapidity",), "mass": ("mass",),
    "m": ("mass",), "energy": ("energy",), "e": ("energy",),
}  # fmt: skip
_SAID_IN = {"mass": "mass_or_energy", "energy": "mass_or_energy"}
"""Field of the card that states it; eta_or_rapidity for all others."""


@SECTION.rule(
    27, "E", "semi",
    title="Pseudorapidity or rapidity, mass or energy, massless or not: all are stated.",
    why="For heavy jets rapidity and pseudorapidity differ by tenths, and leptons are often fed without mass.",
    fix="State eta_or_rapidity and mass_or_energy of the object or input, and massless where masses are zero.",
)  # fmt: skip
def _check_conventions(context: Context) -> Iterator[Sight]:
    told: set[tuple[str | None, str]] = set()
    for place, column in _places(context):
        words = _NEEDS_WORDS.get(column.quantity.lower())
        if column.quantity.lower().startswith(("dr", "deltar", "min_dr", "mindeltar")):
            words = ("eta", "rapidity")
        key = (column.object, column.quantity)
        definition = _definition(context, column).lower()
        if words and columns.stated(context.card, column, _SAID_IN.get(words[0], "eta_or_rapidity")) is not None:
            continue
        if words and key not in told and not any(word in definition for word in words):
            told.add(key)
            found = f"defined as {definition!r}" if definition else "not defined"
            yield Sight(place, f"{column.quantity!r} is {found}; {' or '.join(words)} should stand there.")
    for i, block in enumerate(context.card.objects):
        masses = [c for c in context.card.inputs if c.object == block.name and c.quantity in ("mass", "m")]
        if block.massless and any(c.mean for c in masses):
            yield Sight(f"objects[{i}] {block.name}.massless", "Massless by convention, but a mass has a mean above 0.")


_CATEGORY = re.compile(r"(^is(?!ol)|btag|flavou?r|charge|categor|_code$|_class$|^pdg|_pdg)", re.IGNORECASE)


@SECTION.rule(
    28, "E", "semi",
    title="Codes of categories have a legend.",
    why="A b-tag fed as 0 and 1, as 1 to 5, or as a score of a tagger is the same column to the network.",
    fix="List every code in objects[].legend or inputs[].legend.",
)  # fmt: skip
def _check_legends(context: Context) -> Iterator[Sight]:
    legends_of = {block.name: block.legend for block in context.card.objects}
    told: set[tuple[str | None, str]] = set()
    for place, column in _places(context):
        known = column.legend or legends_of.get(column.object or "", {}).get(column.quantity)
        key = (column.object, column.quantity)
        if _CATEGORY.search(column.quantity) and not known and key not in told:
            told.add(key)
            yield Sight(place, f"{column.quantity!r} looks like a category and has no legend.")


@SECTION.rule(
    29, "E", "semi",
    title="Inputs that are a hypothesis have a value for each region.",
    why="The same event has another score at another hypothesis.",
    fix="List the values of each region in parameters.points.",
    applies=lambda context: bool(context.card.parameters.names)
    or any(column.level == "parameter" for column in context.card.inputs),
)  # fmt: skip
def _check_parameters(context: Context) -> Iterator[Sight]:
    card = context.card
    points = {point.region: point.values for point in card.parameters.points}
    for column in card.inputs:
        if column.level == "parameter" and column.name not in card.parameters.names:
            yield Sight("parameters.names", f"The input {column.name!r} has level parameter and is not listed.")
    for region in card.analysis.regions:
        if region not in points:
            yield Sight("parameters.points", f"There are no values for the region {region}.")
    if context.region_set is None:
        return
    for name, values in points.items():
        found_region = context.region_set.regions.get(name)
        cuts = () if found_region is None else found_region.cuts
        used = {leaf.point for cut in cuts for leaf in cut.leaves() if leaf.score}
        if used - {None} and values not in used:
            found = ", ".join(str(list(point)) for point in used if point is not None)
            yield Sight(f"regions {name}", f"The card says {list(values)}, the cut is at {found}.")


_FAR = 20.0
"""Distance of a padding from the mean, in widths, from which on it is a marker and no value."""


@SECTION.rule(
    30, "W", "semi",
    title="What happens with missing values is stated, and markers do not reach the first layer as numbers.",
    why="-999 among values of order one dominates every sum of the first layer.",
    fix="State which events lack the object; feed the mean, or mark absence by an input of its own.",
)  # fmt: skip
def _check_missing_values(context: Context) -> Iterator[Sight]:
    for place, column in _places(context):
        mean, width = _means_of(context.card, column), _widths_of(context.card, column)
        if column.padding is None:
            continue
        outside = context.card.normalisation.where == "outside" and mean is not None and width
        distance = abs(column.padding - (mean or 0.0)) / width if outside and width else abs(column.padding)
        if distance > _FAR:
            what = f"An absent object is fed as {column.padding:g}, {distance:.0f} {'widths' if outside else ''} away."
            yield Sight(place, what.replace("  ", " "))


@SECTION.rule(
    31, "W", "semi",
    title="The range of each input in training is stated.",
    why="Outside it a network extrapolates; only with it can a recast warn.",
    fix="Give smallest and largest value, or quantiles, in inputs[].valid_range.",
)  # fmt: skip
def _check_valid_ranges(context: Context) -> Iterator[Sight]:
    open_inputs = [column for column in context.card.inputs if column.valid_range is None]
    if open_inputs:
        bare = [column.name for column in open_inputs if _means_of(context.card, column) is None]
        what = f"{len(open_inputs)} of {len(context.card.inputs)} inputs have no valid_range"
        if bare:
            yield Sight("inputs", f"{what}, {len(bare)} of them neither mean nor width: {', '.join(bare[:4])}, ...")
        else:
            yield Sight("inputs", f"{what}; means and widths are all that says where they were.", level="I")
    for place, column in _places(context):
        mean = _means_of(context.card, column)
        if column.valid_range is None:
            continue
        low, high = column.valid_range
        if not low < high or (mean is not None and not low <= mean <= high):
            yield Sight(place, f"The range [{low:g}, {high:g}] is empty or does not hold the mean.", level="E")


@SECTION.rule(
    32, "W", "auto",
    title="The number type is stated, and what is rounded before the normalisation.",
    why="float32 before a subtraction of large means loses digits that a tree, or a steep score, notices.",
    fix="State normalisation.precision, and the dtype of the input.",
)  # fmt: skip
def _check_precision(context: Context) -> Iterator[Sight]:
    words = context.card.normalisation.precision
    if not stated(words):
        yield Sight("normalisation.precision", "The precision of the normalisation is not stated.")
    for file in context.files:
        dtype = file.entry.input.dtype
        if stated(words) and np.dtype(dtype).kind == "f" and dtype not in words:
            yield Sight(file.place, f"The input is {dtype}, the normalisation is said to end in {words!r}.")


@SECTION.rule(
    33, "W", "semi",
    title="Inputs from the generator are labelled as such.",
    why="A network that has seen the parton behind a jet cannot be evaluated on data, and flatters itself.",
    fix="State how the truth input is defined, and what stands for it in data.",
)  # fmt: skip
def _check_truth_inputs(context: Context) -> Iterator[Sight]:
    if context.is_surrogate and context.card.surrogate is not None and stated(context.card.surrogate.truth):
        return  # it is made for truth, and says how that is defined
    blocks = {block.name: block.level for block in context.card.objects}
    for place, column in _places(context):
        level = column.level or blocks.get(column.object or "")
        words = f"{_definition(context, column)} {column.name}".lower()
        if level == "truth" and not any(word in words for word in ("truth", "true", "generator", "parton")):
            yield Sight(place, "The level is truth, but the definition does not say so.")
