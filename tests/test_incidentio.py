"""Pages by incident.io through polls: what is asked when, how incidents end there, and after a feed that began them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import process_time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from web import Web

from tracker import collect, platforms
from tracker.collect import Backfilled, Ways
from tracker.errors import ReadError, SourceError
from tracker.models import (
    Answer,
    Document,
    Due,
    Incident,
    Kind,
    Known,
    Listing,
    Reading,
    Request,
    Source,
    Vendor,
)
from tracker.platforms import _flight, incidentio
from tracker.store import Store

EIGHT = datetime(2026, 5, 4, 8, tzinfo=UTC)
HOST = "status.siskin.example"
HOME = f"https://{HOST}"
PROXY = f"{HOME}/proxy/{HOST}"
PAGE = Source(id="siskin/incidentio", vendor="siskin", platform="incidentio", page=HOME)
FEED = Source(id="siskin/feed", vendor="siskin", platform="feed", url=f"{HOME}/feed.atom")
NOTHING = Known()
AT_HOME = Known(learnt={"host": HOST})
MAIL, SEARCH = "01K5SKN0C0MP0MAVE0EVR0PE01", "01K5SKN0C0MP0SEARCH0000003"
LATE, GONE = "01K7Q0ANDREASKREVZE0000011", "01K7R0BERNSTE1NHAVSTN00012"
OFFER = b"<!doctype html><link rel=alternate type=application/atom+xml href=/f.atom>"
Told = tuple[int, str, str]  # minutes after eight, state, words
SLOW: Told = (10, "investigating", "Letters arrive late. We look for the reason.")
FULL: Told = (45, "identified", "A full disk was found, and files are moved away from it.")
OVER: Told = (90, "resolved", "There is room on the disk, and all letters arrive.")


def at(minute: int) -> str:
    return f"{EIGHT + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}.25Z"


def incident(key: str, *told: Told, name: str = "Late letters", part: str = MAIL, **given: Any) -> dict[str, Any]:
    updates = [
        {
            "id": f"{key[:-4]}{minute:04d}", "message": "$undefined", "message_string": words,
            "published_at": at(minute), "to_status": state,
            "component_statuses": [{"component_id": part, "status": "operational" if state == "resolved" else "down"}],
        }
        for minute, state, words in told
    ]  # fmt: skip
    impact = {"component_id": part, "start_at": at(told[0][0]), "end_at": "$undefined", "status": "partial_outage"}
    whole = {"id": key, "name": name, "type": "incident", "status": told[-1][1], "published_at": at(told[0][0])}
    return {**whole, "component_impacts": [impact], "updates": updates, **given}


def summary(*standing: dict[str, Any], **given: Any) -> dict[str, Any]:
    parts = [{"id": MAIL, "name": "Mail"}, {"id": SEARCH, "name": "Search"}]
    planned = [each for each in standing if each["type"] == "maintenance"]
    ongoing = [each for each in standing if each["type"] == "incident"]
    lists = {"ongoing_incidents": ongoing, "scheduled_maintenances": planned}
    whose = {"id": "01K5SKN0PAGE0STATVS0000001", "name": "Siskin", "public_url": f"{HOME}/"}
    return {"components": parts, **whose, **lists, **given}


def flight(*rows: str) -> bytes:
    """A page whose scripts hold these rows, in pieces of a hundred letters."""
    whole = "".join(rows)
    pieces = (whole[place : place + 100] for place in range(0, len(whole), 100))
    scripts = (f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>" for piece in pieces)
    return f"<!DOCTYPE html><html><title>Siskin Status</title>{''.join(scripts)}</html>".encode()


def row(name: str, value: Any) -> str:
    return f"{name}:{json.dumps(value)}\n"


def page(*incidents: dict[str, Any], **given: Any) -> bytes:
    standing = [each for each in incidents if each["status"] not in ("resolved", "maintenance_complete")]
    props = {"slug": HOST, "summary": summary(*standing, **given)}
    shown = ["$", "$L1f", None, {"incidents": list(incidents)}]
    return flight(row("4", ["$", "div", None, props]), row("1c", shown))


def proxied(*standing: dict[str, Any]) -> bytes:
    return json.dumps({"summary": summary(*standing)}).replace('"$undefined"', "null").encode()


def alone(told: dict[str, Any]) -> bytes:
    return json.dumps({"incident": told}).replace('"$undefined"', "null").encode()


def read(body: bytes, **given: Any) -> Reading:
    return incidentio.read(Document(source=PAGE, body=body, polled_at=EIGHT, **given))


@dataclass
class Site:
    """What a source asks for in the last run, without the host."""

    store: Store
    source: Source = PAGE
    asked: list[str] = field(default_factory=list)

    def run(self, minute: int, pages: Mapping[str, bytes]) -> collect.Report:
        web = Web(dict(pages))
        report = web.run(self.store, self.source, EIGHT + timedelta(minutes=minute))
        self.asked = [url.removeprefix(HOME) for url in web.asked]
        return report


def only(store: Store, kind: Kind = Kind.INCIDENT) -> Incident:
    [found] = store.incidents(kinds=(kind,))
    return found


# -- what is asked -----------------------------------------------------------------------------------------------------


def asked(known: Known = NOTHING, **given: Any) -> list[tuple[str, str, int | None]]:
    requests = incidentio.requests(replace(PAGE, **{"page": None, **given}), known)
    return [(request.purpose, request.url, request.every) for request in requests]


def test_a_page_is_asked_often_until_it_has_said_that_it_is_at_home() -> None:
    assert asked(page=HOME) == [("page", HOME, 300)]
    assert asked(AT_HOME, page=HOME) == [("open", PROXY, 300), ("page", HOME, 3600)]
    assert asked(AT_HOME, page=f"{HOME}/", every=7200)[1] == ("page", f"{HOME}/", 7200)
    assert asked(Known(learnt={"host": "status.wren.example"}), page=HOME) == [("page", HOME, 300)]
    assert asked(AT_HOME, page=f"{HOME}/europe") == [("page", f"{HOME}/europe", 300)], "one of several pages there"
    assert asked(AT_HOME, url=f"{PROXY}/incidents") == [("url", f"{PROXY}/incidents", 300)]


@pytest.mark.parametrize("address", [f"{HOME}/feed.atom", f"{HOME}/api/v2/summary.json", f"{HOME}?x", "@siskin"])
def test_what_is_no_page_is_refused(address: str) -> None:
    with pytest.raises(SourceError, match=r"siskin/incidentio: .* is no status page; right would be page: https://"):
        incidentio.requests(replace(PAGE, page=address), Known())


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (f"{HOME}/", HOST),
        ("https://STATUS.siskin.example", HOST),
        (f"{HOME}/europe", None),
        ("https://statuspage.incident.io/siskin", None),
        (None, None),
        (7, None),
    ],
)
def test_a_page_says_where_it_is_at_home_and_whose_it_is(address: Any, host: str | None) -> None:
    learnt = read(page(incident(LATE, SLOW), public_url=address)).learnt
    assert learnt.get("host") == host and learnt["whose"] == "01K5SKN0PAGE0STATVS0000001 siskin"


# -- through polls -----------------------------------------------------------------------------------------------------


def test_an_incident_is_told_by_the_page_goes_on_in_what_is_open_and_ends_by_itself(store: Store) -> None:
    web = Site(store)
    web.run(12, {HOME: page(incident(LATE, SLOW))})
    assert web.asked == [""] and only(store).state == "open"
    web.run(13, {PROXY: proxied(incident(LATE, SLOW))})
    web.run(46, {PROXY: proxied(incident(LATE, SLOW, FULL)), HOME: page(incident(LATE, SLOW, FULL))})
    assert (only(store).impact, only(store).components) == ("partial_outage", ("Mail",))
    report = web.run(92, {PROXY: proxied(), f"{PROXY}/incidents/{LATE}": alone(incident(LATE, SLOW, FULL, OVER))})
    assert f"/proxy/{HOST}/incidents/{LATE}" in web.asked and report.announcements == 1
    before = only(store)
    assert [step.phase for step in before.steps] == ["outage-start", "update", "resolved"]
    assert (before.name, before.state, before.duration_s) == ("Late letters", "resolved", 80 * 60)
    assert before.steps[0].url == f"{HOME}/incidents/{LATE}"
    for later in (160, 3_000, 90_000):
        web.run(later, {PROXY: proxied(), HOME: page()})
        assert f"/proxy/{HOST}/incidents/{LATE}" not in web.asked
    assert (only(store).state, only(store).steps) == ("resolved", before.steps)


def test_while_something_is_open_it_is_asked_every_minute_and_the_page_now_and_then(store: Store) -> None:
    web = Site(store)
    site = {HOME: page(incident(LATE, SLOW)), PROXY: proxied(incident(LATE, SLOW))}
    paths = [path for minute in range(12, 72) for path in (web.run(minute, site), web.asked)[1]]
    assert 50 <= paths.count(f"/proxy/{HOST}") <= 60 and 3 <= paths.count("") <= 6


def test_a_page_that_stands_elsewhere_tells_all_by_itself(store: Store) -> None:
    """A copy, or one of several on a host: what else is asked on its own host may be another's."""
    web = Site(store, replace(PAGE, page="https://mirror.example/siskin"))
    for minute, told in ((12, (SLOW,)), (47, (SLOW, FULL)), (95, (SLOW, FULL, OVER))):
        report = web.run(minute, {"https://mirror.example/siskin": page(incident(LATE, *told))})
        assert report.problems == [] and web.asked == ["https://mirror.example/siskin"]
    assert (only(store).state, only(store).duration_s) == ("resolved", 80 * 60)


