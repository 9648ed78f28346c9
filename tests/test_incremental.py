"""Assembling what a poll touched gives exactly what a rebuild gives: generated histories, any grouping of polls."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.assemble import assemble
from tracker.collect import correct, forget, import_lines, reassemble, take_back
from tracker.models import (
    Action,
    Announcement,
    Correction,
    Incident,
    Kind,
    Listing,
    Phase,
    Reading,
    Source,
    State,
    Verdict,
    Window,
)
from tracker.store import Ingested, Store, cells

START = datetime(2024, 3, 1, tzinfo=UTC)
PAGE = Source(id="nimbus/page", vendor="nimbus", platform="statuspage")
SOCIAL = Source(id="nimbus/mastodon", vendor="nimbus", platform="mastodon")
SOURCES = (PAGE, SOCIAL)
WORDS = ("harbour", "lantern", "orchard", "payments", "uploads", "search", "Region-7", "slow", "errors", "again")
LINES = ("Line-A", "Line-B", "Tram-9", "Quay-3", "Depot-2")
OPEN = 6 * 60  # minutes
SAYINGS = {  # a tiny judge of its own: assembling is tested here, not the reading of words
    "down": Phase.OUTAGE_START,
    "working": Phase.UPDATE,
    "fixed": Phase.RESOLVED,
    "planned": Phase.MAINTENANCE,
    "hello": Phase.UNRELATED,
}


def judged(said: Announcement) -> Verdict:
    """The verdict of the first word, surer the more is said: some verdicts open nothing, some are doubtful."""
    first, *rest = (word for word in said.text.split() if word not in ("@robin", "Sorry,"))
    return Verdict(phase=SAYINGS[first], confidence=(0.4, 0.8, 0.95)[min(len(rest) or 1, 3) - 1], because=first)


@dataclass(frozen=True)
class Post:
    """A generated announcement, and the polls (minutes) from which on each version of it is seen."""

    said: Announcement
    versions: tuple[tuple[int, Announcement], ...]
    withdrawn: bool = False


minutes = st.integers(0, 60 * 24 * 5)
windows = st.none() | st.builds(
    lambda start, end: Window.of(start, end),
    st.none() | st.builds(lambda at: START + timedelta(minutes=at), minutes),
    st.none() | st.builds(lambda at: START + timedelta(minutes=at), minutes),
)
texts = st.builds(
    lambda first, rest: " ".join((first, *rest)),
    st.sampled_from(sorted(SAYINGS)),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
)


@st.composite
def posts(draw: st.DrawFn, number: int) -> Post:
    """One post: by key or not, maybe an answer, a link, of planned hours, late, edited, withdrawn."""
    source = draw(st.sampled_from(SOURCES))
    at = draw(minutes)
    keyed = source is PAGE and draw(st.booleans())
    key = f"incident-{draw(st.integers(0, 4))}" if keyed else None
    linked = draw(st.booleans())
    said = Announcement(
        source=source.id,
        vendor="nimbus",
        id=f"{number}",
        text=draw(texts),
        title=draw(st.sampled_from((None, "Uploads are slow", "Resolved: Uploads are slow", "Search"))),
        published_at=START + timedelta(minutes=at) if draw(st.integers(0, 9)) else None,
        incident_key=key,
        url=f"https://status.nimbus.example/incidents/{key}" if key else f"https://social.example/@nimbus/{number}",
        aliases=(f"{number}-edited",) if draw(st.booleans()) else (),
        in_reply_to=f"{draw(st.integers(0, number - 1))}{draw(st.sampled_from(('', '-edited')))}"
        if number and draw(st.booleans())
        else None,
        links=(f"https://status.nimbus.example/incidents/incident-{draw(st.integers(0, 4))}",) if linked else (),
        status=draw(st.sampled_from((None, "investigating", "resolved"))) if key else None,
        window=draw(windows) if key else None,
        planned=key is not None and draw(st.integers(0, 4)) == 0,
        shares_state=key is not None and draw(st.booleans()),
    )
    late = draw(st.sampled_from((0, 0, 5, 90, 60 * 30)))
    versions = [(at + late, said)]
    for edit in range(draw(st.integers(0, 2))):
        seen = versions[-1][0] + draw(st.integers(1, 600))
        edited = START + timedelta(minutes=seen - 1) if draw(st.booleans()) else None
        title = draw(st.sampled_from((said.title, said.title, None)))
        status = said.status and ("resolved", "open")[edit]
        window = draw(windows) if said.window else None
        later = replace(said, text=draw(texts), title=title, edited_at=edited, status=status, window=window)
        versions.append((seen, later))
    return Post(said, tuple(versions), withdrawn=draw(st.integers(0, 9)) == 0)


@st.composite
def histories(draw: st.DrawFn) -> list[Post]:
    """Some days of one vendor on two channels; now and then one has the id of an earlier one."""
    told: list[Post] = []
    for number in range(draw(st.integers(1, 14))):
        post = draw(posts(number))
        if told and draw(st.integers(0, 9)) == 0:
            id_ = draw(st.sampled_from(told)).said.id
            post = replace(
                post,
                said=replace(post.said, id=id_),
                versions=tuple((seen, replace(said, id=id_)) for seen, said in post.versions),
            )
        told.append(post)
    return told


@st.composite
def months(draw: st.DrawFn) -> list[Post]:
    """Weeks of lone posts that name what they speak of, as a line account does; some name its hours, or a plan."""
    told = []
    for number in range(draw(st.integers(12, 20))):
        day, minute = draw(st.integers(0, 27)), draw(st.integers(0, 24 * 60 - 1))
        hours = f"from 10:00 to 11:00 UTC on {draw(st.integers(1, 28))} March" if draw(st.integers(0, 3)) == 0 else ""
        text = f"{draw(st.sampled_from(sorted(SAYINGS)))} {draw(st.sampled_from(LINES))} {hours or draw(texts)}"
        if draw(st.integers(0, 4)) == 0:
            text = f"planned {draw(st.sampled_from(LINES[:2]))} on 14 March"
        seen = day * 24 * 60 + minute + draw(st.sampled_from((0, 5, 60 * 30)))
        told.append(plain(number, SOCIAL, day * 24 * 60 + minute, text, seen=seen))
    return told


@st.composite
def feeds(draw: st.DrawFn) -> list[Post]:
    """Days of a feed that tells each incident twice under its own title, but now and then two at once, or retitled."""
    told = []
    for number in range(draw(st.integers(12, 16))):
        minute = 24 * 60 * (number - (draw(st.integers(0, 19)) == 0)) + draw(st.sampled_from((0, 0, 40)))
        titles = [f"{draw(st.sampled_from(LINES))} {draw(st.integers(number - 2, number))}"] * 2
        if draw(st.integers(0, 19)) == 0:
            titles[1] = "Search"
        for place, (title, word) in enumerate(
            zip(titles, ("down", draw(st.sampled_from(sorted(SAYINGS)))), strict=True)
        ):
            seen = minute + 30 * place + draw(st.sampled_from((0, 5, 60 * 30)))
            text = f"{word} {draw(texts)}"
            told.append(plain(len(told), SOCIAL, minute + 30 * place, text, seen=seen, title=title))
    return told


@st.composite
def works(draw: st.DrawFn) -> list[Post]:
    """Planned work on three days, told days ahead, and a word of it when it begins; with and without titles or keys."""
    told = []
    for number in range(draw(st.integers(6, 10))):
        begins = draw(st.sampled_from((9, 10, 16)))
        hours = f"planned works {draw(st.sampled_from(LINES[:2]))} from 02:00 to 04:00 UTC on {begins} March"
        begun = draw(
            st.sampled_from(("planned works begin", f"planned works begin {LINES[0]}", hours, "planned again"))
        )
        title = draw(st.sampled_from((None, None, "Search", "Uploads")))
        source = PAGE if title else SOCIAL
        at = 24 * 60 * (begins - 1) + draw(st.sampled_from((110, 125, 300)))
        for minute, text in ((at - 24 * 60 * draw(st.integers(1, 8)), hours), (at, begun)):
            seen = minute + draw(st.sampled_from((0, 0, 5, 60 * 24 * 6)))
            key = f"work-{number}" if title and draw(st.integers(0, 3)) == 0 else None
            told.append(plain(len(told), source, minute, text, seen=seen, title=title, incident_key=key))
    return told


Line = tuple[int, Source, str, dict[str, Any]]  # minutes after the story began, channel, words, and what else

CASE = {"incident_key": "case-{number}", "url": "https://status.nimbus.example/incidents/case-{number}"}
PAGE_LINK = {"links": ("https://status.nimbus.example",)}
STORIES: tuple[tuple[Line, ...], ...] = (  # one for each rule that chance alone seldom meets; {} as in ``stories``
    (  # a thread that told of no trouble
        (0, SOCIAL, "hello {name}", {}),
        (9, SOCIAL, "fixed {name} lantern", {"answers": 0}),
        (15, SOCIAL, "down {name} orchard", {"answers": 1}),
        (40, SOCIAL, "fixed again", {"answers": 0}),
    ),
    (  # a first "resolved" that is doubtful
        (0, SOCIAL, "fixed {name} uploads", {}),
        (30, SOCIAL, "working {name} uploads", {"answers": 0}),
        (60, SOCIAL, "fixed {name} uploads search", {}),
    ),
    (  # a guess that is alone, and an answer to somebody
        (0, SOCIAL, "fixed {name}", {}),
        (30, SOCIAL, "@robin Sorry, down {name}", {}),
        (35, SOCIAL, "working", {"answers": 1}),
    ),
    (  # later words under a title
        (0, PAGE, "down {name} slow errors", {"title": "{name} is slow"}),
        (30, PAGE, "working {name} slow errors", {"title": "{name} is slow"}),
        (5 * 24 * 60, PAGE, "working {name} again slow", {"title": "Update: {name} is slow"}),
        (9 * 24 * 60, PAGE, "fixed {name} {hours}", {"title": "Resolved: {name} is slow"}),
        (20 * 24 * 60, PAGE, "fixed {name} errors {ahead}", {"title": "{name} is slow"}),
    ),
    (  # a report weeks later
        (10, SOCIAL, "down {name} harbour", {}),
        (50, SOCIAL, "fixed {name} harbour", {}),
        (11 * 24 * 60, SOCIAL, "fixed errors search {hours}", {}),
    ),
    (  # a number, on two channels
        (0, PAGE, "down {name} incident {number}", {}),
        (100, SOCIAL, "working lantern incident {number}", {}),
        (6 * 24 * 60, SOCIAL, "fixed orchard incident {number}", {}),
    ),
    (  # an incident of a page, and who points to it
        (0, PAGE, "down {name} payments", CASE),
        (9, SOCIAL, "working search", PAGE_LINK),
        (20, SOCIAL, "down errors", PAGE_LINK),
        (30, PAGE, "fixed {name} payments", CASE),
        (45, SOCIAL, "fixed slow errors", {"links": ("https://status.nimbus.example/incidents/case-{number}",)}),
    ),
    (  # a quoted post
        (0, SOCIAL, "down {name} uploads", {"url": "https://social.example/@nimbus/{number}"}),
        (3 * 24 * 60, SOCIAL, "working slow", {"links": ("https://social.example/@nimbus/{number}",)}),
        (8 * 24 * 60, SOCIAL, "fixed lantern", {"links": ("https://social.example/@nimbus/{number}",)}),
    ),
    (  # parts of a page
        (0, PAGE, "down slow errors", {"components": ("{name}",)}),
        (2, PAGE, "down slow errors", {"components": ("Search",)}),
        (40, PAGE, "fixed slow errors", {"components": ("{name}",)}),
        (41, SOCIAL, "fixed slow errors search", {"title": "{name} - Up"}),
    ),
    (  # two works of one time, and one that is next
        (0, PAGE, "planned works {name} {ahead}", {"title": "Works"}),
        (1, PAGE, "planned works Depot-2 {ahead}", {"title": "Works"}),
        (3 * 24 * 60, PAGE, "planned begins {name}", {}),
        (3 * 24 * 60 + 30, SOCIAL, "planned again", {"title": "Works"}),
        (3 * 24 * 60 + 90, PAGE, "fixed {name} works", {"title": "Works"}),
    ),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Post]:
    """Stories of some weeks, some of them begun in one moment: words are left out, late, edited or withdrawn."""
    told: list[Post] = []
    begins = draw(st.lists(st.integers(0, 6), min_size=2, max_size=9))
    for place, day in enumerate(begins):
        minute = (day * 24 + draw(st.sampled_from((9, 10)))) * 60
        began = START + timedelta(minutes=minute)
        given = {
            "name": draw(st.sampled_from(LINES)),
            "number": draw(st.sampled_from((7000, 7000 + place))),
            "hours": f"from {began:%H:%M} to {began:%H}:45 UTC on {began.day} March",
            "ahead": f"from {began:%H:%M} to {began:%H}:45 UTC on {(began + timedelta(days=3)).day} March",
        }
        story: dict[int, Post] = {}
        for line, (after, source, text, more) in enumerate(draw(st.sampled_from(STORIES))):
            if told and draw(st.integers(0, 7)) == 0:
                continue
            answered = story.get(more.get("answers", -1))
            filled = {key: filled_in(value, given) for key, value in more.items() if key != "answers"}
            seen = minute + after + draw(st.sampled_from((0, 0, 0, 5, 60 * 30, 60 * 24 * 6)))
            post = plain(
                len(told), source, minute + after, text.format_map(given), seen=seen, **filled,
                in_reply_to=answered.said.id if answered else None,
            )  # fmt: skip
            if draw(st.integers(0, 5)) == 0:
                later = replace(post.said, text=f"{draw(st.sampled_from(sorted(SAYINGS)))} {post.said.text}")
                post = replace(post, versions=(*post.versions, (seen + draw(st.sampled_from((1, 700))), later)))
            story[line] = replace(post, withdrawn=draw(st.integers(0, 9)) == 0)
            told.append(story[line])
    return told


def filled_in(value: Any, given: dict[str, Any]) -> Any:
    """A word, or a tuple of words, with what is given in its places."""
    return tuple(one.format_map(given) for one in value) if isinstance(value, tuple) else value.format_map(given)


@st.composite
def corrections(draw: st.DrawFn, told: Sequence[Post]) -> tuple[Correction, ...]:
    """What people might say of them."""
    names = [(post.said.source, post.said.id) for post in told]
    found = []
    for _ in range(draw(st.integers(0, 3))):
        action = draw(st.sampled_from(list(Action)))
        pair = action in (Action.TOGETHER, Action.APART)
        found.append(
            Correction(
                action=action,
                first=draw(st.sampled_from(names)),
                second=draw(st.sampled_from(names)) if pair else None,
                phase=draw(st.sampled_from(list(Phase))) if action is Action.PHASE else None,
                revision=draw(st.integers(1, 3)) if action is Action.PHASE else 1,
                author="ana",
                made_at=START,
            )
        )
    return tuple(found)


@contextmanager
def record() -> Iterator[Store]:
    """An empty record of one vendor."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "t.db") as store:
        store.db.execute("PRAGMA synchronous = OFF")
        with store.transaction():
            for source in SOURCES:
                store.ensure_source(source)
        yield store


