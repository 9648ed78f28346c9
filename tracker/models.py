"""What passes between the stages: frozen values, aware UTC datetimes, tuples.

Every stage imports this file and no other stage. All times are UTC and aware; all durations are
seconds. ``None`` means unknown, never a made-up value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """What one announcement says. The first three are the product; the others keep chatter out of it."""

    OUTAGE_START = "outage-start"
    UPDATE = "update"
    RESOLVED = "resolved"
    MAINTENANCE = "maintenance"
    UNRELATED = "unrelated"


class Kind(StrEnum):
    """Planned work lives apart from incidents everywhere."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class Listing(StrEnum):
    """What the absence of an item from a document means.

    ``window``: the newest N items, complete in its range: an absent item with an older one still standing
    was withdrawn. ``active``: only what is open now: an absent item has ended or was withdrawn, we do not
    know which. ``part``: a page, a filter, one item: absence means nothing.
    """

    WINDOW = "window"
    ACTIVE = "active"
    PART = "part"


class Health(StrEnum):
    """The state of a source, as ``tracker sources`` prints it."""

    OK = "ok"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    MOVED = "moved"
    UNREADABLE = "unreadable"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One channel of a vendor: one entry of feeds.yaml.

    Exactly one of ``page`` (the platform knows its endpoints), ``account`` (the platform looks it up) and
    ``url`` (fetched as it is) is given. ``every`` is the wished interval in seconds, or None for the
    platform's own rhythm. ``timezone`` is an IANA name for times written without zone. ``token`` is the NAME
    of the environment variable that holds the secret, never the secret. ``silent`` says why this source
    cannot be read (no free channel), and then it is never polled.
    """

    id: str
    vendor: str
    platform: str
    page: str | None = None
    account: str | None = None
    url: str | None = None
    every: int | None = None
    timezone: str | None = None
    components: tuple[str, ...] = ()
    token: str | None = None
    monthly_reads: int | None = None
    formerly: str | None = None
    allow_private: bool = False
    silent: str | None = None

    @property
    def address(self) -> str:
        """Where it speaks, for people: the page, the account or the address."""
        return self.page or self.url or self.account or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One owner of services, and the channels on which it speaks."""

    slug: str
    name: str
    homepage: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to fetch for a source.

    ``purpose`` names it within its source (``incidents``, ``open``, ``account``, ``incident:abc``) and with
    the source's id identifies its PollState. ``every`` is its rhythm in seconds; None: fetched once, at once.
    ``bearer`` is the NAME of the environment variable whose value goes into the Authorization header.
    ``accept`` is the Accept header. ``reads`` is the most paid reads that the answer may cost (X), else 0.
    ``allow_private`` lets it go to loopback and private addresses.
    """

    source: str
    url: str
    purpose: str
    every: int | None = None
    accept: str = "*/*"
    bearer: str | None = None
    reads: int = 0
    allow_private: bool = False


MOVED_TIMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What is remembered of a request between polls; ``url`` is where it was last sent.

    ``etag`` and ``last_modified`` are the server's, byte for byte, stored only with what was read under them.
    ``moved_to``/``moved_since``/``moved_seen``: the permanent redirect seen, since when, how often. ``wish`` is
    the document's own for the interval, in seconds, kept while it does not change.
    """

    url: str = ""
    etag: str | None = None
    last_modified: str | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one request: the response of the last hop, or the reason there is none.

    ``status`` is the HTTP code, None where nothing answered; ``error`` is a sentence for the operator, None
    when the body may be read (200) or nothing changed (304). ``headers`` has lower-case names. ``url`` is
    the final address; ``moved_to`` the address to store after permanent redirects, else None. ``received`` are
    bytes on the wire as far as known. ``after`` is when it came, in seconds since the run began to poll.
    """

    request: Request
    url: str
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None
    moved_to: str | None = None
    received: int = 0
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
    def holds_host(self) -> bool:
        """True where nothing more may be asked of this host for now: it is busy, or hardly anything is left."""
        return self.status in (429, 503) or (self.quota is not None and self.quota < 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What came over the wire, uninterpreted. ``url`` is where it came from ('' for a file).

    ``held`` is what the last document of the same request held: the digest of each raw entry, with the keys
    that it put into ``Reading.listed``. An entry whose digest is there has not changed: a platform may pass it
    over unread, as long as ``listed`` is the same as if it had been read.
    """

    source: Source
    url: str
    body: bytes
    content_type: str
    polled_at: datetime
    purpose: str = ""
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Between when a vendor says that it was broken, or will be worked on. Either end may be unknown."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One thing said once.

    ``id`` is unique in its source and contains nothing that an edit changes. ``aliases`` are other ids of
    the same thing. ``status`` and ``impact`` are the vendor's own words, verbatim. ``incident_key`` is what
    the platform itself says belongs together (None for a lone post). ``in_reply_to`` is the announcement id
    this one answers. ``links`` are the addresses it points to. ``window`` is the vendor's own field of when
    it was broken. ``name`` is the incident's title where the platform has one apart from the post's own
    title. ``planned``: the platform itself files it under scheduled maintenance.
    ``original`` is a document of the same platform, as small as can be, whose ``read`` gives this
    announcement again: the fact that is kept.
    """

    source: str
    vendor: str
    id: str
    text: str
    aliases: tuple[str, ...] = ()
    url: str | None = None
    published_at: datetime | None = None
    edited_at: datetime | None = None
    title: str | None = None
    lang: str | None = None
    status: str | None = None
    impact: str | None = None
    components: tuple[str, ...] = ()
    incident_key: str | None = None
    in_reply_to: str | None = None
    links: tuple[str, ...] = ()
    window: Window | None = None
    planned: bool = False
    original: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a platform read from one document.

    ``announcements`` oldest first. ``listing`` says what an absence from it means; ``listed`` are the keys
    that the list holds, newest first: the incident keys, or the announcement ids where there are none.
    ``entries`` is what the next document's ``held`` will be: digest of each raw entry to its listed keys; empty
    where the platform reads every document whole.
    ``learnt`` is what later requests need (an account's number), kept per source. ``every`` is a wish of the
    document itself (RSS ttl, sy:update*), in seconds. ``reads`` is how many paid reads it cost.
    """

    announcements: tuple[Announcement, ...] = ()
    listing: Listing = Listing.PART
    listed: tuple[str, ...] = ()
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    learnt: Mapping[str, str] = field(default_factory=dict)
    every: int | None = None
    reads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is already known of a source when its requests are made.

    ``newest_id`` is the announcement id seen last by time; ``open_keys`` the incident keys that are open.
    """

    newest_id: str | None = None
    open_keys: tuple[str, ...] = ()
    learnt: Mapping[str, str] = field(default_factory=dict)
    reads_this_month: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the words say, 0..1 how sure we are, and why we think so: a sentence for a person."""

    phase: Phase
    confidence: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A later version of an announcement: the vendor's words or declared state changed.

    ``number`` counts from 2; the announcement itself is version 1. ``seen_at`` is when we saw it.
    """

    number: int
    seen_at: datetime
    announcement: Announcement
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An announcement as the record holds it: when we saw it, every later version, and the verdict.

    ``first_seen_at`` is None for what the first poll of a source already held. ``order`` is the order in
    which we came to know it (rowid), which later facts cannot change.
    """

    order: int
    announcement: Announcement
    verdict: Verdict
    seen_at: datetime
    first_seen_at: datetime | None
    revisions: tuple[Revision, ...] = ()


