"""The record of a file that recastbook does not ship."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DataFile"]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that recastbook does not ship, and how to recognise it.

    Examples
    --------
    >>> DataFile("network.onnx", urls=("https://one.example/network.onnx", "https://two.example/network.onnx")).url
    'https://one.example/network.onnx'
    """

    name: str
    """File name, without folders."""
    sha256: str | None = None
    """SHA-256 of the content, in hexadecimal."""
    git_blob_sha1: str | None = None
    """Name of the content in a git repository (SHA-1 of header and content)."""
    md5: str | None = None
    """MD5 of the content, the checksum that public archives of data state."""
    urls: tuple[str, ...] = ()
    """Public addresses, tried in order."""
    licence: str = "not stated"
    """Licence as its publisher states it."""
    source: str = ""
    """Where it was published: a DOI or record, if the addresses do not say it."""
    size_bytes: int | None = None
    """Length of the file."""
    is_archive: bool = False
    """Whether it is an archive (zip, tar, also compressed) that is used unpacked."""

    @property
    def url(self) -> str | None:
        """The first public address, or None."""
        return self.urls[0] if self.urls else None
