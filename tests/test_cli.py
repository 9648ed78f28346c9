"""The command line as scripts and people meet it: forms, exit codes, near-misses; real stores, no network."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from click.testing import CliRunner, Result

from tracker import errors
from tracker.cli import cli, exit_code, output
from tracker.collect import Backfilled
from tracker.models import Source
from tracker.show import words
from tracker.store import Store

DOCS = Path(__file__).parents[1] / "docs"
FEEDS = """\
vendors:
  ripple:
    name: Ripple Messenger
    sources:
      - {platform: feed, url: "http://127.0.0.1:9/status.rss", allow_private: true}
"""
POSTS: tuple[dict[str, Any], ...] = (
    {
        "vendor": "ripple",
        "source": "ripple/x",
        "id": "1",
        "published_at": "2022-04-28T21:17:00Z",
        "text": "You may be having trouble with Ripple at the moment. We know and are working on it.",
    },
    {
        "vendor": "ripple",
        "source": "ripple/x",
        "id": "2",
        "published_at": "2022-04-28T21:45:00Z",
        "text": "Ripple is back online. Happy chatting!",
    },
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``run("timeline", "--json", input=…)`` in an empty folder with UTC as local zone."""
    monkeypatch.chdir(tmp_path)
    for name in ("TRACKER_DB", "TRACKER_FEEDS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*args: str, input: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(cli, list(args), input=input, prog_name="tracker")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.stderr
        return result

    return invoke


@pytest.fixture
def told(run: Any) -> Any:
    """The same, with the evening's two posts imported."""
    result = run("import", input="".join(json.dumps(post) + "\n" for post in POSTS))
    assert result.exit_code == 0, result.stderr
    return run


def lines(result: Result) -> list[Any]:
    """The JSON lines of stdout."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_evening_told_in_two_posts_is_one_incident_of_28_minutes(told: Any) -> None:
    [incident] = lines(told("timeline", "--json"))
    assert [update["phase"] for update in incident["updates"]] == ["outage-start", "resolved"]
    assert (incident["duration_s"], incident["state"]) == (1680, "resolved")
    shown = told("timeline", "--tz", "UTC").stdout
    assert "28 min" in shown and "Ripple is back online" in shown and "\x1b" not in shown
    assert "23:17–23:45 CEST" in told("timeline", "--tz", "Europe/Paris").stdout


def test_every_form_of_the_timeline(told: Any, tmp_path: Path) -> None:
    rows = list(csv.DictReader(told("timeline", "--csv").stdout.splitlines()))
    assert [row["phase"] for row in rows] == ["outage-start", "resolved"]
    assert told("timeline", "--html", "page.html").exit_code == 0
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert told("timeline", "--html", "-").stdout == (tmp_path / "page.html").read_text(encoding="utf-8")
    assert told("stats", "--svg", "-").stdout.startswith("<svg") and not (tmp_path / "-").exists()
    for option, file in (("--html", "page.html"), ("--atom", "feed.atom"), ("--ical", "planned.ics")):
        assert told("timeline", option, file, "--json").exit_code == 2
        nowhere = told("timeline", option, f"no/such/{file}")
        assert nowhere.exit_code == 2 and f"there is no folder {tmp_path / 'no' / 'such'}" in nowhere.stderr


SHAPES = dict(re.findall(
    r"^ {4}(\w+) out +(\{(?:.|\n {5})*)", (DOCS / "record.md").read_text(encoding="utf-8"), re.MULTILINE
))  # fmt: skip


def documented(command: str) -> set[str]:
    """All keys that docs/record.md has of what the command prints, at any depth."""
    within = (name.lower() for name in re.findall(r"\b[A-Z]{4,}\b", SHAPES[command]))
    return set(re.findall(r'"(\w+)"', SHAPES[command])).union(*map(documented, within))


def keys(value: Any) -> set[str]:
    """All keys of what was printed, at any depth but below those whose keys are names of others."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    return {*value}.union(*(keys(each) for key, each in value.items() if key not in ("bases", "basis", "window")))


def test_json_has_the_keys_that_are_documented(told: Any, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    later = {"text": "Ripple was away for half an hour.", "seen_at": "2022-04-28T22:10:00Z"}
    again = {**POSTS[0], "id": "3", "published_at": "2022-04-29T21:17:00Z"}
    imported = told("import", "--json", input="\n".join(map(json.dumps, (POSTS[1] | {"revisions": [later]}, again))))
    told("correct", "phase", "ripple/x#2", "resolved", "--author", "ana")
    printed = {
        "incidents": told("incidents", "--json"),
        "timeline": told("timeline", "--json"),
        "show": told("show", "ripple/x#1", "--json"),
        "correct": told("correct", "list", "--json"),
        "check": told("check", "--json"),
        "sources": told("sources", "--json"),
        "collect": imported,
        "classify": told("classify", "--jsonl", input='{"id": "1", "text": "We are back."}'),
    }
    for command, result in printed.items():
        unlisted = {"number"} if command == "timeline" else set()  # a correction has one where it is listed
        assert keys(lines(result)) == documented(command) - unlisted, command
    labelled = '{"text": "We are back.", "label": "update", "lang": "en"}'
    [figures] = lines(told("evaluate", "-", "--json", input=labelled))
    assert keys(figures) - {"update", "en"} == documented("evaluate")
    [row] = lines(told("stats", "--json"))
    assert row.keys() == documented("stats") | row["basis"].keys()
    assert {field.name for field in fields(Backfilled)} == documented("backfill")


def test_feeds_yaml_is_read_again_only_where_it_changed(run: Any, tmp_path: Path) -> None:
    def collected() -> str:
        """Whether the YAML was read, and what was said."""
        program = "import sys; from tracker.cli import main\ntry: main()\nfinally: print('yaml' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", program, "collect"], capture_output=True, text=True)
        return done.stdout.strip() + done.stderr

    file = tmp_path / "feeds.yaml"
    file.write_text(FEEDS)
    assert collected().startswith("True") and collected() == "False"
    file.write_text(FEEDS.replace("Ripple Messenger", "Ripple"))
    assert collected() == "True" and collected() == "False"
    assert '"name": "Ripple"' in run("export").stdout
    file.write_text(FEEDS + "  dune:\n    sorces: []\n")
    assert "did you mean sources" in collected()
    file.write_text(FEEDS.replace("Ripple Messenger", "Ripple"))
    assert collected().startswith("False")


def test_a_feed_to_subscribe_to(told: Any, tmp_path: Path) -> None:
    """Whoever writes it from cron hears nothing, also where nothing is new."""
    written = told("timeline", "ripple", "--atom", "feed.atom", "--tz", "UTC")
    assert (written.exit_code, written.output) == (0, "")
    feed = feedparser.parse((tmp_path / "feed.atom").read_bytes())
    assert feed.feed.title == "Incidents of ripple"
    assert [entry.tags[0].term for entry in feed.entries] == ["resolved", "outage-start"]
    assert told("timeline", "ripple", "--atom", "-", "--tz", "UTC").stdout == (tmp_path / "feed.atom").read_text(
        "utf-8"
    )
    nothing = told("timeline", "ripple", "--since", "1h", "--atom", "-")
    assert (nothing.exit_code, nothing.stderr) == (0, "") and "<entry>" not in nothing.stdout


def test_a_feed_in_which_nothing_changed_stays_as_it_is(told: Any, tmp_path: Path) -> None:
    """By its date and number a web server tells its readers that they have it."""

    def written() -> tuple[int, int]:
        assert told("timeline", "--atom", "feed.atom").exit_code == 0
        file = (tmp_path / "feed.atom").stat()
        return file.st_ino, file.st_mtime_ns

    before = written()
    assert written() == before
    told("import", input=json.dumps(POSTS[0] | {"id": "3", "text": "Ripple is away again."}) + "\n")
    assert written() != before


def test_a_calendar_of_planned_work_alone(told: Any, tmp_path: Path) -> None:
    plan = {"vendor": "ripple", "source": "ripple/x", "id": "9", "published_at": "2022-05-01T09:00:00Z",
            "text": "Planned maintenance on 3 May 2022 from 22:00 to 23:00 UTC: calls will drop."}  # fmt: skip
    told("import", input=json.dumps(plan) + "\n")
    written = told("timeline", "--ical", "planned.ics", "--tz", "UTC")
    assert (written.exit_code, written.output) == (0, "")
    made = (tmp_path / "planned.ics").read_bytes()
    assert made.count(b"BEGIN:VEVENT\r\n") == 1 and b"\r\nDTSTART:20220503T220000Z\r\n" in made
    assert told("timeline", "--ical", "-", "--tz", "UTC").stdout.splitlines() == made.decode().splitlines()
    lately = ("--since", "2022-05-02", "--tz", "UTC")
    assert told("timeline", "--ical", "-", *lately).stdout.splitlines() == made.decode().splitlines(), "it is to come"
    assert "planned" in told("incidents", "--maintenance", *lately).stdout
    over = {"id": "10", "published_at": "2022-05-03T23:05:00Z", "text": "Our planned maintenance is completed."}
    told("import", input=json.dumps(plan | over) + "\n")
    assert "completed" in told("incidents", "--maintenance", *lately).stdout
    assert told("incidents", "--maintenance", "--since", "2022-05-04").stdout == ""
    outage = POSTS[0] | {"id": "11", "published_at": "2022-05-02T08:00:00Z", "text": "Calls fail. We look into it."}
    told("import", input=json.dumps(outage) + "\n")
    for command in ("incidents", "timeline"):
        kinds = [each["kind"] for each in lines(told(command, "--maintenance", "--json", *lately))]
        assert kinds == ["incident", "maintenance"], "by when it began, as it is shown, not by when it was announced"


@pytest.mark.parametrize(
    ("args", "package"), [(("timeline", "--ical", "-"), "icalendar"), (("browse", "--port", "0"), "datasette<1")]
)
def test_what_lacks_its_extra_says_how_to_get_it(args: tuple[str, ...], package: str) -> None:
    absent = package.partition("<")[0]
    program = f"import sys; sys.modules[{absent!r}] = None; from tracker.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, *args], capture_output=True, text=True)
    assert done.returncode == 2
    assert f" needs {package}: {shlex.join([sys.executable, '-m', 'pip', 'install', package])}\n" in done.stderr


def test_a_file_is_there_whole_or_as_before(told: Any, tmp_path: Path) -> None:
    """Who is served it never reads half of it, still may read it, and finds it where a link leads."""
    page, link = tmp_path / "public.html", tmp_path / "link.html"
    page.write_text("before")
    page.chmod(0o640)
    link.symlink_to(page)
    assert told("timeline", "--html", "link.html").exit_code == 0
    assert link.is_symlink() and "<svg" in page.read_text("utf-8") and page.stat().st_mode & 0o777 == 0o640
    before = page.read_text("utf-8")
    told("import", input=json.dumps(POSTS[0] | {"id": "3", "text": "Ripple is away. " * 6_000}) + "\n")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); "  # as a full disk ends it
    program = limit + "from tracker.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, "timeline", "--html", "link.html"], capture_output=True)
    assert done.returncode == 5 and page.read_text("utf-8") == before
    assert done.stderr.startswith(b"tracker: --html link.html: cannot be written: ") and done.stderr.count(b"\n") == 1
    assert {file.name for file in tmp_path.iterdir()} == {"data", "public.html", "link.html"}
    assert told("timeline", "--html", "/dev/null").exit_code == 0


