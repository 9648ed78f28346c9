"""The door that works everywhere: httpx, asynchronous, one connection for each hop.

The name is resolved here, every address is checked, and the connection goes to a checked address, so that a second
look at the DNS cannot lead elsewhere; the certificate is checked against the name all the same. The library is given
no name: it refuses some that the DNS may hold, and fails at others.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from socket import SOCK_STREAM, gaierror
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from tracker.poll import asking
from tracker.poll.addresses import is_public
from tracker.poll.asking import Failure, Hop, Reply

if TYPE_CHECKING:
    import httpx


class _Closed(Exception):
    """The hop ends here, for this reason."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        self.failure, self.detail = failure, detail


class HttpxDoor:
    """Sends hops with httpx."""

    def __init__(self, most: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(most))  # no look at the DNS waits for another
        self._tasks: dict[asyncio.Task[Reply], int] = {}
        self._limits: set[asyncio.Timeout] = set()
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._trust, self._trusts = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), False
        # Debian's Python 3.11.2 has it set, and what is cut off would be whole. OpenSSL 1.1.1 does not know it.
        self._trust.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)

    def start(self, token: int, hop: Hop) -> None:
        """Begin to send a hop."""
        self._tasks[self._loop.create_task(self._send(hop))] = token

    def finished(self, seconds: float) -> Iterator[tuple[int, Reply]]:
        """The replies that are there; waits for one, but not longer than ``seconds``."""
        self._loop.run_until_complete(self._wait(seconds))
        for task in [task for task in self._tasks if task.done()]:
            yield self._tasks.pop(task), task.result()

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    def forgive(self, seconds: float) -> None:
        """Give all that is under way so much more time."""
        self._loop.run_until_complete(self._extend(seconds))

    async def _extend(self, seconds: float) -> None:
        for limit in self._limits:
            if (when := limit.when()) is not None and not limit.expired():
                limit.reschedule(when + seconds)

    @contextlib.asynccontextmanager
    async def _within(self, seconds: float) -> AsyncIterator[None]:
        """TimeoutError after that time, unless more of it is given."""
        async with asyncio.timeout(seconds) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def drop(self) -> None:
        """Forget all that is under way."""
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(self._cancelled())
        self._tasks.clear()

    async def _cancelled(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """Forget all that is under way, and leave nothing behind."""
        self.drop()
        if self._transport is not None:
            self._loop.run_until_complete(self._transport.aclose())
        self._loop.run_until_complete(asyncio.sleep(0))  # what was closed just now takes its leave in the next turn
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _send(self, hop: Hop) -> Reply:
        import httpx

        reply = Reply()
        streams: list[Any] = []
        try:
            async with self._within(hop.seconds):
                await self._fill(reply, hop, streams)
        except _Closed as closed:
            reply.failure, reply.detail = closed.failure, closed.detail
        except TimeoutError:
            reply.failure = Failure.TIMEOUT
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reply.failure, reply.detail = _failure(error, connected=bool(streams))
        finally:
            for stream in streams:  # a handshake that was cut off leaves its connection open
                await stream.aclose()
        return reply

    async def _fill(self, reply: Reply, hop: Hop, streams: list[Any]) -> None:
        response = await self._answer(hop, streams)
        try:
            await self._read(reply, response)
        finally:
            await response.aclose()

    async def _answer(self, hop: Hop, streams: list[Any]) -> httpx.Response:
        """What the first address of the host answers that takes a connection: libcurl goes on like this by itself."""
        import httpx

        ips = await self._resolve(hop)
        transport, seconds = self._open(hop), asking.to_connect(hop) / len(ips)
        for ip in ips[:-1]:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await transport.handle_async_request(_request(hop, ip, seconds, streams))
        return await transport.handle_async_request(_request(hop, ips[-1], seconds, streams))

    async def _read(self, reply: Reply, response: httpx.Response) -> None:
        lines = [name + b": " + value for name, value in response.headers.raw]
        if sum(map(len, lines)) > asking.MOST_HEADER_BYTES:
            raise _Closed(Failure.BROKEN, asking.ENDLESS_HEADERS)
        if len(set(response.headers.get_list("location"))) > 1:  # as libcurl has it
            raise _Closed(Failure.BROKEN, asking.TWO_PLACES)
        reply.headers, reply.status = asking.header_map(lines), response.status_code
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > asking.MOST_BYTES:
                raise _Closed(Failure.TOO_LARGE)
        if not reply.headers.keys() & {"content-length", "transfer-encoding"} and _is_cut_off(response):
            raise _Closed(Failure.BROKEN)
        reply.body = bytes(body)

    async def _resolve(self, hop: Hop) -> list[str]:
        """The addresses of the host to which this hop may go, at least one."""
        host, port = _host_and_port(hop.url)
        try:
            async with self._within(asking.to_connect(hop)):
                found = await self._loop.getaddrinfo(host, port, type=SOCK_STREAM)
        except (gaierror, UnicodeError, TimeoutError):
            raise _Closed(Failure.UNKNOWN_HOST) from None
        ips = [str(address[4][0]) for address in found]
        allowed = [ip for ip in ips if not hop.public_only or is_public(ip)]
        if not allowed:
            raise _Closed(Failure.PRIVATE)
        return allowed

    def _open(self, hop: Hop) -> httpx.AsyncHTTPTransport:
        """The one transport with the one TLS context, which trusts nobody until an https address is asked.

        No connection outlives its hop: the host of its address is a number that other names may share.
        """
        import httpx

        if self._transport is None:
            none = httpx.Limits(max_connections=None, max_keepalive_connections=0)
            self._transport = httpx.AsyncHTTPTransport(verify=self._trust, limits=none, trust_env=False)
        if hop.url.startswith("https:") and not self._trusts:
            try:
                self._trust.load_verify_locations(asking.trusted())
            except OSError:
                raise _Closed(Failure.UNTRUSTED, asking.NO_AUTHORITIES) from None
            self._trusts = True
        return self._transport


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    usual = 443 if parts.scheme == "https" else 80
    return parts.hostname or "", usual if parts.port is None else parts.port


def _request(hop: Hop, ip: str, seconds: float, streams: list[Any]) -> httpx.Request:
    """The hop as a request to this address, with so many seconds to connect; the connection goes into ``streams``."""
    import httpx

    async def trace(event: str, about: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            streams.append(about["return_value"])

    parts, (host, port) = urlsplit(hop.url), _host_and_port(hop.url)
    there = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
    named = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
    lines = [f"Host: {named}", *hop.headers]
    unlimited = dict.fromkeys(("read", "write", "pool"))  # the whole hop has a limit
    return httpx.Request(
        "GET",
        urlunsplit(parts._replace(netloc=there)),
        headers=[
            (name.encode("ascii"), value.encode("latin-1", "replace"))
            for name, _, value in (line.partition(": ") for line in lines)
        ],
        extensions={"sni_hostname": host, "timeout": {"connect": seconds, **unlimited}, "trace": trace},
    )


def _is_cut_off(response: httpx.Response) -> bool:
    """Whether a TLS connection ended without taking its leave: the library takes that for the end of a body."""
    tls = response.extensions["network_stream"].get_extra_info("ssl_object")
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLEOFError:
        return True
    except ssl.SSLError:
        pass  # it has not ended
    return False


def _failure(error: BaseException, connected: bool) -> tuple[Failure, str]:
    """What an exception of the library means; ``connected``: to the host, if not yet in TLS."""
    import httpx

    if isinstance(error, httpx.ConnectTimeout):
        return asking.no_connection()
    if not isinstance(error, httpx.ConnectError):
        return Failure.BROKEN, ""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and len(chain) < 10:
        chain.append(cause)
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return Failure.UNTRUSTED, link.verify_message
        if isinstance(link, ConnectionRefusedError):
            return Failure.REFUSED, ""
    return Failure.UNREACHABLE, asking.NO_HANDSHAKE if connected else ""
