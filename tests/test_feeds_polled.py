"""Feeds that change their entries in ways of their own, poll by poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from web import Web

from tracker import collect
from tracker.models import Document, Kind, Listing, Source, State
from tracker.platforms import feed
from tracker.show import words
from tracker.store import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE = Source(id="avocet/feed", vendor="avocet", platform="feed", url="https://status.avocet.example/rss")


def row(part: str, state: str, minute: int) -> str:
    """A component in a state since so many minutes after noon; one that works has an address, and the same always."""
    place = f"https://status.avocet.example#/components/{part}"
    address = f"<link>{place}</link><guid>{place}</guid>" if state == "Operational" else ""
    dated = f"<pubDate>{NOON + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
    return f"<item><title>{part} - {state}</title>{address}{dated}<description>{part} is {state}</description></item>"


def listed(*rows: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Avocet - Status</title>{''.join(rows)}</channel></rss>".encode()


def told(store: Store, *bodies: bytes) -> list[str]:
    """What is told after these polls, five minutes apart from noon on; by a rebuild the same."""

    def lines() -> list[str]:
        steps = [(incident, step) for incident in store.incidents(kinds=tuple(Kind)) for step in incident.steps]
        return [f"{incident.state} {step.at:%H:%M} {step.phase} {step.title}" for incident, step in steps]

    for number, body in enumerate(bodies):
        Web(other=body).run(store, SOURCE, NOON + timedelta(minutes=5 * number), force=True)
    found = lines()
    list(collect.rebuild(store))
    assert lines() == found
    return found


def event(minute: int, title: str, words: str) -> str:
    dated = f"<pubDate>{NOON + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    return f"<item><guid>{minute}</guid><title>{title}</title><description>{words}</description>{dated}</item>"


# -- entries are components, each with the state that it is in since then (StatusIQ) -----------------------------------


FINE = listed(row("Lending", "Operational", -300), row("Portal", "Operational", -200))
DOWN = listed(row("Portal", "Partial Outage", 4), row("Lending", "Operational", -300))
WORSE = listed(row("Portal", "Major Outage", 9), row("Lending", "Operational", -300))
BACK = listed(row("Lending", "Operational", -300), row("Portal", "Operational", 19))


def test_components_that_work_are_no_incidents(store: Store) -> None:
    assert told(store, FINE, FINE) == []


def test_an_outage_begins_grows_worse_and_ends_with_the_component(store: Store) -> None:
    assert told(store, FINE, DOWN, WORSE, WORSE, BACK, BACK, BACK) == [
        "resolved 12:04 outage-start Portal - Partial Outage",
        "resolved 12:09 update Portal - Major Outage",
        "resolved 12:19 resolved Portal - Operational",
    ]


def test_what_such_a_feed_no_longer_lists_was_not_taken_back(store: Store) -> None:
    gone = listed(row("Lending", "Operational", -300))
    assert told(store, DOWN, gone, gone, gone) == ["open 12:04 outage-start Portal - Partial Outage"]


def test_work_on_a_component_is_planned_work_under_way(store: Store) -> None:
    work = listed(row("Portal", "Under Maintenance", 4))
    assert told(store, FINE, work) == ["in-progress 12:04 maintenance Portal - Under Maintenance"]


def test_a_feed_of_states_is_no_list_of_what_was_said() -> None:
    whole = feed.read(Document(source=SOURCE, body=FINE, polled_at=NOON))
    same = feed.read(Document(source=SOURCE, body=FINE, polled_at=NOON, held=whole.entries))
    assert whole.listing is same.listing is Listing.PART and len(whole.entries) == 2 and same.announcements == ()


# -- an id is a digest of the words (Cachet 3) ------------------------------------------------------------------------


def incident(state: str, words: str, digest: str) -> str:
    """An item of Cachet: dated by its first word, known by its page and by what it says now."""
    page, dated = "https://status.avocet.example/incidents/9d1f", f"<pubDate>{NOON:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    told = f"<title>[{state}] Loans are late</title><description>{words}</description>"
    return f'<item>{told}<link>{page}</link><guid isPermaLink="false">{digest * 20}</guid>{dated}</item>'


def test_an_entry_whose_id_changes_with_its_words_is_the_same(store: Store) -> None:
    older = "<item><guid>1</guid><title>Our new reading room</title><description>It opens in May.</description></item>"
    seen, over = incident("Investigating", "They wait.", "0a"), incident("Fixed", "They go out again.", "1c")
    assert told(store, listed(older), listed(seen, older), listed(over, older), listed(over, older)) == [
        "resolved 12:00 outage-start [Investigating] Loans are late",
        "resolved 12:10 resolved [Fixed] Loans are late",
    ]
    assert not any(step.withdrawn for found in store.incidents() for step in found.steps)


# -- an entry is written over ------------------------------------------------------------------------------------------


def test_what_was_filed_as_planned_work_stays_that_whatever_its_entry_says_later(store: Store) -> None:
    first = event(4, "[Maintenance] The lifts", "On Sunday we oil them.")
    later = event(4, "Tolls are late", "We are investigating.")
    assert told(store, listed(first), listed(later)) == ["planned 12:04 maintenance [Maintenance] The lifts"]


# -- a list of what is open (Meta, Azure) ------------------------------------------------------------------------------


OLD = event(4, "Catalogue: high disruptions", "Nobody finds a book. We look for the cause.")
NEW = event(14, "Payments: low disruptions", "Fees of some readers cannot be paid. We are investigating.")


def test_what_leaves_a_feed_that_was_empty_has_ended_without_a_word(store: Store) -> None:
    assert told(store, listed(), listed(OLD), listed(OLD), listed(NEW, OLD), listed(OLD), listed()) == [
        "ended-unannounced 12:04 outage-start Catalogue: high disruptions",
        "ended-unannounced 12:14 outage-start Payments: low disruptions",
    ]
    assert [found.steps[0].withdrawn for found in store.incidents()] == [False, False]


def test_what_leaves_a_feed_of_all_that_was_said_was_taken_back_also_where_that_was_empty_for_a_while(
    store: Store,
) -> None:
    assert told(store, listed(OLD), listed(NEW, OLD), listed(), listed(NEW, OLD), listed(OLD), listed(OLD)) == [
        "open 12:04 outage-start Catalogue: high disruptions",
        "withdrawn 12:14 outage-start Payments: low disruptions",
    ]


WORKS = event(-900, "Painting of the reading room", "The reading room is closed until May.")


def test_a_feed_that_loses_more_from_its_midst_than_from_its_end_lists_what_is_open(store: Store) -> None:
    """As those of public transport do: works of last month stand below, and today's troubles come and go above them."""
    lift, scans = (
        event(2, "Lift of Branch 3 is out of order", "Use stairs."),
        event(4, "Scanners are down", "No scans."),
    )
    polls = [listed(NEW, scans, lift, WORKS)]
    for left in ((NEW, scans), (NEW,), ()):
        polls += [listed(*left, WORKS)] * 2
    lines = told(store, *polls, listed(event(50, "Our bus is out again", "See you at noon."), WORKS))
    assert lines[1:4] == [
        "ended-unannounced 12:02 outage-start Lift of Branch 3 is out of order",
        "ended-unannounced 12:04 outage-start Scanners are down",
        "ended-unannounced 12:14 outage-start Payments: low disruptions",
    ]


