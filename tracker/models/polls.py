"""What is asked, what is remembered of it, and what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tracker.models.said import Reading

if TYPE_CHECKING:
    from tracker.models.sources import Source

MOVED_TIMES = 3  # permanent redirects to one address, over a day, after which it counts as moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to fetch for a source.

    ``purpose`` names it within its source (``incidents``, ``open``, ``account``, ``incident:abc``) and with
    the source's id identifies its PollState. ``every`` is its rhythm in seconds; None: fetched once, at once.
    ``bearer`` is the NAME of the environment variable whose value goes into the Authorization header.
    ``accept`` is the Accept header. ``reads`` is the most paid reads that the answer may cost (X), else 0.
    ``allow_private`` lets it go to loopback and private addresses. ``may_be_gone``: 404 and 410 are answers, and a
    failure is no trouble of the source.
    """

    source: str
    url: str
    purpose: str
    every: int | None = None
    accept: str = "*/*"
    bearer: str | None = None
    reads: int = 0
    allow_private: bool = False
    may_be_gone: bool = False

    @classmethod
    def of(
        cls, source: Source, url: str, purpose: str, every: int | None, *, accept: str = "*/*", reads: int = 0
    ) -> Request:
        """A request of this source, with what its entry in feeds.yaml says of all of them."""
        return cls(
            source=source.id, url=url, purpose=purpose, every=every, accept=accept, reads=reads,
            allow_private=source.allow_private,
        )  # fmt: skip

    @property
    def optional(self) -> Request:
        """The same, where it is no trouble of the source that it is gone or fails."""
        return replace(self, may_be_gone=True)

    def address(self, state: PollState) -> str:
        """Where to ask first: at its own address, or where that has moved to. A token never follows a move."""
        if not state.has_moved or state.moved_to is None or state.url != self.url or self.bearer:
            return self.url
        return state.moved_to


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What is remembered of a request between polls, nothing of a new one; ``url`` is where it was last sent.

    ``etag`` and ``last_modified`` are the server's, byte for byte, and stored only with what was read under them;
    ``read_from`` is where that stood, behind all redirects, None where there were none.
    ``moved_to``/``moved_since``/``moved_seen``: the permanent redirect that was seen, since when, how often. ``wish``
    is the interval that the document itself asks for, in seconds, kept while the document does not change.
    """

    url: str = ""
    etag: str | None = None
    last_modified: str | None = None
    read_from: str | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_poll_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    body_digest: str | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved_seen: int = 0
    wish: int | None = None

    @property
    def has_moved(self) -> bool:
        """True once a permanent redirect was seen three times over a day: from then on ``moved_to`` is asked."""
        return self.moved_to is not None and self.moved_seen >= MOVED_TIMES


Due = tuple[Request, PollState]  # what is to be asked, and what is remembered of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one request: the response of the last hop, or the reason there is none.

    ``status`` is the HTTP code, None where nothing answered; ``error`` is a sentence for the operator, None
    when the body may be read (200) or nothing changed (304). ``headers`` has lower-case names. ``url`` is
    the final address; ``moved_to`` the address to store after permanent redirects, else None. ``after`` is when it
    came, in seconds since the run began to poll.
    """

    request: Request
    url: str
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None
    moved_to: str | None = None
    after: float = 0.0

    @property
    def quota(self) -> float | None:
        """The share (0..1) of what its host allows that is left, where the host says so (X-RateLimit-*)."""
        for prefix in ("x-ratelimit-", "x-rate-limit-", "ratelimit-"):
            try:
                return float(self.headers[prefix + "remaining"]) / float(self.headers[prefix + "limit"])
            except (KeyError, ValueError, ZeroDivisionError):
                continue
        return None

    @property
    def is_busy(self) -> bool:
        """True where the host itself asks to be left alone for a while."""
        return self.status in (429, 503)

    @property
    def holds_host(self) -> bool:
        """True where nothing more may be asked of this host for now: it is busy, or hardly anything is left."""
        return self.is_busy or (self.quota is not None and self.quota < 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What came over the wire, uninterpreted. ``url`` is where it came from ('' for a file).

    ``content_type`` is the header of that name, '' where there was none. ``purpose`` is the request's.
    ``held`` is what the last document of the same request held: the digest of each raw entry, with the keys
    that it put into ``Reading.listed``. An entry whose digest is there has not changed: a platform may pass it
    over unread, as long as ``listed`` is the same as if it had been read.
    """

    source: Source
    body: bytes
    polled_at: datetime
    url: str = ""
    content_type: str = ""
    purpose: str = ""
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, source: Source, answer: Answer, polled_at: datetime, held: Mapping[str, tuple[str, ...]] | None = None
    ) -> Document:
        """What an answer brought."""
        return cls(
            source=source, body=answer.body, polled_at=polled_at, url=answer.url, purpose=answer.request.purpose,
            content_type=answer.headers.get("content-type", ""), held=held or {},
        )  # fmt: skip

    def gone(self, listed: Iterable[str]) -> list[str]:
        """What the last document of the same request listed and this one, which lists these, does not; sorted."""
        return sorted({key for keys in self.held.values() for key in keys}.difference(listed))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPage:
    """One page of what a source told long ago; where none was read yet, it says where that begins.

    ``older`` asks for the page before it, None where there is none. ``reading`` is what the page tells by itself: the
    posts of an account, and whose they are. ``incidents`` are those that it only names, newest first: by key, with
    addresses of which one tells the incident whole, while the others answer that it is not there. ``back_to``: what was
    over before that time stands on older pages; None where the page does not say.
    """

    older: Request | None = None
    reading: Reading = field(default_factory=Reading)
    incidents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    back_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is already known of a source when its requests are made.

    ``newest_id`` is the newest announcement's id, of which all older ones are known. ``learnt`` is what readings gave
    as ``Reading.learnt``; ``reads_this_month`` are the paid reads that were spent.
    """

    newest_id: str | None = None
    learnt: Mapping[str, str] = field(default_factory=dict)
    reads_this_month: int = 0
