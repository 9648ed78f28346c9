"""What was affected, and how badly: components, regions and severity beside the vendor's own words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tracker.models import Told

_IMPACTS = ("critical", "major", "minor", "maintenance", "none")


def impact(said: Sequence[Told]) -> str | None:
    """The worst impact that the vendor declared, verbatim."""
    words = [told.announcement.impact for told in said if told.announcement.impact]
    if not words:
        return None
    return min(words, key=lambda word: _IMPACTS.index(word.lower()) if word.lower() in _IMPACTS else len(_IMPACTS))


def components(said: Sequence[Told]) -> tuple[str, ...]:
    """The components that the vendor named, each once, in the order in which they came up."""
    return tuple(Counter(part for told in said for part in told.announcement.components))
