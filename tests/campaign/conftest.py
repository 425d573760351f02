"""Benches of the campaign's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign.hooks import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One mock with its proxy for a module."""
    made = Bench(tmp_path_factory.mktemp("campaign"))
    yield made
    made.stop()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for a hook in the product's place."""
    return tmp_path / "site"
