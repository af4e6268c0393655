"""A JupyterLab server and a notebook in a browser, for the tests in ``tests/browser``."""

from __future__ import annotations

import json
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

TOKEN = "recastbook-test"  # noqa: S105 - of a server that lives as long as the test
SHOTS = Path(__file__).parents[1] / "artifacts" / "browser"
PATIENCE = 150_000
"""Milliseconds; machines that do other things are slow for a moment."""
_STEADY = """indicator => {
  const outputs = [...document.querySelectorAll('.jp-OutputArea-output')].map(e => e.innerText);
  const now = JSON.stringify([outputs, [...document.images].map(i => i.src)]);
  const idle = document.querySelector(indicator)?.dataset.status === 'idle';
  if (!idle || now !== window.shown) { window.shown = now; window.shownSince = performance.now(); }
  return performance.now() - window.shownSince > 600; }"""


class Jupyter:
    """A running JupyterLab."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the server's own interface."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/{path}", data=data, method=method)  # noqa: S310 - ours
        request.add_header("Authorization", f"token {TOKEN}")
        with closing(urllib.request.urlopen(request, timeout=30)) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None


class Notebook:
    """A notebook in the browser, run cell by cell."""

    def __init__(self, jupyter: Jupyter, browser: Any, name: str, cells: list[str]) -> None:
        import nbformat
        from nbformat import v4

        self.jupyter, self.name, self.n_cells = jupyter, name, len(cells)
        spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        book = v4.new_notebook(cells=[v4.new_code_cell(c) for c in cells], metadata=spec)
        nbformat.write(book, jupyter.root / f"{name}.ipynb")
        # a session that is there already is taken: no question which kernel it should be
        session = {"path": f"{name}.ipynb", "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        self.kernel = jupyter.ask("POST", "sessions", session)["kernel"]["id"]
        self.page = browser.new_page(viewport={"width": 1280, "height": 1250})
        self.page.set_default_timeout(PATIENCE)
        self.errors: list[str] = []
        self.page.on("console", lambda m: self._heard(m.type, m.text))
        self.open()

    def _heard(self, kind: str, text: str) -> None:
        # JupyterLab says this of itself where a loaded kernel is slow to answer its debugger
        if kind == "error" and "debugger state" not in text:
            self.errors.append(text)

    def open(self) -> None:
        """Load the page, or load it again."""
        self.page.goto(f"{self.jupyter.url}/doc/tree/{self.name}.ipynb?token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.idle()

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"
        )

    def settled(self) -> None:
        """Wait until what is shown stays as it is: a slider that is dragged goes on answering after its first step."""
        self.page.wait_for_function(_STEADY, arg=".jp-Notebook-ExecutionIndicator", polling=100)

    def run(self) -> None:
        """Run all cells, from the keyboard.

        JupyterLab may put a question over the page where a busy machine answers it late; then the page is loaded again.
        """
        from playwright.sync_api import TimeoutError as NotInTime

        asked = ""
        for _ in range(3):
            try:
                self._run()
            except NotInTime:
                question = self.page.locator(".jp-Dialog").filter(visible=True)
                if not question.count():
                    raise
                asked = question.first.inner_text()
                self.shot(f"{self.name}_question")
                print(f"{self.name}: JupyterLab asked {asked!r}")  # noqa: T201
                self.open()
            else:
                return
        msg = f"{self.name}: JupyterLab goes on asking {asked!r}"
        raise AssertionError(msg)

    def _run(self) -> None:
        # cells are drawn one after another: counting them now might miss some
        for i in range(self.n_cells):
            cell = self.page.locator(".jp-Notebook .jp-CodeCell").nth(i)
            prompt = cell.locator(".jp-InputPrompt").first
            for _ in range(5):  # a page that is still being drawn may lose the key
                cell.locator(".cm-content").click(timeout=PATIENCE / 3)
                self.page.keyboard.press("Control+Enter")
                self.page.wait_for_timeout(200)
                if set(prompt.inner_text()) & set("*0123456789"):
                    break
                self.page.wait_for_timeout(3000)
                if set(prompt.inner_text()) & set("*0123456789"):
                    break
            self.page.wait_for_function(
                "i => /\\d/.test(document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')[i].innerText)", arg=i
            )
        self.idle()

    def shot(self, name: str) -> None:
        """Keep a screenshot."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))

    def close(self) -> None:
        """Close the page and end its kernel."""
        self.page.close()
        with suppress(OSError):  # the page may have ended it
            self.jupyter.ask("DELETE", f"kernels/{self.kernel}")


