"""From the service's JSON to the domain's values: the only place that knows its field names.

What is missing or null counts as not told. What has another shape than the documentation gives
raises NotUnderstood: nothing is guessed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from classic_rescue.boot.facts import Event, Facts, Image, Power, Progress, Transaction, User
from classic_rescue.boot.states import Kind

TRANSACTION_MASK = (
    "id,createDate,modifyDate,transactionStatus[name,friendlyName,averageDuration],"
    "transactionGroup[name,averageTimeToComplete]"
)
_PROGRESS = f"id,activeTransaction[{TRANSACTION_MASK}],lastTransaction[{TRANSACTION_MASK}]"
PROGRESS_MASK = {
    Kind.VIRTUAL_GUEST: f"mask[{_PROGRESS},powerState[keyName]]",
    Kind.HARDWARE: f"mask[{_PROGRESS}]",
}
PROGRESS_LIST_MASK = {
    **PROGRESS_MASK,
    # What only a server has needs the typed mask in a list (`classic-api.md` 6, `hardware list`).
    Kind.HARDWARE: f"mask(SoftLayer_Hardware_Server)[{_PROGRESS}]",
}

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


class NotUnderstood(ValueError):
    """A reply has a shape that nobody documents; the text says where."""


def object_in(value: object, what: str = "the answer") -> Reply:
    """The value, which must be an object."""
    if not isinstance(value, Mapping):
        raise NotUnderstood(f"{what} is {_said(value)}, not an object")
    return value


def rows_in(value: object, what: str = "the answer") -> list[Reply]:
    """The value as a list of objects; null and nothing are an empty one, and a list of one may come
    without its brackets (`classic-api.md` 4.2).
    """
    if value is None or value == "":
        return []
    if isinstance(value, Mapping) and not value.keys().isdisjoint(("id", "objectId")):
        return [value]
    if not isinstance(value, list):
        raise NotUnderstood(f"{what} is {_said(value)}, not a list")
    return [object_in(row, f"a row of {what}") for row in value]


def whole_in(value: object, what: str) -> int:
    """The value as a whole number from 1, as ids are; the service may send one as a text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise NotUnderstood(f"{what} is {_said(value)}, not a whole number from 1")
    return value


def text_in(value: object, what: str) -> str:
    """The value as a text; null is an empty one, and a number stands for its digits."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise NotUnderstood(f"{what} is {_said(value)}, not a text")
    return str(value)


def truth_in(value: object) -> bool:
    """The answer of a call that the documentation gives a boolean."""
    if not isinstance(value, bool):
        raise NotUnderstood(f"the answer is {_said(value)}, not true or false")
    return value


def acceptance_from(value: object) -> Transaction | bool:
    """The answer of a request that changes a device: a boolean, or the transaction that it started
    (`classic-api.md` 1.1, 2.1).
    """
    if isinstance(value, bool):
        return value
    transaction = transaction_from(value)
    if transaction is None:
        raise NotUnderstood(f"it is {_said(value)}, neither true nor a transaction")
    return transaction


def is_on(value: object) -> bool:
    """The answer of getServerPowerState: on or off (`classic-api.md` 1.4)."""
    text = text_in(value, "the power state").casefold()
    if text not in ("on", "off"):
        raise NotUnderstood(f"the power state is {_said(value)}, neither on nor off")
    return text == "on"


def _said(value: object) -> str:
    """A value, short enough for a sentence."""
    text = "null" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:36]} ..."


def facts_from(kind: Kind, value: object, **extra: Any) -> Facts:  # noqa: ANN401 the fields of Facts asked for by other calls
    """The facts in a device's getObject; what other calls told comes in as `extra`."""
    reply = object_in(value)
    return Facts(
        kind=kind,
        id=whole_in(reply.get("id"), "id"),
        hostname=_text(reply, "hostname"),
        fqdn=_text(reply, "fullyQualifiedDomainName"),
        public_ip=_text(reply, "primaryIpAddress"),
        private_ip=_text(reply, "primaryBackendIpAddress"),
        datacenter=_text(reply, "datacenter", "name"),
        memory_mb=_memory_mb(reply.get("maxMemory")),
        os_name=_os_name(reply),
        power=_power(reply),
        active=_named_transaction(reply, "activeTransaction"),
        last=_named_transaction(reply, "lastTransaction"),
        **extra,
    )


def _power(reply: Reply) -> Power | None:
    name = _text(reply, "powerState", "keyName")
    return Power(name) if name in set(Power) else None


def _memory_mb(value: object) -> int | None:
    return None if value is None else whole_in(value, "maxMemory")


def _os_name(reply: Reply) -> str:
    path = ("operatingSystem", "softwareLicense", "softwareDescription")
    words = [_text(reply, *path, key) for key in ("manufacturer", "name", "version")]
    return " ".join(word for word in words if word)


def transaction_from(value: object) -> Transaction | None:
    """A transaction; None for a missing or empty one."""
    if value is None or value == "" or value == []:
        return None
    reply = object_in(value, "a transaction")
    if not reply:
        return None
    return Transaction(
        id=whole_in(reply.get("id"), "the id of a transaction"),
        status=_text(reply, "transactionStatus", "name"),
        friendly=_text(reply, "transactionStatus", "friendlyName"),
        group=_text(reply, "transactionGroup", "name"),
        usual_s=_minutes_as_s(_at(reply, "transactionGroup", "averageTimeToComplete"))
        or _minutes_as_s(_at(reply, "transactionStatus", "averageDuration")),
        created=date_from(reply.get("createDate")),
        modified=date_from(reply.get("modifyDate")),
    )