def poll(store: Store, told: Sequence[Post], minute: int, listing: Listing = Listing.WINDOW) -> tuple[int, ...]:
    """Read both channels as they stand at that minute; gives the numbers that it touched.

    A list of what is open holds nothing for longer than ``OPEN`` minutes, nor what is over by its last word.
    """
    touched: list[int] = []
    now = START + timedelta(minutes=minute)
    for source in SOURCES:
        mine = [post for post in told if post.said.source == source.id and post.versions[0][0] <= minute]
        standing = [post for post in mine if not (post.withdrawn and post.versions[-1][0] + 60 <= minute)]
        if listing is not Listing.WINDOW:
            standing = [post for post in standing if post.versions[-1][0] + OPEN > minute]
        named = {post.said.id: [said for seen, said in post.versions if seen <= minute][-1] for post in standing}
        latest = sorted(named.values(), key=lambda said: (said.published_at or now, said.id))
        last = {said.incident_key or said.id: said for said in latest}
        if listing is not Listing.WINDOW:
            last = {key: said for key, said in last.items() if not said.text.startswith("fixed")}
            latest = [said for said in latest if (said.incident_key or said.id) in last]
        reading = Reading(announcements=tuple(latest), listing=listing, listed=tuple(reversed(last)))
        got: Ingested = store.ingest(source, "all", reading, now)
        store.write_verdicts((number, version, judged(said)) for number, version, said in got.said)
        store.log_poll(source.id, "all", now, status=200)
        touched += got.touched
    return tuple(touched)


