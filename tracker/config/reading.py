"""feeds.yaml -> vendors, sources and watches; a mistake is named by file, line, vendor and source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tracker.config import nodes
from tracker.config.files import contents
from tracker.config.mistakes import Mistakes, Wrong, hint, quoted, shape_of
from tracker.config.nodes import List, Node, Table, Text
from tracker.config.values import (
    SLUG_RULE,
    SOURCE_KEYS,
    VENDOR_KEYS,
    WATCH_KEYS,
    is_slug,
    platform,
    several_of,
    slug_hint,
)
from tracker.models import Source, Vendor, Watch


def load(path: Path, platforms: tuple[str, ...]) -> tuple[Vendor, ...]:
    """The vendors of the file, in its order; ``platforms`` are the names that a source may ask for.

    ConfigError tells every mistake, a line each, in the order of the file.
    """
    return parse(path, contents(path), platforms)


def parse(path: Path, data: bytes, platforms: tuple[str, ...]) -> tuple[Vendor, ...]:
    """The same of a file that holds ``data``."""
    return _read(path, data, platforms)[0]


def load_watches(path: Path, platforms: tuple[str, ...]) -> Mapping[str, Watch]:
    """The filters under ``watch:`` by name, in the order of the file. ConfigError as for ``load``."""
    return {watch.name: watch for watch in _read(path, contents(path), platforms)[1]}


def _read(path: Path, data: bytes, platforms: tuple[str, ...]) -> tuple[tuple[Vendor, ...], tuple[Watch, ...]]:
    root, file = nodes.read(path, data), _File(path, platforms)
    fields = file.parts(root)
    vendors = tuple(file.vendors(fields.get("vendors")))
    watches = tuple(file.watches(fields.get("watch"), vendors))
    file.mistakes.tell()
    return vendors, watches


def starter() -> str:
    """The small feeds.yaml that ``tracker init`` writes."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")


