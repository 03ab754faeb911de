"""What has happened to a peripheral, as events, found by comparing it with what it was."""

from collections.abc import Mapping

from quarterturn_simulator.ftms_peripheral import FtmsPeripheral
from quarterturn_simulator.machine import RunState

Event = Mapping[str, object]


class Changes:
    """Tells of a peripheral's control, run state, targets and safety key whenever they change."""

    def __init__(self, peripheral: FtmsPeripheral) -> None:
        self._peripheral = peripheral
        self._told = self._look()

    def since_last(self) -> list[Event]:
        """Return what has changed since it was asked last, in an order that makes sense."""
        now, before, self._told = self._look(), self._told, self._look()
        return [
            event
            for name, event in now.items()
            if event != before[name] and not (name == "target_speed" and self._rests)
        ]

    @property
    def _rests(self) -> bool:
        """Whether the machine is stopped: the target that it forgets then is no news."""
        machine = self._peripheral.machine
        return machine.state is RunState.STOPPED and machine.target_kmh == 0

    def _look(self) -> dict[str, Event]:
        machine = self._peripheral.machine
        events: list[dict[str, object]] = [
            {"event": "control", "client": self._peripheral.control.holder},
            {"event": "safety_key", "in": machine.key_in},
            {"event": "state", "state": machine.state.name.lower()},
            {"event": "target_speed", "speed_kmh": round(machine.target_kmh, 2)},
            {"event": "target_incline", "incline_pct": round(machine.target_incline_pct, 1)},
        ]
        return {str(event["event"]): event for event in events}
