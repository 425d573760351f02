"""Every device that the synthesised app declares, with what the policy wants to know of it."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from typing import NamedTuple

from classic_rescue.hook.app_files import (
    CONFIGURATION,
    MANIFEST,
    order_fields,
    output_folder,
    read_stack,
    stack_folders,
    unescape,
)
from classic_rescue.policy.posted import read_posted
from classic_rescue.policy.terms import NO_TRAITS, Traits


class Member(NamedTuple):
    """A declared device."""

    key: str
    name: str
    traits: Traits


def read_members(directory: str) -> list[Member]:
    """The devices of all stacks of the app. Raises ValueError for what is missing or damaged."""
    output = output_folder(directory)
    try:
        folders = stack_folders(output).values()
    except ValueError as problem:
        path = os.path.join(output, MANIFEST)
        said = str(problem).removeprefix(f"{path} ")
        raise ValueError(
            f"{path}, which lists the stacks of the app, cannot be read ({said}); run Terraform"
            " where the app was synthesised"
        ) from None
    return [member for folder in folders for member in _members_of(folder)]


def declared_name(directory: str, key: str) -> str | None:
    """What this stack calls a device now, which a plan that is older cannot know; None: no such.

    Raises ValueError for a damaged file.
    """
    own = _members_of(directory)
    return next((member.name for member in own if member.key == key), None)


def _members_of(folder: str) -> Iterator[Member]:
    stack = read_stack(folder)
    path = os.path.join(folder, CONFIGURATION)
    if stack is None:
        raise ValueError(f"{path} is missing: synthesise the app again")
    try:
        text = stack.policy_text()
        traits = read_posted(unescape(text)).traits if text is not None else {}
        for key, order in stack.devices().items():
            yield Member(key, str(order_fields(order)["name"]), traits.get(key, NO_TRAITS))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        said = str(problem).removeprefix(f"{path}: ")
        raise ValueError(f"{path} is damaged ({said}): synthesise the app again") from None
