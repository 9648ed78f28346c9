"""The record: what is added, what is not, and what opening refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tracker.assemble import assemble
from tracker.collect import forget, reassemble
from tracker.errors import ReadError, StoreError
from tracker.models import (
    Absence,
    AbsenceKind,
    Announcement,
    Kind,
    Listing,
    Phase,
    Reading,
    Source,
    State,
    Vendor,
    Verdict,
    Window,
)
from tracker.store import Store, rows

EVENING = datetime(2022, 4, 28, 21, 0, tzinfo=UTC)
PLANNED = Verdict(phase=Phase.MAINTENANCE, confidence=0.98, because="planned")
SOURCE = Source(id="ripple/statuspage", vendor="ripple", platform="statuspage")


def said(id_: str, text: str, minute: int, **more: object) -> Announcement:
    at = EVENING + timedelta(minutes=minute)
    plain = Announcement(source=SOURCE.id, vendor="ripple", id=id_, text=text, published_at=at)
    return replace(plain, **more)  # type: ignore[arg-type]


def window(*announcements: Announcement) -> Reading:
    """A list of the newest items; newest first in ``listed``."""
    return Reading(announcements=announcements, listing=Listing.WINDOW, listed=tuple(a.id for a in announcements)[::-1])


def by_incident(listing: Listing, *announcements: Announcement) -> Reading:
    """A list of incidents, each of which told one of these; newest first in ``listed``."""
    keys = tuple(said.incident_key or "" for said in announcements)
    return Reading(announcements=announcements, listing=listing, listed=keys[::-1])


def poll(store: Store, minute: int, reading: Reading, purpose: str = "url") -> tuple[int, int, int]:
    with store.transaction():
        got = store.ingest(SOURCE, purpose, reading, EVENING + timedelta(minutes=minute))
        store.log_poll(SOURCE.id, purpose, EVENING + timedelta(minutes=minute), got=got)
    return got.announcements, got.revisions, len(got.absent)


def test_same_document_twice_adds_nothing(store: Store) -> None:
    reading = window(said("1", "Messages are late.", 17))
    assert poll(store, 20, reading) == (1, 0, 0)
    assert poll(store, 25, reading) == (0, 0, 0)


def test_new_words_are_a_revision_new_white_space_is_none(store: Store) -> None:
    poll(store, 20, window(said("1", "Messages are late.", 17)))
    assert poll(store, 25, window(said("1", "Messages  are\nlate.", 17))) == (0, 0, 0)
    assert poll(store, 30, window(said("1", "Messages were late.", 17))) == (0, 1, 0)
    [told] = store.history("ripple")
    assert told.announcement.text == "Messages are late."
    assert [revision.announcement.text for revision in told.revisions] == ["Messages were late."]


def test_a_title_that_is_taken_away_is_one_revision_however_often_it_is_polled(store: Store) -> None:
    poll(store, 20, window(said("1", "Messages are late.", 17, title="Messages")))
    assert poll(store, 25, window(said("1", "Messages are late.", 17))) == (0, 1, 0)
    assert poll(store, 30, window(said("1", "Messages are late.", 17))) == (0, 0, 0)
    assert poll(store, 35, window(said("1", "Messages are late.", 17, title="Messages"))) == (0, 1, 0)


def test_planned_hours_that_are_not_told_again_are_no_revision(store: Store) -> None:
    """Of two lists of one source the one may have the hours and the other not."""
    hours = Window(start=EVENING, end=EVENING + timedelta(hours=2))
    work = replace(said("1", "We change the disks.", 1), planned=True)
    poll(store, 20, window(replace(work, window=hours)))
    assert poll(store, 25, window(work)) == (0, 0, 0)
    assert poll(store, 30, window(replace(work, window=hours))) == (0, 0, 0)
    assert poll(store, 35, window(replace(work, window=replace(hours, end=None)))) == (0, 1, 0)


@pytest.mark.parametrize("shared", [False, True])
def test_a_state_that_changes_alone_is_a_revision_of_any_word_but_where_it_went_on_to_a_later_one(
    store: Store, shared: bool
) -> None:
    """Where a platform gives the last word the state of the incident, the word before loses it without an edit."""
    first = said("1", "Messages are late.", 17, status="resolved", incident_key="K", shares_state=shared)
    then = said("2", "What happened: a disk was full.", 40, incident_key="K", shares_state=shared)
    poll(store, 20, window(first))
    assert poll(store, 45, window(replace(first, status="monitoring"), then)) == (1, 0 if shared else 1, 0)
    assert poll(store, 50, window(first, replace(then, status="resolved"))) == (0, 1 if shared else 2, 0)


def test_a_new_title_of_an_incident_is_a_revision_of_its_first_word_alone(store: Store) -> None:
    words = [said(str(n), f"Step {n}.", n, incident_key="k", title="Late") for n in (1, 2)]
    poll(store, 20, window(*words))
    assert poll(store, 25, window(*(replace(word, title="Messages are late") for word in words))) == (0, 1, 0)
    assert [len(told.revisions) for told in store.history("ripple")] == [1, 0]


def test_a_word_that_rolled_off_is_not_reworded_by_the_next_of_its_incident(store: Store) -> None:
    """Of a short list, where no id holds a time that could have moved."""
    poll(store, 20, window(said("p#1", "Messages are late.", 17, incident_key="k")))
    assert poll(store, 25, window(said("p#2", "A disk is full.", 19, incident_key="k"))) == (1, 0, 0)


def test_two_versions_in_one_document_are_one_announcement(store: Store) -> None:
    document = window(said("1", "Calls drop.", 1), said("2", "Messages are late.", 2), said("2", "It is fixed.", 2))
    assert poll(store, 20, document) == (2, 1, 0)
    assert [len(told.revisions) for told in store.history("ripple")] == [0, 1]


@pytest.mark.parametrize(
    ("first", "dated", "stated", "edited"),
    [
        (17, 23, None, 23),  # what a feed dates anew
        (17, 17, None, None),  # as before
        (17, 16, None, None),  # back
        (17, 26, None, None),  # ahead of our clock
        (17, 23, 24, 24),  # a field says when it was edited
        (17, None, None, None),  # without the date that it had
        (None, 23, None, None),  # with one, where it had none
    ],
)
def test_an_edit_that_is_only_dated_later_was_made_then(
    store: Store, first: int | None, dated: int | None, stated: int | None, edited: int | None
) -> None:
    def at(minute: int | None) -> datetime | None:
        return None if minute is None else EVENING + timedelta(minutes=minute)

    poll(store, 20, window(said("1", "Messages are late.", 0, published_at=at(first))))
    later = said("1", "Messages arrive.", 0, published_at=at(dated), edited_at=at(stated))
    assert poll(store, 25, window(later)) == (0, 1, 0)
    for _ in range(2):
        [revision] = store.history("ripple")[0].revisions
        assert (revision.announcement.edited_at, revision.announcement.published_at) == (at(edited), at(first))
        with store.transaction():
            store.reword(store.history("ripple")[0].order, 2, later)


def test_an_older_document_is_refused_whole(store: Store) -> None:
    poll(store, 30, window(said("1", "Messages are late.", 17)))
    with store.transaction():
        got = store.ingest(SOURCE, "url", window(said("0", "Old.", 1)), EVENING)
    assert not got.said and len(store.history("ripple")) == 1


def absences(store: Store) -> tuple[Absence, ...]:
    return store.absences_of([told.order for told in store.history("ripple")])


def test_rolling_off_the_end_is_no_withdrawal_but_a_hole_seen_twice_is(store: Store) -> None:
    one, two, three, four = (said(str(n), f"Trouble number {n}.", n) for n in range(1, 5))
    poll(store, 20, window(one, two, three))
    poll(store, 25, window(two, three, four))
    assert absences(store) == ()
    poll(store, 30, window(two, four))
    assert [absence.kind for absence in absences(store)] == [AbsenceKind.MISSING]
    poll(store, 35, window(two, four))
    assert [(a.key, a.kind) for a in absences(store)] == [("3", AbsenceKind.WITHDRAWN)]
    assert last_held(store) == {"1": "2022-04-28T21:20:00Z", "3": "2022-04-28T21:25:00Z"}
    poll(store, 40, window(two, three, four))
    assert absences(store) == ()
    assert last_held(store) == {"1": "2022-04-28T21:20:00Z"}


def test_what_is_missing_keeps_its_place_in_the_list(store: Store) -> None:
    seven = [said(str(n), f"Trouble number {n}.", n) for n in range(1, 8)]
    poll(store, 20, window(*seven))
    poll(store, 25, window(*(seven[n - 1] for n in (1, 4, 5, 7)), said("8", "Trouble number 8.", 24)))
    [row] = store.db.execute("SELECT listed FROM requests").fetchall()
    assert json.loads(row["listed"]) == ["8", "7", "6", "5", "4", "3", "2", "1"]


def last_held(store: Store) -> dict[str, str]:
    """When its list last held it, of each announcement that it no longer holds."""
    held = "SELECT id, last_seen_at FROM announcements WHERE last_seen_at IS NOT NULL"
    return dict(store.db.execute(held).fetchall())


@pytest.mark.parametrize("listing", [Listing.WINDOW, Listing.PART])
def test_what_the_first_poll_held_was_not_first_seen_by_us(store: Store, listing: Listing) -> None:
    poll(store, 20, replace(window(said("1", "Late.", 17)), listing=listing))
    poll(store, 25, replace(window(said("1", "Late.", 17), said("2", "Better.", 24)), listing=listing))
    assert [told.first_seen_at for told in store.history("ripple")] == [None, EVENING + timedelta(minutes=25)]


def test_leaving_an_active_list_ends_without_a_word(store: Store) -> None:
    keyed = said("1", "Messages are late.", 17, incident_key="k", status="investigating")
    poll(store, 20, by_incident(Listing.ACTIVE, keyed))
    poll(store, 25, by_incident(Listing.ACTIVE))
    store.write_verdicts([(1, 1, Verdict(phase=Phase.OUTAGE_START, confidence=1, because="declared"))])
    [incident] = assemble(store.history("ripple"), absences=absences(store), as_of=store.as_of("ripple"))
    assert (incident.state, incident.resolved_at) == (State.ENDED_UNANNOUNCED, None)
    assert incident.ended_between == (EVENING + timedelta(minutes=20), EVENING + timedelta(minutes=25))


def test_what_left_the_open_ones_is_not_withdrawn_where_another_list_still_holds_it(store: Store) -> None:
    keyed = said("1", "Messages are late.", 17, incident_key="k")
    poll(store, 20, by_incident(Listing.ACTIVE, keyed), "open")
    poll(store, 25, by_incident(Listing.ACTIVE), "open")
    poll(store, 25, by_incident(Listing.WINDOW, keyed), "all")
    assert store.unchanged(SOURCE.id, "all") == ()
    assert [absence.kind for absence in absences(store)] == [AbsenceKind.LEFT]


def test_what_left_the_open_ones_has_left_also_where_it_rolls_off_another_list(store: Store) -> None:
    keyed, later = (said(id_, "Messages are late.", 17, incident_key=key) for id_, key in ("1k", "2m"))
    poll(store, 20, by_incident(Listing.ACTIVE, keyed), "open")
    poll(store, 20, by_incident(Listing.WINDOW, keyed), "all")
    poll(store, 25, by_incident(Listing.ACTIVE), "open")
    poll(store, 25, by_incident(Listing.WINDOW, later), "all")
    assert [(absence.key, absence.kind) for absence in absences(store)] == [("k", AbsenceKind.LEFT)]


def test_what_one_list_misses_once_is_not_withdrawn_by_another_that_stays_the_same(store: Store) -> None:
    one, two = said("1", "Messages are late.", 17), said("2", "Calls drop.", 18)
    poll(store, 20, window(one, two))
    poll(store, 20, window(said("9", "We change a disk.", 19)), "planned")
    poll(store, 25, window(one))
    assert store.unchanged(SOURCE.id, "planned") == ()
    assert store.unchanged(SOURCE.id, "url") == (2,)


@pytest.mark.parametrize("first", ["open", "all"])
def test_what_both_lists_no_longer_hold_is_withdrawn_whichever_missed_it_first(store: Store, first: str) -> None:
    older, keyed = said("0", "Calls drop.", 1, incident_key="j"), said("1", "Messages are late.", 17, incident_key="k")
    lists = {
        "open": (by_incident(Listing.ACTIVE, keyed), by_incident(Listing.ACTIVE)),
        "all": (by_incident(Listing.WINDOW, older, keyed), by_incident(Listing.WINDOW, older)),
    }
    for minute in (20, 25):
        for purpose in sorted(lists, key=lambda name: name != first):
            poll(store, minute, lists[purpose][minute == 25], purpose)
    assert [(absence.key, absence.kind) for absence in absences(store)] == [("k", AbsenceKind.WITHDRAWN)]


def test_incidents_come_back_as_they_were_written(store: Store) -> None:
    poll(store, 50, window(said("1", "Messages are late.", 17), said("2", "All is well again.", 45)))
    phases = enumerate((Phase.OUTAGE_START, Phase.RESOLVED), 1)
    store.write_verdicts((n, 1, Verdict(phase=phase, confidence=0.9, because="words")) for n, phase in phases)
    incidents = assemble(store.history("ripple"), as_of=store.as_of("ripple"))
    with store.transaction():
        assert reassemble(store, "ripple", (1, 2)) == (incidents[0].id,)
        assert reassemble(store, "ripple", (1, 2)) == ()
    assert store.incidents() == incidents
    [incident] = incidents
    assert (incident.duration_s, incident.state) == (1680, State.RESOLVED)
    assert [store.incident(alias) for alias in incident.aliases] == [incident, incident]


def test_forgotten_words_are_gone_and_do_not_come_back(store: Store) -> None:
    reading = window(said("1", "A name that must go.", 17, original=b"A name that must go."))
    poll(store, 20, reading)
    with store.transaction():
        assert store.forget(SOURCE.id, "1", EVENING) == 1
    assert poll(store, 25, reading) == (0, 0, 0)
    store.wipe()
    assert b"must go" not in store.path.read_bytes()


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_no_byte_of_a_forgotten_word_stays_in_the_file(store: Store) -> None:
    store.db.execute("PRAGMA secure_delete = OFF")  # as most builds of SQLite have it
    rare = said("rare", "Zyxomma went off.", 300, title="Zyxomma")
    for minute in range(0, 300, 3):
        more = (said(f"{minute}.{n}", f"Word{minute} is late, {n} of them. " * 9, minute) for n in range(5))
        poll(store, minute, Reading(announcements=(*more, *([rare] if minute == 30 else [])), listing=Listing.PART))
    assert b"zyxomma" in _bytes(store.path).lower()
    forget(store, SOURCE.id, "rare", now=EVENING)
    assert b"zyxomma" not in _bytes(store.path).lower()
    assert (_found(store, "zyxomma"), len(_found(store, "late"))) == ([], 500)


def test_whoever_reads_on_keeps_the_forgotten_bytes_and_that_is_said(store: Store) -> None:
    poll(store, 20, window(said("1", "Zyxomma went off.", 17)))
    store.db.execute("PRAGMA busy_timeout = 0")
    with Store.open(store.path, write=False) as reader:
        reader.vendor_names()
        with pytest.raises(StoreError, match="forget it again"):
            forget(store, SOURCE.id, "1", now=EVENING)
    forget(store, SOURCE.id, "1", now=EVENING)
    assert b"zyxomma" not in _bytes(store.path).lower()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello, I am a letter", "no SQLite database"),
        (b"SQLite format 3\0" + b"x" * 200, "no database of the tracker"),
    ],
)
def test_a_strangers_file_is_refused_and_stays_untouched(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "letter.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=why):
        Store.open(file)
    assert file.read_bytes() == content


def test_a_damaged_file_is_said_in_one_line_wherever_it_is_found_out(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    with Store.open(file) as whole:
        whole.register([Vendor(slug=f"vendor{number}", name="x" * 999) for number in range(99)], EVENING)
    body = file.read_bytes()
    file.write_bytes(body[:8192] + b"\xff" * (len(body) - 8192))
    for write in (False, True):
        refused = pytest.raises(StoreError, match=r"t\.db: the file is damaged; .* `tracker backup` .* t\.db-wal")
        with refused, Store.open(file, write=write) as damaged:
            damaged.vendor_names()


def test_a_mistake_of_ours_is_no_trouble_of_the_file(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such column"), store:
        store.db.execute("SELECT nonsense FROM vendors")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    theirs = sqlite3.connect(file)
    theirs.execute("CREATE TABLE mine (x)")
    theirs.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(file)
    assert file.read_bytes() == before


@pytest.fixture
def sealed(store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record in a folder where nothing may be made, and that nobody has open."""
    poll(store, 20, window(said("1", "Messages are late.", 17)))
    store.db.close()
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write everywhere
    return store.path


