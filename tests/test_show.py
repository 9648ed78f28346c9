"""What people and scripts read: golden files under tests/show, and that strangers' words stay harmless."""

from __future__ import annotations

import csv
import json
import os
import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tracker.models import (
    Absence,
    AbsenceKind,
    Action,
    Announcement,
    Correction,
    CountedIncident,
    CountedStep,
    Incident,
    Kind,
    Phase,
    Revision,
    State,
    Step,
    Told,
    Verdict,
    Window,
)
from tracker.show import atom, checked, detail, figures, html, ical, svg, table, text, words
from tracker.show import csv as show_csv
from tracker.show import json as show_json
from tracker.show.clean import cells, clean, clean_line, shorten, wrap
from tracker.show.text import Sheet
from tracker.statistics import By, statistics

GOLDEN = Path(__file__).parent / "show"
NAMES = {"ripple": "Ripple", "dune": "Dune & Fils"}
HOSTILE = "All good \x1b[2J\x1b]0;owned\x07again\x9b31m \u202egnihton\u202c <script>alert(1)</script>\r\n\x00=1+1"


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment of April 2022, UTC."""
    return datetime(2022, 4, day, hour, minute, tzinfo=UTC)


def step(source: str, id_: str, phase: Phase, when: datetime, said: str, **other: object) -> Step:
    """A step in few words."""
    verdict = Verdict(phase=phase, confidence=0.9, because="the words say so")
    given: dict[str, object] = {
        "revision": 1, "title": None, "url": f"https://{source.replace('/', '.')}.example/{id_}", "status": None,
        "joined_by": "the platform's own incident", **other,
    }  # fmt: skip
    return Step(
        source=source, id=id_, phase=phase, at=when, at_basis="published", seen_at=when + timedelta(minutes=1),
        verdict=verdict, text=said, **given,
    )  # type: ignore[arg-type]  # fmt: skip


AWAY = (at(29, 23, 40), at(29, 23, 45))
EVENING = Incident(
    id="ripple-7f3a",
    vendor="ripple",
    kind=Kind.INCIDENT,
    name="Messages may not go out",
    state=State.RESOLVED,
    impact="major",
    components=("Messages", "Calls"),
    steps=(
        step("ripple/x", "1", Phase.OUTAGE_START, at(28, 21, 17),
             "Some of you cannot send messages right now. We know, and we are on it; thank you for your patience.",
             revised=2),
        step("ripple/x", "2", Phase.RESOLVED, at(28, 21, 45), "Messages flow again. Sorry for the evening!"),
    ),
    announced_at=at(28, 21, 17),
    first_resolved_at=at(28, 21, 45),
    resolved_at=at(28, 21, 45),
    bases={"announced_at": "first post", "resolved_at": "last word that says so"},
    aliases=("ripple/x#1", "ripple/x#2"),
)  # fmt: skip
NIGHT = Incident(
    id="dune-11",
    vendor="dune",
    kind=Kind.INCIDENT,
    name="Retards dans la file des constructions, dans toutes les régions",
    state=State.OPEN,
    impact=None,
    components=("File d'attente",),
    steps=(
        step("dune/statuspage", "a", Phase.OUTAGE_START, at(29, 22, 50), "Les constructions attendent longtemps.",
             title="En cours d'examen"),
        step("dune/statuspage", "b", Phase.UPDATE, at(29, 23, 20), "遅延が続いています。" * 8, withdrawn_between=AWAY),
        step("dune/statuspage", "a", Phase.UPDATE, at(30, 1, 5), "La cause est connue.", revision=2),
    ),
    announced_at=at(29, 22, 50),
)  # fmt: skip
GONE = replace(NIGHT, id="dune-12", state=State.ENDED_UNANNOUNCED, ended_between=(at(30, 3, 0), at(30, 3, 5)), name="")
WORK = replace(
    EVENING,
    id="ripple-work",
    kind=Kind.MAINTENANCE,
    name="Database moves to new machines",
    state=State.PLANNED,
    impact=None,
    steps=(step("ripple/statuspage", "m", Phase.MAINTENANCE, at(27, 9, 0), "We will move it on Saturday."),),
    impact_started_at=at(30, 2, 0),
    impact_ended_at=at(30, 4, 30),
    resolved_at=None,
)
ALL = (WORK, EVENING, NIGHT, GONE)


def same_as_golden(name: str, shown: str) -> None:
    """Compare with the file; with TRACKER_GOLDEN=write it is written anew, to be read by eye."""
    file = GOLDEN / name
    if os.environ.get("TRACKER_GOLDEN") == "write":
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_timeline_as_people_see_it(width: int) -> None:
    shown = "".join(text.timeline(ALL, Sheet(UTC, width, NAMES)))
    same_as_golden(f"timeline-{width}.txt", shown)
    # Addresses alone may be longer than the line: cut, no terminal could open them.
    assert all(cells(line) <= width for line in shown.splitlines() if "https://" not in line)


LONG = "the-cooperative-of-the-makers-of-clocks-and-of-other-machines"


def spell(vendor: str, component: str, day: int, *minutes: int) -> CountedIncident:
    """An incident that was told at these minutes of a day, the last that it is over; only one: it is open."""
    times = [at(day, 0, 0) + timedelta(minutes=minute) for minute in minutes]
    over = times[-1] if len(times) > 1 else None
    phases = [*[Phase.OUTAGE_START] * (len(times) - 1), Phase.RESOLVED if over else Phase.UPDATE]
    return CountedIncident(
        id=f"{vendor}-{day}", vendor=vendor, kind=Kind.INCIDENT, state=State.RESOLVED if over else State.OPEN,
        severity="minor" if day % 2 else None, components=(component,), announced_at=times[0], first_resolved_at=over,
        resolved_at=over, steps=tuple(CountedStep(when, phase) for when, phase in zip(times, phases, strict=True)),
        impact_started_at=times[0] - timedelta(minutes=day) if day > 20 else None,
    )  # fmt: skip


SPELLS = (
    spell("dune", "File d'attente", 3, 10, 150), spell("dune", "File d'attente", 9, 1),
    spell("ripple", "东京数据中心的对象存储服务与日志服务", 21, 5, 20, 1433), spell("ripple", "Calls", 22, 5, 65, 100),
    spell("ripple", "Calls", 28, 300, 340), spell(LONG, "", 29, 7, 27),
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 120])
def test_figures_as_people_see_them(width: int) -> None:
    rows = statistics(SPELLS, by=By.COMPONENT)
    shown = "".join(f"{line}\n" for line in figures.lines(rows, width=width, colour=False))
    same_as_golden(f"stats-{width}.txt", shown)


def test_figures_fit_every_terminal_that_has_room_for_one() -> None:
    rows = statistics(SPELLS, by=By.COMPONENT)
    for width in range(1, 200):
        lines = list(figures.lines(rows, width=width, colour=False))
        assert width < 30 or all(cells(line) <= width for line in lines), width
        assert "incidents" in lines[0]
        assert ("n" in lines[0].split()) == any(line.startswith("n ") for line in lines), "told where there is one"


def test_figures_of_one_vendor_name_it_and_how_many_they_are_of_is_dim() -> None:
    plain, coloured = (list(figures.lines(statistics(SPELLS[:2]), width=90, colour=c)) for c in (False, True))
    assert [line.split()[:2] for line in plain[:2]] == [["vendor", "incidents"], ["dune", "2"]]
    assert re.findall(r"\x1b\[2m *([^ ]+)\x1b\[0m", coloured[1]) == ["1", "1", "0"], "of MTTR, of downtime, of the lag"


def test_bars_and_picture_as_people_see_them() -> None:
    early = spell("dune", "Timetables", 23, 10, 20)
    early = early._replace(impact_started_at=early.announced_at + timedelta(minutes=12))
    rows = statistics([*SPELLS, early], by=By.COMPONENT)
    told = figures.bars(rows, "lag_median_s", width=60, colour=False)
    same_as_golden("bars-60.txt", "".join(f"{line}\n" for line in told))
    same_as_golden("bars.svg", figures.svg(rows, "lag_median_s"))


def test_figures_that_are_piped_are_whole() -> None:
    shown = list(figures.lines(statistics(SPELLS), width=10_000, colour=False))
    assert any(line.startswith(f"{LONG}  ") for line in shown)
    assert {"MTTR", "rewritten"} <= {*shown[0].split()} and not any("…" in line for line in shown)
    assert (
        list(figures.lines([], width=80, colour=False))
        == list(figures.bars([], "mttr_s", width=80, colour=False))
        == []
    )


def test_no_mark_is_cut_off_on_a_narrow_terminal() -> None:
    marked = replace(EVENING.steps[0], source="ripple/a-source-with-a-long-name", revised=12, withdrawn_between=AWAY)
    evening = replace(EVENING, steps=(EVENING.steps[0], marked))
    shown = text.story(evening, Sheet(UTC, 40, NAMES))
    assert "[revised ×2]" in shown and "[revised ×12] · [withdrawn]" in shown
    assert all(cells(line) <= 40 for line in shown.splitlines() if "https://" not in line)


def test_colour_changes_nothing_but_colour() -> None:
    plain = "".join(text.timeline(ALL, Sheet(UTC, 80, NAMES)))
    coloured = "".join(text.timeline(ALL, Sheet(UTC, 80, NAMES, colour=True)))
    assert coloured != plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b" not in plain


def test_how_long_it_was_is_what_the_clocks_beside_it_say() -> None:
    """18:35–20:54 is 2 h 19 min, whatever the seconds; what is under a minute is told by them."""
    start = at(28, 18, 35) + timedelta(seconds=31)
    assert words.between(start, at(28, 20, 54) + timedelta(seconds=10)) == "2 h 19 min"
    assert words.between(start, start + timedelta(seconds=40)) == "40 s"


def test_what_the_vendor_says_of_its_hours_is_told_where_it_is_more_than_when_it_spoke() -> None:
    def told(start: datetime | None, end: datetime | None, kind: Kind = Kind.INCIDENT) -> str:
        hours = {"impact_started_at": start, "impact_ended_at": end, "kind": kind}
        return " · ".join(words.by_the_vendor(replace(EVENING, **hours), UTC))  # type: ignore[arg-type]

    assert told(None, None) == told(at(28, 21, 17), at(28, 21, 45)) == told(at(28, 20, 0), None, Kind.MAINTENANCE) == ""
    assert told(at(28, 20, 50), None) == "The vendor says that it began Thu 28 Apr 2022 20:50 UTC"
    assert told(None, at(28, 22, 5)) == "The vendor says that it ended Thu 28 Apr 2022 22:05 UTC"
    [still_open] = words.by_the_vendor(replace(NIGHT, impact_ended_at=at(30, 2, 0)), UTC)
    assert still_open == "The vendor says that it ended Sat 30 Apr 2022 02:00 UTC", "no word does"
    whole = told(at(28, 20, 50), at(28, 21, 45))
    assert whole == "The vendor says that it lasted Thu 28 Apr 2022, 20:50–21:45 UTC · 55 min"
    page = html.page([replace(EVENING, impact_ended_at=at(28, 22, 5))], tz=UTC, vendor_names={})
    assert "The vendor says that it ended Thu 28 Apr 2022 22:05 UTC." in page


def test_a_title_stands_on_the_page_where_it_is_news() -> None:
    first, second = EVENING.steps
    steps = (replace(first, title="Help desk - Down"), replace(second, title="Help desk - Up", text=""))
    steps += (replace(second, title="Help desk - Up", text="", status="closed"),)
    page = html.page([replace(EVENING, name="Help desk - Down", steps=steps)], tz=UTC, vendor_names={})
    assert (page.count("Help desk - Up</p>"), page.count("<p>Help desk - Down")) == (1, 0)
    assert "<p>(no words, only its state: closed)</p>" in page


def test_planned_work_of_unknown_beginning_has_no_length() -> None:
    """When it was announced is not when it began."""
    done = {"kind": Kind.MAINTENANCE, "state": State.COMPLETED}
    work = replace(EVENING, resolved_at=at(29, 4, 0), impact_ended_at=at(29, 4, 0), **done)
    assert (words.length(work), work.duration_s) == (None, None)
    known = replace(work, impact_started_at=at(29, 2, 0))
    assert (words.length(known), known.duration_s) == ("2 h", 7200)
    assert replace(known, impact_ended_at=None).duration_s == 7200, "no hour of its end, but the word that it is over"


def test_how_long_planned_work_took_is_no_matter_of_when_it_was_announced() -> None:
    hours = {"impact_started_at": at(28, 21, 30), "impact_ended_at": at(28, 21, 40)}
    work = replace(EVENING, kind=Kind.MAINTENANCE, state=State.COMPLETED, **hours)
    shown = detail.detail(work, [], Sheet(UTC, 80, {}))
    assert "duration          10 min  (ended − started)" in shown
    assert show_json.incident_json(work)["duration_s"] == 600
    under_way = replace(work, state=State.IN_PROGRESS)
    assert (words.length(under_way), under_way.duration_s) == ("10 min", None), "it is to take so long"


def test_planned_work_that_left_its_list_is_gone_and_has_not_ended() -> None:
    gone = replace(EVENING, state=State.ENDED_UNANNOUNCED)
    assert words.state_words(gone) == "ended without a word"
    assert words.state_words(replace(gone, kind=Kind.MAINTENANCE)) == "gone without a word"


def test_an_impact_of_none_says_of_what() -> None:
    assert words.impact(replace(EVENING, impact="none")) == "impact none"
    assert words.impact(replace(EVENING, impact="incident")) == "", "what it is, not how bad it is"


def test_of_many_components_the_first_are_named_and_how_many_more_there_are() -> None:
    many = replace(EVENING, components=tuple(f"queue-{number}" for number in range(150)))
    assert words.facts(many, UTC)[-3:] == ["queue-10", "queue-11", "and 138 more"]
    assert words.parts(replace(EVENING, components=many.components[:12]))[-1] == "queue-11"


def test_a_span_over_a_change_of_the_clocks_names_both_zones() -> None:
    paris, first = ZoneInfo("Europe/Paris"), datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert words.span(first, first + timedelta(minutes=40), paris) == "Sun 27 Oct 2024, 02:30 CEST–02:10 CET"
    assert words.span(first - timedelta(hours=5), first + timedelta(hours=2), paris) == (
        "Sat 26 Oct 2024, 21:30 CEST – Sun 27 Oct 2024, 03:30 CET"
    )


def test_local_times_name_their_zone() -> None:
    shown = text.story(EVENING, Sheet(ZoneInfo("Europe/Paris"), 80, {}))
    assert "Thu 28 Apr 2022, 23:17–23:45 CEST · 28 min" in shown
    assert words.zone_name(at(28, 1, 1), ZoneInfo("America/Sao_Paulo")) == "UTC-03"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (1680, "28 min"), (3600, "1 h"), (11100, "3 h 05 min"), (172800, "2 d"),
     (187200, "2 d 4 h")],
)  # fmt: skip
def test_durations(seconds: int, said: str) -> None:
    assert words.duration(seconds) == said


def reworded() -> Told:
    """The evening's first post with a second version."""
    first = Announcement(source="ripple/x", vendor="ripple", id="1", text="Some of you cannot send.", status="new")
    later = replace(first, text="Many of you could not send.", status="done", edited_at=at(28, 21, 52))
    declared = Verdict(phase=Phase.RESOLVED, confidence=0.98, because="the vendor's state is “done”", is_declared=True)
    return Told(
        order=1,
        announcement=first,
        verdict=EVENING.steps[0].verdict,
        seen_at=at(28, 21, 18),
        first_seen_at=None,
        revisions=(Revision(number=2, seen_at=at(28, 22, 0), announcement=later, verdict=declared),),
    )


