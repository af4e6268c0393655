"""All widgets of a result in one, a tab each; a tab is made when it is first opened."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.display import note
from recastbook.exceptions import BadOption, RecastbookError, did_you_mean
from recastbook.widgets.base import Panel
from recastbook.widgets.versions import titled

__all__ = ["Explorer", "explore", "panels", "register_panel"]

log = logging.getLogger(__name__)

_PANELS: dict[str, tuple[int, type[Panel]]] = {}


def register_panel(panel: type[Panel], *, place: int = 100) -> type[Panel]:
    """Add a panel to the explorer, or replace the one of the same heading.

    Parameters
    ----------
    panel
        The class.
    place
        Tabs stand in rising order of this number; those of recastbook are at 10, 20, ... 80.
    """
    if not panel.heading:
        msg = f"{panel.__name__} has no heading to be called by"
        raise BadOption(msg)
    _PANELS[panel.heading] = (place, panel)
    return panel


def panels() -> dict[str, type[Panel]]:
    """Return the registered panels by heading, in the order of their tabs."""
    return {heading: panel for heading, (_, panel) in sorted(_PANELS.items(), key=lambda item: item[1][0])}


class Explorer(Panel):
    """Every widget of a result, one a tab.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Further results, to be shown beside it.
    **choices
        ``tab``: heading of the tab to open; ``panels``: heading -> state of a panel.
    """

    heading: ClassVar[str] = "Explorer"
    choices: ClassVar[tuple[str, ...]] = ("tab", "panels")
    tab = traitlets.Unicode()
    panels = traitlets.Dict()
    """State of the panels that were opened, and of those to come."""

    def build(self) -> None:
        """Make one empty place a tab."""
        self._classes = panels()
        self._opened: dict[str, Panel] = {}
        self._places = {name: ipywidgets.VBox([ipywidgets.HTML(note("opens in a moment"))]) for name in self._classes}
        self.tabs = titled(ipywidgets.Tab(list(self._places.values())), self._classes)
        self.tabs.observe(self._tab_clicked, "selected_index")
        self.arrange([], [self.tabs])

    def start(self) -> None:
        """Open the first tab."""
        self.tab = next(iter(self._classes), "")

    def __getitem__(self, heading: str) -> Panel:
        """Return the panel of a tab, opened if it was not yet."""
        if heading not in self._classes:
            msg = f"the explorer has no tab {heading!r}.{did_you_mean(heading, self._classes)}"
            raise BadOption(msg)
        if heading not in self._opened:
            panel_class = self._classes[heading]
            made = panel_class(self.result, *self.results[1:], **self.panels.get(heading, {}))
            self._opened[heading] = made
            self._places[heading].children = [made]
        return self._opened[heading]

    def _tab_clicked(self, change: Mapping[str, Any]) -> None:
        if change["new"] is not None and not self._quiet:
            self.guard(lambda: setattr(self, "tab", list(self._classes)[change["new"]]))

    def show(self, changed: set[str]) -> None:
        """Open the chosen tab."""
        if "panels" in changed:
            for heading, state in self.panels.items():
                if heading in self._opened:
                    self._opened[heading].state = state
        if not self._classes:
            return
        self._open(self.tab)
        index = list(self._classes).index(self.tab)
        before, self._quiet = self._quiet, True
        try:
            self.tabs.selected_index = index
        finally:
            self._quiet = before

    def _open(self, heading: str) -> None:
        try:
            why = self._classes[heading].missing(self.results)
            if not why:
                _ = self[heading]
        except Exception as error:
            # one panel that cannot be made leaves the others usable
            log.debug("the panel %r cannot be made", heading, exc_info=True)
            why = str(error) if isinstance(error, RecastbookError) else f"{type(error).__name__}: {error}"
        if why:
            self._places[heading].children = [ipywidgets.HTML(str(note(why, "absent")))]

    @traitlets.validate("tab")
    def _known_tab(self, proposal: Mapping[str, Any]) -> str:
        heading = str(proposal["value"])
        if heading and heading not in self._classes:
            msg = f"the explorer has no tab {heading!r}.{did_you_mean(heading, self._classes)}"
            raise traitlets.TraitError(msg)
        return heading

    def _get_state(self) -> dict[str, Any]:
        opened = {name: panel.state for name, panel in self._opened.items()}
        return {"tab": self.tab, "panels": {**self.panels, **opened}}

    def code(self) -> str:
        """Return the call that gives the open tab's picture without the widget."""
        return self[self.tab].code()

    def settle(self) -> None:
        """Make the calls that wait for a pause now, in every panel."""
        for panel in self._opened.values():
            panel.settle()

    def snapshot(self, path: Any = None) -> Any:
        """Return or write the open tab as it stands; see :meth:`Panel.snapshot`."""
        if self.tab in self._opened:
            return self._opened[self.tab].snapshot(path)
        return super().snapshot(path)

    def close(self) -> None:
        """Close all panels."""
        for panel in self._opened.values():
            panel.close()
        super().close()


def explore(result: Any, *others: Any, **choices: Any) -> Explorer:
    """Open the explorer of one result, or of several side by side."""
    return Explorer(result, *others, **choices)
