"""Five clocks of an incident, each with its basis. Unknown is None, never a made-up minute. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracker.assemble.events import LIVE, Event, Placed
from tracker.assemble.groups import opens_again
from tracker.assemble.moments import AHEAD, LONGEST
from tracker.assemble.prose import Span, span
from tracker.assemble.words import fold
from tracker.models import Phase, Step, Told

NOT_LATER = timedelta(minutes=1)  # "since 15:10" in a live word: later after the first word than this, it is a remedy
DATED_BACK = timedelta(days=1)  # a page that tells all at once, afterwards, may date it to before it began
FIELD = "the vendor's own field"
STATE = "the vendor's state then"
BEGUN = ("in progress", "in_progress", "inprogress", "maintenance_in_progress", "underway", "active")
_DONE = ("completed", "complete", "maintenance_complete", "maintenance-end", "resolved", "finished")
_FINISHED = re.compile(  # in a later post about planned work
    r"(?<!be |to )(?<!not )(?<!once |will )\b(?:completed?|finished|(?:is|are|now) over|abgeschlossen|beendet|"
    r"termine\w*|acheve\w*|completad\w+|finalizad\w+|terminad\w+|completat\w+|terminat\w+|concluid\w+|afgerond|"
    r"voltooid|finalitzat|acabat)\b|完了|終了"
)

Clock = tuple[datetime | None, str | None]  # when, and how we know


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
    first_resolved_at, resolved_at = _ends(members, steps)
    impact = _Impact(members, steps, zones, resolved_at, planned)
    (started_at, started_by), (ended_at, ended_by) = impact.both()
    first_seen = _first_seen(members)
    bases = {
        "announced_at": f"first post, on {steps[0].source}: {steps[0].at_basis}",
        "impact_started_at": started_by,
        "impact_ended_at": ended_by,
        "resolved_at": "the first post that says so after the last live word" if resolved_at else None,
        "first_seen_at": "our poll" if first_seen else None,
    }
    if not planned and all(step.phase not in LIVE for step in steps) and resolved_at:
        bases["announced_at"] = f"posted only when it was over, on {steps[0].source}: {steps[0].at_basis}"
    return Clocks(
        impact_started_at=started_at,
        announced_at=steps[0].at,
        first_seen_at=first_seen,
        first_resolved_at=first_resolved_at,
        resolved_at=resolved_at,
        impact_ended_at=ended_at,
        bases={clock: basis for clock, basis in bases.items() if basis},
    )


def _first_seen(members: Sequence[Placed]) -> datetime | None:
    """When we first saw it; unknown where the first poll of the source held its first post already."""
    seen = [place.event.told.first_seen_at for place in members]
    return None if seen[0] is None else min(at for at in seen if at is not None)


def _ends(members: Sequence[Placed], steps: Sequence[Step]) -> tuple[datetime | None, datetime | None]:
    """(the first word of all that it is over, the first such word after the last live one that opened it again)."""
    first: datetime | None = None
    over_since: datetime | None = None
    over_at: datetime | None = None  # when that was said last
    earlier: list[Event] = []
    for place, step in zip(members, steps, strict=True):
        if step.phase is Phase.RESOLVED:
            first, over_since, over_at = first or step.at, over_since or step.at, step.at
        elif step.phase in LIVE and over_at and opens_again(place.event, over_at, earlier):
            over_since = over_at = None
        earlier.append(place.event)
    return first, over_since


def is_finished(steps: Sequence[Step], begins_at: datetime | None) -> bool:
    """Whether planned work is over by its last word: by its phase, its state, or the words of a post after the first.

    Words before the work begins ("all is complete") are about something else.
    """
    last = steps[-1]
    state = (last.status or "").lower()
    if last.phase is Phase.RESOLVED or state in _DONE or _FINISHED.fullmatch(fold(state)):
        return True
    if len(steps) == 1 or last.phase in LIVE or (begins_at and last.at < begins_at):
        return False
    return bool(_FINISHED.search(fold(last.text[:500])))


def _known_at(told: Told) -> datetime:
    """The latest moment at which its newest words may have been written. What lies before it is no forecast."""
    return told.newest.edited_at or (told.revisions[-1].seen_at if told.revisions else told.seen_at)


class _Impact:
    """When it was broken, as the vendor says: its fields first, then its words as they stand now.

    Of planned work the declared states come first: they tell when it was done, fields and words only the plan.
    """

    def __init__(
        self,
        members: Sequence[Placed],
        steps: Sequence[Step],
        zones: Mapping[str, str],
        resolved_at: datetime | None,
        planned: bool,
    ) -> None:
        self.steps = steps
        said = {place.event.number: place.event for place in members}
        self.windows = [window for event in said.values() if (window := event.told.newest.window)]
        self.planned = planned
        self.resolved_at = resolved_at
        self.announced_at, self.last = members[0].event.at, members[-1].event
        self.dated_back = resolved_at == self.announced_at and members[0].event.is_filed
        told = ((event, self._spoken(event.told, zones)) for event in said.values())
        self.spoken = [(event, found) for event, found in told if found and self._is_plausible(event, found)]

    def _is_plausible(self, event: Event, found: Span) -> bool:
        """Not a month before the first word: vendors mistype dates. Nor after it: that is when something was mended."""
        if found.start is None or self.planned:
            return True
        is_report = found.end is not None or event.phase is Phase.RESOLVED
        later = DATED_BACK if self.dated_back else AHEAD if is_report else NOT_LATER
        return self.announced_at - LONGEST <= found.start <= self.announced_at + later

    def _spoken(self, told: Told, zones: Mapping[str, str]) -> Span | None:
        """The span in the newest words. Days and hours of a late report are read as if it was said at the end."""
        said = told.newest
        zone = zones.get(said.source)
        since = None if self.planned else self.announced_at - AHEAD
        said_at = told.at if self.resolved_at is None else min(told.at, self.resolved_at)
        found = span(said.text, said_at=said_at, zone=zone, ahead=self.planned, since=since)
        if found is None and (told.revisions or self.dated_back):
            latest = min(_known_at(told), self.announced_at + DATED_BACK) if self.dated_back else _known_at(told)
            found = span(said.text, said_at=latest, zone=zone, ahead=self.planned, since=since)
        return found

    def both(self) -> tuple[Clock, Clock]:
        """The beginning and the end. Where it would end before it began, what the words say of it is dropped."""
        started = self.started()
        ended = self.ended(started[0])
        if started[0] and ended[0] and ended[0] < started[0]:
            if (started[1] or "").startswith(STATE):  # it began after it should have ended
                return started, (None, None)
            return (started if started[1] == FIELD else (None, None), ended if ended[1] == FIELD else (None, None))
        return started, ended

    def started(self) -> Clock:
        """The beginning: by a field, else by the last report that names the whole span, else the first one named."""
        if self.planned and (began := self._turned(BEGUN)):
            return began
        declared = next((window.start for window in self.windows if window.start), None)
        if declared:
            return declared, FIELD
        whole = [found for event, found in self._reports() if found.whole]
        named = [found for _, found in self.spoken if found.start]
        chosen = whole[-1] if whole else named[0] if named else None
        return (chosen.start, _quoted(chosen)) if chosen else (None, None)

    def ended(self, started_at: datetime | None) -> Clock:
        """The end: by a field, else by the last report that names it. An end still to come is a forecast."""
        if self.planned and (ended := self._turned(_DONE) or self._finished(started_at)):
            return ended
        declared = next((window.end for window in reversed(self.windows) if window.end), None)
        if declared:
            return declared, FIELD
        named = self.spoken if self.planned else self._reports()
        chosen = next((found for _, found in reversed(named) if found.end), None)
        return (chosen.end, _quoted(chosen)) if chosen else (None, None)

    def _turned(self, states: Sequence[str]) -> Clock | None:
        """When planned work was first said to be in one of these states."""
        first = next((step for step in self.steps if (step.status or "").lower() in states), None)
        return (first.at, f"{STATE}: {first.status}") if first else None

    def _finished(self, started_at: datetime | None) -> Clock | None:
        """When planned work was over, if its last word says so: the hour that it names, else its own time."""
        if not is_finished(self.steps, started_at):
            return None
        named = next((found for event, found in self.spoken if event.number == self.last.number and found.end), None)
        return (named.end, _quoted(named)) if named else (self.steps[-1].at, "the vendor's word that it is over")

    def _reports(self) -> list[tuple[Event, Span]]:
        """What was said of the end when it was over."""
        return [
            (event, found) for event, found in self.spoken if self._is_over(event) and not _is_forecast(event, found)
        ]

    def _is_over(self, event: Event) -> bool:
        """Whether it was over when the newest words were written."""
        if event.phase is Phase.RESOLVED:
            return True
        return bool(event.told.revisions) and self.resolved_at is not None and _known_at(event.told) > self.resolved_at


def _is_forecast(event: Event, found: Span) -> bool:
    """Whether the end lies after the words. A whole span may have come by an edit: it is none then."""
    if found.end is None or found.end <= event.at + AHEAD:
        return False
    return found.start is None or found.end > _known_at(event.told)


def _quoted(found: Span) -> str:
    words = found.words if len(found.words) <= 80 else found.words[:79] + "…"
    zone = "" if found.zone == "as written" else f", in the zone {found.zone}"
    half = ", taken as twelve hours later" if found.half_a_day_later else ""
    return f'the vendor\'s words: "{words}"{half}{zone}'
