"""What all widgets share: choices, controls bound to them, errors as sentences, waiting, progress, snapshots."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.display import Html, alert, escape, note
from recastbook.exceptions import AnalysisError, BadOption, RecastbookError, did_you_mean
from recastbook.widgets.pause import Pause
from recastbook.widgets.snapshot import snapshot_html, write_snapshot
from recastbook.widgets.words import Words

__all__ = ["Panel"]

log = logging.getLogger(__name__)

Reaction = Callable[[], object]

_STYLE = """<style>
.recastbook-panel.jupyter-widgets-disconnected::before {
  content: "The kernel was restarted or has ended: this shows what was there before and follows no click. \
Run its cell again.";
  display: block; flex: none; align-self: stretch; font: inherit; color: inherit; padding: 4px 8px; margin: 2px;
  border: 1px solid; border-left-width: 6px;
}
.recastbook-panel .jupyter-widgets-disconnected::before { content: none; }
.recastbook-panel .lm-TabBar-tab { flex: 0 1 auto !important; min-width: min-content !important; }
.recastbook-panel .widget-html-content { min-width: 0; }
.recastbook-panel .widget-toggle-buttons { display: flex; align-items: center; }
.recastbook-panel .widget-toggle-buttons > .widget-label { flex: none; margin-right: 8px; text-align: right; }
.recastbook-panel { --jp-widgets-dropdown-arrow: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
viewBox='0 0 18 18'%3E%3Cpath d='M5 7l4 4 4-4' fill='none' stroke='%23808080' stroke-width='2'/%3E%3C/svg%3E"); }
</style>"""
"""Nothing of ours runs in a page whose kernel is gone; its style sheet can still say so, over the outermost panel.
Tabs are as wide as their labels: those of one width cut the longer ones off in a narrow window. A wide table scrolls
inside the panel. The label of a row of
buttons stands beside them. The arrow of a dropdown, black by default, is of a grey to be seen on light and dark."""


class Panel(ipywidgets.VBox):
    """Base of every widget: what is chosen stands in traits, and everything shown follows from them.

    A subclass names its choices, makes controls in :meth:`build` and shows in :meth:`show`::

        class Counter(Panel):
            heading = "Counter"
            choices = ("n",)
            n = traitlets.Int(1)

            def build(self):
                self.control("n", ipywidgets.IntSlider(description="n"))
                self.words = Words()
                self.arrange([self.controls["n"]], [self.words])

            def show(self, changed):
                self.words.value = f"{self.n} events"

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Further results, to be shown beside it.
    **choices
        Choices that differ from what the panel would open with.

    Raises
    ------
    BadOption
        If a choice has an unknown name or an impossible value.
    """

    heading: ClassVar[str] = ""
    """What its tab is called."""
    choices: ClassVar[tuple[str, ...]] = ()
    """Names of the traits that are its state, in the order in which they depend on each other."""
    delay: ClassVar[float] = 0.3
    """Seconds of quiet before what is slow follows."""

    def __init__(self, result: Any, *others: Any, **choices: Any) -> None:
        self.result = result
        self.results = (result, *others)
        self.controls: dict[str, Any] = {}
        self._shown_as: dict[str, Callable[[Any], Any]] = {}
        self.message = Words()
        self.bar = ipywidgets.IntProgress(layout=ipywidgets.Layout(width="98%", display="none"))
        self.shown = ipywidgets.VBox()
        """What is shown; hidden while an error says why nothing can be."""
        self._style = ipywidgets.HTML(_STYLE, layout=ipywidgets.Layout(display="none"))
        self._depth = 0
        self._quiet = False
        self._changed: set[str] = set()
        self._pauses: dict[str, Pause] = {}
        super().__init__()
        self.add_class("recastbook-panel")
        self.build()
        self.observe(self._choice_changed, list(self.choices))
        with self._together():
            self._changed = set(self.choices)
            self.guard(self.start)
            self._assign(choices)

    # -- what a subclass gives ----------------------------------------------------------------------

    def build(self) -> None:
        """Make the controls and lay them out; called once."""
        msg = f"{type(self).__name__} does not define build()"
        raise AnalysisError(msg)

    def start(self) -> None:
        """Choose what the panel opens with; called once, after :meth:`build`."""

    def show(self, changed: set[str]) -> None:  # noqa: ARG002 - a contract
        """Show what is chosen.

        Parameters
        ----------
        changed
            Names of the choices that changed since the last time; all of them the first time.
        """
        msg = f"{type(self).__name__} does not define show(changed)"
        raise AnalysisError(msg)

    def code(self) -> str:
        """Return the Python call that gives this picture without the widget; ``result`` is the panel's result."""
        msg = f"{type(self).__name__} does not define code()"
        raise AnalysisError(msg)

    @classmethod
    def missing(cls, results: tuple[Any, ...]) -> str:  # noqa: ARG003 - a contract
        """Return why the panel has nothing to show for these results; empty if it has."""
        return ""

    # -- laying out ---------------------------------------------------------------------------------

    def control(
        self,
        name: str,
        widget: Any,
        *,
        to: Callable[[Any], Any] | None = None,
        back: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Bind a control to a choice, both ways, and return it.

        Parameters
        ----------
        name
            Name of the choice.
        widget
            A stock control with a ``value``; its description is the label that is read out.
        to, back
            Functions from the choice to what the control shows, and back, where these differ.
        """
        self.controls[name] = widget
        self._shown_as[name] = to or (lambda value: value)

        def from_control(change: Any) -> None:
            new = change["new"]
            # None is a list that was emptied, not something chosen
            if self._quiet or new is None or self._is_echo(name, new):
                return
            value = new if back is None else back(new)
            self.guard(lambda: setattr(self, name, value))

        widget.observe(from_control, "value")
        return widget

    def _is_echo(self, name: str, new: Any) -> bool:
        """Whether a slider only reports the value it was given, put on its steps by the browser."""
        current, step = getattr(self, name), getattr(self.controls[name], "step", None)
        if current is None or not isinstance(new, float) or not step:
            return False
        return bool(abs(new - self._shown_as[name](current)) <= 0.5 * step)

    def set(self, name: str, **traits: Any) -> None:
        """Change a control (its options, its range) without a choice being made by that."""
        control = self.controls[name]
        before, self._quiet = self._quiet, True
        try:
            if {"min", "max"} <= traits.keys() and traits["min"] > control.max:
                control.max = traits["max"]  # the bounds of a slider may not cross while they change
            for trait, value in traits.items():
                setattr(control, trait, value)
            if "options" in traits and "value" not in traits:
                # new options choose the first one; what is chosen may still be among them
                with suppress(traitlets.TraitError):
                    control.value = getattr(self, name)
        finally:
            self._quiet = before

    def arrange(self, controls: list[Any], shown: list[Any]) -> None:
        """Lay out: message and progress, controls, what is shown."""
        self.shown.children = shown
        self.children = [self.message, *controls, self.bar, self._style, self.shown]

    # -- reacting -----------------------------------------------------------------------------------

    def on(self, name: str, react: Reaction) -> None:
        """Call `react` when a choice changed, before :meth:`show`: for choices that depend on it."""
        self.observe(lambda _: self.guard(react), name)

    def press(self, button: Any, react: Reaction) -> Any:
        """Call `react` when a button is pressed, and return the button."""
        button.on_click(lambda _: self.guard(react))
        return button

    def guard(self, react: Reaction) -> None:
        """Call a function; an error in it is shown in the widget, as a sentence."""
        with self._together():
            try:
                react()
            except Exception as error:  # noqa: BLE001 - a callback must show its error, not lose it in a log
                self._say_error(error)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Show once, after everything that was changed inside."""
        if self._depth == 0:
            self.message.value = ""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0 and self._changed:
                self._show()

    def _show(self) -> None:
        changed, self._changed = self._changed, set()
        self._depth += 1
        try:
            self._set_controls()
            self.show(changed)
            self.shown.layout.display = None
        except Exception as error:  # noqa: BLE001 - as above
            self.shown.layout.display = "none"  # an old picture beside an error would be taken for the new one
            self._changed = changed
            self._say_error(error)
        finally:
            self._depth -= 1

    def _say_error(self, error: Exception) -> None:
        log.debug("error in %s", type(self).__name__, exc_info=error)
        self.say(self._sentence(error), "bad")

    @staticmethod
    def _sentence(error: Exception) -> str:
        return str(error) if isinstance(error, RecastbookError) else f"{type(error).__name__}: {error}"

    def _choice_changed(self, change: Any) -> None:
        self._changed.add(change["name"])
        if self._depth == 0:
            self.guard(lambda: None)

    def _set_controls(self) -> None:
        for name in self.choices:
            if name not in self.controls or getattr(self, name) is None:
                continue
            value = self._shown_as[name](getattr(self, name))
            if self.controls[name].value != value:
                # a list or a slider that cannot show the value leaves it to show() to say what is wrong with it
                with suppress(traitlets.TraitError):
                    self.set(name, value=value)

    def say(self, text: object, mark: str | None = None) -> None:
        """Show a line over everything; an assistive reader reads it out."""
        self.message.value = alert(text, mark) if text else ""

    # -- what is slow -------------------------------------------------------------------------------

    def later(self, what: str, react: Reaction) -> None:
        """Call `react` after a short pause; a call of the same name that still waits is dropped."""
        pause = self._pauses.setdefault(what, Pause(self.delay))
        pause(lambda: self.guard(react))

    def settle(self) -> None:
        """Make the calls that wait for a pause now."""
        for pause in self._pauses.values():
            pause.settle()

    @contextmanager
    def working(self, what: str, total: int = 0) -> Iterator[Callable[[int], None]]:
        """Show a progress bar while something slow goes on; yields the function that moves it.

        Parameters
        ----------
        what
            What is being done, for people.
        total
            Steps it takes; 0 if unknown.
        """
        self.bar.max, self.bar.value = max(total, 1), 0 if total else 1
        self.bar.description = what
        self.bar.bar_style = "" if total else "info"
        self.bar.style.description_width = "initial"
        self.bar.layout.display = None

        def moved(done: int) -> None:
            self.bar.value = done

        try:
            yield moved
        finally:
            self.bar.layout.display = "none"

    def close(self) -> None:
        """Close the widget; what still waits is dropped."""
        for pause in self._pauses.values():
            pause.cancel()
        super().close()

    # -- state --------------------------------------------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        """What is chosen, ready for JSON; setting it (a dictionary or its JSON) restores the picture."""
        return self._get_state()

    @state.setter
    def state(self, wanted: Mapping[str, Any] | str) -> None:
        given = json.loads(wanted) if isinstance(wanted, str) else wanted
        with self._together():
            self._assign(given)

    def _get_state(self) -> dict[str, Any]:
        return {name: json.loads(json.dumps(getattr(self, name))) for name in self.choices}

    def _assign(self, given: Mapping[str, Any]) -> None:
        for name in given:
            if name not in self.choices:
                msg = f"{type(self).__name__} has no choice {name!r}.{did_you_mean(name, self.choices)}"
                raise BadOption(msg)
        for name in (n for n in self.choices if n in given):
            try:
                setattr(self, name, given[name])
            except traitlets.TraitError as error:
                msg = f"{type(self).__name__}: {name} cannot be {given[name]!r} ({error})"
                raise BadOption(msg) from error
        if given:
            self.message.value = ""  # of a state half-way; what is wrong with the whole one, show() says

    # -- without the widget -------------------------------------------------------------------------

    def snapshot(self, path: str | Path | None = None) -> Html | Path:
        """Return the widget as it stands as static HTML, or write it.

        Parameters
        ----------
        path
            ``.html`` for everything, ``.png`` for the picture alone; by default the HTML is returned, and shown where
            it is the last line of a cell.

        Raises
        ------
        BadOption
            If the path has another suffix, or there is no picture for a PNG.
        """
        self.settle()
        content = snapshot_html(self)
        return content if path is None else write_snapshot(self, content, Path(path))

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        # where no widget can be shown (GitHub, nbviewer, a kernel that is gone) the cell still says and shows something
        bundle: dict[str, Any] = super()._repr_mimebundle_(**options) or {}
        chosen = ", ".join(f"{k} = {v!r}" for k, v in self.state.items())
        bundle["text/plain"] = f"{type(self).__name__}({chosen}); run the cell to use the widget"
        try:
            bundle["text/html"] = str(self.snapshot())
        except Exception as error:  # noqa: BLE001 - showing must not fail for want of its fallback
            bundle["text/html"] = note(f"no picture: {escape(error)}")
        return bundle

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {getattr(self.result, 'label', 'a result')}>"
