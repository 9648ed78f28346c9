"""Commands that read the record: timeline, incidents, show, sources, check."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_AFFECTED, EXIT_UNKNOWN, options
from tracker.errors import AskError
from tracker.models import Kind

if TYPE_CHECKING:
    from tracker.models import Correction, Incident, SourceHealth, Told, Watch
    from tracker.store import Reader, Store

MOST_MINUTES = 1_000_000  # of --max-age: two years
MOST_UNREAD = 5  # vendors that nobody reads, a line each: where the collector has stopped, it is all of them


def _chosen(store: Reader, feeds: Path, given: dict[str, Any]) -> tuple[Incident, ...]:
    """The incidents that the options of ``options.selection`` ask for, oldest first."""
    kinds = (Kind.INCIDENT, Kind.MAINTENANCE) if given["maintenance"] else (Kind.INCIDENT,)
    watch = options.choose_watch(feeds, given["watch"])
    slugs = options.choose_vendors(store, feeds, (*given["vendors"], *given["more_vendors"]), watch)
    found = store.incidents(
        vendors=slugs,
        since=given["since"],
        until=given["until"],
        open_only=given["open_only"],
        kinds=kinds,
    )
    if (slugs or given["open_only"]) and given["until"] is None:
        _say_unread(store, slugs, {incident.vendor for incident in found}, given["tz"])
    return _watched(found, watch)


def _say_unread(store: Reader, slugs: tuple[str, ...], told: set[str], tz: tzinfo | None) -> None:
    """Silence is no good news where nobody listens: the vendors of which nothing is read now, on stderr.

    Who was never polled is told where it was asked for by name and has ``told`` nothing.
    """
    if store.hears_all(slugs):
        return
    from tracker.models.sources import LATE

    health = _health_now(store, slugs, LATE)
    read = {each.source.vendor for each in health if each.is_read}
    last: dict[str, datetime | None] = {slug: None for slug in slugs if slug not in told}
    for each in health:
        if each.last_success is not None and each.last_poll is not None:
            last[each.source.vendor] = max(last.get(each.source.vendor) or each.last_success, each.last_success)
    unread = {slug: when for slug, when in last.items() if slug not in read}
    if unread:
        _say_since(unread, health, _names(store), tz)


def _say_since(
    unread: dict[str, datetime | None], health: list[SourceHealth], names: dict[str, str], tz: tzinfo | None
) -> None:
    from tracker.show import checked, words

    why = checked.reasons(each for each in health if not each.is_read)
    lines = [
        checked.not_read(words.vendor_name(slug, names), when, why.get(slug), tz)
        for slug, when in sorted(unread.items())
    ]
    if len(lines) > MOST_UNREAD:
        lines[MOST_UNREAD:] = [f"and {len(lines) - MOST_UNREAD} more vendors; see `tracker sources`"]
    click.echo("\n".join(lines), err=True)


def _watched(incidents: tuple[Incident, ...], watch: Watch | None) -> tuple[Incident, ...]:
    """Those that a watch asks for, each with the steps that it asks for."""
    if watch is None:
        return incidents
    return tuple(found for incident in incidents if (found := watch.of(incident)) is not None)


def _names(store: Reader) -> dict[str, str]:
    return store.vendor_names()


def _write(lines: Iterable[str]) -> None:
    """Lines to stdout, flushed once: a closed pipe is noticed here and ends the run quietly."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_none(given: dict[str, Any]) -> None:
    narrowed = any(given[name] for name in ("vendors", "more_vendors", "since", "until", "open_only", "watch"))
    click.echo("no incidents" + (" in this selection" if narrowed else " recorded yet"), err=True)


@click.command("timeline")
@options.selection
@options.json_option
@click.option("--csv", "as_csv", is_flag=True, callback=options.data, help="CSV on stdout, a row an update.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="A page into FILE; - is stdout.",
)
@options.db_option
@options.feeds_option
def timeline_(db: Path, feeds: Path, as_json: bool, as_csv: bool, html_file: Path | None, **given: Any) -> None:
    """Incidents with their updates, newest last."""
    if as_json + as_csv + (html_file is not None) > 1:
        raise click.UsageError("--json, --csv and --html are three forms: choose one")
    with options.open_reader(db) as store:
        incidents, names = _chosen(store, feeds, given), _names(store)
    if not incidents:
        _say_none(given)
    tz: tzinfo | None = given["tz"]
    if as_json:
        from tracker.show import json

        _write(json.dumps(json.timeline_json(incident)) for incident in incidents)
    elif as_csv:
        from tracker.show import csv

        _write(line.removesuffix("\n") for line in csv.timeline_csv(incidents, _reworded(db, incidents)))
    elif html_file is not None:
        from tracker.show import html

        _write_page(html_file, html.page(incidents, tz=tz, vendor_names=names, told=_reworded(db, incidents)))
    else:
        from tracker.show import text

        width, colour = options.terminal_width(), options.in_colour()
        for number, incident in enumerate(incidents):
            story = text.story(incident, tz=tz, width=width, colour=colour, vendor_names=names)
            sys.stdout.write(("\n" if number else "") + story)
        sys.stdout.flush()


