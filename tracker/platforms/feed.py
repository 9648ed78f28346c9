"""Any RSS, Atom or JSON Feed, of a status page that has no file of its own or of a blog.

https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287 and
https://www.jsonfeed.org/version/1.1/

One announcement is one entry, by its guid or id, else by its link, else by its title and time. History is what the
feed still holds, in the feed's own order. Entries of one document that share an id (a monitor's, or the page's address
as the link of all) are told apart by their times too, and those of one time by their words, numbered from the oldest.
Some feeds date an entry by the request: one that has its id to itself is the same whatever its date, and one that has
its words under that id to itself is the same all day. Where a feed makes new ids at every poll, an entry of the same
title, time and words is the same. Where an entry is a place on an incident's page, that page is the incident's key, and
where it is one by Status.io or incident.io, what its link ends with; lists name the entries all the same. An entry that
tells its incident in dated steps (``_steps.py``) is an announcement a step, each known by the entry's id and its own
time; the first is also what the entry is while it has no other. Most entries of a poll are known: they are recognised
by their bytes, and passed over unread. What an entry says of its state, its components and planned work is told
(``_standing.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape, unescape

from tracker.models import Announcement, Document, Known, Listing, Reading, Request, Source, Window
from tracker.platforms import _cutting, _dates, _feeds, _html, _json, _reading, _social, _standing, _steps, _zones

EVERY = 300  # seconds
_LINKED = r"<a\s[^<>]{1,600}>([^<>]{1,300})</a>[^<>]{0,150}"
_LINK = r"<a\s[^<>]{1,600}>[^<>]{1,300}</a>"
_FOOTER = re.compile(rf"<p[^<>]{{0,200}}>[^<>]{{0,80}}{_LINKED}{_LINKED}</p>\s*")
_TO_ITSELF = re.compile(r'<p><a\s[^<>]{0,200}?href="([^"<>]{1,600})"[^<>]{0,200}>[^<>]{1,100}</a></p>\s*')
_COUNTED = re.compile(r"<p><small>[^<>]{1,80}</small></p>\s*\Z")
_OF_REDDIT = re.compile(r"\[comments\]</a></span>\s{0,9}(?:</td></tr></table>\s{0,9})?\Z")
_OF_LEMMY = re.compile(
    rf"\s{{0,20}}submitted by {_LINK} to {_LINK}<br>-?\d{{1,9}} points \| {_LINK}(?:<br>)?", re.IGNORECASE
)
_QUOTES = ("rsshub-quote", '<aside class="quote', '<aside class="onebox')  # of RSSHub, of Discourse
_OF_A_NOTE = re.compile(r"New (?:note|status) by .{1,200}")
ONE_EVENT = timedelta(days=1)  # nearer to each other, entries of one service and title are of one event
EVER = datetime.min.replace(tzinfo=UTC)
_ANY_ZONE = timedelta(hours=15)  # no zone is so far from UTC
MOST_NEW = 100  # entries of a poll whose times are looked for among all others; a feed with more news is read whole

_STATUSPAGES = "<var data-var="  # markup of Statuspage and Instatus, whose own reader tells their updates
_HEAD = 2_000  # bytes
_KEPT = re.compile(
    rb"<(?:channel|(?:\w+:)?rdf|feed)\b[^<>]*>(?:<language>[^<>]{1,20}</language>)?\s*<(?:item|entry)\b"
    rb'|\A\{"version":"https://jsonfeed\.org/version/1",(?:"language":"[^"]{1,20}",)?"items":',
    re.IGNORECASE,
)
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.I)  # an id that may be that of its words now
_SAYS_SO = re.compile(r"\b(?:resolved|operating normally)\b", re.I)
_MARK = re.compile(r'<p data-step="([^"<>]*)">')


def requests(source: Source, known: Known) -> tuple[Request, ...]:
    """The feed itself, as it is addressed."""
    accept = "application/atom+xml, application/rss+xml, */*;q=0.5"
    return (Request.of(source, source.address, "url", source.every or EVERY, accept=accept),)


def read(document: Document) -> Reading:
    """The entries, oldest first; ReadError where the document is no feed."""
    cut = _cutting.cut(document)
    return (_read_news(document, cut) if cut and document.held else None) or _read_whole(document, cut)


def _read_whole(document: Document, cut: _cutting.Cut | None) -> Reading:
    feed = _feeds.parse(document)
    is_kept = _is_kept(document, len(feed.entries))
    said = _announcements(document, feed, (), is_kept=is_kept)
    newest_first = cut.newest_first if cut else _cutting.newest_first([_first_written(each) for each in feed.entries])
    told = _told_apart(said, feed.entries, newest_first=newest_first)
    steps = {} if is_kept else _in_steps(document, said, feed)
    entries: Mapping[str, tuple[str, ...]] = {}
    if cut and len({each.id for each in said}) == len(said) == len(cut.digests):
        entries = cut.keyed({}, (each.id for each in said))
    return _with_steps(document, feed, told, steps, [each.id for each in reversed(told)], entries)


def _read_news(document: Document, cut: _cutting.Cut) -> Reading | None:
    """Only the entries that are new or changed; None where the others might not come out as in the whole."""
    unknown = cut.unknown(document.held)
    if len(unknown) > MOST_NEW:
        return None
    feed = _feeds.parse(cut.only(unknown or (0,)))  # a broken feed without an entry would be none at all
    if len(feed.entries) != len(unknown or (0,)):
        return None
    passed_over = [piece for piece, digest in zip(cut.pieces, cut.digests, strict=True) if digest in document.held]
    is_kept = _is_kept(document, len(cut.pieces))
    said = _announcements(document, feed, passed_over, is_kept=is_kept) if unknown else []
    if any(map(_is_over_of_a_part, said, feed.entries)):
        return None
    entries = cut.keyed(document.held, (each.id for each in said))
    listed = [key for keys in entries.values() for key in keys]
    if len(set(listed)) < len(cut.digests):
        return None
    steps = {} if is_kept else _in_steps(document, said, feed)
    if not cut.newest_first:
        said, listed = said[::-1], listed[::-1]
    return _with_steps(document, feed, said[::-1], steps, listed, entries)


def _with_steps(
    document: Document,
    feed: _feeds.Feed,
    told: Sequence[Announcement],
    steps: Mapping[str, Sequence[Announcement]],
    listed: Sequence[str],
    entries: Mapping[str, tuple[str, ...]],
) -> Reading:
    said = (step for each in told for step in steps.get(each.id, (each,)))
    listing = Listing.PART if _lists_states(feed) else Listing.EITHER
    return _reading.of(document, said, listing, listed, entries=entries, every=feed.every)


def _lists_states(feed: _feeds.Feed) -> bool:
    """Whether its entries are components, each with the state that it is in: an outage that is over is gone from it."""
    return any(_standing.row(_html.text(each.title_html or ""), _html.text(each.html)) for each in feed.entries[:1])


def _told_apart(
    said: Sequence[Announcement], entries: Sequence[_feeds.Entry], *, newest_first: bool
) -> list[Announcement]:
    """Each announcement once, the oldest first; those that share an id have one of their own."""
    if len({each.id for each in said}) < len(said):
        said = _timed(said, [_first_written(entry) for entry in entries])
    return _reading.numbered(said[::-1] if newest_first else said)


def _timed(said: Sequence[Announcement], times: Sequence[datetime | None]) -> list[Announcement]:
    """Where entries of one id have several times, each is known by its time.

    One that has its words to itself is known by these and the day as well, since its time may move.
    """
    apart = {(each.id, at, each.title, each.text) for each, at in zip(said, times, strict=True)}
    moments = Counter(id_ for id_, _ in {(id_, at) for id_, at, *_ in apart})
    alike = Counter((id_, *words) for id_, _, *words in apart)
    timed = []
    for each, at in zip(said, times, strict=True):
        if at and moments[each.id] > 1:
            of_day = _made_id("day", each.id, at.date(), each.title, each.text)
            is_alone = alike[each.id, each.title, each.text] == 1
            aliases = (*each.aliases, of_day) if is_alone else each.aliases
            each = replace(each, id=f"{each.id}~{at:%Y-%m-%dT%H:%M:%SZ}", aliases=aliases)
        timed.append(each)
    return timed


def _announcements(
    document: Document, feed: _feeds.Feed, passed_over: Sequence[bytes], *, is_kept: bool
) -> list[Announcement]:
    """The entries as announcements; known by their words too, where no other entry is of the same time."""
    times = Counter(entry.published_raw for entry in feed.entries)
    said = []
    for entry in feed.entries:
        time = entry.published_raw
        is_alone = time is not None and times[time] == 1 and not any(time.encode() in piece for piece in passed_over)
        each = _announcement(document, feed, entry, by_words=is_alone)
        said.append(_kept_step(document, each, entry.html) if is_kept else each)
    return _titled_then(said, feed.entries)


def _titled_then(said: list[Announcement], entries: Sequence[_feeds.Entry]) -> list[Announcement]:
    """The same, but where AWS gave all entries of an event the title of the last one, only that one has its state."""
    ends: dict[tuple[str, str], datetime] = {}
    for place, each in sorted(enumerate(said), key=lambda told: told[1].published_at or EVER, reverse=True):
        if each.published_at is None or not _is_over_of_a_part(each, entries[place]):
            continue
        title = _standing.bare(each.title or "")
        event = each.components[0], title.casefold()
        if event in ends and ends[event] - each.published_at < ONE_EVENT and not _SAYS_SO.search(each.text):
            aliases = (_made_id("same", title, each.published_at, each.text),) if each.aliases else ()
            earlier = replace(each, title=title, status=None, aliases=aliases)
            said[place] = replace(earlier, original=_original(earlier))
        ends[event] = each.published_at
    return said


def _is_over_of_a_part(each: Announcement, entry: _feeds.Entry) -> bool:
    return each.status is not None and _standing.is_over(each.status) and bool(_standing.named(entry))


# -- steps -----------------------------------------------------------------------------------------------------------


def _in_steps(document: Document, said: Sequence[Announcement], feed: _feeds.Feed) -> dict[str, list[Announcement]]:
    """The steps of each entry that tells some, oldest first, by its id; none of those that share an id."""
    shared = Counter(each.id for each in said)
    zone, size = _zones.zone(document.source.timezone), 0
    found = {}
    for whole, entry in zip(said, feed.entries, strict=False):  # one entry is read also where none is new
        is_place = whole.incident_key not in (None, whole.id) and _standing.statusio(entry) is None
        if is_place or shared[whole.id] > 1 or not _steps.may_tell(whole.text) or _STATUSPAGES in entry.html:
            continue
        own = replace(entry, html=_without_submitter(_own(entry)[1]))
        if not (steps := _steps.cut(own, whole.text, zone, document.polled_at)):
            continue
        begun = _earlier(whole.published_at, *(step.at for step in steps))  # some date an entry by its last edit
        title = _standing.bare(whole.title or "") or whole.title
        alike = replace(whole, title=title, published_at=begun, edited_at=None)
        told = []
        for step in steps:
            told.append(_step(alike, step, is_first=step is steps[0], is_last=step is steps[-1]))
            size += len(told[-1].original)
            _reading.refuse_grown(size, document)
        found[whole.id] = _reading.numbered(told)
    return found


def _step(whole: Announcement, step: _steps.Step, *, is_first: bool, is_last: bool) -> Announcement:
    """One step of an entry. That this is over is the state of its last step, where that has none of its own.

    The first one is known by the entry's id too: as that it may have been told before there were others.
    """
    at = step.at or whole.published_at
    is_end = is_last and whole.status is not None and (whole.planned or _standing.is_over(whole.status))
    status = step.status or (whole.status if is_end else None)
    aliases = (_made_id("same", whole.title, at, step.text),) if whole.aliases else ()
    said = replace(
        whole,
        id=f"{whole.id}~{step.at:%Y-%m-%dT%H:%M:%SZ}" if step.at else whole.id,
        aliases=(whole.id, *aliases) if is_first and step.at else aliases,
        published_at=at,
        text=step.text,
        status=status,
        window=whole.window if is_end and status == whole.status else None,
        incident_key=whole.incident_key or whole.id,
        in_reply_to=None if is_first else whole.id,
        links=step.links,
        shares_state=step.status is None,
        excerpt=step.whole,
    )
    return replace(said, original=_original(said))


def _original(step: Announcement) -> bytes:
    """A feed whose one item is this step; what the entry tells of it is marked."""
    window = step.window or Window()
    told = {
        "entry": step.incident_key,
        "answers": step.in_reply_to,
        "status": step.status,
        "start": window.start.isoformat() if window.start else None,
        "end": window.end.isoformat() if window.end else None,
        "components": step.components,
    }
    title, words = (escape(said or "", quote=False).replace("\n", "<br/>") for said in (step.title, step.text))
    links = "".join(f'<a href="{escape(link)}"></a>' for link in step.links)
    return _feeds.as_rss(
        _feeds.element("guid", step.id, ' isPermaLink="false"'),
        _feeds.element("title", _feeds.as_it_is(title)),
        _feeds.element("link", step.url),
        _feeds.element("pubDate", step.published_at.isoformat() if step.published_at else None),
        _feeds.element("description", f'<p data-step="{escape(_json.dump(told).decode())}">{words}{links}'),
        head=_feeds.element("language", step.lang),
    )


def _is_kept(document: Document, entries: int) -> bool:
    """Whether it may be an original: its one entry stands in a root or channel that tells nothing of itself.

    It is not cut: what a record has whole stays whole.
    """
    return entries == 1 and _KEPT.search(document.body[:_HEAD]) is not None


def _kept_step(document: Document, said: Announcement, html: str) -> Announcement:
    """An entry that is the original of a step, as that step; any other as it is."""
    marked = _MARK.match(html)
    if marked is None:
        return said
    told = _json.load(replace(document, body=unescape(marked[1]).encode()))
    return replace(
        said,
        status=_json.string(told, "status"),
        window=Window.of(_json.time(told.get("start")), _json.time(told.get("end"))),
        incident_key=_json.string(told, "entry"),
        in_reply_to=_json.string(told, "answers"),
        components=tuple(_json.strings(told.get("components"))),
    )


# -- an entry --------------------------------------------------------------------------------------------------------


def _announcement(document: Document, feed: _feeds.Feed, entry: _feeds.Entry, *, by_words: bool) -> Announcement:
    source = document.source
    title, text, links = _words(entry)
    written = _earlier(entry.published, entry.updated)
    dated = written if written and not source.timezone else _first_written(entry)
    row = _standing.row(title or "", text)
    named, of_words = entry.id or entry.link, (_made_id("same", title, dated, text),) if by_words else ()
    if entry.id and _DIGEST.fullmatch(entry.id) and (page := _standing.page(entry)):
        named, of_words = page, (entry.id, *of_words)
    planned = _standing.is_planned(title or "", text, entry) or (row is not None and "maintenance" in row[1].lower())
    status = row[1] if row else _standing.state(title or "", text, entry.status, planned=planned)
    times = (_of_work if planned else _of_outage)(entry, text, status, document)
    published, edited, window = times
    return Announcement(
        source=source.id,
        vendor=source.vendor,
        id=(not row and named) or _made_id("made", title, dated, "" if title or dated else text),
        aliases=of_words,
        url=entry.url,
        published_at=published,
        edited_at=edited,
        title=None if title and _social.is_cut(title, text) else title,
        text=text or title or "",
        status=status,
        window=window,
        planned=planned,
        incident_key=_standing.incident(entry, text),
        lang=(feed.lang or "").split("-")[0].lower() or None,
        components=row[:1] if row else _standing.parts(text, entry),
        links=links,
        original=entry.raw,
    )


Times = tuple[datetime | None, datetime | None, Window | None]  # when it was told, when edited, and its window


def _of_work(entry: _feeds.Entry, text: str, status: str | None, document: Document) -> Times:
    """The times of planned work: one that lies ahead is when it begins.

    Nobody can have said it then. One of the next hours may be the present in another zone, and says nothing.
    """
    polled_at = document.polled_at
    ahead = [at for at in (entry.published, entry.updated) if at and at > polled_at + _steps.AHEAD]
    published = _earlier(*(at for at in (entry.published, entry.updated) if at not in ahead))
    begins = max(ahead) if ahead and max(ahead) > polled_at + _ANY_ZONE else None
    edited = None if entry.updated in (*ahead, published) else entry.updated
    since = _since(entry, text, status, published, document)
    return published, edited or since, Window.of(begins, since if status and _standing.is_done(status) else None)


def _of_outage(entry: _feeds.Entry, text: str, status: str | None, document: Document) -> Times:
    """The times of an outage; since when it is in its state is when it was edited and, of one that is over, its end.

    Else the lines that name its hours say when it was over. A date of a day to come is when something begins, as some
    date what they plan: nobody has said it then.
    """
    published = _earlier(entry.published, entry.updated)
    if published and published > document.polled_at + _ANY_ZONE:
        return None, None, Window.of(published, None)
    since = _since(entry, text, status, published, document)
    edited = since if entry.updated == published else entry.updated or since
    written = max(filter(None, (entry.published, entry.updated)), default=None)
    zone = _zones.zone(document.source.timezone)
    hours = _standing.hours(text, zone, document.polled_at if _is_over(status) else written, document.polled_at)
    if since is None and hours and hours.end and edited is None and published and _is_over(status):
        edited = hours.end if hours.end > published else None
    if since and _is_over(status):
        begun = hours.start if hours and hours.start and hours.start <= since else None
        hours = Window.of(begun, since)
    return published, edited, hours


def _since(
    entry: _feeds.Entry, text: str, status: str | None, published: datetime | None, document: Document
) -> datetime | None:
    """Since when it is in its state, by a line of its text or, of what is over, by its category."""
    if status is None:
        return None
    told = _standing.since(text, status, _zones.zone(document.source.timezone))
    since = told or (entry.closed if _standing.is_done(status) else None)
    return since if since and published and published < since <= document.polled_at else None


def _is_over(status: str | None) -> bool:
    return status is not None and _standing.is_over(status)


def _words(entry: _feeds.Entry) -> tuple[str | None, str, tuple[str, ...]]:
    """(title, text, addresses that it links to), without what only bridges and forums put there."""
    title, html = _own(entry)
    if any(mark in html for mark in _QUOTES):  # the post that it answers or quotes, the card of a link
        text, links = _social.html_words(html)
    else:
        text, links = _html.text(_without_submitter(html)), _html.links(html, entry.base)
    return (_warning(entry, text) if title and _OF_A_NOTE.fullmatch(title) else title), text, links


def _own(entry: _feeds.Entry) -> tuple[str | None, str]:
    """(title, HTML) without what is put above and below each entry."""
    title = _html.text(entry.title_html) if entry.title_html else None
    return title, _without_counts(_without_footer(entry, title))


def _without_footer(entry: _feeds.Entry, title: str | None) -> str:
    """Without a last paragraph that only says where the entry stands.

    That is WordPress's "The post … appeared first on …", or a link to the entry itself, in any language. Discourse
    tells above it how many have answered, which is another text each time.
    """
    html = entry.html
    start = html.rfind("<p")
    if start <= 0:
        return html
    footer, itself = _FOOTER.fullmatch(html, start), _TO_ITSELF.fullmatch(html, start)
    if itself and unescape(itself[1]) == entry.link:
        return _COUNTED.sub("", html[:start].rstrip())
    return html[:start] if footer and _html.text(footer[1]) == title else html


def _without_submitter(html: str) -> str:
    """Without what Reddit puts below each post: who submitted it, and links to it and to its comments."""
    return html[: html.rfind("submitted by")] if _OF_REDDIT.search(html, max(0, len(html) - 100)) else html


def _without_counts(html: str) -> str:
    """Without what Lemmy puts above each post: who submitted it, its points and its comments, other ones each time."""
    found = _OF_LEMMY.match(html) if "submitted by" in html[:40] else None
    return html[found.end() :] if found else html


def _warning(entry: _feeds.Entry, text: str) -> str | None:
    """The content warning of a post on Misskey, which stands as its summary; its title says nothing ("New note by")."""
    told = _html.line(entry.summary) if entry.summary else None
    return told if told != text.replace("\n", " ") else None


def _first_written(entry: _feeds.Entry) -> datetime | None:
    """The earlier of its times as they are written, zone or not: what it is known by stays when its zone is told."""
    return _earlier(*(_dates.as_written(raw) for raw in (entry.published_raw, entry.updated_raw) if raw))


def _earlier(*times: datetime | None) -> datetime | None:
    return min(filter(None, times), default=None)


def _made_id(kind: str, *told: object) -> str:
    """An id from what an entry says: of its title and time, which an edit of the text leaves alone, or of all."""
    return f"{kind}:" + hashlib.blake2b("\n".join(map(str, told)).encode("utf-8", "replace"), digest_size=8).hexdigest()
