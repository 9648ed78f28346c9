"""The commands by which people correct: correct together, apart, phase, ignore, list, examples, undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import choosing, options, output
from tracker.models import Action, Correction, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; shown with the incident.")


def _said(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every correction."""
    for option in (options.db_option, reason_option, options.author_option):
        command = option(command)
    return command


@click.group("correct")
def correct_() -> None:
    """Put a person's word over the rules.

    It holds for every later poll and rebuild, until it is taken back. Where two contradict each other, the later one
    wins. Announcements are named SOURCE#ID, as `tracker show` prints them.

    \b
    Examples:
      tracker correct together github/statuspage#81kd github/bluesky#3lx2
      tracker correct phase github/bluesky#3lx2 resolved --reason "says so below"
      tracker correct list
      tracker correct undo 2
    """


@correct_.command("together")
@click.argument("one", metavar="SOURCE#ID")
@click.argument("other", metavar="SOURCE#ID")
@_said
def together_(one: str, other: str, **said: Any) -> None:
    """Say that two announcements are about one incident."""
    _correct(Action.TOGETHER, one, other, **said)


@correct_.command("apart")
@click.argument("one", metavar="SOURCE#ID")
@click.argument("other", metavar="SOURCE#ID")
@_said
def apart_(one: str, other: str, **said: Any) -> None:
    """Say that two announcements are about different incidents."""
    _correct(Action.APART, one, other, **said)


@correct_.command("phase")
@click.argument("one", metavar="SOURCE#ID")
@click.argument("phase", metavar="PHASE", type=click.Choice([str(phase) for phase in Phase]))
@click.option("--revision", type=click.IntRange(1), default=1, show_default=True, help="Which version of it.")
@_said
def phase_(one: str, phase: str, **said: Any) -> None:
    """Say which phase an announcement has.

    PHASE is outage-start, update, resolved, maintenance or unrelated.
    """
    _correct(Action.PHASE, one, phase=Phase(phase), **said)


@correct_.command("ignore")
@click.argument("one", metavar="SOURCE#ID")
@_said
def ignore_(one: str, **said: Any) -> None:
    """Say that an announcement belongs to no incident."""
    _correct(Action.IGNORE, one, **said)


def _correct(action: Action, one: str, other: str | None = None, *, db: Path, author: str | None, **more: Any) -> None:
    """Write a person's word down; ``more`` are fields of ``Correction``."""
    from tracker import collect
    from tracker.show.words import counted

    with choosing.open_store(db, write=True) as store:
        first = store.resolve_announcement(one)
        second = store.resolve_announcement(other) if other is not None else None
        if first == second:
            raise click.UsageError("that is one and the same announcement")
        said = Correction(
            action=action, first=first, second=second, author=options.author(author), made_at=options.now(), **more
        )
        told = store.told_at(said)
        if len({vendor for vendor, *_ in told}) > 1:
            raise click.UsageError("they are of two vendors; an incident has one")
        versions = told[0][2]
        if said.revision > versions:
            raise click.UsageError(f"{one} has {counted(versions, 'version')}")
        changed = collect.correct(store, said)
    output.say(output.changed(changed))


@correct_.command("list")
@options.json_option
@options.db_option
def list_(as_json: bool, db: Path) -> None:
    """List all corrections, with their numbers."""
    from tracker.show import json, words

    with choosing.open_store(db) as store:
        found = store.corrections()
    if not found:
        output.say("no corrections yet")
    if as_json:
        output.write_json({"number": number, **json.correction_json(said)} for number, _, said in found)
    else:
        output.write(f"{number:>4}  {words.correction(said)}" for number, _, said in found)


@correct_.command("examples")
@options.db_option
def examples_(db: Path) -> None:
    """Print the corrected phases as labelled posts, JSON lines.

    `tracker correct examples > mine.jsonl; tracker evaluate mine.jsonl`
    """
    from tracker.classify.examples import examples

    with choosing.open_store(db) as store:
        found = store.corrections()
        told = store.told_as(*(said.first for _, _, said in found if said.action is Action.PHASE))
    versions = {(*each.name, version): said for each in told for version, said in each.versions.items()}
    output.data_on_stdout()
    output.write_json(examples((said for _, _, said in found), versions))


@correct_.command("undo")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@options.db_option
def undo_(number: int, db: Path) -> None:
    """Take back the correction of that number."""
    from tracker import collect

    with choosing.open_store(db, write=True) as store:
        changed = collect.take_back(store, number)
    output.say(output.changed(changed))
