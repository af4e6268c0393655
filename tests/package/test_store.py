from __future__ import annotations

import functools
import hashlib
import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recastbook import store
from recastbook.exceptions import BadOption, ChecksumMismatch, MissingData

CONTENT = b"golden content\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
# what `git hash-object` prints for it
BLOB = hashlib.sha1(b"blob 15\0" + CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "deep" / "deeper").mkdir(parents=True)
    monkeypatch.setenv("RECASTBOOK_DATA", os.pathsep.join([str(first), str(tmp_path / "absent"), str(second)]))
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path / "cache"))
    return first, second


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A public address on this machine, with one file."""
    root = tmp_path / "public"
    root.mkdir()
    (root / "network.onnx").write_bytes(CONTENT)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def test_bare_name_is_found_in_sub_folders(folders: tuple[Path, Path]) -> None:
    path = folders[1] / "deep" / "deeper" / "network.onnx"
    path.write_bytes(CONTENT)
    assert store.find("network.onnx") == path
    assert store.find("network.onnx", SHA256) == path
    assert store.find("network.onnx", git_blob_sha1=BLOB) == path
    assert store.find("deep/deeper/network.onnx", SHA256.upper()) == path


def test_folder_order_decides_between_equals(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        (folder / "network.onnx").write_bytes(CONTENT)
    assert store.find("network.onnx", SHA256) == folders[0] / "network.onnx"


def test_right_content_wins_over_first_place(folders: tuple[Path, Path]) -> None:
    (folders[0] / "network.onnx").write_bytes(b"something else")
    right = folders[1] / "deep" / "network.onnx"
    right.write_bytes(CONTENT)
    assert store.find("network.onnx", SHA256) == right


def test_wrong_content_names_both_checksums(folders: tuple[Path, Path]) -> None:
    wrong = folders[0] / "network.onnx"
    wrong.write_bytes(b"something else")
    actual = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(ChecksumMismatch, match=f"(?s)asked for sha256 {SHA256}.*has sha256 {actual}") as caught:
        store.find("network.onnx", SHA256)
    assert str(wrong) in str(caught.value)


def test_cache_comes_after_the_folders(folders: tuple[Path, Path]) -> None:
    cached = store.cache_dir("data") / "network.onnx"
    cached.write_bytes(CONTENT)
    assert store.find("network.onnx", SHA256) == cached


def test_absent_file_says_where_it_was_sought(folders: tuple[Path, Path]) -> None:
    with pytest.raises(
        MissingData, match=r"'network.onnx' is not on this machine.*recastbook fetch.*http://x"
    ) as caught:
        store.find("network.onnx", SHA256, url="http://x")
    assert str(folders[0]) in str(caught.value)
    assert store.locate("network.onnx", SHA256) is None
    assert isinstance(caught.value, FileNotFoundError)


def test_unset_variable_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    with pytest.raises(MissingData, match="RECASTBOOK_DATA is not set"):
        store.find("network.onnx")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../secret", "deep/../../secret"])
def test_names_that_lead_out_of_the_folders_are_refused(folders: tuple[Path, Path], name: str) -> None:
    with pytest.raises(BadOption, match="neither a file name nor a path below"):
        store.find(name)


@pytest.mark.parametrize("value", ["abc", "z" * 64, SHA256 + "0"])
def test_checksum_that_is_none(folders: tuple[Path, Path], value: str) -> None:
    with pytest.raises(BadOption, match="64 hexadecimal digits"):
        store.find("network.onnx", value)


def test_blob_name_is_what_git_says(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(CONTENT)
    assert store.checksum(path, "git_blob_sha1") == BLOB
    try:
        said = subprocess.run(["git", "hash-object", str(path)], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        return  # a machine without git still has the value above
    assert said.strip() == BLOB


def test_unknown_kind_of_checksum(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="unknown kind of checksum 'crc32'"):
        store.checksum(tmp_path, "crc32")


@pytest.mark.usefixtures("folders", "no_proxy")
def test_fetch_checks_and_keeps(server: str) -> None:
    path = store.fetch("network.onnx", f"{server}/network.onnx", git_blob_sha1=BLOB)
    assert path == store.cache_dir("data") / "network.onnx"
    assert path.read_bytes() == CONTENT
    # a second time nothing is downloaded: the address does not even exist
    assert store.fetch("network.onnx", "http://127.0.0.1:9/absent", git_blob_sha1=BLOB) == path


@pytest.mark.usefixtures("folders", "no_proxy")
def test_fetch_replaces_a_wrong_file_of_the_cache(server: str) -> None:
    target = store.cache_dir("data") / "network.onnx"
    target.write_bytes(b"truncated")
    assert store.fetch("network.onnx", f"{server}/network.onnx", SHA256) == target
    assert target.read_bytes() == CONTENT


@pytest.mark.usefixtures("folders", "no_proxy")
def test_fetch_keeps_nothing_of_another_content(server: str) -> None:
    with pytest.raises(ChecksumMismatch, match=r"what arrived from .* has sha256"):
        store.fetch("network.onnx", f"{server}/network.onnx", "0" * 64)
    assert list(store.cache_dir("data").iterdir()) == []


@pytest.mark.usefixtures("folders", "no_proxy")
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/network.onnx", "{server}/absent.onnx"], ids=["offline", "404"])
def test_fetch_that_fails_is_one_clear_error(server: str, url: str) -> None:
    with pytest.raises(MissingData, match=r"could not be fetched from .*Offline, copy the file into"):
        store.fetch("network.onnx", url.format(server=server), SHA256, attempts=2, wait=0.01)
    assert list(store.cache_dir("data").iterdir()) == []


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("name", ["../network.onnx", "a/b", "", "..", "a\\b"])
def test_fetch_refuses_names_that_are_paths(name: str) -> None:
    with pytest.raises(BadOption, match="not a plain file name"):
        store.fetch(name, "https://public/network.onnx", SHA256)


@pytest.mark.usefixtures("folders")
def test_fetch_needs_a_checksum() -> None:
    with pytest.raises(BadOption, match="only with its checksum"):
        store.fetch("network.onnx", "https://public/network.onnx")


@pytest.mark.usefixtures("folders")
def test_fetch_refuses_other_protocols() -> None:
    with pytest.raises(BadOption, match="not an address that can be fetched"):
        store.fetch("network.onnx", "gopher://public/network.onnx", SHA256)
