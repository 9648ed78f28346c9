"""(Announcement, Verdict)s of one vendor -> Incidents: words first, place second.

events (each word once, in order) -> joining (who belongs together, and why) -> telling (each group as one incident)

Joining asks its ``walk`` for ``groups``: by the ``marks`` of an announcement, or for those that spoke last. It compares
what they say (``words``) by ``likeness``, and planned work by ``plans``. Telling asks
``clocks`` (which read times in ``prose``), ``parts`` and ``standing``. ``merging`` is what people say against the
rules. All of it is pure; ``collect`` asks the record for as much as has changed, and writes what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.assemble.marks import at_address as at_address
    from tracker.assemble.whole import assemble as assemble

VERSION = "30"  # of the rules: where the record holds another, the vendor is assembled again

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, {"assemble": "whole", "at_address": "marks"})
