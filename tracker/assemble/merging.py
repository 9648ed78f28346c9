"""A person's "together": groups that the rules left apart are one incident. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracker.assemble.events import Corrected
from tracker.assemble.joining import Placed
from tracker.models import Name


def merged(placed: Sequence[Placed], corrected: Corrected) -> list[list[Placed]]:
    """The members of each incident in the order of their times."""
    roots = {place.event.name: place.root for place in placed}
    to = unions(roots, corrected)
    incidents: dict[int, list[Placed]] = {}
    for place in placed:
        incidents.setdefault(to.get(place.root, place.root), []).append(place)
    return list(incidents.values())


def unions(roots: Mapping[Name, int], corrected: Corrected) -> dict[int, int]:
    """Root of a group -> root of the incident of which people made it a part; groups left as they are, are left out.

    Corrections are taken in the order in which they were made. One is passed over where it would bring
    together two announcements of which a later word says that they are apart.
    """
    members: dict[int, set[int]] = {}
    to: dict[int, int] = {}
    for made, correction in corrected.together:
        if correction.second is None or correction.first not in roots or correction.second not in roots:
            continue
        one, other = (to.get(roots[name], roots[name]) for name in (correction.first, correction.second))
        both = members.get(one, {one}) | members.get(other, {other})
        if one == other or _apart(both, made, roots, corrected):
            continue
        kept = min(one, other)
        members[kept] = both
        to.update(dict.fromkeys(both, kept))
    return to


def _apart(groups: Iterable[int], made: int, roots: Mapping[Name, int], corrected: Corrected) -> bool:
    inside = set(groups)
    for pair, (place, _) in corrected.pairs.items():
        if place > made and pair in corrected.apart and all(roots.get(name) in inside for name in pair):
            return True
    return False
