"""The desired state that a fleet file gives: its devices, and the stacks they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from classic_rescue.boot.channels import Channel
from classic_rescue.boot.ssh import SshAccess
from classic_rescue.boot.states import DeviceRef, Goal, Order
from classic_rescue.fleet.backends import Backend
from classic_rescue.fleet.sharding import name_stack, shard_of
from classic_rescue.policy.terms import NO_POLICY, Policy, Traits


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One device of the file.

    `order` is what counts now: once `until` has passed its goal is the operating system, whatever
    `declared` says. `line` is where the device stands in the file. `tags` and `allow_reboot` are
    for the policy, and so is `script`: what its repair runs, relative to the fleet file.
    """

    order: Order
    declared: Goal
    until: datetime | None
    line: int
    tags: frozenset[str] = frozenset()
    allow_reboot: bool = False
    script: str = ""

    @property
    def has_expired(self) -> bool:
        """True when `until` has passed and changed the desired boot state."""
        return self.order.goal != self.declared


@dataclass(frozen=True)
class Fleet:
    """A whole fleet file. `endpoint` and `backend` are None where nothing was said about them.

    `shard_size` is how many devices a stack is made for on average: the hash spreads them, it does
    not count them. `requests_per_second` go to the service at most; None: as many as is usual.
    `ssh` is how a device is asked itself that says nothing else. `notify` is who is told of what.
    """

    source: str
    endpoint: str | None
    backend: Backend | None
    shards: int
    shard_size: int
    devices: tuple[DeviceEntry, ...]
    policy: Policy = NO_POLICY
    requests_per_second: int | None = None
    ssh: SshAccess | None = None
    notify: tuple[Channel, ...] = ()

    def shard(self, index: int) -> tuple[Order, ...]:
        """Return the orders of a shard, from 0, in the order of the file. Raises IndexError."""
        self._check(index)
        return self._orders[index]

    def stack_name(self, index: int) -> str:
        """Return the name of a shard's stack, from 0. Raises IndexError."""
        self._check(index)
        return name_stack(index)

    def stack_of(self, device: DeviceRef) -> str:
        """Return the name of the stack that a device belongs to,
        whether it is in the fleet or not.
        """
        return name_stack(shard_of(device, self.shards))

    @property
    def traits(self) -> dict[str, Traits]:
        """Return what the policy wants to know of the devices, by device key,
        for those that say anything.
        """
        said = (entry for entry in self.devices if entry.tags or entry.allow_reboot)
        return {entry.order.device.key: Traits(entry.tags, entry.allow_reboot) for entry in said}

    def _check(self, index: int) -> None:
        if not 0 <= index < self.shards:
            raise IndexError(
                f"shard {index}: this fleet has {self.shards}; allowed: 0 to {self.shards - 1}"
            )

    @cached_property
    def _orders(self) -> tuple[tuple[Order, ...], ...]:
        """All shards at once, since asking one by one would hash every device for every shard."""
        shards: list[list[Order]] = [[] for _ in range(self.shards)]
        for entry in self.devices:
            shards[shard_of(entry.order.device, self.shards)].append(entry.order)
        return tuple(map(tuple, shards))
