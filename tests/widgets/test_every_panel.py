"""Every tab of the explorer against every input that leaves little to show: a sentence, no traceback, no blank."""

from __future__ import annotations

import gc
import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest
from interactions import interact
from matplotlib.figure import Figure

import recastbook as rb
from recastbook import Result, plots
from recastbook.cutflow import Count, SlimTable
from recastbook.events.builtin import builtin_samples
from recastbook.events.eventfile import EventWriter
from recastbook.exceptions import BadFile, BadOption
from recastbook.widgets import Explorer, panels

TABS = list(panels())
SEARCH = "ATLAS-SUSY-2018-30"
MARKUP = "<script>alert(1)</script> $\\frac{1"
PYTHON = re.compile(r"Traceback|[A-Z]\w*Error|<class|object at 0x|\bnan\b", re.IGNORECASE)
MOST_BYTES = 1_500_000


_Search: Any = type(rb.load(SEARCH))


class Undefined(_Search):  # type: ignore[misc]
    """The search, with a feature and an input of its network that are never a number."""

    def features(self, objects: Any) -> Any:
        out = super().features(objects)
        return {**out, "mt_min_bjets": np.full(len(out["met"]), np.nan)}

    def network_inputs(self, objects: Any, variant: str = "default", mask: Any = None) -> Any:
        out = super().network_inputs(objects, variant, mask)
        out[:, 3] = np.nan
        return out

    @classmethod
    def folder(cls) -> Path | None:
        return _Search.folder()  # type: ignore[no-any-return]


def run(n: int, *, search: Any = None, sample: Any = None, network: str | None = "stand-in") -> Result:
    search = search or rb.load(SEARCH)
    sample = sample or builtin_samples()["gtt_2100_1"]
    result: Result = search.run(sample, events=n, network=network, progress=False)
    return result


def no_event_selected(scored: Result) -> Result:
    counts = {name: (row[0], *(Count() for _ in row[1:])) for name, row in scored.counts.items()}
    return replace(scored, counts=counts, slim=SlimTable())


def ten_thousand_regions(scored: Result) -> Result:
    own = scored.header.regions
    again = [(own[i % len(own)], f"{own[i % len(own)].name}-{i}") for i in range(10_000 - len(own))]
    regions = own + tuple(replace(region, name=name) for region, name in again)
    counts = {name: scored.counts[region.name] for region, name in again if region.name in scored.counts}
    return replace(scored, header=replace(scored.header, regions=regions), counts={**scored.counts, **counts})


def names_with_markup(scored: Result) -> Result:
    head = scored.header
    new = {r.name: f"<i>{r.name}</i> $x_{{$" for r in head.regions}
    regions = tuple(replace(r, name=new[r.name], group=MARKUP, note=MARKUP) for r in head.regions)
    features = {k: (unit, f"{label} {MARKUP}") for k, (unit, label) in head.features.items()}
    absent = tuple((new[name], MARKUP) for name, _ in head.absent)
    named = replace(head, regions=regions, absent=absent, features=features, sample={**head.sample, "label": MARKUP})
    return replace(scored, header=named, counts={new[name]: row for name, row in scored.counts.items()})


def zero_weight(folder: Path) -> Result:
    """What is left of a run that was refused."""
    source = builtin_samples()["gtt_2100_1"].prepare()
    flat = next(source.iter_chunks(60))
    with EventWriter(folder / "zero", source.metadata) as writer:
        writer.write({**flat, "genWeight": np.zeros(60)})
    with pytest.raises(BadFile, match="60 weights of 'Gtt 2100/1' sum to 0") as refused:
        run(60, sample=rb.Sample(folder / "zero"))
    return replace(refused.value.partial, events_path=str(folder / "zero"))  # type: ignore[attr-defined]


