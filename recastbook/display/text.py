"""Numbers and safe text: what cells, cards and figures are filled with."""

from __future__ import annotations

import html as _html
import math
from numbers import Integral, Real

__all__ = [
    "Html",
    "escape",
    "number",
    "plus_minus",
]


class Html(str):
    """Markup that is ready to be shown: it is not escaped again, and a notebook renders it."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def escape(value: object) -> str:
    """Return `value` as text that is safe inside HTML; :class:`Html` passes through.

    Examples
    --------
    >>> escape("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return str(value) if isinstance(value, Html) else _html.escape(str(value), quote=True)


def number(value: object, digits: int = 3) -> str:
    """Return a number for people: `digits` significant ones, no exponent where none is needed.

    Parameters
    ----------
    value
        Number; ``None`` and not-a-number become ``-``. Whole numbers of integer type are kept whole.
    digits
        Significant digits of a float.

    Examples
    --------
    >>> number(0.035617), number(20000.0), number(20000), number(1.23e-7), number(None)
    ('0.0356', '20000', '20000', '1.23e-07', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, Integral):
        return str(int(value))
    if not isinstance(value, Real):
        return str(value)
    x = float(value)
    if math.isnan(x):
        return "-"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == 0:
        return "0"
    size = abs(x)
    if size >= 1e7 or size < 1e-4:
        return f"{x:.{digits - 1}e}"
    # rounding first, so that 9.999 becomes 10.0 and not 10.00
    exponent = math.floor(math.log10(float(f"{size:.{digits - 1}e}")))
    return f"{x:.{max(0, digits - 1 - exponent)}f}"


def plus_minus(value: float | None, error: float | None, digits: int = 2) -> str:
    """Return ``value ± error`` with `digits` significant digits of the error and the value to match.

    Examples
    --------
    >>> plus_minus(61.237, 1.18), plus_minus(0.0123, None), plus_minus(3.0, 0.0)
    ('61.2 ± 1.2', '0.0123', '3.00 ± 0')
    """
    if value is None or math.isnan(value) or error is None or math.isnan(error):
        return number(value)
    if error == 0 or math.isinf(error) or math.isinf(value):
        return f"{number(value)} ± {number(error)}"
    exponent = math.floor(math.log10(float(f"{abs(error):.{digits - 1}e}")))
    places = digits - 1 - exponent
    if abs(value) >= 1e7 or places > 8:
        return f"{number(value)} ± {number(error, digits)}"
    return f"{value:.{max(0, places)}f} ± {error:.{max(0, places)}f}"
