"""Status pages by incident.io: those of OpenAI, HashiCorp, Linear, Zapier and many more.

https://incident.io/status-pages makes them; what follows is nowhere described, and read from pages and their scripts.

One announcement is one update, known by its own id; an incident is known by its id, a ULID, which is also its place on
the page. ``page:`` is the status page, of which two things are asked. The page itself, in HTML of a few hundred KB,
holds as data what is open or planned, with all its updates, and what ended in the last two weeks or so (a feed holds
the latest update of each alone, the API in Statuspage's form hardly a word). ``/proxy/HOST``, which the page's own
script asks for, holds of that what is open or planned, in a few KB of JSON. So the page is read hourly, and what is
open every few minutes; an incident that left it is asked for once by itself, ``/proxy/HOST/incidents/ID``. Where the
page says that it stands at another address, or is one of several on a host, only the page is asked, every few minutes.
Any of these documents can be a ``url:``, or imported, as can ``/proxy/HOST/incidents``: three months without the names
of components, and with ``?start_at=…&end_at=…`` any others, of which ``past`` asks for all that the page keeps (so do
programs that read the pages of VTEX and RD Station, and one for OpenAI's of September 2026, which found that it answers
for some three months at most, and took a month or two at a time). So can ``/api/v1/summary``, the API for widgets,
which is the one that is documented (https://help.incident.io/articles/7434055319): it holds the last word of each that
is open or planned, here known by the incident and its time.

Quirks: a page holds each incident up to four times, with what is missing as ``$undefined`` (``_flight.py``). Updates
are oldest first. They name components by ids. What these suffered (``component_impacts``) is told of the incident as a
whole, with times: here an update has of it what had begun by then, so that it stays as it was said. Planned work is of
the type ``maintenance``, and its hours are those of its impacts. That something is missing from the page says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Listing, PastPage, Reading, Request, Source, Window
from tracker.platforms import _feeds, _flight, _html, _json, _reading

EVERY, HOURLY = 300, 3600  # seconds
MOST_GONE = 50  # incidents that are asked for by themselves at once; the page holds the others
SPAN = timedelta(days=60)  # of a page of the past
FIRST = datetime(2012, 1, 1, tzinfo=UTC)  # before there was any page whose incidents could have been moved here

_ADDRESS = re.compile(r"(https?)://([^/?#\s]{1,255})(/[^?#\s]*)?")
_OF_A_DOCUMENT = (".atom", ".json", ".rss", ".xml")
_KEY = re.compile(r"[0-9A-Za-z]{1,40}")
_STANDING = ("ongoing_incidents", "scheduled_maintenances")
_ENDED = ("resolved", "maintenance_complete")
_OF_WIDGETS = ("ongoing_incidents", "in_progress_maintenances", "scheduled_maintenances")
_WORSE = ("operational", "under_maintenance", "degraded_performance", "partial_outage", "full_outage")


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open every few minutes, the page hourly; the page alone until it said that it is at home on its host."""
    often = source.every or EVERY
    if source.url:
        return (Request.of(source, source.url, "url", often),)
    host = _host(source, known)
    page = Request.of(source, source.address, "page", max(often, HOURLY) if host else often, accept="text/html")
    return (_proxied(source, host, "", "open", often), page) if host else (page,)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """Each incident that left the list of what is open or planned, by itself."""
    source = document.source
    if document.purpose != "open" or not (host := _host(source, known)):
        return ()
    keys = filter(_KEY.fullmatch, document.gone(reading.listed))
    asked = (_proxied(source, host, f"/incidents/{key}", f"incident:{key}", None) for key in keys)
    return tuple(request.optional for request in islice(asked, MOST_GONE))


def past(source: Source, page: Document | None, since: date | None) -> PastPage | None:
    """What was told, sixty days a page, back to the month of ``since``; first whether the page is alone on its host."""
    host = None if source.url else _lone_host(source)
    if host is None:
        return None
    if page is None:
        return PastPage(older=_proxied(source, host, "", "summary", None))
    first = datetime(since.year, since.month, 1, tzinfo=UTC) if since else FIRST
    reading = read(page)
    if page.purpose == "summary":
        if reading.learnt.get("host") != host:
            raise ReadError(f"{source.id}: the page says that it stands elsewhere, and its past is not asked for here")
        return PastPage(reading=reading, older=_span(source, host, page.polled_at, first))
    start, end = map(datetime.fromisoformat, page.purpose.partition(":")[2].split("/"))
    oldest = min((said.published_at for said in reading.announcements if said.published_at), default=end)
    if oldest > end + SPAN:
        raise ReadError(f"{source.id}: it was asked for what was told until {end:%Y-%m-%d}, and tells of other times")
    return PastPage(reading=reading, older=_span(source, host, start, first), back_to=start)


