"""When it was broken, as the vendor's words have it: "between 14:05 and 15:10 UTC", "depuis 14h30". Pure.

Our own rules, in fifteen languages, and for spans in figures in Turkish. Libraries for dates in prose take a port, a
percentage or an error code for a time, guess the zone and the day, and need milliseconds for a text. Here a time must
stand beside a word that begins or ends a span, and ``moments`` says which moment it is. What cannot be known is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import chain

from tracker.assemble.moments import AHEAD, AMBIGUOUS, MONTHS, RELATIVE, ZONES, Calendar, TimeOfDay, zone_named

READ = 6_000  # characters; a report of an outage names its times at its beginning
HALF_A_DAY = timedelta(hours=12)
# In lower case a word: "depuis 14h30 est interrompu", "7h30-9h30 et", "od 10:00 z powodu"; "14:20z" is none.
_ALSO_WORDS = ("est", "et", "cet", "west", "z")

_PLAIN = str.maketrans(
    "àáâãäåąçćèéêëęğìíîïıłñńòóôõöøśşùúûüýÿźż’–—〜～→：∶（）",
    "aaaaaaacceeeeegiiiiilnnoooooossuuuuyyzz'-----::()",
)

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_ZONE = r"(?:utc|gmt)\s?[+-]\s?\d{1,2}(?::?\d{2})?(?!/|\d|-\d)|[+-]\d{2}:?\d{2}|" + "|".join(
    sorted((re.escape(name) for name in (*ZONES, *AMBIGUOUS)), key=len, reverse=True)
)
_DAY = (
    r"(?:\d{4}[-/]\d{2}[-/]\d{2}|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}月\d{1,2}日|(?:\d{4}년 ?)?\d{1,2}월 ?\d{1,2}일"
    rf"|(?:{_MONTH})\.?\s{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?(?!\d|:)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s(?:de\s|of\s)?(?:{_MONTH})\b\.?(?:,?\s(?:de\s|del\s)?\d{{4}})?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{4}|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/]))"
)
_IN_THE_ZONE = r"(?:hora(?:rio)?\s(?:oficial\s)?(?:de\s)?)?"  # "02h00 (horário de Brasília)"
_DATE = rf"(?:{_DAY}|{'|'.join(RELATIVE)})"
_ZONE_BEFORE = rf"(?:utc|gmt|日本時間|北京时间|北京時間)(?!\s?[+-])|(?<=\()(?:{_ZONE})(?=\))"  # "(PST) 오전 6시"
_WEEKDAY_BEHIND = r"\((?:[月火水木金土日祝]|[월화수목금토일]|(?:周|星期)[一二三四五六日])\)"
_HALVES = {"午前": "a", "午後": "p", "오전": "a", "오후": "p", "上午": "a", "下午": "p"}


def _moment(n: int) -> str:
    """The pattern of a moment, its parts named with a number: day, time, zone, day."""
    return (
        rf"(?:(?P<before{n}>{_DATE})"
        r"(?:,|\s|t|at|around|about|approximately|a|um|gegen|vers|om|alle|ore|las|les|as|の|kl\.?|(?:[wo] )?godz\.?|"
        rf"{_WEEKDAY_BEHIND})*)?"
        rf"(?:(?P<fore{n}>{_ZONE_BEFORE})[):]?\s?)?"
        rf"(?:(?P<half{n}>{'|'.join(_HALVES)}) ?)?(?<![\d/])(?P<hour{n}>\d{{1,2}})"
        rf"(?:(?::|h|[時时点點] ?|시 ?)(?P<minute{n}>\d{{2}}|\d{{1,2}}(?=[分분])|[半반])?(?::\d{{2}}(?:\.\d+)?)?"
        rf"|\.(?P<dotted{n}>\d{{2}}))?[分분]?(?:頃|경|左右|许)?"
        rf"(?!\d|%|\.\d)\s?(?P<noon{n}>[ap]\.?\s?m\b\.?)?(?:\s?(?P<unit{n}>uhr|uur|hrs?|horas?|heures?|ore|h)\b)?"
        rf"(?:\s?[(\[]?{_IN_THE_ZONE}(?P<zone{n}>{_ZONE})(?![a-z\d])(?:\s?time)?[)\]]?)?"
        rf"(?:,?\s?(?:(?:on|le|el|am|il|em|op|del?|,)\s)*(?:the\s)?(?:[a-z]{{5,10}},?\s)?(?P<after{n}>{_DATE})"
        rf"(?:,?\s\(?(?P<late{n}>utc|[a-z]{{1,4}}t)\b)?)?"
    )


_ABOUT = (
    r"(?:(?:approximately|approx\.?|about|around|roughly|circa|ca\.?|environ|env\.?|vers|gegen|etwa|ungefahr|hacia|"
    r"sobre|aproximadamente|verso|cerca|rond|ongeveer|cap a|aproximadament|at|the|les|las|le|as|la|l'|ore|alle|um|om|"
    r"kl\.?|time|de|del|d'|o\s|dia|jour|giorno|zum|~)[\s:]*){0,4}"
)
_ON = rf"(?:(?:on\s)?(?:[a-z]{{2,10}}\.?,?\s)?(?={_DAY}))?"  # "on Tuesday, ", "Tue ": before a day
_RANGE = (
    r"\b(?:between|entre|zwischen|tra|fra|tussen|from|von|vom|de|dalle|dal|das|do|del|van|vanaf|desde|des de|du|time|"
    r"impact|window|mellan|mellem|mellom|fran|kl|od|godz|с)\b[\s:.]*"
    rf"{_ABOUT}{_ON}{_moment(1)}\s*(?:,\s*)?"
    r"(?:(?P<and>and|&|et|y|e|und|en|i|och|og)|"
    r"to|as?|al|au|ao|bis|alle|tot(?: en met)?|t/m|until|till|through|jusqu'au?|hasta|ate|fins a|til|do|до|-)"
    rf"[\s:]*{_ABOUT}{_ON}{_moment(2)}"
)
_BARE_RANGE = (
    rf"{_moment(1)}(?:\s?(?:から|より|부터|至|到)\s?|[^\S\n]?[-~][^\S\n]?{_ON}|"
    rf"(?P<to> (?:to|until|till|bis|tot(?: en met)?|t/m) ))"
    rf"{_moment(2)}"
)
_START = (
    r"\b(?:since|starting|started|starts|began|begun|beginning|begins|begin(?=:)|onset|from|as early as|depuis|"
    r"a partir de|des|debut|seit|sedan|siden|ab|begann|beginn|dalle|dal|da|a partire|inizio|desde|inicio|comenzo|sinds|"
    rf"vanaf|begonnen|des de|start(?:\stime)?|a partir das?)\b[\s:]*{_ABOUT}{_ON}{_moment(1)}"
)
# "On 11 March at 13:02 UTC, …", "At 13:02 UTC on 11 March …": how a text opens that tells what happened then.
_OPENING = rf"\A\W{{0,3}}(?:on|at|am|um|le|el|a|il|em|op)\s{_ABOUT}{_moment(1)}"
_START_AFTER = rf"{_moment(1)}\s?(?:から|より(?!前|先|早)|起|부터|[-~]\s?(?:継続中|現在))"
# "resolved for all users as of 14:45", "mitigated this by a rollback at 14:45"; not "fixed today, and back at 14:45".
_FOR_WHOM = (
    r"(?: (?:for|in|on|with|the|all|this|by)(?: (?!(?:again|back|began|but|came|morning|next|returned|started|that|"
    r"until|we|which|while|who|will|yesterday)\b)[^\s.,;:!?]{1,40}){1,12}?(?= (?:as of|at) ))?"
)
_WHERE = (  # "normalizado em Campinas às 17h50": before the time
    r"(?:\s(?:em|en|in|na|no|nas|nos|para|per|pour|a|sur|dans)(?:\s[^\s.,;:!?\d]{1,30}){1,5}?"
    r"(?=\s(?:as|a|alle|a las?)\s\d))?"
)
_NOT_YET = r"(?<!\bnao )(?<!\bno )(?<!\bnon )(?<!\bpas )"
_MENDED = (
    r"(?:normalizad[oa]s?|re(?:sta|esta)belecid[oa]s?|restablecid[oa]s?|restaurad[oa]s?|solucionad[oa]s?|resuelt[oa]s?|"
    r"resolvid[oa]s?|ripristinat[oaei]|risolt[oaei]|retablie?s?|restablert(?:a|es|s)?)"
)
_END = (
    r"\b(?:(?:until|till|through)(?:\s(?:full\s)?(?:mitigation|resolution|recovery))?|ended|ending(?:\son)?|"
    rf"end(?:\stime)?|restored|(?:resolved|recovered|mitigated|fixed){_FOR_WHOM}|"
    rf"jusqu'a|fin|(?:ende|einde|fim|fine)(?=:)|{_NOT_YET}{_MENDED}{_WHERE}|resolu|bis|behoben|fino|hasta|ate|tot|"
    r"opgelost|fins|resolt)\b[\s:]*"
    rf"(?:(?:by|as of|a|le|am|il|op)\s)?{_ABOUT}{_ON}{_moment(1)}"
)
_NOT = r"ikke|inte|kaum|kein\w*|nicht|niet"
_IN_PART = (
    r"apenas|deels|delvis|einige|einzelne|enkele|gedeeltelijk|less|manche\w*|nur|only|parcialmente|partially|partiellement|"
    r"partly|parzialmente|slechts|solamente|solo|some|sommige|teil\w*|uniquement|viele|wenige"
)
_BETWEEN = rf"(?:(?!(?:{_NOT}|{_IN_PART})\s)[a-z]{{2,20}}\s)"
# "is om 13:05 uur verholpen", "wurde um 13:05 Uhr behoben".
_END_BEFORE = (
    rf"\b(?:um|om|gegen|rond)\s{_ABOUT}{_moment(1)}\s{_BETWEEN}{{0,2}}?"
    r"(?:behoben|gelost|wiederhergestellt|beendet|verholpen|hersteld|opgelost)\b(?! (?:sein|zijn|werden|worden)\b)"
)
_END_AFTER = (
    rf"{_moment(1)}\s?(?:まで|に復旧|に解消|까지|에 (?:모두 )?(?:복구|해소|정상화)"
    r"(?! ?(?:될|할|예정|작업|되지|하지))|"
    r"(?:已|完全|全部){0,2}(?:恢复|恢復|修复|修復)(?![前中]))"
)
# "working normally since 14:20": what began is the end.
_USABLE = r"(?:accessible|available|functioning|in service|live|open|operating|reachable|running|up|usable|working)"
_USABLE_ABROAD = (
    r"(?:accessibles?|accesibles?|acessive(?:l|is)|activ[oa]s?|attiv[oaie]|disponibles?|disponibil[ei]|disponive(?:l|is)|"
    r"fonctionnel(?:le)?s?|funzionant[ei]|joignables?|operacional|operativ[oaie]s?|operationnel(?:le)?s?|raggiungibil[ei])"
)
_AGAIN = "(?:a nouveau|de nou|de nouveau|de novo|de nuevo|di nuovo|novament|novamente|nuevamente|nuovamente)"
_WELL = (
    r"(?:normally|back to normal|stable|operational|"
    r"(?:again|are|back|been|came|come|everything|is|now|servers?|services?|sites?|systems?) online|"
    rf"{_USABLE} again|back (?:up|in service|in operation)|up and running|"
    r"restored|recovered|resolved|fixed|normalement|retour a la normale|resolue?s?|behoben|"
    r"wieder (?:voll(?:standig)? |uneingeschrankt )?(?:am netz|da\b|erreichbar|funktionsfahig|in betrieb|moglich|"
    r"normal|nutzbar|online|stabil|storungsfrei|verfugbar|versorgt|wie gewohnt|zur verfugung)|"
    r"weer (?:volledig )?(?:beschikbaar|bereikbaar|hersteld|in gebruik|normaal|online|operationeel|stabiel|terug\b)|"
    rf"opgelost|normalmente|(?:con|com|amb) normali(?:dad|dade|tat)|regolarmente|{_MENDED}|normalment|resolta?|"
    rf"{_AGAIN} {_USABLE_ABROAD}|{_USABLE_ABROAD} {_AGAIN}|"
    rf"(?:fungerar|fungerer|virker) {_BETWEEN}{{0,3}}?(?:normalt|som normalt|som vanligt|igen|igjen)|"
    rf"(?:vuelven?|torna|tornen|voltou|voltaram) a (?:estar {_USABLE_ABROAD}|funcionar))"
)
_SINCE = ("since", "depuis", "seit", "sedan", "siden", "desde", "dal", "da ", "sinds", "vanaf", "des de")
_WELL_BEFORE = rf"\b{_WELL},?[^\S\n]$"
_TROUBLE = r"ausfall\w*|fehler|fout\w*|problem\w*|storing\w*|storung\w*"  # that may be "wieder da" itself
_WELL_AFTER = (  # "seit 14:20 Uhr wieder stabil", not "seit 14:20 Uhr daran, sie wieder in Betrieb zu nehmen"
    rf"(?:\s|(?<=\s))(?:(?!(?:{_NOT}|{_TROUBLE})\s)[a-z]{{2,20}}\s){{0,4}}(?=wieder|weer|fungera|fungere|virker){_WELL}"
    r"(?! (?:zu|te)\b)"
)
# "Cases resolved since 14:20 may reappear": which ones, and not since when.
_WHICH = r"[^\S\n]?(?:utc |gmt |uhr )?(?:may|might|could|can|cannot|will|must|need|should|konnen|konnten|mussen)\b"
_TROUBLE_IS = (  # "the incident is open again": that is no end
    r"(?:alert\w*|errore?s?|errori|fallos?|falhas?|guast[oi]|inciden\w+|problem\w*)"
    r"(?: (?:again|are|been|ja|has|is|now|de|di|e|esta|estan|estao|novamente|novo|nuevo|nuovo|sao|son|sono)){1,4} "
    r"(?:activ\w+|ativ\w+|attiv\w+|live|open|running)"
)
_TO_THE_END = r"[^.!?;:,\n]*$"  # of a clause
_DENIED = (
    rf"(?:\b(?:not?|cannot|unable|never|ne|pas|plus|non|nao|{_NOT}|{_TROUBLE_IS})\b|n't){_TO_THE_END}|"
    rf"\b(?:{_TROUBLE}) (?:ist|sind|is|zijn)(?: (?:aber|auch|helaas|jetzt|leider|nu|nun|ook)){{0,2}}"
    r"(?: wieder da| weer terug)?,? ?$"
)
_PARTLY = rf"\b(?:{_IN_PART})\b"


_TIME = re.compile(r"\d(?:[:h時时点點시]|\.\d\d|\s?[ap]\.?\s?m\b|\s?(?:uhr|uur|h|hrs?|horas?|heures?|ore)\b)")
_DASHED = re.compile(
    rf"\d分?頃?[^\S\n]?(?:[a-z]{{1,4}}[^\S\n]?){{0,2}}[-~][^\S\n]?"
    rf"(?:(?:[a-z]{{2,10}},? )?{_DAY}(?:,? (?:at )?|t|(?:{_WEEKDAY_BEHIND})? ?))?\d{{1,2}}[:h時시]"
)
_TO = re.compile(r"\d(?: ?[ap]\.?m\.?| uhr| uur)? (?:to|until|till|bis|tot|t/m) \d{1,2}(?:[:.]\d\d| ?[ap]\.?m)")
_LONE_HOUR = re.compile(r"(?:kl|godz)\b")  # with "and" they name two hours, with "between" or "to" a span
_YESTERDAY = re.compile(  # "hier" alone is German for "here"
    rf"\b(?:{'|'.join(word for word, days in RELATIVE.items() if days == 1 and word.isascii() and word != 'hier')}|"
    r"gestrige[mnrs]?|d'hier|hier (?:soir|matin|apres-midi))\b|昨日"
)
_CLOCK = re.compile(r"\bkl\.?\s?$")
_AND_AGAIN = re.compile(r"(?:,? (?:and |then |again )+|, )(?=between |from )")
_EASTERN = re.compile(  # these have their words behind the times
    r"から|より|まで|に復旧|に解消|부터|까지|[\d분시] ?에 |[\d分时点]\s?(?:起|至|到|[已完全部]{0,4}[恢修])|"
    r"[-~]\s?(?:継続中|現在)"
)
# Where hours are written so, "das 02h às 04h", the day of "09/08/2026" stands first, as that of "09.08.2026" does.
_OF_DAY_FIRST = ("h", "hora", "horas", "heure", "heures", "ore", "uhr", "uur")
_SIGNS = ("h", "時", "时", "点", "點", "시")  # behind an hour
_DAY_BEFORE = rf"({_DATE})[^.!?\d]{{0,30}}$"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time that a text names, as far as it is known.

    ``words`` are the text's own. ``zone`` is "as written" or "of the source". ``half_a_day_later``: "2:05" was taken
    as 14:05.
    """

    start: datetime | None
    end: datetime | None
    words: str
    zone: str
    half_a_day_later: bool = False

    @property
    def whole(self) -> tuple[datetime, datetime] | None:
        """From when to when, where both are named."""
        return (self.start, self.end) if self.start and self.end else None


