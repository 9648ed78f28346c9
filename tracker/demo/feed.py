"""A plain RSS feed, as https://www.rssboard.org/rss-specification describes it."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tracker.demo.answers import Page, feed_page
from tracker.demo.telling import Channel, Post, Speaker

PATH = "/status.rss"
LONGEST = 50


def name(post: Post) -> str:
    """An entry's guid."""
    return f"{post.at:%Y%m%d%H%M%S}"


def answer(speaker: Speaker, channel: Channel, target: str, now: datetime) -> Page | None:
    """The feed; None for any other path."""
    if target != PATH:
        return None
    items = "".join(_item(speaker, post, now) for _, post in channel.standing(now)[:LONGEST])
    return feed_page(
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{escape(speaker.name)}</title>\n<link>https://status.{speaker.slug}.example/</link>\n"
        f"<description>{escape(speaker.name)}</description>\n<language>{channel.lang}</language>\n"
        f"{items}</channel></rss>\n",
        "rss",
        channel.changed_at(now),
    )


def _item(speaker: Speaker, post: Post, now: datetime) -> str:
    title = f"<title>{escape(post.title)}</title>" if post.title else ""
    return (
        f'<item>{title}<guid isPermaLink="false">{name(post)}</guid>'
        f"<link>https://status.{speaker.slug}.example/{name(post)}</link>\n"
        f"<pubDate>{format_datetime(post.at, usegmt=True)}</pubDate>\n"
        f"<description>{escape(f'<p>{escape(post.versions(now)[-1])}</p>')}</description></item>\n"
    )