def test_what_is_taken_down_while_it_is_open_has_ended_without_a_word(store: Store) -> None:
    web = Site(store)
    web.run(12, {HOME: page(incident(LATE, SLOW))})
    web.run(13, {PROXY: proxied(incident(LATE, SLOW))})
    report = web.run(60, {PROXY: proxied(), HOME: page()})
    assert report.problems == [] and f"/proxy/{HOST}/incidents/{LATE}" in web.asked
    assert (only(store).state, only(store).resolved_at) == ("ended-unannounced", None)


def test_planned_work_is_told_ahead_begins_and_is_done(store: Store) -> None:
    web, ahead = Site(store), (5, "maintenance_scheduled", "Search stands still while new disks are put in.")
    begun, done = (601, "maintenance_in_progress", "We have begun."), (655, "maintenance_complete", "The disks are in.")
    hours = {"component_id": SEARCH, "start_at": at(600), "end_at": at(660), "status": "under_maintenance"}
    work: dict[str, Any] = {"name": "New disks", "part": SEARCH, "type": "maintenance", "component_impacts": [hours]}
    web.run(6, {HOME: page(incident(GONE, ahead, **work))})
    plan = only(store, Kind.MAINTENANCE)
    assert (plan.state, plan.components, plan.impact_started_at) == (
        "planned",
        ("Search",),
        EIGHT + timedelta(hours=10),
    )
    web.run(
        602, {PROXY: proxied(incident(GONE, ahead, begun, **work)), HOME: page(incident(GONE, ahead, begun, **work))}
    )
    assert only(store, Kind.MAINTENANCE).state == "in-progress"
    web.run(656, {PROXY: proxied(), f"{PROXY}/incidents/{GONE}": alone(incident(GONE, ahead, begun, done, **work))})
    plan = only(store, Kind.MAINTENANCE)
    assert (plan.state, plan.duration_s, store.incidents()) == ("completed", 54 * 60, ())


