"""Widgets: traitlets state and stock ipywidgets, no physics and no JavaScript.

Without a mouse: Tab goes from control to control, arrow keys move sliders and tabs. In lists and closed dropdowns
JupyterLab takes arrows and letters for shortcuts of its own (``b`` adds a cell); there Home, End, Page Up and Page Down
choose, Alt with an arrow steps in a list, and Space or Alt with Down opens a dropdown, in which arrows work.
"""

from __future__ import annotations

from recastbook.widgets.base import Panel
from recastbook.widgets.cutflow_browser import CutflowBrowser
from recastbook.widgets.dashboard import Dashboard
from recastbook.widgets.event_inspector import EventInspector
from recastbook.widgets.explorer import Explorer, explore, panels, register_panel
from recastbook.widgets.input_explorer import InputExplorer
from recastbook.widgets.lifetime import LifetimePanel
from recastbook.widgets.mass_sliders import MassSliders
from recastbook.widgets.pause import Pause
from recastbook.widgets.picture import Picture
from recastbook.widgets.region_picker import RegionPicker
from recastbook.widgets.score_explorer import ScoreExplorer
from recastbook.widgets.verdict_panel import VerdictPanel
from recastbook.widgets.what_if import WhatIf
from recastbook.widgets.words import Words

__all__ = [
    "CutflowBrowser",
    "Dashboard",
    "EventInspector",
    "Explorer",
    "InputExplorer",
    "LifetimePanel",
    "MassSliders",
    "Panel",
    "Pause",
    "Picture",
    "RegionPicker",
    "ScoreExplorer",
    "VerdictPanel",
    "WhatIf",
    "Words",
    "explore",
    "panels",
    "register_panel",
]