@pytest.mark.parametrize("command", [("timeline", "--html"), ("stats", "--svg")])
@pytest.mark.parametrize("held_by", ["feeds.yaml", "feeds.yml"])
def test_no_option_writes_over_feeds_yaml(told: Any, tmp_path: Path, command: tuple[str, str], held_by: str) -> None:
    (tmp_path / held_by).write_text(FEEDS, encoding="utf-8")
    (tmp_path / "page").symlink_to(tmp_path / held_by)
    for name in (held_by, "page"):
        refused = told(*command, name)
        assert refused.exit_code == 2 and f"{command[1]} {name}: is a YAML file" in refused.stderr
        assert (tmp_path / held_by).read_text(encoding="utf-8") == FEEDS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to anybody")
def test_a_file_stays_its_owners_and_its_groups(told: Any, tmp_path: Path) -> None:
    """A group's, for instance, in which the web server is."""
    page = tmp_path / "public.html"
    page.touch()
    os.chown(page, 4321, 1234)
    page.chmod(0o640)
    assert told("timeline", "--html", "public.html").exit_code == 0
    now = page.stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (4321, 1234, 0o640) and "<svg" in page.read_text("utf-8")


@pytest.mark.parametrize("refusal", [errno.EACCES, errno.EPERM, errno.EBUSY])
def test_a_file_in_whose_place_none_can_be_put_is_written_over(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    """It lies in a folder of root's, or is another user's, or is mounted into a container."""

    def refuse(*_: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    page = tmp_path / "public.html"
    monkeypatch.setattr(Path, "replace", refuse)
    done = told("timeline", "--html", "public.html")
    assert done.exit_code == 5 and os.strerror(refusal) in done.stderr, "where there is none it cannot be made"
    page.write_text("before" * 100_000)
    assert told("timeline", "--html", "public.html").exit_code == 0
    assert page.read_text("utf-8").endswith("</html>\n")
    assert {file.name for file in tmp_path.iterdir()} == {"data", "public.html"}


def test_a_page_says_when_its_vendors_were_read_last(told: Any) -> None:
    def page(*vendors: str) -> Any:
        return told("timeline", *vendors, "--html", "-", "--tz", "UTC").stdout

    long_ago = words.moment(polled("heron/x", ago=timedelta(days=60)), UTC)
    polled("ripple/bluesky", ago=timedelta(days=2))
    lately = words.moment(polled("ripple/x"), UTC)
    assert f"none open when last read, {lately}" in page()
    assert f"none open when last read, {lately}" in page("ripple")
    assert f"No incidents when last read, {long_ago}" in page("heron"), "of others nobody asked"
    assert f"none open when last read, {long_ago}" in page("ripple", "heron"), "till then both were read"


def test_what_was_reworded_is_in_every_form_with_its_first_and_last_words(told: Any) -> None:
    later = {"text": "Ripple was away for half an hour.", "seen_at": "2022-04-28T22:10:00Z"}
    edited = POSTS[1] | {"revisions": [later | {"edited_at": "2022-04-28T22:04:00Z"}]}
    assert told("import", input=json.dumps(edited) + "\n").exit_code == 0
    _, row = csv.DictReader(told("timeline", "--csv").stdout.splitlines())
    assert (row["text"], row["last_text"]) == (POSTS[1]["text"], later["text"])
    assert (row["revised"], row["edited_at"]) == ("1", "2022-04-28T22:04:00Z")
    for shown in (told("timeline", "--html", "-", "--tz", "UTC"), told("show", "ripple/x#2", "--tz", "UTC")):
        assert POSTS[1]["text"] in shown.stdout and later["text"] in shown.stdout
        assert "22:04 UTC, says the vendor" in shown.stdout


def test_incidents_a_line_or_an_object_each(told: Any) -> None:
    [incident] = lines(told("incidents", "--json"))
    assert incident["announcements"][0]["published_at"] == "2022-04-28T21:17:00Z"
    [line] = told("incidents", "--tz", "UTC").stdout.splitlines()
    assert line.startswith("2022-04-28 21:17 UTC") and line.endswith(incident["id"])
    assert incident["name"] in line, "piped, nothing is cut"
    assert "2022-04-28 23:17 CEST" in told("incidents", "--tz", "Europe/Paris").stdout


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no zone of a process here")
def test_times_are_those_of_this_machine_unless_another_zone_is_asked_for(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            assert "2022-04-29 06:17 JST" in told("incidents").stdout
            assert "2022-04-28 21:17 UTC" in told("incidents", "--tz", "UTC").stdout
            assert len(lines(told("incidents", "--json", "--since", "2022-04-29"))) == 1
            elsewhere.setenv("TZ", "UTC+25")
            time.tzset()
            assert "2022-04-28 21:17 UTC" in told("incidents", "--since", "2022-04-28").stdout, "it is no zone"
    finally:
        time.tzset()


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--since", "2022-04-28"), 1), (("--since", "2022-04-29"), 0), (("--until", "2022-04-28"), 0),
        (("--since", "2022-04-28T21:00:00+00:00", "--until", "2022-04-28T23:00Z"), 1), (("--since", "7d"), 0),
        (("--since", "2022"), 1), (("--since", "2022-04", "--until", "2022-05"), 1), (("--since", "2022-05"), 0),
        (("--since", "1000w"), 1), (("--open",), 0), (("ripple",), 1), (("RIPPLE",), 1),
    ],
)  # fmt: skip
def test_what_is_chosen(told: Any, options: tuple[str, ...], count: int) -> None:
    result = told("incidents", "--json", "--tz", "UTC", *options)
    assert (len(lines(result)), result.exit_code) == (count, 0)
    assert bool(result.stderr) == (count == 0), "silence is explained on stderr"


def test_when_we_saw_an_imported_line_is_known_only_where_it_says_so(told: Any) -> None:
    later = {"text": "Ripple was away for half an hour.", "edited_at": "2022-04-28T22:10:00Z"}
    known = {**POSTS[0], "id": "3", "published_at": "2022-05-03T21:17:00Z", "seen_at": "2022-05-03T21:19:00Z"}
    told("import", input="\n".join(map(json.dumps, (POSTS[1] | {"revisions": [later]}, known))))
    for name, seen in (("ripple/x#1", "unknown"), ("ripple/x#3", "Tue 3 May 2022 21:19 UTC")):
        shown = told("show", name, "--tz", "UTC").stdout
        assert re.findall(r"^  seen +(.*)", shown, re.MULTILINE) == [seen] * shown.count("  time ")
    [first, second], [third] = (one["updates"] for one in lines(told("timeline", "--json")))
    assert (first["seen_at"], second["seen_at"], third["seen_at"]) == (None, None, "2022-05-03T21:19:00Z")
    [edit] = lines(told("show", "ripple/x#2", "--json"))[0]["revisions"]
    assert edit["seen_at"] > "2026" > edit["edited_at"], "the record saw the edit when it was imported"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("trouble", True),
        ("RIPPLE mom", True),  # the beginning of a word is enough
        ("trouble chatting", False),  # all of them in one announcement
        ("half-baked", True),  # what it says now, too
        ("遅延", True),  # a word that no space sets apart
        ("ripple 障害", True),
        ("ripple 停止", False),
        ('"', False),
        ("NOT OR (ripple", False),  # words, no language
        ("\udcff", False),  # a byte of another encoding
    ],
)
def test_incidents_are_searched_by_the_words_of_their_announcements(told: Any, words: str, found: bool) -> None:
    text = "Ripple is back; a half-baked release was to blame. API障害のため遅延しました。"
    later = {"text": text, "seen_at": "2022-04-28T22:10:00Z"}
    told("import", input=json.dumps(POSTS[1] | {"revisions": [later]}) + "\n")
    for command in (("incidents",), ("timeline", "ripple", "--since", "2022-04-28")):
        result = told(*command, "--search", words, "--json")
        assert (result.exit_code, len(lines(result)), bool(result.stderr)) == (0, found, not found)
    assert told("timeline", "--search", " ").exit_code == 2


def test_what_a_search_found_by_words_that_the_timeline_does_not_show_is_said(told: Any) -> None:
    later = {"text": "A half-baked release was to blame.", "seen_at": "2022-04-28T22:10:00Z"}
    told("import", input=json.dumps(POSTS[1] | {"revisions": [later]}) + "\n")
    [incident] = lines(told("incidents", "--json"))
    by_later_words = told("timeline", "--search", "half-baked BLAME")
    assert "half-baked" not in by_later_words.stdout
    assert by_later_words.stderr.endswith(f"`tracker show` and --html tell: {incident['id']}\n")
    for shown in ("ripple BACK", "rípple", "back-online"):  # the search looks neither at accents nor at signs
        assert told("timeline", "--search", shown).stderr == ""
    assert told("timeline").stderr == ""


def test_vendors_by_name_or_slug_and_near_misses(told: Any, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    assert told("timeline", "Ripple Messenger").exit_code == 0
    result = told("timeline", "riple")
    assert result.exit_code == 2 and "'ripple'" in result.stderr


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("lake", "did you mean 'lake-mail', 'lake-pay' or 'great-lake'?"),
        ("Pay ", "did you mean 'lake-pay'?"),
        ("lake-pay/statuspage", "did you mean 'lake-pay'?"),
        ("salmon", "did you mean 'trout'?"),  # by its name
        ("lakemail", "did you mean 'lake-mail'?"),
        ("lake-mail,lake-pay", "write them apart: lake-mail lake-pay"),
        ("lake-mail,salmon", "did you mean 'lake-mail'?"),
        (",", "`tracker sources` lists all 5"),
        ("late-pay", "did you mean 'lake-pay'?"),
        ("la", "`tracker sources` lists all 5"),
        ("trowel", "`tracker sources` lists all 5"),
    ],
)
def test_a_part_of_a_name_suggests_all_that_have_it(told: Any, tmp_path: Path, word: str, hint: str) -> None:
    names = {"great-lake": "Great", "lake-mail": "Mail", "lake-pay": "Pay", "trout": "Salmon & Trout"}
    vendors = "".join(FEEDS.replace("ripple", slug).partition("\n")[2].replace("Ripple Messenger", name)
                      for slug, name in names.items())  # fmt: skip
    (tmp_path / "feeds.yaml").write_text(f"vendors:\n{vendors}", encoding="utf-8")
    result = told("check", word)
    assert (result.exit_code, result.stderr.strip().endswith(f"no vendor {word!r}; {hint}")) == (2, True)


def test_what_was_quoted_of_a_vendor_leads_to_its_name_of_today(told: Any, tmp_path: Path) -> None:
    [before] = lines(told("incidents", "--json"))
    source = "{platform: x, account: wave, silent: not read here, formerly: ripple/x}"
    (tmp_path / "feeds.yaml").write_text(f"vendors: {{wave: {{sources: [{source}]}}}}", encoding="utf-8")
    assert told("collect").exit_code == 0
    [after] = lines(told("incidents", "--json", "wave"))
    for quoted in (before["id"], "ripple/x#2"):
        assert told("show", quoted).stderr == f"{quoted} is part of {after['id']}\n"
    assert told("show", "ripple-nobodys").exit_code == 2, "of what nobody said it leads nowhere"
    assert told("check", "ripple").stderr.strip().endswith("no vendor 'ripple'; did you mean 'wave'?")


