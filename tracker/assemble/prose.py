"""When it was broken, as the vendor's words have it: "between 14:05 and 15:10 UTC", "depuis 14h30". Pure.

Own rules, in nine languages: libraries for dates in prose read a port, a percentage or an error code as a time,
guess the zone and the day, and take milliseconds a text. Here a time must follow a word that begins or ends a
span; its zone is the one written with it, else that of the source, else it is unknown; its day is the one written
with it, else the last on which that hour was before the post; planned work at an hour that has long passed has none.
What cannot be known is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

READ = 6_000  # characters; a report of an outage names its times at its beginning
LONGEST = timedelta(days=31)  # a span that would be longer was not understood
AHEAD = timedelta(minutes=15)  # clocks differ: a post may name a minute that is still to come
BACK = timedelta(hours=18)  # an hour without day is of the last hours; one that is further back is a forecast
PASSED = timedelta(hours=6)  # planned work at an hour that is further back than that is of a day that is not named

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
_ZONES = {name: place for place, names in _PLACES.items() for name in names.split()}
_ZONES |= dict.fromkeys(("utc", "gmt", "z", "協定世界時"), "UTC")
_ALSO_WORDS = ("est", "et", "cet", "west")  # in lower case a word: "depuis 14h30 est interrompu", "7h30-9h30 et"
_AMBIGUOUS = ("ist", "ast", "gst", "amt")  # several countries use them: only the source's own zone can tell

_MONTHS = {
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
    0: "today aujourd'hui heute hoy oggi hoje vandaag avui 本日 今日",
}
_RELATIVE = {word: days for days, words in _DAYS_AGO.items() for word in words.split()}

_PLAIN = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’–—〜～：",
    "aaaaaaceeeeiiiinooooouuuuyy'----:",
)

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ZONE = r"(?:utc|gmt)\s?[+-]\s?\d{1,2}(?::?\d{2})?|[+-]\d{2}:?\d{2}|" + "|".join(
    sorted((re.escape(name) for name in (*_ZONES, *_AMBIGUOUS)), key=len, reverse=True)
)
_DATE = (
    r"(?:\d{4}[-/]\d{2}[-/]\d{2}|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}月\d{1,2}日"
    rf"|(?:{_MONTH})\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?(?!\d|:)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s(?:de\s|of\s)?(?:{_MONTH})\b\.?(?:,?\s(?:de\s|del\s)?\d{{4}})?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{4}|" + "|".join(_RELATIVE) + ")"
)


def _moment(n: int) -> str:
    """The pattern of a moment, its parts named with a number: day, time, zone, day."""
    return (
        rf"(?:(?P<before{n}>{_DATE})(?:,|\s|t|at|a|um|om|alle|ore|las|les|as|の|kl\.?)*)?"
        rf"(?P<half{n}>午前|午後)?(?P<hour{n}>\d{{1,2}})"
        rf"(?:(?::|h|時)(?P<minute{n}>\d{{2}}|\d{{1,2}}(?=分)|半)?(?::\d{{2}}(?:\.\d+)?)?|\.(?P<dotted{n}>\d{{2}}))?分?"
        rf"(?!\d|%|\.\d)\s?(?P<noon{n}>[ap]\.?\s?m\b\.?)?(?:\s?(?P<unit{n}>uhr|uur|hrs?|horas?|heures?|ore|h)\b)?"
        rf"(?:\s?[(\[]?(?P<zone{n}>{_ZONE})(?![a-z\d])(?:\s?time)?[)\]]?)?"
        rf"(?:,?\s?(?:(?:on|le|el|am|il|em|op|del?|,)\s)*(?:the\s)?(?P<after{n}>{_DATE}))?"
    )


_ABOUT = (
    r"(?:(?:approximately|approx\.?|about|around|roughly|circa|ca\.?|environ|env\.?|vers|gegen|etwa|ungefahr|hacia|"
    r"sobre|aproximadamente|verso|cerca|rond|ongeveer|cap a|aproximadament|at|the|les|las|le|as|la|l'|ore|alle|um|om|"
    r"time|de|del|d'|~)[\s:]*){0,4}"
)
_RANGE = (
    r"\b(?:between|entre|zwischen|tra|fra|tussen|from|von|de|dalle|das|van|desde|des de|du|time|impact|window)\b[\s:]*"
    rf"{_ABOUT}{_moment(1)}\s*(?:,\s*)?"
    r"(?:and|et|y|e|und|en|i|to|a|bis|alle|tot|until|till|through|jusqu'a|hasta|ate|fins a|-)"
    rf"[\s:]*{_ABOUT}{_moment(2)}"
)
_BARE_RANGE = rf"{_moment(1)}頃?\s?(?:から|より|-)\s?{_moment(2)}(?:頃?まで)?"
_START = (
    r"\b(?:since|starting|started|starts|began|begun|beginning|begins|onset|from|as early as|depuis|a partir de|des|"
    r"debut|seit|ab|begann|beginn|dalle|dal|da|a partire|inizio|desde|inicio|comenzo|sinds|vanaf|begonnen|des de|"
    rf"start(?:\stime)?|a partir das?)\b[\s:]*{_ABOUT}{_moment(1)}"
)
_START_AFTER = rf"{_moment(1)}\s?頃?(?:から|より)"
_END = (
    r"\b(?:(?:until|till|through)(?:\s(?:full\s)?(?:mitigation|resolution|recovery))?|ended|ending(?:\son)?|"
    r"end(?:\stime)?|resolved|recovered|restored|mitigated|fixed|"
    r"jusqu'a|fin|retabli|resolu|bis|behoben|fino|hasta|resuelto|ate|resolvido|tot|opgelost|fins|resolt|risolto)\b[\s:]*"
    rf"(?:(?:by|as of|a|le|am|il|op)\s)?{_ABOUT}{_moment(1)}"
)
_END_AFTER = rf"{_moment(1)}\s?頃?(?:まで|に復旧|に解消)"


_TIME = re.compile(r"\d(?:[:h時]|\.\d\d|\s?[ap]\.?\s?m\b|\s?(?:uhr|uur|h|hrs?|horas?|heures?|ore)\b)")
_DASHED = re.compile(r"\d\s?(?:[a-z]{1,4}\s?)?-\s?\d{1,2}[:h]")
_JAPANESE = re.compile(r"(?:から|より|まで|に復旧|に解消)")
_DAY_BEFORE = rf"({_DATE})[^.!?\d]{{0,30}}$"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time that a text names, as far as it is known.

    ``words`` are the text's own; ``zone`` says whether the zone is "as written" or "of the source".
    """

    start: datetime | None
    end: datetime | None
    words: str
    zone: str


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day as written: minutes since midnight where am or pm is known, its zone and day where written."""

    minutes: int
    marked: bool
    noon: str | None
    zone: str | None
    day: str | None


def span(
    text: str, *, said_at: datetime, zone: str | None = None, ahead: bool = False, since: datetime | None = None
) -> Span | None:
    """The span that the text names, None where there is none.

    ``said_at`` is when it was said, ``zone`` the IANA name of the source's zone. ``ahead``: the text speaks of
    planned work, whose times may lie before or after it. ``since`` is from when on the outage was spoken of: of
    several spans it is the first that reaches into that time, else the first; an end alone that lies before it is that
    of something else.
    """
    plain = _plain(text[:READ])
    if not _TIME.search(plain):
        return None
    reading = _Reading(said_at, _zone_of(zone), ahead)
    earlier: Span | None = None
    for found in _spans(plain, text):
        read = reading.read(*found)
        if read is None:
            continue
        start, end, words, by = read
        if earlier and not (start and end):
            break
        named = Span(start, end, " ".join(text[words].split()), by)
        if since is None or end is None or end >= since:
            return named
        earlier = earlier or (named if start else None)
    return earlier


def _plain(text: str) -> str:
    """In lower case, without accents, with one kind of dash; each sign stays at its place."""
    lower = text.lower()
    if lower.isascii():
        return lower
    # Where the lower case of a letter is two, places would move.
    return (lower if len(lower) == len(text) else text).translate(_PLAIN)


_compiled = cache(re.compile)  # the long ones take a twentieth of a second, and few runs need them

_Found = tuple[_Clock | None, _Clock | None, slice]


def _spans(plain: str, text: str) -> Iterator[_Found]:
    """(from, to, where) of what looks like a span: whole ones first, then a beginning with the end it may have."""
    japanese = _JAPANESE.search(plain) is not None
    for pattern in (_RANGE, _BARE_RANGE) if japanese or _DASHED.search(plain) else (_RANGE,):
        for match in _compiled(pattern).finditer(plain):
            one, other = _clock(match, 1, text), _clock(match, 2, text)
            if other.marked and (one.marked or other.noon or match["unit2"]):
                yield one, other, slice(*match.span())
    start = next(_clocks(plain, text, (_START, _START_AFTER) if japanese else (_START,), 0), None)
    ends = _clocks(plain, text, (_END, _END_AFTER) if japanese else (_END,), start[1].start if start else 0)
    if start is None:
        yield from ((None, end, where) for end, where in ends)
    elif end := next(ends, None):
        yield start[0], end[0], slice(start[1].start, end[1].stop)
    else:
        yield start[0], None, start[1]


def _clocks(plain: str, text: str, patterns: tuple[str, ...], place: int) -> Iterator[tuple[_Clock, slice]]:
    for pattern in patterns:
        for match in _compiled(pattern).finditer(plain, place):
            clock = _clock(match, 1, text)
            if clock.marked:
                yield clock, slice(*match.span())


def _clock(match: re.Match[str], n: int, text: str) -> _Clock:
    minute, dotted = match[f"minute{n}"], match[f"dotted{n}"]
    hour = int(match[f"hour{n}"])
    half = match[f"half{n}"]
    noon = {"午前": "a", "午後": "p"}.get(half) if half else (match[f"noon{n}"] or "")[:1] or None
    written = match.string[match.start(f"hour{n}") : match.end(f"hour{n}") + 1][-1:]
    marked = bool(minute or noon or match[f"unit{n}"] or written in "h時")
    if noon and hour <= 12:
        hour = hour % 12 + (12 if noon == "p" else 0)
    minutes = 30 if minute == "半" else int(minute or dotted or 0)
    known = hour <= 24 and minutes < 60
    return _Clock(
        minutes=hour * 60 + minutes,
        marked=marked and known,
        noon=noon,
        zone=_zone_said(match, n, text),
        day=match[f"before{n}"] or match[f"after{n}"] or (_day_before(match) if n == 1 else None),
    )


def _zone_said(match: re.Match[str], n: int, text: str) -> str | None:
    """The zone that is written with a time; what may be a word is one where it is in capitals, or after am or pm."""
    zone = match[f"zone{n}"]
    if zone in _ALSO_WORDS and not match[f"noon{n}"] and not text[slice(*match.span(f"zone{n}"))].isupper():
        return None
    return zone


def _day_before(match: re.Match[str]) -> str | None:
    """The day that is named shortly before, in the same sentence."""
    found = _compiled(_DAY_BEFORE).search(match.string, max(0, match.start() - 60), match.start())
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Times of day as moments, for a post of one moment and one source."""

    said_at: datetime
    source_zone: tzinfo | None
    ahead: bool

    def read(
        self, start: _Clock | None, end: _Clock | None, words: slice
    ) -> tuple[datetime | None, datetime | None, slice, str] | None:
        """(start, end, where it stands, how the zone is known), None where that makes no sense."""
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
        return begin, finish, words, "as written" if written else "of the source"

    def _moment(self, clock: _Clock, zone: tzinfo, day: str | None, after: datetime | None) -> datetime | None:
        """The moment of a time of day: on its day, else the first after ``after``, else the last before the post."""
        local = self.said_at.astimezone(zone)
        if day is not None:
            on = _day(day, local.date(), ahead=self.ahead)
            return _at(on, clock.minutes, zone) if on else None
        if after is not None:
            on = after.astimezone(zone).date()
            found = _at(on, clock.minutes, zone)
            return found if found is None or found >= after else _at(on + timedelta(days=1), clock.minutes, zone)
        found = _at(local.date(), clock.minutes, zone)
        if found is None or (self.ahead and found >= self.said_at - PASSED):
            return found
        if self.ahead:
            return None
        if found <= self.said_at + AHEAD:
            return found
        found = _at(local.date() - timedelta(days=1), clock.minutes, zone)
        return found if found and found >= self.said_at - BACK else None

    def _makes_sense(self, start: datetime | None, end: datetime | None) -> bool:
        if start is None and end is None:
            return False
        if start and end and not timedelta(0) <= end - start <= LONGEST:
            return False
        return self.ahead or start is None or start <= self.said_at + AHEAD


