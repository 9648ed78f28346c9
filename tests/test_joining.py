"""The rules of joining one by one, that the first answer wins, and what is told of what they joined."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker.assemble import assemble
from tracker.assemble.words import bare, bare_title, lines_in, may_be_one_line, numbers_in, read, unbadged, watched
from tracker.models import (
    Action,
    Announcement,
    Correction,
    Incident,
    Kind,
    Phase,
    Revision,
    State,
    Told,
    Verdict,
    Window,
    incident_id,
)

NINE = datetime(2024, 3, 4, 9, tzinfo=UTC)
START, UPDATE, OVER, CHATTER = Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED, Phase.UNRELATED


def told(number: int, minutes: float, phase: Phase, text: str, source: str = "heron/x", **given: Any) -> Told:
    said = Announcement(
        source=source,
        vendor="heron",
        id=str(number),
        text=text,
        published_at=NINE + timedelta(minutes=minutes),
        **given,
    )
    return Told(
        order=number,
        announcement=said,
        verdict=Verdict(phase=phase, confidence=0.95, because="said"),
        seen_at=NINE + timedelta(minutes=minutes),
        first_seen_at=None,
    )


def joined(*history: Told) -> tuple[Incident, ...]:
    return assemble(history)


def why(incident: Incident, id_: int) -> str:
    return next(step.joined_by for step in incident.steps if step.id == str(id_))


def test_the_platforms_own_incident_comes_first() -> None:
    """Before a link, before likeness; also on another source of the same platform."""
    first = told(1, 0, START, "Uploads fail", incident_key="abcdefgh", source="heron/statuspage")
    other = told(2, 5, START, "Search fails", incident_key="ijklmnop", source="heron/statuspage")
    again = told(3, 9, OVER, "Search is back", incident_key="abcdefgh", source="heron/atom")
    [one, two] = joined(first, other, again)
    assert [step.id for step in one.steps] == ["1", "3"]
    assert (why(one, 3), [step.id for step in two.steps]) == ("same native incident", ["2"])


def test_a_short_key_counts_within_its_source() -> None:
    one = told(1, 0, START, "Uploads fail", incident_key="7", source="heron/statuspage")
    other = told(2, 60 * 90, START, "Uploads fail", incident_key="7", source="heron/feed")
    assert len(joined(one, other)) == 2


def test_a_thread_holds_after_days() -> None:
    [one] = joined(told(1, 0, START, "Uploads fail"), told(2, 9_000, OVER, "Fixed", in_reply_to="1"))
    assert why(one, 2) == "same thread"


def test_a_live_word_in_a_thread_of_years_ago_is_of_another_outage() -> None:
    again = told(2, 60 * 24 * 900, START, "Uploads fail again today", in_reply_to="1")
    over = told(3, 60 * 24 * 900 + 50, OVER, "Fixed", in_reply_to="2")
    late = told(4, 60 * 24 * 950, OVER, "On tablets too", in_reply_to="1")
    [old, new] = joined(told(1, 0, START, "Uploads fail"), again, over, late)
    assert [[step.id for step in one.steps] for one in (old, new)] == [["1", "4"], ["2", "3"]]


@pytest.mark.parametrize("host", ["status.heron.example", "status.heron.example:8443"])
@pytest.mark.parametrize("link_first", [True, False])
def test_one_links_to_the_other(link_first: bool, host: str) -> None:
    """Whichever of both was said first."""
    page = told(1, 10, START, "Uploads fail", incident_key="abcdefgh", source="heron/statuspage",
                url=f"https://{host}/incidents/abcdefgh")  # fmt: skip
    post = told(2, 0 if link_first else 20, START, f"See https://{host}/incidents/abcdefgh?x=1 now")
    [one] = joined(page, post)
    assert one.steps[1].joined_by in (f"links to {host}/incidents/abcdefgh", "is linked to")


def test_an_address_that_two_incidents_bear_says_nothing() -> None:
    pages = [
        told(n, n, START, f"{part} fails", incident_key=f"abcdefg{n}", source="heron/statuspage",
             url="https://heron.example/status", title=f"{part} fails")
        for n, part in ((1, "Upload"), (2, "Search"))
    ]  # fmt: skip
    post = told(3, 2_000, OVER, "All fixed: https://heron.example/status")
    assert len(joined(*pages, post)) == 3


def test_chatter_that_links_to_the_page_of_an_open_incident_is_not_of_it() -> None:
    page = told(1, 0, START, "Uploads fail", incident_key="abcdefgh", source="heron/statuspage",
                url="https://status.heron.example/incidents/abcdefgh")  # fmt: skip
    posts = [told(2, 9, phase, "All about us: https://status.heron.example") for phase in (UPDATE, CHATTER)]
    assert [len(joined(page, post)[0].steps) for post in posts] == [2, 1]


def test_planned_work_that_links_to_the_page_of_an_open_outage_is_not_of_it() -> None:
    page = told(1, 0, START, "Uploads fail", incident_key="abcdefgh", source="heron/statuspage",
                url="https://status.heron.example/incidents/abcdefgh")  # fmt: skip
    work = told(2, 9, Phase.MAINTENANCE, "On Saturday we change disks: https://status.heron.example")
    assert [one.kind for one in joined(page, work)] == [Kind.INCIDENT, Kind.MAINTENANCE]


def test_a_post_that_links_to_another_one_of_the_same_network_does_not_point_to_the_open_incident() -> None:
    """The address of a post is not that of a page on which its incident stands."""
    first = told(1, 0, START, "Uploads fail.", url="https://social.example/@heron/1")
    other = told(2, 20, START, "No boats sail today: https://social.example/@harbour/77", source="heron/b")
    assert [len(one.steps) for one in joined(first, other)] == [1, 1]


def test_chatter_joins_nothing_and_is_no_incident() -> None:
    [one] = joined(told(1, 0, START, "Uploads fail"), told(2, 3, CHATTER, "Uploads of the week: a cat"))
    assert len(one.steps) == 1


def test_chatter_that_answers_stays_in_the_thread_and_changes_nothing() -> None:
    [one] = joined(told(1, 0, START, "Uploads fail"), told(2, 3, CHATTER, "Thank you!", in_reply_to="1"))
    assert ([step.phase for step in one.steps], one.state) == ([START, CHATTER], State.OPEN)


def test_chatter_after_the_end_opens_nothing_again() -> None:
    over = told(2, 30, OVER, "Uploads work again.")
    [one] = joined(told(1, 0, START, "Uploads fail."), over, told(3, 40, CHATTER, "Enjoy!", in_reply_to="2"))
    assert (one.state, one.resolved_at) == (State.RESOLVED, NINE + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("minutes", "confidence", "source", "state"),
    [
        (45, 0.55, "heron/telegram", State.RESOLVED),
        (45, 0.65, "heron/telegram", State.OPEN),
        (95, 0.55, "heron/telegram", State.OPEN),
        (45, 0.55, "heron/x", State.OPEN),
    ],
)
def test_a_word_that_may_as_well_be_an_end_takes_back_no_end_of_another_channel(
    minutes: float, confidence: float, source: str, state: State
) -> None:
    """Not within an hour; the channel that told the end knows better, and so does a surer word."""
    first = told(1, 0, START, "Uploads to Lyon fail.", source="heron/telegram")
    end = told(2, 30, OVER, "Uploads to Lyon work.")
    later = told(3, minutes, UPDATE, "Uploads to Lyon: and the party goes on, all who wait for us.", source=source)
    doubtful = replace(later, verdict=Verdict(phase=UPDATE, confidence=confidence, because="said"))
    [one] = joined(first, end, doubtful)
    assert (one.state, len(one.steps)) == (state, 3)


def test_a_doubtful_word_takes_back_the_end_of_its_own_channel_though_another_told_it_last() -> None:
    first = told(1, 0, START, "Uploads to Lyon fail.", source="heron/telegram")
    ends = told(2, 28, OVER, "Uploads to Lyon are back.", source="heron/telegram"), told(3, 30, OVER, "Lyon works.")
    later = told(4, 45, UPDATE, "Uploads to Lyon: and the party goes on, all who wait for us.", source="heron/telegram")
    [one] = joined(first, *ends, replace(later, verdict=replace(later.verdict, confidence=0.55)))
    assert one.state is State.OPEN


def test_what_a_person_says_is_not_doubtful() -> None:
    """Neither that it goes on, after the end, nor that a first word told the end."""
    first = told(1, 0, START, "Uploads to Lyon fail.", source="heron/telegram")
    end = told(2, 30, OVER, "Uploads to Lyon work.")
    later = told(3, 45, UPDATE, "Uploads to Lyon: and the party goes on, all who wait.", source="heron/telegram")
    doubtful = replace(later, verdict=replace(later.verdict, confidence=0.55))
    goes_on = Correction(action=Action.PHASE, first=later.name, revision=1, phase=UPDATE)
    [one] = assemble([first, end, doubtful], corrections=[goes_on])
    assert one.state is State.OPEN

    opens = replace(end, verdict=replace(end.verdict, confidence=0.65))
    start = told(4, 90, START, "Uploads to Lyon fail again.", source="heron/telegram")
    is_over = replace(goes_on, first=end.name, phase=OVER)
    assert [len(assemble([opens, start], corrections=given)) for given in ([], [is_over])] == [1, 2]


def test_a_page_that_says_again_that_it_is_over_opens_nothing_in_that_moment() -> None:
    """As at its first word of it: a live state beside the report is an update of the same moment."""
    page = {"incident_key": "abcdefgh", "source": "heron/statuspage"}
    said = [told(1, 0, START, "Uploads fail", **page), told(2, 30, OVER, "Uploads work again", **page)]
    report = [told(3, 150, OVER, "The cause was a full disk", **page), told(4, 150.5, UPDATE, "Disks are new", **page)]
    [one] = joined(*said, *report)
    assert (one.state, one.resolved_at) == (State.RESOLVED, NINE + timedelta(minutes=30))
    [again] = joined(*said, *report, told(5, 152, UPDATE, "Uploads fail again", **page))
    assert (again.state, again.resolved_at) == (State.OPEN, None)


def test_what_works_in_a_thread_about_something_else_was_not_broken() -> None:
    new, works = told(1, 0, CHATTER, "Uploads of films are new"), told(2, 5, OVER, "Photos work too", in_reply_to="1")
    assert joined(new, works) == joined(new, works, told(3, 9, OVER, "Typo fixed", in_reply_to="2")) == ()
    assert len(joined(works)) == len(joined(told(1, 5, CHATTER, "of that moment"), works)) == 1  # nothing before it
    [one] = joined(new, works, told(3, 9, UPDATE, "Photos still fail for some", in_reply_to="2"))
    assert (one.state, one.steps[0].phase) == (State.OPEN, START)
    said = Correction(action=Action.PHASE, first=("heron/x", "2"), phase=OVER, revision=1)
    assert len(assemble([new, works], corrections=[said])) == 1


def test_a_doubtful_end_that_goes_on_was_the_start() -> None:
    first, more = told(1, 0, OVER, "Uploads are not back"), told(2, 5, UPDATE, "Still at it", in_reply_to="1")
    doubtful = replace(first, verdict=replace(first.verdict, confidence=0.89))
    declared = replace(doubtful, verdict=replace(doubtful.verdict, is_declared=True))
    said = Correction(action=Action.PHASE, first=("heron/x", "1"), phase=OVER, revision=1)
    histories = ([doubtful, more], [first, more], [declared, more], [doubtful])
    firsts = [assemble(history)[0].steps[0].phase for history in histories]
    assert firsts == [START, OVER, OVER, OVER]
    assert assemble([doubtful, more], corrections=[said])[0].steps[0].phase is OVER
    [one] = assemble([doubtful, more, told(3, 9, OVER, "Uploads are back", in_reply_to="1")])
    assert one.first_resolved_at == one.resolved_at == NINE + timedelta(minutes=9)


def test_an_answer_to_somebody_opens_joins_and_ends_nothing_but_in_its_thread() -> None:
    open_ = told(1, 0, START, "Trains between Elmbridge and Foxley are late because of a broken signal.")
    answers = [
        told(2, 5, UPDATE, "@robin.b Hi Robin, trains at Elmbridge are late because of a broken signal. ^AM"),
        told(3, 9, OVER, "@wren @lark Sorry, this train from Foxley was cancelled because of a broken signal. ^AM"),
        told(4, 1500, START, "@robin@birds.example We're sorry, your train is cancelled because of a lack of crew."),
    ]
    [one] = joined(open_, *answers)
    assert [step.id for step in one.steps] == ["1"]
    [one] = joined(open_, told(5, 90, OVER, "@robin.b From 09:00 to 10:10 UTC no train went to Foxley. All go again."))
    assert one.state is State.OPEN, "nor by the hours that it names"
    [one] = joined(open_, told(5, 6, OVER, "@robin.b It is fixed now, Robin.", in_reply_to="1"))
    assert (one.state, len(one.steps)) == (State.RESOLVED, 2)


@pytest.mark.parametrize(
    "words",
    [
        "@Heron_Pay is down for some of you. We are on it.",  # its own account
        "@HERON: Payments fail at the moment.",
        "@othercloud is having trouble, so our payments fail. We are on it.",  # goes on: it is spoken of, not to
        "@home plans cannot be booked at the moment.",
        "Payments fail, as @robin told us. We are on it.",
        "@",
    ],
)
def test_not_every_post_that_opens_with_a_name_is_an_answer(words: str) -> None:
    assert len(joined(told(1, 0, START, words))) == 1


def test_a_persons_word_opens_an_incident_also_with_an_answer() -> None:
    answer = told(1, 0, START, "@robin We're sorry, payments fail at the moment.")
    said = Correction(action=Action.PHASE, first=("heron/x", "1"), phase=START, revision=1)
    assert (len(assemble([answer])), len(assemble([answer], corrections=[said]))) == (0, 1)


STATIONS = ("Ash Vale", "Elmbridge", "Foxley", "Tarn", "Harrow", "Wick", "Larkfield", "Moss End", "Sandhill", "Otter")


def late(number: int, hours: float, place: str, clock: str, phase: Phase = START, more: str = "is late") -> Told:
    return told(number, 60 * hours, phase, f"The {clock} from {place} {more}.")


def line() -> list[Told]:
    """An account that always says of which train it speaks, on ten days."""
    return [late(n, 24 * n, place, f"0{n}:1{n}") for n, place in enumerate(STATIONS)]


def test_where_an_account_always_names_its_thing_another_thing_is_another_incident() -> None:
    first = late(20, 240.0, "Rushmere", "19:42")
    other = late(21, 243.0, "Quarry Bank", "08:35", UPDATE, "is still late")
    again = late(22, 240.8, "Rushmere", "19:42", more="is late by twenty minutes")
    *_, one, two = joined(*line(), first, other, again)
    assert ([step.id for step in one.steps], [step.id for step in two.steps]) == (["20", "22"], ["21"])
    [one] = joined(first, other)  # of an account of which we know little it may be a later word
    assert len(one.steps) == 2


def train(number: int, minutes: float, way: str, more: str = "is late") -> Told:
    return told(number, 60 * 240 + minutes, START, f"Train {way} {more}.")


def test_the_train_of_the_same_two_hours_is_the_same_though_many_others_are_late() -> None:
    evening = [train(20 + n, n, f"{place} 0{n}:12 – Ley{n} 0{n}:41") for n, place in enumerate(STATIONS)]
    first = train(30, 10, "Rushmere 16:18 – Elmbridge 18:24", "is held at Foxley")
    again = train(31, 60, "Rushmere 16:18 – Elmbridge 18:24", "is late by forty minutes")
    *others, one = joined(*line(), *evening, first, again)
    assert ([step.id for step in one.steps], len(others)) == (["30", "31"], 20)


def test_hours_with_the_same_numbers_are_not_the_same() -> None:
    one, other = (read(train(1, 0, f"{hours} Rushmere").announcement) for hours in ("16:18", "18:16"))
    assert (one.names - other.names, other.names - one.names) == ({"16:18"}, {"18:16"})
    assert one.telling == other.telling, "an hour tells nothing of what is broken"


def test_where_an_account_always_names_its_thing_half_of_it_is_enough_for_its_end() -> None:
    first = told(20, 60 * 240, START, "Line 61 Rushmere buses go round by Quarry Bank.")
    other = told(21, 60 * 241, START, "Line 14 Cressing buses go round by Nettle Hill.")
    end = told(22, 60 * 252, OVER, "The detour of 61 Rushmere buses near Oakhanger and Pine is over.")
    *_, one, two = joined(*line(), first, other, end)
    assert ([step.id for step in one.steps], [step.id for step in two.steps]) == (["20", "22"], ["21"])


@pytest.mark.parametrize(("words", "phase"), [("We know, and are on it.", START), ("We are back!", OVER)])
def test_what_names_nothing_is_of_the_one_incident_that_is_open(words: str, phase: Phase) -> None:
    """However long it has been silent; where two are open nobody can tell of which."""
    first = told(1, 0, START, "Uploads to Lyon fail.", source="heron/statuspage")
    vague = told(3, 14 * 60, phase, words)
    [one] = joined(first, vague)
    assert why(one, 3) == "names nothing, and one incident alone is open"
    other = told(2, 10, START, "Invoices are late in Porto.", source="heron/statuspage")
    assert len(joined(first, other, vague)) == 3


def test_an_answer_to_a_post_that_is_in_no_incident_ends_none() -> None:
    """Nor does it where it names nothing: what it answers says what works now."""
    first = told(1, 0, START, "Uploads to Lyon fail.", source="heron/statuspage")
    post = told(2, 5, CHATTER, "New stickers in our shop!")
    answer = told(3, 14 * 60, OVER, "It is fixed now!", in_reply_to="2")
    [one] = joined(first, post, answer)
    assert (one.state, len(one.steps)) == (State.OPEN, 1)


def test_a_first_word_that_names_nothing_is_of_another_outage_on_its_channel_or_a_day_later() -> None:
    vague = told(2, 25 * 60, START, "We know, and are on it.")
    assert len(joined(told(1, 0, START, "Uploads to Lyon fail.", source="heron/statuspage"), vague)) == 2
    assert len(joined(told(1, 12 * 60, START, "Uploads to Lyon fail."), vague)) == 2


def test_a_post_that_begins_with_a_line_is_not_of_another_line() -> None:
    fourth = told(1, 0, START, "⚠️ R4: no trains between Elmbridge and Foxley.")
    seventh = told(2, 20, START, "⚠️ R7: trains are late, a tree is on the track.", source="heron/telegram")
    end = told(3, 60, OVER, "R7 | All trains run again between Elmbridge and Foxley.")
    one, two = joined(fourth, seventh, end)
    assert ([step.id for step in one.steps], [step.id for step in two.steps]) == (["1"], ["2", "3"])


def test_a_first_word_under_its_line_on_another_channel_is_of_the_open_incident_of_that_line() -> None:
    first = told(1, 0, START, "R4: signals have failed near Foxley, expect delays.")
    later = told(2, 200, START, "R4 | Buses run from Elmbridge to Rushmere, signals near Foxley failed.", "heron/t")
    [one] = joined(first, later)
    assert why(one, 2).startswith("likely the same: same line; both say")
    assert len(joined(first, told(2, 200, START, "R5 | Buses run from Elmbridge to Rushmere.", "heron/t"))) == 2


def test_an_end_is_of_what_its_channel_told_though_a_page_ended_that_and_another_is_open() -> None:
    boards = told(1, 0, START, "Boards load slowly", incident_key="abcdefgh", source="heron/statuspage")
    hooks = told(2, 9, START, "Webhooks are late", incident_key="ijklmnop", source="heron/statuspage")
    ours, theirs = told(3, 12, UPDATE, "Boards are slow for you? We are on it"), told(4, 15, UPDATE, "Webhooks too")
    page = told(5, 40, OVER, "It is over", incident_key="abcdefgh", source="heron/statuspage")
    [one, two] = joined(boards, hooks, ours, theirs, page, told(6, 46, OVER, "Boards are quick again"))
    assert [step.id for step in one.steps] == ["1", "3", "5", "6"]
    assert [step.id for step in two.steps] == ["2", "4"]


def test_a_live_word_that_names_nothing_is_not_of_what_has_been_silent_for_a_day() -> None:
    first = told(1, 0, START, "Uploads to Lyon fail.", source="heron/statuspage")
    thanks = "Thank you for your patience!"
    assert len(joined(first, told(2, 23 * 60, UPDATE, thanks))[0].steps) == 2
    assert len(joined(first, told(2, 25 * 60, UPDATE, thanks))[0].steps) == 1
    assert len(joined(first, told(2, 25 * 60, OVER, "We are back!"))[0].steps) == 2


@pytest.mark.parametrize("words", ["Yesterday's outage", "La panne d'hier", "Die Störung von gestern", "Die gestrige"])
def test_a_report_on_yesterday_is_of_the_one_incident_of_which_its_channel_spoke_then(words: str) -> None:
    """However it is worded; of two incidents of that day nobody can tell which is meant."""
    first, end = told(1, 0, START, "Queries fail."), told(2, 60, OVER, "Queries run again.")
    report = told(3, 27 * 60, OVER, f"{words}: https://blog.example/2024/why")
    [one] = joined(first, end, report)
    assert why(one, 3) == "tells of the day before"
    other = told(4, 300, OVER, "Mail was late in Porto, and is no more.")
    assert len(joined(first, end, other, report)) == 3
    first, end = told(1, 0, START, "Queries fail.", "heron/feed"), told(2, 60, OVER, "Queries run again.", "heron/feed")
    assert len(joined(first, end, report)) == 2, "of which another channel spoke"


def test_lines_of_two_kinds_are_two_but_where_a_word_may_be_any_kind() -> None:
    metro = told(1, 0, START, "Ligne 2 : le trafic est interrompu entre Elmbridge et Foxley.")
    train = told(2, 20, START, "RER A : ralentissements entre Ternby et Foxley.")
    assert len(joined(metro, train, told(3, 40, OVER, "RER A : le trafic est normal."))) == 2
    assert may_be_one_line(("line", "4"), ("u", "4")) and may_be_one_line(("tram", "4"), ("t", "4"))
    assert not may_be_one_line(("s", "1"), ("u", "1")) and not may_be_one_line(("line", "4"), ("u", "5"))


def test_the_end_of_planned_work_may_sound_like_that_of_an_outage() -> None:
    plan = told(1, -24 * 60, Phase.MAINTENANCE, "Servers go offline for a hotfix on 4 March from 10:00 to 11:00 UTC.")
    early = told(2, -60, OVER, "The hotfix of the servers is live.")
    [one] = joined(plan, told(3, 130, OVER, "The hotfix is live, the servers are open again."))
    assert (one.state, [step.id for step in one.steps]) == (State.COMPLETED, ["1", "3"])
    assert len(joined(plan, early)) == 2, "not before it has begun"


@pytest.mark.parametrize(
    "text",
    [
        "P1: mail is down", "Update 2: mail is slow", "14:20: mail is slow", "Mail is slow: R4", "M365: mail is slow",
        "Update at 9 AM: mail is slow", "Le 5 mars : le courrier est lent", "À 9h : le courrier est lent",
        "Om 9 uur: de post is traag", "Update 2 of 3: mail is slow",
    ],
)  # fmt: skip
def test_not_every_number_by_which_a_post_begins_is_a_line(text: str) -> None:
    assert lines_in(text) == frozenset()


def test_lines_are_written_in_many_ways() -> None:
    assert lines_in("⚠️ S1, S 25: late") == {("s", "1"), ("s", "25")}
    assert lines_in("RE 7 | late") | lines_in("Línea 4 – tarde") == {("re", "7"), ("line", "4")}
    assert lines_in("RER A et B : x") | lines_in("Lignes 1, 14 : x") == {("rer", n) for n in "ab"} | {
        ("line", n) for n in ("1", "14")
    }


def test_a_vendors_name_is_no_line() -> None:
    """Else all that the bank N26 tells on two channels would be of one incident."""
    first = told(1, 0, START, "N26: Cards are refused in the shops of Lyon.", source="heron/statuspage")
    other = told(2, 60, START, "N26 | The savings page does not load in Porto.")
    for vendor, count in (("heron", 1), ("n26", 2)):
        said = [replace(one, announcement=replace(one.announcement, vendor=vendor)) for one in (first, other)]
        assert len(joined(*said)) == count


def test_words_compare_in_a_language_in_which_the_incident_was_told_too() -> None:
    """A page in English and an account in French: another fault in French is not of it because it shares no word."""
    page = told(1, 0, START, "Transfers are not available at the moment.", source="heron/statuspage")
    account = told(2, 5, START, "Les transferts ne sont pas possibles pour le moment, nous y travaillons.")
    other = told(3, 40, START, "Les distributeurs de Brest ne donnent plus de billets depuis ce matin.")
    assert len(joined(page, account)) == 1
    *_, two = joined(page, account, other)
    assert [step.id for step in two.steps] == ["3"]


def test_a_word_too_short_to_show_its_language_does_not_make_words_compare() -> None:
    page = told(1, 0, START, "Transfers are not available at the moment.", source="heron/statuspage")
    short = told(2, 3, UPDATE, "Identified.", source="heron/statuspage", in_reply_to="1")
    account = told(3, 20, START, "Les virements ne sont pas possibles pour le moment, nous y travaillons.")
    assert [len(joined(*said)) for said in ((page, account), (page, short, account))] == [1, 1]


def test_what_a_vendor_is_called_takes_no_other_word_with_it() -> None:
    said = replace(told(1, 0, START, "Deliverly: deliveries are late").announcement, vendor="deliverly")
    assert read(said).telling == {"delive"}
    assert not read(replace(said, text="Deliverly is late")).telling


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("You may get mail late from Heron.", "Calendars of Heron do not load."),
        ("Yes, we at Heron see that mail is late.", "Calendars of Heron do not load."),
        ("Mail is late still, more of it at 10:00.", "Calendars do not load, the next news come at 10:00."),
    ],
)
def test_that_another_incident_was_told_with_the_vendors_name_or_that_hour_takes_no_post(text: str, other: str) -> None:
    page = "heron/statuspage"
    mail, _ = joined(
        told(1, 0, START, "Mail is delivered late.", title="Late mail", incident_key="aaaaaaaa", source=page),
        told(2, 20, START, other, title="Errors", incident_key="bbbbbbbb", source=page),
        told(3, 40, UPDATE, text),
    )
    assert [step.id for step in mail.steps] == ["1", "3"]


def test_a_word_by_which_it_was_joined_is_told_in_full_also_of_a_component() -> None:
    page, component = "heron/statuspage", ("Calendars",)
    [one] = joined(
        told(1, 0, START, "Calendars are slow.", title="Slow", incident_key="abcdefgh", source=page),
        told(2, 10, UPDATE, "We look into it.", components=component),
    )
    assert "both say calendars;" in why(one, 2)


def test_an_incident_is_not_named_after_talk_that_may_turn_out_to_be_about_something_else() -> None:
    talk = told(1, 10, CHATTER, "Thanks for your patience with the calendars.", title="Calendars are slow")
    news = told(2, 0, START, "Calendars are slow.", title="Calendars are slow", source="heron/page")
    [one] = joined(talk, news)
    assert (one.id, len(one.aliases)) == (incident_id("heron", news.name), 2)


def test_korean_words_are_the_same_with_any_particle() -> None:
    late, looked_at = (
        read(told(1, 0, START, text).announcement) for text in ("문자가 늦습니다", "문자를 확인하고 있습니다")
    )
    assert late.telling & looked_at.telling == {"문자"}


def test_a_korean_name_that_ends_as_if_with_a_particle_is_one_with_any_particle() -> None:
    texts = ("카카오페이 오류", "카카오페이가 느립니다", "카카오페이에서는 지금")
    one, *others = (read(told(1, 0, START, text).announcement).telling for text in texts)
    assert all(len(one & other) == 1 for other in others)


@pytest.mark.parametrize("text", ["확인 중 및 조치 중", "될 수 있는", "Retour vers 9h", "5m"])
def test_korean_words_of_one_syllable_and_hours_tell_nothing(text: str) -> None:
    assert not read(told(1, 0, START, text).announcement).telling & {"중", "및", "될", "수", "9h", "5m"}


def test_a_doubtful_end_by_which_a_story_opens_ends_nothing_yet() -> None:
    first = told(1, 0, OVER, "Calls in Ternby: we are sorry for the trouble with calls.")
    doubtful = replace(first, verdict=Verdict(phase=OVER, confidence=0.65, because="said"))
    start = told(2, 45, START, "Texts and calls do not go out for some of you just now.", source="heron/telegram")
    [one] = joined(doubtful, start)
    assert [step.phase for step in one.steps] == [START, UPDATE]
    assert len(joined(first, start)) == 2


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("El tren de Roda circula amb 20 minuts de demora.", "minor"),
        ("Trains to Roda are delayed.", "minor"),
        ("No trains to Roda.", None),
        ("Trains to Roda are delayed; trains to Salou are not affected.", "minor"),
        ("We look into failing logins. No impact on who is logged in.", None),
    ],
)
def test_how_bad_it_is_is_said_by_the_words(words: str, level: str | None) -> None:
    [one] = joined(told(1, 0, START, words))
    assert one.severity == level


def test_what_began_after_the_first_word_is_not_the_outage() -> None:
    first = told(1, 0, START, "Text messages do not arrive.")
    remedy = told(2, 25, UPDATE, "A second provider sends them since 09:12 UTC. We are working on the rest.")
    [one] = joined(first, remedy)
    assert one.impact_started_at is None
    page = (replace(each, announcement=replace(each.announcement, incident_key="k1")) for each in (first, remedy))
    [one] = joined(*page)
    assert one.impact_started_at is None, "nor where a page tells of it while it lasts"
    for report in ("From 09:02 to 09:12 UTC text messages did not arrive.", "It began at 09:02 UTC. All is well."):
        [one] = joined(first, told(2, 25, OVER, report))
        assert one.impact_started_at == NINE + timedelta(minutes=2), "a report knows it to the minute"


def test_hours_of_a_clock_of_twelve_are_those_in_which_it_was_spoken_of() -> None:
    report = told(2, 12 * 60 + 40, OVER, "From 8:50 UTC to 9:35 UTC text messages did not arrive.")
    [one] = joined(told(1, 12 * 60, START, "Text messages do not arrive."), report)
    assert one.impact_started_at == NINE + timedelta(hours=11, minutes=50)
    assert one.bases["impact_ended_at"].endswith('"From 8:50 UTC to 9:35 UTC", taken as twelve hours later')


def test_words_that_have_it_end_before_it_began_tell_neither() -> None:
    plan = told(1, 0, Phase.MAINTENANCE, "Work on the bridge of Foxley on 14 March from 22:45 UTC.")
    more = told(2, 5, Phase.MAINTENANCE, "Work at Foxley: one train in three on 14 March until 21:00 UTC.")
    [alone], [both] = joined(plan), joined(plan, more)
    assert alone.impact_started_at == datetime(2024, 3, 14, 22, 45, tzinfo=UTC)
    assert (both.impact_started_at, both.impact_ended_at) == (None, None)


def test_fields_that_have_it_end_before_it_began_tell_neither() -> None:
    over = told(2, 90, OVER, "Uploads work again.", in_reply_to="1", window=Window(end=NINE + timedelta(hours=1)))
    for began, known in ((NINE, True), (NINE + timedelta(days=366), False)):
        [one] = joined(told(1, 0, START, "Uploads fail.", window=Window(start=began)), over)
        assert (one.impact_started_at is not None, one.impact_ended_at is not None) == (known, known)


def test_planned_work_began_and_ended_when_its_vendor_said_so_and_not_as_planned() -> None:
    def work(number: int, minutes: float, phase: Phase, status: str) -> Told:
        text = f"Moving the mail servers: {status}."
        key = {"incident_key": "movemail", "source": "heron/statuspage", "planned": True}
        return told(number, minutes, phase, text, window=plan, status=status, **key)

    plan = Window(start=NINE + timedelta(hours=1), end=NINE + timedelta(hours=25))
    announced = work(1, 0, Phase.MAINTENANCE, "scheduled")
    begun, done = work(2, 75, Phase.MAINTENANCE, "in_progress"), work(3, 195, OVER, "completed")
    [planned], [under_way], [over] = joined(announced), joined(announced, begun), joined(announced, begun, done)
    assert (planned.impact_started_at, planned.impact_ended_at) == (plan.start, plan.end)
    assert (under_way.impact_started_at, under_way.impact_ended_at) == (NINE + timedelta(minutes=75), plan.end)
    assert (over.impact_ended_at, over.duration_s) == (NINE + timedelta(minutes=195), 7200)
    late = work(2, 60 * 26, Phase.MAINTENANCE, "in_progress")
    [overdue] = joined(announced, late)
    assert (overdue.impact_started_at, overdue.impact_ended_at) == (NINE + timedelta(hours=26), None)
    assert [planned.duration_s, under_way.duration_s, overdue.duration_s] == [None] * 3, "how long is known at its end"
    checked = work(2, 180, Phase.MAINTENANCE, "verifying")
    [unannounced] = joined(announced, checked, done)
    assert unannounced.impact_started_at == plan.start, "work that is verified began before"


def test_planned_work_ended_with_the_word_that_it_did() -> None:
    plan = told(1, 0, Phase.MAINTENANCE, "We move the mail servers on March 4 from 10:00 to 14:00 UTC.")
    done = told(2, 150, Phase.MAINTENANCE, "The move of the mail servers is finished.", in_reply_to="1")
    [over] = joined(plan, done)
    assert (over.state, over.impact_ended_at) == (State.COMPLETED, NINE + timedelta(minutes=150))
    assert over.duration_s == 90 * 60
    words = "The move is finished; it took from 10:00 to 11:20 UTC today."
    report = told(2, 150, Phase.MAINTENANCE, words, in_reply_to="1")
    [told_later] = joined(plan, report)
    assert told_later.impact_ended_at == NINE + timedelta(minutes=140), "the hours that it names"


@pytest.mark.parametrize("status", ["Completed", "Concluída", "slutfört", "完了"])
def test_planned_work_that_its_entry_calls_done_ended_when_that_was_edited_last(status: str) -> None:
    edited = {"status": status, "planned": True, "edited_at": NINE + timedelta(days=3)}
    read = told(1, 0, Phase.MAINTENANCE, "We move the mail servers. Update: they stand.", **edited)
    [work] = joined(replace(read, verdict=replace(read.verdict, is_declared=True)))
    assert (work.state, work.impact_ended_at) == (State.COMPLETED, NINE + timedelta(days=3))


@pytest.mark.parametrize(
    "text",
    [
        "Let your calls fail over to the other hall.",
        "It takes over 20 minutes.",
        "It should be completed within the hour.",
        "We need until the evening to complete it, and will complete the rest next week.",
        "Mail flows again once complete.",
        "The preparations are complete.",
    ],
)
def test_what_has_not_begun_is_not_over(text: str) -> None:
    plan = told(1, 0, Phase.MAINTENANCE, "We move the mail servers on March 6 from 10:00 to 14:00 UTC.")
    [planned] = joined(plan, told(2, 30, Phase.MAINTENANCE, text, in_reply_to="1"))
    assert (planned.state, planned.impact_started_at) == (State.PLANNED, NINE + timedelta(days=2, hours=1))
    undated = told(1, 0, Phase.MAINTENANCE, "We move the mail servers this week.")
    [announced] = joined(undated, told(2, 30, Phase.MAINTENANCE, text, in_reply_to="1"))
    assert announced.state is (State.COMPLETED if "preparations" in text else State.PLANNED)


@pytest.mark.parametrize("text", ["The move of 4 May is called off.", "Desconvocada la vaga del dia 4 de maig."])
def test_what_is_called_off_is_cancelled(text: str) -> None:
    [one] = joined(told(1, 0, Phase.MAINTENANCE, text))
    assert one.state is State.CANCELLED


def test_planned_work_joins_no_outage_of_its_channel_but_under_its_title() -> None:
    outage = told(1, 0, START, "No trains between Elmbridge and Foxley because of a broken signal.")
    plan = told(
        2, 20, Phase.MAINTENANCE, "No trains between Elmbridge and Foxley on Saturday because of work on signals."
    )
    assert [incident.kind for incident in joined(outage, plan)] == [Kind.INCIDENT, Kind.MAINTENANCE]
    outage, plan = (
        replace(each, announcement=replace(each.announcement, title="Signal at Foxley")) for each in (outage, plan)
    )
    assert len(joined(outage, plan)) == 1


def titled(one: Told, title: str) -> Told:
    return replace(one, announcement=replace(one.announcement, title=title))


def test_planned_work_joins_no_other_planned_work_of_its_channel_but_under_its_title() -> None:
    """A template says of every work the same."""
    words = "We will be performing scheduled maintenance in {} on Friday. Some calls may fail."
    one, other, again = (
        titled(told(n, 10 * n, Phase.MAINTENANCE, words.format(place)), f"{place} on Friday")
        for n, place in ((1, "Rushmere"), (2, "Cressing"), (3, "Rushmere"))
    )
    assert [[step.id for step in incident.steps] for incident in joined(one, other, again)] == [["1", "3"], ["2"]]
    bare = (replace(each, announcement=replace(each.announcement, title=None)) for each in (one, again))
    assert len(joined(*bare)) == 1, "an account has no titles"


def test_a_report_under_another_title_is_that_of_another_incident() -> None:
    """Two at the same hours, of one cause: the feed tells of each under its own title."""
    report = "On 4 March, from 08:40 to 09:30 UTC, {} failed for many of you. This is resolved."
    first, last = titled(told(1, 0, START, "Calls fail."), "Calls"), titled(told(2, 35, OVER, "Calls work."), "Calls")
    mail = titled(told(3, 3000, OVER, report.format("sending mail")), "Mail")
    calls = titled(told(4, 3010, OVER, report.format("calls")), "Postmortem: Calls")
    told_of = joined(first, last, mail, calls)
    assert [[step.id for step in incident.steps] for incident in told_of] == [["1", "2", "4"], ["3"]]
    assert why(told_of[0], 4).startswith("names its hours")


def test_only_a_report_that_nobody_files_elsewhere_is_found_again_by_its_hours() -> None:
    """What a page files as an incident of its own is one, and what still lasts is no report."""
    said = [told(1, 0, START, "Calls fail."), told(2, 35, OVER, "Calls work.")]
    words = "On 4 March, from 08:40 to 09:30 UTC, sending mail failed for many of you."
    reports = (
        told(3, 3000, OVER, words),
        told(3, 3000, OVER, words, incident_key="abcdefgh", source="heron/statuspage"),
        told(3, 3000, UPDATE, words),
    )
    assert [len(joined(*said, report)) for report in reports] == [1, 2, 2]


def test_a_later_word_that_is_unsure_and_names_nothing_opens_nothing_but_under_a_title() -> None:
    for title, count in ((None, 0), ("Uploads", 1)):
        unsure = told(1, 0, UPDATE, "ok", title=title)
        assert len(joined(replace(unsure, verdict=replace(unsure.verdict, confidence=0.4)))) == count


def test_a_report_of_an_outage_is_not_of_the_work_that_was_filed_only_when_it_was_done() -> None:
    """Joining and telling know planned work by one sign: that its page plans it."""
    key = {"incident_key": "movedisk", "source": "heron/statuspage", "planned": True}
    work = told(1, 0, OVER, "The disks of the archive are new.", status="completed", **key)
    report = told(2, 3000, OVER, "On 4 March, from 08:40 to 09:10 UTC, uploads failed.")
    assert [one.kind for one in joined(work, report)] == [Kind.MAINTENANCE, Kind.INCIDENT]


WORKS = "Works on the bridge of Foxley close Line 4 from 8 to 19 April. Buses run instead."


def test_planned_work_of_a_day_is_the_same_in_the_same_words() -> None:
    """An account reminds of it each week, here and elsewhere, with other addresses."""
    days = (0, 9, 20, 46)
    said = [told(n, 1440 * day, Phase.MAINTENANCE, f"{WORKS} https://heron.example/{n}") for n, day in enumerate(days)]
    there = told(9, 1440 * 21, Phase.MAINTENANCE, WORKS, source="heron/mastodon")
    moved = told(10, 1440 * 27, Phase.MAINTENANCE, WORKS.replace("19", "26"))
    later = told(11, 1440 * 90, Phase.MAINTENANCE, WORKS)
    one, *others = joined(*said, there, moved, later)
    assert [step.id for step in one.steps] == ["0", "1", "2", "9", "3"]
    assert why(one, 3) == "planned work, announced again in the same words"
    assert [[step.id for step in other.steps] for other in others] == [["10"], ["11"]]


def test_planned_work_that_two_pages_file_is_never_one_by_its_words() -> None:
    one = told(1, 0, Phase.MAINTENANCE, WORKS, incident_key="abcdefgh", source="heron/statuspage")
    other = told(2, 20, Phase.MAINTENANCE, WORKS, incident_key="ijklmnop", source="heron/atom")
    assert len(joined(one, other)) == 2


def test_planned_work_that_names_no_day_is_another_each_time() -> None:
    weekly = "Weekly maintenance of all game servers at 10:00 UTC, for half an hour."
    assert len(joined(*(told(n, 10_080 * n, Phase.MAINTENANCE, weekly) for n in range(3)))) == 3


PLAN = "Scheduled maintenance of the Foxley archive on 16 March from 02:00 to 06:00 UTC."  # twelve days after the first


def plan(number: int, day: float, text: str, **given: Any) -> Told:
    """A word of planned work, on a day after the fourth of March, nine o'clock."""
    return told(number, 1440 * day, Phase.MAINTENANCE, text, **given)


