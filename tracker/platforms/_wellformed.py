"""Well-formed RSS and Atom, read with expat: what feedparser answers, in a thirtieth of the time.

Two steps: expat cuts a document into the fields of its head and of each entry; then each list of fields becomes the
mapping that feedparser (6.0) makes of it, its habits included. Whatever is not known to be taken exactly so is odd,
and is feedparser's: another nesting, ``xml:base``, a document type, a rare vocabulary. A test holds the two against
each other, over feedparser's own feeds and all others that there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from xml.parsers import expat


class Parsed(NamedTuple):
    """The ``feed`` and ``entries`` of feedparser, and the raw bytes of each entry: none where they cannot be told."""

    info: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    pieces: Sequence[bytes]


class _Odd(Exception):
    """This document is to be read by feedparser; says why."""


class Field(NamedTuple):
    """One element of the head or of an entry; ``held`` are the elements in it, with their texts."""

    tag: str
    attributes: dict[str, str]
    pieces: list[str]
    held: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """Its own text, stripped."""
        return "".join(self.pieces).strip()


def read(body: bytes) -> Parsed | None:
    """The feed in a document of UTF-8; None where it is not plain, or not well-formed."""
    cutter = _Cutter(body)
    try:
        cutter.run()
        info = _head(cutter.head)
        entries = [_entry(fields) for fields in cutter.entries]
    except _Odd:
        return None
    if cutter.language:
        info.setdefault("language", cutter.language)
    return Parsed(info, entries, [body[start:end] for start, end in cutter.spans])


# -- a document into fields --------------------------------------------------------------------------------------------

# Namespaces whose elements are plain feed elements, whatever their prefix.
_BASE = frozenset(
    ["http://blogs.law.harvard.edu/tech/rss", "http://purl.org/rss/1.0/", "http://purl.org/atom/ns#",
     "http://my.netscape.com/rdf/simple/0.9/", "http://www.w3.org/2005/atom",
     "http://purl.org/rss/1.0/modules/rss091#"]
)  # fmt: skip
# Those that are read under their usual prefix; an element of any other is odd.
_USUAL = {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
_ATTRIBUTES = {"http://www.w3.org/XML/1998/namespace": "xml", "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf"}

# The elements around the fields, and which of them each may hold.
_FRAMES: dict[str, tuple[str, ...]] = {
    "": ("rss", "feed", "rdf:rdf"),
    "rss": ("channel",),
    "rdf:rdf": ("channel", "item"),
    "channel": ("item",),
    "feed": ("entry",),
}
_ENTRIES = ("item", "entry")
# The fields that may hold elements, and which.
_PERSON = frozenset(["name", "email", "uri", "url", "homepage"])
_HOLDS: dict[str, frozenset[str]] = {
    "author": _PERSON,
    "contributor": _PERSON,
    "image": frozenset(["url", "title", "link", "width", "height", "description"]),
    "textinput": frozenset(["title", "link", "description", "name"]),
    "skiphours": frozenset(["hour"]),
    "skipdays": frozenset(["day"]),
    "items": frozenset(["rdf:seq"]),
    "rdf:seq": frozenset(["rdf:li"]),
}


class _Cutter:
    """Hears what expat says, and sorts it into fields."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.head: list[Field] = []
        self.entries: list[list[Field]] = []
        self.spans: list[tuple[int, int]] = []
        self.language = ""
        self._frames = [""]
        self._open: list[Field] = []
        self._began = 0
        self._tags: dict[str, str] = {}
        self._prefixes: dict[str, str | None] = {}
        self._parser = expat.ParserCreate("utf-8", " ")

    def run(self) -> None:
        parser = self._parser
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartNamespaceDeclHandler = self._declare
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            parser.Parse(self.body, True)
        except expat.ExpatError as error:
            raise _Odd(str(error)) from error
        finally:
            del self._parser  # it holds us: all fields of the feed would stay until the garbage collector comes

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        lower = (uri or "").lower()
        usual = "" if lower in _BASE or "backend.userland.com/rss" in lower else _USUAL.get(lower)
        if (usual and usual != prefix) or (not usual and prefix in _USUAL.values()):
            raise _Odd(f"{uri} as {prefix}")
        self._prefixes[uri or ""] = usual

    def _tag(self, name: str) -> str:
        """``prefix:local`` in lower case, with the usual prefix; remembered for the document."""
        uri, _, local = name.rpartition(" ")
        prefix = self._prefixes[uri] if uri else ""
        if prefix is None or "_" in local:
            raise _Odd(f"the element {name}")
        tag = self._tags[name] = (f"{prefix}:{local}" if prefix else local).lower()
        return tag

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tags.get(name) or self._tag(name)
        frame = self._frames[-1]
        if attributes:
            attributes = _plain(attributes, is_root=not frame)
        if self._open:
            if tag not in _HOLDS.get(self._open[-1].tag, ()):
                raise _Odd(f"{tag} in {self._open[-1].tag}")
        elif tag in _FRAMES.get(frame, ()):
            self._enter(tag, attributes)
            return
        elif frame in ("", "rss") or (frame == "rdf:rdf" and tag not in ("image", "textinput")):
            raise _Odd(f"{tag} in {frame or 'the document'}")
        field = Field(tag, attributes, [], [])
        self._open.append(field)
        self._parser.CharacterDataHandler = field.pieces.append

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _ENTRIES:
            self.entries.append([Field("", attributes, [], [])] if attributes else [])
            self._began = self._parser.CurrentByteIndex
        elif tag in ("rss", "feed"):
            self.language = attributes.get("xml:lang", attributes.get("lang", "")).replace("_", "-")
        self._frames.append(tag)

    def _end(self, name: str) -> None:
        if not self._open:
            self._leave()
            return
        field = self._open.pop()
        if self._open:
            holder = self._open[-1]
            holder.held.append((field.tag, field.text))
            self._parser.CharacterDataHandler = holder.pieces.append
        else:
            self._parser.CharacterDataHandler = None
            self._file(field)

    def _file(self, field: Field) -> None:
        frame = self._frames[-1]
        if frame in _ENTRIES:
            self.entries[-1].append(field)
        elif frame != "rdf:rdf":
            self.head.append(field)

    def _leave(self) -> None:
        if self._frames.pop() in _ENTRIES:
            end = self._parser.CurrentByteIndex
            if end == self._began:
                raise _Odd("an entry of one tag")
            self.spans.append((self._began, self.body.index(b">", end) + 1))


