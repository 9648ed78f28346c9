"""The Datasette plugin: what the record is called, and cells as people read them.

It is registered as an entry point, so that ``datasette FILE`` shows a record as ``tracker browse`` does; other
databases that are open beside it are left alone.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from weakref import WeakKeyDictionary

from datasette import NotFound, Response
from datasette.filters import FilterArguments
from datasette.utils import parse_metadata, tilde_decode, tilde_encode
from datasette.views.base import DatasetteError
from markupsafe import Markup, escape
from pluggy import HookimplMarker

from tracker.errors import TrackerError
from tracker.models import Kind, State
from tracker.show import words
from tracker.show.clean import clean, shorten
from tracker.store import Reader
from tracker.store.schema import APPLICATION_ID
from tracker.store.searching import UNSPACED

hookimpl = HookimplMarker("datasette")  # Datasette's own, with types

_LINKS = {
    "vendor": "vendors", "source": "sources", "incident": "incidents", "announcement": "announcements",
    "other_vendor": "vendors", "other_incident": "incidents",
}  # fmt: skip
_LEADS_TO = {  # (table, column): the view of all that belongs to its row, how it is sorted, and by what it is found
    ("incidents", "name"): ("timeline", "at", "incident", "id"),
    ("timeline", "revised"): ("rewordings", "version", "announcement", "announcement"),
    ("announcements", "versions"): ("rewordings", "version", "announcement", "number"),
}
_ALONE = (("revised", 0), ("versions", 1))  # there is nothing to lead to
_VIEW_LINKS = {("open_incidents", "id"): "incidents", ("source_health", "id"): "sources"}
LABEL = 60  # columns of the words that stand for an announcement
LONGEST = 2000  # letters that are shown of a text with something hidden in it
UNPACKED = 20_000  # bytes that are shown of an original; few are longer
_LISTS = ("components", "regions", "links")
_DURATION = re.compile(r"duration_s(__(exact|not|gt|gte|lt|lte))?")
_SPAN = re.compile(
    r"(\d{1,9}(?:\.\d{1,9})?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)?(?:[\s,]+|$)", re.I
)
_COMMON = {"state": State.RESOLVED, "kind": Kind.INCIDENT}  # what nearly every step is of
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
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
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """A duration in a filter (``1 h 06 min``, as its cell shows it) becomes seconds before Datasette compares it."""

    def wrap(app: Any) -> Callable[..., Awaitable[None]]:
        async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
            query = scope.get("query_string", b"")
            if b"duration_s" in query and _is_ours(scope["path"], datasette):
                scope = scope | {"query_string": _in_seconds(query)}
            await app(scope, receive, send)

        return answer

    return wrap


def _is_ours(path: str, datasette: Any) -> bool:
    name = path.removeprefix(datasette.setting("base_url")).strip("/").partition("/")[0]
    return tilde_decode(name) in _ours.get(datasette, ())


def _in_seconds(query: bytes) -> bytes:
    asked = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    told = [(key, (_DURATION.fullmatch(key) and _seconds(said)) or said) for key, said in asked]
    return urlencode(told).encode()


def _seconds(said: str) -> str | None:
    """``90 min`` or ``1 h 06 min`` as ``5400`` or ``3960``; None for what is no duration."""
    spans = list(_SPAN.finditer(said.strip()))
    if not spans or "".join(span[0] for span in spans) != said.strip():
        return None
    return str(round(sum(float(span[1]) * _SECONDS[(span[2] or "s")[0].lower()] for span in spans)))


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Response | None:
    """Lead from an incident's older id to its page of today; None: as Datasette answers."""
    asked = request.url_vars or {}
    if not isinstance(exception, NotFound) or asked.get("table") != "incidents":
        return None
    name = tilde_decode(asked["database"])
    if name not in _ours.get(datasette, ()):
        return None
    path = Path(datasette.get_database(name).path)
    id_ = _id_today(path, tilde_decode(asked.get("pks", "")))
    if id_ is None:
        return None
    page = datasette.urls.row(name, "incidents", tilde_encode(id_), format=asked["format"])
    return Response.redirect(f"{page}?{request.query_string}" if request.query_string else page)


