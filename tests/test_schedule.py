"""When a request is due: its own rhythm, what the server asks for, failures, moves, and how a source is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.models import Answer, Health, PollState, Request
from tracker.schedule import blocked_until, failed, health, is_due, succeeded

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(seconds=5)
CALM = 5 * MINUTE - TICK
URL = "https://status.acme.example/feed.rss"


def ask(every: int | None = 300, url: str = URL, source: str = "acme/feed") -> Request:
    return Request(source=source, url=url, purpose="url", every=every)


def told(status: int | None = 200, request: Request | None = None, **headers: str) -> Answer:
    """An answer; header names with ``_`` for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(request=request or ask(), url=URL, status=status, headers=named)


def known(**given: Any) -> PollState:
    """A request that has been polled in rhythm, last five minutes ago."""
    before = NOW - 5 * MINUTE
    return replace(
        PollState(url=URL, polled_at=before, succeeded_at=before, next_poll_at=NOW - TICK, last_status=200), **given
    )


def well(
    state: PollState | None = None, answer: Answer | None = None, every: int | None = 300, **given: Any
) -> PollState:
    options = {"wish": None, "hot": False, "changed": False, **given}
    return succeeded(ask(every), state or known(), answer or told(), NOW, **options)


def ill(status: int | None, state: PollState | None = None, every: int | None = 300, **headers: str) -> PollState:
    return failed(ask(every), state or known(), told(status, **headers), NOW, "it broke")


def pause(state: PollState) -> timedelta:
    assert state.next_poll_at is not None
    return state.next_poll_at - NOW


# -- the rhythm --------------------------------------------------------------------------------------------------


def test_what_was_never_asked_is_due() -> None:
    assert is_due(ask(), PollState(), NOW)


def test_a_request_is_due_when_its_time_has_come() -> None:
    state = known(next_poll_at=NOW)
    assert not is_due(ask(), state, NOW - TICK)
    assert is_due(ask(), state, NOW)


def test_cron_a_second_early_does_not_miss_the_slot() -> None:
    assert is_due(ask(), well(), NOW + 5 * MINUTE - timedelta(seconds=1))
    assert not is_due(ask(), well(), NOW + 4 * MINUTE)


def test_slots_missed_are_not_caught_up() -> None:
    after_a_week = well(known(polled_at=NOW - 7 * DAY, succeeded_at=NOW - 7 * DAY, next_poll_at=NOW - 7 * DAY))
    assert 5 * MINUTE - TICK <= pause(after_a_week) <= 10 * MINUTE


