"""What SoftLayer_Search finds (SP managers/search.py)."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.events import Event
from mock_api.domain.facts import DedicatedHost
from mock_api.domain.world import DeviceView
from mock_api.operations.types import account, guest, hardware, network
from mock_api.operations.types.table import ApiType, Property, constant, local
from mock_api.operations.types.topology import Vlan
from mock_api.operations.types.views import is_guest

_OTHERS: tuple[tuple[type, ApiType], ...] = (
    (Event, account.EVENT),
    (DedicatedHost, guest.DEDICATED_HOST),
    (Vlan, network.VLAN),
)
SEARCHED: dict[str, ApiType] = {
    row.name: row
    for row in (
        account.EVENT, hardware.HARDWARE, network.VLAN, guest.DEDICATED_HOST, guest.GUEST,
    )
}  # fmt: skip


# What the service searches in (classic-api.md 4.10); the world has none of the others.
SEARCHABLE = frozenset(SEARCHED) | {
    "SoftLayer_Hardware_Server",
    "SoftLayer_Network_Application_Delivery_Controller",
    "SoftLayer_Network_Vlan_Firewall",
    "SoftLayer_Ticket",
}


@dataclass(frozen=True, slots=True)
class Found:
    """An object and the terms that fitted, as `field:|value|`."""

    resource: object
    matched: tuple[str, ...]


def kind_of(resource: object) -> str:
    """The type of a found object."""
    for kind, row in _OTHERS:
        if isinstance(resource, kind):
            return row.name
    assert isinstance(resource, DeviceView)  # noqa: S101 what else is searched
    return guest.GUEST.name if is_guest(resource) else hardware.HARDWARE.name


RESULT = ApiType(
    "SoftLayer_Container_Search_Result",
    {
        "matchedTerms": local(lambda found, look: list(found.matched)),
        "relevanceScore": constant("1"),
        "resource": Property(
            lambda found, look: found.resource, local=True, variants=tuple(SEARCHED), pick=kind_of
        ),
        "resourceType": local(lambda found, look: kind_of(found.resource)),
    },
)
OBJECT_TYPE = ApiType(
    "SoftLayer_Container_Search_ObjectType",
    {
        "name": local(lambda name, look: name),
        "properties": Property(
            lambda name, look: [
                key for key, prop in SEARCHED[name].properties.items() if prop.local
            ],
            "SoftLayer_Container_Search_ObjectType_Property",
            many=True,
            local=True,
        ),
    },
)
OBJECT_PROPERTY = ApiType(
    "SoftLayer_Container_Search_ObjectType_Property",
    {
        "name": local(lambda name, look: name),
        "sortableFlag": constant(True),
        "type": constant("string"),
    },
)

TYPES = (RESULT, OBJECT_TYPE, OBJECT_PROPERTY)
