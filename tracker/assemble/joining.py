"""Who belongs together, and why: small named rules in order, the first answer wins. Never across vendors.

The announcements are walked in the order of their times, and each is placed by what was said before it. So a walk
that starts again in the middle places everything as a walk from the beginning would. Chatter and answers to one
customer join nothing by themselves. Two incidents are better than a wrong join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import islice

from tracker.assemble.events import LIVE, ONE_MOMENT, Event, Placed
from tracker.assemble.groups import Found, Group, incident_page, own_address
from tracker.assemble.likeness import keeps_titles, likeliest
from tracker.assemble.marks import of_address, of_key, of_link
from tracker.assemble.plans import EVE, has_begun, is_about, is_near, is_next_work, is_other_work, words_mark
from tracker.assemble.prose import span, yesterday
from tracker.assemble.walk import Walk
from tracker.assemble.words import bare, may_be_one_line, says_all_is_well, site
from tracker.models import FORGOTTEN, Phase

UNSURE = 0.5  # a lone later word with less confidence opens nothing where it names nothing
GUESSED = 0.4  # the most that is given to words of an unknown language: what those name is unknown too
FINE = frozenset(("available", "operational", "ok", "up"))  # states of a notice that stands while nothing is wrong
AWAITED = timedelta(days=7)  # how long a later word is awaited under the title of an incident that is not over
HOLDS = timedelta(days=30)  # how long a thread, an address or the words of a plan mean the same incident


def join(walk: Walk, event: Event) -> Placed | None:
    """Into the group that the first answering rule names, else into a new one; None where it tells of none."""
    if event.name in walk.corrected.ignored:
        return None
    found = find(walk, event)
    if found is not None:
        found.group.take(event)
    elif opens_none(walk, event):
        return None
    else:
        found = Found(Group(event), "first word")
    walk.remember(event, found.group)
    return Placed(event, found.group.root, found.why, found.score)


def find(walk: Walk, event: Event) -> Found | None:
    """What the first rule that answers says, and may say; none joins what a person holds apart."""
    for rule, may_say in RULES:
        found = rule(walk, event)
        if found and not walk.is_apart(event, found.group) and may_say(event, found.group):
            return found
    return None


def opens_none(walk: Walk, event: Event) -> bool:
    """Whether it opens no incident: chatter, an answer to somebody, a notice that all is fine, or a mere "ok".

    What its platform files as an incident does, and so does what a person says is no chatter.
    """
    if event.is_filed:
        return False
    if event.is_corrected:
        return event.phase is Phase.UNRELATED
    if event.is_aside or (event.judged.is_declared and (event.said.status or "").casefold() in FINE):
        return True
    if event.phase is Phase.RESOLVED and (says_all_is_well(event.said.title or "") or answers_none(walk, event)):
        return True
    if event.phase not in (Phase.UPDATE, Phase.RESOLVED) or event.judged.confidence >= UNSURE or event.title:
        return False
    is_guessed = event.phase is Phase.RESOLVED and event.judged.confidence <= GUESSED
    return is_guessed or not event.words.telling


def answers_none(walk: Walk, event: Event) -> bool:
    """Whether it answers an earlier post of its channel that we have, and that is in no incident.

    Such a thread told of no trouble, so what works now ("on tablets too") was not broken. A live word there may
    be the first of trouble all the same.
    """
    answers = event.said.in_reply_to
    name = (event.said.source, answers) if answers is not None else None
    return name is not None and walk.group_of(name) is None and walk.past.was_said(name, event.at)


# -- the rules ---------------------------------------------------------------------------------------------------------


def same_post(walk: Walk, event: Event) -> Found | None:
    """An edit stays where the post is."""
    group = walk.group_of(event.name) if event.revision > 1 else None
    return Found(group, "an edit that changed the state") if group else None


def same_native_incident(walk: Walk, event: Event) -> Found | None:
    """The platform itself says that they belong together."""
    key = event.said.incident_key
    if key is None:
        return None
    bearers = walk.bearers(of_key(event.said.source, key))
    return Found(walk.group(bearers[0][0]), "same native incident") if bearers else None


def same_thread(walk: Walk, event: Event) -> Found | None:
    """It answers a post of the incident. A live word after a month of silence tells of another outage."""
    answers = event.said.in_reply_to
    group = walk.group_of((event.said.source, answers)) if answers is not None else None
    if group is None or (event.phase in LIVE and group.last_at < event.at - HOLDS):
        return None
    return Found(group, "same thread")


def same_page(walk: Walk, event: Event) -> Found | None:
    """Its channel told of the incident on the same page, ``…/incidents/98765``, which is of one incident."""
    page = incident_page(event)
    group = walk.alone_with(of_address(bare(page)), event.at - HOLDS) if page else None
    return Found(group, "on the page of this incident") if group and event.said.source in group.sources else None


def one_links_to_the_other(walk: Walk, event: Event) -> Found | None:
    """One of both links to the other. An address that two incidents bear (a status or help page) says nothing."""
    since = event.at - HOLDS
    for link in sorted(event.links):
        if group := walk.alone_with(of_address(link), since):
            return Found(group, f"links to {link}")
    own = own_address(event)
    group = walk.alone_with(of_link(own), since) if own else None
    return Found(group, "is linked to") if group else None


def same_plan(walk: Walk, event: Event) -> Found | None:
    """It announces planned work of a date again, in the same words; never what platforms file as two."""
    mark = words_mark(event)
    works = [walk.group(root) for root, _ in walk.bearers(mark)] if mark else []
    group = only(work for work in works if work.last_at >= event.at - HOLDS and not both_filed(event, work))
    return Found(group, "planned work, announced again in the same words") if group else None


def points_to_the_page(walk: Walk, event: Event) -> Found | None:
    """It links to the site of the one incident that is open there."""
    sites = {site(link) for link in event.links}
    open_now = (group for group in walk.reachable(event) if group.over_at is None)
    group = only(group for group in open_now if not sites.isdisjoint(group.sites))
    if group is None or event.said.source in group.sources:
        return None
    return Found(group, "links to the page of the one incident that is open there")


def reports_on(walk: Walk, event: Event) -> Found | None:
    """A report that it is over names the hours of one incident alone, also of one that ended weeks ago.

    "Yesterday's outage" is the one incident of which its channel spoke then.
    """
    if event.phase is not Phase.RESOLVED or event.is_filed:
        return None
    named = span(event.said.text, said_at=event.at)
    hours = named.whole if named else None
    day = None if hours else yesterday(event.said.text, event.at)
    if not (told := hours or day):
        return None
    group = only(group for group in walk.latest if group.was_spoken_of(*told, event.at - HOLDS))
    if group is None or is_titled_otherwise(event, group) or (day and event.said.source not in group.sources):
        return None
    return Found(group, f"names its hours: {named.words}" if named and hours else "tells of the day before")


def likely_the_same(walk: Walk, event: Event) -> Found | None:
    """The likeliest incident by time, words, names, title and channel.

    A forgotten announcement has no words to go by. Where a source keeps its titles, another title is another incident.
    """
    if event.said.text == FORGOTTEN:
        return None
    groups = [group for group in walk.reachable(event) if may_be_of(event, group) and not walk.is_apart(event, group)]
    otherwise = [group for group in groups if is_titled_otherwise(event, group)]
    if otherwise and keeps_titles(event.said.source, walk.latest):
        groups = [group for group in groups if group not in otherwise]
    return likeliest(event, groups, walk.latest)


def only_one_is_open(walk: Walk, event: Event) -> Found | None:
    """A post that names nothing ("We are aware of it", "We are back") is of the one incident that is open.

    A live word only within a day, and a first word of trouble only where another channel told of it. No answer to a
    post of its channel that is in no incident: that post says what it is about.
    """
    if event.title is not None or event.words.telling or event.is_less_sure_than(UNSURE):
        return None
    if event.phase not in (*LIVE, Phase.RESOLVED) or answers_none(walk, event):
        return None
    group = only(group for group in walk.reachable(event) if group.over_at is None and not group.planned)
    if group is None or not event.words.names <= group.names:
        return None
    if event.phase in LIVE and event.at - group.last_at > EVE:
        return None
    if event.phase is Phase.OUTAGE_START and event.said.source in group.sources:
        return None
    return Found(group, "names nothing, and one incident alone is open")


def same_title_later(walk: Walk, event: Event) -> Found | None:
    """A later word under the title of one incident of its channel alone, after days of silence.

    A report comes up to a month later, where the hours that it names are no others. Of what has ended only that comes:
    where more than one word was said of it, as some channels tell of each outage in one.
    """
    if event.title is None or event.phase not in (Phase.UPDATE, Phase.RESOLVED):
        return None
    is_report = event.phase is Phase.RESOLVED
    since = event.at - (HOLDS if is_report else AWAITED)
    group = only(group for group in walk.latest if group.last_at >= since and is_titled_so(event, group))
    if group is None or (is_report and names_other_hours(event, group)):
        return None
    if group.over_at is not None and (not is_report or len(group.recent) == 1):
        return None
    return Found(group, "a later word under the title of this incident alone")


def plan_not_over(walk: Walk, event: Event) -> Found | None:
    """It may be about planned work that is not over: the only such work, or the only one that is near.

    "The servers are up again" tells of its end, where the work has begun.
    """
    if event.phase not in (Phase.MAINTENANCE, Phase.RESOLVED):
        return None
    plans = [group for group in walk.plans(event) if may_be_of(event, group) and is_about(event, group)]
    if event.phase is Phase.RESOLVED:
        plans = [plan for plan in plans if has_begun(event, plan)]
    group = only(plans) or only(plan for plan in plans if is_near(event, plan))
    return Found(group, "planned work that is not over by the hours that were told") if group else None


def only(groups: Iterable[Group]) -> Group | None:
    """The group where it is one alone: of two, a rule cannot tell which is meant."""
    found = list(islice(groups, 2))
    return found[0] if len(found) == 1 else None


def may_be_of(event: Event, group: Group) -> bool:
    """Whether a guess may join it to the incident.

    Not where platforms file both as incidents of their own, nor where it is the next planned work. Chatter, an answer
    to somebody, and planned work beside other things may be joined only under the incident's title.
    """
    if group.is_forgotten or both_filed(event, group) or group.is_named_otherwise(event):
        return False
    if is_next_work(event, group) or is_said_beside(event, group) or is_of_another_line(event, group):
        return False
    if event.title in group.titles:
        return True
    return not (event.is_aside or is_plan_beside(event, group) or is_other_work(event, group))


def both_filed(event: Event, group: Group) -> bool:
    """Whether platforms file both as incidents of their own."""
    return event.is_filed and bool(group.keyed)


def is_of_another_line(event: Event, group: Group) -> bool:
    """Whether it begins with the line that it is about, "R4: …", and all that was told of the incident with others."""
    ours = event.lines if group.lines else ()
    return bool(ours) and not any(may_be_one_line(one, other) for one in ours for other in group.lines)


def is_said_beside(event: Event, group: Group) -> bool:
    """Whether its channel told of the incident in the same moment, under another title and in other words."""
    told_at = group.sources.get(event.said.source)
    if told_at is None or event.at - told_at >= ONE_MOMENT or not is_titled_otherwise(event, group):
        return False
    return event.words.telling.isdisjoint(group.telling)


def is_plan_beside(event: Event, group: Group) -> bool:
    """Whether it announces work of its own: beside an outage, or under a title on a channel of the group's."""
    if event.phase is not Phase.MAINTENANCE:
        return False
    return not group.planned or (event.said.source in group.sources and event.title is not None)


