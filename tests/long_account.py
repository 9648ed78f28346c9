"""An account that has posted for years, as Mastodon, Bluesky and Telegram serve it to strangers: page by page.

Its posts are invented, and made by arithmetic alone: the same number is the same post in every run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tracker.models import Source

DID = "did:plc:curlew3hq7examplexaaaa"
SIZES = {"mastodon": 40, "bluesky": 100, "telegram": 20}  # posts of a page
FOREIGN_EVERY = 7  # one of so many is no word of its own: a reply to somebody, a repost, something forwarded
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class LongAccount:
    """``count`` posts, evenly from ``made`` to ``now``; each third begins an outage, of which two replies tell."""

    platform: str
    made: datetime
    now: datetime
    count: int
    url: str = "https://social.curlew.example"

    @property
    def source(self) -> Source:
        """It, as feeds.yaml names it."""
        page = {"mastodon": "/@curlew", "bluesky": "/profile/status.curlew.example", "telegram": "/curlew"}
        return Source(
            id=f"curlew/{self.platform}", vendor="curlew", platform=self.platform, page=self.url + page[self.platform]
        )

    def at(self, number: int) -> datetime:
        """When it was posted."""
        return self.made + (self.now - self.made) / self.count * number

    def own(self) -> list[int]:
        """The numbers of its own words, oldest first."""
        return [number for number in range(self.count) if number % FOREIGN_EVERY != 5]

    @property
    def pages(self) -> int:
        """How many have a post."""
        return -(-self.count // SIZES[self.platform])

    def body(self, target: str) -> bytes | None:
        """What is served at an address; None where nothing is."""
        parts = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/api/v1/accounts/lookup":
            return json.dumps({"id": "1090", "acct": "curlew", "username": "curlew"}).encode()
        if parts.path == "/api/v1/accounts/1090/statuses":
            numbers = self._before(asked.get("max_id"))
            since = int(asked.get("since_id", "0")) - 1000
            return json.dumps([self._status(each) for each in numbers if each > since]).encode()
        if parts.path == "/xrpc/app.bsky.feed.getAuthorFeed":
            numbers = self._before(asked.get("cursor"))[: int(asked["limit"])]
            cursor = {"cursor": str(numbers[-1] + 1000)} if numbers else {}
            return json.dumps({"feed": [self._item(each) for each in numbers], **cursor}).encode()
        if parts.path == "/s/curlew":
            return self._preview(self._before(asked.get("before"))[::-1]).encode()
        return None

    def _before(self, edge: str | None) -> list[int]:
        """The numbers of a page, newest first. Ids are 1000 more."""
        end = self.count if edge is None else int(edge) - 1000
        return [*range(self.count)[max(end - SIZES[self.platform], 0) : max(end, 0)]][::-1]

    def _words(self, number: int) -> str:
        name = f"The ferry to pier {number // 3}"
        return (
            f"{name} is down since this morning, we are looking into it.",
            f"{name}: we have found the fault and work on a fix.",
            f"{name} is back up, this is resolved.",
        )[number % 3]

    def _parent(self, number: int) -> int | None:
        """The post of its own that a reply answers."""
        return number - 1 if number % 3 and (number - 1) % FOREIGN_EVERY != 5 else None

    def _status(self, number: int) -> dict[str, Any]:
        parent = self._parent(number)
        status = {
            "id": str(number + 1000),
            "created_at": _iso(self.at(number)),
            "in_reply_to_id": None if parent is None else str(parent + 1000),
            "in_reply_to_account_id": None if parent is None else "1090",
            "visibility": "public",
            "language": "en",
            "url": f"https://social.curlew.example/@curlew/{number + 1000}",
            "content": f"<p>{self._words(number)}</p>",
            "account": {"id": "1090", "acct": "curlew"},
        }
        foreign = {"in_reply_to_id": "77", "in_reply_to_account_id": "5", "content": "<p>@gull Sorry to hear it.</p>"}
        return status if number in self._own else status | foreign

    def _item(self, number: int) -> dict[str, Any]:
        parent, told = self._parent(number), _iso(self.at(number))
        record: dict[str, Any] = {"createdAt": told, "text": self._words(number), "langs": ["en"]}
        if parent is not None:
            record["reply"] = {name: {"uri": self._uri(parent)} for name in ("root", "parent")}
        post = {"uri": self._uri(number), "author": {"did": DID, "handle": "status.curlew.example"}, "record": record}
        if number in self._own:
            return {"post": post | {"indexedAt": told}}
        other = {"uri": "at://did:plc:gull/app.bsky.feed.post/3khyewmml2222", "author": {"did": "did:plc:gull"},
                 "record": {"createdAt": "2019-01-01T00:00:00Z", "text": "A nice view."}}  # fmt: skip
        return {"post": other, "reason": {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": told}}

    def _uri(self, number: int) -> str:
        bits, key = int(self.at(number).timestamp() * 1_000_000) << 10, ""
        for _ in range(13):
            bits, place = divmod(bits, 32)
            key = SORTABLE[place] + key
        return f"at://{DID}/app.bsky.feed.post/{key}"

    def _preview(self, numbers: list[int]) -> str:
        if not numbers:
            return '<div class="tgme_page"><div class="tme_no_messages_found">No posts found</div></div>'
        first = numbers[0] + 1000
        link = f'<a href="/s/curlew?before={first}" class="tme_messages_more" data-before="{first}"></a>'
        return (link if numbers[0] else "") + "".join(self._message(number) for number in numbers)

    def _message(self, number: int) -> str:
        by = '<div class="tgme_widget_message_forwarded_from_name">Gull</div>' if number not in self._own else ""
        return (
            f'<div class="tgme_widget_message" data-post="curlew/{number + 1000}">{by}'
            f'<div class="tgme_widget_message_text" dir="auto">{self._words(number)}</div>'
            f'<time datetime="{_iso(self.at(number))}" class="time"></time></div>'
        )

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(self.own())


def _iso(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}+00:00"
