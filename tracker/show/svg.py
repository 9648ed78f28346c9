"""A picture of incidents over time: a row a vendor, a bar an incident, as one SVG without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from html import escape

from tracker.models import Incident, Kind, State
from tracker.show import words
from tracker.show.clean import shorten

WIDTH = 960
_NAMES, _EDGE, _TOP, _ROW, _BAR = 150, 12, 28, 26, 14
_LANES = 4  # incidents of one vendor that are drawn one below another; at one time more than that overlap
_TICKS = 7  # the most
_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 180, 360, 720)),
    *(timedelta(days=days) for days in (1, 2, 7, 14)),
)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 1200)  # between two ticks of a longer time
_MONTH = timedelta(days=30)

STYLE = """
.picture text { font: 12px system-ui, sans-serif; fill: currentColor; }
.picture .axis { stroke: currentColor; stroke-opacity: .18; }
.picture .tick { font-size: 11px; fill-opacity: .7; }
.picture .open { fill: #d1242f; } .picture .over { fill: #2f6fde; }
.picture .unsure { fill: #b7791f; } .picture .planned { fill: #7a6fd0; }
.picture a:focus rect, .picture a:hover rect { stroke: currentColor; stroke-width: 2; }
"""


def picture(incidents: Iterable[Incident], *, tz: tzinfo | None, vendor_names: Mapping[str, str]) -> str:
    """An SVG element to set into a page; a bar links to ``#ID`` there. '' where there is nothing to draw."""
    drawn = tuple(incidents)
    if not drawn:
        return ""
    scale = Scale(*_range(drawn))
    rows = _rows(drawn, vendor_names, scale)
    height = _TOP + sum(lanes * _ROW for _, _, lanes in rows) + 8
    span = f"{words.moment(scale.first, tz)} to {words.moment(scale.last, tz)}"
    title = escape(f"{words.counted(len(drawn), 'incident')}, {span}")
    parts = [
        f'<svg class="picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" '
        f'role="group" aria-label="{title}"><style>{STYLE}</style>',
        *_axis(scale, tz, height),
        *_bars(rows, scale, tz, vendor_names),
        "</svg>",
    ]
    return "\n".join(parts)


def _range(incidents: Sequence[Incident]) -> tuple[datetime, datetime]:
    """From the first beginning to the last thing known, with a little air; never shorter than half an hour."""
    first = min(map(words.begin, incidents))
    last = max(_known_until(incident) for incident in incidents)
    air = max((last - first) / 40, timedelta(minutes=15))
    try:
        return first - air, last + air
    except OverflowError:
        return first, last


def _known_until(incident: Incident) -> datetime:
    """The last moment that an incident says something about."""
    gone_at = incident.ended_between[1] if incident.ended_between else None
    told = (words.begin(incident), *(step.at for step in incident.steps))
    return max((*told, *filter(None, (incident.ended_at, gone_at))))


def _end(incident: Incident, last: datetime) -> datetime:
    return last if incident.is_open else incident.ended_at or _known_until(incident)


class Scale:
    """Where a moment lies on the picture, from ``first`` to ``last``, in its units from the left."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first, last
        self.seconds = max((last - first).total_seconds(), 1.0)

    def __call__(self, when: datetime) -> float:
        part = (when - self.first).total_seconds() / self.seconds
        return _NAMES + max(0.0, min(part, 1.0)) * (WIDTH - _NAMES - _EDGE)


Row = tuple[str, list[tuple[Incident, int]], int]


def _rows(incidents: Sequence[Incident], names: Mapping[str, str], scale: Scale) -> list[Row]:
    """Vendor name, its incidents each with a lane, and how many lanes: those at one time lie one below another."""
    of_vendor: dict[str, list[Incident]] = {}
    for incident in sorted(incidents, key=words.begin):
        of_vendor.setdefault(incident.vendor, []).append(incident)
    rows: list[Row] = []
    for vendor, mine in sorted(of_vendor.items(), key=lambda item: words.vendor_name(item[0], names)):
        free = [float("-inf")]
        placed: list[tuple[Incident, int]] = []
        for incident in mine:
            start, end = scale(words.begin(incident)), scale(_end(incident, scale.last))
            lane = next((n for n, until in enumerate(free) if until <= start), len(free))
            if lane == len(free) and lane < _LANES:
                free.append(0.0)
            lane = min(lane, _LANES - 1)
            free[lane] = max(end, start + 3)
            placed.append((incident, lane))
        rows.append((words.vendor_name(vendor, names), placed, len(free)))
    return rows


def _axis(scale: Scale, tz: tzinfo | None, height: int) -> Iterator[str]:
    for tick, named in _ticks(scale, tz):
        x = f"{scale(tick):.1f}"
        yield f'<line class="axis" x1="{x}" x2="{x}" y1="{_TOP - 6}" y2="{height}"/>'
        yield f'<text class="tick" x="{x}" y="14" text-anchor="middle">{named}</text>'


def _ticks(scale: Scale, tz: tzinfo | None) -> Iterator[tuple[datetime, str]]:
    """Round times on the clocks of the zone, each with its name; not the hour that a clock skips in spring."""
    for wall, named in _round_times(*(end.astimezone(tz).replace(tzinfo=None) for end in (scale.first, scale.last))):
        tick = (wall.astimezone() if tz is None else wall.replace(tzinfo=tz)).astimezone(UTC)
        if scale.first <= tick <= scale.last and tick.astimezone(tz).replace(tzinfo=None) == wall:
            yield tick, named


def _round_times(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    """From the midnight before the first, or the first of January, in even steps until the last."""
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    step = next((step for step in _STEPS if (last - first) / step <= _TICKS), None)
    if step is not None:
        for number in range((last - midnight) // step + 1):
            wall = midnight + number * step
            _, day, month, _ = words.day(wall).split()
            yield wall, f"{wall:%H:%M}" if wall.time() != time.min else f"{day} {month}"
        return
    months = next((months for months in _MONTHS if (last - first) / (months * _MONTH) <= _TICKS), _MONTHS[-1])
    years = max(months // 12, 1)
    for number in range(max(first.year - first.year % years, 1) * 12, (last.year + 1) * 12, months):
        wall = midnight.replace(year=number // 12, month=number % 12 + 1, day=1)
        yield wall, f"{wall.year}" if months >= 12 else " ".join(words.day(wall).split()[2:])


def _bars(rows: Iterable[Row], scale: Scale, tz: tzinfo | None, names: Mapping[str, str]) -> Iterator[str]:
    y = _TOP
    for name, placed, lanes in rows:
        yield f'<text x="0" y="{y + _BAR - 2}">{escape(shorten(name, 22))}</text>'
        for incident, lane in placed:
            left, right = scale(words.begin(incident)), scale(_end(incident, scale.last))
            words_for_it = escape(_label(incident, tz, names), quote=True)
            yield (
                f'<a href="#{escape(anchor(incident), quote=True)}" aria-label="{words_for_it}">'
                f'<rect class="{tone(incident)}" x="{left:.1f}" y="{y + lane * _ROW}" rx="3" '
                f'width="{max(right - left, 3):.1f}" height="{_BAR}"><title>{words_for_it}</title></rect></a>'
            )
        y += lanes * _ROW


def _label(incident: Incident, tz: tzinfo | None, names: Mapping[str, str]) -> str:
    """What a bar says when pointed at, or read aloud."""
    return " · ".join([words.full_name(incident, names), words.state_words(incident), *words.hours(incident, tz)])


def anchor(incident: Incident) -> str:
    """The incident's place in a page."""
    return "incident-" + "".join(char if char.isalnum() or char in "-_." else "-" for char in incident.id)


def tone(incident: Incident) -> str:
    """Open, over, unsure or planned: what a colour says."""
    if incident.kind is Kind.MAINTENANCE:
        return "planned"
    if incident.is_open:
        return "open"
    return "over" if incident.state is State.RESOLVED else "unsure"
