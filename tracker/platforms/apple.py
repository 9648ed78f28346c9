"""Apple's system status, and that of its services for developers.

https://www.apple.com/support/systemstatus/ shows what ``data/system_status_en_US.js`` below it holds, and
https://developer.apple.com/system-status/ what ``data/developer/system_status_en_US.js`` there does; nobody documents
them. The pages of other countries show the same events, translated little by little; their lists are read as ``url:``.

One announcement is one event, known by its ``messageId``. Its text is edited in place, from ``ongoing`` to
``resolved``, and that of planned work from ``upcoming`` over ``ongoing`` to ``completed``. Every service that it
concerns lists it, some in words of their own, and it may be over at one while it goes on at another. So the text is
each wording with the names of its services before it, which shows when a service is added; and the event goes on as
long as one service says so. What is over stays in the list for two days (in 2020 for weeks); what leaves the list
while it goes on has ended without a word.

``datePosted`` is when the whole list was posted, the same for all events. For an event that is new or edited that is
its time; for one that was over when we first asked, it is too late. ``epochStartDate`` and ``epochEndDate`` say when
something was broken. An event has no address. The developers' list stands in ``jsonCallback(…);``, and its dates may
lack a zone: they are Pacific.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _dates, _html, _json, _reading, _zones

PAGE = "https://www.apple.com/support/systemstatus"
EVERY = 300  # seconds

_LISTS = "/data/system_status_en_US.js", "/data/developer/system_status_en_US.js"
_PAGE = re.compile(r"(https?://[^/?#]{1,255})(?:/[\w-]{2,5}){0,2}/support/systemstatus/?(?:[?#].*)?")
_FOR_DEVELOPERS = re.compile(r"https?://developer\.apple\.com(?:/[\w-]{2,5}){0,2}/system-status/?(?:[?#].*)?")
_LANGUAGE = re.compile(r"/system_status_([a-z]{2})_[A-Z]{2}\.js")
_CALLBACK = re.compile(rb"[A-Za-z_$][\w$.]{0,60}\(")
_YEAR_LAST = re.compile(r"(\d\d)([/.])(\d\d)\2(\d{4}) (\d\d:\d\d)(?: (\S+))?", re.ASCII)
_PACIFIC = (None, "PST", "PDT")  # the zones of American lists; one without any is in it too
_OVER = ("resolved", "completed")

Row = tuple[str, dict[str, Any]]  # the name of a service, and an event as it lists it


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The one list of all services, in English."""
    return (Request.of(source, source.url or _list(source), "events", source.every or EVERY),)


def _list(source: Source) -> str:
    if found := _PAGE.fullmatch(source.address):
        return f"{found[1]}/support/systemstatus{_LISTS[0]}"
    if _FOR_DEVELOPERS.fullmatch(source.address):
        return f"{PAGE}{_LISTS[1]}"
    right = f"right would be page: {PAGE}, or url: for a list"
    raise SourceError(f"{source.id}: {source.address[:80]!r} is no status page of Apple; {right}")


def read(document: Document) -> Reading:
    """The events, oldest first."""
    events: dict[str, list[Row]] = {}
    for service, event in _rows(document):
        id_ = _json.need(event, "messageId", str, f"{document.source.id}: an event of {service!r}")
        events.setdefault(id_, []).append((service, event))
    said = list(_reading.bounded((_event(id_, rows, document.source) for id_, rows in events.items()), document))
    said.sort(key=lambda each: (each.published_at or document.polled_at, _began(each, document.polled_at), each.id))
    listed = tuple(each.id for each in reversed(said))
    return Reading(announcements=tuple(said), listing=Listing.ACTIVE, listed=listed)


def _rows(document: Document) -> Iterator[Row]:
    """Each event of each service. A list without services is none: in it nothing would be broken any more."""
    where = document.source.id
    loaded = _json.load(replace(document, body=_unwrapped(document.body)))
    services = _json.items(_json.need(loaded, "services", list, where))
    if not services:
        raise ReadError(f"{where}: 'services' holds no service")
    for service in services:
        name = " ".join(_json.need(service, "serviceName", str, f"{where}: a service").split())
        for event in _json.items(_json.need(service, "events", list, f"{where}: service {name!r}")):
            yield name, event


def _unwrapped(body: bytes) -> bytes:
    """The JSON in ``jsonCallback(…);``."""
    callback = _CALLBACK.match(body)
    return body[callback.end() :].rstrip(b"); \t\r\n") if callback else body


def _event(id_: str, rows: list[Row], source: Source) -> Announcement:
    """One event, as all services list it; the one where it is not over yet decides how it stands."""
    event = next((event for _, event in rows if event.get("eventStatus") not in _OVER), rows[0][1])
    language = _LANGUAGE.search(_LISTS[0] if source.page else source.url or "")
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=id_,
        published_at=_posted(event, source),
        text="\n".join(_lines(rows, event)),
        lang=language[1] if language else None,
        status=_json.string(event, "eventStatus"),
        impact=_json.string(event, "statusType"),
        components=_components(rows),
        incident_key=id_,
        window=Window.of(_moment(event.get("epochStartDate")), _moment(event.get("epochEndDate"))),
        planned=event.get("statusType") == "Maintenance",
        original=_json.dump({"services": [{"serviceName": name, "events": [each]} for name, each in rows]}),
    )


def _lines(rows: list[Row], event: dict[str, Any]) -> Iterator[str]:
    """Each wording once, behind the services that it is of; then who is affected."""
    wordings: dict[str, dict[str, None]] = {}
    for name, each in rows:
        if words := _html.text(_json.words(each, "message")):
            wordings.setdefault(words, {})[name] = None
    for words, names in wordings.items():
        yield f"{', '.join(names)}: {words}"
    if affected := _json.string(event, "usersAffected"):
        yield _html.text(affected)


def _components(rows: list[Row]) -> tuple[str, ...]:
    """The services that list it, then those that it names beside them."""
    named = (name for _, event in rows for name in _json.strings(event.get("affectedServices")))
    names = (*(name for name, _ in rows), *(" ".join(name.split()) for name in named))
    return tuple(dict.fromkeys(filter(None, names)))


def _posted(event: dict[str, Any], source: Source) -> datetime | None:
    """When the list was posted: ``07/29/2026 20:20 PDT`` in American English, ``2026/07/30 12:20 JST`` in Japanese.

    Whether the day or the month is first shows the start, which is told as milliseconds too.
    """
    page = _zones.zone(source.timezone)
    start, began = _json.words(event, "startDate"), _moment(event.get("epochStartDate"))
    orders = (order for order in (False, True) if began and _date(start, page, is_day_first=order) == began)
    return _date(_json.words(event, "datePosted"), page, is_day_first=next(orders, None))


def _date(written: str, page: ZoneInfo | None, *, is_day_first: bool | None) -> datetime | None:
    """The moment of a date. Where nothing else shows the order, Pacific time tells the month first, dots the day."""
    if found := _YEAR_LAST.fullmatch(written):
        one, sign, two, year, clock, zone = found.groups()
        if is_day_first is None and sign == "/" and zone not in _PACIFIC:
            return None
        day, month = (one, two) if is_day_first or sign == "." else (two, one)
        written = f"{year}/{month}/{day} {clock} {zone or 'PT'}"
    return _dates.moment(written, page)


def _moment(milliseconds: Any) -> datetime | None:
    return _json.at_millisecond(milliseconds) if type(milliseconds) is int else None


def _began(said: Announcement, polled_at: datetime) -> datetime:
    return said.window.start if said.window and said.window.start else polled_at
