"""Hostile documents: each ends in an answer or in a ReadError that says where and what.

The bounds are by design, not by the clock: sizes, numbers and depths are limited before anything is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker import platforms
from tracker.errors import ReadError, SourceError
from tracker.models import Announcement, Document, Known, Reading, Source
from tracker.platforms import _html, _json, _standing, google_cloud, mastodon, telegram, x
from tracker.show.clean import clean

HERE = Path(__file__).parent / "platforms"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
CASES = sorted(path for path in HERE.glob("[!_]*/*") if not path.name.endswith(".expected.json"))
JSON = [name for name in platforms.names() if name not in ("feed", "telegram")]
# What incident.io leaves out or has as null while all is well, and the only words of an incident without an update.
MAY_BE_EMPTY = {"statuspage.incidents", "google_cloud.external_desc"}
every_platform = pytest.mark.parametrize("platform", platforms.names())
every_json_platform = pytest.mark.parametrize("platform", JSON)


def document(platform: str, body: bytes | str, at: datetime = NOW) -> Document:
    """As of a page, or as of a bare file: of an account it would be refused unread where it tells of another one."""
    page = None if platform in ("bluesky", "mastodon", "telegram", "x") else "https://status.skua.example"
    source = Source(id=f"skua/{platform}", vendor="skua", platform=platform, page=page)
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return Document(source=source, url="", body=raw, content_type="", polled_at=at)


def read(platform: str, body: bytes | str) -> Reading:
    """What is read, after it was seen that the record and a terminal can take it."""
    reading: Reading = platforms.platform(platform).read(document(platform, body))
    for said in reading.announcements:
        check(said)
    assert len({said.id for said in reading.announcements}) == len(reading.announcements)
    return reading


def check(said: Announcement) -> None:
    for text in (said.id, said.text, said.title, said.url, said.status, said.lang, *said.links, *said.components):
        assert text is None or (text.encode() is not None and "\0" not in text)
    for time in (said.published_at, said.edited_at):
        assert time is None or time.utcoffset() == timedelta(0)
    assert not set(clean(f"{said.title}\n{said.text}")) & set("\x1b\x9b\x07\u202e\u2066")


def one(platform: str, body: bytes | str) -> Announcement:
    (said,) = read(platform, body).announcements
    return said


def rss(*items: str, before: str = "", head: str = "") -> str:
    return f"{before}<rss version='2.0'><channel><title>Skua</title>{head}{''.join(items)}</channel></rss>"


def item(title: str = "Skua is down", text: str = "We look into it.", guid: str = "s-1", more: str = "") -> str:
    return f"<item><guid>{guid}</guid><title>{title}</title><description>{text}</description>{more}</item>"


# -- anything at all -----------------------------------------------------------------------------------------------


@every_platform
@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
@example(body=b"")
@example(body=b"\0")
@example(body=b"<")
@example(body=b"<!DOCTYPE")
@example(body=b"<rss>")
@example(body=b"[[]]")
@example(body=b"{}\n{}")
@example(body=b"\xff\xfe<\0?\0")
def test_any_bytes_are_read_or_refused(platform: str, body: bytes) -> None:
    try:
        read(platform, body)
    except SourceError as error:
        assert str(error).startswith(f"skua/{platform}")


@settings(max_examples=300)
@given(st.sampled_from(CASES), st.data())
def test_a_damaged_document_is_read_or_refused(case: Path, data: st.DataObject) -> None:
    body = case.read_bytes()
    known = oldest_id(case)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body)))
        end = start + data.draw(st.integers(0, 40))
        piece = data.draw(
            st.sampled_from([b"", b"\0", b"\xff", b"<", b"]]>", b"</", b"&", b"{", b"null", b'"', b"9e999"])
        )
        body = body[:start] + piece + body[end:]
    try:
        platforms_more(case.parent.name, body, read(case.parent.name, body), known)
    except SourceError as error:
        assert str(error).startswith(f"skua/{case.parent.name}")


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.suffix == ".json"], ids=lambda c: f"{c.parent.name}/{c.name}"
)
def test_a_field_that_is_missing_or_of_another_kind_is_read_or_refused(case: Path) -> None:
    """Where one field takes away all that a document tells, it is refused: nothing told would be taken for calm."""
    whole, known = json.loads(case.read_bytes()), oldest_id(case)
    tells = bool(read(case.parent.name, case.read_bytes()).announcements)
    for path, (held, name) in {path: place for path, *place in reversed([*fields(whole)])}.items():
        kept = held.pop(name)
        for instead in ("missing", None, 7, "x", [], {}, [None], [7]):
            if instead != "missing":
                held[name] = instead
            try:
                reading = read(case.parent.name, json.dumps(whole))
                platforms_more(case.parent.name, json.dumps(whole).encode(), reading, known)
                may_be_empty = isinstance(instead, list) or f"{case.parent.name}{path}" in MAY_BE_EMPTY
                assert reading.announcements or not tells or may_be_empty
            except SourceError as error:
                assert str(error).startswith(f"skua/{case.parent.name}")
            except Exception as error:
                error.add_note(f"where {path} is {instead!r}; tracker/platforms/_json.py looks before it takes")
                raise
        held[name] = kept


def fields(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each field of all objects in JSON: the path of names that leads there, the object and the name."""
    for inner in value if isinstance(value, list) else ():
        yield from fields(inner, path)
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield f"{path}.{name}", value, name
        yield from fields(inner, f"{path}.{name}")