def look_back(store: Store, past: Sequence[Post], minute: int) -> tuple[int, ...]:
    """Read pages of the past that hold these posts, as they stood first; gives the numbers that it touched."""
    touched: list[int] = []
    for source in SOURCES:
        page = Reading(announcements=tuple(post.said for post in past if post.said.source == source.id))
        got = store.ingest_past(source, page, START + timedelta(minutes=minute))
        store.write_verdicts((number, version, judged(said)) for number, version, said in got.said)
        touched += got.touched
    return tuple(touched)


def times(told: Sequence[Post]) -> list[int]:
    """The minutes at which something new can be seen."""
    seen = {minute for post in told for minute, _ in post.versions}
    return sorted(seen | {max(seen) + 60, max(seen) + 61, max(seen) + 60 * 30})


def everything(store: Store) -> tuple[Incident, ...]:
    return store.incidents(kinds=tuple(Kind))


listings = st.sampled_from((Listing.WINDOW, Listing.WINDOW, Listing.ACTIVE, Listing.EITHER))


@settings(max_examples=100)
@given(st.data())
def test_incremental_is_a_rebuild_after_every_poll(data: st.DataObject) -> None:
    """Also where people correct between the polls; and a rebuild is what the pure function says."""
    told, listing = data.draw(histories() | stories()), data.draw(listings)
    corrected = iter(data.draw(corrections(told)))
    with record() as store:
        for minute in times(told):
            if data.draw(st.booleans()):
                continue  # this poll did not happen: the next one sees it all
            with store.transaction():
                reassemble(store, "nimbus", poll(store, told, minute, listing))
            known = {(t.announcement.source, t.announcement.id) for t in store.history("nimbus")}
            correction = next(corrected, None) if data.draw(st.booleans()) else None
            if correction and {correction.first, correction.second or correction.first} <= known:
                correct(store, correction)
            step_by_step = everything(store)
            with store.transaction():
                reassemble(store, "nimbus", at_once=data.draw(st.integers(1, 30)))
            assert everything(store) == step_by_step
            assert pure(store) == step_by_step


