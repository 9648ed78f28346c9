"""The incidents of a vendor in the record, made again as far as something changed.

Announcements are walked in the order of their times, and each is placed by what was known before it. So the walk
is resumed at the earliest moment that changed; what lies before it stands, and the result is that of a walk from
the beginning. Then the incidents that have a changed member, or whose state changes with the time, are told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from tracker.assemble.events import Corrected, Event, events_of
from tracker.assemble.joining import MOST, Past, Placed, Walk
from tracker.assemble.merging import unions
from tracker.assemble.telling import Context, tell
from tracker.models import Absence, Correction, Incident, Name, Told

AT_ONCE = 2_000  # events that are walked before they are written down: memory stays flat

Place = tuple[int, int, int, str, float | None]  # root, announcement, revision, why, score


class Record(Protocol):
    """What reassembling asks of the store, and what it writes. The caller holds the transaction."""

    def as_of(self, vendor: str) -> datetime | None:
        """The newest successful poll of a vendor's sources; else the newest time in what it said."""

    def zones(self, vendor: str) -> Mapping[str, str]:
        """The time zones of its sources (IANA names), by source id, where they are known."""

    def corrections_of(self, vendor: str) -> tuple[Correction, ...]:
        """What people said of its announcements, in order."""

    def absences_of(self, numbers: Collection[int]) -> tuple[Absence, ...]:
        """What the lists no longer hold of these announcements."""

    def told_by(self, numbers: Collection[int]) -> tuple[Told, ...]:
        """These announcements with their versions and verdicts."""

    def moments(self, vendor: str, since: datetime | None, numbers: Collection[int]) -> Iterator[tuple[int, int]]:
        """(announcement, version) of all that was said, or edited, since then, in the order of the walk.

        Versions of the announcements of ``numbers`` are all there; of others those that were walked before.
        """

    def walked(self, numbers: Collection[int]) -> Mapping[tuple[int, int], datetime]:
        """(announcement, version) -> time, of what was placed in an incident."""

    def roots_of(self, numbers: Collection[int]) -> set[int]:
        """The groups of these announcements."""

    def kin(self, roots: Collection[int]) -> tuple[set[int], set[str]]:
        """(all groups of the incidents in which these groups are, the ids of those incidents)."""

    def due(self, vendor: str, as_of: datetime) -> set[int]:
        """The groups of the incidents whose state changes by itself until then."""

    def ids(self, vendor: str) -> set[str]:
        """The ids of all its incidents."""

    def roots_since(self, vendor: str, since: datetime) -> set[int]:
        """The groups in which something was placed since then."""

    def rewind(self, vendor: str, since: datetime | None) -> None:
        """Take back what was placed since then (None: all), and the marks that began then."""

    def keep_places(
        self, vendor: str, placed: Iterable[tuple[Place, datetime]], marks: Iterable[tuple[str, int, datetime]]
    ) -> None:
        """Write down what was placed, and by which marks a group may be recognised since when."""

    def spoke_last(self, vendor: str, before: datetime, most: int) -> tuple[int, ...]:
        """The groups that spoke last before then, however long ago, the last one at the end."""

    def places(self, roots: Collection[int]) -> tuple[Place, ...]:
        """What was placed in these groups."""

    def marked(self, vendor: str, mark: str) -> tuple[tuple[int, datetime], ...]:
        """(root, since when) of the first two groups that bear a mark."""

    def named(self, name: Name) -> int | None:
        """The group of an announcement."""

    def known_as(self, alias: Name) -> int | None:
        """The group of the announcement without a key that is also known by this name."""

    def write_incidents(self, incidents: Sequence[Incident]) -> set[str]:
        """Write what differs; gives the ids of those that did."""

    def drop_incidents(self, ids: Collection[str]) -> None:
        """Take away incidents that became part of others, or nothing."""


def reassemble(
    record: Record,
    vendor: str,
    touched: Collection[int] | None = None,
    *,
    since: datetime | None = None,
    at_once: int = AT_ONCE,
) -> tuple[str, ...]:
    """Bring the incidents of a vendor up to date; gives the ids of those that were written or went.

    ``touched`` are the numbers of the announcements that are new, were revised, or whose absence changed, with
    their verdicts in place; None: all, and everything is walked from the beginning. ``since``: walk again from
    then on in any case, for corrections of what was said then. ``at_once``: events that are walked, before they are
    written down.
    """
    return _Reassembly(record, vendor, at_once).run(touched, since)


@dataclass(slots=True)
class _Recorded(Past):
    """The time before the walk was resumed, as the record has it."""

    record: Record
    vendor: str
    reader: _Reader
    since: datetime | None

    def marked(self, mark: str) -> tuple[tuple[int, datetime], ...]:
        return self.record.marked(self.vendor, mark)

    def named(self, name: Name) -> int | None:
        return self.record.named(name)

    def known_as(self, alias: Name) -> int | None:
        return self.record.known_as(alias)

    def group(self, root: int) -> list[Event]:
        return [place.event for place in self.reader.placed((root,))]

    def latest(self) -> list[tuple[int, list[Event]]]:
        if self.since is None:
            return []
        roots = self.record.spoke_last(self.vendor, self.since, MOST)
        placed = self.reader.placed(roots)
        return [(root, [place.event for place in placed if place.root == root]) for root in roots]


