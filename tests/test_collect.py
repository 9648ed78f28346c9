"""The whole way: what a run polls, writes down, says and leaves for the next; collect is handed a function to poll."""

from __future__ import annotations

import importlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from web import named

from tracker import classify, collect, platforms
from tracker.collect import importing, reassembling
from tracker.collect.hearing import Poll, bearing
from tracker.errors import ConfigError, StoreError
from tracker.models import (
    Action,
    Announcement,
    Answer,
    Correction,
    Document,
    Due,
    Health,
    Known,
    PollState,
    Request,
    Source,
    Verdict,
    incident_id,
)
from tracker.platforms import bluesky, feed
from tracker.store import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RIPPLE = Source(id="ripple/feed", vendor="ripple", platform="feed", url="https://ripple.example/status.rss")
MURMUR = Source(id="murmur/feed", vendor="murmur", platform="feed", url="https://murmur.example/status.rss")
TWIN = replace(RIPPLE, id="brook/feed", vendor="brook")  # another vendor, who is told of at the same address
HOUR, DAY, YEAR = 60, 24 * 60, 365 * 24 * 60  # minutes


def rss(*items: tuple[str, int, str]) -> bytes:
    """A feed of (id, minutes after noon, text), newest first."""
    told = "".join(
        f"<item><guid>{id_}</guid><title>Messages</title><description>{text}</description>"
        f"<pubDate>{NOON + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for id_, minute, text in reversed(items)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Status</title>{told}</channel></rss>'.encode()


def answered(request: Request, told: Any, **more: Any) -> Answer:
    """An answer of a body, or of what is JSON in it."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Answer(request=request, url=request.url, body=body, **{"status": 200, **more})


def failed(request: Request, error: str = "it failed", status: int | None = None, **headers: str) -> Answer:
    return Answer(request=request, url=request.url, status=status, headers=headers, error=error)


def always(status: int, **headers: str) -> Poll:
    """Servers that answer nothing but that."""
    return lambda due: (failed(request, status=status, **headers) for request, _ in due)


@dataclass
class Web:
    """Polls servers that answer by address: a body, an error, or 304 where the validator is theirs."""

    pages: dict[str, bytes | str] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    validators: list[str | None] = field(default_factory=list)

    def __call__(self, due: Iterable[Due]) -> Iterator[Answer]:
        for request, state in due:
            self.asked.append(request)
            self.validators.append(state.etag)
            page = self.pages.get(request.url, "nobody answers")
            if isinstance(page, str):
                yield failed(request, page)
                continue
            etag = f'"{hash(page)}"'
            if state.etag == etag:
                yield answered(request, b"", status=304, headers={"etag": etag})
            else:
                yield answered(request, page, headers={"etag": etag})


START = ("1", 0, "We are investigating problems with sending messages.")
END = ("2", 30, "This incident has been resolved. Messages are sent again.")


def run(store: Store, poll: Poll, minute: int, *sources: Source, **more: Any) -> collect.Report:
    """A run so many minutes after noon, where feeds.yaml names these sources, else those two."""
    vendors = named(*(sources or (RIPPLE, MURMUR)))
    return collect.collect(store, vendors, now=NOON + timedelta(minutes=minute), poll=poll, **more)


def test_two_polls_tell_one_incident(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    first = run(store, web, 5)
    assert (first.announcements, first.polled, first.succeeded, first.failed) == (1, 2, 1, 1)
    web.pages[RIPPLE.address] = rss(START, END)
    assert run(store, web, 60).announcements == 1
    [incident] = store.incidents()
    assert (incident.state, incident.duration_s) == ("resolved", 1800)


@pytest.mark.parametrize(
    "date",
    ["Mon, 01 Jan 0001 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +0000", "0001-01-02T00:00:00+23:59",
     "9999-12-31T00:00:00-23:59", "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z"],
)  # fmt: skip
def test_a_time_at_which_no_outage_was_is_unknown_and_ends_no_run(store: Store, date: str) -> None:
    """Year 1 is what some programs write where they have no time."""
    feed = rss(START, END).replace(b"Mon, 02 Mar 2026 12:00:00 GMT", date.encode())
    web = Web({RIPPLE.address: feed, MURMUR.address: rss(START)})
    assert (run(store, web, 60).succeeded, len(store.incidents())) == (2, 2)
    [told] = [each for each in store.history("ripple") if each.announcement.id == "1"]
    assert (told.announcement.published_at, told.seen_at) == (None, NOON + timedelta(minutes=60))


@pytest.mark.parametrize(("date", "year"), [("1970-01-01T00:00:00Z", "1970"), ("2999-12-31T23:59:59Z", "2026")])
def test_the_first_and_the_last_time_at_which_an_outage_may_be_end_no_run(store: Store, date: str, year: str) -> None:
    """What a feed dates ahead was told when we saw it."""
    text = f"It has been resolved. Planned: from 31 December 9999 23:00 to 22:00 UTC, yesterday 1:00 UTC, {date}."
    feed = rss(START, ("2", 30, text)).replace(b"Mon, 02 Mar 2026 12:00:00 GMT", date.encode())
    web = Web({RIPPLE.address: feed.replace(b"Mon, 02 Mar 2026 12:30:00 GMT", date.encode())})
    assert run(store, web, 60).succeeded == 1
    assert year in {f"{incident.announced_at:%Y}" for incident in store.incidents()}
    list(collect.rebuild(store, diff=True))


def test_what_is_not_due_is_not_asked_and_force_asks_all(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    run(store, web, 0)
    assert len(web.asked) == 2
    nothing = run(store, web, 0)
    assert (len(web.asked), nothing.polled, nothing.failed) == (2, 0, 0)
    run(store, web, 0, force=True)
    assert len(web.asked) == 4


def test_the_validator_comes_back_and_304_is_unchanged(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    run(store, web, 0)
    list(collect.rebuild(store))  # by the same readers: it asks for nothing anew
    report = run(store, web, 60)
    assert (report.unchanged, report.not_modified) == (1, 1)
    assert web.validators[-2] is not None


def test_the_same_body_without_a_validator_is_unchanged_too(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})

    def without_validators(due: Iterable[Due]) -> Iterator[Answer]:
        for answer in web((request, PollState()) for request, _ in due):
            yield replace(answer, headers={})

    run(store, without_validators, 0)
    report = run(store, without_validators, 2 * HOUR)
    assert (report.unchanged, report.not_modified, report.announcements) == (1, 1, 0)


def test_what_a_list_has_lost_is_withdrawn_by_a_second_look_that_finds_nothing_new(store: Store) -> None:
    early, late = ("0", -30, "Search is broken."), ("3", 20, "Calls fail.")
    web = Web({RIPPLE.address: rss(early, START, late), MURMUR.address: rss()})
    run(store, web, 25)
    web.pages[RIPPLE.address] = rss(early, late)
    for minute, withdrawn in ((35, []), (45, ["1"]), (55, ["1"])):
        run(store, web, minute, force=True)
        assert [step.id for incident in store.incidents() for step in incident.steps if step.withdrawn] == withdrawn


def test_trouble_is_said_when_it_comes_and_when_it_goes(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    assert run(store, web, 0).problems == []
    web.pages[MURMUR.address] = "the server answers 500"
    failing = {minute: run(store, web, minute, force=True) for minute in (60, 80, 100, 120)}
    line = "murmur/feed: unreachable: the server answers 500"
    assert [failing[minute].problems for minute in failing] == [[line], [], [line], []]
    assert [failing[minute].accidents for minute in failing] == [[line], [], [], []], "three polls are none"
    assert {each.source.id: each.since for each in store.sources()}[MURMUR.id] == NOON + timedelta(hours=1)
    web.pages[MURMUR.address] = rss()
    [line] = run(store, web, 180, force=True).problems
    assert line == "murmur/feed: ok again, after it was unreachable"
    looked = "SELECT began_at, succeeded_at FROM sources WHERE id = ?"
    assert [*store.db.execute(looked, (MURMUR.id,)).fetchone()] == ["2026-03-02T12:00:00Z", "2026-03-02T15:00:00Z"]
    web.pages[MURMUR.address] = "the server answers 500"
    again = run(store, web, 240, force=True)
    assert again.problems == again.accidents != []
    web.pages[MURMUR.address] = rss()
    assert run(store, web, 241, force=True).problems == [], "an accident is over without a word"


def test_an_outage_of_the_own_network_is_said_once_whatever_the_rhythm_of_each_source(store: Store) -> None:
    """The lines of its sources are for a terminal. What fails on by itself when it is over is said then."""
    rhythms = dict.fromkeys("abcdefgh", 300) | dict.fromkeys("mnop", 900) | dict.fromkeys("xyz", 3600)
    urls = {name: f"https://status.{name}.example/feed" for name in rhythms}
    sources = [Source(id=f"{n}/feed", vendor=n, platform="feed", url=urls[n], every=rhythms[n]) for n in rhythms]
    reports: dict[int, collect.Report] = {}

    def run_each_minute(minutes: range, web: Web) -> None:
        for minute in minutes:
            reports[minute] = run(store, web, minute, *sources)

    well = Web({url: rss() for url in urls.values()})
    run_each_minute(range(120), well)
    run_each_minute(range(120, 420), Web())
    run_each_minute(range(420, 600), Web({url: page for url, page in well.pages.items() if url != urls["a"]}))
    run_each_minute(range(600, 700), well)
    told = {at: said for at, each in reports.items() if (said := set(each.problems) - set(each.accidents))}
    assert sorted(line for lines in told.values() for line in lines) == [
        "a/feed: ok again, after it was unreachable",
        "a/feed: unreachable: nobody answers",
    ]
    assert min(told) > 420
    lasting = {at: each.lasting for at, each in reports.items() if each.requests and 120 <= at < 420}
    assert {line for lines in lasting.values() for line in lines} == {
        "nothing can be reached from here: no host has answered since 2026-03-02 14:00 UTC"
    }
    assert min(at for at in lasting if lasting[at]) <= 140 and all(lasting[at] for at in lasting if at > 140)
    assert not any(each.lasting for at, each in reports.items() if not 120 <= at < 420)


@pytest.mark.parametrize(("every", "status", "is_said"), [(300, 500, False), (3600, 500, True), (300, 410, True)])
def test_a_failed_poll_is_said_at_once_where_the_next_is_far_away(
    store: Store, every: int, status: int, is_said: bool
) -> None:
    source = replace(RIPPLE, every=every)
    run(store, Web({RIPPLE.address: rss(START)}), 0, source)
    report = run(store, always(status), HOUR, source, force=True)
    assert report.problems and (report.accidents == []) is is_said


def test_trouble_is_said_once_wherever_the_disk_is_full(tmp_path: Path) -> None:
    """What the failing run wrote down is no news to the next one; what it did not write down is."""
    web, failed = Web({RIPPLE.address: rss(START), MURMUR.address: rss()}), 0
    with Store.open(tmp_path / "t.db") as store:
        run(store, web, 0)
        web.pages[MURMUR.address] = "the server answers 500"
        line = "murmur/feed: unreachable: the server answers 500"
        assert all(run(store, web, minute, force=True).accidents == [line] * (minute == 20) for minute in (20, 40))
    web.pages[RIPPLE.address] = rss(START, ("2", 30, "word " * 4_000))
    for room in range(0, 40, 2):
        shutil.copy(tmp_path / "t.db", tmp_path / f"{room}.db")
        with Store.open(tmp_path / f"{room}.db") as store:
            pages = store.db.execute("PRAGMA page_count").fetchone()[0]
            store.db.execute(f"PRAGMA max_page_count = {pages + room}")
            report = collect.Report()
            try:
                run(store, web, 60, force=True, report=report)
            except StoreError:
                failed += 1
            store.db.execute("PRAGMA max_page_count = 100000")
            told = report.problems + run(store, web, 61, force=True).problems
            assert told == [line], room
    assert 2 < failed < 20


def test_trouble_that_takes_turns_is_said_once(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    run(store, web, 0)
    said = []
    for hour, page in enumerate(("the server answers 500", b"<html>Sorry</html>") * 3, 1):
        web.pages[MURMUR.address] = page
        said += run(store, web, 60 * hour, force=True).problems
    accident, line = said
    assert accident == "murmur/feed: unreachable: the server answers 500"
    assert line.startswith("murmur/feed: unreadable: the document is an HTML page")
    assert [each.health for each in store.sources() if each.source.id == MURMUR.id] == [Health.UNREADABLE]


def test_a_page_in_place_of_a_feed_is_unreadable_and_keeps_what_is_known(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    run(store, web, 0)
    web.pages[RIPPLE.address] = b"<!doctype html><html><body>Are you a human?</body></html>"
    report = run(store, web, 60, force=True)
    assert report.failed == 2 and len(store.incidents()) == 1
    [health] = [each for each in store.sources() if each.source.id == RIPPLE.id]
    assert health.health is Health.UNREADABLE and "HTML" in (health.reason or "")
    web.pages[RIPPLE.address] = rss(START, END)
    assert run(store, web, 120, force=True).announcements == 1, "the validator of the challenge was not kept"


def test_a_source_without_its_token_says_so_once(store: Store) -> None:
    paid = Source(id="ripple/x", vendor="ripple", platform="x", account="ripple", token="TRACKER_NO_TOKEN")
    web = Web({RIPPLE.address: rss(START)})
    first = run(store, web, 0, RIPPLE, paid)
    assert [line for line in first.problems if "TRACKER_NO_TOKEN" in line]
    again = run(store, web, HOUR, RIPPLE, paid)
    assert again.problems == [] and first.succeeded == 1


def test_a_source_that_cannot_be_asked_says_why_once(store: Store) -> None:
    page = replace(PAGE, page="ripple")
    first, again = (run(store, Web({RIPPLE.address: rss(START)}), minute, RIPPLE, page) for minute in (0, HOUR))
    [problem] = first.problems
    assert problem.startswith("ripple/statuspage: unreachable: 'ripple' is no status page; ")
    assert (first.succeeded, first.failed, again.problems) == (1, 1, [])


@pytest.mark.parametrize(
    ("platform", "where"),
    [
        ("apple", {"page": "https://ripple.example/support/systemstatus"}),
        ("aws", {"page": "https://status.ripple.example"}),
        ("betterstack", {"page": "https://status.ripple.example"}),
        ("bluesky", {"account": "ripple.example"}),
        ("feed", {"url": "https://ripple.example/status.rss"}),
        ("google_cloud", {"page": "https://status.ripple.example"}),
        ("heroku", {"page": "https://status.ripple.example"}),
        ("incidentio", {"page": "https://status.ripple.example"}),
        ("mastodon", {"account": "@ripple@social.example"}),
        ("salesforce", {"page": "https://status.ripple.example"}),
        ("slack", {"page": "https://status.ripple.example"}),
        ("statusio", {"page": "https://status.ripple.example"}),
        ("statuspage", {"page": "https://status.ripple.example"}),
        ("statuspal", {"page": "https://ripple.statuspal.io"}),
        ("telegram", {"account": "ripple"}),
        ("zendesk", {"page": "https://status.ripple.example"}),
        ("x", {"account": "ripple"}),
        ("x", {"url": "https://bridge.example/ripple/rss"}),
    ],
)
def test_a_token_goes_with_the_requests_of_every_platform(store: Store, platform: str, where: dict[str, str]) -> None:
    source = Source(id="ripple/one", vendor="ripple", platform=platform, token="RIPPLE_TOKEN", **where)
    web = Web()
    unset = run(store, web, 0, source)
    assert web.asked == [] and [line for line in unset.problems if "RIPPLE_TOKEN" in line and "is not set" in line]
    assert store.sources()[0].health is Health.SUSPENDED
    run(store, web, 0, source, environ=("RIPPLE_TOKEN",))
    assert web.asked and {request.bearer for request in web.asked} == {"RIPPLE_TOKEN"}


def test_a_token_goes_to_the_hosts_that_feeds_yaml_names_alone() -> None:
    def request(url: str) -> Request:
        return Request(source="ripple/one", url=url, purpose="url")

    own, told = "https://ripple.example/older", "https://elsewhere.example/older"
    asked = (request(own), request(told), request("https://ripple.example:8443/"))
    kept = bearing(replace(RIPPLE, token="RIPPLE_TOKEN"), asked)
    assert [each.bearer for each in kept] == ["RIPPLE_TOKEN", None, None]
    assert bearing(RIPPLE, asked) == asked


def test_another_address_under_a_known_id_is_refused_with_the_remedy(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    run(store, web, 0)
    moved = Source(id=RIPPLE.id, vendor="ripple", platform="feed", url="https://other.example/rss")
    for formerly in (None, MURMUR.id):  # the id of another one says nothing of this address
        with pytest.raises(ConfigError, match=r"formerly: https://ripple\.example/status\.rss"):
            run(store, web, 0, replace(moved, formerly=formerly))


@pytest.mark.parametrize(
    ("before", "now", "is_same"),
    [
        ("https://ripple.example/status.rss", "http://WWW.Ripple.example:80/status.rss/", True),
        ("http://www.ripple.example", "https://ripple.example/", True),
        ("https://ripple.example/status.rss", "https://ripple.example/Status.rss", False),
        ("https://ripple.example/status.rss", "https://ripple.example/status.rss?of=eu", False),
        ("https://ripple.example/?at=https://one.example/", "https://ripple.example/?at=https://two.example/", False),
        ("https://ripple.example:8443/", "https://ripple.example/", False),
    ],
)
def test_one_address_that_is_written_otherwise_is_the_same(store: Store, before: str, now: str, is_same: bool) -> None:
    """A source under the id that it had goes on without a word, and a renamed one keeps its story."""
    web = Web({before: rss(START), now: rss(START)})
    run(store, web, 0, replace(RIPPLE, url=before))
    unasked = nullcontext() if is_same else pytest.raises(ConfigError, match="formerly: ")
    with unasked:
        run(store, web, HOUR, replace(RIPPLE, url=now))
    renamed = replace(RIPPLE, id="wave/feed", vendor="wave", url=now)
    run(store, web, 2 * HOUR, renamed)
    assert [told.announcement.source for told in store.history("ripple")] == ([] if is_same else [RIPPLE.id])


def test_an_address_that_told_nothing_is_corrected_without_a_word(store: Store) -> None:
    """A mistyped one, or the page in place of its feed: nothing of it is in the record that could be another's."""
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/status.rss"><p>All is well.</p></html>'
    web = Web({"https://ripple.example/": page, RIPPLE.address: rss(START)})
    for address, unread in (("https://riple.example/", 1), ("https://ripple.example/", 1), (RIPPLE.url, 0)):
        report = run(store, web, 0, replace(RIPPLE, url=address))
        assert report.failed == unread
    assert (store.sources()[0].health, len(store.incidents())) == (Health.OK, 1)


@pytest.mark.parametrize("stays", [(), (replace(RIPPLE, id="ripple/other", url="https://other.example/rss"),)])
@pytest.mark.parametrize("formerly", [RIPPLE.id, None])
def test_a_vendor_that_is_renamed_keeps_its_story(
    store: Store, stays: tuple[Source, ...], formerly: str | None
) -> None:
    """Also where nobody says so: one platform and one address are one source."""
    web = Web({RIPPLE.address: rss(START), "https://other.example/rss": rss(("9", 10, "Search is broken."))})
    run(store, web, 15, RIPPLE, *stays)
    web.pages[RIPPLE.address] = rss(START, END)
    renamed = replace(RIPPLE, id="wave/feed", vendor="wave", formerly=formerly)
    run(store, web, 9 * HOUR, renamed)
    [ended] = store.incidents(vendors=("wave",))
    assert (ended.state, [step.id for step in ended.steps]) == ("resolved", ["1", "2"])
    left = [step.id for incident in store.incidents(vendors=("ripple",)) for step in incident.steps]
    assert left == (["9"] if stays else [])
    assert list(store.vendor_names()) == (["ripple", "wave"] if stays else ["wave"])
    assert list(collect.rebuild(store, diff=True)) == []
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_was_quoted_leads_on_after_each_new_name(store: Store, tmp_path: Path) -> None:
    """An incident's id, a member's, and the name of an announcement; also in a record that was rebuilt or moved."""
    web = Web({RIPPLE.address: rss(START, END)})
    names = [RIPPLE, *(replace(RIPPLE, id=f"{vendor}/feed", vendor=vendor) for vendor in ("wave", "tide"))]
    quoted = []
    for hour, source in enumerate((*names, RIPPLE, names[-1])):
        run(store, web, hour * HOUR, source, force=True)
        quoted += [f"{source.id}#2", *(incident_id(source.vendor, (source.id, id_)) for id_ in "12")]
    [shown] = store.incidents()
    assert shown.id in quoted
    moved = Store.open(tmp_path / "moved.db")
    collect.import_lines(moved, [json.dumps(line) for line in store.export()], now=NOON)
    assert list(collect.rebuild(store, diff=True)) == []
    for record in (store, moved):
        assert {found.id for name in quoted if (found := record.incident(name))} == {shown.id}
        assert record.resolve_announcement(f"{RIPPLE.id}#1") == ("tide/feed", "1")
        assert record.incident(f"{shown.id}x") is record.incident("ripple/feed#3") is record.incident("") is None
    moved.db.close()


def test_what_was_quoted_leads_on_where_another_has_the_old_name_today(store: Store) -> None:
    other = replace(RIPPLE, id="ripple/other", url="https://other.example/rss")
    web = Web({RIPPLE.address: rss(START), other.address: rss(("9", -3_000, "Search is broken."))})
    renamed, taken = replace(RIPPLE, id="ripple/news"), replace(other, id=RIPPLE.id, formerly=other.id)
    for hour, sources in enumerate(((RIPPLE, other), (renamed,), (renamed, taken))):
        run(store, web, hour * HOUR, *sources, force=True)
    for (source, id_), today in {
        (RIPPLE.id, "1"): renamed.id,
        (other.id, "9"): taken.id,
        (taken.id, "9"): taken.id,
    }.items():
        found = store.incident(incident_id("ripple", (source, id_)))
        assert found is not None
        assert [(step.source, step.id) for step in found.steps] == [(today, id_)]


def test_a_source_that_left_the_file_is_the_same_under_another_id(store: Store) -> None:
    other = replace(RIPPLE, id="wave/rss", vendor="wave")  # comes first in the file, but does not say that it was it
    named_so = replace(RIPPLE, id="wave/feed", vendor="wave", url="https://wave.example/rss", formerly=RIPPLE.id)
    web = Web({RIPPLE.address: rss(START), named_so.address: rss(START, END)})
    run(store, web, 15)
    for hour, sources in enumerate(((MURMUR,), (MURMUR, other, named_so)), 1):
        run(store, web, hour * HOUR, *sources, force=True)
    told = [(told.announcement.source, told.announcement.id, told.seen_at) for told in store.history("wave")]
    assert (named_so.id, "1", NOON + timedelta(minutes=15)) in told, "who says so comes first"
    assert [seen for source, _, seen in told if source == other.id] == [NOON + timedelta(hours=2)]


@pytest.mark.parametrize(
    ("before", "renamed"),
    [
        ((RIPPLE,), replace(RIPPLE, id="wave/feed", vendor="wave")),  # the other left long ago
        ((RIPPLE, TWIN), replace(RIPPLE, id="ripple/rss")),  # the other leaves today
    ],
)
def test_of_two_at_one_address_that_is_renamed_which_was_read_last_or_is_of_the_vendor(
    store: Store, before: tuple[Source, ...], renamed: Source
) -> None:
    web = Web({RIPPLE.address: rss(START)})
    for hour, sources in enumerate(((TWIN, RIPPLE), before, (renamed,))):
        run(store, web, hour * HOUR, *sources, force=True)
    assert [(health.source.id, health.health) for health in store.sources()] == [
        (TWIN.id, Health.RETIRED),
        (renamed.id, Health.OK),
    ]


@pytest.mark.parametrize("turn", [1, -1])
def test_who_was_joined_with_what_is_another_vendors_now_is_apart_until_it_is_back(store: Store, turn: int) -> None:
    other = replace(RIPPLE, id="ripple/other", url="https://other.example/rss")
    web = Web({RIPPLE.address: rss(START), other.address: rss(("9", -3_000, "Search is broken."))})
    run(store, web, 15, RIPPLE, other)
    first, second = [(RIPPLE.id, "1"), (other.id, "9")][::turn]
    with store.transaction():
        store.correct(Correction(action=Action.TOGETHER, first=first, second=second, made_at=NOON))
        store.set_rules_version("ripple", "")
    given = replace(other, id="wave/feed", vendor="wave", formerly=other.id)
    back = replace(other, id="ripple/back", formerly=given.id)
    for hour, (source, incidents) in enumerate(((other, 1), (given, 2), (back, 1)), 9):
        run(store, web, hour * HOUR, RIPPLE, source)
        assert len(store.incidents()) == incidents
        assert list(collect.rebuild(store, diff=True)) == []


def test_a_vendor_that_gives_its_only_source_away_keeps_its_name(store: Store) -> None:
    run(store, Web(), 15)
    given = replace(RIPPLE, id="wave/feed", vendor="wave", formerly=RIPPLE.id)
    new = replace(RIPPLE, id="ripple/new", url="https://ripple.example/new.rss")
    run(store, Web(), 9 * HOUR, given, new)
    assert list(store.vendor_names().values()) == ["Murmur", "Ripple", "Wave"]


def test_a_source_that_is_split_keeps_its_story_in_one_of_them(store: Store) -> None:
    halves = [replace(RIPPLE, id=f"ripple/{n}", url=f"https://ripple.example/{n}", formerly=RIPPLE.id) for n in "ab"]
    web = Web({RIPPLE.address: rss(START)} | {half.address: rss(START, END) for half in halves})
    run(store, web, 15)
    for sources in ((halves[0], RIPPLE), halves):
        report = run(store, web, 9 * HOUR, *sources, force=True)
        assert report.failed == 0
    told = {source: [t.announcement.id for t in store.history("ripple") if t.announcement.source == source]
            for source in ("ripple/a", "ripple/b", RIPPLE.id)}  # fmt: skip
    assert told == {"ripple/a": ["1", "2"], "ripple/b": ["1", "2"], RIPPLE.id: []}


@pytest.mark.parametrize("old", [replace(RIPPLE, id="ripple/said", url="https://social.example/@ripple.rss"), None])
def test_what_one_server_told_of_itself_is_nothing_to_another(store: Store, old: Source | None) -> None:
    """An account that moves has another number on its new server; so has a channel that another platform reads."""
    now = Source(id="ripple/said", vendor="ripple", platform="mastodon", page="https://new.example/@ripple")
    old = old or replace(now, page="https://social.example/@ripple")
    first = Web({old.url: rss(START)}) if old.url else toots(3, account="41")
    run(store, first, 0, old)
    moved = replace(now, formerly=old.address)
    report = run(store, toots(5, account="7"), HOUR, moved)
    assert (report.failed, report.problems) == (0, [])
    assert {told.announcement.id for told in store.history("ripple")} >= {str(1_000 + n) for n in range(5)}
    assert [source.platform for source in store.reading_sources("ripple").values()] == ["mastodon"]
    assert list(collect.rebuild(store, diff=True)) == []


def test_what_was_so_for_one_platform_is_nothing_to_another_at_the_same_address(store: Store) -> None:
    old = replace(RIPPLE, id="ripple/said")
    run(store, Web({old.address: rss(START)}), 0, old)
    store.register(named(replace(old, platform="mastodon")), NOON + timedelta(hours=1))
    assert [source.platform for source in store.reading_sources("ripple").values()] == ["mastodon"]
    assert store.db.execute("SELECT COUNT(*) FROM requests").fetchone()[0] == 0


def test_the_number_of_an_account_does_not_outlive_its_address(store: Store) -> None:
    old = Source(id="ripple/mastodon", vendor="ripple", platform="mastodon", account="@ripple@old.example")
    new = replace(old, account="@ripple@new.example", formerly="@ripple@old.example")
    web = Web({"https://old.example/api/v1/accounts/lookup?acct=ripple": b'{"acct": "ripple", "id": "7"}'})
    for source in (old, new):
        run(store, web, 0, source, force=True)
    assert web.asked[-1].url == "https://new.example/api/v1/accounts/lookup?acct=ripple"


def page(id_: str, name: str, said: str) -> bytes:
    """What a Statuspage of that id and name lists."""
    update = {"id": f"u-{said}", "status": "investigating", "body": said, "created_at": "2026-03-02T11:00:00Z"}
    incident = {"id": said.split()[0], "name": said, "status": "investigating", "incident_updates": [update]}
    return json.dumps({"page": {"id": id_, "name": name}, "incidents": [incident]}).encode()


@pytest.mark.parametrize(
    ("id_", "name", "is_other"),
    [
        ("r1pple", "Ripple by Brook", False),  # it has another name
        ("01BROOK", "Ripple Status Page", False),  # it has another maker
        ("01BROOK", "Brook Status", True),
    ],
)
def test_the_page_of_another_under_the_old_address_tells_nothing(
    store: Store, id_: str, name: str, is_other: bool
) -> None:
    address = "https://status.ripple.example/api/v2/incidents.json"
    source = Source(id="ripple/statuspage", vendor="ripple", platform="statuspage", url=address)
    web = Web({address: page("r1pple", "Ripple Status", "Search is slow")})
    run(store, web, 0, source)
    web.pages[address] = page(id_, name, "Payments fail")
    report = run(store, web, HOUR, source)
    assert report.announcements == (0 if is_other else 1)
    assert ["give it a new `id:`" in line for line in report.problems] == [True] * is_other
    renamed = replace(source, id="ripple/page", formerly="ripple/statuspage")
    last = run(store, web, 9 * HOUR, renamed)
    assert last.announcements == (1 if is_other else 0), "what the message says helps"


def test_a_handle_that_another_has_taken_tells_nothing(store: Store) -> None:
    def posts(did: str) -> bytes:
        at, record = f"at://{did}/app.bsky.feed.post/3l4xyz", {"text": "We are down.", "createdAt": f"{NOON:%FT%TZ}"}
        post = {"uri": at, "author": {"did": did, "handle": "ripple.example"}, "record": record}
        return json.dumps({"feed": [{"post": post}]}).encode()

    source = Source(id="ripple/bluesky", vendor="ripple", platform="bluesky", account="ripple.example")
    web = Web()
    for did in ("did:plc:ripple", "did:plc:squatter"):
        web.pages = dict.fromkeys([request.url for request in bluesky.requests(source, Known())], posts(did))
        report = run(store, web, 0, source, force=True)
    assert report.announcements == 0 and "did:plc:squatter" in report.problems[0]


THERE = "https://new.example/rss"


def moving(due: Iterable[Due]) -> Iterator[Answer]:
    """The feed has moved for good."""
    for request, _ in due:
        yield Answer(request=request, url=THERE, status=200, body=rss(START), moved_to=THERE)


def test_the_address_to_which_a_source_has_moved_is_taken_from_feeds_yaml_as_it_is_told(store: Store) -> None:
    for hour in (0, 12, 24):
        last = run(store, moving, hour * HOUR, RIPPLE)
    assert last.problems == [f"ripple/feed: moved: has moved to {THERE}; write that into feeds.yaml"]
    report = run(store, Web({THERE: rss(START, END)}), 25 * HOUR, replace(RIPPLE, url=THERE))
    assert (report.announcements, report.problems) == (1, ["ripple/feed: ok again, after it was moved"])
    assert [incident.state for incident in store.incidents()] == ["resolved"]


def test_a_pause_of_the_host_to_which_a_source_has_moved_holds_for_it(store: Store) -> None:
    for hour in (0, 12, 24):
        run(store, moving, hour * HOUR, RIPPLE)
    with store.transaction():
        store.block_host("new.example", NOON + timedelta(hours=40))
    web = Web()
    for hour in (30, 41):
        run(store, web, hour * HOUR, RIPPLE)
    assert len(web.asked) == 1


def test_a_source_that_left_the_file_is_retired_and_keeps_its_history(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    run(store, web, 0)
    run(store, web, HOUR, MURMUR)
    retired = next(each for each in store.sources() if each.source.id == RIPPLE.id)
    assert (retired.health, retired.since) == (Health.RETIRED, NOON + timedelta(hours=1))
    assert len(store.incidents()) == 1


def test_a_source_that_is_put_back_is_asked_again_also_one_that_was_gone(store: Store) -> None:
    run(store, always(410), 0, RIPPLE, MURMUR)
    run(store, always(410), DAY, MURMUR)
    web = Web({RIPPLE.address: rss(START)})
    report = run(store, web, 30 * DAY, RIPPLE, MURMUR)
    assert [request.url for request in web.asked] == [RIPPLE.url]
    assert (report.announcements, report.problems) == (1, [])
    assert {each.source.id: (each.health, each.reason) for each in store.sources()}[RIPPLE.id] == (Health.OK, None)


def test_why_a_source_is_silent_is_as_feeds_yaml_says_it_today(store: Store) -> None:
    web = Web()
    for why in ("it costs money", "it is closed", "it is closed"):
        last = run(store, web, 0, replace(RIPPLE, silent=why))
        assert [each.reason for each in store.sources()] == [why]
    assert last.problems == []


@pytest.mark.parametrize("status", [410, 404, 500])
def test_what_failed_at_the_old_address_is_no_trouble_of_the_new_one(store: Store, status: int) -> None:
    """Three documents of a status page are given up for its feed, which is one."""
    history = replace(RIPPLE, id=PAGE.id, platform="statuspage", url="https://status.ripple.example/history.atom")
    web = Web({history.address: b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Status</title></feed>'})
    run(store, always(status), 0, PAGE)
    report = run(store, web, HOUR, replace(history, formerly=PAGE.address))
    was = "suspended" if status == 410 else "unreachable"
    assert report.problems == [f"ripple/statuspage: ok again, after it was {was}"]
    assert [each.health for each in store.sources()] == [Health.OK]


def test_a_clock_that_was_set_back_loses_nothing(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    run(store, web, 60 * 24 * 365)
    web.pages[RIPPLE.address] = rss(START, END)
    assert run(store, web, 45).announcements == 1
    assert run(store, web, 60 * 24 * 365 + 5, force=True).announcements == 0


def test_an_outage_after_a_clock_ran_ahead_is_open_and_one_that_lapsed_by_it_is_again(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss(("7", -9000, "Welcome."))})
    run(store, web, 10)
    run(store, web, YEAR)
    assert [incident.state for incident in store.incidents()] == ["lapsed"]
    web.pages[MURMUR.address] = rss(("7", -9000, "Welcome."), ("8", 15, "We are investigating an outage of the API."))
    for minute in (20, 21):
        run(store, web, minute, force=True)
    assert [incident.state for incident in store.incidents()] == ["open", "open"]
    assert {each.last_success for each in store.sources()} == {NOON + timedelta(minutes=21)}


def test_what_a_run_had_no_time_for_after_a_clock_ran_ahead_is_asked_by_the_next_one(store: Store) -> None:
    beside = replace(MURMUR, id="ripple/beside", vendor="ripple")
    web = Web({RIPPLE.address: rss(START), beside.address: rss()})
    run(store, web, YEAR, RIPPLE, beside)
    web.asked.clear()
    for minute in (10, 11):
        run(store, lambda due: web([*due][:1]), minute, RIPPLE, beside)
    assert [request.source for request in web.asked] == [RIPPLE.id, beside.id]


@pytest.mark.parametrize("last_read", [10, DAY])
def test_who_fails_since_the_clock_was_set_back_was_last_read_before_it_ran_ahead(store: Store, last_read: int) -> None:
    beside = replace(MURMUR, id="ripple/beside", vendor="ripple")
    web = Web({RIPPLE.address: rss(START), beside.address: rss()})
    for minute in (10, DAY, YEAR):
        web.pages[beside.address] = "nobody answers" if last_read < minute < YEAR else rss()
        run(store, web, minute, RIPPLE, beside, force=True)
    del web.pages[beside.address]
    run(store, web, DAY + 10, RIPPLE, beside)
    read = {each.source.id: each.last_success for each in store.sources()}
    assert read == {RIPPLE.id: NOON + timedelta(minutes=DAY + 10), beside.id: NOON + timedelta(minutes=last_read)}


def test_a_pause_that_a_clock_ahead_reckoned_is_none(store: Store) -> None:
    run(store, always(429, **{"retry-after": "60"}), YEAR)
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    assert run(store, web, 10).polled == 2


def test_a_list_that_moved_past_all_that_was_known_leaves_a_gap(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    run(store, web, 0)
    web.pages[RIPPLE.address] = rss(("8", 100, "Sending is slow."), ("9", 110, "Sending works again."))
    run(store, web, 120)
    gaps = store.db.execute("SELECT source, status FROM polls WHERE gap")
    assert [tuple(row) for row in gaps] == [(RIPPLE.id, 200)]


def test_a_host_that_asks_for_a_pause_gets_it_for_all_its_sources(store: Store) -> None:
    second = replace(MURMUR, id="murmur/second", url="https://ripple.example/other.rss")
    asked: list[str] = []

    def busy(due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            asked.append(request.url)
            if request.source == RIPPLE.id:
                yield failed(request, status=429, **{"retry-after": "7200"})

    run(store, busy, 0, RIPPLE, second)
    run(store, busy, HOUR, RIPPLE, second)
    assert len(asked) == 2, "the second one had no answer, is due, and its host wants a pause"
    for minute in (130, 180):
        run(store, busy, minute, RIPPLE, second)
        assert len(asked) == 4, "it asked for a second pause"


# -- entries that share an id ------------------------------------------------------------------------------------------


def monitor(*turns: tuple[int, str]) -> bytes:
    """A feed with one guid for all that it says: (minutes after noon, words), oldest first."""
    return rss(*(("monitor-77", minute, words) for minute, words in turns))


def polled(store: Store, *bodies: bytes, first: int = 0, every: int = HOUR) -> list[tuple[int, int]]:
    """What each of these documents added: announcements and revisions."""
    webs = [Web({RIPPLE.address: body}) for body in bodies]
    reports = [run(store, web, first + every * count, force=True) for count, web in enumerate(webs)]
    return [(report.announcements, report.revisions) for report in reports]


def known(store: Store) -> list[tuple[str, datetime | None, int]]:
    """Words, time and number of versions of all that is known."""
    return [
        (told.announcement.text, told.announcement.published_at, 1 + len(told.revisions))
        for told in store.history("ripple")
    ]


TURNS = [(day * DAY, "DOWN" if day % 2 else "UP") for day in range(1, 12)]


@pytest.mark.parametrize("window", [2, 3, 5, 20])
@pytest.mark.parametrize("step", [1, 2])
def test_a_monitor_with_one_guid_tells_each_of_its_turns_once(store: Store, window: int, step: int) -> None:
    """Whatever has rolled off, and where a poll finds nothing that the one before held."""
    ends = range(step, len(TURNS) + 1, step)
    bodies = [monitor(*TURNS[max(0, end - window) : end]) for end in ends]
    days = step * DAY
    assert polled(store, *bodies, bodies[-1], first=days, every=days) == [(step, 0)] * len(ends) + [(0, 0)]
    assert known(store) == [(words, NOON + timedelta(minutes=minute), 1) for minute, words in TURNS[: ends[-1]]]


OPENED = ("INC7f", 0, "Status: INVESTIGATING\nReplies are missing.")
ENDED_AT = f"{NOON + timedelta(minutes=95):%a, %d %b %Y %H:%M:%S} GMT"
CLOSED = ("INC7f", 0, f"Status: RESOLVED\nResolved: {ENDED_AT}\nAll is sent.")


def clocks_of(store: Store) -> list[int | None]:
    """Minutes after noon at which the only incident was announced, resolved, and over by the vendor's account."""
    [incident] = store.incidents()
    clocks = (incident.announced_at, incident.resolved_at, incident.impact_ended_at)
    return [None if at is None else int((at - NOON).total_seconds()) // 60 for at in clocks]


def test_an_entry_that_tells_when_it_was_resolved_is_resolved_then_though_we_looked_later(store: Store) -> None:
    assert polled(store, rss(OPENED), rss(OPENED), rss(OPENED), rss(CLOSED)) == [(1, 0), (0, 0), (0, 0), (0, 1)]
    assert clocks_of(store) == [0, 95, 95]
    assert list(collect.rebuild(store, diff=True)) == []


def test_what_was_over_when_we_first_looked_has_the_end_that_it_tells(store: Store) -> None:
    assert polled(store, rss(), rss(), rss(CLOSED)) == [(0, 0), (0, 0), (1, 0)]
    assert clocks_of(store) == [0, 95, 95]


def test_after_an_upgrade_an_end_is_when_its_entry_says(store: Store) -> None:
    polled(store, rss(OPENED), rss(OPENED), rss(OPENED), rss(CLOSED))
    store.db.execute("UPDATE revisions SET edited_at = NULL, window_end = NULL")  # as older readers read it
    store.db.execute("UPDATE rules SET version = 'of older readers'")
    assert polled(store, *[rss(CLOSED)] * 5) == [(0, 0)] * 5
    assert clocks_of(store) == [0, 95, 95]


def test_two_outages_of_the_same_words_are_two_though_all_entries_link_to_the_page(store: Store) -> None:
    words = "Login degraded. We are investigating."
    third, seventeenth = ("", 0, words), ("", 14 * DAY, words)
    bodies = [rss(third), rss(third, seventeenth), rss(third, seventeenth)]
    bodies = [body.replace(b"<guid></guid>", b"<link>https://s.example/</link>") for body in bodies]
    assert polled(store, *bodies) == [(1, 0), (1, 0), (0, 0)]


def test_what_is_dated_by_the_request_is_not_new_at_each_poll(store: Store) -> None:
    alone = [monitor((minute, "All is well.")) for minute in range(3)]
    assert polled(store, *alone) == [(1, 0), (0, 0), (0, 0)]


def test_what_is_dated_by_the_request_among_others_of_its_id_is_not_new_at_each_poll(store: Store) -> None:
    both = [monitor((-900, "DOWN"), (-600, "UP"), (minute, "All is well.")) for minute in range(3)]
    together = [monitor((minute, "DOWN"), (minute, "UP")) for minute in range(3)]
    assert polled(store, *both) == [(3, 0), (0, 0), (0, 0)]
    assert polled(store, *together) == [(2, 0), (0, 0), (0, 0)]


def test_an_edit_among_others_of_its_id_is_a_revision(store: Store) -> None:
    first, second, third = (0, "DOWN"), (30, "UP"), (60, "DOWN")
    edited, corrected = (30, "UP since 12:25"), (0, "DOWN since 11:50")
    bodies = [monitor(first, second), monitor(first, edited, third), monitor(corrected, edited, third)]
    assert polled(store, *bodies) == [(2, 0), (1, 1), (0, 1)]
    assert [(text, versions) for text, _, versions in known(store)] == [("DOWN", 2), ("UP", 2), ("DOWN", 1)]


def test_the_next_outage_under_the_guid_of_one_that_was_gone_is_another_one(store: Store) -> None:
    """Azure makes the guid of the title, and its feed holds what is open."""

    def titled(hour: int, words: str) -> bytes:
        return rss(("logins-fail", 60 * hour, words))

    noon, monday = titled(0, "Logins fail since 12:00."), titled(240, "Logins fail since Monday.")
    most, north = titled(240, "Most logins work."), titled(960, "Logins fail in the north.")
    for hour, body, added in [
        (0, noon, (1, 0)),
        (6, rss(), (0, 0)),  # empty for a while
        (8, noon, (0, 0)),
        (9, titled(9, "Logins fail since 11:00."), (0, 1)),  # dated by the request
        (10, rss(), (0, 0)),
        (12, titled(12, "Logins fail since 11:00."), (0, 0)),
        (14, rss(), (0, 0)),
        (241, monday, (1, 0)),
        (242, monday, (0, 0)),
        (243, most, (0, 1)),
        (244, rss(), (0, 0)),
        (245, most, (0, 0)),
        (250, rss(), (0, 0)),
        (251, titled(242, "Nearly all logins work."), (0, 1)),  # dated later, but before it was gone
        (252, rss(), (0, 0)),
        (961, north, (1, 0)),
        (962, north, (0, 0)),
    ]:
        report = run(store, Web({RIPPLE.address: body}), 60 * hour, force=True)
        assert (report.announcements, report.revisions) == added, f"after {hour} hours"
    words = ["Logins fail since 12:00.", "Logins fail since Monday.", "Logins fail in the north."]
    assert [(text, versions) for text, _, versions in known(store)] == list(zip(words, (2, 3, 1), strict=True))
    assert len(store.incidents()) == 3
    assert list(collect.rebuild(store, diff=True)) == []


def test_a_rebuild_lends_what_several_share_to_none_of_them(store: Store) -> None:
    assert polled(store, monitor((0, "DOWN"), (30, "UP"))) == [(2, 0)]
    assert list(collect.rebuild(store, diff=True)) == []
    assert polled(store, monitor((0, "DOWN"), (30, "UP")), monitor((DAY, "DOWN"))) == [(0, 0), (1, 0)]


def test_entries_that_were_once_told_apart_by_ordinals_are_known_by_their_times(store: Store) -> None:
    body, later = monitor((0, "DOWN"), (30, "UP")), monitor((30, "UP"), (DAY, "DOWN"))
    reading = feed.read(Document(source=RIPPLE, url="", body=body, content_type="", polled_at=NOON))
    down, up = reading.announcements
    once = (replace(down, id="monitor-77"), replace(up, id="monitor-77~2"))
    with store.transaction():
        store.ingest(RIPPLE, "url", replace(reading, announcements=once, listed=("monitor-77~2", "monitor-77")), NOON)
    assert polled(store, body, later) == [(0, 0), (1, 0)]


# -- pages that lead to older ones -------------------------------------------------------------------------------------

PAID = Source(id="ripple/x", vendor="ripple", platform="x", account="ripple", token="TRACKER_TOKEN")
POSTS = [str(1_500_000_000_000_000_000 + number * 10**15) for number in range(6)]


def page_of(*numbers: int, older: str | None = None) -> bytes:
    """A page of the account's posts, newest first, that may name an older one."""
    posts = [{"id": POSTS[n], "text": f"Update {n} on the outage.", "author_id": "7"} for n in reversed(numbers)]
    return json.dumps({"data": posts, "meta": {"next_token": older} if older else {}}).encode()


def test_a_page_that_fails_is_asked_for_again_from_the_same_place(store: Store) -> None:
    account = json.dumps({"data": {"id": "7", "username": "ripple"}}).encode()
    pages: dict[str, bytes | str] = {"first": page_of(0)}
    asked: list[tuple[str, bool]] = []

    def answers(due: Iterable[Due]) -> Iterator[Answer]:
        for request, state in due:
            kind = "older" if "pagination_token" in request.url else "first"
            asked.append((request.url.partition("since_id=")[2].partition("&")[0], bool(state and state.etag)))
            found = account if request.purpose == "account" else pages[kind]
            if isinstance(found, str):
                yield failed(request, found)
            else:
                yield answered(request, found, headers={"etag": '"e"'})

    def at(hour: int) -> collect.Report:
        return run(store, answers, hour * HOUR, PAID, environ=["TRACKER_TOKEN"])

    assert at(0).announcements == 1
    pages |= {"first": page_of(3, 4, 5, older="more"), "older": "the server answers 500"}
    assert at(1).announcements == 3
    pages["older"] = page_of(1, 2)
    assert at(2).announcements == 2
    assert asked[-2] == (POSTS[0], False), "from the newest of which all older ones are known, without a validator"
    pages["first"] = page_of(5)
    at(3)
    assert asked[-1] == (POSTS[5], True)
    assert len(store.history("ripple")) == 6
    remembered = store.db.execute("SELECT purpose FROM requests").fetchall()
    assert [purpose for (purpose,) in remembered] == ["posts"], "what is asked for once is not"


PAGE = Source(id="ripple/statuspage", vendor="ripple", platform="statuspage", page="https://status.ripple.example")


@pytest.mark.parametrize(("status", "times"), [(404, 1), (410, 1), (500, 2), (403, 2), (None, 2)])
def test_an_incident_that_its_page_does_not_give_is_no_trouble_of_the_source(
    store: Store, status: int | None, times: int
) -> None:
    """What its page still tells of it stands in the list of the last incidents."""
    update = {"id": "u1", "status": "investigating", "body": "Sending fails.", "created_at": "2026-03-02T11:58:00Z"}
    case = {"id": "abc", "name": "Sending fails", "status": "investigating", "incident_updates": [update]}
    standing = [case]

    def answers(due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            if request.purpose.startswith("incident:"):
                asked.append(request.purpose)
                yield failed(request, status=status)
            else:
                told = {"page": {"id": "p"}, "incidents": standing if request.purpose == "open" else []}
                yield answered(request, told)

    asked: list[str] = []
    said = []
    for hour in range(4):
        standing = [case] if hour == 0 else []
        said += run(store, answers, hour * HOUR, PAGE).problems
    assert (asked, said) == (["incident:abc"] * times, [])
    assert [each.health for each in store.sources()] == [Health.OK]
    assert [incident.state for incident in store.incidents()] == ["ended-unannounced"]


def test_a_host_that_asks_for_a_pause_is_not_asked_for_what_its_other_answers_lead_to(store: Store) -> None:
    update = {"id": "u1", "status": "investigating", "body": "Sending fails.", "created_at": "2026-03-02T11:58:00Z"}
    standing = [{"id": "abc", "name": "Sending fails", "status": "investigating", "incident_updates": [update]}]
    asked: list[tuple[int, str]] = []

    def answers(due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            asked.append((hour, request.purpose))
            told: dict[str, object] = {"page": {"id": "p"}, "incidents": standing if request.purpose == "open" else []}
            if request.purpose.startswith("incident:"):
                told = {
                    "page": {"id": "p"},
                    "incident": {
                        "id": "abc",
                        "status": "resolved",
                        "incident_updates": [
                            update,
                            {**update, "id": "u2", "status": "resolved", "body": "It works again."},
                        ][::-1],
                    },
                }
            if hour == 1 and request.purpose == "incidents":
                yield failed(request, status=429, **{"retry-after": "7200"})
            else:
                yield answered(request, told)

    for hour in (0, 1, 2, 4):
        standing = standing if hour == 0 else []
        run(store, answers, hour * HOUR, PAGE, force=hour == 1)
    assert [at for at, purpose in asked if purpose == "incident:abc"] == [4]
    assert {at for at, _ in asked} == {0, 1, 4}
    assert [incident.state for incident in store.incidents()] == ["resolved"]


# -- mistakes of a platform ------------------------------------------------------------------------------------------

BLUNDER = """
from tracker.models import Announcement, Reading, Request

def requests(source, known):
    {request}
    return (Request(source=source.id, purpose="posts", url=source.page, every=300),)

def read(document):
    import json

    posts = json.loads(document.body)
    said = [Announcement(source=document.source.id, vendor="murmur", id=p["id"], text=p["text"]) for p in posts]
    return Reading(announcements=tuple(said))

def more(document, reading, known):
    {more}
    return ()
"""


@pytest.fixture
def blunder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Source]]:
    """Writes a small platform that makes a mistake; gives a source that is read by it."""
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(tmp_path)])

    def write(request: str = "", more: str = "") -> Source:
        (tmp_path / "blunder.py").write_text(BLUNDER.format(request=request, more=more), encoding="utf-8")
        return Source(id="murmur/blunder", vendor="murmur", platform="blunder", page="https://murmur.example/posts")

    def forgotten() -> None:
        platforms.names.cache_clear()
        platforms.platform.cache_clear()
        sys.modules.pop("tracker.platforms.blunder", None)
        vars(platforms).pop("blunder", None)
        importlib.invalidate_caches()

    forgotten()
    yield write
    forgotten()


@pytest.mark.parametrize(
    ("given", "body", "named"),
    [
        ({}, b"<not json>", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ({}, b'[{"id": "1"}]', "KeyError: 'text'"),
        ({}, b"3", "TypeError: 'int' object is not iterable"),
        ({"more": "raise RecursionError"}, b"[]", "RecursionError"),
        ({"request": "raise ValueError(' of\\n two lines')"}, b"[]", "ValueError: of two lines"),
    ],
)
def test_a_mistake_of_a_platform_stops_its_source_alone(
    store: Store, blunder: Callable[..., Source], given: dict[str, str], body: bytes, named: str
) -> None:
    source = blunder(**given)
    web = Web({RIPPLE.address: rss(START), "https://murmur.example/posts": body})
    report = run(store, web, 0, source, RIPPLE)
    [problem] = report.problems
    assert problem.startswith(f"murmur/blunder: unreadable: {named} (tracker.platforms.blunder, line ")
    assert problem.endswith("): a bug of tracker, please report it")
    assert (report.succeeded, report.failed) == (1, 1)
    assert len(store.incidents()) == 1
    [health] = [each for each in store.sources() if each.source.id == "murmur/blunder"]
    assert health.health is Health.UNREADABLE and problem.endswith(health.reason or "nothing")
    assert run(store, web, HOUR, source, RIPPLE).problems == [], "said once"


def test_a_mistake_in_telling_the_incidents_of_a_vendor_stops_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reassembling.reassemble

    def broken(record: Store, vendor: str, *rest: Any) -> object:
        return whole(record, vendor, *rest) if vendor == "ripple" else NOON.replace(year=9999) + timedelta(days=999)

    monkeypatch.setattr(reassembling, "reassemble", broken)
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss(START)})
    for minute in (5, 65):
        [problem] = run(store, web, minute).lasting
        assert problem.startswith("murmur: its incidents cannot be told: OverflowError: date value out of range (")
    assert [incident.vendor for incident in store.incidents()] == ["ripple"]
    monkeypatch.undo()
    assert run(store, web, 125).lasting == []
    assert sorted(incident.vendor for incident in store.incidents()) == ["murmur", "ripple"]


def test_a_mistake_in_judging_what_a_source_says_stops_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(said: Announcement) -> Verdict:
        return whole(said) if said.vendor == "ripple" else {}[said.id]

    whole = classify.classify
    monkeypatch.setattr(classify, "classify", broken)
    report = run(store, Web({RIPPLE.address: rss(START), MURMUR.address: rss(START)}), 5)
    assert report.problems[0].startswith("murmur/feed: unreadable: KeyError: '1' (")
    assert (report.succeeded, report.failed, store.history("murmur")) == (1, 1, ())


def test_what_a_platform_read_before_its_mistake_stands(store: Store, blunder: Callable[..., Source]) -> None:
    source = blunder()
    web = Web({"https://murmur.example/posts": b'[{"id": "1", "text": "Calls fail."}]'})
    run(store, web, 0, source, RIPPLE)
    web.pages["https://murmur.example/posts"] = b"[7]"
    assert run(store, web, HOUR, source, RIPPLE, force=True).failed == 2
    assert [told.announcement.text for told in store.history("murmur")] == ["Calls fail."]
    web.pages["https://murmur.example/posts"] = b'[{"id": "2", "text": "Calls work again."}]'
    assert run(store, web, 9 * HOUR, source, RIPPLE, force=True).announcements == 1


# -- crashes ---------------------------------------------------------------------------------------------------------


class Killed(Exception):
    """The process ends here."""


def crashing(db: sqlite3.Connection, after: int) -> Callable[[], int]:
    """Let the connection die at its n-th step of SQLite's virtual machine; gives how many steps were made."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return int(steps >= after)

    db.set_progress_handler(step, 40)
    return lambda: steps


def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    web = Web({RIPPLE.address: rss(START, END), MURMUR.address: rss(START)})
    with Store.open(tmp_path / "whole.db") as store:
        run(store, web, 60)
        whole = [json.dumps(line, sort_keys=True) for line in store.export()]
        incidents = store.incidents()
    with Store.open(tmp_path / "count.db") as store:
        steps = crashing(store.db, 10**9)
        run(store, web, 60)
        total = steps()
    assert total > 20
    for after in range(1, total + 1, max(1, total // 40)):
        path = tmp_path / f"crash-{after}.db"
        with Store.open(path) as store:
            crashing(store.db, after)
            with pytest.raises((StoreError, sqlite3.OperationalError)):
                run(store, web, 60)
        with Store.open(path) as store:
            run(store, web, 60)
            assert [json.dumps(line, sort_keys=True) for line in store.export()] == whole
            assert store.incidents() == incidents


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("is_known", [True, False])
def test_what_an_import_was_killed_over_is_derived_by_the_next_run(
    store: Store, is_known: bool, begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collector is at work meanwhile, and derives as far as the import went then; ``begun``: it began before."""
    monkeypatch.setattr(importing, "LINES", 1)
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    line = '{"vendor": "ripple", "source": "ripple/me", "id": "%d", "published_at": "2026-02-0%dT13:00Z", "text": "%s"}'
    told = [line % (n, n, f"We are investigating an outage of part {n}.") for n in range(1, 5)]
    if is_known:
        run(store, web, 5)

    def lines() -> Iterator[str]:
        yield told[0]
        if not begun:
            run(store, web, 10)
        yield from told[1:]
        raise Killed

    def poll(due: Iterable[Due]) -> Iterator[Answer]:
        with pytest.raises(Killed):
            collect.import_lines(store, lines(), now=NOON)
        yield from web(due)

    run(store, poll, 9, force=True)
    run(store, web, 40)
    placed = {step.id for incident in store.incidents() for step in incident.steps if step.source == "ripple/me"}
    assert placed == {"1", "2", "3", "4"}
    assert list(collect.rebuild(store, diff=True)) == []


def test_failures_are_folded_into_coverage_after_a_week(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    for day in range(10):
        run(store, web, day * 24 * 60, force=True)
    errors = store.db.execute("SELECT COUNT(*) FROM polls WHERE error IS NOT NULL").fetchone()[0]
    counted = store.db.execute("SELECT SUM(failures) FROM coverage").fetchone()[0]
    assert (errors, counted) == (8, 10)


def test_after_an_upgrade_originals_are_read_again(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START)})
    run(store, web, 0)
    store.db.execute("UPDATE announcements SET text = 'as an older reader read it'")
    store.db.execute("UPDATE rules SET version = 'of older readers'")
    run(store, web, 60)
    [(text, versions)] = store.db.execute("SELECT text, versions FROM announcements").fetchall()
    assert (text, versions) == ("We are investigating problems with sending messages.", 1)


@pytest.mark.parametrize("is_imported_to", [False, True])
def test_what_older_readers_passed_over_is_read_though_the_feed_is_the_same(
    store: Store, is_imported_to: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed is asked for once without a condition, and all that stands in it is read; also after an import."""
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss()})
    with monkeypatch.context() as older:
        read = feed.read
        older.setattr(feed, "read", lambda document: replace(read(document), announcements=()))
        assert run(store, web, 15).announcements == 0
    assert set(store.rules_versions()) == {"ripple", "murmur"}, "also of vendors of which nothing was read"
    store.set_rules_version("ripple", "0.0.0")
    if is_imported_to:
        line = {
            "vendor": "ripple",
            "source": "ripple/me",
            "id": "1",
            "published_at": "2026-02-01T13:00Z",
            "text": "Hi.",
        }
        collect.import_lines(store, [json.dumps(line)], now=NOON)
    web.validators.clear()
    assert [run(store, web, minute, force=True).announcements for minute in (60, 120)] == [1, 0]
    assert [validator is None for validator in web.validators] == [True, False, False, False]


def test_an_original_that_is_damaged_stops_no_other_and_no_poll(store: Store) -> None:
    web = Web({RIPPLE.address: rss(START), MURMUR.address: rss(START)})
    run(store, web, 15)
    store.db.execute("UPDATE originals SET body = x'00'")
    store.set_rules_version("ripple", "0.0.0")
    web.pages[RIPPLE.address] = rss(START, END)
    report = run(store, web, 60)
    assert (report.announcements, len(report.lasting)) == (1, 1)
    assert "ripple: its incidents cannot be told: the record holds a damaged original" in report.lasting[0]
    assert [incident.state for incident in store.incidents(vendors=("ripple",))] == ["resolved"]


def test_an_import_into_a_record_of_older_readers_has_its_originals_read_again(store: Store) -> None:
    run(store, Web({RIPPLE.address: rss(START)}), 0)
    store.db.execute("UPDATE announcements SET text = 'as an older reader read it'")
    store.db.execute("UPDATE rules SET version = 'of older readers'")
    line = '{"vendor": "ripple", "source": "ripple/me", "id": "1", "published_at": "2026-03-02T13:00Z", "text": "Up."}'
    assert collect.import_lines(store, [line], now=NOON + timedelta(hours=2)).problems == []
    assert [told.announcement.text for told in store.history("ripple")] == [START[2], "Up."]


def test_what_a_document_out_of_order_held_is_told_by_the_next_one(store: Store, tmp_path: Path) -> None:
    again = ("3", 40, "Sending fails again.")
    told = [(60, (START,)), (120, (START, END)), (90, (START, END, again)), (180, (START, END, again))]
    files = []
    for minute, items in told:
        files.append((NOON + timedelta(minutes=minute), tmp_path / f"{minute}.rss"))
        files[-1][1].write_bytes(rss(*items))
    collect.import_documents(store, RIPPLE, files)
    assert [each.announcement.text for each in store.history("ripple")] == [START[2], END[2], again[2]]


def test_what_the_record_refuses_fails_its_source_alone(tmp_path: Path) -> None:
    web = Web({RIPPLE.address: rss(("1", 0, "Late."), ("2", 5, "Later.")), MURMUR.address: rss(("1", 0, "Down."))})
    with Store.open(tmp_path / "t.db") as store:
        store.db.execute(
            "CREATE TRIGGER strict BEFORE INSERT ON announcements WHEN new.text = 'Later.' "
            "BEGIN SELECT RAISE(ABORT, 'no such words'); END"
        )
        report = run(store, web, 0)
        assert (report.succeeded, report.failed) == (1, 1)
        assert report.problems == ["ripple/feed: unreadable: what it says contradicts the record: no such words"]
        assert [told.announcement.text for told in store.history("murmur")] == ["Down."]
        assert store.history("ripple") == ()
        store.db.execute("DROP TRIGGER strict")
        run(store, web, 2 * HOUR)
        assert [told.announcement.text for told in store.history("ripple")] == ["Late.", "Later."]


MASTODON = Source(id="ripple/mastodon", vendor="ripple", platform="mastodon", page="https://social.example/@ripple")


def toots(count: int, account: str = "7") -> Callable[[Iterable[Due]], Iterator[Answer]]:
    """A Mastodon server whose account has said this many posts, forty of them a page, the newest first."""
    whose = {"id": account, "acct": "ripple", "username": "ripple", "url": "https://social.example/@ripple"}
    said = [
        {
            "id": str(1_000 + number),
            "uri": f"https://social.example/users/ripple/statuses/{1_000 + number}",
            "url": f"https://social.example/@ripple/{1_000 + number}",
            "created_at": f"{NOON + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
            "content": f"<p>Calls fail, {number}.</p>",
            "visibility": "public",
            "account": whose,
        }
        for number in reversed(range(count))
    ]

    def poll(due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            parts = urlsplit(request.url)
            asked = {name: int(values[0]) for name, values in parse_qs(parts.query).items() if name.endswith("_id")}
            low, high = asked.get("since_id", 0), asked.get("max_id", 10_000)
            page = [post for post in said if low < int(post["id"]) < high][:40]  # type: ignore[call-overload]
            body = whose if parts.path.endswith("lookup") else page
            if parts.path.endswith("statuses") and f"/{account}/" not in parts.path:
                yield failed(request, status=404)
                continue
            yield answered(request, body)

    return poll


def test_after_a_refused_page_the_next_run_goes_back_as_far(tmp_path: Path) -> None:
    with Store.open(tmp_path / "t.db") as store:
        run(store, toots(5), 0, MASTODON)
        store.db.execute(
            "CREATE TRIGGER strict BEFORE INSERT ON announcements WHEN new.id = '1060' "
            "BEGIN SELECT RAISE(ABORT, 'no such words'); END"
        )
        report = run(store, toots(115), HOUR, MASTODON, force=True)
        assert len(report.problems) == 1
        store.db.execute("DROP TRIGGER strict")
        run(store, toots(115), 2 * HOUR, MASTODON, force=True)
        assert len(store.history("ripple")) == 115


def test_a_poll_after_an_import_goes_back_as_far_as_that_came(store: Store, tmp_path: Path) -> None:
    page = Request(source=MASTODON.id, url="https://social.example/api/v1/accounts/7/statuses", purpose="statuses")
    [captured] = toots(5)([(page, None)])
    (tmp_path / "page.json").write_bytes(captured.body)
    collect.import_documents(store, MASTODON, [(NOON, tmp_path / "page.json")])
    run(store, toots(115), HOUR, MASTODON)
    assert len(store.history("ripple")) == 115


def test_more_news_than_may_be_paged_back_to_are_a_gap_and_not_asked_for_in_every_run(tmp_path: Path) -> None:
    with Store.open(tmp_path / "t.db") as store:
        run(store, toots(5), 0, MASTODON)
        away = run(store, toots(700), 90 * DAY, MASTODON, force=True)
        assert (away.requests, away.announcements) == (13, 12 * 40)
        assert store.db.execute("SELECT COUNT(*) FROM polls WHERE gap").fetchone()[0] == 1
        later = run(store, toots(701), 91 * DAY, MASTODON, force=True)
        assert (later.requests, later.announcements) == (2, 1)


@pytest.mark.parametrize("answer", ["fails", "is not asked for any more"])
def test_the_first_page_alone_does_not_hide_what_the_page_of_news_would_have_told(store: Store, answer: str) -> None:
    """The whole first page holds forty posts, more were said since, and what is new has no answer in this run."""

    def without_news(due: Iterable[Due]) -> Iterator[Answer]:
        asked = list(due)
        yield from toots(115)(each for each in asked if each[0].purpose != "new")
        for request, _ in asked:
            if request.purpose == "new" and answer == "fails":
                yield failed(request, status=500)

    run(store, toots(5), 0, MASTODON)
    run(store, without_news, 7 * DAY, MASTODON)
    assert len(store.history("ripple")) == 45
    run(store, toots(115), 8 * DAY, MASTODON)
    assert len(store.history("ripple")) == 115


@pytest.mark.parametrize("unanswered", [0, 1])
def test_an_empty_last_page_ends_the_way_back(store: Store, unanswered: int) -> None:
    """What was read before it need not be paid for again; also where it was not answered at first."""
    empty = b'{"meta": {"result_count": 0}}'
    account = json.dumps({"data": {"id": "7", "username": "ripple"}}).encode()
    bodies = [page_of(0), *[page_of(1, 2, older="more")] * (1 + unanswered), empty]
    asked: list[str] = []

    def answers(due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            asked.append(request.url.partition("since_id=")[2].partition("&")[0])
            is_older = "pagination_token" in request.url
            body = account if request.purpose == "account" else empty if is_older else bodies[hour]
            if not is_older or hour > unanswered:
                yield answered(request, body)

    for hour in range(len(bodies)):
        run(store, answers, hour * HOUR, PAID, environ=["TRACKER_TOKEN"])
    assert asked == ["", "", *[POSTS[0]] * 2 * (1 + unanswered), POSTS[2]]


def test_a_pause_counts_from_the_answer_that_asks_for_it_also_a_page_later(store: Store) -> None:
    """``Answer.after`` begins anew with each call of poll."""

    def answers(due: Iterable[Due]) -> Iterator[Answer]:
        for answer in toots(5)(due):
            busy = {"headers": {"retry-after": "60"}, "status": 429, "error": "busy"} if served else {}
            yield replace(answer, after=40.0, **busy)
        served.append(True)

    served: list[bool] = []
    run(store, answers, 0, MASTODON)
    assert len(served) == 2
    assert store.blocked_hosts(NOON, timedelta(days=1)) == {"social.example": NOON + timedelta(seconds=40 + 40 + 60)}


def test_an_incident_that_has_left_the_open_list_is_asked_for_after_a_crash(store: Store) -> None:
    update = {"id": "u1", "status": "investigating", "body": "Sending fails.", "created_at": "2026-03-02T11:58:00Z"}
    case = {"id": "abc", "name": "Sending fails", "status": "investigating", "incident_updates": [update]}
    asked: list[str] = []

    def answers(due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            asked.append(request.purpose)
            if request.purpose.startswith("incident:") and hour == 1:
                raise Killed
            told = {"page": {"id": "p"}, "incidents": [case] if hour == 0 and request.purpose == "open" else []}
            if request.purpose.startswith("incident:"):
                end = {**update, "id": "u2", "status": "resolved", "body": "It works again."}
                told = {
                    "page": {"id": "p"},
                    "incident": {**case, "status": "resolved", "incident_updates": [end, update]},
                }
            yield answered(request, told)

    for hour in range(3):
        with pytest.raises(Killed) if hour == 1 else nullcontext():
            run(store, answers, hour * HOUR, PAGE)
    assert asked.count("incident:abc") == 2
    assert [incident.state for incident in store.incidents()] == ["resolved"]


def test_a_page_that_failed_once_is_no_trouble_when_the_way_back_is_another(store: Store) -> None:
    def broken(due: Iterable[Due]) -> Iterator[Answer]:
        for answer in toots(100)(due):
            older = answer.request.purpose.startswith("older:")
            yield replace(answer, status=500, error="the server answers 500") if older else answer

    health = []
    for hour, poll in enumerate((toots(5), broken, toots(115))):
        run(store, poll, hour * HOUR, MASTODON)
        health += [each.health for each in store.sources()]
    assert health == [Health.OK, Health.UNREACHABLE, Health.OK]
    assert [each.last_error for each in store.sources()] == [None]
    assert len(store.history("ripple")) == 115