def oldest_id(case: Path) -> str:
    """Where a document holds all that is newer, more is asked for."""
    return min((said.id for said in read(case.parent.name, case.read_bytes()).announcements), default="1")


def platforms_more(platform: str, body: bytes, reading: Reading, newest_id: str) -> None:
    platforms.more(replace(document(platform, body), held={"a": ("a",)}), reading, Known(newest_id=newest_id))


# -- size ----------------------------------------------------------------------------------------------------------


@every_platform
def test_fifty_megabytes_are_refused(platform: str) -> None:
    for body in (b"<rss>" + b" " * 50_000_000, b"[" + b" " * 50_000_000 + b"]"):
        with pytest.raises(ReadError, match=f"skua/{platform}"):
            read(platform, body)


@every_platform
@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\0\0\0"])
def test_nothing_is_refused(platform: str, body: bytes) -> None:
    with pytest.raises(ReadError, match=f"skua/{platform}"):
        read(platform, body)


@pytest.mark.parametrize("entry", ["<item><guid>{}</guid></item>", "<item><x:y/></item>", "<ITEM></ITEM>", "<item/>"])
def test_a_hundred_thousand_entries_are_refused(entry: str) -> None:
    with pytest.raises(ReadError, match=r"skua/feed: the feed (holds more than 10,000 entries|.* [12]00,000 tags)"):
        read("feed", rss(*(entry.format(number) for number in range(100_000))))


def test_a_hundred_thousand_statuses_are_refused() -> None:
    with pytest.raises(ReadError, match="more than 10,000 statuses"):
        read("mastodon", json.dumps([{"id": "1", "content": "We are down."}] * 100_000).encode())


def test_nine_thousand_entries_are_read() -> None:
    said = read("feed", rss(*(item(guid=str(number), text=f"Note {number}") for number in range(9_000))))
    assert len(said.announcements) == len(said.listed) == 9_000


@pytest.mark.parametrize("damage", ["", "&"])
def test_a_title_of_a_megabyte_is_a_title(damage: str) -> None:
    assert len(one("feed", rss(item("Down! " * 170_000), damage)).title or "") == 170_000 * 6 - 1


