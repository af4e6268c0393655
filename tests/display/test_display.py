"""What every notebook view rests on: escaping, folding, number formats, text twins."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest

from recastbook import display


class _Shown:
    def _repr_html_(self) -> str:
        return "<i>shown</i>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (math.nan, "-"), (math.inf, "inf"), (-math.inf, "-inf"), (0.0, "0"), (7, "7"), (9.996, "10.0"),
        (1234567, "1234567"), (12345.6, "12346"), (2.5e-6, "2.50e-06"), (-0.5, "-0.500"), ("SR-A", "SR-A"),
    ],
)  # fmt: skip
def test_number(value: object, text: str) -> None:
    assert display.number(value) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (61.237, 1.18, "61.2 ± 1.2"), (2000.0, 130.0, "2000 ± 130"), (0.5, 0.0996, "0.50 ± 0.10"), (1.0, None, "1.00"),
        (math.nan, 1.0, "-"), (1.0, math.inf, "1.00 ± inf"), (1e9, 1e3, "1.00e+09 ± 1000"),
    ],
)  # fmt: skip
def test_plus_minus(value: float, error: float | None, text: str) -> None:
    assert display.plus_minus(value, error) == text


def test_everything_from_outside_is_escaped() -> None:
    evil = "<script>alert('x')</script>"
    cell = display.Cell(evil, mark="ok", title=evil)
    shown = [
        display.html_table([evil], [[evil], [cell]], caption=evil, notes=[evil]),
        display.card(evil, {evil: evil}, badges=[evil], notes=[evil], body=[evil]),
        display.badge(evil), display.note(evil), display.fold(evil, evil), display.svg_bars([1.0], title=evil),
    ]  # fmt: skip
    for part in shown:
        assert "<script" not in part
        assert "&lt;script" in part


def test_views_are_well_formed_and_fix_no_colour() -> None:
    table = display.html_table(["a", "b"], [[1, 2.5], [display.Cell(0.3, "bad", bar=0.3), _Shown()]], caption="t")
    page = display.joined(table, display.card("c", {"k": table}, badges=["x"], notes=["n"]), "text & more")
    ET.fromstring(f"<div>{page}</div>")  # noqa: S314 - our own markup
    assert "<i>shown</i>" in page
    for fixed in ("black", "white;", "#", "rgb("):
        assert fixed not in page


def test_long_tables_fold_and_count() -> None:
    rows = [[i] for i in range(1500)]
    page = display.html_table(["n"], rows, max_rows=10)
    assert "1490 more rows" in page
    assert "990 further rows are not in this page" in page
    assert page.count("<tr>") == 2 + 10 + 500
    assert display.text_table(["n"], rows, max_rows=3).endswith("... 1497 more rows")


def test_ragged_and_empty_tables_do_not_fail() -> None:
    assert "<table" in display.html_table(["a", "b"], [])
    assert display.text_table(["a", "b"], [[1]]).splitlines()[-1] == "1"


def test_text_twins() -> None:
    headers, rows = ["region", "n"], [["SR_A", 1.0], ["B", display.Cell(None, "absent")]]
    assert display.text_table(headers, rows, caption="yields").splitlines()[0] == "yields"
    assert display.to_markdown(headers, rows).splitlines()[1] == "|:--|--:|"
    latex = display.to_latex(headers, rows, caption="50 %")
    assert r"SR\_A" in latex
    assert r"\caption{50 \%}" in latex


def test_figures_survive_bad_numbers() -> None:
    for figure in (
        display.svg_bars([1.0, math.nan, -2.0, math.inf]),
        display.svg_bars([]),
        display.svg_steps([]),
        display.svg_steps([0.0] * 10_000),
        display.svg_steps([1.0, -1.0, math.nan]),
        display.svg_interval([1, 2, 3, 4, 5], observed=2.5, line=1.0),
    ):
        ET.fromstring(figure)  # noqa: S314 - our own markup
        assert "currentColor" in figure
        assert len(figure) < 20_000
    assert display.svg_interval([1, 2, math.nan, 4, 5]) == ""


@pytest.mark.parametrize("observed", [1e-9, 0.004, 0.3, 1.0, 80.0, 1e7, 0.0])
def test_a_limit_is_drawn_whole_beside_one(observed: float) -> None:
    shape = ET.fromstring(display.svg_interval([0.02, 0.03, 0.04, 0.06, 0.09], observed=observed, line=1.0))  # noqa: S314
    at = {e.tag.split("}")[1]: e for e in shape.iter()}
    dot, width = at["circle"], float(shape.attrib["width"])
    assert float(dot.attrib["r"]) <= float(dot.attrib["cx"]) <= width - float(dot.attrib["r"])
    marks = {float(e.text): float(e.attrib["x"]) for e in shape.iter() if e.tag.endswith("text") and e.text}
    assert min(marks) <= observed <= max(marks)
    assert 2 <= len(marks) <= 7
    assert all(b - a > 20 for a, b in zip(sorted(marks.values()), sorted(marks.values())[1:], strict=False))
    # the dot stands on the side of the line where its number does
    line = float(next(e.attrib["d"] for e in shape.iter() if e.attrib.get("stroke-opacity") == "0.7")[1:].split(",")[0])
    assert (observed > 1) == (float(dot.attrib["cx"]) > line)


def test_html_is_not_escaped_twice() -> None:
    once = display.badge("a & b")
    assert display.escape(once) == str(once)
    assert once._repr_html_() == str(once)
