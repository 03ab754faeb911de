"""What becomes of each command at the control point, as a pure machine that is told the time.

It owns the order of the writes and the outcomes, and nothing else: bytes in and out are the
driver's. The rules and their reasons:

- One procedure at a time, from the write to the 0x80 indication: a machine answers a second one
  with ATT error 0xFE and forgets it (FTMS v1.0.1 section 4.16.4, 4.16.3).
- A Stop waits for nobody. It drops whatever waits, is written at once, and where it bounces with
  0xFE it is written again at the next indication or a second later, three times at most; a machine
  that still owes the answer to another command gets it once more when that comes. An answered Stop
  is never repeated: machines exist that start on it (qdomyos-zwift issue 470). One that is refused
  for lack of control has control requested for it again.
- Success means "target taken" or "started to start", not "done" (FTMS 4.16.2.3, .8, .9). A command
  is confirmed by a report that arrives after it.
- What was not answered in time is unknown and is never sent again. A Start that could not be
  written at once is dropped, because nothing may move by a time-out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quarterturn.model import (
    Command,
    CommandOutcome,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.units import Incline, Speed
from quarterturn.wire.ftms.control_point import (
    OpCode,
    RequestControl,
    Response,
    Result,
    encode_request,
)
from quarterturn_drivers.ftms_commands import (
    ATT_PROCEDURE_IN_PROGRESS,
    ATT_UNLIKELY_ERROR,
    att_words,
    encode_command,
    result_words,
)
from quarterturn_drivers.ftms_orders import (
    ANSWER_TIMEOUT_S,
    Order,
    effect_timeout_s,
    expires_s,
    shows,
)

STOP_ATTEMPTS: Final = 3
STOP_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes for the control point. ``ticket`` comes back with what became of the write."""

    value: bytes
    ticket: int


Action = Write | Notice | CommandOutcome


@dataclass(slots=True, eq=False)
class _Procedure:
    """A write that waits for its indication. ``order`` None: control was requested."""

    op_code: int
    order: Order | None
    ticket: int
    answer_by_s: float
    attempts: int = 1
    retry_s: float | None = None
    retry_at_indication: bool = False


