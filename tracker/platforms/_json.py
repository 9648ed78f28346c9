"""JSON of strangers: bounded, and a ReadError that says where it is not what was promised."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tracker.errors import ReadError
from tracker.models import Document, Request, Source
from tracker.platforms import _html

T = TypeVar("T")
LARGEST = 20_000_000  # bytes; the largest real one seen is 4 MB
AT_ONCE = timedelta(minutes=1)  # what is posted is touched again while it is posted
_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_NUMBER = re.compile(r"[0-9]{1,40}")
_FRACTION = re.compile(r"[.,]\d+")


def request(source: Source, url: str, purpose: str, every: int | None) -> Request:
    """What asks for a JSON document."""
    return Request.of(source, url, purpose, every, accept="application/json")


def load(document: Document) -> Any:
    """The value of a JSON document; ReadError where it is none."""
    return _parsed(document.body, f"{document.source.id}: the document")


def versions(document: Document) -> Iterator[Any]:
    """Each line of a file of versions, oldest first; a null line (it left the list) is left out."""
    for number, line in enumerate(document.body.splitlines(), 1):
        if line.strip():
            value = _parsed(line, f"{document.source.id}: line {number}")
            if value is not None:
                yield value


def values(document: Document) -> list[Any]:
    """The one value of a JSON document, or those of a file of versions, which has one object a line."""
    return list(versions(document)) if is_of_versions(document) else [load(document)]


def is_of_versions(document: Document) -> bool:
    """Whether it is a file of versions: one whole object a line."""
    first, _, rest = document.body.lstrip().partition(b"\n")
    return first.startswith(b"{") and first.rstrip().endswith(b"}") and bool(rest.strip())


def _parsed(body: bytes, where: str) -> Any:
    if len(body) > LARGEST:
        raise ReadError(f"{where} is larger than {LARGEST // 1_000_000} MB")
    body = _in_utf8(body)
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise ReadError(f"{where} is empty, not JSON")
    if start == b"<":
        raise ReadError(f"{where} is HTML or XML, not JSON: a challenge page, a login wall, or another address")
    if _html.tags_in(body) > _html.MOST_TAGS:
        raise ReadError(f"{where} has more than {_html.MOST_TAGS:,} tags in its texts")
    try:
        value = json.loads(body.decode("utf-8-sig", "strict"))
        return _storable(value) if _UNSTORABLE.search(body) else value
    except UnicodeDecodeError as error:
        raise ReadError(f"{where} is not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise ReadError(f"{where} is nested too deep") from error
    except ValueError as error:
        raise ReadError(f"{where} is not JSON: {error}") from error


def _in_utf8(body: bytes) -> bytes:
    """The same in UTF-8: JSON comes in UTF-16 too, with a byte order mark or without."""
    encoding = json.detect_encoding(body)
    return body if encoding.startswith("utf-8") else body.decode(encoding, "replace").encode("utf-8", "replace")


def _storable(value: Any) -> Any:
    """The same without NUL, and with a mark in place of each lone surrogate: no database takes the one or the other."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(_NUL.sub(r"\1", text).encode("utf-8", "replace"))


def need(value: Any, key: str, kind: type[T], where: str) -> T:
    """``value[key]`` of that kind; ReadError names the place where it is missing, another or an empty text."""
    if not isinstance(value, dict):
        raise ReadError(f"{where}: needs an object with {key!r}, has {type(value).__name__}")
    found = value.get(key)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise ReadError(f"{where}: needs {key!r} as {kind.__name__}, has {type(found).__name__}")
    if found == "":
        raise ReadError(f"{where}: {key!r} is empty")
    return found


def string(value: Any, key: str) -> str | None:
    """The string under ``key`` that says something, None where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found.strip() else None


def words(value: Any, key: str) -> str:
    """The same, '' where there is none."""
    return string(value, key) or ""


def strings(value: Any) -> tuple[str, ...]:
    """The strings of a list that say something, each once."""
    told = value if isinstance(value, list) else ()
    return tuple(dict.fromkeys(each for each in told if isinstance(each, str) and each.strip()))


def scalar(value: Any, key: str) -> str | None:
    """The text (or whole number as text) under ``key``, None where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**20:
        return str(found)
    return found if isinstance(found, str) and found else None


