"""What is written in a theme can be read on it."""

import pytest
from textual.color import Color
from textual.theme import Theme

from quarterturn.tui.headings import LOOKS
from quarterturn.tui.styles import MUTED
from quarterturn.tui.themes import THEMES

ENOUGH = 4.5  # WCAG 2, level AA

each_theme = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)


def contrast(one: Color, other: Color) -> float:
    def luminance(colour: Color) -> float:
        parts = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
            for part in colour.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_as_far_apart_as_can_be() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)


@each_theme
def test_what_is_read_second_can_still_be_read(theme: Theme) -> None:
    share = int(MUTED.removeprefix("$foreground ").removesuffix("%")) / 100
    for ground in (theme.background, theme.surface, theme.panel):
        behind = Color.parse(str(ground))
        muted = behind.blend(Color.parse(str(theme.foreground)), share)
        assert contrast(behind, muted) >= ENOUGH


@each_theme
@pytest.mark.parametrize("heading", LOOKS)
def test_a_heading_can_be_read_on_the_ground_and_its_shape_in_its_band(
    theme: Theme, heading: str
) -> None:
    colour = Color.parse(theme.variables[LOOKS[heading].colour])
    assert contrast(colour, Color.parse(str(theme.background))) >= ENOUGH
