"""Atlassian Statuspage: the page's API v2, its history as Atom or RSS, and its front page.

https://support.atlassian.com/statuspage/docs/what-is-the-status-api/ and ``<page>/api`` of every such page

One announcement is one incident update. ``page:`` is the status page itself; ``url:`` is one of its documents, by
its address: incidents.json, incidents/unresolved.json, summary.json, scheduled-maintenances.json, one incident
(``api/v2/incidents/<code>.json`` or ``incidents/<code>.json``), history.atom, history.rss, or the front page.

History depth: the last 50 incidents and 50 maintenances by the API, the last 25 of both together by the feed, one
incident of any age by its code, fifteen days on the front page. ``summary.json`` and ``unresolved.json`` drop an
incident the moment it is resolved.

Quirks: texts are edited in place, above all resolutions into root causes. The feed shows ``Update`` where the
state did not change; the API repeats the state, and so does ``status`` here by either way. The API has ids of
updates, the feed only label and minute: an update's id is the API's, or ``code/label/minute/n``, the nth of that
label and minute from the oldest, which is also the API's update's alias. Other products answer at the same
addresses with less: incident.io leaves texts empty and lists out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _feeds, _html, _json, _statuspage_feed, _statuspage_home

LARGEST = 10_000_000  # bytes of HTML
CALM, BUSY, HOURLY = 300, 60, 3600  # seconds: the open list while nothing and while something is open; whole lists
_CODE = re.compile(r"/incidents/([A-Za-z0-9_-]{1,64})(?:[/.?#]|$)")
_PLANNED = frozenset(("scheduled", "in_progress", "verifying", "completed"))
_ENDED = frozenset(("resolved", "postmortem", "completed"))
_LISTS = ("incidents", "scheduled_maintenances")
_WINDOWS = ("/incidents.json", "/scheduled-maintenances.json")
_KEPT = ("id", "name", "impact", "shortlink", "created_at", "started_at", "scheduled_for", "scheduled_until")
_DROPPED = ("incident_id", "deliver_notifications", "custom_tweet", "tweet_id")
_END = re.compile(rb"</(?:\w+:)?(?:feed|rss|rdf)\s*>\s*(?:<!--[^>]*-->\s*)*\Z", re.IGNORECASE)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ACTIVES = ("/unresolved.json", "/summary.json", "/active.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """One update by either way. ``label`` is what the page shows, ``status`` the state that holds from here on.

    ``ordinal`` counts those of one label and minute from the oldest, from 1.
    """

    label: str
    status: str
    at: datetime | None
    html: str
    ordinal: int
    written: str = ""

    def id_in(self, incident: str) -> str:
        """The id that needs nothing but what the feed shows."""
        minute = f"{self.at:%Y-%m-%dT%H:%MZ}" if self.at else self.written or "?"
        return f"{incident}/{self.label}/{minute}/{self.ordinal}"


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open every few minutes, every minute while something is; the lists with what has ended hourly."""
    if source.url:
        every = source.every or _rhythm(source.url, known)
        return (_request(source, source.url, "url", every),)
    often = source.every or (BUSY if known.open_keys else CALM)
    seldom = max(often, HOURLY)
    return (
        _request(source, _api(source, "incidents/unresolved"), "open", often),
        _request(source, _api(source, "incidents"), "incidents", seldom),
        _request(source, _api(source, "scheduled-maintenances"), "maintenances", seldom),
    )


def more(document: Document, known: Known) -> tuple[Request, ...]:
    """Each incident that the open list no longer holds, by itself: the list drops it the moment it is resolved."""
    if document.source.url or document.purpose != "open":
        return ()
    try:
        standing = read(document).listed
    except SourceError:
        return ()
    gone = sorted({key for keys in document.held.values() for key in keys} - set(standing))
    codes = (key for key in gone if _CODE.fullmatch(f"/incidents/{key}"))
    return tuple(
        _request(document.source, _api(document.source, f"incidents/{code}"), f"incident:{code}", None)
        for code in codes
    )


