"""The themes: dark, light, and one of the highest contrast.

The colours of the headings are those of Okabe and Ito (2008), which most colour-blind people can
tell apart; each reaches 4.5 to 1 on the background of its theme.
"""

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="quarterturn",
    primary="#56b4e9",
    secondary="#009e73",
    warning="#f0e442",
    error="#ff6b5e",
    success="#35c795",
    accent="#e69f00",
    foreground="#e8e8e8",
    background="#101418",
    surface="#181e24",
    panel="#222a32",
    dark=True,
    variables={
        "heading-forward": "#56b4e9",
        "heading-right": "#e69f00",
        "heading-backward": "#e58fc0",
        "heading-left": "#35c795",
    },
)
LIGHT: Final = Theme(
    name="quarterturn-light",
    primary="#0a5c94",
    secondary="#00694d",
    warning="#7a5c00",
    error="#b3261e",
    success="#00694d",
    accent="#8a4b00",
    foreground="#14181c",
    background="#fafafa",
    surface="#f0f0f0",
    panel="#e2e6ea",
    dark=False,
    variables={
        "heading-forward": "#0a5c94",
        "heading-right": "#8a4b00",
        "heading-backward": "#8f2d67",
        "heading-left": "#00694d",
    },
)
CONTRAST: Final = Theme(
    name="quarterturn-contrast",
    primary="#ffffff",
    secondary="#ffffff",
    warning="#ffff00",
    error="#ff8080",
    success="#80ff80",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#202020",
    dark=True,
    variables={
        "heading-forward": "#80d0ff",
        "heading-right": "#ffc040",
        "heading-backward": "#ffa0e0",
        "heading-left": "#80ff80",
    },
)
THEMES: Final = (DARK, LIGHT, CONTRAST)
