"""Google's service health dashboards: Google Cloud, and every other of the same make (Workspace, Ads, Search).

https://status.cloud.google.com/incidents.schema.json describes incidents.json; feed.atom lies beside it.

One announcement is one update of an incident. In the JSON an update has no id: it is known by the incident and the
second in which it was posted. It is never taken back, and its ``modified`` moves when the next one is posted. In the
feed one entry is one update, with an id of its own. History is about twelve months. Texts are Markdown and name
times in US/Pacific; the fields are UTC. In 2020 updates had no state, and an incident was known by the key of its
service and a number. Incident reports come after the end, in the same state AVAILABLE. Search files under Ranking,
beside incidents, what it rolls out ("August 2026 core update"): that is planned work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _dates, _feeds, _html, _json, _reading, _zones

if TYPE_CHECKING:
    from tracker.platforms._feeds import Entry

PAGE = "https://status.cloud.google.com"
EVERY = 300  # seconds

_ENDPOINT = re.compile(r"(https?://.{1,500}?)/(?:incidents\.json|en/feed\.atom)(?:[?#].*)?")
_ENTRY_ID = re.compile(r"tag:[^:]+:feed:(?P<incident>[\w-]+)\.(?P<update>[\w-]+)")
_PREFIX = re.compile(r"(RESOLVED|UPDATE): +")
_LEAD = re.compile(r"\s*Incident began at .{10,120}?\(all times are ([\w/+-]{2,40})\)\.\s*", re.DOTALL)
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_FOOT = re.compile(r"\nAffected (products|locations): (.*)")
_HEADING = re.compile(r"(?:#+ .*|\*\*[^*]{1,40}\*\*:?)[\s\\]*")
_MARKS = re.compile(r"\*\*|__(?=\w)|(?<=\w)__|^(?:#+ +)+|(?<!\\)\\++ *+$", re.MULTILINE)
_ESCAPED = re.compile(r"\\([#*_\\\[\]()<>.+!|`~-])")
_LINK = re.compile(r"\[([^\[\]\n]{1,500})\]\((https?://[^\s()]{1,500})\)")
_ROLLED_OUT = re.compile(r"[A-Z][a-z]{2,8} 20\d\d [\w ]{3,40} update")
_ADDRESS = re.compile(r"https?://[^\s<>\"()\[\]]{1,500}[^\s<>\".,;:!?()\[\]*]")
# What an original does without: the other updates, and where it is broken, told again in each update.
_TOLD_ELSEWHERE = frozenset(
    ["updates", "most_recent_update", "most-recent-update", "currently_affected_locations",
     "previously_affected_locations"]
)  # fmt: skip


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The one list that holds everything."""
    url = source.url or f"{(source.address or PAGE).rstrip('/')}/incidents.json"
    return (Request.of(source, url, "incidents", source.every or EVERY),)


def read(document: Document) -> Reading:
    """The updates, oldest first; of a file of versions the newest of each."""
    if _html.opening(document.body).startswith(b"<"):
        return _read_feed(document)
    values = _json.values(document)
    listing = Listing.WINDOW if isinstance(values[0], list) else Listing.PART
    incidents = [(_key(each, document), each) for value in values for each in _json.incidents_in(value, document)]
    told = _reading.told_apart(_updates(incident, key, document) for key, incident in incidents)
    return _reading.of(document, told, listing, (key for key, _ in incidents))


def _key(incident: dict[str, Any], document: Document) -> str:
    key = _json.string(incident, "id")
    if key is not None:
        return key
    where = f"{document.source.id}: an incident without id"
    return f"{_json.need(incident, 'service_key', str, where)}/{_json.need(incident, 'number', int, where)}"


def _updates(incident: dict[str, Any], key: str, document: Document) -> Iterator[Announcement]:
    """One incident's updates, oldest first. An incident without an update is told once, by its description."""
    source, where = document.source, f"{document.source.id}: incident {key}"
    title = _title(_json.words(incident, "external_desc"))
    common = {name: value for name, value in incident.items() if name not in _TOLD_ELSEWHERE}
    updates = _listed(incident, where)
    for update in reversed(updates or _by_description(incident)):
        name = "when" if update.get("created") is None and "when" in update else "created"
        at = _json.need_time(update, name, where)
        text = _json.words(update, "text")
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=f"{key}/{at:%Y-%m-%dT%H:%M:%SZ}",
            url=_permalink(incident, update, source, document.url),
            published_at=at,
            title=title,
            text=_plain(text) or title or "",
            lang="en",
            status=_json.string(update, "status"),
            impact=_json.string(incident, "severity"),
            components=_components(incident),
            incident_key=key,
            links=tuple(dict.fromkeys(_ADDRESS.findall(text))),
            window=Window.of(_json.time(incident.get("begin")), _json.time(incident.get("end"))),
            planned=_is_rolled_out(title, _components(incident)),
            original=_json.dump([{**common, "updates": [update] if updates else []}]),
        )


