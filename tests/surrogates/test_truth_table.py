"""Reading truth features: the published CSV layout, units found by range, events with one or three particles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recastbook.exceptions import BadFile, BadOption
from recastbook.surrogates import TruthTable
from recastbook.surrogates.sample_csv import lifetime_in_name
from recastbook.surrogates.two_body import two_body_sample

PUBLISHED = [
    "llp1_eta", "llp1_pT", "llp1_ET", "llp1_Lxy", "llp1_Lz", "llp1_child_pdgId", "llp2_eta", "llp2_pT", "llp2_ET",
    "llp2_Lxy", "llp2_Lz", "llp2_child_pdgId", "V_pt", "V_eta", "Phi_eta", "Phi_pT",
]  # fmt: skip


def write_csv(
    path: Path, table: TruthTable, order: list[str] | None = None, scale: dict[str, float] | None = None
) -> Path:
    """The published layout: an unnamed row index first, then columns that are not in the order of the features."""
    names = PUBLISHED if order is None else order
    lines = [",".join(["", *names])]
    for row in range(len(table)):
        values = []
        for name in names:
            column = table.columns.get(name)
            value = 0.0 if column is None else float(column[row])
            value *= (scale or {}).get(name, 1.0)
            if name.endswith("Lz") and row % 2:
                value = -value  # the sign of Lz is dropped on reading
            values.append(repr(value))
        lines.append(",".join([str(row), *values]))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def small() -> TruthTable:
    return two_body_sample(125, 55, 5.32, 200, seed=2)


def test_published_layout_is_read_by_name(tmp_path: Path, small: TruthTable) -> None:
    path = write_csv(tmp_path / "ggH125_S55_ctau5p32_gg_py8.csv", small)
    table = TruthTable.from_csv(path)
    for name, values in small.columns.items():
        np.testing.assert_allclose(table.columns[name], values, rtol=1e-12)
    assert (table.columns["llp1_Lz"] >= 0).all()
    assert {"V_pt", "V_eta"} <= set(table.columns)


def test_order_of_columns_does_not_matter(tmp_path: Path, small: TruthTable) -> None:
    straight = TruthTable.from_csv(write_csv(tmp_path / "a.csv", small))
    turned = TruthTable.from_csv(write_csv(tmp_path / "b.csv", small, order=PUBLISHED[::-1]))
    assert list(straight.columns) == list(turned.columns)
    for name in straight.columns:
        np.testing.assert_array_equal(straight.columns[name], turned.columns[name])


@pytest.mark.parametrize("spelling", ["W_pt", "Z_pT", "v_pt"])
def test_boson_may_be_spelled_in_three_ways(tmp_path: Path, small: TruthTable, spelling: str) -> None:
    path = write_csv(tmp_path / "a.csv", small)
    path.write_text(path.read_text().replace("V_pt", spelling).replace("V_eta", spelling[0] + "_eta"))
    assert {"V_pt", "V_eta"} <= set(TruthTable.from_csv(path).columns)


@pytest.mark.parametrize("missing", ["llp1_Lxy", "llp2_ET", "llp1_child_pdgId"])
def test_missing_column_is_named_with_the_file(tmp_path: Path, small: TruthTable, missing: str) -> None:
    path = write_csv(tmp_path / "a.csv", small, order=[n for n in PUBLISHED if n != missing])
    with pytest.raises(BadFile, match=rf"a\.csv: the column\(s\) {missing} are missing"):
        TruthTable.from_csv(path)


def test_column_that_is_there_twice(tmp_path: Path, small: TruthTable) -> None:
    path = write_csv(tmp_path / "a.csv", small, order=[*PUBLISHED, "llp1_Lxy"])
    with pytest.raises(BadFile, match="llp1_Lxy is there 2 times"):
        TruthTable.from_csv(path)


def test_vertex_in_mm_is_found_by_its_range_and_named(tmp_path: Path, small: TruthTable) -> None:
    all_in_mm = {f"llp{n}_{q}": 1000.0 for n in (1, 2) for q in ("Lxy", "Lz")}
    path = write_csv(tmp_path / "sample.csv", small, scale=all_in_mm)
    with pytest.raises(BadFile, match=r"llp1_Lxy are above .* in mm it is .* length='mm'"):
        TruthTable.from_csv(path)
    read = TruthTable.from_csv(path, length="mm")
    np.testing.assert_allclose(read.columns["llp1_Lxy"], small.columns["llp1_Lxy"], rtol=1e-9)


def test_one_length_in_mm_is_found_by_the_direction(tmp_path: Path) -> None:
    """A short lifetime is 0.02 m, so 20 in mm: no range tells, Lz = Lxy sinh(eta) does."""
    short = two_body_sample(125, 55, 0.02, 200, seed=2)
    path = write_csv(tmp_path / "sample.csv", short, scale={"llp2_Lxy": 1000.0})
    with pytest.raises(BadFile, match=r"llp2_Lxy is .* in another unit, mm where m is asked"):
        TruthTable.from_csv(path)


def test_lifetime_in_the_name_tells_mm_from_m(tmp_path: Path) -> None:
    short = two_body_sample(125, 55, 0.02, 200, seed=2)
    all_in_mm = {f"llp{n}_{q}": 1000.0 for n in (1, 2) for q in ("Lxy", "Lz")}
    path = write_csv(tmp_path / "ggH125_S55_ct0.02.csv", short, scale=all_in_mm)
    with pytest.raises(BadFile, match=r"the lifetime says 0\.02 m: llp1_Lxy is in mm"):
        TruthTable.from_csv(path)
    in_cm = dict.fromkeys(all_in_mm, 100.0)
    write_csv(path, short, scale=in_cm)
    with pytest.raises(BadFile, match=r"llp1_Lxy is \d+ times too large for metres \(cm\?\)"):
        TruthTable.from_csv(path)
    write_csv(path, short)
    assert len(TruthTable.from_csv(path)) == 200


def test_energy_in_mev_is_found(tmp_path: Path, small: TruthTable) -> None:
    energies = {f"llp{n}_{q}": 1000.0 for n in (1, 2) for q in ("pT", "ET")}
    path = write_csv(tmp_path / "sample.csv", small, scale=energies)
    with pytest.raises(BadFile, match=r"llp1_pT .* in MeV"):
        TruthTable.from_csv(path)
    assert TruthTable.from_csv(path, energy="MeV").columns["llp1_pT"] == pytest.approx(small.columns["llp1_pT"])


@pytest.mark.parametrize(
    ("name", "ctau"),
    [
        ("ggH60_S5_gg_py8_ct5.32.csv", 5.32), ("ggH125_S55_ctau5p32_gg_py8.csv", 5.32),
        ("ggH400_S100_ctau1p6m_gg_py8.csv", 1.6), ("ggH600_S275_gg_py8_ct4.288.csv", 4.288),
        ("mALP1_W_py8_ct0.031.csv", 0.031), ("sample.csv", None), ("actor5.csv", None),
    ],
)  # fmt: skip
def test_lifetime_in_published_names(name: str, ctau: float | None) -> None:
    assert lifetime_in_name(name) == ctau


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no comma-separated table"),
        ("a,b\n", "no events below the header"),
        ("a,b\n1,2\n1,2,3\n", r"row 1 \(line 3\) has 3 values, the header 2 columns"),
        (";".join(PUBLISHED) + "\n" + ";".join(["1"] * 16) + "\n", "separated by semicolons; commas are needed"),
        (
            ",".join(map(str, range(17))) + "\n" + ",".join(["0.5"] * 17) + "\n",
            "the first line holds numbers; a header",
        ),
        (",".join([*PUBLISHED, "llp3_eta"]) + "\n" + ",".join(["1"] * 17) + "\n", "llp3_eta is of a third long-lived"),
    ],
    ids=["empty", "header only", "ragged", "semicolons", "no header", "third particle"],
)
def test_broken_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(text)
    with pytest.raises(BadFile, match=rf"broken\.csv: .*{message}"):
        TruthTable.from_csv(path)


def test_pickle_in_place_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    path.write_bytes(b"\x80\x04\x95\x0b\x00cos\nsystem\n.")
    with pytest.raises(BadFile, match=r"sample\.csv: no comma-separated table with a header line"):
        TruthTable.from_csv(path)


def test_metres_read_as_mm_are_found_by_the_lifetime_in_the_name(tmp_path: Path, small: TruthTable) -> None:
    path = write_csv(tmp_path / "ggH125_S55_ct5.32.csv", small)
    with pytest.raises(
        BadFile, match=r"the lifetime says 5\.32 m: llp1_Lxy is .* too small. Were metres read with length="
    ):
        TruthTable.from_csv(path, length="mm")


@pytest.mark.parametrize("formula", ["=SUM(A1:A9)", "=cmd|/c calc!A0", "@SUM(1)"])
def test_formula_in_a_column_is_text_and_named(tmp_path: Path, small: TruthTable, formula: str) -> None:
    path = write_csv(tmp_path / "a.csv", small)
    lines = path.read_text().splitlines()
    cells = lines[3].split(",")
    cells[4] = formula
    path.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:]]) + "\n")
    with pytest.raises(BadFile, match=r"row 2 \(line 4\): llp1_Lxy is '.*', not a number"):
        TruthTable.from_csv(path)


def test_word_in_a_column_is_named_with_its_row(tmp_path: Path, small: TruthTable) -> None:
    path = write_csv(tmp_path / "a.csv", small)
    lines = path.read_text().splitlines()
    lines[3] = lines[3].replace(lines[3].split(",")[4], "far")
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadFile, match=r"row 2 \(line 4\): llp1_Lxy is 'far', not a number"):
        TruthTable.from_csv(path)


def test_nan_in_the_first_particle_is_an_error(small: TruthTable) -> None:
    columns = {k: v.copy() for k, v in small.columns.items()}
    columns["llp1_Lz"][7] = np.nan
    with pytest.raises(BadFile, match="row 7: llp1_Lz is nan"):
        TruthTable.from_columns(columns)


def test_pdg_id_is_a_whole_number(small: TruthTable) -> None:
    columns = {k: v.copy() for k, v in small.columns.items()}
    columns["llp2_child_pdgId"][4] = 5.5
    with pytest.raises(BadFile, match=r"row 4: llp2_child_pdgId is 5\.5; PDG ids are whole numbers"):
        TruthTable.from_columns(columns)


def test_transverse_energy_below_momentum_is_impossible(small: TruthTable) -> None:
    columns = {k: v.copy() for k, v in small.columns.items()}
    columns["llp2_ET"][3] = 0.5 * columns["llp2_pT"][3]
    with pytest.raises(BadFile, match=r"row 3: llp2 has pT .* never below pT"):
        TruthTable.from_columns(columns)


def test_single_particle_is_refused_or_copied_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    alone = two_body_sample(100, 10, 1.0, 50, seed=1, boson=True, single=True)
    assert (alone.n_llp == 1).all()
    with pytest.raises(BadFile, match=r"row 0 has one long-lived particle \(50 of 50 events\).*single_llp='copy'"):
        alone.paired()
    paired = alone.paired("copy")
    assert "copied into the second half" in caplog.text
    assert any("copied" in note for note in paired.notes)
    for quantity in ("Lxy", "Lz", "eta", "pT", "ET", "child_pdgId"):
        np.testing.assert_array_equal(paired.columns[f"llp2_{quantity}"], alone.columns[f"llp1_{quantity}"])
    with pytest.raises(BadOption, match="'refuse' or 'copy'"):
        alone.paired("guess")  # type: ignore[arg-type]


def test_kinematics_of_the_two_body_sampler() -> None:
    """Mass of the parent from its two decay products, and the mean proper lifetime."""
    table = two_body_sample(600, 150, 1.3, 3000, seed=5)
    c = table.columns
    proper = np.concatenate([c[f"llp{n}_Lxy"] * 150 / c[f"llp{n}_pT"] for n in (1, 2)])
    assert np.mean(proper) == pytest.approx(1.3, abs=4 * 1.3 / np.sqrt(len(proper)))
    # a straight flight from the origin
    np.testing.assert_allclose(c["llp1_Lz"], c["llp1_Lxy"] * np.abs(np.sinh(c["llp1_eta"])), rtol=1e-6)
    # two particles share what the mass gives: ET^2 summed is at least m_phi^2 / 2 for central decays at rest
    np.testing.assert_allclose(c["llp1_ET"] ** 2 - c["llp1_pT"] ** 2, 150.0**2, rtol=1e-6)
