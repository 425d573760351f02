"""Who asks for which device, over all stacks of one app."""

from __future__ import annotations

from dataclasses import dataclass, field

from classic_rescue.boot.states import Order


@dataclass(slots=True)
class Ledger:
    """Every claim of one app: the orders of each stack by device key,
    and the construct paths that claim a device.
    """

    _orders: dict[str, dict[str, Order]] = field(default_factory=dict)
    _paths: dict[str, list[str]] = field(default_factory=dict)

    def claim(self, stack: str, path: str, order: Order) -> None:
        """Note that `path`, such as `fleet-0/web-1`, asks for a device in `stack`."""
        key = order.device.key
        self._orders.setdefault(stack, {})[key] = order
        self._paths.setdefault(key, []).append(path)

    def orders_of(self, stack: str) -> dict[str, Order]:
        """The orders of one stack by device key."""
        return self._orders.get(stack, {})

    def conflicts_of(self, stack: str) -> list[str]:
        """A sentence for each device of the stack that is claimed more than once,
        here or in another stack.
        """
        claims = ((key, self._paths[key]) for key in self.orders_of(stack))
        return [_sentence(key, paths) for key, paths in claims if len(paths) > 1]


def _sentence(key: str, paths: list[str]) -> str:
    return (
        f"{key} is declared {len(paths)} times: {' and '.join(paths)};"
        " allowed: once in all stacks of an app; remove all but one"
    )
