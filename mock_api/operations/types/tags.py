"""Tags and where they are (SP managers/tags.py)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from mock_api.domain.facts import Kind
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, Look, constant, local, many, one
from mock_api.operations.types.topology import visible


@dataclass(frozen=True, slots=True)
class TagType:
    """A kind of object that can have tags. The order gives the id."""

    id: int
    key: str
    description: str


# SP managers/tags.py reference_lookup, which quotes getAllTagTypes. The id of GUEST is the
# fixture's; others follow on.
TAG_TYPES = {
    row.key: row
    for row in (
        TagType(1, "HARDWARE", "Hardware"),
        TagType(2, "GUEST", "CCI"),
        TagType(3, "ACCOUNT_DOCUMENT", "Account Document"),
        TagType(4, "TICKET", "Ticket"),
        TagType(5, "NETWORK_VLAN_FIREWALL", "Vlan Firewall"),
        TagType(6, "CONTRACT", "Contract"),
        TagType(7, "IMAGE_TEMPLATE", "Image Template"),
        TagType(8, "APPLICATION_DELIVERY_CONTROLLER", "Application Delivery Controller"),
        TagType(9, "NETWORK_VLAN", "Vlan"),
        TagType(10, "DEDICATED_HOST", "Dedicated Host"),
    )
}
TAGGED = {"GUEST": Kind.GUEST, "HARDWARE": Kind.HARDWARE}
_KEYS = {kind: key for key, kind in TAGGED.items()}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; its id is the same for the same name in every run."""

    name: str

    @property
    def id(self) -> int:
        """The id."""
        return 100000 + crc32(self.name.encode()) % 2**30


@dataclass(frozen=True, slots=True)
class Reference:
    """A tag on a device."""

    id: int
    tag: Tag
    device: DeviceView


def references(view: DeviceView) -> list[Reference]:
    """The tags of a device."""
    return [
        Reference(view.facts.part_id(number), Tag(name), view)
        for number, name in enumerate(view.facts.tags)
    ]


def account_tags(look: Look) -> list[Tag]:
    """The tags on devices that exist for the caller, by name."""
    return sorted(
        {Tag(name) for view in visible(look) for name in view.facts.tags}, key=lambda tag: tag.name
    )


def _uses(tag: Tag, look: Look) -> list[Reference]:
    return [row for view in visible(look) for row in references(view) if row.tag == tag]


def tags_named(text: str, rows: Iterable[Tag]) -> list[Tag]:
    """The tags that a text names, with commas between."""
    wanted = {part.strip().lower() for part in text.split(",")}
    return [tag for tag in rows if tag.name.lower() in wanted]


TAG_REFERENCE = ApiType(
    "SoftLayer_Tag_Reference",
    {
        "id": local("id"),
        "empRecordId": constant(None),
        "resourceTableId": local("device.facts.id"),
        "tagId": local("tag.id"),
        "tagTypeId": local(lambda row, look: TAG_TYPES[_KEYS[row.device.kind]].id),
        "usrRecordId": constant(None),
        "tag": one("SoftLayer_Tag", "tag"),
        "tagType": one("SoftLayer_Tag_Type", lambda row, look: TAG_TYPES[_KEYS[row.device.kind]]),
    },
)
TAG = ApiType(
    "SoftLayer_Tag",
    {
        "id": local("id"),
        "name": local("name"),
        "accountId": local(lambda tag, look: look.world.account.id),
        "internal": constant(0),
        "references": many("SoftLayer_Tag_Reference", _uses),
    },
)
TAG_TYPE = ApiType(
    "SoftLayer_Tag_Type", {"description": local("description"), "keyName": local("key")}
)

TYPES = (TAG_REFERENCE, TAG, TAG_TYPE)
