"""What was told before the first poll: all of it, once, politely, and as if it had been known from the beginning."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from long_account import DID, SIZES, LongAccount
from long_life import LongLife, is_planned
from recording import Recorder, Seen, answer
from web import named

from tracker import collect, platforms, poll
from tracker.cli import cli, running
from tracker.collect import Backfilled, Ways, backfilling, reassembling, walking_back
from tracker.errors import ReadError
from tracker.models import Answer, Document, Due, Kind, PastPage, Request, Source, Vendor
from tracker.platforms import statuspage
from tracker.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
COUNT = 80  # of which ten are planned work
LIFE = LongLife(made=datetime(2023, 2, 10, tzinfo=UTC), now=NOON, count=COUNT)
NEWEST = next(each for each in LIFE.incidents if not is_planned(each))
SHORT = LongLife(made=datetime(2025, 11, 1, tzinfo=UTC), now=NOON, count=24)
PAGES = 14  # quarters from 2026 back to the one before it was made
CURLEW = Source(id="curlew/statuspage", vendor="curlew", platform="statuspage", page=LIFE.url)
Served = Callable[[str], Answer | bytes | None]


@dataclass
class World:
    """A clock, and pages that are asked: ``odd`` answers in their place where it gives something."""

    lives: Mapping[str, LongLife | LongAccount] = field(default_factory=lambda: {LIFE.url: LIFE})
    odd: Callable[[str, int], Answer | bytes | None] = lambda target, count: None
    now: datetime = NOON
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    turns: int = 0

    def poll(self, due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            origin = "/".join(request.url.split("/")[:3])
            target = request.url.removeprefix(origin)
            self.asked.append((target, self.now))
            body = self.odd(target, len(self.asked)) or self.lives[origin].body(target)
            if isinstance(body, Answer):
                yield replace(body, request=request, url=request.url)
            elif body is None:
                yield refused(404, request)
            else:
                yield Answer(request=request, url=request.url, status=200, body=body)

    def rest(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds, 1.0))

    def paths(self) -> list[str]:
        return [target for target, _ in self.asked]

    def backfill(self, store: Store, *sources: Source, since: date | None = None, **ways: Any) -> list[Backfilled]:
        """What these sources (none: the page of Curlew) told before; ``ways`` that are not its own."""
        vendors = named(*(sources or (CURLEW,)))
        own = {"clock": lambda: self.now, "poll": self.poll, "turn": lambda: nullcontext(True), "rest": self.rest}
        wanted = [vendor.slug for vendor in vendors]
        return collect.backfill(store, vendors, wanted, since=since, ways=Ways(**{**own, **ways}))

    def collect(self, store: Store, source: Source = CURLEW) -> collect.Report:
        return collect.collect(store, named(source), now=self.now, poll=self.poll)


def refused(status: int, request: Request | None = None, **headers: str) -> Answer:
    asked = request or Request(source="", url="", purpose="")
    error = f"status.curlew.example answers HTTP {status}"
    return Answer(request=asked, url=asked.url, status=status, headers=headers, error=error)


def told(store: Store) -> list[tuple[Any, ...]]:
    """All announcements without what depends on when and by which way we came to know them."""
    rows = store.db.execute(
        "SELECT id, incident_key, title, text, status, impact, published_at, url, versions, planned, window_start "
        "FROM announcements ORDER BY id"
    )
    return [tuple(row) for row in rows]


def incidents(store: Store) -> list[Any]:
    kinds = tuple(Kind)
    found = store.incidents(kinds=kinds)
    return sorted(
        (each.id, each.kind, each.name, each.state, each.announced_at, each.resolved_at, each.duration_s, each.impact,
         each.components, [(step.phase, step.source, step.id, step.at) for step in each.steps])
        for each in found
    )  # fmt: skip


# -- all of it, once ---------------------------------------------------------------------------------------------------


def test_the_whole_life_of_a_page_is_read_and_nothing_is_asked_twice(store: Store) -> None:
    world = World()
    [came_of] = world.backfill(store)
    assert (came_of.read, came_of.known, came_of.gone, came_of.left, came_of.done) == (COUNT, 0, 0, 0, True)
    assert came_of.problems == [] and came_of.back_to == date(2022, 10, 1)
    assert came_of.announcements == len(told(store)) == sum(len(each["incident_updates"]) for each in LIFE.incidents)
    assert max(Counter(world.paths()).values()) == 1
    assert len(world.asked) == PAGES + COUNT
    assert world.paths()[:PAGES] == [f"/history.json?page={number}" for number in range(1, PAGES + 1)]
    codes = [path.rpartition("/")[2].removesuffix(".json") for path in world.paths()[PAGES:]]
    assert codes == [each["id"] for each in LIFE.incidents]  # newest first
    kinds = {path.split("/")[3] for path in world.paths()[PAGES:]}
    assert kinds == {"incidents", "scheduled-maintenances"}
    assert all(later - earlier >= timedelta(seconds=1) for (_, earlier), (_, later) in pairwise(world.asked))
    assert store.db.execute("SELECT COUNT(*) FROM announcements WHERE first_seen_at IS NOT NULL").fetchone()[0] == 0
    assert store.db.execute("SELECT COUNT(*) FROM backfills").fetchone()[0] == 0  # nothing is left to be remembered


def test_it_comes_to_the_same_as_if_all_had_been_known_from_the_beginning(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as store, Store.open(tmp_path / "b.db") as other:
        world = World()
        world.collect(store)
        before = len(told(store))
        [came_of] = world.backfill(store)
        lists = dict(zip(("/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json"), LIFE.whole(), strict=True))
        World(odd=lambda target, _: lists.get(target)).collect(other)
        assert (came_of.known, came_of.read) == (50 + 10, COUNT - 50 - 10)
        assert came_of.announcements == len(told(store)) - before
        assert told(store) == told(other)
        assert incidents(store) == incidents(other)
        assert store.db.execute("SELECT COUNT(*) FROM revisions").fetchone()[0] == 0
        kept = incidents(store)
        assert [*collect.rebuild(store, diff=True)] == [] and incidents(store) == kept


def test_what_it_added_is_nothing_new_to_the_next_poll_nor_to_the_next_call(store: Store) -> None:
    world = World()
    world.backfill(store)
    world.asked.clear()
    [again] = world.backfill(store)
    assert (again.known, again.read, again.announcements, len(world.asked)) == (COUNT, 0, 0, PAGES)
    world.now += timedelta(minutes=5)
    report = world.collect(store)
    assert (report.announcements, report.revisions, report.problems) == (0, 0, [])


def test_a_text_that_was_reworded_since_stands_as_it_was(store: Store) -> None:
    world = World()
    newest = NEWEST["id"]
    body = World().lives[LIFE.url].body("/api/v2/incidents.json") or b""
    world.odd = lambda target, _: (
        body.replace(b"This is over", b"It is all over") if "incidents.json" in target else None
    )
    world.collect(store)
    world.odd = lambda target, _: None
    world.backfill(store)
    texts = store.db.execute("SELECT text FROM announcements WHERE incident_key = ? AND status = 'resolved'", (newest,))
    assert texts.fetchone()[0].startswith("It is all over")
    assert store.db.execute("SELECT COUNT(*) FROM revisions").fetchone()[0] == 0


@pytest.mark.parametrize(("since", "pages"), [(date(2026, 1, 1), 1), (date(2025, 2, 1), 5), (date(2025, 12, 1), 2)])
def test_it_goes_no_farther_back_than_the_month_that_is_asked_for(store: Store, since: date, pages: int) -> None:
    world = World()
    [came_of] = world.backfill(store, since=since)
    wanted = [each["id"] for each in LIFE.incidents if each["resolved_at"] >= since.isoformat()]
    assert [path for path in world.paths() if "history" in path] == [
        f"/history.json?page={n}" for n in range(1, pages + 1)
    ]
    assert {key for (key,) in store.db.execute("SELECT DISTINCT incident_key FROM announcements")} == set(wanted)
    assert (came_of.read, came_of.done, came_of.back_to) == (len(wanted), True, since)


def test_what_goes_on_is_left_to_the_next_poll_which_knows_when_it_saw_it(store: Store) -> None:
    """But one of which nobody heard the end is asked for."""
    code = NEWEST["id"]
    world = World(now=datetime.fromisoformat(NEWEST["created_at"]) + timedelta(minutes=30))

    def unfinished(target: str, _: int) -> bytes | None:
        lists = LIFE.answer(target)
        if lists is None or "incidents" not in lists:
            return None
        found = json.loads(json.dumps(NEWEST))
        found["incident_updates"] = found["incident_updates"][-1:]
        found |= {"status": found["incident_updates"][0]["status"], "resolved_at": None}
        return json.dumps({**lists, "incidents": [found]}).encode()

    world.odd = unfinished
    world.collect(store)
    assert [each.state for each in store.incidents() if each.steps[0].id.startswith(code)] == ["open"]
    world.odd = lambda target, _: None
    world.backfill(store)
    assert not any(code in path for path in world.paths())
    world.now += timedelta(days=2)  # nobody has polled it since
    world.backfill(store)
    assert sum(code in path for path in world.paths()) == 1
    assert {each.state for each in store.incidents()} == {"resolved"}


# -- stopped in the middle ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 5, PAGES, PAGES + 1, PAGES + 60, PAGES + COUNT])
def test_stopped_anywhere_the_next_call_goes_on_from_there(store: Store, at: int) -> None:
    def stopping(target: str, count: int) -> None:
        if count == at:
            raise KeyboardInterrupt

    world = World(odd=stopping)
    with pytest.raises(KeyboardInterrupt):
        world.backfill(store)
    [came_of] = world.backfill(store)
    assert came_of.done and len(told(store)) == sum(len(each["incident_updates"]) for each in LIFE.incidents)
    counted = Counter(world.paths())
    assert sorted(counted.values())[-2:] == [1, 2]  # only what it was stopped at
    assert incidents(store) == whole_incidents()


@cache
def whole_incidents() -> list[Any]:
    with Store.open(Path(":memory:")) as store:
        World().backfill(store)
        return incidents(store)


def test_a_little_at_a_time_comes_to_the_end(store: Store) -> None:
    world = World()
    calls = 0
    while True:
        calls += 1
        [came_of] = world.backfill(store, ends_at=world.now + timedelta(seconds=12))
        assert came_of.problems == []
        if came_of.done:
            break
        assert came_of.left or calls < 3
    assert max(Counter(world.paths()).values()) == 1
    assert calls == -(-(PAGES + COUNT) // 12)
    assert incidents(store) == whole_incidents()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_meanwhile_calls_in_the_end_come_to_the_whole(store: Store, seed: int) -> None:
    """Pauses, broken answers, Ctrl-C and a collector between: at random, but the same for one seed."""
    chance = random.Random(seed)

    def odd(target: str, _: int) -> Answer | bytes | None:
        match chance.randrange(40):
            case 0:
                raise KeyboardInterrupt
            case 1 | 2:
                return refused(500)
            case 3:
                return refused(429, None, **{"retry-after": str(chance.choice((3, 90, 4000)))})
            case 4:
                return b"<html>Are you a person?</html>"
        return None

    world = World(odd=odd)
    for _ in range(300):
        with suppress(KeyboardInterrupt):
            world.collect(store) if chance.randrange(3) == 0 else None
            [came_of] = world.backfill(store, ends_at=world.now + timedelta(seconds=chance.choice((5, 40, 4000))))
            if came_of.done:
                break
        world.now += timedelta(minutes=20)
    assert came_of.done
    assert len(told(store)) == sum(len(each["incident_updates"]) for each in LIFE.incidents)
    assert incidents(store) == whole_incidents()
    assert store.db.execute("SELECT COUNT(*) FROM revisions").fetchone()[0] == 0
    kept = incidents(store)
    assert [*collect.rebuild(store, diff=True)] == [] and incidents(store) == kept


def interrupt_at(nth: int, call: Callable[[], object]) -> None:
    """Ctrl-C at the nth line of a call that is of what is tested here."""
    lines = 0

    def counting(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if frame.f_code.co_filename not in (backfilling.__file__, walking_back.__file__):
            return None
        lines += event == "line"
        if event == "line" and lines == nth:
            raise KeyboardInterrupt
        return counting

    sys.settrace(counting)
    with suppress(KeyboardInterrupt):
        call()
    sys.settrace(None)
    assert lines >= nth


@pytest.mark.parametrize("nth", range(40, 700, 11))
def test_ctrl_c_between_any_two_lines_loses_nothing(store: Store, nth: int) -> None:
    world = World(lives={LIFE.url: SHORT})
    interrupt_at(nth, lambda: world.backfill(store))
    assert world.backfill(store)[0].done
    assert len(told(store)) == sum(len(each["incident_updates"]) for each in SHORT.incidents)


def test_what_is_remembered_of_it_outlives_that_all_is_derived_and_read_again(store: Store) -> None:
    """As after an upgrade, or after the clock was set back."""
    world = World()
    world.backfill(store, ends_at=NOON + timedelta(seconds=PAGES + 10))
    store.derive_later("curlew")
    world.collect(store)
    assert world.backfill(store)[0].done
    assert incidents(store) == whole_incidents()


def test_a_page_that_moved_meanwhile_is_read_where_it_is_now(store: Store) -> None:
    World().backfill(store, ends_at=NOON + timedelta(seconds=30))
    moved = replace(LIFE, url="https://status.curlew-ferries.example")
    source = replace(CURLEW, page=moved.url, formerly=LIFE.url)
    world = World(lives={moved.url: moved})
    [came_of] = world.backfill(store, source)
    assert (came_of.known + came_of.read, came_of.done) == (COUNT, True)
    assert incidents(store) == whole_incidents()


def test_what_is_large_is_written_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfilling, "BATCH_BYTES", 100)
    written = []

    def looking(target: str, count: int) -> None:
        written.append(store.db.execute("SELECT COUNT(DISTINCT incident_key) FROM announcements").fetchone()[0])

    World(lives={LIFE.url: SHORT}, odd=looking).backfill(store)
    assert written == [*[0] * SMALL_PAGES, *range(24)]


def test_all_is_joined_three_times_at_most_however_often_it_is_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is older may change all that is newer: joined with each transaction, it would take ever longer."""
    monkeypatch.setattr(backfilling, "BATCH_BYTES", 100)
    placed: Counter[bool] = Counter()
    store.db.set_trace_callback(lambda sql: placed.update([sql.startswith("INSERT INTO incident_updates")]))
    World().backfill(store)
    store.db.set_trace_callback(None)
    assert len(told(store)) < placed[True] < 3 * len(told(store))
    assert incidents(store) == whole_incidents()


