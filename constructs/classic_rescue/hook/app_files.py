"""The one reader of a synthesised app: manifest.json, and cdk.tf.json of each stack with its
locals.

Everything here raises ValueError with the file and what is wrong with it. Whoever asks decides what
that means: the policy refuses, since a device that is overlooked is one too many that goes down; a
device that leaves lets it pass (`declarations`); the commands say it to the operator.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Mapping
from typing import Any, NamedTuple

MANIFEST = "manifest.json"
"""Lists the stacks of an app, in its output folder."""

CONFIGURATION = "cdk.tf.json"
"""What cdktf writes into the folder that Terraform runs the hook in."""


class StackFile(NamedTuple):
    """One stack's configuration as it was read. `tree` and its `locals` are mappings for sure."""

    path: str
    tree: Mapping[str, Any]

    @property
    def has_locals(self) -> bool:
        """Whether there are any: every stack of ours has."""
        return "locals" in self.tree

    def devices(self) -> Mapping[str, Any]:
        """The orders by the devices' keys, each one Terraform expression. Raises ValueError."""
        devices = self._locals().get("devices", {})
        if not isinstance(devices, dict):
            raise ValueError(f"{self.path}: locals.devices is not a mapping")
        return devices

    def policy_text(self) -> str | None:
        """The policy as Terraform's JSON holds it, escapes included; None without one.

        Raises ValueError for what is no text.
        """
        text = self._locals().get("policy")
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{self.path}: locals.policy is not a text")
        return text

    def _locals(self) -> Mapping[str, Any]:
        settings: Mapping[str, Any] = self.tree.get("locals", {})
        return settings


def output_folder(directory: str) -> str:
    """The app's output folder: Terraform runs in OUTPUT/stacks/STACK."""
    return os.path.dirname(os.path.dirname(os.path.abspath(directory)))


def stack_folders(output: str) -> dict[str, str]:
    """The folder of each stack of an app, by the stack's name, in the order of its manifest.

    `output` is the app's output folder. Raises ValueError where the manifest cannot tell.
    """
    return {name: stack_folder(output, name, entry) for name, entry in listed(output).items()}


def listed(output: str) -> Mapping[str, object]:
    """What the manifest says of each stack, by its name. Raises ValueError."""
    path = os.path.join(output, MANIFEST)
    try:
        manifest = _read_json(path)
    except FileNotFoundError:
        raise ValueError(f"{path} is missing") from None
    stacks = manifest.get("stacks") if isinstance(manifest, dict) else None
    if not isinstance(stacks, dict):
        raise ValueError(f"{path} lists no stacks")
    return stacks


def stack_folder(output: str, name: str, entry: object) -> str:
    """Where Terraform runs for a stack of the manifest. Raises ValueError."""
    folder = entry.get("workingDirectory", f"stacks/{name}") if isinstance(entry, dict) else None
    if not isinstance(folder, str):
        path = os.path.join(output, MANIFEST)
        raise ValueError(f"{path} does not say where the stack {name} is")
    return os.path.join(output, folder)


def count_devices(directory: str) -> int:
    """About how many devices the app declares: as many in each stack as in this one, in the folder
    that Terraform runs in. 0 where that cannot be told.
    """
    try:
        stack = read_stack(directory)
        return len(stack.devices()) * len(listed(output_folder(directory))) if stack else 0
    except ValueError:
        return 0


def read_stack(folder: str) -> StackFile | None:
    """The configuration in a stack's folder; None where there is none. Raises ValueError."""
    path = os.path.join(folder, CONFIGURATION)
    try:
        tree = _read_json(path)
    except FileNotFoundError:
        return None
    if not isinstance(tree, dict) or not isinstance(tree.get("locals", {}), dict):
        raise ValueError(f"{path} is not the configuration of a stack")
    return StackFile(path, tree)


def _read_json(path: str) -> object:
    """What the file holds. Raises FileNotFoundError, and ValueError for what cannot be read."""
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as problem:
        raise ValueError(f"{path} cannot be read: {problem}") from None


def unescape(text: str) -> str:
    """A text of Terraform's JSON without the escapes that keep Terraform from evaluating it."""
    return text.replace("$${", "${").replace("%%{", "%{")


def order_fields(order: str) -> Any:  # noqa: ANN401 whatever the file holds
    """An order as the stack writes it: one Terraform expression, an object. Raises ValueError."""
    return json.loads(unescape(order.removeprefix("${").removesuffix("}")))
