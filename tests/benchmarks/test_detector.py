"""CPU time of detector, objects and features for 50,000 events with the multiplicities of Gtt 2100/1."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from recastbook import features
from recastbook.detector import load_card
from recastbook.detector.draws import EventKeys
from recastbook.events.columns import TRUTH_COLUMNS, collections_of, to_records
from recastbook.objects import ConeCut, OverlapStep, isolated, merge_leptons, recluster, remove_overlap, select

pytestmark = pytest.mark.benchmark

N = 50_000
STEPS = (
    OverlapStep("jets", "electrons", radius=0.2, keep_btagged=True),
    OverlapStep("electrons", "jets", radius=0.4),
    OverlapStep("jets", "muons", radius=0.2, max_tracks=2),
    OverlapStep("muons", "jets", radius=0.4, pt_scale=10.0),
)
ELECTRON_CUTS = (ConeCut(0.15, 0.2, 10.0, min_pt=1.0), ConeCut(0.2, 0.2, kinds=("calorimeter",)))
MUON_CUTS = (ConeCut(0.06, 0.3, 10.0, min_pt=1.0),)


def median_cpu(work: Callable[[], object], repeats: int = 5) -> float:
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def report(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


@pytest.fixture(scope="module")
def events() -> ak.Array:
    rng = np.random.default_rng(0)
    counts = {"GenJet": rng.poisson(12.8, N), "GenElectron": rng.poisson(1.5, N), "GenMuon": rng.poisson(1.4, N)}
    per_lepton = 28
    leptons = counts["GenElectron"] + counts["GenMuon"]
    counts["GenCone"] = per_lepton * leptons
    local = np.arange(leptons.sum()) - np.repeat(np.cumsum(leptons) - leptons, leptons)
    n_electrons = np.repeat(counts["GenElectron"], leptons)
    owner = np.where(local < n_electrons, 11, 13)
    index = np.where(local < n_electrons, local, local - n_electrons)
    flat: dict[str, np.ndarray] = {}
    for name, columns in collections_of(TRUTH_COLUMNS).items():
        flat[f"n{name}"] = counts.get(name, np.zeros(N)).astype(np.int32)
        m = int(flat[f"n{name}"].sum())
        mean_pt = 3.0 if name == "GenCone" else 120.0
        values = {
            "pt": 10.0 + rng.exponential(mean_pt, m), "eta": rng.normal(0.0, 1.2, m).clip(-4.8, 4.8),
            "phi": rng.uniform(-np.pi, np.pi, m), "mass": rng.exponential(8.0, m), "prompt": rng.random(m) < 0.4,
            "flavour": rng.choice([5, 4, 0], m, p=[0.35, 0.15, 0.5]), "nTrack500": rng.poisson(10, m),
            "deta": rng.uniform(-0.28, 0.28, m), "dphi": rng.uniform(-0.28, 0.28, m), "kind": rng.integers(1, 4, m),
            "pdgId": rng.choice([-11, 11], m),
        }  # fmt: skip
        if name == "GenCone":
            values |= {"owner": np.repeat(owner, per_lepton), "index": np.repeat(index, per_lepton)}
        values["pt"] = values["pt"][np.lexsort((-values["pt"], np.repeat(np.arange(N), flat[f"n{name}"])))]
        for c in columns:
            flat[c.name] = np.asarray(values.get(c.name.removeprefix(f"{name}_"), np.zeros(m)), dtype=c.dtype)
    for c in TRUTH_COLUMNS:
        if c.name not in flat:
            flat[c.name] = rng.normal(0.0, 300.0, N).astype(c.dtype)
    flat |= {"run": np.ones(N, dtype=np.int64), "luminosityBlock": np.ones(N, dtype=np.int64), "event": np.arange(N)}
    return to_records(flat)


def whole_chain(events: ak.Array) -> dict[str, np.ndarray]:
    detector = load_card().bind(events, seed=1)
    jets = select(detector.jets(events, min_pt=20.0), max_abs_eta=2.8)
    jets = ak.with_field(jets, detector.btag(jets), "btag")
    electrons = select(detector.electrons(events), min_pt=20.0, max_abs_eta=2.47)
    muons = select(detector.muons(events), min_pt=20.0, max_abs_eta=2.5)
    left = remove_overlap({"jets": jets, "electrons": electrons, "muons": muons}, STEPS)
    electrons, muons = left["electrons"], left["muons"]
    met = detector.met(events, jets=left["jets"], electrons=electrons, muons=muons)
    jets = select(left["jets"], min_pt=30.0)
    bjets = select(jets, max_abs_eta=2.5, mask=jets.btag)
    cones = detector.cones(events)
    leptons = merge_leptons(
        select(electrons, mask=isolated(electrons, cones, owner=11, cuts=ELECTRON_CUTS)),
        select(muons, mask=isolated(muons, cones, owner=13, cuts=MUON_CUTS)),
    )
    n_jets, n_bjets = features.count(jets), features.count(bjets)
    large = recluster(
        jets, min_pt=100.0, max_abs_eta=2.0, mask=(n_jets >= 4) & (n_bjets >= 3) & (np.asarray(met.pt) >= 200.0)
    )
    return {
        "n_jets": n_jets, "n_bjets": n_bjets, "meff": features.meff(jets, leptons, met),
        "mt": features.transverse_mass(leptons, met), "mt_min_bjets": features.mt_min_bjets(bjets, met),
        "dphi_min_4j": features.dphi_min(jets, met), "mj_sum": features.mj_sum(large), "m_ll": features.m_ll(leptons),
        "jet1_pt": features.nth_pt(jets), "met_dilepton": features.met_dilepton(leptons, met),
    }  # fmt: skip


def test_detector_objects_and_features(events: ak.Array, capsys: pytest.CaptureFixture[str]) -> None:
    per_event = median_cpu(lambda: whole_chain(events)) / N * 1e3
    report(capsys, f"detector, objects, features: {per_event:.4f} ms per event")
    assert per_event <= 0.045, f"{per_event:.4f} ms per event"


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_one_hashed_number(distribution: str, capsys: pytest.CaptureFixture[str]) -> None:
    n = 1_000_000
    ones = np.ones(n // 10, dtype=np.int64)
    keys = EventKeys(1, ones, ones, np.arange(n // 10))
    rows, index = np.repeat(np.arange(n // 10), 10), np.tile(np.arange(10), n // 10)
    each = median_cpu(lambda: keys.draw(distribution, "btag", rows, index)) / n * 1e9
    report(capsys, f"one hashed {distribution} number: {each:.0f} ns")
    assert each <= 300.0, f"{each:.0f} ns per number"
