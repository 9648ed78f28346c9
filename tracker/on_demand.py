"""Rooms whose files are loaded when one of their names is first asked for: a poll without news judges nothing.

A room says which file each of its names is at home in, and sets its ``__getattr__`` to what this makes of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec


def on_demand(room: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of the package ``room``; ``homes`` are its names, each with the file that defines it."""

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{room}.{homes[name]}"), name)
        setattr(sys.modules[room], name, found)
        return found

    return find


def asleep(name: str) -> None:
    """The module ``name`` may be imported from now on without being loaded: that it is at the first use of it."""
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module {name!r}", name=name)
    spec.loader = LazyLoader(spec.loader)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    room, _, file = name.rpartition(".")
    setattr(sys.modules[room], file, module)
