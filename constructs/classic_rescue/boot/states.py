"""The words of the domain: which device is meant, and which boot state is desired.

Values here and in all that a hook loads are named tuples: with dataclasses each hook's start would
cost half as much again (docs/decisions/26-start-time-tricks.md).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

from classic_rescue.boot.blank import is_blank
from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.ssh import SshAccess, SshValue


class Kind(StrEnum):
    """What sort of classic device it is."""

    VIRTUAL_GUEST = "virtual_guest"
    HARDWARE = "hardware"


class BootState(StrEnum):
    """What a device runs. `UNKNOWN` is only ever observed, never desired."""

    OS = "os"
    RESCUE = "rescue"
    IMAGE = "image"
    UNKNOWN = "unknown"


class NoOsEnvironment(StrEnum):
    """The rescue kernel for a bare-metal server that was ordered without an operating system."""

    LINUX = "LINUX"
    WINDOWS = "WINDOWS"


class ReferenceField(StrEnum):
    """The ways to name a device: by kind and id,
    or by a lookup that must match exactly one device.
    """

    VIRTUAL_GUEST = "virtual_guest"
    HARDWARE = "hardware"
    HOSTNAME = "hostname"
    IP = "ip"


_FIELDS = frozenset(ReferenceField)
_KINDS = {ReferenceField.VIRTUAL_GUEST: Kind.VIRTUAL_GUEST, ReferenceField.HARDWARE: Kind.HARDWARE}


def without_dot(name: str) -> str:
    """A name without the final dot that only says that the name is complete."""
    is_complete = name.endswith(".") and not name.endswith("..") and len(name) > 1
    return name[:-1] if is_complete else name


class _DeviceRef(NamedTuple):
    field: ReferenceField
    value: int | str


class DeviceRef(_DeviceRef):
    """Which device is meant.

    `value` is the numeric id for `virtual_guest` and `hardware`, a text for `hostname` and `ip`,
    without white space around it and without a final dot.
    """

    __slots__ = ()

    def __new__(cls, field: ReferenceField, value: int | str) -> Self:
        """Refuse ids below 1 and empty lookups: ValueError."""
        by_id = field in _KINDS
        if by_id and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(
                f"{field}: {value!r} is not a device id; allowed: a whole number from 1"
            )
        if not by_id and (not isinstance(value, str) or is_blank(value)):
            raise ValueError(
                f"{field}: {value!r} is not a {field}; allowed: a text that is not empty"
            )
        return super().__new__(
            cls, field, value if by_id else without_dot(str(value).strip()).strip()
        )

    @property
    def key(self) -> str:
        """The identity, such as `virtual_guest/124929698`: the key in Terraform,
        whatever people call the device.
        """
        value = self.value if isinstance(self.value, int) else self.value.lower()
        return f"{self.field}/{value}"

    @classmethod
    def from_key(cls, key: str) -> DeviceRef:
        """Read back what `key` wrote. Raises ValueError."""
        field, separator, value = key.partition("/")
        if not separator or field not in _FIELDS:
            raise ValueError(
                f"{key!r} is not a device; allowed: {', '.join(ReferenceField)} followed by /VALUE"
            )
        by_id = field in _KINDS
        return cls(ReferenceField(field), int(value) if by_id and value.isdecimal() else value)

    @property
    def kind(self) -> Kind | None:
        """The kind, where the reference tells it."""
        return _KINDS.get(self.field)


class _Goal(NamedTuple):
    state: BootState
    image: int | str | None
    no_os_environment: NoOsEnvironment | None


class Goal(_Goal):
    """The desired boot state: `image` is the name or the numeric id of an ISO image,
    only with `BootState.IMAGE`.
    """

    __slots__ = ()

    def __new__(
        cls,
        state: BootState,
        image: int | str | None = None,
        no_os_environment: NoOsEnvironment | None = None,
    ) -> Self:
        """Refuse goals that no device can reach: ValueError."""
        if state is BootState.UNKNOWN:
            raise ValueError("boot: unknown cannot be desired; allowed: os, rescue, image")
        if (state is BootState.IMAGE) != (image is not None):
            raise ValueError(
                f"image: {image!r} does not go with boot: {state}; an image needs boot: image"
            )
        is_id = isinstance(image, int) and not isinstance(image, bool) and image > 0
        is_name = isinstance(image, str) and not is_blank(image)
        if image is not None and not is_id and not is_name:
            raise ValueError(
                f"image: {image!r}; allowed: a name that is not empty, or a whole number from 1"
            )
        if no_os_environment and state is not BootState.RESCUE:
            raise ValueError(
                f"no_os_environment goes only with boot: rescue, not with boot: {state}"
            )
        return super().__new__(cls, state, image, no_os_environment)

    def __str__(self) -> str:
        """Say the goal in an operator's words."""
        return f"image {self.image}" if self.state is BootState.IMAGE else str(self.state)


