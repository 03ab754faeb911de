"""After a session: what was walked against what was planned, and how it was."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from quarterturn.feedback import CR10, WARNING, Feedback
from quarterturn.lines import clock, verdict
from quarterturn.plan_sheet import PlanSheet
from quarterturn.summary import Event, HeadingSummary, Summary, text
from quarterturn.toml_words import printable
from quarterturn.track import Sample
from quarterturn.tui.headings import LOOKS, STOP_SHAPE
from quarterturn.tui.page import Page
from quarterturn.tui.styles import MUTED
from quarterturn.tui.widgets.scale import Asked, Scale, YesNo
from quarterturn.tui.widgets.speed_plot import SpeedPlot

_PAIN = {0: "none", 5: "moderate", 10: "the worst there is"}
_CONFIDENCE = {0: "not at all", 5: "fairly", 10: "entirely"}
_MOST_PROBLEMS = 5


class SummaryScreen(Page[Feedback]):
    """Show what a session came to; with ``ask``, also how it was for the walker.

    The result is what was answered; None where nothing was, or where nobody was asked.
    ``samples`` are the session's reports (`quarterturn.track`); without them the plan is plotted.
    ``feedback`` is what was said of this session before, and ``problems`` what is wrong with its
    record; both are shown.
    """

    page_title = "What it came to"
    HELP = """\
## What it came to

For each way of facing: the time that was planned and walked, the highest speed that the treadmill
reported, the cap on it, and for how long a report lay above that cap.

