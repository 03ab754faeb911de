"""Keys from a terminal, lines from a client, and output that nobody has to wait for."""

import asyncio
import contextlib
import os
import pty
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from quarterturn.terminal import Printer, lines_from_stdin, single_keys

pytestmark = pytest.mark.real_time

PATIENCE_S = 10.0


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what threads do sets no event
            await asyncio.sleep(0.005)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, TextIO]]:
    """A terminal's two ends: what a person types into, and the program's stdin."""
    person, program = pty.openpty()
    with os.fdopen(program, "r+b", buffering=0) as raw:
        stdin: Any = raw
        monkeypatch.setattr(sys, "stdin", stdin)
        yield person, stdin
    with contextlib.suppress(OSError):  # closed by the test
        os.close(person)


def modes(stdin: Any) -> list[Any]:
    return termios.tcgetattr(stdin.fileno())


async def test_keys_arrive_one_read_at_a_time_and_the_terminal_is_given_back(
    terminal: tuple[int, TextIO],
) -> None:
    person, stdin = terminal
    before, got = modes(stdin), list[bytes]()
    with single_keys(got.append):
        assert modes(stdin) != before
        for key in (b" ", b"\x1b[A", b"\x03", b"\x1a"):
            os.write(person, key)
            await until(lambda: b"".join(got).endswith(key))  # noqa: B023 - awaited at once
    assert got == [b" ", b"\x1b[A", b"\x03", b"\x1a"]  # Ctrl+C and Ctrl+Z too
    assert modes(stdin) == before


async def test_the_terminal_is_given_back_after_an_error(terminal: tuple[int, TextIO]) -> None:
    _, stdin = terminal
    before = modes(stdin)
    with pytest.raises(RuntimeError), single_keys(lambda _: None):
        raise RuntimeError
    assert modes(stdin) == before


@pytest.mark.parametrize("listens", [True, False])
async def test_a_terminal_that_goes_is_noticed_once(
    terminal: tuple[int, TextIO], listens: bool
) -> None:
    person, _ = terminal
    gone: list[bool] = []
    with single_keys(lambda _: None, (lambda: gone.append(True)) if listens else None):
        os.close(person)
        await until(lambda: gone or not listens)
        await asyncio.sleep(0.05)
    assert gone == ([True] if listens else [])


async def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open(encoding="utf-8") as null:  # noqa: ASYNC230 - a test may
        monkeypatch.setattr(sys, "stdin", null)
        with pytest.raises(termios.error), single_keys(lambda _: None):
            pass


# --- lines ---------------------------------------------------------------------------------------


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    out, into = os.pipe()
    with os.fdopen(out, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield into
        with contextlib.suppress(OSError):  # closed by the test
            os.close(into)


async def test_lines_arrive_whole_whatever_pieces_they_come_in(pipe: int) -> None:
    got: list[str] = []
    with lines_from_stdin(got.append):
        for piece in (b'{"int', b'ent": 1}\n\nsecond\nth', b"ird \xff\xc3"):
            os.write(pipe, piece)
            await asyncio.sleep(0.02)
        os.write(pipe, b"\xa4\nrest")
        os.close(pipe)
        await until(lambda: len(got) == 5)
    assert got == ['{"intent": 1}', "", "second", "third \ufffd\u00e4", "rest"]


async def test_a_line_without_an_end_does_not_fill_the_memory(pipe: int) -> None:
    got: list[str] = []
    writer = threading.Thread(target=os.write, args=(pipe, b"x" * 400_000))
    with lines_from_stdin(got.append):
        writer.start()
        await until(lambda: sum(map(len, got)) > 250_000)
        writer.join()
    assert max(map(len, got)) <= 2 * 64 * 1024


async def test_after_the_context_no_line_arrives(pipe: int) -> None:
    got: list[str] = []
    with lines_from_stdin(got.append):
        pass
    os.write(pipe, b"late\n")
    await asyncio.sleep(0.05)
    assert got == []


async def test_what_cannot_be_read_is_an_end(pipe: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", read)
    threads = threading.active_count()
    with lines_from_stdin(lambda _: None):
        await until(lambda: threading.active_count() == threads)


# --- output --------------------------------------------------------------------------------------


async def test_lines_are_written_in_order_and_all_before_it_closes() -> None:
    out, into = os.pipe()
    with os.fdopen(into, "w", encoding="utf-8") as stream, os.fdopen(out, encoding="utf-8") as end:
        stream.write("first\n")  # by somebody else, still in the stream's buffer
        printer = Printer(stream, lambda: None)
        for number in range(500):
            printer.put(f"line {number} ▲")
        printer.close()
        stream.close()
        assert end.read().splitlines() == ["first", *(f"line {n} ▲" for n in range(500))]


async def test_a_reader_that_stands_still_holds_up_nobody() -> None:
    out, into = os.pipe()
    lost: list[bool] = []
    with os.fdopen(into, "w", encoding="utf-8") as stream:
        printer = Printer(stream, lambda: lost.append(True))
        for _ in range(2000):
            printer.put("x" * 100)  # 200 kB, into a pipe that takes 64
        printer.close(patience_s=0.05)
        assert lost == []
        os.close(out)
        await until(lambda: lost)
    assert lost == [True]


async def test_a_reader_that_has_gone_is_noticed() -> None:
    out, into = os.pipe()
    os.close(out)
    lost: list[bool] = []
    with os.fdopen(into, "w", encoding="utf-8") as stream:
        printer = Printer(stream, lambda: lost.append(True))
        printer.put("anybody?")
        await until(lambda: lost)
        printer.put("still there?")
        printer.close()
    assert lost == [True]


async def test_a_stream_of_ascii_gets_what_it_can_show() -> None:
    out, into = os.pipe()
    with os.fdopen(into, "w", encoding="ascii", errors="replace") as stream:
        printer = Printer(stream, lambda: None)
        printer.put("▲ 2.0 km/h")
        printer.close()
    with os.fdopen(out, "rb") as end:
        assert end.read() == b"? 2.0 km/h\n"
