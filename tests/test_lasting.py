"""What ends every run is told once, not 1,440 times a day: again when it changes or lasts, and when it is over."""

from __future__ import annotations

import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from recording import Recorder, Seen, answer

from tracker import collect
from tracker.cli import cli, lasting, options, running

TRACKER = (sys.executable, "-c", "from tracker.cli import main; main()")
RSS = b'<rss version="2.0"><channel><title>S</title><item><guid>1</guid><title>Welcome</title></item></channel></rss>'
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder of a collector whose first run went well; its one source answers."""

    def quick(seen: Seen) -> bytes:
        return answer("200 OK", RSS)

    with Recorder(quick, "127.0.7.1") as server:
        (tmp_path / "feeds.yaml").write_text(
            "vendors:\n  quick:\n    name: Quick\n    sources:\n"
            f'      - {{platform: feed, url: "{server.url("/f")}", every: 1m}}\n'
        )
        assert ran(tmp_path) == (0, "")
        yield tmp_path


def ran(place: Path, *words: str, before: tuple[str, ...] = (), **more: Any) -> tuple[int, str]:
    """A run as cron makes it: its exit code, and what would be mailed."""
    command = [*before, *TRACKER, "collect", "--force", *words]
    done = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    assert done.stdout == ""
    return done.returncode, done.stderr


# root may read all; so that it is refused what others are, its process is begun without that right
OTHERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def invoked(place: Path, *words: str) -> Result:
    at = ("--force", "--db", str(place / "data" / "tracker.db"), "--feeds", str(place / "feeds.yaml"))
    return CliRunner().invoke(cli, ["collect", *at, *words])


def misspelt(place: Path, word: str) -> str:
    """feeds.yaml with a mistake in it; gives the one without."""
    right = (place / "feeds.yaml").read_text()
    (place / "feeds.yaml").write_text(right.replace("platform", word))
    return right


def test_a_mistake_in_feeds_yaml_is_told_once_and_that_it_is_gone(place: Path) -> None:
    right = misspelt(place, "platfrom")
    code, told = ran(place)
    assert code == 2 and "unknown key 'platfrom'" in told
    assert [ran(place) for _ in range(2)] == [(2, ""), (2, "")]
    (place / "feeds.yaml").write_text(right.replace("every: 1m", "every: often"))
    code, told = ran(place)
    assert code == 2 and "often" in told, "another mistake is news"
    (place / "feeds.yaml").write_text(right)
    code, told = ran(place)
    assert (code, told.count("\n")) == (0, 1)
    assert told.startswith("tracker: ok again after ") and "often" in told
    assert ran(place) == (0, "")


@pytest.mark.skipif(bool(OTHERS) and shutil.which("setpriv") is None, reason="root is refused nothing")
@pytest.mark.parametrize(("name", "code", "why"), [
    ("feeds.yaml", 2, "feeds.yaml: cannot be read: Permission denied"),
    ("data/tracker.db", 4, "data/tracker.db: cannot be opened: Permission denied"),
])  # fmt: skip
def test_a_file_that_this_user_may_not_read_is_told_once(place: Path, name: str, code: int, why: str) -> None:
    (place / name).chmod(0)
    assert ran(place, before=OTHERS) == (code, f"tracker: {why}\n")
    assert ran(place, before=OTHERS) == (code, "")
    (place / name).chmod(0o644)
    assert ran(place)[0] == 0


def test_a_feed_for_subscribers_does_not_tell_the_mistake_that_collect_has_told(place: Path) -> None:
    """Both run from cron: it would be a mail each time that the feed is written."""
    watch = (place / "feeds.yaml").read_text() + "watch:\n  all:\n    severity: minor\n"
    (place / "feeds.yaml").write_text(watch)

    def fed(*words: str) -> tuple[int, str]:
        command = [*TRACKER, "timeline", "--watch", "all", *words]
        done = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, done.stderr

    assert fed("--atom", "all.atom") == (0, "")
    misspelt(place, "platfrom")
    assert "platfrom" in fed("--atom", "all.atom")[1], "nobody has told it yet"
    assert "platfrom" in ran(place)[1]
    assert fed("--atom", "all.atom") == (2, "") == fed("--ical", "all.ics")
    assert "platfrom" in fed()[1], "whoever asks is told"
    (place / "feeds.yaml").write_text(watch.replace("minor", "small"))
    assert "small" in fed("--atom", "all.atom")[1], "another one"
    assert "small" in ran(place)[1] and fed("--atom", "all.atom") == (2, "")


def test_what_lasts_is_told_again_after_a_day(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = misspelt(place, "platfrom")
    told = []
    for hours in (0, 1, 23, 24, 25, 47, 48, 3):  # the last: somebody set the clock back
        monkeypatch.setattr(options, "now", lambda hours=hours: NOON + timedelta(hours=hours))
        refused = invoked(place)
        assert refused.exit_code == 2
        told.append(refused.stderr != "")
    assert told == [True, False, False, True, False, False, True, True]
    (place / "feeds.yaml").write_text(right)
    monkeypatch.setattr(options, "now", lambda: NOON + timedelta(hours=51))
    assert invoked(place).stderr.startswith("tracker: ok again after 2 d 3 h; it was: ")


def test_a_run_with_nothing_to_do_shows_not_that_it_is_over(place: Path) -> None:
    """A disk that is all but full lets those pass."""
    right = misspelt(place, "platfrom")
    ran(place)
    (place / "feeds.yaml").write_text(right)
    idle = subprocess.run([*TRACKER, "collect"], cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (idle.returncode, idle.stderr) == (0, "")
    assert ran(place)[1].startswith("tracker: ok again")


def test_what_comes_and_goes_is_told_once_an_hour(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two installations on one database one has a mistake in its feeds.yaml."""
    (place / "other.yaml").write_text("vendors: none\n")
    told = []
    for minute in range(0, 130, 5):
        monkeypatch.setattr(options, "now", lambda minute=minute: NOON + timedelta(minutes=minute))
        here = invoked(place, "--feeds", str(place / "other.yaml")), invoked(place)
        assert [run.exit_code for run in here] == [2, 0]
        told += [(minute, run.stderr.count("\n")) for run in here if run.stderr]
    assert told == [(minute, 1) for minute in (0, 0, 60, 60, 120, 120)]


