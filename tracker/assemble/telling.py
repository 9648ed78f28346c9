"""The members of one incident, told as one: its steps and its name, with clocks, parts and state. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tracker.assemble.clocks import clocks
from tracker.assemble.events import LIVE, Corrected, Event, Placed
from tracker.assemble.parts import components, impact, regions, severity
from tracker.assemble.standing import Story, due, where_it_stands
from tracker.assemble.words import unbadged
from tracker.models import (
    FORGOTTEN,
    Absence,
    AbsenceKind,
    Announcement,
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
    # Talk, which may turn out to be about something else, names nothing: an id that was given out is to stay with it.
    news = [place.event.told for place in members if place.event.phase is not Phase.UNRELATED]
    first_known = min(news or said, key=lambda told: told.order)
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
        corrections=tuple(_corrections(said, context.corrected)),
    )


def _story(members: Sequence[Placed], context: Context) -> Story:
    said = [place.event for place in members]
    gone = {(absence.source, absence.key): absence for absence in context.absences}
    absences = [_absences(event.told, gone) for event in said]
    # An outage in which work is announced stays an outage.
    planned = next((event.is_work for event in said if event.is_work is not None), False)
    phases = [event.phase for event in said] if planned else _settled(said)
    steps = tuple(map(_step, members, phases, absences))
    return Story(
        members=members,
        steps=steps,
        planned=planned,
        withdrawn=_is_withdrawn(steps, absences),
        left=_left(steps, absences),
        clocks=clocks(members, steps, context.zones, planned=planned),
        as_of=context.as_of,
    )


def _settled(said: Sequence[Event]) -> list[Phase]:
    """The place corrects the words: the first is the start unless it says resolved, and later starts are updates.

    The first is the start, too, where it says so doubtfully and a live word follows.
    """
    first, *later = said
    is_end = first.phase is Phase.RESOLVED and not (first.is_doubtful and any(event.phase in LIVE for event in later))
    start = Phase.RESOLVED if is_end else Phase.OUTAGE_START
    return [start, *(Phase.UPDATE if event.phase is Phase.OUTAGE_START else event.phase for event in later)]


def _step(place: Placed, phase: Phase, absences: Sequence[Absence]) -> Step:
    event = place.event
    said = event.said
    gone = (absence for absence in absences if absence.kind is AbsenceKind.WITHDRAWN)
    return Step(
        source=said.source,
        id=event.told.announcement.id,
        revision=event.revision,
        phase=phase,
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
        withdrawn_between=min(((absence.last_seen_at, absence.missing_at) for absence in gone), default=None),
    )


def _absences(told: Told, gone: Mapping[Name, Absence]) -> list[Absence]:
    """What lists no longer hold of it: the announcement, or its incident."""
    said = told.announcement
    keys = (said.id,) if said.incident_key is None else (said.id, said.incident_key)
    return [gone[said.source, key] for key in keys if (said.source, key) in gone]


def _is_withdrawn(steps: Sequence[Step], absences: Iterable[Sequence[Absence]]) -> bool:
    """Whether all of it was taken back, as far as lists can tell.

    A list of what is open cannot: it loses the resolved and the withdrawn alike.
    """
    left = [any(absence.kind is AbsenceKind.LEFT for absence in each) for each in absences]
    seen = [step.withdrawn for step, has_left in zip(steps, left, strict=True) if not has_left]
    return bool(seen) and all(seen)


def _left(steps: Sequence[Step], absences: Iterable[Sequence[Absence]]) -> tuple[datetime, datetime] | None:
    """The two times between which it left a list of what is open; None where more was said after that."""
    left = (absence for each in absences for absence in each if absence.kind is AbsenceKind.LEFT)
    last = max(left, key=lambda absence: absence.missing_at, default=None)
    return None if last is None or steps[-1].at > last.missing_at else (last.last_seen_at, last.missing_at)


# -- what it is called, and who corrected it ---------------------------------------------------------------------------


def _name(said: Sequence[Told]) -> str:
    """The title of the first that has one, else the first line of the first.

    A title that a channel gives a later word alone ("Calls work again") is a headline of that word. The state in which
    it was then, "[Investigating] Mail is late", is no part of its name.
    """
    first_words: dict[str, Announcement] = {}
    known = [told.announcement for told in said if told.announcement.text != FORGOTTEN] or [said[0].announcement]
    for each in known:
        first_words.setdefault(each.source, each)
    if titled := next((each for each in first_words.values() if each.title), None):
        return unbadged(titled.title or "", titled.status)
    text = known[0].text.strip().split("\n")[0]
    return text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def _corrections(said: Sequence[Told], corrected: Corrected) -> Iterator[Correction]:
    """What people said of its members; one that was made on an earlier text is marked."""
    by_name = {told.name: told for told in said}
    for correction in corrected.all:
        named = [by_name[name] for name in (correction.first, correction.second) if name in by_name]
        if named:
            yield replace(correction, earlier_text=any(_is_older(correction, told) for told in named))


def _is_older(correction: Correction, told: Told) -> bool:
    """Whether the announcement was revised after the correction was made."""
    if not told.revisions:
        return False
    newest = told.revisions[-1]
    return newest.seen_at > correction.made_at if correction.made_at else newest.number > correction.revision