@pytest.mark.parametrize(
    "day, later",
    [
        (5, "Again: the Foxley archive is offline on 16 March from 02:00 to 06:00 UTC, maintenance of its disks."),
        (5, "Scheduled maintenance of the Foxley archive on 16 March from 02:00 to 07:00 UTC."),
        (10.8, "Reminder: maintenance tonight."),
        (11.6, "Scheduled maintenance in 60 minutes."),
        (11.7, "Our maintenance has begun."),
        (12.1, "The maintenance of the Foxley archive is completed."),
    ],
)
def test_planned_work_is_one_until_the_hours_are_over_that_it_was_told_for(day: float, later: str) -> None:
    [one] = joined(plan(1, 0, PLAN), plan(2, day, later))
    assert why(one, 2).startswith("planned work that is not over")


@pytest.mark.parametrize(
    "day, later",
    [
        (5, "Our maintenance has begun."),  # days before: of something else
        (5, "Scheduled maintenance of the Foxley archive on 23 March from 02:00 to 06:00 UTC."),
        (11.7, "The maintenance of the library in Rushmere has begun."),
        (11.7, "The works have begun."),  # no word of those of the plan
        (13.1, "Our maintenance has begun."),  # a day after the end
    ],
)
def test_other_planned_work_is_another(day: float, later: str) -> None:
    assert len(joined(plan(1, 0, PLAN), plan(2, day, later))) == 2


