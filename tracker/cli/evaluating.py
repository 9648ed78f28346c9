"""What ``tracker evaluate`` prints: the figures as a page for people, or as one object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def page(told: Mapping[str, Any]) -> str:
    """The ``figures`` as text, in the order in which one asks for them."""
    lines = [_summary("all", told)]
    if told["unambiguous"]["posts"] < told["posts"]:
        lines.append(_summary("unambiguous", told["unambiguous"]))
    lines += [_summary(f"language {name}", part) for name, part in told["languages"].items()]
    lines += ["", f"{'phase':14} {'precision':>9} {'recall':>9} {'F1':>9} {'posts':>9}"]
    lines += [
        f"{phase:14} {of['precision']:9.3f} {of['recall']:9.3f} {of['f1']:9.3f} {of['posts']:9}"
        for phase, of in told["phases"].items()
    ]
    lines += ["", *_confusion(told["confusion"]), "", f"{'confidence':14} {'mean':>9} {'right':>9} {'posts':>9}"]
    lines += [
        f"{each['from']:.2f} - {each['to']:.2f}".ljust(14)
        + f" {each['confidence']:9.3f} {each['right']:9.3f} {each['posts']:9}"
        for each in told["reliability"]
    ]
    if told["worst"]:
        lines += ["", "the surest mistakes", *(line for case in told["worst"] for line in _mistake(case))]
    return "\n".join(lines)


def _summary(name: str, of: Mapping[str, Any]) -> str:
    return (
        f"{clean_line(name):14} {of['posts']:6} posts   macro-F1 {of['macro_f1']:.3f}   accuracy {of['accuracy']:.3f}"
    )


def _confusion(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    counts = {(each["label"], each["called"]): each["posts"] for each in found}
    yield f"{'is / called':14} " + " ".join(f"{phase:>12}" for phase in Phase)
    for label in Phase:
        row = [counts.get((label, called), 0) for called in Phase]
        if any(row):
            yield f"{label:14} " + " ".join(f"{count:12}" for count in row)


def _mistake(case: Mapping[str, Any]) -> Iterator[str]:
    called = f"called {case['called']} {case['confidence']:.2f}: {shorten(case['text'], _EXCERPT)}"
    yield f"  {clean_line(case['id'])}: is {case['label']}, {called}"
    yield f"      {case['because']}"
