"""The record as JSON lines and back: everything that cannot be derived, in the order in which it became known."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tracker.errors import ReadError
from tracker.models import Announcement, Source
from tracker.store import cells, lines, rows
from tracker.store.facts import Facts, Ingested
from tracker.store.versions import spoken

# The tables that a plain copy of rows moves; announcements carry their versions and originals with them.
_COPIED = ("vendors", "sources", "absences", "corrections", "requests", "polls", "coverage", "reads")


class Moving(Facts):
    """Export and the import of an export."""

    def export(self) -> Iterator[dict[str, Any]]:
        """One record a line: ``{"record": table, …}``, then the announcements in the shape that import takes."""
        for table in ("vendors", "sources"):
            yield from self._copies(table)
        for row in self.db.execute("SELECT * FROM announcements ORDER BY number"):
            yield self._announcement(row)
        for table in _COPIED[2:]:
            yield from self._copies(table)

    def _copies(self, table: str) -> Iterator[dict[str, Any]]:
        order = "1, 2" if table in ("coverage", "reads") else "rowid"  # these two have none
        for row in self.db.execute(f"SELECT * FROM {table} ORDER BY {order}"):
            yield {"record": table, **dict(row)}

    def _announcement(self, row: sqlite3.Row) -> dict[str, Any]:
        aliases = self.db.execute(
            "SELECT alias FROM announcement_aliases WHERE announcement = ? ORDER BY alias", (row["number"],)
        )
        versions = self.db.execute("SELECT * FROM revisions WHERE announcement = ? ORDER BY number", (row["number"],))
        told = {key: value for key, value in dict(row).items() if key not in ("number", "versions", "original")}
        for name in ("components", "links"):
            told[name] = json.loads(told[name])
        told["planned"] = bool(told["planned"])
        return {
            **told,
            "aliases": [alias["alias"] for alias in aliases],
            "original": self._original(row["original"]),
            "revisions": [
                {
                    **{key: version[key] for key in ("seen_at", *rows.REVISED)},
                    "original": self._original(version["original"]),
                }
                for version in versions
            ],
        }

    def _original(self, digest: str | None) -> str | None:
        """The original as text where it is UTF-8, else as base64 behind ``base64:``."""
        if digest is None:
            return None
        row = self.db.execute("SELECT body FROM originals WHERE digest = ?", (digest,)).fetchone()
        body = rows.unpacked(row["body"])
        if not body.startswith(b"base64:"):
            with contextlib.suppress(UnicodeDecodeError):
                return body.decode("utf-8")
        return "base64:" + base64.b64encode(body).decode("ascii")

    # -- the way back ------------------------------------------------------------------------------------

    def take_line(self, line: str | bytes, now: datetime) -> tuple[str | None, Ingested | None]:
        """Take one line: an announcement, or a ``{"record": table, …}`` of an export.

        Gives the vendor (None where nothing derived depends on the line) and what is new of announcements (None: all
        that it said may be told otherwise). What is there already stays: taking a line twice changes nothing.
        ReadError where it has another shape.
        """
        told = lines.parsed(line)
        if "record" in told:
            return self._take_record(told), None
        said = lines.announcement(told)
        later = [lines.version(said, one, number) for number, one in enumerate(lines.listed(told, "revisions"), 2)]
        self._is_of(said)
        self.ensure_source(Source(id=said.source, vendor=said.vendor, platform=said.source.split("/")[-1]))
        return said.vendor, Ingested(said=tuple(self._take_versions(told, said, later, now)))

    def _is_of(self, said: Announcement) -> None:
        """ReadError where the source is known as another vendor's."""
        row = self.db.execute("SELECT vendor FROM sources WHERE id = ?", (said.source,)).fetchone()
        if row is not None and row["vendor"] != said.vendor:
            raise ReadError(f"source {said.source!r} is known as one of {row['vendor']!r}, not of {said.vendor!r}")

    def _take_versions(
        self, told: Mapping[str, Any], said: Announcement, later: Sequence[lines.Later], now: datetime
    ) -> Iterator[tuple[int, int, Announcement]]:
        """Add the announcement, or those of its versions whose words and state are not known yet."""
        versions = [(said, None), *later]
        known = self.recognised(said.source, said.ids).of(said)
        if known is None:
            number, before = self._add_told(told, said, now), [_spoken(said)]
            yield number, 1, said
        elif known.is_forgotten:
            return  # whatever it says, it is not taken again
        else:
            number, before = known.number, self._said_before(known.number)
        continues = [_spoken(version) for version, _ in versions[: len(before)]] == before
        fresh = versions[len(before) :] if continues else [v for v in versions if _spoken(v[0]) not in before]
        for count, (version, seen_at) in enumerate(fresh, len(before) + 1):
            yield number, count, self.revise(number, count, version, seen_at or now)

    def _add_told(self, told: Mapping[str, Any], said: Announcement, now: datetime) -> int:
        """A new announcement with what an export knows of when it was seen."""
        first_seen_at = lines.moment(told, "first_seen_at")
        seen_at = lines.moment(told, "seen_at") or first_seen_at or said.published_at or now
        number = self._next_number()
        self.add({number: said}, seen_at=seen_at, first_seen_at=first_seen_at)
        kept = [cells.stamp(lines.moment(told, name)) for name in ("last_seen_at", "forgotten_at")]
        if any(kept):
            self.db.execute(
                "UPDATE announcements SET last_seen_at = ?, forgotten_at = ? WHERE number = ?", (*kept, number)
            )
        return number

    def _said_before(self, number: int) -> list[tuple[str, str, str | None]]:
        """What each known version of an announcement says."""
        found = self.db.execute(
            "SELECT title, text, status, 1 AS version FROM announcements WHERE number = ?1 "
            "UNION ALL SELECT title, text, status, number FROM revisions WHERE announcement = ?1 ORDER BY version",
            (number,),
        )
        return [spoken(title, text, status) for title, text, status, _ in found]

    def _take_record(self, record: Mapping[str, Any]) -> str | None:
        """One row of a table as it was exported; what is there already stays."""
        table = record["record"]
        if table not in _COPIED:
            raise ReadError(f"record {table!r} is unknown; an export holds {', '.join(_COPIED)}")
        known = {row["name"]: row["type"] for row in self.db.execute(f"PRAGMA table_info({table})")}
        row = {key: value for key, value in record.items() if key != "record"}
        if strange := sorted(row.keys() - known.keys()):
            raise ReadError(f"record {table!r} has unknown fields {', '.join(strange)}")
        lines.check_row(row, known)
        key = next(iter(known))
        if known[key] == "TEXT" and row.get(key) is None:  # a number is given where there is none
            raise ReadError(f'record {table!r} needs "{key}"')
        try:
            replaces = table == "sources" and self._is_bare(row)
            if replaces:
                columns = ", ".join(f"{name} = ?" for name in row)
                self.db.execute(f"UPDATE sources SET {columns} WHERE id = ?", (*row.values(), row["id"]))
            elif not self.insert(table, row, end="ON CONFLICT DO NOTHING") and not (
                table == "corrections" and self._say_after(row)
            ):
                return None
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise ReadError(f"record {table!r} cannot be taken: {error}") from error
        return self._vendor_of(table, row)

    def _say_after(self, row: Mapping[str, Any]) -> bool:
        """Add a person's word whose number is another's here, behind all others; False where it is known."""
        said = {name: value for name, value in row.items() if name != "number"}
        same = " AND ".join(f"{name} IS ?" for name in said)
        if self.db.execute(f"SELECT 1 FROM corrections WHERE {same}", tuple(said.values())).fetchone():
            return False
        return self.insert("corrections", said)

    def _vendor_of(self, table: str, row: Mapping[str, Any]) -> str | None:
        """Whose incidents may look different with this row."""
        if table not in ("absences", "corrections", "sources"):
            return None
        source = row["id"] if table == "sources" else row["source"]
        found = self.db.execute("SELECT vendor FROM sources WHERE id = ?", (source,)).fetchone()
        return found["vendor"] if found else None

    def _is_bare(self, row: Mapping[str, Any]) -> bool:
        """True where the source exists only by name, and an export knows more of it."""
        known = self.db.execute("SELECT * FROM sources WHERE id = ?", (row.get("id"),)).fetchone()
        return known is not None and known["began_at"] is None and not row.items() <= dict(known).items()


def _spoken(said: Announcement) -> tuple[str, str, str | None]:
    return spoken(said.title, said.text, said.status)