def test_a_record_that_may_only_be_read_is_read(sealed: Path) -> None:
    sealed.chmod(0o444)
    sealed.parent.chmod(0o555)
    try:
        with Store.open(sealed, write=False) as store:
            assert len(store.history("ripple")) == 1
        assert [file.name for file in sealed.parent.iterdir()] == [sealed.name]
    finally:
        sealed.parent.chmod(0o755)


def test_what_is_written_while_it_is_read_without_a_lock_is_no_answer(sealed: Path) -> None:
    with pytest.raises(StoreError, match="ask again"), Store.open(sealed, write=False) as store:
        with Store.open(sealed) as writer:
            poll(writer, 25, window(said("2", "Messages are on time.", 24)))
        store.history("ripple")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_words_in_a_wal_that_cannot_be_read_are_named(store: Store, tmp_path: Path) -> None:
    poll(store, 20, window(said("1", "Messages are late.", 17)))
    folder = tmp_path / "copied"
    folder.mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{store.path}{end}", folder / f"t.db{end}")
    folder.chmod(0o555)
    try:
        with pytest.raises(StoreError, match=r"the newest words lie in .*t\.db-wal"):
            Store.open(folder / "t.db", write=False)
    finally:
        folder.chmod(0o755)


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "newer.db"
    with Store.open(file) as store:
        store.db.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match="newer tracker"):
        Store.open(file)