Killed = Callable[[LongLife | LongAccount, int], Store]


@pytest.fixture
def killed(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Killed:
    """The record of a backfill that was killed before one of its last questions (-1: the last one)."""
    monkeypatch.setattr(backfilling, "BATCH_BYTES", 100)
    copies: list[Path] = []

    def copying(target: str, count: int) -> None:
        copies.append(tmp_path / f"{count}.db")
        store.backup(copies[-1])

    def at(life: LongLife | LongAccount, question: int) -> Store:
        source = life.source if isinstance(life, LongAccount) else CURLEW
        World(odd=copying, lives={life.url: life}).backfill(store, source)
        return Store.open(copies[question])

    return at


def test_what_a_killed_call_did_not_join_is_joined_with_the_next_news(killed: Killed) -> None:
    with killed(SHORT, -3) as record:
        assert 0 < len(incidents(record)) < 21
        news = SHORT.body("/api/v2/incidents.json") or b""
        news = news.replace(SHORT.incidents[0]["id"].encode(), b"new")
        World(odd=lambda target, _: news if "incidents.json" in target else None, lives={LIFE.url: SHORT}).collect(
            record
        )
        kept = incidents(record)
        assert len(kept) > 21 and [*collect.rebuild(record, diff=True)] == [] and incidents(record) == kept


def test_what_a_killed_call_did_not_join_is_joined_by_the_next_run_that_has_asked_all(killed: Killed) -> None:
    """Not by one whose time is over before, nor where another backfill is at work, which will do so itself."""

    def nothing_new(due: Iterable[Due]) -> Iterator[Answer]:
        yield from (Answer(request=request, url=request.url, status=304) for request, _ in due)

    def run(poll: collect.Poll, **more: Any) -> list[Any]:
        collect.collect(record, named(CURLEW), now=NOON, poll=poll, **more)
        return incidents(record)

    with killed(SHORT, -3) as record:
        waiting = incidents(record)
        assert run(lambda _: iter(())) == waiting
        assert run(nothing_new, is_backfilled=lambda: True, force=True) == waiting
        kept = run(nothing_new)
        assert len(kept) == 21 > len(waiting)
        assert [*collect.rebuild(record, diff=True)] == [] and incidents(record) == kept


def test_nobody_else_runs_while_it_joins(store: Store) -> None:
    """Else a run of cron could wait for the database until it gives up."""
    held = [False]
    joined: Counter[bool] = Counter()

    @contextmanager
    def turn() -> Iterator[bool]:
        held.append(True)
        yield True
        held.pop()

    store.db.set_trace_callback(lambda sql: joined.update([held[-1]] * ("INSERT INTO incident_updates" in sql)))
    World().backfill(store, turn=turn)
    assert joined.keys() == {True}


def test_a_vendor_that_is_renamed_while_it_waits_to_join_is_left_to_collect(store: Store) -> None:
    """As by a run of cron that had the turn before, with another feeds.yaml."""
    world = World()
    renamed = Vendor(slug="godwit", name="Godwit Ferries", sources=(replace(CURLEW, vendor="godwit"),))

    @contextmanager
    def turn() -> Iterator[bool]:
        if world.now >= ends_at:
            store.register((renamed,), world.now)
        yield True

    ends_at = NOON + timedelta(seconds=PAGES + 10)
    [came_of] = world.backfill(store, turn=turn, ends_at=ends_at)
    assert (came_of.read, came_of.problems) == (10, [])
    collect.collect(store, (renamed,), now=world.now, poll=lambda _: iter(()))
    assert store.vendor_names() == {"godwit": "Godwit Ferries"}
    assert len(incidents(store)) == 10 and [*collect.rebuild(store, diff=True)] == []


def test_a_vendor_that_cannot_be_joined_is_told_once_and_joined_when_it_can_be(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    monkeypatch.setattr(reassembling, "tell", lambda placed, context: NOON.replace(year=9999) + timedelta(days=999))
    [problem] = world.backfill(store)[0].problems
    assert problem.startswith("curlew/statuspage: its incidents cannot be told: OverflowError")
    monkeypatch.undo()
    assert world.collect(store).lasting == []
    assert len(incidents(store)) == COUNT


def test_what_a_killed_call_did_not_join_is_joined_with_an_import(killed: Killed) -> None:
    """Of what was said later than all that waits."""
    line = {"vendor": "curlew", "source": "curlew/x", "id": "1", "text": "Tickets cannot be bought, we look into it."}
    with killed(SHORT, -3) as record:
        waiting = len(incidents(record))
        collect.import_lines(record, [json.dumps({**line, "published_at": NOON.isoformat()})], now=NOON)
        kept = incidents(record)
        assert len(kept) > waiting + 1
        assert [*collect.rebuild(record, diff=True)] == [] and incidents(record) == kept


@pytest.mark.parametrize("leap", [timedelta(hours=8), -timedelta(hours=8)])
def test_a_clock_that_leaps_meanwhile_makes_nobody_wait(store: Store, leap: timedelta) -> None:
    """As of a machine that slept, or whose clock was put right."""

    def leaping(target: str, count: int) -> None:
        world.now += leap * (count == PAGES + 20)

    rests = []
    world = World(odd=leaping)
    [came_of] = world.backfill(store, rest=rests.append)
    assert came_of.done and max(rests) <= 1


def test_what_was_heard_is_kept_also_where_its_turn_does_not_come_again(store: Store) -> None:
    world = World()

    @contextmanager
    def turn() -> Iterator[bool]:
        yield len(world.asked) < PAGES + 10

    [came_of] = world.backfill(store, turn=turn)
    kept = store.db.execute("SELECT COUNT(DISTINCT incident_key) FROM announcements").fetchone()[0]
    assert (came_of.read, came_of.left, kept) == (10, COUNT - 10, 10)
    assert world.backfill(store)[0].done and max(Counter(world.paths()).values()) == 1


def test_a_source_that_is_renamed_meanwhile_goes_on(store: Store) -> None:
    World().backfill(store, ends_at=NOON + timedelta(seconds=PAGES + 10))
    source = replace(CURLEW, id="curlew/page", formerly=CURLEW.id)
    world = World()
    [came_of] = world.backfill(store, source)
    assert came_of.done and not [path for path in world.paths() if path.startswith("/history")]
    assert store.db.execute("SELECT DISTINCT source FROM announcements").fetchall()[0]["source"] == source.id
    assert store.way_back(source.id, None) is None


def test_another_since_begins_anew_and_takes_what_is_there_as_known(store: Store) -> None:
    world = World()
    world.backfill(store, since=date(2025, 1, 1), ends_at=NOON + timedelta(seconds=20))
    read = len({key for (key,) in store.db.execute("SELECT DISTINCT incident_key FROM announcements")})
    [came_of] = world.backfill(store)
    assert (came_of.known, came_of.read) == (read, COUNT - read)
    assert store.db.execute("SELECT COUNT(*) FROM backfills").fetchone()[0] == 0


# -- what a server may say ---------------------------------------------------------------------------------------------


def test_a_pause_that_a_host_asks_for_is_waited_for(store: Store) -> None:
    busy = {3: "40", PAGES + 9: "Mon, 02 Mar 2026 12:03:00 GMT"}

    def pausing(target: str, count: int) -> Answer | None:
        if count not in busy:
            return None
        return refused(429, None, **{"retry-after": busy[count], "date": f"{world.now:%a, %d %b %Y %H:%M:%S} GMT"})

    world = World(odd=pausing)
    [came_of] = world.backfill(store)
    assert (came_of.read, came_of.done, came_of.problems) == (COUNT, True, [])
    for count in busy:
        (asked, at), (again, later) = world.asked[count - 1 : count + 1]
        assert asked == again
        assert later - at >= timedelta(seconds=40) or later >= NOON + timedelta(minutes=3)


@pytest.mark.parametrize("lost", [timedelta(milliseconds=1), timedelta(minutes=10)])
def test_a_pause_that_the_clock_does_not_wait_for_ends_nothing(store: Store, lost: timedelta) -> None:
    """As of a clock that is made to go slower, or is put right meanwhile."""
    world = World(odd=lambda target, count: refused(429, None, **{"retry-after": "40"}) if count == 20 else None)
    slow = [lost]

    def rest(seconds: float) -> None:
        world.rest(seconds)
        if seconds > 1 and slow:
            world.now -= slow.pop()

    [came_of] = world.backfill(store, rest=rest)
    assert came_of.done and not slow


def test_a_long_pause_ends_the_call_and_is_kept_to_by_the_next_one_and_by_collect(store: Store) -> None:
    world = World(odd=lambda target, count: refused(503, None, **{"retry-after": "7200"}) if count == 40 else None)
    [came_of] = world.backfill(store)
    assert came_of.problems == [
        "curlew/statuspage: status.curlew.example asks to be left alone until 2026-03-02 14:00 UTC"
    ]
    assert (came_of.done, came_of.left, len(world.asked)) == (False, COUNT - (40 - 1 - PAGES), 40)
    assert world.collect(store).requests == 0
    assert not world.backfill(store)[0].done and len(world.asked) == 40
    world.now = NOON + timedelta(hours=2, minutes=1)
    assert world.backfill(store)[0].done
    assert max(Counter(world.paths()).values()) == 2 and len(world.asked) == PAGES + COUNT + 1


def test_a_pause_is_kept_to_by_all_that_is_asked_of_its_host(store: Store) -> None:
    """Also where another source, or `collect` meanwhile, was told so."""
    twin = replace(CURLEW, id="curlew/twin", page=f"{LIFE.url}/")
    world = World(odd=lambda target, count: refused(429, None, **{"retry-after": "60"}) if count == 11 else None)

    asked_by_collect = [timedelta(seconds=90)]

    def rest(seconds: float) -> None:
        world.rest(seconds)
        if len(world.asked) == 40 and asked_by_collect:
            store.block_host("status.curlew.example", world.now + asked_by_collect.pop())

    assert all(came_of.done for came_of in world.backfill(store, CURLEW, twin, rest=rest))
    times = [when for _, when in world.asked]
    pauses = [b - a for a, b in pairwise(times) if b - a > timedelta(seconds=1)]
    assert pauses == [timedelta(seconds=60), timedelta(seconds=91)]


def test_a_token_goes_with_every_question_to_its_own_host(store: Store) -> None:
    source = replace(CURLEW, token="CURLEW_TOKEN")
    world = World()
    borne = []

    def poll(due: Iterable[Due]) -> Iterator[Answer]:
        due = list(due)
        borne.extend(request.bearer for request, _ in due)
        return world.poll(due)

    for seconds in (5, 4000):
        ends_at = world.now + timedelta(seconds=seconds)
        world.backfill(store, source, poll=poll, environ={"CURLEW_TOKEN"}, ends_at=ends_at)
    assert len(borne) == PAGES + COUNT and set(borne) == {"CURLEW_TOKEN"}


def test_an_answer_that_tells_of_another_incident_is_none(store: Store) -> None:
    """As where what is not there is answered with something that is, and not with 404."""
    missing, other = LIFE.incidents[3]["id"], LIFE.incidents[6]["id"]
    body = LIFE.body(f"/api/v2/incidents/{other}.json")
    world = World(odd=lambda target, _: body if missing in target else None)
    [came_of] = world.backfill(store)
    assert (came_of.read, came_of.left, came_of.done) == (COUNT - 1, 1, False)
    assert came_of.problems == [f"curlew/statuspage: 1 of its incidents could not be read: {missing}"]


def test_a_host_that_is_busy_again_and_again_is_left_alone(store: Store) -> None:
    world = World(odd=lambda target, count: refused(429, None, **{"retry-after": "5"}) if count > 20 else None)
    [came_of] = world.backfill(store)
    assert came_of.problems == ["curlew/statuspage: status.curlew.example answers HTTP 429, 5 times in a row"]
    assert len(world.asked) == 20 + 5


def test_a_pause_longer_than_the_budget_is_not_waited_for(store: Store) -> None:
    world = World(odd=lambda target, count: refused(429, None, **{"retry-after": "60"}) if count == 20 else None)
    [came_of] = world.backfill(store, ends_at=NOON + timedelta(seconds=50))
    assert (came_of.problems, came_of.done, len(world.asked)) == ([], False, 20)


def test_incidents_that_are_not_there_any_more_are_counted_and_missed_by_nobody(store: Store) -> None:
    gone = {LIFE.incidents[5]["id"], LIFE.incidents[60]["id"]}
    world = World(odd=lambda target, _: refused(404) if any(code in target for code in gone) else None)
    [came_of] = world.backfill(store)
    assert (came_of.read, came_of.gone, came_of.done, came_of.problems) == (COUNT - 2, 2, True, [])
    assert all(sum(code in path for path in world.paths()) == 2 for code in gone)  # by both addresses


def test_planned_work_that_is_filed_with_another_impact_is_found(store: Store) -> None:
    plan = next(each for each in LIFE.incidents if is_planned(each))
    world = World()

    def other(target: str, _: int) -> bytes | None:
        body = LIFE.body(target) or b""
        return body.replace(b'"impact": "maintenance"', b'"impact": "minor"') if "history" in target else None

    world.odd = other
    [came_of] = world.backfill(store)
    assert (came_of.read, came_of.gone) == (COUNT, 0)
    [row] = store.db.execute("SELECT planned FROM announcements WHERE incident_key = ? LIMIT 1", (plan["id"],))
    assert row[0] == 1


def test_one_that_fails_stops_no_other_and_is_asked_again_by_the_next_call(store: Store) -> None:
    broken = LIFE.incidents[7]["id"], LIFE.incidents[9]["id"]
    odd: dict[str, Answer | bytes] = {broken[0]: refused(500), broken[1]: b"<html>Are you a person?</html>"}
    world = World(odd=lambda target, _: next((odd[code] for code in odd if code in target), None))
    [came_of] = world.backfill(store)
    assert (came_of.read, came_of.left, came_of.done) == (COUNT - 2, 2, False)
    assert came_of.problems == [f"curlew/statuspage: 2 of its incidents could not be read: {broken[0]}, {broken[1]}"]
    odd.clear()
    world.asked.clear()
    [again] = world.backfill(store)
    assert (again.read, again.known, again.done, len(world.asked)) == (2, COUNT - 2, True, PAGES + 2)


def test_a_host_that_fails_three_times_in_a_row_is_left_alone_and_gone_on_with(store: Store) -> None:
    world = World(odd=lambda target, count: refused(500) if 50 < count <= 53 else None)
    [came_of] = world.backfill(store)
    assert len(world.asked) == 53 and not came_of.done
    assert came_of.problems[0] == "curlew/statuspage: status.curlew.example answers HTTP 500"
    assert world.backfill(store)[0].done
    assert [path for path in world.paths()[53:] if "history" in path] == []


@pytest.mark.parametrize("odd", [(8, 9, 10), (2, 5)])
def test_what_failed_is_asked_again_wherever_the_call_ended(store: Store, odd: tuple[int, ...]) -> None:
    world = World(
        lives={LIFE.url: SHORT}, odd=lambda target, count: refused(500) if count in odd else None,
    )  # fmt: skip
    [came_of] = world.backfill(store)
    assert came_of.problems and not came_of.done
    assert world.backfill(store)[0].done
    assert len(told(store)) == sum(len(each["incident_updates"]) for each in SHORT.incidents)


def test_incidents_that_always_fail_keep_back_no_other(store: Store) -> None:
    broken = tuple(each["id"] for each in LIFE.incidents[10:13])
    world = World(odd=lambda target, _: refused(500) if any(code in target for code in broken) else None)
    first, second = world.backfill(store)[0], world.backfill(store)[0]
    assert (first.left, second.left, second.done) == (COUNT - 10, 3, False)
    assert first.read + second.read == COUNT - 3


def test_a_page_that_cannot_be_read_keeps_back_no_incident_of_the_pages_before_it(store: Store) -> None:
    world = World(odd=lambda target, _: refused(500) if target.endswith("page=4") else None)
    [came_of] = world.backfill(store)
    assert came_of.problems == ["curlew/statuspage: status.curlew.example answers HTTP 500"]
    assert (came_of.done, came_of.left, came_of.back_to) == (False, 0, date(2025, 7, 1))
    assert came_of.read == sum(each["resolved_at"] >= "2025-07" for each in LIFE.incidents) > 10
    world.odd = lambda target, _: None
    [again] = world.backfill(store)
    assert (again.done, again.read) == (True, COUNT - came_of.read)
    assert [path for path in world.paths() if "history" in path][3:5] == ["/history.json?page=4"] * 2
    assert incidents(store) == whole_incidents()


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (refused(404), "it shows no history: status.curlew.example answers HTTP 404"),
        (refused(403), "status.curlew.example answers HTTP 403"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "the document is HTML or XML, not JSON"),
        (b'{"page": {"id": "x"}, "incidents": []}', "no history of a Statuspage: no 'months' at the top"),
        (b'{"months": [{"name": "Smarch", "year": 2026}]}', "no month of a history: 'Smarch' '2026'"),
        (b"[]", "no history of a Statuspage"),
    ],
)
def test_a_page_without_a_history_is_told_so(store: Store, page: Answer | bytes, why: str) -> None:
    world = World(odd=lambda target, _: page if "history" in target else None)
    [came_of] = world.backfill(store)
    [problem] = came_of.problems
    assert problem.startswith(f"curlew/statuspage: {why}")
    assert len(world.asked) == 1 and not came_of.done


