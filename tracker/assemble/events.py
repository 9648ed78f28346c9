"""What is said one after the other: each announcement, and each edit that changed what it declares. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.assemble.parts import is_bad
from tracker.assemble.words import Words, answers_somebody, bare_title, fold, lines_in, links, own_words, read, watched
from tracker.models import SEEN, Action, Announcement, Correction, Name, Phase, Told, Verdict

LIVE = (Phase.OUTAGE_START, Phase.UPDATE)
ONE_MOMENT = timedelta(minutes=1)  # closer together, two updates of a page are of one moment: none opens it again
ECHOES_WITHIN = timedelta(hours=1)  # so long after the end other channels say that too
HARDLY = 0.6  # with less confidence a later word may as well be an end
SURELY = 0.9  # what is said with less confidence, by words alone, is doubtful
REPEATS_WITHIN = timedelta(hours=3)  # another channel says the same words within this time
REPEATS = 0.9  # share of words in common that makes it the same post: one in ten may differ
_HOUR = re.compile(r"\d{1,2}(?:[ap]m|h\d{0,2})")


@dataclass(frozen=True, slots=True)
class Event:
    """One moment of the walk: version ``revision`` of an announcement, at the time at which it was said.

    ``judged`` is what the words say, ``phase`` that or what a person said of it (``is_corrected``). ``seen_at`` is
    when we saw this version, None where nobody knows.
    """

    at: datetime
    told: Told
    revision: int
    said: Announcement
    judged: Verdict
    phase: Phase
    is_corrected: bool
    seen_at: datetime | None
    at_basis: str

    @property
    def number(self) -> int:
        """The announcement's number: the order in which we came to know it."""
        return self.told.order

    @property
    def name(self) -> Name:
        """How corrections and threads name it."""
        return self.told.name

    @property
    def words(self) -> Words:
        """What joining reads in it."""
        return read(self.said)

    @property
    def title(self) -> str | None:
        """Its title without a standing such as "Resolved:", to be compared; None where it has none."""
        return bare_title(self.said.title)

    @property
    def is_filed(self) -> bool:
        """Whether its platform says itself to which incident it belongs."""
        return self.said.incident_key is not None

    @property
    def is_aside(self) -> bool:
        """Whether it tells the public nothing: chatter, or an answer to one person."""
        return self.phase is Phase.UNRELATED or answers_somebody(self.said)

    @property
    def is_doubtful(self) -> bool:
        """Whether nothing but its words tells its phase, and not surely."""
        return self.is_less_sure_than(SURELY)

    def is_less_sure_than(self, confidence: float) -> bool:
        """Whether its words alone tell its phase, with less confidence: neither its vendor nor a person says so."""
        return not (self.is_corrected or self.judged.is_declared) and self.judged.confidence < confidence

    @property
    def is_work(self) -> bool | None:
        """Whether an incident that it begins is planned work; None for chatter, with which the next word decides.

        What its platform files as a minor, major or critical incident is none, whatever its words sound like.
        """
        if self.said.planned or self.phase is Phase.UNRELATED:
            return self.said.planned or None
        return self.phase is Phase.MAINTENANCE and (self.judged.is_declared or not is_bad(self.said))

    @property
    def links(self) -> frozenset[str]:
        """The bare addresses to which it links."""
        return links(self.said)

    @property
    def parts(self) -> tuple[str, ...]:
        """What it says is broken, folded: its components, else the thing whose state its title gives."""
        if self.said.components:
            return tuple(map(fold, self.said.components))
        thing = watched(self.said.title) if self.said.title else None
        return (thing,) if thing else ()

    @property
    def real_names(self) -> frozenset[str]:
        """What it names, but for mere numbers and hours."""
        return frozenset(name for name in self.words.names if any(map(str.isalpha, name)) and not _HOUR.fullmatch(name))

    @property
    def lines(self) -> frozenset[tuple[str, str]]:
        """The lines of public transport with which it begins, as ``lines_in``; a vendor's own name, N26, is none."""
        own = own_words(self.said.vendor)
        return frozenset(line for line in lines_in(self.said.title or self.said.text) if "".join(line) not in own)

    @property
    def key(self) -> tuple[datetime, int, int]:
        """The order of the walk."""
        return self.at, self.told.order, self.revision


