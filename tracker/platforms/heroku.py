"""Heroku's status page, by its API v4.

https://devcenter.heroku.com/articles/heroku-status tells of the page; the API is nowhere described. A draft of v3 is
https://gist.github.com/max/2491213, and how v4 is read shows ``src/commands/status.ts`` in https://github.com/heroku/cli.

One announcement is one update of an incident, known by its number. ``current-status`` holds what is open and planned,
updates newest first; ``incidents`` the last ones of all. ``update_type`` is the state (investigating, issue, update,
monitoring, resolved; of planned work scheduled and maintenance, also when it is done). Colours say how bad it is,
yellow or red: those of the update, ``status_prod`` and ``status_dev``, where it has them, else those of the systems.
Heroku's own client has yellow and red for what Salesforce calls minor and major.

Quirks: ``resolved`` is false, and ``resolved_at`` null, of incidents that are over, whose ``state`` says so. Planned
work stands in the list for months after it is done, as "upcoming", and its hours only in its words. An incident that
is over by its fields alone has one announcement more that says so. Uncertain is whether ``incidents`` is whole, and in
which order it comes: from what it lacks nothing is concluded. Where Heroku's page fails, its client asks Salesforce's,
whose page of Heroku the platform ``salesforce`` reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _html, _json, _reading

PAGE = "https://status.heroku.com"
SITES = ("status.heroku.com",)
OPEN, HISTORY = 120, 3600  # seconds between polls
LAST = "incidents?limit=25"  # the history

_COLOURS = ("yellow", "red")  # the worst last
_PLANNED = (["scheduled"], ["maintenance"])  # the first of the updates, which stand newest first


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open, often; the last incidents, hourly. An address of its own is fetched as it is."""
    every = source.every or OPEN
    if source.url:
        return (_json.request(source, source.url, "url", every),)
    return _ask(source, "current-status", "current", every), _ask(source, LAST, "history", max(every, HISTORY))


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The history at once, where an incident has left the list of open ones: there it says how it ended.

    Where it fails, its own hour is near.
    """
    if document.purpose != "current" or not document.gone(reading.listed):
        return ()
    return (_ask(document.source, LAST, "ended", None).optional,)


def _ask(source: Source, name: str, purpose: str, every: int | None) -> Request:
    return _json.request(source, _html.joined(source.address or PAGE, f"/api/v4/{name}"), purpose, every)


def read(document: Document) -> Reading:
    """The updates, oldest first."""
    source = document.source
    loaded = _json.load(document)
    is_current = isinstance(loaded, dict) and "incidents" in loaded
    rows = _current(loaded, source.id) if is_current else _others(loaded, document)
    incidents = [(_json.need_number(row, "id", f"{source.id}: an incident"), row, planned) for planned, row in rows]
    updates = (_announcements(row, key, source, planned=planned) for key, row, planned in incidents)
    listing = Listing.ACTIVE if is_current and "status" in loaded else Listing.PART
    return _reading.of(document, _reading.told_apart(updates), listing, (key for key, *_ in incidents))


def _current(loaded: dict[str, Any], where: str) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Whether it is planned, and the incident: of the list of what is open, and that of what is planned."""
    yield from ((False, each) for each in _json.need_incidents(loaded, "incidents", where))
    if "status" in loaded or loaded.get("scheduled"):  # of an original only one of the two
        yield from ((True, each) for each in _json.need_incidents(loaded, "scheduled", where))


def _others(loaded: Any, document: Document) -> Iterator[tuple[bool, dict[str, Any]]]:
    """The incidents of the history, or the one of a lone document; some are planned work, by their first word."""
    for incident in _json.incidents_in(loaded, document):
        kinds = [update.get("update_type") for update in _json.rows(incident, "updates")]
        yield incident.get("state") == "upcoming" or kinds[-1:] in _PLANNED, incident


def _announcements(incident: dict[str, Any], key: str, source: Source, *, planned: bool) -> Iterator[Announcement]:
    """The updates of an incident, oldest first."""
    title = _html.line(incident.get("title"))
    systems = _json.rows(incident, "systems")
    components = _json.names(systems)
    for at, update, alone in _each_alone(incident, f"{source.id}: incident {key}"):
        id_ = _id(update, key, at, is_end=not update and _is_over(alone))
        contents = _json.words(update, "contents")
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=id_,
            url=_html.web(incident.get("full_url")) or (source.page and _html.joined(source.page, f"/incidents/{key}")),
            published_at=at,
            edited_at=_json.edited(update.get("updated_at"), at),
            title=title,
            text=_html.text(contents) or title or "",
            lang="en",
            status=_json.string(update, "update_type") or ("resolved" if id_ == f"{key}/end" else None),
            impact=_worst(update, systems),
            components=components,
            incident_key=key,
            links=_html.links(contents),
            planned=planned,
            original=_json.dump({"incidents": [], "scheduled": [alone]} if planned else {"incidents": [alone]}),
        )


def _each_alone(incident: dict[str, Any], where: str) -> Iterator[tuple[datetime, dict[str, Any], dict[str, Any]]]:
    """When each update was written, the update, and the incident with it alone; last its end, where none tells that.

    What was resolved may break out again: the latest state counts, and "update" is none. An incident that has no update
    and goes on is told by its title.
    """
    timed = _json.timed(reversed(_json.updates(incident, "updates", where)), "created_at", where)
    types = (update.get("update_type") for _, update in reversed(timed))
    state = next((type_ for type_ in types if type_ not in (None, "update")), None)
    ends = _is_over(incident) and state != "resolved"
    unsettled = {**incident, "state": None, "resolved_at": None}
    if not timed and not ends:
        yield _json.need_time(incident, "created_at", where), {}, {**unsettled, "updates": []}
    yield from ((at, update, {**unsettled, "updates": [update]}) for at, update in timed)
    if ends:
        told = _json.time(incident.get("resolved_at")) or _json.time(incident.get("updated_at"))
        last = timed[-1][0] if timed else _json.need_time(incident, "created_at", where)
        over = max(told or last, last)
        yield over, {}, {**incident, "updates": [], "state": "resolved", "resolved_at": f"{over:%Y-%m-%dT%H:%M:%SZ}"}


def _is_over(incident: dict[str, Any]) -> bool:
    return incident.get("state") == "resolved" or _json.time(incident.get("resolved_at")) is not None


def _id(update: dict[str, Any], key: str, at: datetime, *, is_end: bool) -> str:
    """The number of an update, which is its own among all incidents; its second where it has none."""
    native = update.get("id")
    if isinstance(native, int) and not isinstance(native, bool):
        return f"{key}/{native}"
    return f"{key}/end" if is_end else f"{key}/{at:%Y-%m-%dT%H:%M:%SZ}"


def _worst(update: dict[str, Any], systems: list[dict[str, Any]]) -> str | None:
    """The worst colour but green and blue: of production and development, else of the systems."""
    told = [value for name, value in update.items() if name.startswith("status_") and value]
    colours = told or [system.get("status") for system in systems]
    return next((colour for colour in reversed(_COLOURS) if colour in colours), None)
