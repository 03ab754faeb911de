"""A profile in words: the caps that hold for its walker, as the plan reckons them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from quarterturn.caps import CapRow, Limited, hard_limits
from quarterturn.layers import Layers
from quarterturn.lines import clock
from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.profiles import Profile
from quarterturn.timeline import session_caps
from quarterturn.toml_words import printable
from quarterturn.tui.headings import LOOKS
from quarterturn.tui.styles import MUTED
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Phase, Side

_SOME_S: Final = 60.0
_STEEPER: Final = Incline(1)


@dataclass(frozen=True, slots=True)
class RowInWords:
    """What holds in one row of the caps: which way it faces, its name, and its highest values."""

    heading: str
    words: str
    max_speed: Speed
    max_incline: Incline
    max_continuous_s: float


def rows_in_words(profile: Profile, year: int) -> Iterator[RowInWords]:
    """Yield the rows that a profile offers, each under every cap that needs no machine."""
    layers = Layers(profile, profile.is_cautious(year), None)
    for row in CapRow:
        if row not in profile.base.rows:
            continue
        phase = _phase_of(row)
        speed = Limited(hard_limits(row).max_speed).at_most(*layers.speed(phase))
        continuous = Limited(hard_limits(row).max_continuous_s).at_most(*layers.continuous(row))
        steepest = profile.base.rows[row].max_incline
        lowered = profile.lowered_row(row).max_incline
        yield RowInWords(
            phase.heading.word,
            row.words,
            speed.value,
            steepest if lowered is None else min(steepest, lowered),
            continuous.value,
        )


def profile_text(profile: Profile, year: int) -> Content:
    """Return what a walker should know of a profile before taking it."""
    base = profile.base
    lines = [Content.styled(printable(profile.name), "bold")]
    if profile.name != base.name:
        lines.append(Content.styled(f"starts from {base.name}, and lowers it", MUTED))
    lines.append(Content.styled("\nHighest speed, incline, and time at once", "bold"))
    for it in rows_in_words(profile, year):
        look = LOOKS[it.heading]
        incline = "level" if it.max_incline == LEVEL else f"to {it.max_incline}"
        lines.append(
            Content.assemble(
                (f"{look.shape} ", f"${look.colour}"),
                f"{it.words:<24} {it.max_speed!s:>9}  {incline:<9} ",
                (clock(it.max_continuous_s), MUTED),
            )
        )
    lines.append(Content.styled("\nIn one session", "bold"))
    lines += (Content.assemble(("· ", MUTED), line) for line in _session_lines(profile, year))
    return Content("\n").join(lines)


def _session_lines(profile: Profile, year: int) -> Iterator[str]:
    cautious = profile.is_cautious(year)
    caps = session_caps(Layers(profile, cautious, None))
    yield f"backward for {clock(caps.backward.value)} in all, {caps.circles.value:g} circles"
    yield f"everything that is not forward for {clock(caps.non_forward.value)} in all"
    effort = profile.base.max_met if profile.max_met is None else profile.max_met
    yield f"an estimated effort of {effort:g} MET"
    alarm = profile.heart_rate_alarm_bpm(year)
    if alarm is not None:
        yield f"above {alarm} beats per minute the belt slows down"
    if cautious:
        yield "caution is called for: slower in what is not forward"
    if cautious or profile.base.spotter:
        yield "somebody stands by in what is not forward"
    if profile.knee_injury:
        yield "a knee is injured: nothing backward"
    if profile.must_stop_on_link_loss:
        yield "only treadmills that stop when their link is lost"


def _phase_of(row: CapRow) -> Phase:
    """Return a phase that falls into a row, on the least steep belt that does."""
    kinds = {
        CapRow.WARM_UP: PhaseKind.WARM_UP,
        CapRow.FORWARD_JOG: PhaseKind.JOG,
        CapRow.RECOVER: PhaseKind.RECOVER,
        CapRow.COOL_DOWN: PhaseKind.COOL_DOWN,
        CapRow.SIDE_STEP: PhaseKind.SIDE_STEP,
        CapRow.SIDE_STEP_CROSSOVER: PhaseKind.SIDE_STEP,
        CapRow.DIAGONAL: PhaseKind.DIAGONAL,
    }
    headings = {
        CapRow.BACKWARD_WALK: Heading.BACKWARD,
        CapRow.BACKWARD_UPHILL: Heading.BACKWARD,
        CapRow.SIDE_STEP: Heading.RIGHT,
        CapRow.SIDE_STEP_CROSSOVER: Heading.RIGHT,
    }
    crossed = row is CapRow.SIDE_STEP_CROSSOVER
    speed = hard_limits(row).max_speed
    return Phase(
        kinds.get(row, PhaseKind.WALK),
        headings.get(row, Heading.FORWARD),
        _SOME_S,
        speed,
        speed,
        _STEEPER if row is CapRow.BACKWARD_UPHILL else LEVEL,
        Crossover.FRONT if crossed else Crossover.NONE,
        Side.RIGHT if row is CapRow.DIAGONAL else None,
    )
