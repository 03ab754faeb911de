"""The static layers of one phase: hard cap, profile, person, effort, machine; each a named limit.

Site rules and prescriptions would be further layers here. What is live (heart rate, stale reports,
the console) is the governor's.
"""

import math
from dataclasses import dataclass

from quarterturn.caps import (
    CAUTIOUS_FACTOR,
    CapRow,
    Limit,
    Limited,
    PhaseLimits,
    cap_row,
    hard_limits,
)
from quarterturn.energy import fastest_within
from quarterturn.model import Capabilities
from quarterturn.profiles import Profile
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Phase

# Whoever lowers the cap of a row lowers those that ask more of the walker with it.
_NO_FASTER_THAN = {
    CapRow.BACKWARD_UPHILL: CapRow.BACKWARD_WALK,
    CapRow.SIDE_STEP: CapRow.BACKWARD_WALK,
    CapRow.SIDE_STEP_CROSSOVER: CapRow.SIDE_STEP,
    CapRow.DIAGONAL: CapRow.BACKWARD_WALK,
    CapRow.RECOVER: CapRow.WARM_UP,
}


@dataclass(frozen=True, slots=True)
class Layers:
    """Who walks, and on what. ``machine`` None: no machine is known, and its layer is left out."""

    profile: Profile
    cautious: bool
    machine: Capabilities | None

    def incline(self, phase: Phase) -> tuple[Incline, tuple[str, ...]]:
        """Return what is left of a phase's incline, and the reasons of what flattened it."""
        climbs = phase.incline >= LEVEL
        limited = Limited(phase.incline if climbs else _negated(phase.incline))
        limited = limited.at_most(*self._steepness_limits(phase, climbs=climbs))
        if self.machine is not None and self.machine.incline is not None:
            step = self.machine.incline.step
            flatter = self._on_incline_grid(limited.value, climbs=climbs)
            if flatter < limited.value:
                limited = limited.at_most(Limit(flatter, f"machine: incline in steps of {step}"))
        return limited.value if climbs else _negated(limited.value), limited.reasons

    def continuous(self, row: CapRow) -> tuple[Limit[float], ...]:
        """Return the limits on the seconds that a row is walked at once."""
        profile = self.profile
        base = profile.base.rows[row].max_continuous_s
        found = [
            _continuous_limit("hard cap", row, hard_limits(row).max_continuous_s),
            _continuous_limit(profile.base.name, row, base),
        ]
        lowered = profile.lowered_row(row).max_continuous_s
        if lowered is not None:
            found.append(_continuous_limit(profile.name, row, lowered))
        return tuple(found)

    def speed(self, phase: Phase) -> tuple[Limit[Speed], ...]:
        """Return every limit on a phase's speed at its incline, but for the machine's steps."""
        row = row_of(phase)
        base = self.profile.base
        caps = base.rows[row]
        tier = caps.tier(phase.incline)
        up_to = f" up to {tier.up_to}" if len(caps.tiers) > 1 else ""
        found = [
            _speed_limit("hard cap", row, hard_limits(row).max_speed),
            Limit(tier.max_speed, f"{base.name}: {row.words} {tier.max_speed}{up_to}"),
            self._effort_limit(phase),
            *self._limits_of_easier_rows(row),
        ]
        lowered = self.profile.lowered_row(row).max_speed
        if lowered is not None:
            found.append(_speed_limit(self.profile.name, row, lowered))
        if not row.is_forward:
            found += self._non_forward_limits(row, tier.max_speed)
        if self.machine is not None and self.machine.speed is not None:
            maximum = self.machine.speed.maximum
            found.append(Limit(maximum, f"machine: at most {maximum}"))
        return tuple(found)

    def limited_speed(self, wanted: Speed, *limits: Limit[Speed]) -> Limited[Speed]:
        """Put limits on a speed, the machine's steps last.

        What is left may lie under the machine's minimum: then the phase cannot be walked on it.
        """
        limited = Limited(wanted).at_most(*limits)
        if self.machine is None or self.machine.speed is None:
            return limited
        minimum, step = self.machine.speed.minimum, self.machine.speed.step
        above = limited.value.centi_kmh - minimum.centi_kmh
        if above < 0 or not step or above % step.centi_kmh == 0:
            return limited
        lower = Speed(limited.value.centi_kmh - above % step.centi_kmh)
        return limited.at_most(Limit(lower, f"machine: steps of {step}"))

    def phase_limits(self, phase: Phase, max_continuous_s: float) -> PhaseLimits:
        """Gather what holds in a phase, at its incline."""
        row = row_of(phase)
        caps = self.profile.base.rows[row]
        limits = self.speed(phase)
        before_steps = Limited(hard_limits(row).max_speed).at_most(*limits)
        cap = self.limited_speed(before_steps.wanted, *limits)
        return PhaseLimits(
            max_speed=cap.value,
            min_incline=min(phase.incline, LEVEL),
            max_incline=max(phase.incline, LEVEL),
            ramp_up_centi_kmh_per_s=caps.ramp_up_centi_kmh_per_s,
            ramp_down_centi_kmh_per_s=caps.ramp_down_centi_kmh_per_s,
            max_continuous_s=max_continuous_s,
            reasons=tuple(dict.fromkeys((*cap.binding, *before_steps.binding))),
        )

    def _steepness_limits(self, phase: Phase, *, climbs: bool) -> list[Limit[Incline]]:
        row, base = row_of(phase), self.profile.base
        hard = hard_limits(row)
        found = [_steepness_limit("hard cap", row, hard.min_incline, hard.max_incline, climbs)]
        caps = base.rows.get(row)
        if caps is None:
            found.append(Limit(LEVEL, f"{base.name}: no {row.words}, {base.elsewhere}"))
        else:
            found.append(
                _steepness_limit(base.name, row, caps.min_incline, caps.max_incline, climbs)
            )
        lowered = self.profile.lowered_row(row).max_incline
        if lowered is not None and climbs:
            found.append(_steepness_limit(self.profile.name, row, LEVEL, lowered, climbs))
        if self.machine is not None:
            incline = self.machine.incline
            if incline is None:
                found.append(Limit(LEVEL, "machine: no incline"))
            elif climbs:
                most = max(incline.maximum, LEVEL)
                found.append(Limit(most, f"machine: incline at most {most}"))
            else:
                least = min(incline.minimum, LEVEL)
                found.append(Limit(_negated(least), f"machine: incline at least {least}"))
        return found

    def _on_incline_grid(self, steepness: Incline, *, climbs: bool) -> Incline:
        """Return the steepest that the machine's steps allow, level where there is none."""
        if self.machine is None or self.machine.incline is None or not self.machine.incline.step:
            return steepness
        minimum = self.machine.incline.minimum.tenths_pct
        step = self.machine.incline.step.tenths_pct
        offset = steepness.tenths_pct - minimum if climbs else steepness.tenths_pct + minimum
        return Incline(max(steepness.tenths_pct - offset % step, 0))

    def _non_forward_limits(self, row: CapRow, tier_max: Speed) -> list[Limit[Speed]]:
        profile = self.profile
        found = []
        if self.cautious:
            cautious = _scaled(tier_max, CAUTIOUS_FACTOR)
            found.append(
                Limit(cautious, f"personal: cautious, {CAUTIOUS_FACTOR:g} x {row.words} {tier_max}")
            )
        factor = profile.base.forward_factor
        own = profile.comfortable_forward_speed
        if own is not None:
            reason = f"personal: {factor:g} x own forward speed {own}"
            found.append(Limit(_scaled(own, factor), reason))
        forward = profile.lowered_row(CapRow.FORWARD_WALK).max_speed
        if forward is not None:
            reason = f"{profile.name}: {factor:g} x forward walk {forward}"
            found.append(Limit(_scaled(forward, factor), reason))
        return found

    def _limits_of_easier_rows(self, row: CapRow) -> list[Limit[Speed]]:
        found = []
        easier = _NO_FASTER_THAN.get(row)
        while easier is not None:
            lowered = self.profile.lowered_row(easier).max_speed
            if lowered is not None:
                reason = f"{self.profile.name}: no faster than {easier.words} {lowered}"
                found.append(Limit(lowered, reason))
            easier = _NO_FASTER_THAN.get(easier)
        return found

    def _effort_limit(self, phase: Phase) -> Limit[Speed]:
        profile = self.profile
        whose, cap_met = profile.base.name, profile.base.max_met
        if profile.max_met is not None and profile.max_met < cap_met:
            whose, cap_met = profile.name, profile.max_met
        fastest = fastest_within(cap_met, phase.heading, phase.kind, phase.incline)
        return Limit(fastest, f"{whose}: effort {cap_met:g} MET")