@pytest.mark.parametrize("tag", ["<x></x>", "&lt;x>", "&#60;x>", "&#x3C;x>"])
def test_a_million_tags_are_refused(tag: str) -> None:
    with pytest.raises(ReadError, match="more than 200,000 tags"):
        read("feed", rss(*(item(text=f"<![CDATA[{tag * 3_000}]]>", guid=str(number)) for number in range(100))))
    with pytest.raises(ReadError, match="more than 200,000 tags in its texts"):
        read("slack", slack("<x>" * 250_000).replace("<x><", "\\u003cx><"))


def test_a_feed_that_is_no_plain_one_is_read_only_in_a_usual_size() -> None:
    with pytest.raises(ReadError, match="not plain XML, and larger than 3 MB"):
        read("feed", rss(item(text="x" * 4_000_000), "&"))
    with pytest.raises(ReadError, match="not plain XML, and has more than 100,000 tags"):
        read("feed", rss(item(text="<b></b>" * 60_000)))


@pytest.mark.parametrize(
    "inner",
    [
        "<author>" + "a" * 1_000_000 + "</author>",
        "<author>" + ("a" * 500 + "<!-- -->") * 2_000 + "</author>",
        "".join(f"<category>c{number}</category>" for number in range(40_000)),
        "<tags>" + ",".join(map(str, range(150_000))) + "</tags>",
        "<x xml:base='https://a.example/" + "a/" * 500_000 + "'><y/></x>" + "<y/>" * 1_000,
        "".join(f"<x xml:base='{'a/' * 100}'>" for _ in range(2_000)),
        "<description>" + "&amp;lt;" * 120_000 + "</description>",
        "<description>" + "&lt;b " * 160_000 + "</description>",
        "<pubDate>" + "1" * 1_000_000 + "</pubDate>",
        "<pubDate>2026-02-30T25:61:61Z</pubDate>",
    ],
    ids=[
        "author",
        "author in pieces",
        "categories",
        "tags",
        "base",
        "bases",
        "entities",
        "half tags",
        "date",
        "no date",
    ],
)
@pytest.mark.parametrize("damage", ["", "&"])
def test_what_takes_quadratic_time_elsewhere_is_read(inner: str, damage: str) -> None:
    assert one("feed", rss(item(more=inner), damage)).id.startswith("s-1")


