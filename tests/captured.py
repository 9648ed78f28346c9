"""The captured documents and polls of ``../shared`` (or ``$TRACKER_SHARED``), which are no part of this repository."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("TRACKER_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DOCUMENTS, REPLAYS = SHARED / "documents", SHARED / "replays"
ELSEWHERE = f"the captured documents are not at {SHARED}; TRACKER_SHARED names where they are"


def documents(is_wanted: Callable[[str], bool]) -> list[Any]:
    """(file, announcements, incidents) of each wanted document as their index has them, to be parametrized."""
    index = DOCUMENTS / "INDEX.csv"
    if not index.exists():
        return [pytest.param("", "", "", id="none", marks=pytest.mark.skip(ELSEWHERE))]
    with index.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if is_wanted(row["file"])]
    return [pytest.param(row["file"], row["expect"], row["incidents"], id=row["file"]) for row in rows]


def document(file: str) -> bytes:
    """The bytes of a document; the test is skipped where it is not there."""
    path = DOCUMENTS / file
    if not path.exists():
        pytest.skip(ELSEWHERE)
    return path.read_bytes()
