"""Every story of ``tests/assemble`` is told as its timeline.txt has it: exactly what ``tracker timeline`` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker import collect
from tracker.models import CountedIncident, CountedStep, Incident, Kind
from tracker.show import text
from tracker.store import Store

NOW = datetime(2026, 3, 2, tzinfo=UTC)
STORIES = sorted(path for path in (Path(__file__).parent / "assemble").iterdir() if path.is_dir())


def told(story: Path, db: Path) -> str:
    with Store.open(db) as store:
        lines = (story / "announcements.jsonl").read_text("utf-8").splitlines()
        report = collect.import_lines(store, lines, now=NOW)
        assert report.problems == []
        incidents = store.incidents(kinds=(Kind.INCIDENT, Kind.MAINTENANCE))
        return "".join(text.timeline(incidents, text.Sheet(UTC, 80, store.vendor_names())))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_is_told_right(story: Path, tmp_path: Path) -> None:
    assert told(story, tmp_path / "t.db") == (story / "timeline.txt").read_text("utf-8")


def without_words(incident: Incident) -> CountedIncident:
    steps = tuple(CountedStep(step.at, step.phase, step.status, step.revised, step.source) for step in incident.steps)
    known = {name: getattr(incident, name) for name in CountedIncident._fields}
    return CountedIncident(**known | {"steps": steps})


def test_what_is_counted_is_what_is_told_without_its_words(tmp_path: Path) -> None:
    """Of all stories at once, and of what was announced in a part of their time."""
    with Store.open(tmp_path / "t.db") as store:
        for story in STORIES:
            collect.import_lines(store, (story / "announcements.jsonl").read_text("utf-8").splitlines(), now=NOW)
        for vendor in store.vendor_names():
            told = [without_words(each) for each in store.incidents(vendors=[vendor], kinds=tuple(Kind))]
            assert sorted(store.counted(vendor)) == sorted(told)
            middle = sorted(each.announced_at for each in told if each.announced_at)[len(told) // 2]
            before = [each for each in told if each.announced_at and each.announced_at < middle]
            assert sorted(store.counted(vendor, until=middle)) == sorted(before)
            assert len(store.counted(vendor, since=middle)) == len(told) - len(before)


def test_there_are_stories() -> None:
    assert len(STORIES) >= 60
