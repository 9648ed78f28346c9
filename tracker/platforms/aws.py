"""AWS Health's public dashboard, by the list that the page itself reads.

https://docs.aws.amazon.com/health/latest/ug/aws-health-dashboard-status.html tells of the page; its list,
``/public/currentevents``, is nowhere described. Neither is the history that it shows, ``historyevents.json``, a year of
events by the services under which they are filed: that it is there, and how it looks, is known of programs that read
it. It is asked for once a day, and at once where an event has left the list before it was over.

One announcement is one entry of an event's log. An entry has no id: it is known by the event's ARN and its second. The
list holds what is open and, for some days, what has ended; it is ``[]`` while all is well. It is in UTF-16, and logs
are oldest first. Times (in seconds) and states (codes) are strings or numbers; a state is told by the page's word for
it. Components are AWS's keys of services, which name the region, as in its RSS. The last entry says that an event is
over, by its code or by "[RESOLVED]" in its title; where only fields of the event itself say so, that is one
announcement more.

In the history an event's own state is the worst that it had, its log may lack the last word, and it may stand under
several services. Until 2023 there was ``data.json``: a year of events without ARN, their updates as HTML. It is read as
well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _dates, _html, _json, _reading

PAGE = "https://health.aws.amazon.com"
HISTORY = "https://history-events-us-west-2-prod.s3.amazonaws.com/historyevents.json"
SITES = ("health.aws.amazon.com", "status.aws.amazon.com", "health.amazonaws.cn")
EVERY, DAILY = 300, 86_400  # seconds between polls

_OF_HISTORY = re.compile(r"https?://(?:health|status)\.aws\.amazon\.com(?:[/?#].*)?", re.IGNORECASE)
_STATES = ("Resolved", "Impacted", "Degraded", "Disrupted")  # the codes 0 to 3, as the page calls them
_OVER = re.compile(r"\[resolved\]\s*", re.IGNORECASE)
_SECONDS = re.compile(r"[1-9]\d{8,9}", re.ASCII)
_TOLD_ELSEWHERE = ("event_log", "impacted_service_status_changes", "end_time")  # what an original does without
_STAMP = '<span class="yellowfg">'
_SEATTLE = timedelta(hours=-8)  # the old list's clock


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The one list, on the host of the page; the history, daily."""
    url = source.url or _html.joined(source.address or PAGE, "/public/currentevents")
    return _json.request(source, url, "events", source.every or EVERY), *_history(source)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The history at once, where an event has left the list: there it says how it ended."""
    if document.purpose != "events" or not document.gone(reading.listed):
        return ()
    return _history(document.source)


def _history(source: Source) -> tuple[Request, ...]:
    """What asks for the history, which only the page of all regions but China's has; an address leads to none."""
    if source.url or not _OF_HISTORY.fullmatch(source.address or PAGE):
        return ()
    return (_json.request(source, HISTORY, "history", DAILY).optional,)


def read(document: Document) -> Reading:
    """The entries of all logs, oldest first; events that are held are passed over."""
    source = document.source
    events, listing = _events(_json.load(document), source.id)
    found = [(_json.digest(event), _key(event, source.id), event) for event in events]
    fresh = ((key, event) for digest, key, event in found if digest not in document.held)
    told = _reading.told_apart(_announcements(event, key, source) for key, event in fresh)
    entries = {digest: () if _has_ended(event) else (key,) for digest, key, event in found}
    return _reading.of(document, told, listing, (key for _, key, _ in found), entries=entries)


def _events(loaded: Any, where: str) -> tuple[list[dict[str, Any]], Listing]:
    """The events of the list, of the history, or of the old list; only the first is one of what is open."""
    if isinstance(loaded, dict) and "archive" in loaded:
        old = (event for events in loaded.values() for event in _json.items(events))
        return [_as_today(event, where) for event in old], Listing.PART
    if isinstance(loaded, dict) and any(map(_json.items, loaded.values())):  # under each service that it stands under
        told = [{"service": name, **event} for name, events in loaded.items() for event in _json.items(events)]
        return told, Listing.PART
    if not isinstance(loaded, list):
        raise ReadError(f"{where}: needs a list of events, has {type(loaded).__name__}")
    return _json.incidents_of(loaded, f"{where}: the list"), Listing.ACTIVE


def _key(event: dict[str, Any], where: str) -> str:
    """Its ARN; events had none until 2023."""
    arn = _json.string(event, "arn")
    return arn or f"{_json.need(event, 'service', str, f'{where}: an event')}/{event.get('date')}"


