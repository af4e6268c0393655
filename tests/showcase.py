"""One of every public object that a notebook shows, made from real runs and files; and ways to spoil them.

Classes are found by walking the package, so that a new one with a view and without an entry here fails its test.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from toys import toy_events, write_events

import recastbook as rb
from recastbook import display
from recastbook.display import Html

EVIL = " <script>alert(1)</script> $x^{"
"""Markup, and a formula that has no end; without a slash where a path must hold it."""


def shown_classes() -> dict[str, type]:
    """Return every class of the package that brings its own view, by module and name."""
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(rb.__path__, "recastbook."):
        made = importlib.import_module(module.name)
        for name, value in vars(made).items():
            if inspect.isclass(value) and value.__module__ == made.__name__ and "_repr_html_" in vars(value):
                found[f"{value.__module__.removeprefix('recastbook.')}.{name}"] = value
    return found


def name_of(value: object) -> str:
    """Return the name under which the class that shows `value` is known."""
    owner = next(c for c in type(value).__mro__ if "_repr_html_" in vars(c))
    return f"{owner.__module__.removeprefix('recastbook.')}.{owner.__name__}"


def showcase(folder: Path) -> list[Any]:
    """Return one or more of every class."""
    return [*_of_a_search(), *_of_files(folder), *_of_statistics(), *_of_lifetimes(folder), *_of_surrogates(folder)]


def _of_a_search() -> Iterator[Any]:
    from recastbook.diagnostics.hunt import HuntReports, effect
    from recastbook.events.builtin import builtin_samples
    from recastbook.features import FeatureTable
    from recastbook.plots.gallery import Gallery
    from recastbook.published.cross_sections import cross_section
    from recastbook.teaching import check

    search = rb.load("ATLAS-SUSY-2018-30")
    sample = builtin_samples()["gtt_2100_1"]
    result = search.run(sample, events=300, network="stand-in", progress=False)
    card = next(iter(search.cards.values()))
    yield from (search, card, card.lint(run=False), sample, result, result.yields(), search.detector_card())
    yield from (search.region_set.regions["SR-Gtt-1L-M2"], next(iter(search.tables.values())))
    flow = result.cutflow("SR-Gtt-2100-1")
    yield from (flow, flow.compare(), search.verdict(result, n_toys=300))
    report = search.hunt(result, max_events=200)
    yield from (report, HuntReports(search.identifier, {"parametrised": report}))
    yield effect(search, result, "unit: leptons in MeV", max_events=200)
    domain = search.domain(result)
    yield from (domain, domain.networks[0])
    yield search.explain(result, "SR-Gtt-2100-1", max_events=60)
    yield search.explain(result, "SR-Gtt-2100-1", event=int(result.slim.column("event")[0]))
    yield FeatureTable({"my_feature": np.array([210.0, 340.5, np.nan])}, {"my_feature": "GeV"})
    yield cross_section("gluino-pair", 2100.0)
    yield Gallery({"met": rb.plots.feature(result.histogram("met", "all events"), label="met", unit="GeV")})
    yield from (check("00-1", 7, strict=False), check("00-1", 8), check("00-1", 7, strict=False).hint())
    yield display.TableView(("region", "events"), [["SR-A", 3.25]], caption="a table", notes=("a note",))
    yield Html("<b>markup</b>")


def _of_files(folder: Path) -> Iterator[Any]:
    from recastbook.network import inspect as look_into

    yield write_events(folder / "events", toy_events(40))
    path = rb.surrogates.SurrogateModel.stand_in().session.path
    yield look_into(path)


def _of_statistics() -> Iterator[Any]:
    from recastbook.statistics import ABCDModel, BinnedModel, CountingModel
    from recastbook.statistics.published_limit import PublishedLimit

    one, two = CountingModel(3, 0.8, 0.3, name="SR one"), CountingModel(12, 9.5, 1.2, name="SR two")
    yield from (one, one.cls(5.0, method="toys", n_toys=300), one.upper_limit(), BinnedModel((one, two), name="fit"))
    yield ABCDModel((23, 3, 212, 30), (0.1, 0.2, 0.05), name="a plane")
    yield PublishedLimit(40.8, 42.4, name="a plane")


def _of_lifetimes(folder: Path) -> Iterator[Any]:
    from recastbook.surrogates import EfficiencyMap, LLPEvents, MapBinning, ctau_grid, lifetime_scan, redrawn
    from recastbook.surrogates.two_body import two_body_sample

    rng = np.random.default_rng(1)
    shape = (400, 2)
    columns = {"pt": rng.gamma(3.0, 60.0, shape) + 1.0, "eta": rng.normal(0, 1.3, shape), "mass": np.full(shape, 50.0),
               "lxy": np.zeros(shape), "lz": np.zeros(shape), "length": np.zeros(shape),
               "pdg_id": np.full(shape, 35), "decay": rng.choice([5, 4, 15], size=shape)}  # fmt: skip
    ids = np.stack([np.ones(400, int), np.ones(400, int), np.arange(400)], axis=1)
    events = redrawn(LLPEvents(**columns, weight=np.ones(400), ids=ids, total_weight=400.0, total_weight2=400.0,
                               label="made up"), 1500.0, seed=4)  # fmt: skip
    binning = MapBinning.load("calratio")
    one = rng.uniform(0, 0.4, 260)
    emap = EfficiencyMap(binning, np.outer(one, one), facts={"title": "made up"})
    scan = lifetime_scan(emap, events, ctau_grid(points=12))
    yield from (events, binning, emap, scan)
    search = rb.load("ATLAS-EXOT-2019-23")
    yield search.lifetime_limits(dataclasses.replace(scan, region="high-ET"), point="600/150")
    looked = emap.lookup(**two_body_sample(600, 150, 1.3, 400, seed=1).for_map())
    yield from (looked, looked.report)


def _of_surrogates(folder: Path) -> Iterator[Any]:
    from recastbook.network.conversion import Comparison, ConversionReport, NearCut
    from recastbook.surrogates import Studio, SurrogateModel, TaggerEfficiency, TrainingSet
    from recastbook.surrogates.studio_export import Export
    from recastbook.surrogates.two_body import two_body_sample

    model, table = SurrogateModel.stand_in(), two_body_sample(600, 150, 1.3, 500, seed=11)
    found = model.efficiency(table)
    yield from (model, table, found, found.guard)
    rng = np.random.default_rng(2)
    jets = {"pt": rng.uniform(20, 300, 4000), "eta": rng.uniform(-2.4, 2.4, 4000), "tagged": rng.random(4000) < 0.5}
    flavour = rng.choice([5, 4, 0], 4000)
    yield TaggerEfficiency.from_jets(**jets, flavour=flavour, pt_edges=[20, 100, 300], source="toy tagger")
    points = [(400, 50), (400, 150), (1000, 50)]
    samples = [two_body_sample(*p, 1.3, 60, seed=i) for i, p in enumerate(points)]
    answers = [rng.uniform(0, 0.3, len(t)) for t in samples]
    data = TrainingSet.from_tables(
        [(t, {"m_phi": p[0], "m_s": p[1]}, a) for t, p, a in zip(samples, points, answers, strict=True)],
        classes=("unselected", "class A"),
    )
    trained = Studio(kind="gradient boosting", members=2, held_out_members=2, iterations=2).train(data)
    yield from (data, trained, trained.closure, trained.reliability["class A"])
    yield trained.predict(table, parameters={"m_phi": 600, "m_s": 150})
    yield trained.predict(two_body_sample(125, 55, 1.3, 200, seed=3), parameters={"m_phi": 125, "m_s": 55})
    # written down and not run: a conversion takes half a minute, and has its own tests
    parity = (Comparison("values drawn over the whole range", 20_000, 8.46e-8, (2e-8, 5e-8, 7e-8, 8e-8), 0),)
    near = (NearCut(1, 0.5, 1e-3, 12, 3.2e-8, 0),)
    converted = ConversionReport(
        Path("forest.pkl"), "pickle", "sklearn VotingClassifier", "6f3480", Path("model.onnx"), "77aa01", 3347,
        ("met", "ht"), ("unselected", "A"), ("features", "scores"), "none given", "the model in its own library", 1e-4,
        parity, near, notes=("a note",),
    )  # fmt: skip
    yield converted
    yield Export(folder / "export", model.card, converted, 8.5e-8, 0, model.card.lint(run=False))


# ---- spoiling ----------------------------------------------------------------------------------------


@cache
def _own_words() -> frozenset[str]:
    """Return every text that the package's code holds: what it compares with, and never comes from a file."""
    words: set[str] = set()
    for path in Path(rb.__path__[0]).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return frozenset(words)