def test_an_update_that_the_vendor_moves_in_time_is_the_same_one(store: Store) -> None:
    at_17 = said("abc/investigating/17/1", "Messages are late.", 17, incident_key="abc", status="investigating")
    at_07 = said("abc/investigating/07/1", "Messages are late.", 7, incident_key="abc", status="investigating")
    at_09 = said("abc/investigating/09/1", "Calls drop too.", 9, incident_key="abc", status="investigating")
    assert poll(store, 20, window(at_17)) == (1, 0, 0)
    assert poll(store, 25, window(at_07)) == (0, 0, 0)
    assert poll(store, 30, window(replace(at_07, text="Messages were late."), at_09)) == (1, 1, 0)
    assert poll(store, 35, window(at_09, replace(at_09, id="abc/investigating/09/2"))) == (1, 0, 0), "said twice"


def test_an_update_that_was_reworded_and_is_moved_in_time_later_is_the_same_one(store: Store) -> None:
    told = said("abc/investigating/17/1", "Messages are late.", 17, incident_key="abc", status="investigating")
    reworded = replace(told, text="Messages were late.")
    assert [poll(store, minute, window(one)) for minute, one in ((20, told), (25, reworded))] == [(1, 0, 0), (0, 1, 0)]
    assert poll(store, 30, window(replace(reworded, id="abc/investigating/07/1"))) == (0, 0, 0)


