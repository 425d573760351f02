"""The account and its audit log (classic-api.md 6, 8)."""

from __future__ import annotations

from mock_api.domain.dates import to_precise_text
from mock_api.domain.facts import Account, ImageGroup, Kind
from mock_api.operations.types.billing import account_total
from mock_api.operations.types.rows import DeviceRows
from mock_api.operations.types.table import ApiType, Look, constant, local, many, one, value
from mock_api.operations.types.topology import account_subnets, account_vlans, visible
from mock_api.operations.types.users import devices_of, hosts_of, visible_users

_GROUP = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"


def _guests(look: Look) -> DeviceRows:
    return devices_of(look.user, Kind.GUEST, look)


def private_groups(account: Account, look: Look) -> list[ImageGroup]:
    """The account's own image templates."""
    return [row for row in look.world.image_groups.values() if not row.public]


ACCOUNT = ApiType(
    "SoftLayer_Account",
    {
        "id": local("id"),
        "companyName": local("company_name"),
        "email": local("email"),
        "accountStatusId": constant(1001),
        "virtualGuests": many("SoftLayer_Virtual_Guest", lambda a, look: _guests(look)),
        "hourlyVirtualGuests": many(
            "SoftLayer_Virtual_Guest",
            lambda a, look: _guests(look).where(lambda device: device.facts.hourly),
        ),
        "monthlyVirtualGuests": many(
            "SoftLayer_Virtual_Guest",
            lambda a, look: _guests(look).where(lambda device: not device.facts.hourly),
        ),
        "hardware": many(
            "SoftLayer_Hardware", lambda a, look: devices_of(look.user, Kind.HARDWARE, look)
        ),
        "dedicatedHosts": many(
            "SoftLayer_Virtual_DedicatedHost", lambda a, look: hosts_of(look.user, look)
        ),
        "domains": many("SoftLayer_Dns_Domain", lambda a, look: []),
        "networkStorage": many("SoftLayer_Network_Storage", lambda a, look: []),
        "networkVlans": many("SoftLayer_Network_Vlan", lambda a, look: account_vlans(look)),
        "nextInvoiceTotalAmount": value(lambda a, look: account_total(look, visible(look))),
        "openTickets": many("SoftLayer_Ticket", lambda a, look: []),
        "pendingInvoice": one(
            "SoftLayer_Billing_Invoice", lambda a, look: account_total(look, visible(look))
        ),
        "portableStorageVolumes": many("SoftLayer_Virtual_Disk_Image", lambda a, look: []),
        "subnets": many("SoftLayer_Network_Subnet", lambda a, look: account_subnets(look)),
        "virtualDiskImages": many(
            "SoftLayer_Virtual_Disk_Image",
            lambda a, look: [row for row in look.world.disk_images.values() if not row.public],
        ),
        "users": many("SoftLayer_User_Customer", lambda a, look: visible_users(look)),
        "privateBlockDeviceTemplateGroups": many(_GROUP, private_groups),
        "blockDeviceTemplateGroups": many(_GROUP, private_groups),
        "datacentersWithSubnetAllocations": many(
            "SoftLayer_Location", lambda a, look: list(look.world.datacenters.values())
        ),
    },
)
EVENT = ApiType(
    "SoftLayer_Event_Log",
    {
        "accountId": local(lambda e, look: look.world.account.id),
        "eventCreateDate": local(lambda e, look: to_precise_text(e.created_s, look.world.tz)),
        "eventName": local("event_name"),
        "ipAddress": local("ip_address"),
        "label": local("label"),
        "metaData": constant(""),
        "objectId": local("object_id"),
        "objectName": local("object_name"),
        "openIdConnectUserName": constant(None),
        "resource": constant(None),
        "traceId": local("trace_id"),
        "userId": local("user_id"),
        "userType": constant("CUSTOMER"),
        "username": local("username"),
    },
)
TICKET = ApiType("SoftLayer_Ticket", {"id": local("id")})
OBJECT_NAME = ApiType(
    "SoftLayer_Container_Utility_Event_ObjectName", {"value": local(lambda name, look: name)}
)

TYPES = (ACCOUNT, EVENT, TICKET, OBJECT_NAME)
