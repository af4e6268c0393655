"""A signal region whose background comes from three neighbours: A = B C / D, fitted with signal in all four.

``L = Pois(n_A | mu s_A + b r s) Pois(n_B | mu s_B + b s) Pois(n_C | mu s_C + b r) Pois(n_D | mu s_D + b)``

with the background `b` of D and its two transfer factors free: the ABCD plane of two uncorrelated variables, as a
pyhf model (ATLAS, arXiv:2203.01009, section 7; CLs with asymptotic formulae of arXiv:1007.1727).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from recastbook import display
from recastbook.exceptions import BadOption, StatisticsError, did_you_mean
from recastbook.statistics.limits import check_limit_options, upper_limit
from recastbook.statistics.pyhf_model import built
from recastbook.statistics.records import Band, ClsResult, UpperLimit, as_band

if TYPE_CHECKING:
    import pyhf

__all__ = ["ABCDModel", "check_named_counts"]

_REGIONS = ("A", "B", "C", "D")
_METHODS = ("auto", "asymptotic")
_FREE = {"A": ("b", "r", "s"), "B": ("b", "s"), "C": ("b", "r"), "D": ("b",)}
"""Free factors of the background in each region."""
_ASYMPTOTIC = "asymptotic formulae; toys of the four regions are not made"


@dataclass(frozen=True)
class ABCDModel(display.Tabular):
    """Counts of the four regions, and how a signal spreads over them.

    Signals are given as events in A; what they leave in B, C and D follows from the ratios in `contamination`.

    Parameters
    ----------
    counts
        Events counted in A, B, C and D.
    contamination
        Signal in B, C and D relative to A; nothing by default.
    name
        Name of region A, for messages.

    Raises
    ------
    StatisticsError
        If a count is negative or not whole, B, C or D is empty, or a ratio is negative.

    Examples
    --------
    >>> model = ABCDModel((92, 18, 25213, 4774), name="CR+2J")
    >>> round(model.background, 2)
    95.06
    """

    counts: tuple[int, ...]
    contamination: tuple[float, ...] = (0.0, 0.0, 0.0)
    name: str = ""
    notes: tuple[str, ...] = ()
    """Remarks that go along to a verdict."""

    def __post_init__(self) -> None:
        if len(self.counts) != 4 or len(self.contamination) != 3:
            msg = f"{self._where}: four counts (A, B, C, D) and three ratios (B, C, D) are needed"
            raise StatisticsError(msg)
        for region, count in zip(_REGIONS, self.counts, strict=True):
            if not math.isfinite(count) or count < 0 or count != int(count):
                msg = f"{self._where}: {region} has {count!r} events; a count is a whole number of at least 0"
                raise StatisticsError(msg)
            if count == 0 and region != "A":
                msg = f"{self._where}: {region} is empty, so that B C / D says nothing of A"
                raise StatisticsError(msg)
        for region, ratio in zip(_REGIONS[1:], self.contamination, strict=True):
            if not math.isfinite(ratio) or ratio < 0:
                msg = f"{self._where}: the signal in {region} relative to A is {ratio!r}; it must not be negative"
                raise StatisticsError(msg)
        object.__setattr__(self, "counts", tuple(int(c) for c in self.counts))
        object.__setattr__(self, "contamination", tuple(float(c) for c in self.contamination))

    @classmethod
    def from_fractions(cls, counts: tuple[int, ...], fractions: Mapping[str, float], *, name: str = "") -> ABCDModel:
        """Make a model from the shares of generated events that reach each region, such as per cent of a cutflow.

        Parameters
        ----------
        counts
            As for the class.
        fractions
            ``{"A": ..., "B": ..., "C": ..., "D": ...}`` in any common unit.
        name
            Name of region A.
        """
        missing = [r for r in _REGIONS if r not in fractions]
        if missing or not fractions["A"] > 0:
            msg = f"fractions of A, B, C and D are needed, A above zero; found {dict(fractions)!r}"
            raise StatisticsError(msg)
        b, c, d = (fractions[r] / fractions["A"] for r in _REGIONS[1:])
        return cls(counts, (b, c, d), name)

    @property
    def _where(self) -> str:
        return f"region {self.name!r}" if self.name else "ABCD model"

    # -- what a verdict asks of a region's model --------------------------------------------------

    @property
    def observed(self) -> int:
        """Events counted in A."""
        return self.counts[0]

    @property
    def background(self) -> float:
        """B C / D, events in A without signal anywhere."""
        _, b, c, d = self.counts
        return b * c / d

    @property
    def background_error(self) -> float:
        """Its statistical error from the three counts, events."""
        return self.background * math.sqrt(sum(1 / n for n in self.counts[1:]))

    def workspace(self, signal: float = 1.0, signal_relative_error: float = 0.0) -> dict[str, Any]:
        """Return the model in pyhf's JSON layout.

        Parameters
        ----------
        signal
            Signal in A at signal strength 1, events.
        signal_relative_error
            Relative error of the signal, the same in all regions; above zero a log-normal nuisance parameter: at 25 %
            one standard deviation is a factor 1.25 or 1 / 1.25 = 0.8. With 0.75 in its place, as some fits have it,
            the limit of CR+2J is 5 % weaker (47.2 events instead of 44.7).
        """
        _, b, c, d = self.counts
        nominal = {"A": self.background, "B": float(b), "C": float(c), "D": float(d)}
        ratio = dict(zip(_REGIONS, (1.0, *self.contamination), strict=True))
        modifiers: list[dict[str, Any]] = [{"name": "mu", "type": "normfactor", "data": None}]
        if signal_relative_error > 0:
            high = 1.0 + signal_relative_error
            modifiers.append({"name": "signal_scale", "type": "normsys", "data": {"hi": high, "lo": 1.0 / high}})
        channels = []
        for region in _REGIONS:
            # nominal backgrounds are those of the counts, so that the three factors are near 1: fits stay stable
            free = [{"name": factor, "type": "normfactor", "data": None} for factor in _FREE[region]]
            samples = [{"name": "background", "data": [nominal[region]], "modifiers": free}]
            if signal * ratio[region] > 0 or region == "A":
                samples.insert(0, {"name": "signal", "data": [signal * ratio[region]], "modifiers": modifiers})
            channels.append({"name": region, "samples": samples})
        top = max(10.0, 10.0 * (10.0 + sum(self.counts[:2])) / max(signal, 1e-12))
        parameters = [{"name": "mu", "bounds": [[0.0, top]], "inits": [1.0]}]
        parameters += [{"name": f, "bounds": [[1e-6, 20.0]], "inits": [1.0]} for f in ("b", "r", "s")]
        return {
            "version": "1.0.0",
            "channels": channels,
            "observations": [{"name": r, "data": [float(n)]} for r, n in zip(_REGIONS, self.counts, strict=True)],
            "measurements": [{"name": "limit", "config": {"poi": "mu", "parameters": parameters}}],
        }

    def pyhf_model(self, signal: float = 1.0, signal_relative_error: float = 0.0) -> tuple[pyhf.Model, list[float]]:
        """Return (model, data) of pyhf; the data hold the auxiliary measurements too."""
        return built(self.workspace(signal, signal_relative_error))

    def cls(
        self, signal: float, signal_error: float = 0.0, *, method: str = "auto", n_toys: int = 0, seed: int = 1
    ) -> ClsResult:
        """Test a signal.

        Parameters
        ----------
        signal
            Expected signal in A, events.
        signal_error
            Its error, events; above zero it becomes a log-normal nuisance parameter.
        method
            ``"auto"`` or ``"asymptotic"``, which are the same.
        n_toys, seed
            Not used: there for the common form of models.

        Raises
        ------
        StatisticsError
            If signal or error are not finite, or the error is negative.
        BadOption
            If toys are asked for.
        """
        del n_toys, seed
        _check_method(method)
        if not math.isfinite(signal) or not math.isfinite(signal_error) or signal_error < 0:
            msg = f"{self._where}: signal {signal!r} ± {signal_error!r} events cannot be tested"
            raise StatisticsError(msg)
        if signal <= 0:
            return ClsResult(float(signal), 1.0, (1.0,) * 5, "asymptotic", "no signal: CLs is 1")
        observed, band = _hypotest(self, float(signal), float(signal_error / signal))
        return ClsResult(float(signal), observed, band, "asymptotic", _ASYMPTOTIC if self.observed == 0 else "")

    def upper_limit(
        self,
        *,
        signal_relative_error: float = 0.0,
        confidence: float = 0.95,
        method: str = "auto",
        n_toys: int = 0,
        seed: int = 1,
    ) -> UpperLimit:
        """Return the upper limit on signal events in A, observed and expected with band.

        Raises
        ------
        BadOption
            If confidence, error or method make no sense.
        """
        del n_toys, seed
        _check_method(method)
        check_limit_options(confidence, signal_relative_error)
        return _limit(self, float(signal_relative_error), float(confidence))

    @cached_property
    def _nominal(self) -> ABCDModel:
        """The same region with the predicted count in A, for what is expected before a look at the data."""
        return ABCDModel((round(self.background), *self.counts[1:]), self.contamination, self.name)

    def expected_significance(self, signal: float) -> float:
        """Return the expected distance of signal and no signal in standard deviations, from B, C and D alone."""
        if signal <= 0 or not math.isfinite(signal):
            return 0.0
        from scipy.special import ndtri

        return float(-ndtri(min(self.expected_before(signal), 1.0) / 2.0))

    def expected_before(self, signal: float) -> float:
        """Return the median expected CLs with the predicted count in A."""
        return self._nominal.cls(signal).expected_median

    def __str__(self) -> str:
        counts = ", ".join(f"{r} {n}" for r, n in zip(_REGIONS, self.counts, strict=True))
        ratios = ", ".join(f"{r} {display.number(x)}" for r, x in zip(_REGIONS[1:], self.contamination, strict=True))
        b = display.plus_minus(self.background, self.background_error)
        return f"{self.name or 'ABCD'}: observed {counts}; B C / D = {b}; signal relative to A: {ratios}"

    def _as_table(self) -> display.TableView:
        rows = list(zip(_REGIONS, self.counts, (1.0, *self.contamination), strict=True))
        return display.TableView(("region", "observed", "signal relative to A"), rows, self.name, self.notes)

    def _repr_html_(self) -> display.Html:
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        b = display.plus_minus(self.background, self.background_error)
        return display.card(self.name or "ABCD model", {"B C / D": f"{b} events"}, body=[table], notes=self.notes)


def _check_method(method: str) -> None:
    if method not in _METHODS:
        msg = f"an ABCD model has no method {method!r}.{did_you_mean(method, _METHODS)}"
        raise BadOption(msg)


@lru_cache(maxsize=4096)
def _hypotest(model: ABCDModel, signal: float, relative: float) -> tuple[float, Band]:
    import pyhf

    tested, data = model.pyhf_model(signal, relative)
    try:
        # where the background can always make up for the signal the test statistic is 0, and pyhf divides by it
        with np.errstate(divide="ignore", invalid="ignore"):
            observed, band = pyhf.infer.hypotest(1.0, data, tested, test_stat="qtilde", return_expected_set=True)
    except pyhf.exceptions.FailedMinimization as error:
        msg = f"{model.name or 'ABCD model'}: the fit did not converge for a signal of {signal:g} events"
        raise StatisticsError(msg) from error
    return 1.0 if math.isnan(observed) else float(observed), as_band(1.0 if math.isnan(v) else v for v in band)


@lru_cache(maxsize=128)
def _limit(model: ABCDModel, relative: float, confidence: float) -> UpperLimit:
    start = 3.0 + 2.0 * math.sqrt(model.background + model.background_error**2)
    return upper_limit(
        lambda s: model.cls(s, relative * s), confidence, start, tolerance=1e-4, what=model.name or "this region"
    )


def check_named_counts(counts: Any, example: str) -> None:
    """Raise BadOption unless counts map names to four numbers each, such as ``{example: (A, B, C, D)}``."""
    asked = f"counts={{{example!r}: (A, B, C, D)}} is asked for"
    if not isinstance(counts, Mapping):
        msg = f"counts is {counts!r}; {asked}"
        raise BadOption(msg)
    for name, four in counts.items():
        if isinstance(four, str) or not isinstance(four, Sequence | np.ndarray) or len(four) != len(_REGIONS):
            msg = f"counts of {name!r} are {four!r}; {asked}"
            raise BadOption(msg)
