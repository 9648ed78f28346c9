"""What ``tracker evaluate`` prints: the figures as a page for people, or as one object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.classify import evaluation
from tracker.classify.evaluation import Case
from tracker.models import Phase
from tracker.show.clean import clean_line, shorten

_EXCERPT = 100  # columns of a mistaken post


def figures(cases: Sequence[Case], worst: int) -> dict[str, Any]:
    """All figures, the shares from 0 to 1."""
    clear = [case for case in cases if not case.ambiguous]
    return {
        "posts": len(cases),
        **_overall(cases),
        "unambiguous": {"posts": len(clear), **_overall(clear)},
        "phases": _phases(cases),
        "languages": {name: {"posts": len(part), **_overall(part), "phases": _phases(part)}
                      for name, part in evaluation.by_language(cases).items()},
        "confusion": [
            {"label": label, "called": called, "posts": count}
            for (label, called), count in sorted(evaluation.confusion(cases).items())
        ],
        "reliability": [
            {"from": band.low, "to": band.high, "posts": band.posts, "confidence": round(band.confidence, 3),
             "right": round(band.right, 3)}
            for band in evaluation.reliability(cases)
        ],
        "worst": [
            {"id": case.id, "label": case.label, "called": case.verdict.phase, "confidence": case.verdict.confidence,
             "because": case.verdict.because, "text": case.text}
            for case in evaluation.worst(cases, worst)
        ],
    }  # fmt: skip


def _overall(cases: Sequence[Case]) -> dict[str, float]:
    return {"macro_f1": round(evaluation.macro_f1(cases), 3), "accuracy": round(evaluation.accuracy(cases), 3)}


def _phases(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    return {
        phase.value: {
            "precision": round(score.precision, 3),
            "recall": round(score.recall, 3),
            "f1": round(score.f1, 3),
            "posts": score.posts,
        }
        for phase, score in evaluation.scores(cases).items()
    }


def page(cases: Sequence[Case], worst: int) -> str:
    """The same figures as text, in the order in which one asks for them."""
    clear = [case for case in cases if not case.ambiguous]
    lines = [_summary("all", cases)]
    if len(clear) < len(cases):
        lines.append(_summary("unambiguous", clear))
    lines += [_summary(f"language {name}", part) for name, part in evaluation.by_language(cases).items()]
    lines += ["", *_by_phase(cases), "", *_confusion(cases), "", *_reliability(cases)]
    mistakes = evaluation.worst(cases, worst)
    if mistakes:
        lines += ["", "the surest mistakes", *[line for case in mistakes for line in _mistake(case)]]
    return "\n".join(lines)


def _summary(name: str, cases: Sequence[Case]) -> str:
    macro, right = evaluation.macro_f1(cases), evaluation.accuracy(cases)
    return f"{clean_line(name):14} {len(cases):6} posts   macro-F1 {macro:.3f}   accuracy {right:.3f}"


def _by_phase(cases: Sequence[Case]) -> list[str]:
    found = evaluation.scores(cases).items()
    rows = [f"{phase.value:14} {s.precision:9.3f} {s.recall:9.3f} {s.f1:9.3f} {s.posts:9}" for phase, s in found]
    return [f"{'phase':14} {'precision':>9} {'recall':>9} {'F1':>9} {'posts':>9}", *rows]


def _confusion(cases: Sequence[Case]) -> list[str]:
    counts = evaluation.confusion(cases)
    head = f"{'is / called':14} " + " ".join(f"{phase.value:>12}" for phase in Phase)
    rows = [
        f"{label.value:14} " + " ".join(f"{counts[label, called]:12}" for called in Phase)
        for label in Phase
        if any(counts[label, called] for called in Phase)
    ]
    return [head, *rows]


def _reliability(cases: Sequence[Case]) -> list[str]:
    rows = [
        f"{f'{band.low:.2f} - {band.high:.2f}':14} {band.confidence:9.3f} {band.right:9.3f} {band.posts:9}"
        for band in evaluation.reliability(cases)
    ]
    return [f"{'confidence':14} {'mean':>9} {'right':>9} {'posts':>9}", *rows]


def _mistake(case: Case) -> list[str]:
    name, verdict, excerpt = clean_line(case.id), case.verdict, shorten(case.text, _EXCERPT)
    return [
        f"  {name}: is {case.label.value}, called {verdict.phase.value} {verdict.confidence:.2f}: {excerpt}",
        f"      {verdict.because}",
    ]
