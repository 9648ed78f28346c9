"""Commands that write the record: init, collect, import, export, backup, rebuild, forget."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_BROKEN, EXIT_FAILED, choosing, lasting, options, output, running
from tracker.errors import ConfigError, OutputError, ReadError, StoreError
from tracker.models import Source, Vendor

if TYPE_CHECKING:
    from tracker.collect import Report
    from tracker.store import Store

SLOW = 1.0  # seconds without an answer after which a host is named
MOST_SAID = 50  # problems of one run, a line each: where the network is down, all sources are in trouble at once


def made_store(db: Path) -> Store:
    """The database to write into, made with its folder where there is none."""
    from tracker.store import Store

    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: cannot make this folder: {error.strerror}") from error
    return Store.open(db)


def _waiting(slowest: tuple[str, float] | None) -> str:
    """Who is slow, where somebody is."""
    if slowest is None or slowest[1] < SLOW:
        return ""
    return f"; waiting for {slowest[0]} since {slowest[1]:.0f} s"


def _say(report: Report, as_json: bool, summary: str) -> None:
    """Problems to stderr; the report to stdout as JSON, or to a terminal as one line."""
    from tracker.show import json as shown
    from tracker.show.clean import clean_line

    for problem in report.problems[:MOST_SAID]:
        click.echo(f"tracker: {clean_line(problem)}", err=True)
    if len(report.problems) > MOST_SAID:
        click.echo(f"tracker: and {len(report.problems) - MOST_SAID} more; see `tracker sources`", err=True)
    if as_json:
        click.echo(shown.dumps(asdict(report)))
    elif sys.stderr.isatty():
        click.echo(summary, err=True)


def counted(number: int, noun: str) -> str:
    """``1 source``, ``2 sources``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@click.command("init")
@options.feeds_option
def init_(feeds: Path) -> None:
    """Write a starter feeds.yaml here."""
    from tracker import config

    try:
        feeds.parent.mkdir(parents=True, exist_ok=True)
        with feeds.open("x", encoding="utf-8") as file:
            file.write(config.starter())
    except FileExistsError:
        raise ConfigError(f"{feeds} is there already; nothing was changed") from None
    except OSError as error:
        raise ConfigError(f"{feeds}: cannot be written: {error.strerror}") from error
    click.echo(f"wrote {feeds}; next: tracker collect", err=True)


