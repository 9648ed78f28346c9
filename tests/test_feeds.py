"""Feeds: what is cut reads as it does in the whole, and the fast way reads as feedparser does.

feedparser's own feeds are in its source distribution: ``FEEDPARSER_TESTS`` names its folder ``tests``. Without it, and
without ``../shared`` (or ``$TRACKER_SHARED``), those cases are skipped.
"""

from __future__ import annotations

import io
import lzma
import os
import tarfile
import warnings
from calendar import timegm
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import captured
import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import ReadError
from tracker.models import Announcement, Document, Source, Window
from tracker.platforms import _cutting, _feeds, _html, _wellformed, feed

HERE = Path(__file__).parent
NOW = datetime(2026, 5, 10, tzinfo=UTC)
SOURCE = Source(id="gannet/feed", vendor="gannet", platform="feed", url="https://status.gannet.example/feed")


def document(body: bytes | str, content_type: str = "") -> Document:
    raw = body.encode() if isinstance(body, str) else body
    return Document(source=SOURCE, url=SOURCE.url or "", body=raw, content_type=content_type, polled_at=NOW)


def feeds() -> Iterator[Path]:
    """Every feed of the tests, and the captured ones where they are."""
    for folder in (HERE / "platforms", captured.DOCUMENTS):
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
    cut = _cutting.cut(given)
    if cut is None:
        return
    whole = _feeds.parse(given)
    assert len(whole.entries) == len(cut.pieces)
    assert _feeds.parse(cut.only(range(len(cut.pieces)))) == whole
    assert replace(_feeds.parse(cut.only([0])), entries=()) == replace(whole, entries=())
    for place, entry in enumerate(whole.entries):
        if place % 7 in (0, 3):
            assert _feeds.parse(cut.only([place])).entries == (entry,)


def test_a_changed_entry_is_the_only_unknown_one() -> None:
    before = _cutting.cut(document(items(item(3), item(2), item(1))))
    after = _cutting.cut(document(items(item(4), item(3), item(2, "Broken."), item(1), between="\n\n  ")))
    assert before and after
    unknown = after.unknown(set(before.digests))
    assert [entry.id for entry in _feeds.parse(after.only(unknown)).entries] == ["g4", "g2"]


