"""Which masses does the benchmark of the published network cutflow have? Inferred, since they are not printed.

    python tests/validation/benchmark_masses.py FOLDER [--events 3000]

Event files of a grid of masses are made in FOLDER (or read, if they are there), one process at a time. For Gbb three
printed numbers are compared: the rate of the first row (80.0 events) and the fractions that pass dphi_min_4j >= 0.4 and
0.6 (0.764 and 0.656). For Gtt only a rate is printed (7.66), which gives a line in the plane of masses.

Smooth surfaces are fitted to the efficiency and to both fractions over the grid; chi2 is the distance of the printed
numbers from them, with the errors of the simulation and an allowance for how well a recast can know them.
"""

from __future__ import annotations

import argparse
import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from counting import Features, features_of, fraction, gbb_common, gtt_common, provenance, write
from numpy.typing import NDArray

import recastbook as rb
from recastbook.events.eventfile import EventFile
from recastbook.exceptions import BadFile
from recastbook.published import cross_section

log = logging.getLogger("benchmark_masses")

LUMINOSITY_FB = 139.0
GBB_RATE, GBB_DPHI = 80.0, {"0.4": 61.1 / 80.0, "0.6": 52.5 / 80.0}
GTT_RATE = 7.66
# Rivet reaches 1.046 and CheckMATE 0.812 of the ATLAS rate; for the fractions Rivet is within 0.004.
RATE_ALLOWANCE, FRACTION_ALLOWANCE = 0.10, 0.01
GBB_GRID = tuple(
    [(1700, m) for m in (1, 600, 1200)]
    + [(1800, m) for m in (1, 600, 1200, 1600)]
    + [(1900, m) for m in (1, 600, 1000, 1200, 1400, 1600)]
    + [(2000, m) for m in (1, 600, 1000, 1200, 1400, 1600)]
    + [(2100, m) for m in (1, 600, 1000, 1400, 1600)]
)
GTT_GRID = tuple(
    [(2200, 1400)]
    + [(2300, m) for m in (1, 1400)]
    + [(2400, m) for m in (1, 1000, 1600)]
    + [(2500, m) for m in (1, 1000)]
)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Surface:
    """A polynomial in the gluino mass and in the ratio of the masses, fitted to the grid."""

    degree: int
    coefficients: Array
    covariance: Array
    chi2: float
    ndf: int

    @staticmethod
    def terms(degree: int, m_gluino: Any, m_lsp: Any) -> Array:
        """Return x, x r and 1, r, r^2, ... with x the gluino mass and r = m_lsp / m_gluino, shape (..., degree + 3)."""
        gluino, lsp = np.broadcast_arrays(np.asarray(m_gluino, dtype=float), np.asarray(m_lsp, dtype=float))
        x, ratio = gluino / 1000.0 - 2.0, lsp / gluino
        return np.stack([x, x * ratio, *(ratio**power for power in range(degree + 1))], axis=-1)

    @classmethod
    def fit(cls, degree: int, points: Array, values: Array, errors: Array) -> Surface:
        """Least squares with known errors."""
        design = cls.terms(degree, points[:, 0], points[:, 1]) / errors[:, None]
        covariance = np.linalg.inv(design.T @ design)
        coefficients = covariance @ design.T @ (values / errors)
        residual = values / errors - design @ coefficients
        return cls(degree, coefficients, covariance, float(residual @ residual), len(values) - len(coefficients))

    def __call__(self, m_gluino: Any, m_lsp: Any) -> tuple[Array, Array]:
        """Return value and error at masses of any shape."""
        t = self.terms(self.degree, m_gluino, m_lsp)
        return t @ self.coefficients, np.sqrt(np.einsum("...i,ij,...j", t, self.covariance, t))


def sigma_fb(m_gluino: float) -> float:
    """Return the gluino-pair cross section in fb."""
    return cross_section("gluino-pair", float(m_gluino)).value_pb * 1000.0


