"""The driver for treadmills with the Fitness Machine Service (FTMS v1.0.1), over any GATT link.

It takes control and never starts, resets or stops anything by itself: the only op codes it writes
are 0x00 on its own account, and 0x02, 0x03, 0x07 and 0x08 for a command that the governor let out.
The order of the writes and the outcomes are ``Procedures``'; here is what waits: links, time-outs,
values.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
)
from quarterturn.port import (
    ControlUnansweredError,
    GattLink,
    LinkError,
    Property,
    RefusedError,
    ReportSink,
)
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms import Characteristic, treadmill_data
from quarterturn.wire.ftms.control_point import (
    OpCode,
    RequestControl,
    Response,
    Result,
    decode_response,
    encode_request,
)
from quarterturn.wire.ftms.feature import (
    decode_feature,
    decode_incline_range,
    decode_speed_range,
)
from quarterturn_drivers.ftms_capabilities import (
    NOTIFIES,
    Declared,
    capabilities_of,
    require_treadmill,
)
from quarterturn_drivers.ftms_commands import att_words, result_words
from quarterturn_drivers.ftms_procedures import Action, Procedures, Write
from quarterturn_drivers.ftms_reports import read_status, read_telemetry, read_training_status

CONNECT_TIMEOUT_S: Final = 30.0
# A read or a subscription on a weak link takes a second or two; the four reads fit into connecting.
_REQUEST_TIMEOUT_S: Final = 5.0
_ANSWER_TIMEOUT_S: Final = 10.0
_WRITE_TIMEOUT_S: Final = 10.0
# How long an answer is waited for that will be asked for again, or that this machine never gives.
_SHORT_ANSWER_S: Final = 2.5
# KingSmith KS-HD-Z1D repeats an old "stopped" when its status is subscribed to, against section
# 4.18.
_REPLAY_S: Final = 2.0
_STOP_FLUSH_S: Final = 2.0
_DISCONNECT_TIMEOUT_S: Final = 10.0

T = TypeVar("T")


class FtmsDriver:
    """Drive one FTMS treadmill over ``link``; reports, notices and outcomes go to ``sink``.

    ``record`` is what is known of the machine; the differences between machines are in it.
    """

    def __init__(self, link: GattLink, record: MachineRecord, sink: ReportSink) -> None:
        self._link = link
        self._record = record
        self._sink = sink
        self._procedures: Procedures | None = None
        self._inbox: list[Permitted] = []
        self._merger = treadmill_data.RecordMerger()
        self._writes: set[asyncio.Task[None]] = set()
        self._stop_writes: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Timeout | None = None
        self._control: asyncio.Future[Response] | None = None
        self._lost = False
        self._replay_until_s = 0.0
        self._commanded = False
        self._first_status = True

    # --- connecting --------------------------------------------------------------------------

    async def connect(self) -> Capabilities:
        """Connect, read what the machine can do, subscribe, take control. Never start the belt.

        Raises:
            LinkError: when there is no connection, or it breaks.
            RefusedError: when the machine refuses control, or is no treadmill.
            TimeoutError: when it says nothing.

        """
        if self._procedures is not None:
            raise LinkError("this driver is connected already: close it first")
        self._lost = False
        self._commanded = False
        self._first_status = True
        self._merger.drop()
        self._procedures = Procedures(self._record)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S) as self._connecting:
                capabilities = await self._connect()
        except BaseException as error:
            cancelled_by_link = _is_cancelled_by_link(error)
            lost = self._lost and isinstance(error, TimeoutError)
            await self.close()
            self._connecting = None
            if lost or cancelled_by_link:
                raise LinkError("the link broke while connecting") from None
            if not isinstance(error, TimeoutError) or error.args:
                raise
            why = f"the treadmill was not ready within {CONNECT_TIMEOUT_S:g} s: is it switched on?"
            raise TimeoutError(why) from None
        self._connecting = None
        return capabilities

    async def _connect(self) -> Capabilities:
        await self._link.connect(self._on_lost)
        found = dict(self._link.characteristics)
        require_treadmill(found)
        declared = await self._read_declared(found)
        loop = asyncio.get_running_loop()
        await self._subscribe(Characteristic.TREADMILL_DATA, self._on_data)
        await self._subscribe(Characteristic.CONTROL_POINT, self._on_control_point)
        notes: list[str] = []
        if found.get(Characteristic.MACHINE_STATUS, Property(0)) & NOTIFIES:
            self._replay_until_s = loop.time() + _REPLAY_S
            status = self._subscribe(Characteristic.MACHINE_STATUS, self._on_status)
            await self._optional(status, "the machine status", notes)
            self._replay_until_s = loop.time() + _REPLAY_S
        else:
            notes.append(
                "the machine tells no status: its console's actions show in the speed alone"
            )
        await self._request_control()
        wants_training = self._record.subscribe_training_status
        if wants_training and found.get(Characteristic.TRAINING_STATUS, Property(0)) & NOTIFIES:
            # Last, because it has cost weak links the connection, and nothing depends on it.
            training = self._subscribe(Characteristic.TRAINING_STATUS, self._on_training_status)
            await self._optional(training, "the training status", notes)
        declared = Declared(
            declared.feature, declared.speed, declared.incline, (*declared.notes, *notes)
        )
        return capabilities_of(declared, self._record)

    async def _read_declared(self, found: dict[int, Property]) -> Declared:
        notes: list[str] = []

        async def read(which: Characteristic, decode: Callable[[bytes], T], what: str) -> T | None:
            if not found.get(which, Property(0)) & Property.READ:
                return None
            value = await self._optional(self._link.read(which), what, notes)
            if value is None:
                return None
            try:
                return decode(value)
            except WireError as error:
                notes.append(f"{what} cannot be read: {error}")
                return None

        feature = await read(Characteristic.FEATURE, decode_feature, "the feature bits")
        speed = await read(Characteristic.SPEED_RANGE, decode_speed_range, "the speed range")
        incline = await read(
            Characteristic.INCLINE_RANGE, decode_incline_range, "the incline range"
        )
        return Declared(feature, speed, incline, tuple(notes))

    async def _subscribe(
        self, characteristic: Characteristic, on_value: Callable[[bytes], None]
    ) -> None:
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                await self._link.subscribe(characteristic, on_value)
        except TimeoutError:
            what = characteristic.name.lower().replace("_", " ")
            raise TimeoutError(f"the treadmill does not answer (subscribing to {what})") from None

    async def _optional(self, request: Awaitable[T], what: str, notes: list[str]) -> T | None:
        """Wait for what may fail; a link that is gone is another matter."""
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                return await request
        except TimeoutError:
            notes.append(f"{what}: the treadmill does not answer")
        except (RefusedError, LinkError) as error:
            if self._lost:
                raise
            notes.append(f"{what}: {error}")
        return None

    async def _request_control(self) -> None:
        """Ask for control (section 4.16.2.1), as often as this machine's record says."""
        record = self._record
        attempts = max(1, record.request_control_attempts)
        for attempt in range(1, attempts + 1):
            last = attempt == attempts and record.answers_request_control
            response = await self._ask_for_control(_ANSWER_TIMEOUT_S if last else _SHORT_ANSWER_S)
            if response is None:
                continue
            if response.result != Result.SUCCESS:
                why = result_words(response.result)
                raise RefusedError(f"no control: {why}", response.result)
            return
        if record.answers_request_control:
            raise ControlUnansweredError(
                "the treadmill does not answer the request for control: "
                "switch it off and on, and close other apps that are connected to it; "
                "a model that never answers needs its machine record, as in ?record=omega-z"
            )

    async def _ask_for_control(self, timeout_s: float) -> Response | None:
        self._control = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await self._link.write(
                    Characteristic.CONTROL_POINT, encode_request(RequestControl())
                )
                return await self._control
        except TimeoutError:
            return None
        except RefusedError as error:
            raise RefusedError(f"no control: {att_words(error.code)}", error.code) from None
        finally:
            self._control = None

    # --- commands ----------------------------------------------------------------------------

    def send(self, permitted: Permitted) -> None:
        """Send a command that the governor let out; its one outcome arrives at the sink."""
        self._inbox.append(permitted)
        # Not from within the caller: an outcome must not come back while the caller is still
        # sending.
        asyncio.get_running_loop().call_soon(self._take_inbox)

    def _take_inbox(self) -> None:
        now_s = asyncio.get_running_loop().time()
        inbox, self._inbox = self._inbox, []
        for permitted in inbox:
            if self._procedures is None or self._lost or self._connecting is not None:
                why = "not sent: the treadmill is not connected"
                self._sink(CommandOutcome(permitted, Outcome.REJECTED, now_s, None, None, why))
            else:
                self._commanded = True
                self._do(self._procedures.send(permitted, now_s))

    def _do(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Write):
                self._start_write(action)
            else:
                self._sink(action)
        self._set_timer()

    def _start_write(self, write: Write) -> None:
        task = asyncio.get_running_loop().create_task(self._write(write))
        kept = self._stop_writes if write.value[0] == OpCode.STOP_OR_PAUSE else self._writes
        kept.add(task)
        task.add_done_callback(kept.discard)

    async def _write(self, write: Write) -> None:
        """Write one value and tell the procedures what became of it; never raise."""
        task = asyncio.current_task()
        procedures = self._procedures
        if task is None or procedures is None:
            return
        now_s = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(_WRITE_TIMEOUT_S):
                await self._link.write(Characteristic.CONTROL_POINT, write.value)
        except RefusedError as error:
            actions = procedures.refused(write.ticket, error.code, now_s())
        except TimeoutError:
            why = f"it was not acknowledged within {_WRITE_TIMEOUT_S:g} s"
            actions = procedures.failed(write.ticket, why, now_s())
        except asyncio.CancelledError:
            if task.cancelling():
                raise
            # A link whose stack cancels its requests when the connection breaks.
            actions = procedures.failed(write.ticket, "it was cancelled by the link", now_s())
        except Exception as error:  # noqa: BLE001 - a link's bug must not cost an outcome
            why = str(error) or type(error).__name__
            actions = procedures.failed(write.ticket, why, now_s())
        else:
            actions = procedures.written(write.ticket, now_s())
        self._do(actions)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_s = None if self._procedures is None else self._procedures.deadline_s
        if due_s is not None:
            self._timer = asyncio.get_running_loop().call_at(due_s, self._on_timer, due_s)

    def _on_timer(self, due_s: float) -> None:
        self._timer = None
        if self._procedures is not None:
            # A loop may call a hair early, within its clock's resolution.
            now_s = max(due_s, asyncio.get_running_loop().time())
            self._do(self._procedures.tick(now_s))

    # --- what the machine says ---------------------------------------------------------------

    def _on_data(self, value: bytes) -> None:
        now_s, procedures = asyncio.get_running_loop().time(), self._procedures
        if procedures is None or self._lost:
            return
        try:
            record = self._merger.feed(treadmill_data.decode(bytes(value)))
        except WireError as error:
            self._malformed(now_s, value, error)
            return
        if record is not None:
            telemetry = read_telemetry(record, self._record, now_s)
            self._sink(telemetry)
            self._do(procedures.reported(telemetry))

    def _on_control_point(self, value: bytes) -> None:
        now_s, procedures = asyncio.get_running_loop().time(), self._procedures
        if procedures is None or self._lost:
            return
        try:
            response = decode_response(bytes(value))
        except WireError as error:
            self._malformed(now_s, value, error)
            return
        control = self._control
        if response.op_code == OpCode.REQUEST_CONTROL and control and not control.done():
            control.set_result(response)
        else:
            self._do(procedures.answered(response, now_s))

    def _on_status(self, value: bytes) -> None:
        now_s, procedures = asyncio.get_running_loop().time(), self._procedures
        if procedures is None or self._lost:
            return
        try:
            notice = read_status(bytes(value), self._record, now_s)
        except WireError as error:
            self._malformed(now_s, value, error)
            return
        first, self._first_status = self._first_status, False
        replayed = first and not self._commanded and now_s < self._replay_until_s
        if replayed and notice.kind in (NoticeKind.STOPPED, NoticeKind.PAUSED):
            text = f"{notice.kind} (repeated by the machine on subscription)"
            self._sink(Notice(now_s, NoticeKind.OTHER, text=text))
            return
        self._sink(notice)
        match notice.kind:
            case NoticeKind.STOPPED | NoticeKind.SAFETY_KEY:
                self._do(procedures.stopped(now_s))
            case NoticeKind.CONTROL_LOST:
                self._do(procedures.control_lost(now_s))
            case _:
                pass

    def _on_training_status(self, value: bytes) -> None:
        if self._procedures is not None and not self._lost:
            self._sink(read_training_status(bytes(value), asyncio.get_running_loop().time()))

    def _malformed(self, now_s: float, value: bytes, error: WireError) -> None:
        text = f"{error} [{bytes(value[:40]).hex()}]"
        self._sink(Notice(now_s, NoticeKind.MALFORMED, text=text))

    # --- the end -----------------------------------------------------------------------------

    def _on_lost(self) -> None:
        procedures = self._procedures
        if procedures is None or self._lost:
            return
        self._lost = True
        now_s = asyncio.get_running_loop().time()
        if self._connecting is not None:
            # Whatever connect() waits for will not come; it turns this into a LinkError.
            if not self._connecting.expired():
                self._connecting.reschedule(now_s)
            return
        for task in (*self._writes, *self._stop_writes):
            task.cancel()
        self._sink(Notice(now_s, NoticeKind.LINK_LOST, text="the link to the treadmill is lost"))
        self._do(procedures.end("the link was lost", now_s))

    async def close(self) -> None:
        """Give the machine back; harmless when not connected. A Stop under way goes out first."""
        self._take_inbox()
        try:
            if self._stop_writes and not self._lost:
                await asyncio.wait(self._stop_writes, timeout=_STOP_FLUSH_S)
        finally:
            await self._tear_down()

    async def _tear_down(self) -> None:
        procedures, self._procedures = self._procedures, None
        if procedures is not None:
            self._do(procedures.end("the driver was closed", asyncio.get_running_loop().time()))
        tasks = (*self._writes, *self._stop_writes)
        for task in tasks:
            task.cancel()
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=_STOP_FLUSH_S)
        finally:
            with contextlib.suppress(TimeoutError, LinkError, RefusedError):
                async with asyncio.timeout(_DISCONNECT_TIMEOUT_S):
                    await self._link.disconnect()


def _is_cancelled_by_link(error: BaseException) -> bool:
    """Say whether nobody asked for it: some stacks cancel requests when the link breaks."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()