def test_pages_that_repeat_themselves_for_ever_end_it(store: Store) -> None:
    """As where a redirect drops the number of the page: what they name is read."""
    first = LIFE.body("/history.json?page=1")
    world = World(odd=lambda target, _: first if "history" in target else None)
    [came_of] = world.backfill(store)
    assert sum("history" in path for path in world.paths()) == 3
    problem = "curlew/statuspage: its pages repeat themselves: January 2026 is followed by January 2026"
    assert came_of.problems == [problem]
    assert (came_of.read, came_of.left, came_of.back_to) == (len(world.asked) - 3, 0, date(2026, 1, 1))
    assert came_of.read == sum(each["resolved_at"] >= "2026" for each in LIFE.incidents) > 0


@pytest.mark.parametrize("at", range(2, PAGES, 3))
def test_a_quarter_that_begins_while_pages_are_read_is_no_end_of_them(store: Store, at: int) -> None:
    """Each page is the one before it from then on."""

    def turned(target: str, count: int) -> bytes | None:
        page = re.fullmatch(r"/history.json\?page=(\d+)", target)
        return LIFE.body(f"/history.json?page={int(page[1]) - 1}") if page and count >= at else None

    [came_of] = World(odd=turned).backfill(store)
    assert (came_of.read, came_of.done, came_of.problems) == (COUNT, True, [])


