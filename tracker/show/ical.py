"""Planned work as a calendar (RFC 5545), for whoever subscribes to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

from tracker.models import Incident, Kind, Name, Revision, State, Told
from tracker.show import html, words
from tracker.show.clean import clean

if TYPE_CHECKING:
    from icalendar import Event

_STATUS = {State.CANCELLED: "CANCELLED"}  # a calendar that had it strikes it out


def calendar(
    incidents: Iterable[Incident],
    *,
    title: str,
    tz: tzinfo | None,
    vendor_names: Mapping[str, str],
    told: Iterable[Told] = (),
) -> str:
    """The whole file: an event for each planned work that is not withdrawn; lines end in CRLF, times are UTC.

    Work of unknown hours stands at the time of its announcement, without length. ``told`` are the announcements that
    were reworded, or moved to other hours. The same incidents give the same bytes.
    """
    from icalendar import Calendar

    latest = {each.name: each.revisions[-1] for each in told}
    made = Calendar()
    made.add("prodid", "-//tracker//planned work//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", title)
    for incident in incidents:
        if incident.kind is Kind.MAINTENANCE and incident.state is not State.WITHDRAWN:
            made.add_component(_event(incident, latest, tz, vendor_names))
    text: bytes = made.to_ical()
    return text.decode()


def _event(incident: Incident, latest: Mapping[Name, Revision], tz: tzinfo | None, names: Mapping[str, str]) -> Event:
    from icalendar import Event

    event = Event()
    begins, ends = incident.impact_started_at, incident.impact_ended_at
    seen = [(step, step.seen_at or step.at) for step in incident.steps]
    changed = max(max(at, latest[step.name].seen_at) if step.name in latest else at for step, at in seen)
    event.add("uid", f"{incident.id}@tracker")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", words.begin(incident))
    if begins and ends and ends > begins:
        event.add("dtend", ends)
    event.add("summary", words.full_name(incident, names))
    event.add("status", _STATUS.get(incident.state, "CONFIRMED"))
    event.add("description", _description(incident, latest, tz))
    if url := next(filter(None, map(html.web_address, reversed(incident.steps))), None):
        event.add("url", url)
    return event


def _description(incident: Incident, latest: Mapping[Name, Revision], tz: tzinfo | None) -> str:
    """How it stands, its parts, and what was said when, as it reads now: words of before may tell other hours."""
    stands = " · ".join((words.state_words(incident), *words.parts(incident)))
    last = {step.name: step for step in incident.steps}  # of each announcement; those before it tell older versions
    said = [stands]
    for step in incident.steps:
        later = latest.get(step.name) if step is last[step.name] else None
        text = later.announcement.text if later else step.text
        said.append(f"{words.moment(step.at, tz)}: {clean(text).strip()}")
    return "\n\n".join(said)
