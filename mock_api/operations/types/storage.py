"""Network storage and console access, which a world holds none of:
the types are there so that masks can name them.
"""

from __future__ import annotations

from mock_api.operations.types.table import ApiType, date, local, many, one, value

VOLUME = ApiType(
    "SoftLayer_Network_Storage",
    {
        "id": local("id"),
        "username": local("username"),
        "capacityGb": local("capacity_gb"),
        "notes": local("notes"),
        "nasType": local("nas_type"),
        "serviceResourceBackendIpAddress": value("address"),
        "allowedVirtualGuests": many("SoftLayer_Virtual_Guest", "guests"),
        "allowedHardware": many("SoftLayer_Hardware", "hardware"),
    },
)
ALLOWED_HOST = ApiType(
    "SoftLayer_Network_Storage_Allowed_Host",
    {
        "id": local("id"),
        "name": local("name"),
        "credential": one("SoftLayer_Network_Storage_Credential", "credential"),
    },
)
CREDENTIAL = ApiType(
    "SoftLayer_Network_Storage_Credential",
    {"username": local("username"), "password": local("password")},
)
CONSOLE_LOG = ApiType(
    "SoftLayer_Virtual_BrowserConsoleAccessLog",
    {
        "id": local("id"),
        "createDate": date("created_s"),
        "eventType": local("event_type"),
        "message": local("message"),
        "sourceIp": local("source_ip"),
        "sourcePort": local("source_port"),
        "username": local("username"),
    },
)

TYPES = (VOLUME, ALLOWED_HOST, CREDENTIAL, CONSOLE_LOG)
