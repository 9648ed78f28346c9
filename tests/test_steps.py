"""Entries of a feed that tell an incident in dated steps, poll by poll: each is told once, whatever the entry does.

Which entries are cut, and which are not, is shown by tests/platforms/feed/steps.rss and steps-abroad.atom.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from web import Web

from tracker import collect
from tracker.errors import ReadError
from tracker.models import Document, Source, Window
from tracker.platforms import feed
from tracker.store import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE = Source(id="ripple/feed", vendor="ripple", platform="feed", url="https://ripple.example/status.rss")
OLDER = (
    "<item><guid>older</guid><title>Search is slow</title><description>This is resolved, search is fast again."
    "</description><pubDate>Sun, 01 Mar 2026 09:00:00 GMT</pubDate></item>"
)

Said = tuple[int, str, str]  # minutes after noon, state, words
ONE = (0, "Investigating", "Uploads fail.")
TWO = (20, "Identified", "The cause is known, a disk.")
THREE = (40, "Monitoring", "We make room.")
FOUR = (60, "Resolved", "Uploads work again.")
ALL = (ONE, TWO, THREE, FOUR)


def entry(*told: Said, state: str = "", words: str = "", oldest_first: bool = False) -> str:
    """An item with these steps, the newest first, below words of its own; none without any."""
    steps = [f"<p><b>{said[1]}</b> - {at(said):%d %b %Y %H:%M} UTC<br>{said[2]}</p>" for said in told]
    html = words + "".join(steps if oldest_first else steps[::-1])
    title = f"[{state}] Uploads fail" if state else "Uploads fail"
    dated = f"<pubDate>{NOON:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    return f"<item><guid>e1</guid><title>{title}</title><description>{escape(html)}</description>{dated}</item>"


def at(said: Said) -> datetime:
    return NOON + timedelta(minutes=said[0])


def listed(*items: str) -> bytes:
    told = "".join((*items, OLDER))
    return f"<rss version='2.0'><channel><title>Ripple</title>{told}</channel></rss>".encode()


def whole(item: str) -> bytes:
    """An entry as a record has it, by a tracker that cut none: an original is read whole."""
    return f"<rss version='2.0'><channel>{item}</channel></rss>".encode()


def poll(store: Store, body: bytes, now: datetime) -> None:
    Web(other=body).run(store, SOURCE, now, force=True)


def polled(store: Store, *bodies: bytes, since: int = 61) -> list[str]:
    """The steps of the incident of uploads after these polls, the first so many minutes after noon, each 20 after the
    one before; by a rebuild the same."""
    for number, body in enumerate(bodies):
        poll(store, body, NOON + timedelta(minutes=since + 20 * number))
    found = told(store)
    assert [*collect.rebuild(store, diff=True)] == []
    assert told(store) == found
    return found


def told(store: Store) -> list[str]:
    [incident] = [each for each in store.incidents() if each.name == "Uploads fail"]
    return [f"{step.at:%H:%M} {step.phase} {step.text.splitlines()[-1]}" for step in incident.steps]


FOURS = [
    "12:00 outage-start Uploads fail.",
    "12:20 update The cause is known, a disk.",
    "12:40 update We make room.",
    "13:00 resolved Uploads work again.",
]


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("stated", [False, True])
def test_an_entry_that_grows_tells_each_step_once(store: Store, oldest_first: bool, stated: bool) -> None:
    """In either order, also where its title says in what state it is."""
    grown = [ALL[:count] for count in range(1, 5)]
    items = [entry(*said, state=said[-1][1] if stated else "", oldest_first=oldest_first) for said in grown]
    assert polled(store, listed(), *map(listed, items), since=-19) == FOURS
    assert [len(each.revisions) for each in store.history("ripple")] == [0] * 5


def test_an_entry_that_has_all_its_steps_at_once_tells_the_same(store: Store) -> None:
    assert polled(store, listed(), listed(entry(*ALL))) == FOURS


@pytest.mark.parametrize(
    ("name", "later", "revisions"),
    [
        ("a step is reworded", entry(ONE, TWO, (40, "Monitoring", "We make more room."), FOUR), 1),
        ("its time is corrected", entry(ONE, TWO, (41, "Monitoring", "We make room."), FOUR), 0),
        ("the time of the first is corrected", entry((2, *ONE[1:]), TWO, THREE, FOUR), 0),
        ("the oldest are dropped", entry(THREE, FOUR), 0),
        ("their order is turned", entry(*ALL, oldest_first=True), 0),
        ("its title says how it ended", entry(*ALL, state="Resolved"), 0),
    ],
)
def test_what_becomes_of_an_entry_tells_no_step_again(store: Store, name: str, later: str, revisions: int) -> None:
    assert polled(store, listed(), listed(entry(*ALL)), listed(later), listed(later), listed(later)) == FOURS
    assert sum(len(each.revisions) for each in store.history("ripple")) == revisions
    [incident] = [each for each in store.incidents() if each.name == "Uploads fail"]
    assert incident.state == "resolved" and not any(step.withdrawn for step in incident.steps)


def test_an_entry_that_grows_by_times_of_day_tells_each_step_once(store: Store) -> None:
    """As Slack's feed does: while it has one line it is that, and told whole."""
    lines = ["<p>12:00pm GMT Uploads fail.</p>", "<p>11:50pm GMT A disk is new.</p>", "<p>12:20am GMT They work.</p>"]
    for number in range(1, 4):
        poll(store, listed(entry(words="".join(lines[:number]))), NOON + timedelta(hours=13, minutes=number))
    [incident] = [each for each in store.incidents() if each.name == "Uploads fail"]
    assert [f"{step.at:%d %H:%M}" for step in incident.steps] == ["02 12:00", "02 23:50", "03 00:20"]


