"""HTML of strangers to the text that a reader sees. The only home of bs4."""

from __future__ import annotations

import html as entities
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

LONGEST = 2_000_000  # characters of HTML that are looked at

_TAG = re.compile(r"<[a-zA-Z/!?]")
# What most vendors send: paragraphs, breaks and inline marks with plain attributes; anything else is for bs4.
_PLAIN_TAG = re.compile(
    r"<(/?)(p|br|div|small|strong|b|i|em|span|var|a|ul|ol|li|code)((?:\s+[\w:-]+=(?:'[^'<>]*'|\"[^\"<>]*\"))*)\s*/?>",
    re.IGNORECASE,
)
_BREAKS = ("p", "br", "div", "ul", "ol", "li", "blockquote", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre")
_SPACE = re.compile(r"[^\S\n]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def text(html: str) -> str:
    """What is shown: tags out, entities decoded, white space collapsed, a line a paragraph."""
    html = html[:LONGEST]
    if not _TAG.search(html):
        return tidy(entities.unescape(html))
    plain = _PLAIN_TAG.sub(_as_white_space, html)
    if _TAG.search(plain):
        return _by_soup(html)
    return tidy(entities.unescape(plain))


def _as_white_space(match: re.Match[str]) -> str:
    return "\n" if match[2].lower() in _BREAKS else ""


def _by_soup(html: str) -> str:
    from bs4 import NavigableString

    page = soup(html)
    for tag in page(["script", "style", "template", "noscript"]):
        tag.decompose()
    for tag in page(list(_BREAKS)):
        tag.insert_before(NavigableString("\n"))
        tag.append(NavigableString("\n"))
    return tidy(page.get_text())


def tidy(plain: str) -> str:
    """White space collapsed within lines, no empty lines, no control characters."""
    plain = _CONTROL.sub(" ", plain.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (_SPACE.sub(" ", line).strip() for line in plain.split("\n"))
    return "\n".join(line for line in lines if line)


def links(html: str) -> tuple[str, ...]:
    """The addresses that it links to, http and https only, each once, in order."""
    if "href" not in html.lower():
        return ()
    found = (str(tag.get("href") or "").strip() for tag in soup(html[:LONGEST])("a", href=True))
    return tuple(dict.fromkeys(link for link in found if link.lower().startswith(("http://", "https://"))))


def soup(html: str) -> BeautifulSoup:
    """The document as a tree, by the parser of the standard library: it needs nothing and never fails.

    Nesting is bounded first: a stranger's thousand open tags would otherwise end in a RecursionError.
    """
    from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

    if html.count("<") - html.count("</") > 20_000:
        html = re.sub(r"<[^>]*>", " ", html)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(html, "html.parser")
