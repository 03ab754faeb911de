"""One walk of a plan: states, phase clock, choreography, and what people may ask.

What clients need, the words and the table, comes without the machine that walks:
`quarterturn.session.machine`.
"""

from quarterturn.session.table import TRANSITIONS, IllegalTransitionError, State, Trigger
from quarterturn.session.vocabulary import Answer, Ending, Event, Intent, Purpose

__all__ = [
    "TRANSITIONS",
    "Answer",
    "Ending",
    "Event",
    "IllegalTransitionError",
    "Intent",
    "Purpose",
    "State",
    "Trigger",
]
