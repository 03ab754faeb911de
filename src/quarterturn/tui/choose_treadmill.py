"""Choose a treadmill: a saved one, the simulated one, or one that is looked for now."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from quarterturn import plugins
from quarterturn.machines import all_machines
from quarterturn.plugins import PluginError
from quarterturn.port import LinkError, Sighting
from quarterturn.saved_treadmills import NotEditedError, save_treadmill
from quarterturn.settings import Settings, load_settings
from quarterturn.sightings import Found, found
from quarterturn.toml_files import FileErrors
from quarterturn.toml_words import printable
from quarterturn.tui.page import Page

SIMULATED: Final = "ftms+sim://"
SCAN_S: Final = 15.0
"""How long it is listened for at a time; as ``quarterturn scan`` does."""
_LINK: Final = "ble"

_IDLE: Final = "Find one in reach, over Bluetooth"
_BUSY: Final = "Listening ... (Enter here ends it)"
_AGAIN: Final = "Listen again"
_WAKE_IT: Final = (
    "No treadmill was heard. Switch it on, wake it up and come nearer; close other apps that are "
    "connected to it, for most treadmills vanish while one is."
)


class ChooseTreadmillScreen(Page[str]):
    """Ask for a treadmill; the result is its saved name or its URL, None where none was chosen."""

    page_title = "Choose a treadmill"
    HELP = """\
## Choose a treadmill

↑ and ↓ move, Enter takes the one that is marked, a click does both.

*Find one in reach* listens over Bluetooth for fifteen seconds and lists treadmills as they are
heard. One that was found can be saved under a name. Nothing is connected and nothing started here.

