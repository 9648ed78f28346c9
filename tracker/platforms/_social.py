"""What the social platforms share: whose post it is, its words as lines, and what a list of posts means.

Everything here is as hostile as the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Listing, PastPage, Reading, Request, Source
from tracker.platforms import _feeds, _html, _reading

if TYPE_CHECKING:
    from tracker.platforms._feeds import Entry

FEED_TYPES = "application/rss+xml, application/atom+xml, application/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
QUICK, SLOW, BRIDGE = 180, 3600, 1800
"""Seconds between polls: the newest posts, the whole first page (edits, withdrawals), a bridge's feed."""

_NUMBER = re.compile(r"[0-9]{1,20}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?")
_A_POST = re.compile(  # on Mastodon, X and its bridges, Bluesky, and what else speaks to Mastodon
    r"^https?://\S{1,400}/(?:@[^/\s]{1,255}|status(?:es)?|post|notes?|notice|objects)/[\w-]{1,64}(?![\w-])"
)
_CUT = re.compile(r"\s*(?:\[(?:\.\.\.|…)\]|\.\.\.|…)\Z")
_LINK = r"(?:<link>\s*|<link\b[^<>]*\shref=[\"']|\"home_page_url\"\s*:\s*\")"  # not one of a bio, to somebody else
_ENTRY, _HEAD = re.compile(r"<(?:item|entry)\b|\"items\"\s*:"), 4_000  # bytes of a feed, in which its head ends
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def kept(value: Any, *keys: str) -> dict[str, Any]:
    """Of an object only these keys, where they say anything: what an original needs."""
    return {key: value[key] for key in keys if value.get(key) not in (None, "", [], {})}


def number(value: str | None) -> int | None:
    """A post's number of at most 20 digits, None for anything else."""
    return int(value) if value and value.isascii() and _NUMBER.fullmatch(value) else None


def same(name: str | None, other: str | None) -> bool:
    """Two names of an account are the same whatever their case, nothing less: look-alikes are others."""
    if name is None or other is None or name.isascii() != other.isascii():  # the sign of Kelvin folds to k
        return False
    return name.casefold() == other.casefold()


def is_host(text: str) -> bool:
    """True for what may stand between ``https://`` and the path: letters, digits, dots, dashes, a port."""
    return bool(_HOST.fullmatch(text))


def is_web(address: str | None) -> bool:
    """True for an http(s) address with a host."""
    return bool(address and _html.split_address(address)[0])


def web_links(addresses: Iterable[str | None]) -> tuple[str, ...]:
    """Web addresses once each, in their order."""
    return tuple(dict.fromkeys(address for address in addresses if address and is_web(address)))


def shortens(shown: str, address: str) -> bool:
    """True where the shown text is the address or a shortened form of it, not words that carry a link."""
    start = re.sub(r"^https?://(?:www\.)?", "", shown.rstrip("….")).casefold()
    return "." in start and not re.search(r"\s", start) and start in address.casefold()


def web_links_in(text: str) -> tuple[str, ...]:
    """The web addresses that stand in a plain text, without the punctuation after them."""
    return web_links(re.findall(r"https?://[^\s<>\"]{0,2000}[^\s<>\".,;:!?)\]]", text))


def html_words(html: str, *others: str, itself: str = "") -> tuple[str, tuple[str, ...]]:
    """A post's HTML as its own words and the addresses it points to.

    Left out: quoted posts, which are marked as such or held by the elements ``others`` (what the account itself sets
    as a quotation is its own); the card of a link, as Discourse has it; what leads to the post itself (an address that
    ends with ``itself``), a bridge's word for a video; and as links the mentions and hashtags. The address of a quoted
    post, or of a card, is one that the post points to. A link whose shown text is a shortened address is shown whole,
    as the platform's API gives it.
    """
    soup: Any = _html.soup(html)
    quotes = soup.find_all(class_=["quote-inline", "rsshub-quote"])
    asides = soup.find_all("aside", class_=["quote", "onebox"])
    posts: list[str] = []
    for quoted in (*quotes, *asides, *(tag for other in others for tag in soup.find_all(other))):
        if not quoted.decomposed:  # with the quotation around it
            posts += [str(anchor["href"]) for anchor in quoted.find_all("a", href=_A_POST)]
            posts.append(str(quoted.get("data-onebox-src") or ""))
            quoted.decompose()
    found: list[str] = []
    for anchor in soup.find_all("a"):
        if anchor.decomposed:  # within another one
            continue
        address, shown = str(anchor.get("href") or ""), anchor.get_text().strip()
        if itself and address.partition("#")[0].endswith(itself):
            anchor.decompose()
            continue
        if shown[:1] in ("@", "#", "$") or not is_web(address):
            continue
        found.append(address)
        if shortens(shown, address):
            anchor.string = address
    return _html.text(str(soup)), web_links([*found, *posts])


