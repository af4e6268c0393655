"""Downloads that break off, mirrors that lie, servers that cannot go on in the middle."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recastbook import store
from recastbook.exceptions import ChecksumMismatch, MissingData

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Public:
    """A server on this machine whose habits a test sets."""

    address: str = ""
    content: bytes = CONTENT
    knows_ranges: bool = True
    tag: str = '"one"'
    breaks_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and range of every question."""
    sent: int = 0


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Public]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path / "cache"))
    state = Public()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.asked.append((self.path, asked))
            if self.path.startswith("/absent"):
                self.send_error(404)
                return
            body = b"something else" if self.path.startswith("/other") else state.content
            start = 0
            if asked and state.knows_ranges and self.headers.get("If-Range", state.tag) == state.tag:
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                if start >= len(body):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(body)}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(body) - start))
            self.send_header("ETag", state.tag)
            self.end_headers()
            end = start + state.breaks_after.pop(0) if state.breaks_after else len(body)
            state.sent += len(body[start:end])
            self.wfile.write(body[start:end])

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def fetch(*paths: str, public: Public, attempts: int = 1, **options: object) -> Path:
    urls = [f"{public.address}/{path}" for path in paths]
    return store.fetch("data.bin", urls, SHA256, attempts=attempts, wait=0.0, **options)  # type: ignore[arg-type] # tests


def test_a_broken_connection_goes_on_within_one_call(public: Public) -> None:
    public.breaks_after = [131_072, 65_536]
    path = fetch("data.bin", public=public, attempts=3)
    assert path.read_bytes() == CONTENT
    assert [asked for _, asked in public.asked] == [None, "bytes=131072-", "bytes=196608-"]
    assert public.sent == len(CONTENT)


def test_an_interrupted_download_goes_on_in_the_next_call(public: Public) -> None:
    public.breaks_after = [327_680]
    with pytest.raises(MissingData, match="327680 bytes have arrived and are kept; the next fetch goes on"):
        fetch("data.bin", public=public)
    assert not (store.cache_dir("data") / "data.bin").exists()
    assert fetch("data.bin", public=public).read_bytes() == CONTENT
    assert public.sent == len(CONTENT)
    assert [p.name for p in store.cache_dir("data").iterdir()] == ["data.bin"]


def test_a_server_without_ranges_sends_the_whole_again(public: Public) -> None:
    public.knows_ranges, public.breaks_after = False, [327_680]
    assert fetch("data.bin", public=public, attempts=2).read_bytes() == CONTENT
    assert public.sent == 327_680 + len(CONTENT)


def test_a_file_that_changed_on_the_server_is_fetched_anew(public: Public) -> None:
    public.content, public.breaks_after = b"old" * 100_000, [65_536]
    with pytest.raises(MissingData):
        fetch("data.bin", public=public)
    public.content, public.tag = CONTENT, '"two"'
    assert fetch("data.bin", public=public).read_bytes() == CONTENT


def test_pieces_that_do_not_belong_together_are_not_kept(public: Public) -> None:
    # the server does not say that its file changed: the checksum does, and the whole is fetched once more
    public.content, public.breaks_after = b"old" * 200_000, [65_536]
    with pytest.raises(MissingData):
        fetch("data.bin", public=public)
    public.content = CONTENT
    assert fetch("data.bin", public=public).read_bytes() == CONTENT
    assert [asked for _, asked in public.asked] == [None, "bytes=65536-", None]


def test_what_was_complete_but_not_renamed_is_used(public: Public) -> None:
    part = store.cache_dir("data") / f".data.bin.part-{SHA256[:16]}"
    part.write_bytes(CONTENT)
    assert fetch("data.bin", public=public).read_bytes() == CONTENT
    assert public.sent == 0


def test_mirrors_are_tried_in_order_and_share_what_has_arrived(public: Public) -> None:
    public.breaks_after = [196_608]
    path = fetch("absent/data.bin", "first/data.bin", "second/data.bin", public=public)
    assert path.read_bytes() == CONTENT
    assert public.asked == [
        ("/absent/data.bin", None),
        ("/first/data.bin", None),
        ("/second/data.bin", "bytes=196608-"),
    ]
    assert public.sent == len(CONTENT)


def test_a_mirror_with_another_content_is_passed_over(public: Public) -> None:
    assert fetch("other/data.bin", "data.bin", public=public).read_bytes() == CONTENT


def test_wrong_checksum_leaves_a_good_file_of_that_name_alone(public: Public) -> None:
    good = store.cache_dir("data") / "data.bin"
    good.write_bytes(b"a version that another search uses")
    with pytest.raises(ChecksumMismatch, match=f"asked for sha256 {SHA256}.*what arrived from .*it was not kept"):
        fetch("other/data.bin", public=public)
    assert good.read_bytes() == b"a version that another search uses"
    assert [p.name for p in store.cache_dir("data").iterdir()] == ["data.bin"]


def test_announced_length_that_is_wrong_is_refused_before_the_download(public: Public) -> None:
    with pytest.raises(MissingData, match=r"512000 bytes, 7 are expected"):
        fetch("data.bin", public=public, size_bytes=7)
    assert not (store.cache_dir("data") / f".data.bin.part-{SHA256[:16]}").exists()


def test_a_disk_that_is_too_small_is_said_before_the_download(public: Public, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    from types import SimpleNamespace

    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(MissingData, match="do not fit on the disk"):
        fetch("data.bin", public=public)


def test_a_second_process_does_not_write_into_the_same_file(public: Public) -> None:
    fcntl = pytest.importorskip("fcntl", reason="locks of files are those of Unix")
    with (store.cache_dir("locks") / f"{SHA256[:32]}.lock").open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(MissingData, match="being fetched by another process"):
            fetch("data.bin", public=public)
