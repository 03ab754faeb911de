"""The systemd unit: systemd can read it, and it fits what the bridge does."""

import shutil
import subprocess
from pathlib import Path

import pytest

from quarterturn.bridge.runtime import CONNECT_S
from quarterturn.bridge.stop_once import TRIES_S
from quarterturn.cli import build_parser
from quarterturn.exit_codes import ExitCode
from service_unit import UNIT, command_of, one


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


def test_the_command_lines_are_ones_that_the_parser_takes() -> None:
    start = build_parser().parse_args(command_of("ExecStart", "home"))
    assert (start.command, start.treadmill, start.for_screen) == ("bridge", "home", False)
    stop = build_parser().parse_args(command_of("ExecStopPost", "home"))
    assert (stop.command, stop.orphaned) == ("stop", True)


def test_there_is_time_to_slow_down_and_to_look_for_a_treadmill_that_was_let_go() -> None:
    ramp_s = 12
    assert int(one("TimeoutStopSec")) >= max(ramp_s, TRIES_S + CONNECT_S)


def test_a_bridge_that_hangs_is_gone_before_telemetry_would_be_stale() -> None:
    assert int(one("WatchdogSec")) + int(one("TimeoutAbortSec")) <= 4


def test_nothing_to_stop_fails_no_service() -> None:
    assert one("ExecStopPost").startswith("-")


def test_what_was_asked_for_wrongly_is_not_tried_again() -> None:
    assert one("Restart") == "on-failure"
    assert one("RestartPreventExitStatus") == str(int(ExitCode.USAGE))
