"""Polling: what goes over the wire, what comes back, what a hostile server cannot do. Both clients, real servers."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recording import Recorder, Seen, answer

from tracker import schedule
from tracker.errors import PollError
from tracker.models import Answer, Due, PollState, Request
from tracker.poll import CONCURRENCY, PAUSE, RETRIES, TIMEOUT, Poller, addresses, asking, host_of
from tracker.poll.addresses import is_public
from tracker.poll.asking import Reply
from tracker.poll.lanes import Lanes

CLOSED = "http://127.0.3.99:9/status.rss"  # nobody listens on the discard port
WELL = answer(ETag='W/"a"', Last_Modified="Mon, 21 Sep 2026 14:13:20 GMT")

CLIENTS = [
    pytest.param("curl", marks=pytest.mark.skipif(find_spec("pycurl") is None, reason="pycurl is not installed")),
    "httpx",
]


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def ask(url: str, **given: Any) -> Request:
    return Request(source="acme/feed", url=url, purpose="url", every=300, **given)


def poll(client: str, *asked: Request | Due, **given: Any) -> list[Answer]:
    """All answers of one run, without pauses unless the test wants them."""
    options = {"pause": 0.0, "retries": (), "timeout": 5.0, **given}
    pairs = [one if isinstance(one, tuple) else (one, NEVER_ASKED) for one in asked]
    with Poller(client=client, **options) as poller:
        return list(poller.poll(pairs))


NEVER_ASKED = PollState()


def poll_one(client: str, url: str, state: PollState = NEVER_ASKED, **given: Any) -> Answer:
    (one,) = poll(client, (ask(url), state), **given)
    return one


def serve(told: bytes | Callable[[Seen], Any], address: str = "127.0.3.1", **given: Any) -> Recorder:
    return Recorder(told if callable(told) else lambda seen: told, address, **given)


# -- what is sent ------------------------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_nothing_that_is_not_needed(client: str) -> None:
    with serve(answer(Set_Cookie="id=1; Path=/")) as server:
        for _ in range(2):
            poll(client, ask(server.url("/a.atom?x=1&y=%20"), accept="application/atom+xml"), contact="me@acme.example")
    assert server.paths() == ["/a.atom?x=1&y=%20"] * 2  # as it is written: nothing is added against caches
    for seen in server.seen:
        names = sorted(line.partition(":")[0].lower() for line in seen.lines)
        assert set(names) - {"connection"} == {"accept", "accept-encoding", "host", "user-agent"}
        assert seen.header("accept") == "application/atom+xml"
        assert seen.header("accept-encoding") == "gzip"
        assert re.fullmatch(r"tracker/\d+\.\d+\.\d+ \(\+mailto:me@acme\.example\)", seen.header("user-agent") or "")


def test_no_proxy_of_the_environment_is_asked(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(WELL) as server, serve(WELL, "127.0.3.2") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "" if "no" in name.lower() else proxy.url())
        assert poll_one(client, server.url()).error is None
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        ("https://acme.example/bot", "(+https://acme.example/bot)"),
        ("https://acme.example/bot; me@acme.example", "(+https://acme.example/bot; me@acme.example)"),
        ("mailto:me@acme.example", "(+mailto:me@acme.example)"),
        ("me@acme.example\r\nX-Evil: 1", "(+mailto:me@acme.exampleX-Evil: 1)"),
        (None, "(status record)"),
    ],
)
def test_the_contact_is_in_the_user_agent(contact: str | None, words: str) -> None:
    assert asking.agent("1.0", contact) == f"tracker/1.0 {words}"


@pytest.mark.parametrize("etag", ['W/"0-a"', '"plain"', "unquoted", '"\xe9\xff"', '"a, b"', "'", '"' + "x" * 300 + '"'])
def test_validators_go_back_byte_for_byte(client: str, etag: str) -> None:
    date = "Mon, 21-Sep-26 14:13:20 GMT"  # no form that HTTP knows, and still the server's own
    with serve(
        lambda seen: answer("304 Not Modified", b"", ETag=etag) if seen.header("if-none-match") else WELL
    ) as server:
        one = poll_one(client, server.url(), PollState(url=server.url(), etag=etag, last_modified=date))
    assert (one.status, one.error, one.body) == (304, None, b"")
    assert one.headers["etag"] == etag
    assert server.seen[0].header("if-none-match") == etag
    assert server.seen[0].header("if-modified-since") == date


def test_only_what_the_server_gave_is_asked_back(client: str) -> None:
    with serve(WELL) as server:
        poll_one(client, server.url(), PollState(url=server.url(), last_modified="yesterday"))
        poll_one(client, server.url(), PollState(url=server.url(), etag='"a"'))
        poll_one(client, server.url("/other"), PollState(url=server.url(), etag='"a"', last_modified="yesterday"))
        poll_one(client, server.url(), PollState(url=server.url(), etag='"a"\r\nX-Evil: 1'))
        poll_one(client, server.url(), PollState(url=server.url(), etag='"' + "x" * 60_000 + '"'))
    conditions = [[line for line in seen.lines if line.lower().startswith("if-")] for seen in server.seen]
    assert conditions == [["If-Modified-Since: yesterday"], ['If-None-Match: "a"'], [], [], []]
    assert all(seen.header("x-evil") is None for seen in server.seen)


def test_a_condition_goes_only_where_its_validator_came_from(client: str) -> None:
    ways = {"a": (302, "/b?signed=2"), "c": (302, "/d")}
    state = PollState(etag='"1"', last_modified="yesterday")
    with serve(redirecting(**ways)) as server:
        for path, read_from in (("/a", "/b?signed=1"), ("/c", "/b"), ("/b", None)):
            known = replace(state, url=server.url(path), read_from=read_from and server.url(read_from))
            poll_one(client, server.url(path), known)
    conditional = [seen.path for seen in server.seen if any(line.startswith("If-") for line in seen.lines)]
    assert server.paths() == ["/a", "/b?signed=2", "/c", "/d", "/b"]
    assert conditional == ["/b?signed=2", "/b"]


def test_a_page_that_stands_in_for_a_feed_is_read_and_not_taken_for_unchanged(client: str) -> None:
    """While a site is down it leads all to a page that is older than what was last read, and so not modified since."""
    down = False

    def answering(seen: Seen) -> bytes:
        if seen.path == "/sorry.html":
            unmodified = seen.header("if-modified-since") is not None
            return answer("304 Not Modified", b"") if unmodified else answer("200 OK", b"<html>We are sorry")
        return answer("302 Found", b"", Location="/sorry.html") if down else WELL

    with serve(answering) as server:
        asked = ask(server.url())
        now = datetime(2026, 9, 21, 15, tzinfo=UTC)
        well = poll_one(client, server.url())
        state = schedule.succeeded(asked, NEVER_ASKED, well, now, wish=None, hot=False, changed=True)
        down = True
        one = poll_one(client, server.url(), state)
    assert (one.status, one.body) == (200, b"<html>We are sorry")


# -- what comes back ---------------------------------------------------------------------------------------------


def test_an_answer_says_all_that_the_next_poll_needs(client: str) -> None:
    with serve(
        answer("200 OK", b"\x00<rss/>\xff", ETag='"1"', Cache_Control="max-age=60", cache_control="public")
    ) as server:
        one = poll_one(client, server.url("/f"))
    assert (one.status, one.url, one.body, one.error, one.moved_to) == (
        200,
        server.url("/f"),
        b"\x00<rss/>\xff",
        None,
        None,
    )
    assert one.headers["etag"] == '"1"'
    assert one.headers["cache-control"] == "max-age=60, public"


def test_gzip_is_unpacked_also_in_several_members(client: str) -> None:
    packed = gzip.compress(b"first ") + gzip.compress(b"second")
    with serve(answer("200 OK", packed, Content_Encoding="gzip")) as server:
        assert poll_one(client, server.url()).body == b"first second"


def test_chunks_are_put_together(client: str) -> None:
    chunked = answer("200 OK", b"5\r\nfirst\r\n7\r\n second\r\n0\r\nETag: late\r\n\r\n", Transfer_Encoding="chunked")
    with serve(chunked) as server:
        one = poll_one(client, server.url())
    assert one.body == b"first second"
    assert "etag" not in one.headers  # a trailer is no header


def test_an_interim_answer_is_passed_over(client: str) -> None:
    with serve(b"HTTP/1.1 103 Early Hints\r\nETag: early\r\n\r\n" + WELL) as server:
        one = poll_one(client, server.url())
    assert (one.status, one.headers["etag"], one.body) == (200, 'W/"a"', b"hello")


@pytest.mark.parametrize(
    ("told", "status", "why"),
    [
        (answer("404 Not Found"), 404, "HTTP 404 Not Found"),
        (answer("500 Oops"), 500, "HTTP 500 Internal Server Error"),
        (answer("599 Odd"), 599, "HTTP 599"),
        (answer("403 Forbidden", b"x", cf_mitigated="challenge"), 403, "a challenge for browsers"),
        (answer("200 OK", b"<html>", cf_mitigated="challenge"), 200, "a challenge for browsers"),
        (answer("200 OK", b""), 200, "is empty"),
        (answer("200 OK", b" \r\n "), 200, "is empty"),
        (answer("204 No Content", b""), 204, "HTTP 204"),
        (answer("206 Partial Content"), 206, "HTTP 206"),
        (answer("304 Not Modified", b""), 304, "nothing was asked under a condition"),
        (answer("302 Found"), 302, "HTTP 302 Found"),
        (answer("200 OK", gzip.compress(b"x" * 9000, mtime=0)[:-20], Content_Encoding="gzip"), 200, "broke off"),
        (answer("200 OK", b"no gzip", Content_Encoding="gzip"), 200, "is none"),
        (answer("200 OK", b"x", Content_Encoding="br"), 200, "which was not asked for"),
    ],
)
def test_what_is_no_answer_is_said_in_a_sentence(client: str, told: bytes, status: int, why: str) -> None:
    with serve(told) as server:
        one = poll_one(client, server.url("/secret?key=hush"))
    assert (one.status, one.body) == (status, b"")
    assert one.error is not None
    assert why in one.error
    assert one.error.startswith(f"127.0.3.1:{server.port}")
    assert "hush" not in one.error


@pytest.mark.parametrize(
    "told",
    [
        [b""],
        [b"\x16\x03\x01 garbage \x00\xff"],
        [b"220 mail.acme.example ESMTP\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Recorder.RESET],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", b""],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nContent-Le", b""],
        [Recorder.RESET],
        [b"HTTP/1.1 200 OK\r\n", *[b"X-Long: %s\r\n" % (b"x" * 60_000)] * 20, b"\r\n"],
        [b"HTTP/1.1 200 OK\r\n", *[b"X-Many: x\r\n"] * 20_000, b"Content-Length: 1\r\n\r\nx"],
    ],
)
def test_a_broken_answer_is_an_error_and_no_half_body(client: str, told: list[bytes]) -> None:
    with serve(lambda seen: [*told, b""]) as server:
        one = poll_one(client, server.url())
    assert one.error is not None
    assert "broke off" in one.error
    assert one.body == b""


@pytest.mark.parametrize(
    "told",
    [
        b"HTTP/1.1 410 Gone\r\nContent-Length: -1\r\n\r\n",
        b'HTTP/1.1 404 Not Found\r\nETag: "a\0b"\r\n\r\n',
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\nConnection: upgrade\r\n\r\nhello",
        b"http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_headers_that_are_broken_say_nothing_not_even_a_status(client: str, told: bytes) -> None:
    with serve(lambda seen: [told, b""]) as server:
        one = poll_one(client, server.url())
    assert one.error is not None
    assert "broke off" in one.error
    assert (one.status, dict(one.headers), one.body) == (None, {}, b"")


def test_nobody_there_is_an_error(client: str) -> None:
    one = poll_one(client, CLOSED)
    assert (one.status, one.error) == (None, "127.0.3.99:9 refuses the connection")
    name = poll_one(client, "http://no-such-host.invalid/status.rss")
    assert name.error == "no-such-host.invalid is not known to the DNS"


def test_one_bad_source_never_stops_the_others(client: str) -> None:
    bad = [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://",
        "http://[::1",
        "http://a b/",
        "http://127.0.3.1:99999/",
        "",
    ]
    with serve(WELL) as server:
        answers = poll(client, *map(ask, [*bad, CLOSED, server.url()]))
    assert len(answers) == len(bad) + 2
    assert [one.url for one in answers if one.error is None] == [server.url()]


def test_the_faster_client_is_taken_where_it_is_installed() -> None:
    with Poller() as poller:
        assert type(poller._door).__name__ == ("CurlDoor" if find_spec("pycurl") else "HttpxDoor")


@pytest.mark.parametrize("openssl", ["", "import ssl; vars(ssl).pop('OP_IGNORE_UNEXPECTED_EOF', None); "])
def test_without_libcurl_httpx_takes_over(openssl: str) -> None:
    """Also with OpenSSL 1.1.1, as in RHEL 8, which lacks that option."""
    script = "import sys; sys.modules['pycurl'] = None; from tracker.poll import Poller; print(Poller()._door)"
    ran = subprocess.run([sys.executable, "-c", openssl + script], capture_output=True, text=True, timeout=60)
    assert "HttpxDoor" in ran.stdout, ran.stderr


# -- limits ------------------------------------------------------------------------------------------------------


def bomb(megabytes: int) -> bytes:
    return gzip.compress(bytes(10_000_000), 9) * (megabytes // 10)


@pytest.mark.parametrize("packed", [bomb(1000), gzip.compress(bytes(200_000_000), 9)], ids=["members", "one"])
def test_a_gigabyte_out_of_a_megabyte_stops_early(client: str, packed: bytes) -> None:
    with serve(answer("200 OK", packed, Content_Encoding="gzip")) as server:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        one = poll_one(client, server.url())
        most = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    assert one.error is not None
    assert "larger than 10 MB" in one.error
    assert most < 50_000_000


def test_a_body_of_a_hundred_thousand_packed_pieces_is_refused(client: str) -> None:
    with serve(answer("200 OK", gzip.compress(b"") * 400_000, Content_Encoding="gzip")) as server:
        began = time.process_time()
        one = poll_one(client, server.url())
    assert one.error == f"127.0.3.1:{server.port}: the body is packed in more than 100 pieces"
    assert time.process_time() - began < 5


def test_a_body_in_pieces_of_a_byte_takes_little_more_room_than_its_length(client: str) -> None:
    pieces = 40_000
    told = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * pieces + b"0\r\n\r\n"
    with serve(told) as server:
        poll_one(client, CLOSED)  # what the client is made of is no part of it
        tracemalloc.start()
        one = poll_one(client, server.url(), timeout=30.0)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert one.body == b"a" * pieces
    assert most < 30 * pieces


def test_a_body_without_end_is_cut(client: str) -> None:
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 100_000))
    with serve(lambda seen: endless) as server:
        one = poll_one(client, server.url())
    assert one.error == f"127.0.3.1:{server.port} sends more than 10 MB"
    assert one.body == b""


@pytest.mark.parametrize(
    "page",
    [itertools.repeat(b"x" * 100_000), [b"half", b""], [b"half", Recorder.RESET]],
    ids=["endless", "half", "reset"],
)
def test_an_error_page_without_end_is_still_that_error(client: str, page: Iterable[bytes]) -> None:
    with serve(
        lambda seen: itertools.chain([b"HTTP/1.1 410 Gone\r\nContent-Length: 99999999\r\n\r\n"], page)
    ) as server:
        one = poll_one(client, server.url(), retries=(0.0,))
    assert (one.status, one.error) == (410, f"127.0.3.1:{server.port} answers HTTP 410 Gone")
    assert len(server.seen) == 1


def trickle(head: bytes) -> Iterator[bytes]:
    """The head, then a byte now and then; without a head nothing at all."""
    if head:
        yield head
    for _ in range(100):
        time.sleep(0.1)
        if head:
            yield b"x"


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"]
)
def test_a_byte_now_and_then_ends_with_the_time_limit(client: str, head: bytes) -> None:
    with serve(lambda seen: trickle(head)) as server:
        began = time.monotonic()
        one = poll_one(client, server.url(), timeout=0.8)
    assert one.error == f"127.0.3.1:{server.port} gave no whole answer within 0.8 s"
    assert time.monotonic() - began < 6


def test_the_time_limit_holds_for_all_redirects_together(client: str) -> None:
    def slow(seen: Seen) -> bytes:
        time.sleep(0.4)
        return answer("302 Found", b"", Location=f"/{len(seen.path)}{seen.path}")

    with serve(slow) as server:
        one = poll_one(client, server.url(), timeout=1.0)
    assert one.error is not None
    assert "within 1 s" in one.error
    assert len(server.seen) <= 3


@pytest.mark.parametrize(
    "flood",
    [b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", b"X-Trailer: x\r\n", b"0" * 1000],
    ids=["1xx", "trailers", "chunk"],
)
def test_what_has_no_end_is_cut_wherever_it_stands(client: str, flood: bytes) -> None:
    begin = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" if not flood.startswith(b"HTTP") else b""
    begin += b"0\r\n" if flood.startswith(b"X") else b""
    endless = itertools.chain([begin] if begin else [], itertools.repeat(flood * 100))
    with serve(lambda seen: endless) as server:
        tracemalloc.start()
        one = poll_one(client, server.url(), timeout=1.0)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert one.error is not None
    assert one.body == b""
    assert most < 20_000_000


# -- redirects ---------------------------------------------------------------------------------------------------


def redirecting(**ways: tuple[int, str]) -> Callable[[Seen], bytes]:
    """A server of redirects: path -> (status, Location); all else is well."""

    def answering(seen: Seen) -> bytes:
        status, location = ways.get(seen.path.strip("/"), (200, ""))
        return answer(f"{status} Redirect", b"", Location=location) if location else WELL

    return answering


def test_a_permanent_redirect_says_where_it_moved(client: str) -> None:
    ways = {"a": (301, "/b?x=1#top"), "b?x=1": (308, "c"), "d": (302, "/a"), "e": (301, "/f"), "f": (307, "/c")}
    with serve(redirecting(**ways)) as server:
        moved, aside, half = (poll_one(client, server.url(path)) for path in ("/a", "/d", "/e"))
    assert (moved.status, moved.url, moved.moved_to) == (200, server.url("/c"), server.url("/c"))
    assert (aside.status, aside.url, aside.moved_to) == (200, server.url("/c"), None)
    assert (half.status, half.url, half.moved_to) == (200, server.url("/c"), server.url("/f"))


def test_what_is_redirected_is_finished_before_another_is_begun(client: str) -> None:
    """Else a budget that ends too soon for a host would leave all of it half asked."""
    with serve(redirecting(a=(302, "/b"), c=(302, "/d"))) as server:
        poll(client, ask(server.url("/a")), ask(server.url("/c")))
    assert server.paths() == ["/a", "/b", "/c", "/d"]


def test_the_new_address_is_asked_once_the_move_counts(client: str) -> None:
    with serve(WELL) as server:
        state = PollState(url=server.url("/old"), etag='"1"', moved_to=server.url("/new"), moved_seen=3)
        one = poll_one(client, server.url("/old"), state)
        poll_one(
            client, server.url("/old"), PollState(url=server.url("/old"), moved_to=server.url("/new"), moved_seen=2)
        )
        poll_one(client, server.url("/edited"), state)
    assert server.paths() == ["/new", "/old", "/edited"]
    assert server.seen[0].header("if-none-match") == '"1"'
    assert (one.url, one.moved_to) == (server.url("/new"), None)


@pytest.mark.skipif(find_spec("pycurl") is None, reason="pycurl is not installed")
def test_a_dns_that_does_not_answer_curl_is_no_host_that_is_slow() -> None:
    import pycurl

    from tracker.poll import _curl

    handle = _curl._Handle()
    handle.prepare(asking.Hop("http://acme.example/", [], True, 1.0))
    handle.curl = SimpleNamespace(getinfo=lambda _: 0)
    assert handle.reply(pycurl.E_OPERATION_TIMEDOUT, "Resolving timed out").failure is asking.Failure.UNKNOWN_HOST


def test_a_dns_that_does_not_answer_httpx_is_no_host_that_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **given: time.sleep(1.0))
    one = poll_one("httpx", "http://acme.example/")
    assert one.error == "acme.example is not known to the DNS"


def test_names_that_the_dns_leaves_unanswered_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow(host: str, *asked: Any, **given: Any) -> Any:
        if host.endswith(".example"):
            time.sleep(1.5)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return look_up(host, *asked, **given)

    monkeypatch.setattr(asking, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serve(WELL, "127.0.0.1") as server:
        hung = [ask(f"http://status{number}.example/") for number in range(40)]
        answers = poll("httpx", *hung, ask(server.url(host="localhost"), allow_private=True))
    assert [one.url for one in answers if one.error is None] == [server.url(host="localhost")]
    assert {one.error for one in answers if one.error}.pop().endswith("is not known to the DNS")


def test_a_host_that_takes_no_connection_is_given_up_before_one_that_is_slow(
    client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.3.4", 0), backlog=0))
        with pytest.raises(TimeoutError):  # nobody accepts them: once the queue is full, the next one is not answered
            for _ in range(100):
                stack.enter_context(socket.create_connection(full.getsockname(), timeout=0.5))
        mute = stack.enter_context(socket.create_server(("127.0.3.4", 0)))
        monkeypatch.setattr(asking, "CONNECT_SECONDS", 0.5)
        for listening, scheme in ((full, "http"), (mute, "https")):  # no TLS, no connection
            port, began = listening.getsockname()[1], time.monotonic()
            one = poll_one(client, f"{scheme}://127.0.3.4:{port}/")
            assert one.error == f"127.0.3.4:{port} cannot be reached: no connection within 0.5 s"
            assert time.monotonic() - began < 4


@pytest.mark.skipif(find_spec("pycurl") is None, reason="pycurl is not installed")
def test_a_host_that_is_slow_on_a_connection_that_was_kept_is_known_to_the_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    from tracker.poll import _curl

    monkeypatch.setattr(_curl, "is_public", lambda ip: True)  # only connections to public addresses are kept
    door, replies = _curl.CurlDoor(1), list[Reply]()
    with serve(lambda seen: WELL if seen.path == "/quick" else trickle(b"")) as server:
        for path in ("/quick", "/slow"):
            door.start(1, asking.Hop(server.url(path), [], public_only=True, seconds=0.8))
            while not (ended := list(door.finished(5.0))):
                pass
            replies += [reply for _, reply in ended]
    door.close()
    assert server.connections == 1
    assert [reply.failure for reply in replies] == [None, asking.Failure.TIMEOUT]


def test_httpx_goes_on_to_the_next_address_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As libcurl does by itself."""
    with serve(WELL) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, server.port)) for ip in ("127.0.3.98", "127.0.3.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **given: found)
        (one,) = poll("httpx", ask(f"http://acme.example:{server.port}/", allow_private=True))
    assert (one.status, one.error) == (200, None)
    assert server.seen[0].header("host") == f"acme.example:{server.port}"


def test_redirects_end_after_five(client: str) -> None:
    with serve(lambda seen: answer("301 Moved", b"", Location=f"{seen.path}x")) as server:
        one = poll_one(client, server.url())
    assert len(server.seen) == 6
    assert one.error is not None
    assert "redirects more than 5 times" in one.error


def test_an_address_without_end_is_not_followed(client: str) -> None:
    """It would be remembered, and told, as where the source has moved to."""
    with serve(
        lambda seen: WELL if seen.path != "/" else answer("301 Moved", b"", Location="/" + "\xff" * 3_000)
    ) as server:
        one = poll_one(client, server.url())
    assert server.paths() == ["/"]
    assert one.moved_to is None
    assert one.error is not None
    assert one.error.endswith("which is not followed")
    assert len(one.error) < 400


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.3.1/", "gopher://127.0.3.1:70/", "javascript:alert(1)", "data:,x", "http://[::1",
     "http://user:pass@127.0.3.1/", "dict://127.0.3.1:11211/stat"],
)  # fmt: skip
def test_a_redirect_to_another_scheme_is_not_followed(client: str, location: str) -> None:
    with serve(answer("302 Found", b"", Location=location)) as server:
        one = poll_one(client, server.url())
    assert len(server.seen) == 1
    assert one.error is not None
    assert "which is not followed" in one.error
    assert "pass@" not in one.error


