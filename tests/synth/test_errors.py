"""What a stack refuses, when, and in which words."""

from __future__ import annotations

from collections.abc import Callable
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
from classic_rescue.stack.failures import explain

if TYPE_CHECKING:
    MakeOrder = Callable[..., Order]


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    """An app that writes to a folder of its own."""
    return App(outdir=str(tmp_path_factory.mktemp("app") / "cdktf.out"))


@pytest.fixture
def stack(app: App) -> BootStateStack:
    """A stack to put devices into."""
    return BootStateStack(app, "fleet-0")


def problems_of(app: App) -> str:
    """What the synthesis says, in our words. Fails when it says nothing."""
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    return explain(caught.value)


def test_one_device_twice_in_a_stack(app: App, stack: BootStateStack) -> None:
    """Two constructs for one device: the synthesis names both paths,
    and no advice to skip the check.
    """
    RescueKernel(stack, "one", device=virtual_guest(1))
    OperatingSystem(_cdk.Construct(stack, "group"), "two", device=virtual_guest(1))
    text = problems_of(app)
    assert "virtual_guest/1 is declared 2 times: fleet-0/one and fleet-0/group/two" in text
    assert "skipValidation" not in text


def test_one_device_in_two_stacks(app: App, stack: BootStateStack, make_order: MakeOrder) -> None:
    """The same device in two stacks of an app: the synthesis names both places,
    an order by stack and name.
    """
    BootStateStack(app, "fleet-1", orders=[make_order("web-1", hostname("Web-1.example.com"))])
    RescueKernel(stack, "one", device=hostname("web-1.EXAMPLE.com"))
    assert (
        "hostname/web-1.example.com is declared 2 times: fleet-1/web-1 and fleet-0/one"
        in problems_of(app)
    )


def test_one_device_in_two_apps_is_no_clash(app: App, stack: BootStateStack, tmp_path: str) -> None:
    """Two apps in one process know nothing of each other."""
    RescueKernel(stack, "one", device=virtual_guest(1))
    RescueKernel(
        BootStateStack(App(outdir=str(tmp_path)), "fleet-0"), "one", device=virtual_guest(1)
    )
    app.synth()


@pytest.mark.parametrize("construct", [RescueKernel, OperatingSystem])
def test_device_under_the_app(app: App, construct: type[RescueKernel]) -> None:
    """A device outside every stack is refused at once."""
    with pytest.raises(ValueError, match="App: not inside a TerraformStack"):
        construct(app, "one", device=virtual_guest(1))


def test_device_in_a_stack_without_boot_states(app: App) -> None:
    """A device in a stack without BootStates is refused at once, not silently lost."""
    plain = _cdk.TerraformStack(app, "plain")
    with pytest.raises(ValueError, match=r"plain: no BootStates in this stack.* add BootStates"):
        RescueKernel(plain, "one", device=virtual_guest(1))


def test_boot_states_under_the_app(app: App) -> None:
    """BootStates outside every stack are refused at once."""
    with pytest.raises(ValueError, match="not inside a TerraformStack"):
        BootStates(app, "states")


