"""Whatever happens in whatever order: no crash, no motion without READY, and always an end."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarterturn.model import Heading, NoticeKind, SetSpeed, Start
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.session import Intent, State
from quarterturn.units import Speed
from unit.session.bench import COOL_DOWN, LEFT, RIGHT, WARM_UP, Bench, phase, plan

UPHILL = phase(Heading.BACKWARD, pct=3.0)
OF = (WARM_UP, RIGHT, UPHILL, LEFT, COOL_DOWN)

Act = Callable[[Bench], object]


def _run(seconds: float) -> Act:
    return lambda bench: bench.run(seconds)


def _give(intent: Intent) -> Act:
    return lambda bench: bench.give(intent)


def _notice(kind: NoticeKind) -> Act:
    return lambda bench: bench.notice(kind, Speed(150))


def _fault(kind: FaultKind, reaction: Reaction) -> Act:
    def strike(bench: Bench) -> None:
        bench.governor.halt(reaction)
        bench.session.fault(Fault(kind, reaction, "Something."), bench.now_s)
        bench.tick()

    return strike


def _pause_by_fault(bench: Bench) -> None:
    fault = Fault(FaultKind.FOREIGN_CONTROL, Reaction.PAUSE, "Somebody.")
    bench.session.fault(fault, bench.now_s)
    bench.tick()


def _jump(seconds: float) -> Act:
    def jump(bench: Bench) -> None:
        bench._move_to(bench.now_s + seconds)
        bench.tick()

    return jump


def _set(**values: object) -> Act:
    def change(bench: Bench) -> None:
        for name, value in values.items():
            setattr(bench, name, value)

    return change


def _stop_elsewhere(bench: Bench) -> None:
    bench.controller.stop(bench.now_s, "remote", ramp=True)
    bench.tick()


def _cues_lost(bench: Bench) -> None:
    bench.controller.cues_lost(bench.now_s)
    bench.tick()


benign = st.one_of(
    st.sampled_from([0.05, 0.5, 3.0, 12.0, 30.0]).map(_run),
    st.sampled_from([i for i in Intent if i is not Intent.STOP]).map(_give),
    st.just(_cues_lost),
    st.just(_pause_by_fault),
    st.sampled_from([80, 200, None]).map(lambda bpm: _set(bpm=bpm)),
    st.sampled_from([NoticeKind.STARTED, NoticeKind.OTHER, NoticeKind.TARGET_SPEED]).map(_notice),
)
hostile = st.one_of(
    st.just(_give(Intent.STOP)),
    st.just(_stop_elsewhere),
    st.sampled_from(NoticeKind).map(_notice),
    st.builds(
        _fault,
        st.sampled_from(FaultKind),
        st.sampled_from([Reaction.STOP, Reaction.RAMP, Reaction.ALARM]),
    ),
    st.sampled_from([0.7, 1.5, 20.0]).map(_jump),
    st.booleans().map(lambda speaks: _set(speaks=speaks)),
    st.booleans().map(lambda hears: _set(hears=hears)),
    st.sampled_from([0, 50, 300]).map(lambda speed: _set(speed=speed)),
)
acts = st.lists(st.one_of(benign, benign, benign, hostile), max_size=25)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(acts, st.booleans(), st.booleans())
def test_no_order_of_things_breaks_the_session(
    acts: list[Act], person: bool, spotter: bool
) -> None:
    bench = Bench(plan(OF, spotter=spotter, max_bpm=150), person=person)
    for act in acts:
        act(bench)
        bench.run(0.2)
    bench.person = False
    bench.run(1500.0)
    assert bench.state is State.ENDED
    end = bench.events[-1]
    assert end["event"] == "end"
    assert len(bench.of("end")) == 1
    assert end["reason"] in ("completed", "stopped", "fault")
    times = [event["t"] for event in bench.events]
    assert times == sorted(times)
    readies = [a for i, a in bench.answers if i in (Intent.READY, Intent.RESUME) and a.accepted]
    assert bench.commands().count(Start()) <= len(readies)
    assert all(
        command.speed <= Speed(200) for command in bench.commands() if isinstance(command, SetSpeed)
    )
    faults = [event for event in bench.of("fault") if event["action"] not in ("pause", "finish")]
    assert end["reason"] != "completed" or not faults


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(benign, max_size=15))
def test_stop_stops_whatever_went_before(acts: list[Act]) -> None:
    bench = Bench(plan(OF, max_bpm=150))
    for act in acts:
        act(bench)
    if bench.state is State.ENDED:
        return
    bench.give(Intent.STOP)
    movement = bench.governor.movement
    assert movement is None or movement.stopped_s is not None  # within this very tick
    starts = bench.commands().count(Start())
    end = bench.finish()
    assert bench.commands().count(Start()) == starts
    assert end["belt_stopped"] is True
    assert bench.speed == 0
