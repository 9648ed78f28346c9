"""Posts written for this project, whole and by hand: a line ``phase<TAB>text`` of ``posts/<language>.tsv``."""

from __future__ import annotations

from pathlib import Path

from tracker.classify.training.corpora import PHASES, Post

HERE = Path(__file__).parent / "posts"


def written(without: str = "") -> list[Post]:
    """All of them, in all languages (but one), as posts of invented operators."""
    found = []
    for path in sorted(HERE.glob("??.tsv")):
        if path.stem == without:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            phase, text = line.split("\t")
            assert phase in PHASES, f"{path.name}:{number + 1}: {phase!r} is no phase"
            found.append(Post(text, phase, f"written {path.stem} {number % 7}", path.stem, kind="written"))
    return found
