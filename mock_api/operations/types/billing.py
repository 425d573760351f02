"""Billing and bandwidth, as far as slcli's detail tables read them."""

from __future__ import annotations

from mock_api.domain.people import User
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, Look, constant, local, many, one, value
from mock_api.operations.types.views import is_guest


def owner(view: DeviceView, look: Look) -> User | None:
    """The user that ordered the device; by default the master user."""
    users = look.world.users.values()
    named = (user for user in users if user.username == view.facts.owner)
    return next(named, None) or next((user for user in users if user.master), None)


ITEM = ApiType(
    "SoftLayer_Billing_Item",
    {
        "id": local(lambda v, look: v.facts.id + 500),
        "description": local(lambda v, look: f"{v.facts.hostname}.{v.facts.domain}"),
        "categoryCode": local(lambda v, look: "guest_core" if is_guest(v) else "server"),
        "recurringFee": constant("38.2"),
        "nextInvoiceTotalRecurringAmount": value(lambda v, look: 38.2 if is_guest(v) else 412.0),
        "package": one("SoftLayer_Product_Package"),
        "children": many("SoftLayer_Billing_Item", lambda v, look: []),
        "nextInvoiceChildren": many("SoftLayer_Billing_Item", lambda v, look: []),
        "orderItem": one("SoftLayer_Billing_Order_Item"),
    },
)
PACKAGE = ApiType(
    "SoftLayer_Product_Package",
    {
        "id": local(lambda v, look: 835 if is_guest(v) else 200),
        "keyName": local(lambda v, look: "PUBLIC_CLOUD_SERVER" if is_guest(v) else "BARE_METAL_SERVER"),
    },
)
ORDER_ITEM = ApiType(
    "SoftLayer_Billing_Order_Item",
    {
        "id": local(lambda v, look: v.facts.id + 600),
        "order": one("SoftLayer_Billing_Order"),
        "preset": one("SoftLayer_Product_Package_Preset", lambda v, look: None),
    },
)
ORDER = ApiType(
    "SoftLayer_Billing_Order",
    {"id": local(lambda v, look: v.facts.id + 700), "userRecord": one("SoftLayer_User_Customer", owner)},
)
PRESET = ApiType("SoftLayer_Product_Package_Preset", {"keyName": constant("")})

ALLOTMENT_DETAIL = ApiType(
    "SoftLayer_Network_Bandwidth_Version1_Allotment_Detail",
    {
        "id": local(lambda v, look: v.facts.id + 800),
        "allocation": one("SoftLayer_Network_Bandwidth_Version1_Allocation"),
    },
)
ALLOCATION = ApiType(
    "SoftLayer_Network_Bandwidth_Version1_Allocation",
    {"id": local(lambda v, look: v.facts.id + 900), "amount": constant("250")},
)
USAGE = ApiType(
    "SoftLayer_Network_Bandwidth_Usage",
    {
        "amountIn": constant(0.448),
        "amountOut": constant(0.52157),
        "type": one("SoftLayer_Network_Bandwidth_Version1_Usage_Detail_Type"),
    },
)
USAGE_TYPE = ApiType(
    "SoftLayer_Network_Bandwidth_Version1_Usage_Detail_Type",
    {"alias": local(lambda alias, look: alias)},
)


TYPES = (ITEM, PACKAGE, ORDER_ITEM, ORDER, PRESET, ALLOTMENT_DETAIL, ALLOCATION, USAGE, USAGE_TYPE)
