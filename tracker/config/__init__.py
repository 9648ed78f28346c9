"""feeds.yaml -> vendors and sources; a mistake is named by file, line, vendor and source.

``files`` has the file itself, ``reading`` what it says: nodes (the file, with its lines) -> values (what each means)
-> vendors, sources and watches; ``mistakes`` collects all that is wrong, with the nearest right word. Secrets are
never written in the file, only their names, and no message repeats what may be one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.config.files import contents as contents
    from tracker.config.files import digest as digest
    from tracker.config.files import dumped as dumped
    from tracker.config.files import loaded as loaded
    from tracker.config.reading import load as load
    from tracker.config.reading import load_watches as load_watches
    from tracker.config.reading import parse as parse
    from tracker.config.reading import starter as starter

_FILES = {"files": ("contents", "digest", "dumped", "loaded"), "reading": ("load", "load_watches", "parse", "starter")}

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, {name: file for file, names in _FILES.items() for name in names})
