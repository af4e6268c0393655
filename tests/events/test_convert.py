"""Conversion: one pass from any file to an event file, resumable, the same for any number of workers."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recastbook.events import convert as convert_module
from recastbook.events.columns import TRUTH_COLUMNS, FlatColumns, collections_of
from recastbook.events.convert import convert
from recastbook.events.eventfile import EventFile
from recastbook.events.flat import concatenate
from recastbook.events.particles import ParticleTable
from recastbook.events.truth import TruthDefinitions
from recastbook.exceptions import BadEvent, BadFile, BadOption, DuplicateEvent

Write = Callable[..., Path]
HEADER = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\nT Gen\\|1\\|x\n"


def event(number: int, *, weight: float = 1.0, broken: bool = False) -> str:
    energy = "bad" if broken else f"{5 + number}.0"
    return (
        f"E {number} 1 3\nU GEV MM\nW {weight}\nA 0 GenCrossSection {10.0 + number} 0.5\n"
        "P 1 0 2212 0 0 7 7 0.938 4\n"
        f"P 2 1 11 0 3 4 {energy} 0 1\nP 3 1 -11 0 -3 -4 5 0 1\n"
    )


def file(*numbers: int, **more: Any) -> str:
    return HEADER + "".join(event(k, **more) for k in numbers)


def count_only(particles: ParticleTable, _definitions: object) -> FlatColumns:
    """A quick stand-in for the truth objects: one jet per event with the energy of the first electron."""
    n = len(particles)
    out: FlatColumns = {c.name: np.zeros(n, dtype=c.dtype) for c in TRUTH_COLUMNS}
    for name, columns in collections_of(TRUTH_COLUMNS).items():
        size = n if name == "GenJet" else 0
        out |= {c.name: np.zeros(size, dtype=c.dtype) for c in columns}
    out["nGenJet"] = np.ones(n, dtype=np.int32)
    out["GenJet_pt"] = particles.energy[particles.offsets[:-1] + 1].astype(np.float32)
    out["run"], out["luminosityBlock"], out["event"] = particles.run, particles.luminosityBlock, particles.event
    out["genWeight"] = particles.weight
    return out


def quick(inputs: Any, output: Path, **more: Any) -> EventFile:
    return convert(inputs, output, progress=False, truth_builder=more.pop("truth_builder", count_only), **more)


def content(file: EventFile) -> FlatColumns:
    return concatenate(list(file.iter_chunks()))


def assert_same(a: EventFile, b: EventFile) -> None:
    left, right = content(a), content(b)
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


def test_each_file_gets_its_own_block_and_keeps_its_numbers(write: Write, tmp_path: Path) -> None:
    inputs = [write(file(0, 1, 2), "a.hepmc"), write(gzip.compress(file(0, 1, weight=2.0).encode()), "b.hepmc.gz")]
    out = quick(inputs, tmp_path / "out")
    flat = content(out)
    assert flat["luminosityBlock"].tolist() == [1, 1, 1, 2, 2]
    assert flat["event"].tolist() == [0, 1, 2, 0, 1]
    assert flat["GenJet_pt"].tolist() == [5, 6, 7, 5, 6]
    m = out.metadata
    assert (m.label, m.n_events, m.sum_of_weights, m.sum_of_weights2) == ("a", 5, 7.0, 11.0)
    assert (m.generator, m.level, m.skipped_events) == ("Gen 1", 2, 0)
    assert [(s.name, s.events) for s in m.source_files] == [("a.hepmc", 3), ("b.hepmc.gz", 2)]
    assert len(m.source_files[0].sha256) == 64
    assert m.definitions["jet_muons"] is False
    # the last event of each file has its best estimate; the files count by their events
    assert m.cross_section == pytest.approx((12.0 * 3 + 11.0 * 2) / 5)
    assert m.cross_section_error == pytest.approx(0.5 * 13**0.5 / 5)
    assert m.cross_section_source == "file"
    assert "mean of 2 files" in m.notes[-1]


def test_user_values_win(write: Write, tmp_path: Path) -> None:
    out = quick(write(file(0)), tmp_path / "out", label="Gtt", cross_section=0.5, process="gluino-pair")
    m = out.metadata
    assert (m.label, m.cross_section, m.cross_section_source, m.process) == ("Gtt", 0.5, "user", "gluino-pair")


@pytest.mark.parametrize("chunk", [1, 3, 100])
@pytest.mark.parametrize("part", [2, 5, 100])
def test_the_result_does_not_depend_on_chunks_and_parts(chunk: int, part: int, write: Write, tmp_path: Path) -> None:
    path = write(file(*range(11)))
    out = quick(path, tmp_path / "out", chunk_size=chunk, part_size=part)
    assert max(out.part_sizes) <= part
    assert_same(out, quick(path, tmp_path / "other"))


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_workers(write: Write, tmp_path: Path) -> None:
    paths = [write(file(*range(23)), "a"), write(file(*range(7)), "b")]
    one = convert(paths, tmp_path / "one", progress=False, cross_section=1.0, chunk_size=4)
    two = convert(paths, tmp_path / "two", progress=False, cross_section=1.0, chunk_size=3, workers=2)
    assert_same(one, two)
    assert one.metadata.source_files == two.metadata.source_files


def test_the_real_truth_objects(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    out = convert(shared_data("events/rivet-testApi.hepmc"), tmp_path / "out", progress=False)
    truth = out.truth()
    assert len(truth) == 10
    assert truth.event.tolist() == list(range(1, 11))
    assert np.all(np.isfinite(np.asarray(truth.GenVisible.sumEt)))


def test_a_broken_event_keeps_those_before_and_skipping_goes_on(write: Write, tmp_path: Path) -> None:
    path = write(file(0, 1, 2) + event(3, broken=True) + event(4))
    folder = tmp_path / "out"
    with pytest.raises(BadEvent, match=r"event 3 .*3 event\(s\) are kept, unfinished, in .*on_error='skip' goes on"):
        quick(path, folder, chunk_size=2)
    with pytest.raises(BadFile, match="unfinished recastbook event folder"):
        EventFile.open(folder)
    built: list[int] = []

    def counting(particles: ParticleTable, definitions: object) -> FlatColumns:
        built.extend(particles.event.tolist())
        return count_only(particles, definitions)

    out = quick(path, folder, chunk_size=2, on_error="skip", truth_builder=counting)
    assert built == [4]
    assert content(out)["event"].tolist() == [0, 1, 2, 4]
    assert out.metadata.skipped_events == 1
    assert "1 broken event(s) left out" in out.metadata.notes[-1]


def test_an_interrupted_conversion_goes_on(write: Write, tmp_path: Path) -> None:
    paths = [write(file(*range(10)), "a"), write(file(*range(10, 16)), "b")]
    whole = quick(paths, tmp_path / "whole", part_size=4, cross_section=1.0)
    folder = tmp_path / "out"
    stops = iter([2, 1, 3, 100])

    def impatient() -> Callable[[ParticleTable, object], FlatColumns]:
        left = [next(stops)]

        def build(particles: ParticleTable, definitions: object) -> FlatColumns:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return count_only(particles, definitions)

        return build

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            quick(paths, folder, part_size=4, chunk_size=2, cross_section=1.0, truth_builder=impatient())
    out = quick(paths, folder, part_size=4, chunk_size=2, cross_section=1.0, truth_builder=impatient())
    assert_same(out, whole)
    assert out.metadata.source_files == whole.metadata.source_files
    assert out.metadata.sum_of_weights == whole.metadata.sum_of_weights


def test_another_request_does_not_continue(write: Write, tmp_path: Path) -> None:
    first = write(file(0, 1) + event(2, broken=True), "a")
    with pytest.raises(BadEvent):
        quick(first, tmp_path / "out")
    with pytest.raises(BadOption, match="a conversion with other input or definitions"):
        quick(write(file(0, 1), "b"), tmp_path / "out")
    with pytest.raises(BadOption, match="a conversion with other input or definitions"):
        quick(first, tmp_path / "out", definitions=TruthDefinitions(jet_muons=True))


def test_what_is_there_is_not_overwritten(write: Write, tmp_path: Path) -> None:
    path = write(file(0))
    quick(path, tmp_path / "out")
    with pytest.raises(BadOption, match="already holds an event file"):
        quick(path, tmp_path / "out")


def test_repeated_events_are_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DuplicateEvent, match=r"\(run 1, luminosityBlock 1, event 7\) occurs twice"):
        quick(write(file(6, 7, 8, 7)), tmp_path / "out")
    # two listings in one file are two runs, so nothing is repeated
    assert len(quick(write(file(6, 7) + file(6, 7)), tmp_path / "two")) == 4
    # and what has no numbers is numbered
    out = quick(write(file(0, 0, 0)), tmp_path / "none")
    assert content(out)["event"].tolist() == [0, 1, 2]
    assert "numbered in file order" in out.metadata.notes[0]


def test_the_same_content_twice_is_refused(write: Write, tmp_path: Path) -> None:
    a, b = write(file(0), "a"), write(file(0), "b")
    with pytest.raises(BadFile, match=r"b has the same content as .*a: its events would count twice"):
        quick([a, b], tmp_path / "out")
    with pytest.raises(BadOption, match="a is given twice"):
        quick([a, a], tmp_path / "out")
    with pytest.raises(BadOption, match="no event file was given"):
        quick([], tmp_path / "out")


def test_event_files_can_be_joined(write: Write, tmp_path: Path) -> None:
    one = quick(write(file(0, 1), "a"), tmp_path / "one", cross_section=2.0)
    two = quick(write(file(2, 3), "b"), tmp_path / "two", cross_section=2.0)
    both = quick([one.path, two.path], tmp_path / "both")
    assert content(both)["event"].tolist() == [0, 1, 2, 3]
    assert (both.metadata.cross_section, both.metadata.cross_section_source) == (2.0, "user")
    again = quick(write(file(0, 1, weight=3.0), "c"), tmp_path / "again")
    with pytest.raises(DuplicateEvent, match="event 0"):
        quick([one.path, again.path], tmp_path / "wrong", cross_section=2.0)


def test_nothing_readable_leaves_nothing(write: Write, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no readable events"):
        quick(write(HEADER + event(0, broken=True)), tmp_path / "out", on_error="skip")
    assert not (tmp_path / "out").exists()
    with pytest.raises(BadEvent, match="event 0"):
        quick(write(HEADER + event(0, broken=True)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_can_be_emptied_and_the_conversion_goes_on(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    path = write(file(*range(9)))
    original, calls = pq.ParquetWriter.write_table, iter(range(100))

    def full_at_the_third(self: Any, *rest: Any, **more: Any) -> Any:
        if next(calls) == 2:
            raise OSError(28, "No space left on device")
        return original(self, *rest, **more)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full_at_the_third)
    with pytest.raises(OSError, match="No space left on device"):
        quick(path, tmp_path / "out", part_size=3)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["part-00000.parquet", "part-00001.parquet", "progress.json"]
    out = quick(path, tmp_path / "out", part_size=3)
    assert content(out)["event"].tolist() == list(range(9))


def test_numbers_that_a_builder_gets_wrong_are_not_stored(write: Write, tmp_path: Path) -> None:
    def wrong(particles: ParticleTable, definitions: object) -> FlatColumns:
        out = count_only(particles, definitions)
        out["GenJet_eta"][1] = np.nan
        return out

    with pytest.raises(BadEvent, match=r"GenJet_eta\[0\] of event \(run 1, luminosityBlock 1, event 1\) is nan"):
        quick(write(file(0, 1, 2)), tmp_path / "out", truth_builder=wrong)


def test_lhe_without_pythia_says_what_to_do(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recastbook.events.sources.find_spec", lambda name: None)
    path = write("<LesHouchesEvents version='1.0'>\n<init>\n</init>\n</LesHouchesEvents>\n")
    with pytest.raises(BadFile, match=r"is an LHE file: it holds partons.*pip install pythia8mc"):
        quick(path, tmp_path / "out")


def test_lhe_is_showered_where_pythia_is(
    shared_data: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pythia8mc")
    out = quick(shared_data("events/skhep-powheg-hvq.lhe"), tmp_path / "out", seed=3)
    assert len(out) == 6
    assert (out.metadata.seed, out.metadata.cross_section) == (3, pytest.approx(7217.2))
    assert any("showered with Pythia 8, seed 3" in note for note in out.metadata.notes)


def test_levels_are_not_mixed(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.events.test_delphes import branches, write_root

    root = write_root(tmp_path / "d.root", branches())
    out = quick(root, tmp_path / "out")
    assert (out.level, len(out), out.metadata.sum_of_weights) == (3, 3, 1.75)
    assert out.metadata.cross_section == 2.0
    with pytest.raises(BadFile, match=r"cannot be in one event file: d\.root \(delphes\), events\.dat \(hepmc3\)"):
        quick([root, write(file(0))], tmp_path / "mixed")


def test_progress_is_shown_on_request(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    convert(write(file(0, 1)), tmp_path / "out", truth_builder=count_only, progress=True)
    assert "events=2" in capsys.readouterr().err


def test_arguments_that_cannot_work(write: Write, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="workers must be at least 1, not 0"):
        quick(write(file(0)), tmp_path / "out", workers=0)


def test_dead_workers_are_explained(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures.process import BrokenProcessPool

    def die(*_: Any) -> Iterator[FlatColumns]:
        raise BrokenProcessPool
        yield {}

    monkeypatch.setattr(convert_module, "_truth_chunks", die)
    with pytest.raises(BadOption, match=r"a worker process died\. In a script, put the call under"):
        quick(write(file(0)), tmp_path / "out", workers=2)