LATER = [
    "12:00 outage-start Uploads fail, we are looking into it.",
    "12:20 update A disk is full.",
    "13:00 resolved There is room, uploads work again.",
]


@pytest.mark.parametrize("place", ["below", "above", "below, the newest first"])
@pytest.mark.parametrize(
    "label",
    ["UPDATE {:%d/%m/%Y %H:%M} UTC: ", "UPDATE {:%m/%d/%Y %H:%M} UTC: ", "EDIT {:%H:%M} UTC: ", "[Upd {:%H:%M} UTC] "],
)
def test_updates_that_are_written_below_the_first_words_or_above_them_are_told_step_by_step(
    store: Store, label: str, place: str
) -> None:
    """As hosters write them into one entry: the day may stand first or the month, or be that of the entry."""
    said = ["Uploads fail, we are looking into it."]
    for minutes, words in ((20, "A disk is full."), (60, "There is room, uploads work again.")):
        said.append(label.format(NOON + timedelta(minutes=minutes)) + words)
    grown = [[f"<p>{line}</p>" for line in said[:count]] for count in (1, 2, 3)]
    if place != "below":
        grown = [lines[::-1] for lines in grown]
    if place == "below, the newest first":
        grown = [[lines[-1], *lines[:-1]] for lines in grown]
    assert polled(store, listed(), *(listed(entry(words="".join(lines))) for lines in grown), since=0) == LATER


def test_what_a_forum_puts_below_an_entry_is_no_part_of_its_steps() -> None:
    topic = "https://forum.example/t/4410"
    footer = f'<p><small>3 posts - 2 participants</small></p><p><a href="{topic}">Read full topic</a></p>'
    words = f"<p>Uploads fail.</p><p><b>Update 12:20 UTC:</b> They work again.</p>{footer}"
    item = f"<item><guid>e1</guid><link>{topic}</link><title>Uploads</title><description>{escape(words)}</description>"
    body = listed(f"{item}<pubDate>{NOON:%d %b %Y %H:%M} GMT</pubDate></item>")
    read = feed.read(replace(document(body), polled_at=NOON + timedelta(hours=2)))
    assert [each.text for each in read.announcements if each.id != "older"] == ["Uploads fail.", "They work again."]


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("<p>Uploads fail.</p><p>Update 12:20: no zone tells which hour that is.</p>", 2),
        ("<p>Uploads fail.</p><p>Update 21:00 UTC: that would still be to come.</p>", 2),
        ("<p>Uploads fail.</p><p>Edit 9:20 UTC: a disk.</p><p>Edit 11:58 UTC: the entry is dated by this.</p>", 50),
        ("<p>Update 12:20 UTC: a disk is full.</p>", 2),
        ("<p>Uploads fail.</p><p>Update 12:20 UTC: a disk.</p><p>Update: 12:50 UTC</p>", 2),
    ],
)
def test_an_update_of_an_hour_that_nobody_knows_or_without_first_words_is_no_step(words: str, hours: int) -> None:
    read = feed.read(replace(document(listed(entry(words=words))), polled_at=NOON + timedelta(hours=hours)))
    assert [each.id for each in read.announcements] == ["older", "e1"]


