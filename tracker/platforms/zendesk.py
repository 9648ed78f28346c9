"""Zendesk's status page, by its Status API.

https://developer.zendesk.com/api-reference/status_api/status_api/

One announcement is one update of an incident, known by the numbers of both: it has no title and no state of its own.
``active`` holds what is open, ``maintenance`` the work that is planned, as JSON:API: what belongs to an incident stands
in ``included``. What is over leaves ``active`` and cannot be asked for. How it ended is told by the log that the page
itself reads (``/api/ssp/incidents.json``, with keys in another spelling): incidents of some weeks, without their
updates. Of it only the ends are told. A ``status`` may stay "monitoring" for ever: an incident is over when it has
``resolved_at``. Nothing tells when planned work was announced, and no incident has a page of its own. The host allows
ten requests a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _html, _json, _reading

PAGE = "https://status.zendesk.com"
SITES = ("status.zendesk.com",)
OPEN, HOURLY = 120, 3600  # seconds between polls
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
Row = dict[str, Any]  # a resource: its id, type, attributes and relationships
Included = Mapping[tuple[str, str | None], Row]  # those that stand beside the incidents, by type and id


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open, often; planned work and the log, hourly. An address of its own is fetched as it is."""
    every = source.every or OPEN
    if source.url:
        return (_json.request(source, source.url, "url", every),)
    planned = _ask(source, "incidents/maintenance", "maintenance", max(every, HOURLY))
    return _ask(source, "incidents/active", "active", every), planned, _log(source)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The log at once, where an incident has left the list of open ones: there it says how it ended."""
    if document.purpose != "active" or not document.gone(reading.listed):
        return ()
    return (_log(document.source),)


def _log(source: Source) -> Request:
    """The log, which no documentation promises."""
    return _ask(source, "ssp/incidents.json", "log", max(source.every or OPEN, HOURLY)).optional


def _ask(source: Source, name: str, purpose: str, every: int) -> Request:
    return _json.request(source, f"{(source.address or PAGE).rstrip('/')}/api/{name}", purpose, every)


def read(document: Document) -> Reading:
    """The updates of all that is listed, oldest first; of the log the ends alone."""
    where = document.source.id
    loaded = _json.load(document)
    told = loaded.get("data") if isinstance(loaded, dict) else None
    rows = _json.need_incidents({"data": [told] if isinstance(told, dict) else told}, "data", where)
    incidents = {_json.need_number(row, "id", f"{where}: an incident"): row for row in rows}
    included = {_name(row): row for row in _json.rows(loaded, "included")}
    said = (each for key, row in incidents.items() for each in _announcements(row, key, included, document.source))
    is_active = urlsplit(document.url or document.source.url or "").path.endswith("/active")
    return _reading.of(document, said, Listing.ACTIVE if is_active else Listing.PART, incidents if is_active else ())


# -- what it holds -----------------------------------------------------------------------------------------------------


def _name(row: Row) -> tuple[str, str | None]:
    """The type and the id of a resource, by which others refer to it."""
    return _spelt(_json.words(row, "type")), _json.scalar(row, "id")


def _fields(row: Row, key: str = "attributes") -> Row:
    """Its attributes, or its relationships."""
    return {_spelt(name): value for name, value in _json.table(row, key).items()}


def _spelt(name: str) -> str:
    """As the API spells it, where the log writes ``startedAt`` for ``started_at``."""
    return _HUMP.sub("_", name).lower()


def _related(row: Row, name: str, included: Included) -> list[Row]:
    """The resources to which one refers under this name, each once, as far as they are there."""
    data = _json.table(_fields(row, "relationships"), name).get("data")
    named = map(_name, [data] if isinstance(data, dict) else _json.items(data))
    return [included[each] for each in dict.fromkeys(named) if each in included]


# -- what it says ------------------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """One thing that an incident says: an update, its ``begin`` where it has none, or its ``end``."""

    name: str
    at: datetime | None
    text: str
    status: str | None
    updates: list[Row]  # the one that it is, or without its words the one after which it ended


def _announcements(incident: Row, key: str, included: Included, source: Source) -> Iterator[Announcement]:
    """What an incident says, oldest first. Of which part an original is stands in it as ``told``, which is ours."""
    where = f"{source.id}: incident {key}"
    fields = _fields(incident)
    title = _html.line(fields.get("title") or fields.get("name"))
    links = _related(incident, "incident_services", included)
    services = [*links, *(service for link in links for service in _related(link, "service", included))]
    names = [of.get("service_name") or of.get("name") for of in map(_fields, services)]
    updates = _related(incident, "incident_updates", included)
    _reading.refuse_many(len(updates), len(services), where)
    for part in _parts(incident, updates, title or "", where):
        if incident.get("told", part.name) != part.name:
            continue
        own = {"data": [{"id": row["id"], "type": row.get("type")} for row in part.updates]}
        kept = {
            "attributes": fields | {"status": part.status},
            "relationships": _fields(incident, "relationships") | {"incident_updates": own},
            "told": part.name,
        }
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=f"{key}/{part.name}",
            published_at=part.at,
            title=title,
            text=part.text,
            lang="en",
            status=part.status,
            shares_state=True,
            impact=_json.string(fields, "impact"),
            components=_json.strings(names),
            incident_key=key,
            window=_window(fields),
            planned=_is_planned(fields),
            original=_json.dump({"data": incident | kept, "included": [*part.updates, *services]}),
        )


def _parts(incident: Row, updates: list[Row], title: str, where: str) -> Iterator[Part]:
    """Its updates, oldest first; else its begin, but not of the log, which omits them; its end, where it is over."""
    fields = _fields(incident)
    state, over = _json.string(fields, "status"), _json.time(fields.get("resolved_at"))
    is_log = "startedAt" in _json.table(incident, "attributes")
    timed = _json.timed([_fields(row) | {"row": row} for row in updates], "created_at", where)
    for place, (at, told) in enumerate(timed, 1):
        text = _html.text(_json.words(told, "description"))
        is_last = place == len(timed)
        number = _json.need_number(told["row"], "id", where)
        yield Part(number, at, text or title, state if is_last else None, [told["row"]])
    if not timed and not over and not is_log:
        yield Part("begin", None, title, state, [])
    if over and not _is_planned(fields):
        last = [{**told["row"], "attributes": {"created_at": told["created_at"]}} for _, told in timed[-1:]]
        yield Part("end", max([over, *(at for at, _ in timed[-1:])]), title, "resolved", last)


def _is_planned(fields: Row) -> bool:
    return "maintenance_start_time" in fields or fields.get("impact") == "maintenance"


def _window(fields: Row) -> Window | None:
    """For when work is planned; from when to when it was broken."""
    start, end = "started_at", "resolved_at"
    if _is_planned(fields):
        start, end = "maintenance_start_time", "maintenance_end_time"
    return Window.of(_json.time(fields.get(start)), _json.time(fields.get(end)))
