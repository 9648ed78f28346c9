"""Abbreviations of time zones to offsets, as status pages write them behind a time of day.

An abbreviation is no name: CST is China, Cuba and Chicago, and some pages write PST in summer too. So the offset that
a document shows of its own clock comes first, as long as it is within an hour of what the abbreviation means.
https://www.iana.org/time-zones
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_NUMERIC = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2})(?::?(\d{2}))?")


def _minutes(table: str) -> dict[str, timedelta]:
    pairs = (item.split("=") for item in table.split())
    return {name: timedelta(minutes=int(minutes)) for name, minutes in pairs}


_UTC = frozenset(("UTC", "GMT", "UCT", "Z"))
_CERTAIN = _minutes(
    "WET=0 WEST=60 CET=60 CEST=120 EET=120 EEST=180 MSK=180 SAST=120 WAT=60 CAT=120 EAT=180 "
    "PKT=300 NPT=345 WIB=420 HKT=480 SGT=480 AWST=480 JST=540 KST=540 ACST=570 AEST=600 ACDT=630 AEDT=660 NZST=720 "
    "NZDT=780 BRT=-180 ART=-180 CLT=-240 CLST=-180 NST=-210 NDT=-150 ADT=-180 EST=-300 EDT=-240 CDT=-300 MST=-420 "
    "MDT=-360 PST=-480 PDT=-420 AKST=-540 AKDT=-480 HST=-600"
)
_LIKELY = _minutes("BST=60 CST=-360 IST=330 AST=-240 GST=240 ICT=420 PHT=480 PHST=480 MYT=480 COT=-300 PET=-300")


@lru_cache(maxsize=256)
def zone(name: str | None) -> ZoneInfo | None:
    """The zone of an IANA name, None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):
        return None


def offset(
    abbreviation: str, wall: datetime, of_page: ZoneInfo | None, seen: Mapping[str, timedelta]
) -> timedelta | None:
    """East of UTC at that wall-clock time (naive), None where nothing tells.

    ``of_page`` is the zone that the page is set to; ``seen`` are offsets that the document itself shows.
    """
    name = abbreviation.strip().upper()
    if numeric := _NUMERIC.fullmatch(name):
        away = timedelta(hours=int(numeric[2]), minutes=int(numeric[3] or 0))
        return -away if numeric[1] == "-" else away
    if name in _UTC:
        return timedelta()
    if name in seen and abs(seen[name] - _CERTAIN.get(name, seen[name])) <= timedelta(hours=1):
        return seen[name]
    if of_page is not None and (named := _named(name, wall, of_page)) is not None:
        return named
    known = _CERTAIN.get(name, _LIKELY.get(name))
    return of_page.utcoffset(wall) if known is None and of_page is not None else known


def _named(name: str, wall: datetime, of_page: ZoneInfo) -> timedelta | None:
    """The page's own offset where it goes by that abbreviation then; an hour that comes twice has two."""
    for fold in (0, 1):
        local = wall.replace(tzinfo=of_page, fold=fold)
        if (local.tzname() or "").upper() == name:
            return local.utcoffset()
    return None
