"""What may be joined: one process, one cross section, truth objects defined alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import recastbook as rb
from recastbook.events.columns import FlatColumns
from recastbook.events.eventfile import EventFile, EventMetadata, EventWriter
from recastbook.events.joining import Normalisation, combine, disagreement
from recastbook.events.truth import TruthDefinitions
from recastbook.exceptions import BadFile, BadOption

from .test_convert import HEADER, content, event, file, quick
from .test_event_file import made_up_events

Write = Callable[..., Path]
MUONS = TruthDefinitions(jet_muons=True)


def event_file(folder: Path, *, first: int = 0, **metadata: Any) -> Path:
    flat: FlatColumns = made_up_events(5)
    flat["event"] = flat["event"] + first
    with EventWriter(folder, EventMetadata(**metadata)) as writer:
        writer.write(flat)
    return folder


def of(
    value: float | None, error: float = 0.0, *, name: str = "a", process: str = "", source: str = "file"
) -> Normalisation:
    return Normalisation(name, process, value, error, source, 100)


def hepmc(number: int, sigma: float, error: float = 0.0) -> str:
    return HEADER + event(number).replace(f"GenCrossSection {10.0 + number} 0.5", f"GenCrossSection {sigma} {error}")


def test_which_cross_sections_are_the_same() -> None:
    assert disagreement([of(1.0), of(1.009)]) == ""
    assert disagreement([of(1.0), of(1.02, name="b")]) == "cross sections a 1 pb, b 1.02 pb"
    assert disagreement([of(1.0, 0.01), of(1.03, 0.01)]) == ""
    assert disagreement([of(1.0, 0.01), of(1.05, 0.01, name="b")]) == "cross sections a 1 ± 0.01 pb, b 1.05 ± 0.01 pb"
    assert disagreement([of(1.0, 0.001), of(1.009, 0.001)]) == ""
    # unknown ones contradict nothing
    assert disagreement([of(None), of(1.0, process="x"), of(1.0)]) == ""
    assert disagreement([of(1.0, process="x"), of(1.0, name="b", process="y")]) == "processes a x, b y"
    # a third file far from one of two is found wherever it stands
    assert disagreement([of(1.0, 0.02), of(1.04, 0.02), of(1.1, 0.02)]) != ""


def test_the_error_of_a_table_excuses_no_other_mass() -> None:
    # gluinos of 2.0 and 2.1 TeV: apart by less than the errors, which are the theory's
    assert disagreement([of(1.01e-3, 0.18e-3, source="NNLO"), of(0.598e-3, 0.12e-3, source="NNLO")]) != ""
    both = combine([of(2.0, 0.2, source="NNLO"), of(2.0, 0.2, source="NNLO")])
    assert (both[0], both[2]) == (2.0, "NNLO")
    assert both[1] == pytest.approx(0.2)
    assert combine([of(2.0, 0.2), of(2.0, 0.2)])[1] == pytest.approx(0.2 / 2**0.5)


def test_files_of_other_cross_sections_are_refused(write: Write, tmp_path: Path) -> None:
    paths = [write(hepmc(0, 1.0), "low.hepmc"), write(hepmc(1, 100.0, 2.0), "high.hepmc")]
    message = r"cross sections low\.hepmc 1 pb, high\.hepmc 100 ± 2 pb\. .*one sample each, or give cross_section"
    with pytest.raises(BadFile, match=message + r".*2 event\(s\) are kept, unfinished"):
        quick(paths, tmp_path / "out")
    # what was read is not read again
    built: list[object] = []
    out = quick(paths, tmp_path / "out", cross_section=50.0, truth_builder=lambda *a: built.append(a))
    assert built == []
    assert (out.metadata.cross_section, len(out)) == (50.0, 2)

    sample = rb.Sample(paths)
    assert len(sample) == 2
    with pytest.raises(BadFile, match=message):
        _ = sample.cross_section
    assert "unknown, the files differ: cross sections low.hepmc" in repr(sample)
    with pytest.raises(BadFile, match=message):
        sample.prepare(cache=tmp_path / "cache", progress=False)
    with pytest.raises(BadFile, match=message):  # also where the events are there already
        rb.Sample(paths).prepare(cache=tmp_path / "cache", progress=False)
    # the table of a process is no answer either: it knows nothing of slices
    with pytest.raises(BadFile, match=message):
        rb.Sample(paths, process=("gluino-pair", 2100)).prepare(cache=tmp_path / "cache", progress=False)
    found = rb.Sample(paths, cross_section=50.0).prepare(cache=tmp_path / "cache", progress=False)
    assert (found.metadata.cross_section, found.metadata.cross_section_source) == (50.0, "user")


def test_event_files_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    one = event_file(tmp_path / "one", cross_section=1.0, process="gluino-pair")
    two = event_file(tmp_path / "two", first=5, cross_section=1.0, process="ttbar")
    with pytest.raises(BadFile, match="processes one gluino-pair, two ttbar"):
        quick([one, two], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(BadFile, match="processes one gluino-pair, two ttbar"):
        rb.Sample([one, two]).prepare(cache=tmp_path / "cache", progress=False)
    out = quick([one, two], tmp_path / "out", cross_section=3.0)
    assert (out.metadata.process, out.metadata.cross_section) == ("gluino-pair, ttbar", 3.0)


def test_definitions_of_joined_files_are_kept(tmp_path: Path) -> None:
    one = event_file(tmp_path / "one", definitions=MUONS.to_dict())
    two = event_file(tmp_path / "two", first=5, definitions=MUONS.to_dict() | {"generation": {"n": 5}})
    out = quick([one, two], tmp_path / "out")
    assert out.metadata.definitions == EventFile.open(one).metadata.definitions
    assert out.metadata.definitions["jet_muons"] is True
    assert quick([one, two], tmp_path / "same", definitions=MUONS).metadata.definitions["jet_muons"] is True
    found = rb.Sample([one, two]).prepare(cache=tmp_path / "cache", progress=False)
    assert found.metadata.definitions["jet_muons"] is True
    message = "was made with jet_muons = True, asked for is False"
    with pytest.raises(BadOption, match=message):
        quick([one, two], tmp_path / "other", definitions=TruthDefinitions())
    with pytest.raises(BadOption, match=message):
        rb.Sample([one, two]).prepare(cache=tmp_path / "cache", progress=False, definitions=TruthDefinitions())


def test_other_definitions_are_not_joined(write: Write, tmp_path: Path) -> None:
    one = event_file(tmp_path / "one", definitions=MUONS.to_dict())
    two = event_file(tmp_path / "two", first=5, definitions=TruthDefinitions().to_dict())
    with pytest.raises(BadOption, match=r"two was made with jet_muons = False, .*one with True.*cannot be joined"):
        quick([one, two], tmp_path / "out")
    # the rest would be built with the default
    with pytest.raises(BadOption, match=r"one was made with jet_muons = True, asked for is False"):
        quick([one, write(file(9))], tmp_path / "out", cross_section=1.0)
    out = quick([one, write(file(9))], tmp_path / "out", cross_section=1.0, definitions=MUONS)
    assert out.metadata.definitions["jet_muons"] is True
    assert len(content(out)["event"]) == 6


def test_files_that_say_nothing_are_named(tmp_path: Path) -> None:
    one = event_file(tmp_path / "one", definitions=MUONS.to_dict())
    two = event_file(tmp_path / "two", first=5)
    out = quick([one, two], tmp_path / "out")
    assert out.metadata.definitions["jet_muons"] is True
    assert out.metadata.notes == ("two does not say how its truth objects are defined",)
    assert quick(two, tmp_path / "copy").metadata.definitions == {}
