"""The members of one incident as one incident: steps, state, name, parts. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracker.assemble.clocks import DONE, RUNNING, Clocks, clocks, newest
from tracker.assemble.events import LIVE, Corrected, Event
from tracker.assemble.joining import Placed
from tracker.assemble.parts import components, impact, is_bad, regions, severity
from tracker.assemble.words import fold
from tracker.models import (
    FORGOTTEN,
    Absence,
    AbsenceKind,
    Correction,
    Incident,
    Kind,
    Phase,
    State,
    Step,
    Told,
    Window,
)

LAPSES_KEYED = timedelta(days=7)  # the platform keeps the state: a week of silence and we stop believing it
LAPSES_LONE = timedelta(hours=24)  # posts: nobody takes an old post for news the next day
LAPSES_PLAN = timedelta(days=30)  # planned work of which nobody says when it ends: what was a plan is one no more
NAME_LENGTH = 80

_CANCELLED = ("cancelled", "canceled", "annul", "abgesagt", "cancelad", "cancel·lad", "geannuleerd", "中止")
_FINISHED = re.compile(  # in a later post about planned work
    r"(?<!will be )(?<!to be )\b(?:complete[d]?|finished|over|abgeschlossen|beendet|termine\w*|acheve\w*|completad\w+|"
    r"finalizad\w+|terminad\w+|completat\w+|terminat\w+|concluid\w+|afgerond|voltooid|finalitzat|acabat)\b|完了|終了"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What telling needs beside the members: what lists no longer hold, what people said, and until when we looked.

    ``zones`` are the time zones of the sources (IANA names by source id) for times in prose without zone.
    """

    absences: tuple[Absence, ...] = ()
    corrected: Corrected = field(default_factory=Corrected)
    as_of: datetime | None = None
    zones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Story:
    """One incident being told: its members by time, its steps, and what is known of its end."""

    members: Sequence[Placed]
    steps: tuple[Step, ...]
    planned: bool
    withdrawn: bool
    left: tuple[datetime, datetime] | None
    clocks: Clocks
    as_of: datetime | None

    @property
    def said(self) -> list[Told]:
        """The announcements, each once."""
        return list({place.event.number: place.event.told for place in self.members}.values())

    @property
    def declared_end(self) -> datetime | None:
        """When it ended by a field of its platform, as its last word has it."""
        window = newest(self.members[-1].event.told).window
        return window.end if window else None


def incident_id(vendor: str, member: tuple[str, str]) -> str:
    """An id from an announcement's name alone: no later fact can change it."""
    digest = hashlib.blake2b("\x00".join(member).encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return f"{vendor}-{base64.b32encode(digest).decode('ascii').rstrip('=').lower()[:10]}"


def tell(members: Sequence[Placed], context: Context) -> Incident:
    """One incident from its members; they are given in the order of their times."""
    story = _story(sorted(members, key=lambda place: place.event.key), context)
    state, why = _state(story)
    said = story.said
    first_known = min(said, key=lambda told: told.order).announcement
    vendor, times = first_known.vendor, story.clocks
    declared = impact(said)
    level, level_by = (None, None) if story.planned else severity(said, declared)
    bases = {**times.bases, "state": why, "severity": level_by}
    return Incident(
        id=incident_id(vendor, (first_known.source, first_known.id)),
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
        aliases=tuple(sorted({incident_id(vendor, (t.announcement.source, t.announcement.id)) for t in said})),
        due_at=_due(story, state),
        corrections=_corrections(said, context.corrected),
    )


def _story(members: Sequence[Placed], context: Context) -> _Story:
    gone = {(absence.source, absence.key): absence for absence in context.absences}
    planned = is_planned(place.event for place in members)
    steps = _settled([_step(place, gone) for place in members], planned=planned)
    return _Story(
        members=members,
        steps=steps,
        planned=planned,
        withdrawn=_is_withdrawn(members, steps, gone),
        left=_left(members, gone),
        clocks=clocks(members, steps, context.zones, planned=planned),
        as_of=context.as_of,
    )


def is_planned(said: Iterable[Event]) -> bool:
    """Planned work is what was announced as such; an outage in which work is announced stays an outage.

    What its platform files as an incident that is so and so bad is none, whatever its words sound like.
    """
    first = next((event for event in said if event.phase is not Phase.UNRELATED or event.said.planned), None)
    if first is None or first.said.planned:
        return first is not None
    return first.phase is Phase.MAINTENANCE and (first.judged.is_declared or not is_bad(first.said))


def _step(place: Placed, gone: Mapping[tuple[str, str], Absence]) -> Step:
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
        withdrawn=_withdrawn(event.told, gone),
    )


def _settled(steps: Sequence[Step], *, planned: bool) -> tuple[Step, ...]:
    """Place after words: the first is the start unless it says resolved, later starts are updates."""
    if planned:
        return tuple(steps)
    settled: list[Step] = []
    for number, step in enumerate(steps):
        phase = step.phase
        if number == 0 and phase is not Phase.RESOLVED:
            phase = Phase.OUTAGE_START
        elif phase in LIVE:
            phase = Phase.UPDATE
        settled.append(step if phase is step.phase else replace(step, phase=phase))
    return tuple(settled)


