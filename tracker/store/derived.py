"""Verdicts and incidents: derived from the facts, replaced at will, read by everyone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from tracker.models import Absence, Incident, Name, Told, Verdict
from tracker.store import cells, rows
from tracker.store.incidents import incident_row
from tracker.store.writing import Writing


class Derived(Writing):
    """The part of the store that writes and reads what follows from the facts."""

    # -- verdicts ----------------------------------------------------------------------------------------

    def write_verdicts(self, verdicts: Iterable[tuple[int, int, Verdict]], *, again: bool = False) -> None:
        """Write verdicts as (announcement number, version, verdict); ``again``: in place of those that are there.

        SQLite copies every page that a row may replace something in, so what is new is only inserted.
        """
        self.db.executemany(
            f"INSERT {'OR REPLACE ' if again else ''}INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
            ((number, version, v.phase, v.confidence, v.because, v.is_declared) for number, version, v in verdicts),
        )

    def drop_verdicts(self, vendor: str) -> None:
        """Forget what was judged of a vendor; the facts stay."""
        self.db.execute(
            "DELETE FROM verdicts WHERE announcement IN (SELECT number FROM announcements WHERE vendor = ?)", (vendor,)
        )

    def rules_versions(self) -> dict[str, str]:
        """The version of the rules that derived each vendor's rows."""
        return dict(self.db.execute("SELECT vendor, version FROM rules").fetchall())

    def rules_version(self, vendor: str) -> str | None:
        """The version of the rules that derived this vendor's rows, None before the first time."""
        row = self.db.execute("SELECT version FROM rules WHERE vendor = ?", (vendor,)).fetchone()
        return row["version"] if row else None

    def set_rules_version(self, vendor: str, version: str) -> None:
        """Say which rules derived this vendor's rows."""
        self.db.execute(
            "INSERT INTO rules (vendor, version) VALUES (?1, ?2) ON CONFLICT (vendor) DO UPDATE SET version = ?2",
            (vendor, version),
        )

    def unjoined_since(self, vendor: str) -> datetime | None:
        """The time from which on not all that a vendor said is joined; None where all is."""
        row = self.db.execute("SELECT unjoined_since FROM rules WHERE vendor = ?", (vendor,)).fetchone()
        return cells.moment(row["unjoined_since"]) if row else None

    def vendors_waiting(self, rules: str) -> list[str]:
        """The vendors of which not all is joined, and whose rows are derived by these rules as far as they go."""
        found = self.db.execute("SELECT vendor FROM rules WHERE unjoined_since NOT NULL AND version = ?", (rules,))
        return [vendor for (vendor,) in found]

    def join_later(self, vendor: str, since: datetime) -> None:
        """What is new of a vendor, and was said since then, waits until its incidents are made again."""
        self.db.execute(
            "UPDATE rules SET unjoined_since = MIN(COALESCE(unjoined_since, ?2), ?2) WHERE vendor = ?1",
            (vendor, cells.stamp(since)),
        )

    def joined(self, vendor: str) -> None:
        """All that the vendor said is joined."""
        self.db.execute(
            "UPDATE rules SET unjoined_since = NULL WHERE vendor = ? AND unjoined_since IS NOT NULL", (vendor,)
        )

    # -- what assembling reads ----------------------------------------------------------------------------

    def history(self, vendor: str) -> tuple[Told, ...]:
        """All that a vendor told, in the order in which we came to know it."""
        return self._told("a.vendor = ?", (vendor,))

    def told(self, incident: Incident) -> tuple[Told, ...]:
        """The members of an incident, in the order in which we came to know them."""
        return self._told("a.number IN (SELECT announcement FROM incident_updates WHERE incident = ?)", (incident.id,))

    def told_as(self, *names: Name) -> tuple[Told, ...]:
        """The announcements of these names (source, id) with their versions and verdicts."""
        wanted = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"
        return self._told(f"(a.source, a.id) IN ({wanted})", (json.dumps(names),))

    def told_by(self, numbers: Collection[int]) -> tuple[Told, ...]:
        """These announcements with their versions and verdicts, in the order in which we came to know them."""
        return self._told("a.number IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),))

    def _told(self, where: str, values: tuple[str, ...]) -> tuple[Told, ...]:
        found = self.db.execute(
            "SELECT a.*, d.phase, d.confidence, d.because, d.is_declared, (SELECT json_group_array(l.alias) "
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
            "SELECT r.*, d.phase, d.confidence, d.because, d.is_declared FROM json_each(?) w JOIN revisions r "
            "ON r.announcement = w.value LEFT JOIN verdicts d "
            "ON d.announcement = r.announcement AND d.revision = r.number ORDER BY r.announcement, r.number",
            (revised,),
        ):
            revisions.setdefault(row["announcement"], []).append(row)
        return tuple(rows.told(row, revisions.get(row["number"], ())) for row in said)

    def zones(self, vendor: str) -> dict[str, str]:
        """The time zones of its sources (IANA names), by source id, where they are known."""
        found = self.db.execute(
            "SELECT id, json_extract(settings, '$.timezone') AS zone FROM sources WHERE vendor = ?", (vendor,)
        )
        return {row["id"]: row["zone"] for row in found if row["zone"]}

    def absences_of(self, numbers: Collection[int]) -> tuple[Absence, ...]:
        """What the lists no longer hold of these announcements."""
        found = self.db.execute(
            "SELECT DISTINCT b.* FROM json_each(?) w JOIN announcements a ON a.number = w.value "
            "JOIN absences b ON b.source = a.source AND b.key IN (a.id, a.incident_key) ORDER BY b.source, b.key",
            (json.dumps(list(numbers)),),
        )
        return tuple(rows.absence(row) for row in found)

    def names_alone(self, vendor: str) -> Iterator[Name]:
        """(source, id) of the announcements of a vendor that are in no incident."""
        for row in self.db.execute(
            "SELECT a.source, a.id FROM announcements a WHERE a.vendor = ? AND NOT EXISTS (SELECT 1 "
            "FROM incident_updates u WHERE u.announcement = a.number AND u.incident IS NOT NULL) ORDER BY a.number",
            (vendor,),
        ):
            yield row["source"], row["id"]

    # -- incidents ---------------------------------------------------------------------------------------

    def write_incidents(self, incidents: Sequence[Incident]) -> set[str]:
        """Write what differs from the rows that are there; gives the ids of the incidents that did."""
        return {incident.id for incident in incidents if self._write_incident(incident)}

    def _write_incident(self, incident: Incident) -> bool:
        wanted = incident_row(incident)
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
        aliases = cells.listed(incident.aliases)
        if known is not None:
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

    def ids(self, vendor: str) -> set[str]:
        """The ids of all its incidents."""
        return {row["id"] for row in self.db.execute("SELECT id FROM incidents WHERE vendor = ?", (vendor,))}

    def told_since(self, vendor: str, since: datetime) -> set[tuple[str, ...]]:
        """The rows of the incidents that spoke since then, and of their steps: each begins with the incident's id."""
        of = (vendor, cells.stamp(since))
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
