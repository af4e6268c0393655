"""The searches that come with recastbook, one folder each; calling it, ``rb.analyses()``, lists all searches.

The public function and this package have the same name. Importing a search makes Python put the package where the
function was, so the package is the function.
"""

from __future__ import annotations

import sys
from types import ModuleType

__all__: list[str] = []


class _Callable(ModuleType):
    def __call__(self) -> tuple[str, ...]:
        """Return the identifiers of all searches, sorted; imports none of them."""
        from recastbook.registry import analyses

        return analyses()


sys.modules[__name__].__class__ = _Callable
