"""Archives and JSON lines into the record, as if they had been polled then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tracker import platforms
from tracker.collect.deriving import RULES, derive_anew, judge
from tracker.collect.mistakes import contained
from tracker.collect.reporting import Progress, Report
from tracker.errors import ReadError, TrackerError
from tracker.models import Document, Reading, Source

if TYPE_CHECKING:
    from tracker.store import Store

BATCH, LINES = 50, 2_000  # documents, or lines, in one transaction
IMPORTED = "import"  # the purpose under which documents of an archive are remembered

_Read = tuple[datetime, str, Reading]  # of a document: when it was polled, its purpose, and what it says


def import_documents(
    store: Store,
    source: Source,
    files: Iterable[tuple[datetime, Path]],
    *,
    vendor_name: str | None = None,
    backfill: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Read documents of one source as if they had been polled then, in the order given.

    One that is older than what was read before is passed over, unless it is a ``backfill``, which adds
    announcements and revises none. An unreadable one is a problem in the report and stops no other. Where none can be
    read, the source is not made: nobody could take it out of the record again.
    """
    report = Report(polled=1)
    ends = _Ends(store)
    documents = _documents(store, source, files, report.problems, backfill=backfill)
    while batch := tuple(islice(documents, BATCH)):
        with store.transaction():
            store.ensure_source(source, vendor_name)
            for document in batch:
                ends.note(source.vendor, _take_document(store, source, document, report, backfill=backfill))
        if progress:
            progress(f"{report.requests} documents, {report.announcements} announcements, {report.revisions} revisions")
    with store.transaction():
        store.advance(source.id)
    ends.derive(progress)
    report.succeeded, report.failed = (0, 1) if report.problems and not report.requests else (1, 0)
    return report


def _documents(
    store: Store, source: Source, files: Iterable[tuple[datetime, Path]], problems: list[str], *, backfill: bool
) -> Iterator[_Read]:
    """(when it was polled, purpose, reading) of each file that can be read and is not to be passed over.

    What the one before it of its kind held is passed over unread.
    """
    newest = store.newest_read(source.id, IMPORTED)
    last: dict[str, _Read] = {}
    for polled_at, file in files:
        purpose = f"{IMPORTED}:{_kind_of(file)}"
        before, _, reading = last.get(purpose, (newest, purpose, None))
        if before is not None and polled_at < before and not backfill:
            continue
        held = reading.entries if reading else store.held(source.id, purpose)
        try:
            last[purpose] = polled_at, purpose, _read_file(source, file, polled_at, purpose, held)
        except ReadError as error:
            problems.append(f"{file.name}: {error}")
            continue
        yield last[purpose]


def _read_file(
    source: Source, file: Path, polled_at: datetime, purpose: str, held: Mapping[str, tuple[str, ...]]
) -> Reading:
    try:
        with file.open("rb") as opened:
            body = platforms.body_of(opened)
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror}") from error
    document = Document(source=source, body=body, polled_at=polled_at, purpose=purpose, held=held)
    with contained():
        return platforms.read(document)


def _kind_of(file: Path) -> str:
    """Documents of one kind follow on each other: an archive of a feed, an archive of an API's answers."""
    return re.sub(r"[^a-z]", "", file.suffix.lower()) or "file"


def _take_document(store: Store, source: Source, document: _Read, report: Report, *, backfill: bool) -> tuple[int, ...]:
    """Add what a document told; gives the numbers of the announcements that it touched."""
    polled_at, purpose, reading = document
    got = (
        store.ingest_past(source, reading, polled_at) if backfill else store.ingest(source, purpose, reading, polled_at)
    )
    store.log_poll(source.id, purpose, polled_at, got=got)
    judge(store, got.said)
    report.requests += 1
    report.not_modified += not got.touched
    report.count(got)
    return got.touched


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
    if got is not None:
        judge(store, got.said)
        report.count(got)
    if vendor:
        ends.note(vendor, got.touched if got else None)


class _Ends:
    """What is left to derive at the end of an import.

    Until then the vendor counts as derived by no rules at all: a crash between is mended by the next run.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.touched: dict[str, list[int]] = {}
        self.whole: set[str] = set()  # of which more changed than announcements
        self.is_current: dict[str, bool] = {}  # derived by the rules of today, as far as it goes

    def note(self, vendor: str, touched: Sequence[int] | None) -> None:
        """These announcements of a vendor changed (None: all may). The caller holds the transaction."""
        if vendor not in self.touched:
            self.touched[vendor] = []
            self.is_current[vendor] = self.store.rules_version(vendor) in (None, RULES)
        self.store.derive_later(vendor)  # each time: a collector at work may have derived what was there
        if touched is None:
            self.whole.add(vendor)
        else:
            self.touched[vendor] += touched

    def derive(self, progress: Progress | None) -> None:
        """The incidents of all vendors noted."""
        for vendor, touched in sorted(self.touched.items()):
            if progress:
                progress(f"assembling {vendor}")
            if not self.is_current[vendor]:
                derive_anew(self.store, vendor)
                continue
            from tracker.collect.reassembling import reassemble  # an import without news assembles nothing

            with self.store.transaction():
                reassemble(self.store, vendor, None if vendor in self.whole else touched)
                self.store.set_rules_version(vendor, RULES)
