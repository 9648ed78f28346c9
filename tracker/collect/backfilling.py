"""What sources told before they were first polled: their past page by page, then each incident of it whole.

First all pages, which only name incidents; then, newest first, the incidents that the record does not have whole. What
was heard is written in order, some dozens of answers with their verdicts and incidents in one transaction, and with
the pages the way on: a call that ends in the middle, however it does, is gone on with from there.

What is older may change where all that is newer belongs, so with each transaction a vendor is joined again from there
on. That takes longer and longer: the transactions become rarer with it, and larger.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tracker import platforms, schedule
from tracker.collect.bearing import bearing
from tracker.collect.deriving import RULES, derive_anew, judge
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress
from tracker.collect.running import BATCH_BYTES, Due, Poll, refuse_others, silent
from tracker.errors import ReadError, SourceError
from tracker.models import Answer, Document, Known, Past, Reading, Request, Source, Vendor
from tracker.poll import host_of

if TYPE_CHECKING:
    from tracker.store import Store

EVERY, RARELY = timedelta(seconds=30), timedelta(minutes=5)  # how long answers wait for their transaction
SHARE = 50  # one part of so many of the time may go into transactions
PATIENCE, MOST_PAUSES = timedelta(minutes=15), 5  # the longest pause that is waited for, and how many in a row
MOST_FAILURES = 3  # in a row; then a source is left alone
MOST_NAMED = 5  # incidents that could not be read, by their keys
MOST_QUEUED = 100_000  # incidents of a source; a stranger's pages could name more than memory holds


@dataclass(slots=True, kw_only=True)
class Backfilled:
    """What came of one source.

    Of the incidents that its pages name ``known`` are those that the record had whole, ``read`` those that were read,
    ``gone`` those that are not there any more, ``left`` those that are still to be asked for. ``back_to`` is the first
    day of which the pages tell that were read. ``done``: nothing is left. ``source`` is None of a vendor without any.
    """

    vendor: str
    source: str | None = None
    known: int = 0
    read: int = 0
    gone: int = 0
    left: int = 0
    announcements: int = 0
    back_to: date | None = None
    done: bool = False
    problems: list[str] = field(default_factory=list)


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


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One source on its way back.

    ``first`` is the request with which its past begins, ``older`` the page that is asked for next, ``queue`` the
    incidents, newest first: by key the addresses that are left to try. ``told`` are those that the record has whole.
    ``unread`` is a page that could not be read, ``failed`` are incidents that could not. ``repeats``: the last page was
    no older than the one before it. ``has_moved``: it has gone on since its way was remembered.

    Ctrl-C may come between any two instructions: what is done with is let go of last, and else asked for again.
    """

    source: Source
    came_of: Backfilled
    known: Known
    told: frozenset[str]
    first: Request
    older: Request | None
    queue: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: Request | None = None
    failed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failures: int = 0
    pauses: int = 0
    repeats: bool = False
    ready_at: datetime | None = None
    has_moved: bool = False
    is_over: bool = False

    def next(self) -> Request | None:
        """What is asked for next, all pages first; None where nothing is left."""
        if self.older is not None or not self.queue:
            return self.older
        key, addresses = next(iter(self.queue.items()))
        return self.request(addresses[0], f"incident:{key}")

    def request(self, url: str, purpose: str) -> Request:
        """One like the first, with the token of its source only where that may go."""
        [request] = bearing(self.source, [replace(self.first, url=url, purpose=purpose, bearer=None)])
        return request

    def left(self) -> Request | None:
        """Where the next call goes on; None where it would begin anew."""
        page = self.older or self.unread
        return None if page is None or page.url == self.first.url else page

    def turn_page(self, past: Past) -> None:
        """Queue what a page names; ReadError: another's.

        One that is no older than the page before it may be that page, moved on by a new quarter; a second is the last.
        """
        self.refuse_others(past.learnt)
        before, older = self.came_of.back_to, past.older and self.request(past.older.url, past.older.purpose)
        repeats = before is not None and past.back_to is not None and past.back_to >= before
        if repeats and self.repeats:
            self.complain(f"its pages repeat themselves: {before:%B %Y} is followed by {past.back_to:%B %Y}")
            older = None
        self.queue_up(past.incidents)
        if older is not None and len(self.queue) > MOST_QUEUED:
            self.complain(
                f"its pages name more than {MOST_QUEUED:,} incidents; those before {past.back_to} are left out"
            )
            older = None
        self.came_of.back_to = min(filter(None, (past.back_to, before)), default=None)
        self.older, self.repeats, self.has_moved = older, repeats, True

    def queue_up(self, incidents: Mapping[str, tuple[str, ...]]) -> None:
        """Those that the record does not have whole."""
        new = {key: addresses for key, addresses in incidents.items() if key not in self.queue}
        self.came_of.known += sum(key in self.told for key in new)
        self.queue |= {key: addresses for key, addresses in new.items() if key not in self.told}

    def let_go(self) -> None:
        """Of the incident that was asked for nothing more is to be asked."""
        self.has_moved = True
        del self.queue[next(iter(self.queue))]

    def miss(self, answer: Answer) -> None:
        """Nothing is there: an incident may be by another address; a page that is not is the end of its pages."""
        if self.older is None:
            key, (_, *others) = next(iter(self.queue.items()))
            if others:
                self.queue[key] = tuple(others)
            else:
                self.came_of.gone += 1
                self.let_go()
        elif self.older.url == self.first.url:
            self.stop(f"it shows no history: {answer.error}")
        else:
            self.older, self.has_moved = None, True

    def stumble(self, why: str) -> None:
        """An answer that is of no use: after a page the incidents so far, after several in a row nothing more."""
        self.failures += 1
        if self.older is not None:
            self.complain(why)
            self.unread, self.older, self.has_moved = self.older, None, True
            return
        key, addresses = next(iter(self.queue.items()))
        self.failed[key] = addresses
        self.let_go()
        if self.failures >= MOST_FAILURES:
            self.stop(why)

    def refuse_others(self, learnt: Mapping[str, str]) -> None:
        """ReadError where it tells of another than the source did before."""
        refuse_others(self.known, Reading(learnt=learnt))
        self.known = replace(self.known, learnt={**self.known.learnt, **learnt})

    def complain(self, why: str) -> None:
        """A problem for the operator."""
        self.came_of.problems.append(f"{self.source.id}: {why.removeprefix(f'{self.source.id}: ')}")

    def stop(self, why: str) -> None:
        """Nothing more of this source in this call."""
        self.is_over = True
        self.complain(why)

    def settle(self) -> None:
        """Where nothing is left, it is over, and nothing needs to be remembered."""
        if not self.is_over and self.next() is None:
            self.is_over = self.has_moved = True
            self.came_of.done = not self.failed and self.unread is None

    def conclude(self, since: date | None) -> None:
        """What is left, what failed, and how far back its pages were read."""
        if since is not None and self.came_of.back_to is not None:
            self.came_of.back_to = max(self.came_of.back_to, since)
        self.came_of.left = len(self.queue) + len(self.failed)
        if self.failed:
            named = ", ".join([*self.failed][:MOST_NAMED]) + (", …" if len(self.failed) > MOST_NAMED else "")
            self.complain(f"{len(self.failed)} of its incidents could not be read: {named}")


