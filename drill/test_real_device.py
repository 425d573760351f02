"""The fixture `real_device`, as docs/mock-pytest.md shows it: run by `make drill ARGS=--repair`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from mock_api.harness import RealDevice

GUEST = "SoftLayer_Virtual_Guest"


async def _issue(device: RealDevice) -> str:
    async with asyncssh.connect(
        device.host,
        device.port,
        username=device.user,
        password=device.password,
        known_hosts=None,
        server_host_key_algs=["ssh-ed25519"],
    ) as connection:
        return str((await connection.run("cat /etc/issue", check=True)).stdout)


def wait_for(device: RealDevice, what: str) -> None:
    """Until the machine says that this runs: a system that goes down may answer a little longer."""
    for _ in range(180):
        try:
            if what in asyncio.run(asyncio.wait_for(_issue(device), 10)):
                return
        except (OSError, asyncssh.Error, TimeoutError):
            pass
        time.sleep(1)
    raise AssertionError(device.console)


def test_a_device_that_is_told_to_be_in_rescue_is(real_device: RealDevice) -> None:
    """It runs what the service says, and comes back by its own reboot."""
    wait_for(real_device, "operating system")
    real_device.mock.call(GUEST, "executeRescueLayer", real_device.id)
    while real_device.boot != "rescue":
        time.sleep(0.2)
    wait_for(real_device, "rescue system")
    real_device.mock.restart_inside(real_device.id)
    wait_for(real_device, "operating system")
    assert "rescue system is up" in real_device.console
