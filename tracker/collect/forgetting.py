"""The words of an announcement are erased; that something was said then, and of which incident, stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tracker import classify
from tracker.collect.reassembling import reassemble
from tracker.models import Action, Correction, Incident, Kind, Name, Phase, Told

if TYPE_CHECKING:
    from tracker.store import Store

Incidents = Mapping[str, Incident]  # the incidents of a vendor by id

WHY = "words that said so were forgotten"


def forget(store: Store, source: str, id_: str, *, now: datetime, author: str = "") -> tuple[str, ...]:
    """Erase the words of an announcement; gives the ids of the incidents that look different.

    What the words alone told, a phase or who belongs together, is written down as corrections by ``author``: its
    incident keeps its id, its times and its posts.
    """
    with store.transaction():
        [told] = store.told_as((source, id_))
        reassemble(store, told.announcement.vendor, ())  # what waits to be joined is by its words
        number = store.forget(source, id_, now)
        [told] = store.told_by((number,))
        changed = _Forgetting(store, told, now, author).run()
    store.wipe()
    return changed


class _Forgetting:
    """The incidents of its vendor after an announcement lost its words, as far as can be those of before."""

    def __init__(self, store: Store, told: Told, now: datetime, author: str) -> None:
        self.store, self.told, self.now, self.author = store, told, now, author
        self.vendor = told.announcement.vendor
        self.before = self._incidents()
        self.since = told.at  # the first word that is placed anew

    def run(self) -> tuple[str, ...]:
        """Judge it again, and let people's word stand for the words that are gone; gives what differs."""
        after = self._judge()
        for version, phase in self._phases():
            if after[version] is not phase:
                self._say(Action.PHASE, self.told.name, phase=phase, revision=version)
        now = self._derive()
        for action, pairs in ((Action.APART, _strangers), (Action.TOGETHER, _torn)):
            if found := list(pairs(self.before, now)):
                for first, second in found:
                    self._say(action, first, second)
                now = self._derive()
        return tuple(sorted(id_ for id_ in {*self.before, *now} if self.before.get(id_) != now.get(id_)))

    def _incidents(self) -> Incidents:
        return {incident.id: incident for incident in self.store.incidents(vendors=(self.vendor,), kinds=tuple(Kind))}

    def _judge(self) -> dict[int, Phase]:
        """Write what is to be said of each version without its words."""
        verdicts = [(self.told.order, version, classify.classify(said)) for version, said in self.told.versions.items()]
        self.store.write_verdicts(verdicts, again=True)
        return {version: verdict.phase for _, version, verdict in verdicts}

    def _phases(self) -> Iterator[tuple[int, Phase]]:
        """(version, what its words said) of its steps, where no person has said it already."""
        known = self.store.corrections_of(self.vendor)
        corrected = {c.revision for c in known if c.action is Action.PHASE and c.first == self.told.name}
        for incident in self.before.values():
            for step in incident.steps:
                if step.name == self.told.name and step.revision not in corrected:
                    yield step.revision, step.verdict.phase

    def _say(
        self, action: Action, first: Name, second: Name | None = None, *, phase: Phase | None = None, revision: int = 1
    ) -> None:
        said = Correction(
            action=action, first=first, second=second, phase=phase, revision=revision, author=self.author,
            reason=WHY, made_at=self.now,
        )  # fmt: skip
        self.store.correct(said)
        self.since = min(self.since, *(at for _, at, _ in self.store.told_at(said)))

    def _derive(self) -> Incidents:
        reassemble(self.store, self.vendor, (self.told.order,), since=self.since)
        return self._incidents()


def _members(incident: Incident) -> list[Name]:
    return list(dict.fromkeys(step.name for step in incident.steps))


def _homes(incidents: Incidents) -> dict[Name, str]:
    return {name: incident.id for incident in incidents.values() for name in _members(incident)}


def _strangers(before: Incidents, after: Incidents) -> Iterator[tuple[Name, Name]]:
    """Two that are in one incident now and were not before: a pair for each two incidents of before."""
    homes = _homes(before)
    for incident in after.values():
        yield from _pairs(_members(incident), homes)


def _torn(before: Incidents, after: Incidents) -> Iterator[tuple[Name, Name]]:
    """Two that were in one incident and are in two now, where no strangers are with them."""
    homes = _homes(before)
    pure = [i for i in after.values() if len({homes.get(name) for name in _members(i)}) == 1]
    now = {name: incident.id for incident in pure for name in _members(incident)}
    for incident in before.values():
        yield from _pairs(_members(incident), now)


def _pairs(members: Iterable[Name], places: Mapping[Name, str]) -> list[tuple[Name, Name]]:
    """The first of these that is in a place, with the first in each other place."""
    firsts: dict[str, Name] = {}
    for name in members:
        if name in places:
            firsts.setdefault(places[name], name)
    found = list(firsts.values())
    return [(found[0], other) for other in found[1:]]