def test_detail_tells_every_version() -> None:
    told = reworded()
    shown = detail.detail(EVENING, [told], Sheet(UTC, 80, NAMES))
    same_as_golden("detail-80.txt", shown)
    assert "\n    Many of you could not send.\n" in shown, "what it says now can be quoted as it stands"
    narrow = detail.detail(EVENING, [told], Sheet(UTC, 60, NAMES))
    assert "(first post)\n" in narrow and f"28 Apr 2022 21:45 UTC\n{' ' * 20}(last word that says so)\n" in narrow
    assert all(cells(line) <= 60 for line in narrow.splitlines())
    everything = show_json.detail_json(EVENING, [told])
    [revision] = everything["revisions"]
    assert (revision["number"], revision["seen_at"], revision["edited_at"]) == (
        2, "2022-04-28T22:00:00Z", "2022-04-28T21:52:00Z",
    )  # fmt: skip
    assert [update["edited_at"] for update in everything["updates"]] == [None, None]
    assert everything["bases"]["announced_at"] == "first post"


def test_the_id_of_an_announcement_is_whole_however_long_to_be_copied() -> None:
    """`correct` and `forget` take it; in two lines it was two words."""
    name = "q7bhd2/investigating/2022-04-28T21:17Z/1" * 2
    first = replace(reworded().announcement, id=name)
    evening = replace(EVENING, steps=(replace(EVENING.steps[0], id=name),))
    shown = detail.detail(evening, [], Sheet(UTC, 60, {}))
    alone = detail.alone(replace(reworded(), announcement=first), "judged so", Sheet(UTC, 60, {}))
    assert all(f"  announcement   ripple/x#{name}\n" in each for each in (shown, alone))


