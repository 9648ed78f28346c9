"""The figures of docs/classifier.md, each by its command; all need the corpora and the extra ``train``.

python -m tracker.classify.training.figures operators    cross-validation: no post of the judged operator in training
python -m tracker.classify.training.figures heldout      the package's model on posts that no training saw
python -m tracker.classify.training.figures gold         what two readers read, by fits that saw none or half of it
python -m tracker.classify.training.figures vendors      status updates by their words, each vendor left out in turn
python -m tracker.classify.training.figures languages    each language left out in turn: our posts and the real ones
python -m tracker.classify.training.figures reliability  how often verdicts of a confidence are right
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tracker.classify import model
from tracker.classify.training import corpora, fit
from tracker.classify.training.corpora import PHASES, Post
from tracker.classify.words import judged

_TRANSIT = re.compile(r"paris|rodalies|cta|northernassist|train|rail|gwr|midland|caltrain|sbahn", re.I)
_RESAMPLED = 1000
_FEWEST = 60  # status updates of a vendor to be shown apart


def f1s(labels: np.ndarray, said: np.ndarray) -> np.ndarray:
    """F1 of each phase; nan where it does not occur."""
    found = np.full(len(PHASES), np.nan)
    for phase in range(len(PHASES)):
        if np.any(labels == phase):
            both = np.sum((labels == phase) & (said == phase))
            found[phase] = 2 * both / (np.sum(labels == phase) + np.sum(said == phase))
    return found


def line(name: str, posts: Sequence[Post], said: np.ndarray) -> str:
    """Macro-F1 and accuracy with 95 % intervals (percentile bootstrap over posts), and F1 by phase."""
    labels = np.array([PHASES.index(post.phase) for post in posts])
    chance = np.random.RandomState(0)
    draws = [chance.randint(0, len(labels), len(labels)) for _ in range(_RESAMPLED)]
    macro = np.percentile([np.nanmean(f1s(labels[draw], said[draw])) for draw in draws], [2.5, 97.5])
    right = np.percentile([np.mean(labels[draw] == said[draw]) for draw in draws], [2.5, 97.5])
    phases = " ".join("    –" if np.isnan(value) else f"{value:5.2f}" for value in f1s(labels, said))
    return (
        f"{name:30} {len(posts):5}   {np.nanmean(f1s(labels, said)):.3f} [{macro[0]:.3f}, {macro[1]:.3f}]"
        f"   {np.mean(labels == said):.3f} [{right[0]:.3f}, {right[1]:.3f}]  {phases}"
    )


def show(name: str, posts: Sequence[Post], said: np.ndarray) -> None:
    """Print the line of all posts and that of the unambiguous ones."""
    clear = np.array([not post.ambiguous for post in posts])
    print(line(name, posts, said))
    if not clear.all():
        print(line(f"  {'unambiguous':28}", [post for post in posts if not post.ambiguous], said[clear]), flush=True)


def head() -> None:
    """Print the heads of the columns."""
    print(f"{'':30} posts   macro-F1 [95 %]           accuracy [95 %]       F1 of {' '.join(PHASES)}")


def _everything() -> tuple[list[Post], list[Post]]:
    """(the posts of labelled_posts.jsonl, all others that training reads)."""
    return corpora.labelled(), corpora.read_by_us() + corpora.status_updates() + fit.own_posts()


def operators() -> None:
    """All operators, then by kind of account."""
    labelled, others = _everything()
    said = _raw(labelled, others).argmax(axis=1)
    kinds = np.array([_kind(post) for post in labelled])
    head()
    show("by operator", labelled, said)
    for kind in ("transit", "web and telecom", "status updates"):
        part = kinds == kind
        show(kind, [post for post, inside in zip(labelled, part, strict=True) if inside], said[part])


def _raw(labelled: list[Post], others: list[Post]) -> np.ndarray:
    """Raw probabilities of the labelled posts, each by a fit that saw no post of its operator."""
    return fit.unseen(fit.tabled(labelled + others), range(len(labelled)), fit.folds(labelled, big=100))


def _kind(post: Post) -> str:
    if post.kind == "status":
        return "status updates"
    return "transit" if _TRANSIT.search(post.operator) else "web and telecom"


def heldout() -> None:
    """The model in the package on the two files that training never reads."""
    head()
    for name in corpora.HELD_OUT:
        posts = corpora.labelled(name)
        show(name, posts, _said(posts))
    told = corpora.labelled("told_dev.jsonl")
    for language in sorted({post.language for post in told}):
        part = [post for post in told if post.language == language]
        print(line(f"told_dev.jsonl, {language}", part, _said(part)))


def gold() -> None:
    """By a fit that saw none of these posts; then each half by a fit that saw the other half, and so their accounts."""
    labelled, others = _everything()
    posts = corpora.labelled(corpora.GOLD)
    table = fit.tabled(labelled + others + posts)
    place = np.arange(len(table.posts))
    is_gold = place >= len(labelled + others)
    halves = [is_gold & (place % 2 == 0), is_gold & (place % 2 == 1)]
    head()
    for name, parts in (("none seen", [is_gold]), ("the other half seen", halves)):
        show(name, posts, fit.without(table, parts)[is_gold].argmax(axis=1))


def _said(posts: Sequence[Post]) -> np.ndarray:
    return np.array([PHASES.index(judged(post.title, post.text, post.language or None).phase) for post in posts])


def vendors() -> None:
    """Each vendor's updates, judged by a fit without that vendor, against the state that the vendor declared."""
    labelled, others = _everything()
    pages = corpora.status_updates(also_read=True)
    table = fit.tabled(labelled + others + [Post(post.text, post.phase, post.operator) for post in pages])
    is_shown = np.arange(len(table.posts)) >= len(labelled + others)
    whose = np.array([post.operator for post in table.posts])
    counts = Counter(post.operator for post in pages)
    big = [name for name, count in counts.most_common() if count >= _FEWEST]
    small = sorted(counts.keys() - set(big))
    head()
    for title, names in (*((name, [name]) for name in big), (f"{len(small)} small vendors", small)):
        outside = np.isin(whose, names)
        fitted = fit.fit(table.where(~is_shown & ~outside))
        _judged(title, fitted, table.where(is_shown & outside))


