"""Planned work, which is told days before it begins: how what is said later of it finds it again. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from tracker.assemble.events import Event
from tracker.assemble.groups import REACH_OVER, Group
from tracker.assemble.prose import READ, names_a_day, span
from tracker.assemble.words import bare_title
from tracker.models import Phase, Window

ENDS = "ends "  # how the marks begin that say when planned work ends
EVE = timedelta(hours=24)  # "tonight", "in 60 minutes": a word that names no hours comes so long before they begin


class Hours(NamedTuple):
    """Between when planned work will be, as it was told; where one of both was not told, it is the other."""

    start: datetime
    end: datetime


def hours(event: Event) -> Hours | None:
    """What it tells of when there will be planned work: by its field, else its words, as if in UTC where no zone is."""
    if event.phase is not Phase.MAINTENANCE:
        return None
    window = event.said.window or _window(event.said.text[:READ], event.at)
    start, end = (window.start, window.end) if window else (None, None)
    start, end = start or end, end or start
    return Hours(start, end) if start and end else None


@lru_cache(maxsize=320)  # as the words are kept of what a post is compared with
def _window(text: str, said_at: datetime) -> Window | None:
    found = span(text, said_at=said_at, zone="UTC", ahead=True)
    return Window.of(found.start, found.end) if found else None


def words_mark(event: Event) -> str | None:
    """The words of planned work that is of a day of the calendar: in the same words it is the same work."""
    if event.phase is not Phase.MAINTENANCE or event.is_aside or not names_a_day(event.said.text):
        return None
    return f"as {_short(' '.join(sorted(event.words.words)))}"


def end_mark(event: Event) -> str | None:
    """When planned work ends, and its title."""
    told = hours(event)
    return f"{_ends(told.end)} {titled(event)}" if told else None


def first_end(at: datetime) -> str:
    """The first of the marks of planned work that is not over by then, or has not been for long."""
    return _ends(at - REACH_OVER)


def _ends(moment: datetime) -> str:
    """How the marks begin of planned work that ends then: in the order of time."""
    return f"{ENDS}{moment.isoformat(timespec='seconds')}"


def titled(event: Event) -> str:
    """Its title, short; empty where it has none."""
    title = bare_title(event.said.title)
    return _short(title) if title else ""


def _short(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def hours_of(group: Group) -> Hours | None:
    """The hours of planned work that were told last."""
    return next((told for event in reversed(group.recent) if (told := hours(event))), None)


def is_near(event: Event, group: Group) -> bool:
    """Whether planned work has begun, or will within a day."""
    told = hours_of(group)
    return told is not None and told.start - EVE <= event.at


def is_of(event: Event, group: Group) -> bool:
    """Whether a word of planned work may be of one that is not over.

    It names the same hours, or none. It is under the same title; or it shares a word, and of its names half, and
    where it names no hours, the work is near.
    """
    own, told = hours(event), hours_of(group)
    if told is None or told.end + REACH_OVER < event.at:
        return False
    if own and own.start != told.start and own.end != told.end:
        return False
    if bare_title(event.said.title) in group.titles:
        return True
    names = [name for name in event.words.names if any(map(str.isalpha, name))]
    if event.words.telling.isdisjoint(group.telling) or 2 * sum(name in group.named for name in names) < len(names):
        return False
    return own is not None or is_near(event, group)


def is_next(event: Event, group: Group) -> bool:
    """Whether it tells of work to come, a day or more after that of the group, which is over by its hours."""
    own = hours(event) if group.planned else None
    told = hours_of(group) if own else None
    return bool(own and told and told.end <= event.at and told.end + REACH_OVER <= own.start)
