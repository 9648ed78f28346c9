"""What the commands share: their options, the clock, and how a word of the user becomes a value."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from tracker.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from tracker.models import Incident, Vendor, Watch
    from tracker.store import Reader, Store

F = TypeVar("F", bound=Callable[..., Any])
V = TypeVar("V")
PIPED_WIDTH = 80  # what is piped looks the same whatever terminal stands behind it

_PART, _MOST_MEANT = 3, 5  # letters of a vendor's name that are a part of it; vendors that may be meant by one

_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EBUSY)  # the folder, the file's group or owner; a file that is mounted

_AGO = r"(\d{1,5})\s*(min|[mhdw])"
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _reachable(ctx: click.Context, param: click.Parameter, value: Path) -> Path:
    """A path of which this user may know whether there is something."""
    try:
        value.stat()
    except PermissionError as error:
        kind = ConfigError if param.name == "feeds" else StoreError
        raise kind(f"{value}: cannot be reached: {error.strerror}") from error
    except OSError:
        pass  # nothing is there: whoever needs it says so
    return value


db_option = click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_reachable,
    default=Path("data/tracker.db"),
    envvar="TRACKER_DB",
    show_envvar=True,
    show_default=True,
    help="The database.",
)
feeds_option = click.option(
    "--feeds",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_reachable,
    default=Path("feeds.yaml"),
    envvar="TRACKER_FEEDS",
    show_envvar=True,
    show_default=True,
    help="The vendors and their sources.",
)
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
        data_on_stdout()
    return value


def data_on_stdout() -> None:
    """What programs read is UTF-8 whatever the locale; only what people read loses what a terminal cannot print."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")


def needs(module: str, extra: str) -> Callable[[click.Context, click.Parameter, V], V]:
    """The callback of an option that needs what only the extra brings; a usage error says how to get it."""

    def checked(ctx: click.Context, param: click.Parameter, value: V) -> V:
        from importlib.util import find_spec

        if value is not None and find_spec(module) is None:
            raise click.UsageError(without(param.opts[0], extra), ctx)
        return value

    return checked


def without(option: str, extra: str) -> str:
    """What to say where an option lacks its extra."""
    return f"{option} needs an extra; in the checkout: .venv/bin/pip install -e '.[{extra}]'"


json_option = click.option("--json", "as_json", is_flag=True, callback=data, help="JSON on stdout.")


def now() -> datetime:
    """The clock of the program: no other file of it asks for the time."""
    return datetime.now(UTC)


def zone(ctx: click.Context, param: click.Parameter, value: str | None) -> tzinfo | None:
    """An IANA zone; ``local`` (or nothing) is None: the zone of this machine. A usage error names the nearest."""
    if value is None or value.lower() == "local":
        return None
    if value.upper() in ("UTC", "Z"):
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = _near(value, sorted(available_timezones()))
        raise click.BadParameter(f"{value!r} is no time zone{hint}", ctx, param) from None


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
    """``7d``, ``12h`` (ago), ``2022-04-28`` (its midnight in --tz) or ISO 8601, as aware UTC."""
    if value is None:
        return None
    try:
        when = _moment(value.strip(), ctx.params.get("tz"))
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{value!r} is no time; write 7d, 12h, 30m (ago), 2022-04-28 or 2022-04-28T21:17Z", ctx, param
        ) from None
    span = ctx.params | {param.name: when}  # whichever of the two was written first
    if span.get("since") and span.get("until") and span["until"] <= span["since"]:
        raise click.UsageError(
            "--until is not after --since, so nothing lies between; one day is --since 2022-04-28 --until 2022-04-29",
            ctx,
        )
    return when


def _moment(value: str, zone: tzinfo | None) -> datetime:
    if ago := re.fullmatch(_AGO, value.lower()):
        return now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    when = datetime.fromisoformat(value)
    if when.tzinfo is None:
        # None is this machine's zone: astimezone() reads a time without zone so.
        when = when.astimezone() if zone is None else when.replace(tzinfo=zone)
    return when.astimezone(UTC)


watch_option = click.option(
    "--watch", metavar="NAME", help="Only what this filter lets pass: an entry of `watch:` in feeds.yaml."
)


