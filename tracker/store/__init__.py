"""The only room that speaks SQL: one SQLite file, facts on one side, what is derived from them on the other.

``Reader`` is all that most commands need; ``Store`` is the same and writes. Each is loaded when it is asked for.
A store is one object, so that whoever collects asks it for everything; it is written in parts, a file each. A part
calls its own methods and those of the parts that stand above it here, and no two parts have a method of one name:

    Reader                reading     what people read: vendors, sources, incidents
    |-- Counting          counting    incidents without their words, for ``tracker stats``
    |-- Recognising       recognising which of the known announcements a document tells of
    `-- Writing           writing     transactions, and rows by table
        |-- Sources       sources     facts: who speaks
        |-- Absences      absences    facts: what lists no longer hold
        |   `-- Facts     facts       facts: what was said; calls Sources and Recognising too
        |       `-- Moving moving     export and import
        |-- Polling       polling     facts: when we looked, and what the next poll needs
        |-- Correcting    correcting  facts: what people said over the rules
        `-- Derived       derived     derived: verdicts and incidents
    Store                 record      all of it

``Places`` are those of one vendor: in which group each word was put, for whoever walks on from there. Under them lie
``opening`` (the file), ``schema`` (what is in it) and ``migrations`` (what was in older ones). ``rows``, and
``incidents`` for theirs, turn rows into values and back, ``cells`` what stands in one column, ``lines`` those of an
import; ``searching`` finds the words that are asked for; ``versions`` says what makes a version another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.store.facts import Ingested as Ingested
    from tracker.store.places import Places as Places
    from tracker.store.reading import Reader as Reader
    from tracker.store.record import Store as Store

_HOMES = {"Ingested": "facts", "Places": "places", "Reader": "reading", "Store": "record"}

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, _HOMES)