def _reworded(db: Path, incidents: tuple[Incident, ...]) -> list[Told]:
    """Those of their announcements that have later versions."""
    revised = [incident for incident in incidents if any(step.revised for step in incident.steps)]
    if not revised:
        return []
    with options.open_store(db) as store:
        return [told for incident in revised for told in store.told(incident) if told.revisions]


def _write_page(file: Path, page: str) -> None:
    """The page into the file, or to stdout where that is ``-``."""
    if str(file) == "-":
        options.data_on_stdout()
        sys.stdout.write(page)
        sys.stdout.flush()
        return
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--html {file}: {error.strerror}") from error


@click.command("incidents")
@options.selection
@options.json_option
@options.db_option
@options.feeds_option
def incidents_(db: Path, feeds: Path, as_json: bool, **given: Any) -> None:
    """One line (or JSON object) an incident, newest last."""
    with options.open_reader(db) as store:
        incidents, names = _chosen(store, feeds, given), _names(store)
    if not incidents:
        _say_none(given)
    if as_json:
        from tracker.show import json

        _write(json.dumps(json.incident_json(incident)) for incident in incidents)
        return
    from tracker.show import table

    colour = options.in_colour()
    width = options.terminal_width() if sys.stdout.isatty() else None  # piped: no name is cut
    _write(table.incident_lines(incidents, tz=given["tz"], width=width, colour=colour, vendor_names=names))


@click.command("show")
@click.argument("id_", metavar="ID")
@options.json_option
@options.tz_option
@options.db_option
def show_(id_: str, as_json: bool, tz: tzinfo | None, db: Path) -> None:
    """One incident with every revision, verdict and its reason.

    ID is an incident's id, an old one, or the id of any of its announcements. Of an announcement that is in no
    incident it says why.
    """
    with options.open_store(db) as store:
        incident = store.incident(id_)
        if incident is None and "#" in id_:
            _show_alone(store, id_, as_json, tz)
            return
        incident = incident or _what_is_left(store, id_)
        told, names = store.told(incident), _names(store)
    if incident.id != id_:
        click.echo(f"{id_} is part of {incident.id}", err=True)
    if as_json:
        from tracker.show import json

        _write([json.dumps(json.detail_json(incident, told))])
        return
    from tracker.show import detail

    width, colour = options.terminal_width(), options.in_colour()
    click.echo(
        detail.detail(incident, told, tz=tz, width=width, colour=colour, vendor_names=names), nl=False, color=colour
    )


def _show_alone(store: Store, name: str, as_json: bool, tz: tzinfo | None) -> None:
    """An announcement that is in no incident."""
    from tracker.show import words

    try:
        told = store.told_as(*store.resolve_announcement(name))
    except AskError as error:
        raise click.UsageError(str(error)) from None
    absences, corrections = store.absences_of((told.order,)), store.corrections_of(told.announcement.vendor)
    why = words.apart(told, absences, corrections, UTC if as_json else tz)
    if as_json:
        from tracker.show import json

        _write([json.dumps(json.alone_json(told, why))])
        return
    from tracker.show import detail

    width, colour = options.terminal_width(), options.in_colour()
    click.echo(detail.alone(told, why, tz=tz, width=width, colour=colour), nl=False, color=colour)


def _named_by(store: Store, id_: str) -> tuple[str, str] | None:
    """The announcement from which an id that was given out was made; it may be in no incident now."""
    from tracker.assemble import incident_id

    vendor = id_.rpartition("-")[0]
    return next((name for name in store.names(vendor) if incident_id(vendor, name) == id_), None)


def _what_is_left(store: Store, id_: str) -> Incident:
    """The incident to which an id leads that is none today; the usage error says what became of it, or what is near."""
    vendor, name = id_.rpartition("-")[0], _named_by(store, id_)
    if name is None:
        raise click.UsageError(f"no incident {id_!r}{_near_incident(store, id_)}")
    corrections = store.corrections_of(vendor)
    left = _left_of(store, id_, tuple(said for said in corrections if name not in (said.first, said.second)))
    if left is None:
        ignored = any(said.first == name and said.action == "ignore" for said in corrections)
        reason = "a person said that it is to be ignored" if ignored else "by the rules of today it tells of none"
        was = f"{id_} was the incident of {'#'.join(name)}"
        raise click.UsageError(f"{was}, which is in no incident now: {reason}")
    return left


