"""`BootStateStack`: one shard of a fleet as a whole Terraform stack."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from classic_rescue.boot.states import Order
from classic_rescue.policy.terms import NO_POLICY, Policy, Traits
from classic_rescue.stack._cdk import Construct, TerraformStack
from classic_rescue.stack.backends import add_backend
from classic_rescue.stack.boot_states import NO_TRAITS_BY_KEY, BootStates
from classic_rescue.stack.construct_tree import note_top_level

# pydantic costs 0.1 s to import, and a stack without a fleet file does not need it.
if TYPE_CHECKING:
    from classic_rescue.fleet.backends import Backend


class BootStateStack(TerraformStack):
    """A stack with its `BootStates` inside, for one shard of a fleet. It emits its blocks for no
    order, too.

    `orders`: what is wanted of each device (`fleet.Fleet.shard`); default none. More can be added
    as constructs. `backend`: where the state is kept (`fleet.Fleet.backend`); default a file beside
    the output folder. `endpoint`, `python`, `import_path`, `policy` and `traits` (`fleet.Fleet` has
    both): see `BootStates`. Raises ValueError for values that cannot work.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        orders: Iterable[Order] = (),
        backend: Backend | None = None,
        endpoint: str | None = None,
        python: str = sys.executable,
        import_path: str | None = None,
        policy: Policy = NO_POLICY,
        traits: Mapping[str, Traits] = NO_TRAITS_BY_KEY,
    ) -> None:
        super().__init__(scope, id)
        note_top_level(self, scope, id)
        add_backend(self, id, backend)
        self.boot_states = BootStates(
            self,
            "boot-states",
            endpoint=endpoint,
            python=python,
            import_path=import_path,
            policy=policy,
            traits=traits,
        )
        for order in orders:
            self.boot_states.add(order)