def test_hours_of_planned_work_that_move_are_a_revision(store: Store) -> None:
    ahead = (5, "maintenance_scheduled", "Search stands still while new disks are put in.")
    for minute, start in ((6, 600), (12, 720)):
        hours = {"component_id": SEARCH, "start_at": at(start), "end_at": at(start + 60), "status": "under_maintenance"}
        told = incident(GONE, ahead, type="maintenance", component_impacts=[hours])
        Site(store).run(minute, {HOME: page(told), PROXY: proxied(told)})
    [step] = (plan := only(store, Kind.MAINTENANCE)).steps
    assert (plan.impact_started_at, step.revised) == (EIGHT + timedelta(hours=12), 1)


def test_the_page_of_another_is_refused(store: Store) -> None:
    web = Site(store)
    web.run(12, {HOME: page(incident(LATE, SLOW))})
    report = web.run(
        90, {HOME: page(id="01K5WREN0PAGE0000000000001", name="Wren"), PROXY: proxied(incident(LATE, SLOW))}
    )
    assert [line for line in report.problems if "this address told of 01K5SKN0PAGE0STATVS0000001 siskin" in line]


def atom(*told: tuple[str, str, Told]) -> bytes:
    """The page's feed: of each incident its latest update."""
    entries = "".join(
        f"<entry><title>{name}</title><id>{HOME}//incidents/{key}</id><link href='{HOME}//incidents/{key}'/>"
        f"<updated>{at(minute)}</updated><content type='html'><![CDATA[<b>Status: {state.capitalize()}</b><br/><br/>"
        f"{words}]]></content></entry>"
        for key, name, (minute, state, words) in told
    )
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Siskin status</title>"
        f"<generator>incident.io</generator>{entries}</feed>"
    ).encode()


