"""The page of states, requests, labels, exit codes of hooks and environment variables,
written from the tables: `make docs`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from classic_rescue.api.words import ROWS, Row
from classic_rescue.boot.environment import variables
from classic_rescue.boot.labels import LABELS
from classic_rescue.boot.states import Kind
from classic_rescue.boot.transitions import ACTIONS, TRANSITIONS
from classic_rescue.cli.pages.markdown import table
from classic_rescue.hook.exits import EXIT_MEANINGS
from classic_rescue.hook.report import duration

_KIND_NAMES = {Kind.VIRTUAL_GUEST: "Virtual guest", Kind.HARDWARE: "Bare metal"}


def reference_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Boot states: reference\n",
        (
            "Written by `make docs` from the tables in `constructs/classic_rescue`; a test says"
            " when it is stale.\n"
        ),
        *(part for kind in Kind for part in _of_kind(kind)),
        _labels(),
        _words(),
        _exits(),
        _environment(),
    ]
    return "\n".join(parts)


def _of_kind(kind: Kind) -> Iterable[str]:
    yield f"## {_KIND_NAMES[kind]}\n"
    rows = [
        (situation, goal, actions)
        for (row, situation, goal), actions in TRANSITIONS.items()
        if row is kind
    ]
    yield "```mermaid\nstateDiagram-v2"
    for situation, goal, actions in rows:
        if (
            actions
            and situation.value in ("os", "rescue", "image")
            and situation.value != goal.value
        ):
            yield f"    {situation} --> {goal}: {', '.join(actions)}"
    yield "```\n"
    yield from table(
        ("seen as", "wanted", "requests, in order"),
        (
            (situation, goal, ", ".join(f"`{action}`" for action in actions) or "none")
            for situation, goal, actions in rows
        ),
    )
    yield from table(
        ("request", "what happens", "usually", "permission", "source"),
        (
            (
                f"`{action}`",
                row.effect,
                duration(row.usual_s),
                (
                    f"`{row.permission}`"
                    f" ({'documented' if row.permission_is_documented else 'assumed'})"
                ),
                row.source,
            )
            for (row_kind, action), row in ACTIONS.items()
            if row_kind is kind
        ),
    )


def _labels() -> str:
    rows = (
        (label.meaning, " ".join(label.words), label.evidence, label.source) for label in LABELS
    )
    intro = (
        "## Labels\n\nNames of transactions and events that hold all these words mean this for the"
        " boot state. Nobody documents the ones marked `assumed`; the environment variable"
        " `CLASSIC_RESCUE_LABELS` puts rows before them.\n"
    )
    return "\n".join([intro, *table(("meaning", "words", "evidence", "source"), rows)])


def _words() -> str:
    rows = ((row.meant, _code(row), "; ".join(row.words), row.evidence, row.source) for row in ROWS)
    intro = (
        "## Words of the service\n\nWhat an error of the API means: the first row that matches"
        " decides. A class matches by its end, words must all stand in the text. After each but"
        " `internal` nothing was done, and only an error with an exception class of the service's"
        " own can say so. What no row matches is looked into at the device. Sources:"
        " [classic-api.md 4.9](classic-api.md#49-the-words-of-errors).\n"
    )
    head = ("means", "class or status", "words", "evidence", "source")
    return "\n".join([intro, *table(head, rows)])


def _code(row: Row) -> str:
    return f"`{row.code}`" if row.code else str(row.status or "")


def _exits() -> str:
    rows = (
        (int(exit), exit.name.replace("_", " ").lower(), meaning)
        for exit, meaning in EXIT_MEANINGS.items()
    )
    return "\n".join(["## Exit codes of the hook\n", *table(("code", "name", "meaning"), rows)])


def _environment() -> str:
    intro = (
        "## Environment variables\n\n`boot/environment.py` names each one that is read or written."
        " Backends read more of their own: see Terraform's documentation.\n"
    )
    users = [row for row in variables() if row.is_for_users]
    internal = [row for row in variables() if not row.is_for_users]
    return "\n".join(
        [
            intro,
            "### For users\n",
            *table(
                ("variable", "read by", "meaning"),
                ((f"`{row.name}`", row.read_by, row.meaning) for row in users),
            ),
            "### Internal, and set by others\n",
            *table(
                ("variable", "set by", "read by", "meaning"),
                ((f"`{row.name}`", row.set_by, row.read_by, row.meaning) for row in internal),
            ),
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(reference_page())
