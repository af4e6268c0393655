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
def test_files_written_again_in_the_other_format(
    name: str, form: str, shared_data: Callable[[str], Path], assert_same_events: Compare, tmp_path: Path
) -> None:
    path = tmp_path / "events.dat"
    with pyhepmc.open(shared_data(f"events/{name}")) as source, pyhepmc.open(path, "w", format=form) as sink:
        for event in source:
            sink.write(event)
    if (name, form) == ("hepmc3-inputConvert1.hepmc", "HepMC3"):
        # pyhepmc splits weight names at blanks and then refuses the file it wrote itself; ours must be the original
        with pytest.raises(BadEvent, match=r"pyhepmc stops at event 0 .*\(146\) does not match the .*names\(150\)"):
            next(iter(read_particles(path, reader="pyhepmc")))
        assert_same_events(read_particles(path), read_particles(shared_data(f"events/{name}"), reader="pyhepmc"))
        return
    assert_same_events(*both(path))


# two beams, a Z to two electrons, one of which radiates: PDG number, status, mothers, momentum, transverse position
HEPEVT = [
    (2212, 4, (), (0.0, 0.0, 7e3, 7e3), 0.0),
    (2212, 4, (), (0.0, 0.0, -7e3, 7e3), 0.0),
    (23, 2, (0, 1), (10.0, 0.0, 0.0, 92.0), 0.01),
    (11, 2, (2,), (5.0, 1.0, 2.0, 46.0), 0.01),
    (-11, 1, (2,), (5.0, -1.0, -2.0, 46.0), 0.01),
    (11, 1, (3,), (4.0, 1.0, 1.0, 40.0), 0.5),
    (22, 1, (3,), (1.0, 0.0, 1.0, 6.0), 0.5),
]
# the HEPEVT record gives mothers as a range, so the beams stay neighbours
ORDERS = {
    "sorted": [0, 1, 2, 3, 4, 5, 6],
    "siblings": [1, 0, 2, 4, 3, 6, 5],
    "daughters first": [5, 6, 4, 3, 2, 0, 1],
    "reversed": [6, 5, 4, 3, 2, 1, 0],
}


def hepevt_event(number: int, order: list[int], scale: float) -> pyhepmc.GenEvent:
    """The record above in another order, made through pyhepmc's HEPEVT interface."""
    rows = [HEPEVT[i] for i in order]
    mothers = [sorted(order.index(m) + 1 for m in row[2]) for row in rows]
    event = pyhepmc.GenEvent()
    event.from_hepevt(
        event_number=number,
        px=[row[3][0] for row in rows],
        py=[row[3][1] for row in rows],
        pz=[row[3][2] for row in rows],
        en=[row[3][3] for row in rows],
        m=[0.0] * 7,
        pid=[row[0] for row in rows],
        status=[row[1] for row in rows],
        parents=[(m[0], m[-1]) if m else (0, 0) for m in mothers],
        vx=[scale * row[4] for row in rows],
        vy=[0.0] * 7,
        vz=[0.0] * 7,
        vt=[scale * row[4] for row in rows],
    )
    return event


def write_hepevt(path: Path, form: str, order: list[int], scale: float) -> Path:
    with pyhepmc.open(path, "w", format=form) as sink:
        for number in range(3):
            sink.write(hepevt_event(number, order, scale))
    return path


@pytest.mark.parametrize("form", ["HepMC2", "HepMC3"])
@pytest.mark.parametrize("scale", [0.0, 1.0], ids=["at zero", "with positions"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_events_made_from_hepevt(
    form: str, order: list[int], scale: float, tmp_path: Path, assert_same_events: Compare
) -> None:
    path = write_hepevt(tmp_path / "events.dat", form, order, scale)
    straight = write_hepevt(tmp_path / "straight.dat", "HepMC2", ORDERS["sorted"], scale)
    assert_same_events(read_particles(path), read_particles(straight, reader="pyhepmc"))
    if form == "HepMC3" and scale == 0.0 and order[0] > 2:
        # particles before their mothers, without lines V: pyhepmc reads its own output as no event, silently
        with pytest.raises(BadEvent, match=r"the text holds 3 events; 0 were read"):
            next(iter(read_particles(path, reader="pyhepmc")))
    else:
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
    assert_same_events(read_particles(path), read_particles(write(text, "sorted.dat"), reader="pyhepmc"))
    with pytest.raises(BadEvent, match=r"pyhepmc stops at event 0 .*1 events; 0 were read"):  # it wants rising ids
        next(iter(read_particles(path, reader="pyhepmc")))


@pytest.mark.parametrize("place", ["before", "behind", "reversed"])
def test_vertices_before_or_behind_the_particles(
    place: str, shared_data: Callable[[str], Path], assert_same_events: Compare, write: Callable[..., Path]
) -> None:
    lines = shared_data("events/pyhepmc-pythia6.dat").read_text().splitlines()
    particles = [line for line in lines if line.startswith("P ")]
    vertices = [line for line in lines if line.startswith("V ")]
    records = {
        "before": vertices + particles,
        "behind": particles + vertices,
        "reversed": vertices[::-1] + particles,
    }[place]
    head = [line for line in lines if line[:2] not in ("P ", "V ")]
    path = write("\n".join(head[:-1] + records + head[-1:]) + "\n")
    assert_same_events(*both(path))
    assert_same_events(read_particles(path), read_particles(shared_data("events/pyhepmc-pythia6.dat")))


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
