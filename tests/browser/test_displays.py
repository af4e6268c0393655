"""Every public object on light and dark pages in a real browser; escaped, of bounded size, copied as text."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from showcase import name_of, showcase, shown_classes, spoiled, stretched

from recastbook import display

THEMES = {"light": ("#ffffff", "#212121"), "dark": ("#111111", "#ffffff")}
# the contrast of every text with the page behind it, opacities of all parents included (WCAG 2.1, relative luminance)
CONTRAST = """
(page) => {
  const lum = ([r, g, b]) => { const f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
                               return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const back = rgb(getComputedStyle(document.body).backgroundColor);
  const out = [];
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || node.tagName.toLowerCase() === 'title') continue;
    const style = getComputedStyle(node);
    let colour = rgb(node.namespaceURI.endsWith('svg') ? style.fill : style.color), opacity = colour[3] ?? 1;
    for (let up = node; up; up = up.parentElement) opacity *= Number(getComputedStyle(up).opacity);
    const seen = [0, 1, 2].map(i => colour[i] * opacity + back[i] * (1 - opacity));
    const [a, b] = [lum(seen), lum(back)].sort((x, y) => y - x);
    out.push([(a + 0.05) / (b + 0.05), walk.currentNode.data.trim().slice(0, 40)]);
  }
  return out;
}
"""
# what is wider than the page, folds open
WIDE = """
() => {
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  return [...document.querySelectorAll('section')].filter(s => s.scrollWidth > s.clientWidth).map(s => s.title);
}
"""
STANDARD = "<!doctype html>"

PICTURES = {"display.text.Html", "plots.gallery.Gallery", "teaching.check.Check", "teaching.check.Hints"}
"""What is no table: markup, figures, and the remarks of an exercise."""
CHECKED = {"surrogates.truth_table.TruthTable"}
"""What refuses any name it does not know."""
ROWS = {
    "result.Yields": ("rows", "notes"), "statistics.verdict.Verdict": ("per_region", "notes"),
    "cutflow.table.Cutflow": ("steps", "notes"), "cutflow.table.CutflowComparison": ("rows", "notes"),
    "diagnostics.hunt.report.HuntReport": ("suspects", "notes"), "diagnostics.domain.report.NetworkDomain": ("shifts",),
    "diagnostics.lint.report.LintReport": ("outcomes",), "diagnostics.explain.event.EventExplanation": ("inputs",),
    "diagnostics.explain.importance.RegionExplanation": ("importances",), "network.card.ModelCard": ("inputs",),
    "regions.region.Region": ("cuts",), "statistics.binned.BinnedModel": ("bins", "notes"),
    "surrogates.closure.Closure": ("rows",), "surrogates.guard.GuardReport": ("rows",),
    "surrogates.reliability.Reliability": ("bins",), "surrogates.sample_prediction.SamplePrediction": ("remarks",),
    "network.conversion.report.ConversionReport": ("inputs", "comparisons", "notes"),
}  # fmt: skip
"""What grows with the file or the search."""
MOST = 1_000_000
"""Characters of a page, 10,000 rows or not."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return showcase(tmp_path_factory.mktemp("showcase"))


@pytest.fixture(scope="module")
def body(shown: list[Any]) -> str:
    return "".join(f"<section title='{name_of(s)}'>{s._repr_html_()}</section>" for s in shown)


def test_every_class_with_a_view_is_looked_at(shown: list[Any]) -> None:
    assert {name_of(s) for s in shown} == set(shown_classes())


def test_text_twins_and_copies(shown: list[Any]) -> None:
    for value in shown:
        name, text = name_of(value), str(value)
        assert text.strip(), name
        if name in PICTURES:
            continue
        # a terminal shows the same, or one line
        assert repr(value) == text or (
            repr(value).startswith(f"<{type(value).__name__} ") and "\n" not in repr(value)
        ), name
        assert not text.startswith("<"), name
        assert len(text) < 40_000, name
        table = value if isinstance(value, display.TableView) else value._as_table()
        widths = {len(table.headers), *(len(row) for row in table.rows)}
        assert len(widths) == 1, name
        assert value.to_markdown().count("\n| ") >= len(table.rows), name
        assert value.to_latex().count(r"\\") >= len(table.rows), name
        if 0 < len(table.rows) <= 60:
            assert "copy as Markdown or LaTeX" in value._repr_html_(), name


def test_no_text_of_a_file_is_markup(shown: list[Any]) -> None:
    harmless = []
    for value in shown:
        name = name_of(value)
        if name in PICTURES | CHECKED:
            continue
        evil = spoiled(value)
        page = str(evil._repr_html_())
        assert "<script" not in page, name
        ET.fromstring(f"<div>{page}</div>")  # noqa: S314 - our own markup
        assert "<script" not in evil.to_markdown(), name
        assert "$x^{" not in evil.to_latex(), name
        assert str(evil), name
        if "&lt;script" not in page:
            harmless.append(name)
    # two that hold numbers and no text from outside
    assert set(harmless) <= {"statistics.records.ClsResult", "statistics.records.UpperLimit"}


def test_ten_thousand_of_anything_stay_a_page(shown: list[Any]) -> None:
    for value in shown:
        name = name_of(value)
        for field in ROWS.get(name, ()):
            longer = stretched(value, field)
            assert len(str(longer._repr_html_())) < MOST, (name, field)
            assert len(longer.to_markdown()) > 0, (name, field)


@pytest.mark.parametrize("theme", THEMES)
def test_every_word_stands_out(chromium: Any, body: str, theme: str) -> None:
    back, text = THEMES[theme]
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    page.set_content(f'{STANDARD}<body style="background:{back};color:{text};font:13px sans-serif">{body}</body>')
    contrasts = page.evaluate(CONTRAST)
    page.close()
    assert len(contrasts) > 3000
    faint = [(round(c, 2), words) for c, words in contrasts if c < 4.5]
    assert not faint, faint[:5]


def test_nothing_runs_over_the_edge_of_a_card(chromium: Any, body: str) -> None:
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    page.set_content(f'{STANDARD}<body style="font:13px sans-serif;margin:8px">{body}</body>')
    wide = page.evaluate(WIDE)
    page.close()
    assert not wide
