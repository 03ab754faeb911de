"""A bench for the pure peripheral: clients that subscribe to everything, and time told by hand."""

from quarterturn_simulator.control import Button
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral, Output, WriteAnswer
from quarterturn_simulator.quirks import with_quirks
from quarterturn_simulator.settings import DEFAULT, changed

DATA, TRAINING, CONTROL, STATUS = 0x2ACD, 0x2AD3, 0x2AD9, 0x2ADA


class Bench:
    """``log`` holds what came out: (due second, client, characteristic, value in hex)."""

    def __init__(self, *quirks: str, clients: int = 1, seed: int = 0, **settings: object) -> None:
        odd = changed(with_quirks(DEFAULT, quirks), settings)
        self.peripheral = FtmsPeripheral(odd, seed=seed)
        self.machine = self.peripheral.machine
        self.now_s = 0.0
        self.log: list[tuple[float, int, int, str]] = []
        for client in range(1, clients + 1):
            self.peripheral.connect(self.now_s, client)
            for characteristic in (CONTROL, STATUS, TRAINING, DATA):
                self._note(self.peripheral.subscribe(self.now_s, characteristic, client))

    def run(self, seconds: float) -> None:
        self.now_s = round(self.now_s + seconds, 6)
        self._note(self.peripheral.advance(self.now_s))

    def write(self, value: str, client: int = 1) -> str | None:
        """Write in hex; wait 0.1 s; return the indication in hex, ``att xx``, or None."""
        before = len(self.log)
        outputs = self.peripheral.handle(self.now_s, CONTROL, bytes.fromhex(value), client)
        (answer,) = [each for each in outputs if isinstance(each, WriteAnswer)]
        self._note([each for each in outputs if isinstance(each, Output)])
        self.run(0.1)
        if answer.error is not None:
            return f"att {answer.error:02x}"
        answers = [v for _, c, ch, v in self.log[before:] if (c, ch) == (client, CONTROL)]
        return answers[0] if answers else None

    def press(self, button: Button) -> None:
        self._note(self.peripheral.press(self.now_s, button))

    def pull_key(self) -> None:
        self._note(self.peripheral.pull_key(self.now_s))

    def revoke(self) -> None:
        self._note(self.peripheral.revoke_control(self.now_s))

    def walk(self, value: str = "02c800") -> None:
        """Take control, start, set a target (2.0 km/h); come back with the belt at it."""
        assert self.write("00") in ("800001", None)
        assert self.write("07") == "800701"
        assert self.write(value) == "800201"
        self.run(14.7)

    def said(self, characteristic: int, client: int = 1) -> list[str]:
        return [v for _, c, ch, v in self.log if (c, ch) == (client, characteristic)]

    def reports(self) -> list[str]:
        return self.said(DATA)

    @property
    def speed_kmh(self) -> float:
        return round(self.machine.belt.speed_at(self.now_s), 3)

    def _note(self, outputs: list[Output]) -> None:
        for output in outputs:
            assert isinstance(output, Output)
            entry = (output.due_s, output.client, output.characteristic, output.value.hex())
            self.log.append(entry)
