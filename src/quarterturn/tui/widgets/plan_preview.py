"""A workout as the caps leave it: its plot, its sums, and every cap in words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from quarterturn.lines import clock
from quarterturn.model import MachineRecord
from quarterturn.plan import PlanRefused, make_plan
from quarterturn.plan_sheet import PhaseShown, PlanSheet
from quarterturn.profiles import Profile
from quarterturn.toml_files import FileErrors
from quarterturn.toml_words import printable
from quarterturn.tui.headings import LOOKS
from quarterturn.tui.styles import MUTED
from quarterturn.tui.widgets.speed_plot import SpeedPlot
from quarterturn.workout.files import load_workout


@dataclass(frozen=True, slots=True)
class Preview:
    """A workout that was looked at: either its sheet, or why there is none."""

    name: str
    description: str = ""
    sheet: PlanSheet | None = None
    refused: str = ""
    problems: tuple[str, ...] = ()


def preview(name: str, profile: Profile, record: MachineRecord | None, year: int) -> Preview:
    """Load a workout and put it under the caps; what is wrong comes back in words.

    It reads a file, and a long workout takes a while: not for the loop that draws.
    """
    try:
        workout = load_workout(name)
    except FileErrors as errors:
        problems = tuple(map(str, errors.problems))
        return Preview(name, refused="This file cannot be used.", problems=problems)
    except (OSError, ValueError) as error:
        return Preview(name, refused="This file cannot be used.", problems=(str(error),))
    try:
        plan = make_plan(workout, profile, None, year=year, record=record)
    except PlanRefused as refusal:
        refused = f"This cannot be walked with the profile {profile.name}."
        return Preview(name, workout.description, refused=refused, problems=refusal.problems)
    return Preview(name, workout.description, PlanSheet.of(plan, profile.body_mass_kg))


class PlanPreview(VerticalScroll):
    """What a workout comes to; it scrolls where the room is small."""

    HELP = """\
## Preview

The workout as it would be walked: under the caps of the profile, with the reason of every cap.
Turns are made on a stopped belt and come on top of the time. Nothing here is changed or started.

Scroll with the wheel, or with ↑ and ↓ when this part has the focus (Tab).
"""
    DEFAULT_CSS = """
    PlanPreview { padding: 0 1; height: 1fr; }
    PlanPreview SpeedPlot { height: 36%; min-height: 9; max-height: 18; margin: 1 0; }
    PlanPreview Static { height: auto; }
    """

    def compose(self) -> ComposeResult:
        """Build the parts; they are filled by `show`."""
        yield Static(id="plan-head")
        yield SpeedPlot(id="plan-plot")
        yield Static(id="plan-words")

    def show(self, found: Preview | None) -> None:
        """Show a workout; None: there is nothing to show."""
        head, words = self.query_one("#plan-head", Static), self.query_one("#plan-words", Static)
        plot = self.query_one(SpeedPlot)
        sheet = None if found is None else found.sheet
        plot.display = sheet is not None
        plot.show_plan(sheet)
        head.update("" if found is None else _head(found))
        words.update(Content("") if found is None else _words(found))
        self.scroll_home(animate=False)


def _head(found: Preview) -> Content:
    sheet = found.sheet
    if sheet is None:
        return Content.styled(printable(found.name), "bold")
    return Content.assemble(
        (f"{printable(sheet.workout)}  ", "bold"),
        (clock(sheet.duration_s), "bold"),
        f" · {len(sheet.phases)} phases · about {sheet.distance_m} m · about ",
        f"{sheet.energy_kcal} kcal",
    )


def _words(found: Preview) -> Content:
    if found.sheet is None:
        lines = [Content.styled(f"✗ {printable(found.refused)}", "bold $text-error")]
        lines += (Content(f"  {printable(problem)}") for problem in found.problems)
    else:
        lines = [*_sheet_words(found.sheet, found.description)]
    return Content("\n").join(lines)


def _sheet_words(sheet: PlanSheet, description: str) -> Iterator[Content]:
    yield from heading_lines(sheet)
    if description:
        yield Content(f"\n{printable(description)}")
    yield Content.styled(f"\n{_how_it_is_reckoned(sheet)}", MUTED)
    lowered = [*sheet.limited_by, *_by_phase(sheet, lambda phase: phase.limited_by)]
    if lowered:
        yield from _section("Lowered by caps", lowered)
    else:
        yield Content.styled("\nNo cap lowers anything in it.", "bold")
    yield from _section("Caps that hold", _by_phase(sheet, lambda phase: phase.cap_reasons))
    if sheet.notes:
        yield from _section("Notes", sheet.notes)


def _how_it_is_reckoned(sheet: PlanSheet) -> str:
    assumed = ", a mass that is assumed" if sheet.body_mass_assumed else ""
    return (
        "The time is that of walking; turns, on a stopped belt, come on top. The energy is an "
        f"estimate, ±20 %, for {sheet.body_mass_kg:g} kg{assumed}."
    )


def heading_lines(sheet: PlanSheet) -> Iterator[Content]:
    """Yield a line for each heading that is walked: time, highest speed, and the cap on it."""
    for look in LOOKS.values():
        phases = [phase for phase in sheet.phases if phase.heading == look.word]
        if not phases:
            continue
        fastest = max(max(phase.speed_kmh, phase.end_speed_kmh) for phase in phases)
        caps = sorted({phase.cap_kmh for phase in phases})
        cap = f"{caps[0]:.1f}" if len(caps) == 1 else f"{caps[0]:.1f} to {caps[-1]:.1f}"
        yield Content.assemble(
            (f"{look.shape} {look.word:<9}", f"bold ${look.colour}"),
            f" {clock(sheet.seconds_per_heading.get(look.word, 0.0)):>6}",
            f"  up to {fastest:.1f} km/h",
            (f"  cap {cap} km/h", MUTED),
        )


def _by_phase(sheet: PlanSheet, reasons_of: Callable[[PhaseShown], Iterable[str]]) -> Iterator[str]:
    """Yield each reason once, with the phases that it is true of."""
    found: dict[str, list[int]] = {}
    for phase in sheet.phases:
        for reason in reasons_of(phase):
            found.setdefault(reason, []).append(phase.index + 1)
    for reason, numbers in found.items():
        everywhere = len(numbers) == len(sheet.phases)
        which = "every phase" if everywhere else f"phase{'s'[: len(numbers) > 1]} {_runs(numbers)}"
        yield f"{reason} ({which})"


def _runs(numbers: list[int]) -> str:
    """Write numbers that rise, runs of three and more as ``3-7``."""
    runs: list[list[int]] = []
    for each in numbers:
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    told = (f"{it[0]}-{it[-1]}" if len(it) > 2 else ", ".join(map(str, it)) for it in runs)
    return ", ".join(told)


def _section(title: str, items: Iterable[str]) -> Iterator[Content]:
    yield Content.styled(f"\n{title}", "bold")
    for item in items:
        yield Content.assemble(("· ", MUTED), printable(item))
