"""Every rule of the checklist finds what it is for, and nothing on a card without fault."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recastbook.diagnostics.lint import RULES, find_rule, lint
from recastbook.exceptions import NetworkError, UnknownName
from recastbook.network import ModelCard
from recastbook.network.onnx_header import read_header

from .conftest import MATERIALS, MEANS, WIDTHS, write_network

Fault = Callable[[ModelCard, Path], ModelCard]


def of(**changes: Any) -> Fault:
    """A fault in fields of the card itself."""
    return lambda card, _folder: replace(card, **changes)


def part(name: str, **changes: Any) -> Fault:
    """A fault in one of its parts, for example reuse or validation."""
    return lambda card, _folder: replace(card, **{name: replace(getattr(card, name), **changes)})


def files(**changes: Any) -> Fault:
    return lambda card, _folder: replace(card, files=tuple(replace(file, **changes) for file in card.files))


def column(name: str, **changes: Any) -> Fault:
    def fault(card: ModelCard, _folder: Path) -> ModelCard:
        return replace(card, inputs=tuple(replace(i, **changes) if i.name == name else i for i in card.inputs))

    return fault


def every_column(**changes: Any) -> Fault:
    return lambda card, _folder: replace(card, inputs=tuple(replace(i, **changes) for i in card.inputs))


def jets(**changes: Any) -> Fault:
    return lambda card, _folder: replace(card, objects=(replace(card.objects[0], **changes),))


def without(*names: str) -> Fault:
    def fault(card: ModelCard, _folder: Path) -> ModelCard:
        return replace(card, materials={k: v for k, v in card.materials.items() if k not in names})

    return fault


def both(*faults: Fault) -> Fault:
    def fault(card: ModelCard, folder: Path) -> ModelCard:
        for each in faults:
            card = each(card, folder)
        return card

    return fault


def rewritten(name: str, old: str, new: str) -> Fault:
    def fault(card: ModelCard, folder: Path) -> ModelCard:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
        return card

    return fault


def networks(**changes: Any) -> Fault:
    """Other network files, in the card with their own checksums."""

    def fault(card: ModelCard, folder: Path) -> ModelCard:
        sums = [write_network(folder / file.name, **changes) for file in card.files]
        sizes = [(folder / file.name).stat().st_size for file in card.files]
        updated = zip(card.files, sums, sizes, strict=True)
        return replace(card, files=tuple(replace(f, sha256=s, size_bytes=n) for f, s, n in updated))

    return fault


def other_node(card: ModelCard, folder: Path) -> ModelCard:
    write_network(folder / card.files[1].name, name="features_1")
    return card


def pickled(card: ModelCard, folder: Path) -> ModelCard:
    (folder / card.files[0].name).write_bytes(b"\x80\x04\x95harmless")
    return card


def no_tables(card: ModelCard, folder: Path) -> ModelCard:
    for path in (folder / "published").iterdir():
        path.unlink()
    return card


def wrong_golden(card: ModelCard, _folder: Path) -> ModelCard:
    first = replace(card.golden_rows[0], scores={"p_signal": 0.123})
    return replace(card, golden_rows=(first, *card.golden_rows[1:]))


def batch_dependent(card: ModelCard, folder: Path) -> ModelCard:
    """A network that subtracts the mean of the batch."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    n = len(card.inputs)
    weights = np.random.default_rng(3).normal(size=(n, 2)).astype("f4")
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["m"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["features", "m"], ["c"]),
        helper.make_node("MatMul", ["c", "w"], ["h"]),
        helper.make_node("Softmax", ["h"], ["scores"], axis=1),
    ]
    graph = helper.make_graph(
        nodes, "mixes",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", n])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(weights, "w")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    out = []
    for file in card.files:
        onnx.save(model, str(folder / file.name))
        out.append(replace(file, sha256=None, size_bytes=None))
    return replace(card, files=tuple(out))


def many_inputs(card: ModelCard, folder: Path) -> ModelCard:
    more = [replace(card.inputs[-3], name=f"met_{k}") for k in range(20)]
    return without("choice_of_inputs")(
        part("validation", importance=None)(replace(card, inputs=(*card.inputs, *more)), folder), folder
    )


hidden = every_column(level="detector-only")

FAULTS: dict[str, Fault] = {
    "LH01": part("reuse", considered="not stated"),
    "LH02": both(of(training={}), files(framework="not stated")),
    "LH03": files(format="pickle"),
    "LH04": column("met", level="detector-only"),
    "LH05": both(hidden, part("reuse", substitute=None)),
    "LH06": part("reuse", strategy="not stated"),
    "LH07": part("reuse", strategy="efficiencies"),
    "LH09": many_inputs,
    "LH10": part("validation", runtimes=()),
    "LH11": networks(domain="org.example"),
    "LH12": pickled,
    "LH13": networks(n_in=12),
    "LH14": networks(rows=1),
    "LH15": files(sha256=None),
    "LH16": files(doi=None, urls=("https://example.org/net.onnx",)),
    "LH17": files(licence="not stated"),
    "LH18": both(files(framework="Keras 2, tf2onnx 1.9"), without("conversion")),
    "LH19": batch_dependent,
    "LH20": other_node,
    "LH21": jets(quantities={}),
    "LH22": of(layout=None),
    "LH23": column("met", unit="MeV"),
    "LH24": column("met", width=0.0),
    "LH25": column("jet_pt_1", padding=None),
    "LH26": column("met_phi", phi_range="0_2pi"),
    "LH27": jets(quantities={"pt": "momentum", "eta": "direction", "phi": "azimuth", "mass": "m", "isb": "b-tag"}),
    "LH28": jets(legend={}),
    "LH29": lambda card, _f: replace(card, parameters=replace(card.parameters, points=card.parameters.points[:1])),
    "LH30": column("jet_eta_1", padding=-999.0),
    "LH31": column("met", valid_range=None),
    "LH32": part("normalisation", precision="float64"),
    "LH33": column("met", level="truth", definition="sum of neutrinos"),
    "LH34": lambda card, _f: replace(card, outputs=(replace(card.outputs[0], certainty="guess"), card.outputs[1])),
    "LH35": of(activation="not stated"),
    "LH36": part("analysis", regions=("SR", "VR", "CR", "SR1")),
    "LH37": rewritten("regions.yaml", "below: {of: SR}", "below: 0.9997"),
    "LH38": both(part("validation", codes=()), without("analysis_note")),
    "LH39": part("validation", snippet=None),
    "LH40": wrong_golden,
    "LH41": both(part("validation", cutflows=()), no_tables),
    "LH42": part("validation", signals=()),
    "LH43": part("validation", scores=()),
    "LH44": without("input_distributions"),
    "LH45": part("validation", importance=None),
    "LH46": without("recomputed_cutflow"),
    "LH47": rewritten("published/cutflow_1.yaml", '"90"', '"120"'),
    "LH48": without("cut_and_count"),
    "LH49": part("validation", signals=("one",)),
    "LH50": rewritten("published/cutflow_1.yaml", ', errors: [{symerror: "3"}]', ""),
    "LH59": files(name="bdt.pkl", framework="scikit-learn"),
    "LH60": both(part("analysis", hepdata=None), without("tables")),
    "LH61": both(rewritten("info.yaml", "detector: {card: atlas-run2}", ""), without("efficiencies")),
    "LH62": both(part("validation", cutflows=("one",)), no_tables, without("benchmarks")),
    "LH63": without("run_cards"),
    "LH64": without("background_correlations", "likelihood"),
    "LH65": part("validation", codes=(), snippet=None),
    "LH66": without("likelihood"),
    "LH67": without("signal_patch"),
    "LH68": without("likelihood"),
    "LH69": without("limits"),
    "LH70": both(part("analysis", hepdata=None), files(doi=None)),
    "LH71": files(urls=(), licence="all rights reserved"),
    "LH72": of(description=""),
    "LH73": without("training_code"),
    "LH74": without("interpretability"),
    "LH75": of(licence=None),
    "LH76": of(out_of_scope=()),
    "LH77": of(contact=None),
    "LH78": files(size_bytes=None),
    "LH79": without("notebook"),
    "LH80": without("reproducibility_hash"),
}  # fmt: skip
FAULTS["LH50"] = both(FAULTS["LH50"], rewritten("published/cutflow_1.yaml", ', errors: [{symerror: "1"}]', ""))
FAULTS["LH74"] = both(FAULTS["LH74"], part("validation", importance=None))

MAP_FAULTS: dict[str, Fault] = {
    "LH08": part("reuse", substitute="efficiencies"),
    "LH51": part("surrogate", target="not stated"),
    "LH52": part("surrogate", randomness="random"),
    "LH53": without("true_answer"),
    "LH54": part("surrogate", uncertainty="small"),
    "LH55": part("surrogate", missing_objects="not stated"),
    "LH56": without("closure"),
    "LH57": part("surrogate", domain="not stated"),
    "LH58": without("binning"),
}


def test_nothing_is_found_on_a_card_without_fault(good: ModelCard) -> None:
    report = good.lint()
    assert report.findings == ()
    assert report.not_examined == ()
    assert report.grade == "shareable"
    assert report.exit_code == 0
    assert report.score[0] == report.score[1] >= 20


def test_nothing_is_found_on_a_map_without_fault(good_map: ModelCard) -> None:
    report = good_map.lint()
    assert report.findings == ()
    assert {outcome.state for outcome in report.outcomes} == {"passed"}, "every rule is about a map with folds"


def test_conventions_are_fields_or_words(good: ModelCard) -> None:
    """Eta or rapidity and the origin of azimuths may stand in fields; what neither field nor words state is found."""
    inputs = tuple(replace(i, phi_reference=None) for i in good.inputs)
    (finding,) = replace(good, inputs=inputs).lint(run=False).of("LH26")
    assert (finding.level, "rotated" in finding.what) == ("I", True)
    block = replace(good.objects[0], quantities={**good.objects[0].quantities, "eta": "direction", "mass": "m"})
    bare = replace(good, objects=(block,))
    assert len(bare.lint(run=False).of("LH27")) == 2
    told = replace(good, objects=(replace(block, eta_or_rapidity="eta", mass_or_energy="mass"),))
    assert not told.lint(run=False).of("LH27")


def test_every_rule_has_a_fault() -> None:
    assert list(RULES) == [f"LH{item:02d}" for item in range(1, 81)]
    assert FAULTS.keys() | MAP_FAULTS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", FAULTS)
def test_rule_finds_its_fault(rule: str, good: ModelCard, tmp_path: Path) -> None:
    report = FAULTS[rule](good, tmp_path).lint()
    found = report.of(rule)
    assert found
    for finding in found:
        assert finding.place
        assert finding.what[-1] in ".)"
        assert finding.why
        assert finding.fix
    assert report.exit_code == (1 if report.errors else 0)


@pytest.mark.parametrize("rule", MAP_FAULTS)
def test_rule_for_surrogates_finds_its_fault(rule: str, good_map: ModelCard, tmp_path: Path) -> None:
    assert MAP_FAULTS[rule](good_map, tmp_path).lint().of(rule)


def test_rules_for_surrogates_do_not_apply_to_discriminants(good: ModelCard) -> None:
    states = {outcome.rule.id: outcome.state for outcome in good.lint().outcomes}
    assert {states[f"LH{k}"] for k in range(51, 59)} == {"does not apply"}


@pytest.mark.parametrize(("rule", "level"), [("LH24", "E"), ("LH37", "W"), ("LH40", "E"), ("LH16", "W"), ("LH80", "I")])
def test_levels(rule: str, level: str, good: ModelCard, tmp_path: Path) -> None:
    assert {finding.level for finding in FAULTS[rule](good, tmp_path).lint().of(rule)} == {level}


# ---- grades


@pytest.mark.parametrize(
    ("fault", "grade", "next_step"),
    [
        ("LH24", "incomplete", "LH24"), ("LH40", "documented", "LH40"), ("LH46", "runnable", "LH46"),
        ("LH42", "runnable", "LH42"), ("LH17", "validated", "LH17"), ("LH63", "shareable", None),
    ],
)  # fmt: skip
def test_grade(fault: str, grade: str, next_step: str | None, good: ModelCard, tmp_path: Path) -> None:
    report = FAULTS[fault](good, tmp_path).lint()
    assert report.grade == grade
    assert report.next_steps == (() if next_step is None else (next_step,))


def test_what_cannot_be_examined_is_no_pass(good: ModelCard, tmp_path: Path) -> None:
    for file in good.files:
        (tmp_path / file.name).unlink()
    report = good.lint()
    assert not report.findings, "a file that is elsewhere is no fault of the card"
    assert {outcome.rule.id for outcome in report.not_examined} == {"LH11", "LH12", "LH13", "LH19", "LH40"}
    assert report.grade == "documented"
    assert "recastbook fetch" in str(report)


def test_network_is_not_run_unless_asked(good: ModelCard) -> None:
    report = good.lint(run=False)
    assert {outcome.rule.id for outcome in report.not_examined} == {"LH19", "LH40"}
    assert report.grade == "documented"


# ---- display


def test_report_as_text_html_and_json(good: ModelCard) -> None:
    report = replace(good, title="<script>alert(1)</script>", contact=None, out_of_scope=()).lint()
    text, html, plain = str(report), report._repr_html_(), report.to_dict()
    assert "LH77 W contact" in text
    assert "fix: Fill caveats, contact and cite." in text
    assert "<script>" not in html
    assert "LH76" in html
    assert json.loads(json.dumps(plain)) == plain
    assert plain["grade"] == "validated"
    assert plain["next_steps"] == ["LH76", "LH77"]


def test_rules_explain_themselves() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"LH\d\d", rule.id)
        for text in (rule.title, rule.why, rule.fix):
            assert text[0].isupper() or text[0] in "-0123456789`" or text.startswith(("pseudo", "float32"))
            assert text.endswith(".")
    assert find_rule("24") is find_rule("lh24") is RULES["LH24"]
    assert "Why:" in find_rule("LH24").explain()
    with pytest.raises(UnknownName, match="Did you mean 'LH24'"):
        find_rule("LH224")


