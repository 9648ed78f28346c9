"""The figures of a group of incidents, each with its formula. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from tracker.models import CountedIncident, CountedStep, Figure, Kind, Phase, State
from tracker.statistics.downtime import WEIGHTS, GoingOn, span_of, spans_of

SURE = 1.96  # standard errors on either side of a mean: 95 % of what chance would give

_STATES = ("investigating", "identified", "monitoring", "resolved")  # Statuspage's words, which most platforms share


@dataclass(frozen=True, slots=True)
class Group:
    """The incidents of one row, oldest first, and the planned work beside them."""

    incidents: tuple[CountedIncident, ...]
    planned: tuple[CountedIncident, ...]
    withdrawn: int
    until: datetime | None
    going_on: Mapping[Kind, GoingOn]  # of a month also what was announced in another one
    is_month: bool

    @classmethod
    def of(
        cls,
        found: Sequence[CountedIncident],
        until: datetime | None,
        in_month: Mapping[Kind, GoingOn] | None = None,
    ) -> Group:
        """From all that is found; of a month also what was going ``in_month``, whenever it was announced."""
        standing = [incident for incident in found if incident.state is not State.WITHDRAWN]
        mine = [incident for incident in standing if incident.kind is Kind.INCIDENT]
        spans = {kind: spans_of(found, kind, until) for kind in Kind} if in_month is None else {}
        return cls(
            incidents=tuple(sorted(mine, key=lambda i: (i.announced_at or datetime.max.replace(tzinfo=UTC), i.id))),
            planned=tuple(incident for incident in standing if incident.kind is Kind.MAINTENANCE),
            withdrawn=len(found) - len(standing),
            until=until,
            going_on=in_month or {kind: GoingOn(told, len(told)) for kind, told in spans.items()},
            is_month=in_month is not None,
        )

    def each(self, measure: Callable[[CountedIncident], float | None]) -> list[float]:
        """What can be measured, smallest first."""
        return sorted(value for incident in self.incidents if (value := measure(incident)) is not None)


def figures_of(counted: Group) -> Iterator[Figure]:
    """All figures of one row, in the order in which they are shown."""
    yield from _counts(counted)
    yield from _repairs(counted)
    yield from _failures(counted)
    yield from _states(counted)
    yield from _downtime(counted)
    yield from _manners(counted)


def _counts(counted: Group) -> Iterator[Figure]:
    yield Figure(name="incidents", value=len(counted.incidents), formula="incidents announced, withdrawn ones left out")
    first = next((incident.announced_at for incident in counted.incidents), None)
    formula = "announced_at of the first of them: the record may begin later than the selection"
    yield Figure(name="first_announced_at", value=first.timestamp() if first else None, formula=formula)
    for state in (State.OPEN, State.RESOLVED, State.LAPSED, State.ENDED_UNANNOUNCED):
        number = sum(incident.state is state for incident in counted.incidents)
        yield Figure(name=str(state).replace("-", "_"), value=number, formula=f"incidents in the state {state}")
    yield Figure(
        name="withdrawn", value=counted.withdrawn, formula="announced, then taken away by the vendor; not counted"
    )


# -- how long ----------------------------------------------------------------------------------------------------------


def _resolve_s(incident: CountedIncident) -> float | None:
    """Seconds from the first word to the first that it is over; None when all was told at once."""
    if incident.first_resolved_at is None or incident.announced_at is None:
        return None
    seconds = (incident.first_resolved_at - incident.announced_at).total_seconds()
    return seconds if seconds > 0 else None


def _lag_s(incident: CountedIncident) -> float | None:
    """Seconds from the vendor's own beginning to its first word."""
    if incident.impact_started_at is None or incident.announced_at is None:
        return None
    return (incident.announced_at - incident.impact_started_at).total_seconds()


def _told_most(incident: CountedIncident) -> Sequence[CountedStep]:
    """The words of the channel that said most, of two alike the first to speak: others repeat what it says."""
    channels: dict[str, list[CountedStep]] = {}
    for step in incident.steps:
        channels.setdefault(step.source, []).append(step)
    return max(channels.values(), key=len, default=())