def test_a_feed_of_which_posts_are_taken_back_now_and_then_keeps_what_was_said(store: Store) -> None:
    posts = {at: event(at, f"Branch {at} is closed", "There is no light.") for at in range(1, 14)}
    polls = []
    for newest, taken in ((5, None), (6, 4), (7, None), (8, 6), (9, None), (10, 8), (11, None), (13, None)):
        posts.pop(taken, None)
        polls.append(listed(*(posts[at] for at in sorted(posts, reverse=True) if newest - 5 <= at <= newest)))
    lines = told(store, *polls)
    assert sum(step.withdrawn for found in store.incidents() for step in found.steps) == 3
    assert not [line for line in lines if "unannounced" in line]


# -- one entry an incident, with its last word alone (incident.io); a monitor's turns under one guid (Better Stack) ----


def work(state: str, minute: int) -> bytes:
    address = "https://status.avocet.example//incidents/01KSV2M8Q9W1E3R5T7Y9A2S4DF"
    dated = f"<pubDate>{NOON + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    words = f"&lt;b&gt;Status: {state}&lt;/b&gt;&lt;br/&gt;&lt;br/&gt;The roof is mended."
    entry = f"<title>New tiles</title><link>{address}</link><guid>{address}</guid><description>{words}</description>"
    return listed(f"<item>{entry}{dated}</item>")


@pytest.mark.parametrize(
    "last, state", [("In progress", "in-progress"), ("Completed", "completed"), ("Concluído", "completed")]
)
def test_planned_work_moves_on_with_the_state_of_its_entry(store: Store, last: str, state: str) -> None:
    assert told(store, work("Scheduled", 0), work(last, 5))[0] == f"{state} 12:00 maintenance New tiles"


