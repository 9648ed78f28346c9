"""The only room that speaks SQL: one SQLite file, facts on one side, what is derived from them on the other.

``Reader`` is all that most commands need; ``Store`` is the same and writes. Each is loaded when it is asked for.

Facts: ``sources`` (who speaks), ``polling`` (when we looked), ``facts`` (what was said), ``versions`` (what makes a
version another one), ``absences`` (what lists no longer hold), ``correcting`` (what people said over the rules).
Derived: ``places`` (which group each was put into), ``derived`` (verdicts and incidents). Under both lie ``migrations``
(the schema), ``opening`` (the file), ``reading`` and ``writing``; ``searching`` asks by words, ``counting``
reads without them; ``rows`` and ``times`` turn columns into values and back; ``moving`` and ``lines`` are export and
import; ``record`` is all of it.
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
