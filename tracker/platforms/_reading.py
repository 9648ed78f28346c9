"""What a document says as a ``Reading``: in order, told apart, and bounded in what it may cost."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Listing, Reading, Source
from tracker.platforms import _json

Id = TypeVar("Id", int, str)
MOST = 300_000  # updates times components, or impacts, of one incident
GROWN, SMALL = 10, 10_000_000  # originals may take ten times their document (real ones take two), or these bytes


def of(
    document: Document,
    said: Iterable[Announcement],
    listing: Listing,
    listed: Iterable[str],
    *,
    entries: Mapping[str, tuple[str, ...]] | None = None,
    learnt: Mapping[str, str] | None = None,
    every: int | None = None,
) -> Reading:
    """Announcements ``oldest_first``, and each key of the list once; the others as in ``Reading``.

    Without ``entries`` each key is held by itself, so that ``Document.gone`` knows what left the list.
    """
    keys = tuple(dict.fromkeys(listed))
    return Reading(
        announcements=oldest_first(with_parts(said, document.source), document),
        listing=listing,
        listed=keys,
        entries={key: (key,) for key in keys} if entries is None else entries,
        learnt=learnt or {},
        every=every,
    )


def with_parts(said: Iterable[Announcement], source: Source) -> Iterable[Announcement]:
    """The same; what names no component is of those that its source speaks of."""
    parts = source.components
    return (each if each.components else replace(each, components=parts) for each in said) if parts else said


def oldest_first(said: Iterable[Announcement], document: Document) -> tuple[Announcement, ...]:
    """The same in order, of one id the last; what tells no time is of the poll's."""
    told = {each.id: each for each in bounded(said, document)}
    return tuple(sorted(told.values(), key=lambda each: each.published_at or document.polled_at))


def told_apart(incidents: Iterable[Iterable[Announcement]]) -> Iterator[Announcement]:
    """What several incidents say, each oldest first; what has the id of an earlier word of its own gets another."""
    return itertools.chain.from_iterable(map(_told_apart, incidents))


def _told_apart(said: Iterable[Announcement]) -> Iterator[Announcement]:
    """The announcements of one incident, oldest first; those of one id are numbered from the second on: ``id~2``."""
    counts = Counter[str]()
    for each in said:
        counts[each.id] += 1
        yield each if counts[each.id] == 1 else replace(each, id=f"{each.id}~{counts[each.id]}")


def bounded(said: Iterable[Announcement], document: Document) -> Iterator[Announcement]:
    """The same; ReadError as soon as their originals outgrow the document."""
    size = 0
    for each in said:
        size += len(each.original)
        refuse_grown(size, document)
        yield each


def refuse_many(updates: int, parts: int, where: str) -> None:
    """ReadError where so many updates of an incident, each with so many parts of it, would cost hours."""
    if updates * (parts + 1) > MOST:
        raise ReadError(f"{where}: {updates} updates of {parts} parts are too many")


def refuse_grown(size: int, document: Document) -> None:
    """ReadError where originals of this size outgrow the document: what many share stands in the original of each.

    Else a title of a megabyte over ten thousand updates would take ten gigabytes.
    """
    if size > max(GROWN * len(document.body), SMALL):
        raise ReadError(f"{document.source.id}: what its announcements share is too large to be kept with each")


def numbered(said: Iterable[Announcement]) -> list[Announcement]:
    """Each announcement once; one id with other words is another one, told apart by its ordinal: ``id~2``."""
    told: dict[str, set[tuple[str | None, str]]] = {}
    found: list[Announcement] = []
    for each in said:
        equals, words = told.setdefault(each.id, set()), (each.title, each.text)
        if words not in equals:
            equals.add(words)
            found.append(replace(each, id=f"{each.id}~{len(equals)}") if len(equals) > 1 else each)
    return found


def whose(page: Mapping[str, Any], id_: str = "id", name: str = "name") -> dict[str, str]:
    """``Reading.learnt`` of a page: its id and the words of its name, under these keys.

    A new name keeps the one, another maker's page the other. That it is a status page is said by all.
    """
    words = re.findall(r"\w+", _json.words(page, name).casefold()[:200])
    own = [word for word in words if word not in ("status", "page")] or words
    told = " ".join([*_json.words(page, id_).split()[:1], *own])
    return {"whose": told} if told else {}


def named_apart(parts: Iterable[tuple[Id, str, str]]) -> dict[Id, str]:
    """The names of components by their ids, from (id, name, group): where several have one, behind their group's."""
    told = {id_: (name, group) for id_, name, group in parts}
    count = Counter(name for name, _ in told.values())
    return {id_: f"{of}: {name}" if of and count[name] > 1 else name for id_, (name, of) in told.items() if name}


def before(start: datetime | None, said: datetime | None) -> datetime | None:
    """When it began to hurt, where that was before the minute of its first word: else that word tells it."""
    return start if start and said and start < said.replace(second=0) else None