def turn(words: str, minute: int) -> str:
    place = "<link>https://status.avocet.example/</link><guid>https://status.avocet.example/#a81f</guid>"
    dated = f"<pubDate>{NOON + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
    title = f"Workflows Runtime {words}"
    return f"<item><title>{title}</title>{place}{dated}<description>{title}</description></item>"


def test_a_monitor_goes_down_and_recovers(store: Store) -> None:
    down, up = turn("went down", 1), turn("recovered", 7)
    assert told(store, listed(), listed(down), listed(up, down)) == [
        "resolved 12:01 outage-start Workflows Runtime went down",
        "resolved 12:07 resolved Workflows Runtime recovered",
    ]


# -- an entry is all of its incident -----------------------------------------------------------------------------------


def ticket(number: int, words: str, *fields: str, minute: int = 0) -> str:
    """As IBM Cloud files each: below the words stand the same fields every time."""
    text = "<br/>".join((words, *fields[:1], "Regions: eu-north", "Resources: kestrel-guests", *fields[1:]))
    told = f"<title>{words}</title><description><![CDATA[{text}]]></description>"
    dated = f"<pubDate>{NOON + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    return f"<item><guid>INC{number}</guid>{told}{dated}</item>"


LOGINS = ("Type: incident", "Outage Start: 2026-03-02 11:40 UTC")


def test_entries_with_the_same_fields_are_of_incidents_of_their_own(store: Store) -> None:
    logins = ticket(9, "Logins fail", *LOGINS)
    work = ticket(7, "Hosts restart once", "Type: maintenance", minute=1)
    guests = ticket(8, "Guests cannot be started", "Type: incident", minute=2)
    assert told(store, listed(logins), listed(guests, work, logins)) == [
        "open 12:00 outage-start Logins fail",
        "planned 12:01 maintenance Hosts restart once",
        "open 12:02 outage-start Guests cannot be started",
    ]


def test_a_line_with_its_end_ends_an_outage(store: Store) -> None:
    over = ticket(9, "Logins fail", *LOGINS, "Outage End: 2026-03-02 12:03 UTC")
    told(store, listed(ticket(9, "Logins fail", *LOGINS)), listed(over))
    [incident] = store.incidents()
    assert incident.state is State.RESOLVED
    assert incident.impact_started_at == NOON - timedelta(minutes=20)
    assert incident.impact_ended_at == NOON + timedelta(minutes=3)


DAY = 24 * 60

# -- entries get other ids -------------------------------------------------------------------------------------------


def named(id_: str, minute: int, title: str, words: str) -> str:
    return event(minute, title, words).replace(f"<guid>{minute}</guid>", f"<guid>{id_}</guid>")


LOANS, LATE = (0, "Loans fail", "Some loans fail. We are investigating."), (1, "Mail is late", "Letters wait.")
OLDEST = (-DAY, "Search is slow", "This is resolved.")


def known_as(site: str, *said: tuple[int, str, str]) -> bytes:
    """A feed whose ids begin so, of these entries and an old one."""
    return listed(*(named(f"{site}{minute}", minute, *words) for minute, *words in (*said, OLDEST)))


def test_what_is_reworded_under_an_id_that_it_got_later_is_the_same(store: Store) -> None:
    again = (0, "Loans fail", "Some loans and renewals fail. We are investigating.")
    told(store, known_as("a", LOANS), known_as("b", LOANS), known_as("b", again), known_as("b", again))
    said = {each.announcement.id: len(each.revisions) for each in store.history("avocet")}
    assert said == {"a0": 1, f"a{-DAY}": 0}


def test_what_is_taken_out_under_an_id_that_it_got_later_is_withdrawn(store: Store) -> None:
    gone = known_as("b", LATE)
    told(store, known_as("a", LATE, LOANS), known_as("b", LATE, LOANS), gone, gone)
    assert {each.name: each.state for each in store.incidents()}["Loans fail"] is State.WITHDRAWN


