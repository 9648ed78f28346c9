"""Pages by Better Stack through polls: how reports are told and end there, and after a feed that began them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from time import process_time
from typing import Any

import captured
import pytest
from web import Web

from tracker import collect
from tracker.errors import ReadError
from tracker.models import (
    Document,
    Incident,
    Kind,
    Known,
    Listing,
    Reading,
    Source,
)
from tracker.platforms import betterstack
from tracker.store import Store

EIGHT = datetime(2026, 5, 4, 8, tzinfo=UTC)
HOME = "https://status.wigeon.example"
INDEX = f"{HOME}/index.json"
PAGE = Source(id="wigeon/betterstack", vendor="wigeon", platform="betterstack", page=HOME)
FEED = Source(id="wigeon/feed", vendor="wigeon", platform="feed", url=f"{HOME}/feed")
MAIL, SEARCH = "801", "802"
LATE, DISKS = "70311", "70325"
Told = tuple[int, str | None, str]  # minutes after eight, the state of the mail (None: no resource is named), words
SLOW: Told = (10, "degraded", "Letters arrive late. We look for the reason.")
FULL: Told = (45, "downtime", "A disk is full, and letters are not delivered.")
OVER: Told = (90, "resolved", "There is room on the disk, and all letters arrive.")


def at(minute: int) -> str:
    return f"{EIGHT + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}.250Z"


def affected(state: str | None, part: str = MAIL) -> list[dict[str, str]]:
    return [{"status_page_resource_id": part, "status": state}] if state else []


def report(key: str, *told: Told, state: str | None = None, **given: Any) -> list[dict[str, Any]]:
    """A report as it is included, with its updates: newest first, in the state of the last one."""
    state = state or told[-1][1]
    ids = [f"{key}{minute:04d}" for minute, *_ in told]
    updates = [
        {"id": id_, "type": "status_update",
         "attributes": {"message": words, "published_at": at(minute), "affected_resources": affected(each)}}
        for id_, (minute, each, words) in zip(ids, told, strict=True)
    ]  # fmt: skip
    attributes = {"title": "Late letters", "report_type": "manual", "starts_at": at(told[0][0]), "ends_at": None,
                  "affected_resources": affected(state), "aggregate_state": state}  # fmt: skip
    linked = {"status_updates": {"data": [{"id": id_, "type": "status_update"} for id_ in reversed(ids)]}}
    whole = {"id": key, "type": "status_report", "attributes": attributes | given, "relationships": linked}
    return [*reversed(updates), whole]


def index(*reports: list[dict[str, Any]], **given: Any) -> bytes:
    resources = [
        {"id": part, "type": "status_page_resource", "attributes": {"public_name": name, "status": "operational"}}
        for part, name in ((MAIL, "Mail"), (SEARCH, "Search"))
    ]
    told = {"company_name": "Wigeon", "subdomain": "wigeon", "custom_domain": "status.wigeon.example"}
    page = {"id": "331", "type": "status_page", "attributes": {**told, "aggregate_state": "operational", **given}}
    return json.dumps({"data": page, "included": [*resources, *chain.from_iterable(reports)]}).encode()


def read(body: bytes, now: datetime = EIGHT + timedelta(days=1), **given: Any) -> Reading:
    return betterstack.read(Document(source=replace(PAGE, **given), body=body, polled_at=now))


def run(store: Store, minute: int, body: bytes, source: Source = PAGE) -> collect.Report:
    return Web(other=body).run(store, source, EIGHT + timedelta(minutes=minute), force=True)


def only(store: Store, kind: Kind = Kind.INCIDENT) -> Incident:
    [found] = store.incidents(kinds=(kind,))
    return found


# -- what is asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, ("index", INDEX, 300)),
        ({"page": f"{HOME}/", "every": 900}, ("index", INDEX, 900)),
        ({"page": None, "url": f"{HOME}/index.json?x"}, ("url", f"{HOME}/index.json?x", 300)),
    ],
)
def test_everything_is_in_one_document(given: dict[str, Any], asked: tuple[str, str, int]) -> None:
    [request] = betterstack.requests(replace(PAGE, **given), Known())
    assert (request.purpose, request.url, request.every) == asked


# -- through polls -----------------------------------------------------------------------------------------------------


def test_an_incident_begins_goes_on_and_ends(store: Store) -> None:
    for minute, told in ((12, (SLOW,)), (47, (SLOW, FULL)), (91, (SLOW, FULL, OVER)), (95, (SLOW, FULL, OVER))):
        assert run(store, minute, index(report(LATE, *told))).problems == []
    found = only(store)
    assert [(step.phase, step.status, step.revised) for step in found.steps] == [
        ("outage-start", "degraded", 0), ("update", "downtime", 0), ("resolved", "resolved", 0)]  # fmt: skip
    assert (found.state, found.duration_s, found.components) == ("resolved", 80 * 60, ("Mail",))
    assert (found.impact, found.severity) == ("downtime", "major")
    assert found.steps[0].url == f"{HOME}/incident/{LATE}"


def test_an_end_that_only_the_report_tells_is_a_step_of_when_we_saw_it(store: Store) -> None:
    run(store, 47, index(report(LATE, SLOW, FULL)))
    run(store, 95, index(report(LATE, SLOW, FULL, state="resolved")))
    assert (only(store).state, only(store).resolved_at) == ("resolved", EIGHT + timedelta(minutes=95))
    assert [step.phase for step in only(store).steps] == ["outage-start", "update", "resolved"]


@pytest.mark.parametrize("own", [None, "downtime"])
def test_a_word_after_an_end_that_only_the_report_tells_opens_nothing_again(store: Store, own: str | None) -> None:
    """The state of the report is then no longer of the word before, which stays as it was said at the end."""
    room: Told = (45, own, "A disk was full. We have made room and watch it.")
    why: Told = (300, None, "What happened: a disk was full for 50 minutes, for nobody had turned the logs.")
    run(store, 47, index(report(LATE, SLOW, room, state="downtime")))
    run(store, 95, index(report(LATE, SLOW, room, state="resolved")))
    run(store, 301, index(report(LATE, SLOW, room, why, state="resolved")))
    found = only(store)
    assert (found.state, found.resolved_at) == ("resolved", EIGHT + timedelta(minutes=95))
    list(collect.rebuild(store))
    assert only(store) == found


def test_a_report_that_is_opened_again_without_a_word_is_open(store: Store) -> None:
    run(store, 47, index(report(LATE, SLOW, FULL)))
    for minute, state, told in ((95, "resolved", "resolved"), (99, "downtime", "open"), (120, "resolved", "resolved")):
        run(store, minute, index(report(LATE, SLOW, FULL, state=state)))
        assert only(store).state == told


def test_an_open_report_that_is_gone_has_ended_without_a_word(store: Store) -> None:
    run(store, 12, index(report(LATE, SLOW)))
    run(store, 47, index())
    assert (only(store).state, only(store).resolved_at) == ("ended-unannounced", None)


def test_what_is_over_rolls_off_the_page_and_stays_as_it_was(store: Store) -> None:
    run(store, 91, index(report(LATE, SLOW, FULL, OVER)))
    before = only(store)
    for minute in (95, 100):
        run(store, minute, index())
    assert only(store) == before and before.state == "resolved"


def test_resources_that_are_down_without_a_word_are_no_announcement() -> None:
    body = index(aggregate_state="downtime", announcement="We are moving").replace(b'"operational"', b'"downtime"')
    assert read(body).announcements == ()


def test_planned_work_is_told_ahead_begins_and_is_done(store: Store) -> None:
    """Its word is dated by its start, which lies ahead: it was said when we saw it."""
    hours = {"report_type": "maintenance", "title": "New disks", "starts_at": at(600), "ends_at": at(660)}
    ahead: Told = (600, None, "Letters wait while new disks are put in.")
    done: Told = (655, None, "Maintenance ended")
    parts = affected("maintenance")
    run(store, 6, index(report(DISKS, ahead, state="maintenance", affected_resources=parts, **hours)))
    plan = only(store, Kind.MAINTENANCE)
    assert (plan.state, plan.impact_started_at) == ("planned", EIGHT + timedelta(hours=10))
    assert (plan.announced_at, plan.components) == (EIGHT + timedelta(minutes=6), ("Mail",))
    run(store, 602, index(report(DISKS, ahead, state="maintenance", affected_resources=parts, **hours)))
    assert only(store, Kind.MAINTENANCE).state == "in-progress"
    over = hours | {"ends_at": at(655)}
    run(store, 656, index(report(DISKS, ahead, done, state="resolved", affected_resources=parts, **over)))
    plan = only(store, Kind.MAINTENANCE)
    assert (plan.state, [step.revised for step in plan.steps]) == ("completed", [1, 0])


def test_planned_work_that_is_called_resolved_before_its_end_is_not_done() -> None:
    hours = {"report_type": "maintenance", "starts_at": at(600), "ends_at": at(660)}
    body = index(report(DISKS, (5, None, "Letters wait."), state="resolved", **hours))
    before, after = (read(body, now=EIGHT + timedelta(minutes=minute)) for minute in (10, 661))
    assert [said.status for said in (*before.announcements, *after.announcements)] == [None, "resolved"]
    assert (len(before.listed), after.listed) == (1, ())


def test_planned_work_that_is_called_off_left_without_a_word(store: Store) -> None:
    hours = {"report_type": "maintenance", "starts_at": at(600), "ends_at": at(660)}
    run(store, 6, index(report(DISKS, (5, None, "Letters wait."), state="operational", **hours)))
    run(store, 16, index())
    assert only(store, Kind.MAINTENANCE).state == "ended-unannounced"


def test_the_page_of_another_is_refused(store: Store) -> None:
    run(store, 12, index(report(LATE, SLOW)))
    other = index().replace(b'"331"', b'"17"').replace(b'"Wigeon"', b'"Garganey"')
    [problem] = run(store, 47, other).problems
    assert "this address told of 331 wigeon and now tells of 17 garganey" in problem


def rss(*told: tuple[str, str, Told]) -> bytes:
    """The page's feed: an item for each update, the newest first, whose guid is a place on the report's page."""
    items = "".join(
        f"<item><title>{title}</title><link>{HOME}/incident/{key}</link>"
        f"<guid>{HOME}/incident/{key}#{minute:032x}</guid>"
        f"<pubDate>{EIGHT + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} -0000</pubDate>"
        f"<description>{words}</description></item>"
        for key, title, (minute, _, words) in reversed(told)
    )
    return f"<rss version='2.0'><channel><title>Incidents | Wigeon</title>{items}</channel></rss>".encode()


@pytest.mark.parametrize("seen", [(SLOW,), (SLOW, FULL), (SLOW, FULL, OVER)])
def test_what_the_feed_began_the_page_goes_on_with(store: Store, seen: tuple[Told, ...]) -> None:
    run(store, 46, rss(*((LATE, "Late letters", told) for told in seen)), FEED)
    before = only(store)
    run(store, 95, index(report(LATE, SLOW, FULL, OVER)))
    after = only(store)
    assert (after.id, after.state, after.duration_s) == (before.id, "resolved", 80 * 60)
    assert len([step for step in after.steps if step.source == PAGE.id]) == 3
    list(collect.rebuild(store))
    assert only(store) == after


def test_two_reports_at_once_under_one_title_stay_two_on_both_channels(store: Store) -> None:
    phones: Told = (45, "degraded", "Letters from phones arrive late. This has nothing to do with the disk.")
    run(store, 50, rss((LATE, "Late letters", FULL), (DISKS, "Late letters", phones)), FEED)
    before = {incident.id for incident in store.incidents()}
    run(store, 55, index(report(LATE, SLOW, FULL), report(DISKS, phones)))
    assert {incident.id for incident in store.incidents()} == before and len(before) == 2
    assert sorted(len(incident.steps) for incident in store.incidents()) == [2, 3]


# -- what is read ------------------------------------------------------------------------------------------------------


def test_an_update_is_in_the_worst_state_of_the_resources_that_it_names() -> None:
    body = json.loads(index(report(LATE, SLOW)))
    [update] = (each for each in body["included"] if each["type"] == "status_update")
    for states, told in {
        ("resolved", "downtime", "degraded"): ("downtime", "downtime"),
        ("maintenance", "resolved"): ("maintenance", "maintenance"),
        ("operational", "resolved"): ("resolved", None),
        ("resolved", "on fire"): ("on fire", "on fire"),
        ("operational",): ("operational", None),
        ("",): (None, None),
    }.items():
        update["attributes"]["affected_resources"] = [each for state in states for each in affected(state)] or [{}]
        [said] = read(json.dumps(body).encode()).announcements
        assert (said.status, said.impact) == told


def test_a_report_that_names_no_resource_is_over_by_its_words_alone() -> None:
    nothing: Told = (10, None, "Letters arrive late.")
    reading = read(index(report(LATE, nothing, state="resolved", affected_resources=[])))
    assert [said.status for said in reading.announcements] == [None] and reading.listed == ()


def test_an_incident_began_when_its_report_says_if_that_was_before_its_first_word() -> None:
    for start, began in ((at(2), EIGHT + timedelta(minutes=2)), (at(10), None), ("soon", None)):
        said = read(index(report(LATE, SLOW, OVER, starts_at=start))).announcements
        assert {each.window.start if each.window else None for each in said} == {began}


def test_a_page_tells_where_it_stands() -> None:
    for given, address in (
        ({}, f"{HOME}/incident/{LATE}"),
        ({"custom_domain": None}, f"https://wigeon.betteruptime.com/incident/{LATE}"),
        ({"custom_domain": "a b", "subdomain": ""}, None),
    ):
        [said] = read(index(report(LATE, SLOW), **given)).announcements
        assert (said.url, said.incident_key) == (address, address or LATE)


def test_only_a_whole_page_says_by_what_is_missing_that_it_ended() -> None:
    reading = read(index(report(LATE, SLOW)))
    assert (reading.listing, reading.listed) == (Listing.ACTIVE, (f"{HOME}/incident/{LATE}",))
    assert (read(reading.announcements[0].original).listing, read(index()).listing) == (Listing.PART, Listing.ACTIVE)


# -- what is not -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["betterstack/buildjet-good.html", "betterstack/eyloo-major.html"])
def test_a_page_that_answers_with_itself_is_refused_with_its_feed(file: str) -> None:
    body = captured.document(file)
    with pytest.raises(ReadError, match=rf'^wigeon/betterstack: a page in HTML, .*; its feed is "{HOME}/feed", for '):
        read(body)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<!doctype html><title>Password</title>", "has index.json: another maker's, a login, a challenge"),
        (b"[]", "needs 'data' of the type 'status_page'"),
        (b'{"page": {"id": "p"}, "incidents": []}', "needs 'data' of the type 'status_page'"),
        (b'{"data": {"type": "monitor"}}', "needs 'data' of the type 'status_page'"),
        (b'{"data": {"type": "status_page"}, "included": {}}', "needs 'included' as list"),
        (b'{"data": {"type": "status_page"}}', "needs 'included' as list"),
        (index([{"type": "status_update"}]), "an update: needs 'id' as str"),
        (index([{"type": "status_report", "id": 7}]), "a report: needs 'id' as str, has int"),
        (index([{"type": "status_report", "id": "7"}]), "report 7: needs 'relationships' as dict"),
    ],
)
def test_what_is_no_page_by_better_stack_is_refused_with_its_reason(body: bytes, told: str) -> None:
    with pytest.raises(ReadError, match=f"^wigeon/betterstack: .*{told}"):
        read(body)


def test_a_page_of_which_nothing_is_included_is_calm() -> None:
    assert read(b'{"data": {"type": "status_page"}, "included": []}') == Reading()


def test_updates_that_many_reports_name_and_parts_that_many_updates_share_take_no_time() -> None:
    began = process_time()
    told = report(LATE, *((minute, "downtime", "Late. " * 100) for minute in range(600)))
    copies = [{**told[-1], "id": f"{number}"} for number in range(200)]
    assert len(read(index([*told[:-1], *copies])).announcements) == 600
    many = report(LATE, *((minute, None, "Late.") for minute in range(1_000)), state="downtime")
    many[-1]["attributes"]["affected_resources"] = affected("downtime") * 400
    with pytest.raises(ReadError, match=f"report {LATE}: 1000 updates of 400 parts are too many"):
        read(index(many))
    assert process_time() - began < 10
