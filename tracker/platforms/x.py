"""X accounts: posts over the paid API, or the feed of a bridge (Nitter, RSSHub).

https://docs.x.com/x-api/posts/user-posts-timeline-by-user-id

One announcement is one post of the account itself; reposts and replies to others are none, the account's replies
to itself are. ``account: Name`` needs ``token: $NAME`` (the environment variable with the bearer token) and had
better have ``monthly_reads``: every post the API returns is paid for. ``url:`` is the feed of a bridge, and
a post has the same id by either way: its number.

History depth: 100 posts at the first poll (fewer where few reads are left), then what is new; a bridge has about
20. API 1.1 user_timeline lists, as old archives hold them, are read too.

Quirks: the number of a post holds its time in milliseconds. An edit makes a new number; the id is the first of
``edit_history_tweet_ids``, the others are aliases. Text is HTML-escaped, cut at 280 letters unless ``note_tweet``
is asked for, and has t.co addresses, which are written whole here; addresses of its own pictures and, at its end,
of a quoted post are left out. A conversation is no incident: each post begins one, also chatter; what answers what
says ``in_reply_to``. Bridges mark reposts and replies in the title only (``RT by @a: ``, ``R to @a: ``). rss.app
shows each post as websites do, and its title is the beginning of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _dates, _html, _json, _reading, _social

if TYPE_CHECKING:
    from tracker.platforms._feeds import Entry

API = "https://api.x.com"
EVERY = 900
MOST, LEAST = 100, 5
"""Posts a page, as ``max_results`` allows them."""
MOST_ALIKE, LONGEST_ADDRESS = 100, 2_000  # times that one address stands in a post, and its letters

_RIGHT = "the name of the account, such as ExampleStatus (letters, digits, _)"
SITES = ("x.com", "www.x.com", "twitter.com", "www.twitter.com", "mobile.twitter.com")
_OWN_PICTURE = re.compile(r"\A\s*pic\.(?:twitter|x)\.com/")
_NAME = re.compile(r"[A-Za-z0-9_]{1,20}")
_FIELDS = "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,note_tweet,referenced_tweets"  # noqa: E501
_EPOCH_MS, _FIRST_TIMED = 1288834974657, 1 << 34
_POST_URL = re.compile(r"^https?://([^/\s]+)/([A-Za-z0-9_]{1,20})/status(?:es)?/([0-9]{1,20})(?:[/?#].*)?$")
_LONGEST_QUOTE = 1_000  # characters, with the blanks around it
_QUOTE_AT_END = re.compile(r"\s*https?://[^/\s]+/(?:[A-Za-z0-9_]{1,20}|i/web)/status/[0-9]{1,20}(?:[?#]\S*)?\s*$")
_HOME = r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/([A-Za-z0-9_]{1,20})/?\s*[\"'<]"
_RULE = re.compile(r"<hr\b[^<>]*>", re.IGNORECASE)
_REPOST = re.compile(r"RT(?: by)? @[A-Za-z0-9_]{1,20}:|RT: ")
_REPLY = re.compile(r"R to @([A-Za-z0-9_]{1,20}): ")
_NARROWING = ("since_id", "until_id", "max_id", "pagination_token", "start_time", "end_time", "ids")
_KEPT = ("id", "text", "created_at", "author_id", "conversation_id", "in_reply_to_user_id", "referenced_tweets",
         "edit_history_tweet_ids", "entities", "note_tweet", "lang")  # fmt: skip


def silent(source: Source) -> str | None:
    """Why this source cannot be polled, in a sentence; None where it can. X has no free channel."""
    if source.url or source.token:
        return None
    return "X has no free channel: give token: $NAME (an environment variable) or the url: of an RSS bridge"


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """First who the account is, once; then what is newer than known, as far as the month's reads go.

    Without a token there is nothing to ask; ``silent`` says why.
    """
    if source.url:
        return (_social.as_it_is(source),)
    origin, name = _account(source)
    if source.token is None:
        return ()
    if _social.number(account := known.learnt.get("account_id")) is None:
        return _asked(source, known, f"{origin}/2/users/by/username/{name}", "account", None, 1)
    newest = max(_social.number(known.newest_id) or 0, _social.number(known.learnt.get("newest_id")) or 0)
    return _page(source, known, f"{origin}/2/users/{account}", "posts", source.every or EVERY, newest)


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """After the account its posts; after a full page of news the older page, down to what is known."""
    if document.purpose == "account":
        return requests(document.source, known) if "account_id" in reading.learnt else ()
    loaded = _json.load(document)
    token = _json.scalar(_json.table(loaded, "meta"), "next_token")
    since = _social.number(parse_qs(urlsplit(document.url).query).get("since_id", [""])[0])
    asked = re.search(r"/2/users/([0-9]{1,20})/tweets$", urlsplit(document.url).path)
    if not token or len(token) > 200 or not since or not asked:
        return ()
    users = f"{_account(document.source)[0]}/2/users/{asked.group(1)}"
    return _page(document.source, known, users, f"older:{token}", None, since, pagination_token=token)


def read(document: Document) -> Reading:
    """The account's own posts of API 2, of an API 1.1 list, or of a bridge's feed. ReadError for anything else."""
    if _html.opening(document.body).startswith(b"<"):
        return _read_feed(document)
    loaded = _json.load(document)
    if isinstance(loaded, list):
        return replace(_read(document, _as_today(loaded)), learnt={}, reads=0)
    if not isinstance(loaded, dict):
        raise ReadError(f"{document.source.id}: neither an object of API 2 nor a list of API 1.1 at the top")
    if "items" in loaded:
        return _read_feed(document)
    return _read(document, loaded)


# -- what to ask ---------------------------------------------------------------------------------------------------


def _account(source: Source) -> tuple[str, str]:
    """Where the API is, and the name. The token goes to X alone; elsewhere only on the operator's own network."""
    origin, name = API, (source.account or "").strip().removeprefix("@")
    if source.page:
        site, path = _html.split_address(source.page)
        name = path[0].removeprefix("@") if path else ""
        if urlsplit(site).netloc.casefold() not in SITES:
            origin = site if source.allow_private else ""
    if not origin or not _NAME.fullmatch(name):
        raise _social.bad_account(source, _RIGHT)
    return origin, name


