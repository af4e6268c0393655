"""``rb.generate``: the same events for any number of workers, resumable, and nothing lost when something fails."""

from __future__ import annotations

import errno
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.columns import FlatColumns
from recastbook.events.eventfile import EventFile
from recastbook.events.generation import blocks as blocks_module
from recastbook.events.generation import driver as driver_module
from recastbook.events.generation.blocks import Block, BlockResult, BlockStore, only_generation, plan_blocks
from recastbook.events.generation.engine import pythia_seed
from recastbook.events.generation.job import Job
from recastbook.exceptions import BadOption, GenerationFailed, RunInterrupted
from recastbook.published import cross_section

pytest.importorskip("pythia8mc")

POINT = {"m_gluino": 2000, "m_lsp": 1}


def make(output: Path | None, n: int = 25, **options: Any) -> rb.Sample:
    options = {"seed": 5, "workers": 1, "block_size": 10, "progress": False, **POINT, **options}
    return rb.generate("gluino-gbb", n=n, output=output, **options)


def events(folder: Path) -> FlatColumns:
    return EventFile.open(folder).read(0)


def same(first: FlatColumns, second: FlatColumns) -> bool:
    return set(first) == set(second) and all(np.array_equal(first[k], second[k]) for k in first)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generate") / "reference"
    make(folder)
    return folder


def test_sample_knows_what_it_is(reference: Path) -> None:
    sample = rb.Sample(reference)
    assert len(sample) == 25
    assert sample.label == "Gbb 2000/1"
    assert sample.sum_of_weights == 25
    metadata = sample.metadata
    assert metadata.process == "gluino-pair"
    assert metadata.generator.startswith("Pythia 8.3")
    assert metadata.seed == 5
    expected = cross_section("gluino-pair", 2000)
    assert (metadata.cross_section, metadata.cross_section_error) == (expected.value_pb, expected.error_pb)
    assert metadata.cross_section_source == expected.source
    made = metadata.definitions["generation"]
    assert made["parameters"] == {"m_gluino": 2000.0, "m_lsp": 1.0}
    assert "BLOCK MODSEL" in made["slha"]
    assert "Beams:eCM = 13000" in made["settings"]
    # Pythia's leading order is 0.53 fb; the table with higher orders says twice as much.
    value, error = made["leading_order_pb"]
    assert 0 < error < 0.4 * value
    assert value == pytest.approx(0.53e-3, abs=4 * error)
    assert not reference.with_name("reference.unfinished").exists()


def test_event_numbers_count_through(reference: Path) -> None:
    flat = events(reference)
    assert flat["event"].tolist() == list(range(25))
    assert set(flat["luminosityBlock"].tolist()) == {5}
    assert set(flat["run"].tolist()) == {1}


def test_workers_do_not_matter(reference: Path, tmp_path: Path) -> None:
    make(tmp_path / "two", workers=2)
    assert same(events(reference), events(tmp_path / "two"))


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(reference: Path, tmp_path: Path) -> None:
    make(tmp_path / "small", n=12)
    small, large = events(tmp_path / "small"), events(reference)
    jets = int(small["nGenJet"].sum())
    assert np.array_equal(small["nGenJet"], large["nGenJet"][:12])
    assert np.array_equal(small["GenJet_pt"], large["GenJet_pt"][:jets])


def test_another_seed_gives_other_events(reference: Path, tmp_path: Path) -> None:
    make(tmp_path / "other", n=10, seed=6)
    assert not np.array_equal(events(tmp_path / "other")["GenInvisible_px"], events(reference)["GenInvisible_px"][:10])


def test_mpi_can_be_switched_off(reference: Path, tmp_path: Path) -> None:
    make(tmp_path / "quiet", n=10, mpi=False)
    with_mpi = events(reference)["GenVisible_sumEt"][:10]
    assert np.median(events(tmp_path / "quiet")["GenVisible_sumEt"]) < np.median(with_mpi)