def moved() -> Told:
    """The planned work with a second version, which has other hours and the same words."""
    first = Announcement(
        source="ripple/statuspage", vendor="ripple", id="m", text="We will move it on Saturday.", planned=True,
        window=Window(start=at(29, 2, 0), end=at(29, 4, 0)),
    )  # fmt: skip
    later = replace(first, window=Window(start=at(30, 2, 0), end=at(30, 4, 30)))
    verdict = WORK.steps[0].verdict
    revision = Revision(number=2, seen_at=at(28, 12, 0), announcement=later, verdict=verdict)
    return Told(
        order=2, announcement=first, verdict=verdict, seen_at=at(27, 9, 1), first_seen_at=None, revisions=(revision,)
    )  # fmt: skip


def test_hours_that_were_moved_are_told_wherever_the_versions_are() -> None:
    """The words stay: without the hours nobody would see what the vendor changed."""
    work, told = replace(WORK, steps=(replace(WORK.steps[0], revised=1),)), moved()
    shown = detail.detail(work, [told], Sheet(UTC, 80, NAMES))
    change = "[-Fri 29 Apr 2022, 02:00–04:00 UTC-]{+Sat 30 Apr 2022, 02:00–04:30 UTC+}"
    assert f"hours ± {change}" in " ".join(shown.split())
    now = "now Sat 30 Apr 2022, 02:00–04:30 UTC"
    assert now in html.page([work], tz=UTC, vendor_names=NAMES, told=[told]) and now in fed(work, told=[told])
    [revision] = show_json.detail_json(work, [told])["revisions"]
    assert revision["window"] == {"start": "2022-04-30T02:00:00Z", "end": "2022-04-30T04:30:00Z"}
    assert show_json.detail_json(EVENING, [reworded()])["revisions"][0]["window"] is None


def test_hours_of_which_one_is_unknown_are_told_as_far_as_they_are_known() -> None:
    assert words.window(Window(start=at(29, 2, 0)), UTC) == "Fri 29 Apr 2022, 02:00 UTC"
    assert words.window(Window(end=at(29, 4, 0)), UTC) == "until Fri 29 Apr 2022 04:00 UTC"
    assert words.window(None, UTC) == words.window(Window(), UTC) == "hours unknown"


def test_a_calendar_says_when_work_was_moved() -> None:
    """By DTSTAMP and LAST-MODIFIED a calendar knows that it holds an older one."""
    made = ical.calendar([WORK], title="Planned work", tz=UTC, vendor_names=NAMES, told=[moved()])
    [event] = Calendar.from_ical(made).walk("VEVENT")
    assert event["dtstamp"].dt == event["last-modified"].dt == at(28, 12, 0)


