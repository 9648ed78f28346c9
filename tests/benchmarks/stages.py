"""What each stage of a first poll costs, beside the floor: libcurl alone and expat alone.

    python tests/benchmarks/stages.py [--vendors 40] [--rounds 3]

Each made-up vendor has a history feed as status pages serve it: 25 incidents of five updates, all new. The stages run
in the order of the collector, in one process, and each is given its CPU time; the best of the rounds counts.
The request itself is measured by ``poll.py``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from xml.parsers import expat

from tracker.classify import classify
from tracker.collect import reassemble
from tracker.models import Document, Source
from tracker.platforms import platform
from tracker.store import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
INCIDENTS = 25
TOLD = (
    ("Resolved", "The fix for {what} has held for an hour and this incident is closed. {more}"),
    ("Monitoring", "A fix for {what} is out. Error rates of {where} are falling and we keep watching them. {more}"),
    ("Update", "We have traced the trouble with {what} to {where} and are draining the affected nodes. {more}"),
    (
        "Identified",
        "The cause of the errors in {what} is known: a faulty change in {where}. It is being undone. {more}",
    ),
    ("Investigating", "We are looking into {what}: customers in {where} may see errors and long waits. {more}"),
)
MORE = (
    "Requests that were queued in the meantime are worked off in the order in which they came; that may take a while.",
    "Customers who use more than one region can move their traffic by hand; the handbook says how that is done.",
    "No data was lost at any time. The next word follows as soon as there is something new to tell, within two hours.",
    "Scheduled jobs that began during this time are run again by themselves, and their owners get a note by mail.",
)
WHAT = ("exports", "invoices", "webhooks", "sign-in", "search", "uploads", "message queues", "dashboards", "the API")
WHERE = ("eu-west", "us-east", "Frankfurt", "Sydney", "the billing cluster", "the edge network", "Chennai")


def made_feed(chance: random.Random) -> bytes:
    """A history.atom of one vendor."""
    entries = []
    for number in range(INCIDENTS):
        what, where = chance.choice(WHAT), chance.choice(WHERE)
        began = NOW - timedelta(days=3 * number + 1, minutes=chance.randrange(900))
        html = ""
        for place, (state, words) in enumerate(TOLD):
            at = began + timedelta(minutes=40 * (len(TOLD) - place))
            said = words.format(what=what, where=where, more=" ".join(chance.sample(MORE, 2)))
            html += (
                f"<p><small>{at:%b} <var data-var='date'>{at:%d}</var>, <var data-var='time'>{at:%H:%M}</var> UTC"
                f"</small><br><strong>{state}</strong> - {said}</p>"
            )
        link = f"https://status.terns.example/incidents/{number:012x}"
        entries.append(
            f"<entry><id>tag:status.terns.example,2005:Incident/{number}</id><published>{began.isoformat()}</published>"
            f"<updated>{began.isoformat()}</updated><link rel='alternate' type='text/html' href='{link}'/>"
            f"<title>Trouble with {what} in {where}</title><content type='html'>{escape(html)}</content></entry>"
        )
    head = "<feed xmlns='http://www.w3.org/2005/Atom'><title>Terns - Incident History</title>"
    return (head + "".join(entries) + "</feed>").encode()


class Spent:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.by_stage: dict[str, float] = defaultdict(float)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.by_stage[stage] += time.process_time() - began


def first_poll(bodies: list[bytes], db: Path) -> tuple[Spent, int]:
    """The stages over all feeds, 25 feeds a transaction as the collector writes them; how many announcements."""
    spent, count = Spent(), 0
    with Store.open(db) as store:
        for start in range(0, len(bodies), 25):
            with store.transaction():
                for number, body in enumerate(bodies[start : start + 25], start):
                    count += _one(store, f"vendor{number}", body, spent)
                inside = time.process_time()
            spent.by_stage["commit, with full-text search"] += time.process_time() - inside
    return spent, count


def _one(store: Store, vendor: str, body: bytes, spent: Spent) -> int:
    source = Source(
        id=f"{vendor}/statuspage", vendor=vendor, platform="statuspage", url="https://a.example/history.atom"
    )
    document = Document(source=source, url=source.url or "", body=body, content_type="", polled_at=NOW, purpose="url")
    with spent.on("expat alone (the floor of reading)"):
        expat.ParserCreate().Parse(body, True)
    with spent.on("read"):
        reading = platform("statuspage").read(document)
    with spent.on("store what was said"):
        got = store.ingest(source, "url", reading, NOW, live=True)
    with spent.on("classify"):
        verdicts = [(number, version, classify(said)) for number, version, said in got.said]
    with spent.on("store verdicts"):
        store.write_verdicts(verdicts)
    with spent.on("assemble, and store incidents"):
        reassemble(store, vendor, got.touched)
    return got.announcements


def main() -> None:
    """Print a line a stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vendors", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    chance = random.Random(0)
    bodies = [made_feed(chance) for _ in range(given.vendors)]
    best: dict[str, float] = {}
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            spent, count = first_poll(bodies, Path(folder) / f"{number}.db")
        for stage, seconds in spent.by_stage.items():
            best[stage] = min(best.get(stage, seconds), seconds)
    print(f"{len(bodies)} feeds of {len(bodies[0]) / 1000:.0f} kB, {count} announcements")
    print(f"{'stage':38} ms a feed   us an announcement")
    for stage, seconds in best.items():
        print(f"{stage:38} {seconds * 1000 / len(bodies):9.2f}   {seconds * 1e6 / count:9.0f}")


if __name__ == "__main__":
    main()
