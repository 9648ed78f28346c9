"""Document -> Announcements: one small file a platform; the file name IS the platform's name.

A platform has ``read`` and ``requests``; where a document leads to more, ``more``; where what was told long ago can be
paged back to, ``past``; where some sources have no channel that can be read, ``silent``, each as the function of that
name here; and where all accounts or pages stand on the same hosts, ``SITES``. It never fetches, logs, reads the clock
or classifies.

Files that begin with an underscore are what several platforms share: ``_feeds`` reads RSS and Atom (``_cutting``,
``_wellformed``, ``_feedparser``, ``_dates``), ``_json`` and ``_html`` what their names say, ``_flight`` the data in a
page of Next.js, ``_zones`` abbreviations of time zones, ``_social`` posts of an account, ``_page`` what a page says of
its channels, ``_standing`` the state of a feed's entry, ``_steps`` its dated steps. ``_reading`` makes a ``Reading`` of
what was found. ``_statuspage_*`` are the documents of that platform.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType
from typing import IO, TYPE_CHECKING

from tracker.errors import ConfigError, ReadError
from tracker.on_demand import asleep

if TYPE_CHECKING:
    from datetime import date

    from tracker.models import Document, Known, PastPage, Reading, Request, Source
    from tracker.platforms._page import Page

# What reads documents is loaded when there is one to read: most runs ask, and hear nothing new.
_READERS = tuple(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("_"))
for _reader in _READERS:
    asleep(f"{__name__}.{_reader}")

LARGEST = 64 << 20  # bytes of a file that is read as a document, into memory
VERSION = "24"  # of the readers: where the record holds another, its originals are read again


@functools.cache
def names() -> tuple[str, ...]:
    """The platforms that there are, sorted."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def body_of(file: IO[bytes]) -> bytes:
    """What a file holds that is read as a document; ReadError where it is too large."""
    body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ReadError(f"larger than {LARGEST >> 20} MiB")
    return body


@functools.cache
def platform(name: str) -> ModuleType:
    """The module of a platform; ConfigError with the nearest right name where there is none."""
    if name not in names():
        import difflib

        near = difflib.get_close_matches(name, names(), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names())}"
        raise ConfigError(f"no platform {name!r}; {hint}")
    return importlib.import_module(f"{__name__}.{name}")


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """What is to be asked of a source; SourceError where feeds.yaml names nothing that can be."""
    asked: tuple[Request, ...] = platform(source.platform).requests(source, known)
    return asked


def read(document: Document) -> Reading:
    """What a document says; ReadError where it is none of its source's platform."""
    reading: Reading = platform(document.source.platform).read(document)
    return reading


def more(document: Document, reading: Reading, known: Known) -> tuple[Request, ...]:
    """What a document that was read leads to, where its platform knows of more.

    ``known`` is what is known with the reading. An address that is fetched as it is leads nowhere.
    """
    if document.source.url:
        return ()
    find = getattr(platform(document.source.platform), "more", lambda *_: ())
    asked: tuple[Request, ...] = find(document, reading, known)
    return asked


def past(source: Source, page: Document | None, since: date | None) -> PastPage | None:
    """What a page of a source's past tells or names that was not over before the month of ``since``; no page: where
    to begin.

    None where there is no way back. SourceError where feeds.yaml names nothing that can be asked, or the page is none.
    """
    found: PastPage | None = getattr(platform(source.platform), "past", lambda *_: None)(source, page, since)
    return found


def silent(source: Source) -> str | None:
    """Why a source has no channel that can be read, where its platform knows of such; None where it has one."""
    why: str | None = getattr(platform(source.platform), "silent", lambda _: None)(source)
    return why


def page(document: Document) -> Page:
    """What a vendor's page says of its channels."""
    from tracker.platforms import _page

    return _page.page(document)