def test_what_stands_in_a_feed_of_what_is_open_has_not_left_it_with_an_old_id(store: Store) -> None:
    """Where a feed makes new ids at every poll, few of them are kept."""
    polls = [listed(named(f"r{number}", *LOANS)) for number in range(20)]
    assert told(store, listed(), *polls) == ["open 12:00 outage-start Loans fail"]
    assert store.db.execute("SELECT count(*) FROM announcement_aliases").fetchone()[0] < 10
    Web(other=listed()).run(store, SOURCE, NOON + timedelta(hours=2), force=True)
    assert [each.state for each in store.incidents()] == [State.ENDED_UNANNOUNCED]


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_page_that_moves_to_another_host_tells_nothing_again_also_what_it_rewords(
    store: Store, is_moved: bool
) -> None:
    """Where the old host still stands in the feed, it is of two pages that count alike."""
    again = (0, "Loans fail", "Some loans and renewals fail. We are investigating.")
    old, new = "https://avocet.example/news/", "https://help.avocet.example/news/"
    moved = (
        known_as(new, again) if is_moved else known_as(new, again).replace(f"{new}{-DAY}".encode(), f"{old}1".encode())
    )
    told(store, known_as(old, LOANS), moved, moved)
    said = sorted((each.announcement.id, len(each.revisions)) for each in store.history("avocet"))
    kept = [(f"{old}{-DAY}", 0), (f"{old}0", 1 if is_moved else 0)]
    assert said == (kept if is_moved else [*kept, (f"{new}0", 0)])


def test_what_stands_twice_under_both_its_ids_is_not_withdrawn_at_once(store: Store) -> None:
    """As while a feed is moved to other software: it is missed once, though two ids of it are."""
    one, other = (named(site, *LOANS) for site in "ab")
    told(store, *(listed(*entries, named("o", *OLDEST)) for entries in ([one], [other], [one, other], [])))
    assert {each.name: each.state for each in store.incidents()}["Loans fail"] is State.OPEN


def test_what_grows_by_steps_under_an_id_that_it_got_later_is_not_withdrawn(store: Store) -> None:
    first = f"<p>{LOANS[2]}</p>"
    grown = (named("b0", *LOANS[:2], escape(f"{first}<p>Update {clock} UTC: {LATE[2]}</p>")) for clock in ["12:05"] * 3)
    later = [event(-DAY - minute, "Search was slow", "This is resolved.") for minute in range(3)]
    polls = [listed(entry, named("o", *OLDEST), *later[:count]) for count, entry in enumerate(grown)]
    told(store, known_as("a", LOANS), known_as("b", LOANS), *polls, polls[-1])
    steps = [step for each in store.incidents() for step in each.steps if each.name == "Loans fail"]
    assert [(step.id, step.withdrawn) for step in steps] == [("a0", False), ("b0~2026-03-02T12:05:00Z", False)]


@pytest.mark.parametrize("older", [[], [named("https://avocet.example/search", *OLDEST)]])
def test_what_stands_at_the_same_place_of_another_host_is_another_thing_where_it_is_dated_otherwise(
    store: Store, older: list[str]
) -> None:
    """As in a feed of what is open in all regions."""
    east, west = "https://east.avocet.example/status", "https://west.avocet.example/status"
    told(store, listed(named(east, *LOANS), *older), listed(named(west, *LATE), *older))
    assert [each.name for each in store.incidents()][-2:] == ["Loans fail", "Mail is late"]


def test_what_had_many_ids_and_keeps_its_last_one_is_not_withdrawn(store: Store) -> None:
    """An entry that is the same as in the last poll is passed over: then its id alone tells what it is."""
    later = [event(-DAY - minute, "Search was slow", "This is resolved.") for minute in range(4)]
    polls = [listed(named(f"r{number}", *LOANS), named("o", *OLDEST)) for number in range(12)]
    told(store, *polls, *(listed(named("r11", *LOANS), named("o", *OLDEST), *later[:count]) for count in (1, 2, 3)))
    assert {each.name: each.state for each in store.incidents()}["Loans fail"] is State.OPEN


# -- an end is taken back ----------------------------------------------------------------------------------------------

TOO_EARLY = (3, "Loans work again", "The issue with loans is resolved. They work again.")


def test_an_end_that_is_soon_taken_back_was_none(store: Store) -> None:
    gone, back = known_as("a", LOANS), (30, "Loans work", "The issue with loans is resolved.")
    told(store, gone, known_as("a", TOO_EARLY, LOANS), gone, gone)
    loans = store.incidents()[-1]
    assert (loans.state, loans.resolved_at) == (State.OPEN, None) and loans.steps[-1].withdrawn
    Web(other=known_as("a", back, LOANS)).run(store, SOURCE, NOON + timedelta(hours=1), force=True)
    loans = store.incidents()[-1]
    assert (loans.state, loans.resolved_at) == (State.RESOLVED, NOON + timedelta(minutes=30))
    assert [step.withdrawn for step in loans.steps] == [False, True, False]


