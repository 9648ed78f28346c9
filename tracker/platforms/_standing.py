"""What an entry of a feed says of its incident: its state, which one it is, its parts, and whether it is planned.

Feeds that keep one entry an incident and edit it say so on a line of its text (incident.io, Kener), by steps
(Status.io, OpenStatus, cState), in an element ``status`` (Microsoft) or in its title; docs/reading.md has a table.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.models import ENDS_ABROAD, STATES_ABROAD, WORK_DONE_ABROAD, Phase, Window
from tracker.platforms import _dates
from tracker.platforms._feeds import Entry

_LONGEST = 40  # letters of a state
MOST_PARTS = 500
MOST_SINCE = 100  # lines with a time that are looked at
_COLON = r"\*{0,2} ?[:：] ?\*{0,2} ?"
_CELL = rf"(?:{_COLON}|[ \n])"  # between a field and its value, which says nothing else
_HEAD = r"^[^\w\n]{0,5}(?:(?:current|incident) )?(?:status|state|statut|état|estado|stato)"
_LINE = rf"{_HEAD}(?:{_CELL}| [-–—] )"
_OVER = "|".join(("resolved", "mitigated", *STATES_ABROAD[Phase.RESOLVED]))
_ABROAD = "|".join((*STATES_ABROAD[Phase.OUTAGE_START], *STATES_ABROAD[Phase.UPDATE]))
_STATE = re.compile(
    rf"{_LINE}(investigating|identified|monitoring|watching|ongoing|active|scheduled|fixed|{_OVER}|{_ABROAD})$",
    re.I | re.M,
)
_FIELD = re.compile(r"\W{0,3}[^\W\d_][\w-]{0,30}(?: [\w-]{1,30}){0,2} ?[:：] ?\S")
_STATED_LINE = re.compile(rf"{_HEAD}{_COLON}\w", re.I | re.M)
_MEASURED_LINE = re.compile(  # of the one thing that a monitor watches, of which all lines are fields
    rf"{_LINE}(operational|up|down|degraded(?: performance)?|(?:partial |major )?outage)$", re.I | re.M
)
_STEPS = ("investigating", "identified", "monitoring", "resolved")
_WORKS = (  # those of planned work, which may be told in the words of an outage too
    "scheduled", "active", "in progress", "in_progress", "underway", "investigating", "identified", "verifying",
    "monitoring", "canceled", "cancelled", "completed", "complete", "resolved",
)  # fmt: skip
_WORKS_ALONE = ("scheduled", "in progress", "in_progress", "underway", "verifying", "completed", "complete")
_WORK = "|".join(_WORKS)
_WORK_DONE = "|".join(("ended", *WORK_DONE_ABROAD, "完了", "완료", "已完成"))
_DONE_WORK = re.compile(f"completed?|{_WORK_DONE}", re.I)
_WORK_STATE = re.compile(rf"{_LINE}({_WORK}|{_WORK_DONE})$", re.I | re.M)
_OF_WORK_ALONE = re.compile(rf"status: ?(?:scheduled|in progress|completed?|{_WORK_DONE})$", re.I | re.M)
_BEFORE = "(?:: |[-–—|] | [-–—|])"  # a state that ends a title; people leave out a blank
_WORK_TITLED = re.compile(rf"^\W{{0,3}}[\[(]({_WORK}|{_WORK_DONE})[\])]|{_BEFORE}({_WORK})$", re.I)
_WORK_SAID = re.compile(  # not "until the maintenance is completed"
    r"(?<!until )(?<!until the )(?<!once )(?<!once the )(?<!when )(?<!when the )(?<!after )(?<!after the )"
    r"\bmaintenance (?:is |has been |now )*(completed?|finished|ended)(?: \([^()]{1,40}\))?$",
    re.I,
)
_STEP = re.compile(rf"^({_WORK})(?:: | [-–—] )", re.I | re.M)
_LONE_STEP = re.compile(rf"^({_WORK})(?:: | [-–—](?: |$))", re.I | re.M)
_OPENING = re.compile(
    rf"({'|'.join(_STEPS)}) [-–—]\s|[\[【]({'|'.join(_STEPS)}|{_OVER}|watching|fixed)[\]】]:?(?:\s|\Z)", re.I
)
_OPENING_WORK = re.compile(rf"[\[【]({_WORK})[\]】]:?(?:\s|\Z)", re.I)
_ENDS = "|".join(ENDS_ABROAD)
_ENDED = re.compile(rf"{_OVER}|{_ENDS}|fixed", re.I)
OUTAGE = f"{'|'.join(_STEPS)}|update|watching|fixed|closed|{_OVER}|{_ABROAD}|post-?mortem"  # beside the time of a step
STATES = f"{OUTAGE}|{_WORK}"
_MARK = rf"[\[(【]({_OVER}|detected|investigating|identified|monitoring|watching|fixed)[\])】]"
_FOUND = "investigating|identified"
_IT = "(?:incident|issue|outage|problem|störung|panne|incidencia|incidente|storing|disservizio)"
_MILESTONE = re.compile(r"\bmilestone is now '([a-z_]{4,30})'", re.I)  # FireHydrant's
_TITLED = re.compile(  # the last lines have titles as AWS's, as Okta's, and a monitor's with what it watches behind
    rf"^\W{{0,3}}{_MARK}|{_MARK}[^\w?]{{0,3}}$|: {_MARK} |{_BEFORE}({_OVER}|{_FOUND})[^\w?]{{0,3}}$"
    rf"|^\W{{0,3}}(?:{_IT} )?({_OVER}|{_ENDS}|{_FOUND})(?:: | [-–—|] )"
    r"|^\W{0,3}(?-i:(RESOLVED|BEHOBEN|GELÖST|RÉSOLU|RESUELTO|RISOLTO)) (?!(?:bugs|in|issues)\b)"
    r"|^(service is operating normally): (?!\[)|^new (incident): "
    r"|^(resolved) (?:[\w-]{1,30} ){0,3}(?:degradation|disruption|incident|interruption|issue|outage|problem)$"
    r"|^\[(up|down)\] | is (?:now |back )?(up|down)(?: \([^()]{1,300}\))?$| (went down|recovered)$",
    re.I,
)
_ROW = re.compile(
    r"(.{1,300}) [-–—] (operational|informational|under maintenance|degraded performance|(?:partial|major) outage)",
    re.I,
)
_FILED = re.compile(r"/maintenances?/[^/\s]", re.I)
_PLAN = re.compile(
    r"\W{0,3}(?:[\[(](?:maintenance|scheduled|planned)[\])]"
    r"|(?:scheduled|planned|(?:(?:scheduled|planned) )?maintenance)(?: [-–—]|:) )",
    re.I,
)
_WORK_ABROAD = (
    "wartung|mantenimiento|manuten|onderhoud|manteniment|planerat underhåll|planlagt ved|prace serwisowe|"
    "planowane prace|плановые работы|bakım|メンテナンス|점검|维护"
)
_NO_TROUBLE = (  # behind work: "メンテナンス後のログイン障害" is an outage
    r"(?! ?[後后후]|.{0,100}(?:障害|不具合|エラー|장애|오류|故障|失败|异常|\b(?:sonrası|hata|arıza)))"
)
_OF_TROUBLE = r"\b(?:after|during|following|due|because|caused|fail\w*|issues?|outages?|problems?)\b"
_PLAN_OVER = re.compile(  # "[Resolved] Router maintenance", not "[Resolved] Slow after the maintenance"
    rf"\W{{0,3}}(?:[\[(](?:{_OVER}|completed|{_WORK_DONE})[\])]|(?:{_OVER})(?::| [-–—]))\s"
    rf"(?!.{{0,200}}{_OF_TROUBLE})"
    rf"(?:(?:(?:emergency|planned|scheduled) )?maintenance\b.*|(?:{_WORK_ABROAD}){_NO_TROUBLE}.*"
    rf"|.{{0,40}}(?:メンテナンス|점검|维护){_NO_TROUBLE}.*"
    r"|.{0,200}\bmaintenance(?: scheduled .{1,100}| \([^()]{1,40}\))?)",
    re.I,
)
_PLANNED = re.compile(f"mainten|{_WORK_ABROAD}", re.I)
_TROUBLE = re.compile(_OF_TROUBLE, re.I)
_PLACE = re.compile(  # a page of a number or a code; one of a year, a month or a day holds many incidents
    r"(https?://[^#\s]{1,300}/(?:incident|issue|event|report|outage|maintenance|notice)s?/"
    r"(?!(?:19|20)\d\d(?:[-/]\d\d?){0,2}/?#)(?=[^#?\s]{0,200}\d)[^#?\s]{1,200})#[\w-]{4,}",
    re.I,
)
_PAGE = re.compile(r"(https?://[^#?\s]{1,300}/incidents?/((?!(?:19|20)\d\d/?$)(?=[^/]*\d)[\w.-]{1,100}))/?", re.I)
_STATUSIO = re.compile(r"/pages/(incident|maintenance)/([0-9a-f]{24})/([0-9a-f]{24})/?$")
_OF_PAGERDUTY = re.compile(r"(https?://[^#?\s]{1,300}/posts/details/[A-Z0-9]{7,14})/?")
_OF_INCIDENT_IO = re.compile(r"https?://[^#?\s]{1,300}/incidents/([0-9A-HJKMNP-TV-Z]{26})")
_OF_A_WORD = re.compile(r"/(?:announcements?|comments?|messages?|news|notes?|posts?|updates?)/[^/]{1,300}\Z", re.I)
PARTS = re.compile(
    r"^[^\w\n]{0,3}(?:affected (?:components|services|systems|monitors)|(?:services/)?(?:components|services) affected"
    r"|componentes afec?tados|composants (?:affectés|concernés)|betroffene (?:komponenten|dienste)"
    r"|componenti interessati|getroffen onderdelen|impacted (?:components|services|systems)"
    r"|(?P<alone>(?:affected|impacted|betroffen)(?=: )))(?::?\n|: )",
    re.I | re.M,
)
_FILED_BY_IBM = re.compile(r"\btype: ?(?:incident|maintenance)\s{1,9}regions: ", re.I)
_KIND = re.compile(  # IBM Cloud's: https://cloud.ibm.com/status/api/notifications/feed.rss
    r"\btype: ?(maintenance|announcement|release(?: note)?|security(?: bulletin)?)\s{1,9}regions: ", re.I
)
_NO_PART = re.compile(  # people, and that there is none, or which one is not known
    r".*\b(?:all|alle|some|many|users?|customers?|clients?|kunden|nutzer)\b.*"
    r"|(?:none|nobody|nothing|no|yes|unknown|various|multiple|every(?:body|one|thing)|n/?a|tb[acd]|keine[rs]?|niemand)\b.*",
    re.I,
)
_SENTENCE = re.compile(  # what makes many words no name
    r"\b(?:a|an|are|can|cannot|do|does|has|have|if|is|may|might|not|since|that|they|this|was|we|were|when|where|which"
    r"|while|who|whose|will|with|you|ist|sind|die|der|das|wird|werden|kann|können)\b",
    re.I,
)
_WHEN = r"[^\n]{6,40}\d:\d\d[^\n]{0,20}"  # what may be a day and a time of day
_AT = r"[^\n]{6,40}\d:\d\d[^\n]{0,60}"  # and a zone that JavaScript writes out behind it
_OF_IT = "(?:(?:event|fault|impact|incident|issue|outage) )?"
_TIME_OF = r"(?:(?:date|heure|date et heure|data|ora|hora|data [eo/] (?:ora|hora)|fecha|fecha y hora) (?:d[eiou] )?)?"
_BEGUN = re.compile(
    rf"^[^\w\n]{{0,5}}(?:{_OF_IT}(?:start(?:ed)?|began|begin)(?: (?:at|date|time))?"
    rf"|(?P<abroad>(?:störungs)?beginn(?: der störung)?|{_TIME_OF}(?:début(?: de l['’]incident)?|inizio|inicio|início)"
    rf"|aanvang|start(?:tijd|datum|zeit|tid|tidspunkt)|発生日時|开始时间)){_CELL}(?P<when>{_AT})$",
    re.I | re.M,
)
_NO_STEP = r"(?<!behoben)(?<!closed)(?<!recovered)(?<!resolved)(?<!restored)"  # such a word beside a time heads one
_DONE = re.compile(  # by a word that is said of what is over, or that may be said of what will be
    rf"^[^\w\n]{{0,5}}(?:(?P<told>{_OF_IT}(?:ended|resolved|restored|closed|recovered)(?: (?:at|on|date|time))?"
    rf"|(?:outage|impact|fault) end(?: time)?|(?P<over>behoben(?: am)?|復旧日時|恢复时间))"
    rf"|{_OF_IT}end(?: (?:date|time))?"
    rf"|(?P<abroad>(?:störungs)?ende(?: der störung)?|{_TIME_OF}(?:fin(?: de l['’]incident)?|fine|fim|término)"
    rf"|einde|eind(?:tijd|datum)|endzeit|slutt?(?:tid|tidspunkt)|終了日時|结束时间))"
    rf"(?:{_COLON}|{_NO_STEP}[ \n])(?P<when>{_AT})$",
    re.I | re.M,
)
_SLASHED = re.compile(r"\b(\d\d?)/(\d\d?)/(\d{4})\b")  # who heads a line in another language writes the day first
_OF_A_FORECAST = re.compile(
    r"\b(?:expected|est(?:imated|\.)|planned|target|voraussichtlich|geplant|prévu|estimé|previst|stimat|verwacht)|予定|预计",
    re.I,
)
_OF_A_STATE = re.compile(r"(.{1,300}) \([^()]{1,40}\)")
_OF_A_PART = re.compile(r".*#([A-Za-z][\w-]{1,80})_(\d{10})", re.DOTALL)


def is_planned(title: str, text: str, entry: Entry) -> bool:
    """Whether its category, its kind at IBM, its address, its title, that its first step is Scheduled, or a state which
    outages never have at incident.io files it under planned work."""
    if (kind := _KIND.search(text)) and kind[1].lower() == "maintenance":
        return True
    if entry.work or _FILED.search(f"{entry.link} {entry.id}") or _PLAN.match(title) or _PLAN_OVER.fullmatch(title):
        return True
    if _OF_WORK_ALONE.match(text) and _OF_INCIDENT_IO.fullmatch(entry.link or entry.id or ""):
        return True
    if (opening := _OPENING_WORK.match(text)) and (stated := opening[1].lower()) in _WORKS_ALONE:
        return stated == "scheduled" or (_PLANNED.search(title) is not None and not _TROUBLE.search(title))
    steps = [step.lower() for step in _steps(text)] if _LONE_STEP.match(text) else []
    return "scheduled" in (steps[:1] + steps[-1:])


def state(title: str, text: str, element: str | None, *, planned: bool) -> str | None:
    """Its state as written: on a line, by its latest step, in an element, in its title; None where it names none.

    What IBM files as no incident ("Type: security") is in that state.

    Steps may stand in either order: the latest is the first or the last, whichever is farther on. A title that says
    that it is over goes before an element, by which it may have been filed at first.
    """
    if line := (_WORK_STATE.search(text) if planned else _KIND.search(text)) or _STATE.search(text):
        return line[1]
    known = _WORKS if planned else _STEPS
    steps = [step for step in _steps(text) if step.lower() in known]
    if len({step.lower() for step in steps}) > (not planned):
        return max(steps[0], steps[-1], key=lambda step: known.index(step.lower()))
    if opening := (planned and _OPENING_WORK.match(text)) or _OPENING.match(text) or _MILESTONE.search(text):
        return opening[opening.lastindex or 1]
    titled = _titled(title, planned=planned)
    if element and len(element) <= _LONGEST and not (titled and is_over(titled)):
        return element
    if titled:
        return titled
    measured = None if planned or _PLANNED.search(title) else _MEASURED_LINE.search(text)
    if measured is None or len(_STATED_LINE.findall(text)) > 1:
        return None
    return measured[1] if all(map(_FIELD.match, filter(None, text.split("\n")))) else None


def _titled(title: str, *, planned: bool) -> str | None:
    """The state in a title. One that only sounds like planned work has none: where that is resolved, no outage is."""
    found = (planned and (_WORK_TITLED.search(title) or _WORK_SAID.search(title))) or _TITLED.search(title)
    return next(filter(None, found.groups())) if found and (planned or not _PLANNED.search(title)) else None


def _steps(text: str) -> list[str]:
    """The states with which its lines begin; they may stand alone on their lines where the text begins with one."""
    return (_LONE_STEP if _LONE_STEP.match(text) else _STEP).findall(text)


def row(title: str, text: str) -> tuple[str, str] | None:
    """(component, state) of an entry that says nothing else: ``Mail - Operational``, and ``Mail is Operational``."""
    told = _ROW.fullmatch(title)
    return (told[1], told[2]) if told and text == f"{told[1]} is {told[2]}" else None


def bare(title: str) -> str:
    """A title without a state at its beginning or end, and without what stands before one in its midst."""
    stated = _WORK_TITLED.search(title) or _TITLED.search(title)
    if stated is None:
        return title
    return title[stated.end() :].strip() or title[: stated.start()].strip()


def since(text: str, state: str, of_page: ZoneInfo | None) -> datetime | None:
    """Since when it is in this state, by a line that says nothing else: ``Resolved: Thu, 20 Aug 2026 11:40:00 GMT``.

    None where no such line has a day and a time of day, and a zone or that of the page; the latest of several.
    """
    line = re.compile(rf"^[^\w\n]{{0,3}}{re.escape(state)}(?:: ?| [-–—] ?)({_WHEN})$", re.I | re.M)
    found = itertools.islice(line.finditer(text), MOST_SINCE)
    return max(filter(None, (_dates.moment(since[1], of_page) for since in found)), default=None)


def hours(text: str, of_page: ZoneInfo | None, written: datetime | None, polled_at: datetime) -> Window | None:
    """From when to when it was broken, by lines that say nothing else: ``Start: 2026-08-20 11:40 UTC``.

    An end that was still to come when the entry was ``written`` may be a forecast, and so may be one that is called so.
    What says that it is over was written when that had passed, whatever its date.
    """
    ends = list(itertools.islice(_DONE.finditer(text), MOST_SINCE))
    done = _moments((end for end in ends if end["told"]), of_page)
    planned = _moments((end for end in ends if not end["told"]), of_page)
    begun = _moments(itertools.islice(_BEGUN.finditer(text), MOST_SINCE), of_page)
    known = [at for at in planned if written and at <= min(written, polled_at)] + [at for at in done if at <= polled_at]
    start, end = min((at for at in begun if written and at <= written), default=None), max(known, default=None)
    return Window.of(start, None if start and end and end < start else end)


def tells_hours(line: str) -> bool:
    """Whether a line is one by which ``hours`` goes and heads no step, as "Recovered: …" may."""
    end = _DONE.search(line)
    return _BEGUN.search(line) is not None or (end is not None and not end["told"])


def _moments(lines: Iterable[re.Match[str]], of_page: ZoneInfo | None) -> list[datetime]:
    times = (_dates.moment(_written(line), of_page) for line in lines if not _OF_A_FORECAST.search(line["when"]))
    return [at for at in times if at]


def _written(line: re.Match[str]) -> str:
    is_abroad = line["abroad"] or line.groupdict().get("over")
    return _SLASHED.sub(r"\1.\2.\3", line["when"]) if is_abroad else line["when"]


def is_over(state: str) -> bool:
    """Whether a state is the end of an outage."""
    return _ENDED.fullmatch(state) is not None


def is_done(state: str) -> bool:
    """Whether a state is the end of an outage or of planned work."""
    return is_over(state) or _DONE_WORK.fullmatch(state) is not None


def incident(entry: Entry, text: str) -> str | None:
    """What names the incident: its page, where the entry is a place on it (``…/incidents/98765#update-11111``), has the
    id of a word there (``/98765/11111``) or is PagerDuty's, the key that Status.io or incident.io gave it, or the id
    of an entry that is the whole of it: IBM's, and one that has a line for its state and a page with that id."""
    linked = _PAGE.fullmatch(entry.link or "")
    if linked and entry.id and re.fullmatch(rf"/?{re.escape(linked[2])}[/#:][\w.-]{{1,100}}", entry.id):
        return linked[1]
    addresses = [address for address in (entry.link, entry.id) if address]
    patterns = (_PLACE, _OF_PAGERDUTY, _OF_INCIDENT_IO)
    found = (pattern.fullmatch(address) for pattern in patterns for address in addresses)
    named = next((place[1] for place in found if place), None)
    named = named or next((key for _, _, key in filter(None, [statusio(entry)])), None)
    return named or (entry.id if _is_whole(entry, text) else None)


def _is_whole(entry: Entry, text: str) -> bool:
    """Whether the entry is all that is said of its incident, and is edited, by what it tells of itself."""
    if _FILED_BY_IBM.search(text):
        return True
    link = entry.link or ""
    is_its_page = bool(entry.id) and link.endswith(f"/{entry.id}") and not _OF_A_WORD.search(link)
    return is_its_page and _STATED_LINE.search(text) is not None


def page(entry: Entry) -> str | None:
    """The page of its incident, where it links to one."""
    found = _PAGE.fullmatch(entry.link or "")
    return found[1] if found else None


def statusio(entry: Entry) -> tuple[str, str, str] | None:
    """(incident or maintenance, the id of the page, the key) of an entry of Status.io's, None for any other."""
    found = _STATUSIO.search(entry.link or "")
    return (found[1], found[2], found[3]) if found else None


def parts(text: str, entry: Entry) -> tuple[str, ...]:
    """The components that it names as affected: on lines of its text, else in its id."""
    return listed(text) or named(entry)


def listed(text: str) -> tuple[str, ...]:
    """Those below such a heading, each with its state, ``Search (Degraded performance)``, or with nothing else below it
    up to the next heading; or those behind it, with a comma between them: what reads like a sentence names none."""
    found = PARTS.search(text)
    if found is None:
        return ()
    lines = text[found.end() :].split("\n", MOST_PARTS)
    is_name = _is_short_name if found["alone"] else _is_name  # "Affected: those who upload pictures"
    if not found[0].endswith("\n"):
        names = lines[0][:2_000].split(",")
    elif stated := list(itertools.takewhile(bool, map(_OF_A_STATE.fullmatch, lines))):
        names = [part[1] for part in stated if part]
    else:
        names = list(itertools.takewhile(lambda line: not line.endswith(":"), lines))
    names = [name.strip() for name in names]
    return tuple(dict.fromkeys(name for name in names if name)) if all(map(is_name, names)) else ()


def _is_name(words: str) -> bool:
    return len(words) <= 300 and not words.endswith(".") and words.count(" ") < 8


def _is_short_name(words: str) -> bool:
    is_short = words.count(" ") < 4 or not _SENTENCE.search(words)
    return _is_name(words) and is_short and words[:1].isupper() and not _NO_PART.fullmatch(words)


def named(entry: Entry) -> tuple[str, ...]:
    """What an id names beside the second of its entry, as AWS makes them: ``#ec2-us-east-1_1787025679``."""
    found = _OF_A_PART.fullmatch(entry.id or "")
    at = entry.published or entry.updated
    return (found[1],) if found and at and int(found[2]) == int(at.timestamp()) else ()
