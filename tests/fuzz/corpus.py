"""The inputs that are kept: a text file for each target, one input a line in hexadecimal.

What stands behind ``#`` says why an input is kept; such a line is never taken out.
"""

import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from fuzz.target import Target

FOLDER = Path(__file__).parent / "corpus"
# Of one target, and the smallest inputs come first: what reaches a line that no other reaches, then
# what libFuzzer has kept for the order and the number of times.
MOST_OCTETS = 12_000
FILLED_OCTETS = 1_500

Arc = tuple[str, int, int]
Line = tuple[str, int]


def read(name: str) -> list[bytes]:
    """Return the inputs kept for a target."""
    return [data for data, _ in _lines(name)]


def write(name: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs, and those that are kept for a reason."""
    reasons = {data: why for data, why in _lines(name) if why}
    others = [data for data in inputs if data not in reasons]
    lines = [f"{data.hex()}  # {why}" for data, why in reasons.items()]
    lines += [data.hex() or '""' for data in sorted(others, key=lambda it: (len(it), it))]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def _lines(name: str) -> Iterator[tuple[bytes, str]]:
    path = FOLDER / f"{name}.txt"
    if path.exists():
        for line in path.read_text(encoding="ascii").splitlines():
            data, _, why = line.partition("#")
            yield bytes.fromhex(data.strip().strip('"')), why.strip()


def minimised(target: Target[Any], inputs: Iterable[bytes]) -> tuple[list[bytes], int, int]:
    """Return the inputs to keep, the lines that they reach, and the lines of what they enter.

    Functions that none of them enters are not counted.
    """
    files = {_file_of(module) for module in target.modules}
    known: set[Arc] = set()
    kept: list[bytes] = []
    others: list[bytes] = []
    octets = 0
    for data in sorted({*inputs, *target.seeds}, key=lambda it: (len(it), it)):
        arcs = reached_by(target, data, files)
        if arcs is None:
            continue
        if arcs <= known or octets + len(data) > MOST_OCTETS:
            others.append(data)
            continue
        known |= arcs
        kept.append(data)
        octets += len(data)
    for data in others:
        octets += len(data)
        if octets > FILLED_OCTETS:
            break
        kept.append(data)
    lines = {(file, line) for file, _, line in known}
    entered = {line for file in files for line in _lines_of_entered(file, lines)}
    return kept, len(lines & entered), len(entered)


def reached_by(target: Target[Any], data: bytes, files: set[str]) -> set[Arc] | None:
    """Return which line followed which in these files while one input was tried; None: it fails."""
    arcs: set[Arc] = set()

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        file = frame.f_code.co_filename
        if file not in files:
            return None
        last = -frame.f_code.co_firstlineno

        def trace_line(frame: FrameType, event: str, _argument: object) -> Any:
            nonlocal last
            if event == "line":
                arcs.add((file, last, frame.f_lineno))
                last = frame.f_lineno
            return trace_line

        return trace_line

    sys.settrace(trace)
    try:
        target.try_one(data)
    except Exception:  # noqa: BLE001 - a failure, told already
        return None
    finally:
        sys.settrace(None)
    return arcs


def _file_of(module: str) -> str:
    file = importlib.import_module(module).__file__
    assert file is not None
    return file


def _lines_of_entered(file: str, reached: set[Line]) -> Iterator[Line]:
    source = Path(file).read_text(encoding="utf-8")
    for code in _functions(compile(source, file, "exec")):
        lines = {line for _, _, line in code.co_lines() if line} - {code.co_firstlineno}
        if any((file, line) in reached for line in lines):
            yield from ((file, line) for line in lines)


def _functions(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _functions(constant)
