"""Announcement -> Verdict: the vendor's declared state first, then its words. Pure; it cannot fail.

declared (the vendor's own state), else words: tokens -> packs (cues) -> signs -> model -> verdict, with its reason
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.classify.verdicts import classify as classify

VERSION = "21"  # of the rules: where the record holds another, the vendor is judged again

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, {"classify": "verdicts"})
