"""Units found by the ranges of the values: a vertex in mm where metres are asked, an energy in MeV."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadFile
from recastbook.surrogates.truth_features import FEATURES

__all__ = ["check_units"]

_APART = 30.0
"""Two numbers that should agree and differ by more than this factor are in different units (1000 apart)."""
_THOUSAND = 300.0
"""Between this and :data:`_APART` the factor is nearer to 100 (cm) than to 1000 (mm)."""
_FEW = 5
"""Events below which a mean of an exponential says little."""


def check_units(columns: Mapping[str, NDArray[np.float64]], *, name: str, ctau: float | None = None) -> None:
    """Raise where a column is in mm or MeV instead of m or GeV.

    Three signs are looked at: a median beyond what this search reaches; Lz against Lxy sinh(eta), which holds for a
    straight flight from the beam line; and, where the lifetime is known, the mean of Lxy m / pT, which is c tau.

    Parameters
    ----------
    columns
        Features in what should be m and GeV, each of shape (N,).
    name
        Name of the sample or file.
    ctau
        Its c tau in metres, if known.

    Raises
    ------
    BadFile
        Naming the column, what was found and what would be right.
    """
    if not columns or not len(next(iter(columns.values()))):
        return
    for column, values in columns.items():
        known = FEATURES[column]
        good = np.abs(values[np.isfinite(values)])
        if known.implausible_above is None or not len(good):
            continue
        middle = float(np.median(good))
        if middle > known.implausible_above:
            keyword = "length" if known.unit == "m" else "energy"
            msg = (
                f"{name}: half of the values of {column} are above {middle:.4g}. In {known.unit} that is beyond what "
                f"this search reaches; in {known.wrong_unit} it is {middle / 1000:.4g} {known.unit}. Read it with "
                f"{keyword}={known.wrong_unit!r}, or with check=False if it is right"
            )
            raise BadFile(msg)
    for n in (1, 2):
        if f"llp{n}_Lxy" in columns:
            _compare_lengths(columns, n, name)
            if ctau is not None:
                _compare_lifetime(columns, n, name, ctau)


def _compare_lengths(columns: Mapping[str, NDArray[np.float64]], n: int, name: str) -> None:
    lxy, lz, eta = (columns[f"llp{n}_{q}"] for q in ("Lxy", "Lz", "eta"))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = lz / (lxy * np.abs(np.sinh(eta)))
    ratio = ratio[np.isfinite(ratio) & (lxy > 0) & (np.abs(eta) > 0.05)]
    if len(ratio) < _FEW:
        return
    middle = float(np.median(ratio))
    if middle > _APART or middle < 1 / _APART:
        wrong = f"llp{n}_Lz" if middle > _APART else f"llp{n}_Lxy"
        other = f"llp{n}_Lxy" if middle > _APART else f"llp{n}_Lz"
        msg = (
            f"{name}: {wrong} is {max(middle, 1 / middle):.3g} times what {other} and the direction llp{n}_eta give "
            f"(Lz = Lxy sinh(eta)); {wrong} is in another unit, mm where m is asked"
        )
        raise BadFile(msg)


def _compare_lifetime(columns: Mapping[str, NDArray[np.float64]], n: int, name: str, ctau: float) -> None:
    lxy, pt, et = (columns[f"llp{n}_{q}"] for q in ("Lxy", "pT", "ET"))
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = np.sqrt(np.maximum(et**2 - pt**2, 0.0))
        proper = lxy * mass / pt
    # a light particle of high pT has a mass that rounding of ET swamps
    proper = proper[np.isfinite(proper) & (mass > 0.02 * pt)]
    if len(proper) < _FEW:
        return
    found = float(np.mean(proper))
    if found > _THOUSAND * ctau:
        fault = f"llp{n}_Lxy is in mm, metres are asked. Read it with length='mm'"
    elif found > _APART * ctau:
        fault = f"llp{n}_Lxy is {found / ctau:.3g} times too large for metres (cm?). Convert the file to m or mm"
    elif found < ctau / _APART:
        fault = f"llp{n}_Lxy is {ctau / found:.3g} times too small. Were metres read with length='mm'? Leave that out"
    else:
        return
    msg = (
        f"{name}: the mean of llp{n}_Lxy m / pT is {found:.3g}, the lifetime says {ctau:g} m: {fault}, or say "
        "check=False if it is right"
    )
    raise BadFile(msg)
