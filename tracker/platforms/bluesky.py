"""Bluesky accounts: the public author feed, without a login, the profile's RSS, or a bridge's (RSSHub).

https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed

One announcement is one post of the account itself; reposts and replies to others are none, the account's replies
in its own threads are (root and parent both its own). ``account:`` is the handle (``status.example.com``) or the
DID (``did:plc:…``), which outlives a change of handle.

History depth: the newest 50 posts by the API and further by its cursor, 100 at a time; about 30 by RSS.

Quirks: posts cannot be edited, so the AT address of a post is its id by either way. ``createdAt`` is the author's
claim, ``indexedAt`` the server's: the earlier of the two counts. A bridge's feed names no AT address, and a post is
known there by its page. Long addresses are shortened in the text and
whole in the facets, whose places count UTF-8 bytes; the text is kept with whole addresses, as RSS has it. RSS
has plain text, no title and no replies, and ends a post with a bracketed word where it quotes or embeds. A post
without text says what its pictures, its video or the card of its link say. Of a quoted post only the address is read,
as a link.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, PastPage, Reading, Request, Source
from tracker.platforms import _html, _json, _social

if TYPE_CHECKING:
    from tracker.platforms._feeds import Entry

API = "https://public.api.bsky.app"
PAGE, LARGE = 50, "100"  # posts of a page that is polled, and of one of the past: the most that there may be
LONGEST = 512  # characters of a cursor
_RIGHT = '"status.example.com" (the handle) or "did:plc:…"'
SITES = ("bsky.app", "www.bsky.app")
_HANDLE = re.compile(r"(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.I)
_DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200}")
_POST = re.compile(r"at://(did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([A-Za-z0-9._~:-]{1,512})")
_PAGE = re.compile(r"https://bsky\.app/profile/([^/?#\s]{1,253})/post/([A-Za-z0-9._~:-]{1,512})")
_HOME = r"https://bsky\.app/profile/([^/?#\s\"'<>]{1,253})/?\s*[\"'<]"
_EMBEDDED = re.compile(r"\[contains quote post or other embedded content\]$")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The newest posts every few minutes: a whole first page, since there is no asking for newer ones only."""
    if source.url:
        return (_social.as_it_is(source),)
    return (_page(source, "posts", source.every or _social.QUICK),)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The older page, where all of this one is newer than the newest known post."""
    newest = _POST.fullmatch(known.newest_id or "")
    if newest is None:
        return ()
    loaded = _json.load(document)
    cursor = _json.scalar(loaded, "cursor")
    found = (_POST.fullmatch(_json.scalar(_json.table(item, "post"), "uri") or "") for item in _items(document, loaded))
    keys = [place.group(2) for place in found if place and place.group(1) == newest.group(1)]
    if cursor is None or len(cursor) > LONGEST or not keys or min(keys) <= newest.group(2):
        return ()
    return (_page(document.source, f"older:{cursor}", None, cursor=cursor),)


def past(source: Source, page: Document | None, since: date | None) -> PastPage | None:
    """The account's posts back to its first, as far as there is a cursor."""
    if source.url:
        return None
    if page is None:
        return PastPage(older=_page(source, "past", None, limit=LARGE))
    loaded = _json.load(page)
    items, cursor = _items(page, loaded), _json.scalar(loaded, "cursor")
    older = _page(source, "past", None, limit=LARGE, cursor=cursor) if cursor and len(cursor) <= LONGEST else None
    return _social.past(read(page), older, _placed(items[-1]) if items else None, since)


def read(document: Document) -> Reading:
    """The account's own posts of an author feed or its RSS. ReadError for an API error and for anything else."""
    if _html.opening(document.body).startswith(b"<"):
        own = _own(document.source) or _social.whose_feed(document, _HOME)
        wrong = "no item of the feed has the at:// address of a Bluesky post, or its page"
        return _social.read_feed(document, _place, partial(_entry, own=own), wrong)
    found = [_post(document, item, at) for at, item in enumerate(_items(document, _json.load(document)))]
    posts = [post for post in found if post]
    place = _POST.fullmatch(posts[0].id) if posts else None
    learnt = {"whose": place[1]} if place else {}
    return _social.reading(document, posts, _social.listing(document, ("cursor",)), learnt=learnt)


