"""The history feed of a Statuspage: one entry is one incident, its HTML holds all updates, newest first.

The newest update is of the entry's ``published``, which gives the others their year (``_statuspage_clock``). While a
maintenance lies ahead, ``published`` is when it will begin, and a banner above the updates has the planned window.
Instatus writes such feeds too, with seconds, and above the updates what holds for all of them:
``<p><strong>Type:</strong> Maintenance</p><p><strong>Affected Components:</strong> API, Search</p>``. There
``published`` is when planned work begins, and all its updates may be "Identified" until it is completed. Its RSS has
the updates oldest first, and the components only in the plain text beside.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape, unescape

from tracker.models import Announcement, Source, Window
from tracker.platforms import _feeds, _html, _json
from tracker.platforms._feeds import Entry
from tracker.platforms._statuspage_clock import Clock, Wall, rise, span

WHEN = r"[^<]{0,80}(?:</?var\b[^<>]{0,80}>[^<]{0,80}){0,12}"  # bounded: what is polled may be hostile
_MARKS = (  # ours, in originals only
    r'(?: data-status="(?P<status>[^"<>]{0,200})" data-ordinal="(?P<ordinal>\d{1,4})"'
    r'(?: data-begins="(?P<begins>[^"<>]{1,40})")?)?'
)
_UPDATE = re.compile(
    rf"<p{_MARKS}>\s*(?P<small><small>(?P<when>{WHEN})</small>)\s*<br\s*/?>\s*<strong>(?P<label>[^<]{{1,80}})</strong>\s*(?:-\s*)?",
    re.I,
)
_UNDATED = re.compile(  # of an entry that dates none of its updates
    r"(?:<p>\s*)?<strong>\s*(investigating|identified|monitoring|update|resolved|postmortem|scheduled|in progress"
    r"|verifying|completed)\s*</strong>\s*-\s*",
    re.I,
)
_BANNER = re.compile(rf"<p>\s*<strong>\s*THIS IS A SCHEDULED EVENT(?P<when>{WHEN})</strong>\s*</p>", re.I)
_FACT = re.compile(r"<p>\s*<strong>\s*(Type|Impact|Affected Components):\s*</strong>([^<]{1,2000})</p>", re.I)
_UNNAMED = "<strong>Affected Components:</strong>"
_NO_COMPONENTS = re.compile(rf"{_UNNAMED}[\s,]*(?=</p>)")
_COMPONENTS = re.compile(r"^[ \t]*Affected Components:((?:(?!\n[^\n,]{1,80}, \d\d?:\d\d).){1,2000})", re.M | re.S)
_BESIDE = " \n\t\u2192"  # names of groups end with an arrow where nothing in them is named
_TAG = re.compile(r"<[^>]*>")
_CODE = re.compile(
    r"/incidents/(ocid1\.[A-Za-z0-9._-]{1,250}|[A-Za-z0-9_-]{1,64})(?:[/.?#]|$)"  # Oracle's codes have dots
    r"|[/:](?:[Ii]ncident|[Mm]aintenance)/(?!\d+$)([A-Za-z0-9_-]{1,64})$"  # a link or an id of Instatus
)
_IMPACTS = frozenset(("none", "minor", "major", "critical", "maintenance"))
ENDED = frozenset(("resolved", "completed", "postmortem"))
_BEGINNINGS = frozenset(("investigating", "scheduled"))
_PLANNED = frozenset(("scheduled", "in_progress", "verifying", "completed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """One update as the feed shows it: ``shown`` is its minute there, or the words where they tell none.

    ``at`` is its time, which the entry may tell too; ``status`` the state that holds from here on. ``ordinal`` counts
    those of one label and minute from the oldest, from 1. ``raw`` is its markup, ``html`` its text.
    """

    label: str
    status: str
    at: datetime | None
    shown: datetime | str
    ordinal: int
    raw: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Above:
    """What stands above the updates and holds for all: the window of planned work, what it is, how bad, where.

    ``raw`` is its markup. ``is_work``: Instatus says so, and dates the entry by its beginning. The impact is the front
    page's, written as Instatus writes the type.
    """

    raw: str = ""
    window: tuple[Wall | None, Wall | None] = (None, None)
    is_work: bool = False
    planned: bool = False
    impact: str | None = None
    components: tuple[str, ...] = ()


def incident(entry: Entry) -> str:
    """The code of the incident, which the API has too; else whatever names the entry."""
    return code(entry.link) or code(entry.id) or entry.id or entry.link or entry.title or "?"


def code(address: str | None) -> str | None:
    """The code of an incident in the address of its page, or in such an id; None where there is none."""
    found = _CODE.search(address or "")
    return (found[1] or found[2]) if found else None


def shown_as(incident: str, label: str, at: datetime | str, ordinal: int) -> str:
    """An update's id that needs nothing but what the feed shows: label and minute, and which of the equal ones."""
    minute = f"{at:%Y-%m-%dT%H:%MZ}" if isinstance(at, datetime) else at
    return f"{incident}/{label}/{minute}/{ordinal}"


