"""ATLAS-HIGP-2024-32 against an independent implementation: golden events and outputs of the six real networks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.analyses.atlas_higp_2024_32 import ATLAS_HIGP_2024_32
from recastbook.analyses.atlas_higp_2024_32.variables import VARIABLES, Jets, pair, variables
from recastbook.detector import ReconstructedDetector, load_card
from recastbook.detector.jagged import FlatCollection
from recastbook.features import boost_to_rest_frame, momentum_tensor_eigenvalues

Find = Callable[[str], Path]
NETWORKS = ("nonres", "res", "heavyres")


@pytest.fixture(scope="module")
def events(shared_data: Find) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared_data("ATLAS-HIGP-2024-32/golden_events.json").read_text())["events"]
    return found


def _arrays(events: list[dict[str, Any]], n: int, *, tagged: bool) -> Jets:
    out = np.zeros((4, len(events), n))
    for i, event in enumerate(events):
        jets = sorted((j for j in event["jets"] if j["btag"] or not tagged), key=lambda j: -j["pt"])[:n]
        for k, name in enumerate(("pt", "eta", "phi", "m")):
            out[k, i, : len(jets)] = [j[name] for j in jets]
    return Jets(*out)


@pytest.fixture(scope="module")
def six(events: list[dict[str, Any]]) -> Jets:
    return _arrays(events, 6, tagged=True)


@pytest.fixture(scope="module")
def found(events: list[dict[str, Any]], six: Jets) -> dict[str, np.ndarray]:
    return variables(six, _arrays(events, 8, tagged=False))


def test_there_are_fifteen_events_of_both_folds(events: list[dict[str, Any]]) -> None:
    assert len(events) == 15
    assert {e["expected"]["fold"] for e in events} == {"even", "odd"}


def test_the_same_jets_are_paired(events: list[dict[str, Any]], six: Jets) -> None:
    chosen = pair(six)
    for i, event in enumerate(events):
        expected = event["expected"]
        assert chosen.jets[i].tolist() == expected["pairing_indices_into_six_bjets"]
        assert chosen.distance[i] == pytest.approx(expected["pair_distance"], rel=1e-9)
        assert chosen.masses[i, 1:] == pytest.approx([expected["mH2"], expected["mH3"]], rel=1e-9)


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_of_every_event(name: str, events: list[dict[str, Any]], found: dict[str, np.ndarray]) -> None:
    assert found[name] == pytest.approx([e["expected"]["variables"][name] for e in events], rel=1e-6)


def test_the_alternatives_are_those_of_the_independent_implementation(
    events: list[dict[str, Any]], six: Jets, found: dict[str, np.ndarray]
) -> None:
    momenta = six.momenta
    lab, rest = (momentum_tensor_eigenvalues(p, power=1.0) for p in (momenta, boost_to_rest_frame(momenta)))
    quadratic = momentum_tensor_eigenvalues(boost_to_rest_frame(momenta), power=2.0)
    ours = {
        "alt_aplan_quad_boosted": 1.5 * quadratic[:, 0],
        "alt_sph_quad_boosted": 1.5 * (quadratic[:, 0] + quadratic[:, 1]),
        "alt_aplan_lin_lab": 1.5 * lab[:, 0],
        "alt_sph_lin_lab": 1.5 * (lab[:, 0] + lab[:, 1]),
        "alt_trans_lin_boosted": 2 * rest[:, 1] / (rest[:, 1] + rest[:, 2]),
    }
    for name, values in ours.items():
        assert values == pytest.approx([e["expected"]["alternatives"][name] for e in events], rel=1e-6)
    # and they differ from what the networks were given
    assert np.abs(ours["alt_aplan_quad_boosted"] - found["aplan3dv2b"]).min() > 1e-4


@pytest.mark.parametrize("mode", ["metadata", "json-literal"])
@pytest.mark.parametrize("network", NETWORKS)
def test_every_score_of_every_event(
    mode: str, network: str, events: list[dict[str, Any]], found: dict[str, np.ndarray], shared_data: Find
) -> None:
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    search = ATLAS_HIGP_2024_32().configured(options={"normalisation": mode})
    evaluator = search.networks[network]
    raw = evaluator.card.matrix({name: found[name] for name in evaluator.card.columns})
    scores = evaluator.scores(raw, {"event": np.array([e["event_number"] for e in events])})[network]
    key = "scores" if mode == "metadata" else "scores_with_json_keys_as_labelled"
    assert scores == pytest.approx([e["expected"][key][f"{network}DNN"] for e in events], abs=1e-5)


def test_the_literal_reading_changes_heavyres_only_and_takes_its_power_away(shared_data: Find) -> None:
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    search = ATLAS_HIGP_2024_32()
    right, literal = (search.configured(options={"normalisation": m}).networks for m in ("metadata", "json-literal"))
    assert [right[n].card == literal[n].card for n in NETWORKS] == [True, True, False]
    # six jets without any physics in them
    rng = np.random.default_rng(1)
    pt = np.sort(20.0 + rng.exponential(45.0, (2000, 6)), axis=1)[:, ::-1]
    six = Jets(pt, rng.uniform(-2.5, 2.5, pt.shape), rng.uniform(-np.pi, np.pi, pt.shape), 0.1 * pt)
    inputs = variables(six, six)
    raw = right["heavyres"].card.matrix({name: inputs[name] for name in right["heavyres"].card.columns})
    good, bad = (n["heavyres"].scores(raw, {"event": np.arange(2000)})["heavyres"] for n in (right, literal))
    low = [float(np.mean(scores < 0.1)) for scores in (good, bad)]
    assert low[0] > 5 * low[1]


@pytest.mark.parametrize("network", NETWORKS)
def test_reference_outputs_of_the_real_files(network: str, shared_data: Find) -> None:
    models = json.loads(shared_data("ATLAS-HIGP-2024-32/reference_outputs.json").read_text())["models"]
    card = ATLAS_HIGP_2024_32().cards[network]
    assert len(card.files) == 2
    for entry in card.files:
        reference = models[entry.name]
        assert entry.sha256 == reference["sha256"]
        assert list(entry.means or ()) == reference["metadata_mean"]
        assert list(entry.widths or ()) == reference["metadata_scale"]
        assert list(card.columns) == reference["variables"]
        session = card.session(file=entry.name)
        for vector in reference["outputs"].values():
            found = session.run(np.array([vector["input"]], dtype=np.float32))[network]
            assert found == pytest.approx([vector["output"]], abs=1e-5)


def test_means_and_widths_are_those_that_the_files_carry(shared_data: Find) -> None:
    import onnxruntime

    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    for card in ATLAS_HIGP_2024_32().cards.values():
        for entry in card.files:
            session = onnxruntime.InferenceSession(str(card.find_file(entry.name)), providers=["CPUExecutionProvider"])
            facts = session.get_modelmeta().custom_metadata_map
            assert [-float(facts[f"{n}_mean"]) for n in card.columns] == pytest.approx(entry.means, rel=1e-12)
            assert [1 / float(facts[f"{n}_std"]) for n in card.columns] == pytest.approx(entry.widths, rel=1e-12)


def _reconstructed(events: list[dict[str, Any]], reco_events: Callable[..., ak.Array]) -> ak.Array:
    listed = [
        {"Jet": [{"pt": j["pt"], "eta": j["eta"], "phi": j["phi"], "mass": j["m"], "btag": bool(j["btag"])}
                 for j in event["jets"]]}
        for event in events
    ]  # fmt: skip
    table = reco_events(*listed)
    table["event"] = np.array([e["event_number"] for e in events])
    return table


def test_from_events_to_scores(
    events: list[dict[str, Any]], reco_events: Callable[..., ak.Array], shared_data: Find
) -> None:
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    search = ATLAS_HIGP_2024_32({"trigger": "none"}).configured()
    table = _reconstructed(events, reco_events)
    detector = load_card("identity").bind(table, seed=1)
    assert isinstance(detector, ReconstructedDetector)
    objects = search.objects(table, detector)
    features = search.features(objects)
    # event files hold float32, whose rounding moves a difference of masses by more than 1e-6 of itself
    for name in VARIABLES:
        expected = [e["expected"]["variables"][name] for e in events]
        assert features[name] == pytest.approx(expected, rel=2e-5, abs=2e-5), name
    for name, network in search.networks.items():
        scores = network.scores(search.inputs_for(name, objects), {"event": np.asarray(table["event"])})[name]
        assert scores == pytest.approx([e["expected"]["scores"][f"{name}DNN"] for e in events], abs=1e-4)
    assert FlatCollection.from_awkward(objects["jets"], ("pt",)).counts.tolist() == [len(e["jets"]) for e in events]
