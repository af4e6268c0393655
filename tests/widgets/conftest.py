"""A small result, alone and beside another."""

from __future__ import annotations

import pytest
from toys import ToySearch, toy_events, write_events

from recastbook import Result, Sample


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
