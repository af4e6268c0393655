"""Which searches there are: shipped, installed by others (entry points) or registered in a notebook.

All three go the same way. Names are listed without importing any code; code is imported by :func:`load`.
"""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

from recastbook.exceptions import AnalysisError, UnknownAnalysis, did_you_mean

if TYPE_CHECKING:
    from recastbook.analysis import Analysis

__all__ = ["API_VERSION", "GROUP", "analyses", "check_class", "is_identifier", "load", "register"]

GROUP = "recastbook.analyses"
"""Entry-point group in which packages announce their searches."""

API_VERSION = 1
"""Version of the contract of :class:`recastbook.Analysis` that this recastbook understands."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")

_registered: dict[str, type[Analysis]] = {}

SearchClass = TypeVar("SearchClass", bound="type[Any]")


def analyses() -> tuple[str, ...]:
    """Return the identifiers of all searches, sorted; imports none of them.

    Examples
    --------
    >>> "ATLAS-SUSY-2018-30" in analyses()
    True
    """
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)} | set(_registered)))


def load(identifier: str) -> Analysis:
    """Return a search by its identifier.

    Parameters
    ----------
    identifier
        As the experiment writes it, for example ``"ATLAS-SUSY-2018-30"``. :func:`analyses` lists them.

    Raises
    ------
    UnknownAnalysis
        If there is no search of that identifier; the message names the nearest.
    AnalysisError
        If its code cannot be imported or does not fulfil the contract.
    """
    if identifier in _registered:
        return _registered[identifier]()
    found = _entries(identifier)
    if not found:
        known = analyses()
        same = [name for name in known if name.casefold() == str(identifier).strip().casefold()]
        hint = f" Did you mean {same[0]!r}?" if same else did_you_mean(identifier, known)
        message = f"there is no search {identifier!r}.{hint}"
        raise UnknownAnalysis(message)
    if len(found) > 1:
        origins = ", ".join(f"{entry.value} ({_origin(entry)})" for entry in found)
        message = f"{identifier}: more than one installed package provides it: {origins}. Uninstall all but one."
        raise AnalysisError(message)
    entry = found[0]
    try:
        cls = entry.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        message = f"{identifier}: {entry.value} of {_origin(entry)} cannot be imported: {type(error).__name__}: {error}"
        raise AnalysisError(message) from error
    checked = check_class(cls, origin=_origin(entry))
    if checked.identifier != identifier:
        message = (
            f"{identifier}: the entry point of {_origin(entry)} leads to {checked.__name__}, whose identifier is "
            f"{checked.identifier!r}; both must be the same"
        )
        raise AnalysisError(message)
    return checked()


def register(cls: SearchClass, *, replace: bool = False) -> SearchClass:
    """Make a search class known in this session; usable as a decorator.

    Parameters
    ----------
    cls
        A class derived from :class:`recastbook.Analysis`, with its ``identifier``.
    replace
        Whether another class of the same identifier, shipped ones included, may be replaced. A class of the same name
        from the same module replaces its older self in any case, so that a notebook cell can be run twice.

    Returns
    -------
    type
        The class itself.

    Raises
    ------
    AnalysisError
        If the class does not fulfil the contract or its identifier is taken.
    """
    checked = check_class(cls, origin="this session")
    name = checked.identifier
    older = _registered.get(name)
    if older is not None:
        taken = (older.__module__, older.__qualname__) != (checked.__module__, checked.__qualname__)
    else:
        taken = bool(_entries(name))
    if taken and not replace:
        message = f"{name}: a search of this identifier exists already; register(cls, replace=True) replaces it"
        raise AnalysisError(message)
    _registered[name] = checked
    return cls


def is_identifier(text: str) -> bool:
    """Return whether a text can identify a search: letters, digits and ``. _ -`` inside, at most 64 characters.

    Examples
    --------
    >>> is_identifier("ATLAS-SUSY-2018-30"), is_identifier("../etc")
    (True, False)
    """
    return _IDENTIFIER.fullmatch(text) is not None and ".." not in text


def check_class(cls: object, *, origin: str) -> type[Analysis]:
    """Return the class if it can be registered; the one door for all three kinds of searches.

    Parameters
    ----------
    cls
        What an entry point or a user gave.
    origin
        Who gave it, for the error message.

    Raises
    ------
    AnalysisError
        If it is no class derived from Analysis, has no usable identifier or another ``api_version``.
    """
    from recastbook.analysis import Analysis

    if not (isinstance(cls, type) and issubclass(cls, Analysis)):
        message = f"{origin} gives {cls!r}; a search is a class derived from recastbook.Analysis"
        raise AnalysisError(message)
    identifier = getattr(cls, "identifier", None)
    if not (isinstance(identifier, str) and is_identifier(identifier)):
        message = (
            f"{cls.__name__} of {origin} has the identifier {identifier!r}; letters, digits and '-', '.', '_' inside "
            "work, as in identifier = 'ATLAS-SUSY-2018-30'"
        )
        raise AnalysisError(message)
    version = getattr(cls, "api_version", None)
    if version != API_VERSION:
        message = f"{identifier} of {origin} has api_version {version!r}; this recastbook understands {API_VERSION}"
        raise AnalysisError(message)
    return cls


def _entries(identifier: str) -> list[EntryPoint]:
    """Return the entry points of one identifier; the same one seen through two paths counts once."""
    unique: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP, name=identifier):
        unique.setdefault(entry.value, entry)
    return list(unique.values())


def _origin(entry: EntryPoint) -> str:
    distribution = getattr(entry, "dist", None)
    return str(distribution.name) if distribution is not None else "an installed package"
