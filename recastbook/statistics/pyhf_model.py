"""The same likelihood as a pyhf workspace, and CLs as pyhf finds it. The only place that imports pyhf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from recastbook.statistics.constraints import NEGLIGIBLE
from recastbook.statistics.counting import CountingModel
from recastbook.statistics.records import ClsResult

if TYPE_CHECKING:
    import pyhf

__all__ = ["pyhf_cls", "pyhf_model", "workspace"]

_SETTINGS = {"normsys": {"interpcode": "code1"}, "histosys": {"interpcode": "code0"}}
# code1 is the exact exponential, so that a log-normal stays one beyond one standard deviation


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


def pyhf_model(
    model: CountingModel, signal: float = 1.0, signal_error: float = 0.0
) -> tuple[pyhf.Workspace, pyhf.Model, Any]:
    """Return (workspace, model, data) of pyhf for the region; the data hold the auxiliary measurements too."""
    import pyhf

    space = pyhf.Workspace(workspace(model, signal, signal_error))
    built = space.model(modifier_settings=_SETTINGS)
    return space, built, space.data(built)


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

    _, built, data = pyhf_model(model, signal, signal_error)
    options: dict[str, Any] = {"calctype": "asymptotics"}
    if method == "toys":
        options = {"calctype": "toybased", "ntoys": n_toys, "track_progress": False}
    observed, band = pyhf.infer.hypotest(1.0, data, built, test_stat="qtilde", return_expected_set=True, **options)
    five = [float(v) for v in band]
    return ClsResult(float(signal), float(observed), (five[0], five[1], five[2], five[3], five[4]), method, "by pyhf")
