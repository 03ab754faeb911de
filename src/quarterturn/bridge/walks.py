"""One errand on one treadmill: its journal, its plan, and what walks it."""

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType

from quarterturn.bridge.errand import Errand, decode_errand
from quarterturn.bridge.journal import JournalWriter, default_folder, kept, new_journal
from quarterturn.bridge.recording import Recording
from quarterturn.bridge.runtime import Runtime
from quarterturn.bridge.spoken import script_of
from quarterturn.exit_codes import UsageError
from quarterturn.model import Capabilities
from quarterturn.opening import Treadmill, open_sensors
from quarterturn.plan import Plan, make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.session.vocabulary import Event
from quarterturn.speech.voice import Script


class Walk:
    """What an errand needs to be walked; a context in which its journal is kept.

    ``runtime`` is to be connected, and closed, by whoever walks. Make it on a running loop.

    Raises:
        UsageError: when the errand cannot be understood.
        ValueError, JournalError, OSError: when a sensor is none, or no journal can be kept.

    """

    def __init__(
        self,
        value: Mapping[str, object],
        treadmill: Treadmill,
        on_event: Callable[[Event], None],
        complain: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        try:
            self._errand = decode_errand(value)
        except ValueError as error:
            raise UsageError(f"the errand cannot be understood: {error}") from None
        self._treadmill = treadmill
        self._plan: tuple[Plan, Capabilities] | None = None
        sensors = {each.name: each.open_sensor for each in open_sensors(self._errand.sensors)}
        writer = _journal(self._errand, treadmill, complain, now())
        self.journal: Path = writer.path
        self._context = contextlib.ExitStack()
        recording = Recording(self._context.enter_context(kept(writer)), treadmill.url.driver)
        around = treadmill.around(recording.link, recording.drivers)
        self.runtime = Runtime(
            around.open_driver,
            treadmill.record,
            on_event=on_event,
            record=recording.record,
            sensors=sensors,
            book=self._errand.book,
        )

    def __enter__(self) -> "Walk":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._context.__exit__(kind, error, traceback)

    @property
    def workout(self) -> str:
        """The name of what is walked."""
        return self._errand.workout.name

    @property
    def language(self) -> str:
        """What the walker hears."""
        return self._errand.book.language

    def plan(self, capabilities: Capabilities) -> dict[str, object]:
        """Make the plan for the machine that was found; return it as it is shown.

        Raises:
            PlanRefused: when nothing can be walked on it.

        """
        errand = self._errand
        plan = make_plan(
            errand.workout,
            errand.profile,
            capabilities,
            year=errand.year,
            record=self._treadmill.record,
        )
        self._plan = (plan, capabilities)
        return PlanSheet.of(plan, errand.profile.body_mass_kg).as_object()

    def script(self) -> Script:
        """Return the planned walk as the voice needs it."""
        if self._plan is None:
            raise RuntimeError("nothing is planned")
        return script_of(self._errand, self._plan[0], simulated=self._treadmill.simulated)

    async def to_its_end(self) -> Event:
        """Walk the plan and return the ``end`` event: see `Runtime.walk`."""
        if self._plan is None:
            raise RuntimeError("nothing is planned")
        return await self.runtime.walk(*self._plan)


def _journal(
    errand: Errand, treadmill: Treadmill, complain: Callable[[str], None], now: datetime
) -> JournalWriter:
    sensors = {name or url: url for name, url in errand.sensors}
    header = {
        "started": now.isoformat(timespec="seconds"),
        "workout": errand.workout.name,
        "treadmill": str(treadmill.url),
        **({"sensors": sensors} if sensors else {}),
        **errand.header,
    }
    if errand.journal is not None:
        return new_journal(errand.journal, header, complain)
    return JournalWriter.create(default_folder(), errand.workout.name, now, header, complain)
