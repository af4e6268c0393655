"""Widgets: traitlets state and stock ipywidgets, no physics and no JavaScript."""

from __future__ import annotations

from recastbook.widgets.base import Panel
from recastbook.widgets.dashboard import Dashboard
from recastbook.widgets.explorer import Explorer, explore, panels, register_panel
from recastbook.widgets.pause import Pause
from recastbook.widgets.picture import Picture
from recastbook.widgets.region_picker import RegionPicker

__all__ = ["Dashboard", "Explorer", "Panel", "Pause", "Picture", "RegionPicker", "explore", "panels", "register_panel"]
