"""What a run did, and how it says so while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.store import Ingested

Progress = Callable[[str], None]
OUTCOMES = ("failed", "unchanged", "succeeded")  # of a source; where its requests came to several, the last of these


@dataclass(slots=True)
class Report:
    """What a run did. ``polled`` counts sources; each is one of ``succeeded``, ``unchanged`` and ``failed``.

    ``problems`` are sentences for the operator: what turned into trouble or out of it, lines that were refused.
    ``lasting`` are those that every run has until somebody mends them, ``accidents`` those that may be over at the next
    poll: they are worth no mail.
    ``skipped``: another run was at work, and this one left all to it.
    """

    polled: int = 0
    succeeded: int = 0
    unchanged: int = 0
    failed: int = 0
    requests: int = 0
    not_modified: int = 0
    announcements: int = 0
    revisions: int = 0
    problems: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)
    accidents: list[str] = field(default_factory=list)
    skipped: bool = False

    def count(self, got: Ingested | Report) -> None:
        """Add what one document, or a whole run, told."""
        self.announcements += got.announcements
        self.revisions += got.revisions

    def conclude(self, outcomes: Iterable[str | None]) -> None:
        """What came of each source; None of one that was not polled."""
        came_of = Counter(filter(None, outcomes))
        self.polled = came_of.total()
        self.failed, self.unchanged, self.succeeded = (came_of[each] for each in OUTCOMES)
