"""RSS, Atom and JSON Feed as strangers write them: a document to the entries that it holds.

Plain XML is read by ``_wellformed``, in a fraction of the time that ``_feedparser`` takes for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape, unescape
from html.entities import name2codepoint
from typing import Any, cast
from zoneinfo import ZoneInfo

from tracker.errors import ReadError
from tracker.models import STATES_ABROAD, Document, Phase
from tracker.platforms import _cutting, _dates, _feedparser, _html, _jsonfeed, _page, _reading, _wellformed, _zones

LARGEST = 10_000_000  # bytes
MOST = 10_000  # entries

_SY = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_MARKUP = re.compile(
    r"</(?:p|div|a|b|i|em|strong|u|span|ul|ol|li|h[1-6]|small|code|pre|blockquote|table|tr|td)\s*>|<br\s*/?>"
    r"|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,8});",
    re.IGNORECASE,
)
_ESCAPED_BLOCK = re.compile(r"&lt;(p|div|ul|ol|table|section|article)\b.*&lt;/\1\s*&gt;", re.IGNORECASE | re.DOTALL)
_ESCAPED_INLINE = re.compile(
    r"&lt;a\s+href=(?:\"|'|&quot;)https?://|&lt;br\s*/?&gt;.*?&lt;br\s*/?&gt;", re.IGNORECASE | re.DOTALL
)
_BLOCK_END = re.compile(r"</(?:p|div|ul|ol|table|section|article)\s*>\Z", re.IGNORECASE)
_NAMED = re.compile(rb"&(?!amp;|lt;|gt;|quot;)([A-Za-z][A-Za-z0-9]{1,7});")
_DECLARATION = re.compile(r"^\ufeff?<\?xml[^>]*>")
_NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d.{0,40}")
_OFFSET = re.compile(r"[+-]\d\d:?\d\d\Z")
_WORK = re.compile(  # a category, where no other one says that it is an outage
    r"(?:(?:planned|scheduled|emergency) )?maintenance|planned works?|(?:geplante )?wartung(?:en|sarbeiten)?"
    r"|maintenance (?:planifiée|programmée)|mantenimientos?(?: programados?)?|manutenç(?:ão|ões)(?: programadas?)?"
    r"|manutenzion[ei](?: programmat[ae])?|(?:gepland )?onderhoud|メンテナンス",
    re.I,
)
_STATED = "|".join(("investigating", "identified", "resolved", *STATES_ABROAD[Phase.RESOLVED]))
_FILED = re.compile(_STATED, re.I)  # a category; "Monitoring" may be what the entry is about
_FOREIGN = re.compile(f"{_STATED}|monitoring|mitigated", re.I)  # "closed" may be said of comments, "publish" of a page
_OUTAGE = re.compile(r"incident|outage|disrupt|störung|panne|perturbation|incidencia|falha|guasto|storing|障害", re.I)
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1", "iso-8859-15": "iso-8859-15", "windows-1252": "cp1252", "utf-16": "utf-16",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed. ``raw`` is a feed document of the same format that holds just this entry.

    ``id``, ``link`` and ``title`` are as they are written; ``url`` is the whole address of the link, ``title_html``
    and ``html`` are HTML whatever was written, with addresses as seen from ``base``. ``published`` and ``updated`` are
    None where nothing tells the moment; ``published_raw`` and ``updated_raw`` are what is written. ``summary`` is its
    summary or description, ``content`` its content as HTML where the summary is fuller and became ``html``, ``status``
    an element of that name, which no standard knows, or a category that is a state. ``closed`` is the time that stands
    as its category, as cState writes when an incident was over; ``work`` is the category that files it under planned
    work.
    """

    id: str | None
    link: str | None
    title: str | None
    html: str
    published: datetime | None
    updated: datetime | None = None
    author: str | None = None
    published_raw: str | None = None
    updated_raw: str | None = None
    title_html: str | None = None
    url: str | None = None
    base: str = ""
    summary: str | None = None
    content: str | None = None
    status: str | None = None
    closed: datetime | None = None
    closed_raw: str | None = None
    work: str | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed; ``every`` is its own wish for the interval, in seconds; entries in the document's order."""

    generator: str | None
    lang: str | None
    every: int | None
    entries: tuple[Entry, ...]


