"""What holds for every test: speed is measured in benchmarks and never a reason to fail, on the busiest machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tracker.store import Store

# A shell that runs the tests in its background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("tracker", deadline=None)
settings.load_profile("tracker")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty record."""
    with Store.open(tmp_path / "t.db") as opened:
        yield opened
