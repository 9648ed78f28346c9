"""Times of day as a text names them -> moments: in which zone, on which day, before noon or after. Pure.

The zone is the one written with it, else that of the source, else unknown. The day is the one written with it, else
the last on which that hour came before the post. An hour of planned work without a day is unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=31)  # a span that would be longer was not understood
AHEAD = timedelta(minutes=15)  # clocks differ: a post may name a minute that is still to come
BACK = timedelta(hours=18)  # an hour of yesterday, named without its day, is no further back: else it is to come

# Wall time at the place: people write PST in July and mean the clock on their wall.
_PLACES = {
    "America/Los_Angeles": "pst pdt pt pacific us/pacific",
    "America/Denver": "mst mdt mt mountain us/mountain",
    "America/Chicago": "cst cdt ct central us/central",
    "America/New_York": "est edt et eastern us/eastern",
    "Europe/London": "bst",
    "Europe/Lisbon": "wet west",
    "Europe/Paris": "cet cest mez mesz hec",
    "Europe/Athens": "eet eest",
    "Europe/Moscow": "msk",
    "Asia/Tokyo": "jst 日本時間",
    "Asia/Seoul": "kst",
    "Asia/Singapore": "sgt",
    "Asia/Hong_Kong": "hkt",
    "Australia/Sydney": "aest aedt",
    "Pacific/Auckland": "nzst nzdt",
    "America/Sao_Paulo": "brt",
}
ZONES = {name: place for place, names in _PLACES.items() for name in names.split()}
ZONES |= dict.fromkeys(("utc", "gmt", "z", "協定世界時"), "UTC")
AMBIGUOUS = ("ist", "ast", "gst", "amt")  # several countries use them: only the source's own zone can tell

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv januar enero ene gennaio gen janeiro januari gener",
            "february feb fevrier fevr februar febrero febbraio fevereiro fev februari febrer",
            "march mar mars marz marzo marco maart marc",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei maig",
            "june jun juin juni junio giugno giu junho juny",
            "july jul juillet juil juli julio luglio lug julho juliol",
            "august aug aout agosto ago augustus agost",
            "september sep sept septembre septiembre settembre set setembro setembre",
            "october oct octobre oktober okt octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec decembre dezember dez diciembre dic dicembre dezembro desembre",
        ),
        1,
    )
    for name in names.split()
}
_DAYS_AGO = {
    1: "yesterday hier gestern ayer ieri ontem gisteren ahir 昨日",
    0: "today tonight aujourd'hui heute hoy oggi stasera hoje vandaag vanavond avui 本日 今日",
}
RELATIVE = {word: days for days, words in _DAYS_AGO.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day as written: minutes since midnight where am or pm is known, its zone and day where written.

    ``marked``: more than a number says that it is one. ``noon`` is "a" before noon and "p" after it, where written.
    """

    minutes: int
    marked: bool
    noon: str | None
    zone: str | None
    day: str | None

    @property
    def is_sure(self) -> bool:
        """Whether its half of the day is known: that of "3 pm", "15:00" and "00:15" is, that of "3:00" is not."""
        return self.noon is not None or not 60 <= self.minutes < 13 * 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """Times of day as moments, for a post of one moment and one source."""

    said_at: datetime
    source_zone: tzinfo | None
    ahead: bool

    def moments(
        self, start: TimeOfDay | None, end: TimeOfDay | None
    ) -> tuple[datetime | None, datetime | None, str] | None:
        """(start, end, whose the zone is); None where the zone is unknown or the times make no sense."""
        written = next((clock.zone for clock in (end, start) if clock and clock.zone), None)
        zone = _written(written, self.source_zone) if written else self.source_zone
        if zone is None:
            return None
        start = _with_noon(start, end)
        day = next((clock.day for clock in (start, end) if clock and clock.day), None)
        begin = self._moment(start, zone, day, None) if start else None
        finish = self._moment(end, zone, end.day or (None if begin else day), begin) if end else None
        if (start and begin is None) or not self._makes_sense(begin, finish):
            return None
        return begin, finish, "as written" if written else "of the source"

    def _moment(self, clock: TimeOfDay, zone: tzinfo, day: str | None, after: datetime | None) -> datetime | None:
        """The moment of a time of day: on its day, else the first after ``after``, else the last before the post."""
        local = self.said_at.astimezone(zone)
        if day is not None:
            on = _day(day, local.date(), ahead=self.ahead)
            return _at(on, clock.minutes, zone) if on else None
        if after is not None:
            on = after.astimezone(zone).date()
            found = _at(on, clock.minutes, zone)
            return found if found is None or found >= after else _at(on + timedelta(days=1), clock.minutes, zone)
        if self.ahead:
            return None
        found = _at(local.date(), clock.minutes, zone)
        if found is None or found <= self.said_at + AHEAD:
            return found
        found = _at(local.date() - timedelta(days=1), clock.minutes, zone)
        return found if found and found >= self.said_at - BACK else None

    def _makes_sense(self, start: datetime | None, end: datetime | None) -> bool:
        if start is None and end is None:
            return False
        if start and end and not timedelta(0) <= end - start <= LONGEST:
            return False
        return self.ahead or start is None or start <= self.said_at + AHEAD


