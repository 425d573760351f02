"""Every device that the synthesised app declares, with what the policy wants to know of it.

Unlike `declarations`, which must let a device leave whatever it finds, this refuses what it cannot read: a device that is
overlooked is one too many that goes down.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterator
from typing import NamedTuple

from classic_rescue.hook.gate import CONFIGURATION, read_tree
from classic_rescue.policy.posted import read_posted
from classic_rescue.policy.terms import NO_TRAITS, Traits


class Member(NamedTuple):
    """A declared device."""

    key: str
    name: str
    traits: Traits


def unescape(text: str) -> str:
    """A text of Terraform's JSON without the escapes that keep Terraform from evaluating it."""
    return text.replace("$${", "${").replace("%%{", "%{")


def output_folder(directory: str) -> str:
    """The app's output folder: Terraform runs in OUTPUT/stacks/STACK."""
    return os.path.dirname(os.path.dirname(os.path.abspath(directory)))


def read_members(directory: str) -> list[Member]:
    """The devices of all stacks of the app. Raises ValueError that says which file is missing or damaged."""
    root = output_folder(directory)
    manifest = os.path.join(root, "manifest.json")
    try:
        with open(manifest, encoding="utf-8") as stream:
            stacks = list(json.load(stream)["stacks"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as problem:
        raise ValueError(
            f"{manifest}, which lists the stacks of the app, cannot be read ({problem}); run Terraform where"
            " the app was synthesised"
        ) from None
    return [
        member
        for stack in stacks
        for member in _members_of(os.path.join(root, "stacks", stack, CONFIGURATION))
    ]


def _members_of(path: str) -> Iterator[Member]:
    tree = read_tree(path)
    if tree is None:
        raise ValueError(f"{path} is missing: synthesise the app again")
    settings = tree.get("locals", {})
    try:
        posted = settings.get("policy")
        traits = read_posted(unescape(str(posted))).traits if posted is not None else {}
        devices = settings.get("devices", {})
        if not isinstance(devices, dict):
            raise ValueError("locals.devices is not a mapping")
        for key, order in devices.items():
            yield Member(key, _name_in(order), traits.get(key, NO_TRAITS))
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise ValueError(f"{path} is damaged ({problem}): synthesise the app again") from None


def _name_in(order: str) -> str:
    """The name in an order as the stack writes it: one Terraform expression, an object."""
    return str(json.loads(unescape(order.removeprefix("${").removesuffix("}")))["name"])


def declared_name(directory: str, key: str) -> str | None:
    """What this stack calls a device now, which a plan that is older cannot know; None for one that it has not.

    Raises ValueError for a damaged file.
    """
    own = _members_of(os.path.join(directory, CONFIGURATION))
    return next((member.name for member in own if member.key == key), None)