def test_nothing_is_taken_from_an_address_that_is_another_s_now(store: Store) -> None:
    World().collect(store)
    before = told(store)
    sold = LongLife(made=LIFE.made, now=NOON, count=30, name="Dunlin Loans")
    page = json.loads(sold.body("/history.json?page=1") or b"")
    page["page_status"]["page"]["id"] = "dun11n"
    world = World(odd=lambda target, _: json.dumps(page).encode() if "history" in target else None)
    [came_of] = world.backfill(store)
    assert (
        "this address told of c0rl3wf3rr13 curlew ferries and now tells of dun11n dunlin loans" in came_of.problems[0]
    )
    assert told(store) == before and len(world.asked) == 1


# -- who has a past ----------------------------------------------------------------------------------------------------


def test_vendors_without_a_past_are_told_so_and_stop_no_other(store: Store) -> None:
    feed = Source(id="dunlin/feed", vendor="dunlin", platform="feed", url="https://dunlin.example/status.rss")
    mute = Source(id="dunlin/x", vendor="dunlin", platform="x", account="dunlin", silent="no free channel")
    wrong = Source(id="knot/statuspage", vendor="knot", platform="statuspage", page="knot")
    dunlin, knot, curlew = World().backfill(store, feed, mute, wrong, CURLEW)
    assert dunlin.problems == [
        "dunlin: no history to be had: dunlin/feed keeps none that can be paged back; "
        "dunlin/x is silent: no free channel"
    ]
    assert "'knot' is no status page" in knot.problems[0]
    assert curlew.done and curlew.read == COUNT


