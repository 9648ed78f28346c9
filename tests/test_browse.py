"""Datasette on the record: what its metadata promises is there, pages say what the record holds, texts stay texts."""

from __future__ import annotations

import asyncio
import html
import json
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browser import TELEPHONE, look, measure, needed

from tracker import collect, demo
from tracker.store import Store

pytest.importorskip("datasette", reason="the extra browse is not installed")

from tracker import browse
from tracker.browse.plugin import _metadata

TAKEN_BACK = (
    {"vendor": "dune", "source": "dune/x", "id": "1", "published_at": "2022-04-28T12:00:00Z",
     "text": "We are investigating failing builds."},
    {"record": "absences", "source": "dune/x", "key": "1", "kind": "withdrawn",
     "last_seen_at": "2022-04-28T12:30:00Z", "missing_at": "2022-04-28T12:35:00Z"},
)  # fmt: skip
REWORDED = {
    "vendor": "alder", "source": "alder/x", "id": "7", "published_at": "2022-04-28T21:20:00Z",
    "text": "Uploads fail. We are investigating.",
    "revisions": [
        {"seen_at": "2022-04-28T21:30:00Z", "text": "Uploads fail in Europe. We are investigating."},
        {"seen_at": "2022-04-28T22:50:00Z", "text": "Uploads are slow in Europe. We are investigating."},
    ],
}  # fmt: skip
SCRIPT = '<script>document.title = "owned"</script><img src=x onerror="document.body.dataset.owned = 1">'
HOSTILE = {
    "vendor": "mallory",
    "source": "mallory/feed",
    "id": "1' OR ''='",
    "published_at": "2022-04-28T12:00:00Z",
    "title": f"Outage {SCRIPT}",
    "text": f"We are investigating an outage. {SCRIPT} \u202egnihtemos",
    "status": SCRIPT,
    "components": [SCRIPT, "API"],
    "incident_key": SCRIPT,
    "url": "javascript:alert(1)",
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's evening, a vendor that writes scripts, and one that took its words back."""
    db = tmp_path_factory.mktemp("browse") / "evening.db"
    demo.play(db)
    with Store.open(db) as store:
        lines = [json.dumps(line) for line in (HOSTILE, REWORDED, *TAKEN_BACK)]
        report = collect.import_lines(store, lines, now=datetime(2022, 4, 29, 3, tzinfo=UTC))
    assert not report.problems
    return db


class Site:
    """Datasette on the record, asked within this process."""

    def __init__(self, db: Path) -> None:
        self.app = browse.datasette(db)

    def get(self, path: str, status: int = 200) -> str:
        async def asked() -> Any:
            await self.app.invoke_startup()
            return await self.app.client.get(path, follow_redirects=True)

        response = asyncio.run(asked())
        assert response.status_code == status, f"{path}: {response.status_code}\n{response.text[:2000]}"
        return str(response.text)

    def rows(self, path: str, **asked: str) -> list[dict[str, Any]]:
        """The rows of a table, view or query."""
        import urllib.parse

        query = urllib.parse.urlencode({"_shape": "array", **asked})
        found: list[dict[str, Any]] = json.loads(self.get(f"/evening/{path}.json?{query}"))
        return found

    def close(self) -> None:
        for database in self.app.databases.values():
            database.close()


@pytest.fixture(scope="module")
def site(record: Path) -> Iterator[Site]:
    site = Site(record)
    yield site
    site.close()


def cells(page: str) -> str:
    """The visible words of a page."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<body")[2]))


# --- the metadata fits the record -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def columns(record: Path) -> dict[str, list[str]]:
    """Table or view -> its columns."""
    with sqlite3.connect(record) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
        found = {name: [row[1] for row in db.execute(f'PRAGMA table_info("{name}")')] for name in names}
    db.close()
    return found


def test_every_table_of_the_record_has_its_words(columns: dict[str, list[str]]) -> None:
    named = set(_metadata()["tables"])
    real = {name for name in columns if "_fts" not in name and not name.startswith("sqlite_")}
    assert named == real


def test_every_column_that_the_metadata_names_is_there(columns: dict[str, list[str]]) -> None:
    for name, told in _metadata()["tables"].items():
        facets = [next(iter(each.values())) if isinstance(each, dict) else each for each in told.get("facets", ())]
        single = [told[key] for key in ("sort", "sort_desc", "label_column", "fts_pk") if key in told]
        for column in (*told.get("columns", ()), *facets, *single):
            assert column in columns[name], f"{name} has no {column}"


def plan(record: Path, query: str, **asked: str) -> list[str]:
    with closing(sqlite3.connect(record)) as db:
        return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", asked)]


NEWEST_FIRST = [
    "timeline", "timeline WHERE vendor = 'lanterna'", "timeline WHERE state = 'resolved'", "incidents",
    "incident_updates", "announcements", "announcements_atom", "maintenance_calendar", "revisions", "rewordings",
    "polls",
]  # fmt: skip


@pytest.mark.parametrize("asked", ["state=open", "state__exact=withdrawn", "kind=maintenance", "state=resolved"])
def test_a_rare_state_in_the_timeline_is_looked_for_among_the_incidents(site: Site, record: Path, asked: str) -> None:
    """Newest first through a million steps it took longer than Datasette allows. What is common is found at once."""
    column, _, value = asked.replace("__exact", "").partition("=")
    shown = json.loads(site.get(f"/evening/timeline.json?{asked}"))
    steps = " ".join(plan(record, shown["query"]["sql"], **shown["query"]["params"]))
    assert ("incident_updates_newest" in steps) is (value == "resolved")
    with closing(sqlite3.connect(record)) as db:
        query = f"SELECT announcement FROM timeline WHERE {column} = ? ORDER BY announcement"  # noqa: S608
        expected = [number for (number,) in db.execute(query, (value,))]
    number = shown["columns"].index("announcement")
    assert sorted(row[number] for row in shown["rows"]) == expected


@pytest.mark.parametrize("rows", NEWEST_FIRST)
def test_the_newest_come_first_without_sorting_the_whole_record(record: Path, rows: str) -> None:
    by = _metadata()["tables"][rows.split()[0]]["sort_desc"]
    steps = plan(record, f"SELECT * FROM {rows} ORDER BY {by} DESC LIMIT 101")  # noqa: S608 - names of ours
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


@pytest.mark.parametrize("view", ["timeline", "rewordings"])
def test_a_view_is_counted_without_looking_up_its_words(record: Path, view: str) -> None:
    assert len(plan(record, f"SELECT COUNT(*) FROM {view}")) == 1  # noqa: S608 - names of ours


@pytest.mark.parametrize("query", ["vendor_timeline", "rewritten_resolutions", "taken_back"])
def test_queries_begin_with_the_newest(record: Path, query: str) -> None:
    begin = plan(record, _metadata()["queries"][query]["sql"], vendor="lanterna")[0]
    assert re.search(r"USING INDEX (incident_updates_at \(vendor=\?\)|revisions_newest|absences_newest)", begin)


def test_every_description_of_a_time_says_utc() -> None:
    for name, told in _metadata()["tables"].items():
        for column, words in told.get("columns", {}).items():
            if column.endswith("_at") and column != "first_seen_at":
                assert "UTC" in words, f"{name}.{column}"


# --- pages -------------------------------------------------------------------------------------------------------


def test_the_front_page_names_tables_views_and_queries(site: Site) -> None:
    page = site.get("/evening")
    assert "The open record of outages" in page and "The open record of outages" in site.get("/")
    for title in ("Open now", "The longest incidents", "One vendor&#39;s timeline", "Rewritten resolutions"):
        assert title in page
    linked = set(re.findall(r'href="/evening/(\w+)"', page))
    assert {"timeline", "incidents", "open_incidents"} <= linked
    assert not linked & {"originals", "requests", "rules", "reads", "announcements_fts", "announcements_fts_data"}


@pytest.mark.parametrize("table", [name for name in _metadata()["tables"] if name != "originals"])
def test_every_table_has_a_page(site: Site, table: str) -> None:
    title = _metadata()["tables"][table].get("title", table)
    assert title in site.get(f"/evening/{table}")


@pytest.mark.parametrize("query", _metadata()["queries"])
def test_every_query_answers(site: Site, query: str) -> None:
    page = site.get(f"/evening/{query}?vendor=lanterna")
    assert _metadata()["queries"][query]["title"] in html.unescape(page)
    assert "message-error" not in page


def test_what_the_queries_find(site: Site) -> None:
    assert "ternline" in {row["incident"].split("-")[0] for row in site.rows("open_now")}
    longest = site.rows("longest")
    assert [row["duration_s"] for row in longest] == sorted((row["duration_s"] for row in longest), reverse=True)
    assert 1680 in [row["duration_s"] for row in longest if row["vendor_name"] == "WhatsApp"]
    [rewritten] = site.rows("rewritten_resolutions")
    assert rewritten["first_words"] == "This incident has been resolved."
    assert "certificate" in rewritten["last_words"]
    glance = {row["vendor"]: row["incidents"] for row in site.rows("vendors_at_a_glance")}
    assert glance["ternline"] == 2 and glance["whatsapp"] == 1
    assert glance["dune"] == 0 and "dune" in {row["vendor_name"] for row in site.rows("taken_back")}
    assert {row["health"] for row in site.rows("troubled_sources")} == {"stale"}


def test_each_rewording_stands_beside_the_words_before_it(site: Site) -> None:
    first, second = REWORDED["revisions"]
    found = site.rows("rewordings", vendor="alder", _sort="version")
    assert [(row["before"], row["after"], row["after_s"]) for row in found] == [
        (REWORDED["text"], first["text"], 600), (first["text"], second["text"], 5400),
    ]  # fmt: skip
    [resolved] = site.rows("rewordings", phase="resolved")
    assert (resolved["before"], resolved["version"]) == ("This incident has been resolved.", 2)
    [rewritten] = site.rows("rewritten_resolutions")
    assert rewritten["after_s"] == resolved["after_s"] > 0


def test_a_rewording_leads_to_the_page_on_which_it_stands_whole(site: Site) -> None:
    page = "/evening/rewordings?vendor=alder&_sort=version"
    links = re.findall(r'<a href="(/evening/revisions/[\d,]+)">\d</a>', site.get(page))
    for link, later in zip(links, REWORDED["revisions"], strict=True):
        assert later["text"] in site.get(link)
    assert "/evening/revisions/" not in site.get(f"{page}&_nocol=announcement"), "it cannot be told of which"


def test_what_a_search_found_by_later_words_is_in_the_table(site: Site) -> None:
    [step] = site.rows("timeline", _search="slow europe")
    assert (step["text"], step["revised"]) == (REWORDED["text"], 2)
    assert step["last_text"] == "Uploads are slow in Europe. We are investigating."


def test_the_timeline_tells_what_was_taken_back_and_when_we_saw_it(site: Site) -> None:
    assert [row["withdrawn"] for row in site.rows("timeline", vendor="dune")] == [1]
    [first, _] = site.rows("timeline", vendor="whatsapp", _sort="at")
    assert (first["at"], first["seen_at"], first["withdrawn"]) == ("2022-04-28T21:17:00Z", "2022-04-28T21:19:00Z", 0)
    assert [row["seen_at"] for row in site.rows("timeline", vendor="alder")] == [None], "the line does not tell"


def test_an_edit_that_moved_an_incident_on_counts_only_what_came_after_it(tmp_path: Path) -> None:
    """The edit itself was told as a later version of itself."""
    said = REWORDED | {"revisions": [{"seen_at": "2022-04-28T22:50:00Z", "text": "Solved: uploads work again."}]}
    with Store.open(tmp_path / "edit.db") as store:
        collect.import_lines(store, [json.dumps(said)], now=datetime(2022, 4, 29, 3, tzinfo=UTC))
        found = store.db.execute("SELECT phase, revised, last_text, seen_at FROM timeline ORDER BY at").fetchall()
    assert [tuple(row) for row in found] == [
        ("outage-start", 1, "Solved: uploads work again.", None), ("resolved", 0, None, "2022-04-28T22:50:00Z"),
    ]  # fmt: skip


def test_which_outages_overlapped_on_a_day(site: Site) -> None:
    """Each pair of vendors once; what is open counts until its vendor was read last."""
    found = site.rows("broken_together", day="2022-04-28")
    pairs = [(row["vendor"], row["other_vendor"]) for row in found]
    assert ("ternline", "whatsapp") in pairs and all(one < other for one, other in pairs)
    for row in found:
        begun = [site.rows("incidents", id=row[key])[0] for key in ("incident", "other_incident")]
        assert row["together_from"] == max(one["impact_started_at"] or one["announced_at"] for one in begun)
        assert row["together_from"] <= row["together_until"] <= "2022-04-29T03:00:00Z"
    assert [site.rows("broken_together", day=day) for day in ("2022-04-30", "", "never")] == [[], [], []]


def test_one_vendor_by_either_name_in_any_case(site: Site) -> None:
    by_slug, by_name = (site.rows("vendor_timeline", vendor=name) for name in ("whatsapp", "WHATSapp"))
    assert [row["phase"] for row in by_slug] == ["resolved", "outage-start"]
    assert by_slug == by_name
    assert len(site.rows("vendor_timeline", vendor="passerelle hébergement")) == 3
    assert site.rows("vendor_timeline", vendor="") == []


def test_every_page_that_offers_a_search_finds(site: Site) -> None:
    """Also the feed: whoever subscribes to a word must not get an empty one."""
    for table, told in _metadata()["tables"].items():
        if "fts_table" in told:
            assert len(site.rows(table, _search="messagerie retour")) == 1, table


def test_a_search_in_words_without_spaces_says_how_they_are_found(site: Site) -> None:
    for word in ("決済", "장애", "ขัดข้อง"):
        assert "filter by text contains" in html.unescape(site.get(f"/evening/timeline?_search={quote(word)}")), word
    assert "filter by text contains" not in site.get("/evening/timeline?_search=messagerie")


def test_words_are_written_in_their_own_direction(site: Site) -> None:
    assert "/-/tracker/tables.css" in site.get("/evening/timeline")
    assert "td { unicode-bidi: plaintext; " in site.get("/-/tracker/tables.css")


def test_search_finds_words_with_and_without_accents(site: Site) -> None:
    for table in ("announcements", "timeline"):
        assert len(site.rows(table, _search="difficultes messagerie")) == 1
        [reworded] = site.rows(table, _search="certificate")
        assert "certificate" not in reworded["text"], "only a later version says so"
    assert site.rows("announcements", _search='"half a quote') == []


def test_facets_and_labels_of_foreign_keys(site: Site) -> None:
    page = site.get("/evening/incidents?_sort_desc=announced_at")
    assert '<a href="/evening/vendors/lanterna">Lanterna Cloud</a> <em>lanterna</em>' in page
    assert "state=resolved" in page and "components__arraycontains=Website" in page and "announced_at__date=" in page
    assert '<span title="1680 seconds">28 min</span>' in page and "Deployments, Build queue" in page
    steps = site.get("/evening/incident_updates")
    assert ">We are back online. Thank you for bearing with us, and happ…</a>" in steps


def test_views_and_queries_link_to_rows(site: Site) -> None:
    page = site.get("/evening/open_incidents")
    assert re.search(r'<a href="/evening/incidents/ternline-\w+">', page)
    assert '<a href="/evening/sources/whatsapp~2Fx">whatsapp/x</a>' in site.get("/evening/source_health")
    assert '<a href="/evening/sources/whatsapp~2Fx">' in site.get("/evening/vendor_timeline?vendor=whatsapp")
    assert "began_at" in site.get("/evening/sources/whatsapp~2Fx")


def test_an_incident_leads_to_its_words_and_words_to_what_became_of_them(site: Site) -> None:
    incident = site.rows("incidents", vendor="whatsapp")[0]["id"]
    for page in (f"incidents/{incident}", "incidents?vendor=whatsapp"):
        assert f'<a href="/evening/timeline?incident={incident}&amp;_sort=at">' in site.get(f"/evening/{page}")
    assert [row["phase"] for row in site.rows("timeline", incident=incident, _sort="at")] == [
        "outage-start",
        "resolved",
    ]
    number = site.rows("announcements", vendor="alder")[0]["number"]
    later = f'<a href="/evening/rewordings?announcement={number}&amp;_sort=version">'
    assert f"{later}2</a>" in site.get("/evening/timeline?vendor=alder")
    assert f"{later}3</a>" in site.get(f"/evening/announcements/{number}")
    assert "/evening/rewordings?" not in site.get("/evening/timeline?vendor=whatsapp"), "nothing became of these"
    assert later not in site.get("/evening/timeline?vendor=alder&_nocol=announcement"), "it cannot be told of which"


def test_an_original_can_be_read_from_what_was_made_of_it(site: Site) -> None:
    number = site.rows("announcements", vendor="lanterna", _size="1")[0]["number"]
    for page in ("announcements?vendor=lanterna", f"announcements/{number}", "revisions"):
        found = re.search(r'<a href="(/evening/originals\?digest=\w+)">', site.get(f"/evening/{page}"))
        assert found, page
        assert "lanterna" in cells(site.get(found[1])), "as the vendor sent it, no packed bytes"
    assert re.search(r'<td class="col-body[^>]*>\s*\{&#34;', site.get(found[1])), "and a text that does nothing"
    plain = site.get(f"/evening/announcements?source={quote(HOSTILE['source'])}")
    assert '<td class="col-versions type-int">1</td>' in plain and "digest=" not in plain


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("5400", 5400), ("90 minutes", 5400), ("1 h 30 min", 5400), ("1 h 06 min", 3960), ("1h 6m", 3960),
        ("1.5 h", 5400), ("1 hour, 1 second", 3601), ("28\u00a0min", 1680), ("2 d 4 h", 187_200), ("0", 0),
        ("12 s", 12), ("1 week", 604_800),
    ],
)  # fmt: skip
def test_a_duration_is_filtered_as_its_cell_shows_it(site: Site, said: str, seconds: int) -> None:
    def longer(than: str) -> list[str]:
        return [row["id"] for row in site.rows("incidents", duration_s__gte=than, _sort="id")]

    assert longer(said) == [row["id"] for row in site.rows("incidents", _where=f"duration_s >= {seconds}", _sort="id")]
    assert f'value="{seconds}"' in site.get(f"/evening/incidents?duration_s__gte={quote(said)}")


def test_a_duration_of_the_demo_in_words(site: Site) -> None:
    for said in ("28 min", "1680", "0.4 h"):
        found = site.rows("incidents", duration_s__gte=said, duration_s__lt="30 minutes")
        assert [row["vendor"] for row in found] == ["whatsapp"]
    assert [row["vendor"] for row in site.rows("incidents", duration_s="28 min")] == ["whatsapp"]


@pytest.mark.parametrize("said", ["bogus", "", " ", "1 month", "-5", "9**9", "1e400", "[", "1 h bogus", "\0"])
@pytest.mark.parametrize("key", ["duration_s", "duration_s__gt", "duration_s__not"])
def test_what_is_no_duration_is_refused(site: Site, key: str, said: str) -> None:
    for page in ("incidents", "incidents.json"):
        assert "is no duration; write 5400" in site.get(f"/evening/{page}?{key}={quote(said)}", status=400)


def test_other_filters_of_a_duration_are_as_everywhere(site: Site) -> None:
    assert len(site.rows("incidents", duration_s__in="1680,60")) == 1
    assert site.rows("incidents", duration_s__isnull="1") and site.rows("incidents", duration_s__notnull="1")


def test_views_have_the_columns_of_the_atom_and_calendar_plugins(columns: dict[str, list[str]], site: Site) -> None:
    assert {"atom_id", "atom_title", "atom_updated"} <= set(columns["announcements_atom"])
    assert {"event_name", "event_dtstart"} <= set(columns["maintenance_calendar"])
    assert all(row["atom_id"] and row["atom_updated"] for row in site.rows("announcements_atom"))
    [event] = site.rows("maintenance_calendar")
    assert event["event_name"] == "Database upgrade"


# --- read-only, and side by side with others --------------------------------------------------------------------


def test_nothing_can_be_written(site: Site, record: Path) -> None:
    before = record.read_bytes()
    site.get("/evening?sql=DELETE+FROM+announcements", status=400)
    site.get("/evening?sql=PRAGMA+user_version%3D9", status=400)

    async def write() -> None:
        await site.app.databases["evening"].execute("DELETE FROM announcements")

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        asyncio.run(write())
    assert record.read_bytes() == before


def test_a_collector_writes_while_datasette_reads(record: Path, tmp_path: Path) -> None:
    db = tmp_path / "evening.db"
    with Store.open(record, write=False) as store:
        store.backup(db)
    site = Site(db)
    before = len(site.rows("announcements"))
    with Store.open(db) as store:
        for number in range(20):
            line = HOSTILE | {"id": f"more {number}", "incident_key": None}
            collect.import_lines(store, [json.dumps(line)], now=datetime(2022, 4, 29, 4, tzinfo=UTC))
            assert len(site.rows("announcements")) == before + number + 1
    site.close()


def test_a_link_to_an_incident_that_is_part_of_another_now_leads_there(site: Site) -> None:
    [shown] = site.rows("incidents", vendor="whatsapp")
    [other] = {row["alias"] for row in site.rows("incident_aliases", incident=shown["id"])} - {shown["id"]}
    assert shown["id"] in cells(site.get(f"/evening/incidents/{other}"))
    assert json.loads(site.get(f"/evening/incidents/{other}.json?_shape=array")) == [shown]
    for path in (f"incidents/{other}x", "incidents/1,2", f"vendors/{other}"):
        site.get(f"/evening/{path}", status=404)


def test_another_database_beside_it_is_left_alone(record: Path, tmp_path: Path) -> None:
    from datasette.app import Datasette

    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE incidents (id INTEGER PRIMARY KEY, components TEXT, duration_s INTEGER)")
        db.execute("INSERT INTO incidents VALUES (1, '[\"a\"]', 90)")
    db.close()
    site = Site(record)  # registers the plugin, as the entry point does
    site.app = Datasette([str(record), str(other)])
    page = site.get("/other/incidents")
    assert "One row an outage" not in page and "[&#34;a&#34;]" in page and ">90</td>" in page
    assert "2 min" in site.get("/other/incidents?duration_s__gt=2+min")
    assert "One row an outage" in site.get("/evening/incidents")
    assert "The open record" not in site.get("/")
    site.app = Datasette([str(record)], settings={"base_url": "/behind/a/proxy/"})
    assert len(site.rows("incidents", duration_s__lt="1 h")) == len(site.rows("incidents", duration_s__lt="3600")) > 0
    site.close()


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tracker.cli import main; main()", "browse", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_what_cannot_be_browsed_is_said_in_one_line(record: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_text("Dear reader, " * 100, encoding="utf-8")
    for db in (letter, tmp_path / "missing.db"):
        refused = run("--db", str(db))
        assert refused.returncode == 4 and refused.stderr.count("\n") == 1 and str(db) in refused.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("--db", str(record), "--port", port)
    assert refused.returncode == 2 and refused.stderr.startswith(f"tracker: port {port} cannot be listened on")


@pytest.mark.parametrize("port", [0, None])
def test_only_this_machine_is_listened_to(port: int | None) -> None:
    with browse._listen(port) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_a_record_in_a_folder_that_cannot_change_is_immutable(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "evening.db"
    with Store.open(record, write=False) as store:
        store.backup(db)

    def immutable() -> bool:
        site = Site(db)
        assert site.rows("incidents")
        database = site.app.databases["evening"]
        database.close()
        return not database.is_mutable

    assert not immutable()
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write everywhere
    for rest in ("-wal", "-shm"):
        Path(f"{db}{rest}").unlink(missing_ok=True)
    assert immutable()
    Path(f"{db}-wal").touch()
    assert immutable(), "nothing is in it, and nobody has it open"
    Path(f"{db}-wal").write_bytes(b"x")
    assert not immutable()


# --- strangers' texts ---------------------------------------------------------------------------------------------

PAGES = (
    "/evening/announcements?vendor=mallory",
    "/evening/incidents?vendor=mallory",
    "/evening/timeline?vendor=mallory",
    "/evening/incident_updates",
    "/evening/vendor_timeline?vendor=mallory",
    "/evening/verdicts",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_script_in_a_text_stays_a_text(site: Site, path: str) -> None:
    page = site.get(path)
    assert "<script>document.title" not in page and "<img src=x" not in page
    assert 'href="javascript:' not in page and "\u202e" not in page
    assert ("it says" if "verdicts" in path else "Outage <script>") in cells(page), "its words are on the page"


# --- in a browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(record: Path) -> Iterator[str]:
    """`tracker browse` as a person starts it, on a free port; gives the address that it prints."""
    needed()
    command = [
        sys.executable,
        "-c",
        "from tracker.cli import main; main()",
        "browse",
        "--db",
        str(record),
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        try:
            assert served.stderr is not None
            yield served.stderr.readline().split()[0]
        finally:
            served.terminate()


SEEN = {
    "": ("The open record of outages", "One vendor's timeline", "hidden table"),
    "/timeline": ("Timeline", "Suggested facets", "We are back online"),
    "/incidents": ("Deployments fail in Europe", "28 min", "Build queue"),
    "/incidents?state=resolved": ("state", "resolved", "WhatsApp"),
    "/incidents?_filter_column=duration_s&_filter_op=gt&_filter_value=1+h+06+min": ("where duration_s > 3960",),
    "/incidents?duration_s__gt=bogus": ("Error 400", "write 5400, 90 min or 1 h 30 min"),
    "/incidents?_facet=severity&_sort=duration_s": ("WhatsApp", "severity", "28 min"),
    "/incidents?_facet=bogus&_sort_desc=duration_s": ("no such column: bogus",),
    "/vendor_timeline": ("0 results",),
    "/vendor_timeline?vendor=%00%22+OR+1": ("0 results",),
    "/announcements?_search=certificate": ("1 row", "certificate"),
    "/announcements?_search=messagerie": ("3 rows", "retour à la normale"),
    "/source_health": ("whatsapp/x", "stale", "does the collector run?"),
    "/open_now": ("Search results are out of date",),
    "/longest": ("The longest incidents", "28 min"),
    "/vendor_timeline?vendor=lanterna": ("Images can be fetched again", "lanterna/mastodon"),
    "/rewritten_resolutions": ("This incident has been resolved.", "had been switched off in March"),
    "/taken_back": ("Taken back",),
    "/broken_together?day=2022-04-28": ("Broken together", "WhatsApp"),
    "/rewordings": ("Uploads are slow in Europe", "Rewordings"),
    "/vendors_at_a_glance": ("Passerelle Hébergement", "Heron Mail"),
    "/troubled_sources": ("Sources in trouble",),
}


@pytest.mark.parametrize("path", SEEN)
def test_a_browser_shows(address: str, path: str, tmp_path: Path) -> None:
    words = cells(look(f"{address}{path}", tmp_path, "--dump-dom"))
    for expected in SEEN[path]:
        assert expected in words


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_runs_no_stranger_s_script(address: str, path: str, tmp_path: Path) -> None:
    dom = look(address + path.removeprefix("/evening"), tmp_path, "--dump-dom")
    assert "<title>owned</title>" not in dom and "data-owned" not in dom


def test_every_query_of_the_metadata_is_looked_at() -> None:
    assert set(_metadata()["queries"]) <= {path.partition("?")[0].strip("/") for path in SEEN}


def test_a_browser_paints_the_timeline(address: str, tmp_path: Path) -> None:
    picture = tmp_path / "timeline.png"
    look(f"{address}/timeline", tmp_path, "--window-size=1400,1000", f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 20_000


@pytest.mark.parametrize("path", ["timeline", "incidents", "rewordings", "source_health"])
def test_every_cell_fits_a_telephone(site: Site, path: str, tmp_path: Path) -> None:
    needed()
    styles = "".join(site.get(f"/-/{file}") for file in ("static/app.css", "tracker/tables.css"))
    page = site.get(f"/evening/{path}").replace("</head>", f"<style>{styles}</style></head>")
    wide = "all('td').map(cell => Math.max(cell.getBoundingClientRect().right, cell.offsetLeft + cell.scrollWidth))"
    assert max(measure(page, tmp_path, TELEPHONE, wide)) <= TELEPHONE
