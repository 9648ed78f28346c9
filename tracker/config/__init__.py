"""feeds.yaml -> vendors and sources; a mistake is named by file, line, vendor and source.

nodes (the file, with its lines) -> values (what each means) -> vendors, sources and watches; ``mistakes`` collects all
that is wrong, with the nearest right word. Secrets are never written in the file, only their names, and no message
repeats what may be one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tracker.config import nodes
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
    return _read(path, platforms)[0]


def load_watches(path: Path, platforms: tuple[str, ...]) -> Mapping[str, Watch]:
    """The filters under ``watch:`` by name, in the order of the file. ConfigError as for ``load``."""
    return {watch.name: watch for watch in _read(path, platforms)[1]}


def _read(path: Path, platforms: tuple[str, ...]) -> tuple[tuple[Vendor, ...], tuple[Watch, ...]]:
    root = nodes.read(path)
    mistakes = Mistakes(path)
    fields = _parts(root, mistakes)
    vendors = tuple(_vendors(fields.get("vendors"), platforms, mistakes))
    watches = tuple(_watches(fields.get("watch"), vendors, mistakes))
    mistakes.tell()
    return vendors, watches


def starter() -> str:
    """The small feeds.yaml that ``tracker init`` writes."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")


def _parts(root: Node | None, mistakes: Mistakes) -> dict[str, Node]:
    """What the file holds: ``vendors``, and ``watch`` where somebody filters."""
    if root is None or (isinstance(root, Text) and root.is_nothing):
        mistakes.add(1, "", "the file is empty; remove it, and `tracker init` writes a starter")
        return {}
    fields = _fields(root, ("vendors", "watch"), "", mistakes)
    if fields is not None and "vendors" not in fields:
        mistakes.add(root.line, "", "no `vendors:` in it; all vendors stand under that word")
    return fields or {}


def _named(
    key: str, listed: Node | None, noun: str, right: str, mistakes: Mistakes
) -> Iterator[tuple[str, str, Node]]:  # fmt: skip
    """(name, what a message calls it, its node) of all that stands under a key of the file."""
    if listed is None:
        return
    if not isinstance(listed, Table) or not listed.pairs:
        held = f"no {noun}" if isinstance(listed, Table) else shape_of(listed)
        mistakes.add(listed.line, "", f"`{key}:` holds {held}; right is {right}")
        return
    for name, line, node in _entries(listed, noun, "", mistakes):
        where = f"{noun} {name if is_slug(name) else quoted(name)}"
        if not is_slug(name):
            mistakes.add(line, where, f"{SLUG_RULE}{slug_hint(name)}")
        yield name, where, node


def _vendors(listed: Node | None, platforms: tuple[str, ...], mistakes: Mistakes) -> Iterator[Vendor]:
    for slug, where, node in _named("vendors", listed, "vendor", "`github:` with its sources", mistakes):
        yield _vendor(slug, where, node, platforms, mistakes)


def _watches(listed: Node | None, vendors: tuple[Vendor, ...], mistakes: Mistakes) -> Iterator[Watch]:
    right = "`payments: {vendors: [github], severity: major}`"
    slugs = [vendor.slug for vendor in vendors]
    readers = {**WATCH_KEYS, "vendors": lambda node: several_of(node, slugs)}
    for name, where, node in _named("watch", listed, "watch", right, mistakes):
        fields = _fields(node, WATCH_KEYS, where, mistakes)
        if fields is not None:
            yield Watch(name=name, **_values(fields, readers, where, mistakes))


def _vendor(slug: str, where: str, node: Node, platforms: tuple[str, ...], mistakes: Mistakes) -> Vendor:
    fields = _fields(node, ("sources", *VENDOR_KEYS), where, mistakes) or {}
    listed = fields.pop("sources", None)
    values = _values(fields, VENDOR_KEYS, where, mistakes)
    sources: tuple[Source, ...] = ()
    if isinstance(listed, List) and listed.items:
        sources = tuple(_sources(slug, where, listed, platforms, mistakes))
    elif listed is not None:
        held = "nothing" if isinstance(listed, List) else shape_of(listed)
        mistakes.add(listed.line, where, f"`sources:` holds {held}; right is a list: `- {{platform: …, page: …}}`")
    elif isinstance(node, Table):
        mistakes.add(node.line, where, "has no `sources:`; without one there is nothing to poll")
    return Vendor(slug=slug, name=values.get("name", slug), homepage=values.get("homepage"), sources=sources)


def _sources(
    slug: str, vendor: str, listed: List, platforms: tuple[str, ...], mistakes: Mistakes
) -> Iterator[Source]:  # fmt: skip
    """The right sources of a vendor, no two with one id and no two with one address."""
    ids: dict[str, int] = {}
    addresses: dict[tuple[Any, ...], int] = {}
    for number, node in enumerate(listed.items, 1):
        where = f"{vendor}, source {_name_of(node, slug) or number}"
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
    slug: str, node: Node, platforms: tuple[str, ...], where: str, mistakes: Mistakes
) -> Source | None:  # fmt: skip
    """One source, None where something in it is wrong (then it is told)."""
    before = len(mistakes.found)
    fields = _fields(node, SOURCE_KEYS, where, mistakes)
    if fields is None:
        return None
    values = _values(fields, {**SOURCE_KEYS, "platform": lambda text: platform(text, platforms)}, where, mistakes)
    if "platform" not in fields:
        mistakes.add(node.line, where, f"has no `platform:`; {hint('', platforms)}")
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


def _fields(node: Node, known: Iterable[str], where: str, mistakes: Mistakes) -> dict[str, Node] | None:
    """The values of a mapping by its known keys; None where it is no mapping."""
    known = tuple(known)
    if not isinstance(node, Table):
        mistakes.add(node.line, where, f"{shape_of(node)} where `{known[0]}: …` was awaited")
        return None
    fields: dict[str, Node] = {}
    for key, line, value in _entries(node, "key", where, mistakes):
        if key not in known:
            # A key that is no word may be a secret that was written as token=SECRET: it is not repeated.
            said = f" {key!r}" if re.fullmatch(r"[A-Za-z_-]{1,24}", key) else ""
            mistakes.add(line, where, f"unknown key{said}; {hint(key, known)}")
        else:
            fields[key] = value
    return fields


def _entries(node: Table, noun: str, where: str, mistakes: Mistakes) -> Iterator[tuple[str, int, Node]]:
    """(key, its line, value), each key once."""
    first: dict[str, int] = {}
    for key, value in node.pairs:
        if not isinstance(key, Text):
            mistakes.add(key.line, where, f"{shape_of(key)} where the name of a {noun} was awaited")
        elif key.text in first:
            mistakes.add(key.line, where, f"{noun} {quoted(key.text)} is in line {first[key.text]} already")
        else:
            first[key.text] = key.line
            yield key.text, key.line, value


def _values(
    fields: Mapping[str, Node], readers: Mapping[str, Callable[[Any], Any]], where: str, mistakes: Mistakes
) -> dict[str, Any]:  # fmt: skip
    """What the fields mean; a wrong one is told and left out."""
    values: dict[str, Any] = {}
    for key, node in fields.items():
        try:
            values[key] = readers[key](node)
        except Wrong as wrong:
            mistakes.add(node.line, where, f"`{key}` {wrong}")
    return values