@pytest.mark.parametrize("seen", [(SLOW,), (FULL,), (SLOW, FULL), (OVER,), (SLOW, FULL, OVER)])
def test_what_the_feed_began_the_page_goes_on_with(store: Store, seen: tuple[Told, ...]) -> None:
    """A record that has the vendor by its feed keeps its incidents and their ids: each is told there by its page."""
    feed = Site(store, FEED)
    for told in seen:
        feed.run(told[0] + 1, {FEED.url or "": atom((LATE, "Late letters", told))})
    before = only(store)
    web = Site(store)
    web.run(95, {HOME: page(incident(LATE, SLOW, FULL, OVER))})
    after = only(store)
    assert (after.id, after.state, after.duration_s) == (before.id, "resolved", 80 * 60)
    assert {step.source for step in after.steps} == {FEED.id, PAGE.id}
    assert len([step for step in after.steps if step.source == PAGE.id]) == 3
    list(collect.rebuild(store))
    assert only(store) == after


def test_two_incidents_at_once_under_one_title_stay_two_on_both_channels(store: Store) -> None:
    phones: Told = (45, "investigating", "Letters from phones arrive late. This has nothing to do with the disk.")
    Site(store, FEED).run(50, {FEED.url or "": atom((GONE, "Late letters", phones), (LATE, "Late letters", FULL))})
    before = {incident.id for incident in store.incidents()}
    Site(store).run(55, {HOME: page(incident(LATE, SLOW, FULL), incident(GONE, phones, part=SEARCH))})
    assert {incident.id for incident in store.incidents()} == before and len(before) == 2
    assert sorted(len(incident.steps) for incident in store.incidents()) == [2, 3]


# -- what is read ------------------------------------------------------------------------------------------------------


def test_an_incident_that_did_not_change_is_passed_over() -> None:
    before = read(page(incident(LATE, SLOW), incident(GONE, FULL, OVER)))
    after = read(page(incident(LATE, SLOW, FULL), incident(GONE, FULL, OVER)), held=before.entries)
    assert {said.incident_key for said in after.announcements} == {LATE} and len(before.announcements) == 3
    assert after.listed == before.listed == (LATE,) and len(after.entries) == 2


