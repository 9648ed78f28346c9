"""Posts written for this project, whole and by hand: ``phase<TAB>text``, with ``<TAB>?`` where one could disagree.

``accounts/<language>.tsv`` is what accounts of all kinds would most likely say, in the voice and the measure of real
ones; ``posts/<language>.tsv`` is what is hard: a phase that no single word gives away. They count apart. Nothing of it
was ever said: names stand there because accounts use names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracker.classify.training.corpora import PHASES, Post

HERE = Path(__file__).parent
KINDS = {"accounts": "natural", "posts": "hard"}
VOICES = 7  # a sign counts when two operators have it: every language is told by seven invented ones
RUN = 40  # lines in a row that one of them tells: what one account said stands together


def written() -> list[Post]:
    """All of them, in all languages, as posts of invented operators."""
    return [
        post
        for folder, kind in KINDS.items()
        for path in sorted((HERE / folder).glob("??.tsv"))
        for post in _posts(path, kind)
    ]


def _posts(path: Path, kind: str) -> Iterator[Post]:
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        phase, text, *doubt = line.split("\t")
        assert phase in PHASES, f"{path.name}:{number + 1}: {phase!r} is no phase"
        operator = f"{kind} {path.stem} {number // RUN % VOICES}"
        yield Post(text, phase, operator, path.stem, ambiguous=bool(doubt), kind=kind)
