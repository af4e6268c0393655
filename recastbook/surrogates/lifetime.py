"""Efficiency against lifetime from one sample, by integration or by reweighting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, did_you_mean
from recastbook.surrogates.efficiency_map import EfficiencyMap
from recastbook.surrogates.lifetime_events import LLPEvents
from recastbook.surrogates.lifetime_kernel import integrated
from recastbook.surrogates.lifetime_result import LifetimeScan
from recastbook.surrogates.truth_features import decay_name

__all__ = ["ctau_grid", "lifetime_scan", "redrawn"]

MIN_EFFECTIVE = 200.0
"""Effective events that a reweighted point needs."""
MIN_SHARE = 0.01
"""Share of the events that the effective number must reach."""
MAX_PULL = 5.0
"""Mean weight may be this many errors from 1: more means that a tail of decay lengths is missing."""
LEAST_UNFILLED = 0.002
"""Share of events in cells that were never filled from which on a scan says so."""
METHODS = ("integrate", "reweight")


def ctau_grid(start: float = 10.0, stop: float = 90_000.0, points: int = 99) -> NDArray[np.float64]:
    """Return mean proper decay lengths in equal logarithmic steps, mm; by default those of the HEPData record."""
    if not 0 < start < stop or points < 2:
        msg = f"a grid runs from above 0 to more, in at least 2 points; found {start:g} to {stop:g} in {points}"
        raise BadOption(msg)
    return np.geomspace(start, stop, points)


def lifetime_scan(
    emap: EfficiencyMap,
    events: LLPEvents,
    ctau: Any = None,
    *,
    method: str = "integrate",
    fractions: Mapping[int, float] | None = None,
    ctau_generated: float | Mapping[float, float] | None = None,
    overflow: str | None = None,
    class_axis: str = "pdg_id",
) -> LifetimeScan:
    """Return the efficiency of a search for a series of lifetimes.

    Parameters
    ----------
    emap
        Map of the search.
    events
        Particles of one sample, generated at any lifetime.
    ctau
        Mean proper decay lengths, mm: a number, shape (K,), shape (K, n_llp) for particles of different lifetimes in
        the order of the events (falling pT), or a mapping of absolute PDG numbers to such series. By default 99
        lengths from 1 cm to 90 m.
    method
        ``"integrate"`` (default): exact over decay positions, whatever lifetime the sample has;
        ``"reweight"``: the decays as drawn, with weights; points without enough effective events are refused.
    fractions
        Average over decays by these branching fractions rather than take those of the events.
    ctau_generated
        For reweighting: what the decays were drawn with, mm, or a mixture {length: share} of events; default: what the
        sample states.
    overflow
        As in :meth:`EfficiencyMap.lookup`.
    class_axis
        Axis of the decays in the map.

    Raises
    ------
    BadOption
        If a lifetime is not positive and finite, or the generated lifetime is not known for reweighting.
    """
    if method not in METHODS:
        msg = f"unknown method {method!r}.{did_you_mean(method, METHODS)}"
        raise BadOption(msg)
    series = _series(ctau_grid() if ctau is None else ctau, events)
    used = emap if fractions is None else emap.averaged(class_axis, fractions)
    common: dict[str, Any] = {"ctau": _shown(series), "method": method, "label": events.label, "map_title": emap.title}
    if method == "integrate":
        sums = _sums(used, events, series, overflow)
        notes = [*events.notes]
        if fractions is not None:
            notes.append(
                "averaged over decays: " + ", ".join(f"{decay_name(k)} {100 * v:.3g} %" for k, v in fractions.items())
            )
        notes += _never_filled(emap, events, series, overflow, fractions, class_axis)
        efficiency, error = _mean(sums[0], sums[1], sums[2], events)
        effective = np.full(len(efficiency), events.total_weight**2 / events.total_weight2)
        return LifetimeScan(**common, efficiency=efficiency, error=error, effective=effective, notes=tuple(notes))
    return _reweighted(used, events, series, ctau_generated, overflow, common)


def _never_filled(
    emap: EfficiencyMap, events: LLPEvents, series: NDArray[np.float64], overflow: str | None,
    fractions: Mapping[int, float] | None, class_axis: str,
) -> list[str]:  # fmt: skip
    """Return a note on events in cells of a fitted map that no event of its sample filled; nothing of other maps."""
    if emap.errors is None:
        return []
    nowhere = EfficiencyMap(emap.binning, emap.unfilled.astype(np.float64))
    share = _sums(
        nowhere if fractions is None else nowhere.averaged(class_axis, fractions), events, series, overflow
    )[0] / events.total_weight  # fmt: skip
    k = int(np.argmax(share))
    if share[k] < LEAST_UNFILLED:
        return []
    where = float(np.ravel(series[k])[0]) / 1000
    note = (
        f"up to {100 * share[k]:.2g} % of the events (at c tau {where:.3g} m) lie in cells that no event of the map's "
        "fit filled, with probability 0: the efficiency is too low"
    )
    return [note]


def _series(ctau: Any, events: LLPEvents) -> NDArray[np.float64]:
    """Return lifetimes for every event: shape (K, n_llp), or (K, N, n_llp) where they hang on the particle."""
    if isinstance(ctau, Mapping):
        return _by_particle(ctau, events)
    values = _lengths(ctau)
    if values.ndim == 1:
        values = np.repeat(values[:, None], events.n_llp, axis=1)
    if not values.size:
        msg = "ctau is empty; at least one mean proper decay length, in mm, is needed"
        raise BadOption(msg)
    if values.ndim != 2 or values.shape[1] != events.n_llp:
        msg = f"ctau has the shape {np.shape(ctau)}; (K,) or (K, {events.n_llp}) works"
        raise BadOption(msg)
    _check(values)
    return values


def _lengths(ctau: Any) -> NDArray[np.float64]:
    try:
        return np.atleast_1d(np.asarray(ctau, dtype=np.float64))
    except (TypeError, ValueError) as error:
        msg = f"ctau is {ctau!r}; a mean proper decay length in mm is needed, or several of them"
        raise BadOption(msg) from error


def _check(values: NDArray[np.float64]) -> None:
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        msg = f"a mean proper decay length must be positive and finite, in mm; found {values[bad][0]}"
        raise BadOption(msg)


def _by_particle(ctau: Mapping[Any, Any], events: LLPEvents) -> NDArray[np.float64]:
    given = {abs(int(k)): _lengths(v) for k, v in ctau.items()}
    length = max(len(v) for v in given.values()) if given else 0
    numbers = np.unique(np.abs(events.pdg_id))
    missing = [int(k) for k in numbers if int(k) not in given]
    if missing or any(v.ndim != 1 or len(v) not in (1, length) for v in given.values()):
        what = f"none is given for {missing[0]}" if missing else "series of one length, or single numbers, are needed"
        msg = f"ctau by particle: {what}; the events have {', '.join(str(int(k)) for k in numbers)}"
        raise BadOption(msg)
    out = np.empty((length, *events.pdg_id.shape))
    for number, values in given.items():
        _check(values)
        out[:, np.abs(events.pdg_id) == number] = np.broadcast_to(values, (length,))[:, None]
    if (out == out[:, :1]).all():
        return out[:, 0].copy()
    return out


def _shown(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one lifetime a point, of the first particle; all of them where they differ from each other."""
    per = series if series.ndim == 2 else series[:, 0]
    return np.asarray(per[:, 0] if (per == per[:, :1]).all() else per)


