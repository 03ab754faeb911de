"""Commands on the wire and what becomes of them, in virtual time over a fake link."""

import asyncio

import pytest

from quarterturn.model import (
    MachineRecord,
    NoticeKind,
    SetIncline,
    SetSpeed,
    SpeedUnit,
    Start,
    Stop,
)
from quarterturn.port import LinkError, RefusedError
from quarterturn.units import Incline, Speed
from unit.drivers.fake_link import HANG, SILENCE, Bench, FakeLink, kmh, pct

BUSY = RefusedError("procedure already in progress", 0xFE)


# --- bytes (FTMS v1.0.1 section 4.16.2) ----------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "golden"),
    [
        (Start(), "07"),
        (Stop(), "0801"),
        (SetSpeed(Speed(100)), "026400"),
        (SetSpeed(Speed(0)), "020000"),
        (SetSpeed(Speed(1605)), "024506"),
        (SetIncline(Incline(0)), "030000"),
        (SetIncline(Incline(15)), "030f00"),
        (SetIncline(Incline(-10)), "03f6ff"),
    ],
)
async def test_each_command_leaves_as_the_bytes_of_the_specification(
    command: Start | Stop | SetSpeed | SetIncline, golden: str
) -> None:
    bench = await Bench().connected()
    bench.send(command)
    await asyncio.sleep(0.1)
    assert bench.bytes_out == [golden]
    await bench.driver.close()


@pytest.mark.parametrize(
    ("centi_kmh", "golden"),
    [
        (100, "023c00"),  # 0.6213 mph -> 0.60
        (161, "026400"),  # 1.0004 mph -> 1.00
        (160, "025a00"),  # 0.9942 mph -> 0.90
        (0, "020000"),
    ],
)
async def test_a_machine_that_reads_mph_gets_the_tenth_of_a_mile_below_in_hundredths(
    centi_kmh: int, golden: str
) -> None:
    bench = await Bench(MachineRecord(target_unit=SpeedUnit.MPH)).connected()
    bench.send(SetSpeed(Speed(centi_kmh)))
    await asyncio.sleep(0.1)
    assert bench.bytes_out == [golden]
    await bench.driver.close()


async def test_a_speed_in_mph_is_confirmed_by_what_it_became() -> None:
    bench = await Bench(MachineRecord(target_unit=SpeedUnit.MPH)).connected()
    bench.send(SetSpeed(Speed(160)))  # 0.90 mph, which is 1.45 km/h
    await asyncio.sleep(0.1)
    bench.link.report(1.60)
    assert bench.outcomes == []
    bench.link.report(1.45)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


# --- outcomes ------------------------------------------------------------------------------------


async def test_a_speed_is_confirmed_by_success_and_a_later_report_within_a_tenth() -> None:
    bench = await Bench().connected()
    sent = bench.send(kmh(2.0))
    await asyncio.sleep(0.02)
    bench.link.report(2.0)  # before the answer: proves nothing
    await asyncio.sleep(0.1)
    (accepted,) = bench.notices(NoticeKind.ACCEPTED)
    assert accepted.command == sent.command
    bench.link.report(1.89)
    await asyncio.sleep(1)
    assert bench.outcomes == []
    bench.link.report(1.9)
    (outcome,) = bench.outcomes
    assert outcome.outcome == "confirmed"
    assert outcome.permitted is sent
    assert outcome.sent_s is not None
    assert outcome.answered_s == accepted.arrived_s
    assert outcome.sent_s < accepted.arrived_s < outcome.known_s
    await bench.driver.close()


async def test_success_without_effect_is_unknown_after_the_deadline_and_never_sent_again() -> None:
    bench = await Bench(MachineRecord(latency_s=1.0, ramp_kmh_per_s=1.0)).connected()
    bench.send(kmh(2.0))
    for _ in range(12):
        await asyncio.sleep(1)
        bench.link.report(0.5)
    (outcome,) = bench.outcomes
    assert outcome.outcome == "unknown"
    assert outcome.detail == "accepted, no effect seen"
    assert outcome.sent_s is not None
    assert outcome.known_s - outcome.sent_s == pytest.approx(10.05, abs=0.01)
    await asyncio.sleep(60)
    assert bench.bytes_out == ["02c800"]
    await bench.driver.close()


