"""How every part of the store writes: one transaction at a time, one row at a time, nothing of a stranger's in SQL."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.errors import ReadError
from tracker.store.opening import explained
from tracker.store.reading import Reader
from tracker.store.schema import INDEX_NEW


class Writing(Reader):
    """The part of the store on which all that write stand: transactions, and rows by table and column."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one it is part of that. StoreError where the file cannot be written."""
        if self.db.in_transaction:
            yield
            return
        with explained(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute(INDEX_NEW)
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A part of a transaction that is all or nothing by itself: what one source or vendor told stops no other.

        ReadError where it breaks a rule of the schema, which no reading should: the source is at fault, or its reader.
        StoreError where the file cannot be written.
        """
        self.db.execute("SAVEPOINT all_or_nothing")
        try:
            with explained(self.path):
                yield
        except Exception as error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK TO all_or_nothing")
                self.db.execute("RELEASE all_or_nothing")
            if isinstance(error, sqlite3.IntegrityError):
                raise ReadError(f"what it says contradicts the record: {error}") from error
            raise
        self.db.execute("RELEASE all_or_nothing")

    def insert(self, table: str, row: Mapping[str, Any], *, end: str = "") -> bool:
        """One row; the names of table and columns are ours, never a stranger's. False where ``end`` passed it over."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        done = self.db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}) {end}", tuple(row.values()))
        return done.rowcount > 0