@click.command("collect")
@click.option("--force", is_flag=True, help="Poll all sources, due or not.")
@running.budget_option
@running.wait_option
@running.contact_option
@running.metrics_option
@options.json_option
@options.db_option
@options.feeds_option
def collect_(
    force: bool,
    budget: float | None,
    wait: float | None,
    contact: str | None,
    metrics: Path | None,
    as_json: bool,
    db: Path,
    feeds: Path,
) -> None:
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
            report, unwritten = (
                _collect(feeds, data, db, force=force, budget=budget, contact=contact, metrics=metrics)
                if alone
                else (_skipped(), False)
            )
        report.problems += lasting.news(db, report)
    _say(
        report,
        as_json,
        f"{counted(report.polled, 'source')} polled, {report.failed} failed, {report.unchanged} unchanged: "
        f"{counted(report.announcements, 'announcement')}, {counted(report.revisions, 'revision')}",
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
    import os
    from time import monotonic

    from tracker import collect
    from tracker.poll import Poller

    now, began = options.now(), monotonic()
    with made_store(db) as store, Poller(contact=contact, budget=budget) as poller, output.progress() as progress:
        report = collect.collect(
            store,
            _vendors(store, feeds, data),
            now=now,
            poll=poller.poll,
            force=force,
            environ={name for name, value in os.environ.items() if value.strip()},
            progress=progress and (lambda text: progress(text + _waiting(poller.slowest()))),
        )
        if metrics is not None:
            from tracker.cli import metrics as written

            try:
                written.write(metrics, store, report, now=now, took=monotonic() - began)
            except OutputError as error:
                report.lasting.append(str(error))
                return report, True
    return report, False


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


@click.command("import")
@click.argument("path", required=False, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--source", "source_id", metavar="ID", help="PATH is a document of this source, or a folder of them "
              "with a manifest.jsonl {file, polled_at}.")  # fmt: skip
@click.option("--polled-at", callback=options.moment, metavar="TIME", help="When it was fetched; by default now.")
@click.option("--backfill", is_flag=True, help="Take documents older than what is known: they add, and revise nothing.")
@options.json_option
@options.db_option
@options.feeds_option
def import_(
    path: Path | None,
    source_id: str | None,
    polled_at: datetime | None,
    backfill: bool,
    as_json: bool,
    db: Path,
    feeds: Path,
) -> None:
    """Take JSON lines or documents into the record.

    JSON lines are read from PATH or stdin. With --source, PATH is a document or a folder of them; an ID that feeds.yaml
    does not know is taken as vendor/platform.

    \b
    Examples:
      tracker export --db old.db | tracker import --db new.db
      tracker import --source github/statuspage --polled-at 2024-05-01 page.json
      tracker import --source github/statuspage FOLDER
    """
    from tracker import collect

    if source_id is None and path is not None and path.is_dir():
        raise click.UsageError(f"{path} is a folder; --source ID says whose documents are in it")
    if source_id is None:
        with made_store(db) as store, click.open_file(str(path or "-"), "rb") as file, output.progress() as progress:
            report = collect.import_lines(store, file, now=options.now(), progress=progress)
    else:
        if path is None or str(path) == "-":
            raise click.UsageError("--source needs the PATH of a document or of a folder")
        source = _source(source_id, feeds)
        files = _documents(path, polled_at or options.now())
        with made_store(db) as store, output.progress() as progress:
            report = collect.import_documents(store, source, files, backfill=backfill, progress=progress)
    added = f"{counted(report.announcements, 'announcement')}, {counted(report.revisions, 'revision')} imported"
    _say(report, as_json, added)
    if report.problems:
        sys.exit(EXIT_FAILED)


def _source(source_id: str, feeds: Path) -> Source:
    """The source of that id in feeds.yaml; where it is not there, one made from ``vendor/platform``."""
    from tracker import platforms

    vendors = choosing.load_feeds(feeds) if feeds.exists() else ()
    for source in (source for vendor in vendors for source in vendor.sources):
        if source.id == source_id:
            return source
    vendor_slug, _, rest = source_id.partition("/")
    platform = rest.split("/")[0]
    names = sorted(platforms.names())
    if not vendor_slug or platform not in names:
        near = choosing.nearest(platform, names)
        hint = f"did you mean {vendor_slug}/{near}?" if near else f"platforms are {', '.join(names)}"
        raise click.UsageError(f"--source {source_id!r} is not in {feeds} and is no vendor/platform; {hint}")
    return Source(id=source_id, vendor=vendor_slug, platform=platform)


def _documents(path: Path, polled_at: datetime) -> Iterator[tuple[datetime, Path]]:
    """(when it was polled, file) of one document, or of all that the folder's manifest names, in its order."""
    if not path.is_dir():
        yield polled_at, path
        return
    manifest = path / "manifest.jsonl"
    if not manifest.is_file():
        raise ReadError(f"{path}: a folder of documents needs manifest.jsonl with lines {{file, polled_at}}")
    with manifest.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _entry(line, path, f"{manifest}:{number}")


def _entry(line: str, folder: Path, where: str) -> tuple[datetime, Path]:
    try:
        entry: Any = json.loads(line)
        when, file = datetime.fromisoformat(entry["polled_at"]), folder / entry["file"]
        at = when.astimezone(UTC)
        inside = file.resolve().is_relative_to(folder.resolve())
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, OSError) as error:
        raise ReadError(f'{where}: needs {{"file": …, "polled_at": ISO 8601}}: {error}') from error
    if when.tzinfo is None:
        raise ReadError(f"{where}: polled_at has no zone; write {entry['polled_at']}Z if it is UTC")
    if not inside or not file.is_file():
        raise ReadError(f"{where}: no file {entry['file']!r} in {folder}")
    return at, file


@click.command("export")
@options.db_option
def export_(db: Path) -> None:
    """Print the whole record as JSON lines, which import takes back."""
    from tracker.show import json as shown

    output.data_on_stdout()
    with choosing.open_store(db, older=True) as store:
        output.write(map(shown.dumps, store.export()))


@click.command("backup")
@click.argument("to", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@options.db_option
def backup_(to: Path, db: Path) -> None:
    """Copy the database to FILE, even while it is written to."""
    if to.exists() and db.exists() and to.samefile(db):
        raise click.UsageError(f"{to} is the database itself")
    with choosing.open_store(db, older=True) as store:
        store.backup(to)


@click.command("rebuild")
@click.option("--diff", is_flag=True, help="Print what changed.")
@options.db_option
def rebuild_(diff: bool, db: Path) -> None:
    """Derive everything again from the originals."""
    from tracker import collect

    with choosing.open_store(db, write=True) as store, output.progress() as progress:
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
    from tracker.show.clean import clean_line

    with choosing.open_store(db, write=True) as store:
        source, id_ = store.resolve_announcement(announcement)
        named = clean_line(f"{source}#{id_}")
        if sys.stdin.isatty():
            click.confirm(f"Erase the words of {named} for ever?", abort=True, err=True)
        changed = collect.forget(store, source, id_, now=options.now(), author=options.author(author))
    click.echo(f"forgot {named}; {output.changed(changed)}", err=True)
