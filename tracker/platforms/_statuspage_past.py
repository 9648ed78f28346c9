"""The history of a Statuspage as JSON, three months a page: which incidents there were, by their codes.

It is what ``<page>/history`` shows, and not documented. What is known of it was seen by programs that read it:

- page 1 is the quarter of today, page N that of N-1 quarters before; months and incidents newest first, an incident in
  the month in which it ended (a plan or an open one in that of its begin). There is no end: pages before the first
  incident are answered with 200 and months in which nothing was. Planned work is among the incidents, with the impact
  ``maintenance``; ``code`` is the API's ``id``. Some hosts do not serve it (404), and a redirect may drop ``?page=``,
  so that each page is the first one again (https://github.com/cyanheads/devops-status-mcp-server: its design page, and
  recorded pages of GitHub and Twilio of September 2026).
- ``page_status.page.created_at`` says since when there is the page, with its ``id`` and ``name`` (the history page of
  www.githubstatus.com of August 2026, which holds the same).
- ``api/v2/incidents/<code>.json`` tells an incident whole, and answers 404 for planned work, which
  ``api/v2/scheduled-maintenances/<code>.json`` tells; that answers 404 for an incident (a collector of planned work of
  two exchanges asks both, and insists on it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tracker.errors import ReadError
from tracker.models import Document
from tracker.platforms import _dates, _json

MOST = 20_000  # incidents of a page; of real ones some 900 are the most
FIRST = date(2012, 1, 1)  # before there was any Statuspage
CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One page of a history.

    ``codes`` newest first, each with whether it is planned work. ``back_to`` is the first day of its oldest month, None
    where it has none. ``is_last``: older pages tell of nothing, or of nothing that is asked for.
    """

    page: dict[str, Any]
    codes: dict[str, bool]
    back_to: date | None
    is_last: bool


def leaf(document: Document, since: date | None) -> Leaf:
    """What a page names that ended in the month of ``since`` or later; ReadError for what is no history."""
    where = document.source.id
    loaded = _json.load(document)
    if not isinstance(loaded, dict) or not isinstance(loaded.get("months"), list):
        raise ReadError(f"{where}: no history of a Statuspage: no 'months' at the top")
    months = [(_month(row, where), _json.rows(row, "incidents")) for row in _json.items(loaded["months"])]
    page = _json.table(loaded.get("page_status"), "page")
    back_to = min((month for month, _ in months), default=None)
    wanted = since.replace(day=1) if since else date.min
    if sum(len(rows) for _, rows in months) > MOST:
        raise ReadError(f"{where}: more than {MOST:,} incidents in three months")
    named = {code: planned for month, rows in months if month >= wanted for code, planned in _codes(rows)}
    is_empty = not any(rows for _, rows in months)
    is_last = back_to is None or back_to <= wanted or (is_empty and back_to < _made(page))
    return Leaf(page=page, codes=named, back_to=back_to, is_last=is_last)


def _month(row: dict[str, Any], where: str) -> date:
    """The first day of a month, whose name is in the page's language."""
    number = _dates.month_named(_json.words(row, "name"))
    year = row.get("year")
    if number is None or type(year) is not int or not 1 <= year <= 9999:
        raise ReadError(f"{where}: no month of a history: {str(row.get('name'))[:40]!r} {str(year)[:40]!r}")
    return date(year, number, 1)


def _codes(rows: list[dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    for row in rows:
        code = _json.words(row, "code")
        if CODE.fullmatch(code):
            yield code, row.get("impact") == "maintenance"


def _made(page: dict[str, Any]) -> date:
    """The month since which there is the page."""
    made: datetime | None = _json.time(page.get("created_at"))
    return made.astimezone(UTC).date().replace(day=1) if made else FIRST
