"""What a server of the small world answers with: a page, and the same page over HTTP as it was asked for. Pure."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

SMALL = 256  # bytes that no server bothers to compress


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer: a status, headers with lower-case names, a body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


NOT_FOUND = Page(status=404, headers={"content-type": "text/plain"}, body=b"Not found\n")
TROUBLES: Mapping[str, Page] = {
    "error": Page(status=500, headers={"content-type": "text/html"}, body=b"<h1>Something went wrong</h1>"),
    "challenge": Page(
        headers={"content-type": "text/html; charset=utf-8"},
        body=b"<!DOCTYPE html><html><head><title>One moment</title></head><body><p>Are you a person? Please switch on "
        b"JavaScript and cookies, then try again.</p><script>location.reload()</script></body></html>",
    ),
}


def json_page(value: Any, **headers: str) -> Page:
    """A page of JSON with a weak ETag; a keyword such as ``cache_control`` is a header."""
    body = json.dumps(value, ensure_ascii=False, indent=1).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    kinds = {"content-type": "application/json; charset=utf-8", "etag": f'W/"{_digest(body)}"'}
    return Page(headers={**kinds, **named}, body=body)


def feed_page(xml: str, kind: str, changed_at: datetime | None = None) -> Page:
    """A page of ``rss`` or ``atom`` with an ETag and, where it is known, the time of its last change."""
    body = xml.encode()
    headers = {"content-type": f"application/{kind}+xml; charset=utf-8", "etag": f'"{_digest(body)}"'}
    if changed_at is not None:
        headers["last-modified"] = format_datetime(changed_at, usegmt=True)
    return Page(headers=headers, body=body)


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def as_asked(page: Page, asked: Mapping[str, str]) -> Page:
    """The page as the request's headers (lower-case names) want it: 304 where it is known, gzip where it helps."""
    if page.status == 200 and _is_known(page, asked):
        kept = {name: page.headers[name] for name in ("etag", "last-modified") if name in page.headers}
        return Page(status=304, headers=kept)
    if "gzip" in asked.get("accept-encoding", "") and len(page.body) > SMALL:
        packed = gzip.compress(page.body, 6, mtime=0)
        return replace(page, headers={**page.headers, "content-encoding": "gzip"}, body=packed)
    return page


def _is_known(page: Page, asked: Mapping[str, str]) -> bool:
    """As RFC 9110 has it: the ETag decides; the date only where no ETag was sent."""
    if tags := asked.get("if-none-match"):
        ours = page.headers.get("etag", "").removeprefix("W/")
        return bool(ours) and ours in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since, changed = asked.get("if-modified-since"), page.headers.get("last-modified")
    if not since or not changed:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
