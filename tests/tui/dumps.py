"""A screen as text: its characters, then its styles run by run, then what the styles are."""

from collections.abc import Iterator

from rich.style import Style
from textual.app import App

_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def dump(app: App[None]) -> str:
    """Return what an app shows; a blank in another colour than its screen's is a full block."""
    plain = app.screen.styles.background.rich_color.triplet
    names: dict[str, str] = {}
    text: list[str] = []
    looks: list[str] = []
    for strip in app.screen._compositor.render_strips():
        line, runs = "", list[tuple[str, int]]()
        for segment in strip:
            style = segment.style or Style()
            look = _words(style)
            name = names.setdefault(look, _NAMES[len(names)])
            filled = style.bgcolor is not None and style.bgcolor.triplet != plain
            line += (
                segment.text.replace(" ", "█") if filled and _blank(segment.text) else segment.text
            )
            if runs and runs[-1][0] == name:
                runs[-1] = (name, runs[-1][1] + segment.cell_length)
            else:
                runs.append((name, segment.cell_length))
        text.append(line.rstrip())
        looks.append(" ".join(f"{name}{count}" for name, count in runs))
    legend = [f"{name}: {look}" for look, name in names.items()]
    return "\n".join([*text, "--- styles", *_folded(looks), "--- that is", *legend, ""])


def _blank(text: str) -> bool:
    return not text.strip()


def _words(style: Style) -> str:
    parts = [word for word in ("bold", "dim", "underline", "reverse") if getattr(style, word)]
    for word, colour in (("", style.color), ("on ", style.bgcolor)):
        if colour is not None:
            parts.append(f"{word}{colour.triplet.hex if colour.triplet else colour.name}")
    return " ".join(parts) or "plain"


def _folded(lines: list[str]) -> Iterator[str]:
    """Yield lines, those that repeat the one before as a count."""
    before, count = None, 0
    for line in [*lines, None]:
        if line == before:
            count += 1
            continue
        if before is not None:
            yield before if count == 1 else f"{before} x{count}"
        before, count = line, 1
