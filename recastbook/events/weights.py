"""Which of several event weights is the nominal one."""

from __future__ import annotations

from collections.abc import Sequence

from recastbook.exceptions import BadOption, did_you_mean

__all__ = ["NOMINAL_NAMES", "nominal_index"]

NOMINAL_NAMES = ("", "0", "default", "nominal", "weight")
"""Names, in lower case, under which generators and Rivet know the nominal weight."""


def nominal_index(names: Sequence[str], wanted: str | None = None) -> int:
    """Return the index of the nominal weight.

    Parameters
    ----------
    names
        Weight names in the order of the file; may be empty.
    wanted
        A name the user asks for; None looks for one of :data:`NOMINAL_NAMES` (without regard to case),
        and takes the first weight if there is none.

    Raises
    ------
    BadOption
        If `wanted` is not among the names.

    Examples
    --------
    >>> nominal_index(["MUR0.5", "Default", "MUR2"])
    1
    >>> nominal_index(["MEWeight", "MUR2"])
    0
    """
    if wanted is not None:
        if wanted in names:
            return list(names).index(wanted)
        msg = f"no event weight is called {wanted!r}.{did_you_mean(wanted, names)}"
        raise BadOption(msg)
    for i, name in enumerate(names):
        if name.strip().lower() in NOMINAL_NAMES:
            return i
    return 0
