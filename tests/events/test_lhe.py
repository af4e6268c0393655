"""LHE files: header, counts, and what is wrong with broken ones."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from recastbook.events.lhe import LheReader, lhe_info
from recastbook.events.reading import count_events
from recastbook.exceptions import BadEvent, BadFile

Write = Callable[..., Path]
INIT = """<init>
2212 2212 6.5e+03 6.5e+03 0 0 247000 247000 -4 2
1.5e+00 3.0e-01 1.0e+00 1
2.5e+00 4.0e-01 1.0e+00 2
</init>
"""


def event(weight: float = 1.0, *, energy: str = "5.0e+00") -> str:
    return f"""<event npLO=" 1 ">
 4      1 {weight:+.6e} 9.1e+01 7.5e-03 1.2e-01
  2 -1    0    0  501    0 0.0 0.0 +7.0 7.0 0.0 0.0 9.0
 -2 -1    0    0    0  501 0.0 0.0 -7.0 7.0 0.0 0.0 9.0
 11  1    1    2    0    0 0.0 3.0 4.0 {energy} 0.0 0.0 9.0
-11  1    1    2    0    0 0.0 -3.0 -4.0 9.0 0.0 0.0 9.0
# a comment
<rwgt>
<wgt id='1'> +2.0e+00 </wgt>
</rwgt>
</event>
"""


def file(*events: str, init: str = INIT, header: str = "") -> str:
    return f'<LesHouchesEvents version="3.0">\n{header}{init}{"".join(events)}</LesHouchesEvents>\n'


def test_header_and_counts(write: Write) -> None:
    slha = "<header>\n<slha>\nBLOCK MASS\n 1000021 2.1e3\n</slha>\n<weight id='1'>x</weight>\n</header>\n"
    generator = INIT.replace("</init>", "<generator name='Mad' version='3.5'>cite</generator>\n</init>")
    info = lhe_info(write(file(event(), event(-0.5), init=generator, header=slha)))
    assert (info.format, info.events, info.particles) == ("lhe", 2, 8)
    assert (info.sum_of_weights, info.sum_of_weights2) == (0.5, 1.25)
    assert info.cross_section_pb == pytest.approx(4.0)
    assert info.cross_section_error == pytest.approx(0.5)
    assert (info.generator, info.beam_energy, info.weight_names) == ("Mad 3.5", 6500.0, ("1",))
    assert info.slha is not None
    assert "1000021 2.1e3" in info.slha


def test_events_come_as_pylhe_gives_them(write: Write) -> None:
    (one,) = LheReader(write(gzip.compress(file(event()).encode())))
    assert [p.id for p in one.particles] == [2, -2, 11, -11]
    assert (one.particles[2].py, one.eventinfo.scale) == (3.0, 91.0)


@pytest.mark.parametrize("block", [1, 7, 50, 1000])
def test_tags_cut_between_two_blocks(block: int, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recastbook.events.lhe._BLOCK", block)
    assert count_events(write(file(*(event() for _ in range(5))))) == 5


@pytest.mark.parametrize(
    "init",
    [
        INIT.replace("1.5e+00 3.0e-01", "0.0 0.0").replace("2.5e+00 4.0e-01", "0.0 0.0"),
        "<init>\n2212 2212 6.5e+03 6.5e+03 0 0 247000 247000 -4 0\n</init>\n",
        "<init>\n2212 2212 6.5e+03 6.5e+03 0 0 247000 247000 -4 1\n</init>\n",
        INIT.replace("1.5e+00 3.0e-01", "nan nan"),
    ],
    ids=["zero", "no processes", "line missing", "nan"],
)
def test_no_cross_section_is_none_and_said(init: str, write: Write) -> None:
    info = lhe_info(write(file(event(), init=init)))
    assert info.cross_section_pb is None
    assert "tells no cross section; give one with Sample(..., cross_section=...)" in info.notes[0]


def test_without_root_element(write: Write) -> None:
    text = file(event()).replace('<LesHouchesEvents version="3.0">\n', "")
    with pytest.raises(BadFile, match="has no <LesHouchesEvents> root element"):
        count_events(write(text))
    with pytest.raises(BadFile, match="has no <LesHouchesEvents> root element"):
        count_events(write(event()))


@pytest.mark.parametrize("init", ["", "<init>\n", INIT.replace("</init>", "")], ids=["none", "begun", "not ended"])
def test_without_init_block(init: str, write: Write) -> None:
    with pytest.raises(BadFile, match="has no complete <init> block: beams and cross section are unknown"):
        count_events(write(file(event(), init=init)))


def test_an_init_block_of_rubbish(write: Write) -> None:
    with pytest.raises(BadFile, match="the <init> block cannot be read"):
        count_events(write(file(event(), init="<init>\nhello\n</init>\n")))


def test_no_events(write: Write) -> None:
    with pytest.raises(BadFile, match="is an LHE file but holds no events"):
        count_events(write(file()))


FAULTS = {
    "too few particles": (" 4      1", " 5      1", "it has 4 particle lines where its first line says 5"),
    "cut line": ("11  1    1    2    0    0 0.0 3.0", "11  1    1    2", "list index out of range"),
    "letters": ("0.0 3.0 4.0", "0.0 x 4.0", "could not convert string to float"),
    "nan": ("0.0 3.0 4.0", "0.0 nan 4.0", "of its particle 3 is nan or infinite"),
    "negative energy": ("4.0 5.0e+00", "4.0 -5.0e+00", "its final particle 3 has negative energy -5"),
    "weight": ("+2.000000e+00", "inf", "its weight is nan or infinite"),
    "no end": ("</event>", "", "the next event begins before it has ended"),
    "empty": (event(2.0)[:200], "<event>\n<scales/>", "it is empty or its tags are broken"),
}


@pytest.mark.parametrize(("old", "new", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_broken_event_is_named_or_left_out(old: str, new: str, reason: str, write: Write) -> None:
    bad = event(2.0)
    assert old in bad
    path = write(file(event(), event(), bad.replace(old, new), event()))
    with pytest.raises(
        BadEvent, match=rf"event 2 \(number 3 in the file\) is broken: .*{reason}.*The 2 event\(s\) before"
    ):
        count_events(path)
    info = lhe_info(path, on_error="skip")
    assert (info.events, info.skipped, info.sum_of_weights) == (3, 1, 3.0)


def test_cut_off_inside_an_event(write: Write) -> None:
    text = file(event(), event())
    path = write(text[: text.rindex("<rwgt>")])
    with pytest.raises(BadFile, match=r"is truncated: it ends inside an event\. The 1 complete event"):
        count_events(path)
    assert lhe_info(path, on_error="skip").events == 1


def test_cut_off_between_events_is_noted(write: Write) -> None:
    info = lhe_info(write(file(event(), event()).removesuffix("</LesHouchesEvents>\n")))
    assert info.events == 2
    assert "the closing tag is missing, so events may be missing, too" in info.notes[0]


def test_a_truncated_archive(write: Write) -> None:
    packed = gzip.compress(file(*(event(k) for k in range(2000))).encode())
    path = write(packed[: len(packed) // 2])
    with pytest.raises(BadFile, match=r"is truncated: its gz data stop in the middle.*\d+ complete event\(s\) before"):
        count_events(path)
    assert 0 < lhe_info(path, on_error="skip").events < 2000
