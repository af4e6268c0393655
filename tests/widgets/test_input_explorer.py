"""The input explorer shows what is fed to the network, and what a mistake does to inputs, scores and yields."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.diagnostics.hunt import effect
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption
from recastbook.widgets import InputExplorer

PHI = "azimuth: met_phi in (-pi, pi]"


@pytest.fixture(scope="module")
def result() -> Any:
    search = rb.load("ATLAS-SUSY-2018-30")
    return search.run(builtin_samples()["gtt_2100_1"], events=300, network="stand-in", progress=False)


@pytest.fixture(scope="module")
def opened(result: Any) -> InputExplorer:
    return InputExplorer(result)


@pytest.fixture
def panel(opened: InputExplorer) -> InputExplorer:
    opened.state = {"input": "met", "trap": "none", "normalised": False}
    return opened


def steps(shown: Any) -> Any:
    """Return what a distribution of an input is drawn from, its heights."""
    from recastbook import plots

    return plots.network_input(**shown).steps[0].get_data().values


def words(value: str) -> str:
    return html.unescape(re.sub("<[^>]+>", " ", value))


def test_inputs_are_ranked_by_their_pull(panel: InputExplorer) -> None:
    pulls = [
        float(m[1]) for label, _ in panel.controls["input"].options if (m := re.search(r"\(([+-][\d.]+)\)", label))
    ]
    assert len(pulls) == 84  # 87 inputs, three of them parameters
    assert pulls == sorted(pulls, key=lambda p: -abs(p))
    # a Gtt signal has heavier and harder jets than the mixture the network was trained on
    assert panel.controls["input"].options[0][1].startswith(("small_R_jets_", "large_R_jets_", "met"))


def test_trap_moves_inputs_scores_and_yields(panel: InputExplorer, result: Any) -> None:
    panel.input, before = "met_phi", bytes(panel.picture.value)
    panel.trap = PHI
    assert panel.message.value == ""
    assert bytes(panel.picture.value) != before
    plain = effect(result.search, result, PHI)
    shown = words(panel.table.value)
    for row in (r for r in plain.regions if r.clean.raw):
        assert re.search(rf"{re.escape(row.region)}\s+{row.clean.raw}\s+{row.trapped.raw}\b", shown)
    assert "not ATLAS" in shown


def test_normalised_values_are_those_of_the_card(panel: InputExplorer) -> None:
    panel.input, panel.normalised = "met", True
    assert "normalised" in panel.picture.ax.get_xlabel()
    low, high = panel.picture.ax.get_xlim()
    assert low <= -1  # the training's band is in the picture
    assert high >= 1


def test_parameter_has_no_distribution(panel: InputExplorer) -> None:
    panel.input = "mGluino"
    assert "each region has its own value" in words(panel.words.value)
    assert panel.picture.layout.display == "none"


def test_its_code_runs(panel: InputExplorer, result: Any) -> None:
    panel.input = "met"
    names: dict[str, Any] = {"result": result}
    exec(panel.code(), names)  # noqa: S102 - what a user would paste
    np.testing.assert_array_equal(steps(names["shown"]), steps(panel._bench().drawn("met")))
    panel.input, panel.trap, panel.normalised = "met_phi", PHI, True
    exec(panel.code(), names)  # noqa: S102
    assert "effect" in panel.code()
    assert names["shown"]["label"] == panel.picture.ax.get_xlabel() == "met_phi, normalised"
    assert not np.array_equal(names["shown"]["values"], names["shown"]["mistaken"])


def test_state_restores(panel: InputExplorer, result: Any) -> None:
    panel.state = {"input": "met_phi", "trap": PHI, "normalised": True}
    other = InputExplorer(result)
    other.state = panel.state
    assert other.state == panel.state
    assert words(other.table.value) == words(panel.table.value)


def test_what_cannot_be_chosen_is_said(panel: InputExplorer) -> None:
    panel.input = "metphi"
    assert "has no input 'metphi'" in words(panel.message.value)
    panel.input = "met_phi"
    panel.trap = "azimuth"
    assert "no trap 'azimuth'" in words(panel.message.value)
    with pytest.raises(BadOption, match="no choice 'inputs'"):
        panel.state = {"inputs": "met"}


def test_without_network_inputs_are_shown_and_scores_said_to_be_missing(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("RECASTBOOK_DATA", str(tmp_path))
    search = rb.load("ATLAS-SUSY-2018-30")
    found = search.run(builtin_samples()["gtt_2100_1"], events=200, progress=False)
    panel = InputExplorer(found, input="met_phi", trap=PHI)
    assert panel.picture.layout.display is None
    assert "no scores" in words(panel.table.value)
    assert "recastbook fetch" in words(panel.table.value)


def test_network_of_five_files_says_that_its_card_gives_no_training(shared_data: Any) -> None:
    shared_data("OneLeptonMultiJets2018_6jets.onnx")
    pytest.importorskip("pythia8mc", reason="generation needs the extra 'generate'")
    sample = rb.generate("higgsino-tbs", m_higgsino=280, production="n1n2", n=100, seed=3, progress=False)
    found = rb.load("ATLAS-SUSY-2019-04").run(sample, progress=False)
    panel = InputExplorer(found)
    assert "no mean and width" in words(panel.listed.value)
    assert np.isfinite(panel.picture.ax.get_xlim()).all()


def test_search_without_network_has_no_such_tab() -> None:
    header = SimpleNamespace(analysis="SOME-SEARCH", regions=())
    assert InputExplorer.missing((SimpleNamespace(header=header),)) == "SOME-SEARCH feeds no network"