Before a treadmill is walked on for the first time, let `quarterturn onboard` get to know it, with
nobody on the belt.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", priority=True),
        Binding("f", "find", "Find one"),
    ]
    DEFAULT_CSS = """
    ChooseTreadmillScreen OptionList { height: 1fr; }
    ChooseTreadmillScreen.-high OptionList { margin-top: 1; }
    ChooseTreadmillScreen #name { margin: 0 1; display: none; }
    ChooseTreadmillScreen #told { height: auto; padding: 0 1; margin-bottom: 1; }
    ChooseTreadmillScreen.-low #told { margin-bottom: 0; }
    """

    @dataclass
    class Heard(Message):
        """Something was heard."""

        each: Found

    @dataclass
    class Ended(Message):
        """The listening has ended; ``why`` it could not be done, None where it could."""

        why: str | None

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[str, Found] = {}
        self._listening: asyncio.Event | None = None
        self._url: str | None = None

    def compose_page(self) -> ComposeResult:
        """Build the list, the field for a name, and a line for what is to be said."""
        yield OptionList(markup=False)
        yield Input(id="name", placeholder="save it as (a name, or nothing)", compact=True)
        yield Static(id="told", markup=False)

    def on_mount(self) -> None:
        """Show what is saved."""
        try:
            settings = load_settings()
        except FileErrors as errors:
            settings = Settings()
            self._say("\n".join(f"✗ {problem}" for problem in errors.problems))
        options = self.query_one(OptionList)
        if settings.treadmills:
            options.add_option(_title("Saved"))
        for name, url in settings.treadmills.items():
            options.add_option(Option(_saved(name, url, settings), id=f"take:{name}"))
        options.add_option(_title("Without a treadmill"))
        options.add_option(Option(_simulated(), id=f"take:{SIMULATED}"))
        options.add_option(_title("In reach"))
        options.add_option(Option(f"  {_IDLE}", id="find"))
        options.focus()
        named = settings.treadmill
        if named is not None:
            options.highlighted = options.get_option_index(f"take:{named}")
        else:
            options.action_first()

    # --- choosing --------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self._choose()

    def action_choose(self) -> None:
        """Take what is marked; in the field, the name that was typed."""
        if self.query_one("#name").has_focus:
            self._save(self.query_one("#name", Input).value.strip())
        else:
            self._choose()

    def _choose(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        kind, _, rest = ("" if option is None else option.id or "").partition(":")
        match kind:
            case "take":
                self.dismiss(rest)
            case "find":
                self.action_find()
            case "heard":
                self._ask_for_a_name(str(self._heard[rest].url))
            case _:
                self.app.bell()

    def _ask_for_a_name(self, url: str) -> None:
        self._url = url
        field = self.query_one("#name", Input)
        field.display = True
        field.focus()
        self._say("Enter saves it under this name; without a name it is taken this once.")

    def _save(self, name: str) -> None:
        url = self._url or SIMULATED
        if not name:
            self.dismiss(url)
            return
        try:
            save_treadmill(name, url, as_default=True)
        except FileErrors as errors:
            self._say("\n".join(f"✗ {problem}" for problem in errors.problems))
        except (NotEditedError, ValueError, OSError) as error:
            self._say(f"✗ Nothing is saved: {error}")
        else:
            self.dismiss(name)

    def action_back(self) -> None:
        """Leave the field for a name first, then the screen."""
        field = self.query_one("#name", Input)
        if not field.display:
            self.dismiss(None)
            return
        field.display = False
        self._say("")
        self.query_one(OptionList).focus()

    # --- finding ---------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Listen; where it is listened already, end it."""
        if self._listening is not None:
            self._listening.set()
            return
        self._listening = enough = asyncio.Event()
        self._prompt(_BUSY)
        self._say("")
        self.run_worker(self._listen(enough), group="scan")

    async def _listen(self, enough: asyncio.Event) -> None:
        """Post what is heard; whatever is wrong with the radio comes back in words."""
        known = all_machines()

        def on_sighting(sighting: Sighting) -> None:
            self.post_message(self.Heard(found(sighting, _LINK, (), known)))

        why = None
        try:
            scanner = await asyncio.to_thread(plugins.load_scanner, _LINK)
            async with scanner((), on_sighting):
                try:
                    async with asyncio.timeout(SCAN_S):
                        await enough.wait()
                except TimeoutError:
                    pass
        except (PluginError, LinkError, OSError, ValueError, FileErrors) as error:
            why = str(error)
        self.post_message(self.Ended(why))

    def on_choose_treadmill_screen_heard(self, event: Heard) -> None:
        """Add a treadmill to the list, or say anew what is known of it."""
        each, address = event.each, event.each.sighting.address
        if each.url is None or not each.kind.may_be_treadmill:
            return
        options = self.query_one(OptionList)
        is_new = address not in self._heard
        self._heard[address] = each
        if is_new:
            options.add_option(Option(_heard(each), id=f"heard:{address}"))
        else:
            options.replace_option_prompt(f"heard:{address}", _heard(each))

    def on_choose_treadmill_screen_ended(self, event: Ended) -> None:
        """Say why nothing could be heard, or how to be heard."""
        self._listening = None
        self._prompt(_AGAIN)
        if event.why is not None:
            self._say(f"✗ {event.why}")
        elif not self._heard:
            self._say(_WAKE_IT)

    def _prompt(self, words: str) -> None:
        self.query_one(OptionList).replace_option_prompt("find", f"  {words}")

    def _say(self, text: str) -> None:
        lines = (printable(line) for line in text.split("\n"))
        self.query_one("#told", Static).update(Content("\n".join(lines)))


def _title(words: str) -> Option:
    return Option(Content.styled(words, "bold"), disabled=True)


def _saved(name: str, url: str, settings: Settings) -> Content:
    usual = "  (the usual one)" if name == settings.treadmill else ""
    return Content(f"  {printable(name)}  {printable(url)}{usual}")


def _simulated() -> Content:
    return Content(f"  The simulated treadmill  {SIMULATED}")


def _heard(each: Found) -> Content:
    """Return a line for a treadmill: name, signal, what is known of the model, whether it is free.

    The name is whatever a stranger sends.
    """
    sighting = each.sighting
    name = printable(sighting.name or "") or "(no name)"
    dbm = "signal unknown" if sighting.rssi_dbm is None else f"{sighting.rssi_dbm} dBm"
    model = "a model that is not known" if each.machine is None else each.machine.record.name
    in_use = "; it says that it is in use" if each.available is False else ""
    return Content(f"  {name}  {sighting.address}  {dbm}  {printable(model)}{in_use}")
