"""A dataclass as a row of its table, and back: enums by value, tuples as JSON lists, names as in COLUMNS."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

from sqlalchemy import RowMapping

from pipeline.ledger.drop_place import DropPlace, read_place

COLUMNS = {"run": "run_id", "data": "data_sha256"}
"""Attributes whose column has another name."""

T = TypeVar("T")
Reader = Callable[[Any], Any]


def to_row(line: Any, **given: object) -> dict[str, object]:
    """Values by column. `given`: values in place of the line's own."""
    values = {field.name: getattr(line, field.name) for field in fields(line)} | given
    return {COLUMNS.get(name, name): _stored(value) for name, value in values.items()}


def from_row(kind: Callable[..., T], row: RowMapping, **given: object) -> T:
    """The line that `to_row` made a row of. `given`: attributes that are not read from the row."""
    read = {name: reader(row[COLUMNS.get(name, name)]) for name, reader in _readers(kind) if name not in given}
    return kind(**read, **given)


def _stored(value: object) -> object:
    match value:
        case StrEnum():
            return value.value
        case tuple():
            return json.dumps(value)
        case Mapping():
            return dict(value)
        case DropPlace():
            return value.row
    return value


@cache
def _readers(kind: Any) -> tuple[tuple[str, Reader], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, _reader(hints[field.name])) for field in fields(kind))


def _reader(hint: Any) -> Reader:
    if hint == DropPlace | None:
        return read_place
    if get_origin(hint) is tuple:
        return lambda text: tuple(json.loads(text))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return lambda value: value
