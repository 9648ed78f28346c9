"""A feed cut into its entries, unread, so that those which are known can be passed over by their bytes."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.models import Document
from tracker.platforms import _dates, _html

ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf)\b", re.IGNORECASE)
_FIRST_TIME = re.compile(rb"<(?:\w+:)?(?:pubDate|published|updated|date|issued|modified)>\s*+([\x20-\x7e]{8,40}?)\s*+<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A feed cut into its entries, unread: ``pieces`` are the raw bytes of each, in the document's order.

    ``digests`` has one for each piece: the same bytes under the same root element give the same digest.
    """

    document: Document
    head: bytes
    pieces: tuple[bytes, ...]
    tail: bytes
    digests: tuple[str, ...]

    def unknown(self, held: Container[str]) -> tuple[int, ...]:
        """The places of the pieces whose digest is not held: those that are new or changed."""
        return tuple(place for place, digest in enumerate(self.digests) if digest not in held)

    @property
    def newest_first(self) -> bool:
        """Whether the newest entry stands first, as in nearly every feed: by the first time that each tells."""
        return newest_first([_first_time(piece) for piece in self.pieces])

    def keyed(self, held: Mapping[str, tuple[str, ...]], new: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """What ``Reading.entries`` is: each digest with its key, as it is held, else the next of the ``new`` ones."""
        keys = iter(new)
        return {digest: held[digest] if digest in held else (next(keys),) for digest in self.digests}

    def only(self, places: Sequence[int]) -> Document:
        """The document with only the pieces at these places; ``_feeds.parse`` reads it as any other."""
        return replace(self.document, body=self.head + b"".join(self.pieces[place] for place in places) + self.tail)


def cut(document: Document) -> Cut | None:
    """The document cut into its entries, which costs a tenth of reading them; None where it is to be read whole.

    None unless the cuts are certain: entries follow each other with nothing but white space between, none holds
    another's tag, a half comment or CDATA section, and no two are the same. For all that can be cut, the entries
    of ``_feeds.parse(cut.only(places))`` are those of ``_feeds.parse(document)`` at these places.
    """
    body = document.body
    is_json = _html.opening(body).startswith(b"{")
    spans = [] if is_json else _spans(body, b"entry") or _spans(body, b"item")
    if not spans:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    pieces = tuple(body[start:end] for start, end in spans)
    seed = hashlib.sha256(_root(head))
    digests = tuple(_digest(seed, piece) for piece in pieces)
    if len(set(digests)) < len(digests):
        return None
    return Cut(document=document, head=head, pieces=pieces, tail=tail, digests=digests)


def raw_entries(body: bytes) -> list[bytes]:
    """The raw entries, where each has its end tag; not as certain as ``cut``."""
    for name in (b"entry", b"item"):
        start_tag, end_tag = b"<" + name, b"</" + name + b">"
        found = []
        start = _opening(body, start_tag, 0)
        while start >= 0 and (end := body.find(end_tag, start)) >= 0:
            found.append(body[start : end + len(end_tag)])
            start = _opening(body, start_tag, end)
        if found:
            return found
    return []


def newest_first(times: Sequence[datetime | None]) -> bool:
    """Whether times (None where unknown) rather fall than rise."""
    known = [time for time in times if time]
    pairs = list(itertools.pairwise(known))
    return sum(one >= other for one, other in pairs) * 2 >= len(pairs)


def _first_time(piece: bytes) -> datetime | None:
    found = _FIRST_TIME.search(piece)
    return _dates.as_written(found[1].decode("ascii")) if found else None


def _spans(body: bytes, name: bytes) -> list[tuple[int, int]]:
    """Where each element of this name begins and ends; none where that is not certain."""
    start_tag, end_tag = b"<" + name, b"</" + name + b">"
    is_marked = b"<![CDATA[" in body or b"<!--" in body
    spans: list[tuple[int, int]] = []
    end, start = 0, _opening(body, start_tag, 0)
    while start >= 0:
        if spans and body[end:start].strip():
            return []
        end = body.find(end_tag, start) + len(end_tag)
        following = _opening(body, start_tag, start + 1)
        if end < len(end_tag) or 0 <= following < end or (is_marked and not _is_closed(body[start:end])):
            return []
        spans.append((start, end))
        start = following
    return spans if spans and _is_closed(body[: spans[0][0]]) and end_tag not in body[end:] else []


def _opening(body: bytes, tag: bytes, start: int) -> int:
    """Where the next start tag of exactly this name stands, -1 where there is none: ``<items>`` is no ``<item>``."""
    found = body.find(tag, start)
    while found >= 0 and body[found + len(tag) : found + len(tag) + 1] not in (b">", b" ", b"\n", b"\t", b"\r"):
        found = body.find(tag, found + 1)
    return found


def _is_closed(part: bytes) -> bool:
    """No comment and no CDATA section begins in it and ends elsewhere."""
    return part.count(b"<![CDATA[") == part.count(b"]]>") and part.count(b"<!--") == part.count(b"-->")


def _digest(seed: hashlib._Hash, piece: bytes) -> str:
    digest = seed.copy()
    digest.update(piece)
    return digest.hexdigest()[:32]


def _root(head: bytes) -> bytes:
    """The root's start tag: what it declares (namespaces, base, language) holds for every entry."""
    root = ROOT.search(head)
    return head[root.start() : head.find(b">", root.start()) + 1] if root else b""
