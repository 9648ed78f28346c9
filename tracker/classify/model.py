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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from tracker.classify import signs
from tracker.classify.packs import Cue
from tracker.classify.tokens import Remembered, Token, words_in
from tracker.models import Phase

FILE = Path(__file__).with_name("model.bin")
PHASES = (Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED, Phase.MAINTENANCE, Phase.UNRELATED)
_MAGIC = b"tracker2"
_HEAD = struct.Struct("<8sIIf5f")
_NOTHING = (0.0,) * len(PHASES)
GROWTH, MOST = 1.04, 127  # from one weight that a byte can hold to the next, and how many there are on each side

Row = tuple[float, ...]  # a number for each phase, in the order of PHASES


@dataclass(frozen=True, slots=True)
class Model:
    """Weights, bias and calibration; the bytes of the five weights of the n-th of ``known`` (ascending) begin at 5 n.

    ``values``: what each of the 256 bytes stands for.
    """

    bias: Row
    knots: tuple[tuple[float, ...], tuple[float, ...]]
    values: Row
    known: Sequence[int]
    weights: bytes

    def row(self, sign: int) -> Row:
        """The weights of one sign, zeros where it is unknown."""
        at = bisect_left(self.known, sign)
        if at == len(self.known) or self.known[at] != sign:
            return _NOTHING
        values = self.values
        a, b, c, d, e = self.weights[5 * at : 5 * at + 5]
        return values[a], values[b], values[c], values[d], values[e]

    def calibrated(self, raw: float) -> float:
        """How often the verdicts of this raw probability were right."""
        raws, trues = self.knots
        after = bisect_right(raws, raw)
        if after == 0 or after == len(raws):
            return trues[max(0, after - 1)]
        part = (raw - raws[after - 1]) / (raws[after] - raws[after - 1])
        return trues[after - 1] + part * (trues[after] - trues[after - 1])


@dataclass(frozen=True, slots=True)
class Weighed:
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


def weigh(tokens: Sequence[Token], found: Sequence[Cue]) -> Weighed:
    """Add up the weights of all signs."""
    by_cue = {name: _cue_row(name) for name in signs.cues(found, words_in(tokens))}
    matters, pattern = _pattern_row(signs.pattern(found))
    words = signs.words(tokens)
    known = [row for row in map(_WORD_ROWS.__getitem__, words) if row is not _NOTHING]  # most pairs are unknown
    pieces = {shown: _piece_row(key, kind) for key, shown, kind in tokens}
    by_word = {shown: row for shown, (_, row) in pieces.items()}
    cue_part = signs.share(signs.CUES, len(by_cue))
    pattern_part = signs.share(signs.PATTERN, matters)
    word_part = signs.share(signs.WORDS, len(words))
    piece_part = signs.share(signs.PIECES, sum([number for number, _ in pieces.values()]))
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


@functools.lru_cache(maxsize=1 << 12)
def _cue_row(name: str) -> Row:
    return load().row(signs.of_cue(name))


@functools.lru_cache(maxsize=1 << 12)
def _pattern_row(bits: int) -> tuple[int, Row]:
    """(how many signs, the sum of their weights) of one pattern."""
    rows = [load().row(sign) for sign in signs.of_pattern(bits)]
    return len(rows), _total(rows)


def _word_row(word: str) -> Row:
    return load().row(signs.of_word(word))


_WORD_ROWS = Remembered(_word_row, most=1 << 16)


@functools.lru_cache(maxsize=1 << 15)
def _piece_row(key: str, kind: str) -> tuple[int, Row]:
    """(how many pieces, the sum of their weights) of one word: words come again and again."""
    rows = [load().row(sign) for sign in signs.of_pieces(key, kind)]
    return len(rows), _total(rows)


@functools.cache
def load() -> Model:
    """The model of the package, read once."""
    return read(FILE.read_bytes())


def read(data: bytes) -> Model:
    """A model from the bytes of its file."""
    _, count, knots, unit, *bias = _HEAD.unpack_from(data)
    at = _HEAD.size
    raws = struct.unpack_from(f"<{knots}f", data, at)
    trues = struct.unpack_from(f"<{knots}f", data, at + 4 * knots)
    at += 8 * knots
    known = array("I", data[at : at + 4 * count])
    if sys.byteorder == "big":
        known.byteswap()
    above = [unit * (GROWTH**n - 1) for n in range(MOST + 1)]
    below = [-value for value in reversed(above[1:])]
    return Model(tuple(bias), (raws, trues), (*above, below[0], *below), known, data[at + 4 * count :])


def write(bias: Row, knots: tuple[Row, Row], unit: float, weights: Mapping[int, Sequence[int]]) -> bytes:
    """The bytes of a model's file: what ``read`` takes. ``weights``: five whole numbers up to ``MOST`` a sign."""
    ordered = sorted(weights)
    head = _HEAD.pack(_MAGIC, len(ordered), len(knots[0]), unit, *bias)
    curve = struct.pack(f"<{2 * len(knots[0])}f", *knots[0], *knots[1])
    flat = [number for sign in ordered for number in weights[sign]]
    return head + curve + struct.pack(f"<{len(ordered)}I", *ordered) + struct.pack(f"<{len(flat)}b", *flat)
