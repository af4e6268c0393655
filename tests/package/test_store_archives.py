"""Archives: unpacked into a folder of their own, whatever they would like to do."""

from __future__ import annotations

import hashlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recastbook import store
from recastbook.exceptions import BadFile, BadOption, BadSpecification, MissingData


def tar(path: Path, *members: tarfile.TarInfo | tuple[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_files_and_folders_come_out(tmp_path: Path, mode: str) -> None:
    members = (("model/a.txt", b"one"), ("model/deep/b.bin", b"two" * 1000))
    archive = tmp_path / "archive"
    zipped(archive, *members) if mode == "zip" else tar(archive, *members, mode=mode)
    folder = store.unpack(archive, tmp_path / "out")
    assert (folder / "model/a.txt").read_bytes() == b"one"
    assert (folder / "model/deep/b.bin").read_bytes() == b"two" * 1000
    assert {p.name for p in tmp_path.iterdir()} == {"archive", "out"}


def link_in_zip(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "parent, tar": (lambda p: tar(p, ("ok", b"1"), ("../outside", b"2")), r"'\.\./outside' is refused: it would leave"),
    "parent, zip": (lambda p: zipped(p, ("ok", b"1"), ("a/../../outside", b"2")), "it would leave the folder"),
    "absolute": (lambda p: tar(p, ("/outside", b"2")), "'/outside' is refused: it would leave the folder"),
    "absolute, zip": (lambda p: zipped(p, ("/outside", b"2")), "it would leave the folder"),
    "drive": (lambda p: zipped(p, ("C:\\outside", b"2")), "it would leave the folder"),
    "symbolic link": (lambda p: tar(p, special("a", tarfile.SYMTYPE, "/etc/passwd")), "'a' is refused: it is a link"),
    "hard link": (lambda p: tar(p, ("b", b"1"), special("a", tarfile.LNKTYPE, "b")), "'a' is refused: it is a link"),
    "link in zip": (lambda p: zipped(p, (link_in_zip("a"), b"/etc/passwd")), "'a' is refused: it is a link"),
    "device": (lambda p: tar(p, special("null", tarfile.CHRTYPE)), "'null' is refused: it is a link, device"),
    "pipe": (lambda p: tar(p, special("pipe", tarfile.FIFOTYPE)), "'pipe' is refused"),
    "twice": (lambda p: tar(p, ("a", b"1"), ("A", b"2")), "'A' is refused: it occurs twice"),
    "ratio": (lambda p: tar(p, ("zeros", bytes(80 << 20))), "over 67108864 bytes unpacked, which is the limit"),
    "members": (lambda p: tar(p, *((f"f{k}", b"") for k in range(60))), "more than 50 members"),
    "total": (
        lambda p: tar(p, ("a", bytes(90 << 10)), ("b", bytes(90 << 10)), mode="w"),
        "brings it over 131072 bytes",
    ),
    "no archive": (lambda p: written(p, b"hello" * 500), "broken, truncated or no archive"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archive_leaves_nothing(tmp_path: Path, kind: str) -> None:
    make, message = HOSTILE[kind]
    archive = make(tmp_path / "archive")
    limits = store.ArchiveLimits(members=50, total_bytes=(1 << 17) if kind == "total" else 1 << 30)
    with pytest.raises(BadFile, match=message) as caught:
        store.unpack(archive, tmp_path / "deep" / "out", limits=limits)
    assert "archive" in str(caught.value)
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")} == {"archive", "deep"}


def test_truncated_archive_leaves_nothing(tmp_path: Path) -> None:
    import random

    whole = tar(tmp_path / "whole", ("a", random.Random(1).randbytes(200_000)))
    archive = tmp_path / "archive"
    archive.write_bytes(whole.read_bytes()[:100_000])
    with pytest.raises(BadFile, match="broken, truncated or no archive"):
        store.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_zip_whose_announced_size_is_a_lie(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "archive", ("zeros", bytes(1 << 20)))
    content = archive.read_bytes()
    size = (1 << 20).to_bytes(4, "little")
    archive.write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(BadFile):
        store.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folder_that_exists_is_not_touched(tmp_path: Path) -> None:
    archive = tar(tmp_path / "archive", ("a", b"new"))
    (tmp_path / "out").mkdir()
    with pytest.raises(BadOption, match="exists already"):
        store.unpack(archive, tmp_path / "out")
    with pytest.raises(MissingData, match="does not exist"):
        store.unpack(tmp_path / "absent.zip", tmp_path / "other")


def test_archive_of_a_search_is_used_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECASTBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    archive = tar(tmp_path / "data" / "models.tar.gz", ("sel/model.txt", b"forest"))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    wanted = store.DataFile("models.tar.gz", sha256=digest, urls=("https://public.example/x",), is_archive=True)
    folder = store.fetch_file(wanted)
    assert folder == store.unpacked_folder(wanted)
    assert (folder / "sel/model.txt").read_bytes() == b"forest"
    archive.unlink()
    archive.write_bytes(b"")  # not opened again: the folder is there
    (store.cache_dir("data") / "models.tar.gz").write_bytes(b"")
    assert (folder / "sel/model.txt").is_file()


LISTING = "files: [{name: a.zip, sha256: '%s', urls: ['https://x.example/a.zip'], is_archive: true}]"


def test_listing_of_a_search(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(LISTING % ("0" * 64), encoding="utf-8")
    (entry,) = store.read_listing(path)
    assert (entry.name, entry.url, entry.is_archive) == ("a.zip", "https://x.example/a.zip", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files: [{sha256: x}]", r"files\[0\]: it has no name"),
        ("files: [{name: a, sha265: x}]", r"files\[0\]: unknown key 'sha265'. Did you mean 'sha256'\?"),
        ("files: [{name: a, sha256: abc}]", r"files\[0\]: 'abc' is not a sha256"),
        ("files: [{name: a, size_bytes: many}]", "size_bytes: 'many' is not of the right type"),
        ("[]", "has the key 'files'"),
    ],
)
def test_bad_listing_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSpecification, match=message):
        store.read_listing(path)
