"""The generator filter on leptons of the hard process: what it keeps, what it counts, what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

import recastbook as rb
from recastbook.events.columns import to_records
from recastbook.events.eventfile import EventFile
from recastbook.events.generation.lepton_filter import LeptonFilterCount, lepton_hook
from recastbook.events.generation.presets import preset
from recastbook.exceptions import BadOption, UnknownName

KEPT = Path(__file__).parents[2] / "validation" / "results" / "lepton_filter.json"
THRESHOLDS = {"min_pt": 20.0, "min_pt_tau": 40.0, "max_abs_eta": 3.0}


class _Hooks:
    """Stands for Pythia's class of hooks, so that the decision can be tested on records made by hand."""


class _Module:
    UserHooks = _Hooks


class _Particle:
    def __init__(self, code: int, pt: float, eta: float, *, final: bool = True) -> None:
        self._values = (code, pt, eta, final)

    def idAbs(self) -> int:  # noqa: N802
        return abs(self._values[0])

    def pT(self) -> float:  # noqa: N802
        return self._values[1]

    def eta(self) -> float:
        return self._values[2]

    def isFinal(self) -> bool:  # noqa: N802
        return self._values[3]


class _Record(list[_Particle]):
    def size(self) -> int:
        return len(self)


SYSTEM = _Particle(90, 0.0, 0.0)


@pytest.mark.parametrize(
    ("particle", "kept"),
    [
        (_Particle(-11, 21.0, 1.0), True),
        (_Particle(13, 19.0, 1.0), False),
        (_Particle(13, 21.0, -3.1), False),
        (_Particle(15, 39.0, 0.0), False),
        (_Particle(-15, 41.0, 0.0), True),
        (_Particle(13, 50.0, 0.0, final=False), False),
        (_Particle(14, 50.0, 0.0), False),
    ],
    ids=["electron", "soft muon", "forward muon", "soft tau", "tau", "not final", "neutrino"],
)
def test_which_events_are_kept(particle: _Particle, kept: bool) -> None:
    count = LeptonFilterCount()
    hook = lepton_hook(_Module, THRESHOLDS, count)
    assert hook.canVetoProcessLevel()
    assert hook.doVetoProcessLevel(_Record([SYSTEM, _Particle(5, 100.0, 0.0), particle])) is not kept
    assert (count.seen, count.kept) == (1, int(kept))


def test_the_recipe_says_what_is_asked_and_older_events_keep_their_digest() -> None:
    plain = preset("higgsino-tbs", m_higgsino=280)
    filtered = preset("higgsino-tbs", m_higgsino=280, lepton_filter=20)
    assert filtered.lepton_filter == THRESHOLDS
    assert filtered.digest() != plain.digest()
    assert preset("higgsino-tbs", m_higgsino=280, lepton_filter=0).digest() == plain.digest()
    assert filtered.label == "higgsino 280, lepton filter"
    assert filtered.parameters["lepton_filter"] == 20.0


@pytest.mark.parametrize("value", [-1, float("nan"), "hard", True])
def test_thresholds_that_make_no_sense(value: Any) -> None:
    with pytest.raises(BadOption, match=r"higgsino-tbs: lepton_filter must be a pT in GeV, or 0"):
        preset("higgsino-tbs", m_higgsino=280, lepton_filter=value)


def test_other_presets_have_no_filter() -> None:
    with pytest.raises(UnknownName, match="no parameter 'lepton_filter'"):
        preset("gluino-gtt", m_gluino=2000, m_lsp=1, lepton_filter=20)


def test_generated_events_have_the_lepton_and_the_cross_section_shrinks(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    settings = ["PartonLevel:ISR = off", "PartonLevel:MPI = off"]
    folder = tmp_path / "filtered"
    sample = rb.generate(
        "higgsino-tbs",
        m_higgsino=280,
        production="n1n2",
        lepton_filter=20,
        n=120,
        block_size=60,
        seed=4,
        workers=1,
        settings=settings,
        output=folder,
        progress=False,
    )
    record = EventFile.open(folder).metadata.definitions["generation"]
    found = record["lepton_filter"]
    assert {k: found[k] for k in THRESHOLDS} == THRESHOLDS
    assert found["kept"] >= 120  # an event of which Pythia makes nothing in the end has been kept before
    assert found["efficiency"] == pytest.approx(found["kept"] / found["seen"])
    # of the whole process some 42 % pass, and its leading order is 49 fb
    assert found["efficiency"] == pytest.approx(0.42, abs=4 * found["efficiency_error"])
    assert sample.cross_section == pytest.approx(0.049 * 0.42, rel=0.35)
    assert any("generator filter" in note and "of the events kept" in note for note in sample.metadata.notes)
    events = to_records(EventFile.open(folder).read(0))
    # without showers before the decay a lepton is as hard as in the record, but for what it radiates
    hard = np.zeros(len(events), dtype=bool)
    for name in ("GenElectron", "GenMuon"):
        hard |= np.asarray(ak.any(events[name].pt > 19.0, axis=1))
    assert (hard | np.asarray(ak.num(events["GenTau"].pt) > 0)).mean() > 0.9


def test_less_than_a_hundredth_of_the_lepton_step_is_lost() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept["filter"] == THRESHOLDS
    assert kept["events"] >= 10_000
    assert kept["lost_at_the_lepton_step"] + kept["error"] < 0.01