def test_requests_that_start_together_drift_apart_each_by_its_own_seed() -> None:
    def first(source: str) -> datetime | None:
        request = ask(3600, source=source)
        return succeeded(request, PollState(), told(), NOW, wish=None, hot=False, changed=True).next_poll_at

    times = {source: first(source) for source in (f"vendor{i}/feed" for i in range(200))}
    assert times == {source: first(source) for source in times}  # the same at every time, on every machine
    minutes = sorted(((at or NOW) - NOW) // MINUTE for at in times.values())
    assert minutes[0] >= 59
    assert minutes[-1] <= 120
    assert max(minutes.count(minute) for minute in minutes) < 20


def test_in_rhythm_the_interval_is_what_was_wished() -> None:
    assert pause(well()) == 5 * MINUTE - TICK
    assert pause(well(every=60)) == MINUTE - TICK


def test_an_open_incident_makes_it_hot_but_never_faster_than_a_minute() -> None:
    assert pause(well(hot=True)) == MINUTE - TICK
    assert pause(well(hot=True, every=3600)) == 12 * MINUTE - TICK
    assert pause(well(hot=True, every=120)) == MINUTE - TICK
    assert pause(well(hot=True, every=30)) <= 30 * timedelta(seconds=1)
    assert pause(well(PollState(), hot=True, every=3600)) == 12 * MINUTE - TICK, "no time to drift apart"


def test_something_new_makes_it_hot_once_but_not_what_the_first_poll_brings() -> None:
    assert pause(well(changed=True)) == MINUTE - TICK
    first = succeeded(ask(), PollState(), told(), NOW, wish=None, hot=False, changed=True)
    assert pause(first) >= CALM


def test_a_request_that_is_made_once_is_not_made_again() -> None:
    state = succeeded(ask(None), PollState(), told(), NOW, wish=None, hot=True, changed=True)
    assert state.next_poll_at is None
    assert not is_due(ask(None), state, NOW + 365 * DAY)


def test_another_address_is_due_at_once_and_another_question_is_not() -> None:
    state = known(next_poll_at=NOW + HOUR)
    assert is_due(ask(url="https://status.acme.example/other.rss"), state, NOW)
    assert not is_due(ask(url=URL + "?since_id=7"), state, NOW)


def test_a_clock_set_back_silences_no_source() -> None:
    assert is_due(ask(), known(polled_at=NOW + 365 * DAY, next_poll_at=NOW + 365 * DAY + 5 * MINUTE), NOW)


@pytest.mark.parametrize(("ended", "looks"), [(0, 1), (2, 6), (7, 24), (160, 168)])
def test_after_an_incident_ended_it_is_looked_at_again(ended: int, looks: int) -> None:
    end = NOW - ended * HOUR
    rare = succeeded(ask(86_400), known(), told(), NOW, wish=None, hot=False, changed=False, settling=[end])
    assert rare.next_poll_at == min(end + looks * HOUR, NOW + DAY - TICK)


def test_looking_again_never_beats_what_the_server_asks_for() -> None:
    state = well(answer=told(cache_control="max-age=7200"), every=86_400, settling=[NOW])
    assert pause(state) == 2 * HOUR


# -- what the server asks for ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"cache_control": "public, max-age=1800"}, 30 * MINUTE),
        ({"cache_control": 'MAX-AGE="1800"'}, 30 * MINUTE),
        ({"cache_control": "s-maxage=9000, max-age=1800"}, 30 * MINUTE),
        ({"cache_control": "no-cache, max-age=1800"}, CALM),
        ({"cache_control": "No-Cache, Max-Age=1800"}, CALM),
        ({"cache_control": "no-store, max-age=86400"}, CALM),
        ({"cache_control": "private, no-store", "expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, CALM),
        ({"cache_control": "max-age=10"}, CALM),
        ({"cache_control": "max-age=99999999999999"}, DAY),
        ({"cache_control": "max-age=1800", "expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, 30 * MINUTE),
        ({"expires": "Mon, 02 Mar 2026 14:00:00 GMT"}, 2 * HOUR),
        ({"expires": "Mon, 02 Mar 2026 14:00:00 GMT", "date": "Mon, 02 Mar 2026 13:00:00 GMT"}, HOUR),
        ({"expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, DAY),
        ({"expires": "0"}, CALM),
        ({"expires": "-1"}, CALM),
        ({"expires": "Sun, 31 Feb 9999 99:99:99 GMT"}, CALM),
        ({"expires": "Mon, 01 Jan 0000 00:00:00 GMT"}, CALM),
    ],
)
def test_cache_headers_only_ever_delay(headers: dict[str, str], least: timedelta) -> None:
    assert pause(well(answer=told(**headers))) == least
    assert pause(well(answer=told(304, **headers))) == least


def test_freshness_counts_from_when_the_answer_came() -> None:
    late = replace(told(cache_control="max-age=1800"), after=12.7)
    assert pause(well(answer=late)) == 30 * MINUTE + timedelta(seconds=12)


@pytest.mark.parametrize(
    ("wish", "least"), [(3600, HOUR), (60, 5 * MINUTE - TICK), (-5, 5 * MINUTE - TICK), (10**15, DAY)]
)
def test_the_documents_own_ttl_only_delays(wish: int, least: timedelta) -> None:
    assert pause(well(wish=wish)) == least


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"retry_after": "120"}, 2 * MINUTE),
        ({"retry_after": "7200"}, 2 * HOUR),
        ({"retry_after": "999999999"}, DAY),
        ({"retry_after": "Mon, 02 Mar 2026 13:00:00 GMT"}, HOUR),
        ({"retry_after": "Monday, 02-Mar-26 13:00:00 GMT"}, HOUR),
        ({"retry_after": "Mon Mar  2 13:00:00 2026"}, HOUR),
        ({"retry_after": "Mon, 02 Mar 2026 13:00:00 GMT", "date": "Mon, 02 Mar 2026 10:00:00 GMT"}, 3 * HOUR),
        ({"retry_after": "1e9"}, 5 * MINUTE),
        ({"retry_after": "soon"}, 5 * MINUTE),
        ({}, 5 * MINUTE),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_obeyed(status: int, headers: dict[str, str], least: timedelta) -> None:
    assert pause(ill(status, every=60, **headers)) == least
    assert blocked_until(told(status, **headers), NOW) == NOW + least


@pytest.mark.parametrize("headers", [{"retry_after": "60"}, {"retry_after": "Mon, 02 Mar 2026 12:01:00 GMT"}])
def test_a_pause_counts_from_when_the_answer_came(headers: dict[str, str]) -> None:
    """Else the next run of cron asks a quarter of a minute after what was asked at the end of this one."""
    late = replace(told(429, date="Mon, 02 Mar 2026 12:00:00 GMT", **headers), after=45.2)
    assert failed(ask(60), known(), late, NOW, "busy").next_poll_at == NOW + timedelta(seconds=105)
    assert blocked_until(late, NOW) == NOW + timedelta(seconds=105)
    little = replace(told(200, **limits("ratelimit", "100", "2", "30")), after=45.2)
    assert blocked_until(little, NOW) == NOW + timedelta(seconds=75)


def test_a_retry_after_in_the_past_is_none() -> None:
    past = {"retry_after": "Mon, 02 Mar 1970 13:00:00 GMT"}
    assert pause(ill(429, every=60, **past)) >= MINUTE
    assert blocked_until(told(429, **past), NOW) == NOW + 5 * MINUTE


def test_retry_after_is_obeyed_whatever_the_code() -> None:
    assert pause(ill(500, retry_after="7200")) == 2 * HOUR


def limits(prefix: str, limit: str, remaining: str, reset: str | None = None) -> dict[str, str]:
    """The headers of a host that publishes its limit."""
    said = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"{prefix}_{name}": value for name, value in said.items() if value is not None}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (limits("x_ratelimit", "300", "31", "100"), None),
        (limits("x_ratelimit", "300", "29", "100"), timedelta(seconds=100)),
        (limits("x_ratelimit", "300", "0", "2026-03-02T12:05:00Z"), 5 * MINUTE),
        (limits("x_rate_limit", "5", "0", str(int(NOW.timestamp()) + 900)), 15 * MINUTE),
        (limits("ratelimit", "3000", "3", "60"), MINUTE),
        (limits("x_ratelimit", "300", "0", "99999999999999999"), 5 * MINUTE),
        (limits("x_ratelimit", "300", "0", "9999-12-31T23:59:59"), DAY),
        (limits("x_ratelimit", "300", "0", "1999-01-01T00:00:00Z"), timedelta(0)),
        (limits("x_ratelimit", "300", "0"), 5 * MINUTE),
        (limits("x_ratelimit", "0", "0"), None),
        (limits("x_ratelimit", "many", "few"), None),
        ({}, None),
    ],
)
def test_little_left_of_a_published_limit_waits_for_more(headers: dict[str, str], wait: timedelta | None) -> None:
    assert blocked_until(told(200, **headers), NOW) == (None if wait is None else NOW + wait)


