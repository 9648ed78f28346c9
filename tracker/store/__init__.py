"""The only room that speaks SQL: one SQLite file, facts on one side, what is derived from them on the other.

``Reader`` is all that most commands need; ``Store`` is the same and writes. Each is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.store.facts import Ingested as Ingested
    from tracker.store.reading import Reader as Reader
    from tracker.store.record import Store as Store

_HOMES = {"Ingested": "facts", "Reader": "reading", "Store": "record"}

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, _HOMES)
