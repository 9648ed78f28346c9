"""`tracker detect`: servers on loopback that answer with the documents of tests/platforms; what it prints works."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result
from recording import Recorder, Seen, answer
from web import Web

from tracker import config, platforms
from tracker.cli import cli, detecting
from tracker.collect import detecting as collecting
from tracker.models import Source, Vendor
from tracker.poll import Poller

PLATFORMS = Path(__file__).parent / "platforms"
PAGE = """<!doctype html><html><head><title>{title}</title>{head}</head><body>
<a href="https://x.com/PetrelStatus/status/178">a post</a>
<a href="https://x.com/petrelstatus">X</a> <a href="https://x.com/share?url=1">share</a>
<a class="m" href="https://social.example/@petrel/">Mastodon</a> <a href="https://[broken">?</a>
<a href="https://bsky.app/profile/petrel.example">Bluesky</a> <a href="/about">About</a>
<a href="https://t.me/petrelnews">Telegram</a> <a href="https://t.me/petrelnews/41">a post</a>
<a href="https://t.me/joinchat/AbCd">a group</a></body></html>"""
OFFER = '<link rel="alternate" type="application/{kind}" href="{href}">'
Site = Mapping[str, str | bytes]  # path -> a document of tests/platforms, or its bytes


def page(title: str, *feeds: str, kind: str = "atom+xml") -> bytes:
    return PAGE.format(title=title, head="".join(OFFER.format(href=href, kind=kind) for href in feeds)).encode()


STATUSPAGE: Site = {
    "/": "statuspage/home.html",
    "/api/v2/incidents/unresolved.json": "statuspage/calm.json",
    "/api/v2/incidents.json": "statuspage/incidents.json",
    "/api/v2/scheduled-maintenances.json": "statuspage/calm.json",
    "/history.atom": "statuspage/history.atom",
}
OF_STATUSIO = "65a0c0ffee65a0c0ffee9999"
STATUSIO: Site = {
    "/": "statusio/page.html",
    f"/1.0/status/{OF_STATUSIO}": "statusio/calm.json",
    f"/pages/{OF_STATUSIO}/rss": "statusio/history.rss",
}
WITHOUT_WORDS = json.dumps(
    {"page": {"id": "01JABCDEFGHJKMNPQRSTVWXYZ0", "name": "Petrel"}, "incidents": [], "scheduled_maintenances": []}
).encode()
IMITATION: Site = {
    "/": page("Petrel Status", "/feed.atom"),
    **dict.fromkeys(("/api/v2/incidents/unresolved.json", "/api/v2/incidents.json"), WITHOUT_WORDS),
    "/api/v2/scheduled-maintenances.json": WITHOUT_WORDS,
    "/feed.atom": "feed/headed.atom",
}
NUMBERED = b"""<rss version="2.0"><channel><title>Petrel</title><item><title>Calls drop</title>
    <guid isPermaLink="false">20260504100000</guid><link>https://status.petrel.example/20260504100000</link>
    <pubDate>Mon, 04 May 2026 10:00:00 GMT</pubDate><description>We look into it.</description></item>
    </channel></rss>"""
EMPTY = b'<rss version="2.0"><channel><title>Petrel</title></channel></rss>'
QUIET: Site = {path: document for path, document in IMITATION.items() if path != "/feed.atom"}
ACCOUNT: Site = {
    "/api/v1/accounts/lookup?acct=petrel": b'{"id": "7", "acct": "petrel", "username": "petrel"}',
    "/api/v1/accounts/7/statuses?limit=40&exclude_reblogs=true": json.dumps(
        [{
            "id": "112", "created_at": "2024-05-04T10:00:00Z", "content": "<p>Calls drop.</p>", "visibility": "public",
            "account": {"id": "7", "acct": "petrel"}, "url": "https://social.example/@petrel/112",
        }]
    ).encode(),
}  # fmt: skip
NOON = datetime(2026, 5, 7, 12, tzinfo=UTC)
APPLE = "/support/systemstatus/data/system_status_en_US.js"


@pytest.fixture
def serve() -> Iterator[Callable[[Site], Recorder]]:
    """A site on loopback; what it does not hold is a page in HTML that says so, as sites have it."""
    running: list[Recorder] = []

    def start(site: Site) -> Recorder:
        def answering(seen: Seen) -> bytes:
            document = site.get(seen.path)
            if document is None:
                return answer("404 Not Found", b"<!doctype html><title>Not found</title>")
            body = document if isinstance(document, bytes) else (PLATFORMS / document).read_bytes()
            return answer("200 OK", body)

        running.append(Recorder(answering).__enter__())
        return running[-1]

    yield start
    for recorder in running:
        recorder.__exit__(None, None, None)


@pytest.fixture
def detect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """The command; the pause between two requests to one host is shortened, for it is no part of what is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tracker.poll.PAUSE", 0.0)
    monkeypatch.setattr(Poller.__init__, "__kwdefaults__", {**Poller.__init__.__kwdefaults__, "pause": 0.0})  # type: ignore[dict-item]

    def invoke(*words: str) -> Result:
        result = CliRunner().invoke(cli, ["detect", "--allow-private", *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def understood(lines: str, folder: Path) -> Vendor:
    """The vendor that these lines make of feeds.yaml."""
    file = folder / "feeds.yaml"
    file.write_text(f"vendors:\n{lines}", encoding="utf-8")
    [vendor] = config.load(file, platforms.names())
    return vendor


@pytest.mark.parametrize(
    ("site", "path", "expected"),
    [
        (STATUSPAGE, "", {"platform": "statuspage", "page": ""}),
        (STATUSPAGE, "/history.atom", {"platform": "statuspage", "page": ""}),
        ({"/h.atom": "statuspage/history.atom"}, "/h.atom", {"platform": "statuspage", "url": "/h.atom"}),
        (
            {"/": page("Tern Maps"), "/history.atom": "statuspage/instatus.atom"},
            "",
            {"platform": "statuspage", "url": "/history.atom"},
        ),
        (IMITATION, "/", {"platform": "feed", "url": "/feed.atom"}),
        (STATUSIO, "", {"platform": "statusio", "page": ""}),
        ({**STATUSIO, f"/pages/{OF_STATUSIO}/rss": EMPTY}, "/", {"platform": "statusio", "page": ""}),
        ({"/a.rss": "statusio/history.rss"}, "/a.rss", {"platform": "statusio", "url": "/a.rss"}),
        ({"/a.json": "statusio/open.json"}, "/a.json", {"platform": "statusio", "url": "/a.json"}),
        (QUIET, "/", {"platform": "statuspage", "page": ""}),
        ({**QUIET, "/rss": EMPTY}, "/", {"platform": "statuspage", "page": ""}),
        ({"/": page("Heron"), "/rss": "feed/parts.rss"}, "", {"platform": "feed", "url": "/rss"}),
        ({"/": page("Heron", "/en/updates.atom"), "/en/updates.atom": "google_cloud/updates.atom"}, "/",
         {"platform": "google_cloud", "url": "/en/updates.atom"}),
        ({"/": page("Dune"), "/incidents.json": "google_cloud/incidents.json"}, "/",
         {"platform": "google_cloud", "page": ""}),
        ({"/": page("Dune"), "/api/v2.0.0/current": "slack/calm.json", "/api/v2.0.0/history": "slack/history.json"},
         "/", {"platform": "slack", "page": ""}),
        ({"/status.json": "feed/items.json"}, "/status.json", {"platform": "feed", "url": "/status.json"}),
        ({"/": page("Heron", "/i.json", kind="feed+json"), "/i.json": "feed/items-v1.json"}, "/",
         {"platform": "feed", "url": "/i.json"}),
        (ACCOUNT, "/@petrel", {"platform": "mastodon", "page": "/@petrel"}),
        ({"/@petrel": page("Petrel", "/a"), "/a": "feed/parts.rss"}, "/@petrel", {"platform": "feed", "url": "/a"}),
        ({"/petrel.rss": "mastodon/account.rss"}, "/petrel.rss", {"platform": "mastodon", "url": "/petrel.rss"}),
        ({"/PelicanChat/rss": "x/nitter.rss"}, "/PelicanChat/rss", {"platform": "x", "url": "/PelicanChat/rss"}),
        ({"/n.rss": NUMBERED}, "/n.rss", {"platform": "feed", "url": "/n.rss"}),
        ({APPLE: "apple/events.json"}, APPLE, {"platform": "apple", "url": APPLE}),
        ({"/s/pelicanmail": "telegram/channel.html"}, "/s/pelicanmail",
         {"platform": "telegram", "url": "/s/pelicanmail"}),
    ],
)  # fmt: skip
def test_what_speaks_at_an_address(
    serve: Any, detect: Any, tmp_path: Path, site: Site, path: str, expected: dict[str, str]
) -> None:
    server = serve(site)
    result = detect(server.url(path))
    assert result.exit_code == 0, result.stderr
    [source] = understood(result.stdout, tmp_path).sources
    told = {key: value for key in ("platform", "page", "url") if (value := getattr(source, key))}
    assert told == {key: value if key == "platform" else server.url(value) for key, value in expected.items()}
    assert source.allow_private and len(server.seen) <= 25
    assert f"{source.platform} at {source.address}: " in result.stderr


@pytest.mark.parametrize("document", ["events", "calm"])
def test_apples_page_is_known_by_its_address_and_asked_for_its_list_alone(
    serve: Any, detect: Any, document: str
) -> None:
    server = serve({APPLE: f"apple/{document}.json", "/jp/support/systemstatus/": page("Fulmar")})
    result = detect(server.url("/jp/support/systemstatus/"))
    assert result.exit_code == 0 and [seen.path for seen in server.seen] == [APPLE]
    assert f"{{platform: apple, page: {server.url('/jp/support/systemstatus/')}" in result.stdout


@pytest.mark.parametrize("events", ["aws/calm.json", "aws/events.json"])
def test_aws_is_found_at_its_page_also_while_all_is_well(
    serve: Any, detect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: str
) -> None:
    """Its hosts are known, so that nobody else is asked for its list."""
    server = serve({"/health/status": page("Heron Health Dashboard"), "/public/currentevents": events})
    unknown = detect(server.url("/health/status"))
    assert unknown.exit_code == 1 and "/public/currentevents" not in [seen.path for seen in server.seen]
    monkeypatch.setattr("tracker.platforms.aws.SITES", (urlsplit(server.url()).netloc,))
    [source] = understood(detect(server.url("/health/status")).stdout, tmp_path).sources
    assert (source.platform, source.page) == ("aws", server.url(""))


HEROKU = "/api/v4/current-status", "/api/v4/incidents?limit=25"
SALESFORCE = "/v1/incidents/active", "/v1/incidents?limit=50&sort=id&order=DESC"
ZENDESK = "/api/incidents/active", "/api/incidents/maintenance", "/api/ssp/incidents.json"
GAN12 = "/v1/instances/GAN12/status"


@pytest.mark.parametrize(
    ("platform", "path", "documents", "found"),
    [
        ("zendesk", "", {ZENDESK[0]: "zendesk/active.json", **dict.fromkeys(ZENDESK[1:], "zendesk/calm.json")}, ""),
        ("zendesk", "", dict.fromkeys(ZENDESK, "zendesk/calm.json"), ""),
        ("heroku", "", {HEROKU[0]: "heroku/current.json", HEROKU[1]: "heroku/history.json"}, ""),
        ("heroku", "/incidents/7114", {HEROKU[0]: "heroku/calm.json", HEROKU[1]: "salesforce/calm.json"}, ""),
        ("salesforce", "", {SALESFORCE[0]: "salesforce/active.json", SALESFORCE[1]: "salesforce/incidents.json"}, ""),
        ("salesforce", "", dict.fromkeys(SALESFORCE, "salesforce/calm.json"), ""),
        ("salesforce", "/instances/GAN12", {GAN12: "salesforce/instance.json"}, "/instances/GAN12"),
    ],
)
def test_a_platform_with_a_host_of_its_own_is_found_at_its_page_also_while_all_is_well(
    serve: Any,
    detect: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    path: str,
    documents: Site,
    found: str,
) -> None:
    """Nobody else is asked for its documents. A page of a part of it is that part's."""
    server = serve({path or "/": page("Gannet"), **documents})
    assert detect(server.url(path)).exit_code == 1 and not {seen.path for seen in server.seen} & set(documents)
    monkeypatch.setattr(f"tracker.platforms.{platform}.SITES", (urlsplit(server.url()).netloc,))
    [source] = understood(detect(server.url(path)).stdout, tmp_path).sources
    assert (source.platform, source.page) == (platform, server.url(found))


@pytest.mark.parametrize(
    ("platform", "document"),
    [
        ("heroku", "heroku/current.json"),
        ("salesforce", "salesforce/preview.json"),
        ("zendesk", "zendesk/active.json"),
    ],
)
def test_a_document_of_theirs_is_known_by_its_shape(
    serve: Any, detect: Any, tmp_path: Path, platform: str, document: str
) -> None:
    server = serve({"/mirror.json": document})
    [source] = understood(detect(server.url("/mirror.json")).stdout, tmp_path).sources
    assert (source.platform, source.url) == (platform, server.url("/mirror.json"))


@pytest.mark.parametrize("path", ["", "/feed.atom"])
@pytest.mark.parametrize("home", ["incidentio/page.html", "incidentio/calm.html"])
def test_a_page_by_incident_io_is_known_by_itself_also_while_all_is_well(
    serve: Any, detect: Any, tmp_path: Path, path: str, home: str
) -> None:
    """Though it answers in Statuspage's place, and has a feed that remembers words: both have less to say."""
    server = serve({**IMITATION, "/": home})
    [source] = understood(detect(server.url(path)).stdout, tmp_path).sources
    assert (source.platform, source.page) == ("incidentio", server.url(""))
    assert {seen.path for seen in server.seen} == {"/", path or "/"}, "nothing else is asked for"


@pytest.mark.parametrize("index", ["betterstack/index.json", "betterstack/calm.json"])
def test_a_page_by_better_stack_is_known_also_while_all_is_well(
    serve: Any, detect: Any, tmp_path: Path, index: str
) -> None:
    """Though it answers every address of a Statuspage with itself, and its feed remembers words."""
    home = page("Turnstone status", "/feed")
    others = dict.fromkeys(("/incident/90215", *(path for path in STATUSPAGE if path.startswith("/api"))), home)
    server = serve({**others, "/index.json": index, "/feed": "feed/plain.atom"})
    [source] = understood(detect(server.url("/incident/90215")).stdout, tmp_path).sources
    assert (source.platform, source.page) == ("betterstack", server.url(""))
    assert "/feed" not in {seen.path for seen in server.seen}


def test_what_is_printed_goes_into_feeds_yaml_and_names_what_the_page_links_to(
    serve: Any, detect: Any, tmp_path: Path
) -> None:
    server = serve(IMITATION)
    result = detect(server.url())
    lines = result.stdout.splitlines()
    assert lines[:2] == ["  petrel:", "    name: Petrel"]
    assert [line.strip() for line in lines[4:]] == [
        "# - {platform: x, page: https://x.com/petrelstatus, allow_private: true, token: $TRACKER_X_TOKEN, "
        "monthly_reads: 2000}  # its page links to it",
        "# - {platform: mastodon, page: https://social.example/@petrel, allow_private: true}  # its page links to it",
        "# - {platform: bluesky, page: https://bsky.app/profile/petrel.example, allow_private: true}"
        "  # its page links to it",
        "# - {platform: telegram, page: https://t.me/petrelnews, allow_private: true}  # its page links to it",
    ]
    every = understood(result.stdout.replace("# - {", "- {"), tmp_path)
    assert [source.platform for source in every.sources] == ["feed", "x", "mastodon", "bluesky", "telegram"]
    file = tmp_path / "feeds.yaml"
    file.write_text(file.read_text().replace("/feed.atom", "/Feed.atom/"))
    again = detect(server.url())
    assert "feeds.yaml has it already, as petrel/feed" in again.stderr and again.exit_code == 0
    file.write_text("vendors: none\n")
    assert (detect(server.url()).exit_code, again.stdout) == (0, result.stdout), "its mistakes are told to who collects"


def test_scripts_are_told_the_same(serve: Any, detect: Any) -> None:
    server = serve({**STATUSPAGE, "/": page("Petrel")})
    result = detect(server.url(), "--json")
    told = json.loads(result.stdout)
    assert [entry.pop("allow_private") for entry in told["linked"]] == [True] * 4
    assert told == {
        "vendor": "petrel",
        "name": "Petrel",
        "source": {"platform": "statuspage", "page": server.url(""), "allow_private": True},
        "announcements": 11,
        "newest_at": "2026-01-01T09:12:40Z",
        "silent": None,
        "linked": [
            {
                "platform": "x",
                "page": "https://x.com/petrelstatus",
                "token": "$TRACKER_X_TOKEN",
                "monthly_reads": 2000,
            },
            {"platform": "mastodon", "page": "https://social.example/@petrel"},
            {"platform": "bluesky", "page": "https://bsky.app/profile/petrel.example"},
            {"platform": "telegram", "page": "https://t.me/petrelnews"},
        ],
    }
    assert (
        result.stderr
        == f"statuspage at {server.url('')}: 11 announcements, the last Thu 1 Jan 2026: Mail to other providers waits\n"
    )
    asked = [seen.path for seen in server.seen]
    assert asked == ["/", *(path for path in STATUSPAGE if path.startswith("/api"))], "the likeliest first"


def test_what_stands_in_the_open_list_and_in_the_whole_one_is_counted_once(serve: Any, detect: Any) -> None:
    whole = STATUSPAGE["/api/v2/incidents.json"]
    server = serve({**STATUSPAGE, "/api/v2/incidents/unresolved.json": whole, "/": page("Petrel")})
    assert json.loads(detect(server.url(), "--json").stdout)["announcements"] == 11


def test_a_channel_may_say_one_thing_and_not_when(serve: Any, detect: Any) -> None:
    server = serve({"/rss": EMPTY.replace(b"</channel>", b"<item><title>Mail is late</title></item></channel>")})
    result = detect(server.url("/rss"), "--json")
    told = json.loads(result.stdout)
    assert (told["announcements"], told["newest_at"], told["linked"]) == (1, None, [])
    assert result.stderr == f"feed at {server.url('/rss')}: one announcement\n"


@pytest.mark.parametrize(
    "feed",
    [
        EMPTY.replace(b"<title>Petrel</title>", b"<item><title>Mail is late</title></item>"),
        b'<?xml version="1.0" encoding="EUC-JP"?>' + EMPTY.replace(b"Petrel", "海燕".encode("euc-jp")),
    ],
)
def test_a_feed_without_a_title_that_can_be_read_names_nobody(serve: Any, detect: Any, feed: bytes) -> None:
    told = json.loads(detect(serve({"/rss": feed}).url("/rss"), "--json").stdout)
    assert told["name"] is None


def test_a_json_feed_names_its_vendor_itself(serve: Any, detect: Any, tmp_path: Path) -> None:
    found = detect(serve({"/feed.json": "feed/items.json"}).url("/feed.json"))
    assert understood(found.stdout, tmp_path).name == "Godwit Cloud"


def test_an_account_on_x_is_known_by_its_address_and_asked_for_nothing(detect: Any, tmp_path: Path) -> None:
    result = detect("x.com/PetrelStatus")
    [source] = understood(result.stdout, tmp_path).sources
    assert (source.platform, source.page, source.token) == ("x", "https://x.com/PetrelStatus", "TRACKER_X_TOKEN")
    assert "X has no free channel" in result.stderr and result.stdout.startswith("  petrel:")


def test_nothing_there_says_what_was_tried_and_exits_with_1(serve: Any, detect: Any) -> None:
    links = "".join(f'<a href="https://status.{name}.example/today">Status</a>' for name in ("petrel", "p", "q", "r"))
    result = detect(serve({"/": f"<!doctype html>{links}".encode()}).url())
    assert result.exit_code == 1 and result.stdout == ""
    tried = re.findall("^tracker: ([a-z_]+) at http://127.0.3.1", result.stderr, re.MULTILINE)
    assert tried == ["incidentio", "statuspage", "betterstack", "google_cloud", "slack", "statusio", "feed"]
    assert "answers HTTP 404" in result.stderr
    assert "the page links to https://status.petrel.example, which may be it" in result.stderr
    assert result.stderr.count("which may be it") == 3
    down = detect("http://127.0.3.9:9/")
    assert down.exit_code == 1 and "nothing that can be read was found" in down.stderr
    assert "refuses the connection" in down.stderr


def test_of_a_page_that_offers_and_links_to_much_little_is_asked(serve: Any, detect: Any) -> None:
    links = "".join(f'<a href="https://t.me/petrel{number}">Telegram</a>' for number in range(40))
    offers = "".join(OFFER.format(href=f"/offer/{number}", kind="rss+xml") for number in range(40))
    server = serve({"/": f"<!doctype html>{offers}{links}".encode(), "/rss": "feed/parts.rss"})
    result = detect(server.url())
    assert (result.exit_code, result.stdout.count("# its page links to it")) == (0, 10)
    assert len([seen for seen in server.seen if seen.path.startswith("/offer")]) == 5


def test_an_account_is_asked_for_at_its_host() -> None:
    site = {f"https://social.example{path}": bytes(body) for path, body in ACCOUNT.items()}  # type: ignore[arg-type]
    channel = collecting.detect("@petrel@social.example", now=NOON, poll=Web(site).poll).channel
    assert channel is not None and [said.text for said in channel.announcements] == ["Calls drop."]
    assert (channel.source.platform, channel.source.account) == ("mastodon", "@petrel@social.example")


def test_what_may_be_the_status_page_stands_elsewhere_and_says_so() -> None:
    links = ("https://petrel.example/shop", "https://status.petrel.example/en", "https://petrelstatus.example/#mail")
    page = "".join(f'<a href="{link}">see</a>' for link in links).encode()
    home = "https://status.petrel.example"
    found = collecting.detect(home, now=NOON, poll=Web({home: page}).poll)
    assert (found.channel, found.elsewhere) == (None, ("https://petrelstatus.example",))


def test_a_page_does_not_lead_into_the_local_network(serve: Any, detect: Any) -> None:
    within = Recorder(lambda seen: answer("200 OK", b"secret"), "127.0.3.2")
    with within:
        public = serve({"/": page("Petrel", within.url("/a.atom"), "http://localhost:1/b.atom", "http://[::1/c.atom")})
        result = CliRunner().invoke(cli, ["detect", public.url()])
        assert result.exit_code == 1 and within.seen == []
        assert detect(public.url()).exit_code == 1 and len(within.seen) == 1, "asked where that is allowed"


@pytest.mark.parametrize(
    "given",
    ["", "petrel status", "ftp://petrel.example", "https://", "https://a@b.example/", "@x", "http://[::1", "a.b:x"],
)
def test_what_is_no_address_is_refused(detect: Any, given: str) -> None:
    result = detect(given)
    assert result.exit_code == 2 and "is no address; write https://status.example.com" in result.stderr


def test_a_stranger_moves_no_cursor_and_makes_no_other_yaml(serve: Any, detect: Any, tmp_path: Path) -> None:
    title = '\x1b]0;owned\x07No: "\u202e{x}\n  evil: [1]'
    evil = serve({"/": page(title), "/rss": "feed/parts.rss"}).url()
    result, as_json = detect(evil), detect(evil, "--json")
    assert not {"\x1b", "\x07", "\u202e"} & set(result.output + as_json.output)
    assert "\u202e" in json.loads(as_json.stdout)["name"], "data is whole, and escaped"
    assert understood(result.stdout, tmp_path).name.startswith('No: "')
    nothing = detect(serve({"/": page("Null"), "/rss": "feed/parts.rss"}).url())
    assert understood(nothing.stdout, tmp_path).name == "Null"


@pytest.mark.parametrize(
    ("name", "source", "slug"),
    [
        ("Status of Petrel", {"page": "https://status.petrel.example"}, "petrel"),
        ("Pétrel Hébergement", {"page": "https://status.petrel.example"}, "petrel-hebergement"),
        (None, {"page": "https://www.petrelstatus.com"}, "petrel"),
        (None, {"page": "https://status.petrel.example:8443"}, "petrel"),
        (None, {"page": "https://Status.Petrel.example"}, "petrel"),
        (None, {"page": "http://127.0.0.1"}, "vendor"),
        (None, {"url": "https://petrel.example/rss?x=1"}, "petrel"),
        (None, {"account": "@petrel@social.example"}, "petrel"),
        (None, {"page": "https://bsky.app/profile/status.petrel.example"}, "petrel"),
        (None, {"page": "https://www.petrel.example/support/systemstatus/"}, "petrel"),
        (None, {"page": "https://www.petrel.example/system-status"}, "petrel"),
        ("海燕", {"page": "https://status.petrel.example"}, "petrel"),
        ("海燕", {"page": "https://127.0.0.1"}, "vendor"),
    ],
)
def test_what_a_vendor_may_be_called(name: str | None, source: dict[str, str], slug: str) -> None:
    assert detecting._slug(name, Source(id="x", vendor="", platform="feed", **source)) == slug  # type: ignore[arg-type]
