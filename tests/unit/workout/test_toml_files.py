import os
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quarterturn import toml_files
from quarterturn.configs import shipped_folder
from quarterturn.toml_files import FileErrors, FileProblem, load_toml, parse_toml, read_text
from quarterturn.workout.files import parse_workout, read_workout
from quarterturn.workout.tables import WorkoutTable

CIRCLE = (shipped_folder() / "workouts" / "circle.toml").read_text(encoding="utf-8")


def only_problem(path: Path) -> str:
    with pytest.raises(FileErrors) as caught:
        read_workout(path)
    (problem,) = caught.value.problems
    return str(problem).removeprefix(f"{path.parent}{os.sep}")


def test_a_missing_file_is_an_error_in_words(tmp_path: Path) -> None:
    assert only_problem(tmp_path / "no.toml") == "no.toml:1:1: file: there is no such file"


def test_a_folder_is_no_workout(tmp_path: Path) -> None:
    (tmp_path / "x.toml").mkdir()
    assert only_problem(tmp_path / "x.toml") == "x.toml:1:1: file: this is a folder, not a file"


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in a folder there")
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    words = "file: this is a pipe or a device, not a file"
    os.mkfifo(tmp_path / "x.toml")
    assert only_problem(tmp_path / "x.toml") == f"x.toml:1:1: {words}"
    assert only_problem(Path("/dev/null")) == f"null:1:1: {words}"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(CIRCLE, encoding="utf-8")
    path.chmod(0)
    assert only_problem(path) == "x.toml:1:1: file: no permission to read it"


def test_a_refusal_of_the_system_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "x.toml").touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert only_problem(tmp_path / "x.toml") == "x.toml:1:1: file: no permission to read it"


def test_a_name_that_is_no_name_is_an_error_in_words(tmp_path: Path) -> None:
    under_a_file = tmp_path / "file"
    under_a_file.touch()
    assert only_problem(under_a_file / "x.toml") == (
        "x.toml:1:1: file: cannot be read: Not a directory"
    )
    assert only_problem(tmp_path / "a\0b\n.toml") == (
        r"a\x00b\n.toml:1:1: file: cannot be read: no file can have this name"
    )


