"""The dashboard as a page of its own: Voila serves the notebook, a browser asks for a verdict."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import PATIENCE, SHOTS

import recastbook as rb

NOTEBOOK = Path(rb.__file__).parent.parent / "notebooks" / "10_dashboard.ipynb"


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's kernel puts what is temporary."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, uploads: Path) -> Iterator[str]:
    """Serve the notebook on a free port."""
    pytest.importorskip("voila", reason="the dashboard as a page needs the extra 'dashboard'")
    if not NOTEBOOK.is_file():
        pytest.skip("recastbook is installed, this test is about a checkout")
    home = tmp_path_factory.mktemp("voila")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    folders["TMPDIR"] = str(uploads)
    command = [sys.executable, "-m", "voila", str(NOTEBOOK), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    url = f"http://127.0.0.1:{port}/"
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **folders}, stdout=log, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + PATIENCE / 1000
            while True:
                try:
                    urllib.request.urlopen(f"{url}static/", timeout=5).close()  # noqa: S310 - ours
                    break
                except urllib.error.HTTPError:
                    break  # it answers
                except OSError:
                    if server.poll() is not None or time.monotonic() > end:
                        pytest.fail(f"Voila did not start: {(home / 'log').read_text(errors='replace')[-2000:]}")
                    time.sleep(0.3)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=30)
    # the kernel of the page ended with its server, and took along what was uploaded
    assert not [*uploads.glob("recastbook-upload-*")]


@pytest.fixture(scope="module")
def page(address: str, chromium: Any) -> Iterator[Any]:
    made = chromium.new_page(viewport={"width": 1280, "height": 1500})
    made.set_default_timeout(PATIENCE)
    made.goto(address)
    made.get_by_role("button", name="Run").wait_for()
    yield made
    made.close()


def shot(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{name}.png"))


def test_shows_no_code(page: Any) -> None:
    assert page.get_by_text("from recastbook.dashboard import dashboard").count() == 0
    assert page.get_by_label("search").is_visible()


def test_run_gives_a_verdict_and_the_explorer(page: Any) -> None:
    page.get_by_role("button", name="Run").click()
    page.get_by_text("is excluded at 95 % CL").first.wait_for()
    text = page.locator("body").inner_text()
    assert re.search(r"CLs = 0\.000\d+", text)
    assert "recastbook fetch ATLAS-SUSY-2018-30" in text or "SR-Gtt-2100-1" in text
    shot(page, "voila_verdict")
    page.get_by_role("button", name="Open the explorer").click()
    page.get_by_text("number of small-R jets (n_jets) at least 4").first.wait_for()
    shot(page, "voila_explorer")
    assert page.get_by_text("Traceback").count() == 0


def test_file_that_is_no_event_file_is_a_sentence(page: Any, tmp_path: Path, uploads: Path) -> None:
    wrong = tmp_path / "shopping list.txt"
    wrong.write_text("milk, eggs\n")
    page.get_by_role("button", name="file", exact=True).click()
    page.get_by_label("event file").wait_for()
    assert page.get_by_label("search").first.is_visible()
    assert not page.get_by_label("sample").first.is_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="or upload").click()
    chooser.value.set_files(str(wrong))
    page.wait_for_function("() => [...document.querySelectorAll('input')].some(i => i.value.endsWith('list.txt'))")
    page.get_by_role("button", name="Run").click()
    alert = page.get_by_role("alert").filter(has_text="shopping list.txt")
    alert.wait_for()
    shot(page, "voila_bad_file")
    button, said = page.get_by_role("button", name="Run").bounding_box(), alert.bounding_box()
    assert 0 <= said["y"] - (button["y"] + button["height"]) < 20
    assert float(alert.evaluate("e => getComputedStyle(e).opacity")) == 1
    assert "recastbook-upload" not in page.locator("body").inner_text()
    assert [*uploads.glob("recastbook-upload-*/shopping list.txt")]
    assert page.get_by_text("Traceback").count() == 0
