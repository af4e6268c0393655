"""Our HepMC reader gives the same events as the HepMC3 library, bit by bit."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pyhepmc
import pytest

from recastbook.events.reading import read_particles
from recastbook.exceptions import BadEvent

FILES = [
    "hepmc3-inputConvert1.hepmc",
    "hepmc3-inputIO1.hepmc",
    "hepmc3-inputIO2.hepmc",
    "hepmc3-inputMass.hepmc",
    "pyhepmc-last_event_issue.hepmc",
    "pyhepmc-pythia6.dat",
    "rivet-testApi.hepmc",
]
Compare = Callable[..., None]


def both(path: Path) -> tuple[object, object]:
    return read_particles(path, chunk_size=7), read_particles(path, chunk_size=3, reader="pyhepmc")


@pytest.mark.parametrize("name", FILES)
def test_files_of_other_programs(name: str, shared_data: Callable[[str], Path], assert_same_events: Compare) -> None:
    assert_same_events(*both(shared_data(f"events/{name}")))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("form", ["HepMC2", "HepMC3"])
@pytest.mark.filterwarnings("ignore")
def test_files_written_again_in_the_other_format(
    name: str, form: str, shared_data: Callable[[str], Path], assert_same_events: Compare, tmp_path: Path
) -> None:
    path = tmp_path / "events.dat"
    with pyhepmc.open(shared_data(f"events/{name}")) as source, pyhepmc.open(path, "w", format=form) as sink:
        for event in source:
            sink.write(event)
    assert_same_events(*both(path))


def hepevt_event(number: int) -> pyhepmc.GenEvent:
    """Two beams, a Z to two electrons, one of which radiates; made through the HEPEVT interface."""
    event = pyhepmc.GenEvent()
    momenta = [
        (0, 0, 7e3, 7e3),
        (0, 0, -7e3, 7e3),
        (10, 0, 0, 92),
        (5, 1, 2, 46),
        (5, -1, -2, 46),
        (4, 1, 1, 40),
        (1, 0, 1, 6),
    ]
    px, py, pz, energy = zip(*momenta, strict=True)
    event.from_hepevt(
        event_number=number,
        px=[float(p) for p in px],
        py=[float(p) for p in py],
        pz=[float(p) for p in pz],
        en=[float(p) for p in energy],
        m=[0.938, 0.938, 91.2, 0.0005, 0.0005, 0.0005, 0.0],
        pid=[2212, 2212, 23, 11, -11, 11, 22],
        status=[4, 4, 2, 2, 1, 1, 1],
        parents=[(0, 0), (0, 0), (1, 2), (3, 3), (3, 3), (4, 4), (4, 4)],
        children=[(3, 3), (3, 3), (4, 5), (6, 7), (0, 0), (0, 0), (0, 0)],
        vx=[0.0, 0.0, 0.01, 0.0, 0.0, 0.5, 0.5],
        vy=[0.0] * 7,
        vz=[0.0] * 7,
        vt=[0.0, 0.0, 0.01, 0.0, 0.0, 0.7, 0.7],
    )
    return event


@pytest.mark.parametrize("form", ["HepMC2", "HepMC3"])
@pytest.mark.filterwarnings("ignore")
def test_events_made_from_hepevt(form: str, tmp_path: Path, assert_same_events: Compare) -> None:
    path = tmp_path / "events.dat"
    with pyhepmc.open(path, "w", format=form) as sink:
        for number in range(3):
            sink.write(hepevt_event(number))
    assert_same_events(*both(path))


def shuffled(text: str, seed: int) -> str:
    """Put the lines P and V of each HepMC3 event into another order."""
    rng = random.Random(seed)
    out: list[str] = []
    records: list[str] = []
    for line in [*text.splitlines(), "E"]:
        if line[:2] in ("P ", "V "):
            records.append(line)
            continue
        rng.shuffle(records)
        out += records
        records = []
        out.append(line)
    return "\n".join(out[:-1]) + "\n"


@pytest.mark.parametrize("seed", range(5))
def test_records_in_any_order(
    seed: int, shared_data: Callable[[str], Path], assert_same_events: Compare, write: Callable[..., Path]
) -> None:
    text = shared_data("events/pyhepmc-pythia6.dat").read_text()
    path = write(shuffled(text, seed))
    assert_same_events(read_particles(path), read_particles(path, reader="pyhepmc"))
    assert_same_events(read_particles(path), read_particles(write(text, "sorted.dat")))


@pytest.mark.parametrize("units", ["U MEV MM", "U GEV CM", "U MEV CM"])
@pytest.mark.parametrize("name", ["pyhepmc-pythia6.dat", "hepmc3-inputMass.hepmc", "pyhepmc-last_event_issue.hepmc"])
def test_units_are_converted_alike(
    name: str, units: str, shared_data: Callable[[str], Path], assert_same_events: Compare, write: Callable[..., Path]
) -> None:
    path = write(shared_data(f"events/{name}").read_text().replace("U GEV MM", units))
    assert_same_events(*both(path))


def test_where_pyhepmc_ends_quietly_we_say_so(shared_data: Callable[[str], Path], write: Callable[..., Path]) -> None:
    text = shared_data("events/pyhepmc-pythia6.dat").read_text()
    body = text[text.index("\nE ") + 1 : text.rindex("HepMC::")]
    three = "".join(re.sub(r"^E 0", f"E {k}", body) for k in range(3))
    broken = re.sub(r"^E 1 24 53", "E 1 23 53", three, flags=re.MULTILINE)  # one vertex too few announced
    path = write(text[: text.index("\nE ") + 1] + broken + text[text.rindex("HepMC::") :])
    tables = read_particles(path, reader="pyhepmc")
    assert len(next(iter(tables))) == 1
    with pytest.raises(BadEvent, match=r"pyhepmc stops at event 1 \(number 2 in the file\).*3 events; 1 were read"):
        next(iter(tables))