def test_several_pages_are_read_side_by_side(store: Store) -> None:
    """One question a host at a time, and as long as the longest of them takes."""
    other = replace(LIFE, url="https://status.dunlin.example", count=40, name="Dunlin Loans")
    dunlin = Source(id="dunlin/statuspage", vendor="dunlin", platform="statuspage", page=other.url)
    world = World(lives={LIFE.url: LIFE, other.url: other})
    came_of = world.backfill(store, CURLEW, dunlin)
    assert [(each.read, each.done) for each in came_of] == [(COUNT, True), (40, True)]
    assert world.now - NOON <= timedelta(seconds=PAGES + COUNT)


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("https://status.curlew.example/history.atom", "https://status.curlew.example/history.json?page=1"),
        ("https://curlew.example/status/history.rss", "https://curlew.example/status/history.json?page=1"),
        ("https://status.curlew.example/api/v2/incidents.json", "https://status.curlew.example/history.json?page=1"),
        ("https://status.curlew.example/", None),
        ("https://status.curlew.example/incidents/c1.json", None),
    ],
)
def test_a_document_of_a_page_leads_to_its_history(url: str, begins: str | None) -> None:
    past = statuspage.past(replace(CURLEW, page=None, url=url), None, None)
    assert (past.older.url if past and past.older else None) == begins


def test_what_the_feed_told_is_known_to_the_api(store: Store) -> None:
    """A source that is read by its feed has the ids of the feed; by the API they are the same updates."""
    source = replace(CURLEW, page=None, url=f"{LIFE.url}/history.atom")
    feed = Path(__file__).parent / "platforms" / "statuspage" / "history.atom"
    reading = statuspage.read(Document(source=source, body=feed.read_bytes(), polled_at=NOON))
    with store.transaction():
        store.ingest(source, "url", reading, NOON)
    before = told(store)
    by_api = (feed.parent / "incidents.json").read_bytes()
    with store.transaction():
        again = statuspage.read(Document(source=source, body=by_api, polled_at=NOON))
        assert store.ingest_past(source, again, NOON).announcements == 0
    assert told(store) == before


# -- pages -------------------------------------------------------------------------------------------------------------


def page_of(months: list[tuple[str, int, list[str]]], made: str | None = None, number: int = 7) -> Document:
    shown = [
        {"name": name, "year": year, "incidents": [{"code": code, "impact": "minor"} for code in codes]}
        for name, year, codes in months
    ]
    page = {"id": "p", "name": "Curlew", "created_at": made}
    body = json.dumps({"page_status": {"page": page}, "months": shown}).encode()
    return Document(source=CURLEW, body=body, polled_at=NOON, purpose=f"past:{number}")


def past_of(document: Document, since: date | None = None) -> PastPage:
    past = platforms.past(CURLEW, document, since)
    assert past is not None
    return past


def test_a_quiet_quarter_is_no_end_but_one_before_the_page_was_made_is() -> None:
    quiet: list[tuple[str, int, list[str]]] = [("March", 2019, []), ("February", 2019, []), ("January", 2019, [])]
    assert past_of(page_of(quiet, "2018-05-01T00:00:00Z")).older is not None
    assert past_of(page_of(quiet, "2019-02-01T00:00:00Z")).older is None
    assert past_of(page_of(quiet)).older is not None
    assert past_of(page_of([("June", 2011, [])])).older is None  # before there was any
    assert past_of(page_of([("June", 2011, ["c1"])])).older is not None  # some were told afterwards
    assert past_of(page_of([])).older is None


def test_pages_have_an_end_however_much_they_tell() -> None:
    assert past_of(page_of([("June", 2015, ["c1"])], number=200)).older is None


def test_pages_that_name_more_than_memory_holds_are_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReadError, match="more than 20,000 incidents in three months"):
        past_of(page_of([("June", 2024, [f"c{number}" for number in range(20_001)])]))
    monkeypatch.setattr("tracker.collect.walking_back.MOST_QUEUED", 20)
    [came_of] = World().backfill(store)
    assert came_of.problems == [
        "curlew/statuspage: its pages name more than 20 incidents; those before 2025-04-01 are left out"
    ]
    assert 20 < came_of.read < 35


@pytest.mark.parametrize("name", ["März", "mars", "Marzo", "maart", "março", "March"])
def test_months_are_known_in_the_languages_of_pages(name: str) -> None:
    assert past_of(page_of([(name, 2024, ["c1"])])).back_to == datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("code", ["../../etc", "a b", "", "x" * 65, None, 7])
