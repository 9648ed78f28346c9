"""What people correct holds through polls and rebuilds, can be seen, and can be taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tracker.assemble import assemble
from tracker.cli import cli
from tracker.models import Action, Announcement, Correction, Phase, Revision, Told, Verdict, incident_id
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


def test_what_a_word_changed_is_said_and_nothing_else(db: Path) -> None:
    first, second = (json.loads(line)["id"] for line in run(db, "incidents", "--json").stdout.splitlines())
    assert run(db, "correct", "phase", "heron/statuspage#a2", "update").output == f"changed: {first}\n"
    assert run(db, "correct", "ignore", "heron/statuspage#b2").output == f"changed: {second}\n"
    assert run(db, "correct", "undo", "1").output == f"changed: {first}\n"


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


def test_the_later_word_wins_whichever_of_two_sources_it_names_first(db: Path) -> None:
    imported(db, {"vendor": "heron", "source": "heron/x", "id": "1", "published_at": "2024-03-01T15:00:00Z",
                  "text": "We are investigating errors when you open the calendar."})  # fmt: skip
    pair = ("heron/statuspage#b1", "heron/x#1")
    for action, *named in (("together", *reversed(pair)), ("apart", *pair)):
        correct(db, action, *named)
    assert rebuilt(db) == [["a1", "a2"], ["b1", "b2"], ["1"]]


def test_later_words_bring_together_by_way_of_a_third_what_an_earlier_one_parted(db: Path) -> None:
    imported(db, {"vendor": "heron", "source": "heron/x", "id": "c1", "published_at": "2024-03-01T18:00:00Z",
                  "text": "Payments fail for some of you."})  # fmt: skip
    correct(db, "apart", "heron/statuspage#a1", "heron/statuspage#b1")
    correct(db, "together", "heron/statuspage#a1", "heron/x#c1")
    assert rebuilt(db) == [["a1", "a2", "c1"], ["b1", "b2"]]
    correct(db, "together", "heron/statuspage#b1", "heron/x#c1")
    assert rebuilt(db) == [["a1", "a2", "b1", "b2", "c1"]]


def test_apart_of_others_of_the_two_incidents_wins_too(db: Path) -> None:
    correct(db, "together", "heron/statuspage#a1", "heron/statuspage#b1")
    correct(db, "apart", "heron/statuspage#a2", "heron/statuspage#b2")
    assert rebuilt(db) == [["a1", "a2"], ["b1", "b2"]]


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


def test_of_a_vendor_that_was_never_polled_an_incident_lapses_by_what_still_counts(tmp_path: Path) -> None:
    """The last word that is in an incident tells how late it is. Where that is ignored, it is earlier again."""
    base = {"vendor": "heron", "source": "heron/feed", "text": "Uploads are failing"}
    first, later = (
        base | {"id": id_, "published_at": f"2024-{day}T09:00:00Z"} for id_, day in (("a", "03-01"), ("b", "05-01"))
    )
    db = imported(tmp_path / "t.db", first, later)

    def states() -> list[str]:
        return [incident["state"] for incident in told(db)]

    assert states() == ["lapsed", "open"]
    correct(db, "ignore", "heron/feed#b")
    assert states() == ["open"]
    assert run(db, "rebuild").exit_code == 0
    assert states() == ["open"]


def test_an_id_that_was_given_out_says_what_became_of_it(db: Path) -> None:
    [_, second] = [json.loads(line)["id"] for line in run(db, "incidents", "--json").stdout.splitlines()]
    correct(db, "ignore", "heron/statuspage#b1")
    correct(db, "ignore", "heron/statuspage#b2")
    shown = run(db, "show", second)
    assert shown.exit_code == 2
    assert f"{second} was the incident of heron/statuspage#b1" in shown.output and "ignored" in shown.output
    assert "no incident 'heron-0'" in run(db, "show", "heron-0").output
    imported(db, {"vendor": "heron", "source": "heron/x", "id": "0", "published_at": "2024-03-01T12:00:00Z",
                  "text": "Happy birthday to our friends at Ternline!"})  # fmt: skip
    before = incident_id("heron", ("heron/x", "0"))  # where other rules made one of it
    assert "by the rules of today it tells of none" in run(db, "show", before).output


@pytest.mark.parametrize("args", [("phase", "heron/x#1", "unrelated"), ("ignore", "heron/x#1")])
def test_an_id_of_which_the_first_post_was_taken_out_leads_to_the_others(tmp_path: Path, args: tuple[str, ...]) -> None:
    db = posts(tmp_path)
    [before] = told(db)
    correct(db, *args)
    assert rebuilt(db) == [["2", "3"]]
    [now] = told(db)
    assert now["id"] != before["id"]
    shown = run(db, "show", before["id"])
    assert shown.exit_code == 0 and now["id"] in shown.output


def test_an_old_id_leads_to_where_most_of_its_incident_went_not_into_planned_work(tmp_path: Path) -> None:
    page, said = {"vendor": "heron", "source": "heron/statuspage"}, {"vendor": "heron", "source": "heron/mastodon"}
    db = imported(
        tmp_path / "t.db",
        page | at("06:00", "p1", "Tonight we move the databases. Expect short interruptions.", "scheduled", "p"),
        page | at("09:00", "k1", "Uploads to our European data centre fail.", "investigating", "k"),
        said | at("09:05", "m1", "We are still working on it, more on our status page."),
        page | at("09:20", "k2", "We have found the cause, a full disk.", "identified", "k"),
        page | at("09:50", "k3", "Uploads work again.", "resolved", "k"),
        page | at("20:00", "p2", "The upgrade begins.", "in_progress", "p"),
        page | at("22:00", "p3", "All databases are on the new machines.", "completed", "p"),
    )
    [before] = told(db)
    assert [step["id"] for step in before["updates"]] == ["k1", "m1", "k2", "k3"]
    correct(db, "ignore", "heron/statuspage#k1")
    [now] = told(db)
    assert [step["id"] for step in now["updates"]] == ["k2", "k3"], "the account's post is told with the planned work"
    assert f"is part of {now['id']}" in run(db, "show", before["id"]).output


def at(time: str, id_: str, words: str, status: str | None = None, key: str | None = None) -> dict[str, object]:
    more = {"status": status, "incident_key": key} if key else {}
    return {"published_at": f"2024-03-01T{time}:00Z", "id": id_, "text": words, **more}


# -- words that are forgotten ----------------------------------------------------------------------------------------

POSTS = (
    ("1", "19:32", "Mail is currently not being delivered. We are investigating."),
    ("2", "20:04", "We have found why mail is not being delivered and are working on a fix."),
    ("3", "20:41", "This is fixed, all mail has been delivered."),
)


def posts(folder: Path, *more: dict[str, object]) -> Path:
    """A record of one incident of an account: nothing but the words says that they belong together."""
    lines = [
        {"vendor": "heron", "source": "heron/x", "id": id_, "published_at": f"2024-03-01T{at}:00Z", "text": text}
        for id_, at, text in POSTS
    ]
    return imported(folder / "p.db", *lines, *more)


def told(db: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(db, "timeline", "--json").stdout.splitlines()]


CLOCKS = ("id", "state", "announced_at", "first_resolved_at", "resolved_at", "duration_s")


@pytest.mark.parametrize("forgotten", [("1",), ("2",), ("3",), ("1", "3"), ("1", "2", "3")])
def test_an_incident_outlives_its_words(tmp_path: Path, forgotten: tuple[str, ...]) -> None:
    db = posts(tmp_path)
    [before] = told(db)
    assert [said["id"] for said in before["announcements"]] == ["1", "2", "3"] and before["duration_s"] == 69 * 60
    for id_ in forgotten:
        ran = run(db, "forget", f"heron/x#{id_}", "--author", "ana")
        assert ran.exit_code == 0 and f"changed: {before['id']}" in ran.output
    assert rebuilt(db) == [["1", "2", "3"]]
    [after] = told(db)
    assert [after[clock] for clock in CLOCKS] == [before[clock] for clock in CLOCKS]
    assert [step["phase"] for step in after["updates"]] == [step["phase"] for step in before["updates"]]
    words = {id_: said for id_, _, said in POSTS}
    record = run(db, "show", before["id"]).stdout + run(db, "export").stdout
    for id_, said in words.items():
        assert (said in " ".join(record.split())) is (id_ not in forgotten)
    assert after["name"] != "[forgotten]" or len(forgotten) == 3
    assert run(db, "correct", "examples").stdout == ""


def test_an_incident_whose_first_words_are_gone_has_the_title_of_the_next(tmp_path: Path) -> None:
    db = imported(
        tmp_path / "t.db",
        *({"vendor": "heron", "source": "heron/statuspage", "title": "Mail is late", "incident_key": "k", **said}
          for said in (at("10:00", "k1", "Mail waits."), at("10:20", "k2", "We look for the cause."))),
    )  # fmt: skip
    run(db, "forget", "heron/statuspage#k1")
    assert [each["name"] for each in told(db)] == ["Mail is late"]
    rebuilt(db)


def test_what_was_forgotten_keeps_its_place_in_another_record(tmp_path: Path) -> None:
    db, other = posts(tmp_path), tmp_path / "other.db"
    run(db, "forget", "heron/x#1")
    ran = CliRunner().invoke(cli, ["import", "-", "--db", str(other)], input=run(db, "export").stdout)
    assert ran.exit_code == 0, ran.output
    assert told(other) == told(db)


def test_an_edit_that_ended_it_still_ends_it_when_its_words_are_gone(tmp_path: Path) -> None:
    later = {"text": "Fixed: sign-in works again for everyone.", "seen_at": "2024-03-05T11:00:00Z"}
    post = {"vendor": "heron", "source": "heron/y", "id": "9", "published_at": "2024-03-05T10:00:00Z",
            "text": "Sign-in is failing, we are looking into it.", "revisions": [later]}  # fmt: skip
    db = imported(tmp_path / "e.db", post)
    [before] = told(db)
    assert before["duration_s"] == 3600
    run(db, "forget", "heron/y#9")
    [after] = told(db)
    assert [after[clock] for clock in CLOCKS] == [before[clock] for clock in CLOCKS]
    rebuilt(db)


def test_no_piece_is_left_of_what_belonged_together_before(tmp_path: Path) -> None:
    """Also where we came to know the later post first."""
    db = tmp_path / "late.db"
    for id_, at, said in reversed(POSTS):
        imported(db, {"vendor": "heron", "source": "heron/x", "id": id_, "published_at": f"2024-03-01T{at}:00Z",
                      "text": said})  # fmt: skip
    before = incidents(db)
    run(db, "forget", "heron/x#3")
    assert rebuilt(db) == before == [["1", "2", "3"]]


def test_two_incidents_stay_two_when_words_are_forgotten(tmp_path: Path) -> None:
    other = [
        {"vendor": "heron", "source": "heron/x", "id": id_, "published_at": f"2024-03-01T{at}:00Z", "text": text}
        for id_, at, text in (
            ("7", "19:50", "We are investigating errors when you open the calendar."),
            ("8", "20:20", "The calendar opens again, those errors are fixed."),
        )
    ]
    db = posts(tmp_path, *other)
    assert incidents(db) == [["1", "2", "3"], ["7", "8"]]
    run(db, "forget", "heron/x#2")
    assert rebuilt(db) == [["1", "2", "3"], ["7", "8"]]
    run(db, "forget", "heron/x#7")
    assert rebuilt(db) == [["1", "2", "3"], ["7", "8"]]


def test_chatter_that_is_forgotten_stays_chatter(tmp_path: Path) -> None:
    thanks = {"vendor": "heron", "source": "heron/x", "id": "0", "published_at": "2024-03-01T12:00:00Z",
              "text": "Happy birthday to our friends at Ternline!"}  # fmt: skip
    db = posts(tmp_path, thanks)
    ran = run(db, "forget", "heron/x#0")
    assert "nothing changed by it" in ran.output
    assert rebuilt(db) == [["1", "2", "3"]]


# -- how corrections are shown ---------------------------------------------------------------------------------------


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
        shown = text.story(incident, text.Sheet(UTC, 80, {}))
        assert ("earlier" in shown) is earlier and "says ana" in shown


def test_corrections_can_be_listed(db: Path) -> None:
    correct(db, "ignore", "heron/statuspage#b2", "--author", "ana", "--reason", "a test post")
    assert run(db, "correct", "list").stdout.startswith(
        "   1  heron/statuspage#b2 belongs to no incident, says ana on "
    )
    [said] = map(json.loads, run(db, "correct", "list", "--json").stdout.splitlines())
    assert (said["number"], said["action"], said["announcement"]) == (1, "ignore", "heron/statuspage#b2")


def test_a_user_without_a_name_is_named_by_number(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    correct(db, "ignore", "heron/statuspage#b2")
    assert "says uid 4711" in run(db, "correct", "list").stdout
    assert run(db, "forget", "heron/statuspage#a1").exit_code == 0


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("together", "heron/statuspage#a1", "heron/statuspage#a1"), "one and the same"),
        (("ignore", "heron/statuspage#zz"), "write SOURCE#ID as `tracker show` prints it"),
        (("ignore", "heron-abc"), "no announcement 'heron-abc'; write SOURCE#ID as `tracker show heron-abc` prints it"),
        (("phase", "heron/statuspage#a1", "update", "--revision", "3"), "has 1 version"),
        (("phase", "heron/statuspage#a1", "broken"), "broken"),
        (("undo", "7"), "no correction 7"),
        (("undo", str(2**64)), "range"),
    ],
)
def test_what_cannot_be_corrected_is_said(db: Path, args: tuple[str, ...], problem: str) -> None:
    ran = run(db, "correct", *args)
    assert ran.exit_code == 2 and problem in ran.output


def test_words_of_two_people_are_all_kept(db: Path, tmp_path: Path) -> None:
    """Each began to count at one; what is taken from the other record counts as said after what is here."""
    bens = imported(tmp_path / "ben.db", *map(json.loads, run(db, "export").stdout.splitlines()))
    correct(bens, "ignore", "heron/statuspage#b2", "--author", "ben")
    correct(bens, "together", "heron/statuspage#a1", "heron/statuspage#b1", "--author", "ben")
    correct(db, "apart", "heron/statuspage#a1", "heron/statuspage#b1", "--author", "ana")
    for _ in range(2):
        imported(db, *map(json.loads, run(bens, "export").stdout.splitlines()))
        listed = map(json.loads, run(db, "correct", "list", "--json").stdout.splitlines())
        assert [(said["number"], said["action"], said["author"]) for said in listed] == [
            (1, "apart", "ana"), (2, "ignore", "ben"), (3, "together", "ben"),
        ]  # fmt: skip
        assert rebuilt(db) == [["a1", "a2", "b1"]]


@pytest.mark.parametrize(
    ("action", "first", "second", "shown"),
    [
        ("ignore", "heron/x#9", None, 0),
        ("apart", "heron/x#9", "heron/statuspage#a2", 1),
        ("together", "heron/statuspage#a2", "ibis/x#1", 0),
    ],
)
def test_an_imported_word_that_changes_nothing_here_can_be_taken_back(
    db: Path, action: str, first: str, second: str | None, shown: int
) -> None:
    """It names what is unknown here, or two vendors."""
    ibis = {"vendor": "ibis", "source": "ibis/x", "id": "1", "published_at": "2024-03-01T09:05:00Z"}
    posts = {"record": "sources", "id": "heron/x", "vendor": "heron", "platform": "x"}
    word: dict[str, object] = {"record": "corrections", "action": action, "author": "ana"}
    word |= zip(("source", "id"), first.split("#"), strict=True)
    word |= zip(("second_source", "second_id"), second.split("#"), strict=True) if second else ()
    imported(db, ibis | {"text": "We are having an outage"}, posts, word)
    before = incidents(db)
    assert run(db, "timeline", "heron").stdout.count("says ana") == shown
    correct(db, "undo", "1")
    assert incidents(db) == before and "says ana" not in run(db, "timeline").stdout
    listed = run(db, "correct", "list")
    assert (listed.stdout, listed.stderr) == ("", "no corrections yet\n")


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
