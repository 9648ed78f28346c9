"""An entry of a feed that tells a whole incident in dated steps, cut into them.

Feeds with one entry an incident list in it what was said and when, in many forms: xAI, OpenStatus, cState
(https://github.com/cstate/cstate), Netlify's statuskit and pages that somebody wrote alone. Words that only look like
that are far more frequent: spans of hours, timelines of a report, plans. So an entry is cut only where its markup shows
two steps at least, each at the beginning of a line of its own and in the same form::

    Thu, 20 Aug 2026 12:08:11 GMT               a time alone, with words below it
    2026-08-20 12:08 UTC - Resolved - Words     a time, with words behind it
    Resolved — 2026-08-20 12:08 UTC             a state and a time, with words below or behind
    Resolved - Words (12:08 — Aug 20)           a state and words, with a time in brackets or alone on the last line
    12:08 UTC Words                             a time of day, where one end of them is of the entry's own minute
    EDIT 12:08 UTC: Words                       a time of day with a zone, below the first words or above them

and where these times run one way, do not lie ahead, and fit the time of the entry. All else stays one text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from html import unescape
from typing import TypeGuard
from zoneinfo import ZoneInfo

from tracker.platforms import _dates, _html, _standing, _zones
from tracker.platforms._feeds import Entry

MOST_LINES, LONGEST = 2_000, 200_000  # lines and characters of an entry that is cut
AHEAD = timedelta(minutes=10)  # of our clock, a vendor's may be
_MOMENTS = timedelta(minutes=2)  # a clock by hand and that of the feed
_SOON, _NEAR, _DAY, _WEEK = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1), timedelta(days=7)

_MONTH = r"[^\W\d_]{3,12}[.]?"  # whether it is one, and in which language, ``_dates`` knows
_CLOCK = r"\d\d?:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?: ?[ap][.]?m\b[.]?)?"
_YEARLESS = rf"(?:\d\d?(?:st|nd|rd|th|[.])?[ -]{_MONTH}|{_MONTH} \d\d?(?:st|nd|rd|th)?|\d\d?[.]\d\d?[.])"
_DATE = (
    r"(?:[^\W\d_]{2,12}[.,]{0,2} )?(?:\d{4}[-/.]\d\d?[-/.]\d\d?"
    rf"|\d\d?(?:st|nd|rd|th|[.])?[ -]{_MONTH}[ ,-]{{1,2}}\d{{4}}|{_MONTH} \d\d?(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d\d?[.]\d\d?[.]\d{{4}}|\d\d?/\d\d?/\d{{4}}|{_YEARLESS})"
)
_SLASHES = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")
_DAY_FIRST, _MONTH_FIRST = r"\1.\2.\3", r"\3-\1-\2"
_BETWEEN = r"(?:[tT]|,? (?:at |um |om |à |[-–—] )?)"  # the day and the time of day
_MOMENT = re.compile(  # begins with a figure, which is found fast: the month of "Aug 20, 13:05" may be any word
    rf"\d(?:\d\d\d(?:[-/.]\d\d?[-/.]\d\d?)?|\d?(?:st|nd|rd|th|[.])?(?:[ -]{_MONTH}|\d\d?[.])?)"
    rf"{_BETWEEN}\d\d?:[0-5]\d"
)
_YEAR = re.compile(r"\d{4}")
_SHORT = re.compile(r":[0-5]\d(?: ?[ap][.]?m\b[.]?)? — ", re.I)
_TIME = (
    rf"(?P<date>{_DATE}){_BETWEEN}(?P<clock>{_CLOCK})(?: (?:Uhr|uur)\b)?"
    r"(?P<zone> ?(?:[+-]\d\d:?\d\d|(?-i:Z|[A-Z]{2,5}(?:[+-]\d{1,2})?))(?!\w)(?: \([A-Z]{2,5}\))?)?"
    rf"|(?P<short>{_CLOCK}) — (?P<day>{_MONTH} \d\d?)(?!\w)"  # cState's own
)
_LATER = "update|edit|upd"  # which says no more than that these are no first words
_STATE = rf"(?:{_standing.STATES}|{_LATER})"
_OPENING = r"[^\w\n(\[]{0,3}[\[(]?"
_SEPARATOR = (  # and no span of hours or of days
    rf"(?:[\])]:?| ?[:|]| [-–—](?! {_DATE}{_BETWEEN}\d\d?:\d))(?: (?:[-–—] )?(?!\d\d?:\d)|$)"
)
_OUTAGE = re.compile(rf"(?:{_standing.OUTAGE}|{_LATER})", re.I)
_SAYS_LATER = re.compile(_LATER, re.I)
_STATED = re.compile(rf"[^\w\n]{{0,3}}(?P<state>{_STATE})[\])]?(?: ?[:|](?: |$)| [-–—] |$)", re.I)
_DATED = re.compile(
    rf"{_OPENING}(?:{_TIME})[\])]?(?:$|(?<=[\])])(?: |: )|{_SEPARATOR}| (?={_STATE}(?: ?[:|] | [-–—] |$)))", re.I
)
_AT = rf"[\])]?(?: ?[:|] ?| [-–—] ?| (?:at |on )?)[\[(]?(?:{_TIME})[\])]?(?:$|{_SEPARATOR})"
_LABELLED = re.compile(rf"{_OPENING}(?P<state>{_STATE}){_AT}", re.I)
_WEEKDAY = (  # in the languages of ``_dates``, which takes any word that begins so for one: "Down", "Mitigating"
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch"
    r"|sonnabend|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado"
    r"|domingo|(?:lune|marte|mercole|giove|vener)d[ìi]|sabato|domenica|(?:segunda|terça|quarta|quinta|sexta)(?: feira)?"
    r"|(?:maan|dins|woens|donder|vrij|zater|zon)dag|lun|mar|mer|jeu|ven|sam|dim|mi[ée]|jue|vie|s[áa]b|dom|gio|seg|ter"
    r"|qua|qui|sex"
)
_NAMED = re.compile(  # in a word that we do not know as a state; "Started: 2026-08-20 12:08" is a field
    rf"{_OPENING}(?!(?:beg[aiu]n|closed|created|date|end|estimated|expected|from|last|next|occurred|opened|planned"
    rf"|posted|published|reported|since|start|time|until|update|window)[^\W\d_]*\b|(?:{_WEEKDAY})\b)"
    rf"(?P<state>[^\W\d_]{{3,20}}(?: [^\W\d_]{{3,20}})?){_AT}",
    re.I,
)
_OF_LABELS = (_LABELLED, _NAMED)
_OF_A_DAY = re.compile(  # and no span of hours
    rf"{_OPENING}(?>(?P<clock>(?i:{_CLOCK}))(?: Uhr| uur)?(?: (?P<zone>[A-Z]{{2,5}}(?:[+-]\d{{1,2}})?))?)(?!\w)[\])]?"
    rf"(?:$|{_SEPARATOR}| (?!(?:[-–—~〜～→]|to|bis|until|till|through|and|und|à|a|et|y|e|tot) ?\d))"
)
_LATER_THAT_DAY = re.compile(
    rf"{_OPENING}(?P<state>{_LATER})[\])]?(?: ?[:|] ?| [-–—] ?| (?:at )?)[\[(]?"
    rf"(?P<clock>{_CLOCK})(?: Uhr| uur)?(?: (?P<zone>(?-i:[A-Z]{{2,5}}(?:[+-]\d{{1,2}})?)))?(?!\w)[\])]?"
    rf"(?:$|{_SEPARATOR})",
    re.I,
)
_HAS_LATER = re.compile(rf"^\W{{0,3}}(?:{_LATER})\b[^\w\n]{{0,4}}(?:at )?\d\d?:[0-5]\d", re.I | re.M)
_UNKNOWN = re.compile(rf"[^\W\d_]{{3,20}}(?: ?[:|]| [-–—]) ?[\[(]?(?:{_TIME})[\])]?", re.I)  # a state unknown to us
_CLOSING = re.compile(rf"(?:^(?:posted (?:at |on )?|[\[(])?|(?<=\S) ?[\[(])(?:{_TIME})[\])]?$", re.I)
_LABEL = re.compile(r"(?:start|begin|end|from|until)(?:s|ed|ning)?(?: (?:time|at|date))?:?", re.I)  # of a table
_LAST = 100  # letters of a line in which a time stands that ends it
_FIELD = re.compile(  # what stands above the steps and holds for all of them, or heads them, and is a word of none
    r"\W{0,3}(?:(?:(?:current |incident )?(?:status|state|severity|impact|priority|type):(?: [\w-]+){0,2}"
    r"|duration: .{1,40}|updates:?)"
    rf"|(?:{_STATE}|(?:start|end)(?:s|ed)?(?: at)?|created(?: at)?|(?:last )?updated(?: at)?): (?:{_TIME}))",
    re.I,
)
_STATUS = re.compile(r"\W{0,3}(?:current |incident )?(?:status|state): \w", re.I)
_BLOCK = re.compile(rf"</?(?:{'|'.join(_html.BREAKS)})(?:\s[^<>]*)?/?>", re.I)
_HREF = re.compile(r"\shref=[\"']?([^\"'\s<>]+)", re.I)
_BEGINS, _LINKS = "\ue000", "\ue001"  # nobody's letters
_OFFSET = re.compile(r"(?:[+-]\d\d:?\d\d|GMT|UTC|UT|Z)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: ``at`` is None for words that stand before all times. ``status`` is a state that is known, as written.

    ``text`` is its words without both, ``whole`` those with them, as they stand in the entry.
    """

    at: datetime | None
    status: str | None
    text: str
    whole: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is shown: its words, where they link to, and whether markup begins it, and not white space alone."""

    words: str
    links: tuple[str, ...]
    begins: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines ``start`` to ``end`` of an entry are a step that was told at ``time``, with these words."""

    start: int
    end: int
    time: re.Match[str]
    state: str | None
    words: tuple[str, ...]


