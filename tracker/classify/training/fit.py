"""Posts -> a model: signs as a sparse matrix, weights against the skew, two logistic regressions, calibration."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from tracker.classify import model, signs
from tracker.classify.packs import packs
from tracker.classify.tokens import tokens, words_in
from tracker.classify.training import sentences
from tracker.classify.training.corpora import PHASES, Post
from tracker.classify.training.written import written

C = 0.33  # inverse strength of the regularisation
# What the fit of the words alone counts beside the fit of all signs. Where a cue decides, the words beside it learn
# little; yet they are what tells in a post whose phrases no pack has.
WORDS_ALONE = 1 / 3
LEAST = 0.03  # of a weight: of 2,500 posts none is judged otherwise without the signs that say less
# What a post of our own counts beside a real one: what accounts would say, what is hard on purpose, and what is put
# together from clauses.
OWN_WEIGHTS = {"natural": 0.3, "hard": 0.15, "own": 0.25}
AMBIGUOUS_WEIGHT = 0.5
# At most this many posts' worth for an operator, whatever it has (93 % of the social posts are transit), and for the
# updates of its status page that its own states label.
CAP, STATUS_CAP = 300.0, 700.0
BIG_CAP = {"paris": 1200.0, "rodalies": 750.0, "cta": 750.0, "northernassist": 750.0, "amazon": 600.0, "github": 600.0}
COUNTS = {"en": 1000, "fr": 450, "es": 450, "pt": 450, "de": 450, "it": 350, "nl": 350, "ca": 350, "ja": 400, "pl": 300}
FEWER = 200


def own_posts() -> list[Post]:
    """All that was written for this project, whole posts and sentences put together, as posts of invented operators."""
    found = written()
    for language in sentences.languages():
        for phase in PHASES:
            made = sentences.sentences(language, phase, COUNTS.get(language, FEWER))
            # A sign counts when two operators have it: every language's sentences are told by seven.
            found += [
                Post(text, phase, f"own {language} {number % 7}", language, kind="own")
                for number, text in enumerate(made)
            ]
    return found


@dataclass(frozen=True)
class Table:
    """Posts and their signs: one row a post, one column a sign, ascending; ``of_cues`` are no words nor parts of words.

    The values are exactly what judging adds up.
    """

    posts: Sequence[Post]
    signs: np.ndarray
    of_cues: np.ndarray
    values: csr_matrix

    def where(self, are_in: Sequence[bool]) -> Table:
        """Those posts alone; the columns stay."""
        return Table(list(compress(self.posts, are_in)), self.signs, self.of_cues, self.values[np.array(are_in)])


def tabled(posts: Sequence[Post]) -> Table:
    """The signs of all posts."""
    found, values, of_cues, rows = array("I"), array("f"), set(), [0]
    for post in posts:
        for say, is_of_cues, kind in _signs(post):
            found.extend(kind)
            values.extend([signs.share(say, len(kind))] * len(kind))
            if is_of_cues:
                of_cues.update(kind)
        rows.append(len(found))
    known, places = np.unique(np.array(found), return_inverse=True)
    matrix = csr_matrix((np.array(values), places, rows), shape=(len(posts), len(known)))
    matrix.sum_duplicates()
    return Table(posts, known, np.isin(known, np.array(sorted(of_cues))), matrix)


def _signs(post: Post) -> list[tuple[float, bool, list[int]]]:
    """The say of each kind of signs, whether they are of cues, and the post's signs of that kind."""
    found = tokens(f"{post.title}\n{post.text}" if post.title else post.text)
    spoken, _ = packs().languages(found)
    cues = packs().cues(found, spoken)
    names = signs.cues(cues, words_in(found))
    written = {token.shown: token for token in found}.values()
    return [
        (signs.CUES, True, [signs.of_cue(name) for name in names]),
        (signs.PATTERN, True, signs.of_pattern(signs.pattern(cues))),
        (signs.WORDS, False, [signs.of_word(word) for word in signs.words(found)]),
        (signs.PIECES, False, [sign for token in written for sign in signs.of_pieces(token.key, token.kind)]),
    ]


@dataclass(frozen=True)
class Fitted:
    """Coefficients (phase x column of the table), zeros where the sign is unknown, and the bias of each phase."""

    coefficients: np.ndarray
    bias: np.ndarray

    def probabilities(self, judged: Table) -> np.ndarray:
        """Raw probabilities, one row a post, in the order of PHASES."""
        scores = judged.values @ self.coefficients.T + self.bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def fit(seen: Table) -> Fitted:
    """The mean of two multinomial logistic regressions over the signs that two operators have: of all, and of words.

    A sign is multiplied by its rarity, log(posts / posts that have it), so that the regularisation spares what is
    telling and not what is frequent. The rarity is multiplied into the coefficients: judging knows nothing of it.
    On one thread, since how many add up a sum shows in its last bits, and so in the bytes of the model.
    """
    known = _of_two_operators(seen)
    words = known & ~seen.of_cues
    having = np.bincount(seen.values.indices, minlength=len(known))
    rarity = np.log(len(seen.posts) / np.maximum(having, 1))
    coefficients = np.zeros((len(PHASES), len(known)))
    bias = np.zeros(len(PHASES))
    for part, counts in ((known, 1 - WORDS_ALONE), (words, WORDS_ALONE)):
        regression = LogisticRegression(C=C, max_iter=400, tol=2e-4)
        matrix = seen.values[:, part] @ diags(rarity[part].astype(np.float32))
        labels = [PHASES.index(post.phase) for post in seen.posts]
        with threadpool_limits(1):
            regression.fit(matrix, labels, sample_weight=weights(seen.posts))
        coefficients[:, part] += counts * regression.coef_ * rarity[part]
        bias += counts * regression.intercept_
    return Fitted(coefficients, bias)


