"""Worlds to start from: the demo world, world files, and generated ones."""

from __future__ import annotations

from mock_api.domain.world import WorldDocument
from mock_api.worlds.generated import generate
from mock_api.worlds.loading import demo, load_file

__all__ = ["WorldDocument", "demo", "generate", "load_file"]
