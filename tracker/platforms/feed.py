"""Any RSS or Atom feed, of a status page that has no file of its own or of a blog.

https://www.rssboard.org/rss-specification and https://www.rfc-editor.org/rfc/rfc4287

One announcement is one entry, by its guid or id, else by its link. History is what the feed still holds. Entries
that share an id (a vendor's mistake) are told apart by their place among equals, counted from the oldest.
"""

from __future__ import annotations

import hashlib

from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source
from tracker.platforms import _feeds, _html

EVERY = 300  # seconds


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The feed itself, as it is addressed."""
    url = source.url or source.page
    if url is None:
        return ()
    every = source.every or EVERY
    accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
    return (
        Request(
            source=source.id, url=url, purpose="url", every=every, accept=accept, allow_private=source.allow_private
        ),
    )


def read(document: Document) -> Reading:
    """The entries, oldest first; ReadError where the document is no feed."""
    feed = _feeds.parse(document)
    seen: dict[str, int] = {}
    said: dict[str, Announcement] = {}
    for entry in reversed(feed.entries):
        announcement = _announcement(document, feed, entry)
        count = seen[announcement.id] = seen.get(announcement.id, 0) + 1
        if count > 1:
            if any(_same(announcement, other) for key, other in said.items() if key.split("~")[0] == announcement.id):
                continue
            announcement = _numbered(announcement, count)
        said[announcement.id] = announcement
    ordered = sorted(said.values(), key=lambda a: (a.published_at is not None, a.published_at or document.polled_at))
    listed = tuple(a.id for a in reversed(ordered))
    return Reading(announcements=tuple(ordered), listing=Listing.WINDOW, listed=listed, every=feed.every)


def _announcement(document: Document, feed: _feeds.Feed, entry: _feeds.Entry) -> Announcement:
    source = document.source
    published = entry.published or entry.updated
    if entry.published and entry.updated and entry.updated < entry.published:
        published = entry.updated
    edited = entry.updated if published and entry.updated and entry.updated > published else None
    text = _html.text(entry.html)
    title = _html.text(entry.title) if entry.title else None
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=entry.id or entry.link or _made_id(title, published, text),
        url=entry.link if (entry.link or "").startswith(("http://", "https://")) else None,
        published_at=published,
        edited_at=edited,
        title=title,
        text=text or title or "",
        lang=(feed.lang or "").split("-")[0].lower() or None,
        components=source.components,
        links=_html.links(entry.html),
        original=entry.raw,
    )


def _made_id(title: str | None, published: object, text: str) -> str:
    """An id for an entry that has none: its title and time, which an edit of the text leaves alone."""
    told = f"{title}\n{published}" if title or published else text
    return "made:" + hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _same(one: Announcement, other: Announcement) -> bool:
    return (one.title, one.text) == (other.title, other.text)


def _numbered(announcement: Announcement, count: int) -> Announcement:
    from dataclasses import replace

    return replace(announcement, id=f"{announcement.id}~{count}")
