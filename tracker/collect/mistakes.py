"""What goes wrong of one source or vendor stays there: the others go on, and the mistake says where it was made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.errors import ReadError, TrackerError

LONGEST = 200  # characters of what an error says: it may hold words of the document


@contextmanager
def contained() -> Iterator[None]:
    """A programming error becomes a ReadError that asks to be reported."""
    try:
        yield
    except TrackerError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:LONGEST]
        named = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise ReadError(f"{named} ({place(error)}): a bug of tracker, please report it") from error


def place(error: Exception) -> str:
    """The last line of ours that it came through."""
    import traceback

    frames = [(str(frame.f_globals.get("__name__")), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    module, line = [found for found in frames if found[0].startswith("tracker.")][-1]
    return f"{module}, line {line}"
