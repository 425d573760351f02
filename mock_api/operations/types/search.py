"""What SoftLayer_Search finds (SP managers/search.py)."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.world import DeviceView
from mock_api.operations.types import guest, hardware, network
from mock_api.operations.types.table import ApiType, Property, constant, local
from mock_api.operations.types.views import is_guest

SEARCHED: dict[str, ApiType] = {
    row.name: row for row in (hardware.HARDWARE, network.VLAN, guest.GUEST)
}


@dataclass(frozen=True, slots=True)
class Found:
    """An object and the terms that fitted, as `field:|value|`."""

    resource: object
    matched: tuple[str, ...]


def type_of(resource: object) -> str:
    """The type of a found object."""
    if not isinstance(resource, DeviceView):
        return network.VLAN.name
    return guest.GUEST.name if is_guest(resource) else hardware.HARDWARE.name


RESULT = ApiType(
    "SoftLayer_Container_Search_Result",
    {
        "matchedTerms": local(lambda found, look: list(found.matched)),
        "relevanceScore": constant("1"),
        "resource": Property(
            lambda found, look: found.resource, local=True, variants=tuple(SEARCHED), pick=type_of
        ),
        "resourceType": local(lambda found, look: type_of(found.resource)),
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
