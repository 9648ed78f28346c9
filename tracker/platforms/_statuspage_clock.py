"""Times as a Statuspage shows them: in the page's zone, without a year, in its language; and what moments they are.

``Nov 22, 08:38 PST``: the year comes from the one moment that is told beside them, and so does the zone where its
abbreviation is not known. Each update is older than the one above it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape

from tracker.models import Window
from tracker.platforms import _dates, _zones

_MOMENT = re.compile(
    r"\b(?P<month>[^\W\d_]{3,12})\.?\s*(?P<day>\d{1,2})\s*,?\s+(?:(?P<year>\d{4})\s*[,-]?\s+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>[0-5]\d))?(?:\s*(?P<half>[AP])\.?M\b\.?)?"
    r"\s*(?P<zone>[^\s]*(?:\s*[+-]\d[\d:]*)?)",
    re.I,
)
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>[0-5]\d))?"
    r"(?:\.\d{1,9})?(?:\s*(?P<half>[AP])\.?M\b\.?)?\s*(?P<zone>[^\s]*)"
)
_DASH = re.compile(r"(?<!\d{4}) - |(?<=\d)-(?=\d)")
_TAG = re.compile(r"<[^>]*>")
_YEAR = 12 * 31 * 86_400  # seconds
_DAY, _MONTH, _FARTHEST, _QUARTER = (
    timedelta(days=1), timedelta(days=31), timedelta(hours=14), timedelta(minutes=15),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A time as the page shows it. ``year`` is None where it shows none; ``zone`` may be empty."""

    month: int
    day: int
    hour: int
    minute: int
    zone: str
    year: int | None = None
    second: int = 0

    @classmethod
    def read(cls, written: str) -> Wall | None:
        """``Nov 22, 08:38 UTC`` with or without ``<var>`` marks; None where it is something else."""
        words = _apart(written)
        found = _MOMENT.search(words) or _ISO.search(words)
        month = _dates.month_named(found["month"]) if found else None
        if found is None or month is None:
            return None
        hour, minute = int(found["hour"]), int(found["minute"])
        if half := found["half"]:
            hour = hour % 12 + (12 if half in "pP" else 0)
        return cls(
            month=month,
            day=int(found["day"]),
            hour=hour,
            minute=minute,
            zone=found["zone"].strip().upper(),
            year=int(found["year"]) if found["year"] else None,
            second=int(found["second"] or 0),
        )

    @property
    def seconds(self) -> int:
        """How far it is into a year of twelve times 31 days."""
        return (((self.month * 31 + self.day) * 24 + self.hour) * 60 + self.minute) * 60 + self.second

    def on(self, year: int) -> datetime | None:
        """The wall-clock minute in that year (naive), None where its calendar has no such day."""
        try:
            return datetime(self.year or year, self.month, self.day, self.hour, self.minute)  # noqa: DTZ001
        except ValueError:
            return None


class Clock:
    """The page's clock as one entry shows it: its zone, and the time that tells the year."""

    def __init__(self, of_page: str | None, anchor: datetime | None, shown: Wall | None) -> None:
        self.of_page = _zones.zone(of_page)
        self.seen = _seen(shown, anchor) if shown and anchor else {}

    def utc(self, wall: Wall, year: int) -> datetime | None:
        """The moment in UTC if it was that year, None where the zone or the day is unknown."""
        local = wall.on(year)
        away = _zones.offset(wall.zone, local, self.of_page, self.seen) if local else None
        try:
            utc = local - away if local is not None and away is not None else None
            return utc.replace(second=wall.second, tzinfo=UTC) if utc else None
        except OverflowError:
            return None

    def last_before(self, wall: Wall, limit: datetime, newest: datetime) -> datetime | None:
        """The last such moment that is not later than the limit.

        A day beyond it is allowed, since vendors move times by hand; and up to the newest update a month, since they
        file the plan of a work under the minute at which it begins.
        """
        found = (self.utc(wall, limit.year + 1 - back) for back in range(6))  # 29 February may be four years ago
        return next((at for at in found if at and at - limit <= (_MONTH if at <= newest else _DAY)), None)

    def nearest(self, wall: Wall, anchor: datetime) -> datetime | None:
        """Such a moment within half a year of the anchor."""
        found = (self.utc(wall, anchor.year + step) for step in (-1, 0, 1))
        return min((at for at in found if at), key=lambda at: abs(at - anchor), default=None)

    def moments(
        self, walls: Sequence[Wall | None], newest: datetime | None, limit: datetime
    ) -> Iterator[datetime | None]:
        """The moments of updates, newest first: each is the last one with that wall time before the one above it.

        The first is the one nearest to ``newest``, where a field tells that, else the last one before ``limit``.
        """
        last = limit
        for number, wall in enumerate(walls):
            at = None
            if wall is not None:
                at = self.nearest(wall, newest) if newest and number == 0 else self.last_before(wall, limit, last)
            last = max(last, at or last)
            limit = min(limit, at) if at and number else at or limit
            yield at

    def window(self, planned: tuple[Wall | None, Wall | None], near: datetime) -> Window | None:
        """The span of planned work near a moment."""
        start = self.nearest(planned[0], near) if planned[0] else None
        end = self.nearest(planned[1], start or near) if planned[1] else None
        return Window.of(start, end)


def span(written: str) -> tuple[Wall | None, Wall | None]:
    """Both ends of ``Feb 8, 22:00 UTC - Feb 9, 02:00 UTC`` or ``Oct 27, 15:00 - 16:00 UTC``, also without blanks."""
    first, second = (*_DASH.split(_apart(written), maxsplit=1), "")[:2]
    start = Wall.read(first)
    if start is None:
        return None, None
    day = first[: first.rfind(":")].rpartition(" ")[0]
    end = Wall.read(second) or Wall.read(f"{day} {second}")
    return (replace(start, zone=start.zone or end.zone) if end else start), end


def rise(walls: Sequence[Wall | None]) -> bool:
    """Whether times of one zone stand oldest first, none more than a season after the one before it."""
    risen = 0
    for earlier, later in itertools.pairwise(walls):
        if earlier is None or later is None or earlier.zone != later.zone:
            return False
        step = (later.seconds - earlier.seconds) % _YEAR
        if step > _YEAR // 4:
            return False
        risen += step
    return risen > 0


def _seen(shown: Wall, at: datetime) -> Mapping[str, timedelta]:
    """The offset of the zone in which a moment is shown so, where that is one."""
    moment = at.astimezone(UTC).replace(tzinfo=None, second=0, microsecond=0)
    for step in (-1, 0, 1):
        local = shown.on(moment.year + step)
        if local and abs(local - moment) <= _FARTHEST and not (local - moment) % _QUARTER:
            return {shown.zone: local - moment}
    return {}


def _apart(html: str) -> str:
    """The words, also those that nothing but a tag parts."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())
