"""What a schema cannot say about a model card: that its parts agree with each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from recastbook.exceptions import BadSpecification, did_you_mean
from recastbook.network import columns
from recastbook.network.contract import PHI_RANGES, Input

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard

__all__ = ["check"]


def check(card: ModelCard, source: str) -> None:
    """Raise for the first disagreement inside a card.

    Parameters
    ----------
    card
        The card.
    source
        Its file, for the message.

    Raises
    ------
    BadSpecification
        Naming the place, what was found and what would be right.
    """
    for problem in _problems(card):
        message = f"{source}: {problem}"
        raise BadSpecification(message)


def _problems(card: ModelCard) -> Iterator[str]:
    yield from _repeated("inputs", (i.name for i in card.inputs))
    yield from _repeated("outputs", (o.name for o in card.outputs))
    yield from _repeated("objects", (o.name for o in card.objects))
    yield from _repeated("variants", (v.name for v in card.variants))
    yield from _repeated("options", (o.name for o in card.options))
    yield from _repeated("golden_rows", (g.name for g in card.golden_rows))
    yield from _repeated("parameters.names", card.parameters.names)
    yield from _repeated("parameters.points", (p.region for p in card.parameters.points))
    for position, column in enumerate(card.inputs):
        for problem in (*_input_problems(card, column), *_convention_problems(card, column)):
            yield f"inputs[{position}] {column.name!r}: {problem}"
    yield from _object_problems(card)
    yield from _layout_problems(card)
    yield from _parameter_problems(card)
    yield from _file_problems(card)
    yield from _variant_problems(card)
    yield from _option_problems(card)
    yield from _golden_problems(card)
    yield from _threshold_problems(card)
    if card.role == "surrogate" and card.surrogate is None:
        yield "surrogate: a surrogate says what it stands for, its uncertainty and where it holds"
    if card.role == "event_discriminant" and card.reuse.strategy == "efficiencies":
        yield "reuse.strategy: efficiencies of an event discriminant depend on the signal; they are for object taggers"
    if card.kind == "stand-in" and not card.label:
        yield "label: a stand-in network needs the words that every table made with it shows"


def _repeated(where: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{where}: {name!r} is there twice"
        seen.add(name)


def _input_problems(card: ModelCard, column: Input) -> Iterator[str]:
    for field in ("scale", "padding", "mean", "width"):
        value = getattr(column, field)
        if value is not None and not math.isfinite(value):
            yield f"{field} is {value}; a finite number is needed"
    if card.normalisation.where == "outside" and (column.mean is None or column.width is None):
        per_file = all(f.means is not None and f.widths is not None for f in card.files)
        if not per_file:
            yield "the normalisation is outside the network, so mean and width are needed"
    is_angle = column.unit == "rad" and column.quantity.endswith("phi")
    if is_angle and column.phi_range is None:
        yield f"an azimuth needs its phi_range, one of {', '.join(PHI_RANGES)}"
    if not is_angle and column.phi_range is not None:
        yield f"phi_range is given, but the column is {column.quantity!r} in {column.unit!r}, not an azimuth in rad"
    if column.object is None:
        if column.index is not None:
            yield "an index is given without an object"
        if column.level is None:
            yield "level is needed for a column that belongs to no object: truth, particle, reco-object, ..."
        return
    if column.index is None:
        yield f"index of the object in {column.object!r} is needed"
    if column.padding is None:
        yield "a column of an object needs its padding: the object may not exist"


_COORDINATES = {"eta": "eta", "pseudorapidity": "eta", "y": "rapidity", "rapidity": "rapidity"}
_FOURTH = {"m": "mass", "mass": "mass", "e": "energy", "energy": "energy"}


def _convention_problems(card: ModelCard, column: Input) -> Iterator[str]:
    """Find conventions that the name of the quantity contradicts: it is the field that is read."""
    for field, names in (("eta_or_rapidity", _COORDINATES), ("mass_or_energy", _FOURTH)):
        said, read = columns.stated(card, column, field), names.get(column.quantity.lower())
        if said is not None and read is not None and said != read:
            yield f"{field} is {said!r}, but the quantity that is read is {column.quantity!r}"
    if column.phi_reference is not None and column.phi_range is None:
        yield f"phi_reference is given, but the column is {column.quantity!r} in {column.unit!r}, not an azimuth in rad"


def _object_problems(card: ModelCard) -> Iterator[str]:
    blocks = {block.name: block for block in card.objects}
    used: dict[str, set[tuple[str, int | None]]] = {name: set() for name in blocks}
    for position, column in enumerate(card.inputs):
        if column.object is None:
            continue
        if column.object not in blocks:
            hint = did_you_mean(column.object, blocks)
            yield f"inputs[{position}] {column.name!r}: unknown object {column.object!r}.{hint}"
            continue
        key = (column.quantity, column.index)
        if key in used[column.object]:
            item = f"{column.object}[{column.index}].{column.quantity}"
            yield f"inputs[{position}] {column.name!r}: {item} is there twice"
        used[column.object].add(key)
    for block in card.objects:
        indices = {index for _, index in used[block.name]}
        if indices != set(range(block.truncation)):
            yield (
                f"objects {block.name!r}: truncation is {block.truncation}, but the inputs use the indices "
                f"{sorted(i for i in indices if i is not None)}"
            )


def _layout_problems(card: ModelCard) -> Iterator[str]:
    if card.layout is None or card.layout == "mixed":
        return
    for block in card.objects:
        own = (i for i in card.inputs if i.object == block.name)
        groups = [i.index if card.layout == "by_object" else i.quantity for i in own]
        changes = sum(a != b for a, b in itertools.pairwise(groups))
        if changes != len(set(groups)) - 1:
            yield f"layout: {card.layout!r} does not hold for the inputs of {block.name!r}"


def _parameter_problems(card: ModelCard) -> Iterator[str]:
    names = {column.name for column in card.inputs}
    for name in card.parameters.names:
        if name not in names:
            yield f"parameters.names: {name!r} is not an input.{did_you_mean(name, names)}"
        elif card.input(name).level != "parameter":
            yield f"parameters.names: the level of input {name!r} is {card.input(name).level!r}, not 'parameter'"
    for column in card.inputs:
        if column.level == "parameter" and column.name not in card.parameters.names:
            yield f"inputs: {column.name!r} has level 'parameter' but is not in parameters.names"
    for point in card.parameters.points:
        if len(point.values) != len(card.parameters.names):
            yield (
                f"parameters.points {point.region!r}: {len(point.values)} values for "
                f"{len(card.parameters.names)} parameters ({', '.join(card.parameters.names)})"
            )
            continue
        for name, value in zip(card.parameters.names, point.values, strict=True):
            legend = card.input(name).legend if name in names else {}
            if legend and f"{value:g}" not in legend:
                yield f"parameters.points {point.region!r}: {name} = {value:g}; allowed are {', '.join(legend)}"


def _file_problems(card: ModelCard) -> Iterator[str]:
    yield from _repeated("files", (f.name for f in card.files))
    for file in card.files:
        tensors = (("input", file.input, len(card.inputs)), ("output", file.output, len(card.outputs)))
        for what, tensor, count in tensors:
            width = tensor.shape[-1]
            if width is not None and width != count:
                yield f"files {file.name!r}: {what} has width {width}, but the card lists {count} {what}s"
        for what, values in (("means", file.means), ("widths", file.widths)):
            if values is not None and len(values) != len(card.inputs):
                yield f"files {file.name!r}: {len(values)} {what} for {len(card.inputs)} inputs"
            for column, value in zip(card.inputs, values or (), strict=False):
                if not math.isfinite(value) or (what == "widths" and value <= 0.0):
                    yield f"files {file.name!r}: {what} of {column.name!r} is {value}; {_wanted(what)} is needed"
    if len(card.files) > 1 and any(not file.when for file in card.files):
        yield "files: with more than one network each needs `when`, the events it is for"
    yield from _fold_problems(card)


def _wanted(what: str) -> str:
    return "a finite number" if what == "means" else "a finite number above zero"


def _fold_problems(card: ModelCard) -> Iterator[str]:
    """Find folds that leave events without a score, or two files for the same events."""
    seen: dict[tuple[tuple[tuple[str, object], ...], ...], str] = {}
    for file in card.files:
        for condition in file.when:
            if condition.get("remainder", 0) >= condition.get("modulus", 1):
                yield (
                    f"files {file.name!r}: a remainder of {condition['remainder']} does not occur with modulus "
                    f"{condition['modulus']}"
                )
        key = tuple(sorted(tuple(sorted(condition.items())) for condition in file.when))
        if key and key in seen:
            yield f"files: {seen[key]!r} and {file.name!r} are for the same events"
        seen[key] = file.name
    yield from _gap_problems(card)
    folds = [file.when[0] for file in card.files if len(file.when) == 1 and "modulus" in file.when[0]]
    if len(folds) != len(card.files) or not folds:
        return
    rules = {(fold["feature"], fold["modulus"]) for fold in folds}
    if len(rules) > 1:
        yield "files: the folds have different rules: " + ", ".join(f"{f} modulo {m}" for f, m in sorted(rules))
        return
    (feature, modulus) = rules.pop()
    missing = sorted(set(range(modulus)) - {fold["remainder"] for fold in folds})
    if missing:
        left = ", ".join(map(str, missing))
        yield f"files: events whose {feature!r} modulo {modulus} is {left} are for none of the files"


def _gap_problems(card: ModelCard) -> Iterator[str]:
    """Find a whole number of the feature that chooses the file that is left out between the others."""
    single = [file.when[0] for file in card.files if len(file.when) == 1]
    values = [when["equals"] for when in single if "equals" in when]
    if len(values) != len(card.files) or len({when["feature"] for when in single}) != 1:
        return
    if not all(float(value).is_integer() for value in values):
        return
    missing = sorted(set(range(int(min(values)), int(max(values)) + 1)) - {int(value) for value in values})
    if missing:
        left = ", ".join(map(str, missing))
        yield f"files: events whose {single[0]['feature']!r} is {left} are for none of the files"


def _variant_problems(card: ModelCard) -> Iterator[str]:
    blocks = {block.name for block in card.objects}
    quantities = {column.quantity for column in card.inputs if column.object is None}
    for variant in card.variants:
        for name in variant.absent:
            if name not in blocks:
                yield f"variants {variant.name!r}: absent names {name!r}, not a collection.{did_you_mean(name, blocks)}"
        for name in variant.replace:
            if name not in quantities:
                yield f"variants {variant.name!r}: replace names {name!r}.{did_you_mean(name, quantities)}"
        for name in variant.parameters:
            if name not in card.parameters.names:
                hint = did_you_mean(name, card.parameters.names)
                yield f"variants {variant.name!r}: {name!r} is not a parameter.{hint}"


def _option_problems(card: ModelCard) -> Iterator[str]:
    names = {column.name for column in card.inputs}
    for option in card.options:
        if option.default not in option.alternatives:
            listed = ", ".join(option.alternatives)
            yield f"options {option.name!r}: the default {option.default!r} is not among the alternatives ({listed})"
        if option.interchanged is not None and option.interchanged not in option.alternatives:
            yield f"options {option.name!r}: interchanged is {option.interchanged!r}, which is no alternative"
        if option.phi_range_of is None:
            continue
        if option.phi_range_of not in names:
            hint = did_you_mean(option.phi_range_of, names)
            yield f"options {option.name!r}: phi_range_of names {option.phi_range_of!r}, not an input.{hint}"
        elif bad := set(option.alternatives) - set(PHI_RANGES):
            yield f"options {option.name!r}: {sorted(bad)} are no azimuth conventions ({', '.join(PHI_RANGES)})"


def _golden_problems(card: ModelCard) -> Iterator[str]:
    inputs = {column.name for column in card.inputs}
    outputs = {output.name for output in card.outputs}
    files = [file.name for file in card.files]
    for row in card.golden_rows:
        if row.file and row.file not in files:
            yield f"golden_rows {row.name!r}: {row.file!r} is none of the files.{did_you_mean(row.file, files)}"
        if not row.file and len(files) > 1:
            yield f"golden_rows {row.name!r}: with more than one network file it must say which `file` it is for"
        for what, given, known in (
            ("raw", row.raw, inputs),
            ("normalised", row.normalised, inputs),
            ("scores", row.scores, outputs),
        ):
            for name, value in given.items():
                if name not in known:
                    yield f"golden_rows {row.name!r}: {what} names {name!r}.{did_you_mean(name, known)}"
                if not math.isfinite(value):
                    yield f"golden_rows {row.name!r}: {what}.{name} is {value}"


def _threshold_problems(card: ModelCard) -> Iterator[str]:
    if card.thresholds is None:
        return
    if card.kind == "published":
        yield "thresholds: those of the published network stand in the regions of the search, not in its card"
    outputs = {output.name for output in card.outputs}
    points = set(card.parameters.distinct)
    for row in card.thresholds.regions:
        if row.output not in outputs:
            yield f"thresholds {row.region!r}: unknown output {row.output!r}.{did_you_mean(row.output, outputs)}"
        if points and row.point not in points:
            yield f"thresholds {row.region!r}: {list(row.point)} is none of the parameter points"
        if (row.published - 0.5) * (row.here - 0.5) <= 0:
            yield f"thresholds {row.region!r}: {row.published} and {row.here} lie on different sides of 0.5"
