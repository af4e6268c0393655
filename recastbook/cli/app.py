"""The command group: commands are imported when they are used, errors are one line, exit codes mean something."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from recastbook.exceptions import RecastbookError
from recastbook.version import __version__

__all__ = ["common_options", "main"]

# command -> (module, one line for the list of commands); help texts stand in the modules
_COMMANDS = {
    "list": ("recastbook.cli.searches", "Show all searches."),
    "show": ("recastbook.cli.searches", "Show one search: paper, regions, options, network, tables."),
    "run": ("recastbook.cli.run", "Run a search on events and say what it excludes."),
    "generate": ("recastbook.cli.events", "Generate events with Pythia."),
    "convert": ("recastbook.cli.events", "Convert event files into a recastbook event file."),
    "fetch": ("recastbook.cli.data", "Fetch and verify the files that a search needs."),
    "data": ("recastbook.cli.data", "Look at data files."),
    "lint": ("recastbook.cli.lint", "Hold a model card against the checklist for reusable networks."),
    "hunt": ("recastbook.cli.hunt", "Find the convention that a dump of network inputs breaks."),
    "convert-model": ("recastbook.cli.convert_model", "Convert a model of another format to ONNX and compare the two."),
    "doctor": ("recastbook.cli.machine", "Show versions, machine, data files and what is missing."),
    "new": ("recastbook.cli.new", "Write the skeleton of a package with a new search."),
}

Command = TypeVar("Command", bound=Callable[..., Any])


class _LazyGroup(click.Group):
    """Knows its commands by name; ``--help`` and ``--version`` import none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from recastbook.exceptions import did_you_mean

            hint = did_you_mean(args[0], _COMMANDS)
            message = f"{error.message.rstrip('.')}.{hint}" if "Did you mean" not in error.message else error.message
            raise click.UsageError(message, ctx) from None


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, prog_name="recastbook")
def _group() -> None:
    """Recast LHC searches that contain machine learning.

    \b
    recastbook list                              which searches there are
    recastbook run ATLAS-SUSY-2018-30            on the built-in events
    recastbook run ATLAS-SUSY-2018-30 my.hepmc.gz --cross-section '0.59 fb'
    """  # noqa: D301 - \b is how click is told to keep line breaks


def common_options(command: Command) -> Command:
    """Give a command ``--json`` and ``--debug``."""
    command = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines, and nothing else.")(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 success, 1 an error, 2 wrong usage, 130 interrupted.

    Parameters
    ----------
    arguments
        What was typed after ``recastbook``; by default the arguments of this process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        outcome = _group.main(args=given, prog_name="recastbook", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.UsageError as error:
        where = f" (see recastbook {error.ctx.info_name} --help)" if error.ctx and error.ctx.parent else ""
        return _fail(error.format_message() + where, 2)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", 130)
    except BrokenPipeError:
        # the reader went away (`recastbook list | head -1`); nothing can be written any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except RecastbookError as error:
        return _fail(str(error), 1, given)
    except Exception as error:  # noqa: BLE001 - the last place before the user; --debug shows all of it
        return _fail(f"{type(error).__name__}: {error} (unexpected; --debug shows the traceback)", 1, given)
    return outcome if isinstance(outcome, int) else 0


def _fail(message: str, code: int, arguments: Sequence[str] = ()) -> int:
    if "--debug" in arguments:
        traceback.print_exc()
    click.echo(f"recastbook: {' '.join(message.split())}", err=True)
    return code
