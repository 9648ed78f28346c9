"""Atlassian Statuspage: the page's API v2, its history as Atom or RSS, its front page, and pages of incidents.

https://support.atlassian.com/statuspage/docs/what-is-the-status-api/ and ``<page>/api`` of every such page

One announcement is one incident update. ``page:`` is the status page itself; ``url:`` is one of its documents, by
its address: incidents.json, incidents/unresolved.json, summary.json, scheduled-maintenances.json, one incident
(``api/v2/incidents/<code>.json``, ``api/v2/scheduled-maintenances/<code>.json`` or ``incidents/<code>.json``),
history.atom, history.rss, the front page, or the page of one incident (``incidents/<code>``).

History depth: the last 50 incidents and 50 maintenances by the API, the last 25 of both together by the feed, one
incident of any age by its code, fifteen days on the front page; ``past`` pages back through the codes of them all.
``summary.json`` and ``unresolved.json`` drop an incident the moment it is resolved.

Quirks: texts are edited in place, above all resolutions into root causes. The feed shows ``Update`` where the
state did not change; the API repeats the state, and so does ``status`` here by either way. The API has ids of
updates, the feed only label and minute: an update's id is the API's, or ``code/label/minute/n``, the nth of that
label and minute from the oldest, which is also the API's update's alias. Other products answer at the same
addresses with less: incident.io leaves texts empty and lists out. Rootly (``/api/v1/incidents.json``, what is open,
https://docs.rootly.com/configuration/status-page-public-api) tells neither page nor incident an id, but its address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Listing, PastPage, Reading, Request, Source
from tracker.platforms import (
    _cutting,
    _feeds,
    _html,
    _json,
    _reading,
    _statuspage_api,
    _statuspage_feed,
    _statuspage_home,
    _statuspage_past,
)

LARGEST = 10_000_000  # bytes of HTML
OPEN, HOURLY = 300, 3600  # seconds between polls of the open list and of whole lists
MOST_PAGES = 200  # of three months each: fifty years
MOST_GONE = 50  # incidents that are asked for by themselves at once; the hourly list holds the others
_LISTS = ("incidents", "scheduled_maintenances")
_LONE = {"incident": False, "scheduled_maintenance": True}  # of a document of one alone: whether it is planned work
_WINDOWS = ("/incidents.json", "/scheduled-maintenances.json")
_END = re.compile(rb"</(?:\w+:)?(?:feed|rss|rdf)\s*>\s*(?:<!--[^>]*-->\s*)*\Z", re.IGNORECASE)
_BELOW = re.compile(r"(https?://[^/?#]+(?:/[^?#]*?)?)/(?:api/v2/[^?#]*|history\.(?:atom|rss))", re.IGNORECASE)
_OF_A_FEED = "; platform: feed reads a page's RSS or Atom"
_OF_THE_PAST = "the history of a Statuspage, which has no updates: tracker backfill reads them by page:"
_ACTIVES = ("/unresolved.json", "/summary.json", "/active.json")


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open every few minutes; the lists with what has ended hourly."""
    often = source.every or OPEN
    if source.url:
        return (_request(source, source.url, "url", often),)
    seldom = max(often, HOURLY)
    return (
        _request(source, _api(source, "incidents/unresolved"), "open", often),
        _request(source, _api(source, "incidents"), "incidents", seldom),
        _request(source, _api(source, "scheduled-maintenances"), "maintenances", seldom),
    )


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """Each incident that the open list no longer holds, by itself: the list drops it the moment it is resolved."""
    if document.purpose != "open":
        return ()
    source, codes = document.source, filter(_statuspage_past.CODE.fullmatch, document.gone(reading.listed))
    asked = (_request(source, _api(source, f"incidents/{code}"), f"incident:{code}", None) for code in codes)
    return tuple(request.optional for request in islice(asked, MOST_GONE))


def past(source: Source, page: Document | None, since: date | None) -> PastPage | None:
    """The codes of the page's whole life, three months a page; None of a ``url:`` that names no document of a page."""
    below = _BELOW.fullmatch(source.url) if source.url else None
    if source.url and below is None:
        return None
    api = replace(source, url=None, page=below[1]) if below else source
    if page is None:
        return PastPage(older=_page_of_past(api, 1))
    leaf = _statuspage_past.leaf(page, since)
    number = int(page.purpose.rpartition(":")[2])
    kinds = ("incidents", "scheduled-maintenances")
    incidents = {
        code: tuple(_api(api, f"{kind}/{code}") for kind in (reversed(kinds) if planned else kinds))
        for code, planned in leaf.codes.items()
    }
    older = None if leaf.is_last or number >= MOST_PAGES else _page_of_past(api, number + 1)
    back_to = datetime.combine(leaf.back_to, time(), UTC) if leaf.back_to else None
    return PastPage(
        older=older, reading=Reading(learnt=_reading.whose(leaf.page)), incidents=incidents, back_to=back_to
    )


