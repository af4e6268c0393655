"""The small files that come with a published forest: list of features, means and widths of its scaler."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadFile, MissingData, NetworkError
from recastbook.surrogates.truth_features import FEATURES, canonical_name, feature

__all__ = ["check_scaler", "read_features", "read_scaler"]

_MAX_BYTES = 64 << 10
_LONGEST_LIST = 200


def read_features(path: Path) -> tuple[str, ...]:
    """Read a list of features: one Python list of strings, read as a literal and never run.

    Parameters
    ----------
    path
        For example ``WALP_features.txt``.

    Returns
    -------
    tuple of str
        Names in the order of the inputs, in the spelling used here (``V_pt`` for ``W_pt``).

    Raises
    ------
    MissingData
        If the file does not exist.
    BadFile
        If it holds anything but a list of known, different names; code is refused.
    """
    text = _small_text(path)
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        what = "code" if _is_code(text) else "text"
        msg = (
            f"{path}: it holds {what}, not one Python list of feature names like ['llp1_Lxy', 'llp1_Lz']; nothing of "
            "it was run"
        )
        raise BadFile(msg) from error
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= _LONGEST_LIST:
        msg = f"{path}: expected a list of feature names, found {type(value).__name__}"
        raise BadFile(msg)
    for position, name in enumerate(value):
        if not isinstance(name, str):
            msg = f"{path}: entry {position} is {name!r}, not a name"
            raise BadFile(msg)
    names = tuple(canonical_name(name) for name in value)
    for position, name in enumerate(names):
        try:
            feature(name)
        except NetworkError as error:
            msg = f"{path}: entry {position}: {error}"
            raise BadFile(msg) from error
        if name in names[:position]:
            msg = f"{path}: entry {position} ({value[position]!r}) is there twice"
            raise BadFile(msg)
    return names


def _is_code(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return any(not isinstance(n, (ast.Module, ast.Expr, ast.Name, ast.Load)) for n in ast.walk(tree))


def _small_text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            msg = f"{path}: {path.stat().st_size} bytes are too many for a list of features"
            raise BadFile(msg)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        msg = f"the list of features {path} does not exist"
        raise MissingData(msg) from error
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read as text, so it is no list of feature names ({error}); nothing of it was run"
        raise BadFile(msg) from error


def read_scaler(mean: Path, width: Path, names: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read means and widths of a scaler (``.npy``, no pickles) and check them against the features.

    Parameters
    ----------
    mean, width
        The two files.
    names
        Features in the order of the inputs.

    Returns
    -------
    tuple of numpy.ndarray
        Means and widths, each of shape (number of inputs,).

    Raises
    ------
    MissingData
        If a file does not exist.
    BadFile
        If it is no array of numbers.
    NetworkError
        If the length is another one, a width is not positive, or a mean is in another unit.
    """
    means, widths = _vector(mean), _vector(width)
    for path, found in ((mean, means), (width, widths)):
        if len(found) != len(names):
            msg = (
                f"{path}: the scaler has {len(found)} numbers, the list of features {len(names)} "
                f"({names[0]} to {names[-1]}); they belong to different models"
            )
            raise NetworkError(msg)
    check_scaler(means, widths, names, sources=(str(mean), str(width)))
    return means, widths


def _vector(path: Path) -> NDArray[np.float64]:
    try:
        with path.open("rb") as stream:
            found = np.load(stream, allow_pickle=False)
    except FileNotFoundError as error:
        msg = f"the scaler file {path} does not exist"
        raise MissingData(msg) from error
    except (OSError, ValueError, EOFError) as error:
        msg = (
            f"{path}: no array of plain numbers as numpy.save writes it; arrays of Python objects and pickles are "
            "refused, nothing of it was run"
        )
        raise BadFile(msg) from error
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
        msg = f"{path}: an array of numbers is needed, found {getattr(found, 'dtype', type(found).__name__)}"
        raise BadFile(msg)
    vector = np.atleast_1d(np.squeeze(found)).astype(np.float64)
    if vector.ndim != 1:
        msg = f"{path}: one number a feature is needed, found shape {found.shape}"
        raise BadFile(msg)
    return vector


def check_scaler(
    means: NDArray[np.float64],
    widths: NDArray[np.float64],
    names: Sequence[str],
    *,
    sources: tuple[str, str] = ("scaler", "scaler"),
) -> None:
    """Raise where a scaler cannot be one of metres and GeV.

    Raises
    ------
    NetworkError
        If a number is not finite, a width not positive, or a mean so large that it is in mm or MeV; the feature is
        named.
    """
    for name, mean, width in zip(names, means, widths, strict=True):
        if not np.isfinite(mean):
            msg = f"{sources[0]}: the mean of {name} is {mean:g}; a finite number is needed"
            raise NetworkError(msg)
        if not (np.isfinite(width) and width > 0):
            msg = f"{sources[1]}: the width of {name} is {width:g}; a finite number above 0 is needed"
            raise NetworkError(msg)
        known = FEATURES[name]
        limit = known.implausible_above
        if limit is not None and abs(mean) > limit:
            msg = (
                f"{sources[0]}: the mean of {name} is {mean:g}. In {known.unit} it should be of order "
                f"{'1 to 10' if known.unit == 'm' else '100'}; this scaler was made with {known.wrong_unit}. "
                "Use the files that belong together, or convert the scaler"
            )
            raise NetworkError(msg)