@pytest.mark.parametrize("odd", ["\x90", "\x9b31m", "\x85", "\u2028", "\u202e", "\ufeff", "\udcff"])
def test_what_a_server_writes_into_an_error_is_plain_text(client: str, odd: str) -> None:
    """The database keeps it, where others read it too; and a sequence without an end swallows what follows."""
    written = f"{odd}://a".encode("utf-8", "surrogatepass").decode("latin-1")
    with (
        serve(answer("302 Found", b"", Location=f"ftp://{written}")) as away,
        serve(answer("200 OK", b"x", Content_Encoding=f"x{written}"), "127.0.3.2") as packed,
    ):
        for one in poll(client, ask(away.url()), ask(packed.url())):
            assert one.error is not None
            assert one.error.isprintable()
            assert "://a, which " in one.error


@pytest.mark.parametrize("target", ["127.0.3.2", "localhost"])
def test_a_redirect_to_a_private_address_is_followed_only_where_the_source_allows_it(client: str, target: str) -> None:
    listening = "127.0.0.1" if target == "localhost" else target
    with (
        serve(WELL, listening) as inside,
        serve(answer("302 Found", b"", Location=inside.url("/metadata", host=target))) as outside,
    ):
        refused = poll_one(client, outside.url())
        (allowed,) = poll(client, ask(outside.url(), allow_private=True))
    assert refused.error is not None
    assert "private address" in refused.error
    assert allowed.body == b"hello"
    assert inside.connections == 1  # not even a connection without leave


