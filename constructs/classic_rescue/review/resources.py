"""One resource change of a plan: is it ours, is it known in full, and which order does it carry?"""

from __future__ import annotations

from typing import NamedTuple

from classic_rescue.boot.states import Order
from classic_rescue.review.combinations import ACTION_NAMES, Action
from classic_rescue.review.document import Section, section

TYPE = "terraform_data"
PROVIDER = "terraform.io/builtin/terraform"
BLOCK_NAMES = ("boot", "release")
HARMLESS_ELSEWHERE = (Action.NO_OP, Action.READ)

RESOURCE_FIELDS = frozenset(
    {
        "address",
        "mode",
        "type",
        "name",
        "index",
        "provider_name",
        "change",
        "action_reason",
    }
)
"""The fields of a resource change that may hold something. Others refuse it: deposed,
previous_address, module_address, index_unknown and whatever comes later."""

CHANGE_FIELDS = frozenset(
    {
        "actions",
        "before",
        "after",
        "after_unknown",
        "before_sensitive",
        "after_sensitive",
        "replace_paths",
    }
)
"""The same for its `change`; importing refuses it,
since an imported `release` is replaced and runs its leave hook.
"""

ADVICE = {
    "deposed": (
        "a left-over of create_before_destroy, which this project never uses;"
        " clear it up, then plan again"
    ),
    "previous_address": (
        "it was moved from another address; take the `moved` block out and plan again"
    ),
    "module_address": "it is in a module; allowed: only in the root of its stack",
    "importing": (
        "it would be imported; that is not needed: declare the device, the hook leaves one alone"
        " that is where it must be"
    ),
}
HAS_SIDE = {
    "before": frozenset({Action.NO_OP, Action.UPDATE, Action.REPLACE, Action.DELETE}),
    "after": frozenset({Action.NO_OP, Action.UPDATE, Action.REPLACE, Action.CREATE}),
}
JUDGED = HAS_SIDE["before"] | HAS_SIDE["after"]

Orders = dict[str, list[tuple[object, Order]]]
"""Orders read so far, by device key: the same one stands in a plan up to four times."""


class NotUnderstood(Exception):
    """One resource or device that cannot be judged; the text says why and what to do."""


class Resource(NamedTuple):
    """One block of one device."""

    address: str
    block: str
    key: str
    action: Action
    reason: str
    before: Order | None = None
    after: Order | None = None


def read_resource(given: object, orders: Orders) -> Resource | None:
    """The block of a device, or None for a foreign resource that nothing happens to.

    Raises NotUnderstood.
    """
    if not isinstance(given, dict) or not isinstance(given.get("change"), dict):
        raise NotUnderstood(
            "resource_changes holds something that is no resource change; plan again"
        )
    address = str(given.get("address", "a resource without an address"))
    change = given["change"]
    action = _action(address, change.get("actions"))
    if not is_ours(given):
        _refuse_foreign(address, action)
        return None
    _refuse_fields(address, given, RESOURCE_FIELDS)
    _refuse_fields(address, change, CHANGE_FIELDS)
    resource = Resource(
        address,
        given["name"],
        _key(address, given),
        action,
        reason=str(given.get("action_reason") or ""),
    )
    if action not in JUDGED:  # refused in any combination, whatever it holds
        return resource
    _refuse_hidden(address, change)
    before = _side(resource, change, "before", orders)
    after = _side(resource, change, "after", orders)
    if action is Action.NO_OP and before != after:
        raise NotUnderstood(f"{address}: no-op, yet its order would change; plan again")
    return resource._replace(before=before, after=after)


def _action(address: str, actions: object) -> Action:
    try:
        return ACTION_NAMES[tuple(actions) if isinstance(actions, list) else ()]
    except (KeyError, TypeError):  # the latter: a list in the list
        known = "; ".join(", ".join(names) for names in ACTION_NAMES)
        raise NotUnderstood(
            f"{address}: the actions {actions!r} are not known; known: {known}"
        ) from None


def is_ours(given: Section) -> bool:
    """Whether a resource is a block of this project's, by its kind and name."""
    return (
        given.get("mode") == "managed"
        and given.get("type") == TYPE
        and given.get("name") in BLOCK_NAMES
    )


