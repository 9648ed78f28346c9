"""The model: a weight for each sign and phase, in one small file that training writes.

The file ``model.bin``, little-endian: the magic word; the numbers of signs and of knots (2 x uint32); the unit of
the weights (float32); the bias of each phase (5 x float32); the knots of the calibration, raw then true probability
(2 x float32 each); the signs, ascending (uint32 each); their weights, five a sign, a byte each: 0 is nothing, the
n-th of 127 above and below it (two's complement) is ``UNIT * (GROWTH ** n - 1)``, so that each is off by 2 % at most.
"""

from __future__ import annotations

import functools
import struct
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import exp
from pathlib import Path
from typing import NamedTuple

from tracker.classify import signs
from tracker.classify.packs import Cue
from tracker.classify.tokens import Remembered, Token
from tracker.models import Phase

FILE = Path(__file__).with_name("model.bin")
PHASES = (Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED, Phase.MAINTENANCE, Phase.UNRELATED)
_MAGIC = b"tracker2"
_HEAD = struct.Struct("<8sIIf5f")
_FIVE = struct.Struct("5B")
_NOTHING = (0.0,) * len(PHASES)
_STEP = 128  # known signs from one mark to the next
GROWTH, MOST = 1.04, 127  # from one weight that a byte can hold to the next, and how many there are on each side

Row = tuple[float, ...]  # a number for each phase, in the order of PHASES


class Model(NamedTuple):
    """Weights, bias and calibration; the bytes of the five weights of the n-th of ``known`` (ascending) begin at 5 n.

    ``values``: what each of the 256 bytes stands for. ``marks``: each ``_STEP``-th of the known ones but the first, to
    look the others up between two of them.
    """

    bias: Row
    knots: tuple[tuple[float, ...], tuple[float, ...]]
    values: Row
    known: Sequence[int]
    marks: Sequence[int]
    weights: memoryview

    def row(self, sign: int) -> Row:
        """The weights of one sign, zeros where it is unknown."""
        found = self.rows((sign,))
        return found[0] if found else _NOTHING

    def rows(self, signs: Iterable[int]) -> list[Row]:
        """The weights of those of some signs that are known."""
        known, marks, values, weights = self.known, self.marks, self.values, self.weights
        found: list[Row] = []
        count = len(known)
        for sign in signs:
            after = _STEP * bisect_right(marks, sign)
            at = bisect_left(known, sign, after, min(after + _STEP, count))
            if at < count and known[at] == sign:
                a, b, c, d, e = _FIVE.unpack_from(weights, 5 * at)
                found.append((values[a], values[b], values[c], values[d], values[e]))
        return found

    def calibrated(self, raw: float) -> float:
        """How often the verdicts of this raw probability were right."""
        raws, trues = self.knots
        after = bisect_right(raws, raw)
        if after == 0 or after == len(raws):
            return trues[max(0, after - 1)]
        part = (raw - raws[after - 1]) / (raws[after] - raws[after - 1])
        return trues[after - 1] + part * (trues[after] - trues[after - 1])


class Weighed(NamedTuple):
    """The scores of a post by phase, and what each cue and each word added to them (to be multiplied by its part)."""

    scores: Row
    cues: Mapping[str, Row]
    cue_part: float
    words: Mapping[str, Row]
    word_part: float

    def probabilities(self) -> Row:
        """Raw, not calibrated; they add up to 1."""
        top = max(self.scores)
        powers = [exp(score - top) for score in self.scores]
        whole = sum(powers)
        return tuple([power / whole for power in powers])


def weigh(tokens: Sequence[Token], number: int, found: Sequence[Cue]) -> Weighed:
    """Add up the weights of all signs; ``number`` of the tokens are words."""
    by_cue = {name: _CUE_ROWS[name] for name in signs.cues(found, number)}
    matters, pattern = _pattern_row(signs.pattern(found))
    words = signs.words(tokens)
    known = [row for row in map(_WORD_ROWS.__getitem__, words) if row is not _NOTHING]  # most pairs are unknown
    pieces = {token.shown: _PIECE_ROWS[token] for token in tokens}
    by_word = {shown: row for shown, (_, row) in pieces.items()}
    cue_part = signs.share(signs.CUES, len(by_cue))
    pattern_part = signs.share(signs.PATTERN, matters)
    word_part = signs.share(signs.WORDS, len(words))
    piece_part = signs.share(signs.PIECES, sum([many for many, _ in pieces.values()]))
    scores = tuple(
        [
            bias + cue * cue_part + matter * pattern_part + word * word_part + piece * piece_part
            for bias, cue, matter, word, piece in zip(
                load().bias,
                _total(by_cue.values()),
                pattern,
                _total(known),
                _total([row for row in by_word.values() if row is not _NOTHING]),
                strict=True,
            )
        ]
    )
    return Weighed(scores, by_cue, cue_part, by_word, piece_part)


def _total(rows: Collection[Row]) -> Row:
    return tuple(map(sum, zip(*rows, strict=True))) if rows else _NOTHING


def _cue_row(name: str) -> Row:
    return load().row(signs.of_cue(name))


_CUE_ROWS = Remembered(_cue_row, most=1 << 12)


@functools.lru_cache(maxsize=1 << 12)
def _pattern_row(bits: int) -> tuple[int, Row]:
    """(how many signs, the sum of their weights) of one pattern."""
    found = signs.of_pattern(bits)
    return len(found), _total(load().rows(found))


def _word_row(word: str) -> Row:
    return load().row(signs.of_word(word))


_WORD_ROWS = Remembered(_word_row, most=1 << 16)


def _piece_row(token: Token) -> tuple[int, Row]:
    """(how many pieces, the sum of their weights) of one word: words come again and again."""
    found = signs.of_pieces(token.key, token.kind)
    return len(found), _total(load().rows(found))


_PIECE_ROWS = Remembered(_piece_row)


@functools.cache
def load() -> Model:
    """The model of the package, read once: were it mapped, a new one that is written over it would end the process."""
    return read(FILE.read_bytes())


def read(data: bytes) -> Model:
    """A model from the bytes of its file."""
    _, count, knots, unit, *bias = _HEAD.unpack_from(data)
    at = _HEAD.size
    raws = struct.unpack_from(f"<{knots}f", data, at)
    trues = struct.unpack_from(f"<{knots}f", data, at + 4 * knots)
    at += 8 * knots
    known: array[int] | memoryview = memoryview(data)[at : at + 4 * count].cast("I")
    if sys.byteorder == "big":
        known = array("I", known)
        known.byteswap()
    above = [unit * (GROWTH**n - 1) for n in range(MOST + 1)]
    below = [-value for value in reversed(above[1:])]
    weights = memoryview(data)[at + 4 * count :]
    marks = list(known[_STEP::_STEP])
    return Model(tuple(bias), (raws, trues), (*above, below[0], *below), known, marks, weights)


def write(bias: Row, knots: tuple[Row, Row], unit: float, weights: Mapping[int, Sequence[int]]) -> bytes:
    """The bytes of a model's file: what ``read`` takes. ``weights``: five whole numbers up to ``MOST`` a sign."""
    ordered = sorted(weights)
    head = _HEAD.pack(_MAGIC, len(ordered), len(knots[0]), unit, *bias)
    curve = struct.pack(f"<{2 * len(knots[0])}f", *knots[0], *knots[1])
    flat = [number for sign in ordered for number in weights[sign]]
    return head + curve + struct.pack(f"<{len(ordered)}I", *ordered) + struct.pack(f"<{len(flat)}b", *flat)
