"""Filters as data: what a watch lets pass, and the commands that take one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tracker.cli import choosing, cli
from tracker.models import Health, Incident, Kind, Phase, PollState, Source, State, Step, Verdict, Watch
from tracker.store import Store

NINE = datetime(2024, 3, 4, 9, tzinfo=UTC)

GUESSED = {"severity": 'from the words: "delayed"'}


def step(phase: Phase, words: str) -> Step:
    return Step(
        source="heron/x", id=words, revision=1, phase=phase, at=NINE, at_basis="the vendor's time", seen_at=NINE,
        verdict=Verdict(phase=phase, confidence=1.0, because="said"), title=None, text=words, url=None, status=None,
        joined_by="first word",
    )  # fmt: skip


def incident(**given: Any) -> Incident:
    known: dict[str, Any] = {
        "id": "heron-1", "vendor": "heron", "kind": Kind.INCIDENT, "name": "Payments fail", "state": State.RESOLVED,
        "impact": "minor", "severity": "minor", "components": ("Payments API",), "regions": ("eu",),
        "bases": {"severity": "the vendor's own word: minor"}, "announced_at": NINE,
        "steps": (step(Phase.OUTAGE_START, "Payments fail"), step(Phase.RESOLVED, "Payments work")),
    }  # fmt: skip
    return Incident(**{**known, **given})


@pytest.mark.parametrize(
    ("watch", "passes"),
    [
        ({}, True),
        ({"vendors": ("heron",)}, True),
        ({"vendors": ("ibis",)}, False),
        ({"components": ("payments*",)}, True),
        ({"components": ("Search",)}, False),
        ({"regions": ("EU",)}, True),
        ({"regions": ("us-*",)}, False),
        ({"severity": "minor"}, True),
        ({"severity": "major"}, False),
        ({"phases": (Phase.UPDATE,)}, False),
        ({"vendors": ("heron",), "components": ("*api",), "regions": ("eu",), "severity": "none"}, True),
    ],
)
def test_what_passes(watch: dict[str, Any], passes: bool) -> None:
    assert (Watch(name="w", **watch).of(incident()) is not None) is passes


@pytest.mark.parametrize(
    ("unknown", "watch"),
    [
        ({"severity": None}, {"severity": "critical"}),
        ({"regions": ()}, {"regions": ("us",)}),
        ({"components": ()}, {"components": ("search*",)}),
        ({"impact": None, "bases": GUESSED}, {"severity": "major"}),
    ],
)
def test_silence_does_not_come_from_ignorance(unknown: dict[str, Any], watch: dict[str, Any]) -> None:
    assert Watch(name="w", **watch).of(incident(**unknown)) is not None


@pytest.mark.parametrize(
    ("known", "passes"),
    [
        ({"severity": "none", "bases": {"severity": "the vendor's own word: none"}}, False),
        ({"severity": "minor", "bases": GUESSED}, False),
        ({"severity": "critical", "bases": GUESSED}, True),
    ],
)
def test_where_the_vendor_declares_none_its_words_may_say_more(known: dict[str, Any], passes: bool) -> None:
    assert (Watch(name="w", severity="major").of(incident(impact="none", **known)) is not None) is passes


def test_only_the_steps_that_are_asked_for() -> None:
    seen = Watch(name="w", phases=(Phase.RESOLVED,)).of(incident())
    assert seen is not None and [each.phase for each in seen.steps] == [Phase.RESOLVED]


# -- the commands ------------------------------------------------------------------------------------------------------

FEEDS = """
vendors:
  heron:
    sources:
      - {platform: statuspage, page: https://status.heron.example}
watch:
  payments: {vendors: [heron], components: ["Pay*"], severity: major}
  endings: {phases: [resolved]}
  outages: {vendors: [heron], severity: major, phases: [outage-start, resolved]}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A feeds.yaml with watches, and a record in which a minor and a major incident are open."""
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    lines = [
        {"vendor": "heron", "source": "heron/statuspage", "id": key, "published_at": NINE.isoformat(), "text": "Down",
         "title": f"{part} down", "status": "investigating", "impact": impact, "components": [part],
         "incident_key": key}
        for key, part, impact in (("k1", "Payments", "major"), ("k2", "Search", "minor"))
    ]  # fmt: skip
    given = "".join(json.dumps(line) + "\n" for line in lines)
    ran = CliRunner().invoke(cli, ["import", "-", "--db", str(tmp_path / "t.db")], input=given)
    assert ran.exit_code == 0, ran.output
    return tmp_path


def run(place: Path, *args: str, given: str | None = None) -> Result:
    files = ["--db", str(place / "t.db"), "--feeds", str(place / "feeds.yaml")]
    return CliRunner().invoke(cli, [*args, *files], input=given)


def test_a_watch_hears_of_what_names_no_part_and_no_severity(place: Path) -> None:
    told = {"k3": "Total outage of everything", "k4": "Mail is not being delivered, some of it is delayed"}
    given = "".join(
        json.dumps({"vendor": "heron", "source": "heron/x", "id": key, "published_at": NINE.isoformat(), "text": text,
                    "incident_key": key}) + "\n"
        for key, text in told.items()
    )  # fmt: skip
    assert CliRunner().invoke(cli, ["import", "-", "--db", str(place / "t.db")], input=given).exit_code == 0
    shown = map(json.loads, run(place, "incidents", "--json", "--watch", "payments").stdout.splitlines())
    assert {incident["name"] for incident in shown} == {"Payments down", *told.values()}


@pytest.mark.parametrize("command", ["timeline", "incidents"])
def test_incidents_of_a_watch(place: Path, command: str) -> None:
    assert len(run(place, command, "--json").stdout.splitlines()) == 2
    [shown] = map(json.loads, run(place, command, "--json", "--watch", "payments").stdout.splitlines())
    assert shown["name"] == "Payments down"
    assert run(place, command, "--watch", "endings").stdout == ""


@pytest.mark.parametrize("command", ["timeline", "incidents", "check"])
def test_of_vendors_that_are_named_a_watch_lets_its_own_pass(place: Path, command: str) -> None:
    ibis = {"vendor": "ibis", "source": "ibis/x", "id": "1", "published_at": NINE.isoformat(), "text": "Calls fail."}
    assert run(place, "import", "-", given=json.dumps(ibis)).exit_code == 0
    both, one = (run(place, command, *names, "--watch", "payments") for names in (("ibis", "heron"), ()))
    assert both.stdout == one.stdout and "Payments down" in one.stdout
    other = run(place, command, "ibis", "--watch", "payments")
    assert other.exit_code == 2 and "watch 'payments' lets pass only heron" in other.stderr


@pytest.mark.parametrize("command", [("timeline",), ("incidents", "--json"), ("check",)])
@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("Paymnts", "did you mean 'Payments'?"),
        ("*serch*", "did you mean 'Search'?"),
        ("*cdn*", "among them are Payments, Search"),
        ("Pay*", None),
    ],
)
def test_a_pattern_that_fits_nothing_named_so_far_is_told_to_who_looks(
    place: Path, command: tuple[str, ...], pattern: str, said: str | None
) -> None:
    """Not to who is called: a mail of cron, or a feed, has another reader."""
    watch = f'  typed: {{components: ["{pattern}"]}}\n'
    (place / "feeds.yaml").write_text(FEEDS + watch, encoding="utf-8")
    told = f"watch 'typed': {pattern!r} fits none of the 2 components named so far; {said}"
    assert (told in run(place, *command, "--watch", "typed").stderr.splitlines()) is (said is not None)
    for asked in (("check", "-q"), ("check", "--changed", str(place / "told")), ("timeline", "--atom", "-")):
        assert "typed" not in run(place, *asked, "--watch", "typed").stderr


def test_a_misspelt_component_of_stats_is_told_too(place: Path) -> None:
    told = "--component: 'paymnts' fits none of the 2 components named so far; did you mean 'Payments'?"
    assert told in run(place, "stats", "--component", "paymnts").stderr.splitlines()
    assert "named so far" not in run(place, "stats", "heron", "--component", "pay*").stderr


def test_of_a_long_record_only_so_much_is_read_as_shows_that_a_pattern_fits(place: Path) -> None:
    """`check` asks at every turn of cron; only a pattern that fits nothing takes a look at all that was ever named."""
    steps: dict[str, list[int]] = {"Payments*": [], "Paymnts": []}
    with Store.open(place / "t.db") as store:
        with store.transaction():
            store.write_incidents(incident(id=f"heron-{number}", steps=()) for number in range(2_000))
        for pattern, taken in steps.items():
            store.db.set_progress_handler(lambda taken=taken: taken.append(1_000), 1_000)
            choosing.say_unfit(store, Watch(name="w", components=(pattern,)), ("heron",))
    assert sum(steps["Payments*"]) < 2_000 < 10_000 < sum(steps["Paymnts"])


def test_check_asks_for_what_is_watched(place: Path) -> None:
    assert run(place, "check", "--watch", "payments").exit_code == 1
    assert run(place, "check", "--watch", "endings").exit_code == 3, "no source of it was read lately"


@pytest.mark.parametrize("command", [("timeline", "--open"), ("incidents", "--open"), ("timeline",)])
def test_only_of_what_is_watched_it_is_said_that_nobody_reads_it(place: Path, command: tuple[str, ...]) -> None:
    with Store.open(place / "t.db") as store, store.transaction():
        for source in ("heron/statuspage", "ibis/statuspage"):
            vendor, platform = source.split("/")
            store.ensure_source(Source(id=source, vendor=vendor, platform=platform))
            store.set_health(source, Health.OK, None, NINE)
            store.set_poll_state(source, "page", PollState(url="", polled_at=NINE, succeeded_at=NINE))
        store.db.execute("UPDATE sources SET succeeded_at = '2024-03-04T09:00:00Z'")
    said = run(place, *command, "--watch", "payments").stderr
    assert "heron: not read since" in said and "ibis" not in said


def test_a_watch_that_is_not_there_is_a_usage_error(place: Path) -> None:
    for word, right in (("payment", "did you mean 'payments'?"), ("x", "has payments, endings, outages")):
        ran = run(place, "incidents", "--watch", word)
        assert ran.exit_code == 2 and f"no watch {word!r}; " in ran.output and right in ran.output


def test_of_phases_check_tells_the_beginning_and_the_end_and_each_time_the_last_word(place: Path) -> None:
    """Beginning, worse, update, another title, resolved, relapse: in words of then, and nothing of what is no news."""
    line = {"vendor": "heron", "source": "heron/statuspage", "title": "Calls fail", "incident_key": "k9"}
    steps = [
        ("0", "Calls are slow.", "investigating", "minor", []),
        ("1", "All calls fail.", "identified", "major", ["affected: heron: Calls fail", "All calls fail."]),
        ("2", "A fix is on its way.", "identified", "major", []),
        ("0", "Calls are slow.", "investigating", "minor", []),
        ("3", "Calls work.", "resolved", "major", ["resolved: heron: Calls fail", "Calls work."]),
        ("4", "Calls fail again.", "investigating", "major", ["affected: heron: Calls fail", "Calls fail again."]),
    ]
    check = ("check", "--watch", "outages", "--changed", str(place / "told"))
    run(place, *check)
    known: set[str] = set()
    for id_, text, status, impact, told in steps:
        said = {"id": id_, "published_at": f"2024-03-04T10:0{id_}:00Z", "text": text, "status": status}
        if id_ in known:
            said["revisions"] = [{"title": "Calls to Europe", "text": text, "status": status}]  # type: ignore[assignment]
        known.add(id_)
        assert run(place, "import", "-", given=json.dumps(line | said | {"impact": impact})).exit_code == 0
        shown = run(place, *check).stdout
        assert bool(shown) is bool(told), (text, shown)
        assert all(words in shown for words in told), (text, shown)


def test_an_alarm_of_which_the_watch_learns_late_that_it_is_no_concern_still_gets_its_end(place: Path) -> None:
    """A vendor names the part with its second word only."""
    line = {"vendor": "heron", "source": "heron/statuspage", "title": "Errors", "impact": "major", "incident_key": "k9"}
    check = ("check", "--watch", "payments", "--changed", str(place / "told"))
    run(place, *check)
    told = []
    for number, (status, parts) in enumerate(
        [("investigating", []), ("identified", ["Search"]), ("monitoring", ["Search"]), ("resolved", ["Search"])]
    ):
        said = {"id": str(number), "published_at": f"2024-03-04T10:0{number}:00Z", "text": status, "status": status}
        assert run(place, "import", "-", given=json.dumps(line | said | {"components": parts})).exit_code == 0
        told.append(run(place, *check).stdout.partition(":")[0])
    assert told == ["affected", "", "", "resolved"]
    assert run(place, *check).stdout == ""