def _with_noon(start: TimeOfDay | None, end: TimeOfDay | None) -> TimeOfDay | None:
    """ "from 9:37 to 10:15 AM": the first has the half of the day of the second."""
    if start is None or end is None or start.noon or not end.noon or start.minutes >= 13 * 60:
        return start
    minutes = start.minutes % 720 + 720
    if minutes > end.minutes:
        minutes -= 720
    return replace(start, minutes=minutes, noon=end.noon)


def _at(day: date, minutes: int, zone: tzinfo) -> datetime | None:
    if not 1970 <= day.year < 3000:  # the record keeps no time outside of them
        return None
    try:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        wall = midnight.replace(hour=minutes // 60 % 24, minute=minutes % 60)
        return (wall + timedelta(days=minutes // 1440)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name, None where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None


def _written(zone: str, source: tzinfo | None) -> tzinfo | None:
    """The zone of an abbreviation or an offset; an ambiguous one is the source's own, or unknown."""
    known = ZONES.get(zone)
    if known is not None:
        return zone_named(known)
    offset = re.search(r"([+-])\s?(\d{1,2}):?(\d{2})?$", zone)
    if offset is None:
        return source
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if offset[1] == "-" else away)


def _day(written: str, said_on: date, *, ahead: bool) -> date | None:
    """The day of a written date. Without a year: the nearest before the post, with ``ahead`` the nearest at all."""
    if written in RELATIVE:
        return said_on - timedelta(days=RELATIVE[written])
    numbers = [int(number) for number in re.findall(r"\d+", written)]
    month = next((MONTHS[word] for word in re.findall(r"[a-z]+", written) if word in MONTHS), None)
    try:
        if month is not None:
            return (
                date(numbers[1], month, numbers[0]) if len(numbers) > 1 else _nearest(month, numbers[0], said_on, ahead)
            )
        if len(numbers) == 2:
            one, other = numbers
            near = _these_weeks if "/" in written else _nearest
            return near(one, other, said_on, ahead)
        if numbers[0] > 999:
            return date(*numbers)
        return _numeric(numbers)
    except (ValueError, OverflowError):
        return None


def _numeric(numbers: list[int]) -> date | None:
    """The day, where only one order of day and month is possible."""
    one, other, year = numbers
    if one == other or one > 12:
        return date(year, other, one)
    return date(year, one, other) if other > 12 else None


def _these_weeks(one: int, other: int, said_on: date, ahead: bool) -> date | None:
    """The day, in the order of day and month that lies within a month of the post; None where both do."""
    orders = ((one, other), (other, one))
    days = {_nearest(month, day, said_on, ahead) for month, day in orders if 0 < month < 13}
    near = [day for day in days if day and abs(day - said_on) <= LONGEST]
    return near[0] if len(near) == 1 else None


def _nearest(month: int, day: int, said_on: date, ahead: bool) -> date | None:
    years = [said_on.year - 1, said_on.year, said_on.year + 1]
    found = [date(year, month, day) for year in years if not (month == 2 and day == 29 and year % 4)]
    if not ahead:
        found = [each for each in found if each <= said_on + timedelta(days=1)]
    return min(found, key=lambda each: abs(each - said_on), default=None)
