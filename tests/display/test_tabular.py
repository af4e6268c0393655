"""Tables that can be copied, and pictures of things: escaped, capped, readable without them."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import recastbook as rb
from recastbook import display
from recastbook.cutflow import Count, Cutflow, CutflowStep, PublishedCutflow, PublishedRow, RegionYield, Yields
from recastbook.statistics import CountingModel, decide

EVIL = "<script>alert('x')</script>"
SIGNS = r"SR_$1 | 50% & {x} #2 ~ ^ \alpha <b> *bold* `code` [a](b) σ ± ≥ fb⁻¹"  # noqa: RUF001 - signs of tables


def _row(name: str, events: float | None, note: str = "") -> RegionYield:
    there = events is not None
    return RegionYield(
        name, "signal", "g", 3 if there else None, events, events, 0.1 if there else None, 0.01 if there else None,
        0.001 if there else None, events, 0.1 if there else None, "ok" if there else "absent", reason=note, note=note,
    )  # fmt: skip


def _cutflow(name: str) -> Cutflow:
    steps = (CutflowStep("all", Count(10, 10.0, 10.0)), CutflowStep(name, Count(5, 5.0, 5.0)))
    rows = (PublishedRow(0, "all", 10.0, 0.5), PublishedRow(1, name, 1.0, 0.05))
    return Cutflow(name, steps, 1.0, PublishedCutflow(rows, name, name, masses_stated=True), name, (name,))


def _objects(name: str) -> list[Any]:
    models = {name: CountingModel(3, 0.8, 0.3, name=name)}
    verdict = decide(models, {name: (5.0, 0.1, 300)}, cross_section_pb=1e-3, label=name, n_toys=200)
    yields = Yields((_row(name, 1.0, name), _row(f"{name}2", None, name)), name, (name,))
    return [yields, _cutflow(name), _cutflow(name).compare(), verdict]


def test_markdown_takes_no_sign_for_itself() -> None:
    line = display.to_markdown([SIGNS], [[SIGNS]], caption=SIGNS, notes=[SIGNS]).splitlines()
    for text in (line[0], line[2], line[4], line[6]):
        for bare in ("<b>", " *bold*", " `code`", "](b)", "_$1", "a\nb"):
            assert bare not in text
    assert line[2].count("|") - line[2].count(r"\|") == 2
    assert line[-1].startswith("- SR")


def test_latex_escapes_and_compiles(tmp_path: Path) -> None:
    text = display.to_latex([SIGNS, "n"], [[SIGNS, 1.0], ["[x]", 2.0]], caption=SIGNS, notes=[SIGNS])
    assert r"SR\_\$1" in text
    assert r"50\%" in text
    assert "{[}x]" in text
    assert text.isascii()
    if (latex := shutil.which("pdflatex")) is not None:
        page = rf"\documentclass{{article}}\begin{{document}}{text}\end{{document}}"
        (tmp_path / "t.tex").write_text(page)
        done = subprocess.run(
            [latex, "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-500:]


@pytest.mark.parametrize("i", range(4), ids=["yields", "cutflow", "comparison", "verdict"])
def test_objects_escape_what_they_show_and_carry_their_remarks(i: int) -> None:
    shown = _objects(EVIL)[i]
    page = str(shown._repr_html_())
    assert "<script" not in page
    assert "&lt;script" in page
    ET.fromstring(f"<div>{page}</div>")  # noqa: S314 - our own markup
    assert "copy as Markdown or LaTeX" in page
    assert "<script" not in shown.to_markdown()
    remark = _objects("a remark")[i]
    for text in (remark.to_markdown(), remark.to_latex(), str(remark)):
        assert "a remark" in text


@pytest.mark.parametrize("name", ["ATLAS-SUSY-2018-30", "ATLAS-HIGP-2024-32"])
def test_searches_and_cards_are_tables_too(name: str) -> None:
    search = rb.load(name)
    card = next(iter(search.cards.values()))
    assert search.to_markdown().count("\n| ") >= len(search.region_set.regions)
    assert card.to_latex().count(r"\\") >= len(card.inputs)
    report = card.lint(run=False)
    assert report.grade in report.to_markdown()
    for shown in (search, card, report):
        page = str(shown._repr_html_())
        ET.fromstring(f"<div>{page}</div>")  # noqa: S314 - our own markup
        assert "<svg" in page
        assert len(page) < 250_000


def test_ten_thousand_regions_stay_a_page() -> None:
    many = Yields(tuple(_row(f"SR-{i}", float(i)) for i in range(10_000)), "many")
    page = many._repr_html_()
    assert len(page) < 300_000
    assert "9460 further rows are not in this page" in page
    assert "copy as" not in page
    assert many.to_markdown().count("\n") > 10_000
    tree = display.svg_tree("regions", {f"kind {i}": {f"group {j}": 1 for j in range(100)} for i in range(100)})
    assert len(tree) < 20_000
    assert "more groups with 9976 regions" in tree


def test_pictures_survive_bad_numbers_and_names() -> None:
    for picture in (
        display.svg_strip({EVIL: 3, "b": math.nan, "c": -1, "d": math.inf, "e" * 300: 2}),
        display.svg_tree(EVIL, {EVIL: {EVIL: 2, "": 1}}),
        display.svg_points(5.0, math.nan, reach=0.5), display.svg_points(1.1, 0.1, reach=0.0),
        display.svg_log_interval([0.0, 1e-9, 1e-3, 0.1, 1.0], observed=0.0),
    ):  # fmt: skip
        ET.fromstring(picture)  # noqa: S314 - our own markup
        assert "<script" not in picture
        assert "currentColor" in picture
    for empty in (
        display.svg_strip({}), display.svg_strip({"a": 0}), display.svg_tree("r", {}),
        display.svg_points(None, None, reach=1), display.svg_points(math.nan, 1.0, reach=1),
        display.svg_log_interval([math.nan] * 5), display.svg_log_interval([0.1]),
    ):  # fmt: skip
        assert empty == ""


def test_a_point_beyond_its_window_is_an_arrow_and_one_inside_a_dot() -> None:
    assert "<circle" in display.svg_points(1.2, 0.1, reach=0.5)
    assert "<circle" not in display.svg_points(9.0, 0.1, reach=0.5)


def test_the_strip_is_cut_by_shares() -> None:
    parts = ET.fromstring(display.svg_strip({"a": 3, "b": 1}, width=400))  # noqa: S314 - our own markup
    bars = [float(r.get("width", 0)) for r in parts if r.tag.endswith("rect")]
    assert bars[:2] == [300.0, 100.0]


def test_cells_keep_pictures_out_of_text() -> None:
    cell = display.Cell("1.0", picture=display.svg_points(1.0, 0.1, reach=1.0), bar=0.5)
    assert display.text_table(["a"], [[cell]]).splitlines()[-1].strip() == "1.0"
    assert display.html_table(["a"], [[cell]]).count("<svg") == 2


def test_without_a_table_the_class_is_named() -> None:
    with pytest.raises(AttributeError, match="Tabular does not say"):
        display.Tabular().to_markdown()
