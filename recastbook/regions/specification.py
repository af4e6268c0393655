"""regions.yaml -> regions: a small grammar without expression strings, every mistake named by its place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recastbook.documents import read_yaml
from recastbook.exceptions import BadOption, BadSpecification, NetworkError, UnknownName, did_you_mean
from recastbook.regions.cut import COMPARATORS, Bound, Cut
from recastbook.regions.region import KINDS, Region, bins_of
from recastbook.units import factor

__all__ = ["HistogramAxis", "Option", "RegionSet", "parse_cut"]

_CUT_KEYS = {"feature", "score", "point", "inputs", "transform", "unit", "label", "any", *COMPARATORS}
_REGION_KEYS = {"name", "kind", "group", "preselection", "cuts", "status", "note", "bins", "surrogate"}
_DEEPEST = 20
"""Longest chain of references between regions."""
_TOP_KEYS = {"version", "options", "slim", "preselections", "regions", "histograms"}


@dataclass(frozen=True, slots=True)
class Option:
    """A switch for something that the sources leave open."""

    name: str
    default: Any
    alternatives: tuple[Any, ...]
    reason: str

    def check(self, value: Any) -> Any:
        """Return the value if it is one of the alternatives.

        Raises
        ------
        BadOption
            If it is not; the alternatives are listed.
        """
        for known in self.alternatives:
            if value == known or str(value) == str(known):
                return known
        msg = f"option {self.name!r}: {value!r} is none of {', '.join(map(repr, self.alternatives))}"
        raise BadOption(msg)


@dataclass(frozen=True, slots=True)
class HistogramAxis:
    """Regular bins for a feature's histogram, in the feature's unit."""

    name: str
    bins: int
    start: float
    stop: float


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        msg = f"{where}: expected a number, found {value!r}"
        raise BadSpecification(msg)
    number = float(value)
    if math.isnan(number):
        msg = f"{where}: NaN is no bound"
        raise BadSpecification(msg)
    return number


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


Resolve = Callable[[Any, str, Cut], float | None]
Rescale = Callable[[Cut, float], float]


def _plain(value: Any, where: str, _cut: Cut) -> float | None:
    return None if value is None else _number(value, where)


def parse_cut(data: Any, *, where: str = "cut", resolve: Resolve = _plain, bounded: bool = True) -> Cut:
    """Read one cut.

    Parameters
    ----------
    data
        A mapping such as ``{"feature": "met", "min": 200, "unit": "GeV"}``.
    where
        Place named in errors.
    resolve
        Turns the value of a bound into a number, or None to drop the bound.
    bounded
        Whether the cut must compare with something; not for the column of a histogram region.

    Raises
    ------
    BadSpecification
        If a key, comparator or number makes no sense.

    Examples
    --------
    >>> parse_cut({"feature": "met", "min": 200, "unit": "GeV"}).text
    'met >= 200 GeV'
    """
    if not isinstance(data, Mapping):
        msg = f"{where}: a cut is a mapping such as {{feature: met, min: 200}}, found {data!r}"
        raise BadSpecification(msg)
    for key in data:
        if key == "when":
            msg = f"{where}: when belongs to a cut of a region or preselection, not inside any"
            raise BadSpecification(msg)
        if key not in _CUT_KEYS:
            msg = f"{where}: unknown key or comparator {key!r}.{did_you_mean(str(key), _CUT_KEYS)}"
            raise BadSpecification(msg)
    kinds = [k for k in ("feature", "score", "any") if k in data]
    if len(kinds) != 1:
        msg = f"{where}: a cut has exactly one of feature, score, any; found {kinds or 'none'}"
        raise BadSpecification(msg)
    label = data.get("label")
    if "any" in data:
        alternatives = data["any"]
        if not _is_list(alternatives) or not alternatives or not all(_is_list(a) and a for a in alternatives):
            msg = f"{where}: any takes a list of non-empty lists of cuts, found {alternatives!r}"
            raise BadSpecification(msg)
        parsed = []
        for i, alternative in enumerate(alternatives):
            cuts = [parse_cut(c, where=f"{where}, any[{i}][{j}]", resolve=resolve) for j, c in enumerate(alternative)]
            left = tuple(c for c in cuts if c.any or c.bounds)
            if not left:
                msg = f"{where}, any[{i}]: the options leave no cut, so that everything would pass"
                raise BadSpecification(msg)
            parsed.append(left)
        return Cut(any=tuple(parsed), label=label)
    if bounded and not any(c in data for c in COMPARATORS):
        msg = f"{where}: compares with nothing; it needs one of {', '.join(COMPARATORS)}"
        raise BadSpecification(msg)
    transform = data.get("transform")
    if transform not in (None, "log10", "abs"):
        msg = f"{where}: unknown transform {transform!r}; known are log10 and abs"
        raise BadSpecification(msg)
    point = data.get("point")
    if point is not None:
        if not _is_list(point):
            msg = f"{where}, point: takes a list of numbers, found {point!r}"
            raise BadSpecification(msg)
        point = tuple(_number(p, f"{where}, point") for p in point)
    unit = str(data.get("unit", "1"))
    try:
        scale = factor(unit)
    except UnknownName as error:
        msg = f"{where}: {error}"
        raise BadSpecification(msg) from error
    shell = Cut(
        feature=data.get("feature"), score=data.get("score"), unit=unit, transform=transform, point=point,
        inputs=str(data.get("inputs", "default")), label=label,
    )  # fmt: skip
    bounds = []
    for comparator in COMPARATORS:
        if comparator not in data:
            continue
        here = f"{where}, {comparator}"
        value = data[comparator]
        if value is None:
            msg = f"{here}: has no value; expected a number"
            raise BadSpecification(msg)
        if comparator == "outside":
            if not _is_list(value) or len(value) != 2:
                msg = f"{here}: takes two numbers, found {value!r}"
                raise BadSpecification(msg)
            low, high = (_number(v, here) * scale for v in value)
            if low > high:
                msg = f"{here}: the first number must not be above the second, found {value!r}"
                raise BadSpecification(msg)
            bounds.append(Bound(comparator, low, high))
            continue
        number = resolve(value, here, shell)
        if number is not None:
            bounds.append(Bound(comparator, number * scale))
    inside = {1.0: unit}.get(scale, "GeV" if unit.endswith("eV") else "1")
    return Cut(
        feature=shell.feature, score=shell.score, bounds=tuple(bounds), unit=inside, transform=transform, point=point,
        inputs=shell.inputs, label=label,
    )  # fmt: skip


@dataclass
class _Reader:
    source: str
    chosen: dict[str, Any]
    rescale: Rescale | None
    raw_regions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    unavailable: dict[str, str] = field(default_factory=dict)

    def fail(self, where: str, what: str) -> BadSpecification:
        return BadSpecification(f"{self.source}: {where}: {what}")

    def resolve(self, region: str, *dependants: str) -> Resolve:
        """Return what turns bounds of a region's cuts into numbers; dependants are regions that refer to the cut."""

        def value_of(value: Any, where: str, cut: Cut) -> float | None:
            if isinstance(value, Mapping) and "option" in value:
                name = value["option"]
                if name not in self.chosen:
                    raise self.fail(where, f"unknown option {name!r}.{did_you_mean(str(name), self.chosen)}")
                values = value.get("values", {})
                key = next((k for k in values if str(k) == str(self.chosen[name])), None)
                if key is None:
                    raise self.fail(where, f"no value for {name} = {self.chosen[name]!r}; given are {list(values)}")
                value = values[key]
            if isinstance(value, Mapping) and "of" in value:
                return self.edge_of(str(value["of"]), where, cut, (region, *dependants))
            if isinstance(value, Mapping):
                raise self.fail(
                    where, f"a bound is a number, {{of: REGION}} or {{option: NAME, values: ...}}: {value!r}"
                )
            return None if value is None else _number(value, f"{self.source}: {where}")

        def with_rescaling(value: Any, where: str, cut: Cut) -> float | None:
            number = value_of(value, where, cut)
            refers = isinstance(value, Mapping) and "of" in value
            if number is None or cut.score is None or self.rescale is None or refers:
                return number  # the edge of another region is rescaled already
            try:
                return self.rescale(cut, number)
            except NetworkError as error:
                for name in (region, *dependants):
                    self.unavailable.setdefault(name, str(error))
                return number

        return with_rescaling

    def edge_of(self, other: str, where: str, cut: Cut, dependants: Sequence[str]) -> float:
        """Return the lower edge of another region's cut on the same column; dependants are the regions that ask."""
        if len(dependants) > _DEEPEST:
            raise self.fail(where, f"of: the references go in a circle through {', '.join(dict.fromkeys(dependants))}")
        if other not in self.raw_regions:
            raise self.fail(where, f"of: unknown region {other!r}.{did_you_mean(other, self.raw_regions)}")
        for i, raw in enumerate(self.raw_regions[other]["cuts"]):
            if not isinstance(raw, Mapping) or not ("min" in raw or "above" in raw):
                continue
            if (
                raw.get("feature") != cut.feature
                or raw.get("score") != cut.score
                or raw.get("transform") != cut.transform
            ):
                continue
            point = raw.get("point")
            if (None if point is None else tuple(map(float, point))) != cut.point:
                continue
            if str(raw.get("inputs", "default")) != cut.inputs:
                continue
            # the upper bound may refer back to the region that asks
            lower = {k: v for k, v in raw.items() if k not in ("max", "below", "equals", "outside", "when")}
            parsed = parse_cut(lower, where=f"region {other}, cut {i}", resolve=self.resolve(other, *dependants))
            for bound in parsed.bounds:
                if bound.comparator in ("min", "above"):
                    return bound.value
        raise self.fail(where, f"of: region {other} has no lower cut on {cut.column}")

    def cuts(self, raw: Any, where: str, region: str = "") -> tuple[Cut, ...]:
        if not isinstance(raw, Sequence) or isinstance(raw, str):
            raise self.fail(where, f"expected a list of cuts, found {raw!r}")
        out = []
        for i, item in enumerate(raw):
            here = f"{where}, cut {i}"
            if isinstance(item, Mapping) and "when" in item:
                if not isinstance(item["when"], Mapping) or not item["when"]:
                    raise self.fail(here, f"when: takes {{option: value}}, found {item['when']!r}")
                plain = {k: v for k, v in item.items() if k != "when"}
                for name, wanted in item["when"].items():
                    if name not in self.chosen:
                        raise self.fail(here, f"when: unknown option {name!r}.{did_you_mean(name, self.chosen)}")
                    if str(self.chosen[name]) != str(wanted):
                        break
                else:
                    out.append(self.one(plain, here, region))
                continue
            out.append(self.one(item, here, region))
        return tuple(c for c in out if c.any or c.bounds)

    def one(self, item: Any, where: str, region: str) -> Cut:
        try:
            return parse_cut(item, where=where, resolve=self.resolve(region))
        except BadSpecification as error:
            text = str(error)
            raise BadSpecification(text if text.startswith(self.source) else f"{self.source}: {text}") from None

    def preselections(self, raw_preselections: Mapping[str, Any]) -> dict[str, tuple[Cut, ...]]:
        out: dict[str, tuple[Cut, ...]] = {}
        for name, raw in raw_preselections.items():
            where, own = f"preselection {name}", raw
            before: tuple[Cut, ...] = ()
            if isinstance(raw, Mapping):
                after = raw.get("after")
                if after not in out:
                    raise self.fail(where, f"after: {after!r} must be one listed above it")
                before, own = out[after], raw.get("cuts", [])
            out[name] = (*before, *self.cuts(own, where))
        return out

    def regions(self, raw_regions: Any, preselections: Mapping[str, tuple[Cut, ...]]) -> dict[str, Region]:
        if not _is_list(raw_regions):
            where = "regions"
            raise self.fail(where, f"expected a list, found {raw_regions!r}")
        for i, raw in enumerate(raw_regions):
            name = raw.get("name") if isinstance(raw, Mapping) else None
            where = f"region {name}"
            if not isinstance(name, str) or not name:
                where = f"region {i}"
                raise self.fail(where, "has no name")
            if name in self.raw_regions:
                raise self.fail(where, "is defined twice")
            for key in raw:
                if key not in _REGION_KEYS:
                    raise self.fail(where, f"unknown key {key!r}.{did_you_mean(str(key), _REGION_KEYS)}")
            cuts = raw.get("cuts") or []
            if not _is_list(cuts):
                raise self.fail(where, f"expected a list of cuts, found {cuts!r}")
            self.raw_regions[name] = {**raw, "cuts": cuts}
        out: dict[str, Region] = {}
        for name, raw in self.raw_regions.items():
            region = self.region(name, raw, preselections)
            out[name] = region
            if "bins" in raw:
                out.update({r.name: r for r in self.bins(region, raw["bins"])})
        if not out:
            msg = f"{self.source}: there are no regions"
            raise BadSpecification(msg)
        return out

    def region(self, name: str, raw: Mapping[str, Any], preselections: Mapping[str, tuple[Cut, ...]]) -> Region:
        where, kind, pre = f"region {name}", raw.get("kind", "signal"), raw.get("preselection", "")
        if kind not in KINDS:
            raise self.fail(where, f"kind {kind!r} is none of {', '.join(KINDS)}")
        if pre and pre not in preselections:
            raise self.fail(where, f"unknown preselection {pre!r}.{did_you_mean(str(pre), preselections)}")
        before = preselections.get(pre, ())
        return Region(
            name=name, kind=kind, cuts=(*before, *self.cuts(raw["cuts"], where, name)),
            group=str(raw.get("group", "")), preselection=pre, n_preselection=len(before),
            status=str(raw.get("status", "")), note=str(raw.get("note", "")),
            surrogate=str(raw.get("surrogate", "")),
        )  # fmt: skip

    def bins(self, region: Region, raw: Any) -> tuple[Region, ...]:
        where = f"region {region.name}"
        if not isinstance(raw, Mapping) or not _is_list(raw.get("edges")):
            raise self.fail(where, f"bins takes a score or feature and a list of edges, found {raw!r}")
        edges = tuple(_number(e, f"{self.source}: {where}, bins") for e in raw["edges"])
        if len(edges) < 2 or any(a >= b for a, b in itertools.pairwise(edges)):
            raise self.fail(where, f"bins need at least two rising edges, found {list(edges)}")
        column = {k: v for k, v in raw.items() if k != "edges"}
        return bins_of(region, parse_cut(column, where=f"{self.source}: {where}, bins", bounded=False), edges)

    def axis(self, name: str, raw: Any) -> HistogramAxis:
        where = f"histogram {name}"
        try:
            axis = HistogramAxis(name, int(raw["bins"]), float(raw["start"]), float(raw["stop"]))
        except (KeyError, TypeError, ValueError) as error:
            raise self.fail(where, "needs bins, start and stop") from error
        if axis.bins < 1 or not axis.start < axis.stop:
            raise self.fail(where, f"needs at least one bin and start below stop, found {dict(raw)}")
        return axis


