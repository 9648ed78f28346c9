"""What lists no longer hold: who is missing, withdrawn, or gone from what is open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from tracker.models import AbsenceKind, Listing, Reading
from tracker.store import cells
from tracker.store.writing import Writing

POLLS_OF_OPEN = 3  # in so many, something was gone from the midst of a list of what is open


class Absences(Writing):
    """The part of the store that compares a list with the one before it."""

    def mark_absences(
        self, source: str, reading: Reading, before: Sequence[str], last: datetime | None, now: datetime
    ) -> tuple[list[str], list[str]]:
        """(keys that are news: gone or back, the list to compare the next document with).

        ``before`` is that of the document before, which was polled at ``last`` (None: this is the first).
        Rolling off the end is no absence: only an item with an older one still standing was taken away, and only
        where it is missed twice in a row, or by the list of what is open too.
        """
        if reading.listing is Listing.PART or last is None:
            return [], list(reading.listed)
        standing = set(reading.listed)
        news = self._returned(source, standing, before)
        kind = AbsenceKind.LEFT if reading.listing is Listing.ACTIVE else AbsenceKind.MISSING
        above: dict[str | None, str] = {}  # what is missing for the first time, by what stood below it
        below: str | None = None
        for key in reversed(before):
            if key in standing:
                below = key
                continue
            if kind is AbsenceKind.MISSING and below is None:
                self.db.execute("DELETE FROM absences WHERE source = ? AND key = ? AND kind = 'missing'", (source, key))
            elif (became := self._miss(source, key, kind, last, now)) is AbsenceKind.MISSING:
                above[below] = key
                below = key
            elif became is not None:
                news.append(key)
            self._last_seen(source, key, last)
        return news, list(_in_their_places(reading.listed, above))

    def unchanged(self, source: str, purpose: str) -> tuple[int, ...]:
        """A list was the same again: what it missed once it misses twice, and that is withdrawn.

        Gives the numbers of those announcements.
        """
        found = self.db.execute(
            "SELECT b.key FROM absences b JOIN requests q ON q.source = b.source AND q.purpose = ?2 "
            "WHERE b.source = ?1 AND b.kind = 'missing' AND b.key IN (SELECT value FROM json_each(q.listed))",
            (source, purpose),
        )
        keys = [row["key"] for row in found]
        for key in keys:
            self.db.execute("UPDATE absences SET kind = 'withdrawn' WHERE source = ? AND key = ?", (source, key))
        return self.numbers_of(source, keys)

    def ended_in_its_midst(self, source: str) -> list[str]:
        """What seemed withdrawn, where a list turns out to hold only what is open: it is written that this has left.

        A list of what was said loses its oldest; of 796 that left GitHub's, 3 had been withdrawn. One from whose midst
        more has gone than from its end, in several polls, loses what has ended.
        """
        polls, midst = self.db.execute(
            "SELECT count(DISTINCT missing_at), count(*) FROM absences WHERE source = ? AND kind = 'withdrawn'",
            (source,),
        ).fetchone()
        if polls < POLLS_OF_OPEN:
            return []
        [gone] = self.db.execute(
            "SELECT count(*) FROM announcements WHERE source = ? AND last_seen_at NOT NULL", (source,)
        ).fetchone()
        if 2 * midst <= gone:
            return []
        where = "source = ? AND kind IN ('withdrawn', 'missing')"
        found = [row["key"] for row in self.db.execute(f"SELECT key FROM absences WHERE {where}", (source,))]
        self.db.execute(f"UPDATE absences SET kind = 'left' WHERE {where}", (source,))
        return found

    def _returned(self, source: str, standing: set[str], before: Sequence[str]) -> list[str]:
        """What was missing and is there again; nothing that stands is said to have left, had it only rolled off."""
        keys = json.dumps(sorted(standing))
        where = "source = ? AND key IN (SELECT value FROM json_each(?))"
        found = [row["key"] for row in self.db.execute(f"SELECT key FROM absences WHERE {where}", (source, keys))]
        if found:
            self.db.execute(f"DELETE FROM absences WHERE {where}", (source, keys))
        if back := {*found, *standing.difference(before)}:
            self.db.execute(
                "UPDATE announcements SET last_seen_at = NULL WHERE number IN (SELECT value FROM json_each(?))",
                (json.dumps(self.numbers_of(source, sorted(back))),),
            )
        return found

    def _miss(self, source: str, key: str, kind: AbsenceKind, last: datetime, now: datetime) -> AbsenceKind | None:
        """Write an absence; a second one makes it withdrawn, unless both are from what is open. Gives its new kind."""
        row = self.db.execute("SELECT kind FROM absences WHERE source = ? AND key = ?", (source, key)).fetchone()
        if row is None:
            between = {"last_seen_at": cells.stamp(last), "missing_at": cells.stamp(now)}
            self.insert("absences", {"source": source, "key": key, "kind": kind, **between})
            return kind
        if row["kind"] == AbsenceKind.WITHDRAWN or row["kind"] == kind == AbsenceKind.LEFT:
            return None
        self.db.execute("UPDATE absences SET kind = 'withdrawn' WHERE source = ? AND key = ?", (source, key))
        return AbsenceKind.WITHDRAWN

    def numbers_of(self, source: str, keys: Sequence[str]) -> tuple[int, ...]:
        """The announcements that lists name by these keys: an incident's, or one post's."""
        if not keys:
            return ()
        found = self.db.execute(
            "WITH wanted AS (SELECT value AS key FROM json_each(?1)) "
            "SELECT a.number FROM wanted w JOIN announcements a ON a.source = ?2 AND a.incident_key = w.key "
            "UNION SELECT a.number FROM wanted w JOIN announcements a ON a.source = ?2 AND a.id = w.key",
            (json.dumps(keys), source),
        )
        return tuple(row["number"] for row in found)

    def _last_seen(self, source: str, key: str, last: datetime) -> None:
        self.db.execute(
            "UPDATE announcements SET last_seen_at = COALESCE(last_seen_at, ?) "
            "WHERE number IN (SELECT value FROM json_each(?))",
            (cells.stamp(last), json.dumps(self.numbers_of(source, [key]))),
        )


def _in_their_places(listed: Sequence[str], above: dict[str | None, str]) -> Iterator[str]:
    """The list with what is missing from it."""
    for key in listed:
        chain = [key]
        while chain[-1] in above:
            chain.append(above.pop(chain[-1]))
        yield from reversed(chain)
