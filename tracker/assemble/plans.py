"""Planned work is announced days before it begins: how later words about it find it again. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from tracker.assemble.events import Event
from tracker.assemble.groups import REACH_OVER, Group
from tracker.assemble.prose import READ, names_a_day, span
from tracker.models import Phase, Window

ENDS = "ends "  # how the marks begin that say when planned work ends
EVE = timedelta(hours=24)  # "tonight", "in 60 minutes": a word without hours comes so long before the work at most


class Hours(NamedTuple):
    """When planned work begins and ends, as it was told. Where only one of both was told, both are that one."""

    start: datetime
    end: datetime


def hours(event: Event) -> Hours | None:
    """The hours that it gives for planned work: by its field, else by its words, in UTC where they name no zone."""
    if event.phase is not Phase.MAINTENANCE:
        return None
    window = event.said.window or _window(event.said.text[:READ], event.said.title, event.at)
    start, end = (window.start, window.end) if window else (None, None)
    start, end = start or end, end or start
    return Hours(start, end) if start and end else None


@lru_cache(maxsize=320)  # as the words are kept of what a post is compared with
def _window(text: str, title: str | None, said_at: datetime) -> Window | None:
    found = span(text, said_at=said_at, zone="UTC", ahead=True, title=title)
    return Window.of(found.start, found.end) if found else None


def words_mark(event: Event) -> str | None:
    """A mark of the words of planned work that name a date: the same words are of the same work."""
    if event.phase is not Phase.MAINTENANCE or event.is_aside or not names_a_day(event.said.text):
        return None
    return f"as {_short(' '.join(sorted(event.words.words)))}"


def end_mark(event: Event) -> str | None:
    """A mark of when planned work ends, and of its title; these marks sort by time."""
    told = hours(event)
    return f"{_ends(told.end)} {title_mark(event)}" if told else None


def first_end(at: datetime) -> str:
    """Where the marks begin of planned work that is not over at that time, or only since a day."""
    return _ends(at - REACH_OVER)


def _ends(moment: datetime) -> str:
    """How the mark of planned work begins that ends then."""
    return f"{ENDS}{moment.isoformat(timespec='seconds')}"


def title_mark(event: Event) -> str:
    """Its title, short; empty where it has none."""
    return _short(event.title) if event.title else ""


def _short(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def hours_of(group: Group) -> Hours | None:
    """The hours of planned work that were told last."""
    return next((told for event in reversed(group.recent) if (told := hours(event))), None)


def is_near(event: Event, group: Group) -> bool:
    """Whether planned work has begun, or will within a day."""
    told = hours_of(group)
    return told is not None and told.start - EVE <= event.at


def has_begun(event: Event, group: Group) -> bool:
    """Whether planned work has begun by its hours."""
    told = hours_of(group)
    return told is not None and told.start <= event.at


def is_about(event: Event, group: Group) -> bool:
    """Whether a word may be about this planned work, which is not over.

    It must name the same hours, or none. Under the same title that is enough. Else it must share a telling word and
    half of its names, and the work must be near where it names no hours.
    """
    own, told = hours(event), hours_of(group)
    if told is None or told.end + REACH_OVER < event.at:
        return False
    if own and own.start != told.start and own.end != told.end:
        return False
    if event.title in group.titles:
        return True
    names = event.real_names
    if event.words.telling.isdisjoint(group.telling) or 2 * len(names & group.names) < len(names):
        return False
    return own is not None or is_near(event, group)


def is_other_work(event: Event, group: Group) -> bool:
    """Whether it announces planned work of its own beside the group's: at other hours, or in other places.

    Hours are compared where both were told from when to when; an end alone may be a later end of the same work. Names
    are compared where one channel alone tells of the work: another may call the same things otherwise.
    """
    if event.phase is not Phase.MAINTENANCE or not group.planned:
        return False
    own, told = hours(event), hours_of(group)
    if own and told and own.start < own.end and told.start < told.end:
        return own.start != told.start and own.end != told.end
    names = event.real_names
    return bool(names) and list(group.sources) == [event.said.source] and names.isdisjoint(group.names)


def is_next_work(event: Event, group: Group) -> bool:
    """Whether it announces other work: the group's is over by its hours, and this begins a day or more after that."""
    own = hours(event) if group.planned else None
    told = hours_of(group) if own else None
    return bool(own and told and told.end <= event.at and told.end + REACH_OVER <= own.start)
