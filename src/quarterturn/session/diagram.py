"""The page of the documentation that shows the states, drawn from the table itself."""

from quarterturn.session.table import TRANSITIONS, State

_PAGE = """# The states of a session

Drawn from `TRANSITIONS` in `quarterturn.session.table`; a test fails when the two differ. To draw
it again:

    python -c "from quarterturn.session.diagram import page; print(page(), end='')" > docs/states.md

```mermaid
stateDiagram-v2
    [*] --> verify
{arrows}
    ended --> [*]
```

| from | when | to |
|---|---|---|
{rows}
"""


def page() -> str:
    """Return the page as Markdown: a diagram and the same as a table."""
    arrows = "\n".join(
        f"    {origin} --> {to}: {trigger}" for (origin, trigger), to in TRANSITIONS.items()
    )
    order = list(State)
    rows = "\n".join(
        f"| {origin} | {trigger} | {to} |"
        for (origin, trigger), to in sorted(
            TRANSITIONS.items(), key=lambda entry: order.index(entry[0][0])
        )
    )
    return _PAGE.format(arrows=arrows, rows=rows)