def languages() -> None:
    """Each language unknown to training (its phrase pack stays): our own sentences, then real posts where there are."""
    labelled, others = _everything()
    measured = [post for name in (*corpora.HELD_OUT, corpora.GOLD) for post in corpora.labelled(name)]
    table = fit.tabled(labelled + others + measured)
    place = np.arange(len(table.posts))
    is_held_out = place >= len(labelled + others)
    is_real = is_held_out | (place < len(labelled))
    is_natural = np.array([post.kind == "natural" for post in table.posts])
    spoken = np.array([post.language for post in table.posts])
    head()
    for language in sorted({post.language for post in others if post.kind in fit.OWN_WEIGHTS} - {"en"}):
        fitted = fit.fit(table.where(~is_held_out & (spoken != language)))
        for name, part in (("our own posts", is_natural), ("real posts", is_real)):
            if np.any(part & (spoken == language)):
                _judged(f"{language}, {name}", fitted, table.where(part & (spoken == language)))


def _judged(title: str, fitted: fit.Fitted, shown: fit.Table) -> None:
    print(line(title, shown.posts, fitted.probabilities(shown).argmax(axis=1)), flush=True)


def reliability() -> None:
    """Confidence against truth: operators that the fit did not see, then posts that no training saw."""
    labelled, others = _everything()
    raw = _raw(labelled, others)
    labels = np.array([PHASES.index(post.phase) for post in labelled])
    sure = np.array([model.load().calibrated(value) for value in raw.max(axis=1)])
    _bands("operators unseen, weighed as in training", sure, raw.argmax(axis=1) == labels, fit.weights(labelled))
    for name in corpora.HELD_OUT:
        told = corpora.labelled(name)
        verdicts = [judged(post.title, post.text, post.language or None) for post in told]
        right = np.array([verdict.phase == post.phase for verdict, post in zip(verdicts, told, strict=True)])
        _bands(name, np.array([verdict.confidence for verdict in verdicts]), right, np.ones(len(told)))


def _bands(name: str, sure: np.ndarray, right: np.ndarray, weight: np.ndarray) -> None:
    print(f"{name}\n  confidence    mean  right  posts")
    for low, high in ((0, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        part = (sure >= low) & (sure < high)
        if part.any():
            mean = np.average(sure[part], weights=weight[part])
            share = np.average(right[part], weights=weight[part])
            print(f"  {low:.2f} - {min(high, 1):.2f}  {mean:.3f}  {share:.3f}  {part.sum():5}")
    error = np.average(sure, weights=weight) - np.average(right, weights=weight)
    print(f"  all: confidence less accuracy {error:+.3f}", flush=True)


if __name__ == "__main__":
    known = {each.__name__: each for each in (operators, heldout, gold, vendors, languages, reliability)}
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(__doc__)
    known[sys.argv[1]]()
