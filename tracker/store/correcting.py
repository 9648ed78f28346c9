"""What people said over the rules: their words are facts, numbered in the order in which they were said."""

from __future__ import annotations

from datetime import datetime

from tracker.errors import AskError
from tracker.models import Correction
from tracker.store import cells
from tracker.store.incidents import correction, correction_row
from tracker.store.writing import Writing


class Correcting(Writing):
    """The part of the store that keeps corrections."""

    def correct(self, said: Correction) -> None:
        """Add a person's word."""
        self.insert("corrections", correction_row(said))

    def corrections(self) -> tuple[tuple[int, str, Correction], ...]:
        """(number, vendor, correction) of all, in order."""
        found = self.db.execute(
            "SELECT c.*, s.vendor FROM corrections c JOIN sources s ON s.id = c.source ORDER BY c.number"
        )
        return tuple((row["number"], row["vendor"], correction(row)) for row in found)

    def corrections_of(self, vendor: str) -> tuple[Correction, ...]:
        """What people said of a vendor's announcements, in order; of two that are another's by now it says nothing."""
        found = self.db.execute(
            "SELECT c.* FROM corrections c JOIN sources s ON s.id = c.source WHERE s.vendor = ?1 "
            "AND COALESCE(c.second_source, c.source) IN (SELECT id FROM sources WHERE vendor = ?1) ORDER BY c.number",
            (vendor,),
        )
        return tuple(correction(row) for row in found)

    def take_back(self, number: int) -> Correction:
        """Take a correction back; AskError where there is none of that number."""
        row = self.db.execute("SELECT * FROM corrections WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise AskError(f"no correction {number}; `tracker correct list` shows them")
        self.db.execute("DELETE FROM corrections WHERE number = ?", (number,))
        return correction(row)

    def told_at(self, said: Correction) -> tuple[tuple[str, datetime, int], ...]:
        """(vendor, when it was first said, versions) of each announcement that it names and that is known here."""
        of = "SELECT vendor, COALESCE(published_at, seen_at), versions FROM announcements WHERE source = ? AND id = ?"
        names = filter(None, (said.first, said.second))
        found = (row for name in names for row in self.db.execute(of, name).fetchall())
        return tuple((vendor, cells.certain(at), versions) for vendor, at, versions in found)
