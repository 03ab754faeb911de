"""Pictures from half blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.tui.pixel_font import FONT, HEIGHT
from quarterturn.tui.pixels import (
    Canvas,
    Picture,
    Shape,
    draw_lines,
    draw_shape,
    draw_text,
    enlarged,
    fitting_scale,
    text_height,
    text_width,
)


def text_of(picture: Picture) -> list[str]:
    solid = {True: "█", False: " "}
    return [
        "".join(
            solid[behind is not None] if char == " " else char
            for char, _, behind in picture.line(y)
        )
        for y in range(picture.height)
    ]


def picture_of(bitmap: tuple[tuple[bool, ...], ...]) -> Picture:
    canvas = Canvas(len(bitmap[0]), len(bitmap))
    canvas.put(bitmap, 0, 0, "foreground")
    return canvas.picture()


@pytest.mark.parametrize("char", sorted(FONT))
def test_a_character_is_seven_pixels_high_and_of_one_width(char: str) -> None:
    assert len(FONT[char]) == HEIGHT
    assert len({len(row) for row in FONT[char]}) == 1


def test_digits_are_all_of_one_width_so_that_a_countdown_does_not_jump() -> None:
    assert {len(FONT[digit][0]) for digit in "0123456789"} == {4}


def test_a_digit_at_twice_the_size_is_seven_rows_high_and_has_round_corners() -> None:
    assert text_of(picture_of(draw_text("0", 2))) == [
        " ▄████▄ ",
        "██▀  ▀██",
        "██    ██",
        "██    ██",
        "██    ██",
        "██▄  ▄██",
        " ▀████▀ ",
    ]


def test_two_pixels_of_different_colours_share_a_cell() -> None:
    canvas = Canvas(1, 2)
    canvas.fill(0, 0, 1, 1, "error")
    canvas.fill(0, 1, 1, 1, "warning")
    assert canvas.picture().line(0) == [("▀", "error", "warning")]


def test_a_full_cell_is_a_blank_in_its_colour() -> None:
    canvas = Canvas(1, 2)
    canvas.fill(0, 0, 1, 2, "error")
    assert canvas.picture().line(0) == [(" ", None, "error")]


def test_what_is_drawn_outside_is_cut_off() -> None:
    canvas = Canvas(2, 2)
    canvas.fill(-1, -1, 2, 2, "error")
    assert canvas.picture().rows == (("error", None), (None, None))


@given(st.text("0123456789:BACKWRD ", min_size=1, max_size=8), st.integers(1, 5))
def test_text_is_as_large_as_it_was_said_to_be(text: str, scale: int) -> None:
    drawn = draw_text(text, scale)
    assert (len(drawn[0]), len(drawn)) == (text_width(text, scale), text_height(1, scale))


@given(
    st.lists(st.text("STOPING ", min_size=1, max_size=9), min_size=1, max_size=4),
    st.integers(0, 300),
    st.integers(0, 150),
)
def test_what_fits_fits_and_nothing_larger_does(lines: list[str], width: int, height: int) -> None:
    def fits(scale: int) -> bool:
        widest = max(text_width(line, scale) for line in lines)
        return widest <= width and text_height(len(lines), scale) <= height

    scale = fitting_scale(lines, width, height)
    assert scale == 0 or fits(scale)
    assert not fits(scale + 1)
    if scale:
        assert len(draw_lines(lines, scale)) == text_height(len(lines), scale)


@given(st.sampled_from(sorted(FONT)), st.integers(1, 6))
def test_a_mirrored_glyph_enlarges_to_the_mirrored_enlargement(char: str, scale: int) -> None:
    mirrored = tuple(row[::-1] for row in FONT[char])
    assert enlarged(mirrored, scale) == tuple(row[::-1] for row in enlarged(FONT[char], scale))


def test_a_character_that_has_no_picture_is_a_question_mark() -> None:
    assert draw_text("ß", 1) == draw_text("?", 1)


@pytest.mark.parametrize("size", [6, 7, 14, 22, 35])
def test_left_is_right_in_a_mirror(size: int) -> None:
    mirrored = picture_of(draw_shape(Shape.RIGHT, size)).mirrored()
    assert mirrored == picture_of(draw_shape(Shape.LEFT, size))
    turned = picture_of(draw_shape(Shape.TURN_RIGHT, size)).mirrored()
    assert turned == picture_of(draw_shape(Shape.TURN_LEFT, size))


@pytest.mark.parametrize("size", [8, 14, 22])
def test_an_arrow_points_where_it_says(size: int) -> None:
    def lit(rows: tuple[tuple[bool, ...], ...]) -> int:
        return sum(map(sum, rows))

    forward, backward = draw_shape(Shape.FORWARD, size), draw_shape(Shape.BACKWARD, size)
    half = size // 2
    # The head is wider than the shaft.
    assert sum(forward[half - 1]) > sum(forward[-1])
    assert lit(forward[:1]) < lit(backward[:1])
    assert backward == forward[::-1]


@pytest.mark.parametrize("shape", Shape)
def test_no_shape_is_empty_or_full(shape: Shape) -> None:
    drawn = draw_shape(shape, 14)
    assert 0 < sum(map(sum, drawn)) < 14 * 14


def test_no_two_shapes_are_alike() -> None:
    assert len({draw_shape(shape, 14) for shape in Shape}) == len(Shape)
