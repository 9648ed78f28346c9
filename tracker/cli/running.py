"""Who is at work on a database: one run at a time, while the others wait for their turn."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from math import inf
from pathlib import Path
from time import monotonic, sleep

from tracker.cli import output
from tracker.errors import StoreError

LOOKS_EVERY = 0.1  # seconds between two looks at the lock of whoever waits for it
LONGEST = 3600.0  # seconds that another run may take before whoever has no budget gives up waiting for its end


def lock_of(db: Path, kind: str = "") -> Path:
    """The file beside the database, by whatever name that is called; a ``kind`` of runs has one of its own."""
    whole = db.resolve()
    return whole.with_name(f"{whole.name}{kind}.lock")


@contextlib.contextmanager
def alone(db: Path, wait: float | None = None, kind: str = "") -> Iterator[bool]:
    """True to one run at a time on this database; False to whoever comes meanwhile and has waited ``wait`` seconds.

    A ``kind`` of runs that has a name is alone among its own.

    The lock is the kernel's, on a file beside the database: it goes with the process that holds it, however that
    ends, and the file that stays behind means nothing.
    """
    try:
        path = lock_of(db, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _opened(path)
    except OSError as error:
        raise StoreError(f"{db}{kind}.lock: cannot be locked: {error.strerror}") from error
    try:
        yield _locked(handle, 0.0) or (_waited(handle, wait) if wait else False)
    finally:
        os.close(handle)


def is_at_work(db: Path, kind: str) -> bool:
    """Whether a run of that kind is at work on this database."""
    with alone(db, kind=kind) as nobody_is:
        return not nobody_is


@contextlib.contextmanager
def turn(db: Path, until: float = inf) -> Iterator[bool]:
    """Alone on the database, once its turn comes; False where that is not ``until`` then, by the monotonic clock.

    StoreError where another run is at work for an hour, and there is no end.
    """
    with alone(db, LONGEST if until == inf else max(until - monotonic(), 0.0)) as is_mine:
        if not is_mine and until == inf:
            raise StoreError(f"{db}: another run has been at work for an hour")
        yield is_mine


def collector_at_rest(db: Path) -> contextlib.AbstractContextManager[bool]:
    """A turn for what takes long at a time, on a database of which there is a collector."""
    return turn(db) if lock_of(db).exists() else contextlib.nullcontext(True)


def _opened(path: Path) -> int:
    """The file of the lock, made where there is none; one of another user's can be locked without writing to it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
        if not path.exists():
            raise
        return os.open(path, os.O_RDONLY)


def _waited(handle: int, wait: float) -> bool:
    with output.progress() as say:
        if say:
            say("another run is at work; waiting for its end")
        return _locked(handle, monotonic() + wait)


def _locked(handle: int, until: float) -> bool:
    try:
        import fcntl
    except ImportError:  # no such lock on this system; the database lets one writer in at a time all the same
        return True
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= until:
                return False
            sleep(LOOKS_EVERY)
        else:
            return True
