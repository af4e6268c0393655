"""Published counts of a result's regions, for the widgets that set a signal beside them."""

from __future__ import annotations

from typing import Any

from recastbook.exceptions import RecastbookError
from recastbook.statistics.records import level_text

__all__ = ["counting_models", "level"]


def counting_models(result: Any) -> tuple[dict[str, Any], str]:
    """Return the counting models of a result's search by region, and why there are none."""
    try:
        models = dict(result.search.counting_models())
    except RecastbookError as error:
        return {}, f"the published counts are not at hand: {error}"
    return models, "" if models else f"{result.header.analysis} comes without published counts"


def level(value: float | None, method: str) -> str:
    """Return a CLs for people: none of fifty thousand toys is not nothing."""
    return "< 1e-4" if value == 0 and method == "toys" else level_text(value)
