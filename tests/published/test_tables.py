"""Tables keep the digits of the paper, name their source and refuse what is not clean."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path

import pytest

from recastbook.exceptions import BadSpecification, MissingData, UnknownName
from recastbook.published import PublishedError, PublishedNumber, load_table, load_tables

SHIPPED = files("recastbook.analyses") / "atlas_susy_2018_30" / "published"

GOOD = """
header: {kind: yields, source: a paper, transcribed_by: me}
independent_variables:
- header: {name: region}
  values: [{value: SR-A}, {value: SR-B}]
dependent_variables:
- header: {name: background, units: events}
  qualifiers: [{name: meaning, value: after the fit}]
  values:
  - {value: "1.30", errors: [{symerror: "0.3", label: stat}, {asymerror: {plus: "+0.4", minus: "-0.2"}, label: syst}]}
  - {value: "-"}
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "table.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("printed", "rounding"),
    [("6.59", 0.005), ("3", 0.5), ("12.0", 0.05), ("1.01e-3", 5e-6), ("1200.", 0.5), ("-0.5", 0.05), (".25", 0.005)],
)
def test_rounding_is_half_a_unit_of_the_last_printed_digit(printed: str, rounding: float) -> None:
    assert PublishedNumber(printed).rounding_error == pytest.approx(rounding)


def test_a_zero_that_may_not_be_printed_widens_the_rounding() -> None:
    assert PublishedNumber("13.0", ambiguous_zero=True).rounding_error == 0.5
    assert PublishedNumber("1.30", ambiguous_zero=True).rounding_error == pytest.approx(0.005)


@pytest.mark.parametrize("bad", ["", "1,5", "nan", "3 +- 1", "1e", 1.5])
def test_what_is_not_a_printed_number(bad: str) -> None:
    if isinstance(bad, float):  # a float is refused by the reader, which sees whether it was quoted
        assert PublishedNumber(str(bad)).value == 1.5
        return
    with pytest.raises(BadSpecification, match="string that was printed"):
        PublishedNumber(bad)


def test_errors_combine_in_quadrature() -> None:
    number = PublishedNumber("1.3", (PublishedError("stat", 0.3, -0.3), PublishedError("syst", 0.4, -0.2)))
    assert number.error == pytest.approx(0.5)
    assert str(number) == "1.3 ± 0.3 +0.4 -0.2"
    assert PublishedNumber("1.3").error is None


def test_a_good_table(tmp_path: Path) -> None:
    table = load_table(_write(tmp_path, GOOD))
    assert table.rows == ("SR-A", "SR-B")
    assert table.value("SR-A", "background").error == pytest.approx(0.5)
    assert math.isnan(table.column("background").numbers()[1])
    assert table.column("background").qualifiers == (("meaning", "after the fit"),)
    assert "a paper" in str(table)
    assert "a paper" in table._repr_html_()
    assert json.dumps(table.to_dict())
    with pytest.raises(UnknownName, match="prints no number in row 'SR-B'"):
        table.value("SR-B", "background")
    with pytest.raises(UnknownName, match=r"no row 'SR-C'.*Did you mean"):
        table.row("SR-C")
    with pytest.raises(UnknownName, match="no column 'backgroud'"):
        table.column("backgroud")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("source: a paper, ", "", "header.source"),
        ("kind: yields", "kind: yeilds", "one of yields"),
        ("transcribed_by: me", "transcribed_by: me, sampel: x", "Did you mean 'sample'"),
        ('"1.30"', "1.30", "numbers are quoted"),
        ('"1.30"', '"about 1"', "a number as printed"),
        ("symerror", "symmerror", "symerror or asymerror"),
        ('  - {value: "-"}', "", "the same number of values"),
        ("{name: background", "{name: region", "name once"),
        ("header: {kind", "extra: 1\nheader: {kind", "only header"),
        ("kind: yields,", "kind: yields, kind: cutflow,", "occurs twice"),
        ("values: [{value: SR-A}", "values: [{value: SR-A", "not readable as YAML"),
        ("{value: SR-A}", "SR-A", "a mapping"),
        ("source: a paper", "trailing_zero: maybe, source: a paper", "'printed' or 'ambiguous'"),
    ],
)  # fmt: skip
def test_a_bad_table_names_the_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(BadSpecification, match=message):
        load_table(_write(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("text", ["", "[]", "3", "header: {}", "!!python/object/apply:os.system ['true']"])
def test_no_table_at_all(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSpecification, match=r"table\.yaml"):
        load_table(_write(tmp_path, text))


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no published table"):
        load_table(tmp_path / "nothing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadSpecification, match="is UTF-8 text; byte 0 is not"):
        load_table(str(tmp_path / "binary.yaml"))
    assert load_tables(tmp_path / "no folder") == ()


def test_per_cent_errors(tmp_path: Path) -> None:
    table = load_table(_write(tmp_path, GOOD.replace('symerror: "0.3"', 'symerror: "10%"')))
    assert table.value("SR-A", "background").errors[0].plus == pytest.approx(0.13)


def test_shipped_tables_agree_with_the_sources_they_name() -> None:
    (yields,) = load_tables(SHIPPED, kind="yields")
    assert len(yields) == 22
    assert yields.value("SR-Gtt-0L-M2", "observed").value == 5
    assert yields.value("SR-Gtt-0L-M2", "background").error == 1.3
    assert sum(yields.column("observed").numbers()) == 94
    cutflows = {t.header.region: t for t in load_tables(SHIPPED, kind="cutflow")}
    assert len(cutflows) == 8
    for region, table in cutflows.items():
        assert table.columns == ("selection", "step", "ATLAS", "Rivet", "CheckMATE")
        numbers = table.column("ATLAS").numbers()
        assert list(numbers) == sorted(numbers, reverse=True), region
    gbb = cutflows["SR-Gbb-2800-1400"].column("ATLAS").numbers()
    assert gbb[1] / gbb[0] == pytest.approx(0.656, abs=0.001)


def test_shipped_numbers_are_those_of_the_data_folder(shared_data: object) -> None:
    import csv

    path = shared_data("ATLAS-SUSY-2018-30/signal_region_yields.csv")  # type: ignore[operator]
    with path.open(encoding="utf-8") as lines:
        theirs = {r["region"]: r for r in csv.DictReader(x for x in lines if not x.startswith("#"))}
    (ours,) = load_tables(SHIPPED, kind="yields")
    assert set(ours.rows) == set(theirs)
    for region, row in theirs.items():
        assert ours.value(region, "background").printed == row["background_postfit"]
        assert ours.value(region, "background").error == float(row["background_postfit_err"])
        assert ours.value(region, "s95_observed").printed == row["S95_obs"]
        assert ours.value(region, "s95_expected").printed == row["S95_exp"]
        assert ours.value(region, "background_prefit").printed == row["background_prefit"]
