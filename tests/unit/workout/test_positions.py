import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.workout.positions import KeyPath, Place, Positions

SAMPLE = '''\
# a comment with [brackets] and "quotes"
title = "a # in text"   # and one behind
"quoted \\u0041 key" = 'literal \\ text'
a . "b.c" . d = 1
dates = [1979-05-27 07:32:00, 07:32:00]
lines = """
x = "not a key"
[not.a.table] \\""" still text """""
raw = \'\'\'
y = 'not a key' ''\'\'\'
inline = { x = 1, y = { z = [1, { w = 2 }] } }
list = [
  1, # one ]
  "two, or more",
  [ 3 ],
]
[[block]]
  [block.options]
  deep.down = true
  [[block.phase]]
  speed = "1"
  [[block.block]]
    [[block.block.phase]]
    speed = "2"
  [[block.phase]]
  speed = "3"
[[block]]
  [[block.phase]]
  speed = "4"
[ "last one" ]
'''


def offset_of(line_column: tuple[int, int], text: str) -> int:
    line, column = line_column
    return sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("title",), "title", '"a #'),
        (("quoted A key",), '"quoted', "'literal"),
        (("a",), "a . ", "1"),
        (("a", "b.c"), '"b.c" .', "1"),
        (("a", "b.c", "d"), "d = 1", "1"),
        (("dates", 0), "1979", "1979"),
        (("dates", 1), "07:32:00]", "07:32:00]"),
        (("lines",), "lines", '"""\nx'),
        (("raw",), "raw", "'''\ny"),
        (("inline", "x"), "x = 1", "1, y"),
        (("inline", "y"), "y = {", "{ z"),
        (("inline", "y", "z", 1, "w"), "w = 2", "2"),
        (("list",), "list", "[\n"),
        (("list", 1), '"two', '"two'),
        (("list", 2, 0), "3 ]", "3 ]"),
        (("block",), "block]]\n  [block.opt", "block]]\n  [block.opt"),
        (("block", 0), "block]]\n  [block.opt", "block]]\n  [block.opt"),
        (("block", 0, "options"), "options]", "options]"),
        (("block", 0, "options", "deep", "down"), "down", "true"),
        (("block", 0, "phase", 0, "speed"), "speed", '"1"'),
        (("block", 0, "block", 0, "phase", 0, "speed"), "speed", '"2"'),
        (("block", 0, "phase", 1, "speed"), "speed", '"3"'),
        (("block", 1, "phase", 0), "phase]]", "phase]]"),
        (("block", 1, "phase", 0, "speed"), "speed", '"4"'),
        (("last one",), '"last one" ]', '"last one" ]'),
    ],
)
def test_a_path_leads_to_its_key_and_to_its_value(path: KeyPath, key: str, value: str) -> None:
    positions = Positions(SAMPLE)
    assert path in positions.places
    assert SAMPLE[offset_of(positions.line_column(path), SAMPLE) :].startswith(key)
    assert SAMPLE[offset_of(positions.value_line_column(path), SAMPLE) :].startswith(value)


def test_every_path_of_the_parser_has_a_place() -> None:
    places = Positions(SAMPLE).places
    assert set(all_paths(tomllib.loads(SAMPLE))) == set(places)


def test_lines_and_columns_count_from_one_and_in_characters() -> None:
    positions = Positions('a = "äöü"\r\ninline = { "ключ" = 1, b = 2 }\r\n')
    assert positions.line_column(("a",)) == (1, 1)
    assert positions.value_line_column(("a",)) == (1, 5)
    assert positions.line_column(("inline", "b")) == (2, 24)


def test_what_is_not_there_is_placed_at_the_table_around_it() -> None:
    positions = Positions("x = 1\n[[block]]\n  [[block.phase]]\n")
    assert positions.line_column(("block", 0, "phase", 0, "speed")) == (3, 11)
    assert positions.line_column(("block", 0, "repeat")) == (2, 3)
    assert positions.line_column(("name",)) == (1, 1)


def all_paths(value: object, path: KeyPath = ()) -> list[KeyPath]:
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    found = [path] if path else []
    for key, child in children:
        found += all_paths(child, (*path, key))
    return found


# --- random documents ----------------------------------------------------------------------------