def read(document: Document) -> Reading:
    """The updates of all incidents in the document; ReadError for what is no Statuspage."""
    head = _html.opening(document.body)[:200]
    if b"<!doctype html" in head or b"<html" in head:
        return _read_home(document)
    if head.startswith(b"<"):
        return _read_feed(document)
    return _read_versions(document) if _json.is_of_versions(document) else _read_json(document, _json.load(document))


def _request(source: Source, url: str, purpose: str, every: int | None) -> Request:
    return Request.of(source, url, purpose, every, accept="application/json, application/atom+xml, */*;q=0.1")


def _page_of_past(source: Source, number: int) -> Request:
    address = f"{_site(source)}/history.json?page={number}"
    return _request(source, address, f"past:{number}", None).optional


def _api(source: Source, name: str) -> str:
    return f"{_site(source)}/api/v2/{name}.json"


def _site(source: Source) -> str:
    """The address of the page; SourceError where that is none."""
    page = source.address.rstrip("/")
    if not page.startswith(_html.WEB) or page.endswith((".atom", ".rss", ".json")):
        right = "right would be page: https://status.example.com, or url: for a feed"
        raise SourceError(f"{source.id}: {page!r} is no status page; {right}")
    return page


# -- JSON --------------------------------------------------------------------------------------------------------


def _read_versions(document: Document) -> Reading:
    """A file of versions of one incident, oldest first: each update once, as the last version has it."""
    versions = (_read_version(replace(document, held={}), line) for line in _json.versions(document))
    said = (each for version in versions for each in version.announcements)
    last = _reading.oldest_first(said, document)
    keys = dict.fromkeys(each.incident_key or each.id for each in last)
    return _reading.of(document, last, Listing.PART, reversed(keys))


def _read_version(document: Document, line: Any) -> Reading:
    """One version: an entry of the feed, or the incident as the API has it; null where it left the list."""
    if isinstance(line, dict) and isinstance(line.get("entry_xml"), str):
        return _read_feed(replace(document, body=b"<feed>" + line["entry_xml"].encode("utf-8", "replace") + b"</feed>"))
    if isinstance(line, dict) and "incident" in line and line["incident"] is None:
        return Reading()
    return _read_json(document, line)


def _read_json(document: Document, loaded: Any) -> Reading:
    page, rows = _incidents(document, loaded)
    cases: list[_statuspage_api.Case] = []
    entries: dict[str, tuple[str, ...]] = {}
    for planned, incident in rows:
        digest = _json.digest([page.get("url"), planned, incident])
        if digest in document.held:
            entries[digest] = document.held[digest]
            continue
        case = _statuspage_api.Case.of(document.source.id, page, incident, planned=planned)
        entries[digest] = (case.key,)
        cases.append(case)
    found = (said for case in cases for said in case.announcements(document.source))
    listed = (key for keys in entries.values() for key in keys)
    return _reading.of(
        document, found, _listing(document, loaded), listed, entries=entries, learnt=_reading.whose(page)
    )


def _incidents(document: Document, loaded: Any) -> tuple[dict[str, Any], list[tuple[bool, dict[str, Any]]]]:
    """The page's facts, and each incident of the document with whether it is listed as planned."""
    where = document.source.id
    if not isinstance(loaded, dict) or "error" in loaded or "errors" in loaded:
        told = _json.dump(loaded)[:80].decode("utf-8", "replace")
        raise ReadError(f"{where}: no document of a Statuspage: {told}")
    page = _json.table(loaded, "page")
    if isinstance(page.get("status"), str) and "id" not in page:
        is_checkly = page["status"] in ("OPERATIONAL", "HAS_ISSUES")
        told = "a Checkly page" if is_checkly else "an Instatus page"
        feed = "/feed.rss is for platform: feed" if is_checkly else "/history.atom is read as url:"
        raise ReadError(f"{where}: this is a document of {told}, not of a Statuspage; its {feed}")
    if "incident_updates" in loaded:
        return page, [(False, loaded)]
    for key, planned in _LONE.items():
        if key in loaded:
            return page, [(planned, _json.need(loaded, key, dict, where))]
    if isinstance(loaded.get("months"), list):
        raise ReadError(f"{where}: {_OF_THE_PAST}")
    other = [key for key in loaded if "incident" in key.lower() and key != _LISTS[0]]
    if other:  # there may stand what is open, beside lists of these names that are empty
        raise ReadError(f"{where}: {other[0][:40]!r} is no list of a Statuspage, but another maker's{_OF_A_FEED}")
    if not page or not any(key in loaded for key in (*_LISTS, "components", "status")):
        told = "no 'page' with 'incidents', 'scheduled_maintenances' or 'incident' at the top"
        raise ReadError(f"{where}: {told}{_OF_A_FEED}")
    return page, [(key == _LISTS[1], each) for key in _LISTS for each in _json.incidents(loaded, key, where)]


