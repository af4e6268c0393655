"""The five networks of ATLAS-SUSY-2019-04: their card, and inputs and scores of events with known answers."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import onnxruntime
import pytest

from recastbook.analyses.atlas_susy_2019_04 import ATLAS_SUSY_2019_04
from recastbook.exceptions import BadOption, NetworkError
from recastbook.network import ModelCard, Network

SharedData = Callable[[str], Path]
FOLDER = "ATLAS-SUSY-2019-04"


@functools.cache
def chosen(**options: str) -> ATLAS_SUSY_2019_04:
    return ATLAS_SUSY_2019_04(options)


def card() -> ModelCard:
    found = chosen().card
    assert found is not None
    return found


def objects_of(events: list[dict[str, Any]]) -> dict[str, ak.Array]:
    """Turn toy events into the collections that the search makes."""

    def particle(p: dict[str, Any]) -> dict[str, Any]:
        return {"pt": p["pt"], "eta": p["eta"], "phi": p["phi"], "mass": p["m"]}

    return {
        "jets": ak.Array([[particle(j) | {"btag": bool(j["btag"])} for j in e["jets"]] for e in events]),
        "leptons": ak.Array([[particle(e["lepton"]) | {"charge": 1, "flavour": 11}] for e in events]),
        "met": ak.Array([e["met"] for e in events]),
    }


@pytest.fixture(scope="module")
def golden(shared_data: SharedData) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(shared_data(f"{FOLDER}/golden_events.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def network(shared_data: SharedData) -> Network:
    shared_data(f"{FOLDER}/OneLeptonMultiJets2018_4jets.onnx")
    return Network.of(card())


def test_inputs_of_golden_events(golden: dict[str, Any]) -> None:
    assert list(card().columns) == golden["input_order"]
    found = chosen().network_inputs(objects_of(golden["events"]))
    expected = np.array([e["expected"]["inputs"] for e in golden["events"]])
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_scores_of_golden_events(golden: dict[str, Any], network: Network) -> None:
    events = golden["events"]
    n_jets = np.array([e["n_jets"] for e in events])
    assert set(n_jets) == {4, 5, 6, 7, 8}
    scores = network.scores(chosen().network_inputs(objects_of(events)), {"n_jets": n_jets})["nn"]
    assert scores == pytest.approx([e["expected"]["score"] for e in events], abs=1e-5)


def test_reference_outputs_of_the_files(shared_data: SharedData, network: Network) -> None:
    reference = json.loads(shared_data(f"{FOLDER}/reference_outputs.json").read_text(encoding="utf-8"))
    rows = np.stack([np.zeros(65), np.ones(65), np.arange(65) / 66.0]).astype("f4")
    for session in network.sessions:
        model = reference["models"][session.entry.name]
        assert model["sha256"] == session.entry.sha256
        expected = [model["outputs"][k] for k in ("zeros", "ones", "ramp_i_over_66")]
        assert session.run(rows)["nn"] == pytest.approx(expected, abs=1e-5)


def test_the_fixed_batch_is_opened_and_scores_stay_the_same(network: Network) -> None:
    rng = np.random.default_rng(7)
    matrix = rng.normal(1.0, 2.0, size=(300, 65)).astype("f4")
    for session in network.sessions:
        assert session.entry.input.shape == (1, 65)
        batched = session.run(matrix)["nn"]
        assert session.rows_per_call > 1
        single = onnxruntime.InferenceSession(session.path, providers=["CPUExecutionProvider"])
        one_by_one = [float(single.run(["39"], {"input.1": row[None]})[0][0, 0]) for row in matrix]
        assert batched == pytest.approx(one_by_one, abs=1e-6)


def test_an_event_is_scored_by_the_network_of_its_jets(golden: dict[str, Any], network: Network) -> None:
    events = golden["events"]
    n_jets = np.array([e["n_jets"] for e in events])
    raw = chosen().network_inputs(objects_of(events))
    right = network.scores(raw, {"n_jets": n_jets})["nn"]
    wrong = network.scores(raw, {"n_jets": np.where(n_jets == 8, 4, n_jets + 1)})["nn"]
    assert np.all(np.abs(right - wrong) > 1e-4)
    with pytest.raises(NetworkError, match=r"row 0 \(n_jets = 9\): none of the 5 files"):
        network.scores(raw[:1], {"n_jets": np.array([9])})


def test_a_lepton_in_gev_saturates_the_networks(golden: dict[str, Any], network: Network) -> None:
    # what public drafts feed: everything passes at 4 to 7 jets, nothing at 8
    events = golden["events"]
    n_jets = np.array([e["n_jets"] for e in events])
    raw = chosen().network_inputs(objects_of(events))
    raw[:, [card().columns["lepton_pt"], card().columns["lepton_e"]]] *= 100.0
    scores = network.scores(raw, {"n_jets": n_jets})["nn"]
    assert (scores[n_jets < 6] > 0.9).all()
    assert (scores[n_jets == 8] < 0.1).all()


@pytest.mark.parametrize(
    ("options", "columns", "change"),
    [
        ({"untagged_code": "-0.5"}, "jet_btag_bin", {1.0: -0.5}),
        ({"eta_padding": "1e-7"}, "jet_eta", {-5.0: 1e-7}),
    ],
    ids=["untagged code", "eta padding"],
)
def test_switches_change_their_columns_and_no_others(golden, options, columns, change) -> None:
    events = objects_of(golden["events"])
    before, after = chosen().network_inputs(events), chosen(**options).network_inputs(events)
    mine = np.array([name.startswith(columns) for name in card().columns])
    assert np.array_equal(before[:, ~mine], after[:, ~mine])
    expected = before[:, mine]
    for old, new in change.items():
        expected = np.where(expected == old, new, expected)
    assert not np.array_equal(before, after)
    assert np.array_equal(after[:, mine], expected)


def test_the_second_lepton_counts_in_min_delta_r_only_if_asked(golden: dict[str, Any]) -> None:
    event = golden["events"][0]
    objects = objects_of([event])
    jet = event["jets"][-1]
    second = {"pt": 20.0, "eta": jet["eta"] + 0.05, "phi": jet["phi"], "mass": 0.0, "charge": -1, "flavour": 13}
    objects["leptons"] = ak.Array([[*objects["leptons"].tolist()[0], second]])
    column = card().columns["minDeltaRlj"]
    leading = chosen().network_inputs(objects)[0]
    every = chosen(min_delta_r_leptons="all").network_inputs(objects)[0]
    assert leading[column] == pytest.approx(event["expected"]["inputs"][column])
    assert every[column] == pytest.approx(0.05)
    assert np.array_equal(np.delete(leading, column), np.delete(every, column))


def test_events_without_a_network_are_refused(golden: dict[str, Any]) -> None:
    objects = objects_of(golden["events"][:2])
    objects["jets"] = objects["jets"][:, :3]
    with pytest.raises(BadOption, match="2 of 2 events asked for have no lepton or not 4 to 8 jets") as failed:
        chosen().network_inputs(objects)
    assert "The first is in row 0: 3 jets, 1 leptons" in str(failed.value)
    with pytest.raises(BadOption, match=r"1 of 1 events asked for .* in row 1"):
        chosen().network_inputs(objects, mask=np.array([False, True]))
    assert chosen().network_inputs(objects, mask=np.zeros(2, dtype=bool)).shape == (0, 65)


def test_card_round_trip() -> None:
    assert ModelCard.from_yaml(card().to_yaml()) == card()
