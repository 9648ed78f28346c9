"""What the commands share: their options, the clock, and how the value of an option is read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from tracker.cli import output
from tracker.errors import ConfigError, StoreError, TrackerError

F = TypeVar("F", bound=Callable[..., Any])
V = TypeVar("V")
P = TypeVar("P", Path, Path | None)

_AGO = r"(\d{1,5})\s*(min|[mhdw])"
_BEGUN = r"\d{4}(-\d\d)?"
_SPAN = r"(\d{1,6}(?:\.\d{1,3})?)\s*(s|sec|m|min|h|d)?"
_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_LONGEST = 2 * 365 * 86_400  # seconds of a span: what is longer is a slip of the keys
NOT_SET = datetime(2020, 1, 1, tzinfo=UTC)  # a clock that says less was not set since the machine was started
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def reachable(ctx: click.Context, param: click.Parameter, value: P) -> P:
    """A path that leads somewhere, and of which this user may know whether there is something."""
    try:
        if value is not None:
            value.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # whoever needs it says so
    except OSError as error:
        kind = ConfigError if param.name == "feeds" else StoreError
        raise kind(f"{value}: cannot be reached: {error.strerror}") from error
    return value


FILE: Any = click.Path(dir_okay=False, readable=False, path_type=Path)  # whoever opens it says so


def _place(name: str, default: str, help_: str) -> Callable[[F], F]:
    """A file that all commands find at the same place unless they are told another."""
    return click.option(
        f"--{name}", type=FILE, callback=reachable, default=Path(default), envvar=f"TRACKER_{name.upper()}",
        show_envvar=True, show_default=True, help=help_,
    )  # fmt: skip


db_option = _place("db", "data/tracker.db", "The database.")
feeds_option = _place("feeds", "feeds.yaml", "The vendors and their sources.")
author_option = click.option(
    "--author", envvar="TRACKER_AUTHOR", show_envvar=True, metavar="NAME", help="Who says so; by default your login."
)


def author(given: str | None) -> str:
    """Who says so: as given, else the login, else the number of a user who has no name on this machine."""
    import getpass

    try:
        return given or getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"


def data(ctx: click.Context, param: click.Parameter, value: V) -> V:
    """An option that asks for data: whatever the locale, stdout is UTF-8 then."""
    if value:
        output.data_on_stdout()
    return value


def needs(module: str, package: str) -> Callable[[click.Context, click.Parameter, V], V]:
    """The callback of an option that needs what only an extra brings; a usage error says how to get it."""

    def checked(ctx: click.Context, param: click.Parameter, value: V) -> V:
        from importlib.util import find_spec

        if value is not None and find_spec(module) is None:
            raise click.UsageError(without(param.opts[0], package), ctx)
        return value

    return checked


def without(what: str, package: str) -> str:
    """What to say where an option or a command lacks its package, and how it comes to where this program is."""
    import shlex

    return f"{what} needs {package}: {shlex.join([sys.executable, '-m', 'pip', 'install', package])}"


def file_option(name: str, help_: str, **more: Any) -> Callable[[F], F]:
    """An option for what is to be written into a file, or to stdout (``-``); its value is ``NAME_file``."""
    kind = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
    return click.option(f"--{name}", f"{name}_file", type=kind, metavar="FILE", help=help_, **more)


html_option = file_option("html", "Write a page to FILE; - is stdout.")
json_option = click.option("--json", "as_json", is_flag=True, callback=data, help="JSON on stdout.")


def now() -> datetime:
    """The clock of the program: no other file of it asks for the time."""
    return datetime.now(UTC)


def set_clock() -> datetime:
    """The same for whoever polls; TrackerError at boot, before the network has told it: the record would keep it."""
    when = now()
    if when < NOT_SET:
        raise TrackerError(f"the clock of this machine says {when:%Y-%m-%d}; nothing is polled until it is set")
    return when


def zone(ctx: click.Context, param: click.Parameter, value: str | None) -> tzinfo | None:
    """An IANA zone; ``local`` (or nothing) is None: the zone of this machine. A usage error names the nearest."""
    if value is None or value.lower() == "local":
        return _of_this_machine()
    if value.upper() in ("UTC", "Z"):
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = _near(value, sorted(available_timezones()))
        raise click.BadParameter(f"{value!r} is no time zone{hint}", ctx, param) from None


def _of_this_machine() -> tzinfo | None:
    """None; UTC where the zone of this machine is a day or more from it (TZ=UTC+25), which no datetime can hold."""
    try:
        now().astimezone()
    except ValueError:
        return UTC
    return None


# Eager, because dates without zone are meant in it.
tz_option = click.option(
    "--tz",
    callback=zone,
    default="local",
    show_default=True,
    is_eager=True,
    metavar="ZONE",
    help="The zone of times: local, UTC, Europe/Paris, …",
)


def moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """``7d``, ``12h`` (ago), ISO 8601, or the beginning of ``2022``, ``2022-04``, ``2022-04-28`` in --tz; aware UTC."""
    if value is None:
        return None
    try:
        when = _moment(value.strip(), ctx.params.get("tz"))
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{value!r} is no time; write 7d, 12h, 30m (ago), 2022-04, 2022-04-28 or 2022-04-28T21:17Z", ctx, param
        ) from None
    span = ctx.params | {param.name: when}  # whichever of the two was written first
    if span.get("since") and span.get("until") and span["until"] <= span["since"]:
        raise click.UsageError(
            "--until is not after --since, so nothing lies between; one day is --since 2022-04-28 --until 2022-04-29",
            ctx,
        )
    return when


def past_moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """The same, of what has been."""
    when = moment(ctx, param, value)
    if when is not None and when > now():
        raise click.BadParameter(f"{value!r} is still to come", ctx, param)
    return when


def _moment(value: str, zone: tzinfo | None) -> datetime:
    if ago := re.fullmatch(_AGO, value.lower()):
        return now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    when = datetime.fromisoformat(f"{value}-01-01"[:10] if re.fullmatch(_BEGUN, value) else value)
    if when.tzinfo is None:
        # None is this machine's zone: astimezone() reads a time without zone so.
        when = when.astimezone() if zone is None else when.replace(tzinfo=zone)
    return when.astimezone(UTC)


def seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """``50s``, ``2m``, ``1h``, ``1d`` or a number of seconds: above 0, two years at most."""
    if value is None:
        return None
    span = re.fullmatch(_SPAN, value.strip(), re.IGNORECASE)
    found = float(span[1]) * _SECONDS[(span[2] or "").lower()] if span else 0.0
    if not 0 < found <= _LONGEST:
        raise click.BadParameter(f"{value!r} is no span of time; write 50s, 2m or 1h, two years at most", ctx, param)
    return found


budget_option = click.option(
    "--budget", callback=seconds, metavar="SPAN", help="Stop in order after this long (50s, 2m); the rest stays due."
)
contact_option = click.option(
    "--contact",
    envvar="TRACKER_CONTACT",
    show_envvar=True,
    metavar="WORDS",
    help="Whom the servers may write to, for the User-Agent: an address or a URL.",
)


def environ() -> set[str]:
    """The names of the environment variables that hold something."""
    return {name for name, value in os.environ.items() if value.strip()}


watch_option = click.option(
    "--watch", metavar="NAME", help="Only what this filter lets pass: an entry of `watch:` in feeds.yaml."
)


vendors = click.argument("vendors", nargs=-1, metavar="[VENDOR]...")


def _words(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """What is searched for, each word by its beginning; none where nothing is."""
    words = tuple((value or "").encode("utf-8", "replace").decode().split())
    if value is not None and not words:
        raise click.BadParameter("there is no word in it", ctx, param)
    return words


def selection(command: F) -> F:
    """The options of the commands that choose incidents: vendors, time, only open, maintenance."""
    for option in reversed(
        (
            vendors,
            tz_option,
            click.option("--since", callback=moment, metavar="TIME", help="From then on: 7d, 2022-04, 2022-04-28, …"),
            click.option("--until", callback=moment, metavar="TIME", help="Before then, written the same way."),
            click.option("--open", "open_only", is_flag=True, help="Only what is open."),
            click.option("--search", callback=_words, metavar="WORDS", help="Only where an announcement has them all."),
            watch_option,
            click.option("--maintenance", is_flag=True, help="Planned work too."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def _near(word: str, known: Collection[str]) -> str:
    from tracker.config.mistakes import nearest

    zones = {name.rpartition("/")[2]: name for name in known} | {name: name for name in known}
    near = nearest(word, zones, 0.75)
    return f"; did you mean {zones[near]}?" if near else "; write local, UTC or a name such as Europe/Paris"
