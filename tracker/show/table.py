"""Lists for a terminal: one line an incident, one line a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo

from tracker.models import Incident
from tracker.show import words
from tracker.show.clean import cells, clean_line, shorten
from tracker.show.text import Pen


def incident_lines(
    incidents: Iterable[Incident], *, tz: tzinfo | None, width: int, colour: bool, vendor_names: Mapping[str, str]
) -> Iterator[str]:
    """When, how long, state, vendor, name and id, a line each; the name gives way where the line is full."""
    pen = Pen(colour)
    for incident in incidents:
        start = words.begin(incident)
        when = f"{words.local(start, tz):%Y-%m-%d %H:%M}" if start else "time unknown"
        length = "" if incident.is_open else words.length(incident) or "?"
        vendor = shorten(words.vendor_name(incident.vendor, vendor_names), 18)
        left = f"{_pad(when, 16)}  {length:>11}  {words.state_glyph(incident)} {_pad(incident.state.value, 17)}"
        # The id is what the next command needs: it is never cut.
        id_ = clean_line(incident.id)
        room = max(16, width - cells(left) - 18 - cells(id_) - 6)
        yield (
            f"{left}  {pen(_pad(vendor, 18), 'bold')}  {_pad(shorten(words.name_of(incident), room), room)}  "
            f"{pen(id_, 'dim')}"
        )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, width: int, colour: bool) -> Iterator[str]:
    """The rows beneath their heads; the last column takes what is left of the width and is cut there."""
    pen = Pen(colour)
    cleaned = [[clean_line(value) for value in row] for row in rows]
    sizes = [max(map(cells, column)) for column in zip(heads, *cleaned, strict=True)][:-1]
    rest = max(20, width - sum(sizes) - 2 * len(sizes))
    for number, row in enumerate([list(heads), *cleaned]):
        line = "  ".join([*(_pad(v, s) for v, s in zip(row, sizes, strict=False)), shorten(row[-1], rest)]).rstrip()
        yield pen(line, "bold") if number == 0 else line


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - cells(text))
