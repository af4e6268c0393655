"""Which format a model file has, by its content: a name can lie."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from recastbook.exceptions import MissingData, NetworkError
from recastbook.network.files import MAX_BYTES

__all__ = ["MAX_FOREIGN_BYTES", "Format", "recognise"]

MAX_FOREIGN_BYTES = 2 << 30
"""Longest file that is handed to the confined process, in bytes."""

_HEAD = 1 << 16


class Format(StrEnum):
    """Formats that are told apart."""

    ONNX = "ONNX"
    LWTNN = "lwtnn JSON"
    XGBOOST = "XGBoost JSON"
    XGBOOST_BINARY = "XGBoost UBJSON"
    LIGHTGBM = "LightGBM text"
    TMVA = "TMVA XML"
    PICKLE = "pickle"
    HDF5 = "HDF5"
    KERAS = "Keras archive"
    TORCH = "PyTorch archive"
    ROOT = "ROOT file"


def recognise(path: str | os.PathLike[str]) -> Format:
    """Return the format of a model file from its first bytes; nothing in it is run.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    MissingData
        If it does not exist.
    NetworkError
        If it is of no known format, or too long for one.
    """
    path = Path(path)
    try:
        if path.is_dir():
            message = f"{path} is a folder (a TensorFlow SavedModel?); export the model to ONNX with tf2onnx"
            raise NetworkError(message)
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except FileNotFoundError as error:
        message = f"the model file {path} does not exist"
        raise MissingData(message) from error
    except OSError as error:
        message = f"{path}: the model file cannot be read ({error.strerror or error})"
        raise NetworkError(message) from error
    found = _of(head, str(path))
    longest = MAX_FOREIGN_BYTES if found is Format.PICKLE else MAX_BYTES
    if size > longest:
        message = (
            f"{path}: {size} bytes are too many for a model ({found or 'unknown format'}); at most {longest} are read"
        )
        raise NetworkError(message)
    if found is None:
        known = ", ".join(entry.value for entry in Format)
        message = f"{path}: of no format that is known here (it begins with {head[:12]!r}); known are {known}"
        raise NetworkError(message)
    return found


def _of(head: bytes, name: str) -> Format | None:
    signs: tuple[tuple[bytes, Format], ...] = (
        (b"\x89HDF\r\n\x1a\n", Format.HDF5),
        (b"root", Format.ROOT),
        (b"tree\nversion=", Format.LIGHTGBM),
    )
    for sign, kind in signs:
        if head.startswith(sign):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _of_archive(Path(name))
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return _of_braces(text)
    if text.startswith(b"<") and b"<MethodSetup" in text:
        return Format.TMVA
    if _is_pickle(head) or any(_is_pickle(opened) for opened in _decompressed(head)):
        return Format.PICKLE
    return Format.ONNX if _is_onnx(head) else None


def _of_braces(text: bytes) -> Format | None:
    if b'"learner"' in text:
        return Format.XGBOOST
    if b"learner" in text[:64]:
        return Format.XGBOOST_BINARY
    return Format.LWTNN if text[1:].lstrip()[:1] in (b'"', b"}") else None


def _of_archive(path: Path) -> Format | None:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(entry).name for entry in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return None
    if "data.pkl" in names:
        return Format.TORCH
    return Format.KERAS if "config.json" in names else None


def _is_pickle(head: bytes) -> bool:
    if len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return True
    # protocols 0 and 1 have no sign: a name of a class within the first operations is one
    import pickletools

    if head[:1] not in (b"c", b"(", b"]", b"}", b"i"):
        return False
    try:
        for position, (operation, _, _) in enumerate(pickletools.genops(head)):
            if operation.name in ("GLOBAL", "INST"):
                return True
            if position > 50:
                break
    except (ValueError, IndexError, UnicodeDecodeError):
        return False
    return False


def _decompressed(head: bytes) -> list[bytes]:
    """Return the first bytes under the compressions that joblib knows."""
    openers: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
        (b"\x78", lambda data: zlib.decompressobj().decompress(data, 64)),
        (b"\x1f\x8b", lambda data: zlib.decompressobj(31).decompress(data, 64)),
        (b"BZh", lambda data: bz2.BZ2Decompressor().decompress(data, 64)),
        (b"\xfd7zXZ\x00", lambda data: lzma.LZMADecompressor().decompress(data, 64)),
        (b"\x5d\x00\x00", lambda data: lzma.LZMADecompressor().decompress(data, 64)),
    )
    out = []
    for sign, opened in openers:
        if head.startswith(sign):
            try:
                out.append(opened(head))
            except (zlib.error, OSError, lzma.LZMAError):
                continue
    if head.startswith(b"\x04\x22\x4d\x18"):  # LZ4, for which Python has no reader; only joblib writes models in it
        out.append(b"\x80\x04")
    return out


def _is_onnx(head: bytes) -> bool:
    """Return whether it begins as an ONNX file: a field of ModelProto with the right wire type."""
    if len(head) < 2:
        return False
    number, kind = head[0] >> 3, head[0] & 7
    return (number, kind) in {(1, 0), (2, 2), (3, 2), (4, 2), (5, 0), (6, 2), (7, 2), (8, 2), (14, 2), (20, 2), (25, 2)}
