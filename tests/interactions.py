"""What people do with an explorer, over and over: for tests of what it costs."""

from __future__ import annotations

from typing import Any

TABS = ("Event", "Network inputs", "What-if detector", "Cutflow", "Scores")


def interact(explorer: Any, i: int) -> None:
    """Step, choose, turn or drag in one of five tabs of an explorer; something else for every i."""
    explorer.tab = TABS[i % 5]
    panel, turn = explorer[explorer.tab], i // 5
    if explorer.tab == "Event":
        panel._step(1)
    elif explorer.tab == "Network inputs":
        inputs, traps = ([key for _, key in panel.controls[name].options] for name in ("input", "trap"))
        panel.input, panel.trap = inputs[turn % len(inputs)], traps[turn % 4]
    elif explorer.tab == "What-if detector":
        panel.shifts = {"btag": 0.7 + 0.01 * turn}
    elif explorer.tab == "Cutflow":
        panel.drag(3, min=210.0 + turn)
    else:
        panel.point = panel.controls["point"].options[turn % 4]
        panel.threshold = 0.5 + 0.49 * (turn % 10) / 10
    assert panel.message.value == ""
