"""Status.io: the page's public API, which holds what is open, and its RSS, which holds what was.

https://kb.status.io/developers/public-status-api/ tells of the API; the RSS, ``<page>/pages/<id>/rss``, is nowhere
described.

One announcement is one message of an incident or of a maintenance. ``page:`` is the status page itself, of which the
id is looked up once, or its address with the id, ``https://status.example.com/pages/<id>``; ``url:`` is one of the two
documents. The API is one host for all pages; on the operator's own network (``allow_private``) it stands beside the
page.

History depth: the API drops an incident the moment it is over. The RSS, one item an incident, keeps all its messages,
the oldest first; the last one's time is the item's ``pubDate``.

Quirks: a message has no id. It is known by its incident and minute, ``<incident>/2026-06-04T12:15Z``, which both
documents tell, the RSS in the page's zone; those of one minute are numbered from the oldest. States and impacts are
codes in the API, strings or numbers, and told by the page's words for them; the RSS has the states in words, and no
impact, component or planned hours. So beside the API only what is over is taken from the RSS. Locations
("containers") are named where no component is. An item in no titled channel is what ``platform: feed`` kept, of a
record that had the RSS by that: it stays one announcement, as it was told then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _cutting, _dates, _feeds, _html, _json, _reading, _standing, _zones

API = "https://api.status.io"
MAKER = "https://status.io"  # where the RSS links to
OPEN, HOURLY = 300, 3600  # seconds between polls of the API and of the RSS

_ID = re.compile(r"[0-9a-f]{24}")
_WITH_ID = re.compile(r"/pages/(?:history/)?([0-9a-f]{24})(?:/rss)?/?")
_OF_API = re.compile(r"/1\.0/status/([0-9a-f]{24})\b")
_OWN_LINK = re.compile(  # of the page's host, where one is written
    rb"(?:https?:)?(?://([\w.:-]{1,255}))?/(?:pages/(?:history/|incident/|maintenance/)?|1\.0/status/)([0-9a-f]{24})\b"
)
_MAKERS_LINK = re.compile(
    rb"//(?:[\w-]{1,63}\.)?(?:status\.io|hostedstatus\.com)/(?:pages/(?:history/)?|1\.0/status/)([0-9a-f]{24})\b"
)
_HEAD = re.compile(r"<small>([^<]{1,80})</small>\s*<br\s*/?>\s*<b>([^<]{1,40})</b>\s*(?:-\s*)?", re.IGNORECASE)
_HEAD_OF_A_FEED = 2_000  # bytes
_OF_A_FEED = re.compile(rb"<channel>(?:<language>[^<]{1,20}</language>)?\s*<item\b")
_FARTHEST, _QUARTER = timedelta(hours=14), timedelta(minutes=15)  # a zone from UTC, and by which zones differ

_KEPT = (
    "_id", "id", "name", "datetime_open", "datetime_planned_start", "datetime_planned_end", "components_affected",
    "containers_affected",
)  # fmt: skip
_STATES = {100: "Investigating", 200: "Identified", 300: "Monitoring", 400: "Resolved"}
_PLANNED_STATES = {100: "Scheduled", 200: "Active"}
_IMPACTS = {
    100: "Operational", 200: "Planned Maintenance", 300: "Degraded Performance", 400: "Partial Service Disruption",
    500: "Service Disruption", 600: "Security Event",
}  # fmt: skip
_OVER = frozenset(("resolved", "completed", "complete", "canceled", "cancelled"))


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """First which page it is, once; then what is open, every few minutes, and hourly what was."""
    often = source.every or OPEN
    if source.url:
        return (_request(source, source.url, "url", often),)
    site, number = _page(source)
    number = number or known.learnt.get("page_id", "")
    if not number:
        return (Request.of(source, source.address, "page", None, accept="text/html"),)
    api = site if source.allow_private else API
    now = _request(source, f"{api}/1.0/status/{number}", "open", often)
    return now, _history(source, number, "history", max(often, HOURLY))


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """After the page its documents; the RSS at once, where an incident has left the API: there it says how it ended.

    Where it fails, its own hour is near.
    """
    source = document.source
    if document.purpose == "page":
        return requests(source, known)
    if document.purpose != "open" or not document.gone(reading.listed):
        return ()
    number = _page(source)[1] or known.learnt.get("page_id", "")
    return (_history(source, number, "ended", None).optional,)


def read(document: Document) -> Reading:
    """The messages of the API's answer or of the RSS, or the id of a page; ReadError for what is not Status.io's."""
    head = _html.opening(document.body)[:200]
    is_html = b"<!doctype html" in head or b"<html" in head
    if document.purpose == "page" or (is_html and not document.purpose):
        return Reading(learnt={"page_id": _id_in(document)}, listing=Listing.PART)
    return _read_feed(document) if head.startswith(b"<") else _read_open(document)


def _request(source: Source, url: str, purpose: str, every: int | None) -> Request:
    return Request.of(source, url, purpose, every, accept="application/json, application/rss+xml, */*;q=0.1")


def _history(source: Source, number: str, purpose: str, every: int | None) -> Request:
    return _request(source, f"{_page(source)[0]}/pages/{number}/rss", purpose, every)


def _page(source: Source) -> tuple[str, str]:
    """(the site, the id where its address has it, else ''). SourceError where that is no page."""
    (site, _), page = _html.split_address(source.address), source.address
    if not site or page.endswith((".atom", ".rss", ".json")) or _OF_API.search(page):
        right = "right would be page: https://status.example.com, or url: for one document"
        raise SourceError(f"{source.id}: {page!r} is no status page; {right}")
    found = _WITH_ID.fullmatch(urlsplit(page).path)
    return site, found[1] if found else ""


def _id_in(document: Document) -> str:
    """The id to which a page links most. ReadError where it links to none of its own."""
    html = document.body[: _html.LONGEST]
    origin = _html.split_address(document.url)[0] or _html.split_address(document.source.address)[0]
    own = origin.partition("://")[2].encode()
    found = [number for host, number in _OWN_LINK.findall(html) if host in (b"", own)]
    counted = Counter[bytes]([*found, *_MAKERS_LINK.findall(html)])
    if not counted:
        told = _feeds.offered(document, "none of its links has the id of a page")
        raise ReadError(f"{document.source.id}: a page that is none of Status.io's{told}")
    [(number, _)] = counted.most_common(1)
    return str(number, "ascii")


def _address(source: Source, kind: str, page: str, key: str) -> str | None:
    """Where people read of an incident (``incident`` or ``maintenance``)."""
    if not (_ID.fullmatch(page) and _ID.fullmatch(key)):
        return None
    return f"{_html.split_address(source.page or '')[0] or MAKER}/pages/{kind}/{page}/{key}"


def _known_by(key: str, at: datetime | str) -> str:
    return f"{key}/{at:%Y-%m-%dT%H:%MZ}" if isinstance(at, datetime) else f"{key}/{at}"


# -- the API -------------------------------------------------------------------------------------------------------


def _read_open(document: Document) -> Reading:
    """What is open and planned; complete, but for an original, which has ``page``: the id that the address had."""
    where, loaded = document.source.id, _json.load(document)
    if not isinstance(loaded, dict) or "result" not in loaded:
        told = _json.dump(loaded)[:80].decode("utf-8", "replace")
        raise ReadError(f"{where}: no document of Status.io: {told}")
    result = _json.need(loaded, "result", dict, where)
    found = _OF_API.search(document.url)
    page = _json.string(loaded, "page") or (found[1] if found else "")
    messages = (
        _messages(incident, document.source, page, planned=planned) for planned, incident in _incidents(result, where)
    )
    listing = Listing.ACTIVE if "status_overall" in result else Listing.PART
    said = _reading.oldest_first(_reading.told_apart(messages), document)
    began = dict.fromkeys(each.incident_key or "" for each in said)
    return _reading.of(document, said, listing, reversed(began))


def _incidents(result: dict[str, Any], where: str) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Each incident, and each maintenance (True)."""
    yield from ((False, incident) for incident in _json.need_incidents(result, "incidents", where))
    maintenance = _json.need(result, "maintenance", dict, where)
    for name in ("active", "upcoming"):
        yield from ((True, work) for work in _json.need_incidents(maintenance, name, f"{where}: 'maintenance'"))


