"""(Announcement, Verdict)s of one vendor -> Incidents: words first, place second. Pure.

    history -> joining (who belongs together, and why) -> telling (each group as one incident)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tracker.assemble.joining import joined
from tracker.assemble.telling import tell
from tracker.models import Absence, Correction, Incident, Told

VERSION = "1"


def assemble(
    history: Sequence[Told],
    *,
    absences: Sequence[Absence] = (),
    corrections: Sequence[Correction] = (),
    as_of: datetime | None = None,
) -> tuple[Incident, ...]:
    """All incidents of one vendor, oldest first.

    ``history`` is all that the vendor told, in any order; ``as_of`` the newest successful poll, from which
    alone ``lapsed`` follows.
    """
    groups = joined(history, corrections)
    incidents = (tell(group, absences, corrections, as_of) for group in groups)
    return tuple(sorted(incidents, key=lambda i: (i.announced_at is None, i.announced_at, i.id)))
