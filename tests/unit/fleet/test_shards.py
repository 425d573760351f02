"""Which stack a device is in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import classic_rescue
from classic_rescue.boot.states import DeviceRef, ReferenceField
from classic_rescue.fleet.sharding import shard_of
from tests.unit.fleet.asking import fleet_of

EXPECTED = [634, 690, 105, 521]


def _text(shards: int, ids: list[int], name: str = "d") -> str:
    devices = "".join(f"  {name}{i}: {{virtual_guest: {i}, boot: os}}\n" for i in ids)
    return f"shards: {shards}\ndevices:\n{devices}" if ids else f"shards: {shards}\ndevices: {{}}\n"


def test_every_device_is_in_exactly_one_shard_and_in_the_stack_that_is_told() -> None:
    """The shards together are the fleet, and `stack_of` agrees with `shard`."""
    fleet = fleet_of(_text(5, list(range(1, 301))))
    shards = [fleet.shard(index) for index in range(5)]
    orders = [order for shard in shards for order in shard]
    assert sorted(order.name for order in orders) == sorted(
        entry.order.name for entry in fleet.devices
    )
    for index, shard in enumerate(shards):
        assert {fleet.stack_of(order.device) for order in shard} == {fleet.stack_name(index)}
        assert len(shard) > 30


def test_an_empty_shard_exists() -> None:
    """A stack without devices is still there, so that leaving devices are seen."""
    fleet = fleet_of(_text(3, []))
    assert [fleet.shard(index) for index in range(3)] == [(), (), ()]
    assert [fleet.stack_name(index) for index in range(3)] == ["fleet-0", "fleet-1", "fleet-2"]


@pytest.mark.parametrize("index", [-1, 2])
def test_a_shard_that_is_not_there_is_an_error(index: int) -> None:
    """Asking for another shard is the caller's mistake and says which there are."""
    fleet = fleet_of(_text(2, [1]))
    with pytest.raises(IndexError, match="allowed: 0 to 1"):
        fleet.shard(index)
    with pytest.raises(IndexError, match="allowed: 0 to 1"):
        fleet.stack_name(index)


@given(st.sets(st.integers(1, 10**6), min_size=1, max_size=30), st.integers(1, 9), st.data())
def test_no_device_moves_because_another_comes_or_goes(
    ids: set[int], shards: int, data: st.DataObject
) -> None:
    """The stack of those that stay is the same after any of the others was taken out,
    and after all were renamed.
    """
    kept = data.draw(st.sets(st.sampled_from(sorted(ids))))
    before = fleet_of(_text(shards, sorted(ids)))
    after = fleet_of(_text(shards, sorted(kept, reverse=True), "renamed"))
    for index in range(shards):
        left = {order.device for order in before.shard(index)} & {
            DeviceRef(ReferenceField.VIRTUAL_GUEST, i) for i in kept
        }
        assert {order.device for order in after.shard(index)} == left


def test_the_hash_is_the_same_for_ever_and_in_every_process() -> None:
    """These numbers decide where devices live in people's states:
    a change of them would move every device.
    """
    keys = [
        "virtual_guest/124929698",
        "hardware/310001",
        "hostname/app-1.example.com",
        "ip/10.1.2.3",
    ]
    assert [shard_of(DeviceRef.from_key(key), 1000) for key in keys] == EXPECTED
    code = (
        "from classic_rescue.boot.states import DeviceRef as D; from classic_rescue.fleet.sharding"
        f" import shard_of;print([shard_of(D.from_key(k), 1000) for k in {keys}])"
    )
    source_root = str(Path(classic_rescue.__file__).parents[1])
    environ = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": source_root}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(EXPECTED)