def _page(source: Source, purpose: str, every: int | None, **narrowed: str) -> Request:
    origin, actor = _account(source)
    query = urlencode({"actor": actor, "limit": PAGE, "filter": "posts_and_author_threads", **narrowed}, safe=":")
    address = f"{origin}/xrpc/app.bsky.feed.getAuthorFeed?{query}"
    return Request.of(source, address, purpose, every, accept="application/json")


def _account(source: Source) -> tuple[str, str]:
    """Where the API is, and the handle or DID. SourceError where that is no account."""
    origin, name = API, (source.account or "").strip().removeprefix("@")
    if source.page:
        site, path = _html.split_address(source.page)
        name = path[1] if len(path) > 1 and path[0] == "profile" else ""
        origin = API if urlsplit(site).netloc.casefold() in SITES else site
    if not origin or not (_HANDLE.fullmatch(name) or _DID.fullmatch(name)):
        raise _social.bad_account(source, _RIGHT)
    return origin, name


def _own(source: Source) -> str | None:
    """The handle or DID of the source's account; None where the source does not say (a bare file)."""
    if source.url:
        path = _html.split_address(source.url)[1]
        query = parse_qs(urlsplit(source.url).query)
        return path[1] if len(path) > 1 and path[0] == "profile" else query.get("actor", [None])[0]
    return _account(source)[1] if source.page or source.account else None


def _is_own(own: str | None, did: str | None, handle: str | None) -> bool:
    """True where the author is the source's account: by DID where the source names one, else by handle."""
    if own is None:
        return True
    return did in (None, own) if own.startswith("did:") else handle is None or _social.same(handle, own)


def _items(document: Document, loaded: Any) -> list[dict[str, Any]]:
    """The items of an author feed, each of which has a post."""
    where = document.source.id
    if isinstance(loaded, dict) and "error" in loaded:
        told = f"{_json.scalar(loaded, 'error') or ''} {_json.scalar(loaded, 'message') or ''}".strip()[:200]
        raise ReadError(f"{where}: Bluesky answers with an error: {told}")
    if not isinstance(loaded, dict) or not isinstance(loaded.get("feed"), list):
        raise ReadError(f"{where}: no list 'feed' at the top")
    return _json.rows(loaded, "feed")


def _post(document: Document, item: dict[str, Any], at: int) -> Announcement | None:
    """One post; None for a repost, another's post, a reply outside its own threads, one without words."""
    source, post = document.source, _json.table(item, "post")
    record = _json.table(post, "record")
    place = _POST.fullmatch(_json.scalar(post, "uri") or "")
    if place is None or not isinstance(record.get("text"), str):
        raise ReadError(f"{source.id}: post {at} of the list has no at:// address of a post or no record.text")
    author, did = _json.table(post, "author"), place.group(1)
    reposted = (_json.scalar(_json.table(item, "reason"), "$type") or "").endswith("#reasonRepost")
    if reposted or not _is_own(_own(source), did, _json.scalar(author, "handle")):
        return None
    reply = _json.table(record, "reply")
    parent = _json.scalar(_json.table(reply, "parent"), "uri")
    if reply and not (_is_by(parent, did) and _is_by(_json.scalar(_json.table(reply, "root"), "uri"), did)):
        return None
    text = _html.tidy(_whole(record)) or _html.tidy("\n".join(_shown(record)))
    if not text:
        return None
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=place.group(0),
        url=_permalink(place),
        published_at=_published(record, post, place.group(2)),
        text=text,
        lang=next(iter(_json.strings(record.get("langs"))), None),
        in_reply_to=parent,
        links=_links(record),
        original=_json.dump({"feed": [{"post": _original(post, author)}]}),
    )


def _permalink(place: re.Match[str]) -> str:
    return f"https://bsky.app/profile/{place.group(1)}/post/{place.group(2)}"


def _is_by(uri: str | None, did: str) -> bool:
    place = _POST.fullmatch(uri or "")
    return place is not None and place.group(1) == did


def _original(post: dict[str, Any], author: dict[str, Any]) -> dict[str, Any]:
    small = _social.kept(post, "uri", "cid", "indexedAt")
    return small | {"author": _social.kept(author, "did", "handle"), "record": post["record"]}


