"""Marks: the keys, addresses and hours by which a later announcement finds its incident again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.assemble.events import Event
from tracker.assemble.groups import own_address
from tracker.assemble.plans import end_mark, words_mark
from tracker.assemble.words import bare, is_deep


def marks(event: Event) -> Iterator[str]:
    """All marks of an announcement."""
    said = event.said
    if said.incident_key is not None:
        yield of_key(said.source, said.incident_key)
    if own := own_address(event):
        yield of_address(own)
    yield from (of_link(link) for link in event.links if is_deep(link))
    yield from filter(None, (words_mark(event), end_mark(event)))


def of_key(source: str, key: str) -> str:
    """Long keys are the vendor's own wherever they appear; a short one counts within its source."""
    return f"key {key}" if len(key) >= 8 else f"key {source} {key}"


def at_address(url: str) -> str:
    """The mark of an incident of which a word stands at this address, as it is written."""
    return of_address(bare(url))


def of_address(address: str) -> str:
    """The mark of an incident of which a word stands at this bare address."""
    return f"is {address}"


def of_link(address: str) -> str:
    """The mark of an incident of which a word links to this bare address."""
    return f"to {address}"
