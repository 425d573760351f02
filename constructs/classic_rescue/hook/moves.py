"""Whether a device that is leaving this stack is declared elsewhere in the same app: then it only moves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Declarations:
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


def read_declarations(directory: Path) -> Declarations:
    """What the synthesised app beside this stack declares.

    Terraform runs in `cdktf.out/stacks/STACK`; `../../manifest.json` lists the stacks. Without a readable manifest the
    answer is empty: nothing is known to be declared elsewhere.
    """
    root = directory.parent.parent
    manifest = _json(root / "manifest.json")
    stacks = manifest.get("stacks") if isinstance(manifest, dict) else None
    if not isinstance(stacks, dict):
        return Declarations(directory.name, {})
    return Declarations(directory.name, {name: _keys(root / "stacks" / str(name) / "cdk.tf.json") for name in stacks})


def _keys(path: Path) -> frozenset[str]:
    tree = _json(path)
    devices = tree.get("locals", {}).get("devices", {}) if isinstance(tree, dict) else {}
    return frozenset(devices) if isinstance(devices, dict) else frozenset()


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
