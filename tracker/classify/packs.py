"""The phrase packs: what people of each language say, by cue ("fixed", "still", "planned" …).

Packs are data, ``phrases/<language>.txt``: a line ``[cue]`` opens a group; the next lines are phrases parted by
commas; a ``*`` at the end of a word stands for any ending; in languages without spaces, what is in 【】 stands for
itself alone, as headings do. The cues are the same in all languages: what is learnt of them in one holds in another.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tracker.classify.tokens import Remembered, Token, fold, is_thai

FOLDER = Path(__file__).with_name("phrases")

_COMMON = "common"  # the group of words that only tell the language
_WHOLE_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?![\w*])")
_SHORTEST_STEM, _LONGEST_STEM = 2, 18
_BITS = 16  # of one language in the sum of votes: two bytes, more than the words of a text give
_UNSPACED = ("ja", "zh", "th")
_APART = 5  # tokens from one time of day to the next: "between 8:45 and about 10 am" is a span
_MAYBE_CLOCK = re.compile(r"\d\d?\.[0-5]\d$")

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


class _Starting(NamedTuple):
    """The phrases that start with one word: the one of that word alone, and the longer ones by their second word."""

    alone: _Phrase | None
    by_second: dict[str, list[_Phrase]]  # each with those of ``by_stem``
    by_stem: list[_Phrase]  # those whose second word is a stem

    @classmethod
    def of(cls, phrases: Sequence[_Phrase]) -> _Starting | None:
        """None where there are none."""
        if not phrases:
            return None
        by_second: dict[str, list[_Phrase]] = {}
        for phrase in phrases:
            if phrase.words and phrase.words[0][-1] != "*":
                by_second.setdefault(phrase.words[0], []).append(phrase)
        by_stem = [phrase for phrase in phrases if phrase.words and phrase.words[0][-1] == "*"]
        for longer in by_second.values():
            longer += by_stem
        return cls(next((phrase for phrase in phrases if not phrase.words), None), by_second, by_stem)

    def longest(self, found: Sequence[Token], at: int) -> _Phrase | None:
        """The longest of them that the text goes on with after the place ``at``."""
        longest, by_second, by_stem = self
        if at + 1 == len(found):
            return longest
        size = 0
        for phrase in by_second.get(found[at + 1].key, by_stem):
            if len(phrase.words) > size and _goes_on(found, at, phrase.words):
                longest, size = phrase, len(phrase.words)
        return longest


class Pack:
    """The phrases of one language, found by their first word; put in order when the first post needs them."""

    def __init__(self, language: str, text: str) -> None:
        self.language = language
        self._text = text
        # (phrase, cue) by the first word, by the first stem, by the first two characters or the only one
        self._by_word: dict[str, list[tuple[str, str]]] = {}
        self._by_stem: dict[str, list[tuple[str, str]]] = {}
        self._runs: dict[str, list[tuple[str, str]]] = {}  # the longest first, each with those of one character
        self.starting = Remembered(self._starting)

    def words(self) -> tuple[set[str], set[str]]:
        """(the common words, all words): by these the language is known."""
        common, every = list[str](), list[str]()
        for group, line in _grouped(self._text):
            (common if group == _COMMON else every).append(line)
        words = _whole_words(",".join(common))
        return words, words | _whole_words(",".join(every))

    def _order(self) -> None:
        for cue, line in _grouped(_folded(self._text)):
            if cue != _COMMON:
                for phrase in line.split(","):
                    self._add(cue, phrase.strip())
        for beginning, runs in self._runs.items():
            if len(beginning) > 1:
                runs += self._runs.get(beginning[0], ())
            runs.sort(key=lambda run: -len(run[0]))
        self._text = ""

    def _add(self, cue: str, phrase: str) -> None:
        if self.language in _UNSPACED and not phrase.isascii():
            self._runs.setdefault(phrase[:2], []).append((phrase, cue))
            return
        first = phrase.split(maxsplit=1)[0]
        index, key = (self._by_stem, first[:-1]) if first[-1] == "*" else (self._by_word, first)
        index.setdefault(key, []).append((phrase, cue))

    def _starting(self, word: str) -> _Starting | None:
        """The phrases that may start with a word, None where there are none."""
        if self._text:
            self._order()
        phrases = list(self._by_word.get(word, ()))
        for end in range(min(len(word), _LONGEST_STEM), _SHORTEST_STEM - 1, -1):
            phrases += self._by_stem.get(word[:end], ())
        return _Starting.of([_Phrase(cue, tuple(phrase.split()[1:])) for phrase, cue in phrases])

    def in_run(self, run: str) -> Iterator[tuple[str, str]]:
        """(cue, phrase) of a run of characters without spaces; the longest phrase at each place."""
        if self._text:
            self._order()
        at, run = 0, f"【{run}】"
        while at < len(run):
            for phrase, cue in self._runs.get(run[at : at + 2], self._runs.get(run[at], ())):
                if run.startswith(phrase, at):
                    yield cue, phrase.strip("【】")
                    at += len(phrase)
                    break
            else:
                at += 1


class Packs:
    """All languages: which one a text is in, and the cues in it."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = tuple(packs)
        self._words = [pack.words() for pack in packs]
        self._votes = Remembered(self._votes_of)

    def _votes_of(self, word: str) -> int:
        """The votes of a word for all languages, each in its place of ``_BITS``."""
        return sum(
            [
                (2 if word in common else 1) << (_BITS * place)
                for place, (common, every) in enumerate(self._words)
                if word in every
            ]
        )

    def languages(self, found: Sequence[Token], hint: str | None = None) -> tuple[tuple[Pack, ...], int]:
        """(the packs of the likeliest language or languages, how many votes each got)."""
        words = [key for key, _, kind in found if kind == "word"]
        runs = "".join([key for key, _, kind in found if kind == "run"])
        total = sum(map(self._votes.__getitem__, words))
        places = len(self._packs)
        counts = list(struct.unpack(f"<{places}H", total.to_bytes(2 * places, "little")))
        by_letters = _by_letters(words, runs)
        for place, pack in enumerate(self._packs if by_letters or hint else ()):
            counts[place] += by_letters.get(pack.language, 0)
            if hint and counts[place] and pack.language == hint[:2].casefold():
                counts[place] += 2
        most = max(counts)
        if not most:
            return (), 0
        if counts.count(most) == 1:
            return (self._packs[counts.index(most)],), most
        return tuple([pack for pack, count in zip(self._packs, counts, strict=True) if count == most]), most

    def cues(self, found: Sequence[Token], packs: Sequence[Pack]) -> list[Cue]:
        """The cues in the order of the text, in the phrases of the given packs; a longer phrase hides shorter ones."""
        cues: list[Cue] = []
        sentence = end = 0
        clock = -_APART - 1
        phrases = [pack.starting for pack in packs]
        for at, (key, shown, kind) in enumerate(found):
            if at < end:  # within the phrase before
                continue
            if kind == "word":
                for by_word in phrases:
                    starting = by_word[key]
                    if starting is not None and (hit := starting.longest(found, at)) is not None:
                        end = at + 1 + len(hit.words)
                        said = " ".join([token.shown for token in found[at:end]]) if hit.words else shown
                        cues.append(Cue(_negated(hit.cue, cues, sentence), said, sentence))
                        break
            elif kind == "run":
                cues += [Cue(cue, text, sentence) for pack in packs for cue, text in pack.in_run(key)]
            else:
                cue = _SIGNS.get(key)
                if cue == "clock" or (key == "<number>" and _MAYBE_CLOCK.match(shown)):
                    cue, clock = ("span" if at - clock <= _APART else cue), at
                if cue is not None:
                    cues.append(Cue(cue, shown, sentence))
                if kind == "end" and cues and cues[-1].sentence == sentence:
                    sentence += 1
        return cues