def table(value: Any, key: str) -> dict[str, Any]:
    """The object under ``key``, {} where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def rows(value: Any, key: str) -> list[dict[str, Any]]:
    """The objects of the list under ``key``; what is no object is left out."""
    return items(value.get(key)) if isinstance(value, dict) else []


def names(of: Iterable[Mapping[str, Any]], key: str = "name") -> tuple[str, ...]:
    """What objects have under ``key``, each once, where it says something."""
    return strings([each.get(key) for each in of])


def need_number(value: Any, key: str, where: str) -> str:
    """``value[key]``, a whole number that some documents write as a string; ReadError where it is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) and _NUMBER.fullmatch(found) else str(need(value, key, int, where))


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; an absent or null list is an empty one, other things in it are passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object that stands in a value, however deep: in order, an outer one before those in it."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting += reversed(found.values())
        elif isinstance(found, list):
            waiting += reversed(found)


def incidents_of(listed: list[Any], where: str) -> list[dict[str, Any]]:
    """The objects of a list of incidents; ReadError where it holds other things alone: it is not empty."""
    found = items(listed)
    if listed and not found:
        raise ReadError(f"{where} holds no incident, though it is not empty")
    return found


def need_incidents(value: Any, key: str, where: str) -> list[dict[str, Any]]:
    """The incidents of the list ``value[key]``; ReadError where it is no list, or holds other things alone."""
    return incidents_of(need(value, key, list, where), f"{where}: {key!r}")


def incidents(value: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """The same, none where the list is absent or null."""
    listed = value.get(key)
    if not isinstance(listed, list | None):
        raise ReadError(f"{where}: {key!r} is no list")
    return incidents_of(listed or [], f"{where}: {key!r}")


def updates(incident: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """The objects of the list ``incident[key]``, none where it is absent or null; ReadError where it is no list."""
    return [] if incident.get(key) is None else items(need(incident, key, list, where))


def incidents_in(value: Any, document: Document) -> Iterator[dict[str, Any]]:
    """The incidents of a list, or the one of a lone document or of a version; ReadError where it is something else."""
    where = document.source.id
    if isinstance(value, list):
        yield from incidents_of(value, f"{where}: the list")
    elif not isinstance(value, dict):
        raise ReadError(f"{where}: needs incidents, has {type(value).__name__}")
    elif value.get("incident", value) is not None:
        yield need({"incident": value} | value, "incident", dict, where)


def time(value: Any) -> datetime | None:
    """ISO 8601 with an offset, to whole seconds of UTC; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        when = datetime.fromisoformat(_FRACTION.sub("", value.strip()))
        return None if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def need_time(value: Any, key: str, where: str) -> datetime:
    """``value[key]`` as ``time`` reads it; ReadError names the place where it is none."""
    told = need(value, key, str, where)
    at = time(told)
    if at is None:
        raise ReadError(f"{where}: {key!r} is no time: {told[:40]!r}")
    return at


def timed(rows: Iterable[dict[str, Any]], key: str, where: str) -> list[tuple[datetime, dict[str, Any]]]:
    """Each with its time, oldest first; those of one second stay in their order. ReadError where one tells none."""
    return sorted(((need_time(row, key, where), row) for row in rows), key=lambda each: each[0])


def edited(value: Any, written_at: datetime) -> datetime | None:
    """The time of the last change; None where that is within a minute of the first, or no time is told."""
    at = time(value)
    return at if at and at - written_at > AT_ONCE else None


def at_millisecond(milliseconds: int) -> datetime | None:
    """A Unix time in milliseconds as whole seconds UTC, None where no calendar reaches."""
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def in_base_32(key: str, signs: str) -> int | None:
    """The number that a key is in these 32 signs, None where it has others; many ids begin with their time."""
    if any(sign not in signs for sign in key):
        return None
    return sum(signs.index(sign) << 5 * place for place, sign in enumerate(reversed(key)))


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # `json.dumps` makes one anew each time


def dump(value: Any) -> bytes:
    """Compact JSON in UTF-8; ReadError where it is nested too deep."""
    try:
        return _encoded(value).encode("utf-8", "replace")
    except RecursionError as error:
        raise ReadError("a part of the document is nested too deep") from error


def digest(value: Any) -> str:
    """What an entry is held by until the next document: as long as it says the same, that is the same."""
    return hashlib.blake2b(dump(value), digest_size=16).hexdigest()
