"""The same events give the same result for any chunking, order and executor; interrupted runs go on."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import ToySearch, reordered, toy_events, write_events

from recastbook import Result, Sample
from recastbook.exceptions import AnalysisError, BadFile, BadOption, RunInterrupted, UnknownName

N = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("toys") / "one"
    write_events(target, toy_events(N))
    return target


@pytest.fixture(scope="module")
def reference(folder: Path) -> Result:
    return ToySearch().run(Sample(folder), progress=False)


def sorted_slim(result: Result) -> dict[str, Any]:
    order = np.argsort(result.slim.column("event"))
    return {name: result.slim.column(name)[order] for name in (*result.slim.names, "event", "weight")}


def assert_same(a: Result, b: Result) -> None:
    assert set(a.counts) == set(b.counts)
    for region, counts in a.counts.items():
        for x, y in zip(counts, b.counts[region], strict=True):
            assert x.raw == y.raw
            assert x.sum_w == pytest.approx(y.sum_w, rel=1e-12)
            assert x.sum_w2 == pytest.approx(y.sum_w2, rel=1e-12)
    left, right = sorted_slim(a), sorted_slim(b)
    for name, values in left.items():
        np.testing.assert_array_equal(values, right[name], err_msg=name)
    for name, histogram in a.histograms.items():
        np.testing.assert_allclose(histogram.values(), b.histograms[name].values(), rtol=1e-12, atol=1e-12)


def test_something_is_selected(reference: Result) -> None:
    rows = reference.yields()
    assert 50 < (rows["SR-jets"].raw or 0) < N
    assert (rows["CR-jets"].raw or 0) > 50
    assert reference.n_events == N


@pytest.mark.parametrize("part_size", [1, 700, 2999], ids=["single events", "odd parts", "one left over"])
def test_chunk_size_does_not_matter(part_size: int, reference: Result, tmp_path: Path) -> None:
    n = 40 if part_size == 1 else N
    expected = reference
    if n != N:
        write_events(tmp_path / "whole", toy_events(n))
        expected = ToySearch().run(Sample(tmp_path / "whole"), progress=False)
    write_events(tmp_path / "parts", toy_events(n), part_size=part_size)
    assert_same(expected, ToySearch().run(Sample(tmp_path / "parts"), progress=False))


def test_event_order_does_not_matter(reference: Result, tmp_path: Path) -> None:
    order = np.random.default_rng(5).permutation(N)
    write_events(tmp_path / "shuffled", reordered(toy_events(N), order), part_size=900)
    assert_same(reference, ToySearch().run(Sample(tmp_path / "shuffled"), progress=False))


def test_steps_inside_a_chunk_do_not_matter(folder: Path, reference: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recastbook.processor.EVENTS_AT_ONCE", 333)
    assert_same(reference, ToySearch().run(Sample(folder), progress=False))


def test_futures_and_an_own_executor(reference: Result, tmp_path: Path) -> None:
    from coffea.processor import IterativeExecutor

    write_events(tmp_path / "parts", toy_events(N), part_size=800)
    sample = Sample(tmp_path / "parts")
    assert_same(reference, ToySearch().run(sample, executor="futures", workers=2, progress=False))
    assert_same(reference, ToySearch().run(sample, executor=IterativeExecutor(status=False), progress=False))


# distributed looks for the machine's address in the network, and takes its name where there is none
@pytest.mark.filterwarnings("ignore:Couldn't detect a suitable IP address:RuntimeWarning")
def test_dask(reference: Result, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    write_events(tmp_path / "parts", toy_events(N), part_size=1000)
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        assert_same(reference, ToySearch().run(Sample(tmp_path / "parts"), executor=client, progress=False))


def test_coffea_runner_reads_the_event_file(folder: Path, reference: Result, tmp_path: Path) -> None:
    from coffea.processor import IterativeExecutor, Runner

    from recastbook.processor import EventFileSchema, RecastProcessor

    search = ToySearch()
    processor = RecastProcessor(search, search.detector_card(), reference.header, tmp_path / "slim")
    parts = [str(p) for p in sorted(folder.glob("*.parquet"))]
    runner = Runner(
        IterativeExecutor(status=False, retries=0), schema=EventFileSchema, format="parquet", chunksize=1100
    )
    result = runner({"toy": {"files": dict.fromkeys(parts, "Events")}}, processor)
    assert_same(reference, result)


def test_seed_matters_and_is_recorded(folder: Path, reference: Result) -> None:
    other = ToySearch().run(Sample(folder), seed=2, progress=False)
    assert other.provenance["seed"] == 2
    assert other.counts["SR-jets"][-1] != reference.counts["SR-jets"][-1]


def test_cutflows_never_rise_in_raw_counts(reference: Result) -> None:
    for counts in reference.counts.values():
        raw = [c.raw for c in counts]
        assert raw == sorted(raw, reverse=True)


def test_save_and_load_are_exact(reference: Result, tmp_path: Path) -> None:
    loaded = Result.load(reference.save(tmp_path / "kept"))
    assert loaded.header.to_dict() == reference.header.to_dict()
    assert loaded.counts == reference.counts
    for name, histogram in reference.histograms.items():
        np.testing.assert_array_equal(histogram.view(flow=True), loaded.histograms[name].view(flow=True))
    assert_same(reference, loaded)
    assert loaded.yields() == reference.yields()


def test_a_result_does_not_add_to_another_kind(reference: Result, folder: Path) -> None:
    other = ToySearch().run(Sample(folder), seed=9, progress=False)
    with pytest.raises(AnalysisError, match="add only if search, sample, options, seed"):
        _ = reference + other


def test_adding_is_associative_and_leaves_its_terms_alone(tmp_path: Path) -> None:
    flat = toy_events(900)
    write_events(tmp_path / "all", flat, part_size=300)
    sample = Sample(tmp_path / "all")
    pieces = [ToySearch().run(sample, events=stop, progress=False) for stop in (300, 600, 900)]
    before = pieces[0].total
    left = (pieces[0] + pieces[1]) + pieces[2]
    right = pieces[0] + (pieces[1] + pieces[2])
    assert left.total == right.total
    assert pieces[0].total == before


def test_interrupted_run_keeps_what_is_done_and_goes_on(
    reference: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recastbook.processor import RecastProcessor

    write_events(tmp_path / "parts", toy_events(N), part_size=1000)
    plain, calls = RecastProcessor.process_pieces, []

    def stop_at_the_third(self: RecastProcessor, pieces: Any) -> Result:
        calls.append(pieces)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(self, pieces)

    monkeypatch.setattr(RecastProcessor, "process_pieces", stop_at_the_third)
    with pytest.raises(RunInterrupted, match=r"stopped after 2 of 3 chunks \(2000 events\)") as stopped:
        ToySearch().run(Sample(tmp_path / "parts"), progress=False)
    assert stopped.value.partial.n_events == 2000  # type: ignore[attr-defined]
    assert_same(reference, ToySearch().run(Sample(tmp_path / "parts"), progress=False))
    assert len(calls) == 4, "only the third chunk is done again"


@pytest.mark.parametrize("change", ["seed", "code"])
def test_chunks_of_another_question_are_not_gone_on_with(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recastbook import running
    from recastbook.processor import RecastProcessor

    write_events(tmp_path / "parts", toy_events(N), part_size=1000)
    sample, work = Sample(tmp_path / "parts"), tmp_path / "work"
    plain, calls = RecastProcessor.process_pieces, []

    def stop_at_the_second(self: RecastProcessor, pieces: Any) -> Result:
        calls.append(pieces)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(self, pieces)

    monkeypatch.setattr(RecastProcessor, "process_pieces", stop_at_the_second)
    with pytest.raises(RunInterrupted):
        ToySearch().run(sample, progress=False, work_dir=work)
    if change == "code":
        monkeypatch.setattr(running, "_code_stamp", lambda: "another version")
    ToySearch().run(sample, progress=False, work_dir=work, seed=7 if change == "seed" else 1)
    assert len(calls) == 2 + 3, "all three chunks are done again"


def test_a_run_beside_the_same_run_works_in_its_own_folder(folder: Path, reference: Result, tmp_path: Path) -> None:
    work = tmp_path / "work"
    ToySearch().run(Sample(folder), progress=False, work_dir=work)
    (only,) = work.iterdir()
    (only / ".writer.lock").write_text("1 " + __import__("platform").node())  # process 1 is always alive
    assert_same(reference, ToySearch().run(Sample(folder), progress=False, work_dir=work))
    assert len(list(work.iterdir())) == 2


def test_a_result_outlives_its_folder(folder: Path, reference: Result, tmp_path: Path) -> None:
    import shutil

    result = ToySearch().run(Sample(folder), progress=False, work_dir=tmp_path / "work")
    shutil.rmtree(tmp_path / "work")
    assert_same(reference, Result.load(result.save(tmp_path / "kept")))


def test_saving_where_the_disk_is_full_leaves_the_old_save(
    reference: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    kept = reference.save(tmp_path / "kept")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        reference.save(kept)
    assert not list(kept.rglob("*.tmp*"))
    assert_same(reference, Result.load(kept))


def test_cut_off_saves_are_refused(reference: Result, tmp_path: Path) -> None:
    kept = reference.save(tmp_path / "kept")
    arrays = kept / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:200])
    with pytest.raises(BadFile, match="not a saved result"):
        Result.load(kept)


def test_broken_chunk_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    write_events(tmp_path / "parts", toy_events(N), part_size=1000)
    victim = sorted((tmp_path / "parts").glob("*.parquet"))[1]
    content = bytearray(victim.read_bytes())
    content[200:1200] = bytes(1000)
    sample = Sample(tmp_path / "parts")
    victim.write_bytes(bytes(content))
    with pytest.raises(BadFile, match="part") as failed:
        ToySearch().run(sample, progress=False)
    assert failed.value.partial.n_events == 2000  # type: ignore[attr-defined]


def test_search_and_processor_are_picklable(reference: Result) -> None:
    search = pickle.loads(pickle.dumps(ToySearch()))  # noqa: S301 - our own bytes
    assert search.region_names() == ToySearch().region_names()
    assert pickle.loads(pickle.dumps(reference)).counts == reference.counts  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"seed": -1}, BadOption, "seed must be a whole number"),
        ({"seed": 1.5}, BadOption, "seed must be a whole number"),
        ({"events": 0}, BadOption, "events must be at least 1"),
        ({"options": {"vetoo": "no"}}, UnknownName, "Did you mean 'veto'"),
        ({"executor": "future"}, BadOption, "Did you mean 'futures'"),
        ({"executor": 3}, BadOption, "a distributed.Client or a coffea executor, not 3"),
        ({"network": "stand-in"}, BadOption, "uses no network"),
    ],
)
def test_wrong_arguments(folder: Path, arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ToySearch().run(Sample(folder), progress=False, **arguments)


def test_n_minus_one_leaves_only_the_named_cut_out(reference: Result) -> None:
    drawn = reference.n_minus_one("SR-jets", "met")
    region = reference.regions["SR-jets"]
    keep = np.ones(len(reference.slim), dtype=bool)
    for cut in region.cuts:
        if cut.column != "met":
            keep &= reference.slim.mask(cut)
    assert drawn.sum(flow=True).value == pytest.approx(reference.slim.column("weight")[keep].sum())
    assert drawn.sum(flow=True).value != pytest.approx(reference.counts["SR-jets"][-1].sum_w)


def test_slim_counts_equal_the_cutflow(reference: Result) -> None:
    keep = np.ones(len(reference.slim), dtype=bool)
    for cut in reference.regions["SR-jets"].cuts:
        keep &= reference.slim.mask(cut)
    assert int(keep.sum()) == reference.counts["SR-jets"][-1].raw


def test_weights_that_sum_to_zero_are_refused_and_the_counts_kept(tmp_path: Path) -> None:
    flat = toy_events(100)
    flat["genWeight"] = np.tile([1.0, -1.0], 50)
    write_events(tmp_path / "zero", flat)
    with pytest.raises(BadFile, match="the 100 weights of 'toy' sum to 0") as refused:
        ToySearch().run(Sample(tmp_path / "zero"), progress=False)
    assert refused.value.partial.n_events == 100  # type: ignore[attr-defined]


def test_negative_weights_are_counted_as_they_are(tmp_path: Path) -> None:
    flat = toy_events(2000)
    flat["genWeight"] = np.where(np.arange(2000) % 5 == 0, -1.0, 1.0)
    write_events(tmp_path / "signed", flat)
    result = ToySearch().run(Sample(tmp_path / "signed"), progress=False)
    assert result.total.sum_w == pytest.approx(1200)
    assert result.total.sum_w2 == pytest.approx(2000)


def test_an_unknown_feature_is_named_before_any_event_is_read() -> None:
    from recastbook.exceptions import BadSpecification

    class Misspelt(ToySearch):
        regions = {**ToySearch.regions, "slim": [{"feature": "n_jetz", "min": 1}]}  # noqa: RUF012 - read only

    with pytest.raises(BadSpecification, match=r"unknown feature 'n_jetz'.*Did you mean 'n_jets'"):
        Misspelt()