def _sums(
    emap: EfficiencyMap, events: LLPEvents, series: NDArray[np.float64], overflow: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return sums over events of w p, w^2 p and w^2 p^2 for every lifetime."""
    sums = np.zeros((3, len(series)))
    for part, lifetimes in _same_order(events, series):
        for chosen, p in integrated(emap, part, lifetimes, overflow):
            w = part.weight[chosen]
            sums[0] += p @ w
            sums[1] += p @ (w * w)
            sums[2] += (p * p) @ (w * w)
    return sums[0], sums[1], sums[2]


def _same_order(events: LLPEvents, series: NDArray[np.float64]) -> Any:
    """Split events by which particle comes first, where lifetimes hang on the particle."""
    if series.ndim == 2:
        yield events, series
        return
    from dataclasses import replace

    kinds, inverse = np.unique(np.abs(events.pdg_id), axis=0, return_inverse=True)
    arrays = ("pt", "eta", "mass", "lxy", "lz", "length", "pdg_id", "decay", "weight", "ids")
    for k in range(len(kinds)):
        rows = np.flatnonzero(inverse.ravel() == k)
        yield replace(events, **{name: getattr(events, name)[rows] for name in arrays}), series[:, rows[0]]


def _mean(
    wp: NDArray[np.float64], w2p: NDArray[np.float64], w2p2: NDArray[np.float64], events: LLPEvents
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    efficiency = wp / events.total_weight
    variance = w2p2 - 2 * efficiency * w2p + efficiency**2 * events.total_weight2
    return efficiency, np.sqrt(np.maximum(variance, 0.0)) / events.total_weight


# -- reweighting --------------------------------------------------------------------------------------


def _reweighted(
    emap: EfficiencyMap,
    events: LLPEvents,
    series: NDArray[np.float64],
    ctau_generated: float | Mapping[float, float] | None,
    overflow: str | None,
    common: dict[str, Any],
) -> LifetimeScan:
    mixture = _mixture(ctau_generated, events)
    columns = {k: v for k, v in events.quantities().items() if k in emap.binning.needs}
    found = emap.lookup(overflow=overflow, **columns)
    log_old = _log_density(events.length, mixture)
    n = len(series)
    efficiency, error, effective, mean, mean_error = (np.full(n, np.nan) for _ in range(5))
    refused = [""] * n
    w = events.weight
    for i in range(n):
        ctau = series[i]
        ratio = np.exp((-np.log(ctau) - events.length / ctau).sum(axis=-1) - log_old)
        wr = w * ratio
        effective[i] = wr.sum() ** 2 / max(float((wr * wr).sum()), 1e-300)
        mean[i] = wr.sum() / w.sum()
        mean_error[i] = np.sqrt((w**2 * (ratio - mean[i]) ** 2).sum()) / w.sum()
        needed = max(MIN_EFFECTIVE, MIN_SHARE * len(events))
        if effective[i] < needed:
            refused[i] = f"only {effective[i]:.0f} effective events, {needed:.0f} are needed"
        elif abs(mean[i] - 1) > MAX_PULL * max(mean_error[i], 1e-12) + 1e-3:
            refused[i] = (
                f"the mean weight is {mean[i]:.3f} ± {mean_error[i]:.3f} instead of 1: decays that far were not drawn"
            )
        wrp = wr * found.probability
        efficiency[i], error[i] = (
            float(v[0])
            for v in _mean(np.array([wrp.sum()]), np.array([(w * wrp).sum()]), np.array([(wrp * wrp).sum()]), events)
        )
    bad = np.array([bool(r) for r in refused])
    efficiency[bad], error[bad] = np.nan, np.nan
    notes = [*events.notes, *found.report.notes]
    if bad.any():
        notes.append(
            f"{int(bad.sum())} of {n} lifetimes are refused: the sample does not reach them; integrate, or generate a "
            "mixture of lifetimes"
        )
    return LifetimeScan(
        **common, efficiency=efficiency, error=error, effective=effective, refused=tuple(refused), notes=tuple(notes),
        mean_weight=mean, mean_weight_error=mean_error,
    )  # fmt: skip


def _mixture(given: float | Mapping[float, float] | None, events: LLPEvents) -> dict[float, float]:
    if given is None:
        given = events.ctau_generated
    if given is None:
        msg = f"{events.label or 'the sample'} does not say how its decays were drawn; say ctau_generated="
        raise BadOption(msg)
    mixture = {float(k): float(v) for k, v in given.items()} if isinstance(given, Mapping) else {float(given): 1.0}
    _check(np.array(list(mixture)))
    total = sum(mixture.values())
    if not mixture or any(not v > 0 for v in mixture.values()) or abs(total - 1) > 1e-6:
        msg = f"shares of a mixture of lifetimes must be positive and sum to 1, not {mixture}"
        raise BadOption(msg)
    return mixture


def _log_density(length: NDArray[np.float64], mixture: Mapping[float, float]) -> NDArray[np.float64]:
    """Return the logarithm of the density an event was drawn with; all its particles share a component."""
    if not np.isfinite(length).all() or (length < 0).any():
        event, particle = (int(k) for k in np.argwhere(~(np.isfinite(length) & (length >= 0)))[0])
        msg = f"event row {event}: particle {particle} has the proper decay length {length[event, particle]}; no weight"
        raise BadOption(msg)
    parts = [np.log(share) + (-np.log(c) - length / c).sum(axis=1) for c, share in mixture.items()]
    return np.asarray(np.logaddexp.reduce(np.stack(parts), axis=0))


def redrawn(events: LLPEvents, ctau: float | Sequence[float], *, seed: int = 1) -> LLPEvents:
    """Return the same particles with decays drawn anew from the origin.

    Parameters
    ----------
    events
        Particles.
    ctau
        Mean proper decay length, mm; of several each event takes one, in turn, for all its particles.
    seed
        Seed; the draws hang on it and on the event's number only.
    """
    from dataclasses import replace

    from recastbook.detector.draws import EventKeys

    choices = _lengths(ctau)
    _check(choices)
    keys = EventKeys(seed, *(np.ascontiguousarray(events.ids[:, k]) for k in range(3)))
    rows = np.repeat(np.arange(len(events)), events.n_llp)
    uniform = keys.draw("uniform", "llp_decay", rows, np.tile(np.arange(events.n_llp), len(events)))
    mean = choices[events.ids[:, 2] % len(choices)]
    length = -np.log1p(-uniform).reshape(events.pt.shape) * mean[:, None]
    transverse = events.pt / events.mass * length
    single = float(choices[0]) if len(choices) == 1 else None
    return replace(
        events, length=length, lxy=transverse, lz=np.abs(np.sinh(events.eta)) * transverse, ctau_generated=single
    )
