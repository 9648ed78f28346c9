"""Ten simulated days of the whole collector, run every three minutes, and what recording servers saw of it.

    python tests/recorded_week.py        # the table of docs/polling.md

Each site does one thing that a poller should mind. The servers are real ones on loopback and the collector writes its
database; only the clock is ours. Pauses and tries within a run take real seconds: test_poll.py has them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

from recording import Recorder, Seen, answer

from tracker import collect
from tracker.models import Source, Vendor
from tracker.poll import Poller
from tracker.store import Store

BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY, ENDS = 3 * MINUTE, BEGINS + 10 * DAY
OFF, ON = BEGINS + 3 * DAY, BEGINS + 3 * DAY + 12 * HOUR  # the collector's machine is switched off in between
CONTACT = "https://tracker.example/bot; mailto:ops@tracker.example"
MODIFIED = "Mon, 02 Mar 2026 00:00:00 GMT"
SHORT, LONG = (BEGINS + 30 * HOUR, BEGINS + 33 * HOUR), (BEGINS + 30 * HOUR, BEGINS + 38 * HOUR)  # two incidents

Answering = Callable[[datetime, Seen], bytes]


@dataclass
class Site:
    """A server with one source; ``demands`` is what a good poller does with it, ``saw`` tells what this one did."""

    name: str
    demands: str
    answering: Answering
    saw: Callable[[Site], str]
    every: int = 3600
    visits: list[tuple[datetime, Seen]] = field(default_factory=list)

    def times(self, since: datetime = BEGINS, until: datetime = ENDS) -> list[datetime]:
        """When it was asked."""
        return [at for at, _ in self.visits if since <= at < until]

    def gaps(self, since: datetime = BEGINS, until: datetime = ENDS) -> list[timedelta]:
        """Between two requests, without the gap in which the collector was off."""
        return [later - earlier for earlier, later in pairwise(self.times(since, until)) if not earlier < OFF < later]

    def conditional(self) -> int:
        """How many requests had a condition."""
        return sum(1 for _, seen in self.visits if any(line.startswith("If-") for line in seen.lines))


# -- what the servers say ----------------------------------------------------------------------------------------


def rss(*posts: tuple[datetime, str], ttl: int | None = None) -> bytes:
    """A feed of these posts, the newest first."""
    items = "".join(
        f"<item><guid>{at:%Y%m%d%H%M}</guid><pubDate>{format_datetime(at)}</pubDate><title>{words}</title></item>"
        for at, words in sorted(posts, reverse=True)
    )
    wish = f"<ttl>{ttl}</ttl>" if ttl else ""
    return f'<rss version="2.0"><channel><title>Status</title>{wish}{items}</channel></rss>'.encode()


CALM = rss((BEGINS - DAY, "Welcome to our new status page"))


def polite(now: datetime, seen: Seen, body: bytes = CALM, **headers: str) -> bytes:
    """A server that knows its validators: 304 to who has the body."""
    etag = f'W/"{len(body):x}"'
    said = {"ETag": etag, "Last_Modified": MODIFIED, "Date": format_datetime(now, usegmt=True), **headers}
    if seen.header("if-none-match") == etag and seen.header("if-modified-since") == MODIFIED:
        return answer("304 Not Modified", b"", **said)
    return answer("200 OK", body, **said)


def always(told: bytes) -> Answering:
    return lambda now, seen: told


def incident(begins: datetime, ends: datetime) -> Answering:
    """An incident that is told of when it begins and when it ends."""

    def answering(now: datetime, seen: Seen) -> bytes:
        posts = [
            (BEGINS - DAY, "Welcome to our new status page"),
            (begins, "We are investigating an outage of the API"),
            (ends, "Resolved: the API is back to normal"),
        ]
        return polite(now, seen, rss(*(post for post in posts if post[0] <= now)))

    return answering


def busy_for_a_day(**headers: str) -> Answering:
    def answering(now: datetime, seen: Seen) -> bytes:
        if now >= BEGINS + DAY:
            return polite(now, seen)
        until = {"retry_after": format_datetime(now + 2 * HOUR, usegmt=True)} if "date" in headers else headers
        return answer("429 Too Many Requests", b"slow down", Date=format_datetime(now, usegmt=True), **until)

    return answering


def broken_for_six_hours(now: datetime, seen: Seen) -> bytes:
    return answer("500 Oops") if now < BEGINS + 6 * HOUR else polite(now, seen)


def moved(status: str) -> Answering:
    def answering(now: datetime, seen: Seen) -> bytes:
        return answer(status, b"", Location="/new.rss") if seen.path == "/feed.rss" else polite(now, seen)

    return answering


def little_left(now: datetime, seen: Seen) -> bytes:
    reset = (now + 3 * HOUR).isoformat()
    return polite(now, seen, X_RateLimit_Limit="300", X_RateLimit_Remaining="12", X_RateLimit_Reset=reset)


# -- what was seen -----------------------------------------------------------------------------------------------


def span(length: timedelta) -> str:
    """The largest unit in which it is whole."""
    for unit, word in ((DAY, "d"), (HOUR, "h")):
        if length and not length % unit:
            return f"{length // unit} {word}"
    return f"{length // MINUTE} min"


def at_least(least: timedelta) -> Callable[[Site], str]:
    """All requests after the first have a condition and are so far apart."""

    def saw(site: Site) -> str:
        assert min(site.gaps()) >= least
        assert site.conditional() == len(site.visits) - 1
        return f"{len(site.visits)} requests, all but the first conditional, {span(min(site.gaps()))} apart or more"

    return saw


def unconditional(site: Site) -> str:
    assert site.conditional() == 0
    assert min(site.gaps()) >= (90 * MINUTE if "ttl" in site.name else HOUR)
    return f"{len(site.visits)} requests, none with a made-up date, {span(min(site.gaps()))} apart or more"


def not_caught_up(site: Site) -> str:
    assert not site.times(OFF, ON)
    after = site.times(ON, ON + HOUR)
    assert len(after) == 1
    return f"off for {span(ON - OFF)}: {len(after)} request in the first hour after, not 12"


def only_during(least: timedelta) -> Callable[[Site], str]:
    """While it is busy, requests are so far apart; then it is as ever."""

    def saw(site: Site) -> str:
        while_busy = site.gaps(until=BEGINS + DAY)
        assert min(while_busy) >= least
        later = min(site.gaps(since=BEGINS + 2 * DAY))
        assert later == 15 * MINUTE
        apart = f"{span(min(while_busy))} apart or more"
        return f"{len(while_busy) + 1} requests on that day, {apart}; then every {span(later)}"

    return saw


def asked_once(site: Site) -> str:
    assert len(site.visits) == 1
    return "1 request in ten days"


def backs_off_to_a_day(site: Site) -> str:
    gaps = site.gaps()
    assert gaps[0] >= HOUR
    assert gaps[-1] >= DAY
    assert len(site.visits) < 20
    return f"{len(site.visits)} requests, {span(gaps[0])} apart at first, {span(gaps[-1])} at last"


def recovers(site: Site) -> str:
    broken = site.gaps(until=BEGINS + 6 * HOUR)
    after = min(site.times(since=BEGINS + 6 * HOUR)) - (BEGINS + 6 * HOUR)
    assert max(broken) <= 66 * MINUTE
    assert broken == sorted(broken)
    assert after <= 66 * MINUTE
    apart = f"{span(broken[0])} to {span(max(broken))} apart"
    return f"{len(broken) + 1} requests in the six hours, {apart}; back after {span(after)}"


def moves(site: Site) -> str:
    old = [at for at, seen in site.visits if seen.path == "/feed.rss"]
    last = old[-1] - old[0]
    assert DAY <= last <= DAY + 2 * HOUR
    assert site.visits[-1][1].path == "/new.rss"
    return f"the old address {len(old)} times within {span(last)}, then only the new one"


def stays(site: Site) -> str:
    old = [seen for _, seen in site.visits if seen.path == "/feed.rss"]
    assert len(old) == len(site.visits) / 2
    return f"the old address all {len(old)} times"


def follows_nowhere(site: Site) -> str:
    assert {seen.path for _, seen in site.visits} == {"/feed.rss"}
    return f"{len(site.visits)} requests, never followed"


def hot(site: Site) -> str:
    during = site.gaps(SHORT[0] + 20 * MINUTE, SHORT[1])
    after = site.gaps(SHORT[1] + HOUR, OFF)
    assert set(during) == {3 * MINUTE}
    assert set(after) == {15 * MINUTE}
    return f"every {span(during[0])} while it was open, every {span(after[0])} before and after"


def looks_again(site: Site) -> str:
    end, known = LONG[1], min(site.times(since=LONG[1]))
    looks = [end + after for after in (HOUR, 6 * HOUR, DAY, 7 * DAY) if end + after - known > 2 * HOUR]
    for look in looks:
        assert any(look <= at < look + EVERY for at in site.times())
    return f"asked again {', '.join('+' + span(look - end) for look in looks)} after the end"


def sites() -> list[Site]:
    """All of them, in the order of the table."""
    weird = 'W/"\xe9 \'quoted\\ and, listed"'
    return [
        Site("a calm feed with ETag and Last-Modified", "conditional requests, one an hour", polite, at_least(HOUR)),
        Site("a feed that gives no validators", "never make a date up", always(answer("200 OK", CALM)), unconditional),
        Site(
            "an ETag with odd bytes",
            "sent back byte for byte",
            lambda now, seen: answer("304 Not Modified", b"") if seen.header("if-none-match") == weird
            else answer("200 OK", CALM, ETag=weird),
            at_least(HOUR),
        ),
        Site("the collector's machine is off for a night", "missed slots are not caught up", polite, not_caught_up),
        Site(
            "Cache-Control: max-age=7200",
            "wait 2 h although 15 min was wished",
            lambda now, seen: polite(now, seen, Cache_Control="max-age=7200"),
            at_least(2 * HOUR),
            900,
        ),
        Site(
            "Expires in three hours",
            "wait 3 h although 15 min was wished",
            lambda now, seen: polite(now, seen, Expires=format_datetime(now + 3 * HOUR, usegmt=True)),
            at_least(3 * HOUR),
            900,
        ),
        Site(
            "RSS ttl of 90 minutes",
            "wait 90 min although 15 min was wished",
            always(answer("200 OK", rss((BEGINS - DAY, "Welcome"), ttl=90))),
            unconditional,
            900,
        ),
        Site(
            "less than a tenth left of X-RateLimit, reset in 3 h",
            "wait for the reset",
            little_left,
            at_least(3 * HOUR),
            900,
        ),
        Site("429, Retry-After: 5400", "obeyed", busy_for_a_day(retry_after="5400"), only_during(90 * MINUTE), 900),
        Site("429, Retry-After as a date in 2 h", "obeyed", busy_for_a_day(date=""), only_during(2 * HOUR), 900),
        Site("429 without Retry-After", "5 min at least, doubling", busy_for_a_day(), only_during(15 * MINUTE), 900),
        Site("500 for six hours", "back off, never give up", broken_for_six_hours, recovers, 900),
        Site("403 with a challenge for browsers", "back off up to a day",
             always(answer("403 Forbidden", b"<html>", cf_mitigated="challenge")), backs_off_to_a_day),
        Site("404 all the time", "back off; after a week once a day",
             always(answer("404 Not Found")), backs_off_to_a_day),
        Site("410 Gone", "stop at once", always(answer("410 Gone")), asked_once),
        Site("301 to another address", "move after three times in a day or more", moved("301 Moved"), moves),
        Site("302 to another address", "follow, keep the old address", moved("302 Found"), stays),
        Site("302 to file:///etc/passwd", "not followed",
             always(answer("302 Found", b"", Location="file:///etc/passwd")), follows_nowhere),
        Site("an incident from hour 30 to 33", "faster while it is open", incident(*SHORT), hot, 900),
        Site("an incident, polled every six hours", "looked at again after its end",
             incident(*LONG), looks_again, 21_600),
    ]  # fmt: skip


# -- ten days ----------------------------------------------------------------------------------------------------


def run(client: str | None = None) -> list[Site]:
    """Let the collector run for ten days; gives the sites with what they saw."""
    shown = sites()
    with ExitStack() as stack:
        clock = [BEGINS]
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        vendors = [_vendor(number, site, clock, stack) for number, site in enumerate(shown)]
        store = stack.enter_context(Store.open(Path(folder) / "week.db"))
        poller = stack.enter_context(Poller(client=client, pause=0.0, retries=(), contact=CONTACT))
        for turn in range((ENDS - BEGINS) // EVERY):
            clock[0] = BEGINS + turn * EVERY
            if not OFF <= clock[0] < ON:
                collect.collect(store, vendors, now=clock[0], poll=poller.poll)
    return shown


def _vendor(number: int, site: Site, clock: Sequence[datetime], stack: ExitStack) -> Vendor:
    """The server of a site, started, and the vendor whose one source it is."""

    def answering(seen: Seen) -> bytes:
        site.visits.append((clock[0], seen))
        return site.answering(clock[0], seen)

    server = stack.enter_context(Recorder(answering, f"127.0.4.{number + 1}"))
    slug = f"site{number}"
    source = Source(id=f"{slug}/feed", vendor=slug, platform="feed", url=server.url("/feed.rss"), every=site.every)
    return Vendor(slug=slug, name=site.name, sources=(source,))


def table(shown: Sequence[Site]) -> str:
    """What the servers did, what is demanded, what they saw; AssertionError where that is not the same."""
    rows = [f"| {site.name} | {site.demands} | {site.saw(site)} |" for site in shown]
    return "\n".join(["| the server | what it may expect | what it saw in ten days |", "|---|---|---|", *rows])


if __name__ == "__main__":
    print(table(run()))