def read(document: Document) -> Reading:
    """The updates of all incidents in the document; ReadError for what is no Statuspage."""
    head = document.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<!doctype html" in head or b"<html" in head:
        return _read_home(document)
    if head.startswith(b"<"):
        return _read_feed(document)
    try:
        if _is_of_versions(document.body):
            return _read_versions(document)
        return _read_json(document, _harmless(document, _json.load(document)))
    except RecursionError as error:
        raise ReadError(f"{document.source.id}: the document is nested too deep") from error


def _rhythm(url: str, known: Known) -> int:
    if not urlsplit(url).path.endswith(_ACTIVES):
        return CALM
    return BUSY if known.open_keys else CALM


def _request(source: Source, url: str, purpose: str, every: int | None) -> Request:
    accept = "application/json, application/atom+xml;q=0.9, application/rss+xml;q=0.9, */*;q=0.1"
    return Request(
        source=source.id, url=url, purpose=purpose, every=every, accept=accept, allow_private=source.allow_private
    )


def _api(source: Source, name: str) -> str:
    page = (source.page or "").rstrip("/")
    if not page.startswith(("http://", "https://")):
        raise SourceError(f'{source.id}: {page!r} is no status page; right would be "https://status.example.com"')
    return f"{page}/api/v2/{name}.json"


# -- JSON --------------------------------------------------------------------------------------------------------


def _is_of_versions(body: bytes) -> bool:
    """A file of versions has one whole object a line."""
    first, _, rest = body.lstrip().partition(b"\n")
    return bool(rest.strip()) and first.startswith(b"{") and first.rstrip().endswith(b"}")


def _harmless(document: Document, loaded: Any) -> Any:
    """The same without lone surrogates, which no database takes."""
    if b"\\ud" not in document.body and b"\\uD" not in document.body:
        return loaded
    return json.loads(json.dumps(loaded, ensure_ascii=False).encode("utf-8", "replace"))


def _read_versions(document: Document) -> Reading:
    """A file of versions of one incident, oldest first: each update once, as the last version has it."""
    last: dict[str, Announcement] = {}
    for line in _harmless(document, list(_json.versions(document))):
        if isinstance(line, dict) and isinstance(line.get("entry_xml"), str):
            feed = b"<feed>" + line["entry_xml"].encode("utf-8", "replace") + b"</feed>"
            found = _read_feed(replace(document, body=feed, held={})).announcements
        elif isinstance(line, dict) and "incident" in line and line["incident"] is None:
            continue  # it left the list
        else:
            found = _read_json(replace(document, held={}), line).announcements
        last |= {said.id: said for said in found}
    keys = dict.fromkeys(said.incident_key or said.id for said in last.values())
    return _reading(document, last.values(), Listing.PART, reversed(keys), {})


def _read_json(document: Document, loaded: Any) -> Reading:
    page, rows = _incidents(document, loaded)
    found: list[Announcement] = []
    entries: dict[str, tuple[str, ...]] = {}
    for planned, incident in rows:
        digest = hashlib.blake2b(_json.dump([page.get("url"), planned, incident]), digest_size=16).hexdigest()
        if digest in document.held:
            entries[digest] = document.held[digest]
            continue
        case = _Case.of(document, page, incident, planned=planned)
        entries[digest] = (case.key,)
        found += case.announcements(document.source)
    listed = (key for keys in entries.values() for key in keys)
    return _reading(document, found, _listing(document, loaded), listed, entries)


def _reading(
    document: Document,
    found: Iterable[Announcement],
    listing: Listing,
    listed: Iterable[str],
    entries: Mapping[str, tuple[str, ...]],
    every: int | None = None,
) -> Reading:
    """Announcements oldest first; each key once."""
    unique = {said.id: said for said in found}
    ordered = sorted(unique.values(), key=lambda said: said.published_at or document.polled_at)
    keys = tuple(dict.fromkeys(listed))
    return Reading(announcements=tuple(ordered), listing=listing, listed=keys, entries=entries, every=every)


