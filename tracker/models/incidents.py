"""What follows from what was said: steps and incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.models.corrections import Correction
    from tracker.models.naming import Name
    from tracker.models.verdicts import Phase, Verdict


SEEN = "when we saw it"  # ``Step.at_basis`` of what its vendor gave no time


class Kind(StrEnum):
    """An incident, or planned work, which is kept apart everywhere."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class State(StrEnum):
    """Where an incident or a maintenance stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    ENDED_UNANNOUNCED = "ended-unannounced"
    PLANNED = "planned"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    OVERRUN = "overrun"

    @property
    def is_open(self) -> bool:
        """True while something is still wrong, or planned work is under way."""
        return self in (State.OPEN, State.IN_PROGRESS, State.OVERRUN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an incident's timeline: an announcement, or an edit that moved it on.

    ``phase`` is settled by its place (the first is the outage-start unless it says resolved); ``verdict`` is what the
    words alone say. ``revision`` is 1 for the announcement as first said; ``revised`` is how many later versions exist.
    ``seen_at`` is when we saw it, None where nobody knows. ``joined_by`` is why it is here, ``score`` (0..1) how sure
    that is where likeness decided. ``withdrawn_between``: when its list last held it, and when it first did not, though
    older ones stood there.
    """

    source: str
    id: str
    revision: int
    phase: Phase
    at: datetime
    at_basis: str
    seen_at: datetime | None
    verdict: Verdict
    title: str | None
    text: str
    url: str | None
    status: str | None
    joined_by: str
    score: float | None = None
    revised: int = 0
    withdrawn_between: tuple[datetime, datetime] | None = None

    @property
    def name(self) -> Name:
        """Of which announcement it is."""
        return self.source, self.id

    @property
    def withdrawn(self) -> bool:
        """Whether its vendor took these words away."""
        return self.withdrawn_between is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One outage (or one planned work) of one vendor, whatever it was told on.

    The clocks, each with what it rests on in ``bases`` (by its name, in a few words): ``impact_started_at`` (the
    vendor's field or words), ``announced_at`` (first post), ``first_seen_at`` (ours), ``first_resolved_at``,
    ``resolved_at`` (the first post that says so after the last live word), ``impact_ended_at``.

    ``ended_between``: the two times between which an unannounced end lies. ``aliases`` are the ids that lead to this
    incident: one for every member. ``due_at`` is when its state changes by itself if nothing more is said.
    ``corrections`` are what people said of its members. ``severity`` is critical, major, minor or none: the vendor's
    ``impact`` in these terms, else what its words say (``bases`` tells which).
    """

    id: str
    vendor: str
    kind: Kind
    name: str
    state: State
    impact: str | None
    components: tuple[str, ...]
    steps: tuple[Step, ...]
    announced_at: datetime
    impact_started_at: datetime | None = None
    first_seen_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    impact_ended_at: datetime | None = None
    ended_between: tuple[datetime, datetime] | None = None
    bases: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    severity: str | None = None
    regions: tuple[str, ...] = ()
    due_at: datetime | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def began_at(self) -> datetime | None:
        """When it was first told of; of planned work, which is told of before, when that began."""
        return self.impact_started_at if self.kind is Kind.MAINTENANCE else self.announced_at

    @property
    def is_older(self) -> bool:
        """Whether the first word of an outage has no date and stood there at our first poll.

        Then ``announced_at`` is when it was announced at the latest.
        """
        is_undated = bool(self.steps) and self.steps[0].at_basis == SEEN
        return is_undated and self.first_seen_at is None and self.kind is Kind.INCIDENT

    @property
    def ended_at(self) -> datetime | None:
        """When it was said to be over, of planned work when that ended; None unless that lies after its beginning."""
        end = (self.kind is Kind.MAINTENANCE and self.impact_ended_at) or self.resolved_at
        return end if end and self.began_at and end > self.began_at else None

    @property
    def duration_s(self) -> int | None:
        """Seconds from its beginning to its end; None where one of them is unknown, or all was told at once.

        Of planned work it is None until somebody says that it is completed: till then its end is only planned.
        """
        if self.is_older or (self.kind is Kind.MAINTENANCE and self.state is not State.COMPLETED):
            return None
        return int((self.ended_at - self.began_at).total_seconds()) if self.ended_at and self.began_at else None

    @property
    def is_open(self) -> bool:
        """True while something is still wrong, or planned work is under way."""
        return self.state.is_open
