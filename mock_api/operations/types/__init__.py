"""The object types of the API, one table: TYPES. A new property is one line in the type's file."""

from __future__ import annotations

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

__all__ = ["TYPES", "ApiType", "Look", "Property"]
