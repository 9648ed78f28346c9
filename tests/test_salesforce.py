"""Incidents of Salesforce through polls: from the first word until they leave the list of what is open, and after."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from web import Web

from tracker import collect
from tracker.models import Document, Incident, Kind, Source
from tracker.platforms import salesforce
from tracker.store import Store

SIX = datetime(2026, 5, 18, 6, tzinfo=UTC)
PAGE = Source(id="gannet/salesforce", vendor="gannet", platform="salesforce", page="https://status.gannet.example")
API = "https://status.gannet.example/v1/"
LIST = f"{API}incidents?limit=50&sort=id&order=DESC"
CAUSE = {"rootCause": "A switch lost its memory.", "pathToResolution": None, "actionPlan": "We buy better ones."}


def clock(minute: int) -> str:
    return f"{SIX + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S.417Z}"


def event(minute: int, message: str, type_: str = "update") -> dict[str, Any]:
    return {"id": 9000 + minute, "type": type_, "message": message, "createdAt": clock(minute)}


FIRST = event(10, "We were told that people cannot log in. We look for the reason.", "investigatingCauseOfIssue")
SECOND = event(41, "A switch drops every tenth packet. We take it out.")


def incident(
    *events: dict[str, Any], ended: int | None = None, told: int | None = None, **given: Any
) -> dict[str, Any]:
    impact = {"id": 1, "type": "serviceDisruption", "severity": "major", "startTime": clock(-12)}
    impact |= {"endTime": None if ended is None else clock(ended), "endTimeCreatedAt": told and clock(told)}
    keys = {"instanceKeys": [f"GAN{number}" for number in range(300)], "serviceKeys": ["coreService", "liveAgent"]}
    top = {"id": 30412, "createdAt": clock(10), "updatedAt": clock(told or 10), "message": None, **keys}
    return {**top, "IncidentImpacts": [impact], "IncidentEvents": list(reversed(events)), **given}


def site() -> Web:
    return Web({f"{API}incidents/active": [], LIST: []})


def run(store: Store, web: Web, minute: int, source: Source = PAGE, *, force: bool = False) -> collect.Report:
    return web.run(store, source, SIX + timedelta(minutes=minute), force=force)


def only(store: Store) -> Incident:
    [incident] = store.incidents()
    return incident


def test_an_incident_that_left_the_list_is_asked_for_by_itself(store: Store) -> None:
    web = site()
    run(store, web, 0)
    assert web.asked == [f"{API}incidents/active", LIST]
    for minute, events in ((12, (FIRST,)), (43, (FIRST, SECOND))):
        web.pages[f"{API}incidents/active"] = [incident(*events)]
        run(store, web, minute)
        assert (only(store).state, only(store).severity) == ("open", "major")
    web.pages[f"{API}incidents/active"] = []
    web.pages[f"{API}incidents/30412"] = incident(FIRST, SECOND, ended=50, told=57)
    run(store, web, 58)
    assert web.asked == [f"{API}incidents/active", f"{API}incidents/30412"]
    told = only(store)
    assert [step.phase for step in told.steps] == ["outage-start", "update", "resolved"]
    assert (told.name, told.components) == (
        "Core Service, Live Agent: service disruption",
        ("coreService", "liveAgent"),
    )
    assert told.impact_started_at == SIX.replace(hour=5, minute=48) and told.duration_s == 47 * 60
    assert told.impact_ended_at == SIX.replace(minute=50)
    web.pages[LIST] = [
        incident(FIRST, SECOND, ended=50, told=57, message=CAUSE, updatedAt=clock(3_000), status="Resolved")
    ]
    run(store, web, 3_010)
    [*_, report] = only(store).steps
    assert (report.phase, report.text) == (
        "resolved", "Root cause: A switch lost its memory.\nAction plan: We buy better ones.",
    )  # fmt: skip
    assert only(store).duration_s == told.duration_s


def test_an_incident_that_is_nowhere_any_more_has_ended_without_a_word(store: Store) -> None:
    web = site()
    web.pages[f"{API}incidents/active"] = [incident(FIRST)]
    run(store, web, 12)
    web.pages[f"{API}incidents/active"] = []
    assert run(store, web, 20).problems == []
    assert (only(store).state, only(store).resolved_at) == ("ended-unannounced", None)


@pytest.mark.parametrize(("failures", "state"), [(1, "resolved"), (2, "ended-unannounced")])
def test_a_look_up_that_fails_is_made_once_more(store: Store, failures: int, state: str) -> None:
    """Of one instance nothing else tells how an incident ended."""
    source = replace(PAGE, page="https://status.gannet.example/instances/GAN12")
    status, alone = f"{API}instances/GAN12/status", f"{API}incidents/30412"
    web = Web({status: {"key": "GAN12", "Incidents": [incident(FIRST)]}})
    run(store, web, 12, source)
    web.pages[status] = {"key": "GAN12", "Incidents": []}
    asked = []
    for poll in range(4):
        web.pages[alone] = 500 if poll < failures else incident(FIRST, SECOND, ended=50, told=57)
        assert run(store, web, 58 + 5 * poll, source).problems == []
        asked.append(web.asked.count(alone))
    assert (only(store).state, asked) == (state, [1, 1, 0, 0])


def test_an_incident_that_broke_out_again_is_over_when_its_fields_say_so(store: Store) -> None:
    """It has an event that it is resolved, and an end by its fields before that, but of the first time."""
    over, again = event(50, "It is over.", "resolved"), event(70, "It is back.", "investigatingCauseOfIssue")
    ends = {"ended": 44, "told": 45}
    web = site()
    for minute, told in (
        (12, incident(FIRST)),
        (46, incident(FIRST, **ends)),
        (51, incident(FIRST, over, **ends)),
        (72, incident(FIRST, over, again)),
    ):
        web.pages[f"{API}incidents/active"] = [told]
        run(store, web, minute)
    assert only(store).state == "open"
    web.pages[f"{API}incidents/active"] = []
    web.pages[f"{API}incidents/30412"] = incident(FIRST, over, again, ended=85, told=90)
    run(store, web, 92)
    assert (only(store).state, only(store).resolved_at) == ("resolved", SIX.replace(hour=7, minute=30))
    again_from_originals = list(collect.rebuild(store, diff=True))
    assert again_from_originals == []
    assert [step.phase for step in only(store).steps] == ["outage-start", "resolved", "resolved", "update", "resolved"]


@pytest.mark.parametrize(("type_", "untold"), [("canceled", False), ("Cancelled", False), ("scheduled", True)])
def test_that_work_is_cancelled_is_told_once(type_: str, untold: bool) -> None:
    work = {
        "id": 88, "name": "New lamps", "status": "Canceled", "plannedStartTime": clock(600),
        "MaintenanceImpacts": [], "MaintenanceEvents": [event(5, "The lamps did not come.", type_)],
    }  # fmt: skip
    told = salesforce.read(Document(source=PAGE, body=json.dumps([work]).encode(), polled_at=SIX)).announcements
    assert ("maintenance/88/end" in [said.id for said in told]) is untold and len(told) == 1 + untold


def test_words_that_say_it_is_over_end_it_before_its_fields_do(store: Store) -> None:
    """An event of the type "update" declares no state."""
    web = site()
    over = event(79, "The disruption was resolved at 07:06 UTC. All services are healthy again.")
    web.pages[f"{API}incidents/active"] = [incident(FIRST, over)]
    run(store, web, 80)
    assert only(store).state == "resolved"
    web.pages[f"{API}incidents/active"] = [incident(FIRST, over, ended=66, told=79)]
    run(store, web, 90)
    assert [step.phase for step in only(store).steps] == ["outage-start", "resolved", "resolved"]
    assert only(store).resolved_at == SIX.replace(hour=7, minute=19)


def test_an_incident_without_a_word_is_told_in_a_sentence_and_its_words_go_on_with_it(store: Store) -> None:
    web = site()
    web.pages[f"{API}incidents/active"] = [incident()]
    run(store, web, 12)
    [step] = only(store).steps
    assert (step.phase, step.text) == (
        "outage-start", "Core Service, Live Agent: service disruption, on 300 instances.",
    )  # fmt: skip
    web.pages[f"{API}incidents/active"] = [incident(SECOND)]
    run(store, web, 43)
    assert [step.phase for step in only(store).steps] == ["outage-start", "update"]


def test_a_page_of_one_instance_holds_its_incidents_and_its_planned_work_alone(store: Store) -> None:
    source = replace(PAGE, page="https://status.gannet.example/instances/GAN12")
    web, status = site(), json.loads((Path(__file__).parent / "platforms/salesforce/instance.json").read_bytes())
    web.pages[f"{API}instances/GAN12/status"] = status
    run(store, web, 65, source)
    assert web.asked == [f"{API}instances/GAN12/status"]
    told = {each.name: (each.kind, each.state) for each in store.incidents(kinds=tuple(Kind))}
    assert told == {
        "Summer '26 Major Release": (Kind.MAINTENANCE, "planned"),
        "A move to other halls": (Kind.MAINTENANCE, "completed"),
        "New lamps": (Kind.MAINTENANCE, "cancelled"),
        "B2C Core: performance degradation background work subset": (Kind.INCIDENT, "open"),
    }
    ended = {"endTime": clock(70), "endTimeCreatedAt": clock(75)}
    [quiet] = status["Incidents"]
    web.pages[f"{API}instances/GAN12/status"] = {**status, "Incidents": []}
    web.pages[f"{API}incidents/30413"] = {**quiet, "IncidentImpacts": [quiet["IncidentImpacts"][0] | ended]}
    run(store, web, 80, source)
    assert (only(store).state, only(store).resolved_at) == ("resolved", SIX.replace(hour=7, minute=15))


def test_an_instance_or_a_product_that_is_not_there_is_no_calm(store: Store) -> None:
    source = replace(PAGE, page="https://status.gannet.example/products/Nests")
    web = site()
    web.pages[f"{API}instances/status/preview?products=Nests"] = []
    [problem] = run(store, web, 0, source).problems
    assert "holds no instance: there is none of that name, or of that product" in problem
