"""Which stack a device is in: a matter of its identity and the number of shards alone."""

from __future__ import annotations

from hashlib import sha256

from classic_rescue.boot.states import DeviceRef

STACK_PREFIX = "fleet-"


def shard_of(device: DeviceRef, shards: int) -> int:
    """Return the shard, from 0. The same in every run and on every machine,
    whoever else is in the fleet.

    sha256 and not `hash()`, which differs from process to process for texts.
    """
    return int.from_bytes(sha256(device.key.encode()).digest()[:8], "big") % shards


def name_stack(shard: int) -> str:
    """Return the name of a shard's stack.

    It holds no count, so that more shards leave the names as they are.
    """
    return f"{STACK_PREFIX}{shard}"
