"""What a scan prints of a device."""

import argparse

import pytest

from quarterturn.commands.scan import Scan
from quarterturn.port import Sighting

OPTIONS = argparse.Namespace(adapter=None, hci=None, json=False, all=False)


def test_a_name_gives_no_orders_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "Mill\x1b[2J\r\n"
    Scan(OPTIONS)._on_sighting(Sighting("F0:0D", name, -60, frozenset({0x1826}), {}))
    [line, url] = capsys.readouterr().out.splitlines()
    assert line.startswith(r"-60 dBm  Mill\x1b[2J\r\n  F0:0D  ")
    assert "ftms+ble://F0:0D" in url