def may_tell(text: str) -> bool:
    """Whether a line of it begins or ends as a step may: a cheap test, for nearly no entry has steps."""
    if len(text) <= LONGEST and (_OF_A_DAY.match(text) or _HAS_LATER.search(text)):
        return True
    if len(text) > LONGEST or not (_MOMENT.search(text) or (" — " in text and _SHORT.search(text))):
        return False
    return any(_dated(line) or _closing(line) for line in text.split("\n", MOST_LINES) if ":" in line)


def cut(entry: Entry, text: str, of_page: ZoneInfo | None, polled_at: datetime) -> tuple[Step, ...]:
    """The steps of an entry whose text is ``text``, oldest first; none where it is to be read whole."""
    lines = _lines(entry)
    if len(lines) > MOST_LINES or "\n".join(line.words for line in lines) != text:
        return ()
    lines = _without_parts(lines)
    found = (_headed(lines), _closed(lines), _of_one_day(lines), _later_that_day(lines))
    blocks = next((blocks for blocks in found if blocks and all(block.words for block in blocks)), [])
    above = lines[: blocks[0].start] if blocks else []
    before = [line for line in above if not _is_field(line)]
    times = _times(blocks, entry, of_page, is_below=bool(before))
    rises = times == sorted(times)
    if not times or not (rises or times == sorted(times, reverse=True)) or max(times) > polled_at + AHEAD:
        return ()
    if not (_is_one(blocks[0], above) if len(blocks) == 1 else times[0] != times[-1]):
        return ()
    if any(_UNKNOWN.fullmatch(line.words) for line in before):
        return ()
    if not rises:
        blocks, times = blocks[::-1], times[::-1]
    if not before and (written := entry.published or entry.updated) and written < times[0] - _MOMENTS:
        blocks, before = _without_first_words(blocks, lines)
    if not _fits(entry, times, is_stated=all(block.state for block in blocks), goes_on=bool(before)):
        return ()
    steps = [_step(at, block, lines) for at, block in zip(times, blocks, strict=True)]
    if _say_later(blocks):
        steps = [replace(step, status=None) for step in steps]
    if before:
        told = "\n".join(line.words for line in before)
        steps.insert(0, Step(at=None, status=None, text=told, whole=told, links=_links(before)))
    return tuple(steps)


