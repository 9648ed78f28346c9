"""Announcements with their versions, verdicts and absences to columns and back; originals are compressed."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from operator import attrgetter, itemgetter
from typing import Any

from tracker.errors import ReadError
from tracker.models import Absence, AbsenceKind, Announcement, Phase, Revision, Told, Verdict, Window
from tracker.store.cells import certain, listed, moment, stated, texts
from tracker.store.incidents import UNJUDGED

LARGEST = 64_000_000  # letters of an original that is imported; what is polled is smaller


def packed(original: bytes) -> tuple[str, bytes] | None:
    """(digest, compressed body) of an original, None where there is none."""
    if not original:
        return None
    return hashlib.blake2b(original, digest_size=16).hexdigest(), _compressed(original)


def _compressed(original: bytes) -> bytes:
    """zlib. What fits into a small window is compressed as well in it, and it is made ready in a third of the time."""
    press = zlib.compressobj(6, zlib.DEFLATED, 12, 5) if len(original) <= 1 << 12 else zlib.compressobj(6)
    return press.compress(original) + press.flush()


def unpacked(body: bytes) -> bytes:
    """The original in its column; ReadError where it is damaged, or large enough to fill the memory."""
    packing = zlib.decompressobj()
    try:
        original = packing.decompress(body, 4 * LARGEST)
    except zlib.error:
        original = b""
    if not packing.eof:
        raise ReadError("the record holds a damaged original: it cannot be unpacked")
    return original


# The columns of an announcement that are its fields, as they are.
_PLAIN = (
    "source", "id", "vendor", "title", "text", "url", "lang", "status", "impact", "incident_key", "in_reply_to",
)  # fmt: skip
_fields, _columns = attrgetter(*_PLAIN), itemgetter(*_PLAIN)
# What a later version may have changed; the rest is as in the first.
REVISED = ("edited_at", "title", "text", "status", "impact", "window_start", "window_end")


def announcement_row(a: Announcement) -> dict[str, Any]:
    """The columns of ``announcements`` that the announcement itself decides."""
    window = a.window or Window()
    return {
        **dict(zip(_PLAIN, _fields(a), strict=True)),
        "published_at": stated(a.published_at),
        "edited_at": stated(a.edited_at),
        "components": listed(a.components),
        "links": listed(a.links),
        "window_start": stated(window.start),
        "window_end": stated(window.end),
        "planned": int(a.planned),
    }


def announcement(row: Mapping[str, Any]) -> Announcement:
    """An announcement from its row and its ``aliases``, without its original."""
    return Announcement(
        **dict(zip(_PLAIN, _columns(row), strict=True)),
        published_at=moment(row["published_at"]),
        edited_at=moment(row["edited_at"]),
        components=texts(row["components"]),
        aliases=texts(row["aliases"]),
        links=texts(row["links"]),
        window=Window.of(moment(row["window_start"]), moment(row["window_end"])),
        planned=bool(row["planned"]),
    )


def verdict(row: sqlite3.Row | Mapping[str, Any]) -> Verdict:
    """A verdict from its row, which is empty where none was passed yet."""
    if row["phase"] is None:
        return UNJUDGED
    return Verdict(
        phase=Phase(row["phase"]),
        confidence=row["confidence"],
        because=row["because"],
        is_declared=bool(row["is_declared"]),
    )


def absence(row: sqlite3.Row) -> Absence:
    """An absence from its row."""
    return Absence(
        source=row["source"],
        key=row["key"],
        kind=AbsenceKind(row["kind"]),
        last_seen_at=certain(row["last_seen_at"]),
        missing_at=certain(row["missing_at"]),
    )


def told(row: Mapping[str, Any], revisions: Iterable[sqlite3.Row]) -> Told:
    """An announcement as the record holds it; each row has its verdict beside it."""
    return Told(
        order=row["number"],
        announcement=announcement(row),
        verdict=verdict(row),
        seen_at=certain(row["seen_at"]),
        first_seen_at=moment(row["first_seen_at"]),
        revisions=tuple(
            Revision(
                number=later["number"],
                seen_at=certain(later["seen_at"]),
                announcement=announcement({**row, **{name: later[name] for name in REVISED}}),
                verdict=verdict(later),
            )
            for later in revisions
        ),
    )
