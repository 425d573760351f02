"""The fixture `real_device`, as docs/mock-pytest.md shows it, and what else a machine does: run by
`make drill ARGS=--repair`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncssh
import pytest

if TYPE_CHECKING:
    from mock_api.harness import RealDevice

GUEST = "SoftLayer_Virtual_Guest"
ISO = 34291701
"""WindowsRescueStandalone.iso of the default world; what boots is the drill's own."""

AWAY = (OSError, asyncssh.Error, TimeoutError)


async def _inside(device: RealDevice, command: str) -> str:
    async with asyncssh.connect(
        device.host,
        device.port,
        username=device.user,
        password=device.password,
        known_hosts=None,
        server_host_key_algs=["ssh-ed25519"],
    ) as connection:
        return str((await connection.run(command)).stdout)


def inside(device: RealDevice, command: str) -> str:
    """What a command prints in the machine. Raises one of `AWAY` where nobody answers in time."""
    return asyncio.run(asyncio.wait_for(_inside(device, command), 10))


def wait_until(is_so: Callable[[], bool], why: Callable[[], str]) -> None:
    """For three minutes at most, on a computer with much else to do."""
    for _ in range(180):
        if is_so():
            return
        time.sleep(1)
    raise AssertionError(why())


def wait_for(device: RealDevice, what: str) -> None:
    """Until the machine says that this runs: a system that goes down may answer a little longer."""

    def runs_it() -> bool:
        try:
            return what in inside(device, "cat /etc/issue")
        except AWAY:
            return False

    wait_until(runs_it, lambda: device.console)


def test_a_device_that_is_told_to_be_in_rescue_is(real_device: RealDevice) -> None:
    """It runs what the service says, and comes back by its own reboot."""
    wait_for(real_device, "operating system")
    real_device.mock.call(GUEST, "executeRescueLayer", real_device.id)
    wait_until(lambda: real_device.boot == "rescue", lambda: real_device.boot)
    wait_for(real_device, "rescue system")
    real_device.mock.restart_inside(real_device.id)
    wait_for(real_device, "operating system")
    assert "rescue system is up" in real_device.console


def test_an_image_a_pause_and_a_machine_that_goes_off_by_itself(real_device: RealDevice) -> None:
    """What the API orders, the machine does; what the machine does, the mock learns."""
    mock = real_device.mock
    number = real_device.id
    mock.call(GUEST, "mountIsoImage", number, ISO)
    wait_for(real_device, "system of the image")
    mock.call(GUEST, "unmountIsoImage", number)
    wait_for(real_device, "operating system")
    mock.call(GUEST, "pause", number)
    time.sleep(1)
    with pytest.raises(AWAY):
        inside(real_device, "true")
    mock.call(GUEST, "resume", number)
    wait_for(real_device, "operating system")
    with contextlib.suppress(*AWAY):  # nobody is there any more to say that it went well
        inside(real_device, "sync; echo o > /proc/sysrq-trigger; sleep 60")
    wait_until(
        lambda: mock.devices()[number]["power"] == "HALTED", lambda: str(mock.devices()[number])
    )
    mock.call(GUEST, "powerOn", number)
    wait_for(real_device, "operating system")