def _id_today(record: Path, id_: str) -> str | None:
    """The id by which the incident of an older one is told; None where there is none, or the record cannot say."""
    with suppress(TrackerError), Reader.open(record, write=False) as store:
        incident = store.incident(id_)
        return incident.id if incident else None
    return None


@hookimpl
def filters_from_request(request: Any, database: str, datasette: Any) -> FilterArguments | None:
    """Refuse what is no duration; explain that a word of a script without spaces is found only between them."""
    if database not in _ours.get(datasette, ()):
        return None
    for key in filter(_DURATION.fullmatch, request.args):
        for said in request.args.getlist(key):
            if _seconds(said) is None:
                message = f"{key}: {said[:40]!r} is no duration; write 5400, 90 min or 1 h 30 min"
                raise DatasetteError(message, status=400)
    searched = [word for word in (request.args.get("_search") or "").split() if UNSPACED.search(word)]
    if not searched:
        return None
    told = f'"{searched[0]}" stands between spaces or signs (a filter by text contains {searched[0]} finds it anywhere)'
    return FilterArguments([], human_descriptions=[told])


@hookimpl(specname="filters_from_request")
def rare_steps(request: Any, database: str, table: str | None, datasette: Any) -> FilterArguments | None:
    """The steps of what is rare are found through their incidents: read newest first, they cost the whole timeline."""
    if table != "timeline" or database not in _ours.get(datasette, ()):
        return None
    asked = {column: request.args.get(column) or request.args.get(f"{column}__exact") for column in _COMMON}
    rare = {column: value for column, value in asked.items() if value not in (None, _COMMON[column])}
    clauses = [f"incident IN (SELECT id FROM incidents WHERE {column} = :rare_{column})" for column in rare]  # noqa: S608
    return FilterArguments(clauses, {f"rare_{column}": value for column, value in rare.items()})


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> str | None:
    """Durations in words, lists without brackets, short labels, links also in views and queries, nothing invisible.

    None: as Datasette shows it.
    """
    if database not in _ours.get(datasette, ()) or value is None:
        return None
    if column.endswith("_s") and isinstance(value, int):
        return Markup('<span title="{} seconds">{}</span>').format(value, words.duration(value))
    if column in _LISTS:
        return _listed(value)
    if (table, column) == ("originals", "body"):
        return _original(value)
    number, label = (value["value"], value["label"]) if isinstance(value, dict) else (value, None)
    if column == "original":  # its table has no key by which Datasette would have a page of it
        page = datasette.urls.table(database, "originals")
        return Markup('<a href="{}?digest={}">{}</a>').format(page, number, number)
    if (table, column) == ("rewordings", "version") and (said := dict(row).get("announcement")):
        page = datasette.urls.row(database, "revisions", f"{said},{number}")  # where long words stand whole
        return Markup('<a href="{}">{}</a>').format(page, number)
    if lead := _LEADS_TO.get((table or "", column)):
        view, sort, key, own = lead
        its = dict(row).get(own)
        if its is None or (column, value) in _ALONE:
            return _harmless(value)
        page, asked = datasette.urls.table(database, view), urlencode({key: its, "_sort": sort})
        return Markup('<a href="{}?{}">{}</a>').format(page, asked, clean(str(value)))
    target = _VIEW_LINKS.get((table or "", column)) or _LINKS.get(column)
    if target is None or table == target:
        return _harmless(value)
    link = Markup('<a href="{}">{}</a>').format(
        datasette.urls.row(database, target, tilde_encode(str(number))), shorten(str(label or number), LABEL)
    )
    return link + Markup(" <em>{}</em>").format(number) if label not in (None, number) else link


def _original(packed: Any) -> str | None:
    """The beginning of an original; None where it is damaged."""
    try:
        return escape(clean(zlib.decompressobj().decompress(packed, UNPACKED).decode("utf-8", "replace")))
    except (TypeError, zlib.error):
        return None


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