def span(
    text: str,
    *,
    said_at: datetime,
    zone: str | None = None,
    ahead: bool = False,
    since: datetime | None = None,
    title: str | None = None,
) -> Span | None:
    """The span that the text names, None where there is none.

    ``said_at`` is when it was said, ``zone`` the IANA name of the source's zone. ``ahead``: the text speaks of planned
    work, whose times may lie before or after it; where they have no day, the one that ``title`` names is theirs.

    ``since`` is when people began to speak of the outage. Of several spans, the first that reaches beyond that moment
    counts, else the first of all; it lasts to the end of the last that its clause goes on with. "2:05 to 3:40" is
    after noon where only that reaches beyond it. An end alone that lies before it is the end of something else.

    Of planned work the title may name the hours too, where the text names none.
    """
    calendar = Calendar(said_at, zone_named(zone) if zone else None, ahead)
    if not (ahead and title):
        return _named(text, calendar, since, None)
    return _named(text, calendar, since, _only_day(title)) or _named(title, calendar, since, None)


def _named(text: str, calendar: Calendar, since: datetime | None, titled: str | None) -> Span | None:
    """The span that a text names; ``titled`` is the day of hours that have none."""
    plain = _plain(text[:READ])
    if not _TIME.search(plain):
        return None
    earlier: Span | None = None
    for one, other, words in _spans(plain, text, opening=since is not None):
        if titled and not any(time and time.day for time in (one, other)):
            one, other = (replace(one, day=titled), other) if one else (one, other and replace(other, day=titled))
        found = calendar.moments(one, other)
        if found is None:
            continue
        start, end, by = found
        if earlier and not (start and end):
            break
        reaches_it = since is None or end is None or end >= since
        if earlier and not reaches_it:
            continue
        last = end
        if one and other:
            until, words = _last_end(plain, text, other, words)
            if until is not other and (longer := calendar.moments(replace(one, day=one.day or other.day), until)):
                start, last, by = longer
        named = Span(start, last, " ".join(text[words].split()), by)
        if since is None or reaches_it:
            return named
        earlier = _half_a_day_later(named, one, other, calendar.said_at, since) if start else None
    return earlier


