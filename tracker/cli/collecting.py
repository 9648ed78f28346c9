"""Commands that make the record: init, collect, rebuild, forget."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_BROKEN, EXIT_FAILED, choosing, lasting, options, output, running
from tracker.errors import ConfigError, OutputError
from tracker.models import Vendor
from tracker.show.clean import clean_line
from tracker.show.words import counted

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.collect import Report
    from tracker.store import Store

_REST = "; see `tracker sources`"  # where all problems are told
SLOW = 1.0  # seconds without an answer after which a host is named


def _waiting(slowest: tuple[str, float] | None) -> str:
    """Who is slow, where somebody is."""
    if slowest is None or slowest[1] < SLOW:
        return ""
    return f"; waiting for {slowest[0]} since {slowest[1]:.0f} s"


@click.command("init")
@options.feeds_option
def init_(feeds: Path) -> None:
    """Write a starter feeds.yaml here."""
    from tracker import config

    try:
        if not feeds.parent.exists():
            feeds.parent.mkdir(parents=True)
        with feeds.open("x", encoding="utf-8") as file:
            file.write(config.starter())
    except FileExistsError:
        raise ConfigError(f"{feeds} is there already; nothing was changed") from None
    except OSError as error:
        raise ConfigError(f"{feeds}: cannot be written: {error.strerror}") from error
    output.say(f"wrote {feeds}; next: tracker collect")


@click.command("collect")
@click.option("--force", is_flag=True, help="Poll all sources, due or not.")
@options.budget_option
@click.option(
    "--wait",
    callback=options.seconds,
    is_flag=False,
    flag_value="1h",
    metavar="[SPAN]",
    help="Wait for another run to end (1h at most) instead of leaving the work to it.",
)
@options.contact_option
@click.option("--metrics", type=options.FILE, metavar="FILE",
              help="Write figures for Prometheus' node exporter to FILE.")  # fmt: skip
@options.json_option
@options.db_option
@options.feeds_option
def collect_(wait: float | None, as_json: bool, db: Path, feeds: Path, **given: Any) -> None:
    """Poll what is due, once: for cron.

    It prints nothing while all is well. While another run is at work on the database, it leaves the work to that one
    (exit code 0), or waits (--wait).

    \b
    Exit codes:
      0  any due source succeeded, or none was due
      1  all that was due failed
      2  usage, or a mistake in feeds.yaml
      4  the database cannot be used
      5  all went well, but the metrics could not be written
    """
    from tracker import config, platforms

    with lasting.told_once(db):
        data = config.contents(feeds)  # once: it may be a pipe
        if not db.exists():
            config.parse(feeds, data, platforms.names())  # a mistake in it leaves no empty database behind
        with running.alone(db, wait) as alone:
            report, unwritten = _collect(feeds, data, db, **given) if alone else (_skipped(), False)
        report.problems += lasting.news(db, report)
    output.report(
        report,
        as_json,
        f"{counted(report.polled, 'source')} polled, {report.failed} failed, {report.unchanged} unchanged: "
        f"{counted(report.announcements, 'announcement')}, {counted(report.revisions, 'revision')}",
        rest=_REST,
    )
    if report.failed and not (report.succeeded or report.unchanged):
        sys.exit(EXIT_FAILED)
    if unwritten:
        sys.exit(EXIT_BROKEN)


def _collect(
    feeds: Path,
    data: bytes,
    db: Path,
    *,
    force: bool,
    budget: float | None,
    contact: str | None,
    metrics: Path | None,
) -> tuple[Report, bool]:
    """One run, alone on the database: its report, and whether the metrics could not be written."""
    from time import monotonic

    from tracker import collect
    from tracker.poll import Poller

    now, began = options.set_clock(), monotonic()
    report = collect.Report()
    with (
        choosing.made_store(db) as store,
        Poller(contact=contact, budget=budget) as poller,
        output.progress() as progress,
    ):
        try:
            collect.collect(
                store,
                _vendors(store, feeds, data),
                now=now,
                poll=poller.poll,
                force=force,
                environ=options.environ(),
                is_backfilled=lambda: running.is_at_work(db, kind=".backfill"),
                progress=progress and (lambda text: progress(text + _waiting(poller.slowest()))),
                report=report,
            )
        except Exception:
            output.problems(report, _REST)  # to the next run they are no news
            raise
        is_written = metrics is None or _is_written(metrics, store, report, now=now, took=monotonic() - began)
    return report, not is_written


def _is_written(metrics: Path, store: Store, report: Report, *, now: datetime, took: float) -> bool:
    """Whether the metrics of a run could be written; why not is a trouble of the run that lasts."""
    from tracker.cli import metrics as figures

    try:
        figures.write(metrics, store, report, now=now, took=took)
    except OutputError as error:
        report.lasting.append(str(error))
        return False
    return True


def _vendors(store: Store, feeds: Path, data: bytes) -> tuple[Vendor, ...]:
    """The vendors of feeds.yaml, which holds ``data``: it is read where it is not what the run before read."""
    from tracker import config, platforms

    digest = config.digest(data, platforms.names())
    if (known := store.feeds(digest)) is not None:
        return config.loaded(known)
    vendors = config.parse(feeds, data, platforms.names())
    store.remember_feeds(digest, config.dumped(vendors))
    return vendors


def _skipped() -> Report:
    """Of a run that left all to another one."""
    from tracker.collect import Report

    report = Report(skipped=True)
    if sys.stderr.isatty():
        report.problems.append("another run is at work; --wait waits for its end")
    return report


@click.command("rebuild")
@click.option("--diff", is_flag=True, help="Print what changed.")
@options.db_option
def rebuild_(diff: bool, db: Path) -> None:
    """Derive everything again from the originals."""
    from tracker import collect

    with (
        running.collector_at_rest(db),
        choosing.open_store(db, write=True) as store,
        output.progress() as progress,
    ):
        for line in collect.rebuild(store, diff=diff, progress=progress):
            if progress:
                progress("")
            output.write([line])


@click.command("forget")
@click.argument("announcement", metavar="SOURCE#ID")
@options.author_option
@options.db_option
def forget_(announcement: str, author: str | None, db: Path) -> None:
    """Erase the words of an announcement.

    That something was said stays. So it is not collected again, and its incident keeps its id and its times.
    """
    from tracker import collect

    with choosing.open_store(db, write=True) as store:
        source, id_ = store.resolve_announcement(announcement)
        named = clean_line(f"{source}#{id_}")
        if sys.stdin.isatty():
            click.confirm(f"Erase the words of {named} for ever?", abort=True, err=True)
        changed = collect.forget(store, source, id_, now=options.now(), author=options.author(author))
    output.say(f"forgot {named}; {output.changed(changed)}")
