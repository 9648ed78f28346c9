"""How likely a lone post speaks of an incident: a weighted sum of what speaks for it and against it. Pure.

    score = 1 / (1 + exp(-sum(weight * evidence)))

The weights were learnt, by logistic choice between the incidents in reach and "a new one", from announcements whose
vendors say themselves where they belong: by an incident id or a thread. tests/benchmarks/assemble_weights.py learns
them again. They know no vendor, product or phrase.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from operator import mul
from typing import NamedTuple

from tracker.assemble.events import ONE_MOMENT, Event, repeated
from tracker.assemble.groups import Found, Group
from tracker.assemble.words import in_full, own_words, telling, tongue
from tracker.models import Phase

ENOUGH = 8  # incidents of a vendor that show how it speaks
ALWAYS = 0.95  # share of them that must show it: each post names something, or the title stays
TOLD = 12  # incidents of several posts that show whether a source keeps its titles
OFTEN = 0.5  # a name in more than this share of a vendor's incidents tells none of them apart
MOSTLY = 0.75  # share of a post's own names that must be known there, for a first word to be of the same thing
PARTLY = 0.5  # the same for a later word
LEAST = math.log(0.6 / 0.4)  # a chance of 0.6, more than even: two incidents are better than a wrong join


class Evidence(NamedTuple):
    """What speaks for one incident and against it: each 0 or 1 or a share, but for the logarithms.

    The defaults are the weights: how much each counts.
    """

    any: float = 4.11  # always 1: how likely any incident in reach is
    says_start: float = 1.47  # the words sound like a first word: most likely a new incident
    surely: float = -2.70  # and how sure that is
    surely_not: float = 2.06  # how sure it is that they do not
    says_resolved: float = -0.49
    other_kind: float = -1.93  # planned work and an outage
    silence: float = -1.47  # log(1 + quarters of an hour since its last word)
    over: float = -2.14  # it has ended
    over_silence: float = -0.28  # and how long ago
    over_resolved: float = 0.25  # it has ended, and this says so too
    names_another: float = -2.00  # it has ended; this channel says a first word (how surely?) that names others too
    starts_beside: float = -0.66  # a first word on a channel that tells of it already
    follows: float = 0.40  # a later word on a channel that tells of it already
    telling_words: float = 1.41  # share of its telling words (see Words) that are known there
    known_silence: float = 0.35  # this share times the silence, where it is open: a later word of something known
    nothing_telling: float = 0.55  # both have such words, in languages that compare, and they share none
    starts_anew: float = -2.50  # the same, and it is a first word
    told_apart: float = 0.90  # log(1 + such words that it shares with this incident alone; a name counts twice)
    foreign_names: float = 0.33  # it names products or places, and none of them is known there, nor elsewhere in reach
    same_title: float = 2.25
    other_title: float = -2.40  # it has another title on this same channel
    ends_another: float = -2.50  # the same, it declares an end, and shares no telling word: of what that title named
    repeated: float = 0.94  # another channel said these words in the last hours
    others_open: float = -1.32  # log(1 + other incidents open now)
    another_thing: float = -2.50  # nothing that it names is named there, and all of it in another open one
    # Of a vendor that always names what it speaks of (and ``another_thing`` where nothing is named there):
    same_thing: float = 1.50  # most of it is
    same_hours: float = 2.00  # it names two hours of the day that are named there, as those of a train


WEIGHTS = Evidence()


def likeliest(event: Event, groups: Sequence[Group], latest: Sequence[Group]) -> Found | None:
    """The incident of which it most likely speaks, None where that is less likely than a new one.

    ``groups`` are those to which it may belong: of two that are as likely, the later. ``latest`` are all that spoke
    last, which tell how their vendor speaks.
    """
    if not groups:
        return None
    things = things_named(event, latest)
    evidence = [evidence_for(event, group, groups, things) for group in groups]
    scores = [sum(map(mul, WEIGHTS, each)) for each in evidence]
    best = max(range(len(groups)), key=lambda place: (scores[place], place))
    if scores[best] < LEAST:
        return None
    chance = 1 / (1 + math.exp(-scores[best]))
    return Found(groups[best], because(event, groups[best], evidence[best]), round(chance, 3))


def things_named(event: Event, latest: Sequence[Group]) -> frozenset[str] | None:
    """What a post names, but for what its vendor names every time.

    None where the vendor does not name something in each post, where too little was said to know, and in Japanese and
    Chinese, where no capital shows a name.
    """
    names = event.words.names
    if len(latest) < ENOUGH or event.said.title or not names or any("\u3040" <= name <= "\u9fff" for name in names):
        return None
    if sum(group.is_named_throughout for group in latest) < ALWAYS * len(latest):
        return None
    return frozenset(name for name in names if sum(name in group.names for group in latest) <= OFTEN * len(latest))


def keeps_titles(source: str, latest: Sequence[Group]) -> bool:
    """Whether a source keeps one title for each incident, as its last ones show.

    One that begins several incidents in one moment does not: it tells of one under the names of its parts.
    """
    groups = [group for group in latest if source in group.sources]
    told = [group for group in groups if sum(event.said.source == source for event in group.recent) > 1]
    began = sorted(group.first.at for group in groups)
    others = sum(len(group.titles) > 1 for group in told)
    others += sum(later - earlier < ONE_MOMENT for earlier, later in pairwise(began))
    return len(told) >= TOLD and len(told) - others >= ALWAYS * len(told)


def evidence_for(event: Event, group: Group, groups: Sequence[Group], things: frozenset[str] | None) -> Evidence:
    """What speaks for one of the groups, and against it; ``things`` as in ``things_named``."""
    phase, words = event.phase, event.words
    start, sure = phase is Phase.OUTAGE_START, 2 * event.judged.confidence - 1
    others = [other for other in groups if other is not group]
    over = group.is_over_for(event)
    silence = math.log1p(max(0.0, (event.at - group.last_at).total_seconds()) / 900)
    own_channel = event.said.source in group.sources
    shared = words.telling & group.telling
    alone = known_alone(words.telling, group.telling, [other.telling for other in others])
    foreign_names = bool(words.names) and words.names.isdisjoint(group.names)
    names = event.real_names - own_words(event.said.vendor)
    bearers = []
    if things is None:  # its vendor does not name something in each post
        alone += known_alone(names, group.names, [other.names for other in others])
        bearers = [other for other in others if foreign_names and not names.isdisjoint(other.names)]
    is_of_another = any(names <= other.names and not other.is_over_for(event) for other in bearers)
    share = len(shared) / len(words.telling) if words.telling else 0.0
    nothing_telling = bool(words.telling and group.telling) and not shared and not speaks_otherwise(event, group)
    same_line = not own_channel and not over and not event.lines.isdisjoint(group.lines)
    same_title = same_line or group.is_titled(event)
    titled = event.title is not None and own_channel and bool(group.titles)
    other_title = titled and not same_title and not is_headline(event, group)
    known = len(things & group.names) / len(things) if things and own_channel else None
    hours = sum(":" in name for name in things & group.names) if things and own_channel else 0
    return Evidence(
        any=1.0,
        says_start=float(start),
        surely=sure if start else 0.0,
        surely_not=0.0 if start or phase is Phase.UNRELATED else sure,
        says_resolved=float(phase is Phase.RESOLVED),
        other_kind=float(phase is not Phase.UNRELATED and bool(group.planned) is not (phase is Phase.MAINTENANCE)),
        silence=silence,
        over=float(over),
        over_silence=silence if over else 0.0,
        over_resolved=float(over and phase is Phase.RESOLVED),
        names_another=max(0.0, sure) if over and start and own_channel and words.names - group.names else 0.0,
        starts_beside=float(start and own_channel),
        follows=float(own_channel and not start),
        telling_words=share,
        known_silence=share * silence if phase in (Phase.UPDATE, Phase.RESOLVED) and not over else 0.0,
        nothing_telling=float(nothing_telling),
        starts_anew=float(start and nothing_telling),
        told_apart=math.log1p(alone),
        foreign_names=float(foreign_names and not bearers),
        same_title=float(same_title),
        other_title=float(other_title),
        ends_another=float(other_title and nothing_telling and phase is Phase.RESOLVED and event.judged.is_declared),
        repeated=max(0.0, 2 * repeated(event, group.recent) - 1),
        others_open=math.log1p(sum(not other.is_over_for(event) for other in others)),
        another_thing=float(known == 0 or is_of_another),
        same_thing=float(known is not None and known >= (MOSTLY if start else PARTLY)),
        same_hours=float(hours > 1 and phase is not Phase.MAINTENANCE),
    )


def known_alone(said: frozenset[str], known: frozenset[str], elsewhere: Sequence[frozenset[str]]) -> int:
    """How many words, or names, of a post are known in one group and in no other; 0 where there is no other."""
    return len((said & known).difference(*elsewhere)) if elsewhere else 0


def is_headline(event: Event, group: Group) -> bool:
    """Whether its title is a headline of its own for the end of what is open: half of its telling words name that.

    Some feeds head each entry anew: "Pictures do not load", then "Pictures load again".
    """
    if event.phase is not Phase.RESOLVED or event.judged.is_declared or group.is_over_for(event):
        return False
    words = telling(event.title or "")
    return 2 * len(words & frozenset().union(*map(telling, group.titles))) >= max(1, len(words))


def speaks_otherwise(event: Event, group: Group) -> bool:
    """Whether it is in another language than the incident was told in so far: then their words do not compare.

    What is too short to show its language, "Identified", is in none.
    """
    ours = tongue(event.said)
    if ours is None:
        return False
    theirs = {tongue(said.said) for said in (group.first, *group.recent)} - {None}
    return bool(theirs) and ours not in theirs


def because(event: Event, group: Group, evidence: Evidence) -> str:
    """What spoke for it most, in a few words."""
    reasons = []
    if evidence.same_title and group.is_titled(event):
        reasons.append("same title" if event.title in group.titles else "its title, longer or shorter")
    elif evidence.same_title:
        reasons.append("same line")
    if evidence.repeated > 0.6:
        reasons.append("the same words on another channel")
    if shared := event.words.telling & group.telling:
        reasons.append(f"both say {', '.join(in_full(shared, event.said)[:3])}")
    minutes = int((event.at - group.last_at).total_seconds() // 60)
    ended = ", which had ended" if group.over_at else ""
    reasons.append(f"{_how_long(minutes)} after its last word{ended}")
    return f"likely the same: {'; '.join(reasons)}"


def _how_long(minutes: int) -> str:
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
