"""The front page of a Statuspage as HTML: what is unresolved, what is planned, and the last fifteen days.

Each incident has a title that links to it and a ``div class="update"`` for each update, newest first, in the words
and times of the history feed; so each becomes an entry of such a feed. The days have a year; the updates have one
since 2022, and the moment itself beside it, as milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape

from tracker.platforms._feeds import Entry

_PART = re.compile(
    r"<(?:div|h[1-6]) class=\"(?P<kind>date|scheduled-maintenance|incident-title|update)(?: [^\"<>]*)?\"[^<>]*>", re.I
)
_DAY = re.compile(r"\s*([A-Z][a-z]{2})[a-z]*\s+<var[^<>]*>\s*(\d{1,2})</var>,\s*<var[^<>]*>\s*(\d{4})</var>")
_TITLE = re.compile(
    r"<a\b[^<>]{0,500}href=\"(?P<link>[^\"<>]{0,300}/incidents/[A-Za-z0-9_-]{1,64})\"[^<>]*>"
    r"(?:\s{0,200}<span\b[^<>]*>)?(?P<title>[^<]*)"
)
_WHEN = r"[^<]{0,200}(?:</?(?:var|span|br)\b[^<>]{0,200}>[^<]{0,200}){0,14}"  # bounded: what is polled may be hostile
_MOMENT = re.compile(r"\sdata-datetime-unix=[\"'](\d{12,14})[\"']")
_UPDATE = re.compile(
    r"\s*(?:<strong>(?P<label>[^<]{1,80})</strong>\s*(?:-\s*)?)?(?P<html>.*?)(?:<br\s*/?>\s*)?"
    rf"<small>(?P<when>{_WHEN})</small>",
    re.S,
)
_AHEAD = re.compile(rf"<small(?P<begins>[^<>]{{0,200}})>(?P<when>{_WHEN})</small>")
_BEGINS = re.compile(r"\sdata-unix-time=[\"'](\d{9,11})[\"']")
_NOT_SHOWN = re.compile(r"</?(?:span|br)\b[^<>]*>")


@dataclass(slots=True, kw_only=True)
class _Incident:
    """An incident of the page: its title, when the work begins and ends that lies ahead, its updates as in the feed."""

    link: str = ""
    title: str = ""
    ahead: str = ""
    begins: datetime | None = None
    told: list[str] = field(default_factory=list)

    def add(self, update: re.Match[str]) -> None:
        """Of what lies ahead the page shows the last word, without a label."""
        if label := update["label"] or (self.ahead and "Scheduled"):
            head = f"<p><small>{_words(update['when'])}</small><br><strong>{label}</strong>"
            self.told.append(f"{head} - {update['html'].strip()}</p>")

    def entry(self) -> Entry:
        """The incident as an entry of the feed, whose ``published`` is when planned work will begin."""
        banner = f"<p><strong>THIS IS A SCHEDULED EVENT {self.ahead}</strong></p>" if self.ahead else ""
        return Entry(
            id=self.link, link=self.link, title=self.title, html=banner + "".join(self.told),
            published=self.begins, updated=None, author=None, published_raw=None,
        )  # fmt: skip


def is_home(html: str) -> bool:
    """True for a Statuspage's front page, with or without incidents on it."""
    return "statuspage" in html and 'class="status-day' in html


def entries(html: str, page: str) -> tuple[list[Entry], datetime | None]:
    """The incidents in the page's order, as entries of the history feed, and the end of the newest day.

    ``page`` is where the links without a host lead.
    """
    found: list[_Incident] = []
    days: list[datetime] = []
    kind_before = ""
    for kind, part in _parts(html):
        if kind == "date":
            days += _day(part)
        elif kind == "incident-title":
            found.append(_incident(part, page, is_ahead=kind_before == "scheduled-maintenance"))
        elif kind == "update" and found and (update := _UPDATE.match(part)):
            found[-1].add(update)
        kind_before = kind
    newest = max(days) + timedelta(days=1) if days else None
    return [each.entry() for each in found if each.link], newest


def _parts(html: str) -> Iterator[tuple[str, str]]:
    marks = list(_PART.finditer(html))
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(html)
        yield mark["kind"].lower(), html[mark.end() : end]


def _day(part: str) -> list[datetime]:
    found = _DAY.match(part)
    try:
        return [datetime.strptime(" ".join(found.groups()), "%b %d %Y").replace(tzinfo=UTC)] if found else []
    except ValueError:
        return []


def _words(when: str) -> str:
    """A time in the feed's words: the moment where the page has it, else what it shows."""
    if moment := _MOMENT.search(when):
        return f"{datetime.fromtimestamp(int(moment[1]) // 1000, UTC):%b %d, %Y, %H:%M:%S} UTC"
    return " ".join(_NOT_SHOWN.sub(" ", when).split())


def _incident(part: str, page: str, *, is_ahead: bool) -> _Incident:
    """What an incident's title tells; its link is empty where it has none."""
    title, ahead = _TITLE.search(part), _AHEAD.search(part) if is_ahead else None
    if title is None:
        return _Incident()
    begins = _BEGINS.search(ahead["begins"]) if ahead else None
    return _Incident(
        link=title["link"] if "://" in title["link"] else page.rstrip("/") + title["link"],
        title=unescape(title["title"]).strip(),
        ahead=_words(ahead["when"]) if ahead else "",
        begins=datetime.fromtimestamp(int(begins[1]), UTC) if begins else None,
    )
