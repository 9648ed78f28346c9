"""The small world: it says the same to everybody who asks at the same time, and what it says can be read."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tracker import collect, demo, platforms
from tracker.cli.demo import _next_steps
from tracker.demo import mastodon
from tracker.demo.answers import as_asked
from tracker.demo.serving import _server as server_at
from tracker.models import Document, Incident, Kind, Known, Phase, Request, Source, State
from tracker.show import text
from tracker.store import Store

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
WORLD = demo.small_world()
BASES = {speaker.slug: f"http://{speaker.slug}.example" for speaker in WORLD.speakers}
SOURCES = [source for vendor in WORLD.vendors(BASES) for source in vendor.sources]
EVENING = datetime(2022, 4, 28, 17, 0, tzinfo=UTC)
NIGHT = datetime(2022, 4, 29, 1, 30, tzinfo=UTC)
INCIDENTS = "/api/v2/incidents.json"


def at(clock: str) -> datetime:
    """That time of the evening of 28 April 2022."""
    hour, minute = clock.split(":")
    return EVENING.replace(hour=int(hour), minute=int(minute))


# --- what is told -------------------------------------------------------------------------------------------


def test_stories_are_told_in_order_within_the_evening() -> None:
    for speaker in WORLD.speakers:
        for channel in speaker.channels:
            assert channel.threads, speaker.slug
            for thread in channel.threads:
                times = [post.at for post in thread.posts]
                assert times == sorted(set(times)) and times[-1] < NIGHT
                for post in thread.posts:
                    edits = [edit.at for edit in post.edits]
                    assert edits == sorted(set(edits)) and all(post.at < when < NIGHT for when in edits)


def test_the_world_tells_every_kind_of_story() -> None:
    channels = [channel for speaker in WORLD.speakers for channel in speaker.channels]
    threads = [thread for channel in channels for thread in channel.threads]
    assert {channel.platform for channel in channels} == {"statuspage", "mastodon", "x", "feed"}
    assert any(channel.lang == "fr" for channel in channels)
    assert any(post.status == "resolved" and post.edits for thread in threads for post in thread.posts)
    assert any(post.withdrawn_at for thread in threads for post in thread.posts)
    assert any(thread.starts for thread in threads)
    assert {trouble.answer for channel in channels for trouble in channel.troubles} == {"error", "challenge"}


def test_a_post_is_there_from_its_minute_on() -> None:
    before, after = (WORLD.answer("whatsapp", "/WhatsApp/rss", at(clock)).body for clock in ("21:16", "21:17"))
    assert b"You may notice problems" not in before
    assert b"You may notice problems" in after and b"We are back online" not in after
    assert WORLD.answer("whatsapp", "/WhatsApp/rss", at("21:17")).body == after


def test_an_edit_replaces_the_words_and_keeps_the_id() -> None:
    first, last = (
        next(each for each in WORLD.truth(now) if each.source == "lanterna/statuspage" and each.id.endswith("u4"))
        for now in (at("22:49"), at("22:50"))
    )
    assert (len(first.versions), len(last.versions)) == (1, 2)
    assert first.versions == last.versions[:1]
    shown = json.loads(WORLD.answer("lanterna", INCIDENTS, at("22:50")).body)["incidents"][0]["incident_updates"][0]
    assert (shown["id"], shown["body"]) == (last.id, last.versions[-1])
    assert shown["created_at"] < shown["updated_at"]


def test_a_post_that_is_taken_back_is_gone_and_remembered() -> None:
    target = f"/api/v1/accounts/{mastodon.ACCOUNT}/statuses?limit=40"
    there, gone = (WORLD.answer("heron", target, at(clock)).body for clock in ("21:49", "21:50"))
    assert b"Test, please ignore" in there and b"Test, please ignore" not in gone
    assert [each.withdrawn for each in WORLD.truth(NIGHT) if "Test, please" in each.versions[0]] == [True]


def test_only_what_is_open_is_in_the_list_of_open_ones() -> None:
    def listed(clock: str, path: str, key: str) -> list[str]:
        found = json.loads(WORLD.answer("lanterna", f"/api/v2/{path}", at(clock)).body)[key]
        return [each["status"] for each in found]

    assert listed("18:39", "incidents/unresolved.json", "incidents") == []
    assert listed("18:57", "incidents/unresolved.json", "incidents") == ["identified"]
    assert listed("19:46", "incidents/unresolved.json", "incidents") == []
    assert listed("19:46", "incidents.json", "incidents") == ["resolved"]
    assert listed("18:00", "scheduled-maintenances/upcoming.json", "scheduled_maintenances") == ["scheduled"]
    assert listed("23:30", "scheduled-maintenances/active.json", "scheduled_maintenances") == ["in_progress"]
    assert json.loads(WORLD.answer("lanterna", "/api/v2/incidents/k5v0q2m9x1rt.json", at("19:00")).body)["incident"]


def test_a_page_breaks_and_comes_back() -> None:
    pages = {clock: WORLD.answer("ternline", INCIDENTS, at(clock)) for clock in ("20:25", "20:26", "20:52", "21:14")}
    assert [page.status for page in pages.values()] == [200, 500, 200, 200]
    assert pages["20:52"].body.startswith(b"<!DOCTYPE html>") and "etag" not in pages["20:52"].headers
    assert "monitoring" in pages["21:14"].body.decode()


def test_what_is_not_there_is_not_found() -> None:
    for target in ("/", "/api/v2/nothing.json", "/api/v2/incidents/none.json", "/somebody/rss"):
        assert WORLD.answer("lanterna", target, NIGHT).status == 404, target
    assert WORLD.answer("heron", "/api/v1/accounts/lookup?acct=another", NIGHT).status == 404


# --- what is answered can be read -----------------------------------------------------------------------------


def asked(source: Source, known: Known) -> Iterator[tuple[Request, Document]]:
    """What the platform asks of a source, and what the world answers at the end of the night."""
    for request in platforms.platform(source.platform).requests(source, known):
        parts = urlsplit(request.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        page = WORLD.answer(source.vendor, target, NIGHT)
        kind = page.headers["content-type"]
        yield (
            request,
            Document(source=source, url=request.url, body=page.body, content_type=kind, polled_at=NIGHT),
        )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_the_platform_reads_what_the_world_says_it_said(source: Source) -> None:
    platform = platforms.platform(source.platform)
    known = Known(learnt={"account_id": mastodon.ACCOUNT})
    read = {
        said.id: said.text for _, document in asked(source, known) for said in platform.read(document).announcements
    }
    said = {
        each.id: each.versions[-1] for each in WORLD.truth(NIGHT) if each.source == source.id and not each.withdrawn
    }
    assert read == said


def test_the_history_feed_holds_the_same_updates_as_the_api() -> None:
    from xml.etree import ElementTree

    feed = ElementTree.fromstring(WORLD.answer("lanterna", "/history.atom", at("18:58")).body)
    contents = [element.text or "" for element in feed.iter("{http://www.w3.org/2005/Atom}content")]
    assert "<strong>Identified</strong> - Build machines" in contents[0]
    assert contents[0].index("Identified") < contents[0].index("Investigating")
    assert "THIS IS A SCHEDULED EVENT Apr <var data-var='date'>28</var>" in contents[1]


# --- how it is served -------------------------------------------------------------------------------------------


def test_a_page_that_is_known_is_answered_with_304() -> None:
    page = WORLD.answer("passerelle", "/status.rss", NIGHT)
    etag, changed = page.headers["etag"], page.headers["last-modified"]
    assert as_asked(page, {"if-none-match": etag}).status == 304
    assert as_asked(page, {"if-none-match": f'"other", W/{etag}'}).status == 304
    assert as_asked(page, {"if-none-match": '"other"', "if-modified-since": changed}).status == 200
    assert as_asked(page, {"if-modified-since": changed}).status == 304
    assert as_asked(page, {"if-modified-since": "Thu, 28 Apr 2022 20:00:00 GMT"}).status == 200
    assert as_asked(page, {"if-modified-since": "yesterday"}).status == 200
    assert gzip.decompress(as_asked(page, {"accept-encoding": "br, gzip"}).body) == page.body


def get(base: str, target: str) -> http.client.HTTPResponse:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=5)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        response.body = response.read()  # type: ignore[attr-defined]
        return response
    finally:
        connection.close()


def test_the_clock_of_a_served_world_is_set() -> None:
    with demo.serve(WORLD, at("21:16")) as served:
        base = served.bases["whatsapp"]
        assert b"You may notice" not in get(base, "/WhatsApp/rss").body  # type: ignore[attr-defined]
        served.now += timedelta(minutes=1)
        response = get(base, "/WhatsApp/rss")
        assert b"You may notice" in response.body  # type: ignore[attr-defined]
        assert response.headers["date"] == "Thu, 28 Apr 2022 21:17:00 GMT"
        assert [(each.vendor, each.status, each.at) for each in served.asked] == [
            ("whatsapp", 200, at("21:16")),
            ("whatsapp", 200, at("21:17")),
        ]
        assert len(set(served.bases.values())) == len(WORLD.speakers)


def test_faults_are_served_as_asked_for() -> None:
    broken = demo.Page(status=503, headers={"retry-after": "120"}, body=b"busy")
    faults = iter([demo.Fault(cut=0), demo.Fault(cut=400), demo.Fault(page=broken), demo.Fault(pause_s=0.01), None])
    with demo.serve(WORLD, NIGHT, lambda vendor, target, now: next(faults)) as served:
        base = served.bases["passerelle"]
        with pytest.raises(ConnectionError):
            get(base, "/status.rss")
        with pytest.raises((ConnectionError, http.client.IncompleteRead)):
            get(base, "/status.rss")
        busy = get(base, "/status.rss")
        assert (busy.status, busy.headers["retry-after"]) == (503, "120")
        slow, well = get(base, "/status.rss"), get(base, "/status.rss")
        assert slow.body == well.body  # type: ignore[attr-defined]
        assert [each.status for each in served.asked] == [None, None, 503, 200, 200]


def test_a_system_with_one_loopback_address_is_enough() -> None:
    with server_at("192.0.2.1", BaseHTTPRequestHandler) as server:  # documentation only: no machine has it
        assert server.server_address[0] == "127.0.0.1"


def test_nothing_is_left_listening() -> None:
    with demo.serve(WORLD, NIGHT) as served:
        host, port = urlsplit(served.bases["heron"]).netloc.split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=1)


# --- the whole way ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The evening's database, and the line that was said about it."""
    db = tmp_path_factory.mktemp("demo") / "evening.db"
    return db, demo.play(db)


