"""Overlap removal as an ordered list of steps, each of which says what is removed because of what.

Analyses and codes differ in radii, in the order of steps and in what counts as a distance, so that all of this is
data. Objects removed by one step no longer remove others in the steps after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection, IntArray, pairs_of
from recastbook.exceptions import BadSpecification, UnknownName, did_you_mean

__all__ = ["OverlapStep", "remove_overlap", "steps_from_specification"]

_DISTANCES = ("rapidity", "pseudorapidity")
_SIDES = ("remove", "against")


@dataclass(frozen=True, slots=True)
class OverlapStep:
    """Remove objects of one collection that lie near objects of another.

    >>> OverlapStep("muons", "jets", radius=0.4, pt_scale=10.0).describe()
    'muons within min(0.4, 0.04 + 10 GeV / pT) of jets removed'
    """

    remove: str
    """Collection that loses objects."""
    against: str
    """Collection near whose objects they are lost; the same collection means: near a harder one of its own."""
    radius: float
    """Distance below which an object is removed, the largest one if it shrinks with pT."""
    min_radius: float = 0.0
    """Distance below which an object is *not* removed, for steps that act in a ring."""
    pt_scale: float | None = None
    """GeV; the radius is then min(radius, pt_offset + pt_scale / pT)."""
    pt_offset: float = 0.04
    """Offset of the shrinking radius."""
    pt_of: str = "remove"
    """Whose pT shrinks the radius: "remove" or "against"."""
    distance: str = "rapidity"
    """dR from "rapidity" or "pseudorapidity" and azimuth."""
    keep_btagged: bool = False
    """Spare b-tagged objects (field ``btag``) of the collection that loses objects."""
    max_tracks: int | None = None
    """Act only if the jet of the pair has at most so many tracks (field ``track_field``)."""
    min_tracks: int | None = None
    """Act only if the jet of the pair has at least so many tracks."""
    min_pt_fraction: float | None = None
    """Act only if what is near has more than this fraction of the pT of what is removed."""
    track_field: str = "nTrack"
    """Field with the number of tracks; the collection that has it is the jet."""

    def __post_init__(self) -> None:
        where = f"overlap removal step ({self.remove} against {self.against})"
        for name, value, known in (("distance", self.distance, _DISTANCES), ("pt_of", self.pt_of, _SIDES)):
            if value not in known:
                message = f"{where}: {name} is {value!r}.{did_you_mean(value, known)}"
                raise BadSpecification(message)
        if not self.radius > 0.0 or not 0.0 <= self.min_radius < self.radius:
            message = f"{where}: radii must obey 0 <= min_radius < radius, found {self.min_radius} and {self.radius}"
            raise BadSpecification(message)

    def describe(self) -> str:
        """Say in words what the step does."""
        scaled = self.pt_scale is not None
        reach = (
            f"min({self.radius:g}, {self.pt_offset:g} + {self.pt_scale:g} GeV / pT)" if scaled else f"{self.radius:g}"
        )
        what = f"non-b {self.remove}" if self.keep_btagged else self.remove
        ring = f" but not within {self.min_radius:g}" if self.min_radius else ""
        few = f" if the jet has at most {self.max_tracks} tracks" if self.max_tracks is not None else ""
        many = f" if the jet has at least {self.min_tracks} tracks" if self.min_tracks is not None else ""
        hard = ""
        if self.min_pt_fraction is not None:
            link = " and" if few or many else ""
            hard = f"{link} if pT({self.against}) > {self.min_pt_fraction:g} pT({self.remove})"
        return f"{what} within {reach}{ring} of {self.against} removed{few}{many}{hard}"


def steps_from_specification(specification: Iterable[Mapping[str, Any]]) -> tuple[OverlapStep, ...]:
    """Turn a list of mappings, as a YAML file holds them, into steps.

    Raises
    ------
    BadSpecification
        If a key is unknown or missing, or a value impossible; the step is named by its number.
    """
    known = [f.name for f in fields(OverlapStep)]
    steps = []
    for number, spec in enumerate(specification, 1):
        for key in spec:
            if key not in known:
                message = f"overlap removal step {number}: unknown key {key!r}.{did_you_mean(str(key), known)}"
                raise BadSpecification(message)
        missing = [k for k in ("remove", "against", "radius") if k not in spec]
        if missing:
            message = f"overlap removal step {number}: {missing[0]!r} is missing"
            raise BadSpecification(message)
        steps.append(OverlapStep(**spec))
    return tuple(steps)


def remove_overlap(collections: Mapping[str, ak.Array], steps: Iterable[OverlapStep]) -> dict[str, ak.Array]:
    """Run the steps one after the other.

    Parameters
    ----------
    collections
        Collections by the names that the steps use, each of shape (N, var) with pt, eta, phi, mass and what the steps
        ask for (``btag``, ``nTrack``).
    steps
        Steps in order.

    Returns
    -------
    dict
        The collections with the objects that are left, in the same order.

    Raises
    ------
    UnknownName
        If a step names a collection that was not given.
    BadSpecification
        If the collections differ in their number of events or lack a field that a step needs.

    Examples
    --------
    >>> jet = {"pt": 50.0, "eta": 0.0, "phi": 0.0, "mass": 5.0}
    >>> electron = {"pt": 40.0, "eta": 0.0, "phi": 0.1, "mass": 0.0}
    >>> found = {"jets": ak.Array([[jet]]), "electrons": ak.Array([[electron]])}
    >>> left = remove_overlap(found, [OverlapStep("jets", "electrons", radius=0.2)])
    >>> len(left["jets"][0]), len(left["electrons"][0])
    (0, 1)
    """
    flat = {name: FlatCollection.from_awkward(c) for name, c in collections.items()}
    if len({len(c) for c in flat.values()}) > 1:
        sizes = ", ".join(f"{n} {len(c)}" for n, c in flat.items())
        message = f"overlap removal needs collections of the same events, found {sizes}"
        raise BadSpecification(message)
    alive = {name: np.ones(int(c.offsets[-1]), dtype=bool) for name, c in flat.items()}
    near = _Neighbours(flat)
    for step in steps:
        for name in (step.remove, step.against):
            if name not in flat:
                message = f"overlap removal names a collection {name!r} that was not given.{did_you_mean(name, flat)}"
                raise UnknownName(message)
        lost = _lost(step, flat, alive, near)
        alive[step.remove][lost] = False
    return {n: collections[n] if alive[n].all() else c.where(alive[n]).to_awkward() for n, c in flat.items()}


class _Neighbours:
    """Pairs of objects and their distances, computed once for every two collections."""

    def __init__(self, flat: Mapping[str, FlatCollection]) -> None:
        self.flat = flat
        self.known: dict[tuple[str, str, str], tuple[IntArray, IntArray, NDArray[np.float64]]] = {}
        self.y: dict[tuple[str, str], NDArray[np.float64]] = {}

    def of(self, first: str, second: str, distance: str) -> tuple[IntArray, IntArray, NDArray[np.float64]]:
        if (second, first, distance) in self.known:
            i, j, squared = self.known[second, first, distance]
            return j, i, squared
        key = (first, second, distance)
        if key not in self.known:
            a, b = self.flat[first], self.flat[second]
            i, j = pairs_of(a.offsets, b.offsets)
            dphi = a["phi"].astype(np.float64)[i] - b["phi"][j]
            dphi -= 2.0 * np.pi * np.round(dphi / (2.0 * np.pi))
            dy = self._rapidity(first, distance)[i] - self._rapidity(second, distance)[j]
            self.known[key] = (i, j, dy * dy + dphi * dphi)
        return self.known[key]

    def _rapidity(self, name: str, distance: str) -> NDArray[np.float64]:
        if (name, distance) not in self.y:
            c = self.flat[name]
            eta = c["eta"].astype(np.float64)
            if distance == "rapidity":
                # The rapidity is the inverse hyperbolic sine of pz over the transverse mass.
                pt = c["pt"].astype(np.float64)
                eta = np.arcsinh(pt * np.sinh(eta) / np.hypot(pt, c["mass"]))
            self.y[name, distance] = eta
        return self.y[name, distance]


def _lost(
    step: OverlapStep, flat: Mapping[str, FlatCollection], alive: Mapping[str, NDArray[np.bool_]], near: _Neighbours
) -> IntArray:
    mine, other = flat[step.remove], flat[step.against]
    i, j, squared = near.of(step.remove, step.against, step.distance)
    if step.pt_scale is None:
        close = squared < step.radius**2
    else:
        pt = mine["pt"][i] if step.pt_of == "remove" else other["pt"][j]
        close = squared < np.minimum(step.radius, step.pt_offset + step.pt_scale / pt) ** 2
    if step.min_radius:
        close &= squared >= step.min_radius**2
    # Few pairs are close, so that all further questions are asked of those only.
    i, j = i[close], j[close]
    keep = alive[step.remove][i] & alive[step.against][j]
    if step.remove == step.against:
        keep &= (mine["pt"][j] > mine["pt"][i]) | ((mine["pt"][j] == mine["pt"][i]) & (j < i))
    if step.keep_btagged:
        keep &= ~_field(mine, "btag", step).astype(bool)[i]
    if step.min_pt_fraction is not None:
        keep &= other["pt"][j] > step.min_pt_fraction * mine["pt"][i]
    if step.max_tracks is not None or step.min_tracks is not None:
        tracks = (
            mine[step.track_field][i] if step.track_field in mine.columns else _field(other, step.track_field, step)[j]
        )
        if step.max_tracks is not None:
            keep &= tracks <= step.max_tracks
        if step.min_tracks is not None:
            keep &= tracks >= step.min_tracks
    return i[keep]


def _field(collection: FlatCollection, name: str, step: OverlapStep) -> NDArray[Any]:
    if name not in collection.columns:
        message = f"overlap removal step '{step.describe()}' needs the field {name!r}"
        raise BadSpecification(message)
    return collection[name]
