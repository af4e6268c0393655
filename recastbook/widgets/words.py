"""Text and tables in a widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import traitlets

__all__ = ["Words", "probable"]

_HEAD = '<div style="line-height:1.4">'


class Words(ipywidgets.HTML):
    """HTML with the line spacing of a text; a control's would draw tables apart."""

    @traitlets.validate("value")
    def _spaced(self, proposal: Mapping[str, Any]) -> str:
        value = str(proposal["value"])
        return value if not value or value.startswith(_HEAD) else f"{_HEAD}{value}</div>"


def probable(result: Any, region: str) -> bool:
    """Return whether a region of a result is a probability per event, from a map or a surrogate."""
    if region in result.absent:
        return bool(next(r for r in result.header.regions if r.name == region).surrogate)
    return bool(result.cutflow(region).steps[-1].probability)
