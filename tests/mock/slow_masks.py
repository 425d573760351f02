"""Object masks done slowly and obviously, from classic-api.md 4.5: the reference that the real ones
are held against.

A mask here is a tree of dicts, `{"id": {}, "datacenter": {"name": {}}}`; `written` gives texts that
mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from mock_api.operations.types import TYPES, Look

Tree = dict[str, Any]
SPACES = st.sampled_from(["", "", "", " ", "\n", "\t ", "  \n"])


def show(
    obj: Any, type_name: str, wanted: Tree, look: Look, *, is_struct: bool = False
) -> dict[str, object]:
    """The object as a mask wants it; the old struct form takes no local property away."""
    properties = TYPES[type_name].properties
    names_a_local = any(properties[name].local and properties[name].type is None for name in wanted)
    is_cut = names_a_local and not is_struct
    locals_too = [] if is_cut else [name for name in properties if properties[name].local]
    answer: dict[str, object] = {}
    for name in [*locals_too, *wanted]:
        prop = properties[name]
        value: Any = prop.compute(obj, look)
        if value is None and not prop.local:
            continue  # a relational property that is not there is left out
        below = wanted.get(name, {})
        if prop.type is None or value is None:
            answer[name] = value
        elif prop.many:
            answer[name] = [
                show(item, prop.type, below, look, is_struct=is_struct) for item in value
            ]
        else:
            answer[name] = show(value, prop.type, below, look, is_struct=is_struct)
    return answer


def trees(type_name: str, depth: int = 3) -> st.SearchStrategy[Tree]:
    """Masks for objects of a type."""
    properties = TYPES[type_name].properties

    def below(names: list[str]) -> st.SearchStrategy[Tree]:
        inner = {name: properties[name].type for name in names}
        return st.fixed_dictionaries(
            {
                name: trees(kind, depth - 1) if kind and depth > 1 else st.just({})
                for name, kind in inner.items()
            }
        )

    return st.lists(st.sampled_from(sorted(properties)), unique=True, max_size=4).flatmap(below)


@st.composite
def written(draw: st.DrawFn, tree: Tree, type_name: str) -> str:
    """A text that asks for a tree: one of the documented forms,
    with white space wherever it may stand.
    """
    forms = (
        ["nested", "paths", "several", "typed", "old", "bare"]
        if tree
        else ["nested", "typed", "empty"]
    )
    form = draw(st.sampled_from(forms))
    names = draw(st.permutations(sorted(tree)))
    if form == "empty":
        return draw(
            st.sampled_from(["", "mask", "mask[]", " mask [ ] ", "filteredMask[]", "[mask]"])
        )
    if form == "paths":
        return ",".join(f"mask.{path}" for path in draw(st.permutations(sorted(paths(tree)))))
    if form == "old":
        return ";".join(sorted(paths(tree)))
    if form == "bare":
        return inside(draw, {name: tree[name] for name in names})
    if form == "several":
        cut = draw(st.integers(0, len(names)))
        halves = [{name: tree[name] for name in part} for part in (names[:cut], names[cut:])]
        return "[" + ",".join(f"mask[{inside(draw, half)}]" for half in halves if half) + "]"
    root = (
        f"mask({type_name})" if form == "typed" else draw(st.sampled_from(["mask", "filteredMask"]))
    )
    return f"{root}{draw(SPACES)}[{inside(draw, {name: tree[name] for name in names})}]"


def inside(draw: st.DrawFn, tree: Tree) -> str:
    """The text between brackets; a lone name below another may be dotted."""
    parts = []
    for name, below in tree.items():
        text = inside(draw, below) if below else ""
        if len(below) == 1 and draw(st.booleans()):
            parts.append(f"{name}{draw(SPACES)}.{draw(SPACES)}{text}")
        else:
            parts.append(
                f"{name}[{draw(SPACES)}{text}]" if below or draw(st.integers(0, 9)) == 0 else name
            )
    return draw(SPACES) + f"{draw(SPACES)},{draw(SPACES)}".join(parts) + draw(SPACES)


def paths(tree: Tree) -> Iterator[str]:
    """The dotted paths to the leaves."""
    for name, below in tree.items():
        if below:
            yield from (f"{name}.{path}" for path in paths(below))
        else:
            yield name