@pytest.mark.parametrize(
    "args",
    [
        ("--tz", "Europe/Pariss"),
        ("--tz", "../etc"),
        ("--since", "yesterday"),
        ("--since", "99999999w"),
        ("--since", "2022-13"),
        ("--until", ""),
    ],
)
def test_bad_values_are_usage_errors(told: Any, args: tuple[str, ...]) -> None:
    result = told("timeline", *args)
    assert result.exit_code == 2 and args[0] in result.stderr


def test_of_many_mistakes_in_what_is_imported_the_first_are_told(run: Any) -> None:
    *_, last, rest = run("import", input="".join(" " * number + "x\n" for number in range(60))).stderr.splitlines()
    assert last.startswith("tracker: line 50: no JSON") and rest == "tracker: and 10 more", "`sources` has none"
    assert re.fullmatch(r"tracker: line 1, line 2 and 58 more: no JSON: .+\n", run("import", input="x\n" * 60).stderr)


def test_of_many_sources_in_trouble_the_first_are_told(run: Any, tmp_path: Path) -> None:
    sources = (f"  v{number}: {{sources: [{{platform: bluesky, account: nobody{number}}}]}}\n" for number in range(60))
    (tmp_path / "feeds.yaml").write_text("vendors:\n" + "".join(sources), encoding="utf-8")
    *_, last, rest = run("collect").stderr.splitlines()
    assert last.startswith("tracker: v49/bluesky: ") and rest == "tracker: and 10 more; see `tracker sources`"


def test_what_many_sources_lack_is_one_line(run: Any, tmp_path: Path) -> None:
    sources = (f"  v{number}: {{sources: [{{platform: x, account: v, token: $NO_TOKEN}}]}}\n" for number in range(5))
    (tmp_path / "feeds.yaml").write_text("vendors:\n" + "".join(sources), encoding="utf-8")
    lacks = "suspended: the environment variable NO_TOKEN, which holds its token, is not set"
    result = run("collect", "--json")
    assert result.stderr == f"tracker: v0/x, v1/x and 3 more: {lacks}\n"
    assert json.loads(result.stdout)["problems"] == [f"v{number}/x: {lacks}" for number in range(5)]


def test_an_outage_of_the_own_network_is_one_line(run: Any, tmp_path: Path) -> None:
    """Every host of them refuses; where it is one and the same, it is named."""
    urls = [f"http://127.0.9.{number}:9/feed" for number in range(1, 6)]
    for addresses, host in ((urls, "the host"), ([f"{urls[0]}?{n}" for n in range(5)], "127.0.9.1:9")):
        sources = (f"  v{n}: {{sources: [{{platform: feed, url: '{url}'}}]}}\n" for n, url in enumerate(addresses))
        (tmp_path / "feeds.yaml").write_text("vendors:\n" + "".join(sources), encoding="utf-8")
        said = f"tracker: v0/feed, v1/feed and 3 more: unreachable: {host} refuses the connection\n"
        assert run("collect", "--db", f"{len(host)}.db").stderr == said


@pytest.mark.parametrize(
    ("zone", "hint"),
    [("Europe/Pariss", "Europe/Paris?"), ("paris", "Europe/Paris?"), ("Mars/Olympus", "such as Europe/Paris")],
)
def test_only_near_zones_are_suggested(run: Any, zone: str, hint: str) -> None:
    assert run("timeline", "--tz", zone).stderr.strip().endswith(hint)


def test_show_by_any_id_and_near_miss(told: Any) -> None:
    [incident] = lines(told("incidents", "--json"))
    shown = told("show", incident["id"], "--tz", "UTC")
    assert shown.exit_code == 0
    assert "announced" in shown.stdout and "here because" in shown.stdout and "words say" in shown.stdout
    [everything] = lines(told("show", "--json", incident["id"]))
    assert everything["aliases"]
    for alias in everything["aliases"]:
        assert incident["id"] in told("show", "--json", alias).stdout
    for wrong in (incident["id"][:-1] + "~", incident["id"].replace("ripple", "riple")):
        near = told("show", wrong)
        assert near.exit_code == 2 and incident["id"] in near.stderr
    assert told("show", "nope").stderr.strip().endswith("no incident 'nope'; `tracker incidents` lists them")
    asked_of_vendor = told("show", "Ripple").stderr.strip()
    assert asked_of_vendor.endswith("no incident 'Ripple', but a vendor; `tracker timeline ripple` tells its incidents")
    for command in ("timeline", "check"):
        asked = told(command, incident["id"])
        assert asked.exit_code == 2 and f", but an incident; `tracker show {incident['id']}` tells it" in asked.stderr


def test_show_by_the_address_at_which_it_was_told(run: Any) -> None:
    urls = ("https://x.com/ripple/status/101", "https://x.com/ripple/status/102?s=20")
    posts = [post | {"url": url} for post, url in zip(POSTS, urls, strict=True)]
    assert run("import", input="".join(json.dumps(post) + "\n" for post in posts)).exit_code == 0
    [incident] = lines(run("incidents", "--json"))
    for url in (*urls, "http://www.x.com/ripple/status/101/#photo", "https://twitter.com/ripple/status/101"):
        shown = run("show", "--json", url)
        assert shown.exit_code == 0, shown.stderr
        assert lines(shown)[0]["id"] == incident["id"] and f"{url} is part of {incident['id']}" in shown.stderr
    missing = run("show", "https://x.com/ripple/status/103")
    assert missing.exit_code == 2 and "no incident 'https://x.com/ripple/status/103'" in missing.stderr
    assert "no incident 'https://x.com'" in run("show", "https://x.com").stderr


@pytest.mark.parametrize("at", ["https://status.ripple.example/view?id", "https://status.ripple.example/?incident"])
def test_show_by_an_address_in_whose_query_the_incident_is_named(run: Any, at: str) -> None:
    posts = [
        POSTS[0] | {"id": id_, "published_at": f"2022-0{month}-01T12:00:00Z", "url": f"{at}={id_}"}
        for month, id_ in ((2, "79"), (3, "7"), (4, "80"))
    ]
    assert run("import", input="".join(json.dumps(post) + "\n" for post in posts)).exit_code == 0
    for id_ in ("79", "7", "80"):
        [shown] = lines(run("show", "--json", f"{at}={id_}"))
        assert [update["id"] for update in shown["updates"]] == [id_]
    assert f"no incident '{at}=8'" in run("show", f"{at}=8").stderr, "not that of another"


def test_show_makes_a_page_of_one_incident(told: Any, tmp_path: Path) -> None:
    other = POSTS[0] | {"id": "5", "published_at": "2022-04-28T23:30:00Z", "text": "Calls fail in Chile. We are on it."}
    told("import", input=json.dumps(POSTS[1] | {"text": "Ripple was down for 30 minutes."}) + "\n" + json.dumps(other))
    page = tmp_path / "evening.html"
    assert told("show", "ripple/x#1", "--html", str(page), "--tz", "Asia/Tokyo").exit_code == 0
    shown = page.read_text("utf-8")
    assert shown.count(f"{POSTS[0]['vendor']}: ") == 2, "of the title and of the heading"
    assert "06:45 JST" in shown
    assert "Happy chatting!" in shown and "Ripple was down for 30 minutes." in shown and "Chile" not in shown
    assert told("show", "ripple/x#1", "--html", "-", "--tz", "Asia/Tokyo").stdout == shown
    assert told("show", "ripple/x#1", "--html", "-", "--json").exit_code == 2
    told("correct", "ignore", "ripple/x#2", "--author", "ana")
    assert "only an incident has a page" in told("show", "ripple/x#2", "--html", "-").stderr


def test_show_says_when_words_were_taken_back(run: Any) -> None:
    gone = {"record": "absences", "source": "ripple/x", "key": "2", "kind": "withdrawn"}
    between = {"last_seen_at": "2022-04-28T22:00:00Z", "missing_at": "2022-04-28T22:05:00Z"}
    told = run("import", input="".join(json.dumps(line) + "\n" for line in (*POSTS, gone | between)))
    assert told.exit_code == 0
    shown = " ".join(run("show", "ripple/x#2", "--tz", "Europe/Paris").stdout.split())
    assert " withdrawn between Fri 29 Apr 2022 00:00 CEST and Fri 29 Apr 2022 00:05 CEST " in shown
    [everything] = lines(run("show", "--json", "ripple/x#2"))
    assert [update["withdrawn_between"] for update in everything["updates"]] == [None, list(between.values())]


def test_show_an_announcement_that_is_in_no_incident(told: Any) -> None:
    chatter = POSTS[0] | {"id": "9", "text": "New in Ripple: stickers with your own drawings. Happy drawing!",
                          "url": "https://x.com/ripple/status/9"}  # fmt: skip
    told("import", input=json.dumps(chatter) + "\n")
    shown = told("show", "ripple/x#9")
    assert shown.exit_code == 0 and shown.stdout.startswith("in no incident: judged unrelated\n")
    assert "stickers with your own drawings" in shown.stdout
    for url in ("https://x.com/ripple/status/9", "https://www.x.com/ripple/status/9?s=20"):
        assert told("show", url).stdout == shown.stdout
    [everything] = lines(told("show", "--json", "ripple/x#9"))
    assert (everything["incident"], everything["because"]) == (None, "judged unrelated")
    works = chatter | {"id": "10", "in_reply_to": "9", "text": "And yes, it works on tablets too."}
    works["published_at"] = "2022-05-01T09:00:00Z"
    told("import", input=json.dumps(works) + "\n")
    shown = told("show", "ripple/x#10").stdout
    assert shown.startswith("in no incident: what it says is over was no incident in its thread\n")
    assert told("correct", "ignore", "ripple/x#2", "--author", "ana").exit_code == 0
    assert "ripple/x#2 belongs to no incident, says ana" in told("show", "ripple/x#2").stdout
    missing = told("show", "ripple/x#404")
    assert missing.exit_code == 2 and "ripple/x#404" in missing.stderr


def test_an_option_before_the_command_is_told_its_place(run: Any) -> None:
    refused = run("--db", "t.db", "check")
    assert refused.exit_code == 2 and "'--db'. Options stand behind the command." in refused.stderr
    assert "behind" not in run("check", "--bd", "t.db").stderr


def test_python_can_run_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "tracker", "chek"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "python -m tracker" in done.stderr and "Did you mean 'check'?" in done.stderr


