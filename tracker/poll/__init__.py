"""Requests -> Answers: the only room that speaks HTTP.

``Poller`` asks and keeps the manners: ``lanes`` says whose turn it is, ``addresses`` where a hop may go, ``asking``
what goes over the wire and what the replies mean, and a **door** sends single hops: ``_curl`` where pycurl is
installed, since it costs far less, else ``_httpx``. Both doors go through the same tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from time import monotonic
from typing import Protocol, Self

from tracker import __version__
from tracker.errors import PollError
from tracker.models import Answer, Due, PollState, Request
from tracker.poll import addresses, asking
from tracker.poll.addresses import host_of
from tracker.poll.asking import Hop, Reply
from tracker.poll.lanes import Lanes

__all__ = ["Poller", "host_of"]

CONCURRENCY = 50
PAUSE = 1.0  # seconds between two requests to one host
TIMEOUT = 30.0  # seconds that one try may take on the wire, with all its redirects
RETRIES = (2.0, 8.0)  # seconds before the second and the third try within one run
LONGEST_WAIT = 1.0  # seconds; a run looks at its budget that often
AWAY = 0.1  # seconds that whoever reads the answers may take for one and no host is given them back
LAST_START = 0.1  # nothing is begun in the last tenth of the budget


class Door(Protocol):
    """Sends single hops, as many at once as it is given."""

    def start(self, token: int, hop: Hop) -> None:
        """Begin to send a hop."""

    def finished(self, seconds: float) -> Iterable[tuple[int, Reply]]:
        """The replies that are there, each with its token; waits for one, but not longer than ``seconds``."""

    def forgive(self, seconds: float) -> None:
        """Give all that is under way so much more time."""

    def drop(self) -> None:
        """Forget all that is under way."""

    def close(self) -> None:
        """Forget all that is under way, and leave nothing behind."""


class _Job:
    """One request on its way: where it is, and what it met. ``spoilt`` is the answer of the try before."""

    __slots__ = (
        "host", "moved_to", "permanent", "ready_at", "redirects", "request", "seconds", "spoilt", "started_at", "state",
        "tries", "url",
    )  # fmt: skip

    def __init__(self, request: Request, state: PollState, seconds: float) -> None:
        self.request, self.state = request, state
        self.tries, self.ready_at, self.started_at = 0, 0.0, 0.0
        self.spoilt: Answer | None = None
        self.begin(seconds)

    def begin(self, seconds: float) -> None:
        """A try from its first address."""
        self.seconds, self.redirects, self.permanent = seconds, 0, True
        self.moved_to: str | None = None
        self.go_to(self.request.address(self.state))

    def follow(self, target: str, status: int | None) -> None:
        """A redirect; only those that are permanent from the first on are worth remembering."""
        self.permanent = self.permanent and status in asking.PERMANENT
        if self.permanent:
            self.moved_to = target
        self.redirects += 1
        self.go_to(target)

    def go_to(self, url: str) -> None:
        """Where the next hop goes."""
        self.url, self.host = url, host_of(url)


class Poller:
    """Asks with good manners; it remembers from one call to the next whom it asked when.

    ``contact`` is an address or URL for the User-Agent. ``pause`` are the seconds between two requests to one host,
    ``timeout`` those that a try may take, ``retries`` those before a further try after a broken answer, ``budget``
    those after which it ends: nothing is begun in its last tenth. ``client`` is ``curl`` or ``httpx``, None for the
    faster one that is installed. ``concurrency`` is how many hosts are asked at once.
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
        client: str | None = None,
    ) -> None:
        self._agent = asking.agent(__version__, contact)
        self._concurrency, self._pause, self._timeout = concurrency, pause, timeout
        self._retries = tuple(retries)
        self._began = monotonic()
        seconds = inf if budget is None else budget
        self._ends, self._starts_until = self._began + seconds, self._began + seconds * (1 - LAST_START)
        self._client = client
        self._opened: Door | None = None
        self._lanes: Lanes[_Job] = Lanes()
        self._live: dict[int, tuple[_Job, Hop]] = {}
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def _door(self) -> Door:
        """The door, opened when it is first used: a run in which nothing is due loads no client."""
        if self._opened is None:
            self._opened = _open(self._client, self._concurrency)
        return self._opened

    def poll(self, requests: Iterable[Due]) -> Iterator[Answer]:
        """The answers as they come in. What the budget or a busy host leaves unasked gets none, and stays due."""
        self._began = monotonic()
        try:
            for answer in self._run(iter(requests)):
                left_at = monotonic()
                yield answer
                self._forgive(monotonic() - left_at)
        finally:
            if self._opened is not None:
                self._opened.drop()
            left = [*(job for job, _ in self._live.values()), *self._lanes.close()]
            self._live.clear()
        yield from (job.spoilt for job in left if job.spoilt is not None)

    def slowest(self) -> tuple[str, float] | None:
        """The host that has been waited for longest, and for how many seconds; None while nothing is under way."""
        job = min((job for job, _ in self._live.values()), key=lambda job: job.started_at, default=None)
        return None if job is None else (job.host, monotonic() - job.started_at)

    def _forgive(self, away: float) -> None:
        """While an answer was read nobody listened to the others: it is not they who took that time."""
        if away > AWAY and self._live:
            self._door.forgive(away)
            for job, _ in self._live.values():
                job.started_at += away

    def _run(self, todo: Iterator[Due]) -> Iterator[Answer]:
        """Until all is asked and answered, or the budget is used up."""
        while monotonic() < self._ends:
            yield from self._start(todo)
            if not self._live and (self._is_late() or self._lanes.free_at() is None):
                return
            for token, reply in self._door.finished(self._patience()):
                yield from self._settle(*self._live.pop(token), reply)

    # -- beginning -----------------------------------------------------------------------------------------------

    def _start(self, todo: Iterator[Due]) -> Iterator[Answer]:
        """Start what may be started now."""
        while len(self._live) < self._concurrency and not self._is_late():
            job = self._lanes.next(monotonic())
            if job is not None:
                yield from self._send(job)
                continue
            asked = next(todo, None)
            if asked is None:
                return
            self._lanes.arrive(_Job(*asked, self._timeout))

    def _is_late(self) -> bool:
        return monotonic() >= self._starts_until

    def _send(self, job: _Job) -> Iterator[Answer]:
        try:
            hop = self._hop(job)
        except PollError as refusal:
            self._lanes.leave(job.host)
            yield self._answer(job, Reply(), str(refusal))
            return
        job.started_at = monotonic()
        self._count += 1
        self._live[self._count] = job, hop
        self._door.start(self._count, hop)

    def _hop(self, job: _Job) -> Hop:
        request = job.request
        secret = asking.secret_of(request, os.environ)
        return Hop(
            url=addresses.address(job.url),
            headers=asking.headers(request, job.url, job.state, self._agent, secret),
            public_only=not addresses.may_be_private(request, job.url),
            seconds=job.seconds,
            secret=secret,
        )

    def _patience(self) -> float:
        """How long to wait for a reply before something else is to be done."""
        now, free_at = monotonic(), self._lanes.free_at()
        wait = min(self._ends - now, LONGEST_WAIT)
        if free_at is not None and len(self._live) < self._concurrency:
            wait = min(wait, free_at - now)
        return max(wait, 0.0)

    # -- ending --------------------------------------------------------------------------------------------------

    def _settle(self, job: _Job, hop: Hop, reply: Reply) -> Iterator[Answer]:
        """A reply: an answer, or another hop or try."""
        now = monotonic()
        asking.hush(hop, reply)
        self._lanes.leave(job.host, now + max(self._pause, asking.pause(reply)))
        job.seconds = max(job.seconds - (now - job.started_at), 0.0)
        try:
            target = asking.redirect(job.request, job.url, reply, job.redirects)
        except PollError as refusal:
            yield self._answer(job, reply, str(refusal))
            return
        if target is not None:
            job.follow(target, reply.status)
            yield from self._arrive(job, first=True)
            return
        answer = self._read(job, hop, reply)
        if answer.holds_host:
            yield from (other.spoilt for other in self._lanes.hold(job.host) if other.spoilt is not None)
        if self._tries_again(job, reply):
            job.spoilt = answer
            yield from self._arrive(job)
        else:
            yield answer

    def _arrive(self, job: _Job, *, first: bool = False) -> Iterator[Answer]:
        """Another hop; where its host is held, the try before is the answer, if there was one."""
        if not self._lanes.arrive(job, first=first) and job.spoilt is not None:
            yield job.spoilt

    def _read(self, job: _Job, hop: Hop, reply: Reply) -> Answer:
        """The answer that a reply is."""
        error = asking.trouble(job.url, reply, self._timeout)
        if error is not None:
            return self._answer(job, reply, error)
        try:
            return self._answer(job, reply, None, asking.body(hop, reply))
        except PollError as refusal:
            return self._answer(job, reply, f"{addresses.place(job.url)}: {refusal}")

    def _tries_again(self, job: _Job, reply: Reply) -> bool:
        """Get ready for a further try, where that may help: not for a source that has been failing for longer."""
        if job.state.failures or job.tries >= len(self._retries) or not asking.is_passing(reply):
            return False
        job.ready_at = monotonic() + self._retries[job.tries]
        job.tries += 1
        job.begin(self._timeout)
        return True

    def _answer(self, job: _Job, reply: Reply, error: str | None, body: bytes = b"") -> Answer:
        return Answer(
            request=job.request,
            url=job.url,
            status=reply.status,
            headers=reply.headers,
            body=body,
            error=error,
            moved_to=job.moved_to,
            after=monotonic() - self._began,
        )


def _open(client: str | None, most: int) -> Door:
    """The door of that name; without a name libcurl where it is installed, else httpx."""
    if client != "httpx":
        try:
            from tracker.poll._curl import CurlDoor

            return CurlDoor(most)
        except ImportError:
            if client == "curl":
                raise
    from tracker.poll._httpx import HttpxDoor

    return HttpxDoor(most)
