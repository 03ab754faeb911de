"""Plugins by entry point: listed without importing, loaded one at a time, failing in words."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from quarterturn import plugins
from quarterturn.plugins import (
    Group,
    PluginError,
    load_driver,
    load_link,
    load_sensor,
    load_simulator,
    names,
)


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_the_shipped_plugins_are_listed() -> None:
    assert "ftms" in names(Group.DRIVERS)
    assert "sim" in names(Group.LINKS)
    assert names(Group.SIMULATORS) == ("treadmill",)


def test_listing_imports_neither_drivers_nor_simulators() -> None:
    code = (
        "import sys; from quarterturn.plugins import Group, names;"
        "[names(group) for group in Group];"
        "print([m for m in sys.modules if m.startswith(('quarterturn_', 'bleak', 'bumble'))])"
    )
    assert run(code) == "[]"


@pytest.mark.parametrize(
    "module",
    ["quarterturn", "quarterturn.port", "quarterturn.treadmill_url", "quarterturn.machines"],
)
def test_the_core_imports_neither_package(module: str) -> None:
    code = f"import sys, {module};print([m for m in sys.modules if m.startswith('quarterturn_')])"
    assert run(code) == "[]"


def test_loading_a_driver_loads_no_simulator() -> None:
    code = (
        "import sys; from quarterturn.plugins import load_driver; load_driver('ftms');"
        "print([m for m in sys.modules if m.startswith('quarterturn_simulator')])"
    )
    assert run(code) == "[]"


def test_a_driver_is_loaded_by_name() -> None:
    from quarterturn_drivers.ftms import FtmsDriver

    assert load_driver("ftms") is FtmsDriver


def test_a_sensor_is_loaded_by_name() -> None:
    from quarterturn_drivers.heart_rate import HeartRateSensor

    assert load_sensor("heart-rate") is HeartRateSensor
    with pytest.raises(PluginError, match="no sensor 'strap': there is heart-rate, running"):
        load_sensor("strap")


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(PluginError, match=r"no driver 'ftsm' \(did you mean 'ftms'\?\): there is"):
        load_driver("ftsm")
    with pytest.raises(PluginError, match=r"no link 'carrier-pigeon': there is .*sim"):
        load_link("carrier-pigeon")


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a third distribution with plugins of every kind of fault on the path."""
    info = tmp_path / "acme_treadmills-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-treadmills\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[quarterturn.drivers]\n"
        "needy = acme_needy:Driver\n"
        "broken = acme_broken:Driver\n"
        "leaving = acme_leaving:Driver\n"
        "absent = acme_fine:Nothing\n"
        "number = acme_fine:NUMBER\n"
        "ftms = acme_fine:Driver\n"
    )
    (tmp_path / "acme_needy.py").write_text("import a_module_that_is_not_there\n")
    (tmp_path / "acme_broken.py").write_text("raise ZeroDivisionError('oops')\n")
    (tmp_path / "acme_leaving.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "acme_fine.py").write_text("NUMBER = 7\nclass Driver: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("needy", "needs the Python module 'a_module_that_is_not_there'"),
        ("broken", "ZeroDivisionError: oops"),
        ("leaving", "SystemExit: 3"),
        ("absent", "AttributeError"),
        ("number", "cannot be called"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_says_whose_it_is_and_what_to_do(
    name: str, words: str
) -> None:
    with pytest.raises(PluginError) as failure:
        load_driver(name)
    assert words in str(failure.value)
    assert "acme-treadmills 1.2" in str(failure.value)
    assert "pip install --force-reinstall acme-treadmills" in str(failure.value)


@pytest.mark.usefixtures("offered")
def test_a_name_offered_twice_is_no_lottery() -> None:
    with pytest.raises(
        PluginError, match=r"more than once, by acme-treadmills 1\.2 and quarterturn"
    ):
        load_driver("ftms")


def test_no_plugin_at_all_asks_for_a_reinstallation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_offered", lambda group: [])
    with pytest.raises(PluginError, match="none at all"):
        load_driver("ftms")


def test_a_simulator_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built = object()
    entry = EntryPoint("treadmill", "unit.test_plugins:unused", Group.SIMULATORS)
    monkeypatch.setattr(plugins, "_offered", lambda group: [entry])
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda: built)
    assert load_simulator() is built
