"""The command line: the clock, the terminal and the exit codes live here.

A command's file is imported only when the command is asked for, and imports only what it uses, so that
``tracker timeline`` starts at once. A TrackerError is one line on stderr and an exit code.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import click

from tracker import __version__
from tracker.errors import ConfigError, StoreError, TrackerError

_COMMANDS = {
    "init": "collecting",
    "collect": "collecting",
    "timeline": "reading",
    "incidents": "reading",
    "show": "reading",
    "sources": "reading",
    "check": "reading",
    "stats": "counting",
    "correct": "correcting",
    "classify": "judging",
    "evaluate": "judging",
    "read": "judging",
    "import": "collecting",
    "export": "collecting",
    "backup": "collecting",
    "rebuild": "collecting",
    "forget": "collecting",
    "cron": "cron",
    "demo": "demo",
    "browse": "browse",
}
_BRIEF = "reading"  # its commands are over before there is garbage to collect: searching for some takes a tenth of them
EXIT_FAILED, EXIT_USAGE, EXIT_STORE = 1, 2, 4


class Tracker(click.Group):
    """The group of commands, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which people meet them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in _COMMANDS:
            return None
        home = _COMMANDS[cmd_name]
        if home != _BRIEF:
            gc.enable()
        module = import_module(f"tracker.cli.{home}")
        command: click.Command = getattr(module, f"{cmd_name}_")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; a word that is no command is answered with the nearest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, 1)
            if not near or "did you mean" in error.message.lower():
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses is said in one line on stderr."""
        try:
            return super().invoke(ctx)
        except TrackerError as error:
            click.echo(f"tracker: {error}", err=True)
            ctx.exit(exit_code(error))


def exit_code(error: TrackerError) -> int:
    """2 where feeds.yaml is wrong, 4 where the database cannot be used, else 1."""
    if isinstance(error, ConfigError):
        return EXIT_USAGE
    return EXIT_STORE if isinstance(error, StoreError) else EXIT_FAILED


@click.group(cls=Tracker, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tracker")
def cli() -> None:
    """The open record of what official accounts say when their services break.

    `tracker demo` shows the whole way in a few seconds, without network.
    """


def main() -> None:
    """The console command: what a terminal cannot print becomes '?', a closed pipe ends the run quietly."""
    gc.disable()  # until a command is chosen that goes on for long
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    cli()