def test_an_outage_in_planned_work_that_was_told_long_ago_is_an_outage() -> None:
    assert len(joined(plan(1, 0, PLAN), told(2, 1440 * 11.8, START, "The Foxley archive is offline."))) == 2


def test_what_a_channel_says_in_one_moment_under_two_titles_is_of_two_where_it_has_nothing_in_common() -> None:
    """As in a feed of lines and how they run, or in one whose entries have no dates."""
    late = told(1, 0, START, "Signals fail near Brent.", title="Red line: Severe delays")
    fine = told(2, 0, OVER, "Service is good.", title="Blue line is back")
    assert len(joined(late, fine)) == 2
    works = told(1, 0, Phase.MAINTENANCE, "Le courrier sera arrêté le 11 août 2026 de 20h à 23h.", title="Courrier")
    cut = told(2, 0, START, "Lundi 3 août 2026 : le réseau est coupé.", title="Coupure au bâtiment Rohmer")
    assert len(joined(works, cut)) == 2, "a month and a year tell nothing apart"
    same = told(2, 0, OVER, "Brent signals work.", title="Red line: Good service")
    assert len(joined(late, same)) == 1


@pytest.mark.parametrize("first, last", [("16", "23"), ("23", "16")])
@pytest.mark.parametrize("on, steps", [("16", 11.7), ("23", 18.7)])
def test_planned_work_that_is_moved_is_not_over_until_the_hours_told_last(
    first: str, last: str, on: str, steps: float
) -> None:
    moved = plan(1, 0, PLAN.replace("16", first)), plan(2, 1, PLAN.replace("16", last), in_reply_to="1")
    assert len(joined(*moved, plan(3, steps, "Our maintenance has begun."))) == (1 if on == last else 2)


