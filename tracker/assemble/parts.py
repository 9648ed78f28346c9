"""What was affected, where, and how badly: in words that compare between vendors, beside the vendor's own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tracker.assemble.words import fold
from tracker.models import DECLARED, SEVERITIES, Announcement, Told

READ = 2_000  # characters of a text or a title that are read for regions and severity

# Vendors' words for how bad it is, without what parts them: Statuspage's own, then those of other platforms.
_DECLARED = {
    "critical": "critical fulloutage servicedisruption disruption disrupted down severe emergency sev0 sev1 p0 p1 "
    "blocker",
    "major": "major majoroutage outage partialoutage partialservicedisruption downtime high error sev2 p2 red",
    "minor": "minor minoroutage degraded degradation degradedperformance performance medium low impacted warning issue "
    "sev3 sev4 p3 p4 yellow",
    "none": "none operational ok info information informational noimpact",
}
_LEVELS = {word: level for level, words in _DECLARED.items() for word in words.split()}
# What posts say where nothing is declared, in the languages of the phrases. The first that is found decides. No words
# mean "none": that something is not affected is said beside what is.
_SPOKEN = (
    (
        "critical",
        r"complet\w+ (?:outage|down|unavailab\w+)|all (?:users|customers|services|systems) (?:are|is|were) "
        r"(?:affected|down|unable|impacted)|total outage|(?:panne|interruption|arret|indisponibilite) "
        r"(?:totale|generale|complete)|totalausfall|komplettausfall|caida total|blackout|全面停止",
    ),
    (
        "minor",
        r"degrad\w+|slow\w*|delay\w*|latenc\w+|intermittent\w*|elevated|some (?:users|customers)|"
        r"small (?:number|subset|percentage)|subset of|retard\w*|demor\w+|ralenti\w*|lent\w*|perturb\w+|langsam\w*|"
        r"verzoger\w+|vereinzelt|einige|"
        r"retras\w+|algunos|rallent\w+|alcuni|lentid\w+|alguns|traag|vertrag\w+|sommige|速度が低下|遅延|一部",
    ),
    (
        "major",
        r"outage\w*|unavailable|is down|are down|unable to|cannot|can't|not (?:available|working|loading)|panne|"
        r"indisponible\w*|interromp\w+|interrump\w+|hors service|ausfall|ausgefallen|nicht (?:erreichbar|verfugbar)|"
        r"caida|caido|no disponible|no funciona|non (?:disponibile|raggiungibile|funziona)|fora do ar|indisponivel|"
        r"storing|niet (?:beschikbaar|bereikbaar)|caigud\w+|利用できない|障害",
    ),
)
_PATTERNS = tuple((level, re.compile(rf"(?<![a-z])(?:{words})")) for level, words in _SPOKEN)

_REGION_CODE = re.compile(
    r"\b(?:us|eu|ap|sa|ca|me|af|il|mx|cn|uk|us-gov|europe|asia|australia|northamerica|southamerica|africa)-"
    r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest|[a-z]{4,12})-?\d{1,2}[a-z]?\b"
)
_PLACES = (  # "US/Pacific" is a zone, in which Google tells of every region
    ("eu", r"\bEU\b|\bEurop\w+|\bEMEA\b|欧州|ヨーロッパ"),
    (
        "us",
        r"\bUSA?\b(?!/(?:Pacific|Mountain|Central|Eastern)\b)|\bUnited States\b|\bÉtats-Unis\b|\bEstados Unidos\b|"
        r"\bNorth America\b|米国|北米",
    ),
    ("uk", r"\bUK\b|\bUnited Kingdom\b|\bRoyaume-Uni\b|英国"),
    ("apac", r"\bAPAC\b|\bAsia(?:[- ]Pacific)?\b|\bAsie\b|\bAsien\b|アジア"),
    ("latam", r"\bLATAM\b|\bLatin America\b|\bSouth America\b|\bAmérica Latina\b|\bSudamérica\b|南米"),
    ("oceania", r"\bAustralia\b|\bOceania\b|\bAustralie\b|\bAustralien\b|オーストラリア"),
    ("africa", r"\bAfri[ck]a\b|\bAfrique\b|アフリカ"),
    ("middle-east", r"\bMiddle East\b|\bMoyen-Orient\b|中東"),
)
_PLACE = re.compile("|".join(f"({words})" for _, words in _PLACES))
_PLACE_NAMES = ("", *(name for name, _ in _PLACES))
# Few texts name a region. These see at a glance that one cannot: 30 µs a text, where all of it takes 300.
_CODE_LIKE = re.compile(r"-[^\W\d_]+-?\d")
_PLACE_LIKE = re.compile("EU|Eur|EME|US|Uni|Est|Nor|UK|Roy|APA|Asi|LAT|Lat|Sou|Aus|Oce|Afr|Mid|Moy")


def impact(said: Sequence[Told]) -> str | None:
    """The worst impact that the vendor declared, verbatim."""
    words = [version.impact for told in said for version in told.versions.values() if version.impact]
    return max(words, key=_rank, default=None)


def _rank(word: str) -> int:
    """How bad a word is; an unknown one ranks below all others."""
    level = _level(word)
    return SEVERITIES.index(level) if level else -1


def _level(word: str) -> str | None:
    """The level of a vendor's word, else of the first word in it that has one."""
    parts = re.split(r"[\s_-]+", fold(word).strip())
    return next((_LEVELS[part] for part in ("".join(parts), *parts) if part in _LEVELS), None)


def is_bad(said: Announcement) -> bool:
    """Whether the vendor's own word for it is that of an outage: minor, major or critical in our words."""
    return said.impact is not None and _level(said.impact) not in (None, "none")


def severity(said: Sequence[Told], declared: str | None) -> tuple[str | None, str | None]:
    """(critical, major, minor or none; how we know): the declared impact in our words, else what the words say."""
    level = _level(declared) if declared else None
    by_field = (level, f"{DECLARED}: {declared}") if declared and level else (None, None)
    if declared and level and declared.lower() != "none":
        return by_field
    for told in said:
        text = fold(f"{(told.announcement.title or '')[:READ]} {told.announcement.text[:READ]}")
        for found, pattern in _PATTERNS:
            if match := pattern.search(text):
                return found, f'from the words: "{match.group()}"'
    return by_field


def components(said: Sequence[Told]) -> tuple[str, ...]:
    """The components that the vendor named, each once as first spelt, in the order in which they came up."""
    found: dict[str, str] = {}
    for told in said:
        for part in told.announcement.components:
            found.setdefault(" ".join(fold(part).split()), part)
    return tuple(found.values())


def regions(said: Sequence[Told]) -> tuple[str, ...]:
    """Regions that are named: the codes of clouds (us-east-1) as written, and eu, us, uk, apac, latam and so on."""
    found: dict[str, None] = {}
    for told in said:
        one = told.announcement
        text = " | ".join((*one.components, (one.title or "")[:READ], one.text[:READ]))
        if _CODE_LIKE.search(text):
            found.update(dict.fromkeys(_REGION_CODE.findall(text.lower())))
        found.update(dict.fromkeys(_places(text)))
    return tuple(sorted(found))


def _places(text: str) -> Iterator[str]:
    """The names of the places in a text. In ASCII, for speed, only what begins like one is looked at."""
    if text.isascii():
        matches: Iterable[re.Match[str] | None] = (_PLACE.match(text, at.start()) for at in _PLACE_LIKE.finditer(text))
    else:
        matches = _PLACE.finditer(text)
    return (_PLACE_NAMES[match.lastindex or 0] for match in matches if match)