def test_a_code_that_is_none_leads_nowhere(code: Any) -> None:
    document = page_of([("June", 2024, [code, "c1"])])
    assert list(past_of(document).incidents) == ["c1"]


@pytest.mark.parametrize("month", [("March", "2024"), ("March", True), ("March", 0), ("", 2024), (None, 2024)])
def test_a_month_that_is_none_is_refused(month: Any) -> None:
    with pytest.raises(ReadError, match="no month of a history"):
        past_of(page_of([(*month, [])]))


# -- accounts ----------------------------------------------------------------------------------------------------------


def account(platform: str, count: int = 330) -> LongAccount:
    return LongAccount(platform=platform, made=datetime(2023, 2, 10, tzinfo=UTC), now=NOON, count=count)


@pytest.fixture(params=SIZES)
def curlew(request: pytest.FixtureRequest) -> LongAccount:
    """An account on each platform whose accounts can be paged back."""
    return account(request.param)


def questions(account: LongAccount) -> int:
    """Mastodon is first asked who it is, and says by an empty page that there are no more; Bluesky only the latter."""
    return account.pages + {"mastodon": 2, "bluesky": 1, "telegram": 0}[account.platform]


def known(store: Store) -> tuple[list[Any], list[Any]]:
    """Posts, and incidents without their ids, which are by the post of each that was known first."""
    return told(store), sorted(each[1:] for each in incidents(store))


@cache
def whole_account(account: LongAccount) -> tuple[list[Any], list[Any]]:
    with Store.open(Path(":memory:")) as store:
        World(lives={account.url: account}).backfill(store, account.source)
        return known(store)


def test_all_that_an_account_ever_said_is_read_page_by_page(store: Store, curlew: LongAccount) -> None:
    world = World(lives={curlew.url: curlew})
    [came_of] = world.backfill(store, curlew.source)
    assert (came_of.announcements, came_of.done, came_of.problems) == (len(curlew.own()), True, [])
    assert (came_of.read, came_of.known, came_of.left, came_of.back_to) == (0, 0, 0, date(2023, 2, 10))
    assert len(world.asked) == questions(curlew) and max(Counter(world.paths()).values()) == 1
    times = {datetime.fromisoformat(row[6]) for row in told(store)}
    assert times == {curlew.at(number).replace(microsecond=0) for number in curlew.own()}
    assert store.db.execute("SELECT COUNT(*) FROM announcements WHERE first_seen_at IS NOT NULL").fetchone()[0] == 0
    assert store.db.execute("SELECT COUNT(*) FROM backfills").fetchone()[0] == 0
    kept = incidents(store)
    assert len([each for each in kept if each[3] == "resolved"]) > 80
    assert [*collect.rebuild(store, diff=True)] == [] and incidents(store) == kept


def test_of_an_account_that_is_polled_only_what_is_older_is_new(store: Store, curlew: LongAccount) -> None:
    world = World(lives={curlew.url: curlew})
    world.collect(store, curlew.source)
    before = len(told(store))
    [came_of] = world.backfill(store, curlew.source)
    assert 0 < before < len(told(store)) == before + came_of.announcements
    assert known(store) == whole_account(curlew)
    world.now = NOON + timedelta(hours=2)
    report = world.collect(store, curlew.source)
    assert (report.announcements, report.revisions, report.problems) == (0, 0, [])
    assert store.db.execute("SELECT COUNT(*) FROM revisions").fetchone()[0] == 0
    assert store.db.execute("SELECT COUNT(*) FROM absences").fetchone()[0] == 0


@pytest.mark.parametrize(("hours", "is_left"), [(20, True), (30, False)])
def test_what_an_account_said_since_its_last_poll_is_left_to_the_next(
    store: Store, curlew: LongAccount, hours: int, is_left: bool
) -> None:
    """Which knows when it saw it. But what nobody polled for a day is read."""
    world = World(lives={curlew.url: curlew})
    world.collect(store, curlew.source)
    step = curlew.at(1) - curlew.at(0)
    later = replace(curlew, count=curlew.count + 4, now=NOON + step * 4)
    world = World(lives={curlew.url: later}, now=NOON + timedelta(hours=hours))
    assert world.backfill(store, curlew.source)[0].done
    since = "SELECT first_seen_at IS NOT NULL FROM announcements WHERE published_at > '2026-03-02T12:00:01' ORDER BY 1"
    assert len(store.db.execute(since).fetchall()) == (0 if is_left else 3)
    world.collect(store, curlew.source)
    assert [row[0] for row in store.db.execute(since)] == [int(is_left)] * 3


@pytest.mark.parametrize("since", [date(2026, 2, 1), date(2025, 6, 1), date(2023, 2, 1)])
def test_an_account_is_read_no_farther_back_than_the_month_that_is_asked_for(
    store: Store, curlew: LongAccount, since: date
) -> None:
    world = World(lives={curlew.url: curlew})
    [came_of] = world.backfill(store, curlew.source, since=since)
    wanted = [number for number in curlew.own() if curlew.at(number).date() >= since]
    assert (came_of.announcements, came_of.done) == (len(wanted), True)
    assert came_of.back_to == max(since, date(2023, 2, 10))
    within = len([number for number in range(curlew.count) if curlew.at(number).date() >= since])
    if since.year > 2023:
        assert len(world.asked) <= within // SIZES[curlew.platform] + 2


@pytest.mark.parametrize("at", [1, 2, 3])
def test_stopped_anywhere_an_account_is_gone_on_with_from_there(store: Store, curlew: LongAccount, at: int) -> None:
    def stopping(target: str, count: int) -> None:
        if count == at:
            raise KeyboardInterrupt

    world = World(lives={curlew.url: curlew}, odd=stopping)
    with pytest.raises(KeyboardInterrupt):
        world.backfill(store, curlew.source)
    assert world.backfill(store, curlew.source)[0].done
    assert sorted(Counter(world.paths()).values())[-2:] == [1, 2]  # only what it was stopped at
    assert known(store) == whole_account(curlew)


@pytest.mark.parametrize("nth", range(40, 330, 7))
def test_ctrl_c_between_any_two_lines_loses_no_post(store: Store, nth: int) -> None:
    short = account("telegram", count=70)
    interrupt_at(nth, lambda: World(lives={short.url: short}).backfill(store, short.source))
    assert World(lives={short.url: short}).backfill(store, short.source)[0].done
    assert known(store) == whole_account(short)


def test_a_little_of_an_account_at_a_time_comes_to_its_end(store: Store, curlew: LongAccount) -> None:
    world = World(lives={curlew.url: curlew})
    for _ in range(questions(curlew)):
        [came_of] = world.backfill(store, curlew.source, ends_at=world.now + timedelta(seconds=2))
        if came_of.done:
            break
    assert came_of.done and max(Counter(world.paths()).values()) == 1
    assert known(store) == whole_account(curlew)


def test_what_was_read_and_not_joined_yet_is_of_its_incident_also_when_its_words_are_forgotten(
    killed: Killed, tmp_path: Path
) -> None:
    """Of a post that begins an outage nothing but its words says so."""
    with killed(account("mastodon", 150), -1) as record:
        waiting = record.db.execute(
            "SELECT source, id FROM announcements WHERE text LIKE '% is down %' "
            "AND number NOT IN (SELECT announcement FROM incident_updates)"
        ).fetchone()
        record.backup(tmp_path / "joined.db")
        with Store.open(tmp_path / "joined.db") as joined:
            [*collect.rebuild(joined)]
            whole = [(each.id, each.state, each.announced_at, each.resolved_at) for each in joined.incidents()]
        collect.forget(record, *waiting, now=NOON)
        assert [(each.id, each.state, each.announced_at, each.resolved_at) for each in record.incidents()] == whole