def test_a_calendar_tells_work_in_the_words_of_today() -> None:
    """Those of before may name other hours."""
    told = moved()
    later = replace(told.revisions[0], announcement=replace(told.announcement, text="We move it on Sunday."))
    told = replace(told, revisions=(later,))
    begun = replace(WORK.steps[0], revision=2, text=later.announcement.text, at=at(30, 2, 0))
    for steps, said in ((WORK.steps, ["Sunday"]), ((*WORK.steps, begun), ["Saturday", "Sunday"])):
        made = ical.calendar([replace(WORK, steps=steps)], title="Work", tz=UTC, vendor_names=NAMES, told=[told])
        [event] = Calendar.from_ical(made).walk("VEVENT")
        assert re.findall(r"Satur\w+|Sun\w+", str(event["description"])) == said


def test_when_words_were_taken_back_is_said_with_them() -> None:
    gone = replace(EVENING, steps=(EVENING.steps[0], replace(EVENING.steps[1], withdrawn_between=AWAY)))
    shown = detail.detail(gone, [], Sheet(UTC, 80, NAMES))
    between = "between Fri 29 Apr 2022 23:40 UTC and Fri 29 Apr 2022 23:45 UTC"
    assert "✓ Thu 28 Apr 2022 21:45 UTC  resolved  [withdrawn]\n" in shown
    assert f" withdrawn {between} " in " ".join(shown.split())
    assert f" · withdrawn {between} · " in html.page([gone], tz=UTC, vendor_names=NAMES)
    first, second = show_json.timeline_json(gone)["updates"]
    assert (first["withdrawn"], first["withdrawn_between"]) == (False, None)
    assert second["withdrawn_between"] == ["2022-04-29T23:40:00Z", "2022-04-29T23:45:00Z"]


def test_whoever_hears_the_page_goes_from_heading_to_heading_and_hears_each_state() -> None:
    shown = html.page([EVENING], tz=UTC, vendor_names=NAMES)
    heading = re.search(r"<h2>(.*?)</h2>", shown)
    assert heading and re.sub("<[^>]+>", "", heading[1]) == "✓ resolved Ripple: Messages may not go out"
    assert 'aria-label="1 incident, Thu 28 Apr' in shown


def test_page_tells_what_people_corrected() -> None:
    said = Correction(action=Action.IGNORE, first=("ripple/x", "9"), author="<ana>", reason="a joke")
    shown = html.page([replace(EVENING, corrections=(said,))], tz=UTC, vendor_names=NAMES)
    assert '<p class="soft">✎ ripple/x#9 belongs to no incident, says &lt;ana&gt;: a joke</p>' in shown


def test_detail_says_one_length_and_that_of_the_clocks_beside_it() -> None:
    evening = replace(EVENING, announced_at=at(28, 21, 17) + timedelta(seconds=50))
    shown = detail.detail(evening, [], Sheet(UTC, 80, NAMES))
    assert evening.duration_s == 27 * 60 + 10
    assert " · 28 min · " in shown and "\n  duration          28 min  (resolved − announced)\n" in shown


@pytest.mark.parametrize(
    ("phase", "says", "place"),
    [
        (Phase.UPDATE, Phase.UPDATE, None),
        (Phase.UPDATE, Phase.OUTAGE_START, "an update, since the incident had begun"),
        (Phase.OUTAGE_START, Phase.UPDATE, "the start, since it is the first word"),
        (Phase.OUTAGE_START, Phase.RESOLVED, "the start, since it is the first word and live ones followed"),
    ],
)
def test_where_the_place_decided_against_words_or_a_person_the_detail_says_so(
    phase: Phase, says: Phase, place: str | None
) -> None:
    by_words = replace(EVENING.steps[0], phase=phase, verdict=replace(EVENING.steps[0].verdict, phase=says))
    otherwise = replace(by_words, verdict=replace(by_words.verdict, phase=Phase.UNRELATED))
    by_person = Correction(action=Action.PHASE, first=otherwise.name, phase=says)
    for step, corrections in ((by_words, ()), (otherwise, (by_person,))):
        incident = replace(EVENING, steps=(step,), corrections=corrections)
        shown = detail.detail(incident, [], Sheet(UTC, 100, NAMES))
        assert re.findall(r"  yet it is      (.+)", shown) == [place] * (place is not None)


def test_an_announcement_in_no_incident_says_why() -> None:
    told = reworded()
    gone = Absence(
        source="ripple/x", key="1", kind=AbsenceKind.WITHDRAWN, last_seen_at=at(28, 23, 0), missing_at=at(28, 23, 5)
    )  # fmt: skip
    ignored = Correction(action=Action.IGNORE, first=("ripple/x", "1"), author="ana")
    between = "withdrawn between Thu 28 Apr 2022 23:00 UTC and Thu 28 Apr 2022 23:05 UTC"
    assert words.why_alone(told, [gone], [], UTC) == between
    assert words.why_alone(told, [gone], [ignored], UTC) == f"ripple/x#1 belongs to no incident, says ana; {between}"
    chat = Correction(action=Action.PHASE, first=("ripple/x", "1"), phase=Phase.UNRELATED, author="ana")
    assert words.why_alone(told, [], [chat], UTC) == "ripple/x#1 says unrelated, says ana"
    others = replace(chat, first=("ripple/x", "2"))
    assert words.why_alone(told, [], [others], UTC) == "by the rules of today it tells of none"
    assert words.why_alone(told, [], [], UTC) == "by the rules of today it tells of none"
    assert words.why_alone(told, [], [], UTC, answers=True) == "an answer to somebody, which opens none"
    over = replace(told, verdict=replace(told.verdict, phase=Phase.RESOLVED))
    assert words.why_alone(over, [], [], UTC, thread=True) == "what it says is over was no incident in its thread"
    assert words.why_alone(over, [], [ignored], UTC, thread=True) == "ripple/x#1 belongs to no incident, says ana"
    chatter = replace(told.verdict, phase=Phase.UNRELATED)
    assert words.why_alone(replace(told, verdict=chatter, revisions=()), [], [], UTC) == "judged unrelated"
    assert words.why_alone(replace(told, verdict=chatter), [], [], UTC) == "by the rules of today it tells of none"
    shown = detail.alone(told, between, Sheet(UTC, 80, {}))
    assert shown.startswith(f"in no incident: {between}\n") and "Many of you could not send.\n" in shown
    times = {"published_at": at(28, 21, 17), "edited_at": at(28, 21, 33)}
    dated = detail.alone(replace(told, announcement=replace(told.announcement, **times)), between, Sheet(UTC, 80, {}))
    assert "Thu 28 Apr 2022 21:17 UTC\n" in dated and "Thu 28 Apr 2022 21:33 UTC" in dated
    assert detail.alone(told, between, Sheet(UTC, 5, {})).count("\n") < 40, "not a letter a line"
    alone = show_json.alone_json(told, between)
    assert (alone["status"], alone["revisions"][0]["edited_at"]) == ("new", "2022-04-28T21:52:00Z")


