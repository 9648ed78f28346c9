"""Words -> Verdict: phrases by language, each with its phase; the strongest evidence decides and is named.

Packs are data (``phrases/*.txt``): a line ``[phase weight]`` opens a group, other lines are phrases, one or
more words in a row. Scripts without spaces are searched as they stand.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from tracker.models import Phase, Verdict

LONGEST = 6_000  # characters: the news of an announcement stands at its beginning
TOO_LITTLE = 0.3

_LINK = re.compile(r"https?://\S+|<[^>]{0,2000}>")
_NOISE = re.compile(r"[^\w%']+")
_GROUP = re.compile(r"\[([a-z-]+) ([\d.]+)\]")
_PLURALS = {"’": "'", "‘": "'", "`": "'"}


def judged(title: str | None, text: str) -> Verdict:
    """What the words say; low confidence where they say little."""
    plain = normal(f"{title}. {text}" if title else text)
    if not any(sign.isalpha() for sign in plain):
        return Verdict(phase=Phase.UNRELATED, confidence=TOO_LITTLE, because="there are no words in it")
    found = _evidence(plain)
    if not found:
        return Verdict(phase=Phase.UNRELATED, confidence=0.5, because="no phrase of any phase is in it")
    scores: dict[Phase, float] = {}
    for phase, weight, _ in found:
        scores[phase] = scores.get(phase, 0.0) + weight
    ranked = sorted(scores, key=lambda phase: (-scores[phase], phase))
    best = ranked[0]
    rest = sum(scores[phase] for phase in ranked[1:])
    confidence = round(min(0.95, 0.5 + 0.5 * (scores[best] - rest / 2) / (scores[best] + rest + 0.6)), 2)
    return Verdict(phase=best, confidence=max(confidence, TOO_LITTLE), because=_because(found, best))


def normal(text: str) -> str:
    """Lower case, accents and apostrophes in one form, links and markup out, single spaces, ends marked."""
    cut = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    for sign, plain in _PLURALS.items():
        cut = cut.replace(sign, plain)
    return f" {_NOISE.sub(' ', _LINK.sub(' ', cut)).strip()} "


def _because(found: list[tuple[Phase, float, str]], best: Phase) -> str:
    ordered = sorted(found, key=lambda item: -item[1])
    said = ", ".join(f"“{words}”" for phase, _, words in ordered[:12] if phase is best)
    against = [(phase, words) for phase, _, words in ordered if phase is not best][:2]
    if not against:
        return f"it says {said}"
    return f"it says {said}; against it: " + ", ".join(f"“{words}” ({phase})" for phase, words in against)


def _evidence(plain: str) -> list[tuple[Phase, float, str]]:
    """(phase, weight, the words found) of every phrase; a longer phrase hides the shorter ones inside it."""
    by_word, unspaced = _packs()
    words = plain.split()
    found: dict[str, tuple[Phase, float, str]] = {}
    at = 0
    while at < len(words):
        phrase = next((p for p in by_word.get(words[at], ()) if words[at : at + len(p.words)] == p.words), None)
        if phrase is None:
            at += 1
            continue
        # The first words of a post carry its news.
        weight = phrase.weight * (1.25 if at < 25 else 1.0)
        found.setdefault(phrase.text, (phrase.phase, weight, phrase.text))
        at += len(phrase.words)
    if not plain.isascii():
        found |= {p.text: (p.phase, p.weight, p.text) for p in unspaced if p.text in plain}
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words in a row that speak for a phase."""

    text: str
    words: list[str]
    phase: Phase
    weight: float


@functools.cache
def _packs() -> tuple[dict[str, list[_Phrase]], list[_Phrase]]:
    """(phrases by their first word, longest first; those of scripts without spaces)."""
    by_word: dict[str, list[_Phrase]] = {}
    unspaced: list[_Phrase] = []
    packs = resources.files("tracker.classify").joinpath("phrases").iterdir()
    for pack in sorted(packs, key=lambda file: file.name):
        for phrase in _read_pack(pack.read_text("utf-8")):
            if any(ord(sign) > 0x2E80 for sign in phrase.text):
                unspaced.append(phrase)
            else:
                by_word.setdefault(phrase.words[0], []).append(phrase)
    for phrases in by_word.values():
        phrases.sort(key=lambda phrase: -len(phrase.words))
    return by_word, unspaced


def _read_pack(text: str) -> Iterator[_Phrase]:
    phase, weight = Phase.UNRELATED, 0.0
    for line in text.splitlines():
        if group := _GROUP.fullmatch(line.strip()):
            phase, weight = Phase(group[1]), float(group[2])
        elif line.strip() and not line.startswith("#"):
            phrase = normal(line).strip()
            yield _Phrase(text=phrase, words=phrase.split(), phase=phase, weight=weight)
