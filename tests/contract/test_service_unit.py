"""The systemd unit: systemd can read it, and it fits what the bridge does."""

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from quarterturn.bridge.runtime import CONNECT_S
from quarterturn.cli import ExitCode

UNIT = Path(__file__).parents[2] / "configs" / "systemd" / "quarterturn-bridge@.service"


def settings() -> dict[str, list[str]]:
    """Return every setting of the unit with its values, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name].append(value)
    return found


def one(name: str) -> str:
    [value] = settings()[name]
    return value


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = tmp_path / ".local" / "bin" / "quarterturn"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(UNIT)],
        env={"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    # What it does not know it passes over with a warning, and 0.
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_the_bridge_has_the_time_to_connect_and_to_come_to_rest() -> None:
    assert int(one("TimeoutStartSec")) > CONNECT_S
    # The stop of last resort has to connect, and to slow nothing down.
    assert int(one("TimeoutStopSec")) > CONNECT_S + 12


def test_a_bridge_that_hangs_is_gone_before_telemetry_would_be_stale() -> None:
    assert int(one("WatchdogSec")) + int(one("TimeoutAbortSec")) <= 4


def test_nothing_to_stop_fails_no_service() -> None:
    assert one("ExecStopPost").startswith("-")


def test_what_a_person_stopped_or_misspelt_is_not_started_again() -> None:
    assert one("Restart") == "on-failure"
    assert one("RestartPreventExitStatus") == str(int(ExitCode.USAGE))
    assert one("SuccessExitStatus") == str(int(ExitCode.STOPPED))
