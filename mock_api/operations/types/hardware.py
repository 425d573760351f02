"""SoftLayer_Hardware and SoftLayer_Hardware_Server (classic-api.md 6.2, 6.3, 8)."""

from __future__ import annotations

from mock_api.operations.types.device import SHARED, TRANSACTIONS
from mock_api.operations.types.table import ApiType, Property, constant, local, many, one, value
from mock_api.operations.types.topology import PRIVATE, PUBLIC, ports, primary, side
from mock_api.operations.types.views import management_logins, parts

_COMPONENT = "SoftLayer_Hardware_Component"

HARDWARE = ApiType(
    "SoftLayer_Hardware",
    {
        **SHARED,
        "bareMetalInstanceFlag": constant(0),
        "hardwareStatusId": constant(5),
        "manufacturerSerialNumber": local(lambda v, look: f"MSN{v.facts.id}"),
        "serialNumber": local(lambda v, look: f"SL{v.facts.id}"),
        "serviceProviderId": constant(1),
        "serviceProviderResourceId": local("facts.id"),
        "activeComponents": many(_COMPONENT, lambda v, look: parts(v)),
        "components": many(_COMPONENT, lambda v, look: parts(v)),
        "backendNetworkComponents": many(
            "SoftLayer_Network_Component", lambda v, look: side(v, PRIVATE)
        ),
        "frontendNetworkComponents": many(
            "SoftLayer_Network_Component", lambda v, look: side(v, PUBLIC)
        ),
        "primaryNetworkComponent": one(
            "SoftLayer_Network_Component", lambda v, look: primary(v, PUBLIC)
        ),
        "primaryBackendNetworkComponent": one(
            "SoftLayer_Network_Component", lambda v, look: primary(v, PRIVATE)
        ),
        "hardDrives": many(
            _COMPONENT, lambda v, look: [row for row in parts(v) if row.type_key == "HARD_DRIVE"]
        ),
        "hardwareChassis": one("SoftLayer_Hardware_Chassis"),
        "hardwareStatus": one("SoftLayer_Hardware_Status"),
        "memoryCapacity": value("facts.memory_gb"),
        "networkComponents": many("SoftLayer_Network_Component", lambda v, look: ports(v)),
        "userData": many("SoftLayer_Hardware_Attribute", lambda v, look: list(v.facts.user_data)),
        "networkManagementIpAddress": value("facts.ipmi_ip"),
        "processorPhysicalCoreAmount": value("facts.cores"),
        "remoteManagementAccounts": many(
            "SoftLayer_Hardware_Component_RemoteManagement_User",
            lambda v, look: management_logins(v),
        ),
    },
)
SERVER = ApiType(
    "SoftLayer_Hardware_Server",
    {
        **TRANSACTIONS,
        "isIpmiDisabled": value(lambda v, look: not v.state.ipmi_enabled),
        "uefiBootFlag": value(lambda v, look: False),
        "recentRemoteManagementCommands": many(
            "SoftLayer_Hardware_Component_RemoteManagement_Command_Request",
            lambda v, look: [(row, v) for row in v.state.commands],
        ),
    },
    extends=HARDWARE,
)
STATUS = ApiType("SoftLayer_Hardware_Status", {"id": constant(5), "status": constant("ACTIVE")})
CHASSIS = ApiType(
    "SoftLayer_Hardware_Chassis", {"id": constant(10), "name": constant("1U SuperMicro")}
)
COMMAND = ApiType(
    "SoftLayer_Hardware_Component_RemoteManagement_Command_Request",
    {
        "id": local(lambda pair, look: pair[0].id),
        "hardwareId": local(lambda pair, look: pair[1].facts.id),
        "createDate": local(lambda pair, look: look.date(pair[0].created_s)),
        "modifyDate": local(lambda pair, look: look.date(pair[0].created_s)),
        "processed": constant(True),
        "remoteManagementCommand": one(
            "SoftLayer_Hardware_Component_RemoteManagement_Command",
            lambda pair, look: pair[0].command,
        ),
        "user": one(
            "SoftLayer_User_Customer", lambda pair, look: look.world.users.get(pair[0].user_id)
        ),
    },
)
COMMAND_NAME = ApiType(
    "SoftLayer_Hardware_Component_RemoteManagement_Command",
    {"name": local(lambda command, look: command), "keyName": local(lambda command, look: command)},
)
# slcli reads a drive's model without a mask (CLI/hardware/detail.py),
# so models come with their component.
COMPONENT = ApiType(
    _COMPONENT,
    {
        "id": local("id"),
        "serialNumber": local("serial"),
        "hardwareComponentModel": Property(
            lambda part, look: part, "SoftLayer_Hardware_Component_Model", local=True
        ),
    },
)
MODEL = ApiType(
    "SoftLayer_Hardware_Component_Model",
    {
        "id": local("id"),
        "manufacturer": local("manufacturer"),
        "name": local("name"),
        "longDescription": local(lambda part, look: f"{part.manufacturer} {part.name}"),
        "hardwareGenericComponentModel": Property(
            lambda part, look: part, "SoftLayer_Hardware_Component_Model_Generic", local=True
        ),
        "firmwares": many("SoftLayer_Hardware_Component_Firmware", lambda part, look: [part]),
    },
)
GENERIC = ApiType(
    "SoftLayer_Hardware_Component_Model_Generic",
    {
        "id": local("id"),
        "capacity": local(lambda part, look: None if part.capacity is None else str(part.capacity)),
        "units": local("units"),
        "description": local("name"),
        # slcli reads a drive's type without a mask (CLI/hardware/storage.py).
        "hardwareComponentType": Property(
            lambda part, look: part, "SoftLayer_Hardware_Component_Type", local=True
        ),
    },
)
COMPONENT_TYPE = ApiType(
    "SoftLayer_Hardware_Component_Type",
    {
        "keyName": local("type_key"),
        "type": local(lambda part, look: part.type_key.replace("_", " ").title()),
    },
)
FIRMWARE = ApiType(
    "SoftLayer_Hardware_Component_Firmware",
    {"version": constant("1.0"), "createDate": constant(None)},
)

TYPES = (
    HARDWARE, SERVER, STATUS, CHASSIS, COMMAND, COMMAND_NAME, COMPONENT, MODEL, GENERIC,
    COMPONENT_TYPE, FIRMWARE,
)  # fmt: skip
