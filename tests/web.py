"""What stands at which address, for tests that poll no server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracker import collect
from tracker.models import Answer, Due, Source, Vendor
from tracker.store import Store


@dataclass
class Web:
    """Pages by their addresses: bytes, the status of an error, or a value that is told as JSON; ``other`` is all else.

    ``asked`` are the addresses that the last run asked for.
    """

    pages: dict[str, Any] = field(default_factory=dict)
    other: Any = 404
    asked: list[str] = field(default_factory=list)

    def poll(self, due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            self.asked.append(request.url)
            page = self.pages.get(request.url, self.other)
            if isinstance(page, int):
                yield Answer(request=request, url=request.url, status=page, error=f"answers HTTP {page}")
            else:
                body = page if isinstance(page, bytes) else json.dumps(page).encode()
                yield Answer(request=request, url=request.url, status=200, body=body)

    def run(self, store: Store, source: Source, now: datetime, *, force: bool = False) -> collect.Report:
        """One run in which this source alone is named."""
        self.asked.clear()
        return collect.collect(store, named(source), now=now, poll=self.poll, force=force)


def named(*sources: Source) -> tuple[Vendor, ...]:
    """feeds.yaml with these sources."""
    slugs = dict.fromkeys(source.vendor for source in sources)
    return tuple(
        Vendor(slug=slug, name=slug.title(), sources=tuple(each for each in sources if each.vendor == slug))
        for slug in slugs
    )
