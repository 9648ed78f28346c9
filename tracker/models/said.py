"""What was said: announcements as read, as judged, as revised, as gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.models.incidents import Verdict
    from tracker.models.naming import Name


FORGOTTEN = "[forgotten]"  # what stands where a text was erased


class Listing(StrEnum):
    """What the absence of an item from a document means.

    ``window``: the newest N items, complete in its range: an absent item with an older one still standing
    was withdrawn. ``active``: only what is open now: an absent item has ended or was withdrawn, we do not
    know which. ``either``: a window, unless its polls show that it lists what is open. ``part``: a page, a filter, one
    item: absence means nothing.
    """

    WINDOW = "window"
    ACTIVE = "active"
    EITHER = "either"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when to when something was broken, or will be worked on, as its vendor says. Either end may be unknown."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of(cls, start: datetime | None, end: datetime | None) -> Window | None:
        """None where neither end is known."""
        return cls(start=start, end=end) if start or end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One thing said once.

    ``id`` is unique in its source and contains nothing that an edit changes. ``aliases`` are other ids of
    the same thing. ``status`` and ``impact`` are the vendor's own words, verbatim. ``incident_key`` is what
    the platform itself says belongs together (None for a lone post). ``in_reply_to`` is the announcement id
    this one answers. ``links`` are the addresses it points to. ``window`` is the vendor's own field of when
    it was broken. ``planned``: the platform itself files it under scheduled maintenance. ``shares_state``: its platform
    gives the last word of an incident the state of the incident, and takes that from it when another follows.
    ``excerpt``: it is a part of an entry that is known by its ``incident_key``, with these words and their time: where
    the record has that entry with all its words, this is nothing new.
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
    shares_state: bool = False
    excerpt: str | None = None
    original: bytes = b""

    @property
    def ids(self) -> tuple[str, ...]:
        """All its ids, its own first."""
        return self.id, *self.aliases

    @property
    def announces_hours(self) -> bool:
        """Whether its hours are part of what it says: of planned work, and of what has no other time than these."""
        return self.planned or self.published_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a platform read from one document.

    ``announcements`` oldest first. ``listing`` says what an absence from it means; ``listed`` are the keys
    that the list holds, newest first: the incident keys, or the announcement ids where each stands for itself.
    ``entries`` is what the next document's ``held`` will be: digest of each raw entry to its listed keys; where
    the platform reads every document whole, each key by itself, or nothing.
    ``learnt`` is what later requests need (an account's number), kept for the source. ``whose`` in it names who speaks,
    in words: a document that shares none of them with the one before is somebody else's. ``every`` is the interval
    that the document asks for (RSS ttl, sy:update*), in seconds. ``reads`` is how many paid reads it cost.
    """

    announcements: tuple[Announcement, ...] = ()
    listing: Listing = Listing.PART
    listed: tuple[str, ...] = ()
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    learnt: Mapping[str, str] = field(default_factory=dict)
    every: int | None = None
    reads: int = 0

    def renamed(self, names: Mapping[str, str]) -> Reading:
        """The same with other ids: those of today to those that they get."""
        return replace(
            self,
            announcements=tuple(replace(said, id=names.get(said.id, said.id)) for said in self.announcements),
            listed=tuple(names.get(key, key) for key in self.listed),
            entries={digest: tuple(names.get(key, key) for key in keys) for digest, keys in self.entries.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A later version of an announcement: the vendor's words or declared state changed.

    ``number`` counts from 2; the announcement itself is version 1. ``seen_at`` is when we saw it.
    """

    number: int
    seen_at: datetime
    announcement: Announcement
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An announcement as the record holds it: when it came to us, every later version, and the verdict.

    ``seen_at`` is the vendor's time where an imported line told no time of ours: nobody knows when that came.
    ``first_seen_at`` is None for what the first poll of a source already held. ``order`` is its number (rowid) in the
    order in which we came to know things: later facts cannot change it.
    """

    order: int
    announcement: Announcement
    verdict: Verdict
    seen_at: datetime
    first_seen_at: datetime | None
    revisions: tuple[Revision, ...] = ()

    @property
    def name(self) -> Name:
        """How corrections, threads and steps name it."""
        return self.announcement.source, self.announcement.id

    @property
    def at(self) -> datetime:
        """When it was said: the vendor's time, else when it came to us."""
        return self.announcement.published_at or self.seen_at

    @property
    def known_seen_at(self) -> datetime | None:
        """When it came to us; None where nobody knows."""
        is_known = self.first_seen_at or self.seen_at != self.announcement.published_at
        return self.seen_at if is_known else None

    @property
    def newest(self) -> Announcement:
        """The announcement as it stands now."""
        return self.revisions[-1].announcement if self.revisions else self.announcement

    @property
    def versions(self) -> dict[int, Announcement]:
        """The announcement as it stood in each of its versions, by number."""
        return {1: self.announcement, **{later.number: later.announcement for later in self.revisions}}


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
