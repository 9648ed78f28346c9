"""Which platform speaks at an address: each that may is polled once, as a run would, and the first with words is it.

The page of a vendor comes before its feeds, for a platform that knows its endpoints reads more. What only answers in
Statuspage's place, without words (products that imitate it), is it only where no feed has more to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from tracker import platforms
from tracker.collect.hearing import Poll
from tracker.collect.mistakes import contained
from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, PollState, Request, Source
from tracker.poll.addresses import is_near

LIKELIEST = "statuspage"
IMITATED = (LIKELIEST, "feed")  # what others write too: without words it may be a poor copy
USUAL_FEEDS = ("history.atom", "feed.atom", "history.rss", "feed.rss", "rss.xml", "feed", "rss")
MOST_OFFERED, MOST_LINKED = 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A source, and what it said when it was asked. ``silent`` is why it could not be."""

    source: Source
    announcements: tuple[Announcement, ...] = ()
    silent: str | None = None

    @property
    def has_words(self) -> bool:
        """Whether it says anything that could be judged."""
        return any(said.text for said in self.announcements)


@dataclass(slots=True, kw_only=True)
class Detected:
    """What was found at an address: the channel, None where there is none.

    ``name`` is the vendor's as its page has it, ``linked`` are accounts that the page links to, ``elsewhere`` what may
    be its status page; ``tried`` is what was asked in vain, as (platform and address, why it is not that).
    """

    channel: Channel | None = None
    name: str | None = None
    linked: tuple[Source, ...] = ()
    elsewhere: tuple[str, ...] = ()
    tried: list[tuple[str, str]] = field(default_factory=list)


def detect(address: str, *, now: datetime, poll: Poll, allow_private: bool = False) -> Detected:
    """Ask what stands at a web address, or an account (``@name@host``). Some twenty requests at most, one a second.

    ``allow_private`` lets it answer from loopback or a private address.
    """
    return _Search(now, poll, allow_private).run(address)


