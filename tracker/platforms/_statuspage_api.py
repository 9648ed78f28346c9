"""An incident as Statuspage's API has it, with its updates newest first, and its updates as announcements.

What an update alone does not tell is told by its neighbours: the page shows ``Update`` where the state is that of
the one before, and counts are from the oldest. An original has both written beside it: ``label``, ``ordinal`` and,
of planned work, ``planned``, which are ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracker.errors import ReadError
from tracker.models import Announcement, Source, Window
from tracker.platforms import _html, _json, _reading
from tracker.platforms._statuspage_feed import ENDED, code, shown_as

_KEPT = ("id", "name", "impact", "shortlink", "created_at", "started_at", "scheduled_for", "scheduled_until")
_DROPPED = ("incident_id", "deliver_notifications", "custom_tweet", "tweet_id")
_NO_PART = "No components were affected by this update."
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """``label`` is what the page shows, ``status`` the state; ``ordinal`` counts equals of a minute from 1."""

    label: str
    status: str
    at: datetime | None
    ordinal: int

    def shown_as(self, incident: str) -> str:
        """The id that the feed gives it."""
        return shown_as(incident, self.label, self.at or "?", self.ordinal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident as the API has it, with what its updates share. ``raw`` are its updates, oldest first."""

    key: str
    page: Mapping[str, Any]
    incident: Mapping[str, Any]
    raw: Sequence[dict[str, Any]]
    parts: Sequence[dict[str, Any]]
    planned: bool

    @classmethod
    def of(cls, where: str, page: Mapping[str, Any], incident: dict[str, Any], *, planned: bool) -> Case:
        """ReadError where it has no id, something else for its updates, or too much of everything."""
        if incident.get("id") is None:  # Rootly tells its page alone
            incident = {**incident, "id": code(_json.string(incident, "url"))}
        key = _json.need(incident, "id", str, f"{where}: an incident")
        raw = incident.get("incident_updates") or []
        if not isinstance(raw, list):
            raise ReadError(f"{where}: incident {key}: 'incident_updates' is no list")
        rows, parts = _json.items(raw)[::-1] or _untold(incident), _json.rows(incident, "components")
        _reading.refuse_many(len(rows), len(parts), f"{where}: incident {key}")
        planned = planned or incident.get("planned") is True or incident.get("impact") == "maintenance"
        filed = planned or bool(_json.time(incident.get("scheduled_for")))
        return cls(key=key, page=page, incident=incident, raw=rows, parts=parts, planned=filed)

    def announcements(self, source: Source) -> Iterator[Announcement]:
        """One for each update, oldest first; one by its title where it has none yet."""
        updates = _updates(self.raw, _json.words(self.incident, "status"))
        hours = self._window(updates)
        over_at = self._over_at(updates)
        url = self._url(source)
        title = _html.line(self.incident.get("name"))
        for row, update in zip(self.raw, updates, strict=True):
            ended = over_at if update is updates[-1] else None
            window = replace(hours or Window(), end=ended) if ended else hours
            yield Announcement(
                source=source.id,
                vendor=source.vendor,
                id=_json.string(row, "id") or update.shown_as(self.key),
                aliases=(update.shown_as(self.key),) if update.at and _json.string(row, "id") else (),
                url=url,
                published_at=update.at,
                edited_at=ended or _edited(row),
                title=title,
                text=_html.text(_json.words(row, "body")),
                status=update.status or None,
                impact=_json.string(self.incident, "impact"),
                components=self._components(row),
                incident_key=self.key,
                links=_html.links(_json.words(row, "body")),
                window=window,
                planned=self.planned,
                original=self._original(row, update, window),
            )

    def _url(self, source: Source) -> str | None:
        page = _json.string(self.page, "url") or source.page or ""
        if page.startswith(_html.WEB):
            return f"{page.rstrip('/')}/incidents/{self.key}"
        return _html.web(self.incident.get("shortlink"))

    def _window(self, updates: Sequence[_Update]) -> Window | None:
        """When work is planned; when an incident began, where that is before its first word."""
        if self.planned:
            return Window.of(*(_json.time(self.incident.get(name)) for name in ("scheduled_for", "scheduled_until")))
        began = _json.time(self.incident.get("started_at"))
        said = next((update.at for update in updates if update.at), None)
        return Window.of(_reading.before(began, said), None)

    def _over_at(self, updates: Sequence[_Update]) -> datetime | None:
        """When an incident ended of which no update says so: its last one was given that state then."""
        if self.planned or not updates or updates[-1].status == _json.words(self.raw[-1], "status"):
            return None
        over_at, said_at = _json.time(self.incident.get("resolved_at")), updates[-1].at
        return over_at if over_at and said_at and over_at > said_at else None

    def _components(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of those that the update names, else those of the incident; without the names of groups, except
        where several that it names are called the same."""
        known = {_json.words(part, "id"): _json.words(part, "name") for part in self.parts}
        told = ((known.get(_json.words(part, "code"), ""), _json.words(part, "name")) for part in _affected(row))
        parts = ((place, name or full, _group(name, full)) for place, (name, full) in enumerate(told))
        names = _reading.named_apart(parts).values() or known.values()
        return tuple(dict.fromkeys(name for name in names if name))

    def _original(self, row: dict[str, Any], update: _Update, window: Window | None) -> bytes:
        """A document of this update alone; what its neighbours told of it is written beside it."""
        said = {name: value for name, value in row.items() if name not in _DROPPED and value is not None}
        if update.status:
            said["status"] = update.status
        if update.label != update.status or update.ordinal > 1:
            said |= {"label": update.label, "ordinal": update.ordinal}
        names = [name for name in _KEPT if self.incident.get(name) is not None]
        begun = window is not None and window.start is not None
        incident = {name: self.incident[name] for name in names if name != "started_at" or begun}
        if window and window.end and not self.planned:
            incident |= {name: self.incident[name] for name in ("status", "resolved_at")}
            said["status"] = _json.words(row, "status")
        affected = [part.get("code") for part in _affected(row)]
        parts = [part for part in self.parts if not affected or part.get("id") in affected]
        incident["components"] = [{name: part.get(name) for name in ("id", "name")} for part in parts]
        if self.planned:
            incident["planned"] = True
        incident["incident_updates"] = [said]
        page = {name: self.page[name] for name in ("id", "name", "url", "time_zone") if name in self.page}
        return _json.dump({"page": page, "incident": incident})


def _affected(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The components that an update names; until 2018 a sentence stood in their place where there were none."""
    return [part for part in _json.rows(row, "affected_components") if part.get("name") != _NO_PART]


def _group(name: str, full: str) -> str:
    """The group of a component which an update calls ``Mail - Webmail``; none where that is the whole name."""
    return full.removesuffix(f" - {name}") if name and full != name else ""


def _untold(incident: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an incident says that has no update: its title, its state, and since when it is in it.

    One of which there is a report already is over since it was resolved.
    """
    if not _json.string(incident, "name"):
        return []
    status = _json.words(incident, "status")
    since = incident.get(f"{status}_at") or (incident.get("resolved_at") if status in ENDED else None)
    since = since or incident.get("created_at")
    return [{"status": status, "body": incident["name"], "created_at": since}]


def _updates(raw: Sequence[Mapping[str, Any]], state: str) -> list[_Update]:
    """The updates of one incident, oldest first, labelled and counted as the feed shows them.

    Where the incident is over (``state``) and none of them says so, the last one does: what is filed only afterwards
    has one update, in the state in which it began.
    """
    found: list[_Update] = []
    count = Counter[tuple[str, datetime | None]]()
    before = None
    for row in raw:
        status = _json.words(row, "status")
        at = _json.time(row.get("display_at")) or _json.time(row.get("created_at")) or _time_in(row.get("id"))
        label = _json.words(row, "label") or ("update" if status == before else status)
        count[label, _minute(at)] += 1
        given = row.get("ordinal")
        ordinal = given if isinstance(given, int) and 0 < given < 10_000 else count[label, _minute(at)]
        found.append(_Update(label=label, status=status, at=at, ordinal=ordinal))
        before = status
    if found and state in ENDED and ENDED.isdisjoint(update.status for update in found):
        found[-1] = replace(found[-1], status=state)
    return found


def _minute(at: datetime | None) -> datetime | None:
    return at.replace(second=0) if at else None


def _edited(row: Mapping[str, Any]) -> datetime | None:
    """When the text was changed, None where it stands as it was written."""
    created, updated = _json.time(row.get("created_at")), _json.time(row.get("updated_at"))
    return updated if created and updated and updated - created > timedelta(seconds=1) else None


def _time_in(key: Any) -> datetime | None:
    """The time in a ULID, the ids of incident.io: of 26 signs of Crockford's alphabet the first ten, milliseconds."""
    number = _json.in_base_32(key, _CROCKFORD) if isinstance(key, str) and len(key) == 26 else None
    return None if number is None else _json.at_millisecond(number >> 80)
