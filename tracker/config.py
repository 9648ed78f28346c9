"""feeds.yaml -> vendors and sources; a mistake is named by file, line, vendor and source.

The file is read as nodes with their lines, never as objects: a text stays as it is written (a vendor ``no`` is
no boolean), and nothing in the file can be executed, repeated by reference or nested without end. All mistakes of
a file are told at once, with the nearest right word. Secrets are never written in it, only their names, and
no message repeats what may be one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tracker.errors import ConfigError
from tracker.models import SEVERITIES, Phase, Source, Vendor, Watch

if TYPE_CHECKING:
    from yaml.events import Event, NodeEvent

MAX_BYTES = 1_000_000
MAX_DEPTH = 10  # the deepest right file has 6: file, vendors, vendor, sources, source, components
MAX_TOLD, MAX_FOUND = 40, 1_000  # mistakes in one error; mistakes after which reading on helps nobody
MAX_TEXT = 2_000  # characters of one value
MIN_EVERY, MAX_EVERY = 30, 31 * 86_400
MAX_READS = 10_000_000

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECRET_NAME = re.compile(r"\$([A-Z][A-Z0-9_]{0,99})")
_DURATION = re.compile(r"([0-9]{1,8})([smhd]?)")
_HOST = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]")  # a name (maybe with accents) or an IPv6 address
_SLUG_RULE = "lower-case letters, digits and hyphens make a name"
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # YAML 1.1, 5.1
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # what escapes in quotes can still bring in
_TAB = re.compile(r"^ *\t[ \t]*[^\s#]", re.MULTILINE)

# In our words: libyaml and the Python of the same library call one mistake by different names.
_NOT_YAML = (
    "not YAML: here or just above, a bracket, a quote or a colon is missing or too many; "
    "a value that begins with @ or holds ': ' or ' #' needs quotes"
)


def load(path: Path, platforms: tuple[str, ...]) -> tuple[Vendor, ...]:
    """The vendors of the file, in its order; ``platforms`` are the names that a source may ask for.

    ConfigError tells every mistake, a line each, in the order of the file.
    """
    return _read(path, platforms)[0]


def load_watches(path: Path, platforms: tuple[str, ...]) -> Mapping[str, Watch]:
    """The filters under ``watch:`` by name, in the order of the file. ConfigError as for ``load``."""
    return {watch.name: watch for watch in _read(path, platforms)[1]}


def _read(path: Path, platforms: tuple[str, ...]) -> tuple[tuple[Vendor, ...], tuple[Watch, ...]]:
    root = _Parser(path, _text_of(path)).root()
    mistakes = _Mistakes(path)
    fields = _parts(root, mistakes)
    vendors = tuple(_vendors(fields.get("vendors"), platforms, mistakes))
    watches = tuple(_watches(fields.get("watch"), vendors, mistakes))
    mistakes.tell()
    return vendors, watches


def starter() -> str:
    """The small feeds.yaml that ``tracker init`` writes."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")


# --- the file as nodes with lines ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    line: int
    text: str
    plain: bool  # written without quotes

    @property
    def is_nothing(self) -> bool:
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class _List:
    line: int
    items: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Mapping:
    line: int
    pairs: tuple[tuple[_Node, _Node], ...]


_Node = _Text | _List | _Mapping


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `tracker init` writes a starter") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: is a folder; name the file in it") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES:,} bytes; that is no list of vendors")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save it as UTF-8") from None
    for pattern, what in (
        (_FORBIDDEN, "a control character; remove it"),
        (_TAB, "a tab in the indentation; YAML is indented with spaces"),
    ):
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise ConfigError(f"{path}:{line}: {what}")
    return text


