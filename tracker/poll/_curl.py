"""The fast door: libcurl's multi interface, a tenth of the cost of httpx for an answer that says "not modified".

No thread and no event loop of ours: libcurl sends all hops at once, resolves names aside, and keeps the connections
of hosts that are asked again. Every address is checked at the moment of connecting, so that no answer of the DNS
leads a hop to a private one; where that is allowed, the connection is not kept for others.
https://curl.se/libcurl/c/libcurl-multi.html, http://pycurl.io/docs/latest/
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from errno import ECONNREFUSED
from time import monotonic, sleep
from typing import Any

import pycurl

from tracker.poll import asking
from tracker.poll.addresses import is_public
from tracker.poll.asking import Failure, Hop, Reply

FINAL = 200  # statuses below are interim: another one is to follow
BUSY_WAIT = 0.01  # seconds; where libcurl has nothing to wait for, as while a name is looked up
_NO_REASON = re.compile(r"^SSL( certificate)?( problem| OpenSSL verify result)?: ")  # differs with its version

_FAILURES = {
    pycurl.E_COULDNT_RESOLVE_HOST: Failure.UNKNOWN_HOST,
    pycurl.E_COULDNT_CONNECT: Failure.UNREACHABLE,
    pycurl.E_OPERATION_TIMEDOUT: Failure.TIMEOUT,
    pycurl.E_PEER_FAILED_VERIFICATION: Failure.UNTRUSTED,
    pycurl.E_WRITE_ERROR: Failure.TOO_LARGE,
}


class CurlDoor:
    """Sends hops with libcurl."""

    def __init__(self, most: int) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, most)
        self._authorities = ""  # the file of them, looked for when it is first needed
        self._idle: list[_Handle] = []
        self._under_way: dict[Any, tuple[int, _Handle]] = {}

    def start(self, token: int, hop: Hop) -> None:
        """Begin to send a hop."""
        handle = self._idle.pop() if self._idle else _Handle()
        handle.prepare(hop)
        if hop.url.startswith("https:"):
            self._authorities = self._authorities or asking.trusted()
            handle.curl.setopt(pycurl.CAINFO, self._authorities)
        self._under_way[handle.curl] = token, handle
        self._multi.add_handle(handle.curl)

    def finished(self, seconds: float) -> Iterator[tuple[int, Reply]]:
        """The replies that are there; waits for one, but not longer than ``seconds``."""
        if not self._under_way:
            sleep(seconds)
        until = monotonic() + seconds
        while self._under_way:
            self._multi.perform()
            _, well, ill = self._multi.info_read(len(self._under_way))
            if ended := [*((curl, 0, "") for curl in well), *ill]:
                yield from [self._end(*one) for one in ended]
                return
            if (left := until - monotonic()) <= 0:
                return
            if self._multi.select(left) <= 0:
                sleep(min(BUSY_WAIT, left))

    def _end(self, curl: Any, code: int, text: str) -> tuple[int, Reply]:
        self._multi.remove_handle(curl)
        token, handle = self._under_way.pop(curl)
        self._idle.append(handle)
        return token, handle.reply(code, text)

    def forgive(self, seconds: float) -> None:
        """Give all that is under way so much more time."""
        for _, handle in self._under_way.values():
            handle.allow(handle.seconds + seconds, handle.to_connect + seconds)

    def drop(self) -> None:
        """Forget all that is under way."""
        for curl, (_, handle) in self._under_way.items():
            self._multi.remove_handle(curl)
            handle.let_go()
        self._under_way.clear()

    def close(self) -> None:
        """Forget all that is under way, and leave nothing behind."""
        self.drop()
        self._idle.clear()
        self._multi.close()


class _Handle:
    """One of libcurl's handles, used again and again, and what it is receiving."""

    def __init__(self) -> None:
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.HTTP09_ALLOWED, 0)
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
        curl.setopt(pycurl.HEADERFUNCTION, self._hear)
        curl.setopt(pycurl.WRITEFUNCTION, self._write)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def prepare(self, hop: Hop) -> None:
        """Make it ready for this hop."""
        curl = self.curl
        self.lines: list[bytes] = []
        self.body = bytearray()  # a list of its pieces, of a byte each, would take thirty times its size
        self.sockets: list[socket.socket] = []
        self.header_size = 0
        self.public_only, self.kept_away = hop.public_only, False
        curl.setopt(pycurl.URL, hop.url)
        curl.setopt(pycurl.HTTPHEADER, [line.encode("latin-1", "replace") for line in hop.headers])
        curl.setopt(pycurl.FORBID_REUSE, 0 if hop.public_only else 1)
        self.allow(hop.seconds, asking.to_connect(hop))

    def allow(self, seconds: float, to_connect: float) -> None:
        """How long it may take in all, and until it is connected."""
        self.seconds, self.to_connect = seconds, to_connect
        self.curl.setopt(pycurl.TIMEOUT_MS, max(int(seconds * 1000), 1))
        self.curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(int(to_connect * 1000), 1))

    def reply(self, code: int, text: str) -> Reply:
        """What came back; ``code`` is libcurl's, 0 where all went well."""
        reply, lines, status = Reply(), _last_headers(self.lines), self.curl.getinfo(pycurl.RESPONSE_CODE)
        if lines is not None and status >= FINAL:
            reply.status, reply.headers, reply.body = status, asking.header_map(lines), bytes(self.body)
        if code:
            reply.failure, reply.detail = self._failure(code, text)
        elif reply.status is None:
            reply.failure = Failure.BROKEN
        self.let_go()
        return reply

    def let_go(self) -> None:
        """Keep nothing of the hop."""
        for opened in self.sockets:
            opened.close()
        self.lines, self.body, self.sockets = [], bytearray(), []

    def _failure(self, code: int, text: str) -> tuple[Failure, str]:
        if self.kept_away:
            return Failure.PRIVATE, ""
        if self.header_size > asking.MOST_HEADER_BYTES:
            return Failure.BROKEN, asking.ENDLESS_HEADERS
        if code == pycurl.E_FTP_WEIRD_SERVER_REPLY and "Location" in text:  # of any protocol
            return Failure.BROKEN, asking.TWO_PLACES
        if code == pycurl.E_SSL_CACERT_BADFILE:
            return Failure.UNTRUSTED, asking.NO_AUTHORITIES
        if code == pycurl.E_SSL_CONNECT_ERROR:
            return Failure.UNREACHABLE, asking.NO_HANDSHAKE
        if code == pycurl.E_COULDNT_CONNECT and self.curl.getinfo(pycurl.OS_ERRNO) == ECONNREFUSED:
            return Failure.REFUSED, ""
        if code == pycurl.E_OPERATION_TIMEDOUT and not self.curl.getinfo(pycurl.REQUEST_SIZE):  # nothing was asked
            return asking.no_connection() if self.curl.getinfo(pycurl.NAMELOOKUP_TIME) else (Failure.UNKNOWN_HOST, "")
        failure = _FAILURES.get(code, Failure.BROKEN)
        return failure, _NO_REASON.sub("", text) if failure is Failure.UNTRUSTED else ""

    def _hear(self, line: bytes) -> int | None:
        self.header_size += len(line)
        if self.header_size > asking.MOST_HEADER_BYTES:
            return -1
        self.lines.append(line)
        return None

    def _write(self, chunk: bytes) -> int | None:
        self.body += chunk
        return -1 if len(self.body) > asking.MOST_BYTES else None

    def _open(self, purpose: int, address: Any) -> Any:
        """A socket to this address, where the hop may go there."""
        if self.public_only and not is_public(address.addr[0]):
            self.kept_away = True
            return pycurl.SOCKET_BAD
        opened = socket.socket(address.family, address.socktype, address.protocol)
        self.sockets.append(opened)  # libcurl takes a duplicate: this one stays ours to close
        return opened


def _last_headers(lines: Iterable[bytes]) -> list[bytes] | None:
    """The header lines of the last answer, None where they are not all there.

    None of a ``100 Continue`` before it, none of a trailer after it.
    """
    found: list[bytes] = []
    within = whole = False
    for line in lines:
        if line.startswith(b"HTTP/"):
            found, within, whole = [], True, False
        elif not line.strip():
            within, whole = False, whole or within
        elif within:
            found.append(line)
    return found if whole else None
