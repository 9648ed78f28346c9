"""Poll what is due, once, and bring the record up to date."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from tracker import platforms, schedule
from tracker.collect.deriving import RULES, derive, derive_anew, judge
from tracker.collect.hearing import BATCH_BYTES, Heard, Poll, Polled, bearing, hear, silent
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress, Report
from tracker.errors import ReadError, SourceError
from tracker.models import Due, Health, PollState, Source, Vendor
from tracker.poll import host_of

if TYPE_CHECKING:
    from tracker.store import Store

BATCH = 100  # answers in one transaction
ROUNDS = 12  # pages that one document may lead to, one after the other
KEEPS_ERRORS = timedelta(days=7)  # single failures; coverage counts them for ever
SETTLES = timedelta(days=8)  # how long after its end an incident's page is read again
CUT_OFF_FOR = timedelta(minutes=15)  # so long without an answer of anybody is worth a mail
_CUT_OFF = "nothing can be reached from here: "  # before the reason of a trouble that is our own network's: no line
_TROUBLE = {Health.UNREACHABLE, Health.UNREADABLE}  # a broken server may be both in turn


def collect(
    store: Store,
    vendors: Sequence[Vendor],
    *,
    now: datetime,
    poll: Poll,
    force: bool = False,
    environ: Container[str] = (),
    is_backfilled: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Report:
    """Poll what is due at ``now`` (all with ``force``), once, and bring the record up to date.

    ``environ`` are the names of the environment variables that hold something: sources whose token is not there are
    silent. ``is_backfilled`` tells whether a backfill is at work, which joins by itself what it read; it is asked only
    where something waits to be joined. A source that fails is written down and stops no other; StoreError where the
    file cannot be written. Then the problems of ``report`` are those that were written down before.
    """
    store.register(vendors, now)
    run = _Run(store, now, poll, progress, Report() if report is None else report)
    due = [asked for vendor in vendors for source in vendor.sources for asked in run.due(source, force, environ)]
    for _ in range(ROUNDS):
        if not due:
            break
        due = run.round(due)
    run.pass_over(due)
    run.join_what_waits(is_backfilled)
    return run.end()


class _Run:
    """One run: what is known, what was heard, and what it came to."""

    def __init__(self, store: Store, now: datetime, poll: Poll, progress: Progress | None, report: Report) -> None:
        self.store, self.now, self.poll, self.progress, self.report = store, now, poll, progress, report
        self.rules = store.rules_versions()
        self._derive_anew()
        self.month = f"{now:%Y-%m}"
        self.memory = store.memory(self.month)
        self.polled: dict[str, Polled] = {}
        self.hot, self.settling = store.trouble(now - SETTLES)
        self.blocked = {*store.blocked_hosts(now, schedule.DAY)}  # hosts that asked for a pause, for all of theirs
        self.ahead = store.vendors_ahead(now)
        self.cut_off: datetime | None = None  # since when no host answers
        self.took = 0.0  # seconds, until the last answer of the rounds before

    def _derive_anew(self) -> None:
        """Vendors whose rows were derived by other rules than today's are derived again."""
        for vendor, rules in self.rules.items():
            if rules != RULES:
                self._say(f"deriving {vendor} again by the rules of today")
                with self.store.transaction():
                    self._derive(vendor, derive_anew)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing: what was not written down is no problem told, for the next run comes upon it anew."""
        told = len(self.report.problems)
        try:
            with self.store.transaction():
                yield
        except BaseException:
            del self.report.problems[told:]
            raise

    # what to ask

    def due(self, source: Source, force: bool, environ: Container[str]) -> Iterator[Due]:
        """The requests of a source that are due, each with its state; none where it is silent."""
        memory = self.memory[source.id]
        is_cut_off = (memory.reason or "").startswith(_CUT_OFF)
        is_untold = is_cut_off or schedule.is_accident(memory.states.values(), memory.reason)
        told = Health.OK if is_untold else memory.health
        polled = Polled(source, memory.known, dict(memory.states), memory.health, told)
        self.polled[source.id] = polled
        if why := silent(source, environ):
            if (memory.health, memory.reason) != (Health.SUSPENDED, why):
                with self._transaction():
                    self._turn(polled, Health.SUSPENDED, why)
            return
        try:
            with contained():
                requests = bearing(source, platforms.requests(source, polled.known))
        except SourceError as error:
            health = Health.UNREADABLE if isinstance(error, ReadError) else Health.UNREACHABLE
            with self._transaction():
                self._turn(polled, health, str(error).removeprefix(f"{source.id}: "))
            polled.count("failed")
            return
        polled.requests |= {request.purpose for request in requests}
        for request in requests:
            state = polled.states.get(request.purpose) or PollState()
            may_be = schedule.is_due(request, state, self.now) and host_of(request.address(state)) not in self.blocked
            if force or may_be:
                polled.awaited.add(request.purpose)
                yield request, state

    # what was heard

    def round(self, due: Sequence[Due]) -> list[Due]:
        """Poll these, write down what was heard, and give what that leads to."""
        heard: list[Heard] = []
        follow: list[Due] = []
        held, done, began = 0, 0, self.took
        for answer in self.poll(due):
            polled = self.polled[answer.request.source]
            one = hear(self.store, polled, replace(answer, after=began + answer.after), self.now)
            heard.append(one)
            done, held, self.took = done + 1, held + len(answer.body), max(self.took, one.answer.after)
            self._say(f"{done} of {len(due)} answers, {self.report.announcements} new announcements")
            if len(heard) >= BATCH or held > BATCH_BYTES:
                follow += self._write(heard)
                heard, held = [], 0
        follow += self._write(heard)
        return [asked for asked in follow if host_of(asked[0].url) not in self.blocked]

    # what is written down

    def _write(self, heard: Sequence[Heard]) -> list[Due]:
        """One transaction: facts, verdicts, incidents, and then, with their validators, when to ask again.

        Gives what that leads to.
        """
        if not heard:
            return []
        with self._transaction():
            heard = [self._take(one) for one in heard]
            self._assemble(heard)
            for one in heard:
                self._settle(one)
            self.cut_off = self._cut_off() if all(one.error is not None for one in heard) else None
            for polled in {one.polled.source.id: one.polled for one in heard}.values():
                self._conclude(polled)
        return [(request, PollState()) for one in heard for request in one.leads_to]

    def _take(self, one: Heard) -> Heard:
        """Write what one answer told; gives it with what that touched, or with why the record refuses it."""
        request, answer, source = one.answer.request, one.answer, one.polled.source
        self.report.requests += 1
        if until := schedule.blocked_until(answer, self.now):
            self.store.block_host(host_of(answer.url), until)
            self.blocked.add(host_of(answer.url))
        if one.error is not None:
            self.store.log_poll(source.id, request.purpose, self.now, status=answer.status, error=one.error)
            return one
        if source.vendor in self.ahead:  # an error is no proof that the clock is right now
            self.store.set_back(source.vendor, self.now)
            self.ahead.discard(source.vendor)
        if one.reading is None:
            self.report.not_modified += 1
            self.store.log_poll(source.id, request.purpose, self.now, status=answer.status)
            return replace(one, touched=self.store.unchanged(source.id, request.purpose))
        if one.reading.reads:
            self.store.spend_reads(source.id, self.month, one.reading.reads)
        try:
            with contained(), self.store.all_or_nothing():
                got = self.store.ingest(source, request.purpose, one.reading, self.now, live=True)
                judge(self.store, got.said)
        except ReadError as error:
            self.store.log_poll(source.id, request.purpose, self.now, status=answer.status, error=str(error))
            return replace(one, reading=None, error=str(error), leads_to=())
        self.store.log_poll(source.id, request.purpose, self.now, status=answer.status, got=got)
        self.report.count(got)
        return replace(one, touched=got.touched)

    def _assemble(self, heard: Sequence[Heard]) -> None:
        """The incidents of all vendors that were heard; of those of which something changed, who is in trouble now."""
        touched: dict[str, list[int]] = {}
        for one in heard:
            touched.setdefault(one.polled.source.vendor, []).extend(one.touched)
        due = self.store.due_vendors(self.now)
        changed = {vendor for vendor, numbers in touched.items() if numbers or vendor in due}
        for vendor, numbers in touched.items():
            if vendor in changed:
                from tracker.collect.reassembling import reassemble  # a poll without news assembles nothing

                self._derive(vendor, reassemble, numbers)
            if vendor not in self.rules and self.store.rules_version(vendor) is None:  # an import may be at work on it
                self.store.set_rules_version(vendor, RULES)
        if changed:
            hot, settling = self.store.trouble(self.now - SETTLES, changed)
            self.hot = self.hot - changed | hot
            self.settling = {vendor: ends for vendor, ends in self.settling.items() if vendor not in changed} | settling

    def _derive(self, vendor: str, how: Callable[..., object], *of: object) -> None:
        """Tell the incidents of a vendor; where that fails, it is said in every run until somebody mends it."""
        if why := derive(self.store, vendor, how, *of):
            self.report.lasting.append(f"{vendor}: {why}")

    # what the next run needs to know

    def _settle(self, one: Heard) -> None:
        """Remember a request by its answer."""
        polled, request = one.polled, one.answer.request
        polled.awaited.discard(request.purpose)
        if one.error is not None:
            if not request.may_be_gone:
                polled.count("failed")
            self._failed(one, one.error)
            return
        polled.count("succeeded" if one.touched else "unchanged")
        polled.has_news |= one.is_news
        if one.leads_to:
            pages = {page.purpose for page in one.leads_to}
            polled.requests |= pages
            polled.awaited |= pages
            polled.begun.append(one)
        self._remember(one, whole=not one.leads_to)

    def _failed(self, one: Heard, error: str) -> None:
        polled, request = one.polled, one.answer.request

        def led(first: Heard) -> bool:
            return any(request.purpose == page.purpose for page in first.leads_to)

        if request.may_be_gone:
            # No trouble of the source, which nothing might end: it is asked for again once, by the next poll of what
            # led to it. That has no digest where it is such a poll itself.
            polled.begun = [first for first in polled.begun if not led(first) or first.state.body_digest is None]
            if request.every is not None and schedule.is_due(request, one.state, self.now):  # its own time had come
                self._keep(one, schedule.passed_over(request, one.state, one.answer, self.now, error))
            return
        if any(map(led, polled.begun)):
            polled.begun.clear()
        self._keep(one, schedule.failed(request, one.state, one.answer, self.now, error))

    def _conclude(self, polled: Polled) -> None:
        """How a source does after these answers.

        Once nothing is awaited and none of its requests is in trouble, all that is older than its newest word is known.
        """
        if not polled.awaited:
            self._finish(polled)
        health, why = schedule.health(polled.states.values(), self.now)
        is_accident = schedule.is_accident(polled.states.values(), why)
        if polled.told is Health.OK and self.cut_off and schedule.is_cut_off(polled.states.values(), self.cut_off):
            why, is_accident = f"{_CUT_OFF}{why}", True
        if health is not polled.health or health is not Health.OK:
            self._turn(polled, health, why, is_accident=is_accident)
        if polled.has_news and not polled.awaited and polled.health not in _TROUBLE:
            self.store.advance(polled.source.id)

    def _cut_off(self) -> datetime | None:
        """Since when no host answers, by what is known of all requests."""
        known = (self.polled.get(source, memory).states.values() for source, memory in self.memory.items())
        return schedule.cut_off_since(chain.from_iterable(known))

    def _finish(self, polled: Polled) -> None:
        """What led to pages was read whole; a page that failed in an earlier run is not asked for any more."""
        for first in polled.begun:
            self._remember(first, whole=True)
        polled.begun.clear()
        left = [name for name, state in polled.states.items() if state.failures and name not in polled.requests]
        for purpose in left:
            self._forget(polled, purpose)

    def pass_over(self, due: Sequence[Due]) -> None:
        """Pages that lie too far back to be read: asked for by the next run, they would lie there again."""
        for request, _ in due:
            polled = self.polled[request.source]
            polled.awaited.discard(request.purpose)
            with self._transaction():
                self._conclude(polled)

    def _remember(self, one: Heard, *, whole: bool) -> None:
        """What the next run needs of a request that was answered.

        Where not all that a document leads to was read (``whole``), the next run begins with it again: it has no
        validator, and what it held before counts as held still.
        """
        source, request, reading = one.polled.source, one.answer.request, one.reading
        if request.every is None:
            self._forget(one.polled, request.purpose)
            return
        state = schedule.succeeded(
            request,
            one.state,
            one.answer,
            self.now,
            wish=reading.every if reading else None,
            hot=source.vendor in self.hot,
            changed=one.is_news,
            settling=self.settling.get(source.vendor, ()),
        )
        if whole:
            state = replace(state, body_digest=one.digest)
        else:
            state = replace(state, body_digest=None, etag=None, last_modified=None)
        self._keep(one, state)
        if reading and one.leads_to:
            self.store.hold(source.id, request.purpose, {**({} if whole else one.held), **reading.entries})

    def _keep(self, one: Heard, state: PollState) -> None:
        request = one.answer.request
        one.polled.states[request.purpose] = state
        self.store.set_poll_state(request.source, request.purpose, state)

    def _forget(self, polled: Polled, purpose: str) -> None:
        polled.states.pop(purpose, None)
        self.store.forget_request(polled.source.id, purpose)

    def join_what_waits(self, is_backfilled: Callable[[], bool]) -> None:
        """What a backfill read, and was killed before it joined it: where nothing is left that is to be asked first."""
        waiting = self.store.vendors_waiting(RULES)
        if not waiting or any(polled.awaited for polled in self.polled.values()) or is_backfilled():
            return
        from tracker.collect.reassembling import reassemble

        for vendor in waiting:
            self._say(f"joining what was read of {vendor}")
            with self._transaction():
                self._derive(vendor, reassemble, ())

    def end(self) -> Report:
        """What this run did. What it has begun and not finished is as the next one needs it."""
        if self.report.requests:
            self.store.fold_polls(self.now - KEEPS_ERRORS)
        if self.cut_off and self.now - self.cut_off >= CUT_OFF_FOR:
            self.report.lasting.append(f"{_CUT_OFF}no host has answered since {self.cut_off:%F %H:%M} UTC")
        self.report.conclude(polled.outcome for polled in self.polled.values())
        return self.report

    # how the sources do

    def _turn(self, polled: Polled, health: Health, why: str | None, *, is_accident: bool = False) -> None:
        """Write the state of a source; into trouble or out of it is worth a line, an accident or staying there none."""
        source, before, polled.health = polled.source.id, polled.health, health
        self.store.set_health(source, health, why, self.now)
        line = f"{source}: {health}: {why}" if why else f"{source}: {health}"
        if is_accident:
            if before not in _TROUBLE:
                self.report.problems.append(line)
                self.report.accidents.append(line)
            return
        told, polled.told = polled.told, health
        if health is told or {health, told} == _TROUBLE:
            return
        if health is not Health.OK:
            self.report.problems.append(line)
        elif told is not Health.STALE:
            self.report.problems.append(f"{source}: ok again, after it was {told}")

    def _say(self, text: str) -> None:
        if self.progress is not None:
            self.progress(text)
