"""Telegram: what is asked, whose posts count, and what a page, an edit and a deletion come to, poll by poll."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tracker import collect, platforms
from tracker.collect.detecting import detect
from tracker.errors import ReadError, SourceError
from tracker.models import Answer, Document, Due, Known, Listing, Request, Source, Vendor
from tracker.platforms import telegram
from tracker.store import Store

PAGE_FOLDER = Path(__file__).parent / "platforms/telegram"
PAGE = (PAGE_FOLDER / "channel.html").read_bytes()
NOON = datetime(2026, 5, 7, 12, tzinfo=UTC)
PREVIEW = "https://t.me/s/pelicanmail"


def source(**given: Any) -> Source:
    return Source(id="pelican/telegram", vendor="pelican", platform="telegram", **given)


PELICAN = source(account="pelicanmail")


def document(body: bytes | str, url: str = PREVIEW, of: Source = PELICAN) -> Document:
    return Document(source=of, url=url, body=body.encode() if isinstance(body, str) else body, polled_at=NOON)


def post(number: int, words: str = "", *, channel: str = "pelicanmail", peer: int = -1400700900, more: str = "") -> str:
    """One post of a page, said ``number`` minutes after midnight."""
    view = urlsafe_b64encode(f'{{"c":{peer},"p":{number}}}'.encode()).decode().rstrip("=")
    said = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>' if words else ""
    at = f"{NOON.replace(hour=0) + timedelta(minutes=number):%Y-%m-%dT%H:%M:%S+00:00}"
    return (
        f'<div class="tgme_widget_message js-widget_message" data-post="{channel}/{number}" data-view="{view}">'
        f'{more}{said}<a class="tgme_widget_message_date"><time datetime="{at}" class="time"></time></a></div>'
    )


def older(number: int) -> str:
    return f'<a href="/s/pelicanmail?before={number}" class="tme_messages_more" data-before="{number}"></a>'


# -- what is asked -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"account": "pelicanmail"},
        {"account": "@pelicanmail"},
        {"page": "https://t.me/pelicanmail"},
        {"page": "https://t.me/s/pelicanmail/"},
        {"page": "https://www.t.me/pelicanmail"},
        {"page": "https://telegram.me/pelicanmail/208"},
        {"page": "https://telegram.dog/pelicanmail"},
    ],
)
def test_the_newest_posts_of_a_channel_are_asked_for_every_quarter_of_an_hour(given: dict[str, str]) -> None:
    (page,) = telegram.requests(source(**given), Known())
    assert (page.url, page.purpose, page.every, page.accept) == (PREVIEW, "posts", 900, "text/html")
    assert telegram.requests(source(every=1800, **given), Known(newest_id="208"))[0].every == 1800


@pytest.mark.parametrize(
    "given",
    [
        {"account": "pelican mail"},
        {"account": "tern/../s"},
        {"account": ""},
        {"page": "ftp://t.me/pelicanmail"},
        {"page": "https://t.me/"},
        {"page": "https://t.me/s"},
        {"page": "https://t.me/joinchat/AbCdEfGh"},
        {"page": "https://t.me/+AbCdEfGh"},
        {"page": "https://t.me/c/1400700900/8"},
    ],
)
def test_what_names_no_channel_is_refused_with_what_would_be_right(given: dict[str, str]) -> None:
    with pytest.raises(SourceError, match="names no account here; right would be"):
        telegram.requests(source(**given), Known())


def more(document: Document, newest_id: str | None) -> tuple[Request, ...]:
    return platforms.more(document, telegram.read(document), Known(newest_id=newest_id))


def test_an_address_is_fetched_as_it_is_and_leads_no_further() -> None:
    copy = source(url="https://copies.example/s/pelicanmail?day=7", every=600)
    (request,) = telegram.requests(copy, Known())
    assert (request.url, request.every) == (copy.url, 600)
    assert more(document(PAGE, copy.url or "", copy), "3") == ()


def test_older_pages_are_asked_for_down_to_what_is_known() -> None:
    (request,) = more(document(PAGE), "206")
    assert (request.url, request.every) == (f"{PREVIEW}?before=207", None)
    for known in (None, "207", "216"):
        assert more(document(PAGE), known) == ()
    assert more(document(post(207, "Mail is late.")), "206") == (), "there is no older page"


# -- whose posts count ---------------------------------------------------------------------------------------------


def test_a_channel_is_the_same_whatever_its_case_and_nothing_less() -> None:
    assert telegram.read(document(PAGE, of=source(account="PelicanMail"))).announcements
    for other in (source(account="pelicanmai1"), source(url="https://t.me/s/pelicanmai1")):
        with pytest.raises(ReadError, match="the posts are of 'pelicanmail', not of the source's channel"):
            telegram.read(document(PAGE, of=other))


@pytest.mark.parametrize("name", ["rsshub.rss", "rss-bridge.atom"])
def test_the_feed_of_a_bridge_has_the_ids_words_and_answers_of_the_page(name: str) -> None:
    feed = PAGE_FOLDER.joinpath(name).read_bytes()
    by_feed, by_page = (
        {post.id: (post.text, post.in_reply_to, post.url) for post in telegram.read(document(body)).announcements}
        for body in (feed, PAGE)
    )
    common = by_feed.keys() & by_page.keys()
    assert len(common) >= 2
    assert {key: by_feed[key] for key in common} == {key: by_page[key] for key in common}
    assert telegram.read(document(feed, of=source(account="harbournet"))).announcements == ()


def test_posts_of_another_channel_on_the_page_are_left_out() -> None:
    page = post(8, "Mail is late.") + post(9, "Mail is fine.", channel="harbournews")
    assert [said.id for said in telegram.read(document(page)).announcements] == ["8"]


@pytest.mark.parametrize("of", [{}, {"url": "https://copies.example/pelican"}])
def test_a_source_that_names_no_channel_takes_any(of: dict[str, str]) -> None:
    assert len(telegram.read(document(PAGE, of=source(**of))).announcements) == 7


# -- what a page says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "listing"),
    [
        (PREVIEW, Listing.WINDOW),
        (f"{PREVIEW}?before=207", Listing.PART),
        (f"{PREVIEW}?after=207", Listing.PART),
        (f"{PREVIEW}?q=mail", Listing.PART),
        ("", Listing.PART),
    ],
)
def test_only_a_whole_first_page_is_a_window(url: str, listing: Listing) -> None:
    reading = telegram.read(document(PAGE, url))
    assert reading.listing is listing
    assert reading.listed == ("217", "216", "215", "213", "211", "209", "208")


def test_a_picture_says_what_stands_for_it() -> None:
    picture = '<a class="tgme_widget_message_sticker_wrap"><img src="a.webp" alt="Back at 9"></a>'
    said = telegram.read(document(post(8, more=picture) + post(9, "Mail is back.", more=picture))).announcements
    assert [each.text for each in said] == ["Back at 9", "Mail is back."]


def test_a_post_without_its_time_was_said_at_an_unknown_one() -> None:
    (said,) = telegram.read(document(post(8, "Mail is late.").replace("<time", "<span"))).announcements
    assert (said.text, said.published_at) == ("Mail is late.", None)


@pytest.mark.parametrize("href", ["https://t.me/pelicanmail/7?single", "https://t.me/PelicanMail/7"])
def test_a_reply_says_which_post_it_answers(href: str) -> None:
    quoted = f'<a class="tgme_widget_message_reply" href="{href}"><div class="tgme_widget_message_text">Late.</div></a>'
    (said,) = telegram.read(document(post(8, "Mail is back.", more=quoted))).announcements
    assert (said.in_reply_to, said.text) == ("7", "Mail is back.")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<div class="tme_no_messages_found">No posts found</div>', "no posts, as it also does to whoever asks too"),
        ('<div class="tgme_page"><div class="tgme_page_title">Pelican</div></div>', "no public preview: .* in the app"),
        ("<!doctype html><title>One moment</title>", "no post of a Telegram channel is in it"),
        ('<section class="tgme_channel_history"></section>', "no post of a Telegram channel is in it"),
        ('{"ok": false}', "no post of a Telegram channel is in it"),
    ],
)
def test_a_page_without_posts_is_unreadable_and_says_why(body: str, told: str) -> None:
    with pytest.raises(ReadError, match=f"pelican/telegram: .*{told}"):
        telegram.read(document(body))


def test_a_post_may_speak_of_the_marks_of_a_page_without_any() -> None:
    (said,) = telegram.read(document(post(8, "We saw tme_no_messages_found, too: reload."))).announcements
    assert said.text.startswith("We saw")


# -- poll by poll --------------------------------------------------------------------------------------------------


class Channel:
    """t.me with one channel, whose posts a test changes as it goes; twenty a page, the oldest first."""

    def __init__(self, posts: Mapping[int, str], peer: int = -1400700900) -> None:
        self.posts, self.peer, self.asked, self.instead = dict(posts), peer, list[str](), ""

    def poll(self, due: Iterable[Due]) -> Iterator[Answer]:
        for request, _ in due:
            self.asked.append(request.url)
            end = int(parse_qs(urlsplit(request.url).query).get("before", ["1000000"])[0])
            shown = sorted(number for number in self.posts if number < end)[-20:]
            more = older(shown[0]) if shown and shown[0] > min(self.posts) else ""
            page = more + "".join(post(number, self.posts[number], peer=self.peer) for number in shown)
            yield Answer(request=request, url=request.url, status=200, body=(self.instead or page).encode())


def run(store: Store, channel: Channel, hour: int) -> collect.Report:
    vendors = (Vendor(slug="pelican", name="Pelican", sources=(PELICAN,)),)
    return collect.collect(store, vendors, now=NOON + timedelta(hours=hour), poll=channel.poll, force=True)


LATE, FIXED = "Mail is late since 6 o'clock. We are looking into it.", "Fixed: all mail is delivered on time again."


def test_a_channel_tells_an_incident(store: Store) -> None:
    channel = Channel({7: "Good morning from the harbour!", 8: LATE})
    assert run(store, channel, 0).announcements == 2
    channel.posts[38] = FIXED
    assert run(store, channel, 1).announcements == 1
    [incident] = store.incidents()
    assert (incident.state, incident.duration_s) == ("resolved", 1800)
    assert channel.asked == [PREVIEW, PREVIEW]


def test_what_was_said_since_the_last_poll_is_read_page_by_page(store: Store) -> None:
    channel = Channel({number: f"Note {number}" for number in range(1, 31)})
    assert run(store, channel, 0).announcements == 20, "the first poll takes what the page shows"
    channel.posts |= {number: f"Note {number}" for number in range(31, 86)}
    channel.asked.clear()
    assert run(store, channel, 5).announcements == 55
    assert channel.asked == [PREVIEW, f"{PREVIEW}?before=66", f"{PREVIEW}?before=46"]
    assert run(store, channel, 6).announcements == 0


def test_an_edited_post_is_a_revision_also_one_that_had_no_words(store: Store) -> None:
    channel = Channel({7: "", 8: LATE, 9: "Thank you."})
    run(store, channel, 0)
    channel.posts |= {7: "Our new office", 8: LATE.replace("6", "5")}
    report = run(store, channel, 1)
    assert (report.announcements, report.revisions) == (0, 2)
    told = {each.announcement.id: each for each in store.history("pelican")}
    assert [len(told[number].revisions) for number in ("7", "8", "9")] == [1, 1, 0]
    assert told["8"].revisions[0].announcement.edited_at is None, "Telegram tells no time of it"


def test_a_deleted_post_is_withdrawn_when_it_is_missed_twice_and_what_rolled_off_is_not(store: Store) -> None:
    channel = Channel({number: f"Note {number}" for number in range(1, 21)} | {21: LATE, 22: "Thank you."})
    run(store, channel, 0)
    del channel.posts[21]
    channel.posts |= {23: "Note 23", 24: "Note 24"}
    states = [store.incidents()[0].state for hour in (1, 2) if run(store, channel, hour)]
    assert states == ["open", "withdrawn"]
    gone = store.db.execute("SELECT key FROM absences WHERE kind = 'withdrawn'").fetchall()
    assert [key for (key,) in gone] == ["21"]


@pytest.mark.parametrize("instead", ['<div class="tme_no_messages_found"></div>', '<div class="tgme_page"></div>'])
def test_a_page_without_posts_takes_nothing_back(store: Store, instead: str) -> None:
    channel = Channel({7: "Good morning!", 8: LATE})
    run(store, channel, 0)
    channel.instead = instead
    assert "unreadable" in run(store, channel, 1).problems[0]
    run(store, channel, 2)
    channel.instead = ""
    assert run(store, channel, 3).problems == ["pelican/telegram: ok again, after it was unreadable"]
    assert [incident.state for incident in store.incidents()] == ["open"]
    assert store.db.execute("SELECT COUNT(*) FROM absences").fetchone()[0] == 0


def test_a_name_that_another_channel_has_taken_tells_nothing(store: Store) -> None:
    run(store, Channel({8: LATE}), 0)
    report = run(store, Channel({8: "Buy our coins!", 9: "Now!"}, peer=-1999), 1)
    assert (report.announcements, report.revisions) == (0, 0)
    assert "told of -1400700900 and now tells of -1999" in report.problems[0]


# -- found, and hostile --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["https://t.me/pelicanmail", "https://t.me/s/pelicanmail"])
def test_a_channel_is_found_at_its_address(address: str) -> None:
    channel = Channel({8: LATE})
    found = detect(address, now=NOON, poll=channel.poll)
    assert found.channel is not None and channel.asked == [PREVIEW]
    assert (found.channel.source.platform, found.channel.source.page) == ("telegram", address)
    assert [said.text for said in found.channel.announcements] == [LATE]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (post(8, "x" * 2_000_001), "larger than 2 MB"),
        ("".join(post(number, "<b>a</b>" * 20_000) for number in range(9)), "over 20,000 tags"),
        (post(8, "<b>late</b> " * 10_000), "post 8 is larger, or nested deeper, than a post can be"),
        (post(8, "<b>" * 2_001), "post 8 is larger, or nested deeper, than a post can be"),
    ],
)
def test_a_page_that_no_browser_would_take_is_refused(body: str, told: str) -> None:
    with pytest.raises(ReadError, match=f"pelican/telegram: .*{told}"):
        telegram.read(document(body))


@pytest.mark.parametrize(
    "piece",
    ["<div ", '<div data-post="pelicanmail/8" ', '<div data-post="', 'data-view="', "tme_messages_more ",
     "<div><b>a</b>", '<div data-post="pelicanmail/8">'],
)  # fmt: skip
def test_what_looks_for_an_end_in_vain_takes_no_time(piece: str) -> None:
    began = process_time()
    hostile = document(post(8, LATE) + piece * (1_500_000 // len(piece)))
    try:
        more(hostile, "3")
    except ReadError as error:
        assert str(error).startswith("pelican/telegram: ")
    assert process_time() - began < 5


def test_files_within_files_are_not_read_once_for_each_of_them() -> None:
    within = post(8, more='<div class="tgme_widget_message_document_title">a' * 1_500)
    (said,) = telegram.read(document(within)).announcements
    assert len(said.text) < 20_000 and len(said.original) < 20 * len(within)


@pytest.mark.parametrize("view", ["", "!", "eyJj", "A" * 401, "eyJjIjp7fX0", "AAAAA"])
def test_a_mark_of_views_that_is_none_names_nobody(view: str) -> None:
    body = post(8, LATE).replace('data-view="', f'data-view="{view}" data-was="')
    reading = telegram.read(document(body))
    assert (reading.learnt, len(reading.announcements)) == ({"whose": ""}, 1)


def test_a_stranger_s_marks_become_plain_words() -> None:
    words = '<script>alert(1)</script>Mail\0 is <a href="javascript:x()">late</a>.<style>p{}</style>&#0;&lt;b&gt; <a href="https://a.example/\0">a</a>'
    (said,) = telegram.read(document(post(8, words))).announcements
    assert said.text == "Mail is late.\N{REPLACEMENT CHARACTER}<b> a"
    assert said.links == ("https://a.example/",)
