"""Networks of searches: the model card, the matrix it asks for, and the session that runs the file."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.network.inspection import Inspection, inspect
    from recastbook.network.matrix import wrap_phi
    from recastbook.network.network import Network
    from recastbook.network.scoring import Evaluator, evaluate, evaluate_points
    from recastbook.network.session import Session

_PUBLIC = {
    "Evaluator": "recastbook.network.scoring",
    "ModelCard": "recastbook.network.card",
    "Network": "recastbook.network.network",
    "Session": "recastbook.network.session",
    "Inspection": "recastbook.network.inspection",
    "evaluate": "recastbook.network.scoring",
    "evaluate_points": "recastbook.network.scoring",
    "inspect": "recastbook.network.inspection",
    "wrap_phi": "recastbook.network.matrix",
}

__all__ = [
    "Evaluator",
    "Inspection",
    "ModelCard",
    "Network",
    "Session",
    "evaluate",
    "evaluate_points",
    "inspect",
    "wrap_phi",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        from recastbook.exceptions import did_you_mean

        message = f"recastbook.network has no public name {name!r}.{did_you_mean(name, _PUBLIC)}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
