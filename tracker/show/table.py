"""Lists for a terminal: one line an incident, one line a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo

from tracker.models import Incident
from tracker.show import words
from tracker.show.clean import cells, clean_line, shorten
from tracker.show.text import Pen

_LENGTH, _STATE, _VENDOR, _NAME, _ID = 1, 3, 4, 5, 6  # columns of an incident's line
_STYLES = {_VENDOR: ("bold",), _ID: ("dim",)}
_SHORTEST = 16  # of a name that still says something
_LAST = 20  # columns that the last of a table has at least
_SENTENCE = 40  # columns in which the last is mostly whole: other columns go for it
_LONGEST_VENDOR, _LONGEST_ID = 18, 30  # columns; an id is that of its vendor with eleven signs behind it


def incident_lines(
    incidents: Iterable[Incident],
    *,
    tz: tzinfo | None,
    width: int | None,
    colour: bool,
    vendor_names: Mapping[str, str],
) -> Iterator[str]:
    """A line each: when, how long, state, vendor, name and id. Where ``width`` is None, nothing is cut.

    Where there is no room, the name is cut first. Then columns go: the vendor (the id begins with it), the word for the
    state, the length. The id is never cut, as the next command needs it: a very long one takes its room from the name.
    """
    pen = Pen(colour)
    longest = None if width is None else _LONGEST_VENDOR
    rows = [_columns(incident, tz, vendor_names, longest) for incident in incidents]
    sizes = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    shown, room = _fitting(sizes, width)
    for row in rows:
        own = max(1, (room or 0) - max(0, cells(row[_ID]) - _LONGEST_ID))
        cut = [*row[:_NAME], row[_NAME] if room is None else shorten(row[_NAME], own), *row[_NAME + 1 :]]
        cut[_LENGTH] = cut[_LENGTH].rjust(sizes[_LENGTH])
        wide = [*sizes[:_NAME], 0 if room is None else own, 0]
        padded = [pen(pad(cut[place], wide[place]), *_STYLES.get(place, ())) for place in shown]
        yield "  ".join(padded)


def _columns(
    incident: Incident, tz: tzinfo | None, vendor_names: Mapping[str, str], longest: int | None
) -> tuple[str, ...]:
    vendor = words.vendor_name(incident.vendor, vendor_names)
    return (
        words.minute(words.begin(incident), tz),
        "" if incident.is_open else words.length(incident) or "?",
        words.state_glyph(incident),
        incident.state.value,
        vendor if longest is None else shorten(vendor, longest),
        words.name_of(incident),
        clean_line(incident.id),
    )


def _fitting(sizes: Sequence[int], width: int | None) -> tuple[list[int], int | None]:
    """(the columns that are shown, the room for the name; None: as long as it is)."""
    shown = [place for place, size in enumerate(sizes) if size]  # no length where all are open
    if width is None:
        return shown, None
    for dropped in (None, _VENDOR, _STATE, _LENGTH):
        shown = [place for place in shown if place != dropped]
        room = width - sum(min(sizes[place], _LONGEST_ID) + 2 for place in shown if place != _NAME)
        if room >= _SHORTEST:
            break
    return shown, max(room, 1)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, width: int, colour: bool, spare: Sequence[int] = ()
) -> Iterator[str]:
    """The rows beneath their heads. The last column takes the room that is left, and is cut there.

    Where it has no room for a sentence, the ``spare`` columns go, in this order; where it has hardly any, the first
    column is cut. That never has more than half of the width.
    """
    pen = Pen(colour)
    cleaned = [[clean_line(value) for value in row] for row in rows]
    *sizes, longest = [max(map(cells, column)) for column in zip(heads, *cleaned, strict=True)]
    sizes[0] = min(sizes[0], max(_SHORTEST, width // 2))
    shown = list(range(len(sizes)))
    for column in spare:
        if _left(width, sizes, shown) >= max(_LAST, min(longest, _SENTENCE)):
            break
        shown.remove(column)
    sizes[0] = max(min(sizes[0], _SHORTEST), sizes[0] - max(0, _LAST - _left(width, sizes, shown)))
    rest = max(_LAST, _left(width, sizes, shown))
    for number, row in enumerate([list(heads), *cleaned]):
        row[0] = shorten(row[0], sizes[0])
        line = "  ".join([*(pad(row[place], sizes[place]) for place in shown), shorten(row[-1], rest)]).rstrip()
        yield pen(line, "bold") if number == 0 else line


def _left(width: int, sizes: Sequence[int], shown: Sequence[int]) -> int:
    return width - sum(sizes[place] + 2 for place in shown)


def pad(text: str, width: int) -> str:
    """The text with blanks after it, so that it takes that many columns."""
    return text + " " * max(0, width - cells(text))