@pytest.mark.parametrize("size", [256 * 1024 + 1, 1024 * 1024])
def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes((b"# comment\n" * (size // 10 + 1))[:size])
    assert only_problem(path) == "x.toml:1:1: file: larger than 256 KiB, the most allowed"


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    padding = ("# comment\n" * 30_000)[: 256 * 1024 - len(CIRCLE) - 1]
    path.write_text(f"{CIRCLE}\n{padding}", encoding="utf-8")
    assert path.stat().st_size == 256 * 1024
    assert read_workout(path).name == "Circle"


def test_what_is_not_utf_8_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes('name = "ä"\ndescription = "ä'.encode() + b'\xe4"\n')
    assert only_problem(path) == (
        "x.toml:2:17: file: byte 0xe4 is not UTF-8; save the file as UTF-8"
    )
    path.write_bytes(CIRCLE.encode("utf-16"))
    assert only_problem(path) == (
        "x.toml:1:1: file: byte 0xff is not UTF-8; save the file as UTF-8"
    )


def test_a_byte_order_mark_is_left_out_and_shifts_no_column(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 5 5\n")
    assert only_problem(path).startswith("x.toml:1:10: syntax: ")
    path.write_bytes(b"\xef\xbb\xbf" + CIRCLE.encode())
    assert read_workout(path).name == "Circle"
    path.write_bytes(b"\xef\xbb\xbfa\xff")
    assert only_problem(path).startswith("x.toml:1:2: file: byte 0xff")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 1500,
        "a = " + "[\n" * 50_000,
        "a = " + "[" * 60 + "]" * 60,
        "a = " + "{a = " * 300,
        ".".join("a" * 60) + " = 1",
        "[[" + ".".join("a" * 60) + "]]",
    ],
)
def test_deep_nesting_is_an_error_and_no_recursion(text: str) -> None:
    with pytest.raises(FileErrors, match=r"^f:\d+:\d+: syntax: "):
        parse_toml(text, "f")


def test_a_long_line_is_refused_before_the_parser_sees_it() -> None:
    with pytest.raises(FileErrors) as caught:
        parse_toml("# fine\n" + "a." * 1001, "f")
    assert str(caught.value) == (
        "f:2:2001: syntax: a line of 2002 characters; at most 2000 are allowed"
    )


def test_the_end_of_an_unfinished_file_is_the_place_of_the_error() -> None:
    with pytest.raises(FileErrors, match=r"^f:2:8: syntax: "):
        parse_toml("a = 1\nb = [1,", "f")


def test_a_complaint_of_the_parser_without_a_place_is_passed_on() -> None:
    assert toml_files._syntax("Too many\x1b digits", "a = 1") == (1, 1, r"Too many\x1b digits")


def test_more_problems_than_anybody_reads_are_counted() -> None:
    text = CIRCLE.replace("[[block]]", "[[block]]\n" + "\n".join(f"x{i} = 1" for i in range(500)))
    with pytest.raises(FileErrors) as caught:
        parse_workout(text, "f")
    assert len(caught.value.problems) == 201
    assert str(caught.value.problems[-1]) == (
        "f:210:1: file: from here on 300 more problems, not listed"
    )


def test_problems_are_in_the_order_of_the_file() -> None:
    problems = [FileProblem("f", line, 1, "k", "m") for line in (10, 9, 2)]
    assert [problem.line for problem in FileErrors(problems).problems] == [2, 9, 10]
    assert str(FileErrors(problems[:2])) == "f:9:1: k: m\nf:10:1: k: m"


def test_a_good_file_fits_its_model(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(CIRCLE, encoding="utf-8", newline="\r\n")
    assert load_toml(path, WorkoutTable).name == "Circle"
    assert read_text(path).count("\r\n") == CIRCLE.count("\n")


# --- whatever comes ------------------------------------------------------------------------------


def parses_or_says_why(text: str) -> None:
    try:
        parse_workout(text, "f")
    except FileErrors as errors:
        lines = text.split("\n")
        for problem in errors.problems:
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert str(problem).isprintable()


@given(st.text() | st.text('[]{}"=.#\n\\ ax1-', max_size=60))
@example("a = 0x" + "f" * 1990)
@example("a = 1" + "0" * 1990)
@example("a = 1979-99-99")
def test_no_text_is_a_traceback(text: str) -> None:
    parses_or_says_why(text)


@given(st.binary())
def test_no_bytes_are_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(data)
    with pytest.raises(FileErrors):
        read_workout(path)


odd_values = st.sampled_from(
    ['""', '"-1 km/h"', '"999999999 h"', '"\\u0000"', '"60 s"', '["1 km/h"]']
) | st.sampled_from(
    [
        "nan",
        "-inf",
        "-1",
        "true",
        "1e400",
        "[]",
        "{}",
        "{ a = 1 }",
        "[[1]]",
        "07:32:00",
        "99999999999999999999999",
    ]
)
lines_of_circle = CIRCLE.splitlines()


@given(st.data())
def test_no_change_to_a_good_file_is_a_traceback(data: st.DataObject) -> None:
    lines = list(lines_of_circle)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[at].partition("=")
        match data.draw(st.sampled_from(["value", "key", "drop", "repeat", "move", "cut", "junk"])):
            case "value" if equals:
                lines[at] = f"{key}= {data.draw(odd_values)}"
            case "key" if equals:
                lines[at] = lines[at].replace(key.strip(), data.draw(st.text(min_size=1)), 1)
            case "drop" if len(lines) > 1:
                del lines[at]
            case "repeat":
                lines.insert(data.draw(st.integers(0, len(lines))), lines[at])
            case "move":
                lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "cut":
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            case _:
                lines[at] += data.draw(st.text(max_size=5))
    parses_or_says_why("\n".join(lines))
