"""Damaged HepMC files: one clear error that names file and event, and nothing lost of what is good."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from recastbook.events.hepmc import HepMCReader
from recastbook.events.reading import count_events, file_info, read_particles
from recastbook.exceptions import BadEvent, BadFile

Write = Callable[..., Path]
HEADER3 = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n"
FOOTER3 = "HepMC::Asciiv3-END_EVENT_LISTING\n"
HEADER2 = "HepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\n"
FOOTER2 = "HepMC::IO_GenEvent-END_EVENT_LISTING\n"


def event3(number: int) -> str:
    return (
        f"E {number} 2 4\nU GEV MM\nW 1.5\n"
        "P 1 0 2212 0 0 7 7 0.938 4\nV -1 0 [1] @ 1 2 3 4\nP 2 -1 23 0 0 0 14 14 2\n"
        "P 3 2 11 0 3 4 5 0 1\nP 4 2 -11 0 -3 -4 5 0 1\n"
    )


def event2(number: int) -> str:
    return (
        f"E {number} -1 -1.0 -1.0 -1.0 0 0 2 1 2 0 1 1.5\nU GEV MM\nV -1 0 1 2 3 4 1 1 0\n"
        "P 1 2212 0 0 7 7 0.938 4 0 0 -1 0\nP 2 23 0 0 0 14 14 2 0 0 -2 0\nV -2 0 0 0 0 0 0 2 0\n"
        "P 3 11 0 3 4 5 0 1 0 0 0 0\nP 4 -11 0 -3 -4 5 0 1 0 0 0 0\n"
    )


FAULTS3 = {
    "cut number": ("P 3 2 11 0 3 4 5 0 1", "P 3 2 11 0 3 4", "a particle line cannot be read"),
    "letters": ("P 3 2 11 0 3 4 5 0 1", "P 3 2 11 0 3 4 x5 0 1", "a particle line cannot be read"),
    "garbage": ("P 3 2 11 0 3", "P 3 2 \x00\x07\xff 0 3", "a particle line cannot be read"),
    "lost line": ("P 4 2 -11 0 -3 -4 5 0 1\n", "", "it has 3 particles where its event line says 4"),
    "extra line": ("P 4 2 -11", "P 4 2 22 0 0 1 1 0 1\nP 5 2 -11", "more particles than the 4 that its event line"),
    "same id": ("P 4 2 -11", "P 3 2 -11", "the particle id 3 is used twice"),
    "id too large": ("P 4 2 -11", "P 9 2 -11", "the particle id 9 is used twice or not in 1 to 4"),
    "unknown mother": ("P 4 2 -11", "P 4 8 -11", "refers to a particle 8 that it does not have"),
    "unknown vertex": ("P 4 2 -11", "P 4 -8 -11", "refers to a vertex -8 that it does not have"),
    "unknown end": ("V -1 0 [1]", "V -1 0 [1,77]", "refers to a particle 77 that it does not have"),
    "vertex line": ("V -1 0 [1]", "V -1 0 [1", "a vertex line cannot be read"),
    "vertex position": ("@ 1 2 3 4", "@ 1 2 three 4", "a vertex line cannot be read"),
    "nan": ("0 3 4 5 0 1\n", "nan 3 4 5 0 1\n", "momentum, energy or mass of its particle 3 is nan or infinite"),
    "inf": ("0 3 4 5 0 1\n", "0 3 4 inf 0 1\n", "momentum, energy or mass of its particle 3 is nan or infinite"),
    "overflow": ("0 3 4 5 0 1\n", "0 3 1e999 5 0 1\n", "momentum, energy or mass of its particle 3 is nan or infinite"),
    "nan position": ("@ 1 2 3 4", "@ 1 nan 3 4", "the position of its vertex 1 is nan or infinite"),
    "negative energy": ("0 3 4 5 0 1\n", "0 3 4 -5 0 1\n", "the final particle 3 has negative energy"),
    "nan weight": ("W 1.5", "W nan", "its weight is nan or infinite"),
    "no weight": ("W 1.5", "W", "the nominal weight is missing"),
    "units": ("U GEV MM", "U TEV MM", "its units are none of GEV, MEV and MM, CM"),
    "length units": ("U GEV MM", "U GEV KM", "its units are none of GEV, MEV and MM, CM"),
    "counts": ("E 5 2 4", "E 5 2 400000000", "announces more particles and vertices than its text can hold"),
    "negative counts": ("E 5 2 4", "E 5 -2 4", "its event line cannot be read"),
    "event line": ("E 5 2 4", "E 5 2", "its event line cannot be read"),
}
FAULTS2 = {
    "cut number": ("P 3 11 0 3 4 5 0 1 0 0 0 0", "P 3 11 0 3 4", "a particle line cannot be read"),
    "lost line": ("P 4 -11 0 -3 -4 5 0 1 0 0 0 0\n", "", r"1 particle\(s\) of vertex -2 are missing"),
    "lost in the middle": ("P 2 23 0 0 0 14 14 2 0 0 -2 0\n", "", r"1 particle\(s\) of vertex -1 are missing"),
    "extra line": ("P 4 -11", "P 4 22 0 0 1 1 0 1 0 0 0 0\nP 5 -11", "more particles than its vertices announce"),
    "lost vertex": ("V -2 0 0 0 0 0 0 2 0\n", "", "more particles than its vertices announce"),
    "vertex count": (" 0 0 2 1 2 0 1", " 0 0 3 1 2 0 1", "it has 2 vertices where its event line says 3"),
    "too many vertices": (" 0 0 2 1 2 0 1", " 0 0 1 1 2 0 1", "it has 2 vertices where its event line says 1"),
    "unknown end": ("2 0 0 -2 0", "2 0 0 -7 0", "refers to a vertex -7 that it does not have"),
    "vertex line": ("V -2 0 0 0 0 0 0 2 0", "V -2 0 0", "a vertex line cannot be read"),
    "nan": (" 0 3 4 5 0 1 ", " nan 3 4 5 0 1 ", "of its particle 3 is nan or infinite"),
    "negative energy": (" 0 3 4 5 0 1 ", " 0 3 4 -5 0 1 ", "the final particle 3 has negative energy"),
    "no weight": ("0 1 1.5", "0 1", "the nominal weight is missing"),
    "event line": ("E 5 -1 -1.0 -1.0", "E 5 -1 minus", "its event line cannot be read"),
    "random states": (" 0 1 1.5", " 999999999999 1 1.5", "its event line cannot be read"),
    "counts": (" 0 0 2 1 2 0 1", " 0 0 999999999 1 2 0 1", "announces more particles and vertices"),
}
ALL = [(3, name, *fault) for name, fault in FAULTS3.items()] + [(2, name, *fault) for name, fault in FAULTS2.items()]


def broken_file(form: int, old: str, new: str) -> str:
    """Events 3, 4, 5, 6, of which number 5 is broken."""
    event, header, footer = {3: (event3, HEADER3, FOOTER3), 2: (event2, HEADER2, FOOTER2)}[form]
    bad = event(5)
    assert bad.count(old) == 1
    return header + event(3) + event(4) + bad.replace(old, new) + event(6) + footer


@pytest.mark.parametrize(("form", "name", "old", "new", "reason"), ALL, ids=[f"{a[0]} {a[1]}" for a in ALL])
def test_a_broken_event_is_named_and_those_before_are_kept(
    form: int, name: str, old: str, new: str, reason: str, write: Write
) -> None:
    path = write(broken_file(form, old, new).encode("latin-1"))
    reader = HepMCReader(path)
    assert next(reader).event.tolist() == [3, 4]
    with pytest.raises(
        BadEvent, match=rf"events\.dat: event 5 \(number 3 in the file\) is broken: .*{reason}.*The 2 event"
    ):
        next(reader)
    with pytest.raises(BadEvent, match=r"event 5"):
        count_events(path)
    with pytest.raises(BadEvent, match=r"line \d+ reads '"):
        list(read_particles(path, chunk_size=1))


@pytest.mark.parametrize(("form", "name", "old", "new", "reason"), ALL, ids=[f"{a[0]} {a[1]}" for a in ALL])
def test_a_broken_event_can_be_left_out(
    form: int, name: str, old: str, new: str, reason: str, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(broken_file(form, old, new).encode("latin-1"))
    reader = HepMCReader(path, on_error="skip")
    assert [int(n) for t in reader for n in t.event] == [3, 4, 6]
    assert (reader.events, reader.skipped) == (3, 1)
    assert "event 5" in caplog.text
    info = file_info(path, on_error="skip")
    assert (info.events, info.skipped, info.sum_of_weights) == (3, 1, 4.5)
    assert "1 broken event(s) left out" in info.notes[-1]


def test_the_line_that_is_broken_is_shown(write: Write) -> None:
    text = broken_file(3, "P 3 2 11 0 3 4 5", "P 3 2 11 0 3 4 oops")
    number = next(k for k, line in enumerate(text.splitlines(), start=1) if "oops" in line)
    with pytest.raises(BadEvent, match=rf"line {number} reads 'P 3 2 11 0 3 4 oops 0 1'"):
        list(read_particles(write(text)))


def test_the_file_whose_end_is_cut_off(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("events/pyhepmc-broken.dat")
    for attempt in (count_events, file_info, lambda p: list(read_particles(p))):
        with pytest.raises(
            BadEvent, match=r"pyhepmc-broken\.dat: event 0 \(number 1 in the file\).*'P 16 4 22 -2\.6978"
        ):
            attempt(path)
    with pytest.raises(BadEvent, match=r"pyhepmc stops at event 0"):
        list(read_particles(path, reader="pyhepmc"))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gz", "zst"])
def test_a_truncated_archive_gives_its_complete_events(pack: Callable[[bytes], bytes], write: Write) -> None:
    rng = random.Random(1)
    # numbers that do not compress, so that cutting the archive cuts the text at about the same place
    text = HEADER3 + "".join(event3(k).replace("U ", f"A 0 x {rng.getrandbits(200)}\nU ") for k in range(3000))
    packed = pack(text.encode())
    path = write(packed[: len(packed) * 2 // 3])
    reader = HepMCReader(path, chunk_size=50)
    found: list[int] = []

    def read() -> None:
        for table in reader:
            found.extend(table.event.tolist())

    with pytest.raises(BadFile, match=r"is truncated: its (gz|zst) data stop in the middle.*complete event\(s\)"):
        read()
    assert 0 < len(found) < 3000
    assert found == list(range(len(found)))
    again = HepMCReader(path, on_error="skip")
    assert [int(n) for t in again for n in t.event] == found
    assert again.skipped in (0, 1)


def test_a_corrupted_archive_gives_what_stands_before(write: Write) -> None:
    rng = random.Random(2)
    text = HEADER3 + "".join(event3(k).replace("U ", f"A 0 x {rng.getrandbits(60)}\nU ") for k in range(6000))
    packed = bytearray(gzip.compress(text.encode()))
    middle = len(packed) // 2
    packed[middle : middle + 200] = bytes(200)
    path = write(bytes(packed))
    reader = HepMCReader(path, chunk_size=100)
    sizes: list[int] = []

    def read() -> None:
        sizes.extend(len(table) for table in reader)

    with pytest.raises(BadFile, match=r"events\.dat"):
        read()
    assert sum(sizes) > 0
    tolerant = HepMCReader(path, on_error="skip")
    assert sum(len(t) for t in tolerant) >= sum(sizes)
    assert tolerant.skipped > 0


def test_a_wrong_checksum_at_the_end_is_an_error(write: Write) -> None:
    packed = bytearray(gzip.compress((HEADER3 + event3(0) + FOOTER3).encode()))
    packed[-8] ^= 0xFF
    reader = HepMCReader(write(bytes(packed)))
    assert next(reader).event.tolist() == [0]
    with pytest.raises(BadFile, match=r"is damaged: its gz data cannot be decompressed.*1 complete event"):
        next(reader)


@pytest.mark.parametrize("text", [HEADER3, HEADER3 + FOOTER3, HEADER2 + FOOTER2, HEADER3 + "W a\nT b\\|c\\|d\n"])
def test_no_events(text: str, write: Write) -> None:
    path = write(text)
    for reader in ("fast", "pyhepmc"):
        with pytest.raises(BadFile, match=r"events\.dat is hepmc[23] but holds no events"):
            list(read_particles(path, reader=reader))  # type: ignore[arg-type]
    with pytest.raises(BadFile, match="holds no events"):
        count_events(path)


def test_an_event_cut_off_at_the_end_of_a_plain_file(write: Write) -> None:
    text = HEADER3 + event3(0) + event3(1)
    for cut in range(len(text) - len(event3(1)) + 10, len(text) - 2, 7):
        reader = HepMCReader(write(text[:cut]))
        assert next(reader).event.tolist() == [0]
        with pytest.raises(BadEvent, match=r"event 1 \(number 2 in the file\)"):
            next(reader)


def test_negative_weights_and_energies_of_intermediate_particles_are_legal(write: Write) -> None:
    text = event3(0).replace("W 1.5", "W -1.5").replace("0 0 0 14 14 2", "0 0 0 -14 14 2")
    info = file_info(write(HEADER3 + text))
    assert (info.events, info.sum_of_weights, info.sum_of_weights2) == (1, -1.5, 2.25)


def test_text_without_any_end_of_event_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recastbook.events.hepmc._LARGEST_EVENT", 20000)
    path = write(HEADER3 + event3(0) + "A 0 x 1\n" * 10000)
    with pytest.raises(BadFile, match="no event ends within"):
        list(HepMCReader(path, block_size=1000))


def test_noise_never_hangs_or_crashes(write: Write) -> None:
    rng = random.Random(1)
    text = (HEADER3 + "".join(event3(k) for k in range(6)) + FOOTER3).encode()
    for _ in range(150):
        noisy = bytearray(text)
        for _ in range(rng.randint(1, 8)):
            noisy[rng.randrange(len(noisy))] = rng.randrange(256)
        reader = HepMCReader.__new__(HepMCReader)
        try:
            reader = HepMCReader(write(bytes(noisy)), on_error="skip")
            found = sum(len(t) for t in reader)
        except BadFile:
            continue
        assert found + reader.skipped <= 7


def test_names_of_events_are_found_in_the_message(write: Write) -> None:
    text = HEADER3 + "".join(event3(100 * k) for k in range(5)) + FOOTER3
    broken = re.sub(r"(E 300 2 4\n(?:.*\n){3}V) -1", r"\1 -x", text)
    with pytest.raises(BadEvent, match=r"event 300 \(number 4 in the file\).*a vertex line cannot be read"):
        list(read_particles(write(broken)))