def test_planned_work_of_which_only_the_beginning_is_told_or_only_the_end() -> None:
    begins = plan(1, 0, PLAN.replace("02:00 to 06:00", "02:00"))
    assert len(joined(begins, plan(2, 11.7, "Our maintenance has begun."))) == 1
    unzoned = plan(1, 0, PLAN.replace(" UTC", ""))
    assert len(joined(unzoned, plan(2, 11.7, "Our maintenance has begun."))) == 1
    ends = plan(1, 0, "Maintenance of the Foxley archive until 16 March at 06:00 UTC.")
    assert len(joined(ends, plan(2, 11.7, "Our maintenance has begun."))) == 1
    assert len(joined(ends, plan(2, 5, "Maintenance of the Foxley archive until 12 March at 06:00 UTC."))) == 2


def test_a_word_of_one_of_two_plans_at_once_is_of_neither() -> None:
    there = plan(2, 4, PLAN.replace("archive", "library"), source="heron/mastodon", title="Library")
    assert len(joined(plan(1, 0, PLAN), there, plan(3, 11.7, "Our maintenance has begun."))) == 3
    here = plan(3, 11.7, "Maintenance has begun.", source="heron/mastodon", title="Library")
    assert [len(incident.steps) for incident in joined(plan(1, 0, PLAN), there, here)] == [1, 2]


