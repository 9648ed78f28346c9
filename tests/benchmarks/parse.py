"""What reading costs: a feed of 25 entries and 100 KB, its HTML, and a poll that brings one new entry.

    python tests/benchmarks/parse.py --rounds 7 [FEED.atom]

Every way does the same work in turn, ``rounds`` times, in one process; CPU time, best and median. Without a file the
feed is a made one: an Atom history as status pages serve it, each entry with the HTML of nine updates.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from tracker.models import Document, Source
from tracker.platforms import _feeds, _html, feed

SENTENCE = "We are seeing delays &amp; errors in “queues” and keep working with our partners to bring them down. "
UPDATE = (
    "<p> <small>Apr <var data-var='date'>{day}</var>, <var data-var='time'>0{n}:20</var> UTC</small><br> "
    "<strong>Update</strong> - " + SENTENCE * 2 + "<a href='https://terns.example/{n}'>More</a></p>"
)
ENTRY = """  <entry>
    <id>tag:status.terns.example,2005:Incident/{day}</id>
    <published>2026-04-{day:02d}T09:00:00Z</published>
    <updated>2026-04-{day:02d}T09:20:00Z</updated>
    <link rel="alternate" type="text/html" href="https://status.terns.example/incidents/{day}"/>
    <title>Delays in queue {day}</title>
    <content type="html">{html}</content>
  </entry>
"""


def made_feed() -> bytes:
    html = {day: "".join(UPDATE.format(day=day, n=n) for n in range(9, 0, -1)) for day in range(1, 26)}
    entries = "".join(ENTRY.format(day=day, html=escape(html[day])) for day in range(25, 0, -1))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<feed xml:lang="en-US" xmlns="http://www.w3.org/2005/Atom">\n'
    return (head + "  <title>Terns</title>\n" + entries + "</feed>\n").encode()


def ways(body: bytes) -> dict[str, Callable[[], Any]]:
    """Each way by its name; all read the same bytes."""
    import feedparser

    source = Source(id="terns/feed", vendor="terns", platform="feed", url="https://status.terns.example/feed")
    document = Document(source=source, url="", body=body, content_type="", polled_at=datetime(2026, 5, 1, tzinfo=UTC))
    htmls = [entry.html for entry in _feeds.parse(document).entries]
    held = dict(list(feed.read(document).entries.items())[1:])
    known = replace(document, held=held)
    return {
        "feedparser, as it comes": lambda: feedparser.parse(io.BytesIO(body)),
        "feedparser, without cleaning HTML": lambda: _feeds.parse(document, by_feedparser=True),
        "expat alone (the floor)": lambda: expat.ParserCreate().Parse(body, True),
        "parse": lambda: _feeds.parse(document),
        "text by bs4": lambda: [_html.text_by_tree(html) for html in htmls],
        "text": lambda: [_html.text(html) for html in htmls],
        "links by bs4": lambda: [_html.links_by_tree(html) for html in htmls],
        "links": lambda: [_html.links(html) for html in htmls],
        "read, all new": lambda: feed.read(document),
        "read, one of them new": lambda: feed.read(known),
    }


def measure(rounds: int, body: bytes) -> None:
    spent: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, way in ways(body).items():
            way()
            started = time.process_time()
            way()
            spent.setdefault(name, []).append((time.process_time() - started) * 1000)
    print(f"{len(body):,} bytes, CPU milliseconds of {rounds} rounds")
    print(f"{'':<36}{'best':>8}{'median':>8}")
    for name, each in spent.items():
        print(f"{name:<36}{min(each):>8.2f}{statistics.median(each):>8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own, of a key that we do not ask for
    measure(given.rounds, given.file.read_bytes() if given.file else made_feed())


if __name__ == "__main__":
    main()