class AbsenceKind(StrEnum):
    """``missing``: once absent from a window; ``withdrawn``: confirmed; ``left``: left an active-only list."""

    MISSING = "missing"
    WITHDRAWN = "withdrawn"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """An item that a list no longer holds: last seen there, first missed. ``key`` as in ``Reading.listed``."""

    source: str
    key: str
    kind: AbsenceKind
    last_seen_at: datetime
    missing_at: datetime


class Action(StrEnum):
    """What a person may correct. Corrections name announcements (``source#id``), never incidents."""

    TOGETHER = "together"
    APART = "apart"
    PHASE = "phase"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's word over ours. ``first``/``second`` are (source, announcement id); later ones win.

    ``earlier_text``: an announcement that it names was revised since.
    """

    action: Action
    first: tuple[str, str]
    second: tuple[str, str] | None = None
    phase: Phase | None = None
    revision: int = 1
    author: str = ""
    reason: str = ""
    made_at: datetime | None = None
    earlier_text: bool = False


class State(StrEnum):
    """Where an incident or a maintenance stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    ENDED_UNANNOUNCED = "ended-unannounced"
    PLANNED = "planned"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    OVERRUN = "overrun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an incident's timeline: an announcement, or an edit that moved it on.

    ``phase`` is settled by place (the first is the outage-start unless it says resolved); ``verdict`` is what
    the words alone say. ``revision`` is 1 for the announcement as first said. ``joined_by`` is the rule
    that put it here, with its reason. ``revised`` is how many later versions exist.
    """

    source: str
    id: str
    revision: int
    phase: Phase
    at: datetime
    at_basis: str
    seen_at: datetime
    verdict: Verdict
    title: str | None
    text: str
    url: str | None
    status: str | None
    joined_by: str
    score: float | None = None
    revised: int = 0
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One outage (or one planned work) of one vendor, whatever it was told on.

    The clocks, each with its basis in ``bases`` (clock name to a few words): ``impact_started_at`` (the
    vendor's field or words), ``announced_at`` (first post), ``first_seen_at`` (ours), ``first_resolved_at``,
    ``resolved_at`` (the first post that says so after the last live word), ``impact_ended_at``.
    ``ended_between``: the two times between which an unannounced end lies. ``aliases`` are the ids that
    resolve to this incident: one for every member. ``due_at`` is when its state changes by itself if nothing
    more is said. ``corrections`` are what people said of its members. ``severity`` is critical, major, minor or
    none: the vendor's ``impact`` in these words, else read from its words (``bases`` says which).
    """

    id: str
    vendor: str
    kind: Kind
    name: str
    state: State
    impact: str | None
    components: tuple[str, ...]
    steps: tuple[Step, ...]
    impact_started_at: datetime | None = None
    announced_at: datetime | None = None
    first_seen_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    impact_ended_at: datetime | None = None
    ended_between: tuple[datetime, datetime] | None = None
    bases: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    severity: str | None = None
    regions: tuple[str, ...] = ()
    due_at: datetime | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def duration_s(self) -> int | None:
        """Seconds from the first word to the word that it is over; None when all was told at once."""
        if self.resolved_at is None or self.announced_at is None or self.resolved_at <= self.announced_at:
            return None
        return int((self.resolved_at - self.announced_at).total_seconds())

    @property
    def is_open(self) -> bool:
        """True while something is still wrong, or planned work is under way."""
        return self.state in (State.OPEN, State.IN_PROGRESS, State.OVERRUN)
