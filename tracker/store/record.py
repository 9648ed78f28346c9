"""The whole record: what is read, what is written, and how it moves."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tracker.errors import AskError, StoreError
from tracker.store.correcting import Correcting
from tracker.store.counting import Counting
from tracker.store.derived import Derived
from tracker.store.moving import Moving
from tracker.store.opening import explained
from tracker.store.polling import Polling


class Store(Moving, Polling, Derived, Correcting, Counting):
    """The record, to be read and written. Open it with ``Store.open``."""

    def backup(self, to: Path) -> None:
        """Copy the record into ``to``, whole and consistent, also while somebody writes. An existing one is kept."""
        if to.exists():
            raise AskError(f"{to}: is there already; name a new file")
        if not to.absolute().parent.is_dir():
            raise AskError(f"{to}: there is no folder {to.resolve().parent}")
        try:
            with explained(to), contextlib.closing(sqlite3.connect(to)) as copy:
                self.db.backup(copy)
        except BaseException:
            with contextlib.suppress(OSError):
                to.unlink(missing_ok=True)  # half a copy is none, and would stand in the way of the next
            raise

    def wipe(self) -> None:
        """Write the file anew, so that no byte of what was forgotten stays in it; after the transaction.

        StoreError where somebody else still reads the file of before: what was forgotten stays forgotten.
        """
        with explained(self.path):
            self.db.execute("INSERT INTO announcements_fts (announcements_fts) VALUES ('optimize')")
            self.db.execute("VACUUM")
            kept = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if kept:
            raise StoreError(
                f"{self.path}: forgotten, but another program is reading and keeps the bytes of before in the file; "
                "forget it again when that is done"
            )
