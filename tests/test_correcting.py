"""What people correct holds through polls and rebuilds, can be seen, and can be taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tracker.assemble import assemble
from tracker.cli import cli
from tracker.models import Action, Announcement, Correction, Phase, Revision, Told, Verdict
from tracker.show import text

TOLD = [
    ("heron/statuspage", "a1", "09:00", "Uploads are failing", "investigating", "k1"),
    ("heron/statuspage", "a2", "09:40", "Uploads are back to normal", "resolved", "k1"),
    ("heron/statuspage", "b1", "12:00", "Search is slow", "investigating", "k2"),
    ("heron/statuspage", "b2", "12:30", "Search is back to normal", "resolved", "k2"),
]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A record of two incidents."""
    lines = [
        {
            "vendor": "heron", "source": source, "id": id_, "published_at": f"2024-03-01T{at}:00Z", "text": text,
            "status": status, "incident_key": key,
        }
        for source, id_, at, text, status, key in TOLD
    ]  # fmt: skip
    return imported(tmp_path / "t.db", *lines)


def imported(db: Path, *lines: dict[str, object]) -> Path:
    given = "".join(json.dumps(line) + "\n" for line in lines)
    ran = CliRunner().invoke(cli, ["import", "-", "--db", str(db)], input=given)
    assert ran.exit_code == 0, ran.output
    return db


def run(db: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, [*args, "--db", str(db)], catch_exceptions=False)


def correct(db: Path, *args: str) -> None:
    ran = run(db, "correct", *args)
    assert ran.exit_code == 0, ran.output


def incidents(db: Path) -> list[list[str]]:
    """The ids of the announcements of each incident."""
    shown = map(json.loads, run(db, "incidents", "--json").stdout.splitlines())
    return [[said["id"] for said in incident["announcements"]] for incident in shown]


def rebuilt(db: Path) -> list[list[str]]:
    before = incidents(db)
    assert run(db, "rebuild").exit_code == 0
    assert incidents(db) == before
    return before


def test_together_makes_one_and_the_old_ids_lead_to_it(db: Path) -> None:
    ids = [json.loads(line)["id"] for line in run(db, "incidents", "--json").stdout.splitlines()]
    correct(db, "together", "heron/statuspage#a2", "heron/statuspage#b1", "--author", "ana", "--reason", "one disk")
    assert rebuilt(db) == [["a1", "a2", "b1", "b2"]]
    for id_ in ids:
        assert "one disk" in run(db, "show", id_).stdout


def test_apart_makes_two_again_and_later_words_win(db: Path) -> None:
    pair = ("heron/statuspage#a1", "heron/statuspage#b1")
    correct(db, "together", *pair)
    correct(db, "apart", *pair)
    assert rebuilt(db) == [["a1", "a2"], ["b1", "b2"]]
    correct(db, "together", *pair)
    assert rebuilt(db) == [["a1", "a2", "b1", "b2"]]


def test_apart_is_stronger_than_the_platforms_own_key(db: Path) -> None:
    correct(db, "apart", "heron/statuspage#a1", "heron/statuspage#a2")
    assert rebuilt(db) == [["a1"], ["a2"], ["b1", "b2"]]


def test_a_phase_is_what_a_person_says(db: Path) -> None:
    correct(db, "phase", "heron/statuspage#a2", "update")
    [first, _] = [json.loads(line) for line in run(db, "timeline", "--json").stdout.splitlines()]
    assert [step["phase"] for step in first["updates"]] == ["outage-start", "update"]
    assert first["resolved_at"] is None
    assert first["updates"][1]["verdict"]["phase"] == "resolved", "what the words say is kept beside it"
    rebuilt(db)


def test_what_is_ignored_belongs_to_no_incident_until_that_is_taken_back(db: Path) -> None:
    correct(db, "ignore", "heron/statuspage#b2")
    assert rebuilt(db) == [["a1", "a2"], ["b1"]]
    correct(db, "undo", "1")
    assert rebuilt(db) == [["a1", "a2"], ["b1", "b2"]]


