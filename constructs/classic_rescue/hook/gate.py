"""The policy at apply time: asked right before the first request that can take a system down, since
plans get old.

Nothing of the policy is loaded where a stack has none, or a device needs no request: hooks start
once a device.
"""

from __future__ import annotations

import os.path

from classic_rescue.boot import environment
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.hook.app_files import CONFIGURATION, read_stack
from classic_rescue.hook.asking import Asking
from classic_rescue.hook.context import Context


def check(asking: Asking, context: Context, goal: Goal, seen: Observation) -> None:
    """Let the request pass, or raise HookStopped.

    Systems that are down already pass, as does a second request.
    """
    if context.sent or not may_run(seen):
        return
    text = None
    damage = ""
    try:
        text = posted_text(
            asking.directory, must_exist=bool(asking.environ.get(environment.POLICY_MARK))
        )
    except ValueError as problem:
        damage = str(problem)
    if text is None and not damage:
        return
    # Here, since it costs a seventh of a hook's start, which only a policy may cost.
    from classic_rescue.hook.judgement import Judgement

    Judgement(asking, context, goal).check(text or "", damage)


def may_run(seen: Observation) -> bool:
    """Whether a request may take down a system that runs.

    Only one that is off, in rescue or in an image does not.
    """
    return seen.state is BootState.OS or (seen.state is BootState.UNKNOWN and not seen.is_off)


def posted_text(directory: str, *, must_exist: bool) -> str | None:
    """The policy of the stack as its configuration holds it; None for a stack without one.

    Raises ValueError where that cannot be told: a policy that cannot be read is never taken for
    none.
    """
    path = os.path.join(directory, CONFIGURATION)
    stack = read_stack(directory)
    if stack is None:
        if must_exist:
            raise ValueError(f"{path} is missing, and with it the policy of this stack")
        return None
    if must_exist and not stack.has_locals:
        raise ValueError(f"{path} holds no locals, and with them no policy")
    return stack.policy_text()