def _times(blocks: Sequence[_Block], entry: Entry, of_page: ZoneInfo | None, *, is_below: bool) -> list[datetime]:
    """When these were told, in their order; none where one of them cannot be told.

    Those that stand ``is_below`` first words may run either way: that by which the last was told sooner.
    """
    form = blocks[0].time.re if blocks else None
    if form is _OF_A_DAY:
        return _of_days(blocks, entry, of_page)
    if form is _LATER_THAT_DAY:
        newest_first = _after(blocks[::-1], entry, of_page)[::-1]
        oldest_first = _after(blocks, entry, of_page) if is_below else []
        return min(filter(None, (oldest_first, newest_first)), key=max, default=[])
    return _moments(blocks, entry, of_page)


def _without_first_words(blocks: list[_Block], lines: Sequence[_Line]) -> tuple[list[_Block], list[_Line]]:
    """The blocks, oldest first, and the first words below the oldest of them where each says that it came later.

    Who writes each update above what stands there leaves the first words at the bottom, behind one line of the oldest.
    """
    oldest = blocks[0]
    place = oldest.start + 1
    is_above = oldest.time.end() < len(lines[oldest.start].words)
    if not is_above or place == oldest.end or not _say_later(blocks):
        return blocks, []
    own = replace(oldest, end=place, words=oldest.words[:1])
    return [own, *blocks[1:]], list(lines[place : oldest.end])


