"""What may change without a reboot: names, construct ids, stacks.

The keys and triggers in the JSON stay equal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from classic_rescue.boot.states import Order
from classic_rescue.stack import (
    App,
    BootStates,
    BootStateStack,
    Login,
    RescueKernel,
    SshAccess,
    _cdk,
    repair,
    virtual_guest,
)

if TYPE_CHECKING:
    from tests.synth.conftest import Json

    MakeOrder = Callable[..., Order]
    WriteApp = Callable[[Callable[[App], object]], dict[str, Json]]

TRIGGER_FIELDS = ("boot", "image", "no_os_environment")


def orders(tree: Json) -> dict[str, Any]:
    """The orders by device key, read out of their Terraform expressions."""
    devices = tree["locals"]["devices"].items()
    return {key: json.loads(value.removeprefix("${").removesuffix("}")) for key, value in devices}


def identity(tree: Json) -> dict[str, Any]:
    """What decides about a reboot: the blocks, and each device's
    key with the fields that trigger a replacement.
    """
    devices = orders(tree)
    return {
        "blocks": tree["resource"]["terraform_data"],
        "devices": {
            key: [order[field] for field in TRIGGER_FIELDS] for key, order in devices.items()
        },
    }


def test_rename_keeps_identity(write_app: WriteApp, make_order: MakeOrder) -> None:
    """A device's name, reason and timeout are in no key and no trigger."""
    before = write_app(lambda app: BootStateStack(app, "fleet-0", orders=[make_order("web-1")]))
    after = write_app(
        lambda app: BootStateStack(
            app, "fleet-0", orders=[make_order("web-one", timeout_s=9, reason="CHG-2")]
        )
    )
    assert identity(before["fleet-0"]) == identity(after["fleet-0"])
    assert before != after


def test_shard_move_keeps_identity(write_app: WriteApp, make_order: MakeOrder) -> None:
    """A device that comes to another shard has the same key and triggers there."""

    def shards(app: App, *split: list[Order]) -> None:
        for number, orders in enumerate(split):
            BootStateStack(app, f"fleet-{number}", orders=orders, import_path="there")

    before = write_app(lambda app: shards(app, [make_order()], []))
    after = write_app(lambda app: shards(app, [], [make_order()]))
    assert identity(before["fleet-0"]) == identity(after["fleet-1"])
    assert after["fleet-0"]["locals"]["devices"] == {}


def test_stack_move_keeps_identity(write_app: WriteApp) -> None:
    """A construct that moves from a fleet's stack into one's own
    stack has the same key and triggers there.
    """

    def own(app: App) -> None:
        stack = _cdk.TerraformStack(app, "web")
        BootStates(stack, "states", import_path="there")
        RescueKernel(stack, "web-1", device=virtual_guest(1))

    def fleet(app: App) -> None:
        RescueKernel(
            BootStateStack(app, "fleet-0", import_path="there"), "web-1", device=virtual_guest(1)
        )

    assert identity(write_app(fleet)["fleet-0"]) == identity(write_app(own)["web"])


def test_construct_id_move_keeps_identity(write_app: WriteApp) -> None:
    """Construct ids and scopes are in no key, no trigger and no block;
    they are in cdktf's comment `//` only.
    """

    def build(app: App, states: str, group: str, device: str) -> None:
        stack = _cdk.TerraformStack(app, "fleet-0")
        BootStates(_cdk.Construct(stack, f"{group}-outer"), states)
        RescueKernel(_cdk.Construct(stack, group), device, device=virtual_guest(1), name="web-1")

    before = write_app(lambda app: build(app, "states", "group", "web-1"))["fleet-0"]
    after = write_app(lambda app: build(app, "renamed", "team", "first"))["fleet-0"]
    assert before.pop("//") != after.pop("//")
    assert before == after


def test_order_of_registration_does_not_matter(write_app: WriteApp, make_order: MakeOrder) -> None:
    """The JSON is the same whatever the order of the devices in the file."""
    orders = [make_order(f"web-{number}", number) for number in range(1, 5)]
    before = write_app(lambda app: BootStateStack(app, "fleet-0", orders=orders))
    assert write_app(lambda app: BootStateStack(app, "fleet-0", orders=reversed(orders))) == before


def test_name_is_the_path_below_the_stack(write_app: WriteApp) -> None:
    """Without a name, a device is called by its construct path below the stack."""

    def build(app: App) -> None:
        stack = BootStateStack(app, "fleet-0")
        RescueKernel(_cdk.Construct(stack, "web"), "first", device=virtual_guest(1))

    devices = orders(write_app(build)["fleet-0"])
    assert devices["virtual_guest/1"]["name"] == "web/first"


def test_a_repair_is_declared_in_an_app_as_in_the_file(write_app: WriteApp) -> None:
    """With what the package of the constructs gives."""

    def declare(app: App) -> None:
        stack = BootStateStack(app, "fleet")
        RescueKernel(
            stack,
            "web-1",
            device=virtual_guest(101),
            ssh=SshAccess(login=Login(key="agent")),
            repair=repair("fsck", timeout_s=60, then="leave"),
        )

    (tree,) = write_app(declare).values()
    said = orders(tree)["virtual_guest/101"]["repair"]
    assert (said["script"], said["timeout_s"], said["then"]) == ("fsck", 60, "leave")