def _asked(
    source: Source, known: Known, address: str, purpose: str, every: int | None, reads: int
) -> tuple[Request, ...]:
    """One request, or none where its reads would go beyond what the source may spend this month."""
    if source.monthly_reads is not None and known.reads_this_month + reads > source.monthly_reads:
        return ()
    return (Request.of(source, address, purpose, every, accept="application/json", reads=reads),)


def _page(
    source: Source, known: Known, users: str, purpose: str, every: int | None, newest: int, **narrowed: str
) -> tuple[Request, ...]:
    """A page as large as the reads that are left allow, none where they do not allow the smallest."""
    left = MOST if source.monthly_reads is None else source.monthly_reads - known.reads_this_month
    size = max(LEAST, min(MOST, left))
    since = {"since_id": str(newest)} if newest else {}
    query = {"max_results": str(size), "exclude": "retweets", "tweet.fields": _FIELDS, **since, **narrowed}
    return _asked(source, known, f"{users}/tweets?{urlencode(query, safe=',')}", purpose, every, size)


# -- whose it is ---------------------------------------------------------------------------------------------------


def _own(source: Source) -> str | None:
    """The name of the source's account; None where the source does not say (a bare file, an unknown bridge)."""
    if not source.url:
        return _account(replace(source, allow_private=True))[1] if source.page or source.account else None
    path = _html.split_address(source.url)[1]
    if path[:2] == ["twitter", "user"] and len(path) > 2:
        return path[2].removeprefix("@")
    of_account = path[1:] in (["rss"], ["with_replies", "rss"]) and path[0] not in ("search", "i")
    return path[0] if of_account and _NAME.fullmatch(path[0]) else None


def _is_own(source: Source, name: str | None) -> bool:
    own = _own(source) if name else None
    return own is None or _social.same(own, name)


def _learnt(document: Document, user: dict[str, Any]) -> dict[str, str]:
    """The number of the account that was looked up; ReadError where the answer is about another."""
    name, account = _json.scalar(user, "username"), _json.scalar(user, "id")
    if name is None or _social.number(account) is None:
        raise ReadError(f"{document.source.id}: data has no username or no numeric id")
    if not _is_own(document.source, name):
        raise ReadError(f"{document.source.id}: the answer is about {name[:80]!r}, not about the source's account")
    return {"account_id": account or ""}