class _Parser:
    """YAML's events -> nodes. One document, no references, no tags, a bounded depth."""

    def __init__(self, path: Path, text: str) -> None:
        import yaml

        self._path = path
        self._yaml = yaml
        # libyaml is ten times as fast; where it was not built in, the same events come from Python.
        self._events: Iterator[Event] = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def root(self) -> _Node | None:
        """The node of the only document; None for a file that says nothing."""
        try:
            self._next()
            if isinstance(self._next(), self._yaml.StreamEndEvent):
                return None
            node = self._node(self._next())
            self._next()
            if not isinstance(after := self._next(), self._yaml.StreamEndEvent):
                raise self._refused(after, "a second document begins; keep all vendors in one")
        except self._yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise ConfigError(f"{self._path}:{mark.line + 1 if mark else 1}: {_NOT_YAML}") from None
        return node

    def _next(self) -> Event:
        return next(self._events)

    def _refused(self, event: Event, what: str) -> ConfigError:
        return ConfigError(f"{self._path}:{_line(event)}: {what}")

    def _node(self, event: Event, depth: int = 1) -> _Node:
        yaml = self._yaml
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise self._refused(event, "a reference (*name) is not understood here; write the value out")
        if depth > MAX_DEPTH:
            raise self._refused(event, "nested too deep")
        if getattr(event, "tag", None) not in (None, "!"):  # "!" is what a quoted text carries
            raise self._refused(event, "a tag (!name) is not understood here; write only the value")
        if isinstance(event, yaml.ScalarEvent):
            return _Text(line, event.value, event.style in (None, ""))
        if isinstance(event, yaml.SequenceStartEvent):
            return _List(line, tuple(self._until(yaml.SequenceEndEvent, depth)))
        inside = self._until(yaml.MappingEndEvent, depth)
        return _Mapping(line, tuple(zip(inside, inside, strict=True)))

    def _until(self, end: type[NodeEvent] | Any, depth: int) -> Iterator[_Node]:
        while not isinstance(event := self._next(), end):
            yield self._node(event, depth + 1)


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


# --- what is wrong, and what would be right -----------------------------------------------------------------


class _Wrong(Exception):
    """One value is wrong; the text says how, and what would be right."""


@dataclass(slots=True)
class _Mistakes:
    """All that is wrong in one file."""

    path: Path
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, where: str, what: str) -> None:
        if len(self.found) >= MAX_FOUND:
            self.tell()
        self.found.append((line, f"{self.path}:{line}: {where}{': ' if where else ''}{what}"))

    def tell(self) -> None:
        """ConfigError with a line for every mistake, where there is any."""
        told = [text for _, text in sorted(self.found, key=lambda mistake: mistake[0])]
        if len(told) > MAX_TOLD:
            told[MAX_TOLD:] = [f"{self.path}: and {len(told) - MAX_TOLD} more"]
        if told:
            raise ConfigError("\n".join(told))


