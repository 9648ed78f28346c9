"""Incidents, with their steps and what people said of them, from columns and back. It loads little."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tracker.models import Incident, Kind, Phase, State, Step, Verdict
from tracker.store import cells

if TYPE_CHECKING:
    from tracker.models import Correction

# The columns that are fields: as they are, lists, times.
_PLAIN = ("id", "vendor", "name", "impact", "severity")
_LISTS = ("components", "regions")
_TIMES = (
    "impact_started_at", "announced_at", "first_seen_at", "first_resolved_at", "resolved_at", "impact_ended_at",
    "due_at",
)  # fmt: skip
_PHASES = {str(phase): phase for phase in Phase}
UNJUDGED = Verdict(phase=Phase.UNRELATED, confidence=0.0, because="not judged yet")

# The steps of incidents (a JSON list of ids), each with the words and the verdict of its version.
STEPS = (
    "SELECT u.incident, a.source, a.id, u.revision, u.phase, u.at, u.at_basis, "
    "COALESCE(r.seen_at, CASE WHEN a.first_seen_at IS NOT NULL OR a.seen_at IS NOT a.published_at THEN a.seen_at END), "
    "d.phase, d.confidence, d.because, d.is_declared, "
    f"{cells.revised('title')}, {cells.revised('text')}, a.url, {cells.revised('status')}, u.joined_by, u.score, "
    "a.versions - u.revision, CASE WHEN u.withdrawn THEN (SELECT MIN(b.last_seen_at || ' ' || b.missing_at) "
    "FROM absences b WHERE b.source = a.source AND b.key IN (a.id, a.incident_key) AND b.kind = 'withdrawn') END "
    "FROM json_each(?) w JOIN incident_updates u ON u.incident = w.value "
    "JOIN announcements a ON a.number = u.announcement "
    "LEFT JOIN revisions r ON r.announcement = u.announcement AND r.number = u.revision "
    "LEFT JOIN verdicts d ON d.announcement = u.announcement AND d.revision = u.revision "
    "ORDER BY u.incident, u.position"
)


def steps(found: Iterable[sqlite3.Row]) -> dict[str, list[Step]]:
    """The steps of each incident from the rows of ``STEPS``; they come in thousands: by name it takes twice as long."""
    told: dict[str, list[Step]] = {}
    for (
        incident, source, id_, revision, phase, at, at_basis, seen_at, judged, confidence, because, is_declared,
        title, text, url, status, joined_by, score, revised, withdrawn,
    ) in found:  # fmt: skip
        verdict = UNJUDGED
        if judged is not None:
            declared = bool(is_declared)
            verdict = Verdict(phase=_PHASES[judged], confidence=confidence, because=because, is_declared=declared)
        last_seen_at, _, missing_at = (withdrawn or "").partition(" ")
        step = Step(
            source=source,
            id=id_,
            revision=revision,
            phase=_PHASES[phase],
            at=cells.certain(at),
            at_basis=at_basis,
            seen_at=cells.moment(seen_at),
            verdict=verdict,
            title=title,
            text=text,
            url=url,
            status=status,
            joined_by=joined_by,
            score=score,
            revised=revised,
            withdrawn_between=(cells.certain(last_seen_at), cells.certain(missing_at)) if withdrawn else None,
        )
        told.setdefault(incident, []).append(step)
    return told


def incident(row: sqlite3.Row, steps: Sequence[Step], aliases: Sequence[str]) -> Incident:
    """An incident from its row."""
    columns: dict[str, Any] = {name: row[name] for name in _PLAIN}
    columns |= {name: cells.texts(row[name]) for name in _LISTS}
    columns |= {name: cells.moment(row[name]) for name in _TIMES}
    after, before = cells.moment(row["ended_after"]), cells.moment(row["ended_before"])
    return Incident(
        **columns,
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        steps=tuple(steps),
        ended_between=(after, before) if after and before else None,
        bases=json.loads(row["bases"]),
        aliases=tuple(aliases),
        corrections=tuple(correction(said) for said in json.loads(row["corrections"])),
    )


def incident_row(incident: Incident) -> dict[str, Any]:
    """The columns of ``incidents``."""
    after, before = incident.ended_between or (None, None)
    said = [{**correction_row(one), "earlier_text": one.earlier_text} for one in incident.corrections]
    return {
        **{name: getattr(incident, name) for name in (*_PLAIN, "kind", "state", "duration_s")},
        **{name: cells.listed(getattr(incident, name)) for name in _LISTS},
        **{name: cells.stamp(getattr(incident, name)) for name in _TIMES},
        "ended_after": cells.stamp(after),
        "ended_before": cells.stamp(before),
        "bases": json.dumps(dict(incident.bases), sort_keys=True),
        "corrections": json.dumps(said, ensure_ascii=False),
        "last_update_at": cells.stamp(max((step.at for step in incident.steps), default=None)),
    }


def correction(row: sqlite3.Row | Mapping[str, Any]) -> Correction:
    """A person's word from its row, or from what its incident keeps of it."""
    from tracker.models import Action, Correction  # few incidents have any

    return Correction(
        action=Action(row["action"]),
        first=(row["source"], row["id"]),
        second=(row["second_source"], row["second_id"]) if row["second_source"] else None,
        phase=Phase(row["phase"]) if row["phase"] else None,
        revision=row["revision"],
        author=row["author"],
        reason=row["reason"],
        made_at=cells.moment(row["made_at"]),
        earlier_text=dict(row).get("earlier_text", False),
    )


def correction_row(said: Correction) -> dict[str, Any]:
    """The columns of ``corrections``."""
    second = said.second or (None, None)
    return {
        "action": str(said.action),
        "source": said.first[0],
        "id": said.first[1],
        "second_source": second[0],
        "second_id": second[1],
        "phase": str(said.phase) if said.phase else None,
        "revision": said.revision,
        "author": said.author,
        "reason": said.reason,
        "made_at": cells.stamp(said.made_at),
    }
