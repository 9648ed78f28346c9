"""Incidents as CSV: one row a step, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from tracker.models import Incident, Step, Told
from tracker.show.clean import clean
from tracker.show.words import iso

COLUMNS = (
    "incident", "vendor", "kind", "name", "state", "impact", "components", "announced_at", "resolved_at", "duration_s",
    "at", "phase", "source", "announcement", "revision", "withdrawn", "title", "text", "url",
    "revised", "edited_at", "last_title", "last_text",
)  # fmt: skip
_FORMULAS = tuple("=+-@＝＋－＠")  # the wide ones too, https://owasp.org/www-community/attacks/CSV_Injection


def timeline_csv(incidents: Iterable[Incident], told: Iterable[Told] = ()) -> Iterator[str]:
    """The heading, then a line a step (RFC 4180, lines end in CRLF; times ISO 8601 UTC, unknown empty).

    ``revised`` counts the later versions; where ``told`` holds them, the last one's words follow, and when the vendor
    says that it edited it.
    """
    members = {each.name: each for each in told}
    yield _line(COLUMNS)
    for incident in incidents:
        for step in incident.steps:
            yield _line((*_row(incident, step), *_last(step, members.get(step.name))))


def _last(step: Step, told: Told | None) -> tuple[str, ...]:
    if told is None or not step.revised:
        return str(step.revised), "", "", ""
    last = told.versions[step.revision + step.revised]
    return str(step.revised), iso(last.edited_at) or "", _harmless(last.title), _harmless(last.text)


def _row(incident: Incident, step: Step) -> tuple[str, ...]:
    return (
        _harmless(incident.id),
        _harmless(incident.vendor),
        incident.kind.value,
        _harmless(incident.name),
        incident.state.value,
        _harmless(incident.impact),
        _harmless(", ".join(incident.components)),
        iso(incident.announced_at) or "",
        iso(incident.resolved_at) or "",
        "" if incident.duration_s is None else str(incident.duration_s),
        iso(step.at) or "",
        step.phase.value,
        _harmless(step.source),
        _harmless(step.id),
        str(step.revision),
        "1" if step.withdrawn else "0",
        _harmless(step.title),
        _harmless(step.text),
        _harmless(step.url),
    )


def _harmless(text: str | None) -> str:
    """A stranger's words: a spreadsheet would run what begins like a formula, so that gets an apostrophe."""
    text = clean(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULAS) else text


def _line(fields: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(fields)
    return buffer.getvalue()
