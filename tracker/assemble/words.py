"""What the joining rules read in an announcement: words, names, title and addresses. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from tracker.assemble.moments import MONTHS
from tracker.models import ENDS_ABROAD, STATES_ABROAD, WORK_DONE_ABROAD, Announcement, Phase

READ = 3_000  # characters of a text, or of a title, that are read; what tells one outage from another stands first
_FOLDED = 2 * READ + 1  # characters that are folded: those of a title, a line break and a text

_LONGEST_NAME = 300  # letters of a title that is looked at for a state

_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_YEAR = re.compile("20[0-4][0-9]")
_WORD = re.compile(r"[^\W_]+(?:[-.'/][^\W_]+)*")
_X = ("twitter.com", "mobile.twitter.com")  # where x.com was until 2024
# A word, with the end of a sentence or line that stands before it, if any: a capital there says nothing.
# An end without a word after it is skipped at once, so that many cost no time. Only times ("16:18") hold a colon.
_PLACED = re.compile(r"[.!?:\n|]\W*+(?![^\W_])|([.!?:\n|]\W*+)?(\d\d?:\d\d(?!\w)|[^\W_]+(?:[-.'/][^\W_]+)*)")
# "Line C", "zone B": a letter alone names something together with the word before it.
_LETTERED = re.compile(r"\b([^\W\d_]{3,}) ([A-HJ-Z])\b(?!['.])")
_HANGUL = re.compile(r"[가-힣]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SCRIPTS = {  # letters that show a language, or some: the first and the last
    "Greek": ("\u0370", "\u03ff"), "Cyrillic": ("\u0400", "\u052f"), "Hebrew": ("\u0590", "\u05ff"),
    "Arabic": ("\u0600", "\u06ff"), "Indic": ("\u0900", "\u0dff"), "Thai": ("\u0e00", "\u0e7f"),
    "CJK": ("\u3040", "\u9fff"), "Hangul": ("\uac00", "\ud7af"),
}  # fmt: skip
_SHOWN = 2  # words that show a language
_STEM = 6  # letters in which the forms of a word agree; with fewer, words are mixed up
_CJK_WORD = re.compile(r"[\u30a0-\u30ff]{2,}|[\u3400-\u9fff]{2,}|[A-Za-z0-9]{2,}")
# What platforms and people write before or after a title to say where the incident stands, beside STATES_ABROAD.
_STANDING = (
    "new incident|update for incident|"
    r"(?:partially )?resolved|(?:final |last )?updated?(?: #?\d{1,2}(?::\d\d)?)?|monitoring|identified|investigating|"
    "fixed|solved|mitigated|reopened|postmortem|post-mortem|new|ongoing|open|closed|completed|scheduled|in progress|"
    "recovered|(?:partially )?restored|actualizacion|mise a jour|termine|aktualisierung|aggiornamento|atualizacao|"
    r"障害|(?:障害)?発生|続報|(?:一部)?(?:復旧|回復)|更新|解消|解決|対応中|調査中|第\d{1,2}報|お知らせ|重要|"
    "informational message|service impact|service disruption|service degradation|performance issues|issue|"
    "service is operating normally|(?:low|medium|high) disruptions"
)
_BADGES = (  # beside STATES_ABROAD and WORK_DONE_ABROAD: what a name needs none of, "[Resolved] Slow search"
    "resolved|mitigated|fixed|solved|closed|completed?|detected|reported|acknowledged|investigating|identified|update|"
    "monitoring|watching|ongoing|in progress|scheduled|planned|clos|clôturée?|en cours|planifiée?s?|in corso|"
    "programmat[oa]|en curso|programad[oa]|em andamento|encerrad[oa]|laufend|geplant|geschlossen|lopend|gepland|"
    "gesloten|pågår|pågående|planerat|planlagt"
)
_SURE = (  # also without brackets around it, where "Monitoring: alerts are late" may name a product
    "resolved", "mitigated", "fixed", "solved", "acknowledged", "investigating", "identified", "update",
)  # fmt: skip
_SIGNS = re.compile(r"[\s\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f300-\U0001faff]+")  # "✅ ", beside a state
_MEASURED = (  # what monitors write of the thing that they watch
    "up|down|warning|ok|operational|degraded|degraded performance|outage|partial outage|major outage|available|"
    "unavailable|healthy|unhealthy|online|offline"
)
_WATCHED = re.compile(
    rf"\W{{0,3}}(?:monitor is )?(?:{_MEASURED})\s?[:\]|)]\s*(?P<after>\w.*)"
    rf"|(?P<before>.+?)(?:\s?[(\[–—|]\s?|\s-\s?|\s(?:is|are)(?: now| back| currently)?\s)(?:{_MEASURED})\W{{0,3}}"
    r"|(?P<turned>.+?)\s(?:went down|(?:ha(?:s|ve) )?(?:fully )?recovered)\W{0,3}"
)
_NO_ONE_THING = re.compile(  # "We are back online", "All systems are operational": they name nothing
    r"(?:(?:all|the|our)\s)*(?:we|it|they|this|what|everything|all|systems?|services?|things)"
)
_ALL_WELL = re.compile(  # "All systems operational", "Central line: good service"
    r"\W{0,3}(?:(?:all )?(?:our )?(?:systems?|services?)(?: are| is)? (?:fully )?"
    r"(?:operational|online|up|available|healthy|(?:operating|running|working) normally)"
    r"|(?:.{1,80}(?:: | [-–—|] ))?(?:good|normal) service(?: on all lines)?)\W{0,3}"
)
# Whom a post answers: "@robin Sorry for the delay". Before a small letter it is a subject: "@robin is down for some".
_ANSWERED = re.compile(r"\s*(?:@[\w.-]{1,100}(?:@[\w.-]{1,100})?[\s,:;–—-]+)+(?P<rest>.?)")
# Of an incident: "mo821132", "inc-0012345"; not of a network, a patch or a standard.
_NUMBER = re.compile(r"(?<![\w-])(?!(?:asn?|kb|iso|rfc)-?\d)[a-z]{2,6}-?\d{5,10}(?![\w-])")
# Words of two signs that tell: of a line, a product ("r4", "5g"; not "9h" and "5m"), and Korean ones.
_SHORT = re.compile(r"[a-z]\d|\d[a-gi-ln-z]|[가-힣]{2}")
# Particles of Korean at the end of a word of three syllables or more: "문자가" and "문자를" are of one thing. So are
# "카카오페이" and "카카오페이가", of which the first only seems to end with one.
_PARTICLES = re.compile(r"(?<=[가-힣]{2})(?:에서|으로|부터|까지|에게|[을를은는이가과와의에도로]){1,3}$")
_HEADED = re.compile(r"[^\w\n]{0,5}(?P<head>[^\n:|–—]{1,40}?)\s?[:|–—](?!\d)")  # "⚠️ R3: …", "Linie 4 | …"
_LINE = re.compile(  # "R3", "S 1", "Linie 4", "RER A et B"; not P1, V2 or M365, which are none, "9 AM", "le 5 mars"
    r"(?<![\w.])(?:(?:(?P<line>(?i:lines?|linien?|lijn(?:en)?|lignes?|l[ií]n[ei]as?|linhas?|linjer?))|"
    r"(?P<word>(?i:tram|bus|metro|rer)))\s|(?P<letters>[A-OR-U]{1,2}|(?:[B-DF-HJ-NR-U]|R[BE]|I[CR])\s)(?!\d{3}))"
    r"(?P<numbers>(?(letters)\d{1,3}[A-Za-z]?|(?:\d{1,3}[A-Za-z]?|[A-Z])"
    r"(?:(?:, ?| ?[/&+] ?| (?:and|et|und|en|y|e|i|och|og) )(?:\d{1,3}[A-Za-z]?|[A-Z])(?![\w.]))*))(?![\w.])"
)
LINE = "line"  # the kind of a line that may be of any kind: "Linie 4"
_MENTION = re.compile(r"(?<!\w)@([\w-]+)")


@dataclass(frozen=True, slots=True)
class Words:
    """An announcement as the rules see it. ``words`` and ``names`` are folded: lower case, without accents.

    ``telling`` are the words that not every announcement says, each by its ``stem``; hours are none of them. ``names``
    are the words that name a product, a place or a region.
    """

    words: frozenset[str]
    telling: frozenset[str]
    names: frozenset[str]


def read(said: Announcement) -> Words:
    """The words of an announcement; its components tell and name too, but are no words that it says."""
    words = _read(said.title and said.title[:READ], said.text[:READ])
    if own := words.words & own_words(said.vendor):
        others = {stem(word) for word in words.words - own - _plain_words()}
        words = Words(words.words, words.telling - (set(map(stem, own)) - others), words.names)
    if not said.components:
        return words
    parts = _parts(said)
    return Words(words.words, words.telling | parts.telling, words.names | parts.names)


def _parts(said: Announcement) -> Words:
    return _read(None, "\n".join(f"of {part}" for part in said.components)[:READ])


def in_full(stems: frozenset[str], said: Announcement) -> list[str]:
    """The words that an announcement or its components have for these stems of it, the longest first."""
    whole = {stem(word): word for word in sorted(read(said).words | _parts(said).words)}
    return sorted((whole.get(each, each) for each in stems), key=lambda word: (-len(word), word))


@lru_cache(maxsize=64)
def own_words(vendor: str) -> frozenset[str]:
    """The words that a vendor says of itself in each of its incidents: its name."""
    parts = _WORD.findall(fold(vendor).replace("-", " "))
    return frozenset((*parts, "".join(parts)))


def telling(title: str) -> frozenset[str]:
    """The words of a title that not every announcement says, each by its ``stem``."""
    return _read(None, title[:READ]).telling


def links(said: Announcement) -> frozenset[str]:
    """The bare addresses to which an announcement links."""
    return frozenset(map(bare, (*said.links, *_URL.findall(said.text[:READ]))))


@lru_cache(maxsize=320)  # a lone post is compared with 24 incidents of up to 13 posts; a long one takes 50 kB
def _read(title: str | None, text: str) -> Words:
    whole = _whole(title, text)
    placed = [(first, word) for first, word in _PLACED.findall("." + whole.replace("’", "'")) if word]
    plainly = str.lower if whole.isascii() else fold
    words = {plainly(word) for _, word in placed}
    marked = [(first, word) for first, word in placed if not (word.islower() and word.isalpha())]
    names = {plainly(word) for first, word in marked if _is_name(word, opens=bool(first))}
    names |= {plainly(f"{word} {letter}") for word, letter in _LETTERED.findall(whole)}
    if _CJK.search(whole):
        names = {name for name in names if not _CJK.search(name)}  # whole clauses: "終了予定は15"
        parts = _CJK_WORD.findall(whole)
        words |= {fold(part) for part in parts}
        names |= {fold(part) for part in parts if part.isascii() or "\u30a0" <= part[0] <= "\u30ff"}
    if _HANGUL.search(whole):
        words = {_PARTICLES.sub("", word) for word in words}
    words = {word for word in words if len(word) > 2 or word.isdigit() or _SHORT.fullmatch(word)}
    plain = _plain_words()
    return Words(
        words=frozenset(words),
        telling=frozenset(stem(word) for word in words - plain if ":" not in word and not _YEAR.fullmatch(word)),
        names=frozenset(name for name in names - plain if len(name) > 1),
    )


def stem(word: str) -> str:
    """The beginning in which the forms of a word agree: "calend" of "calendar" and "calendars"; of "x-1" all."""
    return word[:_STEM] if word.isalpha() else word


def _whole(title: str | None, text: str) -> str:
    """Title and text in one, without addresses."""
    plain = _URL.sub(" ", text)
    return f"{title}\n{plain}" if title else plain


@lru_cache(maxsize=1)
def _plain_words() -> frozenset[str]:
    return frozenset(MONTHS).union(*_plain_words_of().values())


@lru_cache(maxsize=1)
def _plain_words_of() -> dict[str, frozenset[str]]:
    """The words of each paragraph, by its language."""
    paragraphs = Path(__file__).with_name("plain.txt").read_text(encoding="utf-8").split("\n# ")[1:]
    return {language: frozenset(words.split()) for language, _, words in (each.partition("\n") for each in paragraphs)}


def tongue(said: Announcement) -> str | None:
    """Its language: by its letters, else by the words that every announcement says, else what its platform tells.

    Most status pages tell none, and the language of an account is told of its posts in any other.
    """
    return _spoken(read(said).words) or (said.lang[:2] if said.lang else None)


@lru_cache(maxsize=512)
def _spoken(words: frozenset[str]) -> str | None:
    scripts = [name for word in words for name, (first, last) in _SCRIPTS.items() if first <= word[0] <= last]
    if scripts:
        return max(sorted(set(scripts)), key=scripts.count)
    said = {language: len(words & plain) for language, plain in _plain_words_of().items()}
    first, second = sorted(said.values(), reverse=True)[:2]
    return max(said, key=lambda language: said[language]) if first >= _SHOWN and first > second else None


def _is_name(word: str, *, opens: bool) -> bool:
    """Whether it names a product, place or version: a capital inside a sentence, or a capital or digit in a word."""
    return (not opens and word[0].isupper()) or word[1:] != word[1:].lower() or any(map(str.isdigit, word))


def fold(text: str) -> str:
    """Lower case, without accents, one kind of apostrophe; cut, as endless accents would take quadratic time."""
    lower = text[:_FOLDED].lower()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower.replace("’", "'"))
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if not _is_accent(sign)))


def _is_accent(sign: str) -> bool:
    return "\u0300" <= sign <= "\u036f"


@lru_cache(maxsize=1024)
def bare_title(title: str | None) -> str | None:
    """A title without what says where the incident stands, to be compared; None where nothing is left."""
    if not title:
        return None
    return " ".join(_WORD.findall(_unstated(watched(title) or title))) or None


def _unstated(title: str) -> str:
    """A folded title without what says before it, or after it, where the incident stands."""
    folded = fold(title[:300])
    before, after = _standing()
    for _ in range(3):
        folded = after.sub("", before.sub("", folded))
    return folded


@lru_cache(maxsize=1)
def _standing() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What says where the incident stands, before a folded title and after it."""
    states = "|".join((_STANDING, *map(fold, chain(ENDS_ABROAD, *STATES_ABROAD.values()))))
    before = re.compile(rf"^\W*(?:{states})\b\W*[:\]】\-–—|)\"“]\W*")
    # It is tried once for each word, so that many dashes cost no time.
    return before, re.compile(rf"(?:^|(?<=\w))\W*?[(\[【\-–—|]\W*+(?:{states})\W*$")


