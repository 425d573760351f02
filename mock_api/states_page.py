"""docs/mock-states.md, from the table of states: `python -m mock_api.states_page`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from mock_api.domain.facts import Kind
from mock_api.domain.settings import Settings
from mock_api.domain.states import MOVES, OUTCOMES, Move, boot_diagram, power_diagram

_TITLES = {Kind.GUEST: "Virtual servers", Kind.HARDWARE: "Bare metal"}
_HEAD = """# States and moves of the mock

Generated from `mock_api/domain/states.py` by `make docs`. \
Names in brackets are settings of a world, in virtual
seconds. What no source confirms is marked `assumed`.
"""


_HEADS = (
    "move", "asked by", "from", "runs at once", "runs after", "power", "takes", "transaction",
    "20 minutes", "evidence",
)  # fmt: skip


def states_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(part for kind in Kind for part in _kind(kind)), *_outcomes()]) + "\n"


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {_TITLES[kind]}\n"
    yield f"What a device runs:\n\n```mermaid\n{boot_diagram(kind)}```\n"
    yield f"Power:\n\n```mermaid\n{power_diagram(kind)}```\n"
    rows = (_row(move) for move in MOVES if move.kind is kind)
    yield from _table(_HEADS, rows)


def _row(move: Move) -> tuple[str, ...]:
    rule = ["starts" if move.locks else "", "obeys" if move.locked else ""]
    return (
        f"`{move.name}`", ", ".join(move.asked_by), ", ".join(move.power_from), move.at_once or "",
        move.after or "", move.power_after or "", _time(move), _transaction(move),
        " and ".join(filter(None, rule)), move.evidence,
    )  # fmt: skip


def _transaction(move: Move) -> str:
    if move.job:
        return "a job, unseen"
    if move.transaction is None:
        return ""
    return f"`{move.transaction}`{' if the world says so' if move.optional_transaction else ''}"


def _time(move: Move) -> str:
    return (
        f"{Settings().duration_s(move.duration):g} s (`{move.duration}`)" if move.duration else ""
    )


def _outcomes() -> Iterator[str]:
    yield "## How a move with a transaction ends\n"
    yield from _table(
        ("outcome", "meaning"), ((f"`{name}`", row.meaning) for name, row in OUTCOMES.items())
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (heads, tuple("---" for _ in heads), *rows):
        yield "| " + " | ".join(row) + " |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(states_page())