class _Search:
    """One search: whom it may ask, and what came of it."""

    def __init__(self, now: datetime, poll: Poll, allow_private: bool) -> None:
        self._now, self._poll, self._allow_private = now, poll, allow_private
        self.found = Detected()

    def run(self, address: str) -> Detected:
        quiet: Channel | None = None
        for channel in self._channels(address):
            if channel.has_words or channel.silent or channel.source.platform not in IMITATED:
                self.found.channel = channel
                break
            quiet = quiet or channel
        self.found.channel = self.found.channel or quiet
        return self.found

    def _channels(self, address: str) -> Iterator[Channel]:
        """What answers, the best first."""
        if "://" not in address:
            yield from self._asked(Source(id="mastodon", vendor="", platform="mastodon", account=address))
            return
        for platform in self._of_profiles(address):
            found = tuple(self._asked(self._source(platform, page=address)))
            yield from found
            if found:  # it is that, also while it says nothing
                return
        document = self._fetched(address)
        if document is None:
            return
        page = platforms.page(document)
        self.found.name = page.name
        self.found.linked = tuple(self._accounts(page.links))
        site = _origin(document.url)
        others = (_origin(link) for link in page.links)
        self.found.elsewhere = tuple(dict.fromkeys(each for each in others if "status" in each and each != site))
        for channel in self._at_home(document, site):
            yield channel  # it is that, also while it says nothing
            return
        for platform in sorted(self._of_pages(site), key=lambda name: name != LIKELIEST):
            if not _reads_the_page(self._source(platform, page=site)):
                yield from self._asked(self._source(platform, page=site))
        yield from self._told(document)
        usual = (f"{site}/{name}" for name in USUAL_FEEDS)
        offered = (feed for feed in page.feeds[:MOST_OFFERED] if self._may_ask(feed, site))
        for feed in dict.fromkeys((*offered, *usual)):
            if feed != document.url and (answered := self._fetched(feed)):
                yield from self._told(answered)

    def _may_ask(self, url: str, site: str) -> bool:
        """Whether an address that a stranger's page names may be asked: it may not lead us into our own network."""
        return self._allow_private or _origin(url) == site or not is_near(urlsplit(url).hostname or "")

    def _accounts(self, links: Iterable[str]) -> Iterator[Source]:
        """The accounts among these links, each once: links to its posts lead to it too, and its own is the shortest."""
        links = [link.rstrip("/") for link in links if "?" not in link and "#" not in link]
        found = (self._source(name, page=link) for link in dict.fromkeys(links) for name in self._of_profiles(link))
        accounts: dict[str, Source] = {}
        for source, _ in zip(found, range(MOST_LINKED), strict=False):
            asked = _first_asked(source)
            accounts[asked] = min(accounts.get(asked, source), source, key=lambda each: len(each.address))
        yield from accounts.values()

    def _of_profiles(self, address: str) -> list[str]:
        """The platforms that know this address and not its host: those of an account, and of a page below a site.

        Also those that know both, and ask something else for each of them.
        """
        of_host = self._of_pages(_origin(address))
        return [name for name in self._of_pages(address) if name not in of_host or self._is_below(name, address)]

    def _is_below(self, platform: str, address: str) -> bool:
        """Whether a platform with hosts of its own tells of less at this address than at its host."""
        if not hasattr(platforms.platform(platform), "SITES"):
            return False
        here, whole = (self._source(platform, page=page) for page in (address, _origin(address)))
        return platforms.requests(here, Known()) != platforms.requests(whole, Known())

    def _of_pages(self, address: str) -> list[str]:
        """The platforms that may stand at this address by its looks."""
        return [name for name in platforms.names() if name != "feed" and _may_be(self._source(name, page=address))]

    def _source(self, platform: str, *, page: str | None = None, url: str | None = None) -> Source:
        return Source(
            id=platform, vendor="", platform=platform, page=page, url=url, allow_private=self._allow_private
        )  # fmt: skip

    # asking

    def _fetched(self, url: str) -> Document | None:
        """The document at an address; None where there is none, which is told."""
        source = self._source("feed", url=url)
        for answer in self._poll([(Request.of(source, url, "url", None), PollState())]):
            if answer.error is None:
                return Document.of(source, answer, self._now)
            self.found.tried.append((url, answer.error))
        return None

    def _asked(self, source: Source) -> Iterator[Channel]:
        """The source, if it is one: polled as a first run would."""
        if why := platforms.silent(source):
            yield Channel(source=source, silent=why)
            return
        try:
            yield Channel(source=source, announcements=tuple(self._heard(source)))
        except SourceError as error:
            self._refused(source, error)

    def _heard(self, source: Source) -> list[Announcement]:
        """What it says in its first documents, and in those that they lead to. SourceError where it is none such."""
        said: dict[str, Announcement] = {}  # what is open stands in two lists
        asked = platforms.requests(source, Known())
        while asked and not said:
            follow: list[Request] = []
            for answer in self._poll((request, PollState()) for request in asked):
                if answer.error is not None:
                    raise ReadError(answer.error)
                document = Document.of(source, answer, self._now)
                with contained():
                    reading = platforms.read(document)
                    follow += platforms.more(document, reading, Known(learnt=reading.learnt))
                said |= {each.id: each for each in reading.announcements}
            asked = tuple(follow)
        return list(said.values())

    def _at_home(self, document: Document, site: str) -> Iterator[Channel]:
        """The page of the site, where a platform reads that as it stands: nothing more is asked then."""
        for source in filter(_reads_the_page, (self._source(name, page=site) for name in self._of_pages(site))):
            home = document if document.url.rstrip("/") == site else self._fetched(site)
            try:
                if home:
                    yield _read(home, source)
            except SourceError as error:
                self._refused(source, error)

    def _told(self, document: Document) -> Iterator[Channel]:
        """What the document itself is, by the first platform that reads words in it; a plain feed may have none."""
        for name in sorted(platforms.names(), key=lambda name: (name == "feed", name != LIKELIEST)):
            source = self._source(name, url=document.url)
            try:
                channel = _read(document, source)
            except SourceError as error:
                if name == "feed":
                    self._refused(source, error)
                continue
            if channel.has_words or name == "feed":
                yield channel
                return

    def _refused(self, source: Source, error: SourceError) -> None:
        why = str(error).removeprefix(f"{source.id}: ")
        self.found.tried.append((f"{source.platform} at {source.address}", why))


def _read(document: Document, source: Source) -> Channel:
    """The source, as this document of it tells. SourceError where it is none such."""
    with contained():
        return Channel(source=source, announcements=platforms.read(replace(document, source=source)).announcements)


def _may_be(source: Source) -> bool:
    """Whether a source may be of its platform by its address."""
    platform = platforms.platform(source.platform)
    if hasattr(platform, "SITES") and urlsplit(source.address).netloc.casefold() not in platform.SITES:
        return False
    try:
        platforms.requests(source, Known())
    except SourceError:
        return False
    return True


def _reads_the_page(source: Source) -> bool:
    """Whether its page itself is what is read of a source, again and again, and not only looked at once."""
    first = platforms.requests(source, Known())[0]
    return first.url == source.address and first.every is not None


def _first_asked(source: Source) -> str:
    """What a run asks an account first; X only by a token, whose name is not known here."""
    return platforms.requests(replace(source, token="TOKEN"), Known())[0].url.casefold()


def _origin(address: str) -> str:
    """``https://host``."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