def incident(db: Path, vendor: str, name: str = "") -> Incident:
    """The one incident of a vendor whose name begins so."""
    with Store.open(db, write=False) as store:
        found = store.incidents(vendors=[vendor], kinds=(Kind.INCIDENT, Kind.MAINTENANCE))
    [one] = [each for each in found if each.name.startswith(name)]
    return one


def test_the_line_counts_what_went_over_the_wire(played: tuple[Path, str]) -> None:
    counted = re.fullmatch(
        r"polled for real: (\d+) requests over 8\.5 simulated hours, (\d+) of them answered 304 \(nothing new\); "
        r"(\d+) announcements, (\d+) revisions",
        played[1],
    )
    assert counted
    requests, known, announcements, revisions = map(int, counted.groups())
    assert 500 < known < requests
    with sqlite3.connect(played[0]) as db:
        kept = db.execute("SELECT (SELECT COUNT(*) FROM announcements), (SELECT COUNT(*) FROM revisions)").fetchone()
    db.close()
    assert kept == (announcements, revisions)


def test_every_announcement_of_the_world_is_kept_once_with_its_versions(played: tuple[Path, str]) -> None:
    with sqlite3.connect(played[0]) as db:
        kept = {(row[0], row[1]): row[2] for row in db.execute("SELECT source, id, versions FROM announcements")}
    db.close()
    assert kept == {(each.source, each.id): len(each.versions) for each in WORLD.truth(NIGHT)}


