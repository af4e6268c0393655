"""recastbook: recast LHC searches that contain machine learning, in a notebook.

>>> import recastbook as rb
>>> "ATLAS-SUSY-2018-30" in rb.analyses()
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recastbook import plots, surrogates, units
    from recastbook.analysis import Analysis
    from recastbook.events.generation import generate
    from recastbook.events.sample import Sample
    from recastbook.network.card import ModelCard
    from recastbook.regions import Cut, Region
    from recastbook.registry import analyses, load, register
    from recastbook.result import Result
    from recastbook.version import __version__

# public name -> (module, attribute); None means the module itself
_PUBLIC: dict[str, tuple[str, str | None]] = {
    "Analysis": ("recastbook.analysis", "Analysis"),
    "Cut": ("recastbook.regions", "Cut"),
    "ModelCard": ("recastbook.network.card", "ModelCard"),
    "Region": ("recastbook.regions", "Region"),
    "Result": ("recastbook.result", "Result"),
    "Sample": ("recastbook.events.sample", "Sample"),
    "__version__": ("recastbook.version", "__version__"),
    "analyses": ("recastbook.analyses", None),  # the package answers the call, see there
    "generate": ("recastbook.events.generation", "generate"),
    "load": ("recastbook.registry", "load"),
    "plots": ("recastbook.plots", None),
    "register": ("recastbook.registry", "register"),
    "surrogates": ("recastbook.surrogates", None),
    "units": ("recastbook.units", None),
}

__all__ = [
    "Analysis",
    "Cut",
    "ModelCard",
    "Region",
    "Result",
    "Sample",
    "__version__",
    "analyses",
    "generate",
    "load",
    "plots",
    "register",
    "surrogates",
    "units",
]


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _PUBLIC[name]
    except KeyError:
        from recastbook.exceptions import did_you_mean

        message = f"recastbook has no public name {name!r}.{did_you_mean(name, _PUBLIC)}"
        raise AttributeError(message) from None
    loaded = importlib.import_module(module)
    value = loaded if attribute is None else getattr(loaded, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