class _File:
    """One feeds.yaml: what it says, and all that is wrong in it."""

    def __init__(self, path: Path, platforms: tuple[str, ...]) -> None:
        self.mistakes = Mistakes(path)
        self._wrong = self.mistakes.add
        self._platforms = platforms
        self._source_readers = {**SOURCE_KEYS, "platform": lambda node: platform(node, platforms)}

    def parts(self, root: Node | None) -> dict[str, Node]:
        """What the file holds: ``vendors``, and ``watch`` where somebody filters."""
        if root is None or (isinstance(root, Text) and root.is_nothing):
            self._wrong(1, "", "the file is empty; remove it, and `tracker init` writes a starter")
            return {}
        fields = self._fields(root, ("vendors", "watch"), "")
        if fields is not None and "vendors" not in fields:
            self._wrong(root.line, "", "no `vendors:` in it; all vendors stand under that word")
        return fields or {}

    def vendors(self, listed: Node | None) -> Iterator[Vendor]:
        """The vendors under ``vendors:``, with the sources that are right."""
        right = "`github:` with its sources, indented below it"
        for slug, where, node in self._named("vendors", listed, "vendor", right):
            yield self._vendor(slug, where, node)

    def watches(self, listed: Node | None, vendors: tuple[Vendor, ...]) -> Iterator[Watch]:
        """The filters under ``watch:``, which name vendors of these."""
        right = "`payments: {vendors: [github], severity: major}`"
        slugs = [vendor.slug for vendor in vendors]
        readers = {**WATCH_KEYS, "vendors": lambda node: several_of(node, slugs)}
        for name, where, node in self._named("watch", listed, "watch", right):
            fields = self._fields(node, WATCH_KEYS, where)
            if fields is not None:
                yield Watch(name=name, **self._values(fields, readers, where))

    def _named(self, key: str, listed: Node | None, noun: str, right: str) -> Iterator[tuple[str, str, Node]]:
        """(name, what a message calls it, its node) of all that stands under a key of the file."""
        if listed is None:
            return
        if not isinstance(listed, Table) or not listed.pairs:
            held = f"no {noun}" if isinstance(listed, Table) else shape_of(listed)
            self._wrong(listed.line, "", f"`{key}:` holds {held}; right is {right}")
            return
        for name, line, node in self._entries(listed, noun, ""):
            where = f"{noun} {name if is_slug(name) else quoted(name)}"
            if not is_slug(name):
                self._wrong(line, where, f"{SLUG_RULE}{slug_hint(name)}")
            yield name, where, node

    def _vendor(self, slug: str, where: str, node: Node) -> Vendor:
        fields = self._fields(node, ("sources", *VENDOR_KEYS), where) or {}
        listed = fields.pop("sources", None)
        values = self._values(fields, VENDOR_KEYS, where)
        sources: tuple[Source, ...] = ()
        if isinstance(listed, List) and listed.items:
            sources = tuple(self._sources(slug, where, listed))
        elif listed is not None:
            held = "nothing" if isinstance(listed, List) else shape_of(listed)
            self._wrong(listed.line, where, f"`sources:` holds {held}; right is a list: `- {{platform: …, page: …}}`")
        elif isinstance(node, Table):
            self._wrong(node.line, where, "has no `sources:`; without one there is nothing to poll")
        return Vendor(slug=slug, name=values.get("name", slug), homepage=values.get("homepage"), sources=sources)

    def _sources(self, slug: str, vendor: str, listed: List) -> Iterator[Source]:
        """The right sources of a vendor, no two with one id and no two with one address."""
        ids: dict[str, int] = {}
        addresses: dict[tuple[Any, ...], int] = {}
        for number, node in enumerate(listed.items, 1):
            where = f"{vendor}, source {_name_of(node, slug) or number}"
            source = self._source(slug, node, where)
            if source is None:
                continue
            if source.id in ids:
                own = _key(node, "id") is not None
                remedy = "an id names one source" if own else f"a second {source.platform} source needs its own `id:`"
                self._wrong(node.line, where, f"the id is that of line {ids[source.id]}; {remedy}")
            address = (source.platform, source.place, source.components)
            if address in addresses:
                self._wrong(node.line, where, f"the same channel is in line {addresses[address]}; remove one")
            ids.setdefault(source.id, node.line)
            addresses.setdefault(address, node.line)
            yield source

    def _source(self, slug: str, node: Node, where: str) -> Source | None:
        """One source, None where something in it is wrong (then it is told)."""
        before = len(self.mistakes.found)
        fields = self._fields(node, SOURCE_KEYS, where)
        if fields is None:
            return None
        values = self._values(fields, self._source_readers, where)
        if "platform" not in fields:
            self._wrong(node.line, where, f"has no `platform:`; {hint('', self._platforms)}")
        given = [key for key in ("page", "account", "url") if key in fields]
        if len(given) != 1:
            says = " and ".join(f"`{key}:`" for key in given) or "nothing"
            self._wrong(node.line, where, f"says {says} of where it speaks; right is one of page:, account: or url:")
        if len(self.mistakes.found) > before:
            return None
        full_id = f"{slug}/{values.pop('id', None) or values['platform']}"
        if values.get("formerly") in (full_id, values[given[0]]):
            self._wrong(fields["formerly"].line, where, "`formerly` is what it is now; right is the old address or id")
        return Source(id=full_id, vendor=slug, **values)

    def _fields(self, node: Node, known: Iterable[str], where: str) -> dict[str, Node] | None:
        """The values of a mapping by its known keys; None where it is no mapping."""
        known = tuple(known)
        if not isinstance(node, Table):
            self._wrong(node.line, where, f"{shape_of(node)} where `{known[0]}: …` was awaited")
            return None
        fields: dict[str, Node] = {}
        for key, line, value in self._entries(node, "key", where):
            if key not in known:
                # A key that is no word may be a secret that was written as token=SECRET: it is not repeated.
                said = f" {key!r}" if re.fullmatch(r"[A-Za-z_-]{1,24}", key) else ""
                word = re.split("[:=]", key)[0]
                right = f"right is `{word}: …`, with a blank behind the colon" if word in known else hint(key, known)
                self._wrong(line, where, f"unknown key{said}; {right}")
            else:
                fields[key] = value
        return fields

    def _entries(self, node: Table, noun: str, where: str) -> Iterator[tuple[str, int, Node]]:
        """(key, its line, value), each key once."""
        first: dict[str, int] = {}
        for key, value in node.pairs:
            if not isinstance(key, Text):
                self._wrong(key.line, where, f"{shape_of(key)} where the name of a {noun} was awaited")
            elif key.text in first:
                self._wrong(key.line, where, f"{noun} {quoted(key.text)} is in line {first[key.text]} already")
            else:
                first[key.text] = key.line
                yield key.text, key.line, value

    def _values(
        self, fields: Mapping[str, Node], readers: Mapping[str, Callable[[Any], Any]], where: str
    ) -> dict[str, Any]:
        """What the fields mean; a wrong one is told and left out."""
        values: dict[str, Any] = {}
        for key, node in fields.items():
            try:
                values[key] = readers[key](node)
            except Wrong as wrong:
                self._wrong(node.line, where, f"`{key}` {wrong}")
        return values


def _key(node: Node, key: str) -> str | None:
    """The text under a key, before anything is checked."""
    pairs = node.pairs if isinstance(node, Table) else ()
    for name, value in pairs:
        if isinstance(name, Text) and name.text == key and isinstance(value, Text) and value.text:
            return value.text
    return None


def _name_of(node: Node, slug: str) -> str | None:
    """What the source would be called in a message, None where its entry does not say."""
    word = _key(node, "id") or _key(node, "platform")
    return f"{slug}/{word}" if word and is_slug(slug) and re.fullmatch(r"[\w-]{1,40}", word) else None