class Procedures:
    """Orders the writes of one connection and tells the outcome of every command, exactly once.

    Each method takes the time of what happened, in seconds, and returns what is to be done: values
    to write and reports to deliver, in order. ``deadline_s`` says when ``tick`` wants to be called.
    """

    def __init__(self, record: MachineRecord) -> None:
        self._record = record
        self._waiting: list[Order] = []
        self._open: list[_Procedure] = []
        self._settling: list[Order] = []
        self._actions: list[Action] = []
        self._tickets = 0
        self._last_write_s: float | None = None
        self._may_control = True
        self._has_control_for: Order | None = None
        self._last_speed: Speed | None = None
        self._last_incline: Incline | None = None

    # --- what happens ------------------------------------------------------------------------

    def send(self, permitted: Permitted, now_s: float) -> list[Action]:
        """Take a command that the governor let out."""
        command = permitted.command
        value = encode_command(command, self._record.target_unit)
        order = Order(permitted, value, queued_s=now_s)
        match command:
            case Stop():
                self._overtake(now_s, (SetSpeed, Start, Stop))
                for waiting in tuple(self._waiting):
                    self._finish(waiting, Outcome.SUPERSEDED, now_s, "overtaken by a Stop")
                self._open = [one for one in self._open if one.op_code != OpCode.STOP_OR_PAUSE]
                self._write_command(order, now_s)
            case Start() if any(isinstance(other.command, Start) for other in self._unfinished()):
                self._reject_unsent(permitted, now_s, "a Start is already on its way")
            case _ if not self._may_control:
                self._reject_unsent(permitted, now_s, "control of the treadmill was lost")
            case Start():
                self._waiting.append(order)
            case SetSpeed() | SetIncline():
                self._overtake(now_s, (type(command),))
                self._waiting.append(order)
        return self._advance(now_s)

    def written(self, ticket: int, now_s: float) -> list[Action]:
        """Note that a write came back well."""
        procedure = self._by_ticket(ticket)
        if procedure is not None:
            if procedure.order is None and not self._record.answers_request_control:
                self._open.remove(procedure)
            elif procedure.order is not None and not self._record.answers_commands:
                self._open.remove(procedure)
                self._settle(procedure.order, now_s)
        return self._advance(now_s)

    def refused(self, ticket: int, code: int | None, now_s: float) -> list[Action]:
        """Note that a write was answered with an ATT error: the procedure never started."""
        procedure = self._by_ticket(ticket)
        if procedure is None:
            return self._advance(now_s)
        bounced = code == ATT_PROCEDURE_IN_PROGRESS and procedure.op_code == OpCode.STOP_OR_PAUSE
        others = any(one is not procedure for one in self._open)
        if bounced and (others or procedure.attempts < STOP_ATTEMPTS):
            if procedure.attempts < STOP_ATTEMPTS:
                procedure.retry_s = now_s + STOP_RETRY_S
            procedure.retry_at_indication = True
            return self._advance(now_s)
        # BlueZ reports a link that died under a request as "unlikely error"; that is no refusal.
        outcome = Outcome.UNKNOWN if code == ATT_UNLIKELY_ERROR else Outcome.REJECTED
        self._abandon(procedure, outcome, now_s, att_words(code))
        return self._advance(now_s)

    def failed(self, ticket: int, why: str, now_s: float) -> list[Action]:
        """Note that a write failed on its way: nobody knows whether the bytes arrived."""
        procedure = self._by_ticket(ticket)
        if procedure is not None:
            self._abandon(procedure, Outcome.UNKNOWN, now_s, f"the write failed: {why}")
        return self._advance(now_s)

    def answered(self, response: Response, now_s: float) -> list[Action]:
        """Take an indication of the control point."""
        op_code, result = response.op_code, response.result
        procedure = next((one for one in self._open if one.op_code == op_code), None)
        if procedure is None:
            self._answer_without_procedure(op_code, result, now_s)
        elif procedure.order is None:
            self._open.remove(procedure)
            if result != Result.SUCCESS:
                self._drop_uncontrolled(result_words(result), now_s)
        elif result == Result.SUCCESS:
            self._open.remove(procedure)
            self._accept(procedure.order, now_s)
        elif self._may_ask_again(procedure, result):
            procedure.retry_s = now_s + STOP_RETRY_S
            procedure.retry_at_indication = True
            self._request_control(now_s)
            return self._advance(now_s)
        else:
            self._abandon(procedure, Outcome.REJECTED, now_s, result_words(result))
        for other in tuple(self._open):
            if other.retry_at_indication and other.order is not None:
                self._retry(other, other.order, now_s)
        return self._advance(now_s)

    def reported(self, telemetry: Telemetry) -> list[Action]:
        """Take a report of the belt, which may be the effect that a command waits for."""
        now_s = telemetry.arrived_s
        if telemetry.speed is not None:
            self._last_speed = telemetry.speed
        if telemetry.incline is not None:
            self._last_incline = telemetry.incline
        for order in tuple(self._settling):
            if shows(telemetry, order.command, self._record.target_unit):
                self._finish(order, Outcome.CONFIRMED, now_s)
        return self._advance(now_s)

    def stopped(self, now_s: float) -> list[Action]:
        """Take the status that the belt was stopped; it may come before the answer to the Stop."""
        for order in self._unfinished():
            if isinstance(order.command, Stop):
                order.stop_announced = True
                if order in self._settling:
                    self._finish(order, Outcome.CONFIRMED, now_s)
        return self._advance(now_s)

    def control_lost(self, now_s: float) -> list[Action]:
        """Take the status that somebody else has control: only Stop is written from now on."""
        self._may_control = False
        for order in tuple(self._waiting):
            self._finish(order, Outcome.REJECTED, now_s, "control of the treadmill was lost")
        return self._advance(now_s)

    def end(self, why: str, now_s: float) -> list[Action]:
        """Close the books: nothing is written any more, and what is open stays unknown."""
        self._may_control = False
        for order in self._unfinished():
            outcome = Outcome.REJECTED if order.sent_s is None else Outcome.UNKNOWN
            self._finish(order, outcome, now_s, why)
        self._open.clear()
        return self._taken()

    def tick(self, now_s: float) -> list[Action]:
        """Let time pass."""
        return self._advance(now_s)

    @property
    def deadline_s(self) -> float | None:
        """When ``tick`` is due; None while nothing is open."""
        due = [order.effect_by_s for order in self._settling]
        due += [one.answer_by_s for one in self._open]
        due += [one.retry_s for one in self._open if one.retry_s is not None]
        due += [expires_s(order) for order in self._waiting]
        if self._waiting and not self._open:
            due.append(self._free_at_s())
        return min(due, default=None)

    # --- how it goes on ----------------------------------------------------------------------

    def _advance(self, now_s: float) -> list[Action]:
        for order in tuple(self._settling):
            if now_s >= order.effect_by_s:
                self._finish(order, Outcome.UNKNOWN, now_s, self._no_effect(order))
        for procedure in tuple(self._open):
            if now_s >= procedure.answer_by_s:
                why = f"no answer within {ANSWER_TIMEOUT_S:g} s"
                self._abandon(procedure, Outcome.UNKNOWN, now_s, why)
            elif procedure.retry_s is not None and procedure.order and now_s >= procedure.retry_s:
                self._retry(procedure, procedure.order, now_s)
        for order in tuple(self._waiting):
            if now_s >= expires_s(order):
                why = "not sent: the treadmill was busy with an earlier command"
                self._finish(order, Outcome.REJECTED, now_s, why)
        if self._waiting and not self._open and now_s >= self._free_at_s():
            order = self._waiting[0]
            if self._record.request_control_before_each and self._has_control_for is not order:
                self._has_control_for = order
                self._request_control(now_s)
            else:
                self._waiting.pop(0)
                self._write_command(order, now_s)
        return self._taken()

    def _taken(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions

    def _free_at_s(self) -> float:
        if self._last_write_s is None:
            return -float("inf")
        return self._last_write_s + self._record.command_gap_s

    def _write_command(self, order: Order, now_s: float) -> None:
        order.sent_s = now_s
        early = now_s < self._free_at_s()
        procedure = self._begin(order.value, order, now_s)
        # A machine that loses commands which come too quickly may lose this one (qdomyos-zwift
        # issue 470): a Stop, which alone does not wait for the gap, is said again after it if
        # unanswered.
        if early:
            procedure.retry_s = self._free_at_s()

    def _request_control(self, now_s: float) -> None:
        self._begin(encode_request(RequestControl()), None, now_s)

    def _begin(self, value: bytes, order: Order | None, now_s: float) -> _Procedure:
        procedure = _Procedure(value[0], order, self._write(value, now_s), now_s + ANSWER_TIMEOUT_S)
        self._open.append(procedure)
        return procedure

    def _retry(self, procedure: _Procedure, order: Order, now_s: float) -> None:
        procedure.attempts += 1
        procedure.retry_s = None
        procedure.retry_at_indication = False
        procedure.ticket = self._write(order.value, now_s)

    def _write(self, value: bytes, now_s: float) -> int:
        self._tickets += 1
        self._last_write_s = now_s
        self._actions.append(Write(value, self._tickets))
        return self._tickets

    def _may_ask_again(self, procedure: _Procedure, result: int) -> bool:
        """Say whether a Stop was refused for lack of control, which is then asked for again.

        A client that has lost control cannot stop the belt (FTMS 4.16.2.9); whoever took it may not
        know that somebody walks there. Control is taken back for a Stop, and for nothing else.
        """
        return (
            procedure.op_code == OpCode.STOP_OR_PAUSE
            and result == Result.CONTROL_NOT_PERMITTED
            and procedure.attempts < STOP_ATTEMPTS
        )

    def _accept(self, order: Order, now_s: float) -> None:
        text = "" if not order.finished else "answered after its outcome was told"
        self._actions.append(Notice(now_s, NoticeKind.ACCEPTED, command=order.command, text=text))
        if not order.finished:
            order.answered_s = now_s
            self._settle(order, now_s)

    def _settle(self, order: Order, now_s: float) -> None:
        if order.finished:
            return
        if order.stop_announced:
            self._finish(order, Outcome.CONFIRMED, now_s)
            return
        if isinstance(order.command, SetIncline) and self._last_incline is None:
            why = "confirmed by its answer alone: the treadmill does not report its incline"
            self._finish(order, Outcome.CONFIRMED, now_s, why)
            return
        order.effect_by_s = now_s + effect_timeout_s(
            order.command, self._record, self._last_speed, self._last_incline
        )
        self._settling.append(order)

    def _no_effect(self, order: Order) -> str:
        if order.answered_s is None:
            return "no effect seen"
        if isinstance(order.command, Stop) and self._record.silent_when_stopped:
            return "accepted, no effect seen; this treadmill sends nothing while it stands"
        return "accepted, no effect seen"

    def _overtake(self, now_s: float, kinds: tuple[type[Command], ...]) -> None:
        for order in self._unfinished():
            if isinstance(order.command, kinds):
                self._finish(order, Outcome.SUPERSEDED, now_s, "overtaken by a later command")

    def _abandon(self, procedure: _Procedure, outcome: Outcome, now_s: float, why: str) -> None:
        self._open.remove(procedure)
        if procedure.order is None:
            self._drop_uncontrolled(why, now_s)
        else:
            self._finish(procedure.order, outcome, now_s, why)

    def _drop_uncontrolled(self, why: str, now_s: float) -> None:
        """Reject the command for which control was requested in vain."""
        order, self._has_control_for = self._has_control_for, None
        if order is not None and order.sent_s is None:
            self._finish(order, Outcome.REJECTED, now_s, f"not sent: {why}")

    def _finish(self, order: Order, outcome: Outcome, now_s: float, detail: str = "") -> None:
        if order.finished:
            return
        order.finished = True
        if order in self._waiting:
            self._waiting.remove(order)
        if order in self._settling:
            self._settling.remove(order)
        self._actions.append(
            CommandOutcome(order.permitted, outcome, now_s, order.sent_s, order.answered_s, detail)
        )
        failed = outcome in (Outcome.REJECTED, Outcome.UNKNOWN)
        if failed and isinstance(order.command, Start):
            self._drop_speeds_behind_a_failed_start(now_s)

    def _drop_speeds_behind_a_failed_start(self, now_s: float) -> None:
        """Reject waiting speeds, because some machines start on a target speed alone."""
        for order in tuple(self._waiting):
            if isinstance(order.command, SetSpeed):
                why = "not sent: the Start before it did not succeed"
                self._finish(order, Outcome.REJECTED, now_s, why)

    def _reject_unsent(self, permitted: Permitted, now_s: float, why: str) -> None:
        self._actions.append(
            CommandOutcome(permitted, Outcome.REJECTED, now_s, None, None, f"not sent: {why}")
        )

    def _answer_without_procedure(self, op_code: int, result: int, now_s: float) -> None:
        text = f"an answer that nothing waits for: op code 0x{op_code:02X}, result 0x{result:02X}"
        for order in tuple(self._settling):
            # A machine recorded as mute may still say no.
            if order.value[0] == op_code and order.answered_s is None:
                if result == Result.SUCCESS:
                    order.answered_s = now_s
                    text = ""
                    self._actions.append(Notice(now_s, NoticeKind.ACCEPTED, command=order.command))
                else:
                    self._finish(order, Outcome.REJECTED, now_s, result_words(result))
                return
        self._actions.append(Notice(now_s, NoticeKind.OTHER, text=text))

    def _unfinished(self) -> Sequence[Order]:
        opened = [one.order for one in self._open if one.order is not None]
        return [one for one in (*self._settling, *opened, *self._waiting) if not one.finished]

    def _by_ticket(self, ticket: int) -> _Procedure | None:
        return next((one for one in self._open if one.ticket == ticket), None)
