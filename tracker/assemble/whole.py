"""All incidents of a vendor at once, from all that it told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tracker.assemble.events import Corrected, Placed, events_of
from tracker.assemble.joining import join
from tracker.assemble.merging import unions
from tracker.assemble.telling import Context, tell
from tracker.assemble.walk import Past, Walk
from tracker.models import Absence, Correction, Incident, Name, Told


class _History(Past):
    """The time before each word of a whole history."""

    def __init__(self, history: Sequence[Told]) -> None:
        self.said = {told.name: told.at for told in history}

    def was_said(self, name: Name, before: datetime) -> bool:
        return name in self.said and self.said[name] < before


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
    corrected = Corrected(corrections)
    walk = Walk(corrected, _History(history))
    said = sorted((event for told in history for event in events_of(told, corrected)), key=lambda event: event.key)
    placed = [place for event in said if (place := join(walk, event)) is not None]
    to = unions({place.event.name: place.root for place in placed}, corrected)
    members: dict[int, list[Placed]] = {}
    for place in placed:
        members.setdefault(to.get(place.root, place.root), []).append(place)
    context = Context(absences=tuple(absences), corrected=corrected, as_of=as_of)
    incidents = (tell(mine, context) for mine in members.values())
    return tuple(sorted(incidents, key=lambda i: (i.announced_at, i.id)))
