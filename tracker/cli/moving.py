"""Commands that move the record: import, export, backup."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_FAILED, choosing, options, output, running
from tracker.errors import ReadError
from tracker.models import Source
from tracker.show.words import counted

if TYPE_CHECKING:
    from tracker.collect import Report


@click.command("import")
@click.argument("path", required=False, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--source", "source_id", metavar="ID", help="PATH is a document of this source, or a folder of them "
              "with a manifest.jsonl {file, polled_at}.")  # fmt: skip
@click.option("--polled-at", callback=options.past_moment, metavar="TIME", help="When it was fetched; by default now.")
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
    does not know is taken as vendor/platform. `collect` polls nothing meanwhile.

    \b
    Examples:
      tracker export --db old.db | tracker import --db new.db
      tracker import --source github/statuspage --polled-at 2024-05-01 page.json
      tracker import --source github/statuspage FOLDER
    """
    is_file = path is not None and str(path) != "-"
    if source_id is None:
        report = _import_lines(path, db)
    elif path is None or not is_file:
        raise click.UsageError("--source needs the PATH of a document or of a folder")
    else:
        source, name = _source(source_id, feeds)
        report = _import_documents(path, source, name, db, polled_at=polled_at or options.now(), backfill=backfill)
    brought = f"{counted(report.announcements, 'announcement')}, {counted(report.revisions, 'revision')} imported"
    output.report(report, as_json, brought)
    if is_file and not source_id and report.problems and report.problems[0].startswith("line 1: "):
        output.trouble(f"if {path} is a document of a page or feed, `--source VENDOR/PLATFORM` reads it")
    if report.problems:
        sys.exit(EXIT_FAILED)


def _import_lines(path: Path | None, db: Path) -> Report:
    from tracker import collect

    if path is not None and path.is_dir():
        raise click.UsageError(f"{path} is a folder; --source ID says whose documents are in it")
    with (
        running.collector_at_rest(db),
        choosing.made_store(db) as store,
        click.open_file(str(path or "-"), "rb") as file,
        output.progress() as progress,
    ):
        return collect.import_lines(store, file, now=options.now(), progress=progress)


def _import_documents(
    path: Path, source: Source, vendor_name: str | None, db: Path, *, polled_at: datetime, backfill: bool
) -> Report:
    from tracker import collect

    files = sorted(_documents(path, polled_at), key=itemgetter(0))
    with running.collector_at_rest(db), choosing.made_store(db) as store, output.progress() as progress:
        report = collect.import_documents(
            store, source, files, vendor_name=vendor_name, backfill=backfill, progress=progress
        )
    if older := len(files) - report.requests - len(report.problems):
        told = f"{counted(older, 'document')} passed over, older than what was read of {source.id}"
        output.trouble(f"{told}; --backfill takes what is older")
    return report


def _source(source_id: str, feeds: Path) -> tuple[Source, str | None]:
    """The source of that id in feeds.yaml; where it is not there, one made from ``vendor/platform``.

    With it comes its vendor's name, None where feeds.yaml knows none.
    """
    from tracker import platforms
    from tracker.config.mistakes import nearest

    vendors = choosing.load_feeds(feeds) if feeds.exists() else ()
    names_of = {vendor.slug: vendor.name for vendor in vendors}
    for source in (source for vendor in vendors for source in vendor.sources):
        if source.id == source_id:
            return source, names_of[source.vendor]
    vendor_slug, _, rest = source_id.partition("/")
    platform = rest.split("/")[0]
    names = sorted(platforms.names())
    if not vendor_slug or platform not in names:
        near = nearest(platform, names)
        hint = f"did you mean {vendor_slug}/{near}?" if near else f"platforms are {', '.join(names)}"
        raise click.UsageError(f"--source {source_id!r} is not in {feeds} and is no vendor/platform; {hint}")
    return Source(id=source_id, vendor=vendor_slug, platform=platform), names_of.get(vendor_slug)


def _documents(path: Path, polled_at: datetime) -> Iterator[tuple[datetime, Path]]:
    """(when it was polled, file) of one document, or of all that the folder's manifest names."""
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
        raise ReadError(f"{where}: polled_at has no zone; write {when.isoformat()}Z if it is UTC")
    if not inside or not file.is_file():
        raise ReadError(f"{where}: no file {entry['file']!r} in {folder}")
    return at, file


@click.command("export")
@options.db_option
def export_(db: Path) -> None:
    """Print the whole record as JSON lines, which import takes back."""
    output.data_on_stdout()
    with choosing.open_store(db, older=True) as store:
        output.write_json(store.export())


@click.command("backup")
@click.argument("to", metavar="FILE", type=options.FILE)
@options.db_option
def backup_(to: Path, db: Path) -> None:
    """Copy the database to FILE, even while it is written to."""
    if to.exists() and db.exists() and to.samefile(db):
        raise click.UsageError(f"{to} is the database itself")
    with choosing.open_store(db, older=True) as store:
        store.backup(to)
