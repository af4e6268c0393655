"""What differs between ipywidgets 8 and the 7.7 that Colab brings, whose pages show no widgets of another version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["titled", "uploaded"]


def titled(container: Any, titles: Iterable[str]) -> Any:
    """Give the tabs or folds of a container their titles, and return it."""
    for index, title in enumerate(titles):
        container.set_title(index, title)
    return container


def uploaded(upload: Any) -> tuple[str, bytes] | None:
    """Return name and content of the file that a ``FileUpload`` was given, if it was.

    Its value is a tuple of records in ipywidgets 8, and records by name in 7.
    """
    given = upload.value
    if not given:
        return None
    if isinstance(given, Mapping):
        name, record = next(iter(given.items()))
    else:
        name, record = given[0]["name"], given[0]
    return str(name), bytes(record["content"])
