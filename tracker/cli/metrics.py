"""What a run did and how the sources do, as a text file for Prometheus' node exporter.

https://github.com/prometheus/node_exporter#textfile-collector
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.cli import options, output
from tracker.errors import OutputError
from tracker.models import Health
from tracker.show.clean import clean_line

if TYPE_CHECKING:
    from datetime import datetime

    from prometheus_client import Gauge

    from tracker.collect import Report
    from tracker.store import Store


def write(path: Path, store: Store, report: Report, *, now: datetime, took: float) -> None:
    """Write the file at once and whole, so that nobody reads half of it; ``took`` is the run's length in seconds."""
    try:
        from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
    except ImportError as error:
        raise OutputError(options.without("--metrics", "prometheus-client")) from error

    if path.exists() and not path.is_file():  # a device or a pipe, which a file in its place would break for all
        raise OutputError(f"{path}: is no file, and metrics are written into one")

    registry = CollectorRegistry()
    gauge = partial(Gauge, registry=registry)
    _add_run(gauge, report, now, took)
    _add_record(gauge, store, now)
    try:
        if what := output.precious(path):
            raise OutputError(f"{path}: is {what}, which the metrics would destroy")
        write_to_textfile(os.path.realpath(path), registry)  # where a link leads to
    except OSError as error:
        raise OutputError(f"{path}: the metrics cannot be written: {error.strerror}") from error


def _add_run(gauge: Callable[..., Gauge], report: Report, now: datetime, took: float) -> None:
    figures = {
        "timestamp_seconds": ("When the last run began", now.timestamp()),
        "duration_seconds": ("How long the last run took", took),
        "sources_polled": ("Sources polled by the last run", report.polled),
        "sources_failed": ("Sources of which the last run could read nothing", report.failed),
        "requests": ("Requests answered in the last run", report.requests),
        "requests_not_modified": ("Requests of the last run that brought nothing new", report.not_modified),
        "announcements": ("New announcements of the last run", report.announcements),
        "revisions": ("Later versions of announcements in the last run", report.revisions),
    }
    for name, (told, value) in figures.items():
        gauge(f"tracker_run_{name}", told).set(value)


def _add_record(gauge: Callable[..., Gauge], store: Store, now: datetime) -> None:
    labels = ("source", "vendor", "platform")
    up = gauge("tracker_source_up", "1 where what the source says is read, else 0", labels)
    last = gauge("tracker_source_last_success_timestamp_seconds", "When it was last read", labels)
    count = gauge("tracker_sources", "Sources by health", ("health",))
    broken = gauge("tracker_open_incidents", "Incidents that are open", ("vendor",))
    for health in Health:
        count.labels(health.value).set(0)
    heard: set[str] = set()  # what left feeds.yaml, or cannot be asked, has no figures: they would never change
    for one in (each.at(now) for each in store.sources()):
        named = tuple(map(clean_line, (one.source.id, one.source.vendor, one.source.platform)))
        count.labels(one.health.value).inc()
        if one.health is Health.RETIRED or one.is_silent:
            continue
        heard.add(one.source.vendor)
        broken.labels(named[1]).set(0)
        up.labels(*named).set(one.is_read)
        if one.last_success is not None:
            last.labels(*named).set(one.last_success.timestamp())
    for incident in store.incidents(open_only=True):
        if incident.vendor in heard:
            broken.labels(clean_line(incident.vendor)).inc()
