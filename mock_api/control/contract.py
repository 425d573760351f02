"""The contract as JSON: what is served, and how we know it."""

from __future__ import annotations

from dataclasses import asdict

from mock_api.contract import all_operations
from mock_api.domain.labels import NAMES, REFUSALS
from mock_api.domain.stage import Stage


def get_contract(stage: Stage, body: bytes) -> object:
    """Operations, names and refusals, each with its evidence."""
    return {
        "operations": [asdict(row) for row in all_operations()],
        "names": {key: asdict(row) for key, row in NAMES.items()},
        "refusals": {key: asdict(row) for key, row in REFUSALS.items()},
    }
