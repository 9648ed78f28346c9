"""Rooms whose files are loaded when one of their names is first asked for: a poll without news judges nothing.

A room says which file each of its names is at home in, and sets its ``__getattr__`` to what this makes of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def on_demand(room: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of the package ``room``; ``homes`` are its names, each with the file that defines it."""

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{room}.{homes[name]}"), name)
        setattr(sys.modules[room], name, found)
        return found

    return find
