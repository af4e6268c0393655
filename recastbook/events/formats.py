"""What kind of event file is this? Decided by content, never by name."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path

from recastbook.events.streams import read_head
from recastbook.exceptions import BadFile

__all__ = ["READABLE", "Format", "detect"]


class Format(StrEnum):
    """A format that recastbook reads."""

    RECASTBOOK = "recastbook"
    HEPMC2 = "hepmc2"
    HEPMC3 = "hepmc3"
    LHE = "lhe"
    DELPHES = "delphes"


READABLE = (
    "readable are: a recastbook event folder, HepMC2 or HepMC3 ascii, LHE (each plain, gz or zst), "
    "and Delphes ROOT files"
)
_EVENT_LINE_3 = re.compile(rb"E -?\d+ \d+ \d+\s*(@.*)?$")
_EVENT_LINE_2 = re.compile(rb"E -?\d+ -?\d+( \S+){7,}")
_LHE_START = re.compile(rb"<\s*(LesHouchesEvents|init|event|header)\b")
_ZIP = b"PK\x03\x04"
_KNOWN_OTHERS = (
    (b"\x89HDF", "an HDF5 file"),
    (_ZIP, "a zip archive; unpack it first"),
    (b"BZh", "a bzip2 file; unpack it or compress it with gzip"),
    (b"\xfd7zXZ", "an xz file; unpack it or compress it with gzip"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
)


def detect(path: str | Path) -> Format:
    r"""Find the format of an event file or recastbook event folder by looking inside.

    Parameters
    ----------
    path
        A folder or a file, plain or compressed with gzip or zstandard.

    Raises
    ------
    BadFile
        If there is no such file, or it is none of the readable formats; the message says what was found.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "events.dat")
    ...     _ = file.write_text("HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n")
    ...     detect(file)
    <Format.HEPMC3: 'hepmc3'>
    """
    path = Path(path)
    if path.is_dir():
        return _detect_folder(path)
    head = read_head(path, 1 << 16)
    if not head:
        msg = f"{path} is empty; {READABLE}."
        raise BadFile(msg)
    if head.startswith(b"PAR1"):
        return _detect_parquet(path)
    if head.startswith(b"root"):
        return Format.DELPHES
    if not _is_archive(head):
        found = _detect_text(head)
        if found is None and b"\nE " not in head and b"<LesHouchesEvents" not in head and len(head) >= 1 << 16:
            # a long banner or a run header with hundreds of weight names may fill the first block
            found = _detect_text(read_head(path, 1 << 23))
        if found is not None:
            return found
    msg = f"{path} is no event file: it holds {_describe(head)}; {READABLE}."
    raise BadFile(msg)


def _is_archive(head: bytes) -> bool:
    """Whether a file holds other files, whose lines stand between its own."""
    return head.startswith(_ZIP) or head[257:262] == b"ustar"


def _detect_text(head: bytes) -> Format | None:
    """Format of text, decided by whichever mark comes first."""
    for line in head.split(b"\n"):
        if line.startswith(b"HepMC::"):
            if b"Asciiv3-START" in line:
                return Format.HEPMC3
            if b"IO_GenEvent-START" in line:
                return Format.HEPMC2
            if b"-START_EVENT_LISTING" in line:
                kind = line.split(b"-START")[0].decode("latin-1")
                msg = f"the file holds {kind}, an old HepMC text format that is not readable; {READABLE}."
                raise BadFile(msg)
        elif line.startswith(b"E "):
            if _EVENT_LINE_3.match(line.rstrip()):
                return Format.HEPMC3
            if _EVENT_LINE_2.match(line):
                return Format.HEPMC2
        elif _LHE_START.search(line):
            return Format.LHE
    return None


def _detect_folder(path: Path) -> Format:
    if (path / "metadata.json").is_file():
        return Format.RECASTBOOK
    parts = list(path.glob("part-*.parquet"))
    if parts:
        msg = (
            f"{path} is an unfinished recastbook event folder: it has {len(parts)} part(s) but no metadata.json. "
            "Run the same convert or generate again; it goes on where it stopped."
        )
        raise BadFile(msg)
    inside = sorted(p.name for p in path.iterdir())[:5]
    msg = f"{path} is a folder but no recastbook event folder: it holds {', '.join(inside) or 'nothing'}."
    raise BadFile(msg)


def _detect_parquet(path: Path) -> Format:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        msg = f"{path} starts like a parquet file but cannot be read: {error}"
        raise BadFile(msg) from error
    raw = (metadata.metadata or {}).get(b"recastbook")
    if raw is None:
        msg = (
            f"{path} is a parquet file that recastbook did not write; it holds {', '.join(metadata.schema.names[:5])}."
        )
        raise BadFile(msg)
    try:
        json.loads(raw)
    except ValueError as error:
        msg = f"{path}: the recastbook metadata inside are not JSON: {error}"
        raise BadFile(msg) from error
    return Format.RECASTBOOK


def _describe(head: bytes) -> str:
    for magic, name in _KNOWN_OTHERS:
        if head.startswith(magic):
            return name
    if _is_archive(head):
        return "a tar archive; unpack it first"
    if b"llp1_" in head[:1024]:
        return (
            "a table of truth features, which rb.surrogates.TruthTable.from_csv reads and "
            "rb.surrogates.SurrogateModel.efficiency takes"
        )
    if b"dependent_variables:" in head:
        return "a table of HEPData; an efficiency map is read by rb.surrogates.EfficiencyMap.from_hepdata"
    if b"\0" in head[:1024]:
        return f"binary data beginning {head[:8]!r}"
    first = next((line for line in head.split(b"\n") if line.strip()), b"")
    return f"text beginning {first[:60].decode('latin-1').strip()!r}" if first else "only blank lines"
