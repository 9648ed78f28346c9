"""The command that tells all of one incident, or of an announcement: show."""

from __future__ import annotations

from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli import choosing, listening, options, output
from tracker.errors import AskError

if TYPE_CHECKING:
    from tracker.models import Incident
    from tracker.store import Reader, Store


@click.command("show")
@click.argument("id_", metavar="ID")
@options.json_option
@options.html_option
@options.tz_option
@options.db_option
def show_(id_: str, as_json: bool, html_file: Path | None, tz: tzinfo | None, db: Path) -> None:
    """One incident: every version, every verdict, and why.

    ID is an incident's id, an old one, the id of any of its announcements, or the address of one. Of an announcement
    that is in no incident it says why.
    """
    if as_json and html_file is not None:
        raise click.UsageError("--json and --html are two forms: choose one")
    with choosing.open_store(db) as store:
        name, incident = _named(store, id_)
        if incident is None:
            if html_file is not None:
                raise click.UsageError(f"{name} is in no incident, and only an incident has a page")
            _show_alone(store, name, as_json, tz)
            return
        told, names = store.told(incident), store.vendor_names((incident.vendor,))
        last_read = listening.last_read(store, (incident.vendor,)) if html_file is not None else None
    if incident.id != name:
        output.say(f"{name} is part of {incident.id}")
    if as_json:
        from tracker.show import json

        output.write_json([json.detail_json(incident, told)])
    elif html_file is not None:
        from tracker.show import html

        later = [each for each in told if each.revisions]
        page = html.page_of_one(incident, tz=tz, vendor_names=names, told=later, last_read=last_read)
        output.write_file(html_file, page, "--html")
    else:
        from tracker.show import detail

        click.echo(detail.detail(incident, told, output.sheet(tz, names)), nl=False)


def _named(store: Store, id_: str) -> tuple[str, Incident | None]:
    """(what the user named, its incident); an address without one may be that of SOURCE#ID, which may have none."""
    if incident := store.incident(id_) or (_told_at(store, id_) if "://" in id_ else None):
        return id_, incident
    if "://" in id_ and (name := _name_at(store, id_)):
        id_, incident = name, store.incident(name)
    return id_, incident or (None if "#" in id_ else _what_is_left(store, id_))


def _told_at(store: Reader, url: str) -> Incident | None:
    """The incident of which a word stands at this address."""
    from tracker.assemble import at_address

    return store.incident_at(url, at_address(url))


def _name_at(store: Store, url: str) -> str | None:
    """SOURCE#ID of the newest announcement at this address, however that is written; a query may be what names it."""
    from tracker.assemble import at_address

    mark = at_address(url)
    path = mark.partition("/")[2]
    found = store.addresses_with(path) if path else ()
    same = (name for name, told in found if told == url or ("?" not in told and at_address(told) == mark))
    return next(map("#".join, same), None)


def _what_is_left(store: Store, id_: str) -> Incident:
    """The incident to which an id leads that is none today; the usage error says what became of it, or what is near."""
    from tracker import collect

    id_ = store.id_today(id_) or id_
    name = collect.named_by(store, id_)
    if name is None:
        raise click.UsageError(f"no incident {id_!r}{_near_incident(store, id_)}")
    left = collect.left_of(store, id_, name)
    if left is None:
        corrections = store.corrections_of(id_.rpartition("-")[0])
        ignored = any(said.first == name and said.action == "ignore" for said in corrections)
        reason = "a person said that it is to be ignored" if ignored else "by the rules of today it tells of none"
        was = f"{id_} was the incident of {'#'.join(name)}"
        raise click.UsageError(f"{was}, which is in no incident now: {reason}")
    return left


def _near_incident(store: Reader, wanted: str) -> str:
    """Where it is a vendor, that; else the nearest of the ids of the vendor that it names, as nearly as that may be."""
    from tracker.config.mistakes import nearest

    slug, known = wanted.rpartition("-")[0], store.vendor_names()
    if wanted.casefold() in known:
        return f", but a vendor; `tracker timeline {wanted.casefold()}` tells its incidents"
    vendor = slug if slug in known else nearest(slug, known)
    near = nearest(wanted, store.references(vendor)) if vendor else None
    return f"; did you mean {near!r}?" if near else "; `tracker incidents` lists them"


def _show_alone(store: Store, name: str, as_json: bool, tz: tzinfo | None) -> None:
    """An announcement that is in no incident."""
    from tracker.assemble.words import answers_somebody
    from tracker.show import words
    from tracker.store import Places

    try:
        [told] = store.told_as(store.resolve_announcement(name))
    except AskError as error:
        raise click.UsageError(str(error)) from None
    absences, corrections = store.absences_of((told.order,)), store.corrections_of(told.announcement.vendor)
    answers = answers_somebody(told.announcement)
    places = Places(store, told.announcement.vendor)
    thread = places.was_said((told.name[0], told.announcement.in_reply_to or ""), told.at)
    why = words.why_alone(told, absences, corrections, UTC if as_json else tz, answers=answers, thread=thread)
    if as_json:
        from tracker.show import json

        output.write_json([json.alone_json(told, why)])
        return
    from tracker.show import detail

    click.echo(detail.alone(told, why, output.sheet(tz, {})), nl=False)
