"""Commands run as a user runs them: in this process, or in one of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from quarterturn.cli import main

DATA = Path(__file__).parents[1] / "data"
CONFIGS = Path(__file__).parents[2] / "configs"


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """Runs commands in this process, as the console script does."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Result:
        try:
            code = main(arguments)
        except SystemExit as leaving:  # argparse's way
            code = int(leaving.code or 0)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(int(code), out, err)


def process(
    *arguments: str, environment: dict[str, str] | None = None, **options: Any
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "quarterturn", *arguments],
        env={**os.environ, **(environment or {})},
        **{"capture_output": True, "text": True, "timeout": 60, **options},
        check=False,
    )
