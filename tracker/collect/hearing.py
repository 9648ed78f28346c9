"""What is asked of a source in one run, and what is read from its answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tracker import platforms, schedule
from tracker.collect.mistakes import contained
from tracker.collect.reporting import OUTCOMES
from tracker.errors import ReadError, SourceError
from tracker.models import Answer, Document, Due, Health, Known, PollState, Reading, Request, Source

if TYPE_CHECKING:
    from tracker.store import Store

Poll = Callable[[Iterable[Due]], Iterator[Answer]]

BATCH_BYTES = 2_500_000  # of bodies, whose answers are written in one transaction, so that memory stays flat


@dataclass(slots=True)
class Polled:
    """A source in this run: what is known of it, what is remembered of its requests, and what came of them.

    ``requests`` are the purposes of what is asked of it, ``awaited`` those that are not answered yet. ``begun`` are its
    documents that lead to pages of which not all is read. ``has_news``: one told something new, or led to pages.
    ``told`` is its health as far as the operator was told of it.
    """

    source: Source
    known: Known
    states: dict[str, PollState]
    health: Health
    told: Health
    outcome: str | None = None
    requests: set[str] = field(default_factory=set)
    awaited: set[str] = field(default_factory=set)
    begun: list[Heard] = field(default_factory=list)
    has_news: bool = False

    def count(self, outcome: str) -> None:
        """It counts once: failed only where nothing succeeded, unchanged only where nothing changed."""
        self.outcome = max(self.outcome or outcome, outcome, key=OUTCOMES.index)


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, and what was read from it: a reading, nothing new (None), or an error.

    ``state`` is what was remembered of its request before, ``held`` what the document before held, of one that leads
    to more. ``touched`` are the numbers of the announcements that something happened to.
    """

    polled: Polled
    answer: Answer
    state: PollState
    reading: Reading | None = None
    error: str | None = None
    digest: str | None = None
    leads_to: tuple[Request, ...] = ()
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    touched: tuple[int, ...] = ()

    @property
    def is_news(self) -> bool:
        """True where it told something new, or leads to pages that may."""
        return bool(self.touched or self.leads_to)


def hear(store: Store, polled: Polled, answer: Answer, now: datetime) -> Heard:
    """Read an answer: what it says, that it says nothing new, or why it cannot be read."""
    request, source = answer.request, polled.source
    state = polled.states.get(request.purpose) or PollState()
    heard = Heard(polled, replace(answer, body=b""), state)  # of the body only what is read from it is needed
    if request.may_be_gone and answer.status in (schedule.MISSING, schedule.GONE):
        return heard
    if answer.error is not None:
        return replace(heard, error=answer.error)
    digest = state.body_digest if answer.status == 304 else hashlib.sha256(answer.body).hexdigest()
    if digest == state.body_digest:
        return replace(heard, digest=digest)
    document = Document.of(source, answer, now, store.held(source.id, request.purpose))
    try:
        with contained():
            reading = platforms.read(document)
            known = learnt_from(reading, polled.known)
            leads_to = bearing(source, platforms.more(document, reading, known))
    except SourceError as error:
        return replace(heard, error=str(error).removeprefix(f"{source.id}: "))
    polled.known = known
    held = document.held if leads_to else {}
    return replace(heard, reading=reading, digest=digest, leads_to=leads_to, held=held)


def learnt_from(reading: Reading, known: Known) -> Known:
    """What is known of a source, with what later requests of this run need of a document.

    ReadError where an address that told of one now tells of another: it was sold, or its account was taken over.
    """
    before, now = (learnt.get("whose", "").split() for learnt in (known.learnt, reading.learnt))
    if before and now and not set(before) & set(now):
        told = f"this address told of {' '.join(before)[:80]} and now tells of {' '.join(now)[:80]}"
        raise ReadError(f"{told}; if both are its vendor's, give it a new `id:`, and the old one as `formerly:`")
    spent = known.reads_this_month + reading.reads
    return replace(known, learnt={**known.learnt, **reading.learnt}, reads_this_month=spent)


def silent(source: Source, environ: Container[str]) -> str | None:
    """Why a source is not asked, None where it is."""
    if source.silent:
        return source.silent
    if source.token is not None and source.token not in environ:
        return f"the environment variable {source.token}, which holds its token, is not set"
    return platforms.silent(source)


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
