"""Feeds that are not plain, read by feedparser, of which this is the only home.

feedparser fetches addresses and opens files when it is handed a string: it is handed bytes in a buffer, always. Sizes
are bounded before anything is parsed, so that no document takes longer than a few seconds.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from typing import Any

from tracker.errors import ReadError
from tracker.platforms import _cutting
from tracker.platforms._wellformed import Parsed

LARGEST, LONGEST_PROLOG = 3_000_000, 20_000  # bytes
MOST_TAGS, MOST_NAMESPACES = 100_000, 2_000  # a tag takes 10 microseconds
ENCODING = re.compile(rb"<\?xml[^>\n]{0,300}?encoding=[\"']([\w.:-]{1,40})[\"']")

_PUNYCODE = re.compile(rb"punycode|idna", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY\s+(\w+)\s+\"([^\"]*)\"")


def read(body: bytes, content_type: str, where: str) -> Parsed:
    """What feedparser finds in anything that looks like a feed; ReadError where it finds none, or takes too long."""
    _refuse_large(body, content_type, where)
    feedparser = _bounded()
    headers = {"content-type": content_type} if "charset" in content_type.lower() else {}
    try:
        _refuse_costly(feedparser.encodings.convert_to_utf8(headers, body, {}), where)
        found = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except ReadError:
        raise
    except Exception as error:  # whatever a stranger's bytes do to a parser concerns this source alone
        raise ReadError(f"{where}: the feed cannot be parsed: {error}") from error
    broken = found.get("bozo") and not found.entries
    if not found.get("version") or (broken and not _survivable(found)):
        raise ReadError(f"{where}: this is no RSS or Atom: {found.get('bozo_exception', 'no feed element in it')}")
    pieces, entries = _cutting.raw_entries(body), found.entries
    if found.bozo and len(entries) == len(pieces) + 1 and not _END.search(body):
        entries = entries[:-1]  # it breaks off with the document
        if not entries:
            raise ReadError(f"{where}: the feed breaks off in its first entry")
    return Parsed(found.feed, entries, pieces if len(pieces) == len(entries) and not _is_broken(found) else [])


def _refuse_large(body: bytes, content_type: str, where: str) -> None:
    """ReadError for what takes long before it is even text: punycode, which no feed is in, in quadratic time."""
    if len(body) > LARGEST:
        raise ReadError(f"{where}: the feed is not plain XML, and larger than {LARGEST // 1_000_000} MB")
    declared = ENCODING.search(body[:4000].replace(b"\0", b""))  # also where each letter takes two bytes, or four
    if (declared and _PUNYCODE.search(declared[1])) or _PUNYCODE.search(content_type.encode()):
        raise ReadError(f"{where}: the feed says that it is in punycode, which is for names alone")


def _refuse_costly(body: bytes, where: str) -> None:
    """ReadError for what would keep feedparser busy for longer than a few seconds, or fill the memory.

    The body is in UTF-8, as feedparser turns it: other encodings, such as UTF-7, hide tags and entities.
    """
    for mark, most, name in ((b"<", MOST_TAGS, "tags"), (b"xmlns", MOST_NAMESPACES, "declarations of namespaces")):
        if body.count(mark) > most:
            raise ReadError(f"{where}: the feed is not plain XML, and has more than {most:,} {name}")
    root = re.search(rb"<\w", body)
    prolog = body[: root.start() if root else None]
    if len(prolog) > LONGEST_PROLOG:
        raise ReadError(f"{where}: more than {LONGEST_PROLOG:,} bytes stand before the first element")
    if b"<!ENTITY" in body[len(prolog) :]:  # behind a tag in a comment, where feedparser leaves them
        raise ReadError(f"{where}: entities are declared behind the first tag")
    grown = sum(body.count(b"&" + name + b";") * len(value) for name, value in _ENTITY.findall(prolog))
    if grown > LARGEST:
        raise ReadError(f"{where}: the entities of its document type would grow to {grown:,} bytes")


@functools.cache
def _bounded() -> Any:
    """feedparser, with what it does not tell apart, and bounds where it takes quadratic time.

    It files the description of a picture as one of the entry, and a text of no type as one of the usual type. It
    searches every author for an address, compares each category with all others of its entry, and joins each
    ``xml:base`` with those around it. It looks for the declared encoding in all of the first line, in cubic time, and
    asks for another guess wherever a library for that is installed.
    """
    import feedparser
    from feedparser import encodings, mixin

    parser = mixin._FeedParserMixin
    sync_author, add_tag, push = parser._sync_author_detail, parser._add_tag, parser.push_content
    absolute = mixin.make_safe_absolute_uri

    def sync_short_author(self: Any, key: str = "author") -> None:
        if len(self._get_context().get(key) or "") < 1000:
            sync_author(self, key)

    def add_few_tags(self: Any, *tag: Any) -> None:
        if len(self._get_context().setdefault("tags", [])) < 1000:
            add_tag(self, *tag)

    def short_absolute(base: str, rel: str | None = None) -> Any:
        found = absolute(base, rel)
        return found if len(found) < 2000 else ""

    def start_media_description(self: Any, attributes: Mapping[str, str]) -> None:
        self.push("media_description", 1)

    def end_media_description(self: Any) -> None:
        self._get_context().setdefault("media_descriptions", []).append(self.pop("media_description") or "")

    def push_content(self: Any, tag: str, attributes: Mapping[str, str], *more: Any) -> None:
        push(self, tag, attributes, *more)
        self.contentparams["is_given"] = "type" in attributes

    parser.push_content = push_content
    parser._start_media_description, parser._end_media_description = start_media_description, end_media_description
    parser._sync_author_detail, parser._add_tag = sync_short_author, add_few_tags
    mixin.make_safe_absolute_uri = short_absolute
    encodings.RE_XML_PI_ENCODING, encodings.lazy_chardet_encoding = ENCODING, lambda data: ""
    return feedparser


def _is_broken(found: Any) -> bool:
    """Whether its markup is: then a piece of it alone may read otherwise, or as its neighbour."""
    from xml.sax import SAXException

    return isinstance(found.get("bozo_exception"), SAXException)


def _survivable(found: Any) -> bool:
    """An empty feed whose only fault is what its headers say of its encoding is an empty feed."""
    import feedparser

    return isinstance(found.get("bozo_exception"), (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType))