# -- the API -------------------------------------------------------------------------------------------------------


def _read(document: Document, loaded: dict[str, Any]) -> Reading:
    found = loaded.get("data")
    if isinstance(found, dict) and "username" in found:
        return Reading(learnt=_learnt(document, found), listing=Listing.PART, reads=1)
    if isinstance(found, dict) and "text" in found:
        found = [found]
    if not isinstance(found, list):
        if _json.scalar(_json.table(loaded, "meta"), "result_count") == "0":
            return Reading(listing=_social.listing(document, _NARROWING))
        raise ReadError(f"{document.source.id}: {_refusal(loaded)}")
    users = _json.rows(_json.table(loaded, "includes"), "users")
    names = {_json.scalar(user, "id"): _json.scalar(user, "username") for user in users}
    posts = (each for at, post in enumerate(found) if (each := _post(document, post, names, at)))
    learnt = {} if _json.scalar(_json.table(loaded, "meta"), "next_token") else _newest(found)
    own = _latest(_reading.bounded(posts, document))
    return _social.reading(document, own, _social.listing(document, _NARROWING), learnt=learnt, reads=len(found))


def _refusal(loaded: dict[str, Any]) -> str:
    """What an answer without data says: the words of the API's error, where it has any."""
    first = next(iter(_json.rows(loaded, "errors")), loaded)
    words = (_json.scalar(first, key) for key in ("detail", "message", "title"))
    told = next(filter(None, words), None) or _json.scalar(loaded, "title")
    return f"X answers with an error: {told[:200]}" if told else "no list 'data' at the top"


def _newest(found: list[Any]) -> dict[str, str]:
    """The highest number of all, replies to others too: what need not be paid for twice."""
    highest = max((one for post in found if (one := _social.number(_json.scalar(post, "id")))), default=None)
    return {"newest_id": str(highest)} if highest else {}


def _latest(posts: Iterable[Announcement]) -> list[Announcement]:
    """Of several versions of one post in one document the last: an edit carries a higher number."""
    best: dict[str, Announcement] = {}
    for post in posts:
        if post.id not in best or _version(post) > _version(best[post.id]):
            best[post.id] = post
    return list(best.values())


def _version(post: Announcement) -> int:
    """The number of the version that was read: its address ends with it."""
    return _social.number((post.url or "").rpartition("/")[2]) or 0


def _post(document: Document, post: Any, names: dict[str | None, str | None], at: int) -> Announcement | None:
    """One post; None for a repost, another's post, a reply to another, one without words."""
    source = document.source
    native, words = _social.number(_json.scalar(post, "id")), _json.table(post, "note_tweet") or post
    if native is None or not isinstance(words.get("text"), str):
        raise ReadError(f"{source.id}: post {at} has no numeric id or no text")
    asked = re.search(r"/2/users/([0-9]{1,20})/", document.url)
    timeline = asked.group(1) if asked else None
    author = _json.scalar(post, "author_id") or timeline
    if (timeline and author != timeline) or not _is_own(source, names.get(author)):
        return None
    referred = {_json.scalar(row, "type"): _json.scalar(row, "id") for row in _json.rows(post, "referenced_tweets")}
    parent = referred.get("replied_to")
    answered = _json.scalar(post, "in_reply_to_user_id")
    if "retweeted" in referred or ((parent or answered) and (author is None or answered != author)):
        return None
    name = names.get(author) or _own(source)
    text, links = _plain(words["text"], _json.rows(_json.table(words, "entities"), "urls"), name)
    numbers = _versions(post, native)
    begun_by = _social.number(_json.scalar(post, "conversation_id")) or native
    is_answer = parent or begun_by not in numbers  # those who ask for few fields are told only where it began
    if not text or _REPOST.match(text) or (is_answer and _social.opens_with_other(text, name)):
        return None
    users = {"includes": {"users": [{"id": author, "username": names[author]}]}} if names.get(author) else {}
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=str(numbers[0]),
        aliases=tuple(str(one) for one in numbers[1:]),
        url=_at(name, str(native)),
        published_at=(None if numbers[1:] else _written_at(post)) or _time_in(numbers[0]),
        edited_at=_time_in(numbers[-1]) if numbers[1:] else None,
        text=text,
        lang=_lang(post),
        in_reply_to=parent,
        links=links,
        original=_json.dump({"data": [_social.kept(post, *_KEPT)], **users}),
    )


