"""One lane a host: one request at a time, a pause between two, and nothing more once the host is busy.

A heap holds the lanes that have somebody waiting and nobody under way, by the time from which they are free; so what
is ready is found at once, however many hosts there are. Pure: the time is an argument, in seconds of any clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """What stands in a lane: for which host, and not before when."""

    host: str
    ready_at: float


W = TypeVar("W", bound=Waiting)


@dataclass(slots=True)
class _Lane(Generic[W]):
    waiting: deque[W] = field(default_factory=deque)
    busy: bool = False
    held: bool = False
    free_at: float = 0.0


class Lanes(Generic[W]):
    """Who may go next."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[W]] = {}
        self._free: list[tuple[float, int, _Lane[W]]] = []
        self._count = 0

    def arrive(self, one: W, *, first: bool = False) -> bool:
        """Stand in the lane of its host, at the end or ``first``; False where that host is held."""
        lane = self._lanes.setdefault(one.host, _Lane())
        if lane.held:
            return False
        if first:
            lane.waiting.appendleft(one)
        else:
            lane.waiting.append(one)
        if not lane.busy and len(lane.waiting) == 1:
            self._line_up(lane)
        return True

    def next(self, now: float) -> W | None:
        """One that may go now; its lane is busy until it has left."""
        if not self._free or self._free[0][0] > now:
            return None
        lane = heappop(self._free)[2]
        lane.busy = True
        return lane.waiting.popleft()

    def leave(self, host: str, free_at: float = 0.0) -> None:
        """The one of this host that went is back; the next one may go from ``free_at`` on."""
        lane = self._lanes[host]
        lane.busy, lane.free_at = False, max(lane.free_at, free_at)
        if lane.waiting:
            self._line_up(lane)

    def hold(self, host: str) -> list[W]:
        """Nothing more to this host: those who wait for it are sent home, and all who come after."""
        lane = self._lanes[host]
        lane.held = True
        home = list(lane.waiting)
        lane.waiting.clear()
        self._free = [entry for entry in self._free if entry[2] is not lane]
        heapify(self._free)
        return home

    def close(self) -> list[W]:
        """All are sent home, and no host is held any more; the pauses are remembered."""
        home = [one for lane in self._lanes.values() for one in lane.waiting]
        for lane in self._lanes.values():
            lane.waiting.clear()
            lane.busy = lane.held = False
        self._free.clear()
        return home

    def free_at(self) -> float | None:
        """From when on somebody may go; None where nobody waits for a time."""
        return self._free[0][0] if self._free else None

    def _line_up(self, lane: _Lane[W]) -> None:
        self._count += 1
        heappush(self._free, (max(lane.free_at, lane.waiting[0].ready_at), self._count, lane))
