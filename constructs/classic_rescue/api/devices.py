"""The calls this product makes, typed: devices, images, the user behind the key."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from classic_rescue.api import reading
from classic_rescue.api.client import Json, PatientApi
from classic_rescue.api.errors import ApiError, Denied, Refused, SignInRefused
from classic_rescue.api.lists import order_by
from classic_rescue.boot.facts import Event, Facts, Image, Progress, Transaction, User
from classic_rescue.boot.states import DeviceRef, Kind, NoOsEnvironment, ReferenceField
from classic_rescue.boot.transitions import Action

SERVICES = {
    Kind.VIRTUAL_GUEST: "SoftLayer_Virtual_Guest",
    Kind.HARDWARE: "SoftLayer_Hardware_Server",
}
LISTS = {
    Kind.VIRTUAL_GUEST: ("getVirtualGuests", "virtualGuests"),
    Kind.HARDWARE: ("getHardware", "hardware"),
}
LOOKUPS = {
    ReferenceField.HOSTNAME: ("hostname", "fullyQualifiedDomainName"),
    ReferenceField.IP: ("primaryIpAddress", "primaryBackendIpAddress"),
}

WITNESSES = {
    Kind.VIRTUAL_GUEST: ("isPingable", "isBackendPingable"),
    Kind.HARDWARE: ("getServerPowerState", "isPingable", "isBackendPingable"),
}
"""Methods that tell whether a device is up at this moment (`classic-api.md` 1.4, 3.2)."""

EVENTS_READ = 20
"""How many of a device's newest events are read: enough to hold the last restart."""


class LookupFailedError(ApiError):
    """A lookup matched no device, or several: `matches` is how many."""

    def __init__(self, text: str, matches: int) -> None:
        self.matches = matches
        super().__init__(text)


class DeviceId(NamedTuple):
    """A device as the service knows it."""

    kind: Kind
    id: int

    @property
    def key(self) -> str:
        """Its key in Terraform, were it named by its id."""
        return f"{self.kind}/{self.id}"

    def __str__(self) -> str:
        """Say it as the fleet file does."""
        return f"{self.kind} {self.id}"


def the_one(ref: DeviceRef, found: Collection[DeviceId]) -> DeviceId:
    """The only device that a lookup matches. Raises LookupFailedError for none or several."""
    if len(found) == 1:
        return next(iter(found))
    if not found:
        raise LookupFailedError(
            f"{ref.field} {ref.value}: no device has it, or your user has no access to that device",
            0,
        )
    names = ", ".join(sorted(map(str, found)))
    raise LookupFailedError(
        f"{ref.field} {ref.value}: {len(found)} devices have it: {names}; name one by its id",
        len(found),
    )