def test_nothing_is_polled_while_the_clock_is_not_set(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At boot, before the network has told the time: what is seen then would stand in the record as of 1970."""
    told = []
    for minute in range(3):
        monkeypatch.setattr(options, "now", lambda minute=minute: datetime(1970, 1, 1, 0, minute, tzinfo=UTC))
        early = invoked(place)
        assert early.exit_code == 1
        told += early.stderr.splitlines()
    assert told == ["tracker: the clock of this machine says 1970-01-01; nothing is polled until it is set"]
    at = ("--db", str(place / "data" / "tracker.db"), "--feeds", str(place / "feeds.yaml"))
    asked = CliRunner().invoke(cli, ["backfill", "quick", *at])
    assert (asked.exit_code, asked.stderr.splitlines()) == (1, told)
    monkeypatch.setattr(options, "now", lambda: NOON)
    assert invoked(place).exit_code == 0
    record = CliRunner().invoke(cli, ["export", "--db", str(place / "data" / "tracker.db")]).stdout
    assert f"{NOON:%Y-%m-%dT%H}" in record and '"1970-' not in record


def test_whoever_sits_at_a_terminal_is_told_every_time(place: Path) -> None:
    misspelt(place, "platfrom")
    ours, theirs = pty.openpty()
    for _ in range(2):
        piped = subprocess.run([*TRACKER, "collect"], cwd=place, stdin=theirs, capture_output=True, text=True)
        assert piped.returncode == 2 and "platfrom" in piped.stderr
    assert "platfrom" in ran(place)[1], "and keeps it from nobody else"
    os.close(theirs)
    os.close(ours)


def test_a_poll_or_two_that_failed_are_no_mail(tmp_path: Path) -> None:
    status = ["200 OK"]
    with Recorder(lambda seen: answer(status[0], RSS), "127.0.7.2") as server:
        source = f'{{platform: feed, url: "{server.url("/f")}", every: 1m}}'
        (tmp_path / "feeds.yaml").write_text(f"vendors: {{quick: {{name: Quick, sources: [{source}]}}}}")
        assert ran(tmp_path) == (0, "")
        status[0] = "403 Forbidden"
        ours, theirs = pty.openpty()
        subprocess.run([*TRACKER, "collect", "--force"], cwd=tmp_path, stderr=theirs)
        assert b"quick/feed: unreachable: " in os.read(ours, 1 << 12), "a terminal is told"
        os.close(theirs)
        os.close(ours)
        assert ran(tmp_path) == (1, "")
        code, told = ran(tmp_path)
        assert (code, told.count("\n")) == (1, 1) and told.startswith("tracker: quick/feed: unreachable: ")
        assert ran(tmp_path) == (1, "")
        status[0] = "200 OK"
        assert ran(tmp_path) == (0, "tracker: quick/feed: ok again, after it was unreachable\n")


@pytest.mark.parametrize("command", [("rebuild",), ("collect", "--wait")])
def test_whoever_waits_at_a_terminal_for_another_run_is_told_why(place: Path, command: tuple[str, ...]) -> None:
    ours, theirs = pty.openpty()
    with running.alone(place / "data" / "tracker.db"):
        waiting = subprocess.Popen([*TRACKER, *command], cwd=place, stderr=theirs, env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        assert b"another run is at work; waiting for its end" in os.read(ours, 1 << 10)
    assert waiting.wait(30) == 0
    os.close(ours)


def test_its_file_has_its_whole_size_before_the_disk_is_full_and_rests_while_all_is_well(place: Path) -> None:
    lock = place / "data" / "tracker.db.lock"
    first = lock.stat()
    assert ran(place) == (0, "")
    assert (first.st_size, lock.stat().st_mtime_ns) == (4_096, first.st_mtime_ns)


def test_lost_metrics_are_told_once(place: Path) -> None:
    pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")
    metrics = ("--metrics", "lost/tracker.prom")
    code, told = ran(place, *metrics)
    assert code == 5 and "metrics cannot be written" in told
    assert ran(place, *metrics) == (5, "")
    (place / "lost").mkdir()
    code, told = ran(place, *metrics)
    assert code == 0 and "ok again after" in told and "metrics cannot be written" in told
    assert ran(place, *metrics) == (0, "")


def test_an_upgrade_that_lost_the_extra_of_the_metrics_goes_on_collecting(place: Path) -> None:
    program = "import sys; sys.modules['prometheus_client'] = None; from tracker.cli import main; main()"
    without = [sys.executable, "-c", program, "collect", "--force", "--json", "--metrics", "tracker.prom"]
    for news in (1, 0):
        done = subprocess.run(without, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert (done.returncode, json.loads(done.stdout)["requests"]) == (5, 1)
        assert done.stderr.count("--metrics needs prometheus-client: ") == done.stderr.count("\n") == news


def test_a_vendor_whose_incidents_cannot_be_told_is_named_once(place: Path) -> None:
    """After an upgrade all is read again, and a byte of an original has turned meanwhile."""
    with closing(sqlite3.connect(place / "data" / "tracker.db")) as db:
        [(body,)] = db.execute("SELECT body FROM originals").fetchall()
        db.execute("UPDATE originals SET body = x'00'")
        db.execute("UPDATE rules SET version = '0.0.0'")
        db.commit()
        first, again = invoked(place), invoked(place, "--json")
        assert (first.exit_code, first.stderr.count("\n")) == (0, 1) and "the record holds a damaged" in first.stderr
        assert (again.exit_code, again.stderr, len(json.loads(again.stdout)["lasting"])) == (0, "", 1)
        db.execute("UPDATE originals SET body = ?", (body,))
        db.commit()
    assert "ok again after" in invoked(place).stderr


def test_a_mistake_of_the_program_is_told_once_by_the_line_where_it_is(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object, **more: object) -> None:
        more[str(datetime.now(UTC))]  # what it says is another each time

    monkeypatch.setattr(collect, "collect", wrong)
    assert isinstance(invoked(place).exception, KeyError), "with its traceback"
    again = invoked(place)
    assert (again.exit_code, again.stderr) == (5, "")
    monkeypatch.undo()
    assert "it was: KeyError (tracker.cli.collecting, line " in invoked(place).stderr


@pytest.mark.parametrize("words", ["# a stranger's\n", "\0" * 4_096, "\0" * 4_097, "tracker\nhalf of it", "x" * 5_000])
def test_only_a_file_of_ours_is_written(place: Path, words: str) -> None:
    """Whoever names poetry as the database has poetry.lock as its lock."""
    lock = place / "data" / "tracker.db.lock"
    lock.write_text(words)
    misspelt(place, "platfrom")
    told = [ran(place)[1] != "" for _ in range(2)]
    is_ours = words.startswith("tracker\n") or words == "\0" * 4_096
    assert (told, lock.read_text() == words) == ([True, not is_ours], not is_ours)


def test_where_it_cannot_be_remembered_it_is_told_every_time(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misspelt(place, "platfrom")
    monkeypatch.setattr(lasting, "_opened", lambda db: None)
    assert all("platfrom" in invoked(place).stderr for _ in range(2))


def test_before_there_is_a_record_all_is_told(tmp_path: Path) -> None:
    """Nothing is made where somebody is in the wrong folder."""
    assert all("tracker init" in ran(tmp_path)[1] for _ in range(2))
    assert list(tmp_path.iterdir()) == []


def test_what_comes_through_a_pipe_is_read_once_also_by_the_first_run(place: Path) -> None:
    feeds = (place / "feeds.yaml").read_text()
    for db in ("new.db", "new.db", "wrong.db"):
        piped = [*TRACKER, "collect", "--force", "--feeds", "/dev/stdin", "--db", db]
        told = feeds.replace("platform", "platfrom") if db == "wrong.db" else feeds
        done = subprocess.run(piped, cwd=place, input=told, capture_output=True, text=True)
        assert (done.returncode, "unknown key" in done.stderr) == ((2, True) if db == "wrong.db" else (0, False))
    assert (place / "new.db").exists() and not (place / "wrong.db").exists()


@pytest.mark.parametrize(
    "trouble", ["x" * 3_899 + " y", "x" + "ä" * 3_000, "caf\udce9.yaml: no such file", " two\nlines\n"]
)
def test_a_trouble_of_any_words_is_known_again(place: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    db = place / "data" / "tracker.db"
    assert [lasting.is_news(db, told) for told in (trouble, trouble, "other", trouble)] == [True, False, True, True]


def test_a_reader_that_left_is_no_trouble(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    for _ in range(2):
        with pytest.raises(BrokenPipeError), lasting.told_once(place / "data" / "tracker.db"):
            raise BrokenPipeError
    assert ran(place) == (0, ""), "nothing is over"


def test_a_long_trouble_is_known_by_its_beginning(place: Path) -> None:
    long = json.dumps("ä" * 100)
    (place / "feeds.yaml").write_text("vendors:\n" + "".join(f'  {long[:-1]}{n}": x\n' for n in range(60)))
    assert ran(place)[1].count("\n") == 41
    assert ran(place) == (2, "")