def names_a_day(text: str) -> bool:
    """Whether the text names a day of the calendar, and not only "tonight" or a day of the week."""
    return _compiled(_DAY).search(_plain(text[:READ]).replace("24/7", "")) is not None


def yesterday(text: str, said_at: datetime) -> tuple[datetime, datetime] | None:
    """From when to when yesterday was, in UTC, where a text that was said then speaks of it."""
    if _YESTERDAY.search(_plain(text[:READ])) is None:
        return None
    today = said_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=1), today


def _only_day(title: str) -> str | None:
    """The one day of the calendar that a title names: "Router works, Tuesday 11 August"; None for none and for two."""
    days = {found[0] for found in _compiled(_DAY).finditer(_plain(title[:READ]))}
    return days.pop() if len(days) == 1 else None


def _half_a_day_later(
    named: Span, one: TimeOfDay | None, other: TimeOfDay | None, said_at: datetime, since: datetime
) -> Span:
    """The span twelve hours later, if no half of the day is written and that reaches beyond ``since``."""
    if named.whole is None or any(time and time.is_sure for time in (one, other)):
        return named
    start, end = (edge + HALF_A_DAY for edge in named.whole)
    is_slip = end - start <= HALF_A_DAY and end >= since and start <= said_at + AHEAD
    return replace(named, start=start, end=end, half_a_day_later=True) if is_slip else named