async def test_a_slow_machine_is_given_its_latency_and_ramp() -> None:
    bench = await Bench(MachineRecord(latency_s=3.0, ramp_kmh_per_s=0.25)).connected()
    bench.link.report(1.0)
    bench.send(kmh(4.0))  # 3 s + 3 km/h at 0.25 km/h per s = 15 s
    await asyncio.sleep(14)
    assert bench.outcomes == []
    bench.link.report(4.0)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (0x02, "does not know this command"),
        (0x03, "does not take this value"),
        (0x04, "could not do it"),
        (0x05, "another app or its console"),
        (0x77, "no meaning in the standard"),
    ],
)
async def test_a_result_other_than_success_rejects_in_words(result: int, words: str) -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [result]
    bench.send(kmh(2.0))
    await asyncio.sleep(0.1)
    (outcome,) = bench.outcomes
    assert outcome.outcome == "rejected"
    assert words in outcome.detail
    assert f"0x{result:02X}" in outcome.detail
    await bench.driver.close()


async def test_a_response_with_extra_octets_is_a_response() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [SILENCE]
    bench.send(kmh(2.0))
    await asyncio.sleep(0.1)
    bench.link.indicate("800201beef")
    bench.link.report(2.0)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


@pytest.mark.parametrize(
    ("fault", "outcome", "words"),
    [
        (RefusedError("x", 0x05), "rejected", "paired"),
        (RefusedError("x", 0x0F), "rejected", "paired"),
        (RefusedError("x", 0xFD), "rejected", "subscribed"),
        (BUSY, "rejected", "busy"),
        (RefusedError("x", 0x0E), "unknown", "0x0E"),
        (RefusedError("x"), "rejected", "refused the write"),
        (LinkError("stack trouble"), "unknown", "stack trouble"),
        (OSError("radio gone"), "unknown", "radio gone"),
        (KeyError("a bug"), "unknown", "a bug"),
        (asyncio.CancelledError(), "unknown", "cancelled by the link"),
    ],
)
async def test_a_write_that_fails_has_an_outcome_in_words(
    fault: BaseException, outcome: str, words: str
) -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [fault]
    bench.send(kmh(2.0))
    await asyncio.sleep(0.1)
    (told,) = bench.outcomes
    assert told.outcome == outcome
    assert words in told.detail
    await bench.driver.close()


@pytest.mark.parametrize("reply", [SILENCE, HANG])
async def test_no_answer_within_ten_seconds_is_unknown_and_the_queue_goes_on(
    reply: str | None,
) -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [reply, 0x01]
    bench.send(kmh(2.0))
    await asyncio.sleep(5)
    bench.send(pct(1.0))
    await asyncio.sleep(4.9)
    assert bench.outcomes == []
    assert bench.bytes_out == ["02c800"]
    await asyncio.sleep(0.2)
    assert bench.results == ["unknown", "confirmed"]
    assert "10 s" in bench.outcomes[0].detail
    assert bench.bytes_out == ["02c800", "030a00"]
    await bench.driver.close()


async def test_a_late_answer_is_told_and_changes_no_outcome() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [SILENCE]
    bench.send(kmh(2.0))
    await asyncio.sleep(11)
    bench.link.indicate("800201")
    bench.link.report(2.0)
    assert bench.results == ["unknown"]
    assert "nothing waits for" in bench.notices(NoticeKind.OTHER)[0].text
    await bench.driver.close()


async def test_a_start_is_confirmed_by_motion() -> None:
    bench = await Bench().connected()
    bench.send(Start())
    await asyncio.sleep(1)
    bench.link.report(0.0)
    assert bench.outcomes == []
    bench.link.report(0.1)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


async def test_a_stop_is_confirmed_by_a_fresh_zero_and_not_by_an_earlier_one() -> None:
    bench = await Bench().connected()
    bench.link.report(0.0)
    bench.send(Stop())
    await asyncio.sleep(0.02)
    bench.link.report(0.0)  # written, and not answered yet
    await asyncio.sleep(1)
    assert bench.outcomes == []
    bench.link.report(0.3)
    bench.link.report(0.0)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


@pytest.mark.parametrize("status", ["0201", "03", "02"])
@pytest.mark.parametrize("early", [True, False])
async def test_a_stop_is_confirmed_by_a_stopped_status_on_either_side_of_the_answer(
    status: str, early: bool
) -> None:
    bench = await Bench().connected()
    bench.link.report(2.0)
    bench.send(Stop())
    await asyncio.sleep(0.02 if early else 0.2)
    bench.link.notify(0x2ADA, status)
    await asyncio.sleep(0.1)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


