"""When a request is due, and when next: pure arithmetic on what a server said and what we remember.

The rules, each only ever delaying what comes before it, all bounded to a day:

- the request's own rhythm; a fifth of it (but not under a minute) while an incident of its vendor is open, and once
  after something new was said;
- four looks again after an incident ended (+1 h, +6 h, +24 h, +7 d), for that is when vendors rewrite history;
- what the server asks for: Cache-Control max-age, else Expires (RFC 9111), and the document's own ttl;
- after a failure a growing pause, after 429 and 503 Retry-After (RFC 9110, 10.2.3), seconds or date.

Slots missed are not caught up: the next poll is reckoned from this one. Requests that start together drift apart,
each by its own seed, so that neither a first run nor a restart makes a crowd of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from tracker.models import MOVED_TIMES, Answer, Health, PollState, Request
from tracker.models.sources import LATE, MISSED

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
ONCE = 300  # seconds: the first pause of a request that is made once and failed
HOT_SHARE, HOT_LEAST = 5, 60  # while an incident is open: a fifth of the rhythm, not under a minute
TICK = timedelta(seconds=5)  # two runs of cron are rarely a whole minute apart
TEMPORARY_MOST = timedelta(hours=1)  # a page that breaks in an outage is looked at again soon
BUSY_LEAST = timedelta(minutes=5)  # 429 and 503 without Retry-After
LOOKS_AGAIN = (timedelta(hours=1), timedelta(hours=6), DAY, WEEK)
CUT_OFF = 4  # hosts that fell silent since any answered: fewer may be down themselves
FINE, MISSING, GONE = 200, 404, 410  # of HTTP
NOT_THERE = frozenset({301, 302, 303, 307, 308, MISSING, GONE})
REFUSED = frozenset({400, 401, 402, 403, 404, 405, 406, 410, 418, 451})  # asking again soon does not help
STUMBLES, STUMBLES_AFTER = frozenset({400, 412, 431, 500}), 3  # what a condition may be answered with; failures
RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})")
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?")


def is_due(request: Request, state: PollState, now: datetime) -> bool:
    """Whether to ask now. Another address than last time is always due; so is all, once a clock was set back."""
    if state.polled_at is None or _is_elsewhere(request, state):
        return True
    if state.next_poll_at is None:
        return False
    return now >= state.next_poll_at or state.polled_at > now


def succeeded(
    request: Request,
    state: PollState,
    answer: Answer,
    now: datetime,
    *,
    wish: int | None,
    hot: bool,
    changed: bool,
    settling: Sequence[datetime] = (),
) -> PollState:
    """What to remember after a 200 that was read and committed, or a 304.

    ``wish`` is the document's own ttl in seconds; where it was not read anew, the one that it had. ``hot``: an
    incident of that vendor is open. ``settling`` are the times at which incidents of its vendor ended.
    """
    old = _of(request, state)
    wish = wish if wish is not None or changed else old.wish
    slot = _slot(request, old, now, hot=hot or (changed and old.succeeded_at is not None), settling=settling)
    return replace(
        _moved(_read(old, answer, now), answer, now),
        polled_at=now,
        succeeded_at=now,
        next_poll_at=slot and min(max(slot, _not_before(answer, now, wish)), now + DAY),
        failures=0,
        failing_since=None,
        last_status=answer.status,
        last_error=None,
        wish=wish,
    )


def failed(request: Request, state: PollState, answer: Answer, now: datetime, error: str) -> PollState:
    """What to remember after no usable answer, or one that could not be read; the validators stay those of the last
    answer that could."""
    old = _of(request, state)
    since = min(old.failing_since or now, now)
    gone = answer.status == GONE and not old.has_moved and answer.url in (request.url, answer.moved_to)
    return replace(
        _unmoved(_unconditional(old, answer), answer, now - since),
        polled_at=now,
        next_poll_at=None if gone else now + _back_off(request, old, answer, now),
        failures=old.failures + 1,
        failing_since=since,
        last_status=answer.status,
        last_error=error,
    )


def passed_over(request: Request, state: PollState, answer: Answer, now: datetime, error: str) -> PollState:
    """The same of a request that may be gone: it is made again in its own time, and is no trouble of its source."""
    return replace(failed(request, state, answer, now, error), failures=0, failing_since=None, last_error=None)


def health(states: Iterable[PollState], now: datetime) -> tuple[Health, str | None]:
    """The state of a source that was just polled, out of those of its requests, with the reason where it is not well.

    What becomes of it when nobody polls it any more, ``SourceHealth.at`` says.
    """
    current = [state for state in states if state.polled_at is not None]
    if not current:
        return Health.STALE, "never polled"
    failing = [state for state in current if state.failures]
    if all(_is_suspended(state, now) for state in current):
        return Health.SUSPENDED, failing[0].last_error
    if failing:
        worst = min(failing, key=lambda state: state.last_status == FINE)
        return Health.UNREADABLE if worst.last_status == FINE else Health.UNREACHABLE, worst.last_error
    for state in current:
        if state.has_moved:
            return Health.MOVED, f"has moved to {state.moved_to}; write that into feeds.yaml"
    return Health.OK, None


def is_accident(states: Iterable[PollState], why: str | None) -> bool:
    """Whether the trouble of a source, which has this reason, may well be over at the next poll.

    It was read before, fewer than MISSED polls in a row failed, and the next comes within an hour of the first of them.
    """
    states = tuple(states)
    failing = [state for state in states if state.failures]
    return (
        any(state.last_error == why for state in failing)
        and any(state.succeeded_at is not None for state in states)
        and all(state.failures < MISSED and _is_soon(state) for state in failing)
    )


def _is_soon(failing: PollState) -> bool:
    since, again = failing.failing_since, failing.next_poll_at
    return since is not None and again is not None and again - since <= LATE


def cut_off_since(states: Iterable[PollState]) -> datetime | None:
    """When the first of several hosts fell silent, since when none has answered: it is our own network that is down.

    None where it is not. ``states`` are those of all requests.
    """
    states = tuple(states)
    answers = (state.succeeded_at if state.last_status is None else state.polled_at for state in states)
    heard_at = max(filter(None, answers), default=None)
    silent = [(since, urlsplit(state.url).netloc) for state in states if (since := _silent_since(state))]
    later = [(since, host) for since, host in silent if heard_at and since > heard_at]
    return min(later)[0] if len({host for _, host in later}) >= CUT_OFF else None


def is_cut_off(states: Iterable[PollState], since: datetime) -> bool:
    """Whether no request of a source is in other trouble than that of our own network since then."""
    failing = [_silent_since(state) for state in states if state.failures]
    return bool(failing) and all(silent is not None and silent >= since for silent in failing)


def _silent_since(state: PollState) -> datetime | None:
    """Since when a host gives no answer at all, not even an error."""
    return state.failing_since if state.failures and state.last_status is None else None


def blocked_until(answer: Answer, now: datetime) -> datetime | None:
    """Until when nothing more may be asked of this answer's whole host; None: go on.

    After 429 and 503, and where less than a tenth of the host's published limit is left (X-RateLimit-*).
    """
    if answer.is_busy:
        pause = _retry_after(answer.headers, now) or BUSY_LEAST
    elif answer.holds_host:
        pause = max(_reset(answer.headers, now), timedelta(0))
    else:
        return None
    return now + min(_came(answer) + pause, DAY)


# -- what is remembered ------------------------------------------------------------------------------------------


def _of(request: Request, state: PollState) -> PollState:
    """What is remembered of this address: nothing, where it is another; no validators, where another question."""
    if _is_elsewhere(request, state):
        return PollState(url=request.url)
    if state.url == request.url:
        return state
    return replace(state, url=request.url, etag=None, last_modified=None)


def _is_elsewhere(request: Request, state: PollState) -> bool:
    """Whether the address is another than last time; what is asked there (``since_id=…``) may change."""
    return state.url.partition("?")[0] != request.url.partition("?")[0]


def _read(old: PollState, answer: Answer, now: datetime) -> PollState:
    """The validators of what was read, byte for byte, and where it stood.

    A 304 brings nothing to read: where it names other validators than were asked for, they are of what we never saw.
    """
    if answer.status == 304:
        return old
    return replace(
        old,
        etag=answer.headers.get("etag"),
        last_modified=_last_modified(answer, now),
        read_from=answer.url if answer.url != old.url else None,
    )


def _last_modified(answer: Answer, now: datetime) -> str | None:
    """As stated; None where it is days to come: until then a server that compares dates alone would say 304."""
    stated = answer.headers.get("last-modified")
    when = _date(stated or "")
    return None if when is not None and when - _clock(answer.headers, now) > DAY else stated


def _unconditional(old: PollState, answer: Answer) -> PollState:
    """Ask without a condition, where that may be what the server stumbles over again and again."""
    if answer.status in STUMBLES and old.failures + 1 >= STUMBLES_AFTER:
        return replace(old, etag=None, last_modified=None)
    return old


def _moved(old: PollState, answer: Answer, now: datetime) -> PollState:
    """Count a permanent redirect; the one that makes it a move is a day or more after the first.

    Where the new address moves on, it is counted anew, from the old one; what leads back to that has not moved.
    """
    if old.has_moved and answer.moved_to in (None, old.moved_to):
        return old
    if answer.moved_to in (None, old.url):
        return replace(old, moved_to=None, moved_since=None, moved_seen=0)
    if answer.moved_to != old.moved_to or old.moved_since is None:
        return replace(old, moved_to=answer.moved_to, moved_since=now, moved_seen=1)
    lasting = now - old.moved_since >= DAY
    return replace(old, moved_seen=min(old.moved_seen + 1, MOVED_TIMES if lasting else MOVED_TIMES - 1))


def _unmoved(old: PollState, answer: Answer, failing: timedelta) -> PollState:
    """Where the new address is not there, leads nowhere or has told nothing for a day, the old one is asked again."""
    if old.has_moved and (answer.status is None or answer.status in NOT_THERE or failing >= DAY):
        return replace(old, moved_to=None, moved_since=None, moved_seen=0)
    return old


# -- when next ---------------------------------------------------------------------------------------------------


def _slot(
    request: Request, old: PollState, now: datetime, *, hot: bool, settling: Sequence[datetime]
) -> datetime | None:
    """When it is due by its rhythm, or for another look at what has ended; None where it is asked for once."""
    if request.every is None:
        return None
    every = timedelta(seconds=request.every)
    if hot:
        every = min(every, timedelta(seconds=max(HOT_LEAST, request.every // HOT_SHARE)))
    slot = now + every - min(TICK, every / 10)
    if not hot and _starts_over(old, now, every):
        slot += every * _seed(request)
    return min([slot, *(end + after for end in settling for after in LOOKS_AGAIN if end + after > now)])


def _not_before(answer: Answer, now: datetime, wish: int | None) -> datetime:
    """What the server and its document ask to be waited for; when it came where they ask for nothing."""
    asked = min(max(_freshness(answer.headers, now), timedelta(seconds=min(max(wish or 0, 0), 86400))), DAY)
    return max(now + _came(answer) + asked, blocked_until(answer, now) or now)


def _starts_over(old: PollState, now: datetime, every: timedelta) -> bool:
    """The first success, or the first one after nobody asked for longer than two slots."""
    return old.succeeded_at is None or old.next_poll_at is None or now - old.next_poll_at > 2 * every


def _back_off(request: Request, old: PollState, answer: Answer, now: datetime) -> timedelta:
    """Doubled with every failure up to an hour, up to a day where asking again does not help; never giving up."""
    every = timedelta(seconds=request.every or ONCE)
    most = DAY if answer.status in REFUSED else max(every, TEMPORARY_MOST)
    pause = min(every * 2.0 ** min(old.failures, 20), most)
    pause += pause * _seed(request) / 10
    stated = _retry_after(answer.headers, now)
    least = stated if stated is not None else BUSY_LEAST if answer.is_busy else timedelta(0)
    return min(max(pause, _came(answer) + least), DAY)


def _came(answer: Answer) -> timedelta:
    """How long after the run began it came: what a server asks for counts from then on."""
    return timedelta(seconds=int(answer.after))


def _seed(request: Request) -> float:
    """0 up to 1, the same for one request at every time and on every machine."""
    digest = sha256(f"{request.source} {request.purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


# -- what the server asks for ------------------------------------------------------------------------------------


def _freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long the answer stays fresh by Cache-Control, else by Expires against the server's own clock."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return timedelta(0)
    if stated := _MAX_AGE.search(control):
        return timedelta(seconds=int(stated[1]))
    expires = _date(headers.get("expires", ""))
    return expires - _clock(headers, now) if expires else timedelta(0)


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After as a pause: seconds, or a date against the server's own clock."""
    stated = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(stated):
        return timedelta(seconds=float(stated))
    when = _date(stated)
    return None if when is None else max(when - _clock(headers, now), timedelta(0))


