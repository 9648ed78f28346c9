"""Slack's status page, by its API v2.0.0.

https://api.slack.com/docs/slack-status

One announcement is one note of an incident, known by the incident and the second in which the note was posted: a
note has no id and no state of its own. ``current`` holds what is open, notes newest first; an incident that
resolves leaves it at once. ``history`` holds the last weeks, notes oldest first. The incident's state is that of its
last note, unless it is "active": an incident may still be called so when its words say that it is over.
A type ``notice`` is information of any kind. Bodies were plain text before 2024 and are HTML since.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _html, _json, _reading

PAGE = "https://slack-status.com"
OPEN, HISTORY = 120, 3600  # seconds between polls


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open, often; the history, hourly. An address of its own is fetched as it is."""
    every = source.every or OPEN
    if source.url:
        return (_json.request(source, source.url, "url", every),)
    return _list(source, "current", every), _list(source, "history", max(every, HISTORY))


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The history at once, where an incident has left the list of open ones: there it says how it ended."""
    if document.purpose != "current" or not document.gone(reading.listed):
        return ()
    return (_list(document.source, "history", HISTORY),)


def _list(source: Source, name: str, every: int) -> Request:
    return _json.request(source, f"{(source.address or PAGE).rstrip('/')}/api/v2.0.0/{name}", name, every)


def read(document: Document) -> Reading:
    """The notes, oldest first; of a file of versions the newest of each."""
    values = _json.values(document)
    listing = Listing.WINDOW if isinstance(values[0], list) else Listing.PART
    if isinstance(values[0], dict) and "active_incidents" in values[0]:
        listing = Listing.ACTIVE
    where = f"{document.source.id}: an incident"
    incidents = [(_json.need_number(incident, "id", where), incident) for incident in _incidents(values, document)]
    notes = (_notes(incident, key, document.source, listing) for key, incident in incidents)
    return _reading.of(document, _reading.told_apart(notes), listing, (key for key, _ in incidents))


def _incidents(values: list[Any], document: Document) -> Iterator[dict[str, Any]]:
    """The incidents of ``current`` (an object), of ``history`` (a list), of a lone one, or of each of its versions."""
    for value in values:
        if isinstance(value, dict) and "active_incidents" in value:
            yield from _json.need_incidents(value, "active_incidents", document.source.id)
        elif not (isinstance(value, dict) and value.get("status") == "ok" and "date_updated" in value):  # v1, all well
            yield from _json.incidents_in(value, document)


def _notes(incident: dict[str, Any], key: str, source: Source, listing: Listing) -> Iterator[Announcement]:
    """One incident's notes, oldest first; an incident without a note is told by its title."""
    where = f"{source.id}: incident {key}"
    told = _json.updates(incident, "notes", where) or [incident]
    first, last = (_json.need_time(note, "date_created", where) for note in (told[0], told[-1]))
    is_newest_first = first > last or (first == last and listing is Listing.ACTIVE)  # also those of one second
    notes = _json.timed(reversed(told) if is_newest_first else told, "date_created", where)
    title = unescape(_json.words(incident, "title")) or None
    for place, (at, note) in enumerate(notes, 1):
        status = _status(incident, is_last=place == len(notes))
        body = _json.words(note, "body")
        updated = _json.time(incident.get("date_updated")) if status == "resolved" else None
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=f"{key}/{at:%Y-%m-%dT%H:%M:%SZ}",
            url=_html.web(incident.get("url")),
            published_at=at,
            edited_at=updated if updated and updated > at else None,
            title=title,
            text=_html.text(body) or title or "",
            lang="en",
            status=status,
            shares_state=True,
            impact=_json.string(incident, "type"),
            components=_json.strings(incident.get("services")),
            incident_key=key,
            links=_html.links(body),
            planned=incident.get("type") == "maintenance",
            original=_json.dump([{**incident, "status": status, "notes": [] if note is incident else [note]}]),
        )


def _status(incident: dict[str, Any], *, is_last: bool) -> str | None:
    """The incident's state where it is this note's: the last one's, unless it only says that the incident is there."""
    kind, status = incident.get("type"), _json.string(incident, "status")
    if kind == "notice":
        return "notice"
    return status if is_last and (status != "active" or kind == "maintenance") else None