def test_first_words_are_no_younger_than_what_stands_below_them_where_an_entry_is_dated_by_its_last_edit(
    store: Store,
) -> None:
    words = "<p>Uploads fail, we are looking into it.</p><p>UPDATE 02/03/2026 11:58 UTC: They work again.</p>"
    assert polled(store, listed(entry(words=words))) == [
        "11:58 outage-start Uploads fail, we are looking into it.",
        "11:58 resolved They work again.",
    ]


def test_a_time_of_another_age_beside_two_of_an_entry_leaves_it_whole() -> None:
    words = "<p>1969-05-01 10:00 UTC - a</p><p>2026-03-02 12:08 UTC - b</p><p>2026-03-02 12:20 UTC - c</p>"
    read = feed.read(replace(document(listed(entry(words=words))), polled_at=NOON + timedelta(hours=2)))
    assert [each.id for each in read.announcements] == ["older", "e1"]


@pytest.mark.parametrize(
    ("published", "hours", "told"),
    [
        ("01 Nov 2026 08:50", ("1:50am PT", "1:20am PT"), ("08:50", "09:20")),
        ("08 Mar 2026 09:50", ("1:50am PT", "3:10am PT"), ("09:50", "10:10")),
        ("25 Oct 2026 00:30", ("2:30 MESZ", "2:30 MEZ"), ("00:30", "01:30")),
    ],
)
def test_times_of_day_on_a_night_on_which_the_clock_is_changed(
    published: str, hours: tuple[str, str], told: tuple[str, str]
) -> None:
    words = "".join(f"<p>{hour} - A word.</p>" for hour in hours)
    item = f"<item><guid>e1</guid><title>a</title><description>{escape(words)}</description>"
    body = listed(f"{item}<pubDate>{published} GMT</pubDate></item>")
    read = feed.read(replace(document(body), polled_at=datetime(2027, 1, 1, tzinfo=UTC)))
    assert tuple(f"{each.published_at:%H:%M}" for each in read.announcements if "A word" in each.text) == told


@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31"])
def test_a_time_of_day_beside_one_of_another_age_is_none_of_a_step(year: str) -> None:
    said = entry(words="<p>00:00 UTC a</p><p>23:59 UTC b</p>").replace(f"{NOON:%a, %d %b %Y}", year)
    assert [each.id for each in feed.read(document(listed(said))).announcements if each.id != "older"] == ["e1"]


@pytest.mark.parametrize(
    "span",
    [
        *("{} UTC - {} UTC", "{} UTC to {} UTC", "{} pm to {} pm UTC", "{} PM - {} PM UTC", "{} Uhr bis {} Uhr"),
        *("{} à {} UTC", "{} a {} UTC", "{} tot {} UTC", "{} through {} UTC", "{} ~ {} UTC"),
    ],
)
def test_a_span_of_hours_is_no_time_of_a_step_also_with_a_zone_behind_each(span: str) -> None:
    words = "".join(
        f"<p>{span.format(*hours)} the lift stands still.</p>" for hours in (("12:00", "1:30"), ("2:00", "3:00"))
    )
    assert [each.id for each in feed.read(document(listed(entry(words=words)))).announcements] == ["older", "e1"]


def test_who_is_affected_is_a_word_of_the_last_step_and_which_parts_is_none(store: Store) -> None:
    for below, told in (("Affected: all who sent mail, and lost it.", True), ("Affected: Mail, Calendar", False)):
        whole = entry(*ALL[:2], oldest_first=True).replace(
            "</description>", escape(f"<p>{below}</p>") + "</description>"
        )
        assert (below in feed.read(document(listed(whole))).announcements[-1].text) is told


