"""The command that finds a vendor's channel: detect."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from tracker.cli import EXIT_FAILED, choosing, options, output
from tracker.errors import ConfigError
from tracker.show.clean import clean_line, shorten

if TYPE_CHECKING:
    from tracker.collect.detecting import Channel, Detected
    from tracker.models import Source

MOST_ELSEWHERE = 3
_ACCOUNT = re.compile(r"@?[^\s@/]+@[^\s@/]+\.[^\s@/]+")
_WEB = re.compile(r"https?://[^\s/@?#\\]*[^\s/@?#\\.:](?:[/?#][^\s\\]*)?", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[\w./:%~+=&?@-]*[\w/]|\$?(?!(?i:null)$)[A-Za-z]\w*(?: \w+)*", re.ASCII)
_FOR_X = {"token": "$TRACKER_X_TOKEN", "monthly_reads": 2000}


@click.command("detect")
@click.argument("address")
@click.option("--allow-private", is_flag=True, help="Let it answer from loopback or a private address.")
@options.contact_option
@options.json_option
@options.feeds_option
def detect_(address: str, allow_private: bool, contact: str | None, as_json: bool, feeds: Path) -> None:
    """Find what speaks at ADDRESS, and its lines for feeds.yaml.

    ADDRESS is a status page, a feed, an account's page, or @name@host. It is asked some twenty times at most, once a
    second. The exit code is 0 when something speaks there, 1 when nothing was found.

    \b
    Examples:
      tracker detect githubstatus.com
      tracker detect @name@mastodon.social
    """
    from tracker.collect import detecting
    from tracker.poll import Poller

    address = _address(address)
    with Poller(contact=contact, retries=()) as poller, output.progress() as progress:
        if progress:
            progress(f"asking {address}")
        found = detecting.detect(address, now=options.now(), poll=poller.poll, allow_private=allow_private)
    if found.channel is None:
        for asked, why in found.tried:
            output.trouble(f"{asked}: {why}")
        output.trouble(f"nothing that can be read was found at {address}")
        for url in found.elsewhere[:MOST_ELSEWHERE]:
            output.say(f"the page links to {url}, which may be it")
        sys.exit(EXIT_FAILED)
    slug = _slug(found.name, found.channel.source)
    _say(found.channel, _known(found.channel.source, feeds))
    if as_json:
        output.write_json([_as_json(found, found.channel, slug)])
    else:
        output.write(_lines(found, found.channel.source, slug))


def _address(given: str) -> str:
    """A web address or an account; a usage error for anything else."""
    if _ACCOUNT.fullmatch(given):
        return f"@{given.lstrip('@')}"
    whole = given if "://" in given else f"https://{given}"
    try:
        is_one = _WEB.fullmatch(whole) and urlsplit(whole).port != 0
    except ValueError:  # half a bracket, a port that cannot be
        is_one = False
    if not is_one:
        right = "write https://status.example.com, the address of a feed or of an account's page, or @name@host"
        raise click.UsageError(f"{given!r} is no address; {right}")
    return whole


def _slug(name: str | None, source: Source) -> str:
    """What the vendor may be called in feeds.yaml: by its page's name, else by its account or its host."""
    place = source.address.rstrip("/").rpartition("/")[2]
    if source.url or re.fullmatch("system-?status", place):
        place = source.address.partition("://")[2].partition("/")[0]
    labels = place.lower().lstrip("@").partition("@")[0].partition(":")[0].split(".")
    label = next((label for label in labels if label not in ("www", "status") and not label.isdigit()), "")
    for words in (name or "", label):
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
        if slug := re.sub(r"^status-?(?:of-)?(?=.)|(?<=.)-?status$", "", "-".join(re.findall("[a-z0-9]+", plain))):
            return slug
    return "vendor"


def _known(source: Source, feeds: Path) -> str | None:
    """The id under which feeds.yaml has this channel already."""
    try:
        vendors = choosing.load_feeds(feeds) if feeds.exists() else ()
    except ConfigError:  # whoever collects is told
        return None
    place = source.place.casefold()
    listed = (each for vendor in vendors for each in vendor.sources)
    return next((each.id for each in listed if each.place.casefold() == place), None)


def _say(channel: Channel, known: str | None) -> None:
    """On stderr: what was found, with its last word, so that a person can tell whether it is the right one."""
    from tracker.show import words

    said = sorted(
        (each for each in channel.announcements if each.published_at), key=lambda each: str(each.published_at)
    )
    told = f"{len(channel.announcements)} announcements" if len(channel.announcements) != 1 else "one announcement"
    if said and (last := said[-1]).published_at:
        told += f", the last {words.day(last.published_at)}: {shorten(last.title or last.text, 80)}"
    where = f"{channel.source.platform} at {channel.source.address}"
    output.say(f"{where}: {channel.silent or told}")
    if known:
        output.say(f"feeds.yaml has it already, as {known}")


def _as_json(found: Detected, channel: Channel, slug: str) -> dict[str, Any]:
    from tracker.show.words import iso

    times = (said.published_at for said in channel.announcements if said.published_at)
    return {
        "vendor": slug,
        "name": found.name,
        "source": _entry(channel.source),
        "announcements": len(channel.announcements),
        "newest_at": iso(max(times, default=None)),
        "silent": channel.silent,
        "linked": [_entry(source) for source in found.linked],
    }


def _entry(source: Source) -> dict[str, str | int]:
    """A source as feeds.yaml has it."""
    given = {key: value for key in ("page", "account", "url") if (value := getattr(source, key))}
    private = {"allow_private": True} if source.allow_private else {}
    return {
        "platform": source.platform,
        **given,
        **private,
        **(_FOR_X if source.platform == "x" and not source.url else {}),
    }


def _lines(found: Detected, source: Source, slug: str) -> list[str]:
    """The vendor, to be put under ``vendors:``; accounts that its page links to wait for a person's word."""
    linked = [f"      # - {_flow(each)}  # its page links to it" for each in found.linked]
    return [
        f"  {slug}:",
        *([f"    name: {_scalar(found.name)}"] if found.name else []),
        "    sources:",
        f"      - {_flow(source)}",
        *linked,
    ]


def _flow(source: Source) -> str:
    return "{" + ", ".join(f"{key}: {_scalar(value)}" for key, value in _entry(source).items()) + "}"


def _scalar(value: str | int) -> str:
    """A value as YAML takes it: a text in quotes where it is not plainly a word or an address."""
    if not isinstance(value, str):
        return json.dumps(value)
    value = clean_line(value)
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
