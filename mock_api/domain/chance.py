"""Chance from a seed: the value number N of a seed is always the same,
so that saving a counter saves the stream.
"""

from __future__ import annotations

import hashlib


def draw(seed: int, number: int) -> float:
    """The `number`th value of a seed's stream, at least 0 and below 1."""
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return (
        int.from_bytes(digest[:8], "big") >> 11
    ) / 2**53  # 53 bits: what a float holds, so never 1.0
