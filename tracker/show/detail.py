"""One incident with everything behind it: clocks and their bases, verdicts, links, every revision."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from difflib import SequenceMatcher
from itertools import groupby

from tracker.models import FORGOTTEN, Announcement, Incident, Kind, Name, Step, Told, Verdict
from tracker.show import text, words
from tracker.show.clean import cells, clean, clean_line, wrap
from tracker.show.text import Sheet

_CLOCKS = (
    ("impact_started_at", "impact started"),
    ("announced_at", "announced"),
    ("first_seen_at", "first seen by us"),
    ("first_resolved_at", "first resolved"),
    ("resolved_at", "resolved"),
    ("impact_ended_at", "impact ended"),
)
_CLOCK = 17  # columns of the name of a clock
_COMPARED_PAIRS = 20_000  # pairs of equal words
_COMPARED = 10_000_000  # words and pairs that SequenceMatcher goes through in all: anew for every piece that it finds
_MARKS = {"[-": ("-]", "red"), "{+": ("+}", "green")}  # of what went and of what came
_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")


def detail(incident: Incident, told: Iterable[Told], sheet: Sheet) -> str:
    """The incident's heading, its clocks, then each step with its verdict, its link and all its versions."""
    members = {each.name: each for each in told}
    lines = text.heading(incident, sheet)
    lines += [f"{sheet.pen('id', 'dim')} {clean_line(incident.id)}", "", *_clocks(incident, sheet)]
    for said in incident.corrections:
        lines += _noted("corrected", words.correction(said), sheet, room=_CLOCK)
    corrected = {(said.first, said.revision): said.phase for said in incident.corrections if said.phase}
    for step in incident.steps:
        place = words.placed(step, corrected.get((step.name, step.revision)) or step.verdict.phase)
        lines += ["", *_step(step, place, members.get(step.name), sheet)]
    return "\n".join(lines) + "\n"


def alone(told: Told, why: str, sheet: Sheet) -> str:
    """An announcement that is in no incident, and why, with its verdict and all its versions."""
    said, tz = told.announcement, sheet.tz
    lines = [f"{sheet.pen('in no incident', 'bold')}: {clean_line(why)}", ""]
    lines.append(_name(told.name, sheet))
    if said.published_at:
        lines += _noted("published", words.moment(said.published_at, tz), sheet)
    lines += _noted("seen", _moment(told.known_seen_at, tz), sheet)
    lines += _edited(said, sheet)
    lines += _noted("status", said.status, sheet)
    lines += _judged(told.verdict, said.text, sheet)
    lines += [*_words(said, sheet), *_revisions(told, sheet)]
    return "\n".join(lines) + "\n"


def _clocks(incident: Incident, sheet: Sheet) -> Iterator[str]:
    tz = sheet.tz
    for field, label in _CLOCKS:
        when = getattr(incident, field)
        yield from _based(label, _moment(when, tz), incident.bases.get(field), sheet)
    if incident.ended_between:
        seen, missed = incident.ended_between
        yield f"  {'ended between':<{_CLOCK}} {words.moment(seen, tz)} and {words.moment(missed, tz)}"
    for field, value in (("state", words.state_words(incident)), ("severity", incident.severity or "")):
        if reason := incident.bases.get(field):
            yield from _based(field, value, reason, sheet)
    is_told = incident.duration_s is not None or incident.is_older
    length = (is_told and words.length(incident)) or "unknown"
    by = "ended − started" if incident.kind is Kind.MAINTENANCE else "resolved − announced"
    yield from _based("duration", length, by if incident.duration_s else None, sheet)


def _based(label: str, said: str, basis: str | None, sheet: Sheet) -> Iterator[str]:
    """``announced  Thu 28 Apr 2022 21:17 UTC  (first post)``; a basis that does not fit goes beneath."""
    line, reason = f"  {label:<{_CLOCK}} {said}", f"({clean_line(basis)})" if basis else ""
    if reason and cells(line) + 2 + cells(reason) <= sheet.width:
        line, reason = line + sheet.pen(f"  {reason}", "dim"), ""
    yield line
    yield from (" " * (_CLOCK + 3) + sheet.pen(part, "dim") for part in wrap(reason, sheet.width - _CLOCK - 3))


def _step(step: Step, place: str | None, told: Told | None, sheet: Sheet) -> Iterator[str]:
    pen, tz, colour = sheet.pen, sheet.tz, text.PHASE_COLOURS[step.phase]
    marks = "  [withdrawn]" if step.withdrawn else ""
    yield (
        f"{pen(words.GLYPHS[step.phase], colour)} {words.moment(step.at, tz)}  "
        f"{pen(step.phase.value, 'bold', colour)}{marks}"
    )
    yield _name(step.name, sheet)
    yield from _noted("time", step.at_basis, sheet)
    yield from _noted("seen", _moment(step.seen_at, tz), sheet)
    if step.withdrawn_between:
        yield from _noted("withdrawn", words.between_moments(step.withdrawn_between, tz), sheet)
    if told is not None:
        yield from _edited(told.versions[step.revision], sheet)
    yield from _noted("status", step.status, sheet)
    yield from _judged(step.verdict, step.text, sheet)
    yield from _noted("yet it is", place, sheet)
    score = "" if step.score is None else f" (score {step.score:.2f})"
    yield from _noted("here because", f"{step.joined_by}{score}", sheet)
    yield from _words(step, sheet)
    if told is not None and step.revision == 1:
        yield from _revisions(told, sheet)


def _words(said: Step | Announcement, sheet: Sheet) -> Iterator[str]:
    yield from _noted("title", said.title, sheet)
    yield from (f"  {line}" for line in wrap(said.text, sheet.width - 2))
    if said.url:
        yield f"  {sheet.pen(clean_line(said.url), 'cyan')}"


