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

DAY = timedelta(days=1)
FURTHEST = timedelta(hours=15)  # no zone is so far from UTC
LONGEST_SPAN = timedelta(days=31)  # a span that would be longer was not understood
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
    "Europe/Madrid": "peninsular",
    "Europe/Paris": "cet cest mez mesz hec",
    "Europe/Athens": "eet eest",
    "Europe/Moscow": "msk мск",
    "Asia/Tokyo": "jst 日本時間",
    "Asia/Seoul": "kst",
    "Asia/Shanghai": "北京时间 北京時間",
    "Asia/Singapore": "sgt",
    "Asia/Hong_Kong": "hkt",
    "Australia/Sydney": "aest aedt",
    "Pacific/Auckland": "nzst nzdt",
    "America/Sao_Paulo": "brt brasilia",
}
ZONES = {name: place for place, names in _PLACES.items() for name in names.split()}
ZONES |= dict.fromkeys(("utc", "gmt", "z", "協定世界時"), "UTC")
AMBIGUOUS = ("ist", "ast", "gst", "amt")  # several countries use them: only the source's own zone can tell

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv januar enero ene gennaio gen janeiro januari gener stycznia января ocak",
            "february feb fevrier fevr februar febrero febbraio fevereiro fev februari febrer lutego февраля subat",
            "march mar mars marz marzo marco maart marc marts marca марта mart",
            "april apr avril avr abril abr aprile kwietnia апреля nisan",
            "may mai mayo maggio mag maio mei maig maj maja мая mayis",
            "june jun juin juni junio giugno giu junho juny czerwca июня haziran",
            "july jul juillet juil juli julio luglio lug julho juliol lipca июля temmuz",
            "august aug aout agosto ago augustus agost augusti sierpnia августа agustos",
            "september sep sept septembre septiembre settembre set setembro setembre wrzesnia сентября eylul",
            "october oct octobre oktober okt octubre ottobre ott outubro out pazdziernika октября ekim",
            "november nov novembre noviembre novembro listopada ноября kasim",
            "december dec decembre dezember dez diciembre dic dicembre dezembro desembre desember grudnia декабря"
            " aralik",
        ),
        1,
    )
    for name in names.split()
}
_DAYS_AGO = {
    1: "yesterday hier gestern ayer ieri ontem gisteren ahir 昨日",
    0: "today tonight aujourd'hui heute hoy oggi stasera hoje vandaag vanavond avui 本日 今日",
    -1: "tomorrow demain domani amanha dema 明日",  # "morgen" and "manana" are mornings too
}
RELATIVE = {word: days for days, words in _DAYS_AGO.items() for word in words.split()}
NIGHTS = ("tonight", "stasera", "vanavond")  # that of the vendor, which goes on after midnight, in UTC above all
BEGUN = timedelta(hours=3)  # so long ago what is planned for tonight may have begun


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day as written: minutes since midnight where am or pm is known, its zone and day where written.

    ``marked``: more than a number says that it is one. ``half`` of the day is "a" before noon and "p" after it, where
    written.
    """

    minutes: int
    marked: bool
    half: str | None
    zone: str | None
    day: str | None

    @property
    def is_sure(self) -> bool:
        """Whether its half of the day is known: that of "3 pm", "15:00" and "00:15" is, that of "3:00" is not."""
        return self.half is not None or not 60 <= self.minutes < 13 * 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """Times of day as moments, for a post of one moment and one source.

    ``ahead``: it tells of planned work, whose times may lie before or after it.
    """

    said_at: datetime
    source_zone: tzinfo | None
    ahead: bool

    def moments(
        self, start: TimeOfDay | None, end: TimeOfDay | None
    ) -> tuple[datetime | None, datetime | None, str] | None:
        """(start, end, whose the zone is); None where the zone is unknown or the times make no sense."""
        written = next((time.zone for time in (end, start) if time and time.zone), None)
        zone = _written(written, self.source_zone) if written else self.source_zone
        if zone is None:
            return None
        start, end = _with_half(start, end), _with_half_of(start, end)
        day = next((time.day for time in (start, end) if time and time.day), None)
        begin = self._moment(start, zone, day, None) if start else None
        finish = self._moment(end, zone, end.day, begin) if end else None
        if (start and begin is None) or not self._makes_sense(begin, finish):
            return None
        return begin, finish, "as written" if written else "of the source"

    def _moment(self, time: TimeOfDay, zone: tzinfo, day: str | None, after: datetime | None) -> datetime | None:
        """The moment of a time of day: on its day, else the first after ``after``, else the last before the post."""
        today = self.said_at.astimezone(zone).date()
        if day is not None:
            on = _day(day, today)
            if on is None:
                return None
            found = _at(on, time, zone)
            is_past = self.ahead and day in NIGHTS and found < self.said_at - BEGUN
            return _at(on + DAY, time, zone) if is_past else found
        if after is not None:
            on = after.astimezone(zone).date()
            found = _at(on, time, zone)
            return found if found >= after else _at(on + DAY, time, zone)
        if self.ahead:
            return None
        found = _at(today, time, zone)
        if found <= self.said_at + AHEAD:
            return found
        found = _at(today - DAY, time, zone)
        return found if found >= self.said_at - BACK else None

    def _makes_sense(self, start: datetime | None, end: datetime | None) -> bool:
        if start is None and end is None:
            return False
        if start and end and not timedelta(0) <= end - start <= LONGEST_SPAN:
            return False
        return self.ahead or start is None or start <= self.said_at + AHEAD


def _with_half(start: TimeOfDay | None, end: TimeOfDay | None) -> TimeOfDay | None:
    """ "from 9:37 to 10:15 AM": the first has the half of the day of the second."""
    if start is None or end is None or start.half or not end.half or start.minutes >= 13 * 60:
        return start
    minutes = start.minutes % 720 + 720
    if minutes > end.minutes:
        minutes -= 720
    return replace(start, minutes=minutes, half=end.half)


def _with_half_of(start: TimeOfDay | None, end: TimeOfDay | None) -> TimeOfDay | None:
    """ "from 10 PM to 11:30": the second is the next that a clock of twelve hours shows."""
    if start is None or end is None or not start.half or end.is_sure or end.day:
        return end
    early = end.minutes % 720
    minutes = next((each for each in (early, early + 720) if each > start.minutes), early)
    return replace(end, minutes=minutes, half="p" if minutes >= 720 else "a")


def _at(day: date, time: TimeOfDay, zone: tzinfo) -> datetime:
    """The moment at which the clocks of a zone show a time ("24:00" is the next midnight), in UTC."""
    wall = datetime(day.year, day.month, day.day, time.minutes // 60 % 24, time.minutes % 60, tzinfo=zone)
    return (wall + time.minutes // 1440 * DAY).astimezone(UTC)


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name, None where there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def _written(zone: str, source: tzinfo | None) -> tzinfo | None:
    """The zone of an abbreviation or an offset; an ambiguous one is the source's own, or unknown."""
    if zone in ZONES:
        return zone_named(ZONES[zone])
    offset = re.search(r"([+-])\s?(\d{1,2}):?(\d{2})?$", zone)
    if offset is None:
        return source
    away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(-away if offset[1] == "-" else away) if away < FURTHEST else None


