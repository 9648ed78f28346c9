"""The command line: the clock, the terminal and the exit codes live here.

A command's file is imported only when the command is asked for, and imports only what it uses, so that
``tracker timeline`` starts at once. A TrackerError is one line on stderr and an exit code.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from tracker import __version__
from tracker.errors import AskError, ConfigError, OutputError, StoreError, TrackerError
from tracker.show.clean import clean

_COMMANDS = {
    "init": "collecting",
    "collect": "collecting",
    "backfill": "backfilling",
    "timeline": "reading",
    "incidents": "reading",
    "show": "showing",
    "sources": "sources",
    "check": "checking",
    "stats": "counting",
    "correct": "correcting",
    "classify": "judging",
    "evaluate": "judging",
    "read": "documents",
    "import": "moving",
    "export": "moving",
    "backup": "moving",
    "rebuild": "collecting",
    "forget": "collecting",
    "detect": "detecting",
    "cron": "cron",
    "demo": "demo",
    "browse": "browse",
}
# Over before there is garbage to collect: searching for some takes a tenth of them.
_BRIEF = ("reading", "showing", "sources", "checking")
_NEW = 20_000  # objects more than before, until the others search for some: they make hardly any, and much that is none
EXIT_AFFECTED, EXIT_UNKNOWN = 1, 3  # of `check`
EXIT_FAILED, EXIT_USAGE, EXIT_STORE, EXIT_BROKEN = 1, 2, 4, 5
EXIT_LEFT, EXIT_STOPPED = 128 + 13, 128 + 2  # as the shell counts SIGPIPE and SIGINT


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
        if home not in _BRIEF:
            gc.set_threshold(_NEW)
            gc.enable()
        module = import_module(f"tracker.cli.{home}")
        command: click.Command = getattr(module, f"{cmd_name}_")
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; of an option before the command it is said where it belongs."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(f"{error.format_message()} Options stand behind the command.", ctx) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; a word that is no command is answered with the nearest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from tracker.config.mistakes import nearest

            near = nearest(args[0], _COMMANDS)
            if near is None or "did you mean" in error.message.lower():
                raise
            raise click.UsageError(f"{error.message} Did you mean {near!r}?", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses is said in one line on stderr."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            error.message = clean(error.message)  # type: ignore[misc]
            raise
        except TrackerError as error:
            click.echo(f"tracker: {clean(str(error))}", err=True)
            ctx.exit(exit_code(error))
        except UnicodeEncodeError as error:
            if not "\udc80" <= error.object[error.start] <= "\udcff":  # how Python keeps a byte that is no UTF-8
                raise
            raise click.UsageError(f"{clean(error.object)!r} is no UTF-8") from None
        except BrokenPipeError as error:  # which click would end with 1
            ctx.exit(_broken(error))


def exit_code(error: Exception) -> int:
    """2: feeds.yaml or what was asked is wrong; 4: the database cannot be used; 5: output, or a bug of ours; else 1."""
    if isinstance(error, click.ClickException):
        return error.exit_code
    return next((code for kind, code in _EXITS.items() if isinstance(error, kind)), EXIT_BROKEN)


_EXITS: dict[type[TrackerError], int] = {  # the first that fits
    ConfigError: EXIT_USAGE,
    AskError: EXIT_USAGE,
    StoreError: EXIT_STORE,
    OutputError: EXIT_BROKEN,
    TrackerError: EXIT_FAILED,
}


@click.group(cls=Tracker, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tracker")
def cli() -> None:
    """The open record of what official accounts say when their services break.

    Begin with `tracker demo`: it shows all of it in a few seconds, without a network.
    """


def main() -> None:
    """The console command: what a terminal cannot print becomes '?', a closed pipe ends the run quietly.

    A mistake of the program never ends with 1, which for ``tracker check`` means that a vendor is affected.
    """
    gc.disable()  # until a command is chosen that goes on for long
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = cli(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort as error:
        click.echo("Aborted!", err=True)
        code = EXIT_STOPPED if isinstance(error.__cause__, KeyboardInterrupt) else EXIT_FAILED
    except Exception as error:  # Python 3.11 makes one of a Ctrl-C in the midst of a class
        code = EXIT_STOPPED if isinstance(error.__cause__, KeyboardInterrupt) else _broken(error)
    sys.exit(code)


def _open_streams() -> None:
    """What the caller closed is there all the same: nothing to read, no ear for errors, and a stdout that refuses."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _broken(error: Exception) -> int:
    """Say what went wrong, and leave nothing that is written at the end: who reads a pipe may leave it unread."""
    with contextlib.suppress(OSError):
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            where = f"{error.filename}: " if error.filename else "the output cannot be written: "
            click.echo(f"tracker: {where}{error.strerror or error}", err=True)
        elif not isinstance(error, OSError):
            sys.excepthook(type(error), error, error.__traceback__)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    return EXIT_LEFT if isinstance(error, BrokenPipeError) else EXIT_BROKEN
