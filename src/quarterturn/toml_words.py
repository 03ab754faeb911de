"""What a validator found, in the words of a person who writes a file."""

import json
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union, get_args, get_origin

from quarterturn.workout.positions import KeyPath

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong at a path: in words, or as the validator found it among ``fields``."""

    path: KeyPath
    message: str = ""
    found: "ErrorDetails | None" = None
    fields: "Mapping[str, FieldInfo] | None" = None

    @classmethod
    def of(cls, found: "ErrorDetails", model: "type[BaseModel]") -> "Issue":
        """Translate a validator's location: drop what is no key of the file, find the fields."""
        path: list[str | int] = []
        place: object = model
        fields: Mapping[str, FieldInfo] | None = None
        for part in found["loc"]:
            inner, beside = _step_into(place, part)
            if inner is None and found["type"] != "extra_forbidden":
                continue  # the name of a branch of a union, or of a dictionary's key check
            path.append(part)
            place, fields = inner, beside
        return cls(tuple(path), found=found, fields=fields)


def describe(issue: Issue) -> str:
    """Say what is wrong and what is allowed."""
    found = issue.found
    if found is None:
        return issue.message
    context = found.get("ctx", {})
    value = shown(found["input"])
    match found["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return _missing(issue)
        case "extra_forbidden":
            return "unknown key; " + allowed(str(issue.path[-1]), list(issue.fields or ()))
        case "literal_error" | "enum":
            return f"{value} is not allowed; allowed: {context['expected']}"
        case "string_type":
            return f"text in quotes is wanted, not {value}"
        case "int_type" | "int_from_float" | "int_parsing":
            return f"a whole number is wanted, not {value}"
        case "float_type" | "finite_number":
            return f"a number is wanted, not {value}"
        case "bool_type":
            return f"true or false is wanted, not {value}"
        case "list_type" | "tuple_type":
            return f"a list is wanted, not {value}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"a table is wanted, not {value}"
        case "greater_than_equal":
            return f"{value} is too small; at least {context['ge']} is allowed"
        case "greater_than":
            return f"{value} is too small; more than {context['gt']} is allowed"
        case "less_than_equal":
            return f"{value} is too large; at most {context['le']} is allowed"
        case "less_than":
            return f"{value} is too large; less than {context['lt']} is allowed"
        case "string_too_short":
            return f"too short; the least allowed is {context['min_length']} character(s)"
        case "string_too_long":
            return f"too long; at most {context['max_length']} characters are allowed"
        case "string_pattern_mismatch":
            return f"{value} is not allowed; what fits {context['pattern']} is allowed"
        case "too_short":
            return (
                f"{context['actual_length']} entries; at least {context['min_length']} are wanted"
            )
        case "too_long":
            return f"too many entries; at most {context['max_length']} are allowed"
        case _:
            return printable(found["msg"][:1].lower() + found["msg"][1:])


def allowed(name: str, names: list[str]) -> str:
    """Return ``did you mean ...? allowed: ...`` for a name that is none of ``names``."""
    from difflib import get_close_matches

    near = get_close_matches(name[:_SHOWN_CHARACTERS].lower(), names, n=1)
    suggestion = f"did you mean {printable(near[0])}? " if near else ""
    return f"{suggestion}allowed: {printable(', '.join(names)) or 'none'}"


def shown(value: object) -> str:
    """Return a value as a file writes it, cut short and safe for a terminal."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)[:_SHOWN_CHARACTERS]
        case str():
            return json.dumps(value[:_SHOWN_CHARACTERS], ensure_ascii=not value.isprintable())
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"{value}"  # dates and times are what is left of TOML


def printable(text: str) -> str:
    """Return text without control characters, which would be orders to a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def bare_or_quoted(key: str) -> str:
    """Return a key as TOML writes it, cut short."""
    is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key[:_SHOWN_CHARACTERS] if is_bare else shown(key)


def _missing(issue: Issue) -> str:
    field = (issue.fields or {}).get(str(issue.path[-1]))
    description = field.description if field is not None else None
    return f"missing: {description}" if description else "missing"


def _step_into(place: object, part: str | int) -> "tuple[object, Mapping[str, FieldInfo] | None]":
    """Return what stands at ``part`` inside of a type, and the fields beside it in a model."""
    for candidate in _alternatives(place):
        fields = _fields_of(candidate)
        if fields is not None and isinstance(part, str):
            field = fields.get(part)
            return (None if field is None else field.annotation), fields
        arguments = get_args(candidate)
        origin = get_origin(candidate)
        if origin in (list, tuple) and isinstance(part, int):
            return arguments[0], None
        if origin in (dict, Mapping) and isinstance(part, str) and part != "[key]":
            return arguments[1], None
    return None, None


def _alternatives(place: object) -> tuple[object, ...]:
    if get_origin(place) in (Union, types.UnionType):
        return get_args(place)
    return (place,)


def _fields_of(candidate: object) -> "Mapping[str, FieldInfo] | None":
    from pydantic import BaseModel

    if isinstance(candidate, type) and issubclass(candidate, BaseModel):
        return {field.alias or name: field for name, field in candidate.model_fields.items()}
    return None
