"""From the plain values of a model card to its records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recastbook.network.contract import (
    AnalysisReference,
    GoldenRow,
    Input,
    InputVariant,
    ModelFile,
    Normalisation,
    ObjectBlock,
    Option,
    Output,
    ParameterPoint,
    Parameters,
    Reuse,
    Surrogate,
    Tensor,
    Threshold,
    Thresholds,
    Validation,
)

__all__ = ["records"]


def records(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a :class:`~recastbook.network.ModelCard` from YAML that fulfils the schema."""
    given = {key: value for key, value in content.items() if key != "card"}
    given["analysis"] = AnalysisReference(**_tuples(given["analysis"], "regions"))
    given["files"] = tuple(_file(entry) for entry in given["files"])
    given["inputs"] = tuple(_input(entry) for entry in given["inputs"])
    given["outputs"] = tuple(Output(**_floats(entry, "constant")) for entry in given["outputs"])
    given["normalisation"] = Normalisation(**given["normalisation"])
    if "reuse" in given:
        given["reuse"] = Reuse(**given["reuse"])
    given["objects"] = tuple(ObjectBlock(**entry) for entry in given.get("objects", ()))
    if "parameters" in given:
        points = tuple(
            ParameterPoint(entry["region"], tuple(map(float, entry["values"])))
            for entry in given["parameters"]["points"]
        )
        given["parameters"] = Parameters(tuple(given["parameters"]["names"]), points)
    given["variants"] = tuple(
        InputVariant(**{**_tuples(entry, "absent"), "parameters": _all_floats(entry.get("parameters", {}))})
        for entry in given.get("variants", ())
    )
    given["options"] = tuple(Option(**_tuples(entry, "alternatives")) for entry in given.get("options", ()))
    given["golden_rows"] = tuple(_golden(entry) for entry in given.get("golden_rows", ()))
    if "thresholds" in given:
        given["thresholds"] = Thresholds(
            given["thresholds"]["rule"], tuple(_threshold(entry) for entry in given["thresholds"]["regions"])
        )
    if "surrogate" in given:
        given["surrogate"] = Surrogate(**given["surrogate"])
    if "validation" in given:
        lists = ("codes", "cutflows", "signals", "scores", "runtimes")
        given["validation"] = Validation(**_tuples(given["validation"], *lists))
    for name in ("caveats", "out_of_scope", "sources", "cite"):
        given[name] = tuple(given.get(name, ()))
    return given


def _tuples(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: tuple(value) if key in names else value for key, value in entry.items()}


def _floats(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {k: float(v) if k in names and v is not None else v for k, v in entry.items()}


def _all_floats(values: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in values.items()}


def _golden(entry: Mapping[str, Any]) -> GoldenRow:
    given: dict[str, Any] = _floats(entry, "tolerance")
    for key in ("raw", "normalised", "scores"):
        given[key] = _all_floats(given.get(key, {}))
    return GoldenRow(**given)


def _input(entry: Mapping[str, Any]) -> Input:
    given = _floats(entry, "scale", "padding", "mean", "width")
    if "valid_range" in given:
        low, high = given["valid_range"]
        given["valid_range"] = (float(low), float(high))
    return Input(**given)


def _file(entry: Mapping[str, Any]) -> ModelFile:
    given = _tuples(entry, "urls", "when")
    for key in ("means", "widths"):
        if key in given:
            given[key] = tuple(map(float, given[key]))
    for key in ("input", "output"):
        given[key] = Tensor(**_tuples(given[key], "shape"))
    return ModelFile(**given)


def _threshold(entry: Mapping[str, Any]) -> Threshold:
    given = _floats(entry, "published", "here", "signal_efficiency", "background_efficiency")
    return Threshold(**{**given, "point": tuple(map(float, given["point"]))})