@pytest.mark.parametrize("status", [401, 403])
def test_an_account_that_is_shown_to_nobody_without_a_login_is_said_and_is_no_trouble(
    store: Store, curlew: LongAccount, status: int
) -> None:
    """Of the source: its newest posts are shown, as by some hosts, or in its RSS."""
    world = World(lives={curlew.url: curlew})
    world.collect(store, curlew.source)
    health = [tuple(row) for row in store.db.execute("SELECT * FROM sources")]
    world.odd = lambda target, _: refused(status)
    [came_of] = world.backfill(store, curlew.source)
    assert came_of.problems == [f"{curlew.source.id}: status.curlew.example answers HTTP {status}"]
    assert not came_of.done and [tuple(row) for row in store.db.execute("SELECT * FROM sources")] == health
    world.odd = lambda target, _: None
    assert world.backfill(store, curlew.source)[0].done and known(store) == whole_account(curlew)


def test_a_host_that_shows_one_page_again_and_again_is_left_alone(store: Store, curlew: LongAccount) -> None:
    """As where what is asked for is dropped by a redirect."""

    def repeating(target: str, _: int) -> bytes | None:
        return curlew.body(re.sub("(max_id|cursor|before)=[^&]*", "", target))

    world = World(lives={curlew.url: curlew}, odd=repeating)
    [came_of] = world.backfill(store, curlew.source)
    [why] = came_of.problems
    assert why.startswith(f"{curlew.source.id}: its pages repeat themselves: ") and len(world.asked) <= 4
    assert 0 < came_of.announcements <= SIZES[curlew.platform]


def test_an_account_without_end_ends_a_call_but_not_the_way(
    store: Store, curlew: LongAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.collect.walking_back.MOST_PAGES", 3)
    world = World(lives={curlew.url: curlew})
    [came_of] = world.backfill(store, curlew.source)
    assert came_of.problems == [
        f"{curlew.source.id}: 3 pages were read, which is enough for one call; the next goes on from there"
    ]
    assert (came_of.done, len(world.asked)) == (False, 3)
    while not world.backfill(store, curlew.source)[0].done:
        assert len(world.asked) <= questions(curlew)
    assert max(Counter(world.paths()).values()) == 1 and known(store) == whole_account(curlew)


def test_a_page_of_another_account_is_kept_out(store: Store) -> None:
    """As after its name was given to somebody else in the middle."""
    curlew = account("bluesky")
    other = b"did:plc:gull"
    world = World(lives={curlew.url: curlew})
    world.odd = lambda target, count: (curlew.body(target) or b"").replace(DID.encode(), other) if count == 2 else None
    [came_of] = world.backfill(store, curlew.source)
    assert "now tells of did:plc:gull" in came_of.problems[0] and not came_of.done
    assert not [row for row in told(store) if "gull" in row[0]]


def test_an_account_whose_posts_are_not_there_shows_no_history(store: Store) -> None:
    curlew = account("mastodon")
    world = World(lives={curlew.url: curlew}, odd=lambda target, _: refused(404) if "statuses" in target else None)
    [came_of] = world.backfill(store, curlew.source)
    assert came_of.problems == ["curlew/mastodon: it shows no history: status.curlew.example answers HTTP 404"]


def test_mastodon_is_asked_for_nobody_else(store: Store) -> None:
    curlew = account("mastodon")
    other = json.dumps({"id": "5", "acct": "gull", "username": "gull"}).encode()
    [came_of] = World(lives={curlew.url: curlew}, odd=lambda target, _: other).backfill(store, curlew.source)
    assert came_of.problems == ["curlew/mastodon: the answer is about 'gull', not about the source's account"]
    assert told(store) == []


def test_an_account_that_is_read_by_its_rss_has_no_past(store: Store) -> None:
    sources = (
        Source(id=f"curlew/{platform}", vendor="curlew", platform=platform, url=f"https://h.example/{platform}.rss")
        for platform in SIZES
    )
    world = World()
    [came_of] = world.backfill(store, *sources)
    assert came_of.problems[0].count("keeps none that can be paged back") == len(SIZES) and not world.asked


def test_an_account_is_read_beside_a_page_and_what_they_told_is_joined(store: Store) -> None:
    """The one is still paged back while the other is asked for its incidents."""
    curlew = account("mastodon", count=900)
    world = World(lives={LIFE.url: LIFE, curlew.url: curlew})
    page, posts = world.backfill(store, CURLEW, curlew.source)
    assert (page.read, page.done, posts.announcements, posts.done) == (COUNT, True, len(curlew.own()), True)
    assert world.now - NOON <= timedelta(seconds=PAGES + COUNT)
    kept = incidents(store)
    assert [*collect.rebuild(store, diff=True)] == [] and incidents(store) == kept


# -- the command -------------------------------------------------------------------------------------------------------

SMALL_PAGES = 3
QUICKLY = "import tracker.poll; tracker.poll.PAUSE = 0.02; from tracker.cli import main; main()"


@dataclass
class Place:
    """A folder with a feeds.yaml whose one page is served on loopback."""

    folder: Path
    server: Recorder

    def words(self, *words: str) -> list[str]:
        at = ("--db", str(self.folder / "t.db"), "--feeds", str(self.folder / "feeds.yaml"))
        return ["backfill", "curlew", *at, *words]

    def ran(self, *words: str) -> Result:
        return CliRunner().invoke(cli, self.words(*words))

    def started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", QUICKLY, *self.words()]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def on_a_terminal(self, *words: str) -> tuple[int, list[str]]:
        """Its exit code, and the lines that it shows one over the other."""
        master, slave = pty.openpty()
        command = [sys.executable, "-c", QUICKLY, *self.words(*words)]
        running_ = subprocess.Popen(command, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        said = b""
        with suppress(OSError):  # its end, as Linux says it
            while piece := os.read(master, 1 << 16):
                said += piece
        os.close(master)
        return running_.wait(60), said.decode().replace("\r\x1b[2K", "\n").splitlines()

    def codes(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "t.db")) as db:
            return [code for (code,) in db.execute("SELECT DISTINCT incident_key FROM announcements ORDER BY 1")]


@contextmanager
def serving(folder: Path, life: LongLife | LongAccount, platform: str, path: str = "") -> Iterator[Place]:
    with Recorder(lambda seen: served(seen, life), "127.0.7.9") as server:
        source = f'{{platform: {platform}, page: "{server.url(path)}"}}'
        feeds = f"vendors:\n  curlew:\n    name: Curlew Ferries\n    sources:\n      - {source}\n"
        (folder / "feeds.yaml").write_text(feeds, encoding="utf-8")
        yield Place(folder, server)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving(tmp_path, SHORT, "statuspage") as place:
        yield place


def served(seen: Seen, life: LongLife | LongAccount = SHORT) -> bytes:
    body = life.body(seen.path)
    return answer("404 Not Found") if body is None else answer("200 OK", body)


def test_a_server_sees_one_plain_question_a_second(place: Place) -> None:
    done = place.ran("--since", "2025-12", "--contact", "ferries@example.com", "--budget", "6s")
    assert (done.exit_code, done.output) == (0, "")
    assert 4 <= len(place.server.seen) <= 6 and place.server.most_at_once == 1
    assert min(place.server.gaps()) >= 0.99
    for seen in place.server.seen:
        assert seen.method == "GET" and "ferries@example.com" in (seen.header("user-agent") or "")
        assert not {"cookie", "referer", "if-none-match", "if-modified-since", "cache-control"} & {
            line.partition(":")[0].lower() for line in seen.lines
        }


def test_json_tells_what_came_of_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "PAUSE", 0.0)
    done = place.ran("--json")
    came_of = json.loads(done.stdout)
    assert came_of["back_to"] < "2025-11-01" and came_of["announcements"] > 60
    assert {name: came_of[name] for name in ("vendor", "source", "read", "known", "left", "done", "problems")} == {
        "vendor": "curlew", "source": "curlew/statuspage", "read": 24, "known": 0, "left": 0, "done": True,
        "problems": [],
    }  # fmt: skip
    assert (place.ran().exit_code, place.ran().output) == (0, "")
    shown = CliRunner().invoke(cli, ["incidents", "--db", str(place.folder / "t.db"), "--json", "--maintenance"])
    assert len(shown.stdout.splitlines()) == 24


