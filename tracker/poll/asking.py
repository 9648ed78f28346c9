"""What is asked for on the wire, and what the reply means; the doors do the sending.

A **hop** is one HTTP request, a **reply** what one door brought back for it. Redirects are followed here, hop by
hop, and not by a library, so that every rule holds at every hop: no other scheme than http and https, never back
from https to http, no secret to another host, at most five.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import TypeGuard
from urllib.parse import urljoin, urlsplit

from tracker.errors import PollError
from tracker.models import PollState, Request
from tracker.poll.addresses import CONTROL, address, is_near, place, plain, shown

CONNECT_SECONDS = 10.0  # that the DNS and a new connection may take
MOST_REDIRECTS = 5
MOST_BYTES = 10_000_000  # of a body, as it comes and unpacked; the largest real one seen is 4 MB
MOST_HEADER_BYTES = 64_000
MOST_VALIDATOR = 4_000  # characters that go back as they came; most servers refuse headers of 8 kB
MOST_MEMBERS = 100  # of a gzip; the rest of the body is copied for each
ENDLESS_HEADERS, NO_HANDSHAKE = "the headers have no end", "the TLS handshake failed"
TWO_PLACES = "its headers name two locations"
NO_AUTHORITIES = "SSL_CERT_FILE names no file of certificates"
PERMANENT, REDIRECTS = frozenset({301, 308}), frozenset({301, 302, 303, 307, 308})

LONGEST_PAUSE = 30.0  # seconds
_POLICY = re.compile(r"\s*(\d{1,9})\s*;\s*w=(\d{1,9})")
_SECRET = re.compile(r"[\x21-\x7e]+")
SHORTEST_SECRET = 8  # signs; what is shorter stands in many a word


class Failure(StrEnum):
    """Why a hop has no reply."""

    TIMEOUT = "timeout"
    UNKNOWN_HOST = "unknown host"
    REFUSED = "refused"
    BROKEN = "broken"
    UNTRUSTED = "untrusted"
    PRIVATE = "private"
    TOO_LARGE = "too large"
    UNREACHABLE = "unreachable"


PASSING = frozenset({Failure.TIMEOUT, Failure.UNKNOWN_HOST, Failure.BROKEN, Failure.UNREACHABLE})


@dataclass(slots=True)
class Hop:
    """One HTTP request: an address in ASCII, headers that fit latin-1, and the seconds that it may take.

    ``secret`` stands in its headers, and must not in what comes back.
    """

    url: str
    headers: list[str] = field(repr=False)
    public_only: bool
    seconds: float
    secret: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Reply:
    """What came back: status, headers by lower-case name and the body as it came; or why not, with a detail.

    ``status`` and ``headers`` are there once all headers are.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: Failure | None = None
    detail: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it says all: of an answer that refuses its status does, whatever became of its body."""
        return self.failure is None or self.status not in (None, 200, 304)


def to_connect(hop: Hop) -> float:
    """How many seconds a hop may wait for the DNS and for a connection."""
    return min(CONNECT_SECONDS, hop.seconds)


def no_connection() -> tuple[Failure, str]:
    """What a host is that gave no connection in that time."""
    return Failure.UNREACHABLE, f"no connection within {CONNECT_SECONDS:g} s"


def trusted() -> str:
    """The file of the certificate authorities: SSL_CERT_FILE, else Mozilla's list as certifi has it."""
    import certifi

    return os.environ.get("SSL_CERT_FILE") or certifi.where()


# -- what is sent ------------------------------------------------------------------------------------------------


def agent(version: str, contact: str | None) -> str:
    """The User-Agent: who we are, and whom to write to."""
    words = "".join(mark for mark in contact or "" if mark.isprintable() and mark.isascii()).strip()
    if "@" in words and "://" not in words:
        words = f"mailto:{words.removeprefix('mailto:')}"
    return f"tracker/{version} ({'+' if ':' in words else ''}{words or 'status record'})"


def headers(request: Request, url: str, state: PollState, agent: str, secret: str | None) -> list[str]:
    """The header lines of a hop; the validators byte for byte as they came, and only where they came from."""
    lines = [f"User-Agent: {agent}", f"Accept: {request.accept}", "Accept-Encoding: gzip"]
    if state.url == request.url and _is_one_place(url, state.read_from or request.address(state)):
        validators = (("If-None-Match", state.etag), ("If-Modified-Since", state.last_modified))
        lines += [f"{name}: {value}" for name, value in validators if value and _may_go_back(value)]
    if secret is not None:
        lines.append(f"Authorization: Bearer {secret}")
    return lines


def _is_one_place(url: str, other: str) -> bool:
    """Whether two addresses differ in what is asked there alone: some redirects sign it anew each time."""
    return url.partition("?")[0] == other.partition("?")[0]


def _may_go_back(validator: str) -> bool:
    return len(validator) <= MOST_VALIDATOR and not CONTROL.search(validator)


def secret_of(request: Request, environ: Mapping[str, str]) -> str | None:
    """The secret that a request names. PollError where it is not set, no token, or would travel in the clear."""
    if request.bearer is None:
        return None
    secret = environ.get(request.bearer, "").strip()
    if not secret:
        raise PollError(f"the environment variable {request.bearer} is not set")
    if not _SECRET.fullmatch(secret):
        raise PollError(f"the environment variable {request.bearer} holds characters that no token has")
    there = urlsplit(request.url)
    if there.scheme != "https" and not is_near(there.hostname or ""):
        raise PollError(f"{shown(request.url)} is not https, so {request.bearer} is not sent there")
    return secret