def count(family: str, m_gluino: int, m_lsp: int, folder: Path, events: int, seed: int) -> dict[str, Any]:
    """Generate one point if need be and count."""
    point = folder / f"{family}_{m_gluino}_{m_lsp}"
    if not (point / "metadata.json").exists():
        rb.generate(
            f"gluino-{family}", m_gluino=m_gluino, m_lsp=m_lsp, n=events, seed=seed, output=point, workers=1,
            progress=False,
        )  # fmt: skip
    made_of = EventFile.open(point).metadata.definitions["generation"]["parameters"]
    if made_of != {"m_gluino": m_gluino, "m_lsp": m_lsp}:
        message = f"{point.name} holds events of {made_of}"
        raise BadFile(message)
    row = {"m_gluino": m_gluino, "m_lsp": m_lsp, **numbers(family, m_gluino, features_of(point))}
    log.info("%s", {k: round(v, 4) for k, v in row.items()})
    return row


def numbers(family: str, m_gluino: float, f: Features) -> dict[str, Any]:
    """Return the rate of the first row, and for Gbb both fractions, with their statistical errors."""
    common = (gbb_common if family == "gbb" else gtt_common)(f)
    n, passed = len(common), int(common.sum())
    efficiency, error = fraction(passed, n)
    rate = LUMINOSITY_FB * sigma_fb(m_gluino) * efficiency
    out: dict[str, Any] = {
        "events": n, "common": passed, "efficiency": efficiency, "efficiency_error": error, "rate": rate,
        "rate_error": rate * error / efficiency,
    }  # fmt: skip
    if family == "gbb":
        for cut in GBB_DPHI:
            both = int((common & (f["dphi_min_4j"] >= float(cut))).sum())
            out[f"dphi_{cut}"], out[f"dphi_{cut}_error"] = fraction(both, passed)
    return out


