"""How the stacks of a plan start their hooks, beside how this checkout would.

A plan carries its configuration, with the interpreter's absolute path and the commands that
Terraform will run. It is applied only where these are the checkout's own: then it can run here, and
nothing runs that was not reviewed as code.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.hook.app_files import CONFIGURATION, read_stack

Hooks = dict[str, list[Any]]
"""What a block's provisioners run: `[command, environment]` of each, by the block's name."""

PLANNED_ELSEWHERE = (
    "plan and apply must run with the project and its Python under the same paths,"
    " such as on the same kind of runner"
)


def hooks_of_plan(text: str) -> Hooks:
    """The hooks in Terraform's JSON of a plan that `review.plans.read_plan` has understood."""
    module = json.loads(text).get("configuration", {}).get("root_module", {})
    return {
        str(block.get("address")): [
            [_constant(step, "command"), _constant(step, "environment")]
            for step in block.get("provisioners", [])
        ]
        for block in module.get("resources", [])
    } | {f"module.{name}": [call] for name, call in module.get("module_calls", {}).items()}


def _constant(step: dict[str, Any], name: str) -> object:
    """A value as it was written; None for one that is not written as a constant,
    which no stack of ours has.
    """
    return step.get("expressions", {}).get(name, {}).get("constant_value")


def hooks_of_stack(folder: Path) -> Hooks:
    """The hooks in the configuration that was synthesised into a folder. Raises Failure."""
    try:
        stack = read_stack(str(folder))
    except ValueError as problem:
        raise Failure(f"{problem}; synthesise the app again") from None
    if stack is None:
        raise Failure(f"{folder} holds no {CONFIGURATION}; synthesise the app again")
    try:
        return {
            f"{kind}.{name}": [
                [step["local-exec"]["command"], step["local-exec"]["environment"]]
                for step in _steps(block)
            ]
            for kind, blocks in stack.tree.get("resource", {}).items()
            for name, block in blocks.items()
        }
    except (AttributeError, KeyError, TypeError):
        raise Failure(f"{stack.path} holds no hooks of ours; synthesise the app again") from None


def _steps(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in block.get("provisioner", []) if "local-exec" in step]


@dataclass(frozen=True, slots=True)
class Starts:
    """What a hook's command starts.

    `import_path` is relative to the stack's folder; None where it gives none.
    """

    python: str
    import_path: str | None

    def why_not_here(self, folder: Path) -> str:
        """Why it cannot start on this machine; empty when it can."""
        if not os.access(self.python, os.X_OK):
            return f"its hooks run {self.python}, which is not there on this machine"
        if self.import_path is not None:
            source = folder / self.import_path
            if not (source / "classic_rescue" / "hook" / "__main__.py").is_file():
                return (
                    f"its hooks look for classic_rescue in {os.path.normpath(source)}, which is not"
                    " there"
                )
        return ""


def starts_of(hooks: Hooks) -> set[Starts]:
    """What the hooks start: usually one."""
    return {
        _starts(command)
        for steps in hooks.values()
        for command, *_ in steps
        if isinstance(command, str)
    }


_PYTHONPATH = re.compile(r"PYTHONPATH=(?P<path>.+)")


def _starts(command: str) -> Starts:
    """See `stack.blocks.HookCall.command`, which writes it."""
    words = shlex.split(command)
    path = _PYTHONPATH.fullmatch(words[0])
    start = words.index("exec") + 1 if "exec" in words else 0
    return Starts(words[start], path["path"] if path else None)
