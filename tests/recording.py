"""A server on loopback that answers as a test says and remembers what it saw, byte for byte."""

from __future__ import annotations

import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Seen:
    """One request as it came: when (seconds of the monotonic clock), what it asks, its header lines in order."""

    at: float
    method: str
    path: str
    lines: tuple[str, ...]

    def header(self, name: str) -> str | None:
        """The value of a header, None where it was not sent."""
        for line in self.lines:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


Answering = Callable[[Seen], bytes | Iterable[bytes]]


def answer(status: str = "200 OK", body: bytes = b"hello", /, **headers: str) -> bytes:
    """A whole answer; header names with ``_`` for ``-``."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Recorder:
    """Listens on one loopback address; each connection has a thread and stays open as HTTP/1.1 has it.

    The test's function gives the bytes of the answer, at once or piece by piece; empty bytes close the connection,
    ``RESET`` resets it. ``most_at_once`` is how many requests were being answered at one time.
    """

    RESET = b"\0reset\0"

    def __init__(self, answering: Answering, address: str = "127.0.3.1", tls: ssl.SSLContext | None = None) -> None:
        self.answering, self.address, self.tls = answering, address, tls
        self.seen: list[Seen] = []
        self.connections = self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server((address, 0), backlog=256)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """An address of this server."""
        return f"http{'s' if self.tls else ''}://{host or self.address}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [seen.path for seen in self.seen]

    def gaps(self) -> list[float]:
        """The seconds between one request and the next."""
        times = [seen.at for seen in self.seen]
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for connection in self._open:
                connection.close()
        self._thread.join(5)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(connection)
            self._converse(connection)
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _converse(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            while head := list(_head(file)):
                method, path, *_ = [*head[0].split(" "), "", ""]
                seen = Seen(time.monotonic(), method, path, tuple(head[1:]))
                with self._lock:
                    self.seen.append(seen)
                    self.at_once += 1
                    self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    if not self._tell(connection, self.answering(seen)):
                        return
                finally:
                    with self._lock:
                        self.at_once -= 1

    def _tell(self, connection: socket.socket, told: bytes | Iterable[bytes]) -> bool:
        """Send an answer; False where the connection ends with it."""
        for piece in [told] if isinstance(told, bytes) else told:
            if piece == self.RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if not piece:
                return False
            connection.sendall(piece)
        return True


def _head(file: Iterable[bytes]) -> Iterator[str]:
    for line in file:
        if not line.strip():
            return
        yield line.decode("latin-1").rstrip("\r\n")
