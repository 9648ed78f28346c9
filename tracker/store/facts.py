"""What was said, and when we looked: rows that are added, and of which a rebuild takes nothing away."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tracker.errors import StoreError
from tracker.models import (
    Absence,
    AbsenceKind,
    Action,
    Announcement,
    Correction,
    Health,
    Known,
    Listing,
    Phase,
    PollState,
    Reading,
    Source,
    Vendor,
)
from tracker.store import rows
from tracker.store.opening import explained

FORGOTTEN = "[forgotten]"  # what stands where a text was erased
_STATE_COLUMNS = tuple(field.name for field in fields(PollState))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one document added: counts, and whether anything derived must follow."""

    announcements: int = 0
    revisions: int = 0
    absences: int = 0
    refused: bool = False

    @property
    def changed(self) -> bool:
        """True where incidents may look different now."""
        return bool(self.announcements or self.revisions or self.absences)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source does, as the record knows it."""

    source: Source
    health: Health
    since: datetime | None
    reason: str | None
    last_success: datetime | None
    next_poll_at: datetime | None
    announcements: int
    last_error: str | None


def _words(text: str | None) -> str:
    """The words alone: white space is markup."""
    return " ".join((text or "").split())


class Facts:
    """The half of the store that writes and reads facts."""

    db: sqlite3.Connection
    path: Path

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one it is part of that."""
        if self.db.in_transaction:
            yield
            return
        with explained(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def insert(self, table: str, row: Mapping[str, Any], *, verb: str = "INSERT") -> int:
        """One row; the names of table and columns are ours, never a stranger's. Gives its rowid."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.db.execute(f"{verb} INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))
        return cursor.lastrowid or 0

    # -- vendors and sources -----------------------------------------------------------------------------

    def register(self, vendors: Iterable[Vendor], *, complete: bool = True) -> None:
        """Vendors and sources as feeds.yaml names them; where it is ``complete``, the others are retired.

        StoreError where a known source id now speaks of another address and does not say ``formerly``.
        """
        with self.transaction():
            named: set[str] = set()
            for vendor in vendors:
                self.db.execute(
                    "INSERT INTO vendors VALUES (?, ?, ?) ON CONFLICT (slug) DO UPDATE SET "
                    "name = excluded.name, homepage = excluded.homepage",
                    (vendor.slug, vendor.name, vendor.homepage),
                )
                for source in vendor.sources:
                    named.add(source.id)
                    self._register_source(source)
            if complete:
                self.db.execute(
                    "UPDATE sources SET health = 'retired', health_reason = 'no longer in feeds.yaml' "
                    "WHERE health <> 'retired' AND id NOT IN (SELECT value FROM json_each(?))",
                    (json.dumps(sorted(named)),),
                )

    def _register_source(self, source: Source) -> None:
        known = self.db.execute("SELECT address, health FROM sources WHERE id = ?", (source.id,)).fetchone()
        if known is None:
            row = {"id": source.id, "vendor": source.vendor, "platform": source.platform, "address": source.address}
            self.insert("sources", row)
            return
        old = known["address"]
        if old and source.address and old != source.address and source.formerly != old:
            raise StoreError(
                f"{source.id} was {old} and is now {source.address}; if it moved, write `formerly: {old}` in its "
                "entry of feeds.yaml, if it is another channel, give it an `id:` of its own"
            )
        self.db.execute(
            "UPDATE sources SET address = CASE WHEN ?1 = '' THEN address ELSE ?1 END, "
            "health = CASE WHEN health = 'retired' THEN 'stale' ELSE health END WHERE id = ?2",
            (source.address, source.id),
        )

    def ensure_source(self, source: Source) -> None:
        """The source and its vendor exist, whoever wrote them."""
        self.db.execute("INSERT OR IGNORE INTO vendors (slug, name) VALUES (?1, ?1)", (source.vendor,))
        self.db.execute(
            "INSERT OR IGNORE INTO sources (id, vendor, platform, address) VALUES (?, ?, ?, ?)",
            (source.id, source.vendor, source.platform, source.address),
        )

    def vendors(self) -> tuple[Vendor, ...]:
        """All vendors of the record, by slug, without their sources."""
        found = self.db.execute("SELECT slug, name, homepage FROM vendors ORDER BY slug")
        return tuple(Vendor(slug=row["slug"], name=row["name"], homepage=row["homepage"]) for row in found)

    def sources(self) -> list[SourceHealth]:
        """The health of every source, by id."""
        found = self.db.execute(
            "SELECT h.*, (SELECT q.last_error FROM requests q WHERE q.source = h.id AND q.last_error IS NOT NULL "
            "ORDER BY q.polled_at DESC LIMIT 1) AS last_error FROM source_health h ORDER BY h.id"
        )
        return [
            SourceHealth(
                source=Source(id=row["id"], vendor=row["vendor"], platform=row["platform"], page=row["address"]),
                health=Health(row["health"]),
                since=rows.moment(row["health_since"]),
                reason=row["health_reason"],
                last_success=rows.moment(row["succeeded_at"]),
                next_poll_at=rows.moment(row["next_poll_at"]),
                announcements=row["announcements"],
                last_error=row["last_error"],
            )
            for row in found
        ]

    def set_health(self, source: str, health: Health, reason: str | None, now: datetime) -> bool:
        """Write the state of a source; True where it is another than before."""
        row = self.db.execute("SELECT health FROM sources WHERE id = ?", (source,)).fetchone()
        changed = row is not None and row["health"] != health
        self.db.execute(
            "UPDATE sources SET health = ?1, health_reason = ?2, "
            "health_since = CASE WHEN health = ?1 AND health_since IS NOT NULL THEN health_since ELSE ?3 END "
            "WHERE id = ?4",
            (health, reason, rows.stamp(now), source),
        )
        return changed

    # -- polling -----------------------------------------------------------------------------------------

    def known(self, source: str, month: str) -> Known:
        """What the requests of a source are made from."""
        row = self.db.execute("SELECT learnt FROM sources WHERE id = ?", (source,)).fetchone()
        newest = self.db.execute(
            "SELECT id FROM announcements WHERE source = ? ORDER BY published_at DESC, number DESC LIMIT 1", (source,)
        ).fetchone()
        spent = self.db.execute("SELECT count FROM reads WHERE source = ? AND month = ?", (source, month)).fetchone()
        return Known(
            newest_id=newest["id"] if newest else None,
            open_keys=self._open_keys(source),
            learnt=json.loads(row["learnt"]) if row else {},
            reads_this_month=spent["count"] if spent else 0,
        )

    def _open_keys(self, source: str) -> tuple[str, ...]:
        found = self.db.execute(
            "SELECT DISTINCT a.incident_key FROM incidents i JOIN incident_updates u ON u.incident = i.id "
            "JOIN announcements a ON a.number = u.announcement WHERE a.source = ? AND a.incident_key IS NOT NULL "
            "AND i.state IN ('open', 'planned', 'in-progress', 'overrun', 'ended-unannounced') ORDER BY 1",
            (source,),
        )
        return tuple(row[0] for row in found)

    def poll_states(self, source: str) -> dict[str, PollState]:
        """What is remembered of each request of a source, by purpose."""
        found = self.db.execute("SELECT * FROM requests WHERE source = ?", (source,))
        return {row["purpose"]: _poll_state(row) for row in found}

    def set_poll_state(self, source: str, purpose: str, state: PollState) -> None:
        """Remember a request; in the same transaction as what was read under its validators."""
        values = [rows.stamp(v) if isinstance(v, datetime) else v for v in (getattr(state, c) for c in _STATE_COLUMNS)]
        columns = ", ".join(_STATE_COLUMNS)
        marks = ", ".join("?" * len(_STATE_COLUMNS))
        updates = ", ".join(f"{column} = excluded.{column}" for column in _STATE_COLUMNS)
        self.db.execute(
            f"INSERT INTO requests (source, purpose, {columns}) VALUES (?, ?, {marks}) "
            f"ON CONFLICT (source, purpose) DO UPDATE SET {updates}",
            (source, purpose, *values),
        )

    def log_poll(
        self, source: str, purpose: str, polled_at: datetime, *, status: int | None, error: str | None, got: Ingested
    ) -> None:
        """Coverage counts every poll; a row of its own is kept only of what changed or failed."""
        when = rows.stamp(polled_at) or ""
        failed = int(error is not None)
        self.db.execute(
            "INSERT INTO coverage VALUES (?1, ?2, ?3, ?3, 1, ?4) ON CONFLICT (source, day) DO UPDATE SET "
            "last_at = MAX(last_at, ?3), first_at = MIN(first_at, ?3), polls = polls + 1, failures = failures + ?4",
            (source, when[:10], when, failed),
        )
        if failed or got.changed:
            row = {"source": source, "purpose": purpose, "polled_at": when, "status": status, "error": error}
            self.insert("polls", {**row, "announcements": got.announcements, "revisions": got.revisions})
        if not failed:
            self.db.execute(
                "UPDATE sources SET succeeded_at = MAX(COALESCE(succeeded_at, ''), ?1), "
                "began_at = COALESCE(began_at, ?1) WHERE id = ?2",
                (when, source),
            )

    def spend_reads(self, source: str, month: str, count: int) -> None:
        """Paid reads of this month, kept because every one costs money."""
        self.db.execute(
            "INSERT INTO reads VALUES (?, ?, ?) "
            "ON CONFLICT (source, month) DO UPDATE SET count = count + excluded.count",
            (source, month, count),
        )

    # -- announcements -----------------------------------------------------------------------------------

    def ingest(self, source: Source, purpose: str, reading: Reading, polled_at: datetime) -> Ingested:
        """Add what a document told: new announcements, revisions of known ones, absences from its list.

        A document older than the newest one read for the same purpose is refused whole: it could only
        undo what is known. The caller holds the transaction.
        """
        self.ensure_source(source)
        row = self.db.execute(
            "SELECT succeeded_at, listed FROM requests WHERE source = ? AND purpose = ?", (source.id, purpose)
        ).fetchone()
        before = rows.moment(row["succeeded_at"]) if row else None
        if before is not None and polled_at < before:
            return Ingested(refused=True)
        began = self.db.execute("SELECT began_at FROM sources WHERE id = ?", (source.id,)).fetchone()[0]
        dated = began is not None and began < (rows.stamp(polled_at) or "")
        if reading.learnt:
            self._learn(source.id, reading.learnt)
        added, revised = self._add_all(source.id, reading, polled_at, dated=dated)
        listed: Sequence[str] = json.loads(row["listed"]) if row else ()
        absent, kept = self._mark_absences(source.id, reading, listed, before, polled_at)
        self.db.execute(
            "INSERT INTO requests (source, purpose, listed, succeeded_at) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT (source, purpose) DO UPDATE SET listed = ?3, succeeded_at = ?4",
            (source.id, purpose, json.dumps(kept), rows.stamp(polled_at)),
        )
        return Ingested(announcements=added, revisions=revised, absences=absent)

    def _learn(self, source: str, learnt: Mapping[str, str]) -> None:
        row = self.db.execute("SELECT learnt FROM sources WHERE id = ?", (source,)).fetchone()
        merged = {**json.loads(row["learnt"]), **learnt}
        self.db.execute("UPDATE sources SET learnt = ? WHERE id = ?", (json.dumps(merged, sort_keys=True), source))

    def _add_all(self, source: str, reading: Reading, polled_at: datetime, *, dated: bool) -> tuple[int, int]:
        latest = self._latest_versions(source, reading.announcements)
        added = revised = 0
        named: set[str | None] = set()
        for said in reading.announcements:
            # A title that belongs to the incident is a revision of its first announcement only.
            titled = said.incident_key is None or said.incident_key not in named
            named.add(said.incident_key)
            known = next((latest[id_] for id_ in (said.id, *said.aliases) if id_ in latest), None)
            if known is None:
                number = self.add(said, polled_at, first_seen_at=polled_at if dated else None)
                fresh = {"number": number, "title": said.title, "text": said.text, "status": said.status}
                for id_ in (said.id, *said.aliases):
                    latest[id_] = {**fresh, "versions": 1, "forgotten_at": None}
                added += 1
            elif _reworded(known, said, titled=titled) and known["forgotten_at"] is None:
                self.revise(known["number"], known["versions"] + 1, said, polled_at)
                revised += 1
        if reading.listing is Listing.PART and latest:
            numbers = json.dumps([known["number"] for known in latest.values()])
            self.db.execute(
                "UPDATE announcements SET last_seen_at = ? WHERE last_seen_at IS NOT NULL "
                "AND number IN (SELECT value FROM json_each(?))",
                (rows.stamp(polled_at), numbers),
            )
        return added, revised

    def _latest_versions(self, source: str, said: Sequence[Announcement]) -> dict[str, Mapping[str, Any]]:
        """The newest known version by each of the ids and aliases; loads only what the document touches."""
        ids = json.dumps([id_ for a in said for id_ in (a.id, *a.aliases)])
        found = self.db.execute(
            "WITH wanted AS (SELECT value AS id FROM json_each(?1)), hits AS ("
            " SELECT w.id AS asked, a.number FROM wanted w JOIN announcements a ON a.source = ?2 AND a.id = w.id"
            " UNION SELECT w.id, s.announcement FROM wanted w"
            " JOIN announcement_aliases s ON s.source = ?2 AND s.alias = w.id) "
            "SELECT h.asked, a.number, a.versions, a.forgotten_at, COALESCE(r.title, a.title) AS title, "
            "COALESCE(r.text, a.text) AS text, CASE WHEN r.number IS NULL THEN a.status ELSE r.status END AS status "
            "FROM hits h JOIN announcements a ON a.number = h.number "
            "LEFT JOIN revisions r ON r.announcement = a.number AND r.number = a.versions",
            (ids, source),
        )
        return {row["asked"]: dict(row) for row in found}

    def add(self, said: Announcement, seen_at: datetime, *, first_seen_at: datetime | None) -> int:
        """A new announcement; gives its number."""
        times = {"seen_at": rows.stamp(seen_at), "first_seen_at": rows.stamp(first_seen_at)}
        number = self.insert(
            "announcements", {**rows.announcement_row(said), **times, "original": self._keep(said.original)}
        )
        for alias in said.aliases:
            self.insert(
                "announcement_aliases",
                {"source": said.source, "alias": alias, "announcement": number},
                verb="INSERT OR IGNORE",
            )
        return number

    def revise(self, number: int, version: int, said: Announcement, seen_at: datetime) -> None:
        """A later version of a known announcement."""
        row = {"announcement": number, "number": version, "seen_at": rows.stamp(seen_at)}
        said_row = {"edited_at": rows.stamp(said.edited_at), "title": said.title, "text": said.text}
        state = {"status": said.status, "impact": said.impact, "original": self._keep(said.original)}
        self.insert("revisions", {**row, **said_row, **state})
        self.db.execute("UPDATE announcements SET versions = ? WHERE number = ?", (version, number))

    def _keep(self, original: bytes) -> str | None:
        kept = rows.packed(original)
        if kept is None:
            return None
        self.insert("originals", {"digest": kept[0], "body": kept[1]}, verb="INSERT OR IGNORE")
        return kept[0]

    # -- absences ----------------------------------------------------------------------------------------

    def _mark_absences(
        self, source: str, reading: Reading, before: Sequence[str], last: datetime | None, now: datetime
    ) -> tuple[int, list[str]]:
        """(absences that are news, the list to compare the next document with).

        Rolling off the end is no absence: only an item with an older one still standing was taken away, and
        only twice in a row.
        """
        if reading.listing is Listing.PART or last is None:
            return 0, list(reading.listed)
        standing = set(reading.listed)
        news = self._returned(source, standing)
        kept = list(reading.listed)
        older_stands = False
        for key in reversed(before):
            if key in standing:
                older_stands = True
                continue
            if reading.listing is Listing.ACTIVE:
                news += self._set_absence(source, key, AbsenceKind.LEFT, last, now)
            elif older_stands:
                news += self._set_absence(source, key, AbsenceKind.MISSING, last, now)
                if self._absence(source, key) is AbsenceKind.MISSING:
                    kept.insert(_place(key, before, kept), key)
            else:
                self.db.execute(
                    "DELETE FROM absences WHERE source = ? AND key = ? AND kind = 'missing'", (source, key)
                )
            self._last_seen(source, key, last)
        return news, kept

    def _returned(self, source: str, standing: set[str]) -> int:
        cursor = self.db.execute(
            "DELETE FROM absences WHERE source = ? AND key IN (SELECT value FROM json_each(?))",
            (source, json.dumps(sorted(standing))),
        )
        return cursor.rowcount

    def _absence(self, source: str, key: str) -> AbsenceKind | None:
        row = self.db.execute("SELECT kind FROM absences WHERE source = ? AND key = ?", (source, key)).fetchone()
        return AbsenceKind(row["kind"]) if row else None

    def _set_absence(self, source: str, key: str, kind: AbsenceKind, last: datetime, now: datetime) -> int:
        """Write an absence; a second one in a row makes a missing item withdrawn. 1 where that is news."""
        known = self._absence(source, key)
        if known is None:
            times = {"last_seen_at": rows.stamp(last), "missing_at": rows.stamp(now)}
            self.insert("absences", {"source": source, "key": key, "kind": kind, **times})
            return int(kind is AbsenceKind.LEFT)
        if known is AbsenceKind.MISSING:
            self.db.execute("UPDATE absences SET kind = 'withdrawn' WHERE source = ? AND key = ?", (source, key))
            return 1
        return 0

    def _last_seen(self, source: str, key: str, last: datetime) -> None:
        self.db.execute(
            "UPDATE announcements SET last_seen_at = COALESCE(last_seen_at, ?1) "
            "WHERE source = ?2 AND (incident_key = ?3 OR id = ?3)",
            (rows.stamp(last), source, key),
        )

    def absences(self, vendor: str) -> tuple[Absence, ...]:
        """What the lists of a vendor's sources no longer hold."""
        found = self.db.execute(
            "SELECT b.* FROM absences b JOIN sources s ON s.id = b.source WHERE s.vendor = ? "
            "ORDER BY b.missing_at, b.key",
            (vendor,),
        )
        return tuple(
            Absence(
                source=row["source"],
                key=row["key"],
                kind=AbsenceKind(row["kind"]),
                last_seen_at=rows.certain(row["last_seen_at"]),
                missing_at=rows.certain(row["missing_at"]),
            )
            for row in found
        )

    # -- people ------------------------------------------------------------------------------------------

    def corrections(self) -> tuple[Correction, ...]:
        """What people corrected, in order."""
        return tuple(_correction(row) for row in self.db.execute("SELECT * FROM corrections ORDER BY number"))

    def correct(self, correction: Correction) -> None:
        """Add a person's word."""
        second = correction.second or (None, None)
        row = {"action": correction.action, "source": correction.first[0], "id": correction.first[1]}
        other = {"second_source": second[0], "second_id": second[1], "phase": correction.phase}
        made = {"author": correction.author, "reason": correction.reason, "made_at": rows.stamp(correction.made_at)}
        self.insert("corrections", {**row, **other, "revision": correction.revision, **made})

    def resolve_announcement(self, reference: str) -> tuple[str, str]:
        """(source, id) of ``source#id``; StoreError where there is none."""
        source, _, id_ = reference.partition("#")
        found = self.db.execute(
            "SELECT source, id FROM announcements WHERE source = ?1 AND id = ?2 UNION "
            "SELECT a.source, a.id FROM announcement_aliases s JOIN announcements a ON a.number = s.announcement "
            "WHERE s.source = ?1 AND s.alias = ?2",
            (source, id_),
        ).fetchone()
        if found is None:
            raise StoreError(f"no announcement {reference!r}; write SOURCE#ID as `tracker show` prints it")
        return found["source"], found["id"]

    def forget(self, source: str, id_: str, now: datetime | None = None) -> None:
        """Erase the texts of an announcement and of its versions; what remains says that something was here."""
        with self.transaction():
            row = self.db.execute(
                "SELECT number, seen_at FROM announcements WHERE source = ? AND id = ?", (source, id_)
            ).fetchone()
            if row is None:
                raise StoreError(f"no announcement {source}#{id_}")
            number = row["number"]
            self.db.execute(
                "UPDATE announcements SET text = ?, title = NULL, links = '[]', original = NULL, "
                "forgotten_at = COALESCE(forgotten_at, ?) WHERE number = ?",
                (FORGOTTEN, rows.stamp(now) or row["seen_at"], number),
            )
            self.db.execute(
                "UPDATE revisions SET text = ?, title = NULL, original = NULL WHERE announcement = ?",
                (FORGOTTEN, number),
            )
            self.db.execute("DELETE FROM verdicts WHERE announcement = ?", (number,))
            self.db.execute(
                "DELETE FROM originals WHERE digest NOT IN ("
                "SELECT original FROM announcements WHERE original IS NOT NULL UNION "
                " SELECT original FROM revisions WHERE original IS NOT NULL)"
            )


def _reworded(known: Mapping[str, Any], said: Announcement, *, titled: bool) -> bool:
    return (
        _words(known["text"]) != _words(said.text)
        or known["status"] != said.status
        or (titled and _words(known["title"]) != _words(said.title))
    )


def _place(key: str, before: Sequence[str], kept: Sequence[str]) -> int:
    """Where a missing key stood: before the first of its older neighbours that still stands."""
    for older in before[before.index(key) + 1 :]:
        if older in kept:
            return kept.index(older)
    return len(kept)


def _poll_state(row: sqlite3.Row) -> PollState:
    values = {name: row[name] for name in _STATE_COLUMNS}
    for name in ("polled_at", "succeeded_at", "next_poll_at", "failing_since", "moved_since"):
        values[name] = rows.moment(values[name])
    return PollState(**values)


def _correction(row: sqlite3.Row) -> Correction:
    return Correction(
        action=Action(row["action"]),
        first=(row["source"], row["id"]),
        second=(row["second_source"], row["second_id"]) if row["second_source"] else None,
        phase=Phase(row["phase"]) if row["phase"] else None,
        revision=row["revision"],
        author=row["author"],
        reason=row["reason"],
        made_at=rows.moment(row["made_at"]),
    )
