"""Mastodon, Bluesky and X: what is asked, whose posts count, and that API and RSS tell the same."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import platforms
from tracker.assemble import assemble
from tracker.classify import classify
from tracker.errors import ReadError, SourceError
from tracker.models import Document, Known, Listing, Reading, Request, Source, Told
from tracker.platforms import _social, bluesky, mastodon, x

FOLDER = Path(__file__).parent / "platforms"
NOW = datetime(2026, 5, 10, tzinfo=UTC)
PLATFORMS = {"mastodon": mastodon, "bluesky": bluesky, "x": x}


def source(platform: str, **given: Any) -> Source:
    return Source(id=f"pelican/{platform}", vendor="pelican", platform=platform, **given)


def document(of: Source, body: bytes | str | Any, url: str = "", purpose: str = "") -> Document:
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return Document(source=of, url=url, body=raw, content_type="", polled_at=NOW, purpose=purpose)


def read(name: str, url: str = "", **given: Any) -> Reading:
    platform = name.partition("/")[0]
    return PLATFORMS[platform].read(document(source(platform, **given), (FOLDER / name).read_bytes(), url))


def words(reading: Reading) -> dict[str, tuple[str | None, str]]:
    return {post.id: (post.title, post.text) for post in reading.announcements}


def query(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


# -- by either way the same post -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "lists"),
    [
        ("mastodon/account.rss", ["mastodon/thread.json", "mastodon/mixed.json"]),
        ("mastodon/warned.rss", ["mastodon/polls.json"]),
        ("bluesky/profile.rss", ["bluesky/thread.json", "bluesky/mixed.json"]),
        ("x/rsshub.rss", ["x/thread.json", "x/mixed.json"]),
        ("x/nitter.rss", ["x/thread.json", "x/mixed.json"]),
    ],
)
def test_a_feed_has_the_ids_and_words_of_the_api(feed: str, lists: list[str]) -> None:
    by_api = {key: value for name in lists for key, value in words(read(name)).items()}
    by_feed = words(read(feed))
    common = by_api.keys() & by_feed.keys()
    assert len(common) >= 2
    assert {key: by_feed[key] for key in common} == {key: by_api[key] for key in common}


# -- what is asked -------------------------------------------------------------------------------------------------


def more(answer: Document, known: Known | None = None) -> tuple[Request, ...]:
    reading = platforms.read(answer)
    known = known or Known()
    return platforms.more(answer, reading, replace(known, learnt={**known.learnt, **reading.learnt}))


def test_mastodon_looks_the_account_up_once() -> None:
    pelican = source("mastodon", account="@pelicanmail@social.pelican.example", allow_private=True)
    (lookup,) = mastodon.requests(pelican, Known())
    assert lookup.url == "https://social.pelican.example/api/v1/accounts/lookup?acct=pelicanmail"
    assert (lookup.purpose, lookup.every, lookup.allow_private) == ("account", None, True)
    answer = document(pelican, {"id": "1090", "username": "pelicanmail", "acct": "pelicanmail"}, lookup.url, "account")
    assert mastodon.read(answer).learnt == {"account_id": "1090"}
    (first,) = more(answer)
    assert first == mastodon.requests(pelican, Known(learnt={"account_id": "1090"}))[0]
    assert first.url.startswith("https://social.pelican.example/api/v1/accounts/1090/statuses?")
    assert query(first.url) == {"limit": "40", "exclude_reblogs": "true"}


def test_mastodon_asks_often_for_news_and_seldom_for_the_whole_page() -> None:
    pelican = source("mastodon", page="https://web.pelican.example/@pelicanmail", every=300)
    new, whole = mastodon.requests(pelican, Known(newest_id="41", learnt={"account_id": "1090"}))
    assert (query(new.url)["since_id"], new.every) == ("41", 300)
    assert ("since_id" not in query(whole.url), whole.every) == (True, 3600)
    full = [{"id": str(100 - n), "content": "<p>x</p>"} for n in range(40)]
    known = Known(newest_id="41", learnt={"account_id": "1090"})
    (older,) = more(document(pelican, full, new.url, "new"), known)
    assert (query(older.url)["max_id"], query(older.url)["since_id"]) == ("61", "41")
    assert more(document(pelican, full[:39], new.url, "new"), known) == ()
    assert more(document(pelican, full, whole.url, "posts"), known) == ()


def test_mastodon_looks_for_a_first_word_as_often_as_for_a_later_one() -> None:
    source = Source(id="ripple/mastodon", vendor="ripple", platform="mastodon", account="@ripple@social.example")
    learnt = {"account_id": "7"}
    [whole] = mastodon.requests(source, Known(learnt=learnt))
    new, hourly = mastodon.requests(source, Known(learnt=learnt, newest_id="109876543210987654"))
    assert whole.purpose == hourly.purpose == "posts"
    assert (whole.every, new.every) == (180, 180) and hourly.every == 3600


def test_bluesky_asks_for_a_page_and_goes_back_to_what_is_known() -> None:
    pelican = source("bluesky", account="@status.pelican.example")
    (page,) = bluesky.requests(pelican, Known())
    assert page.url.startswith(
        "https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=status.pelican.example&"
    )
    assert query(page.url)["filter"] == "posts_and_author_threads"
    answer = document(pelican, (FOLDER / "bluesky/thread.json").read_bytes(), page.url, "posts")
    oldest, *_, newest = (post.id for post in bluesky.read(answer).announcements)
    assert more(answer) == ()
    assert more(answer, Known(newest_id=oldest)) == ()
    (older,) = more(answer, Known(newest_id=newest.rpartition("/")[0] + "/3khyewmml2222"))
    assert query(older.url)["cursor"] == "2026-05-06T10:15:00.507Z"


TOKEN = {"account": "PelicanChat", "token": "PELICAN_TOKEN"}


def test_x_looks_the_account_up_once_and_goes_on_from_the_newest() -> None:
    pelican = source("x", **TOKEN, monthly_reads=2000)
    (lookup,) = x.requests(pelican, Known())
    assert lookup.url == "https://api.x.com/2/users/by/username/PelicanChat"
    assert (lookup.every, lookup.reads) == (None, 1)
    user = document(
        pelican, {"data": {"id": "2244990001", "name": "P", "username": "pelicanchat"}}, lookup.url, "account"
    )
    assert x.read(user).learnt == {"account_id": "2244990001"}
    (first,) = more(user)
    asked = query(first.url)
    assert urlsplit(first.url).path == "/2/users/2244990001/tweets"
    assert (asked["max_results"], asked["exclude"], first.reads) == ("100", "retweets", 100)
    known = Known(newest_id="70", learnt={"account_id": "2244990001", "newest_id": "900"})
    (new,) = x.requests(pelican, known)
    assert query(new.url)["since_id"] == "900"
    page = document(pelican, {"data": [], "meta": {"next_token": "b26v"}}, new.url, "posts")
    (older,) = more(page, known)
    assert (query(older.url)["pagination_token"], query(older.url)["since_id"]) == ("b26v", "900")


@pytest.mark.parametrize(("spent", "size"), [(0, 100), (1900, 100), (1960, 40), (1995, 5), (1996, None), (2000, None)])
def test_x_never_asks_for_more_than_the_month_allows(spent: int, size: int | None) -> None:
    pelican = source("x", **TOKEN, monthly_reads=2000)
    asked = x.requests(pelican, Known(reads_this_month=spent, learnt={"account_id": "1"}))
    assert [request.reads for request in asked] == ([] if size is None else [size])


def test_x_without_a_token_is_silent_and_says_why() -> None:
    bare, pelican = source("x", account="PelicanChat"), source("x", **TOKEN)
    assert x.requests(bare, Known()) == ()
    assert "no free channel" in (x.silent(bare) or "")
    assert x.silent(pelican) is None
    assert x.silent(source("x", url="https://mirror.example/PelicanChat/rss")) is None


def test_x_learns_the_newest_number_only_from_the_last_page() -> None:
    post = {"id": "2052830140953526272", "text": "@ivo hello", "author_id": "1", "in_reply_to_user_id": "2"}
    older = {**post, "id": "2052830140953526271"}
    last = x.read(document(source("x", **TOKEN), {"data": [post, older], "meta": {}}))
    assert (last.announcements, last.learnt, last.reads) == ((), {"newest_id": "2052830140953526272"}, 2)
    assert x.read(document(source("x", **TOKEN), {"data": [post], "meta": {"next_token": "b"}})).learnt == {}


def test_another_host_stands_for_x_only_where_it_is_allowed() -> None:
    elsewhere = {"page": "http://127.0.0.1:8080/PelicanChat", "token": "PELICAN_TOKEN"}
    with pytest.raises(SourceError, match="names no account"):
        x.requests(source("x", **elsewhere), Known())
    (lookup,) = x.requests(source("x", **elsewhere, allow_private=True), Known())
    assert lookup.url == "http://127.0.0.1:8080/2/users/by/username/PelicanChat"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_address_is_fetched_as_it_is(platform: str) -> None:
    feed = source(platform, url="https://mirror.example/a.rss?b=c", every=60, allow_private=True)
    (request,) = PLATFORMS[platform].requests(feed, Known(newest_id="1", learnt={"account_id": "1"}))
    assert (request.url, request.purpose, request.every) == ("https://mirror.example/a.rss?b=c", "url", 60)
    assert (request.source, request.allow_private, request.bearer) == (feed.id, True, None)


@pytest.mark.parametrize(
    ("platform", "account"),
    [
        ("mastodon", "pelicanmail"),
        ("mastodon", "@pelican mail@social.example"),
        ("mastodon", "@a@evil.example/path"),
        ("mastodon", "@a@b@c"),
        ("bluesky", "pelican"),
        ("bluesky", "did:plc:a b"),
        ("bluesky", "a.example&actor=b"),
        ("x", "Pelican Chat"),
        ("x", "../2/other"),
        ("x", ""),
    ],
)
def test_a_bad_account_is_named_with_what_would_be_right(platform: str, account: str) -> None:
    with pytest.raises(SourceError, match=f"pelican/{platform}: .* right would be"):
        PLATFORMS[platform].requests(source(platform, account=account, token="T"), Known())


def test_a_link_is_written_whole_where_its_address_is_shown_and_keeps_its_words_where_they_are_others() -> None:
    html = (
        '<p>Builds with <a href="https://pelican.example/runtimes">Node.js</a> fail, see '
        '<a href="https://status.pelican.example/incidents/41">status.pelican.example/inc…</a></p>'
    )
    pelican = source("mastodon", account="@pelicanmail@social.pelican.example")
    (post,) = mastodon.read(document(pelican, [{"id": "1", "content": html}])).announcements
    assert post.text == "Builds with Node.js fail, see https://status.pelican.example/incidents/41"
    assert post.links == ("https://pelican.example/runtimes", "https://status.pelican.example/incidents/41")


@pytest.mark.parametrize(
    "quoted",
    [
        "https://social.tern.example/@tern/116560419328000011",
        "https://bsky.app/profile/did:plc:pelican3hq7examplexaaaa/post/3mlajytiq2222",  # over a bridge
        "https://akkoma.example/objects/0b6d2a4e-1c7f",
        "https://misskey.example/notes/9abc",
    ],
)
def test_of_a_quoted_post_only_the_address_is_read(quoted: str) -> None:
    html = f'<p>It is back.<span class="quote-inline"><br><br>RE: <a href="{quoted}">{quoted}</a></span></p>'
    assert _social.html_words(html) == ("It is back.", (quoted,))
    card = '<blockquote>Tern: <a href="https://tern.example">All fails</a></blockquote>'
    assert _social.html_words(f"<p>It is back.</p>{card}", "blockquote") == ("It is back.", ())


def test_a_picture_alone_in_an_old_list_of_x_says_nothing() -> None:
    picture = {"url": "https://t.co/a", "expanded_url": "https://twitter.com/PelicanRail/status/7/photo/1"}
    post = {"id_str": "7", "text": "https://t.co/a", "entities": {"media": [picture]}}
    assert x.read(document(source("x"), [post])).announcements == ()


@pytest.mark.parametrize("address", ["javascript://pelican.example/%0aalert(1)", "/@pelicanmail/1", "https://"])
def test_what_is_no_address_of_the_web_is_no_link(address: str) -> None:
    post = {"id": "1", "content": f'<p>Mail is <a href="{address}">down</a>.</p>', "url": address}
    pelican = source("mastodon", account="@pelicanmail@social.pelican.example")
    (said,) = mastodon.read(document(pelican, [post])).announcements
    assert (said.text, said.url, said.links) == ("Mail is down.", None, ())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_page_that_names_nobody_is_no_account(platform: str) -> None:
    with pytest.raises(SourceError, match="names no account here"):
        PLATFORMS[platform].requests(source(platform, page="https://x.com/", token="t"), Known())


# -- whose posts count ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "own", "lookalike"),
    [
        ("mastodon/thread.json", "@PelicanMail@Social.Pelican.example", "@pelicanmai1@social.pelican.example"),
        ("bluesky/thread.json", "Status.Pelican.example", "status.pelican.example.evil.example"),
        ("bluesky/profile.rss", "did:plc:pelican3hq7examplexaaaa", "did:plc:Pelican3hq7examplexaaaa"),
        ("x/thread.json", "@pelicanchat", "PelicanChat_"),
        ("x/nitter.rss", "PELICANCHAT", "Pelican"),
    ],
)
def test_a_look_alike_is_another(name: str, own: str, lookalike: str) -> None:
    assert read(name, account=own).announcements
    assert read(name, account=lookalike).announcements == ()


def test_the_same_user_of_another_host_is_another() -> None:
    status = {"id": "1", "content": "<p>x</p>", "account": {"id": "1", "acct": "pelicanmail@evil.example"}}
    pelican = source("mastodon", account="@pelicanmail@social.pelican.example")
    assert mastodon.read(document(pelican, [status])).announcements == ()


@pytest.mark.parametrize("acct", ["ac\N{KELVIN SIGN}", "ac\u212a@social.example", "a\u0441k"])
def test_a_letter_that_only_looks_like_one_of_its_name_is_another(acct: str) -> None:
    status = {"id": "1", "content": "<p>x</p>", "account": {"id": "1", "acct": acct}}
    assert mastodon.read(document(source("mastodon", account="@ack@social.example"), [status])).announcements == ()


def test_a_lookup_that_answers_another_account_is_refused() -> None:
    with pytest.raises(ReadError, match="not about the source's account"):
        x.read(document(source("x", **TOKEN), {"data": {"id": "5", "username": "PelicanChaf"}}))
    with pytest.raises(ReadError, match="not about the source's account"):
        mastodon.read(document(source("mastodon", account="@a@b.example"), {"id": "5", "acct": "a@c.example"}))


def test_x_takes_only_the_author_that_the_address_names() -> None:
    body = (FOLDER / "x/thread.json").read_bytes()
    other = document(source("x", **TOKEN), body, "https://api.x.com/2/users/7/tweets?max_results=5")
    assert x.read(other).announcements == ()


@pytest.mark.parametrize(
    ("platform", "url"),
    [
        ("mastodon", "https://social.pelican.example/{}.rss"),
        ("mastodon", "https://social.pelican.example/users/{}.rss"),
        ("x", "https://bridge.example/{}/rss"),
        ("x", "https://bridge.example/twitter/user/{}"),
    ],
)
def test_the_address_of_a_feed_says_whose_posts_count(platform: str, url: str) -> None:
    name, own = {"mastodon": ("mastodon/account.rss", "pelicanmail"), "x": ("x/nitter.rss", "PelicanChat")}[platform]
    at = "@" if "users" not in url and platform == "mastodon" else ""
    for who, count in ((own, len(read(name).announcements)), ("harbour", 0)):
        of = source(platform, url=url.format(at + who))
        found = PLATFORMS[platform].read(document(of, (FOLDER / name).read_bytes())).announcements
        assert len(found) == count


@pytest.mark.parametrize(
    ("name", "other", "common"),
    [("x/rss-bridge.rss", b"HarbourNet", 2), ("bluesky/rsshub.rss", b"news.harbour.example", 2)],
)
def test_where_no_address_names_an_account_the_head_of_its_feed_does(name: str, other: bytes, common: int) -> None:
    platform, feed = name.partition("/")[0], (FOLDER / name).read_bytes()
    of = source(platform, url="https://bridge.example/?action=display")
    assert other in feed
    assert len(PLATFORMS[platform].read(document(of, feed)).announcements) == common
    headless = re.sub(rb"<link>[^<]*</link>", b"", feed, count=1)
    assert len(PLATFORMS[platform].read(document(of, headless)).announcements) == common + 1


@pytest.mark.parametrize("link", ["<link>https://mirror.example/PelicanChat</link>", ""])
def test_an_account_that_the_head_of_a_feed_links_to_in_its_words_is_not_whose_feed_it_is(link: str) -> None:
    feed = (FOLDER / "x/rss-bridge.rss").read_bytes()
    words = f'{link}<description><![CDATA[Part of <a href="https://x.com/PelicanGroup">us</a>]]></description>'
    about = re.sub(rb"<link>[^<]*</link><description>[^<]*</description>", words.encode(), feed, count=1)
    assert b"PelicanGroup" in about
    of = source("x", url="https://bridge.example/?action=display")
    assert len(x.read(document(of, about)).announcements) == 3


def test_a_post_that_a_list_holds_twice_is_told_once() -> None:
    """As where it is pinned, and among the newest too; the same id with other words is another announcement."""
    post = {"id": "1", "content": "<p>Mail is down.</p>"}
    pelican = source("mastodon", account="@pelicanmail@social.pelican.example")
    twice = mastodon.read(document(pelican, [post, post, post | {"content": "<p>Mail is back.</p>"}]))
    assert [(said.id, said.text) for said in twice.announcements] == [("1", "Mail is down."), ("1~2", "Mail is back.")]


# -- what a list means ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "url", "listing"),
    [
        ("mastodon/thread.json", "https://h.example/api/v1/accounts/1/statuses?limit=40", Listing.WINDOW),
        ("mastodon/thread.json", "https://h.example/api/v1/accounts/1/statuses?limit=40&since_id=4", Listing.PART),
        ("mastodon/account.rss", "", Listing.WINDOW),
        ("bluesky/thread.json", "https://h.example/xrpc/app.bsky.feed.getAuthorFeed?actor=a.b", Listing.WINDOW),
        ("bluesky/thread.json", "https://h.example/xrpc/app.bsky.feed.getAuthorFeed?actor=a.b&cursor=c", Listing.PART),
        ("x/thread.json", "https://api.x.com/2/users/2244990001/tweets?max_results=5", Listing.WINDOW),
        ("x/thread.json", "https://api.x.com/2/users/2244990001/tweets?max_results=5&since_id=4", Listing.PART),
        ("x/thread.json", "", Listing.PART),
    ],
)
def test_only_a_whole_first_page_is_a_window(name: str, url: str, listing: Listing) -> None:
    assert read(name, url).listing is listing


@pytest.mark.parametrize("name", ["bluesky/mixed.json", "x/nitter.rss"])
def test_a_pinned_post_does_not_stretch_the_window(name: str) -> None:
    reading = read(name)
    times = [post.published_at for post in reading.announcements if post.published_at]
    assert times == sorted(times)
    assert reading.announcements[0].id not in reading.listed
    assert list(reversed(reading.listed)) == [post.incident_key or post.id for post in reading.announcements[1:]]


def test_of_an_edited_post_in_two_versions_the_last_counts() -> None:
    first, second = "2053052355179446272", "2053055375078326272"
    versions = [
        {"id": first, "text": "A fix is near.", "edit_history_tweet_ids": [first, second]},
        {"id": second, "text": "A fix is here.", "edit_history_tweet_ids": [first, second]},
    ]
    (post,) = x.read(document(source("x"), {"data": versions})).announcements
    assert (post.id, post.aliases, post.text) == (first, (second,), "A fix is here.")


def test_of_an_x_accounts_posts_each_a_conversation_chatter_opens_nothing_and_later_words_find_theirs() -> None:
    said = ["Our new stickers are out, have fun with them!", "Uploads of pictures fail for some of you. We are on it."]
    said += ["Thank you all for a lovely weekend.", "Uploads of pictures work again. Thank you for waiting!"]
    posts = [
        {"id": str(first), "conversation_id": str(first), "created_at": f"2026-05-09T09:{n}0:00Z", "text": words}
        for n, words in enumerate(said)
        if (first := 2053037255685046272 + n)
    ]
    told = [
        Told(order=n, announcement=post, verdict=classify(post), seen_at=NOW, first_seen_at=None)
        for n, post in enumerate(x.read(document(source("x"), {"data": posts})).announcements)
    ]
    [incident] = assemble(told)
    assert [step.text for step in incident.steps] == [said[1], said[3]]


_SITE, _DID = "https://social.pelican.example/@pelicanmail", "did:plc:pelican3hq7examplexaaaa"
_FIRST, _LATER, _OF_DID = "2053037255685046272", "2053042288849846272", f"at://{_DID}/app.bsky.feed.post"
_SAID = ("Pictures fail to upload for some. We are on it.", "And that is fixed. Sorry!")


def _on_mastodon(quoted: str) -> list[dict[str, Any]]:
    """Two posts, the later of which quotes that one."""
    quote = f'<p class="quote-inline">RE: <a href="{_SITE}/{quoted}"><span>social.pelican.example/@p</span></a></p>'
    return [
        {"id": _LATER, "url": f"{_SITE}/{_LATER}", "content": f"{quote}<p>{_SAID[1]}</p>"},
        {"id": _FIRST, "url": f"{_SITE}/{_FIRST}", "content": f"<p>{_SAID[0]}</p>"},
    ]


def _on_bluesky(quoted: str, beside_a_picture: bool) -> dict[str, Any]:
    strong: dict[str, Any] = {"record": {"uri": f"{_OF_DID}/{quoted}"}}
    embed = {"record": strong, "media": {"images": [{"alt": "a graph"}]}} if beside_a_picture else strong
    first, later = {"text": _SAID[0]}, {"text": _SAID[1], "embed": embed}
    posts = [{"uri": f"{_OF_DID}/{key}", "record": said} for key, said in ((_LATER, later), (_FIRST, first))]
    return {"feed": [{"post": post} for post in posts]}


def _on_x(quoted: str, site: str) -> dict[str, Any]:
    whole = f"https://{site}/pelicanchat/status/{quoted}?s=20"
    urls = {"urls": [{"url": "https://t.co/aB3", "expanded_url": whole}]}
    later = {"id": _LATER, "text": f"{_SAID[1]} https://t.co/aB3", "entities": urls}
    return {"data": [later, {"id": _FIRST, "text": _SAID[0]}]}


@pytest.mark.parametrize(
    ("platform", "account", "of"),
    [
        ("mastodon", "@pelicanmail@social.pelican.example", _on_mastodon),
        ("bluesky", _DID, lambda quoted: _on_bluesky(quoted, False)),
        ("bluesky", _DID, lambda quoted: _on_bluesky(quoted, True)),
        ("x", "PelicanChat", lambda quoted: _on_x(quoted, "twitter.com")),
        ("x", "PelicanChat", lambda quoted: _on_x(quoted, "x.com")),
    ],
)
def test_a_post_that_quotes_one_of_its_account_is_of_that_incident(platform: str, account: str, of: Any) -> None:
    for quoted, steps in ((_FIRST, [*_SAID]), ("2053047322014646272", [_SAID[0]])):
        posts = PLATFORMS[platform].read(document(source(platform, account=account), of(quoted))).announcements
        assert [post.text for post in posts] == [*_SAID]
        told = [
            Told(
                order=n,
                announcement=replace(post, published_at=datetime(2026, 5, 2 + 6 * n, tzinfo=UTC)),
                verdict=classify(post),
                seen_at=NOW,
                first_seen_at=None,
            )
            for n, post in enumerate(posts)
        ]
        assert [step.text for step in assemble(told)[0].steps] == steps


# -- hostile documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "body"),
    [
        ("mastodon", {"error": "This method requires an authenticated user"}),
        ("mastodon", {"statuses": []}),
        ("mastodon", [{"id": "../1", "content": ""}]),
        ("mastodon", "<html><body>Just a moment</body></html>"),
        ("bluesky", {"error": "InvalidRequest", "message": "Profile not found"}),
        ("bluesky", {"feed": [{"post": {"uri": "https://a.example"}}]}),
        ("bluesky", "<html></html>"),
        ("x", {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}),
        ("x", {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}),
        ("x", {"data": [{"id": "1"}]}),
        ("x", [{"text": "no number"}]),
        ("x", "3"),
        ("x", ""),
    ],
)
def test_what_is_no_list_of_posts_is_refused(platform: str, body: Any) -> None:
    with pytest.raises(ReadError):
        PLATFORMS[platform].read(document(source(platform), body))


KEYS = ["id", "id_str", "text", "data", "feed", "posts", "post", "record", "content", "account", "author", "reply",
        "uri", "entities", "urls", "url", "expanded_url", "facets", "index", "features", "createdAt", "meta", "user",
        "created_at", "referenced_tweets", "edit_history_tweet_ids", "langs", "embed", "images", "acct"]  # fmt: skip
ODD = [
    "1",
    "9" * 20,
    "at://did:plc:a/app.bsky.feed.post/3khyewmml2222",
    "\ud800",
    "https://[",
    "0001-01-01T00:00:00+23:59",
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(ODD)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


@given(SHAPES, st.sampled_from(sorted(PLATFORMS)))
def test_any_json_is_read_or_refused(shape: Any, platform: str) -> None:
    given_ = document(source(platform), json.dumps(shape))
    with suppress(ReadError):
        more(given_, Known(newest_id="1"))


@given(st.dictionaries(st.sampled_from(KEYS), SHAPES, max_size=8), st.sampled_from(sorted(PLATFORMS)))
def test_any_post_is_read_or_refused(extra: dict[str, Any], platform: str) -> None:
    frame: dict[str, Any] = {
        "mastodon": [{"id": "1", "content": "<p>x</p>", **extra}],
        "x": {"data": [{"id": "1", "text": "x", **extra}]},
        "bluesky": {
            "feed": [
                {"post": {"uri": "at://did:plc:a/app.bsky.feed.post/3khyewmml2222", "record": {"text": "x", **extra}}}
            ]
        },
    }
    with suppress(ReadError):
        for post in PLATFORMS[platform].read(document(source(platform), frame[platform])).announcements:
            assert f"{post.id}{post.text}{post.title}{post.links}".encode()