def is_cut(title: str, text: str) -> bool:
    """True where a title is the beginning of the text, cut off: "Mail is late, and we [...]"."""
    start = _CUT.sub("", title.replace("\n", " "))
    return start != title and bool(start) and text.replace("\n", " ").startswith(start)


def opens_with_other(text: str, own: str | None) -> bool:
    """True where a post opens with a mention of an account that is not ``own`` (a name without host)."""
    mention = re.match(r"[.]?@([\w.-]+)", text)
    return mention is not None and not same(mention.group(1).rstrip(".-"), own)


def as_it_is(source: Source) -> Request:
    """The request of a ``url:`` source: fetched as it is."""
    return Request.of(source, source.url or "", "url", source.every or BRIDGE, accept=FEED_TYPES)


def whose_feed(document: Document, home: str) -> str | None:
    """The account whose page a bridge's feed says it is of, in the pattern ``home``; None where it names none."""
    head = _ENTRY.split(document.body[:_HEAD].decode("utf-8", "replace"), 1)[0]
    found = re.search(f"{_LINK}{home}", head)
    return found[1] if found else None


def read_feed(
    document: Document,
    place: Callable[[Entry], object],
    post: Callable[[Source, Entry], Announcement | None],
    wrong: str,
) -> Reading:
    """The posts of a feed; ReadError, which says what is ``wrong``, where no entry has the ``place`` of one."""
    feed = _feeds.parse(document)
    if feed.entries and not any(map(place, feed.entries)):
        raise ReadError(f"{document.source.id}: {wrong}")
    posts = [found for entry in feed.entries if (found := post(document.source, entry))]
    return reading(document, posts, Listing.WINDOW, every=feed.every)


def bad_account(source: Source, right: str) -> ReadError:
    """The error for an account that cannot be one, with what would be right; ``read`` may raise nothing else."""
    given = source.account or source.page or ""
    return ReadError(f"{source.id}: {given[:80]!r} names no account here; right would be {right}")


def order(post: Announcement) -> tuple[datetime, int, str]:
    """Sorts posts oldest first: by time, within a second by id (numbers by value, since they are not padded)."""
    return post.published_at or _LONG_AGO, len(post.id), post.id


def listing(document: Document, narrowing: Iterable[str]) -> Listing:
    """A whole first page tells what is gone; one narrowed by any of these, or a file of unknown origin, does not."""
    query = parse_qs(urlsplit(document.url).query)
    return Listing.WINDOW if document.url and query.keys().isdisjoint(narrowing) else Listing.PART


def reading(
    document: Document,
    posts: Sequence[Announcement],
    listing: Listing,
    *,
    learnt: Mapping[str, str] | None = None,
    every: int | None = None,
    reads: int = 0,
) -> Reading:
    """The Reading of posts given in the document's order, newest first as every platform lists them."""
    once = _reading.numbered(_reading.with_parts(posts, document.source))
    standing = sorted(_without_pinned(once), key=order, reverse=True)
    return Reading(
        announcements=tuple(sorted(once, key=order)),
        listing=listing,
        listed=tuple(dict.fromkeys(post.id for post in standing)),
        learnt=learnt or {},
        every=every,
        reads=reads,
    )


def past(reading: Reading, older: Request | None, back_to: datetime | None, since: date | None) -> PastPage:
    """One page of an account's past, whose oldest post is of ``back_to``: what was said from the month of ``since`` on.

    The posts of the page before it are older, so that it is the last where its own are.
    """
    begins = datetime(since.year, since.month, 1, tzinfo=UTC) if since else _LONG_AGO
    said = tuple(post for post in reading.announcements if (post.published_at or begins) >= begins)
    is_last = back_to is not None and back_to < begins
    reading = replace(reading, announcements=said)
    return PastPage(reading=reading, older=None if is_last else older, back_to=back_to)


def _without_pinned(posts: Sequence[Announcement]) -> Sequence[Announcement]:
    """Leaves out up to five leading posts that are older than all that follow: pinned ones.

    They would stretch the window over what merely rolled off, and that would look withdrawn.
    """
    for start in range(min(5, len(posts))):
        if start == len(posts) - 1 or order(posts[start]) >= min(order(post) for post in posts[start + 1 :]):
            return posts[start:]
    return posts[5:]
