"""Commands that judge without a record: classify and evaluate."""

from __future__ import annotations

import json
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli import EXIT_FAILED, options, output
from tracker.errors import ReadError

if TYPE_CHECKING:
    from tracker.classify.evaluation import Case
    from tracker.models import Verdict

T = TypeVar("T")
_LINE_LIMIT = 1 << 20  # bytes; no post is a megabyte


@click.command("classify")
@click.argument("text", nargs=-1)
@click.option(
    "--jsonl",
    is_flag=True,
    callback=options.data,
    help='Lines {"id", "text", "title"?, "status"?, "planned"?, "account"?, "lang"?} on stdin.',
)
@options.json_option
def classify_(text: tuple[str, ...], jsonl: bool, as_json: bool) -> None:
    """Judge a text: its phase, how sure that is, and why.

    Without TEXT, or where it is -, the text is read from stdin.
    """
    if jsonl and text:
        raise click.UsageError('give a text, or --jsonl with lines {"id": …, "text": …} on stdin')
    if jsonl:
        sys.exit(_classify_lines(sys.stdin.buffer))
    said = " ".join(text) if text and text != ("-",) else _text_of_stdin(asked=bool(text))
    verdict = _judge({"text": said})
    if as_json:
        from tracker.show.json import verdict_json

        output.write_json([verdict_json(verdict)])
    else:
        click.echo(f"{verdict.phase.value}  {verdict.confidence:.2f}  {verdict.because}")


def _text_of_stdin(*, asked: bool) -> str:
    """The text that was piped in; a terminal is waited for only where ``-`` asks for it."""
    body = sys.stdin.buffer.read(_LINE_LIMIT + 1) if asked or not sys.stdin.isatty() else b""
    if len(body) > _LINE_LIMIT:
        raise click.UsageError(f"the text on stdin is longer than {_LINE_LIMIT:,} bytes")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the text on stdin is no UTF-8: {error.reason} at byte {error.start + 1}") from None
    if not text.strip():
        raise click.UsageError('give a text, here or on stdin, or --jsonl with lines {"id": …, "text": …}')
    return text


def _judge(line: dict[str, Any]) -> Verdict:
    from tracker.classify import classify
    from tracker.models import Announcement

    return classify(
        Announcement(
            source="text/line",
            vendor=line.get("account") or "",
            id="1",
            text=line.get("text") or "",
            title=line.get("title"),
            status=line.get("status"),
            planned=line.get("planned") is True,
            lang=line.get("lang"),
        )
    )


def _classify_lines(stream: IO[bytes]) -> int:
    """A verdict a line, flushed at once so that a pipe on either side never waits; the exit code."""
    from tracker.show.json import dumps, verdict_json

    code = 0
    for told in _answers(stream, lambda _, line: {"id": line.get("id"), **verdict_json(_judge(line))}):
        if told is None:
            code = EXIT_FAILED
        else:
            output.write([dumps(told)])
    return code


def _answers(stream: IO[bytes], answer: Callable[[int, dict[str, Any]], T]) -> Iterator[T | None]:
    """What is answered to each line and its number; None for one that cannot be taken. Stderr tells of the first."""
    wrong = 0
    for number, raw in _lines(stream):
        try:
            found = answer(number, _line(raw))
        except ReadError as error:
            wrong += 1
            if wrong <= output.MOST_SAID:
                output.trouble(f"line {number}: {error}")
            yield None
        else:
            yield found
    if wrong > output.MOST_SAID:
        output.trouble(f"and {wrong - output.MOST_SAID} more")


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines without the blank ones; of an endless line no more than the limit is held."""
    number = 0
    while raw := stream.readline(_LINE_LIMIT + 1):
        number += 1
        rest = raw
        while not rest.endswith(b"\n") and len(rest) > _LINE_LIMIT:
            rest = stream.readline(_LINE_LIMIT + 1)
        if raw.strip():
            yield number, raw


def _line(raw: bytes) -> dict[str, Any]:
    if len(raw) > _LINE_LIMIT:
        raise ReadError(f"longer than {_LINE_LIMIT:,} bytes")
    try:
        line = json.loads(raw.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError) as error:
        raise ReadError(f"no JSON in UTF-8: {error}") from error
    if not isinstance(line, dict):
        raise ReadError(f'needs an object {{"id": …, "text": …}}, has {type(line).__name__}')
    for key in ("text", "title", "status", "account", "lang"):
        value = line.get(key)
        if value is not None and not isinstance(value, str):
            raise ReadError(f"{key} is no text but {type(value).__name__}")
    if line.get("text") is None and line.get("title") is None:
        raise ReadError('has no "text"')
    return line


@click.command("evaluate")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE.jsonl")
@click.option(
    "--status", "with_status", is_flag=True, help="Judge by the vendor's declared state too, not by words alone."
)
@click.option(
    "--worst", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Show the N surest mistakes."
)
@options.json_option
def evaluate_(file: str, with_status: bool, worst: int, as_json: bool) -> None:
    """Measure the judgement on posts that you labelled.

    FILE.jsonl has lines {"text", "label", "title"?, "lang"?, "id"?, "ambiguous"?, "status"?}. It prints precision,
    recall and F1 by phase and language, the confusion, the calibration and the worst mistakes.
    """
    from tracker.cli import evaluating

    with click.open_file(file, "rb") as stream:
        found = list(_answers(stream, lambda number, line: _case(line, number, with_status)))
    cases = [case for case in found if case is not None]
    if not cases:
        output.trouble(f"{file}: no labelled post")
        sys.exit(EXIT_FAILED)
    figures = evaluating.figures(cases, worst)
    if as_json:
        output.write_json([figures])
    else:
        output.write([evaluating.page(figures)])
    sys.exit(EXIT_FAILED if len(cases) < len(found) else 0)


def _case(line: dict[str, Any], number: int, with_status: bool) -> Case:
    """A labelled line with its verdict; ReadError where the label is none of the phases."""
    from tracker.classify.evaluation import Case
    from tracker.models import Phase

    if "label" not in line:
        raise ReadError('has no "label"')
    if line["label"] not in list(Phase):
        raise ReadError(f"label {line['label']!r} is none of {', '.join(Phase)}")
    return Case(
        id=str(line.get("id") or number),
        text=line.get("text") or line.get("title") or "",
        label=Phase(line["label"]),
        verdict=_judge(line if with_status else line | {"status": None, "planned": None}),
        language=line.get("lang") or "",
        ambiguous=bool(line.get("ambiguous")),
    )
