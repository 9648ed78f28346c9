"""A Mastodon server with one account, as https://docs.joinmastodon.org/methods/accounts/ describes it."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tracker.demo.answers import NOT_FOUND, Page, json_page
from tracker.demo.telling import Channel, Post, Speaker, Thread

ACCOUNT = "109300000000000001"
LONGEST = 40  # posts on one page


def number(post: Post) -> int:
    """A post's number: its time, so that numbers sort as times do."""
    return int(post.at.timestamp() * 1000) << 16


def answer(speaker: Speaker, channel: Channel, target: str, now: datetime) -> Page | None:
    """The account, or its posts; None for a path that is none of Mastodon's."""
    path, asked = urlsplit(target).path, parse_qs(urlsplit(target).query)
    if path == "/api/v1/accounts/lookup":
        known = asked.get("acct", [""])[0].partition("@")[0].casefold() == channel.account.casefold()
        return json_page(_account(channel, speaker)) if known else NOT_FOUND
    if path == f"/api/v1/accounts/{ACCOUNT}/statuses":
        posts = [_status(speaker, channel, *each, now) for each in channel.standing(now)]
        return json_page(_part(posts, asked), cache_control="private, no-store")
    return None


def _part(posts: list[dict[str, Any]], asked: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Newest first, after ``since_id``, before ``max_id``, at most ``limit``."""
    since, before = (int(asked.get(name, [edge])[0]) for name, edge in (("since_id", "0"), ("max_id", f"{1 << 63}")))
    limit = min(int(asked.get("limit", ["20"])[0]), LONGEST)
    reblogs = asked.get("exclude_reblogs") != ["true"]
    found = [post for post in posts if since < int(post["id"]) < before and (reblogs or post["reblog"] is None)]
    return found[:limit]


def _account(channel: Channel, speaker: Speaker) -> dict[str, Any]:
    return {
        "id": ACCOUNT,
        "username": channel.account,
        "acct": channel.account,
        "display_name": speaker.name,
        "url": _address(speaker, channel),
    }


def _address(speaker: Speaker, channel: Channel) -> str:
    return f"https://social.{speaker.slug}.example/@{channel.account}"


def _status(speaker: Speaker, channel: Channel, thread: Thread, post: Post, now: datetime) -> dict[str, Any]:
    """One post; in a thread it answers the one before, and a passed-on one is somebody else's."""
    place = thread.posts.index(post)
    parent = str(number(thread.posts[place - 1])) if place else None
    changed = post.changed_at(now)
    paragraphs = post.versions(now)[-1].split("\n\n")
    shown: dict[str, Any] = {
        "id": str(number(post)),
        "created_at": f"{post.at:%Y-%m-%dT%H:%M:%S}.000Z",
        "edited_at": f"{changed:%Y-%m-%dT%H:%M:%S}.000Z" if changed > post.at else None,
        "in_reply_to_id": parent,
        "in_reply_to_account_id": ACCOUNT if parent else None,
        "spoiler_text": "",
        "visibility": "public",
        "language": channel.lang,
        "url": f"{_address(speaker, channel)}/{number(post)}",
        "content": "".join(f"<p>{_linked(paragraph)}</p>" for paragraph in paragraphs),
        "reblog": None,
        "account": _account(channel, speaker),
        "media_attachments": [],
    }
    if post.by:
        shown |= {"content": "", "reblog": {"content": shown["content"], "account": {"acct": post.by}}}
    return shown


def _linked(text: str) -> str:
    """Words as HTML; a web address becomes a link."""
    words = (html.escape(word, quote=False) for word in text.split(" "))
    return " ".join(f'<a href="{word}">{word}</a>' if word.startswith("https://") else word for word in words)
