"""Strangers' words made harmless for a terminal: what a vendor writes may not move our cursor."""

from __future__ import annotations

import functools
import re
import unicodedata

# What all patterns look for is rare: they are compiled when a text is met that needs them.
_ESCAPES = r"""(?x)(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?                  # CSI: colours, cursor moves
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])              # OSC, DCS, SOS, PM, APC: titles, links, clipboard
      [^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)?
    | \x1b[ -/]*[0-~]?                                  # every other escape
"""
_BREAKS = "\r\n?|[\x0b\x0c\x85\u2028\u2029]"
_HIDDEN = "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\U000e0001-\U000e0019]"
_NOWHERE = "[\ud800-\udfff\ufffe\uffff]"  # what no file, or no XML, can hold


def clean(text: str | None) -> str:
    """The text without terminal escapes, control characters and bidirectional overrides; lines stay lines."""
    if not text:
        return ""
    if text.replace("\n", "").isprintable():
        return text  # so is nearly everything: no escape, control or direction is printable
    text = re.sub(_BREAKS, "\n", re.sub(_ESCAPES, "", text)).replace("\t", "    ")
    return re.sub(_NOWHERE, "\ufffd", re.sub(_HIDDEN, "", text))


def clean_line(text: str | None) -> str:
    """The same on one line, every run of white space one blank."""
    return " ".join(clean(text).split())


def cells(text: str) -> int:
    """How many columns a terminal gives the text: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else sum(map(_cell, text))


@functools.lru_cache(maxsize=1 << 10)
def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """The cleaned text in lines of at most ``width`` columns; its own line breaks stay, blank lines become one.

    Only an address may be wider.
    """
    lines: list[str] = []
    for line in clean(text).strip().split("\n"):
        wrapped = _wrap_line(line.split(), max(width, 2))
        if wrapped or (lines and lines[-1]):
            lines.extend(wrapped or [""])
    return lines


def _wrap_line(words: list[str], width: int) -> list[str]:
    whole = " ".join(words)
    if whole.isascii() and (not words or max(map(len, words)) <= width):
        return _wrap_plain(whole, width)
    lines: list[str] = []
    line, used = "", 0
    for word in words:
        for piece in _pieces(word, width):
            size = cells(piece)
            if line and used + 1 + size > width:
                lines.append(line)
                line, used = piece, size
            else:
                line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    return [*lines, line]


def _wrap_plain(line: str, width: int) -> list[str]:
    """A column a character and no word wider than a line: nearly every line of English."""
    lines, at = [], 0
    while len(line) - at > width:
        end = line.rindex(" ", at, at + width + 1)
        lines.append(line[at:end])
        at = end + 1
    return [*lines, line[at:]] if line else lines


def _pieces(word: str, width: int) -> list[str]:
    """The word, cut where it alone is wider than a line (Chinese has no blanks); with an address in it, whole."""
    if cells(word) <= width or "://" in word:
        return [word]
    pieces, piece, used = [], "", 0
    for char in word:
        size = _cell(char)
        if used + size > width:
            pieces.append(piece)
            piece, used = "", 0
        piece, used = piece + char, used + size
    return [*pieces, piece]


def shorten(text: str | None, width: int) -> str:
    """One cleaned line of at most ``width`` columns, cut with an ellipsis."""
    line = clean_line(text)
    if cells(line) <= width:
        return line
    kept, used = "", 1
    for char in line:
        used += _cell(char)
        if used > width:
            break
        kept += char
    return kept.rstrip() + "…"
