"""Data files by name and checksum: the folders of ``RECASTBOOK_DATA``, then the cache, then a public address.

Nothing is downloaded unless :func:`fetch` asks for it; what is found is checked whenever a checksum is known.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from recastbook.exceptions import BadOption, ChecksumMismatch, MissingData

__all__ = ["DataFile", "cache_dir", "checksum", "data_dirs", "fetch", "find", "locate"]

log = logging.getLogger(__name__)

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that recastbook does not ship, and how to recognise it."""

    name: str
    """File name, without folders."""
    sha256: str | None = None
    """SHA-256 of the content, in hexadecimal."""
    git_blob_sha1: str | None = None
    """Name of the content in a git repository (SHA-1 of header and content)."""
    url: str | None = None
    """Public address."""
    licence: str = "not stated"
    """Licence as its publisher states it."""


def data_dirs() -> tuple[Path, ...]:
    """Return the folders of ``RECASTBOOK_DATA``, in order, whether they exist or not."""
    listed = os.environ.get("RECASTBOOK_DATA", "")
    return tuple(Path(part).expanduser() for part in listed.split(os.pathsep) if part.strip())


def cache_dir(*parts: str) -> Path:
    """Return a folder of the user's cache, made if it does not exist.

    Parameters
    ----------
    parts
        Names of sub-folders, for example ``"events"``. The environment variable ``RECASTBOOK_CACHE`` moves the cache.
    """
    chosen = os.environ.get("RECASTBOOK_CACHE")
    if chosen:
        root = Path(chosen).expanduser()
    else:
        import platformdirs

        root = Path(platformdirs.user_cache_dir("recastbook", appauthor=False))
    folder = root.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def checksum(path: str | os.PathLike[str], kind: str = "sha256") -> str:
    """Return the checksum of a file in hexadecimal.

    Parameters
    ----------
    path
        The file.
    kind
        ``"sha256"`` or ``"git_blob_sha1"``. The latter is the SHA-1 of ``blob <size>``, a zero byte and the content:
        the name under which git stores the file (Git internals, "Git objects").

    Raises
    ------
    BadOption
        If the kind is none of the two.
    """
    path = Path(path)
    if kind == "sha256":
        digest = hashlib.sha256()
    elif kind == "git_blob_sha1":
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    else:
        message = f"unknown kind of checksum {kind!r}; there are 'sha256' and 'git_blob_sha1'"
        raise BadOption(message)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def locate(name: str, sha256: str | None = None, *, git_blob_sha1: str | None = None) -> Path | None:
    """Return the file, or None where there is none. Same search and same errors as :func:`find` otherwise."""
    wanted = _wanted(sha256, git_blob_sha1)
    refused: list[str] = []
    for path in _candidates(name):
        if path.is_dir():
            if not wanted:
                return path
            continue
        wrong = _mismatch(path, wanted)
        if wrong is None:
            return path
        refused.append(f"{path} has {wrong}")
    if refused:
        asked = " and ".join(f"{kind} {value}" for kind, value in wanted.items())
        message = f"{name}: asked for {asked}, but {'; '.join(refused)}. Replace it by the right file."
        raise ChecksumMismatch(message)
    return None


def find(name: str, sha256: str | None = None, *, git_blob_sha1: str | None = None, url: str | None = None) -> Path:
    """Return a data file that is on this machine.

    Parameters
    ----------
    name
        File name, or a path relative to one of the data folders. A bare name is searched in all sub-folders.
    sha256, git_blob_sha1
        Checksum that the content must have. A file of that name with another content is passed over when the right
        one is found later, and is an error when not.
    url
        Where the file can be fetched; named in the error.

    Raises
    ------
    MissingData
        If there is no such file; the message names the folders searched.
    ChecksumMismatch
        If all files of that name have another content; the message names both checksums.
    """
    path = locate(name, sha256, git_blob_sha1=git_blob_sha1)
    if path is not None:
        return path
    places = [*map(str, data_dirs()), str(cache_dir("data"))]
    hint = f" `recastbook fetch` gets it from {url}." if url else ""
    if not data_dirs():
        hint += " RECASTBOOK_DATA is not set; it may name a folder that contains the file."
    message = f"data file {name!r} is not on this machine; looked in {', '.join(places)}.{hint}"
    raise MissingData(message)


