"""Mastodon accounts: posts over the public API, or the account's RSS.

https://docs.joinmastodon.org/methods/accounts/#statuses

One announcement is one post (a "status") of the account itself; boosts and replies to others are none, the
account's replies to itself are (a thread tells an incident step by step). ``account: "@user@host"``, or
``page: https://host/@user`` where the host of the name is not the host of the website.

History depth: the newest 40 posts by the API, and further by ``max_id``; about 20 by RSS.

Quirks: ids are numbers in time order, not padded (GoToSocial and Akkoma have letters too). ``content`` is HTML;
a content warning (``spoiler_text``) is the title, in RSS a bold first paragraph, in GoToSocial's RSS the title; what a
poll lets people choose are lines below its words, as in RSS. GoToSocial's API wants a login, and its RSS says
'@user@host made a new post: "…"' of each. Edits keep the id and set
``edited_at``; RSS shows them without a mark and has no replies at all. With ``since_id`` neither an edit nor a
withdrawal shows, so the first page is also read whole, more seldom. Some hosts answer 401 without a login. Of a
quoted post only the address is read, as a link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Known, Listing, PastPage, Reading, Request, Source
from tracker.platforms import _html, _json, _social

if TYPE_CHECKING:
    from datetime import date

    from tracker.platforms._feeds import Entry

PAGE = 40
MOST = 10_000  # statuses of a document; each is HTML by itself
_RIGHT = '"@user@host.example", or page: https://host.example/@user'
_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_USER = re.compile(r"\w(?:[\w.-]{0,98}\w)?", re.ASCII)
_POST_URL = re.compile(r"^https?://[^/]+/(?:@([^/]+)(?:/statuses)?|users/([^/]+)/statuses)/([0-9A-Za-z]{1,64})$")
_POSTED = re.compile(r'@\S{1,400} (?:made a new post|posted \d{1,9} attachments?): "(.*)"', re.DOTALL)
_WARNING = re.compile(r"^\s*<p>\s*<strong>[^<:：]{1,60}[:：]</strong>\s*+(.{0,2000}?)</p>\s*<hr\s*/?>", re.DOTALL)
_NARROWING = ("since_id", "max_id", "min_id", "pinned", "only_media", "tagged", "exclude_replies")
_KEPT = ("id", "created_at", "edited_at", "in_reply_to_id", "in_reply_to_account_id", "spoiler_text", "visibility",
         "language", "uri", "url", "content")  # fmt: skip


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """First who the account is, once; then what is new every few minutes and the whole first page every hour."""
    if source.url:
        return (_social.as_it_is(source),)
    origin = _account(source)[0]
    if not (number := known.learnt.get("account_id")):
        return (_lookup(source),)
    if not _is_id(known.newest_id):  # nothing was ever said: the first word is looked for as often as a later one
        return (_page(source, origin, number, "posts", source.every or _social.QUICK),)
    whole = _page(source, origin, number, "posts", max(_social.SLOW, source.every or 0))
    new = _page(source, origin, number, "new", source.every or _social.QUICK, since_id=known.newest_id)
    return new, whole


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """After the account its posts; after a full page of news the older page, down to what is known."""
    if document.purpose == "account":
        return requests(document.source, known) if "account_id" in reading.learnt else ()
    loaded = _json.load(document)
    since = parse_qs(urlsplit(document.url).query).get("since_id", [""])[0]
    number = known.learnt.get("account_id")
    if not since or not number or not isinstance(loaded, list) or len(loaded) < PAGE:
        return ()
    oldest = _json.scalar(loaded[-1], "id")
    if not _is_id(oldest):
        return ()
    origin = _account(document.source)[0]
    return (_page(document.source, origin, number, f"older:{oldest}", None, since_id=since, max_id=oldest),)


def past(source: Source, page: Document | None, since: date | None) -> PastPage | None:
    """The account's posts back to its first: after who it is, page by page; an empty one is the last."""
    if source.url:
        return None
    if page is None:
        return PastPage(older=_lookup(source))
    origin, loaded = _account(source)[0], _json.load(page)
    if page.purpose == "account":
        learnt = _learnt(page, loaded)
        number = learnt["account_id"]
        return PastPage(reading=Reading(learnt=learnt), older=_page(source, origin, number, f"past:{number}", None))
    reading = read(page)
    oldest = loaded[-1] if isinstance(loaded, list) and loaded else {}
    older, number = _json.scalar(oldest, "id"), page.purpose.partition(":")[2]
    before = _page(source, origin, number, page.purpose, None, max_id=older) if older else None
    return _social.past(reading, before, _json.time(oldest.get("created_at")), since)