async def test_a_machine_that_falls_silent_is_said_to_do_so() -> None:
    bench = await Bench(MachineRecord(silent_when_stopped=True)).connected()
    bench.send(Stop())
    await asyncio.sleep(20)
    assert bench.results == ["unknown"]
    assert "sends nothing while it stands" in bench.outcomes[0].detail
    await bench.driver.close()


async def test_an_incline_is_confirmed_by_a_report_within_half_a_per_cent() -> None:
    bench = await Bench().connected()
    bench.link.report(2.0, 0.0)
    bench.send(pct(3.0))
    await asyncio.sleep(1)
    bench.link.report(2.0, 2.4)
    assert bench.outcomes == []
    bench.link.report(2.0, 2.5)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


async def test_an_incline_that_is_never_reported_is_confirmed_by_its_answer_alone() -> None:
    bench = await Bench().connected()
    bench.link.report(2.0)
    bench.send(pct(3.0))
    await asyncio.sleep(0.1)
    assert bench.results == ["confirmed"]
    assert "does not report its incline" in bench.outcomes[0].detail
    await bench.driver.close()


async def test_a_mute_machine_is_confirmed_by_telemetry_alone() -> None:
    bench = await Bench(MachineRecord(answers_commands=False)).connected()
    bench.link.replies = {0x02: [SILENCE], 0x08: [SILENCE]}
    bench.send(kmh(2.0))
    await asyncio.sleep(0.1)
    bench.link.report(2.0)
    bench.send(Stop())
    await asyncio.sleep(0.1)
    bench.link.report(0.0)
    assert bench.results == ["confirmed", "confirmed"]
    assert bench.outcomes[0].answered_s is None
    assert not bench.notices(NoticeKind.ACCEPTED)
    await bench.driver.close()


async def test_a_mute_machine_may_still_say_no_or_yes() -> None:
    bench = await Bench(MachineRecord(answers_commands=False)).connected()
    bench.link.replies = {0x02: [0x03, 0x01]}
    bench.send(kmh(2.0))
    await asyncio.sleep(1)
    assert bench.results == ["rejected"]
    bench.send(kmh(3.0))
    await asyncio.sleep(1)
    assert len(bench.notices(NoticeKind.ACCEPTED)) == 1
    await asyncio.sleep(30)
    assert bench.results == ["rejected", "unknown"]
    await bench.driver.close()


async def test_what_is_sent_while_not_connected_is_rejected_and_nothing_is_raised() -> None:
    bench = Bench()
    bench.send(kmh(1.0))
    await asyncio.sleep(0)
    assert bench.results == ["rejected"]
    assert bench.outcomes[0].sent_s is None


async def test_an_outcome_never_arrives_from_within_send() -> None:
    bench = await Bench().connected()
    bench.send(kmh(1.0))
    bench.send(kmh(2.0))
    assert bench.outcomes == []
    await asyncio.sleep(0)
    assert bench.results == ["superseded"]
    await bench.driver.close()


# --- order ---------------------------------------------------------------------------------------


async def test_one_procedure_runs_at_a_time_from_its_write_to_its_indication() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x07] = [SILENCE]
    bench.send(Start())
    bench.send(kmh(1.0))
    bench.send(pct(1.0))
    await asyncio.sleep(1)
    assert bench.bytes_out == ["07"]
    bench.link.indicate("800701")
    await asyncio.sleep(0.005)
    assert bench.bytes_out == ["07", "026400"]
    await asyncio.sleep(0.1)
    assert bench.bytes_out == ["07", "026400", "030a00"]
    await bench.driver.close()


async def test_an_indication_that_overtakes_the_write_response_counts() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [SILENCE]
    bench.send(kmh(2.0))
    await asyncio.sleep(0.005)  # the write returns after 10 ms
    bench.link.indicate("800201")
    bench.link.report(2.0)
    await asyncio.sleep(1)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


async def test_a_newer_speed_supersedes_one_that_waits_and_one_that_is_not_confirmed_yet() -> None:
    bench = await Bench().connected()
    bench.send(kmh(1.0))
    await asyncio.sleep(1)  # answered, no report yet
    bench.send(pct(1.0))
    bench.send(kmh(2.0))
    bench.send(kmh(3.0))  # while 2.0 waits for the incline's answer
    await asyncio.sleep(1)
    bench.link.report(3.0)
    speeds = [one for one in bench.outcomes if isinstance(one.permitted.command, SetSpeed)]
    assert [one.outcome.value for one in speeds] == ["superseded", "superseded", "confirmed"]
    assert [one.sent_s is None for one in speeds] == [False, True, False]
    assert bench.bytes_out == ["026400", "030a00", "022c01"]
    await bench.driver.close()


