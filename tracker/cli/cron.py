"""The crontab line and the systemd timer for this installation: printed, never installed."""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import click

from tracker.cli import choosing, options

BUDGET = "50s"  # of a minute
KINDS = ("crontab", "service", "timer")
_TIMER = (  # a unit of systemd.timer(5): every minute, no run caught up
    "[Unit]\nDescription=tracker collects every minute\n\n"
    "[Timer]\nOnCalendar=minutely\nAccuracySec=1s\nPersistent=false\n\n"
    "[Install]\nWantedBy=timers.target\n"
)


@click.command("cron")
@click.argument("kind", required=False, type=click.Choice(KINDS))
@options.db_option
@options.feeds_option
def cron_(kind: str | None, db: Path, feeds: Path) -> None:
    """Print a crontab line and a systemd timer for `collect`.

    They fit this installation; nothing is installed. Name one to print it alone:

    \b
      (crontab -l; tracker cron crontab) | crontab -
    """
    secrets = sorted(
        {source.token for vendor in choosing.load_feeds(feeds) for source in vendor.sources if source.token}
    )
    command = [*_program(), "collect", "--budget", BUDGET, "--db", str(db.resolve()), "--feeds", str(feeds.resolve())]
    command = [os.fsencode(word).decode("utf-8", "surrogateescape") for word in command]
    for word in command:
        if any(mark in word for mark in "\r\n\0"):
            raise click.UsageError(f"a path with a line break cannot stand in a crontab: {word!r}")
    parts = {"crontab": _crontab(command, secrets), "service": _service(command, secrets), "timer": _TIMER}
    printed = parts[kind] if kind else _all(**parts)
    click.echo(printed.encode("utf-8", "surrogateescape"), nl=False)  # the bytes of a path, whatever the locale


def _program() -> list[str]:
    """This very program, whatever the PATH of cron."""
    beside = Path(sysconfig.get_path("scripts"), "tracker")
    if beside.is_file():
        return [str(beside)]
    return [sys.executable, "-m", "tracker"]


def _all(crontab: str, service: str, timer: str) -> str:
    return (
        f"# for `crontab -e`\n{crontab}\n"
        f"# or, with systemd, as ~/.config/systemd/user/tracker.service\n{service}\n"
        "# and ~/.config/systemd/user/tracker.timer, then: systemctl --user enable --now tracker.timer\n"
        "# and: loginctl enable-linger   (systemd ends a user's timers with the last session otherwise)\n"
        f"{timer}"
    )


def _crontab(command: Sequence[str], secrets: Sequence[str]) -> str:
    """A line of crontab(5), where ``%`` ends a command unless it is escaped."""
    needed = "".join(f"# {secret}=…   the token that feeds.yaml names\n" for secret in secrets)
    return f"{needed}* * * * * {shlex.join(command)}\n".replace("%", r"\%")


def _service(command: Sequence[str], secrets: Sequence[str]) -> str:
    """A unit of systemd.service(5): it takes its words in double quotes, and ``%`` and ``$`` double.

    But the name of a program may hold no quotes and is taken with every ``$``; ``env`` takes any.
    """
    through = ("/usr/bin/env",) if set(command[0]) & set("\"'\\$") else ()
    words = " ".join(f'"{_escaped(word)}"' for word in (*through, *command))
    needed = "".join(f"# Environment={secret}=…   the token that feeds.yaml names\n" for secret in secrets)
    return (
        "[Unit]\nDescription=The record of what official accounts say when services break\n"
        "Wants=network-online.target\nAfter=network-online.target\n\n"
        f"[Service]\nType=oneshot\n{needed}ExecStart={words}\n"
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
