"""The caps: what nobody may exceed, and what each profile allows. Numbers from the safety review."""

from dataclasses import dataclass

from quarterturn.units import Incline, Speed


@dataclass(frozen=True, slots=True)
class PhaseLimits:
    """What holds in one phase after every static layer (hard, machine, profile, personal, effort).

    Ramps are in 0.01 km/h per second. ``reasons`` say whose cap ``max_speed`` is, the tightest first.
    """

    max_speed: Speed
    min_incline: Incline
    max_incline: Incline
    ramp_up_centi_kmh_per_s: int
    ramp_down_centi_kmh_per_s: int
    max_continuous_s: float
    reasons: tuple[str, ...]
