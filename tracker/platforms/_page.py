"""What a vendor's page says of its channels: the feeds that it offers, what it links to, and whose it is."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.models import Document
from tracker.platforms import _html, _jsonfeed

_HEAD = 200_000  # bytes of a page in which its head stands
_OFFER = re.compile(
    rb"<link\b(?=[^<>]{0,1000}\brel=[\"']?alternate)(?=[^<>]{0,1000}application/(?:(?:rss|atom)\+xml|feed\+json))"
    rb"[^<>]{0,1000}?\bhref=[\"']?([!#-&(-;=?-~]{1,500})",
    re.IGNORECASE,
)
_LINK = re.compile(rb"<a\s[^<>]{0,1000}?\bhref=[\"']?(https?://[!#-&(-;=?-~]{1,500})", re.IGNORECASE)
_ENTRY = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^<>]{0,200}>\s*+(?:<!\[CDATA\[)?([^<>]{1,1000})(?:\]\]>\s*+)?</title", re.IGNORECASE)
_OF_A_STATUS = re.compile(r"(?:\b(?:system|service|current)\s+)?\bstatus\b(?:\s*page\b)?|\bincident history\b", re.I)
_LONGEST = 40  # characters of a vendor's name


class Page(NamedTuple):
    """``name`` is the vendor's, as far as the title tells it; ``feeds`` and ``links`` are whole addresses."""

    name: str | None
    feeds: tuple[str, ...]
    links: tuple[str, ...]


def page(document: Document) -> Page:
    """What a page, or the head of a feed, says of its vendor's channels."""
    body = document.body[: _html.LONGEST]
    named = _jsonfeed.title(document) if _html.opening(body).startswith(b"{") else _titled(body)
    return Page(_name(named or ""), feeds(document), _whole(_LINK.findall(body), ""))


def feeds(document: Document) -> tuple[str, ...]:
    """The addresses of the feeds that a page offers, each once."""
    base = document.url or document.source.url or document.source.page or ""
    return _whole(_OFFER.findall(document.body[:_HEAD]), base)


def _whole(written: list[bytes], base: str) -> tuple[str, ...]:
    """Addresses as seen from ``base``, each once, without those that cannot be one."""
    addresses = dict.fromkeys(_html.joined(base, unescape(each.decode("ascii"))) for each in written)
    return tuple(address for address in addresses if _is_address(address))


def _is_address(text: str) -> bool:
    try:
        return bool(urlsplit(text).netloc) or not text.lower().startswith(_html.WEB)
    except ValueError:
        return False


def _titled(body: bytes) -> str:
    head = body[:_HEAD]
    entry = _ENTRY.search(head)
    found = _TITLE.search(head, 0, entry.start() if entry else len(head))
    return unescape(found[1].decode("utf-8", "replace")) if found else ""


def _name(title: str) -> str | None:
    told = re.split(r"\s[-–—|·:]\s|\s*\|", title)[0]
    name = " ".join(_OF_A_STATUS.sub(" ", told).split()).strip(" -–—|·:")
    return name if name and len(name) <= _LONGEST and "\ufffd" not in name else None
