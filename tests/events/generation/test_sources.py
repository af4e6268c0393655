"""Command files, SLHA and LHE files as input, and what is wrong with them."""

from __future__ import annotations

import builtins
import gzip
from pathlib import Path
from typing import Any

import pytest

import recastbook as rb
from recastbook.events.generation.commands import read_commands
from recastbook.events.generation.engine import Engine
from recastbook.events.generation.lhe_input import inspect_lhe, plain_lhe
from recastbook.events.generation.presets import preset
from recastbook.events.generation.sources import find_recipe
from recastbook.exceptions import BadFile, BadOption, GenerationFailed, MissingDependency, UnknownName

pytest.importorskip("pythia8mc")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_command_file_is_read_as_pythia_reads_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "run.cmnd",
        "! comment\n  \nTop:gg2ttbar = on ! here\n/* left out\nTop:nonsense = on\n*/\nMain:numberOfEvents = 7\n"
        "Random:seed = 3\n# also comment\n6:m0 = 173\n",
    )
    lines, ignored = read_commands(path)
    assert lines == [(3, "Top:gg2ttbar = on"), (10, "6:m0 = 173")]
    assert ignored == ["Main:numberOfEvents = 7", "Random:seed = 3"]
    recipe, lhe = find_recipe(path)
    assert lhe is None
    assert recipe.settings == ("Beams:eCM = 13000", "Top:gg2ttbar = on", "6:m0 = 173")
    # An energy that is asked for comes last and wins over the file.
    assert find_recipe(path, energy_tev=8)[0].settings[-1] == "Beams:eCM = 8000"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Top:gg2ttbar = on\nPhaseSpace:pTHatMim = 5\n", "line 2: .*Did you mean 'PhaseSpace:pTHatMin'"),
        ("Top:gg2ttbar = onn\n", r"line 1: .*neither on nor off"),
        ("Top:gg2ttbar = on\nPhaseSpace:pTHatMin = five\n", "line 2: .*not of the right kind"),
        ("Main:subrun = 1\n", "line 1: .*subruns are not supported"),
        ("! nothing\n", "holds no setting"),
        ("Beams:frameType = 4\nBeams:LHEF = gone.lhe\n", "gone.lhe, which is neither here nor beside it"),
    ],
    ids=["unknown", "flag", "number", "subrun", "empty", "lhe gone"],
)  # fmt: skip
def test_command_files_that_cannot_work(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        find_recipe(write(tmp_path / "run.cmnd", text))


def test_command_file_that_is_binary(tmp_path: Path) -> None:
    path = tmp_path / "run.cmnd"
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(BadFile, match="not a text file"):
        find_recipe(path)


def test_command_file_names_its_slha_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "model.slha", preset("gluino-gbb", m_gluino=1500, m_lsp=1).slha or "")
    path = write(tmp_path / "run.cmnd", "SUSY:gg2gluinogluino = on\nSLHA:file = model.slha\n")
    recipe, _ = find_recipe(path)
    assert "1.50000000e+03" in (recipe.slha or "")
    assert not any("SLHA" in line for line in recipe.settings)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"source": "gluino-gbt"}, UnknownName, "neither a preset nor a file. Did you mean 'gluino-g"),
        ({"source": "missing.slha"}, BadFile, "no file missing.slha"),
        ({"source": "ttbar", "slha": "x.slha"}, BadOption, "does not take slha"),
        ({"source": "ttbar", "settings": [13]}, BadOption, "settings must be lines such as"),
        ({"source": "ttbar", "energy_tev": 0}, BadOption, "energy_tev must be"),
        ({"source": "ttbar", "energy_tev": float("inf")}, BadOption, "energy_tev must be"),
    ],
)
def test_arguments_that_do_not_go_with_the_source(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        find_recipe(**arguments)


def test_slha_file_of_the_user(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.slha", preset("gluino-gtt", m_gluino=1800, m_lsp=100).slha or "")
    recipe, _ = find_recipe(path, processes="SUSY:gg2gluinogluino = on")
    with Engine(recipe, seed=3) as engine:
        table = next(engine.tables(5))
    assert ((table.status == 1) & (table.pdg_id == 1000022)).sum() == 10
    with pytest.raises(BadOption, match="takes no parameter 'm_gluino'"):
        find_recipe(path, m_gluino=3)


MINIMAL = "{modsel}BLOCK MASS\n 1000021 1500\n 1000022 1\nDECAY 1000021 0.1\n 1.0 3 1000022 5 -5\nDECAY 1000022 0\n"


@pytest.mark.parametrize(
    ("modsel", "process", "message"),
    [
        ("", "SUSY:gg2gluinogluino = on", "no BLOCK MODSEL"),
        ("BLOCK MODSEL\n 4 1\n 1 1\n", "SUSY:gg2gluinogluino = on", "the RV blocks must be there"),
        ("BLOCK MODSEL\n 1 0\n", "PartonLevel:ISR = on", "no hard process is on"),
    ],
    ids=["no MODSEL", "R-parity violation without its blocks", "no process"],
)
def test_what_pythia_refuses_is_told_with_its_words(tmp_path: Path, modsel: str, process: str, message: str) -> None:
    path = write(tmp_path / "broken.slha", MINIMAL.format(modsel=modsel))
    with pytest.raises(GenerationFailed, match=f"(?s)broken.slha: .*Pythia said: .*{message}"):
        Engine(find_recipe(path, processes=process)[0], seed=1)


def test_a_misspelt_setting_is_named() -> None:
    recipe, _ = find_recipe("ttbar", settings=["Tune:ppp = 21"])
    with pytest.raises(BadOption, match=r"knows no 'Tune:ppp'. Did you mean 'Tune:pp'"):
        Engine(recipe, seed=1)


def test_without_pythia_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "pythia8mc":
            message = "No module named 'pythia8mc'"
            raise ImportError(message)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match="python -m pip install pythia8mc"):
        rb.generate("ttbar", n=1)


# ---------------------------------------------------------------------------- LHE


def gluino_lhe(path: Path, events: int = 3, *, slha: str = "", mass: float = 1500.0) -> Path:
    """Write gluon fusion into two gluinos at right angles to the beam, 2 TeV each."""
    energy, momentum = 2000.0, (2000.0**2 - mass**2) ** 0.5
    header = f"<header>\n<slha>\n{slha}\n</slha>\n</header>\n" if slha else ""
    init = "<init>\n 2212 2212 6500. 6500. 0 0 247000 247000 3 1\n 2.0e-3 1.0e-4 1.0 1\n</init>\n"
    event = (
        "<event>\n 4 1 1.0 1500. 7.8e-3 0.1\n"
        f" 21 -1 0 0 501 502 0 0 {energy} {energy} 0 0 9\n 21 -1 0 0 503 501 0 0 {-energy} {energy} 0 0 9\n"
        f" 1000021 1 1 2 503 504 {momentum} 0 0 {energy} {mass} 0 9\n"
        f" 1000021 1 1 2 504 502 {-momentum} 0 0 {energy} {mass} 0 9\n</event>\n"
    )
    text = f'<LesHouchesEvents version="1.0">\n{header}{init}{event * events}</LesHouchesEvents>\n'
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        write(path, text)
    return path


def showered(path: Path, n: int, **options: Any) -> Any:
    recipe, lhe = find_recipe(path, **options)
    assert lhe is not None
    with Engine(recipe, seed=4, lhe=plain_lhe(lhe, path.parent)) as engine:
        return list(engine.tables(n)), engine.cross_section


def test_gluinos_of_an_lhe_file_without_decays_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(GenerationFailed, match=r"event 0 has an undecayed squark or gluino \(PDG 1000021\).*slha="):
        showered(gluino_lhe(tmp_path / "events.lhe"), 3)


@pytest.mark.parametrize("where", ["header", "argument"])
@pytest.mark.parametrize("name", ["events.lhe", "events.lhe.gz"])
def test_gluinos_of_an_lhe_file_decay_by_the_slha(tmp_path: Path, where: str, name: str) -> None:
    slha = preset("gluino-gbb", m_gluino=1500, m_lsp=200).slha or ""
    if where == "header":
        tables, cross_section = showered(gluino_lhe(tmp_path / name, slha=slha), 3)
    else:
        model = write(tmp_path / "model.slha", slha)
        tables, cross_section = showered(gluino_lhe(tmp_path / name), 3, slha=model)
    (table,) = tables
    final = table.status == 1
    assert (final & (table.pdg_id == 1000022)).sum() == 6
    assert table.mass[final & (table.pdg_id == 1000022)] == pytest.approx(200.0)
    assert cross_section[0] == pytest.approx(2e-3)


def test_a_broken_lhe_event_leaves_a_gap(tmp_path: Path) -> None:
    slha = preset("gluino-gbb", m_gluino=1500, m_lsp=200).slha or ""
    path = gluino_lhe(tmp_path / "events.lhe", 4, slha=slha)
    head, *events = path.read_text().split("<event>")
    events[1] = events[1].replace(" 504 502 ", " 504 599 ")
    write(path, "<event>".join([head, *events]))
    tables, _ = showered(path, 4)
    assert [int(e) for table in tables for e in table.event] == [0, 2, 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("LesHouchesEvents", "Events"), "no <LesHouchesEvents> element"),
        (lambda t: t.replace("</init>", ""), "no complete <init>"),
        (lambda t: t.replace(" 2212 2212 6500. 6500.", " 2212"), "two beams and their energies but with"),
        (lambda t: t[: t.rindex("1000021")], "3 events begin, 2 end"),
        (lambda t: t[: t.index("<event>")], "holds no events"),
    ],
    ids=["no root", "no init", "no beams", "cut off", "no events"],
)  # fmt: skip
def test_lhe_files_that_cannot_work(tmp_path: Path, change: Any, message: str) -> None:
    path = gluino_lhe(tmp_path / "events.lhe")
    write(path, change(path.read_text()))
    with pytest.raises(BadFile, match=message):
        find_recipe(path)