def is_titled_otherwise(event: Event, group: Group) -> bool:
    """Whether it has a title that the incident has not, on a channel that tells of it."""
    return event.title is not None and event.said.source in group.sources and not group.is_titled(event)


def is_titled_so(event: Event, group: Group) -> bool:
    """Whether its channel told of the incident, which is no planned work, under this title."""
    return event.said.source in group.sources and event.title in group.titles and not group.planned


def names_other_hours(event: Event, group: Group) -> bool:
    """Whether it says from when to when it was broken, and the incident was not spoken of then."""
    named = span(event.said.text, said_at=event.at)
    return bool(named and named.whole and not group.was_spoken_of(*named.whole, event.at - HOLDS))


def has_no_other_key(event: Event, group: Group) -> bool:
    """Whether the platform does not say that it is another incident: by its key, where the group has another there."""
    return not event.is_filed or event.said.source not in group.keyed


def is_certain(event: Event, group: Group) -> bool:
    """Whether it may be of the incident, of which the platform says so itself."""
    return True


# Each with what must hold beside it.
RULES: tuple[tuple[Callable[[Walk, Event], Found | None], Callable[[Event, Group], bool]], ...] = (
    (same_post, is_certain),
    (same_native_incident, is_certain),
    (same_thread, has_no_other_key),
    (same_page, has_no_other_key),
    (one_links_to_the_other, has_no_other_key),
    (same_plan, has_no_other_key),
    (points_to_the_page, may_be_of),
    (reports_on, may_be_of),
    (likely_the_same, has_no_other_key),  # which asks of each incident whether it may be of it
    (only_one_is_open, may_be_of),
    (same_title_later, may_be_of),
    (plan_not_over, may_be_of),
)
