"""Times, durations and states as people say them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

from tracker.models import Incident, Kind, Phase, State
from tracker.show.clean import clean, clean_line

if TYPE_CHECKING:
    from tracker.models import Absence, Announcement, Correction, Step, Told, Window

GLYPHS = {
    Phase.OUTAGE_START: "●",
    Phase.UPDATE: "◐",
    Phase.RESOLVED: "✓",
    Phase.MAINTENANCE: "◇",
    Phase.UNRELATED: "·",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

MOST_PARTS = 12  # components that are named of one incident: an outage of a whole region has 150


def duration(seconds: int) -> str:
    """``28 min``, ``3 h 05 min``, ``2 d 4 h``; less than a minute in seconds."""
    minutes = seconds // 60
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def counted(number: int, noun: str) -> str:
    """``1 source``, ``2 sources``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def few(names: Sequence[str], most: int) -> str:
    """``a, b, c and 5 more``."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(map(clean_line, names[:most]))}{rest}"


def zone_name(when: datetime, tz: tzinfo | None) -> str:
    """``UTC``, ``CEST``; of a zone that has no letters ``UTC-03``. No ``tz`` is the zone of this machine, as always."""
    there = when.astimezone(tz)
    name = there.tzname() or ""
    if not name or (name in ("UTC", "GMT") and there.utcoffset()):  # as TZ=UTC+3 has it, which is three hours behind
        name = f"{there:%z}"
    return f"UTC{name}" if re.match(r"[+-]\d", name) else name


def day(when: date) -> str:
    """``Thu 28 Apr 2022``, in English whatever the locale: the same for every reader and test."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime, tz: tzinfo | None) -> str:
    """``Thu 28 Apr 2022 21:17 UTC``."""
    there = when.astimezone(tz)
    return f"{day(there)} {there:%H:%M} {zone_name(when, tz)}"


def minute(when: datetime, tz: tzinfo | None) -> str:
    """``2022-04-28 21:17 UTC``, for columns."""
    return f"{when.astimezone(tz):%Y-%m-%d %H:%M} {zone_name(when, tz)}"


def span(start: datetime, end: datetime | None, tz: tzinfo | None) -> str:
    """``Thu 28 Apr 2022, 21:17–21:45 UTC``; the end names another day and another zone. An unknown end is left open."""
    first, zone = start.astimezone(tz), zone_name(start, tz)
    begins = f"{day(first)}, {first:%H:%M}"
    if end is None:
        return f"{begins} {zone}"
    last, last_zone = end.astimezone(tz), zone_name(end, tz)
    if last_zone != zone:
        begins += f" {zone}"
    ends = f"{last:%H:%M} {last_zone}"
    return f"{begins}–{ends}" if last.date() == first.date() else f"{begins} – {day(last)}, {ends}"


def window(given: Window | None, tz: tzinfo | None) -> str:
    """The hours that the vendor gives, as far as it does."""
    if given and given.start:
        return span(given.start, given.end, tz)
    return f"until {moment(given.end, tz)}" if given and given.end else "hours unknown"


def is_moved(before: Announcement, after: Announcement) -> bool:
    """Whether what is announced was given other hours from one version to the next."""
    return after.announces_hours and before.window != after.window


def between_moments(both: tuple[datetime, datetime], tz: tzinfo | None) -> str:
    """``between Thu 28 Apr 2022 21:17 UTC and Thu 28 Apr 2022 21:45 UTC``: what nobody saw happen."""
    return f"between {moment(both[0], tz)} and {moment(both[1], tz)}"


def iso(when: datetime | None) -> str | None:
    """``2022-04-28T21:17:00Z``; None stays None."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


def begin(incident: Incident) -> datetime:
    """The time at which an incident is shown: when it began, else when it was first told of."""
    return incident.began_at or incident.announced_at


def length(incident: Incident) -> str | None:
    """How long it took, as people say it; None where that is unknown."""
    if incident.ended_at is None:
        return None
    told = between(begin(incident), incident.ended_at)
    return f"at least {told}" if incident.is_older else told


def hours(incident: Incident, tz: tzinfo | None) -> list[str]:
    """From when to when it was, and how long, as far as that is known."""
    return [span(begin(incident), incident.ended_at, tz), *filter(None, (length(incident),))]


def facts(incident: Incident, tz: tzinfo | None) -> list[str]:
    """When, how long, how bad, and which parts, as far as each is known."""
    return [*hours(incident, tz), *filter(None, (impact(incident), *parts(incident)))]


def parts(incident: Incident) -> list[str]:
    """The components; of many the first, and how many more there are."""
    named = [clean_line(part) for part in incident.components[:MOST_PARTS]]
    rest = len(incident.components) - len(named)
    return [*named, f"and {rest} more"] if rest else named


def between(start: datetime, end: datetime) -> str:
    """How long it is from one clock to the other as they are shown, in whole minutes; below one minute in seconds."""
    seconds = int((end - start).total_seconds())
    if seconds < 60:
        return duration(seconds)
    first, last = (when.astimezone(UTC).replace(second=0, microsecond=0) for when in (start, end))
    return duration(int((last - first).total_seconds()))


def by_the_vendor(incident: Incident, tz: tzinfo | None) -> list[str]:
    """When it began and ended by the vendor's own account, where that differs from when it was announced and closed."""
    start, end = incident.impact_started_at, incident.impact_ended_at
    if incident.kind is Kind.MAINTENANCE:
        return []
    told = (begin(incident), incident.ended_at)
    pairs = zip((start, end), told, strict=True)
    if all(mine is None or (its and minute(mine, tz) == minute(its, tz)) for mine, its in pairs):
        return []
    if start and end:
        return [f"The vendor says that it lasted {span(start, end, tz)}", between(start, end)]
    if start:
        return [f"The vendor says that it began {moment(start, tz)}"]
    return [f"The vendor says that it ended {moment(end, tz)}"] if end else []