def test_second_boot_states(stack: BootStateStack) -> None:
    """A second BootStates in a stack is refused at once, and the first one is named."""
    with pytest.raises(
        ValueError, match="fleet-0/boot-states: this stack has its BootStates already"
    ):
        BootStates(_cdk.Construct(stack, "deeper"), "states")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda s: ImageBoot(s, "x", device=hardware(1), image="W.iso"),
            "bare metal cannot boot an image",
        ),
        (
            lambda s: ImageBoot(s, "x", device=virtual_guest(1), image=" "),
            "image: ' '; allowed: a name that is not empty",
        ),
        (
            lambda s: RescueKernel(s, "x", device=virtual_guest(1), reason="two\nlines"),
            "allowed: one line without control characters",
        ),
        (
            lambda s: ImageBoot(s, "x", device=virtual_guest(1), image=0),
            "image: 0; allowed: a name that is not empty",
        ),
        (
            lambda s: ImageBoot(s, "x", device=virtual_guest(1), image=True),
            "image: True; allowed: a name that is not empty",
        ),
        (
            lambda s: RescueKernel(s, "x", device=virtual_guest(1), timeout_s=0),
            "timeout: 0 s; allowed: 1 second",
        ),
        (lambda s: RescueKernel(s, "x", device=virtual_guest(1), name=""), "name: empty"),
        (
            lambda s: RescueKernel(s, "x", device=virtual_guest(1), name="a;b"),
            "name: 'a;b'; allowed: letters",
        ),
        (
            lambda s: RescueKernel(s, "x y", device=virtual_guest(1)),
            "name: 'x y'; allowed: letters.*give `name=`",
        ),
        (
            lambda s: RescueKernel(s, "x", device=hostname("${path.cwd}")),
            "allowed in a hostname or IP",
        ),
        (lambda s: RescueKernel(s, "x", device=ip("10.0.0.1 ; id")), "allowed in a hostname or IP"),
        (lambda s: virtual_guest(0), "virtual_guest: 0 is not a device id"),
        (lambda s: hostname(""), "hostname: '' is not a hostname"),
        (
            lambda s: RescueKernel(
                s, "x", device=virtual_guest(1), no_os_environment=NoOsEnvironment.LINUX
            ),
            "no_os_environment: only for hardware",
        ),
        (
            lambda s: RescueKernel(
                s, "x", device=virtual_guest(1), reason=_cdk.Token.as_string({"a": 1})
            ),
            "reason: a reference to another resource",
        ),
    ],
)
def test_impossible_values(
    stack: BootStateStack, build: Callable[[BootStateStack], object], words: str
) -> None:
    """Values that no device can have are refused at once, with what is allowed."""
    with pytest.raises(ValueError, match=words):
        build(stack)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"endpoint": "api.softlayer.com"},
            "endpoint: 'api.softlayer.com'; allowed: an http or https URL",
        ),
        (
            {"endpoint": "https://me:hunter2@api.example.com/rest/v3.1/"},
            "endpoint: it carries a user name",
        ),
        ({"python": ""}, "python: empty"),
    ],
)
def test_impossible_hook_settings(app: App, options: dict[str, Any], words: str) -> None:
    """Settings of the hook that cannot work are refused at once,
    a password without repeating it.
    """
    with pytest.raises(ValueError, match=words) as caught:
        BootStateStack(app, "fleet-0", **options)
    assert "hunter2" not in str(caught.value)


def test_hcl_output(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cdktf synth --hcl` is refused: cdktf would leave the blocks out,
    and Terraform would forget every device.
    """
    monkeypatch.setenv("SYNTH_HCL_OUTPUT", "true")
    with pytest.raises(ValueError, match="HCL output"):
        BootStateStack(app, "fleet-0")


@pytest.mark.parametrize("name", ["boot", "release"])
def test_own_resource_with_our_name(app: App, stack: BootStateStack, name: str) -> None:
    """A `terraform_data` of the user's own called as ours is refused at synthesis,
    and its path is named.
    """
    _cdk.TerraformResource(stack, name, terraform_resource_type="terraform_data")
    assert f"fleet-0/{name} is called `{name}` in Terraform" in problems_of(app)


def test_own_local_with_our_name(app: App, stack: BootStateStack) -> None:
    """A local `devices` of the user's own is refused at synthesis."""
    _cdk.TerraformLocal(_cdk.Construct(stack, "mine"), "x", 1).override_logical_id("devices")
    assert "fleet-0/mine/x is called `devices` in Terraform" in problems_of(app)


def test_own_output_with_our_name(app: App, stack: BootStateStack) -> None:
    """An output `devices` of the user's own is refused at synthesis."""
    _cdk.TerraformOutput(stack, "devices", value="mine")
    assert "fleet-0/devices is called `devices` in Terraform" in problems_of(app)


def test_other_names_are_free(app: App, stack: BootStateStack) -> None:
    """Elements of other types or names may stand beside ours, also in a stack inside the stack."""
    _cdk.TerraformResource(stack, "boot", terraform_resource_type="other_thing")
    _cdk.TerraformLocal(stack, "release", 1)
    _cdk.TerraformLocal(_cdk.TerraformStack(stack, "inner"), "devices", 1)
    app.synth()


def test_explain_removes_what_node_adds() -> None:
    """A message from jsii keeps its sentences and loses the stack trace and the prefixes."""
    error = RuntimeError("Error: [a] first\n  [b] second\n\n    at Kernel.invoke (/tmp/x.js:1:2)\n")
    assert explain(error) == "[a] first\n[b] second"


def test_explain_says_something_of_an_empty_error() -> None:
    """An error without a text is named by its class."""
    assert explain(RuntimeError()) == "RuntimeError"


def test_goal_of_a_construct_is_kept(stack: BootStateStack) -> None:
    """A construct tells its props and the order it made."""
    boot = ImageBoot(stack, "win", device=virtual_guest(2), image=7, reason="CHG-1")
    assert boot.order.goal == Goal(BootState.IMAGE, 7)
    assert boot.props.reason == "CHG-1"
