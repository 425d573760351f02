"""The contract as JSON: what is served, and how we know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mock_api.contract import SERVICES, Operation, all_operations
from mock_api.control.errors import BadRequest
from mock_api.domain.facts import Record
from mock_api.domain.labels import NAMES, REFUSALS, Name, Refusal
from mock_api.domain.shapes import Limits
from mock_api.domain.stage import Stage


@dataclass(frozen=True)
class ContractQuery(Record):
    """`service` keeps the rows of one service."""

    service: Annotated[str, Limits(json_schema_extra={"enum": list(SERVICES)})] | None = None


@dataclass(frozen=True)
class Contract:
    """Operations, names and refusals, each with its evidence."""

    operations: tuple[Operation, ...]
    names: dict[str, Name]
    refusals: dict[str, Refusal]


def get_contract(stage: Stage, query: ContractQuery) -> Contract:
    """The rows of the contract."""
    if query.service not in (None, *SERVICES):
        raise BadRequest(
            f"contract: service: {query.service!r} is not served;"
            f" allowed are {', '.join(SERVICES)}."
        )
    rows = (row for row in all_operations() if query.service in (None, row.service))
    return Contract(tuple(rows), NAMES, REFUSALS)