def _refuse_foreign(address: str, action: Action) -> None:
    if action not in HARMLESS_ELSEWHERE:
        raise NotUnderstood(
            f"{address}: {action} of a resource that is not classic-rescue's, so nobody here can"
            " say what it does; keep it in a stack of its own"
        )


def _refuse_fields(address: str, given: Section, allowed: frozenset[str]) -> None:
    if given.keys() <= allowed:
        return
    for field in given.keys() - allowed:
        if given[field] not in (None, False, "", [], {}):
            advice = ADVICE.get(
                field, "a field that classic-rescue does not know; use a Terraform that is known"
            )
            raise NotUnderstood(f"{address}: {field}: {advice}")


def _key(address: str, given: Section) -> str:
    key = given.get("index")
    if given.get("provider_name") != PROVIDER:
        raise NotUnderstood(
            f"{address}: provider {given.get('provider_name')!r}; allowed: {PROVIDER}"
        )
    if not isinstance(key, str) or address != f'{TYPE}.{given["name"]}["{key}"]':
        raise NotUnderstood(
            f"{address}: index {key!r} is not the key of a device, such as virtual_guest/124929698"
        )
    return key


def _refuse_hidden(address: str, change: Section) -> None:
    """Unknown and sensitive values are marked with true at their place, or at one above it."""
    for marks, word in (
        ("after_unknown", "unknown"),
        ("before_sensitive", "secret"),
        ("after_sensitive", "secret"),
    ):
        marked = change.get(marks)
        parts = (
            (marked.get("input"), marked.get("triggers_replace"))
            if isinstance(marked, dict)
            else (marked,)
        )
        if any(parts) and any(map(_is_marked, parts)):
            raise NotUnderstood(
                f"{address}: its order is {word} until the apply;"
                " allowed: orders that the plan tells"
            )


def _is_marked(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_is_marked, value.values()))
    if isinstance(value, list):
        return any(map(_is_marked, value))
    return value is not None and value is not False


def _side(resource: Resource, change: Section, side: str, orders: Orders) -> Order | None:
    """The order before or after the change."""
    address, block, key, action = resource[:4]
    is_wanted = action in HAS_SIDE[side]
    values = change.get(side)
    if values is None and not is_wanted:
        return None
    if not is_wanted or not isinstance(values, dict):
        raise NotUnderstood(
            f"{address}: {change['actions']} does not go with its `{side}`; plan again"
        )
    order = _order(address, key, section(values, "input"), orders)
    if side == "after" and values.get("triggers_replace") != _triggers(block, key, order):
        raise NotUnderstood(
            f"{address}: triggers_replace is not what this project's configuration gives it"
        )
    return order


def _triggers(block: str, key: str, order: Order) -> object:
    """What makes Terraform replace the block: `stack/blocks.py`."""
    if block == "release":
        return key
    state, image, environment = order.goal
    wanted = {"device": key, "boot": state, "image": image, "no_os_environment": environment}
    if order.repair:
        wanted |= {"repair": order.repair.sha256, "then": order.repair.then}
    return wanted


def _order(address: str, key: str, given: Section, orders: Orders) -> Order:
    known = orders.setdefault(key, [])
    for seen, order in known:
        if seen == given:
            return order
    try:
        _check_texts(given)
        order = Order.from_dict(given)
        if order.device.key != key:
            raise ValueError(f"the order is for {order.device.key}, not for this device")
    except ValueError as problem:
        raise NotUnderstood(
            f"{address}: not an order of this version of classic-rescue: {problem}"
        ) from None
    known.append((given, order))
    return order


def _check_texts(given: Section) -> None:
    """What our own stacks never write (`stack/templates.py`),
    but a state edited by hand may hold.
    """
    for field, value in given.items():
        if isinstance(value, bool) or (isinstance(value, str) and not value.isprintable()):
            raise ValueError(
                f"{field}: {value!r};"
                " allowed: one line without control characters, a number or null"
            )
    for field in ("name", "device", "boot"):
        if not isinstance(given.get(field), str):
            raise ValueError(f"{field}: {given.get(field)!r}; allowed: a text")
    if not isinstance(given.get("reason"), str | None):
        raise ValueError(f"reason: {given.get('reason')!r}; allowed: a text or null")