BAD = [
    "no event selected", "one event", "never a number", "10,000 regions", "names with markup", "no scores",
    "zero weight",
]  # fmt: skip
SAID = {
    ("no event selected", "Scores"): "no event of this run is in its slim table",
    ("no event selected", "Cutflow"): "nothing to draw and nothing to drag",
    ("no event selected", "Event"): "no event passes the slim preselection",
    ("no event selected", "Verdict"): "no simulated event is selected in any region",
    ("one event", "Event"): "no event is selected in",
    ("one event", "Verdict"): "inconclusive",
    ("never a number", "Scores"): "this result has no scores",
    ("10,000 regions", "Regions"): "10000 regions; the first 400 are listed, type to narrow",
    ("10,000 regions", "What-if detector"): "more rows",
    ("names with markup", "Regions"): "<i>SR-Gtt-0L-B</i> $x_{$",
    ("no scores", "Scores"): "this result has no scores: ",
    ("zero weight", "Verdict"): "sum to zero: there is no signal to test",
}
"""What a tab must say, where it is not what it says of any result."""


@pytest.fixture(scope="module", params=BAD)
def case(request: pytest.FixtureRequest, scored: Result, tmp_path_factory: Any) -> Iterator[tuple[str, Explorer]]:
    """An explorer of each kind of result."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param in ("no scores", "never a number"):
            patch.setenv("RECASTBOOK_DATA", str(tmp_path_factory.mktemp("nothing")))
        made = {
            "no event selected": lambda: no_event_selected(scored),
            "one event": lambda: run(1),
            "never a number": lambda: run(60, search=Undefined(), network=None),
            "10,000 regions": lambda: ten_thousand_regions(scored),
            "names with markup": lambda: names_with_markup(scored),
            "no scores": lambda: run(60, network=None),
            "zero weight": lambda: zero_weight(tmp_path_factory.mktemp("events")),
        }[request.param]()
        explorer = made.explore()
        yield request.param, explorer
        explorer.close()


def shown(explorer: Explorer, tab: str) -> str:
    """Return the words on a tab and in its tables; assert that there are some, and none of Python's."""
    place = explorer._places[tab].children[0]
    if hasattr(place, "snapshot"):
        raw = place.message.value + str(place.snapshot()) + "".join(map(str, boxes(place)))
    else:
        raw = place.value
    assert "<script>" not in raw
    assert "<i>SR-" not in raw
    text = html.unescape(re.sub("<[^>]+>", " ", re.sub('"data:image[^"]+', "", raw)))
    assert len(text.strip()) > 30
    assert not PYTHON.search(text), PYTHON.search(text)
    return " ".join(text.split())


def boxes(widget: Any) -> Iterator[str]:
    """Text of every part, that beside lists included."""
    if isinstance(widget, ipywidgets.HTML):
        yield widget.value
    for child in getattr(widget, "children", ()):
        yield from boxes(child)


def bytes_of(widget: Any, seen: set[str]) -> int:
    """Bytes that a page gets for a widget and all it is made of."""
    if widget.model_id in seen:
        return 0
    seen.add(widget.model_id)
    own = sum(
        len(v) if isinstance(v, bytes | memoryview) else len(json.dumps(v, default=str))
        for v in widget.get_state().values()
    )
    parts = [*(getattr(widget, name, None) for name in ("layout", "style")), *getattr(widget, "children", ())]
    return own + sum(bytes_of(part, seen) for part in parts if part is not None)


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_says_what_it_has(case: tuple[str, Explorer], tab: str) -> None:
    bad, explorer = case
    start = time.process_time()
    explorer.tab = tab
    took = time.process_time() - start
    assert explorer.message.value == ""
    said = shown(explorer, tab)
    assert SAID.get((bad, tab), "") in said
    if tab in explorer._opened:
        panel: Any = explorer[tab]
        picture = getattr(panel, "picture", None)
        if picture is not None and picture.value:
            assert picture.value.startswith(b"\x89PNG")
        panel.state = json.loads(json.dumps(panel.state))
        shown(explorer, tab)
    size = bytes_of(explorer._places[tab], set())
    print(f"{bad}, {tab}: {took:.2f} s CPU, {size / 1e6:.2f} MB")  # noqa: T201
    assert size < MOST_BYTES
    assert took < 15  # three times what a busy machine takes; matplotlib is loaded in the first


