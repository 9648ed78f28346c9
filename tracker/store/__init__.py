"""The only room that speaks SQL: one SQLite file, facts on one side, what is derived from them on the other."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from tracker.errors import StoreError
from tracker.store.derived import Derived
from tracker.store.facts import Ingested
from tracker.store.moving import Moving
from tracker.store.opening import connect, explained
from tracker.store.polling import Polling, SourceHealth

__all__ = ["Ingested", "Polling", "SourceHealth", "Store"]


class Store(Moving, Derived):
    """The record. Open it with ``Store.open``; it closes itself at the end of a ``with``."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self.db = db
        self.path = path

    @classmethod
    def open(cls, path: Path, *, write: bool = True, create: bool = True) -> Self:
        """The record at ``path``; with ``write`` it is brought up to date, and with ``create`` made where it is not.

        StoreError where the file is missing, not ours, newer than this program, read-only, or cannot be opened.
        """
        if not create and not path.exists():
            raise StoreError(f"{path}: no such database")
        return cls(connect(path, write=write), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.db.close()

    def backup(self, to: Path) -> None:
        """Copy the record into ``to``, whole and consistent, also while somebody writes. An existing one is kept."""
        if to.exists():
            raise StoreError(f"{to}: is there already; name a new file")
        with explained(to):
            copy = sqlite3.connect(to)
            try:
                self.db.backup(copy)
            finally:
                copy.close()
