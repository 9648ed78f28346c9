"""The command that tells whether anything is broken: check."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_AFFECTED, EXIT_UNKNOWN, choosing, exit_code, listening, news, options, output
from tracker.cli.news import Told
from tracker.errors import TrackerError

if TYPE_CHECKING:
    from tracker.models import Announcement, Incident, Name, SourceHealth, Watch
    from tracker.store import Reader


@click.command("check")
@options.vendors
@click.option(
    "--max-age",
    default="1h",
    show_default=True,
    metavar="SPAN",
    callback=options.seconds,
    help="A source that was not read for longer than this after it was due is unknown (30m, 2h).",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing while all is fine: for cron's mail.")
@click.option(
    "--changed",
    type=options.FILE,
    metavar="FILE",
    help="Print only what is news since the last answer, which FILE keeps; each check needs its own.",
)
@options.watch_option
@options.json_option
@options.tz_option
@options.db_option
@options.feeds_option
def check_(
    vendors: tuple[str, ...],
    max_age: float,
    quiet: bool,
    changed: Path | None,
    watch: str | None,
    as_json: bool,
    tz: tzinfo | None,
    db: Path,
    feeds: Path,
) -> None:
    """Is anything broken? The exit code tells.

    \b
    Exit codes:
      0  fine
      1  affected
      2  usage, or a mistake in feeds.yaml
      3  unknown or stale: no source could be read lately

    \b
    Examples:
      tracker check github stripe && ./deploy
      tracker check --quiet               for cron: a mail while there is trouble
      tracker check --changed data/told   for cron: a mail for what is news
    """
    with _told_once(changed):
        watched = choosing.choose_watch(feeds, watch)
        if not db.exists():
            missing = f"unknown: no database at {db}; `tracker collect` makes it"
            if _is_news(missing, changed):
                output.say(missing)
                if as_json:
                    output.write_json([_Answer(asked=vendors, unknown=vendors).as_json()])
            sys.exit(EXIT_UNKNOWN)
        before = news.read(changed) if changed is not None else None
        with choosing.open_reader(db) as store:
            answer = _answer(store, feeds, vendors, watched, late=timedelta(seconds=max_age))
            if not quiet and changed is None:
                choosing.say_unfit(store, watched, answer.asked)
            now, over = _since(store, before, answer) if before is not None else (answer.told, ())
    if now != before and not (quiet and answer.state == "fine"):
        if as_json:
            output.write_json([answer.as_json()])
        else:
            output.write(answer.lines(tz, before, over))
    if changed is not None:
        news.keep(now, changed)
    sys.exit({"affected": EXIT_AFFECTED, "unknown": EXIT_UNKNOWN}.get(answer.state, 0))


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What ``check`` tells of the vendors that it was ``asked`` of.

    ``planned`` is work under way. ``unknown`` are those of whom nothing is read now, ``unread`` the sources that are
    not read. ``open_now`` is told as it stands; ``heard`` is the same, each with the steps whose words are news.
    """

    asked: tuple[str, ...]
    open_now: tuple[Incident, ...] = ()
    heard: tuple[Incident, ...] = ()
    planned: tuple[Incident, ...] = ()
    unknown: tuple[str, ...] = ()
    unread: tuple[SourceHealth, ...] = ()

    @property
    def state(self) -> str:
        """``affected``, ``unknown`` or ``fine``."""
        if self.open_now:
            return "affected"
        return "unknown" if self.unknown or not self.asked else "fine"

    def as_json(self) -> dict[str, Any]:
        """The answer as one JSON object."""
        from tracker.show.json import incident_json

        return {
            "state": self.state,
            "vendors": self.asked,
            "incidents": [incident_json(incident) for incident in self.open_now],
            "maintenance": [incident_json(incident) for incident in self.planned],
            "unknown": self.unknown,
            "unread": [{"source": each.source.id, "state": each.health, "reason": each.reason} for each in self.unread],
        }

    @cached_property
    def told(self) -> Told:
        """What is known to whoever was told this answer; that something was reworded is seen by its words alone."""
        from tracker.show import checked

        plain = [replace(each, steps=tuple(replace(step, revised=0) for step in each.steps)) for each in self.heard]
        said = {each.id: "\n".join(checked.affected([each], tz=UTC, width=sys.maxsize)) for each in plain}
        why = "" if self.asked else "no sources"
        return Told(incidents={id_: _digest(lines) for id_, lines in said.items()}, unknown=self.unknown, why=why)

    def lines(self, tz: tzinfo | None, before: Told | None, over: Sequence[Incident]) -> list[str]:
        """The answer for a person; of what was told ``before`` only what is news, with what is ``over`` since."""
        from tracker.show import checked

        width = output.terminal_width()
        known = before if before is not None and not before.why else Told()
        new = self.open_now
        if known.incidents:  # else nothing is compared, and nothing need be digested
            new = tuple(each for each in new if self.told.incidents[each.id] != known.incidents.get(each.id))
        lines = [
            *checked.affected(new, tz=tz, width=width),
            *checked.over(over, tz=tz, width=width),
            *checked.unknown([slug for slug in self.unknown if slug not in known.unknown], self.unread),
            *checked.read_again([slug for slug in known.unknown if slug in self.asked and slug not in self.unknown]),
        ]
        if self.state == "fine":
            lines.append(checked.fine(self.asked, self.unread, tz))
        elif not self.asked:
            lines.append("unknown: no sources")
        return [*lines, *(checked.affected(self.planned, tz=tz, width=width) if before is None else ())]