def _left_of(store: Store, id_: str, others: tuple[Correction, ...]) -> Incident | None:
    """What is left of an incident from which a person took the announcement that gave it its id.

    ``others`` are the corrections that do not name it. Where it went into several, the one that holds most of it, of
    its own kind if there is one: what was told with planned work did not become planned work.
    """
    from tracker.assemble import assemble

    vendor = id_.rpartition("-")[0]
    if len(others) == len(store.corrections_of(vendor)):
        return None
    before = assemble(store.history(vendor), corrections=others)
    former = next((found for found in before if id_ in found.aliases), None)
    if former is None:
        return None
    now = [found for step in former.steps if (found := store.incident(f"{step.source}#{step.id}"))]
    ids = [found.id for found in now]
    return max(now, key=lambda found: (found.kind is former.kind, ids.count(found.id)), default=None)


def _near_incident(store: Reader, wanted: str) -> str:
    from difflib import get_close_matches

    every = store.incidents(kinds=(Kind.INCIDENT, Kind.MAINTENANCE))
    ids = [known for incident in every for known in (incident.id, *incident.aliases)]
    near = get_close_matches(wanted, ids[-20_000:], 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else "; `tracker incidents` lists them"


@click.command("sources")
@options.json_option
@options.tz_option
@options.db_option
@options.feeds_option
def sources_(as_json: bool, tz: tzinfo | None, db: Path, feeds: Path) -> None:
    """Health of each source, next poll, last error.

    Those that cannot be read come last, with the reason.
    """
    rows = _sources(db, feeds)
    if as_json:
        from tracker.show import json

        _write(map(json.dumps, rows))
        return
    from tracker.show import table, words

    def when(value: datetime | None) -> str:
        return words.minute(value, tz) if value else "–"

    heads = ("source", "state", "since", "last success", "next poll", "said", "why")
    lines = [
        (row["source"], row["state"], when(_parsed(row["since"])), when(_parsed(row["last_success_at"])),
         when(_parsed(row["next_poll_at"])), str(row["announcements"]), row["reason"] or row["last_error"] or "")
        for row in rows
    ]  # fmt: skip
    width = options.terminal_width() if sys.stdout.isatty() else 10_000  # piped: no reason is cut
    _write(table.table(heads, lines, width=width, colour=options.in_colour()))


def _parsed(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _sources(db: Path, feeds: Path) -> list[dict[str, Any]]:
    """What the database knows of its sources, then those of feeds.yaml that were never polled, silent ones last."""
    from tracker.show.words import iso

    rows: dict[str, dict[str, Any]] = {}
    if db.exists():
        with options.open_reader(db) as store:
            rows = {each.source.id: _source_row(each.at(options.now())) for each in store.sources()}
    if feeds.exists() or not rows:
        for vendor in options.load_feeds(feeds):
            for source in vendor.sources:
                if source.silent or source.id not in rows:
                    row = rows.get(source.id, {"announcements": 0, "since": iso(None), "last_success_at": iso(None)})
                    rows[source.id] = row | {
                        "source": source.id,
                        "vendor": vendor.slug,
                        "platform": source.platform,
                        "address": source.address,
                        "state": "silent" if source.silent else "new",
                        "reason": source.silent or "never polled",
                        "next_poll_at": None,
                        "last_error": None,
                    }
    return sorted(rows.values(), key=lambda row: (row["state"] == "silent", row["source"]))


def _source_row(health: SourceHealth) -> dict[str, Any]:
    from tracker.show.words import iso

    return {
        "source": health.source.id,
        "vendor": health.source.vendor,
        "platform": health.source.platform,
        "address": health.source.address,
        "state": health.health.value,
        "since": iso(health.since),
        "reason": health.reason,
        "last_poll_at": iso(health.last_poll),
        "last_success_at": iso(health.last_success),
        "next_poll_at": iso(health.next_poll_at),
        "announcements": health.announcements,
        "last_error": health.last_error,
    }


@click.command("check")
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...")
@click.option("--vendor", "more_vendors", multiple=True, metavar="VENDOR", help="The same, as an option.")
@click.option(
    "--max-age",
    default=60,
    show_default=True,
    metavar="MINUTES",
    type=click.IntRange(0, MOST_MINUTES),
    help="A source whose poll is overdue by more counts as stale.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing while all is fine: for the mail of cron.")
@options.watch_option
@options.json_option
@options.tz_option
@options.db_option
@options.feeds_option
def check_(
    vendors: tuple[str, ...],
    more_vendors: tuple[str, ...],
    max_age: int,
    quiet: bool,
    watch: str | None,
    as_json: bool,
    tz: tzinfo | None,
    db: Path,
    feeds: Path,
) -> None:
    """Is anything broken? The exit code says it.

    0 fine, 1 affected, 2 usage, 3 unknown or stale.
    """
    watched, wanted = options.choose_watch(feeds, watch), (*vendors, *more_vendors)
    if not db.exists():
        click.echo(f"unknown: no database at {db}; `tracker collect` makes it", err=True)
        if as_json:
            _write([_checked_json("unknown", wanted, unknown=wanted)])
        sys.exit(EXIT_UNKNOWN)
    with options.open_reader(db) as store:
        slugs = options.choose_vendors(store, feeds, wanted, watched)
        open_now = _watched(store.incidents(vendors=slugs, open_only=True), watched)
        health = _health_now(store, slugs, timedelta(minutes=max_age))
    asked = slugs or _all_vendors(health, feeds)
    read = {each.source.vendor for each in health if each.is_read}
    unknown = tuple(slug for slug in asked if slug not in read)
    unread = [each for each in health if not each.is_read]
    state = "affected" if open_now else "unknown" if unknown or not asked else "fine"
    if quiet and state == "fine":
        return
    if as_json:
        _write([_checked_json(state, asked, open_now, unknown, unread)])
    else:
        _write(_checked_lines(asked, open_now, unknown, unread, tz))
    sys.exit({"affected": EXIT_AFFECTED, "unknown": EXIT_UNKNOWN}.get(state, 0))


def _health_now(store: Reader, slugs: tuple[str, ...], late: timedelta) -> list[SourceHealth]:
    """How the sources of these vendors (none: all) do now.

    Those that left feeds.yaml only where their vendor was asked for and has no other.
    """
    from tracker.models import Health

    now = options.now()
    found = [each.at(now, late) for each in store.sources(slugs, counted=False)]
    listed = {each.source.vendor for each in found if each.health is not Health.RETIRED}
    gone = set(slugs) - listed
    return [each for each in found if each.health is not Health.RETIRED or each.source.vendor in gone]


def _all_vendors(health: Sequence[SourceHealth], feeds: Path) -> tuple[str, ...]:
    """Those of the record, and those of feeds.yaml that no run has seen yet.

    Not those of which nothing can ever be read here: all their sources are listed as `silent:`, or were never given
    a token. That is no news, and `tracker sources` tells it.
    """
    heard = {each.source.vendor for each in health if not _is_silent(each)}
    last_run = max((each.last_poll.timestamp() for each in health if each.last_poll), default=0.0)
    if feeds.exists() and max(feeds.stat().st_mtime, feeds.stat().st_ctime) >= last_run:
        known = {each.source.vendor for each in health}
        new = (vendor for vendor in options.load_feeds(feeds) if vendor.slug not in known)
        heard |= {vendor.slug for vendor in new if not all(source.silent for source in vendor.sources)}
    return tuple(sorted(heard))


def _is_silent(health: SourceHealth) -> bool:
    """Whether it cannot be asked, and never could; one that was read before is missed."""
    return health.health == "suspended" and health.last_poll is None


def _checked_json(
    state: str,
    asked: Iterable[str],
    open_now: Iterable[Incident] = (),
    unknown: Iterable[str] = (),
    unread: Iterable[SourceHealth] = (),
) -> str:
    from tracker.show import json

    silent = [{"source": each.source.id, "state": each.health.value, "reason": each.reason} for each in unread]
    found = [json.incident_json(incident) for incident in open_now]
    told = {"state": state, "vendors": list(asked), "incidents": found, "unknown": list(unknown), "unread": silent}
    return json.dumps(told)


def _checked_lines(
    asked: tuple[str, ...],
    open_now: tuple[Incident, ...],
    unknown: tuple[str, ...],
    unread: list[SourceHealth],
    tz: tzinfo | None,
) -> list[str]:
    from tracker.show import checked

    lines = list(checked.affected(open_now, tz=tz, width=options.terminal_width()))
    lines += checked.unknown(unknown, unread)
    if lines:
        return lines
    return [checked.fine(asked, unread) if asked else "unknown: no sources"]
