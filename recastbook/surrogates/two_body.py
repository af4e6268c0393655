"""A quick sampler of pairs of long-lived particles: for tests, lessons and synthetic forests, not for physics results.

Only the decay is exact (two bodies, isotropic, Lorentz boosted); the transverse momentum and rapidity of the parent
follow simple curves of roughly the right size. Use :func:`recastbook.generate` for anything to be compared with data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.surrogates.truth_table import TruthTable

__all__ = ["two_body_sample"]

_FRACTIONS = {5: 0.85, 4: 0.05, 15: 0.08, 21: 0.02}
_SQRT_S = 13_000.0


def two_body_sample(
    m_phi: float,
    m_s: float,
    ctau: float,
    n: int,
    *,
    seed: int,
    boson: bool = False,
    single: bool = False,
    fractions: Mapping[int, float] | None = None,
) -> TruthTable:
    """Draw truth features of phi -> s s.

    Parameters
    ----------
    m_phi, m_s
        Masses in GeV; with `single` the long-lived particle has the mass `m_s` and recoils against the boson.
    ctau
        Mean proper lifetime times c in metres.
    n
        Number of events.
    seed
        Of the random numbers.
    boson
        Whether a W or Z recoils against phi.
    single
        Whether there is one long-lived particle instead of two.
    fractions
        PDG id of a decay product -> branching fraction; b, c, tau and gluons by default.

    Raises
    ------
    BadOption
        If masses, lifetime or fractions make no sense.

    Examples
    --------
    >>> sample = two_body_sample(600, 150, 1.3, 1000, seed=1)
    >>> len(sample), bool((sample.columns["llp1_ET"] > 149).all())
    (1000, True)
    """
    if m_s <= 0 or (not single and 2 * m_s >= m_phi):
        msg = f"phi of {m_phi:g} GeV does not decay to two particles of {m_s:g} GeV"
        raise BadOption(msg)
    if not ctau > 0 or n < 1:
        msg = f"ctau is {ctau!r} m and n is {n!r}; both must be above zero"
        raise BadOption(msg)
    rng = np.random.default_rng(seed)
    ids, shares = zip(*(fractions or _FRACTIONS).items(), strict=True)
    if not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
        msg = f"the branching fractions add up to {sum(shares):g}, not 1"
        raise BadOption(msg)
    parent = m_s if single else m_phi
    scale = 0.35 * m_phi + (40.0 if boson or single else 5.0)
    pt = scale * np.sqrt(rng.random(n) ** -0.5 - 1.0)
    pt = np.minimum(pt, 0.3 * _SQRT_S)
    transverse = np.sqrt(parent**2 + pt**2)
    widest = np.arccosh(np.maximum(_SQRT_S / (2 * transverse), 1.0))
    rapidity = np.clip(rng.normal(0.0, 0.34 * widest), -widest, widest)
    phi = rng.uniform(-np.pi, np.pi, n)
    momentum = np.stack([pt * np.cos(phi), pt * np.sin(phi), transverse * np.sinh(rapidity)])
    energy = transverse * np.cosh(rapidity)
    columns: dict[str, NDArray[np.float64]] = {}
    pairs = (momentum, None) if single else _decay(momentum, energy, m_phi, m_s, rng)
    for i, p in enumerate(pairs, 1):
        if p is None:
            columns |= {f"llp{i}_{k}": np.full(n, np.nan) for k in ("Lxy", "Lz", "eta", "pT", "ET", "child_pdgId")}
            continue
        llp_pt = np.hypot(p[0], p[1])
        proper = rng.exponential(ctau, n)
        columns |= {
            f"llp{i}_Lxy": llp_pt / m_s * proper,
            f"llp{i}_Lz": np.abs(p[2]) / m_s * proper,
            f"llp{i}_eta": np.arcsinh(p[2] / np.maximum(llp_pt, 1e-9)),
            f"llp{i}_pT": llp_pt,
            f"llp{i}_ET": np.sqrt(llp_pt**2 + m_s**2),
            f"llp{i}_child_pdgId": rng.choice(np.array(ids, dtype=float), n, p=shares),
        }
    if boson:
        columns |= {"V_pt": pt, "V_eta": rng.normal(0.0, 1.8, n)}
    name = f"two-body sample {m_phi:g}/{m_s:g} GeV, ctau {ctau:g} m"
    return TruthTable.from_columns(columns, name=name, check=False)


def _decay(
    momentum: NDArray[np.float64], energy: NDArray[np.float64], m_phi: float, m_s: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the momenta of the two decay products, each of shape (3, N)."""
    n = len(energy)
    k = math.sqrt((m_phi / 2) ** 2 - m_s**2)
    cos, angle = rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    sin = np.sqrt(1 - cos**2)
    rest = k * np.stack([sin * np.cos(angle), sin * np.sin(angle), cos])
    beta = momentum / energy
    gamma = energy / m_phi
    along = np.sum(beta * rest, axis=0)
    boosted = []
    for sign in (1.0, -1.0):
        shift = gamma * (gamma / (gamma + 1) * sign * along + m_phi / 2)
        boosted.append(sign * rest + beta * shift)
    return boosted[0], boosted[1]