def _options(raw_options: Mapping[str, Any], source: str) -> dict[str, Option]:
    out = {}
    for name, raw in raw_options.items():
        if not isinstance(raw, Mapping) or not _is_list(raw.get("alternatives", [])):
            msg = f"{source}: option {name}: takes default, alternatives (a list) and reason, found {raw!r}"
            raise BadSpecification(msg)
        missing = [k for k in ("default", "alternatives", "reason") if k not in raw]
        if missing:
            msg = f"{source}: option {name}: lacks {', '.join(missing)}"
            raise BadSpecification(msg)
        option = Option(name, raw["default"], tuple(raw["alternatives"]), str(raw["reason"]))
        if option.default not in option.alternatives:
            msg = f"{source}: option {name}: the default {option.default!r} is no alternative"
            raise BadSpecification(msg)
        out[name] = option
    return out


@dataclass(frozen=True, slots=True)
class RegionSet:
    """All regions of a search, with its options resolved."""

    regions: dict[str, Region]
    options: dict[str, Option]
    chosen: dict[str, Any]
    """Option name -> value used."""
    preselections: dict[str, tuple[Cut, ...]]
    slim: tuple[Cut, ...]
    """Events that fail these are not in the slim table: how far a slider can loosen a cut."""
    histograms: dict[str, HistogramAxis]
    unavailable: dict[str, str] = field(default_factory=dict)
    """Regions whose thresholds the chosen network does not have, with the reason."""

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        options: Mapping[str, Any] | None = None,
        rescale: Rescale | None = None,
    ) -> RegionSet:
        """Read a regions.yaml; see :meth:`from_dict`."""
        data = read_yaml(Path(path), what="regions file")
        return cls.from_dict(data, source=Path(path).name, options=options, rescale=rescale)

    @classmethod
    def from_dict(
        cls,
        data: Any,
        *,
        source: str = "regions",
        options: Mapping[str, Any] | None = None,
        rescale: Rescale | None = None,
    ) -> RegionSet:
        """Build regions from parsed YAML.

        Parameters
        ----------
        data
            The content of a regions.yaml.
        source
            Name used in errors.
        options
            Values for switches that differ from their defaults.
        rescale
            For a stand-in network: turns a published threshold on a score into this network's; a NetworkError makes
            the region unavailable.

        Raises
        ------
        BadSpecification
            For anything the grammar does not know; the place is named.
        BadOption, UnknownName
            For an option or value that does not exist.
        """
        if not isinstance(data, Mapping):
            msg = f"{source}: expected a mapping with the keys {sorted(_TOP_KEYS)}"
            raise BadSpecification(msg)
        for key in data:
            if key not in _TOP_KEYS:
                msg = f"{source}: unknown key {key!r}.{did_you_mean(str(key), _TOP_KEYS)}"
                raise BadSpecification(msg)
        for key in ("options", "preselections", "histograms"):
            if not isinstance(data.get(key) or {}, Mapping):
                msg = f"{source}: {key}: expected a mapping, found {data[key]!r}"
                raise BadSpecification(msg)
        known = _options(data.get("options") or {}, source)
        chosen = {name: option.default for name, option in known.items()}
        for name, value in (options or {}).items():
            if name not in known:
                msg = f"unknown option {name!r}.{did_you_mean(name, known)}"
                raise UnknownName(msg)
            chosen[name] = known[name].check(value)
        reader = _Reader(source, chosen, rescale)
        preselections = reader.preselections(data.get("preselections") or {})
        regions = reader.regions(data.get("regions") or [], preselections)
        axes = {name: reader.axis(name, raw) for name, raw in (data.get("histograms") or {}).items()}
        slim = reader.cuts(data.get("slim") or [], "slim")
        return cls(regions, known, chosen, preselections, slim, axes, reader.unavailable)

    @property
    def distinct_cuts(self) -> tuple[Cut, ...]:
        """Every cut once, in order of first use."""
        return tuple(dict.fromkeys(cut for region in self.regions.values() for cut in region.cuts))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Features that cuts or histograms need, each once."""
        cuts = (*self.slim, *(c for p in self.preselections.values() for c in p), *self.distinct_cuts)
        used = (leaf.feature for cut in cuts for leaf in cut.leaves() if leaf.feature is not None)
        return tuple(dict.fromkeys([*used, *self.histograms]))

    @property
    def score_leaves(self) -> tuple[Cut, ...]:
        """One cut for each distinct score column."""
        return tuple({leaf.column: leaf for cut in self.distinct_cuts for leaf in cut.leaves() if leaf.score}.values())
