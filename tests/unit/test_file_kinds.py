from pathlib import Path

import pytest

from quarterturn.file_kinds import KINDS, check_file, kind_of

DIRECTIVE = "#:schema https://example.org/schemas/machine.schema.json\n"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("any.toml", DIRECTIVE + "[warm_up]\n", "machine"),
        ("any.toml", "#:schema ./profile.schema.json\n", "profile"),
        ("any.toml", "#:schema ./recipe.schema.json\n[treadmills]\n", "settings"),
        ("settings.toml", "[warm_up]\n", "settings"),
        ("programme.toml", "", "programme"),
        ("profile.toml", "", "profile"),
        ("any.toml", 'name = "x"\n[cool_down]\n', "workout"),
        ("any.toml", '[[week]]\n[[source]]\nname = "x"\n', "programme"),
        ("any.toml", 'base = "clinic"\nname = "x"\n', "profile"),
        ("any.toml", '[keymap]\nunits = "mph"\n', "settings"),
        ("any.toml", "", "workout"),
    ],
)
def test_a_file_is_known_by_its_schema_line_its_name_or_its_keys(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert kind_of(path) == kind


def test_a_folder_is_a_programme(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == "programme"
    (problem,) = check_file(tmp_path)
    assert str(problem) == f"{tmp_path}/programme.toml:1:1: file: there is no such file"


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_bad_file_of_every_kind_has_problems_and_no_traceback(tmp_path: Path, name: str) -> None:
    path = tmp_path / "any.toml"
    path.write_text(f"#:schema ./{name}.schema.json\nno_such_key = 1\n", encoding="utf-8")
    problems = [str(problem) for problem in check_file(path)]
    assert any(":2:1: no_such_key: unknown key; allowed: " in problem for problem in problems)
    assert [str(problem) for problem in check_file(tmp_path / "a\0b.toml")] == [
        rf"{tmp_path}/a\x00b.toml:1:1: file: cannot be read: no file can have this name"
    ]