async def test_a_superseded_speed_keeps_its_procedure_until_the_machine_answers() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [SILENCE]
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    bench.send(kmh(2.0))
    await asyncio.sleep(1)
    assert bench.bytes_out == ["026400"]
    bench.link.indicate("800201")
    await asyncio.sleep(0.1)
    assert bench.bytes_out == ["026400", "02c800"]
    assert bench.results == ["superseded"]
    await bench.driver.close()


async def test_speed_and_incline_do_not_supersede_each_other() -> None:
    bench = await Bench().connected()
    bench.send(kmh(1.0))
    bench.send(pct(1.0))
    bench.send(pct(2.0))
    await asyncio.sleep(1)
    assert bench.bytes_out == ["026400", "031400"]
    assert bench.results == ["superseded", "confirmed"]
    await bench.driver.close()


async def test_commands_keep_the_gap_that_the_record_asks_for() -> None:
    bench = await Bench(MachineRecord(command_gap_s=0.4)).connected()
    bench.send(kmh(1.0))
    bench.send(pct(1.0))
    await asyncio.sleep(2)
    (first_s, _), (second_s, _) = bench.link.written
    assert second_s - first_s == pytest.approx(0.4, abs=0.001)
    await bench.driver.close()


async def test_control_is_requested_before_each_command_where_the_record_says_so() -> None:
    bench = await Bench(MachineRecord(request_control_before_each=True)).connected()
    bench.send(Start())
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    assert bench.bytes_out == ["00", "07", "00", "026400"]
    await bench.driver.close()


@pytest.mark.parametrize("reply", [0x05, SILENCE, RefusedError("x", 0x05), HANG])
async def test_a_command_whose_request_for_control_fails_is_not_sent(
    reply: int | str | Exception | None,
) -> None:
    bench = await Bench(MachineRecord(request_control_before_each=True)).connected()
    bench.link.replies[0x00] = [reply]
    bench.send(kmh(1.0))
    await asyncio.sleep(11)
    assert bench.bytes_out == ["00"]
    assert bench.results == ["rejected"]
    await bench.driver.close()


async def test_a_mute_request_for_control_holds_no_command_up() -> None:
    record = MachineRecord(request_control_before_each=True, answers_request_control=False)
    bench = Bench(record)
    bench.link.replies[0x00] = [SILENCE]
    await bench.connected()
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    assert bench.bytes_out == ["00", "026400"]
    await bench.driver.close()


# --- Start ---------------------------------------------------------------------------------------


async def test_a_start_that_cannot_be_written_at_once_is_dropped() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x03] = [SILENCE]
    bench.send(pct(1.0))
    bench.send(Start())
    await asyncio.sleep(30)
    assert bench.bytes_out == ["030a00"]
    start = next(one for one in bench.outcomes if one.permitted.command == Start())
    assert start.outcome == "rejected"
    assert start.sent_s is None
    await bench.driver.close()


async def test_there_is_never_a_second_start_on_its_way() -> None:
    bench = await Bench().connected()
    bench.send(Start())
    bench.send(Start())
    await asyncio.sleep(1)
    bench.send(Start())
    await asyncio.sleep(1)
    assert bench.bytes_out == ["07"]
    assert bench.results == ["rejected", "rejected"]
    await bench.driver.close()


@pytest.mark.parametrize("reply", [0x04, SILENCE])
async def test_a_speed_behind_a_failed_start_is_not_sent(reply: int | None) -> None:
    bench = await Bench().connected()
    bench.link.replies[0x07] = [reply]
    bench.send(Start())
    await asyncio.sleep(0.01)
    bench.send(kmh(1.0))
    await asyncio.sleep(30)
    assert bench.bytes_out == ["07"]
    assert sorted(bench.results) == sorted(["rejected", "rejected" if reply else "unknown"])
    await bench.driver.close()


# --- Stop ----------------------------------------------------------------------------------------