def fine(notebook: Notebook) -> None:
    """Assert that nothing on the page is an error."""
    page = notebook.page
    for words in ("Click to show javascript error", "Error displaying widget", "Traceback", "opens in a moment"):
        assert page.get_by_text(words).filter(visible=True).count() == 0, f"{notebook.name}: {words!r} is on the page"
    alerts = [t for t in page.locator('[role="alert"]').all_inner_texts() if t.strip()]
    assert not alerts, alerts
    assert not notebook.errors, notebook.errors


# -- panels on the page -------------------------------------------------------------------------------

CURRENT = ".jupyter-widget-tab .lm-TabBar-tab.lm-mod-current"
"""Label of the tab that is open."""


def opened(notebook: Notebook, heading: str) -> Any:
    """Click a tab and return its panel once it is there."""
    page = notebook.page
    page.locator(".jupyter-widget-tab .lm-TabBar-tab", has_text=heading).first.click()
    page.wait_for_function(f"h => document.querySelector('{CURRENT}').innerText === h", arg=heading)
    page.wait_for_function("() => !document.body.innerText.includes('opens in a moment')")
    notebook.idle()
    return page.locator(".jupyter-widget-tab .widget-tab-contents > div:visible").first


def picture(panel: Any) -> str:
    """Assert that the panel's picture is there and neither blank nor black; return what identifies it."""
    image = panel.locator("img:visible").first
    image.wait_for()
    light, dark = image.evaluate(
        """async e => { await e.decode(); const c = document.createElement('canvas');
        c.width = e.naturalWidth; c.height = e.naturalHeight; const x = c.getContext('2d'); x.drawImage(e, 0, 0);
        const d = x.getImageData(0, 0, c.width, c.height).data; let light = 0, dark = 0;
        for (let i = 0; i < d.length; i += 4) {
          light += d[i] > 250 && d[i+1] > 250 && d[i+2] > 250; dark += d[i] < 128; }
        return [light, dark].map(n => n / (d.length / 4)); }"""
    )
    assert 0.3 < light < 0.995
    assert dark > 0.005
    source: str = image.get_attribute("src")
    return source


def another_picture(notebook: Notebook, before: str) -> None:
    """Wait until a picture was replaced."""
    notebook.page.wait_for_function("b => [...document.querySelectorAll('img')].every(i => i.src !== b)", arg=before)
    notebook.settled()


def whole(panel: Any) -> None:
    """Assert that no control, picture or table sticks out of the panel, and no label is cut off."""
    bad: list[str] = panel.evaluate(
        """p => { const right = p.getBoundingClientRect().right + 1; const out = [];
        for (const e of p.querySelectorAll('img, button, select, table, .widget-slider, .widget-label')) {
          const box = e.matches('table') ? e.closest('[style*="overflow-x"]') ?? e : e;  // scrolled inside
          const r = box.getBoundingClientRect(); if (!r.width) continue;
          if (r.right > right) out.push('sticks out: ' + (e.innerText || e.tagName).slice(0, 60));
          if (e.matches('button, .widget-label') && e.scrollWidth > e.clientWidth + 1)
            out.push('cut off: ' + e.innerText.slice(0, 60)); }
        return out; }"""
    )
    assert not bad
