"""Incidents as JSON, for scripts: the shapes are documented and stable, unknown is null."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tracker.models import Announcement, Correction, Incident, Step, Told, Verdict, Window
from tracker.show.words import iso

# What json leaves as it is and a terminal would obey, and halves of characters that no file can hold.
_UNSAFE = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


def dumps(value: Mapping[str, Any]) -> str:
    """One line of JSON in UTF-8, safe to print: control characters and overrides stay escaped."""
    line = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return line if line.isascii() and "\x7f" not in line else _UNSAFE.sub(lambda hit: f"\\u{ord(hit[0]):04x}", line)


def incident_json(incident: Incident) -> dict[str, Any]:
    """One incident as ``tracker incidents --json`` prints it; each announcement once, with its settled phase."""
    return {
        "id": incident.id,
        "vendor": incident.vendor,
        "kind": incident.kind.value,
        "name": incident.name,
        "state": incident.state.value,
        "impact": incident.impact,
        "severity": incident.severity,
        "components": list(incident.components),
        "impact_started_at": iso(incident.impact_started_at),
        "announced_at": iso(incident.announced_at),
        "first_seen_at": iso(incident.first_seen_at),
        "first_resolved_at": iso(incident.first_resolved_at),
        "resolved_at": iso(incident.resolved_at),
        "impact_ended_at": iso(incident.impact_ended_at),
        "duration_s": incident.duration_s,
        "announcements": _announcements(incident.steps),
    }


def _announcements(steps: Iterable[Step]) -> list[dict[str, Any]]:
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for step in steps:
        said = {"source": step.source, "id": step.id, "phase": step.phase.value, "published_at": iso(step.at)}
        if step.revision == 1 or step.name not in first:
            first[step.name] = said
    return list(first.values())


def timeline_json(incident: Incident) -> dict[str, Any]:
    """The same with ``ended_between``, ``regions``, ``corrections``, and ``updates``: every step.

    So ``timeline --json`` prints it.
    """
    return incident_json(incident) | {
        "ended_between": _both(incident.ended_between),
        "regions": list(incident.regions),
        "updates": [_update(step) for step in incident.steps],
        "corrections": [correction_json(said) for said in incident.corrections],
    }


def _both(between: tuple[datetime, datetime] | None) -> list[str | None] | None:
    return [iso(when) for when in between] if between else None


def correction_json(said: Correction) -> dict[str, Any]:
    """What a person said of an incident's announcements."""
    return {
        "action": said.action.value,
        "announcement": "#".join(said.first),
        "other": "#".join(said.second) if said.second else None,
        "phase": said.phase.value if said.phase else None,
        "revision": said.revision,
        "author": said.author,
        "reason": said.reason,
        "made_at": iso(said.made_at),
        "earlier_text": said.earlier_text,
    }


def _update(step: Step) -> dict[str, Any]:
    return {
        "source": step.source,
        "id": step.id,
        "revision": step.revision,
        "phase": step.phase.value,
        "at": iso(step.at),
        "at_basis": step.at_basis,
        "seen_at": iso(step.seen_at),
        "title": step.title,
        "text": step.text,
        "url": step.url,
        "status": step.status,
        "revised": step.revised,
        "withdrawn": step.withdrawn,
        "withdrawn_between": _both(step.withdrawn_between),
        "verdict": verdict_json(step.verdict),
        "joined_by": step.joined_by,
        "score": step.score,
    }


def announcement_json(announcement: Announcement) -> dict[str, Any]:
    """An announcement in the shape that ``tracker import`` takes; what is unknown is left out."""
    known = {
        "title": announcement.title,
        "status": announcement.status,
        "impact": announcement.impact,
        "components": list(announcement.components),
        "incident_key": announcement.incident_key,
        "in_reply_to": announcement.in_reply_to,
        "url": announcement.url,
        "edited_at": iso(announcement.edited_at),
        "lang": announcement.lang,
        "aliases": list(announcement.aliases),
        "links": list(announcement.links),
        "window": _window(announcement.window),
        "planned": announcement.planned,
    }
    return {
        "vendor": announcement.vendor,
        "source": announcement.source,
        "id": announcement.id,
        "published_at": iso(announcement.published_at),
        "text": announcement.text,
    } | {key: value for key, value in known.items() if value}


def _window(window: Window | None) -> dict[str, str | None] | None:
    return {"start": iso(window.start), "end": iso(window.end)} if window else None


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """What ``tracker classify`` says of one text."""
    return {"phase": verdict.phase.value, "confidence": round(verdict.confidence, 4), "because": verdict.because}


def detail_json(incident: Incident, told: Iterable[Told]) -> dict[str, Any]:
    """Everything of one incident: ``timeline_json`` with the bases, the aliases and every revision.

    ``edited_at`` is when the vendor says that it edited, of an update and of a revision; ``seen_at`` when we saw it.
    """
    members = {each.name: each for each in told}
    return timeline_json(incident) | {
        "updates": [_update(step) | _edit(step, members.get(step.name)) for step in incident.steps],
        "bases": dict(incident.bases),
        "aliases": list(incident.aliases),
        "revisions": [revision for each in members.values() for revision in _revisions(each)],
    }


def _edit(step: Step, told: Told | None) -> dict[str, Any]:
    return {"edited_at": iso(told.versions[step.revision].edited_at) if told else None}


def alone_json(told: Told, why: str) -> dict[str, Any]:
    """An announcement that is in no incident, with every revision; ``because`` says why it is in none."""
    said = told.announcement
    return {
        "incident": None,
        "because": why,
        "vendor": said.vendor,
        "source": said.source,
        "id": said.id,
        "published_at": iso(said.published_at),
        "edited_at": iso(said.edited_at),
        "seen_at": iso(told.known_seen_at),
        "title": said.title,
        "text": said.text,
        "url": said.url,
        "status": said.status,
        "verdict": verdict_json(told.verdict),
        "revisions": _revisions(told),
    }


def _revisions(told: Told) -> list[dict[str, Any]]:
    return [
        {
            "source": told.announcement.source,
            "id": told.announcement.id,
            "number": revision.number,
            "seen_at": iso(revision.seen_at),
            "edited_at": iso(revision.announcement.edited_at),
            "title": revision.announcement.title,
            "text": revision.announcement.text,
            "status": revision.announcement.status,
            "window": _window(revision.announcement.window),
            "verdict": verdict_json(revision.verdict) if revision.verdict else None,
        }
        for revision in told.revisions
    ]