def _first_gap_s(incident: CountedIncident) -> float | None:
    """Seconds from the first word to the second."""
    told = _told_most(incident)
    return (told[1].at - told[0].at).total_seconds() if len(told) > 1 else None


def _cadence_s(incident: CountedIncident) -> float | None:
    """Mean seconds between two words, until the first that it is over."""
    told = _told_most(incident)
    last = next((n for n, step in enumerate(told) if step.phase is Phase.RESOLVED), len(told) - 1)
    return (told[last].at - told[0].at).total_seconds() / last if last > 0 else None


def _repairs(counted: Group) -> Iterator[Figure]:
    """Mean, median and 90th percentile of the times to resolve, each with the bounds of what chance allows."""
    found = counted.each(_resolve_s)
    formula, n, of = "first_resolved_at − announced_at", len(found), f"of {len(counted.incidents)} incidents"
    mean = _mean(found)
    low, high = _around_mean(found, mean)
    yield Figure(name="mttr_s", value=mean, formula=f"mean of {formula}", n=n, of=of)
    yield Figure(name="mttr_low_s", value=low, formula="mean − 1.96 standard errors, not below 0; from 2 on")
    yield Figure(name="mttr_high_s", value=high, formula="mean + 1.96 standard errors; from 2 on")
    for label, share in (("median", 0.5), ("p90", 0.9)):
        low, high = _around_quantile(found, share)
        known = "of the sorted lengths, by the binomial law: 95 %; null where they are too few"
        yield Figure(name=f"mttr_{label}_s", value=quantile(found, share), formula=f"{label} of {formula}", n=n, of=of)
        yield Figure(name=f"mttr_{label}_low_s", value=low, formula=f"lower bound {known}")
        yield Figure(name=f"mttr_{label}_high_s", value=high, formula=f"upper bound {known}")


def _mean(found: Sequence[float]) -> float | None:
    return sum(found) / len(found) if found else None


def quantile(found: Sequence[float], share: float) -> float | None:
    """The value below which a share of the sorted ones lies; between two of them by a straight line."""
    if not found:
        return None
    place = share * (len(found) - 1)
    below = math.floor(place)
    above = min(below + 1, len(found) - 1)
    return found[below] + (found[above] - found[below]) * (place - below)


def _around_mean(found: Sequence[float], mean: float | None) -> tuple[float | None, float | None]:
    if mean is None or len(found) < 2:
        return None, None
    spread = math.sqrt(sum((value - mean) ** 2 for value in found) / (len(found) - 1) / len(found))
    return max(0.0, mean - SURE * spread), mean + SURE * spread


def _around_quantile(found: Sequence[float], share: float) -> tuple[float | None, float | None]:
    """The two lengths between which the quantile lies with 95 %, by their ranks: no law of the lengths is assumed."""
    spread = SURE * math.sqrt(len(found) * share * (1 - share))
    low, high = math.floor(len(found) * share - spread), math.ceil(len(found) * share + spread)
    return (found[low - 1] if low >= 1 else None), (found[high - 1] if 1 <= high <= len(found) else None)


def _failures(counted: Group) -> Iterator[Figure]:
    times = [incident.announced_at for incident in counted.incidents if incident.announced_at]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    formula = "mean gap between successive announced_at"
    yield Figure(name="mtbf_s", value=_mean(gaps), formula=formula, n=len(gaps), of="gaps")


def _states(counted: Group) -> Iterator[Figure]:
    """How long it took from one declared state to the next."""
    told = [_first_told(incident) for incident in counted.incidents]
    for name, (begin, end) in zip(("investigate", "repair", "check"), pairwise(_STATES), strict=True):
        found = sorted((each[end] - each[begin]).total_seconds() for each in told if begin in each and end in each)
        formula = f"mean from the first {begin} to the first {end}"
        yield Figure(
            name=f"{name}_s", value=_mean(found), formula=formula, n=len(found), of="incidents that declared both"
        )


def _first_told(incident: CountedIncident) -> dict[str, datetime]:
    """When each state was declared first."""
    told: dict[str, datetime] = {}
    for step in incident.steps:
        told.setdefault((step.status or "").lower(), step.at)
    return told


# -- downtime ----------------------------------------------------------------------------------------------------------