def read(document: Document) -> Reading:
    """The account's own posts of an API answer or its RSS. ReadError for an API error and for anything else."""
    if _html.opening(document.body).startswith(b"<"):
        wrong = "no item of the feed links to a Mastodon post (https://host/@user/number)"
        return _social.read_feed(document, _place, _entry, wrong)
    loaded = _json.load(document)
    if isinstance(loaded, dict) and "error" in loaded:
        raise ReadError(
            f"{document.source.id}: Mastodon answers with an error: {(_json.scalar(loaded, 'error') or '')[:200]}"
        )
    if isinstance(loaded, dict) and "content" in loaded:
        loaded = [loaded]
    elif isinstance(loaded, dict) and "acct" in loaded:
        return Reading(learnt=_learnt(document, loaded), listing=Listing.PART)
    if not isinstance(loaded, list):
        raise ReadError(f"{document.source.id}: neither a list of statuses, nor a status, nor an account, at the top")
    if len(loaded) > MOST:
        raise ReadError(f"{document.source.id}: more than {MOST:,} statuses")
    posts = [post for place, status in enumerate(loaded) if (post := _post(document, status, place))]
    return _social.reading(document, posts, _social.listing(document, _NARROWING))


def _lookup(source: Source) -> Request:
    origin, user, host = _account(source)
    asked = user if _social.same(host, urlsplit(origin).netloc) or source.page else f"{user}@{host}"
    address = f"{origin}/api/v1/accounts/lookup?{urlencode({'acct': asked})}"
    return Request.of(source, address, "account", None, accept="application/json")


def _page(source: Source, origin: str, number: str, purpose: str, every: int | None, **narrowed: str) -> Request:
    query = urlencode({"limit": PAGE, "exclude_reblogs": "true", **narrowed})
    address = f"{origin}/api/v1/accounts/{quote(number, safe='')}/statuses?{query}"
    return Request.of(source, address, purpose, every, accept="application/json")


def _is_id(value: str | None) -> TypeGuard[str]:
    return bool(value and _ID.fullmatch(value))


def _account(source: Source) -> tuple[str, str, str]:
    """Where the API is, the user, the host of the user's name. SourceError where that is no account."""
    if source.page:
        origin, path = _html.split_address(source.page)
        user, _, host = (path[0].removeprefix("@") if path and path[0].startswith("@") else "").partition("@")
        host = host or urlsplit(origin).netloc
    else:
        user, _, host = (source.account or "").strip().removeprefix("@").partition("@")
        origin = f"https://{host}"
    if not origin or not _USER.fullmatch(user) or not _social.is_host(host):
        raise _social.bad_account(source, _RIGHT)
    return origin, user, host


def _own(source: Source) -> tuple[str, str] | None:
    """The user and host of the source's account; None where the source does not say (a bare file)."""
    if source.url:
        origin, path = _html.split_address(source.url)
        name = next((part.removeprefix("@") for part in path if part.startswith("@")), "")
        if not name and len(path) > 1 and path[0] == "users":
            name = path[1]
        name = re.sub(r"\.(?:rss|atom)$", "", name)
        return (name, urlsplit(origin).netloc) if _USER.fullmatch(name) else None
    return _account(source)[1:] if source.page or source.account else None


def _is_own(source: Source, acct: str | None) -> bool:
    """True where ``acct`` (``user``, local to the host that answers, or ``user@host``) is the source's account."""
    own = _own(source)
    if own is None or acct is None:
        return True
    user, _, host = acct.partition("@")
    return _social.same(user, own[0]) and (not host or _social.same(host, own[1]))


def _learnt(document: Document, account: Any) -> dict[str, str]:
    """The number of the account that was looked up; ReadError where the answer is about another."""
    acct, number = _json.scalar(account, "acct"), _json.scalar(account, "id")
    if acct is None or not _is_id(number):
        raise ReadError(f"{document.source.id}: the account has no acct or no usable id")
    if not _is_own(document.source, acct):
        raise ReadError(f"{document.source.id}: the answer is about {acct[:80]!r}, not about the source's account")
    return {"account_id": number}