def test_a_time_among_many_blanks_is_found_at_once() -> None:
    began = process_time()
    dates = [f"<pubDate>{' ' * 100_000}{date}</pubDate>" for date in ("", "!" * 100, "Tue, 01 Sep 2026 12:00:00 GMT")]
    for date in dates:
        assert one("feed", rss(item(more=date))).id.startswith("s-1")
    assert process_time() - began < 5


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        (x._without_quote, " "),
        (x._without_quote, "https://x.example/a/status/1? "),
        (google_cloud._plain, "\\"),
        (google_cloud._plain, "\\ "),
        (google_cloud._plain, "# "),
        (mastodon._WARNING.match, " "),
        (lambda text: telegram._FORWARDED.match(f"Forwarded from{text[22:]}"), "\xa0"),
        (telegram._ANSWERED.match, " "),
        (lambda text: _standing.since(text, "Resolved", None), "\nResolved: 2026-08-20 11:40 UTC"),
        (lambda text: _standing.since(text, "Resolved", None), "\nResolved: 1:11 1:11 1:11 1:11 1:11 1:11 1:11 1:11"),
    ],
)
def test_what_looks_for_an_end_in_vain_takes_no_time(words: Callable[[str], object], piece: str) -> None:
    began = process_time()
    words("<p><strong>a:</strong>" + piece * (500_000 // len(piece)) + "!")
    assert process_time() - began < 5


@pytest.mark.parametrize("digits", [1, 19, 30, 4_000, 5_000])
def test_a_wished_interval_of_any_length_fits_the_record(digits: int) -> None:
    every = read("feed", rss(item(), head=f"<ttl>{'9' * digits}</ttl>")).every
    assert every == {1: 540, 5_000: None}.get(digits, 365 * 86_400)


LARGE, AT = "x" * 500_000, "2026-05-04T10:20:00Z"
SMALL = "&lt;p>&lt;small>May 4, 10:20 UTC&lt;/small>&lt;br>&lt;strong>Update&lt;/strong> - x&lt;/p>"


def page(*updates: dict[str, Any], **incident: Any) -> dict[str, Any]:
    return {"page": {"id": "p"}, "incidents": [{"id": "a", "name": "n", **incident, "incident_updates": updates}]}


@pytest.mark.parametrize(
    ("platform", "body"),
    [
        ("apple", {"services": [{"serviceName": LARGE, "events": [{"messageId": str(n)} for n in range(99)]}]}),
        ("aws", [{"arn": "a", "summary": LARGE, "event_log": [{"timestamp": 1_777_881_900 + n} for n in range(99)]}]),
        ("betterstack", {"data": {"type": "status_page"}, "included": [
            *({"type": "status_update", "id": str(n)} for n in range(99)),
            {"type": "status_report", "id": "a", "attributes": {"title": LARGE}, "relationships": {
                "status_updates": {"data": [{"id": str(n)} for n in range(99)]}}}]}),
        ("google_cloud", [{"id": "a", "external_desc": LARGE, "updates": [{"created": AT, "text": "x"}] * 99}]),
        ("heroku", [{"id": 1, "title": LARGE, "updates": [{"id": n, "created_at": AT} for n in range(99)]}]),
        ("salesforce", [{"id": 1, "instanceKeys": [LARGE],
                         "IncidentEvents": [{"id": n, "createdAt": AT} for n in range(99)]}]),
        ("incidentio", {"incident": {"id": "a", "name": LARGE, "updates": [{"id": str(n)} for n in range(99)]}}),
        ("slack", [{"id": 1, "title": LARGE, "notes": [{"date_created": AT, "body": "x"}] * 99}]),
        ("statuspage", page(*[{"created_at": AT, "body": "x", "status": "identified"}] * 99, name=LARGE)),
        ("statuspal", {"meta": {}, "incidents": [
            {"id": 1, "title": LARGE, "updates": [{"id": n, "posted_at": AT} for n in range(99)]}]}),
        ("statuspage", page(*[{"created_at": AT}] * 99, components=[{"id": "c", "name": LARGE}])),
        ("statuspage", f"<feed><entry><title>{LARGE}</title><content>{SMALL * 99}</content></entry></feed>"),
        ("x", {"data": [{"id": str(99 + n), "text": "x", "author_id": "5"} for n in range(99)],
               "includes": {"users": [{"id": "5", "username": LARGE}]}}),
    ],
)  # fmt: skip
def test_what_many_announcements_share_is_not_kept_with_each_where_it_is_huge(platform: str, body: Any) -> None:
    body = body if isinstance(body, str) else json.dumps(body)
    source = Source(id=f"skua/{platform}", vendor="skua", platform=platform)
    told = replace(document(platform, body), source=source)
    with pytest.raises(ReadError, match=f"skua/{platform}: what its announcements share is too large"):
        platforms.read(told)
    assert len(platforms.read(replace(told, body=body.replace(LARGE, "n").encode())).announcements) > 1


def test_addresses_that_hold_each_other_do_not_grow_a_post_of_x_without_end() -> None:
    urls = [{"url": "http", "expanded_url": "http http"}] * 100
    post = {"id": "99", "id_str": "99", "text": "Down. http", "entities": {"urls": urls}}
    for body in ([post], {"data": [post]}):
        assert len(one("x", json.dumps(body)).text) < 100_000


@pytest.mark.parametrize("before", ["", "<!DOCTYPE rss>"])
def test_a_feed_of_many_entries_whose_first_tag_is_huge_is_refused(before: str) -> None:
    items = (item(guid=str(number)) for number in range(99))
    body = rss(*items, before=before).replace("version=", f"x='{LARGE}' v=")
    with pytest.raises(ReadError, match="skua/feed: what its announcements share is too large"):
        read("feed", body)


@pytest.mark.parametrize("blanks", [" ", "\n", " \t"])
@pytest.mark.parametrize("end", ["", "]]>", "!", "</title>"])
def test_a_title_of_blanks_takes_no_time(blanks: str, end: str) -> None:
    began = process_time()
    for start in ("<title>Skua", "<title>", "<title><![CDATA[Skua"):
        platforms.page(document("feed", start + blanks * 100_000 + end))
    assert process_time() - began < 5


def test_a_feed_of_thousands_in_which_every_other_entry_is_edited_takes_no_time() -> None:
    dates = [f"<pubDate>{1_700_000_000 + number}</pubDate>" for number in range(9_000)]
    items = [item(text="Down. " * 100, guid=str(number), more=date) for number, date in enumerate(dates)]
    before = platforms.read(document("feed", rss(*items)))
    edited = [each.replace("Down.", "Up.") if number % 2 else each for number, each in enumerate(items)]
    after = replace(document("feed", rss(*edited)), held=before.entries)
    began = process_time()
    assert platforms.read(after).listed == before.listed
    assert process_time() - began < 5


def test_a_list_that_forgets_thousands_of_incidents_leads_to_no_more_than_fifty_requests() -> None:
    open_now = {"page": {"id": "p", "name": "Skua"}, "incidents": []}
    held = {f"{number}": (f"code{number:04d}",) for number in range(9_000)}
    told = replace(document("statuspage", json.dumps(open_now)), purpose="open", held=held)
    assert len(platforms.more(told, platforms.read(told), Known())) == 50


@every_json_platform
def test_json_of_a_hundred_thousand_levels_is_refused(platform: str) -> None:
    for body in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
        with pytest.raises(ReadError, match=f"skua/{platform}: the document is nested too deep"):
            read(platform, body)


@pytest.mark.parametrize("depth", range(700, 1_000, 20))
def test_json_as_deep_as_can_be_read_is_read_or_refused(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    note = '{"date_created": "2026-05-11T06:02:00-07:00", "body": "Down.", "x": ' + deep + "}"
    try:
        read("slack", '[{"id": 1, "date_created": "2026-05-11T06:02:00-07:00", "notes": [' + note + "]}]")
    except ReadError as error:
        assert "nested too deep" in str(error)


@every_json_platform
def test_numbers_of_many_digits_are_refused(platform: str) -> None:
    with pytest.raises(ReadError, match=f"skua/{platform}"):
        read(platform, '{"id": ' + "9" * 100_000 + "}")


# -- entities ------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">\n' for n in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE rss [\n<!ENTITY l0 "lol">\n{LAUGHS}]>',
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS.replace(chr(10), "")}]>',
        "<!DOCTYPE rss [<!ENTITY % p \"<!ENTITY l11 'lol'>\"> %p;]>",
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE rss [\n<!ENTITY l11 SYSTEM "file:///etc/passwd">\n]>',
        '<!DOCTYPE rss [<!ENTITY l11 SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
    ],
)
def test_entities_neither_explode_nor_fetch(doctype: str) -> None:
    try:
        said = one("feed", rss(item("&l11;", "What is said."), before=doctype))
    except ReadError as error:
        assert str(error).startswith("skua/feed")
    else:
        assert len(said.title or "") < 20
        assert said.text == "What is said."