def fetch(
    name: str,
    url: str,
    sha256: str | None = None,
    *,
    git_blob_sha1: str | None = None,
    attempts: int = 3,
    wait: float = 1.0,
    progress: bool = False,
) -> Path:
    """Return a data file, downloaded into the cache if it is not on this machine yet.

    The download goes to a temporary name and moves to its place only after its checksum was found right.

    Parameters
    ----------
    name
        File name under which it is kept.
    url
        Public address (http, https, ftp or doi).
    sha256, git_blob_sha1
        Checksum; one of them must be given.
    attempts
        How often a failing connection is tried.
    wait
        Pause after the first failure in seconds, doubled after each.
    progress
        Whether to show a bar.

    Raises
    ------
    BadOption
        If there is no checksum, or the name is not a plain file name.
    MissingData
        If the address cannot be reached.
    ChecksumMismatch
        If what arrived is another content; nothing is kept then.
    """
    wanted = _wanted(sha256, git_blob_sha1)
    if not wanted:
        message = f"{name}: a file is fetched only with its checksum (sha256 or git_blob_sha1)"
        raise BadOption(message)
    if name != PurePosixPath(name).name or name in ("", ".", "..") or "\\" in name:
        message = f"{name!r} is not a plain file name"
        raise BadOption(message)
    try:
        present = locate(name, sha256, git_blob_sha1=git_blob_sha1)
    except ChecksumMismatch as error:
        log.warning("%s; fetching it", error)
        present = None
    if present is not None:
        return present
    target = cache_dir("data") / name
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{name}.", suffix=".part")
    os.close(handle)
    arrived = Path(temporary)
    try:
        _download(name, url, arrived, attempts=attempts, wait=wait, progress=progress)
        wrong = _mismatch(arrived, wanted)
        if wrong is not None:
            asked = " and ".join(f"{kind} {value}" for kind, value in wanted.items())
            message = f"{name}: asked for {asked}, but what arrived from {url} has {wrong}; it was not kept."
            raise ChecksumMismatch(message)
        arrived.replace(target)
    finally:
        arrived.unlink(missing_ok=True)
    return target


def _wanted(sha256: str | None, git_blob_sha1: str | None) -> dict[str, str]:
    given = {"sha256": sha256, "git_blob_sha1": git_blob_sha1}
    lengths = {"sha256": 64, "git_blob_sha1": 40}
    wanted = {kind: value.lower() for kind, value in given.items() if value}
    for kind, value in wanted.items():
        if len(value) != lengths[kind] or not set(value) <= set("0123456789abcdef"):
            message = f"{value!r} is not a {kind}: {lengths[kind]} hexadecimal digits are"
            raise BadOption(message)
    return wanted


def _candidates(name: str) -> Iterator[Path]:
    """Yield what has that name: in the data folders, then in the cache."""
    relative = PurePosixPath(name)
    if not name or relative.is_absolute() or ".." in relative.parts:
        message = f"{name!r} is neither a file name nor a path below a data folder"
        raise BadOption(message)
    for folder in data_dirs():
        if not folder.is_dir():
            continue
        direct = folder / relative
        if direct.exists():
            yield direct
        if len(relative.parts) == 1:
            yield from _deeper(folder, name)
    cached = cache_dir("data") / relative
    if cached.exists():
        yield cached


def _deeper(folder: Path, name: str) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
        if name in files and Path(parent) != folder:
            yield Path(parent) / name


def _mismatch(path: Path, wanted: dict[str, str]) -> str | None:
    """Return ``<kind> <what it is>`` for the first checksum that differs, or None."""
    for kind, value in wanted.items():
        actual = checksum(path, kind)
        if actual != value:
            return f"{kind} {actual}"
    return None


def _download(name: str, url: str, target: Path, *, attempts: int, wait: float, progress: bool) -> None:
    import pooch
    import requests

    reason: Exception | None = None
    for attempt in range(max(1, attempts)):
        if attempt:
            time.sleep(wait * 2 ** (attempt - 1))
        try:
            pooch.downloaders.choose_downloader(url, progressbar=progress)(url, str(target), None)
        except (requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
            reason = error
            break
        except ValueError as error:  # pooch: no downloader for that protocol
            message = f"{name}: {url!r} is not an address that can be fetched ({error})"
            raise BadOption(message) from error
        except (requests.exceptions.RequestException, OSError) as error:
            log.info("attempt %d to fetch %s failed: %s", attempt + 1, url, error)
            reason = error
        else:
            return
    message = (
        f"{name} could not be fetched from {url} ({type(reason).__name__}: {_short(reason)}). Offline, "
        f"copy the file into a folder that RECASTBOOK_DATA names, or into {cache_dir('data')}."
    )
    raise MissingData(message) from reason


def _short(error: Exception | None) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "..."
