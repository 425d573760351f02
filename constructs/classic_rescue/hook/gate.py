"""The policy at apply time: asked right before the first request that can take a system down, since plans get old.

Nothing of the policy is loaded where a stack has none, or a device needs no request: hooks start once a device.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.hook.context import Context

if TYPE_CHECKING:
    from classic_rescue.api.fleetwide import Census
    from classic_rescue.hook.down_claims import Place, Places

CONFIGURATION = "cdk.tf.json"
"""What cdktf writes into the folder that Terraform runs the hook in."""

MARK_VARIABLE = "CLASSIC_RESCUE_POLICY"
"""Set for the hooks of a stack that was synthesised with a policy."""


class Gate(NamedTuple):
    """How one hook asks the policy.

    `directory` is the folder that Terraform runs in. `survey` looks at these devices or at all, `whose` eyes it has.
    `sleep` waits real seconds, for other hooks of this machine. `haste`: how many times as fast as real time a mock's
    clock runs. `held` keeps the place of this hook until its process ends.
    """

    directory: str
    environ: Mapping[str, str]
    survey: Callable[[set[DeviceId] | None], Census]
    whose: str
    sleep: Callable[[float], None]
    haste: float
    held: list[Place]

    def take(self, places: Places, key: str) -> None:
        """Take a place for the device, or the same one anew. It is given back by the end of this process."""
        while self.held:
            self.held.pop().close()
        if place := places.claim(key):
            self.held.append(place)

    def check(self, context: Context, goal: Goal, seen: Observation) -> None:
        """Let the request pass, or raise HookStopped. Systems that are down already pass, as does a second request."""
        if context.sent or not may_run(seen):
            return
        text, damage = None, ""
        try:
            text = posted_text(self.directory, must_exist=bool(self.environ.get(MARK_VARIABLE)))
        except ValueError as problem:
            damage = str(problem)
        if text is None and not damage:
            return
        from classic_rescue.hook.judgement import (
            Guard,
        )  # costs milliseconds that only a policy may cost

        Guard(self, context, goal).check(text or "", damage)


def may_run(seen: Observation) -> bool:
    """Whether a request may take down a system that runs. Only one that is off, in rescue or in an image does not."""
    return seen.state is BootState.OS or (seen.state is BootState.UNKNOWN and not seen.is_off)


def posted_text(directory: str, *, must_exist: bool) -> str | None:
    """The policy of the stack as its configuration holds it; None for a stack without one.

    Raises ValueError where that cannot be told: a policy that cannot be read is never taken for none.
    """
    path = os.path.join(directory, CONFIGURATION)
    tree = read_tree(path)
    if tree is None and must_exist:
        raise ValueError(f"{path} is missing, and with it the policy of this stack")
    text = tree.get("locals", {}).get("policy") if tree else None
    if text is not None and not isinstance(text, str):
        raise ValueError(f"{path}: locals.policy is not a text")
    if text is None and must_exist and tree is not None and "locals" not in tree:
        raise ValueError(f"{path} holds no locals, and with them no policy")
    return text


def read_tree(path: str) -> dict[str, dict[str, object]] | None:
    """A stack's configuration; None where there is no such file. Raises ValueError for what is none."""
    try:
        with open(path, encoding="utf-8") as stream:
            tree = json.load(stream)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as problem:
        raise ValueError(f"{path} cannot be read: {problem}") from None
    if not isinstance(tree, dict) or not isinstance(tree.get("locals", {}), dict):
        raise ValueError(f"{path} is not the configuration of a stack")
    return tree