def test_the_evening_of_whatsapp_lasted_28_minutes(played: tuple[Path, str]) -> None:
    evening = incident(played[0], "whatsapp")
    assert [step.phase for step in evening.steps] == [Phase.OUTAGE_START, Phase.RESOLVED]
    assert (evening.duration_s, evening.announced_at) == (1680, at("21:17"))


def test_a_page_and_an_account_tell_one_incident_and_its_resolution_is_rewritten(played: tuple[Path, str]) -> None:
    one = incident(played[0], "lanterna", "Deployments")
    assert {step.source for step in one.steps} == {"lanterna/statuspage", "lanterna/mastodon"}
    assert (len(one.steps), one.state, one.first_resolved_at) == (6, State.RESOLVED, at("19:46"))
    assert [(step.at, step.revised) for step in one.steps if step.revised] == [(at("19:46"), 1)]


def test_a_thread_is_one_incident_and_a_test_post_is_none(played: tuple[Path, str]) -> None:
    one = incident(played[0], "heron")
    assert [step.phase for step in one.steps] == [Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED]
    assert (one.duration_s, one.steps[1].revised) == (4140, 1)


def test_a_vendor_announces_in_french(played: tuple[Path, str]) -> None:
    one = incident(played[0], "passerelle")
    assert [step.phase for step in one.steps] == [Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED]


