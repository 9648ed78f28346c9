"""The vendors' own words for a state, over all platforms, to phases.

The first live word and later ones cannot be told apart here: ``investigating`` is a start, ``identified`` and
what follows is an update, and assembling settles the place. A notice is no state: there the words decide. What is
filed as planned work is that in any state; of all else "completed" is an end.
"""

from __future__ import annotations

from tracker.models import ENDS_ABROAD, STATES_ABROAD, Announcement, Phase

_STATES: dict[Phase, tuple[str, ...]] = {
    Phase.OUTAGE_START: (
        "investigating", "issue", "degraded", "disruption", "service_disruption", "service_outage",
        "service_information", "verifying problem", "went down", "down", "service is degraded",
        "degraded performance", "partial outage", "major outage", "active", "incident", "outage", "interruption",
        "unavailable", "impacted", "disrupted", "downtime", "detected", "investigatingcauseofissue",
        "herokuincidentinvestigating",
    ),
    Phase.UPDATE: (
        "identified", "update", "monitoring", "watching", "recovering", "recovered-pending", "ongoing", "reopened",
        "updated", "escalate", "deescalate", "herokuincidentmonitoring",
    ),
    Phase.RESOLVED: (
        "resolved", "fixed", "mitigated", "closed", "available", "operational", "restored", "recovered", "back up",
        "up", "false_alarm", "false alarm", "postmortem", "post-mortem", "post mortem", "pir", "rca", "ok",
        "service is operating normally", "completed", "complete",
    ),
    Phase.MAINTENANCE: (
        "scheduled", "maintenance_scheduled", "notstartedyet", "planned", "upcoming", "maintenance",
        "in progress", "in_progress", "inprogress", "maintenance_in_progress", "underway", "verifying",
        "maintenance_complete", "cancelled", "canceled", "under maintenance",
    ),
    Phase.UNRELATED: (
        "informational",  # of a component: nothing is wrong with it
        "announcement", "release", "release note", "security", "security bulletin",  # kinds of IBM's, beside incidents
    ),
}  # fmt: skip
_PHASES = {word: phase for states in (_STATES, STATES_ABROAD) for phase, words in states.items() for word in words}
_PHASES |= dict.fromkeys(ENDS_ABROAD, Phase.RESOLVED)


def declared(announcement: Announcement) -> tuple[Phase, str] | None:
    """(phase, reason) from the vendor's own state; None where it declares none, or one that we do not know."""
    if announcement.planned:
        return Phase.MAINTENANCE, "the vendor files it under planned maintenance"
    status = " ".join((announcement.status or "").split()).casefold()
    phase = _PHASES.get(status)
    return (phase, f"the vendor's state is “{announcement.status}”") if phase is not None else None
