"""Status pages by StatusPal: those of Exoscale, hosttech, ArvanCloud, GWDG and more.

https://statuspal.io/api-docs describes the API, which needs no key for what is asked here.

One announcement is one update of an incident, known by both their numbers. ``page:`` is the page by the name that
StatusPal gave it, ``https://NAME.statuspal.io`` or ``.eu``, also where it has a host of its own: the API asks for that
name. ``summary`` holds what is open, planned and noted, with all updates, newest first; ``incidents`` the last
incidents, also those that are over. Either can be a ``url:``. How ``incidents`` is paged is not documented, and did not
work (https://github.com/statuspal/statuspal/issues/35); from what it lacks nothing is concluded.

The type of an incident says how bad it is (major, minor, performance, info), or that it is planned work (scheduled,
emergency-maintenance); that of an update is its state (issue, update, monitoring, resolved and others).

Quirks: times have no offset, and are UTC. So the documentation says, and so do captured pages of Detroit and Istanbul,
which one sweep had touched within two seconds. Services are numbers, whose names stand in ``summary`` alone: what
``incidents`` tells names none. An incident without an update is told by its title, as the update 0; one that only
``ends_at`` ends has one announcement more that says so. Notices belong to no incident: the words of their updates
decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _html, _json, _reading

OPEN, HISTORY = 300, 3600  # seconds between polls

_NAMED = re.compile(r"https://([a-z0-9][a-z0-9-]{0,62})\.statuspal\.(io|eu)/?", re.IGNORECASE)
_LISTS = ("incidents", "maintenances", "upcoming_maintenances", "info_notices")
_NOTICES = _LISTS[3]
_MARKS, _LISTS_OF_ALL = {"status_page", "services", "meta"}, {*_LISTS}  # of the summary, of an original, of incidents
_PLANNED = ("scheduled", "emergency-maintenance")
_KEPT = ("id", "type", "title", "url", "service_ids")
_TOLD = ("id", "type", "description", "description_html", "posted_at", "inserted_at", "updated_at")


class _Row(NamedTuple):
    """An incident, work or notice, as the list of that name has it, with its updates, oldest first."""

    listed: str
    key: str
    told: Mapping[str, Any]
    updates: Sequence[Mapping[str, Any]]

    @property
    def is_notice(self) -> bool:
        return self.listed == _NOTICES

    @property
    def keys(self) -> list[str]:
        """What the list is said to hold: an incident, or each word of a notice, which stands for itself."""
        return [f"{self.key}/{update.get('id')}" for update in self.updates] if self.is_notice else [self.key]

    @property
    def is_planned(self) -> bool:
        return "maintenances" in self.listed or self.told.get("type") in _PLANNED

    @property
    def began(self) -> datetime | None:
        """When planned work begins; when it began to hurt, if that was before the first word."""
        start, first = _utc(self.told.get("starts_at")), _published(self.updates[0]) if self.updates else None
        return start if self.is_planned or first is None else _reading.before(start, first)

    def is_over(self, now: datetime) -> bool:
        """Whether it had ended by then, as its own field says."""
        end = _utc(self.told.get("ends_at"))
        return end is not None and end <= now


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is open, every few minutes; the last incidents, hourly."""
    often = source.every or OPEN
    if source.url:
        return (_json.request(source, source.url, "url", often),)
    return _ask(source, "summary", "open", often), _ask(source, "incidents", "history", max(often, HISTORY))


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The last incidents at once, where one has left what is open: there it says how it ended.

    Where that fails, its own hour is near.
    """
    if document.purpose != "open" or not document.gone(reading.listed):
        return ()
    return (_ask(document.source, "incidents", "ended", None).optional,)


def _ask(source: Source, name: str, purpose: str, every: int | None) -> Request:
    page = _NAMED.fullmatch(source.address)
    if page is None:
        right = "right would be page: https://NAME.statuspal.io or .eu, or url: for one of its documents"
        raise SourceError(f"{source.id}: {source.address[:80]!r} is not how StatusPal names a page; {right}")
    url = f"https://statuspal.{page[2].lower()}/api/v2/status_pages/{page[1].lower()}/{name}"
    return _json.request(source, url, purpose, every)


def read(document: Document) -> Reading:
    """The updates of all that is listed, oldest first; beside the summary only those of what is over."""
    loaded = _json.load(document)
    rows = list(_rows(loaded, document.source.id))
    if document.purpose in ("history", "ended"):
        rows = [row for row in rows if row.is_over(document.polled_at)]
    names, parents = _services(loaded.get("services"))
    page = _json.table(loaded, "status_page")
    lang = _json.string(page, "default_lang") or _json.string(loaded, "default_lang")
    said = (each for row in rows for each in _announcements(row, _parts(row, names, parents), lang, document))
    listed = (key for row in rows for key in row.keys)
    listing = Listing.ACTIVE if page else Listing.PART
    return _reading.of(document, said, listing, listed, learnt=_reading.whose(page, "subdomain"))


# -- what it holds -----------------------------------------------------------------------------------------------------


def _rows(loaded: Any, where: str) -> Iterator[_Row]:
    """All that is listed; ReadError where it is no document of StatusPal, or lacks a list."""
    if not isinstance(loaded, dict) or _MARKS.isdisjoint(loaded) or _LISTS_OF_ALL.isdisjoint(loaded):
        told = _json.dump(loaded)[:80].decode("utf-8", "replace")
        raise ReadError(f"{where}: no document of StatusPal: {told}")
    needed = _LISTS[:3] if "status_page" in loaded else ()
    for name in _LISTS:
        is_there = loaded.get(name) is not None if name == _NOTICES else name in loaded
        for row in _json.need_incidents(loaded, name, where) if is_there or name in needed else ():
            number = _json.need_number(row, "id", f"{where}: {name!r}")
            key = f"notice/{number}" if name == _NOTICES else number
            if row.get("inserted_at") and not row.get("updates"):  # its title is all that was said, of a notice nothing
                row["updates"] = [] if name == _NOTICES else [{"id": 0, "posted_at": row["inserted_at"]}]
            updates = _json.need(row, "updates", list, f"{where}: incident {key}")
            _reading.refuse_many(len(updates), len(_numbers(row.get("service_ids"))), f"{where}: incident {key}")
            yield _Row(name, key, row, _json.items(updates)[::-1])


def _services(tree: Any) -> tuple[dict[int, str], dict[int, int]]:
    """The names of services by their numbers, behind that of their group where several have one; and their groups."""
    found: dict[int, tuple[str, str]] = {}
    parents: dict[int, int] = {}
    waiting: list[tuple[dict[str, Any], dict[str, Any]]] = [(service, {}) for service in reversed(_json.items(tree))]
    while waiting:
        service, group = waiting.pop()
        number = service.get("id")
        if isinstance(number, int):
            found[number] = _html.line(service.get("name")) or "", _json.words(group, "name")
            if isinstance(group.get("id"), int):
                parents[number] = group["id"]
        waiting += [(child, service) for child in reversed(_json.rows(service, "children"))]
    return _reading.named_apart((number, name, group) for number, (name, group) in found.items()), parents


def _parts(row: _Row, names: Mapping[int, str], parents: Mapping[int, int]) -> dict[int, str]:
    """The services that it names, by their numbers; no group of which it names a service."""
    numbers = _numbers(row.told.get("service_ids"))
    groups = {parents.get(number) for number in numbers}
    return {number: names[number] for number in numbers if number in names and number not in groups}


def _numbers(value: Any) -> list[int]:
    return [number for number in value if isinstance(number, int)] if isinstance(value, list) else []


# -- what it says ------------------------------------------------------------------------------------------------------


def _announcements(row: _Row, parts: Mapping[int, str], lang: str | None, document: Document) -> Iterator[Announcement]:
    """One for each update, oldest first; last its end, where no update tells that."""
    where = f"{document.source.id}: incident {row.key}"
    for update in row.updates:
        number = _json.need_number(update, "id", where)
        yield _announcement(row, update, f"{row.key}/{number}", parts, lang, document.source)
    is_told = any(update.get("type") == "resolved" for update in row.updates)
    if not row.is_planned and not is_told and row.is_over(document.polled_at):
        yield _announcement(row, {}, f"{row.key}/end", parts, lang, document.source)


def _announcement(
    row: _Row, update: Mapping[str, Any], id_: str, parts: Mapping[int, str], lang: str | None, source: Source
) -> Announcement:
    """What an update says; without one, that the incident is over."""
    told, html = row.told, _json.words(update, "description_html")
    end = _utc(told.get("ends_at")) if row.is_planned or not update else None
    at = _published(update) if update else end
    if at is None:
        raise ReadError(f"{source.id}: incident {row.key}: an update tells no time")
    title = _html.line(told.get("title"))
    alone = {
        **{name: told.get(name) for name in _KEPT},
        "starts_at": f"{row.began:%Y-%m-%dT%H:%M:%S}" if row.began else None,
        "ends_at": f"{end:%Y-%m-%dT%H:%M:%S}" if end else None,
        "updates": [{name: update.get(name) for name in _TOLD}] if update else [],
    }
    services = [{"id": number, "name": name} for number, name in parts.items()]
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=id_,
        url=_html.web(told.get("url")),
        published_at=at,
        edited_at=_edited(update, at),
        title=title,
        text=_html.text(html) or _html.tidy(_json.words(update, "description")) or title or "",
        lang=lang,
        status=None if row.is_notice else (_json.string(update, "type") if update else "resolved"),
        impact=None if row.is_planned else _json.string(told, "type"),
        components=tuple(dict.fromkeys(parts.values())),
        incident_key=None if row.is_notice else row.key,
        links=_html.links(html),
        window=Window.of(row.began, end),
        planned=row.is_planned,
        original=_json.dump({"default_lang": lang, "services": services, row.listed: [alone]}),
    )


def _published(update: Mapping[str, Any]) -> datetime | None:
    return _utc(update.get("posted_at")) or _utc(update.get("inserted_at"))


def _utc(value: Any) -> datetime | None:
    """A time that tells no offset, in UTC; one that tells an offset by that."""
    return _json.time(value) or (_json.time(f"{value.strip()}Z") if isinstance(value, str) else None)


def _edited(update: Mapping[str, Any], at: datetime) -> datetime | None:
    """When it was changed after it was written."""
    changed, written = _utc(update.get("updated_at")), _utc(update.get("inserted_at")) or at
    return changed if changed and changed - max(at, written) > _json.AT_ONCE else None
