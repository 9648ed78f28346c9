"""feeds.yaml as nodes with their lines: texts, lists and tables. The only home of yaml.

Nothing of it becomes an object: a text stays as it is written (a vendor ``no`` is no boolean), and nothing in the file
can be executed, repeated by reference or nested without end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker.errors import ConfigError

if TYPE_CHECKING:
    from yaml.events import Event, NodeEvent

MAX_DEPTH = 10  # the deepest right file has 6: file, vendors, vendor, sources, source, components

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # YAML 1.1, 5.1
_TAB = re.compile(r"^ *\t[ \t]*[^\s#]", re.MULTILINE)

# In our words: libyaml and the Python of the same library call one mistake by different names.
_NOT_YAML = (
    "not YAML: here or just above, a line is indented otherwise than its neighbours, or a bracket, a quote, a colon or "
    "the blank after it is missing or too many; a value that begins with @ or * or holds ': ' or ' #' needs quotes"
)


def read(path: Path, data: bytes) -> Node | None:
    """The node of the only document in the file, None for a file that says nothing. ConfigError where it is no YAML."""
    return _Parser(path, _text_of(path, data)).root()


class Text(NamedTuple):
    """A scalar as it is written."""

    line: int
    text: str
    plain: bool  # written without quotes

    @property
    def is_nothing(self) -> bool:
        """True for what YAML takes for null."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class List(NamedTuple):
    """A sequence, in its order."""

    line: int
    items: tuple[Node, ...]


class Table(NamedTuple):
    """A mapping, in its order; a key may come twice."""

    line: int
    pairs: tuple[tuple[Node, Node], ...]


Node = Text | List | Table


def _text_of(path: Path, data: bytes) -> str:
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
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self._loader = loader
        self._next: Callable[[], Event] = loader.get_event

    def root(self) -> Node | None:
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
            mark, what = error.problem_mark, _NOT_YAML
            if error.context == "while scanning a quoted scalar":  # the file, or the document, ends within it
                mark, what = error.context_mark, "not YAML: the quote that begins here has no end"
            raise ConfigError(f"{self._path}:{mark.line + 1 if mark else 1}: {what}") from None
        except (ValueError, OverflowError):  # in Python, for an escape such as \UFFFFFFFF, which is no character
            raise ConfigError(f"{self._path}:{self._loader.line + 1}: {_NOT_YAML}") from None
        return node

    def _refused(self, event: Event, what: str) -> ConfigError:
        return ConfigError(f"{self._path}:{_line(event)}: {what}")

    def _node(self, event: Any, depth: int = 1) -> Node:
        yaml, kind = self._yaml, type(event)
        if kind is yaml.AliasEvent:
            raise self._refused(event, "a reference (*name) is not understood here; write the value out")
        if depth > MAX_DEPTH:
            raise self._refused(event, "nested too deep")
        if event.tag not in (None, "!"):  # "!" is what a quoted text carries
            raise self._refused(event, "a tag (!name) is not understood here; write only the value")
        if kind is yaml.ScalarEvent:
            return Text(_line(event), event.value, event.style in (None, ""))
        if kind is yaml.SequenceStartEvent:
            return List(_line(event), tuple(self._until(yaml.SequenceEndEvent, depth)))
        inside = self._until(yaml.MappingEndEvent, depth)
        return Table(_line(event), tuple(zip(inside[::2], inside[1::2], strict=True)))

    def _until(self, end: type[NodeEvent] | Any, depth: int) -> list[Node]:
        inside = []
        while type(event := self._next()) is not end:
            inside.append(self._node(event, depth + 1))
        return inside


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
