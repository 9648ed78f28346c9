"""Every story of ``tests/assemble`` is told as its timeline.txt has it: exactly what ``tracker timeline`` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker import collect
from tracker.models import Kind
from tracker.show import text
from tracker.store import Store

STORIES = sorted(path for path in (Path(__file__).parent / "assemble").iterdir() if path.is_dir())


def told(story: Path, db: Path) -> str:
    with Store.open(db) as store:
        lines = (story / "announcements.jsonl").read_text("utf-8").splitlines()
        report = collect.import_lines(store, lines, now=datetime(2026, 3, 2, tzinfo=UTC))
        assert report.problems == []
        incidents = store.incidents(kinds=(Kind.INCIDENT, Kind.MAINTENANCE))
        return "".join(text.timeline(incidents, tz=UTC, width=80, colour=False, vendor_names=store.vendor_names()))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_is_told_right(story: Path, tmp_path: Path) -> None:
    assert told(story, tmp_path / "t.db") == (story / "timeline.txt").read_text("utf-8")


def test_there_are_stories() -> None:
    assert len(STORIES) >= 60
