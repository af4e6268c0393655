"""Upper limits: the signal at which a falling p-value crosses a level, found by growing a bracket and closing it."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.optimize import brentq

from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics.records import ClsResult, UpperLimit, as_band

__all__ = ["check_limit_options", "crossing", "upper_limit"]


def crossing(
    function: Callable[[float], float], level: float, start: float, *, tolerance: float = 1e-4, what: str = ""
) -> float:
    """Return where `function`, 1 at zero and falling, crosses `level`.

    Parameters
    ----------
    function
        p-value as a function of the number of signal events.
    level
        Level to cross, in (0, 1).
    start
        First guess, events; the bracket grows from it by factors of two in both directions.
    tolerance
        Relative accuracy of the answer.
    what
        Name of the quantity, for the message.

    Raises
    ------
    StatisticsError
        If the level is not crossed between 2^-60 and 2^60 times the first guess, or the function is not a number.

    Examples
    --------
    >>> round(crossing(lambda s: 2.718281828 ** -s, 0.05, 1.0), 3)
    2.996
    """

    def above(x: float) -> float:
        value = function(x)
        if math.isnan(value):
            msg = f"the p-value of {what or 'this signal'} is not a number at a signal of {x:g} events"
            raise StatisticsError(msg)
        # logarithms make an exponential fall a straight line; the floor keeps toys that find nothing finite
        return math.log(max(value, 1e-12)) - math.log(level)

    low = high = start if start > 0 and math.isfinite(start) else 1.0
    f_low = f_high = above(low)
    for _ in range(60):
        if f_high < 0:
            break
        low, f_low = high, f_high
        high *= 2.0
        f_high = above(high)
    for _ in range(60):
        if f_low >= 0:
            break
        high, f_high = low, f_low
        low /= 2.0
        f_low = above(low)
    if f_high >= 0 or f_low < 0:
        msg = (
            f"no limit for {what or 'this region'}: the p-value does not cross {level:g} between {low:g} and {high:g} "
            "signal events"
        )
        raise StatisticsError(msg)
    if f_low == 0:
        return low
    return float(brentq(above, low, high, rtol=tolerance, xtol=1e-12))


def check_limit_options(confidence: float, signal_relative_error: float = 0.0) -> None:
    """Raise BadOption if a limit cannot be asked for at this confidence or with this relative error of the signal."""
    if not 0 < confidence < 1:
        msg = f"confidence {confidence!r} must lie between 0 and 1, for example 0.95"
        raise BadOption(msg)
    if not (math.isfinite(signal_relative_error) and signal_relative_error >= 0):
        msg = f"signal_relative_error {signal_relative_error!r} must be finite and not negative"
        raise BadOption(msg)


def upper_limit(
    test: Callable[[float], ClsResult], confidence: float, start: float, *, tolerance: float, what: str
) -> UpperLimit:
    """Return the signal that is just excluded, observed and expected with band.

    Parameters
    ----------
    test
        CLs as a function of the number of signal events; each number is tested once.
    confidence
        Confidence level in (0, 1).
    start, tolerance, what
        As in :func:`crossing`.

    Raises
    ------
    StatisticsError
        As :func:`crossing`.
    """
    tested: dict[float, ClsResult] = {}

    def result(signal: float) -> ClsResult:
        if signal not in tested:
            tested[signal] = test(signal)
        return tested[signal]

    def expected(i: int, first: float) -> float:
        return crossing(lambda s: result(s).expected[i], level, first, tolerance=tolerance, what=what)

    level = 1.0 - confidence
    observed = crossing(lambda s: result(s).observed, level, start, tolerance=tolerance, what=what)
    band = [observed]
    for i in range(5):  # each is near the one before
        band.append(expected(i, band[-1]))
    found = result(observed)
    return UpperLimit(observed, as_band(band[1:]), found.method, found.note, confidence)
