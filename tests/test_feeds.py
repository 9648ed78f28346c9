"""Feeds: what is cut reads as it does in the whole, and a faster reading reads as feedparser does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.models import Document, Source
from tracker.platforms import _feeds

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TRACKER_SHARED", HERE.parents[1] / "shared"))
NOW = datetime(2026, 5, 10, tzinfo=UTC)
SOURCE = Source(id="gannet/feed", vendor="gannet", platform="feed", url="https://status.gannet.example/feed")


def document(body: bytes | str, content_type: str = "") -> Document:
    raw = body.encode() if isinstance(body, str) else body
    return Document(source=SOURCE, url=SOURCE.url or "", body=raw, content_type=content_type, polled_at=NOW)


def feeds() -> Iterator[Path]:
    """Every feed of the tests, and the captured ones where they are."""
    for folder in (HERE / "platforms", SHARED / "documents"):
        yield from sorted(path for path in folder.rglob("*") if path.suffix in (".rss", ".atom", ".xml"))


every_feed = pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in feeds()])


def items(*bodies: str, between: str = "\n") -> str:
    return f"<rss version='2.0'><channel><title>Gannet</title>{between.join(bodies)}</channel></rss>"


def item(number: int, text: str = "All well.") -> str:
    return f"<item><guid>g{number}</guid><title>Note {number}</title><description>{text}</description></item>"


# -- cut into entries ----------------------------------------------------------------------------------------------


@every_feed
def test_a_cut_feed_reads_as_it_does_in_the_whole(path: Path) -> None:
    given = document(path.read_bytes())
    cut = _feeds.cut(given)
    if cut is None:
        return
    whole = _feeds.parse(given)
    assert len(whole.entries) == len(cut.pieces)
    assert _feeds.parse(cut.only(range(len(cut.pieces)))) == whole
    assert _feeds.parse(cut.only([0])).title == whole.title
    for place, entry in enumerate(whole.entries):
        if place % 7 in (0, 3):
            assert _feeds.parse(cut.only([place])).entries == (entry,)


def test_a_changed_entry_is_the_only_unknown_one() -> None:
    before = _feeds.cut(document(items(item(3), item(2), item(1))))
    after = _feeds.cut(document(items(item(4), item(3), item(2, "Broken."), item(1), between="\n\n  ")))
    assert before and after
    unknown = after.unknown(set(before.digests))
    assert [entry.id for entry in _feeds.parse(after.only(unknown)).entries] == ["g4", "g2"]


def test_another_root_element_makes_every_entry_unknown() -> None:
    plain, based = (
        _feeds.cut(document(items(item(1)).replace("<rss", f"<rss{more}"))) for more in ("", " xml:base='https://a.b/'")
    )
    assert plain and based
    assert based.unknown(set(plain.digests)) == (0,)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<rss><channel></channel></rss>",
        "<html><body>hello</body></html>",
        items(item(1), item(1)),
        items(item(1), "<ttl>5</ttl>", item(2)),
        items(item(1), "<item/>", item(2)),
        items(item(1, "<![CDATA[</item><item>]]>")),
        items("<!--", item(1), "-->", item(2)),
        items("<!-- </item> <item> -->", item(1)),
        items(item(1, "<item>inner</item>")),
        items(item(1))[:-40],
        items(item(1)).replace("item>", "x:item>"),
        items(item(1)).encode("utf-16"),
    ],
)
def test_what_cannot_be_cut_with_certainty_is_not_cut(body: str | bytes) -> None:
    assert _feeds.cut(document(body)) is None


def test_items_are_no_item() -> None:
    rdf = "<rdf:RDF xmlns='http://purl.org/rss/1.0/'><items/><item rdf:about='1'><title>a</title></item></rdf:RDF>"
    cut = _feeds.cut(document(rdf))
    assert cut and cut.pieces == (b"<item rdf:about='1'><title>a</title></item>",)