def _announcements(event: dict[str, Any], key: str, source: Source) -> Iterator[Announcement]:
    """The entries of an event's log, oldest first."""
    has_page = key == event.get("arn")
    for at, alone in _each_alone(event, f"{source.id}: event {key}"):
        entry = alone["event_log"][0] if alone["event_log"] else alone
        message = _json.words(entry, "message")
        title = _json.string(entry, "summary") or _json.string(alone, "summary")
        code, worst = 0 if _is_over(entry) else _code(entry), max(_code(entry), _code(alone))
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=f"{key}/end" if entry is alone else f"{key}/{at:%Y-%m-%dT%H:%M:%SZ}",
            url=_html.joined(source.page or PAGE, f"/health/status?eventID={quote(key, '/:')}") if has_page else None,
            published_at=at,
            title=title,
            text=_html.text(message) or title or "",
            lang="en",
            status=_STATES[code] if code >= 0 else None,
            impact=_STATES[worst] if worst > 0 else None,
            components=_components(event),
            incident_key=key,
            links=_html.links(message),
            original=_json.dump([alone]),
        )


def _each_alone(event: dict[str, Any], where: str) -> Iterator[tuple[datetime | None, dict[str, Any]]]:
    """(when an entry of the log was written, the event with this entry alone), oldest first.

    Last comes the end of the event, where no entry tells of it. One that goes on without an entry is told by its title.
    """
    end, entries = _time(event.get("end_time")), _json.updates(event, "event_log", where)
    is_over = end is not None or _is_over(event)
    if not entries and not is_over:
        entries = [{"status": event.get("status"), "timestamp": event.get("date")}]
    timed = sorted(((_need_time(entry, "timestamp", where), entry) for entry in entries), key=lambda each: each[0])
    shared = {name: value for name, value in event.items() if name not in _TOLD_ELSEWHERE}
    shared["summary"] = _OVER.sub("", _json.words(event, "summary"))
    shared["status"] = event.get("status") if _code(event) > 0 else None
    yield from ((at, {**shared, "event_log": [entry]}) for at, entry in timed)
    if is_over and not (timed and _is_over(timed[-1][1])):
        over = max(end, timed[-1][0]) if end and timed else end
        yield over, {**shared, "status": 0, "end_time": int(over.timestamp()) if over else None, "event_log": []}


def _has_ended(event: dict[str, Any]) -> bool:
    """Whether it is over, by its own fields or by its last entry: then it may leave the list."""
    last = _json.rows(event, "event_log")[-1:]
    return _time(event.get("end_time")) is not None or any(map(_is_over, (event, *last)))


def _is_over(told: dict[str, Any]) -> bool:
    """Whether an entry, or an event, says so."""
    return _code(told) == 0 or bool(_OVER.search(_json.words(told, "summary")))


def _components(event: dict[str, Any]) -> tuple[str, ...]:
    """The keys of the service that it is filed under, and of those that it ever touched."""
    parts = _json.table(event, "impacted_services")
    touched = [key for key, part in parts.items() if _code(part, "max") != 0]
    return _json.strings([event.get("service"), *touched])


def _code(value: Any, name: str = "status") -> int:
    """The code of a state, -1 where there is none that is known."""
    code = _json.scalar(value, name) or ""
    return "0123".find(code) if len(code) == 1 else -1


def _time(value: Any) -> datetime | None:
    text = str(value) if isinstance(value, int | str) else ""
    return _json.at_millisecond(int(text) * 1000) if _SECONDS.fullmatch(text) else None


def _need_time(value: dict[str, Any], name: str, where: str) -> datetime:
    at = _time(value.get(name))
    if at is None:
        raise ReadError(f"{where}: {name!r} is no time: {str(value.get(name))[:40]!r}")
    return at


def _as_today(event: dict[str, Any], where: str) -> dict[str, Any]:
    """An event of the old list, where an update is ``<div><span class="yellowfg"> 3:55 PM PST</span>&nbsp;…</div>``."""
    at, log = _need_time(event, "date", where), list[dict[str, Any]]()
    severity = event.get("status") if _code(event) > 0 else None
    for update in _json.words(event, "description").split(_STAMP)[1:]:
        stamp, _, message = update.partition("</span>")
        at = _next(stamp, at) or at
        log.append({"message": message, "status": severity, "timestamp": int(at.timestamp())})
    if log and _is_over(event):
        log[-1]["status"] = 0
    return {name: value for name, value in event.items() if name != "description"} | {"event_log": log}


def _next(stamp: str, before: datetime) -> datetime | None:
    """The moment of ``3:55 PM PST`` or ``Nov  6,  3:55 PM PST``, the first after the update before it."""
    day, _, clock = stamp.rpartition(",")
    here = before + _SEATTLE
    days = (f"{day} {here.year}", f"{day} {here.year + 1}") if day else (f"{here:%F}", f"{here + timedelta(days=1):%F}")
    moments = (_dates.moment(f"{each} {clock}".strip(), None) for each in days)
    return next((at for at in moments if at and at >= before.replace(second=0)), None)
