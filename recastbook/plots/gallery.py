"""One of each figure, from the events that come with the package; they say what in them is a stand-in."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recastbook import plots
from recastbook.display import Html, card, escape, note
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.plots.frame import png
from recastbook.units import fb

__all__ = ["Gallery", "gallery"]

_SEARCH, _REGION, _CUT_REGION, _COLUMN = "ATLAS-SUSY-2018-30", "SR-Gtt-2100-1", "SR-Gtt-0L-B", "p_gtt[1,2100,1]"
_OTHER = "p_gtt[1,1900,1400]"
_HELD = "acceptance held at that of 2100/1: an illustration"
_COLUMNS = ("met", "meff", "mt", "mt_min_bjets", "mj_sum", "n_jets", "n_bjets")
_N_TOYS = 2000
_TOP = 172.5


class Gallery(Mapping[str, Any]):
    """Figures by name: the records of artists that the functions of :mod:`recastbook.plots` return."""

    def __init__(self, made: Mapping[str, Any]) -> None:
        self._made = dict(made)

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            msg = f"the gallery has no figure {name!r}.{did_you_mean(name, self._made)}"
            raise UnknownName(msg)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __repr__(self) -> str:
        return f"<Gallery of {len(self)} figures: {', '.join(self)}>"

    def save(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write every figure as PNG into a folder, which is made if needed; return the files."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        out = tuple(place / f"{name}.png" for name in self)
        for path, made in zip(out, self.values(), strict=True):
            path.write_bytes(png(made.figure))
        return out

    def _repr_html_(self) -> Html:
        parts: list[object] = []
        for name, made in self.items():
            data = base64.b64encode(png(made.figure, dpi=70)).decode()
            parts += [note(f"plots.{_FUNCTION.get(name, name)}"),
                      Html(f'<img alt="{escape(name)}" src="data:image/png;base64,{data}"/>')]  # fmt: skip
        return card(f"{len(self)} figures", body=parts)


_FUNCTION = {"feature_samples": "feature", "score_samples": "score"}


def gallery(results: Mapping[str, Any] | None = None) -> Gallery:
    """Return one of each figure, made from the built-in gluino samples in a few seconds.

    The network is the stand-in, the events are our own; both is written into the figures.

    Parameters
    ----------
    results
        Two results of ATLAS-SUSY-2018-30 with scores, by label, if they are at hand: a Gtt and a Gbb sample. By
        default the built-in samples are run.

    Examples
    --------
    >>> from recastbook import plots
    >>> made = plots.gallery()  # doctest: +SKIP
    >>> made["cls_scan"].figure.savefig("cls_scan.png")  # doctest: +SKIP
    """
    from recastbook.events.builtin import builtin_samples
    from recastbook.registry import load

    search = load(_SEARCH)
    if results is None:
        samples = [builtin_samples()[name] for name in ("gtt_2100_1", "gbb_2000_1")]
        results = {s.label: search.run(s, seed=1, network="stand-in", progress=False) for s in samples}
    return Gallery(_figures(search, results))


def _figures(search: Any, results: Mapping[str, Any]) -> dict[str, Any]:
    gtt = next(iter(results.values()))
    common = {"right": f"recast of {_SEARCH}", "about": gtt.about}
    marked = {**common, "note": gtt.header.network_label or None}
    region = gtt.regions[_CUT_REGION]
    met = next(c for c in reversed(region.cuts) if c.column == "met")
    nn = next(c for c in reversed(gtt.regions[_REGION].cuts) if c.column == _COLUMN)
    features = gtt.header.features

    def titled(name: str) -> str:
        unit, label = features.get(name, ("1", name))
        return label if unit == "1" else f"{label} [{unit}]"

    def over(name: str, stage: str) -> dict[str, Any]:
        return {label: r.histogram(name, stage) for label, r in results.items()}

    made: dict[str, Callable[[], Any]] = {
        "feature": lambda: gtt.plot_feature("met"),
        "feature_samples": lambda: plots.feature(
            over("meff", "common"), label=features["meff"][1], unit="GeV", density=True, **common
        ),
        "score": lambda: plots.score(
            over(_COLUMN, "nn_gtt"), label=_COLUMN, **marked
        ),
        "score_tail": lambda: plots.score_tail(
            {k: (r.slim.column(_COLUMN), r.slim.column("weight")) for k, r in results.items()},
            label=_COLUMN, cuts=nn.bounds, **marked,
        ),
        "n_minus_one": lambda: plots.n_minus_one(
            {k: r.n_minus_one(_CUT_REGION, "met") for k, r in results.items()}, bounds=met.bounds,
            label=features["met"][1], unit="GeV", **{**common, "right": f"N-1, {_CUT_REGION}"},
        ),
        "cutflow": lambda: gtt.plot_cutflow(_REGION),
        "yields": lambda: plots.yields(
            gtt.yields("signal"), search.counting_models(), label=gtt.label, source="arXiv:2211.08028", **marked
        ),
        "plane": lambda: plots.plane(
            gtt.slim.column(_COLUMN), gtt.slim.column(_OTHER), gtt.slim.column("weight"),
            labels=(_COLUMN, _OTHER), tails=(True, True), cuts=([nn.bounds[0].value], []), scale=gtt.scale, **marked,
        ),
        "correlations": lambda: plots.correlations(
            {features[n][1]: gtt.slim.column(n) for n in _COLUMNS},
            gtt.slim.column("weight"), **common,
        ),
    }  # fmt: skip
    out = {name: make() for name, make in made.items()}
    return out | _of_the_network(search, gtt, marked) | _of_the_verdict(search, gtt, common)


def _of_the_network(search: Any, result: Any, marked: dict[str, Any]) -> dict[str, Any]:
    """Return what the network is fed, and what moves its score: an input is shuffled between events."""
    from recastbook.events.builtin import builtin_samples
    from recastbook.inputs import as_run, collect_inputs

    run = as_run(search, result, network="stand-in")
    found = collect_inputs(run, result, sample=builtin_samples()["gtt_2100_1"], max_events=400)
    name, matrix = next(iter(run.cards)), found.matrix()
    model, raw = run.cards[name], matrix.raw.copy()
    columns, point = model.parameter_columns, model.parameters.point(_REGION)
    raw[:, columns] = point
    shuffled = np.random.default_rng(1).permutation(len(raw))
    free = [i for i in range(raw.shape[1]) if i not in set(columns.tolist())]
    stacked = np.concatenate([raw, *(_swapped(raw, i, shuffled) for i in free)])
    scores = model.session().run(model.normalise(stacked))["p_gtt"].reshape(len(free) + 1, len(raw))
    moved = np.abs(scores[1:] - scores[0])
    errors = moved.std(axis=1) / np.sqrt(len(raw))
    names = [model.inputs[i].name for i in free]
    label = "Mean change of p_gtt when the input is shuffled"
    return {
        "moments": plots.moments(raw, model, found.weight[matrix.rows], top=20, **marked),
        "importance": plots.importance(names, moved.mean(axis=1), errors, label=label, top=15, **marked),
    }


def _swapped(raw: Any, column: int, order: Any) -> Any:
    out = raw.copy()
    out[:, column] = raw[order, column]
    return out


def _of_the_verdict(search: Any, result: Any, common: dict[str, Any]) -> dict[str, Any]:
    from recastbook.published.cross_sections import cross_section

    verdict = search.verdict(result, n_toys=_N_TOYS)
    model = search.counting_models()[_CUT_REGION]
    signal = result.yields("signal")[_CUT_REGION].events
    masses = np.arange(1500.0, 2651.0, 50.0)
    predicted = [cross_section("gluino-pair", m) for m in masses]
    theory = np.array([p.value_fb for p in predicted])
    n = len(masses)
    observed, band = verdict.sigma95 / fb, np.array(verdict.sigma95_expected) / fb
    m, lsp = (v.ravel() for v in np.meshgrid(np.arange(1600.0, 2701.0, 100.0), np.arange(0.0, 1401.0, 200.0)))
    open_decay = m - lsp > 2 * _TOP
    m, lsp = m[open_decay], lsp[open_decay]
    # an exclusion plane needs a sample a point; with one sample only the gluino mass matters
    at = np.array([cross_section("gluino-pair", v).value_fb for v in m])
    held = {**common, "note": _HELD}
    return {
        "cls_scan": plots.cls_scan(model, signal, method="asymptotic", right=result.label, about=common["about"]),
        "upper_limits": plots.upper_limits(verdict, **common),
        "limit_curve": plots.limit_curve(
            masses, np.full(n, observed), np.tile(band, (n, 1)), prediction=theory,
            prediction_error=[p.error_pb / fb for p in predicted], name="gluino pairs, predicted",
            labels=(r"$m(\tilde g)$ [GeV]", "95 % CL limit on the cross section [fb]"), **held,
        ),
        "exclusion": plots.exclusion(m, lsp, observed / at, band[2] / at, diagonal=2 * _TOP, **held),
    }  # fmt: skip
