"""The file itself, and its vendors as they were read from it before: what has not changed is not read again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tracker.errors import ConfigError
from tracker.models import Source, Vendor

VERSION = "1"  # of what the file means: where it is another, the file is read again
MAX_BYTES = 1_000_000


def contents(path: Path) -> bytes:
    """The bytes of the file. ConfigError where it cannot be read, or is too large to be a list of vendors."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `tracker init` writes a starter, --feeds names another") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: is a folder; name the file in it") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES:,} bytes; that is no list of vendors")
    return data


def digest(data: bytes, platforms: tuple[str, ...]) -> str:
    """By which one can tell whether the file says what it said before, to this program."""
    import hashlib

    reader = " ".join((VERSION, *platforms, *Vendor.__dataclass_fields__, *Source.__dataclass_fields__))
    return hashlib.sha256(reader.encode() + b"\0" + data).hexdigest()


def dumped(vendors: Iterable[Vendor]) -> str:
    """Vendors as text, without what is as nobody said anything else; no secret is in it, for none is in the file."""
    return json.dumps([_said(asdict(vendor)) for vendor in vendors], ensure_ascii=False)


def _said(given: dict[str, Any]) -> dict[str, Any]:
    given |= {"sources": [_said(source) for source in given.get("sources", ())]}
    return {name: value for name, value in given.items() if value}


def loaded(text: str) -> tuple[Vendor, ...]:
    """The vendors again that ``dumped`` put down."""
    return tuple(
        Vendor(**{**given, "sources": tuple(map(_source, given.get("sources", ())))}) for given in json.loads(text)
    )


def _source(given: dict[str, Any]) -> Source:
    return Source(**{**given, "components": tuple(given.get("components", ()))})
