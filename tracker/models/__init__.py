"""What passes between the stages: frozen values, aware UTC datetimes, tuples.

Every stage imports this room and no other stage. All times are UTC and aware, all durations are seconds. ``None`` means
unknown: no value is ever made up. Making one of these classes takes a millisecond, so each file is loaded when one of
its names is first asked for: ``tracker timeline`` needs few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.on_demand import on_demand

if TYPE_CHECKING:
    from tracker.models.announcements import FORGOTTEN as FORGOTTEN
    from tracker.models.announcements import Announcement as Announcement
    from tracker.models.announcements import Window as Window
    from tracker.models.corrections import Action as Action
    from tracker.models.corrections import Correction as Correction
    from tracker.models.figures import CountedIncident as CountedIncident
    from tracker.models.figures import CountedStep as CountedStep
    from tracker.models.figures import Figure as Figure
    from tracker.models.figures import Row as Row
    from tracker.models.incidents import SEEN as SEEN
    from tracker.models.incidents import Incident as Incident
    from tracker.models.incidents import Kind as Kind
    from tracker.models.incidents import State as State
    from tracker.models.incidents import Step as Step
    from tracker.models.naming import Name as Name
    from tracker.models.naming import incident_id as incident_id
    from tracker.models.polls import MOVED_TIMES as MOVED_TIMES
    from tracker.models.polls import Answer as Answer
    from tracker.models.polls import Document as Document
    from tracker.models.polls import Due as Due
    from tracker.models.polls import Known as Known
    from tracker.models.polls import PastPage as PastPage
    from tracker.models.polls import PollState as PollState
    from tracker.models.polls import Request as Request
    from tracker.models.said import Absence as Absence
    from tracker.models.said import AbsenceKind as AbsenceKind
    from tracker.models.said import Listing as Listing
    from tracker.models.said import Reading as Reading
    from tracker.models.said import Revision as Revision
    from tracker.models.said import Told as Told
    from tracker.models.sources import Health as Health
    from tracker.models.sources import Source as Source
    from tracker.models.sources import SourceHealth as SourceHealth
    from tracker.models.sources import Vendor as Vendor
    from tracker.models.sources import place_of as place_of
    from tracker.models.states import ENDS_ABROAD as ENDS_ABROAD
    from tracker.models.states import STATES_ABROAD as STATES_ABROAD
    from tracker.models.states import WORK_DONE_ABROAD as WORK_DONE_ABROAD
    from tracker.models.verdicts import Phase as Phase
    from tracker.models.verdicts import Verdict as Verdict
    from tracker.models.watches import DECLARED as DECLARED
    from tracker.models.watches import SEVERITIES as SEVERITIES
    from tracker.models.watches import Watch as Watch
    from tracker.models.watches import matches as matches

_FILES = {
    "announcements": "FORGOTTEN Announcement Window",
    "corrections": "Action Correction",
    "figures": "CountedIncident CountedStep Figure Row",
    "incidents": "SEEN Incident Kind State Step",
    "naming": "Name incident_id",
    "polls": "MOVED_TIMES Answer Document Due Known PastPage PollState Request",
    "said": "Absence AbsenceKind Listing Reading Revision Told",
    "sources": "Health Source SourceHealth Vendor place_of",
    "states": "ENDS_ABROAD STATES_ABROAD WORK_DONE_ABROAD",
    "verdicts": "Phase Verdict",
    "watches": "DECLARED SEVERITIES Watch matches",
}

if not TYPE_CHECKING:
    __getattr__ = on_demand(__name__, {name: file for file, names in _FILES.items() for name in names.split()})