@settings(max_examples=60)
@given(months() | feeds() | works() | stories(), st.data())
def test_incremental_is_a_rebuild_after_weeks_too(told: list[Post], data: st.DataObject) -> None:
    listing = data.draw(listings)
    with record() as store:
        for minute in times(told):
            if data.draw(st.booleans()):
                with store.transaction():
                    reassemble(store, "nimbus", poll(store, told, minute, listing))
        assert is_a_rebuild(store)


DEEDS = ("correct", "take back", "forget", "look back", "import")


@settings(max_examples=60)
@given(stories() | histories(), st.data())
def test_incremental_is_a_rebuild_whatever_people_do_between_the_polls(told: list[Post], data: st.DataObject) -> None:
    """They correct, take that back, have words forgotten, look back, and import what is known or new."""
    corrected, listing = iter(data.draw(corrections(told))), data.draw(listings)
    with record() as store:
        for minute in times(told):
            known = {(t.announcement.source, t.announcement.id) for t in store.history("nimbus")}
            match data.draw(st.sampled_from(("poll", "poll", "poll", *DEEDS))):
                case "poll":
                    with store.transaction():
                        reassemble(store, "nimbus", poll(store, told, minute, listing))
                case "look back":
                    past = data.draw(st.lists(st.sampled_from(told), unique_by=lambda post: post.said.id))
                    with store.transaction():
                        reassemble(store, "nimbus", look_back(store, past, minute))
                case "correct":
                    said = next(corrected, None)
                    if said and {said.first, said.second or said.first} <= known:
                        correct(store, said)
                case "take back":
                    if made := store.corrections():
                        take_back(store, data.draw(st.sampled_from([number for number, *_ in made])))
                case "forget":
                    if known:
                        forget(store, *data.draw(st.sampled_from(sorted(known))), now=START + timedelta(minutes=minute))
                case "import":
                    post = data.draw(st.sampled_from(told))
                    import_lines(store, [imported(post)], now=START + timedelta(minutes=minute))
            assert pure(store) == everything(store)
        assert is_a_rebuild(store)