def row_of(phase: Phase) -> CapRow:
    """Return the row whose caps hold for a phase at its incline."""
    return cap_row(phase.kind, phase.heading, phase.crossover, phase.incline)


def words_of(phase: Phase) -> str:
    """Return what a message calls a phase, with its side where it has one."""
    side = phase.heading.word if phase.side is None else phase.side.value
    words = row_of(phase).words
    return words if row_of(phase).is_forward or words.startswith(side) else f"{side} {words}"


def is_forward(phase: Phase) -> bool:
    """Say whether the walker faces forward and steps straight ahead; a diagonal never counts."""
    return row_of(phase).is_forward


def _speed_limit(whose: str, row: CapRow, speed: Speed) -> Limit[Speed]:
    return Limit(speed, f"{whose}: {row.words} {speed}")


def _continuous_limit(whose: str, row: CapRow, seconds: float) -> Limit[float]:
    return Limit(seconds, f"{whose}: {row.words} at most {seconds:g} s at once")


def _steepness_limit(
    whose: str, row: CapRow, least: Incline, most: Incline, climbs: bool
) -> Limit[Incline]:
    if climbs:
        return Limit(most, f"{whose}: {row.words} at most {most}")
    return Limit(_negated(least), f"{whose}: {row.words} at least {least}")


def _negated(incline: Incline) -> Incline:
    return Incline(-incline.tenths_pct)


def _scaled(speed: Speed, factor: float) -> Speed:
    # The product of two decimals may lie a hair under the whole number that it is.
    return Speed(math.floor(round(speed.centi_kmh * factor, 6)))
