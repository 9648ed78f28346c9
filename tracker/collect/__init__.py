"""The whole way in order, for all that is due: poll, read, classify, assemble, store.

``running`` polls what is due once, and writes down what ``hearing`` reads in the answers; ``backfilling`` pages back
through what was told before, ``walking_back`` in one source; ``importing`` reads archives and JSON lines as if they had
been polled then; ``deriving`` judges and assembles again, ``reassembling`` as far as something changed;
``correcting`` takes people's words, ``forgetting`` erases words; ``detecting`` finds which platform speaks at an
address. ``reporting`` says what a run did; ``mistakes`` of a platform stay with its source. Each is loaded when it is
asked for.
One transaction holds what some dozens of answers told, with the validators they were read under, their verdicts and
the incidents that follow: a crash at any instruction loses no announcement and doubles none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.collect.backfilling import Ways as Ways
    from tracker.collect.backfilling import backfill as backfill
    from tracker.collect.correcting import correct as correct
    from tracker.collect.correcting import left_of as left_of
    from tracker.collect.correcting import named_by as named_by
    from tracker.collect.correcting import take_back as take_back
    from tracker.collect.deriving import rebuild as rebuild
    from tracker.collect.forgetting import forget as forget
    from tracker.collect.hearing import Poll as Poll
    from tracker.collect.importing import import_documents as import_documents
    from tracker.collect.importing import import_lines as import_lines
    from tracker.collect.reassembling import reassemble as reassemble
    from tracker.collect.reporting import Report as Report
    from tracker.collect.running import collect as collect
    from tracker.collect.walking_back import Backfilled as Backfilled

_FILES = {
    "backfilling": "Ways backfill",
    "correcting": "correct left_of named_by take_back",
    "deriving": "rebuild",
    "forgetting": "forget",
    "hearing": "Poll",
    "importing": "import_documents import_lines",
    "reassembling": "reassemble",
    "reporting": "Report",
    "running": "collect",
    "walking_back": "Backfilled",
}

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, {name: file for file, names in _FILES.items() for name in names.split()})
