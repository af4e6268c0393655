"""A cut as a sentence, for people who do not read comparisons."""

from __future__ import annotations

from collections.abc import Mapping

from recastbook.features import FEATURES
from recastbook.regions.cut import Bound, Cut

__all__ = ["cut_in_words", "feature_in_words"]

_COMPARED = {
    "min": "at least", "above": "above", "max": "at most", "below": "below", "equals": "equal to", "outside": "outside",
}  # fmt: skip


def cut_in_words(cut: Cut, names: Mapping[str, str] | None = None) -> str:
    """Return what a cut asks for, in words.

    Parameters
    ----------
    cut
        The cut.
    names
        What the search's own features are called; those of recastbook are known.

    Examples
    --------
    >>> cut_in_words(Cut(feature="met", bounds=(Bound("min", 200.0),), unit="GeV"))
    'missing transverse momentum (met) at least 200 GeV'
    >>> cut_in_words(Cut(score="p_gtt", point=(1, 2100, 1), bounds=(Bound("above", 0.9997),)))
    'network output p_gtt for the point (1, 2100, 1) above 0.9997'
    """
    if cut.any:
        ways = [" and ".join(cut_in_words(c, names) for c in alternative) for alternative in cut.any]
        return f"either {', or '.join(ways)}" if len(ways) > 1 else "".join(ways)
    what = _what(cut, names or {})
    if cut.transform == "log10":
        what = f"log10 of the {what}"
    elif cut.transform == "abs":
        what = f"size of the {what}"
    if not cut.bounds:
        return f"{what}, any value"
    return f"{what} {' and '.join(_bound(b, cut.unit) for b in cut.bounds)}"


def _what(cut: Cut, names: Mapping[str, str]) -> str:
    if cut.score is not None:
        at = f" for the point ({', '.join(f'{p:g}' for p in cut.point)})" if cut.point else ""
        variant = f", inputs {cut.inputs}" if cut.inputs != "default" else ""
        return f"network output {cut.score}{at}{variant}"
    return feature_in_words(str(cut.feature), names)


def feature_in_words(name: str, names: Mapping[str, str] | None = None) -> str:
    """Return what a feature is, in words where it has any.

    Parameters
    ----------
    name
        The feature.
    names
        What the search's own features are called; those of recastbook are known.

    Examples
    --------
    >>> feature_in_words("met")
    'missing transverse momentum (met)'
    """
    names = names or {}
    known = FEATURES[name].doc.split(";")[0] if name in FEATURES else names.get(name, "")
    return name if not known or known == name or "$" in known else f"{known} ({name})"


def _bound(bound: Bound, unit: str) -> str:
    suffix = f" {unit}" if unit not in ("1", "") else ""
    if bound.comparator == "outside":
        high = bound.value if bound.high is None else bound.high
        return f"outside {bound.value:g} to {high:g}{suffix}"
    return f"{_COMPARED[bound.comparator]} {bound.value:.6g}{suffix}"
