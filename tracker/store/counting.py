"""The record as it is counted: every incident of a vendor, with its clocks and without a word."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from tracker.models import SEEN, CountedIncident, CountedStep, Kind, Phase, State
from tracker.store import cells
from tracker.store.reading import Reader

_KINDS = {str(kind): kind for kind in Kind}
_STATES = {str(state): state for state in State}
_PHASES = {str(phase): phase for phase in Phase}
_listed = lru_cache(maxsize=1 << 10)(cells.texts)


class Counting(Reader):
    """The part of the store that reads for ``tracker stats``: of a million rows only the columns that it needs."""

    def counted(
        self, vendor: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[CountedIncident]:
        """The incidents and the planned work of a vendor, announced from ``since`` on and before ``until``."""
        chosen, values = "i.vendor = ?", [vendor]
        for sign, bound in ((">=", cells.stamp(since)), ("<", cells.stamp(until))):
            if bound is not None:
                chosen += f" AND i.announced_at {sign} ?"
                values.append(bound)
        steps: dict[str, list[CountedStep]] = {}
        for incident, at, phase, status, revised, source in self.db.execute(
            f"SELECT u.incident, u.at, u.phase, {cells.revised('status')}, a.versions - u.revision, a.source "
            "FROM incidents i JOIN incident_updates u ON u.incident = i.id "
            "JOIN announcements a ON a.number = u.announcement "
            "LEFT JOIN revisions r ON r.announcement = u.announcement AND r.number = u.revision "
            f"WHERE {chosen} ORDER BY u.incident, u.position",
            values,
        ):
            step = CountedStep(cells.certain(at), _PHASES[phase], status, revised, source)
            steps.setdefault(incident, []).append(step)
        found = self.db.execute(
            "SELECT i.id, i.vendor, i.kind, i.state, i.severity, i.components, i.impact_started_at, "
            "CASE WHEN i.first_seen_at IS NULL AND EXISTS (SELECT 1 FROM incident_updates u WHERE u.incident = i.id "
            f"AND u.position = 1 AND u.at_basis = '{SEEN}') THEN NULL ELSE i.announced_at END, "
            f"i.first_seen_at, i.first_resolved_at, i.resolved_at, i.impact_ended_at FROM incidents i WHERE {chosen}",
            values,
        )
        return [
            CountedIncident(
                id_, vendor, _KINDS[kind], _STATES[state], severity, _listed(components),
                tuple(steps.get(id_, ())), *map(cells.moment, clocks),
            )
            for id_, vendor, kind, state, severity, components, *clocks in found
        ]  # fmt: skip

    def as_of(self, vendor: str) -> datetime | None:
        """The newest successful poll of a vendor's sources; else the newest time in its incidents."""
        row = self.db.execute(
            "SELECT COALESCE((SELECT MAX(succeeded_at) FROM sources WHERE vendor = ?1), "
            "(SELECT MAX(at) FROM incident_updates WHERE vendor = ?1))",
            (vendor,),
        ).fetchone()
        return cells.moment(row[0])