def test_a_truncated_gz_is_an_error(tmp_path: Path) -> None:
    path = gluino_lhe(tmp_path / "events.lhe.gz", 400)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadFile, match="is truncated"):
        find_recipe(path)


def test_an_lhe_file_keeps_its_energy_and_its_number_of_events(tmp_path: Path) -> None:
    path = gluino_lhe(tmp_path / "events.lhe")
    assert inspect_lhe(path).energy_tev == 13
    with pytest.raises(BadOption, match="own beam energy"):
        find_recipe(path, energy_tev=14)
    with pytest.raises(BadOption, match="holds 3 events, 4 were asked for"):
        rb.generate(path, n=4)


def test_counting_events_does_not_depend_on_where_chunks_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = gluino_lhe(tmp_path / "events.lhe", 20)
    for size in (50, 97, 1 << 20):
        monkeypatch.setattr("recastbook.events.generation.lhe_input._CHUNK", size)
        assert inspect_lhe(path).events == 20


def test_files_of_other_programs(shared_data: Any) -> None:
    expected = {"madgraph-ttbar.lhe.gz": 25, "skhep-powheg-hvq.lhe": 6, "checkmate-testfile.lhe": 100}
    for name, events in expected.items():
        assert inspect_lhe(shared_data(f"events/{name}")).events == events
    tables = list(rb.events.generation.shower_lhe(shared_data("events/skhep-powheg-hvq.lhe"), luminosity_block=4))
    assert sum(len(t) for t in tables) == 6
    assert set(tables[0].luminosityBlock.tolist()) == {4}


def test_matched_lhe_files_are_pointed_out(shared_data: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert find_recipe(shared_data("events/skhep-madgraph-Z-mlm.lhe.gz"))[1].matching  # type: ignore[union-attr]
    assert "counted twice" in caplog.text
    assert not inspect_lhe(shared_data("events/madgraph-ttbar.lhe.gz")).matching
