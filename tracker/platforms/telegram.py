"""Telegram channels: the public preview of a channel, without a login, or the feed of a bridge (RSSHub, RSS-Bridge).

https://core.telegram.org/widgets/post

One announcement is one post of the channel itself, an album too; what it forwards and service messages ("pinned a
photo") are none. A reply to a post of its own says ``in_reply_to``; one to another channel's is a quotation.
``account: name``, or ``page: https://t.me/name``; ``url:`` is a page of posts, or the feed of a bridge, in which a post
has the same id: its number. Bridges put before the words what was forwarded or is answered, and behind them the card of
a link, each as a quotation; their titles are the beginning of the words.

History depth: the newest 20 posts, and further by ``?before=``.

Quirks: Telegram documents the widget that shows a post, and not the page of them, ``https://t.me/s/name``, which lists
the oldest first. The id is the post's number; an edit keeps it and is marked without its time. Posts without words (a
picture, a place) have an empty text, which an edit may fill; a file says its title, a poll its question. A channel
without a preview leads to ``https://t.me/name``, which has no posts; and whoever asks too often gets a page without
posts: neither tells that anything is gone. Whoever lists a channel has Telegram's terms to weigh; the list that is
shipped names none.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, PastPage, Reading, Request, Source
from tracker.platforms import _html, _json, _social

if TYPE_CHECKING:
    from tracker.platforms._feeds import Entry

SITE = "https://t.me"
SITES = ("t.me", "www.t.me", "telegram.me", "telegram.dog")
EVERY = 900
LARGEST, MOST_TAGS = 2_000_000, 20_000  # of a page, in bytes; a real one has some 150,000, and 3,000 tags

_RIGHT = '"name", or page: https://t.me/name'
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_POST = re.compile(
    r"<div\b[^<>]{0,500}\bdata-post=\"([A-Za-z0-9_]{1,64})/([0-9]{1,19})\""
    r"(?:[^<>]{0,200}\bdata-view=\"([A-Za-z0-9_-]{1,400})\")?[^<>]*>"
)
_CHANNEL = re.compile(rb"\"c\":(-?[0-9]{1,20})\b")
_OLDER = re.compile(rb"\btme_messages_more\b[^<>]{0,200}\bdata-before=\"([0-9]{1,19})\"")
_TIME = re.compile(rb"<time\b[^<>]{0,200}\bdatetime=\"([0-9T:.+-]{10,40})\"")  # of a post, also of a forwarded one
_POST_URL = re.compile(r"https://t\.me/(?:s/)?([A-Za-z0-9_]{1,64})/([0-9]{1,19})(?:\?.*)?")
_FEED = re.compile(rb"<(?:rss|feed)\b")
_FORWARDED = re.compile(r"\s*(?:<p>)?Forwarded from(?:\s|&nbsp;)*<[ab]\b", re.IGNORECASE)
_ANSWERED = re.compile(r"\s*(?:<div class=\"rsshub-quote\">\s*)?<blockquote>(.{0,20000}?)</blockquote>", re.DOTALL)
_HREF = re.compile(r"<a\s[^<>]{0,200}?href=[\"'](https://t\.me/[^\"'<>]{1,200})[\"']")
_SERVICE = ("🔧 ", "[Service]")  # how RSSHub's titles begin of "pinned a photo"
_NARROWING = ("before", "after", "q")
_SHOWN = ["tgme_widget_message_document_title", "tgme_widget_message_poll_question"]
_MOST_SHOWN = 10  # files of an album; a stranger's may lie in one another, and each is read whole


class _Cut(NamedTuple):
    """One post of a page: of which channel (its name, its number), its own number there, its HTML."""

    channel: str
    whose: str
    number: int
    html: str


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The newest posts: a whole first page, which also shows edits and what was deleted."""
    if source.url:
        return (_social.as_it_is(source),)
    return (_page(source, "posts", source.every or EVERY),)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """The older page, where there is one and all of this one is newer than the newest known post."""
    newest, older = _social.number(known.newest_id), _OLDER.search(document.body)
    if newest is None or older is None or min(cut.number for cut in _cuts(document)) <= newest:
        return ()
    before = older[1].decode()
    return (_page(document.source, f"older:{before}", None, f"?before={before}"),)


def past(source: Source, page: Document | None, since: date | None) -> PastPage | None:
    """The channel's posts back to its first, as far as the page leads to an older one."""
    if source.url:
        return None
    if page is None:
        return PastPage(older=_page(source, "past", None))
    reading, link = read(page), _OLDER.search(page.body)
    older = _page(source, "past", None, f"?before={link[1].decode()}") if link else None
    times = filter(None, (_json.time(time.decode()) for time in _TIME.findall(page.body)))
    return _social.past(reading, older, min(times, default=None), since)


def read(document: Document) -> Reading:
    """The channel's own posts on a page of its preview, or of a bridge's feed.

    ReadError where there are none, and for anything else.
    """
    if _FEED.search(_html.opening(document.body)):
        wrong = "no item of the feed has the address of a post on Telegram (https://t.me/name/number)"
        return _social.read_feed(document, _place, _entry, wrong)
    cuts, source, name = _cuts(document), document.source, _own(document.source)
    own = [cut for cut in cuts if not name or _social.same(name, cut.channel)]
    if not own:
        raise ReadError(f"{source.id}: the posts are of {cuts[0].channel!r}, not of the source's channel")
    posts = [post for cut in reversed(own) if (post := _post(source, cut))]
    return _social.reading(document, posts, _social.listing(document, _NARROWING), learnt={"whose": own[0].whose})


