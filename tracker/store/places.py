"""Where assembling placed what was said: the groups, by the announcement that began each, and their marks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from tracker.models import Name
from tracker.store import cells
from tracker.store.reading import Reader

Place = tuple[int, int, int, str, float | None]  # root, announcement, revision, why, score


class Places:
    """Places and marks of what one vendor said, so that a poll walks on from where the last one was.

    What the walk of ``assemble`` asks of its past has the names that it has there.
    """

    def __init__(self, store: Reader, vendor: str) -> None:
        self.db = store.db
        self.vendor = vendor

    def moments(self, since: datetime | None, numbers: Collection[int]) -> Iterator[tuple[int, int]]:
        """(announcement, version) of all that was said, or edited, since then (None: ever), in the order of times.

        Edits count also where they were placed in no incident: what came in late may be what they speak of. One that is
        dated back is of the time of the edit before it, as for ``events_of``.
        """
        chosen = "SELECT number FROM announcements WHERE vendor = :vendor"
        if since is not None:
            chosen += (
                " AND COALESCE(published_at, seen_at) >= :since "
                "UNION SELECT announcement FROM incident_updates WHERE vendor = :vendor AND at >= :since "
                "UNION SELECT r.announcement FROM revisions r CROSS JOIN announcements a ON a.number = r.announcement "
                "WHERE r.seen_at >= date(:since, '-1 day') AND a.vendor = :vendor "  # a vendor's clock may run ahead
                "UNION SELECT value FROM json_each(:numbers)"
            )
        found = self.db.execute(
            f"WITH chosen(number) AS ({chosen}), said(at, number, version) AS ("
            "SELECT COALESCE(a.published_at, a.seen_at), a.number, 1 FROM chosen JOIN announcements a USING (number) "
            "UNION ALL SELECT MAX(COALESCE(a.published_at, a.seen_at), MAX(COALESCE(r.edited_at, r.seen_at)) "
            "OVER (PARTITION BY r.announcement ORDER BY r.number)), a.number, r.number "
            "FROM chosen JOIN announcements a USING (number) CROSS JOIN revisions r ON r.announcement = a.number "
            "WHERE a.versions > 1) SELECT number, version FROM said WHERE at >= :since ORDER BY at, number, version",
            {"vendor": self.vendor, "since": cells.stamp(since) or "", "numbers": json.dumps(list(numbers))},
        )
        return ((row["number"], row["version"]) for row in found)

    def walked(self, numbers: Collection[int]) -> dict[tuple[int, int], datetime]:
        """(announcement, version) -> time, of what was placed in an incident."""
        found = self.db.execute(
            "SELECT announcement, revision, at FROM json_each(?) w JOIN incident_updates u ON u.announcement = w.value",
            (json.dumps(list(numbers)),),
        )
        return {(row["announcement"], row["revision"]): cells.certain(row["at"]) for row in found}

    def roots_of(self, numbers: Collection[int]) -> set[int]:
        """The groups of these announcements."""
        return self._roots("announcement IN (SELECT value FROM json_each(?))", json.dumps(list(numbers)))

    def roots_since(self, since: datetime | None) -> set[int]:
        """The groups in which something was placed since then (None: ever)."""
        return self._roots("vendor = ? AND at >= ?", self.vendor, cells.stamp(since) or "")

    def due(self, as_of: datetime) -> set[int]:
        """The groups of the incidents whose state changes by itself until then."""
        due = "SELECT id FROM incidents WHERE vendor = ? AND due_at <= ?"
        return self._roots(f"incident IN ({due})", self.vendor, cells.stamp(as_of))

    def _roots(self, where: str, *values: str) -> set[int]:
        return {row[0] for row in self.db.execute(f"SELECT DISTINCT root FROM incident_updates WHERE {where}", values)}

    def kin(self, roots: Collection[int]) -> tuple[set[int], set[str]]:
        """(all groups of the incidents in which these groups are, the ids of those incidents)."""
        found = self.db.execute(
            "SELECT DISTINCT root, incident FROM incident_updates WHERE incident IN (SELECT u.incident "
            "FROM json_each(?) w JOIN incident_updates u ON u.root = w.value)",
            (json.dumps(list(roots)),),
        ).fetchall()
        return {row["root"] for row in found}, {row["incident"] for row in found}

    def rewind(self, since: datetime | None) -> None:
        """Take back what was placed since then (None: all), and the marks that began then."""
        start = cells.stamp(since) or ""
        self.db.execute("DELETE FROM incident_updates WHERE vendor = ? AND at >= ?", (self.vendor, start))
        self.db.execute("DELETE FROM marks WHERE vendor = ? AND since >= ?", (self.vendor, start))

    def keep(self, placed: Iterable[tuple[Place, datetime]], marks: Iterable[tuple[str, int, datetime]]) -> None:
        """Write down what was placed, and by which marks a group may be recognised since when."""
        self.db.executemany(
            "INSERT INTO incident_updates (vendor, at, root, announcement, revision, joined_by, score) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((self.vendor, cells.stamp(at), *place) for place, at in placed),
        )
        self.db.executemany(
            "INSERT INTO marks (vendor, mark, root, since) VALUES (?, ?, ?, ?)",
            ((self.vendor, mark, root, cells.stamp(since)) for mark, root, since in marks),
        )

    def spoke_last(self, before: datetime, most: int) -> tuple[int, ...]:
        """The groups that spoke last before then, the last one at the end: read backwards until they are enough."""
        found: dict[int, None] = {}
        for row in self.db.execute(
            "SELECT root FROM incident_updates WHERE vendor = ? AND at < ? ORDER BY at DESC, root DESC",
            (self.vendor, cells.stamp(before)),
        ):
            found[row["root"]] = None
            if len(found) == most:
                break
        return tuple(reversed(found))

    def places(self, roots: Collection[int]) -> tuple[Place, ...]:
        """(root, announcement, revision, why, score) of what was placed in these groups."""
        found = self.db.execute(
            "SELECT u.root, u.announcement, u.revision, u.joined_by, u.score FROM json_each(?) w "
            "JOIN incident_updates u ON u.root = w.value",
            (json.dumps(list(roots)),),
        )
        return tuple(tuple(row) for row in found)

    def marked(self, mark: str) -> tuple[tuple[int, datetime], ...]:
        """(root, since when) of the first two groups that bear a mark."""
        found = self.db.execute("SELECT since, root FROM marks WHERE vendor = ? AND mark = ?", (self.vendor, mark))
        return tuple((root, cells.certain(since)) for since, root in sorted(tuple(row) for row in found))

    def marked_from(self, mark: str, most: int) -> tuple[tuple[str, int], ...]:
        """(mark, root) of the first marks that begin with the same word, from this one on; by mark, then by root."""
        found = self.db.execute(
            "SELECT mark, root FROM marks WHERE vendor = ? AND mark >= ? AND mark < ? ORDER BY mark, root LIMIT ?",
            (self.vendor, mark, f"{mark.partition(' ')[0]}!", most),
        )
        return tuple((mark, root) for mark, root in found)

    def named(self, name: Name) -> int | None:
        """The group of an announcement."""
        return self._root_of("SELECT number FROM announcements WHERE source = ? AND id = ?", name)

    def known_as(self, alias: Name) -> int | None:
        """The group of the announcement without a key that is also known by this name."""
        return self._root_of(
            "SELECT a.number FROM announcement_aliases s JOIN announcements a ON a.number = s.announcement "
            "WHERE s.source = ? AND s.alias = ? AND a.incident_key IS NULL",
            alias,
        )

    def was_said(self, name: Name, before: datetime) -> bool:
        """Whether an announcement was said before then."""
        said = "SELECT 1 FROM announcements WHERE source = ? AND id = ? AND COALESCE(published_at, seen_at) < ?"
        return self.db.execute(said, (*name, cells.stamp(before))).fetchone() is not None

    def _root_of(self, number: str, name: Name) -> int | None:
        row = self.db.execute(
            f"SELECT root FROM incident_updates WHERE announcement = ({number}) ORDER BY revision DESC LIMIT 1", name
        ).fetchone()
        return row["root"] if row else None
