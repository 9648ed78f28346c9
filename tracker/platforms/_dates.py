"""The time that a feed writes, in the ways in which feeds write one; None for anything else.

https://www.rfc-editor.org/rfc/rfc822#section-5 and https://www.w3.org/TR/NOTE-datetime, and what feeds make of them:
the month before the day, figures with dots, names written out or in one of seven languages, two digits of a year, AM
and PM, a zone by its name or abbreviation, a blank for the ``T``, seconds since 1970. A day without a time of day is
its first minute.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.platforms import _zones

LONGEST = 80  # characters

_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
# How months begin in English, French, German, Spanish, Italian, Portuguese and Dutch.
_BEGUN = (
    "jan ene gen", "feb fév fev", "mar mär mrz mrt maa", "apr avr abr", "may mai mag mei", "jun juin giu",
    "jul juil lug", "aug aoû aou ago", "sep set", "oct okt ott out", "nov", "dec déc dez dic",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_BEGUN, 1) for name in names.split()}
_WEEKDAY = "(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_LETTER = "[a-zà-öø-ÿÀ-ÖØ-Þ]"
_ANY_WEEKDAY = (  # and how weekdays begin in these languages
    "(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lu|ma|me|je|ve|ju|vi|gi|s[áÁ]|se|te|qu|wo|vr|za|zo)"
    rf"{_LETTER}*[.,\s]+"
)

# The two usual forms, which need no more than a look.
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.IGNORECASE | re.ASCII
)
_RFC = re.compile(
    rf"(?:{_WEEKDAY},? +)?(\d\d?) +({_NAMES})[a-z]* +"
    r"(\d{4}) +(\d\d:\d\d(?::\d\d)?) +(?:(?:ut|utc|gmt|z)|([+-](?:[01]\d|2[0-3])):?([0-5]\d))",
    re.IGNORECASE | re.ASCII,
)

_MONTH = rf"(?P<month>{_LETTER}{{3,12}})\.?"
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th|\.)?"
_CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
_TIME = rf"(?:(?:t|,?\s+(?:at\s+)?){_CLOCK}\s*(?P<zone>.*))?"
_OTHERS = [
    re.compile(rf"(?:{_ANY_WEEKDAY})?{form}", re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})[-/.年](?P<month>\d\d?)[-/.月]{_DAY}日?{_TIME}",
        rf"(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?(?P<year>\d{{4}}){_TIME}",  # with dots the day is first everywhere
        rf"{_DAY}[-\s]\s*{_MONTH}[-,\s]\s*(?P<year>\d{{4}}|\d\d){_TIME}",
        rf"{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_MONTH}\s+{_DAY}\s+{_CLOCK}(?:\s+(?P<zone>\S+))?\s+(?P<year>\d{{4}})",
    )
]
_EPOCH = re.compile(r"(\d{9,10})(?:\d{3}|\.\d{1,9})?", re.ASCII)

_OFFSET = re.compile(r"((?:(?:GMT|UTC)\s*)?[+-](?:[01]?\d|2[0-3])(?::?[0-5]\d)?)(?:\s+[A-Z]{2,5})?", re.IGNORECASE)
_REMARK = re.compile(r"\s*\([^()]*\)$")
_FIXED = {"UT": 0, "MET": 1, "MEZ": 1, "MEST": 2, "MESZ": 2}  # hours
_BOTH = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}


def moment(text: str, of_page: ZoneInfo | None) -> datetime | None:
    """The moment that is written, to the second; a time without a zone is one of ``of_page``, else unknown."""
    if len(text) > LONGEST:
        return None
    found = _ISO.fullmatch(text)
    usual = (found[1] + found[2]).upper() if found else _rfc_as_iso(text)
    try:
        return datetime.fromisoformat(usual).astimezone(UTC) if usual else _moment(text.strip(), of_page)
    except (ValueError, OverflowError):
        return None


def as_written(text: str) -> datetime | None:
    """The same for comparing times of one feed with each other: one without a zone is taken for UTC."""
    return moment(text, _zones.zone("UTC"))


def _rfc_as_iso(text: str) -> str | None:
    found = _RFC.fullmatch(text)
    if found is None:
        return None
    day, month, year, clock, hours, minutes = found.groups()
    zone = f"{hours}:{minutes}" if hours else "+00:00"
    return f"{year}-{_MONTHS[month.lower()]:02d}-{int(day):02d}T{clock}{zone}"


def _moment(text: str, of_page: ZoneInfo | None) -> datetime | None:
    if epoch := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    found = next((found for form in _OTHERS if (found := form.fullmatch(text))), None)
    if found is None:
        return None
    wall = _wall(found)
    if found["hour"] is None:  # a day alone
        return wall.replace(tzinfo=of_page or UTC).astimezone(UTC)
    offset = away(found["zone"] or "", wall, of_page)
    return (wall - offset).replace(tzinfo=UTC) if offset is not None else None


def _wall(found: re.Match[str]) -> datetime:
    """What the clock shows (naive); ValueError where no clock and no calendar shows that."""
    year, month, hour = int(found["year"]), month_named(found["month"]), int(found["hour"] or 0)
    if month is None:
        raise ValueError(f"a month {found['month']}")
    if len(found["year"]) == 2:
        year += 2000 if year < 90 else 1900
    if half := (found["half"] or "").lower():
        if half == "a" and hour > 12:
            raise ValueError(f"{hour} AM")
        hour = hour % 12 + (12 if half == "p" else 0)
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    return datetime(year, month, int(found["day"]), hour, minute, second)  # noqa: DTZ001


def month_named(name: str) -> int | None:
    """The number of a month by its name, short or long, in one of these languages, or by its number."""
    name = name.lower()
    return _MONTHS.get(name[:3]) or _MONTHS.get(name[:4]) or (int(name) if name.isdigit() else None)


def away(written: str, wall: datetime, of_page: ZoneInfo | None) -> timedelta | None:
    """East of UTC by the zone that is written behind a time, None where that is none that anybody knows."""
    name = _REMARK.sub("", written).strip() or written.strip("() ")
    if offset := _OFFSET.fullmatch(name):
        return _zones.offset(offset[1], wall, of_page, {})
    zone = of_page if not name else _zones.zone(_BOTH.get(name.upper(), name if "/" in name else None))
    if zone is not None:
        return zone.utcoffset(wall)
    if name.upper() in _FIXED:
        return timedelta(hours=_FIXED[name.upper()])
    return _zones.offset(name, wall, of_page, {}) if name.isalpha() else None