def test_json_of_an_announcement_leaves_out_what_is_unknown() -> None:
    said = Announcement(source="ripple/x", vendor="ripple", id="1", text="")
    assert show_json.announcement_json(said) == {
        "vendor": "ripple", "source": "ripple/x", "id": "1", "published_at": None, "text": "",
    }  # fmt: skip


def test_json_of_a_correction_names_both_announcements() -> None:
    said = Correction(action=Action.APART, first=("ripple/x", "1"), second=("ripple/statuspage", "9"))
    told = show_json.correction_json(said)
    assert (told["announcement"], told["other"]) == ("ripple/x#1", "ripple/statuspage#9")


def test_word_diff_of_long_texts_is_bounded() -> None:
    assert detail.word_diff("a b", "a c") == "a [-b-]{+c+}"
    assert detail.word_diff(" x y" * 5000, " y x" * 5000) == "10000 words and signs became 10000"
    was, now = ("".join(f" w{n} {by}{n} {by}{n}s" for n in range(20_000)) for by in "ab")
    assert detail.word_diff(was, now) == "60000 words and signs became 60000", "else this takes an hour"


def test_marks_that_nobody_closes_cost_no_time_and_stay_as_they_are() -> None:
    """They are a stranger's: to look for the end of each would take hours."""
    told = reworded()
    [later] = told.revisions
    said = replace(later.announcement, text=f"{told.announcement.text} +}} {'[-' * 200_000}")
    told = replace(told, revisions=(replace(later, announcement=said),))
    shown = detail.alone(told, "so", Sheet(UTC, 80, {}, colour=True))
    assert "\x1b[32m{++}\x1b[0m" in shown and shown.count("[") > 400_000


def test_incident_json_has_the_documented_shape() -> None:
    shown = show_json.incident_json(EVENING)
    assert list(shown) == [
        "id", "vendor", "kind", "name", "state", "impact", "severity", "components", "impact_started_at",
        "announced_at", "first_seen_at", "first_resolved_at", "resolved_at", "impact_ended_at", "duration_s",
        "announcements",
    ]  # fmt: skip
    assert show_json.incident_json(replace(EVENING, impact=None, severity="minor"))["severity"] == "minor"
    assert (shown["announced_at"], shown["duration_s"]) == ("2022-04-28T21:17:00Z", 1680)
    assert shown["announcements"][1] == {
        "source": "ripple/x", "id": "2", "phase": "resolved", "published_at": "2022-04-28T21:45:00Z"
    }  # fmt: skip
    assert len(show_json.incident_json(NIGHT)["announcements"]) == 2, "an edit is no announcement"
    first, second, edit = show_json.timeline_json(NIGHT)["updates"]
    assert list(first) == [
        "source", "id", "revision", "phase", "at", "at_basis", "seen_at", "title", "text", "url", "status", "revised",
        "withdrawn", "withdrawn_between", "verdict", "joined_by", "score",
    ]  # fmt: skip
    assert (first["title"], second["withdrawn"], edit["revision"]) == ("En cours d'examen", True, 2)


def test_a_zone_is_not_called_utc_where_it_is_another() -> None:
    """``TZ=UTC+3`` is three hours behind, ``TZ=:/no/such`` has no name: who quotes a time must say of which clock."""
    for zone, name in (
        (timezone(-timedelta(hours=3), "UTC"), "UTC-0300"), (timezone(timedelta(hours=1), "GMT"), "UTC+0100"),
        (timezone(timedelta(0), ""), "UTC+0000"), (timezone(timedelta(0), "GMT"), "GMT"), (UTC, "UTC"),
        (timezone(-timedelta(hours=3), "-03"), "UTC-03"),
    ):  # fmt: skip
        assert words.zone_name(at(28, 21, 17), zone) == name


def test_a_vendors_long_name_is_cut_where_a_line_has_an_end() -> None:
    names = {"ripple": "Ripple Communications of the North"}
    for width, shown in ((120, "  Ripple Communicat…  "), (None, "  Ripple Communications of the North  ")):
        [line] = table.incident_lines([EVENING], tz=UTC, width=width, colour=False, vendor_names=names)
        assert shown in line


def test_lists_fit_and_keep_the_id() -> None:
    lines = list(table.incident_lines(ALL, tz=UTC, width=120, colour=False, vendor_names=NAMES))
    assert all(incident.id in line and cells(line) <= 120 for incident, line in zip(ALL, lines, strict=True))
    for width in (56, 80, 100):
        lines = list(table.incident_lines(ALL, tz=UTC, width=width, colour=False, vendor_names=NAMES))
        assert all(incident.id in line and cells(line) <= width for incident, line in zip(ALL, lines, strict=True))
        assert all("UTC" in line and "Messages" in line for line in lines[1:2])
    [line] = table.incident_lines([replace(EVENING, state=State.OPEN)], tz=UTC, width=80, colour=False, vendor_names={})
    assert "UTC  ●  " in line, "where all are open no room is kept for how long they took"
    whole = list(table.incident_lines(ALL, tz=UTC, width=None, colour=False, vendor_names=NAMES))
    assert NIGHT.name in whole[2] and whole[2].endswith(NIGHT.id)
    assert list(table.incident_lines([], tz=UTC, width=80, colour=False, vendor_names={})) == []
    rows = list(table.table(("a", "why"), [("x", "b" * 99)], width=40, colour=False))
    assert rows == ["a  why", "x  " + "b" * 36 + "…"]


def test_one_long_id_takes_no_room_from_the_other_lines() -> None:
    told = (EVENING, replace(EVENING, id=f"{LONG}-7f3abc"))
    short, long = table.incident_lines(told, tz=UTC, width=80, colour=False, vendor_names=NAMES)
    assert short == "2022-04-28 21:17 UTC  ✓  Messages may not go out  ripple-7f3a"
    assert long == f"2022-04-28 21:17 UTC  ✓  …  {LONG}-7f3abc", "no id is cut"
    rows = [(f"{LONG}/x", "ok", "no answer"), ("ripple/x", "ok", "b" * 99)]
    for width in (60, 80):
        lines = list(table.table(("source", "state", "why"), rows, width=width, colour=False))
        assert all(cells(line) <= width for line in lines) and "…  ok     no answer" in lines[1]


def test_columns_that_matter_less_go_before_the_last_has_no_room() -> None:
    heads, rows = ("a", "since", "next", "why"), [("x", "s" * 20, "n" * 20, "no answer")]
    for width, shown in ((80, "a since next why"), (50, "a since why"), (30, "a why"), (10, "a why")):
        head, line = table.table(heads, rows, width=width, colour=False, spare=(2, 1))
        assert head.split() == shown.split() and line.endswith("  no answer"), width
    rows = [("x", "s" * 20, "n" * 20, "status.example.com refuses the connection, as it did before")]
    for width, shown in ((70, "a since why"), (60, "a why")):
        head, line = table.table(heads, rows, width=width, colour=False, spare=(2, 1))
        assert head.split() == shown.split() and "refuses the connection" in line, width


