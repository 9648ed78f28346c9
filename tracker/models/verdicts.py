"""What an announcement says, as judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What one announcement says. The first three are the product; the others keep planned work and chatter out."""

    OUTAGE_START = "outage-start"
    UPDATE = "update"
    RESOLVED = "resolved"
    MAINTENANCE = "maintenance"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an announcement says, 0..1 how sure we are, and why we think so: a sentence for a person.

    ``is_declared``: the vendor's own state decided, and not its words.
    """

    phase: Phase
    confidence: float
    because: str
    is_declared: bool = False
