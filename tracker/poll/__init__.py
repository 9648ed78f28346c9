"""Requests -> Answers: the only room that speaks HTTP.

``Poller`` keeps the manners (one request at a time a host, a pause, few at once, redirects, retries, budget),
``asking`` says what goes over the wire and what comes back, and a **door** sends single hops: ``_curl`` where pycurl
is installed (a tenth of the cost), else ``_httpx``. Both go through the same tests.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from time import monotonic
from typing import Protocol, Self

from tracker import __version__
from tracker.errors import PollError
from tracker.models import Answer, PollState, Request
from tracker.poll import asking
from tracker.poll.asking import Hop, Reply, host_of

__all__ = ["Poller", "host_of"]

Asked = tuple[Request, PollState | None]
CONCURRENCY = 50
PAUSE = 1.0  # seconds between two requests to one host
TIMEOUT = 30.0  # seconds that one try may take, with all its redirects
RETRIES = (2.0, 8.0)  # seconds before the second and the third try within one run
LONGEST_WAIT = 1.0  # seconds; a run looks at its budget that often


class Door(Protocol):
    """Sends single hops, as many at once as it is given."""

    def start(self, token: int, hop: Hop) -> None:
        """Begin to send a hop."""

    def finished(self, seconds: float) -> Iterable[tuple[int, Reply]]:
        """The replies that are there, each with its token; waits for one, but not longer than ``seconds``."""

    def close(self) -> None:
        """Drop all that is under way."""


class _Job:
    """One request on its way: where it is, and what it met."""

    __slots__ = (
        "hop",
        "moved_to",
        "permanent",
        "ready_at",
        "redirects",
        "request",
        "spoilt",
        "state",
        "tries",
        "until",
        "url",
    )

    def __init__(self, request: Request, state: PollState | None) -> None:
        self.request, self.state = request, state
        self.tries = 0
        self.ready_at = 0.0
        self.hop: Hop
        self.spoilt: Answer | None = None
        self.rewind()

    def rewind(self) -> None:
        """Back to its first address."""
        request, state = self.request, self.state
        moved = state is not None and state.url == request.url and state.has_moved
        self.url = (state.moved_to if moved and state else None) or request.url
        self.redirects, self.permanent = 0, True
        self.moved_to: str | None = None
        self.until: float | None = None


class _Lane:
    """One host: one request at a time, with a pause."""

    __slots__ = ("busy", "free_at", "held", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[_Job] = deque()
        self.busy = self.held = False
        self.free_at = 0.0


class Poller:
    """Asks, with good manners; call it with requests and their states.

    ``contact`` is an address or URL for the User-Agent. ``pause`` are the seconds between two requests to one host,
    ``timeout`` those that a try may take, ``retries`` those before a further try after a broken answer, ``budget``
    those after which nothing new is begun. ``client`` is ``curl`` or ``httpx``, None for the faster one that is there.
    ``authorities`` is a file of certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        concurrency: int = CONCURRENCY,
        pause: float = PAUSE,
        timeout: float = TIMEOUT,
        retries: Sequence[float] = RETRIES,
        budget: float | None = None,
        allow_private: bool = False,
        client: str | None = None,
        authorities: str | None = None,
    ) -> None:
        self._agent = f"tracker/{__version__} ({_contact(contact)})"
        self._concurrency, self._pause, self._timeout, self._retries = concurrency, pause, timeout, tuple(retries)
        self._allow_private = allow_private
        self._began = monotonic()
        self._ends = None if budget is None else self._began + budget
        self._door: Door = _door(client, concurrency, authorities)
        self._lanes: dict[str, _Lane] = {}
        self._queue: list[tuple[float, int, _Lane]] = []
        self._live: dict[int, tuple[_Job, _Lane]] = {}
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()

    def __call__(self, requests: Iterable[Asked]) -> Iterator[Answer]:
        """The answers as they come in. What budget or a busy host leaves unasked gets none, and stays due."""
        todo = iter(requests)
        while True:
            yield from self._begin(todo)
            if not self._live and not self._queue:
                return
            for token, reply in self._door.finished(self._patience()):
                yield from self._settle(*self._live.pop(token), reply)
            if self._ends is not None and monotonic() > self._ends:
                yield from self._end()
                return

    poll = __call__

    # -- beginning -----------------------------------------------------------------------------------------------

    def _begin(self, todo: Iterator[Asked]) -> Iterator[Answer]:
        """Start what may be started now."""
        while len(self._live) < self._concurrency:
            if self._queue and self._queue[0][0] <= monotonic():
                yield from self._send(heappop(self._queue)[2])
                continue
            asked = next(todo, None)
            if asked is None:
                return
            self._arrive(_Job(*asked))

    def _arrive(self, job: _Job) -> None:
        """A job comes to the lane of its host."""
        lane = self._lanes.setdefault(host_of(job.url), _Lane())
        if lane.held:
            return
        lane.waiting.append(job)
        if not lane.busy and len(lane.waiting) == 1:
            self._line_up(lane)

    def _line_up(self, lane: _Lane) -> None:
        self._count += 1
        heappush(self._queue, (max(lane.free_at, lane.waiting[0].ready_at), self._count, lane))

    def _send(self, lane: _Lane) -> Iterator[Answer]:
        job = lane.waiting.popleft()
        try:
            job.hop = self._hop(job)
        except PollError as error:
            if lane.waiting:
                self._line_up(lane)
            yield self._answer(job, Reply(), str(error))
            return
        lane.busy = True
        self._count += 1
        self._live[self._count] = job, lane
        self._door.start(self._count, job.hop)

    def _hop(self, job: _Job) -> Hop:
        request, now = job.request, monotonic()
        job.until = job.until or now + self._timeout
        ends = job.until if self._ends is None else min(job.until, self._ends)
        secret = asking.secret_of(request, os.environ)
        return Hop(
            url=asking.address(job.url),
            headers=asking.headers(request, job.state, self._agent, secret),
            public_only=not (self._allow_private or asking.may_be_private(request, job.url)),
            seconds=max(ends - now, 0.05),
        )

    def _patience(self) -> float:
        if not self._queue:
            return LONGEST_WAIT
        return min(max(self._queue[0][0] - monotonic(), 0.0), LONGEST_WAIT)

    # -- ending --------------------------------------------------------------------------------------------------

    def _settle(self, job: _Job, lane: _Lane, reply: Reply) -> Iterator[Answer]:
        """A reply: an answer, or another hop or try."""
        lane.busy, lane.free_at = False, monotonic() + self._pause
        again, answer = self._judge(job, reply)
        if answer is not None and answer.holds_host:
            yield from self._hold(lane)
        if lane.waiting:
            self._line_up(lane)
        if again:
            job.spoilt = answer
            self._arrive(job)
        elif answer is not None:
            yield answer

    def _judge(self, job: _Job, reply: Reply) -> tuple[bool, Answer | None]:
        """Whether to ask again (a redirect, a further try), and the answer as it stands."""
        try:
            target = asking.redirect(job.request, job.url, reply, job.redirects)
            if target is not None:
                self._follow(job, reply, target)
                return True, None
            error = asking.trouble(job.url, reply, self._timeout)
            body = asking.unpacked(reply) if error is None and reply.status == 200 else b""
            error = error or asking.emptiness(job.hop, reply, body)
        except PollError as refusal:
            return False, self._answer(job, reply, str(refusal))
        return self._tries_again(job, reply), self._answer(job, reply, error, body)

    def _follow(self, job: _Job, reply: Reply, target: str) -> None:
        job.permanent = job.permanent and reply.status in asking.PERMANENT
        if job.permanent:
            job.moved_to = target
        job.url = target
        job.redirects += 1

    def _tries_again(self, job: _Job, reply: Reply) -> bool:
        """A further try, where that may help: not for a source that has been failing for longer."""
        broken = reply.failure in asking.AGAIN or ((reply.status or 0) >= 500 and reply.status != 503)
        if not broken or job.tries >= len(self._retries) or (job.state is not None and job.state.failures):
            return False
        job.rewind()
        job.ready_at = monotonic() + self._retries[job.tries]
        job.tries += 1
        return True

    def _hold(self, lane: _Lane) -> Iterator[Answer]:
        """Nothing more to this host in this run."""
        lane.held = True
        yield from (job.spoilt for job in lane.waiting if job.spoilt is not None)
        lane.waiting.clear()

    def _end(self) -> Iterator[Answer]:
        """The budget is used up: what is under way is dropped and stays due."""
        yield from (job.spoilt for job, _ in self._live.values() if job.spoilt is not None)
        yield from (job.spoilt for _, _, lane in self._queue for job in lane.waiting if job.spoilt is not None)
        self._live.clear()
        self._queue.clear()

    def _answer(self, job: _Job, reply: Reply, error: str | None, body: bytes = b"") -> Answer:
        return Answer(
            request=job.request,
            url=job.url,
            status=reply.status,
            headers=reply.headers,
            body=body,
            error=error,
            moved_to=job.moved_to,
            received=reply.received,
            after=monotonic() - self._began,
        )


def _contact(contact: str | None) -> str:
    """The words in the User-Agent that say whom to write to."""
    words = "".join(mark for mark in contact or "" if mark.isprintable() and mark.isascii()).strip()
    if not words:
        return "a collector of public status announcements"
    return f"+{words}" if "://" in words else f"+mailto:{words.removeprefix('mailto:')}" if "@" in words else words


def _door(client: str | None, most: int, authorities: str | None) -> Door:
    """The door of that name; without a name libcurl where it is installed, else httpx."""
    if client != "httpx":
        try:
            from tracker.poll._curl import CurlDoor

            return CurlDoor(most, authorities)
        except ImportError:
            if client == "curl":
                raise
    from tracker.poll._httpx import HttpxDoor

    return HttpxDoor(authorities)
