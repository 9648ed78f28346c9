"""The front page of a Statuspage as HTML: what is unresolved, and the last fifteen days.

Each incident has a title that links to it and a ``div class="update"`` for each update, newest first, in the words
and times of the history feed; so each becomes an entry of such a feed. The days have a year, the updates have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

from tracker.platforms._feeds import Entry
from tracker.platforms._statuspage_feed import WHEN

_PART = re.compile(r"<div class=\"(?P<kind>date|incident-title|update)(?: [^\"<>]*)?\"[^<>]*>", re.I)
_DAY = re.compile(r"\s*([A-Z][a-z]{2})[a-z]*\s+<var[^<>]*>\s*(\d{1,2})</var>,\s*<var[^<>]*>\s*(\d{4})</var>")
_TITLE = re.compile(
    r"<a\b[^<>]{0,500}href=\"(?P<link>[^\"<>]{0,300}/incidents/[A-Za-z0-9_-]{1,64})\"[^<>]*>(?P<title>[^<]*)</a>"
)
_UPDATE = re.compile(
    r"\s*<strong>(?P<label>[^<]{1,80})</strong>\s*(?:-\s*)?(?P<html>.*?)(?:<br\s*/?>\s*)?"
    rf"<small>(?P<when>{WHEN})</small>",
    re.S,
)


def is_home(html: str) -> bool:
    """True for a Statuspage's front page, with or without incidents on it."""
    return "statuspage" in html and 'class="status-day' in html


def entries(html: str, page: str) -> tuple[list[Entry], datetime | None]:
    """The incidents in the page's order, as entries of the history feed, and the end of the newest day.

    ``page`` is where the links without a host lead.
    """
    found: list[tuple[str, str, list[str]]] = []
    days: list[datetime] = []
    for kind, part in _parts(html):
        if kind == "date":
            days += _day(part)
        elif kind == "incident-title" and (title := _TITLE.search(part)):
            link = title["link"] if "://" in title["link"] else page.rstrip("/") + title["link"]
            found.append((link, unescape(title["title"]).strip(), []))
        elif kind == "update" and found and (update := _UPDATE.match(part)):
            head = f"<p><small>{update['when'].strip()}</small><br><strong>{update['label']}</strong>"
            found[-1][2].append(f"{head} - {update['html'].strip()}</p>")
    newest = max(days) + timedelta(days=1) if days else None
    return [_entry(link, title, "".join(told)) for link, title, told in found], newest


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


def _entry(link: str, title: str, html: str) -> Entry:
    return Entry(
        id=link, link=link, title=title, html=html, published=None, updated=None, author=None, published_raw=None
    )