def _plain(text: str) -> str:
    """In lower case, without accents, with one kind of dash; each sign stays at its place."""
    lower = text.replace("İ", "i").lower()  # the lower case of this one alone is two signs
    return lower if lower.isascii() else lower.translate(_PLAIN)


_compiled = cache(re.compile)  # the long ones take a twentieth of a second, and few runs need them


def _spans(plain: str, text: str, *, opening: bool) -> Iterator[tuple[TimeOfDay | None, TimeOfDay | None, slice]]:
    """(from, to, where) of all that looks like a span: whole ones, then the first beginning with each later end.

    ``opening``: where no word tells the beginning, the time counts by which the text opens.
    """
    is_eastern = _EASTERN.search(plain) is not None
    is_bare = is_eastern or _DASHED.search(plain) or _TO.search(plain)
    for pattern in (_RANGE, _BARE_RANGE) if is_bare else (_RANGE,):
        for match in _compiled(pattern).finditer(plain):
            if pattern is _BARE_RANGE and match["to"] and not match["before1"]:
                continue  # "16 August 02:00 to 04:00", not "100 to 02:00"
            if pattern is _RANGE and match["and"] and _LONE_HOUR.match(plain, match.start()):
                continue  # "next updates kl. 15:00 och 16:00"
            one, other = _time(match, 1, text), _time(match, 2, text)
            # "from 9 to 10 am", not "del 5 al 12 de marzo a las 10 horas"
            is_hour = not match["before2"] and (other.half or match["unit2"])
            is_said = other.marked and (one.marked or is_hour)
            is_dotted = match["dotted1"] and match["dotted2"]
            if is_said or (is_dotted and _CLOCK.search(plain, match.start(), match.start("hour1"))):
                yield one, other, slice(*match.span())
    began, where, mended = None, slice(0, 0), []
    for time, there in _times(plain, text, (_START, _START_AFTER) if is_eastern else (_START,)):
        well = _well(plain, there)
        if well and _compiled(_PARTLY).search(plain, well.start, well.stop):
            continue  # "some calls work again since 14:20": neither the beginning nor the end
        if well and well.start < there.start and _compiled(_WHICH).match(plain, there.stop):
            continue
        if well:
            mended.append((time, well))
        elif began is None:
            began, where = time, there
    if began is None and opening:
        opened = (found for found in _times(plain, text, (_OPENING,)) if found[0].day)
        began, where = next(opened, (None, where))
    ended = None
    ends = _times(plain, text, (_END, _END_AFTER) if is_eastern else (_END, _END_BEFORE), where.start)
    for ended, there in chain(ends, (found for found in mended if found[1].start >= where.start)):
        yield began, ended, slice(where.start, there.stop) if began else there
    if began and ended is None:
        yield began, None, where


