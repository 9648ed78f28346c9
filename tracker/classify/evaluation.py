"""Labelled posts and their verdicts -> figures: how often, where and how surely the classifier is right.

precision   of the posts called P, the share that are P
recall      of the posts that are P, the share called P
F1          2 x precision x recall / (precision + recall); macro-F1 is its mean over the phases that occur
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracker.models import Phase, Verdict

_BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One labelled post: where it stands, what it is, and what was said of it."""

    id: str
    text: str
    label: Phase
    verdict: Verdict
    language: str = ""
    ambiguous: bool = False

    @property
    def is_right(self) -> bool:
        """Whether the verdict is the label."""
        return self.verdict.phase is self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1 of one phase, each 0 to 1, and how many posts have it."""

    precision: float
    recall: float
    f1: float
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The verdicts of a range of confidence: how many, how sure on average, how often right."""

    low: float
    high: float
    posts: int
    confidence: float
    right: float


def scores(cases: Sequence[Case]) -> dict[Phase, Score]:
    """A score for each phase that occurs, in the order of the phases."""
    found = {}
    for phase in Phase:
        right = sum(case.is_right for case in cases if case.label is phase)
        called = sum(case.verdict.phase is phase for case in cases)
        posts = sum(case.label is phase for case in cases)
        if posts:
            precision, recall = right / called if called else 0.0, right / posts
            f1 = 2 * right / (called + posts)
            found[phase] = Score(precision=precision, recall=recall, f1=f1, posts=posts)
    return found


def macro_f1(cases: Sequence[Case]) -> float:
    """The mean F1 of the phases that occur; 0 where there is no post."""
    found = scores(cases)
    return sum(score.f1 for score in found.values()) / len(found) if found else 0.0


def accuracy(cases: Sequence[Case]) -> float:
    """The share of the verdicts that are right; 0 where there is no post."""
    return sum(case.is_right for case in cases) / len(cases) if cases else 0.0


def confusion(cases: Sequence[Case]) -> Counter[tuple[Phase, Phase]]:
    """How many posts of a phase (first) were called which (second)."""
    return Counter((case.label, case.verdict.phase) for case in cases)


def reliability(cases: Sequence[Case]) -> list[Band]:
    """Bands of confidence that hold posts: calibrated is where ``confidence`` and ``right`` agree."""
    bands = []
    for low, high in pairwise(_BANDS):
        inside = [case for case in cases if low <= case.verdict.confidence < high]
        if inside:
            sure = sum(case.verdict.confidence for case in inside) / len(inside)
            bands.append(Band(low=low, high=min(high, 1.0), posts=len(inside), confidence=sure, right=accuracy(inside)))
    return bands


def by_language(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases of each language, the largest first; "?" where it is not said."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.language or "?", []).append(case)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def worst(cases: Sequence[Case], count: int) -> list[Case]:
    """The surest of the wrong verdicts."""
    wrong = [case for case in cases if not case.is_right]
    return sorted(wrong, key=lambda case: (-case.verdict.confidence, case.id))[:count]