def spoiled(value: Any) -> Any:
    """Return a copy in which every text that is not the code's own carries :data:`EVIL`, references too."""
    return _through(value, lambda text: text if text in _own_words() else text + EVIL, {})


def stretched(value: Any, name: str, rows: int = 10_000) -> Any:
    """Return a copy in which one column of records or texts is repeated until it has `rows` of them."""
    held = getattr(value, name) or ("a remark",)
    out = copy.copy(value)
    object.__setattr__(out, name, tuple(held[i % len(held)] for i in range(rows)))
    return out


def _through(value: Any, change: Callable[[str], str], seen: dict[int, Any]) -> Any:
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, str):
        return change(value) if type(value) is str else value
    if isinstance(value, Path):
        return Path(change(value.name).replace("/", ""))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_through(v, change, seen) for v in value))
    if isinstance(value, (tuple, list)):
        return type(value)(_through(v, change, seen) for v in value)
    if isinstance(value, (dict, MappingProxyType)):
        return {_through(k, change, seen): _through(v, change, seen) for k, v in value.items()}
    if type(value).__module__.startswith("recastbook.") and not inspect.isclass(value):
        out = copy.copy(value)
        seen[id(value)] = out
        if dataclasses.is_dataclass(value):  # what it has computed and kept holds the old names
            for kept in set(getattr(out, "__dict__", {})) - set(_attributes(value)):
                del out.__dict__[kept]
        for name in _attributes(value):
            object.__setattr__(out, name, _through(getattr(value, name), change, seen))
        return out
    return value


def _attributes(value: Any) -> list[str]:
    if dataclasses.is_dataclass(value):
        return [f.name for f in dataclasses.fields(value)]
    slots = [n for c in type(value).__mro__ for n in getattr(c, "__slots__", ()) if hasattr(value, n)]
    return [*slots, *getattr(value, "__dict__", {})]
