"""Walking through the plain JSON values of a world of a shape that nobody has checked yet."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from mock_api.domain.mistakes import Trail

Plain = Mapping[str, object]
LISTS = (list, tuple, set, frozenset)


def rows(world: Plain, name: str) -> Iterator[tuple[Trail, Plain]]:
    """The objects of a list with their paths."""
    found = world.get(name)
    if isinstance(found, (list, tuple)):
        yield from (
            ((name, index), row) for index, row in enumerate(found) if isinstance(row, Mapping)
        )


def values(world: Plain, lists: Iterable[str], field: str) -> Iterator[tuple[Trail, Hashable]]:
    """What the rows of these lists hold in a field, one by one where it holds several;
    nothing for null and ''.
    """
    for name in lists:
        for path, row in rows(world, name):
            value = row.get(field)
            if isinstance(value, LISTS):
                yield from (
                    ((*path, field, index), one)
                    for index, one in enumerate(value)
                    if isinstance(one, (str, int))
                )
            elif isinstance(value, (str, int)) and value != "":
                yield (*path, field), value
