"""Records of before: ``schemas/NN.sql`` says what schema NN changed, ``schemas/rows.sql`` what such a record holds."""

from __future__ import annotations

import re
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tracker.errors import StoreError
from tracker.models import Kind, PastPage, Request
from tracker.store import Store
from tracker.store.schema import APPLICATION_ID, NUMBER

SCHEMAS = Path(__file__).with_name("schemas")
SOURCE = "ripple/statuspage"
NOON = datetime(2022, 4, 28, 12, tzinfo=UTC)
ROWS = (SCHEMAS / "rows.sql").read_text(encoding="utf-8")


def record_of(number: int, path: Path, rows: str = ROWS) -> sqlite3.Connection:
    """A record that was made as schema 1, holds these rows, and was brought up to that schema since."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    for step in range(1, number + 1):
        db.executescript((SCHEMAS / f"{step:02}.sql").read_text(encoding="utf-8") + (rows if step == 1 else ""))
    db.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}")
    return db


def schema(db: sqlite3.Connection) -> dict[str, tuple[str, str, list[tuple[Any, ...]]]]:
    """Of all that a record is made of, by name: its kind, its SQL without comments and layout, its columns in order."""
    found = db.execute("SELECT name, type, sql FROM sqlite_master ORDER BY name").fetchall()
    return {
        name: (kind, _plain(sql or ""), [tuple(column) for column in db.execute(f"PRAGMA table_xinfo({name})")])
        for name, kind, sql in found
    }


def _plain(sql: str) -> str:
    return re.sub(r"\s|\"", "", re.sub(r"--.*", "", sql))


def contents(db: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but those of the search."""
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*_fts*'").fetchall()
    found = {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2") for (name,) in tables}  # noqa: S608
    return {
        name: [dict(zip([column[0] for column in rows.description], row, strict=True)) for row in rows]
        for name, rows in found.items()
    }


def found(store: Store, word: str) -> list[int]:
    """The numbers of the announcements that the search finds; its index agrees with the words as they stand."""
    store.db.execute("INSERT INTO announcements_fts (announcements_fts, rank) VALUES ('integrity-check', 1)")
    rows = store.db.execute("SELECT rowid FROM announcements_fts WHERE announcements_fts MATCH ? ORDER BY 1", (word,))
    return [row[0] for row in rows]


@pytest.mark.parametrize("number", range(1, NUMBER + 1))
def test_a_record_of_before_becomes_what_a_new_one_is_and_keeps_its_rows(number: int, tmp_path: Path) -> None:
    with closing(record_of(number, tmp_path / "old.db")) as old:
        before = contents(old)
    with Store.open(tmp_path / "old.db") as store, Store.open(tmp_path / "new.db") as new:
        assert schema(store.db) == schema(new.db)
        after = contents(store.db)
        for table, rows in before.items():
            assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows
        assert [row["last_update_at"] for row in after["incidents"]] == ["2022-04-28T21:45:00Z", None]
        assert [row["is_declared"] for row in after["verdicts"]] == [0, 1, 1]
        assert [found(store, word) for word in ("delays", "late", "certificate", "flow", "calls")] == [[1]] * 4 + [[2]]
        told = {each.id: [step.phase for step in each.steps] for each in store.incidents(kinds=tuple(Kind))}
        assert told == {"ripple-1": ["outage-start", "resolved"], "ripple-2": []}
        assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_people_added_to_a_record_stays(tmp_path: Path) -> None:
    """Also a view of theirs that rests on one of ours."""
    with closing(record_of(1, tmp_path / "t.db")) as old:
        old.executescript("CREATE INDEX mine ON incidents(name); CREATE VIEW ours AS SELECT phase, text FROM timeline")
        before = old.execute("SELECT * FROM ours ORDER BY 2").fetchall()
    with Store.open(tmp_path / "t.db") as store:
        assert [tuple(row) for row in store.db.execute("SELECT * FROM ours ORDER BY 2")] == before != []
        assert "mine" in schema(store.db)


def test_what_cannot_be_brought_up_to_date_stays_as_it_was(tmp_path: Path) -> None:
    """The last step fails, and nothing before it was done."""
    with closing(record_of(2, tmp_path / "t.db")) as old:
        old.execute("CREATE TABLE backfills (mine, ours)")
        before = schema(old), contents(old)
        with pytest.raises(StoreError, match="backfills already exists"):
            Store.open(tmp_path / "t.db")
        assert (schema(old), contents(old)) == before
        assert old.execute("PRAGMA user_version").fetchone() == (2,)


def test_whoever_reads_meanwhile_reads_on(tmp_path: Path) -> None:
    """Datasette has its connections open for days."""
    said = "SELECT * FROM timeline WHERE incident = 'ripple-1'"
    with closing(record_of(1, tmp_path / "t.db")) as reader:
        reader.execute("BEGIN")
        before = reader.execute(said).fetchall()
        Store.open(tmp_path / "t.db").db.close()
        assert reader.execute(said).fetchall() == before
        reader.execute("COMMIT")
        after = reader.execute(said)
        assert [column[0] for column in after.description][:3] == ["at", "vendor", "phase"]
        assert len(after.fetchall()) == len(before) == 2


def _open_once(path: Path) -> int:
    with Store.open(path) as store:
        return int(store.db.execute("SELECT COUNT(*) FROM announcements").fetchone()[0])


def test_many_processes_may_make_the_record_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(6, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(_open_once, [tmp_path / "t.db"] * 12)) == [0] * 12


def test_many_processes_may_bring_an_old_record_up_to_date_at_once(tmp_path: Path) -> None:
    with closing(record_of(1, tmp_path / "t.db")) as first:
        first.execute("BEGIN IMMEDIATE")  # so that all of them see the old schema, and wait
        with ProcessPoolExecutor(6, mp_context=get_context("spawn")) as pool:
            opened = [pool.submit(_open_once, tmp_path / "t.db") for _ in range(6)]
            time.sleep(2)
            first.execute("COMMIT")
            assert [one.result() for one in opened] == [3] * 6
    assert _open_once(tmp_path / "t.db") == 3


def test_an_old_record_that_nobody_may_write_is_copied_and_brought_up_to_date_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, copy = tmp_path / "old.db", tmp_path / "copy.db"
    record_of(1, file).close()
    with pytest.raises(StoreError, match=r"schema 1 is older .*; run `tracker rebuild` on it once"):
        Store.open(file, write=False)
    with monkeypatch.context() as patched:
        patched.setattr("os.access", lambda path, mode: False)  # root may write everywhere
        with pytest.raises(StoreError, match=r"`tracker backup` it .* `tracker rebuild` there"):
            Store.open(file, write=False)
        with Store.open(file, write=False, older=True) as old:
            old.backup(copy)
            before = list(old.export())
    with Store.open(copy) as store:
        added = {"formerly", "read_from"}
        after = [{name: row[name] for name in row if name not in added} for row in store.export()]
        assert (after, found(store, "late")) == (before, [1])


@pytest.mark.parametrize(
    ("purpose", "since", "older"),
    [
        ("backfill:ever:past:3", None, "past:3"),
        ("backfill:2019-04:past", "2019-04", "past"),
        ("backfill:ever:", None, None),
    ],
)
def test_a_backfill_that_was_begun_before_goes_on(
    purpose: str, since: str | None, older: str | None, tmp_path: Path
) -> None:
    url = "https://status.ripple.example/history?page=3" if older else ""
    with closing(record_of(11, tmp_path / "t.db")) as old:
        way = (SOURCE, purpose, url, '{"a": ["https://status.ripple.example/a"], "b": []}')
        old.execute("INSERT INTO requests (source, purpose, url, entries) VALUES (?, ?, ?, ?)", way)
    with Store.open(tmp_path / "t.db") as store:
        page = Request(source=SOURCE, url=url, purpose=older) if older else None
        left = {"a": ("https://status.ripple.example/a",), "b": ()}
        assert store.way_back(SOURCE, since) == PastPage(older=page, incidents=left)
        assert not store.memory("2022-04")[SOURCE].states
