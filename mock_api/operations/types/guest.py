"""SoftLayer_Virtual_Guest: the properties of META and of
slcli's detail mask (classic-api.md 6.1, 8).
"""

from __future__ import annotations

from mock_api.operations.types.device import SHARED, TRANSACTIONS
from mock_api.operations.types.table import (
    ApiType,
    Property,
    constant,
    date,
    local,
    many,
    one,
    value,
)
from mock_api.operations.types.topology import PRIVATE, PUBLIC, ports, primary, side
from mock_api.operations.types.views import block_devices, shown_power

_POWER_NAMES = {"RUNNING": "Running", "HALTED": "Halted", "PAUSED": "Paused"}
_POWER = "SoftLayer_Virtual_Guest_Power_State"
_PORT = "SoftLayer_Virtual_Guest_Network_Component"

GUEST = ApiType(
    "SoftLayer_Virtual_Guest",
    {
        **SHARED,
        **TRANSACTIONS,
        "createDate": date("facts.created_s"),
        "modifyDate": local(lambda v, look: look.date(v.state.modified_s or v.facts.created_s)),
        "lastVerifiedDate": constant(None),
        "metricPollDate": constant(None),
        "dedicatedAccountHostOnlyFlag": constant(False),
        "lastPowerStateId": constant(None),
        "managedResourceFlag": constant(False),
        "maxCpu": local("facts.cpus"),
        "maxCpuUnits": constant("CORE"),
        "maxMemory": local("facts.memory_mb"),
        "placementGroupId": constant(None),
        "startCpus": local("facts.cpus"),
        "statusId": constant(1001),
        "typeId": constant(11),
        "uuid": local("facts.guid"),
        "blockDeviceTemplateGroup": one(
            "SoftLayer_Virtual_Guest_Block_Device_Template_Group", lambda v, look: None
        ),
        "blockDevices": many(
            "SoftLayer_Virtual_Guest_Block_Device", lambda v, look: block_devices(v, look.world)
        ),
        "browserConsoleAccessLogs": many(
            "SoftLayer_Virtual_BrowserConsoleAccessLog", lambda v, look: []
        ),
        "dedicatedHost": one("SoftLayer_Virtual_DedicatedHost", lambda v, look: None),
        "lastKnownPowerState": one(_POWER, "state.power"),
        "localDiskFlag": value(lambda v, look: False),
        "networkComponents": many(_PORT, lambda v, look: ports(v)),
        "frontendNetworkComponents": many(_PORT, lambda v, look: side(v, PUBLIC)),
        "backendNetworkComponents": many(_PORT, lambda v, look: side(v, PRIVATE)),
        "primaryNetworkComponent": one(_PORT, lambda v, look: primary(v, PUBLIC)),
        "primaryBackendNetworkComponent": one(_PORT, lambda v, look: primary(v, PRIVATE)),
        "powerState": one(_POWER, lambda v, look: shown_power(v, look.world.settings)),
        "status": one("SoftLayer_Virtual_Guest_Status"),
        "transientGuestFlag": value(lambda v, look: False),
    },
)
POWER_STATE = ApiType(
    _POWER,
    {
        "keyName": local(lambda power, look: power.value),
        "name": local(lambda power, look: _POWER_NAMES[power]),
        "description": constant(""),
    },
)
STATUS = ApiType(
    "SoftLayer_Virtual_Guest_Status", {"keyName": constant("ACTIVE"), "name": constant("Active")}
)
DEDICATED_HOST = ApiType(
    "SoftLayer_Virtual_DedicatedHost",
    {
        "id": local("id"),
        "accountId": local(lambda host, look: look.world.account.id),
        "cpuCount": local("cpus"),
        "createDate": date("created_s"),
        "diskCapacity": local("disk_gb"),
        "memoryCapacity": local("memory_gb"),
        "modifyDate": date("created_s"),
        "name": local("name"),
        "notes": local("notes"),
        "datacenter": one(
            "SoftLayer_Location", lambda host, look: look.world.datacenters[host.datacenter]
        ),
    },
)
BLOCK_DEVICE = ApiType(
    "SoftLayer_Virtual_Guest_Block_Device",
    {
        "id": local("id"),
        "bootableFlag": local("bootable"),
        "createDate": date("created_s"),
        "device": local("device"),
        "diskImageId": local("disk_image_id"),
        "guestId": local("guest_id"),
        "hotPlugFlag": local("hot_plug"),
        "modifyDate": date("modified_s"),
        "mountMode": local("mount_mode"),
        "mountType": local("mount_type"),
        "statusId": constant(1),
        "uuid": local(lambda b, look: f"{b.id:032x}"),
        "diskImage": Property(
            lambda b, look: b.make_image and b.make_image(), "SoftLayer_Virtual_Disk_Image"
        ),
    },
)

TYPES = (GUEST, POWER_STATE, STATUS, DEDICATED_HOST, BLOCK_DEVICE)