def _digest(text: str) -> str:
    """By which words are known again; they themselves may have to be forgotten."""
    from hashlib import blake2b  # loads OpenSSL: 4 ms that only --changed needs

    return blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()


def _answer(store: Reader, feeds: Path, vendors: tuple[str, ...], watch: Watch | None, *, late: timedelta) -> _Answer:
    """What the record tells of these vendors, or of all; who was due longer than ``late`` ago and not read is unknown.

    Planned work is told only of vendors that were named: of all there would always be some.
    """
    from tracker.models import Kind

    slugs = choosing.choose_vendors(store, feeds, vendors, watch)
    open_now = store.incidents(vendors=slugs, open_only=True)
    planned = store.incidents(vendors=slugs, open_only=True, kinds=[Kind.MAINTENANCE]) if slugs else ()
    now = options.now()
    health = listening.health_now(store, slugs, now, late)
    listed = {each.source.vendor for each in health}  # of who left feeds.yaml nobody would ever hear the end
    heard = choosing.watched(tuple(each for each in open_now if each.vendor in listed), watch)
    of_concern = {each.id for each in heard}
    read = {each.source.vendor for each in health if each.is_known(now, late)}
    asked = slugs or _all_vendors(health, feeds)
    return _Answer(
        asked=asked,
        open_now=_as_they_read_now([each for each in open_now if each.id in of_concern], store.path),
        heard=_as_they_read_now(heard, store.path),
        planned=_as_they_read_now(choosing.watched(planned, watch), store.path),
        unknown=tuple(slug for slug in asked if slug not in read),
        unread=tuple(each for each in health if not each.is_read),
    )


def _as_they_read_now(incidents: Sequence[Incident], db: Path) -> tuple[Incident, ...]:
    """The incidents, each last step in the words of today: the vendor may have put others in the place of the first."""
    reworded = [each.steps[-1].name for each in incidents if each.steps and each.steps[-1].revised]
    if not reworded:
        return tuple(incidents)
    with choosing.open_store(db) as store:
        now = {told.name: told.newest for told in store.told_as(*reworded)}
    return tuple(_with_last_words(each, now) for each in incidents)


def _with_last_words(incident: Incident, now: Mapping[Name, Announcement]) -> Incident:
    if not incident.steps or incident.steps[-1].name not in now:
        return incident
    *before, last = incident.steps
    said = now[last.name]
    return replace(incident, steps=(*before, replace(last, title=said.title, text=said.text)))


def _since(store: Reader, before: Told, answer: _Answer) -> tuple[Told, tuple[Incident, ...]]:
    """(what is told now, the incidents that were told to be open and are so no more).

    Of one that a watch has come to hold back, as where a vendor names the parts late, the end is still owed.
    """
    told = answer.told.incidents
    missing = {id_: found for id_ in before.incidents if id_ not in told and (found := store.incident(id_)) is not None}
    owed = {id_: before.incidents[id_] for id_, each in missing.items() if each.is_open and each.id not in told}
    over = {each.id: each for each in missing.values() if not each.is_open}
    return replace(answer.told, incidents={**told, **owed}), _as_they_read_now([*over.values()], store.path)


@contextlib.contextmanager
def _told_once(changed: Path | None) -> Iterator[None]:
    """Why there is no answer passes where it is news; where ``changed`` keeps it, the exit code alone says it."""
    try:
        yield
    except (TrackerError, click.UsageError) as error:
        if _is_news(str(error), changed):
            raise
        sys.exit(exit_code(error))


def _is_news(why: str, changed: Path | None) -> bool:
    """Whether to tell why there is no answer; a file that cannot keep that is no reason to tell of the file instead."""
    with contextlib.suppress(click.UsageError):
        if changed is not None and (before := news.read(changed)).why == why:
            return False
        if changed is not None:
            news.keep(replace(before, why=why), changed)
    return True


def _all_vendors(health: Sequence[SourceHealth], feeds: Path) -> tuple[str, ...]:
    """Those of the record, and those of feeds.yaml that no run has seen yet.

    Not those of which nothing can ever be read here: all their sources are listed as `silent:`, or were never given
    a token. That is no news, and `tracker sources` tells it.
    """
    heard = {each.source.vendor for each in health if not each.is_silent}
    last_run = max((each.last_poll.timestamp() for each in health if each.last_poll), default=0.0)
    if feeds.exists() and max(feeds.stat().st_mtime, feeds.stat().st_ctime) >= last_run:
        known = {each.source.vendor for each in health}
        new = (vendor for vendor in choosing.load_feeds(feeds) if vendor.slug not in known)
        heard |= {vendor.slug for vendor in new if not all(source.silent for source in vendor.sources)}
    return tuple(sorted(heard))
