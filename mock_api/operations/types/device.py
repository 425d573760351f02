"""What virtual guests and hardware have in common, and the small types around them."""

from __future__ import annotations

from mock_api.domain.people import User
from mock_api.domain.world import DeviceView
from mock_api.operations.types.billing import whole
from mock_api.operations.types.table import (
    ApiType,
    Look,
    Property,
    constant,
    date,
    local,
    many,
    one,
    value,
)
from mock_api.operations.types.tags import references
from mock_api.operations.types.topology import vlans
from mock_api.operations.types.views import (
    active_transaction,
    answers,
    device_status,
    last_reload,
    last_transaction,
    software_component,
)  # fmt: skip


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
    "fullyQualifiedDomainName": local("facts.fqdn"),
    "globalIdentifier": local("facts.guid"),
    "notes": local("facts.notes"),
    "postInstallScriptUri": constant(None),
    "provisionDate": date("facts.created_s"),
    "account": one("SoftLayer_Account", lambda v, look: look.world.account),
    "allowedHost": one("SoftLayer_Network_Storage_Allowed_Host", lambda v, look: None),
    "billingItem": one("SoftLayer_Billing_Item", lambda v, look: whole(v)),
    "bandwidthAllotmentDetail": one("SoftLayer_Network_Bandwidth_Version1_Allotment_Detail"),
    "billingCycleBandwidthUsage": many(
        "SoftLayer_Network_Bandwidth_Usage",
        lambda v, look: ["PUBLIC_SERVER_BW", "PRIVATE_SERVER_BW"],
    ),
    "datacenter": one(
        "SoftLayer_Location", lambda v, look: look.world.datacenters[v.facts.datacenter]
    ),
    "location": one(
        "SoftLayer_Location", lambda v, look: look.world.datacenters[v.facts.datacenter]
    ),
    "deviceStatus": one("SoftLayer_Device_Status", lambda v, look: device_status(v)),
    "hourlyBillingFlag": value("facts.hourly"),
    # slcli asks for internal tags when it searches hardware by tag;
    # that they are the same ones is assumed.
    "internalTagReferences": many("SoftLayer_Tag_Reference", lambda v, look: references(v)),
    "monitoringServiceComponent": value(lambda v, look: None),
    "networkMonitors": many("SoftLayer_Network_Monitor_Version1_Query_Host", lambda v, look: [v]),
    "networkVlans": many("SoftLayer_Network_Vlan", lambda v, look: vlans(v, look.world)),
    "operatingSystem": one(
        "SoftLayer_Software_Component", lambda v, look: software_component(v, look.world)
    ),
    "operatingSystemReferenceCode": value(
        lambda v, look: look.world.software[v.facts.os].reference_code if v.facts.os else None
    ),
    "primaryBackendIpAddress": value("facts.private_ip"),
    "primaryIpAddress": value("facts.public_ip"),
    "privateNetworkOnlyFlag": value(lambda v, look: v.facts.public_ip is None),
    "softwareComponents": many("SoftLayer_Software_Component", _software_list),
    "tagReferences": many("SoftLayer_Tag_Reference", lambda v, look: references(v)),
    "userData": many("SoftLayer_Virtual_Guest_Attribute", lambda v, look: list(v.facts.user_data)),
}

# On hardware these belong to SoftLayer_Hardware_Server,
# which is why SP asks for them with a typed mask.
TRANSACTIONS: dict[str, Property] = {
    "activeTransaction": one(
        "SoftLayer_Provisioning_Version1_Transaction", lambda v, look: active_transaction(v)
    ),
    "activeTransactions": many(
        "SoftLayer_Provisioning_Version1_Transaction", lambda v, look: _active_list(v)
    ),
    "lastTransaction": one(
        "SoftLayer_Provisioning_Version1_Transaction", lambda v, look: last_transaction(v)
    ),
    "lastOperatingSystemReload": one(
        "SoftLayer_Provisioning_Version1_Transaction", lambda v, look: last_reload(v)
    ),
    "users": many("SoftLayer_User_Customer", users_who_see),
}

LOCATION = ApiType(
    "SoftLayer_Location",
    {
        "id": local("id"),
        "name": local("name"),
        "longName": local("long_name"),
        "statusId": local("status_id"),
    },
)
DEVICE_STATUS = ApiType(
    "SoftLayer_Device_Status",
    {
        "keyName": local(lambda key, look: look.world.labels.name(key).upper()),
        "name": local(lambda key, look: look.world.labels.name(key)),
    },
)
GUEST_ATTRIBUTE = ApiType(
    "SoftLayer_Virtual_Guest_Attribute", {"value": local(lambda text, look: text)}
)
HARDWARE_ATTRIBUTE = ApiType(
    "SoftLayer_Hardware_Attribute", {"value": local(lambda text, look: text)}
)
_MONITOR = "SoftLayer_Network_Monitor_Version1"
# Every device has the one ping monitor that SP's fixture shows.
MONITOR = ApiType(
    f"{_MONITOR}_Query_Host",
    {
        "id": local(lambda v, look: v.facts.part_id(6)),
        "ipAddress": local(lambda v, look: v.facts.public_ip or v.facts.private_ip),
        "status": constant("ON"),
        "waitCycles": constant(0),
        "lastResult": one(f"{_MONITOR}_Query_Result"),
        "queryType": one(f"{_MONITOR}_Query_Type"),
        "responseAction": one(f"{_MONITOR}_Query_ResponseType"),
    },
)
MONITOR_RESULT = ApiType(
    f"{_MONITOR}_Query_Result",
    {"responseStatus": local(lambda v, look: 2 if answers(v, look.world.settings) else 0)},
)
MONITOR_TYPE = ApiType(
    f"{_MONITOR}_Query_Type",
    {
        "id": constant(1),
        "name": constant("SERVICE PING"),
        "description": constant("Test ping to address"),
    },
)
MONITOR_ACTION = ApiType(
    f"{_MONITOR}_Query_ResponseType",
    {"id": constant(1), "actionDescription": constant("Do Nothing"), "level": constant(0)},
)

TYPES = (
    LOCATION, DEVICE_STATUS, GUEST_ATTRIBUTE, HARDWARE_ATTRIBUTE, MONITOR, MONITOR_RESULT,
    MONITOR_TYPE, MONITOR_ACTION,
)  # fmt: skip
