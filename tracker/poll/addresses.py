"""Addresses: how they go over the wire, how they are shown, which host bears their load, and where a hop may go."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit, urlunsplit

from tracker.errors import PollError
from tracker.models import Request

SHARED_HOSTS = (  # hosted status pages: one back end behind many names
    "statuspage.io",
    "instatus.com",
    "betteruptime.com",
    "freshstatus.io",
    "hund.io",
    "sorryapp.com",
    "status.io",
    "statuspal.io",
    "statuspal.eu",
    "site24x7statusiq.com",
    "uptimerobot.com",
    "zendesk.com",
    "tumblr.com",
    "wordpress.com",
    "blogspot.com",
)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all other addresses of IPv6 are for private or odd uses
_INSIDE = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("168.63.129.16/32"))  # protocols, Azure's host
MOST_ADDRESS = 8_000  # characters; what every server should take (RFC 9110, 4.1)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_HOST = re.compile(r"[^\w.:-]")


def address(url: str) -> str:
    """An address as it goes over the wire: http or https, a host in ASCII, no fragment, not too long.

    PollError for any other.
    """
    if CONTROL.search(url):
        raise PollError("the address holds control characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme not in ("http", "https") or _NO_HOST.search(host) or not host.strip("."):
            raise PollError(f"{shown(url)} is no http or https address")
        if parts.username is not None or parts.password is not None:
            raise PollError(f"the address at {host} holds a user name or password; secrets go into `token`, by name")
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise PollError(f"{shown(url)} is no address") from None
    place = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    netloc = place if port is None else f"{place}:{port}"
    path = quote(parts.path or "/", safe="/:@!$&'()*+,;=~-._%")
    query = quote(parts.query, safe="/:@!$&'()*+,;=~-._%?[]")
    whole = urlunsplit((parts.scheme, netloc, path, query, ""))
    if len(whole) > MOST_ADDRESS:
        raise PollError(f"{shown(url)} is longer than {MOST_ADDRESS} characters")
    return whole


def shown(url: str) -> str:
    """An address for people: without user, password and what is asked for, which may hold secrets."""
    bare, question, _ = url.partition("?")
    scheme, slashes, rest = bare.partition("://")
    place, slash, path = rest.partition("/")
    told = f"{scheme}{slashes}{place.rpartition('@')[2]}{slash}{path}" if slashes else bare
    return plain(told)[:200] + ("?…" if question else "")


def plain(text: str) -> str:
    """A stranger's text for a message: ``?`` for what moves a cursor, breaks a line or turns the direction."""
    return "".join(mark if mark.isprintable() else "?" for mark in text)


def place(url: str) -> str:
    """Host and port for people."""
    return urlsplit(shown(url)).netloc


def host_of(url: str) -> str:
    """The host that bears the load of an address: its name, or the common back end of hosted status pages."""
    try:
        name = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    return next((shared for shared in SHARED_HOSTS if name.endswith("." + shared)), name)


def is_public(ip: str) -> bool:
    """False for loopback, private, link-local, multicast and reserved addresses, also where IPv6 wraps them."""
    try:
        at = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(at, ipaddress.IPv6Address):
        wrapped = at.ipv4_mapped or at.sixtofour or (at.teredo and at.teredo[1]) or _translated(at)
        if wrapped:
            return is_public(str(wrapped))
        return at.is_global and at in _GLOBAL_UNICAST
    return at.is_global and not at.is_multicast and not any(at in network for network in _INSIDE)


def _translated(at: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address behind NAT64's well-known prefix (RFC 6052)."""
    return ipaddress.IPv4Address(int(at) & 0xFFFFFFFF) if at in _NAT64 else None


def may_be_private(request: Request, url: str) -> bool:
    """Whether this hop may go to a private address: the source allows it, or feeds.yaml itself names the address.

    Only an address written as a number, or localhost, is the operator's own word; a name is what its DNS says.
    """
    if request.allow_private:
        return True
    there, named = urlsplit(url), urlsplit(request.url)
    if there.netloc != named.netloc:
        return False
    return there.hostname == "localhost" or _is_number(there.hostname or "")


def is_near(host: str) -> bool:
    """Whether a host is this machine or one of its private networks, whatever the DNS says: no name but localhost."""
    return host == "localhost" or (_is_number(host) and not is_public(host))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
