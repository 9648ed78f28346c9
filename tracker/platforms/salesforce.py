"""Salesforce Trust, by its API v1.

https://api.status.salesforce.com/v1/docs/ describes it, https://status.salesforce.com shows what it tells. The Trust
Status API is said to be replaced by one that only customers may ask
(https://developer.salesforce.com/docs/mytrust-api/overview.html); until when this one answers nobody says.

One announcement is one event of an incident, known by its number: ``type`` is its state, where it is more than
"update" (``investigatingCauseOfIssue``, ``resolved``; each has a label in ``localizations``, which is not asked for),
``message`` its words. An incident without an event is told by a sentence made of its impact, its services and its
instances, for it has no title. That it is over say its ``status``, which it has since 2026 or so, else the ends of all
its impacts: where no event says so, that is one announcement more. What became known afterwards (``rootCause``,
``pathToResolution``, ``actionPlan``) is another, dated by the incident's last change, for it has no time of its own.
Components are the keys of services; an incident of a cloud has hundreds of instances. How bad it is say the impacts
(minor, major), and when it was. A ``timeline``, which some incidents have, tells events and impacts again.

The whole is asked for its open incidents, and hourly for the last ones; not for planned work, which is thousands of
entries. ``page:`` may be that of one instance or product (``https://status.salesforce.com/instances/NA137``,
``…/products/Heroku``): then it is what its status holds, planned work too. ``url:`` may be any of its documents.

Seen were one whole capture of 2020 and what clients test with until 2026. Uncertain are the words of ``status``, how
long what is over stays in the status of an instance, and whether the list comes as it is asked for, newest first: from
what it lacks nothing is concluded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _html, _json, _reading

PAGE, API = "https://status.salesforce.com", "https://api.status.salesforce.com"
SITES = ("status.salesforce.com",)
OPEN, HOURLY = 120, 3600  # seconds between polls
MOST, MOST_GONE = 50, 20  # incidents of the list; those that are asked for by themselves at once

_PLACE = re.compile(r"https?://[^/?#]{1,255}/(instances|products)/([\w.~%-]{1,100})/?(?:[?#/].*)?")
_OVER = ("resolved", "completed", "closed")
_CANCELLED = ("canceled", "cancelled")  # of planned work
_SEVERITIES = ("minor", "major", "critical", "blocker")
_REPORT = {"rootCause": "Root cause", "pathToResolution": "Path to resolution", "actionPlan": "Action plan"}
_HUMP = re.compile(r"(?<=[a-z][a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TIMED = ("id", "type", "createdAt")  # what an end or a report keeps of the last event
_FEW = 5  # services or instances that are named


class Kind(NamedTuple):
    """How incidents, or planned work, are called in the documents."""

    listed: str  # in the status of an instance
    impacts: str
    events: str
    path: str  # of their pages


INCIDENT = Kind("Incidents", "IncidentImpacts", "IncidentEvents", "incidents")
WORK = Kind("Maintenances", "MaintenanceImpacts", "MaintenanceEvents", "maintenances")


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open, often, and the last incidents, hourly; of an instance or a product its status."""
    every = source.every or OPEN
    if source.url:
        return (_json.request(source, source.url, "url", every),)
    place = _PLACE.fullmatch(source.address)
    if place is None:
        last = f"incidents?limit={MOST}&sort=id&order=DESC"
        return _ask(source, "incidents/active", "open", every), _ask(source, last, "incidents", max(every, HOURLY))
    status = f"{place[2]}/status" if place[1] == "instances" else f"status/preview?products={place[2]}"
    return (_ask(source, f"instances/{status}", "status", every),)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """Each open incident that has left the list of open ones, by itself: there it says how it ended."""
    if document.purpose not in ("open", "status"):
        return ()
    gone = islice(filter(str.isdecimal, document.gone(reading.listed)), MOST_GONE)
    return tuple(_ask(document.source, f"incidents/{key}", f"incident:{key}", None).optional for key in gone)


def _ask(source: Source, name: str, purpose: str, every: int | None) -> Request:
    page = source.address or PAGE
    host = API if urlsplit(page).netloc.casefold() == urlsplit(PAGE).netloc else page
    return _json.request(source, _html.joined(host, f"/v1/{name}"), purpose, every)


def read(document: Document) -> Reading:
    """The events, oldest first."""
    source = document.source
    loaded = _of_product(_json.load(document))
    rows = {_key(row, kind, source.id): (row, kind) for kind, row in _rows(loaded, document)}  # each instance tells it
    events = (said for key, (row, kind) in rows.items() for said in _announcements(row, kind, key, source))
    is_active = _is_status(loaded) or urlsplit(document.url or source.url or "").path.endswith("/active")
    return _reading.of(document, events, Listing.ACTIVE if is_active else Listing.PART, rows)


