"""Figures as JSON, as a table, and as bars: for a terminal and as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from tracker.models import Row
from tracker.show import table, words
from tracker.show.clean import cells, clean_line, shorten
from tracker.show.text import Pen

_COLUMNS = (
    ("incidents", "incidents"),
    ("mttr_s", "to resolve"),
    ("mttr_median_s", "median"),
    ("mttr_p90_s", "p90"),
    ("mtbf_s", "between"),
    ("downtime_s", "downtime"),
    ("lag_median_s", "first word after"),
    ("only_afterwards_share", "only afterwards"),
)
_BLOCKS = " ▏▎▍▌▋▊▉█"
_WIDTH, _ROW, _NAMES, _VALUES = 720, 26, 220, 110


def row_json(row: Row) -> dict[str, Any]:
    """One row as ``tracker stats --json`` prints it: one key a figure, null where unknown, ``basis`` the formulas."""
    values = {figure.name: _rounded(figure.value) for figure in row.figures}
    named = {"vendor": row.vendor, "component": row.component, "month": row.month}
    return named | values | {"basis": {figure.name: figure.basis for figure in row.figures}}


def _rounded(value: float | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value == int(value) else round(value, 4)


def figure_words(name: str, value: float | None) -> str:
    """``3 h 05 min``, ``61 %``, ``12``; ``–`` where it is unknown."""
    if value is None:
        return "–"
    if name.endswith("_s"):
        return f"−{words.duration(int(-value))}" if value < 0 else words.duration(int(value))
    return f"{value * 100:.0f} %" if name.endswith("_share") else f"{value:g}"


def lines(rows: Sequence[Row], *, width: int, colour: bool) -> Iterator[str]:
    """The main figures, a line a row."""
    heads = [_label_head(rows), *(label for _, label in _COLUMNS), ""]
    found = [[_label(row), *(figure_words(name, row.value(name)) for name, _ in _COLUMNS), ""] for row in rows]
    return table.table(heads, found, width=width, colour=colour)


def formulas(rows: Sequence[Row], *, colour: bool) -> Iterator[str]:
    """What the figures of the table mean; of how many incidents each is, stands in ``--json``."""
    pen = Pen(colour)
    if not rows:
        return
    known = {figure.name: figure.formula for figure in rows[0].figures}
    for name, label in _COLUMNS:
        yield pen(f"{label}: {known[name]}", "dim")


def _label(row: Row) -> str:
    component = "(no part named)" if row.component == "" else row.component
    return clean_line(" ".join(filter(None, (row.vendor, component, row.month))))


def _label_head(rows: Sequence[Row]) -> str:
    first = rows[0] if rows else None
    by_component = first is not None and first.component is not None
    return "vendor" + (" component" if by_component else " month" if first and first.month else "")


def bars(rows: Sequence[Row], name: str, *, width: int, colour: bool) -> Iterator[str]:
    """A bar a row in eighths of a character, the longest as wide as there is room; unknown has none."""
    pen = Pen(colour)
    labels = [shorten(_label(row), max(16, width // 3)) for row in rows]
    said = [figure_words(name, row.value(name)) for row in rows]
    room = max(8, width - max(map(cells, labels), default=0) - max(map(cells, said), default=0) - 4)
    most = max((abs(row.value(name) or 0) for row in rows), default=0) or 1
    for label, words_, row in zip(labels, said, rows, strict=True):
        eighths = round(abs(row.value(name) or 0) / most * room * 8)
        bar = "█" * (eighths // 8) + (_BLOCKS[eighths % 8] if eighths % 8 else "")
        gap = " " * (max(map(cells, labels)) - cells(label))
        yield f"{label}{gap}  {pen(bar, 'cyan')} {words_}".rstrip()


def svg(rows: Sequence[Row], name: str) -> str:
    """The same bars as one SVG without scripts; each says its value when pointed at, or read aloud."""
    height = 34 + _ROW * len(rows)
    found = [next(figure for figure in row.figures if figure.name == name) for row in rows]
    formula = found[0].formula if found else name
    most = max((abs(figure.value or 0) for figure in found), default=0) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img" '
        f'aria-label="{escape(name, quote=True)}"><style>text {{ font: 13px system-ui, sans-serif; }} '
        "rect { fill: #2f6fde; }</style>",
        f"<title>{escape(name)}: {escape(formula)}</title>",
        f'<text x="0" y="16" font-weight="bold">{escape(name)}</text>',
    ]
    for number, (row, figure) in enumerate(zip(rows, found, strict=True)):
        y = 30 + number * _ROW
        length = abs(figure.value or 0) / most * (_WIDTH - _NAMES - _VALUES)
        said = figure_words(name, figure.value)
        of = f", of {figure.of}" if figure.of else ""
        parts += [
            f'<text x="0" y="{y + 14}">{escape(shorten(_label(row), 30))}</text>',
            f'<rect x="{_NAMES}" y="{y + 2}" width="{length:.1f}" height="16" rx="2">'
            f"<title>{escape(_label(row) + f': {said}{of}')}</title></rect>",
            f'<text x="{_NAMES + length + 6:.1f}" y="{y + 14}">{said}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