# -- what comes back ---------------------------------------------------------------------------------------------


def header_map(lines: Iterable[bytes]) -> dict[str, str]:
    """Header lines to values by lower-case name; the first of a name counts, lists are joined."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            continue
        name, value = name.strip().lower(), value.strip(" \t\r\n")
        if name not in found:
            found[name] = value
        elif name in ("cache-control", "vary", "link"):
            found[name] += ", " + value
    return found


def redirect(request: Request, url: str, reply: Reply, hops: int) -> str | None:
    """Where a reply sends us; None where it is no redirect. PollError where it must not be followed."""
    if reply.status not in REDIRECTS or "location" not in reply.headers:
        return None
    if request.bearer is not None:  # nor is it told where to: that may repeat the token
        raise PollError(f"{shown(url)} redirects, and a request with a token follows no redirect")
    stated = reply.headers["location"].encode("latin-1").decode("utf-8", "replace")
    try:
        target = address(urljoin(url, stated))
    except (PollError, ValueError):
        raise PollError(f"{shown(url)} redirects to {shown(stated)}, which is not followed") from None
    if urlsplit(url).scheme == "https" and target.startswith("http:"):
        raise PollError(f"{shown(url)} redirects from https to {shown(target)}, which is not followed")
    if hops >= MOST_REDIRECTS:
        raise PollError(f"{shown(request.url)} redirects more than {MOST_REDIRECTS} times, last to {shown(target)}")
    return target


def body(hop: Hop, reply: Reply) -> bytes:
    """What a 200 holds, unpacked, without the secret of the hop; b"" for a 304.

    PollError where it is empty, cut off, too large or not asked for.
    """
    if reply.status == 304:
        if not any(line.startswith("If-") for line in hop.headers):
            raise PollError("answers 304 Not Modified, though nothing was asked under a condition")
        return b""
    packed = reply.headers.get("content-encoding", "").lower()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise PollError(f"the body comes packed as {shown(packed)}, which was not asked for")
    out = _unzipped(reply.body) if "gzip" in packed and reply.body else reply.body
    if not out.strip():
        raise PollError("the answer is empty")
    return out.replace(hop.secret.encode(), b"...") if _is_long(hop.secret) else out


def hush(hop: Hop, reply: Reply) -> None:
    """Take the secret of the hop out of what the reply tells beside its body: servers repeat what they refuse."""
    if _is_long(hop.secret):
        reply.headers = {name: value.replace(hop.secret, "...") for name, value in reply.headers.items()}


def _is_long(secret: str | None) -> TypeGuard[str]:
    return secret is not None and len(secret) >= SHORTEST_SECRET


def _unzipped(rest: bytes) -> bytes:
    """All members of a gzip, never more than MOST_BYTES."""
    out = bytearray()
    try:
        for _ in range(MOST_MEMBERS):
            packing = zlib.decompressobj(zlib.MAX_WBITS | 16)
            out += packing.decompress(rest, MOST_BYTES + 1 - len(out))
            if len(out) > MOST_BYTES:
                raise PollError(f"the body is larger than {MOST_BYTES // 10**6} MB")
            if not packing.eof:
                raise PollError("the packed body broke off")
            rest = packing.unused_data
            if not rest:
                return bytes(out)
    except zlib.error:
        raise PollError("the body says that it is gzip, and is none") from None
    raise PollError(f"the body is packed in more than {MOST_MEMBERS} pieces")


def is_passing(reply: Reply) -> bool:
    """Whether a further try within this run may help: timeouts, the DNS, broken answers, 5xx without a wish to wait."""
    if not reply.is_whole:
        return reply.failure in PASSING
    return (reply.status or 0) >= 500 and reply.status != 503 and "retry-after" not in reply.headers


def pause(reply: Reply) -> float:
    """The pause in seconds that keeps to a tenth of the limit which a host publishes (RateLimit-Policy), else 0.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """
    stated = _POLICY.match(reply.headers.get("ratelimit-policy", ""))
    if stated is None:
        return 0.0
    return min(10 * int(stated[2]) / max(int(stated[1]), 1), LONGEST_PAUSE)


def trouble(url: str, reply: Reply, seconds: float) -> str | None:
    """Why a reply is of no use, as a sentence for the operator; None for one that is."""
    host = place(url)
    if reply.failure is not None and not reply.is_whole:
        detail = f": {plain(reply.detail)[:200]}" if reply.detail else ""
        return _SENTENCES[reply.failure].format(host=host, seconds=seconds, most=MOST_BYTES // 10**6) + detail
    if "challenge" in reply.headers.get("cf-mitigated", "").lower():
        return f"{host} answers with a challenge for browsers (HTTP {reply.status}, Cloudflare)"
    if reply.status in (200, 304):
        return None
    return f"{host} answers HTTP {reply.status} {_phrase(reply.status)}".rstrip()


def _phrase(status: int | None) -> str:
    try:
        return HTTPStatus(status or 0).phrase
    except ValueError:
        return ""


_SENTENCES = {
    Failure.TIMEOUT: "{host} gave no whole answer within {seconds:g} s",
    Failure.UNKNOWN_HOST: "{host} is not known to the DNS",
    Failure.REFUSED: "{host} refuses the connection",
    Failure.BROKEN: "{host} broke off its answer",
    Failure.UNTRUSTED: "{host} has no certificate to be trusted",
    Failure.PRIVATE: "{host} is a private address, where this source may not go (`allow_private: true` lets it)",
    Failure.TOO_LARGE: "{host} sends more than {most} MB",
    Failure.UNREACHABLE: "{host} cannot be reached",
}
