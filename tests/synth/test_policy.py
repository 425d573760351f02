"""How a policy travels in a stack: as one text that Terraform carries and nobody evaluates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest

from classic_rescue.boot.states import Order
from classic_rescue.policy.posted import read_posted
from classic_rescue.policy.terms import NO_POLICY, BreakGlass, Limit, Policy, Traits, Window
from classic_rescue.stack import App, BootStates, BootStateStack, _cdk, hardware

if TYPE_CHECKING:
    from tests.synth.conftest import Json, Project

    MakeOrder = Callable[..., Order]
    WriteApp = Callable[[Callable[[App], object]], dict[str, Json]]

POLICY = Policy(
    max_down=(Limit(percent=10, tag="a"),),
    protected=("db-*", "${x}", "%{y}"),
    windows=(Window((0, 6), time(22), time(6, 30), "Europe/Rome"),),
    break_glass=BreakGlass('CHG-9 "outage" ${z}'),
)
TRAITS = {"virtual_guest/1": Traits(frozenset({"a"}), True), "hardware/9": Traits(frozenset({"b"}))}


def provisioners(tree: Json) -> list[Any]:
    """Every local-exec of a stack."""
    blocks = tree["resource"]["terraform_data"].values()
    return [provisioner["local-exec"] for block in blocks for provisioner in block["provisioner"]]


def test_each_stack_holds_the_policy_and_its_own_devices(
    write_app: WriteApp, make_order: MakeOrder
) -> None:
    """The text is the whole of what the hook enforces;
    traits of other stacks' devices are in those.
    """

    def build(app: App) -> None:
        BootStateStack(app, "a", orders=[make_order("web-1", 1)], policy=POLICY, traits=TRAITS)
        BootStateStack(
            app, "b", orders=[make_order("db-1", hardware(9))], policy=POLICY, traits=TRAITS
        )

    trees = write_app(build)
    texts = {name: tree["locals"]["policy"] for name, tree in trees.items()}
    posted = {
        name: read_posted(text.replace("$${", "${").replace("%%{", "%{"))
        for name, text in texts.items()
    }
    assert {name: found.policy for name, found in posted.items()} == {"a": POLICY, "b": POLICY}
    assert posted["a"].traits == {"virtual_guest/1": TRAITS["virtual_guest/1"]}
    assert posted["b"].traits == {"hardware/9": TRAITS["hardware/9"]}
    for tree in trees.values():
        assert all(
            call["environment"]["CLASSIC_RESCUE_POLICY"] == "enforced"
            for call in provisioners(tree)
        )


@pytest.mark.parametrize(
    "policy", [NO_POLICY, Policy(require_reason="CHG", break_glass=BreakGlass("x"))]
)
def test_without_anything_to_enforce_nothing_is_written(
    write_app: WriteApp, make_order: MakeOrder, policy: Policy
) -> None:
    """Rules that a file alone can break do not travel: such a file makes no stack."""
    tree = write_app(
        lambda app: BootStateStack(app, "a", orders=[make_order()], policy=policy, traits=TRAITS)
    )["a"]
    assert set(tree["locals"]) == {"devices"}
    assert all("CLASSIC_RESCUE_POLICY" not in call["environment"] for call in provisioners(tree))


def test_one_s_own_stack_can_have_a_policy(write_app: WriteApp, make_order: MakeOrder) -> None:
    """Devices that are added after the constructs count too."""

    def build(app: App) -> None:
        stack = _cdk.TerraformStack(app, "web")
        states = BootStates(
            stack, "boot-states", policy=Policy(protected=("web-*",)), traits=TRAITS
        )
        states.add(make_order("web-1", 1))

    posted = read_posted(write_app(build)["web"]["locals"]["policy"])
    assert posted.policy == Policy(protected=("web-*",))
    assert posted.traits == {"virtual_guest/1": TRAITS["virtual_guest/1"]}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("CHG-(", r"policy.require_reason: 'CHG-\(': an opening \( without its \)"),
        (".*", "fits an empty text too"),
        (".*a.{20}", "leaves too much open"),
        ("a" * 201, "201 characters"),
        ("a\ud800", "line breaks, control and invisible characters"),
    ],
)
def test_a_pattern_of_one_s_own_is_checked_as_in_a_file(
    write_app: WriteApp, pattern: str, words: str
) -> None:
    """At once, in the words of the fleet file."""
    policy = Policy(require_reason=pattern)
    with pytest.raises(Exception, match=words):
        write_app(lambda app: BootStateStack(app, "a", policy=policy))


def test_a_break_glass_of_one_s_own_needs_a_reason_that_can_be_seen(
    write_app: WriteApp,
) -> None:
    """A blank one would be shown as nothing wherever it must be loud."""
    policy = Policy(protected=("*",), break_glass=BreakGlass("\u3164"))
    with pytest.raises(Exception, match=r"policy.break_glass: no reason"):
        write_app(lambda app: BootStateStack(app, "a", policy=policy))


def test_a_local_of_the_same_name_is_refused(write_app: WriteApp) -> None:
    """The hook would take it for the policy."""

    def build(app: App) -> None:
        stack = BootStateStack(app, "web")
        _cdk.TerraformLocal(stack, "policy", "mine")

    with pytest.raises(Exception, match="`policy` in Terraform, a name that BootStates needs"):
        write_app(build)


@pytest.mark.slow
def test_terraform_takes_it_and_sees_no_change(project: Project, make_order: MakeOrder) -> None:
    """Whatever stands in it: nothing is evaluated, and a policy that comes,
    changes or goes is no change.
    """
    assert len(project.apply(make_order(), policy=POLICY, traits=TRAITS)) == 1
    for policy in (POLICY._replace(protected=("other",)), NO_POLICY, POLICY):
        assert project.apply(make_order(), policy=policy, traits=TRAITS) == []
        assert set(map(tuple, project.planned_actions().values())) <= {("no-op",)}
