"""Who is heard: until when each vendor was read, and of whom nothing is read now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from tracker.cli import options, output

if TYPE_CHECKING:
    from tracker.models import SourceHealth
    from tracker.store import Reader

MOST_UNREAD = 5  # vendors that nobody reads, a line each: where the collector has stopped, it is all of them


def last_read(store: Reader, slugs: tuple[str, ...]) -> datetime | None:
    """Until when each of these vendors was read; any of them where all are asked for, for one is always silent."""
    from tracker.show import checked

    latest = checked.read_last(store.sources(slugs)).values()
    times = [each.last_success for each in latest if each.last_success]
    return (min if slugs else max)(times, default=None)


def health_now(
    store: Reader, slugs: tuple[str, ...], now: datetime, late: timedelta, told: Collection[str] = ()
) -> list[SourceHealth]:
    """How the sources of these vendors (none: all) do ``now``.

    Those that left feeds.yaml only where their vendor has no other and was asked for, or is ``told`` of where all were.
    """
    from tracker.models import Health

    found = [each.at(now, late) for each in store.sources(slugs)]
    listed = {each.source.vendor for each in found if each.health is not Health.RETIRED}
    gone = {*(slugs or told)} - listed
    return [each for each in found if each.health is not Health.RETIRED or each.source.vendor in gone]


def say_unread(store: Reader, slugs: tuple[str, ...], told: set[str], tz: tzinfo | None) -> None:
    """Silence is no good news where nobody listens: the vendors of which nothing is read now, on stderr.

    Who was never polled is told where it was asked for by name and has ``told`` nothing; who left feeds.yaml also
    where nobody was asked for by name, and it has told something.
    """
    from tracker.models.sources import LATE

    now = options.now()
    health = health_now(store, slugs, now, LATE, told)
    read = {each.source.vendor for each in health if each.is_known(now)}
    last: dict[str, datetime | None] = {slug: None for slug in slugs if slug not in told}
    for each in health:
        if each.last_success is not None and each.last_poll is not None:
            last[each.source.vendor] = max(last.get(each.source.vendor) or each.last_success, each.last_success)
    unread = {slug: when for slug, when in last.items() if slug not in read}
    if unread:
        _say_since(unread, health, store.vendor_names(), tz)


def _say_since(
    unread: dict[str, datetime | None], health: list[SourceHealth], names: dict[str, str], tz: tzinfo | None
) -> None:
    from tracker.show import checked, words

    last = checked.read_last(each for each in health if not each.is_read)
    lines = [
        checked.not_read(words.vendor_name(slug, names), when, last.get(slug), tz)
        for slug, when in sorted(unread.items())
    ]
    if len(lines) > MOST_UNREAD + 1:  # one more takes no more room than saying so
        lines[MOST_UNREAD:] = [f"and {len(lines) - MOST_UNREAD} more vendors; see `tracker sources`"]
    for line in lines:
        output.say(line)