def test_csv_is_read_back_and_runs_nothing_in_a_spreadsheet() -> None:
    evil = replace(EVENING, name="=HYPERLINK(1)", steps=(replace(EVENING.steps[0], text='@SUM(1), "x"\nnext'),))
    rows = list(csv.DictReader("".join(show_csv.timeline_csv([evil])).splitlines(keepends=True)))
    assert len(rows) == 1
    assert (rows[0]["name"], rows[0]["text"]) == ("'=HYPERLINK(1)", '\'@SUM(1), "x"\nnext')
    assert (rows[0]["announced_at"], rows[0]["resolved_at"]) == ("2022-04-28T21:17:00Z", "2022-04-28T21:45:00Z")
    assert (rows[0]["duration_s"], rows[0]["withdrawn"]) == ("1680", "0")
    judged = EVENING.steps[0].verdict
    assert (rows[0]["confidence"], rows[0]["because"]) == (str(judged.confidence), judged.because)


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_a_cell_that_begins_a_formula_is_text(sign: str) -> None:
    [row] = csv.DictReader(show_csv.timeline_csv([replace(EVENING, name=f" {sign}1", steps=EVENING.steps[:1])]))
    assert row["name"] == f"' {sign}1"


def test_csv_and_page_hold_the_words_of_today_beside_the_first() -> None:
    evening = replace(EVENING, steps=(replace(EVENING.steps[0], revised=1), EVENING.steps[1]))
    first, second = csv.DictReader("".join(show_csv.timeline_csv([evening], [reworded()])).splitlines())
    assert (first["revised"], first["edited_at"], first["last_text"]) == (
        "1", "2022-04-28T21:52:00Z", "Many of you could not send.",
    )  # fmt: skip
    assert (second["revised"], second["edited_at"], second["last_text"]) == ("0", "", "")
    assert (first["seen_at"], first["last_text_seen_at"]) == ("2022-04-28T21:18:00Z", "2022-04-28T22:00:00Z")
    assert second["last_text_seen_at"] == ""
    shown = html.page([evening], tz=UTC, vendor_names=NAMES, told=[reworded()])
    assert "<p>Some of you cannot send messages right now." in shown and "<p>Many of you could not send.</p>" in shown
    note = "version 2 · seen Thu 28 Apr 2022 22:00 UTC · edited Thu 28 Apr 2022 21:52 UTC, says the vendor · now done"
    assert note in shown and "<summary>later version</summary>" in shown
    moved_on = replace(evening, steps=(*evening.steps, replace(evening.steps[0], revision=2)))
    assert html.page([moved_on], tz=UTC, vendor_names=NAMES, told=[reworded()]).count("<details") == 1


def test_page_says_until_when_its_vendors_were_read() -> None:
    """A page that lies in a drawer says of what moment its "3 open" is."""
    shown = html.page(ALL, tz=UTC, vendor_names=NAMES, last_read=at(30, 6, 5))
    assert "open when last read, Sat 30 Apr 2022 06:05 UTC. Words are the vendors&#x27; own, phases such as" in shown
    for each in (shown, html.page_of_one(EVENING, tz=UTC, vendor_names=NAMES)):
        assert "own, phases such as outage-start our reading of them." in each
    assert "No incidents when last read, Sat 30 Apr" in html.page([], tz=UTC, vendor_names={}, last_read=at(30, 6, 5))


def test_page_is_written_in_the_direction_of_its_words_and_names_its_sources_on_paper() -> None:
    words = replace(EVENING.steps[0], text="العملاء لا يستطيعون الدفع (HTTP 503).", url="https://ripple.example/1")
    evening = replace(EVENING, name="تعطل الدفع (EU)", steps=(words, EVENING.steps[1]))
    shown = html.page([evening], tz=UTC, vendor_names=NAMES)
    assert "<bdi>تعطل الدفع (EU)</bdi>" in shown, "the name stands after the vendor's, whatever its direction"
    assert re.search(r"li p \{[^}]*unicode-bidi: plaintext", shown), "each line of words has its own direction"
    printed = shown.partition("@media print")[2].partition("</style>")[0]
    assert 'a[rel]::after { content: ": " attr(href); }' in printed, "nobody can click on paper"
    assert "article" not in printed, (
        "an incident may begin in the middle of a sheet and go on, or the first stays empty"
    )
    assert "li { break-inside: avoid; }" in printed
    assert ":root { font-size: 10.5pt; }" in printed, "all letters are smaller on paper, notes too"


class Tags(HTMLParser):
    """Notes what a page holds; every tag must be closed."""

    void = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_words_of_another_channel_are_not_told_twice() -> None:
    first, last = EVENING.steps
    first = replace(first, text="Nothing is sent.")
    echo = replace(first, source="ripple/mastodon", id="m", title="A title of its own", url="https://m.example/1")
    told = replace(EVENING, name="Messages", steps=(first, echo, last))
    for shown in (
        html.page([told], tz=UTC, vendor_names=NAMES),
        text.story(told, Sheet(UTC, 80, NAMES)),
    ):
        assert (shown.count("Nothing is sent."), shown.count("same words as on x"), "no words" in shown) == (
            1,
            1,
            False,
        )
        assert shown.index("same words as on x") < shown.index("A title of its own") and "https://m.example/1" in shown


def test_page_stands_alone_and_is_harmless() -> None:
    evil = replace(
        EVENING,
        id='x" onload="alert(1)',
        name=HOSTILE,
        components=("<b>",),
        steps=(replace(EVENING.steps[0], text=HOSTILE, url="javascript:alert(1)"), EVENING.steps[1]),
    )
    worse = reworded()
    edit = replace(worse.revisions[0], announcement=replace(worse.announcement, text=HOSTILE, status="<b>"))
    worse = replace(worse, revisions=(edit,))
    shown = html.page([*ALL, evil], tz=UTC, vendor_names=NAMES | {"ripple": "<i>Ripple"}, told=[worse])
    page = Tags()
    page.feed(shown)
    assert page.open == []
    assert "script" not in page.seen and "i" not in page.seen and "b" not in page.seen
    assert not any(link.startswith("javascript") for link in page.links)
    assert "\x1b" not in shown and "\u202e" not in shown
    targets = {link[1:] for link in page.links if link.startswith("#")}
    assert "incident-ripple-7f3a" in targets and all(f'id="{target}"' in shown for target in targets)
    assert "No incidents." in html.page([], tz=UTC, vendor_names={})


def fed(*incidents: Incident, **more: object) -> str:
    """The feed of these incidents."""
    given: dict[str, object] = {"title": "Incidents", "tz": UTC, "vendor_names": NAMES, **more}
    return atom.feed(incidents, **given)  # type: ignore[arg-type]