def _page(source: Source, purpose: str, every: int | None, query: str = "") -> Request:
    site, name = _account(source)
    return Request.of(source, f"{site}/s/{name}{query}", purpose, every, accept="text/html")


def _account(source: Source) -> tuple[str, str]:
    """Where the previews are, and the channel's name. SourceError where that is no channel."""
    site, name = SITE, (source.account or "").strip().removeprefix("@")
    if source.page:
        origin, path = _html.split_address(source.page)
        site = SITE if urlsplit(origin).netloc.casefold() in SITES else origin
        named = [part for part in path if part != "s" and not part.isdigit()]  # of a post: /name/number
        name = named[0] if len(named) == 1 else ""
    if not site or not _NAME.fullmatch(name):
        raise _social.bad_account(source, _RIGHT)
    return site, name


def _own(source: Source) -> str:
    """The name of the source's channel; '' where the source does not say (a bare file, a copy elsewhere)."""
    if source.url:
        path = _html.split_address(source.url)[1]
        return path[1] if len(path) == 2 and path[0] == "s" else ""
    return _account(source)[1] if source.page or source.account else ""


def _cuts(document: Document) -> list[_Cut]:
    """The posts of a page in its order, one at least."""
    where, body = document.source.id, document.body
    if len(body) > LARGEST or _html.tags_in(body) > MOST_TAGS:
        raise ReadError(f"{where}: the page is larger than {LARGEST // 1_000_000} MB or has over {MOST_TAGS:,} tags")
    html = body.decode("utf-8", "replace").replace("\0", "")
    found = list(_POST.finditer(html))
    if not found:
        raise ReadError(f"{where}: {_why_none(html)}")
    ends = [*(each.start() for each in found[1:]), len(html)]
    return [
        _Cut(each[1], _whose(each[3]), int(each[2]), html[each.start() : end])
        for each, end in zip(found, ends, strict=True)
    ]


def _why_none(html: str) -> str:
    if "tme_no_messages_found" in html:
        return "Telegram shows no posts, as it also does to whoever asks too often"
    if 'class="tgme_page' in html:
        return "no public preview: the channel shows its posts in the app only, or there is none of this name"
    return "no post of a Telegram channel is in it (a page https://t.me/s/name)"


def _whose(view: str | None) -> str:
    """The channel's number, which outlives its name, out of the mark by which the page counts the views of a post."""
    try:
        told = _CHANNEL.search(urlsafe_b64decode((view or "") + "=="))
    except ValueError:
        return ""
    return told[1].decode() if told else ""


def _post(source: Source, cut: _Cut) -> Announcement | None:
    """One post; None for a service message and for what was forwarded."""
    message: Any = _html.soup(cut.html).find(attrs={"data-post": True})
    if message is None:
        raise ReadError(f"{source.id}: post {cut.number} is larger, or nested deeper, than a post can be")
    forwarded = message.find(class_="tgme_widget_message_forwarded_from_name")
    if forwarded or "service_message" in message.get_attribute_list("class"):
        return None
    answered = message.find("a", class_="tgme_widget_message_reply", href=True)
    if answered:
        answered.clear()  # the words of the other post
    words, time = message.find(class_="tgme_widget_message_text"), message.find("time", datetime=True)
    shown = [*message.find_all(class_=_SHOWN, limit=_MOST_SHOWN), *message.find_all("img", alt=True)]
    text, links = _social.html_words(str(words or ""))
    parent = _POST_URL.fullmatch(str(answered["href"])) if answered else None
    kept = "".join(str(part) for part in (time, answered, words, *shown) if part)
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=str(cut.number),
        url=f"{SITE}/{cut.channel}/{cut.number}",
        published_at=_json.time(time["datetime"]) if time else None,
        text=text or _html.tidy("\n".join(str(each.get("alt") or each.get_text()) for each in shown)),
        in_reply_to=parent[2] if parent and _social.same(parent[1], cut.channel) else None,
        links=links,
        original=f'<div class="tgme_widget_message" data-post="{cut.channel}/{cut.number}">{kept}</div>'.encode(),
    )


# -- bridges -----------------------------------------------------------------------------------------------------------


def _place(entry: Entry) -> re.Match[str] | None:
    return _POST_URL.fullmatch(entry.link or "") or _POST_URL.fullmatch(entry.id or "")


def _entry(source: Source, entry: Entry) -> Announcement | None:
    """One item of a bridge; None for a service message, for what was forwarded, and for another channel's post."""
    place = _place(entry)
    if place is None or _FORWARDED.match(entry.html) or (entry.title or "").startswith(_SERVICE):
        return None
    channel, own = place[1], _own(source)
    if own and not _social.same(own, channel):
        return None
    text, links = _social.html_words(entry.html, "blockquote")
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=place[2],
        url=f"{SITE}/{channel}/{place[2]}",
        published_at=entry.published,
        text=text,
        in_reply_to=_answered(channel, entry.html),
        links=links,
        original=entry.raw,
    )


def _answered(channel: str, html: str) -> str | None:
    """The number of the channel's post that is answered: a link of the quotation that stands first leads to it."""
    quoted = _ANSWERED.match(html)
    posts = map(_POST_URL.fullmatch, _HREF.findall(quoted[1])) if quoted else ()
    return next((post[2] for post in posts if post and _social.same(post[1], channel)), None)
