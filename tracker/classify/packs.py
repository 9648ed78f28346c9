"""The phrase packs: what people of each language say, by cue ("fixed", "still", "planned" …).

Packs are data, ``phrases/<language>.txt``: a line ``[cue]`` opens a group; the next lines are phrases parted by
commas; a ``*`` at the end of a word stands for any ending. The cues are the same in all languages: what is
learnt of them in one holds in another.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import NamedTuple

from tracker.classify.tokens import Token, fold

COMMON = "common"  # the group of words that only tell the language
_SHORTEST_STEM, _LONGEST_STEM = 2, 14
_BITS = 12  # of one language in the sum of votes
_UNSPACED = ("ja", "zh")

# Signs that mean the same everywhere.
_SIGNS = {
    **dict.fromkeys("✅✔☑🟢💚🎉🥳🙌👌", "good-sign"),
    **dict.fromkeys("⚠🔴🚨🟠🟡❌⛔🚫🛑🆘📛❗", "bad-sign"),
    **dict.fromkeys("🔧🛠🚧⚙🔨👷🧰🔩⏳", "work-sign"),
    **dict.fromkeys("🙏😔😢😞😓😬😕😅", "sorry-sign"),
    "?": "question",
    "！": "exclaim",
    "!": "exclaim",
    "<name>": "name",
    "<link>": "link",
    "<clock>": "clock",
    "<date>": "date",
}


class Cue(NamedTuple):
    """One cue found: which, in whose words, in which sentence (counted from 0)."""

    name: str
    shown: str
    sentence: int


class _Phrase(NamedTuple):
    cue: str
    words: tuple[str, ...]  # after the first; one that ends with * is a stem


class Pack:
    """The phrases of one language, found by their first word."""

    def __init__(self, language: str, groups: dict[str, list[str]]) -> None:
        self.language = language
        self.words: set[str] = set()
        self.common: set[str] = set(groups.get(COMMON, ()))
        self._by_word: dict[str, list[_Phrase]] = {}
        self._by_stem: dict[str, list[_Phrase]] = {}
        self._runs: dict[str, list[tuple[str, str]]] = {}
        self._known: dict[str, list[_Phrase]] = {}
        for cue, phrases in groups.items():
            if cue != COMMON:
                for phrase in phrases:
                    self._add(cue, phrase)
        for found in (*self._by_word.values(), *self._by_stem.values()):
            found.sort(key=lambda phrase: -len(phrase.words))
        for runs in self._runs.values():
            runs.sort(key=lambda run: -len(run[0]))

    def _add(self, cue: str, phrase: str) -> None:
        if self.language in _UNSPACED and not phrase.isascii():
            self._runs.setdefault(phrase[:1], []).append((phrase, cue))
            return
        first, *rest = phrase.split()
        self.words.update(word for word in (first, *rest) if word[-1] != "*")
        index, key = (self._by_stem, first[:-1]) if first[-1] == "*" else (self._by_word, first)
        index.setdefault(key, []).append(_Phrase(cue, tuple(rest)))

    def starting(self, word: str) -> list[_Phrase]:
        """The phrases that may start with a word, the longest first."""
        found = self._known.get(word)
        if found is None:
            if len(self._known) > 1 << 15:
                self._known.clear()
            found = list(self._by_word.get(word, ()))
            for end in range(min(len(word), _LONGEST_STEM), _SHORTEST_STEM - 1, -1):
                found += self._by_stem.get(word[:end], ())
            found.sort(key=lambda phrase: -len(phrase.words))
            self._known[word] = found
        return found

    def in_run(self, run: str) -> Iterator[tuple[str, str]]:
        """(cue, phrase) of a run of characters without spaces; the longest phrase at each place."""
        at = 0
        while at < len(run):
            for phrase, cue in self._runs.get(run[at], ()):
                if run.startswith(phrase, at):
                    yield cue, phrase
                    at += len(phrase)
                    break
            else:
                at += 1


class Packs:
    """All languages: which one a text is in, and the cues in it."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = tuple(packs)
        self._votes: dict[str, int] = {}
        for place, pack in enumerate(packs):
            for word in pack.words | pack.common:
                weight = (2 if word in pack.common else 1) << (_BITS * place)
                self._votes[word] = self._votes.get(word, 0) + weight

    def languages(self, found: Sequence[Token], hint: str | None = None) -> tuple[tuple[Pack, ...], int]:
        """(the packs of the likeliest language or languages, how many votes each got)."""
        votes = self._votes
        total = sum([votes.get(token.key, 0) for token in found if token.kind == "word"])
        mask = (1 << _BITS) - 1
        counts = [total >> (_BITS * place) & mask for place in range(len(self._packs))]
        runs = "".join([token.key for token in found if token.kind == "run"])
        if runs:
            kana = any("\u3040" <= sign <= "\u30ff" for sign in runs)
            for place, pack in enumerate(self._packs):
                if pack.language == "ja" or (pack.language == "zh" and not kana):
                    counts[place] += len(runs)
        if hint:
            for place, pack in enumerate(self._packs):
                if pack.language == hint[:2].casefold() and counts[place]:
                    counts[place] += 2
        most = max(counts)
        if not most:
            return (), 0
        return tuple(pack for pack, count in zip(self._packs, counts, strict=True) if count == most), most

    def cues(self, found: Sequence[Token], packs: Sequence[Pack]) -> list[Cue]:
        """The cues in the order of the text, in the phrases of the given packs; a longer phrase hides shorter ones."""
        cues: list[Cue] = []
        sentence = at = 0
        while at < len(found):
            token = found[at]
            step = 1
            if token.kind == "word":
                for pack in packs:
                    hit = _longest(pack.starting(token.key), found, at)
                    if hit is not None:
                        step = 1 + len(hit.words)
                        shown = token.shown if step == 1 else " ".join([t.shown for t in found[at : at + step]])
                        cues.append(Cue(hit.cue, shown, sentence))
                        break
            elif token.kind == "run":
                cues += [Cue(cue, text, sentence) for pack in packs for cue, text in pack.in_run(token.key)]
            else:
                cue = _SIGNS.get(token.key)
                if cue is not None:
                    cues.append(Cue(cue, token.shown, sentence))
                if token.kind == "end" and cues and cues[-1].sentence == sentence:
                    sentence += 1
            at += step
        return cues


def _longest(phrases: list[_Phrase], found: Sequence[Token], at: int) -> _Phrase | None:
    for phrase in phrases:
        after = at + 1
        for word in phrase.words:
            if after >= len(found) or not _is(found[after].key, word):
                break
            after += 1
        else:
            return phrase
    return None


def _is(key: str, word: str) -> bool:
    return key.startswith(word[:-1]) if word[-1] == "*" else key == word


@functools.cache
def packs() -> Packs:
    """The packs of the package, read once."""
    files = resources.files("tracker.classify").joinpath("phrases").iterdir()
    names = sorted((file for file in files if file.name.endswith(".txt")), key=lambda file: file.name)
    return Packs([Pack(file.name[:2], _groups(file.read_text("utf-8"))) for file in names])


def _groups(text: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    group: list[str] = []
    for line in fold(text).replace("-", " ").replace("'", " ").splitlines():
        if line.startswith("["):
            group = groups.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            group += [phrase for part in line.split(",") if (phrase := part.strip())]
    return groups
