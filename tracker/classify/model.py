"""The model: a weight for each sign and phase, in one small file that training writes.

The file ``model.bin``, little-endian: the magic word; the numbers of signs and of knots (2 x uint32); the step
of a weight (float32); the bias of each phase (5 x float32); the knots of the calibration, raw then true
probability (2 x float32 each); the signs, ascending (uint32 each); their weights, five a sign (int16, in steps).
"""

from __future__ import annotations

import functools
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from tracker.classify import signs
from tracker.classify.packs import Cue
from tracker.classify.tokens import Token
from tracker.models import Phase

FILE = Path(__file__).with_name("model.bin")
PHASES = (Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED, Phase.MAINTENANCE, Phase.UNRELATED)
_MAGIC = b"tracker1"
_HEAD = struct.Struct("<8sIIf5f")
_NOTHING = (0.0,) * len(PHASES)

Row = tuple[float, ...]  # a number for each phase, in the order of PHASES


@dataclass(frozen=True, slots=True)
class Model:
    """Weights, bias and calibration; ``rows`` says where in ``weights`` the five of a sign begin."""

    bias: Row
    knots: tuple[tuple[float, ...], tuple[float, ...]]
    step: float
    rows: Mapping[int, int]
    weights: Sequence[int]

    def row(self, sign: int) -> Row:
        """The weights of one sign, zeros where it is unknown."""
        at = self.rows.get(sign)
        if at is None:
            return _NOTHING
        step = self.step
        a, b, c, d, e = self.weights[at : at + 5]
        return a * step, b * step, c * step, d * step, e * step

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
    """The scores of a post by phase, and what each cue and each word added to them."""

    scores: Row
    cues: Mapping[str, Row]
    words: Mapping[str, Row]

    def probabilities(self) -> Row:
        """Raw, not calibrated; they add up to 1."""
        top = max(self.scores)
        powers = [exp(score - top) for score in self.scores]
        whole = sum(powers)
        return tuple(power / whole for power in powers)


def weigh(tokens: Sequence[Token], cues: Sequence[Cue]) -> Weighed:
    """Add up the weights of all signs."""
    model = load()
    a, b, c, d, e = model.bias
    by_cue: dict[str, Row] = {}
    words = sum([token.kind == "word" or token.kind == "run" for token in tokens])
    found = signs.of_cues(cues, words)
    part = signs.share(signs.CUES, len(found))
    for name, sign in found.items():
        v, w, x, y, z = row = _cue_row(sign)
        a, b, c, d, e = a + v * part, b + w * part, c + x * part, d + y * part, e + z * part
        by_cue[name] = tuple([weight * part for weight in row])
    word_signs = signs.of_words(tokens)
    part = signs.share(signs.WORDS, len(word_signs))
    v, w, x, y, z = _sum(model, word_signs)
    a, b, c, d, e = a + v * part, b + w * part, c + x * part, d + y * part, e + z * part
    pieces = {token.shown: _piece_row(token.key, token.kind) for token in tokens}
    count = sum([number for number, _ in pieces.values()])
    piece_part = signs.share(signs.PIECES, count)
    by_word: dict[str, Row] = {}
    for shown, (_, row) in pieces.items():
        v, w, x, y, z = row
        v, w, x, y, z = v * piece_part, w * piece_part, x * piece_part, y * piece_part, z * piece_part
        a, b, c, d, e = a + v, b + w, c + x, d + y, e + z
        by_word[shown] = (v, w, x, y, z)
    return Weighed((a, b, c, d, e), by_cue, by_word)


def _sum(model: Model, found: Iterable[int]) -> Row:
    rows, weights = model.rows, model.weights
    a = b = c = d = e = 0
    for sign in found:
        at = rows.get(sign)
        if at is not None:
            v, w, x, y, z = weights[at : at + 5]
            a, b, c, d, e = a + v, b + w, c + x, d + y, e + z
    step = model.step
    return a * step, b * step, c * step, d * step, e * step


@functools.lru_cache(maxsize=1 << 12)
def _cue_row(sign: int) -> Row:
    return load().row(sign)


@functools.lru_cache(maxsize=1 << 15)
def _piece_row(key: str, kind: str) -> tuple[int, Row]:
    """(how many pieces, the sum of their weights) of one word: words come again and again."""
    pieces = signs.of_pieces(key, kind)
    return len(pieces), _sum(load(), pieces)


@functools.cache
def load() -> Model:
    """The model of the package, read once."""
    return read(FILE.read_bytes())


def read(data: bytes) -> Model:
    """A model from the bytes of its file."""
    _, count, knots, step, *bias = _HEAD.unpack_from(data)
    at = _HEAD.size
    raws = struct.unpack_from(f"<{knots}f", data, at)
    trues = struct.unpack_from(f"<{knots}f", data, at + 4 * knots)
    at += 8 * knots
    known, weights = array("I", data[at : at + 4 * count]), array("h", data[at + 4 * count :])
    if sys.byteorder == "big":
        known.byteswap()
        weights.byteswap()
    return Model(tuple(bias), (raws, trues), step, dict(zip(known, range(0, 5 * count, 5), strict=True)), weights)


def write(bias: Row, knots: tuple[Row, Row], step: float, weights: Mapping[int, Sequence[int]]) -> bytes:
    """The bytes of a model's file: what ``read`` takes. ``weights``: five whole numbers of steps a sign."""
    ordered = sorted(weights)
    head = _HEAD.pack(_MAGIC, len(ordered), len(knots[0]), step, *bias)
    curve = struct.pack(f"<{2 * len(knots[0])}f", *knots[0], *knots[1])
    flat = [number for sign in ordered for number in weights[sign]]
    return head + curve + struct.pack(f"<{len(ordered)}I", *ordered) + struct.pack(f"<{len(flat)}h", *flat)
