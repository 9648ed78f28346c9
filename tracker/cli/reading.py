"""Commands that read what was said: timeline, incidents."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import choosing, listening, options, output
from tracker.errors import ConfigError
from tracker.models import Kind

if TYPE_CHECKING:
    from tracker.models import Incident, Step, Told, Watch
    from tracker.store import Reader


FEW = 3  # incidents that are named where there are more


def _chosen(
    store: Reader, feeds: Path, given: dict[str, Any], kinds: tuple[Kind, ...]
) -> tuple[tuple[str, ...], Watch | None, tuple[Incident, ...]]:
    """(vendors, watch, incidents, oldest first) that the options of ``options.selection`` ask for; no vendors: all."""
    watch = choosing.choose_watch(feeds, given["watch"])
    slugs = choosing.choose_vendors(store, feeds, given["vendors"], watch)
    found = store.incidents(
        vendors=slugs,
        since=given["since"],
        until=given["until"],
        words=given["search"],
        open_only=given["open_only"],
        kinds=kinds,
    )
    if Kind.MAINTENANCE in kinds:  # was told of before it began
        from tracker.show import words

        found = tuple(sorted(found, key=words.begin))
    return slugs, watch, choosing.watched(found, watch)


@contextlib.contextmanager
def _told_by_collect(db: Path, form: str) -> Iterator[None]:
    """A mistake in feeds.yaml ends whoever writes for subscribers too, from cron: one that collect told is not told."""
    try:
        yield
    except ConfigError as error:
        from tracker.cli import exit_code, lasting

        if form in _SUBSCRIBED and lasting.is_told(db, str(error)):
            sys.exit(exit_code(error))
        raise


def _kinds(given: dict[str, Any]) -> tuple[Kind, ...]:
    return tuple(Kind) if given["maintenance"] else (Kind.INCIDENT,)


def _say_what_lacks(
    store: Reader, slugs: tuple[str, ...], watch: Watch | None, incidents: tuple[Incident, ...], given: dict[str, Any]
) -> None:
    """On stderr: of which vendors nothing is heard, what of the watch fits nothing, and that there are no incidents."""
    choosing.say_unfit(store, watch, slugs)
    is_of_now = given["until"] is None and (slugs or given["open_only"] or (given["since"] and not incidents))
    if is_of_now and not store.hears_all(slugs):
        listening.say_unread(store, slugs, {incident.vendor for incident in incidents}, given["tz"])
    if incidents:
        return
    narrowed = any(given[name] for name in ("vendors", "since", "until", "search", "open_only", "watch"))
    output.say("no incidents" + (" in this selection" if narrowed else " recorded yet"))


_TITLES = {"html_file": "Incident timeline", "atom_file": "Incidents", "ical_file": "Planned work"}
_SUBSCRIBED = ("atom_file", "ical_file")
_FORMS = ("as_json", "as_csv", *_TITLES)


@click.command("timeline")
@options.selection
@options.json_option
@click.option("--csv", "as_csv", is_flag=True, callback=options.data, help="CSV on stdout, one row per update.")
@options.html_option
@options.file_option("atom", "Write a feed to FILE, one entry per update; - is stdout.")
@options.file_option(
    "ical", "Write a calendar of planned work to FILE; - is stdout.", callback=options.needs("icalendar", "icalendar")
)
@options.db_option
@options.feeds_option
def timeline_(db: Path, feeds: Path, **given: Any) -> None:
    """Incidents with all that was said, newest last.

    \b
    Examples:
      tracker timeline --open
      tracker timeline github --since 7d
      tracker timeline --search "payment delay" --since 2024-01-01
      tracker timeline github stripe --since 30d --html page.html
    """
    form, *others = [name for name in _FORMS if given[name]] or [""]
    if others:
        raise click.UsageError("--json, --csv, --html, --atom and --ical are five forms: choose one")
    kinds = (Kind.MAINTENANCE,) if form == "ical_file" else _kinds(given)
    with choosing.open_reader(db) as store:
        with _told_by_collect(db, form):
            slugs, watch, incidents = _chosen(store, feeds, given, kinds)
        names = store.vendor_names((*slugs, *(incident.vendor for incident in incidents)))
        last_read = listening.last_read(store, slugs) if form == "html_file" else None
        if form not in _SUBSCRIBED:  # whoever subscribes to them has no stderr
            _say_what_lacks(store, slugs, watch, incidents, given)
    tz: tzinfo | None = given["tz"]
    if form == "as_json":
        from tracker.show import json

        output.write_json(map(json.timeline_json, incidents))
    elif form == "as_csv":
        from tracker.show import csv

        sys.stdout.writelines(csv.timeline_csv(incidents, _reworded(db, incidents)))
    elif form:
        told, title = _reworded(db, incidents), _selected(_TITLES[form], slugs, names, given["watch"])
        written = _written(form, incidents, last_read, title=title, tz=tz, vendor_names=names, told=told)
        output.write_file(given[form], written, "--" + form.removesuffix("_file"))
    else:
        from tracker.show import text

        sys.stdout.writelines(text.timeline(incidents, output.sheet(tz, names)))
        sys.stdout.flush()
        if given["search"]:
            _say_what_was_found_later(incidents, given["search"])


def _say_what_was_found_later(incidents: tuple[Incident, ...], searched: tuple[str, ...]) -> None:
    """On stderr, which incidents were found by later versions of what stands in the timeline."""
    from tracker.classify.tokens import fold

    def plain(text: str) -> str:
        """As the search looks at it: without case, accents and signs."""
        return " ".join(re.findall(r"\w+", fold(text)))

    def has_them(step: Step) -> bool:
        told = plain(f"{step.title} {step.text}")
        return all(plain(word) in told for word in searched)

    found = [each.id for each in incidents if any(step.revised for step in each.steps)
             and not any(map(has_them, each.steps))]  # fmt: skip
    if found:
        from tracker.show.words import few

        output.say(f"found by later versions, which `tracker show` and --html tell: {few(found, FEW)}")


def _written(form: str, incidents: tuple[Incident, ...], last_read: datetime | None, **shared: Any) -> str:
    """The incidents in a form that is a file: a page, a feed or a calendar, which take what is ``shared``."""
    if form == "html_file":
        from tracker.show import html

        return html.page(incidents, last_read=last_read, **shared)
    if form == "atom_file":
        from tracker.show import atom

        return atom.feed(incidents, **shared)
    from tracker.show import ical

    return ical.calendar(incidents, **shared)


def _selected(what: str, slugs: tuple[str, ...], names: Mapping[str, str], watch: str | None) -> str:
    """What was asked for, for those who are not told the options: ``Incidents of GitHub and Stripe``."""
    if watch:
        return f"{what}: {watch}"
    from tracker.show.words import vendor_name

    *most, last = [vendor_name(slug, names) for slug in slugs] or [""]
    return f"{what} of {', '.join(most)}{' and ' if most else ''}{last}" if last else what


def _reworded(db: Path, incidents: tuple[Incident, ...]) -> tuple[Told, ...]:
    """Those of their announcements that have later versions."""
    revised = {step.name for incident in incidents for step in incident.steps if step.revised}
    if not revised:
        return ()
    with choosing.open_store(db) as store:
        return store.told_as(*revised)


@click.command("incidents")
@options.selection
@options.json_option
@options.db_option
@options.feeds_option
def incidents_(db: Path, feeds: Path, as_json: bool, **given: Any) -> None:
    """Incidents, one line (or JSON object) each, newest last."""
    with choosing.open_reader(db) as store:
        slugs, watch, incidents = _chosen(store, feeds, given, _kinds(given))
        names = store.vendor_names({incident.vendor for incident in incidents})
        _say_what_lacks(store, slugs, watch, incidents, given)
    if as_json:
        from tracker.show import json

        output.write_json(map(json.incident_json, incidents))
        return
    from tracker.show import table

    colour = output.in_colour()
    width = output.terminal_width() if sys.stdout.isatty() else None  # piped: no name is cut
    output.write(table.incident_lines(incidents, tz=given["tz"], width=width, colour=colour, vendor_names=names))