def _of_product(loaded: Any) -> Any:
    """The instances of a product, where it is one (``/v1/products/Tableau``); all else as it is."""
    instances = loaded.get("Instances") if isinstance(loaded, dict) else None
    return instances if isinstance(instances, list) else loaded


def _is_status(loaded: Any) -> bool:
    """Whether it is the status of an instance, or of several."""
    instances = loaded if isinstance(loaded, list) else [loaded]
    return any(isinstance(each, dict) and INCIDENT.listed in each for each in instances)


def _rows(loaded: Any, document: Document) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Each incident and each planned work, of a list of them, of a lone one, or of instances."""
    where = document.source.id
    if document.purpose == "status" and not _is_status(loaded):
        raise ReadError(f"{where}: holds no instance: there is none of that name, or of that product")
    for row in _json.incidents_in(loaded, document):
        if INCIDENT.listed not in row:
            is_work = any(name in row for name in (WORK.events, WORK.impacts, "plannedStartTime"))
            yield WORK if is_work else INCIDENT, row
            continue
        at = f"{where}: instance {str(row.get('key'))[:40]}"
        for kind in (INCIDENT, WORK):
            yield from ((kind, each) for each in _json.need_incidents({WORK.listed: [], **row}, kind.listed, at))


def _key(incident: dict[str, Any], kind: Kind, where: str) -> str:
    """The number of an incident; planned work counts for itself."""
    number = _json.need_number(incident, "id", f"{where}: an incident")
    return number if kind is INCIDENT else f"maintenance/{number}"


class Part(NamedTuple):
    """One thing that an incident says: an ``event``, its ``begin`` where it has none, its ``end`` or a ``report``."""

    name: str
    at: datetime
    text: str
    status: str | None
    event: dict[str, Any]


def _announcements(incident: dict[str, Any], kind: Kind, key: str, source: Source) -> Iterator[Announcement]:
    """What an incident says, oldest first. Of which part an original is stands in it as ``told``, which is ours."""
    where = f"{source.id}: {kind.path} {key}"
    events = _json.rows(incident, kind.events)
    shared = {name: value for name, value in incident.items() if name not in (kind.events, "timeline")}
    services = _json.strings(incident.get("serviceKeys"))
    title = _json.string(incident, "name") or _title(incident, kind, services)
    for part in _parts(incident, kind, events, title, where):
        name = part.name.partition("~")[0]  # alone, an end is the first
        if incident.get("told", name) != name:
            continue
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=f"{key}/{_name(part)}",
            url=_html.joined(source.page or PAGE, f"/{kind.path}/{key.rpartition('/')[2]}"),
            published_at=part.at,
            edited_at=_json.edited(part.event.get("updatedAt"), part.at),
            title=title,
            text=part.text,
            lang="en",
            status=part.status,
            impact=_worst(incident, kind),
            components=services,
            incident_key=key,
            links=_html.links(_json.words(part.event, "message")),
            window=_window(incident, kind),
            planned=kind is WORK,
            original=_json.dump([{**shared, kind.events: [part.event] if part.event else [], "told": name}]),
        )


def _parts(
    incident: dict[str, Any], kind: Kind, events: list[dict[str, Any]], title: str, where: str
) -> Iterator[Part]:
    """Its events, oldest first, or its start; its end, where none of them tells it; what became known afterwards."""
    timed = _json.timed(sorted(events, key=_number), "createdAt", where)
    created = timed[0][0] if timed else _json.need_time(incident, "createdAt", where)
    over = _over(incident, kind)
    if not timed:
        yield Part("begin", created, _told_of(incident, title), None if over else _state(incident), {})
    for at, event in timed:
        yield Part("event", at, _words(event, "message") or title, _type(event), event)
    last = timed[-1][0] if timed else created
    ends = [type_.casefold() in (*_OVER, *_CANCELLED) for _, event in timed if (type_ := _type(event))]
    near = {name: timed[-1][1].get(name) for name in _TIMED} if timed else {}  # what follows comes no earlier
    if over and not any(ends[-1:]):
        name = f"end~{sum(ends) + 1}" if any(ends) else "end"  # what was resolved may break out again
        yield Part(name, max(_ended_at(incident, kind) or last, last), title, over, near)
    if kind is INCIDENT and (report := _report(incident)):
        changed = _json.time(incident.get("updatedAt")) or last
        yield Part("report", changed, report, over, near)


def _number(event: dict[str, Any]) -> int:
    """The number of an event, which orders those of one second; 0 where it has none."""
    number = event.get("id")
    return number if isinstance(number, int) else 0


def _name(part: Part) -> str:
    """How it is known in its incident: an event by its number, by its second where it has none."""
    if part.name != "event":
        return part.name
    return str(_number(part.event) or f"{part.at:%Y-%m-%dT%H:%M:%SZ}")


def _type(event: dict[str, Any]) -> str | None:
    """The state that an event declares; "update" is none, for its words may say that it is over."""
    type_ = _json.string(event, "type")
    return type_ if type_ != "update" else None


def _state(incident: dict[str, Any]) -> str | None:
    """Its own state, which planned work has in its ``message``."""
    return _json.string(incident, "status") or _json.string(_json.table(incident, "message"), "eventStatus")


def _over(incident: dict[str, Any], kind: Kind) -> str | None:
    """The word for it that it is over, None while it is not: by its own state, else as all its impacts have ended.

    Of an incident always the same word: how it is written may change, and is no news.
    """
    state = _state(incident)
    if state is None:
        impacts = _json.rows(incident, kind.impacts)
        return "resolved" if impacts and all(_json.time(impact.get("endTime")) for impact in impacts) else None
    if state.casefold() not in (_OVER if kind is INCIDENT else (*_OVER, *_CANCELLED)):
        return None
    return "resolved" if kind is INCIDENT else state


def _ended_at(incident: dict[str, Any], kind: Kind) -> datetime | None:
    """When it was told that it is over: when the ends of its impacts were written, else when it was changed last."""
    impacts = _json.rows(incident, kind.impacts)
    ends = (_json.time(impact.get("endTimeCreatedAt")) or _json.time(impact.get("endTime")) for impact in impacts)
    return max(filter(None, ends), default=None) or _json.time(incident.get("updatedAt"))


def _window(incident: dict[str, Any], kind: Kind) -> Window | None:
    """For when work is planned; from the first of the impacts to the last, while they have all ended."""
    if kind is WORK:
        return Window.of(*(_json.time(incident.get(name)) for name in ("plannedStartTime", "plannedEndTime")))
    impacts = _json.rows(incident, kind.impacts)
    starts = [at for impact in impacts if (at := _json.time(impact.get("startTime")))]
    ends = [at for impact in impacts if (at := _json.time(impact.get("endTime")))]
    return Window.of(min(starts, default=None), max(ends, default=None) if len(ends) == len(impacts) else None)


def _worst(incident: dict[str, Any], kind: Kind) -> str | None:
    """The worst severity of its impacts, as it is written; planned work has none."""
    told = _json.names(_json.rows(incident, kind.impacts), "severity")
    known = [severity for severity in told if severity.casefold() in _SEVERITIES]
    return max(known, key=lambda severity: _SEVERITIES.index(severity.casefold()), default=None)


# -- in plain words --------------------------------------------------------------------------------------------------


def _title(incident: dict[str, Any], kind: Kind, services: Iterable[str]) -> str:
    """Its services and the type of its first impact: ``Core Service: performance degradation``."""
    impacts = sorted(_json.rows(incident, kind.impacts), key=lambda impact: str(impact.get("createdAt")))
    types = _json.names([*impacts, incident], "type")
    what = _type_in_words(types[0]) if types else "planned work" if kind is WORK else "incident"
    where = _list([_named(service) for service in services])
    return f"{where}: {what}" if where else what[:1].upper() + what[1:]


def _type_in_words(type_: str) -> str:
    """``featurePerfDegradation`` is a feature performance degradation."""
    return " ".join("performance" if word == "perf" else word for word in _HUMP.sub(" ", type_).lower().split())


def _told_of(incident: dict[str, Any], title: str) -> str:
    """What is told of an incident without an event: its title, on which instances, and more where it says more."""
    instances = _json.strings(incident.get("instanceKeys"))
    where = _list(instances) if len(instances) <= _FEW else f"{len(instances)} instances"
    told = f"{title}, on {where}." if where else f"{title}."
    return "\n".join(filter(None, (told, _words(incident, "additionalInformation"))))


def _report(incident: dict[str, Any]) -> str:
    """What became known of its cause and its remedy."""
    message = _json.table(incident, "message")
    told = ((label, _words(message, name)) for name, label in _REPORT.items())
    return "\n".join(f"{label}: {words}" for label, words in told if words)


def _named(service: str) -> str:
    """The key of a service as words: ``coreService`` is Core Service, ``B2CCore`` B2C Core."""
    words = _HUMP.sub(" ", service)
    return words[:1].upper() + words[1:] if words[1:2].islower() else words


def _list(names: list[str] | tuple[str, ...]) -> str:
    named, rest = ", ".join(names[:_FEW]), len(names) - _FEW
    return f"{named} and {rest} more" if rest > 0 else named


def _words(value: Any, key: str) -> str:
    return _html.text(_json.words(value, key))