DEFAULT_TIMEOUT_S = 3600
"""Longest wait for one transition: 20 minutes of refused reboots
(SLDN rebootDefault) and two boots of 10 fit.
"""


class _Order(NamedTuple):
    name: str
    device: DeviceRef
    goal: Goal
    timeout_s: int
    reason: str | None
    ssh: SshAccess | None
    repair: Repair | None


_ORDER_FIELDS = frozenset(
    {"name", "device", "boot", "image", "no_os_environment", "timeout_s", "reason"}
)
_OPTIONAL = frozenset({"ssh", "repair"})
OrderValue = str | int | dict[str, SshValue] | dict[str, str | int] | None
"""What a field of an order is in JSON."""


class Order(_Order):
    """What the fleet wants of one device, as it travels from the
    fleet file through Terraform to the hook. `ssh` is None where it is not to be asked itself.
    `repair` is what is done to it in its rescue system; None: nothing.
    """

    __slots__ = ()

    def __new__(
        cls,
        name: str,
        device: DeviceRef,
        goal: Goal,
        timeout_s: int = DEFAULT_TIMEOUT_S,
        reason: str | None = None,
        ssh: SshAccess | None = None,
        repair: Repair | None = None,
    ) -> Self:
        """Refuse an empty name, a timeout below one second, what bare metal cannot do, and a repair
        without a rescue system or a way to log in to it.

        A reason in which nothing can be seen is none. Raises ValueError.
        """
        if is_blank(name):
            raise ValueError("name: empty; allowed: a text that can be seen")
        if timeout_s < 1:
            raise ValueError(f"timeout: {timeout_s} s; allowed: 1 second or more")
        if goal.state is BootState.IMAGE and device.kind is Kind.HARDWARE:
            raise ValueError(
                "image: bare metal cannot boot an image,"
                " the classic API has no call for it; use rescue"
            )
        if goal.no_os_environment and device.kind is Kind.VIRTUAL_GUEST:
            raise ValueError(
                "no_os_environment: only for hardware (bare metal), not for a virtual guest"
            )
        # An order of a plan or state that is there already must run: it is not refused for this.
        if reason is not None and is_blank(reason):
            reason = None
        if repair and goal.state is not BootState.RESCUE:
            raise ValueError(f"repair: goes only with boot: rescue, not with boot: {goal.state}")
        if repair and (ssh is None or ssh.login is None):
            raise ValueError("repair: needs `ssh:` with a `login:`, by which its script is started")
        return super().__new__(
            cls, name, device, goal, timeout_s=timeout_s, reason=reason, ssh=ssh, repair=repair
        )

    @property
    def settled(self) -> Goal:
        """Where the device is once the order is carried out: a repair may bring it back."""
        leaves = self.repair is not None and self.repair.then is Then.LEAVE
        return Goal(BootState.OS) if leaves else self.goal

    def to_dict(self) -> dict[str, OrderValue]:
        """The order as JSON values: what Terraform carries in
        `local.devices` and in its state. No secrets.
        """
        said: dict[str, OrderValue] = {
            "name": self.name,
            "device": self.device.key,
            "boot": str(self.goal.state),
            "image": self.goal.image,
            "no_os_environment": self.goal.no_os_environment and str(self.goal.no_os_environment),
            "timeout_s": self.timeout_s,
            "reason": self.reason,
        }
        # Left out where there is none: the state of who asks no device stays as it is.
        if self.ssh:
            said["ssh"] = self.ssh.to_dict()
        if self.repair:
            said["repair"] = self.repair.to_dict()
        return said

    def differences(self, other: Order) -> list[str]:
        """The fields in which two orders are not the same."""
        here = self.to_dict()
        there = other.to_dict()
        return [field for field in {**here, **there} if here.get(field) != there.get(field)]

    @classmethod
    def from_dict(cls, given: dict[str, object]) -> Order:
        """Read back what `to_dict` wrote.

        Raises ValueError with the field, what was given and what is allowed.
        """
        if wrong := sorted((given.keys() - _OPTIONAL) ^ _ORDER_FIELDS):
            raise ValueError(f"missing or unknown fields: {', '.join(wrong)}")
        image = given["image"]
        environment = given["no_os_environment"]
        timeout_s = given["timeout_s"]
        reason = given["reason"]
        if image is not None and not isinstance(image, int | str):
            raise ValueError(f"image: {image!r}; allowed: a name, a numeric id or null")
        if not isinstance(timeout_s, int):
            raise ValueError(f"timeout_s: {timeout_s!r}; allowed: a whole number of seconds")
        return cls(
            name=str(given["name"]),
            device=DeviceRef.from_key(str(given["device"])),
            goal=Goal(
                BootState(str(given["boot"])),
                image,
                NoOsEnvironment(str(environment)) if environment else None,
            ),
            timeout_s=timeout_s,
            reason=None if reason is None else str(reason),
            ssh=SshAccess.from_dict(given["ssh"]) if "ssh" in given else None,
            repair=Repair.from_dict(given["repair"]) if "repair" in given else None,
        )
