"""A status page as Atlassian Statuspage serves it: API v2 (https://www.githubstatus.com/api/v2) and history.atom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tracker.demo.answers import NOT_FOUND, Page, feed_page, json_page
from tracker.demo.telling import Channel, Post, Speaker, Thread

LONGEST, ENTRIES = 50, 25  # incidents in the API, entries in the feed
_OVER = ("resolved", "postmortem", "completed")
_LABELS = {"in_progress": "In progress"}


def code(thread: Thread, post: Post) -> str:
    """An update's id: an edit leaves it alone."""
    return f"{thread.key}u{thread.posts.index(post) + 1}"


def answer(speaker: Speaker, channel: Channel, target: str, now: datetime) -> Page | None:
    """A list of incidents or of planned work, one incident, or the feed; None for a path that is none of them."""
    told = sorted(
        (thread for thread in channel.threads if thread.standing(now)), key=lambda each: each.posts[0].at, reverse=True
    )
    if target == "/history.atom":
        return feed_page(_atom(speaker, told[:ENTRIES], now), "atom")
    if not target.startswith("/api/v2/"):
        return None
    path = target.removeprefix("/api/v2/").partition("?")[0]
    page = {"id": f"page{speaker.slug}", "name": speaker.name, "url": _site(speaker), "time_zone": "Etc/UTC"}
    answered = _listed(path, told, now)
    if answered is None:
        return NOT_FOUND
    return json_page({"page": page} | answered, cache_control="max-age=10, public")


def _listed(path: str, told: Sequence[Thread], now: datetime) -> dict[str, Any] | None:
    """The lists that a path of the API holds, newest first."""
    planned = [_incident(each, now) for each in told if each.starts][:LONGEST]
    incidents = [_incident(each, now) for each in told if not each.starts][:LONGEST]
    unresolved = [each for each in incidents if each["status"] not in _OVER]
    upcoming = [each for each in planned if each["status"] == "scheduled"]
    active = [each for each in planned if each["status"] in ("in_progress", "verifying")]
    lists = {
        "incidents.json": {"incidents": incidents},
        "incidents/unresolved.json": {"incidents": unresolved},
        "scheduled-maintenances.json": {"scheduled_maintenances": planned},
        "scheduled-maintenances/upcoming.json": {"scheduled_maintenances": upcoming},
        "scheduled-maintenances/active.json": {"scheduled_maintenances": active},
        "summary.json": {"components": [], "incidents": unresolved, "scheduled_maintenances": upcoming + active},
    }
    one = {f"incidents/{each['id']}.json": {"incident": each} for each in (*incidents, *planned)}
    return lists.get(path) or one.get(path)


def _site(speaker: Speaker) -> str:
    return f"https://status.{speaker.slug}.example"


def _iso(when: datetime | None) -> str | None:
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z" if when else None


def _incident(thread: Thread, now: datetime) -> dict[str, Any]:
    posts = thread.standing(now)
    over = [post.at for post in posts if post.status in _OVER]
    shown: dict[str, Any] = {
        "id": thread.key,
        "name": thread.name,
        "status": posts[-1].status,
        "impact": thread.impact,
        "created_at": _iso(posts[0].at),
        "started_at": _iso(posts[0].at),
        "updated_at": _iso(max(post.changed_at(now) for post in posts)),
        "resolved_at": _iso(over[0] if over else None),
        "shortlink": f"https://stspg.example/{thread.key}",
        "components": [{"id": name.lower(), "name": name, "group": False} for name in thread.components],
        "incident_updates": [_update(thread, post, now) for post in reversed(posts)],
    }
    if thread.starts:
        shown |= {"scheduled_for": _iso(thread.starts), "scheduled_until": _iso(thread.ends)}
    return shown


def _update(thread: Thread, post: Post, now: datetime) -> dict[str, Any]:
    return {
        "id": code(thread, post),
        "incident_id": thread.key,
        "status": post.status,
        "body": post.versions(now)[-1],
        "created_at": _iso(post.at),
        "display_at": _iso(post.at),
        "updated_at": _iso(post.changed_at(now)),
        "affected_components": None,
    }


def _atom(speaker: Speaker, told: Sequence[Thread], now: datetime) -> str:
    entries = "".join(_entry(speaker, thread, now) for thread in told)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xml:lang="en-US" xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>tag:status.{speaker.slug}.example,2005:/history</id>\n"
        f'<link rel="alternate" type="text/html" href="{_site(speaker)}"/>\n'
        f"<title>{escape(speaker.name)} Status - Incident History</title>\n"
        f"<author><name>{escape(speaker.name)}</name></author>\n{entries}</feed>\n"
    )


def _entry(speaker: Speaker, thread: Thread, now: datetime) -> str:
    """One incident: all its updates in one HTML text, newest first, in minutes and without a year."""
    posts = thread.standing(now)
    newest, changed = posts[-1].at, max(post.changed_at(now) for post in posts)
    html = _banner(thread, posts) + "".join(_paragraph(post, now) for post in reversed(posts))
    return (
        f"<entry><id>tag:status.{speaker.slug}.example,2005:Incident/{thread.key}</id>\n"
        f"<published>{newest:%Y-%m-%dT%H:%M:%SZ}</published><updated>{changed:%Y-%m-%dT%H:%M:%SZ}</updated>\n"
        f'<link rel="alternate" type="text/html" href={quoteattr(f"{_site(speaker)}/incidents/{thread.key}")}/>\n'
        f'<title>{escape(thread.name)}</title><content type="html">{escape(html)}</content></entry>\n'
    )


def _banner(thread: Thread, posts: Sequence[Post]) -> str:
    """What stands above planned work until it begins."""
    if thread.starts is None or thread.ends is None or posts[-1].status != "scheduled":
        return ""
    span = " &nbsp;-&nbsp; ".join(_stamp(when) for when in (thread.starts, thread.ends))
    return f"<p><strong>THIS IS A SCHEDULED EVENT {span} UTC</strong></p>"


def _paragraph(post: Post, now: datetime) -> str:
    label = _LABELS.get(post.status or "", (post.status or "").capitalize())
    words = escape(post.versions(now)[-1])
    return f"<p> <small>{_stamp(post.at)} UTC</small><br> <strong>{label}</strong> - {words} </p>"


def _stamp(when: datetime) -> str:
    return f"{when:%b} <var data-var='date'>{when.day}</var>, <var data-var='time'>{when:%H:%M}</var>"
