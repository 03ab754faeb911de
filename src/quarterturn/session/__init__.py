"""One walk of a plan: states, phase clock, choreography, and what people may ask."""

from quarterturn.session.course import COUNTDOWN_S, READY_TIMEOUT_S
from quarterturn.session.machine import Session
from quarterturn.session.table import TRANSITIONS, IllegalTransitionError, State, Trigger
from quarterturn.session.vocabulary import Answer, Ending, Event, Intent, Purpose

__all__ = [
    "COUNTDOWN_S",
    "READY_TIMEOUT_S",
    "TRANSITIONS",
    "Answer",
    "Ending",
    "Event",
    "IllegalTransitionError",
    "Intent",
    "Purpose",
    "Session",
    "State",
    "Trigger",
]