def _day(written: str, said_on: date) -> date | None:
    """The day of a written date, None where there is none, or where it may be one of two.

    "3/5/2024" may be in March or in May; with dots the day stands first. Without its year it is the one that is within
    a month of the post.
    """
    if written in RELATIVE:
        return said_on - RELATIVE[written] * DAY
    numbers = [int(number) for number in re.findall(r"\d+", written)]
    month = next((MONTHS[word] for word in re.findall(r"[^\W\d_]+", written) if word in MONTHS), None)
    orders = [numbers]  # as month, day and year
    if month is not None:
        orders = [[month, *numbers]]
    elif numbers[0] > 999:
        orders = [[*numbers[1:], numbers[0]]]
    elif "月" not in written and "월" not in written:
        day_first = [numbers[1], numbers[0], *numbers[2:]]
        orders = [day_first] if "." in written else [numbers, day_first]
    found = {day for order in orders if (day := _nearest(*order, said_on=said_on))}
    if len(orders) > 1 and len(numbers) == 2:
        found = {day for day in found if abs(day - said_on) <= LONGEST_SPAN}
    return found.pop() if len(found) == 1 else None


def _nearest(month: int, day: int, year: int | None = None, *, said_on: date) -> date | None:
    """The day. Without a year: the nearest to the post."""
    if year is not None:
        return _date(year, month, day)
    near = (_date(said_on.year + later, month, day) for later in (-1, 0, 1))
    return min((each for each in near if each), key=lambda each: abs(each - said_on), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    """None where there is no such day, and outside of the years that the record keeps."""
    try:
        return date(year, month, day) if 1970 <= year < 3000 else None
    except ValueError:
        return None