def _say_later(blocks: Sequence[_Block]) -> bool:
    """Whether each says that it came later, and no state."""
    return all(_SAYS_LATER.fullmatch(block.state or "") for block in blocks)


def _is_one(block: _Block, above: Sequence[_Line]) -> bool:
    """Whether a block may be the only one: words in a state in which an outage is, or the entry tells its own."""
    is_stated = block.state is not None and _OUTAGE.fullmatch(block.state) and block.words != (block.state,)
    return bool(is_stated) or any(_STATUS.match(line.words) for line in above)


def _fits(entry: Entry, times: Sequence[datetime], *, is_stated: bool, goes_on: bool) -> bool:
    """Whether the entry's own time is that of such steps, and not of a plan, or of a report on what is long over.

    Steps that go on from words without a time follow the entry, each in its state: else they may be the timeline of a
    report, which took the place of the first words.
    """
    published = entry.published or entry.updated
    if published is None:
        return False
    if goes_on:
        return is_stated and times == sorted(times) and times[0] - _WEEK <= published <= times[0] + _NEAR
    near = _SOON if len(times) == 1 else _DAY if is_stated else _NEAR
    return min(times) - near <= published <= max(times) + near


def _step(at: datetime, block: _Block, lines: Sequence[_Line]) -> Step:
    told = lines[block.start : block.end]
    whole = "\n".join(line.words for line in told)
    return Step(at=at, status=block.state, text="\n".join(block.words), whole=whole, links=_links(told))


def _links(lines: Sequence[_Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link for line in lines for link in line.links))


