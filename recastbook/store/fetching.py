"""Getting a file from its public addresses: checked always, resumed where it broke off."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from recastbook.exceptions import BadOption, ChecksumMismatch, MissingData
from recastbook.store.archives import ArchiveLimits, unpack
from recastbook.store.checksums import mismatch, wanted_checksums
from recastbook.store.datafile import DataFile
from recastbook.store.download import Unreachable, download
from recastbook.store.places import cache_dir, locate

__all__ = ["fetch", "fetch_file", "unpacked_folder"]

log = logging.getLogger(__name__)


def fetch(
    name: str,
    url: str | Sequence[str],
    sha256: str | None = None,
    *,
    git_blob_sha1: str | None = None,
    md5: str | None = None,
    size_bytes: int | None = None,
    attempts: int = 3,
    wait: float = 1.0,
    progress: bool = False,
) -> Path:
    """Return a data file, downloaded into the cache if it is not on this machine yet.

    The download goes to a temporary name and moves to its place only after its checksum was found right. When it
    breaks off, what has arrived is kept under that name and the next call goes on from there.

    Parameters
    ----------
    name
        File name under which it is kept.
    url
        Public address (http, https, ftp or doi), or several, which are tried in order.
    sha256, git_blob_sha1, md5
        Checksum; one of them must be given.
    size_bytes
        Length of the file, if it is known: a server that announces another one is passed over at once.
    attempts
        How often a failing connection is tried, for each address.
    wait
        Pause after the first failure in seconds, doubled after each.
    progress
        Whether to show a bar.

    Raises
    ------
    BadOption
        If there is no checksum, or the name is not a plain file name.
    MissingData
        If no address can be reached.
    ChecksumMismatch
        If what arrived is another content; nothing is kept then.
    """
    wanted = wanted_checksums(sha256, git_blob_sha1, md5)
    if not wanted:
        message = f"{name}: a file is fetched only with its checksum (sha256, git_blob_sha1 or md5)"
        raise BadOption(message)
    if name != PurePosixPath(name).name or name in ("", ".", "..") or "\\" in name:
        message = f"{name!r} is not a plain file name"
        raise BadOption(message)
    try:
        present = locate(name, sha256, git_blob_sha1=git_blob_sha1, md5=md5)
    except ChecksumMismatch as error:
        log.warning("%s; fetching it", error)
        present = None
    if present is not None:
        return present
    urls = (url,) if isinstance(url, str) else tuple(url)
    target = cache_dir("data") / name
    with _part_of(target, next(iter(wanted.values()))) as part:
        refused: list[str] = []
        wrong: list[str] = []
        for address in urls:
            try:
                found = _from(
                    address, part, wanted, size_bytes=size_bytes, attempts=attempts, wait=wait, progress=progress
                )
            except Unreachable as error:
                refused.append(str(error))
                continue
            if found is None:
                part.replace(target)
                return target
            wrong.append(f"what arrived from {address} has {found}")
    asked = " and ".join(f"{kind} {value}" for kind, value in wanted.items())
    if wrong:
        message = f"{name}: asked for {asked}, but {'; '.join([*wrong, *refused])}; it was not kept."
        raise ChecksumMismatch(message)
    held = part.stat().st_size if part.exists() else 0
    kept = f" {held} bytes have arrived and are kept; the next fetch goes on from there." if held else ""
    message = (
        f"{name} could not be fetched from {'; nor from '.join(refused) or 'nowhere: it has no public address'}.{kept} "
        f"Offline, copy the file into a folder that RECASTBOOK_DATA names, or into {cache_dir('data')}."
    )
    raise MissingData(message)


def fetch_file(wanted: DataFile, *, progress: bool = False, limits: ArchiveLimits | None = None) -> Path:
    """Return a data file, fetched if need be; for an archive, the folder in which it was unpacked.

    Parameters
    ----------
    wanted
        The file.
    progress
        Whether to show a bar.
    limits
        How large an archive may become.

    Raises
    ------
    BadOption, MissingData, ChecksumMismatch
        As :func:`fetch`.
    BadFile
        If the archive would leave its folder, is too large, or broken.
    """
    path = fetch(
        wanted.name,
        wanted.urls,
        wanted.sha256,
        git_blob_sha1=wanted.git_blob_sha1,
        md5=wanted.md5,
        size_bytes=wanted.size_bytes,
        progress=progress,
    )
    if not wanted.is_archive:
        return path
    folder = unpacked_folder(wanted)
    return folder if folder.is_dir() else unpack(path, folder, limits=limits or ArchiveLimits())


def unpacked_folder(wanted: DataFile) -> Path:
    """Return the folder in which an archive is unpacked; its name carries the checksum, so versions stay apart."""
    stem = wanted.name.split(".")[0] or "archive"
    return (
        cache_dir("data")
        / f"{stem}-{(wanted.sha256 or wanted.git_blob_sha1 or wanted.md5 or 'unchecked')[:12].lower()}"
    )


def _from(
    url: str, part: Path, wanted: dict[str, str], *, size_bytes: int | None, attempts: int, wait: float, progress: bool
) -> str | None:
    """Fetch from one address; return what is wrong with the content, or None."""
    joined = download(url, part, size=size_bytes, attempts=attempts, wait=wait, progress=progress)
    wrong = mismatch(part, wanted)
    if wrong is not None and joined:
        # two pieces that do not belong together: once more, from the beginning
        log.info("%s: the joined pieces have %s; fetching the whole", url, wrong)
        part.unlink(missing_ok=True)
        download(url, part, size=size_bytes, attempts=attempts, wait=wait, progress=progress)
        wrong = mismatch(part, wanted)
    if wrong is not None:
        part.unlink(missing_ok=True)
    return wrong


@contextmanager
def _part_of(target: Path, checksum: str) -> Iterator[Path]:
    """Give the name under which the file arrives, for this process alone; an empty one is not left behind."""
    part = target.with_name(f".{target.name}.part-{checksum[:16]}")
    with _alone(cache_dir("locks") / f"{checksum[:32]}.lock") as free:
        if not free:
            message = f"{target.name} is being fetched by another process; wait for it, or try again later"
            raise MissingData(message)
        try:
            yield part
        finally:
            if not part.exists() or part.stat().st_size == 0:
                part.unlink(missing_ok=True)
                part.with_name(part.name + ".json").unlink(missing_ok=True)


@contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """Hold a lock that ends with the process, where the system has them."""
    try:
        import fcntl
    except ImportError:
        yield True
        return
    with lock.open("wb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
