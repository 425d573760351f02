"""From the service's JSON to the domain's values: the only place that knows its field names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from classic_rescue.boot.facts import Event, Facts, Image, Power, Transaction, User
from classic_rescue.boot.states import Kind

TRANSACTION_MASK = (
    "id,createDate,modifyDate,transactionStatus[name,friendlyName,averageDuration],"
    "transactionGroup[name,averageTimeToComplete]"
)
PROGRESS_MASK = (
    f"mask[id,activeTransaction[{TRANSACTION_MASK}],lastTransaction[{TRANSACTION_MASK}]]"
)

_COMMON_MASK = (
    f"id,hostname,domain,fullyQualifiedDomainName,primaryIpAddress,primaryBackendIpAddress,datacenter[name],"
    f"activeTransaction[{TRANSACTION_MASK}],lastTransaction[{TRANSACTION_MASK}],"
    "operatingSystem[softwareLicense[softwareDescription[manufacturer,name,version,referenceCode]]]"
)
FACTS_MASK = {
    Kind.VIRTUAL_GUEST: f"mask[{_COMMON_MASK},maxMemory,powerState[keyName]]",
    Kind.HARDWARE: f"mask[{_COMMON_MASK}]",
}
LIST_MASK = {
    Kind.VIRTUAL_GUEST: (
        f"mask[{_COMMON_MASK},maxMemory,powerState[keyName],blockDevices[mountType,diskImageId,diskImage[id,name]]]"
    ),
    # What only a server has needs the typed mask (`classic-api.md` 6, `hardware list`).
    Kind.HARDWARE: (
        f"mask(SoftLayer_Hardware_Server)[{_COMMON_MASK},"
        "recentRemoteManagementCommands[createDate,remoteManagementCommand]]"
    ),
}
"""The facts of every device in the lists of the account,
and what tells of a mounted image there.
"""

EVENT_MASK = "mask[eventName,eventCreateDate,username,objectId,objectName]"
USER_MASK = "mask[id,username,isMasterUserFlag,permissions[keyName]]"
IMAGE_MASK = "mask[id,name,storageRepository[datacenter[name]]]"
TEMPLATE_MASK = (
    "mask[id,name,imageType[keyName],"
    "children[id,datacenter[name],blockDevices[diskImage[id,name,storageRepository[datacenter[name]]]]]]"
)

Reply = Mapping[str, Any]


def facts_from(kind: Kind, reply: Reply, **extra: Any) -> Facts:  # noqa: ANN401 the fields of Facts asked for by other calls
    """The facts in a device's getObject; what other calls told comes in as `extra`."""
    power = _at(reply, "powerState", "keyName")
    return Facts(
        kind=kind,
        id=int(reply["id"]),
        hostname=reply.get("hostname") or "",
        fqdn=reply.get("fullyQualifiedDomainName") or "",
        public_ip=reply.get("primaryIpAddress") or "",
        private_ip=reply.get("primaryBackendIpAddress") or "",
        datacenter=_at(reply, "datacenter", "name") or "",
        memory_mb=reply.get("maxMemory"),
        os_name=_os_name(
            _at(reply, "operatingSystem", "softwareLicense", "softwareDescription") or {}
        ),
        power=Power(power) if power in set(Power) else None,
        active=transaction_from(reply.get("activeTransaction")),
        last=transaction_from(reply.get("lastTransaction")),
        **extra,
    )


def _os_name(description: Reply) -> str:
    words = [description.get(key) or "" for key in ("manufacturer", "name", "version")]
    return " ".join(word for word in words if word)


def transaction_from(reply: Reply | None) -> Transaction | None:
    """A transaction; None for a missing or empty one."""
    if not reply or "id" not in reply:
        return None
    return Transaction(
        id=int(reply["id"]),
        status=_at(reply, "transactionStatus", "name") or "",
        friendly=_at(reply, "transactionStatus", "friendlyName") or "",
        group=_at(reply, "transactionGroup", "name") or "",
        usual_s=_minutes_as_s(_at(reply, "transactionGroup", "averageTimeToComplete"))
        or _minutes_as_s(_at(reply, "transactionStatus", "averageDuration")),
        created=date_from(reply.get("createDate")),
        modified=date_from(reply.get("modifyDate")),
    )


