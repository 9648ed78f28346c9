"""Which known announcement each word of a document is, also where it has another id than before. It only reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from tracker.models import Announcement, Reading
from tracker.store import cells
from tracker.store.reading import Reader
from tracker.store.versions import Latest, Version, words

K = TypeVar("K")
T = TypeVar("T")

_SITE = re.compile(r"https?://[^/?#]+(?=/.)")
# An announcement ``a`` as ``Latest.of_row`` has it, and its newest version.
_LATEST = f"a.number, a.id, a.versions, a.forgotten_at, {', '.join(map(cells.revised, Version._fields))}"
_NEWEST = "LEFT JOIN revisions r ON r.announcement = a.number AND r.number = a.versions"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The known announcements that a document tells of: ``named`` by each of their names, ``renamed`` by a new one.

    ``begin`` adds what is new: a document may hold two versions of one announcement.
    """

    named: dict[str, Latest]
    renamed: dict[str, Latest] = field(default_factory=dict)

    def of(self, said: Announcement) -> Latest | None:
        """The one that this is: by its id, else by the first of its other ids that is known, else by a new id."""
        for id_ in said.ids:
            if id_ in self.named:
                return self.named[id_]
        return self.renamed.get(said.id)

    def begin(self, said: Announcement, number: int) -> None:
        """A new one, the same under all its names but for those that are another's own."""
        begun = Latest(number, said.id, 1, is_forgotten=False, newest=Version.of(said))
        for name in said.ids:
            if name not in self.named or self.named[name].id != name:
                self.named[name] = begun

    def has_whole(self, excerpt: Announcement) -> bool:
        """Whether a step of an entry was told within that entry, before it was cut, or was forgotten with it."""
        entry = self.named.get(excerpt.incident_key or "")
        if entry is None or entry.id != excerpt.incident_key:
            return False
        return entry.is_forgotten or words(excerpt.excerpt) in words(entry.newest.text)


