"""The command that tells how each source does: sources."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import choosing, options, output
from tracker.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from tracker.models import Source, SourceHealth
    from tracker.store import Store

_SPARE = (4, 2, 5, 3)  # columns of `sources` that a narrow terminal does without before it cuts the reason
_TIMES = ("since", "last_poll_at", "last_success_at", "next_poll_at")  # of a row of `sources`


@click.command("sources")
@options.vendors
@options.json_option
@options.tz_option
@options.db_option
@options.feeds_option
def sources_(vendors: tuple[str, ...], as_json: bool, tz: tzinfo | None, db: Path, feeds: Path) -> None:
    """How each source is doing: its state, next poll, last error.

    Sources that cannot be read come last, with the reason.
    """
    from tracker.show import words

    rows = _sources(db, feeds, vendors)
    if as_json:
        output.write_json(row | {name: words.iso(row[name]) for name in _TIMES} for row in rows)
        return
    from tracker.show import table

    def when(value: datetime | None) -> str:
        return words.minute(value, tz) if value else "–"

    heads = ("source", "state", "since", "last success", "next poll", "said", "why")
    lines = [
        (row["source"], row["state"], when(row["since"]), when(row["last_success_at"]), when(row["next_poll_at"]),
         str(row["announcements"]), row["reason"] or row["last_error"] or "")
        for row in rows
    ]  # fmt: skip
    output.write(table.table(heads, lines, width=output.table_width(), colour=output.in_colour(), spare=_SPARE))
    _say_how_to_find(rows)


def _say_how_to_find(rows: Iterable[dict[str, Any]]) -> None:
    """Where an address answers and tells nothing that can be read, its vendor may have gone to another platform."""
    unreadable = (row["address"] for row in rows if row["state"] == "unreadable" and "://" in row["address"])
    if address := next(unreadable, None):
        output.say(f"`tracker detect {address}` finds what speaks there now")


def _say_what_is_refused(store: Store, feeds: Path, listed: Iterable[Source]) -> None:
    """What the record knows is of the address before, and the next run ends with this mistake."""
    try:
        store.refuse_another_place(listed)
    except ConfigError as error:
        output.trouble(f"`tracker collect` will refuse {feeds}: {error}")


def _sources(db: Path, feeds: Path, vendors: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the database knows of its sources, then those of feeds.yaml that were never polled, silent ones last.

    Those of ``vendors``; none: all.
    """
    known: dict[str, SourceHealth] = {}
    rows: dict[str, dict[str, Any]] = {}
    with choosing.open_store(db) if db.exists() else nullcontext() as store:
        slugs = choosing.choose_vendors(store, feeds, vendors)
        if store:
            known = {each.source.id: each.at(options.now()) for each in store.sources(slugs, counted=True)}
            rows = {id_: _row(each.source, each.health, each.reason, each) for id_, each in known.items()}
        if feeds.exists() or not rows:
            listed = [source for vendor in choosing.load_feeds(feeds) for source in vendor.sources]
            if store:
                _say_what_is_refused(store, feeds, listed)
            for source in listed:
                if (source.silent or source.id not in rows) and (not slugs or source.vendor in slugs):
                    rows[source.id] = _unasked_row(source, known.get(source.id))
    return sorted(rows.values(), key=lambda row: (row["state"] == "silent", row["source"]))


def _unasked_row(source: Source, told: SourceHealth | None) -> dict[str, Any]:
    """What feeds.yaml says of a source that no run asks, or has asked yet."""
    state, why = ("silent", source.silent) if source.silent else ("new", _why_new(source))
    return _row(source, state, why, told) | {"next_poll_at": None, "last_error": None}


def _why_new(source: Source) -> str:
    """Why it cannot be asked as feeds.yaml has it; else that it is new."""
    from tracker import platforms
    from tracker.models import Known
    from tracker.poll.addresses import address

    try:
        for request in platforms.requests(source, Known()):
            address(request.url)
    except SourceError as error:
        return str(error).removeprefix(f"{source.id}: ")
    return platforms.silent(source) or "never polled"


def _row(source: Source, state: str, reason: str | None, told: SourceHealth | None) -> dict[str, Any]:
    """How a source does; nothing is ``told`` of one that was never polled."""
    return {
        "source": source.id,
        "vendor": source.vendor,
        "platform": source.platform,
        "address": source.address,
        "state": state,
        "since": told and told.since,
        "reason": reason,
        "last_poll_at": told and told.last_poll,
        "last_success_at": told and told.last_success,
        "next_poll_at": told and told.next_poll_at,
        "announcements": told.announcements if told else 0,
        "last_error": told and told.last_error,
    }
