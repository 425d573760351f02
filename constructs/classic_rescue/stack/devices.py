"""One construct a device: `RescueKernel`, `ImageBoot` and `OperatingSystem`.

Each registers its device with the `BootStates` of its stack and adds no Terraform block of its own.
So construct ids and scopes are free: changing them, or moving the construct to another stack,
reboots nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from classic_rescue.boot.repair import DEFAULT_TIMEOUT_S as REPAIR_TIMEOUT_S
from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.script import read_script
from classic_rescue.boot.ssh import SshAccess
from classic_rescue.boot.states import (
    DEFAULT_TIMEOUT_S,
    BootState,
    DeviceRef,
    Goal,
    NoOsEnvironment,
    Order,
    ReferenceField,
)
from classic_rescue.stack._cdk import Construct
from classic_rescue.stack.boot_states import BootStates


def virtual_guest(device_id: int) -> DeviceRef:
    """A virtual server by its numeric id, as in `slcli vs list`. Raises ValueError."""
    return DeviceRef(ReferenceField.VIRTUAL_GUEST, device_id)


def hardware(device_id: int) -> DeviceRef:
    """A bare-metal server by its numeric id, as in `slcli hardware list`. Raises ValueError."""
    return DeviceRef(ReferenceField.HARDWARE, device_id)


def hostname(fully_qualified: str) -> DeviceRef:
    """The one device with this host name; the hook looks it up. Raises ValueError."""
    return DeviceRef(ReferenceField.HOSTNAME, fully_qualified)


def ip(address: str) -> DeviceRef:
    """The one device with this IP address; the hook looks it up. Raises ValueError."""
    return DeviceRef(ReferenceField.IP, address)


def repair(
    script: str, *, timeout_s: int = REPAIR_TIMEOUT_S, then: str | Then = Then.STAY
) -> Repair:
    """A script for the rescue system of a device: its path, relative to the folder of the app, or
    the name of one that ships. `timeout_s`: how long it may take, in seconds. `then`: `stay` or
    `leave`, after it has ended with 0. Raises ValueError.
    """
    found = read_script(script)
    return Repair(script, found.digest, found.lines, timeout_s=timeout_s, then=Then(then))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProps:
    """What every device construct takes.

    `device`: which device; made by `virtual_guest`, `hardware`, `hostname` or `ip`. No default.
    `name`: what people and reports call it; default: the construct path below the stack.
    `timeout_s`: longest wait for one transition, in seconds; default 3600
    (`boot.states.DEFAULT_TIMEOUT_S`). `reason`: why, such as a change number, one line; default
    none. It is shown in plans and kept in the state. `ssh`: how the device is asked itself; default
    None: it is not. `repair`: what is done to it in its rescue system; default None: nothing.
    """

    device: DeviceRef
    name: str | None = None
    timeout_s: int = DEFAULT_TIMEOUT_S
    reason: str | None = None
    ssh: SshAccess | None = None
    repair: Repair | None = None

    def order(self, path: str, goal: Goal) -> Order:
        """The order that these props and a goal make.

        Raises ValueError for what no device can do.
        """
        return Order(
            name=path if self.name is None else self.name,
            device=self.device,
            goal=goal,
            timeout_s=self.timeout_s,
            reason=self.reason,
            ssh=self.ssh,
            repair=self.repair,
        )


class _Device(Construct):
    def __init__(self, scope: Construct, id: str, props: DeviceProps, goal: Goal) -> None:
        boot_states = BootStates.of(scope)
        super().__init__(scope, id)
        path = self.node.path
        self.props = props
        self.order = props.order(boot_states.name_of(path), goal)
        boot_states.add(self.order, path=path)


class RescueKernel(_Device):
    """The device must be in its rescue kernel (`executeRescueLayer` of the classic API).

    `no_os_environment`: LINUX or WINDOWS, the rescue kernel for a bare-metal server that was
    ordered without an operating system; default None. The other arguments: see `DeviceProps`.
    Raises ValueError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        device: DeviceRef,
        no_os_environment: NoOsEnvironment | None = None,
        name: str | None = None,
        timeout_s: int = DEFAULT_TIMEOUT_S,
        reason: str | None = None,
        ssh: SshAccess | None = None,
        repair: Repair | None = None,
    ) -> None:
        props = DeviceProps(
            device=device, name=name, timeout_s=timeout_s, reason=reason, ssh=ssh, repair=repair
        )
        super().__init__(
            scope, id, props, Goal(BootState.RESCUE, no_os_environment=no_os_environment)
        )


class ImageBoot(_Device):
    """The virtual server must boot from an ISO image (`mountIsoImage` of the classic API).

    `image`: the image's name, such as `WindowsRescueStandalone.iso`, or its numeric id. No default.
    Bare metal cannot boot an image. The other arguments: see `DeviceProps`. Raises ValueError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        device: DeviceRef,
        image: str | int,
        name: str | None = None,
        timeout_s: int = DEFAULT_TIMEOUT_S,
        reason: str | None = None,
        ssh: SshAccess | None = None,
    ) -> None:
        props = DeviceProps(device=device, name=name, timeout_s=timeout_s, reason=reason, ssh=ssh)
        super().__init__(scope, id, props, Goal(BootState.IMAGE, image))


class OperatingSystem(_Device):
    """The device must run its regular operating system.

    The arguments: see `DeviceProps`. Raises ValueError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        device: DeviceRef,
        name: str | None = None,
        timeout_s: int = DEFAULT_TIMEOUT_S,
        reason: str | None = None,
        ssh: SshAccess | None = None,
    ) -> None:
        props = DeviceProps(device=device, name=name, timeout_s=timeout_s, reason=reason, ssh=ssh)
        super().__init__(scope, id, props, Goal(BootState.OS))
