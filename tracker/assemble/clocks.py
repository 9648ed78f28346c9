"""Five clocks of an incident, each with its basis. Unknown is None, never a made-up minute. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import NamedTuple

from tracker.assemble.events import LIVE, Event, Placed, opens_again
from tracker.assemble.moments import AHEAD, LONGEST_SPAN
from tracker.assemble.prose import Span, span
from tracker.assemble.words import fold
from tracker.models import WORK_DONE_ABROAD, Phase, Step, Told

NOT_LATER = timedelta(minutes=1)  # "since 15:10" in a live word: later after the first word than this, it is a remedy
LONGEST_EDITED = timedelta(days=1)  # after its first word, the last edit of an entry that is over may be its end
DATED_BACK = timedelta(days=1)  # a page that tells all at once, afterwards, may date it to before it began
TOO_EARLY = timedelta(days=1)  # so soon after it was said, an end is taken back since it was none
FIELD = "the vendor's own field"
STATE = "the vendor's state then"
BEGUN = (
    "in progress", "in_progress", "inprogress", "maintenance_in_progress", "underway", "under maintenance", "active",
)  # fmt: skip
_FILED_AS = re.compile(r"\W{0,3}(?:incident|outage)(?:: | [-–—|] )", re.IGNORECASE)
_DONE = ("maintenance_complete", "maintenance-end", "resolved", "ended")  # beside those of ``_FINISHED``
_FINISHED = re.compile(  # in a later post about planned work
    r"(?<!be |to |не )(?<!not |non |pas |nao |nie )(?<!will |niet |inte |ikke |vara |være )(?<!nicht |будет )"
    r"(?<!forventes )\b(?:completed?|finished|(?:is|are|now) over|"
    r"(?:is|are|all) done(?! (?:in|during|on|by|at|to|between|every|each|remotely)\b)|ha(?:s|ve)(?: now)? ended|"
    rf"{'|'.join(map(fold, WORK_DONE_ABROAD))})\b|"
    r"(?<!未)(?:完了|終了)(?!し?次第|後|予定|まで|見込|時|日時|する|した[ら後]|(?:いた)?しましたら|して(?:いな|(?:い|おり)ませ))|"
    r"완료(?! ?예정|되면|될|되는 대로|되지|하는 대로|할|까지| 후| ?시[ \s점에])|已完成"
)
_ONLY_ONCE = re.compile(  # before these words in their clause: it is not over yet
    r"\b(?:once|when|as soon as|if|sobald|wenn|des que|lorsque|une fois|quand|cuando|una vez|quando|assim que|appena|"
    r"finche|una volta|zodra|wanneer|als (?:het|de|dit|alles|alle|onze|we)|totdat|quan|un cop|nar|tills|sa snart|"
    r"indtil|inntil|gdy|kiedy|dopoki|jak tylko|"
    r"когда|пока|как только|(?:until|till|bis|hasta|jusqu|fins)"  # not "from 2:00 until 4:00"
    r"(?!\W{1,3}(?:(?:about|al?|au|ca|las|les|the|um|zum)\W{1,2}){0,2}\d))\b[^.!?;\n]*$"
)


class Clock(NamedTuple):
    """When, and how we know; None where nobody says."""

    at: datetime | None
    basis: str | None


UNKNOWN = Clock(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """When it was so; the fields as in ``Incident``."""

    impact_started_at: datetime | None
    announced_at: datetime
    first_seen_at: datetime | None
    first_resolved_at: datetime | None
    resolved_at: datetime | None
    impact_ended_at: datetime | None
    bases: Mapping[str, str]


def clocks(members: Sequence[Placed], steps: Sequence[Step], zones: Mapping[str, str], *, planned: bool) -> Clocks:
    """The clocks of the members, which are in the order of their times; ``zones`` as in ``Context``."""
    first_resolved_at, resolved_at = _ends(members, steps)
    started, ended = _ImpactHours(members, steps, zones, resolved_at, planned).start_and_end()
    first_seen_at = _first_seen(members)
    by_post = any(step.at == resolved_at for step in steps)
    only_over = not planned and by_post and all(step.phase not in LIVE for step in steps)
    first_post = "posted only when it was over" if only_over else "first post"
    over = "the first post that says so after the last live word" if by_post else FIELD
    bases = {
        "announced_at": f"{first_post}, on {steps[0].source}: {steps[0].at_basis}",
        "impact_started_at": started.basis,
        "impact_ended_at": ended.basis,
        "resolved_at": over if resolved_at else None,
        "first_seen_at": "our poll" if first_seen_at else "no poll of ours saw it appear",
    }
    return Clocks(
        impact_started_at=started.at,
        announced_at=steps[0].at,
        first_seen_at=first_seen_at,
        first_resolved_at=first_resolved_at,
        resolved_at=resolved_at,
        impact_ended_at=ended.at,
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
    stands = any(not step.withdrawn for step in steps)
    for place, step in zip(members, steps, strict=True):
        if step.phase is Phase.RESOLVED:
            if stands and _was_too_early(step):
                continue
            said_at = _over_at(place.event, is_all=len(members) == 1)
            first, over_since, over_at = first or said_at, over_since or said_at, said_at
        elif step.phase in LIVE and over_at and opens_again(place.event, over_at, earlier):
            over_since = over_at = None
        earlier.append(place.event)
    return first, over_since


def _was_too_early(step: Step) -> bool:
    """Whether its vendor soon took it back. One that goes much later is tidied away."""
    return step.withdrawn_between is not None and step.withdrawn_between[1] <= step.at + TOO_EARLY


def _over_at(event: Event, *, is_all: bool) -> datetime:
    """When it was said that it is over.

    What is so since a later time said something else till then: a lone entry, or a word of an incident that got its
    state at that time. Where no field tells that time, it is that of the last edit of a lone entry; one of days later
    may be a report. An entry that ``is_all`` that was said, and is titled as an incident, had other words then.
    """
    since = event.said.window.end if event.said.window else None
    if since is None or (event.is_filed and event.said.edited_at != since):
        edited = _edited_at(event, by_words=is_all and _FILED_AS.match(event.said.title or "") is not None)
        return edited if edited < event.at + LONGEST_EDITED else event.at
    return max(event.at, since)


def _edited_at(event: Event, *, by_words: bool = False) -> datetime:
    """When a lone entry was edited last before we read it in the state that it declares, else when it was said.

    ``by_words``: also in the state that its words tell.
    """
    is_stated = event.judged.is_declared or by_words
    edited_at = event.said.edited_at if is_stated and not event.is_filed else None
    return max(event.at, edited_at or event.at)


def is_finished(steps: Sequence[Step], begins_at: datetime | None) -> bool:
    """Whether planned work is over by its last word: by its phase, its state, or the words of a post after the first.

    What its page declared done stays so, whatever another channel says of it afterwards, short of trouble. Words before
    the work begins ("all is complete") are about something else.
    """
    last = steps[-1]
    if _is_done(last):
        return True
    if len(steps) == 1 or last.phase in LIVE or (begins_at and last.at < begins_at):
        return False
    return _says_finished(fold(last.text[:500])) or _was_done(steps)


def _is_done(step: Step) -> bool:
    return step.phase is Phase.RESOLVED or _is_state_of_end(step.status)


def _is_state_of_end(status: str | None) -> bool:
    state = fold(status or "")
    return state in _DONE or _FINISHED.fullmatch(state) is not None


def _says_finished(words: str) -> bool:
    """Whether folded words say that it is over, and not what will be "once it is completed"."""
    return any(not _ONLY_ONCE.search(words[: found.start()]) for found in _FINISHED.finditer(words))


def _was_done(steps: Sequence[Step]) -> bool:
    """Whether a page has declared it done, and since then only other channels spoke of it, in words of their own."""
    later: set[str] = set()
    for step in reversed(steps):
        if step.status or step.phase in LIVE:
            return step.source not in later and _is_done(step)
        later.add(step.source)
    return False


def _known_at(told: Told) -> datetime:
    """The latest moment at which its newest words may have been written. What lies before it is no forecast."""
    return told.newest.edited_at or (told.revisions[-1].seen_at if told.revisions else told.seen_at)


class _ImpactHours:
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
        self.members = members
        said = {place.event.number: place.event for place in members}
        self.windows = [window for event in said.values() if (window := event.told.newest.window)]
        self.known_at = max(_known_at(event.told) for event in said.values())
        self.planned = planned
        self.resolved_at = resolved_at
        self.announced_at, self.last = members[0].event.at, members[-1].event.number
        self.dated_back = resolved_at == self.announced_at and members[0].event.is_filed
        told = ((event, self._named(event.told, zones)) for event in said.values())
        self.spoken = {event.number: found for event, found in told if found and self._is_plausible(event, found)}
        self.reports = [found for number, found in self.spoken.items() if self._is_report(said[number], found)]

    def _is_plausible(self, event: Event, found: Span) -> bool:
        """Not a month before the first word: vendors mistype dates. Nor after it: that is when something was mended.

        Nor where it would last beyond a word that it is over: such hours are those of another day.
        """
        if found.start is None or self.planned:
            return True
        if event.phase is Phase.RESOLVED and found.end and found.end > max(event.at, _known_at(event.told)) + AHEAD:
            return False
        is_report = found.end is not None or event.phase is Phase.RESOLVED
        later = DATED_BACK if self.dated_back else AHEAD if is_report else NOT_LATER
        return self.announced_at - LONGEST_SPAN <= found.start <= self.announced_at + later

    def _is_report(self, event: Event, found: Span) -> bool:
        """Whether it was over when the newest words were written, and the end that they name is no forecast.

        A forecast names an end after the words. A whole span may have come by an edit.
        """
        known_at = _known_at(event.told)
        over_since = self.resolved_at if event.told.revisions else None
        if event.phase is not Phase.RESOLVED and (over_since is None or known_at <= over_since):
            return False
        latest = max(event.at + AHEAD, known_at) if found.start else event.at + AHEAD
        return found.end is None or found.end <= latest

    def _named(self, told: Told, zones: Mapping[str, str]) -> Span | None:
        """The span in the newest words, read as if they were said with the first; a late report as if at the end.

        What names none so may by an edit, or where all was told afterwards: then as if said as late as can be.
        """
        said = told.newest
        since = None if self.planned else self.announced_at - AHEAD
        moments = [told.at if self.resolved_at is None else min(told.at, self.resolved_at)]
        if self.dated_back:
            moments.append(min(_known_at(told), self.announced_at + DATED_BACK))
        elif told.revisions:
            moments.append(_known_at(told))
        zone = zones.get(said.source)
        read = partial(span, said.text, zone=zone, ahead=self.planned, since=since, title=said.title)
        return next((found for at in moments if (found := read(said_at=at))), None)

    def start_and_end(self) -> tuple[Clock, Clock]:
        """The beginning and the end. Where it would end before it began, what the words say of it is dropped.

        Where fields say so, nobody knows which of them is wrong. No outage begins after we were told of it.
        """
        started = self._started()
        ended = self._ended(started.at)
        if not (started.at and ended.at and ended.at < started.at):
            is_ahead = started.basis == FIELD and started.at and started.at > self.known_at + AHEAD
            return UNKNOWN if is_ahead and not self.planned else started, ended
        if (started.basis or "").startswith(STATE):  # it began after it should have ended
            return started, UNKNOWN
        if started.basis == ended.basis:
            return UNKNOWN, UNKNOWN
        return started if started.basis == FIELD else UNKNOWN, ended if ended.basis == FIELD else UNKNOWN

    def _started(self) -> Clock:
        """The beginning: by a field, else by the last report that names the whole span, else the first one named."""
        fields = (Clock(window.start, FIELD) for window in self.windows if window.start)
        reports = (found for found in reversed(self.reports) if found.whole)
        words = (Clock(found.start, _quoted(found)) for found in chain(reports, self.spoken.values()) if found.start)
        steps = self.steps if self.planned else ()
        begun = (Clock(step.at, _stated(step)) for step in steps if (step.status or "").lower() in BEGUN)
        return next(chain(begun, fields, words), UNKNOWN)

    def _ended(self, started_at: datetime | None) -> Clock:
        """The end: by a field, else by the last report that names it. An end still to come is a forecast.

        The first word of planned work that it is completed was said afterwards: a field of before that comes first.
        """
        fields = [Clock(window.end, FIELD) for window in reversed(self.windows) if window.end]
        first = self.steps[0]
        told_afterwards = self.planned and is_finished(self.steps[:1], None)
        before = (clock for clock in fields if told_afterwards and clock.at and clock.at <= first.at)
        reports = [*self.spoken.values()] if self.planned else self.reports
        words = (Clock(found.end, _quoted(found)) for found in reversed(reports) if found.end)
        told = zip(self.steps, self.members, strict=True) if self.planned else ()
        done = (Clock(_edited_at(place.event), _stated(step)) for step, place in told if _is_state_of_end(step.status))
        return next(chain(before, done, self._finished(started_at), fields, words), UNKNOWN)

    def _finished(self, started_at: datetime | None) -> Iterator[Clock]:
        """When planned work was over, if its last word says so: the hour that it names, else its own time."""
        if self.planned and is_finished(self.steps, started_at):
            found = self.spoken.get(self.last)
            if found and found.end:
                yield Clock(found.end, _quoted(found))
            yield Clock(self.steps[-1].at, "the vendor's word that it is over")


def _stated(step: Step) -> str:
    return f"{STATE}: {step.status}"


def _quoted(found: Span) -> str:
    words = found.words if len(found.words) <= 80 else found.words[:79] + "…"
    zone = "" if found.zone == "as written" else f", in the zone {found.zone}"
    half = ", taken as twelve hours later" if found.half_a_day_later else ""
    return f'the vendor\'s words: "{words}"{half}{zone}'