def _published(record: dict[str, Any], post: dict[str, Any], key: str) -> datetime | None:
    """The earlier of what the author claims and what the server saw, else the time inside the post's key."""
    claimed, seen = _json.time(record.get("createdAt")), _json.time(post.get("indexedAt"))
    return min((at for at in (claimed, seen) if at), default=None) or _time_in(key)


def _placed(item: dict[str, Any]) -> datetime | None:
    """By what an item has its place in the feed: when it was posted, or reposted."""
    post = _json.table(item, "post")
    reposted = _json.time(_json.table(item, "reason").get("indexedAt"))
    key = (_json.scalar(post, "uri") or "").rpartition("/")[2]
    return reposted or _published(_json.table(post, "record"), post, key)


def _time_in(key: str) -> datetime | None:
    """The time in a TID, a post's usual key: 13 sortable characters, of 63 bits the upper 53 microseconds."""
    number = _json.in_base_32(key, _SORTABLE) if len(key) == 13 else None
    return None if number is None else _json.at_millisecond((number >> 10) // 1000)


def _facets(record: dict[str, Any]) -> list[tuple[int, int, str]]:
    """The links of the text: first byte, byte after the last, address; in order."""
    found = []
    for facet in _json.rows(record, "facets"):
        index = _json.table(facet, "index")
        start, end = index.get("byteStart"), index.get("byteEnd")
        addresses = _social.web_links(_json.scalar(feature, "uri") for feature in _json.rows(facet, "features"))
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end and addresses:
            found.append((start, end, addresses[0]))
    return sorted(found)


def _whole(record: dict[str, Any]) -> str:
    """The text with shortened addresses written whole; words that carry a link stay words."""
    text: bytes = record["text"].encode("utf-8", "replace")
    whole, done = b"", 0
    for start, end, address in _facets(record):
        shown = text[start:end].decode("utf-8", "replace")
        if start >= done and end <= len(text) and _social.shortens(shown, address):
            whole += text[done:start] + address.encode("utf-8", "replace")
            done = end
    return (whole + text[done:]).decode("utf-8", "replace")


def _media(record: dict[str, Any]) -> dict[str, Any]:
    """What is embedded beside a quote, or by itself."""
    embed = _json.table(record, "embed")
    return _json.table(embed, "media") or embed


def _shown(record: dict[str, Any]) -> list[str]:
    """The words of what is shown: of pictures, of a video, of the card of a link."""
    media = _media(record)
    card = _json.table(media, "external")
    alts = (_json.scalar(shown, "alt") for shown in (*_json.rows(media, "images"), *_json.rows(media, "items"), media))
    return [told for told in (*alts, _json.scalar(card, "title"), _json.scalar(card, "description")) if told]


def _links(record: dict[str, Any]) -> tuple[str, ...]:
    """The addresses of its text, of its card and of the post that it quotes."""
    card = _json.scalar(_json.table(_media(record), "external"), "uri")
    embed = _json.table(_json.table(record, "embed"), "record")
    quoted = _POST.fullmatch(_json.scalar(_json.table(embed, "record") or embed, "uri") or "")
    told = (*(address for _, _, address in _facets(record)), card, _permalink(quoted) if quoted else None)
    return _social.web_links(told)


def _place(entry: Entry) -> re.Match[str] | None:
    return _POST.fullmatch(entry.id or "") or _PAGE.fullmatch(entry.link or "")


def _entry(source: Source, entry: Entry, *, own: str | None) -> Announcement | None:
    """One item of the RSS: the guid is the address of the post, the same as the API's. ``own`` is whose feed it is."""
    if (place := _place(entry)) is None:
        return None
    page, is_bridged = _PAGE.fullmatch(entry.link or ""), place.re is _PAGE
    names = [place[1], *([page[1]] if page else [])]
    did = next((name for name in names if name.startswith("did:")), None)
    handle = next((name for name in names if not name.startswith("did:")), None)
    text, links = _social.html_words(entry.html, "blockquote") if is_bridged else (_html.tidy(entry.html), ())
    text = _html.tidy(_EMBEDDED.sub("", text))
    if not text or not _is_own(own, did, handle):
        return None
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=place[0],
        url=place[0] if is_bridged else _permalink(place),
        published_at=entry.published or _time_in(place[2]),
        text=text,
        links=links or _social.web_links_in(text),
        original=entry.raw,
    )
