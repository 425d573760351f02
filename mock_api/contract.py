"""THE table of operations served: one row per (service, method), each with its evidence.

Three rules serve more than the rows, and `GET /_mock/contract` lists those of the first, too:
- every relational property X of a service's type is also the method getX (SLDN lists them so;
  evidence `documented`);
- of what the service documents and the mock does not play, getX of a property X answers what an
  object without it has; the others are refused as not played (mock_api.operations.surface);
- the REST path may name a property instead of a method: SoftLayer_Account/Hardware is getHardware
  (SRC rest.md). Row order: by service, then as in the service's own file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from mock_api.domain.errors import ApiError, NotPlayed, UnknownMethod, UnknownService
from mock_api.domain.labels import Evidence
from mock_api.domain.settings import Settings
from mock_api.operations import surface
from mock_api.operations.types import TYPES, Property


@dataclass(frozen=True)
class Parameter:
    """A positional parameter; `allowed` empty means any value of that kind.

    Kinds: int, ints, string, strings, boolean, object, objects (http/arguments.py reads them). A
    `secret` one is hidden in the journal.
    """

    name: str
    kind: str
    optional: bool = False
    allowed: tuple[str, ...] = ()
    secret: bool = False


@dataclass(frozen=True)
class Operation:
    """A row. `returns` is a type of the API, or a plain word such as boolean;
    `root` is where its filters begin.
    """

    service: str
    method: str
    returns: str
    evidence: Evidence
    source: str
    parameters: tuple[Parameter, ...] = ()
    many: bool = False
    needs_id: bool = True
    changes: bool = False
    permission: str | None = None
    permission_evidence: Evidence | None = None
    permission_setting: str | None = None  # the world's setting that may name another permission
    reads_log: bool = False  # refuses with PermissionDenied instead of the permission text
    checks_itself: bool = (
        False  # refuses with texts of its own, and finds also what the caller may not see
    )
    filterable: bool = True
    root: str | None = None
    roots_accepted: tuple[str, ...] = ()
    property_name: str | None = None

    @property
    def name(self) -> str:
        """SERVICE::method, as error texts and the journal write it."""
        return f"{self.service}::{self.method}"

    @property
    def prop(self) -> Property | None:
        """The property that it gets, if it is the method of one."""
        if self.property_name is None:
            return None
        return TYPES[SERVICES[self.service].type].find(self.property_name)

    @property
    def objects(self) -> str:
        """What its id means."""
        return "any_user" if self.checks_itself else SERVICES[self.service].objects

    def permission_in(self, settings: Settings) -> str | None:
        """The permission that the pipeline checks in a world with these settings."""
        if self.permission_setting is not None:
            return settings.permission(self.permission_setting)
        return None if self.checks_itself else self.permission


@dataclass(frozen=True)
class Service:
    """A service, the type of its objects and what an id means:
    a kind of object that operations/objects.py finds.
    """

    name: str
    type: str
    objects: str
    default_id: bool = False  # the object is known without an id


_CLI = Evidence.REAL_CLIENT
_DOC = Evidence.DOCUMENTED
_ASS = Evidence.ASSUMED
_TX = "SoftLayer_Provisioning_Version1_Transaction"
_ISO = "SoftLayer_Virtual_Disk_Image"
_GROUP = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"
_U = "SoftLayer_User_Customer"
_PERMISSION = "SoftLayer_User_Customer_CustomerPermission_Permission"
_ACTION = "SoftLayer_User_Permission_Action"
_DEPARTMENT = "SoftLayer_User_Permission_Department"
_ACCOUNT = "SoftLayer_Account"
_G = "SoftLayer_Virtual_Guest"
_H = "SoftLayer_Hardware_Server"
_HW = "SoftLayer_Hardware"
_TAG = "SoftLayer_Tag"
_METRIC = "SoftLayer_Metric_Tracking_Object"
_SEARCH = "SoftLayer_Search"
_VLAN = "SoftLayer_Network_Vlan"
_HOST = "SoftLayer_Virtual_DedicatedHost"
_PLACE = "SoftLayer_Location"
_FOUND = "SoftLayer_Container_Search_Result"
_LOG = "SoftLayer_Event_Log"
_NOTICE = "SoftLayer_Notification_Occurrence_Event"
_READING = "SoftLayer_Container_RemoteManagement_SensorReading"

SERVICES: dict[str, Service] = {
    row.name: row
    for row in (
        Service(_ACCOUNT, _ACCOUNT, "account", default_id=True),
        Service(_LOG, _LOG, "none"),
        Service(_HW, _HW, "hardware"),
        Service(_H, _H, "hardware"),
        Service(_PLACE, _PLACE, "datacenter"),
        Service(f"{_PLACE}_Datacenter", _PLACE, "datacenter"),
        Service(_METRIC, _METRIC, "tracked"),
        Service(_VLAN, _VLAN, "vlan"),
        Service(_NOTICE, _NOTICE, "none"),
        Service(_SEARCH, _FOUND, "none"),
        Service(_TAG, _TAG, "tag"),
        Service(_U, _U, "user"),
        Service(_PERMISSION, _PERMISSION, "none"),
        Service(_ACTION, _ACTION, "none"),
        Service(_DEPARTMENT, _DEPARTMENT, "none"),
        Service(_HOST, _HOST, "dedicated_host"),
        Service(_ISO, _ISO, "disk_image"),
        Service(_G, _G, "virtual_guest"),
        Service(_GROUP, _GROUP, "image_group"),
    )
}


def _power(service: str, method: str, evidence: Evidence = _CLI) -> Operation:
    # Hardware: documented (classic-api.md 5.1).
    # Guests: what is checked is unknown (classic-api.md 9.12).
    is_guest = service == _G
    return Operation(
        service, method, "boolean", evidence=evidence, source="classic-api.md 1.4", changes=True,
        permission="REMOTE_MANAGEMENT", permission_evidence=_ASS if is_guest else _DOC,
        permission_setting="guest_power_permission" if is_guest else None,
    )  # fmt: skip


def _rescue(service: str, method: str, *parameters: Parameter) -> Operation:
    is_guest = service == _G
    return Operation(
        service, method, "boolean", evidence=_CLI, source="classic-api.md 1.1, 1.2",
        parameters=parameters, changes=True, permission="SERVER_RELOAD",
        permission_evidence=_ASS if is_guest else _DOC,
        permission_setting="guest_rescue_permission" if is_guest else None,
    )  # fmt: skip


def _iso(method: str, *parameters: Parameter) -> Operation:
    return Operation(
        _G, method, _TX, evidence=_DOC, source="classic-api.md 2.1", parameters=parameters,
        changes=True, permission="SERVER_RELOAD", permission_evidence=_ASS,
        permission_setting="guest_iso_permission",
    )  # fmt: skip


def _user_change(method: str, *parameters: Parameter, evidence: Evidence = _DOC) -> Operation:
    return Operation(
        _U, method, "boolean", evidence=evidence, source="classic-api.md 5.2, SLDN",
        parameters=parameters, changes=True, permission="USER_MANAGE", permission_evidence=_DOC,
        checks_itself=True,
    )  # fmt: skip


def _access(noun: str, parameter: str) -> tuple[Operation, ...]:
    one = Parameter(f"{parameter}Id", "int")
    several = Parameter(f"{parameter}Ids", "ints")
    return (
        _user_change(f"add{noun}Access", one, evidence=_CLI),
        _user_change(f"addBulk{noun}Access", several),
        _user_change(f"remove{noun}Access", one, evidence=_CLI),
        _user_change(f"removeBulk{noun}Access", several),
    )


def _reload(
    service: str, method: str, evidence: Evidence, parameters: tuple[Parameter, ...]
) -> Operation:
    return Operation(
        service, method, "string", evidence=evidence, source=f"SLDN {method}",
        parameters=parameters, changes=True, permission="SERVER_RELOAD", permission_evidence=_DOC,
    )  # fmt: skip


def _tags(service: str) -> tuple[Operation, ...]:
    return (
        Operation(
            service, "setTags", "boolean", evidence=_CLI, source="SP managers edit",
            parameters=(Parameter("tags", "string"),), changes=True,
        ),
        Operation(
            service, "removeTags", "boolean", evidence=_DOC, source="META",
            parameters=(Parameter("tags", "string"),), changes=True,
        ),
        Operation(
            service, "deleteTag", "boolean", evidence=_DOC, source="META",
            parameters=(Parameter("tagName", "string"),), changes=True,
        ),
    )  # fmt: skip


def _device(service: str) -> tuple[Operation, ...]:
    """The rows that virtual guests and bare metal share."""
    token = Parameter("token", "string", optional=True)
    config = Parameter("config", "object", optional=True)
    template = Parameter("templateObject", "object")
    kind = "Virtual_Guest" if service == _G else "Hardware"
    return (
        Operation(service, "getObject", service, evidence=_CLI, source="classic-api.md 6.1, 6.2"),
        Operation(
            service, "editObject", "boolean", evidence=_CLI,
            source="SP managers/vs.py, managers/hardware.py edit", parameters=(template,),
            changes=True, permission="HOSTNAME_EDIT", permission_evidence=_ASS,
        ),
        Operation(
            service, "createObject", service, evidence=_CLI,
            source="refused: classic-api.md 4.1 names the verb rule",
            parameters=(replace(template, optional=True),), needs_id=False,
        ),
        Operation(
            service, "deleteObject", "boolean", evidence=_CLI,
            source="SLDN deleteObject: effective immediately; the setting cancel_allowed",
            changes=True, permission="SERVER_CANCEL", permission_evidence=_ASS,
        ),
        _reload(service, "reloadOperatingSystem", _CLI, (token, config)),
        _reload(service, "reloadCurrentOperatingSystemConfiguration", _DOC, (token,)),
        *_tags(service),
        Operation(
            service, "findByIpAddress", service, evidence=_DOC,
            source="META; null where no device has it is assumed",
            parameters=(Parameter("ipAddress", "string"),), needs_id=False,
        ),
        Operation(
            service, "setUserMetadata", f"SoftLayer_{kind}_Attribute", evidence=_CLI,
            source="SP managers edit", parameters=(Parameter("metadata", "strings"),), many=True,
            changes=True,
        ),
        Operation(
            service, "getAttachedNetworkStorages", "SoftLayer_Network_Storage", evidence=_CLI,
            source="SP managers get_storage_details",
            parameters=(Parameter("nasType", "string", optional=True),), many=True,
        ),
        Operation(
            service, "getReverseDomainRecords", "SoftLayer_Dns_Domain", evidence=_CLI,
            source="classic-api.md 6", many=True,
        ),
        Operation(
            service, "getMetricTrackingObjectId", "int", evidence=_CLI,
            source="SP managers get_tracking_id",
        ),
        Operation(service, "isPingable", "boolean", evidence=_DOC, source="classic-api.md 1.4"),
        Operation(
            service, "isBackendPingable", "boolean", evidence=_DOC, source="classic-api.md 1.4",
        ),
    )  # fmt: skip


_CASCADE = Parameter("cascadePermissionsFlag", "boolean", optional=True)
_WANTED = (Parameter("searchString", "string"),)
_BANDWIDTH = (
    Parameter("startDateTime", "string"),
    Parameter("endDateTime", "string"),
    Parameter("bandwidthType", "string", optional=True, allowed=("public", "private")),
    Parameter("rollupSeconds", "int", optional=True),
)
_TAGGED = (
    Parameter("tags", "string"),
    Parameter("keyName", "string", allowed=("GUEST", "HARDWARE")),
    Parameter("resourceTableId", "int"),
)

_OWN: tuple[Operation, ...] = (
    Operation(
        _ACCOUNT, "getObject", _ACCOUNT, evidence=_CLI, source="classic-api.md 6", needs_id=False,
    ),
    Operation(_ACCOUNT, "getCurrentUser", _U, evidence=_DOC, source="SLDN", needs_id=False),
    Operation(
        _LOG, "getAllObjects", _LOG, evidence=_CLI, source="classic-api.md 6", many=True,
        needs_id=False, permission="USER_EVENT_LOG_VIEW", permission_evidence=_ASS, reads_log=True,
    ),
    Operation(
        _LOG, "getAllEventObjectNames", "SoftLayer_Container_Utility_Event_ObjectName",
        evidence=_CLI, source="classic-api.md 6, SP fixture", many=True, needs_id=False,
        permission="USER_EVENT_LOG_VIEW", permission_evidence=_ASS, reads_log=True,
    ),
    Operation(
        _LOG, "getAllEventNames", "string", evidence=_DOC, source="META",
        parameters=(Parameter("objectName", "string", optional=True),), many=True, needs_id=False,
        permission="USER_EVENT_LOG_VIEW", permission_evidence=_ASS, reads_log=True,
    ),
    Operation(
        _LOG, "getAllUserTypes", "string", evidence=_DOC, source="META", many=True, needs_id=False,
        permission="USER_EVENT_LOG_VIEW", permission_evidence=_ASS, reads_log=True,
    ),
    Operation(_HW, "getObject", _HW, evidence=_CLI, source="SP managers/tags.py reference_lookup"),
    Operation(_HW, "getSensorData", _READING, evidence=_CLI, source="classic-api.md 6", many=True),
    *_device(_H),
    _rescue(
        _H, "bootToRescueLayer",
        Parameter("noOsBootEnvironment", "string", optional=True, allowed=("LINUX", "WINDOWS")),
    ),
    Operation(
        _H, "getHardwareByIpAddress", _H, evidence=_DOC,
        source="META; null where no server has it is assumed",
        parameters=(Parameter("ipAddress", "string"),), needs_id=False,
    ),
    Operation(_H, "isWindowsServer", "boolean", evidence=_DOC, source="META"),
    Operation(_H, "getPublicVlan", _VLAN, evidence=_DOC, source="META"),
    Operation(_H, "getPrivateVlan", _VLAN, evidence=_DOC, source="META"),
    Operation(
        _H, "getPublicNetworkComponent", "SoftLayer_Network_Component", evidence=_DOC,
        source="META",
    ),
    Operation(
        _H, "getPrivateNetworkComponent", "SoftLayer_Network_Component", evidence=_DOC,
        source="META",
    ),
    Operation(
        _H, "getBootModeOptions", "string", evidence=_DOC, source="classic-api.md 1.4", many=True,
    ),
    Operation(_H, "getSensorData", _READING, evidence=_DOC, source="classic-api.md 8", many=True),
    Operation(_H, "getServerPowerState", "string", evidence=_DOC, source="classic-api.md 1.4"),
    Operation(
        _H, "getTransactionHistory", f"{_TX}_History", evidence=_DOC, source="classic-api.md 3.1",
        many=True,
    ),
    Operation(_H, "ping", "string", evidence=_DOC, source="classic-api.md 1.4"),
    Operation(
        _H, "setOperatingSystemPassword", "boolean", evidence=_DOC, source="classic-api.md 1.4",
        parameters=(Parameter("newPassword", "string", secret=True),), changes=True,
        permission="HARDWARE_VIEW", permission_evidence=_DOC,
    ),
    Operation(
        _H, "toggleManagementInterface", "boolean", evidence=_CLI, source="classic-api.md 1.4, 6",
        parameters=(Parameter("enabled", "boolean"),), changes=True, permission="REMOTE_MANAGEMENT",
        permission_evidence=_ASS,
    ),
    _power(_H, "rebootDefault"),
    _power(_H, "rebootSoft"),
    _power(_H, "rebootHard"),
    _power(_H, "powerCycle"),
    _power(_H, "powerOn"),
    _power(_H, "powerOff"),
    Operation(_PLACE, "getObject", _PLACE, evidence=_DOC, source="SLDN"),
    Operation(
        _PLACE, "getDatacenters", _PLACE, evidence=_CLI, source="SP managers get_create_options",
        many=True, needs_id=False,
    ),
    Operation(f"{_PLACE}_Datacenter", "getObject", _PLACE, evidence=_DOC, source="SLDN"),
    Operation(
        f"{_PLACE}_Datacenter", "getDatacenters", _PLACE, evidence=_CLI, source="SP fixture",
        many=True, needs_id=False,
    ),
    Operation(
        _METRIC, "getBandwidthData", "SoftLayer_Metric_Tracking_Object_Data", evidence=_CLI,
        source="SP managers get_bandwidth_data", parameters=_BANDWIDTH, many=True,
    ),
    Operation(
        _VLAN, "getObject", _VLAN, evidence=_CLI, source="SP managers/tags.py reference_lookup",
    ),
    Operation(
        _VLAN, "getVlanForIpAddress", _VLAN, evidence=_DOC,
        source="META; null where no device has it is assumed",
        parameters=(Parameter("ipAddress", "string"),), needs_id=False,
    ),
    Operation(
        _NOTICE, "getAllObjects", _NOTICE, evidence=_CLI, source="classic-api.md 6", many=True,
        needs_id=False,
    ),
    Operation(
        _SEARCH, "advancedSearch", _FOUND, evidence=_CLI,
        source="classic-api.md 6; SP managers/search.py", parameters=_WANTED, many=True,
        needs_id=False, filterable=False,
    ),
    Operation(
        _SEARCH, "search", _FOUND, evidence=_CLI, source="SP managers/search.py",
        parameters=_WANTED, many=True, needs_id=False, filterable=False,
    ),
    Operation(
        _SEARCH, "getObjectTypes", "SoftLayer_Container_Search_ObjectType", evidence=_CLI,
        source="SP managers/search.py", many=True, needs_id=False,
    ),
    Operation(_TAG, "getObject", _TAG, evidence=_CLI, source="SP managers/tags.py"),
    Operation(
        _TAG, "getAllTagTypes", "SoftLayer_Tag_Type", evidence=_CLI, source="SP managers/tags.py",
        many=True, needs_id=False,
    ),
    Operation(
        _TAG, "getAttachedTagsForCurrentUser", _TAG, evidence=_CLI, source="SP managers/tags.py",
        many=True, needs_id=False,
    ),
    Operation(
        _TAG, "getUnattachedTagsForCurrentUser", _TAG, evidence=_CLI, source="SP managers/tags.py",
        many=True, needs_id=False,
    ),
    Operation(
        _TAG, "getTagByTagName", _TAG, evidence=_CLI, source="SP managers/tags.py",
        parameters=(Parameter("tagList", "string"),), many=True, needs_id=False,
    ),
    Operation(
        _TAG, "setTags", "boolean", evidence=_CLI, source="SP managers/tags.py", parameters=_TAGGED,
        needs_id=False, changes=True,
    ),
    Operation(_U, "getObject", _U, evidence=_CLI, source="classic-api.md 6"),
    Operation(
        _U, "editObject", "boolean", evidence=_CLI, source="SLDN; SP managers/user.py",
        parameters=(Parameter("templateObject", "object"),), changes=True,
    ),
    Operation(
        _U, "addApiAuthenticationKey", "string", evidence=_CLI, source="SLDN; SP managers/user.py",
        changes=True,
    ),
    # SP sends the key's id alone, and no id of a user.
    Operation(
        _U, "removeApiAuthenticationKey", "boolean", evidence=_CLI, source="SP managers/user.py",
        parameters=(Parameter("keyId", "int"),), needs_id=False, changes=True,
    ),
    _user_change("addPortalPermission", Parameter("permission", "object")),
    _user_change("addBulkPortalPermission", Parameter("permissions", "objects"), evidence=_CLI),
    _user_change("removePortalPermission", Parameter("permission", "object"), _CASCADE),
    _user_change(
        "removeBulkPortalPermission", Parameter("permissions", "objects"), _CASCADE, evidence=_CLI,
    ),
    *_access("Hardware", "hardware"),
    *_access("VirtualGuest", "virtualGuest"),
    *_access("DedicatedHost", "dedicatedHost"),
    Operation(
        _PERMISSION, "getAllObjects", _PERMISSION, evidence=_DOC, source="classic-api.md 5.2, SLDN",
        many=True, needs_id=False,
    ),
    Operation(
        _ACTION, "getAllObjects", _ACTION, evidence=_CLI, source="classic-api.md 5.2, 6", many=True,
        needs_id=False,
    ),
    Operation(
        _DEPARTMENT, "getAllObjects", _DEPARTMENT, evidence=_CLI, source="classic-api.md 5.1, 6",
        many=True, needs_id=False,
    ),
    Operation(_HOST, "getObject", _HOST, evidence=_CLI, source="classic-api.md 6"),
    Operation(_ISO, "getObject", _ISO, evidence=_DOC, source="classic-api.md 2.1"),
    Operation(
        _ISO, "getPublicIsoImages", _ISO, evidence=_DOC, source="classic-api.md 2.1", many=True,
        needs_id=False, filterable=False,
    ),
    *_device(_G),
    Operation(
        _G, "findByHostname", _G, evidence=_DOC, source="META; its case is assumed not to matter",
        parameters=(Parameter("hostname", "string"),), many=True, needs_id=False,
    ),
    _rescue(_G, "executeRescueLayer"),
    _iso("mountIsoImage", Parameter("diskImageId", "int")),
    _iso("unmountIsoImage"),
    Operation(
        _G, "getIsoBootImage", _ISO, evidence=_DOC,
        source="classic-api.md 2.1; null when none is mounted is assumed",
    ),
    Operation(_G, "getBootMode", "string", evidence=_DOC, source="classic-api.md 2.1"),
    Operation(
        _G, "getBootOrder", "string", evidence=_DOC,
        source="classic-api.md 2.1; its format is assumed",
    ),
    _power(_G, "rebootDefault"),
    _power(_G, "rebootSoft"),
    _power(_G, "rebootHard"),
    _power(_G, "powerCycle", _DOC),
    _power(_G, "powerOn"),
    _power(_G, "powerOff"),
    _power(_G, "powerOffSoft"),
    _power(_G, "pause"),
    _power(_G, "resume"),
    Operation(_GROUP, "getObject", _GROUP, evidence=_CLI, source="classic-api.md 6.4"),
    Operation(
        _GROUP, "getPublicImages", _GROUP, evidence=_CLI, source="classic-api.md 6.4", many=True,
        needs_id=False,
    ),
)  # fmt: skip


def _of_hardware() -> Iterator[Operation]:
    """What the service documents for SoftLayer_Hardware, too: its objects are servers."""
    own = {row.method for row in _OWN if row.service == _HW}
    for row in _OWN:
        if row.service == _H and row.method not in own and row.method in surface.methods_of(_HW):
            yield replace(row, service=_HW, returns=_HW if row.returns == _H else row.returns)


OPERATIONS: tuple[Operation, ...] = (*_OWN, *_of_hardware())
_ROWS: dict[tuple[str, str], Operation] = {(row.service, row.method): row for row in OPERATIONS}

# slcli filters these lists by `virtualGuests` (SP managers/vs.py list_instances).
_ROOTS_ACCEPTED = {
    "hourlyVirtualGuests": ("virtualGuests",),
    "monthlyVirtualGuests": ("virtualGuests",),
}


def find_operation(service: str, method: str) -> Operation | None:
    """The row of a method, or the row that the rule of properties makes for it, or None."""
    name = (service, method)
    return _ROWS.get(name) or _PROPERTY_ROWS.get(name) or _documented_row(service, method)


def not_served(service: str, method: str) -> ApiError:
    """How a call is refused that has no row."""
    methods = surface.methods_of(service)
    if method in methods:
        return NotPlayed(service, method)
    return UnknownMethod(method) if methods or service in SERVICES else UnknownService()


@lru_cache(maxsize=1024)
def _documented_row(service: str, method: str) -> Operation | None:
    """The row of a documented getX for a property X that the mock only knows."""
    known = SERVICES.get(service)
    is_getter = method.startswith("get") and method[3:4].isalpha()
    if known is None or known.objects == "none" or not is_getter:
        return None
    documented = surface.methods_of(service).get(method)
    name = method[3].lower() + method[4:]
    if documented is None or documented.parameters:
        return None
    prop = TYPES[known.type].find(name)
    return None if prop is None else _property_row(known, name, prop)


def all_operations() -> Iterator[Operation]:
    """The rows and the property methods."""
    yield from OPERATIONS
    yield from _PROPERTY_ROWS.values()


def _property_rows() -> Iterator[Operation]:
    for service in SERVICES.values():
        for name, row in TYPES[service.type].properties.items():
            if row.local or name.endswith("Count") or service.objects == "none":
                continue
            yield _property_row(service, name, row)


def _property_row(service: Service, name: str, row: Property) -> Operation:
    return Operation(
        service.name, "get" + name[0].upper() + name[1:], row.type or "value", evidence=_DOC,
        source="the rule of properties (SLDN lists getX for every relational property X)",
        many=row.many, needs_id=not service.default_id, root=name,
        roots_accepted=_ROOTS_ACCEPTED.get(name, ()), property_name=name,
    )  # fmt: skip


_PROPERTY_ROWS: dict[tuple[str, str], Operation] = {
    (row.service, row.method): row
    for row in _property_rows()
    if (row.service, row.method) not in _ROWS
}
