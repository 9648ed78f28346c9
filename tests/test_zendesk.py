"""Incidents of Zendesk through polls: from the first word until the log tells how it ended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from web import Web

from tracker import collect
from tracker.models import Document, Incident, Kind, Known, Listing, Source
from tracker.platforms import zendesk
from tracker.store import Store

FOLDER = Path(__file__).parent / "platforms/zendesk"
PAGE = Source(id="petrel/zendesk", vendor="petrel", platform="zendesk", page="https://status.petrel.example/")
NAMES = ("incidents/active", "incidents/maintenance", "ssp/incidents.json")
ACTIVE, PLANNED, LOG = (f"https://status.petrel.example/api/{name}" for name in NAMES)
TWO = datetime(2026, 5, 6, 14, tzinfo=UTC)
TITLE = "Chats arrive late on pods 17 and 31"


def case(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_bytes())


def site() -> Web:
    return Web({ACTIVE: case("active"), PLANNED: case("maintenance"), LOG: case("calm")})


def run(store: Store, web: Web, minute: int) -> collect.Report:
    """One poll, so many minutes after two."""
    return web.run(store, PAGE, TWO + timedelta(minutes=minute))


def incident(store: Store, name: str = TITLE) -> Incident:
    [found] = [each for each in store.incidents(kinds=tuple(Kind)) if each.name == name]
    return found


def without_chat(listed: Any) -> Any:
    """The list after the incident with the chats has left it."""
    return listed | {"data": listed["data"][1:]}


def test_what_leaves_the_list_is_over_since_the_log_says_so(store: Store) -> None:
    web = site()
    run(store, web, 25)
    assert web.asked == [ACTIVE, PLANNED, LOG] and incident(store).state == "open"
    run(store, web, 30)
    assert web.asked == [ACTIVE]
    web.pages |= {ACTIVE: without_chat(case("active")), LOG: case("log")}
    run(store, web, 33)
    assert web.asked == [ACTIVE, LOG]
    over = incident(store)
    assert [(step.phase, f"{step.at:%H:%M:%S}") for step in over.steps] == [
        ("outage-start", "13:21:40"), ("update", "13:52:05"), ("resolved", "14:36:12")
    ]  # fmt: skip
    assert (over.state, over.severity, over.components) == ("resolved", "major", ("Chat", "Messaging"))
    assert incident(store, "The export of reports cannot be started").state == "open", "the log does not end it"
    list(collect.rebuild(store))
    assert incident(store) == over


@pytest.mark.parametrize("log", [404, case("calm")])
def test_without_the_log_what_left_the_list_has_ended_without_a_word(store: Store, log: Any) -> None:
    web = site()
    web.pages[LOG] = log
    problems = list(run(store, web, 25).problems)
    web.pages[ACTIVE] = without_chat(case("active"))
    problems += run(store, web, 40).problems
    assert (incident(store).state, incident(store).resolved_at, problems) == ("ended-unannounced", None, [])


@pytest.mark.parametrize("status", [500, 403])
def test_a_log_that_fails_is_asked_for_in_its_own_time_and_at_once_where_an_incident_leaves(
    store: Store, status: int
) -> None:
    web, asked = site(), []
    web.pages[LOG] = status
    for minute in range(25, 140, 5):
        if minute == 60:
            web.pages[ACTIVE] = without_chat(case("active"))
        assert run(store, web, minute).problems == []
        asked += [minute] * web.asked.count(LOG)
    assert asked == [25, 60, 65, 90], "after an hour or so; twice for the incident"
    assert [each.health for each in store.sources()] == ["ok"]


def test_planned_work_has_its_hours_and_was_announced_when_we_saw_it(store: Store) -> None:
    run(store, site(), 25)
    work = incident(store, "Pod 18 gets new databases")
    assert (work.kind, work.state, work.announced_at) == (Kind.MAINTENANCE, "planned", TWO + timedelta(minutes=25))
    assert [f"{at:%d %H:%M}" for at in (work.impact_started_at, work.impact_ended_at) if at] == ["10 04:00", "10 06:00"]


def test_the_state_of_an_incident_goes_with_its_last_update(store: Store) -> None:
    """It is no new word of the one before, and no revision of it."""
    web = site()
    web.pages[ACTIVE]["included"] = [row for row in case("active")["included"] if row["id"] != "30551"]
    assert run(store, web, 25).announcements == 3
    web.pages[ACTIVE] = case("active")
    report = run(store, web, 30)
    assert (report.announcements, report.revisions) == (1, 0)


def test_an_incident_is_not_over_before_its_last_update() -> None:
    active = case("active")
    active["data"][0]["attributes"]["resolved_at"] = "2026-05-06T13:40:00.000Z"
    reading = zendesk.read(Document(source=PAGE, body=json.dumps(active).encode(), polled_at=TWO, url=ACTIVE))
    [end] = [said for said in reading.announcements if said.id == "8412/end"]
    assert (f"{end.published_at:%H:%M:%S}", end.status) == ("13:52:05", "resolved")
    assert zendesk.read(Document(source=PAGE, body=end.original, polled_at=TWO)).announcements == (end,)
    assert b"description" not in end.original, "the words before it are kept and forgotten by themselves"
    assert (reading.listing, reading.listed) == (Listing.ACTIVE, ("8412", "8413"))


def test_what_is_included_without_a_type_is_read_and_read_again() -> None:
    update = {"id": "30551", "attributes": {"created_at": "2026-05-06T13:40:00Z", "description": "Chats are late."}}
    related = {"incident_updates": {"data": [{"id": "30551"}]}}
    told = {"data": [{"id": "8412", "attributes": {"title": TITLE}, "relationships": related}], "included": [update]}
    document = Document(source=PAGE, body=json.dumps(told).encode(), polled_at=TWO)
    [said] = zendesk.read(document).announcements
    assert (said.id, said.text) == ("8412/30551", "Chats are late.")
    assert zendesk.read(replace(document, body=said.original)).announcements == (said,)


def test_the_list_of_one_account_is_fetched_as_it_is() -> None:
    url = "https://status.zendesk.com/api/incidents/active?subdomain=petrel"
    source = Source(id="petrel/zendesk", vendor="petrel", platform="zendesk", url=url)
    [request] = zendesk.requests(source, Known())
    body = (FOLDER / "calm.json").read_bytes()
    assert (request.url, request.every) == (url, 120)
    assert zendesk.read(Document(source=source, body=body, polled_at=TWO)).listing is Listing.ACTIVE