def test_feed_as_its_readers_get_it() -> None:
    all_of_them = (WORK, EVENING, GONE)
    shown = fed(*all_of_them, told=[reworded()])
    same_as_golden("feed.atom", shown)
    parsed = feedparser.parse(shown)
    times = [entry.published for entry in parsed.entries]
    assert not parsed.bozo and times == sorted(times, reverse=True)
    ids = {entry.id for entry in parsed.entries}
    assert len(ids) == len(parsed.entries) == sum(len(incident.steps) for incident in all_of_them) + 1


def test_entry_of_a_feed_keeps_its_id_and_is_updated_when_its_words_are() -> None:
    """Its reader shows a new word once, and an edit in its place."""
    [before, *_] = reversed(feedparser.parse(fed(EVENING)).entries)
    renamed = replace(EVENING, name="Messages were away", steps=(replace(EVENING.steps[0], revised=1),))
    [after] = feedparser.parse(fed(renamed, told=[reworded()])).entries
    assert (after.id, after.published) == (before.id, before.published)
    assert (before.updated, after.updated) == ("2022-04-28T21:17:00Z", "2022-04-28T22:00:00Z")
    assert "Some of you cannot send" in after.summary and "Many of you could not send." in after.summary
    taken_back = replace(EVENING, steps=(replace(EVENING.steps[0], withdrawn_between=AWAY),))
    [gone] = feedparser.parse(fed(taken_back)).entries
    assert gone.id == before.id and gone.title.endswith("· outage-start, withdrawn")
    assert gone.updated == words.iso(AWAY[1])


def test_what_another_channel_said_in_the_same_words_is_no_entry_but_that_it_is_over_is() -> None:
    """As after a vendor's feed gave way to its page, which tells all of it again."""
    first = EVENING.steps[0]
    again = replace(first, source="ripple/page", id="u", phase=Phase.UPDATE)
    over = replace(again, id="r", phase=Phase.RESOLVED)
    late = replace(over, source="ripple/feed", id="f")
    before, after, ended = (
        feedparser.parse(fed(replace(EVENING, steps=steps))).entries
        for steps in ((first,), (first, again), (first, again, over, late))
    )
    assert [entry.id for entry in after] == [entry.id for entry in before]
    assert sorted(entry.title.rpartition(" ")[2] for entry in ended) == ["outage-start", "resolved"]


def test_lines_of_an_entry_stay_lines() -> None:
    [entry] = ET.fromstring(fed(replace(EVENING, steps=(replace(EVENING.steps[0], text="One.\nTwo."),)))).findall(
        "{*}entry"
    )
    assert "One.<br>Two." in (entry.findtext("{*}content") or "")


def test_feed_without_an_entry_is_one_and_feeds_of_other_selections_are_others() -> None:
    empty = feedparser.parse(fed())
    assert (empty.entries, empty.feed.updated, empty.bozo) == ([], "1970-01-01T00:00:00Z", False)
    assert feedparser.parse(fed(title="Incidents of Dune")).feed.id != empty.feed.id == feedparser.parse(fed()).feed.id


@given(st.text(), st.text())
def test_feed_and_calendar_hold_any_words(name: str, said: str) -> None:
    """XML forbids more characters than a terminal, and a calendar folds its lines within letters."""
    told = replace(EVENING, name=name, steps=(replace(EVENING.steps[0], title=name, text=said, url=f"https://{name}"),))
    ET.fromstring(fed(told))
    work = replace(told, kind=Kind.MAINTENANCE)
    made = ical.calendar([work], title="Planned work", tz=UTC, vendor_names=NAMES)
    [event] = Calendar.from_ical(made).walk("VEVENT")
    assert str(event["summary"]) == f"Ripple: {words.name_of(work)}"


def test_feed_is_harmless() -> None:
    evil = replace(EVENING, name=HOSTILE, steps=(replace(EVENING.steps[0], text=HOSTILE, url="javascript:alert(1)"),))
    shown = fed(evil, vendor_names={"ripple": "<i>Ripple"})
    [entry] = ET.fromstring(shown).findall("{*}entry")
    content = entry.findtext("{*}content") or ""
    assert "\x1b" not in shown and "<script" not in content and "&lt;script&gt;" in content
    assert entry.find("{*}link") is None


def test_calendar_as_its_readers_get_it() -> None:
    off = replace(WORK.steps[0], id="off", url=None, at=at(28, 9, 0), seen_at=at(28, 9, 1), text="It is called off.")
    cancelled = replace(
        WORK, id="ripple-off", state=State.CANCELLED, name="Ripple, moved; twice", steps=(*WORK.steps, off)
    )
    unknown = replace(WORK, id="ripple-some-day", impact_started_at=None, impact_ended_at=at(30, 4, 30))
    never = replace(WORK, id="ripple-never", state=State.WITHDRAWN)
    made = ical.calendar(
        [WORK, cancelled, unknown, never, EVENING], title="Planned work of Ripple", tz=UTC, vendor_names=NAMES
    )
    same_as_golden("planned.ics", made.replace("\r\n", "\n"))
    events = {str(event["uid"]): event for event in Calendar.from_ical(made).walk("VEVENT")}
    assert events.keys() == {f"ripple-{name}@tracker" for name in ("work", "off", "some-day")}
    work = events["ripple-work@tracker"]
    assert (work["dtstart"].dt, work["dtend"].dt) == (at(30, 2, 0), at(30, 4, 30))
    assert events["ripple-off@tracker"]["status"] == "CANCELLED"
    some_day = events["ripple-some-day@tracker"]
    assert some_day["dtstart"].dt == at(28, 21, 17) and "dtend" not in some_day


def test_picture_draws_a_bar_an_incident_inside_its_frame() -> None:
    root = ET.fromstring(
        svg.picture([*ALL, *[replace(EVENING, id=f"n{n}") for n in range(9)]], tz=UTC, vendor_names={})
    )
    bars = root.findall(".//{http://www.w3.org/2000/svg}rect")
    height = float(root.attrib["viewBox"].split()[3])
    assert len(bars) == 13
    for bar in bars:
        x, y, wide = (float(bar.attrib[name]) for name in ("x", "y", "width"))
        assert 0 <= x < x + wide <= svg.WIDTH and wide >= 3 and 0 <= y < height
    assert svg.picture([], tz=UTC, vendor_names={}) == ""


def test_bars_of_one_time_lie_one_below_another_and_a_later_one_beside_the_first() -> None:
    hours = ((17, 19), (18, 20), (21, 22))
    told = [
        replace(EVENING, id=f"n{start}", announced_at=at(28, start, 0), resolved_at=at(28, end, 0), steps=())
        for start, end in hours
    ]
    root = ET.fromstring(svg.picture(told, tz=UTC, vendor_names={}))
    first, second, later = (bar.attrib["y"] for bar in root.findall(".//{http://www.w3.org/2000/svg}rect"))
    assert first == later != second


