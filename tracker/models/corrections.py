"""A person's word over ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.models.naming import Name
    from tracker.models.verdicts import Phase


class Action(StrEnum):
    """What a person may correct. Corrections name announcements (``source#id``), never incidents."""

    TOGETHER = "together"
    APART = "apart"
    PHASE = "phase"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's word over ours. Later ones win.

    ``earlier_text``: an announcement that it names was reworded after it was made.
    """

    action: Action
    first: Name
    second: Name | None = None
    phase: Phase | None = None
    revision: int = 1
    author: str = ""
    reason: str = ""
    made_at: datetime | None = None
    earlier_text: bool = False