class Placed(NamedTuple):
    """An event in its group: ``root`` is the number of the announcement that began the group; ``why`` it is there.

    ``score`` (0..1) is how sure that is, where likeness decided.
    """

    event: Event
    root: int
    why: str
    score: float | None


class Corrected:
    """What people corrected: phases, what is to be ignored, who belongs together or apart. Later words win."""

    def __init__(self, corrections: Sequence[Correction] = ()) -> None:
        self.all = tuple(corrections)
        self.ignored = {c.first for c in corrections if c.action is Action.IGNORE}
        self.phases = {(c.first, c.revision): c.phase for c in corrections if c.action is Action.PHASE and c.phase}
        last: dict[frozenset[Name], tuple[int, Action, tuple[Name, Name]]] = {}
        for made, c in enumerate(corrections):
            if c.second is not None and c.action in (Action.TOGETHER, Action.APART):
                last[frozenset((c.first, c.second))] = made, c.action, (c.first, c.second)
        # Each with its number in the order in which they were made.
        self.together = sorted((made, pair) for made, action, pair in last.values() if action is Action.TOGETHER)
        self.apart = {two: made for two, (made, action, _) in last.items() if action is Action.APART and len(two) > 1}
        self.foes: dict[Name, set[Name]] = {}
        for pair in self.apart:
            for one in pair:
                self.foes.setdefault(one, set()).update(pair - {one})

    def phase(self, name: Name, revision: int, judged: Verdict) -> Phase:
        """The phase of a version: what a person said of it, else what its words say."""
        return self.phases.get((name, revision), judged.phase)


def events_of(told: Told, corrected: Corrected) -> Iterator[Event]:
    """The announcement, then each edit that changed its state: as declared, else the phase of its words.

    An edit to which a person gave another phase counts too. Its time is the vendor's, else when we saw it, but never
    before the announcement itself or an earlier edit: some vendors date an edit back.
    """
    said = told.announcement
    now = corrected.phase(told.name, 1, told.verdict)
    yield Event(
        at=told.at,
        told=told,
        revision=1,
        said=said,
        judged=told.verdict,
        phase=now,
        is_corrected=(told.name, 1) in corrected.phases,
        seen_at=told.known_seen_at,
        at_basis="the vendor's time" if said.published_at else SEEN,
    )
    status, phase, last = said.status, told.verdict.phase, told.at
    for revision in told.revisions:
        later, verdict = revision.announcement, revision.verdict
        moved = later.status != status if later.status or status else verdict.phase is not phase
        status, phase = later.status, verdict.phase
        before, now = now, corrected.phase(told.name, revision.number, verdict)
        last = max(later.edited_at or revision.seen_at, last)
        was_moved_by_a_person = now is not phase and now is not before
        if (moved or was_moved_by_a_person) and now is not Phase.UNRELATED:
            yield Event(
                at=last,
                told=told,
                revision=revision.number,
                said=later,
                judged=verdict,
                phase=now,
                is_corrected=(told.name, revision.number) in corrected.phases,
                seen_at=revision.seen_at,
                at_basis="the vendor's time of the edit" if later.edited_at else "when we saw the edit",
            )


def repeated(event: Event, earlier: Iterable[Event]) -> float:
    """How much of the post was said on another channel within the last hours, 0..1."""
    best = 0.0
    for other in earlier:
        if other.said.source != event.said.source and event.at - other.at <= REPEATS_WITHIN:
            words, others = event.words.words, other.words.words
            if least := min(len(words), len(others)):
                best = max(best, len(words & others) / least)
    return best


def opens_again(event: Event, over_at: datetime, earlier: Iterable[Event]) -> bool:
    """Whether a live word, said after the end, takes the end back.

    It does not where it repeats what another channel said, where a page says it in the very moment of the end, or where
    another channel speaks soon after the end and what it says may as well be that it is over.
    """
    in_one_moment = event.is_filed and event.at - over_at < ONE_MOMENT
    may_echo = event.at - over_at <= ECHOES_WITHIN and _may_be_an_end(event, earlier)
    return not (in_one_moment or may_echo or repeated(event, earlier) >= REPEATS)


def _may_be_an_end(event: Event, earlier: Iterable[Event]) -> bool:
    """Whether a later word on a channel that told no end is hardly more likely live."""
    if event.phase is not Phase.UPDATE or not event.is_less_sure_than(HARDLY):
        return False
    return all(other.said.source != event.said.source for other in earlier if other.phase is Phase.RESOLVED)
