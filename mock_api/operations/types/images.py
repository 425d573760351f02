"""Disk images and image templates (classic-api.md 2.1, 6.4, 8)."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.facts import DiskImage, ImageGroup, Units, guid
from mock_api.operations.types.table import ApiType, Look, constant, date, local, many, one, value

_GROUP = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"
_DISK = "SoftLayer_Virtual_Disk_Image"


@dataclass(frozen=True, slots=True)
class Child:
    """The part of an image template that lies in one data centre."""

    group: ImageGroup
    disk: DiskImage


def _children(group: ImageGroup, look: Look) -> list[Child]:
    disks = look.world.disk_images
    return [Child(group, disks[number]) for number in group.disk_image_ids if number in disks]


_BYTES: dict[Units, int] = {"MB": 2**20, "GB": 2**30}


def _size_bytes(disk: DiskImage) -> int:
    return disk.capacity * _BYTES[disk.units]


def _type_id(disk: DiskImage, look: Look) -> int:
    if disk.iso:
        return 247
    return 246 if disk.name.endswith("-SWAP") else 241


def _location(disk: DiskImage, look: Look) -> object:
    return look.world.datacenters.get(disk.datacenter)


DISK_IMAGE = ApiType(
    _DISK,
    {
        "id": local("id"),
        "capacity": local("capacity"),
        "createDate": date("created_s"),
        "modifyDate": date("created_s"),
        "description": local("description"),
        "name": local("name"),
        "parentId": constant(None),
        "storageRepositoryId": local(
            lambda disk, look: look.world.datacenters[disk.datacenter].id + 1000
        ),
        "typeId": local(_type_id),
        "units": local("units"),
        "uuid": local(lambda disk, look: guid(disk.id, 0xD)),
        "bootableVolumeFlag": value("iso"),
        "softwareReferences": many("SoftLayer_Virtual_Disk_Image_Software", lambda disk, look: []),
        "storageRepository": one("SoftLayer_Virtual_Storage_Repository"),
    },
)
REPOSITORY = ApiType(
    "SoftLayer_Virtual_Storage_Repository",
    {
        "id": local(lambda disk, look: look.world.datacenters[disk.datacenter].id + 1000),
        "name": local(lambda disk, look: f"repository-{disk.datacenter}"),
        "datacenter": one("SoftLayer_Location", _location),
    },
)
SOFTWARE = ApiType(
    "SoftLayer_Virtual_Disk_Image_Software", {"softwareDescription": value(lambda row, look: None)}
)

GROUP = ApiType(
    _GROUP,
    {
        "id": local("id"),
        "accountId": local(lambda g, look: look.world.account.id),
        "createDate": date("created_s"),
        "name": local("name"),
        "note": local("note"),
        "parentId": constant(None),
        "publicFlag": local(lambda g, look: int(g.public)),
        "statusId": constant(1),
        "summary": constant(""),
        "transactionId": constant(None),
        "userRecordId": constant(None),
        "accountReferences": many(
            "SoftLayer_Virtual_Guest_Block_Device_Template_Group_Accounts", lambda g, look: []
        ),
        "blockDevices": many(f"{_GROUP}_Device", lambda g, look: []),
        "children": many(f"{_GROUP}_Child", _children),
        "datacenters": many(
            "SoftLayer_Location",
            lambda g, look: [_location(child.disk, look) for child in _children(g, look)],
        ),
        "firstChild": one(f"{_GROUP}_Child", lambda g, look: next(iter(_children(g, look)), None)),
        "flexImageFlag": value(lambda g, look: False),
        "globalIdentifier": value("guid"),
        "imageType": one("SoftLayer_Virtual_Disk_Image_Type", "image_type"),
        "imageTypeKeyName": value("image_type"),
        "status": one("SoftLayer_Virtual_Guest_Block_Device_Template_Group_Status"),
        "tagReferences": many("SoftLayer_Tag_Reference", lambda g, look: []),
        "transaction": one("SoftLayer_Provisioning_Version1_Transaction", lambda g, look: None),
    },
)
# The API calls a child by the same type as its parent;
# here it is a type of its own, since its values differ.
CHILD = ApiType(
    f"{_GROUP}_Child",
    {
        "id": local(lambda child, look: child.group.id * 10 + child.disk.id % 10),
        "name": local("group.name"),
        "parentId": local("group.id"),
        "blockDevices": many(f"{_GROUP}_Device", lambda child, look: [child]),
        "blockDevicesDiskSpaceTotal": value(lambda child, look: _size_bytes(child.disk)),
        "datacenter": one("SoftLayer_Location", lambda child, look: _location(child.disk, look)),
        "transaction": one("SoftLayer_Provisioning_Version1_Transaction", lambda child, look: None),
    },
)
DEVICE = ApiType(
    f"{_GROUP}_Device",
    {
        "id": local(lambda child, look: child.disk.id * 10),
        "groupId": local("group.id"),
        "device": constant("0"),
        "diskImageId": local("disk.id"),
        "diskSpace": local(lambda child, look: _size_bytes(child.disk)),
        "units": constant("B"),
        "diskImage": one(_DISK, "disk"),
    },
)
IMAGE_TYPE = ApiType(
    "SoftLayer_Virtual_Disk_Image_Type",
    {
        "keyName": local(lambda key, look: key),
        "name": local(lambda key, look: look.world.labels.name(f"image_type.{key}")),
        "description": constant(""),
    },
)
STATUS = ApiType(
    "SoftLayer_Virtual_Guest_Block_Device_Template_Group_Status",
    {"keyName": constant("ACTIVE"), "name": constant("Active"), "description": constant("")},
)
ACCOUNTS = ApiType(
    "SoftLayer_Virtual_Guest_Block_Device_Template_Group_Accounts", {"accountId": local("id")}
)

TYPES = (DISK_IMAGE, REPOSITORY, SOFTWARE, GROUP, CHILD, DEVICE, IMAGE_TYPE, STATUS, ACCOUNTS)