def _versions(post: dict[str, Any], native: int) -> list[int]:
    """The numbers of a post and of its earlier and later versions, the first one first."""
    told = post.get("edit_history_tweet_ids")
    history = [_social.number(one) for one in told if isinstance(one, str)] if isinstance(told, list) else []
    return sorted({native, *(one for one in history if one)})


def _as_today(posts: list[Any]) -> dict[str, Any]:
    """A list of API 1.1 in the form of API 2."""
    told = [_post_as_today(_json.table({"post": post}, "post")) for post in posts]
    return {"data": [post for post, _ in told], "includes": {"users": [user for _, user in told if user["id"]]}}


def _post_as_today(post: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A post of API 1.1 in the form of API 2, and its account, whose name stands for its number where none is told."""
    post = post | _social.kept(_json.table(post, "extended_tweet"), "full_text", "entities")  # else cut at 140 letters
    user, entities = _json.table(post, "user"), _json.table(post, "entities")
    number, name = _first(user, "id_str", "id"), _json.scalar(user, "screen_name")
    author, parent = number or name, _first(post, "in_reply_to_status_id_str", "in_reply_to_status_id")
    answered = _first(post, "in_reply_to_user_id_str", "in_reply_to_user_id")
    if not (number and answered):
        by_name = _json.scalar(post, "in_reply_to_screen_name")
        answered = author if _social.same(by_name, name) else by_name or answered
    replied = [{"type": "replied_to", "id": parent}] if parent else []
    today = {
        "id": _first(post, "id_str", "id"),
        "text": _first(post, "full_text", "text"),
        "author_id": author,
        "in_reply_to_user_id": answered,
        "referenced_tweets": [{"type": "retweeted"}] if "retweeted_status" in post else replied,
        "entities": {"urls": [*_json.rows(entities, "urls"), *_json.rows(entities, "media")]},
    }
    return post | today, {"id": author, "username": name}


def _first(value: dict[str, Any], *keys: str) -> str | None:
    return next(filter(None, (_json.scalar(value, key) for key in keys)), None)


def _written_at(post: dict[str, Any]) -> datetime | None:
    """In ISO 8601; in API 1.1 as ``Wed Oct 10 20:19:24 +0000 2018``."""
    return _dates.moment(_json.words(post, "created_at"), None)


def _time_in(native: int) -> datetime | None:
    """The time in a post's number; None for the small numbers from before November 2010, which hold none."""
    return _json.at_millisecond((native >> 22) + _EPOCH_MS) if native >= _FIRST_TIMED else None


def _lang(post: Any) -> str | None:
    """The language; X writes und, zxx, qme and the like where it knows none."""
    lang = _json.scalar(post, "lang")
    return lang if lang and re.fullmatch(r"[a-z]{2}(-[A-Za-z]{2,4})?", lang) else None


def _at(name: str | None, native: str) -> str:
    """The address of a post of the account."""
    return f"https://x.com/{name or 'i/web'}/status/{native}"


def _pointed(links: Iterable[str], own: str | None, mirror: str | None = None) -> tuple[str, ...]:
    """What a post points to; posts on X, under the names of its sites or that of the mirror, as ``_at`` writes them."""
    whole = []
    for link in links:
        post = _POST_URL.match(link)
        there = post is not None and post[1].casefold() in (*SITES, mirror)
        whole.append(_at(own if _social.same(post[2], own) else post[2], post[3]) if post and there else link)
    return _social.web_links(whole)


def _plain(words: str, addresses: list[dict[str, Any]], own: str | None) -> tuple[str, tuple[str, ...]]:
    """(the text as a person reads it, what it points to); ``own`` is the name of its account.

    Entities are decoded, and t.co addresses written whole. Addresses of its own pictures are left out, and at the end
    that of a quoted post, which stays among the addresses.
    """
    links: list[str] = []
    for row in addresses[:100]:
        short, whole = _json.scalar(row, "url"), _json.scalar(row, "expanded_url")
        if not short or not whole or not short.startswith("http") or len(whole) > LONGEST_ADDRESS:
            continue
        picture = bool(re.search(r"/status/[0-9]+/(?:photo|video)/[0-9]+$", whole))
        words = words.replace(short, "" if picture else whole, MOST_ALIKE)
        if not picture:
            links.append(whole)
    return _html.tidy(_without_quote(html.unescape(words))), _pointed(links, own)


# -- bridges -------------------------------------------------------------------------------------------------------


def _read_feed(document: Document) -> Reading:
    """The posts of the account that the feed's address names, else the page that the feed says it is of."""
    own = _own(document.source) or _social.whose_feed(document, _HOME)
    wrong = "no item of the feed has the number or the address of a post on X"
    return _social.read_feed(document, _place, partial(_entry, own=own), wrong)


def _place(entry: Entry) -> tuple[int, str | None, bool] | None:
    """The number of a post, whose address it is under, and whether that is X's own (RSSHub) or a mirror's."""
    for address in (entry.link, entry.id):
        if found := _POST_URL.match(address or ""):
            return int(found.group(3)), found.group(2), found.group(1).casefold() in SITES
    is_all = entry.link in (None, entry.id)  # feeds of other things number entries, too
    bare = _social.number(entry.id) if is_all else None
    return None if bare is None else (bare, None, False)


def _entry(source: Source, entry: Entry, *, own: str | None) -> Announcement | None:
    """One item of a bridge: the id is the post's number, the same as the API's. ``own`` is whose feed it is."""
    if (place := _place(entry)) is None:
        return None
    native, name, direct = place
    author = (entry.author or "").strip()
    creator = author.removeprefix("@") if author.startswith("@") else None
    title = (entry.title or "").strip().removeprefix("Pinned: ")
    by = [each for each in (own, creator, name) if each]
    if not all(_social.same(each, by[0]) for each in by):
        return None
    own = _own(source) or creator or name
    answered = _REPLY.match(title)
    if _is_repost(title, direct) or (answered and not _social.same(answered.group(1), own)):
        return None
    said = title[answered.end() :] if answered else title
    replies = direct and said.startswith(("Re ", "↩️ "))
    text, links = _entry_words(entry, said, native, replies)
    pointed = _pointed(links, own, None if direct else urlsplit(entry.link or "").netloc.casefold())
    url = _at(own, str(native))
    if not text or (replies and _social.opens_with_other(text, own)):
        return None
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=str(native),
        url=url,
        published_at=entry.published or _time_in(native),
        text=text,
        links=tuple(link for link in pointed if link != url),
        original=entry.raw,
    )