def _named_transaction(reply: Reply, which: str) -> Transaction | None:
    """A transaction of a device. One without any name would count as no sign of what it did."""
    found = transaction_from(reply.get(which))
    if found and not (found.group or found.status or found.friendly):
        raise NotUnderstood(f"{which} {found.id} has no name")
    return found


LONGEST_USUAL_S = 7 * 86400.0
"""An average beyond a week is no duration that anybody waits for."""


def _minutes_as_s(text: object) -> float | None:
    """Averages are decimal minutes in a text, such as ".43" (`classic-api.md` 3.1);
    zero tells nothing.
    """
    try:
        usual_s = float(str(text)) * 60
    except ValueError:
        return None
    return usual_s if 0 < usual_s < LONGEST_USUAL_S else None


def date_from(value: object) -> datetime | None:
    """A moment with its zone; None for a missing or unreadable one."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def progress_from(value: object) -> Progress:
    """What a wait asks for again and again: the transactions and the power state."""
    reply = object_in(value)
    whole_in(reply.get("id"), "id")
    return Progress(
        _named_transaction(reply, "activeTransaction"),
        _named_transaction(reply, "lastTransaction"),
        _power(reply),
    )


def events_from(value: object) -> tuple[Event, ...]:
    """Rows of the event log that have a date."""
    return _dated(
        (_text(row, "eventName"), row.get("eventCreateDate"), _text(row, "username"))
        for row in rows_in(value)
    )


def commands_from(value: object) -> tuple[Event, ...]:
    """Recent remote-management commands of a server; the command is a text,
    or an object with a key name.
    """
    return _dated(
        (_command_name(row), row.get("createDate"), _text(row, "user", "username"))
        for row in rows_in(value)
    )


def _command_name(row: Reply) -> str:
    command = row.get("remoteManagementCommand") or row.get("command") or ""
    if isinstance(command, Mapping):
        return _text(command, "name") or _text(command, "keyName")
    return text_in(command, "remoteManagementCommand")


def history_from(value: object) -> tuple[Event, ...]:
    """Rows of a server's transaction history that have ended."""
    return _dated(
        (_text(row, "transactionStatus", "name"), row.get("finishDate"), "")
        for row in rows_in(value)
    )


def _dated(rows: Iterable[tuple[str, object, str]]) -> tuple[Event, ...]:
    dated = ((name, date_from(date), by) for name, date, by in rows)
    return tuple(Event(name, at, by) for name, at, by in dated if at)


def ids_from(value: object) -> list[int]:
    """The ids of a list of devices."""
    return [whole_in(row.get("id"), "id") for row in rows_in(value)]


def image_from(value: object, *, is_iso: bool = True, datacenter: str = "") -> Image | None:
    """A disk image; None for none. `datacenter` is used where the reply names none."""
    if value is None or value == "" or value == []:
        return None
    reply = object_in(value, "an image")
    if not reply:
        return None
    number = whole_in(reply.get("id"), "the id of an image")
    where = _text(reply, "storageRepository", "datacenter", "name") or datacenter
    return Image(number, _text(reply, "name") or str(number), is_iso, where)


def images_from(value: object) -> list[Image]:
    """The images of a list."""
    return [image for row in rows_in(value) if (image := image_from(row))]


def drives_from(reply: Reply) -> list[Image | None] | None:
    """The images in a guest's CD drives, None for a drive that shows none; None as a whole where no
    drive can be seen.

    An image's name is empty where only its id is told.
    """
    if reply.get("blockDevices") is None:
        return None
    devices = rows_in(reply["blockDevices"], "blockDevices")
    return [_image_in(device) for device in devices if device.get("mountType") == "CD"]


def _image_in(device: Reply) -> Image | None:
    number = _at(device, "diskImage", "id") or device.get("diskImageId")
    if not number:
        return None
    return Image(whole_in(number, "diskImageId"), _text(device, "diskImage", "name"))


def template_images(value: object) -> list[Image]:
    """The disk images of private image templates, one a data centre;
    a template's `imageType` tells an ISO (assumed name).
    """
    found = []
    for reply in rows_in(value):
        is_iso = "ISO" in _text(reply, "imageType", "keyName").upper()
        for child in rows_in(reply.get("children"), "children"):
            datacenter = _text(child, "datacenter", "name")
            for device in rows_in(child.get("blockDevices"), "blockDevices"):
                disk = image_from(device.get("diskImage"), is_iso=is_iso, datacenter=datacenter)
                if disk:
                    name = _text(reply, "name") or disk.name
                    found.append(Image(disk.id, name, is_iso, disk.datacenter))
    return found


def user_from(value: object) -> User:
    """The user behind the credentials."""
    reply = object_in(value)
    rows = reply.get("permissions")
    permissions = None
    if rows is not None:
        permissions = frozenset(_text(row, "keyName") for row in rows_in(rows, "permissions"))
    name = _text(reply, "username") or _text(reply, "id")
    if not name:
        raise NotUnderstood("it names no user")
    return User(name, reply.get("isMasterUserFlag") is True, permissions)


def _text(reply: Reply, *path: str) -> str:
    return text_in(_at(reply, *path), ".".join(path))


def _at(reply: Reply, *path: str) -> object:
    value: object = reply
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
