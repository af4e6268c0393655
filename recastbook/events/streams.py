"""Bytes of a plain, gzip or zstandard file, decompressed on the way, with damage reported where it is met."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self

from recastbook.exceptions import BadFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["TextStream", "compression_of", "read_head"]

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Output of a call that fails is lost; zlib can go back to the state before it, zstandard cannot and gets small pieces.
_COMPRESSED_BLOCK = {"gz": 1 << 18, "zst": 1 << 14}


class _Decompressor(Protocol):
    eof: bool

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...

    def copy(self) -> _Decompressor: ...


def compression_of(head: bytes) -> str:
    """Return ``"gz"``, ``"zst"`` or ``""`` for the first bytes of a file."""
    if head.startswith(_GZIP_MAGIC):
        return "gz"
    return "zst" if head.startswith(_ZSTD_MAGIC) else ""


def _gzip_decompressor() -> Any:
    return zlib.decompressobj(wbits=31)


def _zstd_decompressor() -> Any:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


class TextStream(io.RawIOBase):
    """A readable stream of the decompressed content of a file, compression found by content.

    What could be decompressed before a damaged place is handed out first; only then
    :class:`~recastbook.exceptions.BadFile` is raised.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    BadFile
        If the file does not exist or is not readable.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        try:
            self._file: BinaryIO = self.path.open("rb")
        except OSError as error:
            msg = f"cannot open {self.path}: {error.strerror or error}"
            raise BadFile(msg) from error
        try:
            head = self._file.read(4)
        except OSError as error:
            self._file.close()
            msg = f"cannot read {self.path}: {error.strerror or error}"
            raise BadFile(msg) from error
        self._file.seek(0)
        self.compression = compression_of(head)
        self._new: Callable[[], _Decompressor] | None = {"gz": _gzip_decompressor, "zst": _zstd_decompressor}.get(
            self.compression
        )
        self._decompressor: _Decompressor | None = None
        self._pending = memoryview(b"")
        self._failure: BadFile | None = None

    def readable(self) -> bool:
        """Return True: the stream can be read."""
        return True

    def __enter__(self) -> Self:
        return self

    @property
    def position(self) -> int:
        """Bytes taken from the file so far, compressed ones counted as they are."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        if not self.closed and "_file" in vars(self):  # Python closes a stream that could not be opened, too
            self._file.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer as far as one step brings, 0 at the end.

        Raises
        ------
        BadFile
            If the compressed data are damaged or end too early.
        """
        view = memoryview(buffer).cast("B")
        if self._new is None:
            return self._file.readinto(view)  # type: ignore[attr-defined,no-any-return]
        while not self._pending and self._failure is None:
            if not self._decompress_more():
                break
        if not self._pending:
            if self._failure is not None:
                raise self._failure
            return 0
        n = min(len(view), len(self._pending))
        view[:n] = self._pending[:n]
        self._pending = self._pending[n:]
        return n

    def _decompress_more(self) -> bool:
        if self._new is None:
            return False
        data = self._file.read(_COMPRESSED_BLOCK[self.compression])
        if not data:
            if self._decompressor is not None:
                self._failure = BadFile(
                    f"{self.path} is truncated: its {self.compression} data stop in the middle. "
                    "Copy the file again or read what is there with on_error='skip'."
                )
            return False
        parts = []
        try:
            while data:
                if self._decompressor is None:
                    if not data.strip(b"\0"):  # padding behind the last member
                        break
                    self._decompressor = self._new()
                parts.append(self._decompress(data))
                if not self._decompressor.eof:
                    break
                data = self._decompressor.unused_data
                self._decompressor = None
        except BadFile as error:
            self._failure = error
            parts.append(self._rescued)
        self._pending = memoryview(b"".join(parts))
        return True

    _rescued = b""

    def _decompress(self, data: bytes) -> bytes:
        before = self._decompressor.copy() if self.compression == "gz" else None  # type: ignore[union-attr]
        try:
            return self._decompressor.decompress(data)  # type: ignore[union-attr]
        except Exception as error:
            # zlib.error and zstandard.ZstdError; the latter's module may not be loaded
            if type(error).__module__.partition(".")[0] not in ("zlib", "zstandard", "zstd"):
                raise
            self._rescued = b"" if before is None else _as_far_as_possible(before, data)
            message = (
                f"{self.path} is damaged: its {self.compression} data cannot be decompressed ({error}). "
                "Copy the file again or read what is there with on_error='skip'."
            )
            raise BadFile(message) from error


def _as_far_as_possible(decompressor: _Decompressor, data: bytes) -> bytes:
    """Decompress byte by byte until the damaged place."""
    out = bytearray()
    try:
        for i in range(len(data)):
            out += decompressor.decompress(data[i : i + 1])
    except zlib.error:
        pass
    return bytes(out)


def read_head(path: str | Path, size: int = 4096) -> bytes:
    """Return the first decompressed bytes of a file; fewer if the file is short or damaged behind them."""
    with TextStream(path) as stream:
        out = bytearray()
        try:
            while len(out) < size:
                piece = stream.read(size - len(out))
                if not piece:
                    break
                out += piece
        except BadFile:
            if not out:
                raise
        return bytes(out)
