"""Operating systems, their licences and passwords (classic-api.md 8)."""

from __future__ import annotations

from mock_api.operations.types.table import ApiType, constant, date, local, many, one
from mock_api.operations.types.views import is_guest, logins

COMPONENT = ApiType(
    "SoftLayer_Software_Component",
    {
        "id": local("id"),
        "hardwareId": local(lambda c, look: None if is_guest(c.device) else c.device.facts.id),
        "manufacturerLicenseInstance": constant(""),
        "passwords": many("SoftLayer_Software_Component_Password", lambda c, look: logins(c)),
        "softwareLicense": one("SoftLayer_Software_License", "software"),
        "softwareDescription": one("SoftLayer_Software_Description", "software"),
    },
)

LICENSE = ApiType(
    "SoftLayer_Software_License",
    {
        "id": local("id"),
        "softwareDescriptionId": local("id"),
        "softwareDescription": one("SoftLayer_Software_Description"),
    },
)

DESCRIPTION = ApiType(
    "SoftLayer_Software_Description",
    {
        "id": local("id"),
        "manufacturer": local("manufacturer"),
        "name": local("name"),
        "version": local("version"),
        "referenceCode": local("reference_code"),
        "longDescription": local(lambda s, look: f"{s.manufacturer} {s.name} {s.version}"),
        "operatingSystem": constant(1),
        "virtualLicense": constant(0),
    },
)

PASSWORD = ApiType(
    "SoftLayer_Software_Component_Password",
    {
        "id": local("id"),
        "username": local("username"),
        "password": local("password"),
        "port": constant(None),
        "notes": constant(None),
        "softwareId": local("software_id"),
        "createDate": date("created_s"),
        "modifyDate": date("created_s"),
    },
)

REMOTE_ACCOUNT = ApiType(
    "SoftLayer_Hardware_Component_RemoteManagement_User",
    {"username": local("username"), "password": local("password")},
)

TYPES = (COMPONENT, LICENSE, DESCRIPTION, PASSWORD, REMOTE_ACCOUNT)
