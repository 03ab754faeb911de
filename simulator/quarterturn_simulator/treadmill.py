"""A simulated treadmill in a tester's hands: links to connect to, buttons to press, a key to pull.

treadmill = SimulatedTreadmill(quirks=["start-toggles"], latency=1.4)
link = treadmill.link()
await link.connect(on_lost)
await link.subscribe(0x2AD9, on_answer)
await link.write(0x2AD9, bytes.fromhex("00"))
treadmill.console.press_stop()
"""

import asyncio
import math
from collections.abc import Iterable

from quarterturn.wire.ftms import Characteristic
from quarterturn_simulator.air import Air
from quarterturn_simulator.control import Button
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral, Output
from quarterturn_simulator.links import SimulatedLink
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.quirks import with_quirks
from quarterturn_simulator.settings import DEFAULT, changed, with_options
from quarterturn_simulator.walker import Walker

_ASK_AGAIN_S = 0.1
_OTHER_APP = 0  # the number of the client that has no link; links count from 1


class SimulatedTreadmill:
    """A treadmill on the running event loop, with any number of links at once.

    ``options`` are those of a treadmill URL: ``min``, ``max``, ``step``, ``latency``, ``rate`` ...

    Raises:
        ValueError: when a quirk or an option is unknown, or its value absurd.

    """

    def __init__(
        self, *, quirks: Iterable[str] = (), seed: int = 0, **options: float | str
    ) -> None:
        texts = [(name, str(value)) for name, value in options.items()]
        settings = with_options(with_quirks(DEFAULT, quirks), texts)
        self.walker = Walker(seed)
        self.peripheral = FtmsPeripheral(settings, seed=seed, pulse=self.walker.heart_rate_bpm)
        self.air = Air(self.peripheral)
        self.console = Console(self.air, self.peripheral)

    def link(self) -> SimulatedLink:
        """Return a new link to this treadmill, not yet connected."""
        return SimulatedLink(self.air)

    # --- what a bystander sees -------------------------------------------------------------------

    @property
    def belt_speed_kmh(self) -> float:
        """The true speed of the belt, whatever the reports say."""
        return self.peripheral.machine.belt.speed_at(self.air.now_s())

    @property
    def incline_pct(self) -> float:
        """The true incline of the deck."""
        return self.peripheral.machine.belt.incline_at(self.air.now_s())

    @property
    def distance_m(self) -> float:
        """How far the belt has run since it was built."""
        return self.peripheral.machine.belt.distance_at(self.air.now_s())

    @property
    def state(self) -> RunState:
        """What the machine believes that it is doing."""
        return self.peripheral.machine.state

    # --- what a bystander does -------------------------------------------------------------------

    def pull_safety_key(self) -> None:
        """Pull the safety key: the belt stands at once and cannot be started."""
        self.air.act(self.peripheral.pull_key)

    def insert_safety_key(self) -> None:
        """Put the safety key back, which starts nothing."""
        self.air.act(self.peripheral.insert_key)

    # --- what goes wrong -------------------------------------------------------------------------

    def change(self, **settings: object) -> None:
        """Change settings of the running machine, by their names in ``Settings``."""
        machine = self.peripheral.machine
        machine.settings = changed(machine.settings, settings)

    def lose_links(self, unreachable_s: float = math.inf) -> None:
        """Lose every link, and answer no connection for a while."""
        self.air.lose_all(unreachable_s)

    def fade_links(self, silent_s: float, unreachable_s: float) -> None:
        """Have nothing come through any link, and only then lose them all."""
        self.air.fade(silent_s, unreachable_s)

    def run_away(self) -> None:
        """Let the belt speed up by itself; targets no longer matter, Stop and the key do."""
        self.change(obeys_targets=False)
        self.air.act(self.peripheral.run_away)

    def give_control_to_another_app(self) -> None:
        """Let another client connect and request control, again where the machine is busy."""
        self.air.act(self._connect_other_app)
        self._ask_for_other_app()

    def _connect_other_app(self, now_s: float) -> list[Output]:
        self.peripheral.connect(now_s, _OTHER_APP)
        return self.peripheral.subscribe(now_s, Characteristic.CONTROL_POINT, _OTHER_APP)

    def _ask_for_other_app(self) -> None:
        if self.air.write(Characteristic.CONTROL_POINT, b"\0", _OTHER_APP) is not None:
            asyncio.get_running_loop().call_later(_ASK_AGAIN_S, self._ask_for_other_app)


class Console:
    """The buttons of a simulated treadmill, for whoever stands beside it."""

    def __init__(self, air: Air, peripheral: FtmsPeripheral) -> None:
        self._air = air
        self._peripheral = peripheral

    def press_start(self) -> None:
        """Start or resume; nothing while it runs or the safety key is out."""
        self._press(Button.START)

    def press_stop(self) -> None:
        """Stop."""
        self._press(Button.STOP)

    def press_pause(self) -> None:
        """Pause a running belt."""
        self._press(Button.PAUSE)

    def press_faster(self) -> None:
        """Raise the target speed by one step."""
        self._press(Button.FASTER)

    def press_slower(self) -> None:
        """Lower the target speed by one step, down to the lowest."""
        self._press(Button.SLOWER)

    def press_incline_up(self) -> None:
        """Raise the target incline by one step."""
        self._press(Button.INCLINE_UP)

    def press_incline_down(self) -> None:
        """Lower the target incline by one step."""
        self._press(Button.INCLINE_DOWN)

    def push_paddle(self) -> None:
        """Agree to the change of speed that waits for it."""
        self._press(Button.CONSENT)

    def revoke_control(self) -> None:
        """Take the control away from whichever client has it."""
        self._air.act(self._peripheral.revoke_control)

    def _press(self, button: Button) -> None:
        self._air.act(lambda now_s: self._peripheral.press(now_s, button))
