"""The calls this product makes, typed: devices, images, the user behind the key."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from classic_rescue.api import reading
from classic_rescue.api.client import ClassicApi
from classic_rescue.api.errors import ApiError, Denied, NotFound, Refused
from classic_rescue.api.lists import order_by
from classic_rescue.boot.facts import Event, Facts, Image, Transaction, User
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
_LOOKUPS = {
    ReferenceField.HOSTNAME: ("hostname", "fullyQualifiedDomainName"),
    ReferenceField.IP: ("primaryIpAddress", "primaryBackendIpAddress"),
}

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
    """Devices of one account, through one client."""

    def __init__(self, api: ClassicApi) -> None:
        self._api = api

    def find(self, ref: DeviceRef) -> DeviceId:
        """The one device meant.

        A lookup costs up to four calls. Raises LookupFailedError for none or several.
        """
        if ref.kind:
            return DeviceId(ref.kind, int(ref.value))
        return the_one(ref, {device for kind in Kind for device in self._search(kind, ref)})

    def _search(self, kind: Kind, ref: DeviceRef) -> list[DeviceId]:
        method, prefix = LISTS[kind]
        found = []
        for field in _LOOKUPS[ref.field]:
            wanted = {prefix: {field: {"operation": f"_= {ref.value}"}}}
            rows = self._api.call(
                "SoftLayer_Account", method, mask="mask[id]", filter=wanted, limit=10
            )
            found += [DeviceId(kind, int(row["id"])) for row in rows]
        return found

    def facts(self, device: DeviceId) -> Facts:
        """Everything the API tells of one device, in 3 calls (bare
        metal: 3, or 4 with the transaction history).
        """
        reply = self._api.call(
            SERVICES[device.kind], "getObject", id=device.id, mask=reading.FACTS_MASK[device.kind]
        )
        events = self._events(device)
        if device.kind is Kind.VIRTUAL_GUEST:
            mounted = self._api.call(
                SERVICES[device.kind], "getIsoBootImage", id=device.id, mask="mask[id,name]"
            )
            return reading.facts_from(
                device.kind, reply, events=events, mounted=reading.image_from(mounted or None)
            )
        return reading.facts_from(
            device.kind,
            reply,
            events=events,
            commands=self._commands(device),
            history=self._history(device, reply),
        )

    def _events(self, device: DeviceId) -> tuple[Event, ...] | None:
        """The newest events; None where the user may not read the log."""
        wanted = {"objectId": {"operation": device.id}, "eventCreateDate": order_by("DESC")}
        try:
            rows = self._api.call(
                "SoftLayer_Event_Log",
                "getAllObjects",
                mask=reading.EVENT_MASK,
                filter=wanted,
                limit=EVENTS_READ,
            )
        except (Denied, NotFound):
            return None
        return reading.events_from(rows)

    def _commands(self, device: DeviceId) -> tuple[Event, ...]:
        return reading.commands_from(
            self._optional(
                device,
                "getRecentRemoteManagementCommands",
                "mask[createDate,remoteManagementCommand]",
            )
        )

    def _history(self, device: DeviceId, reply: reading.Reply) -> tuple[Event, ...]:
        """The ended steps of the transactions, asked for only where
        the last transaction's group has no name.
        """
        last = reading.transaction_from(reply.get("lastTransaction"))
        if not last or last.group:
            return ()
        mask = "mask[finishDate,transactionStatus[name]]"
        return reading.history_from(self._optional(device, "getTransactionHistory", mask))

    def _optional(self, device: DeviceId, method: str, mask: str) -> list[reading.Reply]:
        """A list that adds evidence; a user who may not read it goes without."""
        try:
            return list(
                self._api.call(SERVICES[device.kind], method, id=device.id, mask=mask) or []
            )
        except (Denied, NotFound):
            return []

    def transactions(self, device: DeviceId) -> tuple[Transaction | None, Transaction | None]:
        """The active and the last transaction, in one call:
        what a wait asks for again and again.
        """
        reply = self._api.call(
            SERVICES[device.kind], "getObject", id=device.id, mask=reading.PROGRESS_MASK
        )
        return (
            reading.transaction_from(reply.get("activeTransaction")),
            reading.transaction_from(reply.get("lastTransaction")),
        )

    def user(self) -> User:
        """The user behind the credentials, with the permissions where they are readable."""
        return reading.user_from(
            self._api.call("SoftLayer_Account", "getCurrentUser", mask=reading.USER_MASK)
        )

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
        rows = self._api.call(
            "SoftLayer_Virtual_Disk_Image", "getPublicIsoImages", mask=reading.IMAGE_MASK
        )
        return [image for row in rows or [] if (image := reading.image_from(row))]

    def _private_images(self) -> list[Image]:
        rows = self._api.call(
            "SoftLayer_Account", "getPrivateBlockDeviceTemplateGroups", mask=reading.TEMPLATE_MASK
        )
        return [image for row in rows or [] for image in reading.template_images(row)]

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

        Raises Refused where the service says no, also by answering `false`.
        """
        arguments: list[object] = []
        if action is Action.MOUNT_ISO_IMAGE:
            arguments = [image_id]
        elif action is Action.BOOT_TO_RESCUE_LAYER and no_os_environment:
            arguments = [str(no_os_environment)]
        reply = self._api.call(SERVICES[device.kind], str(action), *arguments, id=device.id)
        if reply is False:
            raise Refused(f"{device}::{action}", 200, "", "answered false")
        return reading.transaction_from(reply) if isinstance(reply, dict) else None
