"""What is counted, incidents without their words; and what comes of it, figures in rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tracker.models.incidents import Kind, State
from tracker.models.verdicts import Phase


class CountedStep(NamedTuple):
    """What is counted of a step: when, its phase, the vendor's own state, the number of later versions, its source."""

    at: datetime
    phase: Phase
    status: str | None = None
    revised: int = 0
    source: str = ""


class CountedIncident(NamedTuple):
    """An incident, or planned work, without what was said; the fields are those of ``Incident``."""

    id: str
    vendor: str
    kind: Kind
    state: State
    severity: str | None
    components: tuple[str, ...]
    steps: tuple[CountedStep, ...]
    impact_started_at: datetime | None = None
    announced_at: datetime | None = None
    first_seen_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    impact_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: seconds where its name ends in ``_s``, a share (0..1) where it ends in ``_share``, a time (seconds
    since 1970, UTC) where it ends in ``_at``, else a count.

    ``formula`` is the same in all rows. ``n`` is how many values it was made of in this row, None where that says
    nothing, and ``of`` what they are: with ``n`` 12 and ``of`` "of 13 incidents", it is known of 12 of 13.
    """

    name: str
    value: float | None
    formula: str
    n: int | None = None
    of: str = ""

    @property
    def known(self) -> str:
        """``12 of 13 incidents``: of how many it is known; '' where that says nothing."""
        return "" if self.n is None else f"{self.n} {self.of}".rstrip()

    @property
    def basis(self) -> str:
        """Its formula, and of how many it is known."""
        return f"{self.formula}, of {self.known}" if self.known else self.formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of one vendor, or of one of its components or months.

    ``component`` and ``month`` are None where the rows are not by these. ``component`` is '' in the row of what names
    none.
    """

    vendor: str
    component: str | None = None
    month: str | None = None
    figures: tuple[Figure, ...] = ()

    def value(self, name: str) -> float | None:
        """The value of a figure."""
        return next((figure.value for figure in self.figures if figure.name == name), None)

    def n(self, name: str) -> int | None:
        """Of how many a figure is known."""
        return next((figure.n for figure in self.figures if figure.name == name), None)
