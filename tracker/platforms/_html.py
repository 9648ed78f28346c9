"""HTML of strangers to the text that a reader sees. The only home of bs4.

Most vendors send paragraphs, breaks and inline marks with plain attributes: those are read in a fast way of our own,
which gives what bs4 gives. Anything else is for bs4, as long as it is of a size that no post has.
"""

from __future__ import annotations

import functools
import html as entities
import re
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

WEB = ("http://", "https://")
LONGEST = 2_000_000  # characters of HTML that are looked at
LONGEST_TREE = 100_000  # characters of which a tree is made; of more only the tags are taken out
DEEPEST = 2_000  # tags open at once
MOST_TAGS = 200_000  # tags in all texts of one document; each takes 20 microseconds in a tree

BREAKS = (
    "p", "br", "div", "ul", "ol", "li", "blockquote", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "table",
    "dl", "dt", "dd", "section", "article", "header", "footer", "figure", "figcaption", "details", "summary", "center",
    "aside", "main", "address", "nav", "form", "fieldset", "legend", "option", "button", "caption", "menu", "dialog",
)  # fmt: skip
_MARKS = ("small", "strong", "b", "i", "em", "u", "s", "span", "var", "a", "code")
_SHOWN = {**dict.fromkeys(BREAKS, "\n"), **dict.fromkeys(_MARKS, "")}
_TAG = re.compile(r"<[a-zA-Z/!?]")
_ANY_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTES = r"(?:\s+[a-zA-Z][\w:-]*=(?:'[^'<>]*'|\"[^\"<>]*\"))*\s*/?>"
_PLAIN_TAG = re.compile(rf"</?([a-zA-Z][a-zA-Z0-9]*){_ATTRIBUTES}")
_OPENINGS = re.compile(rb"<|&lt;|&#0*60;|&#[xX]0*3[cC];|\\u003[cC]")
ANCHOR = re.compile(r"<a\s[^<>]*>", re.IGNORECASE)
_HREF = re.compile(r"\shref=(?:'([^']*)'|\"([^\"]*)\")", re.IGNORECASE)
_HIDDEN = re.compile(r"style=(?:'|\")[^'\"<>]*display:\s*none", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"display:\s*none", re.IGNORECASE)
_EMOJI = re.compile("emoji|smiley", re.IGNORECASE)  # classes of letters that are sent as pictures
# What html.parser refuses, and browsers pass over like a comment. It reads as sections: CDATA, what Word writes.
_NO_SECTION = re.compile(
    r"<!\[(?!(?:cdata|if|else|endif|temp|ignore|include|rcdata)(?![-\w.]))", re.IGNORECASE | re.ASCII
)
# But for those that end a line; and lone surrogates, which no database takes.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def opening(body: bytes) -> bytes:
    """How a document begins, in lower case, whatever it is: after white space and a byte order mark."""
    return body[:3000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def text(html: str) -> str:
    """What is shown: tags out, entities decoded, white space collapsed, a line a paragraph."""
    html = html[:LONGEST]
    plain = _without_tags(html)
    return text_by_tree(html) if plain is None else tidy(entities.unescape(plain))


def line(html: object) -> str | None:
    """``text`` in one line, None where nothing is shown, or where it is no text: a title."""
    return text(html).replace("\n", " ") or None if isinstance(html, str) else None


def text_by_tree(html: str) -> str:
    """``text`` by bs4, whatever it is given."""
    from bs4 import NavigableString

    page = soup(html)
    for tag in (*page(["script", "style", "template", "noscript"]), *page(style=_NOT_SHOWN)):
        tag.decompose()
    for tag in page("img", class_=_EMOJI):
        tag.replace_with(NavigableString(str(tag.get("alt") or "")))
    for tag in page(list(BREAKS)):
        tag.insert_before(NavigableString("\n"))
        tag.append(NavigableString("\n"))
    for tag in page(["td", "th"]):
        tag.append(NavigableString(" "))
    return tidy(page.get_text())


def tidy(plain: str) -> str:
    """White space collapsed within lines, no empty lines, no control characters."""
    lines = [" ".join(line.split()) for line in _CONTROL.sub(" ", plain).splitlines()]
    return "\n".join([line for line in lines if line])


def links(html: str, base: str = "") -> tuple[str, ...]:
    """The addresses that it links to, http and https only, each once, in order; relative ones as seen from ``base``."""
    html = html[:LONGEST]
    if "href" not in html.lower():
        return ()
    found = links_by_tree(html) if _without_tags(html) is None else _plain_links(html)
    found = [joined(base, link.strip()) for link in found]
    return tuple(dict.fromkeys(link for link in found if link.lower().startswith(WEB)))


def web(address: object) -> str | None:
    """An address of http or https, None for anything else."""
    return address if isinstance(address, str) and address.startswith(WEB) else None


def split_address(address: str) -> tuple[str, list[str]]:
    """``scheme://host[:port]`` ('' where it is no web address) and the parts of the path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", []
    origin = f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""
    return origin, [part for part in parts.path.split("/") if part]


def joined(base: str, address: str) -> str:
    """An address as seen from another one; a place in the same page leads nowhere else."""
    if not base or not address or address.startswith("#") or address.lower().startswith(WEB):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def links_by_tree(html: str) -> list[str]:
    """What stands in the ``href`` of each anchor, by bs4."""
    return [str(tag.get("href") or "") for tag in soup(html)("a", href=True)]


def _plain_links(html: str) -> list[str]:
    found = [_HREF.findall(anchor[0]) for anchor in ANCHOR.finditer(html)]
    return [entities.unescape(hrefs[-1][0] or hrefs[-1][1]) for hrefs in found if hrefs]


@functools.lru_cache(maxsize=1)  # text and links of one body are asked for in turn
def _without_tags(html: str) -> str | None:
    """The text between plain tags, a line for each that breaks one; None where there are others."""
    if "<" not in html:
        return html
    if "none" in html and _HIDDEN.search(html):
        return None
    parts: list[str] = _PLAIN_TAG.split(html)  # text, name of a tag, text, …
    for place in range(1, len(parts), 2):
        shown = _SHOWN.get(parts[place].lower())
        if shown is None:
            return None
        parts[place] = shown
    plain = "".join(parts)
    return None if _TAG.search(plain) else plain


def tags_in(document: bytes) -> int:
    """How many tags its texts may hold, however XML or JSON writes them."""
    return sum(1 for _ in _OPENINGS.finditer(document)) if len(document) > MOST_TAGS else 0


def soup(html: str) -> BeautifulSoup:
    """The document as a tree, by the parser of the standard library: it needs nothing and never fails.

    Size and nesting are bounded first: a stranger's thousand open tags would otherwise end in a RecursionError, and
    half a tag, a million times, in hours.
    """
    from bs4 import BeautifulSoup

    if len(html) > LONGEST_TREE or html.count("<") - html.count("</") > DEEPEST:
        html = _ANY_TAG.sub(" ", html[:LONGEST]).replace("<", " ")
    whole = html.rfind(">") + 1
    html = _NO_SECTION.sub("<! [", html[:whole]) + html[whole:].replace("<", "&lt;")  # no tag ends there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a stranger writes, in the mail of cron: a file's name, or XML
        return BeautifulSoup(html, "html.parser")
