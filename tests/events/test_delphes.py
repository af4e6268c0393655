"""Delphes files. No real one is small enough to be at hand: these are written here with Delphes' branch names.

uproot writes plain jagged branches ``Jet.PT`` with counters, where Delphes writes split TClonesArrays of the same
names; both read the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from recastbook.events.columns import RECO_COLUMNS, to_records
from recastbook.events.delphes import read_delphes
from recastbook.events.formats import detect
from recastbook.events.reading import count_events, file_info
from recastbook.exceptions import BadFile


def branches() -> dict[str, Any]:
    """Three events: two jets, an electron and a muon; one jet and a photon; nothing."""
    f4, i4 = np.float32, np.int32
    return {
        "Event.Number": ak.Array([[11], [12], [13]]),
        "Event.Weight": ak.values_astype(ak.Array([[0.5], [1.5], [-0.25]]), f4),
        "Event.CrossSection": ak.values_astype(ak.Array([[1.0], [1.5], [2.0]]), f4),
        "Event.CrossSectionError": ak.values_astype(ak.Array([[0.5], [0.25], [0.125]]), f4),
        "Jet.PT": ak.values_astype(ak.Array([[30.0, 120.0], [55.0], []]), f4),
        "Jet.Eta": ak.values_astype(ak.Array([[-1.0, 2.0], [0.5], []]), f4),
        "Jet.Phi": ak.values_astype(ak.Array([[0.25, -3.0], [1.0], []]), f4),
        "Jet.Mass": ak.values_astype(ak.Array([[5.0, 20.0], [8.0], []]), f4),
        "Jet.BTag": ak.values_astype(ak.Array([[0, 1], [2], []]), np.uint32),
        "Jet.Flavor": ak.values_astype(ak.Array([[21, 5], [4], []]), np.uint32),
        "Jet.TauTag": ak.values_astype(ak.Array([[1, 0], [0], []]), np.uint32),
        "Jet.NCharged": ak.values_astype(ak.Array([[3, 14], [6], []]), i4),
        "Electron.PT": ak.values_astype(ak.Array([[25.0], [], []]), f4),
        "Electron.Eta": ak.values_astype(ak.Array([[1.5], [], []]), f4),
        "Electron.Phi": ak.values_astype(ak.Array([[2.0], [], []]), f4),
        "Electron.Charge": ak.values_astype(ak.Array([[-1], [], []]), i4),
        "Muon.PT": ak.values_astype(ak.Array([[35.0], [], []]), f4),
        "Muon.Eta": ak.values_astype(ak.Array([[-2.0], [], []]), f4),
        "Muon.Phi": ak.values_astype(ak.Array([[-1.0], [], []]), f4),
        "Muon.Charge": ak.values_astype(ak.Array([[1], [], []]), i4),
        "Photon.PT": ak.values_astype(ak.Array([[], [40.0], []]), f4),
        "Photon.Eta": ak.values_astype(ak.Array([[], [0.1], []]), f4),
        "Photon.Phi": ak.values_astype(ak.Array([[], [0.2], []]), f4),
        "MissingET.MET": ak.values_astype(ak.Array([[250.0], [20.0], [1.0]]), f4),
        "MissingET.Phi": ak.values_astype(ak.Array([[3.0], [-2.0], [0.5]]), f4),
    }


def write_root(path: Path, content: dict[str, Any], tree: str = "Delphes") -> Path:
    with uproot.recreate(path) as file:
        file.mktree(
            tree,
            {name: array.type.content for name, array in content.items()},
            counter_name=lambda name: f"{name}_size",
        ).extend(content)
    return path


@pytest.fixture
def delphes(tmp_path: Path) -> Callable[..., Path]:
    def write(content: dict[str, Any] | None = None, tree: str = "Delphes") -> Path:
        return write_root(tmp_path / "events", branches() if content is None else content, tree)

    return write


def test_objects_by_hand(delphes: Callable[..., Path]) -> None:
    path = delphes()
    assert detect(path) == "delphes"
    (flat,) = read_delphes(path, luminosity_block=4)
    assert {name: a.dtype.name for name, a in flat.items()} == {c.name: c.dtype for c in RECO_COLUMNS}
    events = to_records(flat, RECO_COLUMNS)
    assert events.event.tolist() == [11, 12, 13]
    assert events.luminosityBlock.tolist() == [4, 4, 4]
    assert events.genWeight.tolist() == [0.5, 1.5, -0.25]
    assert events.Jet.pt.tolist() == [[120.0, 30.0], [55.0], []]  # falling
    assert events.Jet.eta.tolist() == [[2.0, -1.0], [0.5], []]
    assert events.Jet.btag.tolist() == [[True, False], [False], []]  # bit 0 only
    assert events.Jet.flavour.tolist() == [[5, 15], [4], []]
    assert events.Jet.nTrack.tolist() == [[14, 3], [6], []]
    assert events.Electron.pdgId.tolist() == [[11], [], []]
    assert events.Muon.pdgId.tolist() == [[-13], [], []]
    assert events.Muon.mass.tolist() == [[pytest.approx(0.10566, rel=1e-4)], [], []]
    assert events.Photon.pt.tolist() == [[], [40.0], []]
    assert events.Electron.isolated.tolist() == [[True], [], []]
    assert events.MET.pt.tolist() == [250.0, 20.0, 1.0]
    assert events.MET.phi.tolist() == [3.0, -2.0, 0.5]


def test_chunks_add_up(delphes: Callable[..., Path]) -> None:
    path = delphes()
    (whole,) = read_delphes(path)
    pieces = list(read_delphes(path, chunk_size=2))
    assert [len(p["event"]) for p in pieces] == [2, 1]
    for name, column in whole.items():
        np.testing.assert_array_equal(np.concatenate([p[name] for p in pieces]), column)


def test_summary(delphes: Callable[..., Path]) -> None:
    info = file_info(delphes())
    assert (info.format, info.events, info.sum_of_weights) == ("delphes", 3, 1.75)
    assert (info.cross_section_pb, info.cross_section_error) == (2.0, 0.125)  # the last event has the best estimate
    assert count_events(delphes()) == 3


def test_what_may_be_missing(delphes: Callable[..., Path]) -> None:
    optional = ("Event.", "Jet.Flavor", "Jet.TauTag", "Jet.NCharged")
    path = delphes({k: v for k, v in branches().items() if not k.startswith(optional)})
    (flat,) = read_delphes(path)
    assert flat["event"].tolist() == [0, 1, 2]
    assert flat["genWeight"].tolist() == [1, 1, 1]
    assert flat["Jet_flavour"].tolist() == [0, 0, 0]
    info = file_info(path)
    assert info.cross_section_pb is None
    assert "numbered in file order" in info.notes[0]


def test_missing_branches_are_named(delphes: Callable[..., Path]) -> None:
    path = delphes({k: v for k, v in branches().items() if k not in ("Jet.BTag", "Muon.Charge")})
    for attempt in (count_events, lambda p: list(read_delphes(p))):
        with pytest.raises(BadFile, match=r"the tree 'Delphes' lacks the branch\(es\) Jet\.BTag, Muon\.Charge"):
            attempt(path)


def test_another_tree_is_no_delphes_file(delphes: Callable[..., Path]) -> None:
    with pytest.raises(BadFile, match=r"a ROOT file without the tree 'Delphes': no Delphes output.* it holds events"):
        count_events(delphes(tree="events"))


def test_no_events(tmp_path: Path) -> None:
    empty = {name: array[:0] for name, array in branches().items()}
    with uproot.recreate(tmp_path / "empty.root") as file:
        file.mktree("Delphes", {n: a.type.content for n, a in empty.items()}, counter_name=lambda n: f"{n}_size")
    with pytest.raises(BadFile, match="is a Delphes file but holds no events"):
        count_events(tmp_path / "empty.root")


def test_truncated(delphes: Callable[..., Path]) -> None:
    path = delphes()
    whole = path.read_bytes()
    for size in (60, 300, len(whole) // 2, len(whole) - 200):
        path.write_bytes(whole[:size])
        with pytest.raises(BadFile, match="events"):
            list(read_delphes(path))


def test_the_unusable_file_of_another_project(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("events/coffea-bad_delphes.root")
    with pytest.raises(BadFile, match=r"bad_delphes\.root is a ROOT file without the tree 'Delphes'.*no tree at all"):
        count_events(path)
    with pytest.raises(BadFile, match="without the tree 'Delphes'"):
        list(read_delphes(path))


def test_a_search_runs_on_it_end_to_end(tmp_path: Path) -> None:
    """Three events by hand: one for SR-Gbb-C, one without the third b-tag, one with an isolated electron."""
    import recastbook as rb

    f4 = np.float32
    jets = [[900.0, 700.0, 300.0, 200.0]] * 3
    tags = [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0]]
    content = branches() | {
        "Event.Number": ak.Array([[1], [2], [3]]),
        "Event.Weight": ak.values_astype(ak.Array([[1.0], [1.0], [1.0]]), f4),
        "Jet.PT": ak.values_astype(ak.Array(jets), f4),
        "Jet.Eta": ak.values_astype(ak.Array([[0.1, -0.5, 1.0, -1.5]] * 3), f4),
        # MET points at phi = 0, well away from every jet
        "Jet.Phi": ak.values_astype(ak.Array([[2.0, -2.0, 2.9, -2.9]] * 3), f4),
        "Jet.Mass": ak.values_astype(ak.Array([[10.0] * 4] * 3), f4),
        "Jet.BTag": ak.values_astype(ak.Array(tags), np.uint32),
        "Jet.Flavor": ak.values_astype(ak.Array([[5, 5, 5, 1]] * 3), np.uint32),
        "Jet.TauTag": ak.values_astype(ak.Array([[0] * 4] * 3), np.uint32),
        "Jet.NCharged": ak.values_astype(ak.Array([[10] * 4] * 3), np.int32),
        "MissingET.MET": ak.values_astype(ak.Array([[800.0]] * 3), f4),
        "MissingET.Phi": ak.values_astype(ak.Array([[0.0]] * 3), f4),
    }
    lepton = {"PT": 60.0, "Eta": -0.3, "Phi": 0.3}
    for name, value in lepton.items():
        content[f"Electron.{name}"] = ak.values_astype(ak.Array([[], [], [value]]), f4)
        content[f"Muon.{name}"] = ak.values_astype(ak.Array([[0.0], [], []])[:, :0], f4)
    content["Electron.Charge"] = ak.values_astype(ak.Array([[], [], [1]]), np.int32)
    content["Muon.Charge"] = ak.values_astype(ak.Array([[0], [], []])[:, :0], np.int32)
    sample = rb.Sample(write_root(tmp_path / "delphes.root", content), label="by hand", cross_section=1.0)
    result = rb.load("ATLAS-SUSY-2018-30").run(sample, progress=False)
    assert result.provenance["detector"]["name"] == "reconstructed in the input file"
    # meff of the first: 900 + 700 + 300 + 200 + 800 = 2900 GeV
    assert [s.raw for s in result.cutflow("SR-Gbb-C").steps] == [3, 3, 2, 2, 1, 1, 1, 1, 1]
    rows = result.yields("signal")
    assert {r.region for r in rows if r.raw} >= {"SR-Gbb-B", "SR-Gbb-M", "SR-Gbb-C"}
    assert rows["SR-Gtt-1L-B"].raw == 0