def test_materials_of_the_good_card_are_all_known_ones(good: ModelCard) -> None:
    assert set(MATERIALS) == set(good.materials)


# ---- constants that disagree


def sidecar(folder: Path, offset: Any, scale: Any) -> None:
    text = json.dumps({"offset": list(offset), "scale": list(scale)})
    for fold in ("even", "odd"):
        (folder / f"toy_{fold}_variables.json").write_text(text)


def test_sidecar_that_agrees(good: ModelCard, tmp_path: Path) -> None:
    sidecar(tmp_path, MEANS, WIDTHS)
    assert not good.lint().of("LH24")
    sidecar(tmp_path, [-m for m in MEANS], [1 / w for w in WIDTHS])
    assert not good.lint().of("LH24")


def test_sidecar_with_interchanged_arrays(good: ModelCard, tmp_path: Path) -> None:
    sidecar(tmp_path, WIDTHS, MEANS)
    found = good.lint().of("LH24")
    assert [finding.level for finding in found] == ["E"]
    assert "interchanged" in found[0].what
    assert "toy_odd_variables.json" in found[0].place


def test_sidecar_with_other_numbers(good: ModelCard, tmp_path: Path) -> None:
    sidecar(tmp_path, [m + 1 for m in MEANS], WIDTHS)
    assert [finding.level for finding in good.lint().of("LH24")] == ["W"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"offset": 1, "scale": 2}', '{"offset": [1], "scale": []}', "[" * 9999]
)
def test_other_json_beside_a_network_is_passed_over(text: str, good: ModelCard, tmp_path: Path) -> None:
    (tmp_path / "toy_even.json").write_text(text)
    assert not good.lint().findings


