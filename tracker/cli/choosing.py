"""What the user names: the database, feeds.yaml, and the vendors and watches in it; of a near-miss the nearest name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from tracker.cli import output
from tracker.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from tracker.models import Incident, Vendor, Watch
    from tracker.store import Reader, Store

_PART, _MOST_MEANT = 3, 5  # letters of a vendor's name that are a part of it; vendors that may be meant by one
_FEW = 4  # names that show what others look like


def choose_watch(feeds: Path, name: str | None) -> Watch | None:
    """The watch of that name in feeds.yaml, None where none is asked for; a near-miss is a usage error."""
    if name is None:
        return None
    if not feeds.exists():
        raise ConfigError(f"{feeds}: no such file; --watch {name} names an entry of its `watch:`")
    from tracker import config, platforms
    from tracker.config.mistakes import nearest

    watches = config.load_watches(feeds, platforms.names())
    if name not in watches:
        near = nearest(name, watches)
        known = f"did you mean {near!r}?" if near else f"{feeds} has {', '.join(watches) or 'no `watch:`'}"
        raise click.UsageError(f"no watch {name!r}; {known}")
    return watches[name]


def watched(incidents: tuple[Incident, ...], watch: Watch | None) -> tuple[Incident, ...]:
    """Those that a watch asks for, each with the steps that it asks for; all where there is no watch."""
    if watch is None:
        return incidents
    return tuple(found for incident in incidents if (found := watch.of(incident)) is not None)


def say_unfit(store: Reader, watch: Watch | None, slugs: Sequence[str]) -> None:
    """On stderr: each pattern of a watch that fits nothing of what the vendors ever named. It may be misspelt."""
    if watch is not None:
        say_unnamed(store, "components", watch.components, slugs, f"watch {watch.name!r}")
        say_unnamed(store, "regions", watch.regions, slugs, f"watch {watch.name!r}")


def say_unnamed(store: Reader, what: str, patterns: Collection[str], slugs: Sequence[str], whose: str) -> None:
    """The same of patterns for components or regions; ``whose`` they are stands before each."""
    from tracker.config.mistakes import nearest
    from tracker.models import matches

    unfit, named = list(patterns), set[str]()
    for name in store.named(what, slugs) if patterns else ():
        named.add(name)
        unfit = [pattern for pattern in unfit if not matches((pattern,), (name,))]
        if not unfit:  # mostly after a few names: a long record is not read to its end
            break
    known = sorted(named)
    for pattern in unfit if known else ():
        near = nearest(pattern.strip("*"), known)
        hint = f"did you mean {near!r}?" if near else f"among them are {', '.join(known[:_FEW])}"
        output.say(f"{whose}: {pattern!r} fits none of the {len(known)} {what} named so far; {hint}")


def open_store(db: Path, *, write: bool = False, older: bool = False) -> Store:
    """The database that must be there; a missing one is answered with what to do."""
    from tracker.store import Store

    return Store.open(_there(db), write=write, older=older)


def open_reader(db: Path) -> Reader:
    """The same for those who only read what is derived: it starts at once."""
    from tracker.store import Reader

    return Reader.open(_there(db), write=False)


def _there(db: Path) -> Path:
    if not db.exists():
        raise StoreError(f"{db}: no such database; `tracker collect` makes it, `tracker demo` shows what is in one")
    return db


def made_store(db: Path) -> Store:
    """The database to write into, made with its folder where there is none."""
    from tracker.store import Store

    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: cannot make this folder: {error.strerror}") from error
    return Store.open(db)


def load_feeds(feeds: Path) -> tuple[Vendor, ...]:
    """The vendors of feeds.yaml; ConfigError with the remedy where there is none."""
    from tracker import config, platforms

    return config.load(feeds, platforms.names())


def choose_vendors(
    store: Reader | None, feeds: Path, wanted: Iterable[str], watch: Watch | None = None
) -> tuple[str, ...]:
    """Slugs of the vendors that the user named by slug or name, where the watch has them too; () asks for all.

    A near-miss is a usage error with the nearest. No ``store``: before the first run only feeds.yaml knows any.
    """
    named = _slugs(store, feeds, tuple(wanted))
    if watch is None or not watch.vendors:
        return named
    listed = _slugs(store, feeds, watch.vendors)
    both = tuple(slug for slug in named if slug in listed) if named else listed
    if not both:
        raise click.UsageError(f"watch {watch.name!r} lets pass only {', '.join(listed)}")
    return both


def _slugs(store: Reader | None, feeds: Path, wanted: tuple[str, ...]) -> tuple[str, ...]:
    if not wanted:
        return ()
    known = store.vendor_names(wanted) if store else {}
    if store and not known.keys() >= {*wanted}:  # not all are slugs as we write them
        known = store.vendor_names()
    found = [word if word in known else _vendor(word, known) for word in wanted]
    if None in found and (feeds.exists() or not store):
        configured = {each.slug: each.name for each in load_feeds(feeds)}
        found = [slug or _vendor(word, configured) for word, slug in zip(wanted, found, strict=True)]
        known |= configured
    for word, slug in zip(wanted, found, strict=True):
        if slug is None:
            if store and store.incident(word):
                raise click.UsageError(f"no vendor {word!r}, but an incident; `tracker show {word}` tells it")
            today = store.vendors_today(word) if store else []
            _refuse(word, known, today)
    return tuple(dict.fromkeys(slug for slug in found if slug))


def vendors_among(vendors: Iterable[Vendor], wanted: Iterable[str]) -> tuple[str, ...]:
    """Slugs of those that the user named by slug or name; a near-miss is a usage error with the nearest."""
    names = {vendor.slug: vendor.name for vendor in vendors}
    return tuple(dict.fromkeys(_vendor(word, names) or _refuse(word, names) for word in wanted))


def _vendor(word: str, names: Mapping[str, str]) -> str | None:
    folded = word.casefold()
    return next((slug for slug, name in names.items() if folded in (slug.casefold(), name.casefold())), None)


def _refuse(word: str, names: Mapping[str, str], today: Sequence[str] = ()) -> NoReturn:
    """A usage error with the vendors that it is ``today``; else with those of whose slug or name it is a part.

    Of these, those that begin with it come first. Else with the nearest. Several between commas are told so.
    """
    from tracker.config.mistakes import nearest

    apart = word.replace(",", " ").split()
    if "," in word and apart and all(_vendor(each, names) for each in apart):
        raise click.UsageError(f"no vendor {word!r}; write them apart: {' '.join(apart)}")
    slugs = {known.casefold(): slug for slug, name in names.items() for known in (slug, name)}
    part = word.casefold().strip().partition("/")[0]  # of a source its vendor
    holding = sorted((name for name in slugs if part in name), key=lambda name: not name.startswith(part))
    likely = today or (list(dict.fromkeys(slugs[name] for name in holding)) if len(part) >= _PART else [])
    if not likely and (near := nearest(part, slugs)):
        likely = [slugs[near]]
    hint = f"`tracker sources` lists all {len(set(slugs.values()))}" if slugs else "none is known yet"
    if likely:
        *most, last = map(repr, likely[:_MOST_MEANT])
        hint = f"did you mean {', '.join(most)}{' or ' if most else ''}{last}?"
    raise click.UsageError(f"no vendor {word!r}; {hint}")
