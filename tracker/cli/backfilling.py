"""The command that pages back through what vendors told before they were first polled: backfill."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_FAILED, choosing, options, output, running
from tracker.errors import StoreError
from tracker.show.words import counted

if TYPE_CHECKING:
    from tracker.collect import Backfilled, Ways
    from tracker.poll import Poller


def _month(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """The first day of the month of a time."""
    when = options.past_moment(ctx, param, value)
    return when.astimezone().date().replace(day=1) if when else None


@click.command("backfill")
@click.argument("vendors", nargs=-1, required=True, metavar="VENDOR...")
@click.option("--since", callback=_month, metavar="TIME", help="From its month on: 2019, 2019-03, 90d [all there is].")
@options.budget_option
@options.contact_option
@options.json_option
@options.db_option
@options.feeds_option
def backfill_(
    vendors: tuple[str, ...],
    since: date | None,
    budget: float | None,
    contact: str | None,
    as_json: bool,
    db: Path,
    feeds: Path,
) -> None:
    """Read what VENDORs told before they were first polled.

    A Statuspage keeps its whole life, and so do pages by incident.io and accounts on Mastodon, Bluesky and Telegram.
    This asks for it once: page by page, then for each incident that the pages only name and the record does not have
    whole, newest first, once a second at most. What it has read is kept when it is stopped or its budget ends; the same
    command goes on from there. `collect` gets its turn between two questions.

    \b
    Exit codes:
      0  done, or the budget ended
      1  something could not be read; stderr says what

    \b
    Examples:
      tracker backfill github --since 2019
      tracker backfill github stripe --budget 10m
    """
    from tracker import collect
    from tracker.poll import PAUSE, Poller

    configured = choosing.load_feeds(feeds)
    wanted = choosing.vendors_among(configured, vendors)
    started = options.set_clock()
    with (
        running.alone(db, kind=".backfill") as alone,
        choosing.made_store(db) as store,
        Poller(contact=contact, budget=budget, pause=PAUSE) as poller,
        output.progress() as progress,
    ):
        if not alone:  # each would have its rests while the other asks
            raise StoreError(f"{db}: another backfill is at work on it; one call takes several vendors")
        ways = _ways(db, poller, started, budget, progress)
        try:
            came_of = collect.backfill(store, configured, wanted, since=since, ways=ways)
        except KeyboardInterrupt:
            if progress:
                progress("")
            output.trouble("stopped; the same command goes on from there")
            raise
    _tell(came_of, as_json)
    if any(each.problems for each in came_of):
        sys.exit(EXIT_FAILED)


def _ways(
    db: Path, poller: Poller, started: datetime, budget: float | None, progress: Callable[[str], None] | None
) -> Ways:
    """How to ask, wait and tell, from ``started`` until the ``budget`` (in seconds) is spent."""
    from tracker.collect import Ways
    from tracker.poll import LAST_START, PAUSE

    until = monotonic() + (inf if budget is None else budget)
    return Ways(
        clock=options.now,
        poll=poller.poll,
        turn=lambda: running.turn(db, until),
        rest=lambda seconds: sleep(min(max(seconds, PAUSE), max(until - monotonic(), 0.0))),
        ends_at=None if budget is None else started + timedelta(seconds=budget * (1 - LAST_START)),
        environ=options.environ(),
        progress=progress,
    )


def _tell(came_of: Iterable[Backfilled], as_json: bool) -> None:
    """What came of each source, as JSON, or to a terminal in words; on stderr what went wrong."""
    for problem in (problem for each in came_of for problem in each.problems):
        output.trouble(problem)
    if as_json:
        output.write_json(map(_as_json, came_of))
    elif sys.stderr.isatty():
        for each in came_of:
            if each.source is not None:
                output.say(_summary(each))


def _as_json(each: Backfilled) -> dict[str, Any]:
    return asdict(each) | {"back_to": each.back_to.isoformat() if each.back_to else None}


def _summary(each: Backfilled) -> str:
    told = f"{counted(each.announcements, 'announcement')} read"
    if each.read or each.known or each.gone or each.left:  # else its pages named none
        told = f"{counted(each.read, 'incident')} with {told}, {each.known} known before"
    gone = f", {each.gone} no longer there" if each.gone else ""
    back_to = f"; back to {each.back_to:%B %Y}" if each.back_to else ""
    goes_on = not each.done and (each.left or each.back_to)
    left = f"; {each.left or 'more'} left, for which the same command goes on" if goes_on else ""
    return f"{each.source}: {told}{gone}{back_to}{left}"
