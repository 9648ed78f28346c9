"""JSON lines to values: the shapes that ``tracker import`` takes. ReadError names what is wrong in a line."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tracker.errors import ReadError
from tracker.models import AbsenceKind, Action, Announcement, Health, Phase, Window
from tracker.store.cells import is_sane
from tracker.store.rows import LARGEST

_TEXTS = ("title", "lang", "status", "impact", "incident_key", "in_reply_to", "url")
_TIMES = ("published_at", "edited_at", "first_seen_at", "seen_at", "last_seen_at", "forgotten_at")
_LISTS = ("revisions", "components", "aliases", "links")
_WORDS = {"health": Health, "kind": AbsenceKind, "action": Action, "phase": Phase}  # columns of one of these words
_FOLDED = ("listed", "learnt", "settings", "formerly", "entries")  # columns of JSON
_KNOWN = frozenset(
    ("vendor", "source", "id", "text", "window", "window_start", "window_end", "planned", "original")
).union(_TEXTS, _TIMES, _LISTS)

Later = tuple[Announcement, datetime | None]  # the announcement as a later version had it, and when that was seen


def parsed(line: str | bytes) -> dict[str, Any]:
    """The object of a line; ReadError where it is none, or no UTF-8."""
    try:
        text = line if isinstance(line, str) else line.decode("utf-8-sig")
        told = json.loads(text)
        if "\\u" in text:
            json.dumps(told, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise ReadError(f"no UTF-8: {error.reason} at byte {error.start + 1}") from error
    except UnicodeEncodeError as error:
        raise ReadError("a \\u escape in it is half of a character") from error
    except json.JSONDecodeError as error:
        raise ReadError(f"no JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise ReadError(f"no JSON: {error}") from error
    if not isinstance(told, dict):
        wanted = '{"vendor", "source", "id", "published_at", "text"}'
        raise ReadError(f"needs an object {wanted}, has {type(told).__name__}")
    return told


def announcement(told: Mapping[str, Any]) -> Announcement:
    """An announcement from the shape that ``tracker import`` documents; ReadError names what is wrong in it."""
    _refuse_near_misses(told)
    for name in ("vendor", "source", "id"):
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise ReadError(f'"{name}" is needed, as a text')
    if not isinstance(told.get("text"), str):
        raise ReadError('"text" is needed, as a text')
    published_at = moment(told, "published_at")
    if published_at is None and moment(told, "seen_at") is None:
        raise ReadError('"published_at" is needed: ISO 8601 with a zone, such as 2022-04-28T21:17:00Z')
    return Announcement(
        source=told["source"],
        vendor=told["vendor"],
        id=told["id"],
        text=told["text"],
        published_at=published_at,
        edited_at=moment(told, "edited_at"),
        components=tuple(_texts(told, "components")),
        aliases=tuple(_texts(told, "aliases")),
        links=tuple(_texts(told, "links")),
        window=window(told),
        planned=bool(told.get("planned")),
        shares_state=False,  # a line tells a word's own state
        original=unpacked(told.get("original")),
        **{name: _text(told, name) for name in _TEXTS},
    )


def _refuse_near_misses(told: Mapping[str, Any]) -> None:
    """A field that is nearly one of ours would be lost without a word; anything else is not for us."""
    if told.keys() <= _KNOWN:
        return
    from difflib import get_close_matches

    for name in told.keys() - _KNOWN:
        near = get_close_matches(name, _KNOWN, 1, 0.85)
        if near and near[0] not in told:
            raise ReadError(f"unknown field {name[:40]!r}; did you mean {near[0]!r}?")


def version(said: Announcement, told: Any, number: int) -> Later:
    """A later version of what was said."""
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        raise ReadError(f'version {number} in "revisions" needs an object with "text"')
    later = replace(
        said,
        text=told["text"],
        title=_text(told, "title"),
        status=_text(told, "status"),
        impact=_text(told, "impact"),
        edited_at=moment(told, "edited_at"),
        window=window(told),
        original=unpacked(told.get("original")),
    )
    return later, moment(told, "seen_at")


def window(told: Mapping[str, Any]) -> Window | None:
    """The window of a line, as one object or as two times; None where it has none."""
    given = told.get("window") or {"start": told.get("window_start"), "end": told.get("window_end")}
    if not isinstance(given, dict):
        raise ReadError('"window" needs {"start", "end"}')
    return Window.of(moment(given, "start"), moment(given, "end"))


def listed(told: Mapping[str, Any], name: str) -> list[Any]:
    """The list under a name, empty where there is none."""
    value = told.get(name)
    if not isinstance(value, list | None):
        raise ReadError(f'"{name}" is no list')
    return value or []


def _texts(told: Mapping[str, Any], name: str) -> list[str]:
    value = listed(told, name)
    if not all(isinstance(item, str) for item in value):
        raise ReadError(f'"{name}" needs a list of texts')
    return value


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    if not isinstance(value, str | None):
        raise ReadError(f'"{name}" is no text but {type(value).__name__}')
    return value


def moment(told: Mapping[str, Any], name: str) -> datetime | None:
    """A time with its zone as UTC; ReadError where it is none or has no zone."""
    value = told.get(name)
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
        if when.tzinfo is None:
            raise ReadError(f'"{name}" {value!r} has no zone; write {when.isoformat()}Z if it is UTC')
        when = when.astimezone(UTC)
        if not is_sane(when):
            raise ReadError(f'"{name}" is {value!r}; right is a time between 1970 and 2999')
        return when
    except (ValueError, TypeError, OverflowError) as error:
        raise ReadError(f'"{name}" is {str(value)[:40]!r}; right is ISO 8601 such as 2022-04-28T21:17:00Z') from error


def check_row(row: Mapping[str, Any], types: Mapping[str, str]) -> None:
    """ReadError where a column of an exported row holds what could not be read again; ``types`` are the columns'."""
    if (row.get("second_source") is None) != (row.get("second_id") is None):
        raise ReadError('"second_source" and "second_id" go together')
    for name, value in row.items():
        if value is None:
            continue
        if name.endswith(("_at", "_since")):
            moment(row, name)
        elif types[name] == "INTEGER":
            if not isinstance(value, int):
                raise ReadError(f'"{name}" is no whole number but {type(value).__name__}')
        elif not _fits(name, _text(row, name) or ""):
            raise ReadError(f'"{name}" cannot be {value[:40]!r}')


def _fits(name: str, value: str) -> bool:
    """Whether a column of certain words holds one of them, and one of JSON holds texts as an export writes them."""
    if name in _WORDS:
        return value in [*_WORDS[name]]
    if name not in _FOLDED:
        return True
    try:
        told = json.loads(value)
    except (ValueError, RecursionError):
        return False
    if name == "listed":
        return _is_texts(told)
    return isinstance(told, dict) and all(
        _is_texts(part) if name == "entries" or key == "components" else isinstance(part, str)
        for key, part in told.items()
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def unpacked(original: Any) -> bytes:
    """The bytes of an exported original; ReadError where it is broken or too large."""
    if not isinstance(original, str):
        return b""
    if len(original) > LARGEST:
        raise ReadError(f'"original" is larger than {LARGEST // 10**6} MB')
    if not original.startswith("base64:"):
        return original.encode("utf-8", "replace")
    try:
        return base64.b64decode(original[7:], validate=True)
    except ValueError as error:
        raise ReadError(f'"original" is no base64: {error}') from error
