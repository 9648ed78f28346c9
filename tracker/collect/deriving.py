"""Verdicts and incidents from the facts: of what is new, of a whole vendor, of the whole record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tracker import assemble, classify, platforms
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress
from tracker.errors import ConfigError, ReadError, SourceError
from tracker.models import Document, Kind

if TYPE_CHECKING:
    from tracker.models import Announcement
    from tracker.store import Store

# Where a vendor's rows were derived by other rules, it is rebuilt.
RULES = f"{platforms.VERSION}.{classify.VERSION}.{assemble.VERSION}"

AT_ONCE = 2_000  # announcements that are read from the record at once: memory stays flat


def judge(store: Store, said: Iterable[tuple[int, int, Announcement]]) -> None:
    """Write the verdicts of (announcement number, version, the announcement as it then stood)."""
    store.write_verdicts((number, version, classify.classify(words)) for number, version, words in said)


def derive(store: Store, vendor: str, how: Callable[..., object], *of: object) -> str | None:
    """The incidents of a vendor, all or nothing, by ``reassemble`` or ``derive_anew``.

    Where they cannot be told, it gives why, and the next run derives all of the vendor anew. The caller holds the
    transaction.
    """
    try:
        with contained(), store.all_or_nothing():
            how(store, vendor, *of)
    except ReadError as error:
        store.derive_later(vendor)
        return f"its incidents cannot be told: {error}"
    return None


def derive_anew(store: Store, vendor: str) -> None:
    """Read, judge and assemble a whole vendor by the rules of today."""
    from tracker.collect.reassembling import reassemble

    with store.transaction():
        if not (store.rules_version(vendor) or "").startswith(f"{platforms.VERSION}."):
            store.read_whole(vendor)  # what stands there today may have been passed over by the readers of then
        _read_again(store, vendor)
        store.drop_verdicts(vendor)
        numbers = store.numbers(vendor)
        for start in range(0, len(numbers), AT_ONCE):
            told = store.told_by(numbers[start : start + AT_ONCE])
            judge(store, ((each.order, *version) for each in told for version in each.versions.items()))
        reassemble(store, vendor)
        store.set_rules_version(vendor, RULES)


def rebuild(store: Store, *, diff: bool = False, progress: Progress | None = None) -> Iterator[str]:
    """Derive everything again from the originals, a vendor at a time; gives a line for each difference if asked."""
    for vendor in store.vendor_names():
        if progress:
            progress(f"rebuilding {vendor}")
        before = _shape(store, vendor) if diff else {}
        derive_anew(store, vendor)
        if diff:
            yield from _differences(before, _shape(store, vendor))


def _read_again(store: Store, vendor: str) -> None:
    """The texts of a vendor as the readers of today read them from the originals. It makes no revision."""
    sources = store.reading_sources(vendor)
    for number, version, id_, source_id, original, seen_at in store.originals(vendor):
        source = sources[source_id]
        document = Document(source=source, body=original, polled_at=seen_at)
        try:
            with contained():
                found = platforms.read(document).announcements
        except (SourceError, ConfigError):
            continue  # what no reader of today can read, or none is there for, stays as it was read then
        said = next((a for a in found if id_ in a.ids), found[0] if len(found) == 1 else None)
        if said is not None:
            store.reword(number, version, said)
            # Alone it has the id that others of its document share: no name of its own.
            store.add_aliases(number, replace(said, id=id_) if id_.startswith(f"{said.id}~") else said, known_as=id_)


def _shape(store: Store, vendor: str) -> dict[str, str]:
    """Each incident of a vendor in a line, by id, to be compared."""
    shapes: dict[str, str] = {}
    for incident in store.incidents(vendors=(vendor,), kinds=tuple(Kind)):
        steps = ", ".join(f"{step.phase} {step.source}#{step.id}" for step in incident.steps)
        shapes[incident.id] = f"{incident.name} [{incident.state}] {steps}"
    return shapes


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for id_ in sorted({*before, *after}):
        if before.get(id_) != after.get(id_):
            if id_ in before:
                yield f"- {id_}: {before[id_]}"
            if id_ in after:
                yield f"+ {id_}: {after[id_]}"
