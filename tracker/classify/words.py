"""Words -> Verdict: phrases by language, each with its phase; the strongest evidence decides and is named.

A phrase is a plain string, or a pattern where ``*`` stands for up to four words. Packs are data
(``phrases/*.txt``): a line ``[phase weight]`` opens a group, other lines are phrases.
"""

from __future__ import annotations

import functools
import re
import unicodedata
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
    pattern, meanings = _packs()
    found: list[tuple[Phase, float, str]] = []
    seen: set[str] = set()
    for match in pattern.finditer(plain):
        words = match.group(0).strip()
        group = match.lastgroup
        if group is None or words in seen:
            continue
        seen.add(words)
        phase, weight = meanings[group]
        # The first words of a post carry its news.
        found.append((phase, weight * (1.25 if match.start() < 160 else 1.0), words))
    return found


@functools.cache
def _packs() -> tuple[re.Pattern[str], dict[str, tuple[Phase, float]]]:
    """One pattern of all phrases, longest first, and the meaning of each of its groups."""
    phrases: dict[str, tuple[Phase, float]] = {}
    for pack in sorted(resources.files("tracker.classify").joinpath("phrases").iterdir(), key=lambda p: p.name):
        _read_pack(pack.read_text("utf-8"), phrases)
    meanings: dict[str, tuple[Phase, float]] = {}
    alternatives = []
    for number, phrase in enumerate(sorted(phrases, key=lambda p: (-len(p), p))):
        name = f"p{number}"
        meanings[name] = phrases[phrase]
        alternatives.append(f"(?P<{name}>{_as_pattern(phrase)})")
    return re.compile("|".join(alternatives)), meanings


def _read_pack(text: str, phrases: dict[str, tuple[Phase, float]]) -> None:
    meaning: tuple[Phase, float] | None = None
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if group := _GROUP.fullmatch(line):
            meaning = (Phase(group[1]), float(group[2]))
        elif meaning is not None:
            phrases.setdefault(unicodedata.normalize("NFKC", line).casefold(), meaning)


def _as_pattern(phrase: str) -> str:
    """``*`` is up to four words; a phrase of a script without spaces stands anywhere."""
    if any(ord(sign) > 0x2E80 for sign in phrase):
        return re.escape(phrase)
    inner = re.escape(phrase).replace(r"\ \*\ ", r"(?: [\w%']+){0,4} ").replace(r"\ ", " ")
    return rf"(?<= ){inner}(?= )"
