"""The pictures of the documentation show what the display shows, and ask nobody for anything."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.segment import Segment
from rich.style import Style

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
PICTURES = sorted(FOLDER.glob("*.svg"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SVG = "{http://www.w3.org/2000/svg}"

LARGEST_BYTES, ALL_BYTES = 120_000, 700_000


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


def test_they_show_what_the_display_shows_now() -> None:
    check = subprocess.run(
        [sys.executable, FOLDER / "draw.py", "--check"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_what_is_stale_missing_or_left_over_is_named(tmp_path: Path) -> None:
    from draw import stale

    for name, text in {"same": "1", "changed": "1", "left-over": "1"}.items():
        (tmp_path / f"{name}.svg").write_text(text, encoding="utf-8")
    drawn = {"same.svg": "1", "changed.svg": "2", "missing.svg": "1"}
    assert stale(drawn, tmp_path) == ["changed.svg", "left-over.svg", "missing.svg"]


def test_stale_pictures_fail_the_check_with_the_command_that_draws_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import draw

    monkeypatch.setattr(draw, "draw", lambda: {"turn.svg": "new"})
    monkeypatch.setattr(draw, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["draw.py", "--check"])
    assert draw.main() == 1
    told = capsys.readouterr().err
    assert "docs/pictures/turn.svg" in told
    assert "python docs/pictures/draw.py" in told
    assert not list(tmp_path.iterdir())

    monkeypatch.setattr(sys, "argv", ["draw.py"])
    assert draw.main() == 0
    assert (tmp_path / "turn.svg").read_text(encoding="utf-8") == "new"


def test_they_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES}
    assert len(sizes) >= 10
    assert max(sizes.values()) < LARGEST_BYTES
    assert sum(sizes.values()) < ALL_BYTES


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_asks_nobody_for_anything(path: Path) -> None:
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    assert {it.tag.removeprefix(SVG) for it in root.iter()} <= {
        "svg", "title", "rect", "path", "g", "text",
    }  # fmt: skip
    values = [value for it in root.iter() for value in it.attrib.values()]
    assert not [value for value in values if re.search(r"url\(|//|data:", value)]
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text


def test_each_is_shown_somewhere_with_words_for_those_who_do_not_see_it() -> None:
    shown = set()
    for page in PAGES:
        for words, link in re.findall(
            r"!\[([^]]*)\]\(([^)]+\.svg)\)", page.read_text(encoding="utf-8")
        ):
            assert len(words) > 40, (page.name, link)
            shown.add((page.parent / link).resolve())
    assert shown == set(PICTURES)


# --- how cells are drawn --------------------------------------------------------------------------

PLAIN = Style.parse("#ffffff on #000000")


def drawn(*segments: Segment) -> list[ET.Element]:
    from cells import picture

    width = sum(each.cell_length for each in segments)
    root = ET.fromstring(picture([segments], (width, 1), "a title"))
    return [it for it in root.iter() if it.tag in (f"{SVG}path", f"{SVG}text")]


def test_a_bar_is_an_area_and_no_character() -> None:
    [path] = drawn(Segment("▀▀▀", PLAIN))
    assert (path.get("fill"), path.get("d")) == ("#ffffff", "M9 9h27v9h-27z")


def test_words_stand_in_their_columns() -> None:
    words = drawn(Segment("stop & turn  now ", PLAIN))
    assert [(it.get("x"), it.get("textLength"), it.text) for it in words] == [
        ("9", "99", "stop & turn"),
        ("126", "27", "now"),
    ]


def test_a_sign_that_comes_from_another_font_keeps_to_its_cell() -> None:
    words = drawn(Segment("a▲b", PLAIN))
    assert [(it.get("x"), it.get("textLength")) for it in words] == [
        ("9", "9"), ("18", "9"), ("27", "9"),
    ]  # fmt: skip


def test_a_background_lies_below_what_stands_on_it() -> None:
    marked = Style.parse("bold #000000 on #ff0000")
    found = drawn(Segment("a", PLAIN), Segment("b", marked))
    assert [it.get("fill") for it in found] == ["#ff0000", "#ffffff", "#000000"]
    assert found[0].get("d") == "M18 9h9v18h-9z"
    assert found[2].get("font-weight") == "bold"


def test_reversed_and_dim_cells_are_drawn_so() -> None:
    [ground, text] = drawn(Segment(" ", PLAIN), Segment("x", PLAIN + Style(reverse=True)))
    assert (ground.get("fill"), text.get("fill")) == ("#ffffff", "#000000")
    [text] = drawn(Segment("x", PLAIN + Style(dim=True)))
    assert text.get("fill") == "#999999"


def test_a_character_of_two_cells_is_no_part_of_any_screen() -> None:
    with pytest.raises(ValueError, match="one cell wide"):
        drawn(Segment("走", PLAIN))
