"""JupyterLab in a temporary folder and a headless chromium, shared by the tests of this folder.

They are skipped where there is no chromium, and fail instead if RECASTBOOK_REQUIRE_BROWSER is set. Screenshots stay in
``artifacts/browser``, which is ignored by git.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from lab import PATIENCE, TOKEN, Jupyter, Notebook

import recastbook as rb
from recastbook.events.builtin import builtin_samples

_SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},  # as README says
}


def _lacking(reason: str) -> None:
    if os.environ.get("RECASTBOOK_REQUIRE_BROWSER", "") not in ("", "0"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two saved results of the real search with the stand-in network."""
    folder = tmp_path_factory.mktemp("results")
    search = rb.load("ATLAS-SUSY-2018-30")
    samples = {"gtt": "gtt_2100_1", "gbb": "gbb_2000_1"}
    return {
        key: search.run(builtin_samples()[name], events=1500, network="stand-in", progress=False).save(folder / key)
        for key, name in samples.items()
    }


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """Start JupyterLab on a free port."""
    if shutil.which("chromium") is None:
        _lacking("no chromium: apt-get install chromium")
    pytest.importorskip("jupyterlab")
    home, root = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    for name, settings in _SETTINGS.items():
        path = home / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{n}_DIR": str(home / n.lower()) for n in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "spaces")}
    env = {**os.environ, **folders, "IPYTHONDIR": str(home / "ipython"), "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={root}", "--ServerApp.terminals_enabled=False", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, cwd=root)
        try:
            made = Jupyter(root, port)
            _wait_for(made, server, home / "log")
            yield made
            for kernel in made.ask("GET", "kernels"):
                with suppress(OSError):  # the server ends what is left
                    made.ask("DELETE", f"kernels/{kernel['id']}")
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(jupyter: Jupyter, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            jupyter.ask("GET", "status")
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"JupyterLab did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start Debian's chromium.

    Per module: Playwright keeps an event loop running while it lives, which other tests must not see.
    """
    place = shutil.which("chromium")
    if place is None:
        _lacking("no chromium: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=place, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def shown(jupyter: Jupyter, chromium: Any) -> Iterator[Callable[[str, str], Notebook]]:
    """Open a notebook of one cell by its name, run it, and wait for the explorer in it."""
    made: list[Notebook] = []

    def run(name: str, cell: str) -> Notebook:
        notebook = Notebook(jupyter, chromium, name, [cell])
        made.append(notebook)
        notebook.run()
        notebook.page.wait_for_selector(".jupyter-widget-tab")
        return notebook

    yield run
    for notebook in made:
        notebook.close()
