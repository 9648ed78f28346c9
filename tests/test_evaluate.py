"""``tracker evaluate``: the figures of a labelled file, by hand, and what it says of bad lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tracker.classify import evaluation
from tracker.classify.evaluation import Case
from tracker.cli import cli
from tracker.models import Phase, Verdict

START, UPDATE, OVER = Phase.OUTAGE_START, Phase.UPDATE, Phase.RESOLVED
LINES = [
    {"id": "a", "text": "We are back online, all is fixed.", "label": "resolved", "lang": "en"},
    {"id": "b", "text": "Die Störung ist behoben.", "label": "resolved", "lang": "de"},
    {"id": "c", "text": "We are investigating login errors.", "label": "outage-start", "lang": "en"},
    {"id": "d", "title": "Everything has been resolved.", "label": "update", "lang": "en", "ambiguous": True},
]


def case(label: Phase, called: Phase, confidence: float = 0.9) -> Case:
    return Case(id="x", text="…", label=label, verdict=Verdict(phase=called, confidence=confidence, because="…"))


@pytest.fixture
def evaluate(tmp_path: Path) -> Any:
    def run(lines: list[Any], *options: str) -> Result:
        file = tmp_path / "posts.jsonl"
        file.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines), "utf-8")
        return CliRunner().invoke(cli, ["evaluate", str(file), *options])

    return run


def test_precision_recall_and_f1() -> None:
    cases = [case(START, START), case(START, OVER), case(OVER, OVER), case(OVER, OVER), case(UPDATE, OVER)]
    scores = evaluation.scores(cases)
    assert (scores[OVER].precision, scores[OVER].recall, scores[OVER].posts) == (0.5, 1.0, 2)
    assert scores[START].f1 == pytest.approx(2 / 3)
    assert scores[UPDATE].f1 == 0
    assert list(scores) == [START, UPDATE, OVER]
    assert evaluation.macro_f1(cases) == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)
    assert evaluation.accuracy(cases) == pytest.approx(3 / 5)


def test_of_nothing_all_is_nought() -> None:
    assert evaluation.macro_f1([]) == evaluation.accuracy([]) == 0
    assert evaluation.reliability([]) == []


def test_bands_of_confidence() -> None:
    cases = [case(OVER, OVER, 0.82), case(OVER, START, 0.88), case(OVER, OVER, 1.0)]
    low, high = evaluation.reliability(cases)
    assert (low.posts, low.right, low.confidence) == (2, 0.5, pytest.approx(0.85))
    assert (high.low, high.high, high.posts) == (0.95, 1.0, 1)


def test_the_worst_are_the_surest_mistakes() -> None:
    sure, less = case(OVER, START, 0.99), case(OVER, START, 0.6)
    assert evaluation.worst([less, case(OVER, OVER, 1.0), sure], 1) == [sure]


def test_a_page_for_people(evaluate: Any) -> None:
    result = evaluate(LINES)
    assert result.exit_code == 0
    words = result.stdout.split("\n")
    assert words[0].split()[:3] == ["all", "4", "posts"]
    assert words[1].split()[:3] == ["unambiguous", "3", "posts"]
    assert words[1].split()[-1] == "1.000"
    assert "language de" in result.stdout
    assert "d: is update, called resolved" in result.stdout
    assert max(map(len, words)) < 80, "the table of what was called what fits a terminal"


def test_the_same_as_json(evaluate: Any) -> None:
    told = json.loads(evaluate(LINES, "--json").stdout)
    assert told["posts"] == 4
    assert told["accuracy"] == 0.75
    assert told["unambiguous"] == {"posts": 3, "macro_f1": 1.0, "accuracy": 1.0}
    assert told["phases"]["resolved"] == {"precision": 0.667, "recall": 1.0, "f1": 0.8, "posts": 2}
    assert {"label": "update", "called": "resolved", "posts": 1} in told["confusion"]
    assert [(mistake["id"], mistake["text"]) for mistake in told["worst"]] == [("d", "Everything has been resolved.")]
    assert sum(band["posts"] for band in told["reliability"]) == 4
    assert told["languages"]["de"]["posts"] == 1


def test_no_mistakes_are_shown_where_none_are_asked_for(evaluate: Any) -> None:
    assert json.loads(evaluate(LINES, "--json", "--worst", "0").stdout)["worst"] == []
    assert evaluate(LINES, "--worst", "-1").exit_code == 2


def test_the_declared_state_is_hidden_unless_asked_for(evaluate: Any) -> None:
    line = {"text": "All is fixed and back to normal.", "label": "outage-start", "status": "investigating"}
    assert json.loads(evaluate([line], "--json").stdout)["accuracy"] == 0
    assert json.loads(evaluate([line], "--json", "--status").stdout)["accuracy"] == 1


def test_a_bad_line_is_named_and_the_rest_goes_on(evaluate: Any) -> None:
    listed = {"text": "x", "label": ["update"]}
    lines = [LINES[0], "{", {"text": "x", "label": "over"}, {"label": "update"}, "", listed, LINES[1], {"text": "x"}]
    result = evaluate(lines, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["posts"] == 2
    assert "line 2: no JSON" in result.stderr
    assert "line 3: label 'over' is none of outage-start" in result.stderr
    assert 'line 4: has no "text"' in result.stderr
    assert "line 6: label ['update'] is none of outage-start" in result.stderr
    assert 'line 8: has no "label"' in result.stderr


def test_of_a_file_that_is_none_of_posts_only_the_first_lines_are_named(evaluate: Any) -> None:
    *first, fiftieth, more, none = evaluate(["# Notes"] * 60).stderr.splitlines()
    assert len(first) == 49 and "line 50: no JSON" in fiftieth
    assert more == "tracker: and 10 more" and none.endswith("no labelled post")


def test_an_empty_file_is_said_so(evaluate: Any) -> None:
    result = evaluate([])
    assert result.exit_code == 1
    assert "no labelled post" in result.stderr


def test_control_characters_of_a_post_do_not_reach_the_terminal(tmp_path: Path) -> None:
    line = {"text": "\x1b[2JEverything is\x07 fixed and back", "label": "update", "id": "a\x1b[2Jb", "lang": "\x1b]0;x"}
    file = tmp_path / "post.jsonl"
    file.write_text(json.dumps(line))
    shown = CliRunner().invoke(cli, ["evaluate", str(file)], color=True).stdout  # as a terminal is given it
    assert "called resolved" in shown and not {*shown} & {"\x1b", "\x07"}


def test_short_posts_in_many_voices_are_read_right() -> None:
    """Posts written to measure with, in eleven languages; none of them is in the training."""
    file = Path(__file__).parent / "classify" / "voices.jsonl"
    result = CliRunner().invoke(cli, ["evaluate", str(file), "--json"])
    figures = json.loads(result.stdout)
    assert figures["posts"] == 600
    assert figures["accuracy"] > 0.9 and figures["unambiguous"]["accuracy"] > 0.91
