"""The command that counts: stats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import choosing, options, output

if TYPE_CHECKING:
    from tracker.models import Row
    from tracker.store import Store


@click.command("stats")
@options.vendors
@click.option("--by", type=click.Choice(["vendor", "component", "month"]), default="vendor", show_default=True,
              help="What each row is about.")  # fmt: skip
@click.option("--component", metavar="PATTERN", help="Only what names a part that fits: Actions, '*runner*'.")
@options.tz_option
@click.option("--since", callback=options.moment, metavar="TIME", help="Announced from then on.")
@click.option("--until", callback=options.moment, metavar="TIME", help="Announced before then.")
@click.option("--chart", metavar="FIGURE", help="One figure as bars: incidents, mttr_s, downtime_s, lag_median_s, …")
@options.file_option("svg", "Write the bars of --chart, by default mttr_s, to FILE as a picture; - is stdout.")
@options.json_option
@click.option("--csv", "as_csv", is_flag=True, callback=options.data, help="CSV on stdout, every figure.")
@options.db_option
@options.feeds_option
def stats_(
    by: str, chart: str | None, svg_file: Path | None, as_json: bool, as_csv: bool, db: Path, feeds: Path, **given: Any
) -> None:
    """How often, how long, how late: each figure with its formula.

    A figure that cannot be known is left open, never made up. --json has all figures, each with its formula and the
    number of incidents behind it, --csv the figures alone.
    """
    from tracker.show import figures

    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two forms: choose one")
    with choosing.open_store(db) as store:
        slugs = choosing.choose_vendors(store, feeds, given["vendors"])
        if (part := given["component"]) is not None:
            choosing.say_unnamed(store, "components", (part,), slugs, "--component")
        rows = _rows(store, slugs, by, given)
    if not rows:
        output.say("no incidents in this selection")
    wanted = _figure(rows, chart or "mttr_s") if chart or svg_file else None
    if as_json:
        output.write_json(map(figures.row_json, rows))
    elif as_csv:
        from tracker.show import csv

        sys.stdout.writelines(csv.statistics_csv(rows))
    elif svg_file is not None and wanted:
        output.write_file(svg_file, figures.svg(rows, wanted), "--svg")
    elif wanted:
        output.write(figures.bars(rows, wanted, width=output.terminal_width(), colour=output.in_colour()))
    else:
        output.write(figures.lines(rows, width=output.table_width(), colour=output.in_colour()))


def _rows(store: Store, vendors: tuple[str, ...], by: str, given: dict[str, Any]) -> tuple[Row, ...]:
    """The rows of the vendors asked for, a vendor at a time, so that memory stays that of one."""
    from tracker.models import matches
    from tracker.statistics import By, statistics

    part = given["component"]
    rows: list[Row] = []
    slugs = vendors or tuple(store.vendor_names())
    with output.progress() as progress:
        for number, slug in enumerate(slugs, 1):
            if progress:
                progress(f"counting {slug}, {number} of {len(slugs)}")
            found = store.counted(slug, since=given["since"], until=given["until"])
            if part is not None:
                found = [incident for incident in found if matches((part,), incident.components)]
            as_of = store.as_of(slug)
            rows += statistics(found, by=By(by), as_of={slug: as_of} if as_of else None)
    return tuple(rows)


def _figure(rows: tuple[Row, ...], name: str) -> str:
    """The name of a figure as the user wrote it; a near-miss is a usage error with the nearest."""
    known = [figure.name for figure in rows[0].figures] if rows else [name]
    for found in (name, f"{name}_s", f"{name}_share"):
        if found in known:
            return found
    from tracker.config.mistakes import nearest

    near = nearest(name, known, 0.4)
    hint = f"did you mean {near}?" if near else f"they are {', '.join(known)}"
    raise click.UsageError(f"--chart {name!r} is no figure; {hint}")