def _messages(incident: dict[str, Any], source: Source, page: str, *, planned: bool) -> Iterator[Announcement]:
    """The messages of one incident, oldest first; one that has none is told by its title."""
    key = _json.string(incident, "_id") or _json.need(incident, "id", str, f"{source.id}: an incident")
    where = f"{source.id}: incident {key}"
    title = _html.line(incident.get("name"))
    untold = {"details": title or "", "datetime": incident.get("datetime_open")}
    timed = _json.timed(_json.updates(incident, "messages", where) or [untold], "datetime", where)
    parts = _names(incident, "components_affected") or _names(incident, "containers_affected")
    shared = {name: incident[name] for name in _KEPT if name in incident}
    hours = (_json.time(incident.get(f"datetime_planned_{end}")) for end in ("start", "end"))
    window = Window.of(*hours) if planned else None
    for at, message in timed:
        details = _json.words(message, "details")
        alone = [{**shared, "messages": [message]}]
        work, incidents = (alone, []) if planned else ([], alone)
        result = {"incidents": incidents, "maintenance": {"active": work, "upcoming": []}}
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=_known_by(key, at),
            url=_address(source, "maintenance" if planned else "incident", page, key),
            published_at=at,
            title=title,
            text=_html.text(details) or title or "",
            status=(_PLANNED_STATES if planned else _STATES).get(_code(message.get("state"))),
            impact=_IMPACTS.get(_code(message.get("status"))),
            components=parts,
            incident_key=key,
            links=_html.links(details),
            window=window,
            planned=planned,
            original=_json.dump({"page": page, "result": result}),
        )


