"""Ask the domain radar about a result: read its events again, and those of a reference, and hand them over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, NetworkError, UnknownName
from recastbook.inputs import as_run, collect_inputs, detector_of, is_stand_in
from recastbook.network.collected import CollectedInputs, NetworkMatrix
from recastbook.result import Result

if TYPE_CHECKING:
    from recastbook.analysis import Analysis
    from recastbook.diagnostics.domain import DomainReport

__all__ = ["domain"]

_IDS = ("run", "luminosityBlock", "event")


def domain(
    search: Analysis,
    result: Result,
    *,
    reference: Any = None,
    sample: Any = None,
    network: str | os.PathLike[str] | None = None,
    only: str | None = None,
    variant: str = "default",
    k: int = 5,
    false_alarm: float = 0.05,
    max_events: int | None = None,
    max_reference: int = 20_000,
    detector: Any = None,
) -> DomainReport:
    """Ask whether a signal is where the networks of a search were trained; see :meth:`recastbook.Analysis.domain`."""
    from recastbook.diagnostics.domain import DomainReport, assess

    chosen = as_run(search, result, network=network)
    if not chosen.cards:
        message = f"{search.identifier} uses no network; its domain is that of its cuts"
        raise BadOption(message)
    if only is not None and only not in chosen.cards:
        message = f"{search.identifier} has no network {only!r}; it has {', '.join(chosen.cards)}"
        raise UnknownName(message)
    inputs = collect_inputs(search, result, sample=sample, detector=detector, network=network, max_events=max_events)
    others, label = _reference(chosen, result, reference, detector, network, max_reference)
    found, absent = [], {}
    for name in chosen.cards if only is None else (only,):
        if (name, variant) not in inputs.matrices or not len(inputs.matrices[name, variant]):
            absent[name] = f"no event of {inputs.label} reaches it (input variant {variant})"
            continue
        matrix = inputs.matrices[name, variant]
        options = {o.name: str(chosen.options[o.name]) for o in chosen.cards[name].options if o.name in chosen.options}
        card = chosen.cards[name].with_options(options)
        fed = _one(others, name, variant, len(chosen.cards) if only is None else 1)
        found.append(
            assess(
                card, inputs, matrix, reference=fed, reference_label=label,
                regions=_regions(chosen, result, name, variant, inputs, matrix), k=k, false_alarm=false_alarm,
            )
        )  # fmt: skip
    if only is not None and absent:
        raise BadOption(absent[only])
    return DomainReport(search.identifier, inputs.label, tuple(found), result.header.network_label, absent)


def _reference(
    search: Analysis, result: Result, reference: Any, detector: Any, network: Any, most: int
) -> tuple[CollectedInputs | Mapping[str, Any] | NDArray[np.float64] | None, str]:
    """Return the inputs of the reference sample, read with the options, detector and network of the result."""
    if reference is None:
        return None, ""
    if isinstance(reference, Result):
        return collect_inputs(search, reference, network=network, max_events=most), reference.label
    if isinstance(reference, (CollectedInputs, Mapping)):
        return reference, getattr(reference, "label", "the reference")
    if isinstance(reference, np.ndarray):
        return reference, "the reference"
    if not isinstance(reference, (str, os.PathLike, list, tuple)) and not hasattr(reference, "prepare"):
        kinds = "a Sample, a file, a Result, collected inputs or a matrix"
        message = f"reference takes {kinds}, not {type(reference).__name__}"
        raise BadOption(message)
    if network is None and is_stand_in(search.network_label):
        network = "stand-in"
    card = detector_of(search, result, detector)
    read = collect_inputs(
        search, sample=reference, seed=result.header.seed, detector=card, network=network, max_events=most
    )
    return read, read.label


def _one(reference: Any, name: str, variant: str, networks: int) -> NetworkMatrix | NDArray[np.float64] | None:
    """Return the reference of one network."""
    if reference is None:
        return None
    if isinstance(reference, CollectedInputs):
        found = reference.matrices.get((name, variant))
        if found is None or not len(found):
            message = f"{reference.label}: no event of the reference reaches the network {name!r}"
            raise BadOption(message)
        return found
    if isinstance(reference, Mapping):
        return None if name not in reference else np.asarray(reference[name], dtype=np.float64)
    if networks > 1:
        message = "one matrix cannot be the reference of several networks; give {name: matrix}, or only=..."
        raise NetworkError(message)
    return np.asarray(reference, dtype=np.float64)


def _regions(
    search: Analysis, result: Result, name: str, variant: str, inputs: CollectedInputs, matrix: NetworkMatrix
) -> dict[str, NDArray[np.bool_] | str]:
    """Return which of a matrix's events are in each region that asks its network, or why the region is absent."""
    keys = _keys({c: inputs.ids[c][matrix.rows] for c in _IDS})
    kept = _keys({c: result.slim.column(c) for c in _IDS})
    out: dict[str, NDArray[np.bool_] | str] = {}
    for region in result.header.regions:
        leaves = [leaf for cut in region.cuts for leaf in cut.leaves() if leaf.score is not None]
        if not any(search.network_of(str(leaf.score)) == name and leaf.inputs == variant for leaf in leaves):
            continue
        if region.name in result.absent:
            out[region.name] = result.absent[region.name]
            continue
        inside = np.ones(len(kept), dtype=bool)
        for cut in region.cuts:
            inside &= result.slim.mask(cut)
        out[region.name] = np.isin(keys, kept[inside])
    return out


def _keys(ids: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Return one comparable value an event."""
    out = np.empty(len(ids["event"]), dtype=[(name, np.int64) for name in _IDS])
    for name in _IDS:
        out[name] = ids[name]
    return out