@dataclass
class Writer:
    """Writes a document in many styles; remembers how each leaf was written."""

    draw: st.DrawFn
    lines: list[str] = field(default_factory=list)
    leaves: dict[KeyPath, str] = field(default_factory=dict)

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def blank(self) -> str:
        return self.pick("", " ", "\t ")

    def key(self, name: str) -> str:
        escaped = "".join(f"\\u{ord(c):04x}" for c in name)
        forms = [f'"{name}"', f"'{name}'", f'"{escaped}"']
        return self.pick(*forms, *([name] if name.isascii() and name.isalnum() else []))

    def leaf(self, path: KeyPath, value: int | str) -> str:
        if isinstance(value, int):
            form = self.pick(
                str(value), hex(value), f"{value}.0", f"{value}e1", "2020-01-02 03:04:05"
            )
        else:
            form = self.pick(
                f'"{value}"',
                f"'{value}'",
                f'"""{value}"""',
                f"'''\n{value}'''",
                f'"\\"{value}#\\\\"',
                f'"""\n [x]\n y = 1 ""\\" \\\n {value}"""""',
                f"''' # [[x]]\n{value}'''''",
            )
        self.leaves[path] = form
        return form

    def inline(self, path: KeyPath, value: object) -> str:
        if isinstance(value, dict):
            entries = [
                f"{self.blank()}{self.key(name)}{self.blank()}="
                f"{self.blank()}{self.inline((*path, name), child)}{self.blank()}"
                for name, child in value.items()
            ]
            return "{" + ",".join(entries) + self.blank() + "}"
        if isinstance(value, list):
            entries = [
                f"{self.gap()}{self.inline((*path, index), child)}{self.gap()}"
                for index, child in enumerate(value)
            ]
            trailing = self.pick("", ",") if entries else ""
            return "[" + ",".join(entries) + trailing + self.gap() + "]"
        assert isinstance(value, int | str)
        return self.leaf(path, value)

    def gap(self) -> str:
        return self.pick("", " ", "\n", " # ], } \" '\n\t", "\n\n  ")

    def table(self, header: list[str], path: KeyPath, table: dict[str, object]) -> None:
        later = []
        for name, child in table.items():
            is_tables = (
                isinstance(child, list) and child and all(isinstance(c, dict) for c in child)
            )
            if (isinstance(child, dict) and self.draw(st.booleans())) or (
                is_tables and self.draw(st.booleans())
            ):
                later.append((name, child))
            elif isinstance(child, dict) and child and self.draw(st.booleans()):
                for inner, grandchild in child.items():
                    dotted = f"{self.key(name)}{self.blank()}.{self.blank()}{self.key(inner)}"
                    inside = self.inline((*path, name, inner), grandchild)
                    self.lines.append(f"{self.blank()}{dotted} = {inside}{self.comment()}")
            else:
                inside = self.inline((*path, name), child)
                self.lines.append(f"{self.blank()}{self.key(name)} ={self.blank()}{inside}")
        for name, child in later:
            inner_header = [*header, self.key(name)]
            dotted = f"{self.blank()}.{self.blank()}".join(inner_header)
            if isinstance(child, dict):
                self.lines.append(f"{self.blank()}[{self.blank()}{dotted}]{self.comment()}")
                self.table(inner_header, (*path, name), child)
                continue
            for index, entry in enumerate(child):
                self.lines.append(f"[[{dotted}{self.blank()}]]{self.comment()}")
                self.table(inner_header, (*path, name, index), entry)

    def comment(self) -> str:
        return self.pick("", " # x = [", "\n# [x]\n")


names = st.text("abä .#=[]-", min_size=1, max_size=4)
leaves = st.integers(1, 999) | st.text("xyz, #]}=", max_size=5)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names, inner, max_size=3)
        | st.lists(st.dictionaries(names, inner, max_size=3), min_size=1, max_size=3)
    ),
    max_leaves=12,
)


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    writer = Writer(draw)
    writer.table([], (), draw(st.dictionaries(names, values, max_size=4)))
    return writer


@given(documents())
def test_in_any_document_every_place_holds_its_key_and_its_value(writer: Writer) -> None:
    text = "\n".join(writer.lines)
    raw = tomllib.loads(text)
    places = Positions(text).places
    assert set(places) == set(all_paths(raw))
    for path, place in places.items():
        check_key(text, path, place)
    for path, form in writer.leaves.items():
        assert text.startswith(form, places[path].value)


def check_key(text: str, path: KeyPath, place: Place) -> None:
    """Read as a key, the text at the key's offset is the name; for an element, its array's."""
    if isinstance(path[-1], int) and place.key == place.value and text[place.key - 1] in "[,\n\t ":
        return  # an element of an inline array has no key
    name = next(part for part in reversed(path) if isinstance(part, str))
    rest = text[place.key :].split("\n", 1)[0]
    ends = [end for end in range(1, len(rest) + 1) if parses_as_key(rest[:end], name)]
    assert ends


def parses_as_key(text: str, name: str) -> bool:
    try:
        return list(tomllib.loads(f"{text} = 0")) == [name]
    except tomllib.TOMLDecodeError:
        return False
