"""``profile.toml``: a profile as a file, which names a base profile and lowers some of its caps."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import Field, PlainValidator, WithJsonSchema

from quarterturn.caps import (
    BASES,
    SHORTEST_COOL_DOWN_S,
    SHORTEST_NON_FORWARD_S,
    SHORTEST_WARM_UP_S,
    BaseProfile,
    CapRow,
)
from quarterturn.configs import (
    LANGUAGE,
    file_of_language,
    languages,
    names_in,
    shipped_folder,
    user_folder,
)
from quarterturn.english import ENGLISH
from quarterturn.profiles import (
    DEFAULT_PROFILE,
    CueChannel,
    LoweredRow,
    Profile,
    base_profile,
)
from quarterturn.toml_fields import (
    Duration,
    Line,
    Table,
    check_duration_s,
    check_incline,
    check_speed,
    text_of,
)
from quarterturn.toml_files import FileErrors, FileProblem, load_toml
from quarterturn.toml_words import allowed, shown
from quarterturn.units import LEVEL, Incline, Speed, parse_incline, parse_speed
from quarterturn.workout.positions import KeyPath

KG_PER_LB = 0.45359237

ValueT = TypeVar("ValueT")
RawTable = Mapping[str, object]

_MASS = re.compile(r"\s*([0-9]{1,3}(?:\.[0-9]{1,2})?)\s*(kg|lb)\s*")


def check_mass_kg(value: object) -> float:
    """Read a body mass such as ``70 kg`` or ``154 lb``, from 20 to 300 kg, in kg."""
    match = _MASS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'{shown(value)} is no body mass; write "70 kg" or "154 lb"')
    mass_kg = float(match[1]) * (KG_PER_LB if match[2] == "lb" else 1)
    if not 20 <= mass_kg <= 300:
        raise ValueError(f"{shown(value)} is no body mass of a walker; 20 kg to 300 kg is allowed")
    return mass_kg


def check_cap_speed(value: object) -> Speed:
    """Read a speed with its unit, rounded down, as a cap is."""
    check_speed(value)
    speed = parse_speed(text_of(value), math.floor)
    if not speed:
        raise ValueError(f"{shown(value)} is too little to walk at; 0.01 km/h or more is allowed")
    return speed


def check_cap_incline(value: object) -> Incline:
    """Read an incline of 0 % or more, rounded down, as a cap is."""
    if check_incline(value) < LEVEL:
        raise ValueError(f"{shown(value)} is no highest incline; 0 % or more is allowed")
    return parse_incline(text_of(value), math.floor)


_TEXT = WithJsonSchema({"type": "string"})
CapSpeed = Annotated[Speed, PlainValidator(check_cap_speed), _TEXT]
CapIncline = Annotated[Incline, PlainValidator(check_cap_incline), _TEXT]
Mass = Annotated[float, PlainValidator(check_mass_kg), _TEXT]


class RowTable(Table):
    """``[caps.backward_walk]`` and its like."""

    speed: CapSpeed | None = Field(default=None, description="the highest speed")
    incline: CapIncline | None = Field(default=None, description="the steepest incline")
    continuous: Duration | None = Field(default=None, description="the longest stretch at once")


class CapsTable(Table):
    """``[caps]``: what this profile lowers."""

    effort_met: Annotated[float, Field(ge=1.5, allow_inf_nan=False)] | None = Field(
        default=None, description="the highest estimated effort, in multiples of rest (MET)"
    )
    backward_total: Duration | None = Field(default=None, description="backward in one session")
    non_forward_total: Duration | None = Field(
        default=None, description="all that is not forward in one session"
    )
    circle_rounds: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="circles in one session"
    )
    warm_up: RowTable | None = None
    forward_walk: RowTable | None = None
    forward_jog: RowTable | None = None
    backward_walk: RowTable | None = None
    backward_uphill: RowTable | None = None
    side_step: RowTable | None = None
    side_step_crossover: RowTable | None = None
    diagonal: RowTable | None = None
    cool_down: RowTable | None = None

    def rows(self) -> dict[CapRow, LoweredRow]:
        """Return the rows that are written down."""
        found: dict[CapRow, LoweredRow] = {}
        for row in CapRow:
            table: RowTable | None = getattr(self, row.value, None)
            if table is not None:
                found[row] = LoweredRow(table.speed, table.incline, table.continuous)
        return found


class ProfileTable(Table):
    """A whole ``profile.toml``."""

    base: Literal["home-beginner", "home-experienced", "clinic"] = Field(
        description='the profile whose caps this one starts from, as in base = "home-beginner"'
    )
    name: Line | None = Field(default=None, description="the file's own name when left out")
    body_mass: Mass | None = Field(default=None, description='as in "70 kg", for the energy')
    birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = Field(
        default=None, description="for the heart rate alarm, and for caution from 65 on"
    )
    comfortable_forward_speed: CapSpeed | None = Field(
        default=None, description="the walker's own pace on a treadmill, measured or tried"
    )
    max_heart_rate_bpm: Annotated[int, Field(ge=60, le=220)] | None = Field(
        default=None, description="the alarm; 85 % of 207 - 0.7 x age when left out"
    )
    balance_problem: bool = Field(default=False, description="slower, and with a spotter")
    back_or_knee_problem: bool = Field(default=False, description="slower, and with a spotter")
    knee_injury: bool = Field(default=False, description="a knee injured now: no backward walking")
    must_stop_on_link_loss: bool = Field(
        default=False,
        description="no treadmill that runs on when its link is lost, or may for all that is known",
    )
    any_key_stops: bool = Field(
        default=True, description="facing away on a moving belt, any key is STOP"
    )
    cue_channel: Literal["voice", "screen-reader", "spotter", "visual"] | None = Field(
        default=None, description="how the walker hears what comes next"
    )
    voice: Line | None = Field(default=None, description="the name of a voice of this computer")
    language: Annotated[str, Field(pattern=f"^{LANGUAGE}$")] = Field(
        default="en", description='the language of the cues, as in "en" or "de-AT"'
    )
    caps: CapsTable = Field(default=CapsTable(), description="what is lowered")

    def resolve(self, name: str) -> Profile:
        """Return the profile; ``name`` is used where the file gives none."""
        return Profile(
            name=self.name or name,
            base=BASES[self.base],
            lowered=MappingProxyType(self.caps.rows()),
            max_met=self.caps.effort_met,
            backward_total_s=self.caps.backward_total,
            non_forward_total_s=self.caps.non_forward_total,
            circle_rounds=self.caps.circle_rounds,
            body_mass_kg=self.body_mass,
            birth_year=self.birth_year,
            comfortable_forward_speed=self.comfortable_forward_speed,
            max_heart_rate_bpm=self.max_heart_rate_bpm,
            balance_problem=self.balance_problem,
            back_or_knee_problem=self.back_or_knee_problem,
            knee_injury=self.knee_injury,
            must_stop_on_link_loss=self.must_stop_on_link_loss,
            any_key_stops=self.any_key_stops,
            cue_channel=None if self.cue_channel is None else CueChannel(self.cue_channel),
            voice=self.voice,
            language=self.language,
        )


def profile_names() -> dict[str, Path]:
    """Return the shipped profiles and the user's by name; a shipped one goes before one's own."""
    shipped = names_in(shipped_folder() / "profiles")
    return names_in(user_folder() / "profiles") | shipped


def find_profile(name: str | None) -> Profile:
    """Load a profile as `load_profile` does, the most cautious one where none is named."""
    return base_profile(DEFAULT_PROFILE) if name is None else load_profile(name)


def load_profile(name_or_path: str | PathLike[str]) -> Profile:
    """Load a profile: a path, or the name of a shipped one or of one in the user's folder.

    Raises:
        FileErrors: when there is no such profile, or something is wrong with it.

    """
    wanted = fspath(name_or_path)
    if wanted.endswith(".toml"):
        return read_profile(Path(wanted))
    known = profile_names()
    if wanted in known:
        return read_profile(known[wanted])
    if "\0" not in wanted and Path(wanted).exists():
        return read_profile(Path(wanted))
    message = "no such file, and no profile of this name; " + allowed(wanted, list(known))
    raise FileErrors([FileProblem(wanted, 1, 1, "profile", message)])


def read_profile(path: Path) -> Profile:
    """Read one profile file.

    Raises:
        FileErrors: when the file cannot be read or does not hold a valid profile.

    """
    return load_toml(path, ProfileTable, _check).resolve(path.stem)


def _check(raw: RawTable) -> Iterator[tuple[KeyPath, str]]:
    yield from find_raised_caps(raw)
    language = raw.get("language", ENGLISH.language)
    if isinstance(language, str) and re.fullmatch(LANGUAGE, language):
        is_english = language.partition("-")[0] == ENGLISH.language
        if not is_english and file_of_language(language) is None:
            message = f"there are no cues in {shown(language)}; " + allowed("", list(languages()))
            yield ("language",), message


def find_raised_caps(raw: RawTable) -> Iterator[tuple[KeyPath, str]]:
    """Yield each value of a raw profile that lies above the cap of its base, and what to do."""
    base = BASES.get(str(raw.get("base")))
    caps = raw.get("caps")
    if base is None or not isinstance(caps, dict):
        return
    yield from _raised_totals(base, caps)
    for row in CapRow:
        table = caps.get(row.value)
        if isinstance(table, dict):
            yield from _raised_row(base, row, table)


def _raised_totals(base: BaseProfile, caps: RawTable) -> Iterator[tuple[KeyPath, str]]:
    totals = {
        "backward_total": base.backward_total_s,
        "non_forward_total": base.non_forward_total_s,
    }
    for key, cap_s in totals.items():
        seconds = _try(check_duration_s, caps.get(key))
        if seconds is not None and seconds > cap_s:
            yield ("caps", key), _can_only_lower(base, f"{cap_s:g} s", caps[key])
    for key, cap in {"circle_rounds": base.circle_rounds, "effort_met": base.max_met}.items():
        number = caps.get(key)
        if isinstance(number, int | float) and number > cap:
            yield ("caps", key), _can_only_lower(base, f"{cap:g}", number)


_SHORTEST_S = {CapRow.WARM_UP: SHORTEST_WARM_UP_S, CapRow.COOL_DOWN: SHORTEST_COOL_DOWN_S}


def _raised_row(base: BaseProfile, row: CapRow, table: RawTable) -> Iterator[tuple[KeyPath, str]]:
    path: KeyPath = ("caps", row.value)
    allowed = base.rows.get(row)
    if allowed is None:
        yield path, f"{base.name} has no {row.words}; {base.elsewhere}, and a file can only lower"
        return
    speed = _try(check_cap_speed, table.get("speed"))
    fastest = allowed.tiers[0].max_speed
    if speed is not None and speed > fastest:
        yield (*path, "speed"), _can_only_lower(base, fastest, table["speed"])
    incline = _try(check_cap_incline, table.get("incline"))
    if incline is not None and incline > allowed.max_incline:
        yield (*path, "incline"), _can_only_lower(base, allowed.max_incline, table["incline"])
    seconds = _try(check_duration_s, table.get("continuous"))
    if seconds is None:
        return
    if seconds > allowed.max_continuous_s:
        allowed_s = f"{allowed.max_continuous_s:g} s"
        yield (*path, "continuous"), _can_only_lower(base, allowed_s, table["continuous"])
    shortest = _SHORTEST_S.get(row, SHORTEST_NON_FORWARD_S)
    if seconds < shortest:
        message = f"{shown(table['continuous'])} is too short; at least {shortest:g} s is allowed"
        yield (*path, "continuous"), message


def _can_only_lower(base: BaseProfile, cap: object, value: object) -> str:
    return f"{shown(value)} is above the {cap} of {base.name}; a profile can only lower it"


def _try(check: Callable[[object], ValueT], value: object) -> ValueT | None:
    """Read what may be anything; what is wrong with it, the model says."""
    try:
        return check(value)
    except ValueError:
        return None