def test_a_connection_that_was_allowed_is_not_lent_to_a_source_that_is_not(client: str) -> None:
    with (
        serve(WELL, "127.0.3.2") as inside,
        serve(answer("302 Found", b"", Location=inside.url("/x"))) as outside,
        Poller(client=client, pause=0, retries=()) as poller,
    ):
        (first,) = poller.poll([(ask(inside.url(), allow_private=True), PollState())])
        (second,) = poller.poll([(ask(outside.url()), PollState())])
    assert first.error is None
    assert second.error is not None
    assert len(inside.seen) == 1


@pytest.mark.parametrize(
    "url",
    ["http://0x7f000301/", "http://2130707201/", "http://127.3.1/", "http://[::ffff:127.0.3.1]/", "http://0177.0.3.1/",
     "http://１２７.0.3.1/"],
)  # fmt: skip
def test_odd_ways_to_write_a_private_address_lead_nowhere(client: str, url: str) -> None:
    with serve(WELL) as server:
        target = url[:-1] + f":{server.port}/"
        with serve(answer("302 Found", b"", Location=target.encode().decode("latin-1")), "127.0.3.5") as outside:
            one = poll_one(client, outside.url())
    assert one.error is not None
    assert "is a private address" in one.error
    assert not server.seen


@pytest.mark.parametrize("host", ["xn--8hb.0.0.0", "xn--9hbcp.0.0.1", "xn--a", "xn--99999999", "_a.invalid"])
def test_a_name_that_no_alphabet_has_is_an_error_of_its_source_alone(client: str, host: str) -> None:
    with serve(answer("302 Found", b"", Location=f"http://{host}/")) as server:
        one = poll_one(client, server.url())
    assert one.error is not None
    assert "is not known to the DNS" in one.error


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("255.255.255.255", False), ("224.0.0.1", False), ("198.18.0.1", False), ("::1", False),
        ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("2001:db8::1", False), ("no address", False),
        ("::7f00:1", False), ("::ffff:0:7f00:1", False), ("64:ff9b:1::7f00:1", False), ("fec0::1", False),
        ("5f00::1", False), ("192.0.0.192", False), ("168.63.129.16", False), ("64:ff9b::5db8:d822", True),
    ],
)  # fmt: skip
def test_what_a_private_address_is(ip: str, public: bool) -> None:
    assert is_public(ip) is public


