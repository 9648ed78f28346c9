"""Incidents as JSON, for scripts: the shapes are documented and stable, unknown is null."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from tracker.models import Announcement, Correction, Incident, Step, Told, Verdict, Window
from tracker.show.words import iso

# What json leaves as it is and a terminal would obey, and halves of characters that no file can hold.
_UNSAFE = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def dumps(value: Mapping[str, Any]) -> str:
    """One line of JSON in UTF-8, safe to print: control characters and overrides stay escaped."""
    line = _ENCODER.encode(value)
    return line if line.isascii() and "\x7f" not in line else _UNSAFE.sub(lambda hit: f"\\u{ord(hit[0]):04x}", line)


_INCIDENT = (
    "id", "vendor", "kind", "name", "state", "impact", "severity", "components", "impact_started_at", "announced_at",
    "first_seen_at", "first_resolved_at", "resolved_at", "impact_ended_at", "duration_s",
)  # fmt: skip
_ANNOUNCEMENT = ("vendor", "source", "id", "published_at", "text")
_IF_KNOWN = (
    "title", "status", "impact", "components", "incident_key", "in_reply_to", "url", "edited_at", "lang", "aliases",
    "links", "window", "planned",
)  # fmt: skip


def _fields(of: object, *names: str) -> dict[str, Any]:
    """Its fields of these names, as JSON has them; a word of ours (a phase, a state) is a text as it is."""
    return {
        name: value if (plain := _PLAIN.get(type(value := getattr(of, name)))) is None else plain(value)
        for name in names
    }


def incident_json(incident: Incident) -> dict[str, Any]:
    """One incident as ``tracker incidents --json`` prints it; each announcement once, with its settled phase."""
    return _fields(incident, *_INCIDENT) | {"announcements": _announcements(incident.steps)}


def _announcements(steps: Iterable[Step]) -> list[dict[str, Any]]:
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for step in steps:
        if step.revision == 1 or step.name not in first:
            first[step.name] = {"source": step.source, "id": step.id, "phase": step.phase, "published_at": iso(step.at)}
    return list(first.values())


def timeline_json(incident: Incident) -> dict[str, Any]:
    """The same with ``ended_between``, ``regions``, ``corrections``, and ``updates``: every step.

    So ``timeline --json`` prints it.
    """
    return incident_json(incident) | {
        **_fields(incident, "ended_between", "regions"),
        "updates": [_update(step) for step in incident.steps],
        "corrections": [correction_json(said) for said in incident.corrections],
    }


def _update(step: Step) -> dict[str, Any]:
    """One step, field by field: there are so many of them that a loop over names would be felt."""
    return {
        "source": step.source,
        "id": step.id,
        "revision": step.revision,
        "phase": step.phase,
        "at": iso(step.at),
        "at_basis": step.at_basis,
        "seen_at": iso(step.seen_at),
        "title": step.title,
        "text": step.text,
        "url": step.url,
        "status": step.status,
        "revised": step.revised,
        "withdrawn": step.withdrawn,
        "withdrawn_between": [iso(when) for when in step.withdrawn_between] if step.withdrawn_between else None,
        "verdict": verdict_json(step.verdict),
        "joined_by": step.joined_by,
        "score": step.score,
    }


def correction_json(said: Correction) -> dict[str, Any]:
    """What a person said of an incident's announcements."""
    return {
        "action": said.action,
        "announcement": "#".join(said.first),
        "other": "#".join(said.second) if said.second else None,
        **_fields(said, "phase", "revision", "author", "reason", "made_at", "earlier_text"),
    }


def announcement_json(announcement: Announcement) -> dict[str, Any]:
    """An announcement in the shape that ``tracker import`` takes; what is unknown is left out."""
    known = _fields(announcement, *_IF_KNOWN)
    return _fields(announcement, *_ANNOUNCEMENT) | {key: value for key, value in known.items() if value}


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """What ``tracker classify`` says of one text."""
    return {"phase": verdict.phase, "confidence": round(verdict.confidence, 4), "because": verdict.because}


def detail_json(incident: Incident, told: Iterable[Told]) -> dict[str, Any]:
    """Everything of one incident: ``timeline_json`` with the bases, the aliases and every revision.

    ``edited_at`` is when the vendor says that it edited, of an update and of a revision; ``seen_at`` when we saw it.
    """
    members = {each.name: each for each in told}
    shown = timeline_json(incident)
    for step, update in zip(incident.steps, shown["updates"], strict=True):
        of = members.get(step.name)
        update["edited_at"] = iso(of.versions[step.revision].edited_at) if of else None
    return shown | {
        "bases": dict(incident.bases),
        "aliases": list(incident.aliases),
        "revisions": [revision for each in members.values() for revision in _revisions(each)],
    }


def alone_json(told: Told, why: str) -> dict[str, Any]:
    """An announcement that is in no incident, with every revision; ``because`` says why it is in none."""
    return {
        "incident": None,
        "because": why,
        **_fields(told.announcement, "vendor", "source", "id", "published_at", "edited_at"),
        "seen_at": iso(told.known_seen_at),
        **_fields(told.announcement, "title", "text", "url", "status"),
        "verdict": verdict_json(told.verdict),
        "revisions": _revisions(told),
    }


def _revisions(told: Told) -> list[dict[str, Any]]:
    return [
        {
            **_fields(told.announcement, "source", "id"),
            **_fields(revision, "number", "seen_at"),
            **_fields(revision.announcement, "edited_at", "title", "text", "status", "window"),
            **_fields(revision, "verdict"),
        }
        for revision in told.revisions
    ]


_PLAIN: Mapping[type, Callable[[Any], Any]] = {
    datetime: iso,
    tuple: lambda values: [iso(each) if isinstance(each, datetime) else each for each in values],
    Verdict: verdict_json,
    Window: lambda window: _fields(window, "start", "end"),
}
