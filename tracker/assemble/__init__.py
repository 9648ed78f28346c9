"""(Announcement, Verdict)s of one vendor -> Incidents: words first, place second.

    Told -> events -> Event -> joining -> Placed -> merging -> telling -> Incident

``events``   each announcement, and each edit that changed its state, in the order of their times
``joining``  by which rule a word belongs to a ``Group``, or begins one. It asks the ``walk`` for ``groups``: for those
             that bear a mark of the word (``marks``), or that spoke last; and compares what they say (``words``) by
             ``likeness``, and planned work by ``plans``
``merging``  which groups are one incident because a person says so
``telling``  each incident: its ``clocks`` (which read hours in ``prose``, as ``moments``), what was affected
             (``parts``), and where it stands (``standing``)

Joining and telling share ``events``, ``words`` and ``prose``, and nothing else. All of it is pure. ``whole`` goes this
way with a whole history; ``collect.reassembling`` with as much of the record as has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.assemble.marks import at_address as at_address
    from tracker.assemble.whole import assemble as assemble

VERSION = "53"  # of the rules: where the record holds another, the vendor is assembled again

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, {"assemble": "whole", "at_address": "marks"})
