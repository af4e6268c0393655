"""What every test has: data files by path, a private cache, a drawing backend without a display."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import HealthCheck, settings

from recastbook import store
from recastbook.exceptions import MissingData

# One machine in ten is slow for a moment: a deadline per example would make the suite depend on it.
settings.register_profile(
    "recastbook", deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("recastbook")


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests away from the user's cache."""
    folder = tmp_path_factory.mktemp("recastbook-cache")
    before = os.environ.get("RECASTBOOK_CACHE")
    os.environ["RECASTBOOK_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["RECASTBOOK_CACHE"]
    else:
        os.environ["RECASTBOOK_CACHE"] = before


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Find a file or folder below one of the folders of RECASTBOOK_DATA.

    Where there is none the test is skipped, or fails if RECASTBOOK_REQUIRE_DATA is set.
    """

    def find(relpath: str) -> Path:
        try:
            return store.find(relpath)
        except MissingData as error:
            if os.environ.get("RECASTBOOK_REQUIRE_DATA", "") not in ("", "0"):
                raise
            pytest.skip(str(error))

    return find
