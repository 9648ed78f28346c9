"""Incidents, or one of them, as a page that stands alone: no script, no request, light or dark, good on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from html import escape
from urllib.parse import urlsplit

from tracker.models import Incident, Revision, Step, Told
from tracker.show import svg, words
from tracker.show.clean import clean, clean_line

Versions = Mapping[tuple[str, str], Told]

_STYLE = """
:root { color-scheme: light dark; --soft: #59636e; --line: #d1d9e0; --bad: #c21c28; --mid: #8f5b00; --good: #1a7f37;
  --plan: #4f46b8; --link: #0757c0; --paper: #fff; --ink: #1f2328; }
@media (prefers-color-scheme: dark) { :root { --soft: #9da7b3; --line: #3d444d; --bad: #ff7b72; --mid: #e3b341;
  --good: #56d364; --plan: #b3a8ff; --link: #6cb2ff; --paper: #0d1117; --ink: #f0f6fc; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); } h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 0; }
.soft { color: var(--soft); margin: .1rem 0; font-size: .9rem; }
.picture { margin: 1.5rem 0; min-width: 40rem; } .scroll { overflow-x: auto; }
article { padding: 1.2rem 0; } header ~ article { border-top: 1px solid var(--line); }
.state { float: right; font-size: 1rem; font-weight: 600; margin-left: 1rem; }
ol { list-style: none; margin: .8rem 0 0; padding: 0; }
li { border-left: 3px solid var(--line); padding: 0 0 .9rem 1rem; margin-left: .3rem; }
li p { margin: .2rem 0; white-space: pre-line; unicode-bidi: plaintext; }
details { margin-left: 1rem; } summary { color: var(--mid); }
.phase { font-weight: 600; white-space: nowrap; } .withdrawn p { text-decoration: line-through; }
.outage-start { border-color: var(--bad); } .update { border-color: var(--mid); }
.resolved { border-color: var(--good); } .maintenance { border-color: var(--plan); }
.outage-start .phase, .is-open { color: var(--bad); } .update .phase, .is-unsure { color: var(--mid); }
.resolved .phase, .is-over { color: var(--good); } .maintenance .phase, .is-planned { color: var(--plan); }
@media (max-width: 30em) { .state { float: none; display: block; margin: 0; } .picture { min-width: 50rem; } }
@media print { :root { font-size: 10.5pt; } body { max-width: none; padding: 0; }
  li { break-inside: avoid; } h1, h2, h1 ~ p, h2 ~ p, summary { break-after: avoid; }
  .scroll { overflow: visible; } .picture { min-width: 0; } a { color: inherit; text-decoration: none; }
  a[rel]::after { content: ": " attr(href); } }
"""

_OURS = "phases such as outage-start our reading of them"


def page(
    incidents: Iterable[Incident],
    *,
    title: str = "Incident timeline",
    tz: tzinfo | None,
    vendor_names: Mapping[str, str],
    told: Iterable[Told] = (),
    last_read: datetime | None = None,
) -> str:
    """The whole document, incidents in the order given, with the picture of them all on top.

    ``title`` says what was selected. ``told`` are the announcements that were reworded: their later versions are shown
    with the first. ``last_read`` is when the vendors were last read.
    """
    incidents = tuple(incidents)
    versions = {each.name: each for each in told}
    picture = svg.picture(incidents, tz=tz, vendor_names=vendor_names)
    parts = [
        f'<header><h1>{escape(title)}</h1>\n<p class="soft">{escape(_summary(incidents, tz, last_read))}</p></header>',
        f'<div class="scroll">{picture}</div>' if picture else "",
        *(_article(incident, versions, tz, vendor_names) for incident in incidents),
    ]
    return _document(title, parts)


def page_of_one(
    incident: Incident,
    *,
    tz: tzinfo | None,
    vendor_names: Mapping[str, str],
    told: Iterable[Told] = (),
    last_read: datetime | None = None,
) -> str:
    """The same of one incident, whose name is the title; its id stands beneath."""
    versions = {each.name: each for each in told}
    as_of = f", last read {words.moment(last_read, tz)}" if last_read else ""
    noted = f"Incident {clean_line(incident.id)} of the record{as_of}. Words are the vendor's own, {_OURS}."
    parts = [_article(incident, versions, tz, vendor_names, heading="h1"), f'<p class="soft">{escape(noted)}</p>']
    return _document(words.full_name(incident, vendor_names), parts)


def _document(title: str, parts: Iterable[str]) -> str:
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # The page loads nothing: strangers' words cannot make it.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        *filter(None, parts),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(lines)


def _summary(incidents: tuple[Incident, ...], tz: tzinfo | None, last_read: datetime | None) -> str:
    as_of = f" when last read, {words.moment(last_read, tz)}" if last_read else ""
    if not incidents:
        return f"No incidents{as_of}."
    still = sum(incident.is_open for incident in incidents)
    starts = sorted(map(words.begin, incidents))
    days = dict.fromkeys(words.day(when.astimezone(tz)) for when in (starts[0], starts[-1]))
    count = words.counted(len(incidents), "incident")
    return f"{count}, {' to '.join(days)}; {still or 'none'} open{as_of}. Words are the vendors' own, {_OURS}."


def _article(
    incident: Incident, versions: Versions, tz: tzinfo | None, names: Mapping[str, str], heading: str = "h2"
) -> str:
    by_the_vendor = " · ".join(words.by_the_vendor(incident, tz))
    titles, echoes = words.titles(incident, words.name_of(incident)), words.echoes(incident)
    named = f"<bdi>{escape(words.name_of(incident))}</bdi>"
    tone = "is-open" if incident.is_open else "is-" + svg.tone(incident)
    state = f"{words.state_glyph(incident)} {escape(words.state_words(incident))}"
    lines = [
        f'<article id="{escape(svg.anchor(incident), quote=True)}">',
        f'<{heading}><span class="state {tone}">{state}</span> '
        f"{escape(words.vendor_name(incident.vendor, names))}: {named}</{heading}>",
        f'<p class="soft">{escape(" · ".join(words.facts(incident, tz)))}</p>',
        *([f'<p class="soft">{escape(by_the_vendor)}.</p>'] if by_the_vendor else []),
        "<ol>",
        *(
            _item(step, title, echo, incident.vendor, versions, tz)
            for step, title, echo in zip(incident.steps, titles, echoes, strict=True)
        ),
        "</ol>",
        *_ending(incident, tz),
        "</article>",
    ]
    return "\n".join(lines)


def _item(step: Step, title: str, echo: str, vendor: str, versions: Versions, tz: tzinfo | None) -> str:
    """One step; its ``title`` where it is news, and in place of its words the ``echo`` where there is one."""
    marks = [escape(words.channel(step.source, vendor))]
    if step.revision > 1:
        marks.append("by an edit")
    elif step.revised:
        marks.append("revised" if step.revised == 1 else f"revised ×{step.revised}")
    if step.withdrawn_between:
        marks.append(f"withdrawn {escape(words.between_moments(step.withdrawn_between, tz))}")
    if echo:
        marks.append(escape(echo))
    if url := web_address(step):
        marks.append(f'<a href="{escape(url, quote=True)}" rel="noreferrer">source</a>')
    return (
        f'<li class="{step.phase.value}{" withdrawn" if step.withdrawn else ""}">'
        f'<time datetime="{words.iso(step.at)}">{escape(words.moment(step.at, tz))}</time> '
        f'<span class="phase">{words.GLYPHS[step.phase]} {step.phase.value}</span> '
        f'<span class="soft">{" · ".join(marks)}</span>{said(step, title, versions, tz, echo)}</li>'
    )


def said(step: Step, title: str, versions: Versions, tz: tzinfo | None, echo: str = "") -> str:
    """The words of a step as paragraphs, with what the vendor made of them later; its ``title`` where it is news."""
    told = filter(None, (title, words.said(step, title, echo)))
    return "".join(map(paragraph, told)) + _later(step, versions, tz)


def paragraph(text: str) -> str:
    """Words, cleaned before, as a paragraph."""
    return f"<p>{escape(text)}</p>"


def _later(step: Step, versions: Versions, tz: tzinfo | None) -> str:
    """What the vendor made of these words later; unfolded, so that paper shows it too."""
    told = versions.get(step.name)
    if told is None or step.revision > 1:
        return ""
    summary = f"<summary>later version{'s' if len(told.revisions) > 1 else ''}</summary>"
    return f"<details open>{summary}{''.join(_version(told, revision, tz) for revision in told.revisions)}</details>"


def _version(told: Told, revision: Revision, tz: tzinfo | None) -> str:
    """``version 2 · seen … · edited …, says the vendor``, then its words where they are others."""
    before, after = told.versions[revision.number - 1], revision.announcement
    notes = [f"version {revision.number}", f"seen {words.moment(revision.seen_at, tz)}"]
    if after.edited_at:
        notes.append(f"edited {words.moment(after.edited_at, tz)}, says the vendor")
    if after.status and after.status != before.status:
        notes.append(f"now {clean_line(after.status)}")
    if words.is_moved(before, after):
        notes.append(f"now {words.window(after.window, tz)}")
    head = f'<p class="soft">{escape(" · ".join(notes))}</p>'
    pairs = ((before.title, after.title), (before.text, after.text))
    changed = (clean(now).strip() for was, now in pairs if clean(now).strip() != clean(was).strip())
    return head + "".join(map(paragraph, filter(None, changed)))


def web_address(step: Step) -> str | None:
    """The address of its words, if it is one of the web: `javascript:` from a stranger's feed becomes no link."""
    url = clean_line(step.url)
    try:
        return url if urlsplit(url).scheme.lower() in ("http", "https") else None
    except ValueError:
        return None


def _ending(incident: Incident, tz: tzinfo | None) -> Iterator[str]:
    if incident.ended_between:
        between = escape(words.between_moments(incident.ended_between, tz))
        yield f'<p class="soft">Gone from the list {between}, without a word.</p>'
    for said in incident.corrections:
        yield f'<p class="soft">✎ {escape(words.correction(said))}</p>'