def _downtime(counted: Group) -> Iterator[Figure]:
    broken, worked_on = (counted.going_on.get(kind, GoingOn()) for kind in (Kind.INCIDENT, Kind.MAINTENANCE))
    weights = ", ".join(f"{name or 'unknown'} {weight:g}" for name, weight in WEIGHTS.items())
    of = "incidents, whenever announced" if counted.is_month else f"of {len(counted.incidents)} incidents"
    part = "; what of it lies in the month" if counted.is_month else ""
    formula = (
        f"union of the times, each hour by the worst severity then ({weights}); from impact_started_at, else "
        f"announced_at, to impact_ended_at, else resolved_at, else until we looked last{part}"
    )
    yield Figure(name="downtime_s", value=broken.weighted_s, formula=formula, n=broken.n, of=of)
    yield Figure(name="affected_s", value=broken.covered_s, formula="the same union without weights", n=broken.n, of=of)
    yield Figure(
        name="unknown_time",
        value=sum(span_of(incident, counted.until) is None for incident in counted.incidents),
        formula="incidents whose end, or length, nobody told; in no downtime",
    )
    yield Figure(name="maintenance", value=len(counted.planned), formula="planned works; in no other figure")
    of = "planned works, whenever announced" if counted.is_month else f"of {len(counted.planned)} planned works"
    formula = f"union of the windows{part}"
    yield Figure(name="maintenance_s", value=worked_on.covered_s, formula=formula, n=worked_on.n, of=of)


# -- manners -----------------------------------------------------------------------------------------------------------


def _manners(counted: Group) -> Iterator[Figure]:
    """What vendors do not publish: how late they spoke, how often, and what they changed afterwards."""
    lags = counted.each(_lag_s)
    lag, n, of = "announced_at − impact_started_at", len(lags), f"of {len(counted.incidents)} incidents that tell both"
    yield Figure(name="lag_s", value=_mean(lags), formula=f"mean of {lag}", n=n, of=of)
    yield Figure(name="lag_median_s", value=quantile(lags, 0.5), formula=f"median of {lag}", n=n, of=of)
    yield Figure(name="lag_p90_s", value=quantile(lags, 0.9), formula=f"p90 of {lag}", n=n, of=of)
    whose = "of the channel that said most"
    for name, measure, formula in (
        ("first_update_s", _first_gap_s, f"second word − first word {whose}"),
        ("cadence_s", _cadence_s, f"mean gap between words {whose}, until the first that it is over"),
    ):
        found = counted.each(measure)
        yield Figure(
            name=name, value=quantile(found, 0.5), formula=f"median of {formula}", n=len(found), of="incidents"
        )
    yield from _shares(counted)


def _share(of: Sequence[CountedIncident], those: Callable[[CountedIncident], bool]) -> float | None:
    """The share of some incidents of which something is true, None where there is none of them."""
    return sum(map(those, of)) / len(of) if of else None


def _shares(counted: Group) -> Iterator[Figure]:
    over = [incident for incident in counted.incidents if incident.first_resolved_at]
    yield Figure(
        name="only_afterwards_share",
        value=_share(counted.incidents, _is_retroactive),
        formula="incidents of which the first word says that it is over",
        n=len(counted.incidents),
    )
    yield Figure(
        name="reopened_share",
        value=_share(over, lambda incident: incident.first_resolved_at != incident.resolved_at),
        formula="resolved incidents that a later word opened again",
        n=len(over),
    )
    watched = [incident for incident in over if incident.first_seen_at]  # else it may have been reworded before
    yield Figure(
        name="rewritten_share",
        value=_share(watched, _is_rewritten),
        formula="incidents of which a word that it is over was reworded later; of those that a poll saw appear",
        n=len(watched),
        of=f"of {len(over)} resolved",
    )


def _is_retroactive(incident: CountedIncident) -> bool:
    """Whether it was posted only when it was over."""
    return bool(incident.steps) and incident.steps[0].phase is Phase.RESOLVED


def _is_rewritten(incident: CountedIncident) -> bool:
    """Whether a word that it is over was reworded later."""
    return any(step.phase is Phase.RESOLVED and step.revised for step in incident.steps)
