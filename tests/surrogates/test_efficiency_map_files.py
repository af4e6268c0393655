"""Map files in HEPData's layout that cannot be used: one error that names file, row and field."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

import recastbook as rb
from recastbook.exceptions import BadFile, BadOption, BadSpecification, ChecksumMismatch
from recastbook.surrogates import EfficiencyMap, MapBinning

ROWS = (
    (49, 49, 0.3, "decay=5, pT in [100--200], |eta| < 1.5, Lxy in [2.0--2.5]"),
    (209, 49, 0.2, "decay=5, pT in [100--200], |eta| > 1.5, Lz in [4.8--5.5]"),
)


def document():
    def column(name, values):
        return {"header": {"name": name}, "values": [{"value": v} for v in values]}

    first, second, p, label = zip(*ROWS, strict=True)
    return {
        "dependent_variables": [
            column("Region A Efficiency", p), column("LLP1 Bin Label", label), column("LLP2 Bin Label", [label[0]] * 2),
        ],
        "independent_variables": [column("LLP 1 Bin Index", first), column("LLP 2 Bin Index", second)],
    }  # fmt: skip


def read(tmp_path, doc):
    path = tmp_path / "map.yaml"
    path.write_text(yaml.safe_dump(doc))
    return EfficiencyMap.from_hepdata(path)


def test_one_order_of_each_pair_is_enough_and_missing_cells_are_zero(tmp_path):
    emap = read(tmp_path, document())
    assert (emap.cell(49, 209), emap.cell(209, 49), emap.cell(49, 49), emap.cell(0, 0)) == (0.2, 0.2, 0.3, 0.0)


def _set(kind, variable, row, value):
    def change(doc):
        doc[f"{kind}_variables"][variable]["values"][row]["value"] = value

    return change


def _drop(kind, variable):
    return lambda doc: doc[f"{kind}_variables"][variable]["values"].pop()


def _twice(doc):
    _set("independent", 0, 1, 49)(doc)
    _set("dependent", 1, 1, ROWS[0][3])(doc)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_set("dependent", 0, 1, 1.2), r"row 1, Region A Efficiency: the probability is 1\.2"),
        (_set("dependent", 0, 0, -0.1), r"row 0, Region A Efficiency: the probability is -0\.1"),
        (_set("dependent", 0, 0, float("nan")), r"row 0, Region A Efficiency: the probability is nan"),
        (_set("dependent", 0, 0, None), r"row 0, Region A Efficiency: the probability is None"),
        (_set("independent", 0, 1, 260), r"row 1, LLP 1 Bin Index: 260 is no bin; .* 0 to 259"),
        (_set("independent", 1, 0, "x"), r"row 0, LLP 2 Bin Index: 'x' is no bin"),
        (_set("independent", 0, 0, 50), r"row 0, LLP1 Bin Label: bin 50 is labelled .*\(pdg_id\)"),
        (_set("independent", 0, 0, 53), r"bin 53 is labelled .*\(pt\)"),
        (_set("independent", 0, 0, 29), r"bin 29 is labelled .*\(lxy\)"),
        (_set("independent", 0, 0, 208), r"bin 208 is labelled .*\(eta\)"),
        (_twice, r"row 1, LLP 1 Bin Index and LLP 2 Bin Index: cell \(49, 49\) is there twice; row 0 has it"),
        (_drop("independent", 1), r"independent variable 1 \(LLP 2 Bin Index\) has 1 values, the probability has 2"),
        (lambda doc: doc.pop("independent_variables"), "no independent_variables with lists of values"),
        (lambda doc: doc["independent_variables"].pop(), "has 2 independent variables"),
    ],
    ids=lambda v: v[:40] if isinstance(v, str) else "",
)
def test_file_that_is_no_good_map_is_refused(tmp_path, change, match):
    doc = copy.deepcopy(document())
    change(doc)
    with pytest.raises(BadFile, match=rf"map\.yaml: .*{match}"):
        read(tmp_path, doc)


def test_other_order_of_a_pair_counts_as_the_same_cell(tmp_path):
    doc = document()
    for variable, value in zip(doc["independent_variables"], (49, 209), strict=True):
        variable["values"].append({"value": value})
    doc["dependent_variables"][0]["values"].append({"value": 0.2})
    for variable, row in zip(doc["dependent_variables"][1:], (0, 1), strict=True):
        variable["values"].append({"value": ROWS[row][3]})
    with pytest.raises(BadFile, match=r"row 2, .*: cell \(49, 209\) is there twice; row 1 has it already"):
        read(tmp_path, doc)


def test_yaml_that_builds_objects_is_refused(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("!!python/object/apply:os.system [echo]")
    with pytest.raises(BadFile, match="not readable as YAML"):
        EfficiencyMap.from_hepdata(path)


# -- a map that is not known: only the user can say that no cell may be missing


def test_lost_row_of_a_map_that_holds_every_cell(tmp_path):
    binning = {"axes": [{"kind": "bins", "name": "pt", "edges": [0, 50, 100]}]}
    doc = {
        "dependent_variables": [{"header": {"name": "p"}, "values": [{"value": v} for v in (0.1, 0.2, 0.0)]}],
        "independent_variables": [
            {"header": {"name": f"bin {k}"}, "values": [{"value": v} for v in column]}
            for k, column in enumerate(((0, 1, 1), (0, 0, 1)))
        ],
    }
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(doc))
    assert EfficiencyMap.from_hepdata(path, binning=binning, missing="refuse").cell(0, 1) == 0.2
    for variable in (*doc["dependent_variables"], *doc["independent_variables"]):
        del variable["values"][1]
    path.write_text(yaml.safe_dump(doc))
    assert EfficiencyMap.from_hepdata(path, binning=binning).cell(0, 1) == 0.0
    with pytest.raises(BadFile, match=r"own\.yaml: 1 of 3 cells have no row, first \(0, 1\), \[pt .*\] and \[pt "):
        EfficiencyMap.from_hepdata(path, binning=binning, missing="refuse")
    with pytest.raises(BadOption, match="missing is 'raise'"):
        EfficiencyMap.from_hepdata(path, binning=binning, missing="raise")


@pytest.mark.parametrize(
    ("edges", "match"),
    [
        ("[0, 100, 50]", r"edges must rise strictly; edge 1 is 100, edge 2 is 50"),
        ("[0, 50, 50]", r"edge 1 is 50, edge 2 is 50"),
        ("[0, .nan, 50]", r"edge 0 is 0, edge 1 is nan"),
        ("[0]", r"at least two edges, not 1"),
    ],
)
def test_edges_that_do_not_rise(tmp_path, edges, match):
    path = tmp_path / "bins.yaml"
    path.write_text(f"axes: [{{kind: bins, name: pt, edges: {edges}}}]\n")
    with pytest.raises(BadSpecification, match=rf"bins\.yaml: axes\[0\]: axis 'pt'.*{match}"):
        MapBinning.load(path)


# -- edited copies of a published map

INDEX, OTHER, LABEL = "LLP 1 Bin Index", "LLP 2 Bin Index", "LLP1 Bin Label"
EFFICIENCY = "Region A Efficiency"


@pytest.fixture
def real(shared_data: Callable[[str], Path], tmp_path: Path) -> Callable[..., Path]:
    """Writer of the published low-ET map with edits by (variable, row): a value to set, or None to take the row out."""
    name = "HEPData-ins2043503-v3-Figure_12_of_Aux._Mat..yaml"
    lines = shared_data(f"ATLAS-EXOT-2019-23/hepdata/{name}").read_text().splitlines()

    def write(edits: dict[tuple[str, int], str | None]) -> Path:
        out, field, row = [], "", -1
        for line in lines:
            if (found := re.fullmatch(r"    name: (.*)", line)) is not None:
                field, row = found[1], -1
            if line.startswith("  - value: "):
                row += 1
                if (field, row) in edits:
                    if edits[field, row] is not None:
                        out.append(f"  - value: {edits[field, row]}")
                    continue
            out.append(line)
        path = tmp_path / name
        path.write_text("\n".join(out) + "\n")
        return path

    write.cells = _cells(lines)
    return write


def _cells(lines: list[str]) -> list[tuple[str, str]]:
    columns: dict[str, list[str]] = {}
    field = ""
    for line in lines:
        if (found := re.fullmatch(r"    name: (.*)", line)) is not None:
            field = found[1]
        elif line.startswith("  - value: "):
            columns.setdefault(field, []).append(line.removeprefix("  - value: "))
    return list(zip(columns[INDEX], columns[OTHER], strict=True))


FIELDS = (EFFICIENCY, LABEL, "LLP2 Bin Label", INDEX, OTHER)


def test_row_left_out_of_the_published_map(real):
    path = real({(field, 1000): None for field in FIELDS})
    match = r"Figure_12.*: by its .* the map Low-\$E_T\$ of .* figure 12, yet it has 2073 .* where 2074 .*: 1 is miss"
    with pytest.raises(BadFile, match=match):
        EfficiencyMap.from_hepdata(path)


def test_probability_of_zero_or_of_another_number_is_not_the_published_map(real):
    with pytest.raises(BadFile, match="2073 cells with a probability where 2074 were published"):
        EfficiencyMap.from_hepdata(real({(EFFICIENCY, 5): "0.0"}))
    with pytest.raises(BadFile, match="2074 cells with a probability, as published, but some in another place or with"):
        EfficiencyMap.from_hepdata(real({(EFFICIENCY, 5): "0.123"}))


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        (EFFICIENCY, "1.0001", rf"row 700, {EFFICIENCY}: the probability is 1\.0001; it must be a number in \[0, 1\]"),
        (EFFICIENCY, "-1.0e-05", rf"row 700, {EFFICIENCY}: the probability is -1e-05"),
        (EFFICIENCY, ".nan", rf"row 700, {EFFICIENCY}: the probability is nan"),
        (EFFICIENCY, "n/a", rf"row 700, {EFFICIENCY}: the probability is 'n/a'"),
        (INDEX, "260", rf"row 700, {INDEX}: 260 is no bin; the binning has bins 0 to 259"),
        (OTHER, "-1", rf"row 700, {OTHER}: -1 is no bin"),
        (LABEL, "decay=5, pT in [200--100], |eta| < 1.5, Lxy in [0.0--1.5]", rf"row 700, {LABEL}: bin .* is labelled"),
        (EFFICIENCY, None, rf"independent variable 0 \({INDEX}\) has 2074 values, the probability has 2073"),
        (OTHER, None, rf"independent variable 1 \({OTHER}\) has 2073 values, the probability has 2074"),
    ],
)
def test_edited_field_of_the_published_map(real, field, value, match):
    with pytest.raises(BadFile, match=rf"Figure_12_of_Aux\._Mat\.\.yaml: {match}"):
        EfficiencyMap.from_hepdata(real({(field, 700): value}))


def test_bin_that_is_there_twice_in_the_published_map(real):
    """Row 1001 gives the cell of row 1000, once as it stands and once in the other order of the particles."""
    first, second = real.cells[1000]
    for cell in ((first, second), (second, first)):
        edits = {(INDEX, 1001): cell[0], (OTHER, 1001): cell[1]}
        with pytest.raises(BadFile, match=rf"row 1001, {INDEX} and {OTHER}: cell .* is there twice; row 1000 has it"):
            EfficiencyMap.from_hepdata(real(edits))


def test_search_says_that_its_map_is_another_file(real, monkeypatch, tmp_path):
    path = real({(field, 1000): None for field in FIELDS})
    monkeypatch.setenv("RECASTBOOK_DATA", str(path.parent))
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ChecksumMismatch, match=r"Figure_12.*yaml: asked for sha256 19fd2f2d.* Replace it by the right"):
        rb.load("ATLAS-EXOT-2019-23").emap("low-ET")


def test_saved_map_with_a_cell_twice_or_a_probability_lost(tmp_path, calratio):
    path = calratio.save(tmp_path / "map.npz")
    arrays = dict(np.load(path))
    for change in ({"cells": np.r_[arrays["cells"][:1], arrays["cells"][:-1]]}, {"values": arrays["values"][:1]}):
        with path.open("wb") as stream:
            np.savez_compressed(stream, **{**arrays, **change})
        with pytest.raises(BadFile, match=r"map\.npz: cells must rise, each once and with one probability"):
            EfficiencyMap.load(path)
