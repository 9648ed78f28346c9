"""Incidents -> figures, each with its formula. Pure.

Only incidents count. Planned work is counted apart, and what was withdrawn is no incident. A figure that cannot be
known is None: no time is made up for what was told all at once, never closed, or never seen by a poll.

A row is about a ``Group`` of incidents: ``figures`` says what of it, ``downtime`` when it was broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from tracker.models import CountedIncident, Kind, Row
from tracker.statistics.downtime import GoingOn, by_month, month_of, spans_of
from tracker.statistics.figures import Group, figures_of


class By(StrEnum):
    """What a row of figures is about."""

    VENDOR = "vendor"
    COMPONENT = "component"
    MONTH = "month"


def statistics(
    incidents: Iterable[CountedIncident], *, by: By = By.VENDOR, as_of: Mapping[str, datetime] | None = None
) -> tuple[Row, ...]:
    """A row a vendor, or a row for each of its components or months, in their order.

    ``as_of`` is when each vendor was last looked at: what is open counts as down until then, or until its last word
    where that time is not given.
    """
    of_vendor: dict[str, list[CountedIncident]] = {}
    for incident in incidents:
        of_vendor.setdefault(incident.vendor, []).append(incident)
    rows = []
    for vendor, told in sorted(of_vendor.items()):
        until = (as_of or {}).get(vendor)
        for key, group in _months(told, until) if by is By.MONTH else _groups(told, by, until):
            named = {} if by is By.VENDOR else {str(by): key}
            rows.append(Row(vendor=vendor, figures=tuple(figures_of(group)), **named))
    return tuple(rows)


def _groups(told: Sequence[CountedIncident], by: By, until: datetime | None) -> Iterator[tuple[str, Group]]:
    """All incidents of a vendor as one group, or those of each component; what names none comes last."""
    sorted_out: dict[str, list[CountedIncident]] = {}
    for incident in told:
        for key in (incident.components or ("",)) if by is By.COMPONENT else ("",):
            sorted_out.setdefault(key, []).append(incident)
    for key, mine in sorted(sorted_out.items(), key=lambda item: (not item[0], item[0])):
        yield key, Group.of(mine, until)


def _months(told: Sequence[CountedIncident], until: datetime | None) -> Iterator[tuple[str, Group]]:
    """The incidents announced in each month, beside all that were going on in it; months without any are left out.

    The first and the last month are those of the announcements: what was going on before and after is not all here.
    """
    announced: dict[datetime, list[CountedIncident]] = {}
    for incident in told:
        if incident.announced_at:
            announced.setdefault(month_of(incident.announced_at), []).append(incident)
    if not announced:
        return
    going_on: dict[datetime, dict[Kind, GoingOn]] = {}
    for kind in Kind:
        for month, part in by_month(spans_of(told, kind, until), min(announced), max(announced)):
            going_on.setdefault(month, {})[kind] = part
    for month in sorted(announced.keys() | going_on.keys()):
        yield f"{month:%Y-%m}", Group.of(announced.get(month, ()), until, going_on.get(month, {}))
