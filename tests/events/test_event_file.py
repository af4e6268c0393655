"""Event files: what is written comes back, and only what is complete is there."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from recastbook.events.columns import RECO_COLUMNS, TRUTH_COLUMNS, Column, FlatColumns, collections_of
from recastbook.events.eventfile import EventFile, EventMetadata, EventWriter, SourceFile
from recastbook.events.flat import concatenate, cut_events
from recastbook.exceptions import BadEvent, BadFile, BadOption, DuplicateEvent, UnknownName


def made_up_events(
    n: int, *, first: int = 0, block: int = 1, seed: int = 1, columns: tuple[Column, ...] = TRUTH_COLUMNS
) -> FlatColumns:
    """Events of random content with all columns of a contract."""
    rng = np.random.default_rng([seed, first])
    counts = {name: rng.integers(0, 4, n) for name in collections_of(columns)}
    out: FlatColumns = {}
    for column in columns:
        head = column.name.partition("_")[0]
        size = int(counts[head].sum()) if head in counts else n
        if column.name[1:] in counts and column.name.startswith("n"):
            out[column.name] = counts[column.name[1:]].astype("int32")
        elif np.dtype(column.dtype).kind == "f":
            out[column.name] = rng.uniform(0.1, 3.0, size).astype(column.dtype)
        else:
            out[column.name] = rng.integers(0, 2, size).astype(column.dtype)
    out["run"] = np.ones(n, dtype="int64")
    out["luminosityBlock"] = np.full(n, block, dtype="int64")
    out["event"] = np.arange(first, first + n, dtype="int64")
    return out


def assert_same(a: FlatColumns, b: FlatColumns) -> None:
    assert list(a) == list(b)
    for name in a:
        assert a[name].dtype == b[name].dtype, name
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.parametrize(("level", "columns"), [(2, TRUTH_COLUMNS), (3, RECO_COLUMNS)], ids=["truth", "reco"])
def test_what_is_written_comes_back(tmp_path: Path, level: int, columns: tuple[Column, ...]) -> None:
    events = made_up_events(25, columns=columns)
    metadata = EventMetadata(
        label="Gtt 2100/1",
        cross_section=5.6e-4,
        cross_section_source="user",
        seed=7,
        definitions={"jet_muons": False},
        source_files=(SourceFile("a.hepmc", "ab", 25),),
        notes=("a note",),
    )
    with EventWriter(tmp_path / "out", metadata, level=level, part_size=10) as writer:
        writer.write(cut_events(events, 0, 4))
        writer.write(cut_events(events, 4, 25))
    file = EventFile.open(tmp_path / "out")
    assert (len(file), file.part_sizes, file.level) == (25, (10, 10, 5), level)
    assert_same(concatenate(list(file.iter_chunks())), events)
    assert_same(concatenate(list(file.iter_chunks(3))), events)
    assert_same(file.read(1), cut_events(events, 10, 20))
    assert file.metadata.n_events == 25
    assert file.metadata.sum_of_weights == pytest.approx(events["genWeight"].sum(), rel=1e-13)
    assert file.metadata.sum_of_weights2 == pytest.approx((events["genWeight"] ** 2).sum(), rel=1e-13)
    assert file.metadata.label == "Gtt 2100/1"
    assert file.metadata.source_files == metadata.source_files
    assert file.metadata.definitions == {"jet_muons": False}
    assert ak.to_list(file.truth().event) == list(range(25))


def test_a_single_part_is_readable_and_knows_its_origin(tmp_path: Path) -> None:
    events = made_up_events(12)
    with EventWriter(tmp_path / "out", EventMetadata(label="Gbb"), part_size=8) as writer:
        writer.write(events)
    part = EventFile.open(tmp_path / "out" / "part-00001.parquet")
    assert len(part) == part.metadata.n_events == 4
    assert part.metadata.label == "Gbb"
    assert part.metadata.sum_of_weights == pytest.approx(events["genWeight"][8:].sum())


def test_columns_can_be_chosen_and_bring_their_counts(tmp_path: Path) -> None:
    events = made_up_events(5)
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write(events)
    file = EventFile.open(tmp_path / "out")
    assert sorted(file.read(0, ["GenJet_pt", "event"])) == ["GenJet_pt", "event", "nGenJet"]
    with pytest.raises(UnknownName, match=r"no column 'GenJet_pT'.*Did you mean 'GenJet_pt'"):
        file.read(0, ["GenJet_pT"])


def test_no_events_is_a_valid_file(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "out", EventMetadata()):
        pass
    file = EventFile.open(tmp_path / "out")
    assert len(file) == 0
    assert len(file.truth()) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(tmp_path: Path, value: float) -> None:
    events = made_up_events(6)
    events["GenJet_eta"][int(events["nGenJet"][:3].sum())] = value
    row = int(np.flatnonzero(events["nGenJet"][3:])[0]) + 3
    writer = EventWriter(tmp_path / "out", EventMetadata())
    with pytest.raises(
        BadEvent, match=rf"GenJet_eta\[0\] of event \(run 1, luminosityBlock 1, event {row}\) is nan or"
    ):
        writer.write(events)
    assert writer.events == 0


def test_negative_transverse_momentum_is_refused(tmp_path: Path) -> None:
    events = made_up_events(6)
    events["GenMuon_pt"][-1] = -5.0
    with pytest.raises(BadEvent, match=r"GenMuon_pt\[\d\] of event .* is negative \(-5.0\)"):
        EventWriter(tmp_path / "out", EventMetadata()).write(events)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    events = made_up_events(2)
    del events["GenTau_pt"]
    with pytest.raises(BadFile, match="column GenTau_pt is missing"):
        EventWriter(tmp_path / "out", EventMetadata()).write(events)


def test_columns_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    events = made_up_events(4)
    events["GenJet_phi"] = events["GenJet_phi"][:-1]
    with pytest.raises(BadFile, match="GenJet_phi has shape"):
        EventWriter(tmp_path / "out", EventMetadata()).write(events)


def test_a_repeated_event_is_named(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "out", EventMetadata())
    writer.write(made_up_events(5))
    writer.write(made_up_events(5, block=2))
    with pytest.raises(DuplicateEvent, match=r"\(run 1, luminosityBlock 1, event 3\) occurs twice"):
        writer.write(made_up_events(2, first=3))
    unsorted = made_up_events(4, first=10)
    unsorted["event"] = np.array([13, 11, 12, 13])
    with pytest.raises(DuplicateEvent, match=r"event 13\) occurs twice"):
        writer.write(unsorted)


def test_events_may_come_in_any_order(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write(made_up_events(3, first=10))
        writer.write(made_up_events(3, first=0))
    assert len(EventFile.open(tmp_path / "out")) == 6


def test_an_interrupted_writer_keeps_what_it_has_and_goes_on(tmp_path: Path) -> None:
    events = made_up_events(20)
    folder = tmp_path / "out"

    def interrupted() -> None:
        with EventWriter(folder, EventMetadata(), part_size=8, request="x") as writer:
            writer.write(cut_events(events, 0, 11))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(BadFile, match="unfinished recastbook event folder: it has 2 part"):
        EventFile.open(folder)
    with pytest.raises(BadOption, match="unfinished event file; remove it or resume"):
        EventWriter(folder, EventMetadata())
    with pytest.raises(BadOption, match="with other input or definitions"):
        EventWriter(folder, EventMetadata(), resume=True, request="y")
    with EventWriter(folder, EventMetadata(), part_size=8, resume=True, request="x") as writer:
        assert writer.events == 11
        with pytest.raises(DuplicateEvent, match="event 4"):
            writer.write(cut_events(events, 4, 5))
        writer.write(cut_events(events, 11, 20))
    file = EventFile.open(folder)
    assert_same(concatenate(list(file.iter_chunks())), events)
    assert file.metadata.sum_of_weights == pytest.approx(events["genWeight"].sum(), rel=1e-13)
    assert sorted(p.name for p in folder.iterdir()) == ["metadata.json", *(p.name for p in file.parts)]


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    folder = tmp_path / "out"
    writer = EventWriter(folder, EventMetadata(), part_size=4)
    writer.write(made_up_events(4))
    full = OSError(28, "No space left on device")

    def no_space(self: pq.ParquetWriter, table: object, *rest: object, **more: object) -> None:
        raise full

    with monkeypatch.context() as patched:
        patched.setattr(pq.ParquetWriter, "write_table", no_space)
        with pytest.raises(OSError, match="No space left"):
            writer.write(made_up_events(4, first=4))
    assert sorted(p.name for p in folder.iterdir()) == ["part-00000.parquet", "progress.json"]
    with EventWriter(folder, EventMetadata(), part_size=4, resume=True) as again:
        assert again.events == 4
        again.write(made_up_events(4, first=4))
    assert len(EventFile.open(folder)) == 8


def test_a_full_disk_at_the_metadata_leaves_the_file_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    writer = EventWriter(folder, EventMetadata(), part_size=4)
    writer.write(made_up_events(4))

    def no_space(self: Path, *rest: object, **more: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", no_space)
        with pytest.raises(OSError, match="No space left"):
            writer.close()
    assert not list(folder.glob("*.tmp")) + list(folder.glob(".*.tmp"))
    with pytest.raises(BadFile, match="unfinished"):
        EventFile.open(folder)


def test_damage_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with EventWriter(folder, EventMetadata(), part_size=4) as writer:
        writer.write(made_up_events(8))
    part = folder / "part-00001.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile, match=r"part-00001.parquet is damaged"):
        EventFile.open(folder)
    part.unlink()
    with pytest.raises(BadFile, match=r"part-00001.parquet is missing"):
        EventFile.open(folder)
    (folder / "part-00000.parquet").replace(part)
    with pytest.raises(BadFile, match=r"part-00000.parquet is missing"):
        EventFile.open(folder)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write(made_up_events(1))
    file = tmp_path / "out" / "metadata.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"format_version": 99}))
    with pytest.raises(BadFile, match=r"format version 99.*update recastbook"):
        EventFile.open(tmp_path / "out")
    file.write_text("{")
    with pytest.raises(BadFile, match=r"metadata of .* cannot be read"):
        EventFile.open(tmp_path / "out")


def test_weights_that_cancel_are_stored_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    events = made_up_events(2)
    events["genWeight"] = np.array([1.0, -1.0])
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write(events)
    metadata = EventFile.open(tmp_path / "out").metadata
    assert (metadata.sum_of_weights, metadata.sum_of_weights2) == (0.0, 2.0)
    assert "sum to 0" in metadata.notes[0]
    assert "sum to 0" in caplog.text


def test_two_writers_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    lock = folder / ".writer.lock"
    lock.write_text(f"{os.getppid()} {platform.node()}")
    with pytest.raises(BadOption, match=rf"process {os.getppid()} on .* is writing .*out at this moment"):
        EventWriter(folder, EventMetadata())
    lock.write_text(f"{2**22 + 1} {platform.node()}")  # larger than any process number on Linux
    with EventWriter(folder, EventMetadata()) as writer:
        assert lock.read_text().startswith(f"{os.getpid()} ")
        writer.write(made_up_events(2))
    assert not lock.exists()
    assert sorted(p.name for p in folder.iterdir()) == ["metadata.json", "part-00000.parquet"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # coffea misses the cross references of real NanoAOD
def test_coffea_reads_a_part(tmp_path: Path) -> None:
    from coffea.nanoevents import NanoAODSchema, NanoEventsFactory

    events = made_up_events(6)
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write(events)
    part = EventFile.open(tmp_path / "out").parts[0]
    found = NanoEventsFactory.from_parquet(str(part), schemaclass=NanoAODSchema, mode="eager").events()
    assert ak.to_list(found.event) == list(range(6))
    assert ak.to_list(ak.num(found.GenJet)) == events["nGenJet"].tolist()
    np.testing.assert_array_equal(ak.to_numpy(ak.flatten(found.GenJet.pt)), events["GenJet_pt"])