def _post(document: Document, status: Any, place: int) -> Announcement | None:
    """One status; None for a boost, another's post, a reply to another, a private one, one without words."""
    source = document.source
    if isinstance(status, dict) and status.get("reblog"):
        return None
    number, content = _json.scalar(status, "id"), status.get("content") if isinstance(status, dict) else None
    if not _is_id(number) or not isinstance(content, str):
        raise ReadError(f"{source.id}: status {place} of the list has no usable id or no content")
    account = _json.table(status, "account")
    acct, parent = _json.scalar(account, "acct"), _json.scalar(status, "in_reply_to_id")
    if _json.scalar(status, "visibility") in ("private", "direct") or not _is_own(source, acct):
        return None
    text, links = _social.html_words(content)
    if parent and not _answers_itself(document, status, account, text):
        return None
    title = _html.tidy(_json.scalar(status, "spoiler_text") or "") or None
    choices = (_json.scalar(choice, "title") or "" for choice in _json.rows(_json.table(status, "poll"), "options"))
    pictures = (_json.scalar(media, "description") or "" for media in _json.rows(status, "media_attachments"))
    text = _html.tidy("\n".join((text, *choices))) or _html.tidy("\n".join(pictures))
    if not (text or title):
        return None
    uri = _json.scalar(status, "uri")
    url = _json.scalar(status, "url") or uri
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=number,
        aliases=(uri,) if uri and uri != url else (),
        url=url if _social.is_web(url) else None,
        published_at=_json.time(status.get("created_at")),
        edited_at=_json.time(status.get("edited_at")),
        title=title,
        text=text,
        lang=_json.scalar(status, "language"),
        in_reply_to=parent,
        links=links,
        original=_json.dump([_original(status)]),
    )


def _answers_itself(document: Document, status: Any, account: dict[str, Any], text: str) -> bool:
    """True for a reply of the account to itself that does not open by addressing somebody else."""
    asked = re.search(r"/accounts/([0-9A-Za-z]+)/statuses", document.url)
    own = _json.scalar(account, "id") or (asked.group(1) if asked else None)
    user = (_json.scalar(account, "acct") or "").partition("@")[0] or None
    return own is not None and _json.scalar(status, "in_reply_to_account_id") == own and not _addresses(text, user)


def _addresses(text: str, user: str | None) -> bool:
    """True for a text that opens with a mention, with or without its host, of another than ``user``."""
    return _social.opens_with_other(re.sub(r"^@([\w.-]+)@\S+", r"@\1", text), user)


def _original(status: dict[str, Any]) -> dict[str, Any]:
    media = [_social.kept(row, "description") for row in _json.rows(status, "media_attachments")]
    own = _social.kept(_json.table(status, "account"), "id", "username", "acct", "url")
    choices = [_social.kept(row, "title") for row in _json.rows(_json.table(status, "poll"), "options")]
    beside = {"account": own, "media_attachments": media, "poll": {"options": choices} if choices else None}
    return _social.kept(status, *_KEPT) | {"content": status["content"]} | _social.kept(beside, *beside)


def _place(entry: Entry) -> re.Match[str] | None:
    return _POST_URL.match(entry.id or "") or _POST_URL.match(entry.link or "")


def _entry(source: Source, entry: Entry) -> Announcement | None:
    """One item of the RSS: the id is the post's number, the same as the API's."""
    if (place := _place(entry)) is None or not _is_own(source, place.group(1) or place.group(2)):
        return None
    warning = _WARNING.match(entry.html)
    title = _social.html_words(warning.group(1))[0] if warning else ""
    text, links = _social.html_words(entry.html[warning.end() :] if warning else entry.html)
    if posted := _POSTED.fullmatch(text):
        text, links = posted[1].strip(), _social.web_links_in(posted[1])
    if place.group(1) and "/statuses/" in place.group(0):
        title = _warned(entry, text)
    if not (text or title):
        return None
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=place.group(3),
        url=entry.url or _html.web(entry.id),
        published_at=entry.published,
        title=_html.tidy(title) or None,
        text=text,
        links=links,
        original=entry.raw,
    )


def _warned(entry: Entry, text: str) -> str:
    """The content warning of an item of GoToSocial's RSS: its title, where that is not how the words begin."""
    title = _html.line(entry.title_html) or ""
    return "" if text.replace("\n", " ").startswith(title) or _social.is_cut(title, text) else title
