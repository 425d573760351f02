"""`BootStates`: the part of a stack that holds the boot states of its devices."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from classic_rescue.boot.blank import is_blank
from classic_rescue.boot.states import Order
from classic_rescue.policy.posted import write_posted
from classic_rescue.policy.terms import NO_POLICY, Policy, Traits
from classic_rescue.stack._cdk import (
    Construct,
    IAnyProducer,
    IConstruct,
    IResolveContext,
    IValidation,
    Lazy,
    TerraformElement,
    TerraformLocal,
    TerraformOutput,
    TerraformResource,
    TerraformStack,
    jsii,
)
from classic_rescue.stack.blocks import (
    BOOT,
    DEVICES,
    OUTPUT_DESCRIPTION,
    OUTPUT_VALUE,
    POLICY,
    RELEASE,
    RESOURCE_TYPE,
    HookCall,
    find_import_path,
    fixed_blocks,
)
from classic_rescue.stack.construct_tree import app_of, path_and_root, stack_of
from classic_rescue.stack.templates import check_order, escape, order_value

_BY_STACK: WeakKeyDictionary[IConstruct, BootStates] = WeakKeyDictionary()

NO_TRAITS_BY_KEY: Mapping[str, Traits] = MappingProxyType({})


class BootStates(Construct):
    """The boot states of the devices of one stack, for one's own `TerraformStack`. One a stack.

    `endpoint`: the API's address for the hook; None (default) leaves it to the environment that
    runs Terraform. `python`: the interpreter that runs the hook; default: the one that synthesises
    (docs/decisions/13-nothing-of-one-machine.md). `import_path`: the folder that holds
    `classic_rescue`, relative to the folder Terraform runs in; None works it out. `policy`: what
    the hook enforces at apply time: `max_down`, `protected`, `windows` and `break_glass`; default:
    none. The other terms are about a fleet file (`fleet.check_policy`). `traits`: tags and
    `allow_reboot` by device key. Raises ValueError for a second one in a stack and for values that
    cannot work.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: str | None = None,
        python: str = sys.executable,
        import_path: str | None = None,
        policy: Policy = NO_POLICY,
        traits: Mapping[str, Traits] = NO_TRAITS_BY_KEY,
    ) -> None:
        _check_endpoint(endpoint)
        _check_policy(policy)
        if not python:
            raise ValueError("python: empty; allowed: the path of a Python interpreter")
        stack = stack_of(scope)
        _refuse_second(stack)
        super().__init__(scope, id)
        # Every call to node costs up to a millisecond, so what it answers is kept.
        self._node = stack.node
        self._stack = stack
        self._stack_path, root = path_and_root(stack, self._node)
        app = app_of(root)
        self._ledger = app.ledger
        if import_path is None:
            import_path = find_import_path(app.working_folder(self._stack_path))
        self._policy = policy
        self._traits = traits
        self._write_blocks(HookCall(python, import_path, endpoint, has_policy=policy.guards_runs))
        _BY_STACK[stack] = self

    def _write_blocks(self, hook: HookCall) -> None:
        """Put the blocks in as overrides, 2 calls to node: as elements they take 12, with 50 stacks
        half a second.

        The output is an element all the same, since `cdktf deploy --outputs-file` shows no other.
        """
        self._stack.add_override(f"resource.{RESOURCE_TYPE}", fixed_blocks(hook))
        at_synthesis = _AtSynthesis(self)
        self._stack.add_override(f"locals.{DEVICES}", Lazy.any_value(at_synthesis))
        if self._policy.guards_runs:
            self._stack.add_override(f"locals.{POLICY}", Lazy.any_value(_PolicyAtSynthesis(self)))
        self._output = TerraformOutput(
            self, DEVICES, value=OUTPUT_VALUE, description=OUTPUT_DESCRIPTION
        )
        self._output.override_logical_id(DEVICES)
        self._node.add_validation(at_synthesis)

    @classmethod
    def of(cls, scope: Construct) -> BootStates:
        """The BootStates of the stack that `scope` is in. Raises ValueError when there is none."""
        stack = stack_of(scope)
        if stack not in _BY_STACK:
            raise ValueError(
                f"{stack.node.path}: no BootStates in this stack, so nothing would happen to the"
                " device; add BootStates(stack, ...) first, or use a BootStateStack"
            )
        return _BY_STACK[stack]

    def add(self, order: Order, *, path: str | None = None) -> None:
        """Register one device. `path`: the place that is named when it clashes with another;
        default: stack and name.

        Raises ValueError for an order that Terraform cannot carry.
        """
        check_order(order)
        self._ledger.claim(self._stack_path, path or f"{self._stack_path}/{order.name}", order)

    def name_of(self, path: str) -> str:
        """The construct path below the stack: the default name of a device."""
        return path.removeprefix(f"{self._stack_path}/")

    def values(self) -> dict[str, str]:
        """The value of `locals.devices`: the orders by device key,
        as Terraform's JSON wants them.
        """
        return {
            key: order_value(order)
            for key, order in self._ledger.orders_of(self._stack_path).items()
        }

    def posted_policy(self) -> str:
        """The value of `locals.policy`: the policy,
        and what it wants to know of this stack's devices.
        """
        keys = self._ledger.orders_of(self._stack_path)
        traits = {key: self._traits[key] for key in keys if key in self._traits}
        return escape(write_posted(self._policy, traits))

    def problems(self) -> list[str]:
        """What is wrong with the stack, a sentence each."""
        return [*self._ledger.conflicts_of(self._stack_path), *self._name_clashes()]

    def _name_clashes(self) -> list[str]:
        elements = (node for node in self._node.find_all() if isinstance(node, TerraformElement))
        clashes = (
            element
            for element in elements
            if element is not self._output and _takes_our_name(element)
        )
        # A stack inside this stack has names of its own.
        return [_clash(element) for element in clashes if element.cdktf_stack is self._stack]


