"""What virtual guests and hardware have in common, and the small types around them."""

from __future__ import annotations

from mock_api.domain.people import User
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, Look, Property, constant, date, local, many, one, value
from mock_api.operations.types.views import (
    active_transaction,
    device_status,
    last_transaction,
    ports,
    software_component,
    vlans,
)  # fmt: skip


def _tags(view: DeviceView) -> list[tuple[int, str]]:
    return list(enumerate(view.facts.tags, start=view.facts.id * 10))


def _active_list(view: DeviceView) -> list[object]:
    row = active_transaction(view)
    return [row] if row else []


def _software_list(view: DeviceView, look: Look) -> list[object]:
    row = software_component(view, look.world)
    return [row] if row else []


def users_who_see(view: DeviceView, look: Look) -> list[User]:
    """The users with access to a device."""
    return [user for user in look.world.users.values() if user.sees(view.kind, view.facts.id)]


SHARED: dict[str, Property] = {
    "id": local("facts.id"),
    "accountId": local(lambda v, look: look.world.account.id),
    "hostname": local("facts.hostname"),
    "domain": local("facts.domain"),
    "fullyQualifiedDomainName": local(lambda v, look: f"{v.facts.hostname}.{v.facts.domain}"),
    "globalIdentifier": local("facts.guid"),
    "notes": local("facts.notes"),
    "postInstallScriptUri": constant(None),
    "provisionDate": date("facts.created_s"),
    "billingItem": one("SoftLayer_Billing_Item"),
    "bandwidthAllotmentDetail": one("SoftLayer_Network_Bandwidth_Version1_Allotment_Detail"),
    "billingCycleBandwidthUsage": many(
        "SoftLayer_Network_Bandwidth_Usage", lambda v, look: ["PUBLIC_SERVER_BW", "PRIVATE_SERVER_BW"]
    ),
    "datacenter": one("SoftLayer_Location", lambda v, look: look.world.datacenters[v.facts.datacenter]),
    "deviceStatus": one("SoftLayer_Device_Status", lambda v, look: device_status(v)),
    "hourlyBillingFlag": value("facts.hourly"),
    "monitoringServiceComponent": value(lambda v, look: None),
    "networkMonitors": many("SoftLayer_Network_Monitor_Version1_Query_Host", lambda v, look: []),
    "networkVlans": many("SoftLayer_Network_Vlan", lambda v, look: vlans(v, look.world)),
    "operatingSystem": one("SoftLayer_Software_Component", lambda v, look: software_component(v, look.world)),
    "operatingSystemReferenceCode": value(
        lambda v, look: look.world.software[v.facts.os].reference_code if v.facts.os else None
    ),
    "primaryBackendIpAddress": value("facts.private_ip"),
    "primaryIpAddress": value("facts.public_ip"),
    "privateNetworkOnlyFlag": value(lambda v, look: v.facts.public_ip is None),
    "softwareComponents": many("SoftLayer_Software_Component", _software_list),
    "tagReferences": many("SoftLayer_Tag_Reference", lambda v, look: _tags(v)),
    "userData": many("SoftLayer_Virtual_Guest_Attribute", lambda v, look: []),
}

# On hardware these belong to SoftLayer_Hardware_Server, which is why SP asks for them with a typed mask.
TRANSACTIONS: dict[str, Property] = {
    "activeTransaction": one("SoftLayer_Provisioning_Version1_Transaction", lambda v, look: active_transaction(v)),
    "activeTransactions": many("SoftLayer_Provisioning_Version1_Transaction", lambda v, look: _active_list(v)),
    "lastTransaction": one("SoftLayer_Provisioning_Version1_Transaction", lambda v, look: last_transaction(v)),
    "lastOperatingSystemReload": one("SoftLayer_Provisioning_Version1_Transaction", lambda v, look: None),
    "users": many("SoftLayer_User_Customer", users_who_see),
}

PORTS = ports

LOCATION = ApiType(
    "SoftLayer_Location",
    {"id": local("id"), "name": local("name"), "longName": local("long_name"), "statusId": local("status_id")},
)
DEVICE_STATUS = ApiType(
    "SoftLayer_Device_Status",
    {
        "keyName": local(lambda key, look: look.world.labels.name(key).upper()),
        "name": local(lambda key, look: look.world.labels.name(key)),
    },
)
TAG_REFERENCE = ApiType(
    "SoftLayer_Tag_Reference",
    {
        "id": local(lambda pair, look: pair[0]),
        "tagId": local(lambda pair, look: tag_id(pair[1])),
        "tag": one("SoftLayer_Tag"),
    },
)
TAG = ApiType(
    "SoftLayer_Tag",
    {
        "id": local(lambda pair, look: tag_id(pair[1])),
        "name": local(lambda pair, look: pair[1]),
        "accountId": local(lambda pair, look: look.world.account.id),
        "internal": constant(0),
    },
)
ATTRIBUTE = ApiType("SoftLayer_Virtual_Guest_Attribute", {"value": local("value")})
MONITOR = ApiType(
    "SoftLayer_Network_Monitor_Version1_Query_Host",
    {"queryType": constant(None), "lastResult": constant(None), "responseAction": constant(None)},
)


def tag_id(name: str) -> int:
    """An id that is the same for the same tag in every run."""
    return 100000 + int.from_bytes(name.encode()[:4].ljust(4, b"\0"), "big") % 900000


TYPES = (LOCATION, DEVICE_STATUS, TAG_REFERENCE, TAG, ATTRIBUTE, MONITOR)
