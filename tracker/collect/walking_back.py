"""One source on its way back: what is asked next, and what an answer makes of that. It reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from tracker.collect.hearing import bearing
from tracker.models import Answer, Known, PastPage, Reading, Request, Source

MOST_FAILURES = 3  # in a row; then a source is left alone
MOST_NAMED = 5  # incidents that could not be read, by their keys
MOST_PAGES = 2_500  # of a source in one call; posts have no end that a stranger could not move on
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


@dataclass(slots=True, kw_only=True)
class Trail:
    """One source on its way back.

    ``first`` is the request with which its past begins, ``older`` the page that is asked for next, ``queue`` the
    incidents, newest first: by key the addresses that are left to try. ``told`` are those that the record has whole.
    What a page tells that was said after ``until`` is left to the next poll, which knows when it saw it. ``unread`` is
    a page that could not be read, ``failed`` are incidents that could not. ``back_to`` is how far its ``pages`` go,
    which are as many as were read; ``repeats``: the last was no older than the one before it. ``has_moved``: it has
    gone on since its way was remembered.

    Ctrl-C may come between any two instructions: what is done with is let go of last, and else asked for again.
    """

    source: Source
    came_of: Backfilled
    known: Known
    told: frozenset[str]
    first: Request
    older: Request | None
    until: datetime | None = None
    queue: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: Request | None = None
    failed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failures: int = 0
    pauses: int = 0
    pages: int = 0
    back_to: datetime | None = None
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

    def way_on(self) -> PastPage:
        """Where the next call goes on; nothing where it would begin anew, or only with what failed."""
        page = self.older or self.unread
        if page is not None and page.url == self.first.url:
            page = None
        return PastPage(older=page, incidents={**self.queue, **self.failed} if page or self.queue else {})

    def turn_page(self, past: PastPage) -> None:
        """Queue what a page names, and go on to the one before it.

        One that is no older than the page before it may be that page, moved on by a new quarter; a second is the last.
        """
        before, older = self.back_to, past.older and self.request(past.older.url, past.older.purpose)
        repeats = before is not None and (past.back_to is None or past.back_to >= before)
        if older is not None and repeats and self.repeats:
            self.complain(f"its pages repeat themselves: {before:%B %Y} is followed by {past.back_to or before:%B %Y}")
            older = None
        self.queue_up(past.incidents)
        if older is not None and len(self.queue) > MOST_QUEUED:
            told = f"its pages name more than {MOST_QUEUED:,} incidents"
            self.complain(f"{told}; those before {past.back_to or before:%Y-%m-%d} are left out")
            older = None
        self.back_to = min(filter(None, (past.back_to, before)), default=None)
        self.older, self.repeats, self.has_moved = older, repeats, True
        self.pages += 1
        if older is not None and self.pages >= MOST_PAGES:
            self.stop(f"{MOST_PAGES:,} pages were read, which is enough for one call; the next goes on from there")

    def of_its_time(self, reading: Reading) -> Reading:
        """What a page tells, without what the next poll will tell."""
        if self.until is None:
            return reading
        said = (each for each in reading.announcements if not each.published_at or each.published_at <= self.until)
        return replace(reading, announcements=tuple(said))

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
        elif self.older.url == self.first.url or (self.pages and self.back_to is None):
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

    def complain(self, why: str) -> None:
        """A problem for the operator, told once."""
        told = f"{self.source.id}: {why.removeprefix(f'{self.source.id}: ')}"
        if told not in self.came_of.problems:
            self.came_of.problems.append(told)

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
        if self.back_to is not None:
            self.came_of.back_to = max(self.back_to.date(), since or date.min)
        self.came_of.left = len(self.queue) + len(self.failed)
        if self.failed:
            named = ", ".join([*self.failed][:MOST_NAMED]) + (", …" if len(self.failed) > MOST_NAMED else "")
            self.complain(f"{len(self.failed)} of its incidents could not be read: {named}")