def parse(document: Document, *, by_feedparser: bool = False) -> Feed:
    """The feed in a document; ReadError where it is none, or breaks before its first entry.

    A plain feed is read in a fast way of our own, which gives what feedparser gives; ``by_feedparser`` leaves it out,
    so that the two can be compared.
    """
    body = _bounded(document, document.source.id)
    is_json = _html.opening(body).startswith((b"{", b"["))
    found, before, after = _jsonfeed.read(document) if is_json else _of_xml(document, body, by_feedparser=by_feedparser)
    info, entries, pieces = found
    _refuse_many(len(entries), document.source.id)
    _reading.refuse_grown(len(before) * len(pieces), document)
    root = _cutting.ROOT.search(before)
    is_atom = is_json or (root is not None and root[1].lower() == b"feed")  # they say which text is plain
    whole, language = _Whole.of(document, is_atom=is_atom), _plain(info.get("language"))
    if pieces:
        told = [_entry(entry, whole, before + piece + after) for entry, piece in zip(entries, pieces, strict=True)]
    else:
        told = [
            replace(entry, raw=_rewritten(entry, whole.address, language))
            for entry in (_entry(each, whole) for each in entries)
        ]
    return Feed(generator=_plain(info.get("generator")), lang=language, every=_every(info), entries=tuple(told))


def _of_xml(document: Document, body: bytes, *, by_feedparser: bool) -> tuple[_wellformed.Parsed, bytes, bytes]:
    """(what is in an RSS or Atom document, what stands before an entry that is alone, and after it)."""
    where, content_type = document.source.id, document.content_type
    plain = None if by_feedparser else _in_utf8(body, content_type)
    if plain is not None:
        body, content_type = plain, ""
    if _html.tags_in(body) > _html.MOST_TAGS:
        raise ReadError(f"{where}: the feed has more than {_html.MOST_TAGS:,} tags")
    found = _wellformed.read(plain) if plain is not None else None
    found = found or _feedparser.read(body, content_type, where)
    before, after = _head(body, found.pieces[0] if found.pieces else b"", _plain(found.info.get("language")))
    return found, before, after


def _in_utf8(body: bytes, content_type: str) -> bytes | None:
    """The document in UTF-8, where it is in the encoding that it is said to be in; None where nothing is certain."""
    charset = _CHARSET.search(content_type)
    declared = _feedparser.ENCODING.match(body)
    said = charset[1] if charset else declared[1].decode("ascii") if declared else "utf-8"
    encoding = _wide(body) or _ENCODINGS.get(said.lower())
    if encoding is None:
        return None
    if encoding == "utf-8" and (declared is None or declared[1].lower() in (b"utf-8", b"utf8")):
        return body
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    return _DECLARATION.sub("<?xml version='1.0' encoding='utf-8'?>", text, count=1).encode("utf-8", "replace")


