"""Who speaks: vendors and their channels, and how a channel does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LATE = timedelta(hours=1)  # after its next poll was due, a source counts as stale
NO_NEXT = timedelta(days=1)  # until it counts as due, where no next poll is planned
MISSED = 3  # polls in a row that failed, after which nobody knows what a source says: one alone is an accident


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
    platform's own rhythm. ``timezone`` is an IANA name for times written without zone. ``components`` are what it
    speaks of where it does not say so itself. ``token`` is the NAME of the environment variable that holds the secret,
    never the secret; ``monthly_reads`` the most paid reads in a month. ``formerly`` is the old address or id of one
    that moved. ``allow_private`` lets it answer from loopback and private addresses. ``silent`` says why this source
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

    @property
    def place(self) -> str:
        """Its address, however it is written."""
        return place_of(self.address)


def place_of(address: str) -> str:
    """An address or account however it is written: http or https, www. or not, with or without a slash or an @."""
    host, slash, path = (address.partition("://")[2] or address).partition("/")
    return f"{re.sub(r'^(www[.]|@)|:(80|443)$', '', host.lower())}{slash}{path}".rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One owner of services, and the channels on which it speaks."""

    slug: str
    name: str
    homepage: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source does, as the record knows it; ``at`` says what that is worth now. ``announcements``: if counted.

    ``failures`` are the polls that failed since the last one that did not.
    """

    source: Source
    health: Health
    since: datetime | None
    reason: str | None
    last_poll: datetime | None
    last_success: datetime | None
    next_poll_at: datetime | None
    announcements: int | None
    last_error: str | None
    failures: int = 0

    @property
    def is_read(self) -> bool:
        """True where what it says reaches us, also from a new address."""
        return self.health in (Health.OK, Health.MOVED)

    @property
    def is_silent(self) -> bool:
        """True where it cannot be asked, and never could; one that was read before is missed."""
        return self.health is Health.SUSPENDED and self.last_poll is None

    def is_known(self, now: datetime, late: timedelta = LATE) -> bool:
        """True where it is read, or was until a poll or two failed, the first of them not longer than ``late`` ago."""
        is_missed = self.last_success is not None and 0 < self.failures < MISSED
        is_new = self.since is not None and now - self.since <= late
        return self.is_read or (self.health in (Health.UNREACHABLE, Health.UNREADABLE) and is_missed and is_new)

    def at(self, now: datetime, late: timedelta = LATE) -> SourceHealth:
        """The same as it looks ``now``: stale where it was not polled long after it was due.

        A collector that has stopped cannot write that down. The view ``source_health`` says the same in SQL.
        """
        if self.health in (Health.SUSPENDED, Health.RETIRED):
            return self
        if self.last_poll is None and self.health in (Health.UNREACHABLE, Health.UNREADABLE):
            return self  # what feeds.yaml says of it cannot be asked for
        if self.last_poll is None:
            return replace(self, health=Health.STALE, since=None, reason="never polled")
        if now <= (self.next_poll_at or self.last_poll + NO_NEXT) + late:
            return self
        why = f"not polled since {self.last_poll:%Y-%m-%d %H:%M} UTC: does the collector run?"
        return replace(self, health=Health.STALE, since=self.last_poll, reason=why)
