"""What every widget does: choices both ways, errors as sentences, waiting, progress, snapshots. No browser."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import ipywidgets
import pytest
import traitlets

from recastbook.exceptions import AnalysisError, BadOption, UnknownName
from recastbook.widgets import Panel, Pause, Picture
from recastbook.widgets import explorer as tabs

PNG = b"\x89PNG"
RESULT = SimpleNamespace(label="<i>toy</i>")


class Counter(Panel):
    """A number and its double, drawn."""

    heading: ClassVar[str] = "Counter"
    choices: ClassVar[tuple[str, ...]] = ("top", "n")
    top = traitlets.Int(10)
    n = traitlets.Int(1)

    def build(self) -> None:
        self.control("n", ipywidgets.IntSlider(description="n", max=10))
        self.words = ipywidgets.HTML()
        self.picture = Picture(2.0, 1.5)
        self.shows: list[set[str]] = []
        self.slow: list[int] = []
        self.on("top", lambda: self.set("n", min=0, max=self.top))
        self.arrange([self.controls["n"]], [self.words, self.picture])

    def show(self, changed: set[str]) -> None:
        self.shows.append(changed)
        if self.n == 7:
            msg = "seven has no double"
            raise UnknownName(msg)
        if self.n == 8:
            _ = 1 / 0
        self.words.value = f"twice is {2 * self.n}"
        if changed <= {"n"} and len(self.shows) > 1:
            self.line.set_xdata([self.n, self.n])
            self.picture.moved()
        else:
            self.picture.ax.set_xlim(0, 10)
            self.line = self.picture.ax.axvline(self.n)
            self.picture.show([self.line], says="a line")
        self.later("slow", lambda: self.slow.append(self.n))


@pytest.fixture
def counter() -> Counter:
    return Counter(RESULT)


def test_controls_and_choices_follow_each_other(counter: Counter) -> None:
    counter.controls["n"].value = 3
    assert counter.n == 3
    counter.n = 4
    assert counter.controls["n"].value == 4
    assert counter.words.value == "twice is 8"
    assert counter.shows == [{"top", "n"}, {"n"}, {"n"}]


def test_an_error_is_a_sentence_and_hides_what_it_made_wrong(counter: Counter) -> None:
    counter.controls["n"].value = 7
    assert "seven has no double" in counter.message.value
    assert 'role="alert"' in counter.message.value
    assert counter.shown.layout.display == "none"
    counter.n = 8
    assert "ZeroDivisionError: division by zero" in counter.message.value
    assert "Traceback" not in counter.message.value
    counter.n = 2
    assert counter.message.value == ""
    assert counter.shown.layout.display is None
    assert counter.shows[-1] >= {"n"}


def test_state_goes_through_json_and_back(counter: Counter) -> None:
    counter.n = 5
    kept = json.dumps(counter.state)
    assert kept == '{"top": 10, "n": 5}'
    other = Counter(RESULT)
    other.state = json.loads(kept)
    assert other.n == 5
    other.state = '{"n": 6}'
    assert (other.n, other.top) == (6, 10)
    shows = len(other.shows)
    other.state = {"n": 20, "top": 30}
    assert (other.controls["n"].max, other.controls["n"].value) == (30, 20)
    assert len(other.shows) == shows + 1, "one picture for one state"


@pytest.mark.parametrize(("state", "words"), [({"nn": 1}, "no choice 'nn'.*'n'"), ({"n": "two"}, "n cannot be 'two'")])
def test_a_state_that_cannot_be_is_refused(counter: Counter, state: dict[str, Any], words: str) -> None:
    with pytest.raises(BadOption, match=words):
        counter.state = state
    with pytest.raises(BadOption, match=words):
        Counter(RESULT, **state)
    assert counter.n == 1


def test_the_picture_is_redrawn_in_place(counter: Counter) -> None:
    first, figure = counter.picture.value, counter.picture.live.figure
    counter.n = 6
    assert bytes(counter.picture.value).startswith(PNG)
    assert counter.picture.value != first
    assert counter.picture.live.figure is figure
    counter.n = 1
    assert counter.picture.value == first, "nothing of the moved line is left"


def test_snapshot_holds_choices_words_and_picture(counter: Counter, tmp_path: Path) -> None:
    counter.n = 5
    content = counter.snapshot()
    assert "twice is 10" in content
    assert "n: 5" in content
    assert 'alt="a line"' in content
    assert "data:image/png;base64," in content
    written = counter.snapshot(tmp_path / "counter.png")
    assert isinstance(written, Path)
    assert written.read_bytes() == counter.picture.value
    page = counter.snapshot(tmp_path / "counter.html")
    assert isinstance(page, Path)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(BadOption, match=r"as \.html or \.png, not 'counter\.pdf'"):
        counter.snapshot(tmp_path / "counter.pdf")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["counter.html", "counter.png"]
    counter.picture.hide()
    with pytest.raises(BadOption, match="no picture to write"):
        counter.snapshot(tmp_path / "counter.png")


def test_a_page_without_a_kernel_shows_the_snapshot(counter: Counter) -> None:
    bundle = counter._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "run the cell to use the widget" in bundle["text/plain"]
    assert "twice is 2" in bundle["text/html"]
    assert "<i>toy" not in bundle["text/html"]


def test_what_is_slow_comes_at_once_without_an_event_loop_and_later_in_one(counter: Counter) -> None:
    counter.n = 2
    assert counter.slow[-1] == 2

    async def drag() -> None:
        counter.delay = 0.02  # type: ignore[misc]
        counter._pauses.clear()
        for n in (3, 4, 5):
            counter.n = n
        assert counter.slow[-1] == 2, "nothing slow while it is dragged"
        await asyncio.sleep(0.15)
        assert counter.slow[-2:] == [2, 5], "once, for where it stopped"
        counter.n = 6
        counter.settle()
        assert counter.slow[-1] == 6
        counter.n = 9
        counter.close()
        await asyncio.sleep(0.05)
        assert counter.slow[-1] == 6, "a closed widget does no more work"

    asyncio.run(drag())


def test_an_error_after_the_pause_is_shown_too(counter: Counter) -> None:
    def fail() -> None:
        msg = "the slow part failed"
        raise BadOption(msg)

    counter.later("fail", fail)
    assert "the slow part failed" in counter.message.value


def test_progress_is_shown_while_it_lasts(counter: Counter) -> None:
    with counter.working("re-running", total=4) as moved:
        assert counter.bar.layout.display is None
        moved(3)
        assert (counter.bar.value, counter.bar.max, counter.bar.description) == (3, 4, "re-running")
    assert counter.bar.layout.display == "none"


def test_what_a_subclass_forgot_is_named() -> None:
    class Empty(Panel):
        """Nothing."""

    with pytest.raises(AnalysisError, match=r"Empty does not define build\(\)"):
        Empty(RESULT)


def test_a_pause_can_be_dropped() -> None:
    async def ask() -> list[str]:
        said: list[str] = []
        pause = Pause(0.01)
        pause(lambda: said.append("a"))
        assert pause.waiting
        pause.cancel()
        await asyncio.sleep(0.03)
        return said

    assert asyncio.run(ask()) == []


# -- tabs -----------------------------------------------------------------------------------------------


class Refuses(Panel):
    """Has nothing to show."""

    heading: ClassVar[str] = "Refuses"

    @classmethod
    def missing(cls, results: tuple[Any, ...]) -> str:
        return "there is nothing <b>here</b>"


class Breaks(Panel):
    """Cannot be made."""

    heading: ClassVar[str] = "Breaks"

    def build(self) -> None:
        _ = 1 / 0


@pytest.fixture
def explorer(monkeypatch: pytest.MonkeyPatch) -> tabs.Explorer:
    monkeypatch.setattr(tabs, "_PANELS", {})
    tabs.register_panel(Counter, place=20)
    tabs.register_panel(Refuses, place=10)
    tabs.register_panel(Breaks, place=30)
    return tabs.explore(RESULT, tab="Counter")


def test_tabs_stand_in_their_order_and_open_when_chosen(explorer: tabs.Explorer) -> None:
    assert list(tabs.panels()) == ["Refuses", "Counter", "Breaks"]
    assert explorer.tabs.titles == ("Refuses", "Counter", "Breaks")
    assert explorer.tabs.selected_index == 1
    assert list(explorer._opened) == ["Counter"]
    explorer.tabs.selected_index = 0
    assert explorer.tab == "Refuses"
    assert "there is nothing &lt;b&gt;here&lt;/b&gt;" in explorer._places["Refuses"].children[0].value
    explorer.tabs.selected_index = 2
    assert "ZeroDivisionError" in explorer._places["Breaks"].children[0].value
    explorer.tab = "Counter"
    assert explorer.tabs.selected_index == 1


def test_the_explorer_s_state_is_that_of_its_panels(explorer: tabs.Explorer) -> None:
    explorer["Counter"].n = 5  # type: ignore[attr-defined]
    kept = json.loads(json.dumps(explorer.state))
    assert kept == {"tab": "Counter", "panels": {"Counter": {"top": 10, "n": 5}}}
    assert "twice is 10" in explorer.snapshot()
    other = tabs.explore(RESULT, **kept)
    assert other["Counter"].state == {"top": 10, "n": 5}
    explorer.state = {"panels": {"Counter": {"n": 3}}}
    assert explorer["Counter"].state["n"] == 3


def test_unknown_tabs_are_refused(explorer: tabs.Explorer) -> None:
    with pytest.raises(BadOption, match=r"no tab 'Counterr'.*'Counter'"):
        explorer.state = {"tab": "Counterr"}
    with pytest.raises(BadOption, match=r"no tab 'Counterr'.*'Counter'"):
        explorer["Counterr"]
    assert explorer.tabs.selected_index == 1


def test_a_panel_without_a_heading_cannot_be_registered() -> None:
    class Nameless(Panel):
        """No heading."""

    with pytest.raises(BadOption, match="Nameless has no heading"):
        tabs.register_panel(Nameless)