def test_an_address_in_feeds_yaml_is_the_operators_own_word_and_a_name_is_not() -> None:
    literal, name = ask("http://127.0.3.1:8/a"), ask("http://intranet.example/a")
    assert addresses.may_be_private(literal, "http://127.0.3.1:8/b")
    assert not addresses.may_be_private(literal, "http://127.0.3.1:9/b")
    assert not addresses.may_be_private(literal, "http://127.0.3.2/")
    assert not addresses.may_be_private(name, "http://intranet.example/a")
    assert not addresses.may_be_private(name, "http://127.0.3.1/")
    assert addresses.may_be_private(ask("http://intranet.example/a", allow_private=True), "http://10.0.0.1/")


# -- secrets -----------------------------------------------------------------------------------------------------


def test_a_token_goes_to_its_host_and_into_nothing_that_is_told(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "hush-hush-hush")
    with serve(WELL) as server:
        (one,) = poll(client, ask(server.url(), bearer="ACME_TOKEN"))
    assert one.error is None
    assert server.seen[0].header("authorization") == "Bearer hush-hush-hush"
    assert "hush" not in repr(one)


@pytest.mark.parametrize("packed", [False, True])
def test_a_token_that_the_server_repeats_is_in_nothing_that_came(
    client: str, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "hush-hush-hush")
    body = b"no such token: Bearer hush-hush-hush"
    told = answer(
        "200 OK",
        gzip.compress(body) if packed else body,
        ETag='"hush-hush-hush"',
        Content_Type="text/hush-hush-hush",
        **({"Content_Encoding": "gzip"} if packed else {}),
    )
    with serve(told) as server, serve(answer(Content_Encoding="hush-hush-hush")) as odd:
        one, other = poll(client, ask(server.url(), bearer="ACME_TOKEN"), ask(odd.url(), bearer="ACME_TOKEN"))
    assert {one.body or other.body} == {b"no such token: Bearer ..."}
    assert "hush" not in repr((one, other))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_token_follows_no_redirect(client: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "hush-hush-hush")
    with serve(lambda seen: answer(f"{status} Go", b"", Location="/hush-hush-hush?token=hush-hush-hush")) as server:
        (one,) = poll(client, ask(server.url(), bearer="ACME_TOKEN", allow_private=True))
    assert len(server.seen) == 1
    assert one.error is not None
    assert "a request with a token follows no redirect" in one.error
    assert "hush" not in one.error