def read(document: Document) -> Reading:
    """The updates of all incidents, oldest first; incidents that are held are passed over."""
    page, incidents = _found(document)
    names = _names(page)
    is_whole = _is_of_all(page)
    listed = _standing(page, incidents) if is_whole else tuple(incidents)
    standing = frozenset(listed)
    fresh: list[dict[str, Any]] = []
    entries: dict[str, tuple[str, ...]] = {}
    for key, incident in incidents.items():
        digest = _json.digest(incident)
        entries[digest] = (key,) if key in standing else ()
        if digest not in document.held:
            fresh.append(incident)
    found = (said for incident in fresh for said in _announcements(incident, page, names, document.source))
    listing = Listing.ACTIVE if is_whole else Listing.PART
    return _reading.of(document, found, listing, listed, entries=entries, learnt=_learnt(page))


# -- where it is -------------------------------------------------------------------------------------------------------


def _host(source: Source, known: Known) -> str | None:
    """The host of the page, where that said by itself that it is at home there; SourceError where it is no page."""
    host = _lone_host(source)
    return host if known.learnt.get("host") == host else None


def _lone_host(source: Source) -> str | None:
    """The host of a page that may be the only one there; SourceError where it is no page."""
    address = _ADDRESS.fullmatch(source.address)
    if address is None or source.address.endswith(_OF_A_DOCUMENT):
        right = "right would be page: https://status.example.com, or url: for one of its documents"
        raise SourceError(f"{source.id}: {source.address[:80]!r} is no status page; {right}")
    return address[2].lower() if (address[3] or "/") == "/" else None


def _proxied(source: Source, host: str, path: str, purpose: str, every: int | None) -> Request:
    return _json.request(source, f"{source.address.partition(':')[0]}://{host}/proxy/{host}{path}", purpose, every)


def _span(source: Source, host: str, end: datetime, first: datetime) -> Request | None:
    """A page of the past that ends there, None where nothing is left before it."""
    start = max(end - SPAN, first)
    if start >= end:
        return None
    since, until = (f"{at:%Y-%m-%dT%H:%M:%S}.000Z" for at in (start, end))
    query = urlencode({"start_at": since, "end_at": until})
    return _proxied(source, host, f"/incidents?{query}", f"past:{since}/{until}", None)


def _learnt(page: Mapping[str, Any]) -> dict[str, str]:
    """Whose page it is, by its id and the words of its name, and the host on which it is the only one."""
    at = _ADDRESS.fullmatch(_json.words(page, "public_url"))
    host = {"host": at[2].lower()} if at and (at[3] or "/") == "/" else {}
    return _reading.whose(page) | host


# -- what it holds -----------------------------------------------------------------------------------------------------


