"""The groups that the walk has come to, and what the rules of joining ask of them: who bears a mark, who spoke last.

What was said before the walk was resumed is asked of ``Past``: of the record, or of nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime

from tracker.assemble.events import Corrected, Event
from tracker.assemble.groups import Group
from tracker.assemble.marks import marks
from tracker.assemble.plans import ENDS, first_end, title_mark
from tracker.models import Name

MOST = 24  # incidents of one vendor that a post is compared with: those that spoke last


class Past:
    """What the walk asks about the time before it. This one answers that there was nothing."""

    def marked(self, mark: str) -> tuple[tuple[int, datetime], ...]:
        """(root, since when) of the first two groups that bear a mark, the first first; ties go by root."""
        return ()

    def named(self, name: Name) -> int | None:
        """The root of the group of an announcement."""
        return None

    def known_as(self, alias: Name) -> int | None:
        """The root of the group of the announcement without a key that is also known by this name."""
        return None

    def was_said(self, name: Name, before: datetime) -> bool:
        """Whether the announcement was said before then, whatever group it is in or none."""
        return False

    def group(self, root: int) -> Iterable[Event]:
        """What was said in a group, in order."""
        return ()

    def ending(self, mark: str) -> Iterable[tuple[str, int]]:
        """(mark, root) of planned work, from this mark of an end on; at most ``MOST``."""
        return ()

    def latest(self) -> Iterable[tuple[int, Iterable[Event]]]:
        """The groups that spoke last, at most ``MOST``: root, and what was said in each."""
        return ()


class Walk:
    """The groups as they are at one moment; ``remember`` takes it to the next event."""

    def __init__(self, corrected: Corrected, past: Past) -> None:
        self.corrected = corrected
        self.past = past
        self.groups: dict[int, Group] = {}
        self.marks: dict[str, list[tuple[int, datetime]]] = {}
        self.new_marks: list[tuple[str, int, datetime]] = []
        self.new_ends: list[tuple[str, int]] = []
        self.roots: dict[Name, int] = {}  # also those of aliases, which name nothing else
        self._latest: list[Group] | None = None

    def remember(self, event: Event, group: Group) -> None:
        """The event is in this group, which spoke last."""
        self.groups[group.root] = group
        self.roots[event.name] = group.root
        if event.told.announcement.incident_key is None:  # others may get a name later, and answers stay where they are
            for alias in event.told.announcement.aliases:
                self.roots[event.said.source, alias] = group.root
        for mark in marks(event):
            bearers = self.bearers(mark)
            if len(bearers) < 2 and all(root != group.root for root, _ in bearers):
                self.marks[mark] = sorted((*bearers, (group.root, event.at)), key=lambda borne: (borne[1], borne[0]))
                self.new_marks.append((mark, group.root, event.at))
                if mark.startswith(ENDS):
                    insort(self.new_ends, (mark, group.root))
        if self._latest is not None:
            if group in self._latest:
                self._latest.remove(group)
            insort(self._latest, group, key=Group.recency)
            del self._latest[:-MOST]

    def is_apart(self, event: Event, group: Group) -> bool:
        """Whether a person said that this announcement does not belong with one of the group's."""
        return not group.members.isdisjoint(self.corrected.foes.get(event.name, ()))

    def reachable(self, event: Event) -> list[Group]:
        """The latest groups to which a lone post of that time may belong."""
        return [group for group in self.latest if group.reaches(event.at)]

    @property
    def latest(self) -> list[Group]:
        """The groups that spoke last, the last one at the end: a lone post is compared with them."""
        if self._latest is None:
            spoke = list(self.groups.values())  # those of the past that were asked for, and those of the walk
            for root, said in self.past.latest():
                if root not in self.groups:
                    spoke.append(Group.of(said))
            self._latest = sorted(spoke, key=Group.recency)[-MOST:]
            self.groups.update((group.root, group) for group in self._latest)
        return self._latest

    def bearers(self, mark: str) -> list[tuple[int, datetime]]:
        """(root, since when) of the first two groups that bear a mark, in the order of ``Past.marked``."""
        if mark not in self.marks:
            self.marks[mark] = list(self.past.marked(mark))
        return self.marks[mark]

    def alone_with(self, mark: str, since: datetime) -> Group | None:
        """The group that alone bears a mark, if it does since then or later."""
        bearers = self.bearers(mark)
        return self.group(bearers[0][0]) if len(bearers) == 1 and bearers[0][1] >= since else None

    def plans(self, event: Event) -> list[Group]:
        """Planned work that is not over, the first to end first; only under the event's title where it has one."""
        first, title = first_end(event.at), title_mark(event)
        place = bisect_left(self.new_ends, (first, 0))
        found = sorted((*self.past.ending(first), *self.new_ends[place : place + MOST]))[:MOST]
        return [self.group(root) for root in dict.fromkeys(root for mark, root in found if mark.endswith(title))]

    def group(self, root: int) -> Group:
        """A group by its root, however long it has been silent."""
        if root not in self.groups:
            self.groups[root] = Group.of(self.past.group(root))
        return self.groups[root]

    def group_of(self, name: Name) -> Group | None:
        """The group in which an announcement is."""
        root = self.roots.get(name) or self.past.named(name) or self.past.known_as(name)
        return None if root is None else self.group(root)

    def rest(self) -> None:
        """Forget all but the groups that spoke last: from now on ``past`` knows what was walked so far."""
        self.groups = {group.root: group for group in self.latest}
        self.marks, self.new_marks, self.new_ends, self.roots = {}, [], [], {}
