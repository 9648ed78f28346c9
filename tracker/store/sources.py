"""Who speaks: vendors and sources as feeds.yaml names them, and how they do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from tracker.errors import ConfigError
from tracker.models import MOVED_TIMES, Health, Source, Vendor, place_of
from tracker.store import cells
from tracker.store.writing import Writing

# What the originals of a source are read with; the rest of feeds.yaml concerns polling alone.
_SETTINGS = ("page", "account", "url", "timezone", "components")
_WRITTEN = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode  # made once: a run writes those of all sources


class Sources(Writing):
    """The part of the store that knows vendors and sources."""

    def register(self, vendors: Iterable[Vendor], now: datetime) -> None:
        """Vendors and sources exactly as feeds.yaml names them; those that it no longer names are retired.

        ConfigError where a source that has spoken now has another address and does not say ``formerly``.
        """
        vendors = tuple(vendors)
        columns = "id, vendor, platform, address, settings, health"
        known = {row["id"]: row for row in self.db.execute(f"SELECT {columns} FROM sources")}
        names = {row["slug"]: tuple(row) for row in self.db.execute("SELECT slug, name, homepage FROM vendors")}
        sources = [source for vendor in vendors for source in vendor.sources]
        new_names = [v for v in vendors if names.get(v.slug) != (v.slug, v.name, v.homepage)]
        changed = [source for source in sources if _is_changed(source, known.get(source.id))]
        left = [id_ for id_ in known.keys() - {s.id for s in sources} if known[id_]["health"] != Health.RETIRED]
        if not (new_names or changed or left):
            return
        self.refuse_another_place(changed)
        with self.transaction():
            for vendor in new_names:
                self.db.execute(
                    "INSERT INTO vendors VALUES (?, ?, ?) ON CONFLICT (slug) DO UPDATE SET "
                    "name = excluded.name, homepage = excluded.homepage",
                    (vendor.slug, vendor.name, vendor.homepage),
                )
            named = {source.id for source in sources}
            free = {id_: row for id_, row in known.items() if id_ not in named}  # who may be somebody else now
            for source in sorted(changed, key=lambda source: not source.formerly):  # who says who it was comes first
                self._register_source(source, known.get(source.id) or self._taken_over(source, free))
            self._drop_vendors({row["vendor"] for row in known.values()})
            for id_ in left:
                self.set_health(id_, Health.RETIRED, "no longer in feeds.yaml", now)

    def refuse_another_place(self, sources: Iterable[Source]) -> None:
        """ConfigError where one that has spoken now has another address, and does not say ``formerly``."""
        addresses: dict[str, str] = dict(self.db.execute("SELECT id, address FROM sources").fetchall())
        for source in sources:
            old = addresses.get(source.id)
            if not old or source.formerly == old or place_of(old) == source.place:
                continue
            if not self._has_moved(source) and self._has_spoken(source.id):
                raise ConfigError(
                    f"{source.id} was {old} and is now {source.address}; if it moved, write `formerly: {old}` in its "
                    "entry of feeds.yaml, if it is another channel, give it an `id:` of its own"
                )

    def feeds(self, digest: str) -> str | None:
        """The vendors of feeds.yaml as they were remembered, where it has this digest still."""
        found = self.db.execute("SELECT vendors FROM feeds WHERE digest = ?", (digest,)).fetchone()
        return found["vendors"] if found else None

    def remember_feeds(self, digest: str, vendors: str) -> None:
        """What feeds.yaml says, in place of what it said before."""
        with self.transaction():
            self.db.execute("DELETE FROM feeds")
            self.db.execute("INSERT INTO feeds VALUES (?, ?)", (digest, vendors))

    def _taken_over(self, source: Source, free: dict[str, sqlite3.Row]) -> sqlite3.Row | None:
        """What is known of a new source under the id that it had ``formerly``; one of several takes it over.

        Where that is none of them, the one that was read at the same address by the same platform is the same: of
        several one that was read until today, of its vendor if there is one.
        """
        place = source.platform, source.place
        same = [row for row in free.values() if (row["platform"], place_of(row["address"])) == place]
        same.sort(key=lambda row: (row["health"] == Health.RETIRED, row["vendor"] != source.vendor))
        likeliest = same[0]["id"] if same else ""
        before = free.pop(source.formerly if source.formerly in free else likeliest, None)
        if before is None:
            self.ensure_source(source)
        else:
            self._rename(before["id"], source.id)
        return before

    def _register_source(self, source: Source, before: sqlite3.Row | None) -> None:
        self.db.execute(
            "UPDATE sources SET address = ?, settings = ? WHERE id = ?",
            (source.address, _settings(source), source.id),
        )
        if before is None:
            return
        if before["health"] == Health.RETIRED:
            self._take_back(source.id)
        if (before["id"], before["vendor"]) != (source.id, source.vendor):
            self.db.execute(
                "UPDATE sources SET formerly = json_patch(formerly, json_object(?, ?)) WHERE id = ?",
                (before["id"], before["vendor"], source.id),
            )
        if before["vendor"] != source.vendor:
            self._give(source.id, before["vendor"], source.vendor)
        if (before["address"] or source.address, before["platform"]) != (source.address, source.platform):
            self._begin_anew(source)
        if (before["id"], before["settings"]) != (source.id, _settings(source)):  # may read otherwise now
            self.derive_later(source.vendor)

    def _take_back(self, source: str) -> None:
        """It left feeds.yaml and is there again: what was gone for good is asked once more."""
        self.db.execute("UPDATE sources SET health = 'stale', health_reason = NULL WHERE id = ?", (source,))
        self.db.execute(
            "UPDATE requests SET next_poll_at = polled_at WHERE source = ? AND next_poll_at IS NULL", (source,)
        )

    def _begin_anew(self, source: Source) -> None:
        """What was so at the old place or platform (an account's number, what failed) is nothing to the new one."""
        self.db.execute("UPDATE sources SET learnt = '{}', newest_id = NULL WHERE id = ?", (source.id,))
        self.db.execute("UPDATE requests SET failures = 0, failing_since = NULL WHERE source = ?", (source.id,))
        self.db.execute("DELETE FROM backfills WHERE source = ?", (source.id,))
        changed = self.db.execute(
            "UPDATE sources SET platform = ?1, health = 'stale' WHERE id = ?2 AND platform <> ?1",
            (source.platform, source.id),
        )
        if changed.rowcount:
            self.db.execute("DELETE FROM requests WHERE source = ?", (source.id,))

    def _give(self, source: str, old: str, new: str) -> None:
        """Give a source to another vendor, with all that it said."""
        self.db.execute("UPDATE sources SET vendor = ? WHERE id = ?", (new, source))
        self.db.execute("UPDATE announcements SET vendor = ? WHERE source = ?", (new, source))
        self.db.execute(
            "DELETE FROM incident_aliases WHERE incident IN (SELECT id FROM incidents WHERE vendor = ?)", (old,)
        )
        for table in ("incident_updates", "marks", "incidents"):
            self.db.execute(f"DELETE FROM {table} WHERE vendor = ?", (old,))
        for vendor in (old, new):
            self.derive_later(vendor)

    def _drop_vendors(self, slugs: Iterable[str]) -> None:
        """Those of them that gave all their sources away are gone."""
        for table, name in (("rules", "vendor"), ("vendors", "slug")):
            none_left = f"{name} = ? AND {name} NOT IN (SELECT vendor FROM sources)"
            self.db.executemany(f"DELETE FROM {table} WHERE {none_left}", ((slug,) for slug in slugs))

    def derive_later(self, vendor: str) -> None:
        """Its rows no longer follow from its facts; the next run derives them, and reads its documents whole."""
        none = "INSERT INTO rules (vendor, version) VALUES (?, '') ON CONFLICT (vendor) DO UPDATE SET version = ''"
        self.db.execute(none, (vendor,))

    def read_whole(self, vendor: str) -> None:
        """The next documents of a vendor are asked for without a condition, and all that they hold is read."""
        self.db.execute(
            "UPDATE requests SET entries = '{}', body_digest = NULL, etag = NULL, last_modified = NULL "
            "WHERE source IN (SELECT id FROM sources WHERE vendor = ?)",
            (vendor,),
        )

    def _has_spoken(self, source: str) -> bool:
        """Whether the record holds anything that another address could be mistaken for."""
        return self.db.execute("SELECT 1 FROM announcements WHERE source = ?", (source,)).fetchone() is not None

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
        tables = ("announcements", "announcement_aliases", "absences", "requests", "polls", "coverage", "reads")
        for table in (*tables, "backfills"):
            self.db.execute(f"UPDATE {table} SET source = ? WHERE source = ?", (new, old))
        self.db.execute("UPDATE corrections SET source = ? WHERE source = ?", (new, old))
        self.db.execute("UPDATE corrections SET second_source = ? WHERE second_source = ?", (new, old))

    def ensure_source(self, source: Source, vendor_name: str | None = None) -> None:
        """The source and its vendor exist, whoever wrote them; a vendor that had only its slug is named."""
        self.db.execute(
            "INSERT INTO vendors (slug, name) VALUES (?1, COALESCE(?2, ?1)) "
            "ON CONFLICT (slug) DO UPDATE SET name = excluded.name WHERE name = slug AND excluded.name <> slug",
            (source.vendor, vendor_name),
        )
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
            (health, reason, cells.stamp(now), source),
        )


def _is_changed(source: Source, row: sqlite3.Row | None) -> bool:
    if row is None or row["health"] == Health.RETIRED:
        return True
    return (source.vendor, source.platform, _settings(source)) != (row["vendor"], row["platform"], row["settings"])


def _settings(source: Source) -> str:
    given = {name: getattr(source, name) for name in _SETTINGS if getattr(source, name)}
    return _WRITTEN(given)


def _source(row: sqlite3.Row) -> Source:
    given = json.loads(row["settings"])
    settings = {name: given[name] for name in _SETTINGS if name in given}
    settings["components"] = tuple(settings.get("components", ()))
    return Source(id=row["id"], vendor=row["vendor"], platform=row["platform"], **settings)
