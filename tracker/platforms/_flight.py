"""The data in a page that Next.js made: rows of React's "flight" format, in pieces in its scripts, as plain JSON.

The strings of all ``self.__next_f.push([1,"…"])`` together are the rows: ``5:{"name":…}`` and the end of the line, or
``5:T1a4,`` and as many bytes of text, in hexadecimal. In JSON a string that begins with ``$`` stands for something
else: ``$undefined`` for nothing, ``$$5`` for "$5", ``$5`` for row 5, ``$5:0:props:name`` for a place in it. The same
object may stand in the page several times. https://github.com/facebook/react/tree/main/packages/react-server
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracker.errors import ReadError
from tracker.models import Document
from tracker.platforms import _json

LARGEST = 10_000_000  # bytes of a page
MOST = 10_000_000  # letters, once all that is referred to is put in: a page may refer to one text for ever
A_VALUE = 10  # letters, as which each value counts: rows that name the next one twice would take half a minute
DEEPEST = 200  # levels, references among them

_PIECE = "self.__next_f.push([1,"
_ROW = re.compile(rb"([0-9a-f]{0,8}):")
_LINE = re.compile(rb"(?<=\n)([0-9a-f]{0,8}):")
_TEXT = re.compile(rb"T([0-9a-f]{1,8}),")
_PLACE = re.compile(r"\$([0-9a-f]{1,8})((?::[^:]{1,100}){0,50})")
_IN_AN_ELEMENT = {"type": 1, "key": 2, "props": 3}  # where they stand in ["$", type, key, props]
_read = json.JSONDecoder().raw_decode


def objects(document: Document, is_wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Those objects of a page that are wanted, by their names, each whole; ReadError where a piece is no such data."""
    where = document.source.id
    if len(document.body) > LARGEST:
        raise ReadError(f"{where}: the page is larger than {LARGEST // 1_000_000} MB")
    page = _Page(where, _rows(document))
    found = (each for row in page.rows.values() for each in _json.objects(row) if is_wanted(each))
    return [page.whole(each) for each in found]


def _rows(document: Document) -> dict[str, Any]:
    """The rows that hold data, by their names; code and styles are passed over."""
    data = _joined(document).encode("utf-8", "surrogatepass")
    rows: dict[str, Any] = {}
    place = 0
    while row := _ROW.match(data, place) or _LINE.search(data, place):  # there is no line behind a text
        if text := _TEXT.match(data, row.end()):
            place = text.end() + int(text[1], 16)
            said = data[text.end() : place].decode("utf-8", "replace").replace("\0", "")
            rows[row[1].decode()] = f"${said}" if said.startswith("$") else said
            continue
        end = data.find(b"\n", row.end())
        place = end + 1 if end >= 0 else len(data)
        if data[row.end() : row.end() + 1] in (b"{", b"[", b'"'):
            rows[row[1].decode()] = _json.load(replace(document, body=data[row.end() : place]))
    return rows


def _joined(document: Document) -> str:
    """The strings of all pieces, in order."""
    html, pieces = document.body.decode("utf-8", "replace"), list[str]()
    place = html.find(_PIECE)
    while place >= 0:
        try:
            piece, place = _read(html, place + len(_PIECE))
        except (ValueError, RecursionError) as error:
            raise ReadError(f"{document.source.id}: the data in the page is cut off") from error
        pieces += [piece] if isinstance(piece, str) else []
        place = html.find(_PIECE, place)
    return "".join(pieces)


@dataclass(slots=True)
class _Page:
    """``left`` is how much may still be put in."""

    where: str
    rows: Mapping[str, Any]
    left: int = MOST

    def whole(self, value: Any, depth: int = 0) -> Any:
        """The same with what its strings stand for in their places."""
        self.left -= A_VALUE + (len(value) if isinstance(value, str) else 0)
        if self.left < 0 or depth > DEEPEST:
            raise ReadError(f"{self.where}: the data in the page refers to itself, or to too much")
        if isinstance(value, dict):
            return {name: self.whole(each, depth + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.whole(each, depth + 1) for each in value]
        return self._meant(value, depth) if isinstance(value, str) and value.startswith("$") else value

    def _meant(self, text: str, depth: int) -> Any:
        if text.startswith("$$"):
            return text[1:]
        place = _PLACE.fullmatch(text)
        return self.whole(self._at(place[1], place[2].split(":")[1:]), depth + 1) if place else None

    def _at(self, row: str, names: list[str]) -> Any:
        """What stands at a place; None where there is nothing, or not by this way."""
        value = self.rows.get(row)
        for name in names:
            if isinstance(value, dict):
                value = value.get(name)
            elif isinstance(value, list):
                number = _IN_AN_ELEMENT.get(name) if value[:1] == ["$"] else _number(name)
                value = value[number] if number is not None and number < len(value) else None
        return value


def _number(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdecimal() else None