def _listing(document: Document, loaded: dict[str, Any]) -> Listing:
    """By the address; of a bare file by its shape: a list in which something has ended is no list of the open.

    What a page without an id lists is not known.
    """
    path = urlsplit(document.url or document.source.url or "").path
    is_one = "incident_updates" in loaded or not loaded.keys().isdisjoint(_LONE)
    has_id = _json.table(loaded, "page").get("id")
    if is_one or not has_id or not any(key in loaded for key in (*_LISTS, "components")):
        return Listing.PART
    if path.endswith(_ACTIVES) or ("components" in loaded and "status" in loaded):
        return Listing.ACTIVE
    rows = [row for key in _LISTS for row in _json.rows(loaded, key)]
    if path.endswith(_WINDOWS) or any(_json.string(row, "status") in _statuspage_feed.ENDED for row in rows):
        return Listing.WINDOW
    return Listing.ACTIVE if "incidents" in loaded and not path else Listing.PART


# -- Atom and RSS ------------------------------------------------------------------------------------------------


def _read_feed(document: Document) -> Reading:
    """The history feed: entries whose bytes are held are passed over, the others are read whole."""
    if b"\0" not in document.body[:100] and not _END.search(document.body[-2000:]):
        raise ReadError(f"{document.source.id}: the feed is cut off: its last element is not closed")
    cut = _cutting.cut(document)
    fresh = cut.unknown(document.held) if cut else ()
    read = fresh or (0,)  # a broken feed without an entry would be none at all
    feed = _feeds.parse(cut.only(read) if cut else document)
    if cut and len(feed.entries) != len(read):
        cut, feed = None, _feeds.parse(document)
    found = feed.entries[: len(fresh)] if cut else feed.entries
    keys = [_statuspage_feed.incident(entry) for entry in found]
    said = _announcements(document, found, document.polled_at)
    if found and not said and len(found) == len(cut.pieces if cut else found):
        made = f"; it is made by {feed.generator}" if feed.generator else ""
        raise ReadError(f"{document.source.id}: no entry holds updates as a Statuspage writes them{made}")
    entries: dict[str, tuple[str, ...]] = {}
    if cut:
        entries = cut.keyed(document.held, keys)
        keys = [key for held in entries.values() for key in held]
    return _reading.of(document, said, Listing.WINDOW, keys, entries=entries, every=feed.every)


def _read_home(document: Document) -> Reading:
    """The front page, with what is unresolved and the last days, or one incident's; ReadError for any other HTML."""
    where = document.source.id
    html = document.body[:LARGEST].decode("utf-8", "replace")
    newest = None
    if _statuspage_home.is_home(html):
        entries, newest = _statuspage_home.entries(html, document.source.page or _html.split_address(document.url)[0])
    elif _statuspage_home.is_incident(html):
        entries = [_statuspage_home.incident(html, document.source.url or document.url)]
    elif 'data-react-class="HistoryIndex"' in html:
        raise ReadError(f"{where}: {_OF_THE_PAST}")
    else:
        told = _feeds.offered(document, "a challenge, a login, a move")
        raise ReadError(f"{where}: an HTML page that is no front page of a Statuspage{told}")
    at = min(newest or document.polled_at, document.polled_at)
    said = _announcements(document, entries, at)
    if entries and not said:
        raise ReadError(f"{where}: a front page with incidents, of which no update can be read")
    return _reading.of(document, said, Listing.PART, map(_statuspage_feed.incident, entries))


def _announcements(document: Document, entries: Iterable[_feeds.Entry], at: datetime) -> list[Announcement]:
    found = (_statuspage_feed.announcements(entry, document.source, at) for entry in entries)
    return list(_reading.bounded((said for entry in found for said in entry), document))
