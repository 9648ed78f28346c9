"""A soak: a generated world, polled through faults, kills and a clock that jumps, and compared with its own record.

    python tests/benchmarks/soak.py --hours 96 --vendors 12 --kills 60 --seed 1

A child collects whenever something is due, as cron would; the parent moves the simulated time, breaks answers
(resets, halves, slow bodies, 5xx, wrong encodings, garbage), sets the child's clock wrong and kills it with -9 in the
middle of a run. After ten quiet hours the record must hold exactly what the world says it said: every announcement
once, every version once and in order, nothing invented, nothing called withdrawn that still stands. Prints what
happened; exit code 1 where something was lost, doubled or made up, or where memory grew.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from tracker import demo
from tracker.demo.telling import Channel, Edit, Post, Speaker, Thread

BEGINS = datetime(2024, 3, 1, tzinfo=UTC)
KINDS = ("reset", "half", "slow", "endless", "error", "busy", "encoding", "garbage", "cut", "empty")
QUIET = timedelta(hours=10)  # at the end: no faults, so that all that can be known is known
TICK = timedelta(minutes=5)  # how often cron looks what is due
EVERY = 900  # seconds
FAULTY = 0.15  # share of the answers
JUMPY = 0.03  # share of the runs at which the clock goes wrong
JUMPS = tuple(timedelta(hours=hours) for hours in (-6, -1, 1, 6))
GROWTH = 1.1  # how much larger the last child may be at its end than when it was warm

_LABELS = ("investigating", "identified", "monitoring", "resolved")
_WORDS = ("We are investigating problems with {}.", "The cause of the trouble with {} is found, a fix is on its way.",
          "{} recovers; we keep an eye on it.", "{} works again, this is resolved.")  # fmt: skip


# --- the world ------------------------------------------------------------------------------------------------


def world(seed: int, vendors: int, hours: int) -> demo.World:
    """Vendors on every platform that announce a few incidents a day, edit some words and take some back."""
    dice = random.Random(seed)
    kinds = (("statuspage",), ("mastodon",), ("x",), ("feed",), ("statuspage", "mastodon"))
    return demo.World(
        speakers=tuple(
            Speaker(
                slug=f"vendor{number:02}",
                name=f"Vendor {number}",
                channels=tuple(_channel(dice, platform, number, hours) for platform in kinds[number % len(kinds)]),
            )
            for number in range(vendors)
        )
    )


def _channel(dice: random.Random, platform: str, number: int, hours: int) -> Channel:
    threads = []
    when = BEGINS + timedelta(seconds=dice.randrange(3600 * 2))
    while when < BEGINS + timedelta(hours=hours):
        threads.append(_thread(dice, platform, f"part {number}-{len(threads)}", when))
        when += timedelta(seconds=dice.randrange(3600 * 2, 3600 * 6))
    account = f"vendor{number}" if platform in ("mastodon", "x") else ""
    return Channel(platform=platform, account=account, every=EVERY, threads=tuple(threads))


def _thread(dice: random.Random, platform: str, part: str, when: datetime) -> Thread:
    posts = []
    gone = when + timedelta(hours=dice.randrange(4, 9)) if dice.random() < 0.04 else None
    for number, (label, words) in enumerate(zip(_LABELS, _WORDS, strict=True)):
        text = words.format(part)
        edited = when + timedelta(seconds=dice.randrange(60, 3600 * 6))
        edits = (Edit(at=edited, text=f"{text} (Corrected: it began earlier.)"),) if dice.random() < 0.15 else ()
        status = label if platform == "statuspage" else None
        posts.append(Post(at=when, text=text, title=f"{part}: {label}", status=status, edits=edits, withdrawn_at=gone))
        when += timedelta(seconds=dice.randrange(60, 2400))
        if number < 3 and dice.random() < 0.2:
            break
    if platform in ("x", "feed"):
        return Thread(posts=tuple(posts[:1])) if dice.random() < 0.3 else Thread(posts=tuple(posts))
    return Thread(key=f"k{part.replace(' ', '').replace('-', 'z')}", name=part, impact="minor", posts=tuple(posts))


class Faults:
    """What goes wrong with an answer, by a die of its own; nothing while ``quiet``."""

    def __init__(self, seed: int, served_world: demo.World) -> None:
        self.dice, self.world = random.Random(seed), served_world
        self.bag: list[str] = []
        self.lock = Lock()
        self.quiet = False
        self.counts: Counter[str] = Counter()

    def __call__(self, vendor: str, target: str, now: datetime) -> demo.Fault | None:
        if self.quiet or self.dice.random() > FAULTY:
            return None
        with self.lock:  # every kind once before any comes again: a short soak meets them all
            if not self.bag:
                self.bag = self.dice.sample(KINDS, len(KINDS))
            kind = self.bag.pop()
        self.counts[kind] += 1
        return self._fault(kind, self.world.answer(vendor, target, now))

    def _fault(self, kind: str, page: demo.Page) -> demo.Fault:
        part = self.dice.randrange(len(page.body) or 1)
        match kind:
            case "reset":
                return demo.Fault(cut=0)
            case "half":
                return demo.Fault(cut=200 + part)
            case "slow":
                return demo.Fault(pause_s=0.005)
            case "endless":
                return demo.Fault(pause_s=0.1)
            case "error":
                return demo.Fault(page=demo.Page(status=self.dice.choice((500, 502, 504)), body=b"<h1>Oh no</h1>"))
            case "busy":
                return demo.Fault(page=demo.Page(status=self.dice.choice((429, 503)), headers={"retry-after": "120"}))
            case "encoding":
                return demo.Fault(page=demo.Page(headers={**page.headers, "content-encoding": "gzip"}, body=page.body))
            case "garbage":
                return demo.Fault(page=demo.Page(headers=page.headers, body=self.dice.randbytes(part)))
            case "cut":
                return demo.Fault(page=demo.Page(headers=page.headers, body=page.body[:part]))
            case _:
                return demo.Fault(page=demo.Page(headers=page.headers))


# --- the collector, a child that may be killed ------------------------------------------------------------------


def child(db: Path, told: Mapping[str, Any]) -> None:
    """Collect once for each time that stands on a line of stdin; answer with a line of JSON."""
    from tracker.collect import collect
    from tracker.poll import Poller
    from tracker.store import Store

    vendors = world(told["seed"], told["vendors"], told["hours"]).vendors(told["bases"])
    for line in sys.stdin:
        now = datetime.fromisoformat(line.strip())
        with Store.open(db) as store, Poller(pause=0.0, timeout=0.5, retries=(0.01,)) as poller:
            report = collect(store, vendors, now=now, poll=poller.poll)
            due = [health.next_poll_at for health in store.sources() if health.next_poll_at is not None]
        answer = {"next": min(due).isoformat(), "requests": report.requests, "resident_kb": _resident_kb()}
        print(json.dumps(answer), flush=True)


def _resident_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


class Collector:
    """The child, started anew after each kill."""

    def __init__(self, db: Path, told: Mapping[str, Any]) -> None:
        self.command = [sys.executable, __file__, "--child", str(db), json.dumps(told)]
        self.kills = 0
        self.resident: list[int] = []  # kB after each run of this child
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.resident.clear()

    def run(self, now: datetime, kill_after: float | None = None) -> dict[str, Any] | None:
        """One run at that time; killed after so many seconds if asked for, and then None."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{now.isoformat()}\n")
        self.process.stdin.flush()
        if kill_after is not None:
            time.sleep(kill_after)
            self.process.kill()
            self.stop()
            self.kills += 1
            self.start()
            return None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the collector died at {now}, exit code {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        self.resident.append(answer["resident_kb"])
        return answer

    def stop(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()


# --- the soak -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What happened, and what is wrong: empty lists where all is well."""

    polls: int = 0
    runs: int = 0
    kills: int = 0
    jumps: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    announcements: int = 0
    revisions: int = 0
    withdrawn: int = 0
    taken_back: int = 0  # by the world, of what the record holds
    warm_kb: int = 0
    last_kb: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def grew(self) -> bool:
        """Whether the last child was larger at its end than when it was warm."""
        return self.last_kb > self.warm_kb * GROWTH


def soak(db: Path, *, seed: int = 1, vendors: int = 12, hours: int = 96, kills: int = 60) -> Outcome:
    """Collect ``hours`` of a world into ``db`` through all that can go wrong, then quiet ones; compare."""
    told = world(seed, vendors, hours)
    faults = Faults(seed + 1, told)
    outcome = Outcome()
    with demo.serve(told, BEGINS, faults) as served:
        collector = Collector(db, {"seed": seed, "vendors": vendors, "hours": hours, "bases": served.bases})
        try:
            _storm(served, collector, outcome, random.Random(seed + 2), BEGINS + timedelta(hours=hours), kills)
            faults.quiet = True
            _calm(served, collector, outcome, served.now + QUIET)
        finally:
            collector.process.kill()
            collector.stop()
        outcome.polls, outcome.kills, outcome.faults = len(served.asked), collector.kills, dict(faults.counts)
        outcome.warm_kb = max(collector.resident[: len(collector.resident) // 3 + 1])
        outcome.last_kb = collector.resident[-1]
        outcome.wrong = list(_differences(db, told, served.now, outcome))
    return outcome


def _storm(
    served: demo.Served, collector: Collector, outcome: Outcome, dice: random.Random, until: datetime, kills: int
) -> None:
    """Runs with faults; a share of them with a clock that is wrong, and ``kills`` of them killed, evenly spread."""
    offset, wrong_runs = timedelta(0), 0
    gap = (until - served.now) / (kills + 1)
    next_kill = served.now + gap
    while served.now < until:
        if wrong_runs:
            wrong_runs -= 1
        elif offset:
            offset = timedelta(0)
        elif dice.random() < JUMPY:
            offset, wrong_runs = dice.choice(JUMPS), dice.randrange(1, 8)
            outcome.jumps += 1
        if collector.kills < kills and served.now >= next_kill:
            collector.run(served.now + offset, kill_after=dice.uniform(0.0, 0.12))
            next_kill += gap
        answer = collector.run(served.now + offset)
        assert answer is not None
        outcome.runs += 1
        served.now = _next(served.now, datetime.fromisoformat(answer["next"]) - offset)


def _calm(served: demo.Served, collector: Collector, outcome: Outcome, until: datetime) -> None:
    while served.now < until:
        answer = collector.run(served.now)
        assert answer is not None
        outcome.runs += 1
        served.now = _next(served.now, datetime.fromisoformat(answer["next"]))


def _next(now: datetime, due: datetime) -> datetime:
    """The next tick of cron at which something is due, at most a quarter of an hour from now."""
    ticks = -((BEGINS - min(due, now + 3 * TICK)) // TICK)
    return max(BEGINS + ticks * TICK, now + TICK)


# --- the comparison -----------------------------------------------------------------------------------------------


def _differences(db: Path, told: demo.World, now: datetime, outcome: Outcome) -> Iterator[str]:
    """What the record lacks, doubles or makes up, a sentence each."""
    record = sqlite3.connect(db)
    kept = _versions(record)
    truth = {(each.source, each.id): each for each in told.truth(now)}
    withdrawn = _withdrawn(record)
    outcome.announcements, outcome.withdrawn = len(kept), len(withdrawn)
    outcome.taken_back = sum(true.withdrawn for key, true in truth.items() if key in kept)
    outcome.revisions = sum(len(versions) - 1 for versions in kept.values())
    for key in kept.keys() - truth.keys():
        yield f"made up: {key} {kept[key]}"
    for key, true in truth.items():
        if key not in kept:
            if not true.withdrawn:
                yield f"lost: {key} {true.versions[0]!r}"
            continue
        yield from _wrong_versions(key, kept[key], true)
        if key in withdrawn and not true.withdrawn:
            yield f"called withdrawn: {key}"
    yield from _broken(record)
    record.close()
    yield from _rebuilt(db)


def _versions(record: sqlite3.Connection) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for source, id_, text in record.execute(
        "SELECT a.source, a.id, a.text FROM announcements a UNION ALL "
        "SELECT * FROM (SELECT a.source, a.id, r.text FROM revisions r JOIN announcements a "
        "ON a.number = r.announcement ORDER BY r.announcement, r.number)"
    ):
        found.setdefault((source, id_), []).append(" ".join(text.split()))
    return found


def _withdrawn(record: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(
        record.execute(
            "SELECT a.source, a.id FROM absences b JOIN announcements a "
            "ON a.source = b.source AND b.key IN (a.id, a.incident_key) WHERE b.kind = 'withdrawn'"
        )
    )


def _wrong_versions(key: tuple[str, str], kept: list[str], true: demo.Truth) -> Iterator[str]:
    """The kept versions must be those of the world, in order, without one twice, up to the last."""
    places = [true.versions.index(text) if text in true.versions else -1 for text in kept]
    if -1 in places:
        yield f"words made up: {key} {kept}"
    elif places != sorted(set(places)):
        yield f"versions doubled or out of order: {key} {places}"
    elif places[-1] != len(true.versions) - 1 and not true.withdrawn:
        yield f"last version lost: {key} {kept}"


def _broken(record: sqlite3.Connection) -> Iterator[str]:
    for (word,) in record.execute("PRAGMA integrity_check"):
        if word != "ok":
            yield f"integrity: {word}"
    for row in record.execute("PRAGMA foreign_key_check"):
        yield f"foreign key: {row}"


def _rebuilt(db: Path) -> Iterator[str]:
    """Deriving everything again must change nothing."""
    from tracker.collect import rebuild
    from tracker.store import Store

    with Store.open(db) as store:
        yield from (f"rebuild changes: {line}" for line in rebuild(store, diff=True))


def main() -> int:
    """The soak with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("seed", 1), ("vendors", 12), ("hours", 96), ("kills", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracker-soak-") as folder:
        began = time.perf_counter()
        outcome = soak(Path(folder) / "soak.db", **vars(given))
        seconds = time.perf_counter() - began
    print(f"{outcome.polls} polls in {outcome.runs} runs, {outcome.kills} kills, {outcome.jumps} clock jumps, "
          f"{seconds:.0f} s")  # fmt: skip
    print("faults:", ", ".join(f"{count} {kind}" for kind, count in sorted(outcome.faults.items())))
    print(f"{outcome.announcements} announcements, {outcome.revisions} revisions, "
          f"{outcome.withdrawn} called withdrawn of {outcome.taken_back} that were taken back")  # fmt: skip
    print(f"memory: {outcome.warm_kb} kB when warm, {outcome.last_kb} kB at the end")
    for sentence in outcome.wrong[:50]:
        print(sentence)
    print(f"{len(outcome.wrong)} wrong{', memory grew' if outcome.grew else ''}")
    return 1 if outcome.wrong or outcome.grew else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), json.loads(sys.argv[3]))
    else:
        sys.exit(main())
