"""Archives and JSON lines into the record, as if they had been polled then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tracker import assemble, platforms
from tracker.collect.deriving import RULES, derive_anew, judge
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress, Report
from tracker.errors import ReadError, TrackerError
from tracker.models import Document, Reading, Source

if TYPE_CHECKING:
    from tracker.store import Store

BATCH, LINES = 50, 2_000  # documents, or lines, in one transaction
IMPORTED = "import"  # the purpose under which documents of an archive are remembered


def import_documents(
    store: Store,
    source: Source,
    files: Iterable[tuple[datetime, Path]],
    *,
    backfill: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Read documents of one source as if they had been polled then, in the order given.

    One that is older than what was read before is passed over, unless it is a ``backfill``, which adds
    announcements and revises none. An unreadable one is a problem in the report and stops no other.
    """
    report = Report(polled=1)
    ends = _Ends(store)
    newest = None if backfill else store.newest_read(source.id, IMPORTED)
    batch: list[tuple[datetime, str, Reading]] = []
    for number, (polled_at, file) in enumerate(files, 1):
        if newest is not None and polled_at < newest:
            continue
        try:
            batch.append((polled_at, *_read_file(store, source, file, polled_at, batch)))
        except ReadError as error:
            report.problems.append(f"{file.name}: {error}")
            continue
        if len(batch) >= BATCH:
            _take(store, source, batch, report, ends, backfill=backfill)
            batch = []
        if progress:
            progress(f"{number} documents, {report.announcements} announcements, {report.revisions} revisions")
    _take(store, source, batch, report, ends, backfill=backfill)
    with store.transaction():
        store.advance(source.id)
    ends.derive(progress)
    report.succeeded, report.failed = (0, 1) if report.problems and not report.requests else (1, 0)
    return report


def _read_file(
    store: Store, source: Source, file: Path, polled_at: datetime, batch: Sequence[tuple[datetime, str, Reading]]
) -> tuple[str, Reading]:
    """(purpose, reading) of one file; what the document before it held is passed over unread."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror}") from error
    purpose = f"{IMPORTED}:{_kind_of(file)}"
    before = next((reading.entries for _, name, reading in reversed(batch) if name == purpose), None)
    document = Document(
        source=source,
        url="",
        body=body,
        content_type="",
        polled_at=polled_at,
        purpose=purpose,
        held=store.held(source.id, purpose) if before is None else before,
    )
    with contained():
        reading: Reading = platforms.platform(source.platform).read(document)
    return purpose, reading


def _kind_of(file: Path) -> str:
    """Documents of one kind follow on each other: an archive of a feed, an archive of an API's answers."""
    return re.sub(r"[^a-z]", "", file.suffix.lower()) or "file"


def _take(
    store: Store,
    source: Source,
    batch: Sequence[tuple[datetime, str, Reading]],
    report: Report,
    ends: _Ends,
    *,
    backfill: bool,
) -> None:
    with store.transaction():
        store.ensure_source(source)
        ends.note(source.vendor, ())
        for polled_at, purpose, reading in batch:
            got = store.ingest(source, purpose, reading, polled_at, backfill=backfill)
            if not got.refused:
                counts = got.announcements, got.revisions
                store.log_poll(source.id, purpose, polled_at, counts=counts, gap=got.gap)
            judge(store, got)
            ends.note(source.vendor, got.touched)
            report.requests += 1
            report.not_modified += not got.touched
            report.count(got)


def import_lines(
    store: Store, lines: Iterable[str | bytes], *, now: datetime, progress: Progress | None = None
) -> Report:
    """Take JSON lines: announcements, or all that ``tracker export`` wrote.

    A line that cannot be taken is named in the report with its number, and the others go on. Taking the
    same lines again changes nothing.
    """
    report = Report()
    ends = _Ends(store)
    numbered = enumerate(lines, 1)
    while chunk := tuple(islice(numbered, LINES)):
        with store.transaction():
            for number, line in chunk:
                _take_line(store, number, line, now, ends, report)
        if progress:
            progress(f"{chunk[-1][0]} lines, {report.announcements} announcements")
    ends.derive(progress)
    return report


def _take_line(store: Store, number: int, line: str | bytes, now: datetime, ends: _Ends, report: Report) -> None:
    if not line.strip():
        return
    try:
        vendor, got = store.take_line(line, now)
    except TrackerError as error:
        report.problems.append(f"line {number}: {error}")
        return
    judge(store, got)
    report.count(got)
    if vendor:
        ends.note(vendor, got.touched)


class _Ends:
    """What is left to derive at the end of an import.

    Until then the vendor counts as derived by no rules at all: a crash between is mended by the next run.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.touched: dict[str, list[int]] = {}
        self.is_current: dict[str, bool] = {}  # derived by the rules of today, as far as it goes

    def note(self, vendor: str, touched: Sequence[int]) -> None:
        """These announcements of a vendor changed. The caller holds the transaction."""
        if vendor not in self.touched:
            self.touched[vendor] = []
            self.is_current[vendor] = self.store.rules_version(vendor) in (None, RULES)
            self.store.set_rules_version(vendor, "")
        self.touched[vendor] += touched

    def derive(self, progress: Progress | None) -> None:
        """The incidents of all vendors noted."""
        for vendor, touched in sorted(self.touched.items()):
            if progress:
                progress(f"assembling {vendor}")
            if not self.is_current[vendor]:
                derive_anew(self.store, vendor)
                continue
            with self.store.transaction():
                assemble.reassemble(self.store, vendor, touched)
                self.store.set_rules_version(vendor, RULES)
