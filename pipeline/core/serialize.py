"""The model's values to and from JSON: for what Airflow keeps between tasks, and for staging."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def serialize(value: object) -> Any:
    """A frozen dataclass as JSON values."""
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def deserialize(kind: type[T], values: Any) -> T:
    """The reverse; raises pydantic.ValidationError for anything else."""
    return TypeAdapter(kind).validate_python(values)


def to_json(value: object) -> bytes:
    """A frozen dataclass as JSON text, UTF-8."""
    return TypeAdapter(type(value)).dump_json(value)


def from_json(kind: type[T], text: bytes) -> T:
    """The reverse; raises pydantic.ValidationError for anything else."""
    return TypeAdapter(kind).validate_json(text)
