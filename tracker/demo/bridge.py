"""A bridge that serves the posts of an account on X as RSS, as https://github.com/zedeus/nitter does."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tracker.demo.answers import Page, feed_page
from tracker.demo.telling import Channel, Post, Speaker, Thread

LONGEST = 20
_EPOCH_MS = 1288834974657  # where the numbers of X begin to count


def number(post: Post) -> int:
    """A post's number, which holds its time."""
    return int(post.at.timestamp() * 1000) - _EPOCH_MS << 22


def answer(speaker: Speaker, channel: Channel, target: str, now: datetime) -> Page | None:
    """The account's feed; None for any other path."""
    if target != f"/{channel.account}/rss":
        return None
    items = "".join(_item(channel, *each, now) for each in channel.standing(now)[:LONGEST])
    return feed_page(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>\n'
        f"<title>{escape(speaker.name)} / @{channel.account}</title>\n"
        f"<link>https://bridge.example/{channel.account}</link>\n"
        f"<description>The posts of @{channel.account}.</description>\n{items}</channel></rss>\n",
        "rss",
        channel.changed_at(now),
    )


def _item(channel: Channel, thread: Thread, post: Post, now: datetime) -> str:
    """One post: a reply and a post of somebody else are marked in the title, and only there."""
    words = escape(post.versions(now)[-1])
    author = post.by or channel.account
    mark = f"RT by @{channel.account}: " if post.by else f"R to @{channel.account}: " if thread.posts[0] != post else ""
    return (
        f"<item><title>{mark}{words}</title><dc:creator>@{author}</dc:creator>\n"
        f"<description>{escape(f'<p>{words}</p>')}</description>\n"
        f"<pubDate>{format_datetime(post.at, usegmt=True)}</pubDate>\n"
        f'<guid isPermaLink="false">{number(post)}</guid>'
        f"<link>https://bridge.example/{author}/status/{number(post)}#m</link></item>\n"
    )
