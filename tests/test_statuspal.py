"""Pages by StatusPal, poll by poll: what is open is told with its parts, and the last incidents say how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web import Web

from tracker import collect
from tracker.collect.detecting import detect
from tracker.errors import SourceError
from tracker.models import Document, Incident, Kind, Known, Listing, Source
from tracker.platforms import statuspal
from tracker.store import Store

EIGHT = datetime(2026, 7, 18, 8, 0, tzinfo=UTC)
PAGE = Source(id="siskin/statuspal", vendor="siskin", platform="statuspal", page="https://siskinstatus.statuspal.eu")
API = "https://statuspal.eu/api/v2/status_pages/siskinstatus"
SUMMARY, INCIDENTS = f"{API}/summary", f"{API}/incidents"
LATE, SLOW = (18, "issue", "Packets are lost."), (49, "monitoring", "Traffic goes another way.")
OVER = (124, "resolved", "No packet was lost for an hour.")
SERVICES = [{"id": 501, "name": "North", "children": [{"id": 512, "name": "Transit"}]}]

Said = tuple[int, str, str]  # minutes after eight, type, words


def written(minute: int | None) -> str | None:
    return None if minute is None else f"{EIGHT + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}"


def incident(*told: Said, ended: int | None = None, **more: Any) -> dict[str, Any]:
    updates = [
        {"id": 400 + minute, "type": state, "description": words, "posted_at": written(minute)}
        for minute, state, words in told[::-1]
    ]
    common = {"id": 77, "type": "major", "title": "Late packets", "service_ids": [501, 512]}
    return {**common, "starts_at": written(18), "ends_at": written(ended), "updates": updates, **more}


def summary(*incidents: Mapping[str, Any], **lists: Any) -> bytes:
    page = {"name": "Siskin", "subdomain": "siskinstatus", "time_zone": "Europe/Zurich", "default_lang": "en"}
    empty = {"maintenances": [], "upcoming_maintenances": []}
    return json.dumps({"status_page": page, "services": SERVICES, "incidents": incidents, **empty, **lists}).encode()


def latest(*incidents: Mapping[str, Any]) -> bytes:
    return json.dumps({"meta": {"total_count": len(incidents)}, "incidents": incidents}).encode()


def run(store: Store, minute: int, site: Mapping[str, bytes]) -> list[str]:
    """One run; the last parts of the addresses that it asked for."""
    web = Web(dict(site))
    web.run(store, PAGE, EIGHT + timedelta(minutes=minute))
    return [url.removeprefix(f"{API}/") for url in web.asked]


def only(store: Store, kind: Kind = Kind.INCIDENT) -> Incident:
    [found] = store.incidents(kinds=(kind,))
    return found


def read(body: bytes, purpose: str = "") -> statuspal.Reading:
    return statuspal.read(Document(source=PAGE, body=body, polled_at=EIGHT + timedelta(hours=9), purpose=purpose))


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_what_is_open_is_asked_often_and_the_last_incidents_hourly() -> None:
    def asked(**given: Any) -> list[tuple[str, str, int | None]]:
        requests = statuspal.requests(replace(PAGE, **{"page": None, **given}), Known())
        return [(request.purpose, request.url, request.every) for request in requests]

    assert asked(page=PAGE.page) == [("open", SUMMARY, 300), ("history", INCIDENTS, 3600)]
    us = "https://statuspal.io/api/v2/status_pages/wren"
    assert asked(page="https://Wren.StatusPal.IO/", every=60)[0] == ("open", f"{us}/summary", 60)
    assert asked(url=SUMMARY) == [("url", SUMMARY, 300)]


@pytest.mark.parametrize("address", ["https://status.siskin.example", "https://statuspal.io", f"{PAGE.page}/feed.rss"])
def test_a_page_under_another_name_is_refused(address: str) -> None:
    with pytest.raises(SourceError, match=r"is not how StatusPal names a page; right would be page: https://NAME\."):
        statuspal.requests(replace(PAGE, page=address), Known())


@pytest.mark.parametrize("body", [summary(incident(LATE)), summary()])
def test_it_is_found_at_the_name_of_its_page_also_while_all_is_well(body: bytes) -> None:
    site = {f"{PAGE.page}/": b"<html><title>Siskin</title></html>", SUMMARY: body, INCIDENTS: latest()}
    channel = detect(f"{PAGE.page}/", now=EIGHT, poll=Web(site).poll).channel
    assert channel and (channel.source.platform, channel.source.page) == ("statuspal", PAGE.page)


# -- through polls -----------------------------------------------------------------------------------------------------


def test_an_incident_is_told_while_it_is_open_and_ended_by_the_last_incidents(store: Store) -> None:
    assert run(store, 20, {SUMMARY: summary(incident(LATE)), INCIDENTS: latest(incident(LATE))}) == [
        "summary",
        "incidents",
    ]
    run(store, 50, {SUMMARY: summary(incident(LATE, SLOW))})
    assert (only(store).state, only(store).impact, only(store).components) == ("open", "major", ("Transit",))
    over = latest(incident(LATE, SLOW, OVER, ended=124))
    assert "incidents" in run(store, 126, {SUMMARY: summary(), INCIDENTS: over})
    done = only(store)
    assert [step.phase for step in done.steps] == ["outage-start", "update", "resolved"]
    assert (done.state, done.duration_s, done.components) == ("resolved", 106 * 60, ("Transit",))
    assert done.steps[0].at == EIGHT + timedelta(minutes=18), "times without an offset are UTC"
    run(store, 200, {SUMMARY: summary(), INCIDENTS: over})
    assert only(store) == done


def test_an_incident_that_only_its_field_ends_is_resolved_then(store: Store) -> None:
    run(store, 20, {SUMMARY: summary(incident(LATE)), INCIDENTS: latest()})
    run(store, 60, {SUMMARY: summary(), INCIDENTS: latest(incident(LATE, ended=55))})
    assert only(store).state == "resolved" and only(store).resolved_at == EIGHT + timedelta(minutes=55)


def test_what_leaves_and_is_not_told_of_has_ended_without_a_word(store: Store) -> None:
    run(store, 20, {SUMMARY: summary(incident(LATE)), INCIDENTS: latest()})
    run(store, 60, {SUMMARY: summary(), INCIDENTS: latest()})
    assert only(store).state == "ended-unannounced"


def test_planned_work_has_its_hours_and_is_under_way_in_them(store: Store) -> None:
    work = incident((1, "scheduled", "Disks are exchanged."), type="scheduled", starts_at=written(30), ended=90)
    site = {SUMMARY: summary(upcoming_maintenances=[work]), INCIDENTS: latest()}
    run(store, 5, site)
    assert only(store, Kind.MAINTENANCE).state == "planned"
    run(store, 40, site)
    assert only(store, Kind.MAINTENANCE).state == "in-progress"


# -- what it reads -----------------------------------------------------------------------------------------------------


def test_beside_the_summary_only_what_is_over_is_told() -> None:
    body = latest(incident(LATE), incident(LATE, id=78, ended=55))
    assert [said.incident_key for said in read(body, "history").announcements] == ["78", "78"]
    assert len(read(body).announcements) == 3 and read(body).listing is Listing.PART


@pytest.mark.parametrize("updates", [None, []])
def test_an_incident_without_an_update_is_told_by_its_title(store: Store, updates: list[Any] | None) -> None:
    bare = incident(id=78, title="Mail is late", updates=updates, inserted_at=written(20))
    run(store, 22, {SUMMARY: summary(bare, incident(LATE)), INCIDENTS: latest()})
    told = {each.name: (each.state, each.announced_at) for each in store.incidents()}
    assert told["Mail is late"] == ("open", EIGHT + timedelta(minutes=20)) and len(told) == 2
    list(collect.rebuild(store))
    assert {each.name: (each.state, each.announced_at) for each in store.incidents()} == told


def test_a_notice_is_told_by_its_updates_alone(store: Store) -> None:
    bare = incident(id=9, title="The office moves", service_ids=[], updates=None, inserted_at=written(20))
    told = bare | {"updates": [{"id": 430, "description": "We move on Friday.", "posted_at": written(30)}]}
    for minute, notice in ((22, bare), (32, told), (42, told)):
        run(store, minute, {SUMMARY: summary(info_notices=[notice]), INCIDENTS: latest()})
    assert [row[0] for row in store.db.execute("SELECT id FROM announcements")] == ["notice/9/430"]
    assert store.db.execute("SELECT key FROM absences").fetchall() == []


def test_a_time_that_tells_its_offset_is_taken_by_it() -> None:
    [said] = read(summary(incident(LATE, updates=[{"id": 1, "posted_at": "2026-07-18T10:18:00+02:00"}]))).announcements
    assert said.published_at == EIGHT + timedelta(minutes=18) and said.text == "Late packets"
