"""Petrel's page of notes, which exists in no world but this: what a platform needs at least.

https://petrel.example/docs/notes

One announcement is one note, known by its id. ``notes.json`` holds all there ever were, oldest first.
"""

from __future__ import annotations

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _json, _reading


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The list of notes."""
    url = source.url or f"{source.address.rstrip('/')}/notes.json"
    return (_json.request(source, url, "notes", source.every or 300),)


def read(document: Document) -> Reading:
    """The notes, oldest first."""
    notes = _json.load(document)
    if not isinstance(notes, list):
        raise ReadError(f"{document.source.id}: needs a list of notes, has {type(notes).__name__}")
    told = [_note(note, document.source) for note in _json.items(notes)]
    return _reading.of(document, told, Listing.WINDOW, (said.id for said in reversed(told)))


def _note(note: dict[str, object], source: Source) -> Announcement:
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=_json.need(note, "id", str, f"{source.id}: a note"),
        published_at=_json.time(note.get("at")),
        text=_json.words(note, "text"),
        original=_json.dump([note]),
    )
