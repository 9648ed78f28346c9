"""The Datasette plugin: what the record is called, and cells as people read them.

It is registered as an entry point, so that ``datasette FILE`` shows a record as ``tracker browse`` does; other
databases that are open beside it are left alone.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

from datasette import Response
from datasette.utils import parse_metadata, tilde_encode
from markupsafe import Markup, escape
from pluggy import HookimplMarker

from tracker.show import words
from tracker.show.clean import clean, shorten
from tracker.store.migrations import APPLICATION_ID

hookimpl = HookimplMarker("datasette")  # Datasette's own, with types

_LINKS = {"vendor": "vendors", "source": "sources", "incident": "incidents", "announcement": "announcements"}
_VIEW_LINKS = {("open_incidents", "id"): "incidents", ("source_health", "id"): "sources"}
LABEL = 60  # columns of the words that stand for an announcement
LONGEST = 2000  # letters that are shown of a text with something hidden in it
_LISTS = ("components", "regions", "links")
_ours: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""Of each Datasette the names of the databases that are records of the tracker."""


@hookimpl
async def startup(datasette: Any) -> None:
    """Find out which of the open databases are ours."""
    found = set()
    for name, database in datasette.databases.items():
        if (await database.execute("PRAGMA application_id")).single_value() == APPLICATION_ID:
            found.add(name)
    _ours[datasette] = found


@hookimpl
def get_metadata(datasette: Any) -> dict[str, Any]:
    """The metadata of each record; the instance is named after it where nothing else is open."""
    ours = _ours.get(datasette, set())
    told: dict[str, Any] = {"databases": {name: _metadata() for name in ours}}
    if ours and ours == set(datasette.databases) - {"_internal"}:
        told |= {key: value for key, value in _metadata().items() if isinstance(value, str)}
    return told


@cache
def _text() -> str:
    return json.dumps(parse_metadata((files(__package__) / "metadata.yaml").read_text(encoding="utf-8")))


def _metadata() -> dict[str, Any]:
    """A fresh copy each time: Datasette writes into what it is given."""
    loaded: dict[str, Any] = json.loads(_text())
    return loaded


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Where the tables' style is."""
    return [(r"^/-/tracker/tables\.css$", _style)]


def _style() -> Response:
    text = (files(__package__) / "tables.css").read_text(encoding="utf-8")
    return Response(text, content_type="text/css; charset=utf-8", headers={"cache-control": "max-age=3600"})


@hookimpl
def extra_css_urls(database: str | None, datasette: Any) -> list[str]:
    """The tables' style, on the pages of a record."""
    return [datasette.urls.path("/-/tracker/tables.css")] if database in _ours.get(datasette, ()) else []


@hookimpl
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Any) -> str | None:
    """Durations in words, lists without brackets, short labels, links in views and queries, nothing hidden.

    None: as Datasette shows it.
    """
    if database not in _ours.get(datasette, ()) or value is None:
        return None
    if column.endswith("duration_s") and isinstance(value, int):
        return Markup('<span title="{} seconds">{}</span>').format(value, words.duration(value))
    if column in _LISTS:
        return _listed(value)
    target = _VIEW_LINKS.get((table or "", column)) or _LINKS.get(column)
    if target is None or table == target:
        return _harmless(value)
    number, label = (value["value"], value["label"]) if isinstance(value, dict) else (value, None)
    link = Markup('<a href="{}">{}</a>').format(
        datasette.urls.row(database, target, tilde_encode(str(number))), shorten(str(label or number), LABEL)
    )
    return link + Markup(" <em>{}</em>").format(number) if label not in (None, number) else link


def _harmless(value: Any) -> str | None:
    """A text without its control characters and bidirectional overrides; None where it has none."""
    shown = clean(value) if isinstance(value, str) else value
    return None if shown == value else escape(shown[:LONGEST])


def _listed(value: Any) -> str | None:
    """``["API", "Web"]`` as ``API, Web``; None where it is no list of words."""
    try:
        items = json.loads(value)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return None
    return escape(", ".join(items)) or Markup("&nbsp;")
