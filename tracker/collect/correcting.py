"""What follows from people's words: incidents told otherwise, and what is left of one that lost its first word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.collect.reassembling import reassemble
from tracker.models import incident_id

if TYPE_CHECKING:
    from tracker.models import Correction, Incident, Name
    from tracker.store import Store


def correct(store: Store, said: Correction) -> tuple[str, ...]:
    """Add a person's word; gives the ids of the incidents that are told otherwise now."""
    with store.transaction():
        store.correct(said)
        return _derive(store, said)


def take_back(store: Store, number: int) -> tuple[str, ...]:
    """Take a person's word back; gives the same. AskError where there is none of that number."""
    with store.transaction():
        return _derive(store, store.take_back(number))


def _derive(store: Store, said: Correction) -> tuple[str, ...]:
    """Assemble again from the first word that it names.

    A word that was imported may name what is unknown here, or of two vendors.
    """
    told, changed = store.told_at(said), set[str]()
    for vendor in {vendor for vendor, *_ in told}:
        since = min(at for _, at, _ in told)
        before = store.told_since(vendor, since)
        reassemble(store, vendor, (), since=since)
        changed |= {incident for incident, *_ in before ^ store.told_since(vendor, since)}
    return tuple(sorted(changed))


def named_by(store: Store, id_: str) -> Name | None:
    """The announcement in no incident from which an id that was given out was made: all others lead to theirs."""
    vendor = id_.rpartition("-")[0]
    return next((name for name in store.names_alone(vendor) if incident_id(vendor, name) == id_), None)


def left_of(store: Store, id_: str, name: Name) -> Incident | None:
    """What is left of an incident from which a person took the announcement of this name, which gave it its id.

    Where it went into several, the one that holds most of it, of its own kind if there is one: what was told with
    planned work did not become planned work. None where no person did that.
    """
    from tracker.assemble import assemble

    vendor = id_.rpartition("-")[0]
    said = store.corrections_of(vendor)
    others = [each for each in said if name not in (each.first, each.second)]
    if len(others) == len(said):
        return None
    before = assemble(store.history(vendor), corrections=others)
    former = next((found for found in before if id_ in found.aliases), None)
    if former is None:
        return None
    now = [found for step in former.steps if (found := store.incident("#".join(step.name)))]
    ids = [found.id for found in now]
    return max(now, key=lambda found: (found.kind is former.kind, ids.count(found.id)), default=None)
