"""Ports, subnets, VLANs and reverse DNS, as far as device lists and details show them."""

from __future__ import annotations

from mock_api.domain.facts import Kind
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
from mock_api.operations.types.topology import (
    SPACES,
    Port,
    subnet_ports,
    vlan_devices,
    vlan_subnets,
)
from mock_api.operations.types.views import is_guest


def _mac(port: Port) -> str:
    number = f"{port.device.facts.id:08x}"
    return f"06:{port.port:02x}:{number[:2]}:{number[2:4]}:{number[4:6]}:{number[6:8]}"


_COMPONENT = {
    "id": local(lambda p, look: p.device.facts.part_id(p.port)),
    "port": local("port"),
    "name": constant("eth"),
    "speed": constant(1000),
    "maxSpeed": constant(1000),
    "status": constant("ACTIVE"),
    "macAddress": local(lambda p, look: _mac(p)),
    "createDate": date("device.facts.created_s"),
    "modifyDate": date("device.facts.created_s"),
    "primaryIpAddress": value("ip"),
    "primarySubnet": one("SoftLayer_Network_Subnet", "subnet"),
    "securityGroupBindings": many(
        "SoftLayer_Virtual_Network_SecurityGroup_NetworkComponentBinding", lambda p, look: []
    ),
}

GUEST_COMPONENT = ApiType(
    "SoftLayer_Virtual_Guest_Network_Component",
    {**_COMPONENT, "guestId": local("device.facts.id")},
)

HARDWARE_COMPONENT = ApiType(
    "SoftLayer_Network_Component",
    {
        **_COMPONENT,
        "hardwareId": local(lambda p, look: None if is_guest(p.device) else p.device.facts.id),
        "ipmiIpAddress": local("management_ip"),
        "ipmiMacAddress": local(lambda p, look: _mac(p) if p.management_ip else None),
        "uplinkComponent": one("SoftLayer_Network_Component", lambda p, look: None),
        "networkVlanTrunks": many(
            "SoftLayer_Network_Component_Network_Vlan_Trunk", lambda p, look: []
        ),
        "router": one(
            "SoftLayer_Hardware_Router",
            lambda p, look: look.world.datacenters[p.device.facts.datacenter],
        ),
        "redundancyEnabledFlag": value(lambda p, look: False),
        "redundancyCapableFlag": value(lambda p, look: False),
    },
)

SUBNET = ApiType(
    "SoftLayer_Network_Subnet",
    {
        "id": local("id"),
        "addressSpace": local(lambda s, look: SPACES[s.side]),
        "networkIdentifier": local(lambda s, look: s.address(0)),
        "cidr": constant(24),
        "netmask": constant("255.255.255.0"),
        "gateway": local(lambda s, look: s.address(1)),
        "broadcastAddress": local(lambda s, look: s.address(255)),
        "subnetType": constant("PRIMARY"),
        "version": constant(4),
        "ipAddresses": many("SoftLayer_Network_Subnet_IpAddress", subnet_ports),
    },
)

IP_ADDRESS = ApiType("SoftLayer_Network_Subnet_IpAddress", {"ipAddress": local("ip")})

VLAN = ApiType(
    "SoftLayer_Network_Vlan",
    {
        "id": local("id"),
        "vlanNumber": local("number"),
        "name": constant(None),
        "accountId": local(lambda v, look: look.world.account.id),
        "fullyQualifiedName": local("name"),
        "attachedNetworkGateway": one("SoftLayer_Network_Gateway", lambda v, look: None),
        "billingItem": one("SoftLayer_Billing_Item", lambda v, look: None),
        "datacenter": one(
            "SoftLayer_Location", lambda v, look: look.world.datacenters[v.datacenter]
        ),
        "firewallInterfaces": many("SoftLayer_Network_Component", lambda v, look: []),
        "hardware": many(
            "SoftLayer_Hardware", lambda v, look: vlan_devices(v, look, Kind.HARDWARE)
        ),
        "networkSpace": value(lambda v, look: SPACES[v.side]),
        "networkVlanFirewall": one("SoftLayer_Network_Vlan_Firewall", lambda v, look: None),
        "podName": value(lambda v, look: f"{v.datacenter}.pod01"),
        "primaryRouter": one(
            "SoftLayer_Hardware_Router", lambda v, look: look.world.datacenters[v.datacenter]
        ),
        "primarySubnets": many("SoftLayer_Network_Subnet", vlan_subnets),
        "subnets": many("SoftLayer_Network_Subnet", vlan_subnets),
        "tagReferences": many("SoftLayer_Tag_Reference", lambda v, look: []),
        "totalPrimaryIpAddressCount": value(lambda v, look: 256 * len(vlan_subnets(v, look))),
        "virtualGuests": many(
            "SoftLayer_Virtual_Guest", lambda v, look: vlan_devices(v, look, Kind.GUEST)
        ),
    },
)

# A data centre seen as its first router.
ROUTER = ApiType(
    "SoftLayer_Hardware_Router",
    {
        "id": local("id"),
        "hostname": local(lambda place, look: f"bcr01a.{place.name}"),
        "fullyQualifiedDomainName": local(lambda place, look: f"bcr01a.{place.name}.softlayer.com"),
        "datacenter": one("SoftLayer_Location"),
    },
)
GATEWAY = ApiType("SoftLayer_Network_Gateway", {"id": local("id"), "name": local("name")})
FIREWALL = ApiType(
    "SoftLayer_Network_Vlan_Firewall",
    {"id": local("id"), "fullyQualifiedDomainName": local("name"), "primaryIpAddress": value("ip")},
)

TRUNK = ApiType(
    "SoftLayer_Network_Component_Network_Vlan_Trunk",
    {"networkVlan": one("SoftLayer_Network_Vlan", lambda trunk, look: None)},
)
BINDING = ApiType(
    "SoftLayer_Virtual_Network_SecurityGroup_NetworkComponentBinding",
    {"securityGroup": one("SoftLayer_Network_SecurityGroup", lambda b, look: None)},
)
SECURITY_GROUP = ApiType(
    "SoftLayer_Network_SecurityGroup", {"id": local("id"), "name": local("name")}
)

DOMAIN = ApiType(
    "SoftLayer_Dns_Domain",
    # slcli reads resourceRecords without asking for them (CLI/virt/detail.py),
    # so they come with the domain.
    {
        "id": local("facts.id"),
        "name": local(
            lambda d, look: ".".join(reversed(d.facts.public_ip.split(".")[:3])) + ".in-addr.arpa"
        ),
        "resourceRecords": Property(
            lambda d, look: [d], "SoftLayer_Dns_Domain_ResourceRecord", many=True, local=True
        ),
    },
)
RECORD = ApiType(
    "SoftLayer_Dns_Domain_ResourceRecord",
    {
        "data": local(lambda d, look: f"{d.facts.fqdn}."),
        "host": local(lambda d, look: d.facts.public_ip.rsplit(".", 1)[1]),
        "type": constant("ptr"),
    },
)

TYPES = (
    GUEST_COMPONENT, HARDWARE_COMPONENT, SUBNET, IP_ADDRESS, VLAN, ROUTER, GATEWAY, FIREWALL,
    BINDING, TRUNK, SECURITY_GROUP, DOMAIN, RECORD,
)  # fmt: skip
