"""What assembling costs: a rebuild, and a poll that touches one incident of a vendor with many.

    python tests/benchmarks/assemble.py [--incidents 10000]

The vendor is made up: four words an incident on its page (with keys), every third incident also on a social account
(without), several a day, so that some are open at once. Times are of the wall;
memory is the most that the process held.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracker.collect import reassemble
from tracker.models import Announcement, Phase, Reading, Source, Verdict
from tracker.store import Store

BEGAN = datetime(2010, 1, 1, tzinfo=UTC)
PAGE = Source(id="nimbus/statuspage", vendor="nimbus", platform="statuspage")
SOCIAL = Source(id="nimbus/mastodon", vendor="nimbus", platform="mastodon")
STAGES = (
    ("investigating", Phase.OUTAGE_START, "We are investigating"),
    ("identified", Phase.UPDATE, "We are still working on"),
    ("monitoring", Phase.UPDATE, "A fix has been deployed for"),
    ("resolved", Phase.RESOLVED, "This has been resolved:"),
)
WORDS = (
    "payments", "uploads", "search", "gateway", "login", "webhooks", "builds", "runners", "exports", "dashboards",
    "storage", "queue", "database", "certificates", "messages", "calls", "billing", "sessions", "caches", "invoices",
    "maps", "sensors", "playlists", "orders", "coupons",
)  # fmt: skip


def said(number: int, at: datetime, rng: random.Random) -> Iterator[tuple[Announcement, Phase]]:
    """One incident: what is said of it, oldest first."""
    key, parts = f"incident{number:08d}", rng.sample(WORDS, 2)
    for stage, (status, phase, words) in enumerate(STAGES):
        when = at + timedelta(minutes=25 * stage)
        text = f"{words} {' and '.join(parts)}. {' '.join(rng.choices(WORDS, k=25))}."
        yield (
            Announcement(
                source=PAGE.id, vendor="nimbus", id=f"{number}-{stage}", text=text, published_at=when, status=status,
                title=f"Trouble with {parts[0]}", incident_key=key, url=f"https://status.nimbus.example/incidents/{key}",
            ),
            phase,
        )  # fmt: skip
        if number % 3 == 0 and stage in (0, 3):
            words = "We know of problems with" if stage == 0 else "Fixed:"
            post = when + timedelta(minutes=4)
            yield (
                Announcement(
                    source=SOCIAL.id, vendor="nimbus", id=f"{number}-{stage}", text=f"{words} {' '.join(parts)}",
                    published_at=post,
                ),
                phase,
            )  # fmt: skip


def keep(store: Store, told: Sequence[tuple[Announcement, Phase]]) -> tuple[int, ...]:
    """Write them down with their verdicts, as read from one answer of their source; gives their numbers."""
    source = PAGE if told[0][0].source == PAGE.id else SOCIAL
    phases = {announcement.id: phase for announcement, phase in told}
    reading = Reading(announcements=tuple(announcement for announcement, _ in told))
    got = store.ingest(source, "all", reading, told[-1][0].published_at or BEGAN)
    store.write_verdicts(
        (number, version, Verdict(phase=phases[said.id], confidence=0.97, because="made up"))
        for number, version, said in got.said
    )
    return got.touched


def polls(store: Store, told: Iterable[tuple[Announcement, Phase]]) -> list[float]:
    """Seconds of assembling for each of these, polled one by one, in order."""
    took = []
    for each in told:
        with store.transaction():
            numbers = keep(store, [each])
            took.append(timed(lambda numbers=numbers: reassemble(store, "nimbus", numbers)))
    return took


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=10_000)
    incidents: int = parser.parse_args().incidents
    rng = random.Random(3)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "t.db") as store:
        with store.transaction():
            for source in (PAGE, SOCIAL):
                store.ensure_source(source)
            count = 0
            for number in range(incidents):
                told = list(said(number, BEGAN + timedelta(hours=7 * number + rng.random() * 7), rng))
                for source in (PAGE, SOCIAL):
                    if mine := [each for each in told if each[0].source == source.id]:
                        count += len(keep(store, mine))
        with store.transaction():
            took = timed(lambda: reassemble(store, "nimbus"))
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"rebuild: {count:,} announcements in {took:.1f} s, {took / count * 1e6:.0f} µs each, {held:.0f} MB at most"
        )
        later = BEGAN + timedelta(hours=7 * incidents + 48)
        news = [
            each
            for number in range(incidents, incidents + 120, 3)
            for each in said(number * 3, later + timedelta(hours=7 * (number - incidents)), rng)
        ]
        spent = polls(store, news)
        for label, source in (("on its page", PAGE), ("on a social account", SOCIAL)):
            mine = sorted(seconds for seconds, (each, _) in zip(spent, news, strict=True) if each.source == source.id)
            middle, high = mine[len(mine) // 2] * 1e3, mine[int(len(mine) * 0.9)] * 1e3
            print(f"a poll with one word {label}: {middle:.2f} ms, nine of ten within {high:.2f} ms")
        print(f"a poll without news: {timed(lambda: reassemble(store, 'nimbus', ())) * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
