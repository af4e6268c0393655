"""Mistakes put into inputs are found, clean inputs are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hunting_ground import Setting
from mistakes import GTT, HHH, RPV, SEEDS, Seed

SOME = SEEDS[::4]
"""Every fourth one is looked for among other events, too; tests/validation/hunt_seeds.py has all of them."""
PUBLISHED = (
    (RPV, "unit: leptons in GeV"),
    (GTT, "azimuth: met_phi in (-pi, pi]"),
    (RPV, "padding: eta 1e-07"),
    (HHH, "normalisation: interchanged"),
    (HHH, "files: folds exchanged"),
    (GTT, "parameters: isGtt 2"),
    (GTT, "padding: everything -999"),
)
"""Mistakes of public codes, and those that the hunter must find by itself."""


def outcome(seed: Seed, setting: Setting, *, paired: bool) -> str:
    """Return ``first``, ``tied`` or what was found instead."""
    report = setting.ask(seed, paired=paired)
    keys = [t.hypothesis.key for t in report.traps]
    if keys == [seed.expected]:
        return "first"
    return "tied" if seed.expected in keys and set(keys) <= {seed.expected, *seed.also} else f"{seed.name}: {keys}"


@pytest.fixture(scope="session")
def paired(settings: dict[str, Setting]) -> dict[str, str]:
    return {f"{i} {s.name}": outcome(s, settings[s.network], paired=True) for i, s in enumerate(SEEDS)}


def test_there_are_enough_seeds_of_all_searches() -> None:
    assert len(SEEDS) >= 24
    assert {s.network for s in SEEDS} == {GTT, RPV, HHH}
    assert set(PUBLISHED) <= {(s.network, s.expected) for s in SEEDS}


def test_the_right_one_is_told_event_by_event(paired: dict[str, str]) -> None:
    wrong = [said for said in paired.values() if said not in ("first", "tied")]
    assert len(wrong) <= 0.1 * len(SEEDS), wrong
    first = [said for said in paired.values() if said == "first"]
    assert len(first) >= 0.9 * len(SEEDS), paired


@pytest.mark.parametrize(("network", "expected"), PUBLISHED, ids=[key for _, key in PUBLISHED])
def test_what_must_be_found(network: str, expected: str, paired: dict[str, str]) -> None:
    said = [v for k, v in paired.items() if k.endswith(f"{network}: {expected}")]
    assert said
    assert set(said) <= {"first", "tied"}


def test_the_right_one_is_told_from_other_events(settings: dict[str, Setting]) -> None:
    asked = [s for s in SOME if not s.needs_rows]
    said = [outcome(s, settings[s.network], paired=False) for s in asked]
    wrong = [text for text in said if text not in ("first", "tied")]
    assert len(wrong) <= 0.1 * len(asked), wrong


@pytest.mark.parametrize("network", [GTT, RPV, HHH])
def test_clean_inputs_are_left_alone(network: str, settings: dict[str, Setting]) -> None:
    setting = settings[network]
    assert setting.hunt(setting.same.raw, setting.same, paired=True).is_clean
    # another seed, for the first search another signal; whole, and a part with few events
    assert setting.hunt(setting.other.raw, setting.other, paired=False).is_clean
    few = setting.other.part(slice(None, 100))
    assert setting.hunt(few.raw, few, paired=False).is_clean
    assert setting.search.hunt(setting.result, network=setting.network, effects="none").is_clean


@pytest.mark.parametrize("network", [GTT, HHH])
def test_clean_normalised_inputs_are_left_alone(network: str, settings: dict[str, Setting]) -> None:
    setting = settings[network]
    fed = setting.same.normalised(setting.same.raw)
    assert setting.hunt(fed, setting.same, stage="fed", paired=True).is_clean
    rounded = np.round(setting.same.raw, 3)
    assert setting.hunt(rounded, setting.same, paired=True).is_clean
