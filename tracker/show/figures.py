"""Figures as JSON, as a table, and as bars: for a terminal and as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from tracker.models import Figure, Row
from tracker.show import table, words
from tracker.show.clean import cells, clean_line, shorten, wrap
from tracker.show.text import Pen

_COLUMNS = (  # in groups: the first that fit are shown; an ``n`` is that of the figures before it
    (("incidents", "incidents"),),
    (("MTTR", "mttr_s"), ("median", "mttr_median_s"), ("p90", "mttr_p90_s"), ("n", "mttr_s")),
    (("MTBF", "mtbf_s"),),
    (("since", "first_announced_at"),),
    (("downtime", "downtime_s"), ("n", "downtime_s")),
    (("lag", "lag_median_s"), ("n", "lag_median_s")),
    (("afterwards", "only_afterwards_share"),),
    (("cadence", "cadence_s"), ("n", "cadence_s")),
    (("rewritten", "rewritten_share"), ("n", "rewritten_share")),
)
_SHORTEST = 16  # columns that a row's name gets at least, or a quarter of the width
_BLOCKS = " ▏▎▍▌▋▊▉█"
_WIDTH, _ROW, _NAMES, _VALUES = 720, 26, 220, 110
_FORMULA = 80  # columns of the formula above the bars
_STYLE = """
svg { color-scheme: light dark; background: Canvas; }
text { font: 13px system-ui, sans-serif; fill: CanvasText; } .name { font-weight: bold; }
rect { fill: #2f6fde; }
"""


def row_json(row: Row) -> dict[str, Any]:
    """One row as ``tracker stats --json`` prints it: one key a figure, null where unknown, ``basis`` the formulas."""
    values = {figure.name: _value(figure) for figure in row.figures}
    named = {"vendor": row.vendor, "component": row.component, "month": row.month}
    return named | values | {"basis": {figure.name: figure.basis for figure in row.figures}}


def _value(figure: Figure) -> float | int | str | None:
    value = figure.value
    if value is None:
        return None
    if figure.name.endswith("_at"):
        return words.iso(datetime.fromtimestamp(value, UTC))
    return int(value) if value == int(value) else round(value, 4)


def figure_words(name: str, value: float | None) -> str:
    """``3 h 05 min``, ``61 %``, ``2022-04-28``, ``12``; ``–`` where it is unknown."""
    if value is None:
        return "–"
    if name.endswith("_at"):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d}"
    if name.endswith("_s"):
        return f"−{words.duration(int(-value))}" if value < 0 else words.duration(int(value))
    return f"{value * 100:.0f} %" if name.endswith("_share") else f"{value:g}"


def lines(rows: Sequence[Row], *, width: int, colour: bool) -> Iterator[str]:
    """The main figures, a line a row, and beneath them what they mean.

    It shows as many groups of figures as it has room for, and says which it leaves out.
    """
    if not rows:
        return
    pen = Pen(colour)
    names = _labels(rows)
    longest = max(map(cells, names))
    shortest = min(longest, max(_SHORTEST, width // 4))
    columns, shown = _fitting(rows, width - shortest)
    room = min(longest, max(shortest, width - _width(columns)))
    head, *told = zip(*columns, strict=True)
    yield pen(table.pad(shorten(names[0], room), room) + "".join(head), "bold")
    for name, row in zip(names[1:], told, strict=True):
        figures = (pen(cell, "dim") if of.strip() == "n" else cell for of, cell in zip(head, row, strict=True))
        yield table.pad(shorten(name, room), room) + "".join(figures)
    yield ""
    yield from _meanings(rows, shown, width, pen)


def _fitting(rows: Sequence[Row], width: int) -> tuple[list[list[str]], int]:
    """(the columns that fit, how many groups these are); the first group is always among them."""
    columns: list[list[str]] = []
    for number, group in enumerate(_COLUMNS):
        more = [_column(rows, head, name) for head, name in group]
        if columns and _width(columns + more) > width:
            return columns, number
        columns += more
    return columns, len(_COLUMNS)


def _column(rows: Sequence[Row], head: str, name: str) -> list[str]:
    """A column from its head down, with two blanks before it."""
    column = [head, *(str(row.n(name)) if head == "n" else _brief(name, row.value(name)) for row in rows)]
    size = max(map(len, column)) + 2
    return [cell.rjust(size) for cell in column]


def _brief(name: str, value: float | None) -> str:
    """``2h17m``: times in few columns."""
    said = figure_words(name, value)
    return said.replace(" min", "m").replace(" ", "") if name.endswith("_s") else said


def _width(columns: Sequence[Sequence[str]]) -> int:
    return sum(len(column[0]) for column in columns)


def _meanings(rows: Sequence[Row], shown: int, width: int, pen: Pen) -> Iterator[str]:
    """What the figures in the table mean, and which others there are."""
    formulas = {figure.name: figure.formula for figure in rows[0].figures}
    meanings = {head: formulas[name] for group in _COLUMNS[:shown] for head, name in group if head != "n"}
    if shown > 1:
        meanings["n"] = "of how many incidents the figures before it are known; those without are of all"
    if left_out := [head for group in _COLUMNS[shown:] for head, _ in group if head != "n"]:
        meanings["…"] = f"{', '.join(left_out)}: in a wider terminal, and in --json"
    longest = max(map(cells, meanings))
    for head, meaning in meanings.items():
        for line in wrap(meaning, width - longest - 2):
            yield pen(f"{head.ljust(longest)}  {line}", "dim")
            head = ""


def _labels(rows: Sequence[Row]) -> list[str]:
    """The head of the names, then the name of each row; it leaves the vendor out where there is only one."""
    if not rows:
        return [""]
    by = "component" if rows[0].component is not None else "month" if rows[0].month else ""
    vendors = {row.vendor for row in rows}
    if by and len(vendors) == 1:
        return [clean_line(f"{rows[0].vendor} {by}"), *(_part(row) for row in rows)]
    return [f"vendor {by}".rstrip(), *map(_label, rows)]


def _label(row: Row) -> str:
    return f"{clean_line(row.vendor)} {_part(row)}".rstrip()


def _part(row: Row) -> str:
    return clean_line("(no part named)" if row.component == "" else row.component or row.month)


def bars(rows: Sequence[Row], name: str, *, width: int, colour: bool) -> Iterator[str]:
    """A bar a row in eighths of a character, the longest as wide as there is room; unknown has none."""
    if not rows:
        return
    pen = Pen(colour)
    labels = [shorten(label, max(16, width // 3)) for label in _labels(rows)[1:]]
    said = [figure_words(name, row.value(name)) for row in rows]
    longest = max(map(cells, labels))
    room = max(8, width - longest - max(map(cells, said)) - 4)
    most = max(abs(row.value(name) or 0) for row in rows) or 1
    for label, words_, row in zip(labels, said, rows, strict=True):
        eighths = round(abs(row.value(name) or 0) / most * room * 8)
        bar = "█" * (eighths // 8) + (_BLOCKS[eighths % 8] if eighths % 8 else "")
        yield f"{table.pad(label, longest)}  {pen(bar, 'cyan')} {words_}".rstrip()


def svg(rows: Sequence[Row], name: str) -> str:
    """The same bars as one SVG without scripts, light or dark; each says of how many it is when pointed at."""
    height = 34 + _ROW * len(rows)
    found = [next(figure for figure in row.figures if figure.name == name) for row in rows]
    formula = found[0].formula if found else ""
    most = max((abs(figure.value or 0) for figure in found), default=0) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {_WIDTH + 16} {height}" width="{_WIDTH + 16}" '
        f'role="group" aria-label="{escape(name, quote=True)}"><style>{_STYLE}</style>',
        f"<title>{escape(name)}: {escape(formula)}</title>",
        f'<text x="0" y="16"><tspan class="name">{escape(name)}</tspan>  {escape(shorten(formula, _FORMULA))}</text>',
    ]
    for number, (label, figure) in enumerate(zip(_labels(rows)[1:], found, strict=True)):
        y = 30 + number * _ROW
        length = abs(figure.value or 0) / most * (_WIDTH - _NAMES - _VALUES)
        said = figure_words(name, figure.value)
        of = f", of {figure.known}" if figure.known else ""
        parts += [
            f'<text x="0" y="{y + 14}">{escape(shorten(label, 30))}</text>',
            f'<rect x="{_NAMES}" y="{y + 2}" width="{length:.1f}" height="16" rx="2">'
            f"<title>{escape(f'{label}: {said}{of}')}</title></rect>",
            f'<text x="{_NAMES + length + 6:.1f}" y="{y + 14}">{said}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
