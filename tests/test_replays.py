"""Four years of real polls of one vendor, in order: what the record must come to. Runs where ``shared/`` is."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from captured import REPLAYS

from tracker import collect
from tracker.models import Source, State
from tracker.statistics import statistics
from tracker.store import Store

pytestmark = pytest.mark.skipif(not REPLAYS.is_dir(), reason=f"the captured polls are not at {REPLAYS}")

FEED = Source(id="github/statuspage", vendor="github", platform="statuspage")
SUMMARY = Source(id="github/statuspage/summary", vendor="github", platform="statuspage")


def polls(folder: Path) -> Iterator[tuple[datetime, Path]]:
    for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        entry: dict[str, Any] = json.loads(line)
        yield datetime.fromisoformat(entry["polled_at"]), folder / entry["file"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The archives, unpacked."""
    found: dict[str, Path] = {}
    for name in ("github-atom", "github-summary"):
        found[name] = tmp_path_factory.mktemp(name)
        with tarfile.open(REPLAYS / f"{name}.tar.xz") as archive:
            archive.extractall(found[name], filter="data")
    return found


@pytest.fixture(scope="module")
def record(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The history feed, imported poll by poll."""
    with Store.open(tmp_path_factory.mktemp("record") / "github.db") as store:
        collect.import_documents(store, FEED, polls(folders["github-atom"]))
        yield store


def one(store: Store, question: str) -> Any:
    return store.db.execute(question).fetchone()[0]


def derived(store: Store) -> list[str]:
    """Every derived row, as text."""
    tables = ("verdicts", "incidents", "incident_updates", "incident_aliases")
    asked = [f"SELECT * FROM {name} ORDER BY 1, 2" for name in tables]  # noqa: S608
    return [repr(tuple(row)) for question in asked for row in store.db.execute(question)]


def test_each_incident_and_each_update_is_there_once(record: Store) -> None:
    assert one(record, "SELECT COUNT(DISTINCT incident_key) FROM announcements") == 819
    # Two of them were moved by ten minutes later: the same updates under other ids.
    assert one(record, "SELECT COUNT(*) FROM announcements") == 4568
    assert len(record.incidents()) + one(record, "SELECT COUNT(*) FROM incidents WHERE kind = 'maintenance'") == 819


def test_three_in_five_resolutions_were_rewritten_and_none_moved(record: Store) -> None:
    resolved = "SELECT COUNT(*) FROM announcements WHERE status = 'resolved'"
    assert (one(record, resolved), one(record, f"{resolved} AND versions > 1")) == (801, 492)
    moved = "SELECT COUNT(*) FROM incident_updates u WHERE u.revision > 1"
    assert one(record, moved) == 0


def test_three_were_withdrawn_and_nothing_that_rolled_off_the_list(record: Store) -> None:
    assert one(record, "SELECT COUNT(*) FROM absences WHERE kind = 'withdrawn'") == 3
    assert one(record, "SELECT COUNT(*) FROM absences") == 3
    # 796 disappearances: 794 incidents, two of which came back once. 25 still stand in the last document.
    gone = "SELECT COUNT(DISTINCT incident_key) FROM announcements WHERE last_seen_at IS NOT NULL"
    assert one(record, gone) == 819 - 25


def test_the_figures_that_are_published_are_those_of_today(record: Store) -> None:
    [row] = statistics(record.counted("github"))
    figures = {figure.name: figure for figure in row.figures}
    value = {name: figure.value or 0 for name, figure in figures.items()}
    tell = figures["lag_s"].n
    median, mean, p90 = (int(value[name] // 60) for name in ("lag_median_s", "lag_s", "lag_p90_s"))
    said = (
        f"{value['incidents']} incidents, and {value['rewritten_share']:.0%} of the resolutions were rewritten later. "
        f"{tell} incidents tell when they began. Half of these were announced within {median} minutes of that; the "
        f"mean is {mean} minutes and the 90th percentile {p90},"
    )
    page = Path(__file__).parents[1] / "docs" / "statistics.md"
    assert said.replace("%", " %") in " ".join(page.read_text("utf-8").split())


def test_importing_again_and_rebuilding_change_nothing(record: Store, folders: dict[str, Path]) -> None:
    before, facts = derived(record), list(record.export())
    again = collect.import_documents(record, FEED, polls(folders["github-atom"]))
    assert (again.announcements, again.revisions) == (0, 0)
    assert list(collect.rebuild(record, diff=True)) == []
    assert derived(record) == before
    assert [line for line in record.export() if line.get("record") != "coverage"] == [
        line for line in facts if line.get("record") != "coverage"
    ]


def test_the_list_of_what_is_open_never_tells_an_end(folders: dict[str, Path], tmp_path: Path) -> None:
    with Store.open(tmp_path / "summary.db") as store:
        collect.import_documents(store, SUMMARY, polls(folders["github-summary"]))
        incidents = store.incidents()
        assert len(incidents) == 420
        assert {incident.state for incident in incidents} == {State.ENDED_UNANNOUNCED}
        assert all(incident.resolved_at is None and incident.ended_between for incident in incidents)


def test_both_replays_meet_in_the_same_incidents(record: Store, folders: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "both.db"
    record.backup(path)
    with Store.open(path) as store:
        collect.import_documents(store, SUMMARY, polls(folders["github-summary"]))
        states = [incident.state for incident in store.incidents()]
        assert states.count(State.WITHDRAWN) == 3, "the list of what is open says nothing of that"
    with closing(sqlite3.connect(path)) as db:
        told = db.execute(
            "SELECT u.incident, a.source, a.incident_key FROM incident_updates u "
            "JOIN announcements a ON a.number = u.announcement"
        ).fetchall()
    by_key: dict[str, set[str]] = {}
    sources: dict[str, set[str]] = {}
    for incident, source, key in told:
        by_key.setdefault(key, set()).add(incident)
        sources.setdefault(key, set()).add(source)
    met = [key for key, found in sources.items() if len(found) == 2]
    assert (len(by_key), len(met)) == (821, 427)
    assert all(len(incidents) == 1 for incidents in by_key.values()), "none is left apart"
    assert len({incident for incident, _, _ in told}) == 821, "none is joined with another"