def test_what_goes_wrong_is_told_and_is_the_exit_code(place: Place) -> None:
    place.server.answering = lambda seen: answer("404 Not Found")
    done = place.ran()
    assert done.exit_code == 1
    assert done.stderr == (
        f"tracker: curlew/statuspage: it shows no history: 127.0.7.9:{place.server.port} answers HTTP 404 Not Found\n"
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["curlwe"], "did you mean 'curlew'?"),
        ([], "Missing argument 'VENDOR...'"),
        (["curlew", "--since", "yesterday"], "is no time"),
        (["curlew", "--since", "2019-13"], "is no time"),
        (["curlew", "--since", "9999-12"], "'9999-12' is still to come"),
        (["curlew", "--budget", "0"], "is no span of time"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(place: Place, words: list[str], why: str) -> None:
    at = ("--db", str(place.folder / "t.db"), "--feeds", str(place.folder / "feeds.yaml"))
    done = CliRunner().invoke(cli, ["backfill", *words, *at])
    assert done.exit_code == 2 and why in done.output
    assert not place.server.seen and not (place.folder / "t.db").exists()


def test_collect_has_its_turn_between_two_questions_and_never_meanwhile(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = place.folder / "t.db"
    asked, rested = [], []

    def answering(seen: Seen) -> bytes:
        with running.alone(db) as alone:
            asked.append(alone)
        return served(seen)

    def resting(seconds: float) -> None:
        with running.alone(db) as alone:
            rested.append(alone)

    place.server.answering = answering
    monkeypatch.setattr(poll, "PAUSE", 0.0)
    monkeypatch.setattr("tracker.cli.backfilling.sleep", resting)
    assert place.ran().exit_code == 0
    assert len(asked) == len(place.server.seen) > 24 and not any(asked)
    assert len(rested) == len(asked) - 1 and all(rested)


def test_a_budget_ends_also_while_another_run_is_at_work(place: Place) -> None:
    began = monotonic()
    with running.alone(place.folder / "t.db"):
        done = place.ran("--budget", "1s")
    assert (done.exit_code, done.output, place.server.seen) == (0, "", [])
    assert monotonic() - began < 5


def test_a_budget_ends_also_while_a_slow_host_has_its_rest(place: Place) -> None:
    def slow(seen: Seen) -> Iterator[bytes]:
        sleep(2.4)
        yield served(seen)

    place.server.answering = slow
    began = monotonic()
    assert (place.ran("--budget", "3s").exit_code, len(place.server.seen)) == (0, 1)
    assert monotonic() - began < 4


def test_a_run_of_cron_joins_what_waits_unless_a_backfill_is_at_work(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAUSE", 0.0)
    db = place.folder / "t.db"

    def waits_after_a_run() -> bool:
        ran = CliRunner().invoke(cli, ["collect", "--db", str(db), "--feeds", str(place.folder / "feeds.yaml")])
        assert (ran.exit_code, ran.output) == (0, "")
        with Store.open(db) as store:
            return store.unjoined_since("curlew") is not None

    assert place.ran().exit_code == 0
    with Store.open(db) as store:
        store.join_later("curlew", SHORT.made)
    assert not waits_after_a_run(), "its first poll brings news"
    with Store.open(db) as store:
        store.join_later("curlew", SHORT.made)
    with running.alone(db, kind=".backfill"):
        assert waits_after_a_run()
    assert not waits_after_a_run()


def test_a_second_one_asks_nobody_while_the_first_is_at_work(place: Place) -> None:
    seconds: list[Result] = []
    at_work: list[bool] = []

    def answering(seen: Seen) -> bytes:
        if len(place.server.seen) == SMALL_PAGES:
            at_work.append(running.is_at_work(place.folder / "t.db", ".backfill"))
            seconds.append(place.ran("--budget", "1m"))
        return served(seen)

    place.server.answering = answering
    first = place.started()
    assert first.communicate(timeout=60) == ("", "") and first.returncode == 0
    assert [(second.exit_code, second.stderr) for second in seconds] == [
        (4, f"tracker: {place.folder / 't.db'}: another backfill is at work on it; one call takes several vendors\n")
    ]
    assert at_work == [True] and not running.is_at_work(place.folder / "t.db", ".backfill")
    assert max(Counter(place.server.paths()).values()) == 1 and place.server.most_at_once == 1
    assert place.ran("--since", "2026-02", "--budget", "3s").exit_code == 0


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_in_the_middle_it_loses_and_doubles_nothing(place: Place, kill: signal.Signals) -> None:
    running_ = place.started()

    def answering(seen: Seen) -> bytes:
        if len(place.server.seen) == SMALL_PAGES + 12:
            running_.send_signal(kill)
        return served(seen)

    place.server.answering = answering
    _, said = running_.communicate(timeout=60)
    assert running_.returncode == {signal.SIGINT: 130}.get(kill, -kill)
    assert ("the same command goes on" in said) == (kill is signal.SIGINT)
    place.server.answering = served
    again = place.started()
    assert again.communicate(timeout=60) == ("", "") and again.returncode == 0
    assert place.codes() == sorted(each["id"] for each in SHORT.incidents)
    with Store.open(place.folder / "t.db") as store:
        assert len(told(store)) == sum(len(each["incident_updates"]) for each in SHORT.incidents)
        kept = incidents(store)
        assert [*collect.rebuild(store, diff=True)] == [] and incidents(store) == kept
    if kill is signal.SIGINT:
        assert max(Counter(place.server.paths()).values()) == 2 and len(place.server.seen) == SMALL_PAGES + 24 + 1


def test_a_terminal_is_told_how_far_it_is_and_what_came_of_it(place: Place) -> None:
    code, shown = place.on_a_terminal("--since", "2026")
    wanted = [each for each in SHORT.incidents if each["resolved_at"] >= "2026"]
    assert code == 0
    assert re.fullmatch(rf"curlew/statuspage: 4 of {len(wanted)} incidents, some 0:00:\d\d to go", shown[5])
    told = sum(len(each["incident_updates"]) for each in wanted)
    assert shown[-1] == (
        f"curlew/statuspage: {len(wanted)} incidents with {told} announcements read, 0 known before; "
        "back to January 2026"
    )


def test_a_terminal_is_not_told_to_go_on_where_there_is_no_history(place: Place) -> None:
    place.server.answering = lambda seen: answer("404 Not Found")
    code, shown = place.on_a_terminal()
    assert (code, shown[-1]) == (1, "curlew/statuspage: 0 announcements read")


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_of_an_account_it_loses_and_doubles_no_post(
    tmp_path: Path, curlew: LongAccount, kill: signal.Signals
) -> None:
    with serving(tmp_path, curlew, curlew.platform, curlew.source.page.removeprefix(curlew.url)) as place:
        running_ = place.started()

        def answering(seen: Seen) -> bytes:
            if len(place.server.seen) == 3:
                running_.send_signal(kill)
            return served(seen, curlew)

        place.server.answering = answering
        running_.communicate(timeout=60)
        assert running_.returncode == {signal.SIGINT: 130}.get(kill, -kill)
        place.server.answering = lambda seen: served(seen, curlew)
        code, shown = place.on_a_terminal()
        assert code == 0 and place.server.most_at_once == 1
        if kill is signal.SIGINT:
            assert max(Counter(place.server.paths()).values()) == 2 and len(place.server.seen) == questions(curlew) + 1
    read = len(curlew.own()) if kill is signal.SIGKILL else int(shown[-1].split()[1])
    assert shown[-1] == f"curlew/{curlew.platform}: {read} announcements read; back to February 2023"
    assert any(re.fullmatch(rf"curlew/{curlew.platform}: back to \w+ \d{{4}}", line) for line in shown)
    with Store.open(place.folder / "t.db") as store:
        kept = known(store)
        assert kept == whole_account(curlew)
        assert [*collect.rebuild(store, diff=True)] == [] and known(store) == kept
