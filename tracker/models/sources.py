"""Who speaks: vendors and their channels, and how a channel does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
class SourceHealth:
    """How a source does, as the record knows it."""

    source: Source
    health: Health
    since: datetime | None
    reason: str | None
    last_success: datetime | None
    next_poll_at: datetime | None
    announcements: int
    last_error: str | None
