"""Who speaks: vendors and sources as feeds.yaml names them, and how they do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from tracker.errors import StoreError
from tracker.models import MOVED_TIMES, Health, Source, Vendor
from tracker.store import times
from tracker.store.writing import Writing

# What the originals of a source are read with; the rest of feeds.yaml concerns polling alone.
_SETTINGS = ("page", "account", "url", "timezone", "components")


class Sources(Writing):
    """The part of the store that knows vendors and sources."""

    def register(self, vendors: Iterable[Vendor]) -> None:
        """Vendors and sources exactly as feeds.yaml names them; those that it no longer names are retired.

        StoreError where a known source id now speaks of another address and does not say ``formerly``.
        """
        vendors = tuple(vendors)
        known = {row["id"]: row for row in self.db.execute("SELECT id, address, settings, health FROM sources")}
        names = {row["slug"]: tuple(row) for row in self.db.execute("SELECT slug, name, homepage FROM vendors")}
        sources = [source for vendor in vendors for source in vendor.sources]
        new_names = [v for v in vendors if names.get(v.slug) != (v.slug, v.name, v.homepage)]
        changed = [source for source in sources if _is_changed(source, known.get(source.id))]
        left = [id_ for id_ in known.keys() - {s.id for s in sources} if known[id_]["health"] != Health.RETIRED]
        if not (new_names or changed or left):
            return
        with self.transaction():
            for vendor in new_names:
                self.db.execute(
                    "INSERT INTO vendors VALUES (?, ?, ?) ON CONFLICT (slug) DO UPDATE SET "
                    "name = excluded.name, homepage = excluded.homepage",
                    (vendor.slug, vendor.name, vendor.homepage),
                )
            for source in changed:
                self._register_source(source, known)
            self.db.executemany(
                "UPDATE sources SET health = 'retired', health_reason = 'no longer in feeds.yaml' WHERE id = ?",
                ((id_,) for id_ in left),
            )

    def _register_source(self, source: Source, known: Mapping[str, sqlite3.Row]) -> None:
        before = known.get(source.id)
        if before is None and source.formerly is not None and source.formerly in known:
            before = known[source.formerly]
            self._rename(source.formerly, source.id)
        elif before is None:
            self.ensure_source(source)
        old = before["address"] if before else ""
        is_other = old and source.address and old != source.address and source.formerly not in (old, *known)
        if is_other and not self._has_moved(source):
            raise StoreError(
                f"{source.id} was {old} and is now {source.address}; if it moved, write `formerly: {old}` in its "
                "entry of feeds.yaml, if it is another channel, give it an `id:` of its own"
            )
        self.db.execute(
            "UPDATE sources SET address = CASE WHEN ?1 = '' THEN address ELSE ?1 END, settings = ?2, "
            "learnt = CASE WHEN '' IN (address, ?1) OR address = ?1 THEN learnt ELSE '{}' END, "
            "health = CASE WHEN health = 'retired' THEN 'stale' ELSE health END WHERE id = ?3",
            (source.address, _settings(source), source.id),
        )
        if before and before["settings"] != _settings(source):  # its originals may read otherwise now
            self.db.execute("UPDATE rules SET version = '' WHERE vendor = ?", (source.vendor,))
            self.db.execute(
                "UPDATE requests SET entries = '{}', body_digest = NULL, etag = NULL, last_modified = NULL "
                "WHERE source = ?",
                (source.id,),
            )

    def _has_moved(self, source: Source) -> bool:
        """Whether the old address was seen to move to where feeds.yaml has it now."""
        found = self.db.execute(
            "SELECT moved_to FROM requests WHERE source = ? AND moved_seen >= ?", (source.id, MOVED_TIMES)
        )
        return any(f"{row['moved_to']}/".startswith(f"{source.address.rstrip('/')}/") for row in found)

    def _rename(self, old: str, new: str) -> None:
        """Give a source another id, with all that it said: ``formerly:`` names an id. Who speaks is learnt anew."""
        self.db.execute("PRAGMA defer_foreign_keys = ON")
        self.db.execute("UPDATE sources SET id = ?, learnt = '{}' WHERE id = ?", (new, old))
        for table in ("announcements", "announcement_aliases", "absences", "requests", "polls", "coverage", "reads"):
            self.db.execute(f"UPDATE {table} SET source = ? WHERE source = ?", (new, old))
        self.db.execute("UPDATE corrections SET source = ? WHERE source = ?", (new, old))
        self.db.execute("UPDATE corrections SET second_source = ? WHERE second_source = ?", (new, old))

    def ensure_source(self, source: Source) -> None:
        """The source and its vendor exist, whoever wrote them."""
        self.db.execute("INSERT OR IGNORE INTO vendors (slug, name) VALUES (?1, ?1)", (source.vendor,))
        self.db.execute(
            "INSERT OR IGNORE INTO sources (id, vendor, platform, address, settings) VALUES (?, ?, ?, ?, ?)",
            (source.id, source.vendor, source.platform, source.address, _settings(source)),
        )

    def reading_sources(self, vendor: str) -> dict[str, Source]:
        """The sources of a vendor with the settings that their originals are read with, by id."""
        found = self.db.execute("SELECT id, vendor, platform, settings FROM sources WHERE vendor = ?", (vendor,))
        return {row["id"]: _source(row) for row in found}

    def set_health(self, source: str, health: Health, reason: str | None, now: datetime) -> None:
        """Write the state of a source, and since when it is in it."""
        self.db.execute(
            "UPDATE sources SET health = ?1, health_reason = ?2, "
            "health_since = CASE WHEN health = ?1 AND health_since IS NOT NULL THEN health_since ELSE ?3 END "
            "WHERE id = ?4",
            (health, reason, times.stamp(now), source),
        )


def _is_changed(source: Source, row: sqlite3.Row | None) -> bool:
    if row is None or row["health"] == Health.RETIRED:
        return True
    return bool(source.address and source.address != row["address"]) or _settings(source) != row["settings"]


def _settings(source: Source) -> str:
    given = {name: getattr(source, name) for name in _SETTINGS if getattr(source, name)}
    return json.dumps(given, sort_keys=True, ensure_ascii=False)


def _source(row: sqlite3.Row) -> Source:
    given = json.loads(row["settings"])
    settings = {name: given[name] for name in _SETTINGS if name in given}
    settings["components"] = tuple(settings.get("components", ()))
    return Source(id=row["id"], vendor=row["vendor"], platform=row["platform"], **settings)
