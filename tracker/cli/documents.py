"""The command that reads documents without a record: read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import EXIT_FAILED, options, output
from tracker.errors import ReadError

if TYPE_CHECKING:
    from tracker.models import Announcement, Source


@click.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True, path_type=Path), metavar="FILE...")
@click.option("--platform", required=True, metavar="P", help="The platform whose document it is.")
@click.option("--source", "source_id", metavar="ID", help="The source's id in the output; by default file/P.")
@click.option("--account", help="The account whose posts count, where the platform has authors.")
@click.option("--page", help="The page that it is from.")
@click.option("--source-timezone", callback=options.zone, metavar="ZONE", help="The zone of times written without one.")
def read_(
    files: tuple[Path, ...],
    platform: str,
    source_id: str | None,
    account: str | None,
    page: str | None,
    source_timezone: Any,
) -> None:
    """Print a document's announcements as JSON lines, for import."""
    from tracker import platforms
    from tracker.models import Source
    from tracker.show.json import announcement_json

    platforms.platform(platform)  # refuses what is none before any file is looked at
    id_ = source_id or f"file/{platform}"
    zone = str(source_timezone) if source_timezone is not None else None
    source = Source(
        id=id_, vendor=id_.split("/")[0], platform=platform, account=account, page=page, timezone=zone
    )  # fmt: skip
    output.data_on_stdout()
    code = 0
    for file in files:
        try:
            output.write_json(map(announcement_json, _read(file, source)))
        except ReadError as error:
            code = EXIT_FAILED
            output.trouble(f"{file}: {error}")
    sys.exit(code)


def _read(file: Path, source: Source) -> tuple[Announcement, ...]:
    from tracker import platforms
    from tracker.models import Document

    try:
        with click.open_file(str(file), "rb") as stream:
            body = platforms.body_of(stream)
    except OSError as error:
        raise ReadError(error.strerror or str(error)) from error
    document = Document(source=source, body=body, polled_at=options.now())
    return platforms.read(document).announcements