def test_the_cross_section_of_the_user_wins(tmp_path: Path) -> None:
    sample = make(tmp_path / "mine", n=1, cross_section=0.5 * rb.units.fb, label="mine")
    assert (sample.cross_section, sample.cross_section_source, sample.label) == (0.0005, "user", "mine")
    assert EventFile.open(tmp_path / "mine").metadata.cross_section_source == "user"


def test_other_energies_and_processes_use_leading_order(tmp_path: Path) -> None:
    sample = make(tmp_path / "run3", n=5, energy_tev=13.6)
    assert sample.cross_section_source == "Pythia, leading order"
    top = rb.generate("ttbar", n=5, pthat_min=400, pthat_max=700, output=tmp_path / "top", workers=1, progress=False)
    assert top.cross_section_source == "Pythia, leading order"
    assert top.cross_section == pytest.approx(4.3, rel=0.3)
    assert top.label == "ttbar 400-700"


def test_interrupted_generation_goes_on_where_it_stopped(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    original = Job.make

    def stop_at_the_second(self: Job, block: Block, progress: Callable[[int], None] = lambda _: None) -> BlockResult:
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(block.number)
        return original(self, block, progress)

    monkeypatch.setattr(Job, "make", stop_at_the_second)
    with pytest.raises(RunInterrupted, match=r"1 of 3 blocks .* kept in .*again\.unfinished.*same call again"):
        make(tmp_path / "again")
    assert not (tmp_path / "again").exists()

    def count(self: Job, block: Block, progress: Callable[[int], None] = lambda _: None) -> BlockResult:
        made.append(block.number)
        return original(self, block, progress)

    monkeypatch.setattr(Job, "make", count)
    with pytest.raises(BadOption, match=r"another generation \(different: seed\)"):
        make(tmp_path / "again", seed=7, luminosity_block=5)
    make(tmp_path / "again")
    assert made == [0, 1, 2]
    assert same(events(reference), events(tmp_path / "again"))
    make(tmp_path / "again")  # is there, nothing is made
    assert made == [0, 1, 2]


def test_a_damaged_block_is_made_again(tmp_path: Path) -> None:
    store = BlockStore(tmp_path / "blocks", {"a": 1})
    block = Block(0, 0, 2)
    result = BlockResult(2, 2, 3, 1.0, 0.1, ("said",))
    store.save(block, {"event": np.arange(2)}, result)
    assert store.result(block) == result
    assert store.load(block)["event"].tolist() == [0, 1]
    assert store.result(Block(0, 0, 3)) is None
    path = next((tmp_path / "blocks").glob("*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    assert store.result(block) is None


def test_two_identical_calls_do_not_take_each_others_blocks(tmp_path: Path) -> None:
    # the first call is a process that lives and has the folder
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        folder = tmp_path / "twice.unfinished"
        folder.mkdir()
        block = folder / f"block-000000.npz.{other.pid}.tmp"
        block.write_bytes(b"half")
        lock = folder / ".writer.lock"
        lock.write_text(f"{other.pid} {platform.node()}")
        with pytest.raises(BadOption, match=rf"process {other.pid} .* is writing .*twice\.unfinished"):
            make(tmp_path / "twice", n=2)
        assert block.read_bytes() == b"half"
        assert sorted(p.name for p in folder.iterdir()) == [lock.name, block.name]
        other.communicate(b"\n")
    # it is gone: what it has left is in nobody's way
    assert len(make(tmp_path / "twice", n=2)) == 2
    assert not folder.exists()


def test_events_that_came_while_waiting_are_taken(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "late"

    def lock_late(unfinished: Path) -> AbstractContextManager[None]:
        shutil.copytree(reference, folder)
        return only_generation(unfinished)

    monkeypatch.setattr(driver_module, "only_generation", lock_late)
    monkeypatch.delattr(Job, "make")
    assert len(make(folder)) == 25
    assert not folder.with_name("late.unfinished").exists()


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(sink: Any, **_: Any) -> None:
        sink.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blocks_module.np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        make(tmp_path / "full", n=2)
    left = sorted(p.name for p in (tmp_path / "full.unfinished").iterdir())
    assert left == ["plan.json"]
    assert not (tmp_path / "full").exists()


def test_a_dead_worker_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(GenerationFailed, match="a worker process died"):
        make(tmp_path / "dead", workers=2)


def test_an_error_in_a_worker_arrives_as_itself(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="Did you mean 'Tune:pp'"):
        make(tmp_path / "wrong", workers=2, settings=["Tune:ppp = 21"])


def test_hepmc_is_written_too(tmp_path: Path, reference: Path) -> None:
    import pyhepmc

    make(tmp_path / "with", write_hepmc=tmp_path / "with.hepmc")
    assert same(events(reference), events(tmp_path / "with"))
    with pyhepmc.open(tmp_path / "with.hepmc") as file:
        read = list(file)
    assert [event.event_number for event in read] == list(range(25))
    leading_order = EventFile.open(tmp_path / "with").metadata.definitions["generation"]["leading_order_pb"]
    for event in read:
        assert event.cross_section.xsec() == pytest.approx(leading_order[0])
        gluinos = [p for p in event.particles if p.pid == 1000021]
        assert gluinos
    sample = rb.Sample(tmp_path / "with.hepmc")
    assert len(sample) == 25
    flat = sample.prepare(cache=tmp_path / "cache", progress=False).read(0)
    # Text keeps 17 digits of a momentum, so the truth objects of both ways agree.
    assert np.array_equal(flat["nGenJet"], events(reference)["nGenJet"])
    assert flat["GenJet_pt"] == pytest.approx(events(reference)["GenJet_pt"], rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be an integer of 1 or more, not 0"),
        ({"n": -3}, "n must be an integer of 1 or more"),
        ({"n": 2.5}, "n must be an integer"),
        ({"n": True}, "n must be an integer"),
        ({"n": None}, "say how many events"),
        ({"seed": -1}, "seed must be an integer of 0 or more"),
        ({"block_size": 0}, "block_size must be"),
        ({"workers": 0}, "workers must be"),
        ({"luminosity_block": -1}, "luminosity_block must be"),
        ({"cross_section": -1.0}, "cross_section must be a positive number of pb"),
        ({"cross_section": float("nan")}, "cross_section must be a positive number of pb"),
        ({"cross_section": 1.0, "cross_section_error": -1.0}, "cross_section_error must be"),
    ],
)
def test_numbers_that_make_no_sense(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        make(tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_an_output_with_something_else_in_it_is_refused(reference: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("irreplaceable")
    with pytest.raises(BadOption, match="something that generate"):
        make(tmp_path / "mine", overwrite=True)
    make(tmp_path / "made", n=3)
    with pytest.raises(BadOption, match=r"generated differently; choose another output, or overwrite=True"):
        make(tmp_path / "made", n=4)
    make(tmp_path / "made", n=4, overwrite=True)
    assert len(EventFile.open(tmp_path / "made")) == 4


def test_what_one_caller_says_of_cached_events_is_not_told_to_the_next(private_cache: Path) -> None:
    mine = make(None, n=1, cross_section=0.5 * rb.units.fb, label="mine")
    assert (mine.cross_section, mine.cross_section_source, mine.label) == (0.0005, "user", "mine")
    yours = make(None, n=1)
    assert yours.files == mine.files
    table = cross_section("gluino-pair", 2000)
    assert (yours.cross_section, yours.cross_section_source, yours.label) == (
        table.value_pb,
        table.source,
        "Gbb 2000/1",
    )


def test_without_an_output_the_cache_is_used(private_cache: Path) -> None:
    sample = make(None, n=2)
    assert sample.files[0].is_relative_to(private_cache)
    assert make(None, n=2).files == sample.files


def test_blocks_cover_all_events_once() -> None:
    blocks = plan_blocks(1001, 250)
    assert [b.first for b in blocks] == [0, 250, 500, 750, 1000]
    assert sum(b.size for b in blocks) == 1001


def test_seeds_of_blocks_are_valid_and_differ() -> None:
    seeds = [pythia_seed(seed, block) for seed in range(50) for block in range(200)]
    assert min(seeds) >= 1
    assert max(seeds) <= 900_000_000
    assert len(set(seeds)) == len(seeds)
