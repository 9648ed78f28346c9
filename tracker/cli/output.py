"""What the commands say and write: lines on stdout, files at once and whole, one line that tells how far they are."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.errors import OutputError
from tracker.show.clean import clean_line, shorten

if TYPE_CHECKING:
    from tracker.collect import Report
    from tracker.show.text import Sheet

MOST_SAID = 50  # problems of one run, a line each: where the network is down, all sources are in trouble at once
_MANY = 4  # sources with one and the same problem, which share a line
_HOST = re.compile(r"^(unreachable: (?:[a-z ]+: )?)\S*[.:]\S* ")  # the first word of what is wrong with a host
PIPED_WIDTH = 80  # what is piped looks the same whatever terminal stands behind it
_UNCUT = 10_000  # columns: more than anything has
_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EBUSY)  # the folder, the file's group or owner; a file that is mounted


def data_on_stdout() -> None:
    """What programs read is UTF-8 whatever the locale; only what people read loses what a terminal cannot print."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")


def write(lines: Iterable[str]) -> None:
    """Lines to stdout, flushed once: a closed pipe is noticed here and ends the run quietly."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_json(values: Iterable[Mapping[str, Any]]) -> None:
    """A line of JSON a value."""
    from tracker.show import json

    write(map(json.dumps, values))


def say(words: str) -> None:
    """A line for whoever runs the command, on stderr."""
    click.echo(clean_line(words), err=True)


def trouble(words: str) -> None:
    """The same of what went wrong, with the name of the program, as the mail of cron needs it."""
    say(f"tracker: {words}")


def read_file(file: Path, option: str) -> str:
    """The text of the file that an option names, empty where there is none yet; a device keeps nothing."""
    try:
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    except OSError as error:
        raise click.UsageError(f"{option} {file}: {error.strerror}") from error


def write_file(file: Path, text: str, option: str, *, over: bool = False) -> None:
    """The text into the file that an option names, at once and whole, whoever reads it meanwhile; newlines stay.

    ``-`` is stdout. ``over``: written over what it holds, for which a full disk has room. A usage error where it is a
    database or a feeds.yaml, or its folder is missing; OutputError where it cannot be written.
    """
    if str(file) == "-" and not over:
        data_on_stdout()
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        if what := precious(file):
            raise click.UsageError(f"{option} {file}: is {what}, which it would destroy")
        if file.exists() and not file.is_file():  # a device or a pipe, which a file in its place would break for all
            file.write_text(text, encoding="utf-8", newline="")
        elif over and file.exists():
            _write_over(file, text)
        else:
            _put(Path(os.path.realpath(file)), text)  # where a link leads to; one that leads to itself is replaced
    except FileNotFoundError as error:
        raise click.UsageError(f"{option} {file}: there is no folder {file.resolve().parent}") from error
    except OSError as error:
        raise OutputError(f"{option} {file}: cannot be written: {error.strerror}") from error


def precious(file: Path) -> str | None:
    """What a file is that no option writes over, where a link leads too: a database, or YAML as feeds.yaml is.

    None for any other.
    """
    from tracker.store.opening import is_database

    if is_database(file):
        return "a database"
    is_yaml = file.exists() and file.resolve().suffix in (".yaml", ".yml")
    return "a YAML file, such as feeds.yaml" if is_yaml else None


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
        new.unlink(missing_ok=True)
        with new.open("x", encoding="utf-8", newline="") as fresh:  # through no link that somebody put there
            fresh.write(text)
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

    def tell(text: str) -> None:
        click.echo(f"\r\x1b[2K{shorten(text, terminal_width() - 1)}", err=True, nl=False)

    try:
        yield tell
    finally:
        tell("")


def changed(ids: Sequence[str]) -> str:
    """What a person's word changed, in words."""
    return f"changed: {', '.join(ids)}" if ids else "nothing changed by it"


def terminal_width() -> int:
    """The columns to write in."""
    if not sys.stdout.isatty():
        return PIPED_WIDTH
    from shutil import get_terminal_size

    return get_terminal_size((PIPED_WIDTH, 24)).columns


def table_width() -> int:
    """The columns of a table. Piped it is not cut."""
    return terminal_width() if sys.stdout.isatty() else _UNCUT


def sheet(tz: tzinfo | None, vendor_names: Mapping[str, str]) -> Sheet:
    """What a story is written on: the terminal, or what stands in its place."""
    from tracker.show.text import Sheet

    return Sheet(tz, terminal_width(), vendor_names, colour=in_colour())


def in_colour() -> bool:
    """True on a terminal, unless NO_COLOR asks for none (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def problems(of: Report, rest: str = "") -> None:
    """The problems of a run to stderr, of many the first, and in ``rest`` where the others are told.

    Accidents are told to a terminal alone.
    """
    said = _together(line for line in of.problems if sys.stderr.isatty() or line not in of.accidents)
    for problem in said[:MOST_SAID]:
        trouble(problem)
    if len(said) > MOST_SAID:
        trouble(f"and {len(said) - MOST_SAID} more{rest}")


def _together(problems: Iterable[str]) -> list[str]:
    """What many have in the same words is one, whichever their host: ``a/x, b/x and 12 more: suspended: no token``."""
    from tracker.show.words import few

    alike: dict[str, list[tuple[str, str]]] = {}
    for problem in problems:
        who, _, what = problem.partition(": ")
        alike.setdefault(_HOST.sub(r"\1the host ", what), []).append((who, what))
    said: list[str] = []
    for shared, those in alike.items():
        if shared and len(those) >= _MANY:
            words = {what for _, what in those}
            those = [(few([who for who, _ in those], 2), words.pop() if len(words) == 1 else shared)]
        said += (f"{who}: {what}" if what else who for who, what in those)
    return said


def report(of: Report, as_json: bool, summary: str, rest: str = "") -> None:
    """Problems to stderr, of many the first, and in ``rest`` where the others are told.

    The report to stdout as JSON, or to a terminal as one line.
    """
    problems(of, rest)
    if as_json:
        write_json([asdict(of)])
    elif sys.stderr.isatty():
        say(summary)
