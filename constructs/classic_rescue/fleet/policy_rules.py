"""Rules over several fields of the policy.

They look at the tree, so that they report even where a field is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.boot.states import without_dot
from classic_rescue.fleet.errors import Problem
from classic_rescue.fleet.scalars import show
from classic_rescue.fleet.spelling import trim, word
from classic_rescue.fleet.tree import Trail, Tree


def check_policy_rules(tree: Tree) -> list[Problem]:
    """Return the problems of a policy that no single field shows."""
    return [*_check_groups(tree), *_check_windows(tree)]


def _mappings(tree: Tree, key: str) -> Iterator[tuple[Trail, dict[str, object]]]:
    """Return every mapping of a list in the policy."""
    given = tree.find(("policy", key))
    for index, item in enumerate(given if isinstance(given, list) else ()):
        if isinstance(item, dict):
            yield ("policy", key, index), item


def _check_groups(tree: Tree) -> Iterator[Problem]:
    """Report a limit with two groups, and a second limit for the same group."""
    owners: dict[tuple[str, str], Trail] = {}
    for trail, limit in _mappings(tree, "max_down"):
        if "names" in limit and "tag" in limit:
            allowed = "one of names and tag, or neither for the whole fleet"
            yield tree.problem(
                (*trail, "tag"), "a limit is for one group, here by names and by tag", allowed
            )
            continue
        kind = next((kind for kind in ("names", "tag") if kind in limit), "")
        first = owners.setdefault((kind, _group(limit.get(kind))), trail)
        if first is not trail:
            message = f"the same group as the limit on line {tree.place_of(first).line}"
            yield tree.problem(trail, message, "one limit a group; delete one of the two")


def _group(given: object) -> str:
    """The group, however it is spelled."""
    return show(without_dot(trim(given)) if isinstance(given, str) else given)


def _check_windows(tree: Tree) -> Iterator[Problem]:
    for trail, window in _mappings(tree, "windows"):
        start = window.get("from")
        end = window.get("to")
        if isinstance(start, str) and word(start) == word(end):
            allowed = 'two times that differ; for a whole day from "00:00" to "24:00"'
            yield tree.problem((*trail, "to"), "a window of zero length", allowed, show(end))
