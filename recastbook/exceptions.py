"""Every error that recastbook raises on purpose, one sentence each.

Each class also derives from the builtin that a caller would expect, so that
``except KeyError`` or ``except ValueError`` keep working.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "AnalysisError",
    "BadEvent",
    "BadFile",
    "BadOption",
    "BadSpecification",
    "ChecksumMismatch",
    "DuplicateEvent",
    "ExerciseFailed",
    "GenerationFailed",
    "MissingData",
    "MissingDependency",
    "NetworkError",
    "RecastbookError",
    "RunInterrupted",
    "StatisticsError",
    "UnknownAnalysis",
    "UnknownName",
    "did_you_mean",
]


class RecastbookError(Exception):
    """Base of all errors that recastbook raises on purpose."""

    def __str__(self) -> str:
        # KeyError would show the repr of its argument; a sentence should stay a sentence.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class UnknownName(RecastbookError, KeyError):
    """A region, feature, option value, preset or column of that name does not exist."""


class UnknownAnalysis(UnknownName):
    """No search of that identifier is shipped, installed or registered."""


class AnalysisError(RecastbookError, TypeError):
    """A search class does not fulfil the contract of :class:`recastbook.Analysis`."""


class BadOption(RecastbookError, ValueError):
    """An argument or option has a value that cannot work."""


class BadSpecification(RecastbookError, ValueError):
    """A YAML file (regions, network card, detector card, table) does not say what it must."""


class BadFile(RecastbookError, ValueError):
    """An input file is of no readable format, truncated, or lacks something it must have."""


class BadEvent(BadFile):
    """One event of an otherwise readable file is broken; file and event are named."""


class DuplicateEvent(BadEvent):
    """The same (run, luminosityBlock, event) occurs twice in one sample."""


class ExerciseFailed(RecastbookError, AssertionError):
    """An exercise is not solved where it must be: the notebook is tested (``RECASTBOOK_STRICT=1``)."""


class MissingData(RecastbookError, FileNotFoundError):
    """A data file is in none of the places where the data store looks."""


class ChecksumMismatch(BadFile):
    """A file was found but its content is not the one that was asked for."""


class MissingDependency(RecastbookError, ImportError):
    """An optional package is needed for this and is not installed."""


class GenerationFailed(RecastbookError, RuntimeError):
    """The event generator refused its input or produced no events."""


class NetworkError(RecastbookError, ValueError):
    """A network file or what is fed to it disagrees with its model card."""


class StatisticsError(RecastbookError, ValueError):
    """A statistical question that has no answer as it was asked."""


class RunInterrupted(RecastbookError, RuntimeError):
    """A run was stopped; what was finished is kept and the message says where."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest known name, or a list of what exists.

    Parameters
    ----------
    name
        What was asked for.
    known
        What exists.

    Examples
    --------
    >>> did_you_mean("mett", ["met", "meff"])
    " Did you mean 'met'?"
    """
    names = sorted(str(k) for k in known)
    same = [k for k in names if k.casefold() == str(name).casefold()]
    close = same or difflib.get_close_matches(str(name), names, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    if not names:
        return " There are none."
    shown = ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
    return f" Known: {shown}."
