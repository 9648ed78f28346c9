"""The record as JSON lines and back: everything that cannot be derived, in the order in which it became known."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.errors import ReadError
from tracker.store.facts import Facts

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
        for row in self.db.execute(f"SELECT * FROM {table} ORDER BY rowid" if table not in ("coverage", "reads")
                                   else f"SELECT * FROM {table} ORDER BY 1, 2"):  # fmt: skip
            yield {"record": table, **dict(row)}

    def _announcement(self, row: sqlite3.Row) -> dict[str, Any]:
        aliases = self.db.execute(
            "SELECT alias FROM announcement_aliases WHERE announcement = ? ORDER BY alias", (row["number"],)
        )
        versions = self.db.execute("SELECT * FROM revisions WHERE announcement = ? ORDER BY number", (row["number"],))
        told = {key: row[key] for key in row.keys() if key not in ("number", "versions", "original")}  # noqa: SIM118
        for name in ("components", "links"):
            told[name] = json.loads(told[name])
        told["planned"] = bool(told["planned"])
        return {
            **told,
            "aliases": [alias["alias"] for alias in aliases],
            "original": self._original(row["original"]),
            "revisions": [
                {
                    **{key: version[key] for key in ("seen_at", "edited_at", "title", "text", "status", "impact")},
                    "original": self._original(version["original"]),
                }
                for version in versions
            ],
        }

    def _original(self, digest: str | None) -> str | None:
        """The original as text where it is UTF-8, else as base64 behind ``base64:``."""
        if digest is None:
            return None
        body = self.original(digest)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return "base64:" + base64.b64encode(body).decode("ascii")
        return "base64:" + base64.b64encode(body).decode("ascii") if text.startswith("base64:") else text

    def original(self, digest: str) -> bytes:
        """The bytes of an original."""
        row = self.db.execute("SELECT body FROM originals WHERE digest = ?", (digest,)).fetchone()
        return zlib.decompress(row["body"])

    def take_record(self, record: Mapping[str, Any]) -> None:
        """Take back one ``{"record": table, …}`` line of an export; what is there already stays."""
        table = record["record"]
        if table not in _COPIED:
            raise ReadError(f"record {table!r} is unknown; an export holds {', '.join(_COPIED)}")
        known = {row["name"] for row in self.db.execute(f"PRAGMA table_info({table})")}
        row = {key: value for key, value in record.items() if key != "record"}
        if strange := sorted(set(row) - known):
            raise ReadError(f"record {table!r} has unknown fields {', '.join(strange)}")
        verb = "INSERT OR IGNORE"
        if table == "sources":
            verb = "INSERT OR REPLACE" if self._is_bare(row) else verb
        self.insert(table, row, verb=verb)

    def _is_bare(self, row: Mapping[str, Any]) -> bool:
        """True where the source exists only by name, and an export knows more of it."""
        known = self.db.execute("SELECT began_at FROM sources WHERE id = ?", (row.get("id"),)).fetchone()
        return known is not None and known["began_at"] is None

    def add_exported(self, number: int, line: Mapping[str, Any]) -> None:
        """The columns of an exported announcement that a plain import does not know."""
        self.db.execute(
            "UPDATE announcements SET seen_at = COALESCE(?, seen_at), first_seen_at = ?, last_seen_at = ?, "
            "forgotten_at = ? WHERE number = ?",
            (*(line.get(name) for name in ("seen_at", "first_seen_at", "last_seen_at", "forgotten_at")), number),
        )


def unpacked(original: Any) -> bytes:
    """The bytes of an exported original."""
    if not isinstance(original, str):
        return b""
    if original.startswith("base64:"):
        return base64.b64decode(original[7:], validate=True)
    return original.encode("utf-8")



