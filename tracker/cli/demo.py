"""The command that shows the whole way on a small world: demo."""

from __future__ import annotations

import sys
from datetime import UTC
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import click

from tracker.cli import options, output
from tracker.errors import AskError
from tracker.models import Kind


@click.command("demo")
@click.option("--db", type=options.FILE, callback=options.reachable, help="Keep the database in this file.")
def demo_(db: Path | None) -> None:
    """Play an evening of outages on this machine.

    Five vendors are served on loopback and really polled. No network is needed.
    """
    if db is not None and db.exists():
        raise AskError(f"{db} is there already; the demo writes only into a new file")
    with TemporaryDirectory(prefix="tracker-demo-") as folder:
        _play(db or Path(folder) / "demo.db")
    for line in _next_steps(_program(), db):
        click.echo(line, err=True)


def _next_steps(tracker: str, db: Path | None) -> tuple[str, str]:
    """How to go on: with this evening, and with a record of one's own."""
    if db is None:
        look = f"keep it, to look around in: {tracker} demo --db data/demo.db"
    else:
        look = f"kept in {db}; look around: {tracker} incidents --db {db}"
    begin = f"{tracker} collect" if Path("feeds.yaml").exists() else f"{tracker} init, then {tracker} collect"
    return look, f"begin your own record: {begin}"


def _program() -> str:
    """What to type for this program: a shell that knows no environment does not find it by its name."""
    if which("tracker"):
        return "tracker"
    return "python -m tracker" if Path(sys.argv[0]).name == "__main__.py" else sys.argv[0]


def _play(db: Path) -> None:
    """Poll the small world into the file, print its timeline, and last one line of what was polled."""
    from tracker import demo
    from tracker.show import text
    from tracker.store import Store

    db.parent.mkdir(parents=True, exist_ok=True)
    try:
        with output.progress() as progress:
            summary = demo.play(db, progress)
    except KeyboardInterrupt:  # half an evening tells nothing, and would be in the way of the next call
        for part in ("", "-wal", "-shm"):
            Path(f"{db}{part}").unlink(missing_ok=True)
        raise
    with Store.open(db, write=False) as store:
        incidents = store.incidents(kinds=tuple(Kind))
        names = store.vendor_names()
    # The stories are written in UTC: everybody sees the times that README tells.
    sys.stdout.writelines(text.timeline(incidents, output.sheet(UTC, names)))
    sys.stdout.write(f"\n{summary}\n")
    sys.stdout.flush()
