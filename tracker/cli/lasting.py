"""What ends every run is told once, not every minute: it is remembered in the file of the lock.

The database cannot hold it: that may be what is broken. The file gets its whole size when a run goes well, and is
written over in place, so that a full disk does not hinder it. Where it cannot be written, all is told every time; so it
is to whoever sits at a terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.cli import exit_code, options, running
from tracker.errors import TrackerError

if TYPE_CHECKING:
    from tracker.collect import Report

AGAIN = timedelta(days=1)
BACK = timedelta(hours=1)  # what is back sooner comes and goes, as where one of two installations is in trouble
ROOM = 4_096  # bytes of the file: a block of the disk
MOST = 3_900  # of these, for the words of a trouble; what is longer is known by its beginning
_HEAD = b"tracker\n"  # by which it is known as ours: a stranger's file may bear its name


@contextlib.contextmanager
def told_once(db: Path) -> Iterator[None]:
    """What ends a run on this database passes where it is news; else the run ends with its exit code alone.

    A mistake of the program is known by its line: that is where it is mended, and its words may differ each time.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        if is_news(db, _named(error)):
            raise
        sys.exit(exit_code(error))


def _named(error: Exception) -> str:
    if isinstance(error, (TrackerError, OSError)):
        return str(error)
    from tracker.collect.mistakes import place

    return f"{type(error).__name__} ({place(error)})"


def is_news(db: Path, trouble: str) -> bool:
    """Whether to tell this trouble: it is another than the last one told, or that was long ago. It counts as told."""
    now, words = options.now(), _cut(trouble)
    if (file := _opened(db)) is None:
        return True
    with file, contextlib.suppress(OSError):
        since, told, known = _known(file) or (None, now, "")
        if words == known and timedelta() <= now - told < (AGAIN if since else BACK):
            return False
        _keep(file, since or now, now, words)
    return True


def is_told(db: Path, trouble: str) -> bool:
    """Whether the runs have this trouble, and have told it."""
    if (file := _opened(db)) is None:
        return False
    with file:
        since, _, known = _known(file) or (None, None, "")
        return since is not None and known == _cut(trouble)


def _cut(trouble: str) -> str:
    return trouble.encode(errors="replace")[:MOST].decode(errors="ignore").strip()


def news(db: Path, report: Report) -> list[str]:
    """What a run that came to its end has to tell of a trouble that lasts, or that it is over.

    A run that asked nobody does not show that it is over: such a run passes even where the disk is all but full.
    """
    if report.lasting:
        return report.lasting if is_news(db, "\n".join(report.lasting)) else []
    return [line] if report.requests and (line := _over(db)) else []


def _over(db: Path) -> str | None:
    """The line for a run that went well where the ones before did not."""
    if (file := _opened(db)) is None:
        return None
    with file, contextlib.suppress(OSError):
        since, told, trouble = _known(file) or (None, None, "")
        if since or file.seek(0, os.SEEK_END) < ROOM:
            _keep(file, None, told, trouble)
        if since:
            from tracker.show import words

            took = max(options.now() - since, timedelta()).total_seconds()
            return f"ok again after {words.duration(int(took))}; it was: {trouble.splitlines()[0]}"
    return None


def _opened(db: Path) -> FileIO | None:
    """What is remembered; None where nothing can be, or somebody sits there."""
    if sys.stdin.isatty() or sys.stderr.isatty():
        return None
    try:
        file = FileIO(running.lock_of(db), "r+")
        held = file.read(ROOM + 1)
        if held.startswith(_HEAD) or (len(held) <= ROOM and not held.strip(b"\0")):  # as a power cut may leave it
            return file
        file.close()
    except OSError:
        pass
    return None


def _known(file: FileIO) -> tuple[datetime | None, datetime, str] | None:
    """Since when there is trouble (None: it is over), when it was told last, and its words."""
    file.seek(0)
    try:
        _, since, told, words = file.read(ROOM).decode(errors="replace").strip().split("\n", 3)
        return datetime.fromisoformat(since) if since else None, datetime.fromisoformat(told), words
    except ValueError:
        return None


def _keep(file: FileIO, since: datetime | None, told: datetime | None, words: str) -> None:
    lines = (when.isoformat() if when else "" for when in (since, told))
    file.seek(0)
    file.write((_HEAD + "\n".join((*lines, words)).encode()).ljust(ROOM - 1) + b"\n")