def _incidents(document: Document, loaded: Any) -> tuple[dict[str, Any], list[tuple[bool, dict[str, Any]]]]:
    """The page's facts, and each incident of the document with whether it is listed as planned."""
    where = document.source.id
    if not isinstance(loaded, dict) or "error" in loaded or "errors" in loaded:
        told = _json.dump(loaded)[:80].decode("utf-8", "replace")
        raise ReadError(f"{where}: no document of a Statuspage: {told}")
    page = loaded["page"] if isinstance(loaded.get("page"), dict) else {}
    if isinstance(page.get("status"), str) and "id" not in page:
        raise ReadError(f"{where}: this is a document of an Instatus page, not of a Statuspage")
    if "incident_updates" in loaded:
        return page, [(False, loaded)]
    if "incident" in loaded:
        return page, [(False, _json.need(loaded, "incident", dict, where))]
    if not page or not any(key in loaded for key in (*_LISTS, "components", "status")):
        raise ReadError(f"{where}: no 'page' with 'incidents', 'scheduled_maintenances' or 'incident' at the top")
    for key in _LISTS:
        if not isinstance(loaded.get(key) or [], list):
            raise ReadError(f"{where}: {key!r} is no list")
    return page, [(key == _LISTS[1], incident) for key in _LISTS for incident in _json.items(loaded.get(key))]


def _listing(document: Document, loaded: dict[str, Any]) -> Listing:
    """By the address; of a bare file by its shape: a list in which something has ended is no list of the open."""
    path = urlsplit(document.url or document.source.url or "").path
    if "incident" in loaded or "incident_updates" in loaded:
        return Listing.PART
    if path.endswith(_ACTIVES) or ("components" in loaded and "status" in loaded):
        return Listing.ACTIVE
    rows = [row for key in _LISTS for row in _json.items(loaded.get(key))]
    if path.endswith(_WINDOWS) or any(_json.string(row.get("status")) in _ENDED for row in rows):
        return Listing.WINDOW
    return Listing.ACTIVE if "incidents" in loaded and not path else Listing.PART


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One incident as the API has it, with what its updates share. ``raw`` are its updates, oldest first."""

    key: str
    page: Mapping[str, Any]
    incident: Mapping[str, Any]
    raw: Sequence[dict[str, Any]]
    planned: bool

    @classmethod
    def of(cls, document: Document, page: Mapping[str, Any], incident: dict[str, Any], *, planned: bool) -> _Case:
        """ReadError where it has no id, or something else for its updates."""
        where = document.source.id
        key = _json.need(incident, "id", str, f"{where}: an incident")
        raw = incident.get("incident_updates") or []
        if not isinstance(raw, list):
            raise ReadError(f"{where}: incident {key}: 'incident_updates' is no list")
        planned = planned or incident.get("planned") is True or incident.get("impact") == "maintenance"
        filed = planned or _json.time(incident.get("scheduled_for"))
        return cls(key=key, page=page, incident=incident, raw=_json.items(raw)[::-1], planned=bool(filed))

    def announcements(self, source: Source) -> list[Announcement]:
        """One for each update, oldest first."""
        updates = _updates(self.raw)
        window = self._window(updates)
        url = self._url(source)
        return [
            Announcement(
                source=source.id,
                vendor=source.vendor,
                id=_json.string(row.get("id")) or update.id_in(self.key),
                aliases=(update.id_in(self.key),) if update.at else (),
                url=url,
                published_at=update.at,
                edited_at=_edited(row),
                title=_title(self.incident.get("name")),
                text=_html.text(update.html),
                status=update.status or None,
                impact=_json.string(self.incident.get("impact")),
                components=self._components(row) or source.components,
                incident_key=self.key,
                links=_html.links(update.html),
                window=window,
                planned=self.planned,
                original=self._original(row, update, window),
            )
            for row, update in zip(self.raw, updates, strict=True)
        ]

    def _url(self, source: Source) -> str | None:
        page = _json.string(self.page.get("url")) or source.page or ""
        if page.startswith(("http://", "https://")):
            return f"{page.rstrip('/')}/incidents/{self.key}"
        short = _json.string(self.incident.get("shortlink")) or ""
        return short if short.startswith(("http://", "https://")) else None

    def _window(self, updates: Sequence[_Update]) -> Window | None:
        """When work is planned; when an incident began, where that is before its first word."""
        if self.planned:
            start, end = (_json.time(self.incident.get(name)) for name in ("scheduled_for", "scheduled_until"))
            return Window(start=start, end=end) if start or end else None
        began = _json.time(self.incident.get("started_at"))
        said = next((update.at for update in updates if update.at), None)
        return Window(start=began) if began and said and began < said.replace(second=0) else None

    def _components(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of those that the update names, else those of the incident; without the names of groups."""
        known = {_words(part.get("id")): _words(part.get("name")) for part in self._parts}
        named = _json.items(row.get("affected_components"))
        names = [known.get(_words(part.get("code"))) or _words(part.get("name")) for part in named]
        return tuple(dict.fromkeys(name for name in names or known.values() if name))

    @property
    def _parts(self) -> list[dict[str, Any]]:
        return _json.items(self.incident.get("components"))

    def _original(self, row: dict[str, Any], update: _Update, window: Window | None) -> bytes:
        """A document of this update alone; what its neighbours told of it is written beside it."""
        said = {name: value for name, value in row.items() if name not in _DROPPED and value is not None}
        if update.label != update.status or update.ordinal > 1:
            said |= {"label": update.label, "ordinal": update.ordinal}
        names = [name for name in _KEPT if self.incident.get(name) is not None]
        incident = {name: self.incident[name] for name in names if name != "started_at" or window is not None}
        affected = [part.get("code") for part in _json.items(row.get("affected_components"))]
        parts = [part for part in self._parts if not affected or part.get("id") in affected]
        incident["components"] = [{name: part.get(name) for name in ("id", "name")} for part in parts]
        if self.planned:
            incident["planned"] = True
        incident["incident_updates"] = [said]
        page = {name: self.page[name] for name in ("id", "name", "url", "time_zone") if name in self.page}
        return _json.dump({"page": page, "incident": incident})


