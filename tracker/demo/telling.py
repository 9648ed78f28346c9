"""What the vendors of the small world tell, and when: frozen values, read from ``stories/*.toml``.

A file is a vendor, its name is the slug, and its keys are the fields below. Everything is a function of the time that
is asked for, so a story can be told again at any speed, to the letter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Other words in the place of the old ones, from ``at`` on."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One thing said: a post, an entry, an update of an incident.

    ``status`` is the label of a status page. ``by`` is the account of somebody else whose post is passed on.
    """

    at: datetime
    text: str
    title: str | None = None
    status: str | None = None
    edits: tuple[Edit, ...] = ()
    withdrawn_at: datetime | None = None
    by: str | None = None

    def versions(self, now: datetime) -> tuple[str, ...]:
        """The words until now, oldest version first; none before it was said."""
        if self.at > now:
            return ()
        return self.text, *(edit.text for edit in self.edits if edit.at <= now)

    def stands(self, now: datetime) -> bool:
        """True while it can be read."""
        return self.at <= now and (self.withdrawn_at is None or now < self.withdrawn_at)

    def changed_at(self, now: datetime) -> datetime:
        """When its words last changed."""
        return max([self.at, *(edit.at for edit in self.edits if edit.at <= now)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Posts that belong together on their channel, oldest first: an incident of a status page, or a thread.

    ``key``, ``name``, ``impact`` and ``components`` are a status page's. ``starts``/``ends`` are given for planned
    work only.
    """

    posts: tuple[Post, ...]
    key: str = ""
    name: str = ""
    impact: str = "none"
    components: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None

    def standing(self, now: datetime) -> tuple[Post, ...]:
        """What can be read now, oldest first."""
        return tuple(post for post in self.posts if post.stands(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A time in which a channel answers nothing useful: ``error`` is a 500, ``challenge`` a page for browsers."""

    start: datetime
    end: datetime
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where a vendor speaks. ``every`` is the interval in seconds that its source asks for."""

    platform: str
    threads: tuple[Thread, ...]
    account: str = ""
    lang: str = "en"
    every: int = 300
    troubles: tuple[Trouble, ...] = ()

    def standing(self, now: datetime) -> tuple[tuple[Thread, Post], ...]:
        """Each post that can be read now, with its thread, newest first."""
        found = [(thread, post) for thread in self.threads for post in thread.standing(now)]
        return tuple(sorted(found, key=lambda each: each[1].at, reverse=True))

    def changed_at(self, now: datetime) -> datetime | None:
        """When something was last said, reworded or taken back; None before the first word."""
        posts = [post for thread in self.threads for post in thread.posts if post.at <= now]
        taken = [post.withdrawn_at for post in posts if post.withdrawn_at is not None and post.withdrawn_at <= now]
        return max([*(post.changed_at(now) for post in posts), *taken], default=None)

    def trouble(self, now: datetime) -> str | None:
        """What goes wrong now, None where it answers."""
        return next((each.answer for each in self.troubles if each.start <= now < each.end), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A vendor of the small world, and the channels on which it tells its story."""

    slug: str
    name: str
    channels: tuple[Channel, ...]
    homepage: str | None = None


def speakers() -> Iterator[Speaker]:
    """The vendors of the stories that come with the program, by slug."""
    folder = files(__package__) / "stories"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            yield speaker(file.name.removesuffix(".toml"), tomllib.loads(file.read_text(encoding="utf-8")))


def speaker(slug: str, told: Mapping[str, Any]) -> Speaker:
    """A vendor from the table of its file; TypeError where a key is no field."""
    channels = tuple(_channel(each) for each in told["channels"])
    return Speaker(slug=slug, **{**told, "channels": channels})


def _channel(told: Mapping[str, Any]) -> Channel:
    threads = tuple(_thread(each) for each in told["threads"])
    troubles = tuple(Trouble(**each) for each in told.get("troubles", ()))
    return Channel(**{**told, "threads": threads, "troubles": troubles})


def _thread(told: Mapping[str, Any]) -> Thread:
    posts = tuple(_post(each) for each in told["posts"])
    return Thread(**{**told, "posts": posts, "components": tuple(told.get("components", ()))})


def _post(told: Mapping[str, Any]) -> Post:
    return Post(**{**told, "edits": tuple(Edit(**each) for each in told.get("edits", ()))})
