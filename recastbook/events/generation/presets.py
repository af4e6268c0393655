"""Recipes by name: simplified models of gluino pairs with heavy flavour and of higgsino pairs, and top pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recastbook.events.generation.higgs_llp import HIGGS_LLP, higgs_llp
from recastbook.events.generation.lepton_filter import lepton_filter as filter_thresholds
from recastbook.events.generation.recipe import Recipe, positive
from recastbook.events.generation.slha import Decay, simplified_model
from recastbook.events.generation.triple_higgs import M_BOTTOM, RESONANT_HHH, resonant_hhh
from recastbook.exceptions import BadOption, UnknownName, did_you_mean

__all__ = ["M_TOP", "NEEDED", "PRESETS", "preset"]

M_TOP = 172.5
"""Top mass used in every preset, GeV, as in the samples of the LHC experiments."""
M_W = 80.385
"""W mass, GeV."""
WIDTH = 1.0e-7
"""Width written for gluino and chargino, GeV. Below 1e-6 Pythia gives a resonance exactly its mass; c tau is 2 nm."""

GLUINO, LSP, NEUTRALINO2, CHARGINO = 1000021, 1000022, 1000023, 1000024

_GLUINO_PAIRS = ("SUSY:gg2gluinogluino = on", "SUSY:qqbar2gluinogluino = on")
# fermion pairs of a virtual W: colours, products for a positive W, masses in GeV as Pythia has them
_W_CHANNELS = (
    (1.0, (-11, 12), 0.000511),
    (1.0, (-13, 14), 0.10566),
    (1.0, (-15, 16), 1.77682),
    (3.0, (-1, 2), 0.66),
    (3.0, (-3, 4), 2.0),
)


def _soft_w_share(delta_m: float, threshold: float) -> float:
    """Phase space of chi+- -> chi0 f f' relative to massless f, for a splitting far below both masses.

    The same integral as in the beta decay of a heavy nucleon with a massive electron, f(x) with x = m/delta_m
    (for example Thomas and Wells, PRL 81 (1998) 34, eq. 6); a pair of masses enters by their sum, which is approximate.
    """
    x = threshold / delta_m
    if x >= 1:
        return 0.0
    root = math.sqrt(1 - x * x)
    return root * (1 - 4.5 * x**2 - 4 * x**4) + 7.5 * x**4 * math.atanh(root)


def _chargino_decays(delta_m: float) -> tuple[Decay, ...]:
    if delta_m > M_W:
        return (Decay(1.0, (LSP, 24)),)
    shares = [colours * _soft_w_share(delta_m, threshold) for colours, _, threshold in _W_CHANNELS]
    total = sum(shares)
    return tuple(
        Decay(share / total, (LSP, *products))
        for share, (_, products, _) in zip(shares, _W_CHANNELS, strict=True)
        # Below one in a million a channel costs a line and gives no event.
        if share / total > 1e-6
    )


def _need(name: str, m_gluino: float, products: Mapping[str, float], parent: str = "gluino") -> None:
    """Refuse a decay that is closed, or so nearly closed that the widths of its products decide."""
    total = sum(products.values())
    if m_gluino - total < 1.0:
        parts = " + ".join(f"{part} {mass:g}" for part, mass in products.items())
        message = (
            f"{name}: a {parent} of {m_gluino:g} GeV is not at least 1 GeV heavier than its decay products"
            f" ({parts} = {total:g} GeV). Products further off shell are not generated; raise m_gluino, lower m_lsp,"
            " or give your own SLHA file with the decays you want"
        )
        raise BadOption(message)


def _fractions(name: str, asked: Mapping[str, float] | None, default: Mapping[str, float]) -> dict[str, float]:
    if asked is None:
        return dict(default)
    unknown = [key for key in asked if key not in ("tt", "bb", "tb")]
    if unknown:
        message = f"{name}: unknown branching ratio {unknown[0]!r}.{did_you_mean(unknown[0], ('tt', 'bb', 'tb'))}"
        raise UnknownName(message)
    values = {key: float(value) for key, value in asked.items()}
    total = sum(values.values())
    if any(not 0 <= v <= 1 for v in values.values()) or not math.isclose(total, 1.0, abs_tol=1e-6):
        message = f"{name}: branching ratios must lie between 0 and 1 and add up to 1, not {values} (sum {total:g})"
        raise BadOption(message)
    return {key: value for key, value in values.items() if value > 0}


def _gluino(
    name: str,
    title: str,
    default: Mapping[str, float],
    *,
    m_gluino: float,
    m_lsp: float,
    branching_ratios: Mapping[str, float] | None = None,
    chargino_splitting: float = 2.0,
    matrix_element: bool = False,
) -> Recipe:
    m_gluino = positive("m_gluino", m_gluino)
    m_lsp = positive("m_lsp", m_lsp, zero=True)
    if matrix_element not in (True, False):
        message = f"matrix_element must be True or False, not {matrix_element!r}"
        raise BadOption(message)
    fractions = _fractions(name, branching_ratios, default)
    masses, decays = {GLUINO: m_gluino, LSP: m_lsp}, {LSP: tuple[Decay, ...]()}
    channels: list[Decay] = []
    if fractions.get("tt", 0) > 0:
        _need(name, m_gluino, {"LSP": m_lsp, "top": M_TOP, "antitop": M_TOP})
        channels.append(Decay(fractions["tt"], (LSP, 6, -6)))
    if fractions.get("bb", 0) > 0:
        _need(name, m_gluino, {"LSP": m_lsp, "bottom": M_BOTTOM, "antibottom": M_BOTTOM})
        channels.append(Decay(fractions["bb"], (LSP, 5, -5)))
    if fractions.get("tb", 0) > 0:
        splitting = positive("chargino_splitting", chargino_splitting)
        if splitting < 0.2:
            message = f"chargino_splitting must be at least 0.2 GeV, not {splitting:g}; below, decays into pions matter"
            raise BadOption(message)
        m_chargino = m_lsp + splitting
        _need(name, m_gluino, {"chargino": m_chargino, "top": M_TOP, "bottom": M_BOTTOM})
        masses[CHARGINO] = m_chargino
        decays[CHARGINO] = _chargino_decays(splitting)
        half = fractions["tb"] / 2  # a gluino is its own antiparticle: both charges, equally often
        channels += [Decay(half, (CHARGINO, 5, -6)), Decay(half, (-CHARGINO, 6, -5))]
    decays[GLUINO] = tuple(channels)
    label = f"{title} {m_gluino:g}/{m_lsp:g}"
    parameters: dict[str, Any] = {"m_gluino": m_gluino, "m_lsp": m_lsp}
    if CHARGINO in masses:
        parameters |= {"m_chargino": masses[CHARGINO]}
    if branching_ratios is not None or "tb" in fractions:
        parameters |= {"branching_ratios": fractions}
    return Recipe(
        name=name,
        label=label,
        process="gluino-pair",
        settings=(*_GLUINO_PAIRS, f"6:m0 = {M_TOP}"),
        slha=simplified_model(masses, decays, width=WIDTH, title=f"{label}: gluino pairs, squarks decoupled"),
        parameters=parameters,
        stable={LSP: 2},
        strict=True,
        matrix_element={"m_gluino": m_gluino, "m_lsp": m_lsp} if matrix_element else {},
    )


def _gtt(**options: Any) -> Recipe:
    return _gluino("gluino-gtt", "Gtt", {"tt": 1.0}, **options)


def _gbb(**options: Any) -> Recipe:
    return _gluino("gluino-gbb", "Gbb", {"bb": 1.0}, **options)


def _gtb(**options: Any) -> Recipe:
    return _gluino("gluino-gtb", "Gtb", {"tb": 1.0}, **options)


def _ttbar(*, pthat_min: float = 0.0, pthat_max: float | None = None) -> Recipe:
    low = positive("pthat_min", pthat_min, zero=True)
    settings = ["Top:gg2ttbar = on", "Top:qqbar2ttbar = on", f"6:m0 = {M_TOP}"]
    label, parameters = "ttbar", {"pthat_min": low, "pthat_max": pthat_max}
    if low > 0:
        settings.append(f"PhaseSpace:pTHatMin = {low!r}")
    if pthat_max is not None:
        high = positive("pthat_max", pthat_max)
        if high <= low:
            message = f"ttbar: pthat_max ({high:g} GeV) must be above pthat_min ({low:g} GeV)"
            raise BadOption(message)
        settings.append(f"PhaseSpace:pTHatMax = {high!r}")
        label += f" {low:g}-{high:g}"
    elif low > 0:
        label += f" {low:g}-inf"
    return Recipe("ttbar", label, "ttbar", tuple(settings), parameters=parameters)


_HIGGSINO_PAIRS = {"n1n2": (LSP, NEUTRALINO2), "c1n1": (LSP, CHARGINO), "c1n2": (NEUTRALINO2, CHARGINO)}
"""Production channels of higgsinos: chi0_1 chi0_2, chi+- chi0_1 and chi+- chi0_2."""

_HALF = math.sqrt(0.5)
# Pure higgsinos. The two neutralinos are one Dirac particle cut in two, which needs masses of opposite sign or, as
# here, an imaginary row: with two real ones the pair would be made in a p-wave, with a third of the cross section.
_HIGGSINO_MIXING = {
    "NMIX": [[0.0, 0.0, _HALF, -_HALF], [0.0] * 4, [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]],
    "IMNMIX": [[0.0] * 4, [0.0, 0.0, _HALF, _HALF], [0.0] * 4, [0.0] * 4],
    "UMIX": [[0.0, 1.0], [1.0, 0.0]],
    "VMIX": [[0.0, 1.0], [1.0, 0.0]],
}


def _channels(asked: str | Sequence[str]) -> tuple[str, ...]:
    if isinstance(asked, str):  # from the command line, where a list is separated by commas
        asked = tuple(_HIGGSINO_PAIRS) if asked == "all" else [name.strip() for name in asked.split(",")]
    names = tuple(asked)
    for name in names:
        if name not in _HIGGSINO_PAIRS:
            message = f"higgsino-tbs: unknown production channel {name!r}.{did_you_mean(str(name), _HIGGSINO_PAIRS)}"
            raise UnknownName(message)
    if not names:
        message = f"higgsino-tbs: production must name a channel of {', '.join(_HIGGSINO_PAIRS)}, or be 'all'"
        raise BadOption(message)
    return tuple(name for name in _HIGGSINO_PAIRS if name in names)


def _pair_settings(channels: tuple[str, ...]) -> tuple[str, ...]:
    """Return Pythia settings for these channels, which come in their leading-order proportions.

    Pythia takes two lists and makes every pair with one particle from each. With all three channels the lists also
    hold chi0_1 chi0_1, which pure higgsinos do not make: the Z couples to different ones only.
    """
    groups = []
    if "n1n2" in channels:
        groups.append("SUSY:qqbar2chi0chi0 = on")
    if {"c1n1", "c1n2"} & set(channels):
        groups.append("SUSY:qqbar2chi+-chi0 = on")
    shared = set.intersection(*(set(_HIGGSINO_PAIRS[c]) for c in channels))
    if shared:
        first = {min(shared) if len(channels) == 1 else shared.pop()}
        second = {code for c in channels for code in _HIGGSINO_PAIRS[c]} - first
    else:
        first, second = {LSP, CHARGINO}, {LSP, NEUTRALINO2}
    lists = (f"SUSY:idVec{name} = {{{','.join(map(str, sorted(c)))}}}" for name, c in (("A", first), ("B", second)))
    return (*groups, *lists)


def _higgsino(*, m_higgsino: float, production: str | Sequence[str] = "all", lepton_filter: float = 0.0) -> Recipe:
    thresholds = filter_thresholds(lepton_filter, where="higgsino-tbs")
    mass = positive("m_higgsino", m_higgsino)
    channels = _channels(production)
    lightest = M_TOP + M_BOTTOM + 1.0
    if mass < lightest:
        message = f"higgsino-tbs: m_higgsino must be at least {lightest:g} GeV (top, bottom, strange), not {mass:g}"
        raise BadOption(message)
    neutral = (Decay(0.5, (6, 5, 3)), Decay(0.5, (-6, -5, -3)))  # its own antiparticle
    decays = {LSP: neutral, NEUTRALINO2: neutral, CHARGINO: (Decay(1.0, (-5, -5, -3)),)}
    label = f"higgsino {mass:g}"
    if len(channels) < len(_HIGGSINO_PAIRS):
        label += f" ({', '.join(channels)})"
    parameters: dict[str, Any] = {"m_higgsino": mass, "production": list(channels)}
    if thresholds:
        label += ", lepton filter"
        parameters |= {"lepton_filter": thresholds["min_pt"]}
    return Recipe(
        name="higgsino-tbs",
        label=label,
        process="higgsino-pair",
        settings=(*_pair_settings(channels), f"6:m0 = {M_TOP}"),
        slha=simplified_model(
            dict.fromkeys(decays, mass),
            decays,
            width=WIDTH,
            title=f"{label}: pure higgsinos, decays that violate baryon number, all else decoupled",
            mixing=_HIGGSINO_MIXING,
        ),
        parameters=parameters,
        stable=dict.fromkeys(decays, 0),
        strict=True,
        lepton_filter=thresholds,
    )


NEEDED = ("m_gluino", "m_lsp", "m_higgsino", "m_x", "m_phi", "m_s", "ctau")
"""Parameters without a default, of any preset."""

PRESETS: dict[str, tuple[Callable[..., Recipe], tuple[str, ...], str]] = {
    "gluino-gtt": (
        _gtt,
        ("m_gluino", "m_lsp", "matrix_element"),
        "gluino pairs, gluino -> t t LSP through a squark far off shell",
    ),
    "gluino-gbb": (
        _gbb,
        ("m_gluino", "m_lsp", "matrix_element"),
        "gluino pairs, gluino -> b b LSP through a squark far off shell",
    ),
    "gluino-gtb": (
        _gtb,
        ("m_gluino", "m_lsp", "branching_ratios", "chargino_splitting", "matrix_element"),
        "gluino pairs, gluino -> t b chargino (or a mixture with t t LSP and b b LSP), soft chargino decay",
    ),
    "higgsino-tbs": (
        _higgsino,
        ("m_higgsino", "production", "lepton_filter"),
        "pairs of degenerate higgsinos, chi0 -> t b s and chi+- -> b b s (R-parity violated, UDD)",
    ),
    HIGGS_LLP: (
        higgs_llp,
        ("m_phi", "m_s", "ctau", "fractions", "production", "boson_decays", "hadronise", "width"),
        "phi -> s s with long-lived scalars s, in gluon fusion or with a W or Z",
    ),
    RESONANT_HHH: (resonant_hhh, ("m_x", "m_s"), "X -> S H -> H H H -> 6b through two new scalars"),
    "ttbar": (_ttbar, ("pthat_min", "pthat_max"), "top pairs, all decays; pTHat slices"),
}
"""By name: the function that makes the recipe, its parameters, and what it is."""


def _listed(missing: Sequence[str]) -> str:
    if "ctau" not in missing:
        return f"{' and '.join(missing)} (GeV)"
    return " and ".join(f"{key} ({'mm' if key == 'ctau' else 'GeV'})" for key in missing)


def preset(name: str, **parameters: Any) -> Recipe:
    """Make the recipe of a preset.

    Parameters
    ----------
    name
        ``"gluino-gtt"``, ``"gluino-gbb"``, ``"gluino-gtb"``, ``"higgsino-tbs"``, ``"resonant-hhh"``, ``"higgs-llp"`` or
        ``"ttbar"``.
    parameters
        For gluinos ``m_gluino`` and ``m_lsp`` in GeV, both needed; ``matrix_element=True`` weights the decay by the
        matrix element of a heavy squark (default: phase space, as Pythia does with any SLHA decay). For Gtb also
        ``branching_ratios`` (a mapping of ``"tt"``, ``"bb"``, ``"tb"`` to fractions, default all ``"tb"``) and
        ``chargino_splitting`` (chargino minus LSP mass, default 2 GeV). For higgsinos ``m_higgsino`` in GeV, needed,
        and ``production``: ``"all"`` (default: leading-order proportions) or channels out of ``"n1n2"``, ``"c1n1"``
        and ``"c1n2"``; with ``lepton_filter`` (GeV, default 0: none) only events with an electron or muon above it,
        or a tau above twice it, in the hard process are showered and kept. For top pairs ``pthat_min`` and
        ``pthat_max``. For three Higgs bosons ``m_x`` and ``m_s`` in GeV, both needed; for `m_s`
        below 251 GeV one of them is off its mass shell, approximately
        (:func:`recastbook.events.generation.triple_higgs.resonant_hhh`). For long-lived scalars ``m_phi``,
        ``m_s`` (GeV) and ``ctau`` (mm), all needed; see :func:`recastbook.events.generation.higgs_llp.higgs_llp` for
        the others.

    Raises
    ------
    UnknownName
        If there is no preset, or no parameter, of that name.
    BadOption
        If a parameter is missing, or the masses leave a decay closed.

    Examples
    --------
    >>> preset("gluino-gtt", m_gluino=2100, m_lsp=1).label
    'Gtt 2100/1'
    """
    if name not in PRESETS:
        message = f"unknown preset {name!r}.{did_you_mean(name, PRESETS)}"
        raise UnknownName(message)
    build, known, _ = PRESETS[name]
    unknown = [key for key in parameters if key not in known]
    if unknown:
        message = f"preset {name!r} has no parameter {unknown[0]!r}.{did_you_mean(unknown[0], known)}"
        raise UnknownName(message)
    missing = [key for key in known if key in NEEDED and key not in parameters]
    if missing:
        message = f"preset {name!r} needs {_listed(missing)}"
        raise BadOption(message)
    return build(**parameters)