def _well(plain: str, since: slice) -> slice | None:
    """Where it stands that all is well since the beginning that stands there, None where that is not said.

    With the word before it that says of how little it is so.
    """
    if not plain.startswith(_SINCE, since.start):
        return None
    at = max(0, since.start - 60)
    if _compiled(_DENIED).search(plain, at, since.start):
        return None
    if before := _compiled(_WELL_BEFORE).search(plain, at, since.start):
        part = _compiled(_PARTLY + _TO_THE_END).search(plain, at, before.start())
        return slice((part or before).start(), since.stop)
    after = _compiled(_WELL_AFTER).match(plain, since.stop)
    return slice(since.start, after.end()) if after else None


def _last_end(plain: str, text: str, end: TimeOfDay, where: slice) -> tuple[TimeOfDay, slice]:
    """The end of the last span of a clause, "from 1 to 2 pm, and again from 3 to 4 pm", and where it all stands."""
    while (gap := _AND_AGAIN.match(plain, where.stop)) and (match := _compiled(_RANGE).match(plain, gap.end())):
        later = _time(match, 2, text)
        if not later.marked:
            break
        end, where = replace(later, zone=later.zone or end.zone), slice(where.start, match.end())
    return end, where


def _times(plain: str, text: str, patterns: tuple[str, ...], place: int = 0) -> Iterator[tuple[TimeOfDay, slice]]:
    """The times of day in what matches, and where that stands; ``place`` is where the search begins."""
    for pattern in patterns:
        for match in _compiled(pattern).finditer(plain, place):
            time = _time(match, 1, text)
            if time.marked:
                yield time, slice(*match.span())


