"""Incidents of Heroku through polls: from the first word until the history tells how it ended, and after a feed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web import Web

from tracker import collect
from tracker.models import Document, Incident, Kind, Source
from tracker.platforms import heroku
from tracker.store import Store

EIGHT = datetime(2026, 5, 12, 8, tzinfo=UTC)
PAGE = Source(id="gannet/heroku", vendor="gannet", platform="heroku", page="https://status.gannet.example")
FEED = Source(id="gannet/feed", vendor="gannet", platform="feed", url="https://status.gannet.example/feed")
CURRENT, HISTORY = (f"https://status.gannet.example/api/v4/{name}" for name in ("current-status", "incidents?limit=25"))
Update = tuple[int, str, str, str]  # minutes after eight, update_type, the colour of production, contents
FIRST = (2, "investigating", "green", "We look into databases that refuse connections.")
SECOND = (31, "issue", "red", "One rack in the north has lost its power. Whatever keeps its data there waits for it.")
OVER = (80, "resolved", "green", "There is power again, and all databases take connections.")
TITLE = "Databases in the north refuse connections"


def clock(minute: int) -> str:
    return f"{EIGHT + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S.402Z}"


def incident(*updates: Update, **given: Any) -> dict[str, Any]:
    told = [
        {
            "id": 20400 + minute,
            "update_type": kind,
            "status_prod": colour,
            "contents": words,
            "created_at": clock(minute),
        }
        for minute, kind, colour, words in reversed(updates)
    ]
    top = {"id": 7114, "title": TITLE, "state": "open", "resolved": False, "created_at": clock(2), "updates": told}
    return {**top, "full_url": "https://status.gannet.example/incidents/7114", **given}


def current(*incidents: dict[str, Any], scheduled: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    return {"status": [{"system": "Data", "status": "green"}], "incidents": incidents, "scheduled": [*scheduled]}


def atom(*updates: Update) -> bytes:
    entries = "".join(
        f"<entry><id>tag:status.gannet.example,2005:Update/{20400 + minute}</id><title>{kind.title()}: {TITLE}</title>"
        f'<link href="https://status.gannet.example/incidents/7114"/><updated>{clock(minute)}</updated>'
        f'<published>{clock(minute)}</published><content type="html">&lt;p&gt;{words}&lt;/p&gt;</content></entry>'
        for minute, kind, _, words in reversed(updates)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Gannet Status</title>{entries}</feed>'.encode()


def site() -> Web:
    return Web({CURRENT: current(), HISTORY: []})


def run(store: Store, web: Web, minute: int, source: Source = PAGE) -> collect.Report:
    return web.run(store, source, EIGHT + timedelta(minutes=minute))


def only(store: Store) -> Incident:
    [incident] = store.incidents()
    return incident


def test_an_incident_climbs_and_the_history_tells_at_once_how_it_ended(store: Store) -> None:
    web = site()
    run(store, web, 0)
    assert web.asked == [CURRENT, HISTORY]
    seen = []
    for minute, updates in ((4, (FIRST,)), (33, (FIRST, SECOND))):
        web.pages[CURRENT] = current(incident(*updates))
        run(store, web, minute)
        seen.append((only(store).state, only(store).impact, only(store).severity))
    assert web.asked == [CURRENT] and [state for state, *_ in seen] == ["open", "open"]
    assert seen[1] == ("open", "red", "major")
    web.pages |= {CURRENT: current(), HISTORY: [incident(FIRST, SECOND, OVER, state="resolved")]}
    run(store, web, 82)
    assert web.asked[:2] == [CURRENT, HISTORY]
    assert [step.phase for step in only(store).steps] == ["outage-start", "update", "resolved"]
    assert (only(store).name, only(store).state, only(store).duration_s) == (TITLE, "resolved", 78 * 60)


def test_an_incident_that_only_its_state_ends_is_over_when_it_was_changed_last(store: Store) -> None:
    web = site()
    web.pages[CURRENT] = current(incident(FIRST, SECOND))
    run(store, web, 33)
    web.pages |= {CURRENT: current(), HISTORY: [incident(FIRST, SECOND, state="resolved", updated_at=clock(75))]}
    run(store, web, 82)
    assert (only(store).state, only(store).resolved_at) == ("resolved", EIGHT.replace(hour=9, minute=15))


def test_what_ended_without_a_word_is_asked_about_once_and_then_hourly(store: Store) -> None:
    """Another incident goes on meanwhile: the list of what is open is another each minute, for it counts seconds."""
    other = incident(SECOND, id=7115)
    web = site()
    web.pages[CURRENT] = current(incident(FIRST), other)
    run(store, web, 4)
    asked = list[str]()
    for minute in range(10, 70):
        web.pages[CURRENT] = current({**other, "duration": 60 * minute})
        run(store, web, minute)
        asked += web.asked
    assert asked.count(HISTORY) <= 7 and asked.count(CURRENT) >= 55 and asked[:2] == [CURRENT, HISTORY]
    assert sorted(each.state for each in store.incidents()) == ["ended-unannounced", "open"]


@pytest.mark.parametrize(("status", "times"), [(404, 1), (500, 2)])
def test_a_history_that_fails_is_left_alone_until_its_hour_comes(store: Store, status: int, times: int) -> None:
    web = site()
    web.pages |= {CURRENT: current(incident(FIRST)), HISTORY: status}
    problems = list(run(store, web, 4).problems)
    web.pages[CURRENT] = current()
    asked = list[str]()
    for minute in range(8, 48):
        problems += run(store, web, minute).problems
        asked += web.asked
    assert problems == [f"gannet/heroku: unreachable: answers HTTP {status}"], "nor is it well meanwhile"
    assert asked.count(HISTORY) == times and only(store).state == "ended-unannounced"
    web.pages[HISTORY] = [incident(FIRST, OVER, state="resolved")]
    for minute in range(48, 220):
        run(store, web, minute)
    assert (only(store).state, only(store).duration_s) == ("resolved", 78 * 60)


AGAIN = (95, "investigating", "red", "Databases refuse connections again.")
REPORT = (95, "update", "green", "A switch had lost its memory. We buy better ones.")


def test_an_incident_that_broke_out_again_is_over_when_its_state_says_so(store: Store) -> None:
    web = site()
    for minute, updates in ((4, (FIRST,)), (97, (FIRST, OVER, AGAIN))):
        web.pages[CURRENT] = current(incident(*updates))
        run(store, web, minute)
    ended = incident(FIRST, OVER, AGAIN, state="resolved", resolved_at=clock(120))
    web.pages |= {CURRENT: current(), HISTORY: [ended]}
    run(store, web, 130)
    assert (only(store).state, only(store).resolved_at) == ("resolved", EIGHT.replace(hour=10))
    list(collect.rebuild(store))
    assert [step.phase for step in only(store).steps] == ["outage-start", "resolved", "update", "resolved"]


@pytest.mark.parametrize(
    ("updates", "untold"),
    [((FIRST, OVER), False), ((FIRST, OVER, REPORT), False), ((FIRST, OVER, AGAIN), True), ((FIRST, REPORT), True)],
)
def test_an_end_is_told_once(updates: tuple[Update, ...], untold: bool) -> None:
    body = json.dumps([incident(*updates, state="resolved")]).encode()
    told = heroku.read(Document(source=PAGE, body=body, polled_at=EIGHT)).announcements
    assert ("7114/end" in [said.id for said in told]) is untold and len(told) == len(updates) + untold


def test_an_incident_that_is_only_gone_has_ended_without_a_word(store: Store) -> None:
    web = site()
    web.pages[CURRENT] = current(incident(FIRST))
    run(store, web, 4)
    web.pages[CURRENT] = current()
    run(store, web, 10)
    assert (only(store).state, only(store).resolved_at) == ("ended-unannounced", None)


def test_planned_work_that_is_listed_for_months_is_complete_when_its_words_say_so(store: Store) -> None:
    plan = (-60, "scheduled", "green", "On May 12, 2026, from 08:00 to 09:00 UTC, we put in new switches.")
    done = (70, "scheduled", "green", "The new switches are in place. The work is complete.")
    web = site()
    states = []
    for minute, updates in ((-30, (plan,)), (20, (plan,)), (72, (plan, done)), (80_000, (plan, done))):
        web.pages[CURRENT] = current(scheduled=[incident(*updates, id=7020, title="New switches", state="upcoming")])
        run(store, web, minute)
        [work] = store.incidents(kinds=(Kind.MAINTENANCE,))
        states.append(work.state)
    assert states == ["planned", "in-progress", "completed", "completed"] and store.incidents() == ()


@pytest.mark.parametrize("told_by_the_feed", [(FIRST,), (FIRST, SECOND)])
def test_what_the_feed_began_the_page_goes_on_with(store: Store, told_by_the_feed: tuple[Update, ...]) -> None:
    """A record that had Heroku by its feed: the same incident is no second one, and its id stays."""
    web = site()
    web.pages[FEED.url or ""] = atom(*told_by_the_feed)
    run(store, web, 34, FEED)
    before = only(store)
    web.pages[CURRENT] = current(incident(FIRST, SECOND))
    run(store, web, 36)
    web.pages |= {CURRENT: current(), HISTORY: [incident(FIRST, SECOND, OVER, state="resolved")]}
    run(store, web, 82)
    assert (only(store).id, only(store).state, only(store).severity) == (before.id, "resolved", "major")


def test_what_the_feed_ended_stays_one_when_the_page_tells_it_again(store: Store) -> None:
    web = site()
    web.pages[FEED.url or ""] = atom(FIRST, SECOND, OVER)
    run(store, web, 90, FEED)
    before = only(store)
    web.pages[HISTORY] = [incident(FIRST, SECOND, OVER, state="resolved")]
    run(store, web, 100)
    assert (only(store).id, only(store).state) == (before.id, "resolved")


def test_a_list_that_is_something_else_ends_nothing(store: Store) -> None:
    web = site()
    web.pages[CURRENT] = current(incident(FIRST))
    run(store, web, 4)
    for number, body in enumerate((b"", b"{}", b"<html>Moved</html>", b'{"status": [], "incidents": null}')):
        web.pages[CURRENT] = body
        assert run(store, web, 300 * (number + 1)).problems or number
        assert only(store).state == "open"
