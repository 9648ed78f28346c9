"""What sources told before they were first polled: their past page by page, then each incident of it whole.

First all pages; then, newest first, the incidents that they only name and that the record does not have whole. What
was heard is written in order, some dozens of answers with their verdicts and incidents in one transaction, and with
the pages the way on: a call that ends in the middle, however it does, is gone on with from there.

What is older may change where all that is newer belongs, so with each transaction a vendor is joined again from there
on. That takes longer and longer: the transactions become rarer with it, and larger.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tracker import platforms, schedule
from tracker.collect.bearing import bearing
from tracker.collect.deriving import RULES, derive_anew, judge
from tracker.collect.hearing import BATCH_BYTES, Due, Poll, silent
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress
from tracker.collect.walking_back import Backfilled, Walk
from tracker.errors import ReadError, SourceError
from tracker.models import Answer, Document, Past, Reading, Request, Source, Vendor
from tracker.poll import host_of

if TYPE_CHECKING:
    from tracker.store import Store

EVERY, RARELY = timedelta(seconds=30), timedelta(minutes=5)  # how long answers wait for their transaction
SHARE = 50  # one part of so many of the time may go into transactions
PATIENCE, MOST_PAUSES = timedelta(minutes=15), 5  # the longest pause that is waited for, and how many in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a backfill is given of the world.

    ``clock`` tells the time, ``poll`` asks; ``turn`` is held while it asks, so that no other run does so at the same
    time, and gives False where the time is over before its turn comes. ``rest`` is called between two turns, with how
    many seconds to wait at least. It ends in order at ``ends_at``. ``environ`` are the names of the environment
    variables that hold something.
    """

    clock: Callable[[], datetime]
    poll: Poll
    turn: Callable[[], AbstractContextManager[bool]]
    rest: Callable[[float], None]
    ends_at: datetime | None = None
    environ: Container[str] = ()
    progress: Progress | None = None


def backfill(
    store: Store, vendors: Sequence[Vendor], wanted: Container[str], *, since: date | None, ways: Ways
) -> list[Backfilled]:
    """Add what the sources of the ``wanted`` vendors (slugs) told from the month of ``since`` on; None: ever.

    ``vendors`` are all of feeds.yaml. It adds announcements and revises none, and asks for nothing that the record has
    whole. What goes wrong is a problem of its source and stops no other; StoreError where the file cannot be written.
    """
    with ways.turn() as is_mine:
        if not is_mine:
            return []
        store.register(vendors, ways.clock())
    run = _Run(store, since, ways)
    for vendor in vendors:
        if vendor.slug in wanted:
            run.begin(vendor)
    return run.go()


