"""What holds for any events: files give back what was put in, whatever the chunks, parts and order."""

from __future__ import annotations

import itertools
import struct
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recastbook.events.checks import SeenEvents
from recastbook.events.columns import RECO_COLUMNS, TRUTH_COLUMNS, Column, FlatColumns, collections_of
from recastbook.events.decimals import PADDING, powers_of_five, read_float
from recastbook.events.eventfile import EventFile, EventMetadata, EventWriter, SourceFile
from recastbook.events.flat import concatenate, cut_events
from recastbook.events.hepmc import HepMCReader
from recastbook.exceptions import DuplicateEvent


def made_up_events(n: int, seed: int, columns: tuple[Column, ...]) -> FlatColumns:
    rng = np.random.default_rng(seed)
    counts = {name: rng.integers(0, 3, n) for name in collections_of(columns)}
    out: FlatColumns = {}
    for column in columns:
        head = column.name.partition("_")[0]
        if column.name.startswith("n") and column.name[1:] in counts:
            out[column.name] = counts[column.name[1:]].astype(column.dtype)
        else:
            size = int(counts[head].sum()) if head in counts else n
            out[column.name] = rng.integers(0, 100, size).astype(column.dtype)
    out["event"] = rng.permutation(n).astype(np.int64)
    out["run"] = out["luminosityBlock"] = np.ones(n, dtype=np.int64)
    return out


@given(
    n=st.integers(0, 30),
    seed=st.integers(0, 1000),
    part=st.integers(1, 40),
    cuts=st.lists(st.integers(0, 30), max_size=4),
    chunk=st.none() | st.integers(1, 40),
    level=st.sampled_from([2, 3]),
)
def test_events_come_back(n: int, seed: int, part: int, cuts: list[int], chunk: int | None, level: int) -> None:
    columns = TRUTH_COLUMNS if level == 2 else RECO_COLUMNS
    events = made_up_events(n, seed, columns)
    edges = sorted({0, n, *(min(c, n) for c in cuts)})
    with tempfile.TemporaryDirectory() as folder:
        with EventWriter(Path(folder, "out"), EventMetadata(), level=level, part_size=part) as writer:
            for start, stop in itertools.pairwise(edges):
                writer.write(cut_events(events, start, stop))
        file = EventFile.open(Path(folder, "out"))
        pieces = list(file.iter_chunks(chunk))
        assert file.metadata.n_events == len(file) == n
        assert all(size <= part for size in file.part_sizes)
        assert np.isclose(file.metadata.sum_of_weights, events["genWeight"].sum(), rtol=1e-12)
    if pieces:
        back = concatenate(pieces)
        for name, column in events.items():
            assert back[name].dtype == column.dtype
            np.testing.assert_array_equal(back[name], column)


@given(n=st.integers(1, 20), seed=st.integers(0, 1000), data=st.data())
def test_what_is_cut_and_joined_is_what_was_there(n: int, seed: int, data: st.DataObject) -> None:
    events = made_up_events(n, seed, RECO_COLUMNS)
    middle = data.draw(st.integers(0, n))
    joined = concatenate([cut_events(events, 0, middle), cut_events(events, middle, n)])
    for name, column in events.items():
        np.testing.assert_array_equal(joined[name], column)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 6)), max_size=12), st.integers(1, 12))
def test_an_event_is_a_duplicate_if_and_only_if_its_ids_were_there(ids: list[tuple[int, int, int]], size: int) -> None:
    seen = SeenEvents()
    repeated = False
    for start in range(0, len(ids), size):
        columns = np.array(ids[start : start + size], dtype=np.int64).T
        try:
            seen.add(dict(zip(("run", "luminosityBlock", "event"), columns, strict=True)))
        except DuplicateEvent:
            repeated = True
            break
    assert repeated == (len(set(ids)) < len(ids))


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["%.16e", "%.17g", "%r", "%.6f", "%.12e"]))
def test_numbers_are_those_of_float(value: float, form: str) -> None:
    text = form % value
    data = np.frombuffer(text.encode() + b"\n" + bytes(PADDING), dtype=np.uint8)
    found, end = read_float(data, 0, powers_of_five())
    expected = float(text)
    if abs(expected) < 2.3e-308:
        expected = 0.0 * expected
    digits = text.split("e")[0].replace(".", "").lstrip("-0")
    assert end == len(text)
    if len(digits) <= 19:
        assert struct.pack("d", found) == struct.pack("d", expected)
    else:
        assert np.isclose(found, expected, rtol=1e-15)


@st.composite
def hepmc3_text(draw: st.DrawFn) -> tuple[str, int, int]:
    """Some events, each a tree of random shape; returns text, number of events and of particles."""
    n = draw(st.integers(1, 6))
    lines, total = ["HepMC::Version 3.02.05", "HepMC::Asciiv3-START_EVENT_LISTING"], 0
    for number in range(n):
        parents = [draw(st.integers(0, k)) for k in range(draw(st.integers(1, 12)))]
        lines += [f"E {number} {len(set(parents) - {0})} {len(parents)}", "U GEV MM"]
        lines += [f"P {k} {mother} 22 0 0 {k}.5 {k}.5 0 1" for k, mother in enumerate(parents, start=1)]
        total += len(parents)
    return "\n".join(lines) + "\n", n, total


@given(hepmc3_text(), st.integers(1, 400), st.integers(1, 7))
def test_the_reader_finds_every_particle_once(written: tuple[str, int, int], block: int, chunk: int) -> None:
    text, n, total = written
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events")
        path.write_text(text, encoding="ascii")
        reader = HepMCReader(path, chunk_size=chunk, block_size=block)
        tables = list(reader)
    assert reader.events == n
    assert sum(len(t.px) for t in tables) == total
    for table in tables:
        for k in range(len(table)):
            one = table.slice(k, k + 1)
            ends = one.end_vertex[one.end_vertex >= 0]
            # in these trees each vertex has one particle that ends in it and at least one that leaves
            assert sorted(ends.tolist()) == list(range(len(one.x)))
            assert {int(v) for v in one.prod_vertex if v >= 0} == set(ends.tolist())


@given(
    label=st.text(max_size=20),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    seed=st.none() | st.integers(),
    notes=st.lists(st.text(max_size=10), max_size=3),
    events=st.integers(0, 10**9),
)
def test_metadata_survive_as_json(
    label: str, value: float | None, seed: int | None, notes: list[str], events: int
) -> None:
    metadata = EventMetadata(
        label=label, cross_section=value, seed=seed, notes=tuple(notes), source_files=(SourceFile(label, "ab", events),)
    )
    assert EventMetadata.from_json(metadata.to_json(parts=[])) == metadata