def test_of_two_plans_under_one_title_it_is_the_one_that_is_near() -> None:
    words = (0, PLAN), (3.2, "No change."), (6.8, PLAN.replace("16", "23")), (11.7, "It begins."), (18.7, "It begins.")
    said = [plan(n, day, text, title="Archive") for n, (day, text) in enumerate(words)]
    assert [[step.id for step in incident.steps] for incident in joined(*said)] == [["0", "1", "3"], ["2", "4"]]
    assert len(joined(*said[:3], plan(5, 10.2, "No change.", title="Archive"))) == 3, "none is near"


def test_the_work_of_each_week_is_one_under_the_one_title_of_them_all() -> None:
    """Each is told soon after the end of the last."""
    weeks = [(9, 0, 4.8), (16, 7, 11.8), (23, 14, 18.8)]
    plans = [plan(n, told_on, PLAN.replace("16", str(n)), title="Weekly work") for n, told_on, _ in weeks]
    ends = [plan(100 + n, over_on, "It is completed.", title="Weekly work") for n, _, over_on in weeks]
    said = [step for pair in zip(plans, ends, strict=True) for step in pair]
    assert [[step.id for step in each.steps] for each in joined(*said)] == [["9", "109"], ["16", "116"], ["23", "123"]]


def test_work_that_takes_longer_than_was_told_is_the_same() -> None:
    begun = plan(2, 11.71, "The maintenance of the Foxley archive has begun.")
    longer = plan(3, 11.9, "The maintenance of the Foxley archive is extended until 16 March at 10:00 UTC.")
    assert len(joined(plan(1, 0, PLAN), begun, longer)) == 1