def _found(document: Document) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the document says of the page, and its incidents by their ids, each once."""
    where = document.source.id
    if _html.opening(document.body).startswith(b"<"):
        told = _flight.objects(document, _is_wanted)
        if not any(map(_is_of_all, told)):  # other makers' pages have objects with updates too
            offered = _feeds.offered(document, "a challenge, a login, a move")
            raise ReadError(f"{where}: a page without the data of an incident.io page{offered}")
    else:
        loaded = _json.load(document)
        if isinstance(loaded, dict) and "page_title" in loaded and _OF_WIDGETS[0] in loaded:
            loaded = _of_widgets(loaded, where)
        told = [each for each in _json.objects(loaded) if _is_wanted(each)]
        if not told and not (isinstance(loaded, dict) and loaded.get("incidents") == []):
            if "id" in _json.table(loaded, "page"):
                raise ReadError(f"{where}: incident.io's API in the form of Statuspage; its page: tells all words")
            raise ReadError(f"{where}: needs 'summary', 'incidents' or 'incident' as the page of incident.io has them")
    page = next((each for each in told if not _is_incident(each)), {})
    incidents: dict[str, dict[str, Any]] = {}
    for incident in (*_listed(page, where), *filter(_is_incident, told)):
        key = _json.need(incident, "id", str, f"{where}: an incident")
        updates = _json.need(incident, "updates", list, f"{where}: incident {key}")
        if key not in incidents or len(updates) > len(incidents[key]["updates"]):
            incidents[key] = incident
    return page, incidents


def _is_wanted(value: Mapping[str, Any]) -> bool:
    """An incident, or what is said of the page, with all that is open or without."""
    return _is_incident(value) or _is_of_all(value) or "public_url" in value


def _is_incident(value: Mapping[str, Any]) -> bool:
    return "updates" in value and "id" in value and "name" in value


def _is_of_all(value: Mapping[str, Any]) -> bool:
    """What is said of the page, with all that is open."""
    return _STANDING[0] in value and "components" in value


def _of_widgets(loaded: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The answer of the API for widgets, in the form of the page's own data: each incident has one update."""
    incidents: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for name in _OF_WIDGETS:
        for row in _listed(loaded, where, (name,)):
            incidents.append(_of_a_widget(row, where, planned=name != _OF_WIDGETS[0]))
            parts += _json.rows(row, "affected_components")
    groups = [
        {"name": part.get("group_name"), "components": [{"component_id": part.get("id"), "name": part.get("name")}]}
        for part in parts
    ]
    page = {
        "name": loaded.get("page_title"),
        "public_url": loaded.get("page_url"),
        "components": list({_json.words(part, "id"): part for part in parts}.values()),
        "structure": {"items": [{"group": group} for group in groups]},
        _STANDING[0]: [],
    }
    return {"summary": page, "incidents": incidents}


def _of_a_widget(row: Mapping[str, Any], where: str, *, planned: bool) -> dict[str, Any]:
    """One incident of that API, in the form of the page's own data."""
    key = _json.need(row, "id", str, f"{where}: an incident")
    parts = _json.rows(row, "affected_components")
    states = [{"component_id": part.get("id"), "status": part.get("current_status")} for part in parts]
    hours = {
        "component_id": None,
        "status": "under_maintenance" if planned else row.get("current_worst_impact"),
        "start_at": row.get("starts_at") or row.get("started_at"),
        "end_at": row.get("ends_at") or row.get("scheduled_end_at"),
    }
    at = _json.need_time(row, "last_update_at", f"{where}: incident {key}")
    update = {
        "id": f"{key}/{at:%Y-%m-%dT%H:%M:%SZ}",
        "published_at": row["last_update_at"],
        "to_status": row.get("status"),
        "message_string": row.get("last_update_message"),
        "component_statuses": states,
    }
    kind = "maintenance" if planned else "incident"
    return {
        "id": key, "name": row.get("name"), "type": kind, "status": row.get("status"),
        "component_impacts": [hours], "updates": [update],
    }  # fmt: skip


def _listed(page: Mapping[str, Any], where: str, names: Sequence[str] = _STANDING) -> Iterator[dict[str, Any]]:
    """The incidents that the page itself lists as open or planned; ReadError where its lists are something else."""
    return (each for name in names for each in _json.incidents(page, name, where))