class _Run:
    """One call: who is on the way, and what was heard and is not written yet."""

    def __init__(self, store: Store, since: date | None, ways: Ways) -> None:
        self.store, self.since, self.ways = store, since, ways
        self.month = f"{since:%Y-%m}" if since else None
        self.walks: list[_Walk] = []
        self.came_of: list[Backfilled] = []
        self.heard: list[tuple[_Walk, Reading]] = []
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

    def _walk(self, source: Source, came_of: Backfilled, first: Request) -> _Walk:
        """A source at the beginning of its way, or where it was left."""
        memory = self.memory[source.id]
        polled = (state.succeeded_at for state in memory.states.values())
        is_polled = any(at is not None and self.began_at - at < schedule.DAY for at in polled)
        walk = _Walk(
            source=source,
            came_of=came_of,
            known=memory.known,
            told=self.store.told_keys(source.id, is_polled=is_polled),
            first=first,
            older=first,
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
            while self._may_go_on() and (took := self._round()) is not None:
                self.rounds += 1
                if self._going():
                    self._say()
                    self.ways.rest(took)
        finally:
            self._write()
        for walk in self.walks:
            walk.conclude(self.since)
        return self.came_of

    def _going(self) -> list[_Walk]:
        return [walk for walk in self.walks if not walk.is_over]

    def _may_go_on(self) -> bool:
        """Wait until somebody may be asked; False where there is nobody, or not in the time that there is."""
        now, ends_at = self.ways.clock(), self.ways.ends_at
        blocked = self.store.blocked_hosts(now, schedule.DAY)
        for walk in self._going():
            walk.ready_at = max(filter(None, (walk.ready_at, blocked.get(host_of(walk.first.url)))), default=None)
            if walk.ready_at is not None and walk.ready_at - now > PATIENCE:
                walk.stop(f"{host_of(walk.first.url)} asks to be left alone until {walk.ready_at:%Y-%m-%d %H:%M} UTC")
        ready_at = min((walk.ready_at or now for walk in self._going()), default=None)
        if ready_at is None or (ends_at is not None and max(ready_at, now) >= ends_at):
            return False
        if ready_at > now:
            self._say(f"; asked to wait until {ready_at:%H:%M:%S} UTC")
            self.ways.rest((ready_at - now).total_seconds())
        return True

    def _round(self) -> float | None:
        """A turn: one question to each that may be asked.

        Gives the seconds that the answers took, None where there was none: the time is over.
        """
        now = self.ways.clock()
        ready = {walk.source.id: walk for walk in self._going() if walk.ready_at is None or walk.ready_at <= now}
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

    def _hear(self, walk: _Walk, answer: Answer) -> None:
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

    def _read(self, walk: _Walk, document: Document) -> None:
        """A page of the past, or an incident; ReadError where it is none, or another's."""
        if walk.older is None:
            reading = platforms.read(document)
            walk.refuse_others(reading.learnt)
            key = next(iter(walk.queue))
            if key not in {*reading.listed, *(said.incident_key for said in reading.announcements)}:
                raise ReadError(f"{walk.source.id}: {document.url} tells of another incident, or of none")
            self.heard.append((walk, reading))
            walk.let_go()
            walk.came_of.read += 1
        elif past := platforms.past(walk.source, document, self.since):
            walk.turn_page(past)

    # writing

    def _write(self) -> None:
        """One transaction: what was said, verdicts, incidents, and the way on of those that went on."""
        began = self.ways.clock()
        touched: dict[str, list[int]] = {}
        added: list[tuple[_Walk, int]] = []
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

    def _remember(self, walk: _Walk) -> None:
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
        paged = [walk.came_of.back_to for walk in going if walk.older is not None and walk.came_of.back_to]
        if paged:
            told = f"back to {min(paged):%B %Y}, {sum(len(walk.queue) for walk in going)} incidents to ask for"
        else:
            read = sum(walk.came_of.read for walk in self.walks)
            each = (self.ways.clock() - self.began_at) / max(self.rounds, 1)
            told = f"{read} of {read + sum(len(walk.queue) for walk in going)} incidents, "
            told += f"some {timedelta(seconds=round((each * longest).total_seconds()))} to go"
        self.ways.progress(f"{named}: {told}{more}")
