"""When something was broken, or worked on: spans of time, parted into months, and their union. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tracker.models import CountedIncident, Kind, State

WEIGHTS = {"critical": 1.0, "major": 1.0, "minor": 0.3, "none": 0.0, None: 1.0}  # of an hour of downtime, by severity

Interval = tuple[datetime, datetime, float]  # from, to, weight


@dataclass(frozen=True, slots=True)
class GoingOn:
    """When it was broken, or worked on, and by how many incidents."""

    spans: Sequence[Interval] = ()
    n: int = 0

    @property
    def weighted_s(self) -> float | None:
        """Seconds, each moment by the heaviest span over it; None where nothing was going on."""
        return weighted_union(self.spans) if self.n else None

    @property
    def covered_s(self) -> float | None:
        """The same seconds without weights."""
        return weighted_union((start, end, 1.0) for start, end, _ in self.spans) if self.n else None


def span_of(incident: CountedIncident, until: datetime | None) -> Interval | None:
    """From when to when it was broken, with its weight; None where that is not known."""
    start = incident.impact_started_at or (incident.announced_at if incident.kind is Kind.INCIDENT else None)
    end = incident.impact_ended_at or incident.resolved_at
    if end is None and incident.state.is_open:
        end = max(until or incident.steps[-1].at, incident.steps[-1].at)
    if start is None or end is None or end <= start or incident.state in (State.CANCELLED, State.WITHDRAWN):
        return None
    return start, end, WEIGHTS.get(incident.severity, 1.0)


def spans_of(told: Iterable[CountedIncident], kind: Kind, until: datetime | None) -> list[Interval]:
    """Those of one kind of which a span is known."""
    return [span for incident in told if incident.kind is kind and (span := span_of(incident, until))]


def heaviest(spans: Iterable[Interval]) -> Iterator[Interval]:
    """The same time in spans that do not overlap, each by the heaviest over it."""
    edges = sorted(edge for start, end, weight in spans for edge in ((start, 1, weight), (end, -1, weight)))
    open_now = Counter[float]()
    for (moment, change, weight), (following, _, _) in pairwise(edges):
        open_now[weight] += change
        weights = [weight for weight, number in open_now.items() if number]
        if weights and moment < following:
            yield moment, following, max(weights)


def weighted_union(spans: Iterable[Interval]) -> float:
    """Seconds that were covered by at least one span, each moment counted once by the heaviest span over it."""
    return sum((weight * ((end - start) / timedelta(seconds=1)) for start, end, weight in heaviest(spans)), 0.0)


def by_month(spans: Sequence[Interval], first: datetime, last: datetime) -> Iterator[tuple[datetime, GoingOn]]:
    """What lies in each of these months in which something does.

    They are parted once they no longer overlap: a stranger's thousands of spans of a thousand years would take hours.
    """
    parts: dict[datetime, list[Interval]] = {}
    for start, end, weight in heaviest(spans):
        month = max(month_of(start), first)
        while month <= last and month < end:
            after = _month_after(month)
            parts.setdefault(month, []).append((max(start, month), min(end, after), weight))
            month = after
    begun, ended = sorted(start for start, _, _ in spans), sorted(end for _, end, _ in spans)
    for month, found in parts.items():
        n = bisect_left(begun, _month_after(month)) - bisect_right(ended, month)
        yield month, GoingOn(found, n)


def month_of(moment: datetime) -> datetime:
    """The beginning of its month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month_after(month: datetime) -> datetime:
    return month_of(month + timedelta(days=31))