def _updates(raw: Sequence[Mapping[str, Any]]) -> list[_Update]:
    """The updates of one incident, oldest first, labelled as the page labels them."""
    found: list[_Update] = []
    count = Counter[tuple[str, datetime | None]]()
    before = None
    for row in raw:
        status = _json.string(row.get("status")) or ""
        at = _json.time(row.get("display_at")) or _json.time(row.get("created_at")) or _time_in(row.get("id"))
        label = _json.string(row.get("label")) or ("update" if status == before else status)
        count[label, _minute(at)] += 1
        given = row.get("ordinal")
        ordinal = given if isinstance(given, int) and 0 < given < 10_000 else count[label, _minute(at)]
        found.append(_Update(label=label, status=status, at=at, html=_words(row.get("body")), ordinal=ordinal))
        before = status
    return found


def _minute(at: datetime | None) -> datetime | None:
    return at.replace(second=0) if at else None


def _words(value: Any) -> str:
    return _json.string(value) or ""


def _title(value: Any) -> str | None:
    return _html.text(_words(value)).replace("\n", " ") or None


def _edited(row: Mapping[str, Any]) -> datetime | None:
    """When the text was changed, None where it stands as it was written."""
    created, updated = _json.time(row.get("created_at")), _json.time(row.get("updated_at"))
    return updated if created and updated and updated - created > timedelta(seconds=1) else None


def _time_in(key: Any) -> datetime | None:
    """The time in a ULID, the ids of incident.io: of 26 signs of Crockford's alphabet the first ten, milliseconds."""
    if not isinstance(key, str) or len(key) != 26 or any(sign not in _CROCKFORD for sign in key):
        return None
    milliseconds = 0
    for sign in key[:10]:
        milliseconds = milliseconds * 32 + _CROCKFORD.index(sign)
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# -- Atom and RSS ------------------------------------------------------------------------------------------------