def _refuse_second(stack: TerraformStack) -> None:
    if stack in _BY_STACK:
        raise ValueError(
            f"{_BY_STACK[stack].node.path}: this stack has its BootStates already; allowed: one a"
            " stack, for any number of devices"
        )


def _takes_our_name(element: TerraformElement) -> bool:
    if isinstance(element, TerraformResource):
        is_of_our_type = element.terraform_resource_type == RESOURCE_TYPE
        return is_of_our_type and element.friendly_unique_id in (BOOT, RELEASE)
    if isinstance(element, TerraformLocal):
        return element.friendly_unique_id in (DEVICES, POLICY)
    return isinstance(element, TerraformOutput) and element.friendly_unique_id == DEVICES


def _clash(element: TerraformElement) -> str:
    return (
        f"{element.node.path} is called `{element.friendly_unique_id}` in Terraform, a name that"
        " BootStates needs; give it another construct id or override_logical_id"
    )


@jsii.implements(IAnyProducer, IValidation)
class _AtSynthesis:
    """What is asked at synthesis, when every device has been registered: the value of the local,
    and the problems.
    """

    def __init__(self, boot_states: BootStates) -> None:
        self._boot_states = boot_states

    @jsii.member(jsii_name="produce")
    def produce(self, context: IResolveContext) -> dict[str, str]:
        return self._boot_states.values()

    @jsii.member(jsii_name="validate")
    def validate(self) -> list[str]:
        return self._boot_states.problems()


@jsii.implements(IAnyProducer)
class _PolicyAtSynthesis:
    """The value of the local that holds the policy, asked for at synthesis,
    when every device has been registered.
    """

    def __init__(self, boot_states: BootStates) -> None:
        self._boot_states = boot_states

    @jsii.member(jsii_name="produce")
    def produce(self, context: IResolveContext) -> str:
        return self._boot_states.posted_policy()


def _check_policy(policy: Policy) -> None:
    if policy.break_glass and is_blank(policy.break_glass.reason):
        raise ValueError("policy.break_glass: no reason; allowed: a text that can be seen")
    if policy.require_reason is None:
        return
    # Only a policy with a pattern needs the engine, which costs its loading.
    from classic_rescue.policy.patterns import PatternError, check_pattern

    try:
        check_pattern(policy.require_reason)
    except PatternError as problem:
        raise ValueError(f"policy.require_reason: {policy.require_reason!r}: {problem}") from None


def _check_endpoint(endpoint: str | None) -> None:
    if endpoint is None:
        return
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"endpoint: {endpoint!r}; allowed: an http or https URL, or None")
    if "@" in parts.netloc:
        raise ValueError(
            "endpoint: it carries a user name or password; allowed: a URL without them;"
            " put credentials into SL_USERNAME and SL_API_KEY"
        )
