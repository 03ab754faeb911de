"""``quarterturn scan`` as a process of its own, on the virtual controllers of ``simulate``."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

QUARTERTURN = [sys.executable, "-m", "quarterturn"]
PATIENCE_S = 60


def run(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*QUARTERTURN, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        **options,  # type: ignore[call-overload]
    )


@pytest.fixture(scope="module")
def hci() -> Iterator[str]:
    """A treadmill in the air, offered on a free port; yield how a host reaches it."""
    command = [*QUARTERTURN, "simulate", "--radio", "tcp:127.0.0.1:0", "--name", "Mill", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulation:
        try:
            assert simulation.stdout is not None
            said = json.loads(simulation.stdout.readline())
            yield str(said["radio"]).replace("tcp:", "tcp-client:")
        finally:
            simulation.terminate()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    return tmp_path


def test_a_treadmill_is_listed_with_the_url_that_reaches_it(hci: str) -> None:
    result = run("scan", "--hci", hci, "--seconds", "2", "--json")
    assert result.returncode == 0, result.stderr
    [heard] = [json.loads(line) for line in result.stdout.splitlines()]
    assert heard["name"] == "Mill"
    assert heard["services"] == ["1826"]
    assert heard["service_data"] == {"1826": "010100"}
    assert heard["kind"] == "treadmill"
    assert heard["available"] is True
    assert heard["url"] == f"ftms+ble://{heard['address']}?hci={hci}"


def test_a_scan_for_people_says_what_it_is_and_how_to_name_it(hci: str) -> None:
    result = run("scan", "--hci", hci, "--seconds", "2")
    assert "Mill" in result.stdout
    assert "treadmill (1826), a model that is not known" in result.stdout
    assert "--treadmill 'ftms+ble://" in result.stdout


def test_what_was_found_is_saved_under_a_name_that_works(hci: str, home: Path) -> None:
    saved = run("scan", "--hci", hci, "--seconds", "2", "--save", "home")
    assert saved.returncode == 0, saved.stderr
    assert "saved as 'home'" in saved.stderr
    assert "ftms+ble://" in (home / "settings.toml").read_text()
    # It is connected to, and refuses nothing that the plan asks of it.
    planned = run("plan", "circle", "--treadmill", "home")
    assert planned.returncode == 0, planned.stderr
    again = run("scan", "--hci", hci, "--seconds", "2", "--save", "home", "--address", "Elsewhere")
    assert again.returncode == 2
    assert "no treadmill with address Elsewhere was heard" in again.stderr


def test_nobody_in_reach_is_an_end_with_advice() -> None:
    result = run("scan", "--hci", "tcp-client:127.0.0.1:9", "--seconds", "1")
    assert result.returncode == 3
    assert "is `quarterturn simulate --radio tcp:HOST:PORT` running there?" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("hci", ["telepathy:1", "tcp-client:here", ""])
def test_a_controller_that_cannot_be_is_a_mistake_of_the_command_line(hci: str) -> None:
    result = run("scan", "--hci", hci, "--seconds", "1")
    assert result.returncode == 2
    assert "write usb:0" in result.stderr


@pytest.mark.parametrize("seconds", ["0", "-3", "nan", "soon"])
def test_a_time_that_is_none_is_refused(seconds: str) -> None:
    result = run("scan", "--seconds", seconds)
    assert result.returncode == 2
    assert "1 to 3600 seconds" in result.stderr


def test_a_treadmill_that_is_not_there_ends_a_run_with_advice(hci: str, home: Path) -> None:
    url = f"ftms+ble://Elsewhere?hci={hci}"
    result = run("plan", "circle", "--treadmill", url)
    assert result.returncode == 3
    assert "Elsewhere was not seen within 12 s: switch the treadmill on" in result.stderr