def test_an_end_that_is_tidied_away_days_later_stays_one(store: Store) -> None:
    for hours, body in enumerate((known_as("a", LOANS), known_as("a", TOO_EARLY, LOANS), *[known_as("a", LOANS)] * 2)):
        Web(other=body).run(store, SOURCE, NOON + timedelta(hours=25 * hours), force=True)
    loans = store.incidents()[-1]
    assert loans.state is State.RESOLVED and loans.steps[-1].withdrawn


# -- entries are dated by a day to come --------------------------------------------------------------------------------


def test_what_is_dated_by_a_day_to_come_is_told_when_we_saw_it_and_begins_then(store: Store) -> None:
    """As some date what they plan, and say nowhere that it is planned."""
    plan = event(2 * DAY, "A new roof", "The reading room will be closed while the roof is replaced. We are sorry.")
    older = event(-DAY, "Loans fail", "This is resolved.")
    told(store, listed(older), listed(plan, older))
    [work] = store.incidents(kinds=[Kind.MAINTENANCE])
    assert (work.state, work.announced_at) == (State.PLANNED, NOON + timedelta(minutes=5))
    assert work.impact_started_at == NOON + timedelta(days=2)
    Web(other=listed(plan, older)).run(store, SOURCE, NOON + timedelta(days=2, minutes=1), force=True)
    assert [work.state for work in store.incidents(kinds=[Kind.MAINTENANCE])] == [State.IN_PROGRESS]


def test_what_is_dated_by_a_day_to_come_may_be_moved_and_cancelled_by_an_edit(store: Store) -> None:
    closed = "The reading room will be closed while the roof is replaced. We are sorry."
    older = event(-DAY, "Loans fail", "This is resolved.")
    plans = [named("roof", day * DAY, "A new roof", closed) for day in (2, 5)]
    plans.append(
        named("roof", 5 * DAY, "A new roof", "The new roof is cancelled for now. The reading room stays open.")
    )
    told(store, listed(older), *(listed(plan, older) for plan in plans[:2]))
    [work] = store.incidents(kinds=[Kind.MAINTENANCE])
    assert (work.state, work.impact_started_at) == (State.PLANNED, NOON + timedelta(days=5))
    [moved] = [later.announcement for each in store.history("avocet") for later in each.revisions]
    assert words.is_moved(moved, replace(moved, window=None))
    Web(other=listed(plans[2], older)).run(store, SOURCE, NOON + timedelta(hours=1), force=True)
    assert [work.state for work in store.incidents(kinds=[Kind.MAINTENANCE])] == [State.CANCELLED]


def test_an_outage_that_is_dated_by_a_day_to_come_was_told_when_we_saw_it(store: Store) -> None:
    """Nobody has said it then, and it hurts already: the date is a mistake."""
    older = event(-DAY, "Loans fail", "This is resolved.")
    told(store, listed(older), listed(event(2 * DAY, "Logins fail", "Logins fail. We are investigating."), older))
    incident = store.incidents()[-1]
    assert (incident.state, incident.announced_at) == (State.OPEN, NOON + timedelta(minutes=5))
    assert incident.impact_started_at is None


# -- entries have no dates ---------------------------------------------------------------------------------------------


def undated(*items: tuple[str, str, str]) -> bytes:
    rows = (f"<item><guid>{id_}</guid><title>{t}</title><description>{d}</description></item>" for id_, t, d in items)
    return listed(*rows)


def test_how_long_lasted_what_stood_there_undated_at_the_first_poll_is_unknown(store: Store) -> None:
    """Nobody knows when it was announced: it lasted from the first poll on at least."""
    broken = ("1", "Loans fail", "Some loans fail. We are investigating.")
    over = ("2", "Loans work again", "The issue with loans is resolved. They work again.")
    told(store, undated(broken), undated(over, broken))
    [incident] = store.incidents()
    assert incident.state is State.RESOLVED and incident.duration_s is None
    assert words.hours(incident, UTC) == ["Mon 2 Mar 2026, 12:00–12:05 UTC", "at least 5 min"]
    [counted] = store.counted("avocet")
    assert counted.announced_at is None and counted.resolved_at == NOON + timedelta(minutes=5)


def test_how_long_lasted_what_a_poll_saw_appear_undated_is_known(store: Store) -> None:
    broken = ("1", "Loans fail", "Some loans fail. We are investigating.")
    over = ("2", "Loans work again", "The issue with loans is resolved. They work again.")
    told(store, undated(("0", "Our new reading room", "It opens in May.")), undated(broken), undated(over, broken))
    [incident] = store.incidents()
    assert incident.duration_s == 300 and words.length(incident) == "5 min"
    assert store.counted("avocet")[0].announced_at == NOON + timedelta(minutes=5)
