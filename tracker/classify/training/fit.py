"""Posts -> a model: signs as a sparse matrix, weights against the skew, logistic regression, calibration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from tracker.classify import model, signs
from tracker.classify.packs import packs
from tracker.classify.tokens import tokens
from tracker.classify.training import sentences
from tracker.classify.training.corpora import PHASES, Post
from tracker.classify.training.written import written

C = 0.35  # inverse strength of the regularisation
STEP = 1 / 1024  # of a stored weight
LEAST = 30  # steps: of 2,800 posts none is judged otherwise without the signs that say less
# What a post of our own counts beside a real one: what accounts would say, what is hard on purpose, and what is put
# together from clauses.
OWN_WEIGHTS = {"natural": 0.4, "hard": 0.15, "own": 0.3}
AMBIGUOUS_WEIGHT = 0.5
# At most this many posts' worth for an operator, whatever it has (93 % of the social posts are transit), and for the
# updates of its status page that its own states label.
CAP, STATUS_CAP = 300.0, 700.0
BIG_CAP = {"paris": 1200.0, "rodalies": 750.0, "cta": 750.0, "northernassist": 750.0, "amazon": 600.0, "github": 600.0}
COUNTS = {"en": 1000, "fr": 450, "es": 450, "pt": 450, "de": 450, "it": 350, "nl": 350, "ca": 350, "ja": 400, "pl": 300}
FEWER = 200

Signs = dict[int, float]


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


def signs_of(post: Post) -> Signs:
    """Sign to its value: exactly what judging adds up."""
    found = tokens(f"{post.title}\n{post.text}" if post.title else post.text)
    spoken, _ = packs().languages(found)
    count = sum(token.kind in ("word", "run") for token in found)
    cues = packs().cues(found, spoken)
    names = signs.cues(cues, count)
    written = {token.shown: token for token in found}.values()
    kinds = (
        (signs.CUES, [signs.of_cue(name) for name in names]),
        (signs.PATTERN, signs.of_pattern(signs.pattern(cues))),
        (signs.WORDS, [signs.of_word(word) for word in signs.words(found)]),
        (signs.PIECES, [sign for token in written for sign in signs.of_pieces(token.key, token.kind)]),
    )
    values: Signs = {}
    for say, kind in kinds:
        part = signs.share(say, len(kind))
        for sign in kind:
            values[sign] = values.get(sign, 0.0) + part
    return values


@dataclass(frozen=True)
class Fitted:
    """Coefficients (phase x sign) and where each sign's column is."""

    columns: dict[int, int]
    coefficients: np.ndarray
    bias: np.ndarray

    def probabilities(self, posts: Sequence[Signs]) -> np.ndarray:
        """Raw probabilities, one row a post, in the order of PHASES."""
        scores = _matrix(posts, self.columns) @ self.coefficients.T + self.bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def fit(posts: Sequence[Post], found: Sequence[Signs]) -> Fitted:
    """Multinomial logistic regression over the signs that two operators have.

    A sign is multiplied by its rarity, log(posts / posts that have it), so that the regularisation spares what is
    telling and not what is frequent. The rarity is multiplied into the coefficients: judging knows nothing of it.
    """
    operators: dict[int, set[str]] = defaultdict(set)
    for post, values in zip(posts, found, strict=True):
        for sign in values:
            if len(operators[sign]) < 2:
                operators[sign].add(post.operator)
    known = sorted(sign for sign, names in operators.items() if len(names) > 1)
    columns = {sign: number for number, sign in enumerate(known)}
    phases = [PHASES.index(post.phase) for post in posts]
    matrix = _matrix(found, columns)
    rarity = np.log(len(posts) / np.bincount(matrix.indices, minlength=len(columns)))
    regression = LogisticRegression(C=C, max_iter=400, tol=2e-4)
    regression.fit(matrix @ diags(rarity), phases, sample_weight=weights(posts))
    return Fitted(columns, regression.coef_ * rarity, regression.intercept_)


def fit_those(are_in: Sequence[bool], posts: Sequence[Post], found: Sequence[Signs]) -> Fitted:
    """The fit of those posts alone."""
    return fit(list(compress(posts, are_in)), list(compress(found, are_in)))


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


def _matrix(posts: Sequence[Signs], columns: dict[int, int]) -> csr_matrix:
    places: list[int] = []
    values: list[float] = []
    rows = [0]
    for post in posts:
        for sign in sorted(post.keys() & columns.keys()):
            places.append(columns[sign])
            values.append(post[sign])
        rows.append(len(places))
    return csr_matrix((values, places, rows), shape=(len(posts), len(columns)))


def file(fitted: Fitted, knots: tuple[tuple[float, ...], tuple[float, ...]]) -> bytes:
    """The bytes of the package's model; signs that say too little are left out."""
    steps = np.clip(np.rint(fitted.coefficients.T / STEP), -32768, 32767).astype(int)
    telling = np.abs(steps).max(axis=1) > LEAST
    kept = {sign: steps[column].tolist() for sign, column in fitted.columns.items() if telling[column]}
    bias = tuple(float(np.float32(round(value, 3))) for value in fitted.bias)
    return model.write(bias, knots, STEP, kept)


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


def unseen(
    posts: Sequence[Post], found: Sequence[Signs], judged: Sequence[int], groups: Sequence[set[str]]
) -> np.ndarray:
    """Raw probabilities of the posts ``judged`` (by number), each by a fit that saw none of its group of operators."""
    raw = np.zeros((len(posts), len(PHASES)))
    for operators in groups:
        outside = [number for number in judged if posts[number].operator in operators]
        fitted = fit_those([post.operator not in operators for post in posts], posts, found)
        raw[outside] = fitted.probabilities([found[number] for number in outside])
    return raw[list(judged)]


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
