"""Who belongs together, and why: small named rules in order, the first answer wins. Never across vendors.

Chatter joins nothing by itself, only through a thread. Two incidents are better than a wrong join.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracker.models import Action, Announcement, Correction, Phase, Told

QUIET = timedelta(hours=24)  # after this long without a word a lone post does not speak of the same outage
AFTERMATH = timedelta(hours=6)  # a second "all fixed" on another channel comes within this time
SAME_OUTAGE = timedelta(minutes=90)  # two first words on two channels within this time are one outage
ALIKE = 0.4  # share of words in common from which two first words on one channel are one outage

_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(slots=True)
class Group:
    """What will be one incident: its members in the order of their times, and why each is here."""

    members: list[Told] = field(default_factory=list)
    why: dict[int, tuple[str, float | None]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    last_at: datetime | None = None
    over_at: datetime | None = None
    planned: bool = False

    def take(self, told: Told, why: str, score: float | None = None) -> None:
        """Add a member with the rule that put it here."""
        self.members.append(told)
        self.why[told.order] = (why, score)
        self.sources.add(told.announcement.source)
        at = when(told)
        self.last_at = at if self.last_at is None else max(self.last_at, at)
        phase = told.verdict.phase
        if phase is Phase.RESOLVED:
            self.over_at = at
        elif phase in (Phase.OUTAGE_START, Phase.UPDATE):
            self.over_at = None
        if phase is not Phase.UNRELATED:
            self.words |= words(told.announcement)
        self.planned = self.planned or phase is Phase.MAINTENANCE


def when(told: Told) -> datetime:
    """The time of an announcement: the vendor's, else when it came to us."""
    return told.announcement.published_at or told.seen_at


def words(said: Announcement) -> set[str]:
    """The words that can tell one outage from another."""
    return set(_WORD.findall(f"{said.title or ''} {said.text}"[:4000].lower()))


def alike(one: set[str], other: set[str]) -> float:
    """Share of the smaller vocabulary that both use, 0..1."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def joined(history: Sequence[Told], corrections: Sequence[Correction]) -> list[Group]:
    """The groups, in the order of their first words. Announcements that belong nowhere are left out."""
    ignored = {c.first for c in corrections if c.action is Action.IGNORE}
    apart = {c.first for c in corrections if c.action is Action.APART}
    ordered = sorted(history, key=lambda told: (when(told), told.order))
    said = [told for told in ordered if name(told) not in ignored]
    joiner = _Joiner(apart)
    for told in said:
        joiner.place(told)
    joiner.together(c for c in corrections if c.action is Action.TOGETHER)
    return [group for group in joiner.groups if group.members]


def name(told: Told) -> tuple[str, str]:
    """How corrections and threads name an announcement."""
    return told.announcement.source, told.announcement.id


class _Joiner:
    """Walks the announcements in time and asks the rules in order."""

    def __init__(self, apart: set[tuple[str, str]]) -> None:
        self.groups: list[Group] = []
        self.by_key: dict[str, Group] = {}
        self.by_name: dict[tuple[str, str], Group] = {}
        self.by_link: dict[str, Group] = {}
        self.apart = apart

    def place(self, told: Told) -> None:
        """Into the group that the first answering rule names, a new one where none answers."""
        found = None if name(told) in self.apart else self._find(told)
        if found is None:
            if told.verdict.phase is Phase.UNRELATED and told.announcement.incident_key is None:
                return
            found = (Group(), "first word", None)
            self.groups.append(found[0])
        group, why, score = found
        group.take(told, why, score)
        self._remember(told, group)

    def _find(self, told: Told) -> tuple[Group, str, float | None] | None:
        said = told.announcement
        if said.incident_key is not None and said.incident_key in self.by_key:
            return self.by_key[said.incident_key], "same native incident", None
        if said.in_reply_to is not None and (said.source, said.in_reply_to) in self.by_name:
            return self.by_name[said.source, said.in_reply_to], "same thread", None
        for link in said.links:
            if bare(link) in self.by_link:
                return self.by_link[bare(link)], "links to it", None
        return self._scored(told)

    def _scored(self, told: Told) -> tuple[Group, str, float | None] | None:
        phase = told.verdict.phase
        if phase is Phase.UNRELATED:
            return None
        best: tuple[float, Group] | None = None
        for group in self.groups[-50:]:
            score = affinity(group, told)
            if score > 0 and (best is None or score > best[0]):
                best = (score, group)
        if best is None:
            return None
        return best[1], "open then, by time and words", round(best[0], 3)

    def _remember(self, told: Told, group: Group) -> None:
        said = told.announcement
        self.by_name[name(told)] = group
        for alias in said.aliases:
            self.by_name.setdefault((said.source, alias), group)
        if said.incident_key is not None:
            self.by_key.setdefault(said.incident_key, group)
            if said.url:
                self.by_link.setdefault(bare(said.url), group)

    def together(self, corrections: Iterable[Correction]) -> None:
        """A person's word: two groups are one, the older one keeps its place."""
        for correction in corrections:
            one = self.by_name.get(correction.first)
            other = self.by_name.get(correction.second) if correction.second else None
            if one is None or other is None or one is other:
                continue
            for told in sorted(other.members, key=lambda t: (when(t), t.order)):
                one.take(told, f"together, by {correction.author or 'a person'}")
                self._remember(told, one)
                self.by_name[name(told)] = one
            other.members = []
            one.members.sort(key=lambda t: (when(t), t.order))


def bare(url: str) -> str:
    """An address without scheme, query and trailing slash."""
    return url.split("://", 1)[-1].split("?", 1)[0].split("#", 1)[0].rstrip("/").lower()


def affinity(group: Group, told: Told) -> float:
    """How well a lone announcement fits a group, 0 where it does not: time, words and channel."""
    if group.last_at is None:
        return 0.0
    said, phase = told.announcement, told.verdict.phase
    gap = when(told) - group.last_at
    if gap > QUIET or group.planned is not (phase is Phase.MAINTENANCE):
        return 0.0
    keyed = any(member.announcement.incident_key for member in group.members)
    elsewhere = said.source not in group.sources
    if said.incident_key is not None and (not elsewhere or keyed):
        return 0.0  # the platform says that it is another one
    likeness = alike(group.words, words(said))
    nearness = 1 - gap / QUIET
    if group.over_at is not None:
        second_end = phase is Phase.RESOLVED and elsewhere and gap <= AFTERMATH
        return 0.5 * nearness + 0.5 * likeness if second_end else 0.0
    if phase is Phase.OUTAGE_START:
        fits = (elsewhere and gap <= SAME_OUTAGE) or likeness >= ALIKE
        return 0.5 * nearness + 0.5 * likeness if fits else 0.0
    return 0.5 * nearness + 0.5 * likeness