class _Run:
    """One call: who is on the way, and what was heard and is not written yet."""

    def __init__(self, store: Store, since: date | None, ways: Ways) -> None:
        self.store, self.since, self.ways = store, since, ways
        self.month = f"{since:%Y-%m}" if since else None
        self.walks: list[Walk] = []
        self.came_of: list[Backfilled] = []
        self.heard: list[tuple[Walk, Reading]] = []
        self.held = 0  # bytes of the bodies that these were read from
        self.began_at = self.written_at = now = ways.clock()
        self.every = EVERY
        self.memory = store.memory(f"{now:%Y-%m}", now)
        self.rounds = 0

    # who is asked

    def begin(self, vendor: Vendor) -> None:
        """The sources of a vendor that can be paged back; a sentence where there is none."""
        without: list[str] = []
        for source in vendor.sources:
            if why := silent(source, self.ways.environ):
                without.append(f"{source.id} is silent: {why}")
                continue
            came_of = Backfilled(vendor=vendor.slug, source=source.id)
            try:
                with contained():
                    past = platforms.past(source, None, self.since)
            except SourceError as error:
                came_of.problems.append(str(error))
                self.came_of.append(came_of)
                continue
            if past is None or past.older is None:
                without.append(f"{source.id} keeps none that can be paged back")
                continue
            self.came_of.append(came_of)
            self.walks.append(self._walk(source, came_of, *bearing(source, [past.older])))
        if not any(each.vendor == vendor.slug for each in self.came_of):
            told = f"{vendor.slug}: no history to be had: {'; '.join(without)}"
            self.came_of.append(Backfilled(vendor=vendor.slug, problems=[told]))

    def _walk(self, source: Source, came_of: Backfilled, first: Request) -> Walk:
        """A source at the beginning of its way, or where it was left."""
        memory = self.memory[source.id]
        polled = (state.succeeded_at for state in memory.states.values())
        until = max((at for at in polled if at is not None and self.began_at - at < schedule.DAY), default=None)
        walk = Walk(
            source=source,
            came_of=came_of,
            known=memory.known,
            told=self.store.told_keys(source.id, is_polled=until is not None),
            first=first,
            older=first,
            until=until,
        )
        if way := self.store.way_back(source.id, self.month):
            walk.older = way.older and walk.request(way.older.url, way.older.purpose)
            walk.queue_up(way.incidents)
            walk.settle()
        return walk

    # asking

    def go(self) -> list[Backfilled]:
        """Ask in turns until all is read, or the time is over."""
        try:
            while (at := self._wait()) and (took := self._round(at)) is not None:
                self.rounds += 1
                if self._going():
                    self._say()
                    self.ways.rest(took)
        finally:
            self._write()
        for walk in self.walks:
            walk.conclude(self.since)
        return self.came_of

    def _going(self) -> list[Walk]:
        return [walk for walk in self.walks if not walk.is_over]

    def _wait(self) -> datetime | None:
        """Until somebody may be asked, and gives when that is; None where nobody is left, or not in the time there is.

        What was waited for is over, also where the clock goes slower than the wait, or was set back meanwhile.
        """
        now, ends_at = self.ways.clock(), self.ways.ends_at
        blocked = self.store.blocked_hosts(now, schedule.DAY)
        for walk in self._going():
            walk.ready_at = max(filter(None, (walk.ready_at, blocked.get(host_of(walk.first.url)))), default=None)
            if walk.ready_at is not None and walk.ready_at - now > PATIENCE:
                walk.stop(f"{host_of(walk.first.url)} asks to be left alone until {walk.ready_at:%Y-%m-%d %H:%M} UTC")
        ready_at = min((walk.ready_at or now for walk in self._going()), default=None)
        if ready_at is None or (ends_at is not None and max(ready_at, now) >= ends_at):
            return None
        if ready_at > now:
            self._say(f"; asked to wait until {ready_at:%H:%M:%S} UTC")
            self.ways.rest((ready_at - now).total_seconds())
        return max(ready_at, now)

    def _round(self, at: datetime) -> float | None:
        """A turn: one question to each that may be asked then.

        Gives the seconds that the answers took, None where there was none: the time is over.
        """
        ready = {walk.source.id: walk for walk in self._going() if walk.ready_at is None or walk.ready_at <= at}
        due: list[Due] = [(request, None) for walk in ready.values() if (request := walk.next()) is not None]
        took = None
        with self.ways.turn() as is_mine:
            for answer in self.ways.poll(due) if is_mine else ():
                took = answer.after
                walk = ready[answer.request.source]
                self._hear(walk, answer)
                walk.settle()
                self.held += len(answer.body)
                waited = self.ways.clock() - self.written_at
                if self.held > BATCH_BYTES or not timedelta() <= waited < self.every:  # the clock may be set back
                    self._write()
        return took

    def _hear(self, walk: Walk, answer: Answer) -> None:
        """What an answer tells. What its host asks for is kept to, by all runs."""
        now = self.ways.clock()
        walk.ready_at = schedule.blocked_until(answer, now)
        if walk.ready_at is not None:
            with self.store.transaction():
                self.store.block_host(host_of(answer.url), walk.ready_at)
        walk.pauses = walk.pauses + 1 if answer.is_busy else 0
        if answer.is_busy:
            if walk.pauses >= MOST_PAUSES:
                walk.stop(f"{answer.error}, {walk.pauses} times in a row")
        elif answer.status in (schedule.MISSING, schedule.GONE):
            walk.miss(answer)
        elif answer.error is not None:
            walk.stumble(answer.error)
        else:
            try:
                with contained():
                    self._read(walk, Document.of(walk.source, answer, now))
                walk.failures = 0
            except SourceError as error:
                walk.stumble(str(error))

    def _read(self, walk: Walk, document: Document) -> None:
        """A page of the past, or an incident; ReadError where it is none, or another's."""
        past = platforms.past(walk.source, document, self.since) if walk.older else None
        reading = walk.of_its_time(past.reading) if past else platforms.read(document)
        walk.refuse_others(reading)
        if past is None:
            key = next(iter(walk.queue))
            if key not in {*reading.listed, *(said.incident_key for said in reading.announcements)}:
                raise ReadError(f"{walk.source.id}: {document.url} tells of another incident, or of none")
        self.heard.append((walk, reading))
        if past is not None:
            walk.turn_page(past)
        else:
            walk.let_go()
            walk.came_of.read += 1

    # writing

    def _write(self) -> None:
        """One transaction: what was said, verdicts, incidents, and the way on of those that went on."""
        began = self.ways.clock()
        touched: dict[str, list[int]] = {}
        added: list[tuple[Walk, int]] = []
        with self.store.transaction():
            for walk, reading in self.heard:
                try:
                    with contained(), self.store.all_or_nothing():
                        got = self.store.ingest(walk.source, "", reading, self.ways.clock(), backfill=True)
                        judge(self.store, got)
                except ReadError as error:
                    walk.complain(str(error))
                    continue
                touched.setdefault(walk.source.vendor, []).extend(got.touched)
                added.append((walk, got.announcements))
            for vendor, numbers in touched.items():
                if numbers:
                    self._derive(vendor, numbers)
            for walk in self.walks:
                self._remember(walk)
        self.heard.clear()
        self.held = 0
        for walk in self.walks:
            walk.has_moved = False
        for walk, announcements in added:
            walk.came_of.announcements += announcements
        self.written_at = self.ways.clock()
        self.every = min(max(EVERY, (self.written_at - began) * SHARE), RARELY)

    def _derive(self, vendor: str, numbers: Sequence[int]) -> None:
        """The incidents of what was told; all of a vendor whose rows are of other rules than today's."""
        from tracker.collect.reassembling import reassemble

        try:
            with contained(), self.store.all_or_nothing():
                if self.store.rules_version(vendor) in (None, RULES):
                    reassemble(self.store, vendor, numbers)
                    self.store.set_rules_version(vendor, RULES)
                else:
                    derive_anew(self.store, vendor)
        except ReadError as error:
            self.store.derive_later(vendor)
            walk = next(walk for walk in self.walks if walk.source.vendor == vendor)
            walk.complain(f"its incidents cannot be told: {error}")

    def _remember(self, walk: Walk) -> None:
        """The way on of a source, in place of what was remembered; nothing of one whose end was reached."""
        if not walk.has_moved:
            return
        page = walk.left()
        left = {**walk.queue, **walk.failed} if page or walk.queue else {}  # which fail again keep back no other
        self.store.set_way_back(walk.source.id, self.month, Past(older=page, incidents=left))

    # saying

    def _say(self, more: str = "") -> None:
        if self.ways.progress is None:
            return
        going = self._going()
        named = going[0].source.id + (f" and {len(going) - 1} more" if going[1:] else "")
        longest = max(len(walk.queue) for walk in going)
        paged = [walk.back_to for walk in going if walk.older is not None and walk.back_to]
        if paged:
            left = sum(len(walk.queue) for walk in going)
            told = f"back to {min(paged):%B %Y}" + (f", {left} incidents to ask for" if left else "")
        else:
            read = sum(walk.came_of.read for walk in self.walks)
            each = (self.ways.clock() - self.began_at) / max(self.rounds, 1)
            told = f"{read} of {read + sum(len(walk.queue) for walk in going)} incidents, "
            told += f"some {timedelta(seconds=round((each * longest).total_seconds()))} to go"
        self.ways.progress(f"{named}: {told}{more}")