@pytest.mark.parametrize("end", ["", "<p>End: 2026-03-02 12:20 UTC</p>"])
def test_the_hours_of_an_outage_stay_with_its_last_step_at_a_rebuild(end: str) -> None:
    steps = "<p>2026-03-02 12:00 UTC - Uploads fail.</p><p>2026-03-02 12:30 UTC - They work.</p>"
    told = entry(state="Resolved", words=f"<p>Start: 2026-03-02 11:40 UTC</p>{end}{steps}")
    *_, last = feed.read(document(listed(told))).announcements
    assert last.window is not None and last.window.start == NOON - timedelta(minutes=20)
    [kept] = feed.read(document(last.original)).announcements
    assert kept.window == last.window


def test_first_words_without_a_time_stay_the_first_step(store: Store) -> None:
    words = "<p>Uploads fail.</p>"
    items = (entry(*ALL[1:count], words=words, oldest_first=True) for count in range(1, 5))
    assert polled(store, listed(), *map(listed, items), since=-19) == FOURS


def test_an_entry_that_is_taken_away_is_withdrawn_with_all_its_steps(store: Store) -> None:
    polled(store, listed(), listed(entry(*ALL)), listed(), listed())
    [incident] = [each for each in store.incidents() if each.name == "Uploads fail"]
    assert incident.state == "withdrawn" and all(step.withdrawn for step in incident.steps)


def test_a_state_may_stand_above_its_time() -> None:
    html = "<h4>Resolved:</h4><p>2026-03-02 12:20 UTC</p><p>b</p><h4>Update:</h4><p>2026-03-02 12:00 UTC</p><p>a</p>"
    read = feed.read(document(listed(entry(words=html))))
    assert [(each.status, each.text) for each in read.announcements][1:] == [("Update", "a"), ("Resolved", "b")]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("Issue", [("Issue", "Uploads fail."), ("Resolved", "They work.")]),
        ("Went down", [("Went down", "Uploads fail."), ("Resolved", "They work.")]),
        ("Down", [("Down", "Uploads fail."), ("Resolved", "They work.")]),
        ("Mitigating", [("Mitigating", "Uploads fail."), ("Resolved", "They work.")]),
        ("Recovered:", [("Recovered", "Uploads fail."), ("Resolved", "They work.")]),
        ("Mardi", None),
        ("Monday", None),
        ("Started", None),
    ],
)
def test_a_word_that_is_no_state_of_ours_is_one_beside_those_that_are(
    word: str, told: list[tuple[str, str]] | None
) -> None:
    html = (
        "<p><b>Resolved</b> 2 March 2026 12:20 UTC</p><p>They work.</p>"
        f"<p><b>{word}</b> 2 March 2026 12:00 UTC</p><p>Uploads fail.</p>"
    )
    read = feed.read(document(listed(entry(words=html)))).announcements[1:]
    assert [(each.status, each.text) for each in read] == (told or [(None, read[0].text)])


