"""Displays in a real browser: every word stands out on light and dark pages, nothing runs over the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import recastbook as rb
from recastbook import display
from recastbook.statistics import CountingModel, decide
from recastbook.teaching import check

CHROMIUM = Path("/usr/bin/chromium")
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


@pytest.fixture(scope="module")
def body() -> str:
    search = rb.load("ATLAS-SUSY-2018-30")
    models = {"SR-A": CountingModel(3, 0.8, 0.3, name="SR-A")}
    verdict = decide(models, {"SR-A": (5.0, 0.1, 300)}, cross_section_pb=1e-3, label="Gtt", n_toys=200)
    card = next(iter(search.cards.values()))
    shown = [search, card, card.lint(run=False), verdict, check("00-1", 7, strict=False), check("00-1", 8)]
    return str(display.joined(*shown))


@pytest.fixture(scope="module")
def browser() -> Any:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_api.sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield opened
        opened.close()


@pytest.mark.parametrize("theme", THEMES)
def test_every_word_stands_out(browser: Any, body: str, theme: str) -> None:
    back, text = THEMES[theme]
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.set_content(f'<body style="background:{back};color:{text};font:13px sans-serif">{body}</body>')
    contrasts = page.evaluate(CONTRAST)
    page.close()
    assert len(contrasts) > 300
    faint = [(round(c, 2), words) for c, words in contrasts if c < 4.5]
    assert not faint, faint[:5]


def test_nothing_runs_over_the_edge_of_a_card(browser: Any, body: str) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.set_content(f'<body style="font:13px sans-serif;margin:8px">{body}</body>')
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide <= 1000
