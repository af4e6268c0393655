"""Truth objects (level 2) of full event records: jets, leptons, taus, hadrons, long-lived particles.

One pass over the particles, :func:`build_truth`, under stated :class:`TruthDefinitions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recastbook.events.truth.definitions import TruthDefinitions

if TYPE_CHECKING:
    from recastbook.events.truth.build import build_truth

__all__ = ["TruthDefinitions", "build_truth"]


def __getattr__(name: str) -> Any:
    # definitions are asked for without anything being built: numba and fastjet take half a second to import
    if name == "build_truth":
        from recastbook.events.truth.build import build_truth

        return build_truth
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return list(__all__)