def _keys(told: Told) -> tuple[tuple[str, str], ...]:
    said = told.announcement
    keys = [(said.source, said.id)]
    if said.incident_key is not None:
        keys.append((said.source, said.incident_key))
    return tuple(keys)


def _withdrawn(told: Told, gone: Mapping[tuple[str, str], Absence]) -> bool:
    return any(key in gone and gone[key].kind is AbsenceKind.WITHDRAWN for key in _keys(told))


def _is_withdrawn(members: Sequence[Placed], steps: Sequence[Step], gone: Mapping[tuple[str, str], Absence]) -> bool:
    """Taken back wherever that can be seen: a list of what is open loses the resolved and the withdrawn alike."""
    seen = [
        step.withdrawn
        for place, step in zip(members, steps, strict=True)
        if not any(key in gone and gone[key].kind is AbsenceKind.LEFT for key in _keys(place.event.told))
    ]
    return bool(seen) and all(seen)


def _left(members: Sequence[Placed], gone: Mapping[tuple[str, str], Absence]) -> tuple[datetime, datetime] | None:
    """Between which two times it left an active-only list, where nothing was said after that."""
    left = [
        gone[key]
        for place in members
        for key in _keys(place.event.told)
        if key in gone and gone[key].kind is AbsenceKind.LEFT
    ]
    if not left:
        return None
    last = max(left, key=lambda absence: absence.missing_at)
    return None if members[-1].event.at > last.missing_at else (last.last_seen_at, last.missing_at)


# -- where it stands ---------------------------------------------------------------------------------------------------


def _state(story: _Story) -> tuple[State, str | None]:
    """(where it stands, by which rule where that is not plain)."""
    if story.withdrawn:
        return State.WITHDRAWN, "its list no longer holds it, though it holds older ones"
    return _maintenance_state(story) if story.planned else _incident_state(story)


def _incident_state(story: _Story) -> tuple[State, str | None]:
    if story.clocks.resolved_at is not None:
        return State.RESOLVED, None
    if _is_past(story, story.declared_end):
        return State.RESOLVED, "the vendor's own field says when it ended, and no word does"
    if story.left is not None:
        return State.ENDED_UNANNOUNCED, "it left the list of what is open, without a word"
    if _is_past(story, _lapses_at(story)):
        return State.LAPSED, f"no word for {_span(_patience(story))}"
    return State.OPEN, None


def _maintenance_state(story: _Story) -> tuple[State, str | None]:
    last = story.steps[-1]
    status, words = (last.status or "").lower(), last.text[:500].lower()
    if any(word in status or word in words for word in _CANCELLED):
        return State.CANCELLED, None
    finished = len(story.steps) > 1 and last.phase not in LIVE and _FINISHED.search(fold(words))
    if last.phase is Phase.RESOLVED or status in DONE or finished:
        return State.COMPLETED, None
    if story.left is not None:
        return State.ENDED_UNANNOUNCED, "it left the list of what is planned or open, without a word"
    window = _window(story)
    if last.phase in LIVE:
        return State.OVERRUN, "an outage was announced in it"
    if _is_past(story, window.end):
        if _is_past(story, _lapses_at(story)):
            return State.LAPSED, f"no word that it was completed for {_span(_patience(story))}"
        return State.OVERRUN, "its window has ended, and no word that it was completed"
    if window.end is None and _is_past(story, _lapses_at(story)):
        return State.LAPSED, f"no word of it for {_span(LAPSES_PLAN)}, nor of when it ends"
    if status in RUNNING or _is_past(story, window.start):
        return State.IN_PROGRESS, None
    return State.PLANNED, None


def _window(story: _Story) -> Window:
    return Window(start=story.clocks.impact_started_at, end=story.clocks.impact_ended_at)


def _patience(story: _Story) -> timedelta:
    keyed = any(place.event.said.incident_key for place in story.members)
    return LAPSES_KEYED if keyed else LAPSES_LONE


def _lapses_at(story: _Story) -> datetime:
    """When silence has lasted too long: after the last word, or after the window of planned work."""
    last, window = story.members[-1].event.at, _window(story)
    if not story.planned:
        return last + _patience(story)
    if window.end is None:
        return max(last, window.start or last) + LAPSES_PLAN
    return max(last, window.end) + _patience(story)


def _span(patience: timedelta) -> str:
    return f"{patience.days} days" if patience.days > 1 else "24 h"


def _is_past(story: _Story, moment: datetime | None) -> bool:
    return moment is not None and story.as_of is not None and story.as_of >= moment


def _due(story: _Story, state: State) -> datetime | None:
    """When the state changes by itself, if nothing more is said."""
    if state not in (State.OPEN, State.PLANNED, State.IN_PROGRESS, State.OVERRUN):
        return None
    window = _window(story) if story.planned else Window(end=story.declared_end)
    moments = (window.start, window.end, _lapses_at(story))
    return min((at for at in moments if at is not None and not _is_past(story, at)), default=None)


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
    by_name = {(told.announcement.source, told.announcement.id): told for told in said}
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
