"""The answer of ``tracker check``, for people and for the mail of cron."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from tracker.models import Health, Incident, Kind, SourceHealth
from tracker.show import words
from tracker.show.clean import clean_line, shorten, wrap

FEW = 3  # sources or vendors that are named where there are more
MOST_LINES = 8  # of a last word: hardly any is longer, and `tracker show` has it whole
MOST = 10  # unknown vendors that are named one by one: where our own network is down, it is all of them


def affected(incidents: Iterable[Incident], *, tz: tzinfo | None, width: int) -> Iterator[str]:
    """What is broken, or worked at as planned: how bad, since when, which parts, the last word, and where to go on."""
    for incident in incidents:
        is_planned = incident.kind is Kind.MAINTENANCE
        yield f"{'planned work' if is_planned else 'affected'}: {_name(incident)}"
        how = incident.state if is_planned else incident.severity
        since = f"since {words.moment(words.begin(incident), tz)}"
        yield f"  {f'{how}, ' if how else ''}{since}; tracker show {clean_line(incident.id)}"
        yield from _indented(" · ".join(words.parts(incident)), width)
        yield from _last_word(incident, tz, width, 1 if is_planned else MOST_LINES)


def over(incidents: Iterable[Incident], *, tz: tzinfo | None, width: int) -> Iterator[str]:
    """What was broken: how it ended, how long it took, the last word, and where to go on."""
    for incident in incidents:
        yield f"{words.state_words(incident)}: {_name(incident)}"
        yield f"  {' · '.join(words.hours(incident, tz))}; tracker show {clean_line(incident.id)}"
        yield from _last_word(incident, tz, width)


def _name(incident: Incident) -> str:
    return f"{clean_line(incident.vendor)}: {words.name_of(incident)}"


def _last_word(incident: Incident, tz: tzinfo | None, width: int, most: int = MOST_LINES) -> Iterator[str]:
    if incident.steps:
        last = incident.steps[-1]
        when = words.moment(last.at, tz) + (" [revised]" if last.revised else "")
        yield from _indented(f"{when}: {last.text or last.title}", width, most)
        if last.url:
            yield f"  {clean_line(last.url)}"


def _indented(text: str, width: int, most: int = MOST_LINES) -> Iterator[str]:
    """At most so many lines, the last of them cut where there are more."""
    lines = wrap(text, width - 2)
    if len(lines) > most:
        lines[most - 1 :] = [shorten(" ".join(lines[most - 1 :]), width - 2)]
    yield from (f"  {line}".rstrip() for line in lines)


def read_again(vendors: Sequence[str]) -> Iterator[str]:
    """That vendors are read again that were not."""
    if vendors:
        yield f"read again: {words.few(vendors, MOST)}"


def unknown(vendors: Sequence[str], unread: Sequence[SourceHealth]) -> Iterator[str]:
    """The vendors that were not read lately, and why; many that were not even asked share a line."""
    answered = {each.source.vendor for each in unread if each.health is not Health.STALE}
    together = [slug for slug in vendors if slug not in answered]
    if len(together) <= FEW:
        together = []
    alone = [slug for slug in vendors if not together or slug in answered]
    named = alone[:MOST] if len(alone) > MOST + 1 else alone  # one more takes no more room than saying so
    last = read_last(each for each in unread if each.source.vendor in named)
    yield from (_unknown(slug, _whose(last[slug]) if slug in last else "never polled") for slug in named)
    if len(named) < len(alone):
        yield f"unknown: and {len(alone) - len(named)} more vendors; see `tracker sources`"
    if together:
        yield _unknown(f"{len(together)} vendors ({words.few(together, FEW)})", _last_asked(set(together), unread))


def _unknown(whose: str, why: str) -> str:
    return f"unknown: {clean_line(whose)}: no source was read lately ({why}); see `tracker sources`"


def _last_asked(vendors: Collection[str], unread: Iterable[SourceHealth]) -> str:
    """Why these vendors are not read: the reason of that of their sources which was polled last."""
    polled = [(each.last_poll, _why(each)) for each in unread if each.last_poll and each.source.vendor in vendors]
    return max(polled, default=(None, "never polled"))[1]


def read_last(unread: Iterable[SourceHealth]) -> dict[str, SourceHealth]:
    """The source of each vendor that says why it is not read: the one that was read last, else the first."""
    latest = sorted(unread, key=lambda each: -each.last_success.timestamp() if each.last_success else 0.0)
    return {each.source.vendor: each for each in reversed(latest)}


def not_read(vendor: str, since: datetime | None, source: SourceHealth | None, tz: tzinfo | None) -> str:
    """A line that says that a vendor is not read, since when, and why."""
    if source is None:
        return f"{vendor}: never polled"
    if since is None:
        return f"{vendor}: not read ({_whose(source)})"
    why = ": does the collector run?" if source.health is Health.STALE else f" ({_whose(source)})"
    return f"{vendor}: not read since {words.moment(since, tz)}{why}"


def fine(vendors: Sequence[str], unread: Sequence[SourceHealth], tz: tzinfo | None) -> str:
    """That nothing is broken, as far as the sources that are read can tell."""
    told = f"fine: {words.counted(len(vendors), 'vendor')}"
    if not unread:
        return told
    if len(unread) > FEW:
        return f"{told} ({len(unread)} of their sources not read; see `tracker sources`)"
    return f"{told} ({'; '.join(_not_read(each, tz) for each in unread)})"


def _not_read(source: SourceHealth, tz: tzinfo | None) -> str:
    when = None if source.health is Health.STALE else source.last_success  # why it is stale says since when
    since = f" since {words.moment(when, tz)}" if when else ""
    return f"{clean_line(source.source.id)} not read{since}: {_why(source)}"


def _whose(health: SourceHealth) -> str:
    return f"{clean_line(health.source.id)}: {_why(health)}"


def _why(health: SourceHealth) -> str:
    """In one line."""
    return clean_line(health.reason or health.health)