def test_an_entity_that_grows_by_repetition_is_refused() -> None:
    doctype = f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 10_000}">\n]>'
    with pytest.raises(ReadError, match="entities of its document type would grow to 1,000,000,000 bytes"):
        read("feed", rss(item("&a;" * 100_000), before=doctype))
    assert one("feed", rss(item("&a;"), before=doctype)).title == "x" * 10_000


@pytest.mark.parametrize("hide", ["<!ENTITY a '{}'>", '<!ENTITY a "{}">'])
def test_entities_behind_a_tag_in_a_comment_are_refused(hide: str) -> None:
    before = f"<!-- <a -->\n<!DOCTYPE rss [{hide.format('x' * 19_000)}]>"
    with pytest.raises(ReadError, match="skua/feed: entities are declared behind the first tag"):
        read("feed", rss(*(item("&a;" * 9, "Down. " * 500, guid=str(number)) for number in range(900)), before=before))


@pytest.mark.parametrize("encoding", ["utf-7", "cp037"])
def test_entities_in_an_odd_encoding_do_not_grow(encoding: str) -> None:
    before = f"<?xml version='1.0' encoding='{encoding}'?>\n<!DOCTYPE rss [\n<!ENTITY a \"{'x' * 10_000}\">\n]>"
    body = rss(item("&a;" * 1_000), before=before).encode("cp037" if encoding == "cp037" else "ascii")
    with pytest.raises(ReadError, match="entities of its document type would grow to 10,000,000 bytes"):
        read("feed", body.replace(b"<!ENTITY", b"+ADw-!ENTITY"))


