"""Learn the weights of tracker/assemble/likeness.py again, and print them as they stand there.

    python tests/benchmarks/assemble_weights.py FILE.jsonl …

Lines are announcements with ``truth``, the incident that each is of: {"vendor", "source", "id", "published_at", "text",
"title"?, "lang"?, "truth"}. Each file is told three times: with titles, without them, and on two channels, where every
other announcement moves to a social account, without title and cut short; one verdict in eight is drawn by lot, since
the posts of unknown vendors are misread more often than those from which the classifier learnt. Every announcement is
a choice between the incidents that were reachable then and "a new one"; the weights make the true choices likeliest
(logistic choice, AdaGrad, a little shrinking). Nine weights are set by hand: the data has one channel and no states, it
has seldom two first words at once or one soon after an end, short posts days apart, titles that a vendor changes more
seldom than others do, and one vendor that always says of what it speaks.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tracker.assemble.events import Corrected, Event, events_of
from tracker.assemble.groups import Group
from tracker.assemble.likeness import Evidence, evidence_for, things_named
from tracker.assemble.walk import MOST
from tracker.classify import classify
from tracker.models import Announcement, Phase, Told

BY_HAND = {
    "follows": 0.4,
    "names_another": -2.0,
    "starts_anew": -2.5,
    "known_silence": 0.35,
    "other_title": -2.4,
    "ends_another": -2.5,
    "another_thing": -2.5,
    "same_thing": 1.5,
    "same_hours": 2.0,
}
PHASES = (Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED, Phase.UNRELATED)
EPOCHS, RATE, SHRINK = 12, 0.3, 2e-5

Choice = tuple[list[tuple[float, ...]], int]  # the evidence for each reachable incident; the true one, -1 for a new one


def told(lines: Iterable[Mapping[str, Any]], *, titled: bool, split: bool) -> Iterator[tuple[Told, str]]:
    """The announcements of a file, in one of its three ways, each with its truth."""
    for number, line in enumerate(lines):
        digest = hashlib.sha256(line["id"].encode()).digest()
        moved = split and digest[0] % 2 == 0
        late = timedelta(minutes=1 + digest[1] % 15) if moved else timedelta()
        at = datetime.fromisoformat(line["published_at"]) + late
        said = Announcement(
            source=f"{line['vendor']}/social" if moved else line["source"],
            vendor=line["vendor"],
            id=line["id"],
            text=line["text"][:240] if moved else line["text"],
            title=line.get("title") if titled and not moved else None,
            lang=line.get("lang"),
            published_at=at,
        )
        verdict = classify(said)
        if digest[2] < 32:
            verdict = replace(verdict, phase=PHASES[digest[3] % len(PHASES)], confidence=0.5 + digest[4] / 512)
        whole = Told(order=number, announcement=said, verdict=verdict, seen_at=at, first_seen_at=None)
        yield whole, line["truth"]


def choices(announcements: Iterable[tuple[Told, str]]) -> Iterator[Choice]:
    """What was chosen at each announcement of one vendor, where the truth was known until then."""
    said = [(event, truth) for each, truth in announcements for event in events_of(each, Corrected())]
    latest: list[Group] = []
    groups: dict[str, Group] = {}
    for event, truth in sorted(said, key=lambda pair: pair[0].key):
        reachable = [group for group in latest if group.reaches(event.at)]
        mine = groups.get(truth)
        if reachable:
            things = things_named(event, latest)
            evidence = [tuple(evidence_for(event, group, reachable, things)) for group in reachable]
            yield evidence, next((n for n, group in enumerate(reachable) if group is mine), -1)
        latest = _spoken(groups, truth, event, latest)


def _spoken(groups: dict[str, Group], truth: str, event: Event, latest: list[Group]) -> list[Group]:
    if truth in groups:
        groups[truth].take(event)
    elif event.phase is Phase.UNRELATED:
        return latest
    else:
        groups[truth] = Group(event)
    group = groups[truth]
    return [*(each for each in latest if each is not group), group][-MOST:]


def learn(data: list[Choice]) -> list[float]:
    """The weights that make the choices likeliest."""
    names = Evidence._fields
    weights = [BY_HAND.get(name, 0.0) for name in names]
    free = [place for place, name in enumerate(names) if name not in BY_HAND]
    squares = [1e-8] * len(names)
    rng = random.Random(1)
    for _ in range(EPOCHS):
        rng.shuffle(data)
        for evidence, chosen in data:
            sums = [sum(weight * value for weight, value in zip(weights, each, strict=True)) for each in evidence]
            most = max(0.0, *sums)
            powers = [math.exp(each - most) for each in sums]
            whole = sum(powers) + math.exp(-most)
            for place in free:
                slope = SHRINK * weights[place]
                slope += sum(power / whole * each[place] for power, each in zip(powers, evidence, strict=True))
                slope -= evidence[chosen][place] if chosen >= 0 else 0.0
                squares[place] += slope * slope
                weights[place] -= RATE * slope / math.sqrt(squares[place])
    return weights


def main() -> None:
    data: list[Choice] = []
    for file in sys.argv[1:]:
        lines = [json.loads(line) for line in Path(file).read_text("utf-8").split("\n") if line]
        for vendor in sorted({line["vendor"] for line in lines}):
            mine = [line for line in lines if line["vendor"] == vendor]
            for titled, split in ((True, False), (False, False), (True, True)):
                data += choices(told(mine, titled=titled, split=split))
    for name, weight in zip(Evidence._fields, learn(data), strict=True):
        print(f"    {name}: float = {weight:.2f}")


if __name__ == "__main__":
    main()