def _wide(body: bytes) -> str | None:
    """UTF-32 or UTF-16, by a byte order mark or by how ``<?`` is written; None for all other encodings."""
    for encoding, start in (
        ("utf-32", b"\xff\xfe\0\0"), ("utf-32", b"\0\0\xfe\xff"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"),
        ("utf-32-le", b"<\0\0\0"), ("utf-32-be", b"\0\0\0<"), ("utf-16-le", b"<\0?\0"), ("utf-16-be", b"\0<\0?"),
    ):  # fmt: skip
        if body.startswith(start):
            return encoding
    return None


def offered(document: Document, else_: str) -> str:
    """What to say of an HTML page that is not what was asked for: the feed that it offers, else what it may be."""
    offers = _page.feeds(document)
    return f'; its feed is "{offers[0]}", for platform: feed' if offers else f": {else_}"


def _bounded(document: Document, where: str) -> bytes:
    """The document without what no parser takes; ReadError for what is too large, empty, or plainly no feed."""
    body = document.body
    if len(body) > LARGEST:
        raise ReadError(f"{where}: the feed is larger than {LARGEST // 1_000_000} MB")
    if b"\0" in body and _wide(body) is None:
        body = body.replace(b"\0", b"")
    start = _html.opening(body)
    if not body.strip():
        raise ReadError(f"{where}: the document is empty, not a feed")
    if start.startswith((b"<!doctype html", b"<html")):
        told = offered(document, "a challenge, a login wall or a move")
        raise ReadError(f"{where}: the document is an HTML page, not a feed{told}")
    _refuse_many(max(body.count(b"</item>"), body.count(b"</entry>")), where)
    if b"<!doctype" in start and b"<!entity" not in start and len(body) <= _feedparser.LARGEST:
        body = _NAMED.sub(_numbered, body)
    return body.lstrip() if body[:1].isspace() else body


def _numbered(named: re.Match[bytes]) -> bytes:
    """A letter that a document type gives a name, by its number: nobody fetches that type, and the name is HTML's."""
    number = name2codepoint.get(named[1].decode("ascii"))
    return b"&#%d;" % number if number else named[0]


def _refuse_many(entries: int, where: str) -> None:
    if entries > MOST:
        raise ReadError(f"{where}: the feed holds more than {MOST:,} entries")


@dataclass(frozen=True, slots=True)
class _Whole:
    """What of a document holds for all its entries."""

    address: str
    is_atom: bool
    zone: ZoneInfo | None

    @classmethod
    def of(cls, document: Document, *, is_atom: bool) -> _Whole:
        """The address is the source's, where it has one: an entry that is read again comes without a document's."""
        source = document.source
        return cls(source.url or source.page or document.url, is_atom, _zones.zone(source.timezone))


def _entry(entry: Mapping[str, Any], whole: _Whole, raw: bytes = b"") -> Entry:
    # feedparser answers "updated" with "published" where there is none; the dict itself has what is really there.
    published, updated = _plain(entry.get("published")), _plain(dict.get(cast(Any, entry), "updated"))
    id_, link = _plain(entry.get("id")), _plain(entry.get("link"))
    html, base, content = _told(entry, whole.is_atom)
    terms = [term for tag in entry.get("tags") or () if (term := _plain(tag.get("term")))]
    closed = next((term for term in terms if _MOMENT.fullmatch(term)), None)
    return Entry(
        id=id_,
        link=link,
        url=_url(link, id_, whole.address),
        title=_plain(entry.get("title")),
        title_html=_plain(_as_html(entry.get("title"), entry.get("title_detail"), whole.is_atom)),
        html=html,
        base=_html.joined(whole.address, base) if base else whole.address,
        published=_dates.moment(published, whole.zone) if published else None,
        updated=_dates.moment(updated, whole.zone) if updated else None,
        author=_plain(entry.get("author")),
        published_raw=published,
        updated_raw=updated,
        summary=_plain(entry.get("summary")) if "summary_detail" in entry else None,
        content=content,
        status=_state(entry, terms),
        closed=_closed(closed, published, whole.zone) if closed else None,
        closed_raw=closed,
        work=None if any(map(_OUTAGE.search, terms)) else next(filter(_WORK.fullmatch, terms), None),
        raw=raw,
    )


def _state(entry: Mapping[str, Any], terms: Sequence[str]) -> str | None:
    """What an element ``status`` says, else a state of an incident in a foreign element or as the one such category."""
    if stated := _plain(entry.get("status")):
        return stated
    foreign = (_plain(entry[key]) or "" for key in entry if key.endswith(("_status", "_state")))
    if stated := next(filter(_FOREIGN.fullmatch, foreign), None):
        return stated
    filed = {term.lower(): term for term in terms if _FILED.fullmatch(term)}
    return next(iter(filed.values())) if len(filed) == 1 else None


def _closed(written: str, published: str | None, zone: ZoneInfo | None) -> datetime | None:
    """When it was over. Without a zone it is in the one of the entry's own time, for both are of one clock."""
    offset = _OFFSET.search(published or "") if zone is None else None
    return _dates.moment(written, zone) or (_dates.moment(f"{written} {offset[0]}", None) if offset else None)


def _url(link: str | None, id_: str | None, address: str) -> str | None:
    """The whole address that a link means, also where it begins with the host; None for a guid that is no address."""
    if link is None or link.startswith(_html.WEB):
        return link
    scheme, _, rest = address.partition("://")
    if rest and link.startswith(f"{rest.partition('/')[0]}/"):
        return f"{scheme}://{link}"
    is_name = link == id_ and ":" not in link and not link.startswith("/")
    url = "" if is_name else _html.joined(address, link)
    return url if url.startswith(_html.WEB) else None


def _told(entry: Mapping[str, Any], is_atom: bool) -> tuple[str, str, str | None]:
    """(its text as HTML, the base of the addresses in it: '' where it names none, the content that it is not).

    The text is the content, or the summary where that is clearly fuller; without either it is what the pictures show.
    """
    parts = [(part.get("value"), part) for part in entry.get("content") or ()]
    if not parts or "summary_detail" in entry:  # without, it is a copy of the content
        parts.append((entry.get("summary"), entry.get("summary_detail")))
    html, base, content = "", "", None
    for text, detail in parts:
        other = _as_html(text, detail, is_atom)
        if not html or (other != html and _letters(other) > 1.25 * _letters(html)):
            html, base, content = other, (detail.get("base") or "" if isinstance(detail, dict) else ""), html or None
    return (html, base, content) if html else (escape("\n".join(entry.get("media_descriptions") or ())), "", None)


def _as_html(text: Any, detail: Any, is_atom: bool) -> str:
    """What an element holds, as HTML. Plain text, which only Atom tells apart, becomes the HTML that shows it.

    What was escaped twice is unescaped: blocks that are all of the text, or all behind its last real block; and the
    links and breaks of a text that has no real tags. What Atom calls plain and has markup is HTML: many forget to say.
    """
    if not isinstance(text, str):
        return ""
    said = detail if is_atom and isinstance(detail, dict) and detail.get("value") == text else {}
    if said.get("type") == "text/plain" and (said.get("is_given") or not _MARKUP.search(text)):
        return escape(text, quote=False)
    if "&lt;" in text:
        if "<" not in text and _ESCAPED_INLINE.search(text):
            return unescape(text)
        end = text.rfind(">") + 1
        rest = text[end:].strip()
        is_escaped_twice = rest.startswith("&lt;") and "<" not in rest and _ESCAPED_BLOCK.fullmatch(rest)
        if is_escaped_twice and (not end or _BLOCK_END.search(text, max(end - 20, 0), end)):
            return text[:end] + unescape(rest)
    return text


def _letters(html: str) -> int:
    """How many it shows."""
    return len("".join(unescape(_ANY_TAG.sub("", html)).split()))


def _plain(value: Any) -> str | None:
    return plain_xml(value.replace("\0", "")).strip() or None if isinstance(value, str) else None


def _every(info: Any) -> int | None:
    """RSS ttl (minutes) or sy:updatePeriod over sy:updateFrequency, in seconds."""
    try:
        if info.get("ttl"):
            return min(max(int(str(info["ttl"]).strip()) * 60, 0), _SY["yearly"]) or None
        period = _SY.get(str(info.get("sy_updateperiod", "")).strip().lower())
        if period:
            return period // max(int(str(info.get("sy_updatefrequency", 1)).strip()), 1)
    except (ValueError, OverflowError):
        pass
    return None


def _head(body: bytes, first: bytes, language: str | None) -> tuple[bytes, bytes]:
    """What stands before and after an entry alone: declaration, root and language, which hold for every entry."""
    head = body[: body.find(first)] if first else body
    root = _cutting.ROOT.search(head)
    start = head[: head.index(b">", root.start()) + 1] if root and b">" in head[root.start() :] else b"<rss>"
    name = start[start.rindex(b"<") + 1 :].split(None, 1)[0].rstrip(b">")
    if root and root.group(1).lower() in (b"feed", b"rdf"):
        return start, b"</" + name + b">"
    said = f"<language>{language}</language>".encode() if language and _jsonfeed.LANGUAGE.fullmatch(language) else b""
    return start + b"<channel>" + said, b"</channel></" + name + b">"


def _rewritten(entry: Entry, address: str, language: str | None) -> bytes:
    """The entry as an Atom document of our own, where the vendor's markup is too broken to be cut."""
    base = "" if entry.base == address else f' xml:base="{escape(entry.base)}"'
    return as_atom(
        element("id", entry.id, "" if entry.link else ' isPermaLink="false"'),
        element("title", as_it_is(entry.title_html or ""), ' type="html"'),
        f'<link href="{escape(entry.link)}"/>' if entry.link else "",
        element("published", entry.published_raw),
        element("updated", entry.updated_raw),
        f"<author>{element('name', entry.author)}</author>" if entry.author else "",
        element("status", entry.status),
        element("category", entry.closed_raw),
        f'<category term="{escape(entry.work)}"/>' if entry.work else "",
        element("summary", entry.summary, f' type="html"{base}'),
        element("content", as_it_is(entry.html) if entry.html != entry.summary else "", f' type="html"{base}'),
        language=language,
    )


# -- feeds of our own, as originals ------------------------------------------------------------------------------------


def as_it_is(html: str) -> str:
    """The same HTML, also where its words look like HTML that was escaped twice."""
    return html if _as_html(html, None, False) == html else f"<span>{html}</span>"


def element(name: str, text: str | None, attributes: str = "") -> str:
    """An element with this text, nothing without one."""
    return f"<{name}{attributes}>{escape(text, quote=False)}</{name}>" if text else ""


def as_atom(*elements: str, language: str | None = None) -> bytes:
    """An Atom document whose one entry has these elements."""
    lang = f' xml:lang="{escape(language)}"' if language else ""
    return plain_xml(
        f'<feed xmlns="http://www.w3.org/2005/Atom"{lang}><entry>{"".join(elements)}</entry></feed>'
    ).encode("utf-8", "replace")


def as_rss(*elements: str, head: str) -> bytes:
    """An RSS document whose one item has these elements; ``head`` stands before it in the channel."""
    return plain_xml(f'<rss version="2.0"><channel>{head}<item>{"".join(elements)}</item></channel></rss>').encode(
        "utf-8", "replace"
    )


def plain_xml(text: str) -> str:
    """With blanks for the signs that XML does not hold as they are."""
    return text if text.isprintable() else _NOT_XML.sub(" ", text)
