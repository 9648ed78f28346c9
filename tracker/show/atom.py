"""Incidents as an Atom feed (RFC 4287): an entry a step, the newest first, for feed readers and the rooms of a chat.

What one channel says in the words of another is no entry, but where it alone tells that it is over.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from uuid import UUID, uuid5

from tracker.models import Incident, Phase, Step, Told
from tracker.show import html, words
from tracker.show.clean import clean_line, shorten

_OURS = UUID("5d1f3f0e-6a0c-4c1e-9b5c-0d9f7c1a2e64")  # names within it are made by this file alone
_LONGEST = 120  # columns of an incident's name in a title


class _Entry(NamedTuple):
    """One entry: ``name`` is what its id is made of, ``says`` what ends its title, ``content`` is HTML."""

    name: str
    says: str
    published: datetime
    updated: datetime
    content: str
    url: str | None = None
    category: str | None = None


def feed(
    incidents: Iterable[Incident],
    *,
    title: str,
    tz: tzinfo | None,
    vendor_names: Mapping[str, str],
    told: Iterable[Told] = (),
) -> str:
    """The whole document. ``title`` says what was selected; feeds of one title are one feed to their readers.

    ``told`` are the announcements that were reworded. An entry keeps its id for ever, and is ``updated`` when its words
    were changed or taken back. The same incidents give the same bytes, so a feed without entries is of 1970.
    """
    versions = {each.name: each for each in told}
    entries = [(incident, entry) for incident in incidents for entry in _entries(incident, versions, tz)]
    entries.sort(key=lambda pair: pair[1].published, reverse=True)
    updated = max((entry.updated for _, entry in entries), default=datetime.fromtimestamp(0, UTC))
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    _add(root, "id", f"urn:uuid:{uuid5(_OURS, title)}")
    _add(root, "title", clean_line(title))
    _add(root, "updated", words.iso(updated))
    _add(root, "generator", "tracker")
    for incident, entry in entries:
        _add_entry(root, incident, entry, vendor_names)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add_entry(root: ET.Element, incident: Incident, entry: _Entry, names: Mapping[str, str]) -> None:
    vendor = words.vendor_name(incident.vendor, names)
    node = ET.SubElement(root, "entry")
    _add(node, "id", f"urn:uuid:{uuid5(_OURS, entry.name)}")
    _add(node, "title", f"{vendor}: {shorten(words.name_of(incident), _LONGEST)} · {entry.says}")
    _add(node, "published", words.iso(entry.published))
    _add(node, "updated", words.iso(entry.updated))
    _add(ET.SubElement(node, "author"), "name", vendor)
    if entry.url:
        ET.SubElement(node, "link", {"rel": "alternate", "href": entry.url})
    if entry.category:
        ET.SubElement(node, "category", {"term": entry.category})
    # A feed reader would run the lines into one: it does not know the style of our page.
    _add(node, "content", entry.content.replace("\n", "<br>"), type="html")


def _entries(incident: Incident, versions: html.Versions, tz: tzinfo | None) -> Iterator[_Entry]:
    """One for each step that is no echo, and one where the incident ended without a word."""
    first: dict[tuple[str, bool], str] = {}
    for step, title in zip(incident.steps, words.titles(incident, words.name_of(incident)), strict=True):
        what = step.text, step.phase is Phase.RESOLVED
        if step.text and first.setdefault(what, step.source) != step.source:
            continue
        told = versions.get(step.name) if step.revision == 1 else None
        changed = [step.at, *(revision.seen_at for revision in (told.revisions if told else ()))]
        yield _Entry(
            name=f"{step.source}#{step.id} {step.revision}",
            says=f"{step.phase}, withdrawn" if step.withdrawn_between else step.phase,
            published=step.at,
            updated=max((*changed, *(step.withdrawn_between or ()))),
            content=html.said(step, title, versions, tz) + html.paragraph(_facts(incident, step)),
            url=html.web_address(step),
            category=step.phase,
        )
    if incident.ended_between:
        between = words.between_moments(incident.ended_between, tz)
        yield _Entry(
            name=f"{incident.id} {incident.state}",
            says=words.state_words(incident),
            published=incident.ended_between[1],
            updated=incident.ended_between[1],
            content=html.paragraph(f"Gone from the list {between}, without a word."),
        )


def _facts(incident: Incident, step: Step) -> str:
    """On which channel, how bad, which parts; with the word that it is over, also how long it was."""
    length = words.length(incident) if step.phase is Phase.RESOLVED else None
    facts = (words.channel(step.source, incident.vendor), words.impact(incident), *words.parts(incident), length)
    return " · ".join(filter(None, facts))


def _add(parent: ET.Element, tag: str, text: str | None, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text
