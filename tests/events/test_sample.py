"""Samples: what they know before anything is converted, and the cache by content."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import recastbook as rb
from recastbook.events.columns import FlatColumns
from recastbook.events.eventfile import EventFile, EventMetadata, EventWriter
from recastbook.events.flat import empty_columns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth import TruthDefinitions
from recastbook.exceptions import BadEvent, BadFile, BadOption

from .test_convert import count_only, event, file
from .test_event_file import made_up_events

Write = Callable[..., Path]


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replace the truth objects by something quick and note which events are built."""
    seen: list[int] = []

    def build(particles: ParticleTable, definitions: object) -> FlatColumns:
        seen.extend(particles.event.tolist())
        return count_only(particles, definitions)

    monkeypatch.setattr("recastbook.events.truth.build_truth", build)
    return seen


def event_file(folder: Path, **metadata: Any) -> Path:
    with EventWriter(folder, EventMetadata(**metadata)) as writer:
        writer.write(made_up_events(5))
    return folder


def test_what_is_known_without_converting(write: Write, builds: list[int]) -> None:
    sample = rb.Sample([write(file(0, 1), "a.hepmc.gz"), write(file(0, weight=3.0), "b")], label="Gtt")
    assert (len(sample), sample.label, sample.sum_of_weights) == (3, "Gtt", 5.0)
    assert sample.cross_section == pytest.approx((11.0 * 2 + 10.0) / 3)
    assert sample.cross_section_source == "file"
    assert sample.metadata.n_events == 3
    assert sample.metadata.generator == "Gen 1"
    assert [f.name for f in sample.files] == ["a.hepmc.gz", "b"]
    assert builds == []
    assert rb.Sample(write(file(0), "my.events.hepmc")).label == "my.events"


def test_every_readable_file_of_other_programs_counts(shared_data: Callable[[str], Path]) -> None:
    import csv

    with shared_data("events/expected.csv").open(encoding="utf-8") as table:
        rows = {r["file"]: int(r["events"]) for r in csv.DictReader(table)}
    for name, events in rows.items():
        if name in ("pyhepmc-broken.dat", "coffea-bad_delphes.root"):
            with pytest.raises(BadFile, match=name):
                len(rb.Sample(shared_data(f"events/{name}")))
        else:
            assert len(rb.Sample(shared_data(f"events/{name}"))) == events, name


def test_cross_section_user_then_file_then_table(write: Write) -> None:
    path = write(file(0))
    bare = write(file(0).replace("A 0 GenCrossSection", "A 0 Other"), "bare")
    sample = rb.Sample(path, cross_section=0.356 * rb.units.fb)
    assert (sample.cross_section, sample.cross_section_source) == (pytest.approx(3.56e-4), "user")
    sample = rb.Sample(path, process=("gluino-pair", 2100))
    assert (sample.cross_section, sample.cross_section_source) == (10.0, "file")
    sample = rb.Sample(bare, process=("gluino-pair", 2100))
    assert sample.cross_section == pytest.approx(5.98e-4, rel=1e-3)
    assert sample.cross_section_source.startswith("table: ")
    sample = rb.Sample(bare)
    assert (sample.cross_section, sample.cross_section_source) == (None, "unknown")


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_cross_sections(value: float, write: Write) -> None:
    with pytest.raises(BadOption, match="a cross section must be a positive number of pb"):
        rb.Sample(write(file(0)), cross_section=value)


