"""What a client wants walked, as a value that travels: nothing in it has to be found again.

What was shown to the walker before the walk is what is walked, whatever happens to the files
meanwhile. The caps do not travel: they are those of the bridge's own code.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, cast

from quarterturn.caps import BASES
from quarterturn.cue_rules import broken_rules
from quarterturn.english import ENGLISH
from quarterturn.profiles import Profile
from quarterturn.words import PhraseBook
from quarterturn.workout.phases import Block, Phase, Workout

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Errand:
    """A workout for a person. ``year`` is the one they walk in.

    ``sensors`` are names (None: that of the driver) and URLs. ``journal`` is the file to keep, None
    for the usual folder; ``header`` goes into its first line. ``book`` is the language they hear.
    """

    workout: Workout
    profile: Profile
    year: int
    sensors: tuple[tuple[str | None, str], ...] = ()
    journal: str | None = None
    header: Mapping[str, object] = field(default_factory=dict)
    book: PhraseBook = ENGLISH


@cache
def _errands() -> "TypeAdapter[Errand]":
    from pydantic import TypeAdapter  # 80 ms, and only a walk needs it

    return TypeAdapter(Errand)


def encode_errand(errand: Errand) -> dict[str, object]:
    """Return an errand as JSON holds it; of the caps the name of their base alone, of English none.

    Both stand in the bridge's own code.
    """
    left_out: dict[str, bool | set[str]] = {"profile": {"base"}}
    if errand.book == ENGLISH:
        left_out["book"] = True
    # The serializer takes no read-only mapping.
    plain = replace(errand.profile, lowered=dict(errand.profile.lowered))
    encoded: dict[str, object] = _errands().dump_python(
        replace(errand, profile=plain, header=dict(errand.header)),
        mode="json",
        exclude=left_out,
    )
    profile = cast("dict[str, object]", encoded["profile"])
    return {**encoded, "profile": {**profile, "base": errand.profile.base.name}}


def decode_errand(value: Mapping[str, object]) -> Errand:
    """Read an errand back.

    Raises:
        ValueError: when it is none, names caps that there are not, or is longer than a file may be.

    """
    profile = value.get("profile")
    name = profile.get("base") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or not isinstance(name, str) or name not in BASES:
        raise ValueError(f"no caps are called {name!r}; there are {', '.join(BASES)}")
    errand = _errands().validate_python({**value, "profile": {**profile, "base": BASES[name]}})
    _check_numbers(errand.profile)
    _check_length(errand.workout)
    _check_words(errand.book)
    return errand


def _check_numbers(profile: Profile) -> None:
    """Hold the limits of a profile to what its file would be held to: nothing is above NaN.

    Raises:
        ValueError: when one of them is no limit.

    """
    limits = {
        "max_met": profile.max_met,
        "backward_total_s": profile.backward_total_s,
        "non_forward_total_s": profile.non_forward_total_s,
        "body_mass_kg": profile.body_mass_kg,
    }
    for row, lowered in profile.lowered.items():
        limits[f"{row.value}.max_continuous_s"] = lowered.max_continuous_s
    for name, limit in limits.items():
        if limit is not None and not 0 < limit < math.inf:
            raise ValueError(f"{name} cannot be {limit}")


def _check_words(book: PhraseBook) -> None:
    """Hold what is said to what a file of cues would be held to.

    Raises:
        ValueError: when something else is said.

    """
    for table, key, problem in broken_rules(book.language, book.phrases()):
        raise ValueError(f"{table}.{key}: {problem}")


def _check_length(workout: Workout) -> None:
    """Hold a workout to what its file would be held to: no plan may keep the bridge from its work.

    Raises:
        ValueError: when it would.

    """
    from quarterturn.toml_fields import MAX_DURATION_S
    from quarterturn.workout.files import MAX_BLOCK_DEPTH, MAX_PHASES
    from quarterturn.workout.tables import MAX_REPEAT

    phases, seconds = 0, 0.0
    parts: list[Phase | Block] = [workout.warm_up, *workout.blocks, workout.cool_down]
    items = [(part, 1, 0) for part in parts]
    while items:
        item, times, depth = items.pop()
        if isinstance(item, Block):
            if not 1 <= item.repeat <= MAX_REPEAT:
                raise ValueError(f"a block is repeated 1 to {MAX_REPEAT} times")
            if not item.items:
                raise ValueError("a block is empty")
            if depth == MAX_BLOCK_DEPTH:
                raise ValueError(f"blocks nest deeper than {MAX_BLOCK_DEPTH} levels")
            items += [(inner, times * item.repeat, depth + 1) for inner in item.items]
            continue
        if not 0 < item.duration_s <= MAX_DURATION_S:
            raise ValueError(f"no phase lasts {item.duration_s} s")
        phases += times
        seconds += times * item.duration_s
    if phases > MAX_PHASES or seconds > MAX_DURATION_S:
        raise ValueError(f"{phases} phases of {seconds:.0f} s in all are more than is allowed")
