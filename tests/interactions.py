"""What people do with an explorer, over and over: for tests of what it costs."""

from __future__ import annotations

from typing import Any


def interact(explorer: Any, i: int) -> None:
    """Step, choose, drag and turn in five tabs of one explorer; something else for every i."""
    event, inputs, what_if = explorer["Event"], explorer["Network inputs"], explorer["What-if detector"]
    cutflow, scores = explorer["Cutflow"], explorer["Scores"]
    explorer.tab = ("Event", "Network inputs", "What-if detector", "Cutflow", "Scores")[i % 5]
    event._step(1)
    names = [name for _, name in inputs.controls["input"].options]
    inputs.input = names[i % len(names)]
    cutflow.drag(3, min=210.0 + i)
    scores.threshold = 0.5 + 0.49 * (i % 10) / 10
    if i % 10 == 0:
        traps = [key for _, key in inputs.controls["trap"].options]
        inputs.trap = traps[(i // 10) % 4]
        what_if.shifts = {"btag": 0.7 + 0.01 * (i // 10)}
        points = scores.controls["point"].options
        scores.point = points[(i // 10) % len(points)]
    for panel in (event, inputs, what_if, cutflow, scores):
        assert panel.message.value == ""
