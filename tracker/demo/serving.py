"""The small world on loopback: one HTTP server a vendor, with a clock that is set and faults that are asked for."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tracker.demo.answers import Page, as_asked
from tracker.demo.world import World

IDLE_S = 30.0  # a connection on which nobody asks for so long is closed
PIECES = 8  # in which a slow body is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the server saw it, and the status of its answer (None: the connection was reset)."""

    vendor: str
    target: str
    headers: Mapping[str, str]
    at: datetime
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How an answer goes wrong.

    ``page`` is sent in the place of the true one. ``cut`` resets the connection after so many bytes of the
    answer, head included. ``pause_s`` is waited before each of the pieces of the answer.
    """

    page: Page | None = None
    cut: int | None = None
    pause_s: float = 0.0


Faults = Callable[[str, str, datetime], Fault | None]
"""(vendor, target, now) -> what goes wrong with this answer, None where nothing does."""


@dataclass(slots=True)
class Served:
    """A world while it is served: set ``now`` to move its time; ``asked`` is what was asked, in order."""

    world: World
    now: datetime
    faults: Faults | None = None
    bases: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


@contextlib.contextmanager
def serve(world: World, now: datetime, faults: Faults | None = None) -> Iterator[Served]:
    """Serve the world on this machine, each vendor at an address of its own where the system has them."""
    served = Served(world=world, now=now, faults=faults)
    servers = []
    try:
        for number, speaker in enumerate(world.speakers):
            answering = partial(_Handler, served, speaker.slug)
            server = _server(f"127.0.{number // 250}.{number % 250 + 1}", answering)
            servers.append(server)
            host, port = server.server_address[:2]
            served.bases[speaker.slug] = f"http://{host!s}:{port}"
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield served
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news; anything else is a bug and says so."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _server(address: str, handler: Callable[..., _Handler]) -> ThreadingHTTPServer:
    """At the address, else at 127.0.0.1: macOS has no other of loopback."""
    try:
        return _Server((address, 0), handler)
    except OSError:
        return _Server(("127.0.0.1", 0), handler)


class _Handler(BaseHTTPRequestHandler):
    """Answers what is asked of one vendor's server."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def __init__(self, served: Served, vendor: str, *connection: Any) -> None:
        self.served, self.vendor = served, vendor
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Answer, and write down what was asked."""
        served, vendor, now = self.served, self.vendor, self.served.now
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = (served.faults(vendor, self.path, now) if served.faults else None) or Fault()
        page = fault.page or as_asked(served.world.answer(vendor, self.path, now), headers)
        status = None if fault.cut is not None else page.status
        served.asked.append(Asked(vendor=vendor, target=self.path, headers=headers, at=now, status=status))
        self._send(_wire(page, now), fault)

    def _send(self, wire: bytes, fault: Fault) -> None:
        if fault.cut is not None:
            wire = wire[: fault.cut]
        size = -(-len(wire) // PIECES) if fault.pause_s else len(wire)
        for start in range(0, len(wire), max(size, 1)):
            time.sleep(fault.pause_s)
            self.wfile.write(wire[start : start + size])
        if fault.cut is not None:
            self._reset()

    def _reset(self) -> None:
        """Close so that the other side sees a reset, not an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: ``Served.asked`` is the log."""


def _wire(page: Page, now: datetime) -> bytes:
    """The answer as it goes over the wire: in one piece, as the body would else wait until the head is acknowledged."""
    reason = HTTPStatus(page.status).phrase
    headers = {"content-length": str(len(page.body)), **page.headers, "date": format_datetime(now, usegmt=True)}
    if page.status == 304:
        headers.pop("content-length")
    lines = [f"HTTP/1.1 {page.status} {reason}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + page.body
