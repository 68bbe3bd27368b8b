"""The model's values to and from JSON: for what Airflow keeps between tasks, and for staging."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def to_wire(value: object) -> Any:
    """A frozen dataclass as JSON values."""
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def from_wire(kind: type[T], wire: Any) -> T:
    """The reverse; raises pydantic.ValidationError when it is not one."""
    return TypeAdapter(kind).validate_python(wire)


def to_json(value: object) -> bytes:
    """A frozen dataclass as JSON text, UTF-8."""
    return TypeAdapter(type(value)).dump_json(value)


def from_json(kind: type[T], text: bytes) -> T:
    """The reverse; raises pydantic.ValidationError when it is not one."""
    return TypeAdapter(kind).validate_json(text)