def _reset(headers: Mapping[str, str], now: datetime) -> timedelta:
    """The pause until the limit is renewed: seconds, seconds since 1970, or ISO 8601 (Mastodon)."""
    stated = next((headers[name] for name in RESETS if name in headers), "").strip()
    clock = _clock(headers, now)
    if _NUMBER.fullmatch(stated):
        seconds = float(stated)
        return timedelta(seconds=seconds if seconds < 1e8 else seconds - clock.timestamp())
    try:
        when = datetime.fromisoformat(stated)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)) - clock
    except ValueError:
        return BUSY_LEAST


def _clock(headers: Mapping[str, str], now: datetime) -> datetime:
    """The server's own time where it tells it, else ours."""
    return _date(headers.get("date", "")) or now


def _date(stated: str) -> datetime | None:
    """An HTTP date in any of its three forms; None for what is none (``Expires: 0``)."""
    try:
        from email.utils import parsedate_to_datetime

        when = parsedate_to_datetime(stated)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# -- how a source is ---------------------------------------------------------------------------------------------


def _is_suspended(state: PollState, now: datetime) -> bool:
    """Gone for good, or missing for a week."""
    if state.failing_since is None:
        return False
    if state.last_status == GONE:
        return state.next_poll_at is None
    return state.last_status == MISSING and now - state.failing_since >= WEEK