def _lines(entry: Entry) -> list[_Line]:
    """The lines that it shows, as ``_html.text`` parts them; none where our marks stand in it already."""
    if _BEGINS in entry.html or _LINKS in entry.html:
        return []
    marked = _html.ANCHOR.sub(rf"{_LINKS}\g<0>", _BLOCK.sub(rf"\g<0>{_BEGINS}", entry.html))
    links = (_address(anchor[0], entry.base) for anchor in _html.ANCHOR.finditer(entry.html))
    lines, begins, is_plain = [], True, not _BLOCK.search(entry.html)
    for line in _html.text(marked).split("\n"):
        begins = begins or is_plain or _BEGINS in line
        found = tuple(filter(None, itertools.islice(links, line.count(_LINKS))))
        if words := " ".join(line.replace(_BEGINS, "").replace(_LINKS, "").split()):
            lines.append(_Line(words, found, begins))
            begins = False
    return lines


def _address(anchor: str, base: str) -> str | None:
    href = _HREF.search(anchor)
    return _html.web(_html.joined(base, unescape(href[1]))) if href else None


def _without_parts(lines: list[_Line]) -> list[_Line]:
    """The lines before those that name components below all steps."""
    for place in range(len(lines) - 1, -1, -1):
        if _names_parts(lines[place]):
            return lines[:place]
        if _dated(lines[place].words):
            break
    return lines


def _names_parts(line: _Line) -> bool:
    """Whether it heads or lists components; ``Affected: all who upload`` are words of the step above it."""
    heading = _standing.PARTS.match(f"{line.words}\n")
    return heading is not None and (not heading["alone"] or bool(_standing.listed(line.words)))


def _dated(line: str) -> re.Match[str] | None:
    return _LABELLED.match(line) or _DATED.match(line)  # a state is no day of the week


def _named(line: str) -> re.Match[str] | None:
    """A time, also behind a word that may be a state of some maker's, and heads no hours."""
    named = None if _LABELLED.match(line) or _standing.tells_hours(line) else _NAMED.match(line)
    return named or _dated(line)


def _closing(line: str) -> re.Match[str] | None:
    return _CLOSING.search(line[-_LAST:])


def _headed(lines: Sequence[_Line]) -> list[_Block]:
    """The blocks that begin with their time, all in the form that most have.

    Beside states that we know any word is one, where all that bear such a word say something: else those are fields.
    """
    if any(line.begins and _LABELLED.match(line.words) for line in lines):
        blocks = _begun_as(lines, _named)
        if all(block.time.re is not _NAMED or block.words != (block.state,) for block in blocks):
            return blocks
    return _begun_as(lines, _dated)


def _begun_as(lines: Sequence[_Line], headed: Callable[[str], re.Match[str] | None]) -> list[_Block]:
    found: dict[tuple[bool, bool], list[tuple[int, re.Match[str]]]] = {}
    for place, line in enumerate(lines):
        if line.begins and (head := headed(line.words)):
            found.setdefault((head.re in _OF_LABELS, head.end() == len(line.words)), []).append((place, head))
    forms = sorted(found.values(), key=len, reverse=True)
    if not forms or (len(forms) > 1 and len(forms[0]) == len(forms[1])):
        return []
    is_below = all(place and _is_state(lines[place - 1]) for place, _ in forms[0])
    starts = [place - is_below for place, _ in forms[0]]
    ends = [*starts[1:], len(lines)]
    return [_block(lines, start, end, *head) for start, end, head in zip(starts, ends, forms[0], strict=True)]


def _block(lines: Sequence[_Line], start: int, end: int, place: int, head: re.Match[str]) -> _Block:
    """The block of a head. Its state stands above it, in it, or where its words begin."""
    is_stated = head.re in (*_OF_LABELS, _LATER_THAT_DAY)
    above = _STATED.match(lines[start].words) if start < place else head if is_stated else None
    state = above["state"] if above else None
    words = [lines[place].words[head.end() :], *(line.words for line in lines[place + 1 : end])]
    words = [line for line in words if line]
    if state is None and words and (stated := _STATED.match(words[0])):
        state = stated["state"]
        words[0] = words[0][stated.end() :]
    return _Block(start, end, head, state, tuple(filter(None, words)) or tuple(filter(None, [state])))


