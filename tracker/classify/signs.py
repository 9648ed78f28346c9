"""Tokens and cues -> signs: what the model weighs, each with a fingerprint of 32 bits.

Three kinds: the cues and how they follow each other (the same in every language), the words and pairs of words,
and the pieces of words. Each kind has one say: its signs share it, so that a long post does not shout. Training
and judging call the same functions, so they cannot disagree.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from math import sqrt
from zlib import crc32

from tracker.classify.packs import Cue
from tracker.classify.tokens import Token

# The say of each kind: its signs weigh SAY / sqrt(how many there are).
CUES, WORDS, PIECES = 2.0, 3.0, 3.0

_SHORTEST, _LONGEST = 3, 5  # letters of a piece of a word, its two ends counted
_RUN_LONGEST = 4  # characters of a piece of a run without spaces


def share(say: float, count: int) -> float:
    """What one of ``count`` signs of a kind weighs."""
    return say / sqrt(count) if count else 0.0


def of_cues(cues: Sequence[Cue], words: int) -> dict[str, int]:
    """Name and sign of each: a cue is there, in the first or last sentence, followed by another; the length."""
    names = [f"length {min(words, 63).bit_length()}"]
    if not cues:
        names.append("no cue")
    last = cues[-1].sentence if cues else 0
    before, sentence = "^", -1
    for cue, _, place in cues:
        if place != sentence:
            before, sentence = "^", place
        names.append(cue)
        if place == 0:
            names.append("first " + cue)
        if place == last:
            names.append("last " + cue)
        if before != cue:
            names.append(before + " > " + cue)
        before = cue
    return {name: _cue_sign(name) for name in names}


@functools.lru_cache(maxsize=1 << 14)
def _cue_sign(name: str) -> int:
    return crc32(name.encode())


def of_words(tokens: Iterable[Token]) -> list[int]:
    """The sign of each word and of each pair of neighbours, once."""
    found: dict[str, None] = {}
    before = "^"
    for key, _, kind in tokens:
        if kind != "run":
            found[key] = None
            found[before + " " + key] = None
        before = key
    return [word_sign(key) for key in found]


@functools.lru_cache(maxsize=1 << 16)
def word_sign(key: str) -> int:
    """The sign of a word, or of two words with a space between them."""
    return crc32(b"w" + key.encode("utf-8", "surrogatepass"))


def of_pieces(key: str, kind: str) -> list[int]:
    """Signs of the pieces of one word, or of one run of characters without spaces."""
    if kind == "run":
        pieces = {key[at : at + size] for size in range(1, _RUN_LONGEST + 1) for at in range(len(key) - size + 1)}
    elif kind == "word":
        ends = f"<{key}>"
        pieces = {ends[at : at + size] for size in range(_SHORTEST, _LONGEST + 1) for at in range(len(ends) - size + 1)}
    else:
        pieces = set()
    return [crc32(b"p" + piece.encode("utf-8", "surrogatepass")) for piece in sorted(pieces)]
