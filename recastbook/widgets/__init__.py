"""Widgets: traitlets state and stock ipywidgets, no physics and no JavaScript."""

from __future__ import annotations

from recastbook.widgets.explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
