"""The format of a file is found by what is in it, whatever its name."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from recastbook.events.eventfile import EventMetadata, EventWriter
from recastbook.events.flat import empty_columns
from recastbook.events.formats import detect
from recastbook.exceptions import BadFile

Write = Callable[..., Path]
HEPMC3 = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\nE 0 0 1\nU GEV MM\nP 1 0 22 0 0 1 1 0 1\n"
HEPMC2 = "\nHepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\nE 1 -1 0 0 0 0 0 0 0 0 0 0\n"
LHE = '<LesHouchesEvents version="3.0">\n<init>\n</init>\n</LesHouchesEvents>\n'


def plain(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize("pack", [plain, gzip.compress, zstandard.compress], ids=["plain", "gz", "zst"])
@pytest.mark.parametrize(("text", "name"), [(HEPMC3, "hepmc3"), (HEPMC2, "hepmc2"), (LHE, "lhe")])
@pytest.mark.parametrize("file", ["events.root", "events"])
def test_text_plain_and_compressed(
    text: str, name: str, pack: Callable[[bytes], bytes], file: str, write: Write
) -> None:
    assert detect(write(pack(text.encode()), file)) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (HEPMC3[HEPMC3.index("E 0") :], "hepmc3"),
        (HEPMC2[HEPMC2.index("E 1") :], "hepmc2"),
        ("E 4 24 53 @ 1 2 3 4\r\nU GEV MM\r\n", "hepmc3"),
        (HEPMC3.replace("\n", "\r\n"), "hepmc3"),
        ("HepMC::Version 3.02.01\n" + HEPMC2[HEPMC2.index("HepMC::IO") :], "hepmc2"),
        ("<event>\n 2 1 1. 1. 1. 1.\n</event>\n", "lhe"),
        ("HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\nW " + "w\\|" * 40000 + "\nE 0 0 1\n", "hepmc3"),
        ("<LesHouchesEvents version='1.0'>\n<header>\nE 1 2 3\n</header>\n", "lhe"),
    ],
    ids=["hepmc3 bare", "hepmc2 bare", "shifted", "crlf", "2 by 3", "rootless", "many weights", "banner"],
)
def test_unusual_beginnings(text: str, name: str, write: Write) -> None:
    assert detect(write(text)) == name


def zipped(data: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:  # not compressed: the lines stand in it as they are
        archive.writestr("events.hepmc", data)
    return kept.getvalue()


def tarred(data: bytes) -> bytes:
    kept, member = io.BytesIO(), tarfile.TarInfo("events.hepmc")
    member.size = len(data)
    with tarfile.open(fileobj=kept, mode="w:gz") as archive:
        archive.addfile(member, io.BytesIO(data))
    return kept.getvalue()


@pytest.mark.parametrize(("pack", "name"), [(zipped, "zip"), (tarred, "tar")])
def test_archive_of_events_is_not_read_as_one_file(pack: Callable[[bytes], bytes], name: str, write: Write) -> None:
    with pytest.raises(BadFile, match=f"it holds a {name} archive; unpack it first"):
        detect(write(pack(HEPMC3.encode())))


def test_folders_and_parts(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "out", EventMetadata()) as writer:
        writer.write({**empty_columns()})
    assert detect(tmp_path / "out") == "recastbook"
    with pytest.raises(BadFile, match="is a folder but no recastbook event folder: it holds out"):
        detect(tmp_path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty; readable are"),
        (b"\n\n  \n", "only blank lines"),
        (b"hello world, no events", "text beginning 'hello world, no events'"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"PK\x03\x04abc", "a zip archive"),
        (bz2.compress(HEPMC3.encode()), "a bzip2 file; unpack it"),
        (b"\x00\x01\x02\x03", "binary data beginning"),
        (b"HepMC::Version 2.0\nHepMC::IO_Ascii-START_EVENT_LISTING\n", "an old HepMC text format"),
        (b"PAR1nonsense", "starts like a parquet file but cannot be read"),
        (gzip.compress(b"hello"), "text beginning 'hello'"),
        (b",llp1_eta,llp1_pT\n0,1.0,2.0\n", "a table of truth features, which rb.surrogates.TruthTable.from_csv reads"),
        (b"dependent_variables:\n- header:\n", "an efficiency map is read by rb.surrogates.EfficiencyMap.from_hepdata"),
    ],
    ids=[
        "empty",
        "blank",
        "text",
        "hdf5",
        "zip",
        "bz2",
        "binary",
        "old hepmc",
        "parquet",
        "gz",
        "truth features",
        "HEPData",
    ],
)
def test_anything_else_is_one_clear_error(content: bytes, found: str, write: Write) -> None:
    with pytest.raises(BadFile, match=found):
        detect(write(content))


def test_foreign_parquet_is_told_apart(tmp_path: Path) -> None:
    pq.write_table(pa.table({"pt": [1.0]}), tmp_path / "a.parquet")
    with pytest.raises(BadFile, match="a parquet file that recastbook did not write; it holds pt"):
        detect(tmp_path / "a.parquet")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"cannot open .*nothing: No such file"):
        detect(tmp_path / "nothing")