def test_card_with_means_and_widths_interchanged(good: ModelCard) -> None:
    card = replace(good, inputs=tuple(replace(i, mean=i.width, width=i.mean or 1.0) for i in good.inputs))
    assert card.lint(run=False).of("LH24"), "the metadata of the file say otherwise"


# ---- files


def test_truncated_network(good: ModelCard, tmp_path: Path) -> None:
    path = tmp_path / good.files[0].name
    path.write_bytes(path.read_bytes()[:-40])
    found = good.lint().of("LH11")
    assert found
    assert "toy_even.onnx" in found[0].place


@pytest.mark.parametrize("content", [b"", b"\x00", b"hello world", b"\xff" * 64, b"\x3a\x02\x08\x01"])
def test_header_of_something_else(content: bytes) -> None:
    with pytest.raises(NetworkError, match="no ONNX file"):
        read_header(content)


def test_header(good: ModelCard, tmp_path: Path) -> None:
    header = read_header((tmp_path / "toy_even.onnx").read_bytes())
    assert header.producer == "toys"
    assert header.opsets == {"": 13}
    assert header.inputs[0].shape == (None, 13)
    assert header.outputs[0].name == "scores"
    assert (header.custom, header.external) == ((), ())
    assert header.metadata["met_mean"] == "-150.0"


def test_weights_outside_the_file(good: ModelCard, tmp_path: Path) -> None:
    import onnx

    model = onnx.load(tmp_path / "toy_even.onnx")
    onnx.save(
        model, str(tmp_path / "toy_even.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    assert any("outside the file" in finding.what for finding in good.lint().of("LH11"))


# ---- constants that cannot be


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -1.0])
def test_impossible_width(value: float, good: ModelCard) -> None:
    card = column("met", width=value)(good, Path())
    assert any(finding.level == "E" and "met" in finding.place for finding in lint(card, run=False).of("LH24"))


def test_momentum_in_other_units(good: ModelCard) -> None:
    for changes in ({"unit": "MeV"}, {"scale": 0.001}, {"mean": 150e3}):
        assert column("met", **changes)(good, Path()).lint(run=False).of("LH23"), changes
    for changes in ({"unit": "MeV", "scale": 0.001}, {"scale": 0.01, "mean": 1.5, "width": 0.9}):
        assert not column("met", **changes)(good, Path()).lint(run=False).of("LH23"), changes