async def test_a_stop_waits_for_nobody_and_clears_the_queue() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [HANG]
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    bench.send(pct(1.0))
    bench.send(Start())
    await asyncio.sleep(0.5)
    before_s = asyncio.get_running_loop().time()
    bench.send(Stop())
    await asyncio.sleep(0.2)
    assert bench.link.written[1:] == [(before_s, "0801")]
    assert bench.results == ["superseded"] * 3
    await asyncio.sleep(30)
    assert bench.bytes_out == ["026400", "0801"]
    await bench.driver.close()


async def test_a_stop_that_bounces_is_written_again_at_the_next_indication() -> None:
    bench = await Bench().connected()
    bench.link.replies = {0x02: [SILENCE], 0x08: [BUSY, 0x01]}
    bench.send(kmh(1.0))
    await asyncio.sleep(0.1)
    bench.send(Stop())
    await asyncio.sleep(0.3)
    assert bench.bytes_out == ["026400", "0801"]
    bench.link.indicate("800201")
    await asyncio.sleep(0.1)
    assert bench.bytes_out == ["026400", "0801", "0801"]
    bench.link.report(0.0)
    assert bench.results == ["superseded", "confirmed"]
    await asyncio.sleep(10)
    assert bench.bytes_out.count("0801") == 2
    await bench.driver.close()


async def test_a_stop_that_bounces_is_written_again_after_a_second_three_times_at_most() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x08] = [BUSY]
    bench.send(Stop())
    await asyncio.sleep(30)
    times_s = [at_s for at_s, _ in bench.link.written]
    assert len(times_s) == 3
    assert times_s[1] - times_s[0] == pytest.approx(1.01, abs=0.001)
    assert bench.results == ["rejected"]
    assert "busy" in bench.outcomes[0].detail
    await bench.driver.close()


async def test_a_stop_that_bounces_off_a_slow_answer_goes_out_when_that_comes() -> None:
    # Magene answers after seconds: qdomyos-zwift pull request 4740.
    bench = await Bench().connected()
    bench.link.replies = {0x02: [SILENCE], 0x08: [BUSY, BUSY, BUSY, BUSY, 0x01]}
    bench.send(kmh(1.0))
    await asyncio.sleep(0.1)
    bench.send(Stop())
    await asyncio.sleep(4)
    assert bench.bytes_out.count("0801") == 3
    bench.link.indicate("800201")
    await asyncio.sleep(0.05)
    assert bench.bytes_out.count("0801") == 4
    await asyncio.sleep(4)
    assert bench.results == ["superseded", "rejected"]  # and then there is nothing to wait for
    assert bench.bytes_out.count("0801") == 4
    await bench.driver.close()


async def test_an_unanswered_stop_is_not_said_again() -> None:
    # Machines exist that start on the second one: qdomyos-zwift issue 470.
    bench = await Bench().connected()
    bench.link.replies[0x08] = [SILENCE]
    bench.send(Stop())
    await asyncio.sleep(30)
    assert bench.bytes_out == ["0801"]
    assert bench.results == ["unknown"]
    await bench.driver.close()


async def test_a_stop_inside_the_gap_is_said_at_once_and_again_if_it_was_lost() -> None:
    bench = await Bench(MachineRecord(command_gap_s=0.4)).connected()
    bench.link.replies[0x08] = [SILENCE, 0x01]
    bench.send(kmh(1.0))
    await asyncio.sleep(0.1)
    bench.send(Stop())
    await asyncio.sleep(5)
    assert [round(at_s - bench.link.written[0][0], 2) for at_s, _ in bench.link.written] == [
        0.0,
        0.1,
        0.5,
    ]
    await bench.driver.close()


async def test_an_answered_stop_inside_the_gap_is_said_once() -> None:
    bench = await Bench(MachineRecord(command_gap_s=0.4)).connected()
    bench.send(kmh(1.0))
    await asyncio.sleep(0.1)
    bench.send(Stop())
    await asyncio.sleep(5)
    assert bench.bytes_out == ["026400", "0801"]
    await bench.driver.close()


async def test_a_newer_stop_is_written_and_takes_over_from_the_older() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x08] = [SILENCE]
    first = bench.send(Stop())
    await asyncio.sleep(3)
    second = bench.send(Stop())
    await asyncio.sleep(0.1)
    assert bench.bytes_out == ["0801", "0801"]
    bench.link.indicate("800801")
    bench.link.report(0.0)
    assert [(one.permitted, one.outcome.value) for one in bench.outcomes] == [
        (first, "superseded"),
        (second, "confirmed"),
    ]
    await bench.driver.close()