def test_ctrl_c_is_no_traceback_even_before_the_command_line_is_there() -> None:
    program = (
        "import os, signal, sys\n"
        "class Importing:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'click.core': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Importing)\n"
        "from tracker.__main__ import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_a_missing_database_is_named_with_the_remedy(run: Any) -> None:
    for command in (("timeline",), ("incidents",), ("show", "x"), ("export",), ("rebuild",), ("backup", "b.db")):
        result = run(*command)
        assert result.exit_code == 4, command
        assert result.stderr.startswith("tracker: ") and "tracker collect" in result.stderr
        assert result.stderr.count("\n") == 1
    assert not Path("data").exists(), "reading makes nothing"


def test_a_file_that_is_no_database_stays_untouched(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear reader, " * 500, encoding="utf-8")
    before = file.read_bytes()
    for command in (("timeline",), ("import",), ("rebuild",)):
        result = run(*command, "--db", str(file), input="")
        assert result.exit_code == 4, command
        assert result.stderr.startswith("tracker: ")
    assert file.read_bytes() == before


def test_init_writes_a_starter_once(run: Any) -> None:
    assert run("init").exit_code == 0
    assert "vendors:" in Path("feeds.yaml").read_text(encoding="utf-8")
    again = run("init")
    assert again.exit_code == 2 and "feeds.yaml" in again.stderr
    assert run("sources", "--json").exit_code == 0


def test_collect_without_feeds_names_init(run: Any) -> None:
    result = run("collect")
    assert result.exit_code == 2
    assert "feeds.yaml" in result.stderr and "tracker init" in result.stderr


def test_collect_with_every_vendor_unreachable(run: Any, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    [new] = lines(run("sources", "--json"))
    result = run("collect", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed"] == 1
    [source] = lines(run("sources", "--json"))
    assert source["state"] == "unreachable" and source["last_error"]
    assert [json.loads(run("collect", "--json", *how).stdout)["polled"] for how in ((), ("--force",))] == [0, 1]
    assert new["state"] == "new" and new.keys() == source.keys()
    assert "ripple/feed" in run("sources").stdout
    assert run("check").exit_code == 3


def test_sources_names_the_address_that_the_next_run_would_refuse(run: Any, tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.yaml"
    post = b"<rss version='2.0'><channel><item><title>Mail waits</title></item></channel></rss>"
    feeds.write_text(FEEDS, encoding="utf-8")
    (tmp_path / "status.rss").write_bytes(post)
    assert run("import", "--source", "ripple/feed", "status.rss").exit_code == 0
    before, now = "http://127.0.0.1:9/status.rss", "http://127.0.0.1:9/new.rss"
    assert run("sources").stderr == ""
    feeds.write_text(FEEDS.replace(before, now), encoding="utf-8")
    said, refused = run("sources"), run("collect")
    assert (said.exit_code, refused.exit_code) == (0, 2) and "ripple/feed" in said.stdout
    assert said.stderr == refused.stderr.replace(": ", ": `tracker collect` will refuse feeds.yaml: ", 1)
    feeds.write_text(FEEDS.replace(f'"{before}"', f'"{now}", formerly: "{before}"'), encoding="utf-8")
    assert run("sources").stderr == ""


@pytest.mark.parametrize("value", [None, "", " \t"])
def test_a_token_set_to_nothing_is_not_set(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("RIPPLE_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("RIPPLE_TOKEN", value)
    (tmp_path / "feeds.yaml").write_text(FEEDS.replace("allow", "token: $RIPPLE_TOKEN, allow"), encoding="utf-8")
    assert json.loads(run("collect", "--json").stdout)["failed"] == 0
    [source] = lines(run("sources", "--json"))
    assert source["state"] == "suspended" and "RIPPLE_TOKEN" in source["reason"] and source["next_poll_at"] is None


WRONG = """vendors:
  ripple:
    sources:
      - {platform: mastodon, account: ripple}
      - {platform: statuspage, account: ripple}
      - {platform: slack, account: ripple}
      - {platform: google_cloud, account: ripple}
      - {platform: feed, account: ripple}
"""


def test_an_account_that_is_none_is_said_for_as_long_as_it_stands_there(run: Any, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(WRONG, encoding="utf-8")
    before = {row["source"]: row["reason"] for row in lines(run("sources", "--json"))}
    for _ in range(2):
        assert run("collect").exit_code == 1
        told = {row["source"]: (row["state"], row["reason"]) for row in lines(run("sources", "--json"))}
        assert told["ripple/mastodon"][0] == "unreadable" and "right would be" in told["ripple/mastodon"][1]
        assert told["ripple/statuspage"][0] == "unreachable" and "right would be" in told["ripple/statuspage"][1]
        for platform in ("feed", "slack", "google_cloud"):
            state, reason = told[f"ripple/{platform}"]
            assert state == "unreachable" and reason.endswith("is no http or https address")
        assert before == {name: reason for name, (_, reason) in told.items()}, "before anything is polled"
        with Store.open(Path("data/tracker.db"), write=False) as store:
            views = store.db.execute("SELECT id, health, health_reason FROM source_health")
            assert {id_: (state, reason) for id_, state, reason in views} == told


AGO = timedelta(minutes=1)


def polled(source: str, *, ago: timedelta = AGO, every: int = 5, health: str = "ok",
           reason: str | None = None) -> datetime:  # fmt: skip
    """Write into the record of the folder that a source was polled, due again ``every`` minutes later; gives when."""
    when, vendor = datetime.now(UTC) - ago, source.partition("/")[0]
    due = when + timedelta(minutes=every)
    at, next_at = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (when, due))
    with Store.open(Path("data/tracker.db")) as store, store.transaction():
        store.ensure_source(Source(id=source, vendor=vendor, platform=source.partition("/")[2]))
        store.db.execute(
            "INSERT OR REPLACE INTO requests (source, purpose, polled_at, succeeded_at, next_poll_at) "
            "VALUES (?1, 'url', ?2, ?2, ?3)", (source, at, next_at),
        )  # fmt: skip
        store.db.execute("UPDATE sources SET health = ?, health_reason = ?, succeeded_at = ? WHERE id = ?",
                         (health, reason, at, source))  # fmt: skip
    return when


@pytest.mark.parametrize(
    ("ago", "every", "health", "state", "why"),
    [
        (1, 5, "ok", "ok", None),
        (64, 5, "ok", "ok", None),
        (66, 5, "ok", "stale", "does the collector run?"),
        (66, 1440, "ok", "ok", None),
        (300, 5, "unreachable", "stale", "does the collector run?"),
        (300, 5, "suspended", "suspended", "told"),
        (300, 5, "retired", "retired", "told"),
    ],
)
def test_a_source_that_nobody_polls_any_more_is_stale(
    told: Any, ago: int, every: int, health: str, state: str, why: str | None
) -> None:
    reason = None if health == "ok" else "told"
    polled("ripple/feed", ago=timedelta(minutes=ago), every=every, health=health, reason=reason)
    before = Path("data/tracker.db").read_bytes()
    shown = {row["source"]: row for row in lines(told("sources", "--json", "--feeds", "none.yaml"))}
    assert (shown["ripple/x"]["state"], shown["ripple/x"]["reason"]) == ("stale", "never polled")
    row = shown["ripple/feed"]
    assert row["state"] == state and (why or "") in (row["reason"] or "")
    assert (told("check", "ripple", "--json").exit_code == 0) is (state == "ok")
    with Store.open(Path("data/tracker.db"), write=False) as store:
        views = store.db.execute("SELECT id, health, health_since, health_reason FROM source_health ORDER BY id")
        assert [tuple(view) for view in views] == [
            (id_, row["state"], row["since"], row["reason"]) for id_, row in sorted(shown.items())
        ]
    assert Path("data/tracker.db").read_bytes() == before, "reading writes nothing"


def test_a_page_that_is_no_longer_asked_for_makes_no_source_stale(told: Any) -> None:
    polled("ripple/feed")
    with Store.open(Path("data/tracker.db")) as store:
        store.db.execute("INSERT INTO requests (source, purpose, polled_at, next_poll_at, failures) VALUES "
                         "('ripple/feed', 'older:2', '2022-01-01T00:00:00Z', '2022-01-01T00:05:00Z', 1)")  # fmt: skip
    assert told("check", "ripple").exit_code == 0


def test_check_names_what_is_not_read_beside_what_is(told: Any) -> None:
    polled("ripple/feed", health="moved", reason="has moved to https://new.ripple.example/")
    when = polled("ripple/bluesky", health="unreachable", reason="nobody\nanswers")
    fine = told("check", "ripple")
    assert (fine.exit_code, fine.stdout) == (
        0, f"fine: 1 vendor (ripple/bluesky not read since {words.moment(when, None)}: nobody answers; "
        "ripple/x not read: never polled)\n"
    )  # fmt: skip
    [answer] = lines(told("check", "ripple", "--json"))
    assert answer["unread"][0] == {"source": "ripple/bluesky", "state": "unreachable", "reason": "nobody\nanswers"}
    assert (answer["state"], answer["unknown"], len(answer["unread"])) == ("fine", [], 2)
    for number in range(3):
        polled(f"ripple/{number}", health="unreadable")
    assert told("check", "ripple").stdout == "fine: 1 vendor (5 of their sources not read; see `tracker sources`)\n"
    assert told("check", "ripple", "-q").stdout == "" == told("check", "ripple", "--quiet", "--json").stdout


@pytest.mark.parametrize(
    ("health", "failures", "since", "code"),
    [
        ("unreachable", 1, 0, 0),
        ("unreadable", 2, 59, 0),
        ("unreadable", 2, 61, 3),
        ("unreachable", 3, 0, 3),
        ("suspended", 1, 0, 3),
    ],
)
def test_check_takes_a_poll_or_two_that_failed_for_accidents(
    told: Any, health: str, failures: int, since: int, code: int
) -> None:
    """What was read minutes ago is still the best answer to "us or them?"; without any reading nobody knows."""
    polled("ripple/feed", health=health, reason="HTTP 502")
    at = f"{datetime.now(UTC) - timedelta(minutes=since):%Y-%m-%dT%H:%M:%SZ}"
    with Store.open(Path("data/tracker.db")) as store, store.transaction():
        store.db.execute("UPDATE requests SET failures = ?", (failures,))
        store.db.execute("UPDATE sources SET health_since = ? WHERE id = 'ripple/feed'", (at,))
    result = told("check", "ripple")
    assert (result.exit_code, "HTTP 502" in result.stdout) == (code, True)
    assert ("not read" in told("timeline", "ripple", "--open").stderr) is (code == 3)
    with Store.open(Path("data/tracker.db")) as store, store.transaction():
        store.db.execute("UPDATE sources SET succeeded_at = NULL")
    assert told("check", "ripple").exit_code == 3


def test_check_of_all_asks_for_those_never_polled_too(told: Any, tmp_path: Path) -> None:
    polled("ripple/feed")
    assert told("check").exit_code == 0
    (tmp_path / "feeds.yaml").write_text(FEEDS + FEEDS.partition("\n")[2].replace("ripple", "other"), encoding="utf-8")
    for asked in ((), ("other",)):
        result = told("check", *asked)
        assert (result.exit_code, result.stdout) == (
            3, "unknown: other: no source was read lately (never polled); see `tracker sources`\n"
        ), asked  # fmt: skip
    assert told("check", "-q").stdout, "only what is fine is not said"


@pytest.mark.parametrize("until", ["2022-04-28", "2022-04-27"])
def test_a_span_that_ends_before_it_begins_is_no_empty_answer(told: Any, until: str) -> None:
    """Whoever asks for one day by its date twice must not read that nothing happened."""
    for command in ("timeline", "incidents", "stats"):
        result = told(command, "--until", until, "--since", "2022-04-28")
        assert result.exit_code == 2 and "one day is --since 2022-04-28 --until 2022-04-29" in result.stderr


def test_check_of_many_that_nobody_polls_is_one_line(told: Any) -> None:
    """A collector that has stopped is one thing to know, and no mail of a hundred lines."""
    polled("ripple/feed")
    polled("down/feed", health="unreachable", reason="no answer")
    for number in range(3):
        polled(f"vendor{number}/feed", ago=timedelta(hours=9))
    assert len(told("check").stdout.splitlines()) == 4, "a few are a line each"
    when = polled("vendor3/feed", ago=timedelta(hours=8))
    own, together = told("check", "-q").stdout.splitlines()
    assert own.startswith("unknown: down: no source was read lately (down/feed: no answer)")
    assert together == (
        "unknown: 4 vendors (vendor0, vendor1, vendor2 and 1 more): no source was read lately "
        f"(not polled since {when:%Y-%m-%d %H:%M} UTC: does the collector run?); see `tracker sources`"
    )
    assert len(lines(told("check", "--json"))[0]["unknown"]) == 5
    for number in range(20):  # our own network is down
        polled(f"other{number}/feed", health="unreachable", reason="no answer")
    *each, more, together = told("check", "-q").stdout.splitlines()
    assert len(each) == 10 and all(line.endswith("/feed: no answer); see `tracker sources`") for line in each)
    assert more == "unknown: and 11 more vendors; see `tracker sources`"


def test_check_without_a_database_is_unknown_in_every_form(run: Any) -> None:
    result = run("check", "ripple", "--json")
    assert result.exit_code == 3 and "tracker collect" in result.stderr
    assert lines(result) == [
        {
            "state": "unknown",
            "vendors": ["ripple"],
            "incidents": [],
            "maintenance": [],
            "unknown": ["ripple"],
            "unread": [],
        }
    ]


def test_check_tells_how_bad_since_when_and_the_last_word(run: Any) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0).isoformat()
    began = datetime.fromisoformat(now) - timedelta(minutes=50)
    said = [("1", 0, "We are investigating failing calls."), ("2", 20, "We have found the cause. " * 20)]
    post = {"vendor": "ripple", "source": "ripple/statuspage", "title": "Calls fail", "impact": "major",
            "components": ["Voice", "Video"], "incident_key": "k", "status": "investigating"}  # fmt: skip
    for id_, minute, text in said:
        at, url = began + timedelta(minutes=minute), f"https://ripple.example/{id_}"
        run("import", input=json.dumps(post | {"id": id_, "published_at": at.isoformat(), "text": text, "url": url}))
    result = run("check", "ripple", "--tz", "UTC", "--quiet")
    head, since, parts, *last, link = result.stdout.partition("unknown")[0].splitlines()
    assert result.exit_code == 1 and head == "affected: ripple: Calls fail"
    assert since.startswith("  major, since ") and f"{began:%H:%M} UTC; tracker show ripple-" in since
    assert parts == "  Voice · Video" and link == "  https://ripple.example/2"
    assert " ".join(map(str.strip, last)).endswith(f"UTC: {text.strip()}"), "whole, for it is what was asked for"
    assert all(len(line) <= 80 for line in last)
    long = post | {"id": "2", "published_at": at.isoformat(), "text": "We look. " * 99, "url": url}
    run("import", "--db", "long.db", input=json.dumps(long))
    *_, eighth, link, _ = run("check", "ripple", "--db", "long.db").stdout.splitlines()
    assert eighth.endswith("…") and run("check", "ripple", "--db", "long.db").stdout.count("\n") == 3 + 8 + 2
    put_so = {key: post[key] for key in ("title", "impact", "status")} | {"text": "No call works.", "seen_at": now}
    edited = post | {"id": "2", "published_at": at.isoformat(), "text": text, "url": url, "revisions": [put_so]}
    run("import", input=json.dumps(edited))
    assert "UTC [revised]: No call works.\n" in run("check", "ripple", "--tz", "UTC").stdout, "as it reads now"


def test_check_of_a_vendor_names_its_planned_work_that_is_under_way(told: Any) -> None:
    """It is no incident, but may be the answer to "us or them?"."""
    polled("ripple/x")
    post = {"vendor": "ripple", "source": "ripple/x", "id": "7", "title": "Moving the ledger", "status": "in_progress",
            "published_at": f"{datetime.now(UTC) - AGO:%Y-%m-%dT%H:%M:%SZ}",
            "text": "The move has begun. " * 9}  # fmt: skip
    assert told("import", input=json.dumps(post) + "\n").exit_code == 0
    asked = told("check", "ripple")
    head, planned, since, last = asked.stdout.splitlines()
    assert (asked.exit_code, head, planned) == (0, "fine: 1 vendor", "planned work: ripple: Moving the ledger")
    assert since.startswith("  in-progress, since ") and "; tracker show ripple-" in since
    assert "has begun" in last and last.endswith("…"), "in a line: it is not what was asked for"
    [answer] = lines(told("check", "ripple", "--json"))
    assert (answer["state"], answer["incidents"]) == ("fine", [])
    assert [planned["state"] for planned in answer["maintenance"]] == ["in-progress"]
    assert told("check").stdout == "fine: 1 vendor\n", "of many vendors some always work at something"
    assert told("check", "ripple", "--quiet").stdout == ""


def test_check_changed_says_each_answer_once(told: Any, tmp_path: Path) -> None:
    """For the mail of cron: what breaks, each new word of it, and that all is fine again; nothing in between."""
    polled("ripple/x")
    now = datetime.now(UTC)

    def say(id_: str, text: str) -> None:
        post = {"vendor": "ripple", "source": "ripple/x", "id": id_, "published_at": now.isoformat(), "text": text}
        assert told("import", input=json.dumps(post) + "\n").exit_code == 0

    def asked(*more: str) -> tuple[int, str]:
        result = told("check", "ripple", "--changed", "told.txt", *more)
        return result.exit_code, result.stdout

    assert [asked(), asked()] == [(0, ""), (0, "")], "fine from the beginning"
    say("8", "We are investigating an outage of the API.")
    code, answer = asked()
    assert code == 1 and answer.startswith("affected: ripple: We are investigating")
    assert [asked(), asked("--tz", "Asia/Tokyo")] == [(1, "")] * 2
    say("9", "We have found the cause of the API outage and are working on a fix.")
    assert "found the cause" in asked()[1] and asked() == (1, "")
    say("10", "The API outage is resolved.")
    code, answer = asked()
    over, *_, last, fine = answer.splitlines()
    assert (code, over, fine) == (0, "resolved: ripple: We are investigating an outage of the API.", "fine: 1 vendor")
    assert last.endswith("UTC: The API outage is resolved.") and asked() == (0, "")
    polled("ripple/x", ago=timedelta(hours=7))
    assert asked("--json")[1].startswith('{"state": "unknown"') and asked("--json") == (3, "")
    polled("ripple/x")
    assert asked("--quiet") == (0, ""), "nor that all is fine again, where that is not asked for"
    for cut_off in ('{"incidents": {"ripple-4', "\0" * 60):  # as a crash may leave it
        (tmp_path / "told.txt").write_text(cut_off)
        assert [asked(), asked()] == [(0, "fine: 1 vendor\n"), (0, "")]
    with Store.open(tmp_path / "empty.db"):
        nobody = ("check", "--db", "empty.db", "--changed", "none.txt")
    assert [told(*nobody).stdout for _ in range(2)] == ["unknown: no sources\n", ""]


def test_check_changed_tells_of_many_only_what_is_news(told: Any) -> None:
    """What is broken for days is not mailed with each word of another, and an end is told though others are open."""
    now = datetime.now(UTC)
    began = "We are looking into failing calls.\n" + "Some cannot call at all. " * 40

    def say(vendor: str, text: str, status: str, id_: str = "1", **more: object) -> None:
        at = now - timedelta(minutes=10 - int(id_))
        post = {"vendor": vendor, "source": f"{vendor}/statuspage", "id": id_, "published_at": at.isoformat(),
                "title": f"{vendor} fails", "incident_key": "k", "text": text, "status": status}  # fmt: skip
        assert told("import", input=json.dumps(post | more) + "\n").exit_code == 0
        polled(f"{vendor}/statuspage")

    def asked(*more: str) -> list[str]:
        """The first lines of what was told; the others belong to them."""
        told_now = told("check", "ripple", "torrent", "--changed", "told.txt", *more)
        assert told_now.exit_code == 1
        return [line for line in told_now.stdout.splitlines() if not line.startswith(" ")]

    say("ripple", began, "investigating")
    say("torrent", "We are looking into it.", "investigating")
    assert asked() == ["affected: ripple: ripple fails", "affected: torrent: torrent fails"]
    put_so = {"text": began + "Europe is not affected.", "status": "investigating", "seen_at": now.isoformat()}
    say("ripple", began, "investigating", revisions=[put_so])
    assert (asked(), asked()) == (["affected: ripple: ripple fails"], []), "though no line of it was shown"
    for reason in ("HTTP 502", "HTTP 503"):
        polled("ripple/statuspage", health="unreachable", reason=reason)
        source = "ripple: no source was read lately (ripple/statuspage: HTTP 502); see `tracker sources`"
        assert asked() == ([f"unknown: {source}"] if reason == "HTTP 502" else []), "not each time it fails otherwise"
    polled("ripple/statuspage")
    assert asked() == ["read again: ripple"]
    say("ripple", "Calls work.", "resolved", "2")
    assert (asked(), asked()) == (["resolved: ripple: ripple fails"], [])
    say("ripple", "Calls fail again.", "investigating", "3")
    assert asked("--quiet") == ["affected: ripple: ripple fails"]


def test_check_changed_says_once_that_it_cannot_answer(told: Any, tmp_path: Path) -> None:
    """For the mail of cron: a broken disk or feeds.yaml is one mail, too, and so is that it is mended."""
    db, away = tmp_path / "data" / "tracker.db", tmp_path / "away.db"
    polled("ripple/x")

    def asked(*more: str) -> tuple[int, str]:
        result = told("check", *more, "--changed", "told.txt")
        return result.exit_code, result.stdout + result.stderr

    assert asked("ripple") == (0, "")
    db.rename(away)
    code, answer = asked("ripple")
    assert code == 3 and answer.startswith("unknown: no database") and asked("ripple") == (3, "")
    db.write_bytes(b"x" * 5_000)
    code, answer = asked("ripple")
    assert code == 4 and "is no SQLite database" in answer and asked("ripple") == (4, "")
    away.replace(db)
    assert [asked("ripple") for _ in range(2)] == [(0, "fine: 1 vendor\n"), (0, "")]
    (tmp_path / "feeds.yaml").write_text("vendors: none\n")
    code, answer = asked()
    assert code == 2 and "feeds.yaml:1: " in answer and asked() == (2, "")


def test_check_changed_refuses_a_file_that_it_cannot_keep_its_answer_in(told: Any, tmp_path: Path) -> None:
    for device in ("/dev/null", "/dev/zero"):  # the second can be read without end
        assert told("check", "ripple", "--changed", device).exit_code == 3, "it keeps nothing, and is no mistake"
    for file in ("data/tracker.db", "no/such/folder/told.txt"):
        refused = told("check", "ripple", "--changed", file)
        assert refused.exit_code == 2 and f"--changed {file}: " in refused.stderr
    assert told("check", "ripple").exit_code == 3, "the record is as it was"
    (tmp_path / "feeds.yaml").write_text(FEEDS)
    for db in ("data/tracker.db", "none.db"):
        refused = told("check", "ripple", "--changed", "feeds.yaml", "--db", db)
        assert (tmp_path / "feeds.yaml").read_text() == FEEDS
    refused = told("check", "ripple", "--changed", "feeds.yaml")
    assert refused.exit_code == 2 and "--changed feeds.yaml: holds something else" in refused.stderr


def test_nothing_to_tell_where_nobody_listens_says_so(told: Any, tmp_path: Path) -> None:
    polled("ripple/blog", ago=timedelta(hours=9))
    when = polled("ripple/feed", ago=timedelta(hours=7))
    assert told("sources", "--tz", "UTC").stdout.count(words.minute(when, UTC)) == 3, "since, last success, why"
    for command in (("timeline", "ripple"), ("timeline", "--open"), ("incidents", "--open", "--json")):
        since = f"ripple: not read since {words.moment(when, None)}: does the collector run?\n"
        assert told(*command).stderr.startswith(since), command
    for command in (("timeline",), ("timeline", "ripple", "--until", "2023-01-01")):
        assert "not read" not in told(*command).stderr, command
    for command in (("timeline", "--since", "1h"), ("incidents", "--since", "7d", "--json")):
        assert told(*command).stderr == f"{since}no incidents in this selection\n", command
    assert "not read" not in told("timeline", "--since", "2022-04-28").stderr, "it has something to tell"
    polled("ripple/bluesky")
    assert told("timeline", "ripple").stderr == ""
    assert told("timeline", "--since", "1h").stderr == "no incidents in this selection\n"
    for number in range(9):
        polled(f"vendor{number}/feed", ago=timedelta(hours=7))
    assert "and 4 more vendors" in told("timeline", "--open").stderr
    (tmp_path / "feeds.yaml").write_text(FEEDS.replace("ripple", "other").replace("Ripple", "Other"), encoding="utf-8")
    assert "other: never polled" in told("timeline", "other").stderr


@pytest.mark.parametrize(
    ("health", "reason"),
    [("retired", "no longer in feeds.yaml"), ("suspended", "the environment variable RIPPLE_TOKEN is not set")],
)
def test_why_nobody_reads_a_vendor_is_said_in_the_same_words_everywhere(told: Any, health: str, reason: str) -> None:
    when = polled("other/feed", health=health, reason=reason)
    asked = told("check", "other")
    assert (asked.exit_code, asked.stdout) == (
        3, f"unknown: other: no source was read lately (other/feed: {reason}); see `tracker sources`\n"
    )  # fmt: skip
    assert (
        f"other: not read since {words.moment(when, None)} (other/feed: {reason})" in told("timeline", "other").stderr
    )
    with Store.open(Path("data/tracker.db")) as store:
        store.db.execute("DELETE FROM requests WHERE source = 'other/feed'")
        store.db.execute("UPDATE sources SET succeeded_at = NULL WHERE id = 'other/feed'")
    assert told("timeline", "other").stderr.startswith(f"other: not read (other/feed: {reason})\n")
    [row] = [row for row in lines(told("sources", "--json", "--feeds", "none.yaml")) if row["vendor"] == "other"]
    assert (row["state"], row["reason"]) == (health, reason)


def test_sources_of_the_vendors_that_are_asked_for(run: Any, tmp_path: Path) -> None:
    assert "feeds.yaml: no such file; `tracker init`" in run("sources", "mute").stderr, "where nobody can know any"
    silent = '{platform: feed, url: "https://mute.example/rss", silent: "wants a login"}'
    (tmp_path / "feeds.yaml").write_text(f"{FEEDS}  mute: {{name: Mute Mail, sources: [{silent}]}}\n", encoding="utf-8")

    def shown(*vendors: str) -> list[str]:
        return [row["source"] for row in lines(run("sources", *vendors, "--json"))]

    assert shown("Mute Mail") == ["mute/feed"], "also before the first run"
    (tmp_path / "data").mkdir()
    polled("other/feed")
    polled("other/x")
    assert shown() == ["other/feed", "other/x", "ripple/feed", "mute/feed"]
    assert (shown("other", "ripple"), shown("mute")) == (["other/feed", "other/x", "ripple/feed"], ["mute/feed"])
    wrong = run("sources", "riple")
    assert wrong.exit_code == 2 and "did you mean 'ripple'?" in wrong.stderr
    polled("mute/feed")
    assert lines(run("sources", "--json"))[-1].items() >= {"source": "mute/feed", "state": "silent"}.items(), "as today"


def test_sources_say_how_to_find_what_a_vendor_speaks_on_now(run: Any, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    (tmp_path / "data").mkdir()
    polled("ripple/feed", health="unreachable", reason="answers HTTP 502")
    assert run("sources").stderr == ""
    polled("ripple/feed", health="unreadable", reason="an HTML page, not a feed")
    with Store.open(Path("data/tracker.db")) as store:
        store.db.execute("UPDATE sources SET address = 'https://status.ripple.example/rss' WHERE id = 'ripple/feed'")
    assert run("sources").stderr == "`tracker detect https://status.ripple.example/rss` finds what speaks there now\n"
    assert run("sources", "--json").stderr == ""


def test_what_was_open_when_its_vendor_left_feeds_yaml_is_not_in_the_bare_answer(told: Any) -> None:
    polled("ripple/feed")
    said = {"vendor": "other", "source": "other/feed", "id": "1", "text": "We are investigating an outage of the API."}
    line = json.dumps({**said, "published_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"})
    Path("open.jsonl").write_text(line + "\n", encoding="utf-8")
    assert told("import", "open.jsonl").exit_code == 0
    polled("other/feed")
    assert told("check").exit_code == 1
    polled("other/feed", health="retired", reason="no longer in feeds.yaml")
    assert told("check").exit_code == 0, "nobody would ever hear its end"
    assert told("check", "other").exit_code == 1


def test_what_is_open_for_ever_because_its_vendor_left_feeds_yaml_says_so(told: Any) -> None:
    said = {"vendor": "other", "source": "other/feed", "id": "1", "text": "We are investigating an outage of the API."}
    told("import", input=json.dumps(said | {"published_at": f"{datetime.now(UTC) - AGO:%Y-%m-%dT%H:%M:%SZ}"}) + "\n")
    for source in ("other/feed", "away/feed"):
        polled(source, health="retired", reason="no longer in feeds.yaml")
    polled("ripple/feed")
    open_now = told("timeline", "--open")
    assert "outage of the API" in open_now.stdout and "(other/feed: no longer in feeds.yaml)" in open_now.stderr
    assert "away" not in open_now.stderr, "of whom nothing is told"


def test_a_vendor_that_left_feeds_yaml_is_not_in_the_bare_question(told: Any) -> None:
    polled("ripple/feed")
    polled("other/feed", health="retired", reason="no longer in feeds.yaml")
    assert told("check").exit_code == 0
    polled("other/bluesky")
    assert told("check", "other").stdout == "fine: 1 vendor\n", "what left feeds.yaml is not missed beside what is read"


def test_of_several_sources_that_are_not_read_the_last_that_was_says_why(told: Any) -> None:
    polled("ripple/a", health="unreachable", reason="nobody answers", ago=timedelta(minutes=9))
    polled("ripple/feed", health="unreadable", reason="no feed")
    assert "(ripple/feed: no feed)" in told("check", "ripple").stdout


def test_the_bare_question_leaves_out_whom_nobody_can_read(run: Any, tmp_path: Path) -> None:
    polled_file = (
        FEEDS
        + """\
  mute: {sources: [{platform: feed, url: "https://mute.example/rss", silent: "wants a login"}]}
  dear: {sources: [{platform: x, account: dear, token: $DEAR_TOKEN}]}
"""
    )
    (tmp_path / "feeds.yaml").write_text(polled_file, encoding="utf-8")
    run("collect")
    with Store.open(Path("data/tracker.db")) as store:
        store.db.execute("UPDATE sources SET health = 'ok', health_reason = NULL WHERE id = 'ripple/feed'")
    for quiet in ("", "--quiet"):
        assert run("check", *filter(None, [quiet])).exit_code == 0
    assert "mute/feed not read: wants a login" in run("check").stdout, "it is not hidden either"
    for vendor, why in (("mute", "wants a login"), ("dear", "DEAR_TOKEN")):
        asked = run("check", vendor)
        assert asked.exit_code == 3 and f"unknown: {vendor}: " in asked.stdout and why in asked.stdout
    with Store.open(Path("data/tracker.db")) as store:
        store.db.execute("INSERT INTO requests (source, purpose, polled_at, succeeded_at) "
                         "VALUES ('dear/x', 'posts', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z')")  # fmt: skip
    assert "unknown: dear" in run("check").stdout, "its token was lost: that is news"


def test_the_longest_max_age(told: Any) -> None:
    for span, code in (("730d", 3), ("731d", 2), ("999999h", 2), ("9999999999", 2), ("0", 2), ("-1", 2), ("", 2)):
        assert told("check", "ripple", "--max-age", span).exit_code == code


@pytest.mark.parametrize(("span", "code"), [("540", 0), ("9m", 0), ("7m", 3), ("1 H", 0), ("1", 3)])
def test_a_max_age_in_any_unit(told: Any, span: str, code: int) -> None:
    polled("ripple/feed", ago=timedelta(minutes=13))
    assert told("check", "ripple", "--max-age", span).exit_code == code


def test_check_says_it_by_its_exit_code(run: Any) -> None:
    assert run("check").exit_code == 3
    run("import", input=json.dumps(POSTS[0]) + "\n")
    result = run("check", "--json", "ripple")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (1, "affected")
    assert run("check", "riple").exit_code == 2


def test_export_into_a_new_file_loses_nothing(told: Any) -> None:
    exported = told("export").stdout
    assert told("import", "--db", "copy.db", input=exported).exit_code == 0
    assert told("export", "--db", "copy.db").stdout == exported
    assert told("timeline", "--json", "--db", "copy.db").stdout == told("timeline", "--json").stdout


@pytest.mark.parametrize(
    "command",
    [
        "export",
        "timeline --json",
        "timeline --csv",
        "timeline --html -",
        "timeline --atom -",
        "show --json ripple/x#3",
    ],
)
def test_data_is_utf_8_whatever_the_locale(told: Any, command: str) -> None:
    words = "Ripple fällt gerade für einige aus; мы разбираемся. 調査中です。"
    told("import", input=json.dumps(POSTS[0] | {"id": "3", "text": words}) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", "from tracker.cli import main; main()", *command.split()],
        env={"PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        check=True,
    )
    assert words in done.stdout.decode("utf-8")


def test_backup_is_a_database(told: Any) -> None:
    assert told("backup", "kept.db").exit_code == 0
    assert told("timeline", "--json", "--db", "kept.db").stdout == told("timeline", "--json").stdout
    assert told("backup", "data/tracker.db").exit_code == 2
    again = told("backup", "kept.db")
    assert again.exit_code == 2 and again.stderr == "tracker: kept.db: is there already; name a new file\n"
    nowhere = told("backup", "nowhere/kept.db")
    assert nowhere.exit_code == 2 and nowhere.stderr.endswith(f": there is no folder {Path.cwd() / 'nowhere'}\n")


def test_half_a_backup_is_none_and_stands_in_nobodys_way(told: Any) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); "  # as a full disk ends it
    program = limit + "from tracker.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, "backup", "kept.db"], capture_output=True, text=True)
    assert done.returncode == 4 and done.stderr.startswith("tracker: kept.db: ")
    assert not list(Path().glob("kept.db*"))
    assert told("backup", "kept.db").exit_code == 0


@pytest.mark.parametrize(("option", "code"), [("--db", 4), ("--feeds", 2)])
def test_a_folder_that_may_not_be_entered_is_said_as_what_lies_in_it(
    told: Any, monkeypatch: pytest.MonkeyPatch, option: str, code: int
) -> None:
    """Root may enter everywhere, so it is the system that refuses here."""
    stat = Path.stat

    def refusing(path: Path, **how: Any) -> os.stat_result:
        if path.parts[:1] == ("closed",):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", refusing)
    for command in ("check", "sources", "collect"):
        result = told(command, option, "closed/it")
        assert (result.exit_code, result.stderr) == (code, "tracker: closed/it: cannot be reached: Permission denied\n")


def test_a_link_that_leads_to_itself_is_refused_or_replaced(told: Any) -> None:
    Path("loop").symlink_to("loop")
    for option, code, commands in (
        ("--db", 4, ("check", "sources", "collect", "cron", "browse", "demo")),
        ("--feeds", 2, ("sources", "collect", "cron")),
    ):
        for command in commands:
            result = told(command, option, "loop")
            words = "tracker: loop: cannot be reached: Too many levels of symbolic links\n"
            assert (result.exit_code, result.stderr) == (code, words)
    assert told("timeline", "--html", "loop").exit_code == 0
    assert Path("loop").is_file()


def test_rebuild_changes_nothing(told: Any) -> None:
    before = told("timeline", "--json").stdout
    result = told("rebuild", "--diff")
    assert (result.exit_code, result.stdout) == (0, "")
    assert told("timeline", "--json").stdout == before


def test_rebuild_says_what_other_rules_told(told: Any, tmp_path: Path) -> None:
    [incident] = lines(told("incidents", "--json"))
    with Store.open(tmp_path / "data/tracker.db") as store:
        store.db.execute("UPDATE incidents SET state = 'open'")
    was, is_now = told("rebuild", "--diff").stdout.splitlines()
    assert was.startswith(f"- {incident['id']}: ") and "[open] outage-start ripple/x#1, resolved ripple/x#2" in was
    assert is_now.startswith(f"+ {incident['id']}: ") and "[resolved] outage-start" in is_now


def test_forget_erases_the_words(told: Any) -> None:
    assert told("forget", "ripple/x#2").exit_code == 0
    assert "back online" not in told("timeline", "--json").stdout
    shown = told("show", "ripple/x#2").stdout
    assert "[forgotten]" in shown and "“forgotten”" not in shown, "our own word is no evidence"
    beside = {line.index("ripple/x#2") for line in shown.splitlines() if "ripple/x#2 says" in line}
    assert beside == {len("  impact started    ")}, "a correction stands in the column of the clocks"
    assert told("forget", "ripple/x#404").exit_code == 2
    assert told("correct", "undo", "99").exit_code == 2


@pytest.mark.parametrize(
    ("command", "code", "why"),
    [
        (("check", "--watch", "payments"), 2, "--watch payments names an entry of its `watch:`"),
        (("classify", "--jsonl", "All is well."), 2, "give a text, or --jsonl"),
        (("init", "--feeds", "note.txt/feeds.yaml"), 2, "note.txt/feeds.yaml: cannot be written"),
        (("import", "--db", "note.txt/t.db"), 4, "note.txt: cannot make this folder"),
        (("cron", "--feeds", "f.yaml", "--db", "two\nlines"), 2, "a path with a line break cannot stand in a crontab"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(run: Any, command: tuple[str, ...], code: int, why: str) -> None:
    Path("note.txt").write_text("no folder")
    Path("f.yaml").write_text(FEEDS)
    refused = run(*command)
    assert refused.exit_code == code and why in refused.stderr and refused.stdout == ""


@pytest.mark.parametrize(
    "command",
    [
        ("show", "\udcff"), ("show", "https://ripple.example/\udcff"), ("check", "caf\udce9"),
        ("timeline", "caf\udce9"), ("stats", "caf\udce9"), ("forget", "ripple/x#\udcff"),
        ("correct", "ignore", "ripple/x#1", "--reason", "d\udce9j\udce0"),
    ],
)  # fmt: skip
def test_a_word_in_another_encoding_is_a_mistake_of_its_writer(told: Any, command: tuple[str, ...]) -> None:
    refused = told(*command)
    assert refused.exit_code == 2 and refused.stderr.endswith(" is no UTF-8\n")


def test_import_names_a_bad_line_and_goes_on(run: Any) -> None:
    result = run("import", input="{no json\n" + json.dumps(POSTS[0]) + "\n")
    assert result.exit_code == 1
    assert "1" in result.stderr
    assert len(lines(run("incidents", "--json"))) == 1


def test_import_refuses_what_is_no_utf_8(run: Any) -> None:
    good, bad = (json.dumps(POSTS[0] | {"id": id_, "text": "Störung"}, ensure_ascii=False) for id_ in ("1", "2"))
    result = run("import", input="\ufeff".encode() + good.encode() + b"\n" + bad.encode("latin-1") + b"\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("tracker: line 2: no UTF-8")
    [incident] = lines(run("timeline", "--json"))
    assert [update["text"] for update in incident["updates"]] == ["Störung"]


@pytest.mark.parametrize("document", ["<rss version='2.0'>\n<channel/>\n</rss>\n", '{"page": {}}', '{\n"page": {}\n}'])
def test_import_of_a_document_without_its_source_names_the_option(run: Any, tmp_path: Path, document: str) -> None:
    (tmp_path / "page").write_text(document, encoding="utf-8")
    (tmp_path / "lines").write_text(f"{json.dumps(POSTS[0])}\nx\n", encoding="utf-8")
    hint = "if page is a document of a page or feed, `--source VENDOR/PLATFORM` reads it"
    assert run("import", "page").stderr.splitlines()[-1] == f"tracker: {hint}"
    assert "--source" not in run("import", "lines").stderr


def test_import_of_documents_checks_its_words(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "polls"
    folder.mkdir()
    assert run("import", str(folder)).exit_code == 2 and "--source" in run("import", str(folder)).stderr
    assert run("import", "--source", "ripple/statuspag", str(folder)).exit_code == 2
    assert "ripple/statuspage" in run("import", "--source", "ripple/statuspag", str(folder)).stderr
    assert run("import", "--source", "ripple/statuspage").exit_code == 2
    assert "manifest.jsonl" in run("import", "--source", "ripple/statuspage", str(folder)).stderr
    (tmp_path / "x").write_text("{}", encoding="utf-8")
    for entry in ('{"file": "../x", "polled_at": "2022-01-01T00:00:00Z"}', "[]", "{", '{"file": "a"}',
                  '{"file": "manifest.jsonl", "polled_at": "0001-01-01T00:00:00+14:00"}'):  # fmt: skip
        (folder / "manifest.jsonl").write_text(entry, encoding="utf-8")
        result = run("import", "--source", "ripple/statuspage", str(folder))
        assert result.exit_code == 1 and "manifest.jsonl:1" in result.stderr


def archived(folder: Path, *documents: tuple[str, dict[str, str]]) -> str:
    """A folder of feeds, each as (when it was polled, its posts by their times), with its manifest."""
    folder.mkdir()
    for polled_at, posts in documents:
        entries = "".join(
            f"<entry><id>{at}</id><title>Messages</title><updated>{at}</updated><content>{text}</content></entry>"
            for at, text in posts.items()
        )
        feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Ripple</title>{entries}</feed>'
        name = f"{polled_at[11:13]}.atom"
        (folder / name).write_text(feed if posts else "no feed", encoding="utf-8")
        with (folder / "manifest.jsonl").open("a", encoding="utf-8") as manifest:
            manifest.write(json.dumps({"file": name, "polled_at": polled_at}) + "\n")
    return str(folder)


def test_an_archive_of_documents_is_told_as_if_it_had_been_polled_then(run: Any, tmp_path: Path) -> None:
    ten, noon = "2022-04-28T10:00:00Z", "2022-04-28T12:00:00Z"
    down, known, fixed = "Messages are not sent.", "Messages are not sent. We know why.", "It is fixed."
    folder = archived(
        tmp_path / "polls",
        ("2022-04-28T10:30:00Z", {ten: down}),
        ("2022-04-28T11:30:00Z", {}),
        ("2022-04-28T12:30:00Z", {ten: known, noon: fixed}),
    )
    [report] = lines(run("import", "--source", "ripple/feed", folder, "--json"))
    assert (report["requests"], report["announcements"], report["revisions"], report["succeeded"]) == (2, 2, 1, 1)
    assert report["problems"][0].startswith("11.atom: "), "what cannot be read stops no other"
    [incident] = lines(run("timeline", "--json"))
    assert [(u["text"], u["seen_at"]) for u in incident["updates"]] == [
        (down, "2022-04-28T10:30:00Z"), (fixed, "2022-04-28T12:30:00Z")
    ]  # fmt: skip
    [report] = lines(run("import", "--source", "ripple/feed", folder, "--json"))
    assert (report["requests"], report["announcements"], report["revisions"]) == (1, 0, 0), "it is known"


def test_an_import_of_which_nothing_can_be_read_leaves_no_source_behind(run: Any, tmp_path: Path) -> None:
    folder = archived(tmp_path / "polls", ("2022-04-28T10:30:00Z", {}))
    assert run("import", "--source", "riple/feed", folder).exit_code == 1
    assert "riple" not in run("export").stdout, "check would answer for ever that nobody reads it"


def test_an_archive_is_taken_in_order_of_time_and_what_is_passed_over_is_said(run: Any, tmp_path: Path) -> None:
    ten, noon = "2022-04-28T10:00:00Z", "2022-04-28T12:00:00Z"
    folder = archived(
        tmp_path / "polls",
        ("2022-04-28T12:30:00Z", {ten: "Messages are not sent. We know why.", noon: "It is fixed."}),
        ("2022-04-28T10:30:00Z", {ten: "Messages are not sent."}),
    )
    assert run("import", "--source", "ripple/feed", folder).output == ""
    assert [update["text"] for [incident] in [lines(run("timeline", "--json"))] for update in incident["updates"]] == [
        "Messages are not sent.", "It is fixed."
    ]  # fmt: skip
    older = ("import", "--source", "ripple/feed", f"{folder}/10.atom", "--polled-at")
    again = run(*older, "2022-04-28T11:00:00Z")
    told = "1 document passed over, older than what was read of ripple/feed; --backfill takes what is older"
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", f"tracker: {told}\n")
    assert "'9022-04-28' is still to come" in run(*older, "9022-04-28").stderr


def test_a_stranger_finds_what_does_not_follow_from_its_original(run: Any, tmp_path: Path) -> None:
    """As docs/record.md tells: import, rebuild, and compare the exports."""
    ten, noon = "2022-04-28T10:00:00Z", "2022-04-28T12:00:00Z"
    folder = archived(
        tmp_path / "polls",
        ("2022-04-28T10:30:00Z", {ten: "Messages are not sent."}),
        ("2022-04-28T12:30:00Z", {ten: "Messages are late.", noon: "It is fixed."}),
    )
    run("import", "--source", "ripple/feed", folder)
    told = run("export").stdout
    for number, (published, differ) in enumerate(((told, 0), (told.replace('"text": "It is', '"text": "All was'), 1))):
        check = ("--db", str(tmp_path / f"check{number}.db"))
        run("import", *check, input=published)
        run("rebuild", *check)
        again = run("export", *check).stdout
        assert sum(a != b for a, b in zip(again.splitlines(), published.splitlines(), strict=True)) == differ
        assert again == told


def test_an_archive_is_told_under_its_vendor_s_name(run: Any, tmp_path: Path) -> None:
    """Also where feeds.yaml names the vendor but not the source, and where the record knew only its short name."""
    folder = archived(tmp_path / "polls", ("2022-04-28T10:30:00Z", {"2022-04-28T10:00:00Z": "Messages are not sent."}))
    feeds = tmp_path / "named.yaml"
    feeds.write_text(
        "vendors:\n  ripple:\n    name: Ripple Mail\n    sources:\n"
        "      - {platform: feed, url: https://ripple.example/a.rss}\n", encoding="utf-8",
    )  # fmt: skip
    for given, told in (("none.yaml", "ripple"), (str(feeds), "Ripple Mail"), ("none.yaml", "Ripple Mail")):
        for source in ("ripple/feed", "ripple/feed/old"):
            run("import", "--source", source, folder, "--feeds", given)
        assert [line["name"] for line in lines(run("export")) if line.get("record") == "vendors"] == [told]


def test_an_older_document_adds_nothing_but_as_a_backfill_and_then_revises_nothing(run: Any, tmp_path: Path) -> None:
    nine, ten = "2022-04-28T09:00:00Z", "2022-04-28T10:00:00Z"
    late = archived(tmp_path / "late", ("2022-04-28T12:30:00Z", {ten: "Messages are late again."}))
    early = archived(tmp_path / "early", ("2022-04-28T10:30:00Z", {nine: "Calls drop.", ten: "Messages are late."}))
    for folder, *more, added in ((late, 1), (early, 0), (early, "--backfill", 1), (early, "--backfill", 0)):
        [report] = lines(run("import", "--source", "ripple/feed", folder, *more, "--json"))
        assert (report["announcements"], report["revisions"]) == (added, 0)
    run("import", "--source", "ripple/feed", f"{late}/12.atom", "--polled-at", "2022-04-28T12:45:00Z")
    told = {line["id"]: (line["text"], line["first_seen_at"]) for line in lines(run("export")) if "record" not in line}
    assert "2022-04-28T12:45:00Z" in {line.get("succeeded_at") for line in lines(run("export"))}
    assert told == {ten: ("Messages are late again.", None), nine: ("Calls drop.", None)}


@pytest.mark.parametrize(
    "words",
    [
        ("read", "--platform", "feed", "FILE"),
        ("import", "--source", "ripple/feed", "FILE"),
        ("collect", "--feeds", "FILE"),
        ("sources", "--db", "FILE"),
        ("backup", "FILE"),
        ("forget", "--db", "t.db", "ripple/x#FILE"),
        ("timeline", "--db", "t.db", "--html", "FILE/page.html"),
    ],
)
def test_no_name_of_a_file_or_an_announcement_moves_the_cursor(run: Any, words: tuple[str, ...]) -> None:
    name = "a\x1b]0;owned\x07\u202eb"
    Path(name).write_text("nothing to be read")
    run("import", "--db", "t.db", input=json.dumps(POSTS[0] | {"id": name}))
    result = run(*(word.replace("FILE", name) for word in words))
    assert result.stderr and not {"\x1b", "\x07", "\u202e"} & set(result.stderr)


def test_a_page_is_not_written_through_a_link_that_somebody_put_in_its_way(told: Any) -> None:
    Path("mine.txt").write_text("mine")
    Path(f".page.html.{os.getpid()}.new").symlink_to("mine.txt")
    assert told("timeline", "--html", "page.html").exit_code == 0
    assert Path("mine.txt").read_text() == "mine" and "<svg" in Path("page.html").read_text("utf-8")


def test_a_page_replaces_no_database(run: Any) -> None:
    run("import", "--db", "t.db", input=json.dumps(POSTS[0]))
    for command in (("timeline", "--html"), ("stats", "--svg")):
        refused = run(*command, "t.db", "--db", "t.db")
        assert refused.exit_code == 2 and "t.db: is a database" in refused.stderr
    assert run("timeline", "--db", "t.db").exit_code == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_database_and_is_not_waited_for(run: Any) -> None:
    os.mkfifo("pipe")
    refused = run("timeline", "--db", "pipe")
    assert refused.exit_code == 4 and "is no SQLite database" in refused.stderr


def test_a_document_of_gigabytes_is_refused_unread(run: Any, tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(6 << 30)  # a sparse file: it takes no room
    result = run("import", "--source", "ripple/statuspage", str(tmp_path / "huge.json"))
    assert result.exit_code == 1 and "huge.json: larger than 64 MiB" in result.stderr


def test_classify_a_text(run: Any) -> None:
    result = run("classify", "We are back online.")
    phase, confidence, because = result.stdout.split(None, 2)
    assert phase == "resolved" and 0 <= float(confidence) <= 1 and because.strip()
    assert json.loads(run("classify", "--json", "We are back online.").stdout)["phase"] == "resolved"
    assert run("classify").exit_code == 2, "nothing is on stdin"


@pytest.mark.parametrize("args", [(), ("-",)])
def test_classify_what_is_piped(run: Any, args: tuple[str, ...]) -> None:
    assert run("classify", *args, input="We are back online.\n").stdout.startswith("resolved ")
    assert run("classify", *args, input=b"St\xf6rung").exit_code == 2
    for nothing in ("x" * 1_100_000, " \n"):
        assert run("classify", *args, input=nothing).exit_code == 2


def test_classify_lines_goes_on_after_bad_ones(run: Any) -> None:
    stream = b"\n".join(
        [
            b'{"id": 1, "text": "We are back online."}',
            b"{no json",
            b"[" * 100_000,
            b'{"id": 2, "text": 7}',
            b'{"id": 3}',
            b"\xff\xfe",
            b"x" * 2_000_000,
            b"",
            b'{"id": "last", "text": "We are investigating an outage", "lang": null}',
        ]
    )
    result = run("classify", "--jsonl", input=stream)
    assert result.exit_code == 1
    assert [line["id"] for line in lines(result)] == [1, "last"]
    assert list(lines(result)[0]) == ["id", "phase", "confidence", "because"]
    assert [error.split(":")[1] for error in result.stderr.splitlines()] == [f" line {n}" for n in (2, 3, 4, 5, 6, 7)]


def test_what_a_platform_files_as_planned_is_judged_as_that_line_by_line_too(run: Any) -> None:
    told = [{"text": "Search waits for new disks.", "planned": planned} for planned in (True, False, None)]
    found = lines(run("classify", "--jsonl", input="\n".join(map(json.dumps, told))))
    assert [line["phase"] == "maintenance" for line in found] == [True, False, False]


def test_read_prints_announcements_that_import_takes(run: Any, tmp_path: Path) -> None:
    feed = tmp_path / "status.rss"
    feed.write_text(
        '<rss version="2.0"><channel><title>Ripple</title><link>https://ripple.example</link><item>'
        "<title>Calls fail</title><guid>c1</guid><pubDate>Thu, 28 Apr 2022 21:17:00 GMT</pubDate>"
        "<description>Calls fail for everybody.</description></item></channel></rss>",
        encoding="utf-8",
    )
    result = run("read", "--platform", "feed", "--source", "ripple/feed", str(feed))
    [announcement] = lines(result)
    assert (announcement["source"], announcement["published_at"]) == ("ripple/feed", "2022-04-28T21:17:00Z")
    assert run("import", input=result.stdout).exit_code == 0
    assert len(lines(run("incidents", "--json"))) == 1


def test_read_says_which_file_it_cannot_read(run: Any, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><body>Sign in</body></html>", encoding="utf-8")
    result = run("read", "--platform", "statuspage", "page.html", "missing.json")
    assert result.exit_code == 1 and result.stdout == ""
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["page.html", "missing.json"]
    near = run("read", "--platform", "statuspag", "page.html")
    assert near.exit_code == 2 and "statuspage" in near.stderr


def test_every_error_has_its_exit_code() -> None:
    def every(kind: type[errors.TrackerError]) -> dict[str, int]:
        codes = {kind.__name__: exit_code(kind("why"))}
        return codes | {name: code for child in kind.__subclasses__() for name, code in every(child).items()}

    assert every(errors.TrackerError) == {
        "TrackerError": 1, "SourceError": 1, "PollError": 1, "ReadError": 1,
        "ConfigError": 2, "AskError": 2, "StoreError": 4, "OutputError": 5,
    }  # fmt: skip
    assert errors.AskError.__bases__ == (errors.TrackerError,)


def test_unknown_command_is_answered_with_the_nearest(run: Any) -> None:
    result = run("timelin")
    assert result.exit_code == 2 and "timeline" in result.stderr


def test_every_command_explains_itself(run: Any) -> None:
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        result = run(name, "--help")
        assert result.exit_code == 0 and "Usage: tracker " + name in result.stdout
        assert run(name, "-h").stdout == result.stdout
    assert run("--version").stdout.startswith("tracker, version ")


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_a_terminal_is_told_in_colour(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], coloured: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ({"TERM": "xterm"} | environ).items():
        monkeypatch.setenv(name, value)
    for is_terminal in (True, False):
        monkeypatch.setattr(sys.stdout, "isatty", lambda is_terminal=is_terminal: is_terminal)
        assert output.in_colour() is (is_terminal and coloured)


HEAVY = {"httpx", "feedparser", "bs4", "yaml", "datasette", "tracker.collect", "tracker.poll", "tracker.platforms"}


def test_timeline_starts_without_what_it_does_not_need(told: Any) -> None:
    script = (
        "import sys; from tracker.cli import cli; cli(['timeline', '--json'], standalone_mode=False); "
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.split())


MAIN = "from tracker.cli import main; main()"


def ended(words: str, *, before: str = "") -> tuple[int, str]:
    """Exit code and stderr of `tracker WORDS` in a shell, which may redirect; ``before`` is run in its Python."""
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$0" -c "$1" {words}', sys.executable, before + MAIN],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", ["check ripple", "check", "check --json", "timeline", "sources", "show ripple/x#1"])
def test_an_answer_that_cannot_be_written_is_no_answer(told: Any, words: str) -> None:
    polled("ripple/feed")
    for closed in ("> /dev/full", ">&-", ">&- 2>&- <&-", "> /dev/full 2>&1"):
        code, said = ended(f"{words} --db data/tracker.db {closed}")
        assert code == 5, closed
        assert said == "" if "2>&" in closed else "tracker: the output cannot be written: " in said, closed
        assert "Traceback" not in said and "Exception" not in said
    assert ended(f"{words} 2>&-")[0] == 0


def test_a_reader_that_leaves_is_no_error_and_no_answer(told: Any) -> None:
    polled("ripple/feed")
    assert ended("check ripple | (exec <&-; sleep 1)") == (141, "")


def test_a_mistake_of_the_program_is_no_answer(told: Any) -> None:
    code, said = ended("check ripple", before="import tracker.cli.options as o; o.now = lambda: 1 / 0; ")
    assert code == 5 and said.startswith("Traceback") and "ZeroDivisionError" in said
    code, said = ended("check ripple", before="import tracker.cli.options as o, os, signal; "
                       "o.now = lambda: os.kill(os.getpid(), signal.SIGINT); ")  # fmt: skip
    assert code == 130 and "Traceback" not in said
    assert ended("check riple")[0] == 2 and ended("check --db none.db")[0] == 3 and ended("--version")[0] == 0


class Terminal(io.StringIO):
    """A stderr that people look at."""

    def isatty(self) -> bool:
        return True


def test_what_ends_a_run_is_not_said_behind_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", seen := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), output.progress() as progress:
        assert progress is not None
        progress("12 of 105 answers")
        raise KeyboardInterrupt
    assert seen.getvalue() == "\r\x1b[2K12 of 105 answers\r\x1b[2K"
    monkeypatch.setenv("TERM", "dumb")
    with output.progress() as progress:
        assert progress is None, "what cannot take a line away would show them all, with the signs of it"


def test_a_closed_pipe_ends_quietly(told: Any) -> None:
    posts = [
        POSTS[0] | {"id": f"n{n}", "published_at": f"2023-{n % 12 + 1:02}-{n // 12 + 1:02}T00:00:00Z"}
        for n in range(300)
    ]
    told("import", input="".join(json.dumps(post) + "\n" for post in posts))
    assert ended("export | head -n 1") == (141, "")
