"""Status pages by Better Stack, formerly Better Uptime: those of Hugging Face, Meilisearch, Together AI and more.

https://betterstack.com/docs/uptime/status-pages/subscribing-to-status-updates/subscribing-to-api/ describes
``index.json``, which every page has, and https://betterstack.com/docs/uptime/api/status-page-reports-api-response-params/
the reports in it.

One announcement is one update of a report, known by its own id; a report is known by its page, as the page's RSS knows
it: a record that had the vendor by that goes on with the same incidents. ``index.json`` is JSON:API: the page, and
beside it its sections, resources, reports and their updates. A report is ``manual``, ``automatic`` (made for a monitor)
or ``maintenance``. How far back it goes its owner says; nobody has written by which rule.

An update names the resources that it is about, each with its state since then: downtime, degraded, maintenance,
resolved. The worst is its state and its impact. Many updates name none: then the words decide, and its components are
those of the report. That a report is over its ``aggregate_state`` says, which is then that of its last update.

Quirks: ``ends_at`` is null also when all is over. Planned work is dated by its start, which may lie ahead: such a word
tells no time of its own. A report that names no resource is called resolved from its beginning. Resources that are down
without a report, and the page's banner, which has no time, are no announcements. A page answers every address that it
does not know with itself, in HTML; one behind a password with a login.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _feeds, _html, _json, _reading

EVERY = 300  # seconds
OWN_HOST = "betteruptime.com"

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_FINE = ("resolved", "operational")
_WORSE = ("operational", "resolved", "maintenance", "degraded", "downtime")

Item = Mapping[str, Any]  # of JSON:API: its id, and what is said of it as ``attributes``


class Report(NamedTuple):
    """A report with its updates, oldest first; ``key`` is its page, ``is_over``: it says so, and at no time ahead."""

    id: str
    key: str
    url: str | None
    told: dict[str, Any]
    updates: list[Item]
    is_over: bool

    @property
    def is_planned(self) -> bool:
        """Whether it is filed as maintenance."""
        return self.told.get("report_type") == "maintenance"

    @property
    def began(self) -> datetime | None:
        """When planned work begins; when it began to hurt, if that was before the first word."""
        start = _json.time(self.told.get("starts_at"))
        first = _published(self.updates[0]) if self.updates else None
        return start if self.is_planned or first is None else _reading.before(start, first)

    @property
    def ends(self) -> datetime | None:
        """When planned work ends; when it no longer hurt, if it is over."""
        return _json.time(self.told.get("ends_at")) if self.is_planned or self.is_over else None

    def stands(self, now: datetime) -> bool:
        """Whether it is open or planned."""
        end = self.ends if self.is_planned else None
        return _json.words(self.told, "aggregate_state") not in ("", *_FINE) or (end is not None and end > now)


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The page as JSON; an address of its own is fetched as it is."""
    url = source.url or f"{source.address.rstrip('/')}/index.json"
    return (_json.request(source, url, "url" if source.url else "index", source.every or EVERY),)


def read(document: Document) -> Reading:
    """The updates of all reports, oldest first."""
    page, included = _found(document)
    names = _names(included)
    reports = list(_reports(page, included, document))
    said = (each for report in reports for each in _announcements(report, page, names, document))
    standing = [report for report in reports if report.stands(document.polled_at)]
    standing.sort(key=lambda report: _json.words(report.told, "starts_at"), reverse=True)
    listing = Listing.ACTIVE if included and "aggregate_state" in _told(page) else Listing.PART
    learnt = _reading.whose({**_told(page), "id": page.get("id")}, name="company_name")
    return _reading.of(document, said, listing, (report.key for report in standing), learnt=learnt)


# -- what it holds -----------------------------------------------------------------------------------------------------


def _found(document: Document) -> tuple[Item, Sequence[Item]]:
    """The page, and what is included; ReadError for what is no page by Better Stack."""
    where = document.source.id
    if _html.opening(document.body).startswith(b"<"):
        offered = _feeds.offered(document, "another maker's, a login, a challenge")
        raise ReadError(f"{where}: a page in HTML, where a page by Better Stack has index.json{offered}")
    loaded = _json.load(document)
    page = _json.table(loaded, "data")
    if page.get("type") != "status_page":
        raise ReadError(f"{where}: needs 'data' of the type 'status_page', as index.json of Better Stack has it")
    return page, _json.need_incidents(loaded, "included", where)


def _told(item: Item) -> dict[str, Any]:
    """What is said of an item."""
    return _json.table(item, "attributes")


def _of(kind: str, included: Iterable[Item]) -> Iterator[Item]:
    return (item for item in included if item.get("type") == kind)


def _names(included: Sequence[Item]) -> dict[str, str]:
    """The names of resources by their ids; where several have one name, behind that of their section."""
    sections = {str(each.get("id")): _line(each, "name") for each in _of("status_page_section", included)}
    return _reading.named_apart(
        (part, _line(each, "public_name"), sections.get(str(_told(each).get("status_page_section_id")), ""))
        for part, each in ((str(each.get("id")), each) for each in _of("status_page_resource", included))
    )


def _line(item: Item, name: str) -> str:
    return _html.line(_told(item).get(name)) or ""


