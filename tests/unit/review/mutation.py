"""Plans with something wrong in them, and what no review may say of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from classic_rescue.review.combinations import ACTION_NAMES
from classic_rescue.review.review import Review, Verdict
from tests.unit.review.building import Json

WORDS = [
    *(
        "no-op",
        "create",
        "update",
        "delete",
        "read",
        "forget",
        "explode",
        "",
        "os",
        "rescue",
        "image",
        "1.2",
        "2.0",
    ),
    *(
        "virtual_guest/1",
        "hardware/3",
        "replace_because_tainted",
        "\x1b[31m",
        "<script>",
        "\ud800",
        "a\nb",
        "boot",
    ),
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=5)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = st.lists(st.integers(0, 50), min_size=1, max_size=9)


@st.composite
def mutated(draw: st.DrawFn, documents: list[Json]) -> Json:
    """One of the documents with one to three changes anywhere: another value, a field less,
    a field more.
    """
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        _mutate(draw, document)
    return document


def _mutate(draw: st.DrawFn, document: Json) -> None:
    node: Any = document
    for number in draw(PATHS):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = keys[number % len(keys)]
        if not isinstance(node[key], dict | list) or not node[key]:
            break
        node = node[key]
        key = None
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    kind = draw(st.sampled_from(["set", "drop", "add"]))
    if kind == "drop":
        del node[key]
    elif kind == "add" and isinstance(node, dict):
        node[
            draw(st.sampled_from([*WORDS, "deposed", "importing", "previous_address", "errored"]))
        ] = draw(VALUES)
    else:
        node[key] = draw(VALUES)


def assert_not_waved_through(document: Any, review: Review) -> None:
    """What must hold of a review of this plan, told without the code that made it."""
    assert list(_unknown(document)) == []
    if review.verdict is not Verdict.CLEAN:
        return
    for row in document.get("resource_changes", []):
        actions = row["change"]["actions"]
        before = row["change"].get("before") or {}
        assert row["name"] != "boot" or "create" not in actions
        assert (
            row["name"] != "release" or "delete" not in actions or before["input"]["boot"] == "os"
        )
        assert "forget" not in actions
    changed = {row["address"] for row in document.get("resource_changes", [])}
    assert not _on_record(document) - changed


def _on_record(document: Any) -> set[str]:
    """The addresses of our blocks in the state, where it has the form that Terraform gives it."""
    try:
        rows = document["prior_state"]["values"]["root_module"]["resources"]
        return {f'terraform_data.{row["name"]}["{row["index"]}"]' for row in rows if _is_block(row)}
    except (KeyError, TypeError):
        return set()


def _is_block(row: Any) -> bool:
    return (row["mode"], row["type"]) == ("managed", "terraform_data") and row["name"] in (
        "boot",
        "release",
    )


def _unknown(document: Any) -> Iterator[object]:
    for row in document.get("resource_changes") or []:
        actions = row["change"]["actions"]
        if not isinstance(actions, list) or tuple(map(str, actions)) not in ACTION_NAMES:
            yield actions