def _standing(page: Mapping[str, Any], incidents: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The ids of what is open or planned, newest first."""
    listed = {each["id"] for each in _listed(page, "")}
    keys = [key for key, incident in incidents.items() if key in listed or incident.get("status") not in _ENDED]
    return tuple(sorted(keys, key=lambda key: _json.words(incidents[key], "published_at"), reverse=True))


def _names(page: Mapping[str, Any]) -> dict[str, str]:
    """The names of components by their ids; where several have one name, behind that of their group."""
    groups = [_json.table(item, "group") for item in _json.rows(page.get("structure"), "items")]
    within = {
        _json.words(part, "component_id"): _json.words(group, "name")
        for group in groups
        for part in _json.rows(group, "components")
    }
    parts = ((_json.words(part, "id"), _json.words(part, "name")) for part in _json.rows(page, "components"))
    return _reading.named_apart((key, name, within.get(key, "")) for key, name in parts)


# -- what it says ------------------------------------------------------------------------------------------------------


def _announcements(
    incident: Mapping[str, Any], page: Mapping[str, Any], names: Mapping[str, str], source: Source
) -> Iterator[Announcement]:
    """One for each update. Its original holds it alone."""
    updates, impacts = _json.items(incident["updates"]), _json.rows(incident, "component_impacts")
    _reading.refuse_many(len(updates), len(impacts), f"{source.id}: incident {incident['id']}")
    for update in updates:
        yield _announcement(_alone(incident, impacts, update), page, names, source)


def _alone(
    incident: Mapping[str, Any], impacts: Sequence[Mapping[str, Any]], update: Mapping[str, Any]
) -> dict[str, Any]:
    """The incident as it was when this update was written; planned work is told ahead, with all its hours."""
    at = None if _is_planned(incident) else _json.time(update.get("published_at"))
    told = {name: update.get(name) for name in ("id", "published_at", "to_status", "message_string", "message")}
    if _json.string(told, "message_string") and not _links(told["message"]):
        del told["message"]
    states = _json.rows(update, "component_statuses")
    told["component_statuses"] = [{name: each.get(name) for name in ("component_id", "status")} for each in states]
    begun = [each for each in impacts if not _is_after(each.get("start_at"), at)]
    suffered = [{name: each.get(name) for name in ("component_id", "status", "start_at", "end_at")} for each in begun]
    for each in suffered:
        each["end_at"] = None if _is_after(each["end_at"], at) else each["end_at"]
    kept = {name: incident.get(name) for name in ("id", "name", "type", "published_at")}
    return {**kept, "component_impacts": suffered, "updates": [told]}


def _announcement(
    alone: Mapping[str, Any], page: Mapping[str, Any], names: Mapping[str, str], source: Source
) -> Announcement:
    """What an incident with one update says."""
    [update], key = alone["updates"], alone["id"]
    base = source.page or _json.words(page, "public_url")
    parts = {part: names[part] for part in _parts(alone) if names.get(part)}
    told_of = [{"id": part, "name": name} for part, name in parts.items()]
    title = _html.tidy(_json.words(alone, "name")).replace("\n", " ") or None
    states = [_json.words(each, "status") for each in (*update["component_statuses"], *alone["component_impacts"])]
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=_json.need(update, "id", str, f"{source.id}: incident {key}: an update"),
        url=f"{base.rstrip('/')}/incidents/{quote(key)}" if base.startswith(_html.WEB) else None,
        published_at=_json.time(update["published_at"]),
        title=title,
        text=_html.tidy(_json.words(update, "message_string") or _written(update.get("message"))) or title or "",
        status=_json.string(update, "to_status"),
        impact=max(filter(None, states), key=_rank, default=None),
        components=tuple(dict.fromkeys(parts.values())),
        incident_key=key,
        links=_links(update.get("message")),
        window=_window(alone),
        planned=_is_planned(alone),
        original=_json.dump(
            {"summary": {"public_url": page.get("public_url"), "components": told_of}, "incident": alone}
        ),
    )


def _is_planned(incident: Mapping[str, Any]) -> bool:
    return incident.get("type") == "maintenance"


def _is_after(written: Any, at: datetime | None) -> bool:
    """Whether a time is later than another one, as far as both are known."""
    time = _json.time(written)
    return time is not None and at is not None and time > at


def _parts(alone: Mapping[str, Any]) -> list[str]:
    """The ids of the components that the update names, else of those that had suffered by then."""
    named = alone["updates"][0]["component_statuses"] or alone["component_impacts"]
    return [_json.words(each, "component_id") for each in named]


def _rank(state: str) -> int:
    """How bad a state of a component is; one that we do not know is worse than none."""
    return _WORSE.index(state) if state in _WORSE else 1


def _window(alone: Mapping[str, Any]) -> Window | None:
    """The hours of planned work; of an incident since when it hurts, if before its first word, and until when."""
    [update], impacts = alone["updates"], alone["component_impacts"]
    starts = [at for each in impacts if (at := _json.time(each["start_at"]))]
    ends = [at for each in impacts if (at := _json.time(each["end_at"]))]
    start, end = min(starts, default=None), max(ends) if ends and len(ends) == len(impacts) else None
    if _is_planned(alone):
        return Window.of(start, end)
    published = _json.time(alone["published_at"])
    return Window.of(_reading.before(start, published), end if update["to_status"] in _ENDED else None)


def _written(message: Any) -> str:
    """The text of a message as its editor keeps it: nodes within nodes, each but a text a paragraph or a line."""
    parts, waiting = list[str](), [message]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            waiting += [node.get("text")] if node.get("type") == "text" else ["\n", node.get("content"), "\n"]
    return "".join(parts)


def _links(message: Any) -> tuple[str, ...]:
    """The addresses to which words of a message lead."""
    found = (_json.words(each, "href") for each in _json.objects(message))
    return tuple(dict.fromkeys(address for address in found if address.startswith(_html.WEB)))
