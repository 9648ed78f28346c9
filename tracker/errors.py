"""All that can go wrong, as a tree::

    TrackerError
    |-- ConfigError      feeds.yaml cannot be used: where, what is wrong, what would be right
    |-- SourceError      one source failed, the others go on
    |   |-- PollError    no usable answer
    |   `-- ReadError    not what the platform promises: where in the document
    |-- StoreError       database newer than the program, locked, full, or not ours
    |-- AskError         what was asked cannot be: no such announcement, a file that is there already
    `-- OutputError      what was asked for cannot be written: the file of an option

``tracker.cli`` gives each its exit code.
"""


class TrackerError(Exception):
    """Anything this program refuses with a word to its user."""


class ConfigError(TrackerError):
    """feeds.yaml cannot be used; the text names file, line, what is wrong and what would be right."""


class SourceError(TrackerError):
    """One source failed; the others go on."""


class PollError(SourceError):
    """No usable answer came over the wire."""


class ReadError(SourceError):
    """A document is not what its platform promises; the text says where in it."""


class StoreError(TrackerError):
    """The database is newer than the program, locked, full, read-only or not ours."""


class AskError(TrackerError):
    """What was asked cannot be; the text says why."""


class OutputError(TrackerError):
    """What was asked for cannot be written."""