def choose_watch(feeds: Path, name: str | None) -> Watch | None:
    """The watch of that name in feeds.yaml, None where none is asked for; a near-miss is a usage error."""
    if name is None:
        return None
    if not feeds.exists():
        raise ConfigError(f"{feeds}: no such file; --watch {name} names an entry of its `watch:`")
    from tracker import config, platforms

    watches = config.load_watches(feeds, platforms.names())
    if name not in watches:
        near = nearest(name, watches)
        known = f"did you mean {near!r}?" if near else f"{feeds} has {', '.join(watches) or 'no `watch:`'}"
        raise click.UsageError(f"no watch {name!r}; {known}")
    return watches[name]


def watched(incidents: tuple[Incident, ...], watch: Watch | None) -> tuple[Incident, ...]:
    """Those that a watch asks for, each with the steps that it asks for; all where there is no watch."""
    if watch is None:
        return incidents
    return tuple(found for incident in incidents if (found := watch.of(incident)) is not None)


def vendors(command: F) -> F:
    """The vendors that a command is asked of, as words after it or by an option: it is given all as ``vendors``."""

    @wraps(command)
    def asked(*args: Any, vendors: tuple[str, ...], more_vendors: tuple[str, ...], **given: Any) -> Any:
        return command(*args, vendors=(*vendors, *more_vendors), **given)

    option = click.option(
        "--vendor", "more_vendors", multiple=True, metavar="VENDOR", help="A vendor; may be repeated."
    )
    return cast(F, click.argument("vendors", nargs=-1, metavar="[VENDOR]...")(option(asked)))


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
            click.option("--since", callback=moment, metavar="TIME", help="From then on: 7d, 2022-04-28, ISO 8601."),
            click.option("--until", callback=moment, metavar="TIME", help="Before then, written the same way."),
            click.option("--open", "open_only", is_flag=True, help="Only what is open."),
            click.option("--search", callback=_words, metavar="WORDS", help="Only where an announcement has them all."),
            watch_option,
            click.option("--maintenance", is_flag=True, help="Planned work too."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def open_store(db: Path, *, write: bool = False, older: bool = False) -> Store:
    """The database that must be there; a missing one is answered with what to do."""
    from tracker.store import Store

    return Store.open(_there(db), write=write, older=older)


def open_reader(db: Path) -> Reader:
    """The same for those who only read what is derived: it starts at once."""
    from tracker.store import Reader

    return Reader.open(_there(db), write=False)


def _there(db: Path) -> Path:
    if not db.exists():
        raise StoreError(f"{db}: no such database; `tracker collect` makes it, `tracker demo` shows what is in one")
    return db


def load_feeds(feeds: Path) -> tuple[Vendor, ...]:
    """The vendors of feeds.yaml; ConfigError with the remedy where there is none."""
    from tracker import config, platforms

    return config.load(feeds, platforms.names())


def choose_vendors(
    store: Reader | None, feeds: Path, wanted: Iterable[str], watch: Watch | None = None
) -> tuple[str, ...]:
    """Slugs of the vendors that the user named by slug or name, and those of the watch; () asks for all.

    A near-miss is a usage error with the nearest. No ``store``: before the first run only feeds.yaml knows any.
    """
    wanted = (*wanted, *(watch.vendors if watch else ()))
    if not wanted:
        return ()
    known = store.vendor_names(wanted) if store else {}
    if store and not known.keys() >= {*wanted}:  # not all are slugs as we write them
        known = store.vendor_names()
    found = [word if word in known else _vendor(word, known) for word in wanted]
    if None in found and (feeds.exists() or not store):
        configured = {each.slug: each.name for each in load_feeds(feeds)}
        found = [slug or _vendor(word, configured) for word, slug in zip(wanted, found, strict=True)]
        known |= configured
    for word, slug in zip(wanted, found, strict=True):
        if slug is None:
            today = store.vendors_today(word) if store else []
            raise click.UsageError(f"no vendor {word!r}{_near_vendor(word, known, today)}")
    return tuple(dict.fromkeys(slug for slug in found if slug))


def vendors_among(vendors: Iterable[Vendor], wanted: Iterable[str]) -> tuple[str, ...]:
    """Slugs of those that the user named by slug or name; a near-miss is a usage error with the nearest."""
    names = {vendor.slug: vendor.name for vendor in vendors}
    found: dict[str, None] = {}
    for word in wanted:
        if (slug := _vendor(word, names)) is None:
            raise click.UsageError(f"no vendor {word!r}{_near_vendor(word, names, [])}")
        found[slug] = None
    return tuple(found)


def _vendor(word: str, names: Mapping[str, str]) -> str | None:
    folded = word.casefold()
    return next((slug for slug, name in names.items() if folded in (slug.casefold(), name.casefold())), None)


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one that was most likely meant, None where none is as much alike (0..1)."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), 1, likeness)), None)


def _near_vendor(word: str, names: Mapping[str, str], today: list[str]) -> str:
    """Those that it is ``today``; else those of whose slug or name it is a part, those that begin with it first.

    Else the nearest.
    """
    slugs = {known.casefold(): slug for slug, name in names.items() for known in (slug, name)}
    part = word.casefold().strip()
    holding = sorted((name for name in slugs if part in name), key=lambda name: not name.startswith(part))
    likely = today or (list(dict.fromkeys(slugs[name] for name in holding)) if len(part) >= _PART else [])
    if not likely and (near := nearest(part, slugs)):
        likely = [slugs[near]]
    if likely:
        *most, last = map(repr, likely[:_MOST_MEANT])
        return f"; did you mean {', '.join(most)}{' or ' if most else ''}{last}?"
    return "; none is known yet" if not slugs else f"; `tracker sources` lists all {len(set(slugs.values()))}"


def _near(word: str, known: Sequence[str]) -> str:
    folded = {name.rpartition("/")[2].casefold(): name for name in known} | {name.casefold(): name for name in known}
    near = nearest(word.casefold(), folded, 0.75)
    return f"; did you mean {folded[near]}?" if near else "; write local, UTC or a name such as Europe/Paris"


def write(lines: Iterable[str]) -> None:
    """Lines to stdout, flushed once: a closed pipe is noticed here and ends the run quietly."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def read_file(file: Path, option: str) -> str:
    """The text of the file that an option names, empty where it is not there yet."""
    try:
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    except OSError as error:
        raise click.UsageError(f"{option} {file}: {error.strerror}") from error


def write_file(file: Path, text: str, option: str, *, over: bool = False) -> None:
    """The text into the file that an option names, at once and whole, whoever reads it meanwhile; newlines stay.

    ``over``: written over what it holds, for which a full disk has room. A usage error where it cannot be written, or
    is a database.
    """
    from tracker.store.opening import is_database

    try:
        if is_database(file):
            raise click.UsageError(f"{option} {file}: is a database, which it would destroy")
        if file.exists() and not file.is_file():  # a device or a pipe, which a file in its place would break for all
            file.write_text(text, encoding="utf-8", newline="")
        elif over and file.exists():
            _write_over(file, text)
        else:
            _put(file.resolve(), text)  # where a link leads to
    except FileNotFoundError as error:
        raise click.UsageError(f"{option} {file}: there is no folder {file.resolve().parent}") from error
    except OSError as error:
        raise click.UsageError(f"{option} {file}: {error.strerror}") from error


def _write_over(file: Path, text: str) -> None:
    with file.open("r+", encoding="utf-8", errors="replace", newline="") as there:
        there.write(text)
        there.truncate()


def _put(file: Path, text: str) -> None:
    """The text in place of what the file held, readable to those who could read that; over it where that is refused.

    The same text keeps its date, by which a web server tells whoever asks again that nothing is new.
    """
    if file.exists() and file.read_bytes() == text.encode():
        return
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="")
        if file.exists():
            held = file.stat()
            if os.name == "posix":
                os.chown(new, held.st_uid, held.st_gid)
            new.chmod(held.st_mode)
        new.replace(file)
    except OSError as error:
        if error.errno not in _NOT_OURS or not file.exists():
            raise
        _write_over(file, text)
    finally:
        new.unlink(missing_ok=True)


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None] | None]:
    """One line on stderr that is written over, and taken away however it ends; None where none can be written over."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from tracker.show.clean import shorten

    def say(text: str) -> None:
        click.echo(f"\r\x1b[2K{shorten(text, terminal_width() - 1)}", err=True, nl=False)

    try:
        yield say
    finally:
        say("")


def changed(ids: Sequence[str]) -> str:
    """What a person's word changed, in words."""
    from tracker.show.clean import clean_line

    return f"changed: {clean_line(', '.join(ids))}" if ids else "nothing changed by it"


def terminal_width() -> int:
    """The columns to write in."""
    if not sys.stdout.isatty():
        return PIPED_WIDTH
    from shutil import get_terminal_size

    return get_terminal_size((PIPED_WIDTH, 24)).columns


def in_colour() -> bool:
    """True on a terminal, unless NO_COLOR asks for none (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
