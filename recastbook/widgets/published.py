"""Published counts of a result's regions, for the widgets that set a signal beside them."""

from __future__ import annotations

from typing import Any

from recastbook.exceptions import RecastbookError

__all__ = ["counting_models"]


def counting_models(result: Any) -> tuple[dict[str, Any], str]:
    """Return the counting models of a result's search by region, and why there are none."""
    try:
        models = dict(result.search.counting_models())
    except RecastbookError as error:
        return {}, f"the published counts are not at hand: {error}"
    return models, "" if models else f"{result.header.analysis} comes without published counts"
