"""Five clocks of an incident, each with its basis. Unknown is None, never a made-up minute. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker.assemble.events import LIVE
from tracker.assemble.groups import Part, echoes
from tracker.assemble.joining import Placed
from tracker.models import Phase, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """When it was so, and how we know; the fields as in ``Incident``."""

    impact_started_at: datetime | None = None
    announced_at: datetime | None = None
    first_seen_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    impact_ended_at: datetime | None = None
    bases: Mapping[str, str] = field(default_factory=dict)


def clocks(members: Sequence[Placed], steps: Sequence[Step], zones: Mapping[str, str], *, planned: bool) -> Clocks:
    """The clocks of the members, given in the order of their times."""
    first_resolved_at, resolved_at = ends(members, steps)
    windows = [place.event.said.window for place in members if place.event.said.window]
    start = next((window.start for window in windows if window.start), None)
    end = next((window.end for window in reversed(windows) if window.end), None)
    told = members[0].event.told
    seen = [place.event.told.first_seen_at for place in members]
    first_seen = None if told.first_seen_at is None else min(at for at in seen if at is not None)
    bases = {"announced_at": f"first post, on {steps[0].source}: {steps[0].at_basis}"}
    if start:
        bases["impact_started_at"] = "the vendor's own field"
    if end:
        bases["impact_ended_at"] = "the vendor's own field"
    if resolved_at:
        bases["resolved_at"] = "the first post that says so after the last live word"
    if first_seen:
        bases["first_seen_at"] = "our poll"
    return Clocks(
        impact_started_at=start,
        announced_at=steps[0].at,
        first_seen_at=first_seen,
        first_resolved_at=first_resolved_at,
        resolved_at=resolved_at,
        impact_ended_at=end,
        bases=bases,
    )


def ends(members: Sequence[Placed], steps: Sequence[Step]) -> tuple[datetime | None, datetime | None]:
    """(first resolved of all, first resolved after the last live word).

    A post that only repeats an earlier one of another channel is no live word.
    """
    first: datetime | None = None
    last: datetime | None = None
    parts: list[Part] = []
    for place, step in zip(members, steps, strict=True):
        if step.phase is Phase.RESOLVED:
            first = first or step.at
            last = last or step.at
        elif step.phase in LIVE and not (last is not None and echoes(place.event, parts)):
            last = None
        parts.append(Part(place.event.at, place.event.said.source, place.event.words))
    return first, last
