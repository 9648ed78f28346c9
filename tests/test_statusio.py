"""Incidents of Status.io through polls: what the API tells while they are open, and the RSS when they are over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from web import Web

from tracker import collect, platforms
from tracker.errors import ReadError, SourceError
from tracker.models import (
    Announcement,
    Document,
    Incident,
    Kind,
    Known,
    Listing,
    Reading,
    Request,
    Source,
)
from tracker.platforms import feed, statusio
from tracker.store import Store

HERE = Path(__file__).parent / "platforms/statusio"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NUMBER, OUTAGE, WORK = (f"65a0c0ffee65a0c0ffee000{last}" for last in (9, 1, 2))
SITE = "https://status.smew.example"
PAGE = Source(id="smew/statusio", vendor="smew", platform="statusio", page=SITE)
RSS = f"{SITE}/pages/{NUMBER}/rss"
FEED = Source(id="smew/feed", vendor="smew", platform="feed", url=RSS)
API = f"https://api.status.io/1.0/status/{NUMBER}"
HTML = f'<!doctype html><title>Smew Status</title><a href="/pages/history/{NUMBER}">History</a>'.encode()
LATE = (0, 100, 400, "Ferry times are late.\r\n\r\nWe ask the piers.")
FOUND = (20, 200, 500, "A cable is cut.")
LAID = (20, 200, 500, "A new one is being laid.")
OVER = (50, 400, 100, "All times are right again.")
PLANNED = (-600, 100, 200, "We paint the pier of the north.")
BEGUN = (90, 200, 200, "The painters are there.")
DONE = (150, 300, 200, "The pier is open.")
WORDS = {OUTAGE: ("Investigating", "Identified", "Monitoring", "Resolved"), WORK: ("Scheduled", "Active", "Completed")}
Message = tuple[int, int, int, str]  # minutes after noon, state, status, words


def at(minute: int, second: int = 7) -> datetime:
    return NOON + timedelta(minutes=minute, seconds=second)


def incident(key: str, *told: Message, **given: Any) -> dict[str, Any]:
    messages = [
        {"details": words, "state": state, "status": status, "datetime": f"{at(minute):%Y-%m-%dT%H:%M:%S.123Z}"}
        for minute, state, status, words in told
    ]
    parts = {"components_affected": [{"name": "Times", "_id": "c1"}], "containers_affected": []}
    return {"_id": key, "name": f"Title of {key[-1]} ", "messages": messages, **parts, **given}


def work(*told: Message) -> dict[str, Any]:
    hours = {"datetime_planned_start": at(100, 0).isoformat(), "datetime_planned_end": at(160, 0).isoformat()}
    return incident(WORK, *told, **hours)


def api(*incidents: dict[str, Any], upcoming: tuple[dict[str, Any], ...] = ()) -> bytes:
    maintenance = {"active": [], "upcoming": upcoming}
    overall = {"updated": at(0).isoformat(), "status": "Operational", "status_code": 100}
    return json.dumps(
        {"result": {"status_overall": overall, "incidents": incidents, "maintenance": maintenance}}
    ).encode()


def item(key: str, *told: Message) -> str:
    """As Status.io writes it: the minutes in the page's zone, the last one's second in pubDate."""
    body = "".join(
        f"<small>{at(minute) - timedelta(hours=7):%B %d, %Y %H:%M} PDT</small><br />"
        f"<b>{WORDS[key][state // 100 - 1]}</b> - {words.replace(chr(13) + chr(10), '<br />')}<br /><br />"
        for minute, state, _, words in told
    )
    kind = "incident" if key == OUTAGE else "maintenance"
    return (
        f"<item><title><![CDATA[Title of {key[-1]}]]></title><description><![CDATA[{body}]]></description>"
        f'<link>https://status.io/pages/{kind}/{NUMBER}/{key}</link><guid isPermaLink="false">{key}</guid>'
        f"<pubDate>{at(told[-1][0]):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
    )


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Smew</title>{"".join(items)}</channel></rss>'.encode()


def run(
    store: Store, minute: int, open_now: bytes, history: bytes | int, source: Source = PAGE, *, force: bool = True
) -> tuple[collect.Report, list[str]]:
    """One run in which this source alone is named: the report, and what was asked."""
    web = Web({SITE: HTML, API: open_now, RSS: history})
    return web.run(store, source, at(minute, 0), force=force), web.asked


def only(store: Store) -> Incident:
    [found] = store.incidents(kinds=tuple(Kind))
    return found


def told(body: bytes, source: Source = PAGE, *, url: str = "", purpose: str = "") -> Reading:
    return statusio.read(Document(source=source, body=body, polled_at=at(600), url=url, purpose=purpose))


def said(body: bytes, source: Source = PAGE) -> tuple[Announcement, ...]:
    return told(body, source).announcements


# -- through polls -------------------------------------------------------------------------------------------------


def test_an_incident_opens_goes_on_and_ends_in_the_words_of_the_rss(store: Store) -> None:
    report, asked = run(store, -5, api(), rss())
    assert (report.problems, asked) == ([], [SITE, API, RSS])
    report, asked = run(store, 1, api(incident(OUTAGE, LATE)), rss(item(OUTAGE, LATE)))
    assert (report.announcements, asked) == (1, [API, RSS]), "which page it is was asked once"
    assert (only(store).state, only(store).impact, only(store).severity) == (
        "open",
        "Partial Service Disruption",
        "major",
    )
    now = incident(OUTAGE, LATE, FOUND, LAID)
    report, _ = run(store, 45, api(now), rss(item(OUTAGE, LATE, FOUND, LAID)))
    assert (report.announcements, report.revisions, only(store).severity) == (2, 0, "critical")
    report, asked = run(store, 51, api(), rss(item(OUTAGE, LATE, FOUND, LAID, OVER)), force=False)
    assert (report.announcements, report.revisions, asked) == (1, 0, [API, RSS]), "the RSS was not due"
    ended = only(store)
    assert [step.phase for step in ended.steps] == ["outage-start", "update", "update", "resolved"]
    assert (ended.state, ended.duration_s, ended.resolved_at) == ("resolved", 50 * 60, at(50))
    assert (ended.name, ended.components, ended.first_seen_at) == ("Title of 1", ("Times",), at(1, 0))
    report, _ = run(store, 300, api(), rss(item(OUTAGE, LATE, FOUND, LAID, OVER)))
    assert (report.announcements, report.revisions, only(store).state) == (0, 0, "resolved")


def test_what_the_rss_does_not_end_either_has_ended_without_a_word_until_it_does(store: Store) -> None:
    run(store, -5, api(), rss())
    run(store, 1, api(incident(OUTAGE, LATE)), rss(item(OUTAGE, LATE)))
    run(store, 51, api(), rss(item(OUTAGE, LATE)))
    assert (only(store).state, only(store).resolved_at) == ("ended-unannounced", None)
    run(store, 56, api(), rss(item(OUTAGE, LATE, OVER)))
    assert (only(store).state, only(store).resolved_at) == ("resolved", at(50))


def test_planned_work_keeps_its_hours_to_its_end_and_nothing_is_told_twice(store: Store) -> None:
    history = [item(WORK, PLANNED)]
    run(store, -60, api(upcoming=(work(PLANNED),)), rss(*history))
    assert (only(store).kind, only(store).state) == ("maintenance", "planned")
    run(store, 91, api(upcoming=(work(PLANNED, BEGUN),)), rss(item(WORK, PLANNED, BEGUN)))
    assert only(store).state == "in-progress", "before the hours that were told"
    report, _ = run(store, 151, api(), rss(item(WORK, PLANNED, BEGUN, DONE)))
    assert (report.announcements, report.revisions) == (1, 0)
    done = only(store)
    assert (done.state, done.impact_started_at, done.impact_ended_at) == ("completed", at(90), at(150))
    assert [step.text for step in done.steps] == [PLANNED[-1], BEGUN[-1], DONE[-1]]


def test_a_first_run_tells_what_was_and_what_is(store: Store) -> None:
    now = api(incident(OUTAGE, LATE, FOUND))
    report, _ = run(store, 160, now, rss(item(OUTAGE, LATE, FOUND), item(WORK, PLANNED, BEGUN, DONE)))
    assert report.announcements == 5
    states = {each.kind: (each.state, each.first_seen_at) for each in store.incidents(kinds=tuple(Kind))}
    assert states == {"incident": ("open", None), "maintenance": ("completed", None)}


def test_a_message_that_is_reworded_is_the_same_message(store: Store) -> None:
    run(store, 1, api(incident(OUTAGE, LATE, FOUND, LAID)), rss())
    edited = (*LAID[:3], "Two new ones are being laid.")
    report, _ = run(store, 22, api(incident(OUTAGE, LATE, FOUND, edited)), rss())
    assert (report.announcements, report.revisions) == (0, 1)
    assert [step.text for step in only(store).steps][-1] == "A new one is being laid."


def test_an_rss_that_fails_is_left_alone_until_its_hour_comes(store: Store) -> None:
    run(store, 1, api(incident(OUTAGE, LATE)), rss(item(OUTAGE, LATE)))
    asked = [url for minute in range(51, 91) for url in run(store, minute, api(), 500, force=False)[1]]
    assert 1 <= asked.count(RSS) <= 4 and only(store).state == "ended-unannounced"
    for minute in range(91, 200):
        run(store, minute, api(), rss(item(OUTAGE, LATE, OVER)), force=False)
    assert (only(store).state, only(store).resolved_at) == ("resolved", at(50))


def test_an_outage_is_asked_about_each_minute_and_work_that_is_planned_for_weeks_is_not(store: Store) -> None:
    for now, least, most in ((api(upcoming=(work(PLANNED),)), 10, 14), (api(incident(OUTAGE, LATE)), 50, 62)):
        paths = [path for minute in range(60) for path in run(store, minute, now, rss(), force=False)[1]]
        assert least <= paths.count(API) <= most


@pytest.mark.parametrize("answer", [b"", b'{"error": "status page not found"}', b"<!doctype html><title>Error</title>"])
def test_an_answer_that_is_something_else_ends_nothing(store: Store, answer: bytes) -> None:
    run(store, 1, api(incident(OUTAGE, LATE)), rss())
    report, _ = run(store, 5, answer, rss())
    assert report.problems != [] and only(store).state == "open"


@pytest.mark.parametrize("formerly", [None, FEED.id, RSS])
@pytest.mark.parametrize("messages", [(LATE,), (LATE, FOUND), (LATE, OVER)])
def test_a_record_that_had_the_page_by_its_rss_goes_on_with_the_same_incidents(
    store: Store, formerly: str | None, messages: tuple[Message, ...]
) -> None:
    run(store, 5, b"", rss(item(OUTAGE, LATE)), FEED)
    run(store, 10, b"", rss(item(OUTAGE, *messages)), FEED)
    before = only(store)
    source = replace(PAGE, formerly=formerly)
    is_over = OVER in messages
    run(store, 60, api() if is_over else api(incident(OUTAGE, *messages)), rss(item(OUTAGE, *messages)), source)
    assert only(store).state == ("resolved" if is_over else "open")
    report, _ = run(store, 65, api(), rss(item(OUTAGE, LATE, FOUND, LAID, OVER)), source)
    assert (only(store).state, only(store).resolved_at, report.revisions) == ("resolved", at(50), 0)
    assert (store.incident(before.id) or before).id == only(store).id, "also where it has another id now"
    list(collect.rebuild(store))
    assert only(store).state == "resolved"


# -- what is asked -------------------------------------------------------------------------------------------------


def asked(source: Source, known: Known = Known()) -> list[tuple[str, str, int | None]]:  # noqa: B008
    return [(request.url, request.purpose, request.every) for request in statusio.requests(source, known)]


def test_the_page_is_asked_once_which_it_is() -> None:
    assert asked(PAGE) == [(SITE, "page", None)]
    learnt = Known(learnt={"page_id": NUMBER})
    assert asked(PAGE, learnt) == [(API, "open", 300), (RSS, "history", 3600)]
    assert asked(replace(PAGE, every=7200), learnt) == [(API, "open", 7200), (RSS, "history", 7200)]


@pytest.mark.parametrize("path", [NUMBER, f"{NUMBER}/", f"history/{NUMBER}", f"{NUMBER}/rss"])
def test_an_address_with_the_id_needs_no_asking(path: str) -> None:
    assert asked(replace(PAGE, page=f"{SITE}/pages/{path}")) == [(API, "open", 300), (RSS, "history", 3600)]


def test_on_the_operators_own_network_the_api_stands_beside_the_page() -> None:
    near = Source(id="a/b", vendor="a", platform="statusio", page=f"http://127.0.0.1:80/pages/{NUMBER}")
    assert asked(near)[0][0] == API
    assert asked(replace(near, allow_private=True))[0][0] == f"http://127.0.0.1:80/1.0/status/{NUMBER}"


@pytest.mark.parametrize("page", ["smew", "ftp://status.smew.example", "https://[", f"{SITE}/history.rss", API])
def test_what_is_no_page_is_refused_with_what_would_be_right(page: str) -> None:
    with pytest.raises(SourceError, match=r"is no status page; right would be page: https://status\.example\.com"):
        statusio.requests(replace(PAGE, page=page), Known())


def test_one_document_is_fetched_as_it_is() -> None:
    alone = Source(id="smew/one", vendor="smew", platform="statusio", url=API)
    assert asked(alone) == [(API, "url", 300)]
    assert asked(replace(alone, url=RSS)) == [(RSS, "url", 300)]
    assert asked(replace(alone, url=RSS, every=900)) == [(RSS, "url", 900)]


def more(document: Document) -> tuple[Request, ...]:
    return platforms.more(document, statusio.read(document), Known(learnt={"page_id": NUMBER}))


def test_a_page_leads_to_its_documents_and_an_end_to_the_rss() -> None:
    page = Document(source=PAGE, body=HTML, polled_at=NOON, url=SITE, purpose="page")
    assert [request.url for request in more(page)] == [API, RSS]
    open_now = Document(source=PAGE, body=api(incident(OUTAGE, LATE)), polled_at=NOON, url=API, purpose="open")
    then = replace(open_now, body=api(), held=statusio.read(open_now).entries)
    assert more(replace(open_now, held=then.held)) == ()
    [history] = more(then)
    assert (history.url, history.purpose, history.every) == (RSS, "ended", None)
    assert more(replace(then, body=rss(), purpose="history")) == ()
    assert more(replace(then, source=replace(PAGE, page=None, url=API))) == ()


# -- what a document says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "number"),
    [
        (f'<a href="/pages/{NUMBER}">', NUMBER),
        (f'<a href="{SITE}/pages/incident/{NUMBER}/{OUTAGE}">', NUMBER),
        (f"<a href=//status.smew.example/pages/maintenance/{NUMBER}/{WORK}>", NUMBER),
        (f'<a href="https://status.io/pages/history/{NUMBER}">', NUMBER),
        (f'<script>fetch("https://status-api.hostedstatus.com/1.0/status/{NUMBER}")</script>', NUMBER),
        (f'<a href="/pages/{WORK}/rss"><a href="/pages/{NUMBER}"><a href="/pages/{NUMBER}/rss">', NUMBER),
        (f'<a href="https://status.io/pages/incident/{NUMBER}/{OUTAGE}">', None),
        (f'<a href="https://status.pochard.example/pages/{NUMBER}/rss">', None),
        (f'<a href="https://notstatus.io/pages/{NUMBER}/rss">', None),
        (f'<a href="/pages/{NUMBER}0/rss"><a href="/pages/65a0/rss">', None),
        ("", None),
    ],
)
def test_a_page_is_the_one_to_which_it_links_itself(links: str, number: str | None) -> None:
    body = f"<!doctype html><title>Smew</title>{links}".encode()
    if number is None:
        with pytest.raises(ReadError, match=r"a page that is none of Status\.io's"):
            told(body, url=SITE, purpose="page")
        return
    assert told(body, url=SITE, purpose="page").learnt == told(body, url=SITE).learnt == {"page_id": number}
    for purpose in ("open", "history", "url"):
        with pytest.raises(ReadError, match="the document is an HTML page"):
            told(body, url=SITE, purpose=purpose)


def test_the_page_says_where_people_read_of_it() -> None:
    body = api(incident(OUTAGE, LATE), upcoming=(work(PLANNED),))
    planned, outage = told(body, url=API).announcements
    assert (outage.url, planned.url) == (
        f"{SITE}/pages/incident/{NUMBER}/{OUTAGE}",
        f"{SITE}/pages/maintenance/{NUMBER}/{WORK}",
    )
    assert [each.url for each in said(outage.original)] == [outage.url]
    of_api = Source(id="smew/one", vendor="smew", platform="statusio", url=API)
    assert told(body, of_api, url=API).announcements[1].url == f"https://status.io/pages/incident/{NUMBER}/{OUTAGE}"
    assert said(body)[0].url is None
    short = api(incident("a1", LATE))
    assert told(short, url=API).announcements[0].url is None


def test_the_api_and_the_rss_tell_the_same_messages_under_the_same_ids() -> None:
    of_api = said(api(incident(OUTAGE, LATE, FOUND, LAID, OVER)))
    of_rss = said(rss(item(OUTAGE, LATE, FOUND, LAID, OVER)))
    same = [(each.id, each.title, each.text, each.status, each.incident_key) for each in of_api]
    assert same == [(each.id, each.title, each.text, each.status, each.incident_key) for each in of_rss]
    assert [each.id.partition("/")[2] for each in of_rss] == [
        "2026-05-04T12:00Z",
        "2026-05-04T12:20Z",
        "2026-05-04T12:20Z~2",
        "2026-05-04T12:50Z",
    ]
    assert of_rss[-1].published_at == of_api[-1].published_at == at(50), "pubDate has the second of the last"


def test_beside_the_api_only_what_is_over_is_taken_from_the_rss() -> None:
    body = rss(item(WORK, PLANNED, BEGUN), item(OUTAGE, LATE, OVER))
    beside = told(body, purpose="history")
    assert told(body, purpose="ended") == beside
    assert ({each.incident_key for each in beside.announcements}, beside.listing) == ({OUTAGE}, Listing.PART)
    alone = told(body)
    assert (alone.listed, alone.listing) == ((WORK, OUTAGE), Listing.WINDOW)
    assert told(rss(item(OUTAGE, LATE, OVER), item(WORK, PLANNED, BEGUN))).listed == (WORK, OUTAGE), "newest first"


def test_an_empty_rss_is_one_and_another_feed_is_none() -> None:
    assert said(rss()) == ()
    with pytest.raises(ReadError, match=r"no item of the feed links to an incident of Status\.io's"):
        said(rss("<item><title>A heron</title><link>https://smew.example/heron</link></item>"))


@pytest.mark.parametrize(
    ("written", "zone", "published", "moments"),
    [
        (("14:00 CEST", "14:30 CEST"), None, "12:30:09", ["12:00:00", "12:30:09"]),
        (("20:00 CST", "20:30 CST"), "Asia/Shanghai", "12:30:09", ["12:00:00", "12:30:09"]),
        (("20:00 CST", "20:30 CST"), None, None, ["02:00:00", "02:30:00"]),
        (("17:45 NPQT", "18:15 NPQT"), None, "12:30:09", ["12:00:00", "12:30:09"]),
        (("17:45 NPQT", "18:15 NPQT"), None, "12:37:09", [None, None]),
        (("17:45 NPQT", "18:15 NPQT"), None, None, [None, None]),
        (("25:45 NPQT", "18:15 NPQT"), None, "12:30:09", [None, "12:30:09"]),
        (("17:45 NPQT", "28:15 NPQT"), None, "12:30:09", [None, None]),
    ],
)
def test_times_of_the_rss_are_of_the_zone_that_they_name(
    written: tuple[str, ...], zone: str | None, published: str | None, moments: list[str | None]
) -> None:
    """A zone that nobody knows is told by pubDate, where that is the last one's."""
    body = "".join(f"<small>May 4, 2026 {when}</small><br /><b>Monitoring</b> - {when}.<br />" for when in written)
    date = f"<pubDate>Mon, 04 May 2026 {published} GMT</pubDate>" if published else ""
    link = f"<link>https://status.io/pages/incident/{NUMBER}/{OUTAGE}</link>"
    told_so = rss(f"<item><description><![CDATA[{body}]]></description>{link}{date}</item>")
    found = said(told_so, replace(PAGE, timezone=zone))
    clocks = {each.text: each.published_at and f"{each.published_at:%H:%M:%S}" for each in found}
    assert [clocks[f"{when}."] for when in written] == moments


def test_what_is_told_again_with_each_message_is_bounded() -> None:
    long, many = "Ferries " * 10_000, [(number, 100, 300, "Late.") for number in range(300)]
    for body in (api(incident(OUTAGE, *many, name=long)), rss(item(OUTAGE, *many).replace("Title", long))):
        with pytest.raises(ReadError, match="what its announcements share is too large to be kept with each"):
            said(body)
    assert len(said(api(incident(OUTAGE, *many)))) == len(said(rss(item(OUTAGE, *many)))) == 300


def test_an_item_that_platform_feed_kept_stays_one_announcement() -> None:
    [kept] = feed.read(Document(source=FEED, body=rss(item(OUTAGE, LATE, OVER)), polled_at=NOON)).announcements
    [again] = said(kept.original)
    same = ("id", "title", "text", "status", "published_at", "incident_key", "planned")
    assert [getattr(again, name) for name in same] == [getattr(kept, name) for name in same]
    assert (again.incident_key, again.status) == (OUTAGE, "Resolved")