def _closed(lines: Sequence[_Line]) -> list[_Block]:
    """The blocks that begin with a state and end with their time."""
    starts = [place for place, line in enumerate(lines) if line.begins and _STATED.match(line.words)]
    blocks = []
    for start, end in itertools.pairwise([*starts, len(lines)]):
        stated, time = _STATED.match(lines[start].words), _closing(lines[end - 1].words)
        if stated is None or time is None or _LABEL.fullmatch(lines[end - 2].words):
            return []
        told = "\n".join(line.words for line in lines[start:end])
        words = told[stated.end() : len(told) - len(time[0])].strip()
        blocks.append(_Block(start, end, time, stated["state"], (words or stated["state"],)))
    return blocks


def _of_one_day(lines: Sequence[_Line]) -> list[_Block]:
    """The blocks that begin with a time of day, as all lines do that markup begins."""
    blocks = _begun_by(_OF_A_DAY, lines)
    is_all = 1 < len(blocks) == sum(line.begins for line in lines)
    return blocks if is_all and blocks[0].start == 0 else []


def _later_that_day(lines: Sequence[_Line]) -> list[_Block]:
    """The blocks that begin with "Update" or the like and a time of day, and say something: else it may be the next."""
    blocks = _begun_by(_LATER_THAT_DAY, lines)
    return blocks if all(block.words != (block.state,) for block in blocks) else []


def _begun_by(head: re.Pattern[str], lines: Sequence[_Line]) -> list[_Block]:
    """The blocks that begin with it, each up to the next."""
    heads = {place: found for place, line in enumerate(lines) if line.begins and (found := head.match(line.words))}
    return [_block(lines, place, end, place, heads[place]) for place, end in itertools.pairwise([*heads, len(lines)])]


def _is_field(line: _Line) -> bool:
    told = _FIELD.fullmatch(line.words) or _standing.PARTS.match(f"{line.words}\n")
    return told is not None or _is_state(line)


def _is_state(line: _Line) -> bool:
    stated = _STATED.fullmatch(line.words)
    return stated is not None and line.begins


def _moments(blocks: Sequence[_Block], entry: Entry, of_page: ZoneInfo | None) -> list[datetime]:
    """When these were said; none where one of them cannot be told. "10/06/2026" is the one that is near the entry."""
    found = [_moments_of(blocks, entry, of_page, _DAY_FIRST)]
    if any(_SLASHES.search(block.time["date"] or "") for block in blocks):
        found.append(_moments_of(blocks, entry, of_page, _MONTH_FIRST))
    near = entry.published or entry.updated or datetime.min.replace(tzinfo=UTC)
    return min(filter(None, found), key=lambda times: abs(times[0] - near), default=[])


def _moments_of(blocks: Sequence[_Block], entry: Entry, of_page: ZoneInfo | None, order: str) -> list[datetime]:
    if all(block.time["zone"] for block in blocks):
        read = partial(_dates.moment, of_page=of_page)
        times = [_read(block.time, entry, order, read) for block in blocks]
    elif any(block.time["zone"] for block in blocks):
        return []
    else:
        walls = [_read(block.time, entry, order, _dates.as_written) for block in blocks]
        zone = of_page or _of_entry(entry, walls)
        times = [wall.replace(tzinfo=zone).astimezone(UTC) if _is_of_today(wall) and zone else None for wall in walls]
    known = [at for at in times if _is_of_today(at)]
    return known if len(known) == len(times) else []


def _of_days(blocks: Sequence[_Block], entry: Entry, of_page: ZoneInfo | None) -> list[datetime]:
    """When steps were said that tell only a time of day: one end of them is of the minute of one of the entry's times.

    Each is less than a day after the one before it; of several ways the one that takes the least time.
    """
    ends = [at for at in (entry.published, entry.updated) if _is_of_today(at)]
    written = (_OFFSET.search(raw or "") for raw in (entry.published_raw, entry.updated_raw))
    of_entry = next((found[0] for found in written if found), "") if of_page is None else ""
    found = []
    for way in (1, -1):
        for anchor in ends:
            for order in (blocks, blocks[::-1]):
                told = _walked(order, anchor, way, of_page, of_entry, is_first=True)
                found.append(told if order is blocks else told[::-1])
    return min(filter(None, found), key=lambda told: max(told) - min(told), default=[])


