"""The members of one incident, told as one: its steps and its name, with clocks, parts and state. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tracker.assemble.clocks import clocks
from tracker.assemble.events import LIVE, Corrected, Event, Placed
from tracker.assemble.parts import components, impact, is_bad, regions, severity
from tracker.assemble.standing import Story, due, where_it_stands
from tracker.models import (
    FORGOTTEN,
    Absence,
    AbsenceKind,
    Correction,
    Incident,
    Kind,
    Name,
    Phase,
    State,
    Step,
    Told,
    incident_id,
)

NAME_LENGTH = 80
SURELY_OVER = 0.9  # a first word that says so with less confidence was the start, if the story goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What telling needs beside the members: what lists no longer hold, what people corrected, until when we looked.

    ``zones`` are the IANA names of the sources' time zones, by source id: for times in prose that name none.
    """

    absences: tuple[Absence, ...] = ()
    corrected: Corrected = field(default_factory=Corrected)
    as_of: datetime | None = None
    zones: Mapping[str, str] = field(default_factory=dict)


def tell(members: Sequence[Placed], context: Context) -> Incident:
    """One incident from its members; they are given in the order of their times."""
    story = _story(members, context)
    state, why = where_it_stands(story)
    said = story.said
    first_known = min(said, key=lambda told: told.order)
    vendor, times = first_known.announcement.vendor, story.clocks
    declared = impact(said)
    level, level_by = (None, None) if story.planned else severity(said, declared)
    bases = {**times.bases, "state": why, "severity": level_by}
    return Incident(
        id=incident_id(vendor, first_known.name),
        vendor=vendor,
        kind=Kind.MAINTENANCE if story.planned else Kind.INCIDENT,
        name=_name(said),
        state=state,
        impact=declared,
        severity=level,
        components=components(said),
        regions=regions(said),
        steps=story.steps,
        impact_started_at=times.impact_started_at,
        announced_at=times.announced_at,
        first_seen_at=times.first_seen_at,
        first_resolved_at=times.first_resolved_at,
        resolved_at=times.resolved_at,
        impact_ended_at=times.impact_ended_at,
        ended_between=story.left if state is State.ENDED_UNANNOUNCED else None,
        bases={clock: basis for clock, basis in bases.items() if basis},
        aliases=tuple(sorted({incident_id(vendor, told.name) for told in said})),
        due_at=due(story, state),
        corrections=_corrections(said, context.corrected),
    )


def _story(members: Sequence[Placed], context: Context) -> Story:
    gone = {(absence.source, absence.key): absence for absence in context.absences}
    planned = is_planned(place.event for place in members)
    goes_on = _goes_on(members, context.corrected)
    steps = _settled([_step(place, gone) for place in members], planned=planned, goes_on=goes_on)
    return Story(
        members=members,
        steps=steps,
        planned=planned,
        withdrawn=_is_withdrawn(members, steps, gone),
        left=_left(members, gone),
        clocks=clocks(members, steps, context.zones, planned=planned),
        as_of=context.as_of,
    )


def is_planned(said: Iterable[Event]) -> bool:
    """Whether it was first announced as planned work. An outage in which work is announced stays an outage.

    What its platform files as a minor, major or critical incident is no planned work, whatever its words sound like.
    """
    first = next((event for event in said if event.phase is not Phase.UNRELATED or event.said.planned), None)
    if first is None or first.said.planned:
        return first is not None
    return first.phase is Phase.MAINTENANCE and (first.judged.is_declared or not is_bad(first.said))


def _step(place: Placed, gone: Mapping[Name, Absence]) -> Step:
    event = place.event
    said = event.said
    return Step(
        source=said.source,
        id=event.told.announcement.id,
        revision=event.revision,
        phase=event.phase,
        at=event.at,
        at_basis=event.at_basis,
        seen_at=event.seen_at,
        verdict=event.judged,
        title=said.title,
        text=said.text,
        url=said.url,
        status=said.status,
        joined_by=place.why,
        score=place.score,
        revised=len(event.told.revisions) + 1 - event.revision,
        withdrawn_between=_withdrawn(event.told, gone),
    )