The questions can all be left out. Enter goes from one to the next, and on *Done* it closes.
The answers are kept beside the journal of the session, on this computer, without a name.
"""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "next", "Go on")]
    DEFAULT_CSS = """
    SummaryScreen VerticalScroll { padding: 0 1; }
    SummaryScreen.-high VerticalScroll { padding: 1 2; }
    SummaryScreen Static { height: auto; }
    SummaryScreen SpeedPlot { height: 38%; min-height: 8; max-height: 20; margin-top: 1; }
    SummaryScreen.-low SpeedPlot { margin-top: 0; }
    SummaryScreen #table { margin-top: 1; }
    SummaryScreen #questions { height: auto; margin-top: 1; }
    SummaryScreen.-high Asked { height: 3; }
    SummaryScreen #warning { color: $text-error; text-style: bold; margin: 1 0; display: none; }
    SummaryScreen #done { margin-top: 1; }
    SummaryScreen.-low #done { border: none; height: 1; background: $panel; }
    """

    def __init__(
        self,
        summary: Summary,
        sheet: PlanSheet | None,
        end: Event | None,
        *,
        ask: bool,
        samples: Sequence[Sample] = (),
        feedback: Feedback | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._summary = summary if end is None else _with_end(summary, end)
        self._sheet = sheet
        self._asks = ask
        self._samples = samples
        self._feedback = feedback
        self._problems = tuple(problems)

    def aside(self) -> str:
        """Say what was walked, and as whom."""
        summary = self._summary
        return f"{printable(summary.workout)}, profile {printable(summary.profile)}"

    def compose_page(self) -> ComposeResult:
        """Build what is shown, and the questions where they are asked."""
        with VerticalScroll():
            yield Static(_ended(self._summary))
            yield SpeedPlot()
            yield Static(Content("\n").join(_table(self._summary)), id="table")
            more = Content("\n").join(self._more())
            if more:
                yield Static(more)
            if self._asks:
                with Vertical(id="questions"):
                    yield Static(Content.styled("How was it? Each may be left out.", MUTED))
                    yield Scale("How hard was it?", CR10, id="effort")
                    yield Scale("Pain?", _PAIN, id="pain")
                    yield YesNo("Dizzy at any time?", id="dizzy")
                    yield Scale("How confident did you feel?", _CONFIDENCE, id="confidence")
                    yield Static(WARNING, id="warning", markup=False)
                    yield Button("Done", id="done")

    def on_mount(self) -> None:
        """Plot what there is."""
        plot = self.query_one(SpeedPlot)
        if self._samples:
            plot.show_measured(self._samples)
        else:
            plot.show_plan(self._sheet)
        plot.display = bool(self._samples) or self._sheet is not None
        self.query_one(VerticalScroll).focus()

    def _more(self) -> Iterator[Content]:
        summary = self._summary
        if not self._samples and self._sheet is not None:
            yield Content.styled("The plot shows the plan: no reports were kept.", MUTED)
        faults = Counter(summary.faults)
        for fault, times in faults.items():
            often = f", {times} times" if times > 1 else ""
            name = printable(fault.replace("_", " "))
            yield Content.assemble(("⚠ fault: ", "bold $text-error"), f"{name}{often}")
        if self._sheet is not None and self._sheet.limited_by:
            yield Content.styled("\nLowered by caps", "bold")
            yield from (Content(f"· {printable(it)}") for it in self._sheet.limited_by)
        if self._problems:
            yield Content.styled("\nThis record is damaged", "bold $text-warning")
            told = [printable(it) for it in self._problems[:_MOST_PROBLEMS]]
            left = len(self._problems) - len(told)
            told += [f"and {left} more lines like these"] if left else []
            yield from (Content(f"· {it}") for it in told)
        if self._feedback is not None:
            yield from _said(self._feedback)

    # --- the questions ---------------------------------------------------------------------------

    @on(Asked.Answered)
    def _weigh(self) -> None:
        self.query_one("#warning").display = self._answers().warns

    @on(Button.Pressed)
    def _done(self) -> None:
        feedback = self._answers()
        self.dismiss(None if feedback.is_empty else feedback)

    def action_next(self) -> None:
        """Go to the next question; where nothing is asked, close."""
        if self._asks:
            self.focus_next("Asked, #done")
        else:
            self.dismiss(None)

    def _answers(self) -> Feedback:
        return Feedback(
            effort=self.query_one("#effort", Scale).marked,
            pain=self.query_one("#pain", Scale).marked,
            dizzy=self.query_one("#dizzy", YesNo).answer,
            confidence=self.query_one("#confidence", Scale).marked,
        )


def _with_end(summary: Summary, end: Event) -> Summary:
    """Return a summary that knows its end, where its events broke off before it."""
    if summary.reason is not None:
        return summary
    stopped = end.get("belt_stopped")
    return replace(
        summary,
        reason=text(end.get("reason")),
        by=text(end.get("by")),
        cause=text(end.get("cause")),
        belt_stopped=stopped if isinstance(stopped, bool) else None,
    )


def _ended(summary: Summary) -> Content:
    if summary.reason == "completed" and summary.belt_stopped:
        return Content.styled(f"✓ {verdict(summary)}", "bold $text-success")
    style = "bold $text-warning" if summary.belt_stopped else "bold $text-error"
    return Content.styled(f"{STOP_SHAPE} {verdict(summary)}", style)


def _table(summary: Summary) -> Iterator[Content]:
    rows = summary.headings()
    with_beats = any(row.highest_bpm is not None for row in rows)
    head = f"{'':<11}{'planned':>8}{'walked':>8}{'highest':>9}{'cap':>6}{'above cap':>10}"
    yield Content.styled(head + (f"{'bpm':>5}" if with_beats else ""), MUTED)
    for row in rows:
        yield _row(row)
    planned_s, done_s = sum(row.planned_s for row in rows), sum(row.done_s for row in rows)
    yield Content.styled(f"{'in all':<11}{clock(planned_s):>8}{clock(done_s):>8}", "bold")


def _row(row: HeadingSummary) -> Content:
    look = LOOKS.get(row.heading)
    name = f"? {printable(row.heading)}" if look is None else f"{look.shape} {look.word}"
    beats = "" if row.highest_bpm is None else f"{row.highest_bpm:>5}"
    above = f"{row.above_cap_s:.1f} s" if row.above_cap_s else "0 s"
    return Content.assemble(
        (f"{name:<11}", f"bold ${look.colour}" if look else "bold"),
        f"{clock(row.planned_s):>8}{clock(row.done_s):>8}",
        f"{_kmh(row.highest_kmh):>9}{_kmh(row.cap_kmh):>6}",
        (f"{above:>10}", "bold $text-error" if row.above_cap_s else ""),
        beats,
    )


def _kmh(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}".removesuffix("0")


def _said(feedback: Feedback) -> Iterator[Content]:
    dizzy = {True: "yes", False: "no", None: None}[feedback.dizzy]
    answers = {
        "effort": feedback.effort,
        "pain": feedback.pain,
        "dizzy": dizzy,
        "confidence": feedback.confidence,
    }
    told = ", ".join(f"{name} {value}" for name, value in answers.items() if value is not None)
    yield Content.assemble(("\nSaid afterwards  ", "bold"), told)