def test_what_an_update_says_stays_as_it_was_when_more_is_told_of_its_incident() -> None:
    first, second = (
        {"component_id": MAIL, "start_at": at(minute), "end_at": "$undefined", "status": state}
        for minute, state in ((10, "degraded_performance"), (45, "full_outage"))
    )
    before = read(page(incident(LATE, SLOW, component_impacts=[first]))).announcements
    ended = [{**each, "end_at": at(80)} for each in (first, second)]
    after = read(page(incident(LATE, SLOW, FULL, OVER, component_impacts=ended))).announcements
    assert after[:1] == before
    assert [said.impact for said in after] == ["degraded_performance", "full_outage", "full_outage"]
    assert [said.window.end if said.window else None for said in after] == [None, None, EIGHT + timedelta(minutes=80)]


def test_what_is_said_before_a_component_is_named_names_none() -> None:
    late = {"component_id": MAIL, "start_at": at(30), "end_at": None, "status": "partial_outage"}
    told = incident(LATE, SLOW, FULL, component_impacts=[late])
    for update in told["updates"]:
        update["component_statuses"] = []
    said = read(page(told)).announcements
    assert [(each.impact, each.components) for each in said] == [(None, ()), ("partial_outage", ("Mail",))]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("$2", "Letters wait.\nAll of them."),
        ("$7:0:said", "Nothing is lost."),
        ("$7:1:props:said", "Letters are kept."),
        ("$8", "A $ more."),
        ("$9", "$undefined"),
        ("$$7 a letter", "$7 a letter"),
        ("$undefined", "Late letters"),
        ("$7:5:said", "Late letters"),
        ("$7:0:none", "Late letters"),
        ("$ff", "Late letters"),
        ("$Lff", "Late letters"),
        ("$7", "Late letters"),
    ],
)
def test_what_stands_elsewhere_in_the_page_is_read_from_there(written: str, told: str) -> None:
    shown = page(incident(LATE, (10, "investigating", written)))
    elsewhere = flight(
        "2:T1c,Letters wait.\n\nAll of them.\n",
        row("7", [{"said": "Nothing is lost."}, ["$", "p", None, {"said": "Letters are kept."}]]),
        '8:"A $ more."\n9:Ta,$undefined:HL["/a.css","style"]\n',
    )
    assert [said.text for said in read(shown + elsewhere).announcements] == [told]


def test_a_text_is_as_long_as_its_bytes_in_utf_8() -> None:
    text = "Löschen dauert länger 🙏\n5:not a row"
    body = flight(
        f"2:T{len(text.encode()):x},{text}", row("4", {"summary": summary(incident(LATE, (1, "identified", "$2")))})
    )
    assert [said.text for said in read(body).announcements] == [text]


# -- what is not -------------------------------------------------------------------------------------------------------