def variations(folder: Path, events: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return Gbb 2000/1000 under other generator settings and detectors: the reason for the allowances."""
    generated = {
        "emissions start at the hard scale": {"settings": ["SpaceShower:pTmaxMatch = 1"]},
        "decay by matrix element": {"matrix_element": True},
    }
    detectors = {
        "default": {}, "no jet resolution": {"jet_resolution": "none"}, "truth MET": {"met": "truth"},
        "flat b-tagging": {"btag": "flat-77"}, "b-tagging of CheckMATE": {"btag": "checkmate"},
        "leptons of hadrons count": {"lepton_origin": "all"},
    }  # fmt: skip
    point = folder / "gbb_2000_1000"
    out = {name: numbers("gbb", 2000, features_of(point, detector=chosen)) for name, chosen in detectors.items()}
    for name, chosen in generated.items():
        varied = folder / f"varied_{'_'.join(name.split())}"
        if not (varied / "metadata.json").exists():
            rb.generate(
                "gluino-gbb", m_gluino=2000, m_lsp=1000, n=events, seed=seed, output=varied, workers=1, progress=False,
                **chosen,
            )  # fmt: skip
        out[name] = numbers("gbb", 2000, features_of(varied))
    return out


def surfaces(rows: list[dict[str, Any]], degree: int, names: tuple[str, ...]) -> dict[str, Surface]:
    """Fit one surface for each quantity."""
    points = np.array([[r["m_gluino"], r["m_lsp"]] for r in rows], dtype=float)
    return {
        name: Surface.fit(
            degree, points, np.array([r[name] for r in rows]), np.array([r[f"{name}_error"] for r in rows])
        )
        for name in names
    }


def chi2_of(fitted: dict[str, Surface], m_gluino: Any, m_lsp: Any) -> dict[str, Array]:
    """Return chi2 and its three parts; the two nested fractions are correlated as nested counts are."""
    sigma = np.vectorize(sigma_fb)(m_gluino)
    efficiency, efficiency_error = fitted["efficiency"](m_gluino, m_lsp)
    rate = LUMINOSITY_FB * sigma * efficiency
    rate_error = np.hypot(rate * efficiency_error / efficiency, RATE_ALLOWANCE * GBB_RATE)
    pull_rate = (rate - GBB_RATE) / rate_error
    difference, errors = [], []
    for cut, printed in GBB_DPHI.items():
        value, error = fitted[f"dphi_{cut}"](m_gluino, m_lsp)
        difference.append(value - printed)
        errors.append(np.hypot(error, FRACTION_ALLOWANCE))
    low, high = GBB_DPHI["0.4"], GBB_DPHI["0.6"]
    rho = math.sqrt(high * (1 - low) / (low * (1 - high)))
    a, b = difference[0] / errors[0], difference[1] / errors[1]
    fractions = (a * a - 2 * rho * a * b + b * b) / (1 - rho * rho)
    return {"chi2": pull_rate**2 + fractions, "rate": rate, "pull_rate": pull_rate, "pull_0.4": a, "pull_0.6": b}


def infer_gbb(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the best masses, the region of 68 and 95 per cent, and how well a light LSP does."""
    fitted = surfaces(rows, 4, ("efficiency", *(f"dphi_{c}" for c in GBB_DPHI)))
    gluino, lsp = np.meshgrid(np.arange(1600, 2101, 10), np.r_[1, np.arange(20, 1601, 20)], indexing="ij")
    possible = gluino - lsp >= 200
    found = chi2_of(fitted, gluino, lsp)
    chi2 = np.where(possible, found["chi2"], np.inf)
    best = np.unravel_index(np.argmin(chi2), chi2.shape)
    light = int(np.argmin(chi2[:, 0]))

    def entry(at: Any) -> dict[str, float]:
        parts = {k: float(v[at]) for k, v in found.items()}
        return {"m_gluino": int(gluino[at]), "m_lsp": int(lsp[at]), **parts}

    def extent(delta: float) -> dict[str, list[int]]:
        inside = chi2 <= chi2[best] + delta
        return {
            "m_gluino": [int(gluino[inside].min()), int(gluino[inside].max())],
            "m_lsp": [int(lsp[inside].min()), int(lsp[inside].max())],
        }

    round_masses = (gluino % 100 == 0) & ((lsp % 200 == 0) | (lsp == 1)) & possible
    candidates = sorted(
        (entry((i, j)) for i, j in zip(*np.nonzero(round_masses), strict=True)), key=lambda e: e["chi2"]
    )
    return {
        "best": entry(best),
        "p_value_of_best": math.erfc(math.sqrt(max(float(chi2[best]), 0.0) / 2)),  # three numbers, two masses
        "region_68": extent(2.30),
        "region_95": extent(5.99),
        "best_with_light_lsp": entry((light, 0)),
        "round_masses": candidates[:8],
        "surfaces": {k: {"chi2": s.chi2, "ndf": s.ndf} for k, s in fitted.items()},
    }


def infer_gtt(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Return, for several LSP masses, the gluino mass whose rate is the printed one, with its range."""
    fitted = surfaces(rows, 2, ("efficiency",))["efficiency"]
    gluino = np.arange(2150, 2551, 5)
    sigma = np.array([sigma_fb(m) for m in gluino])
    out = []
    for lsp in (1, 400, 800, 1000, 1200, 1400, 1600):
        rate = LUMINOSITY_FB * sigma * fitted(gluino, lsp)[0]
        low, middle, high = (
            float(np.interp(-GTT_RATE * f, -rate, gluino)) for f in (1 + RATE_ALLOWANCE, 1.0, 1 - RATE_ALLOWANCE)
        )
        out.append({"m_lsp": lsp, "m_gluino": middle, "m_gluino_low": low, "m_gluino_high": high})
    return out


def main() -> None:
    """Count, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=3000)
    parser.add_argument("--gtt-events", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    gbb = [count("gbb", *m, chosen.folder, chosen.events, chosen.seed) for m in GBB_GRID]
    gtt = [count("gtt", *m, chosen.folder, chosen.gtt_events, chosen.seed) for m in GTT_GRID]
    result = {"gbb": infer_gbb(gbb), "gtt_line": infer_gtt(gtt)}
    log.info("%s", result)
    write(
        "benchmark_masses.json",
        {
            "what": "masses of the benchmarks of the published network cutflow: INFERRED, they are not printed",
            "printed": {"gbb_rate": GBB_RATE, "gbb_dphi": GBB_DPHI, "gtt_rate": GTT_RATE},
            "allowances": {"rate": RATE_ALLOWANCE, "fraction": FRACTION_ALLOWANCE},
            "provenance": provenance(generator_seed=chosen.seed, detector_seed=1, luminosity_fb=LUMINOSITY_FB),
            "inferred": result,
            "variations_of_gbb_2000_1000": variations(chosen.folder, chosen.events, chosen.seed),
            "grid": {"gbb": gbb, "gtt": gtt},
        },
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