def _minutes_as_s(text: object) -> float | None:
    """Averages are decimal minutes in a text, such as ".43" (`classic-api.md` 3.1);
    zero tells nothing.
    """
    try:
        return float(str(text)) * 60 or None
    except ValueError:
        return None


def date_from(text: str | None) -> datetime | None:
    """A moment with its zone; None for a missing or unreadable one."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def events_from(replies: Sequence[Reply]) -> tuple[Event, ...]:
    """Rows of the event log that have a date."""
    return _dated(
        (row.get("eventName"), row.get("eventCreateDate"), row.get("username")) for row in replies
    )


def commands_from(replies: Sequence[Reply]) -> tuple[Event, ...]:
    """Recent remote-management commands of a server; the command is a text,
    or an object with a key name.
    """
    return _dated(
        (_command_name(row), row.get("createDate"), _at(row, "user", "username")) for row in replies
    )


def _command_name(row: Reply) -> str:
    command = row.get("remoteManagementCommand") or row.get("command") or ""
    return (
        str(command.get("name") or command.get("keyName") or "")
        if isinstance(command, Mapping)
        else str(command)
    )


def history_from(replies: Sequence[Reply]) -> tuple[Event, ...]:
    """Rows of a server's transaction history that have ended."""
    return _dated(
        (_at(row, "transactionStatus", "name"), row.get("finishDate"), None) for row in replies
    )


def _dated(rows: Any) -> tuple[Event, ...]:  # noqa: ANN401 rows of unchecked JSON values
    dated = ((str(name or ""), date_from(date), str(by or "")) for name, date, by in rows)
    return tuple(Event(name, at, by) for name, at, by in dated if at)


def image_from(reply: Reply | None, *, is_iso: bool = True, datacenter: str = "") -> Image | None:
    """A disk image; None for none. `datacenter` is used where the reply names none."""
    if not reply or "id" not in reply:
        return None
    where = _at(reply, "storageRepository", "datacenter", "name") or datacenter
    return Image(int(reply["id"]), reply.get("name") or str(reply["id"]), is_iso, where)


def drives_from(reply: Reply) -> list[Image | None] | None:
    """The images in a guest's CD drives, None for a drive that shows none; None as a whole where no
    drive can be seen.

    An image's name is empty where only its id is told.
    """
    devices = reply.get("blockDevices")
    return (
        None
        if devices is None
        else [_image_in(device) for device in devices if device.get("mountType") == "CD"]
    )


def _image_in(device: Reply) -> Image | None:
    image = device.get("diskImage") or {}
    number = image.get("id") or device.get("diskImageId")
    return Image(int(number), image.get("name") or "") if number else None


def template_images(reply: Reply) -> list[Image]:
    """The disk images of a private image template, one a data centre;
    its `imageType` tells an ISO (assumed name).
    """
    is_iso = "ISO" in (_at(reply, "imageType", "keyName") or "").upper()
    found = []
    for child in reply.get("children") or ():
        for device in child.get("blockDevices") or ():
            disk = image_from(
                device.get("diskImage"),
                is_iso=is_iso,
                datacenter=_at(child, "datacenter", "name") or "",
            )
            if disk:
                found.append(
                    Image(disk.id, reply.get("name") or disk.name, is_iso, disk.datacenter)
                )
    return found


def user_from(reply: Reply) -> User:
    """The user behind the credentials."""
    rows = reply.get("permissions")
    permissions = None if rows is None else frozenset(str(row.get("keyName")) for row in rows)
    return User(
        str(reply.get("username") or reply["id"]), bool(reply.get("isMasterUserFlag")), permissions
    )


def _at(reply: Reply, *path: str) -> Any:  # noqa: ANN401 an unchecked JSON value
    value: Any = reply
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