def test_interactions_stay_sentences(case: tuple[str, Explorer]) -> None:
    bad, explorer = case
    for tab in ("Scores", "Cutflow", "Network inputs", "Event", "What-if detector"):
        explorer.tab = tab
        if tab not in explorer._opened:
            continue
        panel: Any = explorer[tab]
        if tab == "Scores":
            panel.threshold = 0.5
        elif tab == "Cutflow":
            panel.region, panel.log_scale = panel.controls["region"].options[-1], True
        elif tab == "Network inputs":
            panel.input = panel._bench().card.inputs[3].name
            if bad == "never a number":
                assert "is a number in none of the" in shown(explorer, tab)
                assert panel.picture.layout.display == "none"
            panel.trap = panel.controls["trap"].options[1][1]
        elif tab == "Event":
            panel.which = "not selected"
            panel._step(1)
        else:
            panel.shifts = {"btag": 0.9}
        shown(explorer, tab)


def test_with_one_result_every_list_with_a_choice_is_shown(scored: Result) -> None:
    """A list of samples that is hidden for want of a second one may not hide its neighbours."""
    explorer = scored.explore()
    for tab in TABS:
        panel = explorer[tab]
        hidden = {n for n, c in panel.controls.items() if c.layout.display == "none"}
        few = {n for n, c in panel.controls.items() if len(getattr(c, "options", (0, 0))) < 2}
        assert hidden <= few, tab


def drawn(figure: Any) -> list[Any]:
    """Return what is drawn in a figure's axes: the points of lines and the corners of patches."""
    return [
        artist.get_xydata() if hasattr(artist, "get_xydata") else artist.get_path().vertices
        for ax in figure.axes for artist in (*ax.lines, *ax.patches)
    ]  # fmt: skip


@pytest.mark.parametrize("tab", TABS)
def test_state_code_and_snapshot_of_every_tab(
    scored: Result, tab: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel: Any = panels()[tab](scored)
    twin: Any = panels()[tab](scored, **json.loads(json.dumps(panel.state)))
    assert twin.state == panel.state
    page = panel.snapshot(tmp_path / "page.html").read_text(encoding="utf-8")
    assert tab in page
    if not hasattr(panel, "picture"):
        with pytest.raises(BadOption, match="there is no picture"):
            panel.snapshot(tmp_path / "picture.png")
        words = html.unescape(re.sub("<[^>]+>", " ", page))
        found = eval(panel.code(), {"result": scored})  # noqa: S307 - what a user would paste
        if tab == "Regions":
            assert f"{found.steps[-1].sum_w * found.scale:.3g}" in words
        else:
            assert all(f"{row.raw} → {row.raw}" in words for row in found if row.status == "ok")
        return
    assert page.count("data:image/png") == 1
    assert twin.picture.value == panel.picture.value == panel.snapshot(tmp_path / "picture.png").read_bytes()
    made = []
    for name in ("threshold", "network_input", "event_display", "upper_limits"):
        plain = getattr(plots, name)
        monkeypatch.setattr(plots, name, lambda *a, plain=plain, **k: made.append(plain(*a, **k)) or made[-1])
    exec(panel.code(), {"result": scored})  # noqa: S102 - what a user would paste
    [plot] = made
    ax = getattr(plot, "ax", None) or plot.ax_transverse
    ours, theirs = drawn(panel.picture.live.figure), drawn(ax.figure)
    assert len(ours) == len(theirs) > 0
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b)


def test_interactions_leave_no_figures(scored: Result) -> None:
    explorer = scored.explore()
    for i in range(5):
        interact(explorer, i)
    gc.collect()
    before = sum(isinstance(o, Figure) for o in gc.get_objects())
    for i in range(5, 10):
        interact(explorer, i)
    gc.collect()
    assert sum(isinstance(o, Figure) for o in gc.get_objects()) == before
    explorer.close()
