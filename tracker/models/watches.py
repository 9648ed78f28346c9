"""What somebody wants to hear of: a filter as data, an entry of ``watch:`` in feeds.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from tracker.models.incidents import Incident
from tracker.models.verdicts import Phase

SEVERITIES = ("none", "minor", "major", "critical")  # from the least
DECLARED = "the vendor's own word"  # how the basis of a severity begins that its vendor declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Vendors, parts, places, how bad and which phases; what is empty (or None) lets everything pass.

    ``components`` and ``regions`` are patterns with ``*``, without regard to case. Silence must not come from
    ignorance: an incident passes where its severity is unknown or only guessed from words, and where it names no
    component, or no region.
    """

    name: str
    vendors: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    severity: str | None = None
    phases: tuple[Phase, ...] = ()

    def of(self, incident: Incident) -> Incident | None:
        """The incident with the steps that pass, None where it does not."""
        if not self._concerns(incident):
            return None
        if not self.phases:
            return incident
        steps = tuple(step for step in incident.steps if step.phase in self.phases)
        return replace(incident, steps=steps) if steps else None

    def _concerns(self, incident: Incident) -> bool:
        return (
            (not self.vendors or incident.vendor in self.vendors)
            and self._is_bad_enough(incident)
            and _may_fit(self.components, incident.components)
            and _may_fit(self.regions, incident.regions)
        )

    def _is_bad_enough(self, incident: Incident) -> bool:
        if self.severity is None or incident.severity is None or not _is_declared(incident):
            return True
        return SEVERITIES.index(incident.severity) >= SEVERITIES.index(self.severity)


def _may_fit(patterns: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return not patterns or not words or matches(patterns, words)


def _is_declared(incident: Incident) -> bool:
    """Whether the vendor declared how bad it is; "none" is a declaration even where the words said more."""
    return incident.bases.get("severity", "").startswith(DECLARED) or (incident.impact or "").lower() == "none"


def matches(patterns: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a word fits a pattern with ``*``, without regard to case."""
    words = [word.casefold() for word in words]
    return any(fnmatchcase(word, pattern.casefold()) for pattern in patterns for word in words)
