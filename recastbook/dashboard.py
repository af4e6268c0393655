"""The dashboard with every search that is installed; as a page of its own: ``voila notebooks/10_dashboard.ipynb``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recastbook.registry import analyses, load

if TYPE_CHECKING:
    from recastbook.widgets import Dashboard

__all__ = ["dashboard"]


def dashboard(**choices: Any) -> Dashboard:
    """Open the dashboard: choose a search and a model point or a file, run, see the verdict.

    Parameters
    ----------
    **choices
        What it opens with; see :class:`recastbook.widgets.Dashboard`.
    """
    from recastbook.widgets import Dashboard

    return Dashboard(load, list(analyses()), **choices)
