"""The construct tree and the JSON as text: a renamed block is a released device."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classic_rescue.boot.states import BootState, Goal, NoOsEnvironment, Order
from classic_rescue.stack import (
    App,
    BootStates,
    BootStateStack,
    ImageBoot,
    OperatingSystem,
    RescueKernel,
    _cdk,
    hardware,
    hostname,
    ip,
    virtual_guest,
)

if TYPE_CHECKING:
    from tests.synth.conftest import Json

    MakeOrder = Callable[..., Order]
    WriteApp = Callable[[Callable[[App], object]], dict[str, Json]]
    CheckSnapshot = Callable[[str, str], None]


def fleet(app: App, make_order: MakeOrder) -> None:
    """Two shards, the second one empty."""
    orders = [
        make_order("web-1", 124929698, reason="CHG-1 100 % ${full}"),
        make_order(
            "win-1",
            124929702,
            Goal(BootState.IMAGE, image="WindowsRescueStandalone.iso"),
            timeout_s=1800,
        ),
        make_order(
            "db-1",
            hardware(310001),
            Goal(BootState.RESCUE, no_os_environment=NoOsEnvironment.LINUX),
        ),
    ]
    fixed: dict[str, Any] = {"python": "/opt/python", "import_path": "../../../constructs"}
    BootStateStack(
        app, "fleet-0", orders=orders, endpoint="http://127.0.0.1:8080/rest/v3.1/", **fixed
    )
    BootStateStack(app, "fleet-1", **fixed)


def own_stack(app: App) -> None:
    """One's own stack with a construct of each sort."""
    stack = _cdk.TerraformStack(app, "web")
    _cdk.LocalBackend(stack, path="web.tfstate")
    BootStates(stack, "boot-states", python="/opt/python", import_path="../../../constructs")
    group = _cdk.Construct(stack, "group")
    RescueKernel(group, "kernel", device=hostname("web-1.example.com"))
    ImageBoot(group, "image", device=virtual_guest(2), image=7654321)
    OperatingSystem(stack, "system", device=ip("10.0.0.1"))


def test_fleet_stacks(
    write_app: WriteApp, check_snapshot: CheckSnapshot, make_order: MakeOrder
) -> None:
    """The JSON of a full shard, and of an empty one: the same blocks with other names,
    without devices and endpoint.
    """
    stacks = write_app(lambda app: fleet(app, make_order))
    full = json.dumps(stacks.pop("fleet-0"), indent=2, sort_keys=True) + "\n"
    check_snapshot("fleet-0.json", full)
    endpoint = r' *"CLASSIC_RESCUE_FLEET_ENDPOINT": "http://127.0.0.1:8080/rest/v3.1/",\n'
    other, count = re.subn(endpoint, "", full.replace("fleet-0", "fleet-1"))
    assert count == 2
    empty = json.loads(other)
    empty["locals"]["devices"] = {}
    assert stacks == {"fleet-1": empty}


def test_own_stack(write_app: WriteApp, check_snapshot: CheckSnapshot) -> None:
    """The JSON of the constructs in one's own stack."""
    check_snapshot(
        "own_stack.json", json.dumps(write_app(own_stack)["web"], indent=2, sort_keys=True) + "\n"
    )


def test_construct_tree(
    tmp_path: Path, check_snapshot: CheckSnapshot, make_order: MakeOrder
) -> None:
    """The construct tree: the paths that error messages and default names come from."""
    app = App(outdir=str(tmp_path))
    fleet(app, make_order)
    own_stack(app)
    paths = (node.node.path for node in app.node.find_all())
    check_snapshot("construct_tree.txt", "\n".join(path for path in paths if path) + "\n")


def test_only_python_is_an_absolute_path(
    tmp_path: Path, write_app: WriteApp, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default the one absolute path in the JSON is the interpreter's:
    checkouts in other folders write the same.
    """
    monkeypatch.chdir(tmp_path)
    text = json.dumps(write_app(lambda app: BootStateStack(app, "fleet-0", orders=[make_order()])))
    assert set(re.findall(r"(?<![\w./}])/\w[\w./-]*", text)) == {sys.executable}