def test_a_wish_lasts_while_the_document_does_not_change() -> None:
    wished = well(wish=3600, changed=True)
    assert pause(well(wished, told(304))) == HOUR
    assert well(wished, changed=True).wish is None


# -- failures ----------------------------------------------------------------------------------------------------


def failing(status: int | None, times: int, every: int = 300) -> list[timedelta]:
    """The pauses after each of so many failures in a row, each at its time."""
    state, now, pauses = known(polled_at=NOW, succeeded_at=NOW), NOW, []
    for _ in range(times):
        state = failed(ask(every), state, told(status), now, "it broke")
        assert state.next_poll_at is not None
        pauses.append(state.next_poll_at - now)
        now = state.next_poll_at
    return pauses


@pytest.mark.parametrize(
    ("status", "most"),
    [
        *((status, HOUR) for status in (None, 200, 429, 500)),
        *((status, DAY) for status in (400, 401, 402, 403, 404, 405, 406, 418, 451)),
    ],
)
def test_back_off_grows_and_never_gives_up(status: int | None, most: timedelta) -> None:
    pauses = failing(status, 40)
    assert 5 * MINUTE <= pauses[0] <= 5.5 * MINUTE
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert pauses[1] >= 2 * pauses[0]
    assert most <= pauses[-1] <= min(most * 1.1, DAY)


