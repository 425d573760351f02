"""Ports, subnets, VLANs and reverse DNS, as far as device lists and details show them."""

from __future__ import annotations

from mock_api.operations.types.table import ApiType, Property, constant, date, local, many, one, value
from mock_api.operations.types.views import Port, is_guest


def _mac(port: Port) -> str:
    number = f"{port.device.facts.id:08x}"
    return f"06:{port.port:02x}:{number[:2]}:{number[2:4]}:{number[4:6]}:{number[6:8]}"


_COMPONENT = {
    "id": local(lambda p, look: p.device.facts.id * 10 + p.port),
    "port": local("port"),
    "name": constant("eth"),
    "speed": constant(1000),
    "maxSpeed": constant(1000),
    "status": constant("ACTIVE"),
    "macAddress": local(lambda p, look: _mac(p)),
    "createDate": date("device.facts.created_s"),
    "modifyDate": date("device.facts.created_s"),
    "primaryIpAddress": value("ip"),
    "primarySubnet": one("SoftLayer_Network_Subnet"),
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
        "networkVlanTrunks": many("SoftLayer_Network_Component_Network_Vlan_Trunk", lambda p, look: []),
    },
)

SUBNET = ApiType(
    "SoftLayer_Network_Subnet",
    {
        "id": local(lambda p, look: p.device.facts.id * 10 + p.port + 4),
        "addressSpace": local(lambda p, look: "PUBLIC" if p.port else "PRIVATE"),
        "networkIdentifier": local(lambda p, look: f"{p.ip.rsplit('.', 1)[0]}.0"),
        "netmask": constant("255.255.255.0"),
        "gateway": local(lambda p, look: f"{p.ip.rsplit('.', 1)[0]}.1"),
        "broadcastAddress": local(lambda p, look: f"{p.ip.rsplit('.', 1)[0]}.255"),
        "ipAddresses": many("SoftLayer_Network_Subnet_IpAddress", lambda p, look: [p]),
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
        "fullyQualifiedName": local(lambda v, look: f"{v.datacenter}.fcr01.{v.number}"),
        "networkSpace": value("space"),
        "primarySubnets": many("SoftLayer_Network_Subnet", lambda v, look: []),
    },
)

TRUNK = ApiType(
    "SoftLayer_Network_Component_Network_Vlan_Trunk",
    {"networkVlan": one("SoftLayer_Network_Vlan", lambda trunk, look: None)},
)
BINDING = ApiType(
    "SoftLayer_Virtual_Network_SecurityGroup_NetworkComponentBinding",
    {"securityGroup": one("SoftLayer_Network_SecurityGroup", lambda b, look: None)},
)
SECURITY_GROUP = ApiType("SoftLayer_Network_SecurityGroup", {"id": local("id"), "name": local("name")})

DOMAIN = ApiType(
    "SoftLayer_Dns_Domain",
    # slcli reads resourceRecords without asking for them (CLI/virt/detail.py), so they come with the domain.
    {
        "id": local("facts.id"),
        "name": local(lambda d, look: ".".join(reversed(d.facts.public_ip.split(".")[:3])) + ".in-addr.arpa"),
        "resourceRecords": Property(lambda d, look: [d], "SoftLayer_Dns_Domain_ResourceRecord", many=True, local=True),
    },
)
RECORD = ApiType(
    "SoftLayer_Dns_Domain_ResourceRecord",
    {
        "data": local(lambda d, look: f"{d.facts.hostname}.{d.facts.domain}."),
        "host": local(lambda d, look: d.facts.public_ip.rsplit(".", 1)[1]),
        "type": constant("ptr"),
    },
)

TYPES = (
    GUEST_COMPONENT, HARDWARE_COMPONENT, SUBNET, IP_ADDRESS, VLAN, BINDING,
    TRUNK, SECURITY_GROUP, DOMAIN, RECORD,
)  # fmt: skip
