"""A recipe for pairs of long-lived scalars: phi -> s s, s -> f f with a lifetime, alone or beside a W or Z."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recastbook.events.decay_fractions import decay_fractions
from recastbook.events.generation.recipe import Recipe, positive
from recastbook.exceptions import BadOption, UnknownName, did_you_mean

__all__ = ["HIGGS_LLP", "S_ID", "higgs_llp"]

HIGGS_LLP = "higgs-llp"
"""Name of the preset and of its process."""
S_ID = 35
"""PDG number of the long-lived scalar, as in the hidden Abelian Higgs model."""
_PHI, _REST = 25, 21
_PRODUCTION = {
    "gg": ("HiggsSM:gg2H = on",),
    "W": ("HiggsSM:ffbar2HW = on",),
    "Z": ("HiggsSM:ffbar2HZ = on",),
}
_BOSONS = {"W": 24, "Z": 23}
_BOSON_DECAYS = {"all": None, "leptonic": "11 13 15", "electron-muon": "11 13"}
_M_HIGGS, _HEAVY_WIDTH, _HIGGS_WIDTH = 125.0, 5.0, 0.00407
"""GeV; widths as in the samples of ATLAS: 5 GeV above 125, the standard model's at 125 and below."""
_QUARKS = 91
"""Pythia's code of a decay into quarks or gluons that shower and hadronise where the parent decays."""


def higgs_llp(
    *,
    m_phi: float,
    m_s: float,
    ctau: float,
    fractions: str | Mapping[int, float] = "tree-level",
    production: str = "gg",
    boson_decays: str = "all",
    hadronise: Any = True,
    width: float | None = None,
) -> Recipe:
    """Make the recipe.

    phi is Pythia's standard-model Higgs boson with another mass and width, so that its cross section means nothing and
    none is given; both scalars decay isotropically. Other decays of phi stay, closed: production goes through its
    width to gluons.

    Parameters
    ----------
    m_phi, m_s
        Masses, GeV.
    ctau
        Mean proper decay length of s, mm.
    fractions
        Decays of s: ``"tree-level"`` (88 : 8 : 4 for b, c, tau), ``"atlas"`` (85 : 5 : 8), or a mapping of PDG numbers
        to fractions; what is missing to 1 decays to gluons, which an efficiency map does not cover.
    production
        ``"gg"`` (gluon fusion), or ``"W"`` or ``"Z"`` (with a vector boson).
    boson_decays
        Of W and Z: ``"all"``, ``"leptonic"`` or ``"electron-muon"`` (neutrinos of a Z are left out by both).
    hadronise
        Whether quarks become hadrons. Without, only the long-lived particles of the events are meaningful, and
        generation is faster.
    width
        Of phi, GeV; default 5 above 125 GeV, else 4.07 MeV.

    Raises
    ------
    BadOption
        If a decay is closed or a number makes no sense.
    UnknownName
        If a convention or production does not exist.

    Examples
    --------
    >>> higgs_llp(m_phi=600, m_s=150, ctau=1300).label
    'phi 600 -> s s 150, c tau 1.3 m'
    """
    heavy, light = positive(f"{HIGGS_LLP}: m_phi", m_phi), positive(f"{HIGGS_LLP}: m_s", m_s)
    length = positive(f"{HIGGS_LLP}: ctau", ctau, "mm")
    if heavy < 2 * light + 1e-6:
        message = f"{HIGGS_LLP}: m_phi must be at least twice m_s, {2 * light:g} GeV, not {heavy:g}"
        raise BadOption(message)
    for name, value, known in (("production", production, _PRODUCTION), ("boson_decays", boson_decays, _BOSON_DECAYS)):
        if value not in known:
            message = f"{HIGGS_LLP}: unknown {name} {value!r}.{did_you_mean(str(value), known)}"
            raise UnknownName(message)
    if not isinstance(hadronise, bool):
        message = f"{HIGGS_LLP}: hadronise must be True or False, not {hadronise!r}"
        raise BadOption(message)
    given = decay_fractions(fractions, light)
    if 6 in given:
        message = f"{HIGGS_LLP}: decays to top quarks are not generated here; shower an LHE file instead"
        raise BadOption(message)
    default = _HEAVY_WIDTH if heavy > _M_HIGGS else _HIGGS_WIDTH
    gamma = default if width is None else positive(f"{HIGGS_LLP}: width", width)
    span = min(10 * gamma, 0.5 * heavy, max(heavy - 2 * light, 1e-6))
    settings = [
        *_PRODUCTION[production],
        f"{_PHI}:m0 = {heavy!r}",
        f"{_PHI}:mWidth = {gamma!r}",
        f"{_PHI}:doForceWidth = on",
        f"{_PHI}:mMin = {heavy - span!r}",
        f"{_PHI}:mMax = {heavy + span!r}",
        f"{_PHI}:onMode = off",
        f"{_PHI}:addChannel = 1 1.0 100 {S_ID} {S_ID}",
        *_boson(production, boson_decays),
        *_scalar(light, length, given),
    ]
    if not hadronise:
        settings.append("HadronLevel:Hadronize = off")
    label = f"phi {heavy:g} -> s s {light:g}, c tau {length / 1000:g} m"
    if production != "gg":
        label = f"{production} {label}"
    return Recipe(
        name=HIGGS_LLP,
        label=label,
        process=HIGGS_LLP if production == "gg" else f"{HIGGS_LLP}-{production}",
        settings=tuple(settings),
        parameters={
            "m_phi": heavy, "m_s": light, "ctau": length, "production": production, "hadronise": hadronise,
            "fractions": {str(code): f for code, f in given.items()},
            "convention": fractions if isinstance(fractions, str) else "user", "width": gamma,
        },
        strict=True,
    )  # fmt: skip


def _boson(production: str, decays: str) -> tuple[str, ...]:
    wanted = _BOSON_DECAYS[decays]
    if production not in _BOSONS or wanted is None:
        return ()
    code = _BOSONS[production]
    return (f"{code}:onMode = off", f"{code}:onIfAny = {wanted}")


def _scalar(mass: float, length: float, fractions: Mapping[int, float]) -> tuple[str, ...]:
    """Return settings of s: no resonance, since Pythia gives those no displaced vertex of a chosen lifetime."""
    channels = []
    for code, fraction in fractions.items():
        kind, anti = (_QUARKS if code < 7 or code == _REST else 0), (code if code == _REST else -code)
        channels.append(f"{S_ID}:addChannel = 1 {fraction!r} {kind} {code} {anti}")
    rest = 1.0 - sum(fractions.values())
    if rest > 1e-9:
        channels.append(f"{S_ID}:addChannel = 1 {rest!r} {_QUARKS} {_REST} {_REST}")
    return (
        f"{S_ID}:m0 = {mass!r}",
        f"{S_ID}:isResonance = off",
        f"{S_ID}:mWidth = 0.0",
        f"{S_ID}:mMin = 0.0",
        f"{S_ID}:tau0 = {length!r}",
        f"{S_ID}:mayDecay = on",
        f"{S_ID}:onMode = off",
        *channels,
    )