async def test_a_stop_refused_for_want_of_control_takes_it_back() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x08] = [0x05, 0x01]
    bench.send(Stop())
    await asyncio.sleep(1)
    assert bench.bytes_out == ["0801", "00", "0801"]
    bench.link.report(0.0)
    assert bench.results == ["confirmed"]
    await bench.driver.close()


async def test_a_stop_that_is_refused_for_good_is_written_three_times() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x08] = [0x05, 0x05, 0x05, 0x01]
    bench.send(Stop())
    await asyncio.sleep(5)
    assert bench.bytes_out == ["0801", "00", "0801", "00", "0801"]
    assert bench.results == ["rejected"]
    await bench.driver.close()


async def test_control_that_another_client_took_is_taken_back_for_a_stop_alone() -> None:
    bench = await Bench().connected()
    bench.link.notify(0x2ADA, "ff")
    bench.send(kmh(1.0))
    bench.send(Start())
    await asyncio.sleep(1)
    assert bench.bytes_out == []
    bench.link.replies[0x08] = [0x05, 0x01]
    bench.send(Stop())
    await asyncio.sleep(1)
    assert bench.bytes_out == ["0801", "00", "0801"]
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    assert bench.bytes_out == ["0801", "00", "0801"]
    await bench.driver.close()


async def test_after_control_is_lost_only_a_stop_is_written() -> None:
    bench = await Bench(MachineRecord(request_control_before_each=True)).connected()
    bench.link.replies[0x00] = [SILENCE]
    bench.send(pct(1.0))
    await asyncio.sleep(0.1)
    bench.link.notify(0x2ADA, "ff")
    bench.send(kmh(1.0))
    bench.send(Start())
    bench.send(Stop())
    await asyncio.sleep(1)
    assert bench.bytes_out == ["00", "0801"]
    assert bench.results == ["rejected"] * 3
    assert len(bench.notices(NoticeKind.CONTROL_LOST)) == 1
    await bench.driver.close()


async def test_a_stop_sent_in_the_same_breath_as_close_is_written() -> None:
    bench = await Bench().connected()
    bench.send(Stop())
    await bench.driver.close()
    assert bench.bytes_out == ["0801"]
    assert bench.results == ["unknown"]


# --- the link goes -------------------------------------------------------------------------------


async def test_a_lost_link_is_told_once_and_leaves_every_open_command_unknown() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [HANG]
    bench.send(pct(1.0))
    await asyncio.sleep(1)
    bench.link.report(1.0, 0.0)
    bench.send(pct(3.0))
    await asyncio.sleep(1)
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    bench.reports.clear()
    bench.link.lose()
    bench.link.lose()
    assert len(bench.notices(NoticeKind.LINK_LOST)) == 1
    assert bench.results == ["unknown", "unknown"]
    bench.send(Stop())
    await asyncio.sleep(30)
    assert bench.results == ["unknown", "unknown", "rejected"]
    bench.link.report(1.0)  # a straggler of a dead connection
    assert not bench.telemetry
    await bench.driver.close()


async def test_a_command_that_never_left_a_lost_link_is_not_unknown() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [SILENCE]
    bench.send(kmh(1.0))
    bench.send(pct(1.0))
    await asyncio.sleep(1)
    bench.link.lose()
    assert bench.results == ["unknown", "rejected"]
    await bench.driver.close()


async def test_a_link_lost_within_a_write_gives_one_outcome() -> None:
    class Dying(FakeLink):
        async def write(self, characteristic: int, value: bytes) -> None:
            await super().write(characteristic, value)
            if value[0] == 0x02:
                self.lose()
                raise LinkError("gone")

    bench = await Bench(link=Dying()).connected()
    bench.send(kmh(1.0))
    await asyncio.sleep(30)
    assert bench.results == ["unknown"]
    await bench.driver.close()


async def test_a_disconnect_that_hangs_does_not_hold_close_up() -> None:
    class Stuck(FakeLink):
        async def disconnect(self) -> None:
            await asyncio.Event().wait()

    bench = await Bench(link=Stuck()).connected()
    await asyncio.wait_for(bench.driver.close(), 15)


@pytest.mark.parametrize("error", [LinkError("x"), RefusedError("x"), TimeoutError()])
async def test_a_disconnect_that_fails_is_no_error_of_close(error: Exception) -> None:
    class Rude(FakeLink):
        async def disconnect(self) -> None:
            raise error

    bench = await Bench(link=Rude()).connected()
    await bench.driver.close()
