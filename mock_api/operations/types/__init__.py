"""The object types that the mock plays, one table: TYPES. A new property is one line in the type's
file. `type_of` knows the service's others, too.
"""

from __future__ import annotations

from functools import cache

from mock_api.operations import surface
from mock_api.operations.types import (
    account,
    billing,
    device,
    guest,
    hardware,
    images,
    metrics,
    network,
    notices,
    search,
    sensors,
    software,
    storage,
    tags,
    transactions,
    users,
)  # fmt: skip
from mock_api.operations.types.table import ApiType, Look, Property

MODULES = (
    account, billing, device, guest, hardware, images, metrics, network, notices, search, sensors,
    software, storage, tags, transactions, users,
)  # fmt: skip
TYPES: dict[str, ApiType] = {row.name: row for module in MODULES for row in module.TYPES}


def is_object(name: str) -> bool:
    """Whether this is a type with properties, and no plain word such as `boolean`."""
    return name in TYPES or surface.is_type(name)


def type_of(name: str) -> ApiType:
    """A type, played or only known. Raises LookupError for one that the service does not have."""
    return TYPES.get(name) or _known_type(name)


@cache
def _known_type(name: str) -> ApiType:
    if not surface.is_type(name):
        raise LookupError(name)
    base = surface.base_of(name)
    return ApiType(name, {}, extends=type_of(base) if surface.is_type(base) else None)


__all__ = ["TYPES", "ApiType", "Look", "Property", "is_object", "type_of"]
