"""Limits of values, written at the type and checked where a document or a request is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class Limits:
    """What pydantic's Field takes, such as ge=1 or pattern=...; pydantic is only loaded when something is read.

    A fifth of the start-up time would go to it otherwise, and most mocks start with a world that needs no reading.
    """

    def __init__(self, **limits: object) -> None:
        self._limits = limits

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What pydantic asks a mark for."""
        from pydantic import Field

        return handler.generate_schema(Annotated[source, cast(Any, Field)(**self._limits)])


Instant = Annotated[float, Limits(ge=0, le=253402214400)]
"""Seconds since 1970, up to the last day of the year 9999: what has a date in every time zone."""
