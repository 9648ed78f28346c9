"""The points that those who watch feed readers look for, one by one, over ten simulated days of the whole collector."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_week import CONTACT, Site, run, sites, table

PAGE = Path(__file__).parents[1] / "docs" / "polling.md"


@pytest.fixture(scope="module")
def week() -> list[Site]:
    return run()


@pytest.mark.parametrize("number", range(len(sites())), ids=[site.name for site in sites()])
def test_a_server_sees_what_it_may_expect(week: list[Site], number: int) -> None:
    assert week[number].saw(week[number])


def test_only_plain_requests_of_the_address_as_it_was_given(week: list[Site]) -> None:
    for site in week:
        assert {seen.method for _, seen in site.visits} == {"GET"}
        assert {seen.path for _, seen in site.visits} <= {"/feed.rss", "/new.rss"}  # no query against caches
        for _, seen in site.visits:
            assert seen.header("accept-encoding") == "gzip"
            assert CONTACT in (seen.header("user-agent") or "")
            assert not {"cookie", "referer", "cache-control", "pragma"} & {
                line.partition(":")[0].lower() for line in seen.lines
            }


def test_a_new_etag_replaces_the_old_one(week: list[Site]) -> None:
    incident = next(site for site in week if "from hour 30" in site.name)
    sent = [seen.header("if-none-match") for _, seen in incident.visits]
    assert sent[0] is None
    assert len(set(sent)) == 4  # none, and one for each of the three bodies
    assert sorted(sent[1:], key=sent.index) == sent[1:]  # none comes back after a newer one was given


def test_the_page_tells_what_was_seen(week: list[Site]) -> None:
    assert table(week) in PAGE.read_text(encoding="utf-8"), "python tests/recorded_week.py prints the table"