def test_the_cache_goes_by_content(write: Write, builds: list[int], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = write(file(0, 1), "a")
    first = rb.Sample(path, label="one", cross_section=2.0).prepare(cache=cache, progress=False)
    assert builds == [0, 1]
    # another name, label and cross section, the same content
    second = rb.Sample(write(file(0, 1), "b"), label="two").prepare(cache=cache, progress=False)
    assert builds == [0, 1]
    assert first.path == second.path
    assert (first.metadata.label, first.metadata.cross_section) == ("one", 2.0)
    assert (second.metadata.label, second.metadata.cross_section) == ("two", 11.0)
    # other content, other definitions
    rb.Sample(write(file(0, 2), "c")).prepare(cache=cache, progress=False)
    assert builds == [0, 1, 0, 2]
    rb.Sample(path).prepare(cache=cache, progress=False, definitions=TruthDefinitions(jet_muons=True))
    assert builds == [0, 1, 0, 2, 0, 1]
    # a file that changes under the same name is noticed
    path.write_text(file(5))
    os.utime(path, (1, 1))
    rb.Sample(path).prepare(cache=cache, progress=False)
    assert builds[-1] == 5


def test_a_damaged_cache_entry_is_made_again(write: Write, builds: list[int], tmp_path: Path) -> None:
    path = write(file(0, 1))
    found = rb.Sample(path).prepare(cache=tmp_path / "cache", progress=False)
    found.parts[0].write_bytes(b"PAR1")
    again = rb.Sample(path).prepare(cache=tmp_path / "cache", progress=False)
    assert builds == [0, 1, 0, 1]
    assert len(again.read(0)["event"]) == 2


def test_the_default_cache_is_the_users(write: Write, builds: list[int], private_cache: Path) -> None:
    found = rb.Sample(write(file(3, 1, 4))).prepare(progress=False)
    assert private_cache in found.path.parents
    assert EventFile.open(found.path).metadata.n_events == 3


def test_an_event_file_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = event_file(tmp_path / "out", label="Gbb", cross_section=0.25, cross_section_source="table x")
    sample = rb.Sample(folder)
    found = sample.prepare()
    assert found.path == folder
    assert (len(sample), sample.label, sample.cross_section, sample.cross_section_source) == (5, "Gbb", 0.25, "table x")
    mine = rb.Sample(folder, label="mine", cross_section=1.0, process="gluino-pair")
    assert mine.metadata.process == "gluino-pair"
    assert (mine.prepare().metadata.label, mine.metadata.cross_section_source) == ("mine", "user")
    part = rb.Sample(folder / "part-00000.parquet")
    assert len(part.prepare()) == 5


def test_an_event_file_cannot_be_redefined(tmp_path: Path) -> None:
    folder = event_file(tmp_path / "out", definitions=TruthDefinitions().to_dict())
    rb.Sample(folder).prepare(definitions=TruthDefinitions())
    with pytest.raises(BadOption, match="was made with jet_muons = False, asked for is True"):
        rb.Sample(folder).prepare(definitions=TruthDefinitions(jet_muons=True))


def test_broken_events(write: Write, builds: list[int], tmp_path: Path) -> None:
    path = write(file(0) + event(1, broken=True) + event(2))
    with pytest.raises(BadEvent, match="event 1"):
        len(rb.Sample(path))
    sample = rb.Sample(path, on_error="skip")
    assert len(sample) == 2
    found = sample.prepare(cache=tmp_path / "cache", progress=False)
    assert (len(found), found.metadata.skipped_events) == (2, 1)
    # what was converted leniently is not handed to somebody who wants to hear of broken events
    with pytest.raises(BadEvent, match="event 1"):
        rb.Sample(path).prepare(cache=tmp_path / "cache", progress=False)


def test_views_before_and_after(write: Write, builds: list[int], tmp_path: Path) -> None:
    sample = rb.Sample(write(file(0), "<b>.hepmc"), label="<i>Gtt</i>")
    assert "not counted yet" in repr(sample)
    assert "&lt;i&gt;Gtt" in sample._repr_html_()
    assert "<i>" not in sample._repr_html_()
    found = sample.prepare(cache=tmp_path / "cache", progress=False)
    assert "10 pb (file)" in repr(sample)
    assert "Gen 1" in sample._repr_html_()
    assert "1 in 1 part(s)" in found._repr_html_()
    bare = rb.Sample(write(file(0).replace("A 0 Gen", "A 0 X"), "bare"))
    bare.infos()
    assert "unknown: give Sample(..., cross_section=...)" in repr(bare)


def test_arguments_that_cannot_work(write: Write, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        rb.Sample(tmp_path / "nothing.hepmc")
    with pytest.raises(BadOption, match="on_error must be 'raise' or 'skip'"):
        rb.Sample(write(file(0)), on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(BadOption, match="no event weight is called 'x'"):
        len(rb.Sample(write(file(0)), weight="x"))


def test_a_path_below_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is typed into a page or a notebook, where no shell reads it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    event_file(tmp_path / "events")
    assert rb.Sample("~/events").files == (tmp_path / "events",)


def test_metadata_are_plain_json(write: Write) -> None:
    text = rb.Sample(write(file(0))).metadata.to_json()
    assert json.loads(text)["n_events"] == 1


def test_no_events_in_an_event_file(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write(empty_columns())
    assert len(rb.Sample(tmp_path / "out")) == 0
