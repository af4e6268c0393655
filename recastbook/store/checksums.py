"""Checksums of files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from recastbook.exceptions import BadOption

__all__ = ["checksum", "mismatch", "wanted_checksums"]

_BLOCK = 1 << 20


def checksum(path: str | os.PathLike[str], kind: str = "sha256") -> str:
    """Return the checksum of a file in hexadecimal.

    Parameters
    ----------
    path
        The file.
    kind
        ``"sha256"``, ``"md5"`` or ``"git_blob_sha1"``. The latter is the SHA-1 of ``blob <size>``, a zero byte and the
        content: the name under which git stores the file (Git internals, "Git objects").

    Raises
    ------
    BadOption
        If the kind is none of these.
    """
    path = Path(path)
    if kind == "sha256":
        digest = hashlib.sha256()
    elif kind == "md5":
        digest = hashlib.md5(usedforsecurity=False)
    elif kind == "git_blob_sha1":
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    else:
        message = f"unknown kind of checksum {kind!r}; there are 'sha256', 'md5' and 'git_blob_sha1'"
        raise BadOption(message)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def wanted_checksums(sha256: str | None, git_blob_sha1: str | None, md5: str | None = None) -> dict[str, str]:
    """Return the checksums that are given, by kind, in small letters.

    Raises
    ------
    BadOption
        If one is no checksum of its kind.
    """
    given = {"sha256": sha256, "git_blob_sha1": git_blob_sha1, "md5": md5}
    lengths = {"sha256": 64, "git_blob_sha1": 40, "md5": 32}
    wanted = {kind: value.lower() for kind, value in given.items() if value}
    for kind, value in wanted.items():
        if len(value) != lengths[kind] or not set(value) <= set("0123456789abcdef"):
            message = f"{value!r} is not a {kind}: {lengths[kind]} hexadecimal digits are"
            raise BadOption(message)
    return wanted


def mismatch(path: Path, wanted: dict[str, str]) -> str | None:
    """Return ``<kind> <what it is>`` for the first checksum that differs, or None."""
    for kind, value in wanted.items():
        actual = checksum(path, kind)
        if actual != value:
            return f"{kind} {actual}"
    return None
