"""Figures: each by hand on a few incidents, and the study that was published of one vendor's status page."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from captured import SHARED
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tracker.cli import cli
from tracker.models import CountedIncident, CountedStep, Kind, Phase, Row, State
from tracker.show import figures
from tracker.statistics import By, statistics
from tracker.statistics.downtime import weighted_union
from tracker.statistics.figures import quantile

START = datetime(2024, 3, 1, tzinfo=UTC)
START_, UPDATE, OVER = Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def incident(*said: tuple[float, Phase], **given: object) -> CountedIncident:
    """An incident told in steps of (minute, phase), and what else is known of it."""
    over = [at(minute) for minute, phase in said if phase is OVER]
    known = CountedIncident(
        id=f"nimbus-{said[0][0]:g}", vendor="nimbus", kind=Kind.INCIDENT, state=State.RESOLVED if over else State.OPEN,
        severity="major", components=("Uploads",), announced_at=at(said[0][0]),
        first_resolved_at=over[0] if over else None, resolved_at=over[-1] if over else None,
        steps=tuple(CountedStep(at(minute), phase) for minute, phase in said),
    )  # fmt: skip
    return known._replace(**given)


def only(rows: tuple[Row, ...]) -> Row:
    [row] = rows
    return row


def test_time_to_resolve_leaves_out_what_was_told_at_once() -> None:
    row = only(
        statistics([incident((0, START_), (60, OVER)), incident((100, START_), (130, OVER)), incident((200, OVER))])
    )
    assert (row.value("incidents"), row.value("mttr_s"), row.value("mttr_median_s")) == (3, 45 * 60, 45 * 60)
    assert row.value("only_afterwards_share") == pytest.approx(1 / 3)


def test_time_between_failures_is_the_mean_gap_of_first_words() -> None:
    told = [incident((minute, START_), (minute + 1, OVER)) for minute in (0, 60, 240)]
    assert only(statistics(told)).value("mtbf_s") == 2 * 3600
    assert only(statistics(told[:1])).value("mtbf_s") is None


def test_what_cannot_be_known_is_none() -> None:
    row = only(statistics([incident((0, START_), state=State.LAPSED)]))
    for name in ("mttr_s", "mtbf_s", "downtime_s", "lag_s", "cadence_s", "first_update_s", "rewritten_share"):
        assert row.value(name) is None, name
    assert (row.value("lapsed"), row.value("unknown_time")) == (1, 1)


def test_only_of_what_a_poll_saw_appear_it_is_known_whether_it_was_reworded() -> None:
    """An archive holds the last words: after a backfill of a hundred incidents hardly any seemed to be reworded."""
    old = [incident((minute, START_), (minute + 60, OVER)) for minute in (0, 100, 200)]
    row = only(statistics(old))
    assert (row.value("rewritten_share"), row.n("rewritten_share")) == (None, 0)
    seen = incident((300, START_), (360, OVER), first_seen_at=at(301))
    assert only(statistics([*old, seen])).value("rewritten_share") == 0
    reworded = seen._replace(steps=(seen.steps[0], seen.steps[1]._replace(revised=1)))
    row = only(statistics([*old, reworded]))
    assert (row.value("rewritten_share"), row.n("rewritten_share")) == (1, 1)


def test_a_row_tells_since_when_there_are_incidents() -> None:
    """The history of one vendor, and of another only what its page still lists, seemed to be of the same time."""
    row = only(statistics([incident((60, START_)), incident((0, START_), (30, OVER))]))
    assert figures.row_json(row)["first_announced_at"] == "2024-03-01T00:00:00Z"
    head, told, *_ = figures.lines([row], width=80, colour=False)
    assert dict(zip(head.split(), told.split(), strict=True))["since"] == "2024-03-01"


def test_downtime_is_a_union_and_its_weights_are_stated() -> None:
    """An hour of major trouble, half an hour of which a minor one lies over, and which goes on for an hour alone."""
    told = [incident((0, START_), (60, OVER)), incident((30, START_), (120, OVER), severity="minor")]
    row = only(statistics(told))
    assert row.value("affected_s") == 120 * 60
    assert row.value("downtime_s") == pytest.approx((60 + 0.3 * 60) * 60)
    basis = next(figure.basis for figure in row.figures if figure.name == "downtime_s")
    assert "major 1, minor 0.3" in basis


def test_what_is_open_is_down_until_we_looked_last() -> None:
    told = [incident((0, START_))]
    assert only(statistics(told)).value("downtime_s") is None
    assert only(statistics(told, as_of={"nimbus": at(30)})).value("downtime_s") == 30 * 60


def test_the_declared_window_counts_before_the_words() -> None:
    told = incident((40, START_), (60, OVER), impact_started_at=at(0), impact_ended_at=at(50))
    row = only(statistics([told]))
    assert (row.value("lag_s"), row.value("affected_s"), row.value("mttr_s")) == (40 * 60, 50 * 60, 20 * 60)


def test_planned_work_is_apart_from_everything() -> None:
    work = incident(
        (0, Phase.MAINTENANCE), kind=Kind.MAINTENANCE, state=State.COMPLETED,
        impact_started_at=at(10), impact_ended_at=at(40),
    )  # fmt: skip
    row = only(statistics([work]))
    assert (row.value("incidents"), row.value("maintenance"), row.value("maintenance_s")) == (0, 1, 30 * 60)
    assert row.value("downtime_s") is None
    row = only(statistics([work, work._replace(impact_started_at=None)]))
    assert (row.value("maintenance"), row.value("maintenance_s")) == (2, 30 * 60), "it did not begin when announced"


def test_cadence_and_reopening() -> None:
    reopened = incident((0, START_), (10, UPDATE), (30, OVER), (50, UPDATE), (90, OVER))
    row = only(statistics([reopened]))
    assert (row.value("first_update_s"), row.value("cadence_s")) == (600, 900)
    assert row.value("reopened_share") == 1
    row = only(statistics([reopened, incident((100, START_), (120, OVER)), incident((200, START_), (290, OVER))]))
    assert (row.value("first_update_s"), row.value("cadence_s")) == (1200, 1200), "the median of 10, 20 and 90 min"


def test_what_another_channel_repeats_makes_no_cadence() -> None:
    """The page speaks every ten minutes, its feed says each word again after seconds, an account says a part first."""
    phases = enumerate((START_, UPDATE, OVER))
    page = [CountedStep(at(10 * n), phase, source="nimbus/statuspage") for n, phase in phases]
    feed = [step._replace(at=step.at + timedelta(seconds=7), source="nimbus/feed") for step in page]
    account = [CountedStep(at(n), phase, source="nimbus/mastodon") for n, phase in ((-1, START_), (19, OVER))]
    told = incident((-1, START_), (19, OVER))._replace(steps=tuple(sorted([*page, *feed, *account])))
    row = only(statistics([told]))
    assert (row.value("first_update_s"), row.value("cadence_s")) == (600, 600)


def test_the_bounds_of_a_mean_are_its_standard_error_on_both_sides() -> None:
    """10, 20 and 30 minutes: their deviation is 10, and the error of their mean 10 / √3."""
    row = only(statistics([incident((n * 60, START_), (n * 60 + 10 * n, OVER)) for n in (1, 2, 3)]))
    error = 1.96 * 600 / 3**0.5
    assert row.value("mttr_low_s") == pytest.approx(1200 - error, rel=1e-4)
    assert row.value("mttr_high_s") == pytest.approx(1200 + error, rel=1e-4)


def test_a_row_for_each_component_and_month() -> None:
    told = [incident((0, START_), components=("Uploads", "Search")), incident((60 * 24 * 40, START_))]
    assert [(row.component, row.value("incidents")) for row in statistics(told, by=By.COMPONENT)] == [
        ("Search", 1), ("Uploads", 2),
    ]  # fmt: skip
    assert [(row.month, row.value("incidents")) for row in statistics(told, by=By.MONTH)] == [
        ("2024-03", 1), ("2024-04", 1),
    ]  # fmt: skip


def test_what_was_announced_nobody_knows_when_is_of_no_month() -> None:
    undated = incident((0, START_), announced_at=None)
    assert statistics([undated], by=By.MONTH) == ()
    [row] = statistics([undated, incident((9, START_))], by=By.MONTH)
    assert row.value("incidents") == 1


def test_what_was_announced_nobody_knows_when_has_neither_length_nor_lag() -> None:
    row = only(statistics([incident((0, START_), (60, OVER), announced_at=None, impact_started_at=at(-5))]))
    assert (row.value("incidents"), row.value("mttr_s"), row.value("lag_s")) == (1, None, None)


def test_a_month_counts_what_lies_in_it() -> None:
    """An outage that was told of twelve days late made the next month the worst of the year."""
    day = 24 * 60
    late = incident((40 * day, START_), (40 * day + 60, OVER), impact_started_at=at(30 * day))
    within = incident((2 * day, START_), (2 * day + 60, OVER))
    work = within._replace(
        id="work", kind=Kind.MAINTENANCE, impact_started_at=at(30 * day), impact_ended_at=at(32 * day)
    )
    march, april = statistics([within, late, work], by=By.MONTH)
    assert (march.month, march.value("incidents"), march.value("affected_s")) == ("2024-03", 1, 25 * 3600)
    assert (april.month, april.value("incidents"), april.value("affected_s")) == ("2024-04", 1, (9 * 24 + 1) * 3600)
    assert (march.value("maintenance_s"), april.value("maintenance_s")) == (86400, 86400)
    assert (march.value("unknown_time"), march.n("downtime_s"), april.n("downtime_s")) == (0, 2, 1)
    basis = next(figure.basis for figure in march.figures if figure.name == "downtime_s")
    assert basis.endswith("what of it lies in the month, of 2 incidents, whenever announced")


def test_a_month_in_which_an_outage_only_went_on_has_its_row() -> None:
    """Between the first and the last month of the announcements, beyond which others are not asked for."""
    day = 24 * 60
    long, last = incident((0, START_), (100 * day, OVER)), incident((70 * day, START_), (70 * day + 1, OVER))
    rows = statistics([long, last, incident((45 * day, START_), (46 * day, OVER), state=State.WITHDRAWN)], by=By.MONTH)
    assert [(row.month, row.value("incidents"), row.value("withdrawn"), row.value("affected_s")) for row in rows] == [
        ("2024-03", 1, 0, 31 * 86400), ("2024-04", 0, 1, 30 * 86400), ("2024-05", 1, 0, 31 * 86400),
    ]  # fmt: skip
    quiet = [incident((0, START_), (9, OVER)), last]
    assert [row.month for row in statistics(quiet, by=By.MONTH)] == ["2024-03", "2024-05"]


def test_a_month_tells_of_how_many_outages_it_is_also_where_they_overlap() -> None:
    day = 24 * 60
    told = [
        incident((0, START_), (40 * day, OVER)), incident((10 * day, START_), (31 * day, OVER)),
        incident((31 * day, START_), (35 * day, OVER), severity="minor"),
    ]  # fmt: skip
    march, april = statistics(told, by=By.MONTH)
    assert (march.n("downtime_s"), march.value("downtime_s")) == (2, 31 * 86400)
    assert (april.n("downtime_s"), april.value("downtime_s")) == (2, 9 * 86400)


def test_a_stranger_s_outages_of_centuries_do_not_multiply_by_their_months() -> None:
    """Two thousand of them, in ten thousand months: part by part they took hours, and the memory."""
    centuries = 900 * 365 * 24 * 60
    told = [incident((minute, START_), (centuries, OVER)) for minute in range(2000)]
    *_, before_last, last = statistics([*told, incident((centuries, START_), (centuries + 1, OVER))], by=By.MONTH)
    assert (before_last.n("affected_s"), last.n("affected_s")) == (2000, 2001)


def test_incidents_that_name_no_component_have_a_row_at_the_end() -> None:
    rows = statistics([incident((0, START_)), incident((9, START_), components=())], by=By.COMPONENT)
    assert [(row.component, row.value("incidents")) for row in rows] == [("Uploads", 1), ("", 1)]
    head, *shown = figures.lines(rows, width=200, colour=False)
    assert head.startswith("nimbus component"), "where all rows are of one vendor, none need name it"
    assert [line.split("  ")[0] for line in shown[:2]] == ["Uploads", "(no part named)"]
    alone = next(figures.lines(rows[1:], width=200, colour=False))
    assert alone.startswith("nimbus component")
    [row] = statistics([incident((0, START_), vendor="ripple")], by=By.COMPONENT)
    head, *shown = figures.lines([*rows, row], width=200, colour=False)
    assert head.startswith("vendor component") and shown[0].startswith("nimbus Uploads  ")


def test_formulas_are_those_of_all_rows() -> None:
    one = incident((0, START_), (60, OVER))
    two = [incident((n * 900, START_), (n * 900 + 30, OVER), vendor="ripple") for n in range(5)]
    rows = statistics([one, *two])
    both, alone = (list(figures.lines(told, width=10_000, colour=False)) for told in (rows, rows[1:]))
    assert both[both.index("") :] == alone[alone.index("") :]
    assert "MTTR        mean of first_resolved_at − announced_at" in both
    picture = figures.svg(rows, "mttr_s")
    assert "<title>mttr_s: mean of first_resolved_at − announced_at</title>" in picture
    assert "1 h, of 1 of 1 incidents" in picture and "30 min, of 5 of 5 incidents" in picture
    told = figures.row_json(only(statistics([one, incident((9, OVER)), incident((12, OVER))], by=By.MONTH)))
    assert [told[key] for key in ("vendor", "component", "month")] == ["nimbus", None, "2024-03"]
    assert json.dumps([told["mttr_s"], told["only_afterwards_share"]]) == "[3600, 0.6667]"
    assert figures.row_json(rows[1])["basis"]["mtbf_s"] == "mean gap between successive announced_at, of 4 gaps"


def test_every_figure_says_its_formula() -> None:
    row = only(statistics([incident((0, START_), (60, OVER))]))
    assert all(figure.basis for figure in row.figures)
    assert set(figures.row_json(row)["basis"]) == {figure.name for figure in row.figures}


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50), st.sampled_from((0.0, 0.3, 1.0))), max_size=12))
def test_a_union_is_what_counting_minute_by_minute_gives(spans: list[tuple[int, int, float]]) -> None:
    told = [(at(start), at(start + length), weight) for start, length, weight in spans]
    minutes = range(101)
    by_hand = sum(max((w for s, n, w in spans if s <= minute < s + n), default=0.0) for minute in minutes)
    assert weighted_union(told) == pytest.approx(by_hand * 60)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=60))
def test_intervals_hold_what_they_are_about(lengths: list[float]) -> None:
    told = [incident((n * 60, START_), (n * 60 + 1 + length, OVER)) for n, length in enumerate(lengths)]
    row = only(statistics(told))
    for name in ("mttr", "mttr_median", "mttr_p90"):
        low, value, high = (row.value(f"{name}{edge}_s") for edge in ("_low", "", "_high"))
        assert value is not None
        assert (low is None or low <= value + 1e-6) and (high is None or value <= high + 1e-6)
    assert quantile([1.0, 2.0, 4.0], 0.5) == 2.0


def test_bars_and_picture_say_the_values() -> None:
    rows = statistics([incident((0, START_), (60, OVER)), incident((0, START_), (30, OVER), vendor="<b>")])
    assert list(figures.bars(rows, "mttr_s", width=40, colour=False)) == [
        "<b>     ████████████ 30 min",
        "nimbus  ████████████████████████ 1 h",
    ]
    alone = statistics([incident((0, START_), (60, OVER))], by=By.COMPONENT)
    [bar] = figures.bars(alone, "mttr_s", width=40, colour=False)
    assert bar.startswith("Uploads  █"), "where all rows are of one vendor, none need name it"
    assert ">Uploads</text>" in figures.svg(alone, "mttr_s")
    picture = figures.svg(rows, "mttr_s")
    assert "&lt;b&gt;" in picture and "<b>" not in picture and "30 min" in picture
    unknown = statistics([incident((0, START_), (60, OVER)), incident((0, START_), vendor="auk")])
    assert next(figures.bars(unknown, "mttr_s", width=40, colour=False)) == "auk      –"
    assert 'width="0.0"' in figures.svg(unknown, "mttr_s")


def test_the_picture_is_xml_whatever_a_part_is_called() -> None:
    hostile = incident((0, START_), (60, OVER), components=("Uploads\x00\ufffe\uffff & <more>",))
    ET.fromstring(figures.svg(statistics([hostile], by=By.COMPONENT), "mttr_s"))


def test_stats_of_the_published_study(tmp_path: Path) -> None:
    """The data columns of the tables of ICPE 2025 on outages of LLM services, to the last digit shown."""
    expected, told = SHARED / "corpus/icpe2025_expected.csv", SHARED / "corpus/icpe2025_openai.jsonl"
    if not told.exists():
        pytest.skip(f"the study's data is not there: {told}")
    db = str(tmp_path / "t.db")
    assert CliRunner().invoke(cli, ["import", str(told), "--db", db]).exit_code == 0
    ran = CliRunner().invoke(cli, ["stats", "--by", "component", "--json", "--db", db])
    rows = {row["component"]: row for row in map(json.loads, ran.stdout.splitlines())}
    with expected.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            row = rows[line["component"]]
            assert row["incidents"] == int(line["incidents"])
            for name in ("investigate", "repair", "check", "mttr"):
                assert f"{row[f'{name}_s'] / 3600:.2f}" == line[f"{name}_h"], (line["component"], name)
            assert f"{row['mtbf_s'] / 86400:.2f}" == line["mtbf_d"]


def test_what_is_open_is_counted_until_its_vendor_was_read_last(tmp_path: Path) -> None:
    db, source = str(tmp_path / "t.db"), {"id": "nimbus/x", "vendor": "nimbus", "platform": "x"}
    read = {"record": "sources", **source, "began_at": f"{at(0):%FT%TZ}", "succeeded_at": f"{at(90):%FT%TZ}"}
    said = {"vendor": "nimbus", "source": "nimbus/x", "id": "1", "published_at": f"{at(30):%FT%TZ}"}
    told = "\n".join(map(json.dumps, (said | {"text": "We are investigating an outage of uploads."}, read)))
    assert CliRunner().invoke(cli, ["import", "--db", db], input=told).exit_code == 0
    [row] = map(json.loads, CliRunner().invoke(cli, ["stats", "--json", "--db", db]).stdout.splitlines())
    assert row["downtime_s"] == 60 * 60
    wrong = CliRunner().invoke(cli, ["stats", "--chart", "mtr", "--db", db])
    assert wrong.exit_code == 2 and "'mtr' is no figure; did you mean mttr" in wrong.stderr
    for bounds in (("--since", at(60)), ("--until", at(30))):
        without = CliRunner().invoke(cli, ["stats", bounds[0], f"{bounds[1]:%FT%TZ}", "--json", "--db", db])
        assert (without.stdout, without.stderr) == ("", "no incidents in this selection\n"), "it was announced at 30"


def test_one_part_is_counted_by_month(tmp_path: Path) -> None:
    """What names another part, or none, is left out: of those that name none nobody knows."""
    db = str(tmp_path / "t.db")
    down = {"vendor": "nimbus", "source": "nimbus/x", "text": "We are investigating.", "status": "investigating"}
    parts = ["Uploads", "Search"], ["Search"], [], ["Bulk Uploads"]
    lines = [
        down | {"id": key, "incident_key": key, "published_at": f"2024-0{key}-01T10:00:00Z", "components": named}
        for key, named in zip("3456", parts, strict=True)
    ]
    told = "\n".join(map(json.dumps, lines))
    assert CliRunner().invoke(cli, ["import", "--db", db], input=told).exit_code == 0
    for pattern, months in (("uploads", ["03"]), ("*uploads", ["03", "06"]), ("mail", [])):
        ran = CliRunner().invoke(cli, ["stats", "--component", pattern, "--by", "month", "--json", "--db", db])
        counted = [(row["month"], row["incidents"]) for row in map(json.loads, ran.stdout.splitlines())]
        assert [month for month, incidents in counted if incidents] == [f"2024-{month}" for month in months]


def test_a_spreadsheet_gets_what_json_has_without_the_formulas(tmp_path: Path) -> None:
    """What is unknown is empty, and no stranger's word a formula."""
    db = str(tmp_path / "t.db")
    said = {"vendor": "nimbus", "source": "nimbus/x", "text": "We are investigating.", "status": "investigating"}
    told = "\n".join(
        json.dumps(said | {"id": part, "incident_key": part, "published_at": f"{at(0):%FT%TZ}", "components": [part]})
        for part in ("=Uploads", 'Mail, "old"')
    )
    assert CliRunner().invoke(cli, ["import", "--db", db], input=told).exit_code == 0
    by_json, by_csv = (
        CliRunner().invoke(cli, ["stats", "--by", "component", form, "--db", db]).stdout for form in ("--json", "--csv")
    )
    assert CliRunner().invoke(cli, ["stats", "--json", "--csv", "--db", db]).exit_code == 2
    written = list(csv.DictReader(io.StringIO(by_csv, newline="")))
    assert [row["component"] for row in written] == ["'=Uploads", 'Mail, "old"']
    for row, told_row in zip(written, map(json.loads, by_json.splitlines()), strict=True):
        del told_row["basis"]
        assert row == {key: "" if value is None else str(value) for key, value in told_row.items()} | {
            "component": row["component"]
        }