def _by_letters(words: Sequence[str], runs: str) -> dict[str, int]:
    """The votes for the languages that have letters of their own."""
    votes: dict[str, int] = {}
    if runs and is_thai(sorted(runs)[len(runs) // 2]):  # most of them: (´ค｀) is a face in Japanese posts
        votes["th"] = len(runs)
    elif runs:
        votes["ja"] = len(runs)
        if not any("\u3040" <= sign <= "\u30ff" for sign in runs):
            votes["zh"] = len(runs)
    if words and max(words) >= "\uac00":  # Korean words take many endings: its pack has few of them
        votes["ko"] = sum(["\uac00" <= word[0] <= "\ud7a3" for word in words])
    return votes


def _negated(cue: str, before: Sequence[Cue], sentence: int) -> str:
    """The cue, where "more" after a "not" of the sentence is "no longer": "keine Fehler mehr", "geen fouten meer"."""
    if cue == "more" and any(one.name == "not" and one.sentence == sentence for one in before):
        return "no-longer"
    return cue


def _grouped(text: str) -> Iterator[tuple[str, str]]:
    """(group, line) of all lines of phrases."""
    group = ""
    for line in text.split("\n"):
        if line.startswith("["):
            group = line[1:-1].replace(" ", "-")
        elif line and not line.startswith("#"):
            yield group, line


def _folded(phrases: str) -> str:
    """Phrases in the form in which texts are compared."""
    return fold(phrases).replace("-", " ").replace("'", " ")


def _whole_words(phrases: str) -> set[str]:
    """The words of phrases, without stems: this stands in the way of the first verdict, so each is folded once, and
    only what is not a plain word is looked at closely."""
    once = " ".join(set(phrases.replace(",", " ").split()))
    found = set(_folded(once).replace(",", " ").split())
    plain = set(filter(str.isalpha, found))
    return plain.union(_WHOLE_WORD.findall(" ".join(found - plain)))


def _goes_on(found: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    """Whether these words, some of them stems, follow the place ``at``."""
    if at + len(words) >= len(found):
        return False
    for place, word in enumerate(words, at + 1):
        key = found[place].key
        if key != word and (word[-1] != "*" or not key.startswith(word[:-1])):
            return False
    return True


@functools.cache
def packs() -> Packs:
    """The packs of the package, read once."""
    return Packs([Pack(file.stem, file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.txt"))])