class Devices:
    """Devices of one account, through one client, `api`."""

    def __init__(self, api: PatientApi) -> None:
        self.api = api

    def find(self, ref: DeviceRef) -> DeviceId:
        """The one device meant.

        A lookup costs up to four calls. Raises LookupFailedError for none or several.
        """
        if ref.kind:
            return DeviceId(ref.kind, int(ref.value))
        return the_one(ref, {device for kind in Kind for device in self._search(kind, ref)})

    def _search(self, kind: Kind, ref: DeviceRef) -> list[DeviceId]:
        found: list[DeviceId] = []
        for field in LOOKUPS[ref.field]:
            found += self._listed(kind, {field: {"operation": f"_= {ref.value}"}})
        return found

    def _listed(self, kind: Kind, wanted: dict[str, object]) -> list[DeviceId]:
        method, prefix = LISTS[kind]
        numbers: list[int] = self.api.call(
            "SoftLayer_Account",
            method,
            mask="mask[id]",
            filter={prefix: wanted},
            limit=10,
            read=reading.ids_from,
        )
        return [DeviceId(kind, number) for number in numbers]

    def is_listed(self, device: DeviceId) -> bool:
        """Whether the account's list of devices holds it, for this user."""
        return device in self._listed(device.kind, {"id": {"operation": device.id}})

    def facts(self, device: DeviceId) -> Facts:
        """Everything the API tells of one device, in 3 calls (bare
        metal: 3, or 4 with the transaction history).
        """
        told: Facts = self.api.call(
            SERVICES[device.kind],
            "getObject",
            id=device.id,
            mask=reading.FACTS_MASK[device.kind],
            read=lambda reply: reading.facts_from(device.kind, reply),
        )
        told = told._replace(events=self._events(device))
        if device.kind is Kind.VIRTUAL_GUEST:
            mounted = self.api.call(
                SERVICES[device.kind],
                "getIsoBootImage",
                id=device.id,
                mask="mask[id,name]",
                read=reading.image_from,
            )
            return told._replace(mounted=mounted)
        return told._replace(
            commands=self._commands(device), history=self._history(device, told.last)
        )

    def _events(self, device: DeviceId) -> tuple[Event, ...] | None:
        """The newest events; None where the user may not read the log."""
        wanted = {"objectId": {"operation": device.id}, "eventCreateDate": order_by("DESC")}
        try:
            events: tuple[Event, ...] = self.api.call(
                "SoftLayer_Event_Log",
                "getAllObjects",
                mask=reading.EVENT_MASK,
                filter=wanted,
                limit=EVENTS_READ,
                read=reading.events_from,
            )
        except Denied as problem:
            raise_unless_closed(problem)
            return None
        return events

    def _commands(self, device: DeviceId) -> tuple[Event, ...] | None:
        mask = "mask[createDate,remoteManagementCommand]"
        return self._optional(
            device, "getRecentRemoteManagementCommands", mask, reading.commands_from
        )

    def _history(self, device: DeviceId, last: Transaction | None) -> tuple[Event, ...]:
        """The ended steps of the transactions, asked for only where
        the last transaction's group has no name.
        """
        if not last or last.group:
            return ()
        mask = "mask[finishDate,transactionStatus[name]]"
        return self._optional(device, "getTransactionHistory", mask, reading.history_from) or ()

    def _optional(
        self,
        device: DeviceId,
        method: str,
        mask: str,
        read: Callable[[Json], tuple[Event, ...]],
    ) -> tuple[Event, ...] | None:
        """A list that adds evidence; None where the user may not read it."""
        try:
            events: tuple[Event, ...] = self.api.call(
                SERVICES[device.kind], method, id=device.id, mask=mask, read=read
            )
        except Denied as problem:
            raise_unless_closed(problem)
            return None
        return events

    def progress(self, device: DeviceId) -> Progress:
        """What a wait asks for again and again, in one call."""
        found: Progress = self.api.call(
            SERVICES[device.kind],
            "getObject",
            id=device.id,
            mask=reading.PROGRESS_MASK[device.kind],
            read=reading.progress_from,
        )
        return found

    def witness(self, device: DeviceId, method: str) -> bool | None:
        """Whether the device is up, by one method of WITNESSES; None where that gives no answer."""
        read = reading.is_on if method == "getServerPowerState" else reading.truth_in
        try:
            is_up: bool = self.api.call(
                SERVICES[device.kind], method, id=device.id, is_patient=False, read=read
            )
        except SignInRefused:
            raise
        except ApiError:
            return None
        return is_up

    def user(self) -> User:
        """The user behind the credentials, with the permissions where they are readable."""
        found: User = self.api.call(
            "SoftLayer_Account", "getCurrentUser", mask=reading.USER_MASK, read=reading.user_from
        )
        return found

    def images(self, wanted: int | str) -> list[Image]:
        """Every image of this name or id, public ISOs before private ones;
        none where there is no such image.
        """
        found = [image for image in self._public_isos() if wanted in (image.id, image.name)]
        return found or [
            image for image in self._private_images() if wanted in (image.id, image.name)
        ]

    def iso_names(self) -> set[str]:
        """The names of all images that can be booted, public and private."""
        return {
            image.name for image in (*self._public_isos(), *self._private_images()) if image.is_iso
        }

    def _public_isos(self) -> list[Image]:
        found: list[Image] = self.api.call(
            "SoftLayer_Virtual_Disk_Image",
            "getPublicIsoImages",
            mask=reading.IMAGE_MASK,
            read=reading.images_from,
        )
        return [image._replace(owner="public") for image in found]

    def _private_images(self) -> list[Image]:
        found: list[Image] = self.api.call(
            "SoftLayer_Account",
            "getPrivateBlockDeviceTemplateGroups",
            mask=reading.TEMPLATE_MASK,
            read=reading.template_images,
        )
        return [image._replace(owner="private") for image in found]

    def act(
        self,
        device: DeviceId,
        action: Action,
        *,
        image_id: int | None = None,
        no_os_environment: NoOsEnvironment | None = None,
    ) -> Transaction | None:
        """Send one request that changes the device, once.
        Returns the transaction where the reply names one.

        Raises Refused where the service says no; `false` is no sure refusal.
        """
        arguments: list[object] = []
        if action is Action.MOUNT_ISO_IMAGE:
            arguments = [image_id]
        elif action is Action.BOOT_TO_RESCUE_LAYER and no_os_environment:
            arguments = [str(no_os_environment)]
        accepted: Transaction | bool = self.api.call(
            SERVICES[device.kind],
            str(action),
            *arguments,
            id=device.id,
            read=reading.acceptance_from,
        )
        if accepted is False:
            raise Refused(f"{device}::{action}", 200, "", "answered false", is_certain=False)
        return accepted if isinstance(accepted, Transaction) else None

    def take_turn(self, *, is_watched: bool = False) -> bool:
        """Whether a request that changes a device may go out within seconds: always, where nobody
        else uses this client. `is_watched`: pings are asked for from then on.
        """
        return True

    def take_slot(self) -> None:
        """Wait until such a request may go out now."""

    def end_turn(self) -> None:
        """Take it that it went out; what it does is watched still."""

    def leave_turn(self) -> None:
        """Take it that none goes out for now, and that nothing is watched."""

    def line_s(self, *, is_watched: bool = False) -> float:
        """About how long one that has no turn waits for it, in seconds of the service."""
        return 0.0


def raise_unless_closed(problem: Denied) -> None:
    """Go on where a source is closed to this user.

    A sign-in that is refused says nothing about that.
    """
    if isinstance(problem, SignInRefused):
        raise problem