def _names(incident: dict[str, Any], of: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(name.split()) for name in _json.names(_json.rows(incident, of))))


def _code(value: Any) -> int:
    """A code of three digits, -1 where it is none."""
    return int(str(value)) if re.fullmatch(r"[1-9]00", str(value)) and isinstance(value, int | str) else -1


# -- the RSS -------------------------------------------------------------------------------------------------------


def _read_feed(document: Document) -> Reading:
    """All items; beside the API only those that are over: what is open stands there, and says more."""
    feed, source = _feeds.parse(document), document.source
    found = [(entry, place) for entry in feed.entries if (place := _standing.statusio(entry))]
    if feed.entries and not found:
        raise ReadError(f"{source.id}: no item of the feed links to an incident of Status.io's")
    if not _cutting.newest_first([entry.published for entry, _ in found]):
        found.reverse()
    tell = _whole if _OF_A_FEED.search(document.body[:_HEAD_OF_A_FEED]) else _told
    told = [*_reading.bounded(_reading.told_apart(tell(entry, *place, source) for entry, place in found), document)]
    is_beside = document.purpose in ("history", "ended")
    if is_beside:
        last = {said.incident_key: said.status or "" for said in told}
        told = [said for said in told if last[said.incident_key].casefold() in _OVER]
    listing = Listing.PART if is_beside else Listing.WINDOW
    return _reading.of(document, told, listing, (key for _, (_, _, key) in found), every=feed.every)


def _told(entry: _feeds.Entry, kind: str, page: str, key: str, source: Source) -> Iterator[Announcement]:
    """The messages of an item, oldest first; an item of another make is one, of the item's time and without a state."""
    html, title = (_feeds.plain_xml(part or "") for part in (entry.html, entry.title_html))
    shown = _html.line(title)
    parts = _cut(html)
    times = _moments([when for when, _, _ in parts], entry.published, _zones.zone(source.timezone))
    if _minute(times[-1]) == _minute(entry.published):
        times[-1] = entry.published  # to the second
    for at, (when, state, part) in zip(times, parts, strict=True):
        told = _HEAD.sub("", part)
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=_known_by(key, at or when or "?"),
            url=entry.url if source.url else _address(source, kind, page, key),
            published_at=at,
            title=shown,
            text=_html.text(told) or shown or "",
            status=state or None,
            incident_key=key,
            links=_html.links(told, entry.base),
            planned=kind == "maintenance",
            original=_original(entry, title, part, at),
        )


def _whole(entry: _feeds.Entry, kind: str, page: str, key: str, source: Source) -> Iterator[Announcement]:
    """An item as ``platform: feed`` tells it."""
    title, text, planned = _html.text(entry.title_html or "") or None, _html.text(entry.html), kind == "maintenance"
    yield Announcement(
        source=source.id,
        vendor=source.vendor,
        id=entry.id or entry.link or key,
        url=entry.url if source.url else _address(source, kind, page, key),
        published_at=entry.published,
        title=title,
        text=text or title or "",
        status=_standing.state(title or "", text, entry.status, planned=planned),
        incident_key=key,
        links=_html.links(entry.html, entry.base),
        planned=planned,
        original=entry.raw,
    )


def _cut(html: str) -> list[tuple[str, str, str]]:
    """(when, state, markup) of each message, as written; of one whole, without the first two, where none has any."""
    heads = list(_HEAD.finditer(html))
    ends = [*(head.start() for head in heads[1:]), len(html)]
    written = ([" ".join(unescape(part).split()) for part in head.groups()] for head in heads)
    cut = zip(heads, ends, written, strict=True) if heads else ()
    return [(when, state, html[head.start() : end]) for head, end, (when, state) in cut] or [("", "", html)]


def _moments(written: Sequence[str], published: datetime | None, of_page: ZoneInfo | None) -> list[datetime | None]:
    """When each message was told. The item's time is the last one's, which also tells a zone that nobody knows."""
    if written == [""]:
        return [published]
    times = [_dates.moment(when, of_page) for when in written]
    if None in times and (last := _minute(published)):
        walls = [_dates.as_written(when.rpartition(" ")[0]) for when in written]
        away = walls[-1] - last if walls[-1] else _FARTHEST * 2
        if abs(away) <= _FARTHEST and not away % _QUARTER:
            return [at or (wall - away if wall else None) for at, wall in zip(times, walls, strict=True)]
    return times


def _minute(at: datetime | None) -> datetime | None:
    return at.replace(second=0) if at else None


def _original(entry: _feeds.Entry, title: str, message: str, at: datetime | None) -> bytes:
    """A feed whose one item has this message alone, and its time."""
    at_ = at.isoformat() if at else None
    told = {"title": title, "link": entry.link, "guid": entry.id, "pubDate": at_, "description": message}
    return _feeds.as_rss(*map(_feeds.element, told, told.values()), head="<title>Status.io</title>")
