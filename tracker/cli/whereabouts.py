"""What became of an incident whose id was given out, and is none today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli import options

if TYPE_CHECKING:
    from tracker.models import Correction, Incident, Name
    from tracker.store import Reader, Store


def what_is_left(store: Store, id_: str) -> Incident:
    """The incident to which an id leads that is none today; the usage error says what became of it, or what is near."""
    id_ = store.id_today(id_) or id_
    vendor, name = id_.rpartition("-")[0], _named_by(store, id_)
    if name is None:
        raise click.UsageError(f"no incident {id_!r}{_near_incident(store, id_)}")
    corrections = store.corrections_of(vendor)
    left = _left_of(store, id_, tuple(said for said in corrections if name not in (said.first, said.second)))
    if left is None:
        ignored = any(said.first == name and said.action == "ignore" for said in corrections)
        reason = "a person said that it is to be ignored" if ignored else "by the rules of today it tells of none"
        was = f"{id_} was the incident of {'#'.join(name)}"
        raise click.UsageError(f"{was}, which is in no incident now: {reason}")
    return left


def _named_by(store: Store, id_: str) -> Name | None:
    """The announcement in no incident from which an id that was given out was made: all others lead to theirs."""
    from tracker.models import incident_id

    vendor = id_.rpartition("-")[0]
    return next((name for name in store.names_alone(vendor) if incident_id(vendor, name) == id_), None)


def _left_of(store: Store, id_: str, others: tuple[Correction, ...]) -> Incident | None:
    """What is left of an incident from which a person took the announcement that gave it its id.

    ``others`` are the corrections that do not name it. Where it went into several, the one that holds most of it, of
    its own kind if there is one: what was told with planned work did not become planned work.
    """
    from tracker.assemble import assemble

    vendor = id_.rpartition("-")[0]
    if len(others) == len(store.corrections_of(vendor)):
        return None
    before = assemble(store.history(vendor), corrections=others)
    former = next((found for found in before if id_ in found.aliases), None)
    if former is None:
        return None
    now = [found for step in former.steps if (found := store.incident(f"{step.source}#{step.id}"))]
    ids = [found.id for found in now]
    return max(now, key=lambda found: (found.kind is former.kind, ids.count(found.id)), default=None)


def _near_incident(store: Reader, wanted: str) -> str:
    """Where it is a vendor, that; else the nearest of the ids of the vendor that it names, as nearly as that may be."""
    slug, known = wanted.rpartition("-")[0], store.vendor_names()
    if wanted.casefold() in known:
        return f", but a vendor; `tracker timeline {wanted.casefold()}` tells its incidents"
    vendor = slug if slug in known else options.nearest(slug, known)
    near = options.nearest(wanted, store.references(vendor)) if vendor else None
    return f"; did you mean {near!r}?" if near else "; `tracker incidents` lists them"