def unbadged(title: str, status: str | None) -> str:
    """A title as the name of an incident: without the state in which it was when it was told of under this title.

    That is a state in brackets, before or behind it; or before a colon or a dash, or behind one, where it is one that
    names no thing, or the announcement's own.
    """
    name, own = title, (status or "").strip().casefold()
    for _ in range(2):
        found = _badge().fullmatch(name.strip()) if len(name) <= _LONGEST_NAME else None
        if found is None:
            break
        badge, bare = found["bare"] or found["last"], found["rest"] or found["name"]
        is_sure = badge is None or badge.casefold() in (own, *_SURE, *STATES_ABROAD[Phase.RESOLVED])
        if not is_sure or not any(map(str.isalpha, bare)):
            break
        name = bare
        signs = _SIGNS.match(name)
        name = name[signs.end() :] if signs and signs.end() < len(name) else name
    return name


@lru_cache(maxsize=1)
def _badge() -> re.Pattern[str]:
    badges = "|".join((_BADGES, *WORK_DONE_ABROAD, *map(re.escape, chain(ENDS_ABROAD, *STATES_ABROAD.values()))))
    before = rf"\W{{0,4}}?(?:[\[(【] ?(?:{badges}) ?[\])】]:?|(?P<bare>{badges})(?: ?:| [-–—|]))\s*"
    is_closed = r"\((?:closed|geschlossen|gesloten)\)"  # "Lift 3 (closed)": that is what is told of it
    behind = rf"(?:\s?(?!{is_closed})[\[(【] ?(?:{badges}) ?[\])】]| [-–—|] (?P<last>{badges}))"
    return re.compile(rf"{before}(?P<rest>\S.*)|(?P<name>.*\w\W{{0,3}}?){behind}", re.I)


