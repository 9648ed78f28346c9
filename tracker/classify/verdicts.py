"""Announcement -> Verdict: the vendor's declared state first, then its words. Pure; it cannot fail."""

from __future__ import annotations

from tracker.classify.declared import declared
from tracker.classify.words import contradiction, judged
from tracker.models import Announcement, Phase, Verdict

SURE = 0.98
DISPUTED = 0.8


def classify(announcement: Announcement) -> Verdict:
    """What one announcement says by itself; its place in an incident is not known here.

    The declared state decides where there is one; words that contradict it are named in ``because``, and
    lower the confidence.
    """
    said = declared(announcement)
    if said is None:
        return judged(announcement.title, announcement.text, announcement.lang)
    phase, why = said
    if phase in (Phase.MAINTENANCE, Phase.UNRELATED):
        return Verdict(phase=phase, confidence=SURE, because=why, is_declared=True)
    # Only a confident "over" against "not over" is a contradiction: vendors call a start an update and so on.
    words = contradiction(announcement.text, announcement.lang, over=phase is Phase.RESOLVED, surely=DISPUTED)
    if words is not None:
        because = f"{why}; yet its words say {words.phase} ({words.because})"
        return Verdict(phase=phase, confidence=DISPUTED, because=because, is_declared=True)
    return Verdict(phase=phase, confidence=SURE, because=why, is_declared=True)
