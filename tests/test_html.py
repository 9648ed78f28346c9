"""HTML to text: what a browser puts on a line of its own stands on one, by the fast way and by the tree."""

from __future__ import annotations

import pytest

from tracker.platforms import _html

BLOCKS = "p div li h2 details summary center aside main address nav form fieldset legend option button caption menu"


@pytest.mark.parametrize("name", BLOCKS.split())
def test_a_block_begins_and_ends_a_line(name: str) -> None:
    html = f'Mail waits.<{name} class="x">10:05 UTC update</{name}>Some users are <b>con</b>cerned.'
    assert _html.text(html) == "Mail waits.\n10:05 UTC update\nSome users are concerned."
    assert _html.text_by_tree(html) == _html.text(html)


def test_a_report_that_unfolds_is_told_line_by_line() -> None:
    html = "<details><summary>10:05 UTC update</summary>Some users<aside>in Europe</aside> wait.</details>Bye"
    assert _html.text(html) == "10:05 UTC update\nSome users\nin Europe\nwait.\nBye"
    assert _html.text_by_tree(html) == _html.text(html)


def test_what_a_browser_does_not_show_is_not_told() -> None:
    hidden = '<div style="color: red; DISPLAY:none"><p style="display: none">x1</p>q7f3c0</div>'
    html = f'<p style="display:block">Mail waits. {hidden}Its number is <b>3</b>; there is none other.</p>'
    assert _html.text(html) == "Mail waits. Its number is 3; there is none other."
    assert _html.text_by_tree(html) == _html.text(html)


def test_what_looks_like_xml_or_the_name_of_a_file_warns_nobody() -> None:
    """A warning would stand in the mail of cron whenever that is read; here it would be an error."""
    told = 'Our files open with <?xml version="1.0"?> twice, and are <b>refused</b>.'
    assert _html.text(told) == "Our files open with twice, and are refused."
    for page in ('<?xml version="1.0"?><html><p>All is well.</p></html>', "status.html"):
        assert _html.soup(page).get_text().endswith(("All is well.", "status.html"))


@pytest.mark.parametrize("section", ["<![CDPelican x>", "<![1[x]]>", "<![ cdata[x]]>", "<![endif-x]>", "<![-->"])
def test_a_section_that_html_does_not_know_is_passed_over_as_a_comment(section: str) -> None:
    known = "<![if mso]>q<![endif]><![CDATA[are]]>"
    assert _html.text(f"Mail <blink>waits</blink> {section}and {known} slow. <![x") == "Mail waits and qare slow. <![x"


def test_what_links_to_nothing_or_is_another_element_is_no_link() -> None:
    html = (
        '<p><a name="top">Mail</a> waits: <A id="x" HREF=\'https://status.skua.example/7?a=1&amp;b\'>see there</A></p>'
        '<aside title="x"><a>Thanks</a></aside><article href="https://status.skua.example/8">for waiting.</article>'
    )
    assert _html.links(html) == ("https://status.skua.example/7?a=1&b",)
    assert _html.links_by_tree(html) == ["https://status.skua.example/7?a=1&b"]
