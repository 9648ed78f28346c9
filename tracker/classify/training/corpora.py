"""The labelled posts of ``../shared/corpus``: read where they lie, never copied.

A post is (text, title, language, phase, ambiguous, operator). One organisation is one operator, whatever number
of accounts it has. ``labels.tsv`` is our own reading of posts that came without a label, or with one that is not
to be trusted: a line ``fingerprint<TAB>phase``, with ``<TAB>?`` where a second careful reader could disagree.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracker.classify import model

LABELS = Path(__file__).with_name("labels.tsv")
HELD_OUT = ("web_posts_dev.jsonl", "told_dev.jsonl")  # no fit sees them
GOLD = "gold_dev.jsonl"  # no fit saw it before its figures were reported: docs/classifier.md
PHASES = tuple(phase.value for phase in model.PHASES)  # the rows of a fit are in the model's order
_OPERATORS = (
    (re.compile(r"Ligne\d|RATP|^RER|^T\d+[ab]?_|SNCF|IDFM"), "paris"),
    (re.compile(r"^rod|^rg\d|^rt\d"), "rodalies"),
    (re.compile(r"^Atlassian|^Trello"), "atlassian"),
    (re.compile(r"^Apple"), "apple"),
    (re.compile(r"^Amazon|^AWS"), "amazon"),
    (re.compile(r"^Google"), "google"),
    (re.compile(r"^Twitter"), "twitter"),
    (re.compile(r"^Microsoft|^Azure|^Xbox"), "microsoft"),
    (re.compile(r"^Virgin"), "virgin"),
)


@dataclass(frozen=True)
class Post:
    """One labelled post; ``kind`` and ``ambiguous`` decide what it counts in training."""

    text: str
    phase: str
    operator: str
    language: str = ""
    title: str | None = None
    ambiguous: bool = False
    kind: str = "social"


def folder() -> Path:
    """``$TRACKER_SHARED/corpus``, or beside the checkout."""
    shared = os.environ.get("TRACKER_SHARED") or Path(__file__).parents[4] / "shared"
    return Path(shared) / "corpus"


def operator(account: str) -> str:
    """Whose account it is: one name for all of an organisation, else its own in lower case."""
    for pattern, name in _OPERATORS:
        if pattern.search(account):
            return name
    return account.casefold()


def labelled(name: str = "labelled_posts.jsonl") -> list[Post]:
    """The posts of a file whose lines have a ``label``."""
    return [
        Post(
            text=line["text"],
            phase=line["label"],
            operator=operator(line.get("account") or line.get("vendor") or ""),
            language=line.get("lang") or "",
            ambiguous=bool(line.get("ambiguous")),
            kind=line.get("kind") or "social",
        )
        for line in _lines(name)
    ]


def read_by_us() -> list[Post]:
    """The posts and status updates of ``labels.tsv``, each once, by their words alone."""
    left = dict(_labels())
    posts = []
    for name, kind in (("unlabelled_posts.jsonl.gz", "social"), ("status_updates.jsonl.gz", "status")):
        for line in _lines(name):
            text = line["text"] or ""
            label = left.pop(fingerprint(text), None)
            if label is not None:
                account = operator(line.get("account") or line["vendor"])
                phase, ambiguous = label
                posts.append(Post(text, phase, account, line["lang"] or "", ambiguous=ambiguous, kind=kind))
    return posts


def fingerprint(text: str) -> str:
    """How ``labels.tsv`` names a post: twelve hexadecimal digits of the SHA-256 of its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@functools.cache
def _labels() -> dict[str, tuple[str, bool]]:
    """Fingerprint to (phase, ambiguous)."""
    found = {}
    for number, line in enumerate(LABELS.read_text("utf-8").splitlines(), 1):
        name, phase, *doubt = line.split("\t")
        assert phase in PHASES, f"{LABELS.name}:{number}: {phase!r} is no phase"
        found[name] = phase, bool(doubt)
    return found


def _lines(name: str) -> Iterator[dict]:
    data = (folder() / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")
    for line in text.split("\n"):
        if line.strip():
            yield json.loads(line)


# What a vendor's state says of a text, where it can be trusted for that vendor.
_STATES = {
    "investigating": "outage-start",
    "identified": "update",
    "monitoring": "update",
    "update": "update",
    "resolved": "resolved",
    "postmortem": "resolved",
    "scheduled": "maintenance",
    "in_progress": "maintenance",
    "in progress": "maintenance",
    "completed": "maintenance",
    "verifying": "maintenance",
    "success": "resolved",
}
_FOLLOWS_ON = re.compile(
    r"\b(continu|still|we have (identified|mitigated|deployed)|has been (identified|mitigated)|rolling out|recover"
    r"|improv|monitoring|operating normally|resolved|deployed|mitigat|update:)",
    re.I,
)


def status_updates(*, also_read: bool = False) -> list[Post]:
    """Updates of status pages, one of each text and vendor, with what the vendor's state says of them.

    Those that we read ourselves (``labels.tsv``) are left out, for our reading counts, unless they are ``also_read``.
    GitHub calls nearly every post "investigating", others post a second "investigating": such a text is a
    start only where it is the first of its incident and does not speak of what came before.
    """
    rows = [row for row in _lines("status_updates.jsonl.gz") if (row["native_status"] or "").casefold() in _STATES]
    rows.sort(key=lambda row: row["published_at"] or "")
    begun: set[tuple[str, str]] = set()
    seen: set[tuple[str, str]] = set()
    posts = []
    for row in rows:
        incident = (row["vendor"], row["incident_id"] or "")
        is_first = incident not in begun
        begun.add(incident)
        text = (row["text"] or "").strip()
        key = (operator(row["vendor"]), re.sub(r"[\W\d]+", " ", text.casefold())[:300])
        phase = _STATES[row["native_status"].casefold()]
        if row["kind"] == "maintenance":
            phase = "maintenance"
        if not also_read and fingerprint(row["text"] or "") in _labels():
            continue
        if not text or key in seen or (phase == "outage-start" and (not is_first or _FOLLOWS_ON.search(text))):
            continue
        if phase == "update" and is_first and row["native_status"].casefold() in ("identified", "update"):
            continue
        seen.add(key)
        title = row["incident_title"] or None
        posts.append(Post(text, phase, operator(row["vendor"]), row["lang"] or "", title, kind="status-page"))
    return posts