@pytest.mark.parametrize(
    ("html", "told"),
    [
        (
            "<p><small>Jan <var>1</var>, 00:20 UTC</small><br><b>Resolved</b> - They work.</p>"
            "<p><small>Dec <var>31</var>, 23:50 UTC</small><br><b>Investigating</b> - Uploads fail.</p>",
            ["2026-12-31 23:50 Investigating Uploads fail.", "2027-01-01 00:20 Resolved They work."],
        ),
        (
            "<p>31.12. um 23:50 Uhr: Uploads fail.</p><p>1.1. um 00:20 Uhr: They work.</p>",
            ["2026-12-31 23:50 None Uploads fail.", "2027-01-01 00:20 None They work."],
        ),
        (
            "<div><time>1 Jan, 00:20</time> <b>Resolved</b><p>They work.</p></div>"
            "<div><time>31 Dec, 23:50</time> <b>Issue</b><p>Uploads fail.</p></div>",
            None,
        ),
        (
            "<div><b>Resolved</b> Jan 1st, 12:20 AM</div><p>They work.</p>"
            "<div><b>Monday</b> Dec 31st, 11:50 PM</div><p>Uploads fail.</p>",
            None,
        ),
        ("<p>The release of May 5, 10:20 is fine.</p><p>That of May 6, 11:20 is not.</p>", None),
        ("<p>31 Dec 22:00 - 31 Dec 23:00: A is shut.</p><p>1 Jan 00:20 – 1 Jan 00:40: B is shut.</p>", None),
    ],
)
def test_a_day_without_its_year_is_the_one_next_to_the_entry(html: str, told: list[str] | None) -> None:
    said = entry(words=html).replace(f"{NOON:%a, %d %b %Y %H:%M}", "Fri, 01 Jan 2027 00:20")
    late = replace(document(listed(said)), polled_at=datetime(2027, 1, 1, 1, tzinfo=UTC))
    read = [each for each in feed.read(late).announcements if each.id != "older"]
    shown = [f"{each.published_at:%Y-%m-%d %H:%M} {each.status} {each.text}" for each in read]
    assert shown == told if told else len(read) == 1


def test_a_field_beside_a_state_is_no_step() -> None:
    html = "<p>Resolved: 2 March 2026 12:20 UTC</p><p>Lasted: 2 March 2026 12:00 UTC</p>"
    assert [each.id for each in feed.read(document(listed(entry(words=html)))).announcements] == ["older", "e1"]


@pytest.mark.parametrize(
    "field", ["Noticed: 2 March 2026 11:50 UTC", "Reported: 2 March 2026 11:50 UTC<br>by two of you"]
)
def test_a_field_below_steps_is_words_of_the_oldest(field: str) -> None:
    grown = entry(ONE, FOUR).replace("</desc", escape(f"<p>{field}</p>") + "</desc")
    read = feed.read(document(listed(grown))).announcements[1:]
    assert [each.status for each in read] == ["Investigating", "Resolved"]
    assert read[0].text.startswith(f"{ONE[2]}\n{field[:8]}")


@pytest.mark.parametrize("begun", ["Début", "Inicio", "Störungsbeginn", "Aanvang"])
def test_hours_in_any_language_are_no_steps(begun: str) -> None:
    html = f"<p>Resolved: 2026-03-02 12:20 UTC</p><p>{begun}: 2026-03-02 12:00 UTC</p><p>Uploads were slow.</p>"
    [_, said] = feed.read(document(listed(entry(words=html)))).announcements
    assert (said.id, said.window) == ("e1", Window(start=NOON, end=NOON + timedelta(minutes=20)))


def test_hours_of_works_are_no_steps() -> None:
    html = "<p>Scheduled: 2 March 2026 12:00 UTC</p><p>Window: 2 March 2026 13:00 UTC</p><p>We paint the doors.</p>"
    [_, planned] = feed.read(document(listed(entry(words=html)))).announcements
    assert (planned.id, planned.status, planned.planned) == ("e1", "Scheduled", True)


def web(state: str, *said: Said) -> bytes:
    """An entry that tells its state alone, above steps without one."""
    blocks = "".join(f"<div><p>{at(each):%d %b %Y %H:%M} UTC</p><h3>{each[2]}</h3></div>" for each in said[::-1])
    return listed(entry(words=f"<h3>Status: {state}</h3>{blocks}"))


def test_that_an_entry_is_over_is_the_state_of_its_last_step(store: Store) -> None:
    """It moves on to the step that follows, and an edit of an earlier one does not open the incident again."""
    grown = [web("ACTIVE", ONE), web("ACTIVE", ONE, TWO), web("RESOLVED", ONE, TWO, THREE)]
    after = web(
        "RESOLVED", (0, "", "Uploads of pictures fail."), (20, "", "The cause is known, an old disk."), THREE, FOUR
    )
    assert polled(store, listed(), *grown, since=-19) == [*FOURS[:2], "12:40 resolved We make room."]
    assert [len(each.revisions) for each in store.history("ripple")] == [0] * 4
    assert polled(store, after, since=121)[-1] == FOURS[-1]
    [incident] = [each for each in store.incidents() if each.name == "Uploads fail"]
    assert (incident.state, len(incident.steps)) == ("resolved", 4)
    assert [len(each.revisions) for each in store.history("ripple")] == [0, 1, 1, 0, 0]