def _with_noon(start: _Clock | None, end: _Clock | None) -> _Clock | None:
    """ "from 9:37 to 10:15 AM": the first has the half of the day of the second."""
    if start is None or end is None or start.noon or not end.noon or start.minutes >= 13 * 60:
        return start
    minutes = start.minutes % 720 + (720 if end.noon == "p" else 0)
    if minutes > end.minutes and minutes >= 720:
        minutes -= 720
    return _Clock(minutes, start.marked, end.noon, start.zone, start.day)


def _at(day: date, minutes: int, zone: tzinfo) -> datetime | None:
    try:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        wall = midnight.replace(hour=minutes // 60 % 24, minute=minutes % 60)
        return (wall + timedelta(days=minutes // 1440)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone_of(name: str | None) -> tzinfo | None:
    return _place(name) if name else None


@lru_cache(maxsize=64)
def _place(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None


def _written(zone: str, source: tzinfo | None) -> tzinfo | None:
    """The zone of an abbreviation or an offset; an ambiguous one is the source's own, or unknown."""
    known = _ZONES.get(zone)
    if known is not None:
        return _place(known)
    offset = re.search(r"([+-])\s?(\d{1,2}):?(\d{2})?$", zone)
    if offset is None:
        return source
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if offset[1] == "-" else away)


def _day(written: str, said_on: date, *, ahead: bool) -> date | None:
    """The day of a written date; without year the one nearest before the post, or nearest at all where ``ahead``."""
    if written in _RELATIVE:
        return said_on - timedelta(days=_RELATIVE[written])
    numbers = [int(number) for number in re.findall(r"\d+", written)]
    month = next((_MONTHS[word] for word in re.findall(r"[a-z]+", written) if word in _MONTHS), None)
    try:
        if month is not None:
            return (
                date(numbers[1], month, numbers[0]) if len(numbers) > 1 else _nearest(month, numbers[0], said_on, ahead)
            )
        if len(numbers) == 2:
            return _nearest(numbers[0], numbers[1], said_on, ahead)
        if numbers[0] > 999:
            return date(*numbers)
        return _numeric(numbers)
    except (ValueError, OverflowError):
        return None


def _numeric(numbers: list[int]) -> date | None:
    """Day and month, where only one order is possible."""
    one, other, year = numbers
    if one == other or one > 12:
        return date(year, other, one)
    return date(year, one, other) if other > 12 else None


def _nearest(month: int, day: int, said_on: date, ahead: bool) -> date | None:
    years = [said_on.year - 1, said_on.year, said_on.year + 1]
    found = [date(year, month, day) for year in years if not (month == 2 and day == 29 and year % 4)]
    if not ahead:
        found = [each for each in found if each <= said_on + timedelta(days=1)]
    return min(found, key=lambda each: abs(each - said_on), default=None)
