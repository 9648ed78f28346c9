"""RSS and Atom as strangers write them. The only home of feedparser.

feedparser fetches addresses and opens files when it is handed a string: it is handed bytes in a buffer, always.
"""

from __future__ import annotations

import hashlib
import io
import re
from calendar import timegm
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tracker.errors import ReadError
from tracker.models import Document

LARGEST = 10_000_000  # bytes
_SY = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf)\b", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_ENTRY = re.compile(rb"<(entry|item)\b.*?</\1\s*>", re.DOTALL)
# Elements that feedparser reads into fields of their own.
_KNOWN = frozenset(
    ["id", "guidislink", "link", "links", "title", "title_detail", "summary", "summary_detail", "content", "published",
     "published_parsed", "updated", "updated_parsed", "author", "author_detail", "authors", "tags"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed. ``raw`` is a feed document of the same format that holds just this entry."""

    id: str | None
    link: str | None
    title: str | None
    html: str
    published: datetime | None
    updated: datetime | None
    author: str | None
    published_raw: str | None
    extra: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed; ``every`` is its own wish for the interval, in seconds; entries in the document's order."""

    title: str | None
    link: str | None
    generator: str | None
    lang: str | None
    every: int | None
    entries: tuple[Entry, ...]


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

    def only(self, places: Sequence[int]) -> Document:
        """The document with only the pieces at these places; ``parse`` reads it as any other."""
        return replace(self.document, body=self.head + b"".join(self.pieces[place] for place in places) + self.tail)


def cut(document: Document) -> Cut | None:
    """The document cut into its entries, which costs a tenth of reading them; None where it is to be read whole.

    None unless the cuts are certain: entries follow each other with nothing but white space between, none holds
    another's tag, a half comment or CDATA section, and no two are the same. For all that can be cut, the entries
    of ``parse(cut.only(places))`` are those of ``parse(document)`` at these places.
    """
    body = document.body
    for name in (b"entry", b"item"):
        spans = _spans(body, name)
        if spans:
            break
    else:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    pieces = tuple(body[start:end] for start, end in spans)
    seed = hashlib.sha256(_root(head))
    digests = tuple(_digest(seed, piece) for piece in pieces)
    if len(set(digests)) < len(digests):
        return None
    return Cut(document=document, head=head, pieces=pieces, tail=tail, digests=digests)


def _spans(body: bytes, name: bytes) -> list[tuple[int, int]]:
    """Where each element of this name begins and ends; none where that is not certain."""
    opening, closing = b"<" + name, b"</" + name + b">"
    spans: list[tuple[int, int]] = []
    end, start = 0, _opening(body, opening, 0)
    while start >= 0:
        if spans and body[end:start].strip():
            return []
        end = body.find(closing, start) + len(closing)
        following = _opening(body, opening, start + 1)
        if end < len(closing) or 0 <= following < end or not _is_closed(body[start:end]):
            return []
        spans.append((start, end))
        start = following
    return spans if spans and _is_closed(body[: spans[0][0]]) and closing not in body[end:] else []


def _opening(body: bytes, opening: bytes, start: int) -> int:
    """Where the next start tag of exactly this name stands, -1 where there is none: ``<items>`` is no ``<item>``."""
    found = body.find(opening, start)
    while found >= 0 and body[found + len(opening) : found + len(opening) + 1] not in (b">", b" ", b"\n", b"\t", b"\r"):
        found = body.find(opening, found + 1)
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
    root = _ROOT.search(head)
    return head[root.start() : head.find(b">", root.start()) + 1] if root else b""


def parse(document: Document) -> Feed:
    """The feed in a document; ReadError where it is none, or breaks before its first entry."""
    import feedparser

    where = document.source.id
    body = _bounded(document.body, where)
    headers = {"content-type": document.content_type} if "charset" in document.content_type.lower() else {}
    try:
        found = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # whatever a stranger's bytes do to a parser concerns this source alone
        raise ReadError(f"{where}: the feed cannot be parsed: {error}") from error
    broken = found.get("bozo") and not found.entries
    if not found.get("version") or (broken and not _survivable(found)):
        raise ReadError(f"{where}: this is no RSS or Atom: {found.get('bozo_exception', 'no feed element in it')}")
    pieces = [match.group(0) for match in _ENTRY.finditer(body)]
    whole = len(pieces) == len(found.entries)
    head = _head(body)
    entries = tuple(
        _entry(entry, _alone(head, pieces[number]) if whole else _rewritten(entry))
        for number, entry in enumerate(found.entries)
    )
    info = found.feed
    return Feed(
        title=_plain(info.get("title")),
        link=_plain(info.get("link")),
        generator=_plain(info.get("generator")),
        lang=_plain(info.get("language")),
        every=_every(info),
        entries=entries,
    )


def _bounded(body: bytes, where: str) -> bytes:
    if len(body) > LARGEST:
        raise ReadError(f"{where}: the feed is larger than {LARGEST // 1_000_000} MB")
    if not body.strip():
        raise ReadError(f"{where}: the document is empty, not a feed")
    if b"\0" in body[:4000] and not body.startswith((b"\xff\xfe", b"\xfe\xff")) and b"<\0" not in body[:8]:
        body = body.replace(b"\0", b"")
    lower = body[:3000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        raise ReadError(f"{where}: the document is an HTML page, not a feed: a challenge, a login wall or a move")
    if lower.startswith((b"{", b"[")):
        raise ReadError(f"{where}: the document is JSON, not a feed")
    # A feed needs no document type; entities that expand are how XML bombs are made.
    return _DOCTYPE.sub(b"", body, count=1) if b"<!ENTITY" in body[:20_000] else body


def _survivable(found: Any) -> bool:
    """An empty feed whose only fault is what its headers say of its encoding is an empty feed."""
    import feedparser

    return isinstance(found.get("bozo_exception"), (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType))


def _entry(entry: Any, raw: bytes) -> Entry:
    contents = entry.get("content") or ()
    html = max((part.get("value") or "" for part in contents), key=len, default="") or entry.get("summary") or ""
    return Entry(
        id=_plain(entry.get("id")),
        link=_plain(entry.get("link")),
        title=_plain(entry.get("title")),
        html=html,
        published=_time(entry.get("published_parsed")),
        # feedparser answers "updated" with "published" where there is none; ask the keys that are really there.
        updated=_time(dict.get(entry, "updated_parsed")),
        author=_plain(entry.get("author")),
        published_raw=_plain(entry.get("published")),
        extra={k.lower(): v for k, v in entry.items() if k not in _KNOWN and isinstance(v, str)},
        raw=raw,
    )


def _plain(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _time(parsed: Any) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _every(info: Any) -> int | None:
    """RSS ttl (minutes) or sy:updatePeriod over sy:updateFrequency, in seconds."""
    try:
        if info.get("ttl"):
            return max(int(str(info["ttl"]).strip()) * 60, 0) or None
        period = _SY.get(str(info.get("sy_updateperiod", "")).strip().lower())
        if period:
            return period // max(int(str(info.get("sy_updatefrequency", 1)).strip()), 1)
    except (ValueError, OverflowError):
        pass
    return None


def _head(body: bytes) -> tuple[bytes, bytes]:
    """What stands before the first entry and is needed to read one alone: declaration, root, feed-wide facts."""
    first = _ENTRY.search(body)
    end = first.start() if first else len(body)
    head = body[:end]
    root = _ROOT.search(head)
    start = head[: head.index(b">", root.start()) + 1] if root and b">" in head[root.start() :] else b"<rss>"
    rdf = b"rdf" in (root.group(1).lower() if root else b"")
    atom = b"feed" in (root.group(1).lower() if root else b"")
    name = start[start.rindex(b"<") + 1 :].split(None, 1)[0].rstrip(b">")
    if atom or rdf:
        return start, b"</" + name + b">"
    return start + b"<channel>", b"</channel></" + name + b">"


def _alone(head: tuple[bytes, bytes], piece: bytes) -> bytes:
    return head[0] + piece + head[1]


def _rewritten(entry: Any) -> bytes:
    """The entry as an Atom document of our own, where the vendor's markup is too broken to be cut."""
    from xml.sax.saxutils import escape, quoteattr

    def tag(name: str, value: Any, more: str = "") -> str:
        return f"<{name}{more}>{escape(value)}</{name}>" if isinstance(value, str) and value else ""

    contents = entry.get("content") or ()
    html = max((part.get("value") or "" for part in contents), key=len, default="") or entry.get("summary") or ""
    published, updated = _time(entry.get("published_parsed")), _time(dict.get(entry, "updated_parsed"))
    parts = [
        tag("id", entry.get("id")),
        tag("title", entry.get("title")),
        f"<link href={quoteattr(entry['link'])}/>" if isinstance(entry.get("link"), str) else "",
        tag("published", published.isoformat() if published else None),
        tag("updated", updated.isoformat() if updated else None),
        f"<author>{tag('name', entry.get('author'))}</author>" if entry.get("author") else "",
        tag("content", html, ' type="html"'),
    ]
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{"".join(parts)}</entry></feed>'
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", feed).encode("utf-8", "replace")