def test_a_declaration_of_many_encodings_takes_no_time() -> None:
    assert one("feed", "<?xml " + "encoding='" * 10_000 + "\n?>" + rss(item("&"))).id == "s-1"


def test_punycode_is_no_encoding_of_a_feed() -> None:
    with pytest.raises(ReadError, match="skua/feed: the feed says that it is in punycode"):
        read("feed", "<?xml version='1.0' encoding='Punycode'?>" + rss(item()) + "<!-->-" + "a" * 2_000_000)
    wide = "<?xml version='1.0' encoding='punycode'?><!DOCTYPE rss><rss>".encode("utf-16-be") + b"-" + b"ab" * 100_000
    idna = b"<?xml version='1.0' encoding='IDNA'?><!DOCTYPE rss><rss>.xn--" + b"ab" * 100_000
    for body in (b"\xfe\xff" + wide, wide, idna):
        with pytest.raises(ReadError, match="the feed says that it is in punycode"):
            read("feed", body)
    assert one("feed", "<?xml version='1.0'?><!-- Punycode for names --><!DOCTYPE rss>" + rss(item())).id == "s-1"


def test_a_document_type_of_a_megabyte_is_refused() -> None:
    with pytest.raises(ReadError, match="more than 20,000 bytes stand before the first element"):
        read("feed", rss(item(), before="<!DOCTYPE x [" + "\n" * 1_000_000 + "]>"))


# -- encodings and characters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-le", "iso-8859-1", "cp1252", "cp037"])
@pytest.mark.parametrize("declared", ["", "utf-8", "utf-16", "utf-32", "iso-8859-1", "us-ascii", "nonsense"])
def test_a_wrong_or_missing_declaration_of_the_encoding_is_read_or_refused(encoding: str, declared: str) -> None:
    start = f"<?xml version='1.0' encoding='{declared}'?>" if declared else "<?xml version='1.0'?>"
    try:
        said = one("feed", rss(item("Panne à Genève"), before=start).encode(encoding))
    except ReadError as error:
        assert str(error).startswith("skua/feed")
    else:
        assert (said.title or "").startswith("Panne ")


def test_invalid_utf_8_and_nul_bytes_cost_only_themselves() -> None:
    body = rss(item("Down again")).encode().replace(b"again", b"ag\xff\0ain")
    assert one("feed", body).title in ("Down agÿain", "Down ag\N{REPLACEMENT CHARACTER}ain")
    assert one("slack", slack("Down\0\0 again")).text == "Down again"
    assert one("feed", rss(item("Down &", guid="s&#0;-1"))).id == "s-1"


