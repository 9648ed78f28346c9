"""The whole way in order, for all that is due: poll, read, classify, assemble, store.

``running`` polls what is due once; ``importing`` reads archives and JSON lines as if they had been polled then;
``deriving`` judges and assembles again; ``forgetting`` erases words; ``detecting`` finds
which platform speaks at an address. ``bearing`` says which requests carry a token, ``reporting`` what a run did;
``mistakes`` of a platform stay with its source.
One transaction holds what some dozens of answers told, with the validators they were read under, their verdicts and
the incidents that follow: a crash at any instruction loses no announcement and doubles none.
"""

from tracker.collect.deriving import rebuild
from tracker.collect.forgetting import forget
from tracker.collect.importing import import_documents, import_lines
from tracker.collect.reporting import Report
from tracker.collect.running import Poll, collect

__all__ = ["Poll", "Report", "collect", "forget", "import_documents", "import_lines", "rebuild"]
