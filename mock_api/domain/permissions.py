"""The permissions that users hold, by department (classic-api.md 5.1).

Ids, keys, key names and names: the fixture of SoftLayer_User_Permission_Department::getAllObjects
that SP 6.2.9 ships. The newer ones have no short key. `SSL_VPN_ENABLED` is in no department of that
fixture, and its id is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Department:
    """A group of permissions, as the console shows them."""

    id: int
    key_name: str
    name: str

    @property
    def permissions(self) -> list[Permission]:
        """The permissions of the department, by key name."""
        return [row for row in PERMISSIONS.values() if row.department_id == self.id]


@dataclass(frozen=True)
class Permission:
    """A permission; the API names it by `key_name`."""

    id: int
    department_id: int | None
    key: str | None
    key_name: str
    name: str


DEPARTMENTS: tuple[Department, ...] = (
    Department(1, "ADMINISTRATIVE", "Administrative"),
    Department(2, "SALES", "Sales"),
    Department(3, "SUPPORT", "Support"),
    Department(4, "SECURITY", "Security"),
    Department(5, "DEVICES", "Devices"),
    Department(6, "NETWORK", "Network"),
    Department(7, "SOFTWARE", "Software"),
)

PERMISSIONS: dict[str, Permission] = {
    row[3]: Permission(*row)
    for row in (
        (5088, 1, None, "ACCOUNT_BILLING_SYSTEM", "Account Billing System"),
        (1313, 1, "A_13", "ACCOUNT_BRAND_ADD", "Add Brand Account"),
        (1312, 1, "A_14", "ACCOUNT_CUSTOMER_ADD", "Add Customer Account"),
        (64, 1, "A_1", "ACCOUNT_SUMMARY_VIEW", "View Account Summary"),
        (1315, 1, "A_16", "ACTIVATE_PARTNER_ACCOUNT", "Activate Partner Customer Account"),
        (5089, 1, None, "AUTOMATED_BRAND_MIGRATION", "Automated Brand Migration"),
        (1268, 1, "A_2", "COMPANY_EDIT", "Edit Company Profile"),
        (1318, 1, "DA_1", "DATACENTER_ACCESS", "Physically Access a Datacenter"),
        (1319, 1, "DA_2", "DATACENTER_ROOM_ACCESS", "Physically Access a Customer's Colo Cage"),
        (3693, 1, "EU_1", "EU_LIMITED_PROCESSING_MANAGE", "Manage EU Supported Account Flag"),
        (5087, 1, None, "MANAGE_ACCOUNT_NOTE", "Manage Account Notes"),
        (1308, 1, "NET_4", "NETWORK_MESSAGE_DELIVERY_MANAGE", "Manage E-mail Delivery Service"),
        (1296, 1, "NTF_1", "NTF_SUBSCRIBER_MANAGE", "Manage Notification Subscribers"),
        (63, 1, "A_4", "ONE_TIME_PAYMENTS", "Submit One-Time Payments"),
        (62, 1, "A_3", "UPDATE_PAYMENT_DETAILS", "Update Payment Details"),
        (1314, 1, "A_15", "USER_EVENT_LOG_VIEW", "View Event Log"),
        (1266, 1, "A_0", "USER_MANAGE", "Manage Users"),
        (1265, 2, "A_10", "ADD_SERVICE_STORAGE", "Add/Upgrade Storage (StorageLayer)"),
        (1303, 2, "A_11", "INSTANCE_UPGRADE", "Add/Upgrade Cloud Instances"),
        (1267, 2, "XX_1", "SERVER_ADD", "Add Server"),
        (1270, 2, "A_6", "SERVER_CANCEL", "Cancel Server"),
        (1269, 2, "A_5", "SERVER_UPGRADE", "Upgrade Server"),
        (1271, 2, "A_7", "SERVICE_ADD", "Add/Upgrade Services"),
        (1273, 2, "A_9", "SERVICE_CANCEL", "Cancel Services"),
        (1272, 2, "A_8", "SERVICE_UPGRADE", "Upgrade Services"),
        (5085, 2, None, "VIEW_ACH_INFO", "View Billing ACH Information"),
        (5086, 2, None, "VIEW_RESELLER_ORDER", "View reseller order pricing"),
        (3, 3, "T_7", "TICKET_ADD", "Add Tickets"),
        (2, 3, "T_8", "TICKET_EDIT", "Edit Tickets"),
        (203, 3, "T_2", "TICKET_SEARCH", "Search Tickets"),
        (1, 3, "T_1", "TICKET_VIEW", "View Tickets"),
        (1321, 3, "T_6", "TICKET_VIEW_ALL", "View All Tickets"),
        (1320, 4, "SE_10", "CUSTOMER_SSH_KEY_MANAGEMENT", "Manage SSH Keys"),
        (2442, 4, "COM_1", "REQUEST_COMPLIANCE_REPORT", "Request Compliance Report"),
        (3664, 4, "SM_1", "SAML_AUTHENTICATION_MANAGE", "Manage SAML Authentication"),
        (1325, 4, "SE_9", "SECURITY_CERTIFICATE_MANAGE", "Manage Certificates (SSL)"),
        (1324, 4, "SE_8", "SECURITY_CERTIFICATE_VIEW", "View Certificates (SSL)"),
        (1295, 4, "SE_7", "VULN_SCAN_MANAGE", "Vulnerability Scanning"),
        (3679, 5, "ALL_3", "ACCESS_ALL_DEDICATEDHOSTS", "Access Virtual DedicatedHosts"),
        (1841, 5, "ALL_2", "ACCESS_ALL_GUEST", "All Guest Access"),
        (1821, 5, "ALL_1", "ACCESS_ALL_HARDWARE", "All Hardware Access"),
        (
            541,
            5,
            "SO_8",
            "CUSTOMER_POST_PROVISION_SCRIPT_MANAGEMENT",
            "Manage Provisioning Scripts",
        ),
        (3684, 5, "VH_1", "DEDICATED_HOST_VIEW", "View Virtual Dedicated Host Details"),
        (
            3742,
            5,
            None,
            "HARDWARE_COMPONENT_DRIVE_DIRTY_ATTRIBUTE_EDIT",
            "Hardware Component Hard Drive Dirty Attribute Edit",
        ),
        (163, 5, "H_1", "HARDWARE_VIEW", "View Hardware Details"),
        (1304, 5, "H_7", "HOSTNAME_EDIT", "Edit Hostname/Domain"),
        (1294, 5, "SE_6", "HOST_ID_MANAGE", "Host IDS"),
        (1281, 5, "H_6", "IP_ADD", "Add IP Addresses"),
        (3748, 5, None, "MANAGE_CONFIGURATION_TEMPLATE", "Manage Configuration Template"),
        (3746, 5, None, "MANAGE_CUSTOMER_HARDWARE", "Manage Customer Hardware"),
        (6278, 5, None, "MANAGE_DEDICATED_HOST", "View and edit dedicated host"),
        (6280, 5, None, "MANAGE_VIRTUAL_GUEST", "View and edit virtual guest"),
        (1278, 5, "H_3", "MONITORING_MANAGE", "Manage Device Monitoring"),
        (1283, 5, "NAS_2", "NAS_MANAGE", "Storage Manage"),
        (1323, 5, "I_1", "PUBLIC_IMAGE_MANAGE", "Manage Public Images"),
        (1277, 5, "H_2", "REMOTE_MANAGEMENT", "IPMI Remote Management"),
        (1279, 5, "H_4", "SERVER_RELOAD", "OS Reloads and Rescue Kernel"),
        (3750, 5, None, "VIEW_LOCATION_RESERVATION", "View Location Reservation"),
        (1302, 5, "VG_1", "VIRTUAL_GUEST_VIEW", "View Virtual Server Details"),
        (1274, 6, "B_1", "BANDWIDTH_MANAGE", "View Bandwidth Statistics"),
        (1298, 6, "CDN_1", "CDN_ACCOUNT_MANAGE", "Manage CDN Account"),
        (1300, 6, "CDN_3", "CDN_BANDWIDTH_VIEW", "View CDN Bandwidth Statistics"),
        (1299, 6, "CDN_2", "CDN_FILE_MANAGE", "Manage CDN File Transfers"),
        (1275, 6, "DNS_1", "DNS_MANAGE", "Manage DNS"),
        (1290, 6, "SE_2", "FIREWALL_MANAGE", "Manage Firewalls"),
        (1322, 6, "FW_1", "FIREWALL_RULE_MANAGE", "Manage Firewall Rules"),
        (1842, 6, "GTW_1", "GATEWAY_MANAGE", "Manage Network Gateways"),
        (1289, 6, "LBS_1", "LOADBALANCER_MANAGE", "Manage Load Balancers"),
        (5048, 6, None, "MANAGE_PRIVATE_ENDPOINT_SERVICE", "Manage Private Endpoint Service"),
        (3672, 6, "MP_1", "MANAGE_PUBLIC_NETWORK", "Manage Public Network"),
        (3678, 6, "NET_5", "MANAGE_SECURITY_GROUPS", "Manage Security Groups"),
        (1293, 6, "SE_5", "NETWORK_IDS_MANAGE", "Manage Network IDs"),
        (1301, 6, "NET_1", "NETWORK_ROUTE_MANAGE", "Manage Network Subnet Routes"),
        (250, 6, "NET_3", "NETWORK_TUNNEL_MANAGE", "Manage IPSEC Network Tunnels"),
        (1297, 6, "NET_2", "NETWORK_VLAN_SPANNING", "Manage Network VLAN Spanning"),
        (1285, 6, "PO_1", "PORT_CONTROL", "Manage Port Control"),
        (3682, 6, "NET_6", "PUBLIC_NETWORK_COMPUTE", "Add Compute with Public Network Port"),
        (1316, 6, "VPN_1", "VPN_MANAGE", "VPN Administration"),
        (1292, 7, "SE_4", "ANTI_MALWARE_MANAGE", "Manage Antivirus/Spyware"),
        (6277, 7, None, "IMAGE_TEMPLATE_MANAGE", "View and edit manage image template"),
        (1280, 7, "H_5", "LICENSE_VIEW", "View licenses"),
        (6279, 7, None, "MANAGE_DISK_IMAGE", "View and edit disk image"),
        (3514, 7, None, "OPENSTACK_LINK", "Openstack Link"),
        (1291, 7, "SE_3", "SOFTWARE_FIREWALL_MANAGE", "Manage Firewall Software"),
        (6275, 7, None, "SOFTWARE_LICENSE_MANAGE", "View software account license"),
        (6276, 7, None, "SOFTWARE_MANAGE", "View and edit software component"),
        (1261, 7, "SO_1", "VIEW_CPANEL", "View cPanel"),
        (240, 7, "SO_9", "VIEW_CUSTOMER_SOFTWARE_PASSWORD", "View Customer Software Password"),
        (1263, 7, "SO_3", "VIEW_HELM", "View Helm"),
        (1262, 7, "SO_2", "VIEW_PLESK", "View Plesk"),
        (1317, 7, "SO_7", "VIEW_QUANTASTOR", "View QuantaStor"),
        (1264, 7, "SO_4", "VIEW_URCHIN", "View Urchin"),
        (9001, None, "PI_1", "SSL_VPN_ENABLED", "ssl vpn"),
    )
}


def known_permission(key_name: str | None) -> str | None:
    """The key name itself, or None. Raises ValueError for one that the table does not have."""
    if key_name is not None and key_name not in PERMISSIONS:
        raise ValueError(f"allowed are null and {', '.join(sorted(PERMISSIONS))}")
    return key_name


class Known:
    """Marks a text that must be the key name of a permission."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """What pydantic asks a mark for; it is loaded only where worlds are read."""
        from pydantic import AfterValidator

        return handler.generate_schema(Annotated[source, AfterValidator(known_permission)])


PermissionName = Annotated[str | None, Known()]
