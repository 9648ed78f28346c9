"""Words -> Verdict: the phase that the model finds likeliest, how sure it may be, and the evidence by name."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tracker.classify.added import added_to
from tracker.classify.model import PHASES, Row, Weighed, load, weigh
from tracker.classify.packs import Cue, Pack, packs
from tracker.classify.tokens import LONGEST, Token, tokens, words_in
from tracker.models import FORGOTTEN, Phase, Verdict

TOO_LITTLE = 0.3  # confidence where there is nothing to read
STRANGE = 0.4  # the most where the language is none that we know
_FEW = 3  # words: fewer say something only where they are a known phrase
_FOR, _AGAINST = 4, 2  # how much evidence is named
_ENOUGH = 0.25  # of what the strongest adds: what adds less is no evidence
_SHOWN = 40  # characters of a word that are shown
_SURELY = 0.9  # from here on, what was added to a text is what it says now
_SHORT = 500  # characters: of such updates of real pages two of five say what others said, word for word

_Said = tuple[str, str]  # a phrase and its cue; a word and nothing

_LIVE, _ENDED = (Phase.OUTAGE_START, Phase.UPDATE), (Phase.RESOLVED,)
_LATER = (Phase.UPDATE, Phase.RESOLVED)
_OVER = frozenset(("fixed", "back", "normal", "ended"))
_NOT_OVER = frozenset(("unfixed", "nearly", "not", "still", "until", "will", "recovering"))
_GOING_ON = _NOT_OVER | {"checking", "working", "fixing", "watching"}
_TROUBLE = _GOING_ON | {"broken", "slow", "bad-sign", "aware", "found"}


def judged(title: str | None, text: str, lang: str | None = None) -> Verdict:
    """What the words say; low confidence, and said so, where they say little or in an unknown language."""
    if text == FORGOTTEN:
        return Verdict(phase=Phase.UNRELATED, confidence=TOO_LITTLE, because="its words were erased")
    heard = _heard(f"{title}\n{text}" if title else text, lang)
    if not heard.words:
        return Verdict(phase=Phase.UNRELATED, confidence=TOO_LITTLE, because="there are no words in it")
    opinion = _opinion(heard)
    return _of_what_was_added(opinion, text, lang) or _verdict(opinion)


def _of_what_was_added(whole: _Opinion, text: str, lang: str | None) -> Verdict | None:
    """What a text about trouble says below "Edit:", where that is surely a later word; None for any other text."""
    added = added_to(text) if whole.phase in (*_LIVE, *_ENDED) else None
    heard = _heard(added, lang) if added else None
    if heard is None or not heard.words:
        return None
    opinion = _opinion(heard)
    if opinion.phase not in _LATER or opinion.confidence < _SURELY:
        return None
    verdict = _verdict(opinion)
    return replace(verdict, because=f"of what was added {verdict.because}")


def contradiction(text: str, lang: str | None, *, over: bool, surely: float) -> Verdict | None:
    """What the words say where they deny that it is (``over``) or is not over; None where they do not, or less surely.

    Nothing is over without a word for it, and nothing goes on without one; the last sentence that speaks of an end is
    what counts. That spares the model most of the announcements of vendors who declare their state.
    """
    return (_known_denial if len(text) <= _SHORT else _denial)(text, lang, over, surely)


def _denial(text: str, lang: str | None, over: bool, surely: float) -> Verdict | None:
    heard = _heard(text, lang)
    if not heard.words or not _may_deny(heard.cues, over=over):
        return None
    opinion = _opinion(heard)
    denies = opinion.phase in (_LIVE if over else _ENDED) and opinion.confidence >= surely
    return _verdict(opinion) if denies else None


_known_denial = functools.lru_cache(maxsize=1 << 9)(_denial)


def _may_deny(found: Sequence[Cue], *, over: bool) -> bool:
    """Whether the phrases leave it open that the words deny it: the cheap question before the model's."""
    cues = {cue.name for cue in found}
    ends = [cue.sentence for cue in found if cue.name in _OVER]
    if not over:
        return bool(ends) and cues.isdisjoint(_GOING_ON)
    if not ends:
        return not cues.isdisjoint(_TROUBLE)
    return any(cue.name in _NOT_OVER and cue.sentence >= ends[-1] for cue in found)


class _Heard(NamedTuple):
    """A text as tokens and cues, and the packs of its likeliest languages with the votes that each got."""

    text: str
    tokens: list[Token]
    words: int
    cues: list[Cue]
    spoken: tuple[Pack, ...]
    votes: int


