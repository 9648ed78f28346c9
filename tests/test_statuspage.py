"""Statuspage: by API or feed the same update, times without a year in any zone, what is asked, what is refused."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import captured
import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import Web

from tracker import collect, platforms
from tracker.errors import ReadError, SourceError
from tracker.models import (
    Announcement,
    Answer,
    Document,
    Due,
    Kind,
    Known,
    Listing,
    Reading,
    Request,
    Source,
    Vendor,
    Window,
)
from tracker.platforms import _zones, statuspage
from tracker.store import Store

FOLDER = Path(__file__).parent / "platforms" / "statuspage"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
PAGE = "https://status.heronmail.example"


def source(**given: Any) -> Source:
    return Source(id="heronmail/statuspage", vendor="heronmail", platform="statuspage", **given)


def document(body: bytes | str | Any, url: str = "", of: Source | None = None, **given: Any) -> Document:
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return Document(source=of or source(), url=url, body=raw, content_type="", polled_at=NOW, **given)


def read(name: str, url: str = "", **given: Any) -> Reading:
    return statuspage.read(document((FOLDER / name).read_bytes(), url, source(**given)))


def minute(said: Announcement) -> datetime | None:
    return said.published_at and said.published_at.replace(second=0)


# -- by either way the same update -----------------------------------------------------------------------------------


def test_the_feed_names_each_update_as_the_api_does_beside_its_own_id() -> None:
    by_feed = {said.id: said for said in read("history.atom").announcements if not said.planned}
    by_api = {said.aliases[0]: said for said in read("incidents.json").announcements}
    assert by_feed.keys() == by_api.keys()
    for key, said in by_api.items():
        told = by_feed[key]
        assert (told.published_at, told.status, told.title, told.incident_key, told.url) == (
            minute(said), said.status, said.title, said.incident_key, said.url,
        )  # fmt: skip
        assert told.text == said.text or said.status == "postmortem"  # the API has it in Markdown
        assert told.links == said.links


def test_what_stands_in_the_list_of_planned_work_is_planned_though_it_names_no_hours() -> None:
    update = {"id": "u1", "status": "scheduled", "body": "We move.", "created_at": "2026-01-01T08:00:00Z"}
    work = {"id": "abcdefgh", "name": "A move", "incident_updates": [update]}
    [said] = statuspage.read(
        document({"page": {"id": "h", "url": PAGE}, "scheduled_maintenances": [work]})
    ).announcements
    [again] = statuspage.read(document(said.original)).announcements
    assert (said.planned, again.planned) == (True, True)


def test_two_of_one_label_in_one_minute_are_counted_from_the_oldest() -> None:
    ids = [said.aliases[0] for said in read("incidents.json").announcements if "T08:20Z" in said.aliases[0]]
    assert ids == ["nq1ewy3ar26a/update/2026-01-01T08:20Z/1", "nq1ewy3ar26a/update/2026-01-01T08:20Z/2"]


def test_update_leaves_the_state_as_it_was() -> None:
    states = [said.status for said in read("cigogne.rss").announcements if said.incident_key == "c1g0gn3f0002"]
    assert states == ["scheduled", "in_progress", "in_progress", "verifying", "completed"]


def test_an_update_after_the_end_does_not_reopen() -> None:
    html = paragraph("Mar 3, 10:00 UTC", "Update", "Thanks.") + paragraph("Mar 3, 09:00 UTC", "Resolved", "Over.")
    assert [said.status for said in feed(html, "2026-03-03T10:00:00Z").announcements] == ["resolved", "resolved"]


def test_a_back_dated_start_is_a_window_and_the_usual_one_is_none() -> None:
    windows = {said.incident_key: said.window for said in read("incidents.json").announcements}
    assert windows == {"nq1ewy3ar26a": Window(start=datetime(2026, 1, 1, 7, 31, tzinfo=UTC)), "r30p3n3d0001": None}


def test_components_are_named_as_the_page_names_them_without_their_groups() -> None:
    named = {said.id: said.components for said in read("incidents.json").announcements}
    assert (named["u0a2"], named["u0a4"], named["u0b1"]) == (("SMTP",), ("IMAP", "SMTP"), ())


def test_an_edit_is_when_the_text_was_changed() -> None:
    edited = {said.id: said.edited_at for said in read("incidents.json").announcements if said.edited_at}
    assert edited == {"u0a7": datetime(2026, 1, 2, 18, 58, tzinfo=UTC)}


def test_one_incident_is_read_with_and_without_its_page() -> None:
    whole = json.loads((FOLDER / "incident.json").read_text())
    bare = statuspage.read(document(whole["incident"], of=source(page=PAGE)))
    assert words(bare) == words(read("incident.json"))
    assert [said.url for said in bare.announcements] == [f"{PAGE}/incidents/r30p3n3d0001"] * 5


def words(reading: Reading) -> list[tuple[str, str | None, str]]:
    return [(said.id, said.status, said.text) for said in reading.announcements]


@pytest.mark.parametrize("path", ["", "/incidents/r30p3n3d0001.json"])
def test_one_incident_with_its_components_is_no_list_of_what_is_open(path: str) -> None:
    incident = json.loads((FOLDER / "incident.json").read_text())["incident"]
    bare = incident | {"status": "investigating", "components": [{"id": "c1", "name": "Sign-in"}]}
    for body in (bare, {"incident": bare, "components": [], "status": {}}):
        assert statuspage.read(document(body, PAGE + path if path else "")).listing is Listing.PART


def test_an_incident_without_an_update_is_told_by_its_title() -> None:
    """Its id is that of the update which will tell the same, so that this one is no second."""
    whole = json.loads((FOLDER / "incidents.json").read_text())
    incident = whole["incidents"][1]
    first = incident["incident_updates"].pop()
    bare = incident | {"status": first["status"], "resolved_at": None, "incident_updates": []}
    (said,) = statuspage.read(document(whole | {"incidents": [bare]})).announcements
    assert (said.title, said.text, said.status) == (incident["name"], incident["name"], first["status"])
    assert said.published_at == datetime.fromisoformat(incident["created_at"])
    (update,) = statuspage.read(document(whole | {"incidents": [bare | {"incident_updates": [first]}]})).announcements
    assert update.aliases == (said.id,)
    assert statuspage.read(document(said.original)).announcements == (said,)


def test_an_incident_without_an_update_is_over_when_it_says() -> None:
    times = {"created_at": "2026-02-03T10:00:00Z", "resolved_at": "2026-02-03T12:30:00Z"}
    body = {"incident": {"id": "abc", "name": "Mail waits", "status": "resolved", **times, "incident_updates": []}}
    (said,) = statuspage.read(document(body)).announcements
    assert (said.status, said.published_at) == ("resolved", datetime(2026, 2, 3, 12, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("polls", "end"),
    [(["resolved"], "the vendor's own field"), (["investigating", "resolved"], "the first post that says so")],
    ids=["read when it was over", "read while it was open too"],
)
def test_what_only_a_field_ends_lasts_until_then(tmp_path: Path, polls: list[str], end: str) -> None:
    """Its only update says "investigating"; the incident began before it, is resolved, and says since when."""
    said = datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
    begun, over = said - timedelta(minutes=10), said + timedelta(minutes=150)
    update = {"id": "u1", "status": "investigating", "body": "Mail waits for minutes.", "created_at": said.isoformat()}
    incident = {"id": "abc", "name": "Mail waits", "started_at": begun.isoformat(), "incident_updates": [update]}
    owner = source(page=PAGE)
    with Store.open(tmp_path / "tracker.db", write=True) as store:
        for left, status in zip(reversed(range(len(polls))), polls, strict=True):
            at = over + timedelta(minutes=1 - 7 * left)
            ended = {"status": status, "resolved_at": over.isoformat() if status == "resolved" else None}
            body = json.dumps({"page": {"id": "p1"}, "incidents": [incident | ended]}).encode()

            def answers(due: Iterable[Due], body: bytes = body) -> Iterator[Answer]:
                for request, _ in due:
                    yield Answer(request=request, url=request.url, status=200, body=body)

            vendors = (Vendor(slug="heronmail", name="Heronmail", sources=(owner,)),)
            collect.collect(store, vendors, now=at, poll=answers, force=True)
        (told,) = store.incidents()
        assert (told.announced_at, told.resolved_at, told.duration_s) == (said, over, 9000)
        assert (told.impact_started_at, told.impact_ended_at) == (begun, over)
        assert told.bases["resolved_at"].startswith(end) and told.bases["impact_ended_at"] == "the vendor's own field"
        list(collect.rebuild(store))
        assert store.incidents() == (told,)


def test_that_only_a_field_ends_an_incident_is_told_by_its_last_update() -> None:
    """Planned work has the hours that were planned."""
    told = [("u2", "monitoring", "11:10"), ("u1", "investigating", "10:00")]
    updates = [{"id": id_, "status": state, "created_at": f"2026-02-03T{at}:00Z"} for id_, state, at in told]
    over = {"status": "resolved", "started_at": "2026-02-03T10:00:00Z", "resolved_at": "2026-02-03T12:30:00Z"}
    said = statuspage.read(document({"incident": {"id": "abc", "incident_updates": updates, **over}})).announcements
    assert tuple(statuspage.read(document(each.original)).announcements[0] for each in said) == said
    assert [(each.status, each.window) for each in said] == [
        ("investigating", None), ("resolved", Window(end=datetime(2026, 2, 3, 12, 30, tzinfo=UTC))),
    ]  # fmt: skip
    plan = {"id": "abc", "incident_updates": updates, **over, "scheduled_until": "2026-02-03T12:00:00Z"}
    said = statuspage.read(document({"scheduled_maintenance": plan})).announcements
    assert {each.window for each in said} == {Window(end=datetime(2026, 2, 3, 12, tzinfo=UTC))}


@pytest.mark.parametrize("fields", [{"impact": "maintenance"}, {"scheduled_for": "2026-02-03T10:00:00Z"}])
def test_planned_work_among_incidents_is_known_by_its_impact_and_by_its_hours(fields: dict[str, str]) -> None:
    update = {"id": "u1", "status": "identified", "body": "We move.", "created_at": "2026-01-01T08:00:00Z"}
    [said] = statuspage.read(document({"incident": {"id": "a", "incident_updates": [update], **fields}})).announcements
    assert said.planned


def test_an_incident_without_an_update_and_a_title_says_nothing() -> None:
    assert statuspage.read(document({"incident": {"id": "abc", "incident_updates": None}})).announcements == ()


def test_ids_of_incident_io_tell_the_time_where_no_field_does() -> None:
    first, second = read("compat.json").announcements
    assert (first.id, first.published_at) == (
        "01KJWB6J6G8M2N4P6Q8R0S2T4V",
        datetime(2026, 3, 4, 11, 54, 43, tzinfo=UTC),
    )
    assert (second.text, second.title, second.status) == ("", "Calls drop after a minute", "monitoring")


def test_of_a_file_of_versions_the_last_counts() -> None:
    reading = read("versions.ndjson")
    assert [(said.id, said.title, said.text) for said in reading.announcements] == [
        ("u0c1", "Search is slow or fails", "Searching one's mail takes minutes, or fails."),
        ("u0c2", "Search is slow or fails", "One of the indexes is being built anew."),
    ]
    assert reading.listing is Listing.PART


# -- times without a year --------------------------------------------------------------------------------------------


def paragraph(when: str, label: str, text: str) -> str:
    return f"<p><small>{when}</small><br><strong>{label}</strong> - {text}</p>"


def feed(html: str, published: str, updated: str = "", timezone: str | None = None) -> Reading:
    times = f"<published>{published}</published><updated>{updated or published}</updated>"
    link = f'<link href="{PAGE}/incidents/abc"/><title>Mail waits</title>'
    entry = f'<entry>{link}{times}<content type="html">{escape(html)}</content></entry>'
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'
    return statuspage.read(document(body, of=source(timezone=timezone)))


ZONES = ["UTC", "Europe/Paris", "Europe/London", "America/Los_Angeles", "America/Chicago", "Asia/Shanghai",
         "Asia/Kolkata", "America/Sao_Paulo", "Australia/Sydney", "Pacific/Auckland"]  # fmt: skip
MOMENTS = st.integers(1_357_000_000, 2_082_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(MOMENTS, st.lists(st.timedeltas(timedelta(minutes=0), timedelta(days=120)), max_size=4), st.sampled_from(ZONES))
def test_what_a_page_shows_in_its_zone_is_read_in_utc(newest: datetime, gaps: list[timedelta], zone: str) -> None:
    times = [newest]
    for gap in gaps:
        times.append(times[-1] - gap)
    shown = [at.astimezone(ZoneInfo(zone)).strftime("%b %d, %H:%M %Z") for at in times]
    html = "".join(paragraph(when, "Update", "Still waiting.") for when in shown)
    said = feed(html, newest.isoformat(), timezone=zone).announcements
    assert [each.published_at for each in said] == [at.replace(second=0, microsecond=0) for at in reversed(times)]


@pytest.mark.parametrize(
    ("when", "published", "read_as"),
    [
        ("Nov 22, 08:38 PST", "2025-11-22T16:38:20Z", "2025-11-22T16:38"),
        ("Jun 10, 08:38 PST", "2026-06-10T15:38:20Z", "2026-06-10T15:38"),  # summer, under the name of winter
        ("Jun 10, 11:05 CST", "2026-06-10T03:05:59Z", "2026-06-10T03:05"),  # China, as the field shows
        ("Jun 10, 11:05 CST", "2026-06-12T00:00:00Z", "2026-06-10T17:05"),  # nothing shows it: the likely one
        ("Jan  1, 00:10 GMT+5", "2025-12-31T19:10:00Z", "2025-12-31T19:10"),
        ("Dec 31, 23:50 CET", "2026-01-01T02:00:00Z", "2025-12-31T22:50"),
        ("Feb 29, 12:00 UTC", "2024-02-29T12:00:00Z", "2024-02-29T12:00"),
        ("July 4, 9:15 PM EDT", "2026-07-05T01:15:00Z", "2026-07-05T01:15"),
        ("Mar 1, 2019, 12:00 UTC", "2026-03-01T12:00:00Z", "2019-03-01T12:00"),
        ("Jul 12, 2026 - 10:36 UTC", "2026-07-20T00:00:00Z", "2026-07-12T10:36"),
        ("juil. <var>12</var>, <var>12:36</var> CEST", "2026-07-20T00:00:00Z", "2026-07-12T10:36"),
        ("Oct<var>04</var><var>09:12</var> UTC", "2026-10-07T00:00:00Z", "2026-10-04T09:12"),
        ("Oct04 09:12 UTC", "2026-10-07T00:00:00Z", "2026-10-04T09:12"),
        ("2026-03-01T12:00:07Z", "2026-03-04T00:07:00Z", "2026-03-01T12:00"),
        ("2026-03-01 12:00 +05:30", "2026-03-04T00:07:00Z", "2026-03-01T06:30"),
        ("2026-13-01 12:00 UTC", "2026-03-01T11:00:00Z", "2026-03-01T11:00"),
        ("Mar 1, 12:00 XYZT", "2026-03-04T00:07:00Z", None),
        ("Foo 1, 12:00 UTC", "2026-03-01T11:00:00Z", "2026-03-01T11:00"),
        ("Feb 30, 12:00 UTC", "2026-03-01T11:00:00Z", "2026-03-01T11:00"),
        ("Mar 1, 25:00 UTC", "2026-03-01T11:00:00Z", "2026-03-01T11:00"),
    ],
)
def test_the_field_of_the_entry_tells_the_year_and_the_zone(when: str, published: str, read_as: str | None) -> None:
    (said,) = feed(paragraph(when, "Investigating", "Mail waits."), published).announcements
    assert (said.published_at and f"{said.published_at:%Y-%m-%dT%H:%M}") == read_as


MONTHS = {
    "English": "Jan February Mar Apr May June July August Sept October Nov December",
    "French": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "German": "Januar Feb. März Apr Mai Juni Juli Aug September Okt Nov. Dez",
    "Spanish": "ene febrero marzo abr. mayo junio julio agosto septiembre octubre nov dic.",
    "Italian": "gen febbraio mar aprile mag giugno lug agosto set ottobre novembre dic",
    "Portuguese": "jan. fev. março abr. maio jun. julho ago. set. out. novembro dez.",
    "Dutch": "jan februari mrt april mei juni juli augustus sep okt november dec",
}


@pytest.mark.parametrize("language", MONTHS)
def test_months_are_known_by_their_names(language: str) -> None:
    """Also of the updates that no field of the entry tells: all but the newest."""
    newest = paragraph("Dec 31, 12:00 UTC", "Resolved", "Over.")
    for month, name in enumerate(MONTHS[language].split(), 1):
        html = newest + paragraph(f"{name} 12, 09:30 UTC", "Investigating", "Mail waits.")
        (said, _) = feed(html, "2026-12-31T12:00:00Z").announcements
        assert said.published_at == datetime(2026, month, 12, 9, 30, tzinfo=UTC), name


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (("Dec 30, 22:40 UTC Investigating", "Jan 2, 09:00 UTC Update", "Jan 2, 09:00 UTC Resolved"),
         ("2025-12-30T22:40 investigating", "2026-01-02T09:00 investigating", "2026-01-02T09:00 resolved")),
        (("Mar 1, 09:00 UTC Resolved", "Mar 1, 09:30 UTC Investigating"),  # times moved by hand
         ("2026-03-01T09:30 investigating", "2026-03-01T09:00 resolved")),
        (("Jan 2, 09:00 UTC Update", "Dec 30, 22:40 UTC Investigating"),
         ("2025-12-30T22:40 investigating", "2026-01-02T09:00 investigating")),
    ],
)  # fmt: skip
def test_updates_that_rise_from_the_oldest_are_read_in_that_order(shown: Any, told: Any) -> None:
    html = "".join(paragraph(*each.rsplit(" ", 1), "Mail waits.") for each in shown)
    said = feed(html, "2026-03-01T09:00:00Z" if "Mar" in html else "2026-01-02T09:00:00Z").announcements
    assert [f"{each.published_at:%Y-%m-%dT%H:%M} {each.status}" for each in said] == sorted(told)


def test_a_plan_that_is_filed_under_the_minute_at_which_the_work_begins_keeps_its_year() -> None:
    """It stands below the update that followed it, with a later time; that of a year before stays there."""
    shown = ("Feb 20, 18:37 UTC Completed", "Feb 20, 17:00 UTC Verifying", "Feb 15, 13:53 UTC Update",
             "Feb 20, 17:00 UTC Scheduled", "May 3, 08:00 UTC Scheduled")  # fmt: skip
    html = "".join(paragraph(*each.rsplit(" ", 1), "Disks are changed.") for each in shown)
    said = feed(html, "2024-02-20T18:37:46Z").announcements
    assert [f"{each.published_at:%Y-%m-%d %H:%M}" for each in said] == [
        "2023-05-03 08:00", "2024-02-15 13:53", "2024-02-20 17:00", "2024-02-20 17:00", "2024-02-20 18:37",
    ]  # fmt: skip


def test_a_time_that_cannot_be_read_is_the_entrys_and_names_the_update() -> None:
    """The id stays when the next update takes the field. What is older was told no later, and stays before it."""
    first = paragraph("7月12日 12:36", "Investigating", "Mail waits.")
    (alone,) = feed(first, "2026-07-12T03:36:05Z").announcements
    assert (alone.published_at, alone.id) == (
        datetime(2026, 7, 12, 3, 36, 5, tzinfo=UTC), "abc/investigating/7月12日 12:36/1",
    )  # fmt: skip
    later = feed(paragraph("7月12日 13:00", "Resolved", "Over.") + first, "2026-07-12T04:00:00Z").announcements
    assert [(said.id, said.published_at) for said in later] == [
        ("abc/investigating/7月12日 12:36/1", datetime(2026, 7, 12, 4, 0, tzinfo=UTC)),
        ("abc/resolved/7月12日 13:00/1", datetime(2026, 7, 12, 4, 0, tzinfo=UTC)),
    ]
    for said in later:
        assert statuspage.read(document(said.original)).announcements == (said,)


@pytest.mark.parametrize("order", [1, -1])
def test_updates_without_a_time_are_told_and_are_of_the_entry(order: int) -> None:
    """As the mirrors and the imitators of a Statuspage write them. What is no state begins none."""
    parts = (
        "<p><strong>Resolved</strong> - Over.</p>",
        "<strong>MONITORING</strong> - Mended. <strong>Note</strong> - It was a disk.<br>",
        "<p><strong>Investigating</strong> - Mail waits.</p>",
    )
    told = feed("".join(parts[::order]), "2026-07-12T03:36:05Z").announcements
    assert [(said.id, said.status, said.text) for said in told] == [
        ("abc/investigating//1", "investigating", "Mail waits."),
        ("abc/monitoring//1", "monitoring", "Mended. Note - It was a disk."),
        ("abc/resolved//1", "resolved", "Over."),
    ]
    for said in told:
        assert said.published_at == datetime(2026, 7, 12, 3, 36, 5, tzinfo=UTC)
        assert statuspage.read(document(said.original)).announcements == (said,)


@pytest.mark.parametrize(
    ("later", "new"),
    [
        ([("12:20", "Identified", "A disk was full.")], []),
        ([("12:45", "Identified", "It was not the disk.")], ["12:45 It was not the disk."]),
        ([("12:20", "Identified", "A."), ("12:10", "Identified", "B.")], ["12:10 B.", "12:20 A."]),
        ([("12:20", "Update", "A disk was full.")], ["12:20 A disk was full."]),
    ],
    ids=["the same", "another one, behind a word that stands", "two, of which none is it", "another state"],
)
def test_an_update_that_is_reworded_and_moved_at_one_poll_is_told_once(
    store: Store, later: list[tuple[str, str, str]], new: list[str]
) -> None:
    """Its id of the feed holds its minute. It takes its place by its state and by the words around it."""
    stand = [
        ("12:05", "Investigating", "Mail waits."),
        ("12:40", "Monitoring", "Mended."),
        ("12:50", "Resolved", "Ok."),
    ]
    known = ("12:30", "Identified", "A disk is full.")
    address = f"<link href='{PAGE}/incidents/abc'/><updated>2026-03-02T12:50:00Z</updated>"
    for number, told in enumerate(([known], later)):
        updates = sorted((*stand, *told), reverse=True)
        html = escape("".join(paragraph(f"Mar 2, {at} UTC", label, text) for at, label, text in updates))
        entry = f"<entry><title>Mail</title>{address}<content type='html'>{html}</content></entry>"
        at = datetime(2026, 3, 2, 13 + number, tzinfo=UTC)
        Web(other=f"<feed>{entry}</feed>".encode()).run(store, source(url=f"{PAGE}/history.atom"), at, force=True)
    [incident] = store.incidents()
    told_before = [f"{at} {text}" for at, _, text in (*stand, known)]
    assert [f"{step.at:%H:%M} {step.text}" for step in incident.steps] == sorted(told_before + new)


def test_updates_without_a_time_that_stand_oldest_first_are_so_before_the_end_too() -> None:
    """Each is counted from the oldest: it has the same id when the next one is added."""
    parts = [
        f"<p><strong>{label}</strong> - {words}</p>"
        for label, words in (
            ("Investigating", "Mail waits."),
            ("Update", "Still."),
            ("Update", "Yet."),
            ("Resolved", "."),
        )
    ]
    grown = [feed("".join(parts[:count]), "2026-07-12T03:36:05Z").announcements for count in (2, 3, 4)]
    ids = ["abc/investigating//1", "abc/update//1", "abc/update//2", "abc/resolved//1"]
    assert [[said.id for said in told] for told in grown] == [ids[:2], ids[:3], ids]
    assert [said.text for said in grown[-1]] == ["Mail waits.", "Still.", "Yet.", "."]


def test_a_link_that_begins_with_the_host_is_an_address() -> None:
    body = (FOLDER / "onlineornot.rss").read_bytes().replace(b"<link>https://", b"<link>")
    of = source(url="https://status.fulmar.example/incidents.rss")
    told = statuspage.read(document(body, of=of)).announcements
    assert {said.url for said in told} == {
        "https://status.fulmar.example/incidents/p-zN7SQJP",
        "https://status.fulmar.example/incidents/q-1S3QJP",
    }
    assert [statuspage.read(document(said.original, of=of)).announcements[0].url for said in told] == [
        said.url for said in told
    ]


def test_the_source_may_say_its_zone() -> None:
    html = paragraph("Mar 1, 12:00 XYZT", "Investigating", "Mail waits.")
    (said,) = feed(html, "2026-03-04T00:07:00Z", timezone="Asia/Kolkata").announcements
    assert said.published_at == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_told_apart_by_its_abbreviation() -> None:
    paris, wall = ZoneInfo("Europe/Paris"), datetime(2025, 10, 26, 2, 35)  # noqa: DTZ001
    assert _zones.offset("CEST", wall, paris, {}) == timedelta(hours=2)
    assert _zones.offset("cet", wall, paris, {}) == timedelta(hours=1)
    assert _zones.offset("CET", wall, None, {}) == timedelta(hours=1)
    assert _zones.offset("UTC+05:45", wall, None, {}) == timedelta(hours=5, minutes=45)
    assert _zones.offset("-03", wall, None, {}) == timedelta(hours=-3)
    assert _zones.offset("", wall, paris, {}) == timedelta(hours=2)
    assert _zones.offset("CST", wall, None, {"CST": timedelta(hours=8)}) == timedelta(hours=8)
    assert _zones.offset("XYZT", wall, None, {}) is None


@pytest.mark.parametrize(
    ("banner", "window"),
    [
        ("Feb <var data-var='date'> 7</var>, <var data-var='time'>22:00</var> UTC &nbsp;-&nbsp; Feb 8, 01:30 UTC",
         ("2026-02-07T22:00", "2026-02-08T01:30")),
        ("Feb 7, 22:00 - 23:15 UTC", ("2026-02-07T22:00", "2026-02-07T23:15")),
        ("Feb 7, 2026 22:00-23:15 UTC", ("2026-02-07T22:00", "2026-02-07T23:15")),
        ("Feb 7, 2026 - 22:00 UTC - Feb 8, 2026 - 01:30 UTC", ("2026-02-07T22:00", "2026-02-08T01:30")),
        ("Dec 31, 23:00 UTC - Jan 1, 02:00 UTC", ("2025-12-31T23:00", "2026-01-01T02:00")),
        ("soon", None),
    ],
)  # fmt: skip
def test_a_banner_has_the_window_of_what_is_planned(banner: str, window: tuple[str, str] | None) -> None:
    html = f"<p><strong>THIS IS A SCHEDULED EVENT {banner}</strong></p>"
    html += paragraph("Dec 20, 10:00 UTC", "Scheduled", "We move mailboxes.")
    start = f"{window[0]}:00Z" if window else "2026-02-07T22:00:00Z"
    (said,) = feed(html, start, "2025-12-20T10:00:31Z").announcements
    found = said.window and (f"{said.window.start:%Y-%m-%dT%H:%M}", f"{said.window.end:%Y-%m-%dT%H:%M}")
    assert (said.published_at, said.planned, found) == (datetime(2025, 12, 20, 10, tzinfo=UTC), True, window)


# -- what is asked ---------------------------------------------------------------------------------------------------


def test_the_open_list_is_asked_often_and_the_whole_lists_hourly() -> None:
    calm = statuspage.requests(source(page=f"{PAGE}/", allow_private=True), Known())
    assert [(r.purpose, r.url.removeprefix(PAGE), r.every, r.allow_private) for r in calm] == [
        ("open", "/api/v2/incidents/unresolved.json", 300, True),
        ("incidents", "/api/v2/incidents.json", 3600, True),
        ("maintenances", "/api/v2/scheduled-maintenances.json", 3600, True),
    ]
    wished = statuspage.requests(source(page=PAGE, every=7200), Known())
    assert [request.every for request in wished] == [7200, 7200, 7200]


@pytest.mark.parametrize("path", ["/history.atom", "/api/v2/summary.json"])
def test_an_address_is_fetched_as_it_is(path: str) -> None:
    (request,) = statuspage.requests(source(url=PAGE + path), Known())
    assert (request.url, request.purpose, request.every) == (PAGE + path, "url", 300)


@pytest.mark.parametrize("page", ["status.heronmail.example", f"{PAGE}/history.atom", f"{PAGE}/api/v2/summary.json"])
def test_what_is_no_page_is_named_with_what_would_be_right(page: str) -> None:
    with pytest.raises(SourceError, match=f"heronmail/statuspage: '{page}' is no status page; right would be"):
        statuspage.requests(source(page=page), Known())


def more(document: Document) -> tuple[Request, ...]:
    return platforms.more(document, statuspage.read(document), Known())


def test_what_has_left_the_open_list_is_fetched_by_itself() -> None:
    page = source(page=PAGE)
    whole = json.loads((FOLDER / "incidents.json").read_text())
    address = f"{PAGE}/api/v2/incidents/unresolved.json"
    before = statuspage.read(document(whole, address, page, purpose="open"))
    left = whole | {"incidents": whole["incidents"][1:]}
    after = document(left, address, page, purpose="open", held=before.entries)
    (request,) = more(after)
    assert request.url == f"{PAGE}/api/v2/incidents/nq1ewy3ar26a.json"
    assert (request.purpose, request.every) == ("incident:nq1ewy3ar26a", None)
    assert more(document(whole, address, page, purpose="open", held=before.entries)) == ()
    assert more(document(left, address, page, purpose="incidents", held=before.entries)) == ()


# -- what a list means -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path", "listing"),
    [
        ("incidents.json", "/api/v2/incidents.json", Listing.WINDOW),
        ("incidents.json", "", Listing.WINDOW),
        ("incidents.json", "/api/v2/incidents/unresolved.json", Listing.ACTIVE),
        ("incident.json", "/api/v2/incidents/r30p3n3d0001.json", Listing.PART),
        ("incident.json", "", Listing.PART),
        ("summary.json", "/api/v2/summary.json", Listing.ACTIVE),
        ("summary.json", "", Listing.ACTIVE),
        ("summary.json", "/api/v2/scheduled-maintenances/upcoming.json", Listing.ACTIVE),
        ("compat.json", "", Listing.ACTIVE),
        ("calm.json", "/api/v2/status.json", Listing.PART),
        ("history.atom", "/history.atom", Listing.WINDOW),
        ("cigogne.rss", "", Listing.WINDOW),
        ("versions.ndjson", "", Listing.PART),
    ],
)
def test_an_absence_means_what_the_list_is(name: str, path: str, listing: Listing) -> None:
    assert read(name, PAGE + path if path else "").listing is listing


@pytest.mark.parametrize(
    ("lists", "path", "listing"),
    [
        ({"incidents": []}, "/api/v2/incidents.json", Listing.WINDOW),
        ({"incidents": []}, "", Listing.ACTIVE),
        ({"scheduled_maintenances": []}, "/api/v2/scheduled-maintenances.json", Listing.WINDOW),
        ({"scheduled_maintenances": []}, "/api/v2/scheduled-maintenances/upcoming.json", Listing.PART),
        ({"scheduled_maintenances": []}, "/api/v2/scheduled-maintenances/active.json", Listing.ACTIVE),
        ({"components": [], "status": {}, "incidents": None}, "", Listing.ACTIVE),
        ({"components": []}, "", Listing.PART),
    ],
)
def test_an_empty_list_means_so_too(lists: dict[str, Any], path: str, listing: Listing) -> None:
    reading = statuspage.read(document({"page": {"id": "p"}} | lists, PAGE + path if path else ""))
    assert (reading.announcements, reading.listed, reading.listing) == ((), (), listing)


@pytest.mark.parametrize("name", ["incidents.json", "summary.json", "history.atom", "cigogne.rss"])
def test_what_is_held_is_passed_over_and_still_listed(name: str) -> None:
    first = read(name)
    again = statuspage.read(document((FOLDER / name).read_bytes(), held=first.entries))
    assert (again.announcements, again.listed, again.entries) == ((), first.listed, first.entries)
    body = (FOLDER / name).read_bytes().replace(b"shrinks", b"is short", 1).replace(b"carte", b"card", 1)
    changed = statuspage.read(document(body, held=first.entries))
    assert (changed.listed, changed.listing) == (first.listed, first.listing)
    keys = {said.incident_key for said in changed.announcements}
    whole = statuspage.read(document(body)).announcements
    assert changed.announcements == tuple(said for said in whole if said.incident_key in keys)
    assert len(keys) == (0 if name == "summary.json" else 1)


def test_a_broken_feed_of_which_all_is_held_is_no_other_document() -> None:
    body = (FOLDER / "history.atom").read_bytes().replace(b"<entry>", b"<entry><br>", 1).replace(b"<id>", b"& <id>", 1)
    first = statuspage.read(document(body))
    again = statuspage.read(document(body, held=first.entries))
    assert (again.announcements, again.listed, again.entries) == ((), first.listed, first.entries)


# -- what imitates it --------------------------------------------------------------------------------------------------


def test_a_feed_of_instatus_tells_type_components_and_seconds() -> None:
    told = read("instatus.atom").announcements
    assert [(said.incident_key, said.planned, said.components, said.status) for said in told] == [
        ("cm6t3rn1nc1d3ntr0ut3s", False, ("Routes",), "investigating"),
        ("cm6t3rn1nc1d3ntr0ut3s", False, ("Routes",), "resolved"),
        ("cm7t3rnm41nt3n4nc3tl3s", True, ("Tiles", "Search & places"), "identified"),
        ("cm7t3rnm41nt3n4nc3tl3s", True, ("Tiles", "Search & places"), "identified"),
        ("cm7t3rnm41nt3n4nc3tl3s", True, ("Tiles", "Search & places"), "completed"),
    ]
    assert [f"{said.published_at:%Y-%m-%dT%H:%M:%S}" for said in told] == [
        "2025-12-31T21:10:00", "2026-01-01T01:40:38", "2026-02-23T09:00:00", "2026-02-23T09:00:20",
        "2026-02-23T09:18:00",
    ]  # fmt: skip


def test_a_record_that_has_a_page_of_instatus_by_its_feed_goes_on_with_the_same_incidents(store: Store) -> None:
    """As a feed each is one text in its last state, and what is over was resolved from the first."""
    url, body = "https://status.ternmaps.example/history.atom", (FOLDER / "instatus.atom").read_bytes()
    told: list[dict[str, tuple[str, list[str]]]] = []

    for hour, platform in enumerate(("feed", "statuspage")):
        own = Source(id=f"terns/{platform}", vendor="terns", platform=platform, url=url)
        Web(other=body).run(store, own, NOW + timedelta(hours=hour))
        incidents = store.incidents(kinds=tuple(Kind))
        told.append({each.id: (each.state, [step.phase.value for step in each.steps]) for each in incidents})
    assert told[0].keys() == told[1].keys()
    assert [*told[0].values()] == [("resolved", ["resolved"]), ("lapsed", ["maintenance"])]
    assert [*told[1].values()] == [
        ("resolved", ["outage-start", "update", "resolved"]), ("completed", ["maintenance"] * 4)]  # fmt: skip


@pytest.mark.parametrize(
    ("link", "id_", "key"),
    [
        (f"{PAGE}/incidents/abc", "tag:x,2005:Incident/77", "abc"),
        (f"{PAGE}/incidents/abc.json", "", "abc"),
        (f"{PAGE}/#/incidents/ocid1.oraclecloudincident.oc1.phx.aaa", "", "ocid1.oraclecloudincident.oc1.phx.aaa"),
        (f"{PAGE}/#/incidents/ocid1.oraclecloudincident.oc1.phx.bbb?x", "", "ocid1.oraclecloudincident.oc1.phx.bbb"),
        (f"{PAGE}/incident/cm1x", "tag:x,2005:Incident/cm1x", "cm1x"),
        (f"{PAGE}/maintenance/cm2x", "", "cm2x"),
        (f"{PAGE}/cm3x", "tag:x,2005:Maintenance/cm3x", "cm3x"),
        (f"{PAGE}/news/77", "tag:x,2005:Incident/77", "tag:x,2005:Incident/77"),
        (f"{PAGE}/maintenance/2026/03", "", f"{PAGE}/maintenance/2026/03"),
    ],
)
def test_an_incident_goes_by_its_code(link: str, id_: str, key: str) -> None:
    html = escape(paragraph("Mar 1, 12:00 UTC", "Update", "Still waiting."))
    entry = f'<entry><id>{id_}</id><link href="{link}"/><content type="html">{html}</content></entry>'
    reading = statuspage.read(document(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'))
    assert reading.listed == (key,)


# -- the front page ----------------------------------------------------------------------------------------------------


def test_the_front_page_is_read_as_the_feed() -> None:
    by_feed = {said.id: said for said in read("history.atom", timezone="America/Los_Angeles").announcements}
    front = read("home.html", page=PAGE).announcements
    assert len(front) == 6
    for said in front:
        told = by_feed[said.id]
        assert (said.published_at, said.status, said.text, said.title, said.url) == (
            told.published_at, told.status, told.text, told.title, told.url,
        )  # fmt: skip


def test_a_front_page_tells_the_year_or_the_very_moment() -> None:
    """As the open list has it since 2022: ``Sep 14, 2024 - 00:01 CEST``, and beside it milliseconds since 1970."""
    told = [said for said in read("home-open.html").announcements if said.incident_key == "eg1rtc4rdp4y"]
    assert [(said.published_at, said.id.partition("/")[2]) for said in told] == [
        (datetime(2024, 9, 13, 21, 40, tzinfo=UTC), "investigating/2024-09-13T21:40Z/1"),
        (datetime(2024, 9, 13, 22, 1, 2, tzinfo=UTC), "update/2024-09-13T22:01Z/1"),
        (datetime(2024, 9, 13, 22, 1, 26, tzinfo=UTC), "update/2024-09-13T22:01Z/2"),
    ]


@pytest.mark.parametrize("name", ["home.html", "home-open.html"])
def test_a_front_page_that_was_indented_anew_tells_the_same_times(name: str) -> None:
    page = (FOLDER / name).read_text().replace(">2026<", ">2016<").replace(">2025<", ">2015<")
    indented = re.sub(r"\s*(<[^<>]+>)\s*", r"\n  \1\n  ", page)
    told = [statuspage.read(document(html)).announcements for html in (page, indented)]
    assert len(told[0]) == len(told[1]) > 0
    for one, other in zip(*told, strict=True):
        assert (one.id, one.published_at, one.window, one.title) == (
            other.id, other.published_at, other.window, other.title,
        )  # fmt: skip


def test_a_front_page_tells_the_impact() -> None:
    """Of what is open the box has it, of what is past the title; maintenance is planned whatever its state."""
    told = {said.incident_key: (said.impact, said.planned) for said in read("home-open.html").announcements}
    assert told == {
        "eg1rtc4rdp4y": ("major", False),
        "eg2rtst4t3m0": ("minor", False),
        "eg3rtm41nt3n": (None, True),
        "eg4rtl3dg3r5": (None, True),
        "eg5rtc3rt1f5": ("maintenance", True),
    }


def test_incidents_of_a_front_page_that_a_source_names_by_its_url_have_their_addresses() -> None:
    [address] = {
        said.url and said.url.partition("/incidents/")[0] for said in read("home.html", f"{PAGE}/").announcements
    }
    assert address == PAGE


def test_a_front_page_shows_what_is_planned() -> None:
    reading = read("home-open.html", page="https://status.egretpay.example")
    told = {said.incident_key: said for said in reading.announcements if said.window}
    assert {key: (said.status, said.published_at, said.window) for key, said in told.items()} == {
        "eg3rtm41nt3n": (
            "scheduled",
            datetime(2024, 9, 9, 14, 20, tzinfo=UTC),
            Window(start=datetime(2024, 9, 15, 22, 0, tzinfo=UTC), end=datetime(2024, 9, 16, 1, 0, tzinfo=UTC)),
        ),
        "eg4rtl3dg3r5": (
            "scheduled",
            datetime(2024, 9, 10, 9, 31, tzinfo=UTC),
            Window(start=datetime(2025, 1, 4, 21, 0, tzinfo=UTC), end=datetime(2025, 1, 5, 3, 30, tzinfo=UTC)),
        ),
    }


def test_updates_below_a_title_that_leads_nowhere_are_nobodys() -> None:
    page = (FOLDER / "home-open.html").read_text().replace('href="/incidents/eg2rtst4t3m0"', 'href="/about"')
    keys = {said.incident_key for said in statuspage.read(document(page)).announcements}
    assert keys == {"eg1rtc4rdp4y", "eg3rtm41nt3n", "eg4rtl3dg3r5", "eg5rtc3rt1f5"}


# -- the page of one incident ------------------------------------------------------------------------------------------


def test_the_page_of_an_incident_tells_it_as_the_feed_does() -> None:
    reading = read("incident-page.html", f"{PAGE}/incidents/eg9rfnds4h3l")
    assert [(said.id, said.status) for said in reading.announcements] == [
        ("eg9rfnds4h3l/investigating/2020-12-31T22:52Z/1", "investigating"),
        ("eg9rfnds4h3l/update/2020-12-31T23:40Z/1", "investigating"),
        ("eg9rfnds4h3l/resolved/2021-01-01T00:11Z/1", "resolved"),
    ]
    assert reading.listed == ("eg9rfnds4h3l",)
    assert reading.announcements[0].url == f"{PAGE}/incidents/eg9rfnds4h3l"


@pytest.mark.parametrize(
    ("words", "components"),
    [
        ("API.", ("API",)),
        ("API and Search.", ("API", "Search")),
        ("API, Search, and Mail.", ("API", "Search", "Mail")),
        ("Sites and Apps (Search, Mail).", ("Search", "Mail")),
        ("API, Europe (Oslo), Asia (Kobe, Pune) and Mail", ("API", "Oslo", "Kobe", "Pune", "Mail")),
        ("API (", ("API (",)),
    ],
)
def test_the_page_of_an_incident_names_what_it_affected(words: str, components: tuple[str, ...]) -> None:
    page = (FOLDER / "incident-page.html").read_text()
    page = re.sub("affected: [^<]*</div>", f"affected: {words}</div>", page)
    assert {said.components for said in statuspage.read(document(page)).announcements} == {components}


def test_planned_work_on_a_page_of_its_own_is_planned() -> None:
    page = (FOLDER / "incident-page.html").read_text().replace("impact-major", "impact-maintenance")
    assert all(said.planned for said in statuspage.read(document(page)).announcements)


# -- other and hostile documents ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "empty"),
        ("{", "not JSON"),
        ("[]", "no document of a Statuspage"),
        ({"error": "not found"}, "not found"),
        ({"page": {"id": "p"}}, "no 'page' with"),
        ({"page": {}, "ongoing_incidents": [], "scheduled_maintenances": []}, "'ongoing_incidents' is no list"),
        ({"incidents": []}, "no 'page' with"),
        ({"page": {"id": "p"}, "incidents": {"a": 1}}, "'incidents' is no list"),
        ({"page": {"id": "p"}, "incidents": {}}, "'incidents' is no list"),
        ({"page": {"id": "p"}, "incidents": ["back soon"]}, "'incidents' holds no incident"),
        ({"page": {"id": "p"}, "incidents": [{"name": "x"}]}, "needs 'id'"),
        ({"page": {"id": "p"}, "incidents": [{"id": "x", "incident_updates": "y"}]}, "incident x: 'incident_updates'"),
        ({"page": {"id": "p"}, "incident": []}, "needs 'incident'"),
        ({"incident": {"id": "x", "incident_updates": [{}] * 1000, "components": [{}] * 1000}}, "are too many"),
        ({"page": {"name": "Stork", "url": "https://stork.example", "status": "UP"}, "components": []}, "Instatus"),
        ({"page": {"name": "Stork", "url": "https://stork.example", "status": "HAS_ISSUES"}}, "Checkly .*/feed.rss"),
        ("<!DOCTYPE html><html><body>Just a moment</body></html>", "HTML page"),
        ('<!DOCTYPE html><html><div data-react-class="HistoryIndex" data-react-props="{}">', "tracker backfill reads"),
        ({"months": [{"name": "July", "year": 2026, "incidents": []}]}, "tracker backfill reads"),
        ('<html><i title="statuspage" class="status-day"><div class="incident-title"><a href="/incidents/a">x</a></div>'
         '<div class="update"><em>Resolved</em> yesterday</div>', "no update can be read"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><content>x</content>", "cut off"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><generator>incident.io</generator><entry><id>1</id>"
         "<title>t</title><content>Status: Resolved</content></entry></feed>", "made by incident.io"),
        ("[" * 100_000, "too deep"),
        (b'{"page":{"name":"\xff"}}', "UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_statuspage_is_refused(body: Any, told: str) -> None:
    with pytest.raises(ReadError, match=f"heronmail/statuspage: .*{told}"):
        statuspage.read(document(body))


def test_a_truncated_capture_is_refused() -> None:
    for name in ("history.atom", "cigogne.rss", "incidents.json"):
        body = (FOLDER / name).read_bytes()
        with pytest.raises(ReadError):
            statuspage.read(document(body[: len(body) // 2]))


@pytest.mark.parametrize(
    "html",
    [
        "<p><small>" * 60_000,
        paragraph("Mar 1, 12:00 UTC", "Update", "Still waiting.") * 5_000,
        "<p><small><var " * 40_000,
        "<p><small>Mar " + "<var>" * 120_000,
        "<p>" + " " * 600_000,
        '<div class="update"' * 30_000,
        "<a " * 200_000,
        "<p><strong>Type:</strong> x</p>" * 20_000 + paragraph("Mar 1, 12:00 UTC", "Update", "x") * 2_000,
        ('<div class="update">' + "<strong>a</strong> - <br><small><var ") * 9_000,
        ('<div class="incident-title"><a href="/incidents/') * 14_000,
        '<div class="incident-title"><a href="/incidents/a">x</a><div class="update"><strong>a</strong>'
        + " " * 600_000,
        '<div class="incident-title"><a href="/incidents/a">x</a><div class="update">' + "<small>a<br>" * 50_000,
    ],
)
@pytest.mark.parametrize("where", ["feed", "page"])
def test_markup_that_never_closes_costs_no_more_than_its_length(html: str, where: str) -> None:
    began = process_time()
    with suppress(ReadError):
        if where == "feed":
            feed(html, "2026-03-01T12:00:00Z")
        else:
            statuspage.read(document(f'<html><i title="statuspage" class="status-day">{html}'))
    assert process_time() - began < 5


KEYS = ["id", "page", "incident", "incidents", "scheduled_maintenances", "incident_updates", "status", "body", "name",
        "display_at", "created_at", "updated_at", "components", "affected_components", "code", "impact", "url",
        "started_at", "scheduled_for", "scheduled_until", "shortlink", "label", "ordinal", "planned"]  # fmt: skip
ODD = ["1", "\ud800", "2026-02-03T14:06:00.000-08:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
       "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "https://[", "<p>", "resolved"]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(ODD)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


def test_an_incident_of_which_no_update_tells_its_time_is_read() -> None:
    incident = {"id": "a", "started_at": "2026-05-04T10:00:00Z", "incident_updates": [{"id": "b", "body": "Down."}]}
    (said,) = statuspage.read(document({"page": {"id": "p"}, "incidents": [incident]})).announcements
    assert (said.text, said.published_at, said.window) == ("Down.", None, None)


def test_an_incident_without_an_update_that_has_a_report_is_over_since_it_was_resolved() -> None:
    times = {"started_at": "2026-05-04T10:00:00Z", "resolved_at": "2026-05-04T11:05:00Z"}
    incident = {"id": "a", "name": "Mail is late", "status": "postmortem", "created_at": times["started_at"], **times}
    (said,) = statuspage.read(document({"page": {"id": "p"}, "incidents": [incident]})).announcements
    began = said.window and said.window.start
    assert said.published_at == datetime(2026, 5, 4, 11, 5, tzinfo=UTC)
    assert began == datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert statuspage.read(document(said.original)).announcements == (said,)


@given(SHAPES, st.dictionaries(st.sampled_from(KEYS), SHAPES), st.dictionaries(st.sampled_from(KEYS), SHAPES))
def test_any_json_is_read_or_refused(shape: Any, incident: dict[str, Any], update: dict[str, Any]) -> None:
    framed = {"page": shape, "incidents": [{"id": "a", **incident, "incident_updates": [{"id": "b", **update}]}]}
    for body in (shape, framed, framed | {"page": {"id": "p"}}):
        with suppress(ReadError):
            reading = statuspage.read(document(body))
            for said in reading.announcements:
                assert f"{said.id}{said.text}{said.title}{said.components}{said.status}{said.url}".encode()
                assert statuspage.read(document(said.original)).announcements == (said,)


# No letters of Latin-1: feedparser takes some rows of them for UTF-8 that was decoded wrongly and mends them, in one
# update alone otherwise than in the whole entry.
LETTERS = st.characters(codec="ascii") | st.characters(codec="utf-8", min_codepoint=0x100)
SHORT, LONGER = st.text(LETTERS, max_size=12), st.text(LETTERS, max_size=40)


@given(LONGER, SHORT, LONGER, st.sampled_from(["0001", "2026", "9999"]))
def test_any_feed_is_read_or_refused(when: str, label: str, text: str, year: str) -> None:
    for shown in (when, "Dec 31, 23:59 PST", "Jan 1, 00:00 GMT+14"):
        html = paragraph(escape(shown), escape(label), text) + paragraph("Dec 1, 12:00 UTC", label, escape(text))
        with suppress(ReadError):
            for said in feed(html, f"{year}-01-01T00:00:00Z").announcements:
                assert statuspage.read(document(said.original)).announcements == (said,)


# -- real documents and polls ----------------------------------------------------------------------------------------


def is_read_here(file: str) -> bool:
    return file.startswith("statuspage/") or (file.startswith("incidentio/") and file.endswith(".json"))


@pytest.mark.parametrize(("file", "count", "incidents"), captured.documents(is_read_here))
def test_a_captured_document_gives_what_its_index_expects(file: str, count: str, incidents: str) -> None:
    reading = statuspage.read(document(captured.document(file)))
    found = (len(reading.announcements), len({said.incident_key for said in reading.announcements}))
    assert found == (0 if count == "none" else int(count), int(incidents or 0))
    for said in reading.announcements:
        assert said.published_at is not None or said.id == "01KT9OLDER13Z6Q0AAAAAAAAAA"  # made up in the capture
        assert statuspage.read(document(said.original)).announcements == (said,)


# First and last time, how often each state, and how many are planned: read in the documents by eye.
SPOTS: dict[str, tuple[str, str, dict[str | None, int], int]] = {
    "statuspage/atlassian-jira.active.2020-11-26.json": (
        "2020-11-25T14:29:34",
        "2020-11-26T02:48:31",
        {"investigating": 2, "identified": 2},
        0,
    ),
    "statuspage/atlassian-jira.maintenance.2021-01-22.json": (
        "2021-01-22T05:21:30",
        "2021-01-22T05:21:30",
        {"scheduled": 1},
        1,
    ),
    "statuspage/atlassian-statuspage.active.2020-11-26.json": (
        "2020-11-25T16:05:01",
        "2020-11-26T05:20:59",
        {"investigating": 2, "monitoring": 1},
        0,
    ),
    "statuspage/box-status.2021-01.html": (
        "2021-01-08T21:30:00",
        "2021-01-20T03:48:00",
        {"investigating": 2, "monitoring": 2, "resolved": 2, "postmortem": 1},
        0,
    ),
    "statuspage/cloudamqp_maintenance.json": (
        "2020-07-09T23:37:08",
        "2020-07-16T21:10:37",
        {"scheduled": 1, "in_progress": 1},
        2,
    ),
    "statuspage/fastly-status.2021-01.html": (
        "2020-03-16T04:38:00",
        "2021-01-22T19:03:00",
        {
            "monitoring": 5,
            "scheduled": 8,
            "in_progress": 8,
            "completed": 7,
            "investigating": 9,
            "identified": 5,
            "resolved": 7,
        },
        23,
    ),
    "statuspage/github.2022-06-11.atom": (
        "2022-03-24T19:11:00",
        "2022-06-08T19:13:00",
        {"scheduled": 5, "investigating": 58, "resolved": 20, "in_progress": 5, "completed": 5},
        15,
    ),
    "statuspage/github.2026-07-31.json": (
        "2026-05-28T19:01:00",
        "2026-07-30T10:12:15",
        {"investigating": 182, "resolved": 50, "monitoring": 55},
        0,
    ),
    "statuspage/github.c2jg911dtkjb.json": (
        "2023-05-04T15:55:47",
        "2023-05-04T16:23:01",
        {"investigating": 19, "resolved": 1},
        0,
    ),
    "statuspage/parse.2014-01-09.rss": (
        "2013-07-22T21:54:00",
        "2014-01-01T17:09:00",
        {"investigating": 10, "resolved": 17, "identified": 10, "postmortem": 1},
        0,
    ),
    "statuspage/seq-cloudflare-incident-xlh20wf0hd70.ndjson": (
        "2026-05-05T08:04:42",
        "2026-05-18T11:06:54",
        {"investigating": 1, "identified": 6, "monitoring": 1},
        0,
    ),
    "statuspage/seq-cloudflare-maintenance-qwqw8lkssydy.ndjson": (
        "2026-08-05T08:57:48",
        "2026-08-22T09:41:33",
        {"scheduled": 3},
        3,
    ),
    "statuspage/seq-githubatom-19656564.ndjson": (
        "2024-01-09T13:02:00",
        "2024-01-09T14:40:00",
        {"investigating": 23, "resolved": 1},
        0,
    ),
    "statuspage/twilio_incident.json": (
        "2020-06-11T03:23:56",
        "2020-06-16T21:00:29",
        {"scheduled": 9, "investigating": 6, "monitoring": 1},
        9,
    ),
    "statuspage/zoom-status.2021-01.html": (
        "2021-01-11T16:33:00",
        "2021-01-21T16:07:00",
        {
            "investigating": 2,
            "monitoring": 2,
            "resolved": 4,
            "scheduled": 2,
            "in_progress": 2,
            "completed": 2,
            "identified": 1,
        },
        6,
    ),
}


@pytest.mark.parametrize("file", SPOTS)
def test_times_and_states_are_those_of_the_document(file: str) -> None:
    said = statuspage.read(document(captured.document(file))).announcements
    times = [f"{each.published_at:%Y-%m-%dT%H:%M:%S}" for each in said if each.published_at]
    states = Counter(each.status for each in said)
    assert (times[0], times[-1], dict(states), sum(each.planned for each in said)) == SPOTS[file]


def polls(name: str) -> Any:
    """(file, body) of each poll of a replay, in order."""
    archive = captured.REPLAYS / name
    if not archive.exists():
        pytest.skip(f"no replay at {archive}; TRACKER_SHARED names where shared/ is")
    bodies: dict[str, bytes] = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            if stream := opened.extractfile(member):
                bodies[Path(member.name).name] = stream.read()
    for line in io.BytesIO(bodies["manifest.jsonl"]):
        poll = json.loads(line)
        yield datetime.fromisoformat(poll["polled_at"]), bodies[poll["file"]]


@lru_cache
def replayed(name: str) -> tuple[dict[str, list[Announcement]], list[str], Reading]:
    """Every version of each announcement, the ids that an incident lost between polls, the last reading."""
    versions: dict[str, list[Announcement]] = {}
    ids: dict[str | None, list[str]] = defaultdict(list)
    lost: list[str] = []
    reading = Reading()
    for polled_at, body in polls(name):
        given = Document(source=source(), url="", body=body, content_type="", polled_at=polled_at, held=reading.entries)
        reading = statuspage.read(given)
        told: dict[str | None, list[str]] = defaultdict(list)
        for said in reading.announcements:
            told[said.incident_key].append(said.id)
            known = versions.setdefault(said.id, [said])
            if " ".join(known[-1].text.split()) != " ".join(said.text.split()):
                known.append(said)
            assert (known[0].status, known[0].published_at) == (said.status, said.published_at)
        lost += [id_ for key in told for id_ in ids[key] if id_ not in told[key]]
        ids |= told
    return versions, lost, reading


def test_four_years_of_a_feed_give_each_update_once() -> None:
    versions, lost, reading = replayed("github-atom.tar.xz")
    first = [known[0] for known in versions.values()]
    assert len({said.incident_key for said in first}) == 819
    twins = {said.incident_key for said in first if not said.id.endswith("/1")}
    assert len(twins) == 70
    # On 2025-12-18 the vendor moved two updates by ten minutes: with the time the id of the feed is another.
    assert lost == ["x696x0g4t85l/investigating/2025-12-18T16:43Z/1", "x696x0g4t85l/update/2025-12-18T16:45Z/1"]
    assert len(versions) == 4568 + len(lost)
    resolutions = [known for known in versions.values() if known[0].status == "resolved"]
    assert (len(resolutions), sum(len(known) > 1 for known in resolutions)) == (801, 492)
    assert (len(reading.listed), reading.listing) == (25, Listing.WINDOW)


def test_two_years_of_the_open_list_name_the_same_updates_as_the_feed() -> None:
    by_api, lost, reading = replayed("github-summary.tar.xz")
    by_feed, _, _ = replayed("github-atom.tar.xz")
    assert (lost, reading.listing, len({known[0].incident_key for known in by_api.values()})) == (
        [],
        Listing.ACTIVE,
        429,
    )
    common = {known[0].incident_key for known in by_feed.values()}
    said = [known[0] for known in by_api.values() if known[0].incident_key in common]
    missing = [each for each in said if each.aliases[0] not in by_feed]
    # The feed leaves out the reminder that planned work begins in an hour.
    assert (len(said), len(missing), {(each.planned, each.status) for each in missing}) == (
        1870,
        6,
        {(True, "scheduled")},
    )
    told = [(each, by_feed[each.aliases[0]][0]) for each in said if each not in missing]
    assert all(each.status == one.status for each, one in told)
    reworded = [each.id for each, one in told if each.text.split() != one.text.split()]
    assert len(reworded) == 3  # the vendor's edits in between