def _nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was most likely meant, None where none is near."""
    from difflib import get_close_matches

    folded = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word[:100].casefold(), folded, 1, 0.6)
    return folded[near[0]] if near else None


def _hint(word: str, choices: Iterable[str]) -> str:
    choices = tuple(choices)
    near = _nearest(word, choices)
    return f"did you mean {near}?" if near else f"right {'is' if len(choices) == 1 else 'are'} {', '.join(choices)}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _called(slug: str) -> str:
    return f"vendor {slug if _SLUG.fullmatch(slug) and len(slug) <= 80 else _quoted(slug)}"


def _shape(node: _Node) -> str:
    if isinstance(node, _Text):
        return "nothing" if node.is_nothing else "a text"
    return "a list" if isinstance(node, _List) else "a mapping"


# --- file -> vendors -> sources -----------------------------------------------------------------------------


def _parts(root: _Node | None, mistakes: _Mistakes) -> dict[str, _Node]:
    """What the file holds: ``vendors``, and ``watch`` where somebody filters."""
    if root is None or (isinstance(root, _Text) and root.is_nothing):
        mistakes.add(1, "", "the file is empty; remove it, and `tracker init` writes a starter")
        return {}
    fields = _fields(root, ("vendors", "watch"), "", mistakes)
    if fields is not None and "vendors" not in fields:
        mistakes.add(root.line, "", "no `vendors:` in it; all vendors stand under that word")
    return fields or {}


def _vendors(listed: _Node | None, platforms: tuple[str, ...], mistakes: _Mistakes) -> Iterator[Vendor]:
    if listed is None:
        return
    if not isinstance(listed, _Mapping) or not listed.pairs:
        mistakes.add(listed.line, "", f"`vendors:` holds {_vendors_shape(listed)}; right is `github:` with its sources")
        return
    for slug, line, node in _entries(listed, "vendor", "", mistakes):
        if not _SLUG.fullmatch(slug) or len(slug) > 80:
            mistakes.add(line, _called(slug), f"{_SLUG_RULE}{_slug_hint(slug)}")
        yield _vendor(slug, node, platforms, mistakes)


def _watches(listed: _Node | None, vendors: tuple[Vendor, ...], mistakes: _Mistakes) -> Iterator[Watch]:
    if listed is None:
        return
    if not isinstance(listed, _Mapping) or not listed.pairs:
        held = "no watch" if isinstance(listed, _Mapping) else _shape(listed)
        right = "`payments: {vendors: [github], severity: major}`"
        mistakes.add(listed.line, "", f"`watch:` holds {held}; right is {right}")
        return
    readers = {**WATCH_KEYS, "vendors": lambda node: _of_list(node, [vendor.slug for vendor in vendors])}
    for name, line, node in _entries(listed, "watch", "", mistakes):
        where = f"watch {name if _SLUG.fullmatch(name) and len(name) <= 80 else _quoted(name)}"
        if not _SLUG.fullmatch(name) or len(name) > 80:
            mistakes.add(line, where, f"{_SLUG_RULE}{_slug_hint(name)}")
        fields = _fields(node, WATCH_KEYS, where, mistakes)
        if fields is not None:
            yield Watch(name=name, **_values(fields, readers, where, mistakes))


def _vendors_shape(node: _Node) -> str:
    return "no vendor" if isinstance(node, _Mapping) else _shape(node)


def _vendor(slug: str, node: _Node, platforms: tuple[str, ...], mistakes: _Mistakes) -> Vendor:
    where = _called(slug)
    fields = _fields(node, _VENDOR_KEYS, where, mistakes) or {}
    readers = {key: reader for key, reader in _VENDOR_KEYS.items() if reader is not None}
    values = _values(fields, readers, where, mistakes)
    sources: tuple[Source, ...] = ()
    listed = fields.get("sources")
    if isinstance(listed, _List) and listed.items:
        sources = tuple(_sources(slug, listed, platforms, mistakes))
    elif listed is not None:
        held = "nothing" if isinstance(listed, _List) else _shape(listed)
        mistakes.add(listed.line, where, f"`sources:` holds {held}; right is a list: `- {{platform: …, page: …}}`")
    elif isinstance(node, _Mapping):
        mistakes.add(node.line, where, "has no `sources:`; without one there is nothing to poll")
    return Vendor(slug=slug, name=values.get("name", slug), homepage=values.get("homepage"), sources=sources)


def _sources(slug: str, listed: _List, platforms: tuple[str, ...], mistakes: _Mistakes) -> Iterator[Source]:
    """The right sources of a vendor, no two with one id and no two with one address."""
    ids: dict[str, int] = {}
    addresses: dict[tuple[Any, ...], int] = {}
    for number, node in enumerate(listed.items, 1):
        where = f"{_called(slug)}, source {_name_of(node, slug) or number}"
        source = _source(slug, node, platforms, where, mistakes)
        if source is None:
            continue
        if source.id in ids:
            own = _key(node, "id") is not None
            remedy = "an id names one source" if own else f"a second {source.platform} source needs its own `id:`"
            mistakes.add(node.line, where, f"the id is that of line {ids[source.id]}; {remedy}")
        address = (source.platform, source.address.rstrip("/"), source.components)
        if address in addresses:
            mistakes.add(node.line, where, f"the same channel is in line {addresses[address]}; remove one")
        ids.setdefault(source.id, node.line)
        addresses.setdefault(address, node.line)
        yield source


def _source(
    slug: str, node: _Node, platforms: tuple[str, ...], where: str, mistakes: _Mistakes
) -> Source | None:  # fmt: skip
    """One source, None where something in it is wrong (then it is told)."""
    before = len(mistakes.found)
    fields = _fields(node, SOURCE_KEYS, where, mistakes)
    if fields is None:
        return None
    values = _values(fields, {**SOURCE_KEYS, "platform": lambda text: _platform(text, platforms)}, where, mistakes)
    if "platform" not in fields:
        mistakes.add(node.line, where, f"has no `platform:`; {_hint('', platforms)}")
    given = [key for key in ("page", "account", "url") if key in fields]
    if len(given) != 1:
        says = " and ".join(f"`{key}:`" for key in given) or "nothing"
        mistakes.add(node.line, where, f"says {says} of where it speaks; right is one of page:, account: or url:")
    if len(mistakes.found) > before:
        return None
    full_id = f"{slug}/{values.pop('id', None) or values['platform']}"
    if values.get("formerly") in (full_id, values[given[0]]):
        mistakes.add(fields["formerly"].line, where, "`formerly` is what it is now; right is the old address or id")
    return Source(id=full_id, vendor=slug, **values)


def _key(node: _Node, key: str) -> str | None:
    """The text under a key, before anything is checked."""
    pairs = node.pairs if isinstance(node, _Mapping) else ()
    for name, value in pairs:
        if isinstance(name, _Text) and name.text == key and isinstance(value, _Text) and value.text:
            return value.text
    return None


def _name_of(node: _Node, slug: str) -> str | None:
    """What the source would be called in a message, None where its entry does not say."""
    word = _key(node, "id") or _key(node, "platform")
    return f"{slug}/{word}" if word and _SLUG.fullmatch(slug) and re.fullmatch(r"[\w-]{1,40}", word) else None


def _fields(node: _Node, known: Iterable[str], where: str, mistakes: _Mistakes) -> dict[str, _Node] | None:
    """The values of a mapping by its known keys; None where it is no mapping."""
    known = tuple(known)
    if not isinstance(node, _Mapping):
        mistakes.add(node.line, where, f"{_shape(node)} where `{known[0]}: …` was awaited")
        return None
    fields: dict[str, _Node] = {}
    for key, line, value in _entries(node, "key", where, mistakes):
        if key not in known:
            # A key that is no word may be a secret that was written as token=SECRET: it is not repeated.
            said = f" {key!r}" if re.fullmatch(r"[A-Za-z_-]{1,24}", key) else ""
            mistakes.add(line, where, f"unknown key{said}; {_hint(key, known)}")
        else:
            fields[key] = value
    return fields


def _entries(node: _Mapping, noun: str, where: str, mistakes: _Mistakes) -> Iterator[tuple[str, int, _Node]]:
    """(key, its line, value), each key once."""
    first: dict[str, int] = {}
    for key, value in node.pairs:
        if not isinstance(key, _Text):
            mistakes.add(key.line, where, f"{_shape(key)} where the name of a {noun} was awaited")
        elif key.text in first:
            mistakes.add(key.line, where, f"{noun} {_quoted(key.text)} is in line {first[key.text]} already")
        else:
            first[key.text] = key.line
            yield key.text, key.line, value


def _values(
    fields: Mapping[str, _Node], readers: Mapping[str, Callable[[Any], Any]], where: str, mistakes: _Mistakes
) -> dict[str, Any]:  # fmt: skip
    """What the fields mean; a wrong one is told and left out."""
    values: dict[str, Any] = {}
    for key, node in fields.items():
        if key not in readers:
            continue
        try:
            values[key] = readers[key](node)
        except _Wrong as wrong:
            mistakes.add(node.line, where, f"`{key}` {wrong}")
    return values


# --- one value ----------------------------------------------------------------------------------------------


def _words(node: _Node) -> str:
    """A text that is not empty."""
    if not isinstance(node, _Text) or node.is_nothing or not node.text.strip():
        raise _Wrong(f"holds {_shape(node) if not isinstance(node, _Text) else 'nothing'}; right is a text")
    if len(node.text) > MAX_TEXT:
        raise _Wrong(f"is longer than {MAX_TEXT} characters")
    words = " ".join(node.text.split())
    if _CONTROL.search(words):
        raise _Wrong("holds a control character; remove it")
    return words


def _word(node: _Node) -> str:
    """A text without white space."""
    words = _words(node)
    if " " in words:
        raise _Wrong(f"is {_quoted(words)}; right is one word, without spaces")
    return words


def _platform(node: _Node, platforms: tuple[str, ...]) -> str:
    word = _words(node)
    if word not in platforms:
        raise _Wrong(f"{_quoted(word)} does not exist; {_hint(word, platforms)}")
    return word


def _slug_hint(word: str) -> str:
    right = "-".join(re.findall(r"[a-z0-9]+", word.casefold()))[:80]
    return f"; did you mean {right}?" if right else ""


def _own_id(node: _Node) -> str:
    word = _words(node)
    if not _SLUG.fullmatch(word) or len(word) > 80:
        tail = word.rpartition("/")[2]
        raise _Wrong(f"is {_quoted(word)}; {_SLUG_RULE}, the vendor is put before it{_slug_hint(tail)}")
    return word


def _address(node: _Node) -> str:
    """An http(s) address with a host and without a password."""
    text = _words(node)
    try:
        parts = urlsplit(text)
        host, port = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:
        raise _Wrong("is no address; right is https://host/path") from None
    if "@" in parts.netloc:  # not repeated: what stands before the @ may be a secret
        raise _Wrong("holds a name or password before the host; secrets are never written here")
    if parts.scheme not in ("http", "https"):
        raise _Wrong(f"is {_shown(text)}not an address that begins with https://{_address_hint(text)}")
    if " " in text or "\\" in text:
        raise _Wrong(f"is {_shown(text)}but an address holds no spaces and no backslashes")
    if port is not None:
        host = host.rpartition(":")[0]
    if not _HOST.fullmatch(host) or not host.strip(".") or ".." in host:
        raise _Wrong(f"is {_shown(text)}without a host; right is https://host/path")
    return text


def _shown(text: str) -> str:
    """An address for a message, without what may be a secret in it: a password, a query."""
    return "" if "@" in text else f"{_quoted(text.split('?')[0])}, "


def _address_hint(text: str) -> str:
    whole = re.fullmatch(r"(?:\w{1,8}:/*)?((?:[\w-]+\.)+[a-z]{2,20}(?:/[^\s@?]*)?)", text)
    return f"; did you mean https://{whole[1]}?" if whole and not text.startswith("file:") else ""


def _seconds(node: _Node) -> int:
    """``30s``, ``10m``, ``2h``, ``1d`` or whole seconds, as seconds."""
    text = _words(node)
    found = _DURATION.fullmatch(text)
    if not found:
        raise _Wrong(f"is {_quoted(text)}; right is a time such as 30s, 10m, 2h, 1d or whole seconds")
    seconds = int(found[1]) * _UNITS[found[2]]
    if not MIN_EVERY <= seconds <= MAX_EVERY:
        limit = "shortest is 30s" if seconds < MIN_EVERY else "longest is 31d"
        raise _Wrong(f"is {_quoted(text)}; the {limit}")
    return seconds


def _timezone(node: _Node) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    name = _words(node)
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        near = _nearest(name, sorted(available_timezones()))
        right = f"did you mean {near}?" if near else "right is a name such as Europe/Paris or UTC"
        raise _Wrong(f"{_quoted(name)} does not exist; {right}") from None
    return name


def _components(node: _Node) -> tuple[str, ...]:
    if not isinstance(node, _List) or not node.items:
        raise _Wrong("holds no list; right is [API, Website]")
    return tuple(_words(item) for item in node.items)


def _patterns(node: _Node) -> tuple[str, ...]:
    if not isinstance(node, _List) or not node.items:
        raise _Wrong('holds no list; right is such as ["API*", Website]')
    return tuple(_words(item) for item in node.items)


def _of_list(node: _Node, choices: Iterable[str]) -> tuple[str, ...]:
    """A list of words, each one of those that exist."""
    choices = tuple(choices)
    if not isinstance(node, _List) or not node.items:
        raise _Wrong(f"holds no list; right is such as [{choices[0] if choices else 'github'}]")
    return tuple(_one_of(item, choices) for item in node.items)


def _one_of(node: _Node, choices: tuple[str, ...]) -> str:
    word = _words(node)
    if word not in choices:
        raise _Wrong(f"{_quoted(word)} is not known; {_hint(word, choices[:20])}")
    return word


def _phases(node: _Node) -> tuple[Phase, ...]:
    return tuple(Phase(word) for word in _of_list(node, [str(phase) for phase in Phase]))


def _secret_name(node: _Node) -> str:
    """The name of an environment variable. What is wrong here may be a secret, so it is never repeated."""
    found = _SECRET_NAME.fullmatch(node.text) if isinstance(node, _Text) else None
    if not found:
        raise _Wrong(
            "is not the name of an environment variable; right is such as $TRACKER_X_TOKEN, "
            "and a secret that was written here should be revoked"
        )
    return found[1]


def _count(node: _Node) -> int:
    text = _words(node).replace("_", "")
    if not re.fullmatch(r"[0-9]{1,8}", text) or not 1 <= int(text) <= MAX_READS:
        raise _Wrong(f"is {_quoted(text)}; right is a whole number such as 2000")
    return int(text)


def _flag(node: _Node) -> bool:
    text = node.text.lower() if isinstance(node, _Text) and node.plain else ""
    if text not in ("true", "false"):
        raise _Wrong("is neither true nor false")
    return text == "true"


_VENDOR_KEYS: Mapping[str, Callable[[_Node], Any] | None] = {"name": _words, "homepage": _address, "sources": None}
SOURCE_KEYS: Mapping[str, Callable[[_Node], Any]] = {
    "platform": _words, "id": _own_id, "page": _address, "account": _word, "url": _address, "every": _seconds,
    "timezone": _timezone, "components": _components, "token": _secret_name, "monthly_reads": _count,
    "formerly": _word, "allow_private": _flag, "silent": _words,
}  # fmt: skip
WATCH_KEYS: Mapping[str, Callable[[_Node], Any]] = {
    "vendors": _patterns, "components": _patterns, "regions": _patterns,
    "severity": lambda node: _one_of(node, SEVERITIES), "phases": _phases,
}  # fmt: skip
