"""One value of feeds.yaml: a node to what it means, or ``Wrong`` with what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tracker.config.mistakes import Wrong, hint, nearest, quoted, shape_of
from tracker.config.nodes import List, Node, Text
from tracker.models import SEVERITIES, Phase

MIN_EVERY, MAX_EVERY = 30, 31 * 86_400
MAX_READS = 10_000_000
SLUG_RULE = "lower-case letters, digits and hyphens make a name"

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECRET_NAME = re.compile(r"\$([A-Z][A-Z0-9_]{0,99})")
_DURATION = re.compile(r"([0-9]{1,8})([smhd]?)")
_HOST = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]")  # a name (maybe with accents) or an IPv6 address
_MEANT = {"rss": "feed", "atom": "feed", "json": "feed", "twitter": "x", "instatus": "statuspage"}  # of a platform
_YES_OR_NO = ("true", "false", "yes", "no", "on", "off")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # what escapes in quotes can still bring in


def _words(node: Node) -> str:
    """A text that is not empty."""
    if not isinstance(node, Text) or node.is_nothing or not node.text.strip():
        raise Wrong(f"holds {shape_of(node) if not isinstance(node, Text) else 'nothing'}; right is a text")
    words = " ".join(node.text.split())
    if _CONTROL.search(words):
        raise Wrong("holds a control character; remove it")
    return words


def _word(node: Node) -> str:
    """A text without white space."""
    words = _words(node)
    if " " in words:
        raise Wrong(f"is {quoted(words)}; right is one word, without spaces")
    return words


def platform(node: Node, platforms: tuple[str, ...]) -> str:
    """The name of a platform that there is."""
    word = _words(node)
    if word not in platforms:
        raise Wrong(f"{quoted(word)} does not exist; {hint(_MEANT.get(word.lower(), word), platforms)}")
    return word


def is_slug(word: str) -> bool:
    """Whether a word may name a vendor, a watch or a source of its own."""
    return len(word) <= 80 and _SLUG.fullmatch(word) is not None


def slug_hint(word: str) -> str:
    """The name that was most likely meant, to go on with in a message; '' where there is nothing to guess."""
    right = "-".join(re.findall(r"[a-z0-9]+", word.casefold()))[:80]
    return f"; did you mean {right}?" if right else ""


def _own_id(node: Node) -> str:
    word = _words(node)
    if not is_slug(word):
        tail = word.rpartition("/")[2]
        raise Wrong(f"is {quoted(word)}; {SLUG_RULE}, the vendor is put before it{slug_hint(tail)}")
    return word


def _address(node: Node) -> str:
    """An http(s) address with a host and without a password."""
    text = _words(node)
    try:
        parts = urlsplit(text)
        host, port = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:
        raise Wrong("is no address; right is https://host/path") from None
    if "@" in parts.netloc:  # not repeated: what stands before the @ may be a secret
        raise Wrong("holds a name or password before the host; secrets are never written here")
    if parts.scheme not in ("http", "https"):
        raise Wrong(f"is {_shown(text)}not an address that begins with https://{_address_hint(text)}")
    if " " in text or "\\" in text:
        raise Wrong(f"is {_shown(text)}but an address holds no spaces and no backslashes")
    if port is not None:
        host = host.rpartition(":")[0]
    if not _HOST.fullmatch(host) or not host.strip(".") or ".." in host:
        raise Wrong(f"is {_shown(text)}without a host; right is https://host/path")
    return text


def _shown(text: str) -> str:
    """An address for a message, without what may be a secret in it: a password, a query."""
    return "" if "@" in text else f"{quoted(text.split('?')[0])}, "


def _address_hint(text: str) -> str:
    whole = re.fullmatch(r"(?:\w{1,8}:/*)?((?:[\w-]+\.)+[a-z]{2,20}(?:/[^\s@?]*)?)", text)
    return f"; did you mean https://{whole[1]}?" if whole and not text.startswith("file:") else ""


def _seconds(node: Node) -> int:
    """``30s``, ``10m``, ``2h``, ``1d`` or whole seconds, as seconds."""
    text = _words(node)
    found = _DURATION.fullmatch(text)
    if not found:
        raise Wrong(f"is {quoted(text)}; right is a time such as 30s, 10m, 2h, 1d or whole seconds")
    seconds = int(found[1]) * _UNITS[found[2]]
    if not MIN_EVERY <= seconds <= MAX_EVERY:
        limit = "shortest is 30s" if seconds < MIN_EVERY else "longest is 31d"
        unit = "" if found[2] else ", which are seconds"
        raise Wrong(f"is {quoted(text)}{unit}; the {limit}")
    return seconds


def _timezone(node: Node) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    name = _words(node)
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones()))
        right = f"did you mean {near}?" if near else "right is a name such as Europe/Paris or UTC"
        raise Wrong(f"{quoted(name)} does not exist; {right}") from None
    return name


def _items(node: Node, right: str) -> tuple[Node, ...]:
    """What stands in a list that is not empty."""
    if not isinstance(node, List) or not node.items:
        holds = "an empty list" if isinstance(node, List) else "no list"
        raise Wrong(f"holds {holds}; right is {right}")
    return node.items


def _components(node: Node) -> tuple[str, ...]:
    return tuple(map(_words, _items(node, "[API, Website]")))


def _patterns(node: Node) -> tuple[str, ...]:
    return tuple(map(_words, _items(node, 'such as ["API*", Website]')))


def several_of(node: Node, choices: Iterable[str]) -> tuple[str, ...]:
    """A list of words, each one of those that exist."""
    choices = tuple(choices)
    right = f"such as [{choices[0] if choices else 'github'}]"
    return tuple(_one_of(item, choices) for item in _items(node, right))


def _one_of(node: Node, choices: tuple[str, ...]) -> str:
    word = _words(node)
    if word not in choices:
        raise Wrong(f"{quoted(word)} is not known; {hint(word, choices[:20])}")
    return word


def _phases(node: Node) -> tuple[Phase, ...]:
    return tuple(Phase(word) for word in several_of(node, [str(phase) for phase in Phase]))


def _secret_name(node: Node) -> str:
    """The name of an environment variable. What is wrong here may be a secret, so it is never repeated."""
    found = _SECRET_NAME.fullmatch(node.text) if isinstance(node, Text) else None
    if not found:
        raise Wrong(
            "is not the name of an environment variable; right is such as $TRACKER_X_TOKEN, "
            "and a secret that was written here should be revoked"
        )
    return found[1]


def _count(node: Node) -> int:
    text = _words(node).replace("_", "")
    if not re.fullmatch(r"[0-9]{1,8}", text) or not 1 <= int(text) <= MAX_READS:
        raise Wrong(f"is {quoted(text)}; right is a whole number such as 2000")
    return int(text)


def _flag(node: Node) -> bool:
    text = node.text.lower() if isinstance(node, Text) and node.plain else ""
    if text not in ("true", "false"):
        raise Wrong("is neither true nor false")
    return text == "true"


def _reason(node: Node) -> str:
    """Why, in words: a mere yes would leave everybody to guess, and a no would be taken for a yes."""
    words = _words(node)
    if isinstance(node, Text) and node.plain and words.lower() in _YES_OR_NO:
        raise Wrong(f"is {quoted(words)}; right is why it cannot be read, in words, or to leave it out")
    return words


# Which platforms and vendors there are is not known here: `platform` and `vendors` are read by those who know.
_Keys = Mapping[str, Callable[[Node], Any]]
VENDOR_KEYS: _Keys = {"name": _words, "homepage": _address}
SOURCE_KEYS: _Keys = {
    "platform": _words, "id": _own_id, "page": _address, "account": _word, "url": _address, "every": _seconds,
    "timezone": _timezone, "components": _components, "token": _secret_name, "monthly_reads": _count,
    "formerly": _word, "allow_private": _flag, "silent": _reason,
}  # fmt: skip
WATCH_KEYS: _Keys = {
    "vendors": _patterns, "components": _patterns, "regions": _patterns,
    "severity": lambda node: _one_of(node, SEVERITIES), "phases": _phases,
}  # fmt: skip