def _after(blocks: Sequence[_Block], entry: Entry, of_page: ZoneInfo | None) -> list[datetime]:
    """When steps were said that came after the entry's own time, oldest first, and tell a time of day.

    None where one of them is just before that time on the clock: some date an entry by its last edit.
    """
    written = entry.published or entry.updated
    if not _is_of_today(written):
        return []
    told = _walked(blocks, written.replace(second=0), 1, of_page, "", is_first=False)
    return told if all((written - at) % _DAY > _NEAR for at in told) else []


def _walked(
    blocks: Sequence[_Block], near: datetime, way: int, of_page: ZoneInfo | None, of_entry: str, *, is_first: bool
) -> list[datetime]:
    """From a moment on, or back, each less than a day after the one before it; none where a zone is not known.

    Where it ``is_first``, the first is of the moment's own minute.
    """
    told: list[datetime] = []
    for block in blocks:
        days = _on_days(near, block.time["clock"], block.time["zone"] or of_entry, of_page)
        if not days:
            return []
        if is_first and not told:
            told.append(min(days, key=lambda at: abs(at - near)))
            if abs(told[0] - near) > _MOMENTS:
                return []
        else:
            told.append(next(at for at in days[::way] if (at - near) * way >= timedelta()))
        near = told[-1]
    return told


def _on_days(near: datetime, clock: str, zone: str, of_page: ZoneInfo | None) -> list[datetime]:
    """A time of day on the days around a moment, in order; an hour that the clock shows twice is told twice."""
    shown, near_by = _dates.as_written(f"2000-01-01 {clock}"), _dates.away(zone, near.replace(tzinfo=None), of_page)
    if shown is None or near_by is None:
        return []
    days = (near + near_by + timedelta(days=step) for step in (-1, 0, 1))
    walls = [day.replace(hour=shown.hour, minute=shown.minute, second=shown.second, microsecond=0) for day in days]
    found = set()
    for wall, fold in itertools.product(walls, (0, 1)):
        if (away := _dates.away(zone, wall.replace(tzinfo=None, fold=fold), of_page)) is not None:
            found.add(wall - away)
    return sorted(found)


def _is_of_today(at: datetime | None) -> TypeGuard[datetime]:
    """Whether it is no year of another age, beside which no other can be told."""
    return at is not None and 1970 <= at.year < 3000


def _read(time: re.Match[str], entry: Entry, order: str, read: Callable[[str], datetime | None]) -> datetime | None:
    """What a time says to ``read``; a day without a year is the one next to the entry's time."""
    date, clock = _SLASHES.sub(order, time["date"] or time["day"]), time["clock"] or time["short"]
    rest = f"{clock} {(time['zone'] or '').strip()}".strip()
    near = entry.published or entry.updated
    if _YEAR.search(date) or near is None:
        return read(f"{date} {rest}")
    found = (read(f"{date} {near.year + step} {rest}") for step in (-1, 0, 1))
    return min((at for at in found if _is_of_today(at)), key=lambda at: abs(at - near), default=None)


def _of_entry(entry: Entry, walls: Sequence[datetime | None]) -> timezone | None:
    """The zone in which the entry's own time is written, where a step has that very minute: they have one clock."""
    minutes = {wall.replace(second=0) for wall in walls if wall}
    for raw, at in ((entry.published_raw, entry.published), (entry.updated_raw, entry.updated)):
        written = _OFFSET.search(raw or "")
        away = _zones.offset(written[0], at, None, {}) if written and at else None
        if away is not None and _is_of_today(at) and (at + away).replace(second=0, microsecond=0) in minutes:
            return timezone(away)
    return None
