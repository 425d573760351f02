"""What the command line sets over a world, whether it is a fresh one or a saved one."""

from __future__ import annotations

from dataclasses import replace

from mock_api.domain.world import WorldDocument

SEEDED_START = "2026-01-01T00:00:00+00:00"
"""Where a world with --seed starts if it names no instant:
the real time would make every run another one.
"""


def with_speed(document: WorldDocument, speed: float) -> WorldDocument:
    """The document with another speed of its clock; ends a pause."""
    moving = document.moving and replace(document.moving, speed=speed, resume_speed=None)
    return replace(document, clock=replace(document.clock, speed=speed), moving=moving)


def with_seed(document: WorldDocument, seed: int) -> WorldDocument:
    """The document with another seed, and with an instant to start at."""
    clock = replace(document.clock, now=document.clock.now or SEEDED_START)
    return replace(document, seed=seed, clock=clock)
