"""CSV for a spreadsheet: incidents, one row a step, and statistics."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from tracker.models import Incident, Row, Step, Told
from tracker.show import figures
from tracker.show.clean import clean
from tracker.show.words import iso

_INCIDENT = (
    "id", "vendor", "kind", "name", "state", "impact", "components", "announced_at", "resolved_at", "duration_s",
)  # fmt: skip
_STEP = ("at", "phase", "source", "id", "revision", "withdrawn", "title", "text", "url", "revised")
_HEADING = (
    "incident", *_INCIDENT[1:], *_STEP[:3], "announcement", *_STEP[4:], "edited_at", "last_title", "last_text",
    "seen_at", "last_text_seen_at", "severity", "confidence", "because",
)  # fmt: skip
_FORMULAS = tuple("=+-@＝＋－＠")  # the wide ones too, https://owasp.org/www-community/attacks/CSV_Injection


def timeline_csv(incidents: Iterable[Incident], told: Iterable[Told] = ()) -> Iterator[str]:
    """The heading, then a line a step (RFC 4180, lines end in CRLF; times ISO 8601 UTC, unknown empty).

    ``revised`` counts the later versions; where ``told`` holds them, the last one's words follow, and when the vendor
    says that it edited it. ``seen_at`` and ``last_text_seen_at`` are when we saw the first words and the last.
    ``confidence`` (0..1) and ``because`` are those of the verdict on the step's own words.
    """
    members = {each.name: each for each in told}
    yield _line(_HEADING)
    for incident in incidents:
        shared = _cells(incident, _INCIDENT)
        for step in incident.steps:
            *last, last_seen = _last(step, members.get(step.name))
            judged = str(step.verdict.confidence), _cell(step.verdict.because)
            seen = _cell(step.seen_at), last_seen
            yield _line((*shared, *_cells(step, _STEP), *last, *seen, _cell(incident.severity), *judged))


def statistics_csv(rows: Iterable[Row]) -> Iterator[str]:
    """The heading, then a line a row: the keys of ``--json`` without the formulas; what is unknown is empty."""
    for number, row in enumerate(rows):
        told = figures.row_json(row)
        del told["basis"]
        if not number:
            yield _line(told)
        yield _line(_harmless(value) if isinstance(value, str | None) else str(value) for value in told.values())


def _last(step: Step, told: Told | None) -> Sequence[str]:
    if told is None or not step.revised:
        return "", "", "", ""
    [later] = (each for each in told.revisions if each.number == step.revision + step.revised)
    return *_cells(later.announcement, ("edited_at", "title", "text")), _cell(later.seen_at)


def _cells(of: object, names: Iterable[str]) -> list[str]:
    return [_cell(getattr(of, name)) for name in names]


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value) or ""
    if isinstance(value, int):
        return str(int(value))  # yes is 1, no is 0
    return _harmless(", ".join(value) if isinstance(value, tuple) else value)


def _harmless(text: str | None) -> str:
    """A stranger's words: a spreadsheet would run what begins like a formula, so that gets an apostrophe."""
    text = clean(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULAS) else text


def _line(fields: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(fields)
    return buffer.getvalue()
