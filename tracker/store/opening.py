"""Opening the file: ours, not newer than us, writable when asked; anything else is a StoreError, file untouched."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from tracker.errors import StoreError
from tracker.store.migrations import bring_up_to_date, number
from tracker.store.schema import APPLICATION_ID, NUMBER

_OF_FILES = frozenset(
    (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT,
     sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB)
)  # fmt: skip
_HEAD = b"SQLite format 3\0"
_C = TypeVar("_C", bound=sqlite3.Connection)
BUSY_S = 30.0  # another writer's transaction is short; half a minute of it means that it hangs


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's own errors as StoreError with the remedy; integrity errors are bugs and pass."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {_remedy(error, path)}") from error


def of_the_file(error: BaseException | None, path: Path) -> StoreError | None:
    """The same of an error while reading, where it is the file's and not ours."""
    if not isinstance(error, sqlite3.DatabaseError) or _code(error) & 0xFF not in _OF_FILES:
        return None
    return StoreError(f"{path}: {_remedy(error, path)}")


def _code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", 0)  # an error of the module's own has none


def _remedy(error: sqlite3.DatabaseError, path: Path) -> str:
    message = str(error)
    lower = message.lower()
    if ("unable to open" in lower or "readonly" in lower) and (left := _left_beside(path.resolve())):
        return (
            f"the newest words lie in {left}, which SQLite reads only where it may write beside it; "
            "make the folder writable, or read a `tracker backup`"
        )
    if "locked" in lower or "busy" in lower:
        return "another program holds the database; wait for it or stop it"
    if "full" in lower or _code(error) == sqlite3.SQLITE_IOERR_SHMSIZE:  # of its `-shm` SQLite says "disk I/O error"
        return "the disk is full; make room, nothing of this transaction was kept"
    if "disk i/o" in lower:
        return f"the disk is full or it fails ({message}); make room, nothing of this transaction was kept"
    if "readonly" in lower or "read-only" in lower or ("unable to open" in lower and _may_only_be_read(path.resolve())):
        return "the database is read-only; make file and folder writable"
    if "malformed" in lower:
        return (
            f"the file is damaged; put a `tracker backup` in its place, without the old {path.name}-wal and -shm, "
            "or save what is left: `sqlite3 FILE .recover`"
        )
    if "not a database" in lower:
        return f"this is no database of the tracker ({message}); name another with --db"
    if "unable to open" in lower:
        return "cannot be opened; is the path right, may this user read it?"
    return message


def connect(path: Path, *, write: bool, older: bool = False) -> sqlite3.Connection:
    """A connection: to ``write`` in autocommit mode, where a new file gets the schema; else of one moment of the file.

    An ``older`` one is read as it is.
    """
    with explained(path):
        _refuse_strangers(path)
        if write:
            db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        else:
            db = _reading(path)
        try:
            _prepare(db, path, write=write, older=older)
            if not write:
                db.execute("BEGIN")  # all that is read belongs together, also where somebody writes meanwhile
        except BaseException:
            db.close()
            raise
        return db


def _reading(path: Path) -> sqlite3.Connection:
    """SQLite keeps readers and a writer apart by files beside this one; where it can make none, we look ourselves."""
    whole = path.resolve()
    if not stands_alone(whole):
        db = _connected(whole, "mode=ro", sqlite3.Connection)
        try:
            number(db)
            return db
        except sqlite3.DatabaseError as error:
            db.close()
            if _code(error) != sqlite3.SQLITE_IOERR_SHMSIZE or not _is_all_there(whole):
                raise
    unguarded = _connected(whole, "immutable=1", _Unguarded)
    unguarded.watch(whole)
    return unguarded


def _connected(path: Path, mode: str, kind: type[_C]) -> _C:
    uri = f"{path.as_uri()}?{mode}"
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False, factory=kind
    )  # fmt: skip


def _is_all_there(path: Path) -> bool:
    """Whether no word is in a WAL alone."""
    wal = path.with_name(f"{path.name}-wal")
    return not wal.exists() or wal.stat().st_size == 0


def stands_alone(path: Path) -> bool:
    """True where we may make no file beside it and no writer has left one: SQLite can only read it as immutable."""
    return not os.access(path.parent, os.W_OK) and _left_beside(path) is None


def _may_only_be_read(path: Path) -> bool:
    """Whether the folder cannot be written, and the file, where there is one, can be read: its file system is so."""
    return not os.access(path.parent, os.W_OK) and (os.access(path, os.R_OK) or not path.exists())


def _left_beside(path: Path) -> Path | None:
    """A WAL that holds something, or belongs to a program that has the file open."""
    wal, shm = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    return wal if wal.exists() and (wal.stat().st_size or shm.exists()) else None


class _Unguarded(sqlite3.Connection):
    """An immutable file that somebody else may write all the same: what was read meanwhile is refused at the end."""

    def watch(self, path: Path) -> None:
        """Remember how the file looks before anything is read."""
        self.path, self.before = path, _state(path)

    def close(self) -> None:
        """StoreError where the file was written since."""
        super().close()
        if _state(self.path) != self.before:
            raise StoreError(f"{self.path}: was written while it was read, so what was read may be wrong; ask again")


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def is_database(path: Path) -> bool | None:
    """Whether the file is one of SQLite; None where it is empty or not there. Devices and pipes are none, unread."""
    if not path.exists():
        return None
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
    return head == _HEAD if head else None


def _refuse_strangers(path: Path) -> None:
    """Look at the first bytes before SQLite does: opening a stranger's file for writing could touch it."""
    try:
        known = is_database(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error
    if known is False:
        raise StoreError(f"{path}: is no SQLite database; name another with --db")


def _prepare(db: sqlite3.Connection, path: Path, *, write: bool, older: bool) -> None:
    db.row_factory = sqlite3.Row
    has_tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] > 0  # first: it may be in the making
    ours = db.execute("PRAGMA application_id").fetchone()[0]
    found = number(db)
    if has_tables and ours != APPLICATION_ID:
        raise StoreError(f"{path}: is a database of another program; name another with --db")
    if found > NUMBER:
        raise StoreError(f"{path}: was written by a newer tracker (schema {found}, this one knows {NUMBER}); upgrade")
    if write:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        bring_up_to_date(db)
        db.execute("PRAGMA foreign_keys = ON")  # not before: a step may replace a table that others point to
    elif found < NUMBER and not (older and found):
        raise StoreError(f"{path}: schema {found} is older than this tracker's; {_way_up(path.resolve())}")


def _way_up(path: Path) -> str:
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return "run `tracker rebuild` on it once"
    return "`tracker backup` it to where you may write, and run `tracker rebuild` there once"
