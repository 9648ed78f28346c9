"""Assembling what a poll touched gives exactly what a rebuild gives: generated histories, any grouping of polls."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.assemble import assemble, reassemble
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
    Verdict,
)
from tracker.store import Ingested, Store

START = datetime(2024, 3, 1, tzinfo=UTC)
PAGE = Source(id="nimbus/page", vendor="nimbus", platform="statuspage")
SOCIAL = Source(id="nimbus/mastodon", vendor="nimbus", platform="mastodon")
SOURCES = (PAGE, SOCIAL)
WORDS = ("harbour", "lantern", "orchard", "payments", "uploads", "search", "Region-7", "slow", "errors", "again")
SAYINGS = {  # a tiny judge of its own: assembling is tested here, not the reading of words
    "down": Phase.OUTAGE_START,
    "working": Phase.UPDATE,
    "fixed": Phase.RESOLVED,
    "planned": Phase.MAINTENANCE,
    "hello": Phase.UNRELATED,
}


def judged(said: Announcement) -> Verdict:
    """The verdict of the first word."""
    first = said.text.split()[0]
    return Verdict(phase=SAYINGS[first], confidence=0.9, because=first)


@dataclass(frozen=True)
class Post:
    """A generated announcement, and the polls (minutes) from which on each version of it is seen."""

    said: Announcement
    versions: tuple[tuple[int, Announcement], ...]
    withdrawn: bool = False


minutes = st.integers(0, 60 * 24 * 5)
texts = st.builds(
    lambda first, rest: " ".join((first, *rest)),
    st.sampled_from(sorted(SAYINGS)),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
)


@st.composite
def posts(draw: st.DrawFn, number: int) -> Post:
    """One post: by key or not, maybe an answer, a link, late, edited, withdrawn."""
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
        in_reply_to=str(draw(st.integers(0, number - 1))) if number and draw(st.booleans()) else None,
        links=(f"https://status.nimbus.example/incidents/incident-{draw(st.integers(0, 4))}",) if linked else (),
        status=draw(st.sampled_from((None, "investigating", "resolved"))) if key else None,
    )
    late = draw(st.sampled_from((0, 0, 5, 90, 60 * 30)))
    versions = [(at + late, said)]
    for edit in range(draw(st.integers(0, 2))):
        seen = versions[-1][0] + draw(st.integers(1, 600))
        edited = START + timedelta(minutes=seen - 1) if draw(st.booleans()) else None
        later = replace(said, text=draw(texts), edited_at=edited, status=said.status and ("resolved", "open")[edit])
        versions.append((seen, later))
    return Post(said, tuple(versions), withdrawn=draw(st.integers(0, 9)) == 0)


@st.composite
def histories(draw: st.DrawFn) -> list[Post]:
    """Some days of one vendor on two channels."""
    return [draw(posts(number)) for number in range(draw(st.integers(1, 14)))]


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


def poll(store: Store, told: Sequence[Post], minute: int) -> tuple[int, ...]:
    """Read both channels as they stand at that minute; gives the numbers that it touched."""
    touched: list[int] = []
    now = START + timedelta(minutes=minute)
    for source in SOURCES:
        mine = [post for post in told if post.said.source == source.id and post.versions[0][0] <= minute]
        standing = [post for post in mine if not (post.withdrawn and post.versions[-1][0] + 60 <= minute)]
        latest = [[said for seen, said in post.versions if seen <= minute][-1] for post in standing]
        latest.sort(key=lambda said: (said.published_at or now, said.id))
        keys = dict.fromkeys(said.incident_key or said.id for said in reversed(latest))
        reading = Reading(announcements=tuple(latest), listing=Listing.WINDOW, listed=tuple(keys))
        got: Ingested = store.ingest(source, "all", reading, now)
        store.judge((number, version, judged(said)) for number, version, said in got.said)
        store.log_poll(source.id, "all", now, status=200)
        touched += got.touched
    return tuple(touched)


def times(told: Sequence[Post]) -> list[int]:
    """The minutes at which something new can be seen."""
    seen = {minute for post in told for minute, _ in post.versions}
    return sorted(seen | {max(seen) + 60, max(seen) + 61, max(seen) + 60 * 30})


def everything(store: Store) -> tuple[Incident, ...]:
    return store.incidents(kinds=tuple(Kind))


@settings(max_examples=100)
@given(st.data())
def test_incremental_is_a_rebuild_after_every_poll(data: st.DataObject) -> None:
    """Also where people correct between the polls; and a rebuild is what the pure function says."""
    told = data.draw(histories())
    corrected = iter(data.draw(corrections(told)))
    with record() as store:
        for minute in times(told):
            if data.draw(st.booleans()):
                continue  # this poll did not happen: the next one sees it all
            with store.transaction():
                reassemble(store, "nimbus", poll(store, told, minute))
            known = {(t.announcement.source, t.announcement.id) for t in store.history("nimbus")}
            correction = next(corrected, None) if data.draw(st.booleans()) else None
            if correction and {correction.first, correction.second or correction.first} <= known:
                with store.transaction():
                    store.correct(correction)
                    reassemble(store, "nimbus", (), since=since(told, correction))
            step_by_step = everything(store)
            with store.transaction():
                reassemble(store, "nimbus", at_once=data.draw(st.integers(1, 30)))
            assert everything(store) == step_by_step
            assert pure(store) == step_by_step


def since(told: Sequence[Post], correction: Correction) -> datetime | None:
    """The earliest time of what a correction names, as far as the vendor dates it."""
    names = (correction.first, correction.second)
    named = [post.said.published_at for post in told if (post.said.source, post.said.id) in names]
    return min((at or START for at in named), default=None)


def pure(store: Store) -> tuple[Incident, ...]:
    """What the pure function makes of the same facts."""
    return assemble(
        store.history("nimbus"),
        absences=store.absences("nimbus"),
        corrections=store.corrections(),
        as_of=store.as_of("nimbus"),
    )


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
