"""Verdicts: the folder ``classify/`` is the specification; here are its reader and the hostile inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.classify import classify
from tracker.models import Announcement, Phase

HERE = Path(__file__).parent / "classify"


def said(text: str, **more: object) -> Announcement:
    return Announcement(source="ripple/x", vendor="ripple", id="1", text=text, **more)  # type: ignore[arg-type]


def cases() -> list[tuple[str, str, str]]:
    """(phase, language, text) of every line of the folder."""
    found = []
    for file in sorted(HERE.glob("*.tsv")):
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                phase, lang, text = line.split("\t")
                found.append((phase, lang, text))
    return found


@pytest.mark.parametrize(("phase", "lang", "text"), cases())
def test_words_are_read_right(phase: str, lang: str, text: str) -> None:
    verdict = classify(said(text, lang=lang))
    assert verdict.phase == phase, verdict.because


@pytest.mark.parametrize(
    ("status", "phase"),
    [("Investigating", "outage-start"), ("identified", "update"), ("RESOLVED", "resolved"), ("Postmortem", "resolved")],
)
def test_the_declared_state_comes_first(status: str, phase: str) -> None:
    verdict = classify(said("Words that say little.", status=status))
    assert verdict.phase == phase
    assert status in verdict.because


def test_words_against_the_declared_state_are_named() -> None:
    verdict = classify(said("Fixed! Everything has been fully restored and is back to normal.", status="investigating"))
    assert verdict.phase is Phase.OUTAGE_START
    assert "yet its words say resolved" in verdict.because
    assert verdict.confidence < 0.9


def test_planned_work_stays_maintenance_whatever_its_words() -> None:
    assert classify(said("All is back to normal.", planned=True, status="completed")).phase is Phase.MAINTENANCE


@pytest.mark.parametrize(
    "text", ["", " ", "\U0001f600", "https://ripple.example/x", "<b></b>", "\x00\x1b[2J\x07", "ไม่มีอะไร", "\ud800"]
)
def test_too_little_is_said_so(text: str) -> None:
    verdict = classify(said(text))
    assert verdict.confidence <= 0.5
    assert verdict.because


def test_of_a_megabyte_only_the_beginning_is_read() -> None:
    beginning = "messages are down " * 500
    assert classify(said(beginning * 120)) == classify(said(beginning))