def test_a_slow_request_backs_off_from_its_own_rhythm() -> None:
    assert failing(500, 5, every=6 * 3600)[-1] >= 6 * HOUR


def test_a_failure_keeps_what_the_last_good_answer_gave() -> None:
    state = ill(200, known(etag='W/"1"', last_modified="yesterday", body_digest="abc"), etag='W/"2"')
    assert (state.etag, state.last_modified, state.body_digest) == ('W/"1"', "yesterday", "abc")
    assert (state.failures, state.failing_since, state.last_status, state.last_error) == (1, NOW, 200, "it broke")
    assert state.succeeded_at == NOW - 5 * MINUTE


def test_a_success_ends_the_trouble() -> None:
    state = well(ill(500))
    assert (state.failures, state.failing_since, state.last_error, state.succeeded_at) == (0, None, None, NOW)


def test_validators_are_the_servers_byte_for_byte() -> None:
    state = well(answer=told(etag='W/"\xe9"', last_modified="Mon, 21-Sep-26"))
    assert (state.etag, state.last_modified) == ('W/"\xe9"', "Mon, 21-Sep-26")
    dropped = well(state, told(200))
    assert (dropped.etag, dropped.last_modified) == (None, None)


def test_a_304_brings_no_validators_for_what_it_names_was_never_read() -> None:
    """A server that goes by the date alone says 304 of a body that changed within its second, with the new ETag."""
    state = known(etag='"1"', last_modified="yesterday", read_from=f"{URL}/here")
    for headers in ({}, {"etag": '"2"', "last_modified": "today"}):
        kept = well(state, told(304, **headers))
        assert (kept.etag, kept.last_modified, kept.read_from) == ('"1"', "yesterday", f"{URL}/here")


def test_where_it_was_read_is_remembered_where_redirects_led_there() -> None:
    elsewhere = replace(told(etag='"1"'), url="https://cdn.example/feed.rss")
    assert well(answer=elsewhere).read_from == "https://cdn.example/feed.rss"
    assert well(well(answer=elsewhere)).read_from is None


def test_a_date_to_come_is_no_validator() -> None:
    """Servers that compare dates alone would answer 304 until then, whatever was said since."""
    state = well(answer=told(etag='"1"', last_modified="Sat, 01 Jan 2050 00:00:00 GMT"))
    assert (state.etag, state.last_modified) == ('"1"', None)
    ahead = {"date": "Sat, 01 Jan 2050 00:00:00 GMT", "last_modified": "Fri, 31 Dec 2049 00:00:00 GMT"}
    assert well(answer=told(**ahead)).last_modified == ahead["last_modified"]  # by the server's own clock it is past


@pytest.mark.parametrize("status", [400, 412, 431, 500])
def test_what_a_condition_may_have_caused_is_asked_without_one_after_three_failures(status: int) -> None:
    state = known(etag='"1"', last_modified="yesterday", body_digest="abc")
    for _ in range(2):
        state = ill(status, state)
        assert (state.etag, state.last_modified) == ('"1"', "yesterday")
    state = ill(status, state)
    assert (state.etag, state.last_modified, state.body_digest) == (None, None, "abc")


@pytest.mark.parametrize("status", [None, 200, 403, 404, 429, 503])
def test_other_failures_leave_the_condition(status: int | None) -> None:
    assert ill(status, known(etag='"1"', failures=9, failing_since=NOW - HOUR)).etag == '"1"'


