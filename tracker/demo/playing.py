"""The whole way on the small world: really polled over HTTP, at the times of an evening that is long over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.demo.serving import Served, serve
from tracker.demo.world import small_world

if TYPE_CHECKING:
    from tracker.collect import Poll, Report
    from tracker.store import Store

BEGINS = datetime(2022, 4, 28, 17, 0, tzinfo=UTC)
ENDS = datetime(2022, 4, 29, 1, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)  # what cron can do


def play(db: Path, progress: Callable[[str], None] | None = None) -> str:
    """Poll the small world's evening into the new file ``db``; gives one line of what was polled.

    ``progress`` is told the simulated time of each run. StoreError where the file cannot be written.
    """
    from tracker.poll import Poller
    from tracker.store import Store

    # No pause: it would spare nobody. No retry: time stands still until the next simulated poll.
    poller = Poller(pause=0.0, retries=())
    with serve(small_world(), BEGINS) as served, Store.open(db) as store, poller:
        total = run(store, served, poller.poll, ENDS, progress)
    asked = len(served.asked)
    known = sum(each.status == 304 for each in served.asked)
    hours = (ENDS - BEGINS) / timedelta(hours=1)
    return (
        f"polled for real: {asked} requests over {hours:g} simulated hours, {known} of them "
        f"answered 304 (nothing new); {total.announcements} announcements, {total.revisions} revisions"
    )


def run(
    store: Store, served: Served, poll: Poll, until: datetime, progress: Callable[[str], None] | None = None
) -> Report:
    """Collect from the served world whenever something is due, as cron would, until that time; gives what they told."""
    from tracker.collect import Report, collect

    vendors = served.world.vendors(served.bases)
    total = Report()
    while served.now <= until:
        report = collect(store, vendors, now=served.now, poll=poll)
        total.count(report)
        if progress is not None:
            progress(f"{served.now:%H:%M} UTC: {total.announcements} announcements")
        served.now = _next_run(store, served.now)
    return total


def _next_run(store: Store, now: datetime) -> datetime:
    """The next full minute at which something is due."""
    due = [health.next_poll_at for health in store.sources() if health.next_poll_at is not None]
    first = max(min(due, default=now), now + MINUTE)
    floor = first.replace(second=0, microsecond=0)
    return floor if floor == first else floor + MINUTE
