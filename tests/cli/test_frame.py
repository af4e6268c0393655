"""What all commands have in common: help, exit codes, one line for an error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest

from recastbook.cli import app

COMMANDS = [*app._COMMANDS, "data list"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, recastbook: Callable[..., Any]) -> None:
    said = recastbook(*name.split(), "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: recastbook {name}")
    assert said.err == ""


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "data"])
def test_every_command_has_json_and_debug(name: str, recastbook: Callable[..., Any]) -> None:
    help_text = recastbook(*name.split(), "--help").out
    assert "--json" in help_text
    assert "--debug" in help_text


def test_commands_are_those_of_the_contract() -> None:
    assert list(app._COMMANDS) == [
        "list",
        "show",
        "run",
        "generate",
        "convert",
        "fetch",
        "data",
        "lint",
        "hunt",
        "convert-model",
        "doctor",
        "new",
    ]


def test_version(recastbook: Callable[..., Any]) -> None:
    import recastbook as rb

    said = recastbook("--version")
    assert (said.code, said.out.strip()) == (0, f"recastbook, version {rb.__version__}")


def test_nothing_typed_shows_help(recastbook: Callable[..., Any]) -> None:
    said = recastbook()
    assert said.code == 2
    assert "Commands:" in said.out


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["shwo"], 2, "Did you mean 'show'?"),
        (["show"], 2, "Missing argument 'ID'"),
        (["list", "--jsno"], 2, "No such option"),
        (["run", "X", "--events", "0"], 2, "0 is not in the range"),
        (["run", "X", "--cross-section", "0.59"], 2, "not a cross section with its unit"),
        (["show", "ATLAS-SUSY-2018-3"], 1, "Did you mean 'ATLAS-SUSY-2018-30'?"),
        (["show", "atlas-susy-2018-30"], 1, "Did you mean 'ATLAS-SUSY-2018-30'?"),
        (["fetch", "nothing"], 1, "there is no search 'nothing'"),
        (["new", "../escape"], 1, "cannot be the identifier"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_line_and_an_exit_code(
    arguments: list[str], code: int, part: str, recastbook: Callable[..., Any]
) -> None:
    said = recastbook(*arguments)
    assert said.code == code
    assert said.out == ""
    assert said.err.startswith("recastbook: ")
    assert part in said.err
    assert said.err.count("\n") == 1


def test_debug_shows_the_traceback(recastbook: Callable[..., Any]) -> None:
    said = recastbook("show", "nothing", "--debug")
    assert said.code == 1
    assert "Traceback" in said.err
    assert said.err.rstrip().splitlines()[-1].startswith("recastbook: ")


def _broken(error: BaseException) -> click.Command:
    @click.command("list")
    @app.common_options
    def command(*, as_json: bool) -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (ZeroDivisionError("by\nzero"), 1, "ZeroDivisionError: by zero (unexpected; --debug shows the traceback)"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=["bug", "disk full", "interrupt"],
)
def test_unexpected_errors_are_one_line_too(
    error: BaseException, code: int, part: str, recastbook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recastbook.cli.searches.list_command", _broken(error))
    said = recastbook("list")
    assert said.code == code
    assert part in said.err
    assert said.err.strip().count("\n") == 0


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """``recastbook list | head -1``."""
    code = "import sys; from recastbook.cli import main; sys.exit(main(['doctor']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert "Traceback" not in said


def test_help_imports_no_physics() -> None:
    code = (
        "import sys; from recastbook.cli import main; main(['--help']);"
        "heavy = {'numpy', 'awkward', 'coffea', 'matplotlib', 'onnxruntime', 'rich'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