class Recognising(Reader):
    """The part of the store that finds again what a document tells of."""

    def recognised(self, source: str, ids: Iterable[str]) -> Recognised:
        """What is known by these ids; loads nothing else."""
        found = self.db.execute(
            "WITH wanted AS (SELECT value AS id FROM json_each(?1)), hits AS ("
            " SELECT w.id AS asked, a.number FROM wanted w JOIN announcements a ON a.source = ?2 AND a.id = w.id"
            " UNION SELECT w.id, s.announcement FROM wanted w"
            " JOIN announcement_aliases s ON s.source = ?2 AND s.alias = w.id) "
            f"SELECT h.asked, {_LATEST} FROM hits h JOIN announcements a ON a.number = h.number {_NEWEST} "
            "ORDER BY a.id = h.asked",
            (json.dumps(list(ids)), source),
        )
        known: dict[int, Latest] = {}  # one and the same for all names of an announcement; its own id wins
        return Recognised({asked: known.setdefault(row[0], Latest.of_row(*row)) for asked, *row in found})

    def named_anew(self, source: str, reading: Reading) -> Reading:
        """With an id of its own for what has the id of another that was gone before this one was published.

        Azure makes an incident's guid of its title, and the next outage of that title has it again. What comes back
        in the words that it had is the same: some feeds are empty for a while, and date entries by the request.
        """
        found = self.db.execute(
            "WITH gone AS (SELECT a.id, a.last_seen_at FROM json_each(?1) w CROSS JOIN announcements a "
            "ON a.source = ?2 AND a.id = w.value WHERE a.last_seen_at NOT NULL) "
            "SELECT id, last_seen_at, id AS newest, last_seen_at AS newest_last_seen_at FROM gone "
            "UNION ALL SELECT g.id, g.last_seen_at, a.id, a.last_seen_at FROM gone g CROSS JOIN announcements a "
            "ON a.source = ?2 AND a.id > g.id || '~20' AND a.id < g.id || '~21' AND a.id GLOB '*~????-??-??T??:??:??Z' "
            "ORDER BY newest",
            (json.dumps([said.id for said in reading.announcements]), source),
        )
        gone = {row["id"]: row for row in found}
        names: dict[str, str] = {}
        for said in reading.announcements:
            published = cells.stamp(said.published_at) if said.id in gone else None
            if published is None or published <= gone[said.id]["last_seen_at"]:
                continue
            newest, last_seen = gone[said.id]["newest"], gone[said.id]["newest_last_seen_at"]
            known = self.recognised(source, [newest]).named[newest].newest
            is_another = last_seen and published > last_seen and known.is_reworded(said, titled=True, stated=True)
            names[said.id] = f"{said.id}~{published}" if is_another else newest
        return reading.renamed(names) if names else reading

    def of_a_site_that_moved(
        self, source: str, reading: Reading, before: Sequence[str], known: Recognised
    ) -> dict[str, Latest]:
        """What seems new, by its address, and stood at the same place of another site in the list before, dated alike.

        A page that moves has all its addresses on its new host, where none was before.
        """
        here, there = ({site for key in keys if (site := _site(key))} for keys in (reading.listed, before))
        if not there or here & there:
            return {}
        places = _grouped((key.removeprefix(_site(key)), key) for key in before if _site(key))
        new = [said for said in reading.announcements if _site(said.id) and known.of(said) is None]
        stood = ((said, places.get(said.id.removeprefix(_site(said.id)), ())) for said in new)
        was = {keys[0]: said for said, keys in stood if len(keys) == 1}
        dates = self.db.execute(
            "SELECT id, published_at FROM announcements WHERE source = ? AND id IN (SELECT value FROM json_each(?))",
            (source, json.dumps(list(was))),
        )
        alike = {id_: was[id_] for id_, date in dates if date == cells.stated(was[id_].published_at)}
        named = self.recognised(source, alike).named
        return {said.id: named[id_] for id_, said in alike.items()}

    def own_keys(self, source: str, reading: Reading, known: Recognised) -> tuple[str, ...]:
        """What the list holds, each by the id that the record knows it by: lists are compared with each other.

        An entry that is told in steps keeps its own too, which is their key. No two of a list have one name.
        """
        names = self._names(source, reading, known)
        renamed = [key for key in reading.listed if names.get(key, key) != key]
        if not renamed:
            return reading.listed
        keyed = self.db.execute(
            "SELECT value FROM json_each(?1) WHERE EXISTS "
            "(SELECT 1 FROM announcements WHERE source = ?2 AND incident_key = value)",
            (json.dumps(renamed), source),
        )
        keys = {said.incident_key for said in reading.announcements}.union(key for (key,) in keyed)
        taken, found = {*reading.listed}, list[str]()
        for key in reading.listed:
            own = names.get(key, key)
            if own in taken or key in keys:
                found.append(key)
            if own not in taken:
                found.append(own)
                taken.add(own)
        return tuple(found)

    def _names(self, source: str, reading: Reading, known: Recognised) -> dict[str, str]:
        """The id by which the record knows a name; not of an entry that is told in steps, nor of an incident."""
        told = ((name, one.id) for said in reading.announcements if (one := known.of(said)) for name in said.ids)
        names = {name: id_ for name, id_ in told if not id_.startswith(f"{name}~")}
        others = json.dumps([key for key in reading.listed if key not in names])
        names |= self.db.execute(
            "SELECT s.alias, a.id FROM json_each(?1) w CROSS JOIN announcement_aliases s "
            "ON s.source = ?2 AND s.alias = w.value JOIN announcements a ON a.number = s.announcement "
            "WHERE substr(a.id, 1, length(s.alias) + 1) <> s.alias || '~' AND a.incident_key IS NOT s.alias",
            (others, source),
        ).fetchall()
        return names

    def no_longer_named(self, source: str, reading: Reading, known: Recognised) -> dict[str, Latest]:
        """What seems new, by its id, and is a known update of its incident which none of the ids of today names.

        An id that holds a time changes when the vendor moves it. What says the same now is the same update; and so is
        what says something else under such an id, where it alone is new in its state, one alone in this state is gone,
        and no other word of the incident lies between the two.
        """
        new = [said for said in reading.announcements if said.incident_key and known.of(said) is None]
        today = {one.number for one in (*known.named.values(), *known.renamed.values())}
        found = self.db.execute(
            f"SELECT a.incident_key, a.published_at, {_LATEST} FROM json_each(?) w "
            f"JOIN announcements a ON a.source = ? AND a.incident_key = w.value {_NEWEST} ORDER BY a.number DESC",
            (json.dumps(list({said.incident_key for said in new})), source),
        )
        of_these = ((key, cells.moment(at), Latest.of_row(*row)) for key, at, *row in found)
        gone = [(key, at, one) for key, at, one in of_these if one.number not in today]
        alike = {(key, one.newest.status, one.newest.text): one for key, _, one in gone}
        same = ((said, alike.get((said.incident_key, said.status, said.text))) for said in new)
        names = {said.id: one for said, one in same if one}
        taken = {one.number for one in names.values()}
        left = _grouped(((key, one.newest.status), (at, one)) for key, at, one in gone if one.number not in taken)
        others = _grouped(((said.incident_key, said.status), said) for said in new if said.id not in names)
        of_incident = _grouped((said.incident_key, said) for said in reading.announcements)
        for state, told in others.items():
            if len(told) != 1 or len(left.get(state, ())) != 1 or not _holds_its_time(told[0]):
                continue
            [(at, one)] = left[state]
            if not _lies_between(of_incident[told[0].incident_key], told[0], at):
                names[told[0].id] = one
        return names


def _grouped(told: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """What goes with each key, in order."""
    found: dict[K, list[T]] = {}
    for key, what in told:
        found.setdefault(key, []).append(what)
    return found


def _site(key: str) -> str:
    """Scheme and host of an address that has a place behind them, "" of anything else."""
    found = _SITE.match(key)
    return found[0] if found else ""


def _holds_its_time(said: Announcement) -> bool:
    """Whether its id would be another one at another minute."""
    return said.published_at is not None and f"{said.published_at:%Y-%m-%dT%H:%M}" in said.id


def _lies_between(told: Iterable[Announcement], said: Announcement, at: datetime | None) -> bool:
    """Whether another word ``told`` of its incident lies between it and a time; also where one of these is unknown."""
    if at is None or said.published_at is None:
        return True
    first, last = sorted((at, said.published_at))
    return any(first <= each.published_at <= last for each in told if each is not said and each.published_at)
