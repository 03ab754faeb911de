"""What was commanded, and where a healthy belt may therefore be."""

import pytest

from quarterturn.ledger import Envelope, Ledger
from quarterturn.model import MachineRecord


def ledger_of(*entries: tuple[float, int]) -> Ledger:
    ledger = Ledger(0.0)
    for now_s, centi_kmh in entries:
        ledger.write(now_s, centi_kmh)
    return ledger


def test_a_new_ledger_says_0() -> None:
    ledger = Ledger(7.0)
    assert ledger.centi_kmh == 0
    assert ledger.changed_s == 7.0


def test_the_last_entry_counts() -> None:
    ledger = ledger_of((1.0, 50), (2.0, 70))
    assert ledger.centi_kmh == 70
    assert ledger.changed_s == 2.0


@pytest.mark.parametrize(
    ("from_s", "to_s", "span"),
    [
        (1.0, 1.9, (50, 50)),
        (0.9, 1.0, (0, 50)),
        (1.0, 2.0, (50, 90)),
        (2.0, 9.0, (60, 90)),
        (3.0, 9.0, (60, 60)),
        (2.5, 2.6, (90, 90)),
        (-3.0, 9.0, (0, 90)),
        (-3.0, -2.0, (0, 0)),
    ],
)
def test_a_span_holds_every_value_that_was_in_force(
    from_s: float, to_s: float, span: tuple[int, int]
) -> None:
    assert ledger_of((1.0, 50), (2.0, 90), (3.0, 60)).span(from_s, to_s) == span


def test_a_span_before_the_first_entry_is_the_first_entry() -> None:
    ledger = Ledger(10.0)
    ledger.write(11.0, 50)
    assert ledger.span(1.0, 2.0) == (0, 0)


def test_entries_that_no_window_reaches_are_forgotten() -> None:
    ledger = ledger_of((10.0, 50), (20.0, 60), (70.0, 70))
    assert ledger.span(0.0, 70.0) == (0, 70)
    ledger.write(80.0, 80)
    assert ledger.span(0.0, 80.0) == (50, 80)  # the entry of 10.0 held until 20.0
    ledger.write(80.1, 80)
    assert ledger.span(0.0, 80.1) == (60, 80)


def test_a_window_changes_when_an_entry_comes_and_when_it_goes() -> None:
    ledger = ledger_of((1.0, 50), (2.0, 60))
    assert ledger.breakpoints(0.0, 10.0, 3.0) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert ledger.breakpoints(1.0, 4.0, 3.0) == [2.0, 3.0, 4.0]


def envelope_of(ledger: Ledger, **record: float) -> Envelope:
    return Envelope(ledger, MachineRecord(**record))  # type: ignore[arg-type]


def test_a_belt_may_be_as_late_as_the_machine() -> None:
    ledger = ledger_of((0.0, 200))
    envelope = envelope_of(ledger, latency_s=3.0, ramp_kmh_per_s=10.0)
    envelope.advance(5.0)
    assert (envelope.low, envelope.high) == (200.0, 200.0)
    ledger.write(5.0, 100)
    envelope.advance(8.0)
    assert (envelope.low, envelope.high) == (100.0, 200.0)
    envelope.advance(8.1)
    assert (envelope.low, envelope.high) == pytest.approx((100.0, 100.0))


def test_the_machines_own_ramp_widens_the_envelope() -> None:
    ledger = ledger_of((0.0, 200))
    envelope = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.5)
    envelope.advance(10.0)
    assert envelope.low == 200.0
    ledger.write(10.0, 100)
    envelope.advance(11.0)
    assert envelope.high == 200.0
    envelope.advance(12.0)
    assert envelope.high == pytest.approx(150.0)
    ledger.write(12.0, 300)
    envelope.advance(13.0)
    assert (envelope.low, envelope.high) == (100.0, 300.0)
    envelope.advance(14.0)
    assert envelope.low == pytest.approx(150.0)


def test_between_two_reports_no_change_is_skipped() -> None:
    """A long silence gives the same as many short steps."""
    ledger = ledger_of((0.0, 100), (4.0, 300), (6.0, 50))
    once = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.5)
    often = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.5)
    once.advance(8.5)
    for tenth in range(86):
        often.advance(tenth / 10)
    assert once.high == pytest.approx(often.high)
    assert once.low == pytest.approx(often.low)
    assert once.high == pytest.approx(300 - 50 * 1.5)


def test_time_never_runs_backward() -> None:
    ledger = ledger_of((0.0, 100))
    envelope = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.5)
    envelope.advance(3.0)
    before = (envelope.low, envelope.high)
    envelope.advance(2.0)
    envelope.advance(3.0)
    assert (envelope.low, envelope.high) == before


def test_after_a_start_the_lower_edge_waits_for_motion() -> None:
    ledger = Ledger(0.0)
    envelope = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.5)
    ledger.write(1.0, 100)
    envelope.started()
    envelope.advance(9.0)
    assert (envelope.low, envelope.high) == (0.0, 100.0)
    envelope.moved()
    envelope.advance(10.0)
    assert envelope.low == pytest.approx(50.0)


def test_after_a_stop_the_upper_edge_falls_over_the_stop_time() -> None:
    ledger = ledger_of((0.0, 200))
    envelope = envelope_of(ledger, latency_s=2.0, ramp_kmh_per_s=5.0, stop_s=4.0)
    envelope.advance(10.0)
    ledger.write(10.0, 0)
    envelope.stopped(10.0, 200)
    for now_s, high in ((12.0, 200.0), (13.0, 150.0), (14.0, 100.0), (16.0, 0.0), (20.0, 0.0)):
        envelope.advance(now_s)
        assert envelope.high == pytest.approx(high)
    envelope.started()
    ledger.write(20.0, 50)
    envelope.advance(30.0)
    ledger.write(30.0, 0)
    envelope.advance(32.5)
    assert envelope.high == 0.0, "the machine's own ramp again, not its stop time"


def test_a_belt_that_moved_unasked_gets_the_same_time_to_stop() -> None:
    ledger = Ledger(0.0)
    envelope = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.5, stop_s=10.0)
    envelope.advance(5.0)
    envelope.stopped(5.0, 80)
    envelope.advance(6.0)
    assert envelope.high == 80.0
    envelope.advance(11.0)
    assert envelope.high == pytest.approx(40.0)


def test_a_record_without_a_stop_time_stops_nearly_at_once() -> None:
    ledger = ledger_of((0.0, 200))
    envelope = envelope_of(ledger, latency_s=0.0, stop_s=0.0)
    envelope.advance(5.0)
    ledger.write(5.0, 0)
    envelope.stopped(5.0, 200)
    envelope.advance(5.05)
    assert envelope.high == pytest.approx(100.0)


def test_what_is_commanded_at_the_same_moment_counts_at_once() -> None:
    ledger = ledger_of((0.0, 100), (1.0, 300))
    envelope = envelope_of(ledger, latency_s=1.0, ramp_kmh_per_s=0.1)
    envelope.advance(1.0)
    assert envelope.high == 300.0
    ledger.write(2.0, 10)
    envelope.advance(2.0)
    assert envelope.low == pytest.approx(10.0)
