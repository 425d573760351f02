"""Whether a device that is leaving this stack is declared elsewhere in the same app: then it only moves."""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable
from typing import NamedTuple


class Declarations(NamedTuple):
    """Which device keys the app's stacks declare. `own` is the stack that the hook runs in."""

    own: str
    stacks: dict[str, frozenset[str]]

    def elsewhere(self, left: str, names: Iterable[str]) -> tuple[str, str] | None:
        """The (stack, key) that still declares the device: another stack, or this one under another of its names."""
        wanted = {name.lower() for name in names} | {left}
        for stack, keys in sorted(self.stacks.items()):
            others = keys & wanted - ({left} if stack == self.own else set())
            if others:
                return stack, min(others)
        return None


def read_declarations(directory: str) -> Declarations:
    """What the synthesised app beside this stack declares.

    Terraform runs in `cdktf.out/stacks/STACK`; `../../manifest.json` lists the stacks. Without a readable manifest the
    answer is empty: nothing is known to be declared elsewhere.
    """
    own, root = os.path.basename(directory), os.path.dirname(os.path.dirname(directory))
    manifest = _json(os.path.join(root, "manifest.json"))
    stacks = manifest.get("stacks") if isinstance(manifest, dict) else None
    if not isinstance(stacks, dict):
        return Declarations(own, {})
    return Declarations(
        own,
        {name: _keys(os.path.join(root, "stacks", str(name), "cdk.tf.json")) for name in stacks},
    )


def _keys(path: str) -> frozenset[str]:
    tree = _json(path)
    devices = tree.get("locals", {}).get("devices", {}) if isinstance(tree, dict) else {}
    return frozenset(devices) if isinstance(devices, dict) else frozenset()


def _json(path: str) -> object:
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError):
        return None
