"""Which requests of a source carry its token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from tracker import platforms
from tracker.models import Known, Request, Source


def bearing(source: Source, requests: Iterable[Request]) -> tuple[Request, ...]:
    """The requests; those to the source's own hosts with the NAME of its token.

    Its own are those that a platform asks of what feeds.yaml says alone: nothing that came over the wire names one.
    """
    if source.token is None:
        return tuple(requests)
    own = {_host(request) for request in platforms.requests(source, Known())}
    return tuple(replace(each, bearer=source.token) if _host(each) in own else each for each in requests)


def _host(request: Request) -> str:
    """Host and port."""
    return urlsplit(request.url).netloc.casefold()