def announcements(entry: Entry, source: Source, polled_at: datetime) -> Iterator[Announcement]:
    """One for each update of an entry, oldest first."""
    entry = _sound(entry)
    key, title = incident(entry), _html.line(entry.title)
    heads = list(_UPDATE.finditer(entry.html))
    above = _above(entry.html[: heads[0].start()] if heads else "")
    updates, window = _read(entry, heads, above, source.timezone, polled_at)
    for update in updates:
        yield Announcement(
            source=source.id,
            vendor=source.vendor,
            id=shown_as(key, update.label, update.shown, update.ordinal),
            url=_html.web(entry.url or entry.link),
            published_at=update.at,
            title=title,
            text=_html.text(update.html),
            status=update.status,
            impact=above.impact,
            components=above.components,
            incident_key=key,
            links=_html.links(update.html),
            window=window,
            planned=above.planned or window is not None or update.status in _PLANNED,
            original=_original(entry, above, window, update),
        )


def _above(html: str) -> _Above:
    """What an entry's HTML has before its first update: nothing, nearly always."""
    banner = _BANNER.search(html)
    facts = {fact[1].casefold(): fact for fact in _FACT.finditer(html)}
    told = {name: _html.text(fact[2]) for name, fact in facts.items()}
    impact, type_ = told.get("impact", "").casefold(), told.get("type", "").casefold()
    components = (name.strip() for name in told.get("affected components", "").split(","))
    return _Above(
        raw="".join(part[0] for part in (banner, *facts.values()) if part),
        window=span(banner["when"]) if banner else (None, None),
        is_work=type_ == "maintenance",
        planned="maintenance" in (type_, impact),
        impact=impact if impact in _IMPACTS else None,
        components=tuple(dict.fromkeys(name for name in components if name)),
    )


def _read(
    entry: Entry, heads: Sequence[re.Match[str]], above: _Above, of_page: str | None, polled_at: datetime
) -> tuple[list[_Update], Window | None]:
    """The updates of an entry, oldest first, and the window of a maintenance: while it lies ahead, or of Instatus."""
    walls = [Wall.read(head["when"]) for head in heads]
    if heads and _is_oldest_first(heads, walls):
        entry = replace(entry, html=_turned(entry.html, heads))
        heads = list(_UPDATE.finditer(entry.html))  # a stranger's tags may make others of the turned parts
        walls = [Wall.read(head["when"]) for head in heads]
    clock, newest = _clock(entry, of_page, walls, above.window[0])
    times = list(clock.moments(walls, newest, newest or min(entry.published or polled_at, polled_at)))
    updates = list(_dated(_counted(entry.html, heads, times), walls, newest))[::-1]
    window = clock.window(above.window, entry.published or newest or polled_at)
    return updates, window or (_begins(entry, heads) if above.is_work else None)


def _begins(entry: Entry, heads: Sequence[re.Match[str]]) -> Window | None:
    """The window of which only the beginning is told: by the entry's date, by a mark in an original."""
    if heads and heads[0]["status"] is not None:
        return Window.of(_json.time(heads[0]["begins"]), None)
    return Window.of(entry.published, None)


def _is_oldest_first(heads: Sequence[re.Match[str]], walls: Sequence[Wall | None]) -> bool:
    """Whether its updates rise from the oldest: by their times or, where none has one, by the beginning and the end."""
    if _ends(heads[0]):
        return False
    if any(_plain(head["when"]) for head in heads):
        return rise(walls)
    first, last = (_plain(head["label"]).lower() for head in (heads[0], heads[-1]))
    return last in ENDED or (first in _BEGINNINGS and last not in _BEGINNINGS)


def _ends(head: re.Match[str]) -> bool:
    return _plain(head["label"]).lower() in ENDED