def test_another_question_has_no_validators_and_another_address_no_memory() -> None:
    state = known(etag='"1"', failures=3, failing_since=NOW - HOUR)
    asked = failed(ask(url=URL + "?since_id=7"), state, told(500), NOW, "it broke")
    assert (asked.etag, asked.failures, asked.failing_since, asked.url) == (None, 4, NOW - HOUR, URL + "?since_id=7")
    moved = failed(ask(url="https://other.example/"), state, told(500), NOW, "it broke")
    assert (moved.etag, moved.failures, moved.failing_since) == (None, 1, NOW)


def test_gone_is_not_asked_again_until_the_address_changes() -> None:
    state = ill(410)
    assert state.next_poll_at is None
    assert not is_due(ask(), state, NOW + 365 * DAY)
    assert is_due(ask(url="https://status.acme.example/new.rss"), state, NOW)
    assert health([state], NOW) == (Health.SUSPENDED, "it broke")


def test_what_is_gone_behind_a_redirect_for_now_is_asked_again() -> None:
    aside = failed(ask(), known(), replace(told(410), url="https://cache.example/7"), NOW, "it broke")
    assert aside.next_poll_at is not None
    assert health([aside], NOW) == (Health.UNREACHABLE, "it broke")
    for_good = replace(told(410), url=NEW, moved_to=NEW)
    assert failed(ask(), known(), for_good, NOW, "it broke").next_poll_at is None


def test_missing_for_a_week_is_suspended_to_one_poll_a_day() -> None:
    early = ill(404, known(failures=9, failing_since=NOW - 6 * DAY))
    late = ill(404, known(failures=9, failing_since=NOW - 7 * DAY))
    assert health([early], NOW) == (Health.UNREACHABLE, "it broke")
    assert health([late], NOW) == (Health.SUSPENDED, "it broke")
    assert pause(late) == DAY
    assert health([well(late)], NOW) == (Health.OK, None)


def test_a_clock_set_back_does_not_keep_what_is_missing_from_being_suspended() -> None:
    state = ill(404, known(failures=9, failing_since=NOW + 365 * DAY))
    assert state.failing_since == NOW


# -- moves -------------------------------------------------------------------------------------------------------

NEW = "https://status.acme.example/new.rss"


def redirected(state: PollState, hours: float, to: str | None = NEW) -> PollState:
    answer = replace(told(), moved_to=to)
    return succeeded(ask(), state, answer, NOW + hours * HOUR, wish=None, hot=False, changed=False)


def test_a_move_counts_after_three_times_over_a_day() -> None:
    state = known()
    for hours in (0, 1, 2, 23.9):
        state = redirected(state, hours)
        assert not state.has_moved
    state = redirected(state, 24)
    assert state.has_moved
    assert (state.moved_to, state.moved_since, state.moved_seen) == (NEW, NOW, 3)
    assert health([state], NOW + DAY) == (Health.MOVED, f"has moved to {NEW}; write that into feeds.yaml")
    still = redirected(state, 25, None)  # the new address is asked now, and redirects no more
    assert still.has_moved


def test_twice_a_day_apart_is_no_move() -> None:
    assert not redirected(redirected(known(), 0), 30).has_moved


def test_a_failure_between_does_not_begin_the_count_anew() -> None:
    twice = redirected(redirected(known(), 0), 12)
    for status in (None, 404):
        assert redirected(ill(status, twice), 24).has_moved


def test_another_target_or_none_begins_anew() -> None:
    state = redirected(redirected(known(), 0), 12)
    assert redirected(state, 24, "https://elsewhere.example/").moved_seen == 1
    assert redirected(state, 24, None).moved_to is None


MOVED = {"moved_to": NEW, "moved_since": NOW - 9 * DAY, "moved_seen": 3}


def test_where_the_new_address_moves_on_it_is_counted_anew_from_the_old_one() -> None:
    to = "https://third.example/rss"
    state = redirected(known(**MOVED), 0, to)
    assert (state.moved_to, state.moved_since, state.moved_seen) == (to, NOW, 1)
    for hours in (1, 24):
        state = redirected(state, hours, to)
    assert state.has_moved and state.moved_to == to


