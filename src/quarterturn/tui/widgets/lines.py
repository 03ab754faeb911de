"""Lines of text that are only drawn again when they say something else."""

from textual.widgets import Static


class Line(Static):
    """A text without markup: names from files stand in it.

    ``wraps``: its height follows from the text.
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
        wraps: bool = False,
    ) -> None:
        super().__init__("", id=id, classes=classes, markup=False)
        self._text = ""
        self._wraps = wraps

    def show(self, text: str) -> None:
        """Show another text; what is not printable is a question mark."""
        text = "".join(char if char.isprintable() or char == "\n" else "?" for char in text)
        if text != self._text:
            self._text = text
            self.update(text, layout=self._wraps)
