"""A person's "together": groups that the rules left apart are one incident. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.assemble.events import Corrected
from tracker.models import Name


def unions(roots: Mapping[Name, int], corrected: Corrected) -> dict[int, int]:
    """Root of each group that people joined to others -> root of the incident that they are now.

    Corrections are taken in the order in which they were made. One is passed over where it would bring together two
    announcements that a later correction holds apart.
    """
    members: dict[int, set[int]] = {}
    to: dict[int, int] = {}
    for made, pair in corrected.together:
        if not roots.keys() >= set(pair):
            continue
        one, other = (to.get(roots[name], roots[name]) for name in pair)
        both = members.get(one, {one}) | members.get(other, {other})
        if one == other or _apart(both, made, roots, corrected):
            continue
        kept = min(one, other)
        members[kept] = both
        to.update(dict.fromkeys(both, kept))
    return to


def _apart(groups: set[int], made: int, roots: Mapping[Name, int], corrected: Corrected) -> bool:
    later = (pair for pair, said in corrected.apart.items() if said > made)
    return any(all(roots.get(name) in groups for name in pair) for pair in later)
