"""The choice of a profile and of a treadmill, by keyboard and by mouse."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, OptionList, Static

from quarterturn import plugins
from quarterturn.caps import BASES, BaseProfile, CapRow
from quarterturn.plugins import PluginError
from quarterturn.port import LinkError, Scanner, Sighting
from quarterturn.profiles import base_profile
from quarterturn.settings import load_settings
from quarterturn.tui import choose_treadmill
from quarterturn.tui.choose_profile import ChooseProfileScreen
from quarterturn.tui.choose_treadmill import SIMULATED, ChooseTreadmillScreen
from quarterturn.tui.profile_text import rows_in_words
from quarterturn.wire.ftms import SERVICE
from tui.host import UNSET, Host, Looks, in_each_look, press, settled, showing, shown

pytestmark = pytest.mark.real_time
YEAR = 2026
URL = "ftms+ble://AA:BB:CC:DD:EE:FF"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    return tmp_path


def write_profile(home: Path, name: str, text: str = 'base = "home-beginner"\n') -> None:
    folder = home / "profiles"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def caps(app: Host) -> str:
    return str(app.screen.query_one("#caps", Static).render())


def told(app: Host) -> str:
    return str(app.screen.query_one("#told", Static).render())


def listed(app: Host) -> list[str]:
    return [str(it.prompt).strip() for it in app.screen.query_one(OptionList).options]


# --- a profile -----------------------------------------------------------------------------------


async def test_without_a_profile_of_ones_own_the_most_cautious_is_marked() -> None:
    async with showing(ChooseProfileScreen()) as (app, pilot):
        assert "home-beginner" in caps(app)
        await press(app, pilot, "enter")
        assert app.result == "home-beginner"


async def test_the_only_profile_is_marked(home: Path) -> None:
    write_profile(home, "anna")
    async with showing(ChooseProfileScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert app.result == "anna"


async def test_where_two_people_walk_nobody_is_assumed(home: Path) -> None:
    (home / "settings.toml").write_text('profile = "anna"\n', encoding="utf-8")
    write_profile(home, "anna")
    write_profile(home, "bert")
    async with showing(ChooseProfileScreen()) as (app, pilot):
        assert "Several people walk here" in caps(app)
        await press(app, pilot, "enter")
        assert app.result is UNSET
        await press(app, pilot, "down", "down", "enter")
        assert app.result == "bert"


async def test_a_profile_is_clicked(home: Path) -> None:
    write_profile(home, "anna")
    async with showing(ChooseProfileScreen()) as (app, pilot):
        lines = (await shown(pilot)).splitlines()
        row = next(index for index, line in enumerate(lines) if line.startswith("   clinic"))
        await pilot.click(offset=(5, row))
        await settled(app, pilot)
        assert app.result == "clinic"


async def test_a_broken_profile_says_what_is_wrong_and_cannot_be_chosen(home: Path) -> None:
    write_profile(home, "anna", 'base = "[red]nobody"\n')
    async with showing(ChooseProfileScreen()) as (app, pilot):
        assert "anna.toml:1:1: base:" in caps(app)
        await press(app, pilot, "enter")
        assert app.result is UNSET


async def test_what_a_profile_lowers_is_what_is_shown(home: Path) -> None:
    lowered = 'base = "home-beginner"\n[caps.backward_walk]\nspeed = "1.5 km/h"\n'
    write_profile(home, "anna", lowered)
    async with showing(ChooseProfileScreen()) as (app, _):
        assert "▼ backward walk             1.5 km/h  level     01:00" in caps(app)
        assert "backward for 06:00 in all, 2 circles" in caps(app)


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_the_caps_in_words_are_those_of_the_base_where_nothing_is_lowered(
    base: BaseProfile,
) -> None:
    rows = {it.words: it for it in rows_in_words(base_profile(base.name), YEAR)}
    assert set(rows) == {row.words for row in base.rows}
    walk = base.rows[CapRow.BACKWARD_WALK]
    assert rows["backward walk"].max_speed == walk.tiers[0].max_speed
    assert rows["backward walk"].max_continuous_s == walk.max_continuous_s


# --- a treadmill ---------------------------------------------------------------------------------


def save(home: Path) -> None:
    text = f'treadmill = "home"\n[treadmills]\nattic = "{URL}0"\nhome = "{URL}"\n'
    (home / "settings.toml").write_text(text.replace(":FF0", ":F0"), encoding="utf-8")


def heard(name: str, address: str = "AA:BB:CC:DD:EE:FF", service: int = SERVICE) -> Sighting:
    return Sighting(address, name, -60, frozenset({service}), {})


def scanner(*sightings: Sighting, error: Exception | None = None) -> Scanner:
    @asynccontextmanager
    async def scan(
        options: Sequence[tuple[str, str]], on_sighting: Callable[[Sighting], None]
    ) -> AsyncIterator[None]:
        if error is not None:
            raise error
        for each in sightings:
            on_sighting(each)
        await asyncio.sleep(0)
        yield

    return scan


@pytest.fixture
def radio(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scanner], None]:
    """Put a scanner in the place of the radio; it listens for a moment."""
    monkeypatch.setattr(choose_treadmill, "SCAN_S", 0.05)

    def use(scan: Scanner) -> None:
        monkeypatch.setattr(plugins, "load_scanner", lambda _: scan)

    return use


async def test_the_usual_treadmill_is_marked(home: Path) -> None:
    save(home)
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert app.result == "home"


async def test_the_simulated_treadmill_needs_nothing() -> None:
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert app.result == SIMULATED


async def test_a_saved_treadmill_is_clicked(home: Path) -> None:
    save(home)
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        lines = (await shown(pilot)).splitlines()
        row = next(index for index, line in enumerate(lines) if "attic" in line)
        await pilot.click(offset=(5, row))
        await settled(app, pilot)
        assert app.result == "attic"


async def test_broken_settings_are_told_and_the_rest_works(home: Path) -> None:
    (home / "settings.toml").write_text("units = 3\n", encoding="utf-8")
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        assert "settings.toml:1:1" in told(app)
        await press(app, pilot, "enter")
        assert app.result == SIMULATED


async def test_a_treadmill_that_is_heard_is_listed_once_and_saved_under_a_name(
    radio: Callable[[Scanner], None],
) -> None:
    radio(scanner(heard("FS-1"), heard("FS-1[b]"), heard("strap", "11:22", 0x180D)))
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "f")
        assert sum("AA:BB:CC:DD:EE:FF" in line for line in listed(app)) == 1
        assert not any("strap" in line for line in listed(app))
        await press(app, pilot, "down", "down", "enter", *"home", "enter")
        assert app.result == "home"
        assert load_settings().treadmills["home"] == URL


async def test_a_treadmill_that_is_heard_is_taken_this_once(
    radio: Callable[[Scanner], None],
) -> None:
    radio(scanner(heard("FS-1")))
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "f", "down", "down", "enter", "enter")
        assert app.result == URL


async def test_a_name_that_is_taken_is_told_in_place(
    home: Path, radio: Callable[[Scanner], None]
) -> None:
    save(home)
    radio(scanner(heard("FS-1", "11:22:33:44:55:66")))
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "f", *["down"] * 3, "enter", *"attic", "enter")
        assert app.result is UNSET
        assert "Nothing is saved" in told(app)
        await press(app, pilot, "escape")
        assert app.result is UNSET
        assert not app.screen.query_one(Input).display
        await press(app, pilot, "escape")
        assert app.result is None


@pytest.mark.parametrize(
    "error", [LinkError("there is no Bluetooth here"), ValueError("no such option")]
)
async def test_without_a_radio_the_reason_is_told(
    error: Exception, radio: Callable[[Scanner], None]
) -> None:
    radio(scanner(error=error))
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "f")
        assert told(app) == f"✗ {error}"
        assert "Listen again" in listed(app)


async def test_a_scanner_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> Scanner:
        raise PluginError("there is no scanner 'ble'")

    monkeypatch.setattr(plugins, "load_scanner", fail)
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "f")
        assert told(app) == "✗ there is no scanner 'ble'"


async def test_where_nothing_is_heard_it_says_how_to_be_heard(
    radio: Callable[[Scanner], None],
) -> None:
    radio(scanner())
    async with showing(ChooseTreadmillScreen()) as (app, pilot):
        await press(app, pilot, "f")
        assert told(app).startswith("No treadmill was heard.")


# --- how they look -------------------------------------------------------------------------------

PROFILE = Looks(ChooseProfileScreen)
TREADMILL = Looks(ChooseTreadmillScreen)


@in_each_look
def test_the_choice_of_a_profile_looks_as_kept(
    screens: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    assert PROFILE.of(size, theme) == screens


@in_each_look
def test_the_choice_of_a_treadmill_looks_as_kept(
    screens: SnapshotAssertion, home: Path, size: tuple[int, int], theme: str
) -> None:
    save(home)
    assert TREADMILL.of(size, theme) == screens