def grown(levels: int) -> str:
    return "".join(row(f"{level:x}", [f"${level + 1:x}"] * 40) for level in range(0x100, 0x100 + levels))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<!doctype html><title>Are you a human?</title>", "without the data of an incident.io page: a challenge, "),
        (OFFER, 'without the data of an incident.io page; its feed is "https://.*/f.atom", for platform: feed'),
        (flight(row("4", {"incidents": [{"id": "a", "name": "b", "updates": []}]})), "without the data of an"),
        (page(incident(LATE, SLOW))[:-200], "the data in the page is cut off"),
        (flight("4:{]}\n"), "not JSON"),
        (page(incident(LATE, SLOW, component_impacts="$4")), "the data in the page refers to itself"),
        (page(incident(LATE, SLOW, component_impacts="$100")) + flight(grown(6)), "refers to itself, or to too much"),
        (page(incident(LATE, SLOW, updates="$undefined")), f"incident {LATE}: needs 'updates' as list, has NoneType"),
        (page(incident(LATE, SLOW, updates=[{"to_status": "resolved"}])), "an update: needs 'id' as str"),
        (page(incident(LATE, SLOW, id=7)), "an incident: needs 'id' as str, has int"),
        (page(ongoing_incidents={}), "'ongoing_incidents' is no list"),
        (page(scheduled_maintenances=["back soon"]), "'scheduled_maintenances' holds no incident"),
        (b'{"page_title": "Siskin"}', "needs 'summary'"),
        (b'{"page": {"name": "Siskin"}, "ongoing_incidents": []}', "needs 'summary'"),
        (b'{"page_title": "Siskin", "ongoing_incidents": {}}', "'ongoing_incidents' is no list"),
        (b'{"page_title": "Siskin", "ongoing_incidents": [{"id": "a"}]}', "a: needs 'last_update_at' as str"),
        (b'{"page_title": "Siskin", "ongoing_incidents": [], "in_progress_maintenances": [7]}', "holds no incident"),
        (b'{"summary": {"components": [], "ongoing_incidents": [{"id": "a", "name": "b"}]}}', "a: needs 'updates'"),
        (b'{"page": {"id": "p"}, "incidents": [{"id": "a", "name": "b", "incident_updates": []}]}', "page: tells all"),
        (b'{"page": {"id": "p"}}', "in the form of Statuspage"),
        (b'{"incidents": ["back soon"]}', "needs 'summary', 'incidents' or 'incident'"),
        (b"[]", "needs 'summary', 'incidents' or 'incident'"),
        (b"<html>" + b" " * 10_000_000, "the page is larger than 10 MB"),
    ],
)  # fmt: skip
def test_what_is_no_page_of_incident_io_is_refused_with_its_reason(body: bytes, told: str) -> None:
    with pytest.raises(ReadError, match=f"^siskin/incidentio.*{told}"):
        read(body)


def test_a_list_without_incidents_is_one() -> None:
    assert read(b'{"incidents": []}').announcements == read(page()).announcements == ()
    assert read(b'{"page_title": "Siskin", "ongoing_incidents": []}').listing is Listing.ACTIVE


def test_updates_times_impacts_are_bounded() -> None:
    many = [(minute, "identified", "Late.") for minute in range(1_000)]
    impacts = [{"component_id": MAIL, "start_at": at(0), "end_at": None, "status": "partial_outage"}] * 400
    with pytest.raises(ReadError, match="1000 updates of 400 parts are too many"):
        read(alone(incident(LATE, *many, component_impacts=impacts)))


def more(document: Document, known: Known) -> tuple[Request, ...]:
    return platforms.more(document, incidentio.read(document), known)


def test_a_list_that_forgets_thousands_of_incidents_leads_to_no_more_than_fifty_requests() -> None:
    held = {f"{number}": (f"{number:026d}",) for number in range(9_000)} | {"x": ("../../x",)}
    told = Document(source=PAGE, body=proxied(), polled_at=EIGHT, purpose="open", held=held)
    asked = more(told, AT_HOME)
    assert len(asked) == 50 and {request.may_be_gone for request in asked} == {True}
    assert not [request for request in asked if ".." in request.url]
    assert more(told, Known()) == more(replace(told, purpose="incident:a"), AT_HOME) == ()


