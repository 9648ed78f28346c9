"""Every platform, by its folder: each ``<case>`` gives its ``<case>.expected.json``, as ``tracker read`` prints it.

    tracker read --platform P tests/platforms/P/CASE.EXT > tests/platforms/P/CASE.expected.json

README says how a platform is added; ``tests/platforms/_new`` is a tiny one. Where the captured documents are
(``../shared`` or ``$TRACKER_SHARED``), each gives what its index expects.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import captured
import pytest

from tracker import platforms
from tracker.classify.declared import declared
from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _standing, _statuspage_feed, apple, aws, google_cloud, heroku, salesforce, slack
from tracker.show.json import announcement_json

HERE = Path(__file__).parent / "platforms"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
SUFFIX = ".expected.json"
CASES = sorted(
    path for path in HERE.glob("[!_]*/*") if not path.name.endswith(SUFFIX) and not path.name.startswith(".")
)
TEXT = b'<div class="tgme_widget_message_text'
every_case = pytest.mark.parametrize(
    "case", [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in CASES]
)


def source(platform: str, id: str = "", **given: Any) -> Source:
    id = id or f"example/{platform}"
    return Source(id=id, vendor=id.split("/")[0], platform=platform, **given)


def document(of: Source, body: bytes, url: str = "", purpose: str = "") -> Document:
    return Document(source=of, url=url, body=body, content_type="", polled_at=NOW, purpose=purpose)


def read(platform: str, body: bytes, **given: Any) -> Reading:
    reading: Reading = platforms.platform(platform).read(document(source(platform, **given), body))
    return reading


def expected(case: Path) -> list[dict[str, Any]]:
    """JSON lines, or a list of the same objects; what is empty there need not be said."""
    text = case.with_suffix(SUFFIX).read_text(encoding="utf-8")
    rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return [{key: value for key, value in row.items() if value or key == "text"} for row in rows]


# -- the folders ---------------------------------------------------------------------------------------------------


@every_case
def test_a_document_gives_what_its_folder_expects(case: Path) -> None:
    """Read as the source that is named there: `tracker read` calls it file/P, unless --source says otherwise."""
    rows = expected(case)
    named = rows[0]["source"] if rows else ""
    found = [announcement_json(said) for said in read(case.parent.name, case.read_bytes(), id=named).announcements]
    assert [{k: v for k, v in row.items() if v or k == "text"} for row in found] == rows


def test_every_expectation_has_its_document() -> None:
    left = {path.with_suffix("").with_suffix("") for path in HERE.glob(f"*/*{SUFFIX}")}
    assert not left - {path.with_suffix("") for path in CASES}


@every_case
def test_what_names_no_component_is_of_those_of_its_source(case: Path) -> None:
    plain, given = (read(case.parent.name, case.read_bytes(), components=of).announcements for of in ((), ("Mail",)))
    assert [said.components for said in given] == [said.components or ("Mail",) for said in plain]


@every_case
def test_announcements_have_their_own_ids_and_aware_times_and_come_oldest_first(case: Path) -> None:
    said = read(case.parent.name, case.read_bytes()).announcements
    assert len({each.id for each in said}) == len(said)
    times = [each.published_at for each in said if each.published_at]
    assert times == sorted(times)
    assert all(time.utcoffset() == timedelta(0) for time in times)


@every_case
def test_an_original_gives_its_announcement_again(case: Path) -> None:
    _are_read_again(case.parent.name, case.read_bytes())


@pytest.mark.parametrize(
    ("case", "plain", "odd"),
    [
        ("feed/since.rss", b" GMT</pubDate>", b" GMT\x1b</pubDate>"),
        ("feed/steps.rss", b"The last one closed", b"[Resolved] &amp;lt;p&amp;gt;Mail&amp;lt;/p&amp;gt;"),
        ("feed/plain.atom", b"GET /v1/&lt;id&gt; is slow</title>", b"&lt;p&gt;Mail&lt;/p&gt;</title><x>"),
        ("feed/notes.rss", b"<channel>", b"<channel><x>"),
        ("feed/texts.rss", b"<channel>", b"<channel><x>"),
        ("salesforce/incidents.json", b'"updatedAt"', b'"changedAt"'),
        ("statuspage/home-open.html", b"Sep <var data-var='date'> 9", b"<var data-var='date'> 9"),
        ("telegram/channel.html", TEXT, b'<time datetime="then"></time>' + TEXT + b'">' + TEXT),
    ],
)
def test_so_does_that_of_an_odd_document(case: str, plain: bytes, odd: bytes) -> None:
    """A sign that no XML holds, tags that are the words of a title, an element that never closes, a field that is not
    there, a time that is none."""
    body = (HERE / case).read_bytes()
    assert plain in body
    _are_read_again(case.partition("/")[0], body.replace(plain, odd))


def _are_read_again(platform: str, body: bytes) -> None:
    """All but the place and the names among those of one id, which the record knows."""
    for said in read(platform, body).announcements:
        (again,) = read(platform, said.original).announcements
        names = {"id": "", "aliases": []}
        assert announcement_json(again) | names == announcement_json(said) | names
        assert said.id == again.id or said.id.startswith(f"{again.id}~")
        assert not said.aliases or set(again.aliases) <= set(said.aliases)


@every_case
def test_an_original_holds_no_words_of_another_announcement(case: Path) -> None:
    """They would outlive their own in a record that forgets these. Posts quote each other."""
    said = read(case.parent.name, case.read_bytes()).announcements
    for one, other in permutations(said if case.parent.name not in ("feed", "telegram") else (), 2):
        shared = f"{one.title} {other.title} {one.text}"
        words = [part for part in re.findall(r"[A-Za-z ,]{25,}", other.text) if part not in shared]
        assert not [part for part in words if part.encode() in one.original], (one.id, other.id)


@every_case
def test_a_list_names_what_it_holds_newest_first_and_each_once(case: Path) -> None:
    reading = read(case.parent.name, case.read_bytes())
    assert len(set(reading.listed)) == len(reading.listed)
    ids, keys = ({getattr(said, name) for said in reading.announcements} for name in ("id", "incident_key"))
    assert set(reading.listed) <= ids | keys
    if reading.listing is Listing.WINDOW and case.parent.name != "feed":  # a feed has its own order
        began: dict[str | None, datetime] = {}
        for said in reading.announcements:
            for key in (said.id, said.incident_key):
                began.setdefault(key, said.published_at or NOW)
        times = [began[key] for key in reading.listed if key in began]
        assert times == sorted(times, reverse=True), "what is missing would be taken for withdrawn"


def test_every_word_that_a_platform_takes_for_a_state_has_a_phase() -> None:
    words = {*_standing._WORKS, *_standing._STEPS, *_statuspage_feed.ENDED, *_statuspage_feed._PLANNED}
    words |= {*aws._STATES, *apple._OVER, *(word for word in _standing._OVER.split("|") if word.isalpha())}
    said = [Announcement(source="s", vendor="v", id=word, text="", status=word) for word in sorted(words)]
    assert [each.id for each in said if declared(each) is None] == [], "tracker/classify/declared.py has none of these"


# -- what is asked, and what a list means ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "listing"),
    [
        ("apple/events.json", Listing.ACTIVE),
        ("aws/events.json", Listing.ACTIVE),
        ("aws/calm.json", Listing.ACTIVE),
        ("aws/data.json", Listing.PART),
        ("aws/history.json", Listing.PART),
        ("betterstack/index.json", Listing.ACTIVE),
        ("betterstack/calm.json", Listing.ACTIVE),
        ("google_cloud/incidents.json", Listing.WINDOW),
        ("google_cloud/updates.atom", Listing.WINDOW),
        ("google_cloud/versions.ndjson", Listing.PART),
        ("heroku/current.json", Listing.ACTIVE),
        ("heroku/calm.json", Listing.ACTIVE),
        ("heroku/history.json", Listing.PART),
        ("salesforce/active.json", Listing.PART),
        ("salesforce/incidents.json", Listing.PART),
        ("salesforce/instance.json", Listing.ACTIVE),
        ("salesforce/preview.json", Listing.ACTIVE),
        ("slack/current.json", Listing.ACTIVE),
        ("slack/calm.json", Listing.ACTIVE),
        ("incidentio/page.html", Listing.ACTIVE),
        ("incidentio/summary.json", Listing.ACTIVE),
        ("incidentio/widgets.json", Listing.ACTIVE),
        ("incidentio/calm.html", Listing.ACTIVE),
        ("incidentio/incident.json", Listing.PART),
        ("incidentio/incidents.json", Listing.PART),
        ("slack/history.json", Listing.WINDOW),
        ("slack/versions.ndjson", Listing.PART),
        ("statuspage/rootly.json", Listing.PART),
        ("statusio/open.json", Listing.ACTIVE),
        ("statusio/calm.json", Listing.ACTIVE),
        ("statusio/history.rss", Listing.WINDOW),
        ("statusio/page.html", Listing.PART),
        ("statuspal/summary.json", Listing.ACTIVE),
        ("statuspal/calm.json", Listing.ACTIVE),
        ("statuspal/incidents.json", Listing.PART),
    ],
)
def test_an_absence_means_what_the_list_is(case: str, listing: Listing) -> None:
    assert read(case.split("/")[0], (HERE / case).read_bytes()).listing is listing


@pytest.mark.parametrize("platform", platforms.names())
def test_an_address_of_its_own_is_all_that_is_asked_and_as_often_as_its_source_says(platform: str) -> None:
    address = "https://mirror.example/gull.json?all"
    (request,) = platforms.requests(source(platform, url=address, every=60, allow_private=True), Known())
    assert (request.url, request.every, request.allow_private) == (address, 60, True)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, "https://status.cloud.google.com/incidents.json"),
        ({"page": "https://status.heron.example/"}, "https://status.heron.example/incidents.json"),
        ({"page": "https://w.example/appsstatus/dashboard"}, "https://w.example/appsstatus/dashboard/incidents.json"),
    ],
)
def test_google_keeps_everything_in_one_list(given: dict[str, str], asked: str) -> None:
    (request,) = google_cloud.requests(source("google_cloud", **given), Known())
    assert (request.url, request.every) == (asked, 300)


def test_google_incidents_are_linked_on_the_page_that_tells_them() -> None:
    body = (HERE / "google_cloud/incidents.json").read_bytes()
    place = "incidents/QwErTy12uIoPasDF34gH"
    paged = google_cloud.read(document(source("google_cloud", page="https://w.example/dash"), body))
    fetched = google_cloud.read(document(source("google_cloud"), body, "https://heron.example/x/incidents.json"))
    addressed = google_cloud.read(
        document(source("google_cloud", url="https://heron.example/x/incidents.json?a"), body)
    )
    assert paged.announcements[0].url == f"https://w.example/dash/{place}"
    assert fetched.announcements[0].url == addressed.announcements[0].url == f"https://heron.example/x/{place}"


def test_a_bare_file_of_google_is_linked_only_where_it_tells_which_dashboard_it_is_of() -> None:
    body = (HERE / "google_cloud/incidents.json").read_bytes()
    elsewhere = body.replace(b'"affected_locations"', b'"left_out"')
    mirrored = google_cloud.read(document(source("google_cloud", url="https://mirror.example/w.json"), elsewhere))
    (clouds, *_), (unknown, *_) = (read("google_cloud", each).announcements for each in (body, elsewhere))
    assert clouds.url == "https://status.cloud.google.com/incidents/QwErTy12uIoPasDF34gH"
    assert unknown.url is mirrored.announcements[0].url is None


def test_the_first_update_of_a_google_incident_is_an_edit_of_what_was_told_before_it() -> None:
    body = json.loads((HERE / "google_cloud/without-updates.json").read_bytes())
    (before,) = read("google_cloud", json.dumps(body).encode()).announcements
    body[0]["updates"] = [{"created": body[0]["created"], "text": "Uploads wait.", "status": "SERVICE_DISRUPTION"}]
    (after,) = read("google_cloud", json.dumps(body).encode()).announcements
    assert before.id == after.id and after.text == "Uploads wait."


def test_a_google_incident_whose_product_has_no_name_is_of_the_components_of_its_source() -> None:
    update = {"created": "2026-05-04T10:20:00+00:00", "text": "The queue is slow."}
    body = json.dumps([{"id": "a", "affected_products": [{"id": "q"}], "updates": [update]}]).encode()
    (said,) = read("google_cloud", body, components=("Queue",)).announcements
    assert said.components == ("Queue",)


def test_a_google_incident_without_update_and_time_tells_nothing() -> None:
    assert read("google_cloud", b'[{"id": "a", "updates": [], "external_desc": "Down."}]').announcements == ()


def test_slack_asks_often_for_what_is_open_and_hourly_for_the_history() -> None:
    current, history = slack.requests(source("slack", page="https://status.tern.example"), Known())
    assert (current.url, current.every) == ("https://status.tern.example/api/v2.0.0/current", 120)
    assert (history.url, history.every) == ("https://status.tern.example/api/v2.0.0/history", 3600)


def more(of: Document, *before: str) -> tuple[Request, ...]:
    """What a document leads to where the one before it listed these."""
    now = replace(of, held={key: (key,) for key in before})
    return platforms.more(now, platforms.read(now), Known())


def test_slack_reads_the_history_when_an_open_incident_has_left_the_list() -> None:
    current = document(source("slack"), (HERE / "slack/current.json").read_bytes(), purpose="current")
    assert more(current, "4021", "4020") == ()
    (history,) = more(current, "4021", "4008")
    assert history == slack.requests(source("slack"), Known())[1]
    assert more(replace(current, purpose="history"), "4008") == ()


@pytest.mark.parametrize("later", ["06:02:00", "06:40:00"])
def test_notes_of_slack_of_one_second_are_the_same_in_either_list(later: str) -> None:
    times = ("06:02:00", "06:02:00", later)
    notes = [{"date_created": f"2026-05-11T{at}-07:00", "body": f"Note {n}."} for n, at in enumerate(times)]
    incident = {"id": 7, "title": "Mail waits", "status": "active"}
    history = read("slack", json.dumps([{**incident, "notes": notes}]).encode())
    current = read("slack", json.dumps({"active_incidents": [{**incident, "notes": notes[::-1]}]}).encode())
    assert current.announcements == history.announcements
    assert [said.text for said in history.announcements] == ["Note 0.", "Note 1.", "Note 2."]


@pytest.mark.parametrize(
    "given", [{}, {"page": "https://health.aws.amazon.com/"}, {"page": "https://health.aws.amazon.com/health/status"}]
)
def test_aws_is_asked_often_for_its_list_and_daily_for_its_history(given: dict[str, str]) -> None:
    asked = [(request.url, request.every) for request in aws.requests(source("aws", **given), Known())]
    assert asked == [("https://health.aws.amazon.com/public/currentevents", 300), (aws.HISTORY, 86_400)]


@pytest.mark.parametrize(
    ("mark", "encoding"), [("\ufeff", "utf-16-be"), ("\ufeff", "utf-16-le"), ("", "utf-16-be"), ("\ufeff", "utf-8")]
)
def test_aws_is_read_in_the_encoding_in_which_it_comes(mark: str, encoding: str) -> None:
    text = (HERE / "aws/events.json").read_text("utf-8")
    assert read("aws", (mark + text).encode(encoding)) == read("aws", text.encode())


def test_an_event_of_aws_that_did_not_change_is_passed_over() -> None:
    events = json.loads((HERE / "aws/events.json").read_bytes())
    whole = document(source("aws"), json.dumps(events).encode())
    before = aws.read(whole)
    events[1]["event_log"][1]["message"] = "All letters are delivered."
    after = aws.read(replace(whole, body=json.dumps(events).encode(), held=before.entries))
    assert [said.text for said in after.announcements][1:] == ["All letters are delivered."]
    assert {said.incident_key for said in after.announcements} == {events[1]["arn"]}
    assert after.listed == before.listed and len(after.entries) == len(events)


@pytest.mark.parametrize(
    ("ends", "at"),
    [
        ({"status": "0"}, None),
        ({"summary": "[Resolved] Mail waits"}, None),
        ({"end_time": "1777883400"}, datetime(2026, 5, 4, 8, 30, tzinfo=UTC)),
        ({"status": 0, "end_time": 1777880000}, datetime(2026, 5, 4, 8, 5, 9, tzinfo=UTC)),
    ],
)
def test_an_event_of_aws_may_end_by_its_fields_alone(ends: dict[str, Any], at: datetime | None) -> None:
    """Not before its last word; at an unknown time where no field tells one."""
    log = [{"status": 1, "message": f"{number} letters wait.", "timestamp": 1777881900 + number} for number in (9, 5)]
    event = {"arn": "arn:aws:health:x::event/a", "status": "1", "summary": "Mail waits", "event_log": log}
    first, last = read("aws", json.dumps([event]).encode()).announcements
    assert (first.text, last.text, last.status) == ("5 letters wait.", "9 letters wait.", "Impacted")
    *before, end = read("aws", json.dumps([event | ends]).encode()).announcements
    assert [said.id for said in before] == [first.id, last.id] and {said.status for said in before} == {"Impacted"}
    assert (end.id, end.text, end.status, end.published_at) == (f"{event['arn']}/end", "Mail waits", "Resolved", at)
    log[0]["summary"] = "[RESOLVED] Mail waits"
    assert [said.id for said in read("aws", json.dumps([event | ends]).encode()).announcements] == [first.id, last.id]


def test_heroku_asks_often_for_what_is_open_and_hourly_for_the_last_incidents() -> None:
    current, history = heroku.requests(source("heroku", page="https://status.heroku.com/incidents"), Known())
    assert (current.url, current.every) == ("https://status.heroku.com/api/v4/current-status", 120)
    assert (history.url, history.every) == ("https://status.heroku.com/api/v4/incidents?limit=25", 3600)


def test_an_incident_of_heroku_may_come_alone() -> None:
    whole = json.loads((HERE / "heroku/history.json").read_bytes())
    alone = read("heroku", json.dumps(whole[0]).encode())
    assert [said.id for said in alone.announcements] == ["7114/20411", "7114/20420"]
    assert alone.listing is Listing.PART


def test_an_incident_of_heroku_that_tells_no_address_stands_on_its_page() -> None:
    body = (HERE / "heroku/current.json").read_bytes()
    said = heroku.read(document(source("heroku", page="https://status.gannet.example/"), body)).announcements
    assert said[-1].url == "https://status.gannet.example/incidents/7115"


SALESFORCE = "https://api.status.salesforce.com/v1"


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("", {"/incidents/active": 120, "/incidents?limit=50&sort=id&order=DESC": 3600}),
        ("/current/incidents", {"/incidents/active": 120, "/incidents?limit=50&sort=id&order=DESC": 3600}),
        ("/instances/NA137", {"/instances/NA137/status": 120}),
        ("/instances/Heroku%20London/?x#y", {"/instances/Heroku%20London/status": 120}),
        ("/products/B2C_Commerce_Cloud", {"/instances/status/preview?products=B2C_Commerce_Cloud": 120}),
    ],
)
def test_salesforce_is_asked_for_as_little_as_tells_it(page: str, asked: dict[str, int]) -> None:
    """Never for the status of all its instances, which is 1.5 MB."""
    requests = salesforce.requests(source("salesforce", page=f"https://status.salesforce.com{page}"), Known())
    assert {request.url: request.every for request in requests} == {
        f"{SALESFORCE}{path}": every for path, every in asked.items()
    }


def test_any_document_of_salesforce_is_fetched_as_it_is() -> None:
    url = f"{SALESFORCE}/instances/status/preview"
    (request,) = salesforce.requests(source("salesforce", url=url, every=7200), Known())
    assert (request.url, request.every) == (url, 7200)
    body = (HERE / "salesforce/active.json").read_bytes()
    active = replace(document(source("salesforce"), body, f"{SALESFORCE}/incidents/active"), purpose="url")
    assert salesforce.read(active).listing is Listing.ACTIVE and more(active, "1") == ()


def test_an_incident_of_salesforce_that_left_its_list_is_asked_for_and_planned_work_is_not() -> None:
    body = (HERE / "salesforce/active.json").read_bytes()
    active = document(source("salesforce"), body, purpose="open")
    (gone,) = more(active, "30412", "30399", "maintenance/880101")
    assert (gone.url, gone.every, gone.may_be_gone) == (f"{SALESFORCE}/incidents/30399", None, True)


@pytest.mark.parametrize(
    ("status", "end", "over"),
    [
        ("Resolved", None, True), ("closed", None, True), ("Active", "2026-05-18T07:00:00.000Z", False),
        ("Canceled", None, False), (None, "2026-05-18T07:00:00.000Z", True), (None, None, False), (" ", None, False),
    ],
)  # fmt: skip
def test_an_incident_of_salesforce_is_over_by_its_state_else_by_the_ends_of_its_impacts(
    status: str | None, end: str | None, over: bool
) -> None:
    event = {"id": 1, "type": "update", "message": "Nests are late.", "createdAt": "2026-05-18T06:10:00.000Z"}
    impacts = [{"startTime": event["createdAt"], "endTime": at} for at in ("2026-05-18T06:30:00.000Z", end)]
    incident = {"id": 7, "status": status, "IncidentEvents": [event], "IncidentImpacts": impacts}
    ids = [said.id for said in read("salesforce", json.dumps(incident).encode()).announcements]
    assert ids == (["7/1", "7/end"] if over else ["7/1"])


def test_what_an_incident_of_salesforce_tells_again_is_not_kept_with_each_event() -> None:
    events = [{"id": n, "message": f"Word {n}.", "createdAt": f"2026-05-18T06:1{n}:00.000Z"} for n in (1, 2)]
    timeline = [{"sourceId": each["id"], "content": each["message"]} for each in events]
    body = json.dumps([{"id": 7, "IncidentEvents": events, "timeline": timeline}]).encode()
    first, second = read("salesforce", body).announcements
    assert [b"Word 1." in said.original for said in (first, second)] == [True, False]


def test_an_event_of_salesforce_without_a_number_is_known_by_its_second() -> None:
    event = {"type": "update", "message": "", "createdAt": "2026-05-18T06:10:02.300Z"}
    body = json.dumps({"id": 7, "IncidentEvents": [event], "serviceKeys": ["B2CCore"], "type": "Disruption"}).encode()
    (said,) = read("salesforce", body).announcements
    assert (said.id, said.text, said.status) == ("7/2026-05-18T06:10:02Z", "B2C Core: disruption", None)


@pytest.mark.parametrize(
    ("platform", "body", "told"),
    [
        ("aws", b'{"message": "Forbidden"}', "needs a list of events, has dict"),
        ("aws", b'["back soon"]', "the list holds no incident"),
        ("aws", b'[{"id": "a", "updates": []}]', "an event: needs 'service' as str"),
        ("aws", b'[{"arn": "a", "event_log": {}}]', "event a: needs 'event_log' as list"),
        ("aws", b'[{"arn": "a", "date": true}]', "'timestamp' is no time: 'True'"),
        ("aws", b'[{"arn": "a", "event_log": [{"timestamp": "soon"}]}]', "'timestamp' is no time: 'soon'"),
        ("aws", b'{"archive": [{"service": "mail"}]}', "'date' is no time: 'None'"),
        ("aws", b"<html><title>Moved</title></html>", "HTML or XML, not JSON"),
        ("google_cloud", b"3", "needs incidents, has int"),
        ("google_cloud", b'["back soon"]', "the list holds no incident"),
        ("google_cloud", b'[{"id": "a"}]', "incident a: needs 'updates' as list"),
        ("google_cloud", b'[{"number": 1}]', "needs 'service_key' as str"),
        ("google_cloud", b'[{"id": "a", "updates": [{"created": "soon"}]}]', "'created' is no time: 'soon'"),
        ("google_cloud", b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id></entry></feed>', "no entry of"),
        ("heroku", b"3", "needs incidents, has int"),
        ("heroku", b'["back soon"]', "the list holds no incident"),
        ("heroku", b'{"status": {"Production": "green"}, "issues": []}', "an incident: needs 'id' as int"),
        ("heroku", b'{"status": [], "incidents": null}', "needs 'incidents' as list"),
        ("heroku", b'{"status": [], "incidents": ["back soon"]}', "'incidents' holds no incident"),
        ("heroku", b'{"status": [], "incidents": []}', "needs 'scheduled' as list"),
        ("heroku", b'{"status": [], "incidents": [], "scheduled": ["soon"]}', "'scheduled' holds no incident"),
        ("heroku", b'[{"id": 7, "updates": {}}]', "incident 7: needs 'updates' as list"),
        ("heroku", b'[{"id": 7}]', "incident 7: needs 'created_at' as str"),
        ("heroku", b'[{"id": 7, "updates": [{"created_at": "soon"}]}]', "'created_at' is no time: 'soon'"),
        ("heroku", b"<html><title>Moved</title></html>", "HTML or XML, not JSON"),
        ("salesforce", b'"ok"', "needs incidents, has str"),
        ("salesforce", b'["back soon"]', "the list holds no incident"),
        ("salesforce", b'{"message": "Not found"}', "an incident: needs 'id' as int"),
        ("salesforce", b'[{"key": "GAN1", "Incidents": {}}]', "instance GAN1: needs 'Incidents' as list"),
        ("salesforce", b'[{"key": "GAN1", "Incidents": ["soon"]}]', "instance GAN1: 'Incidents' holds no incident"),
        ("salesforce", b'[{"key": "GAN1", "Incidents": [], "Maintenances": {}}]', "needs 'Maintenances' as list"),
        ("salesforce", b'[{"id": 7}]', "incidents 7: needs 'createdAt' as str"),
        ("salesforce", b'[{"id": 7, "IncidentEvents": [{"createdAt": "soon"}]}]', "'createdAt' is no time: 'soon'"),
        ("salesforce", b'[{"id": 7, "plannedStartTime": null}]', "maintenances maintenance/7: needs 'createdAt'"),
        ("salesforce", b"<html><title>Moved</title></html>", "HTML or XML, not JSON"),
        (
            "betterstack",
            b'{"data": {"type": "status_page"}, "included": [{"type": "status_update", "id": ""}]}',
            "an update: 'id' is empty",
        ),
        ("incidentio", b'{"page": 7}', "needs 'summary', 'incidents' or 'incident'"),
        ("slack", b'"ok"', "needs incidents, has str"),
        ("slack", b'{"ok": false, "error": "not_found"}', "needs 'id' as int"),
        ("slack", b'{"active_incidents": {}}', "needs 'active_incidents' as list"),
        ("slack", b'{"active_incidents": ["back soon"]}', "'active_incidents' holds no incident"),
        ("slack", b"[7]", "the list holds no incident"),
        ("slack", b'[{"id": 1, "notes": [{"body": "x"}]}]', "incident 1: needs 'date_created' as str"),
        ("slack", b'[{"id": 1, "notes": [{"date_created": "2026"}]}]', "'date_created' is no time: '2026'"),
        ("slack", b"<html><title>Moved</title></html>", "HTML or XML, not JSON"),
        ("statusio", b'{"error": "page not found"}', 'no document of Status.io: {"error":"page not found"}'),
        ("statusio", b'["back soon"]', "no document of Status.io"),
        ("statusio", b'{"result": []}', "needs 'result' as dict"),
        ("statusio", b'{"result": {}}', "needs 'incidents' as list"),
        ("statusio", b'{"result": {"incidents": ["back soon"]}}', "'incidents' holds no incident"),
        ("statusio", b'{"result": {"incidents": []}}', "needs 'maintenance' as dict"),
        ("statusio", b'{"result": {"incidents": [], "maintenance": {"active": 1}}}', "needs 'active' as list"),
        ("statusio", b'{"result": {"incidents": [{"name": "a"}]}}', "an incident: needs 'id' as str"),
        ("statusio", b'{"result": {"incidents": [{"id": "a", "messages": 3}]}}', "a: needs 'messages' as list"),
        ("statusio", b'{"result": {"incidents": [{"id": "a"}]}}', "incident a: needs 'datetime' as str"),
        ("statusio", b'{"result": {"incidents": [{"id": "a", "datetime_open": "x"}]}}', "'datetime' is no time: 'x'"),
        ("statusio", b"<html><title>Moved</title></html>", "a page that is none of Status.io's"),
        ("statusio", b"<rss><channel><item><title>a</title></item></channel></rss>", "no item of the feed links to"),
        ("statuspal", b'{"error": "not found"}', 'no document of StatusPal: {"error":"not found"}'),
        ("statuspal", b'{"page": {"id": "p"}, "incidents": []}', "no document of StatusPal"),
        ("statuspal", b'{"status_page": {}, "incidents": []}', "needs 'maintenances' as list"),
        ("statuspal", b'{"meta": {}, "incidents": {}}', "needs 'incidents' as list"),
        ("statuspal", b'{"meta": {}, "incidents": ["soon"]}', "'incidents' holds no incident"),
        ("statuspal", b'{"meta": {}, "incidents": [{"title": "a"}]}', "'incidents': needs 'id' as int"),
        ("statuspal", b'{"meta": {}, "incidents": [{"id": 7}]}', "incident 7: needs 'updates' as list"),
        ("statuspal", b'{"meta": {}, "incidents": [{"id": 7, "updates": [{}]}]}', "incident 7: needs 'id' as int"),
        ("statuspal", b'{"meta": {}, "incidents": [{"id": 7, "updates": [{"id": 1}]}]}', "an update tells no time"),
        ("statuspal", b"<html><title>Moved</title></html>", "HTML or XML, not JSON"),
    ],
)
def test_another_shape_is_refused_with_its_place(platform: str, body: bytes, told: str) -> None:
    with pytest.raises(ReadError, match=f"example/{platform}.*{re.escape(told)}"):
        read(platform, body)


# -- the captured documents ----------------------------------------------------------------------------------------

READ_AS = {"google_workspace": "google_cloud"}  # the same make of dashboard
OTHERWISE = {  # by those of that form; a page of HTML by nobody
    "aws": {".rss": "feed"}, "betterstack": {".html": "nobody"}, "incidentio": {".atom": "feed", ".json": "statuspage"}
}  # fmt: skip


def read_as(file: str) -> str:
    folder = file.split("/")[0]
    return OTHERWISE.get(folder, {}).get(Path(file).suffix) or READ_AS.get(folder, folder)


def is_of_a_platform(file: str) -> bool:
    return read_as(file) in platforms.names()


@pytest.mark.parametrize(("file", "count", "incidents"), captured.documents(is_of_a_platform))
def test_a_captured_document_gives_what_its_index_expects(file: str, count: str, incidents: str) -> None:
    body = captured.document(file)
    if count == "ReadError":
        with pytest.raises(ReadError):
            read(read_as(file), body)
        return
    reading = read(read_as(file), body)
    assert len(reading.announcements) == (0 if count == "none" else int(count))
    keys = {said.incident_key for said in reading.announcements if said.incident_key}
    assert not keys or not incidents or len(keys) == int(incidents)


# First and last time, and how often each state: read in the documents by eye.
SPOTS = {
    "apple/Apple.json": (("2026-07-30T03:20:00", "2026-07-30T03:20:00"), {"resolved": 2}),
    "apple/apple_ja_JP.first.2019-05-20.json": (("2019-05-20T03:11:00", "2019-05-20T03:11:00"), {"ongoing": 1}),
    "apple/apple_ja_JP.last_ongoing.2023-12-08.json": (
        ("2023-12-07T21:57:00", "2023-12-07T21:57:00"),
        {"resolved": 2, "ongoing": 1},
    ),
    "aws/aws.2026.trimmed.json": (("2026-03-01T12:51:25", "2026-03-01T12:51:25"), {"Impacted": 1}),
    "aws/aws.current.2020-11-07.json": (
        ("2018-05-10T01:06:00", "2020-11-07T00:42:00"),
        {"Impacted": 541, "Resolved": 317, "Degraded": 112, "Disrupted": 15, None: 2},
    ),
    "betterstack/together-index-trimmed.json": (
        ("2026-07-03T04:00:59", "2026-07-03T06:59:00"),
        {None: 1, "resolved": 1},
    ),
    "google_cloud/gcp.last.2026-08-20.json": (
        ("2026-02-27T16:12:30", "2026-08-20T16:44:37"),
        {"SERVICE_DISRUPTION": 26, "AVAILABLE": 8, "SERVICE_OUTAGE": 1, "SERVICE_INFORMATION": 1},
    ),
    "google_cloud/gcp.open.2020-11-19.json": (("2019-12-04T03:02:09", "2020-11-19T19:18:26"), {None: 506}),
    "google_cloud/gcp-feed-2022-04-01.atom": (("2022-04-01T20:13:25", "2022-04-01T20:13:25"), {"RESOLVED": 1}),
    "heroku/heroku_incident.json": (
        ("2019-10-24T18:39:30", "2019-10-24T18:49:47"),
        {"investigating": 1, "issue": 1},
    ),
    "salesforce/salesforce_incident.json": (("2020-07-29T19:04:35", "2020-07-29T19:04:35"), {None: 1}),
    "incidentio/aiven-minor.html": (("2026-03-01T23:12:45", "2026-03-03T03:01:31"), {"monitoring": 4}),
    "incidentio/linear-good.html": (
        ("2026-03-02T17:28:46", "2026-03-12T13:22:57"),
        {"resolved": 7, "investigating": 6, "monitoring": 7, "identified": 6},
    ),
    "slack/slack-current-2022-11-25.json": (("2022-11-24T03:58:17", "2022-11-25T02:53:02"), {None: 31}),
    "slack/slack.two.2021-07-29.json": (("2021-07-29T08:07:33", "2021-07-29T18:56:50"), {None: 4, "notice": 1}),
    "slack/slack_history.json": (("2026-07-24T02:18:40", "2026-08-17T21:57:51"), {None: 16, "resolved": 4}),
    "statusio/docker_partial.json": (("2020-07-16T17:22:08", "2020-07-16T17:22:08"), {"Investigating": 1}),
    "statusio/gitlab_maintenance.json": (
        ("2020-09-01T17:57:19", "2020-09-05T09:38:00"),
        {"Identified": 2, "Scheduled": 1, "Active": 1},
    ),
}


@pytest.mark.parametrize("file", SPOTS)
def test_a_captured_document_has_the_right_times_and_states(file: str) -> None:
    said = read(file.split("/")[0], captured.document(file)).announcements
    times = [f"{each.published_at:%Y-%m-%dT%H:%M:%S}" for each in said if each.published_at]
    assert ((times[0], times[-1]), Counter(each.status for each in said)) == SPOTS[file]
