"""What real Terraform makes of a stack: when which hook runs, and with what.

One library is enough here, since both write the same JSON (`test_libraries.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.ssh import Login, SshAccess
from classic_rescue.boot.states import BootState, Goal, NoOsEnvironment, Order
from classic_rescue.stack import BootStateStack, _cdk, hardware, hostname

if TYPE_CHECKING:
    from tests.synth.conftest import Project

    MakeOrder = Callable[..., Order]

pytestmark = pytest.mark.slow

AWKWARD = "CHG-1 \"two\" 'one' ${path.module} %{if true} $HOME é \\ `date`"


@pytest.fixture
def mixed(make_order: MakeOrder) -> list[Order]:
    """Orders whose fields have different types, nulls among them."""
    return [
        make_order("web-1", 1, reason=AWKWARD),
        make_order("win-1", 2, Goal(BootState.IMAGE, image="W.iso")),
        make_order("win-2", 3, Goal(BootState.IMAGE, image=7654321)),
        make_order(
            "db-1", hardware(4), Goal(BootState.RESCUE, no_os_environment=NoOsEnvironment.LINUX)
        ),
        make_order("app-1", hostname("App-1.example.com"), "os", timeout_s=90),
    ]


def test_enter_hook_receives_each_order_unchanged(project: Project, mixed: list[Order]) -> None:
    """Numbers, texts, nulls and every special character arrive as `Order.to_dict` wrote them."""
    calls = project.apply(*mixed)
    assert {call.verb for call in calls} == {"enter"}
    received = sorted((call.order for call in calls), key=lambda order: str(order["name"]))
    assert received == sorted(
        (order.to_dict() for order in mixed), key=lambda order: str(order["name"])
    )
    assert {Order.from_dict(order) for order in received} >= set(mixed[:4])


def test_leave_hook_receives_the_last_order(project: Project, make_order: MakeOrder) -> None:
    """A removed device's leave hook runs once, with the order from the state,
    the latest reason in it.
    """
    project.apply(make_order(reason="first"), make_order("web-2", 2))
    project.apply(make_order(reason="second"), make_order("web-2", 2))
    calls = project.apply(make_order("web-2", 2))
    assert [(call.verb, call.order) for call in calls] == [
        ("leave", make_order(reason="second").to_dict())
    ]


def test_the_last_device_leaves_and_the_stack_stays_valid(
    project: Project, make_order: MakeOrder
) -> None:
    """A stack without a device still holds its blocks,
    so that its last device's leave hook runs.
    """
    project.apply(make_order())
    assert [call.verb for call in project.apply()] == ["leave"]
    assert project.planned_actions() == {}


def test_rename_and_reason_are_updates_without_a_hook(
    project: Project, make_order: MakeOrder
) -> None:
    """A new name, reason or timeout is an in-place update; no hook runs and nothing reboots."""
    project.apply(make_order(reason="first"))
    renamed = make_order("web-one", reason="second", timeout_s=60)
    project.write({"fleet-0": [renamed]})
    assert set(map(tuple, project.planned_actions().values())) == {("update",)}
    assert project.apply(renamed) == []


@pytest.mark.parametrize(
    "goal",
    [Goal(BootState.IMAGE, image="W.iso"), Goal(BootState.OS)],
    ids=["to an image", "to the system"],
)
def test_a_new_boot_state_is_entered_once(
    project: Project, make_order: MakeOrder, goal: Goal
) -> None:
    """Another desired state runs one enter hook and no leave hook: one reboot."""
    project.apply(make_order())
    assert [call.verb for call in project.apply(make_order(goal=goal))] == ["enter"]


def test_a_device_that_failed_to_enter_is_released(project: Project, make_order: MakeOrder) -> None:
    """Terraform skips destroy hooks of a tainted resource; ours sits on `release`,
    so it runs all the same.
    """
    project.apply(make_order("doomed"), allow=(1,))
    assert [call.verb for call in project.apply()] == ["leave"]


def test_an_unknown_failure_is_tried_again(project: Project, make_order: MakeOrder) -> None:
    """After a failed enter the next apply enters again, without leaving first."""
    project.apply(make_order("doomed"), allow=(1,))
    assert [call.verb for call in project.apply(make_order("saved"))] == ["enter"]


def test_hooks_are_told_the_endpoint(project: Project, make_order: MakeOrder) -> None:
    """Both hooks get the declared endpoint, also after it changed;
    the change itself runs nothing.
    """
    project.apply(make_order(), endpoint="http://127.0.0.1:1/rest/v3.1/")
    assert project.apply(make_order(), endpoint="http://127.0.0.1:2/rest/v3.1/") == []
    calls = project.apply(endpoint="http://127.0.0.1:2/rest/v3.1/")
    assert [(call.verb, call.endpoint) for call in calls] == [
        ("leave", "http://127.0.0.1:2/rest/v3.1/")
    ]


def test_output_tells_how_to_get_in(project: Project, mixed: list[Order]) -> None:
    """The output `devices` has the name, the desired state
    and the access command of each device.
    """
    project.apply(*mixed)
    output = project.terraform("output", "devices")
    assert '"desired" = "image 7654321"' in output
    assert '"desired" = "rescue"' in output
    assert '"access" = "classic-rescue access win-1"' in output


def test_state_is_beside_the_output_folder(project: Project, make_order: MakeOrder) -> None:
    """The default state file is in the project folder,
    where `terraform` and `cdktf` both find it.
    """
    project.apply(make_order())
    assert (project.folder / "terraform.fleet-0.tfstate").exists()


def test_stack_is_valid_terraform(project: Project, mixed: list[Order]) -> None:
    """Terraform itself accepts a full stack and an empty one."""
    project.write({"fleet-0": mixed, "fleet-1": []})
    for stack in ("fleet-0", "fleet-1"):
        assert '"valid": true' in project.terraform("validate", "-json", stack=stack)


def test_testing_matcher_accepts_the_stack(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cdktf's own matcher for users' tests, `to_be_valid_terraform`, says yes."""
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    stack = BootStateStack(_cdk.Testing.app(), "fleet-0", orders=[make_order()])
    assert _cdk.Testing.to_be_valid_terraform(_cdk.Testing.full_synth(stack))