def test_what_leads_back_to_its_own_address_has_not_moved() -> None:
    """The old one is there again; or it redirects to itself once, and answers then."""
    state = redirected(known(**MOVED), 0, URL)
    for hours in (1, 24):
        assert (state.moved_to, state.moved_seen) == (None, 0)
        state = redirected(state, hours, URL)
    assert health([state], NOW + DAY) == (Health.OK, None)


@pytest.mark.parametrize("status", [200, 403, 500])
def test_where_the_new_address_has_told_nothing_for_a_day_the_old_one_is_asked_again(status: int) -> None:
    """A name that was given up shows a page of advertisements, or refuses all."""
    lately = ill(status, known(**MOVED, failures=3, failing_since=NOW - 23 * HOUR))
    assert lately.has_moved
    assert not ill(status, known(**MOVED, failures=4, failing_since=NOW - DAY)).has_moved


@pytest.mark.parametrize("status", [301, 404, 410, None])
def test_where_the_new_address_is_not_there_the_old_one_is_asked_again(status: int | None) -> None:
    state = ill(status, known(moved_to=NEW, moved_since=NOW - DAY, moved_seen=3))
    assert (state.moved_to, state.has_moved) == (None, False)
    assert state.next_poll_at is not None


# -- how a source is ---------------------------------------------------------------------------------------------


def test_a_source_is_as_its_requests_are() -> None:
    assert health([], NOW) == (Health.STALE, "never polled")
    assert health([PollState(url=URL)], NOW) == (Health.STALE, "never polled")
    assert health([well(), well(every=3600)], NOW) == (Health.OK, None)
    assert health([well(), ill(200)], NOW) == (Health.UNREADABLE, "it broke")
    assert health([ill(200), ill(None), well()], NOW) == (Health.UNREACHABLE, "it broke")
    assert health([well(), ill(410)], NOW) == (Health.UNREACHABLE, "it broke")


# -- whatever a server says --------------------------------------------------------------------------------------

words = st.text(st.characters(max_codepoint=255), max_size=40)
dates = st.datetimes(timezones=st.just(UTC)).map(format_datetime)
numbers = st.integers(-(10**15), 10**15).map(str)
headers = st.dictionaries(
    st.sampled_from(
        ["cache-control", "expires", "date", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining",
         "x-ratelimit-reset", "etag", "last-modified"]
    ),
    words | dates | numbers | st.integers(0, 10**12).map("max-age={}".format),
)  # fmt: skip
statuses = st.none() | st.integers(100, 599)
intervals = st.integers(1, 10**6)


@given(headers, statuses, intervals, st.none() | st.integers(-(10**9), 10**18), st.booleans(), st.floats(0, 100))
def test_whatever_a_server_says_the_next_poll_is_later_and_within_a_day(
    said: dict[str, str], status: int | None, every: int, wish: int | None, hot: bool, after: float
) -> None:
    answer = Answer(request=ask(every), url=URL, status=status, headers=said, after=after)
    plain = Answer(request=ask(every), url=URL, status=status)
    kept = succeeded(ask(every), known(), answer, NOW, wish=wish, hot=hot, changed=False)
    bare = succeeded(ask(every), known(), plain, NOW, wish=None, hot=hot, changed=False)
    assert timedelta(0) < pause(bare) <= pause(kept) <= DAY
    lost = failed(ask(every), known(), answer, NOW, "it broke")
    if status != 410:
        assert timedelta(0) < pause(lost) <= DAY
    until = blocked_until(answer, NOW)
    assert until is None or NOW <= until <= NOW + DAY
    assert health([kept, lost], NOW)[0] in Health


@given(st.lists(st.sampled_from([200, 304, 404, 410, 429, 500, None]), max_size=30), intervals)
def test_any_history_of_answers_keeps_a_request_alive_unless_it_is_gone(history: list[int | None], every: int) -> None:
    state = PollState()
    now = NOW
    for status in history:
        if not is_due(ask(every), state, now):
            assert state.last_status == 410
            return
        if status in (200, 304):
            state = succeeded(ask(every), state, told(status), now, wish=None, hot=False, changed=False)
        else:
            state = failed(ask(every), state, told(status), now, "it broke")
        now = state.next_poll_at or now + DAY
