"""What was said: rows that are added, and of which a rebuild takes nothing away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracker.errors import AskError
from tracker.models import FORGOTTEN, Announcement, Listing, Name, Reading, Source
from tracker.store import cells, rows
from tracker.store.absences import Absences
from tracker.store.recognising import Recognised, Recognising
from tracker.store.sources import Sources
from tracker.store.versions import Latest, Twins, Version

MOST_IDS = 8  # under which one announcement is known: some feeds make new ones at every poll

_ANNOUNCED = rows.announcement_row(Announcement(source="", vendor="", id="", text=""))  # the same columns of any
_COLUMNS = ("number", "seen_at", "first_seen_at", "original", *_ANNOUNCED)
_INSERT_ANNOUNCEMENT = f"INSERT INTO announcements ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_INSERT_ORIGINAL = "INSERT OR IGNORE INTO originals VALUES (?, ?)"
# An announcement's own id is no other's alias.
_INSERT_ALIAS = (
    "INSERT OR IGNORE INTO announcement_aliases (source, alias, announcement) SELECT ?1, ?2, ?3 "
    "WHERE NOT EXISTS (SELECT 1 FROM announcements WHERE source = ?1 AND id = ?2)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one document added to the record.

    ``said`` are the new versions as (announcement number, version, the announcement as it now stands): what is
    to be judged. ``absent`` are the numbers of announcements that a list lost or holds again. ``gap``: the list
    had nothing in common with the one before it.
    """

    said: tuple[tuple[int, int, Announcement], ...] = ()
    absent: tuple[int, ...] = ()
    gap: bool = False

    @property
    def announcements(self) -> int:
        """How many were new."""
        return sum(version == 1 for _, version, _ in self.said)

    @property
    def revisions(self) -> int:
        """How many later versions of known ones there were."""
        return len(self.said) - self.announcements

    @property
    def touched(self) -> tuple[int, ...]:
        """The numbers of the announcements that something happened to."""
        return tuple(dict.fromkeys((*(number for number, _, _ in self.said), *self.absent)))


NOTHING = Ingested()


