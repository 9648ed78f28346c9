"""What sources told before they were first polled: their past page by page, then each incident of it whole.

First all pages; then, newest first, the incidents that they only name and that the record does not have whole. What
was heard is written in order, some dozens of answers with their verdicts in one transaction, and with the pages the way
on: a call that ends in the middle, however it does, is gone on with from there. What it did not join then, the next
run of ``collect`` does.

What is older may change where all that is newer belongs, so a vendor is joined again from there on. That is done
whenever as much waits for it as was joined before, and at the end: in all at most three times the work of joining once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tracker import platforms, schedule
from tracker.collect.deriving import RULES, derive, derive_anew, judge
from tracker.collect.hearing import BATCH_BYTES, Poll, bearing, learnt_from, silent
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress
from tracker.collect.walking_back import Backfilled, Trail
from tracker.errors import ReadError, SourceError
from tracker.models import Answer, Document, PollState, Reading, Request, Source, Vendor
from tracker.poll import host_of

if TYPE_CHECKING:
    from tracker.store import Store

EVERY = timedelta(seconds=30)  # how long answers wait for their transaction
PATIENCE, MOST_PAUSES = timedelta(minutes=15), 5  # the longest pause that is waited for, and how many in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a backfill is given of the world.

    ``clock`` tells the time, ``poll`` asks; ``turn`` is held while it asks or joins, so that no other run does so at
    the same time, and gives False where the time is over before its turn comes. ``rest`` is called between two turns,
    with how many seconds to wait at least. It ends in order at ``ends_at``. ``environ`` are the names of the
    environment variables that hold something.
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
        self.trails: list[Trail] = []
        self.came_of: list[Backfilled] = []
        self.heard: list[tuple[Trail, Reading]] = []
        self.held = 0  # bytes of the bodies that these were read from
        self.began_at = self.written_at = now = ways.clock()
        self.waiting: Counter[str] = Counter()  # announcements of each vendor that are not joined yet
        self.joined: Counter[str] = Counter()
        self.memory = store.memory(f"{now:%Y-%m}")
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
            self.trails.append(self._trail(source, came_of, *bearing(source, [past.older])))
        if not any(each.vendor == vendor.slug for each in self.came_of):
            told = f"{vendor.slug}: no history to be had: {'; '.join(without)}"
            self.came_of.append(Backfilled(vendor=vendor.slug, problems=[told]))

    def _trail(self, source: Source, came_of: Backfilled, first: Request) -> Trail:
        """A source at the beginning of its way, or where it was left."""
        memory = self.memory[source.id]
        polled = (state.succeeded_at for state in memory.states.values())
        until = max((at for at in polled if at is not None and self.began_at - at < schedule.DAY), default=None)
        trail = Trail(
            source=source,
            came_of=came_of,
            known=memory.known,
            told=self.store.told_keys(source.id, is_polled=until is not None),
            first=first,
            older=first,
            until=until,
        )
        if way := self.store.way_back(source.id, self.month):
            trail.older = way.older and trail.request(way.older.url, way.older.purpose)
            trail.queue_up(way.incidents)
            trail.settle()
        return trail

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
            for vendor in self._unjoined():
                with self.ways.turn():  # it may take long; where no turn is to be had, it is done all the same
                    if self.store.unjoined_since(vendor):  # whoever had the turn before may have joined or renamed it
                        self._join(vendor)
        for trail in self.trails:
            trail.conclude(self.since)
        return self.came_of

    def _going(self) -> list[Trail]:
        return [trail for trail in self.trails if not trail.is_over]

    def _wait(self) -> datetime | None:
        """Until somebody may be asked, and gives when that is; None where nobody is left, or not in the time there is.

        What was waited for is over, also where the clock goes slower than the wait, or was set back meanwhile.
        """
        now, ends_at = self.ways.clock(), self.ways.ends_at
        blocked = self.store.blocked_hosts(now, schedule.DAY)
        for trail in self._going():
            host = host_of(trail.first.url)
            trail.ready_at = max(filter(None, (trail.ready_at, blocked.get(host))), default=None)
            if trail.ready_at is not None and trail.ready_at - now > PATIENCE:
                trail.stop(f"{host} asks to be left alone until {trail.ready_at:%Y-%m-%d %H:%M} UTC")
        ready_at = min((trail.ready_at or now for trail in self._going()), default=None)
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
        ready = {trail.source.id: trail for trail in self._going() if trail.ready_at is None or trail.ready_at <= at}
        due = [(request, PollState()) for trail in ready.values() if (request := trail.next()) is not None]
        took = None
        with self.ways.turn() as is_mine:
            for answer in self.ways.poll(due) if is_mine else ():
                took = answer.after
                trail = ready[answer.request.source]
                self._hear(trail, answer)
                trail.settle()
                self.held += len(answer.body)
                waited = self.ways.clock() - self.written_at
                if self.held > BATCH_BYTES or not timedelta() <= waited < EVERY:  # the clock may be set back
                    self._write()
                    self._join_what_is_due()
        return took

    def _hear(self, trail: Trail, answer: Answer) -> None:
        """What an answer tells. What its host asks for is kept to, by all runs."""
        now = self.ways.clock()
        trail.ready_at = schedule.blocked_until(answer, now)
        if trail.ready_at is not None:
            with self.store.transaction():
                self.store.block_host(host_of(answer.url), trail.ready_at)
        trail.pauses = trail.pauses + 1 if answer.is_busy else 0
        if answer.is_busy:
            if trail.pauses >= MOST_PAUSES:
                trail.stop(f"{answer.error}, {trail.pauses} times in a row")
        elif answer.status in (schedule.MISSING, schedule.GONE):
            trail.miss(answer)
        elif answer.error is not None:
            trail.stumble(answer.error)
        else:
            try:
                with contained():
                    self._read(trail, Document.of(trail.source, answer, now))
                trail.failures = 0
            except SourceError as error:
                trail.stumble(str(error))

    def _read(self, trail: Trail, document: Document) -> None:
        """A page of the past, or an incident; ReadError where it is none, or another's."""
        past = platforms.past(trail.source, document, self.since) if trail.older else None
        reading = trail.of_its_time(past.reading) if past else platforms.read(document)
        trail.known = learnt_from(reading, trail.known)
        if past is None:
            key = next(iter(trail.queue))
            if key not in {*reading.listed, *(said.incident_key for said in reading.announcements)}:
                raise ReadError(f"{trail.source.id}: {document.url} tells of another incident, or of none")
        self.heard.append((trail, reading))
        if past is not None:
            trail.turn_page(past)
        else:
            trail.let_go()
            trail.came_of.read += 1

    # writing

    def _write(self) -> None:
        """One transaction: what was said, with its verdicts, and the way on of those that went on."""
        with self.store.transaction():
            for trail, reading in self.heard:
                self._keep(trail, reading)
            for trail in self.trails:
                if trail.has_moved:
                    self.store.set_way_back(trail.source.id, self.month, trail.way_on())
        self.heard.clear()
        self.held = 0
        for trail in self.trails:
            trail.has_moved = False
        self.written_at = self.ways.clock()

    def _keep(self, trail: Trail, reading: Reading) -> None:
        """What was said, and its verdicts. The vendor's incidents wait."""
        vendor, now = trail.source.vendor, self.ways.clock()
        try:
            with contained(), self.store.all_or_nothing():
                got = self.store.ingest_past(trail.source, reading, now)
                judge(self.store, got.said)
        except ReadError as error:
            trail.complain(str(error))
            return
        if got.said:
            if self.store.rules_version(vendor) is None:
                self.store.set_rules_version(vendor, RULES)
            self.store.join_later(vendor, min(said.published_at or now for _, _, said in got.said))
        trail.came_of.announcements += got.announcements
        self.waiting[vendor] += got.announcements

    def _unjoined(self) -> list[str]:
        """The vendors of which something waits to be joined."""
        vendors = dict.fromkeys(trail.source.vendor for trail in self.trails)
        return [vendor for vendor in vendors if self.store.unjoined_since(vendor)]

    def _join_what_is_due(self) -> None:
        """Those of which all is read, or of which as much waits as was joined before."""
        going = {trail.source.vendor for trail in self._going()}
        for vendor in self._unjoined():
            if vendor not in going or self.waiting[vendor] >= self.joined[vendor]:
                self._join(vendor)

    def _join(self, vendor: str) -> None:
        """The incidents with what waited; all of a vendor whose rows are of other rules than today's."""
        from tracker.collect.reassembling import reassemble

        with self.store.transaction():
            is_current = self.store.rules_version(vendor) == RULES
            how = (reassemble, ()) if is_current else (derive_anew,)
            if why := derive(self.store, vendor, *how):
                next(trail for trail in self.trails if trail.source.vendor == vendor).complain(why)
        self.joined[vendor] += self.waiting.pop(vendor, 0)

    # saying

    def _say(self, more: str = "") -> None:
        if self.ways.progress is None:
            return
        going = self._going()
        named = going[0].source.id + (f" and {len(going) - 1} more" if going[1:] else "")
        longest = max(len(trail.queue) for trail in going)
        paged = [trail.back_to for trail in going if trail.older is not None and trail.back_to]
        if paged:
            left = sum(len(trail.queue) for trail in going)
            told = f"back to {min(paged):%B %Y}" + (f", {left} incidents to ask for" if left else "")
        else:
            read = sum(trail.came_of.read for trail in self.trails)
            each = (self.ways.clock() - self.began_at) / max(self.rounds, 1)
            told = f"{read} of {read + sum(len(trail.queue) for trail in going)} incidents, "
            told += f"some {timedelta(seconds=round((each * longest).total_seconds()))} to go"
        self.ways.progress(f"{named}: {told}{more}")
