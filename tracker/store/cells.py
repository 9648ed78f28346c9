"""One value to its cell in a table and back: times are ISO 8601 in UTC with a Z and sort as text, lists are JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import overload


@overload
def stamp(when: datetime) -> str: ...
@overload
def stamp(when: datetime | None) -> str | None: ...
def stamp(when: datetime | None) -> str | None:
    """``2022-04-28T21:17:00Z``."""
    return None if when is None else when.astimezone(UTC).isoformat("T", "seconds").replace("+00:00", "Z")


def stated(when: datetime | None) -> str | None:
    """A time that a vendor states, as a cell; none for what no outage was at: year 1, where a program has no time."""
    return stamp(when) if is_sane(when) else None


def is_sane(when: datetime | None) -> bool:
    """Whether it lies between 1970 and 2999: some days may be added to it and taken away, in any zone."""
    return when is not None and 1970 <= when.year < 3000


def moment(value: str | None) -> datetime | None:
    """The time in a cell, None where it is null."""
    return None if value is None else datetime.fromisoformat(value)


def certain(value: str) -> datetime:
    """The time in a cell that is never null."""
    return datetime.fromisoformat(value)


def listed(texts: Sequence[str]) -> str:
    """A list of texts as its cell: what `json.dumps` writes, which takes six times as long for so little."""
    return f"[{', '.join(map(encode_basestring, texts))}]"


def texts(written: str) -> tuple[str, ...]:
    """A list of texts from its cell; most are empty."""
    return () if written == "[]" else tuple(json.loads(written))


def revised(column: str) -> str:
    """The SQL of a column of an announcement ``a`` as its revision ``r`` has it, where there is one."""
    return f"CASE WHEN r.number IS NULL THEN a.{column} ELSE r.{column} END"