def _of_two_operators(seen: Table) -> np.ndarray:
    """Which signs at least two operators have."""
    numbers = {name: number for number, name in enumerate(sorted({post.operator for post in seen.posts}))}
    whose = np.repeat([numbers[post.operator] for post in seen.posts], np.diff(seen.values.indptr))
    first, last = np.full(len(seen.signs), len(numbers)), np.full(len(seen.signs), -1)
    np.minimum.at(first, seen.values.indices, whose)
    np.maximum.at(last, seen.values.indices, whose)
    return first < last


def weights(posts: Sequence[Post]) -> np.ndarray:
    """What each post counts: an operator's posts share its cap, an ambiguous post counts half."""
    counts = Counter((post.operator, post.kind == "status-page") for post in posts)
    found = []
    for post in posts:
        many = counts[post.operator, post.kind == "status-page"]
        if post.kind in OWN_WEIGHTS:
            weight = OWN_WEIGHTS[post.kind]
        elif post.kind == "status-page":
            weight = min(1.0, STATUS_CAP / many)
        else:
            weight = min(1.0, BIG_CAP.get(post.operator, CAP) / many)
        found.append(weight * (AMBIGUOUS_WEIGHT if post.ambiguous else 1.0))
    return np.array(found)


def file(table: Table, fitted: Fitted, knots: tuple[tuple[float, ...], tuple[float, ...]]) -> bytes:
    """The bytes of the package's model; signs that say too little are left out."""
    weights = fitted.coefficients.T
    unit = float(np.float32(np.abs(weights).max() / (model.GROWTH**model.MOST - 1)))
    sizes = np.rint(np.log1p(np.abs(weights) / unit) / np.log(model.GROWTH))
    steps = (np.sign(weights) * np.minimum(sizes, model.MOST)).astype(int)
    telling = np.flatnonzero(np.abs(weights).max(axis=1) > LEAST)
    kept = dict(zip(table.signs[telling].tolist(), steps[telling].tolist(), strict=True))
    bias = tuple(float(np.float32(round(value, 3))) for value in fitted.bias)
    return model.write(bias, knots, unit, kept)


def calibration(raw: np.ndarray, right: np.ndarray, weight: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Isotonic regression of "was right" on the raw probability, by pooling adjacent violators, in a few knots."""
    order = np.argsort(raw, kind="stable")
    bins = np.array_split(order, 24)
    blocks: list[list[float]] = []  # weight, sum of raw, sum of right
    for part in bins:
        total = float(weight[part].sum())
        blocks.append([total, float((raw[part] * weight[part]).sum()), float((right[part] * weight[part]).sum())])
        while len(blocks) > 1 and blocks[-2][2] / blocks[-2][0] >= blocks[-1][2] / blocks[-1][0]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    raws = tuple(round(block[1] / block[0], 3) for block in blocks)
    trues = tuple(round(min(0.99, block[2] / block[0]), 3) for block in blocks)
    return raws, trues


def unseen(table: Table, judged: Sequence[int], groups: Sequence[set[str]]) -> np.ndarray:
    """Raw probabilities of the posts ``judged`` (by number), each by a fit that saw none of its group of operators."""
    return without(table, [np.array([post.operator in group for post in table.posts]) for group in groups])[judged]


def without(table: Table, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Raw probabilities of the posts of each part, by a fit that saw all other posts; zeros for those of no part.

    A part is a mask of the table's posts. The fits share the cores.
    """
    raw = np.zeros((len(table.posts), len(PHASES)))
    found = Parallel(n_jobs=-1)(delayed(_without)(table, part) for part in parts)
    for part, probabilities in zip(parts, found, strict=True):
        raw[part] = probabilities
    return raw


def _without(table: Table, part: np.ndarray) -> np.ndarray:
    return fit(table.where(~part)).probabilities(table.where(part))


def voices(posts: Sequence[Post], groups: int = 3) -> list[set[str]]:
    """Some of the invented accounts of every language, in a few groups."""
    names = {post.operator for post in posts if post.kind == "natural"}
    return [{name for name in names if name.endswith(f" {number}")} for number in range(groups)]


def folds(posts: Sequence[Post], big: int = 200, others: int = 3) -> list[set[str]]:
    """Each operator with many posts by itself, the others dealt into a few groups."""
    counts = Counter(post.operator for post in posts)
    alone = sorted(name for name, count in counts.items() if count >= big)
    rest = sorted(counts.keys() - set(alone))
    return [{name} for name in alone] + [set(rest[place::others]) for place in range(others)]
