"""A small result, alone and beside another."""

from __future__ import annotations

import pytest
from toys import ToySearch, toy_events, write_events

import recastbook as rb
from recastbook import Result, Sample
from recastbook.events.builtin import builtin_samples


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("widgets") / "events"
    write_events(folder, toy_events(1500, weighted=False), label="<b>toy</b>")
    return ToySearch().run(Sample(folder), progress=False)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("widgets") / "other"
    write_events(folder, toy_events(800, seed=2), label="other $1")
    return ToySearch().run(Sample(folder), progress=False)


@pytest.fixture(scope="session")
def scored() -> Result:
    """The real search with the stand-in network on built-in events."""
    return _scored("gtt_2100_1")


@pytest.fixture(scope="session")
def scored_too() -> Result:
    return _scored("gbb_2000_1")


def _scored(name: str) -> Result:
    search = rb.load("ATLAS-SUSY-2018-30")
    return search.run(builtin_samples()[name], events=1000, network="stand-in", progress=False)
