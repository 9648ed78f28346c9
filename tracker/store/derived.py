"""Verdicts and incidents: derived from the facts, replaced at will, read by everyone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tracker.models import Announcement, Incident, Kind, Phase, Revision, State, Step, Told, Verdict
from tracker.store import rows

UNJUDGED = Verdict(phase=Phase.UNRELATED, confidence=0.0, because="not judged yet")


class Derived:
    """The half of the store that writes and reads what follows from the facts."""

    db: sqlite3.Connection
    path: Path

    # -- verdicts ----------------------------------------------------------------------------------------

    def unjudged(self, vendor: str) -> Iterator[tuple[int, int, Announcement]]:
        """(announcement number, version, the announcement in that version) of all without a verdict."""
        versions = self.db.execute(
            "SELECT a.*, 1 AS version, a.title AS t, a.text AS x, a.status AS s FROM announcements a "
            "LEFT JOIN verdicts d ON d.announcement = a.number AND d.revision = 1 "
            "WHERE a.vendor = ?1 AND d.announcement IS NULL "
            "UNION ALL SELECT a.*, r.number, r.title, r.text, r.status FROM revisions r "
            "JOIN announcements a ON a.number = r.announcement "
            "LEFT JOIN verdicts d ON d.announcement = r.announcement AND d.revision = r.number "
            "WHERE a.vendor = ?1 AND d.announcement IS NULL",
            (vendor,),
        ).fetchall()
        for row in versions:
            said = rows.announcement({**dict(row), "title": row["t"], "text": row["x"], "status": row["s"]})
            yield row["number"], row["version"], said

    def judge(self, verdicts: Iterable[tuple[int, int, Verdict]]) -> None:
        """Write verdicts as (announcement number, version, verdict)."""
        self.db.executemany(
            "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)",
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

    def _told(self, where: str, values: tuple[str, ...]) -> tuple[Told, ...]:
        said = self.db.execute(
            "SELECT a.*, d.phase, d.confidence, d.because FROM announcements a LEFT JOIN verdicts d "
            f"ON d.announcement = a.number AND d.revision = 1 WHERE {where} ORDER BY a.number",
            values,
        ).fetchall()
        later = self.db.execute(
            "SELECT r.*, d.phase, d.confidence, d.because FROM revisions r JOIN announcements a "
            "ON a.number = r.announcement LEFT JOIN verdicts d "
            f"ON d.announcement = r.announcement AND d.revision = r.number WHERE {where} "
            "ORDER BY r.announcement, r.number",
            values,
        ).fetchall()
        revisions: dict[int, list[sqlite3.Row]] = {}
        for row in later:
            revisions.setdefault(row["announcement"], []).append(row)
        return tuple(
            rows.told(row, _verdict(row), tuple(_revision(row, r) for r in revisions.get(row["number"], ())))
            for row in said
        )

    def as_of(self, vendor: str) -> datetime | None:
        """The newest successful poll of a vendor's sources; else the newest time in what it said."""
        row = self.db.execute(
            "SELECT COALESCE((SELECT MAX(succeeded_at) FROM sources WHERE vendor = ?1), "
            "(SELECT MAX(MAX(COALESCE(published_at, seen_at)), MAX(COALESCE(edited_at, ''))) FROM announcements "
            "WHERE vendor = ?1))",
            (vendor,),
        ).fetchone()
        return rows.moment(row[0])

    # -- incidents ---------------------------------------------------------------------------------------

    def replace_incidents(self, vendor: str, incidents: Sequence[Incident]) -> int:
        """Make the vendor's derived rows exactly these; writes only what differs. Gives how many it wrote."""
        known = {
            row["id"]: row["digest"]
            for row in self.db.execute(
                "SELECT i.id, (SELECT group_concat(digest, '') FROM (SELECT u.announcement || ':' || u.revision || ':' "
                "|| u.phase || ':' || u.at || ':' || u.joined_by || ':' || COALESCE(u.score, '') || ':' || u.withdrawn "
                "|| ';' AS digest FROM incident_updates u WHERE u.incident = i.id ORDER BY u.position)) AS digest "
                "FROM incidents i WHERE i.vendor = ?",
                (vendor,),
            )
        }
        found = self.db.execute("SELECT * FROM incidents WHERE vendor = ?", (vendor,))
        before = {row["id"]: dict(row) for row in found}
        numbers = self._numbers(vendor)
        wanted = {incident.id: incident for incident in incidents}
        gone = [id_ for id_ in before if id_ not in wanted]
        changed = [
            incident
            for incident in incidents
            if before.get(incident.id) != _incident_row(incident)
            or known.get(incident.id) != _steps_digest(incident, numbers)
        ]
        for id_ in (*gone, *(incident.id for incident in changed)):
            self.db.execute("DELETE FROM incident_updates WHERE incident = ?", (id_,))
            self.db.execute("DELETE FROM incident_aliases WHERE incident = ?", (id_,))
            self.db.execute("DELETE FROM incidents WHERE id = ?", (id_,))
        for incident in changed:
            self._write_incident(incident, numbers)
        return len(gone) + len(changed)

    def _numbers(self, vendor: str) -> dict[tuple[str, str], int]:
        found = self.db.execute("SELECT source, id, number FROM announcements WHERE vendor = ?", (vendor,))
        return {(row["source"], row["id"]): row["number"] for row in found}

    def _write_incident(self, incident: Incident, numbers: dict[tuple[str, str], int]) -> None:
        row = _incident_row(incident)
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.db.execute(f"INSERT INTO incidents ({columns}) VALUES ({marks})", tuple(row.values()))
        self.db.executemany(
            "INSERT INTO incident_updates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    incident.id, position, numbers[step.source, step.id], step.revision, step.phase,
                    rows.stamp(step.at), step.at_basis, step.joined_by, step.score, int(step.withdrawn),
                )
                for position, step in enumerate(incident.steps, 1)
            ),
        )  # fmt: skip
        self.db.executemany(
            "INSERT OR REPLACE INTO incident_aliases VALUES (?, ?)",
            ((alias, incident.id) for alias in incident.aliases),
        )

    def incidents(
        self,
        *,
        vendors: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        open_only: bool = False,
        kinds: Sequence[Kind] = (Kind.INCIDENT,),
    ) -> tuple[Incident, ...]:
        """Incidents that were going on in a span of time, oldest first.

        One is in the span when its last word is not before ``since`` and its first not after ``until``.
        """
        where, values = ["i.kind IN (SELECT value FROM json_each(?))"], [json.dumps([str(kind) for kind in kinds])]
        if vendors:
            where.append("i.vendor IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(vendors)))
        if since is not None:
            where.append(
                "(i.state = 'open' OR "
                "EXISTS (SELECT 1 FROM incident_updates u WHERE u.incident = i.id AND u.at >= ?))"
            )
            values.append(rows.stamp(since) or "")
        if until is not None:
            where.append("i.announced_at < ?")
            values.append(rows.stamp(until) or "")
        if open_only:
            where.append("i.state IN ('open', 'in-progress', 'overrun')")
        found = self.db.execute(
            f"SELECT i.* FROM incidents i WHERE {' AND '.join(where)} ORDER BY i.announced_at, i.id",
            values,
        ).fetchall()
        return self._whole(found)

    def incident(self, reference: str) -> Incident | None:
        """The incident of that id, or of which that id is an older or a member's one."""
        found = self.db.execute(
            "SELECT * FROM incidents WHERE id = ?1 OR id = (SELECT incident FROM incident_aliases WHERE alias = ?1)",
            (reference,),
        ).fetchall()
        if not found and "#" in reference:
            source, _, id_ = reference.partition("#")
            found = self.db.execute(
                "SELECT * FROM incidents WHERE id = (SELECT u.incident FROM incident_updates u JOIN announcements a "
                "ON a.number = u.announcement WHERE a.source = ? AND a.id = ? LIMIT 1)",
                (source, id_),
            ).fetchall()
        whole = self._whole(found)
        return whole[0] if whole else None

    def _whole(self, found: Sequence[sqlite3.Row]) -> tuple[Incident, ...]:
        ids = json.dumps([row["id"] for row in found])
        steps: dict[str, list[Step]] = {}
        for row in self.db.execute(
            "SELECT u.*, a.source, a.id, a.url, a.versions, a.seen_at, COALESCE(r.title, a.title) AS title, "
            "COALESCE(r.text, a.text) AS text, CASE WHEN r.number IS NULL THEN a.status ELSE r.status END AS status, "
            "COALESCE(r.seen_at, a.seen_at) AS known_at, d.phase AS said, d.confidence, d.because "
            "FROM json_each(?) w JOIN incident_updates u ON u.incident = w.value "
            "JOIN announcements a ON a.number = u.announcement "
            "LEFT JOIN revisions r ON r.announcement = u.announcement AND r.number = u.revision "
            "LEFT JOIN verdicts d ON d.announcement = u.announcement AND d.revision = u.revision "
            "ORDER BY u.incident, u.position",
            (ids,),
        ):
            steps.setdefault(row["incident"], []).append(_step(row))
        aliases: dict[str, list[str]] = {}
        for row in self.db.execute(
            "SELECT l.alias, l.incident FROM json_each(?) w JOIN incident_aliases l ON l.incident = w.value ORDER BY 1",
            (ids,),
        ):
            aliases.setdefault(row["incident"], []).append(row["alias"])
        return tuple(
            _incident(row, tuple(steps.get(row["id"], ())), tuple(aliases.get(row["id"], ()))) for row in found
        )


def _verdict(row: sqlite3.Row) -> Verdict:
    if row["phase"] is None:
        return UNJUDGED
    return rows.verdict(row)


def _revision(first: sqlite3.Row, row: sqlite3.Row) -> Revision:
    changed = {name: row[name] for name in ("title", "text", "status", "impact", "edited_at")}
    return Revision(
        number=row["number"],
        seen_at=rows.certain(row["seen_at"]),
        announcement=rows.announcement({**dict(first), **changed}),
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
        "components": json.dumps(incident.components, ensure_ascii=False),
        "impact_started_at": rows.stamp(incident.impact_started_at),
        "announced_at": rows.stamp(incident.announced_at),
        "first_seen_at": rows.stamp(incident.first_seen_at),
        "first_resolved_at": rows.stamp(incident.first_resolved_at),
        "resolved_at": rows.stamp(incident.resolved_at),
        "impact_ended_at": rows.stamp(incident.impact_ended_at),
        "ended_after": rows.stamp(ended[0]),
        "ended_before": rows.stamp(ended[1]),
        "duration_s": incident.duration_s,
        "bases": json.dumps(dict(incident.bases), sort_keys=True),
    }


def _steps_digest(incident: Incident, numbers: dict[tuple[str, str], int]) -> str:
    """The same text as the query of ``replace_incidents`` makes of stored steps."""
    parts = []
    for step in incident.steps:
        score = "" if step.score is None else step.score
        number = numbers[step.source, step.id]
        parts.append(
            f"{number}:{step.revision}:{step.phase}:{rows.stamp(step.at)}:{step.joined_by}:{score}:{int(step.withdrawn)};"
        )
    return "".join(parts)


def _step(row: sqlite3.Row) -> Step:
    said = UNJUDGED
    if row["said"] is not None:
        said = Verdict(phase=Phase(row["said"]), confidence=row["confidence"], because=row["because"])
    return Step(
        source=row["source"],
        id=row["id"],
        revision=row["revision"],
        phase=Phase(row["phase"]),
        at=rows.certain(row["at"]),
        at_basis=row["at_basis"],
        seen_at=rows.certain(row["known_at"]),
        verdict=said,
        title=row["title"],
        text=row["text"],
        url=row["url"],
        status=row["status"],
        joined_by=row["joined_by"],
        score=row["score"],
        revised=row["versions"] - row["revision"],
        withdrawn=bool(row["withdrawn"]),
    )


def _incident(row: sqlite3.Row, steps: tuple[Step, ...], aliases: tuple[str, ...]) -> Incident:
    after, before = rows.moment(row["ended_after"]), rows.moment(row["ended_before"])
    return Incident(
        id=row["id"],
        vendor=row["vendor"],
        kind=Kind(row["kind"]),
        name=row["name"],
        state=State(row["state"]),
        impact=row["impact"],
        components=tuple(json.loads(row["components"])),
        steps=steps,
        impact_started_at=rows.moment(row["impact_started_at"]),
        announced_at=rows.moment(row["announced_at"]),
        first_seen_at=rows.moment(row["first_seen_at"]),
        first_resolved_at=rows.moment(row["first_resolved_at"]),
        resolved_at=rows.moment(row["resolved_at"]),
        impact_ended_at=rows.moment(row["impact_ended_at"]),
        ended_between=(after, before) if after and before else None,
        bases=json.loads(row["bases"]),
        aliases=aliases,
    )
