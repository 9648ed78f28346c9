"""What was said, in its documents and over time: announcements as read, as judged, as revised, as gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.models.announcements import Announcement
    from tracker.models.naming import Name
    from tracker.models.verdicts import Verdict


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