def slack(body: str, at: str = "2026-05-11T06:02:00-07:00") -> str:
    note = {"date_created": at, "body": body}
    return json.dumps([{"id": 7, "title": body[:40], "date_created": at, "notes": [note]}])


ESCAPES = ["\x1b[2J\x1b]0;pwned\x07", "\x9b31m", "\u202egnp.exe\u2066", "\x08\x08\x08"]


@pytest.mark.parametrize("escape", ESCAPES)
def test_what_would_move_the_cursor_never_reaches_a_terminal(escape: str) -> None:
    for said in (one("feed", rss(item(f"{escape}Down", f"{escape}Down"))), one("slack", slack(f"{escape}Down"))):
        assert said.text.endswith("Down")
        assert not set(clean(said.text)) & set("\x1b\x9b\x07\x08\u202e\u2066")


def test_lone_surrogates_are_marked() -> None:
    assert one("slack", slack("Down \ud83d").replace("\\ud83d", "\\uD83D")).text == "Down ?"
    assert one("slack", slack("Down \U0001f600")).text == "Down \U0001f600"
    assert one("feed", rss(item("Down &amp;#xD800;"))).title == "Down \N{REPLACEMENT CHARACTER}"
    assert _html.text_by_tree("<x>&#xD800;a</x>").endswith("a")


SCRIPTS = (
    "<script>alert('a')</script><p onclick='x()'>Down</p><style>p{}</style><!-- c -->"
    "<iframe src='javascript:x'></iframe>"
)


def test_scripts_are_no_words() -> None:
    escaped = SCRIPTS.replace("<", "&lt;")
    for said in (one("feed", rss(item(text=escaped))), one("slack", slack(SCRIPTS))):
        assert (said.text, said.links) == ("Down", ())
    links = "&lt;a href='javascript:x()'>a&lt;/a>&lt;a href=' https://b.example '>b&lt;/a>&lt;a href='//c'>c&lt;/a>"
    assert one("feed", rss(item(text=links))).links == ("https://b.example", "https://c")
    assert one("feed", rss("<item><link>javascript:x()</link><title>a</title></item>")).url is None


# -- times and ids -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "99999-01-01T00:00:00Z",
     "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0000 00:00:00 GMT", "-1"],
)  # fmt: skip
def test_times_beyond_every_calendar_are_unknown_or_right(date: str) -> None:
    said = one("feed", rss(item(more=f"<pubDate>{date}</pubDate>")))
    assert said.published_at is None or said.published_at.year in (1, 9999)
    assert _json.time(date) is None
    with pytest.raises(ReadError, match="is no time"):
        read("slack", slack("Down", at=date))


@pytest.mark.parametrize("mark", [".", ","])
def test_fractions_of_a_second_are_left_out_however_they_are_written(mark: str) -> None:
    assert one("slack", slack("Down", at=f"2026-05-11T06:02:00{mark}25-07:00")).published_at == datetime(
        2026, 5, 11, 13, 2, tzinfo=UTC
    )


def test_an_item_dated_by_the_request_is_the_same_at_every_poll() -> None:
    feeds = [rss(item(more=f"<pubDate>Tue, 01 Sep 2026 12:0{minute}:00 GMT</pubDate>")) for minute in range(3)]
    said = [one("feed", feed) for feed in feeds]
    assert len({(each.id, each.title, each.text) for each in said}) == 1


def test_one_id_for_all_is_told_apart_by_words_from_the_oldest() -> None:
    items = [item(text=f"Note {number}", guid="same") for number in range(500)]
    before = {said.text: said.id for said in read("feed", rss(*items[1:])).announcements}
    after = {said.text: said.id for said in read("feed", rss(*items)).announcements}
    assert len(after) == 500
    assert before.items() <= after.items()