def _time(match: re.Match[str], n: int, text: str) -> TimeOfDay:
    """The time of day of the ``n``th moment in a match."""
    hour, minute = int(match[f"hour{n}"]), match[f"minute{n}"]
    half = _HALVES.get(match[f"half{n}"]) or (match[f"noon{n}"] or "")[:1] or None
    has_sign = match.string.startswith(_SIGNS, match.end(f"hour{n}"))
    unit = match[f"unit{n}"] or (match.string[match.end(f"hour{n}")] if has_sign else None)
    day = match[f"before{n}"] or match[f"after{n}"] or (_day_before(match) if n == 1 else None)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    minutes = 30 if minute in ("半", "반") else int(minute or match[f"dotted{n}"] or 0)
    return TimeOfDay(
        minutes=hour * 60 + minutes,
        marked=bool(minute or half or unit) and hour <= 24 and minutes < 60,
        half=half,
        zone=_zone_said(match, n, text),
        day=day.replace("/", ".") if day and unit in _OF_DAY_FIRST else day,
    )


def _zone_said(match: re.Match[str], n: int, text: str) -> str | None:
    """The zone written with a time or behind its day. "est" and "et" are zones only in capitals, or after am or pm."""
    place = next((part for part in (f"zone{n}", f"fore{n}") if match[part]), f"late{n}")
    zone = match[place]
    begins, ends = match.span(place)
    is_apart = zone != "z" or text[begins - 1].isspace()
    if zone in _ALSO_WORDS and is_apart and not match[f"noon{n}"] and not text[begins:ends].isupper():
        return None
    return zone if not place.startswith("late") or zone in ZONES else None


def _day_before(match: re.Match[str]) -> str | None:
    """The day that is named shortly before, in the same sentence."""
    found = _compiled(_DAY_BEFORE).search(match.string, max(0, match.start() - 60), match.start())
    return found[1] if found else None