def test_the_field_of_a_page_tells_the_hours_of_planned_work() -> None:
    window = Window(start=NINE + timedelta(days=12), end=NINE + timedelta(days=12, hours=2))
    page = plan(1, 0, "Maintenance of the disks.", source="heron/statuspage", incident_key="abcdefgh", window=window)
    assert len(joined(page, plan(2, 12, "Our maintenance has begun."))) == 1
    assert len(joined(page, plan(2, 14, "Our maintenance has begun."))) == 2
    filed = plan(2, 12, "Our maintenance has begun.", source="heron/atom", incident_key="ijklmnop")
    assert len(joined(page, filed)) == 2


def feed(*, at_once: bool = False) -> list[Told]:
    """Twelve incidents of a feed on twelve days, each told twice under its own title; maybe two in one moment."""
    starts = [(n, 1440 * (n // 2 if at_once else n), f"Server {n}") for n in range(12)]
    first = [titled(told(n, at, START, f"{name} is slow."), f"{name} is slow") for n, at, name in starts]
    last = [titled(told(n + 12, at + 30, OVER, f"{name} is fast."), f"{name} is slow") for n, at, name in starts]
    return first + last


def test_where_a_feed_keeps_its_titles_another_title_is_another_incident() -> None:
    """A fix that is announced at once is a first word too, though it sounds like a later one."""
    calls = titled(told(30, 60 * 288, START, "We look into failing calls."), "Calls fail")
    mail = titled(told(31, 60 * 288 + 12, UPDATE, "A fix is in place, and we keep watching."), "Mail is late")
    again = titled(told(32, 60 * 288 + 20, UPDATE, "A fix is in place, and we keep watching."), "Calls fail")
    *_, one, two = joined(*feed(), calls, mail, again)
    assert ([step.id for step in one.steps], [step.id for step in two.steps]) == (["30", "32"], ["31"])
    for few in ((), feed(at_once=True)):  # of a feed of which we know little, and of one that names parts in its titles
        *_, one = joined(*few, calls, mail, again)
        assert len(one.steps) == 3


def test_a_headline_of_the_end_names_what_was_broken_and_is_no_other_title() -> None:
    """Hours later. A headline that names something else is of something else."""
    broken = titled(told(1, 0, START, "We look into it."), "Pictures of birds do not load")
    over = titled(told(2, 280, OVER, "The disk has been replaced."), "Pictures of birds load again")
    mail = titled(told(2, 280, OVER, "The queue is empty."), "Mail is on time again")
    assert len(joined(broken, over)) == 1
    assert len(joined(broken, mail)) == 2


def test_a_headline_of_a_later_word_names_no_incident_that_its_channel_told_of_without_one() -> None:
    """As where a bridge cuts the title of a long post from its words. A page names it all the same."""
    first = told(1, 0, START, "Pictures of birds do not load, and we look into it.")
    last = titled(told(2, 30, OVER, "Pictures of birds load again."), "Pictures of birds load again.")
    [bare] = joined(first, last)
    assert bare.name == "Pictures of birds do not load, and we look into it."
    [named] = joined(first, titled(told(3, 5, UPDATE, "Birds do not load.", source="heron/feed"), "Birds"), last)
    assert named.name == "Birds"


def test_another_page_is_another_incident_though_a_word_between_had_none() -> None:
    page = "https://heron.example/incidents/{}".format
    first = told(1, 0, START, "Uploads of photos fail.", url=page("k1"))
    between = told(2, 5, UPDATE, "Photos: uploads still fail.", in_reply_to="1")
    other = told(3, 9, UPDATE, "Uploads of photos fail for some.", url=page("k2"))
    same = replace(other, announcement=replace(other.announcement, url=page("k1")))
    assert [len(joined(first, between, last)) for last in (other, same)] == [2, 1]


def test_never_across_two_incidents_of_one_platform() -> None:
    one = told(1, 0, START, "Uploads fail", incident_key="abcdefgh", source="heron/statuspage")
    other = told(2, 1, START, "Uploads fail", incident_key="ijklmnop", source="heron/statuspage",
                 links=("https://status.heron.example/incidents/abcdefgh",))  # fmt: skip
    page = replace(one, announcement=replace(one.announcement, url="https://status.heron.example/incidents/abcdefgh"))
    assert len(joined(page, other)) == 2


def test_every_link_says_why_and_how_sure() -> None:
    [one] = joined(told(1, 0, START, "Uploads of photos fail"), told(2, 5, UPDATE, "Photos: uploads still fail"))
    assert "5 min after its last word" in why(one, 2) and "photos" in why(one, 2)
    assert 0.6 <= (one.steps[1].score or 0) <= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Resolved: Delayed builds", "Delayed builds"),
        ("[Monitoring] Delayed builds", "delayed BUILDS"),
        ("Delayed builds (resolved)", "Investigating - Delayed builds"),
        ("Résolu : Envois en retard", "Envois en retard"),
        ("Fin de la panne : Envois en retard", "Envois en retard"),
        ("Koniec awarii: Opóźnienia przesyłek", "Opóźnienia przesyłek"),
        ("[Rozwiązano] Opóźnienia przesyłek", "Opóźnienia przesyłek (resolved)"),
        ("【調査中】通知の遅れ", "通知の遅れ【復旧済み】"),
        ("【障害】通知の遅れ", "【回復】通知の遅れ"),
    ],
)
def test_a_title_is_the_same_wherever_it_stands(one: str, other: str) -> None:
    assert bare_title(one) == bare_title(other) is not None


@pytest.mark.parametrize(
    ("title", "thing"),
    [
        ("Help desk - Down", "help desk"),
        ("Monitor is UP: Help desk", "help desk"),
        ("Help desk is back online!", "help desk"),
        ("Help desk (degraded performance)", "help desk"),
        ("Resolved: Outage", None),
        ("Slow search - EU", None),
        ("Is the help desk down?", None),
        ("Errors on sign-up", None),
        ("We are back online", None),
        ("All our services are operational", None),
        ("Website is down", "website"),
        ("Help desk went down", "help desk"),
        ("Help desk has recovered", "help desk"),
        ("All services have fully recovered", None),
    ],
)
def test_the_title_of_a_monitor_says_what_it_watches(title: str, thing: str | None) -> None:
    assert watched(title) == thing


@pytest.mark.parametrize(
    ("title", "status", "name"),
    [
        ("[Investigating] Lamps are out", None, "Lamps are out"),
        ("✅ [Resolved] [North pier] Lamps are out", None, "[North pier] Lamps are out"),
        ("Lamps are out (resolved)", None, "Lamps are out"),
        ("Update: Lamps are out", None, "Lamps are out"),
        ("🚨 Lamps are out - Acknowledged", None, "Lamps are out"),
        ("Lampen sind aus – behoben", None, "Lampen sind aus"),
        ("[En cours] Lampes éteintes", None, "Lampes éteintes"),
        ("Ende der Störung: Lampen am Deich", "Ende der Störung", "Lampen am Deich"),
        ("【復旧】灯りがつかない", None, "灯りがつかない"),
        ("Lamps are out - Monitoring", "monitoring", "Lamps are out"),
        ("Lamps are out - Monitoring", None, "Lamps are out - Monitoring"),
        ("Monitoring: late alarms", None, "Monitoring: late alarms"),
        ("Resolved Lamp Disruption", None, "Resolved Lamp Disruption"),
        ("Investigating dark lamps — North pier", "Investigating", "Investigating dark lamps — North pier"),
        ("Closed: north pier", None, "Closed: north pier"),
        ("North pier (closed)", None, "North pier (closed)"),
        ("Lamps are out [Closed]", None, "Lamps are out"),
        ("[Lamps] Out", None, "[Lamps] Out"),
        ("[Resolved]", "Resolved", "[Resolved]"),
        ("Update: 14:05", None, "Update: 14:05"),
    ],
)
def test_an_incident_is_named_without_the_state_in_which_it_was_first_told_of(
    title: str, status: str | None, name: str
) -> None:
    assert unbadged(title, status) == name


def test_the_name_of_an_incident_says_no_state_and_its_words_do() -> None:
    down = told(1, 0, START, "We look for the switch.", title="[Investigating] Lamps are out")
    back = told(2, 30, OVER, "They burn again.", title="[Resolved] Lamps are out")
    [one] = joined(down, back)
    assert one.name == "Lamps are out"
    assert [step.title for step in one.steps] == ["[Investigating] Lamps are out", "[Resolved] Lamps are out"]


def test_an_end_that_is_declared_under_a_title_of_something_else_ends_nothing() -> None:
    """What that title named may have rolled off the feed, or was told of only now."""
    down = told(1, 0, START, "We look into slow ferries between the islands.", title="Ferries - Global")
    by_words = told(2, 80, OVER, "The lamps burn again.", title="Resolved: Lamps, north pier")
    declared = replace(by_words, verdict=replace(by_words.verdict, is_declared=True))
    same = replace(declared, announcement=replace(declared.announcement, title="Resolved: Ferries late"))
    assert [len(joined(down, each)) for each in (by_words, declared, same)] == [1, 2, 1]


def test_a_title_that_says_that_all_is_well_ends_what_another_one_began() -> None:
    """It names no other thing than the one that was broken."""
    down = told(1, 0, START, "The lamps of the harbour are out", title="Harbour lamps - Down")
    back = told(2, 30, OVER, "The lamps of the harbour burn again", title="We are back online")
    assert len(joined(down, back)) == 1
    assert len(joined(down, replace(back, announcement=replace(back.announcement, title="Ferries - Up")))) == 2


def test_what_a_title_watches_is_the_same_where_one_has_no_word_more_or_names_it_as_a_component() -> None:
    down = told(1, 0, START, "Nobody can pay the ferry", title="The ferry checkout is down", source="heron/feed")
    back = told(2, 30, OVER, "All can pay the ferry again", title="Checkout is back online", source="heron/feed")
    other = replace(back, announcement=replace(back.announcement, title="Ferry lamps - Up"))
    assert [len(joined(down, back)), len(joined(down, other))] == [1, 2]
    part = replace(down.announcement, title="Slow checkout", components=("Checkout", "Tills"))
    assert len(joined(replace(down, announcement=part), back)) == 1


@pytest.mark.parametrize("piece", ["-", "- ", "(((", "a - ", "is now ", " resolved - ", "[( "])
def test_hostile_titles_take_no_time(piece: str) -> None:
    began = time.process_time()
    assert bare_title(piece * 300) != "" and watched(piece * 300) is None
    assert unbadged((piece * 300)[:300], None)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("piece", [":", ": ", ".\n", "a:_", "\u0315\u0300", "\ufdfa"])
def test_titles_and_names_of_a_megabyte_take_no_time(piece: str) -> None:
    long = "Uploads fail " + piece * (1_000_000 // len(piece))
    began = time.process_time()
    [one] = joined(told(1, 0, START, long, title=long, components=(long,), impact=long))
    assert (one.name, one.components) == (long, (long,))
    assert time.process_time() - began < 5


def test_a_network_a_patch_and_a_standard_are_no_number_of_an_incident() -> None:
    assert numbers_in("mo821132 and inc-0012345") == {"mo821132", "inc-0012345"}
    assert not numbers_in("as13335, kb5034441, iso27001 and rfc-10008")


def test_addresses_are_compared_without_what_does_not_tell() -> None:
    assert bare("https://www.heron.example/a/b/?utm=1#x") == bare("http://heron.example/a/b")
    assert bare("http://[broken") == "http://[broken"
    assert bare("https://mobile.twitter.com/heron/status/1") == bare("https://x.com/heron/status/1?s=20")


def test_names_and_words_that_tell() -> None:
    words = read(told(1, 0, START, "We are investigating errors of Loom on Line C in us-east-2").announcement)
    assert {"loom", "line c", "us-east-2"} <= words.names
    assert words.telling == {"loom", "us-east-2"}
    assert read(told(1, 0, START, "メッセージの送信ができません").announcement).names == {"メッセージ"}


def test_we_saw_an_incident_first_with_whichever_post_came_first() -> None:
    """A bridge brought the first post an hour late; what the first poll of a source held is of an unknown time."""
    first, second = told(1, 0, START, "Uploads fail"), told(2, 5, UPDATE, "Uploads still fail", in_reply_to="1")
    late, soon = (NINE + timedelta(minutes=minutes) for minutes in (60, 6))
    [one] = joined(replace(first, first_seen_at=late), replace(second, first_seen_at=soon))
    [older] = joined(first, replace(second, first_seen_at=soon))
    assert (one.first_seen_at, older.first_seen_at) == (soon, None)
    assert [each.bases["first_seen_at"] for each in (one, older)] == ["our poll", "no poll of ours saw it appear"]


def test_the_worst_declared_impact_counts_and_an_unknown_word_only_alone() -> None:
    [one] = joined(*(
        told(n, n, UPDATE, "Uploads fail", incident_key="a", impact=word)
        for n, word in enumerate(("minor", "purple", "major", "minor"), 1)
    ))  # fmt: skip
    [alone] = joined(told(1, 0, START, "Uploads fail", impact="purple"))
    assert (one.impact, alone.impact) == ("major", "purple")


@pytest.mark.parametrize(
    ("phase", "text", "confidence", "opens"),
    [
        (OVER, "ok", 0.4, False),
        (UPDATE, "We are on it", 0.4, False),
        (OVER, "Fixed", 0.9, True),
        (OVER, "Login works again", 0.45, True),
        (OVER, "Login works again", 0.4, False),  # to whoever judged it these were words of no language
        (START, "Down", 0.4, True),
    ],
)
def test_a_lone_word_that_hardly_says_anything_opens_no_incident(
    phase: Phase, text: str, confidence: float, opens: bool
) -> None:
    verdict = Verdict(phase=phase, confidence=confidence, because="said")
    word = replace(told(2, 30, phase, text), verdict=verdict)
    assert len(joined(word)) == opens
    [one] = joined(told(1, 0, START, "Login fails"), word)
    assert [step.id for step in one.steps] == ["1", "2"], "after a first word it has its place"
    person = Correction(action=Action.PHASE, first=("heron/x", "2"), phase=OVER)
    assert len(assemble((word,), corrections=(person,))) == 1, "where a person says what it is"


def test_the_name_of_a_zone_is_no_region() -> None:
    [far] = joined(told(1, 0, START, "Queries in asia-east2 fail, beginning at 01:00 US/Pacific."))
    [here] = joined(told(1, 0, START, "Queries in the US fail, in US/EU and US/Canada views too."))
    assert (far.regions, here.regions) == (("asia-east2",), ("eu", "us"))


A_DAY = Window(start=NINE, end=NINE + timedelta(days=1))


@pytest.mark.parametrize(
    ("phase", "given", "silent", "before"),
    [
        (START, {}, timedelta(hours=24), State.OPEN),
        (START, {"incident_key": "k"}, timedelta(days=7), State.OPEN),
        (Phase.MAINTENANCE, {}, timedelta(days=30), State.PLANNED),
        (Phase.MAINTENANCE, {"window": A_DAY}, timedelta(days=2), State.OVERRUN),
        (Phase.MAINTENANCE, {"window": A_DAY, "incident_key": "k"}, timedelta(days=8), State.OVERRUN),
    ],
)
def test_what_nobody_closes_lapses_after_as_long_a_silence_as_docs_say(
    phase: Phase, given: dict[str, Any], silent: timedelta, before: State
) -> None:
    only = told(1, 0, phase, "The app does not load", **given)
    for late, state in ((timedelta(minutes=-1), before), (timedelta(), State.LAPSED)):
        [incident] = assemble([only], as_of=NINE + silent + late)
        assert incident.state is state


@pytest.mark.parametrize("changed, state", [(timedelta(days=2), State.OPEN), (timedelta(days=9), State.LAPSED)])
def test_whose_words_are_changed_is_not_silent_unless_it_long_was(changed: timedelta, state: State) -> None:
    """Some pages keep one text an incident and write on in it; others reword all that is years old in one go."""
    only = told(1, 0, START, "The app does not load")
    later = replace(only.announcement, text="The app does not load. We found a part that may be it")
    change = Revision(number=2, seen_at=NINE + changed, announcement=later, verdict=only.verdict)
    [incident] = assemble([replace(only, revisions=(change,))], as_of=NINE + changed + timedelta(hours=23))
    assert incident.state is state


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("The maintenance, planned until 06:00 UTC, has been completed.", State.COMPLETED),
        ("Die Wartung von 2:00 bis 4:00 Uhr wurde abgeschlossen.", State.COMPLETED),
        ("La maintenance prévue jusqu'à 6h est terminée.", State.COMPLETED),
        ("書庫のメンテナンスは完了しました。", State.COMPLETED),
        ("Work on the mail servers is done, a bit early even.", State.COMPLETED),
        ("The work is done in the night.", State.PLANNED),
        ("We wait until it is completed.", State.PLANNED),
        ("We melden ons als de werkzaamheden zijn voltooid.", State.PLANNED),
        ("Het onderhoud is als voltooid gemeld.", State.COMPLETED),
        ("Die Wartung ist noch nicht abgeschlossen.", State.PLANNED),
        ("När underhållet är slutfört skriver vi här.", State.PLANNED),
        ("Обслуживание будет завершено позже.", State.PLANNED),
        ("書庫のメンテナンスはまだ完了していません。", State.PLANNED),
        ("書庫のメンテナンスが完了し次第お知らせします。", State.PLANNED),
        ("점검이 완료되는 대로 알려 드리겠습니다.", State.PLANNED),
    ],
)
def test_planned_work_is_over_where_words_say_so_and_not_when_it_will_be(words: str, state: State) -> None:
    plan = told(1, 0, Phase.MAINTENANCE, "Maintenance of the archive.", planned=True, incident_key="a")
    post = told(2, 60, Phase.MAINTENANCE, words, planned=True, incident_key="a")
    [incident] = assemble([plan, post])
    assert incident.state is state
