"""Cross sections of known processes from shipped tables."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from recastbook import display, units
from recastbook.exceptions import BadOption, UnknownName, did_you_mean
from recastbook.published.printed import PublishedNumber
from recastbook.published.reading import load_tables
from recastbook.published.table import Table

__all__ = ["CrossSection", "cross_section", "processes"]


@dataclass(frozen=True, slots=True)
class CrossSection(display.Tabular):
    """A cross section and where it is from."""

    value_pb: float
    """Cross section, pb."""
    error_pb: float
    """Its theory error (scales, PDF, alpha_s) as tabulated, pb."""
    source: str
    """Table and calculation."""
    process: str = ""
    """Process, for example "gluino-pair"."""
    mass: float = 0.0
    """Mass of the produced particle, GeV."""
    energy_tev: float = 0.0
    """Centre-of-mass energy, TeV."""

    @property
    def value_fb(self) -> float:
        """Cross section, fb."""
        return self.value_pb / units.fb

    def __str__(self) -> str:
        size = display.plus_minus(self.value_pb / units.fb, self.error_pb / units.fb)
        return f"{self.process} {self.mass:g} GeV at {self.energy_tev:g} TeV: {size} fb ({self.source})"

    def _as_table(self) -> display.TableView:
        size = display.plus_minus(self.value_pb / units.fb, self.error_pb / units.fb)
        title = f"{self.process}, {self.mass:g} GeV, {self.energy_tev:g} TeV"
        return display.facts_table(title, {"cross section": f"{size} fb"}, [self.source])

    def _repr_html_(self) -> str:
        return display.facts_card(self._as_table())


@cache
def _tables() -> dict[tuple[str, float], Table]:
    found: dict[tuple[str, float], Table] = {}
    for table in load_tables(files("recastbook.published") / "data", kind="cross_section"):
        for name in (table.header.process, *table.header.also):
            found[name, table.header.energy_tev] = table
    return found


@cache
def _points(table_name: str) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    table = next(t for t in _tables().values() if t.name == table_name)
    masses = table.independent[0].numbers()
    values = [v for v in table.dependent[0].values if isinstance(v, PublishedNumber)]
    return masses, tuple(v.value for v in values), tuple(v.error or 0.0 for v in values)


def processes() -> tuple[str, ...]:
    """Return the processes whose cross section is known, by name.

    Examples
    --------
    >>> "gluino-pair" in processes()
    True
    """
    return tuple(sorted({name for name, _ in _tables()}))


def cross_section(process: str = "gluino-pair", mass: float = 0.0, energy_tev: float = 13) -> CrossSection:
    """Return the cross section of a known process, interpolated between tabulated masses.

    The logarithm of the cross section, and of its error, is taken as a straight line between neighbours.
    Leaving out every second gluino point moves the others by at most 0.7 per cent, so with the tabulated steps of
    50 GeV the interpolation is good to about 0.2 per cent, which is no more than the rounding of the table.

    Parameters
    ----------
    process
        One of :func:`processes`.
    mass
        Mass of the produced particle, GeV.
    energy_tev
        Centre-of-mass energy, TeV.

    Raises
    ------
    UnknownName
        If no table of that process and energy is shipped.
    BadOption
        If the mass lies outside the table: nothing is extrapolated.

    Examples
    --------
    >>> cross_section("gluino-pair", 2100).value_pb
    0.000598
    """
    tables = _tables()
    if (process, float(energy_tev)) not in tables:
        energies = sorted(e for name, e in tables if name == process)
        if energies:
            there = ", ".join(f"{e:g}" for e in energies)
            msg = f"cross sections of {process!r} are tabulated at {there} TeV, not at {energy_tev:g} TeV"
        else:
            near = did_you_mean(process, processes())
            msg = f"no cross-section table of process {process!r}.{near} Give the cross section yourself."
        raise UnknownName(msg)
    table = tables[process, float(energy_tev)]
    masses, values, errors = _points(table.name)
    x = float(mass)
    if not masses[0] <= x <= masses[-1]:
        msg = (
            f"cross section of {process!r} asked at {mass} GeV; the table runs from {masses[0]:g} to "
            f"{masses[-1]:g} GeV and is not extrapolated. Give the cross section yourself."
        )
        raise BadOption(msg)
    i = min(bisect_right(masses, x) - 1, len(masses) - 2)
    if x in masses:
        k = masses.index(x)
        value, error, how = values[k], errors[k], "as tabulated"
    else:
        share = (x - masses[i]) / (masses[i + 1] - masses[i])
        value = _between(values[i], values[i + 1], share)
        error = _between(errors[i], errors[i + 1], share)
        how = f"interpolated between {masses[i]:g} and {masses[i + 1]:g} GeV"
    return CrossSection(value, error, f"{table.header.source}; {how}", table.header.process, x, float(energy_tev))


def _between(left: float, right: float, share: float) -> float:
    return math.exp((1 - share) * math.log(left) + share * math.log(right))