@lru_cache(maxsize=1024)
def watched(title: str) -> str | None:
    """What a monitor's title says the state of: "tickets" of "Tickets - Down"; None where it is no such title."""
    said = _WATCHED.fullmatch(_unstated(title))  # "Identified: tickets are down" is of the same thing as the next step
    thing = said["after"] or said["before"] or said["turned"] if said else ""
    return thing if thing and not _NO_ONE_THING.fullmatch(thing) else None


def says_all_is_well(title: str) -> bool:
    """Whether a title says no more than that all is well, or that something runs as it should."""
    return _ALL_WELL.fullmatch(fold(title[:300])) is not None


def numbers_in(title: str) -> frozenset[str]:
    """The numbers by which a bare title tells incidents apart, as ``mo821132``."""
    return frozenset(_NUMBER.findall(title))


@lru_cache(maxsize=1024)
def lines_in(text: str) -> frozenset[tuple[str, str]]:
    """(kind, number) of the lines of public transport with which a text begins: ("r", "3") of "R3: no trains"."""
    headed = _HEADED.match(text[:60])
    found = _LINE.finditer(headed["head"]) if headed else ()
    return frozenset(
        (LINE if line["line"] else fold((line["word"] or line["letters"]).strip()), number.lower())
        for line in found
        for number in re.split(r"\W+(?:(?:and|et|und|en|y|e|i|och|og) )?", line["numbers"])
    )


