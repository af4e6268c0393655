"""A search whose models are known by the DOI of their record: asked for, fetched, unpacked and used."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook import store
from recastbook.exceptions import ChecksumMismatch
from recastbook.surrogates import SurrogateModel
from recastbook.surrogates.truth_features import input_names

SEARCH = "ATLAS-EXOT-2022-04"


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    """The published layout of one selection, with the synthetic forest in it."""
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "CR2J_features.txt").write_text(repr(list(input_names(boson=False))))
    np.save(folder / "CR2J_scaler_mean.npy", np.array([3.0, 6.0, 0.0, 200.0, 250.0, 6.0] * 2))
    np.save(folder / "CR2J_scaler_std.npy", np.array([4.0, 9.0, 1.4, 150.0, 150.0, 3.0] * 2))
    shutil.copy(SurrogateModel.stand_in("CR+2J").session.path, folder / "CR2J_model.onnx")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for path in sorted(folder.iterdir()):
            opened.write(path, f"CR2J/models/{path.name}")
    return packed.getvalue()


@pytest.fixture
def record(archive: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An archive of data on this machine that answers as Zenodo's interface does."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path / "cache"))
    files = {"CR2J.zip": archive, "README.md": b"six selections"}
    stated = {name: f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}" for name, content in files.items()}
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            name = self.path.rsplit("/", 1)[-1]
            if name == "14610411":
                rows = [
                    {"key": key, "checksum": stated[key], "size": len(content), "links": {"self": f"{address}/{key}"}}
                    for key, content in files.items()
                ]
                body = json.dumps({"id": 14610411, "files": rows}).encode()
            else:
                body = files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr("pooch.downloaders.ZenodoRepository.base_api_url", f"{address}/records")
        monkeypatch.setattr(
            "pooch.downloaders.doi_to_url", lambda doi, **_: f"https://zenodo.org/records/{doi.rsplit('.', 1)[-1]}"
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield {"files": files, "stated": stated, "asked": asked}
        server.shutdown()
        thread.join()


def test_models_are_fetched_unpacked_and_found_by_the_search(
    recastbook: Callable[..., Any], record: dict[str, Any], tmp_path: Path
) -> None:
    before = rb.load(SEARCH).configured()
    assert "recastbook fetch ATLAS-EXOT-2022-04" in before.network_reason
    said = recastbook("fetch", SEARCH, "--json")
    assert said.code == 0, said.err
    rows = {row["name"]: row for row in said.json["files"]}
    assert rows.keys() == record["files"].keys()
    assert {row["source"] for row in rows.values()} == {"doi:10.5281/zenodo.14610411"}
    assert (Path(rows["CR2J.zip"]["path"]) / "CR2J" / "models" / "CR2J_model.onnx").is_file()
    here = rb.load(SEARCH).configured()
    assert [*here._sessions] == ["CR+2J"]
    assert "synthetic" not in (here.network_label or "")
    loads = [path for path in record["asked"] if path.endswith(".zip")]
    assert recastbook("fetch", SEARCH).code == 0
    assert [path for path in record["asked"] if path.endswith(".zip")] == loads  # verified, not fetched again


def test_what_is_not_what_the_record_states_is_refused(record: dict[str, Any]) -> None:
    record["files"]["CR2J.zip"] += b"more"
    (archive, _) = store.record_files("10.5281/zenodo.14610411")
    assert archive.is_archive
    with pytest.raises(ChecksumMismatch, match=r"CR2J\.zip: asked for md5 [0-9a-f]{32}, but what arrived"):
        store.fetch_file(archive)
    assert not [*store.cache_dir("data").iterdir()]