def _read_feed(document: Document) -> Reading:
    """The history feed: entries whose bytes are held are passed over, the others are read whole."""
    if b"\0" not in document.body[:100] and not _END.search(document.body[-2000:]):
        raise ReadError(f"{document.source.id}: the feed is cut off: its last element is not closed")
    cut = _feeds.cut(document)
    fresh = cut.unknown(document.held) if cut else ()
    feed = _feeds.parse(cut.only(fresh) if cut else document)
    if cut and len(feed.entries) != len(fresh):
        cut, feed = None, _feeds.parse(document)
    keys = [_entry_key(entry) for entry in feed.entries]
    found = [_entry(document, entry, key) for entry, key in zip(feed.entries, keys, strict=True)]
    if found and not any(found) and len(found) == len(cut.pieces if cut else found):
        made = f"; it is made by {feed.generator}" if feed.generator else ""
        raise ReadError(f"{document.source.id}: no entry holds updates as a Statuspage writes them{made}")
    entries: dict[str, tuple[str, ...]] = {}
    if cut:
        new = {cut.digests[place]: (key,) for place, key in zip(fresh, keys, strict=True)}
        entries = {digest: new[digest] if digest in new else document.held[digest] for digest in cut.digests}
        keys = [key for held in entries.values() for key in held]
    said = [one for entry in found for one in entry]
    return _reading(document, said, Listing.WINDOW, keys, entries, feed.every)


def _read_home(document: Document) -> Reading:
    """The front page: what is unresolved and the last days; ReadError for any other HTML."""
    where = document.source.id
    html = document.body[:LARGEST].decode("utf-8", "replace")
    if not _statuspage_home.is_home(html):
        raise ReadError(f"{where}: an HTML page that is no front page of a Statuspage: a challenge, a login, a move")
    entries, newest = _statuspage_home.entries(html, document.source.page or _origin(document.url))
    dated = replace(document, polled_at=min(newest or document.polled_at, document.polled_at))
    keys = [_entry_key(entry) for entry in entries]
    said = [one for entry, key in zip(entries, keys, strict=True) for one in _entry(dated, entry, key)]
    return _reading(document, said, Listing.PART, keys, {})


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""


def _entry_key(entry: _feeds.Entry) -> str:
    """The code of the incident, which the API has too; else whatever names the entry."""
    code = _CODE.search(entry.link or "") or _CODE.search(entry.id or "")
    return code[1] if code else entry.id or entry.link or entry.title or "?"


def _entry(document: Document, entry: _feeds.Entry, key: str) -> list[Announcement]:
    """One for each update of an entry, oldest first."""
    source = document.source
    told, window = _statuspage_feed.updates(entry, source.timezone, document.polled_at)
    title = _title(entry.title)
    link = entry.link or ""
    return [
        Announcement(
            source=source.id,
            vendor=source.vendor,
            id=update.id_in(key),
            url=link if link.startswith(("http://", "https://")) else None,
            published_at=update.at,
            title=title,
            text=_html.text(update.html),
            status=update.status,
            components=source.components,
            incident_key=key,
            links=_html.links(update.html),
            window=window,
            planned=window is not None or update.status in _PLANNED,
            original=_statuspage_feed.original(entry, one, update.status, update.ordinal),
        )
        for one, update in zip(told, _shown(told), strict=True)
    ]


def _shown(told: Sequence[_statuspage_feed.Told]) -> list[_Update]:
    """The updates with the state that ``Update`` leaves as it was."""
    found: list[_Update] = []
    count = Counter[tuple[str, datetime | str]]()
    status = "update"
    for one in told:
        label = "_".join(one.label.lower().split())
        status = one.status or (label if label != "update" else status)
        count[label, one.at or one.written] += 1
        ordinal = one.ordinal or count[label, one.at or one.written]
        found.append(
            _Update(label=label, status=status, at=one.at, html=one.html, ordinal=ordinal, written=one.written)
        )
    return found
