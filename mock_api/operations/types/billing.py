"""Billing and bandwidth, as far as slcli's tables read them.

Prices are made up and the same for all of a kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.facts import HardwareFacts
from mock_api.domain.people import User
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, Look, constant, local, many, one, value
from mock_api.operations.types.views import is_guest


@dataclass(frozen=True, slots=True)
class BillingItem:
    """What a device, or a part of it (`number` above 0), costs a month."""

    device: DeviceView
    number: int
    category: str
    description: str
    fee: float

    @property
    def id(self) -> int:
        """The id."""
        return self.device.facts.part_id(self.number)


def parts(view: DeviceView) -> list[BillingItem]:
    """What makes up a device's price."""
    facts = view.facts
    if isinstance(facts, HardwareFacts):
        rows = [
            ("server", f"{facts.cores} cores", 260.0),
            ("ram", f"{facts.memory_gb} GB RAM", 152.0),
        ]
    else:
        rows = [
            ("guest_core", f"{facts.cpus} x 2.0 GHz Cores", 24.2),
            ("ram", f"{facts.memory_mb // 1024} GB", 14.0),
        ]
    return [BillingItem(view, number, *row) for number, row in enumerate(rows, start=1)]


def whole(view: DeviceView) -> BillingItem:
    """A device's own billing item."""
    category = "guest_core" if is_guest(view) else "server"
    fee = sum(row.fee for row in parts(view))
    return BillingItem(view, 0, category, view.facts.fqdn, fee=fee)


def account_total(look: Look, views: list[DeviceView]) -> float:
    """What all devices together cost a month."""
    return round(sum(whole(view).fee for view in views), 2)


def owner(view: DeviceView, look: Look) -> User | None:
    """The user that ordered the device; by default the master user."""
    users = look.world.users.values()
    named = (user for user in users if user.username == view.facts.owner)
    return next(named, None) or next((user for user in users if user.master), None)


_PARTS = many(
    "SoftLayer_Billing_Item", lambda item, look: [] if item.number else parts(item.device)
)

ITEM = ApiType(
    "SoftLayer_Billing_Item",
    {
        "id": local("id"),
        "description": local("description"),
        "categoryCode": local("category"),
        "recurringFee": local("fee"),
        "nextInvoiceTotalRecurringAmount": value("fee"),
        "package": one("SoftLayer_Product_Package", "device"),
        "children": _PARTS,
        "nextInvoiceChildren": _PARTS,
        "orderItem": one("SoftLayer_Billing_Order_Item", "device"),
    },
)
PACKAGE = ApiType(
    "SoftLayer_Product_Package",
    {
        "id": local(lambda v, look: 835 if is_guest(v) else 200),
        "keyName": local(
            lambda v, look: "PUBLIC_CLOUD_SERVER" if is_guest(v) else "BARE_METAL_SERVER"
        ),
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
    {
        "id": local(lambda v, look: v.facts.id + 700),
        "userRecord": one("SoftLayer_User_Customer", owner),
    },
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
        "amountIn": constant(".448"),
        "amountOut": constant(".52157"),
        "type": one("SoftLayer_Network_Bandwidth_Version1_Usage_Detail_Type"),
    },
)
USAGE_TYPE = ApiType(
    "SoftLayer_Network_Bandwidth_Version1_Usage_Detail_Type",
    {"alias": local(lambda alias, look: alias)},
)
INVOICE = ApiType(
    "SoftLayer_Billing_Invoice",
    {
        "id": local(lambda total, look: look.world.account.id),
        "startingBalance": constant(0.0),
        "invoiceTotalAmount": value(lambda total, look: total),
    },
)


TYPES = (
    ITEM,
    PACKAGE,
    ORDER_ITEM,
    ORDER,
    PRESET,
    ALLOTMENT_DETAIL,
    ALLOCATION,
    USAGE,
    USAGE_TYPE,
    INVOICE,
)
