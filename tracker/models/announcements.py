"""One thing said once, which is what all stages speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FORGOTTEN = "[forgotten]"  # what stands where a text was erased


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
