"""The one pass as a whole: contract, sums, independence of chunks and order, hostile input, definitions."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from recastbook.events.columns import TRUTH_COLUMNS, collections_of, to_flat, to_records
from recastbook.events.truth import TruthDefinitions, build, build_truth
from recastbook.exceptions import BadEvent, BadOption


def test_columns_are_exactly_the_contract(ttbar):
    flat = build_truth(ttbar)
    assert list(flat) == [c.name for c in TRUTH_COLUMNS]
    for column in TRUTH_COLUMNS:
        assert flat[column.name].dtype == column.dtype
        assert np.isfinite(flat[column.name]).all()
    for name, columns in collections_of(TRUTH_COLUMNS).items():
        counts = flat[f"n{name}"]
        assert len(counts) == len(ttbar)
        assert all(len(flat[c.name]) == counts.sum() for c in columns)
    again = to_flat(to_records(flat))
    assert all(np.array_equal(flat[c.name], again[c.name]) for c in TRUTH_COLUMNS)


def test_every_collection_falls_in_pt(gtt):
    flat = build_truth(gtt)
    for name in ("GenJet", "GenElectron", "GenMuon", "GenPhoton", "GenTau", "GenHadron", "GenLLP", "GenStable"):
        event = np.repeat(np.arange(len(gtt)), flat[f"n{name}"])
        pt = flat[f"{name}_pt"]
        assert (np.diff(pt)[np.diff(event) == 0] <= 0).all(), name


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunk_size_changes_nothing(gtt, size, monkeypatch):
    expected = build_truth(gtt)
    monkeypatch.setattr(build, "CHUNK", size)
    found = build_truth(gtt)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_cutting_the_table_changes_nothing(gtt):
    whole = build_truth(gtt)
    parts = [build_truth(gtt.slice(a, b)) for a, b in ((0, 11), (11, 12), (12, 40))]
    for name, values in whole.items():
        np.testing.assert_array_equal(np.concatenate([p[name] for p in parts]), values, err_msg=name)


def test_order_of_particles_and_vertices_changes_last_bits_only(gtt, shuffle):
    """Sums of floats depend on their order in the last bit; whatever is counted, labelled or copied does not."""
    one, other = build_truth(gtt), build_truth(shuffle(gtt, 1))
    summed = ("GenJet_pt", "GenJet_eta", "GenJet_phi", "GenJet_mass", "GenElectron_", "GenMuon_", "GenTau_", "GenCone_",
              "GenInvisible", "GenVisible", "GenTrack")  # fmt: skip
    for name, values in one.items():
        if name.startswith(summed) and values.dtype.kind == "f":
            # masses of nearly massless jets are differences of large numbers
            atol = 2e-3 if name.endswith("mass") else 1e-6
            np.testing.assert_allclose(other[name], values, rtol=1e-6, atol=atol, err_msg=name)
        else:
            np.testing.assert_array_equal(other[name], values, err_msg=name)


def test_the_sum_over_an_event_balances(ttbar):
    flat = build_truth(ttbar)
    forward = np.hypot(flat["GenVisible_px"] + flat["GenInvisible_px"], flat["GenVisible_py"] + flat["GenInvisible_py"])
    # what is missing flew along the beam pipe
    assert np.median(forward) < 15.0
    assert np.median(forward) < 0.1 * np.median(flat["GenVisible_sumEt"])
    assert (flat["GenTrack_sumPt"] < flat["GenVisible_sumEt"]).all()


def test_sums_by_hand(record, table):
    e = record()
    (
        e.add(211, 10.0, 1.0, 0.0, 0.14),
        e.add(22, 20.0, 2.0, np.pi / 2),
        e.add(13, 30.0, 2.6, np.pi),
        e.add(211, 0.4, 0.0, 0.0),
    )
    e.add(22, 5.0, 5.0, 0.0), e.add(12, 7.0, 6.0, np.pi / 2), e.add(1000022, 8.0, 0.0, 0.0, 100.0)
    flat = build_truth(table(e))
    assert flat["GenVisible_px"][0] == pytest.approx(10.0 - 30.0 + 0.4)
    assert flat["GenVisible_py"][0] == pytest.approx(20.0)
    energy = np.hypot(10 * np.cosh(1.0), 0.14)
    assert flat["GenVisible_sumEt"][0] == pytest.approx(energy / np.cosh(1.0) + 20.0 + 30.0 + 0.4)
    assert (flat["GenTrack_px"][0], flat["GenTrack_py"][0]) == pytest.approx((10.0, 0.0), abs=1e-9)
    assert flat["GenTrack_sumPt"][0] == pytest.approx(10.0)
    assert (flat["GenInvisible_px"][0], flat["GenInvisible_py"][0]) == pytest.approx((8.0, 7.0))


def test_three_events_with_nothing_in_the_middle(record, table):
    first, empty, last = record(), record(), record()
    first.add(211, 30.0), last.add(12, 30.0)
    flat = build_truth(table(first, empty, last))
    assert flat["nGenJet"].tolist() == [1, 0, 0]
    assert flat["GenInvisible_px"].tolist() == pytest.approx([0.0, 0.0, 30.0])


def test_no_events_are_no_rows(record, table):
    flat = build_truth(table())
    assert all(len(v) == 0 for v in flat.values())
    assert flat["GenJet_pt"].dtype == np.float32


def test_particle_along_the_beam(record, table):
    e = record()
    e.rows += [(22, 1, 0.0, 0.0, 100.0, 100.0, 0.0, -1, -1), (22, 1, 0.0, 0.0, 0.0, 0.0, 0.0, -1, -1)]
    e.add(211, 30.0)
    flat = build_truth(table(e))
    assert flat["nGenJet"].tolist() == [1]
    assert all(np.isfinite(v).all() for v in flat.values())


def test_broken_event_is_named_by_its_number_in_any_chunk(gtt, monkeypatch):
    monkeypatch.setattr(build, "CHUNK", 7)
    px = gtt.px.copy()
    bad = np.flatnonzero(gtt.status[gtt.offsets[23] : gtt.offsets[24]] == 1)[5] + gtt.offsets[23]
    px[bad] = np.nan
    with pytest.raises(BadEvent, match=r"^event 23: .*nan"):
        build_truth(dataclasses.replace(gtt, px=px))


def test_definitions_have_a_digest_of_their_content():
    plain = TruthDefinitions()
    assert plain.digest() == TruthDefinitions(max_production_radius=4250).digest()
    assert plain.digest() == TruthDefinitions(invisible_pdg_ids=(16, -14, 12, 18)).digest()
    others = [
        TruthDefinitions(jet_muons=True), TruthDefinitions(jet_leptons_photons=False),
        TruthDefinitions(label_radius=0.4),
        TruthDefinitions(llp_pdg_ids=(310,)), TruthDefinitions(version=plain.version + 1),
    ]  # fmt: skip
    assert len({d.digest() for d in [plain, *others]}) == len(others) + 1
    assert TruthDefinitions(**plain.to_dict()) == plain


@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        ({"jet_muons": 1}, "jet_muons is a switch"), ({"jet_leptons_photons": "no"}, "is a switch"),
        ({"dressing_radius": -0.1}, "must be a finite number"), ({"label_radius": "0.3"}, "label_radius"),
        ({"max_production_radius": float("nan")}, "max_production_radius"), ({"llp_pdg_ids": "LLP"}, "llp_pdg_ids"),
        ({"invisible_pdg_ids": 12}, "list of PDG numbers"),
    ],
)  # fmt: skip
def test_definitions_that_make_no_sense(definitions, message):
    with pytest.raises(BadOption, match=message):
        TruthDefinitions(**definitions)


@pytest.mark.parametrize(
    "name",
    ["hepmc3-inputConvert1.hepmc", "hepmc3-inputIO1.hepmc", "hepmc3-inputMass.hepmc", "pyhepmc-last_event_issue.hepmc",
     "pyhepmc-pythia6.dat", "rivet-testApi.hepmc"],
)  # fmt: skip
def test_files_of_other_programs(name, shared_data):
    from recastbook.events.reading import read_particles

    for particles in read_particles(shared_data(f"events/{name}")):
        flat = build_truth(particles)
        assert len(flat["event"]) == len(particles)
        assert all(np.isfinite(v).all() for v in flat.values())
        pieces = [build_truth(particles.slice(k, k + 1)) for k in range(len(particles))]
        for column in TRUTH_COLUMNS:
            np.testing.assert_array_equal(np.concatenate([p[column.name] for p in pieces]), flat[column.name])


def test_definitions_are_there_without_compiler_and_clustering():
    code = (
        "import sys; from recastbook.events.truth import TruthDefinitions; TruthDefinitions().digest(); "
        "sys.exit(bool({'numba', 'fastjet'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names_are_frozen():
    import recastbook.events.truth as room

    assert dir(room) == ["TruthDefinitions", "build_truth"]
    with pytest.raises(AttributeError, match="no attribute 'truth'"):
        _ = room.truth
