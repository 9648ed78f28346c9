"""Pages of a Statuspage as HTML: the front page, and that of one incident.

The front page has what is unresolved, what is planned, and the last fifteen days. Each incident has a title that links
to it and a ``div class="update"`` for each update, newest first, in the words and times of the history feed; so each
becomes an entry of such a feed. The days have a year; the updates have one since 2022, and the moment itself beside it,
as milliseconds. The page of an incident has a ``div class="update-row"`` for each update, of any year, and below them
the components, each group with its own in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape, unescape

from tracker.platforms import _dates
from tracker.platforms._feeds import Entry

_BOXES = ("unresolved-incident", "scheduled-maintenance")
_PART = re.compile(
    rf"<(?:div|h[1-6]) class=\"(?P<kind>date|{'|'.join(_BOXES)}|incident-title|update)"
    r"(?: (?P<classes>[^\"<>]*))?\"[^<>]*>",
    re.I,
)
_IMPACT = re.compile(r"\bimpact-(\w{1,20})")
_DAY = re.compile(r"\s*([A-Z][a-z]{2})[a-z]*\s+<var[^<>]*>\s*(\d{1,2})\s*</var>\s*,\s*<var[^<>]*>\s*(\d{4})\s*</var>")
_TITLE = re.compile(
    r"<a\b[^<>]{0,500}href=\"(?P<link>[^\"<>]{0,300}/incidents/[A-Za-z0-9_-]{1,64})\"[^<>]*>"
    r"(?:\s{0,200}<span\b[^<>]*>)?(?P<title>[^<]*)"
)
# Bounded: what is polled may be hostile.
_WHEN = r"[^<]{0,200}(?:</?(?:var|span|br|abbr|time)\b[^<>]{0,200}>[^<]{0,200}){0,16}"
_MOMENT = re.compile(r"\sdata-datetime-unix=[\"'](\d{12,14})[\"']")
_UPDATE = re.compile(
    r"\s*+(?:<strong>(?P<label>[^<]{1,80})</strong>\s*+-?\s*+)?(?P<html>.*?)(?:<br\s*/?>\s*)?"
    rf"<small>(?P<when>{_WHEN})</small>",
    re.S,
)
_WINDOW = re.compile(rf"<small(?P<attributes>[^<>]{{0,200}})>(?P<when>{_WHEN})</small>")
_BEGINS = re.compile(r"\sdata-unix-time=[\"'](\d{9,11})[\"']")
_NAME = re.compile(
    r"<(?:h1|div)\s[^<>]{0,200}?class=\"(?P<classes>[^\"<>]*\bincident-name\b[^\"<>]*)\"[^<>]*>(?P<title>[^<]*)", re.I
)
_ROW = re.compile(
    r"<(?:div|h[1-6]) class=\"update-title[^\"<>]*\"[^<>]*>(?P<label>[^<]{1,80})</(?:div|h[1-6])>"
    r"(?P<html>(?:(?!<(?:div|h[1-6]) class=\"update-(?:row|timestamp|title)).){0,50000})"
    rf"<(?:div|p) class=\"update-timestamp[^\"<>]*\"[^<>]*>(?P<when>{_WHEN})</",
    re.I | re.S,
)
_PARTS = re.compile(r"<div class=\"components-affected[^\"<>]*\"[^<>]*>[^<:]{1,100}:([^<]{1,5000})</div>", re.I)
_HOST = r"\w[\w-]{0,60}(?:\.\w[\w-]{0,60}){1,4}\)"  # of a name: "Console (console.example)"
_GROUP = re.compile(rf"((?:[^()]|\({_HOST})*)\((?!{_HOST})((?:[^()]|\([^()]*\))*)\)")
_AND = re.compile(r"\A\s*and\s")
_POSTED = re.compile(r"\A\W*posted\b(?:[^,]{0,60}\bago\b\W*)?\s*", re.I)
_NOT_SHOWN = re.compile(r"</?(?:abbr|br|span|time)\b[^<>]*>")


@dataclass(slots=True, kw_only=True)
class _Incident:
    """An incident of the page and its updates, as the feed has them.

    ``is_ahead``: the page files it under what is planned. ``window`` is when, in words, ``begins`` the moment itself.
    """

    link: str = ""
    title: str = ""
    impact: str = ""
    is_ahead: bool = False
    window: str = ""
    begins: datetime | None = None
    components: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add(self, update: re.Match[str]) -> None:
        """Of what lies ahead the page shows the last word, without a label."""
        if label := update["label"] or (self.is_ahead and "Scheduled"):
            head = f"<p><small>{_words(update['when'])}</small><br><strong>{label}</strong>"
            self.told.append(f"{head} - {update['html'].strip()}</p>")

    def entry(self) -> Entry:
        """The incident as an entry of the feed, whose ``published`` is when planned work will begin."""
        above = f"<p><strong>THIS IS A SCHEDULED EVENT {self.window}</strong></p>" if self.window else ""
        above += f"<p><strong>Impact:</strong> {self.impact}</p>" if self.impact else ""
        named = escape(", ".join(self.components), quote=False)
        above += f"<p><strong>Affected Components:</strong> {named}</p>" if named else ""
        return Entry(
            id=self.link, link=self.link, title=self.title, html=above + "".join(self.told), published=self.begins
        )


def is_home(html: str) -> bool:
    """True for a Statuspage's front page, with or without incidents on it."""
    return "statuspage" in html and 'class="status-day' in html


