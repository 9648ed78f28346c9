"""Verdicts and incidents: derived from the facts, replaced at will, read by everyone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tracker.models import Absence, Correction, Incident, Revision, Told, Verdict
from tracker.store import rows, times
from tracker.store.reading import UNJUDGED
from tracker.store.writing import Writing

Place = tuple[int, int, int, str, float | None]  # root, announcement, revision, why, score


class Derived(Writing):
    """The half of the store that writes and reads what follows from the facts."""

    # -- verdicts ----------------------------------------------------------------------------------------

    def judge(self, verdicts: Iterable[tuple[int, int, Verdict]], *, again: bool = False) -> None:
        """Write verdicts as (announcement number, version, verdict); ``again``: in place of those that are there.

        SQLite copies every page that a row may replace something in, so what is new is only inserted.
        """
        self.db.executemany(
            f"INSERT {'OR REPLACE ' if again else ''}INTO verdicts VALUES (?, ?, ?, ?, ?)",
            ((number, version, v.phase, v.confidence, v.because) for number, version, v in verdicts),
        )

    def drop_verdicts(self, vendor: str) -> None:
        """Forget what was judged of a vendor; the facts stay."""
        self.db.execute(
            "DELETE FROM verdicts WHERE announcement IN (SELECT number FROM announcements WHERE vendor = ?)", (vendor,)
        )

    def rules_version(self, vendor: str) -> str | None:
        """The version of the rules that derived this vendor's rows, None before the first time."""
        row = self.db.execute("SELECT version FROM rules WHERE vendor = ?", (vendor,)).fetchone()
        return row["version"] if row else None

    def set_rules_version(self, vendor: str, version: str) -> None:
        """Say which rules derived this vendor's rows."""
        self.db.execute("INSERT OR REPLACE INTO rules VALUES (?, ?)", (vendor, version))

    # -- what assembling reads ----------------------------------------------------------------------------

    def history(self, vendor: str) -> tuple[Told, ...]:
        """All that a vendor told, in the order in which we came to know it."""
        return self._told("a.vendor = ?", (vendor,))

    def told(self, incident: Incident) -> tuple[Told, ...]:
        """The members of an incident, in the order in which we came to know them."""
        return self._told("a.number IN (SELECT announcement FROM incident_updates WHERE incident = ?)", (incident.id,))

    def told_as(self, *names: tuple[str, str]) -> tuple[Told, ...]:
        """The announcements of these names (source, id) with their versions and verdicts."""
        wanted = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"
        return self._told(f"(a.source, a.id) IN ({wanted})", (json.dumps(names),))

    def told_by(self, numbers: Collection[int]) -> tuple[Told, ...]:
        """These announcements with their versions and verdicts, in the order in which we came to know them."""
        return self._told("a.number IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),))

    def _told(self, where: str, values: tuple[str, ...]) -> tuple[Told, ...]:
        found = self.db.execute(
            "SELECT a.*, d.phase, d.confidence, d.because, (SELECT json_group_array(l.alias) "
            "FROM announcement_aliases l WHERE l.announcement = a.number) AS aliases FROM announcements a "
            f"LEFT JOIN verdicts d ON d.announcement = a.number AND d.revision = 1 WHERE {where} ORDER BY a.number",
            values,
        )
        # Each is asked for twenty values by name, which a table finds in half the time.
        names = [column[0] for column in found.description]
        said: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in found]
        revised = json.dumps([row["number"] for row in said if row["versions"] > 1])
        revisions: dict[int, list[sqlite3.Row]] = {}
        for row in self.db.execute(
            "SELECT r.*, d.phase, d.confidence, d.because FROM json_each(?) w JOIN revisions r "
            "ON r.announcement = w.value LEFT JOIN verdicts d "
            "ON d.announcement = r.announcement AND d.revision = r.number ORDER BY r.announcement, r.number",
            (revised,),
        ):
            revisions.setdefault(row["announcement"], []).append(row)
        return tuple(
            rows.told(row, _verdict(row), tuple(_revision(row, r) for r in revisions.get(row["number"], ())))
            for row in said
        )

    def as_of(self, vendor: str) -> datetime | None:
        """The newest successful poll of a vendor's sources; else the newest time in its incidents."""
        row = self.db.execute(
            "SELECT COALESCE((SELECT MAX(succeeded_at) FROM sources WHERE vendor = ?1), "
            "(SELECT MAX(at) FROM incident_updates WHERE vendor = ?1))",
            (vendor,),
        ).fetchone()
        return times.moment(row[0])

    def zones(self, vendor: str) -> dict[str, str]:
        """The time zones of its sources (IANA names), by source id, where they are known."""
        found = self.db.execute(
            "SELECT id, json_extract(settings, '$.timezone') AS zone FROM sources WHERE vendor = ?", (vendor,)
        )
        return {row["id"]: row["zone"] for row in found if row["zone"]}

    def corrections_of(self, vendor: str) -> tuple[Correction, ...]:
        """What people said of a vendor's announcements, in order."""
        found = self.db.execute(
            "SELECT c.* FROM corrections c JOIN sources s ON s.id = c.source WHERE s.vendor = ? ORDER BY c.number",
            (vendor,),
        )
        return tuple(rows.correction(row) for row in found)

    def absences_of(self, numbers: Collection[int]) -> tuple[Absence, ...]:
        """What the lists no longer hold of these announcements."""
        found = self.db.execute(
            "SELECT DISTINCT b.* FROM json_each(?) w JOIN announcements a ON a.number = w.value "
            "JOIN absences b ON b.source = a.source AND b.key IN (a.id, a.incident_key) ORDER BY b.source, b.key",
            (json.dumps(list(numbers)),),
        )
        return tuple(rows.absence(row) for row in found)

    def names_alone(self, vendor: str) -> Iterator[tuple[str, str]]:
        """(source, id) of the announcements of a vendor that are in no incident."""
        for row in self.db.execute(
            "SELECT a.source, a.id FROM announcements a WHERE a.vendor = ? AND NOT EXISTS (SELECT 1 "
            "FROM incident_updates u WHERE u.announcement = a.number AND u.incident IS NOT NULL) ORDER BY a.number",
            (vendor,),
        ):
            yield row["source"], row["id"]

    # -- the walk ----------------------------------------------------------------------------------------

    def moments(self, vendor: str, since: datetime | None, numbers: Collection[int]) -> Iterator[tuple[int, int]]:
        """(announcement, version) of all that was said, or edited, since then (None: ever), in the order of times.

        Edits are those of ``numbers``, of what was said since then, and those that were placed since then before.
        """
        chosen = (
            "SELECT number FROM announcements WHERE vendor = ?1"
            if since is None
            else "SELECT number FROM announcements WHERE vendor = ?1 AND COALESCE(published_at, seen_at) >= ?2 "
            "UNION SELECT announcement FROM incident_updates WHERE vendor = ?1 AND at >= ?2 "
            "UNION SELECT value FROM json_each(?3)"
        )
        found = self.db.execute(
            f"WITH chosen(number) AS ({chosen}), said(at, number, version) AS ("
            "SELECT COALESCE(a.published_at, a.seen_at), a.number, 1 FROM chosen JOIN announcements a USING (number) "
            "UNION ALL SELECT MAX(COALESCE(r.edited_at, r.seen_at), COALESCE(a.published_at, a.seen_at)), a.number, "
            "r.number FROM chosen JOIN announcements a USING (number) JOIN revisions r ON r.announcement = a.number "
            "WHERE a.versions > 1) SELECT number, version FROM said WHERE at >= ?2 ORDER BY at, number, version",
            (vendor, times.stamp(since) or "", json.dumps(list(numbers)))[: 2 if since is None else 3],
        )
        return ((row["number"], row["version"]) for row in found)

    def walked(self, numbers: Collection[int]) -> dict[tuple[int, int], datetime]:
        """(announcement, version) -> time, of what was placed in an incident."""
        found = self.db.execute(
            "SELECT announcement, revision, at FROM json_each(?) w JOIN incident_updates u ON u.announcement = w.value",
            (json.dumps(list(numbers)),),
        )
        return {(row["announcement"], row["revision"]): times.certain(row["at"]) for row in found}

    def roots_of(self, numbers: Collection[int]) -> set[int]:
        """The groups of these announcements."""
        return self._roots("announcement IN (SELECT value FROM json_each(?))", json.dumps(list(numbers)))

    def ids(self, vendor: str) -> set[str]:
        """The ids of all its incidents."""
        return {row["id"] for row in self.db.execute("SELECT id FROM incidents WHERE vendor = ?", (vendor,))}

    def roots_since(self, vendor: str, since: datetime) -> set[int]:
        """The groups in which something was placed since then."""
        return self._roots("vendor = ? AND at >= ?", vendor, times.stamp(since) or "")

    def due(self, vendor: str, as_of: datetime) -> set[int]:
        """The groups of the incidents whose state changes by itself until then."""
        due = "SELECT id FROM incidents WHERE vendor = ? AND due_at <= ?"
        return self._roots(f"incident IN ({due})", vendor, times.stamp(as_of) or "")

    def due_vendors(self, until: datetime) -> frozenset[str]:
        """The vendors that have such incidents."""
        found = self.db.execute("SELECT DISTINCT vendor FROM incidents WHERE due_at <= ?", (times.stamp(until),))
        return frozenset(row["vendor"] for row in found)

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

    def rewind(self, vendor: str, since: datetime | None) -> None:
        """Take back what was placed since then (None: all), and the marks that began then."""
        start = times.stamp(since) or ""
        self.db.execute("DELETE FROM incident_updates WHERE vendor = ? AND at >= ?", (vendor, start))
        self.db.execute("DELETE FROM marks WHERE vendor = ? AND since >= ?", (vendor, start))

    def keep_places(
        self, vendor: str, placed: Iterable[tuple[Place, datetime]], marks: Iterable[tuple[str, int, datetime]]
    ) -> None:
        """Write down what was placed, and by which marks a group may be recognised since when."""
        self.db.executemany(
            "INSERT INTO incident_updates (vendor, at, root, announcement, revision, joined_by, score) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((vendor, times.stamp(at), *place) for place, at in placed),
        )
        self.db.executemany(
            "INSERT INTO marks (vendor, mark, root, since) VALUES (?, ?, ?, ?)",
            ((vendor, mark, root, times.stamp(since)) for mark, root, since in marks),
        )

    def spoke_last(self, vendor: str, before: datetime, most: int) -> tuple[int, ...]:
        """The groups that spoke last before then, the last one at the end: read backwards until they are enough."""
        found: dict[int, None] = {}
        for row in self.db.execute(
            "SELECT root FROM incident_updates WHERE vendor = ? AND at < ? ORDER BY at DESC, root DESC",
            (vendor, times.stamp(before)),
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

    def marked(self, vendor: str, mark: str) -> tuple[tuple[int, datetime], ...]:
        """(root, since when) of the first two groups that bear a mark."""
        found = self.db.execute("SELECT since, root FROM marks WHERE vendor = ? AND mark = ?", (vendor, mark))
        return tuple((root, times.certain(since)) for since, root in sorted(tuple(row) for row in found))

    def named(self, name: tuple[str, str]) -> int | None:
        """The group of an announcement."""
        return self._root_of("SELECT number FROM announcements WHERE source = ? AND id = ?", name)

    def known_as(self, alias: tuple[str, str]) -> int | None:
        """The group of the announcement without a key that is also known by this name."""
        return self._root_of(
            "SELECT a.number FROM announcement_aliases s JOIN announcements a ON a.number = s.announcement "
            "WHERE s.source = ? AND s.alias = ? AND a.incident_key IS NULL",
            alias,
        )

    def _root_of(self, number: str, name: tuple[str, str]) -> int | None:
        row = self.db.execute(
            f"SELECT root FROM incident_updates WHERE announcement = ({number}) ORDER BY revision DESC LIMIT 1", name
        ).fetchone()
        return row["root"] if row else None

    # -- incidents ---------------------------------------------------------------------------------------

    def write_incidents(self, incidents: Sequence[Incident]) -> set[str]:
        """Write what differs from the rows that are there; gives the ids of the incidents that did."""
        return {incident.id for incident in incidents if self._write_incident(incident)}

    def _write_incident(self, incident: Incident) -> bool:
        wanted = _incident_row(incident)
        known = self.db.execute("SELECT * FROM incidents WHERE id = ?", (incident.id,)).fetchone()
        differs = known is None or dict(known) != wanted
        if known is None:
            self.insert("incidents", wanted)
        elif differs:
            changes = ", ".join(f"{column} = :{column}" for column in wanted)
            self.db.execute(f"UPDATE incidents SET {changes} WHERE id = :id", wanted)
        steps = self.db.executemany(
            "UPDATE incident_updates SET incident = ?1, position = ?2, phase = ?3, at_basis = ?4, withdrawn = ?5 "
            "WHERE announcement = (SELECT number FROM announcements WHERE source = ?6 AND id = ?7) AND revision = ?8 "
            "AND (incident IS NOT ?1 OR position IS NOT ?2 OR phase IS NOT ?3 OR at_basis IS NOT ?4 "
            "OR withdrawn <> ?5)",
            (
                (incident.id, position, step.phase, step.at_basis, int(step.withdrawn),
                 step.source, step.id, step.revision)
                for position, step in enumerate(incident.steps, 1)
            ),
        ).rowcount  # fmt: skip
        aliases = rows.listed(incident.aliases)
        self.db.execute(
            "DELETE FROM incident_aliases WHERE incident = ? AND alias NOT IN (SELECT value FROM json_each(?))",
            (incident.id, aliases),
        )
        self.db.execute(
            "INSERT INTO incident_aliases SELECT value, ?1 FROM json_each(?2) WHERE true "
            "ON CONFLICT (alias) DO UPDATE SET incident = ?1 WHERE incident <> ?1",
            (incident.id, aliases),
        )
        return differs or steps > 0

    def told_since(self, vendor: str, since: datetime) -> set[tuple[str, ...]]:
        """The rows of the incidents that spoke since then, and of their steps: each begins with the incident's id."""
        of = (vendor, times.stamp(since))
        told = self.db.execute("SELECT * FROM incidents WHERE vendor = ? AND last_update_at >= ?", of).fetchall()
        steps = self.db.execute(
            "SELECT incident, announcement, revision, position, phase FROM incident_updates "
            "WHERE vendor = ? AND at >= ? AND incident IS NOT NULL",
            of,
        )
        return {tuple(row) for row in (*told, *steps)}

    def drop_incidents(self, ids: Collection[str]) -> None:
        """Take away incidents that became part of others, or nothing."""
        for id_ in sorted(ids):
            self.db.execute("DELETE FROM incident_aliases WHERE incident = ?", (id_,))
            self.db.execute("DELETE FROM incidents WHERE id = ?", (id_,))


def _verdict(row: sqlite3.Row | Mapping[str, Any]) -> Verdict:
    if row["phase"] is None:
        return UNJUDGED
    return rows.verdict(row)


def _revision(first: Mapping[str, Any], row: sqlite3.Row) -> Revision:
    changed = {name: row[name] for name in rows.REVISED}
    return Revision(
        number=row["number"],
        seen_at=times.certain(row["seen_at"]),
        announcement=rows.announcement({**first, **changed}),
        verdict=_verdict(row),
    )


def _incident_row(incident: Incident) -> dict[str, Any]:
    ended = incident.ended_between or (None, None)
    return {
        "id": incident.id,
        "vendor": incident.vendor,
        "kind": str(incident.kind),
        "name": incident.name,
        "state": str(incident.state),
        "impact": incident.impact,
        "severity": incident.severity,
        "components": rows.listed(incident.components),
        "regions": rows.listed(incident.regions),
        "impact_started_at": times.stamp(incident.impact_started_at),
        "announced_at": times.stamp(incident.announced_at),
        "first_seen_at": times.stamp(incident.first_seen_at),
        "first_resolved_at": times.stamp(incident.first_resolved_at),
        "resolved_at": times.stamp(incident.resolved_at),
        "impact_ended_at": times.stamp(incident.impact_ended_at),
        "ended_after": times.stamp(ended[0]),
        "ended_before": times.stamp(ended[1]),
        "duration_s": incident.duration_s,
        "due_at": times.stamp(incident.due_at),
        "bases": json.dumps(dict(incident.bases), sort_keys=True),
        "corrections": _corrections(incident),
        "last_update_at": times.stamp(max((step.at for step in incident.steps), default=None)),
    }


def _corrections(incident: Incident) -> str:
    """What people said of its members; few incidents have any."""
    found = [{**rows.correction_row(said), "earlier_text": said.earlier_text} for said in incident.corrections]
    return json.dumps(found, ensure_ascii=False)
