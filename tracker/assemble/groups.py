"""One incident as far as the walk has come: what a lone post is compared with. Pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.assemble.events import ECHOES_WITHIN, LIVE, Event, opens_again
from tracker.assemble.words import bare, is_deep, is_within, numbers_in, site
from tracker.models import FORGOTTEN, Name, Phase

REACH = timedelta(hours=72)  # an open incident takes no lone post after so long a silence
REACH_OVER = timedelta(hours=24)  # and one that has ended none so long after its end
SPOKEN_AFTER = timedelta(minutes=30)  # a short outage may be over before it is told of: so much later at most
PARTS = "parts"  # a kind of ``names_given``
REMEMBERS = 12  # last posts of an incident whose words speak for it, with its first
_INCIDENT_PAGE = re.compile(
    r"https?://[^?#]{1,500}/incidents?/(?!(?:19|20)\d\d(?:[/?#]|$))(?=[^/?#]*(?:\d|(?-i:[a-z][A-Z])))[^/?#]{1,100}"
    r"(?=/?(?:[?#]|$))",
    re.I,
)


class Found(NamedTuple):
    """What a rule answers: the group, the reason in words, and the score where there is one (0..1)."""

    group: Group
    why: str
    score: float | None = None


@dataclass(slots=True, eq=False)
class Group:
    """An incident in the making: all that was placed in it so far. ``root`` is the number of its first announcement."""

    first: Event
    root: int = field(init=False)
    recent: deque[Event] = field(default_factory=lambda: deque(maxlen=REMEMBERS))
    titles: set[str] = field(default_factory=set)
    sources: dict[str, datetime] = field(default_factory=dict)
    sites: set[str] = field(default_factory=set)
    members: set[Name] = field(default_factory=set)
    last_at: datetime = field(init=False)
    over_at: datetime | None = None
    keyed: set[str] = field(default_factory=set)  # sources whose platform says what belongs to it
    given: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # source and kind -> ``names_given``
    lines: set[tuple[str, str]] = field(default_factory=set)  # lines of public transport with which its posts begin
    planned: bool | None = None
    _known: tuple[frozenset[str], frozenset[str], bool] | None = None

    def __post_init__(self) -> None:
        self.root = self.first.number
        self.take(self.first)

    @classmethod
    def of(cls, said: Iterable[Event]) -> Group:
        """From all that was said in it, in order."""
        first, *later = said
        group = cls(first)
        for event in later:
            group.take(event)
        return group

    def take(self, event: Event) -> None:
        """Add what was said."""
        if event.phase is Phase.RESOLVED:
            self.over_at = None if event is self.first and event.is_doubtful else event.at
        elif event.phase in LIVE and self.over_at is not None and opens_again(event, self.over_at, self.recent):
            self.over_at = None
        self.recent.append(event)
        self._known = None
        if event.title:
            self.titles.add(event.title)
        self.sources[event.said.source] = self.last_at = event.at
        self.members.add(event.name)
        if (own := own_address(event)) and (event.said.title or event.said.incident_key):
            self.sites.add(site(own))
        if event.is_filed:
            self.keyed.add(event.said.source)
        self.lines |= event.lines
        for kind, names in names_given(event).items():
            self.given.setdefault((event.said.source, kind), set()).update(names)
        if self.planned is None:
            self.planned = event.is_work

    @property
    def is_forgotten(self) -> bool:
        """Whether it holds one announcement only, and the words of that were erased."""
        return len(self.recent) == 1 and self.recent[0].said.text == FORGOTTEN

    @property
    def telling(self) -> frozenset[str]:
        """The telling words (``Words.telling``) of its first post and of its last ones."""
        return self._words()[0]

    @property
    def names(self) -> frozenset[str]:
        """The products and places that these posts name."""
        return self._words()[1]

    @property
    def is_named_throughout(self) -> bool:
        """Whether each of these posts names a product or a place."""
        return self._words()[2]

    def _words(self) -> tuple[frozenset[str], frozenset[str], bool]:
        if self._known is None:
            said = [event.words for event in (self.first, *self.recent)]
            telling = frozenset().union(*(each.telling for each in said))
            named = frozenset().union(*(each.names for each in said))
            self._known = telling, named, all(each.names for each in said)
        return self._known

    def recency(self) -> tuple[datetime, int]:
        """The order in which groups spoke."""
        return self.last_at, self.root

    def reaches(self, at: datetime) -> bool:
        """Whether a lone post of that time may belong to it."""
        return at - self.last_at <= (REACH if self.over_at is None else REACH_OVER)

    def is_over_for(self, event: Event) -> bool:
        """Whether it has ended, as the event sees it.

        It has not, for a word that it is over, in its own words, on a channel that told of it and no end of it yet: so
        soon other channels say the same after the first.
        """
        if self.over_at is None or event.phase is not Phase.RESOLVED or event.at - self.over_at > ECHOES_WITHIN:
            return self.over_at is not None
        mine = [said.phase for said in (self.first, *self.recent) if said.said.source == event.said.source]
        return not mine or Phase.RESOLVED in mine or event.words.telling.isdisjoint(self.telling)

    def is_titled(self, event: Event) -> bool:
        """Whether it was told of under this title.

        While it is open, also under one that is the beginning of this, where its channel names the very same parts:
        AWS adds "and Latencies" to the title of an event when it knows more.
        """
        title = event.title
        if title is None or title in self.titles:
            return title is not None
        if self.over_at is not None or not event.said.components:
            return False
        same_parts = self.given.get((event.said.source, PARTS)) == set(event.parts)
        return same_parts and any(title.startswith(f"{own} ") for own in self.titles)

    def is_named_otherwise(self, event: Event) -> bool:
        """Whether its channel gave this incident another page, another number or other parts."""
        for kind, ours in names_given(event).items():
            theirs = self.given.get((event.said.source, kind), ours)
            if theirs.isdisjoint(ours) and not (kind == PARTS and _is_titled_as_one_of(event, theirs)):
                return True
        return False

    def was_spoken_of(self, start: datetime, end: datetime, since: datetime) -> bool:
        """Whether an outage of these hours may be this one: it was told of in them, or within half an hour after."""
        if self.last_at < since or self.planned:
            return False
        return start <= (self.over_at or self.last_at) and self.first.at <= end + SPOKEN_AFTER


def incident_page(event: Event) -> str | None:
    """The address of the post where it is a page of one incident; one of a year or a month holds many."""
    found = _INCIDENT_PAGE.match(event.said.url) if event.said.url else None
    return found[0] if found else None


def names_given(event: Event) -> dict[str, Set[str]]:
    """By what its channel may tell one incident from another, by kind: its page, the number in its title, its parts."""
    page = incident_page(event)
    found = {"page": {page} if page else set(), "number": numbers_in(event.title or ""), PARTS: set(event.parts)}
    return {kind: names for kind, names in found.items() if names}


def _is_titled_as_one_of(event: Event, parts: Iterable[str]) -> bool:
    """Whether its title, which people write freely, names one of these parts with more words or fewer."""
    return not event.said.components and any(is_within(own, part) for own in event.parts for part in parts)


def own_address(event: Event) -> str | None:
    """The bare address of the post or of its incident, None where that is no more than a site."""
    address = bare(event.said.url) if event.said.url else None
    return address if address and is_deep(address) else None