def _refuse_doctype(*_: Any) -> None:
    raise _Odd("a document type")


def _plain(attributes: dict[str, str], *, is_root: bool) -> dict[str, str]:
    """Attributes by lower-case name; those that change how the rest is read are odd."""
    found = {}
    for name, value in attributes.items():
        uri, _, local = name.rpartition(" ")
        local = local.lower()
        if uri in _ATTRIBUTES:
            local = f"{_ATTRIBUTES[uri]}:{local}"
        elif uri and (not is_root or local in ("version", "lang", "base")):
            raise _Odd(f"the attribute {name}")
        found[local] = value.lower() if local in ("rel", "type") else value
    if found.get("xml:base") or found.get("base"):
        raise _Odd("a base of addresses")
    return found


# -- fields into mappings ----------------------------------------------------------------------------------------------

# Element -> the key that feedparser files it under: such as may hold HTML, and such as are plain text.
_CONTENT = {
    "title": "title", "dc:title": "title", "summary": "summary", "description": "summary", "dc:description": "summary",
    "content": "content", "content:encoded": "content", "rights": "rights", "copyright": "rights",
    "dc:rights": "rights", "subtitle": "subtitle", "tagline": "subtitle", "info": "info",
}  # fmt: skip
_TIMES = {
    "published": "published", "issued": "published", "pubdate": "published", "dcterms:issued": "published",
    "updated": "updated", "modified": "updated", "lastbuilddate": "updated", "dc:date": "updated",
    "dcterms:modified": "updated",
}  # fmt: skip
_AUTHORS = ("author", "managingeditor", "dc:creator", "dc:author")
_HEAD = {
    "ttl": "ttl", "sy:updateperiod": "sy_updateperiod", "sy:updatefrequency": "sy_updatefrequency",
    "generator": "generator", "language": "language", "dc:language": "language",
}  # fmt: skip
# These mean something else to feedparser, or elsewhere.
_RARE = frozenset(
    ["abstract", "authors", "body", "channel", "content:items", "contributors", "date", "dcterms:valid", "email",
     "enclosures", "entries", "entry", "feed", "feedburner:browserfriendly", "fullitem", "height", "homepage", "image",
     "item", "items", "license", "links", "name", "newlocation", "publishers", "rss", "textinput", "uri", "url",
     "where", "width"]
)  # fmt: skip
_MARKED_UP = ("description", "dc:description")
_HTML = ("text/html", "application/xhtml+xml")
_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
_LOOSE_ENTITY = re.compile(r"&([A-Za-z0-9_]+);")
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")
_C1 = {
    code: bytes([code]).decode("windows-1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def _head(fields: list[Field]) -> dict[str, Any]:
    """Of the head: generator, language, and how often it is made anew."""
    info: dict[str, Any] = {}
    for field in fields:
        tag = field.tag
        if _CONTENT.get(tag) in ("summary", "content") and tag != "description":
            raise _Odd(f"{tag} in the head")
        if tag in _HEAD:
            if field.attributes and tag != "generator":
                raise _Odd(f"{tag} with attributes")
            info[_HEAD[tag]] = _mended(field.text)
        elif tag in _RARE and tag not in _HOLDS:
            raise _Odd(f"{tag} in the head")
    return info


def _entry(fields: list[Field]) -> dict[str, Any]:
    """One entry. Of two fields of one name the later counts, but for titles; a second summary is content.

    What no reader of ours asks for is passed over.
    """
    entry: dict[str, Any] = {}
    for field in fields:
        tag = field.tag
        if tag in _CONTENT:
            _say(entry, _CONTENT[tag], field)
        elif tag in _TIMES:
            entry[_TIMES[tag]] = _mended(field.text)
        elif tag == "link":
            _link(entry, field)
        elif tag in ("id", "guid"):
            _id(entry, field)
        elif tag in _AUTHORS:
            _author(entry, field)
        elif tag == "status":
            entry["status"] = _mended(field.text) if not field.attributes else ""
        elif tag in ("category", "dc:subject"):
            entry.setdefault("tags", []).append({"term": field.attributes.get("term") or _mended(field.text)})
        elif not tag:  # the entry's own attributes
            entry.update({"id": field.attributes["rdf:about"]} if field.attributes.get("rdf:about") else {})
        elif tag in _RARE or tag == "source" or (tag in _HOLDS and tag != "contributor"):
            raise _Odd(f"{tag} in an entry")
    return entry


def _content(field: Field) -> str:
    """The text of a field that may hold HTML, in escaped form."""
    kind = field.attributes.get("type", "text")
    if (
        _TYPES.get(kind, kind) not in ("text/plain", "text/html")
        or field.attributes.get("mode", "escaped") != "escaped"
    ):
        raise _Odd(f"{field.tag} of type {kind}")
    return _mended(field.text)


def _say(entry: dict[str, Any], key: str, field: Field) -> None:
    text, given = _content(field), field.attributes.get("type")
    is_more = key == "content" or (key == "summary" and key in entry and "content" not in entry)
    usual = "text/html" if field.tag == "content:encoded" or (field.tag in _MARKED_UP and not is_more) else "text/plain"
    detail = {"value": text, "type": _TYPES.get(given, given) if given else usual, "is_given": given is not None}
    if is_more:
        entry.setdefault("content", []).append(detail)
        entry.setdefault("summary", text)
    elif key != "title" or not entry.get("title"):
        entry[key], entry[f"{key}_detail"] = text, detail


def _link(entry: dict[str, Any], field: Field) -> None:
    """A link by its attribute, where it leads to a page in HTML, or by its text."""
    given = field.attributes
    href = given.get("url", given.get("uri", given.get("href"))) or given.get("href")
    if href is None:
        link = _mended(_address(field.text))
        entry["link"] = _LOOSE_ENTITY.sub(r"&\g<1>", link.replace("&amp;", "&"))
    elif given.get("rel", "alternate") == "alternate":
        kind = given.get("type", "text/html")
        if _TYPES.get(kind, kind) in _HTML:
            entry["link"] = _address(href)


def _id(entry: dict[str, Any], field: Field) -> None:
    """An id is the link too, where there is none yet and it does not say that it is no permalink."""
    is_link = field.attributes.get("ispermalink", "true") == "true"
    entry["id"] = _mended(_address(field.text) if is_link else field.text)
    if is_link:
        entry.setdefault("link", entry["id"])


def _author(entry: dict[str, Any], field: Field) -> None:
    """An author as ``name (email)``."""
    if field.held and "author" in entry:
        raise _Odd("a second author in parts")  # feedparser mixes them
    said = dict(field.held)
    name, email = said.get("name"), said.get("email")
    entry["author"] = f"{name} ({email})" if name and email else name or email or _mended(field.text)


def _address(value: str) -> str:
    """Too many slashes after the scheme are taken out."""
    return _SLASHES.sub(r"\1\3", value) if ":///" in value else value


def _mended(value: str) -> str:
    """UTF-8 that was taken for Latin-1 is put right, and so is Windows-1252."""
    if value.isascii():
        return value
    with suppress(UnicodeError):
        value = value.encode("iso-8859-1").decode("utf-8")
    return value.translate(_C1) if b"\xc2" in value.encode() else value  # as every C1 begins in UTF-8
