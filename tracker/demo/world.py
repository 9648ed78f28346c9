"""The small world: what every vendor of it answers, as a function of the time asked, and its own record of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.demo import bridge, feed, mastodon, statuspage
from tracker.demo.answers import NOT_FOUND, TROUBLES, Page
from tracker.demo.telling import Channel, Post, Speaker, Thread, speakers
from tracker.models import Source, Vendor

_ANSWERS: Mapping[str, Callable[[Speaker, Channel, str, datetime], Page | None]] = {
    "statuspage": statuspage.answer,
    "mastodon": mastodon.answer,
    "x": bridge.answer,
    "feed": feed.answer,
}
_NAMES: Mapping[str, Callable[[Thread, Post], str]] = {
    "statuspage": statuspage.code,
    "mastodon": lambda _, post: str(mastodon.number(post)),
    "x": lambda _, post: str(bridge.number(post)),
    "feed": lambda _, post: feed.name(post),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the world knows it said: by which source, under which id, in which words, oldest version first."""

    source: str
    id: str
    versions: tuple[str, ...]
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Vendors that tell their stories. It has no clock and no memory: ``now`` is an argument."""

    speakers: tuple[Speaker, ...]

    def answer(self, slug: str, target: str, now: datetime) -> Page:
        """What the vendor's server answers to a path with its query: 404 where it has nothing there."""
        speaker = next(each for each in self.speakers if each.slug == slug)
        for channel in speaker.channels:
            page = _ANSWERS[channel.platform](speaker, channel, target, now)
            if page is not None:
                trouble = channel.trouble(now)
                return TROUBLES[trouble] if trouble else page
        return NOT_FOUND

    def vendors(self, bases: Mapping[str, str]) -> tuple[Vendor, ...]:
        """The vendors with their sources, as feeds.yaml would name them; ``bases`` says where each is served."""
        return tuple(
            Vendor(
                slug=each.slug,
                name=each.name,
                homepage=each.homepage,
                sources=tuple(_source(each, channel, bases[each.slug]) for channel in each.channels),
            )
            for each in self.speakers
        )

    def truth(self, now: datetime) -> Iterator[Truth]:
        """All that was said of its own until now, the withdrawn too."""
        return (
            _truth(f"{speaker.slug}/{channel.platform}", channel, thread, post, now)
            for speaker in self.speakers
            for channel in speaker.channels
            for thread in channel.threads
            for post in thread.posts
            if post.at <= now and post.by is None
        )


def small_world() -> World:
    """The world of the stories that come with the program."""
    return World(speakers=tuple(speakers()))


def _source(speaker: Speaker, channel: Channel, base: str) -> Source:
    source = Source(
        id=f"{speaker.slug}/{channel.platform}",
        vendor=speaker.slug,
        platform=channel.platform,
        every=channel.every,
        allow_private=True,
    )
    if channel.platform == "x":
        return replace(source, url=f"{base}/{channel.account}/rss")
    if channel.platform == "feed":
        return replace(source, url=f"{base}{feed.PATH}")
    return replace(source, page=f"{base}/@{channel.account}" if channel.account else base)


def _truth(source: str, channel: Channel, thread: Thread, post: Post, now: datetime) -> Truth:
    id_ = _NAMES[channel.platform](thread, post)
    return Truth(source=source, id=id_, versions=post.versions(now), withdrawn=not post.stands(now))
