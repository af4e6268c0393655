"""Where the file of a network is, and whether it is the right one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from recastbook import store
from recastbook.exceptions import MissingData, NetworkError
from recastbook.network.contract import ModelFile

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard

__all__ = ["MAX_BYTES", "check_content", "data_file", "find", "read", "read_any"]

MAX_BYTES = 512 << 20
"""Longer files are not opened: no network of a search comes near, and a wrong file should not fill the memory."""


def data_file(entry: ModelFile) -> store.DataFile:
    """Return the entry of a card as the data store knows files."""
    return store.DataFile(
        entry.name,
        sha256=entry.sha256,
        git_blob_sha1=entry.git_blob_sha1,
        urls=entry.urls,
        licence=entry.licence,
        source="" if entry.doi is None else f"doi:{entry.doi}",
        size_bytes=entry.size_bytes,
    )


def find(card: ModelCard, entry: ModelFile) -> Path:
    """Return where a network file is: beside the card, or in the data store.

    Raises
    ------
    MissingData
        If it is in neither.
    ChecksumMismatch
        If only a file with another content is there.
    """
    if card.path is not None:
        beside = card.path.parent / entry.name
        if beside.is_file():
            return beside
    try:
        return store.find(
            entry.name,
            entry.sha256,
            git_blob_sha1=entry.git_blob_sha1,
            url=entry.urls[0] if entry.urls else None,
        )
    except MissingData as error:
        ways = [f"network=PATH (--network PATH) points to a copy of {entry.name}"]
        if len(card.files) > 1:
            ways = ["network=FOLDER (--network FOLDER) names a folder that holds all network files of the search"]
        if entry.urls:
            ways.insert(0, f"`recastbook fetch {card.analysis.id}` gets it")
        message = f"the network file {entry.name} is not on this machine: {'; '.join(ways)} (licence: {entry.licence})"
        raise MissingData(message) from error


def read(path: Path, entry: ModelFile, *, verify: bool) -> bytes:
    """Read a network file and check that it is the one of the card.

    The content that is checked is the content that is run: the file is read once.

    Raises
    ------
    MissingData
        If the file does not exist.
    NetworkError
        If it is too long, cannot be read, or has another checksum.
    """
    content = read_any(path)
    if verify:
        check_content(content, path, entry)
    return content


def read_any(path: Path) -> bytes:
    """Read a network file that no card knows; errors as :func:`read`."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"{path}: {size} bytes are too many for a network; at most {MAX_BYTES} are opened"
            raise NetworkError(message)
        return path.read_bytes()
    except FileNotFoundError as error:
        message = f"the network file {path} does not exist"
        raise MissingData(message) from error
    except OSError as error:
        message = f"{path}: the network file cannot be read ({error.strerror or error})"
        raise NetworkError(message) from error


def check_content(content: bytes, path: Path, entry: ModelFile) -> None:
    """Raise NetworkError if a file's size or a checksum is not that of the card."""
    if entry.size_bytes is not None and len(content) != entry.size_bytes:
        message = f"{path}: size_bytes is {entry.size_bytes} in the model card, but the file has {len(content)}"
        raise NetworkError(message)
    for kind, expected in (("sha256", entry.sha256), ("git_blob_sha1", entry.git_blob_sha1)):
        if expected is None:
            continue
        if kind == "sha256":
            found = hashlib.sha256(content).hexdigest()
        else:
            blob = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
            blob.update(content)
            found = blob.hexdigest()
        if found != expected:
            message = (
                f"{path}: {kind} is {expected} in the model card, but the file has {found}; "
                "it is another network, or damaged"
            )
            raise NetworkError(message)