def test_rows_of_ten_megabytes_take_no_time() -> None:
    began = process_time()
    for piece in ("\n", ":\n", "x\n", "1:\n", "1:T0,", "$1:"):
        whole = json.dumps(piece * (4_000_000 // len(piece)))
        body = f"<html><script>self.__next_f.push([1,{whole}])</script></html>".encode()
        with pytest.raises(ReadError, match="without the data"):
            read(body[: _flight.LARGEST])
    assert process_time() - began < 30


def test_rows_that_name_the_next_one_twice_take_no_time() -> None:
    rows = "".join(f'{number:x}:["${number + 1:x}","${number + 1:x}"]\n' for number in range(0x100, 0x128))
    began = process_time()
    with pytest.raises(ReadError, match="or to too much"):
        read(page(incident(LATE, SLOW, component_impacts="$100")) + flight(rows))
    assert process_time() - began < 4


def test_components_of_one_name_are_told_apart_by_their_groups() -> None:
    parts = [{"id": MAIL, "name": "Login"}, {"id": SEARCH, "name": "Login"}]
    groups = [{"group": {"name": "Shop", "components": [{"component_id": MAIL, "name": "Login"}]}}, {"group": None}, 7]
    told = incident(LATE, SLOW, part=MAIL), incident(GONE, FULL, part=SEARCH)
    said = read(page(*told, components=parts, structure={"items": groups})).announcements
    assert [each.components for each in said] == [("Shop: Login",), ("Login",)]


# -- what was told before the first poll -------------------------------------------------------------------------------


class Life:
    """A page with an incident every ten days since 2025, which answers for three months at most."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        minutes = [-day * 1440 for day in range(5, 485, 10)]
        steps = ((0, "investigating"), (30, "identified"), (1500, "resolved"))
        self.incidents = [
            incident(f"01K{-first:023d}", *((first + after, state, f"{state}: {first}") for after, state in steps))
            for first in minutes
        ]

    def body(self, url: str) -> bytes | None:
        target = urlsplit(url)
        if url == PROXY:
            return proxied()
        asked = {name: value for name, [value] in parse_qs(target.query).items()}
        start, end = (datetime.fromisoformat(asked.get(name, at(0))) for name in ("start_at", "end_at"))
        if target.path != f"/proxy/{HOST}/incidents" or not timedelta() < end - start <= timedelta(days=90):
            return None
        found = [each for each in self.incidents if self.is_within(each, start, end)]
        return json.dumps({"incidents": found}).replace('"$undefined"', "null").encode()

    def is_within(self, told: dict[str, Any], start: datetime, end: datetime) -> bool:
        first, last = (datetime.fromisoformat(told["updates"][place]["published_at"]) for place in (0, -1))
        return first < end and last >= start

    def backfill(self, store: Store, since: date | None = None, source: Source = PAGE, most: int = 999) -> Backfilled:
        now = EIGHT

        def poll(due: Iterable[Due]) -> Iterator[Answer]:
            for request, _ in due:
                self.asked.append(request.url)
                if len(self.asked) == most:
                    raise KeyboardInterrupt
                found = self.body(request.url)
                error = "answers HTTP 404 Not Found" if found is None else None
                yield Answer(
                    request=request, url=request.url, status=404 if error else 200, body=found or b"", error=error
                )

        def rest(seconds: float) -> None:
            nonlocal now
            now += timedelta(seconds=1)

        ways = Ways(clock=lambda: now, poll=poll, turn=lambda: nullcontext(True), rest=rest)
        vendors = (Vendor(slug="siskin", name="Siskin", sources=(source,)),)
        [came_of] = collect.backfill(store, vendors, ["siskin"], since=since, ways=ways)
        return came_of


def told_ids(store: Store) -> set[str]:
    found = store.db.execute("SELECT id FROM announcements").fetchall()
    assert len(found) == len({row[0] for row in found})
    return {row[0] for row in found}


def test_the_past_of_a_page_is_asked_for_without_a_gap(store: Store) -> None:
    life = Life()
    came_of = life.backfill(store)
    assert (came_of.done, came_of.problems, came_of.back_to) == (True, [], date(2012, 1, 1))
    assert came_of.announcements == 3 * len(life.incidents) == len(told_ids(store))
    assert len(store.incidents()) == len(life.incidents) and {each.state for each in store.incidents()} == {"resolved"}
    assert store.db.execute("SELECT COUNT(*) FROM announcements WHERE first_seen_at IS NOT NULL").fetchone()[0] == 0
    assert life.asked[0] == PROXY and len(set(life.asked)) == len(life.asked)
    spans = [parse_qs(urlsplit(url).query) for url in life.asked[1:]]
    assert spans[0]["end_at"] == ["2026-05-04T08:00:00.000Z"]
    assert all(later["end_at"] == earlier["start_at"] for earlier, later in pairwise(spans))


def test_what_is_open_while_its_past_is_read_is_told_with_the_names_of_its_parts(store: Store) -> None:
    class Late(Life):
        def body(self, url: str) -> bytes | None:
            return proxied(late) if url == PROXY else super().body(url)

    life, late = Late(), incident(LATE, (-10, "investigating", "Letters arrive late."))
    life.incidents.append(late)
    assert life.backfill(store).announcements == 3 * (len(life.incidents) - 1) + 1 == len(told_ids(store))
    [found] = (each for each in store.incidents() if each.state == "open")
    assert found.components == ("Mail",)


def test_its_past_goes_no_farther_than_the_month_that_is_asked_for(store: Store) -> None:
    life = Life()
    came_of = life.backfill(store, date(2026, 1, 1))
    wanted = [each for each in life.incidents if each["updates"][-1]["published_at"] >= "2026-01-01"]
    assert {key for (key,) in store.db.execute("SELECT DISTINCT incident_key FROM announcements")} == {
        each["id"] for each in wanted
    }
    assert (came_of.done, came_of.back_to, len(life.asked)) == (True, date(2026, 1, 1), 4)


def test_what_the_polls_told_is_not_told_again_by_the_past(store: Store) -> None:
    life = Life()
    Site(store).run(0, {HOME: page(*life.incidents[:3])})
    before = told_ids(store)
    came_of = life.backfill(store)
    assert len(before) == 9 and came_of.announcements == 3 * len(life.incidents) - 9
    report = Site(store).run(60, {HOME: page(*life.incidents[:3]), PROXY: proxied()})
    assert (report.announcements, report.revisions, report.problems) == (0, 0, [])


@pytest.mark.parametrize("most", [1, 2, 5, 9])
def test_stopped_in_the_middle_its_past_is_gone_on_with(store: Store, most: int) -> None:
    life = Life()
    with pytest.raises(KeyboardInterrupt):
        life.backfill(store, most=most)
    assert life.backfill(store).done
    assert len(told_ids(store)) == 3 * len(life.incidents)
    assert len(life.asked) == len(set(life.asked)) + 1


def test_a_page_that_tells_of_the_same_days_whatever_is_asked_is_left_alone(store: Store) -> None:
    class Same(Life):
        def is_within(self, told: dict[str, Any], start: datetime, end: datetime) -> bool:
            return super().is_within(told, EIGHT - timedelta(days=90), EIGHT)

    life = Same()
    came_of = life.backfill(store)
    assert came_of.problems == [
        "siskin/incidentio: it was asked for what was told until 2025-11-05, and tells of other times"
    ]
    assert (came_of.done, len(life.asked)) == (False, 5)


class Bare(Life):
    """It says who it is, wherever it is asked, and nothing of its incidents."""

    def body(self, url: str) -> bytes | None:
        return None if "/incidents" in url else proxied()


def test_a_page_that_answers_for_no_other_times_shows_no_history(store: Store) -> None:
    assert Bare().backfill(store).problems == ["siskin/incidentio: it shows no history: answers HTTP 404 Not Found"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            {"page": "https://mirror.example"},
            "the page says that it stands elsewhere, and its past is not asked for here",
        ),
        ({"page": f"{HOME}/europe"}, "keeps none that can be paged back"),
        ({"page": None, "url": HOME}, "keeps none that can be paged back"),
    ],
)
def test_a_page_that_may_be_one_of_several_on_its_host_has_no_past(
    store: Store, given: dict[str, Any], why: str
) -> None:
    [problem] = Bare().backfill(store, source=replace(PAGE, **given)).problems
    assert why in problem and told_ids(store) == set()