def _turned(html: str, heads: Sequence[re.Match[str]]) -> str:
    """The same with its updates in the other order."""
    starts = [*(head.start() for head in heads), len(html)]
    parts = [html[start:end] for start, end in itertools.pairwise(starts)]
    return html[: starts[0]] + "".join(reversed(parts))


def _dated(updates: list[_Update], walls: Sequence[Wall | None], newest: datetime | None) -> Iterator[_Update]:
    """Newest first. One whose words tell no time is of the entry's, or was told no later than the one after it.

    Else it would be taken for new when it is found, and an old word would follow the last. A time in a zone that is
    not known stays unknown: it may contradict the entry's.
    """
    limit = newest
    for update, wall in zip(reversed(updates), walls, strict=True):
        if update.at is None and limit and (wall is None or wall.on(limit.year) is None):
            update = replace(update, at=limit)
        limit = update.at or limit
        yield update


def _sound(entry: Entry) -> Entry:
    """Without signs that XML does not hold as they are, and times that tell no year; with components told beside.

    So many may be told beside that the summary is fuller than the content, which alone has the updates in their form.
    """
    published, updated = _plausible(entry.published), _plausible(entry.updated)
    words = entry.content if entry.content and not _UPDATE.search(entry.html) else entry.html
    html, title = (_feeds.plain_xml(part or "") for part in (words, entry.title))
    if not _UPDATE.search(html):
        html = _UNDATED.sub(r"<p><small></small><br><strong>\1</strong> - ", html)
    if entry.summary and _UNNAMED in html and (named := _COMPONENTS.search(entry.summary)):
        told = (" ".join(name.strip(_BESIDE).split()) for name in unescape(named[1]).split(","))
        components = escape(", ".join(filter(None, told)), quote=False)
        html = _NO_COMPONENTS.sub(lambda fact: _UNNAMED + components, html, count=1)
    return replace(entry, html=html, title=title, published=published, updated=updated)


def _plausible(at: datetime | None) -> datetime | None:
    """A time that can tell a year: not that of another age, which is a vendor's mistake or worse."""
    return at if at and 1990 <= at.year < 2100 else None


def _counted(html: str, heads: Sequence[re.Match[str]], times: Sequence[datetime | None]) -> list[_Update]:
    """The updates, oldest first, with the state that ``Update`` leaves as it was and their place among equals."""
    found: list[_Update] = []
    count = Counter[tuple[str, datetime | str]]()
    status, end = "update", len(html)
    for head, at in zip(reversed(heads), reversed(times), strict=True):
        label = "_".join(_plain(head["label"]).lower().split())
        status = unescape(head["status"] or "") or (label if label != "update" else status)
        shown = at.replace(second=0) if at else _plain(head["when"])
        count[label, shown] += 1
        update = _Update(
            label=label,
            status=status,
            at=at,
            shown=shown,
            ordinal=int(head["ordinal"] or count[label, shown]),
            raw=html[head.start("small") : end].strip(),
            html=html[head.end() : end],
        )
        found.append(update)
        end = head.start()
    return found


def _original(entry: Entry, above: _Above, window: Window | None, update: _Update) -> bytes:
    """An Atom feed whose one entry has this update alone; what its neighbours told of it is marked.

    Its times are the update's own, so that they stay as they are when another update is added.
    """
    own = update.at.isoformat() if update.at else ""
    begins = window and above.window[0] and (entry.published or window.start)
    marks = f'data-status="{escape(update.status)}" data-ordinal="{update.ordinal}"'
    if window and window.start and not begins:
        marks += f' data-begins="{window.start.isoformat()}"'
    return _feeds.as_atom(
        _feeds.element("id", entry.id),
        _feeds.element("title", entry.title, ' type="html"'),
        f'<link href="{escape(entry.link)}"/>' if entry.link else "",
        _feeds.element("published", begins.isoformat() if begins else own),
        _feeds.element("updated", own),
        _feeds.element("content", f"{above.raw}<p {marks}>{update.raw}", ' type="html"'),
    )


def _clock(
    entry: Entry, of_page: str | None, walls: Sequence[Wall | None], planned: Wall | None
) -> tuple[Clock, datetime | None]:
    """The entry's clock, and the moment of its newest update where the entry has it as a field."""
    if planned and entry.updated is None:  # RSS: the only field is when the work will begin
        return Clock(of_page, entry.published, planned), None
    newest = entry.updated if planned else entry.published or entry.updated
    return Clock(of_page, newest, walls[0] if walls else None), newest


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", html)).split())
