"""The record as people read it: vendors, sources, incidents. It loads little, so that a reader starts at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tracker.models import Kind
from tracker.store import cells, incidents
from tracker.store.opening import connect, of_the_file

if TYPE_CHECKING:
    from tracker.models import Incident, SourceHealth

IS_OPEN = "state IN ('open', 'in-progress', 'overrun')"  # as ``Incident.is_open``
NOT_OVER = "state IN ('open', 'planned', 'in-progress', 'overrun')"


class Reader:
    """The part of the store that people read. It is opened with ``open`` and closes itself at the end of a ``with``."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self.db = db
        self.path = path

    @classmethod
    def open(cls, path: Path, *, write: bool = True, older: bool = False) -> Self:
        """The record at ``path``; with ``write`` it is brought up to date, and made where there is none.

        To copy its facts an ``older`` schema does as well: what is derived from them may not be asked for.
        StoreError where the file is missing, not ours, newer than this program, read-only, or cannot be opened.
        """
        return cls(connect(path, write=write, older=older), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.db.close()
        if (trouble := of_the_file(error, self.path)) is not None:
            raise trouble from error

    def vendor_names(self, slugs: Iterable[str] | None = None) -> dict[str, str]:
        """The name of each vendor, or of those of ``slugs`` that there are, by its slug, in the order of the slugs."""
        chosen = "" if slugs is None else "WHERE slug IN (SELECT value FROM json_each(?)) "
        values = () if slugs is None else (json.dumps(list(slugs)),)
        return dict(self.db.execute(f"SELECT slug, name FROM vendors {chosen}ORDER BY slug", values).fetchall())

    def sources(self, vendors: Sequence[str] = (), *, counted: bool = False) -> list[SourceHealth]:
        """The health of the sources of these vendors (none: all) as the collector wrote it down, by id.

        What each has said is ``counted`` where somebody asks: it takes a while in a large record.
        """
        from tracker.models import Health, Source, SourceHealth

        found = self.db.execute(
            "SELECT s.id, s.vendor, s.platform, s.address, s.health, s.health_since, s.health_reason, s.succeeded_at, "
            f"h.polled_at, h.next_poll_at, {'h.announcements' if counted else 'NULL'} AS announcements, "
            "(SELECT q.last_error FROM requests q WHERE q.source = s.id AND q.last_error IS NOT NULL "
            "ORDER BY q.polled_at DESC LIMIT 1) AS last_error, "
            "(SELECT MAX(q.failures) FROM requests q WHERE q.source = s.id) AS failures "
            "FROM sources s JOIN source_health h ON h.id = s.id "
            f"{'WHERE s.vendor IN (SELECT value FROM json_each(?)) ' if vendors else ''}ORDER BY s.id",
            (json.dumps(list(vendors)),) if vendors else (),
        )
        return [
            SourceHealth(
                # The record knows where it speaks, not by which key of feeds.yaml.
                source=Source(id=row["id"], vendor=row["vendor"], platform=row["platform"], page=row["address"]),
                health=Health(row["health"]),
                since=cells.moment(row["health_since"]),
                reason=row["health_reason"],
                last_poll=cells.moment(row["polled_at"]),
                last_success=cells.moment(row["succeeded_at"]),
                next_poll_at=cells.moment(row["next_poll_at"]),
                announcements=row["announcements"],
                last_error=row["last_error"],
                failures=row["failures"] or 0,
            )
            for row in found
        ]

    def hears_all(self, vendors: Sequence[str] = ()) -> bool:
        """True where a source of each of these vendors (none: of all that have one) is read now; SQL alone tells it."""
        every = vendors or [vendor for (vendor,) in self.db.execute("SELECT DISTINCT vendor FROM sources")]
        heard = self.db.execute(
            "SELECT COUNT(DISTINCT vendor) FROM source_health WHERE health IN ('ok', 'moved') "
            "AND vendor IN (SELECT value FROM json_each(?))",
            (json.dumps(list(every)),),
        )
        return bool(next(heard)[0] == len(set(every)))

    def incidents(
        self,
        *,
        vendors: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        words: Sequence[str] = (),
        open_only: bool = False,
        kinds: Sequence[Kind] = (Kind.INCIDENT,),
    ) -> tuple[Incident, ...]:
        """Incidents that were going on in a span of time, or are to come after ``since``, oldest first.

        One is in the span when it is not over or its last word is not before ``since``, and its first not after
        ``until``. With ``words`` those of which an announcement, in any of its versions, has them all.
        """
        where = ["kind IN (SELECT value FROM json_each(:kinds))"]
        of_vendors = "vendor IN (SELECT slug FROM vendors)"
        if vendors:
            of_vendors = "vendor IN (SELECT value FROM json_each(:vendors))"
            where.append(of_vendors)
        if since is not None:
            before = "" if until is None else " AND +announced_at < :until"  # +: no other index is to be searched by it
            spoke = f"{of_vendors} AND last_update_at >= :since{before}"
            either = f"SELECT id FROM incidents WHERE {NOT_OVER} UNION SELECT id FROM incidents WHERE {spoke}"
            where.append(f"id IN ({either})")
        if until is not None:
            where.append("announced_at < :until")
        asked: dict[str, str] = {}
        if words:
            from tracker.store.searching import told_in

            told, asked = told_in(words)
            where.append(
                "id IN (SELECT u.incident FROM announcements_fts f JOIN incident_updates u ON u.announcement = f.rowid "
                f"WHERE {told})"
            )
        if open_only:
            where.append(IS_OPEN)
        span = {"since": cells.stamp(since), "until": cells.stamp(until)}
        values = {"kinds": json.dumps(kinds), "vendors": json.dumps(vendors), **span, **asked}
        found = self.db.execute(
            f"SELECT * FROM incidents WHERE {' AND '.join(where)} ORDER BY announced_at, id", values
        ).fetchall()
        return self._whole(found)

    def named(self, column: str, vendors: Sequence[str] = ()) -> Iterator[str]:
        """What all incidents of these vendors (none: all) name as ``components`` or ``regions``, each once."""
        of = " WHERE i.vendor IN (SELECT value FROM json_each(?))" if vendors else ""
        found = self.db.execute(
            f"SELECT DISTINCT n.value FROM incidents i, json_each(i.{column}) n{of}",
            [json.dumps(list(vendors))] if vendors else [],
        )
        return (name for (name,) in found)

    def incident(self, reference: str) -> Incident | None:
        """The incident of that id, or of which that id is an older or a member's one."""
        found = self._known_as(reference)
        if not found and "#" in reference:
            source, _, id_ = reference.partition("#")
            found = self.db.execute(
                "SELECT * FROM incidents WHERE id = (SELECT u.incident FROM incident_updates u JOIN announcements a "
                "ON a.number = u.announcement WHERE a.source = ? AND a.id = ? LIMIT 1)",
                (self.source_today(source), id_),
            ).fetchall()
        if not found and (today := self.id_today(reference)):
            found = self._known_as(today)
        whole = self._whole(found)
        return whole[0] if whole else None

    def _known_as(self, id_: str) -> list[sqlite3.Row]:
        return self.db.execute(
            "SELECT * FROM incidents WHERE id = ?1 OR id = (SELECT incident FROM incident_aliases WHERE alias = ?1)",
            (id_,),
        ).fetchall()

    def source_today(self, id_: str) -> str:
        """The id of the source that had this one formerly; the same where one has it today, or none had it."""
        found = self.db.execute(
            "SELECT id FROM sources WHERE id = ?1 "
            "UNION ALL SELECT s.id FROM sources s JOIN json_each(s.formerly) f WHERE f.key = ?1 LIMIT 1",
            (id_,),
        ).fetchone()
        return found["id"] if found else id_

    def vendors_today(self, slug: str) -> list[str]:
        """The vendors to whom went what had been said by one of this slug."""
        found = self.db.execute(
            "SELECT DISTINCT s.vendor FROM sources s JOIN json_each(s.formerly) f WHERE f.value = ? ORDER BY 1", (slug,)
        )
        return [row["vendor"] for row in found]

    def id_today(self, id_: str) -> str | None:
        """The id of an incident that had this one when its source had another name; None where no source had one."""
        from tracker.models import incident_id

        vendor = id_.rpartition("-")[0]
        found = self.db.execute(
            "SELECT f.key AS formerly, s.vendor, a.source, a.id FROM sources s CROSS JOIN json_each(s.formerly) f "
            "CROSS JOIN announcements a ON a.source = s.id WHERE f.value = ?",
            (vendor,),
        )
        of = (row for row in found if incident_id(vendor, (row["formerly"], row["id"])) == id_)
        return next((incident_id(row["vendor"], (row["source"], row["id"])) for row in of), None)

    def incident_at(self, url: str, mark: str) -> Incident | None:
        """The one incident that bears the mark of this address; of several there the newest told at just this one."""
        found = self.db.execute(
            "SELECT DISTINCT u.incident FROM marks m JOIN incident_updates u ON u.root = m.root "
            "WHERE m.vendor IN (SELECT slug FROM vendors) AND m.mark = ? AND u.incident IS NOT NULL LIMIT 2",
            (mark,),
        ).fetchall()
        if len(found) != 1:  # no index knows the addresses themselves: a second with a million announcements
            found = self.db.execute(
                "SELECT incident FROM incident_updates WHERE announcement IN "
                "(SELECT number FROM announcements WHERE url = ?) AND incident IS NOT NULL ORDER BY at DESC LIMIT 1",
                (url.strip(),),
            ).fetchall()
        return self.incident(found[0]["incident"]) if found else None

    def references(self, vendor: str) -> list[str]:
        """The ids that lead to incidents of a vendor, the 10,000 of its newest incidents."""
        found = self.db.execute(
            "SELECT l.alias FROM incidents i JOIN incident_aliases l ON l.incident = i.id WHERE i.vendor = ? "
            "ORDER BY i.announced_at DESC, l.alias LIMIT 10000",
            (vendor,),
        )
        return [row["alias"] for row in found]

    def _whole(self, found: Sequence[sqlite3.Row]) -> tuple[Incident, ...]:
        ids = json.dumps([row["id"] for row in found])
        steps = incidents.steps(self.db.execute(incidents.STEPS, (ids,)))
        aliases: dict[str, list[str]] = {}
        for row in self.db.execute(
            "SELECT l.alias, l.incident FROM json_each(?) w JOIN incident_aliases l ON l.incident = w.value ORDER BY 1",
            (ids,),
        ):
            aliases.setdefault(row["incident"], []).append(row["alias"])
        return tuple(incidents.incident(row, steps.get(row["id"], ()), aliases.get(row["id"], ())) for row in found)
