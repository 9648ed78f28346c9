"""Incidents as a timeline for a terminal: the face of the product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from tracker.models import Incident, Phase, Step
from tracker.show import words
from tracker.show.clean import cells, clean_line, shorten, wrap

NARROWEST, WIDEST = 40, 120
_RAIL = "│"
_INDENT = 10  # two blanks, a clock of five, two blanks, the rail

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
PHASE_COLOURS = {
    Phase.OUTAGE_START: "red",
    Phase.UPDATE: "yellow",
    Phase.RESOLVED: "green",
    Phase.MAINTENANCE: "blue",
    Phase.UNRELATED: "dim",
}
_STATE_COLOURS = {"●": "red", "✓": "green", "◇": "blue", "○": "yellow"}  # by the sign of the state


class Pen:
    """Colours a text, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, *styles: str) -> str:
        if not self.colour or not text or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"


class Sheet:
    """What is written on: how wide, in which zone its times are, in colour or not, and what vendors are called."""

    def __init__(self, tz: tzinfo | None, width: int, vendor_names: Mapping[str, str], *, colour: bool = False) -> None:
        self.tz, self.pen, self.vendor_names = tz, Pen(colour), vendor_names
        self.width = max(NARROWEST, min(width, WIDEST))


def timeline(incidents: Iterable[Incident], sheet: Sheet) -> Iterator[str]:
    """The incidents with their steps, in the order given, an empty line before each but the first."""
    for number, incident in enumerate(incidents):
        told = story(incident, sheet)
        yield f"\n{told}" if number else told


def story(incident: Incident, sheet: Sheet) -> str:
    """One incident: a heading, when and how bad, then each step with its words; ends with a line break."""
    lines = heading(incident, sheet)
    lines.extend(_facts(words.by_the_vendor(incident, sheet.tz), sheet))
    lines.append("")
    name = words.name_of(incident)
    lines.extend(_steps(incident, sheet, name if name in lines[0] else ""))
    lines.extend(_ending(incident, sheet))
    return "\n".join(lines) + "\n"


def heading(incident: Incident, sheet: Sheet) -> list[str]:
    """``GitHub  Delays in Actions      ✓ resolved``, and beneath it when, how long, how bad, which parts."""
    pen, width = sheet.pen, sheet.width
    vendor = shorten(words.vendor_name(incident.vendor, sheet.vendor_names), width // 3)
    glyph = words.state_glyph(incident)
    state = f"{glyph} {words.state_words(incident)}"
    room = width - cells(vendor) - cells(state) - 4
    name = shorten(words.name_of(incident), max(room, 12))
    gap = " " * max(2, width - cells(vendor) - 2 - cells(name) - cells(state))
    coloured = pen(state, "bold", _STATE_COLOURS[glyph])
    top = f"{pen(vendor, 'bold')}  {pen(name, 'bold', 'cyan')}{gap}{coloured}"
    return [top, *_facts(words.facts(incident, sheet.tz), sheet)]


def _facts(told: Iterable[str], sheet: Sheet) -> list[str]:
    """The facts with a dot between them; a line ends between two of them, unless one alone is longer."""
    lines: list[str] = []
    for fact in told:
        if lines and cells(lines[-1]) + 3 + cells(fact) <= sheet.width:
            lines[-1] += f" · {fact}"
        else:
            lines.extend(wrap(fact, sheet.width))
    return [sheet.pen(line, "dim") for line in lines]


def _steps(incident: Incident, sheet: Sheet, told: str) -> Iterator[str]:
    """Each step under its day, as far as it is news; ``told`` is the title that stands above them."""
    pen, tz = sheet.pen, sheet.tz
    shown_day = words.begin(incident).astimezone(tz).date()
    titles, echoes = words.titles(incident, told), words.echoes(incident)
    for step, title, echo, address in zip(incident.steps, titles, echoes, _addresses(incident), strict=True):
        at = step.at.astimezone(tz)
        if at.date() != shown_day:
            shown_day = at.date()
            yield f"  {pen(words.day(shown_day), 'dim')}"
        is_end = step is incident.steps[-1] and not incident.is_open
        margin = " " * (_INDENT - 1) + (" " if is_end else pen(_RAIL, "dim")) + "  "
        where = words.channel(step.source, incident.vendor)
        if step.at > incident.steps[0].at:
            where += f" · +{words.between(incident.steps[0].at, step.at)}"
        yield from _top(step, where, list(_marks(step, echo)), at, sheet, margin)
        room = sheet.width - _INDENT - 2
        for line in (*wrap(title, room), *wrap(words.said(step, title, echo), room)):
            yield (margin + (pen(line, "dim") if step.withdrawn else line)).rstrip()
        if address:
            # An address is never broken: a terminal makes it a link only while it is whole.
            yield margin + pen(address, "cyan")


def _addresses(incident: Incident) -> Iterator[str]:
    """The address of each step, '' where it stands above already: update after update has that of the incident."""
    told = {""}
    for step in incident.steps:
        address = clean_line(step.url).replace(" ", "%20")
        yield "" if address in told else address
        told.add(address)


def _top(step: Step, where: str, remarks: Sequence[str], at: datetime, sheet: Sheet, margin: str) -> Iterator[str]:
    """``21:45  ✓  resolved  x · +28 min · [revised]``; on a narrow terminal the remarks get a line of their own."""
    pen, room = sheet.pen, sheet.width - _INDENT - 2
    colour = PHASE_COLOURS[step.phase]
    whole = " · ".join((where, *remarks))
    space = room - len(step.phase) - 2
    fits = cells(whole) <= space
    sign, label = pen(words.GLYPHS[step.phase], colour), pen(step.phase.value, "bold", colour)
    clock = pen(f"{at.hour:02}:{at.minute:02}", "bold")
    yield f"  {clock}  {sign}  {label}  {pen(whole if fits else shorten(where, max(space, 8)), 'dim')}"
    if remarks and not fits:
        yield margin + pen(shorten(" · ".join(remarks), room), "dim")


def _marks(step: Step, echo: str) -> Iterator[str]:
    """What must not be overlooked, and of whom it is an echo."""
    if step.revision > 1:
        yield "by an edit"
    elif step.revised:
        yield "[revised]" if step.revised == 1 else f"[revised ×{step.revised}]"
    if step.withdrawn:
        yield "[withdrawn]"
    if echo:
        yield echo


def _ending(incident: Incident, sheet: Sheet) -> Iterator[str]:
    if incident.ended_between:
        note = f"gone from the list {words.between_moments(incident.ended_between, sheet.tz)}"
        yield from _aside("○", note, sheet)
    for said in incident.corrections:
        yield from _aside("✎", words.correction(said), sheet)


def _aside(sign: str, note: str, sheet: Sheet) -> Iterator[str]:
    """What is ours to say, with its sign in the place of a phase's."""
    pen = sheet.pen
    for number, line in enumerate(wrap(note, sheet.width - _INDENT - 2)):
        yield " " * (_INDENT - 1) + (pen(sign, "yellow") if number == 0 else " ") + f"  {pen(line, 'dim')}"