def test_another_root_element_makes_every_entry_unknown() -> None:
    plain, based = (
        _cutting.cut(document(items(item(1)).replace("<rss", f"<rss{more}")))
        for more in ("", " xml:base='https://a.b/'")
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
    assert _cutting.cut(document(body)) is None


def test_items_are_no_item() -> None:
    rdf = "<rdf:RDF xmlns='http://purl.org/rss/1.0/'><items/><item rdf:about='1'><title>a</title></item></rdf:RDF>"
    cut = _cutting.cut(document(rdf))
    assert cut and cut.pieces == (b"<item rdf:about='1'><title>a</title></item>",)


# -- the fast way and feedparser -----------------------------------------------------------------------------------

FEEDPARSERS = Path(os.environ.get("FEEDPARSER_TESTS", "nowhere"))
REPLAY = captured.REPLAYS / "github-atom.tar.xz"


def both_ways(given: Document) -> tuple[_feeds.Feed | str, _feeds.Feed | str]:
    """The fast way where it may be taken, and feedparser; without what is kept of the bytes."""
    return _read(given, by_feedparser=False), _read(given, by_feedparser=True)


def _read(given: Document, *, by_feedparser: bool) -> _feeds.Feed | str:
    try:
        found = _feeds.parse(given, by_feedparser=by_feedparser)
    except ReadError as error:
        return str(error)
    return replace(found, entries=tuple(replace(entry, raw=b"") for entry in found.entries))


def is_plain(given: Document) -> bool:
    found = _wellformed.read(given.body)
    return found is not None and bool(found.entries)


@every_feed
def test_the_fast_way_gives_what_feedparser_gives(path: Path) -> None:
    fast, slow = both_ways(document(path.read_bytes()))
    assert fast == slow


@every_feed
def test_an_entry_alone_is_what_it_was_among_the_others(path: Path) -> None:
    for entry in _feeds.parse(document(path.read_bytes())).entries:
        (alone,) = _feeds.parse(document(entry.raw)).entries
        assert replace(alone, raw=b"") == replace(entry, raw=b"")


@pytest.mark.skipif(not REPLAY.exists(), reason=f"no replay at {REPLAY}; TRACKER_SHARED names where it is")
def test_the_fast_way_gives_what_feedparser_gives_for_four_years_of_a_history() -> None:
    plain = 0
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(REPLAY.read_bytes()))) as archive:
        files = [member for member in archive.getmembers() if member.name.endswith(".atom")]
        for member in files[:: len(files) // 40]:
            body = archive.extractfile(member)
            assert body is not None
            given = document(body.read())
            fast, slow = both_ways(given)
            assert fast == slow
            assert not isinstance(fast, str)
            plain += is_plain(given)
            for entry in fast.entries:
                assert _html.text(entry.html) == _html.text_by_tree(entry.html)
    assert plain >= 40


def feedparsers_own() -> list[Any]:
    folders = sorted(path for path in FEEDPARSERS.rglob("*") if path.is_dir() and any(path.glob("*.xml")))
    if not folders:
        reason = "FEEDPARSER_TESTS does not name the folder tests of feedparser's source distribution"
        return [pytest.param(FEEDPARSERS, id="none", marks=pytest.mark.skip(reason))]
    return [pytest.param(path, id=str(path.relative_to(FEEDPARSERS))) for path in folders]


@pytest.mark.parametrize("folder", feedparsers_own())
def test_feedparsers_own_feeds_are_read_as_feedparser_reads_them(folder: Path) -> None:
    """The same entries as feedparser itself, called as its documentation says, or a ReadError."""
    for path in sorted(folder.glob("*.xml")):
        given = document(path.read_bytes())
        fast, slow = both_ways(given)
        assert fast == slow, path
        if not isinstance(fast, str):
            theirs = by_feedparser(given.body)
            assert [by_us(entry) for entry in fast.entries] == [fields for fields, _ in theirs], path
            told = [unescape(entry.html).strip() for entry in fast.entries]
            assert all(text in texts for text, (_, texts) in zip(told, theirs, strict=True)), path


def by_us(entry: _feeds.Entry) -> tuple[Any, ...]:
    return entry.id, entry.link, entry.title, entry.published, entry.author, entry.status


def by_feedparser(body: bytes) -> list[tuple[tuple[Any, ...], list[str]]]:
    """The fields of each entry, and its texts, of which one is what is told."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False).entries
    return [
        (
            (
                *((entry.get(key) or "").strip() or None for key in ("id", "link", "title")),
                _moment(entry.get("published_parsed")),
                (entry.get("author") or "").strip() or None,
                state.strip() or None if isinstance(state := entry.get("status"), str) else None,
            ),
            [
                unescape(text).strip()
                for text in (
                    *(part.value for part in entry.get("content", ())),
                    entry.get("summary", ""),
                    *entry.get("media_descriptions", ()),
                )
            ],
        )
        for entry in found
    ]


def _moment(parsed: Any) -> datetime | None:
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None


FIELDS = [
    "<title>A</title>",
    "<title type='html'>&lt;b&gt;B&lt;/b&gt;</title>",
    "<title/>",
    "<link>https://a.example/1</link>",
    "<link href='https://a.example/2?a=1&amp;b=2'/>",
    "<link rel='self' href='https://a.example/3'/>",
    "<guid>g</guid>",
    "<guid isPermaLink='false'>h</guid>",
    "<guid isPermaLink='False'>http:////h</guid>",
    "<id>urn:1</id>",
    "<id/>",
    "<author><name>Ann</name></author>",
    "<description>D</description>",
    "<description>&lt;p&gt;E &amp;amp; F&lt;/p&gt;</description>",
    "<summary>S</summary>",
    "<content type='html'>&lt;p&gt;C&lt;/p&gt;</content>",
    "<content:encoded><![CDATA[<p>G</p>]]></content:encoded>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>X</div></content>",
    "<content src='a'/>",
    "<pubDate>Tue, 07 Apr 2026 11:20:00 +0200</pubDate>",
    "<pubDate>7 Apr 26 11:20 EST</pubDate>",
    "<pubDate/>",
    "<published>2026-04-07T09:20:00Z</published>",
    "<updated>2026-04-08T09:20:00.5+01:00</updated>",
    "<date>x</date>",
    "<dc:date>2026-04-09</dc:date>",
    "<updated>soon</updated>",
    "<author>N (n@a.example)</author>",
    "<comments>c</comments>",
    "<author><name>N</name><email>n@a.example</email><uri>https://n.example</uri></author>",
    "<author><name/></author>",
    "<dc:creator>M</dc:creator>",
    "<category term='t'/>",
    "<category>u</category>",
    "<enclosure url='u' type='t'/>",
    "<source url='https://s.example'>Src</source>",
    "<status>Up</status>",
    "<status id='1'>Up</status>",
    "<a:b>q</a:b>",
    "<maintenanceEndDate>x</maintenanceEndDate>",
    "<dc:title>T</dc:title>",
    "<rights>Ã©</rights>",
    "<info>\x96</info>",
    "<slash:comments>3</slash:comments>",
    "<language>de</language>",
    "<image><url>i</url><title>I</title></image>",
    "t",
    "<contributor><name>O</name><uri>https://o.example</uri></contributor>",
    "<ttl>5</ttl>",
    "<created>2026</created>",
    "<!-- c -->",
    "<link>https://a.example/?a=1&amp;amp;copy;=2</link>",
    "<generator uri='u'>Gen</generator>",
    "<cloud/>",
]
SPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:slash='http://purl.org/rss/1.0/modules/slash/' xmlns:a='http://a.example/ns'"
)
FRAMES = [
    ("<rss version='2.0' {}><channel>", "<item>", "</item>", "</channel></rss>"),
    ("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='fr' {}>", "<entry>", "</entry>", "</feed>"),
    (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' {}>"
        "<channel rdf:about='c'>", "</channel><item rdf:about='i'>", "</item>", "</rdf:RDF>",
    ),
]  # fmt: skip
some_fields = st.lists(st.sampled_from(FIELDS), max_size=7).map("\n".join)


@given(st.sampled_from(FRAMES), some_fields, some_fields, some_fields)
def test_the_fast_way_gives_what_feedparser_gives_for_any_fields(
    frame: tuple[str, str, str, str], head: str, first: str, second: str
) -> None:
    start, opening, closing, end = frame
    again = opening.removeprefix("</channel>")
    fast, slow = both_ways(
        document(start.format(SPACES) + head + opening + first + closing + again + second + closing + end)
    )
    assert fast == slow


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "iso-8859-1", "windows-1252"]
)
def test_a_feed_may_be_in_any_usual_encoding(encoding: str) -> None:
    name = encoding.removesuffix("-sig").removesuffix("-le")
    text = f"<?xml version='1.0' encoding='{name}'?>" + items(item(1, "Käse – à point"), item(2))
    if encoding == "iso-8859-1":
        text = text.replace("–", "-")
    fast, slow = both_ways(document(text.encode(encoding)))
    assert fast == slow
    assert not isinstance(fast, str)
    assert fast.entries[0].html == ("Käse - à point" if encoding == "iso-8859-1" else "Käse – à point")
    raw = _feeds.parse(document(text.encode(encoding))).entries[0].raw
    assert _feeds.parse(document(raw)).entries[0].html == fast.entries[0].html


def test_the_charset_of_the_answer_goes_before_the_one_of_the_document() -> None:
    text = "<?xml version='1.0' encoding='utf-8'?>" + items(item(1, "Käse"))
    given = document(text.encode("iso-8859-1"), "application/xml; charset=iso-8859-1")
    fast, slow = both_ways(given)
    assert fast == slow
    assert not isinstance(fast, str)
    assert fast.entries[0].html == "Käse"


# -- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("<link>/i/1</link>", "https://status.gannet.example/i/1"),
        ("<link>i/1</link><guid>s-1</guid>", "https://status.gannet.example/i/1"),
        ("<guid>/i/1</guid>", "https://status.gannet.example/i/1"),
        ("<link>//gannet.example/1</link>", "https://gannet.example/1"),
        ("<link>https://gannet.example/1</link>", "https://gannet.example/1"),
        ("<link>status.gannet.example/1</link>", "https://status.gannet.example/1"),
        ("<guid>status.gannet.example/1</guid>", "https://status.gannet.example/1"),
        ("<guid>s-1</guid>", None),
        ("<guid>tag:gannet.example,2026:1</guid>", None),
        ("<link>javascript:x()</link>", None),
        ("<link>http://[half</link>", "http://[half"),
        ("<link>//[half</link>", None),
    ],
)
def test_a_relative_address_is_one_of_the_feeds_host(link: str, url: str | None) -> None:
    given = document(
        items(f"<item><title>A</title>{link}<description>&lt;a href='2?a=b'>b&lt;/a></description></item>")
    )
    (said,) = feed.read(given).announcements
    assert (said.url, said.links) == (url, ("https://status.gannet.example/2?a=b",))
    assert feed.read(replace(given, url="", body=said.original)).announcements == (said,)


# -- times ---------------------------------------------------------------------------------------------------------

DATES = HERE / "platforms/feed/dates.rss"


def told_at(zone: str | None, **more: Any) -> dict[str, datetime | None]:
    of = replace(SOURCE, timezone=zone, **more)
    given = replace(document(DATES.read_bytes()), source=of, polled_at=datetime(2026, 9, 1, tzinfo=UTC))
    return {said.title or "": said.published_at for said in feed.read(given).announcements}


def test_a_time_without_a_zone_is_one_of_the_sources_zone_else_unknown() -> None:
    unknown, berlin = told_at(None), told_at("Europe/Berlin")
    without = [title for title in unknown if title.startswith("without a zone")]
    assert [unknown[title] for title in without] == [None] * 3
    assert {f"{berlin[title]:%d %H:%M}" for title in without} == {"17 19:57"}
    assert f"{berlin['a day alone']:%d %H:%M}" == "16 22:00"
    assert all(berlin[title] == at for title, at in unknown.items() if at and title != "a day alone")


def test_an_abbreviation_of_several_places_is_the_sources_own() -> None:
    stamp = dated(3, "Down.").replace("10:00:00 GMT", "10:00:00 CST")
    for zone, hour in ((None, 16), ("Asia/Shanghai", 2)):
        given = replace(document(items(stamp)), source=replace(SOURCE, timezone=zone))
        (said,) = feed.read(given).announcements
        assert said.published_at and said.published_at.hour == hour


def test_what_is_known_stays_known_when_its_zone_is_told() -> None:
    bare = "<item><title>Mail is slow</title><pubDate>2026-08-17T21:57:51</pubDate></item>"
    again = bare.replace("-17T", "-18T")
    before, after = (
        [(said.id, said.aliases) for said in feed.read(replace(document(items(again, bare)), source=of)).announcements]
        for of in (SOURCE, replace(SOURCE, timezone="Asia/Tokyo"))
    )
    assert before == after
    assert len({id_ for id_, _ in before}) == 2


# -- known entries are passed over ---------------------------------------------------------------------------------


def told(reading: Any) -> dict[str, Any]:
    return {said.id: said for said in reading.announcements}


@st.composite
def polls(draw: st.DrawFn) -> list[str]:
    """The same feed, poll by poll: entries come, change, go, and share ids, on the same day or not."""
    shown: list[tuple[int, int, str]] = []
    documents = []
    for number in range(1, draw(st.integers(2, 6))):
        for _ in range(draw(st.integers(0, 2))):
            shown.insert(
                draw(st.integers(0, len(shown))),
                (draw(st.integers(1, 9)), draw(st.integers(1, 3)), draw(st.sampled_from("abc"))),
            )
        if shown and draw(st.booleans()):
            place = draw(st.integers(0, len(shown) - 1))
            shown[place] = (*shown[place][:2], f"edited {number}")
        if shown and draw(st.booleans()):
            shown.pop(draw(st.integers(0, len(shown) - 1)))
        is_dated = draw(st.booleans())
        documents.append(items(*(dated(key, text, day) if is_dated else item(key, text) for key, day, text in shown)))
    return documents


def dated(number: int, text: str, day: int | None = None) -> str:
    return item(number, text).replace("</item>", f"<pubDate>0{day or number} Apr 2026 10:00:00 GMT</pubDate></item>")


@given(polls())
def test_reading_only_the_news_gives_what_reading_the_whole_gives(documents: list[str]) -> None:
    held: dict[str, tuple[str, ...]] = {}
    known: dict[str, Any] = {}
    for body in documents:
        whole, news = feed.read(document(body)), feed.read(replace(document(body), held=held))
        assert (news.listed, news.entries, news.listing, news.every) == (
            whole.listed, whole.entries, whole.listing, whole.every,
        )  # fmt: skip
        assert told(news).items() <= told(whole).items()
        known |= told(news)
        assert {key: known[key].text for key in told(whole)} == {key: said.text for key, said in told(whole).items()}
        held = dict(news.entries)


def test_of_a_known_feed_nothing_is_read() -> None:
    body = (HERE / "platforms/feed/status.rss").read_bytes()
    first = feed.read(document(body))
    again = feed.read(replace(document(body), held=first.entries))
    assert len(first.announcements) == 3
    assert (again.announcements, again.listed, again.entries, again.every) == ((), first.listed, first.entries, 600)


def test_entries_that_get_the_title_of_the_end_of_their_event_are_no_ends_though_that_one_is_known() -> None:
    whole = (HERE / "platforms/feed/retitled.rss").read_text(encoding="utf-8")
    before = whole.replace("Service is operating normally: [RESOLVED]", "Informational message:")
    before = before.replace("Informational message:", "Service is operating normally: [RESOLVED]", 1)
    before = before.replace("Informational message: [RESOLVED]", "Informational message:")
    first = feed.read(document(before))
    after = feed.read(replace(document(whole), held=first.entries))
    assert [said.status for said in first.announcements] == [None, None, None, "RESOLVED"]
    assert [said.status for said in after.announcements] == ["RESOLVED", None, None, "RESOLVED"]


def test_a_list_is_newest_first_even_where_the_feed_is_not() -> None:
    body = (HERE / "platforms/feed/oldest-first.rdf").read_bytes()
    assert feed.read(document(body)).listed == ("https://petrel.example/n/2", "https://petrel.example/n/1")


def test_a_feed_with_new_ids_at_every_poll_tells_nothing_new() -> None:
    feeds = [items(*(dated(n, "Down.").replace(f"g{n}", f"{n}-{poll}") for n in (1, 2))) for poll in (1, 2)]
    first, second = (feed.read(document(body)).announcements for body in feeds)
    assert not {said.id for said in first} & {said.id for said in second}
    assert [said.aliases for said in first] == [said.aliases for said in second]
    assert len({said.aliases for said in first}) == 2


def test_two_entries_of_one_time_and_the_same_words_stay_two() -> None:
    one, other = (dated(3, "Up.").replace("g3", guid).replace("Note 3", "Up") for guid in ("east", "west"))
    before = feed.read(document(items(one)))
    after = feed.read(replace(document(items(other, one)), held=before.entries))
    assert [said.id for said in after.announcements] == ["west"]
    assert not after.announcements[0].aliases
    assert {said.aliases for said in feed.read(document(items(other, one))).announcements} == {()}


@pytest.mark.parametrize("base", ["https://gannet.example/en/", ""])
@pytest.mark.parametrize("title", ["Mail", "Mail & more"])
def test_an_entry_keeps_the_base_of_its_addresses_also_where_the_markup_is_broken(base: str, title: str) -> None:
    told = '<link href="17.html"/><content type="html">&lt;a href="17.html#all">All of it&lt;/a></content>'
    entry = f"<entry xml:base='incidents/'><id>a</id><title>{title}</title>{told}</entry>"
    body = f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{base}'>{entry}</feed>"
    (said,) = feed.read(document(body)).announcements
    page = f"{base or 'https://status.gannet.example/'}incidents/17.html"
    assert (said.url, said.links) == (page, (f"{page}#all",))
    assert feed.read(document(said.original)).announcements == (said,)


# -- what an entry says of itself --------------------------------------------------------------------------------


def lone(title: str, text: str, *, page: str = "", dated: str = "2026-05-09T12:00:00Z") -> Announcement:
    """A lone entry; its id is what its page ends with."""
    named = f"<guid isPermaLink='false'>{page.rpartition('/')[2] or 'a'}</guid><link>{page}</link>"
    words = f"<title>{title}</title><description>{text}</description>"
    (said,) = feed.read(document(items(f"<item>{named}{words}<pubDate>{dated}</pubDate></item>"))).announcements
    return said


@pytest.mark.parametrize(
    ("title", "told", "status"),
    [
        ("Mail is slow", "<x:state>resolved</x:state>", "resolved"),
        ("Mail is slow", "<x:comment_status>closed</x:comment_status>", None),
        ("[Resolved] Mail is slow", "<x:status>publish</x:status>", "Resolved"),
        ("Mail is slow", "<x:status>publish</x:status><x:state>identified</x:state>", "identified"),
        ("Mail is slow", "<category>Resolved</category><category>RESOLVED</category>", "RESOLVED"),
        ("Mail is slow", "<category>Investigating</category><category>Resolved</category>", None),
        ("[Resolved] Mail is slow", "<category>Investigating</category>", "Resolved"),
        ("[Resolved] Mail is slow", "<status>Available</status>", "Resolved"),
        ("Investigating: Mail is slow", "<status>Available</status>", "Available"),
    ],
)
def test_an_element_that_is_no_state_of_an_incident_hides_none(title: str, told: str, status: str | None) -> None:
    body = items(f"<item xmlns:x='urn:x'><guid>a</guid><title>{title}</title>{told}</item>")
    assert [said.status for said in feed.read(document(body)).announcements] == [status]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ('"state": "resolved"', "resolved"),
        ('"status": "published", "_x": {"state": "monitoring"}', "monitoring"),
        ('"_x": {"status": "closed"}, "status": ["resolved"], "_y": "resolved"', None),
    ],
)
def test_a_state_of_an_incident_in_an_item_of_a_json_feed_is_its_own(told: str, status: str | None) -> None:
    item = f'{{"id": "a", "title": "Mail is slow", "content_text": "We look.", {told}}}'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Mail", "items": [{item}]}}'
    assert [said.status for said in feed.read(document(body)).announcements] == [status]


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("RESOLVED Mail is slow", "RESOLVED"),
        ("RESOLVED ISSUES IN RELEASE 4.2", None),
        ("Slow mail - resolved!", "resolved"),
        ("Slow mail - resolved?", None),
        ("Is slow mail gone (fixed)?", None),
    ],
)
def test_a_title_that_asks_or_lists_what_is_over_is_no_end(title: str, status: str | None) -> None:
    assert lone(title, "Read on.").status == status


@pytest.mark.parametrize("state", ["In Progress", "Completed", "Verifying", "Canceled"])
@pytest.mark.parametrize("title", ["Mail is slow", "Errors after the maintenance of the mail", "Maintenance issues"])
def test_a_state_of_planned_work_in_brackets_makes_no_work_of_trouble(title: str, state: str) -> None:
    said = lone(title, f"[{state}] We are looking into it.")
    assert (said.planned, said.status) == (False, None)


@pytest.mark.parametrize(
    "none", ["None", "No", "N/A", "Unknown", "TBD", "Everyone", "Nobody", "Various services", "Keine"]
)
def test_that_nothing_is_affected_or_who_is_names_no_component(none: str) -> None:
    assert lone("Mail is slow", f"Affected: {none}").components == ()
    assert lone("Mail is slow", "Affected: Nonesuch, Mail").components == ("Nonesuch", "Mail")


@pytest.mark.parametrize(
    ("hours", "dated"),
    [
        ("Start: 2026-05-09 11:00 UTC|End: 2026-05-09 09:00 UTC", "2026-05-09T12:00:00Z"),  # before it began
        ("Start: 2026-05-09 11:00 UTC|End: 2026-05-10 01:00 UTC", "2026-05-10T02:00:00Z"),  # ahead of us, of it not
    ],
)
def test_an_end_before_the_beginning_or_ahead_ends_nothing(hours: str, dated: str) -> None:
    said = lone("Mail is slow", hours.replace("|", "&lt;br>"), dated=dated)
    assert said.window == Window(start=datetime(2026, 5, 9, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("title", "words", "status"),
    [
        ("Mail", "Server: North&lt;br&gt;Status: Down", "Down"),
        ("Mail", "Status: Down&lt;br&gt;Status page: on the web&lt;br&gt;State of matter: solid", "Down"),
        ("Mail", "We are looking into mail that is late.&lt;br&gt;Status: Operational", None),
        ("Maintenance of the mail", "Server: North&lt;br&gt;Status: Up", None),
    ],
)
def test_a_line_with_what_a_monitor_measured_is_no_state_of_what_people_write(
    title: str, words: str, status: str | None
) -> None:
    """Such a state among sentences may be that of a component, or of what is not yet hurt."""
    assert lone(title, words).status == status


def test_since_when_it_is_over_leaves_the_line_of_its_beginning() -> None:
    said = lone("[Resolved] Mail is slow", "Start: 2026-05-09 11:40 UTC&lt;br>Resolved: 2026-05-09 12:30 UTC")
    start, end = (datetime(2026, 5, 9, *clock, tzinfo=UTC) for clock in ((11, 40), (12, 30)))
    assert said.window == Window(start=start, end=end)


@pytest.mark.parametrize(
    ("affected", "named"),
    [
        (
            "Impacted: Export of reports for our partners abroad, API",
            ("Export of reports for our partners abroad", "API"),
        ),
        ("Affected: Letters to the north of Ternby and Quay", ("Letters to the north of Ternby and Quay",)),
        ("Affected: Export of reports is slow, Import works", ()),
        ("Affected: Shops that use one of the old terminals", ()),
    ],
)
def test_names_of_many_words_behind_affected_are_components_and_a_sentence_is_none(
    affected: str, named: tuple[str, ...]
) -> None:
    assert lone("Mail is slow", affected).components == named


@pytest.mark.parametrize(
    ("place", "is_whole"), [("mail", True), ("incidents", True), ("updates", False), ("posts", False), ("news", False)]
)
def test_an_entry_with_a_state_is_all_of_its_incident_unless_its_page_is_that_of_a_word(
    place: str, is_whole: bool
) -> None:
    said = lone("Mail is slow", "Status: Monitoring", page=f"https://status.gannet.example/{place}/INC556")
    assert said.incident_key == ("INC556" if is_whole else None)
