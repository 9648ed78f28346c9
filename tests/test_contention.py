"""The file under stress: a full disk, a read-only one, a strange one, kills, and others at work on it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from recording import Recorder, Seen, answer

from tracker.cli import running
from tracker.errors import StoreError

TRACKER = (sys.executable, "-c", "from tracker.cli import main; main()")
ROOTLESS = os.geteuid() != 0


def lines(first: int, count: int) -> str:
    """Announcements as import takes them, an outage every two of them."""
    told = []
    for number in range(first, first + count):
        words = "Sending is broken, we are looking into it." if number % 2 else "Fixed: sending works again."
        at = f"2026-03-{1 + number // 1440 % 28:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z"
        post = {"vendor": "ripple", "source": "ripple/x", "id": str(number), "published_at": at, "text": words}
        told.append(json.dumps(post | {"title": f"Story {number} " + "of many words " * 20}))
    return "\n".join(told) + "\n"


def tracker(*args: str, told: str = "", **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TRACKER, *args], input=told, capture_output=True, text=True, timeout=120, **more)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    if ROOTLESS:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_named_and_the_record_stays_whole(small_disk: Path) -> None:
    db = small_disk / "t.db"
    assert tracker("import", "--db", str(db), told=lines(0, 40)).returncode == 0
    before = tracker("export", "--db", str(db)).stdout
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096 - 8192))
    full = tracker("import", "--db", str(db), told=lines(40, 6000))
    assert full.returncode == 4 and "disk is full" in full.stderr and full.stderr.count("\n") == 1
    (small_disk / "filler").unlink()
    with closing(sqlite3.connect(db)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert tracker("export", "--db", str(db)).stdout == before
    assert tracker("import", "--db", str(db), told=lines(40, 40)).returncode == 0


def left_by_a_kill(db: Path) -> Path:
    """A copy of a record as a writer leaves it that is killed: what it wrote last is in the WAL alone."""
    left = db.with_name("left.db")
    with closing(sqlite3.connect(db)) as writer:
        writer.execute("UPDATE vendors SET name = 'Ripple & Sons'")
        writer.commit()
        for end in ("", "-wal"):
            shutil.copy(f"{db}{end}", f"{left}{end}")
    return left


def test_a_disk_without_a_byte_of_room_is_named_to_who_writes_and_hinders_nobody_who_reads(small_disk: Path) -> None:
    """SQLite wants 32 KB beside the file to open it at all; what is all in the file is read without them."""
    db = small_disk / "t.db"
    assert tracker("import", "--db", str(db), told=lines(0, 10)).returncode == 0
    left = left_by_a_kill(db)
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096))
    read = tracker("timeline", "--db", str(db))
    assert (read.returncode, read.stderr) == (0, "") and "Sending is broken" in read.stdout
    assert tracker("check", "ripple", "--db", str(db)).returncode == 1
    for command, record in (("import", db), ("timeline", left)):
        refused = tracker(command, "--db", str(record), told=lines(10, 10))
        assert refused.returncode == 4 and "the disk is full; " in refused.stderr and refused.stderr.count("\n") == 1
    (small_disk / "filler").unlink()
    assert tracker("timeline", "--db", str(left)).stdout == read.stdout
    assert tracker("import", "--db", str(db), told=lines(10, 10)).returncode == 0


def test_the_collector_tells_a_full_disk_once_and_that_there_is_room_again(small_disk: Path) -> None:
    def quick(seen: Seen) -> bytes:
        return answer("200 OK", b"<rss version='2.0'><channel><title>Ripple</title></channel></rss>")

    def collected(*words: str) -> tuple[int, str]:
        done = tracker("collect", *words, cwd=small_disk)
        return done.returncode, done.stderr

    with Recorder(quick, "127.0.8.1") as server:
        feeds = f'vendors: {{ripple: {{name: Ripple, sources: [{{platform: feed, url: "{server.url("/f")}"}}]}}}}'
        (small_disk / "feeds.yaml").write_text(feeds)
        assert collected() == (0, "")
        (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096))
        code, told = collected("--force")
        assert (code, told.count("\n")) == (4, 1) and "the disk is full; make room" in told
        assert [collected("--force") for _ in range(2)] == [(4, ""), (4, "")]
        os.truncate(small_disk / "filler", 1)
        code, told = collected("--force")
        assert (code, told.count("\n")) == (0, 1) and "ok again after" in told and "the disk is full" in told
        assert collected("--force") == (0, "")


def test_a_source_in_trouble_is_told_by_the_run_that_a_full_disk_ends_later(small_disk: Path) -> None:
    """Its state was written down before: to the next run it is no news."""
    items = [f"<item><guid>{n}</guid><title>{'Uploads fail. ' * 99}</title></item>" for n in range(900)]
    silent = "{platform: mastodon, account: '@ripple@ripple.example', silent: it was closed}"

    def much(seen: Seen) -> bytes:
        told = "".join(items[: 0 if seen.path == "/none" else None])
        return answer("200 OK", f"<rss version='2.0'><channel><title>R</title>{told}</channel></rss>".encode())

    def listing(*sources: str) -> None:
        (small_disk / "feeds.yaml").write_text(
            f"vendors: {{ripple: {{name: Ripple, sources: [{', '.join(sources)}]}}}}"
        )

    with Recorder(much, "127.0.8.2") as server:
        listing(f'{{platform: feed, url: "{server.url("/none")}"}}')
        assert tracker("collect", cwd=small_disk).returncode == 0
        listing(f'{{platform: feed, id: much, url: "{server.url("/much")}"}}', silent)
        full, again = (tracker("collect", "--force", cwd=small_disk) for _ in range(2))
    assert (full.returncode, full.stderr.count("\n")) == (4, 2)
    assert "ripple/mastodon: suspended: it was closed\n" in full.stderr and "the disk is full" in full.stderr
    assert (again.returncode, again.stderr) == (4, "")


def test_check_tells_a_full_disk_once_and_what_it_told_before_stays(small_disk: Path) -> None:
    db, kept = small_disk / "t.db", small_disk / "told"
    asked = ("check", "ripple", "--db", str(db), "--changed", str(kept))
    assert tracker("import", "--db", str(db), told=lines(0, 10)).returncode == 0
    first = tracker(*asked)
    assert first.returncode == 1 and first.stdout.startswith("affected: ") and kept.read_text()
    asked = (*asked[:3], str(left_by_a_kill(db)), *asked[4:])
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096))
    full, again = tracker(*asked), tracker(*asked)
    assert (full.returncode, full.stderr.count("the disk is full")) == (4, 1)
    assert (again.returncode, again.stdout + again.stderr) == (4, "")
    (small_disk / "filler").unlink()
    assert tracker(*asked).stdout == first.stdout


def test_a_read_only_place_is_named_and_left_alone(small_disk: Path) -> None:
    db = small_disk / "t.db"
    assert tracker("import", "--db", str(db), told=lines(0, 10)).returncode == 0
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    before = db.read_bytes()
    for command, named in (("import", db), ("rebuild", db), ("backup", small_disk / "kept.db")):
        refused = tracker(command, *(() if named == db else (str(named),)), "--db", str(db), told=lines(10, 10))
        said = f"tracker: {named}: the database is read-only; make file and folder writable\n"
        assert (refused.returncode, refused.stderr) == (4, said)
    assert db.read_bytes() == before


def held(db: Path) -> int:
    """How many announcements are in the record; -1 before there is one."""
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as opened:
            return int(opened.execute("SELECT COUNT(*) FROM announcements").fetchone()[0])
    except sqlite3.OperationalError:
        return -1


def test_killed_while_importing_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    told = tmp_path / "lines.jsonl"
    told.write_text(lines(0, 2_400), encoding="utf-8")
    whole, killed = tmp_path / "whole.db", tmp_path / "killed.db"
    assert tracker("import", str(told), "--db", str(whole)).returncode == 0
    for count in (0, 2_000, 2_400):  # in the first transaction, in the second, while the incidents are told
        process = subprocess.Popen([*TRACKER, "import", str(told), "--db", str(killed)], stderr=subprocess.DEVNULL)
        while held(killed) < count:
            assert process.poll() is None
            time.sleep(0.002)
        process.kill()
        process.wait(timeout=30)
    assert tracker("import", str(told), "--db", str(killed)).returncode == 0
    for command in (("export",), ("timeline", "--json")):
        assert tracker(*command, "--db", str(killed)).stdout == tracker(*command, "--db", str(whole)).stdout


@pytest.mark.parametrize("command", [["import", "lines.jsonl"], ["rebuild"]])
def test_what_takes_long_and_the_collector_are_not_at_work_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """A vendor of many announcements is joined in one transaction, longer than anybody waits for the database."""
    monkeypatch.chdir(tmp_path)
    db = tmp_path / "t.db"
    db_option = ("--db", str(db))
    feeds = "vendors:\n  ripple:\n    sources:\n      - {platform: x, account: ripple, silent: it costs money}\n"
    (tmp_path / "feeds.yaml").write_text(feeds, encoding="utf-8")
    (tmp_path / "lines.jsonl").write_text(lines(0, 3_000), encoding="utf-8")
    assert tracker("collect", *db_option).returncode == 0
    assert tracker("import", *db_option, told=lines(0, 500)).returncode == 0
    with running.alone(db) as alone:
        assert alone
        process = subprocess.Popen([*TRACKER, *command, *db_option], stderr=subprocess.PIPE, text=True)
        time.sleep(1.5)
        assert process.poll() is None and held(db) == 500
    skipped = []
    while process.poll() is None:
        with running.alone(db) as alone:
            if not alone:
                skipped.append(json.loads(tracker("collect", *db_option, "--json").stdout)["skipped"])
        time.sleep(0.05)
    assert process.communicate() == (None, "") and process.returncode == 0
    assert skipped and skipped[0]
    assert not json.loads(tracker("collect", *db_option, "--json").stdout)["skipped"]


def test_a_run_that_does_not_end_is_waited_for_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LONGEST", 0.2)
    db = tmp_path / "t.db"
    with running.alone(db), pytest.raises(StoreError, match="has been at work for an hour"), running.turn(db):
        pass


def test_a_file_on_which_no_collector_works_gets_no_lock(tmp_path: Path) -> None:
    assert tracker("import", "--db", str(tmp_path / "t.db"), told=lines(0, 10)).returncode == 0
    assert tracker("rebuild", "--db", str(tmp_path / "t.db")).returncode == 0
    assert [file.name for file in tmp_path.iterdir()] == ["t.db"]


def test_readers_and_a_second_writer_at_the_same_time(tmp_path: Path) -> None:
    db = tmp_path / "t.db"
    assert tracker("import", "--db", str(db), told=lines(0, 10)).returncode == 0
    files = []
    for number in range(2):
        files.append(tmp_path / f"{number}.jsonl")
        files[-1].write_text(lines(1000 + 4000 * number, 1500), encoding="utf-8")
    writers = [
        subprocess.Popen([*TRACKER, "import", str(file), "--db", str(db)], stderr=subprocess.PIPE, text=True)
        for file in files
    ]
    reads = 0
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as reader:
        while any(writer.poll() is None for writer in writers):
            reader.execute("SELECT COUNT(*) FROM timeline").fetchone()
            reads += 1
    for writer in writers:
        assert writer.stderr is not None
        assert (writer.wait(), writer.stderr.read()) == (0, "")
        writer.stderr.close()
    assert reads > 0
    with closing(sqlite3.connect(db)) as opened:
        assert opened.execute("SELECT COUNT(*) FROM announcements").fetchone() == (3010,)
