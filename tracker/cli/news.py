"""What ``tracker check --changed FILE`` told last; FILE keeps it, so that the next answer is news alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from tracker.cli import output

_OPTION = "--changed"
_HEAD = '{"incidents": '  # by which a file is known as ours, also where a crash cut it off


@dataclass(frozen=True, kw_only=True)
class Told:
    """The ``incidents`` that were open, each with a digest of what was said of it; the vendors that were ``unknown``.

    ``why`` there was no answer; beside it stands what had been told before.
    """

    incidents: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    why: str = ""


def read(file: Path) -> Told:
    """What FILE keeps: nothing where it is new, no answer where it was cut off. A usage error where it is not ours."""
    if not (kept := output.read_file(file, _OPTION).strip()):
        return Told()
    if kept.strip("\0") and not kept.startswith(_HEAD):
        raise click.UsageError(f"{_OPTION} {file}: holds something else, which it would destroy; name a new file")
    try:
        found = json.loads(kept)
        return Told(incidents=dict(found["incidents"]), unknown=tuple(found["unknown"]), why=str(found["why"]))
    except (ValueError, TypeError, KeyError):
        return Told(why=kept)


def keep(told: Told, file: Path) -> None:
    """Write it over what FILE held: a full disk has room for that."""
    output.write_file(file, json.dumps(asdict(told), ensure_ascii=False) + "\n", _OPTION, over=True)
