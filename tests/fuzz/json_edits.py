"""JSON that is nearly right: a good document, changed where the octets of an input say."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from fuzz.target import Choices

# What a file may hold and no writer of ours writes. NaN is left out: readers refuse the word.
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    70_000,
    2**63,
    10**400,
    -0.0,
    0.5,
    5e-324,
    1e308,
    -1e308,
    float("inf"),
    float("-inf"),
    "",
    "x",
    "\ud800",
    "\x1b[2J",
    "forward",
    "2026-02-30",
    [],
    {},
    [[]],
    [1],
    {"a": 1},
    ["set_speed", -1],
    ["set_incline", 10**9],
    ["start"],
    [None, 1, "x"],
)
_MOST_EDITS = 8


def edited(document: Any, choices: Choices) -> Any:
    """Return a copy with a few values replaced, swapped, left out or put in."""
    root = [copy.deepcopy(document)]
    for _ in range(_MOST_EDITS):
        if not choices.left:
            break
        places = list(_places(root))
        parent, key = places[choices.below(len(places))]
        match choices.below(4):
            case 0:
                parent[key] = copy.deepcopy(ODD[choices.below(len(ODD))])
            case 1:
                other_parent, other_key = places[choices.below(len(places))]
                parent[key] = copy.deepcopy(other_parent[other_key])
            case 2 if parent is not root:
                del parent[key]
            case _:
                _nudge(parent, key, choices)
    return root[0]


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, list):
        children = list(enumerate(node))
    elif isinstance(node, dict):
        children = list(node.items())
    else:
        return
    for key, child in children:
        yield node, key
        yield from _places(child)


def _nudge(parent: Any, key: Any, choices: Choices) -> None:
    """Change a number or a text a little, or put something into a container."""
    value = parent[key]
    octet = choices.below(256)
    if isinstance(value, bool) or value is None:
        parent[key] = octet
    elif isinstance(value, int | float):
        parent[key] = (value + octet - 128) if octet % 2 else value * (octet - 128)
    elif isinstance(value, str):
        parent[key] = value[: octet % 16] + chr(octet) + value[octet % 16 :]
    elif isinstance(value, list):
        value.insert(0, copy.deepcopy(ODD[octet % len(ODD)]))
    else:
        value[f"k{octet % 3}"] = copy.deepcopy(ODD[octet % len(ODD)])


def as_read(document: Any) -> Any:
    """Return what a reader gets that parses what was written."""
    return json.loads(json.dumps(document).replace("Infinity", "1e999"))