def test_a_state_from_before_there_were_repairs_is_left_as_it_is(
    project: Project, mixed: list[Order]
) -> None:
    """Its triggers were a mapping, and not what makes one now: nothing runs for that."""
    project.write({"fleet-0": mixed})
    stack = project.folder / "cdktf.out" / "stacks" / "fleet-0" / "cdk.tf.json"
    tree = json.loads(stack.read_text())
    tree["resource"]["terraform_data"]["boot"]["triggers_replace"] = {
        "device": "${each.key}",
        "boot": "${each.value.boot}",
        "image": "${each.value.image}",
        "no_os_environment": "${each.value.no_os_environment}",
    }
    stack.write_text(json.dumps(tree))
    project.terraform("apply", "-auto-approve", "-input=false")
    project.take_calls()
    assert project.apply(*mixed) == []


def test_another_script_is_entered_once(project: Project, make_order: MakeOrder) -> None:
    """And what comes then, too; its path and its time are written down alone."""
    ssh = SshAccess(login=Login("agent"))
    repair = Repair("a.sh", "a" * 64, 1)
    project.apply(make_order(ssh=ssh))
    for changed, verbs in (
        (repair, ["enter"]),
        (repair._replace(sha256="b" * 64), ["enter"]),
        (repair._replace(sha256="b" * 64, then=Then.LEAVE), ["enter"]),
        (repair._replace(sha256="b" * 64, then=Then.LEAVE, script="b.sh", timeout_s=9), []),
        (None, ["enter"]),
    ):
        found = project.apply(make_order(ssh=ssh, repair=changed))
        assert [call.verb for call in found] == verbs, changed