def test_a_token_does_not_go_where_an_address_once_moved_to(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "hush-hush-hush")
    with serve(WELL) as server, serve(WELL, "127.0.3.2") as other:
        moved = PollState(url=server.url(), moved_to=other.url(), moved_seen=3)
        poll(client, (ask(server.url(), bearer="ACME_TOKEN", allow_private=True), moved))
        assert (len(server.seen), len(other.seen)) == (1, 0)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "is not set"),
        ("two words", "characters that no token has"),
        ("a\r\nX-Evil: 1", "characters that no token has"),
    ],
)
def test_a_token_that_is_none_is_not_sent(client: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", value)
    with serve(WELL) as server:
        (one,) = poll(client, ask(server.url(), bearer="ACME_TOKEN"))
    assert server.connections == 0
    assert one.error is not None
    assert why in one.error
    assert "ACME_TOKEN" in one.error


def test_no_message_that_shows_a_hop_shows_its_token() -> None:
    assert "hush" not in repr(asking.Hop("https://api.acme.example/2", ["Authorization: Bearer hush"], True, 1, "hush"))


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(PollError, match="is not https, so ACME_TOKEN is not sent"):
        asking.secret_of(ask("http://api.acme.example/2/tweets?x=1", bearer="ACME_TOKEN"), {"ACME_TOKEN": "hush"})
    assert asking.secret_of(ask("https://api.acme.example/2", bearer="ACME_TOKEN"), {"ACME_TOKEN": "hush"}) == "hush"


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1:8", True), ("10.1.2.3", True), ("[::1]", True), ("localhost", True), ("93.184.216.34", False),
        ("[::ffff:93.184.216.34]", False), ("intranet.example", False), ("api.acme.example", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("allow_private", [True, False])
def test_in_the_clear_a_token_goes_to_private_addresses_only(host: str, near: bool, allow_private: bool) -> None:
    request = ask(f"http://{host}/a", bearer="ACME_TOKEN", allow_private=allow_private)
    if near:
        assert asking.secret_of(request, {"ACME_TOKEN": "hush"}) == "hush"
    else:
        with pytest.raises(PollError, match="is not https"):
            asking.secret_of(request, {"ACME_TOKEN": "hush"})


def test_a_password_in_an_address_is_neither_sent_nor_told(client: str) -> None:
    with serve(WELL) as server:
        one = poll_one(client, server.url().replace("://", "://user:hush@"))
    assert server.connections == 0
    assert one.error is not None
    assert "hush" not in one.error


# -- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate authority of our own and the certificates that it gave."""
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    try:
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Acme Test CA")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"openssl cannot make a certificate authority here: {error}")
    for name, san in (("good", "IP:127.0.3.1,DNS:localhost"), ("other", "DNS:other.example")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(f"subjectAltName={san}\nbasicConstraints=CA:FALSE\n")
        signed_by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext", "-days", "30")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed_by, "-out", f"{name}.pem")
    return folder


def speaking(authority: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / f"{name}.pem", authority / f"{name}.key")
    return context


def test_a_certificate_is_checked_against_its_authority_and_its_host(
    client: str, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        serve(WELL, tls=speaking(authority, "good")) as good,
        serve(WELL, "127.0.3.2", tls=speaking(authority, "other")) as other,
    ):
        unknown = poll_one(client, good.url())
        monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
        fine, wrong = poll_one(client, good.url()), poll_one(client, other.url())
    assert (fine.status, fine.error) == (200, None)
    for refused, why in ((unknown, "unable to get local issuer certificate"), (wrong, ".* (match|valid)")):
        assert refused.status is None
        assert refused.error is not None
        assert re.search(f"^[0-9.:]+ has no certificate to be trusted: {why}", refused.error)
    assert len(good.seen) == 1
    assert not other.seen


@pytest.mark.parametrize("named", ["none.pem", "empty.pem", "junk.pem"])
def test_a_file_of_no_authorities_is_not_the_servers_fault(
    client: str, named: str, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").touch()
    (tmp_path / "junk.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / named))
    with serve(WELL, tls=speaking(authority, "good")) as server:
        one = poll_one(client, server.url())
    assert one.error is not None
    assert "SSL_CERT_FILE names no file of certificates" in one.error


def test_the_host_is_named_to_the_server_although_the_address_was_looked_up(
    client: str, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    names: list[str | None] = []
    context = speaking(authority, "good")
    context.sni_callback = lambda _, name, __: names.append(name)
    with serve(WELL, "127.0.0.1", tls=context) as server:
        one = poll_one(client, server.url(host="localhost"))
    assert (one.status, names) == (200, ["localhost"])
    assert server.seen[0].header("host") == f"localhost:{server.port}"


def test_httpx_lends_no_connection_to_another_name_at_the_same_address(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its certificate was checked for the first name alone."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with serve(WELL, tls=speaking(authority, "good")) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (server.address, server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **given: found)
        asked = (server.url(host=host) for host in ("localhost", "status.other.example"))
        good, other = poll("httpx", *(ask(url, allow_private=True) for url in asked), concurrency=1)
    assert good.error is None
    assert other.error is not None
    assert "has no certificate to be trusted" in other.error


def test_nothing_leads_back_from_https_to_http(client: str, authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with serve(WELL, "127.0.3.2") as plain:
        way = answer("301 Moved", b"", Location=plain.url("/f"))
        with serve(way, tls=speaking(authority, "good")) as secure:
            (one,) = poll(client, ask(secure.url(), allow_private=True))
    assert one.error is not None
    assert "redirects from https to http" in one.error
    assert plain.connections == 0
    assert one.moved_to is None


def test_a_scheme_in_capitals_is_the_same_scheme() -> None:
    request = ask("Https://api.acme.example/2", bearer="ACME_TOKEN")
    assert asking.secret_of(request, {"ACME_TOKEN": "hush"}) == "hush"
    with pytest.raises(PollError, match="redirects from https to http://"):
        asking.redirect(ask(request.url), request.url, Reply(302, {"location": "http://api.acme.example/2"}), 0)


def hang_up(connection: socket.socket) -> None:
    connection.recv(10)


def break_the_record(connection: socket.socket) -> None:
    connection.recv(4_000)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    os.write(connection.fileno(), b"\x17\x03\x03\x00\x10" + b"z" * 16)  # no record of this conversation


def cut_off(connection: socket.socket) -> None:
    connection.recv(4_000)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    os.close(connection.detach())  # TLS takes leave of its own, whose absence tells that somebody cut the line


@pytest.mark.parametrize(
    ("breaking", "speaks", "status", "why"),
    [
        (cut_off, True, 200, "broke off its answer"),
        (hang_up, False, None, "cannot be reached: the TLS handshake failed"),
        (break_the_record, True, 200, "broke off its answer"),
    ],
)
def test_tls_that_breaks_before_the_answer_is_a_handshake_and_within_it_a_broken_answer(
    client: str,
    breaking: Callable[[socket.socket], None],
    speaks: bool,
    status: int | None,
    why: str,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))

    def serve_once() -> None:
        connection, _ = listening.accept()
        with connection:
            if speaks:
                with speaking(authority, "good").wrap_socket(connection, server_side=True) as connection:
                    breaking(connection)
            else:
                breaking(connection)

    with socket.create_server(("127.0.3.1", 0)) as listening:
        thread = threading.Thread(target=serve_once)
        thread.start()
        place = f"127.0.3.1:{listening.getsockname()[1]}"
        one = poll_one(client, f"https://{place}/")
        thread.join()
    assert (one.status, one.error, one.body) == (status, f"{place} {why}", b"")


@pytest.mark.parametrize("told", [b"HTTP/1.0 200 OK\r\n\r\nhello", b"HTTP/1.0 200 OK\r\n\r\n", WELL])
def test_a_body_that_ends_with_its_connection_in_order_is_whole(
    client: str, told: bytes, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))

    def serve_once() -> None:
        connection, _ = listening.accept()
        with speaking(authority, "good").wrap_socket(connection, server_side=True) as told_on:
            told_on.recv(4_000)
            told_on.sendall(told)
            with contextlib.suppress(OSError):  # not every client takes leave as well
                told_on.unwrap()

    with socket.create_server(("127.0.3.1", 0)) as listening:
        thread = threading.Thread(target=serve_once)
        thread.start()
        one = poll_one(client, f"https://127.0.3.1:{listening.getsockname()[1]}/")
        thread.join()
    assert one.status == 200
    assert one.body == b"hello" if told.endswith(b"hello") else one.error and "is empty" in one.error


def test_plain_text_where_tls_is_expected_is_an_error(client: str) -> None:
    with serve(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        one = poll_one(client, server.url().replace("http:", "https:"), timeout=0.5)
    assert one.status is None
    assert one.error is not None


# -- tries, hosts, budget ----------------------------------------------------------------------------------------


def test_a_passing_trouble_is_tried_again_within_the_run(client: str) -> None:
    told = iter([answer("502 Bad Gateway"), [b""], WELL])
    with serve(lambda seen: next(told)) as server:
        one = poll_one(client, server.url(), retries=(0.2, 0.4))
    assert (one.status, one.error) == (200, None)
    first, second = server.gaps()
    assert first >= 0.2
    assert second >= 0.4


def test_after_three_tries_it_is_an_error(client: str) -> None:
    with serve(answer("500 Oops")) as server:
        answers = poll(client, ask(server.url()), retries=(0.0, 0.0))
    assert [one.status for one in answers] == [500]
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 429, 503])
def test_a_refusal_is_not_tried_again(client: str, status: int) -> None:
    with serve(answer(f"{status} No")) as server:
        poll_one(client, server.url(), retries=(0.0, 0.0))
    assert len(server.seen) == 1


def test_who_says_when_to_come_back_is_not_asked_before(client: str) -> None:
    with serve(answer("500 Oops", Retry_After="60")) as server:
        poll_one(client, server.url(), retries=(0.0, 0.0))
    assert len(server.seen) == 1


def test_a_source_that_has_been_failing_is_asked_once_a_run(client: str) -> None:
    with serve(answer("500 Oops")) as server:
        poll_one(client, server.url(), PollState(url=server.url(), failures=1), retries=(0.0, 0.0))
    assert len(server.seen) == 1


def test_one_request_at_a_time_a_host_with_a_pause_and_many_hosts_at_once(client: str) -> None:
    def slow(seen: Seen) -> bytes:
        time.sleep(0.1)
        return WELL

    with serve(slow) as one, serve(slow, "127.0.3.2") as two, serve(slow, "127.0.3.3") as three:
        asked = [ask(server.url(f"/{i}")) for server in (one, two, three) for i in range(3)]
        began = time.monotonic()
        answers = poll(client, *asked, pause=0.3)
    assert len(answers) == 9
    for server in (one, two, three):
        assert server.most_at_once == 1
        assert min(server.gaps()) >= 0.39  # the pause begins where the answer ended
    assert time.monotonic() - began < 2.5  # one host after the other would take 2.7


def test_hosted_pages_share_a_lane() -> None:
    assert (
        host_of("https://acme.statuspage.io/history.atom")
        == host_of("https://globex.statuspage.io/")
        == "statuspage.io"
    )
    assert host_of("https://Status.Acme.example:8443/x") == "status.acme.example"
    assert host_of("https://notstatuspage.io/") == "notstatuspage.io"


def test_the_time_that_whoever_reads_an_answer_takes_is_taken_by_no_host(client: str) -> None:
    """The first poll of a long history takes a small machine longer than a host may."""

    def slow(seen: Seen) -> bytes:
        time.sleep(0.3)
        return WELL if seen.path == "/new" else answer("302 Found", b"", Location="/new")

    with serve(WELL) as one, serve(slow, "127.0.3.2") as two, Poller(client=client, timeout=2.0, pause=0) as poller:
        answers = poller.poll([(ask(one.url()), PollState()), (ask(two.url()), PollState())])
        assert next(answers).url == one.url()
        time.sleep(2.5)
        assert [(late.url, late.error) for late in answers] == [(two.url("/new"), None)]
    assert len(two.seen) == 2  # not tried again


def test_no_more_than_so_many_at_once(client: str) -> None:
    under_way: list[Seen] = []
    at_once: list[int] = []

    def slow(seen: Seen) -> bytes:
        under_way.append(seen)
        at_once.append(len(under_way))
        time.sleep(0.05)
        under_way.remove(seen)  # before the answer goes out, so that who has it may ask on
        return WELL

    with ExitStack() as stack:
        servers = [stack.enter_context(serve(slow, f"127.0.3.{10 + i}")) for i in range(12)]
        poll(client, *(ask(server.url()) for server in servers), concurrency=4)
    assert len(at_once) == 12
    assert 2 <= max(at_once) <= 4


@pytest.mark.parametrize(
    "told",
    [
        answer("429 Too Many Requests", Retry_After="60"),
        answer("503 Service Unavailable"),
        answer(X_RateLimit_Limit="300", X_RateLimit_Remaining="29"),
        answer(x_rate_limit_limit="15", x_rate_limit_remaining="1"),
    ],
)
def test_a_busy_host_is_left_alone_for_this_run(client: str, told: bytes) -> None:
    with serve(told) as busy, serve(WELL, "127.0.3.2") as free, Poller(client=client, pause=0) as poller:
        first = list(poller.poll((ask(server.url(f"/{i}")), PollState()) for i in range(3) for server in (busy, free)))
    assert len(busy.seen) == 1
    assert len(free.seen) == 3
    assert sorted(one.url for one in first) == sorted([busy.url("/0"), *(free.url(f"/{i}") for i in range(3))])


def test_a_published_limit_makes_the_pause(client: str) -> None:
    assert asking.pause(Reply(headers={"ratelimit-policy": "3000;w=300"})) == 1.0
    assert asking.pause(Reply(headers={"ratelimit-policy": "60;w=3600"})) == asking.LONGEST_PAUSE
    assert asking.pause(Reply(headers={"ratelimit-policy": "0;w=1"})) == 10.0
    assert asking.pause(Reply(headers={"ratelimit-policy": "nonsense"})) == asking.pause(Reply()) == 0.0
    with serve(answer(ratelimit_policy="100;w=3")) as server:
        poll(client, ask(server.url("/1")), ask(server.url("/2")))
    assert server.gaps()[0] >= 0.3


def test_a_budget_ends_in_order(client: str) -> None:
    def slow(seen: Seen) -> bytes:
        time.sleep(0.2)
        return WELL

    def stuck(seen: Seen) -> Iterator[bytes]:
        time.sleep(1.5)
        yield WELL

    with serve(slow) as server, serve(stuck, "127.0.3.2") as dead:
        asked = [ask(dead.url()), *(ask(server.url(f"/{i}")) for i in range(20))]
        began = time.monotonic()
        answers = poll(client, *asked, budget=1.0)
        took = time.monotonic() - began
    assert 0.9 <= took < 5
    assert 2 <= len(answers) < 6
    assert all(one.error is None for one in answers)  # what was cut off is nobody's fault and stays due
    assert len(answers) <= len(server.seen) <= len(answers) + 1


def test_after_the_budget_nothing_is_asked(client: str) -> None:
    with serve(WELL) as server, Poller(client=client, budget=0.05) as poller:
        time.sleep(0.06)
        assert list(poller.poll([(ask(server.url()), PollState())])) == []
    assert not server.seen


def test_whoever_stops_listening_leaves_nothing_behind(client: str) -> None:
    with serve(WELL) as one, serve(WELL, "127.0.3.2") as two, Poller(client=client, pause=0) as poller:
        next(poller.poll([(ask(one.url()), PollState()), (ask(two.url()), PollState())]))
        answers = list(poller.poll([(ask(one.url("/again")), PollState())]))
    assert [answer.url for answer in answers] == [one.url("/again")]


# -- both clients tell the same ----------------------------------------------------------------------------------

ODD = [
    WELL,
    answer("200 Fine", b"x" * 100_000, Content_Type="text/html", Date="Mon, 21 Sep 2026 14:13:20 GMT"),
    answer("200 OK", gzip.compress(b"y" * 50_000, mtime=0), Content_Encoding="gzip", ETag="\xe9"),
    answer("404 Not Found", b"nope", Retry_After="5"),
    answer("410 Gone"),
    answer("429 Too Many Requests", Retry_After="Mon, 21 Sep 2026 14:13:20 GMT"),
    answer("200 OK", b"x", Link="<a>", link="<b>", ETag="first", etag="second"),
    b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end",
    b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Empty:\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    answer("301 Moved", b"", Location="/"),
    answer("302 Found", b"", Location="http://127.0.3.2:1/"),
    answer("302 Found", b"", Location="/b", location="/b"),
    answer("302 Found", b"", Location="/b", location="/c"),
    answer("200 OK", b"x", Location="/b", location="/c"),
]


@pytest.mark.skipif(find_spec("pycurl") is None, reason="pycurl is not installed: there is one client only")
def test_both_clients_tell_the_same_of_every_server() -> None:
    told = {}
    for name in ("curl", "httpx"):
        for number, one in enumerate(ODD):
            with serve(lambda seen, one=one: [one, b""]) as server:
                got = poll_one(name, server.url("/a"))
                wire = "\n".join(sorted(server.seen[0].lines)).replace("\nConnection: close", "")
            port = str(server.port)
            fields = (got.status, got.headers, got.body, got.error, got.url, got.moved_to)
            told[name, number] = repr(fields).replace(port, "PORT"), wire.replace(port, "PORT")
    for number in range(len(ODD)):
        assert told["curl", number] == told["httpx", number]


pieces = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 304 Not Modified\r\n", b"HTTP/1.0 404\r\n", b"HTTP/2 200\r\n", b"\r\n", b"\n",
     b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n", b": x\r\n",
     b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Location: /x\r\n", b"Location: \xff\r\n",
     b"\0", b"Retry-After: \xff\r\n", b" folded\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"hello", b"\x1f\x8b\x08\0\0\0\0\0"]
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces | st.binary(max_size=8), max_size=10))
def test_whatever_a_server_sends_there_is_one_answer(client: str, parts: list[bytes]) -> None:
    with serve(lambda seen: [*(part for part in parts if part), b""]) as server:
        one = poll_one(client, server.url(), PollState(url=server.url(), etag='"1"'), timeout=2.0)
    assert one.error is None or (one.body == b"" and "\n" not in one.error)
    assert one.error is not None or one.status in (200, 304)


# -- pure parts --------------------------------------------------------------------------------------------------


@given(st.text() | st.from_regex(r"https?://[^/]{0,12}/.{0,20}", fullmatch=True))
def test_any_text_is_an_address_that_is_safe_to_send_or_refused(text: str) -> None:
    try:
        url = addresses.address(text)
    except PollError as refusal:
        assert not re.search(r"[\x00-\x1f\x7f]", str(refusal))
        return
    assert re.fullmatch(r"https?://[^\s/@]+(/[!-~]*)", url)
    assert url.isascii()
    assert addresses.address(url) == url
    assert host_of(url)


@given(st.binary(max_size=300))
def test_any_header_bytes_are_read(raw: bytes) -> None:
    found = asking.header_map(raw.split(b"\n"))
    assert all(name == name.lower() for name in found)


def test_lanes_keep_order_pause_and_hold() -> None:
    class One:
        def __init__(self, host: str, ready_at: float = 0.0) -> None:
            self.host, self.ready_at = host, ready_at

    lanes: Lanes[One] = Lanes()
    a, b, c, d = One("x"), One("x"), One("y", 5.0), One("x")
    assert all(lanes.arrive(one) for one in (a, b, c))
    assert lanes.next(0.0) is a
    assert lanes.next(0.0) is None
    lanes.leave("x", 2.0)
    assert lanes.free_at() == 2.0
    assert lanes.next(1.9) is None
    assert lanes.next(2.0) is b
    lanes.leave("x", 2.5)
    lanes.arrive(a)
    assert lanes.next(2.5) is a
    lanes.leave("x")  # it was not sent after all
    lanes.arrive(b)
    assert lanes.next(2.4) is None
    assert lanes.next(2.5) is b
    lanes.arrive(d)
    assert lanes.hold("x") == [d]
    lanes.leave("x", 3.0)
    assert not lanes.arrive(a)
    assert lanes.next(4.9) is None
    assert lanes.next(5.0) is c
    assert lanes.free_at() is None


@pytest.mark.parametrize(
    "figure",
    [
        f"after {RETRIES[0]:g} s and {RETRIES[1]:g} s",
        f"with {PAUSE:g} s between two requests",
        f"Up to {CONCURRENCY} hosts are asked at once",
        f"an error after {TIMEOUT:g} s, all redirects together",
        f"an error after {asking.CONNECT_SECONDS:g} s",
        f"an error after {asking.MOST_BYTES // 10**6} MB ({asking.MOST_HEADER_BYTES // 1000} kB of headers",
        f"{asking.MOST_MEMBERS} pieces of gzip",
        f"to an address of over {addresses.MOST_ADDRESS:,} characters",
        f"one of over {asking.MOST_VALIDATOR:,} characters",
    ],
)
def test_the_page_tells_the_figures_that_hold(figure: str) -> None:
    assert figure in (Path(__file__).parents[1] / "docs" / "polling.md").read_text(encoding="utf-8")
    assert len(RETRIES) == 2


def test_importing_the_room_imports_no_client() -> None:
    script = (
        "import sys, tracker.poll; print(*sorted({'httpx', 'pycurl', 'certifi', 'ssl', 'asyncio'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == []
