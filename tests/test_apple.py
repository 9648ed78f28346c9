"""Apple's lists of services: which is asked for, and what polls of one make of an event that is edited in place."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web import Web

from tracker.errors import ReadError, SourceError
from tracker.models import Document, Kind, Known, Source
from tracker.platforms import apple
from tracker.show import text
from tracker.store import Store

PAGE = "https://www.fulmar.example/support/systemstatus"
LIST = f"{PAGE}/data/system_status_en_US.js"
DEVELOPERS = "https://www.apple.com/support/systemstatus/data/developer/system_status_en_US.js"
SOURCE = Source(id="fulmar/apple", vendor="fulmar", platform="apple", page=PAGE)
EIGHT = datetime(2026, 5, 11, 8, 0, tzinfo=UTC) + timedelta(hours=7)  # in California


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("https://www.apple.com/support/systemstatus", "https://www.apple.com/support/systemstatus/data/system_status_en_US.js"),
        ("https://apple.com/support/systemstatus/", "https://apple.com/support/systemstatus/data/system_status_en_US.js"),
        (f"{PAGE}/?ref=menu#mail", LIST),
        ("https://www.fulmar.example/jp/support/systemstatus/", LIST),
        ("https://www.fulmar.example/ca/fr/support/systemstatus", LIST),
        ("https://developer.apple.com/system-status/", DEVELOPERS),
        ("https://developer.apple.com/cn/system-status", DEVELOPERS),
    ],
)  # fmt: skip
def test_the_english_list_is_asked_for_at_the_page_of_any_country(page: str, asked: str) -> None:
    [request] = apple.requests(Source(id="fulmar/apple", vendor="fulmar", platform="apple", page=page), Known())
    assert (request.url, request.every) == (asked, 300)


def test_another_list_is_asked_for_as_it_is() -> None:
    url = f"{PAGE}/data/system_status_ja_JP.js"
    source = Source(id="fulmar/apple", vendor="fulmar", platform="apple", url=url, every=600)
    [request] = apple.requests(source, Known())
    assert (request.url, request.every) == (url, 600)
    assert language(source) == "ja"
    assert language(SOURCE) == "en"


def language(of: Source) -> str | None:
    body = listed("05/11/2026 08:00 PDT", ("Mail", event("1")))
    [said] = apple.read(Document(source=of, body=body, polled_at=EIGHT)).announcements
    return said.lang


@pytest.mark.parametrize(
    "page",
    [
        "https://www.apple.com",
        "https://www.apple.com/support",
        "https://www.apple.com/a/longer/way/support/systemstatus",
        "https://developer.fulmar.example/system-status",
        LIST,
    ],
)
def test_what_is_no_page_of_apples_make_is_said_with_the_right_one(page: str) -> None:
    with pytest.raises(SourceError, match=r"fulmar/apple: .* is no status page of Apple; right would be page: h"):
        apple.requests(Source(id="fulmar/apple", vendor="fulmar", platform="apple", page=page), Known())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("[]", "needs an object with 'services', has list"),
        ("{}", "needs 'services' as list"),
        ('{"services": []}', "'services' holds no service"),
        ('{"services": [{"events": []}]}', "a service: needs 'serviceName' as str"),
        ('{"services": [{"serviceName": "Mail"}]}', "service 'Mail': needs 'events' as list"),
        ('{"services": [{"serviceName": "Mail", "events": [{}]}]}', "an event of 'Mail': needs 'messageId' as str"),
        ("jsonCallback(", "empty"),
    ],
)  # fmt: skip
def test_a_list_of_another_shape_is_refused_for_nothing_would_be_broken_in_it(body: str, told: str) -> None:
    with pytest.raises(ReadError, match=f"fulmar/apple.*{told}"):
        apple.read(Document(source=SOURCE, body=body.encode(), polled_at=EIGHT))


@pytest.mark.parametrize(
    ("written", "timezone", "read"),
    [
        ("05/11/2026 08:00 PDT", None, "15:00"),
        ("05/11/2026 08:00", None, "15:00"),
        ("2026/05/12 00:00 JST", None, "15:00"),
        ("2026/05/12 00:00", "Asia/Tokyo", "15:00"),
        ("2026/05/12 00:00", None, None),
        ("11/05/2026 16:00 BST", None, None),
        ("11.05.2026 18:00 MSK", None, "15:00"),
        ("05/11/2026 08:00 QQT", None, None),
        ("13/13/2026 08:00 PDT", None, None),
        (7, None, None),
    ],
)
def test_when_a_list_was_posted_is_read_with_its_zone_or_unknown(
    written: Any, timezone: str | None, read: str | None
) -> None:
    source = Source(id="fulmar/apple", vendor="fulmar", platform="apple", page=PAGE, timezone=timezone)
    body = listed(written, ("Mail", event("1")))
    [said] = apple.read(Document(source=source, body=body, polled_at=EIGHT)).announcements
    assert (f"{said.published_at:%H:%M}" if said.published_at else None) == read


@pytest.mark.parametrize(
    ("start", "posted", "read"),
    [
        ("05/11/2026 08:00 PDT", "05/12/2026 01:30 PDT", "2026-05-12T08:30"),
        ("05/11/2026 11:00 EDT", "05/12/2026 04:30 EDT", "2026-05-12T08:30"),
        ("11/05/2026 16:00 BST", "12/05/2026 09:30 BST", "2026-05-12T08:30"),
        ("11/05/2026 17:00 BST", "12/05/2026 09:30 BST", None),  # it began at another time
    ],
)
def test_whether_the_day_is_first_shows_the_start(start: str, posted: str, read: str | None) -> None:
    body = listed(posted, ("Mail", event("1", startDate=start)))
    [said] = apple.read(Document(source=SOURCE, body=body, polled_at=EIGHT)).announcements
    assert (f"{said.published_at:%Y-%m-%dT%H:%M}" if said.published_at else None) == read


# -- a day of polls ------------------------------------------------------------------------------------------------


def event(id_: str, message: str = "Letters do not arrive.", status: str = "ongoing", **more: Any) -> dict[str, Any]:
    """An event as a service lists it; ``start`` and ``end`` in minutes after eight."""
    start, end = more.pop("start", 0), more.pop("end", None)
    epochs = [None if minute is None else int((EIGHT + timedelta(minutes=minute)).timestamp()) * 1000
              for minute in (start, end)]  # fmt: skip
    return {
        "messageId": id_, "message": message, "eventStatus": status, "statusType": "Outage", "affectedServices": None,
        "epochStartDate": epochs[0], "epochEndDate": epochs[1], **more,
    }  # fmt: skip


def listed(posted: Any, *rows: tuple[str, dict[str, Any]]) -> bytes:
    """The list, posted at that time; each row is an event under a service."""
    services: dict[str, list[dict[str, Any]]] = {"Books": []}
    for name, each in rows:
        services.setdefault(name, []).append({**each, "datePosted": posted})
    return json.dumps({"services": [{"serviceName": n, "events": e} for n, e in services.items()]}).encode()


def polled(store: Store, *polls: tuple[int, bytes]) -> None:
    """Poll the list at these minutes after eight."""
    for minute, body in polls:
        assert Web(other=body).run(store, SOURCE, EIGHT + timedelta(minutes=minute), force=True).problems == []


def timeline(store: Store) -> str:
    incidents = store.incidents(kinds=(Kind.INCIDENT, Kind.MAINTENANCE))
    return "".join(text.timeline(incidents, text.Sheet(UTC, 80, store.vendor_names())))


def test_an_event_begins_spreads_and_is_over_while_another_one_is_told_beside_it(store: Store) -> None:
    before = ("Mail", event("1", "Letters did not arrive.", "resolved", start=-90, end=-40))
    begun = event("2", "Letters do not arrive.", start=20)
    over = event("2", "Letters did not arrive.", "resolved", start=20, end=70)
    polled(
        store,
        (5, listed("05/11/2026 07:30 PDT", before)),
        (25, listed("05/11/2026 08:24 PDT", before, ("Mail", begun))),
        (40, listed("05/11/2026 08:39 PDT", before, ("Mail", begun), ("Notes", begun))),
        (80, listed("05/11/2026 09:15 PDT", before, ("Mail", over), ("Notes", over))),
        (3000, listed("05/13/2026 09:00 PDT")),
    )
    assert timeline(store) == TOLD
    [_, revised] = store.history("fulmar")
    assert [(each.announcement.status, each.announcement.edited_at) for each in revised.revisions] == [
        ("ongoing", EIGHT + timedelta(minutes=39)),
        ("resolved", EIGHT + timedelta(minutes=75)),
    ]


TOLD = """\
Fulmar  Mail: Letters did not arrive.                                 ✓ resolved
Mon 11 May 2026, 14:30 UTC · Outage · Mail
The vendor says that it lasted Mon 11 May 2026, 13:30–14:20 UTC · 50 min

  14:30  ✓  resolved  apple
            Mail: Letters did not arrive.

