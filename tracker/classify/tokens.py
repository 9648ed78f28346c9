"""Text -> tokens: words in one form, and classes for what has no meaning of its own (numbers, times, links).

One token is one word (letters in a row, without accents and in lower case), one run of Chinese, Japanese or Thai
characters, one number, one sign. What people wrote is kept beside it, to be shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

LONGEST = 4_000  # characters: the news of an announcement stands at its beginning

UNSPACED = "\u0e00-\u0e3e\u0e40-\u0e4e\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f"
_TOKEN = (
    r"https?://\S+|www\.\S+|<[^<>]{1,2000}>|&[a-z]{2,8};|[@＠][\w.]+"
    rf"|[{UNSPACED}]+"
    rf"|[^\W\d_{UNSPACED}]+"
    r"|\d+(?:[:h.,/時年月日分]\d+)*(?:\s?(?:am|pm|h|utc|uhr|uur)\b)?"
    r"|[!?.;:…。！？\n%]"
    "|[\u2190-\u2bff\U0001f000-\U0001faff]"
)
# The same in the one alphabet that most texts have, in half the time; the other is compiled when a text needs it.
_ASCII_TOKEN = re.compile(
    r"https?://\S+|www\.\S+|<[^<>]{1,2000}>|&[a-z]{2,8};|@[\w.]+"
    r"|[a-z]+|\d+(?:[:h.,/]\d+)*(?:\s?(?:am|pm|h|utc|uhr|uur)\b)?|[!?.;:\n%]"
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_CLOCK = r"\d+[:h時]\d+|\d+(?:\.\d\d)?\s?(?:am|pm|h|uhr|uur)\b"
_DATE = r"\d+[/年月日]\d+|\d+\.\d+\.\d*|(?:19|20)\d\d"
_ENDS = frozenset(".;…。！？!?\n")

K = TypeVar("K")
V = TypeVar("V")


class Token(NamedTuple):
    """``key`` is the form that is compared, ``shown`` what was written; ``kind`` one of word, run, sign, end."""

    key: str
    shown: str
    kind: str


class Remembered(dict[K, V]):
    """What ``find`` answered for each word, without a call where it was asked before: in a quarter of the time."""

    def __init__(self, find: Callable[[K], V], most: int = 1 << 15) -> None:
        self._find, self._most = find, most

    def __missing__(self, word: K) -> V:
        if len(self) >= self._most:
            self.clear()
        found = self[word] = self._find(word)
        return found


def tokens(text: str) -> list[Token]:
    """The tokens of the beginning of a text; markup is none."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    written = _ASCII_TOKEN.findall(plain) if plain.isascii() else re.findall(_TOKEN, plain)
    return list(filter(None, map(_KNOWN.__getitem__, written)))


def words_in(found: Sequence[Token]) -> int:
    """How many of the tokens are words, or runs of characters without spaces."""
    kinds = [token.kind for token in found]
    return kinds.count("word") + kinds.count("run")


def fold(text: str) -> str:
    """Lower case without accents; kana and Hangul stay whole."""
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))


def _token(raw: str) -> Token | None:
    """The token that was written so; None for markup."""
    first = raw[0]
    if first.isdigit():
        return Token(_number(raw), raw, "sign")
    if raw[:4] in ("http", "www.") and len(raw) > 4 and not raw.isalpha():
        return Token("<link>", raw, "sign")
    if first in "@＠":
        return Token("<name>", raw, "sign")
    if first in "<&":
        return None
    if raw in _ENDS:
        return Token(raw, raw, "end")
    if not first.isalpha():
        return Token(raw, raw, "sign")
    return Token(fold(raw), raw, "run" if _is_unspaced(first) else "word")


_KNOWN = Remembered(_token)


def _number(raw: str) -> str:
    if re.match(_CLOCK, raw):
        return "<clock>"
    return "<date>" if re.match(_DATE, raw) else "<number>"


def _is_unspaced(sign: str) -> bool:
    return (
        ("\u3005" <= sign <= "\u9fff" and not "\u3130" <= sign <= "\u318f")
        or "\uff66" <= sign <= "\uff9f"
        or is_thai(sign)
    )


def is_thai(sign: str) -> bool:
    """Whether a letter is Thai, which is written without spaces between words."""
    return "\u0e00" <= sign <= "\u0e4e"
