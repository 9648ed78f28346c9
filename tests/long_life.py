"""A Statuspage that has lived for years: its API, which holds the last fifty, its history page by page, each incident.

Its incidents are invented, and made by arithmetic alone: the same number is the same incident in every run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
PARTS = ("Bookings", "Departures", "Tickets", "Refunds")
PLANNED_EVERY = 8  # one of so many is planned work


@dataclass(frozen=True, kw_only=True)
class LongLife:
    """``count`` incidents, evenly from ``made`` to ``now``, of the page that stands at ``url``."""

    made: datetime
    now: datetime
    count: int
    name: str = "Curlew Ferries"
    url: str = "https://status.curlew.example"

    @cached_property
    def incidents(self) -> list[dict[str, Any]]:
        """All of them, newest first, as the API shows each."""
        step = (self.now - self.made - timedelta(days=2)) / max(self.count, 1)
        return [self._incident(number, self.made + step * number) for number in reversed(range(self.count))]

    def answer(self, target: str) -> dict[str, Any] | None:
        """What is served at an address of the page; None where nothing is."""
        path, _, query = target.partition("?")
        planned = [each for each in self.incidents if is_planned(each)]
        others = [each for each in self.incidents if not is_planned(each)]
        if path == "/history.json":
            return self._history(int(query.removeprefix("page=") or 1))
        one = re.fullmatch(r"/api/v2/(incidents|scheduled-maintenances)/(\w+)\.json", path)
        if one and one[2] != "unresolved":
            among, key = (others, "incident") if one[1] == "incidents" else (planned, "scheduled_maintenance")
            found = next((each for each in among if each["id"] == one[2]), None)
            return found and {"page": self._page(), key: found}
        lists = {
            "/api/v2/incidents.json": {"incidents": others[:50]},
            "/api/v2/incidents/unresolved.json": {"incidents": []},
            "/api/v2/scheduled-maintenances.json": {"scheduled_maintenances": planned[:50]},
        }
        return {"page": self._page(), **lists[path]} if path in lists else None

    def body(self, target: str) -> bytes | None:
        """The same as it goes over the wire."""
        answer = self.answer(target)
        return None if answer is None else json.dumps(answer).encode()

    def whole(self) -> Sequence[bytes]:
        """Lists of the API that hold all that there ever was, as a page would serve them that kept no limit."""
        planned = [each for each in self.incidents if is_planned(each)]
        others = [each for each in self.incidents if not is_planned(each)]
        lists = ({"incidents": others}, {"scheduled_maintenances": planned})
        return [json.dumps({"page": self._page(), **each}).encode() for each in lists]

    def _page(self) -> dict[str, Any]:
        return {"id": "c0rl3wf3rr13", "name": self.name, "url": self.url, "time_zone": "Etc/UTC"}

    def _incident(self, number: int, at: datetime) -> dict[str, Any]:
        is_plan = number % PLANNED_EVERY == 3
        code, part = f"c{number:05d}urlew", PARTS[number % len(PARTS)]
        plan = (
            ("scheduled", f"The berth of {part.lower()} is repainted, number {number}."),
            ("in_progress", "The work has begun."),
            ("completed", "The work is done."),
        )
        trouble = (
            ("investigating", f"{part} cannot be reached, we are looking into number {number}."),
            ("identified", f"The winch of pier {number % 7} was at fault."),
            ("monitoring", "The winch turns again, we keep an eye on it."),
            ("resolved", f"This is over: {part.lower()} work as they should."),
        )[number % 2 :]
        steps = plan if is_plan else trouble
        told = [_update(code, place, status, body, at) for place, (status, body) in enumerate(steps)]
        shown = {
            "id": code,
            "name": f"{part} out of service" if not is_plan else f"{part}: a coat of paint",
            "status": steps[-1][0],
            "impact": "maintenance" if is_plan else ("minor", "major", "none")[number % 3],
            "created_at": told[0]["created_at"],
            "started_at": told[0]["created_at"],
            "resolved_at": told[-1]["created_at"],
            "shortlink": f"https://stspg.example/{code}",
            "components": [{"id": part.lower(), "name": part, "group": False}],
            "incident_updates": told[::-1],
        }
        if is_plan:
            shown |= {
                "scheduled_for": _iso(at + timedelta(minutes=20)),
                "scheduled_until": _iso(at + timedelta(hours=1)),
            }
        return shown

    def _history(self, number: int) -> dict[str, Any]:
        """The quarter of now is page 1; months of which nothing is left to come are shown, also before it was made."""
        quarter = self.now.year * 4 + (self.now.month - 1) // 3 - (number - 1)
        first, months = quarter * 3, []
        for month in (first + 2, first + 1, first):
            year, place = divmod(month, 12)
            if (year, place + 1) <= (self.now.year, self.now.month):
                held = [each for each in self.incidents if each["resolved_at"][:7] == f"{year}-{place + 1:02d}"]
                starts_on = (datetime(year, place + 1, 1, tzinfo=UTC).weekday() + 1) % 7
                months.append(
                    {"name": MONTHS[place], "year": year, "starts_on": starts_on, "days": 30,
                     "incidents": [_named(each) for each in held]}
                )  # fmt: skip
        page = {key: self._page()[key] for key in ("id", "name")} | {"created_at": _iso(self.made)}
        return {"page_status": {"page": page}, "components": [], "months": months}


def is_planned(incident: dict[str, Any]) -> bool:
    """Whether it is filed as planned work."""
    return "scheduled_for" in incident


def _named(incident: dict[str, Any]) -> dict[str, Any]:
    began, ended = (datetime.fromisoformat(incident[name]) for name in ("created_at", "resolved_at"))
    shown = " - ".join(
        f"{when:%b} <var data-var='date'>{when.day}</var>, <var data-var='time'>{when:%H:%M}</var>"
        for when in (began, ended)
    )
    return {
        "code": incident["id"],
        "name": incident["name"],
        "message": incident["incident_updates"][0]["body"],
        "impact": incident["impact"],
        "timestamp": f"{shown} UTC",
    }


def _update(code: str, place: int, status: str, body: str, at: datetime) -> dict[str, Any]:
    said = _iso(at + timedelta(minutes=20 * place))
    return {
        "id": f"{code}u{place}",
        "incident_id": code,
        "status": status,
        "body": body,
        "created_at": said,
        "updated_at": said,
        "display_at": said,
        "affected_components": None,
    }


def _iso(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"
