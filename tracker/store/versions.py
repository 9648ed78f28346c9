"""How a known announcement stands, and what makes a version another one: other words, or another declared state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracker.models import Announcement, Window
from tracker.store import cells


class Version(NamedTuple):
    """What of an announcement is compared with the next version of it; the window as its columns have it."""

    title: str | None
    text: str | None
    status: str | None
    window_start: str | None
    window_end: str | None

    @classmethod
    def of(cls, said: Announcement) -> Version:
        """That of an announcement as it is told."""
        window = said.window or Window()
        return cls(said.title, said.text, said.status, cells.stated(window.start), cells.stated(window.end))

    @property
    def hours(self) -> tuple[str | None, str | None]:
        """From when to when."""
        return self.window_start, self.window_end

    def is_reworded(self, said: Announcement, *, titled: bool, stated: bool) -> bool:
        """Whether the vendor changed its words, its declared state, or the window of what it announces since.

        The title counts only where it is ``titled``, and not the incident's; the state alone only where it is
        ``stated``, and not one that went on to a later word; hours that are not told are not changed.
        """
        now = Version.of(said)
        return (
            words(self.text) != words(now.text)
            or (stated and self.status != now.status)
            or (titled and words(self.title) != words(now.title))
            or (said.announces_hours and said.window is not None and self.hours != now.hours)
        )


@dataclass(slots=True)
class Latest:
    """A known announcement as its newest version stands."""

    number: int
    id: str
    versions: int
    is_forgotten: bool
    newest: Version

    @classmethod
    def of_row(cls, number: int, id_: str, versions: int, forgotten_at: str | None, *newest: str | None) -> Latest:
        """From its columns, those of ``Version`` at the end."""
        return cls(number, id_, versions, forgotten_at is not None, Version(*newest))

    def revise(self, said: Announcement) -> None:
        """One more version, which is as it is told."""
        self.versions, self.newest = self.versions + 1, Version.of(said)


class Twins:
    """One announcement under two of its ids in one document: the same where the words are, else two after all."""

    def __init__(self, listed: Sequence[Announcement]) -> None:
        self.by_id = {said.id: said for said in listed}
        self.first: dict[int, Announcement] = {}  # under another of its ids, by number

    def of(self, said: Announcement, known: Latest) -> Announcement | None:
        """The other one of the document that is the same known announcement, None where there is none."""
        if known.id == said.id:
            return None
        twin = self.by_id.get(known.id) or self.first.setdefault(known.number, said)
        return twin if twin is not said else None


def spoken(title: str | None, text: str | None, status: str | None) -> tuple[str, str, str | None]:
    """What a version says: its words, and its declared state."""
    return words(title), words(text), status


def words(text: str | None) -> str:
    """The words alone: white space is markup."""
    return " ".join((text or "").split())