def impact(incident: Incident) -> str:
    """The vendor's own word for how bad it is. "none" alone would say little: it is "impact none"; "incident" is ''."""
    word = clean_line(incident.impact)
    return {"none": "impact none", "incident": ""}.get(word.casefold(), word)


def state_words(incident: Incident) -> str:
    """``open``, ``resolved``, ``ended without a word``, …; planned work may be gone before it began."""
    if incident.state is State.ENDED_UNANNOUNCED and incident.kind is Kind.MAINTENANCE:
        return "gone without a word"
    words = {
        State.ENDED_UNANNOUNCED: "ended without a word",
        State.LAPSED: "lapsed: never closed",
        State.IN_PROGRESS: "in progress",
    }
    return words.get(incident.state, incident.state.value)


def state_glyph(incident: Incident) -> str:
    """One sign for the state: full while it burns, a tick when it is over, a ring where nobody knows."""
    if incident.is_open:
        return "●"
    if incident.state in (State.RESOLVED, State.COMPLETED):
        return "✓"
    return "◇" if incident.state is State.PLANNED else "○"


def channel(source: str, vendor: str) -> str:
    """The source without its vendor in front: ``whatsapp/x`` is told under WhatsApp as ``x``."""
    return clean_line(source.removeprefix(f"{vendor}/"))


def vendor_name(slug: str, names: Mapping[str, str]) -> str:
    """The vendor's name for people, its slug where none is known."""
    return clean_line(names.get(slug) or slug)


def name_of(incident: Incident) -> str:
    """The incident's name on one line; where it has none, the beginning of its first words."""
    first_words = (incident.steps[0].title or incident.steps[0].text) if incident.steps else incident.id
    return clean_line(incident.name or first_words)


def full_name(incident: Incident, names: Mapping[str, str]) -> str:
    """``GitHub: Incident with Actions``."""
    return f"{vendor_name(incident.vendor, names)}: {name_of(incident)}"


def titles(incident: Incident, told: str) -> Iterator[str]:
    """The title of each step; '' where its text begins with it, or it was the last title told.

    ``told`` is the title that stands above them all.
    """
    for step in incident.steps:
        title = clean_line(step.title)
        begins = title and clean_line(step.text).casefold().startswith(title.rstrip(" .…").casefold())
        yield "" if begins or title == told else title
        told = title or told


def echoes(incident: Incident) -> Iterator[str]:
    """``same words as on statuspage`` for each step that only repeats what another channel has said, else ''."""
    first: dict[str, str] = {}
    for step in incident.steps:
        source = first.setdefault(step.text, step.source)
        yield f"same words as on {channel(source, incident.vendor)}" if step.text and source != step.source else ""


def said(step: Step, title: str, echo: str = "") -> str:
    """The words under a step, '' where they are an echo; that there are none, where it has no title either."""
    text = clean(step.text).strip()
    if text or title or echo:
        return "" if echo else text
    return f"(no words, only its state: {clean_line(step.status)})" if step.status else "(no words)"


def placed(step: Step, says: Phase) -> str | None:
    """What its place made of a step that ``says`` another phase, by its words or by a person; None where nothing."""
    if step.phase is says:
        return None
    if step.phase is Phase.UPDATE:
        return "an update, since the incident had begun"
    more = " and live ones followed" if says is Phase.RESOLVED else ""
    return f"the start, since it is the first word{more}"


def why_alone(
    told: Told,
    absences: Iterable[Absence],
    corrections: Iterable[Correction],
    tz: tzinfo | None,
    *,
    answers: bool = False,
    thread: bool = False,
) -> str:
    """Why an announcement is in no incident, as far as that is known.

    ``answers``: it answers somebody; ``thread``: it goes on with a thread that tells of none.
    """
    from tracker.models import AbsenceKind, Action

    mine = (said for said in corrections if said.first == told.name)
    people = [correction(said) for said in mine if said.action is Action.IGNORE or said.phase is Phase.UNRELATED]
    reasons = people + [
        f"withdrawn {between_moments((gone.last_seen_at, gone.missing_at), tz)}"
        for gone in absences
        if gone.kind is AbsenceKind.WITHDRAWN
    ]
    if people:  # theirs is the last word
        return "; ".join(reasons)
    judged = [told.verdict, *(revision.verdict for revision in told.revisions)]
    if all(verdict.phase is Phase.UNRELATED for verdict in judged):
        reasons.append("judged unrelated")
    elif answers:
        reasons.append("an answer to somebody, which opens none")
    elif thread and told.verdict.phase is Phase.RESOLVED:
        reasons.append("what it says is over was no incident in its thread")
    return "; ".join(reasons) or "by the rules of today it tells of none"


def correction(said: Correction) -> str:
    """``x#2 and statuspage#9 are of one incident, says ana: same outage``; an outdated one says so."""
    from tracker.models import Action

    one = "#".join(said.first)
    other = "#".join(said.second) if said.second else ""
    what = {
        Action.TOGETHER: f"{one} and {other} are of one incident",
        Action.APART: f"{one} and {other} are of two incidents",
        Action.PHASE: f"{one} says {said.phase}" + (f" in version {said.revision}" if said.revision > 1 else ""),
        Action.IGNORE: f"{one} belongs to no incident",
    }[said.action]
    by = f", says {said.author}" if said.author else ""
    on = f" on {said.made_at:%Y-%m-%d}" if said.made_at else ""
    why = f": {said.reason}" if said.reason else ""
    earlier = " (made on an earlier text)" if said.earlier_text else ""
    return clean_line(f"{what}{by}{on}{why}{earlier}")
