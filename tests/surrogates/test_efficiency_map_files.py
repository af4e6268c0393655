"""Map files in HEPData's layout that cannot be used: one error that names file, row and field."""

from __future__ import annotations

import copy

import pytest
import yaml

from recastbook.exceptions import BadFile
from recastbook.surrogates import EfficiencyMap

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
        (_set("dependent", 0, 1, 1.2), r"row 1: the probability is 1\.2"),
        (_set("dependent", 0, 0, -0.1), r"row 0: the probability is -0\.1"),
        (_set("dependent", 0, 0, float("nan")), r"row 0: the probability is nan"),
        (_set("dependent", 0, 0, None), r"row 0: the probability is None"),
        (_set("independent", 0, 1, 260), r"row 1, LLP 1 Bin Index: 260 is no bin; .* 0 to 259"),
        (_set("independent", 1, 0, "x"), r"row 0, LLP 2 Bin Index: 'x' is no bin"),
        (_set("independent", 0, 0, 50), r"row 0, LLP1 Bin Label: bin 50 is labelled .*\(pdg_id\)"),
        (_set("independent", 0, 0, 53), r"bin 53 is labelled .*\(pt\)"),
        (_set("independent", 0, 0, 29), r"bin 29 is labelled .*\(lxy\)"),
        (_set("independent", 0, 0, 208), r"bin 208 is labelled .*\(eta\)"),
        (_twice, r"row 1 gives cell \(49, 49\) again; row 0 has it already"),
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
    with pytest.raises(BadFile, match=r"row 2 gives cell \(49, 209\) again; row 1 has it already"):
        read(tmp_path, doc)


def test_yaml_that_builds_objects_is_refused(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("!!python/object/apply:os.system [echo]")
    with pytest.raises(BadFile, match="not readable as YAML"):
        EfficiencyMap.from_hepdata(path)
