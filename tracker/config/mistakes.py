"""What is wrong in feeds.yaml, and what would be right: all mistakes of a file are told at once, by their lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tracker.config.nodes import List, Node, Text
from tracker.errors import ConfigError

MAX_TOLD, MAX_FOUND = 40, 1_000  # mistakes in one error; mistakes after which reading on helps nobody


class Wrong(Exception):
    """One value is wrong; the text says how, and what would be right."""


@dataclass(slots=True)
class Mistakes:
    """All that is wrong in one file."""

    path: Path
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, where: str, what: str) -> None:
        """``what`` is wrong in this line, ``where`` in the words of the file; ConfigError where it is one too many."""
        if len(self.found) >= MAX_FOUND:
            self.tell()
        self.found.append((line, f"{self.path}:{line}: {where}{': ' if where else ''}{what}"))

    def tell(self) -> None:
        """ConfigError with a line for every mistake, where there is any."""
        told = [text for _, text in sorted(self.found, key=lambda mistake: mistake[0])]
        if len(told) > MAX_TOLD:
            told[MAX_TOLD:] = [f"{self.path}: and {len(told) - MAX_TOLD} more"]
        if told:
            raise ConfigError("\n".join(told))


def nearest(word: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The choice that was most likely meant, None where none is as much alike (0..1)."""
    from difflib import get_close_matches

    folded = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word[:100].casefold(), folded, 1, likeness)
    return folded[near[0]] if near else None


def hint(word: str, choices: Iterable[str]) -> str:
    """What would be right: the nearest choice, else all of them."""
    choices = tuple(choices)
    near = nearest(word, choices)
    return f"did you mean {near}?" if near else f"right {'is' if len(choices) == 1 else 'are'} {', '.join(choices)}"


def quoted(text: str) -> str:
    """A text for a message, cut where it is long."""
    return repr(text if len(text) <= 60 else text[:59] + "…")


def shape_of(node: Node) -> str:
    """``a text``, ``a list``, ``a mapping`` or ``nothing``, for a message."""
    if isinstance(node, Text):
        return "nothing" if node.is_nothing else "a text"
    return "a list" if isinstance(node, List) else "a mapping"