@pytest.mark.parametrize("root", ["rss", "feed"])
@pytest.mark.parametrize(
    "name", ["title_detail", "summary_detail", "content", "media_descriptions", "published_parsed"]
)
@pytest.mark.parametrize("element", ["<{0}>x</{0}>", "<{0} type='x'/>", "<{0} a='b'><{0} type='text/plain'/></{0}>"])
def test_elements_named_as_a_parsers_own_fields_are_only_elements(root: str, name: str, element: str) -> None:
    entry = element.format(name)
    for told in ("", "<title>Down</title><summary>We look.</summary>"):
        for order in (told + entry, entry + told):
            body = f"<rss><channel><item>{order}</item></channel></rss>"
            body = f"<feed><entry>{order}</entry></feed>" if root == "feed" else body
            read("feed", body)


# -- what is no feed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<!DOCTYPE html><html><body>Checking your browser</body></html>", "HTML page, not a feed"),
        ("\n\n<HTML><head></head></HTML>", "HTML page, not a feed"),
        (
            "<!doctype html><link rel=icon href=/i.png>"
            "<link href='/f?a=1&amp;b=2' rel='alternate' title='News' type='application/rss+xml'>",
            r'not a feed; its feed is "https://status.skua.example/f\?a=1&b=2", for platform: feed',
        ),
        ('{"error": "not found"}', "JSON, not a feed; url: takes"),
        ("Service unavailable", "no RSS or Atom"),
        ("<opml><body/></opml>", "no RSS or Atom"),
        ("<rss version='2.0'><channel><title>Skua", "no RSS or Atom"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_is(body: str, told: str) -> None:
    with pytest.raises(ReadError, match=f"skua/feed: .*{told}"):
        read("feed", body)


def test_a_feed_that_breaks_off_tells_what_came_before() -> None:
    whole = rss(item(guid="s-2"), item(guid="s-1"))
    said = read("feed", whole[: whole.rindex("<title>")]).announcements
    assert "s-2" in {each.id for each in said}


@pytest.mark.parametrize(
    ("first", "id_"),
    [
        ("<!-- <item><guid>s-0</guid></item> --><item><guid>s-1</guid><title>Skua & co</title>", "s-1"),
        ("<item><guid>s-1</guid><title>Skua is <</title><description>Up.</description></item>", "s-1"),
        (item("Skua & co", guid="https://skua.example/1"), "https://skua.example/1"),
    ],
    ids=["an item without an end, one in a comment", "half a tag", "an address that is no link"],
)
def test_an_original_of_a_broken_feed_reads_as_its_entry_did(first: str, id_: str) -> None:
    first = first.replace("<guid>", "<guid isPermaLink='false'>")
    told = read("feed", rss(first, item(guid="s-2"), item(guid="s-3"), head="<language>gd</language>")).announcements
    assert {said.id for said in told} == {id_, "s-2", "s-3"}
    for said in told:
        assert replace(one("feed", said.original), original=b"", aliases=()) == replace(said, original=b"", aliases=())
    assert {said.lang for said in told} == {"gd"}


@pytest.mark.parametrize(
    ("platform", "id_"),
    [("google_cloud", "tag:status.skua.example,2026:feed:A1.b2"), ("mastodon", "https://skua.example/@skua/11")],
)
def test_what_is_no_address_of_the_web_is_none_of_a_post(platform: str, id_: str) -> None:
    entry = f"<id>{id_}</id><link href='javascript:alert(1)'/><title>Down</title><updated>{AT}</updated>"
    said = one(
        platform, f"<feed xmlns='http://www.w3.org/2005/Atom'><entry>{entry}<content>Down</content></entry></feed>"
    )
    assert (said.url or id_).startswith(id_)


@every_json_platform
def test_a_page_in_place_of_json_is_refused(platform: str) -> None:
    for body in ("<!doctype html><title>Log in</title>", "Too many requests", '"[]"', "NaN", "[1, 2", "\ufeff"):
        with pytest.raises(ReadError, match=f"skua/{platform}"):
            read(platform, body)
