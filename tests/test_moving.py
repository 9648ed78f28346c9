"""The record moves without loss: what was polled, edited, withdrawn, corrected, forgotten, export and import keep."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker import collect
from tracker.collect.deriving import RULES
from tracker.errors import StoreError
from tracker.models import Action, Announcement, Correction, Kind, Listing, Phase, Reading, Source, Window
from tracker.store import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE = Source(
    id="ripple/statuspage", vendor="ripple", platform="statuspage", page="https://status.ripple.example",
    components=("API",),
)  # fmt: skip
TEXTS = st.sampled_from(["Sending fails.", "Fixed: it works again.", "Wir arbeiten daran.", "", "\x1b[31mrot", "½ 🙏"])
CHANCE = st.integers(0, 5)


@st.composite
def announcements(draw: st.DrawFn) -> Announcement:
    number = draw(st.integers(1, 6))
    window = draw(st.sampled_from([None, Window(start=NOON), Window(start=NOON, end=NOON + timedelta(hours=2))]))
    return Announcement(
        source=SOURCE.id,
        vendor="ripple",
        id=f"i{number}",
        aliases=(f"alias-{number}",) if draw(CHANCE) == 0 else (),
        published_at=NOON + timedelta(minutes=number),
        edited_at=draw(st.sampled_from([None, NOON + timedelta(hours=1)])),
        title=draw(st.sampled_from([None, "Title", "Another title"])),
        text=draw(TEXTS),
        status=draw(st.sampled_from([None, "investigating", "resolved"])),
        components=("API",) if draw(CHANCE) == 0 else (),
        incident_key=draw(st.sampled_from([None, "a", "b"])),
        window=window,
        planned=draw(CHANCE) == 0,
        original=draw(st.sampled_from([b"", b"{}", b"\xff\x00", b"base64:x"])),
    )


READINGS = st.lists(announcements(), max_size=5, unique_by=lambda said: said.id).map(
    lambda told: Reading(
        announcements=tuple(told),
        listing=Listing.WINDOW,
        listed=tuple(said.id for said in reversed(told)),
        entries={said.id: ("digest", said.id) for said in told},
    )
)


def told(store: Store, readings: list[Reading], corrected: bool, forgotten: bool) -> None:
    """Poll these, in order, and let people have their say."""
    for hour, reading in enumerate(readings):
        at = NOON + timedelta(hours=hour)
        with store.transaction():
            got = store.ingest(SOURCE, "incidents", reading, at)
            store.log_poll(SOURCE.id, "incidents", at, got=got)
    known = [(row["source"], row["id"]) for row in store.db.execute("SELECT source, id FROM announcements")]
    if corrected and known:
        word = Correction(
            action=Action.PHASE, first=known[0], phase=Phase.UPDATE, author="ana", reason="read it again", made_at=NOON
        )
        with store.transaction():
            store.correct(word)
    store.set_rules_version("ripple", RULES)  # else all is to be read whole again
    list(collect.rebuild(store))
    if forgotten and known:
        collect.forget(store, *known[-1], now=NOON)


def lines(store: Store) -> list[str]:
    return [json.dumps(record) for record in store.export()]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readings=st.lists(READINGS, min_size=1, max_size=5),
    corrected=st.booleans(),
    forgotten=st.booleans(),
    words_first=st.booleans(),
)
def test_export_and_import_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    readings: list[Reading],
    corrected: bool,
    forgotten: bool,
    words_first: bool,
) -> None:
    folder = tmp_path_factory.mktemp("moving")
    with Store.open(folder / "one.db") as one, Store.open(folder / "two.db") as two:
        one.register([], NOON)
        told(one, readings, corrected, forgotten)
        exported = lines(one)
        if words_first:
            collect.import_lines(two, [line for line in exported if "record" not in json.loads(line)], now=NOON)
        for _ in range(2):
            report = collect.import_lines(two, exported, now=NOON + timedelta(days=9))
            assert report.problems == []
            assert lines(two) == exported
            assert two.incidents() == one.incidents()


def test_an_export_is_of_one_moment_also_while_the_collector_writes(tmp_path: Path) -> None:
    """With the validators of a poll whose words it lacks, another record would be answered 304 for ever."""
    first, second = (Announcement(source=SOURCE.id, vendor="ripple", id=id_, text="Sending fails.") for id_ in "12")
    with Store.open(tmp_path / "t.db") as collector:
        told(collector, [Reading(announcements=(first,))], corrected=False, forgotten=False)
        before = lines(collector)
        with Store.open(tmp_path / "t.db", write=False) as store:
            exported = store.export()
            begun = [json.dumps(next(exported))]
            told(collector, [Reading(announcements=(first,)), Reading(announcements=(second,))], False, False)
            assert begun + [json.dumps(record) for record in exported] == before


SAID = '{"vendor": "v", "source": "v/x", "id": "1", "text": "t", %s}'
LINE = SAID % '"seen_at": "2026-01-01T00Z", %s'
OF_SOURCE = '{"record": "sources", "id": "v/y", "vendor": "v", "platform": "x", %s}'
OF_REQUEST = '{"record": "requests", "source": "v/x", "purpose": "url", %s}'


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"vendor": "v" "id"}', "no JSON: Expecting ',' delimiter at character 16"),  # of which line the caller says
        ("9" * 5000, "no JSON: Exceeds the limit"),
        ("[" * 5000, "no JSON: maximum recursion"),
        ("[]", "needs an object"),
        ('{"vendor": "v"}', '"source" is needed'),
        ('{"vendor": "v", "source": "v/x", "id": "1", "published_at": "2026-01-01T00:00:00Z"}', '"text" is needed'),
        ('{"vendor": "v", "source": "v/x", "id": "1", "text": "t"}', '"published_at" is needed'),
        (SAID % '"published_at": "yesterday"', "ISO 8601"),
        (SAID % '"published_at": "2026-01-01T00:00"', "has no zone"),
        (SAID % '"published_at": "2026-01-01"', "write 2026-01-01T00:00:00Z if it is UTC"),
        (SAID % '"published_at": "0001-01-01T00:00:00Z"', "1970 and 2999"),
        (SAID % '"publishd_at": "x"', "did you mean 'published_at'"),
        (LINE % '"revisions": [0]', 'version 2 in "revisions" needs an object'),
        ('{"vendor": "v", "source": "v/x", "id": "1", "text": "\\ud800"}', "half of a character"),
        (LINE % '"window": 12', '"window" needs {"start", "end"}'),
        (LINE % '"revisions": "none"', '"revisions" is no list'),
        (LINE % '"aliases": [2]', '"aliases" needs a list of texts'),
        (LINE % '"original": "base64:?"', '"original" is no base64'),
        (
            '{"vendor": "w", "source": "v/x", "id": "1", "text": "t", "seen_at": "2026-01-01T00Z"}',
            "is known as one of 'v'",
        ),
        ('{"record": "nonsense"}', "record 'nonsense' is unknown"),
        ('{"record": "vendors", "colour": 1}', "unknown fields colour"),
        ('{"record": "vendors", "slug": "w", "name": ["w"]}', '"name" is no text but list'),
        ('{"record": "vendors", "slug": 1%s, "name": "w"}' % ("0" * 30), '"slug" is no text but int'),
        (OF_SOURCE % '"health": "fine"', '"health" cannot be'),
        (OF_SOURCE % '"succeeded_at": "once"', "ISO 8601"),
        (OF_SOURCE % '"learnt": "once"', '"learnt" cannot be'),
        (OF_SOURCE % '"learnt": "[\\"a\\"]"', '"learnt" cannot be'),
        (OF_SOURCE % '"settings": "{\\"account\\": 1}"', '"settings" cannot be'),
        (OF_REQUEST % '"failures": "many"', '"failures" is no whole number'),
        (OF_REQUEST % '"wish": 1%s' % ("0" * 30), "cannot be taken"),
        (OF_REQUEST % '"entries": "{\\"a\\": 1}"', '"entries" cannot be'),
        (OF_REQUEST % '"entries": "{\\"a\\": [1]}"', '"entries" cannot be'),
        (OF_SOURCE % '"settings": "{\\"components\\": \\"\\"}"', '"settings" cannot be'),
        (
            '{"record": "corrections", "action": "together", "source": "v/x", "id": "9", "second_source": "v/x"}',
            '"second_source" and "second_id" go together',
        ),
        ('{"record": "sources", "vendor": "v", "platform": "x"}', "'sources' needs \"id\""),
        (
            '{"record": "corrections", "number": 1, "action": "ignore", "id": "1"}',
            "NOT NULL constraint failed: corrections.source",
        ),
        (
            '{"record": "absences", "source": "v/x", "key": "9", "kind": "lost", '
            '"last_seen_at": "2026-01-01T00:00:00Z", "missing_at": "2026-01-01T00:00:00Z"}',
            '"kind" cannot be',
        ),
    ],
)
def test_a_line_that_cannot_be_taken_says_what_would_be_right(tmp_path: Path, line: str, problem: str) -> None:
    good = '{"vendor": "v", "source": "v/x", "id": "9", "text": "t", "published_at": "2026-01-01T00:00:00Z"}'
    with Store.open(tmp_path / "t.db") as store:
        report = collect.import_lines(store, [good, line], now=NOON)
    assert report.announcements == 1
    [said] = report.problems
    assert said.startswith("line 2: ") and problem in said


def test_a_record_from_a_machine_that_knows_more_zones_is_told(tmp_path: Path) -> None:
    of = {"record": "sources", "id": "v/x", "vendor": "v", "platform": "x", "settings": '{"timezone": "Mars/Olympus"}'}
    line = {"vendor": "v", "source": "v/x", "id": "9", "published_at": "2026-01-01T00:00:00Z", "planned": True}
    line["text"] = "Tomorrow we move house, from 10:00 to 12:00."
    vendor = {"record": "vendors", "slug": "v", "name": "V"}
    with Store.open(tmp_path / "t.db") as store:
        report = collect.import_lines(store, map(json.dumps, (vendor, of, line)), now=NOON)
        [work] = store.incidents(kinds=(Kind.MAINTENANCE,))
    assert report.problems == [] and work.impact_started_at is None


OTHERS = "".join(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in (8, 9))


@pytest.mark.parametrize(
    ("source", "original"),
    [("v/blog", "<p>Down.</p>"), ("v/feed", f'<rss version="2.0"><channel>{OTHERS}</channel></rss>')],
)
def test_a_line_whose_original_tells_nothing_of_it_stays_as_it_is_told(
    tmp_path: Path, source: str, original: str
) -> None:
    """Another program's line may name any source and hold any document; reading again goes on with the others."""
    line = {"vendor": "v", "source": source, "id": "1", "text": "Down.", "published_at": "2026-01-01T00:00:00Z"}
    with Store.open(tmp_path / "t.db") as store:
        assert not collect.import_lines(store, [json.dumps({**line, "original": original})], now=NOON).problems
        kept = lines(store)
        assert list(collect.rebuild(store, diff=True)) == []
        assert lines(store) == kept


