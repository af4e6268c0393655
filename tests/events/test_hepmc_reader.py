"""HepMC text: streaming, headers, weights, units, odd but legal files."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard

from recastbook.events.hepmc import HepMCReader
from recastbook.events.particles import ParticleTable
from recastbook.events.reading import count_events, file_info, read_particles
from recastbook.exceptions import BadFile, BadOption

Write = Callable[..., Path]
Compare = Callable[..., None]
HEADER3 = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n"
FOOTER3 = "HepMC::Asciiv3-END_EVENT_LISTING\n"
BODY3 = """U GEV MM
P 1 0 2212 0 0 7 7 0.938 4
P 2 0 2212 0 0 -7 7 0.938 4
V -1 0 [1,2] @ 1 2 3 4
P 3 -1 23 0 0 0 14 14 2
P 4 3 11 0 3 4 5 0 1
P 5 3 -11 0 -3 -4 5 0 1
"""


def event3(number: int, more: str = "", body: str = BODY3) -> str:
    return f"E {number} 2 5\n{more}{body}"


def only(tables: object) -> ParticleTable:
    (table,) = tables  # type: ignore[misc]
    return table


def test_a_small_event_by_hand(write: Write) -> None:
    table = only(read_particles(write(HEADER3 + event3(7) + FOOTER3), luminosity_block=3))
    assert (table.run.tolist(), table.luminosityBlock.tolist(), table.event.tolist()) == ([1], [3], [7])
    assert table.weight.tolist() == [1.0]
    assert table.pdg_id.tolist() == [2212, 2212, 23, 11, -11]
    assert table.status.tolist() == [4, 4, 2, 1, 1]
    assert table.energy.tolist() == [7, 7, 14, 5, 5]
    assert table.prod_vertex.tolist() == [-1, -1, 0, 1, 1]
    assert table.end_vertex.tolist() == [0, 0, 1, -1, -1]
    # the second vertex has no line of its own and so takes its place from the first
    assert (table.x.tolist(), table.t.tolist()) == ([1, 1], [4, 4])
    assert (table.offsets.tolist(), table.vertex_offsets.tolist()) == ([0, 5], [0, 2])


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_hold_what_was_asked_for(size: int, write: Write, assert_same_events: Compare) -> None:
    path = write(HEADER3 + "".join(event3(k) for k in range(7)) + FOOTER3)
    tables = list(read_particles(path, chunk_size=size))
    assert [len(t) for t in tables] == [size] * (7 // size) + [7 % size] * (7 % size > 0)
    assert [int(n) for t in tables for n in t.event] == list(range(7))
    assert_same_events(tables, read_particles(path))


def test_events_larger_than_a_block_of_text(
    write: Write, monkeypatch: pytest.MonkeyPatch, assert_same_events: Compare
) -> None:
    path = write(HEADER3 + "".join(event3(k, "A 0 note " + "x" * 300 + "\n") for k in range(9)) + FOOTER3)
    whole = list(read_particles(path))
    for block in (1, 17, 64, 200, 1000, 5000):
        assert_same_events(HepMCReader(path, block_size=block), whole)


def test_columns_grow_when_they_are_full(
    write: Write, monkeypatch: pytest.MonkeyPatch, assert_same_events: Compare
) -> None:
    path = write(HEADER3 + "".join(event3(k) for k in range(50)) + FOOTER3)
    whole = list(read_particles(path))
    monkeypatch.setattr("recastbook.events.hepmc._FIRST_ROOM", 3)
    assert_same_events(read_particles(path), whole)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gz", "zst"])
def test_compressed_files_in_several_members(
    pack: Callable[[bytes], bytes], write: Write, assert_same_events: Compare
) -> None:
    first, second = HEADER3 + event3(0), event3(1) + FOOTER3
    packed = write(pack(first.encode()) + pack(second.encode()), "packed")
    assert_same_events(read_particles(packed), read_particles(write(first + second)))


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.replace("\n", "\r\n"),
        lambda s: s.replace(HEADER3, ""),
        lambda s: s.replace(FOOTER3, ""),
        lambda s: s.removesuffix("\n" + FOOTER3),
        lambda s: "\n\n" + s + "\n\n",
        lambda s: s.replace("P 3", "  \nP 3").replace("U GEV MM", "U   GEV  MM"),
        lambda s: s.replace(" 2212 ", "  2212\t ").replace("P ", "P  "),
        lambda s: s.replace("A 0 x", "F 1 2 3\nH 1 2 3\nX what is this"),
    ],
    ids=["crlf", "no header", "no footer", "no last line end", "blank lines", "blanks", "tabs", "unknown lines"],
)  # fmt: skip
def test_harmless_variations(change: Callable[[str], str], write: Write, assert_same_events: Compare) -> None:
    text = HEADER3 + event3(0, "A 0 x 1\n") + event3(1, "A 0 x 1\n") + FOOTER3
    assert_same_events(read_particles(write(change(text))), read_particles(write(text, "plain")))


def test_missing_vertices_are_made(write: Write) -> None:
    # a particle out of a vertex that has no line V, and one out of a particle that a line V ends
    body = "P 1 0 2212 0 0 7 7 0 4\nP 2 -2 11 0 0 1 1 0 1\nV -1 0 [1]\nP 3 1 22 0 0 1 1 0 1\nP 4 -1 22 0 0 1 1 0 1\n"
    table = only(read_particles(write(HEADER3 + "E 0 2 4\n" + body)))
    assert table.prod_vertex.tolist() == [-1, 1, 0, 0]
    assert table.end_vertex.tolist() == [0, -1, -1, -1]


def test_an_event_position_moves_what_has_none(write: Write) -> None:
    text = event3(0, body=BODY3.replace(" @ 1 2 3 4", "")).replace("E 0 2 5", "E 0 2 5 @ 0.1 0.2 30 0")
    table = only(read_particles(write(HEADER3 + text)))
    assert (table.x.tolist(), table.z.tolist()) == ([0.1, 0.1], [30, 30])


def test_loops_in_the_record_do_not_hang(write: Write) -> None:
    body = "P 1 2 11 0 0 1 1 0 2\nP 2 1 11 0 0 1 1 0 2\n"
    table = only(read_particles(write(HEADER3 + "E 0 2 2\n" + body)))
    assert table.prod_vertex.tolist() == [0, 1]
    assert table.x.tolist() == [0, 0]


@pytest.mark.parametrize(("units", "energy", "length"), [("MEV MM", 1e-3, 1), ("GEV CM", 1, 10), ("MEV CM", 1e-3, 10)])
def test_units_of_the_header_are_converted(units: str, energy: float, length: float, write: Write) -> None:
    ours = only(read_particles(write(HEADER3 + event3(0).replace("GEV MM", units))))
    plain = only(read_particles(write(HEADER3 + event3(0), "plain")))
    for name in ("px", "py", "pz", "energy", "mass"):
        np.testing.assert_allclose(getattr(ours, name), energy * getattr(plain, name), rtol=1e-15)
    for name in "xyzt":
        np.testing.assert_allclose(getattr(ours, name), length * getattr(plain, name), rtol=1e-15)


def test_several_listings_in_one_file_are_runs(write: Write) -> None:
    one = HEADER3 + event3(0) + event3(1) + FOOTER3
    reader = HepMCReader(write(one + one + "\n" + one))
    table = only(reader)
    assert table.run.tolist() == [1, 1, 2, 2, 3, 3]
    assert table.event.tolist() == [0, 1] * 3
    assert "holds 3 listings, numbered as runs 1 to 3" in reader.notes[0]


def test_a_new_header_without_listing_may_follow_an_event(write: Write) -> None:
    text = HEADER3 + "W a\\|Default\n" + event3(0, "W 1 2\n") + "W Default\\|b\nT Gen\\|2\\|\n" + event3(1, "W 3 4\n")
    assert only(read_particles(write(text))).weight.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("names", "used", "value"),
    [
        (["MUR0.5", "Default", "MUR2"], "Default", 20.0),
        (["MUR0.5", "NOMINAL"], "NOMINAL", 20.0),
        (["a", "b", "0"], "0", 30.0),
        (["Weight", "Default"], "Weight", 10.0),
        (["MEWeight", "other"], "MEWeight", 10.0),
    ],
)
@pytest.mark.parametrize("form", [2, 3])
def test_the_nominal_weight_is_found_by_name(
    names: list[str], used: str, value: float, form: int, write: Write
) -> None:
    weights = " ".join(f"{10 * (k + 1)}.0" for k in range(len(names)))
    if form == 3:
        text = HEADER3 + "W " + "\\|".join(names) + "\nT Gen\\|1.2\\|good\n" + event3(0, f"W {weights}\n")
    else:
        quoted = " ".join(f'"{n}"' for n in names)
        text = event2(0, weights=f"{len(names)} {weights}", names=f"N {len(names)} {quoted}\n")
    info = file_info(write(text))
    assert (info.weight_name, info.weight_names, info.sum_of_weights) == (used, tuple(names), value)
    assert any(f"weight {used!r} of {len(names)} is used" in note for note in info.notes)
    chosen = file_info(write(text), weight=names[1])
    assert (chosen.weight_name, chosen.sum_of_weights) == (names[1], 20.0)
    with pytest.raises(BadOption, match=r"no event weight is called 'nope'"):
        file_info(write(text), weight="nope")


def test_weight_names_that_do_not_fit_are_not_trusted(write: Write) -> None:
    info = file_info(write(HEADER3 + "W a\\|b\\|Default\n" + event3(0, "W 1 2\n")))
    assert (info.weight_name, info.sum_of_weights) == (None, 1.0)
    assert "weight names and weights differ in number, the first weight is used" in info.notes[0]


def event2(number: int, *, weights: str = "0", names: str = "", more: str = "U GEV MM\n") -> str:
    """A Z to electrons in HepMC2; vertex barcodes neither in order nor small."""
    return (
        f"E {number} -1 -1.0 -1.0 -1.0 0 0 2 1 2 2 111 222 {weights}\n{names}{more}"
        "V -20 0 0 0 0 0 2 1 0\n"
        "P 1 2212 0 0 7 7 0.938 4 0 0 -20 0\n"
        "P 2 2212 0 0 -7 7 0.938 4 0 0 -20 0\n"
        "P 3 23 0 0 0 14 14 2 0 0 -90000 1 1 501\n"
        "V -90000 0 1 2 3 4 0 2 0\n"
        "P 4 11 0 3 4 5 0 1 0 0 0 0\n"
        "P 5 -11 0 -3 -4 5 0 1 0 0 0 0\n"
    )


def test_hepmc2_by_hand(write: Write) -> None:
    table = only(read_particles(write(event2(4, weights="2 0.5 3", more="U MEV CM\nC 12.5 0.5\n"))))
    assert (table.event.tolist(), table.weight.tolist()) == ([4], [0.5])
    assert table.prod_vertex.tolist() == [-1, -1, 0, 1, 1]
    assert table.end_vertex.tolist() == [0, 0, 1, -1, -1]
    np.testing.assert_allclose(table.energy, [7e-3, 7e-3, 14e-3, 5e-3, 5e-3])
    assert (table.x.tolist(), table.t.tolist()) == ([0, 10], [0, 40])


def test_the_last_cross_section_of_the_file_counts(write: Write) -> None:
    xs = "A 0 GenCrossSection {} {} 100 100\n"
    text = HEADER3 + "".join(event3(k, xs.format(10.0 + k, 1.0 / (k + 1))) for k in range(4))
    info = file_info(write(text))
    assert (info.cross_section_pb, info.cross_section_error) == (13.0, 0.25)
    info = file_info(write(event2(0, more="C 3.5e+02 1.5\n") + event2(1, more="C 3.6e+02 1.25\n")))
    assert (info.cross_section_pb, info.cross_section_error) == (360.0, 1.25)
    info = file_info(write(HEADER3 + event3(0, xs.format(0.0, 0.0))))
    assert info.cross_section_pb is None


def test_files_without_event_numbers_are_numbered_in_file_order(write: Write) -> None:
    reader = HepMCReader(write(HEADER3 + event3(0) * 4), chunk_size=3)
    assert [int(n) for t in reader for n in t.event] == [0, 1, 2, 3]
    assert "numbered in file order" in reader.notes[0]
    assert [int(n) for t in read_particles(write(HEADER3 + event3(5) * 2)) for n in t.event] == [5, 5]
    assert [int(n) for t in read_particles(write(HEADER3 + event3(0))) for n in t.event] == [0]


@pytest.mark.parametrize("shift", range(-12, 3))
def test_an_event_line_at_the_edge_of_what_is_read_ahead_counts_once(shift: int, write: Write) -> None:
    start = HEADER3 + "A note "
    text = start + "x" * ((1 << 18) - len(start) - 1 + shift) + "\n" + event3(0) + event3(7)
    assert [int(n) for t in read_particles(write(text)) for n in t.event] == [0, 7]


def test_beams_and_generator_are_reported(write: Write) -> None:
    info = file_info(write(HEADER3 + "T Pythia\\|8.3\\|best\nT Pythia\\|8.3\\|best\n" + event3(0)))
    assert (info.generator, info.beam_energy, info.format, info.particles) == ("Pythia 8.3", 7.0, "hepmc3", 2)


def test_arguments_that_cannot_work(write: Write) -> None:
    path = write(HEADER3 + event3(0))
    with pytest.raises(BadOption, match="chunk_size must be at least 1, not 0"):
        read_particles(path, chunk_size=0)
    with pytest.raises(BadOption, match="reader must be 'fast' or 'pyhepmc', not 'slow'"):
        read_particles(path, reader="slow")  # type: ignore[arg-type]
    with pytest.raises(BadOption, match="pyhepmc cannot go on behind a broken event"):
        read_particles(path, reader="pyhepmc", on_error="skip")
    with pytest.raises(BadOption, match="on_error must be 'raise' or 'skip', not 'ignore'"):
        read_particles(path, on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(BadFile, match="is lhe, not HepMC"):
        read_particles(write("<LesHouchesEvents>\n", "a.lhe"))


def expected() -> list[str]:
    return ["hepmc3-inputConvert1.hepmc", "hepmc3-inputIO1.hepmc", "hepmc3-inputIO2.hepmc", "hepmc3-inputMass.hepmc",
            "pyhepmc-last_event_issue.hepmc", "pyhepmc-pythia6.dat", "rivet-testApi.hepmc", "checkmate-testfile.lhe",
            "madgraph-ttbar.lhe.gz", "skhep-madgraph-Z-mlm.lhe.gz", "skhep-powheg-hvq.lhe",
            "smodels-gluino_squarks.lhe"]  # fmt: skip


@pytest.mark.parametrize("name", expected())
def test_counts_of_files_by_other_programs(name: str, shared_data: Callable[[str], Path]) -> None:
    with shared_data("events/expected.csv").open(encoding="utf-8") as table:
        row = next(r for r in csv.DictReader(table) if r["file"] == name)
    path = shared_data(f"events/{name}")
    info = file_info(path)
    assert info.format.startswith(row["format"])
    assert (info.events, info.particles) == (int(row["events"]), int(row["particles"]))
    assert count_events(path) == int(row["events"])


def test_text_is_not_held_in_memory(write: Write) -> None:
    path = write(HEADER3 + "".join(event3(k) for k in range(3000)))
    reader = HepMCReader(path, chunk_size=100)
    rooms = {len(table.px.base) for table in reader if table.px.base is not None}
    assert reader.events == 3000
    assert len(rooms) == 1


def test_event_lines_in_names_do_not_count(write: Write) -> None:
    text = HEADER3 + "T E 1 2 3\\|1\\|x\n" + event3(0, "A 0 comment E 5 5 5\n")
    assert count_events(write(text)) == 1
    assert len(re.findall("E ", text)) > 1