def _listed(incident: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """Its updates, newest first; the most recent one, where a short list leaves out the others."""
    if incident.get("updates") is None and isinstance(latest := incident.get("most_recent_update"), dict):
        return [latest]
    return _json.items(_json.need(incident, "updates", list, where))


def _by_description(incident: dict[str, Any]) -> list[dict[str, Any]]:
    """What an incident says before its first update; nothing where it has no words or no time."""
    created = next((at for key in ("created", "begin") if _json.time(at := incident.get(key))), None)
    text = _json.string(incident, "external_desc")
    status = None if _json.string(incident, "end") else incident.get("status_impact")
    return [{"created": created, "text": text, "status": status}] if created and text else []


def _components(incident: dict[str, Any]) -> tuple[str, ...]:
    products = _json.rows(incident, "affected_products")
    return _json.names(products, "title") if products else _json.strings([incident.get("service_name")])


def _is_rolled_out(title: str | None, components: tuple[str, ...]) -> bool:
    """Whether Search tells of a change in how it ranks, and not of trouble."""
    return components == ("Ranking",) and _ROLLED_OUT.fullmatch(title or "") is not None


def _permalink(incident: dict[str, Any], update: dict[str, Any], source: Source, url: str) -> str | None:
    """Where the incident is told; None where nothing tells on which dashboard."""
    uri = _json.string(incident, "uri")
    if uri is None or ":" in uri:
        return None
    endpoint = _ENDPOINT.fullmatch(source.url or url)
    page = source.page or (endpoint and endpoint[1]) or (PAGE if _is_clouds(update, uri) else None)
    return f"{page.rstrip('/')}/{uri.lstrip('/')}" if page else None


def _is_clouds(update: dict[str, Any], uri: str) -> bool:
    """Only Google Cloud's dashboard has locations, and in 2020 it was the only one of its make."""
    return "affected_locations" in update or uri.startswith("/incident/")


def _title(description: str) -> str | None:
    """The first line that says something: a heading (``**Title**``, ``## Summary``) only names what follows."""
    lines = [line.strip() for line in description.splitlines() if line.strip()]
    first = next((line for line in lines if not _HEADING.fullmatch(line)), None)
    return _plain(first) or None if first else None


def _plain(markdown: str) -> str:
    """The words without Markdown's marks: headings, bold, escapes; a link as its words and its address."""
    text = _LINK.sub(lambda link: link[1] if link[2] in link[1] else f"{link[1]} ({link[2]})", markdown)
    return _html.tidy(_MARKS.sub("", _ESCAPED.sub(r"\1", text)))


def _read_feed(document: Document) -> Reading:
    feed = _feeds.parse(document)
    said = [told for entry in feed.entries if (told := _entry(entry, document.source))]
    if feed.entries and not said:
        raise ReadError(f"{document.source.id}: no entry of the feed has the id of an update, …:feed:INCIDENT.UPDATE")
    listed = (told.incident_key for told in said if told.incident_key)
    return _reading.of(document, reversed(said), Listing.WINDOW, listed, every=feed.every)


def _entry(entry: Entry, source: Source) -> Announcement | None:
    """One entry of the feed: one update, with a sentence of when before it and what was affected after it."""
    place, at = _ENTRY_ID.fullmatch(entry.id or ""), entry.updated or entry.published
    if place is None or at is None:
        return None
    text = _html.text(entry.html)
    lead, foot = _LEAD.match(text), dict(_FOOT.findall(text))
    prefix = _PREFIX.match(entry.title or "")
    title = (entry.title or "")[prefix.end() if prefix else 0 :] or None
    components = tuple(filter(None, foot.get("products", "").split(", ")))
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=f"{place['incident']}.{place['update']}",
        url=entry.url,
        published_at=at,
        title=title,
        text=_FOOT.sub("", text[lead.end() if lead else 0 :]).strip(),
        lang="en",
        status=prefix[1] if prefix else None,
        components=components,
        incident_key=place["incident"],
        links=_html.links(entry.html),
        window=_stated(lead),
        planned=_is_rolled_out(title, components),
        original=entry.raw,
    )


def _stated(lead: re.Match[str] | None) -> Window | None:
    """The window of ``Incident began at … and ended at … (all times are ZONE)``."""
    if lead is None:
        return None
    times = (_dates.moment(clock, _zones.zone(lead[1])) for clock in _CLOCK.findall(lead[0]))
    return Window.of(*[*times, None, None][:2])