def test_an_id_that_was_given_out_says_what_became_of_it(db: Path) -> None:
    [_, second] = [json.loads(line)["id"] for line in run(db, "incidents", "--json").stdout.splitlines()]
    correct(db, "ignore", "heron/statuspage#b1")
    correct(db, "ignore", "heron/statuspage#b2")
    shown = run(db, "show", second)
    assert shown.exit_code == 2
    assert f"{second} was the incident of heron/statuspage#b1" in shown.output and "ignored" in shown.output


def test_a_correction_of_an_earlier_text_is_kept_and_marked() -> None:
    made_at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    said = Announcement(source="heron/x", vendor="heron", id="1", text="Uploads fail", published_at=made_at)
    over = Verdict(phase=Phase.RESOLVED, confidence=1.0, because="said")
    correction = Correction(
        action=Action.PHASE, first=("heron/x", "1"), phase=Phase.OUTAGE_START, author="ana", made_at=made_at
    )
    for minutes, earlier in ((-5, False), (5, True)):
        seen_at = made_at + timedelta(minutes=minutes)
        later = Revision(number=2, seen_at=seen_at, announcement=replace(said, text="Uploads failed"), verdict=over)
        told = Told(order=1, announcement=said, verdict=over, seen_at=made_at, first_seen_at=None, revisions=(later,))
        [incident] = assemble((told,), corrections=(correction,))
        assert [step.phase for step in incident.steps] == [Phase.OUTAGE_START]
        assert [kept.earlier_text for kept in incident.corrections] == [earlier]
        shown = text.story(incident, tz=UTC, width=80, colour=False, vendor_names={})
        assert ("earlier" in shown) is earlier and "says ana" in shown


def test_corrections_can_be_listed(db: Path) -> None:
    correct(db, "ignore", "heron/statuspage#b2", "--author", "ana", "--reason", "a test post")
    assert run(db, "correct", "list").stdout.startswith(
        "   1  heron/statuspage#b2 belongs to no incident, says ana on "
    )
    [said] = map(json.loads, run(db, "correct", "list", "--json").stdout.splitlines())
    assert (said["number"], said["action"], said["announcement"]) == (1, "ignore", "heron/statuspage#b2")


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("together", "heron/statuspage#a1", "heron/statuspage#a1"), "one and the same"),
        (("ignore", "heron/statuspage#zz"), "no announcement"),
        (("phase", "heron/statuspage#a1", "update", "--revision", "3"), "has 1 version"),
        (("phase", "heron/statuspage#a1", "broken"), "broken"),
        (("undo", "7"), "no correction 7"),
    ],
)
def test_what_cannot_be_corrected_is_said(db: Path, args: tuple[str, ...], problem: str) -> None:
    ran = run(db, "correct", *args)
    assert ran.exit_code == 2 and problem in ran.output


def test_an_incident_has_one_vendor(db: Path) -> None:
    imported(db, {"vendor": "ibis", "source": "ibis/x", "id": "1", "published_at": "2024-03-01T09:05:00Z",
                  "text": "We are having an outage"})  # fmt: skip
    ran = run(db, "correct", "together", "heron/statuspage#a1", "ibis/x#1")
    assert ran.exit_code == 2 and "two vendors" in ran.output


def test_corrected_phases_are_labelled_posts_that_evaluate_takes(db: Path, tmp_path: Path) -> None:
    correct(db, "phase", "heron/statuspage#a1", "update")
    written = run(db, "correct", "examples").stdout
    [post] = map(json.loads, written.splitlines())
    assert (post["label"], post["text"], post["account"]) == ("update", "Uploads are failing", "heron")
    (tmp_path / "mine.jsonl").write_text(written, encoding="utf-8")
    assert CliRunner().invoke(cli, ["evaluate", str(tmp_path / "mine.jsonl")]).exit_code == 0
