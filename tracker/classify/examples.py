"""People's corrections -> labelled posts: what ``tracker evaluate`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracker.models import FORGOTTEN, Action, Announcement, Correction


def examples(
    corrections: Iterable[Correction], announcements: Mapping[tuple[str, str, int], Announcement]
) -> list[dict[str, Any]]:
    """One line for each announcement's revision that a person gave a phase; of several words the last wins.

    ``announcements`` are found by source, id and revision (1: as first said). What is no longer held, or has no
    words left, is left out. Keys: id, source, account, lang, title, text, status, label.
    """
    told = {
        (*correction.first, correction.revision): correction.phase
        for correction in corrections
        if correction.action is Action.PHASE and correction.phase is not None
    }
    lines = []
    for key, phase in told.items():
        announcement = announcements.get(key)
        if announcement is None or announcement.text == FORGOTTEN or not (announcement.text or announcement.title):
            continue
        known = {"lang": announcement.lang, "title": announcement.title, "status": announcement.status}
        lines.append(
            {"id": f"{key[0]}#{key[1]}", "source": key[0], "account": announcement.vendor, "label": phase.value}
            | {name: value for name, value in known.items() if value}
            | {"text": announcement.text}
        )
    return lines