@pytest.mark.parametrize("count", [2, 50])
def test_an_incident_is_looked_through_once_for_all_its_new_updates(store: Store, count: int) -> None:
    """A stranger's thousands would else be looked through once for each of them."""
    keyed = [said(f"{n}", f"Step {n}.", n, incident_key="k") for n in range(2 * count)]
    poll(store, 200, window(*keyed[:count]))
    asked: list[str] = []
    store.db.set_trace_callback(asked.append)
    assert poll(store, 205, window(*keyed[count:])) == (count, 0, 0)
    assert sum("a.incident_key = w.value" in sql for sql in asked) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_update_that_stands_under_its_old_and_its_new_id_is_two(store: Store, order: tuple[int, int]) -> None:
    old, new = said("i/12:00", "Late.", 0, incident_key="i"), said("i/12:10", "Late.", 10, incident_key="i")
    poll(store, 20, window(old))
    assert poll(store, 25, window(new)) == (0, 0, 0), "moved by ten minutes"
    assert poll(store, 30, window(old, new)) == (0, 0, 0), "the same words twice are told once"
    both = (replace(old, text="Late, we look."), replace(new, text="Late, we know why."))
    assert poll(store, 35, window(*(both[place] for place in order))) == (1, 1, 0)
    assert poll(store, 40, window(*both)) == (0, 0, 0)
    assert [told.announcement.id for told in store.history("ripple")] == ["i/12:00", "i/12:10"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_ids_of_one_update_that_change_alike_stay_one(store: Store, order: tuple[int, int]) -> None:
    both = (said("i/12:00", "Late.", 0, incident_key="i"), said("i/12:10", "Late.", 10, incident_key="i"))
    poll(store, 20, window(both[0]))
    poll(store, 25, window(both[1]))
    changed = [replace(both[place], text="Late, fixed.") for place in order]
    assert poll(store, 30, window(*changed)) == (0, 1, 0)
    store.forget(SOURCE.id, "i/12:00", EVENING)
    assert poll(store, 35, window(*both)) == (0, 0, 0), "what was forgotten does not come back under another id"


def test_two_updates_under_later_ids_of_one_are_told_once_each(store: Store) -> None:
    at_00, at_10, at_20 = (said(f"i/12:{n}0", "Late.", 10 * n, incident_key="i") for n in range(3))
    for minute, moved in ((20, at_00), (25, at_10), (30, at_20)):
        poll(store, minute, window(moved))
    both = window(replace(at_10, text="Late, we look."), replace(at_20, text="Late, we know why."))
    assert poll(store, 35, both) == (1, 1, 0)
    assert poll(store, 40, both) == (0, 0, 0)


def test_an_announcements_own_id_is_no_others_alias(store: Store) -> None:
    poll(store, 20, window(said("1", "Late.", 0)))
    poll(store, 25, window(said("2", "Calls drop.", 5, aliases=("1",)), said("1", "Late.", 0)))
    assert [told.announcement.id for told in store.history("ripple")] == ["1", "2"]
    assert store.resolve_announcement(f"{SOURCE.id}#1") == (SOURCE.id, "1")


def test_a_window_that_moves_is_a_revision_of_planned_work(store: Store) -> None:
    early = Window(start=EVENING, end=EVENING + timedelta(hours=1))
    late = Window(start=EVENING + timedelta(days=1), end=EVENING + timedelta(days=1, hours=1))
    planned = said("m", "We move the databases.", 1, planned=True, window=early)
    poll(store, 5, window(planned))
    assert poll(store, 10, window(replace(planned, window=late))) == (0, 1, 0)
    [told] = store.history("ripple")
    assert told.announcement.window == early
    assert [revision.announcement.window for revision in told.revisions] == [late]
    with store.transaction():
        store.write_verdicts([(told.order, 1, PLANNED), (told.order, 2, PLANNED)])
        reassemble(store, "ripple", (told.order,))
    [work] = store.incidents(kinds=(Kind.MAINTENANCE,))
    assert (work.impact_started_at, work.impact_ended_at) == (late.start, late.end), "as it is planned now"


def test_what_was_said_can_be_searched_and_what_was_rolled_back_cannot(store: Store) -> None:
    poll(store, 20, window(said("1", "Messages are late.", 17)))
    with pytest.raises(RuntimeError), store.transaction():
        store.ingest(SOURCE, "url", window(said("2", "Calls drop.", 18)), EVENING + timedelta(minutes=21))
        raise RuntimeError
    poll(store, 22, window(said("1", "Messages are late.", 17), said("3", "Vidéos drop.", 19)))
    found = "SELECT rowid FROM announcements_fts WHERE announcements_fts MATCH ?"
    assert [store.db.execute(found, (word,)).fetchall() != [] for word in ("messages", "calls", "videos")] == [
        True, False, True,
    ]  # fmt: skip


def _found(store: Store, word: str) -> list[int]:
    """The numbers of the announcements that the search finds; its index agrees with the words as they stand."""
    store.db.execute("INSERT INTO announcements_fts (announcements_fts, rank) VALUES ('integrity-check', 1)")
    found = store.db.execute("SELECT rowid FROM announcements_fts WHERE announcements_fts MATCH ? ORDER BY 1", (word,))
    return [row[0] for row in found]


def test_the_words_of_every_version_are_found(store: Store) -> None:
    first, other = said("1", "Messages are late.", 17, title="Delays"), said("2", "Calls drop.", 18)
    poll(store, 20, window(first, other))
    poll(store, 25, window(replace(first, text="A certificate ran out."), other))
    poll(store, 30, window(replace(first, text="A cable broke."), replace(other, text="Calls work.", title="Over")))
    words = ("late", "certificate", "cable", "delays", "over", "calls")
    assert [_found(store, word) for word in words] == [[1], [1], [1], [1], [2], [2]]
    with store.transaction():
        store.forget(SOURCE.id, "1", EVENING)
    assert [_found(store, word) for word in words] == [[], [], [], [], [2], [2]]


def test_what_is_forgotten_as_soon_as_it_is_told_hides_nothing(store: Store) -> None:
    five = tuple(said(str(n), f"Word{n} is late.", n) for n in range(1, 6))
    reworded = replace(five[3], text="Word4 is late, or word6.")
    with store.transaction():
        poll(store, 0, window(*five))
        poll(store, 5, window(*five[:3], reworded, five[4]))
        store.forget(SOURCE.id, "4", EVENING)
    assert [_found(store, f"word{n}") for n in range(1, 7)] == [[1], [2], [3], [], [5], []]
    with store.transaction():
        store.reword(5, 1, replace(five[4], text="Word7 is late."))
        store.forget(SOURCE.id, "5", EVENING)
        store.forget(SOURCE.id, "3", EVENING)
    assert [_found(store, f"word{n}") for n in range(1, 8)] == [[1], [2], [], [], [], [], []]


# -- after years ------------------------------------------------------------------------------------------------------

_SAID = r"(a|announcements|i|incidents|u|incident_updates|d|verdicts|r|revisions|b|absences)"
_WHOLE = re.compile(
    rf"SCAN ({_SAID}|c|corrections)\b(?!.*incidents_due)|SEARCH {_SAID} USING .*\((source|vendor)=\?\)$"
)
_FIRST_ROW = re.compile(r"LIMIT 1\b|MAX\(at\)")


def read_through(store: Store, action: Callable[[], object]) -> list[tuple[str, str]]:
    """What an action asks that is answered by reading all that was ever said, by all or by one vendor."""
    asked: list[str] = []
    store.db.set_trace_callback(asked.append)
    action()
    store.db.set_trace_callback(None)
    questions = [sql for sql in asked if sql.split()[0] in ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")]
    assert questions
    plans = [(sql, row["detail"]) for sql in questions for row in store.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    return [(sql, step) for sql, step in plans if _WHOLE.match(step) and not _FIRST_ROW.search(sql)]


@pytest.mark.parametrize("until", [None, EVENING + timedelta(hours=1)])
@pytest.mark.parametrize("vendors", [(), (SOURCE.vendor,)])
def test_what_was_going_on_since_is_found_without_reading_the_whole_record(
    store: Store, vendors: tuple[str, ...], until: datetime | None
) -> None:
    def ask() -> None:
        store.incidents(vendors=vendors, since=EVENING, until=until)

    assert read_through(store, ask) == []


def test_what_was_silent_in_a_span_and_spoke_on_after_it_was_going_on(store: Store) -> None:
    poll(store, 90, window(said("1", "Messages are late.", 17), said("2", "All is well again.", 80)))
    phases = enumerate((Phase.OUTAGE_START, Phase.RESOLVED), 1)
    store.write_verdicts((n, 1, Verdict(phase=phase, confidence=0.9, because="words")) for n, phase in phases)
    reassemble(store, SOURCE.vendor, (1, 2))

    def found(since: int, until: int) -> int:
        first, last = (EVENING + timedelta(minutes=minute) for minute in (since, until))
        assert store.incidents(since=first, until=last) == store.incidents(
            since=first, until=last, vendors=(SOURCE.vendor,)
        )
        return len(store.incidents(since=first, until=last))

    assert [found(*span) for span in ((0, 17), (0, 18), (30, 40), (80, 90), (81, 90))] == [0, 1, 1, 1, 0]


def test_a_poll_reads_only_what_it_concerns(store: Store) -> None:
    first, last = (said(n, f"Trouble {n}.", 17, incident_key=n, status="investigating") for n in "12")
    poll(store, 20, by_incident(Listing.ACTIVE, first))

    def poll_again() -> None:
        store.memory("2022-04")
        store.trouble(EVENING)
        poll(store, 25, by_incident(Listing.ACTIVE, last))
        store.write_verdicts([(2, 1, Verdict(phase=Phase.OUTAGE_START, confidence=1, because="declared"))])
        reassemble(store, SOURCE.vendor, (2,))
        store.due_vendors(EVENING)
        store.advance(SOURCE.id)
        store.fold_polls(EVENING)

    assert read_through(store, poll_again) == []


def test_the_trouble_of_some_vendors_is_found_without_that_of_others(store: Store) -> None:
    began, ended = (said(n, "Messages.", minute, incident_key="k") for n, minute in (("1", 17), ("2", 30)))
    poll(store, 20, window(began))
    store.write_verdicts([(1, 1, Verdict(phase=Phase.OUTAGE_START, confidence=1, because="words"))])
    reassemble(store, SOURCE.vendor, (1,))
    assert store.trouble(EVENING) == store.trouble(EVENING, [SOURCE.vendor]) == (frozenset([SOURCE.vendor]), {})
    assert store.trouble(EVENING, ["brook"]) == (frozenset(), {})
    assert read_through(store, lambda: store.trouble(EVENING, [SOURCE.vendor])) == []
    poll(store, 35, window(began, ended))
    store.write_verdicts([(2, 1, Verdict(phase=Phase.RESOLVED, confidence=1, because="words"))])
    reassemble(store, SOURCE.vendor, (2,))
    over = EVENING + timedelta(minutes=30)
    assert store.trouble(over) == (frozenset(), {SOURCE.vendor: [over]}), "it is looked at more often for a while"
    assert store.trouble(over + timedelta(minutes=1)) == (frozenset(), {})


def test_announcements_are_found_by_their_names(store: Store) -> None:
    poll(store, 90, window(*(said(n, f"Trouble {n}.", 17) for n in "123")))
    names = [(SOURCE.id, n) for n in ("3", "1", "nosuch")]
    assert [told.announcement.id for told in store.told_as(*names)] == ["1", "3"]
    assert read_through(store, lambda: store.told_as(*names)) == []
    poll(store, 95, window(said("4", "Trouble 4.", 17, aliases=("before-4",))))
    assert store.resolve_announcement(f"{SOURCE.id}#before-4") == (SOURCE.id, "4")


@pytest.mark.parametrize("size", [1, 1 << 12, 1 << 16])
def test_originals_are_read_as_they_came(store: Store, size: int) -> None:
    original = bytes(number * 7 % 251 for number in range(size))
    poll(store, 20, window(said("1", "Messages are late.", 17, original=original)))
    assert [body for *_, body, _ in store.originals(SOURCE.vendor)] == [original]


@pytest.mark.parametrize(
    "body", [zlib.compress(bytes(4 * rows.LARGEST + 1), 1), b"no original", b""], ids=["bomb", "junk", "nothing"]
)
def test_an_original_that_a_stranger_packed_fills_no_memory(store: Store, body: bytes) -> None:
    poll(store, 20, window(said("1", "Messages are late.", 17, original=b"<p>Messages are late.</p>")))
    store.db.execute("UPDATE originals SET body = ?", (body,))
    for read in (store.originals(SOURCE.vendor), store.export()):
        with pytest.raises(ReadError, match="cannot be unpacked"):
            list(read)


def test_a_calendar_holds_the_hours_of_planned_work_and_nothing_that_was_called_off(store: Store) -> None:
    poll(store, 50, window(said("1", "We move the mail servers.", 17)))
    told, begun, over = "2022-04-28T21:17:00Z", "2022-04-30T02:00:00Z", "2022-04-30T04:00:00Z"
    hours = (("known", "completed", begun), ("unknown", "completed", None), ("off", "cancelled", begun))
    for name, state, start in hours:
        work = {"id": name, "vendor": "ripple", "kind": "maintenance", "name": name, "state": state}
        clocks = {"announced_at": told, "impact_started_at": start, "impact_ended_at": over}
        store.insert("incidents", work | clocks)
    found = store.db.execute("SELECT event_uid, event_dtstart, event_dtend FROM maintenance_calendar ORDER BY 1")
    assert [tuple(row) for row in found] == [("known", begun, over), ("unknown", told, None)]