def _is_repost(title: str, direct: bool) -> bool:
    """As Nitter marks one (``RT by @a: ``), as people write one (``RT @a: ``), as RSSHub does (``RT A Name: ``)."""
    return bool(_REPOST.match(title)) or (direct and title.startswith(("RT ", "🔁 ")))


def _entry_words(entry: Entry, title: str, native: int, replies: bool) -> tuple[str, tuple[str, ...]]:
    """The words of the description, which keeps the lines, else those of the title; and their addresses.

    No post has a rule (``<hr>``): what stands below one is the bridge's, a quoted post or the card of a link.
    """
    own, *beside = _RULE.split(entry.html, 1)
    text, links = _social.html_words(own, "blockquote", itself=f"/status/{native}") if own.strip() else ("", ())
    if not text and (whole := _embedded(own)):
        text, links = _social.html_words(whole)
    if not text:
        text = "" if entry.html.strip() and title in ("Image", "Video", "Gif") else title
    if replies:
        text = re.sub(r"^(?:Re|↩️) +", "", text)
    text = _html.tidy(_without_quote(text))
    if not any(link in text for link in links):  # RSSHub writes addresses without links
        links = (*_social.web_links_in(text), *links)
    return text, (*links, *(link for link in _html.links("".join(beside)) if _POST_URL.match(link)))


def _embedded(html: str) -> str:
    """The words of a post that a bridge shows as websites do, by X's own code: a quotation and who said it. As HTML."""
    post: Any = _html.soup(html).find("blockquote", class_="twitter-tweet")
    words: Any = post.find("p") if post else None
    for picture in words.find_all("a", string=_OWN_PICTURE) if words else ():
        picture.decompose()
    return str(words or "")


def _without_quote(text: str) -> str:
    """The text without the address of the post that it quotes, which stands at its end."""
    return text[:-_LONGEST_QUOTE] + _QUOTE_AT_END.sub("", text[-_LONGEST_QUOTE:])