def may_be_one_line(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two lines may be the same: "Linie 4" and "U4" may, "S1" and "U1" are two, and so are "R3" and "RER A"."""
    (ours, our_number), (theirs, their_number) = one, other
    return our_number == their_number and (LINE in (ours, theirs) or ours[0] == theirs[0])


def is_within(one: str, other: str) -> bool:
    """Whether all words of one folded name are in the other, as those of "login page" are in "the login page"."""
    ours, theirs = set(_WORD.findall(one)), set(_WORD.findall(other))
    return ours <= theirs or theirs <= ours


def answers_somebody(said: Announcement) -> bool:
    """Whether it begins with "@name" of somebody else than the vendor, as an answer to one customer does."""
    if said.title or said.incident_key is not None or not said.text.lstrip().startswith("@"):
        return False
    opening = _ANSWERED.match(said.text[:READ])
    if opening is None or opening["rest"].islower():
        return False
    own = _letters(said.vendor)
    return not any(_is_of(_letters(name), own) for name in _MENTION.findall(opening.group()))


def _is_of(account: str, vendor: str) -> bool:
    """Whether an account has the vendor's name in its own, or its own name in the vendor's."""
    return account == vendor or (min(len(account), len(vendor)) > 2 and (account in vendor or vendor in account))


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))


@lru_cache(maxsize=512)
def bare(url: str) -> str:
    """An address without scheme, ``www.``, query, fragment and trailing slash; X's old name is its own."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip().lower()
    host = (parts.netloc or "").lower().removeprefix("www.")
    return f"{'x.com' if host in _X else host}{parts.path}".rstrip("/.,;:!?)")


def is_deep(address: str) -> bool:
    """True where a bare address names more than a site: it has a path."""
    return "/" in address


def site(address: str) -> str:
    """The host of a bare address."""
    return address.partition("/")[0]
