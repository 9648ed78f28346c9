"""When we looked, and what is remembered between two polls of a source."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from tracker.models import Health, Known, PastPage, PollState, Request
from tracker.store import cells
from tracker.store.facts import NOTHING, Ingested
from tracker.store.reading import IS_OPEN, NOT_OVER
from tracker.store.writing import Writing

_STATE_COLUMNS = tuple(field.name for field in fields(PollState))
_STATE_TIMES = tuple(field.name for field in fields(PollState) if "datetime" in str(field.type))
_AHEAD = timedelta(hours=1)  # by which the clock was set back: less makes nothing lapse that would not soon
_IS_UNSURE = "state IN ('lapsed', 'ended-unannounced')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is remembered of a source between polls: what is known, each request's state by purpose, its health."""

    known: Known
    states: Mapping[str, PollState]
    health: Health
    reason: str | None


class Polling(Writing):
    """The part of the store that knows polls."""

    def memory(self, month: str) -> dict[str, Memory]:
        """What is remembered of every source; ``month`` (``2026-11``) is the one whose paid reads count."""
        states: dict[str, dict[str, PollState]] = {}
        columns = ", ".join(("source", "purpose", *_STATE_COLUMNS))
        for row in self.db.execute(f"SELECT {columns} FROM requests"):
            states.setdefault(row["source"], {})[row["purpose"]] = _poll_state(row)
        spent = dict(self.db.execute("SELECT source, count FROM reads WHERE month = ?", (month,)).fetchall())
        found = self.db.execute("SELECT id, learnt, newest_id, health, health_reason FROM sources").fetchall()
        return {
            row["id"]: Memory(
                known=Known(
                    newest_id=row["newest_id"],
                    learnt=json.loads(row["learnt"]),
                    reads_this_month=spent.get(row["id"], 0),
                ),
                states=states.get(row["id"], {}),
                health=Health(row["health"]),
                reason=row["health_reason"],
            )
            for row in found
        }

    def told_keys(self, source: str, *, is_polled: bool) -> frozenset[str]:
        """The platform's own keys of those of a source's incidents that the record has whole, up to their end.

        Where the source ``is_polled``, also those that go on: its next poll knows when it saw what it sees first.
        """
        without_end = _IS_UNSURE if is_polled else f"({_IS_UNSURE} OR {NOT_OVER})"
        found = self.db.execute(
            "SELECT incident_key FROM announcements WHERE source = ?1 AND incident_key IS NOT NULL EXCEPT "
            "SELECT a.incident_key FROM incident_updates u JOIN announcements a ON a.number = u.announcement "
            f"WHERE a.source = ?1 AND u.incident IN (SELECT id FROM incidents WHERE {without_end})",
            (source,),
        )
        return frozenset(row[0] for row in found)

    def trouble(
        self, since: datetime, vendors: Iterable[str] | None = None
    ) -> tuple[frozenset[str], dict[str, list[datetime]]]:
        """(vendors with something open, the times since then at which incidents were resolved, by vendor).

        Of these ``vendors``, or of all.
        """
        of, named = "", []
        if vendors is not None:
            of, named = "AND vendor IN (SELECT value FROM json_each(?))", [json.dumps(list(vendors))]
        open_now = f"SELECT DISTINCT vendor FROM incidents WHERE {IS_OPEN} {of}"
        lately = f"SELECT vendor, resolved_at FROM incidents INDEXED BY incidents_resolved WHERE resolved_at >= ? {of}"
        settling: dict[str, list[datetime]] = {}
        for row in self.db.execute(lately, (cells.stamp(since), *named)):
            settling.setdefault(row["vendor"], []).append(cells.certain(row["resolved_at"]))
        return frozenset(row["vendor"] for row in self.db.execute(open_now, named)), settling

    def due_vendors(self, until: datetime) -> frozenset[str]:
        """The vendors of incidents whose state changes by itself until then."""
        found = self.db.execute("SELECT DISTINCT vendor FROM incidents WHERE due_at <= ?", (cells.stamp(until),))
        return frozenset(row["vendor"] for row in found)

    def held(self, source: str, purpose: str) -> dict[str, tuple[str, ...]]:
        """What the last document of a request held, as ``Document.held``."""
        entries = "SELECT entries FROM requests WHERE source = ? AND purpose = ?"
        row = self.db.execute(entries, (source, purpose)).fetchone()
        return _by_key(row["entries"]) if row else {}

    def hold(self, source: str, purpose: str, entries: Mapping[str, tuple[str, ...]]) -> None:
        """What the next document of a request is compared with, as ``Document.held``."""
        held = json.dumps(dict(entries))
        self.db.execute("UPDATE requests SET entries = ? WHERE source = ? AND purpose = ?", (held, source, purpose))

    def set_poll_state(self, source: str, purpose: str, state: PollState) -> None:
        """Remember a request; in the same transaction as what was read under its validators."""
        row = {name: getattr(state, name) for name in _STATE_COLUMNS}
        row |= {name: cells.stamp(row[name]) for name in _STATE_TIMES}
        updates = ", ".join(f"{column} = excluded.{column}" for column in row)
        end = f"ON CONFLICT (source, purpose) DO UPDATE SET {updates}"
        self.insert("requests", {"source": source, "purpose": purpose, **row}, end=end)

    def forget_request(self, source: str, purpose: str) -> None:
        """A request that is made once was answered: nothing of it needs to be remembered."""
        self.db.execute("DELETE FROM requests WHERE source = ? AND purpose = ?", (source, purpose))

    def way_back(self, source: str, since: str | None) -> PastPage | None:
        """Where a backfill to that month (None: ever) goes on: the page, and the incidents, it still asks for."""
        row = self.db.execute("SELECT * FROM backfills WHERE source = ? AND since IS ?", (source, since)).fetchone()
        if row is None:
            return None
        older = Request(source=source, url=row["url"], purpose=row["purpose"]) if row["url"] else None
        return PastPage(older=older, incidents=_by_key(row["incidents"]))

    def set_way_back(self, source: str, since: str | None, way: PastPage) -> None:
        """Where the backfill of a source goes on, in place of what was remembered; nothing where nothing is left."""
        self.db.execute("DELETE FROM backfills WHERE source = ?", (source,))
        if way.older or way.incidents:
            page = {"purpose": way.older.purpose, "url": way.older.url} if way.older else {}
            incidents = json.dumps(dict(way.incidents))
            self.insert("backfills", {"source": source, "since": since, **page, "incidents": incidents})

    def log_poll(
        self,
        source: str,
        purpose: str,
        polled_at: datetime,
        *,
        status: int | None = 200,
        error: str | None = None,
        got: Ingested = NOTHING,
    ) -> None:
        """Coverage counts every poll; a row of its own is kept only of what brought news (``got``) or failed."""
        when = cells.stamp(polled_at)
        failed = int(error is not None)
        self.db.execute(
            "INSERT INTO coverage VALUES (?1, ?2, ?3, ?3, 1, ?4) ON CONFLICT (source, day) DO UPDATE SET "
            "last_at = MAX(last_at, ?3), first_at = MIN(first_at, ?3), polls = polls + 1, failures = failures + ?4",
            (source, when[:10], when, failed),
        )
        if failed or got.said or got.gap:
            row = {"source": source, "purpose": purpose, "polled_at": when, "status": status, "error": error}
            news = {"announcements": got.announcements, "revisions": got.revisions, "gap": int(got.gap)}
            self.insert("polls", row | news)
        if not failed:
            self._look_first(source, when)
            self.db.execute(
                "UPDATE sources SET succeeded_at = MAX(COALESCE(succeeded_at, ''), ?1), "
                "began_at = COALESCE(began_at, ?1) WHERE id = ?2",
                (when, source),
            )

    def _look_first(self, source: str, when: str) -> None:
        """Until a vendor is polled, its newest word tells how late it is; where that is later, all is to be told again.

        What is imported may be dated ahead, or of a later time than an archive of documents.
        """
        self.db.execute(
            "UPDATE incidents SET due_at = ?1 WHERE vendor = (SELECT vendor FROM sources s WHERE id = ?2 "
            "AND ?1 < (SELECT MAX(at) FROM incident_updates WHERE vendor = s.vendor) "
            "AND NOT EXISTS (SELECT 1 FROM sources WHERE vendor = s.vendor AND succeeded_at NOT NULL))",
            (when, source),
        )

    def fold_polls(self, before: datetime) -> None:
        """Failures from before then stay only as counts in ``coverage``; what brought news stays."""
        with self.transaction():
            self.db.execute("DELETE FROM polls WHERE error IS NOT NULL AND polled_at < ?", (cells.stamp(before),))

    def vendors_ahead(self, now: datetime) -> set[str]:
        """Vendors that were read at a time which is still to come: the clock was set back since."""
        ahead = cells.stamp(now + _AHEAD)
        return {vendor for (vendor,) in self.db.execute("SELECT vendor FROM sources WHERE succeeded_at > ?", (ahead,))}

    def set_back(self, vendor: str, now: datetime) -> None:
        """Nothing of a vendor was looked at later than ``now``, and what lapsed by such looks is derived again.

        Its requests of the time to come are due, also those that this run has no time for.
        """
        values = (vendor, cells.stamp(now))
        self.db.execute(
            "UPDATE sources SET began_at = MIN(began_at, ?2), health_since = MIN(health_since, ?2), succeeded_at = "
            "(SELECT MAX(last_at) FROM coverage c WHERE c.source = sources.id AND last_at <= ?2 AND polls > failures) "
            "WHERE vendor = ?1 AND succeeded_at > ?2",
            values,
        )
        self.db.execute(
            "UPDATE requests SET polled_at = MIN(polled_at, ?2), succeeded_at = MIN(succeeded_at, ?2), "
            "next_poll_at = CASE WHEN polled_at > ?2 THEN MIN(next_poll_at, ?2) ELSE next_poll_at END "
            "WHERE source IN (SELECT id FROM sources WHERE vendor = ?1)",
            values,
        )
        self.db.execute("UPDATE rules SET version = '' WHERE vendor = ?", (vendor,))

    def blocked_hosts(self, now: datetime, longest: timedelta) -> dict[str, datetime]:
        """Until when which hosts asked not to be asked.

        What is farther off than the ``longest`` pause was reckoned by a clock that was set back since.
        """
        found = self.db.execute(
            "SELECT host, blocked_until FROM hosts WHERE blocked_until > ? AND blocked_until <= ?",
            (cells.stamp(now), cells.stamp(now + longest)),
        )
        return {row["host"]: cells.certain(row["blocked_until"]) for row in found}

    def block_host(self, host: str, until: datetime) -> None:
        """A host asked for a pause, for all that is asked of it."""
        self.db.execute("INSERT OR REPLACE INTO hosts VALUES (?, ?)", (host, cells.stamp(until)))

    def spend_reads(self, source: str, month: str, count: int) -> None:
        """Paid reads of this month, kept because every one costs money."""
        self.db.execute(
            "INSERT INTO reads VALUES (?, ?, ?) "
            "ON CONFLICT (source, month) DO UPDATE SET count = count + excluded.count",
            (source, month, count),
        )

    def newest_read(self, source: str, purposes: str) -> datetime | None:
        """When the newest document of the requests whose purpose begins so was polled."""
        row = self.db.execute(
            "SELECT MAX(succeeded_at) FROM requests WHERE source = ? AND purpose GLOB ? || '*'", (source, purposes)
        ).fetchone()
        return cells.moment(row[0])

    def advance(self, source: str) -> None:
        """All older announcements of the source are known now: the next poll asks for newer ones only."""
        self.db.execute(
            "UPDATE sources SET newest_id = (SELECT id FROM announcements WHERE source = ?1 "
            "ORDER BY published_at DESC, number DESC LIMIT 1) WHERE id = ?1",
            (source,),
        )


def _by_key(written: str) -> dict[str, tuple[str, ...]]:
    """A column that holds texts by a text."""
    return {key: tuple(texts) for key, texts in json.loads(written).items()}


def _poll_state(row: sqlite3.Row) -> PollState:
    held = dict(zip(_STATE_COLUMNS, row[2:], strict=True))  # behind the source and the purpose
    return PollState(**held | {name: cells.moment(held[name]) for name in _STATE_TIMES})