Fulmar  Mail: Letters do not arrive.                                  ✓ resolved
Mon 11 May 2026, 15:24–16:15 UTC · 51 min · Outage · Mail
The vendor says that it lasted Mon 11 May 2026, 15:20–16:10 UTC · 50 min

  15:24  ●  outage-start  apple · [revised ×2]
         │  Mail: Letters do not arrive.
  16:15  ✓  resolved  apple · +51 min · by an edit
            Mail, Notes: Letters did not arrive.
"""


def test_an_event_is_over_when_it_is_so_at_every_service(store: Store) -> None:
    begun, over = event("1"), event("1", "Letters did not arrive.", "resolved", end=60)
    polled(
        store,
        (5, listed("05/11/2026 08:04 PDT")),
        (10, listed("05/11/2026 08:09 PDT", ("Mail", begun), ("Notes", begun))),
        (65, listed("05/11/2026 09:03 PDT", ("Mail", over), ("Notes", begun))),
    )
    assert [incident.state for incident in store.incidents()] == ["open"]
    polled(store, (95, listed("05/11/2026 09:33 PDT", ("Mail", over), ("Notes", over))))
    [incident] = store.incidents()
    assert (incident.state, incident.duration_s) == ("resolved", 84 * 60)


def test_an_event_that_leaves_the_list_while_it_is_ongoing_has_ended_without_a_word(store: Store) -> None:
    polled(
        store,
        (5, listed("05/11/2026 08:04 PDT", ("Mail", event("1")))),
        (65, listed("05/11/2026 09:03 PDT")),
    )
    [incident] = store.incidents()
    assert (incident.state, incident.resolved_at) == ("ended-unannounced", None)
    assert incident.ended_between == (EIGHT + timedelta(minutes=5), EIGHT + timedelta(minutes=65))


@pytest.mark.parametrize(("word", "severity"), [("Outage", "major"), ("Issue", "minor"), ("Performance", "minor")])
def test_how_bad_it_is_is_the_kind_of_the_event(store: Store, word: str, severity: str) -> None:
    polled(store, (5, listed("05/11/2026 08:04 PDT", ("Mail", event("1", statusType=word)))))
    [incident] = store.incidents()
    assert (incident.impact, incident.severity) == (word, severity)


def test_planned_work_is_told_from_plan_to_end_and_moved(store: Store) -> None:
    def work(status: str, start: int, end: int) -> tuple[str, dict[str, Any]]:
        return "Pay", event("1", "Cards cannot be added.", status, start=start, end=end, statusType="Maintenance")

    polled(store, (5, listed("05/11/2026 08:04 PDT", work("upcoming", 600, 660))))
    [incident] = store.incidents(kinds=(Kind.MAINTENANCE,))
    assert (incident.state, incident.impact_started_at) == ("planned", EIGHT + timedelta(minutes=600))
    polled(store, (65, listed("05/11/2026 09:03 PDT", work("upcoming", 120, 180))))
    [incident] = store.incidents(kinds=(Kind.MAINTENANCE,))
    assert (incident.state, incident.impact_started_at) == ("planned", EIGHT + timedelta(minutes=120))
    polled(store, (125, listed("05/11/2026 10:01 PDT", work("ongoing", 120, 180))))
    assert [incident.state for incident in store.incidents(kinds=(Kind.MAINTENANCE,))] == ["in-progress"]
    polled(store, (175, listed("05/11/2026 10:52 PDT", work("completed", 120, 171))))
    [incident] = store.incidents(kinds=(Kind.MAINTENANCE,))
    assert (incident.state, incident.impact_ended_at) == ("completed", EIGHT + timedelta(minutes=172))
