"""Tokens and cues -> signs: what the model weighs, each with a fingerprint of 32 bits.

Four kinds: the cues and how they follow each other, and the pattern that they make (both the same in every
language), the words and pairs of words, and the pieces of words. Each kind has one say: its signs share it, so that
a long post does not shout. Training and judging call the same functions, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import sqrt
from zlib import crc32

from tracker.classify.packs import Cue
from tracker.classify.tokens import Token

# The say of each kind: its signs weigh SAY / sqrt(how many there are).
CUES, PATTERN, WORDS, PIECES = 1.3, 2.1, 1.1, 1.0

# What cues come to: the pattern of a post is which of these are in it, and which are not.
MATTERS = {
    "trouble": ("broken", "slow", "bad-sign"),
    "search": ("checking", "aware"),
    "work": ("working", "work-sign"),
    "cure": ("found", "fixing", "watching"),
    "over": ("fixed", "back", "normal", "ended", "good-sign"),
    "open": ("unfixed", "still", "not"),
    "no-longer": ("no-longer",),
    "forecast": ("until", "will", "hope"),
    "past": ("earlier", "report"),
    "lasted": ("lasted", "span"),
    "plan": ("planned", "strike", "later", "postponed"),
    "partly": ("recovering", "partial", "nearly", "but"),
    "now": ("now", "may"),
    "advice": ("advice", "meanwhile"),
    "answer": ("agrees", "empathy"),
    "intruder": ("intruder",),
    "transport": ("transport",),
    "talk": ("dm", "promo", "release", "fine", "elsewhere", "refund"),
}
_BIT = {cue: 1 << place for place, cues in enumerate(MATTERS.values()) for cue in cues}

_SHORTEST, _LONGEST = 3, 5  # letters of a piece of a word, its two ends counted
_RUN_LONGEST = 4  # characters of a piece of a run without spaces


def share(say: float, count: int) -> float:
    """What one of ``count`` signs of a kind weighs."""
    return say / sqrt(count) if count else 0.0


def cues(found: Sequence[Cue], words: int) -> list[str]:
    """The length; which cues are there, which in the first and in the last sentence, and which follow which."""
    names = [f"length {min(words, 63).bit_length()}"]
    if not found:
        names.append("no cue")
    last = found[-1].sentence if found else 0
    before, sentence = "^", -1
    for cue, _, place in found:
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
    return list(dict.fromkeys(names))


def pattern(found: Iterable[Cue]) -> int:
    """Which of MATTERS are in a post, as bits."""
    bits = 0
    for cue in found:
        bits |= _BIT.get(cue.name, 0)
    return bits


def of_pattern(bits: int) -> list[int]:
    """Signs of what is there: each matter, with each other one, and without each that is missing."""
    there = [name for place, name in enumerate(MATTERS) if bits >> place & 1]
    missing = [name for place, name in enumerate(MATTERS) if not bits >> place & 1]
    names = [f"{one} & {other}" for one, other in combinations(there, 2)]
    names += [f"{one} without {other}" for one in there for other in missing]
    return [crc32(b"m" + name.encode()) for name in names]


def of_cue(name: str) -> int:
    """The sign of one of ``cues``."""
    return crc32(name.encode())


def words(tokens: Iterable[Token]) -> list[str]:
    """Each word and each pair of neighbours, once."""
    found: dict[str, None] = {}
    before = "^"
    for key, _, kind in tokens:
        if kind != "run":
            found[key] = None
            found[before + " " + key] = None
        before = key
    return list(found)


def of_word(word: str) -> int:
    """The sign of a word, or of two words with a space between them."""
    return crc32(b"w" + word.encode("utf-8", "surrogatepass"))


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