def _moment(when: datetime | None, tz: tzinfo | None) -> str:
    return words.moment(when, tz) if when else "unknown"


def _noted(label: str, value: str | None, sheet: Sheet, *, room: int = 14, margin: int = 2) -> Iterator[str]:
    head = sheet.pen(label.ljust(room), "dim")
    for line in wrap(value or "", sheet.width - room - margin - 1):
        yield f"{' ' * margin}{head} {line}"
        head = " " * room


def _name(name: Name, sheet: Sheet) -> str:
    """Whole on one line, however long, to be copied."""
    return f"  {sheet.pen('announcement'.ljust(14), 'dim')} {clean_line('#'.join(name))}"


def _judged(said: Verdict, words: str | None, sheet: Sheet, *, margin: int = 2) -> Iterator[str]:
    """The verdict, and whether the vendor's state or its words decided. Of words that were erased it says nothing."""
    if said.is_declared or words != FORGOTTEN:
        yield from _noted("declared" if said.is_declared else "words say", verdict(said), sheet, margin=margin)


def verdict(said: Verdict) -> str:
    """``resolved (0.97): says that it is back``."""
    return f"{said.phase.value} ({said.confidence:.2f}): {clean_line(said.because)}"


def _edited(said: Announcement, sheet: Sheet, *, margin: int = 2) -> Iterator[str]:
    if said.edited_at:
        yield from _noted("edited", f"{words.moment(said.edited_at, sheet.tz)}, says the vendor", sheet, margin=margin)


def _revisions(told: Told, sheet: Sheet) -> Iterator[str]:
    """Each later version: when, its words whole, and in what they differ from those before."""
    before, pen = told.announcement, sheet.pen
    for revision in told.revisions:
        after = revision.announcement
        yield f"  {pen(f'version {revision.number}', 'bold')} seen {words.moment(revision.seen_at, sheet.tz)}"
        yield from _edited(after, sheet, margin=4)
        if after.title and clean(after.title) != clean(before.title):
            yield from _noted("title", after.title, sheet, margin=4)
        if clean(after.text) != clean(before.text):
            yield from (f"    {line}" for line in wrap(after.text, sheet.width - 4))
        for label, change in changes(before, after, sheet.tz):
            yield from _painted(_noted(f"{label} ±", change, sheet, margin=4), pen)
        yield from _judged(revision.verdict, after.text, sheet, margin=4)
        before = after


def changes(before: Announcement, after: Announcement, tz: tzinfo | None) -> Iterator[tuple[str, str]]:
    """What differs between two versions: the field, and its words with ``[-gone-]`` and ``{+new+}``."""
    for field in ("title", "status", "impact", "text"):
        old, new = clean(getattr(before, field)), clean(getattr(after, field))
        if old != new:
            yield field, word_diff(old, new) or ("another text" if field == "text" else _changed(old, new))
    if before.components != after.components:
        old, new = ", ".join(before.components), ", ".join(after.components)
        yield "components", word_diff(old, new) or _changed(old, new)
    if words.is_moved(before, after):
        yield "hours", _changed(words.window(before.window, tz), words.window(after.window, tz))


def word_diff(old: str, new: str) -> str:
    """The new text with what went as ``[-gone-]`` and what came as ``{+new+}``; '' where it is another text.

    Of long ones only how many words they have.
    """
    was, now = _TOKEN.findall(old), _TOKEN.findall(new)
    count = Counter(now)
    pairs = sum(count[word] for word in was)
    pieces_found = max(_runs(was, count), _runs(now, {*was}))
    if pairs > _COMPARED_PAIRS or pieces_found * (len(was) + pairs) > _COMPARED:
        return f"{len(was)} words and signs became {len(now)}"
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    kept = sum(match.size for match in matcher.get_matching_blocks())
    if was and kept <= len(was) / 2 < len(now) / 4:  # what words they share they share by chance
        return ""
    pieces: list[str] = []
    for kind, start, end, begin, stop in matcher.get_opcodes():
        gone, came = "".join(was[start:end]), "".join(now[begin:stop])
        pieces.append(came if kind == "equal" else _changed(gone, came))
    return "".join(pieces).strip()


def _runs(told: Sequence[str], known: Container[str]) -> int:
    """In how many pieces the words lie that the other text has too."""
    return sum(1 for common, _ in groupby(word in known for word in told) if common)


def _changed(gone: str, came: str) -> str:
    """Both within their marks; the white space before them stays outside."""
    either = came or gone
    space = either[: len(either) - len(either.lstrip())]
    marked = (f"[-{gone.strip()}-]" if gone.strip() else "") + (f"{{+{came.strip()}+}}" if came.strip() else "")
    return space + marked


def _painted(lines: Iterable[str], pen: text.Pen) -> list[str]:
    """What went in red and what came in green, over the ends of lines.

    A mark that nothing closes may be the vendor's own: it is left as it is, and the rest is not searched for each.
    """
    said, painted, at = "\n".join(lines), list[str](), 0
    last = {opening: said.rfind(closing) for opening, (closing, _) in _MARKS.items()}
    for mark in re.finditer(r"\[-|\{\+", said):
        if at <= mark.start() and mark.end() <= last[mark[0]]:
            closing, colour = _MARKS[mark[0]]
            end = said.index(closing, mark.end()) + len(closing)
            marked = (pen(line, colour) for line in said[mark.start() : end].split("\n"))
            painted += (said[at : mark.start()], "\n".join(marked))
            at = end
    return "".join([*painted, said[at:]]).split("\n")
