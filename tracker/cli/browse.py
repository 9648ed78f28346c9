"""The command that opens the record in a browser: browse."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli import choosing, options


@click.command("browse")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on, on this machine only.")
@click.option("--open", "open_browser", is_flag=True, help="Open a browser window.")
@options.db_option
def browse_(db: Path, port: int | None, open_browser: bool) -> None:
    """Open the record in Datasette, read-only.

    Needs Datasette, which the extra `browse` brings.
    """
    from importlib.util import find_spec

    if find_spec("datasette") is None:
        raise click.UsageError(options.without("tracker browse", "datasette<1"))
    with choosing.open_store(db):
        pass  # refuses here, in one line, what is not ours
    from tracker import browse

    browse.serve(db, port, open_browser)