def _settled(steps: Sequence[Step], *, planned: bool, goes_on: bool) -> tuple[Step, ...]:
    """The place corrects the words: the first is the start unless it says resolved, and later starts are updates.

    The first is the start also where it says resolved and it all ``goes_on``.
    """
    if planned:
        return tuple(steps)
    settled: list[Step] = []
    for number, step in enumerate(steps):
        phase = step.phase
        if number == 0 and (goes_on or phase is not Phase.RESOLVED):
            phase = Phase.OUTAGE_START
        elif phase in LIVE:
            phase = Phase.UPDATE
        settled.append(step if phase is step.phase else replace(step, phase=phase))
    return tuple(settled)


def _goes_on(members: Sequence[Placed], corrected: Corrected) -> bool:
    """Whether the first word says that it is over, doubtfully, by nothing but its words, and a live word follows."""
    first = members[0].event
    if first.phase is not Phase.RESOLVED or (first.name, first.revision) in corrected.phases:
        return False
    doubtful = not first.judged.is_declared and first.judged.confidence < SURELY_OVER
    return doubtful and any(place.event.phase in LIVE for place in members[1:])


def _absences(told: Told, gone: Mapping[Name, Absence]) -> list[Absence]:
    """What lists no longer hold of it: the announcement, or its incident."""
    said = told.announcement
    keys = (said.id,) if said.incident_key is None else (said.id, said.incident_key)
    return [gone[said.source, key] for key in keys if (said.source, key) in gone]


def _withdrawn(told: Told, gone: Mapping[Name, Absence]) -> tuple[datetime, datetime] | None:
    """Between which two times it was taken back."""
    found = (absence for absence in _absences(told, gone) if absence.kind is AbsenceKind.WITHDRAWN)
    return min(((absence.last_seen_at, absence.missing_at) for absence in found), default=None)


def _is_withdrawn(members: Sequence[Placed], steps: Sequence[Step], gone: Mapping[Name, Absence]) -> bool:
    """Whether all of it was taken back, as far as lists can tell.

    A list of what is open cannot: it loses the resolved and the withdrawn alike.
    """
    seen = [
        step.withdrawn
        for place, step in zip(members, steps, strict=True)
        if not any(absence.kind is AbsenceKind.LEFT for absence in _absences(place.event.told, gone))
    ]
    return bool(seen) and all(seen)


def _left(members: Sequence[Placed], gone: Mapping[Name, Absence]) -> tuple[datetime, datetime] | None:
    """The two times between which it left a list of what is open; None where more was said after that."""
    found = (absence for place in members for absence in _absences(place.event.told, gone))
    left = [absence for absence in found if absence.kind is AbsenceKind.LEFT]
    if not left:
        return None
    last = max(left, key=lambda absence: absence.missing_at)
    return None if members[-1].event.at > last.missing_at else (last.last_seen_at, last.missing_at)


# -- what it is called, and who corrected it ---------------------------------------------------------------------------


def _name(said: Sequence[Told]) -> str:
    """The title of the first that has one, else its first sentence."""
    for told in said:
        if told.announcement.title:
            return told.announcement.title
    first = next((told for told in said if told.announcement.text != FORGOTTEN), said[0])
    text = first.announcement.text.strip().split("\n")[0]
    return text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def _corrections(said: Sequence[Told], corrected: Corrected) -> tuple[Correction, ...]:
    """What people said of its members; one that was made on an earlier text is marked."""
    if not corrected.all:
        return ()
    by_name = {told.name: told for told in said}
    about = []
    for correction in corrected.all:
        named = [by_name[name] for name in (correction.first, correction.second) if name in by_name]
        if named:
            about.append(replace(correction, earlier_text=any(_is_older(correction, told) for told in named)))
    return tuple(about)


def _is_older(correction: Correction, told: Told) -> bool:
    """Whether the announcement was revised after the correction was made."""
    if not told.revisions:
        return False
    if correction.made_at is not None:
        return told.revisions[-1].seen_at > correction.made_at
    return told.revisions[-1].number > correction.revision