def is_incident(html: str) -> bool:
    """True for the page of one incident."""
    return "statuspage" in html and _NAME.search(html) is not None and _ROW.search(html) is not None


def incident(html: str, address: str) -> Entry:
    """The incident of the page at an address, as an entry of the history feed."""
    name = _NAME.search(html)
    impact = _IMPACT.search(name["classes"]) if name else None
    found = _Incident(
        link=address,
        title=unescape(name["title"]).strip() if name else "",
        impact=impact[1] if impact else "",
        components=_affected(unescape(parts[1])) if (parts := _PARTS.search(html)) else [],
    )
    for row in _ROW.finditer(html):
        when, label = _POSTED.sub("", _words(row["when"])), row["label"].strip()
        found.told.append(f"<p><small>{when}</small><br><strong>{label}</strong> - {row['html'].strip()}</p>")
    return found.entry()


def _affected(words: str) -> list[str]:
    """The components of "Search, Mail (Inbox, Filters) and API": those of a group, not the group itself.

    Of "Sites and Apps (Search)" the first may be a component or a part of the group's name: it is left out.
    """
    found: list[str] = []
    while group := _GROUP.match(words):
        found += [*group[1].split(",")[:-1], *group[2].split(",")]
        words = words[group.end() :]
    *others, last = words.split(",")
    names = (_AND.sub("", name).strip(" .\n") for name in [*found, *others, *last.rsplit(" and ", 1)])
    return [name for name in names if name]


def entries(html: str, page: str) -> tuple[list[Entry], datetime | None]:
    """The incidents in the page's order, as entries of the history feed, and the end of the newest day.

    ``page`` is where the links without a host lead.
    """
    found: list[_Incident] = []
    days: list[datetime] = []
    box = ""
    for kind, classes, part in _parts(html):
        if kind == "date":
            days += filter(None, [_day(part)])
        elif kind == "incident-title":
            found.append(_incident(part, page, f"{box} {classes}"))
        elif kind == "update" and found and (update := _UPDATE.match(part)):
            found[-1].add(update)
        box = f"{kind} {classes}" if kind in _BOXES else ""
    newest = max(days) + timedelta(days=1) if days else None
    return [each.entry() for each in found if each.link], newest


def _parts(html: str) -> Iterator[tuple[str, str, str]]:
    """(what it is, its other classes, what follows up to the next)."""
    marks = list(_PART.finditer(html))
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(html)
        yield mark["kind"].lower(), mark["classes"] or "", html[mark.end() : end]


def _day(part: str) -> datetime | None:
    found = _DAY.match(part)
    return _dates.moment(" ".join(found.groups()), None) if found else None


def _words(when: str) -> str:
    """A time in the feed's words: the moment where the page has it, else what it shows."""
    if moment := _MOMENT.search(when):
        return f"{datetime.fromtimestamp(int(moment[1]) // 1000, UTC):%b %d, %Y, %H:%M:%S} UTC"
    return " ".join(_NOT_SHOWN.sub(" ", when).split())


def _incident(part: str, page: str, classes: str) -> _Incident:
    """What the title of an incident tells, and its classes with those of its box; without a link it is none."""
    title = _TITLE.search(part)
    if title is None:
        return _Incident()
    is_ahead = "scheduled-maintenance" in classes
    window = _WINDOW.search(part) if is_ahead else None
    begins = _BEGINS.search(window["attributes"]) if window else None
    impact = _IMPACT.search(classes)
    return _Incident(
        link=title["link"] if "://" in title["link"] else page.rstrip("/") + title["link"],
        title=unescape(title["title"]).strip(),
        impact=impact[1] if impact else "",
        is_ahead=is_ahead,
        window=_words(window["when"]) if window else "",
        begins=datetime.fromtimestamp(int(begins[1]), UTC) if begins else None,
    )
