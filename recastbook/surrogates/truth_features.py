"""The truth features that the surrogate models of ATLAS-EXOT-2022-04 read: names, units, plausible ranges.

Lengths are in metres here, not in mm as elsewhere in recastbook: the published forests, scalers and sample files use
metres, and a number that looks the same in a file and on the screen is harder to mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recastbook.exceptions import NetworkError, did_you_mean

__all__ = [
    "BOSON",
    "DECAY_LEGEND",
    "FEATURES",
    "LLP_QUANTITIES",
    "TruthFeature",
    "canonical_name",
    "decay_name",
    "feature",
    "input_names",
]


@dataclass(frozen=True, slots=True)
class TruthFeature:
    """One input of a surrogate model.

    Examples
    --------
    >>> feature("llp1_Lxy").unit
    'm'
    """

    name: str
    """Name as in the published feature lists."""
    unit: str
    """Unit of the number that is fed."""
    label: str
    """For axes, without the unit."""
    definition: str
    """What it is."""
    quantity: str
    """The same without the particle's number, for example ``Lxy``."""
    implausible_above: float | None = None
    """A typical absolute value above this one is in another unit."""
    wrong_unit: str = ""
    """The unit it is in then."""


# Typical values of a sample or scaler above these are no metres and no GeV: the lifetimes that the authors scan end
# at 100 m, and half of the beam energy is 6500 GeV.
_TOO_LONG, _TOO_HARD = 250.0, 5000.0

_PER_LLP = (
    ("Lxy", "m", "L_{xy}", "transverse distance of the decay from the beam line", _TOO_LONG, "mm"),
    ("Lz", "m", r"|L_z|", "absolute distance of the decay along the beam line", _TOO_LONG, "mm"),
    ("eta", "1", r"\eta", "pseudorapidity of the momentum", None, ""),
    ("pT", "GeV", r"p_\mathrm{T}", "transverse momentum as it decays", _TOO_HARD, "MeV"),
    ("ET", "GeV", r"E_\mathrm{T}", "sqrt(pT^2 + m^2)", _TOO_HARD, "MeV"),
    ("child_pdgId", "1", r"|\mathrm{PDG\ id}|", "smallest absolute PDG id among its decay products", None, ""),
)
LLP_QUANTITIES = tuple(q[0] for q in _PER_LLP)
"""The six quantities of a long-lived particle, in the published order."""
BOSON = ("V_pt", "V_eta")
"""The two quantities of the W or Z boson."""

DECAY_LEGEND = {
    "1": "d quark", "2": "u quark", "3": "s quark", "4": "c quark", "5": "b quark", "6": "t quark", "11": "electron",
    "13": "muon", "15": "tau", "21": "gluon", "22": "photon",
}  # fmt: skip
"""Meaning of the codes of a decay product."""

_SHORT = {1: "d", 2: "u", 3: "s", 4: "c", 5: "b", 6: "t", 11: "e", 13: "mu", 15: "tau", 21: "gluon", 22: "photon"}


def decay_name(code: int) -> str:
    """Return the short name of a decay product by its absolute PDG number, the number itself where it has none here.

    Examples
    --------
    >>> decay_name(5), decay_name(-15), decay_name(99)
    ('b', 'tau', '99')
    """
    return _SHORT.get(abs(int(code)), str(abs(int(code))))


_LLP_FEATURES = tuple(
    TruthFeature(
        f"llp{n}_{name}", unit, f"${label}$ of LLP {n}", f"{definition}, long-lived particle {n}", name, above, wrong
    )
    for n in (1, 2)
    for name, unit, label, definition, above, wrong in _PER_LLP
)
_BOSON_FEATURES = (
    TruthFeature("V_pt", "GeV", r"$p_\mathrm{T}$ of the boson", "transverse momentum of the W or Z, 0 if none", "pt",
                 _TOO_HARD, "MeV"),
    TruthFeature("V_eta", "1", r"$\eta$ of the boson", "pseudorapidity of the W or Z, 0 if none", "eta"),
)  # fmt: skip
FEATURES = {f.name: f for f in (*_LLP_FEATURES, *_BOSON_FEATURES)}
"""All fourteen by name, in the published order."""


def feature(name: str) -> TruthFeature:
    """Return a feature by its name; NetworkError names the nearest one where there is none."""
    found = FEATURES.get(canonical_name(name))
    if found is None:
        message = f"unknown truth feature {name!r}.{did_you_mean(name, FEATURES)}"
        raise NetworkError(message)
    return found


def input_names(*, boson: bool) -> tuple[str, ...]:
    """Return the published order of the inputs: twelve, or fourteen with a boson."""
    names = tuple(FEATURES)
    return names if boson else names[:-2]


def canonical_name(name: str) -> str:
    """Return the spelling used here for a published one: the boson is ``V_``, ``W_`` or ``Z_`` there, ``pT`` or ``pt``.

    Examples
    --------
    >>> canonical_name("W_pT"), canonical_name("llp1_pt"), canonical_name("LLP2_Lxy")
    ('V_pt', 'llp1_pT', 'llp2_Lxy')
    """
    folded = name.strip().casefold()
    if folded[:2] in ("w_", "z_"):
        folded = f"v_{folded[2:]}"
    return _BY_FOLDED.get(folded, name.strip())


_BY_FOLDED = {name.casefold(): name for name in FEATURES}


def folded_positions(columns: Sequence[str]) -> dict[str, list[int]]:
    """Return where each canonical name stands among columns of a file."""
    out: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        out.setdefault(canonical_name(column), []).append(position)
    return out
