"""What was said: rows that are added, and of which a rebuild takes nothing away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from tracker.errors import AskError
from tracker.models import FORGOTTEN, Announcement, Listing, Name, Reading, Source
from tracker.store import cells, rows
from tracker.store.absences import Absences
from tracker.store.sources import Sources
from tracker.store.versions import Latest, Twins, Version, words

K = TypeVar("K")
T = TypeVar("T")
MOST_IDS = 8  # under which one announcement is known: some feeds make new ones at every poll

_ANNOUNCED = rows.announcement_row(Announcement(source="", vendor="", id="", text=""))  # the same columns of any
_COLUMNS = ("number", "seen_at", "first_seen_at", "original", *_ANNOUNCED)
_INSERT_ANNOUNCEMENT = f"INSERT INTO announcements ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_SITE = re.compile(r"https?://[^/?#]+(?=/.)")
_FIRST = ", ".join(f"a.{name}" for name in Version._fields)
_NEWEST = ", ".join(map(cells.revised, Version._fields))
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


class Facts(Absences, Sources):
    """The part of the store that writes and reads what was said."""

    # -- announcements -----------------------------------------------------------------------------------

    def ingest_past(self, source: Source, reading: Reading, seen_at: datetime) -> Ingested:
        """Add the announcements of an old document, which revises none. The caller holds the transaction."""
        self.ensure_source(source)
        latest = self._latest(source.id, reading.announcements)
        added = self._add_all(source.id, reading, seen_at, dated=False, revise=False, latest=latest, moved={})
        return Ingested(said=tuple(added))

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
        reading = self._named_anew(source.id, reading)
        latest = self._latest(source.id, reading.announcements)
        moved = self._of_a_site_that_moved(source.id, reading, listed, latest)
        reading = replace(reading, listed=self._own_keys(source.id, reading, {**latest, **moved}))
        ended: Sequence[str] = ()
        if reading.listing is Listing.EITHER:
            ended = self.ended_in_its_midst(source.id)
            new = reading.listed if row is not None and not listed else ()
            is_of_open = self._is_of_open(source.id, new, has_lost=bool(ended))
            reading = replace(reading, listing=Listing.ACTIVE if is_of_open else Listing.WINDOW)
        dated = self._is_dated(source.id, reading.listing, before, polled_at)
        gap = _is_gap(reading, listed)
        said = tuple(self._add_all(source.id, reading, polled_at, dated=dated, latest=latest, moved=moved))
        absent, kept = self.mark_absences(source.id, reading, listed, before, polled_at)
        entries = json.dumps(dict(reading.entries))
        self.db.execute(
            "INSERT INTO requests (source, purpose, listed, entries, succeeded_at) VALUES (?1, ?2, ?3, ?4, ?5) "
            "ON CONFLICT (source, purpose) DO UPDATE SET listed = ?3, entries = ?4, succeeded_at = ?5",
            (source.id, purpose, json.dumps(kept), entries, cells.stamp(polled_at)),
        )
        return Ingested(said=said, absent=self.numbers_of(source.id, [*ended, *absent]), gap=gap)

    def _named_anew(self, source: str, reading: Reading) -> Reading:
        """With an id of its own for what has the id of another that was gone before this one was published.

        Azure makes an incident's guid of its title, and the next outage of that title has it again. What comes back
        in the words that it had is the same: some feeds are empty for a while, and date entries by the request.
        """
        found = self.db.execute(
            "WITH gone AS (SELECT a.id, a.last_seen_at FROM json_each(?1) w CROSS JOIN announcements a "
            "ON a.source = ?2 AND a.id = w.value WHERE a.last_seen_at NOT NULL) "
            "SELECT id, last_seen_at, id AS newest, last_seen_at AS newest_last_seen_at FROM gone "
            "UNION ALL SELECT g.id, g.last_seen_at, a.id, a.last_seen_at FROM gone g CROSS JOIN announcements a "
            "ON a.source = ?2 AND a.id > g.id || '~20' AND a.id < g.id || '~21' AND a.id GLOB '*~????-??-??T??:??:??Z' "
            "ORDER BY newest",
            (json.dumps([said.id for said in reading.announcements]), source),
        )
        gone = {row["id"]: row for row in found}
        names: dict[str, str] = {}
        for said in reading.announcements:
            published = cells.stamp(said.published_at) if said.id in gone else None
            if published is None or published <= gone[said.id]["last_seen_at"]:
                continue
            newest, last_seen = gone[said.id]["newest"], gone[said.id]["newest_last_seen_at"]
            [known] = self._latest(source, [replace(said, id=newest, aliases=())]).values()
            is_another = (
                last_seen and published > last_seen and known.newest.is_reworded(said, titled=True, stated=True)
            )
            names[said.id] = f"{said.id}~{published}" if is_another else newest
        return reading.renamed(names) if names else reading

    def _is_of_open(self, source: str, new: Sequence[str], *, has_lost: bool) -> bool:
        """Whether a list is of what is open, once for all: it ``has_lost`` what ended, or all that it holds is ``new``.

        That it is where the list was empty and nobody had seen it: a feed of what was said keeps that, and one that
        failed and was empty holds the same as before.
        """
        known = "SELECT json_extract(learnt, '$.of_open') FROM sources WHERE id = ?"
        if self.db.execute(known, (source,)).fetchone()[0]:
            return True
        is_of_open = has_lost or (bool(new) and not self.numbers_of(source, new))
        if is_of_open:
            self._learn(source, {"of_open": "yes"})
        return is_of_open

    def _is_dated(self, source: str, listing: Listing, before: datetime | None, polled_at: datetime) -> bool:
        """Whether what is new was said since we last looked, so that we can say when we saw it first."""
        if listing is not Listing.PART:
            return before is not None
        began = self.db.execute("SELECT began_at FROM sources WHERE id = ?", (source,)).fetchone()[0]
        return began is not None and began < cells.stamp(polled_at)

    def _learn(self, source: str, learnt: Mapping[str, str]) -> None:
        merged = "UPDATE sources SET learnt = json_patch(learnt, ?) WHERE id = ?"
        self.db.execute(merged, (json.dumps(dict(learnt), sort_keys=True), source))

    def _add_all(
        self,
        source: str,
        reading: Reading,
        polled_at: datetime,
        *,
        dated: bool,
        latest: dict[str, Latest],
        moved: Mapping[str, Latest],
        revise: bool = True,
    ) -> Iterator[tuple[int, int, Announcement]]:
        """Write what is new; gives (number, version, announcement) of each new version."""
        first = self._next_number()
        fresh, revised = self._sort_out(source, reading, latest, moved, first)
        self.add(fresh, first, seen_at=polled_at, first_seen_at=polled_at if dated else None)
        yield from ((number, 1, said) for number, said in enumerate(fresh, first))
        for number, version, said in revised if revise else ():
            self.revise(number, version, said, polled_at)
            yield number, version, self._as_it_stands(number, said)

    def _sort_out(
        self, source: str, reading: Reading, latest: dict[str, Latest], moved: Mapping[str, Latest], first: int
    ) -> tuple[list[Announcement], list[tuple[int, int, Announcement]]]:
        """(what is new, to be numbered from ``first`` on; number, version and words of what was reworded).

        ``latest`` is brought up to date: a document may hold two versions of one announcement.
        """
        retimed = self._no_longer_named(source, reading, latest) if reading.listing is Listing.WINDOW else {}
        retimed |= moved
        named: set[str | None] = set()
        last = {said.incident_key: said.id for said in reading.announcements}  # they are told oldest first
        twins = Twins(reading.announcements)
        fresh: list[Announcement] = []
        revised: list[tuple[int, int, Announcement]] = []
        for said in reading.announcements:
            # A title that belongs to the incident is a revision of its first announcement only.
            titled = said.incident_key is None or said.incident_key not in named
            named.add(said.incident_key)
            stated = not said.shares_state or last[said.incident_key] == said.id
            if said.excerpt is not None and _was_told_whole(said, latest):
                continue
            known = one_of(latest, said) or retimed.get(said.id)
            if known is not None and (twin := twins.of(said, known)):
                if known.is_forgotten or not Version.of(twin).is_reworded(said, titled=titled, stated=stated):
                    continue
                self._name_apart(said)
                known = None
            if known is not None and said.id not in latest:
                self._remember(known, said)
            if known is None:
                _begin(latest, said, first + len(fresh))
                fresh.append(said)
            elif not known.is_forgotten and known.newest.is_reworded(said, titled=titled, stated=stated):
                known.revise(said)
                revised.append((known.number, known.versions, said))
        return fresh, revised

    def _of_a_site_that_moved(
        self, source: str, reading: Reading, before: Sequence[str], latest: Mapping[str, Latest]
    ) -> dict[str, Latest]:
        """What seems new, by its address, and stood at the same place of another site in the list before, dated alike.

        A page that moves has all its addresses on its new host, where none was before.
        """
        here, there = ({site for key in keys if (site := _site(key))} for keys in (reading.listed, before))
        if not there or here & there:
            return {}
        places = _grouped((key.removeprefix(_site(key)), key) for key in before if _site(key))
        new = [said for said in reading.announcements if _site(said.id) and one_of(latest, said) is None]
        stood = ((said, places.get(said.id.removeprefix(_site(said.id)), ())) for said in new)
        was = {keys[0]: said for said, keys in stood if len(keys) == 1}
        dates = self.db.execute(
            "SELECT id, published_at FROM announcements WHERE source = ? AND id IN (SELECT value FROM json_each(?))",
            (source, json.dumps(list(was))),
        )
        alike = {id_: was[id_] for id_, date in dates if date == cells.stated(was[id_].published_at)}
        known = self._latest(source, [replace(said, id=id_, aliases=()) for id_, said in alike.items()])
        return {said.id: known[id_] for id_, said in alike.items()}

    def _own_keys(self, source: str, reading: Reading, latest: Mapping[str, Latest]) -> tuple[str, ...]:
        """What the list holds, each by the id that the record knows it by: lists are compared with each other.

        An entry that is told in steps keeps its own too, which is their key. No two of a list have one name.
        """
        names = self._names(source, reading, latest)
        renamed = [key for key in reading.listed if names.get(key, key) != key]
        if not renamed:
            return reading.listed
        keyed = self.db.execute(
            "SELECT value FROM json_each(?1) WHERE EXISTS "
            "(SELECT 1 FROM announcements WHERE source = ?2 AND incident_key = value)",
            (json.dumps(renamed), source),
        )
        keys = {said.incident_key for said in reading.announcements}.union(key for (key,) in keyed)
        taken, found = {*reading.listed}, list[str]()
        for key in reading.listed:
            own = names.get(key, key)
            if own in taken or key in keys:
                found.append(key)
            if own not in taken:
                found.append(own)
                taken.add(own)
        return tuple(found)

    def _names(self, source: str, reading: Reading, latest: Mapping[str, Latest]) -> dict[str, str]:
        """The id by which the record knows a name; not of an entry that is told in steps, nor of an incident."""
        known = ((said, one_of(latest, said)) for said in reading.announcements)
        told = ((name, one.id) for said, one in known if one for name in (said.id, *said.aliases))
        names = {name: id_ for name, id_ in told if not id_.startswith(f"{name}~")}
        others = json.dumps([key for key in reading.listed if key not in names])
        names |= self.db.execute(
            "SELECT s.alias, a.id FROM json_each(?1) w CROSS JOIN announcement_aliases s "
            "ON s.source = ?2 AND s.alias = w.value JOIN announcements a ON a.number = s.announcement "
            "WHERE substr(a.id, 1, length(s.alias) + 1) <> s.alias || '~' AND a.incident_key IS NOT s.alias",
            (others, source),
        ).fetchall()
        return names

    def _remember(self, known: Latest, said: Announcement) -> None:
        """That a known announcement has this id now. Where it had many, old ones are given up: those stay away."""
        names = self.db.execute("SELECT alias FROM announcement_aliases WHERE announcement = ?", (known.number,))
        had = {alias for (alias,) in names}
        old = sorted(had - {*said.aliases})
        given_up = "DELETE FROM announcement_aliases WHERE source = ? AND alias = ?"
        self.db.executemany(given_up, ((said.source, alias) for alias in old[: max(0, len(had) - MOST_IDS + 1)]))
        self.add_aliases(known.number, said, known_as=known.id)

    def _no_longer_named(self, source: str, reading: Reading, latest: Mapping[str, Latest]) -> dict[str, Latest]:
        """What seems new, by its id, and is a known update of its incident which none of the ids of today names.

        An id that holds a time changes when the vendor moves it. What says the same now is the same update; and so is
        what says something else under such an id, where it alone is new in its state, one alone in this state is gone,
        and no other word of the incident lies between the two.
        """
        new = [said for said in reading.announcements if said.incident_key and one_of(latest, said) is None]
        today = {one.number for one in latest.values()}
        found = self.db.execute(
            f"SELECT a.incident_key, a.published_at, a.number, a.id, a.versions, a.forgotten_at, {_FIRST} "
            "FROM json_each(?) w JOIN announcements a ON a.source = ? AND a.incident_key = w.value "
            "ORDER BY a.number DESC",
            (json.dumps(list({said.incident_key for said in new})), source),
        )
        known = ((key, cells.moment(at), Latest.of_row(*row)) for key, at, *row in found)
        gone = [(key, at, one) for key, at, one in known if one.number not in today]
        alike = {(key, one.newest.status, one.newest.text): one for key, _, one in gone}
        same = ((said, alike.get((said.incident_key, said.status, said.text))) for said in new)
        names = {said.id: one for said, one in same if one}
        taken = {one.number for one in names.values()}
        left = _grouped(((key, one.newest.status), (at, one)) for key, at, one in gone if one.number not in taken)
        others = _grouped(((said.incident_key, said.status), said) for said in new if said.id not in names)
        of_incident = _grouped((said.incident_key, said) for said in reading.announcements)
        for state, told in others.items():
            if len(told) != 1 or len(left.get(state, ())) != 1 or not _holds_its_time(told[0]):
                continue
            [(at, one)] = left[state]
            if not _lies_between(of_incident[told[0].incident_key], told[0], at):
                names[told[0].id] = one
        return names

    def _latest(self, source: str, said: Sequence[Announcement]) -> dict[str, Latest]:
        """What is known by each of the ids and aliases; loads only what the document touches."""
        ids = json.dumps([id_ for a in said for id_ in (a.id, *a.aliases)])
        found = self.db.execute(
            "WITH wanted AS (SELECT value AS id FROM json_each(?1)), hits AS ("
            " SELECT w.id AS asked, a.number FROM wanted w JOIN announcements a ON a.source = ?2 AND a.id = w.id"
            " UNION SELECT w.id, s.announcement FROM wanted w"
            " JOIN announcement_aliases s ON s.source = ?2 AND s.alias = w.id) "
            f"SELECT h.asked, a.number, a.id, a.versions, a.forgotten_at, {_NEWEST} "
            "FROM hits h JOIN announcements a ON a.number = h.number "
            "LEFT JOIN revisions r ON r.announcement = a.number AND r.number = a.versions ORDER BY a.id = h.asked",
            (ids, source),
        )
        known: dict[int, Latest] = {}  # one and the same for all names of an announcement; its own id wins
        return {asked: known.setdefault(row[0], Latest.of_row(*row)) for asked, *row in found}

    def _next_number(self) -> int:
        """The number of the next new announcement: numbers are the order in which we came to know them."""
        return int(self.db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM announcements").fetchone()[0])

    def add(
        self, fresh: Sequence[Announcement], first: int, *, seen_at: datetime, first_seen_at: datetime | None
    ) -> None:
        """New announcements, numbered from ``first`` on. The caller holds the transaction."""
        packed = [rows.packed(said.original) for said in fresh]
        self.db.executemany("INSERT OR IGNORE INTO originals VALUES (?, ?)", [one for one in packed if one])
        seen = (cells.stamp(seen_at), cells.stamp(first_seen_at))
        self.db.executemany(
            _INSERT_ANNOUNCEMENT,
            (
                (number, *seen, one[0] if one else None, *rows.announcement_row(said).values())
                for number, (said, one) in enumerate(zip(fresh, packed, strict=True), first)
            ),
        )
        self.db.executemany(
            _INSERT_ALIAS,
            ((said.source, alias, number) for number, said in enumerate(fresh, first) for alias in said.aliases),
        )

    def add_aliases(self, number: int, said: Announcement, *, known_as: str) -> None:
        """Remember the other ids of an announcement that is ``known_as`` one of them."""
        others = {said.id, *said.aliases} - {known_as}
        self.db.executemany(_INSERT_ALIAS, ((said.source, alias, number) for alias in sorted(others)))

    def _name_apart(self, said: Announcement) -> None:
        """Its id names no other announcement any more."""
        self.db.execute("DELETE FROM announcement_aliases WHERE source = ? AND alias = ?", (said.source, said.id))

    def revise(self, number: int, version: int, said: Announcement, seen_at: datetime) -> None:
        """A later version of a known announcement."""
        self.insert(
            "revisions",
            {
                "announcement": number,
                "number": version,
                "seen_at": cells.stamp(seen_at),
                **self._revised(number, said, cells.stamp(seen_at)),
                "original": self._keep(said.original),
            },
        )
        self.db.execute("UPDATE announcements SET versions = ? WHERE number = ?", (version, number))

    def _revised(self, number: int, said: Announcement, seen_at: str) -> dict[str, Any]:
        """What a version may change. One that is dated later, and by no field as an edit, was edited then."""
        row = rows.announcement_row(said)
        if row["edited_at"] is None and row["published_at"] is not None:
            first = self.db.execute("SELECT published_at FROM announcements WHERE number = ?", (number,)).fetchone()
            if first["published_at"] and first["published_at"] < row["published_at"] <= seen_at:
                row["edited_at"] = row["published_at"]
        return {name: row[name] for name in rows.REVISED}

    def _as_it_stands(self, number: int, said: Announcement) -> Announcement:
        """A version as the record holds it: what no version may change is that of the first."""
        first = self.db.execute("SELECT *, '[]' AS aliases FROM announcements WHERE number = ?", (number,)).fetchone()
        later = rows.announcement_row(said)
        return rows.announcement({**dict(first), **{name: later[name] for name in rows.REVISED}})

    def _keep(self, original: bytes) -> str | None:
        kept = rows.packed(original)
        if kept is None:
            return None
        self.insert("originals", {"digest": kept[0], "body": kept[1]}, end="ON CONFLICT DO NOTHING")
        return kept[0]

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
            seen = self.db.execute(f"SELECT seen_at FROM revisions WHERE {where}", (number, version)).fetchone()
            row = self._revised(number, said, seen["seen_at"])
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


def _grouped(told: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """What goes with each key, in order."""
    found: dict[K, list[T]] = {}
    for key, what in told:
        found.setdefault(key, []).append(what)
    return found


def _site(key: str) -> str:
    """Scheme and host of an address that has a place behind them, "" of anything else."""
    found = _SITE.match(key)
    return found[0] if found else ""


def _holds_its_time(said: Announcement) -> bool:
    """Whether its id would be another one at another minute."""
    return said.published_at is not None and f"{said.published_at:%Y-%m-%dT%H:%M}" in said.id


def _lies_between(told: Iterable[Announcement], said: Announcement, at: datetime | None) -> bool:
    """Whether another word ``told`` of its incident lies between it and a time; also where one of these is unknown."""
    if at is None or said.published_at is None:
        return True
    first, last = sorted((at, said.published_at))
    return any(first <= each.published_at <= last for each in told if each is not said and each.published_at)


def one_of(known: Mapping[str, Latest], said: Announcement) -> Latest | None:
    """The known announcement that this is: by its id, else by the first of its other ids that is known."""
    return next((known[id_] for id_ in (said.id, *said.aliases) if id_ in known), None)


def _begin(latest: dict[str, Latest], said: Announcement, number: int) -> None:
    """One and the same under all names of what is new, but for those that are another's own."""
    begun = Latest(number, said.id, 1, is_forgotten=False, newest=Version.of(said))
    latest |= {name: begun for name in (said.id, *said.aliases) if name not in latest or latest[name].id != name}


def _was_told_whole(said: Announcement, latest: Mapping[str, Latest]) -> bool:
    """Whether the record has a step of an entry within that entry, from before it was cut, or had it and forgot it."""
    entry = latest.get(said.incident_key or "")
    if entry is None or entry.id != said.incident_key:
        return False
    return entry.is_forgotten or words(said.excerpt) in words(entry.newest.text)


def _is_gap(reading: Reading, before: Sequence[str]) -> bool:
    """True where a window has moved past everything it held: between the two more was said than it shows."""
    return reading.listing is Listing.WINDOW and bool(before and reading.listed) and not {*before} & {*reading.listed}
