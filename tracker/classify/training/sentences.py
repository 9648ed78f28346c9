"""Our own sentences: clauses of ``sentences/<language>.txt`` put together as people put them together.

``{a|b}`` is a choice, ``$name`` a slot. Everything is drawn from a generator seeded with the language, the
phase and the number of the sentence: the same sentences on every machine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "sentences"
PARTS = {
    "outage-start": "start",
    "update": "update",
    "resolved": "over",
    "maintenance": "planned",
    "unrelated": "other",
}

_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"\$(service|people|trouble|brand|city|line|number|clock|error|tag)")
_SIGNS = {
    "outage-start": "⚠🔴🚨😕🙏",
    "update": "🔧🙏🟠⏳",
    "resolved": "✅🎉🟢🙌🥳",
    "maintenance": "🔧🛠🚧",
    "unrelated": "😊🎉👇👀",
}
# How often the clauses beside the main one are there.
_BESIDE = {
    "outage-start": {"looking": 0.4, "sorry": 0.25, "soon": 0.25},
    "update": {"sorry": 0.25, "soon": 0.2},
    "resolved": {"leftover": 0.35, "sorry": 0.06},
    "maintenance": {"sorry": 0.2, "soon": 0.05},
    "unrelated": {},
}


@dataclass(frozen=True)
class Book:
    """The clauses of one language by part, and its slots."""

    language: str
    parts: dict[str, list[str]]
    slots: dict[str, list[str]]


def languages() -> list[str]:
    """Those that have a file, by their codes of two letters."""
    return sorted(path.stem for path in HERE.glob("??.txt"))


def book(language: str) -> Book:
    """The clauses and slots of a language, with the names that all have in common; its own slots win."""
    parts, slots = _read(HERE / f"{language}.txt")
    names, _ = _read(HERE / "names.txt")
    shared = {name: _options(lines) for name, lines in names.items()}
    return Book(language, parts, shared | {name: _options(lines) for name, lines in slots.items()})


def _options(lines: list[str]) -> list[str]:
    return [option.strip() for line in lines for option in line.split("|")]


def _read(path: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    parts: dict[str, list[str]] = {}
    slots: dict[str, list[str]] = {}
    group: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("[slot ") and line.endswith("]"):
            group = slots.setdefault(line[6:-1], [])
        elif re.fullmatch(r"\[[a-z]+\]", line):
            group = parts.setdefault(line[1:-1], [])
        elif line.strip() and not line.startswith("# "):
            group.append(line.strip())
    return parts, slots


def sentences(language: str, phase: str, count: int) -> Iterator[str]:
    """Up to ``count`` different posts; every clause of the part is used as often as every other."""
    from_book = book(language)
    main = from_book.parts[PARTS[phase]]
    seen = set()
    for number in range(count):
        chance = random.Random(f"{language} {phase} {number}")
        post = _post(from_book, main[number % len(main)], phase, chance)
        if post not in seen:
            seen.add(post)
            yield post


def _post(from_book: Book, clause: str, phase: str, chance: random.Random) -> str:
    clauses = [_filled(clause, from_book, chance)]
    if chance.random() > 0.3:
        for part, share in _BESIDE[phase].items():
            if chance.random() < share:
                clauses.append(_filled(chance.choice(from_book.parts[part]), from_book, chance))
        if phase == "update" and chance.random() < 0.2:
            clauses.insert(1, _filled(chance.choice(from_book.parts["update"]), from_book, chance))
    if chance.random() < 0.15:
        clauses.insert(0, _filled(chance.choice(_options(from_book.parts["opener"])), from_book, chance))
    unspaced = from_book.language in ("ja", "zh")
    text = _joined(clauses, unspaced, chance)
    if chance.random() < 0.12:
        text += " " + chance.choice(_SIGNS[phase])
    if chance.random() < 0.12:
        text += " https://t.co/" + format(chance.getrandbits(40), "x")
    if chance.random() < 0.08:
        text += " " + _filled("$tag", from_book, chance)
    return text


def _joined(clauses: list[str], unspaced: bool, chance: random.Random) -> str:
    text = ""
    for clause in clauses:
        if text and text[-1] not in ".!?。！？…":
            text += chance.choice("。！" if unspaced else [".", ".", ".", "!", ",", " –", ":"])
        text += ("" if unspaced or not text else " ") + clause[:1].upper() + clause[1:]
    if text and text[-1] not in ".!?。！？" and chance.random() < 0.5:
        text += "。" if unspaced else "."
    return text


def _filled(clause: str, from_book: Book, chance: random.Random) -> str:
    """Choices made from the inside out, then slots, until none is left."""
    while True:
        if choice := _CHOICE.search(clause):
            clause = clause[: choice.start()] + chance.choice(choice[1].split("|")) + clause[choice.end() :]
        elif slot := _SLOT.search(clause):
            clause = clause[: slot.start()] + chance.choice(from_book.slots[slot[1]]) + clause[slot.end() :]
        else:
            return " ".join(clause.split())
