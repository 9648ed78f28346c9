"""One group of announcements as one incident: steps, state, clocks."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.assemble.joining import Group, name, when
from tracker.models import (
    Absence,
    AbsenceKind,
    Action,
    Correction,
    Incident,
    Kind,
    Phase,
    State,
    Step,
    Told,
    Verdict,
)

LAPSES_KEYED = timedelta(days=7)  # the platform keeps the state: a week of silence and we stop believing it
LAPSES_LONE = timedelta(hours=24)  # posts: nobody takes an old post for news the next day

LIVE = (Phase.OUTAGE_START, Phase.UPDATE)
_CANCELLED = ("cancelled", "canceled", "annul", "abgesagt", "cancelad", "annullat", "geannuleerd")
_DONE = ("completed", "complete", "maintenance_complete", "maintenance-end", "resolved")
_RUNNING = ("in progress", "in_progress", "inprogress", "maintenance_in_progress", "verifying", "underway")
_IMPACTS = ("critical", "major", "minor", "maintenance", "none")


def incident_id(vendor: str, member: tuple[str, str]) -> str:
    """An id from an announcement's name alone: no later fact can change it."""
    digest = hashlib.blake2b("\x00".join(member).encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return f"{vendor}-{base64.b32encode(digest).decode('ascii').rstrip('=').lower()[:10]}"


def tell(
    group: Group, absences: Sequence[Absence], corrections: Sequence[Correction], as_of: datetime | None
) -> Incident:
    """One incident from its members."""
    gone = {(absence.source, absence.key): absence for absence in absences}
    planned = group.planned
    steps = _settled(_steps(group, gone, corrections), planned=planned)
    first_known = min(group.members, key=lambda told: told.order)
    vendor = first_known.announcement.vendor
    kind = Kind.MAINTENANCE if planned else Kind.INCIDENT
    resolved_at, first_resolved_at = _ends(steps)
    left = _left(group, gone)
    state = (
        _maintenance_state(group, steps, left, as_of)
        if planned
        else _incident_state(group, steps, resolved_at, left, as_of)
    )
    clocks, bases = _clocks(group, steps, resolved_at)
    return Incident(
        id=incident_id(vendor, name(first_known)),
        vendor=vendor,
        kind=kind,
        name=_name(group),
        state=state,
        impact=_impact(group),
        components=_components(group),
        steps=steps,
        impact_started_at=clocks["impact_started_at"],
        announced_at=clocks["announced_at"],
        first_seen_at=clocks["first_seen_at"],
        first_resolved_at=first_resolved_at,
        resolved_at=resolved_at,
        impact_ended_at=clocks["impact_ended_at"],
        ended_between=left if state is State.ENDED_UNANNOUNCED else None,
        bases=bases,
        aliases=tuple(sorted({incident_id(vendor, name(told)) for told in group.members})),
    )


def _steps(
    group: Group, gone: dict[tuple[str, str], Absence], corrections: Sequence[Correction]
) -> list[Step]:
    corrected = {
        (c.first, c.revision): c for c in corrections if c.action is Action.PHASE and c.phase is not None
    }
    steps: list[Step] = []
    for told in group.members:
        steps.append(_step(told, group, gone, corrected))
        steps.extend(_moves(told, group, corrected))
    return sorted(steps, key=lambda step: step.at)


def _step(
    told: Told, group: Group, gone: dict[tuple[str, str], Absence],
    corrected: dict[tuple[tuple[str, str], int], Correction],
) -> Step:  # fmt: skip
    said = told.announcement
    why, score = group.why[told.order]
    return Step(
        source=said.source,
        id=said.id,
        revision=1,
        phase=_corrected(told.verdict, corrected.get((name(told), 1))).phase,
        at=when(told),
        at_basis="the vendor's time" if said.published_at else "when we saw it",
        seen_at=told.seen_at,
        verdict=told.verdict,
        title=said.title,
        text=said.text,
        url=said.url,
        status=said.status,
        joined_by=why,
        score=score,
        revised=len(told.revisions),
        withdrawn=_withdrawn(told, gone),
    )


def _corrected(verdict: Verdict, correction: Correction | None) -> Verdict:
    if correction is None or correction.phase is None:
        return verdict
    return Verdict(phase=correction.phase, confidence=1.0, because=f"corrected by {correction.author or 'a person'}")


def _moves(
    told: Told, group: Group, corrected: dict[tuple[tuple[str, str], int], Correction]
) -> list[Step]:
    """A step for each edit that changed the declared state, or the words' phase where none is declared."""
    steps: list[Step] = []
    status, phase = told.announcement.status, told.verdict.phase
    for revision in told.revisions:
        later = revision.announcement
        verdict = _corrected(revision.verdict or told.verdict, corrected.get((name(told), revision.number)))
        moved = later.status != status if later.status or status else verdict.phase is not phase
        if moved and verdict.phase is not Phase.UNRELATED:
            steps.append(_move(told, group, revision.number, verdict, later.edited_at, revision.seen_at))
        status, phase = later.status, verdict.phase
    return steps


def _move(
    told: Told, group: Group, number: int, verdict: Verdict, edited_at: datetime | None, seen_at: datetime
) -> Step:
    later = next(revision.announcement for revision in told.revisions if revision.number == number)
    at = max(edited_at or seen_at, when(told))
    return Step(
        source=later.source,
        id=later.id,
        revision=number,
        phase=verdict.phase,
        at=at,
        at_basis="the vendor's time of the edit" if edited_at else "when we saw the edit",
        seen_at=seen_at,
        verdict=verdict,
        title=later.title,
        text=later.text,
        url=later.url,
        status=later.status,
        joined_by="an edit that changed the state",
        revised=len(told.revisions) - number + 1,
    )


def _settled(steps: Sequence[Step], *, planned: bool) -> tuple[Step, ...]:
    """Place after words: the first live word is the start, later starts are updates."""
    if planned:
        return tuple(steps)
    settled: list[Step] = []
    started = over = False
    for step in steps:
        phase = step.phase
        if phase in LIVE:
            phase = Phase.UPDATE if started or over else Phase.OUTAGE_START
            started = True
        elif phase is Phase.RESOLVED:
            over = True
        settled.append(step if phase is step.phase else _as(step, phase))
    return tuple(settled)


def _as(step: Step, phase: Phase) -> Step:
    from dataclasses import replace

    return replace(step, phase=phase)


def _ends(steps: Sequence[Step]) -> tuple[datetime | None, datetime | None]:
    """(first resolved after the last live word, first resolved of all)."""
    last: datetime | None = None
    first: datetime | None = None
    for step in steps:
        if step.phase is Phase.RESOLVED:
            first = first or step.at
            last = last or step.at
        elif step.phase in LIVE:
            last = None
    return last, first


def _keys(told: Told) -> tuple[tuple[str, str], ...]:
    said = told.announcement
    keys = [(said.source, said.id)]
    if said.incident_key is not None:
        keys.append((said.source, said.incident_key))
    return tuple(keys)


def _withdrawn(told: Told, gone: dict[tuple[str, str], Absence]) -> bool:
    return any(key in gone and gone[key].kind is AbsenceKind.WITHDRAWN for key in _keys(told))


def _left(group: Group, gone: dict[tuple[str, str], Absence]) -> tuple[datetime, datetime] | None:
    """Between which two times it left an active-only list, where nothing was said after that."""
    left = [
        gone[key]
        for told in group.members
        for key in _keys(told)
        if key in gone and gone[key].kind is AbsenceKind.LEFT
    ]
    if not left:
        return None
    last = max(left, key=lambda absence: absence.missing_at)
    if group.last_at is not None and group.last_at > last.missing_at:
        return None
    return last.last_seen_at, last.missing_at


def _lapsed(group: Group, as_of: datetime | None) -> bool:
    if as_of is None or group.last_at is None:
        return False
    keyed = any(told.announcement.incident_key for told in group.members)
    return as_of - group.last_at > (LAPSES_KEYED if keyed else LAPSES_LONE)


def _incident_state(
    group: Group, steps: Sequence[Step], resolved_at: datetime | None,
    left: tuple[datetime, datetime] | None, as_of: datetime | None,
) -> State:  # fmt: skip
    if all(step.withdrawn for step in steps if step.revision == 1):
        return State.WITHDRAWN
    if resolved_at is not None:
        return State.RESOLVED
    if left is not None:
        return State.ENDED_UNANNOUNCED
    return State.LAPSED if _lapsed(group, as_of) else State.OPEN


def _maintenance_state(
    group: Group, steps: Sequence[Step], left: tuple[datetime, datetime] | None, as_of: datetime | None
) -> State:
    if all(step.withdrawn for step in steps if step.revision == 1):
        return State.WITHDRAWN
    last = steps[-1]
    status = (last.status or "").lower()
    words = last.text[:500].lower()
    if any(word in status or word in words for word in _CANCELLED):
        return State.CANCELLED
    if last.phase is Phase.RESOLVED or status in _DONE:
        return State.COMPLETED
    if left is not None:
        return State.ENDED_UNANNOUNCED
    window = next((t.announcement.window for t in reversed(group.members) if t.announcement.window), None)
    if window and window.end and as_of and as_of > window.end:
        return State.LAPSED if _lapsed(group, as_of) else State.OVERRUN
    if status in _RUNNING or (window and window.start and as_of and as_of >= window.start):
        return State.IN_PROGRESS
    return State.PLANNED


def _clocks(
    group: Group, steps: Sequence[Step], resolved_at: datetime | None
) -> tuple[dict[str, datetime | None], dict[str, str]]:
    windows = [told.announcement.window for told in group.members if told.announcement.window]
    start = next((window.start for window in windows if window.start), None)
    end = next((window.end for window in reversed(windows) if window.end), None)
    seen = [told.first_seen_at for told in group.members]
    clocks = {
        "impact_started_at": start,
        "announced_at": steps[0].at,
        "first_seen_at": None if None in seen[:1] else min((at for at in seen if at), default=None),
        "impact_ended_at": end,
    }
    bases = {"announced_at": f"first post, on {steps[0].source}: {steps[0].at_basis}"}
    if start:
        bases["impact_started_at"] = "the vendor's own field"
    if end:
        bases["impact_ended_at"] = "the vendor's own field"
    if resolved_at:
        bases["resolved_at"] = "the first post that says so after the last live word"
    if clocks["first_seen_at"]:
        bases["first_seen_at"] = "our poll"
    return clocks, bases


def _name(group: Group) -> str:
    """The title of the first that has one, else its first sentence."""
    for told in group.members:
        if told.announcement.title:
            return told.announcement.title
    text = group.members[0].announcement.text.strip().split("\n")[0]
    return text if len(text) <= 80 else text[:79].rsplit(" ", 1)[0] + "…"


def _impact(group: Group) -> str | None:
    """The worst impact that the vendor declared, verbatim."""
    said = [told.announcement.impact for told in group.members if told.announcement.impact]
    if not said:
        return None
    return min(said, key=lambda word: _IMPACTS.index(word.lower()) if word.lower() in _IMPACTS else len(_IMPACTS))


def _components(group: Group) -> tuple[str, ...]:
    counted = Counter(part for told in group.members for part in told.announcement.components)
    return tuple(counted)
