"""Where data files are on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from recastbook.exceptions import BadOption, ChecksumMismatch, MissingData
from recastbook.store.checksums import mismatch, wanted_checksums

__all__ = ["cache_dir", "data_dirs", "find", "locate"]


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


def locate(
    name: str, sha256: str | None = None, *, git_blob_sha1: str | None = None, md5: str | None = None
) -> Path | None:
    """Return the file, or None where there is none. Same search and same errors as :func:`find` otherwise."""
    wanted = wanted_checksums(sha256, git_blob_sha1, md5)
    refused: list[str] = []
    for path in _candidates(name):
        if path.is_dir():
            if not wanted:
                return path
            continue
        wrong = mismatch(path, wanted)
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
    if len(relative.parts) == 1:
        yield from _deeper(cache_dir("data"), name)  # unpacked archives


def _deeper(folder: Path, name: str) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
        if name in files and Path(parent) != folder:
            yield Path(parent) / name
