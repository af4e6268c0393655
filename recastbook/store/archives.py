"""Unpacking archives that may be hostile: nothing outside the folder, nothing but files, and not without end."""

from __future__ import annotations

import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from recastbook.exceptions import BadFile, BadOption, MissingData

__all__ = ["ArchiveLimits", "unpack"]

_BLOCK = 1 << 20
_FREE_OF_RATIO = 64 << 20  # bytes; small files may shrink by any factor
_LONGEST_NAME = 240


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How large an archive may become when it is unpacked."""

    members: int = 20_000
    """Most files and folders."""
    total_bytes: int = 16 << 30
    """Most bytes of all files together."""
    ratio: float = 200.0
    """Most bytes unpacked for a byte packed, counted from 64 MiB on."""


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    is_folder: bool
    refused: str
    """Why it is not unpacked; empty for plain files and folders."""
    size: int
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, folder: Path, *, limits: ArchiveLimits | None = None) -> Path:
    """Unpack a zip or tar archive (also compressed) into a new folder.

    Everything goes into a folder beside it first, which gets its name when all is there: there is never half a folder.

    Parameters
    ----------
    archive
        The archive; its kind is told from its content.
    folder
        A folder that does not exist yet.
    limits
        How large it may become.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    MissingData
        If there is no such archive.
    BadOption
        If the folder exists.
    BadFile
        If it is no archive or broken, a member would leave the folder, is a link or device, occurs twice or is
        encrypted, or a limit is passed; archive and member are named, and nothing is left.
    """
    archive, limits = Path(archive), limits or ArchiveLimits()
    if not archive.is_file():
        message = f"the archive {archive} does not exist"
        raise MissingData(message)
    if folder.exists():
        message = f"{folder} exists already; an archive is unpacked into a new folder"
        raise BadOption(message)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _fill(archive, part, limits)
        part.chmod(0o755)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _fill(archive: Path, part: Path, limits: ArchiveLimits) -> None:
    packed = archive.stat().st_size
    allowed = min(limits.total_bytes, max(_FREE_OF_RATIO, int(packed * limits.ratio)))
    seen: set[str] = set()
    written = 0
    try:
        with _opened(archive) as members:
            for count, member in enumerate(members, 1):
                if count > limits.members:
                    message = f"{archive}: more than {limits.members} members; it was not unpacked"
                    raise BadFile(message)
                target = part / _inside(archive, member, seen)
                if written + member.size > allowed:
                    raise _too_large(archive, member, allowed, packed)
                if member.is_folder:
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with member.open() as source, target.open("xb") as stream:
                    while block := source.read(_BLOCK):
                        written += len(block)
                        if written > allowed:  # the announced size was a lie
                            raise _too_large(archive, member, allowed, packed)
                        stream.write(block)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        if isinstance(error, BadFile):
            raise
        message = f"{archive}: broken, truncated or no archive ({type(error).__name__}: {error}); it was not unpacked"
        raise BadFile(message) from error


def _too_large(archive: Path, member: _Member, allowed: int, packed: int) -> BadFile:
    return BadFile(
        f"{archive}: member {member.name!r} brings it over {allowed} bytes unpacked, which is the limit for an archive "
        f"of {packed} bytes; it was not unpacked"
    )


def _inside(archive: Path, member: _Member, seen: set[str]) -> PurePosixPath:
    """Return the path of a member below the folder, if it stays there."""
    reason = member.refused
    path = PurePosixPath(member.name)
    if not reason and (path.is_absolute() or ".." in path.parts or "\\" in member.name or ":" in member.name):
        reason = "it would leave the folder"
    if not reason and ("\0" in member.name or not path.parts or max(map(len, path.parts)) > _LONGEST_NAME):
        reason = "it has no usable name"
    known = str(path).casefold()  # some file systems take upper and lower case for the same
    if not reason and known in seen and not member.is_folder:
        reason = "it occurs twice"
    if reason:
        message = f"{archive}: member {member.name[:200]!r} is refused: {reason}; it was not unpacked"
        raise BadFile(message)
    seen.add(known)
    return path


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[_Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield (_of_zip(opened, info) for info in opened.infolist())
    else:
        # as a stream: every member is read once, in order, and none is looked for by name
        with tarfile.open(archive, "r|*") as streamed:
            yield (_of_tar(streamed, info) for info in streamed)


def _of_zip(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    refused = "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "it is a link or device"
    if info.flag_bits & 0x1:
        refused = "it is encrypted"
    # ZipInfo cuts names at a zero byte and turns separators; the name as it stands is judged
    return _Member(info.orig_filename, info.is_dir(), refused, info.file_size, lambda: opened.open(info))


def _of_tar(opened: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    plain = (info.isreg() and not info.issparse()) or info.isdir()
    refused = "" if plain else "it is a link, device or sparse file"

    def content() -> IO[bytes]:
        stream = opened.extractfile(info)
        if stream is None:
            message = f"{info.name!r} has no content"
            raise tarfile.ReadError(message)
        return stream

    return _Member(info.name, info.isdir(), refused, info.size if info.isreg() else 0, content)
