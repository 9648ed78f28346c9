"""A short soak: the long one is tests/benchmarks/soak.py."""

from __future__ import annotations

from pathlib import Path

from benchmarks import soak


def test_nothing_is_lost_or_doubled_through_faults_kills_and_clock_jumps(tmp_path: Path) -> None:
    outcome = soak.soak(tmp_path / "soak.db", seed=7, vendors=5, hours=6, kills=4)
    assert outcome.wrong == []
    assert outcome.kills == 4 and outcome.jumps > 0 and len(outcome.faults) == 10
    assert outcome.announcements > 20 and outcome.revisions > 0
