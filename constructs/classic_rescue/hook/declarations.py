"""Whether a device that is leaving this stack is declared elsewhere in the same app:
then it only moves.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from typing import NamedTuple

from classic_rescue.hook.app_files import listed, output_folder, read_stack, stack_folder


class Declarations(NamedTuple):
    """Which device keys the app's stacks declare. `own` is the stack that the hook runs in."""

    own: str
    stacks: dict[str, frozenset[str]]

    def elsewhere(self, left: str, names: Iterable[str]) -> tuple[str, str] | None:
        """The (stack, key) that still declares the device: another stack,
        or this one under another of its names.
        """
        wanted = {name.lower() for name in names} | {left}
        for stack, keys in sorted(self.stacks.items()):
            others = keys & wanted - ({left} if stack == self.own else set())
            if others:
                return stack, min(others)
        return None


def read_declarations(directory: str) -> Declarations:
    """What the synthesised app beside this stack declares.

    Terraform runs in `cdktf.out/stacks/STACK`; `../../manifest.json` lists the stacks. Without a
    readable manifest the answer is empty: nothing is known to be declared elsewhere.
    """
    own = os.path.basename(directory)
    output = output_folder(directory)
    try:
        stacks = listed(output)
    except ValueError:
        return Declarations(own, {})
    return Declarations(own, {name: _keys(output, name, stacks[name]) for name in stacks})


def _keys(output: str, name: str, entry: object) -> frozenset[str]:
    """The keys of one stack; none for a stack that cannot be read."""
    try:
        stack = read_stack(stack_folder(output, name, entry))
        return frozenset(stack.devices()) if stack else frozenset()
    except ValueError:
        return frozenset()
