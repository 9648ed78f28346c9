"""Events of AWS through polls: from the first word until the list is empty, and after a feed that began them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from web import Web

from tracker import collect
from tracker.models import Announcement, Document, Incident, Known, Source
from tracker.platforms import aws
from tracker.store import Store

EIGHT = datetime(2026, 5, 4, 8, tzinfo=UTC)
ARN = "arn:aws:health:eu-marsh-1::event/QUEUES/AWS_QUEUES_OPERATIONAL_ISSUE/AWS_QUEUES_OPERATIONAL_ISSUE_K7Q2D"
LIST = Source(id="heron/aws", vendor="heron", platform="aws", page="https://health.heron.example/health/status")
FEED = Source(id="heron/feed", vendor="heron", platform="feed", url="https://status.heron.example/rss/all.rss")
SLOW = (0, 1, "Late messages", "We look into late messages in the EU-MARSH-1 Region.")
FULL = (25, 2, "Late messages", "A disk is full. Half of the messages are late.")
LOST = (70, 3, "Lost messages", "Messages are lost now. Please send them again later.")
OVER = (130, 0, "[RESOLVED] Lost messages", "There are new disks, and no message is lost any more.")
PREFIXES = ("Service is operating normally", "Service impact", "Service degradation", "Service disruption")
Entry = tuple[int, int, str, str]  # minutes after eight, code, title, words


def event(*log: Entry, **given: Any) -> dict[str, Any]:
    entries = [
        {"summary": title, "message": words, "status": code, "timestamp": second(minute)}
        for minute, code, title, words in log
    ]
    top = {"date": str(second(0)), "arn": ARN, "status": str(log[-1][1]), "service": "queues-eu-marsh-1"}
    return {**top, "region_name": "Marsh", "summary": log[-1][2], "event_log": entries, **given}


def second(minute: int) -> int:
    return int((EIGHT + timedelta(minutes=minute)).timestamp())


def events(*told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode("utf-16")


def rss(*log: Entry) -> bytes:
    items = "".join(
        f"<item><title>{PREFIXES[code]}: {title}</title><link>https://status.heron.example/</link>"
        f"<pubDate>{EIGHT + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f'<guid isPermaLink="false">https://status.heron.example/#queues-eu-marsh-1_{second(minute)}</guid>'
        f"<description>{words}</description></item>"
        for minute, code, title, words in reversed(log)
    )
    return f'<rss version="2.0"><channel><title>Heron</title>{items}</channel></rss>'.encode()


def run(store: Store, minute: int, body: bytes, source: Source = LIST) -> collect.Report:
    """One run in which this source alone is named, and answers so."""
    return Web(other=body).run(store, source, EIGHT + timedelta(minutes=minute), force=True)


def only(store: Store) -> Incident:
    [incident] = store.incidents()
    return incident


def test_an_event_climbs_is_over_and_stays_so_when_the_list_is_empty(store: Store) -> None:
    assert run(store, -5, events()).problems == []
    seen = []
    for minute, log in ((3, (SLOW,)), (28, (SLOW, FULL)), (73, (SLOW, FULL, LOST))):
        run(store, minute, events(event(*log)))
        seen.append((only(store).state, only(store).impact, only(store).severity))
    assert seen == [("open", "Impacted", "minor"), ("open", "Impacted", "minor"), ("open", "Disrupted", "critical")]
    run(store, 133, events(event(SLOW, FULL, LOST, OVER, end_time=str(second(120)))))
    before = only(store)
    assert [step.phase for step in before.steps] == ["outage-start", "update", "update", "resolved"]
    assert (before.name, before.state, before.duration_s) == ("Late messages", "resolved", 130 * 60)
    assert (before.components, before.regions) == (("queues-eu-marsh-1",), ("eu", "eu-marsh-1"))
    for later in (3_000, 3_005, 3_010):
        assert run(store, later, events()).problems == []
    assert (only(store).state, only(store).steps) == ("resolved", before.steps)


@pytest.mark.parametrize(("field", "ended"), [({"end_time": str(second(120))}, 120), ({}, 133)])
def test_an_event_that_ends_without_a_word_ends_when_its_field_says_or_when_we_saw_it(
    store: Store, field: dict[str, str], ended: int
) -> None:
    run(store, 28, events(event(SLOW, FULL)))
    for later, log in ((133, (SLOW, FULL)), (160, (SLOW, FULL)), (190, (SLOW, FULL, (180, *OVER[1:])))):
        run(store, later, events(event(*log, status="0", **field)))
        assert (only(store).state, only(store).resolved_at) == ("resolved", EIGHT + timedelta(minutes=ended))
    run(store, 3_000, events())
    assert [step.phase for step in only(store).steps] == ["outage-start", "update", "resolved", "resolved"]


def test_an_event_that_is_only_gone_has_ended_without_a_word(store: Store) -> None:
    run(store, 28, events(event(SLOW, FULL)))
    run(store, 33, events())
    assert (only(store).state, only(store).resolved_at) == ("ended-unannounced", None)


@pytest.mark.parametrize(("history", "state"), [((SLOW, FULL, OVER), "resolved"), (None, "ended-unannounced")])
def test_the_history_tells_what_was_before_the_first_poll_and_how_an_event_ended_that_left_the_list(
    store: Store, history: tuple[Entry, ...] | None, state: str
) -> None:
    home = replace(LIST, page=f"{aws.PAGE}/health/status")
    other = event((-9_000, 1, *SLOW[2:]), (-8_950, 0, *OVER[2:]), arn=ARN.replace("K7Q2D", "B3X8V"))
    web = Web({aws.HISTORY: {"queues-eu-marsh-1": [other]}}, other=[event(SLOW)])

    def run_at(minute: int) -> collect.Report:
        return web.run(store, home, EIGHT + timedelta(minutes=minute))

    assert run_at(3).requests == 2, "the list, and what was before"
    assert [(each.state, each.first_seen_at) for each in store.incidents()] == [("resolved", None), ("open", None)]
    web.other = [event(SLOW, FULL)]
    assert run_at(28).requests == 1, "nothing is missing"
    web.other = []
    web.pages[aws.HISTORY] = {"queues-eu-marsh-1": [event(*history, status="2")]} if history else 403
    report = run_at(133)
    assert (report.requests, report.problems, report.failed) == (2, [], 0)
    assert [each.state for each in store.incidents()] == ["resolved", state]
    web.pages[aws.HISTORY] = {"queues-eu-marsh-1": [event(SLOW, FULL, OVER, status="2")]}
    run_at(133 + 25 * 60)
    assert [each.state for each in store.incidents()] == ["resolved", "resolved"], "what failed is asked for again"


def test_a_run_that_asks_for_nothing_but_a_history_that_fails_has_not_failed(store: Store) -> None:
    """Its exit code would say so, of which nothing is told, and a timer of systemd would count it."""
    home = replace(LIST, page=f"{aws.PAGE}/health/status")
    web = Web({aws.HISTORY: 403}, other=[])
    asked, failed = [], []
    for minute in (0, 24 * 60 - 2, 24 * 60, 49 * 60):
        web.other = 500 if minute == 49 * 60 else []
        failed.append(web.run(store, home, EIGHT + timedelta(minutes=minute)).failed)
        asked.append(aws.HISTORY in web.asked and len(web.asked))
    assert (asked, failed) == ([2, False, 1, 2], [0, 0, 0, 1]), "nor has one failed less for it"


@pytest.mark.parametrize(
    ("last", "asked"),
    [
        (event(SLOW, FULL), 1),
        (event(SLOW, OVER), 0),
        (event(SLOW, FULL, status="0"), 0),
        (event(SLOW, FULL, end_time=str(second(120))), 0),
    ],
)
def test_the_history_is_asked_only_for_what_was_not_over_when_it_left_the_list(
    last: dict[str, Any], asked: int
) -> None:
    home = replace(LIST, page=aws.PAGE)
    before = Document(source=home, body=events(last), polled_at=EIGHT, purpose="events")
    after = replace(before, body=events(), held=aws.read(before).entries)
    assert len(aws.more(after, aws.read(after), Known(newest_id="a"))) == asked


def test_an_address_of_its_own_is_fetched_as_it_is() -> None:
    own = Source(id="heron/aws", vendor="heron", platform="aws", url=f"{aws.PAGE}/public/currentevents")
    assert [request.url for request in aws.requests(own, Known())] == [own.url]


def test_a_list_that_is_something_else_ends_nothing(store: Store) -> None:
    run(store, 28, events(event(SLOW, FULL)))
    for body in (b"", b"{}", b"<html>Moved</html>", '{"message": "Forbidden"}'.encode("utf-16")):
        assert run(store, 33, body).failed == 1
    assert only(store).state == "open"


@pytest.mark.parametrize("told_by_the_feed", [(SLOW,), (SLOW, FULL, LOST)])
def test_what_the_feed_began_the_list_goes_on_with(store: Store, told_by_the_feed: tuple[Entry, ...]) -> None:
    """A record that had AWS by its feed: the same event is no second incident, and its id stays."""
    run(store, 75, rss(*told_by_the_feed), FEED)
    before = only(store)
    run(store, 80, events(event(SLOW, FULL, LOST)))
    run(store, 133, events(event(SLOW, FULL, LOST, OVER)))
    assert (only(store).id, only(store).state, only(store).severity) == (before.id, "resolved", "critical")


def test_two_events_at_once_under_one_title_stay_two_on_both_channels(store: Store) -> None:
    south = (5, 1, "Late messages", "We look into late messages in the US-FEN-2 Region.")
    other = event(south, arn=ARN.replace("eu-marsh-1", "us-fen-2"), service="queues-us-fen-2")
    told = rss(SLOW, south).replace(b"eu-marsh-1_%d" % second(5), b"us-fen-2_%d" % second(5))
    run(store, 10, told, FEED)
    run(store, 15, events(event(SLOW), other))
    parts = sorted(incident.components for incident in store.incidents())
    assert parts == [("queues-eu-marsh-1",), ("queues-us-fen-2",)]


def said(body: bytes) -> tuple[Announcement, ...]:
    return aws.read(Document(source=LIST, body=body, polled_at=EIGHT)).announcements


def test_an_original_stays_as_it_is_when_more_is_told_of_its_event() -> None:
    top = {"status": "2", "summary": "Late messages", "impacted_services": {}}
    before = said(events(event(SLOW, FULL, **top)))
    changes = [{"service": "queues-eu-marsh-1", "previous_status": "2", "current_status": "0"}]
    more = {"end_time": second(140), "impacted_service_status_changes": changes}
    assert said(events(event(SLOW, FULL, OVER, **top, **more)))[:2] == before


def test_an_original_of_the_old_list_holds_the_words_of_its_update_alone() -> None:
    body = (Path(__file__).parent / "platforms/aws/data.json").read_bytes()
    assert b"yellowfg" in body and not [each.id for each in said(body) if b"yellowfg" in each.original]


def test_what_is_told_again_in_each_entry_is_bounded(store: Store) -> None:
    parts = {f"part-{number}": {"service_name": "Queues", "current": "1", "max": "1"} for number in range(10_000)}
    many = [(minute, 1, "Late messages", "Late.") for minute in range(1_000)]
    report = run(store, 28, events(event(*many, impacted_services=parts)), replace(LIST, id="heron/many"))
    assert [line for line in report.problems if "what its announcements share is too large" in line]
    assert len(said(events(event(*many)))) == 1_000