def imported(post: Post) -> str:
    """The line of an import that tells all versions of a post."""
    said = post.said
    told = {
        "vendor": said.vendor, "source": said.source, "id": said.id, "text": said.text, "title": said.title,
        "published_at": cells.stamp(said.published_at), "incident_key": said.incident_key,
        "in_reply_to": said.in_reply_to, "url": said.url, "status": said.status, "links": list(said.links),
        "components": list(said.components), "aliases": list(said.aliases), "planned": said.planned,
        **hours(said), "seen_at": None if said.published_at else minutes_in(post.versions[0][0]),
        "revisions": [
            {
                "title": later.title, "text": later.text, "status": later.status,
                "edited_at": cells.stamp(later.edited_at), **hours(later), "seen_at": minutes_in(seen),
            }
            for seen, later in post.versions[1:]
        ],
    }  # fmt: skip
    return json.dumps({key: value for key, value in told.items() if value is not None})


def hours(said: Announcement) -> dict[str, str | None]:
    """The columns of its window."""
    window = said.window or Window()
    return {"window_start": cells.stamp(window.start), "window_end": cells.stamp(window.end)}


def minutes_in(minute: int) -> str:
    """That minute as a column holds it."""
    return (START + timedelta(minutes=minute)).isoformat()


def pure(store: Store) -> tuple[Incident, ...]:
    """What the pure function makes of the same facts."""
    history = store.history("nimbus")
    return assemble(
        history,
        absences=store.absences_of([told.order for told in history]),
        corrections=store.corrections_of("nimbus"),
        as_of=store.as_of("nimbus"),
    )


