"""Units. Inside recastbook energies are GeV, lengths mm, angles radian, cross sections pb.

Multiply by a unit to bring a number in, divide by it to bring it out:

>>> 0.356 * fb            # 0.356 fb in pb
0.000356
>>> round(2.1 * TeV / GeV)
2100
"""

from __future__ import annotations

from recastbook.exceptions import UnknownName, did_you_mean

__all__ = [
    "GeV",
    "MeV",
    "TeV",
    "cm",
    "cross_section_text",
    "factor",
    "fb",
    "invfb",
    "invpb",
    "m",
    "mm",
    "nb",
    "pb",
    "rad",
    "um",
]

GeV = 1.0
MeV = 1e-3
TeV = 1e3
mm = 1.0
cm = 10.0
m = 1000.0
um = 1e-3
rad = 1.0
pb = 1.0
fb = 1e-3
nb = 1e3
invpb = 1.0
invfb = 1e3

_FACTORS = {
    "GeV": GeV, "MeV": MeV, "TeV": TeV, "mm": mm, "cm": cm, "m": m, "um": um, "rad": rad,
    "pb": pb, "fb": fb, "nb": nb, "pb^-1": invpb, "fb^-1": invfb, "1": 1.0, "": 1.0,
}  # fmt: skip


def factor(unit: str) -> float:
    """Return what a number in `unit` is multiplied with to get recastbook's own units.

    Parameters
    ----------
    unit
        For example ``"GeV"``, ``"MeV"``, ``"fb"``; ``"1"`` for a pure number.

    Raises
    ------
    UnknownName
        If the unit is not known.

    Examples
    --------
    >>> factor("MeV")
    0.001
    """
    try:
        return _FACTORS[unit]
    except KeyError:
        message = f"unknown unit {unit!r}.{did_you_mean(unit, _FACTORS)}"
        raise UnknownName(message) from None


def cross_section_text(cross_section: float) -> str:
    """Return a cross section for people: in fb below 0.1 pb, else in pb.

    Parameters
    ----------
    cross_section
        In pb.

    Examples
    --------
    >>> cross_section_text(0.000598), cross_section_text(831.76)
    ('0.598 fb', '831.8 pb')
    """
    return f"{cross_section / fb:.4g} fb" if abs(cross_section) < 0.1 else f"{cross_section:.4g} pb"
