"""The incidents of a vendor in the record, made again as far as something changed.

Announcements are walked in the order of their times, and each is placed by what was known before it. So the walk
is resumed at the earliest moment that changed; what lies before it stands, and the result is that of a walk from
the beginning. Then the incidents that have a changed member, or whose state changes with the time, are told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from tracker.assemble.events import Corrected, Event, Placed, events_of
from tracker.assemble.joining import join
from tracker.assemble.merging import unions
from tracker.assemble.telling import Context, tell
from tracker.assemble.walk import MOST, Past, Walk
from tracker.models import Incident, Name
from tracker.store import Places

if TYPE_CHECKING:
    from tracker.store import Store

AT_ONCE = 2_000  # events that are walked before they are written down: memory stays flat


def reassemble(
    store: Store,
    vendor: str,
    touched: Collection[int] | None = None,
    *,
    since: datetime | None = None,
    at_once: int = AT_ONCE,
) -> tuple[str, ...]:
    """Bring the incidents of a vendor up to date; gives the ids of those that were written or went.

    ``touched`` are the numbers of the announcements that are new, were revised, or whose absence changed, with
    their verdicts in place; None: all, and everything is walked from the beginning. ``since``: walk again from
    then on in any case, for corrections of what was said then. What waits to be joined is joined too. ``at_once``:
    events that are walked, before they are written down.
    """
    return _Reassembly(store, vendor, at_once).run(touched, since)


class _Recorded(Places, Past):
    """The time before the walk was resumed, as the record has it. What was said is read once, until ``forget``."""

    def __init__(self, store: Store, vendor: str, corrected: Corrected) -> None:
        super().__init__(store, vendor)
        self.store, self.corrected = store, corrected
        self.known: dict[int, dict[int, Event]] = {}
        self.since: datetime | None = None  # when the walk was resumed

    def ending(self, mark: str) -> tuple[tuple[str, int], ...]:
        return self.marked_from(mark, MOST)

    def group(self, root: int) -> list[Event]:
        return [place.event for place in self.placed((root,))]

    def latest(self) -> list[tuple[int, list[Event]]]:
        if self.since is None:
            return []
        roots = self.spoke_last(self.since, MOST)
        placed = self.placed(roots)
        return [(root, [place.event for place in placed if place.root == root]) for root in roots]

    def events(self, numbers: Iterable[int]) -> dict[int, dict[int, Event]]:
        """Announcement -> version -> event, of these and of all that was read before."""
        missing = [number for number in dict.fromkeys(numbers) if number not in self.known]
        if missing:
            for told in self.store.told_by(missing):
                self.known[told.order] = {event.revision: event for event in events_of(told, self.corrected)}
        return self.known

    def placed(self, roots: Collection[int]) -> list[Placed]:
        """The members of groups in the order of their times."""
        places = self.places(roots)
        events = self.events(number for _, number, _, _, _ in places)
        placed = [Placed(events[number][revision], root, why, score) for root, number, revision, why, score in places]
        return sorted(placed, key=lambda place: place.event.key)

    def forget(self) -> None:
        """Read again what is asked for from now on."""
        self.known.clear()


class _Reassembly:
    """One run for one vendor."""

    def __init__(self, store: Store, vendor: str, at_once: int) -> None:
        self.store = store
        self.vendor = vendor
        self.at_once = at_once
        self.corrected = Corrected(store.corrections_of(vendor))
        self.past = _Recorded(store, vendor, self.corrected)
        self.stale: set[int] = set()  # groups whose incidents must be told again
        self.before: set[str] = set()  # ids of the incidents that they were in

    def run(self, touched: Collection[int] | None, since: datetime | None) -> tuple[str, ...]:
        before = self.store.as_of(self.vendor)
        if touched is None:
            self._walk(None, ())
        else:
            begins = (since, self.store.unjoined_since(self.vendor), self._changed(touched))
            start = min((at for at in begins if at is not None), default=None)
            if start is not None:
                self._walk(start, touched)
            self._outdate(self.past.roots_of(touched))
        self.store.joined(self.vendor)
        as_of = self.store.as_of(self.vendor)
        if as_of is not None:
            self._outdate(self.past.due(as_of))
            if before is not None and as_of < before:  # never polled, and its last word is in no incident any more
                self._outdate(self.past.roots_since(None))
        return self._tell(as_of)

    def _changed(self, touched: Collection[int]) -> datetime | None:
        """The earliest moment at which these announcements say something else than was walked."""
        if not touched:
            return None
        walked = self.past.walked(touched)
        events = self.past.events(touched)
        found = {(number, version): event.at for number in touched for version, event in events[number].items()}
        differing = {key for key in {*walked, *found} if walked.get(key) != found.get(key)}
        return min((at for key in differing for at in (walked.get(key), found.get(key)) if at), default=None)

    def _outdate(self, roots: set[int]) -> None:
        """These groups, and those that were in one incident with them, must be told again."""
        if roots:
            kin, ids = self.past.kin(roots)
            self.stale |= roots | kin
            self.before |= ids

    # -- walking

    def _walk(self, since: datetime | None, touched: Collection[int]) -> None:
        """Place all that was said since then (None: ever)."""
        moments: Iterator[tuple[int, int]] = self.past.moments(since, touched)
        if since is None:
            self.before |= self.store.ids(self.vendor)
        else:
            moments = iter(list(moments))
            self._outdate(self.past.roots_since(since))
        self.past.rewind(since)
        self.past.since = since
        walk = Walk(self.corrected, self.past)
        while chunk := list(islice(moments, self.at_once)):
            self._place(walk, chunk)
            if len(chunk) == self.at_once:
                walk.rest()
                self.past.forget()

    def _place(self, walk: Walk, chunk: Sequence[tuple[int, int]]) -> None:
        events = self.past.events(number for number, _ in chunk)
        said = [events[number][version] for number, version in chunk if version in events[number]]
        placed = [place for event in said if (place := join(walk, event)) is not None]
        rows = (
            ((place.root, place.event.number, place.event.revision, place.why, place.score), place.event.at)
            for place in placed
        )
        self._outdate({place.root for place in placed})  # one that was told before may be told by another id now
        self.past.keep(rows, walk.new_marks)

    # -- telling

    def _tell(self, as_of: datetime | None) -> tuple[str, ...]:
        to = unions(self._roots_named(), self.corrected)
        told: set[str] = set()
        changed: set[str] = set()
        wanted = iter(self._wanted(to))
        while batch := set(islice(wanted, max(1, self.at_once // 10))):
            found = self._tell_batch(batch, to, as_of)
            told |= {incident.id for incident in found}
            changed |= self.store.write_incidents(found)
        gone = self.before - told
        self.store.drop_incidents(gone)
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
        names = {name for _, pair in self.corrected.together for name in pair}
        names |= {name for pair in self.corrected.apart for name in pair} if names else set()
        found = ((name, self.past.named(name)) for name in sorted(names))
        return {name: root for name, root in found if root is not None}

    def _tell_batch(self, wanted: set[int], to: Mapping[int, int], as_of: datetime | None) -> list[Incident]:
        if len(self.past.known) > self.at_once:
            self.past.forget()
        members: dict[int, list[Placed]] = {}
        for place in self.past.placed(wanted | {root for root, kept in to.items() if kept in wanted}):
            members.setdefault(to.get(place.root, place.root), []).append(place)
        context = Context(
            absences=self.store.absences_of({place.event.number for placed in members.values() for place in placed}),
            corrected=self.corrected,
            as_of=as_of,
            zones=self.store.zones(self.vendor),
        )
        return [tell(placed, context) for placed in members.values()]
