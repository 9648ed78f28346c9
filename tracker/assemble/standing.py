"""Where an incident or planned work stands, by which rule, and when that changes by itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.assemble.clocks import BEGUN, Clocks, is_finished
from tracker.assemble.events import LIVE, Placed
from tracker.models import State, Step, Told, Window

LAPSES_KEYED = timedelta(days=7)  # the platform says that it is open: after a week of silence we stop believing that
LAPSES_LONE = timedelta(hours=24)  # posts alone: on the next day nobody takes an old post for news
LAPSES_PLAN = timedelta(days=30)  # planned work without an end: after a month it is no plan any more

_RUNNING = (*BEGUN, "verifying")
_CANCELLED = (
    "cancelled", "canceled", "called off", "annul", "abgesagt", "cancelad", "cancel·lad", "desconvoca", "geannuleerd",
    "中止",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """One incident being told: its members by time, its steps, and what is known of its end.

    ``left`` are the two times between which it left a list of what is open, ``as_of`` is until when we looked.
    """

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
    def window(self) -> Window:
        """The hours of planned work; of an outage only the end, by the platform's field in its last word."""
        if self.planned:
            return Window(start=self.clocks.impact_started_at, end=self.clocks.impact_ended_at)
        declared = self.members[-1].event.told.newest.window
        return Window(end=declared.end if declared else None)

    @property
    def patience(self) -> timedelta:
        """How long it may be silent."""
        keyed = any(place.event.said.incident_key for place in self.members)
        return LAPSES_KEYED if keyed else LAPSES_LONE

    @property
    def last_word_at(self) -> datetime:
        """When its words were last said or changed. What is changed a week after all else is no sign of life."""
        last = self.members[-1].event.at
        changes = (change for told in self.said for change in told.revisions)
        for at in sorted(change.announcement.edited_at or change.seen_at for change in changes):
            last = at if last < at <= last + LAPSES_KEYED else last
        return last

    @property
    def lapses_at(self) -> datetime:
        """When silence has lasted too long: after the last word, or after the window of planned work."""
        last, window = self.last_word_at, self.window
        if not self.planned:
            return last + self.patience
        if window.end is None:
            return max(last, window.start or last) + LAPSES_PLAN
        return max(last, window.end) + self.patience

    def is_past(self, moment: datetime | None) -> bool:
        """Whether we looked then or later; not where the moment is unknown."""
        return moment is not None and self.as_of is not None and self.as_of >= moment


def where_it_stands(story: Story) -> tuple[State, str | None]:
    """(the state, the rule behind it where that is not plain)."""
    if story.withdrawn:
        return State.WITHDRAWN, "its list no longer holds it, though it holds older ones"
    return _work_stands(story) if story.planned else _outage_stands(story)


def _outage_stands(story: Story) -> tuple[State, str | None]:
    if story.clocks.resolved_at is not None:
        return State.RESOLVED, None
    if story.is_past(story.window.end):
        return State.RESOLVED, "the vendor's own field says when it ended, and no word does"
    if story.left is not None:
        return State.ENDED_UNANNOUNCED, "it left the list of what is open, without a word"
    if story.is_past(story.lapses_at):
        return State.LAPSED, f"no word for {_how_long(story.patience)}"
    return State.OPEN, None


def _work_stands(story: Story) -> tuple[State, str | None]:
    last, now = story.steps[-1], story.members[-1].event.told.newest
    status = (last.status or "").lower()
    if any(word in status or word in now.text[:500].lower() for word in _CANCELLED):
        return State.CANCELLED, None
    if is_finished(story.steps, story.window.start):
        return State.COMPLETED, None
    if story.left is not None:
        return State.ENDED_UNANNOUNCED, "it left the list of what is planned or open, without a word"
    if last.phase in LIVE:
        return State.OVERRUN, "an outage was announced in it"
    if story.is_past(story.window.end):
        if story.is_past(story.lapses_at):
            return State.LAPSED, f"no word that it was completed for {_how_long(story.patience)}"
        return State.OVERRUN, "its window has ended, and no word that it was completed"
    if story.window.end is None and story.is_past(story.lapses_at):
        return State.LAPSED, f"no word of it for {_how_long(LAPSES_PLAN)}, nor of when it ends"
    if status in _RUNNING or story.is_past(story.window.start):
        return State.IN_PROGRESS, None
    return State.PLANNED, None


def _how_long(patience: timedelta) -> str:
    return f"{patience.days} days" if patience.days > 1 else "24 h"


def due(story: Story, state: State) -> datetime | None:
    """When the state changes by itself, if nothing more is said: the field may end what lapsed or left its list."""
    if state in (State.RESOLVED, State.WITHDRAWN, State.CANCELLED, State.COMPLETED):
        return None
    moments = (story.window.start, story.window.end, story.lapses_at)
    return min((at for at in moments if at is not None and not story.is_past(at)), default=None)