def test_a_disk_that_is_full_is_no_mistake_of_a_line(tmp_path: Path) -> None:
    poll = {"record": "polls", "source": "v/x", "purpose": "url", "polled_at": "2026-01-01T00:00:00Z"}
    told = [{"record": "vendors", "slug": "v", "name": "V"}, {"record": "sources", "id": "v/x", "vendor": "v"}]
    told += [{"record": "sources", "id": "v/x", "vendor": "v", "platform": "x"}, {**poll, "error": "x" * 200_000}, poll]
    with Store.open(tmp_path / "t.db") as store:
        store.db.execute(f"PRAGMA max_page_count = {store.db.execute('PRAGMA page_count').fetchone()[0] + 10}")
        with pytest.raises(StoreError, match=r"the disk is full; .* nothing of this transaction was kept"):
            collect.import_lines(store, map(json.dumps, told), now=datetime(2026, 1, 1, tzinfo=UTC))
        assert store.vendor_names() == {}
        assert store.db.execute("SELECT COUNT(*) FROM polls").fetchone()[0] == 0


def test_each_version_that_several_lines_tell_is_taken_once(tmp_path: Path) -> None:
    said = {"vendor": "v", "source": "v/x", "id": "1", "text": "Down.", "published_at": "2026-01-01T00:00:00Z"}
    told = [json.dumps(said | {"revisions": [{"text": text}]}) for text in ("Fixed.", "Fixed, sorry.", "Fixed.")]
    with Store.open(tmp_path / "t.db") as store:
        assert not collect.import_lines(store, told, now=NOON).problems
        [known] = store.history("v")
        assert [said.text for said in known.versions.values()] == ["Down.", "Fixed.", "Fixed, sorry."]


def test_what_another_record_saw_taken_back_is_withdrawn_here_too(tmp_path: Path) -> None:
    said = {"vendor": "ripple", "source": SOURCE.id, "id": "i1", "published_at": "2026-03-02T12:00:00Z"}
    words = {"text": "We are investigating failing calls.", "status": "investigating"}
    gone = {"record": "absences", "source": SOURCE.id, "key": "i1", "kind": "withdrawn"}
    between = {"last_seen_at": "2026-03-02T12:30:00Z", "missing_at": "2026-03-02T12:35:00Z"}
    with Store.open(tmp_path / "a.db") as store:
        for line in (said | words, gone | between):
            assert not collect.import_lines(store, [json.dumps(line)], now=NOON).problems
        assert [str(incident.state) for incident in store.incidents()] == ["withdrawn"]
        assert list(collect.rebuild(store, diff=True)) == []