def plain(number: int, source: Source, minute: int, text: str, *, seen: int | None = None, **more: Any) -> Post:
    """One post as a person would write it down."""
    at = START + timedelta(minutes=minute)
    said = Announcement(source=source.id, vendor="nimbus", id=f"{number}", text=text, published_at=at, **more)
    return Post(said, ((minute if seen is None else seen, said),))


def is_a_rebuild(store: Store) -> bool:
    """Whether the record is as a walk from the beginning makes it, at once and an event at a time."""
    step_by_step = everything(store)
    with store.transaction():
        reassemble(store, "nimbus", at_once=1)
    return pure(store) == step_by_step == everything(store)


def step(store: Store, told: Sequence[Post], minute: int, *said: Correction) -> None:
    """A poll, and then what a person says."""
    with store.transaction():
        reassemble(store, "nimbus", poll(store, told, minute))
    for correction in said:
        correct(store, correction)


def by_ana(action: Action, first: Post, second: Post | None = None) -> Correction:
    names = [(post.said.source, post.said.id) for post in (first, second) if post is not None]
    return Correction(action=action, first=names[0], second=names[1] if second else None, author="ana", made_at=START)


ADDRESS = "https://status.nimbus.example/incidents/incident-0"


def test_an_incident_that_is_named_after_an_earlier_known_post_leaves_none_behind() -> None:
    """A late post's incident gets a post that we knew before: its id changes, and the old row goes."""
    hint = plain(0, SOCIAL, 180, "down lantern", links=(ADDRESS,))
    page = plain(1, PAGE, 181, "down orchard", incident_key="incident-0", url=ADDRESS)
    late = plain(2, SOCIAL, 0, "down harbour", seen=1800, links=(ADDRESS,))
    told = (hint, page, late)
    with record() as store:
        step(store, told, 181)
        step(store, told, 1800, by_ana(Action.IGNORE, hint))  # now the late one alone points to the page
        [incident] = everything(store)
        assert [said.id for said in incident.steps] == ["2", "1"]
        assert is_a_rebuild(store)


