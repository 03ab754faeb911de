"""Styles that more than one screen writes text in; colours are those of the theme."""

from typing import Final

MUTED: Final = "$foreground 70%"
"""What is read second. Even so it reaches 4.5 to 1 on the background of each theme."""
