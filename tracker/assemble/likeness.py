"""How likely a lone post speaks of an incident: a weighted sum of what speaks for it and against it. Pure.

    score = 1 / (1 + exp(-sum(weight * evidence)))

The weights were learnt (logistic choice among the incidents reachable then, and "a new one") from announcements
of which the vendors' own incident ids, or threads, say where they belong; tests/benchmarks/assemble_weights.py
learns them again. No vendor, product or phrase is in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tracker.assemble.events import Event
from tracker.assemble.groups import Found, Group, repeated
from tracker.models import Phase

THRESHOLD = 0.6  # more than even: two incidents are better than a wrong join


class Evidence(NamedTuple):
    """What speaks for or against one incident. All are 0 or 1 or a share, but for the two logarithms."""

    any: float = 1.0
    says_start: float = 0.0  # the words sound like a first word: most likely a new incident
    says_resolved: float = 0.0
    says_unrelated: float = 0.0
    other_kind: float = 0.0  # planned work and an outage
    silence: float = 0.0  # log(1 + quarters of an hour since its last word)
    over: float = 0.0  # it has ended
    over_silence: float = 0.0  # and how long ago
    over_resolved: float = 0.0  # it has ended, and this says so too
    own_channel: float = 0.0  # it was told on this channel already
    shared_words: float = 0.0  # weight of the words in common, of the smaller of both vocabularies
    shared_names: float = 0.0  # of the names of products and places in the post: how many it shares
    foreign_names: float = 0.0  # names, and none of them in common
    same_title: float = 0.0
    other_title: float = 0.0  # it has another title on this same channel
    repeated: float = 0.0  # the words of a post of the last hours on another channel
    others_open: float = 0.0  # log(1 + other incidents open now)


WEIGHTS = Evidence(
    any=6.47,
    says_start=-4.61,
    says_resolved=0.3,
    says_unrelated=-5.59,
    other_kind=-3.29,
    silence=-1.33,
    over=-1.67,
    over_silence=-0.72,
    over_resolved=0.21,
    own_channel=-0.77,
    shared_words=1.69,
    shared_names=1.04,
    foreign_names=-0.79,
    same_title=2.44,
    other_title=-2.36,
    repeated=1.56,
    others_open=-0.3,
)


def likeliest(event: Event, groups: Sequence[Group]) -> Found | None:
    """The incident of which it most likely speaks, None where that is less likely than a new one."""
    best: tuple[float, Group, Evidence] | None = None
    weigh = _weights(event, groups)
    for group in groups:
        evidence = seen(event, group, groups, weigh)
        score = sum(weight * value for weight, value in zip(WEIGHTS, evidence, strict=True))
        if best is None or score >= best[0]:
            best = score, group, evidence
    if best is None:
        return None
    chance = 1 / (1 + math.exp(-best[0])) if best[0] > -50 else 0.0
    if chance < THRESHOLD:
        return None
    return Found(best[1], because(event, best[1], best[2]), round(chance, 3))


def seen(event: Event, group: Group, groups: Sequence[Group], weigh: dict[str, float]) -> Evidence:
    """What speaks for the group, and against it."""
    phase, words = event.phase, event.words
    known, names = group.known
    over = group.over_at is not None
    silence = math.log1p(max(0.0, (event.at - group.last_at).total_seconds()) / 900) if group.last_at else 0.0
    common = words.words & known
    least = min(_total(words.words, weigh), _total(known, weigh))
    shared = len(words.names & names)
    same_title = words.title is not None and words.title in group.titles
    own_channel = event.said.source in group.sources
    others = sum(1 for other in groups if other is not group and other.over_at is None)
    return Evidence(
        says_start=float(phase is Phase.OUTAGE_START),
        says_resolved=float(phase is Phase.RESOLVED),
        says_unrelated=float(phase is Phase.UNRELATED),
        other_kind=float(phase is not Phase.UNRELATED and bool(group.planned) is not (phase is Phase.MAINTENANCE)),
        silence=silence,
        over=float(over),
        over_silence=silence if over else 0.0,
        over_resolved=float(over and phase is Phase.RESOLVED),
        own_channel=float(own_channel),
        shared_words=_total(common, weigh) / least if least else 0.0,
        shared_names=shared / len(words.names) if words.names else 0.0,
        foreign_names=float(bool(words.names) and not shared),
        same_title=float(same_title),
        other_title=float(words.title is not None and own_channel and bool(group.titles) and not same_title),
        repeated=max(0.0, 2 * repeated(event, group.recent) - 1),
        others_open=math.log1p(others),
    )


def _weights(event: Event, groups: Sequence[Group]) -> dict[str, float]:
    """What a word of the post weighs: the rarer among the incidents of now, the more. Others weigh 1."""
    if len(groups) < 2:
        return {}
    vocabularies = [group.known[0] for group in groups]
    return {
        word: math.log((len(groups) + 2) / (1 + sum(word in known for known in vocabularies))) + 0.2
        for word in event.words.words
    }


def _total(words: frozenset[str], weigh: dict[str, float]) -> float:
    return sum(weigh.get(word, 1.0) for word in words) if weigh else float(len(words))


def because(event: Event, group: Group, evidence: Evidence) -> str:
    """The strongest of what spoke for it, in a few words."""
    reasons = ["same title"] if evidence.same_title else []
    if evidence.repeated > 0.6:
        reasons.append("the same words on another channel")
    shared = sorted(event.words.names & group.known[1])[:3]
    if shared:
        reasons.append(f"both name {', '.join(shared)}")
    minutes = int((event.at - group.last_at).total_seconds() // 60) if group.last_at else 0
    ended = ", which had ended" if group.over_at else ""
    reasons.append(f"{_span(minutes)} after its last word{ended}")
    return f"likely the same: {'; '.join(reasons)}"


def _span(minutes: int) -> str:
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
