"""The same likelihood as a pyhf workspace, and CLs as pyhf finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import ndtr

from recastbook.statistics.constraints import NEGLIGIBLE
from recastbook.statistics.counting import CountingModel
from recastbook.statistics.records import ClsResult, as_band

if TYPE_CHECKING:
    import pyhf

__all__ = ["pyhf_cls", "pyhf_model", "workspace"]

# code1 is the exact exponential, so that a log-normal stays one beyond one standard deviation
_SETTINGS = {"normsys": {"interpcode": "code1"}, "histosys": {"interpcode": "code0"}}
_MINIMISER = 1e-4
"""Accuracy of pyhf's minimiser. All outcomes without events have the same test statistic, 2 s; compared exactly, its
noise would lose half of them and make CLs half as large where nothing is observed."""


def _background_modifier(model: CountingModel) -> list[dict[str, Any]]:
    b, error = model.background, model.background_error
    if b <= 0 or error <= NEGLIGIBLE * b:
        return []
    if model.constraint == "poisson":
        return [{"name": "background_scale", "type": "shapesys", "data": [error]}]
    if model.constraint == "gaussian":
        return [{"name": "background_scale", "type": "staterror", "data": [error]}]
    high = 1.0 + error / b
    return [{"name": "background_scale", "type": "normsys", "data": {"hi": high, "lo": 1.0 / high}}]


def workspace(model: CountingModel, signal: float = 1.0, signal_error: float = 0.0) -> dict[str, Any]:
    """Return the region as a pyhf workspace in plain types, ready for JSON.

    Parameters
    ----------
    model
        The region.
    signal
        Signal at signal strength 1, events.
    signal_error
        Its error, events; above zero it becomes a log-normal nuisance parameter.
    """
    modifiers: list[dict[str, Any]] = [{"name": "mu", "type": "normfactor", "data": None}]
    if signal_error > 0 and signal > 0:
        high = 1.0 + signal_error / signal
        modifiers.append({"name": "signal_scale", "type": "normsys", "data": {"hi": high, "lo": 1.0 / high}})
    channel = model.name or "region"
    top = 10.0 * (10.0 + model.observed + model.background) / max(signal, 1e-12)
    parameters: list[dict[str, Any]] = [{"name": "mu", "bounds": [[0.0, max(10.0, top)]], "inits": [1.0]}]
    if model.constraint != "lognormal" and _background_modifier(model):
        # pyhf's own upper bound of 10 would cut into backgrounds that are hardly known
        parameters.append({"name": "background_scale", "bounds": [[1e-10, 1000.0]]})
    samples = [
        {"name": "signal", "data": [float(signal)], "modifiers": modifiers},
        {"name": "background", "data": [float(model.background)], "modifiers": _background_modifier(model)},
    ]
    return {
        "version": "1.0.0",
        "channels": [{"name": channel, "samples": samples}],
        "observations": [{"name": channel, "data": [float(model.observed)]}],
        "measurements": [{"name": "limit", "config": {"poi": "mu", "parameters": parameters}}],
    }


def pyhf_model(model: CountingModel, signal: float = 1.0, signal_error: float = 0.0) -> tuple[pyhf.Model, list[float]]:
    """Return (model, data) of pyhf for the region; the data hold the auxiliary measurements too."""
    return built(workspace(model, signal, signal_error))


def built(layout: dict[str, Any]) -> tuple[pyhf.Model, list[float]]:
    """Return (model, data) of pyhf for one of our workspaces."""
    import pyhf

    # Not through pyhf.Workspace: the layout is ours and a test validates it, while each validation by pyhf 0.7 warns
    # of a resolver that jsonschema has deprecated.
    parts = {"channels": layout["channels"], "parameters": layout["measurements"][0]["config"]["parameters"]}
    model = pyhf.Model(parts, poi_name="mu", modifier_settings=_SETTINGS, validate=False)
    counts = {entry["name"]: entry["data"] for entry in layout["observations"]}
    found = [count for channel in model.config.channels for count in counts[channel]]
    return model, [*found, *(float(v) for v in model.config.auxdata)]


def pyhf_cls(
    model: CountingModel,
    signal: float,
    signal_error: float = 0.0,
    *,
    method: Literal["asymptotic", "toys"] = "asymptotic",
    n_toys: int = 2000,
) -> ClsResult:
    """Return CLs as pyhf's own calculators and minimisers find it; slow, for checking ours.

    Parameters
    ----------
    model
        The region.
    signal, signal_error
        Signal and its error, events.
    method
        pyhf's asymptotic or toy calculator. pyhf draws toys from numpy's global generator.
    n_toys
        Toys for each hypothesis.
    """
    import pyhf

    tested, data = pyhf_model(model, signal, signal_error)
    if method == "toys":
        return _by_toys(tested, data, signal, n_toys)
    observed, band = pyhf.infer.hypotest(1.0, data, tested, test_stat="qtilde", return_expected_set=True)
    return ClsResult(float(signal), float(observed), as_band(band), method, "by pyhf")


def _by_toys(tested: pyhf.Model, data: list[float], signal: float, n_toys: int) -> ClsResult:
    from pyhf.infer.calculators import ToyCalculator

    calculator = ToyCalculator(data, tested, test_stat="qtilde", ntoys=n_toys, track_progress=False)
    with_signal, without = calculator.distributions(1.0)
    q_signal, q_none = np.sort(with_signal.samples), np.sort(without.samples)

    def cls(q: Any) -> Any:
        above = [len(s) - np.searchsorted(s, np.asarray(q) - _MINIMISER, side="left") for s in (q_signal, q_none)]
        return above[0] / np.maximum(above[1], 1)

    # The band is not asked of pyhf 0.7: it needs a keyword of numpy's percentile that numpy 2.4 has dropped.
    band = np.quantile(cls(q_none), ndtr(np.array([-2.0, -1.0, 0.0, 1.0, 2.0])))
    observed = cls(float(calculator.teststatistic(1.0)))
    return ClsResult(float(signal), float(observed), as_band(band), "toys", "by pyhf")