def ticks(first: datetime, last: datetime, zone: tzinfo | None) -> list[str]:
    """What the axis of a picture of this time says, from the left."""
    told = [replace(EVENING, id=str(when), announced_at=when, resolved_at=None, steps=()) for when in (first, last)]
    root = ET.fromstring(svg.picture(told, tz=zone, vendor_names={}))
    found = root.findall(".//{http://www.w3.org/2000/svg}text[@class='tick']")
    places = [float(tick.attrib["x"]) for tick in found]
    assert places == sorted(set(places))
    return [tick.text or "" for tick in found]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of the machine cannot be set")
def test_the_ticks_of_a_picture_stay_at_midnight_when_the_clocks_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = datetime(2024, 10, 24, 12, tzinfo=UTC), datetime(2024, 10, 29, 12, tzinfo=UTC)
    expected = ["25 Oct", "26 Oct", "27 Oct", "28 Oct", "29 Oct"]
    assert ticks(first, last, ZoneInfo("Europe/Paris")) == expected
    with monkeypatch.context() as machine:
        machine.setenv("TZ", "Europe/Paris")
        time.tzset()
        assert ticks(first, last, None) == expected, "in the zone of this machine too"
    time.tzset()


def test_the_ticks_of_a_picture_name_no_hour_that_was_skipped() -> None:
    first, last = datetime(2024, 3, 30, 23, 30, tzinfo=UTC), datetime(2024, 3, 31, 4, 30, tzinfo=UTC)
    assert ticks(first, last, ZoneInfo("Europe/Paris")) == ["01:00", "03:00", "04:00", "05:00", "06:00"]


def test_the_ticks_of_a_long_picture_are_the_first_days_of_months_and_years() -> None:
    began = datetime(2022, 3, 26, tzinfo=UTC)
    assert ticks(began, began + timedelta(days=1600), UTC) == ["2023", "2024", "2025", "2026"]
    assert ticks(began, began + timedelta(days=100), UTC) == ["Apr 2022", "May 2022", "Jun 2022", "Jul 2022"]
    assert ticks(began, began + timedelta(days=500), UTC)[:2] == ["Apr 2022", "Jul 2022"]


def test_picture_of_years_and_of_the_end_of_time() -> None:
    early = replace(EVENING, announced_at=datetime(1, 1, 1, tzinfo=UTC))
    late = replace(NIGHT, announced_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    root = ET.fromstring(svg.picture([early, late], tz=UTC, vendor_names={}))
    assert len(root.findall(".//{http://www.w3.org/2000/svg}rect")) == 2


def test_hostile_words_do_not_reach_the_terminal() -> None:
    step = replace(EVENING.steps[0], text=HOSTILE, source=HOSTILE, id=HOSTILE)
    evil = replace(
        EVENING, id=HOSTILE, vendor=HOSTILE, name=HOSTILE, impact=HOSTILE, components=(HOSTILE,), steps=(step,)
    )
    for shown in (
        "\n".join(checked.affected([evil], tz=UTC, width=80)),
        "\n".join(checked.unknown([HOSTILE], [])),
        "".join(show_csv.timeline_csv([evil])).replace("\r\n", "\n"),
        text.story(evil, Sheet(UTC, 80, {"ripple": HOSTILE})),
        detail.detail(evil, [], Sheet(UTC, 80, {})),
        "\n".join(table.incident_lines([evil], tz=UTC, width=80, colour=False, vendor_names={})),
        show_json.dumps(show_json.timeline_json(evil)),
    ):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert "owned" not in clean(HOSTILE), "the title that an escape would set is no text"


@given(st.text(st.characters(), max_size=200))
def test_clean_is_idempotent_and_loses_no_plain_words(stranger: str) -> None:
    cleaned = clean(stranger)
    assert clean(cleaned) == cleaned
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", cleaned)
    plain = "".join(char for char in stranger if char.isascii() and char.isalpha())
    assert clean(plain) == plain
    assert json.loads(show_json.dumps({"text": stranger})) == {"text": stranger}
    show_json.dumps({"text": stranger}).encode("utf-8")


@given(st.text(st.characters(), max_size=200), st.integers(2, 50))
def test_wrapped_lines_fit_and_keep_every_word(stranger: str, width: int) -> None:
    lines = wrap(stranger, width)
    assert all(cells(line) <= width for line in lines if "://" not in line)
    assert "".join("".join(lines).split()) == "".join(clean(stranger).split())
    assert cells(shorten(stranger, width)) <= width
    assert "\n" not in clean_line(stranger)


def test_an_address_can_be_followed_however_narrow_the_page() -> None:
    long = "https://docs.example/settings/your-default-region"
    assert wrap(f"Choose another region (see {long}) for now.", 30) == [
        "Choose another region (see", f"{long})", "for now.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("It is fixed.", "It is fixed. A cable was cut.", "It is fixed. {+A cable was cut.+}"),
        ("Calls fail, and chats.", "Calls fail.", "Calls fail[-, and chats-]."),
        ("", "New", "{+New+}"),
        (
            "This has been fixed.",
            "Calls to Chile have been failing since a cable was cut.",
            "",
        ),
    ],
)
def test_word_diff(old: str, new: str, said: str) -> None:
    assert detail.word_diff(old, new) == said


def test_what_was_reworded_is_coloured_over_the_end_of_a_line_and_another_text_is_said_once() -> None:
    report = "Between 18:31 and 19:22 UTC a full disk kept 4 % of you from sending anything at all."
    added = " A cable on the floor of the sea was cut, and we have asked for a ship that mends it. It comes on Monday."
    first = Announcement(source="ripple/x", vendor="ripple", id="2", text="It works again.", title="Messages")
    versions = [replace(first, text=report, title="Sending"), replace(first, text=report + added, title="Sending")]
    said = Verdict(phase=Phase.RESOLVED, confidence=1.0, because="so")
    told = Told(
        order=1, announcement=first, verdict=said, seen_at=at(28, 21, 45), first_seen_at=None,
        revisions=tuple(
            Revision(number=n, seen_at=at(29, n, 0), announcement=v, verdict=said) for n, v in enumerate(versions, 2)
        ),
    )  # fmt: skip
    shown = detail.alone(told, "so", Sheet(UTC, 80, {}, colour=True))
    plain = re.sub("\x1b\\[[0-9;]*m", "", shown)
    assert "text ±         another text\n" in plain and "title ±        [-Messages-]{+Sending+}\n" in plain
    _, _, marked = shown.rpartition("{+A cable")
    first_line, second_line, *_ = marked.split("\n")
    assert first_line.endswith("\x1b[0m") and re.fullmatch("\x1b\\[32m[^\x1b]+\x1b\\[0m", second_line)