class Facts(Absences, Recognising, Sources):
    """The part of the store that writes and reads what was said."""

    # -- announcements -----------------------------------------------------------------------------------

    def ingest_past(self, source: Source, reading: Reading, seen_at: datetime) -> Ingested:
        """Add the announcements of an old document, which revises none. The caller holds the transaction."""
        self.ensure_source(source)
        fresh, _ = self._sort_out(source.id, reading, self.recognised(source.id, _ids(reading)))
        return Ingested(said=self.add(fresh, seen_at=seen_at, first_seen_at=None))

    def ingest(
        self, source: Source, purpose: str, reading: Reading, polled_at: datetime, *, live: bool = False
    ) -> Ingested:
        """Add what a document told: new announcements, revisions of known ones, absences from its list.

        A document older than the newest one read for the same purpose is refused whole: it could only
        undo what is known. One that was just polled is ``live``: if it seems older, the clock was set back.
        The caller holds the transaction.
        """
        self.ensure_source(source)
        row = self.db.execute(
            "SELECT succeeded_at, listed FROM requests WHERE source = ? AND purpose = ?", (source.id, purpose)
        ).fetchone()
        before = cells.moment(row["succeeded_at"]) if row else None
        if before is not None and polled_at < before and not live:
            return NOTHING
        if reading.learnt:
            self._learn(source.id, reading.learnt)
        listed: Sequence[str] = json.loads(row["listed"]) if row else ()
        reading = self.named_anew(source.id, reading)
        known = self.recognised(source.id, _ids(reading))
        known.renamed.update(self.of_a_site_that_moved(source.id, reading, listed, known))
        reading = replace(reading, listed=self.own_keys(source.id, reading, known))
        reading, ended = self._settled(source.id, reading, was_empty=row is not None and not listed)
        first_seen_at = polled_at if self._is_dated(source.id, reading.listing, before, polled_at) else None
        fresh, revised = self._sort_out(source.id, reading, known)
        new = self.add(fresh, seen_at=polled_at, first_seen_at=first_seen_at)
        later = [(number, version, self.revise(number, version, said, polled_at)) for number, version, said in revised]
        absent, kept = self.mark_absences(source.id, reading, listed, before, polled_at)
        entries = json.dumps(dict(reading.entries))
        self.db.execute(
            "INSERT INTO requests (source, purpose, listed, entries, succeeded_at) VALUES (?1, ?2, ?3, ?4, ?5) "
            "ON CONFLICT (source, purpose) DO UPDATE SET listed = ?3, entries = ?4, succeeded_at = ?5",
            (source.id, purpose, json.dumps(kept), entries, cells.stamp(polled_at)),
        )
        return Ingested(
            said=(*new, *later),
            absent=self.numbers_of(source.id, [*ended, *absent]),
            gap=_is_gap(reading, listed),
        )

    def _settled(self, source: str, reading: Reading, *, was_empty: bool) -> tuple[Reading, list[str]]:
        """(the reading with what an absence from its list means, what seemed withdrawn and has left).

        A list that may be either is of what is open, once for all, where it lost what ended, or where it ``was_empty``
        and nobody had seen what it holds: a feed of what was said keeps that, and one that failed and was empty holds
        the same as before.
        """
        if reading.listing is not Listing.EITHER:
            return reading, []
        ended = self.ended_in_its_midst(source)
        known = "SELECT json_extract(learnt, '$.of_open') FROM sources WHERE id = ?"
        [is_of_open] = self.db.execute(known, (source,)).fetchone()
        if not is_of_open:
            is_new = was_empty and bool(reading.listed) and not self.numbers_of(source, reading.listed)
            if is_of_open := bool(ended) or is_new:
                self._learn(source, {"of_open": "yes"})
        return replace(reading, listing=Listing.ACTIVE if is_of_open else Listing.WINDOW), ended

    def _is_dated(self, source: str, listing: Listing, before: datetime | None, polled_at: datetime) -> bool:
        """Whether what is new was said since we last looked, so that we can say when we saw it first."""
        if listing is not Listing.PART:
            return before is not None
        began = self.db.execute("SELECT began_at FROM sources WHERE id = ?", (source,)).fetchone()[0]
        return began is not None and began < cells.stamp(polled_at)

    def _learn(self, source: str, learnt: Mapping[str, str]) -> None:
        merged = "UPDATE sources SET learnt = json_patch(learnt, ?) WHERE id = ?"
        self.db.execute(merged, (json.dumps(dict(learnt), sort_keys=True), source))

    def _sort_out(
        self, source: str, reading: Reading, known: Recognised
    ) -> tuple[dict[int, Announcement], list[tuple[int, int, Announcement]]]:
        """(what is new, by the number that it gets; number, version and words of what was reworded)."""
        if reading.listing is Listing.WINDOW:
            known.renamed.update(self.no_longer_named(source, reading, known))
        first = self._next_number()
        named: set[str | None] = set()
        last = {said.incident_key: said.id for said in reading.announcements}  # they are told oldest first
        twins = Twins(reading.announcements)
        fresh: dict[int, Announcement] = {}
        revised: list[tuple[int, int, Announcement]] = []
        for said in reading.announcements:
            # A title that belongs to the incident is a revision of its first announcement only.
            titled = said.incident_key is None or said.incident_key not in named
            named.add(said.incident_key)
            stated = not said.shares_state or last[said.incident_key] == said.id
            if said.excerpt is not None and known.has_whole(said):
                continue
            one = known.of(said)
            if one is not None and (twin := twins.of(said, one)):
                if one.is_forgotten or not Version.of(twin).is_reworded(said, titled=titled, stated=stated):
                    continue
                self._name_apart(said)
                one = None
            if one is None:
                number = first + len(fresh)
                fresh[number] = said
                known.begin(said, number)
                continue
            if said.id not in known.named:
                self._remember(one, said)
            if not one.is_forgotten and one.newest.is_reworded(said, titled=titled, stated=stated):
                one.revise(said)
                revised.append((one.number, one.versions, said))
        return fresh, revised

    def _remember(self, known: Latest, said: Announcement) -> None:
        """That a known announcement has this id now. Where it had many, old ones are given up: those stay away."""
        names = self.db.execute("SELECT alias FROM announcement_aliases WHERE announcement = ?", (known.number,))
        had = {alias for (alias,) in names}
        old = sorted(had - {*said.aliases})
        given_up = "DELETE FROM announcement_aliases WHERE source = ? AND alias = ?"
        self.db.executemany(given_up, ((said.source, alias) for alias in old[: max(0, len(had) - MOST_IDS + 1)]))
        self.add_aliases(known.number, said, known_as=known.id)

    def _next_number(self) -> int:
        """The number of the next new announcement: numbers are the order in which we came to know them."""
        return int(self.db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM announcements").fetchone()[0])

    def add(
        self, fresh: Mapping[int, Announcement], *, seen_at: datetime, first_seen_at: datetime | None
    ) -> tuple[tuple[int, int, Announcement], ...]:
        """New announcements by their numbers; gives them as ``Ingested.said``. The caller holds the transaction."""
        packed = {number: rows.packed(said.original) for number, said in fresh.items()}
        self.db.executemany(_INSERT_ORIGINAL, filter(None, packed.values()))
        seen = (cells.stamp(seen_at), cells.stamp(first_seen_at))
        self.db.executemany(
            _INSERT_ANNOUNCEMENT,
            (
                (number, *seen, one[0] if (one := packed[number]) else None, *rows.announcement_row(said).values())
                for number, said in fresh.items()
            ),
        )
        aliases = ((said.source, alias, number) for number, said in fresh.items() for alias in said.aliases)
        self.db.executemany(_INSERT_ALIAS, aliases)
        return tuple((number, 1, said) for number, said in fresh.items())

    def add_aliases(self, number: int, said: Announcement, *, known_as: str) -> None:
        """Remember the other ids of an announcement that is ``known_as`` one of them."""
        others = {*said.ids} - {known_as}
        self.db.executemany(_INSERT_ALIAS, ((said.source, alias, number) for alias in sorted(others)))

    def _name_apart(self, said: Announcement) -> None:
        """Its id names no other announcement any more."""
        self.db.execute("DELETE FROM announcement_aliases WHERE source = ? AND alias = ?", (said.source, said.id))

    def revise(self, number: int, version: int, said: Announcement, seen_at: datetime) -> Announcement:
        """A later version of a known announcement; gives it as it stands: the rest of it is that of the first."""
        first = self.db.execute("SELECT *, '[]' AS aliases FROM announcements WHERE number = ?", (number,)).fetchone()
        seen, packed = cells.stamp(seen_at), rows.packed(said.original)
        later = _revised(first["published_at"], said, seen)
        if packed:
            self.db.execute(_INSERT_ORIGINAL, packed)
        original = packed[0] if packed else None
        row = {"announcement": number, "number": version, "seen_at": seen, **later, "original": original}
        self.insert("revisions", row)
        self.db.execute("UPDATE announcements SET versions = ? WHERE number = ?", (version, number))
        return rows.announcement({**dict(first), **later})

    # -- reading again -----------------------------------------------------------------------------------

    def numbers(self, vendor: str) -> list[int]:
        """The numbers of all that a vendor said, in order."""
        found = self.db.execute("SELECT number FROM announcements WHERE vendor = ? ORDER BY number", (vendor,))
        return [number for (number,) in found]

    def originals(self, vendor: str) -> Iterator[tuple[int, int, str, str, bytes, datetime]]:
        """(announcement number, version, id, source, original, when it was seen) of all that has an original."""
        found = self.db.execute(
            "SELECT a.number, 1 AS version, a.id, a.source, o.body, a.seen_at FROM announcements a "
            "JOIN originals o ON o.digest = a.original WHERE a.vendor = ?1 "
            "UNION ALL SELECT a.number, r.number, a.id, a.source, o.body, r.seen_at FROM revisions r "
            "JOIN announcements a ON a.number = r.announcement JOIN originals o ON o.digest = r.original "
            "WHERE a.vendor = ?1 ORDER BY 1, 2",
            (vendor,),
        )
        for row in found.fetchall():
            body = rows.unpacked(row["body"])
            yield row["number"], row["version"], row["id"], row["source"], body, cells.certain(row["seen_at"])

    def reword(self, number: int, version: int, said: Announcement) -> None:
        """Write what a reader of today reads from an original; writes nothing where that is what stands there."""
        row = rows.announcement_row(said)
        for name in ("source", "id", "vendor"):
            row.pop(name)
        table, where = "announcements", "number = ?1"
        if version > 1:
            table, where = "revisions", "announcement = ?1 AND number = ?2"
            dated = self.db.execute(
                "SELECT a.published_at, r.seen_at FROM revisions r JOIN announcements a ON a.number = r.announcement "
                "WHERE r.announcement = ? AND r.number = ?",
                (number, version),
            ).fetchone()
            row = _revised(dated["published_at"], said, dated["seen_at"])
        columns = ", ".join(f"{name} = ?{place}" for place, name in enumerate(row, 3))
        same = " AND ".join(f"{name} IS ?{place}" for place, name in enumerate(row, 3))
        self.db.execute(
            f"UPDATE {table} SET {columns} WHERE {where} AND NOT ({same})", (number, version, *row.values())
        )

    # -- people ------------------------------------------------------------------------------------------

    def resolve_announcement(self, reference: str) -> tuple[str, str]:
        """(source, id) of ``source#id``; AskError where there is none."""
        source, _, id_ = reference.partition("#")
        found = self.db.execute(
            "SELECT source, id, 0 AS other FROM announcements WHERE source = ?1 AND id = ?2 UNION ALL "
            "SELECT a.source, a.id, 1 FROM announcement_aliases s JOIN announcements a ON a.number = s.announcement "
            "WHERE s.source = ?1 AND s.alias = ?2 ORDER BY other",
            (self.source_today(source), id_),
        ).fetchone()
        if found is None:
            show = "tracker show" if id_ else f"tracker show {reference}"  # an incident, or a link
            raise AskError(f"no announcement {reference!r}; write SOURCE#ID as `{show}` prints it")
        return found["source"], found["id"]

    def addresses_with(self, path: str) -> list[tuple[Name, str]]:
        """(name, address) of the announcements in whose address this stands, newest first.

        No index knows the addresses: a second with a million announcements.
        """
        found = self.db.execute(
            "SELECT source, id, url FROM announcements WHERE instr(url, ?) ORDER BY number DESC", (path,)
        )
        return [((row["source"], row["id"]), row["url"]) for row in found]

    def forget(self, source: str, id_: str, now: datetime) -> int:
        """Erase the texts of an announcement and of its versions; what remains says that something was here.

        Gives its number: it must be judged again. The caller holds the transaction.
        """
        known = "SELECT number FROM announcements WHERE source = ? AND id = ?"
        number: int = self.db.execute(known, (source, id_)).fetchone()[0]
        erased = "text = ?, title = NULL, original = NULL"
        self.db.execute(
            f"UPDATE announcements SET {erased}, links = '[]', forgotten_at = COALESCE(forgotten_at, ?) "
            "WHERE number = ?",
            (FORGOTTEN, cells.stamp(now), number),
        )
        self.db.execute(f"UPDATE revisions SET {erased} WHERE announcement = ?", (FORGOTTEN, number))
        self.db.execute(
            "DELETE FROM originals WHERE digest NOT IN ("
            "SELECT original FROM announcements WHERE original IS NOT NULL UNION "
            "SELECT original FROM revisions WHERE original IS NOT NULL)"
        )
        return number


def _ids(reading: Reading) -> list[str]:
    """All ids that a document names its announcements by."""
    return [id_ for said in reading.announcements for id_ in said.ids]


def _revised(published_at: str | None, said: Announcement, seen_at: str) -> dict[str, Any]:
    """What a version may change. One that is dated later, and by no field as an edit, was edited then."""
    row = rows.announcement_row(said)
    dated = row["published_at"]
    if row["edited_at"] is None and dated is not None and published_at and published_at < dated <= seen_at:
        row["edited_at"] = dated
    return {name: row[name] for name in rows.REVISED}


def _is_gap(reading: Reading, before: Sequence[str]) -> bool:
    """True where a window has moved past everything it held: between the two more was said than it shows."""
    return reading.listing is Listing.WINDOW and bool(before and reading.listed) and not {*before} & {*reading.listed}
