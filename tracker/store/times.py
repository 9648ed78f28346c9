"""Times to columns and back: ISO 8601 in UTC with a Z, so that they sort as text."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(when: datetime | None) -> str | None:
    """``2022-04-28T21:17:00Z``; sorts as text."""
    if when is None:
        return None
    when = when.astimezone(UTC)
    return f"{when.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def stated(when: datetime | None) -> str | None:
    """A time that a vendor states, as a column; none for what no outage was at: year 1, where a program has no time."""
    return stamp(when) if is_sane(when) else None


def is_sane(when: datetime | None) -> bool:
    """Whether it lies between 1970 and 2999: some days may be added to it and taken away, in any zone."""
    return when is not None and 1970 <= when.year < 3000


def moment(value: str | None) -> datetime | None:
    """The time of a column, None where it is null."""
    return None if value is None else datetime.fromisoformat(value)


def certain(value: str) -> datetime:
    """The time of a column that is never null."""
    return datetime.fromisoformat(value)