def _reports(page: Item, included: Sequence[Item], document: Document) -> Iterator[Report]:
    """Each report with its updates, of which each is of one report alone."""
    where = document.source.id
    home = _home(_told(page))
    waiting = {_json.need(each, "id", str, f"{where}: an update"): each for each in _of("status_update", included)}
    for report in _of("status_report", included):
        id_ = _json.need(report, "id", str, f"{where}: a report")
        found = [waiting.pop(name) for name in _linked(report, f"{where}: report {id_}") if name in waiting]
        found.reverse()  # they are listed newest first
        found.sort(key=lambda update: _published(update) or document.polled_at)
        told = _told(report)
        _reading.refuse_many(len(found), len(_json.rows(told, "affected_resources")), f"{where}: report {id_}")
        url = f"{home}/incident/{quote(id_, safe='')}" if home else None
        yield Report(id_, url or id_, url, told, found, _is_over(told, document.polled_at))


def _linked(report: Item, where: str) -> list[str]:
    """The ids of its updates."""
    related = _json.need(report, "relationships", dict, where)
    linked = _json.need(related, "status_updates", dict, f"{where}: 'relationships'")
    rows = _json.need(linked, "data", list, f"{where}: 'status_updates'")
    return [_json.need(each, "id", str, f"{where}: an update") for each in rows]


def _home(told: Mapping[str, Any]) -> str:
    """``https://host`` of the page, as it tells it; '' where it tells none."""
    custom, name = _json.words(told, "custom_domain"), _json.words(told, "subdomain")
    host = custom or (f"{name}.{OWN_HOST}" if name else "")
    return f"https://{host.lower()}" if _HOST.fullmatch(host) else ""


def _is_over(told: Mapping[str, Any], now: datetime) -> bool:
    if told.get("aggregate_state") not in _FINE or not _json.rows(told, "affected_resources"):
        return False
    return all(at is None or at <= now for at in (_json.time(told.get("starts_at")), _json.time(told.get("ends_at"))))


def _published(update: Item) -> datetime | None:
    return _json.time(_told(update).get("published_at"))


# -- what it says ------------------------------------------------------------------------------------------------------


def _announcements(report: Report, page: Item, names: Mapping[str, str], document: Document) -> Iterator[Announcement]:
    """One for each update. Its original holds it alone."""
    source = document.source
    title = _html.line(report.told.get("title"))
    for update in report.updates:
        told = _told(update)
        ends_it = report.is_over and update is report.updates[-1]
        own = _affected(told)
        about = own or _affected(report.told)
        worst = max((state for _, state in own if state), key=_rank, default=None)
        at = _published(update)
        published = at if at and at <= document.polled_at else None
        message = _json.words(told, "message")
        parts = {part: names[part] for part, _ in about if names.get(part)}
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=update["id"],
            url=report.url,
            published_at=published,
            title=title,
            text=_html.text(message) or title or "",
            status=report.told["aggregate_state"] if ends_it and worst not in _FINE else worst,
            shares_state=True,
            impact=None if worst in _FINE else worst,
            components=tuple(dict.fromkeys(parts.values())),
            incident_key=report.key,
            links=_html.links(message),
            window=Window.of(report.began, report.ends if report.is_planned or ends_it else None),
            planned=report.is_planned,
            original=_original(report, page, update, parts, is_dated=published is not None, ends_it=ends_it),
        )


def _affected(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(id of the resource, its state) of all that it names."""
    rows = _json.rows(told, "affected_resources")
    return [(str(each.get("status_page_resource_id")), _json.words(each, "status")) for each in rows]


def _rank(state: str) -> int:
    """How bad a state is; one that we do not know is worse than none."""
    return _WORSE.index(state) if state in _WORSE else _WORSE.index("maintenance")


def _original(
    report: Report, page: Item, update: Item, parts: Mapping[str, str], *, is_dated: bool, ends_it: bool
) -> bytes:
    """``index.json`` with this update alone, as its report was when it was written."""
    shared, told = report.told, _told(update)
    kept = {name: shared.get(name) for name in ("title", "report_type")}
    kept["starts_at"] = shared.get("starts_at") if report.began else None
    kept["ends_at"] = shared.get("ends_at") if report.is_planned or ends_it else None
    if ends_it:
        kept["aggregate_state"] = shared["aggregate_state"]
    if ends_it or not _affected(told):
        kept["affected_resources"] = shared.get("affected_resources")
    alone = {name: told.get(name) for name in ("message", "affected_resources")}
    alone["published_at"] = told.get("published_at") if is_dated else None
    link = {"id": update["id"], "type": "status_update"}
    where = {name: _told(page).get(name) for name in ("custom_domain", "subdomain")}
    return _json.dump(
        {
            "data": {"id": page.get("id"), "type": "status_page", "attributes": where},
            "included": [
                *({"id": part, "type": "status_page_resource", "attributes": {"public_name": name}}
                  for part, name in parts.items()),
                {"id": report.id, "type": "status_report", "attributes": kept,
                 "relationships": {"status_updates": {"data": [link]}}},
                {**link, "attributes": alone},
            ],
        }
    )  # fmt: skip
