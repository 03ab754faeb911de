"""The person beside a simulated belt that nobody is on: looks, presses, answers what was seen."""

import asyncio
from collections.abc import Mapping

from quarterturn_simulator.treadmill import SimulatedTreadmill

# How long a person takes to reach for a button.
_REACH_S = 2.0
_STILL_KMH = 0.005


class Onlooker:
    """Watches the steps of a trial and answers the questions behind it.

    What is not a matter of seeing is answered with yes.
    """

    def __init__(self, treadmill: SimulatedTreadmill) -> None:
        self._treadmill = treadmill
        self._console_kmh = 0.0
        self._moved_under_zero = False

    def see(self, event: Mapping[str, object]) -> None:
        """Take in what is said to the person, and do what it asks."""
        match event:
            case {"event": "trial", "step": "look"}:
                self._console_kmh = self._treadmill.belt_speed_kmh
            case {"event": "trial", "step": "zero"}:
                self._moved_under_zero = self._treadmill.belt_speed_kmh > _STILL_KMH
            case {"event": "trial", "step": "press_pause"}:
                press = self._treadmill.console.press_pause
                asyncio.get_running_loop().call_later(_REACH_S, press)
            case _:
                pass

    def answer(self, topic: str) -> str:
        """Return what the person answers to a question of the onboarding."""
        moves = self._treadmill.belt_speed_kmh > _STILL_KMH
        match topic:
            case "console":
                return f"{self._console_kmh:.2f} km/h"
            case "zero_moved":
                return "yes" if self._moved_under_zero else "no"
            case "zero_for":
                return "unknown"
            case "stands":
                return "no" if moves else "yes"
            case "link_seen" if moves:
                self._treadmill.pull_safety_key()  # as one is told there
                return "ran on"
            case "link_seen":
                return "stopped"
            case _:
                return "yes"