def test_a_chat_that_becomes_news_takes_the_incident_that_a_person_joined_it_to() -> None:
    """Until its edit it is in none; then both are told under its id, and the row of the other id goes."""
    chat = plain(0, PAGE, 60, "hello harbour")
    news = plain(1, SOCIAL, 0, "down harbour")
    edited = Post(chat.said, (*chat.versions, (90, replace(chat.said, text="down orchard"))))
    with record() as store:
        step(store, (edited, news), 60, by_ana(Action.TOGETHER, edited, news))
        step(store, (edited, news), 90)
        [incident] = everything(store)
        assert [(said.id, said.revision) for said in incident.steps] == [("1", 1), ("0", 2)]
        assert is_a_rebuild(store)


def test_a_rebuild_takes_away_an_incident_that_nothing_tells_of() -> None:
    told = (plain(0, SOCIAL, 0, "down lantern"),)
    with record() as store:
        step(store, told, 0)
        [incident] = everything(store)
        with store.transaction():
            store.write_incidents([replace(incident, id="nimbus-of-before", steps=(), aliases=())])
            assert "nimbus-of-before" in reassemble(store, "nimbus")
        assert everything(store) == (incident,)


def test_an_answer_stays_where_it_is_when_an_update_is_moved_to_the_time_that_it_names() -> None:
    """The update's new id is the one that an earlier post answered, by chance: no poll walks that again."""
    update = plain(1, PAGE, 0, "down lantern", incident_key="incident-0", url=ADDRESS)
    moved = replace(update.said, id="9")
    answer = plain(2, PAGE, 1, "down orchard", in_reply_to="9")
    with record() as store:
        step(store, (update, answer), 1)
        step(store, (Post(moved, ((1, moved),)), answer), 5)
        assert [said.announcement.aliases for said in store.history("nimbus")] == [("9",), ()]
        assert is_a_rebuild(store)


def test_an_edit_that_was_in_no_incident_joins_one_of_which_a_poll_hears_late() -> None:
    chat = plain(0, SOCIAL, 0, "hello harbour", in_reply_to="1")
    edited = Post(chat.said, (*chat.versions, (64, replace(chat.said, text="fixed again"))))
    late = plain(1, SOCIAL, 60, "down harbour", seen=90)
    with record() as store:
        step(store, (edited, late), 0)
        step(store, (edited, late), 64)
        assert everything(store) == ()
        step(store, (edited, late), 90)
        [incident] = everything(store)
        assert [(said.id, said.revision) for said in incident.steps] == [("1", 1), ("0", 2)]
        assert is_a_rebuild(store)


def test_who_bears_a_mark_first_is_the_same_for_both_where_two_began_in_one_minute() -> None:
    """The group of the later known post is walked first: it was dated before."""
    one = plain(0, PAGE, 60, "down lantern", incident_key="incident-0", links=("https://social.example/@nimbus/9",))
    other = plain(1, PAGE, 60, "down orchard", incident_key="incident-0")
    last = plain(2, PAGE, 120, "down payments", incident_key="incident-0")
    late = plain(9, SOCIAL, 0, "down harbour", seen=70, url="https://social.example/@nimbus/9")
    told = (one, other, last, late)
    with record() as store:
        step(store, told, 70, by_ana(Action.APART, one, other))
        assert len(everything(store)) == 2
        step(store, told, 120)
        assert is_a_rebuild(store)


