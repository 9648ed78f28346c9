"""JSON Feed, versions 1 and 1.1: what a feed in JSON holds, in the shape in which ``_wellformed`` gives RSS and Atom.

https://www.jsonfeed.org/version/1.1/
"""

from __future__ import annotations

import re
from typing import Any

from tracker.errors import ReadError
from tracker.models import Document
from tracker.platforms import _json
from tracker.platforms._wellformed import Parsed

_VERSION = "https://jsonfeed.org/version/1"
LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,20}")


def read(document: Document) -> tuple[Parsed, bytes, bytes]:
    """(what is in it, what stands before an item that is alone, and after it); ReadError for JSON that is no feed."""
    feed, where = _feed(document), document.source.id
    if feed is None:
        right = "url: takes the address of an RSS, an Atom or a JSON Feed"
        raise ReadError(f"{where}: the document is JSON, not a feed; {right}")
    items = _json.incidents_of(_json.need(feed, "items", list, where), f"{where}: 'items'")
    language = LANGUAGE.fullmatch(_json.words(feed, "language"))
    info = {"language": language[0]} if language else {}
    before = _json.dump({"version": _VERSION} | info)[:-1] + b',"items":['
    return Parsed(info, list(map(_entry, items)), list(map(_json.dump, items))), before, b"]}"


def title(document: Document) -> str | None:
    """What the feed calls itself; None where it has no name, or is none."""
    try:
        return _json.string(_feed(document), "title")
    except ReadError:
        return None


def _feed(document: Document) -> Any:
    loaded = _json.load(document)
    return loaded if _json.words(loaded, "version").startswith(_VERSION) else None


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    """An item as feedparser would have it. Version 1 took numbers as ids too; without ``url`` it is about another."""
    html, told = _json.string(item, "content_html"), _json.string(item, "content_text")
    entry: dict[str, Any] = {
        "id": _json.scalar(item, "id"),
        "link": _json.string(item, "url") or _json.string(item, "external_url"),
        "title": _json.string(item, "title"),
        "title_detail": _text(_json.string(item, "title"), "text/plain"),
        "published": _json.string(item, "date_published"),
        "content": [_text(html, "text/html") if html else _text(told, "text/plain")] if html or told else [],
        "tags": [{"term": tag} for tag in _json.strings(item.get("tags"))],
    }
    if updated := _json.string(item, "date_modified"):
        entry["updated"] = updated
    holders = {"": item} | {key: _json.table(item, key) for key in item if key.startswith("_")}
    entry |= {f"{of}_{key}": _json.string(held, key) for of, held in holders.items() for key in ("status", "state")}
    if summary := _json.string(item, "summary"):
        entry |= {"summary": summary, "summary_detail": _text(summary, "text/plain")}
    return entry


def _text(value: str | None, kind: str) -> dict[str, Any]:
    return {"value": value, "type": kind, "is_given": True}