def _heard(text: str, lang: str | None) -> _Heard:
    found = tokens(text)
    spoken, votes = packs().languages(found, lang)
    return _Heard(text, found, words_in(found), packs().cues(found, spoken), spoken, votes)


class _Opinion(NamedTuple):
    """The likeliest phase and how surely it is that, what was weighed, and what makes it doubtful (mostly nothing)."""

    phase: Phase
    confidence: float
    heard: _Heard
    weighed: Weighed
    doubt: str


def _opinion(heard: _Heard) -> _Opinion:
    """Of a text with words in it. In an unknown language nothing is over without a phrase for it: the model, which
    knows none of the words, leans to that."""
    weighed = weigh(heard.tokens, heard.words, heard.cues)
    likely = weighed.probabilities()
    is_known = _is_known(heard)
    may_end = is_known or heard.words < _FEW or any(cue.name in _OVER for cue in heard.cues)
    may_be = [place for place, phase in enumerate(PHASES) if may_end or phase is not Phase.RESOLVED]
    best = max(may_be, key=likely.__getitem__)
    confidence, doubt = load().calibrated(likely[best]), ""
    if heard.words < _FEW and not heard.cues:
        confidence, doubt = min(confidence, STRANGE), "there is little in it; "
    elif not is_known:
        confidence, doubt = min(confidence, STRANGE), "its language is none that we know; "
    return _Opinion(PHASES[best], round(confidence, 2), heard, weighed, doubt)


def _verdict(opinion: _Opinion) -> Verdict:
    """The opinion with its evidence, which costs as much as a third of forming it."""
    evidence = _because(opinion.heard, opinion.weighed, PHASES.index(opinion.phase))
    return Verdict(phase=opinion.phase, confidence=opinion.confidence, because=opinion.doubt + evidence)


def _is_known(heard: _Heard) -> bool:
    """Whether enough of the words are in the packs of one language."""
    return bool(heard.spoken) and heard.votes * 4 >= heard.words


def _because(heard: _Heard, weighed: Weighed, best: int) -> str:
    """The phrases and words that speak most for the phase, and those that speak most for the next likeliest.

    For a phase speaks what adds more to it than to the others, taken together, and no less than to the next likeliest.
    """
    scores = weighed.scores
    rival = max([place for place in range(len(PHASES)) if place != best], key=scores.__getitem__)
    told: list[tuple[float, _Said]] = []
    against: list[tuple[float, _Said]] = []
    for said, part, row in _added(heard, weighed):
        ours, theirs = row[best], row[rival]
        if ours >= theirs:
            told.append((part * (ours - (sum(row) - ours) / (len(row) - 1)), said))
        else:
            against.append((part * (theirs - ours), said))
    enough = _ENOUGH * max([worth for worth, _ in told + against], default=0.0)
    text = heard.text[:LONGEST].casefold()
    found = _strongest(told, _FOR, enough, text)
    reason = f"it says {found}" if found else "no single word decides it"
    found = _strongest(against, _AGAINST, enough, text)
    return f"{reason}; for {PHASES[rival]} speaks {found}" if found else reason


def _strongest(evidence: list[tuple[float, _Said]], most: int, enough: float, text: str) -> str:
    """What is said, the strongest first, as it is written in the text."""
    strong = [(worth, _quoted(said, text)) for worth, said in evidence if worth > enough]
    return ", ".join([said for _, said in sorted(strong, reverse=True)[:most]])


def _quoted(said: _Said, text: str) -> str:
    words, cue = said
    return f"“{_as_written(words, text)}” ({cue})" if cue else f"“{words}”"


def _as_written(phrase: str, text: str) -> str:
    """A phrase of words and spaces, with the apostrophes and hyphens that the text has between them."""
    written, *rest = phrase.split(" ")
    for word in rest:
        written += next((sign for sign in " '’-" if f"{written}{sign}{word}" in text), " ") + word
    return written


def _added(heard: _Heard, weighed: Weighed) -> Iterator[tuple[_Said, float, Row]]:
    """(what was said, part, weights): the product of the last two was added to the score of each phase."""
    cues = weighed.cues
    phrases = dict.fromkeys([(shown, name) for name, shown, _ in heard.cues])
    for shown, name in phrases:
        rows = [row for where in ("", "first ", "last ") if (row := cues.get(where + name))]
        yield (shown, name), weighed.cue_part, tuple(map(sum, zip(*rows, strict=True)))
    told = {word for shown, _ in phrases for word in shown.split()}
    words = {shown[:_SHOWN]: row for shown, row in weighed.words.items() if shown not in told and len(shown) > 1}
    for shown, row in words.items():
        yield (shown, ""), weighed.word_part, row
