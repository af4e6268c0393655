"""A fit of bins as a pyhf workspace, and CLs as pyhf finds it: to carry a fit elsewhere, and to check ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recastbook.exceptions import BadOption
from recastbook.statistics.binned import BinnedModel
from recastbook.statistics.pyhf_model import built
from recastbook.statistics.records import ClsResult, as_band

__all__ = ["binned_workspace", "pyhf_binned_cls"]

_KINDS = {"poisson": "shapesys", "gaussian": "staterror"}


def binned_workspace(model: BinnedModel, signal: Sequence[float]) -> dict[str, Any]:
    """Return the fit as a pyhf workspace in plain types, ready for JSON: one channel, one parameter a background.

    Parameters
    ----------
    model
        The fit.
    signal
        Signal of each bin at signal strength 1, events.

    Raises
    ------
    BadOption
        If the bins have different constraints, or one that pyhf has no uncorrelated modifier for.
    """
    kinds = {b.constraint for b in model.bins}
    if len(kinds) > 1 or not kinds <= set(_KINDS):
        found = ", ".join(sorted(kinds))
        msg = f"the fit {model.name!r}: its bins have {found} constraints; one of {', '.join(_KINDS)} works"
        raise BadOption(msg)
    channel = model.name or "fit"
    background = [float(b.background) for b in model.bins]
    errors = [float(b.background_error) for b in model.bins]
    total = sum(max(float(s), 0.0) for s in signal)
    top = 10.0 * (10.0 + model.observed + model.background) / max(total, 1e-12)
    scale = {"name": "background_scale", "type": _KINDS[kinds.pop()], "data": errors}
    samples = [
        {
            "name": "signal",
            "data": [max(float(s), 0.0) for s in signal],
            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
        },
        {"name": "background", "data": background, "modifiers": [scale]},
    ]
    parameters = [{"name": "mu", "bounds": [[0.0, max(10.0, top)]], "inits": [1.0]}]
    return {
        "version": "1.0.0",
        "channels": [{"name": channel, "samples": samples}],
        "observations": [{"name": channel, "data": [float(b.observed) for b in model.bins]}],
        "measurements": [{"name": "limit", "config": {"poi": "mu", "parameters": parameters}}],
    }


def pyhf_binned_cls(model: BinnedModel, signal: Sequence[float], mu: float = 1.0) -> ClsResult:
    """Return CLs as pyhf's asymptotic calculator and minimiser find it; slow, for checking ours."""
    import pyhf

    layout = binned_workspace(model, signal)
    tested, data = built(layout)
    observed, band = pyhf.infer.hypotest(mu, data, tested, test_stat="qtilde", return_expected_set=True)
    total = mu * sum(layout["channels"][0]["samples"][0]["data"])
    return ClsResult(total, float(observed), as_band(band), "asymptotic", "by pyhf")
