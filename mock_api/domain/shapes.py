"""Types as JSON shapes, by pydantic, which is loaded when the first of them is needed.

A fifth of the start-up time would go to it otherwise, and most mocks start with the demo world and
never need it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, TypeAdapter
    from pydantic_core import CoreSchema

T = TypeVar("T")
Hint = Any
"""What stands in an annotation: a class, or something like `tuple[int, ...]`."""


class Shape(Generic[T]):
    """The shape of a type: reads parsed JSON, writes JSON, and is described by a JSON Schema."""

    def __init__(self, kind: Hint) -> None:
        self.kind = kind

    @cached_property
    def adapter(self) -> TypeAdapter[T]:
        """Pydantic's own object, made at the first use."""
        from pydantic import TypeAdapter

        return cast("TypeAdapter[T]", TypeAdapter(self.kind))


class Sorted:
    """Marks a set that is written in order, so that the same
    world is the same text in every process.
    """

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """What pydantic asks a mark for."""
        from pydantic import PlainSerializer

        return handler.generate_schema(Annotated[source, PlainSerializer(sorted, return_type=list)])


class ByKind:
    """Marks a union of rows that say in `kind` which one they are."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """What pydantic asks a mark for."""
        from pydantic import Field

        return handler.generate_schema(Annotated[source, Field(discriminator="kind")])


class Limits:
    """Marks a value with limits: what pydantic's Field takes, such as ge=1 or pattern=...."""

    def __init__(self, **limits: object) -> None:
        self._limits = limits

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """What pydantic asks a mark for."""
        from pydantic import Field

        return handler.generate_schema(Annotated[source, cast(Any, Field)(**self._limits)])


Instant = Annotated[float, Limits(ge=0, le=253402214400)]
"""Seconds since 1970, up to the last day of the year 9999: what has a date in every time zone."""