@dataclass(slots=True)
class _Reader:
    """Announcements of the record as events; each is read once, until ``forget``."""

    record: Record
    corrected: Corrected
    known: dict[int, dict[int, Event]] = field(default_factory=dict)

    def events(self, numbers: Iterable[int]) -> dict[int, dict[int, Event]]:
        """Announcement -> version -> event."""
        missing = [number for number in dict.fromkeys(numbers) if number not in self.known]
        if missing:
            for told in self.record.told_by(missing):
                self.known[told.order] = {event.revision: event for event in events_of(told, self.corrected)}
        return self.known

    def placed(self, roots: Collection[int]) -> list[Placed]:
        """The members of groups in the order of their times."""
        places = self.record.places(roots)
        events = self.events(number for _, number, _, _, _ in places)
        placed = [Placed(events[number][revision], root, why, score) for root, number, revision, why, score in places]
        return sorted(placed, key=lambda place: place.event.key)

    def forget(self) -> None:
        """Read again what is asked for from now on."""
        self.known.clear()


class _Reassembly:
    """One run for one vendor."""

    def __init__(self, record: Record, vendor: str, at_once: int) -> None:
        self.record = record
        self.vendor = vendor
        self.at_once = at_once
        self.corrected = Corrected(record.corrections_of(vendor))
        self.reader = _Reader(record, self.corrected)
        self.stale: set[int] = set()  # groups whose incidents must be told again
        self.before: set[str] = set()  # ids of the incidents that they were in

    def run(self, touched: Collection[int] | None, since: datetime | None) -> tuple[str, ...]:
        if touched is None:
            self._walk(None, ())
        else:
            start = min((at for at in (since, self._changed(touched)) if at is not None), default=None)
            if start is not None:
                self._walk(start, touched)
            self._outdate(self.record.roots_of(touched))
        as_of = self.record.as_of(self.vendor)
        if as_of is not None:
            self._outdate(self.record.due(self.vendor, as_of))
        return self._tell(as_of)

    def _changed(self, touched: Collection[int]) -> datetime | None:
        """The earliest moment at which these announcements say something else than was walked."""
        if not touched:
            return None
        walked = self.record.walked(touched)
        events = self.reader.events(touched)
        found = {(number, version): event.at for number in touched for version, event in events[number].items()}
        differing = {key for key in {*walked, *found} if walked.get(key) != found.get(key)}
        return min((at for key in differing for at in (walked.get(key), found.get(key)) if at), default=None)

    def _outdate(self, roots: set[int]) -> None:
        """These groups, and those that were in one incident with them, must be told again."""
        if roots:
            kin, ids = self.record.kin(roots)
            self.stale |= roots | kin
            self.before |= ids

    # -- walking

    def _walk(self, since: datetime | None, touched: Collection[int]) -> None:
        """Place all that was said since then (None: ever)."""
        moments: Iterator[tuple[int, int]] = self.record.moments(self.vendor, since, touched)
        if since is None:
            self.before |= self.record.ids(self.vendor)
        else:
            moments = iter(list(moments))
            self._outdate(self.record.roots_since(self.vendor, since))
        self.record.rewind(self.vendor, since)
        walk = Walk(self.corrected, _Recorded(self.record, self.vendor, self.reader, since))
        while chunk := list(islice(moments, self.at_once)):
            self._place(walk, chunk)
            if len(chunk) == self.at_once:
                walk.rest()
                self.reader.forget()

    def _place(self, walk: Walk, chunk: Sequence[tuple[int, int]]) -> None:
        events = self.reader.events(number for number, _ in chunk)
        said = [events[number][version] for number, version in chunk if version in events[number]]
        placed = [place for event in said if (place := walk.place(event)) is not None]
        rows = (
            ((place.root, place.event.number, place.event.revision, place.why, place.score), place.event.at)
            for place in placed
        )
        self._outdate({place.root for place in placed})  # one that was told before may be told by another id now
        self.record.keep_places(self.vendor, rows, walk.new_marks)

    # -- telling

    def _tell(self, as_of: datetime | None) -> tuple[str, ...]:
        roots = self._roots_named()
        to = unions(roots, self.corrected)
        incidents: dict[int, set[int]] = {}
        for root, kept in to.items():
            incidents.setdefault(kept, set()).add(root)
        wanted = self._wanted(to)
        zones = self.record.zones(self.vendor) if wanted else {}
        told: set[str] = set()
        changed: set[str] = set()
        batches = iter(wanted)
        while batch := list(islice(batches, max(1, self.at_once // 10))):
            found = self._tell_batch({kept: incidents.get(kept, {kept}) for kept in batch}, to, as_of, zones)
            told |= {incident.id for incident in found}
            changed |= self.record.write_incidents(found)
        gone = self.before - told
        self.record.drop_incidents(gone)
        return tuple(sorted(changed | gone))

    def _wanted(self, to: Mapping[int, int]) -> list[int]:
        """The incidents that must be told again: also those that people joined to one that must."""
        while True:
            wanted = {to.get(root, root) for root in self.stale}
            joined = {root for root, kept in to.items() if kept in wanted}
            if joined <= self.stale:
                return sorted(wanted)
            self._outdate(joined)

    def _roots_named(self) -> dict[Name, int]:
        names = {name for _, c in self.corrected.together for name in (c.first, c.second) if name is not None}
        names |= {name for pair in self.corrected.apart for name in pair} if names else set()
        found = ((name, self.record.named(name)) for name in sorted(names))
        return {name: root for name, root in found if root is not None}

    def _tell_batch(
        self, incidents: Mapping[int, set[int]], to: Mapping[int, int], as_of: datetime | None, zones: Mapping[str, str]
    ) -> list[Incident]:
        if len(self.reader.known) > self.at_once:
            self.reader.forget()
        members: dict[int, list[Placed]] = {}
        for place in self.reader.placed({root for roots in incidents.values() for root in roots}):
            members.setdefault(to.get(place.root, place.root), []).append(place)
        numbers = {place.event.number for placed in members.values() for place in placed}
        context = Context(absences=self.record.absences_of(numbers), corrected=self.corrected, as_of=as_of, zones=zones)
        return [tell(placed, context) for placed in members.values()]