def test_a_report_finds_the_hours_of_an_incident_that_a_poll_told_of_long_ago() -> None:
    day = 24 * 60
    down = plain(0, SOCIAL, day + 630, "down harbour")
    report = plain(1, SOCIAL, 12 * day, "fixed from 10:00 to 11:00 UTC on 2 March")
    with record() as store:
        step(store, (down, report), day + 630)
        step(store, (down, report), 12 * day)
        [incident] = everything(store)
        assert incident.steps[1].joined_by.startswith("names its hours")
        assert is_a_rebuild(store)


def test_of_many_plans_those_that_end_first_are_known_to_a_poll_as_to_a_rebuild() -> None:
    """Of more than a post is compared with, the last one that is, and one that is not."""
    plans = [
        plain(n, PAGE, 60 * n, f"planned works from 03:00 to 04:00 UTC on {n + 2} March", title=f"Plan {n}")
        for n in range(28)
    ]
    words = [plain(40, PAGE, 6_000, "planned", title="Plan 25"), plain(41, PAGE, 6_000, "planned", title="Plan 27")]
    with record() as store:
        step(store, plans[:26], 2_000)
        step(store, (*plans, *words), 6_000)
        assert [len(incident.steps) for incident in everything(store)] == [1] * 25 + [2] + [1] * 3
        assert is_a_rebuild(store)


def test_what_lapsed_by_an_imported_word_is_open_again_where_the_first_poll_is_earlier() -> None:
    """Nothing is new in that poll: its incidents are due all the same."""
    down = plain(0, SOCIAL, 0, "down, the whole harbour is unreachable")
    ahead = plain(1, PAGE, 3 * 24 * 60, "down, the whole orchard is unreachable")
    with record() as store:
        import_lines(store, [imported(down), imported(ahead)], now=START)
        assert [incident.state for incident in everything(store)] == [State.LAPSED, State.OPEN]
        with store.transaction():
            touched = poll(store, (down,), 60)
            assert touched == () and store.due_vendors(START + timedelta(minutes=60)) == {"nimbus"}
            reassemble(store, "nimbus", touched)
        assert [incident.state for incident in everything(store)] == [State.OPEN, State.OPEN]
        assert is_a_rebuild(store)


@pytest.mark.parametrize(("days", "listing", "before"), [
    (2, Listing.ACTIVE, State.ENDED_UNANNOUNCED), (9, Listing.WINDOW, State.LAPSED),
])  # fmt: skip
def test_what_left_its_list_or_lapsed_is_over_when_the_vendors_field_says(
    days: int, listing: Listing, before: State
) -> None:
    """That is still to come then: no poll brings news of it."""
    ends = Window(end=START + timedelta(days=days))
    told = (plain(0, PAGE, 0, "down harbour", incident_key="incident-0", url=ADDRESS, window=ends),)
    states = []
    with record() as store:
        for day in (0, days - 1, days):
            with store.transaction():
                reassemble(store, "nimbus", poll(store, told, 24 * 60 * day, listing))
            states += [incident.state for incident in everything(store)]
        assert states == [State.OPEN, before, State.RESOLVED]
        assert is_a_rebuild(store)


@settings(max_examples=40)
@given(st.data())
def test_an_id_that_was_given_out_resolves_for_ever(data: st.DataObject) -> None:
    told = data.draw(histories())
    with record() as store:
        given_out: set[str] = set()
        for minute in times(told):
            with store.transaction():
                reassemble(store, "nimbus", poll(store, told, minute))
            given_out |= {incident.id for incident in everything(store)}
            assert all(store.incident(id_) for id_ in given_out)


@settings(max_examples=40)
@given(st.data())
def test_polling_again_changes_nothing(data: st.DataObject) -> None:
    told = data.draw(histories())
    with record() as store:
        last = times(told)[-1]
        with store.transaction():
            reassemble(store, "nimbus", poll(store, told, last))
        with store.transaction():
            assert reassemble(store, "nimbus", poll(store, told, last)) == ()
