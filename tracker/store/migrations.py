"""Older records: the steps from the tables of then to those of today. All else is made anew from the schema."""

from __future__ import annotations

import sqlite3

from tracker.store.schema import APPLICATION_ID, INDEX_NEW, NUMBER, statements

# By the number of the schema to which they lead. A table is written as it was then: later steps go on from that.
STEPS: dict[int, tuple[str, ...]] = {
    3: ("DROP TRIGGER announcements_reworded", "DROP TABLE announcements_fts"),  # it knew the first versions alone
    4: (
        "PRAGMA legacy_alter_table = ON",  # else no table gets a name while a view of people's lacks one of ours
        "CREATE TABLE originals_as_they_came (digest TEXT NOT NULL UNIQUE, body BLOB NOT NULL)",
        "INSERT INTO originals_as_they_came SELECT digest, body FROM originals",
        "DROP TABLE originals",
        "ALTER TABLE originals_as_they_came RENAME TO originals",
    ),
    5: (
        "DROP INDEX announcements_vendor",
        "ALTER TABLE incidents ADD COLUMN last_update_at TEXT",
        "UPDATE incidents SET last_update_at = (SELECT MAX(at) FROM incident_updates WHERE incident = incidents.id)",
    ),
    8: ("ALTER TABLE sources ADD COLUMN formerly TEXT NOT NULL DEFAULT '{}'",),
    9: ("CREATE TABLE feeds (digest TEXT PRIMARY KEY, vendors TEXT NOT NULL)",),
    10: (
        "ALTER TABLE verdicts ADD COLUMN is_declared INTEGER NOT NULL DEFAULT 0",
        "UPDATE verdicts SET is_declared = 1 WHERE because LIKE 'the vendor%'",
    ),
    12: (  # requests that were never made held the way on of backfills: `backfill:2019-04:PURPOSE`, `backfill:ever:`
        "CREATE TABLE backfills (source TEXT PRIMARY KEY REFERENCES sources(id), since TEXT, purpose TEXT, url TEXT, "
        "incidents TEXT NOT NULL DEFAULT '{}')",
        "WITH ways AS (SELECT *, substr(purpose, 10) AS way FROM requests WHERE purpose GLOB 'backfill:*:*') "
        "INSERT OR REPLACE INTO backfills SELECT source, NULLIF(substr(way, 1, instr(way, ':') - 1), 'ever'), "
        "NULLIF(substr(way, instr(way, ':') + 1), ''), NULLIF(url, ''), entries FROM ways",
        "DELETE FROM requests WHERE purpose GLOB 'backfill:*:*'",
    ),
    14: ("ALTER TABLE requests ADD COLUMN read_from TEXT",),
    15: ("ALTER TABLE rules ADD COLUMN unjoined_since TEXT",),
}


def number(db: sqlite3.Connection) -> int:
    """That of the schema of a record; 0 where it has none yet."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """The schema of today, whatever is there, in one transaction: a crash leaves what was there whole."""
    if number(db) >= NUMBER:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        before = number(db)  # asked again: while we waited, another process may have been here
        if before < NUMBER:
            _make(db, before)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _make(db: sqlite3.Connection, before: int) -> None:
    """What is not there yet, and anew what is not as it was. What people added to the record stays."""
    from sqlite_utils import Database

    record, wanted = Database(db), statements()
    of_code = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger', 'view')"
    for kind, name, sql in record.execute(of_code).fetchall():
        if name in wanted and sql != wanted[name]:
            record.execute(f"DROP {kind} {name}")
    for leads_to, step in STEPS.items():
        for statement in step if 0 < before < leads_to else ():
            record.execute(statement)
    there = {name for (name,) in record.execute("SELECT name FROM sqlite_master")}
    for name, statement in wanted.items():
        if name not in there:
            record.execute(statement)
    record.execute(INDEX_NEW)
    record.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    record.execute(f"PRAGMA user_version = {NUMBER}")