# -- what a record has whole -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [2, 4])
def test_what_was_told_whole_is_not_told_again_by_its_steps(store: Store, known: int) -> None:
    """A tracker that cut no entries had it; what comes after that is told by steps, in the same incident."""
    before = [whole(entry(*ALL[:count])) for count in range(1, known + 1)]
    polled(store, *before, since=1)
    kept = [each.announcement.id for each in store.history("ripple")]
    after = polled(store, listed(entry(*ALL, state="Resolved")), since=121)
    assert after[-1] == (FOURS[-1] if known < 4 else "13:00 resolved Uploads fail.")
    ids = [each.announcement.id for each in store.history("ripple")]
    assert {*ids} == {*kept, *(f"e1~{at(said):%Y-%m-%dT%H:%M:%SZ}" for said in ALL[known:]), "older"}
    [incident] = [each for each in store.incidents() if each.name == "Uploads fail"]
    assert incident.state == "resolved"


def test_what_was_told_whole_and_is_forgotten_is_not_collected_by_its_steps(store: Store) -> None:
    polled(store, whole(entry(*ALL)))
    collect.forget(store, "ripple/feed", "e1", now=NOON + timedelta(hours=2))
    poll(store, listed(entry(*ALL, state="Resolved")), NOON + timedelta(hours=3))
    assert [each.announcement.id for each in store.history("ripple")] == ["e1", "older"]


# -- hostile ---------------------------------------------------------------------------------------------------------


def document(body: bytes) -> Document:
    return Document(source=SOURCE, body=body, polled_at=NOON + timedelta(days=1))


@pytest.mark.parametrize("channel", [b"<title>Ripple</title>", b""])
def test_a_step_is_read_alone_where_it_is_news(channel: bytes) -> None:
    """Also of a channel that tells nothing of itself, as that of an original."""
    before, after = (listed(entry(*ALL[:count])).replace(b"<title>Ripple</title>", channel) for count in (2, 3))
    first, grown = feed.read(document(before)), document(after)
    news, all_ = feed.read(replace(grown, held=first.entries)), feed.read(grown)
    assert news.announcements == tuple(said for said in all_.announcements if said.id != "older")
    assert (news.listed, news.entries) == (all_.listed, all_.entries)


def test_what_a_thousand_steps_share_is_not_kept_with_each() -> None:
    said = [(number % 60, "Update", f"Word {number}.") for number in range(900)]
    body = listed(entry(*sorted(said)).replace("Uploads fail", "x" * 300_000, 1))
    with pytest.raises(ReadError, match="too large to be kept with each"):
        feed.read(document(body))


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo", "America/Lima"])
@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31"])
def test_a_time_of_another_age_is_none_of_a_step(year: str, zone: str | None) -> None:
    said = "".join(
        f"<p>Update - {day} {hour}</p><p>{hour}</p>" for day in (year, "2026-03-02") for hour in ("00:00", "23:59")
    )
    for body in (listed(entry(words=said)), listed(entry(words=said).replace(f"{NOON:%a, %d %b %Y}", year))):
        read = feed.read(replace(document(body), source=replace(SOURCE, timezone=zone)))
        assert [each.id for each in read.announcements if each.id != "older"] == ["e1"]


@pytest.mark.parametrize(
    "html",
    [
        "<p>2026-03-02 12:00 UTC: a</p>" * 6_000,
        "<p>12:00 UTC a</p>" * 2_000,
        "<x>2026-03-02 12:00 UTC" * 4_000,
        "2026-03-02 12:00 UTC " + "(jan" * 50_000,
        "Resolved - " * 20_000 + "2026-03-02 12:00",
        "<p><a href=x>[" * 20_000 + "12:00 — Mar 2",
    ],
)  # fmt: skip
def test_no_list_of_steps_takes_long(html: str) -> None:
    body = listed(entry(ONE, words=html))
    began = time.process_time()
    feed.read(document(body))
    assert time.process_time() - began < 5
