"""What polling costs: n hosts on loopback, all answering 304 after a delay, asked once by a fresh process.

    python tests/benchmarks/poll.py --n 2000 --delay 100 --rounds 5

``curl`` and ``httpx`` are the two clients behind ``Poller``; ``floor`` is libcurl alone, without any manners. CPU is
user and system time of the whole asking process, start-up included; ratios within one run are what counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ETAG = 'W/"0123456789abcdef0123456789abcdef"'
LAST_MODIFIED = "Mon, 21 Sep 2026 14:13:20 GMT"
ANSWER = (
    f"HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\nLast-Modified: {LAST_MODIFIED}\r\n"
    "Cache-Control: max-age=0\r\nVary: Accept-Encoding\r\n\r\n"
).encode()
WAYS = ("curl", "httpx", "floor")


class Responder(asyncio.Protocol):
    """Answers every request with the same 304, later; counts the bytes that come in."""

    delay = 0.0
    came_in = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        Responder.came_in += len(data)
        if data.startswith(b"GET /count"):
            said = str(Responder.came_in).encode()
            Responder.came_in = 0
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        else:
            asyncio.get_running_loop().call_later(Responder.delay, self.transport.write, ANSWER)


async def serve(delay: float) -> None:
    """All addresses of 127.0.0.0/8 on one port, which is printed; on the loopback device only."""
    Responder.delay = delay
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    listening.bind(("0.0.0.0", 0))
    listening.listen(4096)
    print(listening.getsockname()[1], flush=True)
    await (await asyncio.get_running_loop().create_server(Responder, sock=listening)).serve_forever()


def addresses(n: int, port: int) -> list[str]:
    return [f"http://127.50.{i // 250}.{i % 250 + 1}:{port}/history.atom" for i in range(n)]


def ask(client: str, n: int, port: int, concurrency: int) -> int:
    """Ask all hosts through the Poller; gives how many said 304."""
    from tracker.models import PollState, Request
    from tracker.poll import Poller

    asked = (
        (
            Request(source=f"v{i}/feed", url=url, purpose="url", every=300, accept="application/atom+xml"),
            PollState(url=url, etag=ETAG, last_modified=LAST_MODIFIED),
        )
        for i, url in enumerate(addresses(n, port))
    )
    with Poller(client=client, concurrency=concurrency, contact="ops@tracker.example") as poller:
        return sum(answer.status == 304 for answer in poller.poll(asked))


def floor(n: int, port: int, concurrency: int) -> int:
    """The same with libcurl's multi interface alone."""
    import pycurl

    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAXCONNECTS, concurrency)
    idle, todo, live, done = [pycurl.Curl() for _ in range(concurrency)], iter(addresses(n, port)), 0, 0
    lines = [f"If-None-Match: {ETAG}", f"If-Modified-Since: {LAST_MODIFIED}", "Accept-Encoding: gzip"]
    while True:
        while idle and (url := next(todo, None)):
            curl = idle.pop()
            curl.setopt(pycurl.URL, url)
            curl.setopt(pycurl.HTTPHEADER, lines)
            multi.add_handle(curl)
            live += 1
        if not live:
            return done
        multi.perform()
        for curl in multi.info_read(live)[1]:
            done += curl.getinfo(pycurl.RESPONSE_CODE) == 304
            multi.remove_handle(curl)
            idle.append(curl)
            live -= 1
        multi.select(1.0)


def once(way: str, n: int, port: int, concurrency: int) -> None:
    """In a process of its own: ask, and print what it took."""
    began = time.perf_counter()
    done = floor(n, port, concurrency) if way == "floor" else ask(way, n, port, concurrency)
    used = resource.getrusage(resource.RUSAGE_SELF)
    took = {"seconds": time.perf_counter() - began, "cpu": used.ru_utime + used.ru_stime, "done": done}
    print(json.dumps({**took, "peak_mb": used.ru_maxrss / 1024}))


def measure(run: Callable[[str], dict[str, float]], count: Callable[[], int], rounds: int, n: int) -> None:
    """Interleaved rounds of all ways; medians as a table."""
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            count()
            one = run(way)
            assert one["done"] == n, f"{way}: only {one['done']} of {n} said 304"
            taken[way].append({**one, "wire": count() + n * len(ANSWER)})
    print("| way | seconds | CPU ms a request | peak MB | KB on the wire a request |\n|---|---|---|---|---|")
    for way, ones in taken.items():
        seconds, cpu, wire = (statistics.median(one[key] for one in ones) for key in ("seconds", "cpu", "wire"))
        peak = max(one["peak_mb"] for one in ones)
        print(f"| {way} | {seconds:.2f} | {cpu / n * 1000:.3f} | {peak:.0f} | {wire / n / 1000:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds before each answer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=50)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.delay / 1000))
    elif given.once:
        once(given.once[0], given.n, int(given.once[1]), given.concurrency)
    else:
        _compare(given)


def _compare(given: argparse.Namespace) -> None:
    me = [sys.executable, str(Path(__file__).resolve()), "--n", str(given.n), "--concurrency", str(given.concurrency)]
    with subprocess.Popen([*me, "--serve", "--delay", str(given.delay)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()

        def count() -> int:
            with socket.create_connection(("127.0.0.1", int(port))) as asking:
                asking.sendall(b"GET /count HTTP/1.1\r\n\r\n")
                return int(asking.recv(1000).rsplit(b"\r\n", 1)[1]) - 23

        def run(way: str) -> dict[str, float]:
            ran = subprocess.run([*me, "--once", way, port], capture_output=True, text=True, check=True, env=os.environ)
            return dict(json.loads(ran.stdout))

        try:
            print(f"n={given.n}, delay {given.delay:g} ms, concurrency {given.concurrency}, {given.rounds} rounds\n")
            measure(run, count, given.rounds, given.n)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