def test_planned_work_is_kept_apart(played: tuple[Path, str]) -> None:
    work = incident(played[0], "lanterna", "Database")
    assert (work.kind, work.state) == (Kind.MAINTENANCE, State.COMPLETED)


def test_what_was_said_while_the_page_was_broken_is_found_later(played: tuple[Path, str]) -> None:
    one = incident(played[0], "ternline", "Website")
    assert [step.at for step in one.steps] == [at("20:20"), at("21:02"), at("21:31")]
    assert one.state is State.RESOLVED and one.steps[1].seen_at >= at("21:14")
    assert incident(played[0], "ternline", "Search").state is State.OPEN
    with sqlite3.connect(played[0]) as db:
        told = db.execute("SELECT DISTINCT status FROM polls WHERE source = 'ternline/statuspage' AND error NOT NULL")
        assert {row[0] for row in told} == {500, 200}
    db.close()


def test_rebuilding_the_evening_changes_nothing(played: tuple[Path, str]) -> None:
    with Store.open(played[0]) as store:
        assert list(collect.rebuild(store, diff=True)) == []


def test_readme_shows_how_it_ends(played: tuple[Path, str]) -> None:
    """Word for word; of the requests only about how many, for that is a matter of the schedule."""
    with Store.open(played[0], write=False) as store:
        told = "".join(text.timeline(store.incidents(), text.Sheet(UTC, 80, store.vendor_names())))
    shown = README.partition("It ends like this")[2].partition("\n\n")[2].partition("\n\nThis installs")[0]
    *stories, line = textwrap.dedent(shown).splitlines()
    assert told.endswith("\n".join(stories))
    assert re.fullmatch(re.sub(r"12\d\d", r"12\\d\\d", re.escape(line)), played[1])


def tracker(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tracker.cli import main; main()", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


def test_the_command_ends_in_the_timeline_one_line_and_what_to_do_next(tmp_path: Path) -> None:
    db = tmp_path / "new folder" / "kept.db"
    done = tracker("demo", "--db", str(db), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "WhatsApp" in done.stdout and "28 min" in done.stdout and "Passerelle Hébergement" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("polled for real: ")
    kept, own = done.stderr.splitlines()
    assert str(db) in kept and tracker("timeline", "--db", str(db), folder=tmp_path).returncode == 0
    assert re.fullmatch(r"begin your own record: (.+) init, then \1 collect", own)
    again = tracker("demo", "--db", str(db), folder=tmp_path)
    assert again.returncode == 2 and "there already" in again.stderr


STOPPED_IN_A_CLASS = """
import signal, sys
from tracker.cli import main

class Midst:
    def __set_name__(self, owner, name):
        signal.raise_signal(signal.SIGINT)

class Finder:
    def find_spec(self, name, *rest):
        if name == "sqlite_utils":
            type("Begun", (), {"field": Midst()})

sys.meta_path.insert(0, Finder())
main()
"""


def test_a_ctrl_c_while_a_library_is_imported_is_no_mistake_of_the_program(tmp_path: Path) -> None:
    """Python 3.11 hands on a RuntimeError where the signal comes while a class is made."""
    command = [sys.executable, "-c", STOPPED_IN_A_CLASS, "demo", "--db", str(tmp_path / "demo.db")]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == 130 and b"Traceback" not in done.stderr


def test_a_demo_that_is_stopped_leaves_no_half_evening_in_the_way(tmp_path: Path) -> None:
    db = tmp_path / "demo.db"
    program = subprocess.Popen(
        [sys.executable, "-c", "from tracker.cli import main; main()", "demo", "--db", str(db)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not db.exists():
        assert program.poll() is None
        time.sleep(0.01)
    program.send_signal(signal.SIGINT)
    assert program.communicate(timeout=30)[0] == b"" and program.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_the_next_steps_can_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("feeds.yaml").touch()
    assert _next_steps(".venv/bin/tracker", None) == (
        "keep it, to look around in: .venv/bin/tracker demo --db data/demo.db",
        "begin your own record: .venv/bin/tracker collect",
    )
